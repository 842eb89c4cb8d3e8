/* SPDX-License-Identifier: MIT */
/** @file
 *  What is restored of a managed session: all that was saved, so that it says the same again, and what
 *  waited to be told is told. */
#include "save_fixture.h"

#define OF(name, ns)                                                                               \
    "<content creator='initiator' name='" name "'><transport xmlns='" ns "'/></content>"

/* ---- the same again ---- */

/** Saved, restored and saved again, octet by octet. */
static jingle_session_t *same_again(jingle_session_t *session)
{
    saved_t again = {0};

    session = saved_and_restored(session);
    ck_assert_int_eq(saved_take(&again, session), JINGLE_EOK);
    ck_assert_uint_eq(again.len, saved.len);
    for (size_t i = 0; i < saved.len; i++)
        ck_assert_msg(again.data[i] == saved.data[i], "octet %zu: %u was %u", i, again.data[i],
                      saved.data[i]);
    saved_clear(&again);
    return session;
}

START_TEST(our_offer)
{
    jingle_session_t *session = create("s");

    add(session, "c");
    ck_assert_int_eq(jingle_session_add_content(
                         session,
                         JINGLE_CONTENT(.application = STUB_APP, .security = STUB_SEC, .name = "d",
                                        .senders = JINGLE_SENDERS_INITIATOR,
                                        .disposition = "early-session", .transport = STUB_T2),
                         NULL),
                     JINGLE_EOK);
    session = same_again(session);
    jingle_session_start(session);
    session = same_again(session);
    ck_assert_str_eq(names_of(session), "c d");
    ck_assert_int_eq(jingle_content_get_senders(content_of(session, "d")),
                     JINGLE_SENDERS_INITIATOR);
    ck_assert_str_eq(jingle_content_get_disposition(content_of(session, "d")), "early-session");
    ck_assert_str_eq(jingle_content_get_transport(content_of(session, "d")), STUB_T2);
    ck_assert(jingle_content_is_ours(content_of(session, "d")));
}
END_TEST

/* One of the contents could not be used: it is rejected after the accept, as without a crash. */
START_TEST(their_offer)
{
    jingle_session_t *session = same_again(
        pending_in("s", STUB_CONTENT_OF("c", "urn:none", STUB_T1, "") STUB_CONTENT("d")));

    ck_assert(!jingle_content_is_ours(content_of(session, "d")));
    engine_log(e);
    jingle_session_accept(session);
    ck_log("t1.prepare d\nstate s active\n> set session-accept s\n> set content-reject s "
           "unsupported-applications\n"
           "a.accepted d\nt1.start d\na.open d\nconnection s connected\n");
}
END_TEST

START_TEST(additions_modifications_replacements)
{
    jingle_session_t *session = active_out("s", "c", "d");

    s->plan[STUB_A].resumable = true;
    jingle_content_remove(content_of(session, "d"), NULL);
    engine_ack(e);
    add(session, "f");
    engine_ack(e);
    jingle_content_replace_transport(content_of(session, "c"), STUB_T2);
    engine_ack(e);
    jingle_content_modify(content_of(session, "c"), JINGLE_SENDERS_RESPONDER);
    note_id();
    jingle_content_modify(content_of(session, "c"), JINGLE_SENDERS_INITIATOR);
    session = same_again(session);
    engine_log(e);
    answer("result", "");
    ck_log("> set content-modify s\n");
    ck_assert_int_eq(jingle_content_get_senders(content_of(session, "c")),
                     JINGLE_SENDERS_RESPONDER);
    ck_assert_str_eq(
        xmpp_stanza_get_attribute(jingle_element_child(last_jingle(), "content", NULL), "senders"),
        "initiator");
}
END_TEST

/* The content that finished last said that it is on us to end the session. */
START_TEST(who_ends_the_session)
{
    jingle_session_t *session = active_out("s", "c", "d");

    jingle_content_done(content_of(session, "d"), _i != 0);
    session = same_again(session);
    engine_log(e);
    jingle_content_remove(content_of(session, "c"), NULL);
    ck_assert_int_eq(strstr(engine_log(e), "> set session-terminate s success\n") != NULL, _i);
}
END_TEST

static void fail_and_save(stub_t *stub, stub_part_t *part, stub_point_t point)
{
    if (point != STUB_INFO)
        return;
    jingle_part_fail(stub_find(stub, STUB_1, part->content)->part, JINGLE_REASON_CONNECTIVITY_ERROR,
                     "no way through");
    ck_assert_int_eq(saved_take(&saved, jingle_part_get_session(part->part)), JINGLE_EOK);
}

