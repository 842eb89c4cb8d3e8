/* SPDX-License-Identifier: MIT */
/** @file
 *  In-band bytestreams towards the peer: open, data, close (XEP-0047 sections 2.1 to 2.3). */
#include "stream.h"

#include <stdio.h>

/** Room for an element without data, sid aside. */
#define ELEMENT_SIZE 128u
/** When to look again: for a peer that is sent messages, for a connection that is slow. */
#define PUMP_MS 1u
#define CROWDED_MS 5u
#define OFFLINE_MS 250u

static int request(jingle__ibb_stream_t *stream, const char *xml, jingle_answer_fn on_answer)
{
    int err = jingle_request(
        stream->jingle, JINGLE_REQUEST(.to = stream->peer, .own = stream->own, .xml = xml,
                                       .timeout = stream->request_timeout, .on_answer = on_answer,
                                       .userdata = on_answer ? jingle__ibb_ref(stream) : NULL));

    if (err && on_answer)
        jingle__ibb_unref(stream);
    return err;
}

/** Sends `<open/>` or `<close/>`; attrs are its other attributes. */
static int send_element(jingle__ibb_stream_t *stream, const char *name, const char *attrs,
                        jingle_answer_fn on_answer)
{
    size_t size = strlen(stream->sid_xml) + ELEMENT_SIZE;
    char *xml = jingle__ibb_alloc(&stream->mem, size);
    int err;

    if (!xml)
        return JINGLE_EMEM;
    snprintf(xml, size, "<%s xmlns='" JINGLE_NS_IBB "' sid='%s'%s/>", name, stream->sid_xml, attrs);
    err = request(stream, xml, on_answer);
    jingle__ibb_free(&stream->mem, xml);
    return err;
}

/* ---- open ---------------------------------------------------------------------------------- */

static bool is_too_large(const jingle_answer_t *answer)
{
    return answer->type == JINGLE_ANSWER_ERROR && answer->error->condition &&
           strcmp(answer->error->condition, "resource-constraint") == 0;
}

/** Restored, we have sent again what the peer has already: it says so. */
static bool is_repetition(const jingle__ibb_stream_t *stream, const jingle_answer_t *answer)
{
    return stream->repeats && answer->type == JINGLE_ANSWER_ERROR && answer->error->condition &&
           !strcmp(answer->error->condition, "unexpected-request");
}

static void on_open_answer(jingle_t *jingle, const jingle_answer_t *answer, void *userdata)
{
    jingle__ibb_stream_t *stream = userdata;

    (void)jingle;
    if (stream->state != JINGLE__IBB_OPENING || answer->type == JINGLE_ANSWER_DROPPED)
        goto out;
    /* Restored: it may have been opened before. */
    if (answer->type == JINGLE_ANSWER_RESULT || is_repetition(stream, answer))
        jingle__ibb_opened(stream);
    else if (is_too_large(answer) && stream->block_size / 2 >= JINGLE__IBB_BLOCK_MIN) {
        /* XEP-0047 section 2.1: it may be tried again with smaller blocks. */
        stream->block_size /= 2;
        if (jingle__ibb_send_open(stream) != JINGLE_EOK)
            jingle__ibb_fail(stream, JINGLE_REASON_FAILED_TRANSPORT, NULL);
    } else
        jingle__ibb_fail(stream, JINGLE_REASON_FAILED_TRANSPORT, jingle_error_words(answer->error));
out:
    jingle__ibb_unref(stream);
}

int jingle__ibb_send_open(jingle__ibb_stream_t *stream)
{
    char attrs[64];

    stream->state = JINGLE__IBB_OPENING;
    jingle__ibb_changed(stream);
    if (stream->state != JINGLE__IBB_OPENING)
        return JINGLE_EOK;
    snprintf(attrs, sizeof attrs, " block-size='%u' stanza='%s'", (unsigned)stream->block_size,
             stream->by_message ? "message" : "iq");
    return send_element(stream, "open", attrs, on_open_answer);
}

/* ---- data ---------------------------------------------------------------------------------- */

