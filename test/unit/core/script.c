/* SPDX-License-Identifier: MIT */
/** @file
 *  A busy hour of a manager. */
#include "script.h"

#include <stdlib.h>
#include <string.h>

#include <check.h>

#define INFO "<x xmlns='urn:example:x'/>"
#define OTHER_APP "urn:example:prepared:0"
#define OTHER_CONTENT                                                                              \
    "<content creator='initiator' name='c'><description xmlns='" OTHER_APP "'/>"                   \
    "<transport xmlns='" ENGINE_TRANSPORT "'/></content>"

static script_t *script;

static void inside(const char *where)
{
    if (script && script->inside)
        script->inside(where);
}

/* ---- callbacks ---- */

static void on_event(engine_t *engine, const jingle_event_t *event)
{
    static const char *const names[] = {"event created", "event incoming",   "event outgoing",
                                        "event state",   "event connection", "event terminated",
                                        "event error",   "event log"};

    (void)engine;
    inside(names[event->type]);
}

static void on_sent(engine_t *engine, const char *line)
{
    (void)engine;
    inside(line);
}

static void on_action(engine_t *engine, jingle_session_t *session, const jingle_data_t *data,
                      jingle_reply_t *reply)
{
    const char *name = jingle_action_name(data->action);

    (void)session;
    inside(name);
    if (engine->keep && engine->n_kept < ENGINE_KEPT)
        engine->kept[engine->n_kept++] = jingle_reply_clone(reply);
    else if (data->action == JINGLE_ACTION_CONTENT_ADD)
        jingle_reply_default(reply);
    else if (data->action == JINGLE_ACTION_SECURITY_INFO)
        jingle_reply_error(reply, NULL);
    else if (data->action != JINGLE_ACTION_DESCRIPTION_INFO) /* that one drops it */
        jingle_reply_ack(reply);
    inside("after a handler's completion");
}

static int create(jingle_session_t *session, void *userdata, void **self)
{
    (void)session;
    inside("create");
    *self = userdata;
    return JINGLE_EOK;
}

static void ended(jingle_session_t *session, const jingle_reason_t *reason,
                  const jingle_error_t *error, void *self)
{
    (void)session, (void)reason, (void)error, (void)self;
    inside("ended");
}

static void free_self(void *self)
{
    (void)self;
    inside("free");
}

static bool prepare(jingle_t *jingle, const jingle_offer_t *offer,
                    const jingle_session_type_t **type, void **type_userdata, void *userdata)
{
    (void)jingle, (void)offer, (void)type, (void)type_userdata, (void)userdata;
    inside("prepare");
    return false;
}

static bool tie_break(jingle_t *jingle, jingle_session_t *ours, const jingle_offer_t *theirs,
                      void *userdata)
{
    (void)jingle, (void)ours, (void)theirs, (void)userdata;
    inside("tie break");
    return true;
}

static bool may_offer(jingle_t *jingle, const char *peer, const char *own, void *userdata)
{
    (void)jingle, (void)peer, (void)own, (void)userdata;
    inside("may offer");
    return true;
}

static void on_answer(jingle_t *jingle, const jingle_answer_t *answer, void *userdata)
{
    (void)jingle, (void)answer, (void)userdata;
    inside("answer");
}

static void serve(jingle_t *jingle, xmpp_stanza_t *iq, xmpp_stanza_t *payload,
                  jingle_reply_t *reply, void *userdata)
{
    (void)jingle, (void)iq, (void)userdata;
    inside("serve");
    jingle_reply_result(reply, payload);
}

static void on_timer(jingle_t *jingle, void *userdata)
{
    (void)jingle, (void)userdata;
    inside("timer");
}

static void on_processed(jingle_session_t *session, const jingle_error_t *error, void *userdata)
{
    (void)session, (void)error, (void)userdata;
    inside("processed");
}

static bool visit(jingle_session_t *session, void *userdata)
{
    (void)session, (void)userdata;
    inside("visit");
    return true;
}

static void free_something(void *something)
{
    (void)something;
    inside("free of a pointer");
}

static jingle_session_type_t type;

/* ---- the hour ---- */

void script_feed(script_t *to, const char *id, const char *action, const char *sid, const char *xml)
{
    if (!to->engine->jingle)
        return;
    ck_assert_uint_lt(to->n_fed, sizeof to->fed / sizeof to->fed[0]);
    to->fed[to->n_fed++] = id;
    engine_action(to->engine, id, action, sid, xml);
}

static void feed(const char *id, const char *action, const char *sid, const char *xml)
{
    script_feed(script, id, action, sid, xml);
}

/* Answers our last request, if there is one. */
static void answer(engine_t *e, const char *condition)
{
    if (!e->jingle || !engine_last_request(e))
        return;
    if (condition)
        engine_refuse(e, condition, NULL);
    else
        engine_ack(e);
}

static void set_up_modules(engine_t *e)
{
    static char key, module;

    jingle_register_session_type(e->jingle, ENGINE_APP, &type, e);
    jingle_add_prepare(e->jingle, prepare, NULL);
    jingle_set_module(e->jingle, &key, &module, free_something);
    jingle_add_ice_server(e->jingle, "stun:stun.example", "a", "b");
    jingle_serve(e->jingle, "urn:example:query", JINGLE_SERVE_GET, serve, NULL);
    jingle_timer_start(e->jingle, 10, on_timer, NULL, NULL);
    engine_feed(e,
                "<iq xmlns='jabber:client' type='get' id='get' from='%s'>"
                "<query xmlns='urn:example:query'/></iq>",
                ENGINE_PEER);
    jingle_request(e->jingle, JINGLE_REQUEST(.to = ENGINE_PEER, .xml = "<q xmlns='urn:q'/>",
                                             .on_answer = on_answer));
    answer(e, NULL);
    jingle_request(e->jingle, JINGLE_REQUEST(.to = ENGINE_PEER, .xml = "<q xmlns='urn:q'/>",
                                             .on_answer = on_answer));
    engine_wait(e, 20);
}

