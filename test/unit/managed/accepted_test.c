/* SPDX-License-Identifier: MIT */
/** @file
 *  The peer's answers to what we offer: session-accept, content-accept, content-reject. */
#include "fixture.h"

static void session_accept(const char *contents)
{
    engine_action(e, "1", "session-accept", "s", contents);
}

#define CONTENT(attrs, inside) "<content " attrs ">" inside "</content>"
#define C "creator='initiator' name='c'"
#define DESCRIPTION "<description xmlns='" STUB_APP "'/>"
#define TRANSPORT "<transport xmlns='" STUB_T1 "'/>"

/* ---- session-accept ---- */

/* J166-13: acknowledged, active from then on, even if the transports have not opened */
START_TEST(accepted)
{
    jingle_session_t *session = pending_out("s", "c", NULL);

    s->plan[STUB_1].waits = true;
    session_accept(STUB_CONTENT("c"));
    ck_log("a.apply c\nt1.apply c\nstate s active\n> result 1\na.accepted c\nt1.start "
           "c\nconnection s connecting\n");
    ck_assert_int_eq(jingle_content_get_state(content_of(session, "c")), JINGLE_CONTENT_ACCEPTED);
    stub_open(stub_find(s, STUB_1, "c"), 1);
    ck_log("a.open c\nconnection s connected\n");
}
END_TEST

/* J166-50, states.md 1.2: no contents, or ones that were never offered: the session stays pending
 */
START_TEST(malformed_accepts_are_refused_whole)
{
    static const char *const bad[] = {
        "",
        CONTENT("creator='initiator'", DESCRIPTION TRANSPORT),
        CONTENT("creator='nobody' name='c'", DESCRIPTION TRANSPORT),
        CONTENT("creator='initiator' name='c' senders='all'", DESCRIPTION TRANSPORT),
        CONTENT("creator='initiator' name='x'", DESCRIPTION TRANSPORT),
        STUB_CONTENT("c") CONTENT("creator='initiator' name='x'", DESCRIPTION TRANSPORT),
        STUB_CONTENT("c") STUB_CONTENT("c"),
        CONTENT(C, DESCRIPTION),
        CONTENT(C, "<description xmlns='urn:none'/>" TRANSPORT),
        CONTENT(C, "<description xmlns='" STUB_APP "' verdict='malformed'/>" TRANSPORT),
        CONTENT(C, DESCRIPTION "<transport xmlns='" STUB_T1 "' verdict='malformed'/>"),
    };
    jingle_session_t *session = pending_out("s", "c", "d");

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        session_accept(bad[i]);
        ck_assert_msg(strcmp(engine_log(e), "> error 1 cancel bad-request\n") == 0, "%zu", i);
        ck_assert(jingle_session_is_pending(session));
    }
    session_accept(STUB_CONTENT("c") STUB_CONTENT("d"));
    ck_assert(jingle_session_is_active(session));
}
END_TEST

START_TEST(what_is_left_out_is_rejected)
{
    jingle_session_t *session = pending_out("s", "c", "d");

    session_accept(STUB_CONTENT("d"));
    ck_log("a.apply d\nt1.apply d\nt1.stop c\na.closed c decline\nt1.free c\na.free c\n"
           "state s active\n> result 1\na.accepted d\nt1.start d\na.open d\n"
           "connection s connected\n");
    ck_assert_str_eq(names_of(session), "d");
    /* said again, by who tells it apart */
    engine_action(e, "2", "content-reject", "s", CONTENT(C, ""));
    ck_log("> result 2\n");
}
END_TEST

/* J166-50: a missing description keeps the one offered, and is a quirk */
START_TEST(the_description_may_be_missing)
{
    pending_out("s", "c", NULL);
    session_accept(CONTENT(C, TRANSPORT));
    ck_log("t1.apply c\nstate s active\n> result 1\na.accepted c\nt1.start c\na.open c\nconnection "
           "s connected\n");
    ck_assert_uint_eq(quirks(), 1);
    ck_assert_ptr_nonnull(strstr(text_str(&e->messages), "without its description"));
}
END_TEST

