/* SPDX-License-Identifier: MIT */
/** @file
 *  The receiver's side of a transfer under way. */
#include "file.h"

/** ms for the sender to close its stream once all data is there: more data would show a lie about
 *  the size, and some never close. */
#define LINGER 2000u
/** ms for the reason to follow when the sender closes the stream early. */
#define GRACE 1000u
/** ms for an announced hash to come, where the program says nothing else: for one without which the
 *  file is taken all the same; and for one without which it cannot be, nearly as long as a sender
 *  says it again that was not heard (CONFIRM of last_words.c). */
#define CHECKSUM 4000u
#define NEEDED_CHECKSUM 50000u
/** Octets a ms at which a sender on a slow disk reads what lies before a part. */
#define SLOW_DISK ((UINT64_C(16) << 20) / 1000)

/* ---- where the data goes ------------------------------------------------------------------- */

uint64_t jingle__file_position(const jingle_file_t *file)
{
    return file->range.offset + file->bytes;
}

int jingle__file_open_disk(jingle_file_t *file, const char *folder, const char *name, bool go_on)
{
    const jingle__files_t *files = jingle__files_of(file->jingle);

    if (file->has_sink)
        return JINGLE_EOK;
    folder = folder ? folder : files ? files->folder : NULL;
    if (!folder)
        return JINGLE_EINVAL;
    return jingle__resume_open(file, folder, name ? name : file->info.safe_name, go_on);
}

static int write_data(jingle_file_t *file, const void *data, size_t len)
{
    uint64_t offset = jingle__file_position(file);

    if (file->write)
        return file->write(file, offset, data, len, file->sink_userdata);
    return jingle__disk_write(&file->disk, offset, data, len);
}

static int finish_sink(jingle_file_t *file, bool whole)
{
    jingle_file_finish_fn finish = file->finish;

    file->finish = NULL;
    file->write = NULL;
    return finish ? finish(file, whole, file->sink_userdata) : JINGLE_EOK;
}

int jingle__file_keep(jingle_file_t *file)
{
    int err;

    if (!file->has_disk)
        return finish_sink(file, true);
    err = jingle__disk_commit(&file->disk);
    if (!err)
        jingle__resume_done(file);
    return err;
}

void jingle__file_discard(jingle_file_t *file)
{
    if (file->has_disk)
        jingle__resume_leave(file);
    else if (file->has_sink)
        finish_sink(file, false);
    file->has_disk = file->has_sink = false;
}

/* ---- all data is there --------------------------------------------------------------------- */

bool jingle__file_is_complete(const jingle_file_t *file)
{
    uint64_t octets = jingle__range_octets(file);

    return octets == JINGLE_FILE_SIZE_UNKNOWN ? file->stream_ended : file->bytes == octets;
}

static void on_no_hash(jingle_t *jingle, void *userdata)
{
    jingle_file_t *file = userdata;

    (void)jingle;
    file->timer = NULL;
    if (file->state == JINGLE__FILE_CHECKING)
        jingle__file_check(file, true);
}

static void finish(jingle_file_t *file)
{
    int err = jingle__file_keep(file);

    if (file->state != JINGLE__FILE_CHECKING)
        return;
    if (err) {
        jingle__file_fail_write(file, err);
        return;
    }
    file->state = JINGLE__FILE_FINISHED;
    jingle__last_words_due(file);
    jingle__last_words(file);
}

/** Before the rest, or its hash, comes a sender may read what lies before it, for the hash of the whole. */
static uint32_t and_to_read(const jingle_file_t *file, uint32_t ms)
{
    uint64_t reads = file->range.offset / SLOW_DISK;

    return reads < UINT32_MAX - 1 - ms ? ms + (uint32_t)reads : UINT32_MAX - 1;
}

/** Who has told the hash of the rest has told all it will. */
static bool has_told_the_rest(const jingle_file_t *file)
{
    bool any = false;

    for (size_t i = 0; i < file->n_range_told; i++)
        any |= file->range_told[i].len != 0;
    return any && file->has_prefix;
}