static void our_session(engine_t *e)
{
    static char user;
    static const char *const applications[] = {ENGINE_APP};
    jingle_session_t *session = NULL;

    jingle_session_new(e->jingle, ENGINE_PEER,
                       JINGLE_SESSION(.sid = "b", .type = &type, .type_userdata = e,
                                      .applications = applications, .n_applications = 1,
                                      .user = &user, .user_free = free_something),
                       &session);
    session = jingle_session_clone(session);
    jingle_session_start(session);
    feed("tie", "session-initiate", "c", ENGINE_CONTENT);
    answer(e, NULL);
    feed("accept", "session-accept", "b", ENGINE_CONTENT);
    answer(e, NULL);
    e->keep = true;
    feed("held", "session-info", "b", INFO);
    e->keep = false;
    feed("waits", "content-add", "b", ENGINE_CONTENT);
    feed("waits-too", "transport-info", "b", "");
    engine_complete(e, NULL);
    feed("error", "security-info", "b", "");
    feed("dropped", "description-info", "b", "");
    jingle_session_request(session, JINGLE_ACTION_SESSION_INFO, NULL, on_answer, NULL);
    answer(e, "bad-request");
    jingle_session_set_connection(session, JINGLE_CONNECTION_CONNECTED);
    jingle_session_set_applications(session, applications, 1);
    jingle_session_process(session, &(jingle_data_t){.action = JINGLE_ACTION_SESSION_INFO},
                           on_processed, NULL);
    e->keep = true;
    feed("late", "session-info", "b", INFO);
    feed("queued", "session-info", "b", INFO);
    e->keep = false;
    jingle_session_request(session, JINGLE_ACTION_CONTENT_ADD, NULL, on_answer, NULL);
    if (e->jingle)
        engine_wait(e, 60000);
    feed("queued-2", "session-terminate", "b", "");
    jingle_session_end(session, JINGLE_END(.condition = JINGLE_REASON_CANCEL, .text = "enough"));
    jingle_session_release(session);
}

static void their_sessions(engine_t *e)
{
    jingle_session_t *session;

    feed("offer", "session-initiate", "d", ENGINE_CONTENT);
    session = jingle_session_clone(jingle_find_session(e->jingle, NULL, ENGINE_PEER, "d"));
    jingle_session_accept(session);
    answer(e, NULL);
    jingle_each_session(e->jingle, visit, NULL);
    feed("offer-base", "session-initiate", "e", OTHER_CONTENT);
    feed("add-base", "content-add", "e", OTHER_CONTENT);
    feed("terminate", "session-terminate", "d", "<reason><success/><text>bye</text></reason>");
    jingle_session_release(session);
    e->keep = true;
    feed("held-offer", "session-initiate", "f", ENGINE_CONTENT);
    feed("behind-it", "session-info", "f", "");
    e->keep = false;
    engine_complete(e, JINGLE_ERROR(.condition = "not-acceptable"));
    feed("unknown", "session-info", "none", "");
    feed("bad", "bogus", "none", "");
    feed("malformed", "session-initiate", "g", "<content/>");
    jingle_end_peer_sessions(e->jingle, ENGINE_PEER, NULL);
    feed("last", "session-initiate", "h", ENGINE_CONTENT);
}

void script_begin(script_t *begun, size_t fail_at, bool on)
{
    engine_t *e = engine_new(
        JINGLE_CONFIG(.prepare_session = prepare, .tie_break = tie_break, .may_offer = may_offer));

    script = begun;
    script->n_fed = 0;
    script->engine = e;
    type = engine_type;
    type.create = create;
    type.ended = ended;
    type.free = free_self;
    e->on_event = on_event;
    e->on_sent = on_sent;
    e->on_action = on_action;
    test_mem_fail_at(&e->mem, fail_at, on);
}

void script_play(script_t *played)
{
    engine_t *e = played->engine;

    set_up_modules(e);
    our_session(e);
    their_sessions(e);
}

static unsigned answers_to(const engine_t *e, const char *id)
{
    unsigned count = 0;
    const char *type_of;
    size_t i;

    for (i = 0; i < e->n_sent; i++) {
        type_of = xmpp_stanza_get_type(e->sent[i]);
        if ((strcmp(type_of, "result") == 0 || strcmp(type_of, "error") == 0) &&
            strcmp(xmpp_stanza_get_id(e->sent[i]), id) == 0)
            count++;
    }
    return count;
}

void script_end(script_t *played, const char *what)
{
    engine_t *e = played->engine;
    size_t i;

    engine_free_manager(e);
    for (i = 0; i < played->n_fed; i++)
        ck_assert_msg(answers_to(e, played->fed[i]) == 1, "%s: %s was answered %u times", what,
                      played->fed[i], answers_to(e, played->fed[i]));
    ck_assert_msg(engine_free(e) == 0, "%s: memory was not given back, see above", what);
    script = NULL;
}