bool jingle__ibb_block_add(jingle__ibb_stream_t *stream, const void *data, size_t len, size_t room)
{
    jingle__ibb_block_t *block = stream->spare;

    stream->spare = NULL;
    if (block && block->room < len) {
        jingle__ibb_free(&stream->mem, block);
        block = NULL;
    }
    if (!block) {
        block = stream->mem.alloc(sizeof *block + room, stream->mem.userdata);
        if (!block)
            return false;
        block->room = room;
    }
    block->next = NULL;
    block->len = len;
    memcpy(block->data, data, len);
    *stream->blocks_tail = block;
    stream->blocks_tail = &block->next;
    return true;
}

/** Answers come in the order of the blocks. */
static void block_answered(jingle__ibb_stream_t *stream)
{
    jingle__ibb_block_t *block = stream->blocks;

    stream->in_flight--;
    if (!block)
        return;
    if (stream->again == block)
        stream->again = block->next;
    stream->blocks = block->next;
    if (!block->next)
        stream->blocks_tail = &stream->blocks;
    jingle__ibb_free(&stream->mem, stream->spare);
    stream->spare = block;
}

void jingle__ibb_blocks_clear(jingle__ibb_stream_t *stream)
{
    while (stream->blocks)
        block_answered(stream);
    jingle__ibb_free(&stream->mem, stream->spare);
    stream->spare = NULL;
}

static void on_data_answer(jingle_t *jingle, const jingle_answer_t *answer, void *userdata)
{
    jingle__ibb_stream_t *stream = userdata;
    bool known = is_repetition(stream, answer);

    (void)jingle;
    block_answered(stream);
    if (known || answer->type == JINGLE_ANSWER_RESULT) {
        stream->repeats = known;
        jingle__ibb_confirmed(stream);
        jingle__ibb_drained(stream);
        jingle__ibb_unref(stream);
        return;
    }
    switch (answer->type) {
    case JINGLE_ANSWER_ERROR:
        /* XEP-0047 section 2.2: the sender closes a stream whose block was refused. */
        if (stream->state != JINGLE__IBB_CLOSED)
            jingle__ibb_send_last_close(stream);
        jingle__ibb_fail(stream, JINGLE_REASON_CONNECTIVITY_ERROR,
                         jingle_error_words(answer->error));
        break;
    case JINGLE_ANSWER_TIMEOUT:
        jingle__ibb_fail(stream, JINGLE_REASON_TIMEOUT, "the peer did not answer an in-band block");
        break;
    default:
        break;
    }
    jingle__ibb_unref(stream);
}

/** Room for one block: made once, by the first. */
static bool have_block(jingle__ibb_stream_t *stream)
{
    if (!stream->out)
        stream->out = stream->mem.alloc(strlen(stream->sid_xml) + ELEMENT_SIZE +
                                            JINGLE__BASE64_SIZE(stream->block_size),
                                        stream->mem.userdata);
    return stream->out != NULL;
}

static void write_block(jingle__ibb_stream_t *stream, uint16_t seq, const void *data, size_t len)
{
    size_t at = (size_t)sprintf(stream->out, "<data xmlns='" JINGLE_NS_IBB "' seq='%u' sid='%s'>",
                                (unsigned)seq, stream->sid_xml);

    at += jingle__ibb_encode(data, len, stream->out + at);
    memcpy(stream->out + at, "</data>", sizeof "</data>");
}

/** The block that was added last, and cannot be sent. */
static void drop_last(jingle__ibb_stream_t *stream)
{
    jingle__ibb_block_t **at = &stream->blocks;

    while (*at && (*at)->next)
        at = &(*at)->next;
    jingle__ibb_free(&stream->mem, *at);
    *at = NULL;
    stream->blocks_tail = at;
}

