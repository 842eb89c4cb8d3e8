/* SPDX-License-Identifier: MIT */
/** @file
 *  The event changed: told before what goes with the change leaves. */
#include "save_chess.h"

/* ---- the event changed ---- */

START_TEST(nobody_is_told_who_does_not_ask)
{
    engine_create_active(e, "s");
    engine_action(e, "1", "session-info", "s", "");
    jingle_session_changed(e->session);
    jingle_session_changed(NULL);
    ck_assert_ptr_null(strstr(engine_log(e), "changed"));
}
END_TEST

/* Nor of a session that is over, or its manager gone. */
START_TEST(nobody_is_told_of_what_is_over)
{
    jingle_session_t *session = jingle_session_clone(engine_create_active(e, "s"));

    jingle_set_tell_changes(e->jingle, true);
    if (_i)
        engine_free_manager(e);
    else
        jingle_session_end(session, NULL);
    engine_log(e);
    jingle_session_changed(session);
    ck_log("");
    jingle_session_release(session);
}
END_TEST

START_TEST(changes_are_told_before_they_leave)
{
    jingle_session_t *session = engine_create(e, "s");

    engine_log(e);
    jingle_set_tell_changes(e->jingle, true);
    jingle_session_start(session);
    ck_log("state s pending\noutgoing s\nchanged s\n> set session-initiate s\n");
    engine_ack(e);
    ck_log("changed s\n");
    engine_action(e, "1", "session-accept", "s", ENGINE_CONTENT);
    ck_log("on session-accept s\nstate s active\nchanged s\n> result 1\n");
    jingle_session_set_connection(session, JINGLE_CONNECTION_CONNECTED);
    ck_log("connection s connected\nchanged s\n");
    jingle_session_set_connection(session, JINGLE_CONNECTION_CONNECTED);
    ck_log("");
    engine_send(e, session, JINGLE_ACTION_SESSION_INFO, "");
    ck_log("changed s\n> set session-info s\n");
    engine_ack(e);
    ck_log("changed s\n");
    /* This type keeps nothing, so nothing of it has changed. */
    engine_action(e, "2", "transport-info", "s", ENGINE_CONTENT);
    engine_action(e, "3", "session-info", "s", "");
    engine_action(e, "4", "nonsense", "s", "");
    ck_log("on transport-info s\n> result 2\non session-info s\n> result 3\n> error 4 cancel "
           "bad-request\n");
    jingle_session_end(session, NULL);
    ck_assert_ptr_null(strstr(engine_log(e), "changed"));
}
END_TEST

/* What a session is about is saved with it, so that it is told with the next answer, be it to a ping. */
START_TEST(other_applications_are_told)
{
    static const char *const applications[] = {"urn:x", "urn:y"};
    jingle_session_t *session = engine_create_active(e, "s");

    jingle_set_tell_changes(e->jingle, true);
    engine_action(e, "0", "session-info", "s", ""); /* what has changed so far */
    engine_log(e);
    engine_action(e, "1", "session-info", "s", "");
    ck_log("on session-info s\n> result 1\n");
    ck_assert_int_eq(jingle_session_set_applications(session, applications, 2), JINGLE_EOK);
    engine_action(e, "2", "session-info", "s", "");
    ck_log("on session-info s\nchanged s\n> result 2\n");
    engine_action(e, "3", "session-info", "s", "");
    ck_log("on session-info s\n> result 3\n");
}
END_TEST

static void set_pending(engine_t *engine, jingle_session_t *session, const jingle_data_t *data,
                        jingle_reply_t *reply)
{
    (void)data;
    jingle_session_set_state(session, JINGLE_STATE_PENDING);
    jingle_session_set_connection(session, JINGLE_CONNECTION_CONNECTED);
    engine_note(engine, "handled");
    jingle_reply_ack(reply);
}

