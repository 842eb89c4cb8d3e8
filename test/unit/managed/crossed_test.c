/* SPDX-License-Identifier: MIT */
/** @file
 *  What is said of a content while the other side has another of its name, or none: both sides come
 *  to the same. */
#include "pair_fixture.h"

/** Both add "x" at once, which is a tie; the responder's content is returned, of which the initiator
 *  knows nothing yet. */
static jingle_content_t *both_add(void)
{
    jingle_content_t *content;

    connect("c", NULL);
    add(session_of(PAIR_I), "x");
    content = add(session_of(PAIR_R), "x");
    forget_logs();
    return content;
}

/* ---- of one that was refused ---- */

START_TEST(refused_and_removed)
{
    jingle_content_remove(both_add(), NULL);
    ck_assert(pair_run(pair));
    check_agreement("c x");
}
END_TEST

START_TEST(refused_and_modified)
{
    jingle_content_modify(both_add(), JINGLE_SENDERS_NONE);
    ck_assert(pair_run(pair));
    check_agreement("c x");
    ck_assert_int_eq(jingle_content_get_senders(content_of(session_of(PAIR_I), "x")),
                     JINGLE_SENDERS_BOTH);
}
END_TEST

START_TEST(refused_and_trickled)
{
    both_add();
    stub_news(stub_find(sr, STUB_1, "x"));
    pair_deliver_all(pair, PAIR_R);
    ck_assert_ptr_null(strstr(log_of(PAIR_I), "t1."));
    ck_assert(pair_run(pair));
    check_agreement("c x");
}
END_TEST

/* ---- of one whose name is used again ---- */

/** The initiator adds "x" once more while this answer to the first one is under way. @return the new one */
static jingle_content_t *used_again(int (*answer)(jingle_content_t *))
{
    jingle_content_t *content;

    connect("c", NULL);
    sr->plan[STUB_A].accepts = false;
    content = add(session_of(PAIR_I), "x");
    ck_assert(pair_run(pair));
    ck_assert_int_eq(answer(content_of(session_of(PAIR_R), "x")), JINGLE_EOK);
    if (stub_find(sr, STUB_1, "x"))
        stub_news(stub_find(sr, STUB_1, "x"));
    ck_assert_int_eq(jingle_content_remove(content, NULL), JINGLE_EOK);
    content = add(session_of(PAIR_I), "x");
    forget_logs();
    return content;
}

static int reject(jingle_content_t *content)
{
    return jingle_content_reject(content, NULL);
}

/* What the responder says to the former is no answer to the new one, of which it asks its user anew. */
START_TEST(used_again_while_an_answer_is_under_way)
{
    jingle_content_t *content = used_again(_i ? reject : jingle_content_accept);

    pair_deliver_all(pair, PAIR_R);
    ck_assert_ptr_null(strstr(log_of(PAIR_I), "> error"));
    ck_assert(pair_run(pair));
    ck_assert_int_eq(jingle_content_get_state(content), JINGLE_CONTENT_OFFERED);
    check_agreement("c x");
    ck_assert_int_eq(jingle_content_accept(content_of(session_of(PAIR_R), "x")), JINGLE_EOK);
    ck_assert(pair_run(pair));
    ck_assert_int_eq(jingle_content_get_state(content), JINGLE_CONTENT_ACCEPTED);
    check_agreement("c x");
}
END_TEST

/* What waits for that may change, and go: nobody hears of it. */
START_TEST(used_again_and_removed)
{
    jingle_content_t *content = used_again(jingle_content_accept);

    ck_assert_int_eq(jingle_content_modify(content, JINGLE_SENDERS_NONE), JINGLE_EOK);
    ck_assert_int_eq(jingle_content_remove(content, NULL), JINGLE_EOK);
    ck_assert(pair_run(pair));
    check_agreement("c");
    ck_assert_ptr_null(strstr(log_of(PAIR_I), "> set"));
}
END_TEST

