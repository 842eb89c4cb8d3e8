/* SPDX-License-Identifier: MIT */
/** @file
 *  What is remembered of partial files: written in one go, read only if it is exactly what was
 *  written, for just that peer and file; and partial files that are taken again. */
#include "app/file/file.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "folder.h"
#include "support/runner.h"
#include "support/test_mem.h"
#include "support/text.h"

#define LEN(array) (sizeof(array) / sizeof *(array))
#define PEER "romeo@montague.example/orchard"

static char *folder, name[64];
static int fd;
static test_mem_t mem;
static jingle__disk_t disk;

static jingle__state_t state_of(const char *peer, const char *file, uint64_t size)
{
    jingle__state_t state;

    ck_assert_int_eq(jingle__state_init(&state, peer, file, size), JINGLE_EOK);
    return state;
}

static jingle__state_t full_state(void)
{
    jingle__state_t state = state_of(PEER, "a \n b", 5000000000);

    strcpy(state.part, "a (2).txt.part");
    state.inode = UINT64_MAX;
    state.date = -14159025;
    state.tries = 2;
    for (unsigned algo = 1; algo < JINGLE_HASH_COUNT; algo++) {
        jingle_hash_t hash = {.algo = (jingle_hash_algo_t)algo,
                              .len = jingle__hash_len((jingle_hash_algo_t)algo)};

        memset(hash.value, (int)(algo * 17), hash.len);
        jingle__hash_add(state.hashes, &state.n_hashes, &hash);
    }
    state.offset = 4294967297;
    state.hash = state.hashes[0];
    return state;
}

/** @return 0 when there is no such file */
static uint64_t inode_of(const char *of)
{
    struct stat st;

    return fstatat(fd, of, &st, AT_SYMLINK_NOFOLLOW) ? 0 : (uint64_t)st.st_ino;
}

static void setup(void)
{
    jingle__state_t state = full_state();

    test_mem_init(&mem);
    folder = folder_new();
    fd = open(folder, O_RDONLY | O_DIRECTORY);
    ck_assert_int_eq(jingle__state_write(&state, fd), JINGLE_EOK);
    snprintf(name, sizeof name, "%.40s", folder_list(folder));
}

static void teardown(void)
{
    close(fd);
    folder_remove(folder);
    ck_assert_uint_eq(test_mem_report(&mem, stderr), 0);
}

static bool is_read(void)
{
    jingle__state_t read = state_of(PEER, "a \n b", 5000000000), before = read;
    bool ok = jingle__state_read(&read, fd);

    if (!ok)
        ck_assert_mem_eq(&read, &before, sizeof read);
    return ok;
}

START_TEST(there_and_back)
{
    jingle__state_t state = full_state(), read = state_of(PEER, "a \n b", 5000000000);
    struct stat st;

    ck_assert_str_eq(name, strncmp(name, ".jingle-", 8) ? "a name that begins so" : name);
    ck_assert_uint_eq(strlen(name), 40);
    ck_assert_int_eq(stat(folder_path(folder, name), &st), 0);
    ck_assert_uint_eq(st.st_mode & 0777, 0600);
    ck_assert(jingle__state_read(&read, fd));
    ck_assert_str_eq(read.part, state.part);
    ck_assert_int_eq(read.date, state.date);
    ck_assert_uint_eq(read.tries, 2);
    ck_assert_uint_eq(read.offset, 4294967297);
    ck_assert(jingle__hash_equals(&read.hash, &state.hash));
    ck_assert_uint_eq(read.n_hashes, JINGLE_HASH_COUNT - 1);
    ck_assert_mem_eq(read.hashes, state.hashes, sizeof state.hashes);
    jingle__state_remove(&read, fd);
    ck_assert_str_eq(folder_list(folder), "");
    jingle__state_remove(&read, fd);
}
END_TEST

/** Whose it is counts: bare JID, name and size. */
START_TEST(nobody_elses)
{
    static const struct {
        const char *peer, *file;
        uint64_t size;
        bool same;
    } others[] = {
        {"romeo@montague.example", "a \n b", 5000000000, true},
        {"romeo@montague.example/other", "a \n b", 5000000000, true},
        {"mercutio@montague.example/orchard", "a \n b", 5000000000, false},
        {"romeo@montague.exampl", "ea \n b", 5000000000, false},
        {PEER, "a", 5000000000, false},
        {PEER, "a \n b", 5000000001, false},
        {PEER, "a \n b5", 000000000, false},
    };
    jingle__state_t state = state_of(others[_i].peer, others[_i].file, others[_i].size);

    ck_assert_int_eq(jingle__state_read(&state, fd), others[_i].same);
}
END_TEST

