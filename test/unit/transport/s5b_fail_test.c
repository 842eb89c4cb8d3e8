/* SPDX-License-Identifier: MIT */
/** @file
 *  SOCKS5 bytestreams when something breaks: connections at each step, names, our own port. The peer is told each
 *  time, or the session ends; nobody waits for ever. */
#include "s5b_server.h"

/* ---- connections ---------------------------------------------------------------------------------- */

START_TEST(data_goes_both_ways)
{
    begin_with_server(JINGLE_S5B(.find_no_proxies = true));
    open_stream();
    ck_assert_int_eq(jingle_channel_send(app.channel, "hello", 5), 5);
    peer_net->send(peer_net, server.guest, "world", 5);
    vnet_run(&world, NULL);
    ck_assert_str_eq(text_str(&server.data), "hello");
    ck_assert_str_eq(text_str(&app.data), "world");
}
END_TEST

/** What answers something else, refuses, or talks before its turn is no way. */
START_TEST(a_server_that_is_none)
{
    begin_with_server(JINGLE_S5B(.find_no_proxies = true));
    server.garbage = _i == 0;
    server.refuses = _i == 1;
    server.early = _i == 2;
    peer_offers(PEERS);
    pass(50);
    ck_assert_uint_eq(n_sent_with("candidate-used"), 0);
    ck_assert_uint_eq(n_sent_with("candidate-error"), 1);
    ck_assert(server.closed);
    ck_assert(!is_over());
    engine_ack(engine);
    peer_finds_none();
    ck_ended("failed-transport");
}
END_TEST

static long send_nothing(jingle_net_t *of, jingle_socket_t *socket, const void *data, size_t len)
{
    (void)of, (void)socket, (void)data, (void)len;
    return JINGLE_EIO;
}

static long send_half(jingle_net_t *of, jingle_socket_t *socket, const void *data, size_t len)
{
    (void)of, (void)socket, (void)data;
    return (long)(len / 2);
}

/** Our system lets nothing out. */
START_TEST(a_connection_that_takes_nothing)
{
    begin_with_server(JINGLE_S5B(.find_no_proxies = true));
    if (_i == 0)
        net->dial = dial_nowhere;
    else
        net->send = _i == 1 ? send_nothing : send_half;
    peer_offers(PEERS);
    pass(1000);
    ck_assert_uint_eq(n_sent_with("candidate-error"), 1);
    ck_assert(!server.ready);
    peer_finds_none();
    ck_ended("failed-transport");
}
END_TEST

/** The peer was told of it, so it counts on it. */
START_TEST(it_breaks_before_it_is_used)
{
    begin_with_server(JINGLE_S5B(.find_no_proxies = true));
    net->pause = never_pause;
    peer_offers(PEERS);
    pass(50);
    ck_assert_uint_eq(n_sent_with("candidate-used"), 1);
    hang_up();
    ck_ended("failed-transport");
}
END_TEST

START_TEST(it_breaks_while_it_is_used)
{
    begin_with_server(JINGLE_S5B(.find_no_proxies = true));
    open_stream();
    hang_up();
    ck_assert_uint_eq(app.n_closed, 1);
    ck_assert_int_eq(jingle_channel_send(app.channel, "x", 1), JINGLE_EINVOP);
    jingle_channel_pause(app.channel, true); /* of nothing */
    ck_assert_uint_eq(world.n_open, 1);      /* the peer's listener */
}
END_TEST

/** We have closed; the peer has some seconds to do the same. */
START_TEST(the_peer_never_closes)
{
    begin_with_server(JINGLE_S5B(.find_no_proxies = true));
    open_stream();
    jingle_channel_close(app.channel);
    ck_assert_int_eq(jingle_channel_send(app.channel, "x", 1), JINGLE_EINVOP);
    jingle_channel_close(app.channel);
    pass(50);
    ck_assert(server.closed);
    peer_net->send(peer_net, server.guest, "world", 5); /* it may still say something */
    vnet_run(&world, NULL);
    ck_assert_str_eq(text_str(&app.data), "world");
    ck_assert_uint_eq(app.n_closed, 0);
    pass(10000);
    ck_assert_uint_eq(app.n_closed, 1);
    ck_assert(!app.complete);
    ck_assert_uint_eq(world.n_open, 2); /* the peer's */
}
END_TEST

START_TEST(closed_without_memory_for_the_time)
{
    begin_with_server(JINGLE_S5B(.find_no_proxies = true));
    open_stream();
    test_mem_fail_at(&engine->mem, 1, true);
    jingle_channel_close(app.channel);
    test_mem_fail_at(&engine->mem, 0, false);
    ck_assert_uint_eq(app.n_closed, 1);
    ck_assert(!app.complete);
}
END_TEST