/* A name is a content's own only with its creator (XEP-0166 section 7.3). */
START_TEST(used_by_the_other_side_at_once)
{
    connect("c", NULL);
    si->plan[STUB_A].accepts = true;
    add(session_of(PAIR_R), "x");
    ck_assert(pair_run(pair));
    forget_logs();
    jingle_content_remove(content_of(session_of(PAIR_I), "x"), NULL);
    add(session_of(PAIR_I), "x");
    ck_assert_ptr_nonnull(strstr(log_of(PAIR_I), "> set content-add s\n"));
    ck_assert(pair_run(pair));
    check_agreement("c x");
}
END_TEST

/* ---- of one that may have been lost ---- */

/* The peer has it, its acknowledgement is lost: it is taken back. */
START_TEST(added_without_an_answer)
{
    connect("c", NULL);
    sr->plan[STUB_A].accepts = false;
    add(session_of(PAIR_I), "x");
    ck_assert(pair_deliver(pair, PAIR_I));
    pair->delivered[PAIR_R] = pair->engine[PAIR_R]->n_sent;
    ck_assert_str_eq(names_of(session_of(PAIR_R)), "c x");
    forget_logs();
    pair_wait(pair, 60001);
    ck_assert_ptr_nonnull(strstr(log_of(PAIR_I), "> set content-remove s timeout\n"));
    ck_assert(pair_run(pair));
    check_agreement("c");
}
END_TEST

/* The same, but the content-accept comes through. */
START_TEST(added_and_accepted_without_an_answer)
{
    connect("c", NULL);
    add(session_of(PAIR_I), "x");
    ck_assert(pair_deliver(pair, PAIR_I));
    pair->delivered[PAIR_R]++;
    ck_assert(pair_run(pair));
    pair_wait(pair, 60001);
    ck_assert(pair_run(pair));
    check_agreement("c x");
}
END_TEST

/* ---- of what is added before the session is accepted ---- */

/** The initiator adds "x", then takes back all that it has offered. */
static void replace_the_offer(void)
{
    jingle_session_t *session = create("s");
    jingle_content_t *content = add(session, "c");

    sr->plan[STUB_A].accepts = false;
    ck_assert_int_eq(jingle_session_start(session), JINGLE_EOK);
    ck_assert(pair_run(pair));
    add(session, "x");
    ck_assert(pair_run(pair));
    ck_assert_int_eq(jingle_content_remove(content, NULL), JINGLE_EOK);
    ck_assert(pair_run(pair));
    forget_logs();
}

/* session-accept accepts what has come in its place, and nothing that comes after that. */
START_TEST(added_in_the_place_of_the_offer)
{
    jingle_content_t *late;

    replace_the_offer();
    if (_i)
        ck_assert_int_eq(jingle_session_accept(session_of(PAIR_R)), JINGLE_EOK);
    else
        ck_assert_int_eq(jingle_content_accept(content_of(session_of(PAIR_R), "x")), JINGLE_EOK);
    ck_assert_ptr_nonnull(strstr(log_of(PAIR_R), "> set session-accept s\n"));
    late = add(session_of(PAIR_I), "y");
    ck_assert(pair_run(pair));
    check_agreement("x y");
    ck_assert(jingle_session_is_active(session_of(PAIR_I)) &&
              jingle_session_is_active(session_of(PAIR_R)));
    ck_assert_int_eq(jingle_content_get_state(late), JINGLE_CONTENT_OFFERED);
    ck_assert_int_eq(jingle_content_accept(content_of(session_of(PAIR_R), "y")), JINGLE_EOK);
    ck_assert(pair_run(pair));
    ck_assert_int_eq(jingle_content_get_state(late), JINGLE_CONTENT_ACCEPTED);
}
END_TEST

START_TEST(rejected_in_the_place_of_the_offer)
{
    replace_the_offer();
    ck_assert_int_eq(jingle_content_reject(content_of(session_of(PAIR_R), "x"), NULL), JINGLE_EOK);
    ck_assert_ptr_nonnull(strstr(log_of(PAIR_R), "> set session-terminate s decline\n"));
}
END_TEST

/* ---- of one that a single side refuses ---- */

#define THEIRS(name, app)                                                                          \
    "<content creator='responder' name='" name "'><description xmlns='" app                        \
    "'/><transport xmlns='" STUB_T1 "'/></content>"

