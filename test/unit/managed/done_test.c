/* SPDX-License-Identifier: MIT */
/** @file
 *  When all data of a content has passed: what is flushed, who ends the session, and when. */
#include "fixture.h"

#include "support/stub_private.h"

static stub_part_t *part(stub_plugin_id_t id)
{
    return stub_find(s, id, "c");
}

START_TEST(done_is_flushed_then_the_receiver_ends)
{
    jingle_session_t *session = active_out("s", "c", NULL);

    s->plan[STUB_1].holds = true;
    ck_assert_int_eq(jingle_content_done(content_of(session, "c"), true), JINGLE_EOK);
    ck_assert_int_eq(jingle_content_done(content_of(session, "c"), true), JINGLE_EINVOP);
    ck_log("t1.finish c\n");
    jingle_part_done(part(STUB_1)->part);
    ck_log("t1.stop c\nstate s ended\n> set session-terminate s success\na.closed c "
           "success\nt1.free c\na.free c\n"
           "terminated s success\n");
}
END_TEST

/* That it is on us to end the session may be said later, but not taken back; once the content has finished it
 * is done at once. */
START_TEST(who_ends_is_decided_later)
{
    jingle_session_t *session = active_out("s", "c", NULL);
    jingle_content_t *content = content_of(session, "c");

    s->plan[STUB_1].holds = true;
    ck_assert_int_eq(jingle_content_done(content, false), JINGLE_EOK);
    ck_assert_int_eq(jingle_content_done(content, false), JINGLE_EINVOP);
    if (_i)
        jingle_part_done(part(STUB_1)->part);
    ck_log(_i ? "t1.finish c\nt1.stop c\n" : "t1.finish c\n");
    ck_assert_int_eq(jingle_content_done(content, true), JINGLE_EOK);
    if (!_i) {
        ck_log("");
        ck_assert_int_eq(jingle_content_done(content, false), JINGLE_EINVOP);
        ck_assert_int_eq(jingle_content_done(content, true), JINGLE_EINVOP);
        jingle_part_done(part(STUB_1)->part);
    }
    ck_assert_ptr_nonnull(strstr(engine_log(e), "> set session-terminate s success\n"));
    ck_assert(jingle_session_is_ended(e->session));
}
END_TEST

START_TEST(the_sender_waits_for_the_end)
{
    jingle_session_t *session = active_out("s", "c", NULL);

    jingle_content_done(content_of(session, "c"), false);
    ck_log("t1.finish c\nt1.stop c\n");
    engine_wait(e, 59999);
    ck_log("");
    engine_wait(e, 1);
    ck_log("state s ended\n> set session-terminate s success\na.closed c success\nt1.free "
           "c\na.free c\n"
           "terminated s success\n");
}
END_TEST

START_TEST(the_peer_ends)
{
    jingle_session_t *session = active_out("s", "c", NULL);

    jingle_content_done(content_of(session, "c"), false);
    engine_log(e);
    engine_action(e, "1", "session-terminate", "s", "<reason><success/></reason>");
    ck_log("state s ended\na.closed c success\nt1.free c\na.free c\nterminated s success\n> result "
           "1\n");
    engine_wait(e, 60000);
    ck_log("");
}
END_TEST

START_TEST(the_last_decides)
{
    jingle_session_t *session = active_out("s", "c", "d");

    jingle_content_done(content_of(session, "d"), true);
    ck_log("t1.finish d\nt1.stop d\n");
    jingle_content_done(content_of(session, "c"), false);
    ck_log("t1.finish c\nt1.stop c\n");
    add(session, "f");
    engine_log(e);
    engine_wait(e, 60000); /* no: there is another content now */
    ck_log("> set content-remove s timeout\nt1.stop f\na.closed f timeout\nt1.free f\na.free f\n"
           "error s content-add remote-server-timeout\n");
    engine_wait(e, 60000);
    ck_assert(jingle_session_is_ended(e->session));
}
END_TEST

