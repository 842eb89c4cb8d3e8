/* SPDX-License-Identifier: MIT */
/** @file
 *  What we offer: contents, the choice of transports, session-initiate, content-add. */
#include "fixture.h"

/* ---- session-initiate ---- */

/* J166-03, J166-27: an offer has contents, each with one description and one transport */
START_TEST(offers_when_transports_are_ready)
{
    jingle_session_t *session = create("s");

    add(session, "c");
    ck_assert_int_eq(jingle_session_start(session), JINGLE_EOK);
    ck_log("created s\nt1.prepare c\nstate s pending\noutgoing s\n> set session-initiate s\n");
    ck_assert_str_eq(last_contents(), "initiator/c[description transport]");
    ck_assert_str_eq(xmpp_stanza_get_attribute(last_jingle(), "initiator"), ENGINE_OWN);
    ck_assert_int_eq(jingle_content_get_state(content_of(session, "c")), JINGLE_CONTENT_OFFERED);
}
END_TEST

START_TEST(waits_for_all_transports)
{
    jingle_session_t *session = create("s");

    s->plan[STUB_1].later = true;
    add(session, "c");
    add(session, "d");
    ck_assert_int_eq(jingle_session_start(session), JINGLE_EOK);
    ck_assert_int_eq(jingle_session_start(session), JINGLE_EINVOP);
    ck_log("created s\nt1.prepare c\nt1.prepare d\n");
    jingle_part_ready(stub_find(s, STUB_1, "d")->part);
    ck_log("");
    jingle_part_ready(stub_find(s, STUB_1, "c")->part);
    ck_log("state s pending\noutgoing s\n> set session-initiate s\n");
    ck_assert_str_eq(last_contents(),
                     "initiator/c[description transport] initiator/d[description transport]");
}
END_TEST

/* J166-03, J166-51: nothing to offer, or nothing that session-accept could accept */
START_TEST(refuses_to_offer_nothing)
{
    jingle_session_t *session = create("s");
    jingle_content_t *content;

    ck_assert_int_eq(jingle_session_start(session), JINGLE_EINVAL);
    ck_assert_int_eq(jingle_session_add_content(session,
                                                JINGLE_CONTENT(.application = STUB_APP, .name = "c",
                                                               .disposition = "early-session"),
                                                &content),
                     JINGLE_EOK);
    ck_assert_str_eq(jingle_content_get_disposition(content), "early-session");
    ck_assert_int_eq(jingle_session_start(session), JINGLE_EINVAL);
    ck_assert_str_eq(jingle_content_get_disposition(add(session, "d")), "session");
    ck_assert_int_eq(jingle_session_start(session), JINGLE_EOK);
    ck_assert_str_eq(xmpp_stanza_get_attribute(jingle_element_child(last_jingle(), "content", NULL),
                                               "disposition"),
                     "early-session");
}
END_TEST

/* XEP-0166 section 7.2.16: each once, so that ties can be judged. */
START_TEST(applications_are_named_once)
{
    jingle_session_t *session = create("s");

    add(session, "c");
    ck_assert_int_eq(jingle_session_add_content(
                         session, JINGLE_CONTENT(.application = STUB_APP2, .name = "b"), NULL),
                     JINGLE_EOK);
    add(session, "d");
    ck_assert_str_eq(jingle_session_get_application(session, 0), STUB_APP);
    ck_assert_str_eq(jingle_session_get_application(session, 1), STUB_APP2);
    ck_assert_ptr_null(jingle_session_get_application(session, 2));
}
END_TEST

/* Who has no name for them gets one for each, which nobody else has taken. */
START_TEST(names_are_made_up)
{
    jingle_session_t *session = create("s");
    jingle_content_t *content = NULL;
    const char *names[4] = {NULL};

    for (size_t i = 0; i < 4; i++) {
        ck_assert_int_eq(
            jingle_session_add_content(session, JINGLE_CONTENT(.application = STUB_APP), &content),
            JINGLE_EOK);
        names[i] = jingle_content_get_name(content);
        ck_assert_uint_gt(strlen(names[i]), 0);
        ck_assert_uint_eq(strspn(names[i], "abcdefghijklmnopqrstuvwxyz0123456789-"),
                          strlen(names[i]));
        for (size_t j = 0; j < i; j++)
            ck_assert_str_ne(names[i], names[j]);
    }
}
END_TEST

