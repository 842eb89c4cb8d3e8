/* SPDX-License-Identifier: MIT */
/** @file
 *  Decisions that come when what they are about is another already: the answer to a proposal, and what
 *  the peer says of contents that it has not been told of, or of a session that it does not know. */
#include "fixture.h"

#define OF(name, transport)                                                                        \
    "<content creator='initiator' name='" name "'><transport xmlns='" transport "'/></content>"

/** A session whose transport is about to open, and another one was proposed. */
static jingle_content_t *proposed_before_it_opens(void)
{
    jingle_content_t *content;

    s->plan[STUB_1].waits = true;
    content = content_of(active_out("s", "c", NULL), "c");
    ck_assert_int_eq(jingle_content_replace_transport(content, STUB_T2), JINGLE_EOK);
    engine_ack(e);
    stub_open(stub_find(s, STUB_1, "c"), 1);
    engine_log(e);
    return content;
}

/* A stream that has begun to flow cannot go on over another one: it stays. */
START_TEST(accepted_when_the_data_flows)
{
    jingle_content_t *content = proposed_before_it_opens();

    engine_action(e, "1", "transport-accept", "s", OF("c", STUB_T2));
    ck_log("t2.apply c\nt2.stop c\n> result 1\nt2.free c\n");
    ck_assert_str_eq(jingle_content_get_transport(content), STUB_T1);
}
END_TEST

/* All that was sent still leaves, in good order. */
START_TEST(accepted_when_all_was_sent)
{
    jingle_content_t *content = proposed_before_it_opens();

    s->plan[STUB_1].holds = true;
    s->plan[STUB_A].resumable = true;
    ck_assert_int_eq(jingle_content_done(content, false), JINGLE_EOK);
    ck_log("t1.finish c\n");
    engine_action(e, "1", "transport-accept", "s", OF("c", STUB_T2));
    ck_log("t2.apply c\nt2.stop c\n> result 1\nt2.free c\n");
    ck_assert_str_eq(jingle_content_get_transport(content), STUB_T1);
}
END_TEST

/* What has failed since it was proposed is no way; the next may be. */
START_TEST(accepted_when_it_has_failed)
{
    jingle_content_t *content;

    s->plan[STUB_A].resumable = true;
    content = content_of(active_out("s", "c", NULL), "c");
    ck_assert_int_eq(jingle_content_replace_transport(content, STUB_T2), JINGLE_EOK);
    engine_ack(e);
    jingle_part_fail(stub_find(s, STUB_2, "c")->part, JINGLE_REASON_FAILED_TRANSPORT, NULL);
    engine_action(e, "1", "transport-accept", "s", OF("c", STUB_T2));
    ck_assert_str_eq(jingle_content_get_transport(content), STUB_T1);
    engine_log(e);
    ck_assert_int_eq(jingle_content_replace_transport(content, STUB_T3), JINGLE_EOK);
    ck_log("t3.prepare c\n> set transport-replace s\n");
}
END_TEST

/* The peer may say the same of one proposal twice: a transport-reject, and an error that answers the
 * request, be it late or a time-out. By then the next is under way, and that was not refused. */
START_TEST(refused_twice)
{
    char first[80];

    s->plan[STUB_1].waits = true;
    active_out("s", "c", NULL);
    jingle_part_fail(stub_find(s, STUB_1, "c")->part, JINGLE_REASON_CONNECTIVITY_ERROR, NULL);
    snprintf(first, sizeof first, "%s", xmpp_stanza_get_id(engine_last_request(e)));
    engine_action(e, "1", "transport-reject", "s", OF("c", STUB_T2));
    engine_ack(e);
    engine_log(e);
    if (_i)
        engine_wait(e, 60000);
    else
        engine_feed(e,
                    "<iq xmlns='jabber:client' type='error' from='%s' to='%s' id='%s'><error "
                    "type='cancel'><conflict xmlns='" JINGLE_NS_STANZAS "'/></error></iq>",
                    ENGINE_PEER, ENGINE_OWN, first);
    ck_log(_i ? "error s transport-replace remote-server-timeout\n"
              : "error s transport-replace conflict\n");
    engine_action(e, "2", "transport-accept", "s", OF("c", STUB_T3));
    ck_log("t3.apply c\nt1.free c\n> result 2\nt3.start c\na.open c\nconnection s connected\n");
}
END_TEST