/** One that lies there under the name of another's. */
START_TEST(renamed)
{
    jingle__state_t other = state_of("mercutio@montague.example", "a", 1);
    char *from = strdup(folder_path(folder, name));

    strcpy(other.part, "b.part");
    ck_assert_int_eq(jingle__state_write(&other, fd), JINGLE_EOK);
    for (const char *entry = folder_list(folder); entry; entry = strchr(entry + 1, '.')) {
        char found[64];

        snprintf(found, sizeof found, "%.40s", entry);
        if (strcmp(found, name) != 0)
            ck_assert_int_eq(rename(from, folder_path(folder, found)), 0);
    }
    free(from);
    ck_assert(!jingle__state_read(&other, fd));
    ck_assert(!is_read());
}
END_TEST

static size_t read_text(char text[8192])
{
    FILE *file = fopen(folder_path(folder, name), "r");
    size_t len = fread(text, 1, 8191, file);

    fclose(file);
    text[len] = '\0';
    return len;
}

/** Each octet changed, each length cut. */
START_TEST(damaged)
{
    char text[8192];
    size_t len = read_text(text);

    for (size_t i = 0; i < len; i++) {
        char octet = text[i];

        for (int k = 0; k < 3; k++) {
            text[i] = (char)(k == 0 ? octet ^ 1 : k == 1 ? 0 : octet ^ 32);
            if (text[i] == octet)
                continue;
            folder_write(folder, name, text, len);
            ck_assert_msg(!is_read(), "octet %zu", i);
        }
        text[i] = octet;
        folder_write(folder, name, text, i);
        ck_assert_msg(!is_read(), "length %zu", i);
    }
    folder_write(folder, name, text, len);
    ck_assert(is_read());
    text[len] = '\n';
    folder_write(folder, name, text, len + 1);
    ck_assert(!is_read());
}
END_TEST

/** With a right sum, but not as we write it. */
static const struct {
    const char *from, *to;
} lies[] = {
    {"size 5000000000", "size 5000000001"},
    {"size 5000000000", "size x"},
    {"at 4294967297", "at -1"},
    {"at 4294967297", "at 99999999999999999999999"},
    {"tries 2", "tries 2000"},
    {"tries 2", "nothing 2"},
    {"is blake2b-512", "is md5"},
    {"is blake2b-512", "is sha-1"},
    {"is blake2b-512 5", "is blake2b-512 g"},
    {"is ", "his "},
    {"date ", "date x"},
    {"part a (2).txt.part\n", ""},
    {"part ", "part"},
};

START_TEST(lying)
{
    char text[8192], changed[8192], hex[130];
    jingle__digest_t digest = {0};
    jingle_hash_t sum[JINGLE_HASH_COUNT];
    size_t n = 0;
    char *at;

    read_text(text);
    *strstr(text, "sum ") = '\0';
    at = strstr(text, lies[_i].from);
    ck_assert_ptr_nonnull(at);
    snprintf(changed, sizeof changed, "%.*s%s%s", (int)(at - text), text, lies[_i].to,
             at + strlen(lies[_i].from));
    jingle__digest_start(&digest, JINGLE_HASH_BIT(JINGLE_HASH_SHA_256));
    jingle__digest_update(&digest, changed, strlen(changed));
    jingle__digest_finish(&digest, sum, &n);
    strcat(changed, "sum ");
    strcat(changed, jingle_hash_to_hex(&sum[0], hex));
    strcat(changed, "\n");
    folder_write(folder, name, changed, strlen(changed));
    ck_assert(!is_read());
}
END_TEST

/** What is no file of ours is not read, and does not hold us. */
START_TEST(no_file)
{
    const char *path = folder_path(folder, name);

    ck_assert_int_eq(rename(path, folder_path(folder, "real")), 0);
    ck_assert(!is_read());
    ck_assert_int_eq(symlink("real", path), 0);
    ck_assert(!is_read());
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(mkfifo(path, 0600), 0);
    ck_assert(!is_read());
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(mkdir(path, 0700), 0);
    ck_assert(!is_read());
}
END_TEST

