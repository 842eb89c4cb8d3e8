/* SPDX-License-Identifier: MIT */
/** @file
 *  A part of a file was kept, the file is offered again, and the receiver crashes: what was accepted
 *  stays so, and what was kept stays there. */
#include "saving.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/runner.h"

#define PART 500u

/** A first transfer is cut with so much there, and the file is offered again. */
static void offer_again(void)
{
    config = (wire_config_t){.files = {[1] = {.resume = true}},
                             .ibb = {{.block_size = 100}, {.block_size = 100}}};
    run_to(PART);
    jingle_session_end(jingle_file_get_session(wire_file(wire, 1)),
                       JINGLE_END(.condition = JINGLE_REASON_GONE, .silent = true));
    ck_assert(wire_finish(wire, 200000));
    ck_assert_ptr_nonnull(strstr(wire_log(wire, 1), " kept, "));
    wire_log(wire, 0);
    saved_clear(&saved[0]);
    saved_clear(&saved[1]);
    ck_assert_int_eq(jingle_send_file(wire->side[0].jingle, WIRE_JULIET,
                                      folder_path(wire->side[0].folder, "a"), NULL, NULL),
                     JINGLE_EOK);
}

static void undecided(wire_side_t *side, jingle_file_t *file)
{
    (void)side;
    (void)file;
}

static void goes_on(void)
{
    ck_assert(wire_finish(wire, 200000));
    ck_assert_str_eq(wire_log(wire, 0), "start at 500, done done verified, ended success");
    ck_assert_str_eq(folder_list(wire->side[1].folder), "a 1000");
    ck_assert(folder_holds(wire->side[1].folder, "a", wire_data(SIZE), SIZE));
    end();
}

/* Said outside of the event: nothing leaves, and all the same it is known afterwards. */
START_TEST(accepted_late)
{
    unsigned before;

    offer_again();
    wire->side[1].on_offer = undecided;
    wire_settle(wire);
    before = n_changes[1];
    ck_assert_int_eq(jingle_file_accept(wire_file(wire, 1), NULL), JINGLE_EOK);
    ck_assert_uint_eq(wire->waiting, 0);
    ck_assert_uint_eq(n_changes[1], before + 1);
    ck_assert(crash(1));
    goes_on();
}
END_TEST

/** The offer has come, is accepted, and the part is about to be read when Juliet crashes. */
static void crash_while_it_is_read(void)
{
    offer_again();
    while (!saved[1].len)
        ck_assert(wire_step(wire));
    wire_crash(wire, 1, &config);
}

START_TEST(accepted_at_once)
{
    crash_while_it_is_read();
    ck_assert_int_eq(jingle_restore(wire->side[1].jingle, saved[1].data, saved[1].len, NULL, NULL),
                     JINGLE_EOK);
    goes_on();
}
END_TEST

/* Nobody is asked again, and the peer does not wait. Saved before it is told, it is told later. */
START_TEST(the_folder_is_gone)
{
    jingle_session_t *session = NULL;
    char away[200];

    crash_while_it_is_read();
    snprintf(away, sizeof away, "%s.away", wire->side[1].folder);
    for (int i = 0; i <= _i; i++) {
        if (i)
            wire_crash(wire, 1, &config);
        ck_assert_int_eq(rename(wire->side[1].folder, away), 0);
        ck_assert_int_eq(
            jingle_restore(wire->side[1].jingle, saved[1].data, saved[1].len, NULL, &session),
            JINGLE_EOK);
        ck_assert_int_eq(saved_take(&saved[1], session), JINGLE_EOK);
        if (i == _i)
            ck_assert(wire_finish(wire, 1000));
        ck_assert_int_eq(rename(away, wire->side[1].folder), 0);
    }
    ck_assert_str_eq(wire_log(wire, 0), "done unavailable, ended failed-application");
    ck_assert_str_eq(wire_log(wire, 1), "offer a 1000, done io-error, ended failed-application");
    ck_assert_ptr_nonnull(strstr(folder_list(wire->side[1].folder), "a.part 500"));
    end();
}
END_TEST