START_TEST(contents_are_checked)
{
    jingle_session_t *session = create("s");
    jingle_content_t *content = add(session, "c");

#define ADD(...) jingle_session_add_content(session, JINGLE_CONTENT(__VA_ARGS__), &content)
    ck_assert_int_eq(ADD(.application = "urn:none", .name = "x"), JINGLE_ENOENT);
    ck_assert_int_eq(ADD(.application = STUB_APP, .name = "x", .transport = "urn:none"),
                     JINGLE_ENOENT);
    ck_assert_int_eq(ADD(.application = STUB_APP, .name = "x", .security = "urn:none"),
                     JINGLE_ENOENT);
    ck_assert_int_eq(ADD(.application = STUB_APP, .name = "c"), JINGLE_EEXIST);
    ck_assert_int_eq(ADD(.application = STUB_APP, .name = ""), JINGLE_EINVAL);
    ck_assert_int_eq(ADD(.name = "x"), JINGLE_EINVAL);
    ck_assert_int_eq(ADD(.application = STUB_APP, .name = "x", .senders = JINGLE_SENDERS_INVALID),
                     JINGLE_EINVAL);
    ck_assert_int_eq(jingle_session_add_content(session, NULL, NULL), JINGLE_EINVAL);
    ck_assert_ptr_null(content);
    ck_assert_str_eq(names_of(session), "c");
    ck_assert_int_eq(ADD(.application = STUB_APP), JINGLE_EOK);
    ck_assert_str_ne(jingle_content_get_name(content), "c");
    ck_assert(jingle_content_is_ours(content));
    ck_assert_int_eq(jingle_content_get_creator(content), JINGLE_CREATOR_INITIATOR);
    ck_assert_ptr_eq(jingle_session_find_content(session, JINGLE_CREATOR_INITIATOR, "c"),
                     content_of(session, "c"));
    ck_assert_ptr_null(jingle_session_find_content(session, JINGLE_CREATOR_RESPONDER, "c"));
    ck_assert_int_eq(jingle_session_end(session, NULL), JINGLE_EOK);
    ck_assert_int_eq(ADD(.application = STUB_APP), JINGLE_EINVOP);
}
END_TEST

START_TEST(other_sessions_have_no_contents)
{
    jingle_session_t *session = NULL;

    jingle_session_new(e->jingle, ENGINE_PEER, NULL, &session);
    ck_assert(!jingle_session_is_managed(session));
    ck_assert(!jingle_session_is_managed(NULL));
    ck_assert_ptr_null(jingle_session_next_content(session, NULL));
    ck_assert_int_eq(
        jingle_session_add_content(session, JINGLE_CONTENT(.application = STUB_APP), NULL),
        JINGLE_EINVOP);
    ck_assert(jingle_session_is_managed(create("m")));
}
END_TEST

START_TEST(contents_are_limited)
{
    jingle_session_t *session = create("s");
    jingle_limits_t limits;

    jingle_limits_init(&limits);
    limits.contents = (uint32_t)_i; /* 0: as many as you like */
    jingle_set_limits(e->jingle, &limits);
    for (int i = 0; i < (_i ? _i : 5); i++)
        add(session, NULL);
    ck_assert_int_eq(
        jingle_session_add_content(session, JINGLE_CONTENT(.application = STUB_APP), NULL),
        _i ? JINGLE_ELIMIT : JINGLE_EOK);
}
END_TEST

/* ---- which transport ---- */