/** Where anybody may write, another user's file is nothing to go by. */
START_TEST(another_users)
{
    uint64_t size;

    if (geteuid() != 0)
        return;
    folder_write(folder, "x.part", "abcdef", 6);
    ck_assert_int_eq(chown(folder_path(folder, name), 1, 1), 0);
    ck_assert_int_eq(chown(folder_path(folder, "x.part"), 1, 1), 0);
    ck_assert(!is_read());
    ck_assert_int_eq(jingle__disk_begin(&disk, &mem.mem, folder, "a"), JINGLE_EOK);
    ck_assert_int_eq(jingle__disk_adopt(&disk, "x.part", inode_of("x.part"), &size), JINGLE_EINVAL);
    jingle__disk_drop(&disk);
}
END_TEST

/** A link in the place of what is written is not followed, and one that is left there goes. */
START_TEST(written_over)
{
    jingle__state_t state = full_state();
    char fresh[80], text[8192];

    folder_write(folder, "precious", "x", 1);
    snprintf(fresh, sizeof fresh, "%s.new", name);
    ck_assert_int_eq(symlink("precious", folder_path(folder, fresh)), 0);
    ck_assert_int_eq(unlink(folder_path(folder, name)), 0);
    ck_assert_int_eq(symlink("precious", folder_path(folder, name)), 0);
    ck_assert_int_eq(jingle__state_write(&state, fd), JINGLE_EOK);
    ck_assert(is_read());
    ck_assert(folder_holds(folder, "precious", "x", 1));
    ck_assert_uint_gt(read_text(text), 100);
    ck_assert_ptr_null(strstr(folder_list(folder), "->"));
}
END_TEST

START_TEST(not_written)
{
    jingle__state_t state = full_state();

    ck_assert_int_eq(unlink(folder_path(folder, name)), 0);
    ck_assert_int_eq(mkdir(folder_path(folder, name), 0700), 0);
    ck_assert_int_eq(jingle__state_write(&state, fd), JINGLE_EIO);
    ck_assert_ptr_null(strstr(folder_list(folder), ".new"));
}
END_TEST

/** Another transfer has begun the file anew: its state is not ours to remove. */
START_TEST(removed_by_who_wrote_it)
{
    jingle__state_t ours = full_state(), theirs = ours;

    strcpy(theirs.part, "a (3).txt.part");
    ck_assert_int_eq(jingle__state_write(&theirs, fd), JINGLE_EOK);
    jingle__state_remove(&ours, fd);
    ck_assert(is_read());
    jingle__state_remove(&theirs, fd);
    ck_assert(!is_read());
}
END_TEST

/* ---- the partial file ----------------------------------------------------------------------- */

static void begin(void)
{
    ck_assert_int_eq(jingle__disk_begin(&disk, &mem.mem, folder, "a"), JINGLE_EOK);
}

START_TEST(taken_again)
{
    char data[8];
    uint64_t size = 0;

    folder_write(folder, "x.part", "abcdef", 6);
    begin();
    ck_assert_int_eq(jingle__disk_adopt(&disk, "x.part", inode_of("x.part"), &size), JINGLE_EOK);
    ck_assert_uint_eq(size, 6);
    ck_assert_int_eq(jingle__disk_read(&disk, 2, data, 8), 4);
    ck_assert_mem_eq(data, "cdef", 4);
    ck_assert_int_eq(jingle__disk_cut(&disk, 3), JINGLE_EOK);
    ck_assert_int_eq(jingle__disk_write(&disk, 3, "xy", 2), JINGLE_EOK);
    ck_assert_str_eq(disk.path, folder_path(folder, "x.part"));
    ck_assert_int_eq(jingle__disk_commit(&disk), JINGLE_EOK);
    ck_assert_str_eq(disk.path, folder_path(folder, "a"));
    jingle__disk_drop(&disk);
    ck_assert(folder_holds(folder, "a", "abcxy", 5));
}
END_TEST

START_TEST(left_behind)
{
    uint64_t size;

    folder_write(folder, "x.part", "abcdef", 6);
    begin();
    ck_assert_int_eq(jingle__disk_adopt(&disk, "x.part", inode_of("x.part"), &size), JINGLE_EOK);
    jingle__disk_leave(&disk);
    ck_assert(folder_holds(folder, "x.part", "abcdef", 6));
    begin();
    ck_assert_int_eq(jingle__disk_adopt(&disk, "x.part", inode_of("x.part"), &size), JINGLE_EOK);
    jingle__disk_remove(&disk);
    ck_assert_ptr_null(strstr(folder_list(folder), "x.part"));
    ck_assert_int_eq(jingle__disk_create(&disk), JINGLE_EOK);
    ck_assert_str_eq(disk.partial, "a.part");
    jingle__disk_drop(&disk);
}
END_TEST

