/* SPDX-License-Identifier: MIT */
/** @file
 *  An end of the peer's that waits for data which it has overtaken. */
#include "fixture.h"

#define SUCCESS "<reason><success/></reason>"
#define REMOVED "<content creator='initiator' name='c'/>" SUCCESS

static jingle_session_t *held(const char *action, const char *inside)
{
    jingle_session_t *session = active_out("s", "c", "d");

    s->hook = NULL;
    s->plan[STUB_A].awaits = true;
    engine_action(e, "1", action, "s", inside);
    return session;
}

/** All has come. */
static void come(void)
{
    s->plan[STUB_A].awaits = false;
    jingle_part_hold(stub_find(s, STUB_A, "c")->part, false);
}

#define ENDED(reason)                                                                              \
    "t1.stop c\na.closed c " reason "\nt1.free c\na.free c\nt1.stop d\na.closed d " reason         \
    "\nt1.free d\na.free d\nterminated s " reason "\n"

START_TEST(the_session)
{
    jingle_session_t *session = held("session-terminate", SUCCESS);

    ck_log("");
    ck_assert(jingle_session_is_active(session));
    jingle_part_hold(stub_find(s, STUB_A, "d")->part, false);
    ck_log("");
    come();
    ck_log("state s ended\n" ENDED("success") "> result 1\n");
}
END_TEST

START_TEST(a_content)
{
    jingle_session_t *session = held("content-remove", REMOVED);

    ck_log("");
    come();
    ck_log("t1.stop c\na.closed c success\nt1.free c\na.free c\n> result 1\n");
    ck_assert_str_eq(names_of(session), "d");
    engine_action(e, "2", "session-info", "s", "");
    ck_log("> result 2\n");
}
END_TEST

static unsigned asked;

static void count_d(stub_t *stub, stub_part_t *part, stub_point_t point)
{
    (void)stub;
    asked += point == STUB_AWAITS && !strcmp(part->content, "d");
}

/* The other contents are not asked. */
START_TEST(only_those_that_end)
{
    asked = 0;
    active_out("s", "c", "d");
    s->hook = count_d;
    s->plan[STUB_A].awaits = true;
    engine_action(e, "1", "content-remove", "s", REMOVED);
    ck_log("");
    ck_assert_uint_eq(asked, 0);
    s->hook = NULL;
    come();
    engine_log(e);
}
END_TEST

/* To the peer it is over: nothing is sent, and what it sends itself is not handled before. */
START_TEST(nothing_is_sent_meanwhile)
{
    jingle_session_t *session = held("session-terminate", SUCCESS);

    stub_news(stub_find(s, STUB_1, "c"));
    stub_find(s, STUB_A, "c")->tells = 1;
    jingle_part_news(stub_find(s, STUB_A, "c")->part);
    jingle_content_done(content_of(session, "c"), true);
    jingle_content_modify(content_of(session, "d"), JINGLE_SENDERS_NONE);
    jingle_part_fail(stub_find(s, STUB_1, "d")->part, JINGLE_REASON_CONNECTIVITY_ERROR, NULL);
    engine_action(e, "2", "session-terminate", "s", "<reason><cancel/></reason>");
    engine_action(e, "3", "session-info", "s", "");
    ck_log("");
    come();
    ck_log("state s ended\n> result 2\n> error 3 cancel item-not-found/unknown-session\n" ENDED(
        "success") "> result 1\n");
}
END_TEST

/* What we end ourselves meanwhile is over as we have said. */
START_TEST(left_meanwhile)
{
    jingle_session_t *session = held("session-terminate", SUCCESS);

    jingle_content_remove(content_of(session, "c"), NULL);
    ck_log("t1.stop c\na.closed c cancel\nt1.free c\na.free c\n");
    jingle_content_remove(content_of(session, "d"), NULL);
    ck_log("t1.stop d\na.closed d cancel\nt1.free d\na.free d\nstate s ended\nterminated s "
           "success\n> result 1\n");
}
END_TEST

