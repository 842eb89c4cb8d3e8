/* SPDX-License-Identifier: MIT */
/** @file
 *  From the channels to the end: open, data, security, done, the order of the end. */
#include "fixture.h"

#include "support/stub_private.h"

static stub_part_t *part(stub_plugin_id_t id)
{
    return stub_find(s, id, "c");
}

/* ---- channels ---- */

/* J166-71: a stream may be cut anywhere */
START_TEST(data_passes_both_ways)
{
    active_out("s", "c", NULL);
    jingle_channel_deliver(part(STUB_1)->channel, "ab", 2);
    jingle_channel_deliver(part(STUB_1)->channel, "c", 1);
    ck_assert_str_eq(text_str(&part(STUB_A)->received), "ab|c|");
    part(STUB_1)->takes = 2;
    ck_assert_int_eq(jingle_channel_send(part(STUB_A)->channel, "xyz", 3), 2);
    ck_assert_str_eq(text_str(&part(STUB_1)->sent), "xy");
    s->plan[STUB_1].result[STUB_SEND] = -1;
    ck_assert_int_eq(jingle_channel_send(part(STUB_A)->channel, "z", 1), JINGLE_EIO);
}
END_TEST

START_TEST(data_passes_through_the_security)
{
    jingle_session_t *session = create("s");

    jingle_session_add_content(
        session, JINGLE_CONTENT(.application = STUB_APP, .name = "c", .security = STUB_SEC), NULL);
    jingle_session_start(session);
    engine_ack(e);
    engine_action(e, "1", "session-accept", "s",
                  STUB_CONTENT_OF("c", STUB_APP, STUB_T1, "<security xmlns='" STUB_SEC "'/>"));
    engine_log(e);
    ck_assert_int_eq(jingle_channel_send(part(STUB_A)->channel, "ab", 2), 2);
    ck_assert_str_eq(text_str(&part(STUB_1)->sent), "(ab)");
    jingle_channel_deliver(part(STUB_1)->channel, "cd", 2);
    ck_assert_str_eq(text_str(&part(STUB_A)->received), "cd|");
    jingle_session_end(session, NULL);
    ck_log("state s ended\n> set session-terminate s success\nt1.stop c\na.closed c success\n"
           "s.free c\nt1.free c\na.free c\nterminated s success\n");
}
END_TEST

/* The application hears that its channel is gone with the transport, whatever the security passes on. */
START_TEST(the_end_passes_the_security)
{
    s->plan[STUB_A].resumable = true;
    s->plan[STUB_S].holds = _i;
    active_in("s", STUB_CONTENT_OF("c", STUB_APP, STUB_T1, "<security xmlns='" STUB_SEC "'/>"));
    ck_assert_str_eq(text_str(&part(STUB_A)->received), "");
    jingle_part_fail(part(STUB_1)->part, JINGLE_REASON_CONNECTIVITY_ERROR, NULL);
    ck_assert_str_eq(text_str(&part(STUB_A)->received), "!");
    ck_assert(jingle_channel_is_closed(part(STUB_A)->channel));
}
END_TEST

static const char *const plain_or_secured[] = {
    STUB_CONTENT("c"), STUB_CONTENT_OF("c", STUB_APP, STUB_T1, "<security xmlns='" STUB_SEC "'/>")};

static void end_inside(jingle_channel_t *channel, const void *data, size_t len, void *userdata)
{
    (void)channel, (void)data, (void)len, (void)userdata;
    engine_log(e);
    jingle_session_end(e->session, NULL);
    ck_assert_ptr_null(strstr(engine_log(e), ".free c\n"));
}

/* Whoever is called may end all, and the parts that called it, or were called, are there still. */
START_TEST(parts_stay_while_they_are_called)
{
    static const jingle_channel_sink_t sink = {.data = end_inside};
    jingle_channel_t *channel;

    active_in("s", plain_or_secured[_i]);
    jingle_channel_set_sink(part(STUB_A)->channel, &sink, NULL);
    channel = jingle_channel_clone(part(STUB_1)->channel);
    jingle_channel_deliver(channel, "x", 1);
    ck_log(_i ? "s.free c\nt1.free c\na.free c\n" : "t1.free c\na.free c\n");
    jingle_channel_release(channel);
}
END_TEST

