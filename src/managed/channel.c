/* SPDX-License-Identifier: MIT */
/** @file
 *  Channels: what a transport opens, a security may wrap and an application uses. Data passes
 *  between the two ends directly; here is only what both must be able to rely on: nothing is lost
 *  before a sink is set, nothing passes after the loan has ended, and an end that is being called
 *  is not freed. */
#include "managed.h"

/** What has come before there was a sink. */
typedef struct piece {
    struct piece *next;
    size_t len;
    unsigned char data[];
} piece_t;

#define EARLY_MAX 65536u
#define PIECE_LEAST 32u /* octets that a piece counts for, be it empty: it takes memory too */

struct jingle_channel {
    unsigned refs;
    xmpp_mem_t mem;
    jingle_channel_ops_t ops;
    void *self;
    unsigned flow;
    unsigned component;
    bool external;
    bool closing;   /**< close was called */
    bool closed;    /**< closed was delivered, to be handed over or handed over already */
    bool complete;  /**< of closed */
    bool told;      /**< the sink knows of closed */
    bool returned;  /**< the loan has ended */
    bool paused;    /**< who uses it wants no data */
    bool listening; /**< a sink was set once */
    const jingle_channel_sink_t *sink;
    void *sink_userdata;
    piece_t *early; /**< oldest first */
    piece_t *early_last;
    size_t early_len;
    jingle_part_t *lender, *borrower; /**< references while it is lent */
};

/** Both ends stay while one calls the other. */
typedef struct {
    jingle_channel_t *channel;
    jingle_part_t *lender, *borrower;
} hold_t;

static hold_t hold(jingle_channel_t *channel)
{
    return (hold_t){.channel = jingle_channel_clone(channel),
                    .lender = jingle_part_clone(channel->lender),
                    .borrower = jingle_part_clone(channel->borrower)};
}

static void unhold(hold_t *held)
{
    jingle_channel_release(held->channel);
    jingle_part_release(held->borrower);
    jingle_part_release(held->lender);
}

jingle_channel_t *jingle_channel_new(jingle_t *jingle, const jingle_channel_ops_t *ops,
                                     unsigned flow, unsigned component, bool external, void *self)
{
    const xmpp_mem_t *mem = jingle ? jingle_get_mem(jingle) : NULL;
    jingle_channel_t *channel;

    if (!mem || !ops || (flow != JINGLE_FLOW_STREAM && flow != JINGLE_FLOW_DATAGRAM))
        return NULL;
    channel = managed_alloc(mem, sizeof(*channel));
    if (!channel)
        return NULL;
    channel->refs = 1;
    channel->mem = *mem;
    memcpy(&channel->ops, ops, ops->size < sizeof(*ops) ? ops->size : sizeof(*ops));
    channel->self = self;
    channel->flow = flow;
    channel->component = component;
    channel->external = external;
    channel->paused = true;
    return channel;
}

jingle_channel_t *jingle_channel_clone(jingle_channel_t *channel)
{
    if (channel)
        channel->refs++;
    return channel;
}

static size_t cost_of(size_t len)
{
    return len < PIECE_LEAST ? PIECE_LEAST : len;
}

static void drop_early(jingle_channel_t *channel)
{
    while (channel->early) {
        piece_t *piece = channel->early;

        channel->early = piece->next;
        managed_free(&channel->mem, piece);
    }
    channel->early_len = 0;
}

void jingle_channel_release(jingle_channel_t *channel)
{
    xmpp_mem_t mem;

    if (!channel || --channel->refs > 0)
        return;
    channel->refs = 1; /* free may ask it, and clone and release it as it likes */
    channel->returned = true;
    mem = channel->mem;
    drop_early(channel);
    if (channel->ops.free)
        channel->ops.free(channel->self);
    managed_free(&mem, channel);
}

unsigned jingle_channel_get_flow(const jingle_channel_t *channel)
{
    return channel ? channel->flow : 0;
}

unsigned jingle_channel_get_component(const jingle_channel_t *channel)
{
    return channel ? channel->component : 0;
}

bool jingle_channel_is_external(const jingle_channel_t *channel)
{
    return channel && channel->external;
}

bool jingle_channel_is_closed(const jingle_channel_t *channel)
{
    return !channel || channel->closed || channel->returned;
}

bool jingle_channel_is_paused(const jingle_channel_t *channel)
{
    return !channel || channel->paused;
}

/* ---- who uses it --------------------------------------------------------------------------- */

/** Hands over what came early, then closed. The sink may change, pause or go at every step. */
static void hand_over(jingle_channel_t *channel)
{
    while (channel->sink && channel->early && !channel->paused && !channel->returned) {
        piece_t *piece = channel->early;

        channel->early = piece->next;
        channel->early_len -= cost_of(piece->len);
        if (channel->sink->data)
            channel->sink->data(channel, piece->data, piece->len, channel->sink_userdata);
        managed_free(&channel->mem, piece);
    }
    if (channel->sink && !channel->early && channel->closed && !channel->told &&
        !channel->returned) {
        channel->told = true;
        if (channel->sink->closed)
            channel->sink->closed(channel, channel->complete, channel->sink_userdata);
    }
}

