/* SPDX-License-Identifier: MIT */
/** @file
 *  A received file on the disk: first `NAME.part`, then, when it is whole, `NAME`.
 *
 *  All names are looked up in a folder that was opened once, none through a symbolic link, and no
 *  name that exists is ever taken: `NAME` becomes `NAME (2)`, with the extension kept. */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/** How many names are tried. */
#define TRIES 9999u
#define PARTIAL ".part"
/** What a name grows by: " (9999)", ".part" and a NUL. */
#define NAME_GROWS 16u

/** The n-th name: `a.txt`, `a (2).txt`, `a (3).txt`. */
static void nth_name(char *text, size_t size, const char *name, unsigned n, const char *suffix)
{
    const char *extension = strrchr(name, '.');

    if (!extension || extension == name)
        extension = name + strlen(name);
    if (n == 1)
        snprintf(text, size, "%s%s", name, suffix);
    else
        snprintf(text, size, "%.*s (%u)%s%s", (int)(extension - name), name, n, extension, suffix);
}

static int error_of(int number)
{
    return number == ENOSPC || number == EDQUOT || number == EFBIG ? JINGLE_ELIMIT : JINGLE_EIO;
}

static bool is_taken(const jingle__disk_t *disk, const char *name)
{
    struct stat st;

    return !fstatat(disk->folder, name, &st, AT_SYMLINK_NOFOLLOW);
}

/** Is what has that name the file that we write? */
static bool is_ours(const jingle__disk_t *disk, const char *name)
{
    struct stat ours, there;

    return !fstat(disk->fd, &ours) && !fstatat(disk->folder, name, &there, AT_SYMLINK_NOFOLLOW) &&
           ours.st_dev == there.st_dev && ours.st_ino == there.st_ino;
}

static void set_path(jingle__disk_t *disk, const char *name)
{
    snprintf(disk->path, disk->path_size, "%s%s%s", disk->folder_path,
             disk->folder_path[strlen(disk->folder_path) - 1] == '/' ? "" : "/", name);
}

/* ---- begin --------------------------------------------------------------------------------- */

static int open_partial(jingle__disk_t *disk)
{
    char *full = disk->name + disk->name_size;

    for (unsigned n = 1; n <= TRIES; n++) {
        nth_name(full, disk->name_size, disk->name, n, "");
        if (is_taken(disk, full))
            continue;
        nth_name(full, disk->name_size, disk->name, n, PARTIAL);
        disk->fd =
            openat(disk->folder, full, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
        if (disk->fd >= 0) {
            disk->partial = full;
            set_path(disk, full);
            return JINGLE_EOK;
        }
        if (errno != EEXIST)
            return error_of(errno);
    }
    errno = EEXIST;
    return JINGLE_EIO;
}

static int reserve(jingle__disk_t *disk, const char *folder, const char *name)
{
    size_t folder_size = strlen(folder) + 1;

    disk->name_size = strlen(name) + NAME_GROWS;
    disk->path_size = folder_size + disk->name_size + 1;
    disk->folder_path = jingle__file_alloc(&disk->mem, folder_size);
    /* The name as wanted, and behind it the one in use. */
    disk->name = jingle__file_alloc(&disk->mem, 2 * disk->name_size);
    disk->path = jingle__file_alloc(&disk->mem, disk->path_size);
    if (!disk->folder_path || !disk->name || !disk->path)
        return JINGLE_EMEM;
    memcpy(disk->folder_path, folder, folder_size);
    memcpy(disk->name, name, strlen(name) + 1);
    return JINGLE_EOK;
}

int jingle__disk_open(jingle__disk_t *disk, const xmpp_mem_t *mem, const char *folder,
                      const char *name)
{
    int err, number;

    memset(disk, 0, sizeof *disk);
    disk->mem = *mem;
    disk->fd = disk->folder = -1;
    err = *folder ? reserve(disk, folder, name) : JINGLE_EINVAL;
    if (err)
        goto out;
    disk->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    err = disk->folder >= 0 ? open_partial(disk) : JINGLE_EIO;
out:
    number = errno;
    if (err)
        jingle__disk_drop(disk);
    errno = number;
    return err;
}

/* ---- data ---------------------------------------------------------------------------------- */

int jingle__disk_write(jingle__disk_t *disk, uint64_t offset, const void *data, size_t len)
{
    const char *from = data;

    while (len) {
        ssize_t n = pwrite(disk->fd, from, len, (off_t)offset);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return error_of(n < 0 ? errno : ENOSPC);
        from += n;
        offset += (uint64_t)n;
        len -= (size_t)n;
    }
    return JINGLE_EOK;
}

/* ---- end ----------------------------------------------------------------------------------- */

/** Where there are no hard links: the name is taken by an empty file of ours, which ours replaces.
 */
static int rename_over_own(const jingle__disk_t *disk, const char *name)
{
    int fd = openat(disk->folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666),
        number;

    if (fd < 0)
        return -1;
    close(fd);
    if (!renameat(disk->folder, disk->partial, disk->folder, name))
        return 0;
    number = errno;
    unlinkat(disk->folder, name, 0);
    errno = number;
    return -1;
}

/** Gives the partial file another name, unless that exists. */
static int take_name(const jingle__disk_t *disk, const char *name)
{
    if (!linkat(disk->folder, disk->partial, disk->folder, name, 0)) {
        unlinkat(disk->folder, disk->partial, 0);
        return 0;
    }
    if (errno == EEXIST)
        return -1;
    return rename_over_own(disk, name);
}

static int name_whole(jingle__disk_t *disk, char *name)
{
    for (unsigned n = 1; n <= TRIES; n++) {
        nth_name(name, disk->name_size, disk->name, n, "");
        if (!take_name(disk, name))
            return JINGLE_EOK;
        if (errno != EEXIST)
            return error_of(errno);
    }
    return JINGLE_EIO;
}

static void close_all(jingle__disk_t *disk)
{
    if (disk->fd >= 0)
        close(disk->fd);
    if (disk->folder >= 0)
        close(disk->folder);
    disk->fd = disk->folder = -1;
}

int jingle__disk_commit(jingle__disk_t *disk)
{
    char *name = jingle__file_alloc(&disk->mem, disk->name_size);
    int err = name ? JINGLE_EOK : JINGLE_EMEM;

    if (err)
        return err;
    /* On the disk first, under its name then: a crash in between leaves a partial file, no empty
     * one. */
    if (fsync(disk->fd) && errno != EINVAL)
        err = error_of(errno);
    else if (!is_ours(disk, disk->partial))
        err = JINGLE_EIO;
    else
        err = name_whole(disk, name);
    if (!err) {
        disk->partial = NULL;
        set_path(disk, name);
        fsync(disk->folder);
        close_all(disk);
    }
    jingle__file_free(&disk->mem, name);
    return err;
}

void jingle__disk_drop(jingle__disk_t *disk)
{
    if (disk->partial && is_ours(disk, disk->partial))
        unlinkat(disk->folder, disk->partial, 0);
    close_all(disk);
    jingle__file_free(&disk->mem, disk->folder_path);
    jingle__file_free(&disk->mem, disk->name);
    jingle__file_free(&disk->mem, disk->path);
    disk->partial = disk->folder_path = disk->name = disk->path = NULL;
}
