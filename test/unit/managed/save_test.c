/* SPDX-License-Identifier: MIT */
/** @file
 *  Managed sessions that outlive their manager: contents, parts, transports, requests. */
#include "save_fixture.h"

/* ---- when the program is told ---- */

/* What the steps of a turn have changed, without anything that is sent. */
START_TEST(a_decision_is_a_change)
{
    jingle_session_t *session = pending_in("s", STUB_CONTENT("c"));

    s->plan[STUB_1].later = true;
    jingle_set_tell_changes(e->jingle, true);
    jingle_content_accept(content_of(session, "c"));
    ck_log("t1.prepare c\nchanged s\n");
}
END_TEST

static void end_on_change(engine_t *engine, const jingle_event_t *event)
{
    (void)engine;
    if (event->type == JINGLE_EVENT_CHANGED)
        jingle_session_end(event->session, JINGLE_END(.condition = JINGLE_REASON_BUSY));
}

static void free_on_change(engine_t *engine, const jingle_event_t *event)
{
    if (event->type == JINGLE_EVENT_CHANGED)
        engine_free_manager(engine);
}

/* The session goes while its offer is about to leave: the peer never hears of it. */
START_TEST(gone_before_the_offer_leaves)
{
    static const engine_event_fn deeds[] = {end_on_change, free_on_change};
    jingle_session_t *session = create("s");

    add(session, "c");
    engine_log(e);
    jingle_set_tell_changes(e->jingle, true);
    e->on_event = deeds[_i];
    ck_assert_int_eq(jingle_session_start(session), JINGLE_EOK);
    ck_log(_i ? "t1.prepare c\nstate s pending\noutgoing s\nchanged s\nstate s ended\n"
                "t1.stop c\na.closed c gone\nt1.free c\na.free c\nterminated s gone\n"
              : "t1.prepare c\nstate s pending\noutgoing s\nchanged s\nstate s ended\n"
                "t1.stop c\na.closed c busy\nt1.free c\na.free c\nterminated s busy\n");
}
END_TEST

/* ---- negotiation ---- */

START_TEST(before_the_start)
{
    jingle_session_t *session = create("s");

    add(session, "c");
    session = saved_and_restored(session);
    ck_log("a.restore c\nt1.restore c\ncreated s\n");
    ck_assert_str_eq(names_of(session), "c");
    ck_assert_int_eq(jingle_session_start(session), JINGLE_EOK);
    ck_log("t1.prepare c\nstate s pending\noutgoing s\n> set session-initiate s\n");
    ck_assert_str_eq(last_contents(), "initiator/c[description transport]");
}
END_TEST

/* What was being prepared is prepared anew. */
START_TEST(while_it_prepares)
{
    jingle_session_t *session = create("s");

    s->plan[STUB_1].later = true;
    add(session, "c");
    jingle_session_start(session);
    saved_and_restored(session);
    ck_log("a.restore c\nt1.restore c\ncreated s\nt1.prepare c\nstate s pending\noutgoing s\n"
           "> set session-initiate s\n");
}
END_TEST

START_TEST(an_offer_of_ours)
{
    saved_and_restored(pending_out("s", "c", "d"));
    ck_log("a.restore c\nt1.restore c\na.restore d\nt1.restore d\ncreated s\n");
    engine_action(e, "1", "session-accept", "s", STUB_CONTENT("c"));
    ck_log("a.apply c\nt1.apply c\nt1.stop d\na.closed d decline\nt1.free d\na.free d\n"
           "state s active\n> result 1\na.accepted c\nt1.start c\na.open c\n"
           "connection s connected\n");
}
END_TEST

START_TEST(an_offer_of_theirs)
{
    jingle_session_t *session = saved_and_restored(pending_in("s", STUB_CONTENT("c")));

    ck_log("a.restore c\nt1.restore c\ncreated s\n");
    ck_assert(!jingle_session_is_initiator(session));
    ck_assert_int_eq(jingle_session_accept(session), JINGLE_EOK);
    ck_log(
        "t1.prepare c\nstate s active\n> set session-accept s\na.accepted c\nt1.start c\na.open c\n"
        "connection s connected\n");
}
END_TEST

/* Saved before the ack left: nobody has been asked yet. */
static void save_on_change(engine_t *engine, const jingle_event_t *event)
{
    (void)engine;
    if (event->type == JINGLE_EVENT_CHANGED)
        ck_assert_int_eq(saved_take(&saved, event->session), JINGLE_EOK);
}

