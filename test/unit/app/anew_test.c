/* SPDX-License-Identifier: MIT */
/** @file
 *  Transfers that were cut and do not go on where they were: another file, another peer, a part
 * that is damaged, peers that lie. */
#include "resumed.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utime.h>

#include "support/runner.h"

#define LEN(array) (sizeof(array) / sizeof *(array))

/* ---- beginning anew ------------------------------------------------------------------------- */

/** Anything else than what was kept: another date, another hash. */
START_TEST(another_version)
{
    plan_t first = {.hash_now = true}, second = first;

    cut(&first, 100000);
    second.date = _i ? 0 : 1000000001;
    second.changed = _i;
    arrives(&second, 0);
    assert_clean();
}
END_TEST

/** The same to look at, but not the same: the hash of the whole tells, and all begins anew. */
START_TEST(another_version_in_disguise)
{
    plan_t disguised = {.changed = true};

    cut(&plain, 100000);
    begin(&disguised);
    ck_assert_int_eq(offer(&disguised), JINGLE_EOK);
    ck_assert(wire_finish(wire, 5000));
    ck_assert_ptr_nonnull(strstr(wire_log(wire, 1), "done not-verified, ended media-error"));
    ck_assert_str_eq(folder_list(inbox), "");
    end();
    arrives(&disguised, 0);
}
END_TEST

/** Not even that there is something is seen by anybody else. */
static const plan_t strangers[] = {
    {.romeo = "mercutio@montague.example/orchard"},
    {.romeo = "romeo@capulet.example/orchard"},
    {.len = SIZE + 1},
    {.name = "b"},
};

START_TEST(not_theirs)
{
    long there;

    cut(&plain, 100000);
    there = kept("a");
    arrives(&strangers[_i], 0);
    ck_assert_int_eq(kept("a"), there);
}
END_TEST

static void damage(int how)
{
    char *path = strdup(folder_path(inbox, "a.part"));
    int fd = open(path, O_WRONLY);

    if (how == 0)
        ck_assert_int_eq(pwrite(fd, "xxx", 3, 5000), 3);
    else if (how == 1)
        ck_assert_int_eq(ftruncate(fd, 5000), 0);
    else if (how == 2)
        ck_assert_int_eq(unlink(path), 0);
    else if (how == 3)
        ck_assert_int_eq(link(path, folder_path(inbox, "second")), 0);
    else if (how == 4)
        ck_assert_int_eq(rename(path, folder_path(inbox, "away")), 0);
    else
        ck_assert(pwrite(fd, "xxx", 3, 5000) == 3 && !ftruncate(fd, SIZE + 1));
    if (how == 4)
        ck_assert_int_eq(symlink("away", path), 0);
    close(fd);
    free(path);
}

START_TEST(damaged)
{
    cut(&plain, 100000);
    damage(_i);
    if (_i < 3) {
        arrives(&plain, 0);
        assert_clean();
        return;
    }
    /* What is no file of ours alone is neither used nor removed. */
    arrives(&plain, 0);
    if (_i < 5)
        ck_assert_ptr_nonnull(strstr(folder_list(inbox), _i == 3 ? "second" : "away"));
    else
        ck_assert_int_eq(kept("a"), SIZE + 1);
    ck_assert_ptr_nonnull(strstr(folder_list(inbox), "a.part"));
}
END_TEST

/** Of who cannot send a part, and of files without a hash, nothing is kept nor gone on with. */
START_TEST(without_what_it_takes)
{
    static const char *const missing[][2] = {
        {"<range/>", NULL}, {"<hash-used ", "/>"}, {"<name>", "</name>"}, {"<size>", "</size>"}};

    cut(&plain, 100000);
    begin(&plain);
    set_edit("session-initiate", missing[_i][0], missing[_i][1], "");
    cut_at = 120000;
    wire->side[1].on_progress = cut_silently;
    ck_assert_int_eq(offer(&plain), JINGLE_EOK);
    ck_assert(wire_finish(wire, 200000));
    ck_assert_ptr_null(strstr(accepts, "<range"));
    ck_assert_ptr_null(strstr(wire_log(wire, 1), "kept, "));
    end();
}
END_TEST

START_TEST(off_by_default)
{
    plan_t off = {.no_resume = true};

    begin(&off);
    cut_at = 100000;
    wire->side[1].on_progress = cut_silently;
    ck_assert_int_eq(offer(&off), JINGLE_EOK);
    ck_assert_str_eq(folder_list(inbox), "");
    ck_assert(wire_finish(wire, 200000));
    ck_assert_str_eq(folder_list(inbox), "");
    end();
    cut(&plain, 100000);
    arrives(&off, 0);
}
END_TEST