/* At once, and not twice for the same; while an action is handled once before it is answered. */
START_TEST(states_that_are_set_are_told)
{
    jingle_session_t *session = engine_create_active(e, "s");

    jingle_set_tell_changes(e->jingle, true);
    ck_assert_int_eq(jingle_session_set_state(session, JINGLE_STATE_PENDING), JINGLE_EOK);
    ck_log("state s pending\nchanged s\n");
    ck_assert_int_eq(jingle_session_set_state(session, JINGLE_STATE_PENDING), JINGLE_EOK);
    ck_log("");
    ck_assert_int_eq(jingle_session_set_state(session, JINGLE_STATE_ACTIVE), JINGLE_EOK);
    ck_log("state s active\nchanged s\n");
    e->on_action = set_pending;
    engine_action(e, "1", "session-info", "s", "");
    ck_log("on session-info s\nstate s pending\nconnection s connected\nhandled\nchanged s\n"
           "> result 1\n");
    /* one that has not begun as well */
    session = engine_create(e, "t");
    engine_log(e);
    ck_assert_int_eq(jingle_session_set_state(session, JINGLE_STATE_PENDING), JINGLE_EOK);
    ck_log("state t pending\nchanged t\n");
}
END_TEST

/* Whom we can talk to can also be saved (RFC 7622 section 3.4). */
START_TEST(an_offer_is_told_before_its_ack)
{
    jingle_set_tell_changes(e->jingle, true);
    engine_offer(e, "1", "s");
    ck_log(
        "created s\non session-initiate s\nstate s pending\nchanged s\n> result 1\nincoming s\n");
    jingle_session_accept(e->session);
    ck_log("state s active\nchanged s\n> set session-accept s\n");
}
END_TEST

START_TEST(a_refused_offer_is_not_told)
{
    jingle_set_tell_changes(e->jingle, true);
    e->keep = true;
    engine_offer(e, "1", "s");
    engine_complete(e, jingle_error_of(JINGLE_ERROR_BAD_REQUEST));
    ck_assert_ptr_null(strstr(engine_log(e), "changed"));
}
END_TEST

START_TEST(types_that_keep_something_tell_more)
{
    jingle_session_t *session = play_chess();

    jingle_set_tell_changes(e->jingle, true);
    engine_action(e, "1", "session-info", "s", "<move xmlns='urn:x'/>");
    ck_log("changed s\n> result 1\n");
    engine_action(e, "2", "session-info", "s", "");
    ck_log("> result 2\n");
    jingle_session_changed(session);
    ck_log("changed s\n");
    /* as often as one likes */
    for (int i = 0; i < 20; i++) {
        jingle_session_changed(session);
        ck_log("changed s\n");
    }
}
END_TEST

static unsigned refused;

static void save_on_everything(engine_t *engine, const jingle_event_t *event)
{
    (void)engine;
    if (event->type == JINGLE_EVENT_STATE || event->type == JINGLE_EVENT_OUTGOING)
        refused += saved_take(&saved, event->session) == JINGLE_EINVOP;
    else if (event->type == JINGLE_EVENT_CHANGED)
        ck_assert_int_eq(saved_take(&saved, event->session), JINGLE_EOK);
}

/* Restored, it would be pending and could never be offered. */
START_TEST(not_inside_the_events_before_the_offer)
{
    jingle_session_t *session = engine_create(e, "s");

    ck_assert_int_eq(saved_take(&saved, session), JINGLE_EOK);
    refused = 0;
    e->on_event = save_on_everything;
    jingle_set_tell_changes(e->jingle, true);
    jingle_session_start(session);
    ck_log("created s\nstate s pending\noutgoing s\nchanged s\n> set session-initiate s\n");
    ck_assert_uint_eq(refused, 2);
    ck_assert_int_eq(saved_take(&saved, session), JINGLE_EOK);
}
END_TEST

/* What is saved inside the event is what the peer is then told: never less. */
static void save_on_change(engine_t *engine, const jingle_event_t *event)
{
    (void)engine;
    if (event->type == JINGLE_EVENT_CHANGED)
        ck_assert_int_eq(saved_take(&saved, event->session), JINGLE_EOK);
}