static void set_paused(jingle_channel_t *channel, bool paused)
{
    if (channel->paused == paused)
        return;
    channel->paused = paused;
    if (channel->ops.pause && !channel->closed && !channel->returned)
        channel->ops.pause(channel, paused, channel->self);
}

void jingle_channel_set_sink(jingle_channel_t *channel, const jingle_channel_sink_t *sink,
                             void *userdata)
{
    hold_t held;

    if (!channel)
        return;
    held = hold(channel);
    channel->sink = sink;
    channel->sink_userdata = userdata;
    if (sink && !channel->listening) {
        channel->listening = true;
        set_paused(channel, false);
    }
    hand_over(channel);
    unhold(&held);
}

static bool may_send(const jingle_channel_t *channel)
{
    return channel && !channel->external && !channel->closing && !jingle_channel_is_closed(channel);
}

/** Closed, or broken, whatever a provider calls that. */
static long outcome(long taken)
{
    return taken >= 0 || taken == JINGLE_EINVOP ? taken : JINGLE_EIO;
}

long jingle_channel_send(jingle_channel_t *channel, const void *data, size_t len)
{
    hold_t held;
    long taken;

    if (!may_send(channel) || !channel->ops.send)
        return JINGLE_EINVOP;
    if (!data && len > 0)
        return JINGLE_EINVAL;
    held = hold(channel);
    taken = channel->ops.send(channel, data, len, channel->self);
    unhold(&held);
    return outcome(taken);
}

long jingle_channel_send_file(jingle_channel_t *channel, int fd, int64_t offset, size_t len)
{
    hold_t held;
    long taken;

    if (!may_send(channel))
        return JINGLE_EINVOP;
    if (!channel->ops.send_file)
        return JINGLE_ENOENT;
    held = hold(channel);
    taken = channel->ops.send_file(channel, fd, offset, len, channel->self);
    unhold(&held);
    return outcome(taken);
}

void jingle_channel_pause(jingle_channel_t *channel, bool paused)
{
    hold_t held;

    if (!channel)
        return;
    held = hold(channel);
    channel->listening = true;
    set_paused(channel, paused);
    hand_over(channel);
    unhold(&held);
}

void jingle_channel_close(jingle_channel_t *channel)
{
    hold_t held;

    if (!channel || channel->closing || jingle_channel_is_closed(channel))
        return;
    held = hold(channel);
    channel->closing = true;
    if (channel->ops.close)
        channel->ops.close(channel, channel->self);
    unhold(&held);
}

/* ---- who provides it ----------------------------------------------------------------------- */

static void keep(jingle_channel_t *channel, const void *data, size_t len)
{
    piece_t *piece = NULL;

    if (cost_of(len) <= EARLY_MAX - channel->early_len)
        piece = managed_alloc(&channel->mem, sizeof(*piece) + len);
    if (!piece) {
        jingle_channel_deliver_closed(channel, false);
        return;
    }
    piece->len = len;
    if (len > 0)
        memcpy(piece->data, data, len);
    *(channel->early ? &channel->early_last->next : &channel->early) = piece;
    channel->early_last = piece;
    channel->early_len += cost_of(len);
}

void jingle_channel_deliver(jingle_channel_t *channel, const void *data, size_t len)
{
    hold_t held;

    if (jingle_channel_is_closed(channel) || (!data && len > 0))
        return;
    held = hold(channel);
    if (!channel->sink || channel->early)
        keep(channel, data, len);
    else if (channel->sink->data)
        channel->sink->data(channel, data, len, channel->sink_userdata);
    unhold(&held);
}

void jingle_channel_deliver_writable(jingle_channel_t *channel)
{
    hold_t held;

    if (jingle_channel_is_closed(channel) || channel->closing)
        return;
    held = hold(channel);
    if (channel->sink && channel->sink->writable)
        channel->sink->writable(channel, channel->sink_userdata);
    unhold(&held);
}

void jingle_channel_deliver_closed(jingle_channel_t *channel, bool complete)
{
    hold_t held;

    if (jingle_channel_is_closed(channel))
        return;
    held = hold(channel);
    channel->closed = true;
    channel->complete = complete;
    hand_over(channel);
    unhold(&held);
}

/* ---- the loan ------------------------------------------------------------------------------ */

void jingle__channel_lend(jingle_channel_t *channel, jingle_part_t *lender, jingle_part_t *borrower)
{
    jingle_part_t *old_lender = channel->lender, *old_borrower = channel->borrower;

    channel->lender = jingle_part_clone(lender);
    channel->borrower = jingle_part_clone(borrower);
    jingle_part_release(old_borrower);
    jingle_part_release(old_lender);
}

void jingle__channel_return(jingle_channel_t *channel)
{
    jingle_channel_clone(channel);
    channel->returned = true;
    channel->sink = NULL;
    drop_early(channel);
    jingle__channel_lend(channel, NULL, NULL);
    jingle_channel_release(channel);
}