/* J166-01: an application for streams is not given a transport for datagrams, however good */
START_TEST(transports_are_chosen_by_flow_and_rank)
{
    jingle_session_t *session = create("s");

    ck_assert_str_eq(jingle_get_transport(e->jingle, 0), STUB_DG);
    ck_assert_str_eq(jingle_get_transport(e->jingle, 1), STUB_T1);
    ck_assert_str_eq(jingle_get_transport(e->jingle, 2), STUB_T2);
    ck_assert_str_eq(jingle_get_transport(e->jingle, 3), STUB_T3);
    ck_assert_ptr_null(jingle_get_transport(e->jingle, 4));
    ck_assert_uint_eq(jingle_get_transport_flows(e->jingle, STUB_DG), JINGLE_FLOW_DATAGRAM);
    ck_assert_uint_eq(jingle_get_transport_flows(e->jingle, STUB_T2), JINGLE_FLOW_STREAM);
    ck_assert_uint_eq(jingle_get_transport_flows(e->jingle, "urn:none"), 0);
    ck_assert_str_eq(jingle_content_get_transport(add(session, "c")), STUB_T1);
    ck_assert_uint_eq(jingle_content_get_flows(content_of(session, "c")), JINGLE_FLOW_STREAM);
    ck_assert_uint_eq(jingle_content_get_components(content_of(session, "c")), 1);
    ck_assert_int_eq(
        jingle_session_add_content(
            session, JINGLE_CONTENT(.application = STUB_APP, .transport = STUB_DG), NULL),
        JINGLE_ENOENT);
}
END_TEST

static bool not_t1(jingle_session_t *session, const char *ns, void *userdata)
{
    ck_assert_ptr_nonnull(session);
    ck_assert_ptr_eq(userdata, s);
    return strcmp(ns, STUB_T1) != 0;
}

START_TEST(transports_are_filtered)
{
    ck_assert_int_eq(jingle_set_transport_filter(e->jingle, not_t1, s), JINGLE_EOK);
    ck_assert_str_eq(jingle_content_get_transport(add(create("s"), "c")), STUB_T2);
}
END_TEST

START_TEST(transports_that_cannot_be_made_are_passed_over)
{
    s->plan[STUB_1].result[STUB_CREATE] = JINGLE_EIO;
    ck_assert_str_eq(jingle_content_get_transport(add(create("s"), "c")), STUB_T2);
    /* but where memory lacks, others would do no better */
    s->plan[STUB_1].result[STUB_CREATE] = JINGLE_EMEM;
    ck_assert_int_eq(
        jingle_session_add_content(create("t"), JINGLE_CONTENT(.application = STUB_APP), NULL),
        JINGLE_EMEM);
}
END_TEST

START_TEST(the_next_is_taken_before_the_offer)
{
    jingle_session_t *session = create("s");

    s->plan[STUB_1].fails = true;
    s->plan[STUB_2].result[STUB_PREPARE] = JINGLE_EIO;
    add(session, "c");
    jingle_session_start(session);
    ck_log("created s\nt1.prepare c\nt1.stop c\nt1.free c\nt2.prepare c\nt2.stop c\nt2.free "
           "c\nt3.prepare c\n"
           "state s pending\noutgoing s\n> set session-initiate s\n");
}
END_TEST

START_TEST(without_transports_there_is_no_offer)
{
    jingle_session_t *session = create("s");

    s->plan[STUB_1].fails = true;
    ck_assert_int_eq(jingle_session_add_content(
                         session,
                         JINGLE_CONTENT(.application = STUB_APP, .name = "c", .transport = STUB_T1),
                         NULL),
                     JINGLE_EOK);
    jingle_session_start(session);
    ck_log("created s\nt1.prepare c\nt1.stop c\nt1.free c\na.closed c failed-transport\na.free c\n"
           "state s ended\nterminated s failed-transport\n");
}
END_TEST

START_TEST(a_content_without_transport_is_left_out_of_the_offer)
{
    jingle_session_t *session = create("s");

    s->plan[STUB_2].fails = true;
    jingle_session_add_content(
        session, JINGLE_CONTENT(.application = STUB_APP, .name = "c", .transport = STUB_T2), NULL);
    add(session, "d");
    jingle_session_start(session);
    ck_assert_str_eq(names_of(session), "d");
    ck_assert_str_eq(last_contents(), "initiator/d[description transport]");
}
END_TEST