START_TEST(before_anybody_was_asked)
{
    jingle_set_tell_changes(e->jingle, true);
    e->on_event = save_on_change;
    e->send_result = JINGLE_ESEND; /* the connection breaks as the ack leaves */
    s->plan[STUB_A].accepts = true;
    s->plan[STUB_1].later = true;
    engine_action(e, "1", "session-initiate", "s", STUB_CONTENT("c"));
    e->on_event = NULL;
    crash();
    s->plan[STUB_A].accepts = true;
    ck_assert_int_eq(restore(NULL), JINGLE_EOK);
    ck_assert_ptr_nonnull(strstr(engine_log(e), "> set session-accept s\n"));
}
END_TEST

/* The first state that knows of a change, as a process leaves it that is killed at once. */
static void keep_first(engine_t *engine, const jingle_event_t *event)
{
    (void)engine;
    if (event->type == JINGLE_EVENT_CHANGED && !saved.len)
        ck_assert_int_eq(saved_take(&saved, event->session), JINGLE_EOK);
}

/** Saved while the peer's action is answered, restored, and the action comes once more. */
static jingle_session_t *answered_and_killed(const char *action, const char *contents)
{
    jingle_session_t *session;

    jingle_set_tell_changes(e->jingle, true);
    saved_clear(&saved);
    e->on_event = keep_first;
    engine_action(e, "1", action, "s", contents);
    e->on_event = NULL;
    crash();
    ck_assert_int_eq(restore(&session), JINGLE_EOK);
    engine_action(e, "1", action, "s", contents);
    return session;
}

/* What is saved before an answer leaves knows of all that the action did, for it is not handled again. */
START_TEST(an_acceptance_of_theirs_is_saved_whole)
{
    pending_out("s", "c", NULL);
    answered_and_killed("session-accept", STUB_CONTENT("c"));
    ck_log("a.restore c\nt1.restore c\ncreated s\na.accepted c\nt1.start c\na.open c\n"
           "connection s connected\n> result 1\n");
}
END_TEST

START_TEST(a_removal_of_theirs_is_saved_whole)
{
    active_out("s", "c", "d");
    ck_assert_str_eq(
        names_of(answered_and_killed("content-remove", "<content creator='initiator' name='d'/>")),
        "c");
    ck_log("a.restore c\nt1.restore c\ncreated s\nt1.resume c\na.open c\n> result 1\n");
}
END_TEST

/* What is acknowledged and cannot be used is still to be rejected. */
START_TEST(a_proposal_of_theirs_is_saved_whole)
{
    static const char proposal[] =
        "<content creator='initiator' name='c'><transport xmlns='urn:example:nobodys'/></content>";

    s->plan[STUB_1].waits = true;
    active_in("s", STUB_CONTENT("c"));
    answered_and_killed("transport-replace", proposal);
    ck_log("a.restore c\nt1.restore c\ncreated s\nt1.resume c\n"
           "> set transport-reject s unsupported-transports\na.open c\nconnection s connected\n"
           "> result 1\n");
    ck_assert_ptr_nonnull(jingle_element_child(jingle_element_child(last_jingle(), "content", NULL),
                                               "transport", "urn:example:nobodys"));
    engine_action(e, "2", "transport-replace", "s", proposal);
    ck_log("> result 2\n> set transport-reject s unsupported-transports\n");
}
END_TEST

/* Our acceptance is said again, as the program asks, and the peer has it already. */
START_TEST(an_acceptance_that_may_not_have_left)
{
    jingle_session_t *session = pending_in("s", STUB_CONTENT("c"));
    char id[80];

    jingle_set_tell_changes(e->jingle, true);
    jingle_session_accept(session);
    snprintf(id, sizeof id, "%s", xmpp_stanza_get_id(engine_last_request(e)));
    ck_assert_int_eq(saved_take(&saved, session), JINGLE_EOK);
    crash();
    ck_assert_int_eq(
        jingle_restore(e->jingle, saved.data, saved.len, JINGLE_RESTORE(.repeat = true), &session),
        JINGLE_EOK);
    ck_log("a.restore c\nt1.restore c\ncreated s\n> set session-accept s\nt1.resume c\na.open c\n");
    engine_feed(e,
                "<iq xmlns='jabber:client' type='error' from='%s' to='%s' id='%s'><error "
                "type='cancel'><unexpected-request xmlns='" JINGLE_NS_STANZAS
                "'/><out-of-order xmlns='" JINGLE_NS_ERRORS "'/></error></iq>",
                ENGINE_PEER, ENGINE_OWN, id);
    ck_log("");
    ck_assert(jingle_session_is_active(session) && jingle_session_is_connected(session));
    ck_assert_uint_eq(jingle_session_count_requests(session), 0);
}
END_TEST

/* ---- data ---- */

