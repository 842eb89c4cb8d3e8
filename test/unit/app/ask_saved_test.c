/* SPDX-License-Identifier: MIT */
/** @file
 *  The rest of a file is asked for, and a program crashes meanwhile: whatever was the last stanza,
 *  from the state that was saved last it goes on, and all octets arrive, each once. */
#include "asking.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/runner.h"
#include "support/saved.h"

static const wire_config_t keeps = {.files = {[1] = {.resume = true}},
                                    .ibb = {{.block_size = 4096}, {.block_size = 4096}},
                                    .serves = {true, true}};
static saved_t saved[2];

static void on_changed(wire_side_t *side, jingle_session_t *session)
{
    int err = saved_take(&saved[side->index], session);

    ck_assert_msg(err == JINGLE_EOK || err == JINGLE_EINVOP, "%d", err);
}

static void listen(unsigned side)
{
    wire->side[side].on_request = provide;
    wire->side[side].on_changed = on_changed;
    jingle_set_tell_changes(wire->side[side].jingle, true);
}

static void setup(void)
{
    asking_setup();
    again(&keeps);
}

static void teardown(void)
{
    asking_teardown();
    saved_clear(&saved[0]);
    saved_clear(&saved[1]);
}

static uint64_t cut_at = 20000;

static void cut_silently(wire_side_t *side, jingle_file_t *file)
{
    (void)side;
    if (jingle_file_get_bytes(file) >= cut_at)
        jingle_session_end(jingle_file_get_session(file),
                           JINGLE_END(.condition = JINGLE_REASON_GONE, .silent = true));
}

/** A request that is cut with 20,480 octets there. */
static void cut(void)
{
    wire->side[1].on_progress = cut_silently;
    ck_assert_int_eq(ask(JINGLE_REQUEST_FILE(.name = "a")), JINGLE_EOK);
    ck_assert(wire_finish(wire, 200000));
    wire->side[1].on_progress = NULL;
    ck_assert_has(folder_list(wire->side[1].folder), "a.part 20480");
    wire_log(wire, 0);
    wire_log(wire, 1);
    stanzas[0] = '\0';
    wire->delivered = 0;
    listen(0);
    listen(1);
}

static int restore(unsigned side)
{
    int err =
        jingle_restore(wire->side[side].jingle, saved[side].data, saved[side].len, NULL, NULL);

    listen(side);
    return err;
}

static void crash(unsigned side)
{
    wire_crash(wire, side, &keeps);
    ck_assert_int_eq(restore(side), JINGLE_EOK);
}

/** @return a session of a side; NULL: none */
static jingle_session_t *session_of(unsigned side)
{
    jingle_file_t *file = wire_file(wire, side);

    return file ? jingle_file_get_session(file) : NULL;
}

static void save(unsigned side)
{
    ck_assert_int_eq(saved_take(&saved[side], session_of(side)), JINGLE_EOK);
}

static void assert_whole(const char *what)
{
    const char *romeo = wire_log(wire, 0), *juliet = wire_log(wire, 1);
    const char *list = folder_list(wire->side[1].folder);

    ck_assert_msg(folder_holds(wire->side[1].folder, "a", wire_data(SIZE), SIZE), "%s: %s; %s; %s",
                  what, list, romeo, juliet);
    ck_assert_msg(!strstr(list, ".part") && !strstr(list, ".jingle"), "%s: %s", what, list);
    ck_assert_msg(strstr(juliet, "start at 20480") != NULL, "%s: %s", what, juliet);
    ck_assert_msg(strstr(juliet, "done done verified, ended success") != NULL, "%s: %s", what,
                  juliet);
    ck_assert_msg(strstr(romeo, "done done verified, ended success") != NULL, "%s: %s", what,
                  romeo);
}

/** Does what is due at once. @return false when there was nothing */
static bool is_due(void)
{
    uint64_t next[2];

    wire_patience(wire);
    for (unsigned side = 0; side < 2; side++)
        next[side] = jingle_tick(wire->side[side].jingle, wire->now);
    return wire->waiting || !next[0] || !next[1];
}

