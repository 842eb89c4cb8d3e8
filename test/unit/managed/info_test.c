/* SPDX-License-Identifier: MIT */
/** @file
 *  What both sides tell about contents: news of ours, infos of the peer's. */
#include "fixture.h"

#define INFO(name, inside) "<content creator='initiator' name='" name "'>" inside "</content>"
#define TRANSPORT(more) "<transport xmlns='" STUB_T1 "'" more "/>"
#define DESCRIPTION(more) "<description xmlns='" STUB_APP "'" more "/>"

/* ---- news ---- */

/* J166-22: each is an IQ-set */
START_TEST(news_of_all_contents_go_together)
{
    active_out("s", "c", "d");
    s->hook = NULL;
    stub_find(s, STUB_1, "d")->has_news = true;
    stub_find(s, STUB_1, "c")->has_news = true;
    jingle_part_news(stub_find(s, STUB_1, "c")->part);
    ck_log("> set transport-info s\n");
    ck_assert_str_eq(last_contents(), "initiator/c[transport]");
    ck_assert_str_eq(xmpp_stanza_get_type(engine_last_request(e)), "set");
    /* one unanswered at a time; meanwhile they gather */
    jingle_part_news(stub_find(s, STUB_1, "d")->part);
    stub_news(stub_find(s, STUB_1, "c"));
    stub_news(stub_find(s, STUB_1, "c"));
    ck_log("");
    engine_ack(e);
    ck_log("> set transport-info s\n");
    ck_assert_str_eq(last_contents(), "initiator/c[transport] initiator/d[transport]");
    engine_refuse(e, "bad-request", NULL);
    ck_log("error s transport-info bad-request\n");
    ck_assert(jingle_session_is_active(e->session));
}
END_TEST

START_TEST(each_kind_has_its_stanza)
{
    jingle_session_t *session = create("s");

    jingle_session_add_content(
        session, JINGLE_CONTENT(.application = STUB_APP, .name = "c", .security = STUB_SEC), NULL);
    jingle_session_start(session);
    engine_log(e);
    /* XEP-0176 lets candidates go before the ack */
    stub_news(stub_find(s, STUB_A, "c"));
    ck_log("> set description-info s\n");
    ck_assert_str_eq(last_contents(), "initiator/c[description]");
    /* none waits for the answer to another kind */
    stub_news(stub_find(s, STUB_1, "c"));
    ck_log("> set transport-info s\n");
    ck_assert_str_eq(last_contents(), "initiator/c[transport]");
    stub_news(stub_find(s, STUB_S, "c"));
    ck_log("> set security-info s\n");
    ck_assert_str_eq(last_contents(), "initiator/c[security]");
}
END_TEST

/* J166-23: with a payload of the application */
START_TEST(applications_tell_until_they_have_told_all)
{
    active_out("s", "c", NULL);
    stub_find(s, STUB_A, "c")->tells = 2;
    jingle_part_news(stub_find(s, STUB_A, "c")->part);
    ck_log("> set session-info s\n");
    ck_assert_ptr_nonnull(jingle_element_child(last_jingle(), "told", STUB_INFO_NS));
    engine_ack(e);
    ck_log("> set session-info s\n");
    engine_ack(e);
    ck_log("");
}
END_TEST

/* What a server has lost is not answered for a minute: that of a transport keeps no application from saying
 * its last words, which the other side does not wait for that long. */
START_TEST(applications_do_not_wait_for_transports)
{
    active_out("s", "c", NULL);
    s->hook = NULL;
    stub_news(stub_find(s, STUB_1, "c"));
    ck_log("> set transport-info s\n");
    stub_find(s, STUB_A, "c")->tells = 2;
    jingle_part_news(stub_find(s, STUB_A, "c")->part);
    ck_log("> set session-info s\n");
    /* its own do gather behind it, and the transport's behind the transport's */
    stub_news(stub_find(s, STUB_1, "c"));
    jingle_part_news(stub_find(s, STUB_A, "c")->part);
    ck_log("");
    engine_ack(e);
    ck_log("> set session-info s\n");
}
END_TEST