START_TEST(an_open_channel_is_opened_again)
{
    jingle_session_t *session = active_out("s", "c", NULL);
    stub_part_t *transport;

    jingle_channel_deliver(stub_find(s, STUB_1, "c")->channel, "one", 3);
    session = saved_and_restored(session);
    ck_log("a.restore c\nt1.restore c\ncreated s\nt1.resume c\na.open c\n");
    ck_assert(jingle_session_is_connected(session));
    transport = stub_find(s, STUB_1, "c");
    jingle_channel_deliver(transport->channel, "two", 3);
    ck_assert_str_eq(text_str(&stub_find(s, STUB_A, "c")->received), "one|two|");
    ck_assert_int_eq(jingle_content_done(content_of(session, "c"), true), JINGLE_EOK);
    ck_assert_ptr_nonnull(strstr(engine_log(e), "> set session-terminate s success\n"));
}
END_TEST

START_TEST(a_security_wraps_again)
{
    jingle_session_t *session =
        active_in("s", STUB_CONTENT_OF("c", STUB_APP, STUB_T1, "<security xmlns='" STUB_SEC "'/>"));

    saved_and_restored(session);
    ck_log("a.restore c\ns.restore c\nt1.restore c\ncreated s\nt1.resume c\ns.wrap c\na.open c\n");
}
END_TEST

START_TEST(one_that_was_started_goes_on)
{
    s->plan[STUB_1].waits = true;
    saved_and_restored(active_out("s", "c", NULL));
    ck_log("a.restore c\nt1.restore c\ncreated s\nt1.resume c\na.open c\nconnection s connected\n");
}
END_TEST

/* Before it was open another transport will do, afterwards only if the application says so. */
START_TEST(one_that_is_lost_is_replaced)
{
    jingle_session_t *session;

    s->plan[STUB_1].waits = true;
    session = active_out("s", "c", NULL);
    ck_assert_int_eq(saved_take(&saved, session), JINGLE_EOK);
    crash();
    s->plan[STUB_1].lost = true;
    ck_assert_int_eq(restore(NULL), JINGLE_EOK);
    ck_log("a.restore c\nt1.restore c\ncreated s\nt1.resume c\nt1.stop c\nt2.prepare c\n> set "
           "transport-replace s\n");
}
END_TEST

START_TEST(an_open_one_that_is_lost_is_the_end)
{
    ck_assert_int_eq(saved_take(&saved, active_out("s", "c", NULL)), JINGLE_EOK);
    crash();
    s->plan[STUB_1].lost = true;
    ck_assert_int_eq(restore(NULL), JINGLE_EINVOP);
    ck_log("a.restore c\nt1.restore c\ncreated s\nt1.resume c\nstate s ended\n"
           "> set session-terminate s connectivity-error\nt1.stop c\n"
           "a.closed c connectivity-error\nt1.free c\na.free c\n"
           "terminated s connectivity-error \"it is gone\"\n");
}
END_TEST

START_TEST(an_open_one_that_is_resumable)
{
    ck_assert_int_eq(saved_take(&saved, active_out("s", "c", NULL)), JINGLE_EOK);
    crash();
    s->plan[STUB_1].lost = true;
    s->plan[STUB_A].resumable = true;
    ck_assert_int_eq(restore(NULL), JINGLE_EOK);
    ck_assert_ptr_nonnull(strstr(engine_log(e), "> set transport-replace s\n"));
}
END_TEST

START_TEST(the_end_that_was_under_way)
{
    jingle_session_t *session;

    s->plan[STUB_1].holds = true;
    session = active_out("s", "c", NULL);
    jingle_content_done(content_of(session, "c"), true);
    ck_log("t1.finish c\n");
    ck_assert_int_eq(saved_take(&saved, session), JINGLE_EOK);
    crash();
    ck_assert_int_eq(restore(NULL), JINGLE_EINVOP);
    ck_log("a.restore c\nt1.restore c\ncreated s\nt1.resume c\nt1.stop c\nstate s ended\n"
           "> set session-terminate s success\n"
           "a.closed c success\nt1.free c\na.free c\nterminated s success\n");
}
END_TEST

/* ---- changes under way ---- */

START_TEST(a_replacement_of_ours)
{
    jingle_session_t *session;

    s->plan[STUB_1].breaks = true;
    session = active_out("s", "c", NULL);
    note_id();
    session = saved_and_restored(session);
    ck_log("a.restore c\nt1.restore c\nt2.restore c\ncreated s\n");
    answer("result", "");
    engine_action(e, "1", "transport-accept", "s",
                  "<content creator='initiator' name='c'><transport xmlns='" STUB_T2
                  "'/></content>");
    ck_log("t2.apply c\nt1.free c\n> result 1\nt2.start c\na.open c\nconnection s connected\n");
    ck_assert_str_eq(jingle_content_get_transport(content_of(session, "c")), STUB_T2);
}
END_TEST

