/* SPDX-License-Identifier: MIT */
/** @file
 *  What the program says is told to be saved, also where nothing follows from it yet (save.h). */
#include "save_fixture.h"

static void save_on_change(engine_t *engine, const jingle_event_t *event)
{
    (void)engine;
    if (event->type == JINGLE_EVENT_CHANGED)
        ck_assert_int_eq(saved_take(&saved, event->session), JINGLE_EOK);
}

static void tell_changes(void)
{
    jingle_set_tell_changes(e->jingle, true);
    e->on_event = save_on_change;
}

static jingle_session_t *killed_and_restored(void)
{
    jingle_session_t *session = NULL;

    e->on_event = NULL;
    crash();
    ck_assert_int_eq(restore(&session), JINGLE_EOK);
    engine_log(e);
    return session;
}

/* ---- one of several contents of an offer is decided on ---- */

START_TEST(rejected)
{
    jingle_session_t *session;

    tell_changes();
    session = pending_in("s", STUB_CONTENT("c") STUB_CONTENT("d"));
    ck_assert_int_eq(jingle_content_reject(content_of(session, "d"), NULL), JINGLE_EOK);
    ck_log("changed s\n");
    session = killed_and_restored();
    ck_assert_int_eq(jingle_session_accept(session), JINGLE_EOK);
    ck_assert_ptr_nonnull(strstr(engine_log(e), "> set content-reject s decline\n"));
    ck_assert_str_eq(names_of(session), "c");
}
END_TEST

START_TEST(accepted)
{
    jingle_session_t *session;

    tell_changes();
    session = pending_in("s", STUB_CONTENT("c") STUB_CONTENT("d"));
    ck_assert_int_eq(jingle_content_accept(content_of(session, "d")), JINGLE_EOK);
    session = killed_and_restored();
    ck_assert_int_eq(jingle_content_reject(content_of(session, "c"), NULL), JINGLE_EOK);
    ck_assert_ptr_nonnull(strstr(engine_log(e), "> set session-accept s\n"));
    ck_assert_str_eq(names_of(session), "d");
}
END_TEST

/* ---- nothing follows yet ---- */

START_TEST(added_before_the_start)
{
    jingle_session_t *session;

    tell_changes();
    session = create("s");
    engine_log(e);
    add(session, "c");
    ck_log("changed s\n");
    session = killed_and_restored();
    ck_assert_str_eq(names_of(session), "c");
    ck_assert_int_eq(jingle_content_modify(content_of(session, "c"), JINGLE_SENDERS_NONE),
                     JINGLE_EOK);
    ck_log("");
}
END_TEST

START_TEST(modified_before_the_start)
{
    jingle_session_t *session = create("s");

    add(session, "c");
    engine_log(e);
    tell_changes();
    ck_assert_int_eq(jingle_content_modify(content_of(session, "c"), JINGLE_SENDERS_NONE),
                     JINGLE_EOK);
    ck_log("changed s\n");
    session = killed_and_restored();
    ck_assert_int_eq(jingle_content_get_senders(content_of(session, "c")), JINGLE_SENDERS_NONE);
}
END_TEST

/* The one that was modified first waits for its answer. */
START_TEST(modified_again)
{
    jingle_session_t *session = active_out("s", "c", NULL);

    jingle_content_modify(content_of(session, "c"), JINGLE_SENDERS_NONE);
    note_id();
    engine_log(e);
    tell_changes();
    jingle_content_modify(content_of(session, "c"), JINGLE_SENDERS_INITIATOR);
    ck_log("changed s\n");
    session = killed_and_restored();
    answer("result", "");
    ck_assert_ptr_nonnull(strstr(engine_log(e), "> set content-modify s\n"));
}
END_TEST

/* It has been said before, of a transport that is finished, and nobody else ends the session now. */
START_TEST(done_while_others_are_not)
{
    jingle_session_t *session = active_out("s", "c", "d");

    ck_assert_int_eq(jingle_content_done(content_of(session, "c"), false), JINGLE_EOK);
    engine_log(e);
    tell_changes();
    ck_assert_int_eq(jingle_content_done(content_of(session, "c"), true), JINGLE_EOK);
    ck_log("changed s\n");
    session = killed_and_restored();
    ck_assert_int_eq(jingle_content_done(content_of(session, "c"), true), JINGLE_EINVOP);
}
END_TEST

