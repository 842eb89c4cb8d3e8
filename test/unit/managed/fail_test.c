/* SPDX-License-Identifier: MIT */
/** @file
 *  Parts that fail where it is not usual: several at once, with a proposal open, when all is done. */
#include "fixture.h"
#include "support/stub_private.h"

#define OF(name, ns)                                                                               \
    "<content creator='initiator' name='" name "'><transport xmlns='" ns "'/></content>"

static void break_part(stub_plugin_id_t id, const char *content)
{
    jingle_part_fail(stub_find(s, id, content)->part, JINGLE_REASON_UNDEFINED, NULL);
}

static void fail_both(stub_t *stub, stub_part_t *part, stub_point_t point)
{
    (void)part;
    if (point != STUB_INFO)
        return;
    stub->hook = NULL;
    break_part(STUB_2, "c");
    break_part(STUB_2, "d");
}

/* Both are stopped, and both decisions of the peer's are still awaited. */
START_TEST(all_that_fail_in_one_turn)
{
    s->plan[STUB_1].waits = true;
    active_out("s", "c", "d");
    break_part(STUB_1, "c");
    break_part(STUB_1, "d");
    ck_log("t1.stop c\nt2.prepare c\n> set transport-replace s\nt1.stop d\nt2.prepare d\n"
           "> set transport-replace s\n");
    s->hook = fail_both;
    engine_action(e, "1", "session-info", "s", "<x xmlns='" STUB_INFO_NS "'/>");
    ck_log("a.info c\n> result 1\nt2.stop c\nt2.stop d\n");
}
END_TEST

static void fail_as_it_stops(stub_t *stub, stub_part_t *part, stub_point_t point)
{
    (void)part;
    if (point != STUB_STOP)
        return;
    stub->hook = NULL;
    break_part(STUB_A, "c");
}

/* What one tears down with it when it stops has failed in the same turn, though it came before. */
START_TEST(one_fails_as_another_stops)
{
    jingle_session_t *session;

    s->plan[STUB_A].resumable = true;
    session = active_out("s", "c", "d");
    jingle_content_replace_transport(content_of(session, "d"), STUB_T2);
    engine_log(e);
    s->hook = fail_as_it_stops;
    break_part(STUB_2, "d");
    ck_log("t2.stop d\n> set content-remove s failed-application\nt1.stop c\n"
           "a.closed c failed-application\nt1.free c\na.free c\n");
}
END_TEST

/* XEP-0166 section 7.2.15: transport-replace is answered, also when nothing is to be replaced any more. */
START_TEST(a_proposal_of_the_peer_when_all_is_done)
{
    jingle_session_t *session = active_out("s", "c", NULL);

    s->plan[STUB_A].resumable = true;
    s->plan[STUB_2].later = true;
    engine_action(e, "1", "transport-replace", "s", OF("c", STUB_T2));
    ck_log("t2.apply c\n> result 1\nt2.prepare c\n");
    jingle_content_done(content_of(session, "c"), false);
    ck_log("t1.finish c\n> set transport-reject s failed-transport\nt2.stop c\nt2.free c\nt1.stop "
           "c\n");
}
END_TEST

/* One of ours that is not sent yet is forgotten. */
START_TEST(a_proposal_of_ours_when_all_is_done)
{
    jingle_session_t *session = active_out("s", "c", NULL);

    s->plan[STUB_A].resumable = true;
    s->plan[STUB_2].later = true;
    jingle_content_replace_transport(content_of(session, "c"), STUB_T2);
    ck_log("t2.prepare c\n");
    jingle_content_done(content_of(session, "c"), false);
    ck_log("t2.stop c\nt2.free c\nt1.finish c\nt1.stop c\n");
}
END_TEST

/* The replacement that was rejected has no deadline any more, and the next takes its time. */
START_TEST(the_next_has_time_of_its_own)
{
    s->plan[STUB_1].waits = s->plan[STUB_3].later = true;
    active_out("s", "c", NULL);
    break_part(STUB_1, "c");
    engine_ack(e);
    engine_wait(e, 119000);
    engine_action(e, "1", "transport-reject", "s", OF("c", STUB_T2));
    ck_log("t1.stop c\nt2.prepare c\n> set transport-replace s\nt2.stop c\nt2.free c\n> result 1\n"
           "t3.prepare c\n");
    engine_wait(e, 29000);
    ck_log("");
    jingle_part_ready(stub_find(s, STUB_3, "c")->part);
    ck_log("> set transport-replace s\n");
    /* nor has what was accepted */
    engine_ack(e);
    engine_action(e, "2", "transport-accept", "s", OF("c", STUB_T3));
    ck_log("t3.apply c\nt1.free c\n> result 2\nt3.start c\na.open c\nconnection s connected\n");
    ck_assert_uint_eq(engine_wait(e, 24 * 3600 * 1000), JINGLE_NEVER);
    ck_log("");
}
END_TEST

