/* SPDX-License-Identifier: MIT */
/** @file
 *  The library's own net over the IPv6 loopback. Skipped, and said, on a machine without one. */
#include <netinet/in.h>
#include <stdio.h>
#include <unistd.h>

#include "fixture.h"

#define SKIPPED 77

static void listen_and_dial(const char *where, const char *address)
{
    ck_assert_int_eq(net->listen(net, where, 0, on_accept, &far, &listener), JINGLE_EOK);
    ck_assert_uint_ne(net->get_port(net, listener), 0);
    ck_assert_int_eq(
        net->dial(net, address, net->get_port(net, listener), &events, &near, &near.socket),
        JINGLE_EOK);
}

static void assert_at(const jingle_socket_t *socket, const char *wanted)
{
    char address[JINGLE_ADDRESS_SIZE];

    ck_assert_int_eq(net->get_address(net, socket, address, sizeof address), JINGLE_EOK);
    ck_assert_str_eq(address, wanted);
}

/** Who listens at the address, at all addresses of the machine, and at all in IPv6. */
START_TEST(carries_data_both_ways)
{
    static const char *const where[] = {"::1", NULL, "::"};

    listen_and_dial(where[_i], "::1");
    wait_for(near.connected && accepted == 1);
    assert_at(near.socket, "::1");
    assert_at(far.socket, "::1");
    ck_assert_int_eq(net->send(net, near.socket, "question", 8), 8);
    wait_for(far.received == 8);
    ck_assert_mem_eq(far.data, "question", 8);
    net->shutdown(net, near.socket);
    wait_for(far.closed);
    ck_assert_int_eq(far.err, JINGLE_EOK);
    /* half closed: the other direction still works */
    ck_assert_int_eq(net->send(net, far.socket, "answer", 6), 6);
    wait_for(near.received == 6);
    ck_assert_mem_eq(near.data, "answer", 6);
}
END_TEST

/** An IPv4 address that reaches a socket for all addresses is told as one. */
START_TEST(tells_ipv4_as_ipv4)
{
    listen_and_dial(NULL, "127.0.0.1");
    wait_for(near.connected && accepted == 1);
    assert_at(far.socket, "127.0.0.1");
}
END_TEST

/** Who listens in one family is not reached in the other. */
START_TEST(keeps_the_families_apart)
{
    static const char *const where[] = {"127.0.0.1", "::1", "::"};

    listen_and_dial(where[_i], _i ? "127.0.0.1" : "::1");
    wait_for(near.closed);
    ck_assert_int_eq(near.err, JINGLE_EIO);
    ck_assert_uint_eq(near.connected, 0);
    ck_assert_uint_eq(accepted, 0);
}
END_TEST

static bool note_loopback(const char *address, bool loopback, void *userdata)
{
    if (strcmp(address, "::1") == 0) {
        ck_assert(loopback);
        (*(unsigned *)userdata)++;
    }
    return true;
}

START_TEST(lists_the_loopback)
{
    unsigned seen = 0;

    ck_assert_int_eq(net->addresses(net, note_loopback, &seen), JINGLE_EOK);
    ck_assert_uint_eq(seen, 1);
}
END_TEST

static bool has_ipv6(void)
{
    struct sockaddr_in6 at = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    int fd = socket(AF_INET6, SOCK_STREAM, 0);
    bool has = fd >= 0 && bind(fd, (const struct sockaddr *)&at, sizeof at) == 0;

    if (fd >= 0)
        close(fd);
    return has;
}

int main(void)
{
    Suite *suite;
    TCase *sockets;

    if (!has_ipv6()) {
        puts("this machine has no IPv6 loopback");
        return SKIPPED;
    }
    suite = suite_create("net-ipv6");
    sockets = tcase_create("sockets");
    tcase_set_timeout(sockets, 60);
    tcase_add_checked_fixture(sockets, own_net, teardown);
    tcase_add_loop_test(sockets, carries_data_both_ways, 0, 3);
    tcase_add_test(sockets, tells_ipv4_as_ipv4);
    tcase_add_loop_test(sockets, keeps_the_families_apart, 0, 3);
    tcase_add_test(sockets, lists_the_loopback);
    suite_add_tcase(suite, sockets);
    return run_suite(suite);
}
