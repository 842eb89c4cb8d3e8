/* SPDX-License-Identifier: MIT */
/** @file
 *  The library's own net: addresses and names, what a program's loop may do wrong; the nets of others. */
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#if __has_include(<linux/sockios.h>)
#include <linux/sockios.h> /* not where a C library comes without the kernel's headers */
#endif

#include "fixture.h"
#include "net/sockets.h"

/* ---- addresses and names --------------------------------------------------------------------- */

#define TOLD_MAX 8

typedef struct {
    char address[TOLD_MAX][JINGLE_ADDRESS_SIZE];
    size_t n, most;
} told_t;

static bool tell(const char *address, bool loopback, void *userdata)
{
    told_t *told = userdata;

    (void)loopback;
    ck_assert_uint_lt(told->n, TOLD_MAX);
    strcpy(told->address[told->n++], address);
    return told->n < told->most;
}

START_TEST(addresses_that_are_not_told)
{
    told_t told = {.most = TOLD_MAX};

    at_getifaddrs = (refusal_t){.times = 1, .error = ENOMEM};
    ck_assert_int_eq(net->addresses(net, tell, &told), JINGLE_EIO);
    ck_assert_uint_eq(told.n, 0);
}
END_TEST

/** Interfaces without an address, with one of another kind, that are down, and the same address twice. */
START_TEST(each_address_once)
{
    struct sockaddr_in first = {.sin_family = AF_INET}, second = first;
    struct sockaddr_in6 third = {.sin6_family = AF_INET6, .sin6_addr = {{{0x20, 1, 0xd, 0xb8}}}};
    struct sockaddr other = {.sa_family = AF_UNIX};
    struct ifaddrs all[7];
    void *const addresses[] = {NULL, &other, &first, &second, &first, &third, &third};
    told_t told = {.most = TOLD_MAX}, one = {.most = 1};

    first.sin_addr.s_addr = htonl(0xc0000201);
    second.sin_addr.s_addr = htonl(0xc0000202);
    memset(all, 0, sizeof all);
    for (size_t i = 0; i < 7; i++) {
        all[i].ifa_addr = addresses[i];
        all[i].ifa_flags = i == 3 ? 0 : 1; /* IFF_UP; the second is down */
        all[i].ifa_next = i < 6 ? &all[i + 1] : NULL;
    }
    pretended = all;
    ck_assert_int_eq(net->addresses(net, tell, &told), JINGLE_EOK);
    ck_assert_uint_eq(told.n, 2);
    ck_assert_str_eq(told.address[0], "192.0.2.1");
    ck_assert_str_eq(told.address[1], "2001:db8::");
    ck_assert_int_eq(net->addresses(net, tell, &one), JINGLE_EOK);
    ck_assert_uint_eq(one.n, 1); /* it wanted no more */
}
END_TEST

static unsigned answers;
static size_t n_found;
static int found_err;

static void on_found(jingle_net_t *from, const char *const *addresses, size_t n, int err,
                     void *userdata)
{
    (void)from, (void)addresses, (void)userdata;
    answers++;
    n_found = n;
    found_err = err;
}

START_TEST(no_resolver)
{
    jingle_lookup_t *lookup = NULL;

    answers = 0;
    at_resolver = (refusal_t){.times = 1};
    ck_assert_int_eq(net->lookup(net, "localhost", on_found, NULL, &lookup), JINGLE_EIO);
    ck_assert_ptr_null(lookup);
    ck_assert_int_eq(net->lookup(net, "localhost", on_found, NULL, &lookup), JINGLE_EOK);
    wait_for(answers == 1); /* the next one is tried anew */
    ck_assert_uint_gt(n_found, 0);
    ck_assert_int_eq(found_err, JINGLE_EOK);
    test_mem_fail_at(&mem, 1, false);
    ck_assert_int_eq(net->lookup(net, "localhost", on_found, NULL, &lookup), JINGLE_EMEM);
}
END_TEST

