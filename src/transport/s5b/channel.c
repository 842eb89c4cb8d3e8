/* SPDX-License-Identifier: MIT */
/** @file
 *  The connection that was agreed on, lent to the application as a channel. */
#include "s5b.h"

/* How long the peer may take to close its side after we have closed ours. */
#define LINGER_MS 10000u

void jingle__s5b_drop_socket(jingle__s5b_stream_t *stream)
{
    jingle_timer_cancel(stream->linger);
    stream->linger = NULL;
    if (stream->socket)
        stream->net->close(stream->net, stream->socket);
    stream->socket = NULL;
}

static void tell_finished(jingle__s5b_stream_t *stream)
{
    if (!stream->finishing)
        return;
    stream->finishing = false;
    if (stream->part)
        jingle_part_done(stream->part);
}

/** Nothing more comes. */
static void over(jingle__s5b_stream_t *stream, bool complete)
{
    jingle_channel_t *channel = stream->channel;

    jingle__s5b_ref(stream);
    jingle__s5b_drop_socket(stream);
    stream->channel = NULL;
    if (channel) {
        jingle_channel_deliver_closed(channel, complete);
        jingle_channel_release(channel);
    }
    tell_finished(stream);
    jingle__s5b_unref(stream);
}

static void lingered(jingle_t *jingle, void *userdata)
{
    jingle__s5b_stream_t *stream = userdata;

    (void)jingle;
    stream->linger = NULL;
    over(stream, false);
}

/** Sends no more; the peer's end follows, or the linger runs out. */
static void shut(jingle__s5b_stream_t *stream)
{
    if (!stream->socket || stream->shut)
        return;
    stream->shut = true;
    stream->net->shutdown(stream->net, stream->socket);
    stream->net->pause(stream->net, stream->socket, false);
    if (jingle_timer_start(stream->module->jingle, LINGER_MS, lingered, stream, &stream->linger) !=
        JINGLE_EOK)
        over(stream, false);
}

/* ---- the socket's side ---------------------------------------------------------------------- */

static void on_data(jingle_socket_t *socket, const void *data, size_t len, void *userdata)
{
    jingle__s5b_stream_t *stream = userdata;

    (void)socket;
    if (stream->channel)
        jingle_channel_deliver(stream->channel, data, len);
}

static void on_writable(jingle_socket_t *socket, void *userdata)
{
    jingle__s5b_stream_t *stream = userdata;

    (void)socket;
    if (stream->channel)
        jingle_channel_deliver_writable(stream->channel);
}

static void on_closed(jingle_socket_t *socket, int err, void *userdata)
{
    (void)socket;
    over(userdata, err == JINGLE_EOK);
}

static const jingle_socket_events_t in_use = {NULL, on_data, on_writable, on_closed};

/* ---- the application's side ----------------------------------------------------------------- */

static long channel_send(jingle_channel_t *channel, const void *data, size_t len, void *self)
{
    jingle__s5b_stream_t *stream = self;

    (void)channel;
    return stream->socket && !stream->shut
               ? stream->net->send(stream->net, stream->socket, data, len)
               : JINGLE_EIO;
}

static void channel_pause(jingle_channel_t *channel, bool paused, void *self)
{
    jingle__s5b_stream_t *stream = self;

    (void)channel;
    if (stream->socket)
        stream->net->pause(stream->net, stream->socket, paused);
}

static void channel_close(jingle_channel_t *channel, void *self)
{
    (void)channel;
    shut(self);
}

static void channel_free(void *self)
{
    jingle__s5b_unref(self);
}

static const jingle_channel_ops_t ops = {
    .size = sizeof ops,
    .send = channel_send,
    .pause = channel_pause,
    .close = channel_close,
    .free = channel_free,
};

int jingle__s5b_open_channel(jingle__s5b_stream_t *stream, jingle_socket_t *socket)
{
    jingle_net_t *net = stream->net;
    jingle_channel_t *channel =
        jingle_channel_new(stream->module->jingle, &ops, JINGLE_FLOW_STREAM, 1, false, stream);

    if (!channel) {
        net->close(net, socket);
        return JINGLE_EMEM;
    }
    jingle__s5b_ref(stream); /* the channel's */
    stream->state = S5B_OPEN;
    stream->socket = socket;
    stream->channel = jingle_channel_clone(channel);
    net->set_events(net, socket, &in_use, stream);
    jingle_part_open(stream->part, channel);
    return JINGLE_EOK;
}

void jingle__s5b_finish(jingle__s5b_stream_t *stream)
{
    stream->finishing = true;
    if (stream->socket)
        shut(stream);
    else
        tell_finished(stream);
}

void jingle__s5b_close_channel(jingle__s5b_stream_t *stream)
{
    stream->finishing = false;
    over(stream, false);
}
