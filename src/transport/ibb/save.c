/* SPDX-License-Identifier: MIT */
/** @file
 *  In-band bytestreams that outlive the process. Blocks that were not answered are sent again, with
 *  their numbers: a receiver that has one already says so, and is believed (XEP-0047 section 2.2
 *  gives the error for that). So an older saved state does for a sender, as long as a number means the
 *  same octets in both lives (is_for_later()). A receiver's must be that of the last block it has
 *  answered, which is why it is told of before the answer leaves. Where that answer is lost with the
 *  process the block comes again, under the same id: it is answered, not taken twice. */
#include "stream.h"

/** Blocks answered between two events of a sender's: an older state does, see above. */
#define SENDER_CHANGES 64u

void jingle__ibb_changed(jingle__ibb_stream_t *stream)
{
    if (stream->part)
        jingle_session_changed(jingle_part_get_session(stream->part));
}

void jingle__ibb_confirmed(jingle__ibb_stream_t *stream)
{
    if (++stream->confirmed % SENDER_CHANGES == 0)
        jingle__ibb_changed(stream);
}

/* ---- what the peer may say again ----------------------------------------------------------- */

/** FNV-1a: the same in every process. Who makes two ids that collide deceives himself. */
static uint64_t hash_of(const jingle_reply_t *reply)
{
    const char *id = xmpp_stanza_get_id(jingle_reply_get_stanza(reply));
    uint64_t hash = 14695981039346656037u;

    if (!id)
        return 0;
    for (; *id; id++)
        hash = (hash ^ (unsigned char)*id) * 1099511628211u;
    return hash | 1;
}

void jingle__ibb_note_open(jingle__ibb_stream_t *stream, const jingle_reply_t *reply)
{
    stream->opened = hash_of(reply);
    stream->open_known = false;
}

void jingle__ibb_note_block(jingle__ibb_stream_t *stream, const jingle_reply_t *reply)
{
    unsigned slot = stream->seq_in % JINGLE__IBB_TAKEN;

    stream->taken[slot] = hash_of(reply);
    stream->known &= ~(1u << slot);
}

bool jingle__ibb_is_open_again(jingle__ibb_stream_t *stream, const jingle_reply_t *reply)
{
    if (!stream->open_known || stream->opened != hash_of(reply))
        return false;
    stream->open_known = false;
    return true;
}

bool jingle__ibb_is_block_again(jingle__ibb_stream_t *stream, uint16_t seq,
                                const jingle_reply_t *reply)
{
    unsigned slot = seq % JINGLE__IBB_TAKEN;

    if ((uint16_t)(stream->seq_in - 1 - seq) >= JINGLE__IBB_TAKEN || !(stream->known >> slot & 1) ||
        stream->taken[slot] != hash_of(reply))
        return false;
    stream->known &= ~(1u << slot);
    return true;
}

/** The blocks' in the order of their numbers. */
static void save_taken(jingle_save_t *save, const jingle__ibb_stream_t *stream)
{
    jingle_save_number(save, stream->opened);
    for (unsigned i = 0; i < JINGLE__IBB_TAKEN; i++)
        jingle_save_number(save, stream->taken[(stream->seq_in + i) % JINGLE__IBB_TAKEN]);
}

static void load_taken(jingle__ibb_stream_t *stream, jingle_load_t *load)
{
    if (jingle_load_is_done(load)) /* an older library has written it */
        return;
    stream->opened = jingle_load_number(load, UINT64_MAX);
    stream->open_known = stream->opened != 0;
    for (unsigned i = 0; i < JINGLE__IBB_TAKEN; i++) {
        unsigned slot = (stream->seq_in + i) % JINGLE__IBB_TAKEN;

        stream->taken[slot] = jingle_load_number(load, UINT64_MAX);
        stream->known |= (stream->taken[slot] ? 1u : 0u) << slot;
    }
    stream->ahead = jingle_load_number(load, UINT64_MAX);
}

/* ---- writing ------------------------------------------------------------------------------- */

int jingle__ibb_save(void *self, jingle_save_t *save)
{
    const jingle__ibb_stream_t *stream = self;

    /* Which of the blocks have arrived that went by message nobody knows. */
    if (stream->by_message || stream->next)
        return JINGLE_ENOENT;
    /* One that was restored and has not gone on yet is what it was. */
    jingle_save_number(save, stream->resumes ? stream->was : stream->state);
    jingle_save_text(save, stream->sid);
    jingle_save_number(save, stream->block_size);
    jingle_save_number(save, stream->opener);
    jingle_save_number(save, stream->close_sent);
    jingle_save_number(save, stream->done_owed);
    jingle_save_number(save, stream->seq_in);
    jingle_save_number(save, (uint16_t)(stream->seq_out - stream->in_flight));
    jingle_save_number(save, stream->in_flight);
    for (const jingle__ibb_block_t *block = stream->blocks; block; block = block->next)
        jingle_save_octets(save, block->data, block->len);
    save_taken(save, stream);
    jingle_save_number(save, stream->ahead);
    return JINGLE_EOK;
}