/* No longer than that. */
START_TEST(for_a_while)
{
    held(_i ? "content-remove" : "session-terminate", _i ? REMOVED : SUCCESS);
    engine_wait(e, 29999);
    ck_log("");
    engine_wait(e, 1);
    if (_i)
        ck_log("t1.stop c\na.closed c success\nt1.free c\na.free c\n> result 1\n");
    else
        ck_log("state s ended\n" ENDED("success") "> result 1\n");
    engine_wait(e, 60000);
    ck_log("");
}
END_TEST

/* Ours comes first. */
START_TEST(ended_by_us_meanwhile)
{
    jingle_session_t *session =
        held(_i ? "content-remove" : "session-terminate", _i ? REMOVED : SUCCESS);

    jingle_session_end(session, JINGLE_END(.condition = JINGLE_REASON_CANCEL));
    ck_log("state s ended\n> set session-terminate s cancel\n> result 1\n" ENDED("cancel"));
    engine_wait(e, 60000);
    ck_log("");
}
END_TEST

START_TEST(freed_meanwhile)
{
    held(_i ? "content-remove" : "session-terminate", _i ? REMOVED : SUCCESS);
    engine_free_manager(e);
    ck_log("state s ended\n> set session-terminate s gone\n> result 1\n" ENDED("gone"));
}
END_TEST

static void free_at_closed(stub_t *stub, stub_part_t *part, stub_point_t point)
{
    (void)part;
    if (point != STUB_CLOSED)
        return;
    stub->hook = NULL;
    engine_free_manager(stub->engine);
}

START_TEST(freed_as_it_goes_on)
{
    held(_i ? "content-remove" : "session-terminate", _i ? REMOVED : SUCCESS);
    s->hook = free_at_closed;
    come();
    ck_assert_ptr_null(s->hook);
    engine_log(e);
}
END_TEST

/* A program may give its handlers less time. */
static void less_time(void)
{
    jingle_config_t config = *JINGLE_CONFIG(.handler_timeout = 1000);

    tear_down();
    e = engine_new(&config);
    s = stub_new(e);
}

START_TEST(handlers_have_less_time)
{
    less_time();
    held("session-terminate", SUCCESS);
    engine_wait(e, 999);
    ck_log("");
    engine_wait(e, 1);
    ck_log("state s ended\n" ENDED("success") "> result 1\n");
}
END_TEST

/* Then the content stays, as the peer is told, and what waits goes on; it may say it again. */
START_TEST(too_late_for_a_content)
{
    jingle_session_t *session;

    less_time();
    session = held("content-remove", REMOVED);
    engine_wait(e, 1000);
    ck_log("> error 1 wait resource-constraint\n");
    stub_news(stub_find(s, STUB_1, "d"));
    ck_log("> set transport-info s\n");
    engine_wait(e, 60000);
    engine_log(e);
    ck_assert_str_eq(names_of(session), "c d");
    engine_action(e, "2", _i ? "session-terminate" : "content-remove", "s", _i ? SUCCESS : REMOVED);
    ck_log("");
    come();
    if (_i)
        ck_log("state s ended\n" ENDED("success") "> result 2\n");
    else
        ck_log("t1.stop c\na.closed c success\nt1.free c\na.free c\n> result 2\n");
}
END_TEST

static void await_d(stub_t *stub, stub_part_t *part, stub_point_t point)
{
    if (point == STUB_AWAITS)
        stub->plan[STUB_A].awaits = !strcmp(part->content, "d");
}

/* A peer that has ended its session knows nothing of it when it answers what was under way. */
START_TEST(answers_that_cross)
{
    active_out("s", "c", "d");
    if (_i) {
        stub_news(stub_find(s, STUB_1, "c"));
    } else {
        stub_find(s, STUB_A, "c")->tells = 1;
        jingle_part_news(stub_find(s, STUB_A, "c")->part);
    }
    engine_log(e);
    s->hook = await_d;
    engine_action(e, "1", "session-terminate", "s", SUCCESS);
    engine_refuse(e, "item-not-found", "unknown-session");
    ck_log(_i ? "error s transport-info item-not-found/unknown-session\n"
              : "error s session-info item-not-found/unknown-session\n");
    s->hook = NULL;
    come();
    ck_log("state s ended\n" ENDED("success") "> result 1\n");
}
END_TEST

