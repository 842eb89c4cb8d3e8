/* SPDX-License-Identifier: MIT */
/** @file
 *  What is sent while the connection is down, kept until it is up again. */
#include "world.h"

static int ask(void)
{
    return jingle_request(w.jingle,
                          JINGLE_REQUEST(.to = PEER, .xml = "<q xmlns=\"urn:example:q\"/>"));
}

static void lose_connection(size_t stream)
{
    unsigned before = w.disconnected;

    fake_server_cut(w.server, stream);
    UNTIL(w.disconnected > before);
}

static void attach_holding(size_t octets)
{
    ck_assert_int_eq(jingle_attach_with(w.jingle, w.conn, JINGLE_ATTACH(.hold = octets)),
                     JINGLE_EOK);
}

/* In order, once, and before what is sent afterwards; on a resumed stream and on a new one. */
START_TEST(held_until_it_is_up)
{
    bool resumed = _i & 1;

    w.tell_events = _i & 2;
    fake_server_options(w.server)->sm = resumed;
    attach_holding(4096);
    ck_assert_int_eq(ask(), JINGLE_ESEND); /* nobody has logged in yet */
    log_in();
    run_for(10);
    session_from(PEER, "s1");
    lose_connection(0);
    ck_assert_int_eq(ask(), JINGLE_EOK);
    ck_assert_int_eq(jingle_session_end(jingle_find_session(w.jingle, NULL, PEER, "s1"),
                                        JINGLE_END(.condition = JINGLE_REASON_SUCCESS)),
                     JINGLE_EOK);
    ck_assert(!jingle_is_online(w.jingle));
    log_in();
    ck_assert_int_eq(fake_server_is_resumed(w.server, 1), resumed);
    EXPECT_ON(1, "urn:example:q");
    EXPECT_ON(1, "session-terminate");
    ck_assert_int_eq(
        jingle_request(w.jingle,
                       JINGLE_REQUEST(.to = PEER, .xml = "<after xmlns=\"urn:example:q\"/>")),
        JINGLE_EOK);
    EXPECT_ON(1, "<after ");
    EXPECT_NOTHING_ON(1);
}
END_TEST

static void accept_it(jingle_session_t *session)
{
    xmpp_stanza_t *description =
        xmpp_stanza_new_from_string(w.ctx, "<description xmlns='urn:example:chess'/>");
    xmpp_stanza_t *transport =
        xmpp_stanza_new_from_string(w.ctx, "<transport xmlns='urn:example:wire'/>");
    jingle_content_data_t content = {
        .creator = "initiator", .name = "a", .description = description, .transport = transport};
    jingle_data_t data = {.contents = &content, .n_contents = 1};

    ck_assert_int_eq(jingle_session_send(session, JINGLE_ACTION_SESSION_ACCEPT, &data), JINGLE_EOK);
    xmpp_stanza_release(description);
    xmpp_stanza_release(transport);
}

/* What comes on the stream next is acknowledged. */
static void acknowledge(size_t stream, const char *action)
{
    char *xml = expect_on(stream, action, (const char *)NULL), *id = attr_of(xml, "id");

    fake_server_send(w.server, stream, "<iq type='result' from='" PEER "' to='" OWN "' id='%s'/>",
                     id);
    free(id);
    free(xml);
}

/* The session goes on where it was: pending, accepted while the connection is down, or active. */
START_TEST(a_session_in_each_state)
{
    bool resumed = _i & 1, active = _i & 2;
    jingle_session_t *session;

    fake_server_options(w.server)->sm = resumed;
    attach_holding(4096);
    log_in();
    run_for(10);
    session = session_from(PEER, "s1");
    if (active) {
        accept_it(session);
        acknowledge(0, "session-accept");
        run_for(5);
    }
    lose_connection(0);
    if (!active)
        accept_it(session);
    ck_assert_int_eq(jingle_session_send(session, JINGLE_ACTION_SESSION_INFO, NULL), JINGLE_EOK);
    log_in();
    if (!active)
        acknowledge(1, "session-accept");
    acknowledge(1, "session-info");
    fake_server_send(
        w.server, 1,
        "<iq type='set' from='" PEER "' to='" OWN "' id='end'><jingle xmlns='urn:xmpp:jingle:1' "
        "action='session-terminate' sid='s1'><reason><success/></reason></jingle></iq>");
    EXPECT_ON(1, "id=\"end\"", "type=\"result\"");
    ck_assert_uint_eq(jingle_count_sessions(w.jingle), 0);
    EXPECT_NOTHING_ON(1);
}
END_TEST

START_TEST(no_more_than_the_limit_is_held)
{
    int n = 0;

    attach_holding(500);
    log_in();
    run_for(10);
    lose_connection(0);
    while (n < 100 && ask() == JINGLE_EOK)
        n++;
    ck_assert_int_gt(n, 1);
    ck_assert_int_lt(n, 10);
    log_in();
    for (int i = 0; i < n; i++)
        EXPECT_ON(1, "urn:example:q");
    EXPECT_NOTHING_ON(1);
    ck_assert_int_eq(ask(), JINGLE_EOK);
    EXPECT_ON(1, "urn:example:q");
}
END_TEST

/* Under another JID nothing is sent that was meant in the old one's name; what is kept when the
 * manager goes is freed (the world looks whether all memory is back). */
START_TEST(what_was_held_is_dropped)
{
    attach_holding(4096);
    log_in();
    run_for(10);
    lose_connection(0);
    ck_assert_int_eq(ask(), JINGLE_EOK);
    if (_i)
        return;
    fake_server_options(w.server)->jid = "juliet@capulet.example/chamber";
    log_in();
    UNTIL(strcmp(jingle_get_jid(w.jingle), "juliet@capulet.example/chamber") == 0);
    EXPECT_NOTHING_ON(1);
    ck_assert_int_eq(ask(), JINGLE_EOK);
    EXPECT_ON(1, "urn:example:q");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("hold");
    TCase *tcase = add_case(suite, "held");

    tcase_add_loop_test(tcase, held_until_it_is_up, 0, 4);
    tcase_add_loop_test(tcase, a_session_in_each_state, 0, 4);
    tcase_add_test(tcase, no_more_than_the_limit_is_held);
    tcase_add_loop_test(tcase, what_was_held_is_dropped, 0, 2);
    return run_suite(suite);
}
