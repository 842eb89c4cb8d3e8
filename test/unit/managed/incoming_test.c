/* SPDX-License-Identifier: MIT */
/** @file
 *  What the peer offers, and our answer: session-initiate, session-accept, content-add, -accept,
 *  -reject. */
#include "fixture.h"

static void offer(const char *contents)
{
    engine_action(e, "1", "session-initiate", "s", contents);
}

/* ---- offers ---- */

/* J166-04, J166-11, J166-12, J166-88: acknowledged; nothing more leaves, nothing is prepared,
 * before the program accepts */
START_TEST(acknowledged_then_asked)
{
    offer(STUB_CONTENT("c"));
    ck_log(
        "created s\na.apply c\nt1.apply c\nstate s pending\n> result 1\nincoming s\na.offered c\n");
    engine_wait(e, 3600 * 1000);
    ck_log("");
    ck_assert_str_eq(names_of(e->session), "c");
    ck_assert_int_eq(jingle_content_get_state(content_of(e->session, "c")), JINGLE_CONTENT_OFFERED);
    ck_assert(!jingle_content_is_ours(content_of(e->session, "c")));
}
END_TEST

/* J166-32: responder is on session-accept */
START_TEST(accepted_by_the_program)
{
    jingle_session_t *session = pending_in("s", STUB_CONTENT("c"));

    ck_assert_int_eq(jingle_session_accept(session), JINGLE_EOK);
    ck_assert_int_eq(jingle_session_accept(session), JINGLE_EINVOP);
    ck_log(
        "t1.prepare c\nstate s active\n> set session-accept s\na.accepted c\nt1.start c\na.open c\n"
        "connection s connected\n");
    ck_assert_str_eq(last_contents(), "initiator/c[description transport]");
    ck_assert_str_eq(xmpp_stanza_get_attribute(last_jingle(), "responder"), ENGINE_OWN);
    ck_assert_int_eq(jingle_content_get_state(content_of(session, "c")), JINGLE_CONTENT_ACCEPTED);
    ck_assert_int_eq(jingle_content_accept(content_of(session, "c")), JINGLE_EINVOP);
    ck_assert_int_eq(jingle_content_reject(content_of(session, "c"), NULL), JINGLE_EINVOP);
}
END_TEST

static void accept_at_once(engine_t *engine, const jingle_event_t *event)
{
    (void)engine;
    if (event->type == JINGLE_EVENT_INCOMING)
        ck_assert_int_eq(jingle_session_accept(event->session), JINGLE_EOK);
}

START_TEST(accepted_inside_the_event_nobody_else_is_asked)
{
    e->on_event = accept_at_once;
    offer(STUB_CONTENT("c"));
    ck_log(
        "created s\na.apply c\nt1.apply c\nstate s pending\n> result 1\nincoming s\nt1.prepare c\n"
        "state s active\n> set session-accept s\na.accepted c\nt1.start c\na.open c\nconnection s "
        "connected\n");
}
END_TEST

START_TEST(accepted_by_the_application)
{
    s->plan[STUB_A].accepts = true;
    offer(STUB_CONTENT("c"));
    ck_log("created s\na.apply c\nt1.apply c\nstate s pending\n> result 1\nincoming s\na.offered "
           "c\nt1.prepare c\n"
           "state s active\n> set session-accept s\na.accepted c\nt1.start c\na.open c\nconnection "
           "s connected\n");
}
END_TEST

START_TEST(accepted_when_all_are_decided_and_ready)
{
    jingle_session_t *session = pending_in("s", STUB_CONTENT("c") STUB_CONTENT("d"));

    s->plan[STUB_1].later = true;
    ck_assert_int_eq(jingle_content_accept(content_of(session, "d")), JINGLE_EOK);
    ck_log("t1.prepare d\n");
    jingle_part_ready(stub_find(s, STUB_1, "d")->part);
    ck_log("");
    ck_assert_int_eq(jingle_content_accept(content_of(session, "c")), JINGLE_EOK);
    ck_log("t1.prepare c\n");
    s->plan[STUB_1].waits = true;
    jingle_part_ready(stub_find(s, STUB_1, "c")->part);
    ck_log("state s active\n> set session-accept s\na.accepted c\na.accepted d\nt1.start "
           "c\nt1.start d\n"
           "connection s connecting\n");
    ck_assert_str_eq(last_contents(),
                     "initiator/c[description transport] initiator/d[description transport]");
}
END_TEST