/* What was told before waits for its answer. */
START_TEST(news_that_wait)
{
    jingle_session_t *session = active_out("s", "c", NULL);

    stub_news(stub_find(s, STUB_1, "c"));
    note_id();
    ck_assert_ptr_nonnull(strstr(engine_log(e), "> set transport-info s\n"));
    tell_changes();
    stub_news(stub_find(s, STUB_1, "c"));
    ck_log("changed s\n");
    session = killed_and_restored();
    ck_assert_int_eq(jingle_session_is_ended(session), false);
}
END_TEST

/* What is acted on is told with that, and once. */
START_TEST(told_once)
{
    jingle_session_t *session = active_out("s", "c", "d");

    tell_changes();
    jingle_content_modify(content_of(session, "c"), JINGLE_SENDERS_NONE);
    ck_log("changed s\n> set content-modify s\nchanged s\n");
    ck_assert_int_eq(jingle_content_accept(content_of(session, "c")), JINGLE_EINVOP);
    ck_assert_int_eq(jingle_content_modify(NULL, JINGLE_SENDERS_NONE), JINGLE_EINVAL);
    ck_log("");
}
END_TEST

/* ---- a transport that is to be proposed once more ---- */

#define OF(name, transport)                                                                        \
    "<content creator='initiator' name='" name "'><transport xmlns='" transport "'/></content>"

static void save_first(engine_t *engine, const jingle_event_t *event)
{
    (void)engine;
    if (event->type == JINGLE_EVENT_CHANGED && !saved.len)
        ck_assert_int_eq(saved_take(&saved, event->session), JINGLE_EOK);
}

/** As the answer to the refusal of one leaves, which the peer gave for a tie. */
static void refuse_for_a_tie(void)
{
    s->plan[STUB_1].waits = true;
    active_out("s", "c", NULL);
    jingle_part_fail(stub_find(s, STUB_1, "c")->part, JINGLE_REASON_UNDEFINED, NULL);
    engine_ack(e);
    engine_action(e, "1", "transport-replace", "s", OF("c", STUB_T3));
    jingle_set_tell_changes(e->jingle, true);
    e->on_event = save_first;
    engine_action(e, "2", "transport-reject", "s", OF("c", STUB_T2));
    e->on_event = NULL;
    ck_assert_uint_gt(saved.len, 0);
}

START_TEST(refused_for_a_tie)
{
    jingle_session_t *session;

    refuse_for_a_tie();
    crash();
    if (_i)
        jingle_unregister_plugin(e->jingle, STUB_T2);
    ck_assert_int_eq(restore(&session), JINGLE_EOK);
    ck_assert_ptr_nonnull(strstr(engine_log(e), "> set transport-replace s\n"));
    ck_assert_str_eq(
        jingle_element_ns(jingle_element_child(
            jingle_element_child(last_jingle(), "content", JINGLE_NS), "transport", NULL)),
        _i ? STUB_T3 : STUB_T2);
}
END_TEST

/* Of the places at the end of a content each is there because of something. */
START_TEST(refused_for_nothing)
{
    static const char name[] = STUB_T2;
    jingle_session_t *session;
    size_t at;

    refuse_for_a_tie();
    crash();
    for (at = saved.len - sizeof name; memcmp(saved.data + at, name, sizeof name) != 0; at--)
        ck_assert_uint_gt(at, 0);
    memset(saved.data + at - 8, 0,
           8); /* the length: there is none, and octets that are nothing's */
    saved_repair(saved.data, saved.len);
    ck_assert_int_eq(restore(&session), JINGLE_EDATA);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("managed/changed");
    TCase *tcase = add_save_case(suite, "all");

    tcase_add_test(tcase, rejected);
    tcase_add_test(tcase, accepted);
    tcase_add_test(tcase, added_before_the_start);
    tcase_add_test(tcase, modified_before_the_start);
    tcase_add_test(tcase, modified_again);
    tcase_add_test(tcase, done_while_others_are_not);
    tcase_add_test(tcase, news_that_wait);
    tcase_add_test(tcase, told_once);
    tcase_add_loop_test(tcase, refused_for_a_tie, 0, 2);
    tcase_add_test(tcase, refused_for_nothing);
    return run_suite(suite);
}
