/* SPDX-License-Identifier: MIT */
/** @file
 *  Received `<jingle/>` requests: to whom they belong, in the order of checks of the specification
 *  (strangers, form, session, offer, table, limits, queue). */
#include "save.h"

#include <string.h>

static const char *text_of(const jingle__jid_t *jid)
{
    return jid ? jid->text : "";
}

static bool may_offer(jingle_t *jingle, const char *peer, const jingle__jid_t *own)
{
    return jingle_may_offer(jingle, peer, own ? own->text : NULL);
}

/** XEP-0166 section 6.3.2: who may not offer learns nothing, as if there were no Jingle here. */
static bool is_unwanted(jingle_t *jingle, const char *peer, const jingle__jid_t *own)
{
    return !jingle__peer_find(jingle, peer) && !may_offer(jingle, peer, own);
}

/** Of who has a session it has not been asked yet: to be in one is no leave to open another. */
static bool is_unwanted_offer(jingle_t *jingle, const jingle_session_t *session,
                              jingle_action_t action, const char *peer, const jingle__jid_t *own)
{
    return !session && action == JINGLE_ACTION_SESSION_INITIATE &&
           jingle__peer_find(jingle, peer) && !may_offer(jingle, peer, own);
}

/** Any stanza but an answer from a peer that has our offer says that it has arrived. */
static void take_as_ack(jingle_session_t *session)
{
    if (session->role == JINGLE_ROLE_INITIATOR && session->offer_sent)
        session->acknowledged = true;
}

static void receive_in_session(jingle_session_t *session, jingle_reply_t *reply)
{
    const jingle_reason_t *reason = reply->data->reason;
    jingle_error_t scratch = {0};
    jingle__verdict_t verdict = jingle__gate_session(session, reply->data, &scratch);

    if (!verdict && reply->parsed.over_limit) {
        jingle_log(session->jingle, XMPP_LEVEL_WARN, "over the limit of %s",
                   reply->parsed.over_limit);
        verdict = jingle_error_of(JINGLE_ERROR_RESOURCE_CONSTRAINT);
    }
    if (!verdict)
        take_as_ack(session);
    if (!verdict)
        jingle__queue_add(session, reply);
    else
        jingle__reply_refuse(reply, verdict);
    /* The peer regards the session as ended since it sent this, however we answer (section 6.7). */
    if (verdict == jingle_error_of(JINGLE_ERROR_RESOURCE_CONSTRAINT) && reply->parsed.over_limit &&
        reply->data->action == JINGLE_ACTION_SESSION_TERMINATE)
        jingle__session_finish(
            session, &(jingle__ending_t){.reason.condition =
                                             reason ? reason->condition : JINGLE_REASON_SUCCESS,
                                         .by_peer = true});
}

/** What is refused anyway does not end ours, nor does an offer that the program does not want. */
static jingle__verdict_t judge_winner(jingle_t *jingle, const jingle_session_t *session,
                                      const jingle_reply_t *reply)
{
    if (!may_offer(jingle, session->peer->jid, session->own) || jingle->closing)
        return jingle_error_of(JINGLE_ERROR_SERVICE_UNAVAILABLE);
    return reply->parsed.over_limit ? jingle_error_of(JINGLE_ERROR_RESOURCE_CONSTRAINT)
                                    : jingle__gate_form(reply->data);
}

/** An offer under a sid that we have with this peer (XEP-0166 section 7.2.16): equal sids tie while
 *  ours is unanswered, the lower JID wins; otherwise it cannot occur at this point.
 *  @return true: ours has gone, take the offer */
static bool yields_to(jingle_t *jingle, jingle_session_t *session, jingle_reply_t *reply)
{
    jingle__verdict_t verdict = jingle_error_of(JINGLE_ERROR_OUT_OF_ORDER);

    if (jingle__gate_offer_waits(session))
        verdict = strcmp(text_of(session->own), session->peer->jid) < 0
                      ? jingle_error_of(JINGLE_ERROR_TIE_BREAK)
                      : judge_winner(jingle, session, reply);
    /* The program was asked: it may have ended ours aloud, and what it let in may have answered it. */
    if (!verdict && !jingle__gate_offer_waits(session))
        verdict = jingle_error_of(JINGLE_ERROR_OUT_OF_ORDER);
    if (verdict) {
        jingle__reply_refuse(reply, verdict);
        return false;
    }
    jingle__session_fail(session, JINGLE_REASON_ALTERNATIVE_SESSION, NULL);
    return true;
}

static bool is_not_started(const jingle_session_t *session)
{
    return session->role == JINGLE_ROLE_INITIATOR && session->state == JINGLE_STATE_STARTING;
}

