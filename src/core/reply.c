/* SPDX-License-Identifier: MIT */
/** @file
 *  Replies: the tokens that handlers complete. Every IQ-set with `<jingle/>` becomes one, and every
 *  one is completed exactly once: by its handler, a deadline, the end of its session, or the engine
 *  when its last reference goes. */
#include "save.h"

#include <string.h>

/* ---- life ---------------------------------------------------------------------------------- */

static void handler_late(jingle_t *jingle, void *userdata);

static jingle_reply_t *allocate(jingle_t *jingle)
{
    if (jingle->n_spare)
        return jingle->spare[--jingle->n_spare];
    return jingle__alloc(&jingle->mem, sizeof(jingle_reply_t));
}

jingle_reply_t *jingle__reply_new(jingle_t *jingle, xmpp_stanza_t *stanza, jingle__jid_t *own)
{
    jingle_reply_t *reply = allocate(jingle);

    if (!reply)
        return NULL;
    /* Everything but parsed, which jingle__parse() sets up. */
    memset(reply, 0, offsetof(jingle_reply_t, parsed));
    memset(&reply->done, 0, sizeof *reply - offsetof(jingle_reply_t, done));
    reply->jingle = jingle;
    reply->own = jingle__jid_clone(own);
    if (stanza) {
        reply->stanza = xmpp_stanza_clone(stanza);
        reply->id = xmpp_stanza_get_id(stanza);
        reply->from = xmpp_stanza_get_from(stanza);
    }
    reply->timer.fn = handler_late;
    reply->timer.userdata = reply;
    reply->refs = 1;
    DL_APPEND2(jingle->open, reply, open_prev, open_next);
    jingle__enter(jingle);
    return reply;
}

static void free_reply(jingle_reply_t *reply)
{
    jingle_t *jingle = reply->jingle;
    jingle_session_t *session = reply->session;

    if (reply->data == &reply->parsed.data)
        jingle__parsed_clear(&reply->parsed);
    if (reply->stanza)
        xmpp_stanza_release(reply->stanza);
    jingle__jid_release(jingle, reply->own);
    if (jingle->n_spare < JINGLE__SPARE_REPLIES && !jingle->closing)
        jingle->spare[jingle->n_spare++] = reply;
    else
        jingle__free(&jingle->mem, reply);
    jingle_session_release(session);
    jingle__leave(jingle);
}

void jingle__replies_free_spare(jingle_t *jingle)
{
    while (jingle->n_spare)
        jingle__free(&jingle->mem, jingle->spare[--jingle->n_spare]);
}

jingle_reply_t *jingle_reply_clone(jingle_reply_t *reply)
{
    if (reply)
        reply->refs++;
    return reply;
}

void jingle_reply_release(jingle_reply_t *reply)
{
    if (!reply || --reply->refs)
        return;
    if (!reply->completed) {
        reply->refs = 1;
        jingle_log(reply->jingle, XMPP_LEVEL_ERROR, "a handler dropped its reply unanswered");
        jingle_reply_error(reply, NULL);
        if (--reply->refs)
            return;
    }
    free_reply(reply);
}

/* ---- completing ---------------------------------------------------------------------------- */

static const char *stamped_from(const jingle_t *jingle, const jingle__jid_t *own)
{
    return jingle->config.component && own ? own->text : NULL;
}

/** From here on the reply is done. The session's place for the action in progress stays taken until
 *  the effects of the completion are over, so that the next action cannot overtake them. */
static void close_reply(jingle_reply_t *reply)
{
    reply->completed = true;
    jingle__timer_unset(&reply->timer);
    DL_DELETE2(reply->jingle->open, reply, open_prev, open_next);
}

static void answer(jingle_reply_t *reply, const jingle_error_t *error, xmpp_stanza_t *payload)
{
    if (reply->completed) /* the manager was freed in what was called meanwhile */
        return;
    close_reply(reply);
    if (reply->stanza) {
        jingle__answer_send(reply->jingle,
                            (jingle__answer_t){.to = reply->from,
                                               .id = reply->id,
                                               .from = stamped_from(reply->jingle, reply->own),
                                               .error = error,
                                               .payload = payload});
        return;
    }
    if (reply->done)
        reply->done(reply->session, error, reply->done_userdata);
}

void jingle__reply_send_result(jingle_reply_t *reply)
{
    answer(reply, NULL, NULL);
}