/* Saved before anything came of it. */
START_TEST(a_failure)
{
    s->plan[STUB_1].waits = true;
    active_out("s", "c", NULL);
    s->hook = fail_and_save;
    engine_action(e, "1", "session-info", "s", "<x xmlns='" STUB_INFO_NS "'/>");
    crash();
    s->plan[STUB_1].waits = true;
    ck_assert_int_eq(restore(NULL), JINGLE_EOK);
    ck_log("a.restore c\nt1.restore c\ncreated s\nt1.resume c\nt1.stop c\nt2.prepare c\n"
           "> set transport-replace s\n");
}
END_TEST

/* It goes on finishing, until it says that it has, or is out of time. */
START_TEST(a_transport_that_finishes)
{
    jingle_session_t *session;

    s->plan[STUB_1].holds = true;
    session = active_out("s", "c", NULL);
    jingle_content_done(content_of(session, "c"), true);
    ck_assert_int_eq(saved_take(&saved, session), JINGLE_EOK);
    crash();
    s->plan[STUB_1].holds = true;
    ck_assert_int_eq(restore(NULL), JINGLE_EOK);
    engine_wait(e, 29999);
    ck_log("a.restore c\nt1.restore c\ncreated s\nt1.resume c\n");
    if (_i)
        jingle_part_done(stub_find(s, STUB_1, "c")->part);
    else
        engine_wait(e, 1);
    ck_log("t1.stop c\nstate s ended\n> set session-terminate s success\n"
           "a.closed c success\nt1.free c\na.free c\nterminated s success\n");
}
END_TEST

/* ---- what waits to be told ---- */

static void remember_news(stub_t *stub, stub_part_t *part, stub_point_t point)
{
    (void)stub;
    if (point == STUB_RESUME)
        part->has_news = true;
}

START_TEST(news_of_a_transport)
{
    active_out("s", "c", NULL);
    stub_news(stub_find(s, STUB_1, "c"));
    note_id();
    stub_news(stub_find(s, STUB_1, "c")); /* while the first are not acknowledged */
    ck_assert_int_eq(saved_take(&saved, e->session), JINGLE_EOK);
    crash();
    s->hook = remember_news;
    ck_assert_int_eq(restore(NULL), JINGLE_EOK);
    ck_log("a.restore c\nt1.restore c\ncreated s\nt1.resume c\na.open c\n"
           "> set transport-info s\n");
    answer("result", "");
    ck_log("");
}
END_TEST

START_TEST(what_an_application_tells)
{
    active_out("s", "c", NULL);
    stub_find(s, STUB_A, "c")->tells = 2;
    jingle_part_news(stub_find(s, STUB_A, "c")->part);
    note_id();
    saved_and_restored(e->session);
    ck_log("a.restore c\nt1.restore c\ncreated s\nt1.resume c\na.open c\n> set session-info s\n");
    answer("result", "");
    ck_log("");
}
END_TEST

static void say_again(stub_t *stub, stub_part_t *part, stub_point_t point)
{
    (void)stub;
    if (point == STUB_RESUME)
        stub_news(part);
}

/* What was told may never have left: it does not keep what is said now from leaving. Of what is said
 * now the next one waits for the answer, whatever becomes of what was said before. */
START_TEST(news_that_may_not_have_left)
{
    jingle_session_t *session = active_out("s", "c", NULL);

    stub_news(stub_find(s, STUB_1, "c"));
    ck_log("> set transport-info s\n");
    note_id();
    ck_assert_int_eq(saved_take(&saved, session), JINGLE_EOK);
    crash();
    s->hook = say_again;
    ck_assert_int_eq(restore(&session), JINGLE_EOK);
    ck_log("a.restore c\nt1.restore c\ncreated s\nt1.resume c\na.open c\n"
           "> set transport-info s\n");
    answer("result", "");
    stub_news(stub_find(s, STUB_1, "c"));
    ck_log("");
    engine_ack(e);
    ck_log("> set transport-info s\n");
    ck_assert_uint_eq(jingle_session_count_requests(session), 1);
}
END_TEST