static void end_in_send(stub_t *stub, stub_part_t *self, stub_point_t point)
{
    if (point != STUB_SEND)
        return;
    stub->hook = NULL;
    end_inside(self->channel, NULL, 0, NULL);
}

START_TEST(parts_stay_while_they_send)
{
    jingle_channel_t *channel;

    active_in("s", plain_or_secured[_i]);
    channel = jingle_channel_clone(part(STUB_A)->channel);
    s->hook = end_in_send;
    jingle_channel_send(channel, "x", 1);
    ck_log(_i ? "s.free c\nt1.free c\na.free c\n" : "t1.free c\na.free c\n");
    jingle_channel_release(channel);
}
END_TEST

START_TEST(channels_may_be_several)
{
    active_out("s", "c", NULL);
    stub_open(part(STUB_1), 2);
    ck_log("a.open c\n");
    ck_assert_uint_eq(jingle_channel_get_component(part(STUB_A)->channel), 2);
}
END_TEST

START_TEST(channels_of_the_dead_are_given_back)
{
    jingle_session_t *session = active_out("s", "c", NULL);
    jingle_part_t *transport = jingle_part_clone(part(STUB_1)->part);
    stub_part_t *self = part(STUB_1);
    jingle_channel_t *channel = jingle_channel_clone(part(STUB_A)->channel);

    jingle_session_end(session, NULL);
    ck_log("state s ended\n> set session-terminate s success\nt1.stop c\n"
           "a.closed c success\nterminated s success\n");
    ck_assert(!jingle_part_is_live(transport));
    stub_open(self, 1);
    jingle_part_ready(transport);
    stub_news(self);
    jingle_part_fail(transport, JINGLE_REASON_CONNECTIVITY_ERROR, NULL);
    jingle_part_done(transport);
    ck_log("");
    ck_assert(jingle_channel_is_closed(channel));
    ck_assert_int_eq(jingle_channel_send(channel, "x", 1), JINGLE_EINVOP);
    jingle_channel_close(channel);
    jingle_channel_release(channel);
    jingle_part_release(transport);
    /* a part that is kept keeps its order: T before A */
    ck_log("t1.free c\na.free c\n");
}
END_TEST

/* ---- done ---- */

START_TEST(done_is_flushed_then_the_receiver_ends)
{
    jingle_session_t *session = active_out("s", "c", NULL);

    s->plan[STUB_1].holds = true;
    ck_assert_int_eq(jingle_content_done(content_of(session, "c"), true), JINGLE_EOK);
    ck_assert_int_eq(jingle_content_done(content_of(session, "c"), true), JINGLE_EINVOP);
    ck_log("t1.finish c\n");
    jingle_part_done(part(STUB_1)->part);
    ck_log("t1.stop c\nstate s ended\n> set session-terminate s success\na.closed c "
           "success\nt1.free c\na.free c\n"
           "terminated s success\n");
}
END_TEST

START_TEST(the_sender_waits_for_the_end)
{
    jingle_session_t *session = active_out("s", "c", NULL);

    jingle_content_done(content_of(session, "c"), false);
    ck_log("t1.finish c\nt1.stop c\n");
    engine_wait(e, 59999);
    ck_log("");
    engine_wait(e, 1);
    ck_log("state s ended\n> set session-terminate s success\na.closed c success\nt1.free "
           "c\na.free c\n"
           "terminated s success\n");
}
END_TEST

START_TEST(the_peer_ends)
{
    jingle_session_t *session = active_out("s", "c", NULL);

    jingle_content_done(content_of(session, "c"), false);
    engine_log(e);
    engine_action(e, "1", "session-terminate", "s", "<reason><success/></reason>");
    ck_log("state s ended\na.closed c success\nt1.free c\na.free c\nterminated s success\n> result "
           "1\n");
    engine_wait(e, 60000);
    ck_log("");
}
END_TEST

