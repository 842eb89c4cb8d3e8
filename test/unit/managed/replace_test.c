/* SPDX-License-Identifier: MIT */
/** @file
 *  One transport for another: fallback by the session's initiator, the responder's patience, the
 *  peer's proposals, a better path. */
#include "fixture.h"

#define OF(name, transport)                                                                        \
    "<content creator='initiator' name='" name "'><transport xmlns='" transport "'/></content>"
#define NAMED(name) "<content creator='initiator' name='" name "'/>"

static const char *last_transport(void)
{
    return jingle_element_ns(jingle_element_child(
        jingle_element_child(last_jingle(), "content", NULL), "transport", NULL));
}

static jingle_session_t *waiting_out(void)
{
    s->plan[STUB_1].waits = true;
    return active_out("s", "c", NULL);
}

/* ---- the initiator falls back ---- */

START_TEST(falls_back_along_the_chain)
{
    jingle_session_t *session = waiting_out();
    jingle_content_t *content = content_of(session, "c");

    jingle_part_fail(stub_find(s, STUB_1, "c")->part, JINGLE_REASON_CONNECTIVITY_ERROR, NULL);
    ck_log("t1.stop c\nt2.prepare c\n> set transport-replace s\n");
    ck_assert_str_eq(last_contents(), "initiator/c[transport]");
    ck_assert_str_eq(last_transport(), STUB_T2);
    /* the old one stays until the answer */
    ck_assert_str_eq(jingle_content_get_transport(content), STUB_T1);
    engine_ack(e);
    engine_action(e, "1", "transport-accept", "s", OF("c", STUB_T2));
    ck_log("t2.apply c\nt1.free c\n> result 1\nt2.start c\na.open c\nconnection s connected\n");
    ck_assert_str_eq(jingle_content_get_transport(content), STUB_T2);
}
END_TEST

START_TEST(rejected_takes_the_next)
{
    waiting_out();
    jingle_part_fail(stub_find(s, STUB_1, "c")->part, JINGLE_REASON_CONNECTIVITY_ERROR, NULL);
    engine_log(e);
    engine_action(e, "1", "transport-reject", "s",
                  OF("c", STUB_T2) "<reason><failed-transport/></reason>");
    ck_log("t2.stop c\nt2.free c\n> result 1\nt3.prepare c\n> set transport-replace s\n");
    engine_refuse(e, "feature-not-implemented", NULL);
    ck_log("t3.stop c\nt3.free c\nstate s ended\n> set session-terminate s failed-transport\n"
           "a.closed c failed-transport\nt1.free c\na.free c\nterminated s failed-transport\n");
}
END_TEST

START_TEST(what_cannot_be_prepared_is_passed_over)
{
    s->plan[STUB_2].fails = true;
    waiting_out();
    jingle_part_fail(stub_find(s, STUB_1, "c")->part, JINGLE_REASON_CONNECTIVITY_ERROR, NULL);
    ck_log(
        "t1.stop c\nt2.prepare c\nt2.stop c\nt2.free c\nt3.prepare c\n> set transport-replace s\n");
    ck_assert_str_eq(last_transport(), STUB_T3);
}
END_TEST

START_TEST(a_refused_replace_is_a_rejection)
{
    s->plan[STUB_1].breaks = true;
    active_out("s", "c", NULL);
    engine_refuse(e, "conflict", NULL);
    ck_log("t2.stop c\nt2.free c\nt3.prepare c\n> set transport-replace s\nerror s "
           "transport-replace conflict\n");
}
END_TEST

/** Our first proposal is under way, and so is one of the peer's, which loses the tie (J166-57). */
static jingle_session_t *crossed_out(const char *theirs)
{
    jingle_session_t *session = waiting_out();

    jingle_part_fail(stub_find(s, STUB_1, "c")->part, JINGLE_REASON_CONNECTIVITY_ERROR, NULL);
    engine_log(e);
    engine_action(e, "1", "transport-replace", "s", theirs);
    ck_log("> error 1 cancel conflict/tie-break\n");
    return session;
}