START_TEST(a_wrong_creator_is_met_leniently)
{
    pending_out("s", "c", NULL);
    session_accept(CONTENT("creator='responder' name='c'", DESCRIPTION TRANSPORT));
    ck_assert(jingle_session_is_active(e->session));
    ck_assert_uint_eq(quirks(), 1);
    ck_assert_ptr_nonnull(strstr(text_str(&e->messages), "another creator"));
}
END_TEST

/* J166-49 */
START_TEST(other_dispositions_are_not_accepted_with_the_session)
{
    jingle_session_t *session = create("s");

    add(session, "c");
    jingle_session_add_content(
        session,
        JINGLE_CONTENT(.application = STUB_APP, .name = "d", .disposition = "early-session"), NULL);
    jingle_session_start(session);
    engine_ack(e);
    session_accept(STUB_CONTENT("c") STUB_CONTENT("d"));
    ck_assert_int_eq(jingle_content_get_state(content_of(session, "c")), JINGLE_CONTENT_ACCEPTED);
    ck_assert_int_eq(jingle_content_get_state(content_of(session, "d")), JINGLE_CONTENT_OFFERED);
    engine_log(e);
    engine_action(e, "2", "content-accept", "s", STUB_CONTENT("d"));
    ck_log("a.apply d\nt1.apply d\n> result 2\na.accepted d\nt1.start d\na.open d\n");
}
END_TEST

/* XEP-0166 section 7.2.8: a session without contents cannot be */
START_TEST(nothing_but_other_dispositions_is_no_acceptance)
{
    jingle_session_t *session = create("s");

    add(session, "c");
    jingle_session_add_content(
        session,
        JINGLE_CONTENT(.application = STUB_APP, .name = "d", .disposition = "early-session"), NULL);
    jingle_session_start(session);
    engine_ack(e);
    engine_log(e);
    engine_action(e, "1", "session-accept", "s", STUB_CONTENT("d"));
    ck_log("> error 1 cancel bad-request\n");
    ck_assert(jingle_session_is_pending(session));
}
END_TEST

START_TEST(parameters_may_be_unusable)
{
    pending_out("s", "c", NULL);
    session_accept(CONTENT(C, "<description xmlns='" STUB_APP "' verdict='unusable'/>" TRANSPORT));
    ck_log("state s active\n> result 1\nstate s ended\n"
           "> set session-terminate s incompatible-parameters\nt1.stop c\n"
           "a.closed c incompatible-parameters\nt1.free c\na.free c\n"
           "terminated s incompatible-parameters\n");
}
END_TEST

START_TEST(one_unusable_content_is_removed)
{
    jingle_session_t *session = pending_out("s", "c", "d");

    session_accept(CONTENT(C, "<description xmlns='" STUB_APP "' verdict='unusable'/>" TRANSPORT)
                       STUB_CONTENT("d"));
    ck_log("a.apply d\nt1.apply d\nstate s active\n> result 1\n"
           "> set content-remove s incompatible-parameters\nt1.stop c\n"
           "a.closed c incompatible-parameters\nt1.free c\na.free c\na.accepted d\n"
           "t1.start d\na.open d\nconnection s connected\n");
    ck_assert_str_eq(names_of(session), "d");
}
END_TEST

START_TEST(an_unusable_transport_is_replaced)
{
    pending_out("s", "c", NULL);
    session_accept(CONTENT(C, DESCRIPTION "<transport xmlns='" STUB_T1 "' verdict='unusable'/>"));
    ck_log("a.apply c\nstate s active\n> result 1\nt1.stop c\na.accepted c\nt2.prepare c\n> set "
           "transport-replace s\n"
           "connection s connecting\n");
    ck_assert_str_eq(last_contents(), "initiator/c[transport]");
}
END_TEST

/* In the field: an accept that names another transport than was offered. It falls back. */
START_TEST(another_transport_is_replaced)
{
    pending_out("s", "c", NULL);
    session_accept(CONTENT(C, DESCRIPTION "<transport xmlns='" STUB_T3 "'/>"));
    ck_assert(jingle_session_is_active(e->session));
    ck_assert_ptr_nonnull(strstr(engine_log(e), "> result 1\nt1.stop c\n"));
    ck_assert_ptr_nonnull(
        jingle_element_child(jingle_element_child(last_jingle(), "content", NULL), NULL, STUB_T2));
}
END_TEST

