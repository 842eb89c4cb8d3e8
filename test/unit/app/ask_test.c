/* SPDX-License-Identifier: MIT */
/** @file
 *  Files that were asked for, were cut, and are asked for again: the rest comes, if what is there is
 *  what it was. Checklist: J234-16, J234-17. */
#include "asked.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/runner.h"

#define LEN(array) (sizeof(array) / sizeof *(array))
#define LARGE (11u << 20)

/* ---- going on ------------------------------------------------------------------------------ */

START_TEST(goes_on)
{
    static const uint64_t points[] = {1, 8192, 25000, SIZE - 5000};
    const jingle_request_file_t requests[] = {
        *JINGLE_REQUEST_FILE(.name = "a"),
        *JINGLE_REQUEST_FILE(.name = "a", .file_size = SIZE),
        *JINGLE_REQUEST_FILE(.name = "a", .has_date = true, .date = DATE),
    };
    const jingle_request_file_t *request = &requests[_i % (int)LEN(requests)];
    uint64_t point = points[_i / 2 % (int)LEN(points)];

    options = JINGLE_SEND_FILE(.hash_now = _i % 2);
    cut(request, point);
    ck_assert_int_ge(kept(), (long)point);
    arrives(request, (uint64_t)kept());
}
END_TEST

/** Its hash is as good as its name, whatever the other side calls it. */
START_TEST(by_its_hash)
{
    jingle_hash_t hash;
    long there;

    ck_assert_int_eq(ask(the_file()), JINGLE_EOK);
    ck_assert(wire_finish(wire, 0));
    hash = *jingle_file_get_hash(wire->side[1].file);
    unlink(folder_path(wire->side[1].folder, "a"));
    start_anew();
    cut(JINGLE_REQUEST_FILE(.hash = &hash), 20000);
    there = kept();
    options = _i ? JINGLE_SEND_FILE(.name = "b") : NULL;
    ck_assert_int_eq(ask(JINGLE_REQUEST_FILE(.hash = &hash)), JINGLE_EOK);
    ck_assert(wire_finish(wire, 0));
    ck_assert_uint_eq(jingle_file_get_offset(wire->side[1].file), (uint64_t)there);
    ck_assert(folder_holds(wire->side[1].folder, _i ? "b" : "a", wire_data(SIZE), SIZE));
    assert_clean();
    /* By another hash it is another file. */
    cut(JINGLE_REQUEST_FILE(.hash = &hash), 20000);
    hash.value[0] ^= 1;
    ck_assert_int_eq(ask(JINGLE_REQUEST_FILE(.hash = &hash)), JINGLE_EOK);
    ck_assert(wire_finish(wire, 0));
    ck_assert_has_not(stanzas, "<range offset");
}
END_TEST

/** The other side has another name for it each time. */
START_TEST(by_the_name_that_was_asked_for)
{
    options = JINGLE_SEND_FILE(.name = "b");
    cut(the_file(), 20000);
    options = JINGLE_SEND_FILE(.name = "c");
    arrives(the_file(), (uint64_t)kept());
    ck_assert_str_eq(jingle_file_get_info(wire->side[1].file)->name, "c");
}
END_TEST

/** Cut again and again, from another device too. */
START_TEST(goes_on_and_on)
{
    for (long at = 0; at < 40000; at = kept()) {
        cut(the_file(), 6000);
        ck_assert_int_ge(kept(), at + 6000);
    }
    arrives(the_file(), (uint64_t)kept());
}
END_TEST

/** An offer goes on from what a request has left, and the other way round. */
START_TEST(offers_and_requests)
{
    jingle_t *romeo = wire->side[0].jingle;
    const char *folder = wire->side[0].folder;
    long there;

    if (_i) {
        cut(the_file(), 20000);
        there = kept();
        ck_assert_int_eq(jingle_send_file(romeo, WIRE_JULIET, folder_path(folder, "a"), NULL, NULL),
                         JINGLE_EOK);
        ck_assert(wire_finish(wire, 0));
        ck_assert_uint_eq(jingle_file_get_offset(wire->side[1].file), (uint64_t)there);
        ck_assert(folder_holds(wire->side[1].folder, "a", wire_data(SIZE), SIZE));
        return;
    }
    cut_at = 20000;
    wire->side[1].on_progress = cut_silently;
    ck_assert_int_eq(jingle_send_file(romeo, WIRE_JULIET, folder_path(folder, "a"), NULL, NULL),
                     JINGLE_EOK);
    ck_assert(wire_finish(wire, 200000));
    wire->side[1].on_progress = NULL;
    arrives(the_file(), (uint64_t)kept());
}
END_TEST

