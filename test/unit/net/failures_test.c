/* SPDX-License-Identifier: MIT */
/** @file
 *  The library's own net when the system refuses, one call at a time. */
#include "fixture.h"

/* ---- listening and dialling ------------------------------------------------------------------ */

START_TEST(a_machine_without_ipv6)
{
    at_socket = (refusal_t){.times = 1, .error = EAFNOSUPPORT, .family = AF_INET6};
    ck_assert_int_eq(net->listen(net, NULL, 0, on_accept, &far, &listener), JINGLE_EOK);
    ck_assert_uint_eq(at_socket.times, 0);
    ck_assert_int_eq(dial(), JINGLE_EOK);
    wait_for(near.connected && accepted);
}
END_TEST

START_TEST(no_more_descriptors)
{
    jingle_socket_t *second = NULL;

    start_listening();
    at_socket = (refusal_t){.times = 2, .error = EMFILE};
    ck_assert_int_eq(dial(), JINGLE_EIO);
    ck_assert_int_eq(net->listen(net, "127.0.0.1", 0, on_accept, &far, &second), JINGLE_EIO);
    ck_assert_uint_eq(at_socket.times, 0);
    ck_assert_ptr_null(near.socket);
    ck_assert_ptr_null(second);
}
END_TEST

START_TEST(a_port_that_is_taken)
{
    jingle_socket_t *second = NULL;
    uint16_t port;

    start_listening();
    port = net->get_port(net, listener);
    ck_assert_int_eq(net->listen(net, "127.0.0.1", port, on_accept, &far, &second), JINGLE_EIO);
    ck_assert_ptr_null(second);
    at_bind = (refusal_t){.times = 2, .error = EACCES};
    ck_assert_int_eq(net->listen(net, NULL, 0, on_accept, &far, &second), JINGLE_EIO);
    ck_assert_uint_eq(at_bind.times, 0); /* both families have been tried */
}
END_TEST

START_TEST(a_connection_that_is_refused_at_once)
{
    start_listening();
    at_connect = (refusal_t){.times = 1, .error = ENETUNREACH};
    ck_assert_int_eq(dial(), JINGLE_EIO);
    for (int i = 0; i < 20; i++)
        turn();
    ck_assert_uint_eq(near.connected + near.closed + accepted, 0); /* nobody is told later */
}
END_TEST

START_TEST(a_connection_of_which_nothing_is_known)
{
    start_listening();
    ck_assert_int_eq(dial(), JINGLE_EOK);
    ck_assert_int_eq(net->send(net, near.socket, "too soon", 8), 0);
    at_getsockopt = (refusal_t){.times = 1, .error = ENOBUFS};
    wait_for(near.closed);
    ck_assert_int_eq(near.err, JINGLE_EIO);
    ck_assert_uint_eq(near.connected, 0);
}
END_TEST

START_TEST(accepting_is_tried_again)
{
    start_listening();
    ck_assert_int_eq(net->send(net, listener, "x", 1), JINGLE_EINVOP);
    at_accept = (refusal_t){.times = 2, .error = EMFILE};
    ck_assert_int_eq(dial(), JINGLE_EOK);
    wait_for(accepted == 1);
    ck_assert_uint_eq(at_accept.times, 0);
}
END_TEST

START_TEST(an_address_that_is_not_told)
{
    char address[JINGLE_ADDRESS_SIZE];

    connect_both();
    at_getsockname = (refusal_t){.times = 2, .error = ENOBUFS};
    ck_assert_uint_eq(net->get_port(net, listener), 0);
    ck_assert_int_eq(net->get_address(net, near.socket, address, sizeof address), JINGLE_EIO);
    ck_assert_int_eq(net->get_address(net, near.socket, address, sizeof address - 1), JINGLE_EIO);
    ck_assert_int_eq(net->get_address(net, near.socket, address, sizeof address), JINGLE_EOK);
    ck_assert_str_eq(address, "127.0.0.1");
}
END_TEST

/* ---- data ------------------------------------------------------------------------------------ */

START_TEST(interrupted_calls_go_on)
{
    connect_both();
    at_send = (refusal_t){.times = 3, .error = EINTR};
    ck_assert_int_eq(net->send(net, near.socket, "abc", 3), 3);
    at_recv = (refusal_t){.times = 2, .error = EINTR};
    at_poll = (refusal_t){.times = 2, .error = EINTR};
    wait_for(far.received == 3);
    ck_assert_int_eq(memcmp(far.data, "abc", 3), 0);
    ck_assert_uint_eq(at_send.times + at_recv.times + at_poll.times, 0);
}
END_TEST

