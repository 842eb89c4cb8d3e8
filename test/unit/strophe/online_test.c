/* SPDX-License-Identifier: MIT */
/** @file
 *  Connections that come, go and come back, and who we are on them. */
#include "world.h"

#include <strophe/binding.h>

static int ask(void)
{
    return jingle_request(w.jingle,
                          JINGLE_REQUEST(.to = PEER, .xml = "<q xmlns=\"urn:example:q\"/>"));
}

static void attach_now(void)
{
    ck_assert_int_eq(jingle_attach(w.jingle, w.conn), JINGLE_EOK);
}

static void lose_connection(size_t stream)
{
    unsigned before = w.disconnected;

    fake_server_cut(w.server, stream);
    UNTIL(w.disconnected > before);
}

/** A session-info from the peer is acknowledged on that stream, once. */
static void check_session_on(size_t stream, const char *sid)
{
    fake_server_send(w.server, stream,
                     "<iq type='set' from='" PEER "' to='" OWN
                     "' id='check'><jingle xmlns='urn:xmpp:jingle:1' "
                     "action='session-info' sid='%s'/></iq>",
                     sid);
    EXPECT_ON(stream, "type=\"result\"", "id=\"check\"");
    EXPECT_NOTHING_ON(stream);
}

/* ---- sending where it cannot be ---- */

START_TEST(offline_nothing_is_sent)
{
    ck_assert_int_eq(ask(), JINGLE_ESEND);
    attach_now();
    ck_assert_int_eq(ask(), JINGLE_ESEND);
    go_online();
    ck_assert_int_eq(ask(), JINGLE_EOK);
    EXPECT("urn:example:q");
    lose_connection(0);
    ck_assert_int_eq(ask(), JINGLE_ESEND);
    ck_assert(!jingle_is_online(w.jingle));
    jingle_detach(w.jingle);
    ck_assert_int_eq(ask(), JINGLE_ESEND);
}
END_TEST

/* The socket is open and the login under way: a stanza now would break it. A component has no bound
 * JID to tell, and must not be taken for one that was up before. */
START_TEST(before_the_login_nothing_is_sent)
{
    bool component = _i & 1, again = _i & 2;

    if (component) {
        free_conn();
        w.conn = new_conn(COMPONENT);
    }
    attach_now();
    if (again) {
        if (component)
            log_in_component();
        else
            log_in();
        run_for(20);
        lose_connection(0);
        run_for(5);
    }
    fake_server_options(w.server)->silent = true;
    if (component)
        dial_component(w.conn);
    else
        dial(w.conn);
    UNTIL(xmpp_conn_is_connected(w.conn));
    run_for(20);
    ck_assert(xmpp_conn_is_connected(w.conn));
    ck_assert(!jingle_is_online(w.jingle));
    ck_assert_int_eq(ask(), JINGLE_ESEND);
    fake_server_options(w.server)->silent = false;
    UNTIL(w.connected == (again ? 2 : 1));
    UNTIL(jingle_is_online(w.jingle) || component);
    EXPECT_NOTHING_ON(again ? 1 : 0);
}
END_TEST

/* xmpp_send_raw() does not say that memory ran out (trap 5); ours does. */
START_TEST(a_stanza_that_is_not_queued_is_told)
{
    unsigned failed = 0;
    int err;

    attach_now();
    go_online();
    do {
        test_mem_fail_at(&w.ctx_mem, ++failed, false);
        err = ask();
        ck_assert(err == JINGLE_EOK || err == JINGLE_EMEM);
    } while (err != JINGLE_EOK);
    test_mem_fail_at(&w.ctx_mem, 0, false);
    ck_assert_uint_ge(failed, 3); /* the text, and the queue's entry */
    EXPECT("urn:example:q");
    EXPECT_NOTHING();
}
END_TEST