/** @return the verdict on what needs no look at the contents */
static jingle__verdict_t judge_address(jingle_t *jingle, const jingle_session_t *session,
                                       jingle_action_t action)
{
    if (session && !is_not_started(session))
        return NULL;
    if (!jingle__gate_defined(jingle, NULL, action))
        return jingle_error_of(JINGLE_ERROR_BAD_REQUEST);
    if (action != JINGLE_ACTION_SESSION_INITIATE)
        return jingle_error_of(JINGLE_ERROR_UNKNOWN_SESSION);
    return NULL;
}

/** Delivered a second time while the first is being answered (XEP-0198 section 5): it waits its turn,
 *  for under one id the first answer counts, and that must not be an out-of-order. */
static bool waits_for_first(const jingle_session_t *session, const jingle_reply_t *reply)
{
    const jingle_reply_t *first = session->current ? session->current : session->queue;

    return session->offered && !session->acknowledged && first && first->id && reply->id &&
           strcmp(first->id, reply->id) == 0;
}

static void dispatch(jingle_t *jingle, jingle_session_t *session, jingle_reply_t *reply,
                     jingle__jid_t *own, const char *peer)
{
    if (session && session->answered && jingle__answered_again(session, reply))
        return;
    jingle_session_clone(session);
    if (session && reply->data->action != JINGLE_ACTION_SESSION_INITIATE) {
        reply->session = jingle_session_clone(session);
        receive_in_session(session, reply);
    } else if (session && waits_for_first(session, reply)) {
        reply->session = jingle_session_clone(session);
        jingle__queue_add(session, reply);
    } else if (!session || yields_to(jingle, session, reply))
        jingle__receive_offer(jingle, reply, own, peer);
    jingle_session_release(session);
}

static void receive_addressed(jingle_t *jingle, jingle_reply_t *reply, xmpp_stanza_t *element,
                              jingle__jid_t *own, const char *peer)
{
    const char *name = xmpp_stanza_get_attribute(element, "action");
    const char *sid = xmpp_stanza_get_attribute(element, "sid");
    jingle_action_t action = jingle_action_from_name(name);
    jingle__verdict_t verdict = NULL;
    jingle_session_t *session;

    if (!name || !*name || !sid || !*sid) {
        jingle__reply_refuse(reply, jingle_error_of(JINGLE_ERROR_BAD_REQUEST));
        return;
    }
    session = jingle__registry_find(jingle, own, peer, sid);
    verdict = judge_address(jingle, session, action);
    if (!verdict && is_unwanted_offer(jingle, session, action, peer, own))
        verdict = jingle_error_of(JINGLE_ERROR_SERVICE_UNAVAILABLE);
    if (!verdict && jingle->closing) /* the program has freed it where it was asked */
        verdict = jingle_error_of(JINGLE_ERROR_SERVICE_UNAVAILABLE);
    if (verdict) {
        jingle__reply_refuse(reply, verdict);
        return;
    }
    reply->data = &reply->parsed.data;
    if (jingle__parse(&reply->parsed, &jingle->mem, element, &jingle->limits) != JINGLE_EOK)
        jingle__reply_refuse(reply, jingle_error_of(JINGLE_ERROR_RESOURCE_CONSTRAINT));
    else {
        jingle->counters.quirks += reply->parsed.quirks;
        dispatch(jingle, session, reply, own, peer);
    }
}

void jingle__receive_jingle(jingle_t *jingle, xmpp_stanza_t *iq, xmpp_stanza_t *element, bool set)
{
    const char *peer = xmpp_stanza_get_from(iq), *to = xmpp_stanza_get_to(iq);
    jingle__jid_t *own = jingle__own_of(jingle, to);
    jingle_reply_t *reply;

    if (!peer)
        peer = "";
    jingle->counters.actions++;
    jingle__enter(jingle);
    /* Without memory for which JID of ours it is, nobody knows whose it is. Made before the program is
     * asked anything: it may free the manager there, which answers what is open. */
    reply = !own && to && jingle->config.component ? NULL : jingle__reply_new(jingle, iq, own);
    if (!reply)
        jingle__answer_without_reply(jingle, iq, jingle_error_of(JINGLE_ERROR_RESOURCE_CONSTRAINT));
    else if (jingle->closing || is_unwanted(jingle, peer, own) || jingle->closing)
        jingle__reply_refuse(reply, jingle_error_of(JINGLE_ERROR_SERVICE_UNAVAILABLE));
    else if (!set) /* XEP-0166 section 6.2: actions are sets */
        jingle__reply_refuse(reply, jingle_error_of(JINGLE_ERROR_BAD_REQUEST));
    else
        receive_addressed(jingle, reply, element, own, peer);
    jingle_reply_release(reply);
    jingle__jid_release(jingle, own);
    jingle__leave(jingle);
}