START_TEST(the_last_decides)
{
    jingle_session_t *session = active_out("s", "c", "d");

    jingle_content_done(content_of(session, "d"), true);
    ck_log("t1.finish d\nt1.stop d\n");
    jingle_content_done(content_of(session, "c"), false);
    ck_log("t1.finish c\nt1.stop c\n");
    add(session, "f");
    engine_log(e);
    engine_wait(e, 60000); /* no: there is another content now */
    ck_log("> set content-remove s timeout\nt1.stop f\na.closed f timeout\nt1.free f\na.free f\n"
           "error s content-add remote-server-timeout\n");
    engine_wait(e, 60000);
    ck_assert(jingle_session_is_ended(e->session));
}
END_TEST

/* Whoever is to end the session, it waits while an application holds it; the time for the peer begins
 * afterwards. */
START_TEST(held)
{
    jingle_session_t *session = active_out("s", "c", "d");
    jingle_part_t *holder = stub_find(s, STUB_A, "d")->part;

    jingle_part_hold(holder, true);
    jingle_content_done(content_of(session, "d"), false);
    jingle_content_done(content_of(session, "c"), _i == 0);
    engine_wait(e, 200000);
    ck_assert(!jingle_session_is_ended(e->session));
    jingle_part_hold(holder, false);
    if (_i) {
        ck_assert(!jingle_session_is_ended(e->session));
        engine_wait(e, 60000);
    }
    ck_assert(jingle_session_is_ended(e->session));
    ck_assert_ptr_nonnull(strstr(engine_log(e), "session-terminate s success"));
}
END_TEST

/* With its content goes what a part holds. */
START_TEST(held_by_what_is_gone)
{
    jingle_session_t *session = active_out("s", "c", "d");
    jingle_part_t *holder = stub_find(s, STUB_A, "d")->part;

    jingle_part_hold(holder, true);
    jingle_content_done(content_of(session, "c"), true);
    ck_assert(!jingle_session_is_ended(e->session));
    jingle_content_remove(content_of(session, "d"), NULL);
    ck_assert(jingle_session_is_ended(e->session));
}
END_TEST

START_TEST(finishing_has_a_deadline)
{
    jingle_session_t *session = active_out("s", "c", NULL);

    s->plan[STUB_1].holds = true;
    jingle_content_done(content_of(session, "c"), true);
    engine_log(e);
    engine_wait(e, 30000);
    ck_assert(jingle_session_is_ended(e->session));
}
END_TEST

START_TEST(last_news_go_before_the_end)
{
    jingle_session_t *session = active_out("s", "c", NULL);

    part(STUB_A)->tells = 2;
    jingle_part_news(part(STUB_A)->part);
    jingle_content_done(content_of(session, "c"), true);
    ck_log("> set session-info s\nt1.finish c\nt1.stop c\n");
    engine_ack(e);
    ck_log("> set session-info s\n");
    engine_ack(e);
    ck_assert(jingle_session_is_ended(e->session));
}
END_TEST

/** The peer would never learn which connection it is, if that waits for an answer. */
START_TEST(news_of_the_transport_go_before_its_end)
{
    jingle_session_t *session = active_out("s", "c", NULL);

    stub_news(part(STUB_1));
    ck_log("> set transport-info s\n");
    stub_news(part(STUB_1));
    jingle_content_done(content_of(session, "c"), false);
    ck_log("");
    engine_ack(e);
    ck_log("> set transport-info s\nt1.finish c\nt1.stop c\n");
}
END_TEST