/* Nor for a change of their own that nobody has answered. */
START_TEST(applications_do_not_wait_for_descriptions)
{
    stub_part_t *application;

    active_out("s", "c", NULL);
    s->hook = NULL;
    application = stub_find(s, STUB_A, "c");
    stub_news(application);
    ck_log("> set description-info s\n");
    application->tells = 1;
    stub_news(application);
    ck_log("> set session-info s\n");
}
END_TEST

/* What became of each, in order: a result, an error, nothing in time. */
START_TEST(applications_learn_what_became_of_it)
{
    stub_part_t *application;

    active_out("s", "c", NULL);
    application = stub_find(s, STUB_A, "c");
    application->tells = 3;
    jingle_part_news(application->part);
    ck_assert_uint_eq(application->answers, 0);
    engine_ack(e);
    engine_refuse(e, "service-unavailable", NULL);
    engine_wait(e, 60000);
    ck_assert_uint_eq(application->answers, 123);
}
END_TEST

/* It is said again after a while, if it came back, was not answered, or could not be sent; and the session does
 * not end meanwhile. */
START_TEST(applications_say_it_again)
{
    jingle_session_t *session = active_out("s", "c", NULL);
    stub_part_t *application = stub_find(s, STUB_A, "c");

    s->plan[STUB_A].patience = 2000;
    application->tells = 1;
    if (_i == 2)
        e->send_result = JINGLE_ESEND;
    jingle_part_news(application->part);
    jingle_content_done(content_of(session, "c"), true);
    if (_i == 0)
        engine_refuse(e, "service-unavailable", NULL);
    if (_i == 1)
        engine_wait(e, 60000);
    e->send_result = JINGLE_EOK;
    ck_assert_uint_eq(application->answers, _i == 0 ? 2 : _i == 1 ? 3 : 9);
    application->tells = 1;
    engine_log(e);
    engine_wait(e, 1999);
    ck_log("");
    s->plan[STUB_A].patience = 0;
    engine_wait(e, 1);
    ck_log("> set session-info s\n");
    engine_ack(e);
    ck_assert_uint_eq(jingle_count_sessions(e->jingle), 0);
}
END_TEST

/* A session that waits to say it again and is ended says no more. */
START_TEST(ended_before_it_is_said_again)
{
    jingle_session_t *session = active_out("s", "c", NULL);
    stub_part_t *application = stub_find(s, STUB_A, "c");

    s->plan[STUB_A].patience = 2000;
    application->tells = 2;
    jingle_part_news(application->part);
    engine_refuse(e, "service-unavailable", NULL);
    jingle_session_end(session, NULL);
    engine_log(e);
    engine_wait(e, 5000);
    ck_log("");
}
END_TEST

START_TEST(no_news_are_no_news)
{
    active_out("s", "c", NULL);
    jingle_part_news(stub_find(s, STUB_1, "c")->part);
    jingle_part_news(stub_find(s, STUB_A, "c")->part);
    ck_log("");
}
END_TEST

/* J166-88: what is gathered before the peer knows of the transport goes with its description */
START_TEST(news_wait_until_they_may_be_told)
{
    jingle_session_t *session = create("s");

    add(session, "c");
    stub_news(stub_find(s, STUB_1, "c"));
    ck_log("created s\n");
    jingle_session_start(session);
    ck_log("t1.prepare c\nstate s pending\noutgoing s\n> set session-initiate s\n> set "
           "transport-info s\n");
}
END_TEST

