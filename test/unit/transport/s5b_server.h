/* SPDX-License-Identifier: MIT */
/** @file
 *  A peer of SOCKS5 bytestreams with a server that the test can let misbehave, and the way to an open stream. */
#ifndef TEST_TRANSPORT_S5B_SERVER_H
#define TEST_TRANSPORT_S5B_SERVER_H

#include "s5b_peer.h"

/* ---- a SOCKS5 server at the peer's -------------------------------------------------------------- */

typedef struct {
    jingle_socket_t *listener, *guest;
    jingle__socks_t socks;
    text_t data;
    bool ready, closed;
    bool refuses, garbage, early; /**< what it does wrong */
} server_t;

static server_t server;

static inline void server_data(jingle_socket_t *socket, const void *data, size_t len,
                               void *userdata)
{
    size_t used = 0;

    (void)userdata;
    if (server.garbage) {
        peer_net->send(peer_net, socket, "HTTP/1.1 400 Bad Request\r\n", 26);
        return;
    }
    if (server.ready) {
        text_add(&server.data, data, len);
        return;
    }
    if (jingle__socks_server_feed(&server.socks, data, len, &used) == SOCKS_DONE) {
        jingle__socks_server_answer(&server.socks, !server.refuses);
        server.ready = true;
    }
    peer_net->send(peer_net, socket, server.socks.out, server.socks.out_len);
    if (server.ready && server.early)
        peer_net->send(peer_net, socket, "too early", 9);
    server.socks.out_len = 0;
}

static inline void server_closed(jingle_socket_t *socket, int err, void *userdata)
{
    (void)socket, (void)err, (void)userdata;
    server.closed = true;
}

static const jingle_socket_events_t server_events = {NULL, server_data, NULL, server_closed};

static inline void server_accept(jingle_net_t *of, jingle_socket_t *socket, void *userdata)
{
    (void)userdata;
    server.guest = socket;
    jingle__socks_server(&server.socks);
    of->set_events(of, socket, &server_events, NULL);
}

static inline void begin_with_server(const jingle_s5b_t *config)
{
    begin(config);
    server = (server_t){0};
    ck_assert_int_eq(
        peer_net->listen(peer_net, "203.0.113.5", 5086, server_accept, NULL, &server.listener),
        JINGLE_EOK);
}

static inline void hang_up(void)
{
    peer_net->close(peer_net, server.guest);
    server.guest = NULL;
    vnet_run(&world, NULL);
}

static inline void end(void)
{
    if (server.guest)
        peer_net->close(peer_net, server.guest);
    if (server.listener)
        peer_net->close(peer_net, server.listener);
    text_clear(&server.data);
    server = (server_t){0};
    teardown();
}

/* ---- the way to an open stream ------------------------------------------------------------------- */

#define PEERS CANDIDATE("good", "203.0.113.5", "9", "direct")
#define PEERS_PROXY CANDIDATE("good", "203.0.113.5", "9", "proxy")

static inline void peer_offers(const char *candidates)
{
    offer_of_peer(candidates);
    if (engine_last_request(engine))
        engine_ack(engine);
}

static inline void peer_finds_none(void)
{
    info_of_peer("<candidate-error/>");
}

static inline void open_stream(void)
{
    peer_offers(PEERS);
    pass(50);
    ck_assert(server.ready);
    ck_assert_uint_eq(n_sent_with("candidate-used"), 1);
    peer_finds_none();
    ck_assert_uint_eq(app.n_open, 1);
}

static inline bool is_over(void)
{
    return jingle_count_sessions(engine->jingle) == 0;
}

/** Did we say so at the end of the last session? */
static inline bool ended_because(const char *condition)
{
    xmpp_stanza_t *jingle = jingle_element_child(engine_last_request(engine), "jingle", JINGLE_NS);
    xmpp_stanza_t *reason = jingle_element_child(jingle, "reason", NULL);

    return reason && xmpp_stanza_get_child_by_name(reason, condition);
}

/** Longer than anything is waited for, such as a replacement of the transport. */
static inline void wait_out(void)
{
    for (int i = 0; i < 5 && !is_over(); i++) {
        world.now += 60000;
        engine_wait(engine, 60000);
        vnet_run(&world, NULL);
    }
}

/** At once, or because nobody has proposed another transport. */
#define ck_ended(condition)                                                                        \
    do {                                                                                           \
        wait_out();                                                                                \
        ck_assert(is_over());                                                                      \
        ck_assert(ended_because(condition));                                                       \
    } while (0)

/* ---- what may go wrong ---- */

static inline int dial_nowhere(jingle_net_t *of, const char *address, uint16_t port,
                               const jingle_socket_events_t *events, void *userdata,
                               jingle_socket_t **out)
{
    (void)of, (void)address, (void)port, (void)events, (void)userdata, (void)out;
    return JINGLE_EIO;
}

/** A net may tell that a connection has ended although nothing is read from it. */
static inline void never_pause(jingle_net_t *of, jingle_socket_t *socket, bool paused)
{
    (void)of, (void)socket, (void)paused;
}

static inline void peer_used_ours(void)
{
    char used[128];

    snprintf(used, sizeof used, "<candidate-used cid='%s'/>", our_cid());
    info_of_peer(used);
}

#endif
