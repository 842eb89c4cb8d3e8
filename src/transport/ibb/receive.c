/* SPDX-License-Identifier: MIT */
/** @file
 *  In-band bytestreams from the peer: open, data, close (XEP-0047 sections 2.1 to 2.3). */
#include "stream.h"

static void refuse(jingle_reply_t *reply, const char *type, const char *condition)
{
    jingle_reply_error(reply, JINGLE_ERROR(.type = type, .condition = condition));
}

/** What is wrong with a block. Nobody is told of a message, so the stream is of no use any more
 *  (XEP-0047 section 2.2). */
static void refuse_block(jingle__ibb_stream_t *stream, jingle_reply_t *reply, const char *type,
                         const char *condition)
{
    if (reply) {
        refuse(reply, type, condition);
        return;
    }
    if (stream->state == JINGLE__IBB_CLOSED)
        return;
    jingle__ibb_send_last_close(stream);
    jingle__ibb_fail(stream, JINGLE_REASON_FAILED_TRANSPORT, "an in-band block cannot be used");
}

/* ---- open ---------------------------------------------------------------------------------- */

static void serve_open(jingle__ibb_stream_t *stream, xmpp_stanza_t *open, jingle_reply_t *reply)
{
    const char *stanza = xmpp_stanza_get_attribute(open, "stanza");
    uint32_t block_size;

    if (jingle__ibb_is_open_again(stream, reply)) {
        jingle_reply_ack(reply);
    } else if (stream->state != JINGLE__IBB_WAITING && stream->state != JINGLE__IBB_OPENING) {
        refuse(reply, "cancel", "unexpected-request");
    } else if (!jingle__ibb_block_size(xmpp_stanza_get_attribute(open, "block-size"),
                                       &block_size)) {
        refuse(reply, "modify", "bad-request");
    } else if (block_size != stream->block_size) {
        /* XEP-0261 section 2.2; the type as in XEP-0047 section 2.1. */
        refuse(reply, "modify", "resource-constraint");
    } else if (strcmp(stanza ? stanza : "iq", stream->by_message ? "message" : "iq") != 0) {
        refuse(reply, "cancel", "not-acceptable");
    } else {
        /* While our own open is under way this one will do: it is the same stream. */
        stream->state = JINGLE__IBB_OPEN;
        jingle__ibb_note_open(stream, reply);
        jingle__ibb_changed(stream);
        jingle_reply_ack(reply);
        if (stream->state == JINGLE__IBB_OPEN && !stream->channel)
            jingle__ibb_opened(stream);
    }
}

/* ---- data ---------------------------------------------------------------------------------- */

static bool read_seq(xmpp_stanza_t *data, uint16_t *seq)
{
    const char *text = xmpp_stanza_get_attribute(data, "seq");
    uint32_t number = 0;

    if (!text || !*text)
        return false;
    for (; *text; text++) {
        if (*text < '0' || *text > '9' || number > UINT16_MAX)
            return false;
        number = number * 10 + (uint32_t)(*text - '0');
    }
    *seq = (uint16_t)number;
    return number <= UINT16_MAX;
}

/** A block that was skipped is never seen again: the stream is of no use (XEP-0047 section 2.2). */
static void skipped(jingle__ibb_stream_t *stream, jingle_reply_t *reply)
{
    refuse(reply, "cancel", "unexpected-request");
    if (stream->state == JINGLE__IBB_CLOSED)
        return;
    jingle__ibb_send_last_close(stream);
    jingle__ibb_fail(stream, JINGLE_REASON_FAILED_TRANSPORT, "an in-band block is missing");
}

/** @return octets in stream->in; JINGLE_EPROTO when it was refused */
static long read_block(jingle__ibb_stream_t *stream, xmpp_stanza_t *data, jingle_reply_t *reply)
{
    long len;

    if (!stream->in)
        stream->in = stream->mem.alloc(stream->block_size, stream->mem.userdata);
    if (!stream->in) {
        refuse_block(stream, reply, "wait", "resource-constraint");
        return JINGLE_EPROTO;
    }
    len = jingle_element_child(data, NULL, NULL)
              ? JINGLE_EPROTO
              : jingle__ibb_decode(jingle_element_text(data), stream->in, stream->block_size);
    if (len >= 0)
        return len;
    refuse_block(stream, reply, "cancel", "bad-request");
    return JINGLE_EPROTO;
}