START_TEST(the_responder_tells_nothing_of_transports_before_its_accept)
{
    jingle_session_t *session = pending_in("s", STUB_CONTENT("c"));

    s->plan[STUB_1].waits = true;
    stub_news(stub_find(s, STUB_1, "c"));
    ck_log("");
    stub_find(s, STUB_A, "c")->tells = 1;
    jingle_part_news(stub_find(s, STUB_A, "c")->part);
    ck_log("> set session-info s\n"); /* ringing, say */
    engine_ack(e);
    jingle_session_accept(session);
    ck_log("t1.prepare c\nstate s active\n> set session-accept s\na.accepted c\nt1.start c\n> set "
           "transport-info s\n"
           "connection s connecting\n");
}
END_TEST

START_TEST(last_words_are_said_before_a_transport_stops)
{
    stub_part_t *transport;

    s->plan[STUB_1].waits = true;
    active_out("s", "c", NULL);
    transport = stub_find(s, STUB_1, "c");
    stub_news(transport);
    stub_news(transport);
    jingle_part_fail(transport->part, JINGLE_REASON_CONNECTIVITY_ERROR, NULL);
    ck_log("> set transport-info s\n");
    engine_ack(e);
    ck_log("> set transport-info s\nt1.stop c\nt2.prepare c\n> set transport-replace s\n");
}
END_TEST

START_TEST(news_that_cannot_be_sent_are_dropped)
{
    active_out("s", "c", NULL);
    stub_news(stub_find(s, STUB_1, "c"));
    engine_ack(e);
    engine_log(e);
    ck_assert_str_eq(text_str(&e->messages), "");
    e->send_result = JINGLE_ESEND;
    stub_news(stub_find(s, STUB_1, "c"));
    ck_log("");
    ck_assert_ptr_nonnull(strstr(text_str(&e->messages), "news of a content could not be sent"));
    ck_assert(jingle_session_is_active(e->session));
    e->send_result = JINGLE_EOK;
    stub_news(stub_find(s, STUB_1, "c"));
    ck_log("> set transport-info s\n");
}
END_TEST

/* ---- the peer's ---- */

/* J166-21: at any time after initiation, from both */
START_TEST(infos_are_taken_over)
{
    pending_in("s", STUB_CONTENT("c") STUB_CONTENT("d"));
    engine_action(e, "1", "transport-info", "s", INFO("c", TRANSPORT("")) INFO("d", TRANSPORT("")));
    ck_log("t1.apply c\nt1.apply d\n> result 1\n");
    engine_action(e, "2", "description-info", "s", INFO("d", DESCRIPTION("")));
    ck_log("a.apply d\n> result 2\n");
    jingle_session_accept(e->session);
    engine_log(e);
    engine_action(e, "3", "transport-info", "s", INFO("c", TRANSPORT("")));
    ck_log("t1.apply c\n> result 3\n");
}
END_TEST

/* J166-24: what is not understood; the session lives */
START_TEST(infos_that_are_not_understood)
{
    active_out("s", "c", NULL);
    engine_action(e, "1", "transport-info", "s", INFO("c", "<transport xmlns='urn:none'/>"));
    ck_log("> error 1 modify feature-not-implemented/unsupported-info\n");
    engine_action(e, "2", "description-info", "s", INFO("c", "<description xmlns='urn:none'/>"));
    ck_log("> error 2 modify feature-not-implemented/unsupported-info\n");
    engine_action(e, "3", "security-info", "s", INFO("c", "<security xmlns='" STUB_SEC "'/>"));
    ck_log("> error 3 modify feature-not-implemented/unsupported-info\n");
    engine_action(e, "4", "transport-info", "s",
                  INFO("c", TRANSPORT(" verdict='unusable' text='why'")));
    ck_log("> error 4 modify feature-not-implemented/unsupported-info\n");
    ck_assert(jingle_session_is_active(e->session));
}
END_TEST