START_TEST(the_rejected_is_told_after_the_accept)
{
    jingle_session_t *session = pending_in("s", STUB_CONTENT("c") STUB_CONTENT("d"));

    ck_assert_int_eq(jingle_content_reject(content_of(session, "c"), NULL), JINGLE_EOK);
    ck_assert_int_eq(jingle_content_accept(content_of(session, "c")), JINGLE_EINVOP);
    ck_log("");
    jingle_session_accept(session);
    ck_log("t1.prepare d\nstate s active\n> set session-accept s\n"
           "> set content-reject s decline\nt1.stop c\na.closed c decline\nt1.free c\n"
           "a.free c\na.accepted d\nt1.start d\na.open d\nconnection s connected\n");
    ck_assert_str_eq(last_contents(), "initiator/c[]");
    ck_assert_str_eq(names_of(session), "d");
}
END_TEST

/* The peer does not know yet that it was rejected, and proposes another transport for it. */
START_TEST(the_rejected_takes_no_other_transport)
{
    jingle_session_t *session = pending_in("s", STUB_CONTENT("c") STUB_CONTENT("d"));

    jingle_content_reject(content_of(session, "c"), NULL);
    engine_action(e, "2", "transport-replace", "s",
                  "<content creator='initiator' name='c'><transport xmlns='" STUB_T2
                  "'/></content>");
    ck_log("> result 2\n> set transport-reject s failed-application\n");
    jingle_session_accept(session);
    ck_assert_ptr_nonnull(strstr(engine_log(e), "> set content-reject s decline\n"));
}
END_TEST

/* J166-05, J166-15: all rejected: acknowledged first, then terminated, with the reason */
START_TEST(all_rejected_is_the_end)
{
    jingle_session_t *session = pending_in("s", STUB_CONTENT("c") STUB_CONTENT("d"));
    jingle_reason_t reason = {.condition = JINGLE_REASON_BUSY};

    jingle_content_reject(content_of(session, "c"), NULL);
    ck_log("");
    jingle_content_reject(content_of(session, "d"), &reason);
    ck_log("state s ended\n> set session-terminate s busy\nt1.stop c\na.closed c busy\n"
           "t1.free c\na.free c\nt1.stop d\na.closed d busy\nt1.free d\na.free d\n"
           "terminated s busy\n");
}
END_TEST

/* Whichever allocation fails: what was accepted is not waited for without a deadline. */
START_TEST(accepted_without_memory_is_not_waited_for)
{
    jingle_session_t *session = jingle_session_clone(pending_in("s", STUB_CONTENT("c")));
    int err;

    s->plan[STUB_1].later = true;
    e->mem.fail_at = (size_t)_i + 1;
    err = jingle_session_accept(session);
    e->mem.fail_at = 0;
    engine_wait(e, 3600 * 1000);
    ck_assert(err == JINGLE_EMEM || jingle_session_is_ended(session));
    jingle_session_release(session);
}
END_TEST

START_TEST(a_transport_that_cannot_be_prepared_is_a_rejection)
{
    jingle_session_t *session = pending_in("s", STUB_CONTENT("c"));

    s->plan[STUB_1].fails = true;
    jingle_session_accept(session);
    ck_log("t1.prepare c\nstate s ended\n> set session-terminate s failed-transport\n"
           "t1.stop c\na.closed c failed-transport\nt1.free c\na.free c\n"
           "terminated s failed-transport\n");
}
END_TEST

START_TEST(a_refused_accept_is_the_end)
{
    jingle_session_t *session = pending_in("s", STUB_CONTENT("c"));

    s->plan[STUB_1].waits = true;
    jingle_session_accept(session);
    engine_log(e);
    engine_refuse(e, "bad-request", NULL);
    ck_log("state s ended\n> set session-terminate s general-error\nt1.stop c\n"
           "a.closed c general-error\nt1.free c\na.free c\n"
           "terminated s general-error \"the other side did not take our acceptance\"\n");
}
END_TEST

/* ---- what cannot be used ---- */

/* J166-10: malformed by a plug-in's judgement: bad-request, no session */
START_TEST(one_malformed_is_a_bad_request)
{
    offer(STUB_CONTENT("c") "<content creator='initiator' name='d'><description xmlns='" STUB_APP
                            "' verdict='malformed'/><transport xmlns='" STUB_T1 "'/></content>");
    ck_assert_ptr_null(jingle_find_session(e->jingle, NULL, ENGINE_PEER, "s"));
    ck_assert_ptr_nonnull(strstr(engine_log(e), "> error 1 cancel bad-request\n"));
    ck_assert_uint_eq(s->live, 0);
}
END_TEST