/** What somebody has put there under the name of a partial file is not ours to change or remove. */
START_TEST(another_of_that_name)
{
    uint64_t size, inode;

    folder_write(folder, "x.part", "abcdef", 6);
    inode = inode_of("x.part");
    folder_write(folder, "new", "uvwxyz", 6);
    ck_assert_int_eq(rename(folder_path(folder, "new"), folder_path(folder, "x.part")), 0);
    begin();
    ck_assert_int_eq(jingle__disk_adopt(&disk, "x.part", inode, &size), JINGLE_ENOENT);
    jingle__disk_drop(&disk);
    ck_assert(folder_holds(folder, "x.part", "uvwxyz", 6));
}
END_TEST

/** One transfer has it, and no other. */
START_TEST(locked)
{
    jingle__disk_t other;
    uint64_t size;

    begin();
    ck_assert_int_eq(jingle__disk_create(&disk), JINGLE_EOK);
    ck_assert_int_eq(jingle__disk_lock(&disk), JINGLE_EOK);
    ck_assert_int_eq(jingle__disk_begin(&other, &mem.mem, folder, "a"), JINGLE_EOK);
    ck_assert_int_eq(jingle__disk_adopt(&other, "a.part", inode_of("a.part"), &size),
                     JINGLE_EEXIST);
    jingle__disk_leave(&disk);
    ck_assert_int_eq(jingle__disk_adopt(&other, "a.part", inode_of("a.part"), &size), JINGLE_EOK);
    jingle__disk_drop(&other);
}
END_TEST

/** What a state could name, and must not be touched: J234-12. */
START_TEST(not_taken)
{
    static const char *const names[] = {"../x.part", "/etc/x.part", ".part",     ".x.part",
                                        "plain",     "link.part",   "hard.part", "",
                                        "dir.part",  "fifo.part",   "none.part"};
    uint64_t size;

    folder_write(folder, "plain", "abcdef", 6);
    folder_write(folder, ".x.part", "abcdef", 6);
    ck_assert_int_eq(symlink("plain", folder_path(folder, "link.part")), 0);
    ck_assert_int_eq(link(folder_path(folder, "plain"), folder_path(folder, "hard.part")), 0);
    ck_assert_int_eq(mkdir(folder_path(folder, "dir.part"), 0700), 0);
    ck_assert_int_eq(mkfifo(folder_path(folder, "fifo.part"), 0600), 0);
    begin();
    for (size_t i = 0; i < LEN(names); i++) {
        int err = jingle__disk_adopt(&disk, names[i], inode_of(names[i]), &size);

        ck_assert_msg(err == (strcmp(names[i], "none.part") ? JINGLE_EINVAL : JINGLE_ENOENT), "%s",
                      names[i]);
        ck_assert_int_eq(disk.fd, -1);
    }
    jingle__disk_drop(&disk);
    ck_assert(folder_holds(folder, "plain", "abcdef", 6));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("state");
    TCase *states = tcase_create("states"), *parts = tcase_create("parts");

    tcase_add_checked_fixture(states, setup, teardown);
    tcase_set_timeout(states, 60);
    tcase_add_test(states, there_and_back);
    tcase_add_loop_test(states, nobody_elses, 0, 7);
    tcase_add_test(states, renamed);
    tcase_add_test(states, damaged);
    tcase_add_loop_test(states, lying, 0, LEN(lies));
    tcase_add_test(states, no_file);
    tcase_add_test(states, another_users);
    tcase_add_test(states, written_over);
    tcase_add_test(states, not_written);
    tcase_add_test(states, removed_by_who_wrote_it);
    suite_add_tcase(suite, states);
    tcase_add_checked_fixture(parts, setup, teardown);
    tcase_add_test(parts, taken_again);
    tcase_add_test(parts, left_behind);
    tcase_add_test(parts, another_of_that_name);
    tcase_add_test(parts, locked);
    tcase_add_test(parts, not_taken);
    suite_add_tcase(suite, parts);
    return run_suite(suite);
}