static int send_block(jingle__ibb_stream_t *stream, const void *data, size_t len)
{
    int err;

    /* A message is not answered: there is nothing to send it again by. */
    if (!have_block(stream) ||
        (!stream->by_message && !jingle__ibb_block_add(stream, data, len, stream->block_size)))
        return JINGLE_EMEM;
    write_block(stream, stream->seq_out, data, len);
    /* Counted before it is sent: the answer may be there before jingle_request() returns. The
     * number wraps after 65,535 (XEP-0047 section 2.2). */
    stream->seq_out++;
    stream->in_flight++;
    stream->ahead += len;
    err = stream->by_message
              ? jingle_send_message(stream->jingle, stream->peer, stream->own, stream->out)
              : request(stream, stream->out, on_data_answer);
    if (err) {
        stream->seq_out--;
        stream->in_flight--;
        stream->ahead -= len;
        if (!stream->by_message)
            drop_last(stream);
    }
    return err;
}

/* ---- not too much at once -------------------------------------------------------------------- */

static void on_pump(jingle_t *jingle, void *userdata);

static bool is_crowded(const jingle__ibb_stream_t *stream)
{
    return jingle_get_backlog(stream->jingle) >= JINGLE__IBB_BACKLOG_MAX;
}

/** Once it is not at work any more the manager may be gone. */
static bool is_at_work(const jingle__ibb_stream_t *stream)
{
    return stream->state == JINGLE__IBB_OPEN || stream->state == JINGLE__IBB_CLOSING;
}

/** Of a stream that is over, or being stopped, nobody would stop it: the program, which is asked for the
 *  backlog or sends, may have ended the session there. */
static bool start_pump(jingle__ibb_stream_t *stream)
{
    uint64_t wait = PUMP_MS;

    if (stream->offline)
        wait = OFFLINE_MS;
    else if (is_at_work(stream) && is_crowded(stream))
        wait = CROWDED_MS;
    if (!is_at_work(stream) || !stream->registry)
        return false;
    return stream->pump ||
           jingle_timer_start(stream->jingle, wait, on_pump, stream, &stream->pump) == JINGLE_EOK;
}

/** Time has passed: blocks that went by message have left if the connection says so. */
static void on_pump(jingle_t *jingle, void *userdata)
{
    jingle__ibb_stream_t *stream = userdata;

    (void)jingle;
    stream->pump = NULL;
    stream->offline = false; /* for all we know */
    jingle__ibb_ref(stream);
    if (!is_crowded(stream) || !start_pump(stream)) {
        if (stream->by_message)
            stream->in_flight = 0;
        jingle__ibb_drained(stream);
    }
    jingle__ibb_unref(stream);
}

/** @return whether one more block may go now; if not, something will call jingle__ibb_drained() */
static bool has_room(jingle__ibb_stream_t *stream)
{
    if (stream->by_message)
        return start_pump(stream) && stream->in_flight < stream->window && !is_crowded(stream);
    if (stream->in_flight >= stream->window)
        return false;
    return !is_crowded(stream) || (!stream->in_flight && !start_pump(stream));
}

/** The connection is down. Where an answer is still to come that goes on with it, if anything does. */
static void try_later(jingle__ibb_stream_t *stream)
{
    stream->offline = true;
    jingle_timer_cancel(stream->pump);
    stream->pump = NULL;
    if (stream->by_message || !stream->in_flight)
        start_pump(stream);
}

void jingle__ibb_repeat(jingle__ibb_stream_t *stream)
{
    uint16_t seq = (uint16_t)(stream->seq_out - stream->in_flight);
    int err = !stream->in_flight || have_block(stream) ? JINGLE_EOK : JINGLE_EMEM;

    /* Answers may come while it goes on, and take blocks out of the list. */
    stream->again = stream->blocks;
    for (; !err && stream->again && is_at_work(stream); seq++) {
        const jingle__ibb_block_t *block = stream->again;

        stream->again = block->next;
        write_block(stream, seq, block->data, block->len);
        err = request(stream, stream->out, on_data_answer);
    }
    stream->again = NULL;
    if (err)
        jingle__ibb_fail(stream, JINGLE_REASON_FAILED_TRANSPORT, jingle_strerror(err));
}