static void offer_unusable(const char *content, const char *expected)
{
    char line[128], id[32];

    /* The same request again would be no new offer. */
    snprintf(id, sizeof(id), "unusable-%zu", e->n_sent);
    engine_action(e, id, "session-initiate", "s", content);
    snprintf(line, sizeof(line), "> result %s\n> set session-terminate s %s\n", id, expected);
    ck_assert_msg(strstr(engine_log(e), line) != NULL, "%s", engine_log(e));
    ck_assert(jingle_session_is_ended(e->session));
    ck_assert_uint_eq(s->live, 0);
}

START_TEST(none_usable_is_told_by_the_most_specific_reason)
{
    offer_unusable(STUB_CONTENT_OF("c", STUB_APP, "urn:none", ""), "unsupported-transports");
    /* J166-01 */
    offer_unusable(STUB_CONTENT_OF("c", STUB_APP, STUB_DG, ""), "unsupported-transports");
    /* J166-73: an unknown precondition is not dropped silently */
    offer_unusable(STUB_CONTENT_OF("c", STUB_APP, STUB_T1, "<security xmlns='urn:none'/>"),
                   "security-error");
    offer_unusable(STUB_CONTENT_OF("c", STUB_APP, STUB_T1,
                                   "<security xmlns='" STUB_SEC "' verdict='unusable'/>"),
                   "security-error");
    /* XEP-0166 section 9: a security may find in the transport what it cannot use */
    offer_unusable(STUB_CONTENT_OF("c", STUB_APP, STUB_T1 "' fingerprint='bad",
                                   "<security xmlns='" STUB_SEC "'/>"),
                   "security-error");
    offer_unusable(STUB_CONTENT_OF("c", STUB_APP,
                                   STUB_T1 "' verdict='unusable' reason='connectivity-error", ""),
                   "connectivity-error");
    offer_unusable(STUB_CONTENT_OF("c", STUB_APP "' verdict='unusable", STUB_T1, ""),
                   "incompatible-parameters");
    offer_unusable(STUB_CONTENT_OF("c", STUB_APP, "urn:none", "")
                       STUB_CONTENT_OF("d", "urn:none", STUB_T1, ""),
                   "incompatible-parameters");
    offer_unusable(STUB_CONTENT_OF("c", STUB_APP, "urn:none", "")
                       STUB_CONTENT_OF("d", STUB_APP, STUB_DG, ""),
                   "unsupported-transports");
}
END_TEST

/* No application of an offer is ours: it is not the managed type's. */
START_TEST(offers_of_others_stay_theirs)
{
    offer(STUB_CONTENT_OF("c", "urn:none", STUB_T1, ""));
    ck_assert(!jingle_session_is_managed(e->session));
    ck_log("created s\nstate s pending\n> result 1\nincoming s\n");
}
END_TEST

START_TEST(unusable_contents_are_rejected_after_the_accept)
{
    jingle_session_t *session =
        pending_in("s", STUB_CONTENT_OF("c", "urn:none", STUB_T1, "") STUB_CONTENT("d"));

    ck_assert_str_eq(names_of(session), "c d");
    ck_assert_ptr_null(jingle_content_get_application(content_of(session, "c")));
    ck_assert_int_eq(jingle_content_accept(content_of(session, "c")), JINGLE_EINVOP);
    jingle_session_accept(session);
    ck_log("t1.prepare d\nstate s active\n> set session-accept s\n> set content-reject s "
           "unsupported-applications\n"
           "a.accepted d\nt1.start d\na.open d\nconnection s connected\n");
}
END_TEST

/* Each part takes over what is offered for it; when one cannot, there is no session. */
START_TEST(each_part_takes_the_offer_over)
{
    static const stub_plugin_id_t ids[] = {STUB_PLUGINS, STUB_A, STUB_S, STUB_1};
    static const char *const logs[] = {
        "a.apply c\ns.apply c\nt1.apply c\nstate s pending\n> result 1\n", "a.apply c\ns.free c\n",
        "a.apply c\ns.apply c\ns.free c\n", "a.apply c\ns.apply c\nt1.apply c\ns.free c\n"};
    const char *log;

    if (_i)
        s->plan[ids[_i]].result[STUB_APPLY] = JINGLE_EMEM;
    engine_action(e, "1", "session-initiate", "s",
                  STUB_CONTENT_OF("c", STUB_APP, STUB_T1, "<security xmlns='" STUB_SEC "'/>"));
    log = engine_log(e);
    ck_assert_msg(strstr(log, logs[_i]), "%s", log);
    ck_assert_uint_eq(jingle_count_sessions(e->jingle), _i ? 0 : 1);
}
END_TEST

