/* SPDX-License-Identifier: MIT */
/** @file
 *  SOCKS5 bytestreams on a virtual network, against a peer whose every stanza is written here: what
 *  is offered to whom and when, what is tried in which order, and what strangers do to the port.
 *  Checklist: J260-01, J260-02, J260-03, J260-06, J260-07, J260-09, J260-12, J260-13, J260-15,
 *  J260-16, J260-17, J260-23, J260-26. */
#include "s5b_peer.h"

/* ---- what is offered ---------------------------------------------------------------------------- */

/** J260-01, J260-03, J260-13: each address of each interface once, without those that mean something
 *  here only. */
START_TEST(each_address_is_offered)
{
    xmpp_stanza_t *one;
    uint32_t last = UINT32_MAX;

    begin(JINGLE_S5B(.find_no_proxies = true));
    offer_to_peer();
    ck_assert_str_eq(sent_candidates(),
                     "192.0.2.1 direct, 198.51.100.7 direct, 2001:db8::1 direct");
    ck_assert_ptr_nonnull(xmpp_stanza_get_attribute(sent_transport(), "sid"));
    ck_assert_str_eq(xmpp_stanza_get_attribute(sent_transport(), "mode"), "tcp");
    for (one = jingle_element_child(sent_transport(), "candidate", NULL); one;
         one = jingle_element_next(one)) {
        uint32_t priority = (uint32_t)strtoul(xmpp_stanza_get_attribute(one, "priority"), NULL, 10);
        ck_assert_uint_lt(priority, last);
        ck_assert_uint_eq(priority >> 16, 126);
        ck_assert_str_eq(xmpp_stanza_get_attribute(one, "jid"), ENGINE_OWN);
        ck_assert_int_eq(atoi(xmpp_stanza_get_attribute(one, "port")), our_port());
        last = priority;
    }
}
END_TEST

static unsigned n_asked;

static bool only_six(jingle_session_t *of, const char *address, void *userdata)
{
    ck_assert_str_eq(jingle_session_get_peer(of), ENGINE_PEER);
    ck_assert_ptr_eq(userdata, &world);
    n_asked++;
    return strcmp(address, "2001:db8::1") == 0;
}

static bool none(jingle_session_t *of, const char *address, void *userdata)
{
    (void)of, (void)address, (void)userdata;
    return false;
}

/** J260-26: the program says which, to each peer. */
START_TEST(the_program_chooses)
{
    n_asked = 0;
    begin(JINGLE_S5B(.find_no_proxies = true, .may_offer = only_six, .userdata = &world));
    offer_to_peer();
    ck_assert_str_eq(sent_candidates(), "2001:db8::1 direct");
    ck_assert_uint_eq(n_asked, 7);
}
END_TEST

/** J260-06, J260-07, J260-09: the accept has the transport, our candidates or none, and their sid. */
START_TEST(the_accept_has_a_transport)
{
    begin(JINGLE_S5B(.find_no_proxies = true, .may_offer = _i ? none : NULL));
    offer_of_peer(CANDIDATE("k", "203.0.113.5", "1", "direct"));
    ck_assert_str_eq(
        xmpp_stanza_get_attribute(jingle_element_child(engine_last_request(engine), "jingle", NULL),
                                  "action"),
        "session-accept");
    ck_assert_str_eq(sent_candidates(),
                     _i ? "" : "192.0.2.1 direct, 198.51.100.7 direct, 2001:db8::1 direct");
    ck_assert_str_eq(xmpp_stanza_get_attribute(sent_transport(), "sid"), "t");
    ck_assert_ptr_null(xmpp_stanza_get_attribute(sent_transport(), "mode"));
    if (_i)
        ck_assert_uint_eq(world.n_open, 1); /* the attempt; nobody listens for nothing */
}
END_TEST

