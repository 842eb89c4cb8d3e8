/* SPDX-License-Identifier: MIT */
/** @file
 *  Where the data of a file that we send comes from. */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

int jingle__source_open(jingle__source_t *source, const char *path, uint64_t *size, int64_t *date)
{
    struct stat st;
    int number;

    /* Without O_NONBLOCK a pipe without a writer would hold us here. */
    source->fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (source->fd < 0)
        return errno == ENOENT || errno == ENOTDIR ? JINGLE_ENOENT : JINGLE_EIO;
    if (fstat(source->fd, &st)) {
        number = errno;
        jingle__source_close(source);
        errno = number;
        return JINGLE_EIO;
    }
    if (!S_ISREG(st.st_mode)) {
        jingle__source_close(source);
        return JINGLE_EINVAL;
    }
    *size = (uint64_t)st.st_size;
    *date = (int64_t)st.st_mtime;
    return JINGLE_EOK;
}

bool jingle__source_is_unchanged(const jingle__source_t *source, uint64_t size, int64_t date)
{
    struct stat st;

    return source->fd < 0 || (!fstat(source->fd, &st) && (uint64_t)st.st_size == size &&
                              (int64_t)st.st_mtime == date);
}

/** The program's function may end the transfer, and fill the buffer after that. */
static long ask(jingle__source_t *source, jingle_file_t *file, uint64_t offset, void *buffer,
                size_t len)
{
    long n;

    file->reading = true;
    n = source->read(file, offset, buffer, len, source->userdata);
    file->reading = false;
    if (file->state == JINGLE__FILE_OVER)
        jingle__hashing_end(file);
    return n;
}

long jingle__source_read(jingle__source_t *source, jingle_file_t *file, uint64_t offset,
                         void *buffer, size_t len)
{
    ssize_t n;

    if (source->read)
        return ask(source, file, offset, buffer, len);
    do {
        n = pread(source->fd, buffer, len, (off_t)offset);
    } while (n < 0 && errno == EINTR);
    return n < 0 ? JINGLE_EIO : (long)n;
}

void jingle__source_close(jingle__source_t *source)
{
    void (*userdata_free)(void *) = source->userdata_free;

    if (source->fd >= 0)
        close(source->fd);
    source->fd = -1;
    source->userdata_free = NULL;
    if (userdata_free)
        userdata_free(source->userdata);
}
