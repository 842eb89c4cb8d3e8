/* SPDX-License-Identifier: MIT */
/** @file
 *  SOCKS5 bytestreams through proxies that work or do not, and without memory. */
#include "s5b_server.h"

#include <jingle/ibb.h>

/* ---- proxies ------------------------------------------------------------------------------------------------ */

static const jingle_s5b_proxy_t proxy = {
    .jid = "proxy.example", .host = "203.0.113.5", .port = 5086};

static bool offer_none(jingle_session_t *of, const char *address, void *userdata)
{
    (void)of, (void)address, (void)userdata;
    return false;
}

static const char *last_action(void)
{
    return xmpp_stanza_get_attribute(
        jingle_element_child(engine_last_request(engine), "jingle", JINGLE_NS), "action");
}

static void begin_with_proxy(void)
{
    begin_with_server(
        JINGLE_S5B(.find_no_proxies = true, .relay_only = true, .proxies = &proxy, .n_proxies = 1));
    peer_offers("");
    pass(50);
    peer_used_ours();
    pass(50);
}

/** The proxy does not let us in, or not the data. */
START_TEST(our_proxy_does_not_work)
{
    begin_with_server(
        JINGLE_S5B(.find_no_proxies = true, .relay_only = true, .proxies = &proxy, .n_proxies = 1));
    server.garbage = _i == 0;
    peer_offers("");
    if (_i == 1)
        net->dial = dial_nowhere;
    if (_i == 4)
        net->pause = never_pause;
    pass(50);
    engine_ack(engine);
    peer_used_ours();
    pass(500);
    if (_i == 2)
        engine_refuse(engine, "forbidden", NULL);
    if (_i == 3)
        pass(6000); /* no answer */
    if (_i == 4) {
        hang_up();
        engine_ack(engine);
    }
    ck_assert_uint_eq(n_sent_with("proxy-error"), 1);
    ck_assert_uint_eq(n_sent_with("activated"), 0);
    ck_assert_uint_eq(app.n_open, 0);
    wait_out();
    ck_assert(is_over());
}
END_TEST

START_TEST(our_proxy_works)
{
    begin_with_proxy();
    ck_assert(server.ready);
    ck_assert_str_eq(xmpp_stanza_get_to(engine_last_request(engine)), "proxy.example");
    engine_ack(engine);
    ck_assert_uint_eq(n_sent_with("activated"), 1);
    ck_assert_uint_eq(app.n_open, 1);
    info_of_peer("<proxy-error/>");
    ck_assert_uint_eq(n_sent_with("proxy-error"), 0);
    ck_ended("connectivity-error");
}
END_TEST

START_TEST(the_session_ends_while_the_proxy_is_asked)
{
    begin_with_proxy();
    engine_action(engine, "e", "session-terminate", "s", "<reason><cancel/></reason>");
    engine_ack(engine); /* for nobody */
    ck_assert(is_over());
    ck_assert_uint_eq(n_sent_with("activated"), 0);
    ck_assert_uint_eq(app.n_open, 0);
}
END_TEST

/** Theirs is used when they say so, before or after the rest is said; if they cannot, it has failed. */
START_TEST(their_proxy)
{
    begin_with_server(JINGLE_S5B(.find_no_proxies = true));
    if (_i == 4)
        net->pause = never_pause;
    peer_offers(PEERS_PROXY);
    pass(1000);
    ck_assert_uint_eq(n_sent_with("candidate-used"), 1);
    if (_i == 0)
        info_of_peer("<activated cid='good'/>");
    ck_assert_uint_eq(app.n_open, 0);
    if (_i == 2) {
        info_of_peer("<proxy-error/>");
        ck_ended("failed-transport");
        return;
    }
    peer_finds_none();
    ck_assert_uint_eq(app.n_open, _i == 0);
    if (_i == 1)
        info_of_peer("<activated cid='good'/>");
    if (_i == 3) {
        info_of_peer("<proxy-error/>");
        ck_ended("failed-transport");
        return;
    }
    if (_i == 4) {
        hang_up();
        ck_ended("failed-transport");
        return;
    }
    ck_assert_uint_eq(app.n_open, 1);
}
END_TEST

/** It is not waited for longer than for any transport: then the next is offered if we may, else the peer
 *  has its time to offer one. */