/** A name that nobody can be asked about: two dots in a row, and a label that is too long. */
START_TEST(a_name_that_is_none)
{
    static const char *const names[] = {
        "a..b.",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa.example."};
    jingle_lookup_t *lookup;

    for (unsigned i = 0; i < 2; i++) {
        answers = 0;
        found_err = JINGLE_EOK;
        ck_assert_int_eq(net->lookup(net, names[i], on_found, NULL, &lookup), JINGLE_EOK);
        wait_for(answers == 1);
        ck_assert_uint_eq(n_found, 0);
        ck_assert_int_eq(found_err, JINGLE_EIO);
    }
    net->cancel(net, NULL);
}
END_TEST

/* ---- what was taken and has not left --------------------------------------------------------- */

#define UNSENT_MAX (512 << 10) /* two or three segments over loopback more than is asked for */

/** Who has sent all believes that the other side has soon got it, however slowly that reads. */
START_TEST(little_waits_for_who_does_not_read)
{
#if defined TCP_NOTSENT_LOWAT && defined SIOCOUTQNSD
    static const char block[65536];
    end_t *from = _i ? &far : &near, *to = _i ? &near : &far;
    long taken;
    int unsent = 0;

    connect_both();
    net->pause(net, to->socket, true);
    do
        taken = net->send(net, from->socket, block, sizeof block);
    while (taken > 0);
    ck_assert_int_eq(taken, 0);
    /* An emulator of another machine may not know it. */
    if (ioctl(from->socket->fd, SIOCOUTQNSD, &unsent) != 0)
        ck_assert(errno == ENOTTY || errno == ENOSYS);
    ck_assert_int_le(unsent, UNSENT_MAX);
    for (int i = 0; i < 20; i++)
        turn();
    ck_assert_uint_eq(from->writable, 0);
#endif
}
END_TEST

/* ---- a program's loop ------------------------------------------------------------------------ */

static unsigned refusing, watches;

static int watch(int fd, unsigned wanted, void *userdata)
{
    (void)fd, (void)userdata;
    watches++;
    if (!refusing || !wanted)
        return JINGLE_EOK;
    refusing--;
    return JINGLE_EMEM;
}

static const jingle_loop_t loop = {.size = sizeof loop, .watch = watch};

START_TEST(a_loop_without_room)
{
    jingle_socket_t *one = NULL;

    ck_assert_int_eq(jingle_set_loop(jingle, &loop), JINGLE_EOK);
    start_listening();
    refusing = 2;
    ck_assert_int_eq(net->listen(net, "127.0.0.1", 0, on_accept, &far, &one), JINGLE_EMEM);
    ck_assert_int_eq(dial(), JINGLE_EMEM);
    ck_assert_ptr_null(one);
    ck_assert_ptr_null(near.socket);
}
END_TEST

START_TEST(a_loop_that_comes_too_late)
{
    start_listening();
    ck_assert_int_eq(jingle_set_loop(jingle, &loop), JINGLE_EEXIST);
    watches = 0;
    jingle_loop_ready(jingle, 0, JINGLE_READABLE); /* it has no loop */
    ck_assert_int_eq(dial(), JINGLE_EOK);
    wait_for(near.connected && accepted);
    ck_assert_uint_eq(watches, 0);
}
END_TEST

START_TEST(a_loop_that_is_none)
{
    static const jingle_loop_t old = {.size = sizeof old - 1, .watch = watch};
    static const jingle_loop_t without = {.size = sizeof without};

    ck_assert_int_eq(jingle_set_loop(NULL, &loop), JINGLE_EINVAL);
    ck_assert_int_eq(jingle_set_loop(jingle, &old), JINGLE_EINVAL);
    ck_assert_int_eq(jingle_set_loop(jingle, &without), JINGLE_EINVAL);
    ck_assert_int_eq(jingle_set_loop(jingle, &loop), JINGLE_EOK);
    jingle_loop_ready(NULL, 0, JINGLE_READABLE);
    jingle_loop_ready(jingle, 12345, JINGLE_READABLE); /* a descriptor that is not ours */
}
END_TEST

/* ---- nets of others -------------------------------------------------------------------------- */

static unsigned freed;

static void free_it(jingle_net_t *given)
{
    (void)given;
    freed++;
}

/** Each function must be there. */
START_TEST(a_net_that_is_not_whole)
{
    static jingle_net_t whole;
    static const size_t functions[] = {
        offsetof(jingle_net_t, listen),      offsetof(jingle_net_t, get_port),
        offsetof(jingle_net_t, get_address), offsetof(jingle_net_t, dial),
        offsetof(jingle_net_t, set_events),  offsetof(jingle_net_t, send),
        offsetof(jingle_net_t, shutdown),    offsetof(jingle_net_t, pause),
        offsetof(jingle_net_t, close),       offsetof(jingle_net_t, lookup),
        offsetof(jingle_net_t, cancel),      offsetof(jingle_net_t, addresses),
        offsetof(jingle_net_t, free)};
    jingle_t *other = jingle_new(ctx, JINGLE_CONFIG(.mem = &mem.mem));

    whole = *net; /* the library's own functions, of which none is called */
    whole.free = free_it;
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        jingle_net_t lacking = whole;
        memset((char *)&lacking + functions[i], 0, sizeof lacking.free);
        ck_assert_int_eq(jingle_set_net(other, &lacking), JINGLE_EINVAL);
    }
    whole.size--;
    ck_assert_int_eq(jingle_set_net(other, &whole), JINGLE_EINVAL);
    whole.size++;
    ck_assert_int_eq(jingle_set_net(NULL, &whole), JINGLE_EINVAL);
    ck_assert_int_eq(jingle_set_net(other, NULL), JINGLE_EINVAL);
    ck_assert_ptr_null(jingle_get_net(NULL));
    ck_assert_int_eq(jingle_set_net(other, &whole), JINGLE_EOK);
    ck_assert_ptr_eq(jingle_get_net(other), &whole);
    freed = 0;
    jingle_free(other);
    ck_assert_uint_eq(freed, 1);
}
END_TEST