static void deliver(jingle__ibb_stream_t *stream, size_t len, const jingle_reply_t *reply)
{
    jingle_channel_t *channel = jingle_channel_clone(stream->channel);

    if (reply)
        jingle__ibb_note_block(stream, reply);
    stream->seq_in++;
    if (len)
        jingle_channel_deliver(channel, stream->in, len);
    jingle_channel_release(channel);
}

static void handle_data(jingle__ibb_stream_t *stream, xmpp_stanza_t *data, jingle_reply_t *reply)
{
    uint16_t seq;
    long len;

    if (!read_seq(data, &seq)) {
        refuse_block(stream, reply, "cancel", "bad-request");
        return;
    }
    if (seq != stream->seq_in) {
        /* Numbers wrap: half of the circle lies behind us. */
        if (reply && jingle__ibb_is_block_again(stream, seq, reply))
            jingle_reply_ack(reply);
        else if ((uint16_t)(seq - stream->seq_in) > UINT16_MAX / 2)
            refuse_block(stream, reply, "cancel", "unexpected-request");
        else
            skipped(stream, reply);
        return;
    }
    len = read_block(stream, data, reply);
    if (len < 0)
        return;
    deliver(stream, (size_t)len, reply);
    /* Not answering is all the back-pressure there is. */
    if (stream->paused && stream->state != JINGLE__IBB_CLOSED)
        stream->unacked = jingle_reply_clone(reply);
    else {
        jingle__ibb_changed(stream);
        jingle_reply_ack(reply);
    }
}

static void handle_close(jingle__ibb_stream_t *stream, jingle_reply_t *reply)
{
    /* XEP-0047 section 2.3: our own blocks under way come first; our own close is not needed. */
    stream->close_sent = true;
    if (stream->in_flight) {
        stream->state = JINGLE__IBB_CLOSING;
        if (!stream->close_reply)
            stream->close_reply = jingle_reply_clone(reply);
        else
            jingle_reply_ack(reply);
        return;
    }
    jingle_reply_ack(reply);
    if (stream->state != JINGLE__IBB_CLOSED)
        jingle__ibb_ended(stream, true);
}

/* ---- one after the other ------------------------------------------------------------------- */

static bool is_live(const jingle__ibb_stream_t *stream)
{
    return stream->state == JINGLE__IBB_OPEN || stream->state == JINGLE__IBB_CLOSING;
}

static void handle(jingle__ibb_stream_t *stream, xmpp_stanza_t *payload, jingle_reply_t *reply)
{
    stream->handling = true;
    if (!is_live(stream))
        refuse(reply, "cancel", "item-not-found");
    else if (!strcmp(xmpp_stanza_get_name(payload), "data"))
        handle_data(stream, payload, reply);
    else
        handle_close(stream, reply);
    stream->handling = false;
}

static void hold(jingle__ibb_stream_t *stream, xmpp_stanza_t *stanza, xmpp_stanza_t *payload,
                 jingle_reply_t *reply)
{
    jingle__ibb_held_t *held = NULL;

    if (stream->n_held < JINGLE__IBB_HELD_MAX)
        held = jingle__ibb_alloc(&stream->mem, sizeof *held);
    if (!held) {
        refuse_block(stream, reply, "wait", "resource-constraint");
        return;
    }
    held->reply = jingle_reply_clone(reply);
    held->message = reply ? NULL : xmpp_stanza_clone(stanza);
    held->payload = payload;
    *stream->held_tail = held;
    stream->held_tail = &held->next;
    stream->n_held++;
}

static jingle__ibb_held_t *take(jingle__ibb_stream_t *stream)
{
    jingle__ibb_held_t *held = stream->held;

    stream->held = held->next;
    if (!stream->held)
        stream->held_tail = &stream->held;
    stream->n_held--;
    return held;
}

static void drop(jingle__ibb_stream_t *stream, jingle__ibb_held_t *held)
{
    jingle_reply_release(held->reply);
    if (held->message)
        xmpp_stanza_release(held->message);
    jingle__ibb_free(&stream->mem, held);
}

static void go_on(jingle__ibb_stream_t *stream)
{
    jingle__ibb_ref(stream);
    while (stream->held && !stream->paused && !stream->handling) {
        jingle__ibb_held_t *held = take(stream);

        handle(stream, held->payload, held->reply);
        drop(stream, held);
    }
    jingle__ibb_unref(stream);
}

