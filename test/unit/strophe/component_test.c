/* SPDX-License-Identifier: MIT */
/** @file
 *  Components (XEP-0114): a connection that libstrophe 0.12.2 crashes on by itself, and every stanza
 *  says who sends it. */
#include "world.h"

static void attach_with(const jingle_attach_config_t *config)
{
    ck_assert_int_eq(jingle_attach_with(w.jingle, w.conn, config), JINGLE_EOK);
}

static void be_component(void)
{
    free_conn();
    w.conn = new_conn(COMPONENT);
}

/* The first stanza, each one sent, and the disconnect read what xmpp_connect_component() forgets to
 * allocate (trap 16). */
START_TEST(connects)
{
    be_component();
    if (_i)
        attach_with(NULL);
    log_in_component();
    fake_server_send(w.server, 0,
                     "<message from='" PEER "' to='bot@" COMPONENT
                     "'><body>hello</body></message>");
    run_for(10);
    xmpp_send_raw_string(w.conn, "<message from='bot@" COMPONENT "' to='" PEER "'/>");
    EXPECT("<message");
    xmpp_disconnect(w.conn);
    UNTIL(w.disconnected == 1);
    /* And again, on the same connection. */
    log_in_component();
    fake_server_cut(w.server, 1);
    UNTIL(w.disconnected == 2);
    log_in_component();
    xmpp_send_raw_string(w.conn, "<message from='bot@" COMPONENT "' to='" PEER "'/>");
    EXPECT_ON(2, "<message");
}
END_TEST

START_TEST(wrong_arguments)
{
    xmpp_conn_t *conn = xmpp_conn_new(w.ctx);
    unsigned short port = fake_server_port(w.server);

    ck_assert_int_eq(jingle_connect_component(NULL, "127.0.0.1", port, on_conn, NULL), XMPP_EINVOP);
    ck_assert_int_eq(jingle_connect_component(conn, "127.0.0.1", port, on_conn, NULL), XMPP_EINVOP);
    xmpp_conn_set_jid(conn, COMPONENT);
    ck_assert_int_eq(jingle_connect_component(conn, "127.0.0.1", port, on_conn, NULL), XMPP_EINVOP);
    xmpp_conn_set_pass(conn, "secret");
    ck_assert_int_eq(jingle_connect_component(conn, NULL, port, on_conn, NULL), XMPP_EINVOP);
    ck_assert_int_eq(jingle_connect_component(conn, "127.0.0.1", port, on_conn, NULL), XMPP_EOK);
    ck_assert_int_eq(jingle_connect_component(conn, "127.0.0.1", port, on_conn, NULL), XMPP_EINVOP);
    UNTIL(w.connected == 1);
    xmpp_conn_release(conn);
}
END_TEST

/* Different local JIDs, the same peer, the same sid: two sessions, each answered as itself (trap 17).
 * That it is a component is found out from the stream, or said. */
START_TEST(sessions_of_several_jids)
{
    be_component();
    attach_with(_i ? JINGLE_ATTACH(.component = true) : NULL);
    log_in_component();
    send_offer(0, PEER, "chess@" COMPONENT "/one", "i1", "s");
    EXPECT("type=\"result\"", "id=\"i1\"", "from=\"chess@" COMPONENT "/one\"", "to=\"" PEER "\"");
    send_offer(0, PEER, "go@" COMPONENT, "i2", "s");
    EXPECT("type=\"result\"", "id=\"i2\"", "from=\"go@" COMPONENT "\"", "to=\"" PEER "\"");
    ck_assert_uint_eq(jingle_count_sessions(w.jingle), 2);
    jingle_session_end(jingle_find_session(w.jingle, "go@" COMPONENT, PEER, "s"), NULL);
    EXPECT("session-terminate", "from=\"go@" COMPONENT "\"");
    ck_assert_uint_eq(jingle_count_sessions(w.jingle), 1);
    ck_assert_ptr_nonnull(jingle_find_session(w.jingle, "chess@" COMPONENT "/one", PEER, "s"));
    EXPECT_NOTHING();
}
END_TEST

static void presence_to(const char *to, const char *type)
{
    fake_server_send(w.server, 0, "<presence from='" PEER "' to='%s' type='%s'/>", to, type);
    run_for(8);
}

/* A peer that leaves one of our JIDs has not left the others. */
START_TEST(a_peer_leaves_one_of_our_jids)
{
    be_component();
    attach_with(JINGLE_ATTACH(.component = true));
    log_in_component();
    send_offer(0, PEER, "chess@" COMPONENT "/one", "i1", "s");
    EXPECT("type=\"result\"", "id=\"i1\"");
    send_offer(0, PEER, "go@" COMPONENT, "i2", "s");
    EXPECT("type=\"result\"", "id=\"i2\"");
    presence_to(_i == 0 ? "go@" COMPONENT : "chess@" COMPONENT, "unavailable");
    /* What it says to the other is no sign of life for this one. */
    fake_server_send(w.server, 0, "<message from='" PEER "' to='%s@" COMPONENT "'/>",
                     _i == 0 ? "chess" : "go");
    run_for(8);
    if (_i == 2)
        jingle_peer_seen(w.jingle, PEER);
    jingle_tick(w.jingle, milliseconds() + 10000);
    if (_i == 2) {
        ck_assert_uint_eq(jingle_count_sessions(w.jingle), 2);
        return;
    }
    EXPECT("session-terminate",
           _i == 0 ? "from=\"go@" COMPONENT "\"" : "from=\"chess@" COMPONENT "/one\"", "<gone/>");
    EXPECT_NOTHING();
    ck_assert_uint_eq(jingle_count_sessions(w.jingle), 1);
}
END_TEST