/* The engine's text need not end with a NUL, and libstrophe looks for one whatever the length. */
START_TEST(text_without_an_end)
{
    attach_now();
    go_online();
    for (size_t body = 0; body < 5000; body += 497) {
        char *text = malloc(body + 64), *at = text, *got;
        at += sprintf(at, "<message><body>");
        memset(at, 'a', body);
        at += body;
        memcpy(at, "</body></message>", 17);
        at += 17;
        text = realloc(text, (size_t)(at - text)); /* nothing behind it */
        ck_assert_int_eq(
            jingle__online_send(w.jingle, text, 15 + body + 17, jingle__binding_get(w.jingle)),
            JINGLE_EOK);
        free(text);
        got = expect_on(0, "<message><body>", "</body></message>", (const char *)NULL);
        ck_assert_uint_eq(strlen(got), 15 + body + 17);
        free(got);
    }
}
END_TEST

static int err_in_disconnect;

static void on_lost(xmpp_conn_t *conn, xmpp_conn_event_t event, int error,
                    xmpp_stream_error_t *stream_error, void *userdata)
{
    on_conn(conn, event, error, stream_error, userdata);
    if (event == XMPP_CONN_DISCONNECT)
        err_in_disconnect = ask();
}

/* The bound JID is gone inside the DISCONNECT callback (trap 18). */
START_TEST(calls_inside_disconnect)
{
    w.tell_events = _i;
    err_in_disconnect = 0;
    attach_now();
    xmpp_connect_client(w.conn, "127.0.0.1", fake_server_port(w.server), on_lost, NULL);
    UNTIL(w.connected == 1);
    session_from(PEER, "s1");
    lose_connection(0);
    ck_assert_int_eq(err_in_disconnect, JINGLE_ESEND);
    ck_assert_uint_eq(jingle_count_sessions(w.jingle), 1);
    ck_assert_str_eq(jingle_get_jid(w.jingle), OWN);
}
END_TEST

/* ---- coming back ---- */

/* Handlers outlive a disconnect (trap 9): one answer, not two. */
START_TEST(same_jid_again)
{
    w.tell_events = _i;
    attach_now();
    log_in();
    session_from(PEER, "s1");
    lose_connection(0);
    log_in();
    check_session_on(1, "s1");
    LOG("incoming s1\n");
}
END_TEST

/* The JID is another: what is sent from now on comes from a stranger, so the sessions end unsaid. */
START_TEST(another_jid)
{
    w.tell_events = _i;
    attach_now();
    log_in();
    session_from(PEER, "s1");
    lose_connection(0);
    LOG("incoming s1\n");
    fake_server_options(w.server)->jid = "juliet@capulet.example/chamber";
    log_in();
    UNTIL(jingle_count_sessions(w.jingle) == 0);
    LOG("terminated s1 gone\n");
    ck_assert_str_eq(jingle_get_jid(w.jingle), "juliet@capulet.example/chamber");
    EXPECT_NOTHING_ON(1);
}
END_TEST

static void free_in_terminated(const jingle_event_t *event)
{
    if (event->type == JINGLE_EVENT_TERMINATED)
        free_manager();
}

/* The program frees the manager when it is told so, in the timer and in jingle_conn_event(). */
START_TEST(freed_when_the_jid_is_another)
{
    w.tell_events = _i;
    attach_now();
    log_in();
    session_from(PEER, "s1");
    session_from(PEER, "s2");
    lose_connection(0);
    w.in_event = free_in_terminated;
    fake_server_options(w.server)->jid = "juliet@capulet.example/chamber";
    log_in();
    UNTIL(!w.jingle);
    run_for(20);
}
END_TEST

/* RFC 7622 section 3.4: the server may give us such a one. */
START_TEST(a_resource_with_spaces)
{
    fake_server_options(w.server)->jid = "juliet@capulet.example/my balcony";
    attach_now();
    log_in();
    UNTIL(jingle_is_online(w.jingle));
    ck_assert_str_eq(jingle_get_jid(w.jingle), "juliet@capulet.example/my balcony");
}
END_TEST