/* ---- names ------------------------------------------------------------------------------------------ */

static jingle_lookup_fn asked_by;
static void *asked_for;
static unsigned n_lookups, n_cancelled;

static int look_up(jingle_net_t *of, const char *name, jingle_lookup_fn on_found, void *userdata,
                   jingle_lookup_t **lookup)
{
    (void)of;
    ck_assert_str_eq(name, "host.example");
    asked_by = on_found;
    asked_for = userdata;
    n_lookups++;
    *lookup = (jingle_lookup_t *)&n_lookups;
    return JINGLE_EOK;
}

static void cancel(jingle_net_t *of, jingle_lookup_t *lookup)
{
    (void)of;
    ck_assert_ptr_eq(lookup, (jingle_lookup_t *)&n_lookups);
    n_cancelled++;
}

static void begin_with_names(void)
{
    begin_with_server(JINGLE_S5B(.find_no_proxies = true));
    net->lookup = look_up;
    net->cancel = cancel;
    n_lookups = n_cancelled = 0;
    peer_offers(CANDIDATE("name", "host.example", "9", "direct"));
    pass(10);
    ck_assert_uint_eq(n_lookups, 1);
    ck_assert_uint_eq(world.n_dials, 0);
}

START_TEST(ended_while_a_name_is_looked_up)
{
    begin_with_names();
    engine_action(engine, "e", "session-terminate", "s", "<reason><cancel/></reason>");
    ck_assert(is_over());
    ck_assert_uint_eq(n_cancelled, 1);
}
END_TEST

START_TEST(a_name_without_addresses)
{
    begin_with_names();
    asked_by(net, NULL, 0, _i ? JINGLE_EIO : JINGLE_EOK, asked_for);
    pass(1000);
    ck_assert_uint_eq(n_sent_with("candidate-error"), 1);
    ck_assert_uint_eq(n_cancelled, 0);
}
END_TEST

/** Some of many are tried, one after the other. */
START_TEST(a_name_with_many_addresses)
{
    static const char *const found[] = {"203.0.113.21", "203.0.113.22", "203.0.113.23",
                                        "203.0.113.5",  "203.0.113.24", "203.0.113.25"};

    begin_with_names();
    asked_by(net, found, LEN(found), JINGLE_EOK, asked_for);
    pass(2000);
    ck_assert_uint_eq(world.n_dials, JINGLE__S5B_ADDRESSES);
    ck_assert_str_eq(world.dials[3].address, "203.0.113.5");
    ck_assert_uint_eq(n_sent_with("candidate-used"), 1);
}
END_TEST

/** No address can be tried without a deadline: it is not tried again and again. */
START_TEST(a_name_is_found_without_memory)
{
    static const char *const found[] = {"203.0.113.21", "203.0.113.5"};

    begin_with_names();
    test_mem_fail_at(&engine->mem, 1, true);
    asked_by(net, found, LEN(found), JINGLE_EOK, asked_for);
    test_mem_fail_at(&engine->mem, 0, false);
    ck_assert_uint_eq(world.n_dials, 0);
    pass(180000); /* nor could the peer be told: it has a minute, and two to offer another way */
    ck_assert(is_over());
}
END_TEST

/* ---- our own port -------------------------------------------------------------------------------------- */

static int listen_nowhere(jingle_net_t *of, const char *address, uint16_t port,
                          jingle_accept_fn on_accept, void *userdata, jingle_socket_t **out)
{
    (void)of, (void)address, (void)port, (void)on_accept, (void)userdata, (void)out;
    return JINGLE_EIO;
}

/** It offers nothing of ours then, and can still connect. */
START_TEST(a_port_that_is_taken)
{
    begin_with_server(JINGLE_S5B(.find_no_proxies = true));
    net->listen = listen_nowhere;
    peer_offers(PEERS);
    ck_assert_str_eq(sent_candidates(), "");
    pass(50);
    ck_assert_uint_eq(n_sent_with("candidate-used"), 1);
    peer_finds_none();
    ck_assert_uint_eq(app.n_open, 1);
}
END_TEST

/* ---- the peer's connection to us ------------------------------------------------------------------------- */

static jingle_socket_t *caller;
static bool caller_granted;

static void caller_data(jingle_socket_t *socket, const void *data, size_t len, void *userdata)
{
    (void)socket, (void)userdata;
    caller_granted = caller_granted || (len >= 2 && ((const char *)data)[len - 1] == 0);
}