/** J260-26: as long as nobody has agreed, nothing is asked, opened, dialled or told. */
START_TEST(nothing_before_consent)
{
    begin(JINGLE_S5B(.find_no_proxies = true));
    app.ask = true;
    offer_of_peer(CANDIDATE("k", "203.0.113.5", "1", "direct"));
    pass(5000);
    ck_assert_uint_eq(world.n_dials, 0);
    ck_assert_uint_eq(world.n_open, 0);
    ck_assert(!told_any(addresses));
    ck_assert_int_eq(jingle_content_accept(app.content), JINGLE_EOK);
    pass(10);
    ck_assert_uint_eq(world.n_dials, 1);
    ck_assert(told_any(addresses));
}
END_TEST

/** J260-26: with relay-only nobody learns an address, and none of the peer's own is connected to, be it
 * called a proxy: only proxies that we know. */
START_TEST(relay_only)
{
    const jingle_s5b_proxy_t proxies[] = {
        {.jid = "proxy.example", .host = "10.9.9.9", .port = 7777},
        {.jid = "other.example", .host = "203.0.113.9", .port = 5086},
        {.jid = "port.example", .host = "203.0.113.10", .port = 5087}};

    begin(JINGLE_S5B(.find_no_proxies = true, .relay_only = true, .proxies = proxies,
                     .n_proxies = 3));
    offer_of_peer(CANDIDATE("k", "203.0.113.5", "900", "direct")
                      CANDIDATE("l", "203.0.113.6", "800", "assisted")
                          CANDIDATE("m", "203.0.113.7", "700", "tunnel")
                              CANDIDATE("n", "203.0.113.8", "600", "proxy")
                                  CANDIDATE("o", "203.0.113.9", "500", "proxy")
                                      CANDIDATE("p", "203.0.113.10", "400", "proxy"));
    ck_assert_str_eq(sent_candidates(), "10.9.9.9 proxy, 203.0.113.10 proxy");
    pass(3000);
    ck_assert_uint_eq(world.n_dials, 1);
    ck_assert_str_eq(world.dials[0].address, "203.0.113.9");
    ck_assert(!told_any(addresses));
}
END_TEST

/* XEP-0166 section 7.2.3: the content was accepted by itself, and its candidates are being tried. What
 * the session-accept says of it comes too late. */
START_TEST(tried_candidates_stay)
{
    begin(JINGLE_S5B(.find_no_proxies = true));
    offer_to_peer();
    engine_ack(engine);
    answer_of_peer("content-accept", "",
                   CANDIDATE("k", "203.0.113.5", "900", "direct")
                       CANDIDATE("l", "203.0.113.6", "800", "direct")
                           CANDIDATE("m", "203.0.113.7", "700", "direct"));
    ck_assert_uint_eq(world.n_dials, 1);
    answer_of_peer("session-accept", "", _i ? CANDIDATE("x", "203.0.113.9", "1", "direct") : "");
    ck_assert(jingle_session_is_active(session));
    pass(5000);
    ck_assert_uint_eq(world.n_dials, 3);
    ck_assert_str_eq(world.dials[2].address, "203.0.113.7");
}
END_TEST

/* ---- a router (J260-02) -------------------------------------------------------------------------- */

typedef enum { AT_ONCE, LATER, NEVER, REFUSED, FREES } router_t;
static router_t router;
static uint16_t mapped;
static unsigned n_map, n_unmap;

static void map(jingle_t *jingle, uint16_t port, bool wanted, void *userdata)
{
    (void)userdata;
    n_map += wanted;
    n_unmap += !wanted;
    if (!wanted) {
        ck_assert_uint_eq(port, mapped);
        return;
    }
    mapped = port;
    if (router == AT_ONCE)
        ck_assert_int_eq(jingle_s5b_mapped(jingle, "233.252.0.9", 4567), JINGLE_EOK);
    else if (router == REFUSED)
        ck_assert_int_eq(jingle_s5b_mapped(jingle, NULL, 0), JINGLE_EOK);
    else if (router == FREES)
        engine_free_manager(engine);
}

