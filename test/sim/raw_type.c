/* SPDX-License-Identifier: MIT */
/** @file
 *  The raw session types of the simulation. */
#include "raw.h"

#include "stranger.h"

#include <stdio.h>
#include <string.h>

#define CONTENT(app)                                                                               \
    "<content creator='initiator' name='c1'><description xmlns='" app                              \
    "'/><transport xmlns='" RAW_TRANSPORT "'/></content>"
#define NAMED "<content creator='initiator' name='c1'/>"
#define MOVED                                                                                      \
    "<content creator='initiator' name='c1'><transport xmlns='" RAW_TRANSPORT "'/></content>"

/* Over the limits where they are narrow. */
#define CANDIDATES                                                                                 \
    "<content creator='initiator' name='c1'><transport xmlns='" RAW_TRANSPORT                      \
    "'><candidate/><candidate/><candidate/></transport></content>"
#define DEEP                                                                                       \
    "<content creator='initiator' name='c1'><more xmlns='urn:example:more'><a><b><c/></b></a>"     \
    "</more></content>"

/** @return NULL: none for that action */
static const char *large_payload(jingle_action_t action)
{
    switch (action) {
    case JINGLE_ACTION_CONTENT_ADD:
    case JINGLE_ACTION_CONTENT_REJECT:
    case JINGLE_ACTION_DESCRIPTION_INFO:
        return CONTENT(RAW_NOW) CONTENT(RAW_LATER) CONTENT(RAW_OTHER);
    case JINGLE_ACTION_TRANSPORT_INFO:
    case JINGLE_ACTION_TRANSPORT_REPLACE:
        return CANDIDATES;
    case JINGLE_ACTION_CONTENT_REMOVE:
    case JINGLE_ACTION_SECURITY_INFO:
        return DEEP;
    case JINGLE_ACTION_SESSION_TERMINATE:
    case JINGLE_ACTION_TRANSPORT_REJECT:
        return "<reason><busy/><text>some other time, maybe</text></reason>";
    default:
        return NULL;
    }
}

const char *raw_payload(jingle_action_t action, uint32_t value)
{
    if (value % 8 == 7 && large_payload(action))
        return large_payload(action);
    switch (action) {
    case JINGLE_ACTION_SESSION_INITIATE:
    case JINGLE_ACTION_SESSION_ACCEPT:
    case JINGLE_ACTION_CONTENT_ADD:
    case JINGLE_ACTION_CONTENT_ACCEPT:
    case JINGLE_ACTION_CONTENT_REJECT:
    case JINGLE_ACTION_DESCRIPTION_INFO:
        return value % 3 == 0   ? CONTENT(RAW_NOW)
               : value % 3 == 1 ? CONTENT(RAW_LATER)
                                : CONTENT(RAW_OTHER);
    case JINGLE_ACTION_SESSION_INFO:
        return value % 2 ? "" : "<ringing xmlns='urn:xmpp:jingle:apps:rtp:info:1'/>";
    case JINGLE_ACTION_SESSION_TERMINATE:
        return value % 2 ? "" : "<reason><busy/></reason>";
    case JINGLE_ACTION_TRANSPORT_INFO:
    case JINGLE_ACTION_TRANSPORT_REPLACE:
    case JINGLE_ACTION_TRANSPORT_ACCEPT:
    case JINGLE_ACTION_TRANSPORT_REJECT:
        return MOVED;
    case JINGLE_ACTION_CONTENT_MODIFY:
        return "<content creator='initiator' name='c1' senders='initiator'></content>";
    default:
        return NAMED;
    }
}

/** @param ask with what comes of it noted */
static int send_xml(raw_t *raw, jingle_session_t *session, jingle_action_t action,
                    const char *inside, bool ask)
{
    const jingle_data_t *data = NULL;
    xmpp_stanza_t *element;
    char xml[1024];
    int err;

    snprintf(xml, sizeof xml, "<jingle xmlns='%s'>%s</jingle>", JINGLE_NS, inside);
    element = jingle_sim_element(jingle_sim_get_world(raw->engine), xml);
    err = jingle_data_new(NULL, element, &data);
    if (!err && ask)
        raw_ask(raw, session, action, data);
    else if (!err)
        err = jingle_session_send(session, action, data);
    jingle_data_free(data);
    xmpp_stanza_release(element);
    return err;
}

int raw_send(raw_t *raw, jingle_session_t *session, jingle_action_t action, uint32_t value)
{
    return send_xml(raw, session, action, raw_payload(action, value), false);
}

void raw_ask_for(raw_t *raw, jingle_session_t *session, jingle_action_t action)
{
    send_xml(raw, session, action, raw_payload(action, 0), true);
}

static const char *contents_of(const jingle_session_t *session)
{
    const char *application = jingle_session_get_application(session, 0);

    if (!application || strcmp(application, RAW_NOW) == 0)
        return CONTENT(RAW_NOW);
    if (strcmp(application, RAW_SAME) == 0)
        return CONTENT(RAW_SAME);
    return strcmp(application, RAW_LATER) == 0 ? CONTENT(RAW_LATER) : CONTENT(RAW_OTHER);
}