/** @return false when all was over by then */
static bool transfer(unsigned mask, size_t after)
{
    char what[80];
    bool crashed = false;

    cut();
    snprintf(what, sizeof what, "sides %u after %zu", mask, after);
    ck_assert_int_eq(ask(JINGLE_REQUEST_FILE(.name = "a")), JINGLE_EOK);
    save(1);
    while (wire->delivered < after && (wire_step(wire) || is_due()))
        continue;
    for (unsigned side = 0; side < 2; side++)
        if (mask >> side & 1 && session_of(side) && saved[side].len) {
            crash(side);
            crashed = true;
        }
    ck_assert_msg(wire_finish(wire, 200000), "%s", what);
    assert_whole(what);
    return crashed;
}

/* Whoever crashes, and whenever. */
START_TEST(after_every_stanza)
{
    unsigned mask = 1u + (unsigned)_i % 3;
    size_t last = 0;

    for (size_t after = 0; after < 40; after++) {
        options = _i >= 3 ? JINGLE_SEND_FILE(.hash_now = true) : NULL;
        if (transfer(mask, after))
            last = after;
        teardown();
        setup();
    }
    ck_assert_uint_gt(last, 15);
    ck_assert_uint_lt(last, 39);
}
END_TEST

/* The request has not left: what was kept is read again first. */
START_TEST(before_the_request)
{
    cut();
    ck_assert_int_eq(ask(JINGLE_REQUEST_FILE(.name = "a")), JINGLE_EOK);
    save(1);
    ck_assert_uint_eq(wire->waiting, 0);
    crash(1);
    ck_assert_uint_eq(wire->waiting, 0);
    ck_assert(wire_finish(wire, 5000));
    assert_whole("before");
    ck_assert_has(stanzas, "<range offset=\"20480\"/>");
}
END_TEST

/* The program starts the session itself. */
START_TEST(started_by_the_program)
{
    cut();
    ck_assert_int_eq(ask(JINGLE_REQUEST_FILE(.name = "a")), JINGLE_EOK);
    ck_assert_int_eq(jingle_session_start(session_of(1)), JINGLE_EOK);
    ck_assert(wire_finish(wire, 5000));
    assert_whole("started");
}
END_TEST

/* ... and is gone meanwhile: the whole is asked for. */
START_TEST(gone_before_the_request)
{
    cut();
    ck_assert_int_eq(ask(JINGLE_REQUEST_FILE(.name = "a")), JINGLE_EOK);
    save(1);
    unlink(folder_path(wire->side[1].folder, "a.part"));
    crash(1);
    ck_assert(wire_finish(wire, 5000));
    ck_assert_str_eq(wire_log(wire, 1), "start, done done verified, ended success");
    ck_assert(folder_holds(wire->side[1].folder, "a", wire_data(SIZE), SIZE));
    ck_assert_has_not(stanzas, "<range offset");
}
END_TEST

static void lose_it(void)
{
    unlink(folder_path(wire->side[1].folder, "a.part"));
}

static void damage_it(void)
{
    unsigned char *data = text_alloc(SIZE);

    memcpy(data, wire_data(SIZE), SIZE);
    data[100] ^= 1;
    folder_write(wire->side[1].folder, "a.part", data, 20480);
    free(data);
}

static void forget_it(void)
{
    const char *list = folder_list(wire->side[1].folder), *at = strstr(list, ".jingle-");
    char name[64];

    ck_assert_ptr_nonnull(at);
    snprintf(name, sizeof name, "%.*s", (int)strcspn(at, " "), at);
    unlink(folder_path(wire->side[1].folder, name));
}

static void (*const losses[])(void) = {lose_it, damage_it, forget_it};