/** Juliet's program is killed with more than 8 MiB there; what is sure is that much. */
static uint64_t crash_with_much(void)
{
    wire_config_t config = keeps;

    config.ibb[0].block_size = 65535;
    again(&config);
    give(wire_data(LARGE), LARGE, DATE);
    ck_assert_int_eq(ask(the_file()), JINGLE_EOK);
    while (wire->side[1].progress < 9u << 20)
        if (!wire_step(wire))
            wire_wait(wire, 0);
    wire_lose(wire);
    wire_crash(wire, 1, &config);
    jingle_end_all_sessions(wire->side[0].jingle, NULL);
    wire_wait(wire, 200000);
    start_anew();
    ck_assert_int_ge(kept(), 9 << 20);
    return 8u << 20;
}

static void assert_large(uint64_t at_least)
{
    uint64_t offset = jingle_file_get_offset(wire->side[1].file);

    ck_assert_uint_ge(offset, at_least);
    ck_assert_uint_lt(offset, 9u << 20);
    ck_assert_has(wire_log(wire, 1), "done done verified, ended success");
    ck_assert(folder_holds(wire->side[1].folder, "a", wire_data(LARGE), LARGE));
    assert_clean();
}

/** It is read in pieces, and only then the request leaves. */
START_TEST(after_a_crash)
{
    uint64_t sure = crash_with_much();
    unsigned turns = 0;

    ck_assert_int_eq(ask(the_file()), JINGLE_EOK);
    ck_assert_uint_eq(jingle_count_sessions(wire->side[1].jingle), 1);
    for (; !wire->waiting; turns++)
        jingle_tick(wire->side[1].jingle, wire->now);
    ck_assert_uint_ge(turns, 8);
    ck_assert(wire_finish(wire, 5000));
    assert_large(sure);
}
END_TEST

/** Where the program has started the session itself the channel waits. */
START_TEST(while_the_channel_waits)
{
    uint64_t sure = crash_with_much();
    jingle_session_t *session;
    unsigned turns = 0;

    ck_assert_int_eq(jingle_managed_session_new(wire->side[1].jingle, WIRE_ROMEO, NULL, &session),
                     JINGLE_EOK);
    ck_assert_int_eq(jingle_session_add_request(session, the_file(), NULL), JINGLE_EOK);
    ck_assert_int_eq(jingle_session_start(session), JINGLE_EOK);
    wire->side[1].progress = 0;
    while (!wire->side[1].progress) {
        while (wire_step(wire))
            continue;
        jingle_tick(wire->side[0].jingle, wire->now);
        turns += jingle_tick(wire->side[1].jingle, wire->now) == 0;
    }
    ck_assert_uint_ge(turns, 8);
    ck_assert_has(wire_log(wire, 0), "start at ");
    ck_assert(wire_finish(wire, 5000));
    assert_large(sure);
}
END_TEST

static bool take_first(jingle_session_t *session, void *userdata)
{
    *(jingle_session_t **)userdata = session;
    return false;
}

/** Added to a session that runs. */
START_TEST(in_a_session_that_runs)
{
    jingle_session_t *session = NULL;
    long there;

    cut(the_file(), 20000);
    there = kept();
    wire->side[0].on_request = keep_request;
    ck_assert_int_eq(ask(JINGLE_REQUEST_FILE(.name = "held")), JINGLE_EOK);
    wire_settle(wire);
    wire->side[0].on_request = provide;
    ck_assert_int_eq(jingle_file_provide(open_request, folder_path(wire->side[0].folder, "a"),
                                         JINGLE_SEND_FILE(.name = "held")),
                     JINGLE_EOK);
    ck_assert_int_eq(jingle_file_pause(open_request, true), JINGLE_EOK);
    wire_settle(wire);
    jingle_each_session(wire->side[1].jingle, take_first, &session);
    ck_assert_int_eq(jingle_session_add_request(session, the_file(), NULL), JINGLE_EOK);
    wire_settle(wire);
    ck_assert_uint_eq(jingle_file_get_offset(jingle_session_get_file(session, 1)), (uint64_t)there);
    ck_assert_int_eq(jingle_file_pause(open_request, false), JINGLE_EOK);
    jingle_file_release(open_request);
    ck_assert(wire_finish(wire, 5000));
    ck_assert(folder_holds(wire->side[1].folder, "a", wire_data(SIZE), SIZE));
    ck_assert(folder_holds(wire->side[1].folder, "held", wire_data(SIZE), SIZE));
    assert_clean();
}
END_TEST

