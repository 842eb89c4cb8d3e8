/* SPDX-License-Identifier: MIT */
/** @file
 *  Out of memory is an error, not a crash: a busy hour of a manager is played once for each
 *  allocation in it, and that one fails; then once more with all later ones failing too. Whatever
 *  was asked of us is still answered, once. */
#include <stdlib.h>
#include <string.h>

#include "script.h"
#include "support/runner.h"

/* Plays the hour until it has fewer allocations than where one was to fail.
 * @return how many it has */
static size_t play_all(bool on)
{
    script_t script = {0};
    char what[64];
    size_t n;
    bool failed = true;

    for (n = 1; failed; n++) {
        snprintf(what, sizeof what, "allocation %zu failed%s", n, on ? " and all later ones" : "");
        script_begin(&script, n, on);
        script_play(&script);
        failed = script.engine->mem.failures > 0;
        test_mem_fail_at(&script.engine->mem, 0, false);
        script_end(&script, what);
    }
    return n - 2;
}

START_TEST(one_fails)
{
    ck_assert_uint_gt(play_all(false), 50);
}
END_TEST

START_TEST(all_fail_from_one_on)
{
    ck_assert_uint_gt(play_all(true), 20);
}
END_TEST

/* Making a manager itself: it is made whole or not at all. */
START_TEST(no_memory_for_a_manager)
{
    test_mem_t mem;
    xmpp_ctx_t *ctx = xmpp_ctx_new(NULL, NULL);
    jingle_t *jingle = NULL;
    size_t n;

    for (n = 1; !jingle; n++) {
        test_mem_init(&mem);
        test_mem_fail_at(&mem, n, false);
        jingle = jingle_new(ctx, JINGLE_CONFIG(.mem = &mem.mem, .jid = ENGINE_OWN));
        if (!jingle)
            ck_assert_uint_eq(mem.blocks, 0);
    }
    ck_assert_uint_gt(n, 2);
    jingle_free(jingle);
    ck_assert_uint_eq(mem.blocks, 0);
    xmpp_ctx_free(ctx);
}
END_TEST

/* The stanza of a refused offer is answered even when nothing at all can be allocated. */
START_TEST(answers_need_no_memory)
{
    engine_t *e = engine_new(NULL);

    engine_register(e);
    engine_offered(e, "a");
    test_mem_fail_at(&e->mem, 1, true);
    engine_offer(e, "1", "b");
    engine_action(e, "2", "session-info", "none", "");
    engine_action(e, "3", "bogus", "none", "");
    ck_assert_str_eq(engine_log(e), "> error 1 wait resource-constraint\n"
                                    "> error 2 cancel item-not-found/unknown-session\n"
                                    "> error 3 cancel bad-request\n");
    test_mem_fail_at(&e->mem, 0, false);
    ck_assert_uint_eq(engine_free(e), 0);
}
END_TEST

/* ... whoever has asked. */
START_TEST(long_answers_need_no_memory)
{
    engine_t *e = engine_new(JINGLE_CONFIG(.component = true));
    char jid[3072];

    memset(jid, 'x', sizeof jid - 1);
    jid[sizeof jid - 1] = '\0';
    jid[1023] = '@';
    jid[2047] = '/';
    test_mem_fail_at(&e->mem, 1, true);
    engine_feed(
        e,
        "<iq xmlns='jabber:client' type='set' id='1' from='%s' to='%s'><jingle xmlns='" JINGLE_NS
        "' action='session-info' sid='s'/></iq>",
        jid, jid);
    ck_assert_str_eq(engine_log(e), "> error 1 wait resource-constraint\n");
    test_mem_fail_at(&e->mem, 0, false);
    ck_assert_uint_eq(engine_free(e), 0);
}
END_TEST

