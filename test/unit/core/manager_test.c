/* SPDX-License-Identifier: MIT */
/** @file
 *  The manager: set up, what it keeps, whom it asks, which sessions it has. */
#include "fixture.h"

static jingle_counters_t count(void)
{
    jingle_counters_t counters = {.size = sizeof counters};

    ck_assert_int_eq(jingle_get_counters(e->jingle, &counters), JINGLE_EOK);
    return counters;
}

/* ---- set up ---- */

START_TEST(made_with_nothing)
{
    jingle_t *jingle = jingle_new(e->ctx, NULL);

    ck_assert_ptr_nonnull(jingle);
    ck_assert_ptr_null(jingle_get_jid(jingle));
    ck_assert_ptr_null(jingle_get_userdata(jingle));
    ck_assert_ptr_eq(jingle_get_context(jingle), e->ctx);
    ck_assert_ptr_nonnull(jingle_get_mem(jingle));
    ck_assert_int_eq(jingle_session_new(jingle, ENGINE_PEER, NULL, NULL), JINGLE_EOK);
    jingle_free(jingle);
    jingle_free(NULL);
}
END_TEST

START_TEST(wrong_configs_are_refused)
{
    jingle_config_t config = *JINGLE_CONFIG(.jid = "m@x.example/y");

    config.size = 8;
    ck_assert_ptr_null(jingle_new(e->ctx, &config));
    ck_assert_ptr_null(jingle_new(e->ctx, JINGLE_CONFIG(.jid = "@x.example")));
}
END_TEST

static int no_random(void *buffer, size_t len, void *userdata)
{
    (void)buffer, (void)len, (void)userdata;
    return JINGLE_EINT;
}

START_TEST(needs_random_numbers)
{
    ck_assert_ptr_null(jingle_new(e->ctx, JINGLE_CONFIG(.random = no_random)));
}
END_TEST

START_TEST(own_jid_is_folded_and_replaced)
{
    ck_assert_int_eq(jingle_set_jid(e->jingle, "M@Self.Example/Main"), JINGLE_EOK);
    ck_assert_str_eq(jingle_get_jid(e->jingle), "m@self.example/Main");
    ck_assert_int_eq(jingle_set_jid(e->jingle, ""), JINGLE_EINVAL);
    ck_assert_str_eq(jingle_get_jid(e->jingle), "m@self.example/Main");
    ck_assert_str_eq(jingle_session_get_own(engine_create(e, "s")), "m@self.example/Main");
    ck_assert_int_eq(jingle_set_jid(e->jingle, "n@self.example/x"), JINGLE_EOK);
    ck_assert_str_eq(jingle_session_get_own(e->session), "m@self.example/Main");
    ck_assert_int_eq(jingle_set_jid(e->jingle, NULL), JINGLE_EOK);
    ck_assert_ptr_null(jingle_get_jid(e->jingle));
}
END_TEST

START_TEST(null_is_met_calmly)
{
    jingle_limits_t limits;

    ck_assert_ptr_null(jingle_get_userdata(NULL));
    ck_assert_ptr_null(jingle_get_context(NULL));
    ck_assert_ptr_null(jingle_get_jid(NULL));
    ck_assert_ptr_null(jingle_get_feature(NULL, 0));
    ck_assert_ptr_null(jingle_get_module(NULL, e));
    ck_assert_ptr_null(jingle_get_ice_server(NULL, 0));
    ck_assert_ptr_null(jingle_find_session(NULL, NULL, ENGINE_PEER, "s"));
    ck_assert_ptr_null(jingle_find_session(e->jingle, NULL, NULL, "s"));
    ck_assert_uint_eq(jingle_count_sessions(NULL), 0);
    ck_assert(!jingle_receive(NULL, NULL));
    ck_assert(!jingle_receive(e->jingle, NULL));
    ck_assert(jingle_tick(NULL, 0) == JINGLE_NEVER);
    ck_assert_int_eq(jingle_end_all_sessions(NULL, NULL), JINGLE_EINVAL);
    ck_assert_int_eq(jingle_end_peer_sessions(e->jingle, NULL, NULL), JINGLE_EINVAL);
    ck_assert_int_eq(jingle_random(NULL, &limits, 1), JINGLE_EINVAL);
    ck_assert_int_eq(jingle_get_counters(e->jingle, NULL), JINGLE_EINVAL);
    jingle_set_send(NULL, NULL, NULL);
    jingle_set_may_offer(NULL, NULL, NULL);
    jingle_set_component(NULL, true);
    jingle_get_limits(NULL, &limits);
    jingle_clear_ice_servers(NULL);
    jingle_timer_cancel(NULL);
    jingle_session_release(NULL);
    ck_assert_ptr_null(jingle_session_clone(NULL));
}
END_TEST

