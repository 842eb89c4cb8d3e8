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
static unsigned char *all; /* of that size */
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
    memcpy(to, all + offset, len);
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

static void set_up(size_t len)
{
    changed = false;
    act = NULL;
    size = len;
    all = text_alloc(len);
    memcpy(all, wire_data(len), len);
    resumed_setup();
}

static void setup(void)
{
    set_up(SIZE);
    cut(&plain, 100000);
    begin(&plain);
}

static void teardown(void)
{
    end();
    resumed_teardown();
    free(all);
}

static void assert_arrived(void)
{
    ck_assert_ptr_nonnull(strstr(wire_log(wire, 0), "done done verified, ended success"));
    ck_assert_ptr_nonnull(strstr(wire_log(wire, 1), "done done verified, ended success"));
    ck_assert_uint_gt(jingle_file_get_offset(wire->side[1].file), 0);
    ck_assert(folder_holds(inbox, "a", all, size));
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

static long end_well(jingle_file_t *file)
{
    jingle_session_end(jingle_file_get_session(file), NULL);
    return 10;
}

/** Who ends in good order without any of the rest will not send it the next time either. */
START_TEST(it_ends_well)
{
    long there = kept("a");

    for (int i = 0; i < 3; i++) {
        act = end_well;
        act_at = 40000;
        offer_given();
        ck_assert(wire_finish(wire, 5000));
        ck_assert_ptr_nonnull(strstr(wire_log(wire, 1), "done short kept"));
        ck_assert_int_eq(kept("a"), there);
        end();
        begin(&plain);
    }
    offer_given();
    ck_assert(wire_finish(wire, 5000));
    ck_assert_uint_eq(jingle_file_get_offset(wire->side[1].file), 0);
    ck_assert(folder_holds(inbox, "a", all, size));
}
END_TEST

/* ---- a receiver waits for it ---------------------------------------------------------------- */

#define PACE ((16u << 20) / 1000)
#define IDLE 1000u

static const plan_t large = {.len = 6u << 20, .block = 65535, .idle = IDLE};
static uint64_t offset;

static void setup_large(void)
{
    set_up(large.len);
    act = later;
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

/* ---- many at once --------------------------------------------------------------------------- */

#define MANY 8u
#define STEP (1u << 20)
#define BEFORE (3u * STEP)

static uint64_t read_of[MANY], read_now;

static long give_nothing_much(jingle_file_t *file, uint64_t at, void *buffer, size_t len,
                              void *userdata)
{
    uint64_t *read = userdata;

    (void)file;
    if (at > BEFORE)
        return 0;
    if (at < BEFORE) {
        *read += len;
        read_now += len;
    }
    memset(buffer, 'x', len);
    return (long)len;
}

static void provide(wire_side_t *side, jingle_file_t *file)
{
    uint64_t *read = &read_of[side->wire->counts[0]++];

    ck_assert_int_eq(jingle_file_provide(file, NULL,
                                         JINGLE_SEND_FILE(.name = "a", .read = give_nothing_much,
                                                          .file_size = BEFORE + 1, .userdata = read,
                                                          .seekable = true)),
                     JINGLE_EOK);
}

static int swallow(jingle_file_t *file, uint64_t at, const void *data, size_t len, void *userdata)
{
    (void)file, (void)at, (void)data, (void)len, (void)userdata;
    return JINGLE_EOK;
}

/** Each wants the last octet. */
static void ask_for(unsigned n)
{
    jingle_session_t *session = NULL;

    ck_assert_int_eq(jingle_managed_session_new(wire->side[1].jingle, WIRE_ROMEO, NULL, &session),
                     JINGLE_EOK);
    while (n--)
        ck_assert_int_eq(jingle_session_add_request(
                             session,
                             JINGLE_REQUEST_FILE(.name = "a", .offset = BEFORE, .write = swallow),
                             NULL),
                         JINGLE_EOK);
    ck_assert_int_eq(jingle_session_start(session), JINGLE_EOK);
}

static void setup_many(void)
{
    wire_config_t config = {.serves = {true}};

    memset(read_of, 0, sizeof read_of);
    wire = wire_new(&config);
    wire->side[0].on_request = provide;
}

static void teardown_many(void)
{
    end();
}

/** @return false: nothing was read */
static bool turn(void)
{
    while (wire_step(wire))
        continue;
    jingle_tick(wire->side[1].jingle, wire->now);
    read_now = 0;
    jingle_tick(wire->side[0].jingle, wire->now);
    return read_now != 0;
}

static void begin_to_read(void)
{
    for (int i = 0; !turn(); i++)
        ck_assert_int_lt(i, 100);
}

static unsigned n_done(unsigned side, const char *how)
{
    unsigned n = 0;

    for (const char *at = wire_log(wire, side); (at = strstr(at, how)); at++)
        n++;
    return n;
}

/** However many there are, a turn of the loop takes no longer; and each gets on. */
START_TEST(one_after_the_other)
{
    ask_for(MANY);
    begin_to_read();
    for (unsigned i = 1; i < 3 * MANY; i++) {
        ck_assert_uint_eq(read_now, STEP);
        for (unsigned k = 0; k < MANY; k++)
            ck_assert_uint_le(read_of[k], (i + MANY - 1) / MANY * STEP);
        turn();
    }
    ck_assert(wire_finish(wire, 5000));
    ck_assert_uint_eq(n_done(1, "done done verified"), MANY);
}
END_TEST

/** Whoever goes, the others stay. */
START_TEST(some_go)
{
    jingle_session_t *session;

    ask_for(MANY);
    begin_to_read();
    session = jingle_file_get_session(wire_file(wire, 0));
    for (int i = 0; i < 2; i++)
        ck_assert_int_eq(jingle_file_cancel(jingle_session_get_file(session, (size_t)_i), NULL),
                         JINGLE_EOK);
    ck_assert(wire_finish(wire, 5000));
    ck_assert_uint_eq(n_done(1, "done done verified"), MANY - 2);
}
END_TEST

START_TEST(the_only_one_goes)
{
    ask_for(1);
    begin_to_read();
    ck_assert_int_eq(jingle_file_cancel(wire_file(wire, 0), NULL), JINGLE_EOK);
    ck_assert(wire_finish(wire, 5000));
    ck_assert_uint_eq(n_done(1, "done cancelled"), 1);
}
END_TEST

START_TEST(the_manager_goes)
{
    ask_for(MANY);
    begin_to_read();
    wire_free_manager(wire, 0);
    ck_assert(wire_finish(wire, 5000));
}
END_TEST

/** One that cannot wait for its turn fails; the others go on, or fail themselves: none is forgotten. */
START_TEST(no_memory_for_a_turn)
{
    ask_for(3);
    begin_to_read();
    while (wire_step(wire))
        continue;
    test_mem_fail_at(&wire->side[0].mem, 1, _i);
    jingle_tick(wire->side[0].jingle, wire->now);
    ck_assert_uint_gt(wire->side[0].mem.failures, 0);
    test_mem_fail_at(&wire->side[0].mem, 0, false);
    ck_assert(wire_finish(wire, 100000));
    ck_assert_uint_eq(n_done(1, "done done verified"), _i ? 0 : 2);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("hashing");
    TCase *before = tcase_create("before"), *waits = tcase_create("waits"),
          *many = tcase_create("many");

    tcase_add_checked_fixture(before, setup, teardown);
    tcase_set_timeout(before, 60);
    tcase_add_test(before, the_whole_is_told);
    tcase_add_test(before, the_beginning_is_another);
    tcase_add_loop_test(before, it_has_nothing_now, 0, 2);
    tcase_add_loop_test(before, it_ends_there, 0, (int)(sizeof ends / sizeof *ends));
    tcase_add_test(before, it_ends_well);
    suite_add_tcase(suite, before);
    tcase_add_checked_fixture(waits, setup_large, teardown);
    tcase_set_timeout(waits, 60);
    tcase_add_test(waits, it_takes_its_time);
    tcase_add_test(waits, it_stops_afterwards);
    tcase_add_test(waits, nothing_comes);
    suite_add_tcase(suite, waits);
    tcase_add_checked_fixture(many, setup_many, teardown_many);
    tcase_set_timeout(many, 60);
    tcase_add_test(many, one_after_the_other);
    tcase_add_loop_test(many, some_go, 0, MANY - 2);
    tcase_add_test(many, the_only_one_goes);
    tcase_add_test(many, the_manager_goes);
    tcase_add_loop_test(many, no_memory_for_a_turn, 0, 2);
    suite_add_tcase(suite, many);
    return run_suite(suite);
}