/* Without memory to tell its JIDs apart a component says nothing of their sessions. */
START_TEST(components_without_memory)
{
    static const char offer[] =
        "<iq xmlns='jabber:client' type='set' id='1' from='%s' to='%s'>"
        "<jingle xmlns='" JINGLE_NS "' action='%s' sid='s'>" ENGINE_CONTENT "</jingle></iq>";
    engine_t *e = engine_new(JINGLE_CONFIG(.component = true));

    engine_feed(e, offer, ENGINE_PEER, "a@comp.example", "session-initiate");
    engine_feed(e, offer, ENGINE_PEER, "b@comp.example", "session-initiate");
    engine_log(e);
    test_mem_fail_at(&e->mem, 1, true);
    engine_feed(e, offer, ENGINE_PEER, "a@comp.example", "session-info");
    ck_assert_str_eq(engine_log(e), "> error 1 wait resource-constraint\n");
    ck_assert_str_eq(xmpp_stanza_get_from(engine_last(e)), "a@comp.example");
    test_mem_fail_at(&e->mem, 0, false);
    ck_assert_uint_eq(engine_free(e), 0);
}
END_TEST

START_TEST(calls_say_that_memory_is_gone)
{
    static const char *const applications[] = {"urn:x"};
    engine_t *e = engine_new(NULL);
    jingle_session_t *session;
    jingle_timer_t *timer = NULL;
    static char key;

    engine_register(e);
    session = engine_create_active(e, "a");
    test_mem_fail_at(&e->mem, 1, true);
    ck_assert_int_eq(jingle_session_new(e->jingle, ENGINE_PEER, NULL, NULL), JINGLE_EMEM);
    ck_assert_int_eq(engine_send(e, session, JINGLE_ACTION_SESSION_INFO, ""), JINGLE_EMEM);
    ck_assert_int_eq(jingle_session_set_applications(session, applications, 1), JINGLE_EMEM);
    ck_assert_int_eq(jingle_request(e->jingle, JINGLE_REQUEST(.xml = "<q xmlns='urn:q'/>")),
                     JINGLE_EMEM);
    ck_assert_int_eq(jingle_serve(e->jingle, "urn:q", JINGLE_SERVE_GET,
                                  (jingle_serve_fn)(void (*)(void))abort, NULL),
                     JINGLE_EMEM);
    ck_assert_int_eq(jingle_set_jid(e->jingle, ENGINE_OTHER), JINGLE_EMEM);
    ck_assert_int_eq(jingle_add_feature(e->jingle, "urn:f"), JINGLE_EMEM);
    ck_assert_int_eq(jingle_set_module(e->jingle, &key, &key, NULL), JINGLE_EMEM);
    ck_assert_int_eq(jingle_add_ice_server(e->jingle, "stun:x", NULL, NULL), JINGLE_EMEM);
    ck_assert_int_eq(jingle_register_session_type(e->jingle, "urn:x", &engine_type, e),
                     JINGLE_EMEM);
    ck_assert_int_eq(
        jingle_timer_start(e->jingle, 1, (jingle_timer_fn)(void (*)(void))abort, NULL, &timer),
        JINGLE_EMEM);
    ck_assert_int_eq(jingle_session_end(session, NULL), JINGLE_EOK);
    test_mem_fail_at(&e->mem, 0, false);
    ck_assert_str_eq(jingle_get_jid(e->jingle), ENGINE_OWN);
    ck_assert_ptr_null(jingle_get_feature(e->jingle, 2));
    ck_assert_uint_eq(engine_free(e), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("core/memory");
    TCase *tcase = tcase_create("gone");

    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, one_fails);
    tcase_add_test(tcase, all_fail_from_one_on);
    tcase_add_test(tcase, no_memory_for_a_manager);
    tcase_add_test(tcase, answers_need_no_memory);
    tcase_add_test(tcase, long_answers_need_no_memory);
    tcase_add_test(tcase, components_without_memory);
    tcase_add_test(tcase, calls_say_that_memory_is_gone);
    return run_suite(suite);
}