/* The peer accepts with the session what was offered first, and never decides on the proposal. */
START_TEST(never_decided)
{
    jingle_session_t *session = pending_out("s", "c", NULL);

    s->plan[STUB_1].waits = true;
    ck_assert_int_eq(jingle_content_replace_transport(content_of(session, "c"), STUB_T2),
                     JINGLE_EOK);
    engine_ack(e);
    engine_action(e, "2", "session-accept", "s", STUB_CONTENT("c"));
    for (int i = 0; i < 10 && jingle_count_sessions(e->jingle); i++)
        engine_wait(e, 120000);
    ck_assert_uint_eq(jingle_count_sessions(e->jingle), 0);
}
END_TEST

/* Names can be guessed. */
START_TEST(not_offered_yet)
{
    static const struct {
        const char *action, *inside;
    } says[] = {
        {"content-remove", "<content creator='initiator' name='d'/>"},
        {"content-modify", "<content creator='initiator' name='d' senders='none'/>"},
        {"transport-info", OF("d", STUB_T1)},
        {"description-info",
         "<content creator='initiator' name='d'><description xmlns='" STUB_APP "'/></content>"},
    };
    jingle_session_t *session = active_out("s", "c", NULL);

    s->plan[STUB_1].later = true;
    add(session, "d");
    ck_log("t1.prepare d\n");
    engine_action(e, "1", says[_i].action, "s", says[_i].inside);
    ck_log("> error 1 cancel bad-request\n");
    ck_assert_str_eq(names_of(session), "c d");
    ck_assert_int_eq(jingle_content_get_senders(content_of(session, "d")), JINGLE_SENDERS_BOTH);
}
END_TEST

/* ---- the application is asked, and ends the session ---- */

static int deed; /* 0: the session, 1: this content */

static void end_when_asked(stub_t *stub, stub_part_t *part, stub_point_t point)
{
    if (point != STUB_RESUMABLE)
        return;
    stub->hook = NULL;
    if (deed)
        jingle_content_remove(jingle_part_get_content(part->part), NULL);
    else
        jingle_session_end(jingle_part_get_session(part->part), NULL);
}

static void ck_no_accept(void)
{
    const char *log = engine_log(e);

    if (!deed)
        ck_assert_ptr_nonnull(strstr(log, "terminated s "));
    ck_assert_ptr_null(strstr(log, "transport-accept"));
}

/* The peer's proposal was taken while ours was about to open; it has, when the new one is ready. */
START_TEST(ended_where_theirs_is_judged)
{
    deed = _i / 2;
    s->plan[STUB_1].waits = true;
    s->plan[STUB_2].later = true;
    s->plan[STUB_A].resumable = _i % 2;
    active_out("s", "c", "d");
    engine_action(e, "1", "transport-replace", "s", OF("c", STUB_T2));
    stub_open(stub_find(s, STUB_1, "c"), 1);
    s->hook = end_when_asked;
    engine_log(e);
    jingle_part_ready(stub_find(s, STUB_2, "c")->part);
    ck_no_accept();
}
END_TEST

/* One that has news before it is ready, as those that trickle may, is rejected all the same. */
START_TEST(theirs_has_news_and_is_obsolete)
{
    stub_part_t *theirs;
    const char *log;

    s->plan[STUB_1].waits = true;
    s->plan[STUB_2].later = true;
    active_out("s", "c", NULL);
    engine_action(e, "1", "transport-replace", "s", OF("c", STUB_T2));
    stub_open(stub_find(s, STUB_1, "c"), 1);
    theirs = stub_find(s, STUB_2, "c");
    theirs->has_news = true;
    jingle_part_news(theirs->part);
    engine_log(e);
    jingle_part_ready(theirs->part);
    log = engine_log(e);
    ck_assert_msg(strstr(log, "> set transport-reject s failed-transport\n"), "%s", log);
    ck_assert_ptr_null(strstr(log, "transport-info"));
}
END_TEST