/** jingle_session_accept() does not wait. */
START_TEST(accepted_as_a_session)
{
    cut(&plain, 100000);
    begin(&plain);
    wire->side[1].by_session = true;
    ck_assert_int_eq(offer(&plain), JINGLE_EOK);
    ck_assert(wire_finish(wire, 5000));
    ck_assert_ptr_null(strstr(accepts, "<range"));
    ck_assert(folder_holds(inbox, "a", wire_data(SIZE), SIZE));
    end();
    assert_clean();
}
END_TEST

static void accept_twice(wire_side_t *side, jingle_file_t *file)
{
    (void)side;
    ck_assert_int_eq(jingle_file_accept(file, NULL), JINGLE_EOK);
    ck_assert_int_eq(jingle_file_accept(file, NULL), JINGLE_EINVOP);
    ck_assert_int_eq(jingle_file_decline(file, NULL), JINGLE_EINVOP);
    if (side->wire->user)
        ck_assert_int_eq(jingle_session_accept(jingle_file_get_session(file)), JINGLE_EOK);
}

/** Accepted as a session while what was kept is still being read: then that was for nothing. */
START_TEST(accepted_while_it_is_read)
{
    long there;

    cut(&plain, 100000);
    there = kept("a");
    begin(&plain);
    wire->user = _i ? wire : NULL;
    wire->side[1].on_offer = accept_twice;
    ck_assert_int_eq(offer(&plain), JINGLE_EOK);
    ck_assert(wire_finish(wire, 5000));
    ck_assert_uint_eq(jingle_file_get_offset(wire->side[1].file), _i ? 0 : (uint64_t)there);
    ck_assert(folder_holds(inbox, "a", wire_data(SIZE), SIZE));
    end();
    assert_clean();
}
END_TEST

/* ---- peers that lie, or change -------------------------------------------------------------- */

/** It says that it can, and sends from the beginning all the same. */
START_TEST(the_range_is_ignored)
{
    cut(&plain, 100000);
    begin(&plain);
    set_edit("session-accept", "<range ", "/>", "");
    ck_assert_int_eq(offer(&plain), JINGLE_EOK);
    ck_assert(wire_finish(wire, 5000));
    ck_assert_ptr_nonnull(strstr(wire_log(wire, 1), "done too-large, ended media-error"));
    ck_assert_str_eq(folder_list(inbox), "");
    end();
    arrives(&plain, 0);
}
END_TEST

/** The hash that was announced does not come: what came before is not put together with it, but stays. Of who
 *  has told the hash of the rest alone that of the whole will not come: all begins anew. */
START_TEST(no_hash_at_the_end)
{
    long there;

    cut(&plain, 100000);
    there = kept("a");
    begin(&plain);
    set_edit("<checksum", "<hash ", "</hash>",
             "<hash-used xmlns='urn:xmpp:hashes:2' algo='sha-256'/>");
    if (_i)
        set_edit("<checksum", "<file>", "</file>",
                 "<file><hash-used xmlns='urn:xmpp:hashes:2' algo='sha-256'/></file>");
    ck_assert_int_eq(offer(&plain), JINGLE_EOK);
    ck_assert(wire_finish(wire, _i ? 52000 : 5000));
    ck_assert(edited);
    ck_assert_ptr_nonnull(strstr(wire_log(wire, 1), _i ? "done timeout kept, ended timeout"
                                                       : "done not-verified, ended media-error"));
    if (!_i)
        ck_assert_str_eq(folder_list(inbox), "");
    end();
    arrives(&plain, _i ? (uint64_t)there : 0);
}
END_TEST

static void touch_source(wire_side_t *side, jingle_file_t *file)
{
    ck_assert_int_eq(jingle_file_accept(file, NULL), JINGLE_EOK);
    ck_assert_int_eq(utime(folder_path(side->wire->side[0].folder, "a"),
                           &(struct utimbuf){.actime = 5, .modtime = 5}),
                     0);
}

/** The sender's file is not any more what it has offered. */
START_TEST(the_source_changes)
{
    cut(&plain, 100000);
    begin(&plain);
    wire->side[1].on_offer = touch_source;
    ck_assert_int_eq(offer(&plain), JINGLE_EOK);
    ck_assert(wire_finish(wire, 5000));
    ck_assert_ptr_nonnull(strstr(wire_log(wire, 0), "done io-error"));
    ck_assert_ptr_nonnull(strstr(wire_log(wire, 1), "done unavailable kept"));
    end();
    ck_assert_int_gt(kept("a"), 0);
}
END_TEST