void jingle__reply_send_error(jingle_reply_t *reply, const jingle_error_t *error)
{
    answer(reply, error ? error : jingle_error_of(JINGLE_ERROR_INTERNAL_SERVER_ERROR), NULL);
}

void jingle__reply_refuse(jingle_reply_t *reply, jingle__verdict_t verdict)
{
    reply->jingle->counters.refused++;
    if (verdict == jingle_error_of(JINGLE_ERROR_RESOURCE_CONSTRAINT))
        reply->jingle->counters.over_limit++;
    jingle__reply_send_error(reply, verdict);
}

void jingle__reply_answer_ended(jingle_reply_t *reply)
{
    if (reply->data && reply->data->action == JINGLE_ACTION_SESSION_TERMINATE)
        jingle__reply_send_result(reply);
    else
        jingle__reply_send_error(reply, jingle_error_of(JINGLE_ERROR_UNKNOWN_SESSION));
}

static void move_on(jingle_reply_t *reply)
{
    jingle_session_t *session = reply->session;

    if (session && session->current == reply) {
        session->current = NULL;
        jingle__queue_pump(session);
    }
}

/** State changes that come with an ack go before it (XEP-0166 sections 6.3.1 and 6.5). */
static void before_ack(jingle_session_t *session, jingle_action_t action)
{
    if (action == JINGLE_ACTION_SESSION_INITIATE) {
        if (session->state == JINGLE_STATE_STARTING)
            jingle__session_set_state(session, JINGLE_STATE_PENDING);
        session->acknowledged = session->known = true;
    } else if (action == JINGLE_ACTION_SESSION_ACCEPT)
        jingle__session_set_state(session, JINGLE_STATE_ACTIVE);
}

static void acknowledge(jingle_reply_t *reply)
{
    jingle_session_t *session = reply->session;
    bool live = session->state != JINGLE_STATE_ENDED;
    jingle_action_t action = reply->data->action;

    if (live)
        before_ack(session, action);
    if (live)
        jingle__tell_answer(session, reply, NULL);
    if (reply->completed) /* an event handler has ended the session */
        return;
    jingle__reply_send_result(reply);
    if (live && action == JINGLE_ACTION_SESSION_INITIATE && session->state != JINGLE_STATE_ENDED)
        jingle__emit(session->jingle,
                     (jingle_event_t){.type = JINGLE_EVENT_INCOMING, .session = session});
}

/** A session-terminate ends the session whatever its handler said (XEP-0166 section 6.7: the peer
 *  regards it as ended since it was sent). */
static void terminate(jingle_reply_t *reply)
{
    static const jingle_reason_t none = {.condition = JINGLE_REASON_SUCCESS};
    const jingle_data_t *data = reply->data;

    reply->ending = true; /* data has the reason, and may go when it is completed */
    jingle__timer_unset(
        &reply->timer); /* nor is there a manager that would, if it is freed inside */
    jingle__session_finish(
        reply->session,
        &(jingle__ending_t){.reason = data->reason ? *data->reason : none, .by_peer = true});
    if (!reply->completed)
        jingle__reply_send_result(reply);
}

static bool is_terminate(const jingle_reply_t *reply)
{
    return reply->session && reply->data && reply->data->action == JINGLE_ACTION_SESSION_TERMINATE;
}

/** Holds on to everything that a callback may let go of. @return false: too late */
static bool begin(jingle_reply_t *reply)
{
    if (!reply || reply->completed || reply->ending || reply->jingle->closed)
        return false;
    jingle__enter(reply->jingle);
    jingle_reply_clone(reply);
    return true;
}

static void end(jingle_reply_t *reply)
{
    jingle_t *jingle = reply->jingle;

    move_on(reply);
    jingle_reply_release(reply);
    jingle__leave(jingle);
}

int jingle_reply_ack(jingle_reply_t *reply)
{
    if (!reply)
        return JINGLE_EINVAL;
    if (!begin(reply))
        return JINGLE_EINVOP;
    if (is_terminate(reply))
        terminate(reply);
    else if (reply->session)
        acknowledge(reply);
    else
        jingle__reply_send_result(reply);
    end(reply);
    return JINGLE_EOK;
}