/* In the field: a responder that has proposed one rejects the initiator's for that, or says conflict. */
START_TEST(refused_for_a_tie_is_offered_once_more)
{
    jingle_session_t *session = crossed_out(OF("c", STUB_T2));

    if (_i == 0) {
        engine_ack(e);
        engine_action(e, "2", "transport-reject", "s", OF("c", STUB_T2));
        ck_log("t2.stop c\nt2.free c\n> result 2\nt2.prepare c\n> set transport-replace s\n");
    } else {
        engine_refuse(e, "conflict", NULL);
        ck_log("t2.stop c\nt2.free c\nt2.prepare c\n> set transport-replace s\nerror s "
               "transport-replace conflict\n");
    }
    ck_assert_str_eq(last_transport(), STUB_T2);
    engine_ack(e);
    engine_action(e, "3", "transport-accept", "s", OF("c", STUB_T2));
    ck_log("t2.apply c\nt1.free c\n> result 3\nt2.start c\na.open c\nconnection s connected\n");
    ck_assert(jingle_session_is_connected(session));
}
END_TEST

START_TEST(refused_for_a_tie_again_and_again)
{
    crossed_out(OF("c", STUB_T3));
    engine_action(e, "2", "transport-reject", "s", OF("c", STUB_T2));
    engine_action(e, "3", "transport-replace", "s", OF("c", STUB_T3));
    ck_log("t2.stop c\nt2.free c\n> result 2\nt2.prepare c\n> set transport-replace s\n"
           "> error 3 cancel conflict/tie-break\n");
    engine_action(e, "4", "transport-reject", "s", OF("c", STUB_T2));
    ck_log("t2.stop c\nt2.free c\n> result 4\nt3.prepare c\n> set transport-replace s\n");
    ck_assert_str_eq(last_transport(), STUB_T3);
    engine_action(e, "5", "transport-replace", "s", OF("c", STUB_T3));
    engine_log(e);
    engine_action(e, "6", "transport-reject", "s", OF("c", STUB_T3));
    ck_log("t3.stop c\nt3.free c\n> result 6\nstate s ended\n> set session-terminate s "
           "failed-transport\n"
           "a.closed c failed-transport\nt1.free c\na.free c\nterminated s failed-transport\n");
}
END_TEST

/** Silence is none, and what has come to nothing meanwhile is not offered again. */
START_TEST(refused_for_a_tie_and_not_worth_it)
{
    crossed_out(OF("c", STUB_T2));
    if (_i == 0) {
        engine_ack(e);
        engine_wait(e, 120000);
    } else {
        jingle_part_fail(stub_find(s, STUB_2, "c")->part, JINGLE_REASON_CONNECTIVITY_ERROR, NULL);
        engine_action(e, "2", "transport-reject", "s", OF("c", STUB_T2));
    }
    ck_assert_str_eq(last_transport(), STUB_T3);
}
END_TEST

/** What works goes on to do so; a better path is for the program to ask for again. */
START_TEST(a_better_path_refused_for_a_tie)
{
    jingle_session_t *session = active_out("s", "c", NULL);

    s->plan[STUB_A].resumable = true;
    ck_assert_int_eq(jingle_content_replace_transport(content_of(session, "c"), STUB_T2),
                     JINGLE_EOK);
    engine_action(e, "1", "transport-replace", "s", OF("c", STUB_T3));
    engine_log(e);
    engine_action(e, "2", "transport-reject", "s", OF("c", STUB_T2));
    ck_log("t2.stop c\nt2.free c\n> result 2\n");
    ck_assert(jingle_session_is_connected(session));
}
END_TEST

/* states.md 4: nothing to fall back to */
START_TEST(one_transport_alone_is_a_connectivity_error)
{
    jingle_session_t *session = create("s");

    s->plan[STUB_1].waits = true;
    jingle_session_add_content(
        session, JINGLE_CONTENT(.application = STUB_APP, .name = "c", .transport = STUB_T1), NULL);
    jingle_session_start(session);
    engine_ack(e);
    engine_action(e, "1", "session-accept", "s", STUB_CONTENT("c"));
    engine_log(e);
    jingle_part_fail(stub_find(s, STUB_1, "c")->part, JINGLE_REASON_UNDEFINED,
                     "all candidates failed");
    ck_log("t1.stop c\nstate s ended\n> set session-terminate s connectivity-error\n"
           "a.closed c connectivity-error\nt1.free c\na.free c\n"
           "terminated s connectivity-error \"all candidates failed\"\n");
}
END_TEST

