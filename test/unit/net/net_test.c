/* SPDX-License-Identifier: MIT */
/** @file
 *  The library's own net, over loopback: both ends in one manager, driven by its timers. */
#include <check.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <jingle/net.h>

#include "net/sockets.h"
#include "support/runner.h"
#include "support/test_mem.h"

#define PATIENCE_MS 20000u

typedef struct {
    jingle_socket_t *socket; /**< NULL when closed */
    size_t received, to_send;
    bool connected, closed, free_manager, close_at_data;
    int err;
    unsigned char sum;
} end_t;

static test_mem_t mem;
static xmpp_ctx_t *ctx;
static jingle_t *jingle;
static jingle_net_t *net;
static jingle_socket_t *listener;
static end_t near, far;
static size_t accepted;

static uint64_t now_ms(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* A program's event loop: what it was asked to wait for. */
static struct pollfd watched[64];
static size_t n_watched;
static bool looped;

static int watch(int fd, unsigned events, void *userdata)
{
    size_t i = 0;

    ck_assert_ptr_eq(userdata, watched);
    while (i < n_watched && watched[i].fd != fd)
        i++;
    if (!events) {
        ck_assert_uint_lt(i, n_watched); /* it was waited for */
        watched[i] = watched[--n_watched];
        return JINGLE_EOK;
    }
    ck_assert_uint_lt(i, sizeof watched / sizeof *watched);
    n_watched += i == n_watched;
    watched[i] = (struct pollfd){.fd = fd,
                                 .events = (short)((events & JINGLE_READABLE ? POLLIN : 0) |
                                                   (events & JINGLE_WRITABLE ? POLLOUT : 0))};
    return JINGLE_EOK;
}

static void loop_once(void)
{
    struct pollfd ready[64];
    size_t n = n_watched;

    memcpy(ready, watched, sizeof ready);
    if (poll(ready, (nfds_t)n, 1) <= 0)
        return;
    for (size_t i = 0; i < n && jingle; i++)
        if (ready[i].revents) {
            ck_assert(!(ready[i].revents & POLLNVAL));
            jingle_loop_ready(jingle, ready[i].fd,
                              (ready[i].revents & ~POLLOUT ? JINGLE_READABLE : 0) |
                                  (ready[i].revents & ~POLLIN ? JINGLE_WRITABLE : 0));
        }
}

static bool turn(void)
{
    uint64_t left = jingle_tick(jingle, now_ms());
    struct timespec rest = {0, left > 1 && !looped ? 1000000 : 0};

    if (looped)
        loop_once();
    else
        nanosleep(&rest, NULL);
    return true;
}

/** Until the condition holds. */
#define wait_for(condition)                                                                        \
    do {                                                                                           \
        uint64_t end_ = now_ms() + PATIENCE_MS;                                                    \
        while (!(condition) && turn())                                                             \
            ck_assert_msg(now_ms() < end_, "waited in vain for " #condition);                      \
    } while (0)

static unsigned char octet_at(size_t i)
{
    return (unsigned char)(i * 31 + i / 65536);
}

/** Sends what is left, as far as the socket takes it. */
static void pour(end_t *end)
{
    unsigned char block[16384];
    long taken = 1;

    while (end->to_send && taken > 0) {
        size_t len = end->to_send < sizeof block ? end->to_send : sizeof block;
        for (size_t i = 0; i < len; i++)
            block[i] = octet_at(i);
        taken = net->send(net, end->socket, block, len);
        ck_assert_int_ge(taken, 0);
        end->to_send -= (size_t)taken;
    }
}

static void on_connected(jingle_socket_t *socket, void *userdata)
{
    end_t *end = userdata;

    (void)socket;
    end->connected = true;
    pour(end);
}

static void on_data(jingle_socket_t *socket, const void *data, size_t len, void *userdata)
{
    end_t *end = userdata;

    ck_assert_ptr_nonnull(jingle); /* not when the net is gone */
    for (size_t i = 0; i < len; i++)
        end->sum = (unsigned char)(end->sum + ((const unsigned char *)data)[i]);
    end->received += len;
    if (end->close_at_data) {
        net->close(net, socket);
        end->socket = NULL;
    }
    if (end->free_manager) {
        jingle_free(jingle);
        jingle = NULL;
        end->socket = NULL;
    }
}

static void on_writable(jingle_socket_t *socket, void *userdata)
{
    (void)socket;
    pour(userdata);
}

static void on_closed(jingle_socket_t *socket, int err, void *userdata)
{
    end_t *end = userdata;

    (void)socket;
    ck_assert(!end->closed);
    end->closed = true;
    end->err = err;
}

static const jingle_socket_events_t events = {on_connected, on_data, on_writable, on_closed};

static void on_accept(jingle_net_t *from, jingle_socket_t *socket, void *userdata)
{
    ck_assert_ptr_eq(from, net);
    accepted++;
    if (far.socket) {
        net->close(net, socket);
        return;
    }
    far.socket = socket;
    net->set_events(net, socket, &events, userdata);
}

static void setup(void)
{
    test_mem_init(&mem);
    xmpp_initialize();
    ctx = xmpp_ctx_new(NULL, NULL);
    jingle = jingle_new(ctx, JINGLE_CONFIG(.mem = &mem.mem));
    jingle_tick(jingle, now_ms());
    net = jingle_get_net(jingle);
    ck_assert_ptr_nonnull(net);
    ck_assert_ptr_eq(jingle_get_net(jingle), net);
    ck_assert_int_eq(jingle_set_net(jingle, net), JINGLE_EEXIST);
    near = far = (end_t){0};
    accepted = 0;
    looped = false;
    n_watched = 0;
}

/** The same in a loop of the program's: no round of poll(2) is left to the library. */
static void setup_in_loop(void)
{
    static const jingle_loop_t loop = {.size = sizeof loop, .watch = watch, .userdata = watched};

    setup();
    looped = true;
    ck_assert_int_eq(jingle_set_loop(jingle, NULL), JINGLE_EINVAL);
    ck_assert_int_eq(jingle_set_loop(jingle, &loop), JINGLE_EOK);
    ck_assert_int_eq(jingle_set_loop(jingle, &loop), JINGLE_EEXIST);
}

static void teardown(void)
{
    jingle_free(jingle);
    jingle = NULL;
    ck_assert_uint_eq(test_mem_report(&mem, stderr), 0);
    ck_assert_uint_eq(n_watched, 0);
    xmpp_ctx_free(ctx);
    xmpp_shutdown();
}

static void listen_and_dial(const char *where, const char *address)
{
    ck_assert_int_eq(net->listen(net, where, 0, on_accept, &far, &listener), JINGLE_EOK);
    ck_assert_uint_ne(net->get_port(net, listener), 0);
    ck_assert_int_eq(
        net->dial(net, address, net->get_port(net, listener), &events, &near, &near.socket),
        JINGLE_EOK);
    ck_assert(!near.connected);
}

static void connect_both(void)
{
    listen_and_dial("127.0.0.1", "127.0.0.1");
    wait_for(near.connected && accepted);
}

START_TEST(carries_data_both_ways)
{
    near.to_send = 8u << 20;
    far.to_send = 3u << 20;
    connect_both();
    pour(&far);
    wait_for(far.received == 8u << 20 && near.received == 3u << 20);
    net->shutdown(net, near.socket);
    wait_for(far.closed);
    ck_assert_int_eq(far.err, JINGLE_EOK);
    /* half closed: the other direction still works */
    far.to_send = 1000;
    pour(&far);
    wait_for(near.received == (3u << 20) + 1000);
}
END_TEST

START_TEST(pauses)
{
    connect_both();
    net->pause(net, far.socket, true);
    near.to_send = 16u << 20; /* more than the system's buffers hold */
    pour(&near);
    for (int i = 0; i < 50; i++)
        turn();
    ck_assert_uint_eq(far.received, 0);
    ck_assert_uint_gt(near.to_send, 0);
    net->pause(net, far.socket, false);
    wait_for(far.received == 16u << 20);
}
END_TEST

START_TEST(listens_on_all_addresses)
{
    listen_and_dial(NULL, "127.0.0.1");
    wait_for(near.connected && accepted == 1);
    char address[JINGLE_ADDRESS_SIZE];
    ck_assert_int_eq(net->get_address(net, far.socket, address, sizeof address), JINGLE_EOK);
    ck_assert_str_eq(address, "127.0.0.1");
}
END_TEST

START_TEST(tells_a_refusal)
{
    uint16_t port;

    ck_assert_int_eq(net->listen(net, "127.0.0.1", 0, on_accept, &far, &listener), JINGLE_EOK);
    port = net->get_port(net, listener);
    net->close(net, listener);
    ck_assert_int_eq(net->dial(net, "127.0.0.1", port, &events, &near, &near.socket), JINGLE_EOK);
    wait_for(near.closed);
    ck_assert_int_eq(near.err, JINGLE_EIO);
    ck_assert(!near.connected);
    net->close(net, near.socket);
}
END_TEST

START_TEST(refuses_what_is_no_address)
{
    static const char *const bad[] = {"",           "example.org",       "123.456.7.8", "1::2::3",
                                      "127.0.0.1 ", "fe80::1%nosuchif0", "fe80::1%",    "[::1]"};

    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_int_eq(net->dial(net, bad[i], 1, &events, &near, &near.socket), JINGLE_EINVAL);
    ck_assert_int_eq(net->listen(net, "nowhere", 0, on_accept, &far, &listener), JINGLE_EINVAL);
}
END_TEST

START_TEST(closes_inside_a_callback)
{
    near.to_send = 100;
    far.close_at_data = true;
    connect_both();
    wait_for(near.closed); /* the other end has gone */
    ck_assert_ptr_null(far.socket);
    ck_assert_uint_eq(far.received, 100);
}
END_TEST

START_TEST(manager_freed_inside_a_callback)
{
    near.to_send = 100;
    far.free_manager = true;
    listen_and_dial("127.0.0.1", "127.0.0.1");
    wait_for(!jingle);
}
END_TEST

/** More has come than one callback is given: the rest is for nobody. */
START_TEST(nothing_follows_when_the_manager_is_freed)
{
    connect_both();
    net->pause(net, far.socket, true);
    near.to_send = 1u << 20;
    pour(&near);
    for (int i = 0; i < 20; i++)
        turn();
    far.free_manager = true;
    net->pause(net, far.socket, false);
    wait_for(!jingle);
}
END_TEST

START_TEST(freed_with_sockets_and_lookups_open)
{
    jingle_lookup_t *lookup;

    near.to_send = 1u << 20;
    connect_both();
    ck_assert_int_eq(net->lookup(net, "localhost", NULL, NULL, &lookup), JINGLE_EOK);
}
END_TEST

static size_t found;

static void on_found(jingle_net_t *from, const char *const *addresses, size_t n, int err,
                     void *userdata)
{
    (void)from, (void)err;
    *(bool *)userdata = true;
    for (size_t i = 0; i < n; i++)
        found += strcmp(addresses[i], "127.0.0.1") == 0 || strcmp(addresses[i], "::1") == 0;
}

START_TEST(resolves_a_name)
{
    jingle_lookup_t *lookup, *cancelled;
    bool answered = false, never = false;

    found = 0;
    ck_assert_int_eq(net->lookup(net, "localhost", on_found, &answered, &lookup), JINGLE_EOK);
    ck_assert(!answered); /* never from inside the call */
    ck_assert_int_eq(net->lookup(net, "localhost", on_found, &never, &cancelled), JINGLE_EOK);
    net->cancel(net, cancelled);
    wait_for(answered);
    ck_assert_uint_ge(found, 1);
    ck_assert(!never);
    /* The name servers are those that there are when it is asked. */
    wait_for(!((jingle__poll_t *)net)->has_resolver);
    answered = false;
    ck_assert_int_eq(net->lookup(net, "localhost", on_found, &answered, &lookup), JINGLE_EOK);
    wait_for(answered);
    ck_assert_uint_ge(found, 2);
}
END_TEST

static bool note_loopback(const char *address, bool loopback, void *userdata)
{
    size_t *seen = userdata;

    ck_assert_ptr_null(strchr(address, '%'));
    if (strcmp(address, "127.0.0.1") == 0) {
        ck_assert(loopback);
        (*seen)++;
    }
    return true;
}

START_TEST(lists_addresses)
{
    size_t seen = 0;

    ck_assert_int_eq(net->addresses(net, note_loopback, &seen), JINGLE_EOK);
    ck_assert_uint_eq(seen, 1);
}
END_TEST

START_TEST(without_memory)
{
    jingle_socket_t *socket = NULL;

    for (size_t at = 1; at < 6; at++) {
        test_mem_fail_at(&mem, at, true);
        socket = NULL;
        if (net->listen(net, "127.0.0.1", 0, on_accept, &far, &socket) == JINGLE_EOK)
            net->close(net, socket);
        test_mem_fail_at(&mem, 0, false);
    }
}
END_TEST

static void add_tests(Suite *suite, const char *name, void (*begin)(void))
{
    TCase *sockets = tcase_create(name);

    tcase_set_timeout(sockets, 60);
    tcase_add_checked_fixture(sockets, begin, teardown);
    tcase_add_test(sockets, carries_data_both_ways);
    tcase_add_test(sockets, pauses);
    tcase_add_test(sockets, listens_on_all_addresses);
    tcase_add_test(sockets, tells_a_refusal);
    tcase_add_test(sockets, refuses_what_is_no_address);
    tcase_add_test(sockets, closes_inside_a_callback);
    tcase_add_test(sockets, manager_freed_inside_a_callback);
    tcase_add_test(sockets, nothing_follows_when_the_manager_is_freed);
    tcase_add_test(sockets, freed_with_sockets_and_lookups_open);
    tcase_add_test(sockets, resolves_a_name);
    tcase_add_test(sockets, lists_addresses);
    tcase_add_test(sockets, without_memory);
    suite_add_tcase(suite, sockets);
}

int main(void)
{
    Suite *suite = suite_create("net");

    add_tests(suite, "sockets", setup);
    add_tests(suite, "loop", setup_in_loop);
    return run_suite(suite);
}
