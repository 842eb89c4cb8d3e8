/* SPDX-License-Identifier: MIT */
/** @file
 *  A sender that ends the session as soon as all is written (iris does): the end goes by the servers,
 *  the data directly, and is overtaken. */
#include "cut_transport.h"
#include "wire.h"

#include <jingle/s5b.h>
#include <stdio.h>
#include <string.h>

#include "support/runner.h"

#define SIZE 50000u

static wire_t *wire;
static size_t size, end_at;

static long give(jingle_file_t *file, uint64_t offset, void *buffer, size_t len, void *userdata)
{
    size_t left = size - (size_t)offset;

    (void)file;
    (void)userdata;
    len = len < left ? len : left;
    memcpy(buffer, wire_data(size) + offset, len);
    return (long)len;
}

static void end_when_written(wire_side_t *side, jingle_file_t *file)
{
    (void)side;
    if (jingle_file_get_bytes(file) >= end_at)
        ck_assert_int_eq(jingle_session_end(jingle_file_get_session(file), NULL), JINGLE_EOK);
}

/** Offers a file, the session of which Romeo ends when so many octets are written. */
static void offer(bool known, size_t at)
{
    end_at = at;
    wire->side[0].on_progress = end_when_written;
    ck_assert_int_eq(
        jingle_send_file(wire->side[0].jingle, WIRE_JULIET, NULL,
                         JINGLE_SEND_FILE(.name = "a", .read = give,
                                          .file_size = known ? size : JINGLE_FILE_SIZE_UNKNOWN),
                         NULL),
        JINGLE_EOK);
}

static void begin(cut_rest_t rest)
{
    wire = wire_new(NULL);
    size = SIZE;
    cut_transport_leaves(rest);
    for (unsigned i = 0; i < 2; i++)
        ck_assert_int_eq(cut_transport_register(wire->side[i].jingle, 7, 1000), JINGLE_EOK);
}

/** Until the session-terminate has come to Juliet. */
static void come_to_the_end(void)
{
    while (!strstr(text_str(&wire->side[0].log), "ended"))
        wire_wait(wire, 1);
    wire_settle(wire);
}

static void assert_whole(void)
{
    const char *log = wire_log(wire, 1);

    ck_assert_msg(strstr(log, "start, done done") && strstr(log, "ended success"), "%s", log);
    ck_assert(folder_holds(wire->side[1].folder, "a", wire_data(size), size));
}

/** What is on its way comes, whether its size is known or not. */
START_TEST(all_comes)
{
    begin(CUT_CLOSED);
    offer(_i, SIZE);
    come_to_the_end();
    ck_assert_ptr_null(strstr(text_str(&wire->side[1].log), "done"));
    ck_assert_uint_eq(jingle_count_sessions(wire->side[1].jingle), 1);
    ck_assert(wire_finish(wire, 1000));
    assert_whole();
    ck_assert_uint_eq(wire_free(wire), 0);
}
END_TEST

/** The stream breaks, or is not closed: a known size says when all is there. */
START_TEST(not_closed)
{
    bool known = _i % 2;
    cut_rest_t rest = _i / 2 ? CUT_BROKEN : CUT_SILENT;
    const char *log;

    begin(rest);
    offer(known, SIZE);
    come_to_the_end();
    ck_assert(wire_finish(wire, known ? 1000 : 11000));
    if (known) {
        assert_whole();
    } else {
        log = wire_log(wire, 1);
        ck_assert_msg(
            strstr(log, rest == CUT_BROKEN ? "start, done disconnected" : "start, done short"),
            "%s", log);
        ck_assert_str_eq(folder_list(wire->side[1].folder), "");
    }
    ck_assert_uint_eq(wire_free(wire), 0);
}
END_TEST

/** It does end before all was sent. */
START_TEST(half_comes)
{
    begin(_i ? CUT_CLOSED : CUT_SILENT);
    offer(true, SIZE / 2);
    come_to_the_end();
    ck_assert(wire_finish(wire, _i ? 1000 : 11000));
    ck_assert_ptr_nonnull(strstr(wire_log(wire, 1), "start, done short, ended success"));
    ck_assert_str_eq(folder_list(wire->side[1].folder), "");
    ck_assert_uint_eq(wire_free(wire), 0);
}
END_TEST

static void pause(wire_side_t *side, jingle_file_t *file)
{
    (void)side;
    ck_assert_int_eq(jingle_file_pause(file, true), JINGLE_EOK);
}