/* The answer is taken as before: the next of the chain, and what was tried is not tried again. */
START_TEST(a_replacement_that_is_refused)
{
    s->plan[STUB_1].breaks = true;
    active_out("s", "c", NULL);
    note_id();
    ck_assert_int_eq(saved_take(&saved, e->session), JINGLE_EOK);
    crash();
    ck_assert_int_eq(restore(NULL), JINGLE_EOK);
    engine_log(e);
    answer("error",
           "<error type='cancel'><feature-not-implemented xmlns='" JINGLE_NS_STANZAS "'/></error>");
    ck_log(
        "t2.stop c\nt2.free c\nt3.prepare c\n> set transport-replace s\nerror s transport-replace "
        "feature-not-implemented\n");
}
END_TEST

START_TEST(a_content_that_was_added)
{
    jingle_session_t *session = active_out("s", "c", NULL);

    add(session, "d");
    note_id();
    session = saved_and_restored(session);
    engine_log(e);
    answer("error", "<error type='cancel'><conflict xmlns='" JINGLE_NS_STANZAS "'/></error>");
    ck_assert_str_eq(names_of(session), "c");
}
END_TEST

START_TEST(who_sends)
{
    jingle_session_t *session = active_out("s", "c", NULL);

    jingle_content_modify(content_of(session, "c"), JINGLE_SENDERS_INITIATOR);
    note_id();
    session = saved_and_restored(session);
    ck_assert_int_eq(jingle_content_get_senders(content_of(session, "c")), JINGLE_SENDERS_BOTH);
    answer("result", "");
    ck_assert_int_eq(jingle_content_get_senders(content_of(session, "c")),
                     JINGLE_SENDERS_INITIATOR);
}
END_TEST

/* What crossed the end of a content is ignored afterwards, too. */
START_TEST(contents_that_are_over)
{
    jingle_session_t *session = active_out("s", "c", "d");

    jingle_content_remove(content_of(session, "d"), NULL);
    engine_ack(e);
    saved_and_restored(session);
    engine_log(e);
    engine_action(e, "1", "transport-info", "s",
                  "<content creator='initiator' name='d'><transport xmlns='" STUB_T1
                  "'/></content>");
    ck_log("> result 1\n");
    engine_action(e, "2", "transport-info", "s",
                  "<content creator='initiator' name='x'><transport xmlns='" STUB_T1
                  "'/></content>");
    ck_assert_str_ne(engine_log(e), "> result 2\n");
}
END_TEST

START_TEST(the_responders_patience)
{
    jingle_session_t *session;

    s->plan[STUB_1].breaks = true;
    session = active_in("s", STUB_CONTENT("c"));
    ck_assert_int_eq(saved_take(&saved, session), JINGLE_EOK);
    crash();
    ck_assert_int_eq(restore(NULL), JINGLE_EOK);
    engine_log(e);
    engine_wait(e, 119999);
    ck_log("");
    engine_wait(e, 1);
    ck_assert_ptr_nonnull(strstr(engine_log(e), "> set session-terminate s failed-transport\n"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("managed/save");
    TCase *tcase = add_save_case(suite, "all");

    tcase_add_test(tcase, a_decision_is_a_change);
    tcase_add_loop_test(tcase, gone_before_the_offer_leaves, 0, 2);
    tcase_add_test(tcase, before_the_start);
    tcase_add_test(tcase, while_it_prepares);
    tcase_add_test(tcase, an_offer_of_ours);
    tcase_add_test(tcase, an_offer_of_theirs);
    tcase_add_test(tcase, before_anybody_was_asked);
    tcase_add_test(tcase, an_acceptance_of_theirs_is_saved_whole);
    tcase_add_test(tcase, a_removal_of_theirs_is_saved_whole);
    tcase_add_test(tcase, a_proposal_of_theirs_is_saved_whole);
    tcase_add_test(tcase, an_acceptance_that_may_not_have_left);
    tcase_add_test(tcase, an_open_channel_is_opened_again);
    tcase_add_test(tcase, a_security_wraps_again);
    tcase_add_test(tcase, one_that_was_started_goes_on);
    tcase_add_test(tcase, one_that_is_lost_is_replaced);
    tcase_add_test(tcase, an_open_one_that_is_lost_is_the_end);
    tcase_add_test(tcase, an_open_one_that_is_resumable);
    tcase_add_test(tcase, the_end_that_was_under_way);
    tcase_add_test(tcase, a_replacement_of_ours);
    tcase_add_test(tcase, a_replacement_that_is_refused);
    tcase_add_test(tcase, a_content_that_was_added);
    tcase_add_test(tcase, who_sends);
    tcase_add_test(tcase, contents_that_are_over);
    tcase_add_test(tcase, the_responders_patience);
    return run_suite(suite);
}
