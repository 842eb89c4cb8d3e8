/* SPDX-License-Identifier: MIT */
/** @file
 *  A file is read for its hash before anything leaves (.hash_now), and meanwhile the program
 *  crashes, or changes its mind. */
#include "asking.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "support/runner.h"
#include "support/saved.h"

#define LARGE (5u << 20)

static const wire_config_t config = {.ibb = {{.block_size = 65535}, {.max_block_size = 65535}},
                                     .serves = {true, true}};
static const jingle_send_file_t hashing = {.size = sizeof hashing, .hash_now = true};
static saved_t saved;

static void on_changed(wire_side_t *side, jingle_session_t *session)
{
    (void)side;
    ck_assert_int_eq(saved_take(&saved, session), JINGLE_EOK);
}

static void listen(void)
{
    wire->side[0].on_changed = on_changed;
    jingle_set_tell_changes(wire->side[0].jingle, true);
}

static void setup(void)
{
    asking_setup();
    again(&config);
    folder_write(wire->side[0].folder, "a", wire_data(LARGE), LARGE);
    options = &hashing;
}

static void teardown(void)
{
    asking_teardown();
    saved_clear(&saved);
}

static int offer(void)
{
    return jingle_send_file(wire->side[0].jingle, WIRE_JULIET,
                            folder_path(wire->side[0].folder, "a"), &hashing, NULL);
}

/** Romeo offers, or is asked; nothing of it has left when some of the file is read. */
static void begin(bool asked)
{
    listen();
    ck_assert_int_eq(asked ? ask(JINGLE_REQUEST_FILE(.name = "a")) : offer(), JINGLE_EOK);
    while (wire_step(wire))
        continue;
    for (int i = 0; i < 3; i++)
        jingle_tick(wire->side[0].jingle, wire->now);
    ck_assert_uint_eq(wire->waiting, 0);
    ck_assert_uint_ne(saved.len, 0);
    ck_assert_uint_eq(jingle_count_sessions(wire->side[0].jingle), 1);
}

static void crash(void)
{
    wire_crash(wire, 0, &config);
    ck_assert_int_eq(jingle_restore(wire->side[0].jingle, saved.data, saved.len, NULL, NULL),
                     JINGLE_EOK);
    listen();
}

/* It is read once more, and then leaves. */
START_TEST(read_again)
{
    begin(_i);
    crash();
    ck_assert(wire_finish(wire, 1000));
    ck_assert_has(wire_log(wire, 0), "start, done done verified, ended success");
    ck_assert_has(wire_log(wire, 1), "start, done done verified, ended success");
    ck_assert(folder_holds(wire->side[1].folder, "a", wire_data(LARGE), LARGE));
    ck_assert_has(stanzas, "<hash xmlns=\"urn:xmpp:hashes:2\" algo=\"sha-256\">");
    ck_assert_has_not(stanzas, "<hash-used");
}
END_TEST

/* ... twice. */
START_TEST(crashes_twice)
{
    begin(_i);
    crash();
    jingle_tick(wire->side[0].jingle, wire->now);
    crash();
    ck_assert(wire_finish(wire, 1000));
    ck_assert(folder_holds(wire->side[1].folder, "a", wire_data(LARGE), LARGE));
}
END_TEST

/* It is gone, or another: nobody waits for it. */
START_TEST(not_there_any_more)
{
    const char *path;

    begin(_i % 2);
    path = folder_path(wire->side[0].folder, "a");
    if (_i / 2)
        ck_assert_int_eq(truncate(path, 5), 0);
    else
        ck_assert_int_eq(unlink(path), 0);
    crash();
    ck_assert(wire_finish(wire, 1000));
    ck_assert_has(wire_log(wire, 0), "done io-error, ended failed-application");
    ck_assert_str_eq(wire_log(wire, 1), _i % 2 ? "done unavailable, ended failed-application" : "");
}
END_TEST

/* Cancelled before anything has left: all is over. */
START_TEST(cancelled)
{
    bool restored = _i / 2;

    begin(_i % 2);
    if (restored)
        crash();
    ck_assert_int_eq(jingle_file_cancel(wire_file(wire, 0), NULL), JINGLE_EOK);
    ck_assert(wire_finish(wire, 1000));
    ck_assert_has(wire_log(wire, 0), "done cancelled, ended cancel");
    ck_assert_str_eq(wire_log(wire, 1), _i % 2 ? "done cancelled, ended cancel" : "");
}
END_TEST

static jingle_session_t *session_of(unsigned side)
{
    return jingle_file_get_session(wire_file(wire, side));
}

/* The program does not wait for the hash: it is told at the end. */
START_TEST(started_meanwhile)
{
    begin(_i);
    ck_assert_int_eq(_i ? jingle_session_accept(session_of(0))
                        : jingle_session_start(session_of(0)),
                     JINGLE_EOK);
    ck_assert(wire_finish(wire, 5000));
    ck_assert_has(wire_log(wire, 0), "start, done done verified, ended success");
    ck_assert(folder_holds(wire->side[1].folder, "a", wire_data(LARGE), LARGE));
}
END_TEST

/* What else is in the session leaves without it. */
START_TEST(one_of_two_is_cancelled)
{
    jingle_session_t *session = NULL;
    jingle_file_t *file;

    folder_write(wire->side[0].folder, "b", "bbb", 3);
    ck_assert_int_eq(jingle_send_file(wire->side[0].jingle, WIRE_JULIET,
                                      folder_path(wire->side[0].folder, "a"), &hashing, &session),
                     JINGLE_EOK);
    file = jingle_session_get_file(session, 0);
    ck_assert_int_eq(
        jingle_session_add_file(session, folder_path(wire->side[0].folder, "b"), NULL, NULL),
        JINGLE_EOK);
    ck_assert_int_eq(jingle_file_cancel(file, NULL), JINGLE_EOK);
    ck_assert(wire_finish(wire, 5000));
    ck_assert_str_eq(folder_list(wire->side[1].folder), "b 3");
    ck_assert_str_eq(wire_log(wire, 0), "done cancelled, start, done done verified, ended success");
}
END_TEST

/* It is read for a while, and there is no memory to go on: it fails, once, and nobody waits. */
START_TEST(without_a_timer)
{
    begin(_i);
    test_mem_fail_at(&wire->side[0].mem, 1, false);
    jingle_tick(wire->side[0].jingle, wire->now);
    ck_assert_uint_eq(wire->side[0].mem.failures, 1);
    ck_assert(wire_finish(wire, 1000));
    ck_assert_str_eq(wire_log(wire, 0), _i ? "request a, done failed, ended general-error"
                                           : "done failed, ended failed-application");
    ck_assert_str_eq(wire_log(wire, 1), _i ? "done failed, ended general-error" : "");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("hash_saved");
    TCase *tcase = tcase_create("all");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, read_again, 0, 2);
    tcase_add_loop_test(tcase, crashes_twice, 0, 2);
    tcase_add_loop_test(tcase, not_there_any_more, 0, 4);
    tcase_add_loop_test(tcase, cancelled, 0, 4);
    tcase_add_loop_test(tcase, started_meanwhile, 0, 2);
    tcase_add_test(tcase, one_of_two_is_cancelled);
    tcase_add_loop_test(tcase, without_a_timer, 0, 2);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