void jingle__ibb_pause(jingle__ibb_stream_t *stream, bool paused)
{
    jingle_reply_t *reply = stream->unacked;

    stream->paused = paused;
    if (paused)
        return;
    jingle__ibb_ref(stream);
    stream->unacked = NULL;
    if (reply) {
        jingle__ibb_changed(stream);
        jingle_reply_ack(reply);
    }
    jingle_reply_release(reply);
    go_on(stream);
    jingle__ibb_unref(stream);
}

void jingle__ibb_drop_held(jingle__ibb_stream_t *stream)
{
    jingle_reply_t *done[2] = {stream->unacked, stream->close_reply};

    stream->unacked = NULL;
    stream->close_reply = NULL;
    for (size_t i = 0; i < 2; i++) {
        if (done[i])
            jingle_reply_ack(done[i]);
        jingle_reply_release(done[i]);
    }
    while (stream->held) {
        jingle__ibb_held_t *held = take(stream);

        refuse(held->reply, "cancel", "item-not-found");
        drop(stream, held);
    }
}

/* ---- the door ------------------------------------------------------------------------------ */

static jingle__ibb_stream_t *lookup(jingle__ibb_registry_t *registry, jingle_t *jingle,
                                    xmpp_stanza_t *stanza, const char *sid)
{
    const char *from = xmpp_stanza_get_from(stanza), *to = xmpp_stanza_get_to(stanza);
    jingle__ibb_stream_t *stream;

    if (!from)
        return NULL;
    stream = jingle__ibb_registry_find(registry, to ? to : jingle_get_jid(jingle), from, sid);
    /* A session may have been made before our own JID was known. */
    return stream ? stream : jingle__ibb_registry_find(registry, NULL, from, sid);
}

/** A block of ours that went by message has come back. */
static void bounced(jingle__ibb_stream_t *stream)
{
    if (!is_live(stream))
        return;
    jingle__ibb_send_last_close(stream);
    jingle__ibb_fail(stream, JINGLE_REASON_CONNECTIVITY_ERROR, "an in-band block was refused");
}

/** Restored, we open it again; who sends, or closes, has had it opened before. */
static bool is_open_there(const jingle__ibb_stream_t *stream)
{
    return stream->repeats && stream->state == JINGLE__IBB_OPENING;
}

static void serve_stream(jingle__ibb_stream_t *stream, xmpp_stanza_t *stanza,
                         xmpp_stanza_t *payload, jingle_reply_t *reply)
{
    if (is_open_there(stream))
        jingle__ibb_opened(stream);
    if (!is_live(stream)) {
        refuse(reply, "cancel", "item-not-found");
    } else if (stream->paused || stream->handling || stream->held) {
        hold(stream, stanza, payload, reply);
    } else {
        handle(stream, payload, reply);
        go_on(stream);
    }
}

static void serve(jingle__ibb_stream_t *stream, xmpp_stanza_t *stanza, xmpp_stanza_t *payload,
                  jingle_reply_t *reply)
{
    const char *name = xmpp_stanza_get_name(payload), *type = xmpp_stanza_get_type(stanza);

    if (!reply && (strcmp(name, "data") != 0 || (type && strcmp(type, "error") == 0))) {
        if (strcmp(name, "data") == 0)
            bounced(stream);
    } else if (!strcmp(name, "open")) {
        serve_open(stream, payload, reply);
    } else if (strcmp(name, "data") && strcmp(name, "close")) {
        refuse(reply, "cancel", "bad-request");
    } else {
        serve_stream(stream, stanza, payload, reply);
    }
}

void jingle__ibb_serve(jingle_t *jingle, xmpp_stanza_t *stanza, xmpp_stanza_t *payload,
                       jingle_reply_t *reply, void *userdata)
{
    const char *sid = xmpp_stanza_get_attribute(payload, "sid");
    jingle__ibb_stream_t *stream;

    if (!sid) {
        refuse(reply, "cancel", "bad-request");
        return;
    }
    stream = lookup(userdata, jingle, stanza, sid);
    if (!stream) {
        refuse(reply, "cancel", "item-not-found");
        return;
    }
    jingle__ibb_ref(stream);
    serve(stream, stanza, payload, reply);
    jingle__ibb_unref(stream);
}