START_TEST(what_breaks_while_finishing)
{
    jingle_session_t *session = active_out("s", "c", "d");

    s->plan[STUB_1].holds = true;
    jingle_content_done(content_of(session, "c"), true);
    jingle_content_done(content_of(session, "d"), false);
    engine_log(e);
    /* the receiver has what it wanted */
    jingle_part_fail(part(STUB_1)->part, JINGLE_REASON_CONNECTIVITY_ERROR, NULL);
    ck_log("t1.stop c\n");
    /* what was sent may not have arrived */
    jingle_part_fail(stub_find(s, STUB_1, "d")->part, JINGLE_REASON_CONNECTIVITY_ERROR, NULL);
    ck_assert_ptr_nonnull(strstr(
        engine_log(e),
        "> set content-remove s connectivity-error\nt1.stop d\na.closed d connectivity-error\n"));
}
END_TEST

START_TEST(done_before_it_was_open)
{
    s->plan[STUB_1].waits = true;
    jingle_content_done(content_of(active_out("s", "c", NULL), "c"), true);
    ck_log("t1.stop c\nstate s ended\n> set session-terminate s success\na.closed c "
           "success\nt1.free c\na.free c\n"
           "terminated s success\n");
}
END_TEST

/* finish may be left out (managed.h): then nothing is waited for */
/* All is done before another transport came, which is not waited for any more. */
START_TEST(done_while_a_replacement_is_awaited)
{
    jingle_session_t *session;
    jingle_transport_timeouts_t timeouts = {.size = sizeof timeouts, .replace = 5000};

    jingle_set_transport_timeouts(e->jingle, &timeouts);
    s->plan[STUB_1].breaks = true;
    session = active_in("s", STUB_CONTENT("c"));
    jingle_content_done(content_of(session, "c"), false);
    engine_log(e);
    engine_wait(e, 600000);
    ck_log("");
    engine_action(e, "1", "session-terminate", "s", "<reason><success/></reason>");
    ck_assert_ptr_nonnull(strstr(engine_log(e), "terminated s success\n"));
}
END_TEST

START_TEST(a_transport_without_finish)
{
    jingle_transport_t bare = stub_transport_t1;

    bare.finish = NULL;
    jingle_unregister_plugin(e->jingle, STUB_T1);
    ck_assert_int_eq(jingle_register_transport(e->jingle, STUB_T1, &bare, s), JINGLE_EOK);
    jingle_content_done(content_of(active_out("s", "c", NULL), "c"), true);
    ck_log("t1.stop c\nstate s ended\n> set session-terminate s success\na.closed c success\n"
           "t1.free c\na.free c\nterminated s success\n");
}
END_TEST

static void a_day_passes(void)
{
    engine_log(e);
    ck_assert_uint_eq(engine_wait(e, 24 * 3600 * 1000), JINGLE_NEVER);
    ck_log("");
}

/* 0: for ever (managed.h) */
START_TEST(without_deadlines_nobody_is_hurried)
{
    const jingle_transport_timeouts_t never = {.size = sizeof never};
    jingle_session_t *session = create("s");

    ck_assert_int_eq(jingle_set_transport_timeouts(e->jingle, &never), JINGLE_EOK);
    s->plan[STUB_1].later = s->plan[STUB_1].waits = s->plan[STUB_1].holds = true;
    add(session, "c");
    jingle_session_start(session);
    a_day_passes();
    jingle_part_ready(part(STUB_1)->part);
    engine_ack(e);
    engine_action(e, "1", "session-accept", "s", STUB_CONTENT("c"));
    a_day_passes();
    stub_open(part(STUB_1), 1);
    jingle_content_done(content_of(session, "c"), false);
    a_day_passes();
    jingle_part_done(part(STUB_1)->part);
    a_day_passes();
    ck_assert(jingle_session_is_active(session));
}
END_TEST

/* ---- failures and the end ---- */

START_TEST(an_application_that_fails_goes)
{
    jingle_session_t *session = active_out("s", "c", "d");
    xmpp_stanza_t *detail = engine_element(e, "<file-not-available xmlns='urn:example'/>");

    jingle_part_fail(stub_find(s, STUB_A, "d")->part, JINGLE_REASON_UNDEFINED, "no");
    ck_log("> set content-remove s failed-application\nt1.stop d\n"
           "a.closed d failed-application\nt1.free d\na.free d\n");
    ck_assert_str_eq(names_of(session), "c");
    jingle_part_fail_detail(part(STUB_A)->part, JINGLE_REASON_FAILED_APPLICATION, NULL, detail);
    xmpp_stanza_release(detail);
    ck_assert_ptr_nonnull(jingle_element_child(jingle_element_child(last_jingle(), "reason", NULL),
                                               NULL, "urn:example"));
    ck_assert(jingle_session_is_ended(e->session));
}
END_TEST

