/* SPDX-License-Identifier: MIT */
/** @file
 *  A transport that takes all, and delivers what the test says. */
#include "hand.h"

#include <check.h>

static wire_t *hand_wire;
jingle_channel_t *hand_channels[2];

static long take(jingle_channel_t *channel, const void *data, size_t len, void *self)
{
    (void)channel, (void)data, (void)self;
    return (long)len;
}

static void close_at_once(jingle_channel_t *channel, void *self)
{
    (void)self;
    jingle_channel_deliver_closed(channel, true);
}

static const jingle_channel_ops_t ops = {.size = sizeof ops, .send = take, .close = close_at_once};

static int create(jingle_part_t *part, void *userdata, void **self)
{
    (void)userdata;
    *self = part;
    return JINGLE_EOK;
}

static int restore(jingle_part_t *part, void *userdata, jingle_load_t *load, void **self)
{
    (void)load;
    return create(part, userdata, self);
}

static int save(void *self, jingle_save_t *to)
{
    (void)self, (void)to;
    return JINGLE_EOK;
}

static jingle_check_t check(void *self, jingle_action_t action, xmpp_stanza_t *element,
                            jingle_reason_t *why)
{
    (void)self, (void)action, (void)element, (void)why;
    return JINGLE_CHECK_OK;
}

static int say_nothing(void *self, jingle_action_t action, xmpp_stanza_t *element)
{
    (void)self, (void)action, (void)element;
    return JINGLE_EOK;
}

static int prepare(void *self)
{
    jingle_part_ready(self);
    return JINGLE_EOK;
}

static int start(void *self)
{
    jingle_t *jingle = jingle_part_get_manager(self);
    jingle_channel_t **at = &hand_channels[jingle == hand_wire->side[1].jingle];

    jingle_channel_release(*at);
    *at = jingle_channel_new(jingle, &ops, JINGLE_FLOW_STREAM, 1, false, NULL);
    jingle_part_open(self, jingle_channel_clone(*at));
    return JINGLE_EOK;
}

static void nothing(void *self)
{
    (void)self;
}

static const jingle_transport_t plugin = {.size = sizeof plugin,
                                          .name = "hand",
                                          .create = create,
                                          .check = check,
                                          .apply = say_nothing,
                                          .describe = say_nothing,
                                          .free = nothing,
                                          .flows = JINGLE_FLOW_STREAM,
                                          .rank = 10,
                                          .components = 1,
                                          .prepare = prepare,
                                          .start = start,
                                          .stop = nothing,
                                          .save = save,
                                          .restore = restore,
                                          .resume = start};

void hand_register(wire_t *wire, unsigned side)
{
    hand_wire = wire;
    ck_assert_int_eq(jingle_register_transport(wire->side[side].jingle,
                                               "urn:example:transport:hand:0", &plugin, NULL),
                     JINGLE_EOK);
}

void hand_let_go(unsigned side)
{
    jingle_channel_release(hand_channels[side]);
    hand_channels[side] = NULL;
}
