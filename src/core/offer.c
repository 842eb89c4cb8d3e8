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

/** A stream that is resumed, or a server that tries again, may deliver an offer a second time (XEP-0198
 *  section 5). While its session lives it is answered as the first was: another answer under the same
 *  id could come first, and end the session at one side only. After the end it must not ring again, for
 *  nobody waits at the other side any more. Only the very same stanza is known: who, to whom, sid, id. */
static uint64_t hash_offer(const jingle_t *jingle, const jingle_reply_t *reply,
                           const jingle__jid_t *own, const char *peer)
{
    const char *id = reply->id ? reply->id : "", *sid = reply->data->sid;
    uint64_t parts[4] = {own ? own->hash : 0, jingle__siphash(jingle->hash_key, peer, strlen(peer)),
                         jingle__siphash(jingle->hash_key, sid, strlen(sid)),
                         jingle__siphash(jingle->hash_key, id, strlen(id))};
    uint64_t hash = jingle__siphash(jingle->hash_key, parts, sizeof parts);

    return hash ? hash : 1;
}

static bool has_ended(const jingle_t *jingle, uint64_t hash)
{
    for (size_t i = 0; i < JINGLE__ENDED_OFFERS; i++)
        if (jingle->ended_offers[i] == hash)
            return true;
    return false;
}

bool jingle__offer_comes_again(const jingle_session_t *session, const jingle_reply_t *reply,
                               const jingle__jid_t *own, const char *peer)
{
    return session->offer_hash &&
           session->offer_hash == hash_offer(session->jingle, reply, own, peer);
}

static void note_end(jingle_t *jingle, uint64_t hash)
{
    jingle->ended_offers[jingle->n_ended_offers++ % JINGLE__ENDED_OFFERS] = hash;
}

void jingle__offer_note_end(const jingle_session_t *session)
{
    if (session->offer_hash)
        note_end(session->jingle, session->offer_hash);
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
    uint64_t hash = hash_offer(jingle, reply, own, peer);

    if (has_ended(jingle, hash)) {
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
        /* Its sender counts it as refused, whatever would be said the next time. A malformed one is refused
         * each time, and who tries by hand mends it under the same id. */
        if (verdict != jingle_error_of(JINGLE_ERROR_BAD_REQUEST))
            note_end(jingle, hash);
        if (!reply->completed) /* the manager may have been freed by who was asked for a type */
            jingle__reply_refuse(reply,
                                 verdict ? verdict : jingle_error_of(JINGLE_ERROR_UNKNOWN_SESSION));
        return;
    }
    jingle_session_clone(session);
    session->offer_hash = hash;
    reply->session = jingle_session_clone(session);
    announce(session, reply);
    jingle_session_release(session);
}
