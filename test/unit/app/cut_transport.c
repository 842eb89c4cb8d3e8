/* SPDX-License-Identifier: MIT */
/** @file
 *  A transport for tests that cuts the stream at random places. */
#include "cut_transport.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/text.h"

#define QUEUE 10000u

typedef struct cut_end {
    unsigned refs;
    jingle_t *jingle;
    jingle_part_t *part;
    char id[32];
    struct cut_end *other; /**< once both have started */
    struct cut_end *next;  /**< of those that wait for the other */
    jingle_channel_t *channel;
    jingle_timer_t *timer;
    char queue[QUEUE]; /**< on its way to us */
    size_t len;
    bool stopped, paused, writable_owed, closing, other_closed, broken, told, done_owed;
} cut_end_t;

static cut_end_t *waiting;
static unsigned random_state, piece_max;
static cut_rest_t rest_left;

static unsigned below(unsigned limit)
{
    random_state = random_state * 1664525 + 1013904223;
    return limit ? (random_state >> 8) % limit : 0;
}

static cut_end_t *ref(cut_end_t *end)
{
    end->refs++;
    return end;
}

static void unref(void *self)
{
    cut_end_t *end = self;

    if (!--end->refs)
        free(end);
}

/* ---- moving -------------------------------------------------------------------------------- */

static void on_timer(jingle_t *jingle, void *userdata);

static void wake(cut_end_t *end)
{
    if (!end->timer && !end->stopped &&
        jingle_timer_start(end->jingle, 1, on_timer, end, &end->timer))
        abort();
}

static void deliver_piece(cut_end_t *end)
{
    size_t len = 1 + below(piece_max);
    char piece[QUEUE];

    len = len < end->len ? len : end->len;
    memcpy(piece, end->queue, len);
    memmove(end->queue, end->queue + len, end->len - len);
    end->len -= len;
    jingle_channel_deliver(end->channel, piece, len);
}

/** Tells who waits for room, or for its last octets to be through. */
static void tell_other(cut_end_t *end)
{
    cut_end_t *other = end->other;

    if (!other)
        return;
    if (other->writable_owed && end->len < QUEUE) {
        other->writable_owed = false;
        jingle_channel_deliver_writable(other->channel);
    } else if (other->closing && !end->len && !end->other_closed) {
        end->other_closed = true;
        wake(other);
    }
}

static void close_if_due(cut_end_t *end)
{
    bool ours_done = end->closing && (!end->other || end->other->other_closed);

    if (end->told || end->len || !(end->other_closed || ours_done))
        return;
    end->told = true;
    jingle_channel_deliver_closed(end->channel, !end->broken);
    if (end->done_owed && end->part)
        jingle_part_done(end->part);
}

static void on_timer(jingle_t *jingle, void *userdata)
{
    cut_end_t *end = ref(userdata);

    (void)jingle;
    end->timer = NULL;
    if (end->len && !end->paused)
        deliver_piece(end);
    if (!end->stopped)
        tell_other(end);
    if (!end->stopped)
        close_if_due(end);
    if (!end->stopped && ((end->len && !end->paused) || end->writable_owed))
        wake(end);
    unref(end);
}

/* ---- the channel --------------------------------------------------------------------------- */

static long channel_send(jingle_channel_t *channel, const void *data, size_t len, void *self)
{
    cut_end_t *end = self, *other = end->other;
    size_t n = below(piece_max + 1);

    (void)channel;
    if (end->stopped || end->closing)
        return -1;
    if (!other)
        return (long)len; /* into the void */
    n = n < QUEUE - other->len ? n : QUEUE - other->len;
    n = n < len ? n : len;
    memcpy(other->queue + other->len, data, n);
    other->len += n;
    end->writable_owed = n < len;
    wake(other);
    return (long)n;
}

static void channel_pause(jingle_channel_t *channel, bool paused, void *self)
{
    cut_end_t *end = self;

    (void)channel;
    end->paused = paused;
    wake(end);
}

static void channel_close(jingle_channel_t *channel, void *self)
{
    cut_end_t *end = self;

    (void)channel;
    end->closing = true;
    wake(end);
    if (end->other)
        wake(end->other);
}