START_TEST(other_contents_go_on)
{
    jingle_session_t *session = active_out("s", "c", "d");

    s->plan[STUB_2].fails = true;
    s->plan[STUB_3].fails = true;
    s->plan[STUB_A].resumable = true;
    jingle_part_fail(stub_find(s, STUB_1, "c")->part, JINGLE_REASON_CONNECTIVITY_ERROR, NULL);
    ck_log("t1.stop c\nt2.prepare c\nt2.stop c\nt2.free c\nt3.prepare c\nt3.stop c\nt3.free c\n"
           "> set content-remove s failed-transport\na.closed c failed-transport\nt1.free "
           "c\na.free c\n");
    ck_assert_str_eq(names_of(session), "d");
}
END_TEST

START_TEST(opening_has_a_deadline)
{
    waiting_out();
    engine_wait(e, 59999);
    ck_log("");
    engine_wait(e, 1);
    ck_log("t1.stop c\nt2.prepare c\n> set transport-replace s\n");
    engine_ack(e);
    /* the ack proves nothing: the decision has a deadline too */
    engine_wait(e, 119999);
    ck_log("");
    engine_wait(e, 1);
    ck_log("t2.stop c\nt2.free c\nt3.prepare c\n> set transport-replace s\n");
}
END_TEST

START_TEST(fails_while_pending)
{
    pending_out("s", "c", NULL);
    jingle_part_fail(stub_find(s, STUB_1, "c")->part, JINGLE_REASON_CONNECTIVITY_ERROR, NULL);
    ck_log("t1.stop c\nt2.prepare c\n> set transport-replace s\n");
    engine_ack(e);
    engine_wait(e, 3600 * 1000); /* the peer's user may take time */
    ck_log("");
    /* accepted with what was offered first; the replacement is answered apart */
    engine_action(e, "1", "session-accept", "s", STUB_CONTENT("c"));
    ck_log("a.apply c\nstate s active\n> result 1\na.accepted c\nconnection s connecting\n");
    engine_action(e, "2", "transport-accept", "s", OF("c", STUB_T2));
    ck_log("t2.apply c\nt1.free c\n> result 2\nt2.start c\na.open c\nconnection s connected\n");
}
END_TEST

/* In the field: a session-accept in the place of transport-accept */
START_TEST(a_session_accept_may_accept_the_replacement)
{
    pending_out("s", "c", NULL);
    jingle_part_fail(stub_find(s, STUB_1, "c")->part, JINGLE_REASON_CONNECTIVITY_ERROR, NULL);
    engine_log(e);
    engine_action(e, "1", "session-accept", "s", STUB_CONTENT_OF("c", STUB_APP, STUB_T2, ""));
    ck_log("a.apply c\nt2.apply c\nt1.free c\nstate s active\n> result 1\na.accepted c\nt2.start "
           "c\na.open c\nconnection s connected\n");
}
END_TEST

START_TEST(what_fails_after_it_was_proposed_waits_for_the_answer)
{
    s->plan[STUB_1].breaks = true;
    active_out("s", "c", NULL);
    jingle_part_fail(stub_find(s, STUB_2, "c")->part, JINGLE_REASON_CONNECTIVITY_ERROR, NULL);
    ck_log("t2.stop c\n");
    engine_action(e, "1", "transport-accept", "s", OF("c", STUB_T2));
    ck_log("t1.free c\n> result 1\nt3.prepare c\n> set transport-replace s\n");
}
END_TEST

/* states.md 1.2: legal only while our transport-replace is open */
START_TEST(unasked_answers_are_out_of_order)
{
    waiting_out();
    engine_action(e, "1", "transport-accept", "s", OF("c", STUB_T1));
    ck_log("> error 1 cancel unexpected-request/out-of-order\n");
    engine_action(e, "2", "transport-reject", "s", NAMED("c"));
    ck_log("> error 2 cancel unexpected-request/out-of-order\n");
}
END_TEST

START_TEST(malformed_answers_change_nothing)
{
    static const char *const bad[] = {"",
                                      NAMED("c"),
                                      OF("c", STUB_T3),
                                      OF("x", STUB_T2),
                                      OF("c", STUB_T2) NAMED("x"),
                                      OF("c", STUB_T2 "' verdict='malformed")};

    s->plan[STUB_1].breaks = true;
    active_out("s", "c", NULL);
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        engine_action(e, "1", "transport-accept", "s", bad[i]);
        ck_log("> error 1 cancel bad-request\n");
    }
    engine_action(e, "2", "transport-accept", "s", OF("c", STUB_T2 "' verdict='unusable"));
    ck_log("t1.free c\n> result 2\nt2.stop c\nt3.prepare c\n> set transport-replace s\n");
}
END_TEST