static void dial_again(xmpp_conn_t *conn, xmpp_conn_event_t event, int error,
                       xmpp_stream_error_t *stream_error, void *userdata)
{
    on_conn(conn, event, error, stream_error, userdata);
    if (event == XMPP_CONN_DISCONNECT && w.disconnected == 1)
        xmpp_connect_client(conn, "127.0.0.1", fake_server_port(w.server), dial_again, NULL);
}

/* A program that dials inside DISCONNECT leaves no time to notice that the connection was down. */
START_TEST(dialled_inside_disconnect)
{
    attach_now();
    xmpp_connect_client(w.conn, "127.0.0.1", fake_server_port(w.server), dial_again, NULL);
    UNTIL(w.connected == 1);
    session_from(PEER, "s1");
    if (_i)
        fake_server_options(w.server)->jid = "juliet@capulet.example/chamber";
    lose_connection(0);
    UNTIL(w.connected == 2);
    if (_i) {
        UNTIL(jingle_count_sessions(w.jingle) == 0);
        EXPECT_NOTHING_ON(1);
    } else
        check_session_on(1, "s1");
}
END_TEST

/* A fresh connection, attached before or after it is connected (the old one released first or last). */
START_TEST(another_connection)
{
    bool release_first = _i & 1, attach_first = _i & 2;
    xmpp_conn_t *old = w.conn;

    attach_now();
    log_in();
    session_from(PEER, "s1");
    lose_connection(0);
    if (release_first)
        xmpp_conn_release(old);
    w.conn = new_conn(ACCOUNT);
    if (attach_first)
        attach_now();
    log_in();
    if (!attach_first)
        attach_now();
    ck_assert_ptr_eq(jingle_get_conn(w.jingle), w.conn);
    check_session_on(1, "s1");
    if (!release_first)
        xmpp_conn_release(old);
    check_session_on(1, "s1");
}
END_TEST

/* The old connection is still up when the manager moves: nothing more is heard from there. */
START_TEST(moved_from_a_live_connection)
{
    xmpp_conn_t *old = w.conn;

    attach_now();
    log_in();
    w.conn = new_conn(ACCOUNT);
    fake_server_options(w.server)->jid = "juliet@capulet.example/chamber";
    log_in();
    attach_now();
    ck_assert_str_eq(jingle_get_jid(w.jingle), "juliet@capulet.example/chamber");
    send_offer(0, PEER, OWN, "i1", "s1");
    EXPECT_NOTHING_ON(0);
    send_offer(1, PEER, OWN, "i2", "s2");
    EXPECT_ON(1, "id=\"i2\"");
    xmpp_conn_release(old);
}
END_TEST

/* ---- Stream Management (XEP-0198): CONNECT is told on a resume as on a new login (trap 18) ---- */

static void begin_with_sm(void)
{
    w.tell_events = true;
    fake_server_options(w.server)->sm = true;
    attach_now();
    log_in();
    run_for(10); /* it is enabled after CONNECT was told; from then on stanzas count */
    session_from(PEER, "s1");
    run_for(5);
}

/* What the server had not received is sent again, ours like any other (trap 15). */
START_TEST(resumed)
{
    begin_with_sm();
    fake_server_options(w.server)->resume_h = 1;
    ck_assert_int_eq(ask(), JINGLE_EOK);
    EXPECT_ON(0, "urn:example:q");
    lose_connection(0);
    log_in();
    ck_assert(fake_server_is_resumed(w.server, 1));
    EXPECT_ON(1, "urn:example:q");
    check_session_on(1, "s1");
    LOG("incoming s1\n");
}
END_TEST

/* The state moves to a new connection (trap 14). */
START_TEST(resumed_on_another_connection)
{
    xmpp_sm_state_t *state;

    begin_with_sm();
    fake_server_options(w.server)->resume_h = 1;
    lose_connection(0);
    state = xmpp_conn_get_sm_state(w.conn);
    ck_assert_ptr_nonnull(state);
    if (_i)
        jingle_detach(w.jingle);
    free_conn();
    w.conn = new_conn(ACCOUNT);
    ck_assert_int_eq(xmpp_conn_set_sm_state(w.conn, state), XMPP_EOK);
    attach_now();
    log_in();
    ck_assert(fake_server_is_resumed(w.server, 1));
    check_session_on(1, "s1");
    LOG("incoming s1\n");
}
END_TEST