static void caller_closed(jingle_socket_t *socket, int err, void *userdata)
{
    (void)err, (void)userdata;
    peer_net->close(peer_net, socket);
    caller = NULL;
}

static const jingle_socket_events_t caller_events = {NULL, caller_data, NULL, caller_closed};

static void peer_connects_to(const char *sid)
{
    unsigned char request[5 + JINGLE__S5B_HASH_SIZE + 1] = {5, 1, 0, 3, JINGLE__S5B_HASH_SIZE - 1};
    char hash[JINGLE__S5B_HASH_SIZE];

    ck_assert_int_eq(jingle__s5b_hash(sid, ENGINE_PEER, ENGINE_OWN, hash), JINGLE_EOK);
    memcpy(request + 5, hash, JINGLE__S5B_HASH_SIZE - 1);
    caller_granted = false;
    ck_assert_int_eq(
        peer_net->dial(peer_net, "192.0.2.1", our_port(), &caller_events, NULL, &caller),
        JINGLE_EOK);
    vnet_run(&world, NULL);
    peer_net->send(peer_net, caller, "\5\1\0", 3);
    vnet_run(&world, NULL);
    peer_net->send(peer_net, caller, request, 5 + JINGLE__S5B_HASH_SIZE - 1 + 2);
    vnet_run(&world, NULL);
}

#define SILENT "203.0.113.9"

static vnet_fate_t one_never_answers(vnet_t *of, jingle_net_t *from, const char *address,
                                     uint16_t port)
{
    (void)of, (void)from, (void)port;
    return strcmp(address, SILENT) == 0 ? VNET_SILENT : VNET_ANSWERS;
}

static void peer_connects(void)
{
    peer_connects_to("t");
}

static void peer_connects_to_offer(void)
{
    peer_connects_to(xmpp_stanza_get_attribute(transport_of(engine->sent[0]), "sid"));
}

static int no_address(jingle_net_t *of, const jingle_socket_t *socket, char *address, size_t size)
{
    (void)of, (void)socket, (void)address, (void)size;
    return JINGLE_EIO;
}

/** Where it came to only tells several apart. */
START_TEST(an_arrival_without_an_address)
{
    begin_with_server(JINGLE_S5B(.find_no_proxies = true));
    net->get_address = no_address;
    peer_offers("");
    peer_connects();
    ck_assert(caller_granted);
    peer_used_ours();
    ck_assert_uint_eq(app.n_open, 1);
    peer_net->close(peer_net, caller);
}
END_TEST

static void map(jingle_t *jingle, uint16_t port, bool wanted, void *userdata)
{
    (void)port, (void)userdata;
    if (wanted)
        ck_assert_int_eq(jingle_s5b_mapped(jingle, "233.252.0.9", 4567), JINGLE_EOK);
    else
        engine_free_manager(engine);
}

/** What has come in was not used, and is closed before the net may be gone. */
START_TEST(freed_where_the_mapping_is_taken_back)
{
    begin_with_server(JINGLE_S5B(.find_no_proxies = true, .map = map));
    peer_offers("");
    pass(20);
    peer_connects();
    ck_assert(caller_granted);
    peer_finds_none();
    pass(20);
    ck_assert_ptr_null(engine->jingle);
}
END_TEST

START_TEST(the_peer_names_what_it_never_reached)
{
    begin_with_server(JINGLE_S5B(.find_no_proxies = true));
    peer_offers("");
    peer_used_ours();
    ck_ended("failed-transport");
}
END_TEST

/** Our first candidate is better than the peer's only one: that is not tried any more. */
START_TEST(it_is_named_before_the_accept)
{
    char used[256];

    begin_with_server(JINGLE_S5B(.find_no_proxies = true));
    offer_to_peer();
    engine_ack(engine);
    snprintf(used, sizeof used,
             "<content creator='initiator' name='c'><transport xmlns='" NS_S5B
             "'><candidate-used cid='%s'/></transport></content>",
             our_cid());
    engine_action(engine, "i", "transport-info", "s", used);
    accept_of_peer("", PEERS);
    pass(2000);
    ck_assert_uint_eq(world.n_dials, 0);
}
END_TEST

/** What the peer said first counts: a candidate of ours that it names then, or that it found none, is
 *  acknowledged and no more. */