START_TEST(every_stanza_says_who_sends_it)
{
    be_component();
    attach_with(JINGLE_ATTACH(.component = true, .answer_disco = true, .answer_unhandled = true));
    log_in_component();
    UNTIL(jingle_is_online(w.jingle));
    ck_assert_int_eq(
        jingle_request(w.jingle, JINGLE_REQUEST(.to = PEER, .own = "chess@" COMPONENT "/one",
                                                .xml = "<q xmlns=\"urn:example:q\"/>")),
        JINGLE_EOK);
    EXPECT("urn:example:q", "from=\"chess@" COMPONENT "/one\"");
    fake_server_send(w.server, 0,
                     "<iq type='get' id='d' from='" PEER "' to='chess@" COMPONENT
                     "'><query xmlns='%s'/></iq>",
                     JINGLE_NS_DISCO_INFO);
    EXPECT("type=\"result\"", "id=\"d\"", "from=\"chess@" COMPONENT "\"", "category=\"component\"",
           JINGLE_NS);
    fake_server_send(w.server, 0,
                     "<iq type='get' id='u' from='" PEER "' to='chess@" COMPONENT "'><ping "
                     "xmlns='urn:xmpp:ping'/></iq>");
    EXPECT("type=\"error\"", "id=\"u\"", "from=\"chess@" COMPONENT "\"", "service-unavailable");
}
END_TEST

/* A connection without a bound JID is up when a stanza has come, or the program said so. */
START_TEST(it_is_seen_to_be_up)
{
    be_component();
    w.tell_events = _i;
    attach_with(JINGLE_ATTACH(.component = true));
    log_in_component();
    if (_i)
        ck_assert(jingle_is_online(w.jingle));
    fake_server_send(w.server, 0, "<presence from='" PEER "' to='" COMPONENT "'/>");
    UNTIL(jingle_is_online(w.jingle));
    fake_server_cut(w.server, 0);
    UNTIL(w.disconnected == 1);
    ck_assert(!jingle_is_online(w.jingle));
    ck_assert_ptr_null(jingle_get_jid(w.jingle));
}
END_TEST

/* The sessions of a component go on after a reconnect: its JIDs are its own. */
START_TEST(sessions_survive_a_reconnect)
{
    be_component();
    attach_with(NULL);
    log_in_component();
    send_offer(0, PEER, "chess@" COMPONENT, "i1", "s");
    EXPECT("id=\"i1\"");
    fake_server_cut(w.server, 0);
    UNTIL(w.disconnected == 1);
    log_in_component();
    fake_server_send(w.server, 1,
                     "<iq type='set' id='p' from='" PEER "' to='chess@" COMPONENT "'><jingle "
                     "xmlns='urn:xmpp:jingle:1' action='session-info' sid='s'/></iq>");
    EXPECT_ON(1, "type=\"result\"", "id=\"p\"");
    LOG("incoming s\n");
}
END_TEST

/* A component has no roster to find contacts in. */
START_TEST(contacts_are_refused)
{
    be_component();
    attach_with(JINGLE_ATTACH(.component = true));
    ck_assert_int_eq(jingle_set_offers(w.jingle, JINGLE_OFFERS_CONTACTS), JINGLE_EINVAL);
    ck_assert_int_eq(jingle_set_offers(w.jingle, JINGLE_OFFERS_LISTED), JINGLE_EOK);
    /* Settings of which one is refused change nothing. */
    ck_assert_int_eq(
        jingle_attach_with(w.jingle, w.conn,
                           JINGLE_ATTACH(.offers = JINGLE_OFFERS_CONTACTS, .answer_disco = true)),
        JINGLE_EINVAL);
    ck_assert_ptr_null(jingle_get_feature(w.jingle, 1));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("component");
    TCase *tcase = add_case(suite, "component");

    tcase_add_loop_test(tcase, connects, 0, 2);
    tcase_add_test(tcase, wrong_arguments);
    tcase_add_loop_test(tcase, sessions_of_several_jids, 0, 2);
    tcase_add_test(tcase, every_stanza_says_who_sends_it);
    tcase_add_loop_test(tcase, a_peer_leaves_one_of_our_jids, 0, 3);
    tcase_add_loop_test(tcase, it_is_seen_to_be_up, 0, 2);
    tcase_add_test(tcase, sessions_survive_a_reconnect);
    tcase_add_test(tcase, contacts_are_refused);
    return run_suite(suite);
}
