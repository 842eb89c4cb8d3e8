/* SPDX-License-Identifier: MIT */
/** @file
 *  The sender's side of a transfer under way. */
#include "file.h"

/** ms for the reason to follow when the receiver closes the stream early. */
#define GRACE 1000u

static void on_idle(jingle_t *jingle, void *userdata)
{
    jingle_file_t *file = userdata;

    (void)jingle;
    file->timer = NULL;
    if (file->state != JINGLE__FILE_RUNNING)
        return;
    if (!file->moved && !file->paused) {
        jingle__file_fail(file, JINGLE_FILE_TIMEOUT, JINGLE_REASON_TIMEOUT,
                          "the receiver takes no data", NULL);
        return;
    }
    file->moved = false;
    jingle__file_set_timer(file, file->config.idle_timeout, on_idle);
}

/* ---- reading ------------------------------------------------------------------------------- */

static void fail_read(jingle_file_t *file, const char *text)
{
    jingle__file_fail(file, JINGLE_FILE_IO_ERROR, JINGLE_REASON_FAILED_APPLICATION, text, NULL);
}

/** How much may be read now: room in the buffer, and no more than was announced. */
static size_t wanted(const jingle_file_t *file)
{
    uint64_t passed = file->bytes + (file->buffer_len - file->buffer_at);
    uint64_t octets = jingle__range_octets(file);
    size_t room = JINGLE__FILE_BUFFER - file->buffer_len;

    if (octets == JINGLE_FILE_SIZE_UNKNOWN || octets - passed > room)
        return room;
    return (size_t)(octets - passed);
}

static void took(jingle_file_t *file, long n, size_t want)
{
    if (file->state != JINGLE__FILE_RUNNING) /* who was asked has ended it */
        return;
    if (n == JINGLE_FILE_LATER) {
        file->paused = true;
    } else if (n < 0 || (size_t)n > want) {
        fail_read(file, "the file cannot be read");
    } else if (n == 0) {
        file->source_ended = true;
        if (jingle__range_octets(file) != JINGLE_FILE_SIZE_UNKNOWN)
            fail_read(file, "the file became shorter while it was sent");
    } else if (jingle__range_update(file, file->buffer + file->buffer_len, (size_t)n)) {
        jingle__file_fail(file, JINGLE_FILE_FAILED, JINGLE_REASON_GENERAL_ERROR,
                          "the hash cannot be computed", NULL);
    } else {
        file->buffer_len += (size_t)n;
    }
}

static long read_into(jingle_file_t *file, size_t at, size_t want)
{
    return jingle__source_read(&file->source, file, file->range.offset + file->bytes + at,
                               file->buffer + at, want);
}

/** Fills the buffer once it is half empty, so that blocks of a transport are rarely cut short. */
static void fill(jingle_file_t *file)
{
    size_t left = file->buffer_len - file->buffer_at, want;

    if (file->source_ended || left > JINGLE__FILE_BUFFER / 2)
        return;
    memmove(file->buffer, file->buffer + file->buffer_at, left);
    file->buffer_at = 0;
    file->buffer_len = left;
    want = wanted(file);
    if (!want)
        file->source_ended = true;
    else
        took(file, read_into(file, left, want), want);
}

/* ---- reading what lies before a part -------------------------------------------------------- */

static void on_prefix(jingle_t *jingle, void *userdata);

static void wait_for_prefix(jingle_file_t *file)
{
    if (jingle__hashing_wait(file, on_prefix))
        jingle__file_fail(file, JINGLE_FILE_FAILED, JINGLE_REASON_GENERAL_ERROR,
                          jingle_strerror(JINGLE_EMEM), NULL);
}

static void on_prefix(jingle_t *jingle, void *userdata)
{
    jingle_file_t *file = userdata;
    int done;

    (void)jingle;
    done = jingle__hashing_step(file, file->range.offset);
    if (file->state != JINGLE__FILE_RUNNING)
        ; /* who was asked has ended it */
    else if (done == JINGLE_FILE_LATER)
        file->paused = true;
    else if (done < 0)
        fail_read(file, "the file cannot be read");
    else if (!done)
        wait_for_prefix(file);
    else {
        file->hashing = false;
        jingle__file_send_on(file);
    }
}

/** After JINGLE_FILE_LATER nothing goes on by itself. */
static void read_on(jingle_file_t *file)
{
    if (file->state == JINGLE__FILE_RUNNING && !file->paused && !file->reading && !file->turn &&
        !file->timer)
        wait_for_prefix(file);
}

/* ---- sending ------------------------------------------------------------------------------- */

void jingle__file_send_on(jingle_file_t *file)
{
    jingle__file_set_timer(file, file->config.idle_timeout, on_idle);
    jingle__file_pump(file);
}

