/* SPDX-License-Identifier: MIT */
/** @file
 *  The end of a session, XEP-0166 section 6.7: one function, one order, whoever ends it. */
#include "core.h"

#include <string.h>

/** The offer is being handled, and the peer is to be told that the session ends: acknowledge first
 *  (XEP-0166 section 6.3.1). The handler's completion does nothing any more. */
static void acknowledge_offer(jingle_session_t *session)
{
    jingle_reply_t *reply = session->current;

    if (reply && !reply->completed && reply->stanza &&
        reply->data->action == JINGLE_ACTION_SESSION_INITIATE)
        jingle__reply_send_result(reply);
}

/** What waits is answered, then the peer is told. */
static void tell(jingle__leaving_t *leaving)
{
    if (leaving->done)
        return;
    leaving->done = true;
    if (leaving->tell)
        acknowledge_offer(leaving->session);
    jingle__queue_answer_ended(leaving->session);
    if (leaving->tell)
        jingle__send_terminate(leaving->session, leaving->reason);
}

void jingle__endings_tell(jingle_t *jingle)
{
    for (jingle__leaving_t *leaving = jingle->leaving; leaving; leaving = leaving->up)
        tell(leaving);
}

void jingle__session_finish(jingle_session_t *session, const jingle__ending_t *ending)
{
    jingle_t *jingle = session->jingle;
    jingle__leaving_t leaving = {
        .up = jingle->leaving, .session = session, .reason = &ending->reason};

    if (!session->tracked)
        return;
    leaving.tell =
        !ending->silent && !ending->by_peer &&
        ((session->known && !session->offer_leaving) || session->role == JINGLE_ROLE_RESPONDER);
    jingle__enter(jingle);
    jingle_session_clone(session);
    jingle__registry_remove(session);
    jingle__offer_note_end(session);
    session->refs--; /* the manager's; ours is left */
    jingle->leaving = &leaving;
    session->ended_by_peer = ending->by_peer;
    jingle__session_set_state(session, JINGLE_STATE_ENDED);
    tell(&leaving);
    jingle__request_drop_all(session);
    if (session->type->ended)
        session->type->ended(session, &ending->reason, ending->error, session->self);
    jingle__emit(jingle, (jingle_event_t){.type = JINGLE_EVENT_TERMINATED,
                                          .session = session,
                                          .reason = &ending->reason,
                                          .error = ending->error});
    jingle_session_release(session);
    jingle->leaving = leaving.up;
    if (!jingle->leaving && jingle->close_owed)
        jingle__close(jingle);
    jingle__leave(jingle);
}

void jingle__session_fail(jingle_session_t *session, jingle_condition_t condition,
                          const jingle_error_t *error)
{
    jingle__session_finish(
        session,
        &(jingle__ending_t){.reason.condition = condition, .silent = true, .error = error});
}

static int ending_of(jingle__ending_t *ending, const jingle_end_t *end,
                     jingle_condition_t condition)
{
    *ending = (jingle__ending_t){.reason.condition = condition};
    if (!end)
        return JINGLE_EOK;
    if (end->size < sizeof *end || (unsigned)end->condition >= JINGLE_REASON_COUNT)
        return JINGLE_EINVAL;
    if (end->condition != JINGLE_REASON_UNDEFINED)
        ending->reason.condition = end->condition;
    ending->reason.text = end->text;
    ending->reason.alternative_sid = end->alternative_sid;
    ending->reason.detail = end->detail;
    ending->silent = end->silent;
    return JINGLE_EOK;
}

int jingle_session_end(jingle_session_t *session, const jingle_end_t *end)
{
    jingle__ending_t ending;
    int err;

    if (!session)
        return JINGLE_EINVAL;
    if (!session->tracked) /* being made (type->create), or ended */
        return JINGLE_EINVOP;
    err = ending_of(&ending, end, JINGLE_REASON_SUCCESS);
    if (!err)
        jingle__session_finish(session, &ending);
    return err;
}

int jingle_session_cancel(jingle_session_t *session)
{
    return jingle_session_end(session, JINGLE_END(.condition = JINGLE_REASON_CANCEL));
}

int jingle_session_decline(jingle_session_t *session)
{
    return jingle_session_end(session, JINGLE_END(.condition = JINGLE_REASON_DECLINE));
}

typedef struct {
    const jingle__ending_t *ending;
    size_t left;
    int count;
} end_many_t;

static bool end_one(jingle_session_t *session, void *userdata)
{
    end_many_t *many = userdata;

    jingle__session_finish(session, many->ending);
    many->count++;
    return --many->left > 0;
}

int jingle_end_all_sessions(jingle_t *jingle, const jingle_end_t *end)
{
    jingle__ending_t ending;
    end_many_t many = {&ending, jingle_count_sessions(jingle), 0};
    int err;

    if (!jingle)
        return JINGLE_EINVAL;
    err = ending_of(&ending, end, JINGLE_REASON_GONE);
    if (err)
        return err;
    /* A program may answer the end of one by making another: those stay. */
    if (many.left)
        jingle_each_session(jingle, end_one, &many);
    return many.count;
}

/** @param own folded bare JID; NULL: any */
static bool is_of(const jingle_session_t *session, const jingle__jid_t *own)
{
    const char *jid = jingle_session_get_own(session);
    size_t len = jid ? strcspn(jid, "/") : 0;

    return !own || (jid && strncmp(jid, own->text, len) == 0 && !own->text[len]);
}

static jingle_session_t *next_of(jingle_session_t *session, const jingle__jid_t *own)
{
    while (session && !is_of(session, own))
        session = session->peer_next;
    return session;
}

static int end_sessions_of(jingle_t *jingle, jingle__peer_t *peer, const jingle__jid_t *own,
                           const jingle__ending_t *ending)
{
    jingle_session_t *session = next_of(peer->sessions, own);
    int count = 0, left = 0;

    /* Those that are made meanwhile stay. */
    for (; session; session = next_of(session->peer_next, own))
        left++;
    peer->refs++;
    for (; left-- && (session = next_of(peer->sessions, own)); count++)
        jingle__session_finish(session, ending);
    jingle__peer_release(jingle, peer);
    return count;
}

int jingle_end_peer_sessions(jingle_t *jingle, const char *peer, const jingle_end_t *end)
{
    jingle__jid_t *folded, *own = NULL;
    jingle__ending_t ending;
    jingle__peer_t *found;
    int err;

    if (!jingle || !peer)
        return JINGLE_EINVAL;
    err = ending_of(&ending, end, JINGLE_REASON_GONE);
    if (err)
        return err;
    folded = jingle__jid_new(jingle, peer, true);
    if (!folded)
        return JINGLE_EMEM;
    found = jingle__peer_find(jingle, folded->text);
    jingle__jid_release(jingle, folded);
    if (!found)
        return 0;
    if (end && end->own && !(own = jingle__jid_new(jingle, end->own, true)))
        return JINGLE_EMEM;
    jingle__enter(jingle);
    err = end_sessions_of(jingle, found, own, &ending);
    jingle__jid_release(jingle, own);
    jingle__leave(jingle);
    return err;
}