/* ---- what it keeps ---- */

START_TEST(features)
{
    uint32_t version = jingle_get_features_version(e->jingle);

    ck_assert_str_eq(jingle_get_feature(e->jingle, 0), JINGLE_NS);
    ck_assert_str_eq(jingle_get_feature(e->jingle, 1), ENGINE_APP);
    ck_assert_ptr_null(jingle_get_feature(e->jingle, 2));
    jingle_add_feature(e->jingle, "urn:f");
    ck_assert_uint_ne(jingle_get_features_version(e->jingle), version);
    version = jingle_get_features_version(e->jingle);
    jingle_add_feature(e->jingle, "urn:f");
    ck_assert_uint_eq(jingle_get_features_version(e->jingle), version);
    ck_assert_int_eq(jingle_remove_feature(e->jingle, "urn:f"), JINGLE_EOK);
    ck_assert_str_eq(jingle_get_feature(e->jingle, 2), "urn:f");
    ck_assert_int_eq(jingle_remove_feature(e->jingle, "urn:f"), JINGLE_EOK);
    ck_assert_ptr_null(jingle_get_feature(e->jingle, 2));
    ck_assert_int_eq(jingle_remove_feature(e->jingle, "urn:f"), JINGLE_ENOENT);
    ck_assert_int_eq(jingle_add_feature(e->jingle, NULL), JINGLE_EINVAL);
    jingle_unregister_session_type(e->jingle, ENGINE_APP);
    ck_assert_ptr_null(jingle_get_feature(e->jingle, 1));
}
END_TEST

static void note_free(void *module)
{
    engine_note(e, "freed %s", (const char *)module);
}

START_TEST(modules)
{
    static char keys[3], one[] = "one", two[] = "two", three[] = "three";

    ck_assert_int_eq(jingle_set_module(e->jingle, &keys[0], one, note_free), JINGLE_EOK);
    ck_assert_int_eq(jingle_set_module(e->jingle, &keys[1], two, note_free), JINGLE_EOK);
    ck_assert_int_eq(jingle_set_module(e->jingle, &keys[2], three, NULL), JINGLE_EOK);
    ck_assert_int_eq(jingle_set_module(e->jingle, &keys[1], one, note_free), JINGLE_EEXIST);
    ck_assert_ptr_eq(jingle_get_module(e->jingle, &keys[1]), two);
    ck_assert_int_eq(jingle_set_module(e->jingle, &keys[2], NULL, NULL), JINGLE_EOK);
    ck_assert_ptr_null(jingle_get_module(e->jingle, &keys[2]));
    engine_free_manager(e);
    ck_log("freed two\nfreed one\n");
}
END_TEST

START_TEST(ice_servers)
{
    const jingle_ice_server_t *server;
    char uri[] = "turn:turn.example?transport=udp";

    ck_assert_int_eq(jingle_add_ice_server(e->jingle, uri, "user", "secret"), JINGLE_EOK);
    ck_assert_int_eq(jingle_add_ice_server(e->jingle, "stun:stun.example", NULL, NULL), JINGLE_EOK);
    ck_assert_int_eq(jingle_add_ice_server(e->jingle, NULL, NULL, NULL), JINGLE_EINVAL);
    uri[0] = 'x';
    server = jingle_get_ice_server(e->jingle, 0);
    ck_assert_str_eq(server->uri, "turn:turn.example?transport=udp");
    ck_assert_str_eq(server->username, "user");
    ck_assert_str_eq(server->credential, "secret");
    server = jingle_get_ice_server(e->jingle, 1);
    ck_assert_str_eq(server->uri, "stun:stun.example");
    ck_assert_ptr_null(server->username);
    ck_assert_ptr_null(jingle_get_ice_server(e->jingle, 2));
    jingle_clear_ice_servers(e->jingle);
    ck_assert_ptr_null(jingle_get_ice_server(e->jingle, 0));
    /* and with the manager */
    jingle_add_ice_server(e->jingle, "turn:turn.example", "user", "secret");
}
END_TEST