START_TEST(infos_are_all_or_nothing)
{
    static const char *const bad[] = {"",
                                      INFO("c", ""),
                                      INFO("x", TRANSPORT("")),
                                      INFO("c", TRANSPORT(" verdict='malformed'")),
                                      INFO("c", TRANSPORT(""))
                                          INFO("d", TRANSPORT(" verdict='malformed'")),
                                      INFO("c", TRANSPORT("")) INFO("d", "")};

    active_out("s", "c", "d");
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        engine_action(e, "1", "transport-info", "s", bad[i]);
        ck_log("> error 1 cancel bad-request\n");
    }
    engine_action(e, "2", "description-info", "s", INFO("c", TRANSPORT("")));
    ck_log("> error 2 cancel bad-request\n");
    s->plan[STUB_1].result[STUB_APPLY] = JINGLE_EMEM;
    engine_action(e, "3", "transport-info", "s", INFO("c", TRANSPORT("")));
    ck_log("t1.apply c\n> error 3 wait resource-constraint\n");
}
END_TEST

START_TEST(a_security_hears_of_its_infos)
{
    jingle_session_t *session = create("s");

    jingle_session_add_content(
        session, JINGLE_CONTENT(.application = STUB_APP, .name = "c", .security = STUB_SEC), NULL);
    jingle_session_start(session);
    engine_ack(e);
    engine_log(e);
    engine_action(e, "1", "security-info", "s", INFO("c", "<security xmlns='" STUB_SEC "'/>"));
    ck_log("s.apply c\n> result 1\n");
    engine_action(e, "2", "transport-info", "s", INFO("c", TRANSPORT(" fingerprint='ab'")));
    ck_log("t1.apply c\ns.fingerprint c\n> result 2\n");
    engine_action(e, "3", "transport-info", "s", INFO("c", TRANSPORT(" fingerprint='bad'")));
    ck_log("> error 3 modify feature-not-implemented/unsupported-info\n");
}
END_TEST

START_TEST(late_infos_of_a_replaced_transport_are_ignored)
{
    s->plan[STUB_1].breaks = true;
    active_out("s", "c", NULL);
    engine_action(e, "1", "transport-info", "s", INFO("c", TRANSPORT("")));
    ck_log("> result 1\n");
    engine_action(e, "2", "transport-info", "s", INFO("c", "<transport xmlns='" STUB_T2 "'/>"));
    ck_log("t2.apply c\n> result 2\n");
    engine_action(e, "3", "transport-accept", "s", INFO("c", "<transport xmlns='" STUB_T2 "'/>"));
    engine_log(e);
    engine_action(e, "4", "transport-info", "s", INFO("c", TRANSPORT("")));
    ck_log("> result 4\n");
    engine_action(e, "5", "transport-info", "s", INFO("c", "<transport xmlns='" STUB_T3 "'/>"));
    ck_log("> error 5 modify feature-not-implemented/unsupported-info\n");
}
END_TEST

START_TEST(the_proposed_of_two_alike_is_asked_first)
{
    jingle_session_t *session = active_out("s", "c", NULL);

    s->plan[STUB_A].resumable = true;
    jingle_content_replace_transport(content_of(session, "c"), STUB_T1);
    engine_log(e);
    engine_action(e, "1", "transport-info", "s", INFO("c", TRANSPORT("")));
    ck_log("t1.apply c\n> result 1\n");
}
END_TEST

/* ---- session-info ---- */

#define PAYLOAD(attrs) "<x xmlns='" STUB_INFO_NS "'" attrs "/>"

/* J166-25: an empty one is a ping */
START_TEST(session_infos_are_routed_by_namespace)
{
    active_out("s", "c", "d");
    engine_action(e, "1", "session-info", "s", "");
    ck_log("> result 1\n");
    engine_action(e, "2", "session-info", "s", "<x xmlns='urn:none'/>");
    ck_log("> error 2 modify feature-not-implemented/unsupported-info\n");
    engine_action(e, "3", "session-info", "s", PAYLOAD(""));
    ck_log("a.info c\n> result 3\n");
    engine_action(e, "4", "session-info", "s", PAYLOAD(" creator='initiator' name='d'"));
    ck_log("a.info d\n> result 4\n");
    engine_action(e, "5", "session-info", "s", PAYLOAD(" name='d'"));
    ck_log("a.info d\n> result 5\n");
    engine_action(e, "6", "session-info", "s", PAYLOAD(" name='whatever'"));
    ck_log("a.info c\n> result 6\n");
    engine_action(e, "7", "session-info", "s", PAYLOAD(" creator='initiator' name='x'"));
    ck_log("> error 7 cancel bad-request\n");
    engine_action(e, "8", "session-info", "s", "<x xmlns='urn:none'/>" PAYLOAD(""));
    ck_log("a.info c\n> result 8\n");
}
END_TEST