/* What a transport returns counts at once, also where it says nothing else. */
START_TEST(errors_are_not_waited_for)
{
    jingle_session_t *session = create("s");

    s->plan[STUB_1].later = s->plan[STUB_2].waits = true;
    s->plan[STUB_1].result[STUB_PREPARE] = s->plan[STUB_2].result[STUB_START] = JINGLE_EIO;
    add(session, "c");
    jingle_session_start(session);
    ck_log("created s\nt1.prepare c\nt1.stop c\nt1.free c\nt2.prepare c\nstate s pending\n"
           "outgoing s\n> set session-initiate s\n");
    engine_ack(e);
    engine_action(e, "1", "session-accept", "s", STUB_CONTENT_OF("c", STUB_APP, STUB_T2, ""));
    ck_log("a.apply c\nt2.apply c\nstate s active\n> result 1\na.accepted c\nt2.start c\n"
           "t2.stop c\nt3.prepare c\n> set transport-replace s\nconnection s connecting\n");
}
END_TEST

/* XEP-0260 section 3: failed-transport where there was another before, also if nobody has heard of it */
START_TEST(fallen_back_before_the_offer)
{
    jingle_session_t *session = create("s");

    jingle_unregister_plugin(e->jingle, STUB_T3);
    s->plan[STUB_1].fails = s->plan[STUB_2].breaks = true;
    add(session, "c");
    jingle_session_start(session);
    engine_ack(e);
    engine_action(e, "1", "session-accept", "s", STUB_CONTENT_OF("c", STUB_APP, STUB_T2, ""));
    ck_assert_ptr_nonnull(strstr(engine_log(e), "> set session-terminate s failed-transport\n"));
}
END_TEST

/* 0: for ever (managed.h). */
START_TEST(a_replacement_without_deadline)
{
    jingle_transport_timeouts_t timeouts;

    jingle_transport_timeouts_init(&timeouts);
    timeouts.replace = 0;
    jingle_set_transport_timeouts(e->jingle, &timeouts);
    s->plan[STUB_1].breaks = true;
    if (_i == 0)
        active_in("s", STUB_CONTENT("c")); /* waits for a proposal */
    else
        active_out("s", "c", NULL); /* and for the answer to one */
    engine_ack(e);
    engine_log(e);
    ck_assert_uint_eq(engine_wait(e, 24 * 3600 * 1000), JINGLE_NEVER);
    ck_log("");
    engine_action(e, "1", _i ? "transport-accept" : "transport-replace", "s", OF("c", STUB_T2));
    ck_assert_ptr_nonnull(strstr(engine_log(e), "t2.start c\na.open c\n"));
}
END_TEST

/* What both agree on may take its time to open, while the other is still of use. */
START_TEST(an_agreement_without_deadline)
{
    jingle_transport_timeouts_t timeouts;
    jingle_session_t *session;

    jingle_transport_timeouts_init(&timeouts);
    timeouts.open = 0;
    jingle_set_transport_timeouts(e->jingle, &timeouts);
    session = active_out("s", "c", NULL);
    s->plan[STUB_A].resumable = s->plan[STUB_2].waits = true;
    jingle_content_replace_transport(content_of(session, "c"), STUB_T2);
    engine_ack(e);
    engine_action(e, "1", "transport-accept", "s", OF("c", STUB_T2));
    engine_log(e);
    ck_assert_uint_eq(engine_wait(e, 24 * 3600 * 1000), JINGLE_NEVER);
    ck_log("");
    stub_open(stub_find(s, STUB_2, "c"), 1);
    ck_log("t1.stop c\nt1.free c\na.open c\n");
}
END_TEST

static void replace_meanwhile(stub_t *stub, stub_part_t *part, stub_point_t point)
{
    if (point != STUB_DESCRIBE || part->id != STUB_2)
        return;
    stub->hook = NULL;
    engine_action(stub->engine, "1", "transport-replace", "s", OF("c", STUB_T3));
}

