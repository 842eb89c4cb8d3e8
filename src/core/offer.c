/* SPDX-License-Identifier: MIT */
/** @file
 *  Offers: a session-initiate under a sid that is free becomes a session (XEP-0166 section 6.3). */
#include "core.h"
#include "siphash.h"

#include <string.h>

static void add_once(const char **list, size_t *n, const char *ns)
{
    for (size_t i = 0; i < *n; i++)
        if (strcmp(list[i], ns) == 0)
            return;
    list[(*n)++] = ns;
}

int jingle__offer_init(jingle__offer_t *out, jingle_t *jingle, const jingle_data_t *data,
                       const char *peer, const char *own)
{
    size_t n = data->n_contents;
    const char **lists = out->lists;

    out->heap = NULL;
    out->offer = (jingle_offer_t){.sid = data->sid, .peer = peer, .own = own, .data = data};
    if (n > JINGLE__INLINE_NAMESPACES) {
        lists = out->heap = jingle__alloc(&jingle->mem, 2 * n * sizeof *lists);
        if (!lists)
            return JINGLE_EMEM;
    } else
        n = JINGLE__INLINE_NAMESPACES;
    for (size_t i = 0; i < data->n_contents; i++) {
        const jingle_content_data_t *content = &data->contents[i];
        if (content->description)
            add_once(lists, &out->offer.n_applications, jingle_element_ns(content->description));
        if (content->transport)
            add_once(lists + n, &out->offer.n_transports, jingle_element_ns(content->transport));
    }
    out->offer.applications = lists;
    out->offer.transports = lists + n;
    return JINGLE_EOK;
}

void jingle__offer_clear(jingle__offer_t *offer, jingle_t *jingle)
{
    jingle__free(&jingle->mem, (void *)offer->heap);
}

/* ---- offers that come again ---------------------------------------------------------------- */

/** A stream that is resumed may deliver a stanza a second time (XEP-0198 section 5). An offer whose
 *  session has ended must not ring again then: nobody waits at the other side any more. Only the very
 *  same stanza is known, by whom it joined (own JID, peer and sid) and its id. */
static bool has_ended(const jingle_t *jingle, uint64_t id, const jingle__jid_t *own,
                      const char *peer, const char *sid)
{
    for (size_t i = 0; id && i < JINGLE__ENDED_OFFERS; i++)
        if (jingle->ended[i].id == id &&
            jingle->ended[i].session == jingle__registry_hash(jingle, own, peer, sid))
            return true;
    return false;
}

void jingle__offer_note_end(const jingle_session_t *session)
{
    jingle_t *jingle = session->jingle;

    if (session->offer_id)
        jingle->ended[jingle->n_ended++ % JINGLE__ENDED_OFFERS] =
            (jingle__ended_offer_t){.id = session->offer_id, .session = session->hh.hashv};
}

/* ---- offers -------------------------------------------------------------------------------- */

/** Announced while the offer is the action in progress, so that whoever ends the session inside the
 *  event has it answered. */
static void announce(jingle_session_t *session, jingle_reply_t *reply)
{
    jingle_t *jingle = session->jingle;

    session->offered = session->announcing = true;
    session->current = reply;
    jingle__emit(jingle, (jingle_event_t){.type = JINGLE_EVENT_CREATED, .session = session});
    session->announcing = false;
    if (session->current == reply)
        session->current = NULL;
    if (reply->completed)
        return;
    if (session->state == JINGLE_STATE_ENDED) {
        /* Ended silently before it was handled: to the peer there never was one. */
        jingle__reply_refuse(reply, jingle_error_of(JINGLE_ERROR_UNKNOWN_SESSION));
        return;
    }
    /* Before what the peer sent meanwhile. */
    jingle_reply_clone(reply);
    reply->queue_next = session->queue;
    session->queue = reply;
    if (!session->queue_tail)
        session->queue_tail = reply;
    session->n_queue++;
    jingle->counters.queued++;
    jingle__queue_pump(session);
}

static jingle__verdict_t verdict_of(int err)
{
    switch (err) {
    case JINGLE_EOK:
        return NULL;
    case JINGLE_EMEM:
    case JINGLE_ELIMIT:
    case JINGLE_EINVAL: /* a sid over the limit */
        return jingle_error_of(JINGLE_ERROR_RESOURCE_CONSTRAINT);
    case JINGLE_EEXIST: /* a callback has made a session of that sid meanwhile */
        return jingle_error_of(JINGLE_ERROR_OUT_OF_ORDER);
    default:
        return jingle_error_of(JINGLE_ERROR_INTERNAL_SERVER_ERROR);
    }
}

static jingle__verdict_t judge(jingle_t *jingle, const jingle_reply_t *reply,
                               const jingle__jid_t *own, const jingle_offer_t *offer)
{
    jingle__verdict_t verdict = jingle__gate_ties_of_peer(jingle, own, offer);

    /* Over the limit not all was read: its form cannot be judged. */
    if (!verdict && reply->parsed.over_limit) {
        jingle_log(jingle, XMPP_LEVEL_WARN, "an offer is over the limit of %s",
                   reply->parsed.over_limit);
        return jingle_error_of(JINGLE_ERROR_RESOURCE_CONSTRAINT);
    }
    return verdict ? verdict : jingle__gate_form(&reply->parsed.data);
}

void jingle__receive_offer(jingle_t *jingle, jingle_reply_t *reply, jingle__jid_t *own,
                           const char *peer)
{
    jingle__offer_t offer;
    jingle__session_args_t args = {
        .sid = reply->data->sid, .own = own, .peer = peer, .role = JINGLE_ROLE_RESPONDER};
    jingle__verdict_t verdict;
    jingle_session_t *session = NULL;
    uint64_t id = reply->id ? jingle__siphash(jingle->hash_key, reply->id, strlen(reply->id)) : 0;

    if (has_ended(jingle, id, own, peer, args.sid)) {
        jingle__reply_refuse(reply, jingle_error_of(JINGLE_ERROR_UNKNOWN_SESSION));
        return;
    }
    if (jingle__offer_init(&offer, jingle, reply->data, peer, own ? own->text : NULL) !=
        JINGLE_EOK) {
        jingle__reply_refuse(reply, jingle_error_of(JINGLE_ERROR_RESOURCE_CONSTRAINT));
        return;
    }
    verdict = judge(jingle, reply, own, &offer.offer);
    if (!verdict && !jingle->closing) {
        jingle__types_find(jingle, &offer.offer, &args.type, &args.type_userdata);
        args.applications = offer.offer.applications;
        args.n_applications = offer.offer.n_applications;
        verdict = verdict_of(jingle__session_create(jingle, &args, &session));
    }
    jingle__offer_clear(&offer, jingle);
    if (!session) {
        if (!reply->completed) /* the manager may have been freed by who was asked for a type */
            jingle__reply_refuse(reply,
                                 verdict ? verdict : jingle_error_of(JINGLE_ERROR_UNKNOWN_SESSION));
        return;
    }
    jingle_session_clone(session);
    session->offer_id = id;
    reply->session = jingle_session_clone(session);
    announce(session, reply);
    jingle_session_release(session);
}
