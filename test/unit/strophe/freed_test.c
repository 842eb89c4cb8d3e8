/* SPDX-License-Identifier: MIT */
/** @file
 *  The manager is freed where the binding calls the program, which goes on afterwards. */
#include "world.h"

static void free_when_sent(jingle_t *jingle, bool sent, const char *line, void *userdata)
{
    (void)jingle;
    (void)line;
    (void)userdata;
    if (sent)
        free_manager();
}

static void begin(const jingle_attach_config_t *config)
{
    ck_assert_int_eq(jingle_attach_with(w.jingle, w.conn, config), JINGLE_EOK);
    go_online();
}

static void is_gone(void)
{
    UNTIL(!w.jingle);
    run_for(8);
}

/* ---- where what is sent is seen ------------------------------------------------------------ */

START_TEST(an_answer_is_seen)
{
    begin(JINGLE_ATTACH(.answer_unhandled = true, .trace = free_when_sent));
    fake_server_send(w.server, 0,
                     "<iq type='get' from='" PEER "' to='" OWN
                     "' id='v'><query xmlns='jabber:iq:version'/></iq>");
    is_gone();
    EXPECT("type=\"error\"", "id=\"v\"");
}
END_TEST

static void on_disco(jingle_t *jingle, const char *peer, const jingle_disco_t *disco,
                     const jingle_error_t *error, void *userdata)
{
    (void)jingle;
    (void)error;
    ck_assert_str_eq(peer, PEER);
    ck_assert_ptr_null(disco);
    ++*(unsigned *)userdata;
}

START_TEST(a_question_is_seen)
{
    unsigned answers = 0;

    begin(JINGLE_ATTACH(.trace = free_when_sent));
    ck_assert_int_eq(jingle_query_disco(w.jingle, PEER, NULL, on_disco, &answers), JINGLE_EOK);
    ck_assert_uint_eq(answers, 1);
    is_gone();
}
END_TEST

START_TEST(the_roster_is_asked_for)
{
    const jingle_attach_config_t *config =
        JINGLE_ATTACH(.offers = JINGLE_OFFERS_CONTACTS, .trace = free_when_sent);

    if (_i == 0) {
        ck_assert_int_eq(jingle_attach_with(w.jingle, w.conn, config), JINGLE_EOK);
        log_in();
    } else if (_i == 1) {
        begin(NULL);
        ck_assert_int_eq(jingle_attach_with(w.jingle, w.conn, config), JINGLE_EOK);
    } else {
        begin(JINGLE_ATTACH(.trace = free_when_sent));
        ck_assert_int_eq(jingle_set_offers(w.jingle, JINGLE_OFFERS_CONTACTS), JINGLE_EOK);
    }
    is_gone();
    EXPECT(JINGLE_NS_ROSTER);
}
END_TEST

/* ---- elsewhere ----------------------------------------------------------------------------- */

static bool free_when_asked(jingle_t *jingle, const char *peer, const char *own, void *userdata)
{
    (void)jingle;
    (void)peer;
    (void)own;
    (void)userdata;
    free_manager();
    return true;
}

START_TEST(who_may_ask)
{
    jingle_set_may_offer(w.jingle, free_when_asked, NULL);
    begin(JINGLE_ATTACH(.answer_disco = true));
    fake_server_send(
        w.server, 0,
        "<iq type='get' from='%s' to='%s' id='q'><query xmlns='http://jabber.org/protocol/"
        "disco#info' node='n'/></iq>",
        PEER, OWN);
    is_gone();
    EXPECT("type=\"error\"", "id=\"q\"");
    EXPECT_NOTHING();
}
END_TEST

static void free_at_a_line(const jingle_event_t *event)
{
    if (event->type == JINGLE_EVENT_LOG)
        free_manager();
}

START_TEST(contacts_without_memory)
{
    begin(JINGLE_ATTACH(.offers = JINGLE_OFFERS_CONTACTS));
    EXPECT(JINGLE_NS_ROSTER);
    w.in_event = free_at_a_line;
    test_mem_fail_at(&w.mem, 1, true);
    fake_server_send(w.server, 0,
                     "<iq type='set' id='push'><query xmlns='jabber:iq:roster'>"
                     "<item jid='a@b.example' subscription='both'/>"
                     "<item jid='c@b.example' subscription='both'/></query></iq>");
    is_gone();
    test_mem_fail_at(&w.mem, 0, false);
}
END_TEST

static void free_at_the_end(xmpp_conn_t *conn, xmpp_conn_event_t event, int error,
                            xmpp_stream_error_t *stream_error, void *userdata)
{
    (void)conn;
    (void)error;
    (void)stream_error;
    (void)userdata;
    if (event == XMPP_CONN_DISCONNECT)
        free_manager();
}

/* The program has let go of the old connection: it ends when the manager leaves it. */
START_TEST(it_moves_to_another)
{
    xmpp_conn_t *other = new_conn(ACCOUNT);

    ck_assert_int_eq(jingle_attach(w.jingle, w.conn), JINGLE_EOK);
    ck_assert_int_eq(
        xmpp_connect_client(w.conn, "127.0.0.1", fake_server_port(w.server), free_at_the_end, NULL),
        XMPP_EOK);
    UNTIL(jingle_get_jid(w.jingle));
    free_conn();
    ck_assert_int_eq(jingle_attach(w.jingle, other), JINGLE_EOK);
    ck_assert_ptr_null(w.jingle);
    run_for(8);
    xmpp_conn_release(other);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("freed");
    TCase *tcase = add_case(suite, "freed");

    tcase_add_test(tcase, an_answer_is_seen);
    tcase_add_test(tcase, a_question_is_seen);
    tcase_add_loop_test(tcase, the_roster_is_asked_for, 0, 3);
    tcase_add_test(tcase, who_may_ask);
    tcase_add_test(tcase, contacts_without_memory);
    tcase_add_test(tcase, it_moves_to_another);
    return run_suite(suite);
}
