/* SPDX-License-Identifier: MIT */
/** @file
 *  Received files on the disk: partial until whole, nothing replaced, no link followed, the folder
 *  never left. */
#include "app/file/file.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "folder.h"
#include "support/runner.h"
#include "support/test_mem.h"

static test_mem_t mem;
static char *folder;
static jingle__disk_t disk;

static void setup(void)
{
    test_mem_init(&mem);
    folder = folder_new();
}

static void teardown(void)
{
    ck_assert_uint_eq(test_mem_report(&mem, stderr), 0);
    folder_remove(folder);
}

static void begin(const char *name)
{
    ck_assert_int_eq(jingle__disk_open(&disk, &mem.mem, folder, name), JINGLE_EOK);
}

static void put(const char *text)
{
    ck_assert_int_eq(jingle__disk_write(&disk, 0, text, strlen(text)), JINGLE_EOK);
}

static void whole(void)
{
    ck_assert_int_eq(jingle__disk_commit(&disk), JINGLE_EOK);
}

START_TEST(partial_until_whole)
{
    begin("a.txt");
    put("abc");
    ck_assert_str_eq(folder_list(folder), "a.txt.part 3");
    ck_assert_str_eq(disk.path, folder_path(folder, "a.txt.part"));
    whole();
    ck_assert_str_eq(folder_list(folder), "a.txt 3");
    ck_assert_str_eq(disk.path, folder_path(folder, "a.txt"));
    jingle__disk_drop(&disk);
    ck_assert(folder_holds(folder, "a.txt", "abc", 3));
}
END_TEST

START_TEST(dropped_leaves_nothing)
{
    begin("a.txt");
    put("abc");
    jingle__disk_drop(&disk);
    ck_assert_str_eq(folder_list(folder), "");
    jingle__disk_drop(&disk);
}
END_TEST

START_TEST(nothing_is_replaced)
{
    for (int i = 0; i < 3; i++) {
        begin("a.txt");
        put(i ? "abc" : "ab");
        whole();
        jingle__disk_drop(&disk);
    }
    ck_assert_str_eq(folder_list(folder), "a (2).txt 3, a (3).txt 3, a.txt 2");
    ck_assert(folder_holds(folder, "a.txt", "ab", 2));
}
END_TEST

/** A name that is taken while the data comes. */
START_TEST(nothing_that_appears_is_replaced)
{
    begin("noext");
    put("abc");
    folder_write(folder, "noext", "x", 1);
    folder_write(folder, "noext (2)", "xx", 2);
    whole();
    ck_assert_str_eq(disk.path, folder_path(folder, "noext (3)"));
    jingle__disk_drop(&disk);
    ck_assert_str_eq(folder_list(folder), "noext 1, noext (2) 2, noext (3) 3");
}
END_TEST

START_TEST(two_at_once)
{
    jingle__disk_t first;

    begin("a.tar.gz");
    first = disk;
    begin("a.tar.gz");
    put("second");
    ck_assert_str_eq(folder_list(folder), "a.tar (2).gz.part 6, a.tar.gz.part 0");
    whole();
    jingle__disk_drop(&disk);
    disk = first;
    put("first");
    whole();
    jingle__disk_drop(&disk);
    ck_assert_str_eq(folder_list(folder), "a.tar (2).gz 5, a.tar.gz 6");
}
END_TEST

/** Partial files that lie there, of another or of a link, are left alone. */
START_TEST(foreign_partial_files_stay)
{
    folder_write(folder, "a.part", "old", 3);
    ck_assert_int_eq(symlink("elsewhere", folder_path(folder, "a (2).part")), 0);
    begin("a");
    put("x");
    ck_assert_str_eq(disk.partial, "a (3).part");
    jingle__disk_drop(&disk);
    ck_assert_str_eq(folder_list(folder), "a (2).part -> elsewhere, a.part 3");
}
END_TEST

START_TEST(links_are_not_followed)
{
    char *other = folder_new();

    ck_assert_int_eq(symlink(folder_path(other, "target"), folder_path(folder, "a")), 0);
    ck_assert_int_eq(symlink(folder_path(other, "target"), folder_path(folder, "b.part")), 0);
    begin("a");
    put("x");
    whole();
    ck_assert_str_eq(disk.path, folder_path(folder, "a (2)"));
    jingle__disk_drop(&disk);
    begin("b");
    put("y");
    whole();
    jingle__disk_drop(&disk);
    ck_assert_str_eq(folder_list(other), "");
    folder_remove(other);
}
END_TEST