/* ---- the responder waits ---- */

START_TEST(the_responder_waits_for_a_replacement)
{
    s->plan[STUB_1].breaks = true;
    active_in("s", STUB_CONTENT("c"));
    ck_log("");
    engine_wait(e, 119999);
    ck_log("");
    engine_wait(e, 1);
    ck_log(
        "state s ended\n> set session-terminate s failed-transport\na.closed c "
        "failed-transport\nt1.free c\n"
        "a.free c\nterminated s failed-transport \"no other transport was agreed on in time\"\n");
}
END_TEST

/* J166-53: transport-replace is answered by transport-accept or transport-reject */
START_TEST(the_responder_takes_the_replacement)
{
    jingle_session_t *session;

    s->plan[STUB_1].breaks = true;
    session = active_in("s", STUB_CONTENT("c"));
    engine_action(e, "1", "transport-replace", "s", OF("c", "urn:none"));
    ck_log("> result 1\n> set transport-reject s unsupported-transports\n");
    ck_assert_str_eq(last_transport(), "urn:none");
    engine_action(e, "2", "transport-replace", "s", OF("c", STUB_DG));
    ck_log("> result 2\n> set transport-reject s unsupported-transports\n");
    engine_action(e, "3", "transport-replace", "s",
                  OF("c", STUB_T2 "' verdict='unusable' reason='connectivity-error"));
    ck_log("> result 3\n> set transport-reject s connectivity-error\nt2.stop c\nt2.free c\n");
    engine_action(e, "4", "transport-replace", "s", OF("c", STUB_T2 "' verdict='malformed"));
    ck_log("> error 4 cancel bad-request\nt2.stop c\nt2.free c\n");
    engine_action(e, "5", "transport-replace", "s", OF("c", STUB_T2));
    ck_log("t2.apply c\n> result 5\nt2.prepare c\nt1.free c\n> set transport-accept s\nt2.start "
           "c\na.open c\n"
           "connection s connected\n");
    ck_assert_str_eq(last_contents(), "initiator/c[transport]");
    ck_assert_str_eq(jingle_content_get_transport(content_of(session, "c")), STUB_T2);
    engine_wait(e, 3600 * 1000);
    ck_assert(jingle_session_is_active(session));
}
END_TEST

START_TEST(a_proposal_that_cannot_be_prepared_is_rejected)
{
    s->plan[STUB_1].breaks = true;
    s->plan[STUB_2].fails = true;
    active_in("s", STUB_CONTENT("c"));
    engine_action(e, "1", "transport-replace", "s", OF("c", STUB_T2));
    ck_log("t2.apply c\n> result 1\nt2.prepare c\n> set transport-reject s "
           "failed-transport\nt2.stop c\nt2.free c\n");
    engine_action(e, "2", "transport-replace", "s", OF("c", STUB_T3));
    ck_log("t3.apply c\n> result 2\nt3.prepare c\nt1.free c\n> set transport-accept s\nt3.start "
           "c\na.open c\n"
           "connection s connected\n");
}
END_TEST

START_TEST(proposals_are_all_or_nothing)
{
    static const char *const bad[] = {"", NAMED("c"), OF("x", STUB_T2),
                                      OF("c", STUB_T2) OF("x", STUB_T2),
                                      OF("c", STUB_T2) OF("c", STUB_T2)};

    s->plan[STUB_1].breaks = true;
    active_in("s", STUB_CONTENT("c") STUB_CONTENT("d"));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        engine_action(e, "1", "transport-replace", "s", bad[i]);
        ck_assert_msg(strstr(engine_log(e), "> error 1 cancel bad-request\n") != NULL, "%zu", i);
    }
    engine_action(e, "2", "transport-replace", "s",
                  OF("c", STUB_T2) OF("d", STUB_T2 "' verdict='malformed"));
    ck_log("> error 2 cancel bad-request\nt2.stop c\nt2.free c\nt2.stop d\nt2.free d\n");
    s->plan[STUB_2].result[STUB_APPLY] = JINGLE_EMEM;
    engine_action(e, "3", "transport-replace", "s", OF("c", STUB_T2));
    ck_log("t2.apply c\n> error 3 wait resource-constraint\nt2.stop c\nt2.free c\n");
}
END_TEST