START_TEST(an_application_that_fails_before_the_accept_rejects)
{
    pending_in("s", STUB_CONTENT("c"));
    jingle_part_fail(part(STUB_A)->part, JINGLE_REASON_BUSY, NULL);
    ck_log("state s ended\n> set session-terminate s busy\nt1.stop c\na.closed c busy\n"
           "t1.free c\na.free c\nterminated s busy\n");
}
END_TEST

/* model.md: for each content A.closed, S.free, T.stop, T.free, A.free, whoever ends it */
START_TEST(the_end_has_its_order)
{
    active_out("s", "c", "d");
    engine_action(e, "1", "session-terminate", "s", "<reason><gone/></reason>");
    ck_log("state s ended\nt1.stop c\na.closed c gone\nt1.free c\na.free c\nt1.stop d\n"
           "a.closed d gone\nt1.free d\na.free d\nterminated s gone\n> result 1\n");
}
END_TEST

START_TEST(the_connection_state_follows)
{
    jingle_session_t *session;

    s->plan[STUB_1].waits = true;
    session = pending_out("s", "c", "d");
    engine_action(e, "1", "session-accept", "s", STUB_CONTENT("c") STUB_CONTENT("d"));
    ck_assert(jingle_session_is_connecting(session));
    stub_open(part(STUB_1), 1);
    ck_assert(jingle_session_is_connecting(session));
    stub_open(stub_find(s, STUB_1, "d"), 1);
    ck_assert(jingle_session_is_connected(session));
    s->plan[STUB_A].resumable = true;
    jingle_part_fail(part(STUB_1)->part, JINGLE_REASON_CONNECTIVITY_ERROR, NULL);
    ck_assert(jingle_session_is_interrupted(session));
    jingle_content_remove(content_of(session, "c"), NULL);
    ck_assert(jingle_session_is_connected(session));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("managed/open");
    TCase *channel = add_case(suite, "channel"), *done = add_case(suite, "done"),
          *end = add_case(suite, "end");

    tcase_add_test(channel, data_passes_both_ways);
    tcase_add_test(channel, data_passes_through_the_security);
    tcase_add_loop_test(channel, the_end_passes_the_security, 0, 2);
    tcase_add_test(channel, channels_may_be_several);
    tcase_add_loop_test(channel, parts_stay_while_they_are_called, 0, 2);
    tcase_add_loop_test(channel, parts_stay_while_they_send, 0, 2);
    tcase_add_test(channel, channels_of_the_dead_are_given_back);
    tcase_add_test(done, done_is_flushed_then_the_receiver_ends);
    tcase_add_test(done, the_sender_waits_for_the_end);
    tcase_add_test(done, the_peer_ends);
    tcase_add_test(done, the_last_decides);
    tcase_add_loop_test(done, held, 0, 2);
    tcase_add_test(done, held_by_what_is_gone);
    tcase_add_test(done, finishing_has_a_deadline);
    tcase_add_test(done, a_transport_without_finish);
    tcase_add_test(done, without_deadlines_nobody_is_hurried);
    tcase_add_test(done, last_news_go_before_the_end);
    tcase_add_test(done, news_of_the_transport_go_before_its_end);
    tcase_add_test(done, what_breaks_while_finishing);
    tcase_add_test(done, done_before_it_was_open);
    tcase_add_test(done, done_while_a_replacement_is_awaited);
    tcase_add_test(end, an_application_that_fails_goes);
    tcase_add_test(end, an_application_that_fails_before_the_accept_rejects);
    tcase_add_test(end, the_end_has_its_order);
    tcase_add_test(end, the_connection_state_follows);
    return run_suite(suite);
}
