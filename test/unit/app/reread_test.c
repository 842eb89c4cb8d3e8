/* SPDX-License-Identifier: MIT */
/** @file
 *  A receiver that was restored reads again what it has, and meanwhile its stream ends: it judges the file
 *  when all is read. The transport is one of the program's own, which outlives it. */
#include "hand.h"

#include <stdlib.h>
#include <string.h>

#include "support/runner.h"
#include "support/saved.h"

/** More than is read in one step. */
#define LEN (3u << 20)

static wire_t *wire;

/* ---- the test -------------------------------------------------------------------------------- */

/** Juliet has so much of the file, and is there again after a crash, with the stream open. */
static void begin_to_read(size_t len)
{
    const wire_config_t config = {.files = {[1] = {.resume = true}}};
    saved_t saved = {0};

    wire = wire_new(&config);
    hand_register(wire, 0);
    hand_register(wire, 1);
    ck_assert_int_eq(wire_send(wire, "a", LEN, JINGLE_SEND_FILE(.hash_now = true)), JINGLE_EOK);
    while (!hand_channels[1]) {
        wire_patience(wire);
        wire_settle(wire);
        ck_assert_uint_eq(jingle_count_sessions(wire->side[0].jingle), 1);
    }
    jingle_channel_deliver(hand_channels[1], wire_data(LEN), len);
    ck_assert_int_eq(saved_take(&saved, jingle_file_get_session(wire_file(wire, 1))), JINGLE_EOK);
    hand_let_go(1);
    wire_crash(wire, 1, &config);
    hand_register(wire, 1);
    ck_assert_int_eq(jingle_restore(wire->side[1].jingle, saved.data, saved.len, NULL, NULL),
                     JINGLE_EOK);
    saved_clear(&saved);
    while (!hand_channels[1]) {
        wire_patience(wire);
        jingle_tick(wire->side[1].jingle, wire->now);
    }
    wire_log(wire, 1);
}

static void end(void)
{
    hand_let_go(0);
    hand_let_go(1);
    ck_assert_uint_eq(wire_free(wire), 0);
}

/* All is there, and the stream ends in good order or breaks. */
START_TEST(closed)
{
    begin_to_read(LEN);
    jingle_channel_deliver_closed(hand_channels[1], _i);
    ck_assert(wire_finish(wire, 10000));
    ck_assert_str_eq(wire_log(wire, 1), "done done verified, ended success");
    ck_assert(folder_holds(wire->side[1].folder, "a", wire_data(LEN), LEN));
    end();
}
END_TEST

/* Not all is there: that comes out as it would have. */
START_TEST(closed_too_early)
{
    begin_to_read(LEN - 1);
    jingle_channel_deliver_closed(hand_channels[1], _i);
    ck_assert(wire_finish(wire, 10000));
    ck_assert_str_eq(wire_log(wire, 1), _i ? "done short kept, ended media-error"
                                           : "done disconnected kept, ended connectivity-error");
    end();
}
END_TEST

/* The sender ends the session with success: nothing is known against what is there. */
START_TEST(session_ended)
{
    begin_to_read(_i ? LEN : LEN - 1);
    jingle_session_end(jingle_file_get_session(wire_file(wire, 0)), NULL);
    while (jingle_count_sessions(wire->side[1].jingle))
        ck_assert(wire_step(wire));
    ck_assert_ptr_nonnull(strstr(wire_log(wire, 1), _i ? "done timeout" : "done short"));
    end();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("reread");
    TCase *tcase = tcase_create("all");

    suite_add_tcase(suite, tcase);
    tcase_add_loop_test(tcase, closed, 0, 2);
    tcase_add_loop_test(tcase, closed_too_early, 0, 2);
    tcase_add_loop_test(tcase, session_ended, 0, 2);
    return run_suite(suite);
}