/** The hashes that are told now are others than last time: all of it is read once more. */
START_TEST(other_hashes)
{
    options = JINGLE_SEND_FILE(.hashes = JINGLE_HASH_BIT(JINGLE_HASH_SHA_1));
    cut(the_file(), 20000);
    options = JINGLE_SEND_FILE(.hashes = JINGLE_HASH_BIT(JINGLE_HASH_BLAKE2B_512), .hash_now = _i);
    arrives(the_file(), (uint64_t)kept());
    ck_assert_int_eq(jingle_file_get_hash(wire->side[1].file)->algo, JINGLE_HASH_BLAKE2B_512);
}
END_TEST

/** Of several of that name, and among what only looks like it, the newest is meant. */
START_TEST(among_others)
{
    const char *folder = wire->side[1].folder;
    char name[64];
    long there;

    for (unsigned i = 0; i < 33; i++) {
        snprintf(name, sizeof name, ".jingle-%032u", i);
        folder_write(folder, name, "jingle-part 1\nsize 50000\nsize x\n", i);
    }
    ck_assert_int_eq(mkfifo(folder_path(folder, ".jingle-0"), 0600), 0);
    ck_assert_int_eq(symlink("/dev/zero", folder_path(folder, ".jingle-1")), 0);
    give(wire_data(40000), 40000, DATE);
    cut(the_file(), 8192);
    give(wire_data(SIZE), SIZE, DATE);
    cut(JINGLE_REQUEST_FILE(.name = "a", .file_size = SIZE), 20000);
    there = atol(strstr(folder_list(folder), "a (2).part ") + strlen("a (2).part "));
    ck_assert_int_eq(ask(the_file()), JINGLE_EOK);
    ck_assert(wire_finish(wire, 5000));
    ck_assert_uint_eq(jingle_file_get_offset(wire->side[1].file), (uint64_t)there);
    ck_assert(folder_holds(folder, "a", wire_data(SIZE), SIZE));
    /* The other one is of a file that there is not any more. */
    ck_assert_int_eq(ask(the_file()), JINGLE_EOK);
    ck_assert(wire_finish(wire, 5000));
    ck_assert_uint_eq(jingle_file_get_offset(wire->side[1].file), 0);
    ck_assert(folder_holds(folder, "a (2)", wire_data(SIZE), SIZE));
    ck_assert_has_not(folder_list(folder), ".part");
}
END_TEST

/* ---- not going on -------------------------------------------------------------------------- */

static void anew_without_resume(void)
{
    wire_crash(wire, 1, NULL);
}

static void damaged(void)
{
    unsigned char *data = text_alloc(SIZE);
    size_t there = (size_t)kept();

    memcpy(data, wire_data(SIZE), SIZE);
    data[there / 2] ^= 1;
    /* In the same file: another one is known by its inode. */
    folder_write(wire->side[1].folder, "a.part", data, there);
    free(data);
}

static void too_short(void)
{
    ck_assert_int_eq(truncate(folder_path(wire->side[1].folder, "a.part"), 100), 0);
}

static void gone(void)
{
    unlink(folder_path(wire->side[1].folder, "a.part"));
}

/** What cannot be gone on with is not asked for. */
static void (*const hindrances[])(void) = {damaged, too_short, gone};

START_TEST(begins_anew)
{
    cut(the_file(), 20000);
    hindrances[_i]();
    arrives(the_file(), 0);
}
END_TEST

START_TEST(switched_off)
{
    cut(the_file(), 20000);
    anew_without_resume();
    ck_assert_int_eq(ask(the_file()), JINGLE_EOK);
    ck_assert(wire_finish(wire, 5000));
    ck_assert_has_not(stanzas, "<range offset");
    ck_assert_str_eq(wire_log(wire, 1), "start, done done verified, ended success");
}
END_TEST

/** Someone else's request of that name and size is not told what there is. */
START_TEST(of_somebody_else)
{
    cut(the_file(), 20000);
    wire->side[0].jid = "tybalt@capulet.example/orchard";
    ck_assert_int_eq(jingle_request_file(wire->side[1].jingle, wire->side[0].jid, the_file(), NULL),
                     JINGLE_EOK);
    wire_settle(wire);
    ck_assert_has_not(stanzas, "<range offset");
    wire->side[0].jid = WIRE_ROMEO;
    jingle_end_all_sessions(wire->side[1].jingle, NULL);
    wire_finish(wire, 200000);
}
END_TEST