START_TEST(one_proposal_at_a_time)
{
    s->plan[STUB_1].breaks = true;
    s->plan[STUB_2].later = true;
    active_in("s", STUB_CONTENT("c"));
    engine_action(e, "1", "transport-replace", "s", OF("c", STUB_T2));
    engine_log(e);
    engine_action(e, "2", "transport-replace", "s", OF("c", STUB_T3));
    ck_log("> error 2 cancel unexpected-request/out-of-order\n");
    jingle_part_ready(stub_find(s, STUB_2, "c")->part);
    ck_log("t1.free c\n> set transport-accept s\nt2.start c\na.open c\nconnection s connected\n");
}
END_TEST

/* J166-88: a proposal before the program has accepted is not prepared */
START_TEST(a_proposal_while_pending_waits_for_consent)
{
    jingle_session_t *session = pending_in("s", STUB_CONTENT("c"));

    engine_action(e, "1", "transport-replace", "s", OF("c", STUB_T2));
    ck_log("t2.apply c\n> result 1\n");
    jingle_session_accept(session);
    ck_log("t2.prepare c\nt1.stop c\nt1.free c\n> set transport-accept s\nstate s active\n> set "
           "session-accept s\n"
           "a.accepted c\nt2.start c\na.open c\nconnection s connected\n");
    ck_assert_str_eq(last_transport(), STUB_T2);
}
END_TEST

/* ---- after it was open ---- */

START_TEST(a_broken_stream_ends_the_content)
{
    active_out("s", "c", NULL);
    jingle_part_fail(stub_find(s, STUB_1, "c")->part, JINGLE_REASON_UNDEFINED, "broken");
    ck_log("state s ended\n> set session-terminate s connectivity-error\nt1.stop c\n"
           "a.closed c connectivity-error\nt1.free c\na.free c\n"
           "terminated s connectivity-error \"broken\"\n");
}
END_TEST

START_TEST(an_application_may_resume)
{
    jingle_session_t *session = active_out("s", "c", NULL);

    s->plan[STUB_A].resumable = true;
    jingle_part_fail(stub_find(s, STUB_1, "c")->part, JINGLE_REASON_CONNECTIVITY_ERROR, NULL);
    ck_log("t1.stop c\nt2.prepare c\n> set transport-replace s\nconnection s interrupted\n");
    ck_assert_str_eq(text_str(&stub_find(s, STUB_A, "c")->received), "!");
    engine_action(e, "1", "transport-accept", "s", OF("c", STUB_T2));
    ck_log("t2.apply c\nt1.free c\n> result 1\nt2.start c\na.open c\nconnection s connected\n");
    ck_assert_str_eq(names_of(session), "c");
}
END_TEST

START_TEST(a_better_path_takes_over_when_it_is_open)
{
    jingle_session_t *session = active_out("s", "c", NULL);
    jingle_content_t *content = content_of(session, "c");

    ck_assert_int_eq(jingle_content_replace_transport(content, STUB_T2),
                     JINGLE_EINVOP); /* not resumable */
    s->plan[STUB_A].resumable = true;
    s->plan[STUB_2].waits = true;
    ck_assert_int_eq(jingle_content_replace_transport(content, "urn:none"), JINGLE_ENOENT);
    ck_assert_int_eq(jingle_content_replace_transport(content, STUB_DG), JINGLE_ENOENT);
    ck_assert_int_eq(jingle_content_replace_transport(content, STUB_T2), JINGLE_EOK);
    ck_assert_int_eq(jingle_content_replace_transport(content, STUB_T3), JINGLE_EINVOP);
    ck_log("t2.prepare c\n> set transport-replace s\n");
    engine_ack(e);
    engine_action(e, "1", "transport-accept", "s", OF("c", STUB_T2));
    ck_log("t2.apply c\n> result 1\nt2.start c\n");
    ck_assert_str_eq(jingle_content_get_transport(content), STUB_T1);
    ck_assert_str_eq(text_str(&stub_find(s, STUB_A, "c")->received), "");
    stub_open(stub_find(s, STUB_2, "c"), 1);
    ck_log("t1.stop c\nt1.free c\na.open c\n");
    ck_assert_str_eq(jingle_content_get_transport(content), STUB_T2);
}
END_TEST