static void ring(jingle_t *jingle, void *userdata)
{
    (void)jingle;
    engine_note(e, "timer %s", (const char *)userdata);
}

static void ring_again(jingle_t *jingle, void *userdata)
{
    ring(jingle, userdata);
    jingle_timer_start(jingle, 0, ring, userdata, NULL);
}

START_TEST(timers_fire_once)
{
    static char a[] = "a", b[] = "b", c[] = "c", d[] = "d";
    jingle_timer_t *timer = NULL;

    engine_wait(e, 100);
    jingle_timer_start(e->jingle, 20, ring, b, NULL);
    jingle_timer_start(e->jingle, 10, ring, a, NULL);
    jingle_timer_start(e->jingle, 15, ring, d, &timer);
    jingle_timer_start(e->jingle, 20, ring_again, c, NULL);
    ck_assert_uint_eq(engine_wait(e, 0), 10);
    ck_assert_uint_eq(engine_wait(e, 10), 5);
    ck_log("timer a\n");
    jingle_timer_cancel(timer);
    ck_assert_uint_eq(engine_wait(e, 5), 5);
    ck_assert_uint_eq(engine_wait(e, 5), 0);
    ck_log("timer b\ntimer c\n");
    /* What a timer sets for now fires in the next tick: a tick ends. */
    ck_assert(engine_wait(e, 0) == JINGLE_NEVER);
    ck_log("timer c\n");
    jingle_timer_start(e->jingle, 10, ring, a, NULL);
    ck_assert_uint_eq(jingle_tick(e->jingle, 50), 10); /* time does not go back */
    ck_assert_int_eq(jingle_timer_start(e->jingle, 1, NULL, NULL, NULL), JINGLE_EINVAL);
    jingle_timer_start(e->jingle, UINT64_MAX, ring, a, NULL);
    engine_free_manager(e);
    ck_log("");
}
END_TEST

#define MANY 200

static uint64_t last_due;
static int fired;

static void check_due(jingle_t *jingle, void *userdata)
{
    uint64_t due = *(uint64_t *)userdata;

    (void)jingle;
    ck_assert_uint_eq(due, e->now);
    ck_assert_uint_ge(due, last_due);
    last_due = due;
    fired++;
}

START_TEST(many_timers_fire_in_order)
{
    static uint64_t due[MANY];
    jingle_timer_t *handles[MANY];
    uint64_t left = 1;
    size_t i;

    last_due = 0;
    fired = 0;
    for (i = 0; i < MANY; i++) {
        due[i] = 1 + (i * 7919) % 1009;
        ck_assert_int_eq(jingle_timer_start(e->jingle, due[i], check_due, &due[i], &handles[i]),
                         JINGLE_EOK);
    }
    for (i = 0; i < MANY; i += 2)
        jingle_timer_cancel(handles[i]);
    while ((left = jingle_tick(e->jingle, e->now)) != JINGLE_NEVER)
        e->now += left;
    ck_assert_int_eq(fired, MANY / 2);
}
END_TEST

START_TEST(the_log_is_told)
{
    jingle_log(e->jingle, XMPP_LEVEL_WARN, "%d apples", 3);
    ck_assert_str_eq(text_str(&e->messages), "3 apples\n");
    begin_with(JINGLE_CONFIG(.log_level = XMPP_LEVEL_ERROR));
    jingle_log(e->jingle, XMPP_LEVEL_WARN, "pears");
    ck_assert_str_eq(text_str(&e->messages), "");
}
END_TEST

/* ---- its sessions ---- */

