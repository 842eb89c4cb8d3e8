/* SPDX-License-Identifier: MIT */
/** @file
 *  Standard input and output. They are shared with other processes, so that they are not switched to
 *  non-blocking, but asked before each call. */
#include "pipes.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "app.h"

#define LOOK_MS 250 /* a signal that just missed the poll may wait so long */

static bool is_ready(int fd, short event, int wait_ms)
{
    struct pollfd one = {.fd = fd, .events = event};

    return poll(&one, 1, wait_ms) > 0;
}

/* ---- input ----------------------------------------------------------------------------------- */

uint64_t input_size(void)
{
    struct stat status;
    off_t at = lseek(STDIN_FILENO, 0, SEEK_CUR);

    if (at < 0 || fstat(STDIN_FILENO, &status) != 0 || !S_ISREG(status.st_mode) ||
        status.st_size < at)
        return JINGLE_FILE_SIZE_UNKNOWN;
    return (uint64_t)(status.st_size - at);
}

long input_read(jingle_file_t *file, uint64_t offset, void *buffer, size_t len, void *userdata)
{
    input_t *input = userdata;
    ssize_t got;

    (void)offset;
    if (!is_ready(STDIN_FILENO, POLLIN, 0)) {
        input->waits = file;
        return JINGLE_FILE_LATER;
    }
    got = read(STDIN_FILENO, buffer, len);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) {
        input->waits = file;
        return JINGLE_FILE_LATER;
    }
    return (long)got;
}

void input_turn(input_t *input)
{
    jingle_file_t *file = input->waits;

    if (!file || !is_ready(STDIN_FILENO, POLLIN, 0))
        return;
    input->waits = NULL;
    jingle_file_pause(file, false);
}

/* ---- output ---------------------------------------------------------------------------------- */

/** Writes what can be written without waiting: of a pipe poll(2) says that PIPE_BUF octets fit.
 *  @return octets, or an error */
static long write_some(output_t *output, const char *data, size_t len, int wait_ms)
{
    size_t done = 0;

    while (done < len && is_ready(STDOUT_FILENO, POLLOUT, wait_ms)) {
        size_t piece = len - done < PIPE_BUF ? len - done : PIPE_BUF;
        ssize_t sent = write(STDOUT_FILENO, data + done, piece);
        if (sent < 0 && errno != EINTR && errno != EAGAIN) {
            output->unread = errno == EPIPE;
            return errno == ENOSPC ? JINGLE_ELIMIT : JINGLE_EIO;
        }
        done += sent > 0 ? (size_t)sent : 0;
    }
    return (long)done;
}

/** Of what is too much the beginning. */
static size_t within(const output_t *output, uint64_t offset, size_t len)
{
    uint64_t left = output->most > offset ? output->most - offset : 0;

    return output->most && left < len ? (size_t)left : len;
}

int output_write(jingle_file_t *file, uint64_t offset, const void *data, size_t len, void *userdata)
{
    output_t *output = userdata;
    long sent;

    output->file = file;
    len = within(output, offset, len);
    sent = output->len ? 0 : write_some(output, data, len, 0);
    if (sent < 0)
        return (int)sent;
    if ((size_t)sent == len)
        return JINGLE_EOK;
    /* One block at most comes after a pause; it is appended. */
    output->data = must_alloc(output->data, output->len + len - (size_t)sent);
    memcpy(output->data + output->len, (const char *)data + sent, len - (size_t)sent);
    output->len += len - (size_t)sent;
    /* What is paused does not come to its end, and behind the last block nothing comes. */
    jingle_file_pause(file, offset + len != jingle_file_get_info(file)->file_size);
    return JINGLE_EOK;
}

static int flush(output_t *output, int wait_ms)
{
    long sent = write_some(output, output->data + output->at, output->len - output->at, wait_ms);

    if (sent < 0)
        return (int)sent;
    output->at += (size_t)sent;
    if (output->at == output->len)
        output_drop(output);
    return JINGLE_EOK;
}

static int go_on(output_t *output, int wait_ms)
{
    jingle_file_t *file = output->file;
    int err = output->len ? flush(output, wait_ms) : JINGLE_EOK;

    if (err && file) {
        jingle_file_cancel(file, "it cannot be written");
        return JINGLE_EOK;
    }
    if (err)
        output_drop(output);
    return err;
}

int output_turn(output_t *output)
{
    bool waited = output->len > 0;
    int err = go_on(output, 0);

    if (waited && !output->len && output->file)
        jingle_file_pause(output->file, false);
    return err;
}

int output_drain(output_t *output)
{
    int err = JINGLE_EOK;

    output->file = NULL;
    while (!err && output->len && !signals_interrupted())
        err = go_on(output, LOOK_MS);
    return err;
}

int output_finish(jingle_file_t *file, bool whole, void *userdata)
{
    output_t *output = userdata;
    int err = JINGLE_EOK;

    (void)file;
    output->file = NULL;
    if (whole && output->len)
        err = flush(output, 0);
    if (!whole ||
        err) /* which fails the file: of what stayed behind it nothing is told once more */
        output_drop(output);
    return err;
}

void output_drop(output_t *output)
{
    free(output->data);
    output->data = NULL;
    output->at = output->len = 0;
}