/* ---- reading ------------------------------------------------------------------------------- */

static int load_blocks(jingle__ibb_stream_t *stream, jingle_load_t *load)
{
    /* As many as there is room for: each takes the number of its length at least. */
    uint64_t n = jingle_load_number(load, (uint64_t)(load->end - load->at) / sizeof(uint64_t));

    for (uint64_t i = 0; i < n; i++) {
        size_t len;
        const void *data = jingle_load_octets(load, &len);

        if (!data || !len || len > stream->block_size)
            return JINGLE_EDATA;
        if (!jingle__ibb_block_add(stream, data, len, len))
            return JINGLE_EMEM;
    }
    stream->in_flight = (uint32_t)n;
    stream->seq_out = (uint16_t)(stream->seq_out + n);
    return JINGLE_EOK;
}

static int load_stream(jingle__ibb_stream_t *stream, jingle_load_t *load)
{
    const char *sid;

    stream->was = (jingle__ibb_state_t)jingle_load_number(load, JINGLE__IBB_CLOSED);
    stream->resumes = stream->was != JINGLE__IBB_NEW;
    sid = jingle_load_text(load, JINGLE_SAVE_MAX);
    stream->block_size = (uint32_t)jingle_load_number(load, JINGLE__IBB_BLOCK_MAX);
    stream->opener = jingle_load_number(load, 1);
    stream->close_sent = jingle_load_number(load, 1);
    stream->done_owed = jingle_load_number(load, 1);
    stream->seq_in = (uint16_t)jingle_load_number(load, UINT16_MAX);
    stream->seq_out = (uint16_t)jingle_load_number(load, UINT16_MAX);
    /* One that was closed early has none and needs none. */
    if (load->failed || !stream->block_size || (sid && !*sid) ||
        (!sid && stream->resumes && stream->was != JINGLE__IBB_CLOSED))
        return JINGLE_EDATA;
    if (sid && !(stream->sid = jingle__ibb_copy(&stream->mem, sid)))
        return JINGLE_EMEM;
    return load_blocks(stream, load);
}

int jingle__ibb_restore(jingle_part_t *part, void *userdata, jingle_load_t *load, void **self)
{
    jingle__ibb_stream_t *stream = NULL;
    int err = jingle__ibb_stream_new(part, userdata, &stream);

    if (err)
        return err;
    stream->by_message = false; /* none that goes by messages is saved, whatever new ones do */
    err = load_stream(stream, load);
    if (!err)
        load_taken(stream, load);
    if (!err && !jingle_load_is_done(load))
        err = JINGLE_EDATA;
    if (err)
        jingle__ibb_unref(stream);
    else
        *self = stream;
    return err;
}

/* ---- going on ------------------------------------------------------------------------------ */

static int go_on(jingle__ibb_stream_t *stream)
{
    switch (stream->was) {
    case JINGLE__IBB_WAITING:
        stream->state = JINGLE__IBB_WAITING;
        return JINGLE_EOK;
    case JINGLE__IBB_OPENING:
        return jingle__ibb_send_open(stream);
    case JINGLE__IBB_OPEN:
        stream->state = JINGLE__IBB_OPEN;
        break;
    default:
        stream->state = JINGLE__IBB_CLOSING;
    }
    jingle__ibb_ref(stream);
    jingle__ibb_repeat(stream);
    if (stream->state == JINGLE__IBB_OPEN)
        jingle__ibb_opened(stream);
    else if (stream->state == JINGLE__IBB_CLOSING) {
        stream->close_sent = false; /* whether it has arrived is not known, and twice is no harm */
        jingle__ibb_close(stream);
    }
    jingle__ibb_unref(stream);
    return JINGLE_EOK;
}

int jingle__ibb_resume(void *self)
{
    jingle__ibb_stream_t *stream = self;
    int err;

    stream->resumes = false;
    stream->repeats = true;
    if (stream->was == JINGLE__IBB_CLOSED) {
        /* Who waits for more than its data is not disturbed. */
        stream->state = JINGLE__IBB_CLOSED;
        jingle_part_done(stream->part);
        return JINGLE_EOK;
    }
    err = jingle__ibb_enlist(stream, jingle_get_module(stream->jingle, &jingle__ibb_module));
    return err ? err : go_on(stream);
}