static const jingle_channel_ops_t ops = {.size = sizeof ops,
                                         .send = channel_send,
                                         .pause = channel_pause,
                                         .close = channel_close,
                                         .free = unref};

static void open_channel(cut_end_t *end)
{
    jingle_channel_t *channel =
        jingle_channel_new(end->jingle, &ops, JINGLE_FLOW_STREAM, 1, false, ref(end));

    end->channel = jingle_channel_clone(channel);
    jingle_part_open(end->part, channel);
}

/* ---- the plug-in --------------------------------------------------------------------------- */

static int create(jingle_part_t *part, void *userdata, void **self)
{
    cut_end_t *end = text_alloc(sizeof *end);

    (void)userdata;
    memset(end, 0, sizeof *end);
    end->refs = 1;
    end->part = part;
    end->jingle = jingle_part_get_manager(part);
    end->paused = true;
    *self = end;
    return JINGLE_EOK;
}

static jingle_check_t check(void *self, jingle_action_t action, xmpp_stanza_t *element,
                            jingle_reason_t *why)
{
    (void)self;
    (void)action;
    (void)why;
    return xmpp_stanza_get_attribute(element, "id") ? JINGLE_CHECK_OK : JINGLE_CHECK_MALFORMED;
}

static int apply(void *self, jingle_action_t action, xmpp_stanza_t *element)
{
    cut_end_t *end = self;

    (void)action;
    snprintf(end->id, sizeof end->id, "%s", xmpp_stanza_get_attribute(element, "id"));
    return JINGLE_EOK;
}

static int describe(void *self, jingle_action_t action, xmpp_stanza_t *element)
{
    cut_end_t *end = self;

    return action == JINGLE_ACTION_TRANSPORT_INFO
               ? JINGLE_ENOENT
               : xmpp_stanza_set_attribute(element, "id", end->id);
}

static int prepare(void *self)
{
    static unsigned ids;
    cut_end_t *end = self;

    if (!*end->id)
        snprintf(end->id, sizeof end->id, "pipe-%u", ++ids);
    jingle_part_ready(end->part);
    return JINGLE_EOK;
}

static int start(void *self)
{
    cut_end_t *end = self, **at = &waiting;

    while (*at && strcmp((*at)->id, end->id))
        at = &(*at)->next;
    if (!*at) {
        end->next = waiting;
        waiting = end;
        return JINGLE_EOK;
    }
    end->other = *at;
    *at = end->other->next;
    end->other->other = end;
    open_channel(end->other);
    if (end->other)
        open_channel(end);
    return JINGLE_EOK;
}

static void stop(void *self)
{
    cut_end_t *end = self, **at = &waiting;

    while (*at && *at != end)
        at = &(*at)->next;
    if (*at)
        *at = end->next;
    end->stopped = true;
    jingle_timer_cancel(end->timer);
    end->timer = NULL;
    if (end->other) {
        end->other->other = NULL;
        end->other->other_closed = rest_left != CUT_SILENT;
        end->other->broken = rest_left == CUT_BROKEN;
        wake(end->other);
    }
    end->other = NULL;
    jingle_channel_release(end->channel);
    end->channel = NULL;
}

static void finish(void *self)
{
    cut_end_t *end = self;

    if (end->told || !end->channel) {
        jingle_part_done(end->part);
        return;
    }
    end->done_owed = true;
    channel_close(NULL, end);
}

static void free_self(void *self)
{
    cut_end_t *end = self;

    end->part = NULL;
    unref(end);
}

static const jingle_transport_t plugin = {
    .size = sizeof plugin,
    .name = "cut",
    .create = create,
    .check = check,
    .apply = apply,
    .describe = describe,
    .free = free_self,
    .flows = JINGLE_FLOW_STREAM,
    .rank = 10,
    .components = 1,
    .prepare = prepare,
    .start = start,
    .stop = stop,
    .finish = finish,
};

int cut_transport_register(jingle_t *jingle, unsigned seed, unsigned largest)
{
    random_state = seed;
    piece_max = largest;
    return jingle_register_transport(jingle, CUT_NS, &plugin, NULL);
}

void cut_transport_leaves(cut_rest_t rest)
{
    rest_left = rest;
}