/** Whoever replaced our partial file must not get his own named and kept as the received one. */
START_TEST(a_swapped_partial_file_is_refused)
{
    begin("a");
    put("good");
    ck_assert_int_eq(rename(folder_path(folder, "a.part"), folder_path(folder, "away")), 0);
    folder_write(folder, "a.part", "bad", 3);
    ck_assert_int_eq(jingle__disk_commit(&disk), JINGLE_EIO);
    jingle__disk_drop(&disk);
    ck_assert_str_eq(folder_list(folder), "a.part 3, away 4");
}
END_TEST

START_TEST(no_such_folder)
{
    ck_assert_int_eq(jingle__disk_open(&disk, &mem.mem, folder_path(folder, "none"), "a"),
                     JINGLE_EIO);
    ck_assert_int_eq(errno, ENOENT);
    ck_assert_int_eq(jingle__disk_open(&disk, &mem.mem, "", "a"), JINGLE_EINVAL);
    folder_write(folder, "file", "", 0);
    ck_assert_int_eq(jingle__disk_open(&disk, &mem.mem, folder_path(folder, "file"), "a"),
                     JINGLE_EIO);
    ck_assert_int_eq(errno, ENOTDIR);
}
END_TEST

START_TEST(a_folder_with_a_slash)
{
    ck_assert_int_eq(jingle__disk_open(&disk, &mem.mem, folder_path(folder, ""), "a"), JINGLE_EOK);
    ck_assert_str_eq(disk.path, folder_path(folder, "a.part"));
    jingle__disk_drop(&disk);
}
END_TEST

START_TEST(longest_name)
{
    char name[244], *safe;

    memset(name, 'n', sizeof name);
    name[243] = '\0';
    safe = jingle_safe_name(NULL, name);
    ck_assert_str_eq(safe, name);
    for (int i = 0; i < 2; i++) {
        begin(safe);
        whole();
        jingle__disk_drop(&disk);
    }
    free(safe);
}
END_TEST

/** As a full disk: no more than 10 octets can be written. */
START_TEST(no_room)
{
    struct rlimit limit = {10, RLIM_INFINITY}, before;

    signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit.rlim_max = before.rlim_max;
    begin("a");
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    ck_assert_int_eq(jingle__disk_write(&disk, 0, "0123456789", 10), JINGLE_EOK);
    ck_assert_int_eq(jingle__disk_write(&disk, 10, "0123456789", 10), JINGLE_ELIMIT);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
    jingle__disk_drop(&disk);
    ck_assert_str_eq(folder_list(folder), "");
}
END_TEST

START_TEST(without_memory)
{
    int err = JINGLE_EMEM;

    for (size_t n = 1; err == JINGLE_EMEM; n++) {
        ck_assert_uint_lt(n, 10);
        test_mem_fail_at(&mem, n, false);
        err = jingle__disk_open(&disk, &mem.mem, folder, "a");
        if (!err) {
            put("x");
            /* What is whole is not lost for want of memory. */
            test_mem_fail_at(&mem, 1, true);
            whole();
            jingle__disk_drop(&disk);
        }
        test_mem_fail_at(&mem, 0, false);
        ck_assert_str_eq(folder_list(folder), err ? "" : "a 1");
    }
    ck_assert_int_eq(err, JINGLE_EOK);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("disk");
    TCase *all = tcase_create("files");

    tcase_add_checked_fixture(all, setup, teardown);
    tcase_add_test(all, partial_until_whole);
    tcase_add_test(all, dropped_leaves_nothing);
    tcase_add_test(all, nothing_is_replaced);
    tcase_add_test(all, nothing_that_appears_is_replaced);
    tcase_add_test(all, two_at_once);
    tcase_add_test(all, foreign_partial_files_stay);
    tcase_add_test(all, links_are_not_followed);
    tcase_add_test(all, a_swapped_partial_file_is_refused);
    tcase_add_test(all, no_such_folder);
    tcase_add_test(all, a_folder_with_a_slash);
    tcase_add_test(all, longest_name);
    tcase_add_test(all, no_room);
    tcase_add_test(all, without_memory);
    suite_add_tcase(suite, all);
    return run_suite(suite);
}
