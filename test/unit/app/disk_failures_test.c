/* SPDX-License-Identifier: MIT */
/** @file
 *  Received files on disks that lack hard links, or that fail: the program is linked with --wrap, so that the
 *  calls come here first. What is not whole never gets the file's name. */
#include "app/file/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

#include "folder.h"
#include "support/runner.h"
#include "support/test_mem.h"

/* What each call fails with; 0: it works. */
static int at_linkat, at_renameat, at_fsync, at_flock;
static unsigned n_renamed, n_synced;
static bool is_fat; /**< the file system, which refuses some names */

int __real_openat(int folder, const char *name, int flags, ...);

static int open_at(int folder, const char *name, int flags, va_list args)
{
    mode_t mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;

    errno = EINVAL;
    return is_fat && strpbrk(name, ":?*\"<>|\\") ? -1 : __real_openat(folder, name, flags, mode);
}

/* glibc has two names for it. */
#define WRAP_OPENAT(wrapper)                                                                       \
    int wrapper(int folder, const char *name, int flags, ...);                                     \
    int wrapper(int folder, const char *name, int flags, ...)                                      \
    {                                                                                              \
        va_list args;                                                                              \
        int fd;                                                                                    \
                                                                                                   \
        va_start(args, flags);                                                                     \
        fd = open_at(folder, name, flags, args);                                                   \
        va_end(args);                                                                              \
        return fd;                                                                                 \
    }

WRAP_OPENAT(__wrap_openat)
WRAP_OPENAT(__wrap_openat64)

int __real_linkat(int from, const char *name, int to, const char *other, int flags);
int __wrap_linkat(int from, const char *name, int to, const char *other, int flags);
int __wrap_linkat(int from, const char *name, int to, const char *other, int flags)
{
    errno = at_linkat;
    return at_linkat ? -1 : __real_linkat(from, name, to, other, flags);
}

int __real_renameat(int from, const char *name, int to, const char *other);
int __wrap_renameat(int from, const char *name, int to, const char *other);
int __wrap_renameat(int from, const char *name, int to, const char *other)
{
    n_renamed++;
    errno = at_renameat;
    return at_renameat ? -1 : __real_renameat(from, name, to, other);
}

int __real_fsync(int fd);
int __wrap_fsync(int fd);
int __wrap_fsync(int fd)
{
    n_synced++;
    errno = at_fsync;
    return at_fsync ? -1 : __real_fsync(fd);
}

int __real_flock(int fd, int how);
int __wrap_flock(int fd, int how);
int __wrap_flock(int fd, int how)
{
    errno = at_flock;
    return at_flock ? -1 : __real_flock(fd, how);
}

static test_mem_t mem;
static char *folder;
static jingle__disk_t disk;

static void setup(void)
{
    at_linkat = at_renameat = at_fsync = at_flock = 0;
    n_renamed = n_synced = 0;
    is_fat = false;
    test_mem_init(&mem);
    folder = folder_new();
    ck_assert_int_eq(jingle__disk_open(&disk, &mem.mem, folder, "a.txt"), JINGLE_EOK);
    ck_assert_int_eq(jingle__disk_write(&disk, 0, "abc", 3), JINGLE_EOK);
}

static void teardown(void)
{
    jingle__disk_drop(&disk);
    ck_assert_uint_eq(test_mem_report(&mem, stderr), 0);
    folder_remove(folder);
}

/* What file systems without hard links say */
static const int no_links[] = {EPERM, EOPNOTSUPP, EMLINK, ENOSYS};

START_TEST(without_hard_links)
{
    at_linkat = no_links[_i];
    ck_assert_int_eq(jingle__disk_commit(&disk), JINGLE_EOK);
    ck_assert_uint_eq(n_renamed, 1);
    ck_assert_str_eq(folder_list(folder), "a.txt 3");
    ck_assert(folder_holds(folder, "a.txt", "abc", 3));
    ck_assert_str_eq(disk.path, folder_path(folder, "a.txt"));
}
END_TEST

