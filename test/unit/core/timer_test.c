/* SPDX-License-Identifier: MIT */
/** @file
 *  Deadlines at the edges: before anybody has said what time it is, as far away as can be, without
 *  memory. That they fire once and in order is manager_test.c's. */
#include "fixture.h"

static void ring(jingle_t *jingle, void *userdata)
{
    ck_assert_ptr_eq(jingle, e->jingle);
    engine_note(e, "%s", (const char *)userdata);
}

/** A manager that has not been told yet what time it is. */
static void begin_without_time(void)
{
    engine_free_manager(e);
    e->jingle = jingle_new(e->ctx, JINGLE_CONFIG(.mem = &e->mem.mem, .jid = ENGINE_OWN));
    ck_assert_ptr_nonnull(e->jingle);
}

static void start(uint64_t delay, const char *name)
{
    ck_assert_int_eq(jingle_timer_start(e->jingle, delay, ring, (char *)(uintptr_t)name, NULL),
                     JINGLE_EOK);
}

/* A session is restored, say: what is set then counts from the first tick, whatever clock it is. */
START_TEST(set_before_the_first_tick)
{
    begin_without_time();
    start(10, "a");
    start(5, "b");
    start(10, "c");
    start(0, "d");
    ck_assert_uint_eq(jingle_get_time(e->jingle), 0);
    ck_assert_uint_eq(jingle_tick(e->jingle, 1000000), 5);
    ck_log("d\n");
    ck_assert_uint_eq(jingle_get_time(e->jingle), 1000000);
    ck_assert_uint_eq(jingle_tick(e->jingle, 1000004), 1);
    ck_log("");
    ck_assert_uint_eq(jingle_tick(e->jingle, 1000005), 5);
    ck_log("b\n");
    ck_assert_uint_eq(jingle_tick(e->jingle, 1000010), JINGLE_NEVER);
    ck_log("a\nc\n");
}
END_TEST

/* As late as a deadline can be is one before JINGLE_NEVER: somebody waits for it. */
START_TEST(as_far_as_can_be)
{
    static const uint64_t delays[] = {UINT64_MAX, UINT64_MAX - 1, UINT64_MAX - 5, UINT64_MAX - 6};

    begin_without_time();
    start(delays[_i], "before");
    ck_assert_uint_eq(jingle_tick(e->jingle, 5), UINT64_MAX - 6);
    ck_assert_uint_eq(jingle_tick(e->jingle, UINT64_MAX - 2), 1);
    ck_log("");
    ck_assert_uint_eq(jingle_tick(e->jingle, UINT64_MAX - 1), JINGLE_NEVER);
    ck_log("before\n");
    begin_with(NULL);
    ck_assert_uint_eq(jingle_tick(e->jingle, 5), JINGLE_NEVER);
    start(delays[_i], "after");
    ck_assert_uint_eq(jingle_tick(e->jingle, 5), UINT64_MAX - 6);
    ck_assert_uint_eq(jingle_tick(e->jingle, UINT64_MAX - 1), JINGLE_NEVER);
    ck_log("after\n");
}
END_TEST

START_TEST(nearly_as_far)
{
    begin_without_time();
    start(UINT64_MAX - 7, "a");
    ck_assert_uint_eq(jingle_tick(e->jingle, 5), UINT64_MAX - 7);
    start(UINT64_MAX - 8, "b");
    ck_assert_uint_eq(jingle_tick(e->jingle, 5), UINT64_MAX - 8);
}
END_TEST

/* Nothing is left of one that could not be set, and those that were set are still there. */
START_TEST(without_memory)
{
    jingle_timer_t *timer = NULL;
    size_t blocks;

    start(1, "a");
    for (int i = 2; i <= 16; i++) /* the room that is made for the first */
        start(1, "b");
    blocks = e->mem.blocks;
    for (size_t n = 1; n <= 2; n++) { /* itself, and more room */
        test_mem_fail_at(&e->mem, n, false);
        ck_assert_int_eq(jingle_timer_start(e->jingle, 1, ring, "c", &timer), JINGLE_EMEM);
        ck_assert_ptr_null(timer);
        ck_assert_uint_eq(e->mem.blocks, blocks);
    }
    start(2, "c");
    jingle_tick(e->jingle, 0);
    ck_assert_uint_eq(jingle_tick(e->jingle, 1), 1);
    ck_log("a\nb\nb\nb\nb\nb\nb\nb\nb\nb\nb\nb\nb\nb\nb\nb\n");
    ck_assert_uint_eq(jingle_tick(e->jingle, 2), JINGLE_NEVER);
    ck_log("c\n");
}
END_TEST

static jingle_timer_t *other;

static void cancel_other(jingle_t *jingle, void *userdata)
{
    ring(jingle, userdata);
    jingle_timer_cancel(other);
}

/* One that is due in the same tick, and cancelled by one before it, does not fire. */
START_TEST(cancelled_by_another)
{
    ck_assert_int_eq(jingle_timer_start(e->jingle, 1, cancel_other, "a", NULL), JINGLE_EOK);
    ck_assert_int_eq(jingle_timer_start(e->jingle, 1, ring, "b", &other), JINGLE_EOK);
    start(1, "c");
    jingle_tick(e->jingle, 0);
    ck_assert_uint_eq(jingle_tick(e->jingle, 1), JINGLE_NEVER);
    ck_log("a\nc\n");
    jingle_timer_cancel(NULL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("core/timer");
    TCase *tcase = add_case(suite, "all");

    tcase_add_test(tcase, set_before_the_first_tick);
    tcase_add_loop_test(tcase, as_far_as_can_be, 0, 4);
    tcase_add_test(tcase, nearly_as_far);
    tcase_add_test(tcase, without_memory);
    tcase_add_test(tcase, cancelled_by_another);
    return run_suite(suite);
}