START_TEST(plugins_that_cannot_be_made_are_not_usable)
{
    s->plan[STUB_A].result[STUB_CREATE] = JINGLE_EIO;
    offer_unusable(STUB_CONTENT("c"), "failed-application");
    s->plan[STUB_A].result[STUB_CREATE] = JINGLE_EMEM;
    offer(STUB_CONTENT("c"));
    ck_assert_ptr_nonnull(strstr(engine_log(e), "> error 1 wait resource-constraint\n"));
    s->plan[STUB_A].result[STUB_CREATE] = JINGLE_EOK;
    s->plan[STUB_1].result[STUB_APPLY] = JINGLE_EMEM;
    engine_action(e, "2", "session-initiate", "s", STUB_CONTENT("c"));
    ck_assert_ptr_nonnull(strstr(engine_log(e), "> error 2 wait resource-constraint\n"));
}
END_TEST

/* ---- alternatives ---- */

/* J166-64: contents of one name are alternatives; the best usable one is taken, and named */
START_TEST(the_best_alternative_is_taken)
{
    jingle_session_t *session = pending_in(
        "s", STUB_CONTENT_OF("c", STUB_APP, STUB_T3, "") STUB_CONTENT_OF("c", STUB_APP, STUB_T2, "")
                 STUB_CONTENT_OF("c", STUB_APP, "urn:none", "")
                     STUB_CONTENT_OF("c", "urn:none", STUB_T1, ""));

    ck_assert_str_eq(names_of(session), "c");
    ck_assert_str_eq(jingle_content_get_transport(content_of(session, "c")), STUB_T2);
    jingle_session_accept(session);
    ck_assert_str_eq(last_contents(), "initiator/c[description transport]");
    ck_assert_ptr_nonnull(
        jingle_element_child(jingle_element_child(last_jingle(), "content", NULL), NULL, STUB_T2));
}
END_TEST

START_TEST(one_malformed_alternative_spoils_all)
{
    offer(STUB_CONTENT("c") STUB_CONTENT_OF("c", STUB_APP, STUB_T2 "' verdict='malformed", ""));
    ck_assert_ptr_nonnull(strstr(engine_log(e), "> error 1 cancel bad-request\n"));
    ck_assert_uint_eq(s->live, 0);
}
END_TEST

START_TEST(alternatives_may_all_be_unusable)
{
    offer_unusable(STUB_CONTENT_OF("c", STUB_APP, "urn:none", "")
                       STUB_CONTENT_OF("c", STUB_APP, "urn:other", ""),
                   "unsupported-transports");
}
END_TEST

/* ---- dispositions ---- */

#define EARLY(name)                                                                                \
    "<content creator='initiator' name='" name                                                     \
    "' disposition='early-session'><description xmlns='" STUB_APP "'/><transport xmlns='" STUB_T1  \
    "'/></content>"

/* J166-49: session-accept is for contents of disposition session */
START_TEST(other_dispositions_are_answered_apart)
{
    jingle_session_t *session = pending_in("s", STUB_CONTENT("c") EARLY("d"));

    jingle_session_accept(session);
    ck_assert_str_eq(last_contents(), "initiator/c[description transport]");
    ck_assert_int_eq(jingle_content_get_state(content_of(session, "d")), JINGLE_CONTENT_OFFERED);
    engine_log(e);
    ck_assert_int_eq(jingle_content_accept(content_of(session, "d")), JINGLE_EOK);
    ck_log("t1.prepare d\n> set content-accept s\na.accepted d\nt1.start d\na.open d\n");
    ck_assert_str_eq(last_contents(), "initiator/d[description transport]");
}
END_TEST

START_TEST(other_dispositions_may_be_answered_before)
{
    jingle_session_t *session = pending_in("s", STUB_CONTENT("c") EARLY("d") EARLY("f"));

    ck_assert_int_eq(jingle_content_accept(content_of(session, "d")), JINGLE_EOK);
    ck_assert_int_eq(jingle_content_reject(content_of(session, "f"), NULL), JINGLE_EOK);
    ck_log("t1.prepare d\n> set content-accept s\na.accepted d\nt1.start d\na.open d\n"
           "connection s connected\n> set content-reject s decline\nt1.stop f\n"
           "a.closed f decline\nt1.free f\na.free f\n");
    ck_assert(jingle_session_is_pending(session));
}
END_TEST