/** Nothing is replaced there either, be it a file, a link or one that has just come. */
START_TEST(without_hard_links_nothing_is_replaced)
{
    at_linkat = EPERM;
    folder_write(folder, "a.txt", "old", 3);
    ck_assert_int_eq(symlink("nowhere", folder_path(folder, "a (2).txt")), 0);
    ck_assert_int_eq(jingle__disk_commit(&disk), JINGLE_EOK);
    ck_assert(folder_holds(folder, "a.txt", "old", 3));
    ck_assert(folder_holds(folder, "a (3).txt", "abc", 3));
    ck_assert_str_eq(folder_list(folder), "a (2).txt -> nowhere, a (3).txt 3, a.txt 3");
}
END_TEST

static const struct {
    int number, err;
} failures[] = {{EIO, JINGLE_EIO}, {ENOSPC, JINGLE_ELIMIT}, {EDQUOT, JINGLE_ELIMIT}};

/** No empty file is left under the name. */
START_TEST(it_cannot_be_renamed)
{
    at_linkat = EPERM;
    at_renameat = failures[_i].number;
    ck_assert_int_eq(jingle__disk_commit(&disk), failures[_i].err);
    ck_assert_str_eq(folder_list(folder), "a.txt.part 3");
    ck_assert_str_eq(disk.path, folder_path(folder, "a.txt.part"));
    at_renameat = 0; /* another time it can */
    ck_assert_int_eq(jingle__disk_commit(&disk), JINGLE_EOK);
    ck_assert_str_eq(folder_list(folder), "a.txt 3");
}
END_TEST

/** What may not be on the disk is not whole. */
START_TEST(it_cannot_be_written_out)
{
    at_fsync = failures[_i].number;
    ck_assert_int_eq(jingle__disk_commit(&disk), failures[_i].err);
    ck_assert_str_eq(folder_list(folder), "a.txt.part 3");
    jingle__disk_drop(&disk);
    ck_assert_str_eq(folder_list(folder), "");
}
END_TEST

/** Some files cannot be synchronised at all. */
START_TEST(there_is_nothing_to_write_out)
{
    at_fsync = EINVAL;
    ck_assert_int_eq(jingle__disk_commit(&disk), JINGLE_EOK);
    ck_assert_str_eq(folder_list(folder), "a.txt 3");
}
END_TEST

#define PIECE (1u << 20)

static int write_mebibytes(unsigned n)
{
    static const char piece[PIECE];
    int err = JINGLE_EOK;

    for (unsigned i = 0; i < n && !err; i++)
        err = jingle__disk_write(&disk, (uint64_t)i * PIECE, piece, PIECE);
    return err;
}

/** Else all of a large file may wait for a slow disk at the end, longer than the sender does. */
START_TEST(it_is_written_out_while_it_comes)
{
    ck_assert_int_eq(write_mebibytes(70), JINGLE_EOK);
    ck_assert_uint_eq(n_synced, 2);
    at_fsync = EINVAL;
    ck_assert_int_eq(write_mebibytes(40), JINGLE_EOK);
    ck_assert_uint_eq(n_synced, 3);
}
END_TEST

/** A second fsync() of the same would know nothing of it. */
START_TEST(it_cannot_be_written_out_while_it_comes)
{
    at_fsync = failures[_i].number;
    ck_assert_int_eq(write_mebibytes(70), failures[_i].err);
    ck_assert_uint_eq(n_synced, 1);
}
END_TEST

static void refuse_names(void)
{
    is_fat = true;
    at_linkat = EPERM;
}