START_TEST(activated_never_comes)
{
    begin_with_server(JINGLE_S5B(.find_no_proxies = true));
    if (_i == 2)
        ck_assert_int_eq(jingle_register_ibb(engine->jingle, NULL), JINGLE_EOK);
    if (_i == 0)
        peer_offers(PEERS_PROXY);
    else {
        offer_to_peer();
        accept_of_peer("", PEERS_PROXY);
    }
    pass(1000);
    ck_assert_uint_eq(n_sent_with("candidate-used"), 1);
    engine_ack(engine);
    peer_finds_none();
    engine_wait(engine, 58000);
    ck_assert(!is_over());
    engine_wait(engine, 1000); /* a minute since the start */
    vnet_run(&world, NULL);
    ck_assert(server.closed);
    ck_assert_uint_eq(app.n_open, 0);
    if (_i == 0) {
        ck_assert(!is_over());
        ck_ended("failed-transport");
    } else if (_i == 1)
        ck_ended("connectivity-error");
    else
        ck_assert_str_eq(last_action(), "transport-replace");
}
END_TEST

/** Of two proxies the one counts that is activated; a word about ours, or one nobody has, activates none. */
START_TEST(another_is_activated)
{
    static const char *const others[] = {"<activated cid='other'/>", "<activated cid='direct'/>",
                                         NULL};
    char ours[64];

    begin_with_server(JINGLE_S5B(.find_no_proxies = true));
    peer_offers(CANDIDATE("direct", "203.0.113.8", "99", "direct")
                    PEERS_PROXY CANDIDATE("other", "203.0.113.9", "8", "proxy"));
    snprintf(ours, sizeof ours, "<activated cid='%s'/>", our_cid());
    pass(2000);
    ck_assert_uint_eq(n_sent_with("candidate-used"), 1);
    engine_log(engine);
    info_of_peer(others[_i] ? others[_i] : ours);
    ck_assert_str_eq(engine_log(engine), "> result i\n");
    peer_finds_none();
    ck_assert_uint_eq(app.n_open, 0);
    info_of_peer(others[_i] ? others[_i] : ours);
    ck_assert_uint_eq(app.n_open, 0);
    info_of_peer("<activated cid='good'/>");
    ck_assert_uint_eq(app.n_open, 1);
}
END_TEST

/** Ours is nominated, of higher priority than theirs: before it is activated nothing may be sent to it. */
START_TEST(theirs_is_activated_while_ours_is)
{
    jingle_s5b_proxy_t own = {.jid = "proxy.example", .host = "203.0.113.5", .port = 5086};
    jingle_socket_t *second;

    begin_with_server(JINGLE_S5B(.find_no_proxies = true, .may_offer = offer_none, .proxies = &own,
                                 .n_proxies = 1));
    ck_assert_int_eq(peer_net->listen(peer_net, "203.0.113.5", 5087, server_accept, NULL, &second),
                     JINGLE_EOK);
    peer_offers("<candidate cid='good' host='203.0.113.5' port='5087' jid='proxy.peer.example' "
                "priority='9' type='proxy'/>");
    pass(1000);
    ck_assert_uint_eq(n_sent_with("candidate-used"), 1);
    peer_net->close(peer_net, server.guest);
    server.guest = NULL;
    server.ready = false;
    engine_ack(engine);
    peer_used_ours();
    pass(500);
    ck_assert(server.ready);
    ck_assert_str_eq(xmpp_stanza_get_to(engine_last_request(engine)), "proxy.example");
    info_of_peer("<activated cid='good'/>");
    ck_assert_uint_eq(app.n_open, 0);
    engine_ack(engine);
    ck_assert_uint_eq(app.n_open, 1);
    ck_assert_uint_eq(n_sent_with("activated"), 1);
    peer_net->close(peer_net, second);
}
END_TEST

/** What is said of proxies does not touch a stream that goes directly. */
START_TEST(words_about_proxies_on_a_direct_stream)
{
    begin_with_server(JINGLE_S5B(.find_no_proxies = true));
    if (_i)
        peer_offers(PEERS);
    else
        open_stream();
    engine_log(engine);
    info_of_peer("<activated cid='good'/>");
    ck_assert_ptr_nonnull(strstr(engine_log(engine), "> result i\n"));
    if (_i) {
        ck_assert_uint_eq(app.n_open, 0);
        pass(50);
        peer_finds_none();
    } else {
        info_of_peer("<proxy-error/>");
        ck_assert_ptr_nonnull(strstr(engine_log(engine), "> result i\n"));
    }
    ck_assert_uint_eq(app.n_open, 1);
    ck_assert_int_eq(jingle_channel_send(app.channel, "hello", 5), 5);
    vnet_run(&world, NULL);
    ck_assert_str_eq(text_str(&server.data), "hello");
}
END_TEST

/* ---- memory ---------------------------------------------------------------------------------------------------- */

/** Whoever may be the one: the peer's candidate, an arrival, our proxy. */
static void play(int way)
{
    peer_offers(way == 0 ? PEERS : "");
    pass(1000);
    if (is_over() || !engine->n_sent)
        return;
    if (way == 0)
        peer_finds_none();
    else if (n_sent_with("candidate"))
        peer_used_ours();
    pass(500);
    if (way == 2 && engine_last_request(engine) && !is_over())
        engine_ack(engine);
    pass(500);
}

