/* SPDX-License-Identifier: MIT */
/** @file
 *  names: names of files and text of peers made safe, and what a name becomes in a folder. */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app/file/file.h"
#include "core/buffer.h"
#include "fuzz.h"
#include "unit/app/folder.h"

/* Valid UTF-8 without control characters. */
static void check_characters(const char *text, bool is_name)
{
    for (size_t len; *text; text += len) {
        unsigned char c = (unsigned char)*text;

        len = c < 0x80 ? 1 : jingle__utf8_len(text);
        FUZZ_CHECK(len && (c >= 0x20 || (!is_name && (c == '\n' || c == '\t'))) && c != 0x7f);
        FUZZ_CHECK(!is_name || (c != '/' && c != '\\'));
        FUZZ_CHECK(len != 3 || memcmp(text, "\xe2\x80\xae", 3) != 0);
    }
}

static void check_name(const char *text)
{
    char *name = jingle_safe_name(NULL, text), *again;

    FUZZ_CHECK(name && *name && strlen(name) <= 255 - 12);
    check_characters(name, true);
    FUZZ_CHECK(*name != '.' && *name != '-' && *name != ' ');
    again = jingle_safe_name(NULL, name);
    FUZZ_CHECK(strlen(again) <= 255 - 12 && *again != '.');
    free(again);
    free(name);
}

static void check_text(const char *text, size_t max)
{
    char *safe = jingle_safe_text(NULL, text, max);

    FUZZ_CHECK(safe && strlen(safe) <= max);
    check_characters(safe, false);
    free(safe);
}

/* A folder for all inputs of this process; nothing is left in it. */
static char *path;

static void remove_folder(void)
{
    folder_remove(path);
}

static const char *folder(void)
{
    if (!path) {
        path = folder_new();
        atexit(remove_folder);
    }
    return path;
}

/* A whole and a broken transfer of that name. */
static void check_disk(const char *text, bool commits)
{
    static const xmpp_mem_t *mem;
    static test_mem_t counted;
    char *name = jingle_safe_name(NULL, text);
    jingle__disk_t disk = {.folder = -1, .fd = -1};
    struct stat status;

    if (!mem) {
        test_mem_init(&counted);
        mem = &counted.mem;
    }
    FUZZ_CHECK(jingle__disk_open(&disk, mem, folder(), name) == JINGLE_EOK);
    FUZZ_CHECK(jingle__disk_write(&disk, 0, "data", 4) == JINGLE_EOK);
    if (commits) {
        FUZZ_CHECK(jingle__disk_commit(&disk) == JINGLE_EOK);
        FUZZ_CHECK(strncmp(disk.path, folder(), strlen(folder())) == 0 &&
                   disk.path[strlen(folder())] == '/' &&
                   !strchr(disk.path + strlen(folder()) + 1, '/'));
        FUZZ_CHECK(stat(disk.path, &status) == 0 && status.st_size == 4 && unlink(disk.path) == 0);
    }
    jingle__disk_drop(&disk);
    free(name);
    FUZZ_CHECK(counted.blocks == 0);
}

void fuzz_names(const uint8_t *data, size_t len)
{
    uint8_t what = len ? *data : 0;
    char *text = malloc(len + 1);

    memcpy(text, data, len);
    text[len] = '\0';
    memmove(text, text + (len > 0), len + (len == 0));
    check_name(text);
    check_text(text, what);
    check_text(text, strlen(text));
    if (what % 16 == 0)
        check_disk(text, what & 16);
    free(text);
}