/* By what handles it, where there is no tie: ours has its answer. */
START_TEST(malformed_and_removed)
{
    jingle_session_t *session = active_out("s", "c", NULL);

    add(session, "x");
    engine_ack(e);
    engine_action(e, "1", "content-add", "s", THEIRS("x", STUB_APP "' verdict='malformed"));
    engine_log(e);
    engine_action(e, "2", "content-remove", "s", "<content creator='responder' name='x'/>");
    ck_log("> result 2\n");
    ck_assert_str_eq(names_of(session), "c x");
}
END_TEST

/* What was refused may be offered again, and is a content like any other then. */
START_TEST(malformed_and_mended)
{
    jingle_session_t *session = active_out("s", "c", NULL);

    for (int i = 0; i < 2; i++) {
        engine_action(e, "1", "content-add", "s", THEIRS("x", STUB_APP "' verdict='malformed"));
        engine_action(e, "2", "content-add", "s", THEIRS("x", STUB_APP));
        ck_assert_str_eq(names_of(session), "c x");
        engine_action(e, "3", "content-remove", "s", "<content creator='responder' name='x'/>");
        ck_assert_str_eq(names_of(session), "c");
    }
}
END_TEST

/* The peer cannot fill our memory: the oldest are forgotten. */
START_TEST(refused_without_end)
{
    char text[256];

    active_out("s", "c", NULL);
    for (int i = 0; i < 33; i++) {
        snprintf(text, sizeof(text), THEIRS("x%d", STUB_APP "' verdict='malformed"), i);
        engine_action(e, "1", "content-add", "s", text);
    }
    engine_log(e);
    engine_action(e, "2", "content-remove", "s", "<content creator='responder' name='x1'/>");
    ck_log("> result 2\n");
    engine_action(e, "3", "content-remove", "s", "<content creator='responder' name='x0'/>");
    ck_log("> error 3 cancel bad-request\n");
}
END_TEST

static void end_when_it_stops(stub_t *stub, stub_part_t *part, stub_point_t point)
{
    if (point != STUB_STOP || part->id != STUB_2)
        return;
    stub->hook = NULL;
    jingle_session_end(jingle_part_get_session(part->part), NULL);
}

/* A transport that was refused for nothing but a tie is not offered again by a session that ends as it stops. */
START_TEST(over_before_it_is_offered_again)
{
    static const char replace[] =
        "<content creator='initiator' name='c'><transport xmlns='" STUB_T2 "'/></content>";

    s->plan[STUB_1].waits = true;
    active_out("s", "c", NULL);
    jingle_part_fail(stub_find(s, STUB_1, "c")->part, JINGLE_REASON_CONNECTIVITY_ERROR, NULL);
    engine_action(e, "1", "transport-replace", "s", replace);
    engine_log(e);
    s->hook = end_when_it_stops;
    engine_action(e, "2", "transport-reject", "s", replace);
    ck_log("t2.stop c\nstate s ended\n> set session-terminate s success\na.closed c "
           "success\nt1.free c\n"
           "a.free c\nterminated s success\nt2.free c\n> result 2\n");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("managed/crossed");
    TCase *tcase = tcase_create("crossed"), *single = add_case(suite, "single");

    tcase_add_checked_fixture(tcase, pair_up, pair_down);
    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, refused_and_removed);
    tcase_add_test(tcase, refused_and_modified);
    tcase_add_test(tcase, refused_and_trickled);
    tcase_add_loop_test(tcase, used_again_while_an_answer_is_under_way, 0, 2);
    tcase_add_test(tcase, used_again_and_removed);
    tcase_add_test(tcase, used_by_the_other_side_at_once);
    tcase_add_test(tcase, added_without_an_answer);
    tcase_add_test(tcase, added_and_accepted_without_an_answer);
    tcase_add_loop_test(tcase, added_in_the_place_of_the_offer, 0, 2);
    tcase_add_test(tcase, rejected_in_the_place_of_the_offer);
    tcase_add_test(single, malformed_and_removed);
    tcase_add_test(single, malformed_and_mended);
    tcase_add_test(single, refused_without_end);
    tcase_add_test(single, over_before_it_is_offered_again);
    return run_suite(suite);
}