static uint32_t time_for_hash(const jingle_file_t *file, jingle__proof_t verdict)
{
    if (file->config.checksum_timeout)
        return file->config.checksum_timeout;
    return verdict == JINGLE__UNPROVEN && !has_told_the_rest(file) ? NEEDED_CHECKSUM : CHECKSUM;
}

jingle_file_outcome_t jingle__file_unproven(const jingle_file_t *file, jingle__proof_t proof)
{
    /* Of data whose hash was only announced nothing bad is known: what is sure of it stays. */
    return proof == JINGLE__UNPROVEN && !has_told_the_rest(file) &&
                   jingle__file_waits_for_hash(file)
               ? JINGLE_FILE_TIMEOUT
               : JINGLE_FILE_NOT_VERIFIED;
}

void jingle__file_check(jingle_file_t *file, bool last)
{
    bool waits = jingle__file_waits_for_hash(file);
    jingle__proof_t verdict = jingle__file_verify(file);

    if (!last && waits) {
        file->verified = false; /* by a weaker hash, perhaps */
        jingle__file_set_timer(file, time_for_hash(file, verdict), on_no_hash);
        return;
    }
    jingle_file_clone(file);
    if (verdict == JINGLE__RIGHT)
        finish(file);
    else if (jingle__file_unproven(file, verdict) == JINGLE_FILE_TIMEOUT)
        jingle__file_fail(file, JINGLE_FILE_TIMEOUT, JINGLE_REASON_TIMEOUT, "no hash came in time",
                          NULL);
    else
        jingle__file_fail(file, JINGLE_FILE_NOT_VERIFIED, JINGLE_REASON_MEDIA_ERROR,
                          verdict == JINGLE__WRONG ? "the hash of the data is not the one told"
                          : file->has_prefix       ? "no hash of the whole file was told"
                                                   : "no hash was told",
                          NULL);
    jingle_file_release(file);
}

/* ---- the channel --------------------------------------------------------------------------- */

static void on_idle(jingle_t *jingle, void *userdata)
{
    jingle_file_t *file = userdata;

    (void)jingle;
    file->timer = NULL;
    if (file->state != JINGLE__FILE_RUNNING)
        return;
    if (!file->moved && !file->paused) {
        jingle__file_fail(file, JINGLE_FILE_TIMEOUT, JINGLE_REASON_TIMEOUT,
                          "the sender sends no data", NULL);
        return;
    }
    file->moved = false;
    jingle__file_set_timer(file, file->config.idle_timeout, on_idle);
}

void jingle__file_await_data(jingle_file_t *file)
{
    uint32_t ms = file->config.idle_timeout;

    if (ms != UINT32_MAX && !file->bytes)
        ms = and_to_read(file, ms);
    jingle__file_set_timer(file, ms, on_idle);
}

static void on_lingered(jingle_t *jingle, void *userdata)
{
    jingle_file_t *file = userdata;

    (void)jingle;
    file->timer = NULL;
    if (file->state != JINGLE__FILE_CHECKING)
        return;
    file->stream_ended = true;
    jingle__file_check(file, false);
}

static void all_there(jingle_file_t *file)
{
    file->state = JINGLE__FILE_CHECKING;
    /* Nothing is left to be held back, and the sender waits for the answer to its last block. */
    if (file->paused)
        jingle_file_pause(file, false);
    if (file->state != JINGLE__FILE_CHECKING)
        return;
    if (file->stream_ended)
        jingle__file_check(file, false);
    else
        jingle__file_set_timer(file, LINGER, on_lingered);
}

static bool fits(const jingle_file_t *file, size_t len)
{
    uint64_t limit = jingle__range_octets(file);

    if (limit == JINGLE_FILE_SIZE_UNKNOWN && file->config.max_size)
        limit = file->config.max_size;
    return limit >= file->bytes && len <= limit - file->bytes;
}