START_TEST(a_better_path_may_fail)
{
    jingle_session_t *session = active_out("s", "c", NULL);
    jingle_content_t *content = content_of(session, "c");

    s->plan[STUB_A].resumable = true;
    s->plan[STUB_2].breaks = true;
    jingle_content_replace_transport(content, STUB_T2);
    engine_action(e, "1", "transport-accept", "s", OF("c", STUB_T2));
    engine_log(e);
    ck_assert_str_eq(jingle_content_get_transport(content), STUB_T1);
    ck_assert_ptr_null(stub_find(s, STUB_2, "c"));
    ck_assert(jingle_session_is_connected(session));
    /* the same again: as an ICE restart is */
    s->plan[STUB_2].breaks = false;
    ck_assert_int_eq(jingle_content_replace_transport(content, STUB_T1), JINGLE_EOK);
    engine_action(e, "2", "transport-reject", "s", NAMED("c"));
    ck_log("t1.prepare c\n> set transport-replace s\nt1.stop c\nt1.free c\n> result 2\n");
    ck_assert(jingle_session_is_connected(session));
}
END_TEST

START_TEST(the_peer_may_not_replace_a_stream_that_works)
{
    active_in("s", STUB_CONTENT("c"));
    engine_action(e, "1", "transport-replace", "s", OF("c", STUB_T2));
    ck_log("> result 1\n> set transport-reject s failed-application\n");
    s->plan[STUB_A].resumable = true;
    engine_action(e, "2", "transport-replace", "s", OF("c", STUB_T2));
    ck_log("t2.apply c\n> result 2\nt2.prepare c\n> set transport-accept s\nt2.start c\nt1.stop "
           "c\nt1.free c\n"
           "a.open c\n");
}
END_TEST

START_TEST(the_responder_may_replace_on_request)
{
    jingle_session_t *session = pending_in("s", STUB_CONTENT("c"));

    ck_assert_int_eq(jingle_content_replace_transport(content_of(session, "c"), NULL),
                     JINGLE_EINVOP);
    s->plan[STUB_1].waits = true;
    jingle_session_accept(session);
    engine_log(e);
    ck_assert_int_eq(jingle_content_replace_transport(content_of(session, "c"), NULL), JINGLE_EOK);
    ck_log("t2.prepare c\n> set transport-replace s\n");
    engine_action(e, "1", "transport-accept", "s", OF("c", STUB_T2));
    ck_log("t2.apply c\nt1.stop c\nt1.free c\n> result 1\nt2.start c\na.open c\nconnection s "
           "connected\n");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("managed/replace");
    TCase *initiator = add_case(suite, "initiator"), *responder = add_case(suite, "responder");
    TCase *open = add_case(suite, "open");

    tcase_add_test(initiator, falls_back_along_the_chain);
    tcase_add_test(initiator, rejected_takes_the_next);
    tcase_add_test(initiator, what_cannot_be_prepared_is_passed_over);
    tcase_add_test(initiator, a_refused_replace_is_a_rejection);
    tcase_add_loop_test(initiator, refused_for_a_tie_is_offered_once_more, 0, 2);
    tcase_add_test(initiator, refused_for_a_tie_again_and_again);
    tcase_add_loop_test(initiator, refused_for_a_tie_and_not_worth_it, 0, 2);
    tcase_add_test(open, a_better_path_refused_for_a_tie);
    tcase_add_test(initiator, one_transport_alone_is_a_connectivity_error);
    tcase_add_test(initiator, other_contents_go_on);
    tcase_add_test(initiator, opening_has_a_deadline);
    tcase_add_test(initiator, fails_while_pending);
    tcase_add_test(initiator, a_session_accept_may_accept_the_replacement);
    tcase_add_test(initiator, what_fails_after_it_was_proposed_waits_for_the_answer);
    tcase_add_test(initiator, unasked_answers_are_out_of_order);
    tcase_add_test(initiator, malformed_answers_change_nothing);
    tcase_add_test(responder, the_responder_waits_for_a_replacement);
    tcase_add_test(responder, the_responder_takes_the_replacement);
    tcase_add_test(responder, a_proposal_that_cannot_be_prepared_is_rejected);
    tcase_add_test(responder, proposals_are_all_or_nothing);
    tcase_add_test(responder, one_proposal_at_a_time);
    tcase_add_test(responder, a_proposal_while_pending_waits_for_consent);
    tcase_add_test(open, a_broken_stream_ends_the_content);
    tcase_add_test(open, an_application_may_resume);
    tcase_add_test(open, a_better_path_takes_over_when_it_is_open);
    tcase_add_test(open, a_better_path_may_fail);
    tcase_add_test(open, the_peer_may_not_replace_a_stream_that_works);
    tcase_add_test(open, the_responder_may_replace_on_request);
    return run_suite(suite);
}
