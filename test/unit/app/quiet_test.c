/* SPDX-License-Identifier: MIT */
/** @file
 *  The end of the session has overtaken the data, of which some comes and then no more: that is the end, 5 to
 *  10 s later, of a whole file as of the rest of one, and however long data is waited for otherwise. */
#include "hand.h"
#include "resumed.h"
#include "support/runner.h"

static const plan_t plans[] = {{.idle = 60000}, {.idle = 8000}};

START_TEST(no_more_comes)
{
    const plan_t *plan = &plans[_i / 2];
    bool rest = _i % 2;
    uint64_t at;

    if (rest)
        cut(plan, 100000);
    begin(plan);
    hand_register(wire, 0);
    hand_register(wire, 1);
    ck_assert_int_eq(offer(plan), JINGLE_EOK);
    while (!hand_channels[1]) {
        wire_patience(wire);
        wire_settle(wire);
        jingle_tick(wire->side[1].jingle, wire->now);
    }
    wire_settle(wire);
    at = jingle_file_get_offset(wire_file(wire, 1));
    ck_assert_int_eq(at != 0, rest);
    jingle_session_end(jingle_file_get_session(wire_file(wire, 0)), NULL);
    wire_wait(wire, 1000);
    jingle_channel_deliver(hand_channels[1], wire_data(SIZE) + at, 10000);
    wire_wait(wire, 4900);
    ck_assert_uint_eq(jingle_count_sessions(wire->side[1].jingle), 1);
    ck_assert(wire_finish(wire, 5200));
    ck_assert_ptr_nonnull(strstr(wire_log(wire, 1), "done short"));
    hand_let_go(0);
    hand_let_go(1);
    end();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("quiet");
    TCase *quiet = tcase_create("quiet");

    tcase_add_checked_fixture(quiet, resumed_setup, resumed_teardown);
    tcase_add_loop_test(quiet, no_more_comes, 0, 4);
    suite_add_tcase(suite, quiet);
    return run_suite(suite);
}