START_TEST(two_at_once)
{
    long there;

    cut(the_file(), 20000);
    there = kept();
    ck_assert_int_eq(ask(the_file()), JINGLE_EOK);
    ck_assert_int_eq(ask(the_file()), JINGLE_EOK);
    ck_assert(wire_finish(wire, 5000));
    ck_assert(folder_holds(wire->side[1].folder, "a", wire_data(SIZE), SIZE));
    ck_assert(folder_holds(wire->side[1].folder, "a (2)", wire_data(SIZE), SIZE));
    ck_assert_has(wire_log(wire, 1), "start at ");
    ck_assert_int_gt(there, 0);
    assert_clean();
}
END_TEST

static void cancel(void)
{
    ck_assert_int_eq(jingle_file_cancel(wire_file(wire, 1), NULL), JINGLE_EOK);
}

static void end_session(void)
{
    jingle_end_all_sessions(wire->side[1].jingle, NULL);
}

static void crash(void)
{
    wire_crash(wire, 1, &keeps);
}

static void nobody_there(void)
{
    wire_settle(wire);
    wire_wait(wire, 300000);
}

static void (*const ends[])(void) = {cancel, end_session, crash, nobody_there};

/** Ended before anything came: what was kept stays as it is. */
START_TEST(nothing_came_of_it)
{
    long there;

    cut(the_file(), 20000);
    there = kept();
    for (int i = 0; i < 5; i++) {
        wire->deaf[0] = ends[_i] == nobody_there;
        ck_assert_int_eq(ask(the_file()), JINGLE_EOK);
        ends[_i]();
        ck_assert(wire_finish(wire, 300000));
        ck_assert_int_eq(kept(), there);
    }
    wire->deaf[0] = false;
    arrives(the_file(), (uint64_t)there);
}
END_TEST

/* ---- without memory ------------------------------------------------------------------------ */

/** Each allocation of one side fails while the rest is asked for. */
START_TEST(each_allocation)
{
    bool failed = true;

    for (size_t n = 1; failed; n++) {
        wire_config_t config = keeps;
        bool asked;

        again(&keeps);
        cut(the_file(), 20000);
        config.fail[_i] = n;
        config.serves[0] = true;
        wire_crash(wire, (unsigned)_i, &config);
        asked = wire->side[0].jingle && wire->side[1].jingle && !ask(the_file());
        if (asked && !wire_finish(wire, 400000)) {
            jingle_file_cancel(wire_file(wire, 1), NULL);
            ck_assert(wire_finish(wire, 0));
        }
        failed = wire->side[_i].mem.failures > 0;
        ck_assert(!asked || strstr(text_str(&wire->side[1].log), "done "));
        ck_assert_int_eq(strstr(text_str(&wire->side[1].log), "done done") != NULL,
                         folder_holds(wire->side[1].folder, "a", wire_data(SIZE), SIZE));
        ck_assert(failed || strstr(text_str(&wire->side[1].log), "done done"));
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ask");
    TCase *on = tcase_create("on"), *anew = tcase_create("anew"), *memory = tcase_create("memory");

    tcase_add_checked_fixture(on, asked_setup, asking_teardown);
    tcase_set_timeout(on, 60);
    tcase_add_loop_test(on, goes_on, 0, 24);
    tcase_add_loop_test(on, by_its_hash, 0, 2);
    tcase_add_test(on, by_the_name_that_was_asked_for);
    tcase_add_test(on, goes_on_and_on);
    tcase_add_loop_test(on, offers_and_requests, 0, 2);
    tcase_add_test(on, after_a_crash);
    tcase_add_test(on, while_the_channel_waits);
    tcase_add_test(on, in_a_session_that_runs);
    tcase_add_loop_test(on, other_hashes, 0, 2);
    tcase_add_test(on, among_others);
    suite_add_tcase(suite, on);
    tcase_add_checked_fixture(anew, asked_setup, asking_teardown);
    tcase_add_loop_test(anew, begins_anew, 0, LEN(hindrances));
    tcase_add_test(anew, switched_off);
    tcase_add_test(anew, of_somebody_else);
    tcase_add_test(anew, two_at_once);
    tcase_add_loop_test(anew, nothing_came_of_it, 0, LEN(ends));
    suite_add_tcase(suite, anew);
    tcase_add_checked_fixture(memory, asked_setup, asking_teardown);
    tcase_set_timeout(memory, 200);
    tcase_add_loop_test(memory, each_allocation, 0, 2);
    suite_add_tcase(suite, memory);
    return run_suite(suite);
}