/** A short block only where nothing else was taken of the same call. So blocks are cut in the same places
 *  again by a sender who was restored from an older state and hands in the same data: what number a
 *  block has says which octets are in it (save.c). @return whether more comes, and later */
static bool is_for_later(jingle__ibb_stream_t *stream, size_t taken, size_t left)
{
    return taken && left < stream->block_size && (stream->in_flight || start_pump(stream));
}

long jingle__ibb_send(jingle__ibb_stream_t *stream, const void *data, size_t len)
{
    /* What was in blocks when the session was saved inside of this very call is there already. */
    uint64_t ahead = stream->ahead;
    const char *from = data;
    size_t taken = ahead < len ? (size_t)ahead : len, first = taken;
    int err = JINGLE_EOK;

    if (stream->state != JINGLE__IBB_OPEN)
        return JINGLE_EINVOP;
    if (stream->sending)
        return 0;
    stream->sending = true;
    jingle__ibb_ref(stream);
    /* The state again at last: the program was asked for the backlog. */
    while (taken < len && stream->state == JINGLE__IBB_OPEN && has_room(stream) &&
           !is_for_later(stream, taken, len - taken) && stream->state == JINGLE__IBB_OPEN) {
        size_t block = len - taken < stream->block_size ? len - taken : stream->block_size;

        err = send_block(stream, from + taken, block);
        if (err)
            break;
        taken += block;
    }
    stream->sending = false;
    stream->ahead = ahead - first;
    stream->writable_owed = taken < len;
    if (err == JINGLE_ESEND)
        try_later(stream);
    if (!taken && stream->state != JINGLE__IBB_OPEN)
        err = JINGLE_EINVOP;
    else if (err == JINGLE_ESEND)
        err = JINGLE_EOK;
    else if (err)
        err = JINGLE_EIO;
    jingle__ibb_unref(stream);
    return taken || !err ? (long)taken : err;
}

void jingle__ibb_drained(jingle__ibb_stream_t *stream)
{
    if (stream->state == JINGLE__IBB_OPEN && stream->writable_owed && !stream->sending) {
        stream->writable_owed = false;
        jingle_channel_deliver_writable(stream->channel);
        return;
    }
    if (stream->state == JINGLE__IBB_CLOSING && stream->close_reply && !stream->in_flight) {
        jingle_reply_t *reply = stream->close_reply;

        stream->close_reply = NULL;
        jingle_reply_ack(reply);
        jingle_reply_release(reply);
        jingle__ibb_ended(stream, true);
    } else if (stream->state == JINGLE__IBB_CLOSING && !stream->close_sent) {
        jingle__ibb_close(stream);
    }
}

/* ---- close --------------------------------------------------------------------------------- */

static void on_close_answer(jingle_t *jingle, const jingle_answer_t *answer, void *userdata)
{
    jingle__ibb_stream_t *stream = userdata;

    (void)jingle;
    /* All blocks were answered before close was sent, so an error (the peer has closed by itself
     * and knows the stream no more) takes nothing away. */
    if (stream->state != JINGLE__IBB_CLOSED && answer->type != JINGLE_ANSWER_DROPPED)
        jingle__ibb_ended(stream, answer->type != JINGLE_ANSWER_TIMEOUT);
    jingle__ibb_unref(stream);
}

void jingle__ibb_close(jingle__ibb_stream_t *stream)
{
    if (stream->state == JINGLE__IBB_OPEN)
        stream->state = JINGLE__IBB_CLOSING;
    if (stream->state != JINGLE__IBB_CLOSING || stream->in_flight || stream->close_sent)
        return;
    stream->close_sent = true;
    jingle__ibb_ref(stream);
    jingle__ibb_changed(stream);
    if (stream->state == JINGLE__IBB_CLOSING && send_element(stream, "close", "", on_close_answer))
        jingle__ibb_ended(stream, false);
    jingle__ibb_unref(stream);
}

void jingle__ibb_send_last_close(jingle__ibb_stream_t *stream)
{
    if (stream->close_sent)
        return;
    stream->close_sent = true;
    send_element(stream, "close", "", NULL);
}