/* The rest was asked for, and does not belong to anything any more. */
START_TEST(gone_after_the_request)
{
    cut();
    ck_assert_int_eq(ask(JINGLE_REQUEST_FILE(.name = "a")), JINGLE_EOK);
    while (!wire->waiting)
        is_due();
    save(1);
    wire_crash(wire, 1, &keeps);
    losses[_i]();
    ck_assert_int_eq(restore(1), JINGLE_EOK);
    ck_assert(wire_finish(wire, 5000));
    ck_assert_has(wire_log(wire, 1), "done io-error, ended failed-application");
    ck_assert(!folder_holds(wire->side[1].folder, "a", wire_data(SIZE), SIZE));
    ck_assert_int_eq(ask(JINGLE_REQUEST_FILE(.name = "a")), JINGLE_EOK);
    ck_assert(wire_finish(wire, 5000));
    ck_assert_has(wire_log(wire, 1), "start, done done verified, ended success");
    ck_assert(folder_holds(wire->side[1].folder, "a", wire_data(SIZE), SIZE));
}
END_TEST

/* Cut after a crash, what is there is asked for the rest of once more. */
START_TEST(cut_again)
{
    char range[64];

    cut();
    ck_assert_int_eq(ask(JINGLE_REQUEST_FILE(.name = "a")), JINGLE_EOK);
    wire->side[1].progress = 0;
    while (wire->side[1].progress < 8192)
        if (!wire_step(wire))
            is_due();
    crash(1);
    while (wire->side[1].progress < 16384)
        if (!wire_step(wire))
            is_due();
    jingle_session_end(session_of(1), JINGLE_END(.condition = JINGLE_REASON_GONE, .silent = true));
    ck_assert(wire_finish(wire, 200000));
    ck_assert_has(wire_log(wire, 1), "done disconnected kept");
    snprintf(range, sizeof range, "a.part %u", 20480 + 16384);
    ck_assert_has(folder_list(wire->side[1].folder), range);
    stanzas[0] = '\0';
    ck_assert_int_eq(ask(JINGLE_REQUEST_FILE(.name = "a")), JINGLE_EOK);
    ck_assert(wire_finish(wire, 5000));
    ck_assert_has(stanzas, "<range offset=\"36864\"/>");
    ck_assert(folder_holds(wire->side[1].folder, "a", wire_data(SIZE), SIZE));
}
END_TEST

/* It is read in steps, and there is no memory for the next: it fails, and what was kept stays. */
START_TEST(without_a_timer)
{
    char *there;

    cut_at = 2u << 20;
    folder_write(wire->side[0].folder, "a", wire_data(3u << 20), 3u << 20);
    wire->side[1].on_progress = cut_silently;
    ck_assert_int_eq(ask(JINGLE_REQUEST_FILE(.name = "a")), JINGLE_EOK);
    ck_assert(wire_finish(wire, 200000));
    ck_assert_has(wire_log(wire, 1), " kept, ");
    there = strdup(folder_list(wire->side[1].folder));
    ck_assert_int_eq(ask(JINGLE_REQUEST_FILE(.name = "a")), JINGLE_EOK);
    test_mem_fail_at(&wire->side[1].mem, 1, false);
    jingle_tick(wire->side[1].jingle, wire->now);
    ck_assert_uint_eq(wire->side[1].mem.failures, 1);
    ck_assert_uint_eq(jingle_count_sessions(wire->side[1].jingle), 0);
    ck_assert_has(wire_log(wire, 1), "done failed kept, ended failed-application");
    ck_assert_str_eq(folder_list(wire->side[1].folder), there);
    free(there);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ask_saved");
    TCase *tcase = tcase_create("all");

    tcase_set_timeout(tcase, 100);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, after_every_stanza, 0, 6);
    tcase_add_test(tcase, before_the_request);
    tcase_add_test(tcase, started_by_the_program);
    tcase_add_test(tcase, gone_before_the_request);
    tcase_add_loop_test(tcase, gone_after_the_request, 0, 3);
    tcase_add_test(tcase, cut_again);
    tcase_add_test(tcase, without_a_timer);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