/* However many there are, the first that is understood counts. */
START_TEST(session_infos_with_many_payloads)
{
    text_t text = {0};

    active_out("s", "c", NULL);
    for (int n = 1; n <= 20; n++) {
        text_puts(&text, "<x xmlns='urn:none'/>");
        engine_action(e, "1", "session-info", "s", text_str(&text));
        ck_log("> error 1 modify feature-not-implemented/unsupported-info\n");
    }
    text_puts(&text, PAYLOAD(""));
    engine_action(e, "2", "session-info", "s", text_str(&text));
    ck_log("a.info c\n> result 2\n");
    text_clear(&text);
}
END_TEST

/* The application registered its own namespace, and has no function for infos. */
START_TEST(session_infos_of_the_deaf_are_not_understood)
{
    pending_in("s", STUB_CONTENT_OF("c", STUB_APP2, STUB_T1, ""));
    engine_action(e, "1", "session-info", "s", "<x xmlns='" STUB_APP2 "'/>");
    ck_log("> error 1 modify feature-not-implemented/unsupported-info\n");
}
END_TEST

/* J166-74: what came in clear and must not */
START_TEST(an_application_may_demand_protection)
{
    active_out("s", "c", NULL);
    s->plan[STUB_A].result[STUB_INFO] = 1;
    engine_action(e, "1", "session-info", "s", PAYLOAD(""));
    ck_log("a.info c\n> error 1 cancel not-acceptable/security-required\n");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("managed/info");
    TCase *news = add_case(suite, "news"), *info = add_case(suite, "info");
    TCase *session_info = add_case(suite, "session-info");

    tcase_add_test(news, news_of_all_contents_go_together);
    tcase_add_test(news, each_kind_has_its_stanza);
    tcase_add_test(news, applications_tell_until_they_have_told_all);
    tcase_add_test(news, applications_do_not_wait_for_transports);
    tcase_add_test(news, applications_do_not_wait_for_descriptions);
    tcase_add_test(news, applications_learn_what_became_of_it);
    tcase_add_loop_test(news, applications_say_it_again, 0, 3);
    tcase_add_test(news, ended_before_it_is_said_again);
    tcase_add_test(news, no_news_are_no_news);
    tcase_add_test(news, news_wait_until_they_may_be_told);
    tcase_add_test(news, the_responder_tells_nothing_of_transports_before_its_accept);
    tcase_add_test(news, last_words_are_said_before_a_transport_stops);
    tcase_add_test(news, news_that_cannot_be_sent_are_dropped);
    tcase_add_test(info, infos_are_taken_over);
    tcase_add_test(info, infos_that_are_not_understood);
    tcase_add_test(info, infos_are_all_or_nothing);
    tcase_add_test(info, a_security_hears_of_its_infos);
    tcase_add_test(info, late_infos_of_a_replaced_transport_are_ignored);
    tcase_add_test(info, the_proposed_of_two_alike_is_asked_first);
    tcase_add_test(session_info, session_infos_are_routed_by_namespace);
    tcase_add_test(session_info, session_infos_with_many_payloads);
    tcase_add_test(session_info, session_infos_of_the_deaf_are_not_understood);
    tcase_add_test(session_info, an_application_may_demand_protection);
    return run_suite(suite);
}