/* Nothing of a transport that the peer has not heard of (XEP-0166 section 6.8). */
START_TEST(news_of_a_transport_that_nobody_knows)
{
    jingle_session_t *session = saved_and_restored(pending_in("s", STUB_CONTENT("c")));

    engine_log(e);
    stub_news(stub_find(s, STUB_1, "c"));
    ck_log("");
    jingle_session_accept(session);
    ck_assert_ptr_nonnull(strstr(engine_log(e), "> set session-accept s\n"));
}
END_TEST

/* What was tried is not tried again, and a content that has fallen back fails as one. */
START_TEST(the_chain_of_transports)
{
    jingle_session_t *session;

    s->plan[STUB_1].breaks = true;
    session = active_out("s", "c", NULL);
    engine_ack(e);
    engine_action(e, "1", "transport-reject", "s", OF("c", STUB_T2));
    note_id();
    session = same_again(session);
    engine_log(e);
    engine_action(e, "2", "transport-reject", "s", OF("c", STUB_T3));
    ck_log("t3.stop c\nt3.free c\n> result 2\nstate s ended\n> set session-terminate s "
           "failed-transport\na.closed c failed-transport\nt1.free c\na.free c\n"
           "terminated s failed-transport \"no way through\"\n");
}
END_TEST

/* ---- what cannot be ---- */

/* Refused for nothing but a tie: offered once more, and once only, whatever comes between. */
START_TEST(a_tie)
{
    jingle_session_t *session;

    s->plan[STUB_1].waits = true;
    session = active_out("s", "c", NULL);
    jingle_part_fail(stub_find(s, STUB_1, "c")->part, JINGLE_REASON_CONNECTIVITY_ERROR, NULL);
    for (int i = 0; i < 2; i++) {
        engine_ack(e);
        engine_action(e, "1", "transport-replace", "s", OF("c", STUB_T3));
        session = same_again(session);
        engine_log(e);
        engine_action(e, "2", "transport-reject", "s", OF("c", STUB_T2));
        ck_log(i == 0
                   ? "t2.stop c\nt2.free c\n> result 2\nt2.prepare c\n> set transport-replace s\n"
                   : "t2.stop c\nt2.free c\n> result 2\nt3.prepare c\n> set transport-replace s\n");
    }
}
END_TEST

START_TEST(plug_ins_that_keep_nothing)
{
    jingle_session_t *session = pending_in("s", STUB_CONTENT_OF("c", STUB_APP2, STUB_T1, ""));

    ck_assert_int_eq(saved_take(&saved, session), JINGLE_ENOENT);
}
END_TEST

START_TEST(plug_ins_that_fail)
{
    jingle_session_t *session = pending_in("s", STUB_CONTENT("c"));

    s->plan[STUB_1].result[STUB_SAVE] = JINGLE_EIO;
    ck_assert_int_eq(saved_take(&saved, session), JINGLE_EIO);
    s->plan[STUB_1].result[STUB_SAVE] = JINGLE_EOK;
    ck_assert_int_eq(saved_take(&saved, session), JINGLE_EOK);
    crash();
    s->plan[STUB_1].result[STUB_RESTORE] = JINGLE_EIO;
    ck_assert_int_eq(restore(NULL), JINGLE_EIO);
    ck_log("a.restore c\nt1.restore c\nt1.free c\na.free c\n");
    s->plan[STUB_1].result[STUB_RESTORE] = JINGLE_EOK;
    jingle_unregister_plugin(e->jingle, STUB_T1);
    ck_assert_int_eq(restore(NULL), JINGLE_ENOENT);
    ck_assert_uint_eq(jingle_count_sessions(e->jingle), 0);
}
END_TEST

START_TEST(all_parts_go_when_one_cannot_be_restored)
{
    ck_assert_int_eq(
        saved_take(&saved, active_in("s", STUB_CONTENT_OF("c", STUB_APP, STUB_T1,
                                                          "<security xmlns='" STUB_SEC "'/>"))),
        JINGLE_EOK);
    crash();
    s->plan[STUB_1].result[STUB_RESTORE] = JINGLE_EIO;
    ck_assert_int_eq(restore(NULL), JINGLE_EIO);
    ck_log("a.restore c\ns.restore c\nt1.restore c\nt1.free c\ns.free c\na.free c\n");
    ck_assert_uint_eq(s->live, 0);
}
END_TEST