/* The peer takes the session to be pending for good: what was agreed apart does not keep it. */
START_TEST(a_refused_accept_is_the_end_of_others_too)
{
    jingle_session_t *session = pending_in("s", STUB_CONTENT("c") EARLY("d"));

    s->plan[STUB_1].waits = true;
    jingle_content_accept(content_of(session, "d"));
    engine_ack(e);
    jingle_session_accept(session);
    engine_log(e);
    engine_refuse(e, "bad-request", NULL);
    ck_log("state s ended\n> set session-terminate s general-error\nt1.stop c\n"
           "a.closed c general-error\nt1.free c\na.free c\nt1.stop d\n"
           "a.closed d general-error\nt1.free d\na.free d\n"
           "terminated s general-error \"the other side did not take our acceptance\"\n");
}
END_TEST

/* One that is not agreed yet goes as well: the two sides have different transports for it. */
START_TEST(a_refused_transport_accept_is_a_rejection)
{
    jingle_session_t *session = pending_in("s", STUB_CONTENT("c") STUB_CONTENT("d"));

    jingle_content_accept(content_of(session, "c"));
    engine_action(e, "1", "transport-replace", "s",
                  "<content creator='initiator' name='c'><transport xmlns='" STUB_T2
                  "'/></content>");
    engine_log(e);
    engine_refuse(e, "bad-request", NULL);
    ck_assert_int_eq(jingle_content_accept(content_of(session, "c")), JINGLE_EINVOP);
    engine_log(e);
    jingle_content_accept(content_of(session, "d"));
    ck_log("t1.prepare d\nstate s active\n> set session-accept s\n"
           "> set content-reject s general-error\nt2.stop c\na.closed c general-error\n"
           "t2.free c\na.free c\na.accepted d\nt1.start d\na.open d\n"
           "connection s connected\n");
}
END_TEST

START_TEST(early_contents_alone_cannot_be_accepted)
{
    offer_unusable(STUB_CONTENT_OF("c", STUB_APP, "urn:none", "") EARLY("d"),
                   "unsupported-transports");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("managed/incoming");
    TCase *accept = add_case(suite, "accept"), *unusable = add_case(suite, "unusable");
    TCase *more = add_case(suite, "more");

    tcase_add_test(accept, acknowledged_then_asked);
    tcase_add_test(accept, accepted_by_the_program);
    tcase_add_test(accept, accepted_inside_the_event_nobody_else_is_asked);
    tcase_add_test(accept, accepted_by_the_application);
    tcase_add_test(accept, accepted_when_all_are_decided_and_ready);
    tcase_add_test(accept, the_rejected_is_told_after_the_accept);
    tcase_add_test(accept, the_rejected_takes_no_other_transport);
    tcase_add_test(accept, all_rejected_is_the_end);
    tcase_add_loop_test(accept, accepted_without_memory_is_not_waited_for, 0, 12);
    tcase_add_test(accept, a_transport_that_cannot_be_prepared_is_a_rejection);
    tcase_add_test(accept, a_refused_accept_is_the_end);
    tcase_add_test(accept, a_refused_accept_is_the_end_of_others_too);
    tcase_add_test(unusable, one_malformed_is_a_bad_request);
    tcase_add_test(unusable, none_usable_is_told_by_the_most_specific_reason);
    tcase_add_test(unusable, offers_of_others_stay_theirs);
    tcase_add_test(unusable, unusable_contents_are_rejected_after_the_accept);
    tcase_add_test(unusable, plugins_that_cannot_be_made_are_not_usable);
    tcase_add_loop_test(unusable, each_part_takes_the_offer_over, 0, 4);
    tcase_add_test(more, the_best_alternative_is_taken);
    tcase_add_test(more, one_malformed_alternative_spoils_all);
    tcase_add_test(more, alternatives_may_all_be_unusable);
    tcase_add_test(more, other_dispositions_are_answered_apart);
    tcase_add_test(more, other_dispositions_may_be_answered_before);
    tcase_add_test(more, a_refused_transport_accept_is_a_rejection);
    tcase_add_test(more, early_contents_alone_cannot_be_accepted);
    return run_suite(suite);
}
