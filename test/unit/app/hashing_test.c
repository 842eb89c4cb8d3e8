/* SPDX-License-Identifier: MIT */
/** @file
 *  What lies before a part that is sent is read for the hash of the whole, by the program's function
 *  where that gives the data; a receiver waits for it. */
#include "resumed.h"

#include <stdlib.h>
#include <string.h>

#include "support/runner.h"

/* ---- a function that gives the data --------------------------------------------------------- */

static bool changed;
static size_t size;
static uint64_t next;
/** Once so much was read, what is done then. */
static uint64_t act_at;
static long (*act)(jingle_file_t *file);

static long give(jingle_file_t *file, uint64_t offset, void *buffer, size_t len, void *userdata)
{
    unsigned char *to = buffer;

    (void)userdata;
    ck_assert_uint_eq(offset, next);
    if (act && offset >= act_at) {
        long (*now)(jingle_file_t *) = act;

        act = NULL;
        return now(file);
    }
    if (offset >= size)
        return 0;
    len = len < size - offset ? len : size - (size_t)offset;
    memcpy(to, wire_data(size) + offset, len);
    for (size_t i = 0; changed && i < len && offset + i < 50000; i++)
        to[i] ^= 0x55;
    next += len;
    return (long)len;
}

static void offer_given(void)
{
    next = 0;
    ck_assert_int_eq(jingle_send_file(wire->side[0].jingle, WIRE_JULIET, NULL,
                                      JINGLE_SEND_FILE(.name = "a", .read = give, .file_size = size,
                                                       .seekable = true),
                                      NULL),
                     JINGLE_EOK);
}

static void setup(void)
{
    changed = false;
    act = NULL;
    size = SIZE;
    resumed_setup();
    cut(&plain, 100000);
    begin(&plain);
}

static void teardown(void)
{
    end();
    resumed_teardown();
}

static void assert_arrived(void)
{
    ck_assert_ptr_nonnull(strstr(wire_log(wire, 0), "done done verified, ended success"));
    ck_assert_ptr_nonnull(strstr(wire_log(wire, 1), "done done verified, ended success"));
    ck_assert_uint_gt(jingle_file_get_offset(wire->side[1].file), 0);
    ck_assert(folder_holds(inbox, "a", wire_data(size), size));
    assert_clean();
}

START_TEST(the_whole_is_told)
{
    offer_given();
    ck_assert(wire_finish(wire, 5000));
    ck_assert_ptr_nonnull(strstr(checksum, "</hash><range "));
    assert_arrived();
}
END_TEST

/** Another file of the same name and size, and no date: the old beginning does not belong to it. */
START_TEST(the_beginning_is_another)
{
    changed = true;
    offer_given();
    ck_assert(wire_finish(wire, 5000));
    ck_assert_ptr_nonnull(strstr(wire_log(wire, 1), "done not-verified, ended media-error"));
    ck_assert_str_eq(folder_list(inbox), "");
}
END_TEST

static long later(jingle_file_t *file)
{
    (void)file;
    return JINGLE_FILE_LATER;
}

START_TEST(it_has_nothing_now)
{
    act = later;
    act_at = _i ? 40000 : 0;
    offer_given();
    wire_settle(wire);
    ck_assert_ptr_null(act);
    ck_assert_uint_lt(next, 100000);
    wire_wait(wire, 50000);
    ck_assert_uint_lt(next, 100000);
    ck_assert_int_eq(jingle_file_pause(wire_file(wire, 0), false), JINGLE_EOK);
    ck_assert(wire_finish(wire, 5000));
    assert_arrived();
}
END_TEST

static long break_off(jingle_file_t *file)
{
    (void)file;
    return -1;
}

static long cancel(jingle_file_t *file)
{
    ck_assert_int_eq(jingle_file_cancel(file, NULL), JINGLE_EOK);
    return 10;
}

static long free_manager(jingle_file_t *file)
{
    (void)file;
    wire_free_manager(wire, 0);
    return 10;
}

static const struct {
    long (*act)(jingle_file_t *file);
    const char *log;
} ends[] = {{break_off, "done unavailable kept"},
            {cancel, "done cancelled kept"},
            {free_manager, " kept, ended "}};

START_TEST(it_ends_there)
{
    long there = kept("a");

    act = ends[_i].act;
    act_at = 40000;
    offer_given();
    wire_finish(wire, 5000);
    ck_assert_ptr_null(act);
    ck_assert_msg(strstr(wire_log(wire, 1), ends[_i].log) != NULL, "%d", _i);
    ck_assert_int_eq(kept("a"), there);
}
END_TEST

/* ---- a receiver waits for it ---------------------------------------------------------------- */

#define PACE ((16u << 20) / 1000)
#define IDLE 1000u

static const plan_t large = {.len = 6u << 20, .block = 65535, .idle = IDLE};
static uint64_t offset;

static void setup_large(void)
{
    changed = false;
    act = later;
    size = large.len;
    resumed_setup();
    cut(&large, 5u << 20);
    offset = (uint64_t)kept("a");
    begin(&large);
}

/** Longer, the more there is to read. */
START_TEST(it_takes_its_time)
{
    act_at = 1000;
    offer_given();
    wire_wait(wire, IDLE + offset / PACE - 5);
    ck_assert_int_eq(jingle_file_pause(wire_file(wire, 0), false), JINGLE_EOK);
    ck_assert(wire_finish(wire, 5000));
    assert_arrived();
}
END_TEST

/** With the first data that is over. */
START_TEST(it_stops_afterwards)
{
    act_at = offset + 100000;
    offer_given();
    wire_wait(wire, 2 * IDLE - 10);
    ck_assert_ptr_null(act);
    ck_assert_ptr_null(strstr(wire_log(wire, 1), "done"));
    wire_wait(wire, 20);
    ck_assert_ptr_nonnull(strstr(wire_log(wire, 1), "done timeout kept"));
    ck_assert_int_gt(kept("a"), (long)offset);
}
END_TEST

/** However often nothing comes, that says nothing against what was kept. */
START_TEST(nothing_comes)
{
    for (int i = 0; i < 5; i++) {
        act = later;
        act_at = 1000;
        offer_given();
        ck_assert(wire_finish(wire, IDLE + offset / PACE + 10));
        ck_assert_ptr_nonnull(strstr(wire_log(wire, 1), "done timeout kept"));
        ck_assert_int_eq(kept("a"), (long)offset);
        end();
        begin(&large);
    }
    offer_given();
    ck_assert(wire_finish(wire, 5000));
    assert_arrived();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("hashing");
    TCase *before = tcase_create("before"), *waits = tcase_create("waits");

    tcase_add_checked_fixture(before, setup, teardown);
    tcase_set_timeout(before, 60);
    tcase_add_test(before, the_whole_is_told);
    tcase_add_test(before, the_beginning_is_another);
    tcase_add_loop_test(before, it_has_nothing_now, 0, 2);
    tcase_add_loop_test(before, it_ends_there, 0, (int)(sizeof ends / sizeof *ends));
    suite_add_tcase(suite, before);
    tcase_add_checked_fixture(waits, setup_large, teardown);
    tcase_set_timeout(waits, 60);
    tcase_add_test(waits, it_takes_its_time);
    tcase_add_test(waits, it_stops_afterwards);
    tcase_add_test(waits, nothing_comes);
    suite_add_tcase(suite, waits);
    return run_suite(suite);
}
