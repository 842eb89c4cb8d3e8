/* SPDX-License-Identifier: MIT */
/** @file
 *  Transfers ended at every point, by every means: both sides hear of it, once, and the receiver
 * has the whole file or none. Checklist: J234-19, J234-20, J261-07, J261-08. */
#include "wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/runner.h"

#define LEN(array) (sizeof(array) / sizeof *(array))
#define SIZE 13000u

static wire_t *wire;

static unsigned count(const char *text, const char *part)
{
    unsigned n = 0;

    while ((text = strstr(text, part))) {
        n++;
        text += strlen(part);
    }
    return n;
}

/** Each side that has heard of the file has heard of its end, once; what lies in the folder is what
 *  the receiver says. */
static void assert_consistent(const char *what, unsigned point, bool sent)
{
    const char *romeo = wire_log(wire, 0), *juliet = wire_log(wire, 1);
    bool whole = strstr(juliet, "done done") != NULL;
    const char *list = folder_list(wire->side[1].folder);

    ck_assert_msg(!sent || strstr(romeo, "done "), "%s at %u: %s", what, point, romeo);
    ck_assert_msg(!strstr(juliet, "offer") || strstr(juliet, "done "), "%s at %u: %s", what, point,
                  juliet);
    ck_assert_msg(count(romeo, "done ") <= 1u + (strstr(romeo, "done done") != NULL),
                  "%s at %u: %s", what, point, romeo);
    ck_assert_msg(count(juliet, "done ") <= 1u + whole, "%s at %u: %s", what, point, juliet);
    ck_assert_msg(!strcmp(list, whole ? "a 13000" : ""), "%s at %u: %s but %s", what, point, juliet,
                  list);
    /* Who sends never believes in more than who receives. */
    ck_assert_msg(whole || !strstr(romeo, "done done"), "%s at %u: %s but %s", what, point, romeo,
                  juliet);
}

/** Waits for the end. An offer that nobody answers waits for ever: who is asked may be away. */
static void assert_ends(const char *what, unsigned point, uint64_t ms)
{
    jingle_file_t *file;

    if (wire_finish(wire, ms))
        return;
    file = wire_file(wire, 0);
    ck_assert_msg(file && !strstr(text_str(&wire->side[0].log), "start") && !wire_file(wire, 1),
                  "%s at %u: %s | %s", what, point, text_str(&wire->side[0].log),
                  text_str(&wire->side[1].log));
    ck_assert_int_eq(jingle_file_cancel(file, NULL), JINGLE_EOK);
    ck_assert(wire_finish(wire, 0));
}

/* ---- from outside -------------------------------------------------------------------------- */

static void cancel(unsigned side)
{
    jingle_file_t *file = wire_file(wire, side);

    if (file)
        jingle_file_cancel(file, NULL);
}

static void end_session(unsigned side)
{
    jingle_file_t *file = wire_file(wire, side);

    if (file)
        jingle_session_end(jingle_file_get_session(file),
                           JINGLE_END(.condition = JINGLE_REASON_CANCEL));
}

static void end_silently(unsigned side)
{
    jingle_file_t *file = wire_file(wire, side);

    if (file)
        jingle_session_end(jingle_file_get_session(file),
                           JINGLE_END(.condition = JINGLE_REASON_GONE, .silent = true));
}

static void free_manager(unsigned side)
{
    wire_free_manager(wire, side);
}

/** It falls silent: neither does it hear nor is it heard, and no server says so. */
static void vanish(unsigned side)
{
    wire_free_manager(wire, side);
    wire->deaf[side] = true;
    wire->deaf[!side] = true;
}

static const struct {
    const char *name;
    void (*act)(unsigned side);
    uint64_t ms; /**< until the other side must be at the end */
} ways[] = {
    {"cancel", cancel, 5000},
    {"end", end_session, 5000},
    {"end silently", end_silently, 130000},
    {"free", free_manager, 5000},
    {"vanish", vanish, 200000},
};

static bool at_point(unsigned point, bool hash_now)
{
    ck_assert_int_eq(wire_send(wire, "a", SIZE, JINGLE_SEND_FILE(.hash_now = hash_now)),
                     JINGLE_EOK);
    if (hash_now)
        jingle_tick(wire->side[0].jingle, 0);
    for (unsigned i = 0; i < point; i++) {
        if (!wire_step(wire))
            return false;
    }
    return wire->first != NULL || !point;
}