/* ... or the peer hears why it is over. */
START_TEST(another_transport_is_none)
{
    jingle_session_add_content(
        create("s"), JINGLE_CONTENT(.application = STUB_APP, .name = "c", .transport = STUB_T1),
        NULL);
    jingle_session_start(e->session);
    engine_ack(e);
    session_accept(CONTENT(C, DESCRIPTION "<transport xmlns='" STUB_T3 "'/>"));
    ck_assert_ptr_nonnull(
        strstr(engine_log(e), "terminated s unsupported-transports \"another transport was"));
}
END_TEST

START_TEST(without_memory_nothing_is_taken_over)
{
    pending_out("s", "c", NULL);
    s->plan[STUB_1].result[STUB_APPLY] = JINGLE_EMEM;
    session_accept(STUB_CONTENT("c"));
    ck_log("a.apply c\nt1.apply c\n> error 1 wait resource-constraint\n");
    ck_assert(jingle_session_is_pending(e->session));
}
END_TEST

/* ---- content-accept, content-reject ---- */

START_TEST(what_was_not_asked_is_out_of_order)
{
    active_out("s", "c", NULL);
    engine_action(e, "1", "content-accept", "s", STUB_CONTENT("c"));
    ck_log("> error 1 cancel unexpected-request/out-of-order\n");
    engine_action(e, "2", "content-reject", "s", CONTENT(C, ""));
    ck_log("> error 2 cancel unexpected-request/out-of-order\n");
    engine_action(e, "3", "content-accept", "s", "");
    ck_log("> error 3 cancel unexpected-request/out-of-order\n");
}
END_TEST

/* ... also if it names no content that there is. */
START_TEST(what_was_not_asked_of_nobody)
{
    static const char *const answers[] = {"content-accept", "content-reject", "transport-accept",
                                          "transport-reject"};

    active_out("s", "c", NULL);
    engine_action(e, "1", answers[_i], "s", STUB_CONTENT("x"));
    ck_log("> error 1 cancel unexpected-request/out-of-order\n");
}
END_TEST

START_TEST(answers_to_an_addition)
{
    jingle_session_t *session = active_out("s", "c", NULL);

    add(session, "d");
    add(session, "f");
    engine_log(e);
    engine_action(e, "1", "content-accept", "s", STUB_CONTENT("d") STUB_CONTENT("x"));
    ck_log("> error 1 cancel bad-request\n");
    engine_action(e, "2", "content-accept", "s", STUB_CONTENT("d") STUB_CONTENT("c"));
    ck_log("> error 2 cancel unexpected-request/out-of-order\n");
    engine_action(e, "3", "content-accept", "s", STUB_CONTENT("d"));
    ck_log("a.apply d\nt1.apply d\n> result 3\na.accepted d\nt1.start d\na.open d\n");
    engine_action(e, "4", "content-reject", "s", CONTENT("creator='initiator' name='f'", ""));
    ck_log("t1.stop f\na.closed f decline\nt1.free f\na.free f\n> result 4\n");
    /* once each */
    engine_action(e, "5", "content-accept", "s", STUB_CONTENT("d"));
    ck_log("> error 5 cancel unexpected-request/out-of-order\n");
    engine_action(e, "6", "content-reject", "s", CONTENT("creator='initiator' name='f'", ""));
    ck_log("> result 6\n");
    ck_assert_str_eq(names_of(session), "c d");
}
END_TEST

/* J166-45, J166-68: a content-reject with a reason that leaves nothing: we end the session */
START_TEST(a_rejection_that_leaves_nothing_is_the_end)
{
    pending_out("s", "c", "d");
    engine_action(e, "1", "content-reject", "s", CONTENT(C, "") "<reason><busy/></reason>");
    ck_log("t1.stop c\na.closed c busy\nt1.free c\na.free c\n> result 1\n");
    ck_assert_str_eq(names_of(e->session), "d");
    engine_action(
        e, "2", "content-reject", "s",
        CONTENT("creator='initiator' name='d'", "") "<reason><failed-application/></reason>");
    ck_log("t1.stop d\na.closed d failed-application\nt1.free d\na.free d\n> result 2\n"
           "state s ended\n> set session-terminate s failed-application\n"
           "terminated s failed-application\n");
}
END_TEST

