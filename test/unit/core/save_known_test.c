/* SPDX-License-Identifier: MIT */
/** @file
 *  What a restored session knows of itself: names, states, what was said. */
#include "save_fixture.h"

/* Each of them outlives the program, once the session is active. */
START_TEST(connection_states_are_saved)
{
    jingle_session_t *session = engine_create_active(e, "s");

    if (_i != JINGLE_CONNECTION_STARTING)
        ck_assert_int_eq(jingle_session_set_connection(session, (jingle_connection_t)_i),
                         JINGLE_EOK);
    session = saved_and_restored(session);
    ck_assert_int_eq(jingle_session_get_connection(session), _i);
}
END_TEST

/* What was accepted is not accepted once more, whoever does it. */
START_TEST(an_accept_is_saved)
{
    jingle_session_t *session = engine_offered(e, "s");

    ck_assert_int_eq(jingle_session_accept(session), JINGLE_EOK);
    engine_ack(e);
    session = saved_and_restored(session);
    ck_assert_int_eq(jingle_session_accept(session), JINGLE_EINVOP);
    ck_assert_int_eq(jingle_session_send(session, JINGLE_ACTION_SESSION_ACCEPT, NULL),
                     JINGLE_EINVOP);
    ck_log("");
}
END_TEST

START_TEST(a_resource_with_spaces)
{
    static const char peer[] = "z@peer.example/My Phone <3";
    jingle_session_t *session;

    engine_feed_jingle(e, "z@peer.example/My Phone &lt;3", "1", "session-initiate", "s",
                       ENGINE_CONTENT);
    session = jingle_find_session(e->jingle, NULL, peer, "s");
    ck_assert_int_eq(saved_take(&saved, session), JINGLE_EOK);
    crash();
    ck_assert_int_eq(restore(&session), JINGLE_EOK);
    ck_assert_str_eq(jingle_session_get_peer(session), peer);
    ck_assert_int_eq(jingle_session_accept(session), JINGLE_EOK);
    ck_assert_str_eq(xmpp_stanza_get_to(engine_last_request(e)), peer);
}
END_TEST

static void feed_a_component(const char *id, const char *action)
{
    engine_feed(e,
                "<iq xmlns='jabber:client' type='set' from='" ENGINE_PEER
                "' to='M@Self.Example/main' id='%s'><jingle xmlns='urn:xmpp:jingle:1' action='%s' "
                "sid='s'>%s</jingle></iq>",
                id, action, strcmp(action, "session-info") ? ENGINE_CONTENT : "");
}

/* What came to a component is compared octet by octet, as its server writes it, in a later life as well. */
START_TEST(a_name_in_large_letters)
{
    begin_with(JINGLE_CONFIG(.component = true));
    feed_a_component("1", "session-initiate");
    ck_assert_int_eq(saved_take(&saved, e->session), JINGLE_EOK);
    jingle_set_send(e->jingle, NULL, NULL);
    begin_with(JINGLE_CONFIG(.component = true));
    ck_assert_int_eq(restore(NULL), JINGLE_EOK);
    engine_log(e);
    feed_a_component("2", "session-info");
    ck_log("on session-info s\n> result 2\n");
}
END_TEST

/* Whatever was asked: its answer finds the one who asked. */
START_TEST(each_action_is_awaited)
{
    jingle_session_type_t type = engine_type;
    jingle_session_t *session;
    jingle_action_t pending;

    type.on_source_add = type.on_source_remove = type.on_session_info;
    ck_assert_int_eq(jingle_register_session_type(e->jingle, "urn:source", &type, NULL),
                     JINGLE_EOK);
    session = with_a_request((jingle_action_t)_i);
    pending = jingle_session_get_pending_action(session);
    session = saved_and_restored(session);
    ck_assert_uint_eq(jingle_session_count_requests(session), 1);
    ck_assert_int_eq(jingle_session_get_pending_action(session), pending);
    feed_answer("result", ENGINE_PEER, old_id);
    ck_assert_uint_eq(jingle_session_count_requests(session), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("core/save_known");
    TCase *tcase = add_save_case(suite, "all");

    tcase_add_loop_test(tcase, connection_states_are_saved, 0, JINGLE_CONNECTION_COUNT);
    tcase_add_test(tcase, an_accept_is_saved);
    tcase_add_test(tcase, a_resource_with_spaces);
    tcase_add_test(tcase, a_name_in_large_letters);
    for (int action = JINGLE_ACTION_UNKNOWN + 1; action < JINGLE_ACTION_COUNT; action++)
        if (action != JINGLE_ACTION_SESSION_ACCEPT && action != JINGLE_ACTION_SESSION_TERMINATE)
            tcase_add_loop_test(tcase, each_action_is_awaited, action, action + 1);
    return run_suite(suite);
}