START_TEST(a_router_lets_others_in)
{
    router = (router_t)_i;
    n_map = n_unmap = 0;
    begin(JINGLE_S5B(.find_no_proxies = true, .map = map));
    ck_assert_int_eq(jingle_s5b_mapped(engine->jingle, "233.252.0.9", 1), JINGLE_EINVOP);
    offer_to_peer();
    ck_assert_uint_eq(n_map, 1);
    if (router == FREES)
        return;
    if (router == LATER || router == NEVER) {
        ck_assert_uint_eq(engine->n_sent, 0);
        ck_assert_int_eq(jingle_s5b_mapped(engine->jingle, "", 1), JINGLE_EINVAL);
        ck_assert_int_eq(jingle_s5b_mapped(engine->jingle, "233.252.0.9", 0), JINGLE_EINVAL);
    }
    if (router == LATER)
        ck_assert_int_eq(jingle_s5b_mapped(engine->jingle, "233.252.0.9", 4567), JINGLE_EOK);
    if (router == NEVER)
        pass(2000);
    ck_assert_str_eq(
        sent_candidates(),
        router <= LATER
            ? "192.0.2.1 direct, 198.51.100.7 direct, 2001:db8::1 direct, 233.252.0.9 assisted"
            : "192.0.2.1 direct, 198.51.100.7 direct, 2001:db8::1 direct");
    ck_assert_uint_eq(mapped, our_port());
    ck_assert_int_eq(jingle_session_end(session, NULL), JINGLE_EOK);
    ck_assert_uint_eq(n_map, 1);
    ck_assert_uint_eq(n_unmap, router <= LATER);
}
END_TEST

/** Who offers only proxies goes on when these are known, whatever becomes of the router. */
START_TEST(relay_only_does_not_wait_for_the_router)
{
    jingle_session_t *first;

    router = NEVER;
    n_map = n_unmap = 0;
    begin(JINGLE_S5B(.map = map));
    offer_to_peer();
    first = session;
    ck_assert_int_eq(jingle_set_s5b_relay_only(engine->jingle, true), JINGLE_EOK);
    offer_to(ENGINE_OTHER);
    ck_assert_uint_eq(n_map, 1);
    if (_i) { /* the router is not asked any more when the proxies are known */
        ck_assert_int_eq(jingle_session_end(first, NULL), JINGLE_EOK);
        ck_assert_uint_eq(n_unmap, 1);
    }
    engine_refuse(engine, "item-not-found", NULL); /* what the server says of proxies */
    ck_assert_str_eq(xmpp_stanza_get_to(engine_last_request(engine)), ENGINE_OTHER);
    ck_assert_str_eq(sent_candidates(), "");
    if (_i)
        return;
    pass(2000);
    ck_assert_str_eq(xmpp_stanza_get_to(engine_last_request(engine)), ENGINE_PEER);
    ck_assert_str_eq(sent_candidates(),
                     "192.0.2.1 direct, 198.51.100.7 direct, 2001:db8::1 direct");
}
END_TEST

/** Given up after the proxies were known: nobody is left who waits. */
START_TEST(the_router_is_given_up_while_some_wait)
{
    jingle_session_t *first;

    router = NEVER;
    begin(JINGLE_S5B(.map = map));
    offer_to_peer();
    first = session;
    ck_assert_int_eq(jingle_set_s5b_relay_only(engine->jingle, true), JINGLE_EOK);
    offer_to(ENGINE_OTHER);
    engine_refuse(engine, "item-not-found", NULL);
    ck_assert_int_eq(jingle_session_end(first, NULL), JINGLE_EOK);
    ck_assert_str_eq(xmpp_stanza_get_to(engine_last_request(engine)), ENGINE_OTHER);
}
END_TEST

/* ---- what is tried --------------------------------------------------------------------------------- */

static vnet_fate_t silent(vnet_t *of, jingle_net_t *from, const char *address, uint16_t port)
{
    (void)of, (void)from, (void)address, (void)port;
    return VNET_SILENT;
}