/** Who has paused it is waited for, but not for ever. */
START_TEST(paused)
{
    jingle_file_t *file;

    begin(CUT_CLOSED);
    size = 5000;
    offer(true, size);
    wire->side[1].on_progress = pause;
    come_to_the_end();
    wire_wait(wire, 20000);
    file = wire_file(wire, 1);
    ck_assert_ptr_nonnull(file);
    wire->side[1].on_progress = NULL;
    if (_i)
        ck_assert_int_eq(jingle_file_pause(file, false), JINGLE_EOK);
    ck_assert(wire_finish(wire, _i ? 1000 : 10000));
    if (_i)
        assert_whole();
    else
        ck_assert_ptr_nonnull(strstr(wire_log(wire, 1), "start, done short, ended success"));
    ck_assert_uint_eq(wire_free(wire), 0);
}
END_TEST

static void go(wire_side_t *side, jingle_file_t *file)
{
    jingle_session_t *session = jingle_file_get_session(file);

    side->on_progress = NULL;
    if (side->wire->counts[0] == 0)
        wire_free_manager(side->wire, side->index);
    else if (side->wire->counts[0] == 1)
        jingle_session_end(session, JINGLE_END(.condition = JINGLE_REASON_CANCEL));
    else
        jingle_file_cancel(file, NULL);
}

/** The program frees the manager, ends the session or cancels the file meanwhile. */
START_TEST(meanwhile)
{
    static const char *const told[] = {"done disconnected, ended gone",
                                       "done cancelled, ended cancel",
                                       "done cancelled, ended success"};
    const char *log;

    begin(CUT_CLOSED);
    wire->counts[0] = (unsigned)_i;
    offer(true, SIZE);
    come_to_the_end();
    wire_log(wire, 1);
    wire->side[1].on_progress = go;
    ck_assert(wire_finish(wire, 1000));
    log = wire_log(wire, 1);
    ck_assert_str_eq(log, told[_i]);
    ck_assert_str_eq(folder_list(wire->side[1].folder), "");
    ck_assert_uint_eq(wire_free(wire), 0);
}
END_TEST

/** In-band data comes in the order of the stanzas: nothing is waited for. */
START_TEST(in_band)
{
    wire = wire_new(NULL);
    size = SIZE;
    offer(_i, SIZE);
    ck_assert(wire_finish(wire, 0));
    assert_whole();
    ck_assert_uint_eq(wire_free(wire), 0);
}
END_TEST

static void begin_direct(void)
{
    const jingle_s5b_t *own = JINGLE_S5B(.offer_loopback = true, .find_no_proxies = true);

    wire = wire_new(NULL);
    size = 300000;
    for (unsigned i = 0; i < 2; i++)
        ck_assert_int_eq(jingle_register_s5b(wire->side[i].jingle, own), JINGLE_EOK);
}

/** With sockets: what is left is in the system. */
START_TEST(direct)
{
    begin_direct();
    offer(_i, size);
    ck_assert(wire_finish(wire, 60000));
    assert_whole();
    ck_assert_uint_eq(wire_free(wire), 0);
}
END_TEST

/** Each allocation of the receiver's fails from the end on. */
START_TEST(without_memory)
{
    bool failed = true;
    size_t n;

    for (n = 1; failed; n++) {
        const char *log;

        begin_direct();
        offer(_i, size);
        while (!strstr(text_str(&wire->side[0].log), "ended"))
            ck_assert(wire_step(wire) || (wire_wait(wire, 1), true));
        test_mem_fail_at(&wire->side[1].mem, n, false);
        ck_assert(wire_finish(wire, 200000));
        failed = wire->side[1].mem.failures > 0;
        log = wire_log(wire, 1);
        ck_assert_msg(strstr(log, "ended") && strstr(log, "done "), "%zu: %s", n, log);
        ck_assert_msg(!strstr(log, "done done") ==
                          !folder_holds(wire->side[1].folder, "a", wire_data(size), size),
                      "%zu: %s", n, log);
        ck_assert_uint_eq(wire_free(wire), 0);
    }
    ck_assert_uint_gt(n, 2);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("overtaken");
    TCase *data = tcase_create("data");

    tcase_set_timeout(data, 60);
    tcase_add_loop_test(data, all_comes, 0, 2);
    tcase_add_loop_test(data, not_closed, 0, 4);
    tcase_add_loop_test(data, half_comes, 0, 2);
    tcase_add_loop_test(data, paused, 0, 2);
    tcase_add_loop_test(data, meanwhile, 0, 3);
    tcase_add_loop_test(data, in_band, 0, 2);
    tcase_add_loop_test(data, direct, 0, 2);
    tcase_add_loop_test(data, without_memory, 0, 2);
    suite_add_tcase(suite, data);
    return run_suite(suite);
}