START_TEST(characters_that_a_file_system_refuses)
{
    jingle__disk_t other;

    refuse_names();
    folder_write(folder, "a_b_c_d__e__f_.txt", "old", 3);
    ck_assert_int_eq(jingle__disk_open(&other, &mem.mem, folder, "a:b?c*d\"\\e<>f|.txt"),
                     JINGLE_EOK);
    ck_assert_str_eq(other.path, folder_path(folder, "a_b_c_d__e__f_ (2).txt.part"));
    ck_assert_int_eq(jingle__disk_commit(&other), JINGLE_EOK);
    ck_assert_str_eq(other.path, folder_path(folder, "a_b_c_d__e__f_ (2).txt"));
    jingle__disk_drop(&other);
    /* Elsewhere they stay. */
    is_fat = false;
    ck_assert_int_eq(jingle__disk_open(&other, &mem.mem, folder, "a:b"), JINGLE_EOK);
    ck_assert_int_eq(jingle__disk_commit(&other), JINGLE_EOK);
    ck_assert_str_eq(other.path, folder_path(folder, "a:b"));
    jingle__disk_drop(&other);
}
END_TEST

START_TEST(a_late_name_that_a_file_system_refuses)
{
    refuse_names();
    ck_assert_int_eq(jingle__disk_set_name(&disk, "what?"), JINGLE_EOK);
    ck_assert_int_eq(jingle__disk_commit(&disk), JINGLE_EOK);
    ck_assert_str_eq(folder_list(folder), "what_ 3");
}
END_TEST

START_TEST(locks)
{
    FILE *other = fopen(folder_path(folder, "a.txt.part"), "r");

    ck_assert_ptr_nonnull(other);
    at_flock = ENOLCK;
    ck_assert_int_eq(jingle__disk_lock(&disk), JINGLE_EIO);
    at_flock = 0;
    ck_assert_int_eq(jingle__disk_lock(&disk), JINGLE_EOK);
    ck_assert_int_eq(flock(fileno(other), LOCK_EX | LOCK_NB), -1); /* it is held */
    jingle__disk_drop(&disk);
    ck_assert_int_eq(flock(fileno(other), LOCK_EX | LOCK_NB), 0);
    fclose(other);
}
END_TEST

START_TEST(a_name_for_it)
{
    char name[JINGLE__NAME_MAX + 1];

    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    ck_assert_int_eq(jingle__disk_set_name(&disk, name), JINGLE_EINVAL);
    test_mem_fail_at(&mem, 1, false);
    ck_assert_int_eq(jingle__disk_set_name(&disk, "b.txt"), JINGLE_EMEM);
    ck_assert_int_eq(jingle__disk_set_name(&disk, "c.txt"), JINGLE_EOK);
    ck_assert_int_eq(jingle__disk_commit(&disk), JINGLE_EOK);
    ck_assert_str_eq(folder_list(folder), "c.txt 3");
}
END_TEST

START_TEST(what_is_closed_has_failed)
{
    char octet;

    jingle__disk_close(&disk);
    ck_assert_int_eq(jingle__disk_read(&disk, 0, &octet, 1), JINGLE_EIO);
    ck_assert_int_eq(jingle__disk_cut(&disk, 0), JINGLE_EIO);
    ck_assert_int_eq(jingle__disk_write(&disk, 0, "x", 1), JINGLE_EIO);
    ck_assert_str_eq(folder_list(folder), "a.txt.part 3");
    folder_empty(folder);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("disk_failures");
    TCase *all = tcase_create("all");

    tcase_add_checked_fixture(all, setup, teardown);
    tcase_add_loop_test(all, without_hard_links, 0, sizeof no_links / sizeof *no_links);
    tcase_add_test(all, without_hard_links_nothing_is_replaced);
    tcase_add_loop_test(all, it_cannot_be_renamed, 0, sizeof failures / sizeof *failures);
    tcase_add_loop_test(all, it_cannot_be_written_out, 0, sizeof failures / sizeof *failures);
    tcase_add_test(all, there_is_nothing_to_write_out);
    tcase_add_test(all, it_is_written_out_while_it_comes);
    tcase_add_loop_test(all, it_cannot_be_written_out_while_it_comes, 0,
                        sizeof failures / sizeof *failures);
    tcase_add_test(all, characters_that_a_file_system_refuses);
    tcase_add_test(all, a_late_name_that_a_file_system_refuses);
    tcase_add_test(all, locks);
    tcase_add_test(all, a_name_for_it);
    tcase_add_test(all, what_is_closed_has_failed);
    suite_add_tcase(suite, all);
    return run_suite(suite);
}