/** J260-12, J260-23: the best first, the next 200 ms later, and longer before a proxy. */
START_TEST(the_best_first_then_the_next)
{
    static const struct {
        const char *address;
        uint64_t when;
    } expected[] = {
        {"2001:db8::5", 0}, {"203.0.113.1", 200}, {"203.0.113.2", 400}, {"203.0.113.9", 1000}};

    begin(JINGLE_S5B(.find_no_proxies = true));
    world.fate = silent;
    offer_of_peer(CANDIDATE("p", "203.0.113.9", "7", "proxy")
                      CANDIDATE("b", "203.0.113.2", "8", "direct")
                          CANDIDATE("a", "2001:db8::5", "4294967295", "direct")
                              CANDIDATE("c", "203.0.113.1", "9", "assisted"));
    engine_ack(engine);
    pass(1500);
    ck_assert_uint_eq(world.n_dials, LEN(expected));
    for (size_t i = 0; i < LEN(expected); i++) {
        ck_assert_str_eq(world.dials[i].address, expected[i].address);
        ck_assert_uint_eq(world.dials[i].when, expected[i].when);
        ck_assert_uint_eq(world.dials[i].port, 5086);
    }
    ck_assert_uint_eq(n_sent_with("candidate-error"), 0);
    pass(5000);
    ck_assert_uint_eq(n_sent_with("candidate-error"), 1); /* J260-17 */
    ck_assert_uint_eq(n_sent_with("candidate-used"), 0);
}
END_TEST

/** J260-16: when the peer has found a way, only better ones are worth trying. */
START_TEST(only_better_ones_after_candidate_used)
{
    char used[128];

    begin(JINGLE_S5B(.find_no_proxies = true));
    world.fate = silent;
    offer_to_peer(); /* the first, which the peer names, has 126 << 16 | 65535 */
    accept_of_peer("", CANDIDATE("a", "203.0.113.1", "8323072", "direct")
                           CANDIDATE("b", "203.0.113.2", "8323071", "direct")
                               CANDIDATE("c", "203.0.113.3", "8323070", "direct"));
    pass(210);
    ck_assert_uint_eq(world.n_dials, 2);
    ck_assert_uint_eq(world.n_open, 3); /* and the listener */
    snprintf(used, sizeof used, "<candidate-used cid='%s'/>", our_cid());
    info_of_peer(used);
    ck_assert_uint_eq(world.n_open, 2);
    pass(1000);
    ck_assert_uint_eq(world.n_dials, 2);
    ck_assert_uint_eq(n_sent_with("candidate-error"), 0);
    pass(5000);
    ck_assert_uint_eq(n_sent_with("candidate-error"), 1);
}
END_TEST

/** Hosts that are none, or mean something elsewhere only, cost nothing; the good one is found. */
START_TEST(strange_hosts)
{
    begin(JINGLE_S5B(.find_no_proxies = true));
    offer_of_peer(
        CANDIDATE("a", "fe80::1%eth0", "99", "direct") CANDIDATE("b", "fe80::1%", "98", "direct")
            CANDIDATE("c", "999.1.1.1", "97", "direct") CANDIDATE("d", "a b", "96", "direct")
                CANDIDATE("e", "", "95", "direct") CANDIDATE("f", "[::1]", "94", "direct")
                    CANDIDATE("g", "host.example", "93", "direct") /* no resolver here */
        CANDIDATE("h", "203.0.113.5", "92", "direct")
            CANDIDATE("i", "203.0.113.6", "91", "teleport"));
    engine_ack(engine);
    pass(100);
    ck_assert_uint_eq(world.n_dials, 1);
    ck_assert_str_eq(world.dials[0].address, "203.0.113.5");
}
END_TEST

/* ---- what the peer says, oddly ----------------------------------------------------------------------- */

/** Field notes: some leave the sid out of the accept. Another sid is another bytestream's. */
START_TEST(sid_of_an_accept)
{
    begin(JINGLE_S5B(.find_no_proxies = true));
    offer_to_peer();
    accept_of_peer(_i ? " sid='other'" : "", "");
    ck_assert_int_eq(jingle_session_is_active(session), !_i);
}
END_TEST

static const struct {
    const char *info, *answer;
} infos[] = {
    {"<candidate-used cid='nobody'/>", "error i cancel bad-request"}, /* J260-15 */
    {"<candidate-used/>", "error i cancel bad-request"},
    {"<activated cid='nobody'/>", "error i cancel bad-request"},
    {"<activated/>", "error i cancel bad-request"},
    {"<candidate-error/>", "result i"},
    {"<unknown/>", "result i"},
    {"", "result i"},
};