START_TEST(limits_hold)
{
    jingle_limits_t limits;

    ck_assert_int_eq(saved_take(&saved, pending_in("s", STUB_CONTENT("c") STUB_CONTENT("d"))),
                     JINGLE_EOK);
    crash();
    jingle_limits_init(&limits);
    limits.contents = 1;
    jingle_set_limits(e->jingle, &limits);
    ck_assert_int_eq(restore(NULL), JINGLE_ELIMIT);
}
END_TEST

START_TEST(a_long_name)
{
    static char name[JINGLE_NAME_MAX + 1], content[sizeof name + 400];
    jingle_session_t *session;

    memset(name, 'c', sizeof name - 1);
    snprintf(content, sizeof content,
             "<content creator='initiator' name='%s'><description xmlns='" STUB_APP
             "'/><transport xmlns='" STUB_T1 "'/></content>",
             name);
    session = saved_and_restored(pending_in("s", content));
    ck_assert_str_eq(jingle_content_get_name(
                         jingle_session_find_content(session, JINGLE_CREATOR_INITIATOR, name)),
                     name);
}
END_TEST

/* What could not be sent and was to be said again is asked for again. */
START_TEST(what_is_to_be_said_again)
{
    jingle_session_t *session = active_out("s", "c", NULL);
    stub_part_t *application = stub_find(s, STUB_A, "c");

    application->tells = 1;
    s->plan[STUB_A].patience = 2000;
    e->send_result = JINGLE_ESEND;
    jingle_part_news(application->part);
    ck_assert_uint_eq(application->answers, 9);
    application->tells = 1;
    saved_and_restored(session);
    ck_assert_ptr_nonnull(strstr(engine_log(e), "> set session-info s\n"));
}
END_TEST

/* What was said before the crash and what is said now both come back: it is said again once, after the later. */
START_TEST(said_again_once_for_two)
{
    stub_part_t *application;

    active_out("s", "c", NULL);
    stub_find(s, STUB_A, "c")->tells = 2;
    jingle_part_news(stub_find(s, STUB_A, "c")->part);
    note_id();
    saved_and_restored(e->session);
    application = stub_find(s, STUB_A, "c");
    s->plan[STUB_A].patience = 2000;
    engine_refuse(e, "service-unavailable", NULL);
    application->tells = 2;
    engine_wait(e, 1000);
    answer("error",
           "<error type='wait'><resource-constraint xmlns='" JINGLE_NS_STANZAS "'/></error>");
    engine_log(e);
    engine_wait(e, 1999);
    ck_log("");
    engine_wait(e, 1);
    ck_log("> set session-info s\n");
}
END_TEST

/* What the peer says until it has answered the removal may be meant for the content that is over. */
START_TEST(a_name_that_is_not_free_yet)
{
    jingle_session_t *session = active_out("s", "c", "d");

    jingle_content_remove(content_of(session, "d"), NULL);
    note_id();
    for (int i = 0; i < 2; i++)
        session = saved_and_restored(session);
    add(session, "d");
    add(session, "f");
    ck_assert_str_eq(last_contents(), "initiator/f[description transport]");
    answer("result", "");
    ck_assert_str_eq(last_contents(), "initiator/d[description transport]");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("managed/restore");
    TCase *same = add_save_case(suite, "same"), *told = add_save_case(suite, "told");
    TCase *not = add_save_case(suite, "not");

    tcase_add_test(same, our_offer);
    tcase_add_test(same, their_offer);
    tcase_add_test(same, additions_modifications_replacements);
    tcase_add_test(same, the_chain_of_transports);
    tcase_add_test(same, a_name_that_is_not_free_yet);
    tcase_add_loop_test(same, who_ends_the_session, 0, 2);
    tcase_add_test(same, a_failure);
    tcase_add_test(same, a_tie);
    tcase_add_loop_test(same, a_transport_that_finishes, 0, 2);
    tcase_add_test(told, news_of_a_transport);
    tcase_add_test(told, what_an_application_tells);
    tcase_add_test(told, news_that_may_not_have_left);
    tcase_add_test(told, news_of_a_transport_that_nobody_knows);
    tcase_add_test(not, plug_ins_that_keep_nothing);
    tcase_add_test(not, plug_ins_that_fail);
    tcase_add_test(not, all_parts_go_when_one_cannot_be_restored);
    tcase_add_test(not, limits_hold);
    tcase_add_test(not, a_long_name);
    tcase_add_test(not, what_is_to_be_said_again);
    tcase_add_test(not, said_again_once_for_two);
    return run_suite(suite);
}
