/* SPDX-License-Identifier: MIT */
/** @file
 *  Sends actions of ours. session-initiate and session-accept change the state first: the two are
 *  one step (spec: a peer's answer must find the state that the stanza has made). */
#include "save.h"

#include <string.h>

/* Room for a session-terminate without an allocation, between the longest JIDs. */
#define TERMINATE_ROOM 8192

static const char *role_name(const jingle_session_t *session)
{
    return jingle_creator_name(session->role == JINGLE_ROLE_INITIATOR ? JINGLE_CREATOR_INITIATOR
                                                                      : JINGLE_CREATOR_RESPONDER);
}

/** XEP-0166 section 7.3: creator is never left out in what we send. */
static void write_contents(jingle__buf_t *buf, const jingle_session_t *session,
                           jingle_action_t action, const jingle_data_t *data)
{
    const char *creator = action == JINGLE_ACTION_CONTENT_ADD
                              ? role_name(session)
                              : jingle_creator_name(JINGLE_CREATOR_INITIATOR);

    for (size_t i = 0; i < data->n_contents; i++) {
        jingle_content_data_t content = data->contents[i];
        if (!content.creator)
            content.creator = creator;
        jingle__write_content(buf, &content);
    }
}

/** initiator goes with session-initiate, responder with session-accept, neither with anything else
 *  (XEP-0166 section 7.1). */
static void write_action(jingle__buf_t *buf, const jingle_session_t *session,
                         jingle_action_t action, const jingle_data_t *data)
{
    const char *own = session->own ? session->own->text : NULL;

    jingle__buf_puts(buf, "<jingle xmlns=\"" JINGLE_NS "\"");
    jingle__buf_attr(buf, "action", jingle_action_name(action));
    jingle__buf_attr(buf, "initiator", action == JINGLE_ACTION_SESSION_INITIATE ? own : NULL);
    jingle__buf_attr(buf, "responder", action == JINGLE_ACTION_SESSION_ACCEPT ? own : NULL);
    jingle__buf_attr(buf, "sid", session->sid);
    for (size_t i = 0; data && i < data->foreign.n_attrs; i++)
        jingle__buf_attr(buf, data->foreign.attrs[i].name, data->foreign.attrs[i].value);
    jingle__buf_puts(buf, ">");
    if (data) {
        write_contents(buf, session, action, data);
        jingle__write_children(buf, &data->foreign);
        if (data->reason)
            jingle__write_reason(buf, data->reason);
    }
    jingle__buf_puts(buf, "</jingle>");
}

static const char *stamped_from(const jingle_session_t *session)
{
    return session->jingle->config.component && session->own ? session->own->text : NULL;
}

static void write_terminate(jingle__buf_t *buf, const jingle_session_t *session,
                            const jingle_reason_t *reason)
{
    jingle_data_t data = {.reason = reason};

    jingle__write_iq(buf, "set", session->peer->jid, stamped_from(session));
    jingle__write_fresh_id(session->jingle, buf);
    jingle__buf_puts(buf, "\">");
    write_action(buf, session, JINGLE_ACTION_SESSION_TERMINATE, &data);
    jingle__buf_puts(buf, "</iq>");
}

/** As answers, it leaves even when there is no memory: the peer would keep a session that is over. What is
 *  too long for the room on the stack needs some; if there is none, or what the program has given cannot be
 *  written, the condition alone must do. */
static int put_terminate(const jingle_session_t *session, const jingle_reason_t *reason)
{
    jingle_reason_t bare = {.condition = reason->condition};
    jingle_t *jingle = session->jingle;
    char room[TERMINATE_ROOM];
    jingle__buf_t buf, large;
    int err;

    jingle__buf_init_room(&buf, room, sizeof room);
    write_terminate(&buf, session, reason);
    if (!buf.err)
        return jingle__output(jingle, buf.data, buf.len);
    jingle__buf_init(&large, &jingle->mem);
    write_terminate(&large, session, reason);
    if (large.err) {
        jingle__buf_init_room(&buf, room, sizeof room);
        write_terminate(&buf, session, &bare);
        err = buf.err ? buf.err : jingle__output(jingle, buf.data, buf.len);
    } else
        err = jingle__output(jingle, large.data, large.len);
    jingle__buf_free(&large);
    return err;
}

