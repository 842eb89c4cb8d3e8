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
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

_Static_assert(sizeof(off_t) >= sizeof(uint64_t), "files can be longer than 2 GiB");

/** How many names are tried. */
#define TRIES 9999u
/** Octets that may wait to be written to the disk: at the end the sender waits for all of them. */
#define UNSYNCED_MAX (UINT64_C(32) << 20)
#define PARTIAL ".part"

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

/** The file system has refused a name: those of FAT, and of servers with Windows, have less characters.
 *  @return false: it is not for them */
static bool make_plain(char *name)
{
    static const char refused[] = ":?*\"<>|\\";
    char *c = name + strcspn(name, refused);
    bool had = *c != '\0';

    for (; *c; c += strcspn(c, refused))
        *c = '_';
    return had;
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

static void use_partial(jingle__disk_t *disk)
{
    disk->partial = disk->partial_name;
    set_path(disk, disk->partial);
}

int jingle__disk_create(jingle__disk_t *disk)
{
    char *full = disk->partial_name;

    for (unsigned n = 1; n <= TRIES; n++) {
        nth_name(full, sizeof disk->partial_name, disk->name, n, "");
        if (is_taken(disk, full))
            continue;
        nth_name(full, sizeof disk->partial_name, disk->name, n, PARTIAL);
        disk->fd =
            openat(disk->folder, full, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
        if (disk->fd >= 0) {
            use_partial(disk);
            return JINGLE_EOK;
        }
        if (errno == EINVAL && make_plain(disk->name))
            n = 0;
        else if (errno != EEXIST)
            return error_of(errno);
    }
    errno = EEXIST;
    return JINGLE_EIO;
}

static int reserve(jingle__disk_t *disk, const char *folder, const char *name)
{
    size_t folder_size = strlen(folder) + 1;

    disk->path_size = folder_size + JINGLE__NAME_MAX + 2;
    disk->folder_path = jingle__file_alloc(&disk->mem, folder_size);
    disk->name = jingle__file_strdup(&disk->mem, name);
    disk->path = jingle__file_alloc(&disk->mem, disk->path_size);
    if (!disk->folder_path || !disk->name || !disk->path)
        return JINGLE_EMEM;
    memcpy(disk->folder_path, folder, folder_size);
    return JINGLE_EOK;
}

static bool is_short_enough(const char *name)
{
    return strlen(name) + strlen(" (9999)" PARTIAL) <= JINGLE__NAME_MAX;
}

int jingle__disk_set_name(jingle__disk_t *disk, const char *name)
{
    char *copy = is_short_enough(name) ? jingle__file_strdup(&disk->mem, name) : NULL;

    if (!copy)
        return is_short_enough(name) ? JINGLE_EMEM : JINGLE_EINVAL;
    jingle__file_free(&disk->mem, disk->name);
    disk->name = copy;
    return JINGLE_EOK;
}

int jingle__disk_begin(jingle__disk_t *disk, const xmpp_mem_t *mem, const char *folder,
                       const char *name)
{
    int err, number;

    memset(disk, 0, sizeof *disk);
    disk->mem = *mem;
    disk->fd = disk->folder = -1;
    err = *folder && is_short_enough(name) ? reserve(disk, folder, name) : JINGLE_EINVAL;
    if (!err) {
        disk->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        err = disk->folder >= 0 ? JINGLE_EOK : JINGLE_EIO;
    }
    number = errno;
    if (err)
        jingle__disk_drop(disk);
    errno = number;
    return err;
}

int jingle__disk_open(jingle__disk_t *disk, const xmpp_mem_t *mem, const char *folder,
                      const char *name)
{
    int err = jingle__disk_begin(disk, mem, folder, name), number;

    if (!err)
        err = jingle__disk_create(disk);
    number = errno;
    if (err)
        jingle__disk_drop(disk);
    errno = number;
    return err;
}

/* ---- a partial file that was kept ---------------------------------------------------------- */

/** Nobody but us, and by no other name, has it: what is written to it changes nothing else. */
static bool is_private(int fd, uint64_t *size)
{
    struct stat st;

    if (fstat(fd, &st) || !S_ISREG(st.st_mode) || st.st_uid != geteuid() || st.st_nlink != 1)
        return false;
    *size = (uint64_t)st.st_size;
    return true;
}

static bool is_partial_name(const char *name)
{
    size_t len = strlen(name);

    return *name != '.' && !strchr(name, '/') && len > strlen(PARTIAL) && len <= JINGLE__NAME_MAX &&
           !strcmp(name + len - strlen(PARTIAL), PARTIAL);
}

uint64_t jingle__disk_inode(const jingle__disk_t *disk)
{
    struct stat st;

    return fstat(disk->fd, &st) ? 0 : (uint64_t)st.st_ino;
}

int jingle__disk_adopt(jingle__disk_t *disk, const char *partial, uint64_t inode, uint64_t *size)
{
    int err = JINGLE_EINVAL;

    if (!is_partial_name(partial))
        return JINGLE_EINVAL;
    /* Without O_NONBLOCK a pipe of that name would hold us here. */
    disk->fd = openat(disk->folder, partial, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (disk->fd < 0)
        return errno == ENOENT ? JINGLE_ENOENT : JINGLE_EINVAL;
    if (is_private(disk->fd, size))
        err = jingle__disk_inode(disk) == inode ? jingle__disk_lock(disk) : JINGLE_ENOENT;
    if (!err && !is_ours(disk, partial))
        err = JINGLE_ENOENT;
    if (err) {
        close(disk->fd);
        disk->fd = -1;
        return err;
    }
    memcpy(disk->partial_name, partial, strlen(partial) + 1);
    use_partial(disk);
    return JINGLE_EOK;
}

int jingle__disk_lock(const jingle__disk_t *disk)
{
    if (!flock(disk->fd, LOCK_EX | LOCK_NB))
        return JINGLE_EOK;
    return errno == EWOULDBLOCK ? JINGLE_EEXIST : JINGLE_EIO;
}

int jingle__disk_cut(const jingle__disk_t *disk, uint64_t size)
{
    return ftruncate(disk->fd, (off_t)size) ? error_of(errno) : JINGLE_EOK;
}

long jingle__disk_read(const jingle__disk_t *disk, uint64_t offset, void *data, size_t len)
{
    ssize_t n;

    do {
        n = pread(disk->fd, data, len, (off_t)offset);
    } while (n < 0 && errno == EINTR);
    return n < 0 ? JINGLE_EIO : (long)n;
}

/* ---- data ---------------------------------------------------------------------------------- */

/** Some files cannot be synchronised at all. */
static int sync_data(jingle__disk_t *disk)
{
    int rc;

    disk->unsynced = 0;
    do
        rc = fsync(disk->fd);
    while (rc && errno == EINTR);
    return rc && errno != EINVAL ? error_of(errno) : JINGLE_EOK;
}

int jingle__disk_write(jingle__disk_t *disk, uint64_t offset, const void *data, size_t len)
{
    const char *from = data;

    disk->unsynced += len;
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
    return disk->unsynced < UNSYNCED_MAX ? JINGLE_EOK : sync_data(disk);
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

static int name_whole(const jingle__disk_t *disk, char name[JINGLE__NAME_MAX + 1])
{
    for (unsigned n = 1; n <= TRIES; n++) {
        nth_name(name, JINGLE__NAME_MAX + 1, disk->name, n, "");
        if (!take_name(disk, name))
            return JINGLE_EOK;
        if (errno == EINVAL && make_plain(disk->name))
            n = 0;
        else if (errno != EEXIST)
            return error_of(errno);
    }
    return JINGLE_EIO;
}

void jingle__disk_close(jingle__disk_t *disk)
{
    if (disk->fd >= 0)
        close(disk->fd);
    if (disk->folder >= 0)
        close(disk->folder);
    disk->fd = disk->folder = -1;
}

int jingle__disk_commit(jingle__disk_t *disk)
{
    /* Not a block of memory: a file that is whole must not be lost for want of one. */
    char name[JINGLE__NAME_MAX + 1];
    /* On the disk first, under its name then: a crash in between leaves a partial file, no empty
     * one. */
    int err = sync_data(disk);

    if (!err && !is_ours(disk, disk->partial))
        err = JINGLE_EIO;
    if (!err)
        err = name_whole(disk, name);
    if (!err) {
        disk->partial = NULL;
        set_path(disk, name);
        fsync(disk->folder);
    }
    return err;
}

void jingle__disk_remove(jingle__disk_t *disk)
{
    if (disk->partial && is_ours(disk, disk->partial))
        unlinkat(disk->folder, disk->partial, 0);
    disk->partial = NULL;
    if (disk->fd >= 0)
        close(disk->fd);
    disk->fd = -1;
}

void jingle__disk_reject(jingle__disk_t *disk, uint64_t most)
{
    struct stat st;

    if (!fstat(disk->fd, &st) && (uint64_t)st.st_size > most)
        disk->partial = NULL;
    jingle__disk_remove(disk);
}

void jingle__disk_leave(jingle__disk_t *disk)
{
    disk->partial = NULL;
    jingle__disk_drop(disk);
}

void jingle__disk_drop(jingle__disk_t *disk)
{
    jingle__disk_remove(disk);
    jingle__disk_close(disk);
    jingle__file_free(&disk->mem, disk->folder_path);
    jingle__file_free(&disk->mem, disk->name);
    jingle__file_free(&disk->mem, disk->path);
    disk->folder_path = disk->name = disk->path = NULL;
}