START_TEST(a_content_of_the_offer_may_be_accepted_alone)
{
    jingle_session_t *session = pending_out("s", "c", "d");

    engine_action(e, "1", "content-accept", "s", STUB_CONTENT("c"));
    ck_assert_int_eq(jingle_content_get_state(content_of(session, "c")), JINGLE_CONTENT_ACCEPTED);
    ck_assert(jingle_session_is_pending(session));
    session_accept(STUB_CONTENT("d"));
    ck_assert(jingle_session_is_active(session));
    ck_assert_str_eq(names_of(session), "c d");
}
END_TEST

/* What is under way already is not answered a second time: the plug-ins see nothing of it. */
START_TEST(what_was_accepted_alone_is_not_accepted_again)
{
    jingle_session_t *session = pending_out("s", "c", _i ? "d" : NULL);

    engine_action(e, "1", "content-accept", "s", STUB_CONTENT("c"));
    engine_log(e);
    session_accept(_i ? STUB_CONTENT("c") STUB_CONTENT("d") : STUB_CONTENT("c"));
    ck_assert(jingle_session_is_active(session));
    ck_assert_str_eq(names_of(session), _i ? "c d" : "c");
    ck_assert_ptr_null(strstr(engine_log(e), "apply c"));
}
END_TEST

/* ---- security ---- */

static jingle_session_t *secured(void)
{
    jingle_session_t *session = create("s");

    ck_assert_int_eq(jingle_session_add_content(
                         session,
                         JINGLE_CONTENT(.application = STUB_APP, .name = "c", .security = STUB_SEC),
                         NULL),
                     JINGLE_EOK);
    ck_assert_int_eq(jingle_session_start(session), JINGLE_EOK);
    ck_assert_str_eq(last_contents(), "initiator/c[description transport security]");
    engine_ack(e);
    engine_log(e);
    return session;
}

START_TEST(a_precondition_is_offered_and_accepted)
{
    secured();
    session_accept(CONTENT(C, DESCRIPTION TRANSPORT "<security xmlns='" STUB_SEC "'/>"));
    ck_log("a.apply c\ns.apply c\nt1.apply c\nstate s active\n> result 1\na.accepted c\nt1.start "
           "c\ns.wrap c\n"
           "a.open c\nconnection s connected\n");
}
END_TEST

START_TEST(a_precondition_that_is_not_met_is_a_security_error)
{
    secured();
    session_accept(CONTENT(C, DESCRIPTION TRANSPORT "<security xmlns='urn:other'/>"));
    ck_assert_ptr_nonnull(strstr(engine_log(e), "> set session-terminate s security-error\n"));
    secured();
    session_accept(
        CONTENT(C, DESCRIPTION TRANSPORT "<security xmlns='" STUB_SEC "' verdict='unusable'/>"));
    ck_assert_ptr_nonnull(strstr(engine_log(e), "> set session-terminate s security-error\n"));
    secured();
    session_accept(CONTENT(C, DESCRIPTION "<transport xmlns='" STUB_T1 "' fingerprint='bad'/>"
                                          "<security xmlns='" STUB_SEC "'/>"));
    ck_assert_ptr_nonnull(strstr(engine_log(e), "> set session-terminate s security-error\n"));
    secured();
    s->plan[STUB_S].result[STUB_WRAP] = JINGLE_EIO;
    session_accept(CONTENT(C, DESCRIPTION TRANSPORT "<security xmlns='" STUB_SEC "'/>"));
    ck_assert_ptr_nonnull(strstr(
        engine_log(e), "s.wrap c\nstate s ended\n> set session-terminate s security-error\n"));
    ck_assert_uint_eq(s->live, 0);
}
END_TEST

START_TEST(a_precondition_that_was_not_offered_is_a_security_error)
{
    pending_out("s", "c", NULL);
    session_accept(CONTENT(C, DESCRIPTION TRANSPORT "<security xmlns='" STUB_SEC "'/>"));
    ck_assert_ptr_nonnull(strstr(engine_log(e), "> set session-terminate s security-error\n"));
}
END_TEST