static bool refuse_range(wire_t *w, unsigned from, char **xml)
{
    keep_stanzas(w, from, xml);
    if (strstr(*xml, "session-accept") && strstr(*xml, "<range "))
        wire_edit(xml, "<range ", "/>", "<range offset='999999999'/>");
    return true;
}

/** One that says that it can and then never does gets the whole after some tries. */
START_TEST(tried_in_vain)
{
    cut(&plain, 100000);
    for (int i = 0; i < 3; i++) {
        begin(&plain);
        wire->tap = refuse_range;
        ck_assert_int_eq(offer(&plain), JINGLE_EOK);
        ck_assert(wire_finish(wire, 5000));
        ck_assert_ptr_nonnull(strstr(wire_log(wire, 1), "done unavailable kept"));
        ck_assert_ptr_nonnull(strstr(accepts, "<range "));
        end();
    }
    arrives(&plain, 0);
    assert_clean();
}
END_TEST

/** Declined, or of no use: nothing is kept. */
static const struct {
    jingle_condition_t reason;
    bool kept;
} reasons[] = {{JINGLE_REASON_DECLINE, false},
               {JINGLE_REASON_BUSY, true},
               {JINGLE_REASON_CANCEL, true},
               {JINGLE_REASON_TIMEOUT, true},
               {JINGLE_REASON_GENERAL_ERROR, true}};

static void end_session(wire_side_t *side, jingle_file_t *file)
{
    if (jingle_file_get_bytes(file) > 100000)
        jingle_session_end(jingle_file_get_session(file),
                           JINGLE_END(.condition = reasons[side->wire->counts[1]].reason));
}

START_TEST(each_reason)
{
    begin(&plain);
    wire->counts[1] = (unsigned)_i;
    wire->side[1].on_progress = end_session;
    ck_assert_int_eq(offer(&plain), JINGLE_EOK);
    ck_assert(wire_finish(wire, 5000));
    end();
    ck_assert_int_eq(kept("a") > 0, reasons[_i].kept);
    if (!reasons[_i].kept)
        ck_assert_str_eq(folder_list(inbox), "");
}
END_TEST

/* ---- the folder ----------------------------------------------------------------------------- */

/** The state cannot be written: then nothing is kept, but the file arrives. */
START_TEST(no_state)
{
    char name[64];

    cut(&plain, 100000);
    snprintf(name, sizeof name, "%.40s", folder_list(inbox));
    ck_assert_int_eq(unlink(folder_path(inbox, name)), 0);
    ck_assert_int_eq(unlink(folder_path(inbox, "a.part")), 0);
    ck_assert_int_eq(mkdir(folder_path(inbox, name), 0700), 0);
    begin(&plain);
    ck_assert_int_eq(offer(&plain), JINGLE_EOK);
    ck_assert(wire_finish(wire, 5000));
    ck_assert(folder_holds(inbox, "a", wire_data(SIZE), SIZE));
    end();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("anew");
    TCase *anew = tcase_create("anew"), *lies = tcase_create("lies");

    tcase_add_checked_fixture(anew, resumed_setup, resumed_teardown);
    tcase_set_timeout(anew, 60);
    tcase_add_loop_test(anew, another_version, 0, 2);
    tcase_add_test(anew, another_version_in_disguise);
    tcase_add_loop_test(anew, not_theirs, 0, LEN(strangers));
    tcase_add_loop_test(anew, damaged, 0, 6);
    tcase_add_loop_test(anew, without_what_it_takes, 0, 4);
    tcase_add_test(anew, off_by_default);
    tcase_add_test(anew, accepted_as_a_session);
    tcase_add_loop_test(anew, accepted_while_it_is_read, 0, 2);
    tcase_add_test(anew, no_state);
    suite_add_tcase(suite, anew);
    tcase_add_checked_fixture(lies, resumed_setup, resumed_teardown);
    tcase_set_timeout(lies, 60);
    tcase_add_test(lies, the_range_is_ignored);
    tcase_add_loop_test(lies, no_hash_at_the_end, 0, 2);
    tcase_add_test(lies, the_source_changes);
    tcase_add_test(lies, tried_in_vain);
    tcase_add_loop_test(lies, each_reason, 0, LEN(reasons));
    suite_add_tcase(suite, lies);
    return run_suite(suite);
}