START_TEST(saved_inside_the_event)
{
    jingle_session_t *session = NULL;

    jingle_set_tell_changes(e->jingle, true);
    e->on_event = save_on_change;
    engine_offer(e, "1", "s");
    crash();
    ck_assert_int_eq(restore(&session), JINGLE_EOK);
    ck_assert(jingle_session_is_acknowledged(session));
    e->on_event = save_on_change;
    jingle_set_tell_changes(e->jingle, true);
    jingle_session_accept(session);
    snprintf(old_id, sizeof old_id, "%s", xmpp_stanza_get_id(engine_last_request(e)));
    crash();
    ck_assert_int_eq(restore(&session), JINGLE_EOK);
    ck_assert(jingle_session_is_active(session));
    ck_assert_uint_eq(jingle_session_count_requests(session), 1);
    feed_answer("result", ENGINE_PEER, old_id);
    ck_assert_uint_eq(jingle_session_count_requests(session), 0);
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

static void save_at_time_out(engine_t *engine, const jingle_event_t *event)
{
    (void)engine;
    if (event->type == JINGLE_EVENT_ERROR && !saved.len)
        ck_assert_int_eq(saved_take(&saved, event->session), JINGLE_EOK);
}

/* Two requests run out of time together, and the session is saved when the first is told of: the second has
 * no time left in the next life. */
START_TEST(saved_when_time_is_over)
{
    jingle_session_t *session = with_a_request(JINGLE_ACTION_SESSION_INFO);

    ck_assert_int_eq(engine_send(e, session, JINGLE_ACTION_TRANSPORT_INFO, ""), JINGLE_EOK);
    e->on_event = save_at_time_out;
    engine_wait(e, 60000);
    crash();
    ck_assert_int_eq(restore(NULL), JINGLE_EOK);
    ck_assert_uint_eq(jingle_session_count_requests(e->session), 1);
    engine_wait(e, 0);
    ck_log("created s\nerror s transport-info remote-server-timeout\n");
}
END_TEST

START_TEST(ended_inside_the_event_changed)
{
    jingle_session_t *session = engine_create_active(e, "s");

    jingle_set_tell_changes(e->jingle, true);
    e->on_event = end_on_change;
    engine_offer(e, "1", "t");
    ck_log(
        "created t\non session-initiate t\nstate t pending\nchanged t\nstate t ended\n> result 1\n"
        "> set session-terminate t busy\nterminated t busy\n");
    n_answers = 0;
    ck_assert_int_eq(
        jingle_session_request(session, JINGLE_ACTION_SESSION_INFO, NULL, on_answer, e),
        JINGLE_EOK);
    ck_log("changed s\nstate s ended\n> set session-terminate s busy\nterminated s busy\n");
    ck_assert_uint_eq(n_answers, 1);
    ck_assert_int_eq(last_answer, JINGLE_ANSWER_DROPPED);
}
END_TEST

START_TEST(freed_inside_the_event_changed)
{
    for (int i = 0; i < 4; i++) {
        jingle_session_t *session = engine_create_active(e, "s");

        if (i == 2)
            engine_send(e, session, JINGLE_ACTION_SESSION_INFO, "");
        jingle_set_tell_changes(e->jingle, true);
        e->on_event = free_on_change;
        if (i == 0)
            engine_offer(e, "1", "t");
        else if (i == 1)
            engine_send(e, session, JINGLE_ACTION_SESSION_INFO, "");
        else if (i == 2)
            engine_ack(e);
        else
            jingle_session_set_connection(session, JINGLE_CONNECTION_CONNECTED);
        ck_assert_ptr_null(e->jingle);
        begin_with(NULL);
    }
}
END_TEST

/* To the peer there never was one. */
START_TEST(our_offer_ended_inside_the_event_changed)
{
    jingle_session_t *session = engine_create(e, "s");

    engine_log(e);
    jingle_set_tell_changes(e->jingle, true);
    e->on_event = end_on_change;
    ck_assert_int_eq(jingle_session_start(session), JINGLE_EINVOP);
    ck_assert_ptr_null(strstr(engine_log(e), "> set"));
    ck_assert_uint_eq(jingle_count_sessions(e->jingle), 0);
}
END_TEST

/* Who asked is told, once, and has not been told that nothing was asked. */
START_TEST(an_offer_that_is_asked_for_ends_inside_the_event_changed)
{
    static const engine_event_fn deeds[] = {end_on_change, free_on_change};
    xmpp_stanza_t *element =
        engine_element(e, "<jingle xmlns='" JINGLE_NS "'>" ENGINE_CONTENT "</jingle>");
    jingle_session_t *session = engine_create(e, "s");
    const jingle_data_t *data = NULL;

    ck_assert_int_eq(jingle_data_new(NULL, element, &data), JINGLE_EOK);
    engine_log(e);
    jingle_set_tell_changes(e->jingle, true);
    e->on_event = deeds[_i];
    n_answers = 0;
    ck_assert_int_eq(
        jingle_session_request(session, JINGLE_ACTION_SESSION_INITIATE, data, on_answer, e),
        JINGLE_EOK);
    ck_assert_uint_eq(n_answers, 1);
    ck_assert_int_eq(last_answer, JINGLE_ANSWER_DROPPED);
    ck_assert_ptr_null(strstr(engine_log(e), "> set"));
    jingle_data_free(data);
    xmpp_stanza_release(element);
}
END_TEST

static void send_on_change(engine_t *engine, const jingle_event_t *event)
{
    if (event->type == JINGLE_EVENT_CHANGED)
        ck_assert_int_eq(engine_send(engine, event->session, JINGLE_ACTION_SESSION_INFO, ""),
                         JINGLE_EINVOP);
}

/* Nothing goes before the offer that the event is about. */
START_TEST(nothing_is_sent_before_the_offer)
{
    jingle_session_t *session = engine_create(e, "s");

    engine_log(e);
    jingle_set_tell_changes(e->jingle, true);
    e->on_event = send_on_change;
    ck_assert_int_eq(jingle_session_start(session), JINGLE_EOK);
    ck_log("state s pending\noutgoing s\nchanged s\n> set session-initiate s\n");
    e->on_event = NULL;
    ck_assert_int_eq(engine_send(e, session, JINGLE_ACTION_SESSION_INFO, ""), JINGLE_EOK);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("core/save_change");
    TCase *tcase = add_save_case(suite, "all");

    tcase_add_test(tcase, nobody_is_told_who_does_not_ask);
    tcase_add_loop_test(tcase, nobody_is_told_of_what_is_over, 0, 2);
    tcase_add_test(tcase, changes_are_told_before_they_leave);
    tcase_add_test(tcase, other_applications_are_told);
    tcase_add_test(tcase, states_that_are_set_are_told);
    tcase_add_test(tcase, an_offer_is_told_before_its_ack);
    tcase_add_test(tcase, a_refused_offer_is_not_told);
    tcase_add_test(tcase, types_that_keep_something_tell_more);
    tcase_add_test(tcase, not_inside_the_events_before_the_offer);
    tcase_add_test(tcase, saved_inside_the_event);
    tcase_add_test(tcase, ended_inside_the_event_changed);
    tcase_add_test(tcase, saved_when_time_is_over);
    tcase_add_test(tcase, freed_inside_the_event_changed);
    tcase_add_test(tcase, our_offer_ended_inside_the_event_changed);
    tcase_add_test(tcase, nothing_is_sent_before_the_offer);
    tcase_add_loop_test(tcase, an_offer_that_is_asked_for_ends_inside_the_event_changed, 0, 2);
    return run_suite(suite);
}