START_TEST(ended_at_every_point)
{
    unsigned way = (unsigned)_i / 4, side = (unsigned)_i / 2 % 2, point = 0;
    bool more = true;

    for (; more; point++) {
        wire = wire_new(NULL);
        more = at_point(point, _i % 2);
        ways[way].act(side);
        assert_ends(ways[way].name, point, ways[way].ms);
        assert_consistent(ways[way].name, point, true);
        ck_assert_uint_eq(wire_free(wire), 0);
    }
    ck_assert_uint_gt(point, 16);
}
END_TEST

/* ---- from inside callbacks ----------------------------------------------------------------- */

static unsigned act_way, act_at;

static void act(wire_side_t *side, jingle_file_t *file)
{
    (void)file;
    if (side->n_progress == act_at)
        ways[act_way].act(side->index);
}

static void act_on_offer(wire_side_t *side, jingle_file_t *file)
{
    if (act_at)
        ck_assert_int_eq(jingle_file_accept(file, NULL), JINGLE_EOK);
    ways[act_way].act(side->index);
}

START_TEST(ended_inside_progress)
{
    unsigned way = (unsigned)_i / 2, side = (unsigned)_i % 2;

    for (unsigned at = 1; at <= 4; at++) {
        wire = wire_new(NULL);
        act_way = way;
        act_at = at;
        wire->side[side].on_progress = act;
        ck_assert_int_eq(wire_send(wire, "a", SIZE, NULL), JINGLE_EOK);
        assert_ends(ways[way].name, at, ways[way].ms);
        assert_consistent(ways[way].name, at, true);
        ck_assert_uint_eq(wire_free(wire), 0);
    }
}
END_TEST

START_TEST(ended_inside_offer)
{
    act_way = (unsigned)_i / 2;
    act_at = (unsigned)_i % 2;
    wire = wire_new(NULL);
    wire->side[1].on_offer = act_on_offer;
    ck_assert_int_eq(wire_send(wire, "a", SIZE, NULL), JINGLE_EOK);
    assert_ends(ways[act_way].name, act_at, ways[act_way].ms);
    assert_consistent(ways[act_way].name, act_at, true);
    ck_assert_str_eq(folder_list(wire->side[1].folder), "");
    ck_assert_uint_eq(wire_free(wire), 0);
}
END_TEST

/* ---- one side falls silent ----------------------------------------------------------------- */

/** What it says is lost from some stanza on, while it still hears. */
static unsigned lost_from, lost_side;

static bool lose(wire_t *w, unsigned from, char **xml)
{
    (void)xml;
    return from != lost_side || w->counts[0]++ < lost_from;
}

START_TEST(one_way_silence)
{
    lost_side = (unsigned)_i;
    for (lost_from = 0; lost_from < 14; lost_from++) {
        wire = wire_new(NULL);
        wire->tap = lose;
        ck_assert_int_eq(wire_send(wire, "a", SIZE, NULL), JINGLE_EOK);
        assert_ends("silence", lost_from, 200000);
        assert_consistent("silence", lost_from, true);
        ck_assert_uint_eq(wire_free(wire), 0);
    }
}
END_TEST

/* ---- when the last reference goes ---------------------------------------------------------- */

static jingle_file_t *going, *kept;
static unsigned freed, closed;
static bool keeps;

static void use_file(void *count)
{
    ++*(unsigned *)count;
    jingle_file_release(jingle_file_clone(going));
    if (keeps && count == &freed)
        kept = jingle_file_clone(going);
}

static long read_zeros(jingle_file_t *file, uint64_t offset, void *buffer, size_t len,
                       void *userdata)
{
    (void)file;
    (void)offset;
    (void)userdata;
    memset(buffer, 0, len);
    return (long)len;
}

