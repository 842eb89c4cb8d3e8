/* SPDX-License-Identifier: MIT */
/** @file
 *  What is not taken, whoever offers it: other types than those wanted, more than the folder may
 *  hold. */
#include "rules.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "report.h"

static bool can_write(const char *folder)
{
    struct stat status;

    if (stat(folder, &status) == 0 && S_ISDIR(status.st_mode) && access(folder, W_OK | X_OK) == 0)
        return true;
    if (errno == 0 || (stat(folder, &status) == 0 && !S_ISDIR(status.st_mode)))
        errno = ENOTDIR;
    report_error("folder", "cannot put files into %s: %s", folder, strerror(errno));
    return false;
}

static bool can_count(const char *folder)
{
    DIR *dir = opendir(folder);

    if (!dir) {
        report_error("folder", "cannot see what is in %s, so --quota means nothing: %s", folder,
                     strerror(errno));
        return false;
    }
    closedir(dir);
    return true;
}

int rules_check(const settings_t *settings)
{
    const char *folder = settings->to ? settings->to : ".";

    if (strcmp(folder, "-") != 0 && !can_write(folder))
        return STATUS_USAGE;
    if (strcmp(folder, "-") == 0 && (settings->json || settings->daemon || settings->quota)) {
        fputs("jingle: --to - does not go together with --json, --daemon or --quota\n", stderr);
        return STATUS_USAGE;
    }
    if (settings->daemon && settings->once) {
        fputs("jingle: --daemon and --once do not go together\n", stderr);
        return STATUS_USAGE;
    }
    return settings->quota && !can_count(folder) ? STATUS_USAGE : STATUS_DONE;
}

verdict_t rules_judge(const settings_t *settings, const char *peer, bool can_ask)
{
    for (size_t i = 0; i < settings->n_from; i++)
        if (jid_matches(settings->from[i], peer))
            return VERDICT_ACCEPT;
    /* --yes alone is for everybody; with --from nobody else is taken, or asked about. */
    if (settings->yes)
        return settings->n_from ? VERDICT_DECLINE : VERDICT_ACCEPT;
    return can_ask ? VERDICT_ASK : VERDICT_DECLINE;
}

static bool is_of_type(const char *pattern, const char *type)
{
    size_t len = strlen(pattern);

    if (len >= 2 && strcmp(pattern + len - 2, "/*") == 0)
        return strncasecmp(pattern, type, len - 1) == 0;
    return strcasecmp(pattern, type) == 0;
}

static bool is_wanted(const settings_t *settings, const char *type)
{
    for (size_t i = 0; i < settings->n_types; i++)
        if (is_of_type(settings->types[i], type))
            return true;
    return settings->n_types == 0;
}

bool rules_is_too_large(const settings_t *settings, const jingle_file_t *file)
{
    uint64_t size = jingle_file_get_info(file)->file_size;

    if (size == JINGLE_FILE_SIZE_UNKNOWN)
        size = jingle_file_get_offset(file) + jingle_file_get_bytes(file);
    return settings->max_size && size > settings->max_size;
}

/** Octets of the files in a folder; of those below it none come from here. Where it cannot be seen any
 * more it is full. */
static uint64_t used_in(const char *folder)
{
    DIR *dir = opendir(folder);
    const struct dirent *entry;
    uint64_t sum = 0;

    if (!dir)
        return UINT64_MAX;
    while ((entry = readdir(dir))) {
        struct stat status;
        if (fstatat(dirfd(dir), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) == 0 &&
            S_ISREG(status.st_mode))
            sum += (uint64_t)status.st_size;
    }
    closedir(dir);
    return sum;
}

/* The partial file itself is asked: it is what used_in() counts, also while what was kept is read again
 * and nobody knows yet where the transfer begins. */
uint64_t rules_to_come(const jingle_file_t *file)
{
    uint64_t size = jingle_file_get_info(file)->file_size;
    const char *path = jingle_file_get_path(file);
    struct stat status;
    uint64_t there = jingle_file_get_offset(file) + jingle_file_get_bytes(file);

    if (size == JINGLE_FILE_SIZE_UNKNOWN)
        return 0;
    if (path && stat(path, &status) == 0)
        there = (uint64_t)status.st_size;
    return there < size ? size - there : 0;
}

const char *rules_refuse(const settings_t *settings, uint64_t to_come, const jingle_file_t *file)
{
    const jingle_file_info_t *info = jingle_file_get_info(file);
    uint64_t used, rest;

    if (!is_wanted(settings, info->media_type))
        return "files of this type are not taken here";
    if (!settings->quota)
        return NULL;
    if (info->file_size == JINGLE_FILE_SIZE_UNKNOWN)
        return "only files of known size are taken here";
    rest = info->file_size - jingle_file_get_kept(file); /* what is there is counted as used */
    used = used_in(settings->to ? settings->to : ".");
    if (used > settings->quota || to_come > settings->quota - used ||
        rest > settings->quota - used - to_come)
        return "there is no room for it here";
    return NULL;
}