START_TEST(preparing_has_a_deadline)
{
    jingle_transport_timeouts_t timeouts;
    jingle_session_t *session = create("s");

    jingle_transport_timeouts_init(&timeouts);
    timeouts.prepare = 500;
    ck_assert_int_eq(jingle_set_transport_timeouts(e->jingle, &timeouts), JINGLE_EOK);
    ck_assert_int_eq(jingle_set_transport_timeouts(e->jingle, &(jingle_transport_timeouts_t){0}),
                     JINGLE_EINVAL);
    s->plan[STUB_1].later = true;
    add(session, "c");
    jingle_session_start(session);
    engine_log(e);
    engine_wait(e, 499);
    ck_log("");
    engine_wait(e, 1);
    ck_log("t1.stop c\nt1.free c\nt2.prepare c\nstate s pending\noutgoing s\n> set "
           "session-initiate s\n");
}
END_TEST

START_TEST(ended_while_preparing_nothing_is_sent)
{
    jingle_session_t *session = create("s");

    s->plan[STUB_1].later = true;
    add(session, "c");
    jingle_session_start(session);
    engine_log(e);
    jingle_session_cancel(session);
    ck_log("state s ended\nt1.stop c\na.closed c cancel\nt1.free c\na.free c\n"
           "terminated s cancel\n");
}
END_TEST

START_TEST(contents_may_go_before_the_offer)
{
    jingle_session_t *session = create("s");
    jingle_content_t *content = add(session, "c");

    add(session, "d");
    engine_log(e);
    ck_assert_int_eq(jingle_content_modify(content, JINGLE_SENDERS_NONE), JINGLE_EOK);
    ck_assert_int_eq(jingle_content_get_senders(content), JINGLE_SENDERS_NONE);
    ck_assert_int_eq(jingle_content_remove(content, NULL), JINGLE_EOK);
    ck_log("t1.stop c\na.closed c cancel\nt1.free c\na.free c\n");
    jingle_session_start(session);
    ck_assert_str_eq(last_contents(), "initiator/d[description transport]");
}
END_TEST

/* ---- the answer to the offer ---- */

START_TEST(a_refused_offer_is_over)
{
    jingle_session_t *session = create("s");

    add(session, "c");
    jingle_session_start(session);
    engine_log(e);
    engine_refuse(e, "service-unavailable", NULL);
    ck_log("error s session-initiate service-unavailable\nstate s ended\nt1.stop c\n"
           "a.closed c general-error\nt1.free c\na.free c\nterminated s general-error\n");
}
END_TEST

START_TEST(nothing_can_be_sent)
{
    jingle_session_t *session = create("s");

    add(session, "c");
    e->send_result = JINGLE_ESEND;
    ck_assert_int_eq(jingle_session_start(session), JINGLE_EOK);
    ck_assert(jingle_session_is_ended(e->session));
    ck_assert_uint_eq(s->live, 0);
    /* nothing waits for anything any more */
    ck_assert_uint_eq(engine_wait(e, 1000), JINGLE_NEVER);
}
END_TEST

/* ---- content-add ---- */

/* J166-39: content-add names only the new content. J166-60: creator is who made it */
START_TEST(adds_later)
{
    jingle_session_t *session = active_out("s", "c", NULL);

    add(session, "d");
    ck_log("t1.prepare d\n> set content-add s\n");
    ck_assert_str_eq(last_contents(), "initiator/d[description transport]");
    ck_assert_str_eq(names_of(session), "c d");
    engine_ack(e);
    engine_action(e, "1", "content-accept", "s", STUB_CONTENT("d"));
    ck_log("a.apply d\nt1.apply d\n> result 1\na.accepted d\nt1.start d\na.open d\n");
}
END_TEST

START_TEST(the_responder_adds)
{
    jingle_session_t *session = active_in("s", STUB_CONTENT("c"));

    add(session, "c");
    ck_log("t1.prepare c\n> set content-add s\n");
    /* J166-61: the same name under the other creator is another content */
    ck_assert_str_eq(last_contents(), "responder/c[description transport]");
    ck_assert_str_eq(names_of(session), "c c");
    ck_assert_ptr_ne(jingle_session_find_content(session, JINGLE_CREATOR_RESPONDER, "c"),
                     jingle_session_find_content(session, JINGLE_CREATOR_INITIATOR, "c"));
}
END_TEST