START_TEST(used_while_it_is_freed)
{
    keeps = _i;
    freed = closed = 0;
    kept = NULL;
    wire = wire_new(NULL);
    ck_assert_int_eq(jingle_send_file(wire->side[0].jingle, WIRE_JULIET, NULL,
                                      JINGLE_SEND_FILE(.read = read_zeros, .userdata = &closed,
                                                       .userdata_free = use_file, .name = "a",
                                                       .file_size = SIZE),
                                      NULL),
                     JINGLE_EOK);
    going = wire_file(wire, 0);
    jingle_file_set_user(going, &freed, use_file);
    wire_free_manager(wire, 0);
    jingle_file_release(wire->side[0].file);
    wire->side[0].file = NULL;
    ck_assert_uint_eq(freed, 1);
    ck_assert_uint_eq(closed, 1);
    if (keeps)
        ck_assert_str_eq(jingle_file_get_info(kept)->name, "a");
    jingle_file_release(kept);
    ck_assert_uint_eq(freed, 1);
    ck_assert_uint_eq(wire_free(wire), 0);
}
END_TEST

/** A file that is borrowed goes with its session. */
static void borrow(wire_side_t *side, jingle_file_t *file)
{
    (void)side;
    going = file;
}

static int end_and_fail(jingle_t *jingle, const char *xml, size_t len, void *userdata)
{
    wire_side_t *side = userdata;

    (void)xml;
    (void)len;
    jingle_set_send(jingle, NULL, NULL);
    jingle_end_all_sessions(jingle, JINGLE_END(.silent = true));
    jingle_file_release(side->file);
    side->file = NULL;
    return JINGLE_ESEND;
}

static void no_picture(jingle_file_t *file, const jingle_picture_t *picture, void *userdata)
{
    (void)file;
    (void)picture;
    (void)userdata;
    ck_abort_msg("there was no question");
}

START_TEST(gone_where_its_picture_is_fetched)
{
    static const jingle_picture_t picture = {.data = "\x89PNG and so on",
                                             .len = 14,
                                             .media_type = "image/png",
                                             .width = 64,
                                             .height = 48};

    wire = wire_new(NULL);
    wire->side[1].on_offer = borrow;
    ck_assert_int_eq(wire_send(wire, "a", SIZE, JINGLE_SEND_FILE(.thumbnail = &picture)),
                     JINGLE_EOK);
    wire_settle(wire);
    jingle_set_send(wire->side[1].jingle, end_and_fail, &wire->side[1]);
    ck_assert_int_eq(jingle_file_fetch_picture(going, no_picture, NULL), JINGLE_ESEND);
    ck_assert_uint_eq(wire_free(wire), 0);
}
END_TEST

/* ---- without memory ------------------------------------------------------------------------ */

/** Each allocation of one side fails in turn. */
START_TEST(each_allocation)
{
    wire_config_t config = {0};
    unsigned side = (unsigned)_i / 2;
    bool hash_now = _i % 2, whole = false, failed = true, sent;

    for (size_t n = 1; failed; n++) {
        config.fail[side] = n;
        wire = wire_new(&config);
        sent = wire->side[0].jingle && wire->side[1].jingle &&
               !wire_send(wire, "a", SIZE, JINGLE_SEND_FILE(.hash_now = hash_now, .desc = "d"));
        if (sent)
            assert_ends("allocation", (unsigned)n, 400000);
        failed = wire->side[side].mem.failures > 0;
        whole = strcmp(folder_list(wire->side[1].folder), "") != 0;
        assert_consistent("allocation", (unsigned)n, sent);
        ck_assert_uint_eq(wire_free(wire), 0);
    }
    ck_assert(whole);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("end");
    TCase *points = tcase_create("points"), *memory = tcase_create("memory");

    tcase_set_timeout(points, 60);
    tcase_add_loop_test(points, ended_at_every_point, 0, 4 * LEN(ways));
    tcase_add_loop_test(points, ended_inside_progress, 0, 2 * LEN(ways));
    tcase_add_loop_test(points, ended_inside_offer, 0, 2 * LEN(ways));
    tcase_add_loop_test(points, one_way_silence, 0, 2);
    tcase_add_loop_test(points, used_while_it_is_freed, 0, 2);
    tcase_add_test(points, gone_where_its_picture_is_fetched);
    suite_add_tcase(suite, points);
    tcase_set_timeout(memory, 120);
    tcase_add_loop_test(memory, each_allocation, 0, 4);
    suite_add_tcase(suite, memory);
    return run_suite(suite);
}