/* The end of the session follows the end of a content, and is held too: still nothing is sent. */
START_TEST(one_behind_the_other)
{
    held("content-remove", REMOVED);
    engine_action(e, "2", "session-terminate", "s", SUCCESS);
    stub_news(stub_find(s, STUB_1, "d"));
    s->hook = await_d;
    jingle_part_hold(stub_find(s, STUB_A, "c")->part, false);
    ck_log("t1.stop c\na.closed c success\nt1.free c\na.free c\n> result 1\n");
    s->hook = NULL;
    s->plan[STUB_A].awaits = false;
    jingle_part_hold(stub_find(s, STUB_A, "d")->part, false);
    ck_log("state s ended\nt1.stop d\na.closed d success\nt1.free d\na.free d\n"
           "terminated s success\n> result 2\n");
}
END_TEST

/* ... and one that crosses finds the end still waiting for its turn. */
START_TEST(answered_before_the_turn)
{
    active_out("s", "c", "d");
    stub_news(stub_find(s, STUB_1, "d"));
    engine_log(e);
    s->plan[STUB_A].awaits = true;
    engine_action(e, "1", "content-remove", "s", REMOVED);
    engine_action(e, "2", "session-terminate", "s", SUCCESS);
    engine_refuse(e, "item-not-found", "unknown-session");
    ck_log("error s transport-info item-not-found/unknown-session\n");
    come();
    ck_log(
        "t1.stop c\na.closed c success\nt1.free c\na.free c\n> result 1\nstate s ended\n"
        "t1.stop d\na.closed d success\nt1.free d\na.free d\nterminated s success\n> result 2\n");
}
END_TEST

/* What will be refused is refused at once. */
START_TEST(malformed)
{
    held("content-remove", "<content creator='x' name='c'/>" SUCCESS);
    ck_log("> error 1 cancel bad-request\n");
}
END_TEST

/* Without memory for a deadline there is no waiting. */
START_TEST(no_memory)
{
    bool waited = false;

    for (size_t n = 1; n < 200 && !waited; n++) {
        active_out("s", "c", "d");
        s->plan[STUB_A].awaits = true;
        test_mem_fail_at(&e->mem, n, false);
        engine_action(e, "1", "session-terminate", "s", SUCCESS);
        test_mem_fail_at(&e->mem, 0, false);
        waited = jingle_count_sessions(e->jingle) && !strcmp(engine_log(e), "");
        s->plan[STUB_A].awaits = false;
        jingle_end_all_sessions(e->jingle, NULL);
        engine_log(e);
    }
    ck_assert(waited);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("held");
    TCase *held_ends = add_case(suite, "ends");

    tcase_add_test(held_ends, the_session);
    tcase_add_test(held_ends, a_content);
    tcase_add_test(held_ends, only_those_that_end);
    tcase_add_test(held_ends, nothing_is_sent_meanwhile);
    tcase_add_test(held_ends, left_meanwhile);
    tcase_add_loop_test(held_ends, for_a_while, 0, 2);
    tcase_add_loop_test(held_ends, ended_by_us_meanwhile, 0, 2);
    tcase_add_loop_test(held_ends, freed_meanwhile, 0, 2);
    tcase_add_loop_test(held_ends, freed_as_it_goes_on, 0, 2);
    tcase_add_test(held_ends, handlers_have_less_time);
    tcase_add_loop_test(held_ends, too_late_for_a_content, 0, 2);
    tcase_add_loop_test(held_ends, answers_that_cross, 0, 2);
    tcase_add_test(held_ends, one_behind_the_other);
    tcase_add_test(held_ends, answered_before_the_turn);
    tcase_add_test(held_ends, malformed);
    tcase_add_test(held_ends, no_memory);
    return run_suite(suite);
}
