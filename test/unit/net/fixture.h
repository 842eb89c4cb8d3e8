/* SPDX-License-Identifier: MIT */
/** @file
 *  The library's own net over loopback: both ends in one manager, driven by its timers. */
#ifndef UNIT_NET_FIXTURE_H
#define UNIT_NET_FIXTURE_H

#include <check.h>
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include <jingle/net.h>

#include "refusal.h"
#include "support/runner.h"
#include "support/test_mem.h"

#define PATIENCE_MS 20000u

typedef struct {
    jingle_socket_t *socket;
    char data[64];
    size_t received;
    unsigned connected, writable, closed;
    int err;
} end_t;

static test_mem_t mem;
static xmpp_ctx_t *ctx;
static jingle_t *jingle;
static jingle_net_t *net;
static jingle_socket_t *listener;
static end_t near, far;
static unsigned accepted;

static inline uint64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static inline void turn(void)
{
    struct timespec rest = {0, 1000000};

    jingle_tick(jingle, now_ms());
    nanosleep(&rest, NULL);
}

#define wait_for(condition)                                                                        \
    do {                                                                                           \
        uint64_t end_ = now_ms() + PATIENCE_MS;                                                    \
        while (!(condition)) {                                                                     \
            turn();                                                                                \
            ck_assert_msg(now_ms() < end_, "waited in vain for " #condition);                      \
        }                                                                                          \
    } while (0)

static void on_connected(jingle_socket_t *socket, void *userdata)
{
    (void)socket;
    ((end_t *)userdata)->connected++;
}

static void on_data(jingle_socket_t *socket, const void *data, size_t len, void *userdata)
{
    end_t *end = userdata;

    (void)socket;
    ck_assert_uint_le(end->received + len, sizeof end->data);
    memcpy(end->data + end->received, data, len);
    end->received += len;
}

static void on_writable(jingle_socket_t *socket, void *userdata)
{
    (void)socket;
    ((end_t *)userdata)->writable++;
}

static void on_closed(jingle_socket_t *socket, int err, void *userdata)
{
    end_t *end = userdata;

    (void)socket;
    end->closed++;
    end->err = err;
}

static const jingle_socket_events_t events = {on_connected, on_data, on_writable, on_closed};

static void on_accept(jingle_net_t *from, jingle_socket_t *socket, void *userdata)
{
    accepted++;
    far.socket = socket;
    from->set_events(from, socket, &events, userdata);
}

static inline void setup(void)
{
    refuse_nothing();
    near = far = (end_t){0};
    accepted = 0;
    test_mem_init(&mem);
    xmpp_initialize();
    ctx = xmpp_ctx_new(NULL, NULL);
    jingle = jingle_new(ctx, JINGLE_CONFIG(.mem = &mem.mem));
    jingle_tick(jingle, now_ms());
}

static inline void own_net(void)
{
    setup();
    net = jingle_get_net(jingle);
    ck_assert_ptr_nonnull(net);
}

static inline void teardown(void)
{
    jingle_free(jingle);
    jingle = NULL;
    ck_assert_uint_eq(test_mem_report(&mem, stderr), 0);
    xmpp_ctx_free(ctx);
    xmpp_shutdown();
}

static inline void start_listening(void)
{
    ck_assert_int_eq(net->listen(net, "127.0.0.1", 0, on_accept, &far, &listener), JINGLE_EOK);
}

static inline int dial(void)
{
    return net->dial(net, "127.0.0.1", net->get_port(net, listener), &events, &near, &near.socket);
}

static inline void connect_both(void)
{
    start_listening();
    ck_assert_int_eq(dial(), JINGLE_EOK);
    wait_for(near.connected && accepted);
}

#endif