START_TEST(infos_are_judged)
{
    char answer[128];

    begin(JINGLE_S5B(.find_no_proxies = true));
    world.fate = silent;
    offer_of_peer(CANDIDATE("a", "203.0.113.1", "9", "direct"));
    engine_ack(engine);
    engine_log(engine);
    info_of_peer(infos[_i].info);
    snprintf(answer, sizeof answer, "> %s\n", infos[_i].answer);
    ck_assert_ptr_nonnull(strstr(engine_log(engine), answer));
    ck_assert_uint_eq(jingle_count_sessions(engine->jingle), 1);
}
END_TEST

/* ---- strangers at the port ------------------------------------------------------------------------------ */

typedef struct {
    jingle_socket_t *socket;
    char got[64];
    size_t len;
} caller_t;

static void caller_data(jingle_socket_t *socket, const void *data, size_t len, void *userdata)
{
    caller_t *caller = userdata;

    (void)socket;
    if (len > sizeof caller->got - caller->len)
        len = sizeof caller->got - caller->len;
    memcpy(caller->got + caller->len, data, len);
    caller->len += len;
}

static void caller_closed(jingle_socket_t *socket, int err, void *userdata)
{
    caller_t *caller = userdata;

    (void)err;
    peer_net->close(peer_net, socket);
    caller->socket = NULL;
}

static const jingle_socket_events_t caller_events = {NULL, caller_data, NULL, caller_closed};

static void call(caller_t *caller)
{
    *caller = (caller_t){0};
    ck_assert_int_eq(
        peer_net->dial(peer_net, "192.0.2.1", our_port(), &caller_events, caller, &caller->socket),
        JINGLE_EOK);
    vnet_run(&world, NULL);
}

static void say(caller_t *caller, const void *data, size_t len)
{
    if (caller->socket)
        peer_net->send(peer_net, caller->socket, data, len);
    vnet_run(&world, NULL);
}

/** The greeting, then the request with this name. */
static void ask(caller_t *caller, const char *hash, size_t piece)
{
    unsigned char request[300] = {5, 1, 0, 3, (unsigned char)strlen(hash)};
    size_t len = 5 + strlen(hash) + 2;

    memcpy(request + 5, hash, strlen(hash));
    for (size_t i = 0; i < 3; i += piece)
        say(caller, (const unsigned char[]){5, 1, 0} + i, piece < 3 - i ? piece : 3 - i);
    for (size_t i = 0; i < len; i += piece)
        say(caller, request + i, piece < len - i ? piece : len - i);
}

static bool is_granted(const caller_t *caller)
{
    return caller->socket && caller->len >= 4 && memcmp(caller->got, "\x05\x00\x05\x00", 4) == 0;
}

static void hash_of(bool swapped, bool upper, char hash[JINGLE__S5B_HASH_SIZE])
{
    ck_assert_int_eq(jingle__s5b_hash("t", swapped ? ENGINE_OWN : ENGINE_PEER,
                                      swapped ? ENGINE_PEER : ENGINE_OWN, hash),
                     JINGLE_EOK);
    for (char *at = hash; upper && *at; at++)
        if (*at >= 'a')
            *at = (char)(*at - 'a' + 'A');
}

static void rubbish(caller_t *caller, unsigned i)
{
    static const char wrong[] = "0123456789012345678901234567890123456789";
    unsigned char bytes[200];

    for (size_t at = 0; at < sizeof bytes; at++)
        bytes[at] = (unsigned char)(i * 7 + at * at * 13);
    switch (i % 8) {
    case 0: /* says nothing */
        break;
    case 1:
        say(caller, bytes, sizeof bytes);
        break;
    case 2: /* half a greeting */
        say(caller, "\x05", 1);
        break;
    case 3: /* greets and waits */
        say(caller, "\x05\x01\x00", 3);
        break;
    case 4:
        ask(caller, wrong, 1);
        ck_assert(!is_granted(caller));
        break;
    case 5: /* no method that we have */
        say(caller, "\x05\x01\x02", 3);
        break;
    case 6: /* an IPv4 address */
        say(caller, "\x05\x01\x00", 3);
        say(caller, "\x05\x01\x00\x01\x7f\x00\x00\x01\x00\x50", 10);
        break;
    default: /* half a request */
        say(caller, "\x05\x01\x00", 3);
        say(caller, "\x05\x01\x00\x03\xff", 5);
    }
}

