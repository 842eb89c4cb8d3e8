/* SPDX-License-Identifier: MIT */
/** @file
 *  A folder for a test to write in. */
#include "folder.h"

#include <dirent.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/text.h"

static void check(bool ok, const char *what)
{
    if (ok)
        return;
    perror(what);
    abort();
}

char *folder_new(void)
{
    const char *tmp = getenv("TMPDIR");
    text_t path = {0};

    text_printf(&path, "%s/files-XXXXXX", tmp ? tmp : "/tmp");
    check(mkdtemp(path.data) != NULL, path.data);
    return text_take(&path);
}

const char *folder_path(const char *folder, const char *name)
{
    static char paths[2][PATH_MAX];
    static unsigned turn;
    char *path = paths[turn++ % 2];

    snprintf(path, PATH_MAX, "%s/%s", folder, name);
    return path;
}

static int is_name(const struct dirent *entry)
{
    return strcmp(entry->d_name, ".") && strcmp(entry->d_name, "..");
}

void folder_empty(const char *folder)
{
    struct dirent **entries;
    int n = scandir(folder, &entries, is_name, alphasort);

    check(n >= 0, folder);
    for (int i = 0; i < n; i++) {
        const char *path = folder_path(folder, entries[i]->d_name);

        check(!unlink(path) || !rmdir(path), path);
        free(entries[i]);
    }
    free(entries);
}

void folder_remove(char *folder)
{
    folder_empty(folder);
    check(!rmdir(folder), folder);
    free(folder);
}

void folder_move(const char *from, const char *to)
{
    struct dirent **entries;
    int n = scandir(from, &entries, is_name, alphasort);

    check(n >= 0, from);
    while (n-- > 0) {
        check(rename(folder_path(from, entries[n]->d_name), folder_path(to, entries[n]->d_name)) ==
                  0,
              to);
        free(entries[n]);
    }
    free(entries);
}

static void list_entry(text_t *list, const char *folder, const char *name)
{
    char target[PATH_MAX];
    struct stat st;
    ssize_t len;

    check(!lstat(folder_path(folder, name), &st), name);
    text_printf(list, "%s%s", list->len ? ", " : "", name);
    if (!S_ISLNK(st.st_mode)) {
        text_printf(list, " %lld", (long long)st.st_size);
        return;
    }
    len = readlink(folder_path(folder, name), target, sizeof target - 1);
    check(len >= 0, name);
    target[len] = '\0';
    text_printf(list, " -> %s", target);
}

const char *folder_list(const char *folder)
{
    static text_t list;
    struct dirent **entries;
    int n = scandir(folder, &entries, is_name, alphasort);

    check(n >= 0, folder);
    text_clear(&list);
    for (int i = 0; i < n; i++) {
        list_entry(&list, folder, entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    return text_str(&list);
}

void folder_write(const char *folder, const char *name, const void *data, size_t len)
{
    FILE *file = fopen(folder_path(folder, name), "w");

    check(file != NULL, name);
    check(fwrite(data, 1, len, file) == len, name);
    check(!fclose(file), name);
}

bool folder_holds(const char *folder, const char *name, const void *data, size_t len)
{
    FILE *file = fopen(folder_path(folder, name), "r");
    char *there = text_alloc(len + 1);
    bool same;

    if (!file) {
        free(there);
        return false;
    }
    same = fread(there, 1, len + 1, file) == len && !memcmp(there, data, len);
    fclose(file);
    free(there);
    return same;
}