/* Whoever is to end the session, it waits while an application holds it; the time for the peer begins
 * afterwards. */
START_TEST(held)
{
    jingle_session_t *session = active_out("s", "c", "d");
    jingle_part_t *holder = stub_find(s, STUB_A, "d")->part;

    jingle_part_hold(holder, true);
    jingle_content_done(content_of(session, "d"), false);
    jingle_content_done(content_of(session, "c"), _i == 0);
    engine_wait(e, 200000);
    ck_assert(!jingle_session_is_ended(e->session));
    jingle_part_hold(holder, false);
    if (_i) {
        ck_assert(!jingle_session_is_ended(e->session));
        engine_wait(e, 60000);
    }
    ck_assert(jingle_session_is_ended(e->session));
    ck_assert_ptr_nonnull(strstr(engine_log(e), "session-terminate s success"));
}
END_TEST

/* With its content goes what a part holds. */
START_TEST(held_by_what_is_gone)
{
    jingle_session_t *session = active_out("s", "c", "d");
    jingle_part_t *holder = stub_find(s, STUB_A, "d")->part;

    jingle_part_hold(holder, true);
    jingle_content_done(content_of(session, "c"), true);
    ck_assert(!jingle_session_is_ended(e->session));
    jingle_content_remove(content_of(session, "d"), NULL);
    ck_assert(jingle_session_is_ended(e->session));
}
END_TEST

START_TEST(finishing_has_a_deadline)
{
    jingle_session_t *session = active_out("s", "c", NULL);

    s->plan[STUB_1].holds = true;
    jingle_content_done(content_of(session, "c"), true);
    engine_log(e);
    engine_wait(e, 30000);
    ck_assert(jingle_session_is_ended(e->session));
}
END_TEST

START_TEST(last_news_go_before_the_end)
{
    jingle_session_t *session = active_out("s", "c", NULL);

    part(STUB_A)->tells = 2;
    jingle_part_news(part(STUB_A)->part);
    jingle_content_done(content_of(session, "c"), true);
    ck_log("> set session-info s\nt1.finish c\nt1.stop c\n");
    engine_ack(e);
    ck_log("> set session-info s\n");
    engine_ack(e);
    ck_assert(jingle_session_is_ended(e->session));
}
END_TEST

/** The peer would never learn which connection it is, if that waits for an answer. */
START_TEST(news_of_the_transport_go_before_its_end)
{
    jingle_session_t *session = active_out("s", "c", NULL);

    stub_news(part(STUB_1));
    ck_log("> set transport-info s\n");
    stub_news(part(STUB_1));
    jingle_content_done(content_of(session, "c"), false);
    ck_log("");
    engine_ack(e);
    ck_log("> set transport-info s\nt1.finish c\nt1.stop c\n");
}
END_TEST

START_TEST(what_breaks_while_finishing)
{
    jingle_session_t *session = active_out("s", "c", "d");

    s->plan[STUB_1].holds = true;
    jingle_content_done(content_of(session, "c"), true);
    jingle_content_done(content_of(session, "d"), false);
    engine_log(e);
    /* the receiver has what it wanted */
    jingle_part_fail(part(STUB_1)->part, JINGLE_REASON_CONNECTIVITY_ERROR, NULL);
    ck_log("t1.stop c\n");
    /* what was sent may not have arrived */
    jingle_part_fail(stub_find(s, STUB_1, "d")->part, JINGLE_REASON_CONNECTIVITY_ERROR, NULL);
    ck_assert_ptr_nonnull(strstr(
        engine_log(e),
        "> set content-remove s connectivity-error\nt1.stop d\na.closed d connectivity-error\n"));
}
END_TEST

START_TEST(done_before_it_was_open)
{
    s->plan[STUB_1].waits = true;
    jingle_content_done(content_of(active_out("s", "c", NULL), "c"), true);
    ck_log("t1.stop c\nstate s ended\n> set session-terminate s success\na.closed c "
           "success\nt1.free c\na.free c\n"
           "terminated s success\n");
}
END_TEST