static bool visit(jingle_session_t *session, void *userdata)
{
    const char *stop = userdata;

    engine_note(e, "visit %s", jingle_session_get_sid(session));
    return !stop || strcmp(stop, jingle_session_get_sid(session)) != 0;
}

static bool visit_and_end(jingle_session_t *session, void *userdata)
{
    jingle_session_t *other =
        userdata ? jingle_find_session(e->jingle, NULL, ENGINE_PEER, userdata) : NULL;

    visit(session, NULL);
    jingle_session_end(other, JINGLE_END(.silent = true));
    jingle_session_end(session, JINGLE_END(.silent = true));
    return true;
}

START_TEST(sessions_are_visited_in_order)
{
    static char b[] = "b", c[] = "c";

    engine_create(e, "a");
    engine_create(e, "b");
    engine_create(e, "c");
    engine_log(e);
    ck_assert_uint_eq(jingle_each_session(e->jingle, visit, NULL), 3);
    ck_log("visit a\nvisit b\nvisit c\n");
    ck_assert_uint_eq(jingle_each_session(e->jingle, visit, b), 2);
    ck_log("visit a\nvisit b\n");
    /* Ends the one at hand and one that was still to come. */
    ck_assert_uint_eq(jingle_each_session(e->jingle, visit_and_end, c), 2);
    ck_log("visit a\nstate c ended\nterminated c success\nstate a ended\nterminated a success\n"
           "visit b\nstate b ended\nterminated b success\n");
    ck_assert_uint_eq(jingle_count_sessions(e->jingle), 0);
}
END_TEST

static bool visit_and_make(jingle_session_t *session, void *userdata)
{
    (void)userdata;
    visit(session, NULL);
    if (jingle_count_sessions(e->jingle) < 3)
        jingle_session_new(e->jingle, ENGINE_PEER, NULL, NULL);
    return true;
}

START_TEST(sessions_made_meanwhile_are_visited)
{
    engine_create(e, "a");
    ck_assert_uint_eq(jingle_each_session(e->jingle, visit_and_make, NULL), 3);
}
END_TEST

static void make_another(engine_t *engine, const jingle_event_t *event)
{
    if (event->type == JINGLE_EVENT_TERMINATED)
        jingle_session_new(engine->jingle, ENGINE_PEER, NULL, NULL);
}

START_TEST(sessions_made_by_the_end_of_others_stay)
{
    engine_create(e, "a");
    engine_create(e, "b");
    e->on_event = make_another;
    ck_assert_int_eq(jingle_end_all_sessions(e->jingle, NULL), 2);
    ck_assert_uint_eq(jingle_count_sessions(e->jingle), 2);
    ck_assert_int_eq(jingle_end_peer_sessions(e->jingle, ENGINE_PEER, NULL), 2);
    ck_assert_uint_eq(jingle_count_sessions(e->jingle), 2);
}
END_TEST

START_TEST(all_of_a_peer_end)
{
    engine_create_active(e, "a");
    jingle_session_new(e->jingle, ENGINE_OTHER, JINGLE_SESSION(.sid = "b"), NULL);
    engine_create_active(e, "c");
    ck_assert_int_eq(jingle_end_peer_sessions(e->jingle, "nobody@x.example/y", NULL), 0);
    ck_assert_int_eq(jingle_end_peer_sessions(e->jingle, "z@peer.example", NULL), 0);
    ck_assert_int_eq(
        jingle_end_peer_sessions(e->jingle, ENGINE_PEER,
                                 JINGLE_END(.condition = JINGLE_REASON_TIMEOUT, .text = "x")),
        2);
    ck_log("state a ended\n> set session-terminate a timeout\nterminated a timeout \"x\"\n"
           "state c ended\n> set session-terminate c timeout\nterminated c timeout \"x\"\n");
    ck_assert_int_eq(jingle_end_all_sessions(e->jingle, NULL), 1);
    ck_log("state b ended\nterminated b gone\n");
    ck_assert_int_eq(jingle_end_all_sessions(e->jingle, NULL), 0);
}
END_TEST

static size_t end_of(const char *own)
{
    return (size_t)jingle_end_peer_sessions(e->jingle, ENGINE_PEER, JINGLE_END(.own = own));
}

