/* SPDX-License-Identifier: MIT */
/** @file
 *  Hashes of what lies on the disk, read in steps so that other things have their turn between. */
#include "file.h"

#include <utlist.h>

/** Octets of one step. */
#define STEP (1u << 20)

bool jingle__file_have_buffer(jingle_file_t *file)
{
    if (!file->buffer)
        file->buffer = file->mem.alloc(JINGLE__FILE_BUFFER, file->mem.userdata);
    return file->buffer != NULL;
}

int jingle__hashing_begin(jingle_file_t *file, unsigned bits)
{
    jingle__file_set_timer(file, 0, NULL); /* restored, it may have begun to read another */
    file->hashed = 0;
    return jingle__file_have_buffer(file) ? jingle__digest_start(&file->digest, bits) : JINGLE_EMEM;
}

static long read_some(jingle_file_t *file, size_t len)
{
    return file->sender ? jingle__source_read(&file->source, file, file->hashed, file->buffer, len)
                        : jingle__disk_read(&file->disk, file->hashed, file->buffer, len);
}

int jingle__hashing_step(jingle_file_t *file, uint64_t end)
{
    for (uint64_t stop = file->hashed + STEP; file->hashed < stop;) {
        uint64_t left = end - file->hashed;
        size_t len = left < JINGLE__FILE_BUFFER ? (size_t)left : JINGLE__FILE_BUFFER;
        long n;

        if (!left)
            return 1;
        n = read_some(file, len);
        if (file->state >= JINGLE__FILE_FAILED) /* who was asked has ended it */
            return JINGLE_EINVOP;
        if (n == JINGLE_FILE_LATER)
            return JINGLE_FILE_LATER;
        if (n <= 0 || (size_t)n > len)
            return JINGLE_EIO;
        if (jingle__digest_update(&file->digest, file->buffer, (size_t)n))
            return JINGLE_EINT;
        file->hashed += (uint64_t)n;
    }
    return 0;
}

void jingle__hashing_end(jingle_file_t *file)
{
    jingle__file_free(&file->mem, file->buffer);
    file->buffer = NULL;
}

/* ---- one after the other ------------------------------------------------------------------- */

static void on_turn(jingle_t *jingle, void *userdata);

static int start_turn(jingle_t *jingle, jingle__files_t *files)
{
    return files->turn ? JINGLE_EOK : jingle_timer_start(jingle, 0, on_turn, files, &files->turn);
}

static void take_turn(jingle_t *jingle, jingle_file_t *file)
{
    jingle_timer_fn step = file->turn;

    jingle_file_clone(file);
    jingle__hashing_leave(file);
    step(jingle, file);
    jingle_file_release(file);
}

static void on_turn(jingle_t *jingle, void *userdata)
{
    jingle__files_t *files = userdata;
    int err = JINGLE_EMEM;

    files->turn = NULL;
    /* Without memory for its turn the next one goes on at once: nobody else would wake it. */
    while (err == JINGLE_EMEM && files && files->waiting) {
        take_turn(jingle, files->waiting);
        files = jingle__files_of(jingle); /* the program may have freed the manager */
        err = files && files->waiting ? start_turn(jingle, files) : JINGLE_EOK;
    }
}

int jingle__hashing_wait(jingle_file_t *file, jingle_timer_fn step)
{
    jingle__files_t *files = jingle__files_of(file->jingle);
    int err;

    jingle__file_set_timer(file, 0, NULL);
    err = start_turn(file->jingle, files);
    if (err)
        return err;
    file->turn = step;
    DL_APPEND(files->waiting, file);
    return JINGLE_EOK;
}

void jingle__hashing_leave(jingle_file_t *file)
{
    if (!file->turn)
        return;
    file->turn = NULL;
    DL_DELETE(jingle__files_of(file->jingle)->waiting, file);
}
