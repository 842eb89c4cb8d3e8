/* SPDX-License-Identifier: MIT */
/** @file
 *  From the channels to the end: open, data, security, failures, the order of the end. */
#include "fixture.h"

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

static void lose_the_channel(stub_t *stub, stub_part_t *self, stub_point_t point)
{
    if (point != STUB_WRAP)
        return;
    stub->hook = NULL;
    if (stub->user)
        engine_action(e, "r", "content-remove", "s", "<content creator='initiator' name='c'/>");
    else
        jingle_session_end(jingle_part_get_session(self->part), NULL);
}

/* Whatever happens while a security wraps a channel: with its content over there is nobody to give it to. */
START_TEST(lost_while_it_is_wrapped)
{
    const char *log;

    s->hook = lose_the_channel;
    e->user = s;
    s->user = _i ? s : NULL;
    pending_in("s", STUB_CONTENT_OF("c", STUB_APP, STUB_T1, "<security xmlns='" STUB_SEC "'/>")
                        STUB_CONTENT("d"));
    jingle_session_accept(e->session);
    log = engine_log(e);
    ck_assert_ptr_nonnull(strstr(log, "s.wrap c\n"));
    ck_assert_ptr_null(strstr(log, "a.open c\n"));
    ck_assert_ptr_null(stub_find(s, STUB_S, "c"));
    ck_assert(jingle_session_is_ended(e->session) == !_i);
}
END_TEST

static const char *const plain_or_secured[] = {
    STUB_CONTENT("c"), STUB_CONTENT_OF("c", STUB_APP, STUB_T1, "<security xmlns='" STUB_SEC "'/>")};

static void note_closed(jingle_channel_t *channel, bool complete, void *userdata)
{
    (void)channel, (void)complete, (void)userdata;
    engine_note(e, "heard");
}

static const jingle_channel_sink_t listening = {.closed = note_closed};

static void listen_when_closed(stub_t *stub, stub_part_t *self, stub_point_t point)
{
    (void)stub;
    if (point == STUB_CLOSED)
        jingle_channel_set_sink(self->channel, &listening, NULL);
}

/* An application that was told of the end of its content hears nothing more of its channel, and cannot
 * change that. */
START_TEST(nothing_is_heard_after_the_end)
{
    active_in("s", plain_or_secured[_i]);
    s->hook = listen_when_closed;
    jingle_session_end(e->session, NULL);
    ck_log(_i ? "state s ended\n> set session-terminate s success\nt1.stop c\na.closed c success\n"
                "s.free c\nt1.free c\na.free c\nterminated s success\n"
              : "state s ended\n> set session-terminate s success\nt1.stop c\na.closed c success\n"
                "t1.free c\na.free c\nterminated s success\n");
}
END_TEST

static void deliver_when_stopped(stub_t *stub, stub_part_t *self, stub_point_t point)
{
    if (point == STUB_STOP)
        jingle_channel_deliver(self->channel, "x", 1);
    if (point == STUB_CLOSED) {
        ck_assert_str_eq(text_str(&self->received), "");
        stub->user = self;
    }
}

/* Nor does it hear, on its way to the end, what the transport hands over last. */
START_TEST(nothing_is_heard_of_what_stops)
{
    active_in("s", plain_or_secured[_i]);
    s->hook = deliver_when_stopped;
    jingle_session_end(e->session, NULL);
    ck_assert_ptr_nonnull(s->user);
}
END_TEST

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
    TCase *channel = add_case(suite, "channel"), *end = add_case(suite, "end");

    tcase_add_test(channel, data_passes_both_ways);
    tcase_add_test(channel, data_passes_through_the_security);
    tcase_add_loop_test(channel, the_end_passes_the_security, 0, 2);
    tcase_add_loop_test(channel, lost_while_it_is_wrapped, 0, 2);
    tcase_add_test(channel, channels_may_be_several);
    tcase_add_loop_test(channel, parts_stay_while_they_are_called, 0, 2);
    tcase_add_loop_test(channel, parts_stay_while_they_send, 0, 2);
    tcase_add_loop_test(channel, nothing_is_heard_after_the_end, 0, 2);
    tcase_add_loop_test(channel, nothing_is_heard_of_what_stops, 0, 2);
    tcase_add_test(channel, channels_of_the_dead_are_given_back);
    tcase_add_test(end, an_application_that_fails_goes);
    tcase_add_test(end, an_application_that_fails_before_the_accept_rejects);
    tcase_add_test(end, the_end_has_its_order);
    tcase_add_test(end, the_connection_state_follows);
    return run_suite(suite);
}