/* XEP-0320 keeps the fingerprint in the transport, and has no element of its own. */
START_TEST(a_security_may_live_in_the_transport)
{
    jingle_session_t *session = create("s");

    s->plan[STUB_S].in_transport = true;
    jingle_session_add_content(
        session, JINGLE_CONTENT(.application = STUB_APP, .name = "c", .security = STUB_SEC), NULL);
    jingle_session_start(session);
    ck_assert_str_eq(last_contents(), "initiator/c[description transport]");
    ck_assert_str_eq(xmpp_stanza_get_attribute(
                         jingle_element_child(jingle_element_child(last_jingle(), "content", NULL),
                                              "transport", NULL),
                         "fingerprint"),
                     "ab");
    engine_ack(e);
    engine_log(e);
    session_accept(CONTENT(C, DESCRIPTION "<transport xmlns='" STUB_T1 "' fingerprint='cd'/>"));
    ck_log("a.apply c\nt1.apply c\ns.fingerprint c\nstate s active\n> result 1\na.accepted "
           "c\nt1.start c\ns.wrap c\n"
           "a.open c\nconnection s connected\n");
}
END_TEST

#define UNUSABLE(name, ns, text) "<" name " xmlns='" ns "' verdict='unusable' text='" text "'/>"

/* All are asked, the first says why; one that is malformed counts more. */
START_TEST(the_first_that_cannot_be_used_says_why)
{
    secured();
    session_accept(CONTENT(C, UNUSABLE("description", STUB_APP, "no such chess")
                                  UNUSABLE("transport", STUB_T1, "no way")
                                      UNUSABLE("security", STUB_SEC, "no key")));
    ck_assert_ptr_nonnull(
        strstr(engine_log(e), "terminated s incompatible-parameters \"no such chess\"\n"));
    secured();
    session_accept(CONTENT(C, DESCRIPTION UNUSABLE("transport", STUB_T1, "no way")
                                  UNUSABLE("security", STUB_SEC, "no key")));
    ck_assert_ptr_nonnull(strstr(engine_log(e), "terminated s security-error \"no key\"\n"));
    secured();
    session_accept(CONTENT(C, UNUSABLE("description", STUB_APP, "no such chess") TRANSPORT
                           "<security xmlns='" STUB_SEC "' verdict='malformed'/>"));
    ck_log("> error 1 cancel bad-request\n");
    session_accept(CONTENT(
        C, UNUSABLE("description", STUB_APP, "no such chess") "<transport xmlns='" STUB_T1
                                                              "' verdict='malformed'/>"
                                                              "<security xmlns='" STUB_SEC "'/>"));
    ck_log("> error 1 cancel bad-request\n");
    ck_assert(jingle_session_is_pending(e->session));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("managed/accepted");
    TCase *accept = add_case(suite, "session-accept"), *content = add_case(suite, "content");
    TCase *security = add_case(suite, "security");

    tcase_add_test(accept, accepted);
    tcase_add_test(accept, malformed_accepts_are_refused_whole);
    tcase_add_test(accept, what_is_left_out_is_rejected);
    tcase_add_test(accept, the_description_may_be_missing);
    tcase_add_test(accept, a_wrong_creator_is_met_leniently);
    tcase_add_test(accept, other_dispositions_are_not_accepted_with_the_session);
    tcase_add_test(accept, nothing_but_other_dispositions_is_no_acceptance);
    tcase_add_test(accept, parameters_may_be_unusable);
    tcase_add_test(accept, one_unusable_content_is_removed);
    tcase_add_test(accept, an_unusable_transport_is_replaced);
    tcase_add_test(accept, another_transport_is_replaced);
    tcase_add_test(accept, another_transport_is_none);
    tcase_add_test(accept, without_memory_nothing_is_taken_over);
    tcase_add_test(content, what_was_not_asked_is_out_of_order);
    tcase_add_loop_test(content, what_was_not_asked_of_nobody, 0, 4);
    tcase_add_test(content, answers_to_an_addition);
    tcase_add_test(content, a_rejection_that_leaves_nothing_is_the_end);
    tcase_add_test(content, a_content_of_the_offer_may_be_accepted_alone);
    tcase_add_loop_test(content, what_was_accepted_alone_is_not_accepted_again, 0, 2);
    tcase_add_test(security, a_precondition_is_offered_and_accepted);
    tcase_add_test(security, a_precondition_that_is_not_met_is_a_security_error);
    tcase_add_test(security, a_precondition_that_was_not_offered_is_a_security_error);
    tcase_add_test(security, a_security_may_live_in_the_transport);
    tcase_add_test(security, the_first_that_cannot_be_used_says_why);
    return run_suite(suite);
}