START_TEST(ended_where_ours_is_agreed_to)
{
    jingle_content_t *content;

    deed = _i / 2;
    s->plan[STUB_A].resumable = true;
    content = content_of(active_out("s", "c", "d"), "c");
    ck_assert_int_eq(jingle_content_replace_transport(content, STUB_T2), JINGLE_EOK);
    engine_ack(e);
    s->plan[STUB_A].resumable = _i % 2;
    s->hook = end_when_asked;
    engine_log(e);
    engine_action(e, "1", "transport-accept", "s", OF("c", STUB_T2));
    ck_no_accept();
}
END_TEST

/* ---- the peer knows no such session ---- */

static void ask_session_accept(void)
{
    jingle_session_accept(pending_in("s", STUB_CONTENT("c")));
}

static void ask_content_add(void)
{
    add(active_out("s", "c", NULL), "d");
}

static void ask_content_accept(void)
{
    jingle_session_t *session = active_in("s", STUB_CONTENT("c"));

    engine_action(e, "1", "content-add", "s", STUB_CONTENT("d"));
    jingle_content_accept(content_of(session, "d"));
}

static void ask_transport_replace(void)
{
    s->plan[STUB_1].waits = true;
    jingle_content_replace_transport(content_of(active_out("s", "c", NULL), "c"), NULL);
}

static void ask_transport_accept(void)
{
    s->plan[STUB_1].waits = true;
    active_out("s", "c", NULL);
    engine_action(e, "1", "transport-replace", "s",
                  "<content creator='initiator' name='c'><transport xmlns='" STUB_T2
                  "'/></content>");
}

/* ... and would ask once more. */
static void ask_content_modify(void)
{
    jingle_session_t *session = active_out("s", "c", NULL);

    jingle_content_modify(content_of(session, "c"), JINGLE_SENDERS_NONE);
    jingle_content_modify(content_of(session, "c"), JINGLE_SENDERS_INITIATOR);
}

static const struct {
    void (*ask)(void);
    const char *sent;
} asks[] = {
    {ask_session_accept, "> set session-accept s\n"},
    {ask_content_add, "> set content-add s\n"},
    {ask_content_accept, "> set content-accept s\n"},
    {ask_transport_replace, "> set transport-replace s\n"},
    {ask_transport_accept, "> set transport-accept s\n"},
    {ask_content_modify, "> set content-modify s\n"},
};

/* It ends silently, with gone (docs/design.md). */
START_TEST(the_peer_knows_no_such_session)
{
    const char *log;

    asks[_i].ask();
    ck_assert_ptr_nonnull(strstr(engine_log(e), asks[_i].sent));
    engine_refuse(e, "item-not-found", "unknown-session");
    log = engine_log(e);
    ck_assert_msg(strstr(log, "terminated s gone\n") && !strstr(log, "> "), "%s", log);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("managed/obsolete");
    TCase *tcase = add_case(suite, "all");

    tcase_add_test(tcase, accepted_when_the_data_flows);
    tcase_add_test(tcase, accepted_when_all_was_sent);
    tcase_add_test(tcase, accepted_when_it_has_failed);
    tcase_add_loop_test(tcase, refused_twice, 0, 2);
    tcase_add_test(tcase, never_decided);
    tcase_add_loop_test(tcase, not_offered_yet, 0, 4);
    tcase_add_loop_test(tcase, ended_where_theirs_is_judged, 0, 4);
    tcase_add_test(tcase, theirs_has_news_and_is_obsolete);
    tcase_add_loop_test(tcase, ended_where_ours_is_agreed_to, 0, 4);
    tcase_add_loop_test(tcase, the_peer_knows_no_such_session, 0, sizeof asks / sizeof asks[0]);
    return run_suite(suite);
}