/* ... unless the program has said meanwhile where else it goes. */
START_TEST(another_folder)
{
    jingle_accept_file_t accept = {.size = sizeof accept};
    char away[200];

    crash_while_it_is_read();
    snprintf(away, sizeof away, "%s.away", wire->side[1].folder);
    ck_assert_int_eq(rename(wire->side[1].folder, away), 0);
    ck_assert_int_eq(jingle_restore(wire->side[1].jingle, saved[1].data, saved[1].len, NULL, NULL),
                     JINGLE_EOK);
    accept.folder = away;
    ck_assert_int_eq(jingle_file_accept(wire_file(wire, 1), &accept), JINGLE_EOK);
    ck_assert(wire_finish(wire, 200000));
    ck_assert_int_eq(rename(away, wire->side[1].folder), 0);
    goes_on();
}
END_TEST

static void tick(void)
{
    jingle_tick(wire->side[0].jingle, wire->now);
    jingle_tick(wire->side[1].jingle, wire->now);
}

/** Juliet has the half of it, crashes, and is there again with an allocation that fails.
 *  @return false when there are not so many */
static bool without(size_t n)
{
    test_mem_t *mem;
    bool failed;
    int err;

    run_to(PART);
    wire_crash(wire, 1, &config);
    mem = &wire->side[1].mem;
    test_mem_fail_at(mem, n, false);
    err = jingle_restore(wire->side[1].jingle, saved[1].data, saved[1].len, NULL, NULL);
    failed = mem->failures > 0;
    test_mem_fail_at(mem, 0, false);
    if (err == JINGLE_EINVOP) { /* it was there, and could not go on */
        ck_assert_ptr_nonnull(strstr(wire_log(wire, 1), "done "));
        wire_lose(wire);
        end();
        return failed;
    }
    ck_assert_ptr_nonnull(strstr(folder_list(wire->side[1].folder), "a.part 500"));
    if (err) {
        ck_assert_int_eq(err, JINGLE_EMEM);
        ck_assert_int_eq(
            jingle_restore(wire->side[1].jingle, saved[1].data, saved[1].len, NULL, NULL),
            JINGLE_EOK);
    }
    while (wire->side[1].progress < PART + 200)
        if (!wire_step(wire))
            tick();
    jingle_session_end(jingle_file_get_session(wire_file(wire, 1)),
                       JINGLE_END(.condition = JINGLE_REASON_GONE, .silent = true));
    ck_assert_msg(strstr(wire_log(wire, 1), " kept, ") != NULL, "%zu", n);
    end();
    return failed;
}

/* It says so, and can be tried again; or what is there is kept all the same when it is cut. */
START_TEST(restored_without_memory)
{
    size_t n = 1;

    config = (wire_config_t){.files = {[1] = {.resume = true}},
                             .ibb = {{.block_size = 100}, {.block_size = 100}}};
    while (without(n))
        n++;
    ck_assert_uint_gt(n, 10);
}
END_TEST

#define LARGE (3u << 20) /* more than is read at a time */

static char *held;

static bool hold_checksum(wire_t *on, unsigned from, char **xml)
{
    (void)on;
    if (from || held || !strstr(*xml, "<checksum"))
        return true;
    held = strdup(*xml);
    return false;
}

/* What has come is read again; a hash that is told meanwhile is not compared with a part of it. */
START_TEST(a_hash_comes_while_it_is_read_again)
{
    config = (wire_config_t){.ibb = {{.block_size = 65535}, {.max_block_size = 65535}}};
    begin();
    wire->tap = hold_checksum;
    ck_assert_int_eq(wire_send(wire, "a", LARGE, NULL), JINGLE_EOK);
    wire_settle(wire);
    ck_assert_ptr_nonnull(held);
    ck_assert_int_eq(saved_take(&saved[1], jingle_file_get_session(wire_file(wire, 1))),
                     JINGLE_EOK);
    ck_assert(crash(1));
    wire_edit(&held, "<iq ", NULL, "<iq from=\"" WIRE_ROMEO "\" ");
    ck_assert(wire_inject(wire, 1, "%s", held));
    ck_assert(wire_finish(wire, 200000));
    ck_assert_msg(strstr(wire_log(wire, 1), "done done verified"), "%s", wire_log(wire, 1));
    ck_assert(folder_holds(wire->side[1].folder, "a", wire_data(LARGE), LARGE));
    free(held);
    held = NULL;
    end();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("app/resume_saved");
    TCase *tcase = tcase_create("all");

    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, accepted_late);
    tcase_add_test(tcase, accepted_at_once);
    tcase_add_loop_test(tcase, the_folder_is_gone, 0, 2);
    tcase_add_test(tcase, another_folder);
    tcase_add_test(tcase, restored_without_memory);
    tcase_add_test(tcase, a_hash_comes_while_it_is_read_again);
    return run_suite(suite);
}
