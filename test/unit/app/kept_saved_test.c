/* SPDX-License-Identifier: MIT */
/** @file
 *  An offer was accepted of which a part lies there already, and the program crashes while that part is read: it
 *  is read again, and what then lies there decides. Nobody is asked a second time. */
#include "app/file/file.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/runner.h"
#include "support/saved.h"
#include "wire.h"

#define WHOLE 1000000u
#define PART 600000u

static const wire_config_t keeps = {.files = {[1] = {.resume = true}},
                                    .ibb = {{.block_size = 16384}, {.block_size = 16384}}};
static wire_t *wire;
static saved_t saved;
static unsigned n_offers;

static void cut_silently(wire_side_t *side, jingle_file_t *file)
{
    (void)side;
    if (jingle_file_get_bytes(file) >= PART)
        jingle_session_end(jingle_file_get_session(file),
                           JINGLE_END(.condition = JINGLE_REASON_GONE, .silent = true));
}

static void accept_and_count(wire_side_t *side, jingle_file_t *file)
{
    n_offers++;
    ck_assert_int_eq(jingle_file_accept(file, JINGLE_ACCEPT_FILE(.folder = side->folder)),
                     JINGLE_EOK);
}

static jingle_session_t *receiving(void)
{
    jingle_file_t *file = wire_file(wire, 1);

    return file ? jingle_file_get_session(file) : NULL;
}

/** Until the second offer was accepted and what is there is being read; that is saved. */
static void set_up(void)
{
    const char *path;

    wire = wire_new(&keeps);
    wire->side[1].on_progress = cut_silently;
    ck_assert_int_eq(wire_send(wire, "a", WHOLE, NULL), JINGLE_EOK);
    ck_assert(wire_finish(wire, 200000));
    wire->side[1].on_progress = NULL;
    ck_assert_ptr_nonnull(strstr(wire_log(wire, 1), "done disconnected kept"));
    wire_log(wire, 0);
    wire->side[1].on_offer = accept_and_count;
    n_offers = 0;
    path = folder_path(wire->side[0].folder, "a");
    ck_assert_int_eq(
        jingle_send_file(wire->side[0].jingle, WIRE_JULIET, path, JINGLE_SEND_FILE(), NULL),
        JINGLE_EOK);
    while (!receiving() || !wire_file(wire, 1)->resuming)
        ck_assert(wire_step(wire));
    ck_assert_uint_eq(n_offers, 1);
    ck_assert_int_eq(saved_take(&saved, receiving()), JINGLE_EOK);
}

static void tear_down(void)
{
    saved_clear(&saved);
    ck_assert_uint_eq(wire_free(wire), 0);
}

static int restore(void)
{
    return jingle_restore(wire->side[1].jingle, saved.data, saved.len, NULL, NULL);
}

static void crash(void)
{
    wire_crash(wire, 1, &keeps);
    wire->side[1].on_offer = accept_and_count;
}

static void assert_whole(void)
{
    ck_assert(wire_finish(wire, 200000));
    ck_assert_ptr_nonnull(strstr(wire_log(wire, 0), "done done verified"));
    ck_assert_ptr_nonnull(strstr(wire_log(wire, 1), "done done verified"));
    ck_assert(folder_holds(wire->side[1].folder, "a", wire_data(WHOLE), WHOLE));
    ck_assert_uint_eq(n_offers, 1);
}

START_TEST(it_goes_on_there)
{
    crash();
    ck_assert_int_eq(restore(), JINGLE_EOK);
    ck_assert(wire_file(wire, 1)->resuming);
    assert_whole();
    ck_assert_uint_lt(wire->side[1].progress, WHOLE - PART + 20000); /* the rest alone came */
    ck_assert_str_eq(folder_list(wire->side[1].folder), "a 1000000");
}
END_TEST

/** It crashes again and again. */
START_TEST(crashes_twice)
{
    for (int i = 0; i < 3; i++) {
        crash();
        ck_assert_int_eq(restore(), JINGLE_EOK);
        ck_assert_int_eq(saved_take(&saved, receiving()), JINGLE_EOK);
    }
    assert_whole();
}
END_TEST

/** The part is gone meanwhile: all of it comes. */
START_TEST(the_part_is_gone)
{
    crash();
    folder_empty(wire->side[1].folder);
    ck_assert_int_eq(restore(), JINGLE_EOK);
    assert_whole();
    ck_assert_uint_eq(wire->side[1].progress, WHOLE);
}
END_TEST

/** It is another's now. */
START_TEST(the_part_has_changed)
{
    FILE *part;

    crash();
    part = fopen(folder_path(wire->side[1].folder, "a.part"), "r+");
    ck_assert_ptr_nonnull(part);
    ck_assert_int_eq(fputs("something else", part) >= 0, 1);
    fclose(part);
    ck_assert_int_eq(restore(), JINGLE_EOK);
    assert_whole();
}
END_TEST

/** Where it was to be written nothing can be written any more: the offer is refused, and not forgotten. */
START_TEST(the_folder_is_gone)
{
    char *folder = wire->side[1].folder;

    crash();
    folder_empty(folder);
    ck_assert_int_eq(rmdir(folder), 0);
    ck_assert_int_eq(restore(), JINGLE_EOK);
    ck_assert(wire_finish(wire, 200000));
    ck_assert_str_eq(wire_log(wire, 0), "done unavailable, ended failed-application");
    ck_assert_str_eq(wire_log(wire, 1), "offer a 1000000, done io-error, ended failed-application");
    ck_assert_uint_eq(n_offers, 1);
    ck_assert_int_eq(mkdir(folder, 0700), 0); /* for the fixture */
}
END_TEST

/** Without memory there is no session, and what lies there stays for another try. */
START_TEST(without_memory)
{
    int err = JINGLE_EMEM;
    size_t at;

    crash();
    for (at = 1; err == JINGLE_EMEM; at++) {
        ck_assert_uint_lt(at, 300);
        test_mem_fail_at(&wire->side[1].mem, at, _i);
        err = restore();
        test_mem_fail_at(&wire->side[1].mem, 0, false);
        if (err)
            ck_assert_ptr_null(wire_file(wire, 1));
    }
    ck_assert_int_eq(err, JINGLE_EOK);
    ck_assert_uint_gt(at, 10);
    assert_whole();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("kept_saved");
    TCase *all = tcase_create("all");

    tcase_set_timeout(all, 60);
    tcase_add_checked_fixture(all, set_up, tear_down);
    tcase_add_test(all, it_goes_on_there);
    tcase_add_test(all, crashes_twice);
    tcase_add_test(all, the_part_is_gone);
    tcase_add_test(all, the_part_has_changed);
    tcase_add_test(all, the_folder_is_gone);
    tcase_add_loop_test(all, without_memory, 0, 2);
    suite_add_tcase(suite, all);
    return run_suite(suite);
}