static int listen_nowhere(jingle_net_t *given, const char *address, uint16_t port,
                          jingle_accept_fn accept, void *userdata, jingle_socket_t **out)
{
    (void)given, (void)address, (void)port, (void)accept, (void)userdata, (void)out;
    return JINGLE_EIO;
}

START_TEST(a_loop_is_for_the_own_net)
{
    static jingle_net_t others;
    jingle_t *other = jingle_new(ctx, JINGLE_CONFIG(.mem = &mem.mem));

    others = *net;
    others.listen = listen_nowhere;
    others.free = free_it;
    ck_assert_int_eq(jingle_set_net(other, &others), JINGLE_EOK);
    ck_assert_int_eq(jingle_set_loop(other, &loop), JINGLE_EEXIST);
    jingle_loop_ready(other, 0, JINGLE_READABLE);
    jingle_free(other);
}
END_TEST

START_TEST(no_memory_for_a_net)
{
    size_t at;

    for (at = 1; at < 20; at++) {
        test_mem_fail_at(&mem, at, false);
        net = jingle_get_net(jingle);
        if (net)
            break;
        ck_assert_uint_eq(mem.failures, 1);
        test_mem_fail_at(&mem, at, false);
        ck_assert_int_eq(jingle_set_loop(jingle, &loop), JINGLE_EMEM);
    }
    ck_assert_ptr_nonnull(net);
    ck_assert_uint_gt(at, 2); /* the net, its buffer */
    test_mem_fail_at(&mem, 0, false);
}
END_TEST

static void add_tests(Suite *suite)
{
    TCase *names = tcase_create("names"), *nets = tcase_create("nets"),
          *none = tcase_create("memory");

    tcase_set_timeout(names, 60);
    tcase_add_checked_fixture(names, own_net, teardown);
    tcase_add_test(names, addresses_that_are_not_told);
    tcase_add_test(names, each_address_once);
    tcase_add_test(names, no_resolver);
    tcase_add_test(names, a_name_that_is_none);
    suite_add_tcase(suite, names);
    tcase_add_checked_fixture(nets, own_net, teardown);
    tcase_add_loop_test(nets, little_waits_for_who_does_not_read, 0, 2);
    tcase_add_test(nets, a_loop_without_room);
    tcase_add_test(nets, a_loop_that_comes_too_late);
    tcase_add_test(nets, a_loop_that_is_none);
    tcase_add_test(nets, a_net_that_is_not_whole);
    tcase_add_test(nets, a_loop_is_for_the_own_net);
    suite_add_tcase(suite, nets);
    tcase_add_checked_fixture(none, setup, teardown);
    tcase_add_test(none, no_memory_for_a_net);
    suite_add_tcase(suite, none);
}

int main(void)
{
    Suite *suite = suite_create("nets");

    add_tests(suite);
    return run_suite(suite);
}
