/* SPDX-License-Identifier: MIT */
/** @file
 *  OpenSSL has no memory, or the disk no room, when what was kept of a file has been read: that says
 *  nothing against it, and it is there for the next time. A program of its own: OpenSSL takes another
 *  allocator only before it is used. */
#include "resumed.h"

#include <openssl/crypto.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "support/runner.h"

/** Which allocation of OpenSSL's from now on fails; 0: none. */
static size_t fail_at;
static bool failed;

static bool fails(void)
{
    if (!fail_at || --fail_at)
        return false;
    failed = true;
    return true;
}

static void *take(size_t size, const char *file, int line)
{
    (void)file, (void)line;
    return fails() ? NULL : malloc(size);
}

static void *resize(void *old, size_t size, const char *file, int line)
{
    (void)file, (void)line;
    return fails() ? NULL : realloc(old, size);
}

static void give_back(void *old, const char *file, int line)
{
    (void)file, (void)line;
    free(old);
}

/** Until the offer is accepted and the part is to be read. */
static void begin_to_read(void)
{
    begin(&plain);
    ck_assert_int_eq(offer(&plain), JINGLE_EOK);
    ck_assert(wire_step(wire));
    ck_assert_str_eq(accepts, "");
}

/** @return false: it has no such allocation */
static bool without(size_t n)
{
    const char *log;
    char on[64];
    long there;

    cut(&plain, 100000);
    there = kept("a");
    begin_to_read();
    failed = false;
    fail_at = n;
    jingle_tick(wire->side[1].jingle, wire->now);
    fail_at = 0;
    wire_finish(wire, 200000);
    snprintf(on, sizeof on, "start at %ld, done done verified", there);
    log = wire_log(wire, 0);
    if (strstr(log, "done failed"))
        ck_assert_int_eq(kept("a"), there);
    else
        ck_assert_msg(strstr(log, on) != NULL, "%zu: %s", n, log);
    end();
    folder_empty(inbox);
    return failed;
}

START_TEST(no_memory)
{
    size_t n = 1;

    while (without(n))
        n++;
    ck_assert_uint_gt(n, 3);
}
END_TEST

/* As on a full disk: no file gets longer than 10 octets. */
START_TEST(no_room_for_what_is_remembered)
{
    struct rlimit limit, before;
    char on[64];

    cut(&plain, 100000);
    snprintf(on, sizeof on, "start at %ld, done done verified", kept("a"));
    begin_to_read();
    signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = (struct rlimit){.rlim_cur = 10, .rlim_max = before.rlim_max};
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    jingle_tick(wire->side[1].jingle, wire->now);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
    ck_assert(wire_finish(wire, 200000));
    ck_assert_ptr_nonnull(strstr(wire_log(wire, 0), on));
    end();
    assert_clean();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("app/resume_digest");
    TCase *tcase = tcase_create("all");

    if (!CRYPTO_set_mem_functions(take, resize, give_back))
        return 1;
    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, resumed_setup, resumed_teardown);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, no_memory);
    tcase_add_test(tcase, no_room_for_what_is_remembered);
    return run_suite(suite);
}
