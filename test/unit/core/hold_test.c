/* SPDX-License-Identifier: MIT */
/** @file
 *  A public function that tells the program of something goes on afterwards, whatever the program has let
 *  go of meanwhile. Managers here are freed for good, with no session that would keep their memory. */
#include "fixture.h"

static void forget_session(void)
{
    jingle_session_release(e->session);
    e->session = NULL;
}

static void free_at_the_end(engine_t *engine, const jingle_event_t *event)
{
    if (event->type == JINGLE_EVENT_TERMINATED)
        engine_free_manager(engine);
}

START_TEST(freed_while_the_sessions_of_a_peer_end)
{
    engine_create(e, "s");
    forget_session();
    e->on_event = free_at_the_end;
    ck_assert_int_eq(
        jingle_end_peer_sessions(e->jingle, ENGINE_PEER, JINGLE_END(.own = "m@self.example")), 1);
    ck_assert_ptr_null(e->jingle);
}
END_TEST

static jingle_t *logs;

static void free_at_a_line(void *userdata, xmpp_log_level_t level, const char *area,
                           const char *message)
{
    jingle_t *jingle = logs;

    (void)userdata;
    (void)level;
    (void)area;
    (void)message;
    logs = NULL;
    jingle_free(jingle);
}

START_TEST(freed_where_it_logs)
{
    const xmpp_log_t log = {.handler = free_at_a_line};

    logs = jingle_new(e->ctx, JINGLE_CONFIG(.log = &log));
    ck_assert_ptr_nonnull(logs);
    if (_i)
        jingle_note_quirk(logs, "something");
    else
        jingle_log(logs, XMPP_LEVEL_WARN, "something");
    ck_assert_ptr_null(logs);
}
END_TEST

/* ---- what a type is asked before something is sent ----------------------------------------- */

#define CONTENT                                                                                    \
    "<content creator='initiator' name='c'><description xmlns='urn:example:hold'/>"                \
    "<transport xmlns='urn:example:t'/></content>"

static bool frees;

static bool end_when_asked(jingle_session_t *session, jingle_action_t action,
                           const jingle_data_t *data, void *self)
{
    (void)action;
    (void)data;
    (void)self;
    if (frees)
        engine_free_manager(e);
    else
        ck_assert_int_eq(jingle_session_end(session, NULL), JINGLE_EOK);
    return true;
}

static const jingle_session_type_t ending = {
    .size = sizeof ending, .name = "ending", .may_send = end_when_asked};

START_TEST(ended_where_it_is_asked_for_leave)
{
    jingle_session_t *session;
    const char *log;

    frees = _i;
    ck_assert_int_eq(jingle_register_session_type(e->jingle, "urn:example:hold", &ending, NULL),
                     JINGLE_EOK);
    engine_action(e, "it", "session-initiate", "s", CONTENT);
    session = jingle_find_session(e->jingle, NULL, ENGINE_PEER, "s");
    ck_assert(jingle_session_is_pending(session));
    forget_session();
    engine_log(e);
    ck_assert_int_eq(jingle_session_send(session, JINGLE_ACTION_SESSION_INFO, NULL), JINGLE_EINVOP);
    log = engine_log(e);
    ck_assert_ptr_nonnull(strstr(log, "> set session-terminate s "));
    ck_assert_ptr_null(strstr(log, "session-info"));
    forget_session();
}
END_TEST

/* ---- what is called when the last reference goes -------------------------------------------- */

static jingle_session_t *last;

static int keep_session(jingle_session_t *session, void *userdata, void **self)
{
    *self = userdata;
    last = session;
    return JINGLE_EOK;
}

static bool made;

/** The data path goes down later than its session. */
static void use_session(void *count)
{
    ++*(unsigned *)count;
    if (!made)
        return; /* without memory for it */
    jingle_session_set_connection(last, JINGLE_CONNECTION_DISCONNECTED);
    jingle_session_release(jingle_session_clone(last));
}

static const jingle_session_type_t using = {
    .size = sizeof using, .name = "using", .create = keep_session, .free = use_session};

static void keep_when_connected(engine_t *engine, const jingle_event_t *event)
{
    if (event->type == JINGLE_EVENT_CONNECTION && !engine->session)
        engine->session = jingle_session_clone(event->session);
}

START_TEST(used_while_it_is_freed)
{
    unsigned self = 0, user = 0;
    bool kept = _i;

    made = false;
    ck_assert_int_eq(
        jingle_session_new(e->jingle, ENGINE_PEER,
                           JINGLE_SESSION(.sid = "s", .type = &using, .type_userdata = &self,
                                          .user = &user, .user_free = use_session),
                           NULL),
        JINGLE_EOK);
    made = true;
    forget_session();
    e->on_event = kept ? keep_when_connected : NULL;
    ck_assert_int_eq(jingle_session_end(last, JINGLE_END(.silent = true)), JINGLE_EOK);
    ck_assert_uint_eq(self, 1);
    ck_assert_uint_eq(user, 1);
    ck_assert(kept == (e->session != NULL));
    ck_assert_ptr_null(jingle_session_get_self(e->session));
    ck_assert_ptr_null(jingle_session_get_user(e->session));
    last = NULL;
    forget_session();
    ck_assert_uint_eq(self, 1);
    ck_assert_uint_eq(user, 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("core/hold");
    TCase *tcase = add_case(suite, "hold");

    tcase_add_test(tcase, freed_while_the_sessions_of_a_peer_end);
    tcase_add_loop_test(tcase, freed_where_it_logs, 0, 2);
    tcase_add_loop_test(tcase, ended_where_it_is_asked_for_leave, 0, 2);
    tcase_add_loop_test(tcase, used_while_it_is_freed, 0, 2);
    return run_suite(suite);
}