START_TEST(a_refused_addition_is_over)
{
    jingle_session_t *session = active_out("s", "c", NULL);

    add(session, "d");
    engine_log(e);
    engine_refuse(e, "resource-constraint", NULL);
    ck_log("t1.stop d\na.closed d general-error\nt1.free d\na.free d\n"
           "error s content-add resource-constraint\n");
    ck_assert_str_eq(names_of(session), "c");
    ck_assert(jingle_session_is_active(session));
}
END_TEST

static void add_two(stub_t *stub, stub_part_t *part, stub_point_t point)
{
    stub->hook = NULL;
    ck_assert_int_eq(point, STUB_INFO);
    add(jingle_part_get_session(part->part), "d");
    add(jingle_part_get_session(part->part), "f");
}

START_TEST(additions_of_one_turn_go_together)
{
    jingle_session_t *session = active_out("s", "c", NULL);

    s->hook = add_two;
    engine_action(e, "1", "session-info", "s", "<x xmlns='" STUB_INFO_NS "'/>");
    ck_log("a.info c\n> result 1\nt1.prepare d\nt1.prepare f\n> set content-add s\n");
    ck_assert_str_eq(last_contents(),
                     "initiator/d[description transport] initiator/f[description transport]");
    ck_assert_str_eq(names_of(session), "c d f");
}
END_TEST

START_TEST(an_addition_falls_back_by_itself)
{
    jingle_session_t *session = active_out("s", "c", NULL);

    s->plan[STUB_1].fails = true;
    add(session, "d");
    ck_log("t1.prepare d\nt1.stop d\nt1.free d\nt2.prepare d\n> set content-add s\n");
    s->plan[STUB_2].fails = true;
    s->plan[STUB_3].fails = true;
    add(session, "f");
    ck_log("t1.prepare f\nt1.stop f\nt1.free f\nt2.prepare f\nt2.stop f\nt2.free f\nt3.prepare "
           "f\nt3.stop f\n"
           "t3.free f\na.closed f failed-transport\na.free f\n");
    ck_assert_str_eq(names_of(session), "c d");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("managed/offer");
    TCase *offer = add_case(suite, "offer"), *transport = add_case(suite, "transport");
    TCase *content_add = add_case(suite, "content-add");

    tcase_add_test(offer, offers_when_transports_are_ready);
    tcase_add_test(offer, waits_for_all_transports);
    tcase_add_test(offer, refuses_to_offer_nothing);
    tcase_add_test(offer, contents_are_checked);
    tcase_add_test(offer, names_are_made_up);
    tcase_add_test(offer, applications_are_named_once);
    tcase_add_test(offer, other_sessions_have_no_contents);
    tcase_add_loop_test(offer, contents_are_limited, 0, 3);
    tcase_add_test(offer, ended_while_preparing_nothing_is_sent);
    tcase_add_test(offer, contents_may_go_before_the_offer);
    tcase_add_test(offer, a_refused_offer_is_over);
    tcase_add_test(offer, nothing_can_be_sent);
    tcase_add_test(transport, transports_are_chosen_by_flow_and_rank);
    tcase_add_test(transport, transports_are_filtered);
    tcase_add_test(transport, transports_that_cannot_be_made_are_passed_over);
    tcase_add_test(transport, the_next_is_taken_before_the_offer);
    tcase_add_test(transport, without_transports_there_is_no_offer);
    tcase_add_test(transport, a_content_without_transport_is_left_out_of_the_offer);
    tcase_add_test(transport, preparing_has_a_deadline);
    tcase_add_test(content_add, adds_later);
    tcase_add_test(content_add, the_responder_adds);
    tcase_add_test(content_add, a_refused_addition_is_over);
    tcase_add_test(content_add, additions_of_one_turn_go_together);
    tcase_add_test(content_add, an_addition_falls_back_by_itself);
    return run_suite(suite);
}