START_TEST(full_buffers_are_waited_for)
{
    connect_both();
    at_send = (refusal_t){.times = 1, .error = EAGAIN};
    ck_assert_int_eq(net->send(net, near.socket, "abc", 3), 0);
    wait_for(near.writable == 1);
    ck_assert_int_eq(net->send(net, near.socket, "abc", 3), 3);
    at_recv = (refusal_t){.times = 1, .error = EAGAIN};
    wait_for(far.received == 3);
    ck_assert_uint_eq(near.writable, 1);
}
END_TEST

START_TEST(broken_connections_are_told)
{
    connect_both();
    at_send = (refusal_t){.times = 1, .error = EPIPE};
    ck_assert_int_eq(net->send(net, near.socket, "abc", 3), JINGLE_EIO);
    ck_assert_uint_eq(near.closed, 0);
    ck_assert_int_eq(net->send(net, near.socket, "abc", 3), 3);
    at_recv = (refusal_t){.times = 1, .error = ECONNRESET};
    wait_for(far.closed);
    ck_assert_int_eq(far.err, JINGLE_EIO);
    ck_assert_uint_eq(far.received, 0);
    for (int i = 0; i < 20; i++)
        turn();
    ck_assert_uint_eq(far.closed, 1); /* once */
}
END_TEST

/** A socket may have nobody who listens to it. */
START_TEST(events_for_nobody)
{
    connect_both();
    net->set_events(net, far.socket, NULL, NULL);
    at_send = (refusal_t){.times = 1, .error = EAGAIN};
    ck_assert_int_eq(net->send(net, far.socket, "abc", 3), 0); /* writable is for nobody */
    ck_assert_int_eq(net->send(net, near.socket, "abc", 3), 3);
    net->shutdown(net, near.socket);
    for (int i = 0; i < 20; i++)
        turn();
    ck_assert_int_eq(net->send(net, far.socket, "def", 3), 3);
    wait_for(near.received == 3);
    ck_assert_uint_eq(far.received + far.closed + far.writable, 0);
}
END_TEST

/** More sockets than one table of poll(2) has at first. */
START_TEST(many_sockets)
{
    start_listening();
    for (unsigned i = 1; i <= 40; i++) {
        ck_assert_int_eq(dial(), JINGLE_EOK);
        wait_for(accepted == i && near.connected == i);
    }
    ck_assert_int_eq(net->send(net, near.socket, "last", 4), 4);
    wait_for(far.received == 4);
}
END_TEST

/** Without memory for the table a round does nothing; with it the next one does. */
START_TEST(no_memory_for_a_round)
{
    start_listening();
    ck_assert_int_eq(dial(), JINGLE_EOK);
    test_mem_fail_at(&mem, 1, false);
    turn();
    wait_for(mem.failures == 1);
    test_mem_fail_at(&mem, 0, false);
    wait_for(near.connected && accepted);
}
END_TEST

/** A connection that there is no memory for is closed, which its peer sees. */
START_TEST(no_memory_for_a_connection)
{
    connect_both(); /* the table of a round is large enough afterwards */
    near = (end_t){0};
    ck_assert_int_eq(dial(), JINGLE_EOK);
    test_mem_fail_at(&mem, 1, false);
    wait_for(near.closed);
    ck_assert_uint_eq(mem.failures, 1);
    ck_assert_uint_eq(accepted, 1);
    test_mem_fail_at(&mem, 0, false);
    ck_assert_int_eq(dial(), JINGLE_EOK);
    wait_for(accepted == 2); /* the listener has not suffered */
}
END_TEST

static void add_sockets(Suite *suite)
{
    TCase *sockets = tcase_create("sockets");

    tcase_set_timeout(sockets, 60);
    tcase_add_checked_fixture(sockets, own_net, teardown);
    tcase_add_test(sockets, a_machine_without_ipv6);
    tcase_add_test(sockets, no_more_descriptors);
    tcase_add_test(sockets, a_port_that_is_taken);
    tcase_add_test(sockets, a_connection_that_is_refused_at_once);
    tcase_add_test(sockets, a_connection_of_which_nothing_is_known);
    tcase_add_test(sockets, accepting_is_tried_again);
    tcase_add_test(sockets, an_address_that_is_not_told);
    tcase_add_test(sockets, interrupted_calls_go_on);
    tcase_add_test(sockets, full_buffers_are_waited_for);
    tcase_add_test(sockets, broken_connections_are_told);
    tcase_add_test(sockets, events_for_nobody);
    tcase_add_test(sockets, many_sockets);
    tcase_add_test(sockets, no_memory_for_a_round);
    tcase_add_test(sockets, no_memory_for_a_connection);
    suite_add_tcase(suite, sockets);
}

int main(void)
{
    Suite *suite = suite_create("failures");

    add_sockets(suite);
    return run_suite(suite);
}