#define CALLERS 10000u

static size_t open_guests(void)
{
    return world.n_open;
}

/** However many come, few are kept at a time, for a short while; and who is meant gets through. */
START_TEST(rubbish_at_the_port)
{
    static caller_t callers[CALLERS];
    caller_t real;
    char hash[JINGLE__S5B_HASH_SIZE], used[128];

    begin(JINGLE_S5B(.find_no_proxies = true));
    offer_of_peer("");
    engine_ack(engine);
    hash_of(_i & 1, _i & 2, hash);
    for (unsigned i = 0; i < CALLERS; i++) {
        call(&callers[i]);
        rubbish(&callers[i], i);
        ck_assert_uint_le(open_guests(), 1 + 2 * 64);
    }
    call(&real);
    ask(&real, hash, _i & 4 ? 1 : 100);
    ck_assert(is_granted(&real));
    pass(11000); /* the rest has had its time */
    ck_assert_uint_eq(open_guests(), 1 + 2);
    snprintf(used, sizeof used, "<candidate-used cid='%s'/>", our_cid());
    info_of_peer(used);
    ck_assert_uint_eq(app.n_open, 1);
    real.len = 0;
    ck_assert_int_eq(jingle_channel_send(app.channel, "hello", 5), 5);
    say(&real, "world", 5);
    ck_assert_int_eq(memcmp(real.got, "hello", 5), 0);
    ck_assert_str_eq(text_str(&app.data), "world");
}
END_TEST

/** Who knows the hash may come often: so many are kept and no more. */
START_TEST(the_peer_comes_often)
{
    static caller_t callers[100];
    char hash[JINGLE__S5B_HASH_SIZE];
    unsigned granted = 0;

    begin(JINGLE_S5B(.find_no_proxies = true));
    offer_of_peer("");
    engine_ack(engine);
    hash_of(false, false, hash);
    for (size_t i = 0; i < LEN(callers); i++) {
        call(&callers[i]);
        ask(&callers[i], hash, 100);
        granted += is_granted(&callers[i]);
    }
    ck_assert_uint_eq(granted, 8);
    ck_assert_uint_eq(open_guests(), 1 + 2 * 8);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("candidates");
    TCase *all = tcase_create("all");

    tcase_set_timeout(all, 100);
    tcase_add_checked_fixture(all, NULL, teardown);
    tcase_add_test(all, each_address_is_offered);
    tcase_add_test(all, the_program_chooses);
    tcase_add_loop_test(all, the_accept_has_a_transport, 0, 2);
    tcase_add_test(all, nothing_before_consent);
    tcase_add_test(all, relay_only);
    tcase_add_loop_test(all, tried_candidates_stay, 0, 2);
    tcase_add_loop_test(all, relay_only_does_not_wait_for_the_router, 0, 2);
    tcase_add_test(all, the_router_is_given_up_while_some_wait);
    tcase_add_loop_test(all, a_router_lets_others_in, AT_ONCE, FREES + 1);
    tcase_add_test(all, the_best_first_then_the_next);
    tcase_add_test(all, only_better_ones_after_candidate_used);
    tcase_add_test(all, strange_hosts);
    tcase_add_loop_test(all, sid_of_an_accept, 0, 2);
    tcase_add_loop_test(all, infos_are_judged, 0, LEN(infos));
    tcase_add_loop_test(all, rubbish_at_the_port, 0, 8);
    tcase_add_test(all, the_peer_comes_often);
    suite_add_tcase(suite, all);
    return run_suite(suite);
}