START_TEST(of_one_of_our_jids)
{
    static const char *const owns[] = {"a@c.example/1", "a@c.example",   "b@c.example",
                                       "aa@c.example",  "a@c.example/2", "c.example"};

    engine_free_manager(e);
    engine_free(e);
    e = engine_new(JINGLE_CONFIG(.component = true));
    for (size_t i = 0; i < sizeof owns / sizeof owns[0]; i++)
        ck_assert_int_eq(
            jingle_session_new(e->jingle, ENGINE_PEER, JINGLE_SESSION(.own = owns[i]), NULL),
            JINGLE_EOK);
    ck_assert_uint_eq(end_of("d@c.example"), 0);
    ck_assert_uint_eq(end_of("a@c.exampl"), 0);
    ck_assert_uint_eq(end_of("A@C.example"), 3);
    ck_assert_uint_eq(end_of("c.example"), 1);
    ck_assert_uint_eq(jingle_count_sessions(e->jingle), 2);
    e->on_event = make_another;
    ck_assert_uint_eq(end_of("b@c.example"), 1);
    ck_assert_uint_eq(end_of("aa@c.example"), 1);
}
END_TEST

/* ---- counters ---- */

START_TEST(all_is_counted)
{
    jingle_counters_t counters;
    jingle_session_t *session = engine_create_active(e, "s");

    engine_action(e, "1", "session-info", "s", "");
    engine_action(e, "2", "session-info", "none", "");
    engine_send(e, session, JINGLE_ACTION_SESSION_INFO, "");
    engine_refuse(e, "bad-request", NULL);
    engine_send(e, session, JINGLE_ACTION_SESSION_INFO, "");
    counters = count();
    ck_assert_uint_eq(counters.sessions, 1);
    ck_assert_uint_eq(counters.sessions_total, 1);
    ck_assert_uint_eq(counters.actions, 3);
    ck_assert_uint_eq(counters.results, 2);
    ck_assert_uint_eq(counters.errors, 1);
    ck_assert_uint_eq(counters.refused, 1);
    ck_assert_uint_eq(counters.over_limit, 0);
    ck_assert_uint_eq(counters.requests, 1);
    ck_assert_uint_eq(counters.requests_total, 3);
    ck_assert_uint_eq(counters.request_errors, 1);
    jingle_session_end(session, NULL);
    counters = count();
    ck_assert_uint_eq(counters.sessions, 0);
    ck_assert_uint_eq(counters.requests, 0);
    ck_assert_uint_eq(counters.requests_total, 4);
    /* A program built with an older header knows fewer of them. */
    memset(&counters, 0xee, sizeof counters);
    counters.size = offsetof(jingle_counters_t, sessions_total);
    ck_assert_int_eq(jingle_get_counters(e->jingle, &counters), JINGLE_EOK);
    ck_assert_uint_eq(counters.sessions, 0);
    ck_assert(counters.sessions_total == UINT64_C(0xeeeeeeeeeeeeeeee));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("core/manager");
    TCase *life = add_case(suite, "life"), *keeps = add_case(suite, "keeps");
    TCase *sessions = add_case(suite, "sessions");

    tcase_add_test(life, made_with_nothing);
    tcase_add_test(life, wrong_configs_are_refused);
    tcase_add_test(life, needs_random_numbers);
    tcase_add_test(life, own_jid_is_folded_and_replaced);
    tcase_add_test(life, null_is_met_calmly);
    tcase_add_test(keeps, features);
    tcase_add_test(keeps, modules);
    tcase_add_test(keeps, ice_servers);
    tcase_add_test(keeps, timers_fire_once);
    tcase_add_test(keeps, many_timers_fire_in_order);
    tcase_add_test(keeps, the_log_is_told);
    tcase_add_test(sessions, sessions_are_visited_in_order);
    tcase_add_test(sessions, sessions_made_meanwhile_are_visited);
    tcase_add_test(sessions, sessions_made_by_the_end_of_others_stay);
    tcase_add_test(sessions, all_of_a_peer_end);
    tcase_add_test(sessions, of_one_of_our_jids);
    tcase_add_test(sessions, all_is_counted);
    return run_suite(suite);
}