/** Each allocation fails, alone or with all that follow: the stream opens, or the peer is told that we did
 *  not take what it said, or the session ends, at the latest when its time is over. */
START_TEST(without_memory)
{
    const int way = _i / 2 * 2; /* an arrival needs a caller of its own */
    size_t at;
    bool failed = true, refused;

    for (at = 1; failed && at < 500; at++) {
        if (way)
            begin_with_server(JINGLE_S5B(.find_no_proxies = true, .relay_only = true,
                                         .proxies = &proxy, .n_proxies = 1));
        else
            begin_with_server(JINGLE_S5B(.find_no_proxies = true));
        test_mem_fail_at(&engine->mem, at, _i % 2);
        play(way);
        failed = engine->mem.failures != 0;
        test_mem_fail_at(&engine->mem, 0, false);
        refused = strstr(engine_log(engine), "> error i ") != NULL;
        if (!failed)
            ck_assert_uint_eq(app.n_open, 1);
        else if (!app.n_open && !refused) {
            wait_out();
            ck_assert(is_over());
        }
        end();
    }
    ck_assert_uint_gt(at, 20);
    ck_assert(!failed);
    begin_with_server(NULL); /* for the fixture */
}
END_TEST

/** A machine with many bridges: the way by a proxy, which may be the only one that works, is told too. */
START_TEST(of_many_addresses)
{
    static char text[40][16];
    static const char *many[LEN(text) + 1];

    for (size_t i = 0; i < LEN(text); i++) {
        snprintf(text[i], sizeof text[i], "172.16.%zu.1", i);
        many[i] = text[i];
    }
    begin_at(many, JINGLE_S5B(.find_no_proxies = true, .proxies = &proxy, .n_proxies = 1));
    offer_to_peer();
    ck_assert_ptr_nonnull(strstr(sent_candidates(), "172.16.21.1 direct"));
    ck_assert_ptr_null(strstr(sent_candidates(), "172.16.22.1 direct"));
    ck_assert_ptr_nonnull(strstr(sent_candidates(), " proxy"));
}
END_TEST

/* ---- what is asked for in the handshake ------------------------------------------------------- */

#define DSTADDR "0123456789abcdef0123456789abcdef01234567"

/** J260-04, J260-10: at a proxy, whose it is comes first. Directly, XEP-0260 does not say; in the field it
 *  is the session's initiator. */
START_TEST(the_address_is_the_one_that_waits)
{
    bool ours = _i != 0, by_proxy = _i > 1;
    const char *sid = "t";
    char hash[JINGLE__S5B_HASH_SIZE];

    begin_with_server(JINGLE_S5B(.find_no_proxies = true));
    if (ours) {
        offer_to_peer();
        sid = xmpp_stanza_get_attribute(sent_transport(), "sid");
    }
    jingle__s5b_hash(sid, ours && !by_proxy ? ENGINE_OWN : ENGINE_PEER,
                     ours && !by_proxy ? ENGINE_PEER : ENGINE_OWN, hash);
    if (ours)
        accept_of_peer(_i == 3 ? " dstaddr='" DSTADDR "'" : "", by_proxy ? PEERS_PROXY : PEERS);
    else
        peer_offers(PEERS);
    pass(1000);
    ck_assert(server.ready);
    ck_assert_str_eq(server.socks.hash, _i == 3 ? DSTADDR : hash);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("s5b_proxy");
    TCase *proxies = tcase_create("proxies");

    tcase_set_timeout(proxies, 100);
    tcase_add_checked_fixture(proxies, NULL, end);
    tcase_add_loop_test(proxies, our_proxy_does_not_work, 0, 5);
    tcase_add_test(proxies, our_proxy_works);
    tcase_add_test(proxies, the_session_ends_while_the_proxy_is_asked);
    tcase_add_loop_test(proxies, their_proxy, 0, 5);
    tcase_add_loop_test(proxies, activated_never_comes, 0, 3);
    tcase_add_loop_test(proxies, another_is_activated, 0, 3);
    tcase_add_test(proxies, theirs_is_activated_while_ours_is);
    tcase_add_loop_test(proxies, words_about_proxies_on_a_direct_stream, 0, 2);
    tcase_add_loop_test(proxies, without_memory, 0, 4);
    tcase_add_test(proxies, of_many_addresses);
    tcase_add_loop_test(proxies, the_address_is_the_one_that_waits, 0, 4);
    suite_add_tcase(suite, proxies);
    return run_suite(suite);
}