static void sent_all(jingle_file_t *file)
{
    if (jingle__range_finish(file)) {
        jingle__file_fail(file, JINGLE_FILE_FAILED, JINGLE_REASON_GENERAL_ERROR,
                          "the hash cannot be computed", NULL);
        return;
    }
    file->state = JINGLE__FILE_FINISHED;
    jingle__last_words_due(file);
    jingle__last_words(file);
}

/** @return false when there is nothing to do until something happens */
static bool send_some(jingle_file_t *file)
{
    long n;

    if (file->state != JINGLE__FILE_RUNNING || file->paused || !file->channel)
        return false;
    fill(file);
    if (file->state != JINGLE__FILE_RUNNING || !file->channel)
        return false;
    if (file->buffer_at == file->buffer_len) {
        if (file->source_ended)
            sent_all(file);
        return false;
    }
    n = jingle_channel_send(file->channel, file->buffer + file->buffer_at,
                            file->buffer_len - file->buffer_at);
    /* A channel that is broken tells by its transport, or by closed. */
    if (n <= 0)
        return false;
    file->buffer_at += (size_t)n;
    jingle__file_moved(file, (size_t)n);
    jingle__file_tell(file, file->config.on_progress);
    return true;
}

void jingle__file_pump(jingle_file_t *file)
{
    if (file->hashing) {
        read_on(file);
        return;
    }
    /* A channel may say writable, and the program may go on after a pause, inside of send. */
    file->pump_again = true;
    if (file->pumping)
        return;
    jingle_file_clone(file);
    file->pumping = true;
    while (file->pump_again) {
        file->pump_again = false;
        while (send_some(file))
            continue;
    }
    file->pumping = false;
    jingle_file_release(file);
}

/* ---- the channel --------------------------------------------------------------------------- */

static void on_writable(jingle_channel_t *channel, void *userdata)
{
    (void)channel;
    jingle__file_pump(userdata);
}

static void on_grace(jingle_t *jingle, void *userdata)
{
    jingle_file_t *file = userdata;

    (void)jingle;
    file->timer = NULL;
    jingle__file_fail(file, JINGLE_FILE_DISCONNECTED, JINGLE_REASON_CONNECTIVITY_ERROR,
                      "the receiver closed the stream before all was sent", NULL);
}

static void on_closed(jingle_channel_t *channel, bool complete, void *userdata)
{
    jingle_file_t *file = userdata;

    (void)channel;
    jingle_file_clone(file);
    jingle__file_leave_channel(file);
    if (file->state == JINGLE__FILE_RUNNING) {
        /* Who cancels closes the streams first (XEP-0261 section 2.5): the reason is on its way. */
        if (complete)
            jingle__file_set_timer(file, GRACE, on_grace);
        else
            jingle__file_fail(file, JINGLE_FILE_DISCONNECTED, JINGLE_REASON_CONNECTIVITY_ERROR,
                              "the stream broke", NULL);
    }
    jingle_file_release(file);
}

/** Nothing comes from a receiver. */
static void on_data(jingle_channel_t *channel, const void *data, size_t len, void *userdata)
{
    (void)channel;
    (void)data;
    (void)len;
    (void)userdata;
}

const jingle_channel_sink_t jingle__file_send_sink = {
    .data = on_data, .writable = on_writable, .closed = on_closed};

/* ---- begin --------------------------------------------------------------------------------- */

/** The receiver has the beginning and wants the rest: it can check the whole then, if it is told a
 * hash of it. */
static bool needs_prefix(const jingle_file_t *file)
{
    bool announced = false;

    for (size_t i = 0; i < file->info.n_hashes; i++)
        announced |= !file->told[i].len;
    return announced && jingle__range_wants_prefix(file);
}

int jingle__file_send_begin(jingle_file_t *file)
{
    bool part = jingle__range_is_part(file);
    int err = JINGLE_EOK;

    /* The rest of another file does not belong to what the receiver has. */
    if (part &&
        !jingle__source_is_unchanged(&file->source, file->info.file_size, file->info.date)) {
        fail_read(file, "the file has changed since it was offered");
        return JINGLE_EOK;
    }
    if (!jingle__file_have_buffer(file))
        return JINGLE_EMEM;
    if (needs_prefix(file)) {
        err = jingle__hashing_begin(file, file->hashes);
        file->hashing = file->has_prefix = !err;
    }
    if (!err)
        err = jingle__range_start(file, file->hashes, !part);
    if (err)
        return err;
    if (file->hashing)
        return jingle__hashing_wait(file, on_prefix);
    jingle__file_set_timer(file, file->config.idle_timeout, on_idle);
    return JINGLE_EOK;
}
