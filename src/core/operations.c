/* SPDX-License-Identifier: MIT */
/** @file
 *  What a program does with a session beside ending it: start, accept, process. */
#include "core.h"

/** What the base type does: it can neither start nor accept, in no state. */
static int end_unsupported(jingle_session_t *session, bool silent)
{
    return jingle_session_end(
        session, JINGLE_END(.condition = JINGLE_REASON_UNSUPPORTED_APPLICATIONS, .silent = silent));
}

static int run(jingle_session_t *session, int (*fn)(jingle_session_t *, void *))
{
    jingle_t *jingle = session->jingle;
    int err;

    jingle__enter(jingle);
    jingle_session_clone(session);
    err = fn(session, session->self);
    jingle_session_release(session);
    jingle__leave(jingle);
    return err;
}

int jingle_session_start(jingle_session_t *session)
{
    int err;

    if (!session)
        return JINGLE_EINVAL;
    if (!session->type->start)
        return end_unsupported(session, true);
    if (session->role != JINGLE_ROLE_INITIATOR || session->state != JINGLE_STATE_STARTING ||
        session->start_called)
        return JINGLE_EINVOP;
    jingle_session_clone(session);
    session->start_called = true;
    err = run(session, session->type->start);
    if (err && !session->offer_sent)
        session->start_called = false;
    jingle_session_release(session);
    return err;
}

int jingle_session_accept(jingle_session_t *session)
{
    int err;

    if (!session)
        return JINGLE_EINVAL;
    if (!session->type->accept)
        return end_unsupported(session, false);
    if (session->role != JINGLE_ROLE_RESPONDER || session->state != JINGLE_STATE_PENDING ||
        !session->acknowledged || session->accept_called)
        return JINGLE_EINVOP;
    jingle_session_clone(session);
    session->accept_called = true;
    err = run(session, session->type->accept);
    if (err && !session->accept_sent)
        session->accept_called = false;
    jingle_session_release(session);
    return err;
}

int jingle_session_process(jingle_session_t *session, const jingle_data_t *data,
                           jingle_processed_fn on_done, void *userdata)
{
    jingle_t *jingle;
    jingle_reply_t *reply;
    jingle_error_t scratch = {0};
    jingle__verdict_t verdict;

    if (!session || !data || (unsigned)data->action >= JINGLE_ACTION_COUNT)
        return JINGLE_EINVAL;
    jingle = session->jingle;
    if (!session->tracked)
        return JINGLE_EINVOP;
    reply = jingle__reply_new(jingle, NULL, session->own);
    if (!reply)
        return JINGLE_EMEM;
    jingle__enter(jingle);
    reply->session = jingle_session_clone(session);
    reply->data = data;
    reply->done = on_done;
    reply->done_userdata = userdata;
    verdict = jingle__gate_session(session, data, &scratch);
    if (verdict)
        jingle__reply_refuse(reply, verdict);
    else
        jingle__queue_add(session, reply);
    jingle_reply_release(reply);
    jingle__leave(jingle);
    return JINGLE_EOK;
}