int jingle__send_terminate(jingle_session_t *session, const jingle_reason_t *reason)
{
    int err;

    session->jingle->counters.requests_total++;
    err = put_terminate(session, reason);
    if (err)
        jingle_log(session->jingle, XMPP_LEVEL_WARN, "session-terminate could not be sent: %s",
                   jingle_strerror(err));
    return err;
}

/** XEP-0166 sections 6.2 and 7.2.8, 7.2.10: what must be in an offer and in an accept. */
static bool contents_fit(jingle_action_t action, const jingle_data_t *data)
{
    if (action == JINGLE_ACTION_SESSION_INITIATE)
        return data && jingle__gate_form(data) == NULL;
    if (action != JINGLE_ACTION_SESSION_ACCEPT)
        return true;
    if (!data || data->n_contents == 0)
        return false;
    for (size_t i = 0; i < data->n_contents; i++)
        if (!data->contents[i].name || !data->contents[i].description ||
            !data->contents[i].transport)
            return false;
    return true;
}

static bool make_step(jingle_session_t *session, jingle_action_t action)
{
    if (action == JINGLE_ACTION_SESSION_INITIATE) {
        session->start_called = session->offer_begun = true;
        jingle__session_set_state(session, JINGLE_STATE_PENDING);
        if (session->state != JINGLE_STATE_ENDED)
            jingle__emit(session->jingle,
                         (jingle_event_t){.type = JINGLE_EVENT_OUTGOING, .session = session});
        if (session->state == JINGLE_STATE_ENDED)
            return false;
        session->offer_sent = session->known = true;
    } else if (action == JINGLE_ACTION_SESSION_ACCEPT) {
        session->accept_called = session->accept_sent = true;
        jingle__session_set_state(session, JINGLE_STATE_ACTIVE);
    }
    return session->state != JINGLE_STATE_ENDED;
}

/** The step that goes with the stanza. The request has its place meanwhile: what is sent inside an event
 *  must not take it. @return false: the session ended inside an event */
static bool change_state(jingle_session_t *session, jingle_action_t action)
{
    bool lives;

    session->n_requests++;
    lives = make_step(session, action);
    session->n_requests--;
    return lives;
}

static jingle__request_t *find_request(const jingle_session_t *session, uint64_t number)
{
    jingle__request_t *request = session->requests;

    while (request && request->number != number)
        request = request->next;
    return request;
}

/** Makes the request first: once the stanza is out its answer may come inside the send function. */
static int put_out(jingle_session_t *session, jingle_action_t action, jingle__buf_t *tail,
                   jingle_answer_fn on_answer, void *userdata)
{
    jingle_t *jingle = session->jingle;
    jingle__request_t *request;
    jingle__buf_t buf;
    bool offer = action == JINGLE_ACTION_SESSION_INITIATE;
    uint64_t number;
    int err = jingle__request_new(jingle, session, action, session->peer->jid, session->own,
                                  jingle->config.request_timeout, on_answer, userdata, &request);

    if (err)
        return err;
    number = request->number;
    jingle__repeat_keep(request, tail);
    if (offer) /* what is sent inside the event does not make it leave */
        session->offer_leaving = true;
    jingle__tell_change(session);
    request = find_request(session, number);
    /* It ended inside the event. Who asked was told that it was dropped, and is not told otherwise now. */
    if (!request)
        return offer && !on_answer ? JINGLE_EINVOP : JINGLE_EOK;
    if (offer)
        session->offer_leaving = false;
    jingle__buf_init(&buf, &jingle->mem);
    jingle__write_iq(&buf, "set", session->peer->jid, stamped_from(session));
    jingle__request_write_id(request, &buf);
    jingle__buf_puts(&buf, "\">");
    jingle__buf_add(&buf, tail->data, tail->len);
    jingle__buf_puts(&buf, "</iq>");
    err = buf.err ? buf.err : jingle__output(jingle, buf.data, buf.len);
    jingle__buf_free(&buf);
    request = err ? find_request(session, number) : NULL;
    if (!request)
        return JINGLE_EOK;
    request->on_answer = NULL;
    jingle__request_drop(request);
    return err;
}