/* What took the place of a transport while it was described has its way, and nobody is offered the other. */
START_TEST(replaced_while_it_is_described)
{
    s->plan[STUB_1].waits = true;
    active_out("s", "c", NULL);
    s->hook = replace_meanwhile;
    break_part(STUB_1, "c");
    ck_assert_ptr_null(strstr(engine_log(e), "> set transport-replace"));
    ck_assert_ptr_null(stub_find(s, STUB_2, "c"));
}
END_TEST

/* What has stopped is not heard any more: why it failed stays what it said first. */
START_TEST(a_transport_that_has_stopped_cannot_fail)
{
    stub_part_t *transport;

    s->plan[STUB_1].waits = true;
    active_out("s", "c", NULL);
    transport = stub_find(s, STUB_1, "c");
    jingle_part_fail(transport->part, JINGLE_REASON_CONNECTIVITY_ERROR, "the first");
    ck_log("t1.stop c\nt2.prepare c\n> set transport-replace s\n");
    jingle_part_fail(transport->part, JINGLE_REASON_GENERAL_ERROR, "the second");
    jingle_part_ready(transport->part);
    jingle_part_done(transport->part);
    ck_log("");
    engine_action(e, "1", "transport-reject", "s", OF("c", STUB_T2));
    engine_action(e, "2", "transport-reject", "s", OF("c", STUB_T3));
    ck_assert_ptr_nonnull(strstr(engine_log(e), "terminated s failed-transport \"the first\"\n"));
}
END_TEST

static unsigned checked;

static void check_parts(stub_t *stub, stub_part_t *part, stub_point_t point)
{
    if (point != STUB_CLOSED)
        return;
    for (stub_part_t *other = stub->parts; other; other = other->next) {
        if (strcmp(other->content, part->content) != 0)
            continue;
        ck_assert(!jingle_part_is_live(other->part));
        jingle_part_fail(other->part, JINGLE_REASON_GENERAL_ERROR, "too late");
        jingle_part_ready(other->part);
        jingle_part_news(other->part);
        checked++;
    }
}

/* No part of a content that is over says anything more, the one that was proposed neither. */
START_TEST(none_is_live_when_the_content_is_over)
{
    jingle_session_t *session =
        active_in("s", STUB_CONTENT_OF("c", STUB_APP, STUB_T1, "<security xmlns='" STUB_SEC "'/>")
                           STUB_CONTENT("d"));
    jingle_content_t *content = jingle_content_clone(content_of(session, "c"));

    s->plan[STUB_A].resumable = true;
    s->plan[STUB_2].later = true;
    ck_assert_int_eq(jingle_content_replace_transport(content, STUB_T2), JINGLE_EOK);
    ck_log("t2.prepare c\n");
    checked = 0;
    s->hook = check_parts;
    ck_assert_int_eq(jingle_content_remove(content, NULL), JINGLE_EOK);
    ck_assert_uint_eq(checked, 4);
    ck_log("> set content-remove s cancel\nt2.stop c\nt1.stop c\na.closed c cancel\ns.free c\n"
           "t2.free c\nt1.free c\na.free c\n");
    s->hook = NULL;
    jingle_content_release(content);
}
END_TEST

/* XEP-0166 section 7.4: where the peer's own proposal was taken before, one transport more has failed. */
START_TEST(the_peers_proposal_fails_too)
{
    jingle_unregister_plugin(e->jingle, STUB_T3);
    s->plan[STUB_1].waits = true;
    s->plan[STUB_2].waits = true;
    active_out("s", "c", NULL);
    engine_action(e, "1", "transport-replace", "s",
                  "<content creator='initiator' name='c'><transport xmlns='" STUB_T2
                  "'/></content>");
    engine_ack(e);
    engine_log(e);
    jingle_part_fail(stub_find(s, STUB_2, "c")->part, JINGLE_REASON_CONNECTIVITY_ERROR, NULL);
    ck_assert_ptr_nonnull(strstr(engine_log(e), "terminated s failed-transport"));
}
END_TEST