/* The server has forgotten the stream: a new login, with the same JID or another. */
START_TEST(resume_refused)
{
    begin_with_sm();
    lose_connection(0);
    fake_server_options(w.server)->refuse_resume = true;
    if (_i)
        fake_server_options(w.server)->jid = "juliet@capulet.example/chamber";
    log_in();
    ck_assert(!fake_server_is_resumed(w.server, 1));
    if (_i) {
        UNTIL(jingle_count_sessions(w.jingle) == 0);
        LOG("incoming s1\nterminated s1 gone\n");
    } else
        check_session_on(1, "s1");
}
END_TEST

/* xmpp_disconnect() acknowledges nothing more, so a server may deliver the last stanzas twice (trap
 * 21): the end of a session that has ended, and an offer that was taken. */
START_TEST(delivered_twice)
{
    static const char end[] =
        "<iq type='set' from='" PEER "' to='" OWN "' id='end'><jingle "
        "xmlns='urn:xmpp:jingle:1' action='session-terminate' sid='s1'><reason><success/>"
        "</reason></jingle></iq>";

    begin_with_sm();
    send_offer(0, PEER, OWN, "two", "s2");
    EXPECT("id=\"two\"", "type=\"result\"");
    fake_server_send(w.server, 0, "%s", end);
    EXPECT("id=\"end\"", "type=\"result\"");
    xmpp_disconnect(w.conn);
    UNTIL(w.disconnected == 1);
    log_in();
    fake_server_send(w.server, 1, "%s", end);
    EXPECT_ON(1, "id=\"end\"", "unknown-session");
    send_offer(1, PEER, OWN, "two", "s2");
    EXPECT_ON(1, "id=\"two\"", "type=\"error\"");
    LOG("incoming s1\nincoming s2\nterminated s1 success\n");
    check_session_on(1, "s2");
}
END_TEST

/* ---- signals (trap 20) ---- */

/* Signals are the program's: the library leaves them alone, and says that SIGPIPE is to be ignored. */
START_TEST(signals_are_left_alone)
{
    signal(SIGPIPE, SIG_DFL);
    attach_now();
    go_online();
    ck_assert_ptr_eq(signal(SIGPIPE, SIG_IGN), SIG_DFL);
    /* With it ignored, a stanza to a closed socket is a lost connection and no more. */
    fake_server_cut(w.server, 0);
    ask();
    ask();
    UNTIL(w.disconnected == 1);
    ck_assert_int_eq(ask(), JINGLE_ESEND);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("online");
    TCase *tcase = add_case(suite, "sending");

    tcase_add_test(tcase, offline_nothing_is_sent);
    tcase_add_loop_test(tcase, before_the_login_nothing_is_sent, 0, 4);
    tcase_add_test(tcase, a_stanza_that_is_not_queued_is_told);
    tcase_add_test(tcase, text_without_an_end);
    tcase_add_loop_test(tcase, calls_inside_disconnect, 0, 2);
    tcase_add_test(tcase, signals_are_left_alone);
    tcase = add_case(suite, "again");
    tcase_add_loop_test(tcase, same_jid_again, 0, 2);
    tcase_add_loop_test(tcase, another_jid, 0, 2);
    tcase_add_loop_test(tcase, freed_when_the_jid_is_another, 0, 2);
    tcase_add_test(tcase, a_resource_with_spaces);
    tcase_add_loop_test(tcase, dialled_inside_disconnect, 0, 2);
    tcase_add_loop_test(tcase, another_connection, 0, 4);
    tcase_add_test(tcase, moved_from_a_live_connection);
    tcase = add_case(suite, "resume");
    tcase_add_test(tcase, resumed);
    tcase_add_loop_test(tcase, resumed_on_another_connection, 0, 2);
    tcase_add_loop_test(tcase, resume_refused, 0, 2);
    tcase_add_test(tcase, delivered_twice);
    return run_suite(suite);
}
