/* SPDX-License-Identifier: MIT */
/** @file
 *  A file that was restored goes on: what has passed is read again for its hashes, in steps from
 *  timers, while the channel waits. */
#include "file.h"

#define STEP (1u << 20)

/* ---- reading what has passed --------------------------------------------------------------- */

/** @return octets; anything else: it cannot be read */
static long read_some(jingle_file_t *file, size_t len)
{
    return file->sender ? jingle__source_read(&file->source, file, file->hashed, file->buffer, len)
                        : jingle__disk_read(&file->disk, file->hashed, file->buffer, len);
}

static int update(jingle_file_t *file, size_t len)
{
    uint64_t before = file->hashed < file->range.offset ? file->range.offset - file->hashed : 0;
    size_t skip = before < len ? (size_t)before : len;
    int err = jingle__digest_update(&file->digest, file->buffer, len);

    return err ? err : jingle__digest_update(&file->range_digest, file->buffer + skip, len - skip);
}

/** @return 1 when all is read, 0, or an error */
static int step(jingle_file_t *file)
{
    uint64_t end = jingle__file_position(file);

    if (file->sender ? !jingle__source_is_set(&file->source) : !file->has_disk)
        return JINGLE_EIO;
    for (uint64_t stop = file->hashed + STEP; file->hashed < stop;) {
        uint64_t left = end - file->hashed;
        size_t len = left < JINGLE__FILE_BUFFER ? (size_t)left : JINGLE__FILE_BUFFER;
        long n;

        if (!left)
            return 1;
        n = read_some(file, len);
        if (n <= 0 || (size_t)n > len)
            return JINGLE_EIO;
        if (update(file, (size_t)n))
            return JINGLE_EINT;
        file->hashed += (uint64_t)n;
    }
    return 0;
}

static void cannot(jingle_file_t *file)
{
    jingle__file_fail(file, JINGLE_FILE_IO_ERROR, JINGLE_REASON_FAILED_APPLICATION,
                      file->sender ? "the file cannot be read, or has changed"
                                   : "what had been received is not there any more",
                      NULL);
}

static void on_step(jingle_t *jingle, void *userdata)
{
    jingle_file_t *file = userdata;
    int done = step(file);

    (void)jingle;
    if (done < 0) {
        cannot(file);
    } else if (!done) {
        if (jingle__hashing_wait(file, on_step))
            jingle__file_fail(file, JINGLE_FILE_FAILED, JINGLE_REASON_GENERAL_ERROR,
                              jingle_strerror(JINGLE_EMEM), NULL);
    } else {
        file->hashing = false;
        if (!file->sender)
            jingle__hashing_end(file);
        if (file->sender)
            jingle__file_send_on(file);
        else
            jingle__file_receive_on(file);
    }
}

int jingle__file_read_again(jingle_file_t *file)
{
    bool part = jingle__range_is_part(file), whole = !part || file->has_prefix;
    unsigned bits = file->sender ? file->hashes : jingle__file_algorithms(file);
    int err = JINGLE_EOK;

    if (!jingle__file_have_buffer(file))
        return JINGLE_EMEM;
    if (whole)
        err = jingle__digest_start(&file->digest, bits);
    if (!err && part)
        err = jingle__digest_start(&file->range_digest, bits);
    file->hashed = whole ? 0 : file->range.offset;
    file->hashing = true;
    jingle__file_set_timer(file, 0, NULL);
    return err ? err : jingle__hashing_wait(file, on_step);
}

/* ---- where it was -------------------------------------------------------------------------- */

static void on_accept(jingle_t *jingle, void *userdata)
{
    jingle_file_t *file = userdata;

    (void)jingle;
    file->timer = NULL;
    jingle_content_accept(jingle_file_get_content(file));
}

int jingle__file_accept_later(jingle_file_t *file)
{
    return jingle_timer_start(file->jingle, 0, on_accept, file, &file->timer);
}

/** Whether the last words arrived is not known; they may be said twice. */
static void on_last_words(jingle_t *jingle, void *userdata)
{
    jingle_file_t *file = userdata;

    (void)jingle;
    file->timer = NULL;
    jingle_file_clone(file);
    jingle__last_words(file);
    jingle_file_release(file);
}

static void on_start(jingle_t *jingle, void *userdata)
{
    jingle_file_t *file = userdata;

    (void)jingle;
    file->timer = NULL;
    jingle_file_clone(file);
    jingle__file_start(file);
    jingle_file_release(file);
}

/** What had to be read before anything was sent is read again. */
static int begin_again(jingle_file_t *file)
{
    if (!file->starts || file->hashing)
        return JINGLE_EOK;
    if (file->sender)
        return jingle__file_hash_first(file);
    return jingle_timer_start(file->jingle, 0, on_start, file, &file->timer);
}

int jingle__file_goes_on(jingle_file_t *file)
{
    switch (file->was) {
    case JINGLE__FILE_WAITING:
        return begin_again(file);
    case JINGLE__FILE_CHECKING:
        if (file->sender)
            return JINGLE_EDATA;
        if (!file->stream_ended)
            break;
        /* No channel will be opened again. */
        file->state = JINGLE__FILE_CHECKING;
        return jingle__file_read_again(file);
    case JINGLE__FILE_RUNNING:
        break;
    case JINGLE__FILE_FINISHED:
        file->state = file->was;
        jingle__last_words_due(file);
        return jingle_timer_start(file->jingle, 0, on_last_words, file, &file->timer);
    default:
        file->state = JINGLE__FILE_FAILED;
        return JINGLE_EOK;
    }
    file->goes_on = true; /* when the channel is open */
    return JINGLE_EOK;
}

/** Of one that could not be made, what lies on the disk stays. */
void jingle__file_abandon(jingle_file_t *file)
{
    jingle__file_set_timer(file, 0, NULL);
    if (file->has_disk)
        jingle__disk_leave(&file->disk);
    file->has_disk = file->has_sink = false;
    file->part = NULL;
    file->jingle = NULL;
    jingle_file_release(file);
}