/* All is done before another transport came, which is not waited for any more. */
START_TEST(done_while_a_replacement_is_awaited)
{
    jingle_session_t *session;
    jingle_transport_timeouts_t timeouts = {.size = sizeof timeouts, .replace = 5000};

    jingle_set_transport_timeouts(e->jingle, &timeouts);
    s->plan[STUB_1].breaks = true;
    session = active_in("s", STUB_CONTENT("c"));
    jingle_content_done(content_of(session, "c"), false);
    engine_log(e);
    engine_wait(e, 600000);
    ck_log("");
    engine_action(e, "1", "session-terminate", "s", "<reason><success/></reason>");
    ck_assert_ptr_nonnull(strstr(engine_log(e), "terminated s success\n"));
}
END_TEST

/* finish may be left out (managed.h): then nothing is waited for */
START_TEST(a_transport_without_finish)
{
    jingle_transport_t bare = stub_transport_t1;

    bare.finish = NULL;
    jingle_unregister_plugin(e->jingle, STUB_T1);
    ck_assert_int_eq(jingle_register_transport(e->jingle, STUB_T1, &bare, s->home), JINGLE_EOK);
    jingle_content_done(content_of(active_out("s", "c", NULL), "c"), true);
    ck_log("t1.stop c\nstate s ended\n> set session-terminate s success\na.closed c success\n"
           "t1.free c\na.free c\nterminated s success\n");
}
END_TEST

static void a_day_passes(void)
{
    engine_log(e);
    ck_assert_uint_eq(engine_wait(e, 24 * 3600 * 1000), JINGLE_NEVER);
    ck_log("");
}

/* 0: for ever (managed.h) */
START_TEST(without_deadlines_nobody_is_hurried)
{
    const jingle_transport_timeouts_t never = {.size = sizeof never};
    jingle_session_t *session = create("s");

    ck_assert_int_eq(jingle_set_transport_timeouts(e->jingle, &never), JINGLE_EOK);
    s->plan[STUB_1].later = s->plan[STUB_1].waits = s->plan[STUB_1].holds = true;
    add(session, "c");
    jingle_session_start(session);
    a_day_passes();
    jingle_part_ready(part(STUB_1)->part);
    engine_ack(e);
    engine_action(e, "1", "session-accept", "s", STUB_CONTENT("c"));
    a_day_passes();
    stub_open(part(STUB_1), 1);
    jingle_content_done(content_of(session, "c"), false);
    a_day_passes();
    jingle_part_done(part(STUB_1)->part);
    a_day_passes();
    ck_assert(jingle_session_is_active(session));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("managed/done");
    TCase *tcase = add_case(suite, "done");

    tcase_add_test(tcase, done_is_flushed_then_the_receiver_ends);
    tcase_add_loop_test(tcase, who_ends_is_decided_later, 0, 2);
    tcase_add_test(tcase, the_sender_waits_for_the_end);
    tcase_add_test(tcase, the_peer_ends);
    tcase_add_test(tcase, the_last_decides);
    tcase_add_loop_test(tcase, held, 0, 2);
    tcase_add_test(tcase, held_by_what_is_gone);
    tcase_add_test(tcase, finishing_has_a_deadline);
    tcase_add_test(tcase, last_news_go_before_the_end);
    tcase_add_test(tcase, news_of_the_transport_go_before_its_end);
    tcase_add_test(tcase, what_breaks_while_finishing);
    tcase_add_test(tcase, done_before_it_was_open);
    tcase_add_test(tcase, done_while_a_replacement_is_awaited);
    tcase_add_test(tcase, a_transport_without_finish);
    tcase_add_test(tcase, without_deadlines_nobody_is_hurried);
    return run_suite(suite);
}