/** An offer that did not leave is none, and an accept leaves a peer that waits: nothing else would ever end
 * the session. If it is not the connection that is gone, who waits is told. */
static void give_up(jingle_session_t *session, jingle_action_t action, int err)
{
    bool accept = action == JINGLE_ACTION_SESSION_ACCEPT;

    if ((accept && session->accept_sent) ||
        (action == JINGLE_ACTION_SESSION_INITIATE && session->offer_sent))
        jingle__session_finish(
            session, &(jingle__ending_t){.reason.condition = JINGLE_REASON_CONNECTIVITY_ERROR,
                                         .silent = !accept || err == JINGLE_ESEND});
}

int jingle__send_action(jingle_session_t *session, jingle_action_t action,
                        const jingle_data_t *data, jingle_answer_fn on_answer, void *userdata)
{
    jingle_t *jingle = session->jingle;
    jingle__buf_t tail;
    int err = JINGLE_EINVOP;

    jingle__enter(jingle);
    jingle_session_clone(session);
    /* Written before the state changes: a stanza that cannot be written changes nothing. */
    jingle__buf_init(&tail, &jingle->mem);
    write_action(&tail, session, action, data);
    if (tail.err)
        err = tail.err;
    else if (change_state(session, action))
        err = put_out(session, action, &tail, on_answer, userdata);
    jingle__buf_free(&tail);
    if (err && session->state != JINGLE_STATE_ENDED)
        give_up(session, action, err);
    jingle_session_release(session);
    jingle__leave(jingle);
    return err;
}

static int end_by_send(jingle_session_t *session, const jingle_data_t *data)
{
    jingle__ending_t ending = {.reason.condition = JINGLE_REASON_SUCCESS};

    if (!session->tracked)
        return JINGLE_EINVOP;
    if (data && data->reason)
        ending.reason = *data->reason;
    jingle__session_finish(session, &ending);
    return JINGLE_EOK;
}

/** @return why it may not be sent now */
static int may_request(jingle_session_t *session, jingle_action_t action, const jingle_data_t *data)
{
    uint32_t limit;

    if (!jingle__gate_may_send(session, action))
        return JINGLE_EINVOP;
    if (session->type->may_send && !session->type->may_send(session, action, data, session->self))
        return JINGLE_EINVOP;
    if (!jingle__gate_may_send(session, action)) /* the type may have ended it */
        return JINGLE_EINVOP;
    if (!contents_fit(action, data))
        return JINGLE_EINVAL;
    limit = session->jingle->limits.requests;
    return limit && session->n_requests >= limit ? JINGLE_ELIMIT : JINGLE_EOK;
}

int jingle_session_request(jingle_session_t *session, jingle_action_t action,
                           const jingle_data_t *data, jingle_answer_fn on_answer, void *userdata)
{
    int err;

    if (!session || action <= JINGLE_ACTION_UNKNOWN || action >= JINGLE_ACTION_COUNT)
        return JINGLE_EINVAL;
    if (action == JINGLE_ACTION_SESSION_TERMINATE)
        return on_answer ? JINGLE_EINVAL : end_by_send(session, data);
    jingle_session_clone(session);
    err = may_request(session, action, data);
    if (!err)
        err = jingle__send_action(session, action, data, on_answer, userdata);
    jingle_session_release(session);
    return err;
}

int jingle_session_send(jingle_session_t *session, jingle_action_t action,
                        const jingle_data_t *data)
{
    return jingle_session_request(session, action, data, NULL, NULL);
}