/* What an application has to tell waits until the peer knows of its content. */
START_TEST(nothing_is_told_of_what_is_not_offered)
{
    jingle_session_t *session = active_out("s", "c", NULL);
    stub_part_t *application;

    s->plan[STUB_1].later = true;
    add(session, "d");
    application = stub_find(s, STUB_A, "d");
    application->tells = 1;
    application->has_news = true;
    engine_log(e);
    jingle_part_news(application->part);
    ck_log("");
    jingle_part_ready(stub_find(s, STUB_1, "d")->part);
    ck_log("> set content-add s\n> set description-info s\n> set session-info s\n");
}
END_TEST

/* XEP-0166 section 7.2.8: of alternatives that are as good, the one that the peer names first. */
START_TEST(of_equals_the_first)
{
    static const char *const first[] = {STUB_T1, "urn:example:t1-again"};
    char offer[1024];

    ck_assert_int_eq(
        jingle_register_transport(e->jingle, "urn:example:t1-again", &stub_transport_t1, s->home),
        JINGLE_EOK);
    snprintf(offer, sizeof offer,
             STUB_CONTENT_OF("c", STUB_APP, "%s", "") STUB_CONTENT_OF("c", STUB_APP, "%s", ""),
             first[_i], first[!_i]);
    ck_assert_str_eq(jingle_content_get_transport(content_of(pending_in("s", offer), "c")),
                     first[_i]);
}
END_TEST

static void look_at_what_is_left(stub_t *stub, stub_part_t *part, stub_point_t point)
{
    const jingle_content_t *content = jingle_part_get_content(part->part);

    if (point != STUB_CLOSED)
        return;
    stub->user = part;
    ck_assert_str_eq(jingle_content_get_application(content), STUB_APP);
    ck_assert_ptr_eq(jingle_content_get_application_self(content), part);
    ck_assert_uint_eq(jingle_content_get_components(content), 1);
    ck_assert_ptr_null(jingle_content_get_transport(content));
    ck_assert_ptr_null(jingle_content_get_transport_self(content));
    ck_assert_uint_eq(jingle_content_get_flows(content), 0);
}

/* When no transport is left before the offer, the application hears of it and there is none to ask for. */
START_TEST(without_a_transport)
{
    jingle_session_t *session = create("s");

    s->hook = look_at_what_is_left;
    for (int i = STUB_1; i <= STUB_3; i++)
        s->plan[i].fails = true;
    add(session, "c");
    jingle_session_start(session);
    ck_assert_ptr_nonnull(s->user);
    ck_assert(jingle_session_is_ended(e->session));
}
END_TEST

/* What nobody here can do has neither of the two. */
START_TEST(without_an_application)
{
    const jingle_content_t *content = content_of(
        pending_in("s", STUB_CONTENT_OF("c", "urn:none", STUB_T1, "") STUB_CONTENT("d")), "c");

    ck_assert_ptr_null(jingle_content_get_application(content));
    ck_assert_ptr_null(jingle_content_get_application_self(content));
    ck_assert_ptr_null(jingle_content_get_transport(content));
    ck_assert_ptr_null(jingle_content_get_transport_self(content));
    ck_assert_uint_eq(jingle_content_get_components(content), 0);
    ck_assert_uint_eq(jingle_content_get_flows(content), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("managed/fail");
    TCase *tcase = add_case(suite, "all");

    tcase_add_test(tcase, all_that_fail_in_one_turn);
    tcase_add_test(tcase, one_fails_as_another_stops);
    tcase_add_test(tcase, a_proposal_of_the_peer_when_all_is_done);
    tcase_add_test(tcase, a_proposal_of_ours_when_all_is_done);
    tcase_add_test(tcase, the_next_has_time_of_its_own);
    tcase_add_loop_test(tcase, a_replacement_without_deadline, 0, 2);
    tcase_add_test(tcase, errors_are_not_waited_for);
    tcase_add_test(tcase, fallen_back_before_the_offer);
    tcase_add_test(tcase, an_agreement_without_deadline);
    tcase_add_test(tcase, replaced_while_it_is_described);
    tcase_add_test(tcase, a_transport_that_has_stopped_cannot_fail);
    tcase_add_test(tcase, none_is_live_when_the_content_is_over);
    tcase_add_test(tcase, the_peers_proposal_fails_too);
    tcase_add_test(tcase, nothing_is_told_of_what_is_not_offered);
    tcase_add_loop_test(tcase, of_equals_the_first, 0, 2);
    tcase_add_test(tcase, without_a_transport);
    tcase_add_test(tcase, without_an_application);
    return run_suite(suite);
}