START_TEST(it_says_two_things)
{
    const char *host = NULL;
    char second[128];

    begin_with_server(JINGLE_S5B(.find_no_proxies = true));
    world.fate = one_never_answers;
    peer_offers(CANDIDATE("none", SILENT, "9", "direct"));
    snprintf(second, sizeof second, "<candidate-used cid='%s'/>",
             xmpp_stanza_get_attribute(jingle_element_next(our_candidate()), "cid"));
    peer_connects();
    ck_assert(caller_granted);
    if (_i == 2)
        peer_finds_none();
    else
        peer_used_ours();
    engine_log(engine);
    info_of_peer(_i ? second : "<candidate-error/>");
    ck_assert_str_eq(engine_log(engine), "> result i\n");
    pass(6000); /* it goes on as it would have without */
    ck_assert_uint_eq(n_sent_with("candidate-error"), 1);
    ck_assert_uint_eq(app.n_open, _i != 2);
    if (_i == 2)
        return;
    jingle_content_get_s5b_path(app.content, &host);
    ck_assert_str_eq(host, "192.0.2.1");
    peer_net->close(peer_net, caller);
}
END_TEST

/** Field notes: a transport-replace with sid="None". It is a name as any, and what the hash is made of. */
START_TEST(a_replacement_with_a_strange_name)
{
    char hash[JINGLE__S5B_HASH_SIZE];

    begin_with_server(JINGLE_S5B(.find_no_proxies = true));
    peer_offers(CANDIDATE("none", "203.0.113.9", "9", "direct"));
    pass(1000);
    ck_assert_uint_eq(n_sent_with("candidate-error"), 1);
    engine_ack(engine);
    peer_finds_none();
    answer_of_peer("transport-replace", " sid='None'", PEERS);
    ck_assert_str_eq(xmpp_stanza_get_attribute(sent_transport(), "sid"), "None");
    engine_ack(engine);
    pass(50);
    ck_assert_int_eq(jingle__s5b_hash("None", ENGINE_PEER, ENGINE_OWN, hash), JINGLE_EOK);
    ck_assert_str_eq(server.socks.hash, hash);
    peer_finds_none();
    ck_assert_uint_eq(app.n_open, 1);
}
END_TEST

/** J260-18: what the initiator has named is used, which is a candidate of the responder's, though the peer
 *  has connected to one of the same priority too. */
START_TEST(both_name_one_of_the_same_priority)
{
    begin_with_server(JINGLE_S5B(.find_no_proxies = true));
    offer_to_peer();
    accept_of_peer("", CANDIDATE("good", "203.0.113.5", "8323071", "direct"));
    peer_connects_to_offer();
    ck_assert(caller_granted);
    pass(50);
    ck_assert_uint_eq(n_sent_with("candidate-used"), 1);
    engine_ack(engine);
    peer_used_ours();
    ck_assert_uint_eq(app.n_open, 1);
    ck_assert_int_eq(jingle_channel_send(app.channel, "hello", 5), 5);
    vnet_run(&world, NULL);
    ck_assert_str_eq(text_str(&server.data), "hello");
    ck_assert_ptr_null(caller); /* nobody waits at the other one */
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("s5b_fail");
    TCase *all = tcase_create("all");

    tcase_set_timeout(all, 100);
    tcase_add_checked_fixture(all, NULL, end);
    tcase_add_test(all, data_goes_both_ways);
    tcase_add_loop_test(all, a_server_that_is_none, 0, 3);
    tcase_add_loop_test(all, a_connection_that_takes_nothing, 0, 3);
    tcase_add_test(all, it_breaks_before_it_is_used);
    tcase_add_test(all, it_breaks_while_it_is_used);
    tcase_add_test(all, the_peer_never_closes);
    tcase_add_test(all, closed_without_memory_for_the_time);
    tcase_add_test(all, ended_while_a_name_is_looked_up);
    tcase_add_loop_test(all, a_name_without_addresses, 0, 2);
    tcase_add_test(all, a_name_is_found_without_memory);
    tcase_add_test(all, a_name_with_many_addresses);
    tcase_add_test(all, a_port_that_is_taken);
    tcase_add_test(all, an_arrival_without_an_address);
    tcase_add_test(all, freed_where_the_mapping_is_taken_back);
    tcase_add_test(all, the_peer_names_what_it_never_reached);
    tcase_add_test(all, it_is_named_before_the_accept);
    tcase_add_loop_test(all, it_says_two_things, 0, 3);
    tcase_add_test(all, a_replacement_with_a_strange_name);
    tcase_add_test(all, both_name_one_of_the_same_priority);
    suite_add_tcase(suite, all);
    return run_suite(suite);
}
