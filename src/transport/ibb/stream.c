/* SPDX-License-Identifier: MIT */
/** @file
 *  Life of an in-band bytestream: made with its part, started, open, closed. */
#include "stream.h"

/* ---- the channel --------------------------------------------------------------------------- */

static long channel_send(jingle_channel_t *channel, const void *data, size_t len, void *self)
{
    (void)channel;
    return jingle__ibb_send(self, data, len);
}

static void channel_pause(jingle_channel_t *channel, bool paused, void *self)
{
    (void)channel;
    jingle__ibb_pause(self, paused);
}

static void channel_close(jingle_channel_t *channel, void *self)
{
    (void)channel;
    jingle__ibb_close(self);
}

static void channel_free(void *self)
{
    jingle__ibb_unref(self);
}

static const jingle_channel_ops_t channel_ops = {
    .size = sizeof channel_ops,
    .send = channel_send,
    .pause = channel_pause,
    .close = channel_close,
    .free = channel_free,
};

/* ---- references ---------------------------------------------------------------------------- */

int jingle__ibb_stream_new(jingle_part_t *part, jingle__ibb_registry_t *registry,
                           jingle__ibb_stream_t **out)
{
    jingle__ibb_stream_t *stream = jingle__ibb_alloc(&registry->mem, sizeof *stream);
    const jingle_ibb_t *config = &registry->config;

    if (!stream)
        return JINGLE_EMEM;
    stream->mem = registry->mem;
    stream->refs = 1;
    stream->jingle = jingle_part_get_manager(part);
    stream->part = part;
    stream->first = stream;
    stream->component = 1;
    stream->block_size = config->block_size;
    stream->max_block_size = config->max_block_size;
    stream->window = config->window;
    stream->by_message = config->by_message;
    stream->request_timeout = config->request_timeout;
    stream->paused = true;
    stream->held_tail = &stream->held;
    stream->blocks_tail = &stream->blocks;
    *out = stream;
    return JINGLE_EOK;
}

jingle__ibb_stream_t *jingle__ibb_ref(jingle__ibb_stream_t *stream)
{
    stream->refs++;
    return stream;
}

void jingle__ibb_unref(jingle__ibb_stream_t *stream)
{
    xmpp_mem_t mem = stream->mem;

    if (--stream->refs)
        return;
    jingle__ibb_free(&mem, stream->key);
    jingle__ibb_free(&mem, stream->sid);
    jingle__ibb_free(&mem, stream->sid_xml);
    jingle__ibb_free(&mem, stream->out);
    jingle__ibb_blocks_clear(stream);
    jingle__ibb_free(&mem, stream->in);
    jingle__ibb_free(&mem, stream);
}

/* ---- start and end ------------------------------------------------------------------------- */

int jingle__ibb_enlist(jingle__ibb_stream_t *stream, jingle__ibb_registry_t *registry)
{
    jingle_session_t *session = jingle_part_get_session(stream->part);

    if (stream->state != JINGLE__IBB_NEW || !stream->sid)
        return JINGLE_EINVOP;
    stream->sid_xml = jingle__ibb_escape(&stream->mem, stream->sid);
    if (!stream->sid_xml)
        return JINGLE_EMEM;
    return jingle__ibb_registry_add(registry, stream, jingle_session_get_own(session),
                                    jingle_session_get_peer(session));
}

int jingle__ibb_start(jingle__ibb_stream_t *stream, jingle__ibb_registry_t *registry)
{
    int err = jingle__ibb_enlist(stream, registry);

    if (err)
        return err;
    stream->state = JINGLE__IBB_WAITING;
    if (stream->opener)
        err = jingle__ibb_send_open(stream);
    if (err)
        jingle__ibb_shut(stream);
    return err;
}

void jingle__ibb_opened(jingle__ibb_stream_t *stream)
{
    jingle_channel_t *channel;

    stream->state = JINGLE__IBB_OPEN;
    channel = jingle_channel_new(stream->jingle, &channel_ops, JINGLE_FLOW_STREAM,
                                 stream->component, false, jingle__ibb_ref(stream));
    if (!channel) {
        jingle__ibb_unref(stream);
        jingle__ibb_send_last_close(stream);
        jingle__ibb_fail(stream, JINGLE_REASON_FAILED_TRANSPORT, "out of memory");
        return;
    }
    stream->channel = jingle_channel_clone(channel);
    jingle_part_open(stream->part, channel);
}

void jingle__ibb_shut(jingle__ibb_stream_t *stream)
{
    jingle_channel_t *channel = stream->channel;

    stream->state = JINGLE__IBB_CLOSED;
    stream->channel = NULL;
    jingle_timer_cancel(stream->pump);
    stream->pump = NULL;
    jingle__ibb_ref(stream);
    jingle__ibb_registry_remove(stream);
    jingle__ibb_drop_held(stream);
    jingle_channel_release(channel);
    jingle__ibb_unref(stream);
}

static bool is_any_owed(const jingle__ibb_stream_t *first)
{
    const jingle__ibb_stream_t *stream = first;

    while (stream && !stream->done_owed)
        stream = stream->next;
    return stream != NULL;
}

void jingle__ibb_ended(jingle__ibb_stream_t *stream, bool complete)
{
    jingle_channel_t *channel = stream->channel ? jingle_channel_clone(stream->channel) : NULL;
    bool done_owed = stream->done_owed;

    jingle__ibb_ref(stream);
    stream->done_owed = false;
    jingle__ibb_shut(stream);
    if (channel)
        jingle_channel_deliver_closed(channel, complete);
    jingle_channel_release(channel);
    if (done_owed && stream->part && !is_any_owed(stream->first))
        jingle_part_done(stream->part);
    jingle__ibb_unref(stream);
}

void jingle__ibb_fail(jingle__ibb_stream_t *stream, jingle_condition_t condition, const char *text)
{
    if (stream->state == JINGLE__IBB_CLOSED)
        return;
    jingle__ibb_ref(stream);
    stream->close_sent = true;
    /* The part first: the managed type may have another transport, or an application that goes on
     * over one, and only it knows. */
    if (stream->part)
        jingle_part_fail(stream->part, condition, text);
    jingle__ibb_ended(stream, false);
    jingle__ibb_unref(stream);
}