static void receive(jingle_file_t *file, const void *data, size_t len)
{
    int err;

    if (!fits(file, len)) {
        jingle__file_fail(file, JINGLE_FILE_TOO_LARGE, JINGLE_REASON_MEDIA_ERROR,
                          "more data than announced or allowed", "file-too-large");
        return;
    }
    err = write_data(file, data, len);
    if (file->state != JINGLE__FILE_RUNNING)
        return;
    if (!err && jingle__range_update(file, data, len))
        err = JINGLE_EINT;
    if (err) {
        jingle__file_fail_write(file, err);
        return;
    }
    jingle__file_moved(file, len);
    jingle__resume_note(file);
    jingle__file_tell(file, file->config.on_progress);
    if (file->state != JINGLE__FILE_RUNNING)
        return;
    if (jingle__file_is_complete(file))
        all_there(file);
    else if (file->bytes == len && file->range.offset && !file->draining)
        jingle__file_await_data(file); /* the sender has read what lies before it */
}

static void on_data(jingle_channel_t *channel, const void *data, size_t len, void *userdata)
{
    jingle_file_t *file = userdata;

    (void)channel;
    if (!len || (file->state != JINGLE__FILE_RUNNING && file->state != JINGLE__FILE_CHECKING))
        return;
    jingle_file_clone(file);
    receive(file, data, len);
    jingle_file_release(file);
}

static void on_grace(jingle_t *jingle, void *userdata)
{
    jingle_file_t *file = userdata;

    (void)jingle;
    file->timer = NULL;
    jingle__file_fail(file, JINGLE_FILE_SHORT, JINGLE_REASON_MEDIA_ERROR,
                      "the data ended before the file was whole", NULL);
}

static void stream_ended(jingle_file_t *file, bool complete)
{
    file->stream_ended = complete;
    file->ended_while_hashing = file->hashing;
    if (file->hashing)
        return; /* a digest of half of what is there says nothing */
    if (file->state == JINGLE__FILE_RUNNING && jingle__file_is_complete(file))
        all_there(file);
    else if (file->state == JINGLE__FILE_RUNNING && complete)
        /* Who cancels closes the streams first (XEP-0261 section 2.5): the reason is on its way. */
        jingle__file_set_timer(file, GRACE, on_grace);
    else if (file->state == JINGLE__FILE_RUNNING)
        jingle__file_fail(file, JINGLE_FILE_DISCONNECTED, JINGLE_REASON_CONNECTIVITY_ERROR,
                          "the stream broke", NULL);
    else if (file->state == JINGLE__FILE_CHECKING)
        jingle__file_check(file, false);
}

static void on_closed(jingle_channel_t *channel, bool complete, void *userdata)
{
    jingle_file_t *file = userdata;

    (void)channel;
    jingle_file_clone(file);
    jingle__file_leave_channel(file);
    stream_ended(file, complete);
    jingle_file_release(file);
}

void jingle__file_receive_on(jingle_file_t *file)
{
    if (file->state == JINGLE__FILE_CHECKING) {
        jingle__file_check(file, false);
        return;
    }
    if (file->ended_while_hashing) {
        stream_ended(file, file->stream_ended);
        return;
    }
    jingle__file_await_data(file);
    if (file->state != JINGLE__FILE_RUNNING)
        return;
    if (jingle__file_is_complete(file))
        all_there(file);
    if (file->channel && !file->paused)
        jingle_channel_pause(file->channel, false);
}

const jingle_channel_sink_t jingle__file_receive_sink = {.data = on_data, .closed = on_closed};

unsigned jingle__file_algorithms(const jingle_file_t *file)
{
    unsigned bits = 0;

    for (size_t i = 0; i < file->info.n_hashes; i++)
        bits |= JINGLE_HASH_BIT(file->told[i].algo);
    return bits ? bits : JINGLE_HASH_BIT(JINGLE_HASH_SHA_256);
}

int jingle__file_receive_begin(jingle_file_t *file)
{
    int err =
        jingle__range_start(file, jingle__file_algorithms(file), !jingle__range_is_part(file));

    if (err || file->hashing)
        return err; /* what was kept is still being read: jingle__file_receive_on() follows */
    jingle__file_await_data(file);
    if (file->state == JINGLE__FILE_RUNNING && jingle__file_is_complete(file))
        all_there(file);
    return JINGLE_EOK;
}