int jingle_reply_error(jingle_reply_t *reply, const jingle_error_t *error)
{
    jingle_session_t *session;
    bool offer;

    if (!reply)
        return JINGLE_EINVAL;
    if (reply->completed) /* its data may be gone */
        return JINGLE_EINVOP;
    if (is_terminate(reply))
        return jingle_reply_ack(reply);
    if (!begin(reply))
        return JINGLE_EINVOP;
    session = reply->session;
    offer = session && reply->data->action == JINGLE_ACTION_SESSION_INITIATE;
    if (session)
        jingle__tell_answer(session, reply,
                            error ? error : jingle_error_of(JINGLE_ERROR_INTERNAL_SERVER_ERROR));
    if (!reply->completed)
        jingle__reply_send_error(reply, error);
    /* XEP-0166 section 6.3.2: an offer that was refused has made no session. */
    if (offer)
        jingle__session_fail(session, JINGLE_REASON_GENERAL_ERROR, NULL);
    end(reply);
    return JINGLE_EOK;
}

int jingle_reply_default(jingle_reply_t *reply)
{
    jingle_session_t *session;
    bool pumping;
    int err;

    if (!reply)
        return JINGLE_EINVAL;
    if (!reply->session)
        return jingle_reply_error(reply, jingle_error_of(JINGLE_ERROR_SERVICE_UNAVAILABLE));
    if (!begin(reply))
        return JINGLE_EINVOP;
    /* What the base type sends after the ack goes before the next action. */
    session = jingle_session_clone(reply->session);
    pumping = session->pumping;
    session->pumping = true;
    err = jingle__base_reply(reply);
    session->pumping = pumping;
    jingle__queue_pump(session);
    jingle_session_release(session);
    end(reply);
    return err;
}

int jingle_reply_result(jingle_reply_t *reply, xmpp_stanza_t *payload)
{
    if (!payload)
        return jingle_reply_ack(reply);
    if (!reply)
        return JINGLE_EINVAL;
    if (reply->session || !begin(reply))
        return JINGLE_EINVOP;
    answer(reply, NULL, payload);
    end(reply);
    return JINGLE_EOK;
}

/* ---- deadlines ----------------------------------------------------------------------------- */

static void handler_late(jingle_t *jingle, void *userdata)
{
    jingle_reply_t *reply = userdata;

    jingle->counters.handler_timeouts++;
    jingle_reply_clone(reply); /* who is told may let go of it */
    jingle_log(jingle, XMPP_LEVEL_WARN, "a handler did not complete in time");
    jingle_reply_error(reply, jingle_error_of(JINGLE_ERROR_RESOURCE_CONSTRAINT));
    jingle_reply_release(reply);
}

int jingle__reply_start_deadline(jingle_reply_t *reply)
{
    uint32_t timeout = reply->jingle->config.handler_timeout;

    return timeout == UINT32_MAX ? JINGLE_EOK
                                 : jingle__timer_set(reply->jingle, &reply->timer, timeout);
}

/** A session-terminate of the program's own whose data is still being told from (terminate()). */
static bool is_in_use(const jingle_reply_t *reply)
{
    return reply->ending && !reply->stanza;
}

static jingle_reply_t *next_open(const jingle_t *jingle)
{
    jingle_reply_t *reply = jingle->open;

    while (reply && is_in_use(reply))
        reply = reply->open_next;
    return reply;
}

void jingle__replies_clear(jingle_t *jingle)
{
    jingle_reply_t *reply;

    while ((reply = next_open(jingle))) {
        jingle_reply_clone(reply);
        if (reply->session) /* it is over */
            reply->session->current = NULL;
        jingle__reply_send_error(reply, jingle_error_of(reply->session || reply->data
                                                            ? JINGLE_ERROR_UNKNOWN_SESSION
                                                            : JINGLE_ERROR_SERVICE_UNAVAILABLE));
        jingle_reply_release(reply);
    }
}

/* ---- looking ------------------------------------------------------------------------------- */

jingle_session_t *jingle_reply_get_session(const jingle_reply_t *reply)
{
    return reply ? reply->session : NULL;
}

const jingle_data_t *jingle_reply_get_data(const jingle_reply_t *reply)
{
    return reply ? reply->data : NULL;
}

xmpp_stanza_t *jingle_reply_get_stanza(const jingle_reply_t *reply)
{
    return reply ? reply->stanza : NULL;
}

bool jingle_reply_is_open(const jingle_reply_t *reply)
{
    return reply && !reply->completed && !reply->ending;
}