static int type_start(jingle_session_t *session, void *self)
{
    return send_xml(self, session, JINGLE_ACTION_SESSION_INITIATE, contents_of(session), false);
}

static int type_accept(jingle_session_t *session, void *self)
{
    return send_xml(self, session, JINGLE_ACTION_SESSION_ACCEPT, contents_of(session), false);
}

static void type_ended(jingle_session_t *session, const jingle_reason_t *reason,
                       const jingle_error_t *error, void *self)
{
    raw_t *raw = self;

    (void)error;
    if (!jingle_session_is_ended(session) || !reason)
        jingle_sim_fault(jingle_sim_get_world(raw->engine),
                         "%s: ended is called for a session that lives",
                         jingle_sim_get_jid(raw->engine));
}

static uint64_t answers_of(const raw_t *raw)
{
    jingle_counters_t counters = {.size = sizeof counters};

    jingle_get_counters(jingle_sim_get_manager(raw->engine), &counters);
    return counters.results + counters.errors;
}

/** The answer leaves before anything that is sent after completing (invariant 2). */
static void ack(raw_t *raw, jingle_reply_t *reply)
{
    uint64_t before = answers_of(raw);

    raw_agree_to(raw, reply);
    if (jingle_reply_ack(reply) == JINGLE_EOK && jingle_reply_get_stanza(reply) &&
        jingle_sim_get_manager(raw->engine) && answers_of(raw) == before)
        jingle_sim_fault(jingle_sim_get_world(raw->engine),
                         "%s: completing an action did not answer it",
                         jingle_sim_get_jid(raw->engine));
}

static void on_now(jingle_session_t *session, const jingle_data_t *data, jingle_reply_t *reply,
                   void *self)
{
    raw_t *raw = self;

    jingle_sim_check_turn(raw->engine, reply);
    raw_check_order(raw, session, data->action);
    ack(raw, reply);
}

static void on_later(jingle_session_t *session, const jingle_data_t *data, jingle_reply_t *reply,
                     void *self)
{
    raw_t *raw = self;

    jingle_sim_check_turn(raw->engine, reply);
    raw_check_order(raw, session, data->action);
    if (raw->n_kept == RAW_KEPT) {
        raw_tell_more(raw, "it cannot keep more replies, and acknowledges at once");
        ack(raw, reply);
    } else
        raw->kept[raw->n_kept++] = jingle_reply_clone(reply);
}

void raw_complete(raw_t *raw, size_t index, unsigned how)
{
    jingle_reply_t *reply = raw->kept[index];

    raw_tell_completed(raw, reply, how);
    raw->n_kept--;
    memmove(raw->kept + index, raw->kept + index + 1, (raw->n_kept - index) * sizeof *raw->kept);
    if (how == 0) {
        raw_agree_to(raw, reply);
        jingle_reply_ack(reply);
    } else if (how == 1)
        jingle_reply_error(reply, JINGLE_ERROR(.condition = "not-acceptable"));
    else if (how == 2)
        jingle_reply_default(reply);
    /* A second time does nothing, and the last reference of one that is open answers for it. */
    if (how < 3 && (jingle_reply_is_open(reply) || jingle_reply_ack(reply) != JINGLE_EINVOP))
        jingle_sim_fault(jingle_sim_get_world(raw->engine),
                         "%s: a reply is open after it was completed",
                         jingle_sim_get_jid(raw->engine));
    jingle_reply_release(reply);
}

/* Every action but session-terminate, which is the library's own. */
#define HANDLERS(fn)                                                                               \
    .on_session_initiate = (fn), .on_session_accept = (fn), .on_session_info = (fn),               \
    .on_security_info = (fn), .on_description_info = (fn), .on_content_add = (fn),                 \
    .on_content_accept = (fn), .on_content_reject = (fn), .on_content_modify = (fn),               \
    .on_content_remove = (fn), .on_transport_info = (fn), .on_transport_replace = (fn),            \
    .on_transport_accept = (fn), .on_transport_reject = (fn), .on_source_add = (fn),               \
    .on_source_remove = (fn)

const jingle_session_type_t raw_now = {.size = sizeof(jingle_session_type_t),
                                       .name = "now",
                                       .start = type_start,
                                       .accept = type_accept,
                                       .ended = type_ended,
                                       HANDLERS(on_now)};

const jingle_session_type_t raw_later = {.size = sizeof(jingle_session_type_t),
                                         .name = "later",
                                         .start = type_start,
                                         .accept = type_accept,
                                         .ended = type_ended,
                                         HANDLERS(on_later)};

static const char *payload(jingle_sim_engine_t *engine, jingle_action_t action, uint32_t value)
{
    (void)engine;
    return raw_payload(action, value);
}

void raw_stranger(jingle_sim_engine_t *engine, uint32_t value)
{
    stranger_say(engine, value, raw_sid(raw_of(engine), value >> 8), payload);
}
