/* SPDX-License-Identifier: MIT */
/** @file
 *  One action at a time, in the order received. A session has one action in progress (`current`,
 *  until it is completed) and a queue; the pump is a loop, so that handlers that complete at once
 *  do not nest. */
#include "core.h"

static jingle_reply_t *take_first(jingle_session_t *session)
{
    jingle_reply_t *reply = session->queue;

    session->queue = reply->queue_next;
    if (!session->queue)
        session->queue_tail = NULL;
    reply->queue_next = NULL;
    session->n_queue--;
    session->jingle->counters.queued--;
    return reply;
}

/** The turn has come: what was legal on arrival may not be any more. */
static void handle(jingle_session_t *session, jingle_reply_t *reply)
{
    jingle_error_t scratch = {0};
    const jingle_data_t *data = reply->data;
    jingle__verdict_t verdict = NULL;
    jingle_action_fn handler;

    if (data->action != JINGLE_ACTION_SESSION_INITIATE || session->acknowledged)
        verdict = jingle__gate_session(session, data, &scratch);
    if (!verdict && !jingle__gate_defined(NULL, session, data->action))
        verdict = jingle_error_of(JINGLE_ERROR_BAD_REQUEST);
    if (verdict) {
        jingle__reply_refuse(reply, verdict);
        return;
    }
    session->current = reply;
    handler = jingle__type_handler(session->type, data->action);
    if (handler)
        handler(session, data, reply, session->self);
    else
        jingle_reply_default(reply);
    if (!reply->completed && jingle__reply_start_deadline(reply) != JINGLE_EOK)
        jingle_reply_error(reply, jingle_error_of(JINGLE_ERROR_RESOURCE_CONSTRAINT));
}

void jingle__queue_pump(jingle_session_t *session)
{
    jingle_t *jingle = session->jingle;

    if (session->pumping || session->announcing)
        return;
    jingle__enter(jingle);
    jingle_session_clone(session);
    session->pumping = true;
    while (!session->current && session->queue && session->state != JINGLE_STATE_ENDED) {
        jingle_reply_t *reply = take_first(session);
        handle(session, reply);
        jingle_reply_release(reply);
    }
    session->pumping = false;
    jingle_session_release(session);
    jingle__leave(jingle);
}

static bool is_full(const jingle_session_t *session)
{
    uint32_t limit = session->jingle->limits.queue;
    /* The first in an idle session does not wait. */
    return limit && session->n_queue >= limit && (session->current || session->queue);
}

static bool ends(const jingle_reply_t *reply)
{
    return reply->data->action == JINGLE_ACTION_SESSION_TERMINATE;
}

static bool ends_already(const jingle_session_t *session)
{
    for (const jingle_reply_t *reply = session->queue; reply; reply = reply->queue_next)
        if (ends(reply))
            return true;
    return false;
}

bool jingle__queue_ends_session(const jingle_session_t *session)
{
    /* The data of what is completed may be gone. */
    return (session->current && jingle_reply_is_open(session->current) && ends(session->current)) ||
           ends_already(session);
}

/** A session-terminate is never refused, but one is enough: a second says nothing new.
 *  @return true: there is room, and nothing was answered */
static bool has_room(jingle_session_t *session, jingle_reply_t *reply)
{
    if (!is_full(session))
        return true;
    if (!ends(reply))
        jingle__reply_refuse(reply, jingle_error_of(JINGLE_ERROR_RESOURCE_CONSTRAINT));
    else if (ends_already(session))
        jingle__reply_send_result(reply);
    return !reply->completed;
}

void jingle__queue_add(jingle_session_t *session, jingle_reply_t *reply)
{
    jingle_counters_t *counters = &session->jingle->counters;

    if (!has_room(session, reply))
        return;
    jingle_reply_clone(reply);
    if (session->queue_tail)
        session->queue_tail->queue_next = reply;
    else
        session->queue = reply;
    session->queue_tail = reply;
    counters->queued++;
    if (++session->n_queue > counters->queue_peak)
        counters->queue_peak = session->n_queue;
    jingle__queue_pump(session);
}

void jingle__queue_answer_ended(jingle_session_t *session)
{
    while (session->queue) {
        jingle_reply_t *reply = take_first(session);
        if (!reply->completed)
            jingle__reply_answer_ended(reply);
        jingle_reply_release(reply);
    }
}
