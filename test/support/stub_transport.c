/* SPDX-License-Identifier: MIT */
/** @file
 *  Transports and a security for tests of the managed type. */
#include "stub_private.h"

#include <string.h>

/* ---- transports ---- */

static long channel_send(jingle_channel_t *channel, const void *data, size_t len, void *p)
{
    stub_part_t *self = p;
    size_t taken = self->takes && self->takes < len ? self->takes : len;

    (void)channel;
    if (stub_enter(self, STUB_SEND)->result[STUB_SEND])
        return -1;
    text_add(&self->sent, data, taken);
    return (long)taken;
}

static void channel_close(jingle_channel_t *channel, void *p)
{
    stub_part_t *self = p;

    text_puts(&self->sent, ".");
    jingle_channel_deliver_closed(channel, true);
}

static const jingle_channel_ops_t channel_ops = {
    .size = sizeof(jingle_channel_ops_t), .send = channel_send, .close = channel_close};

void stub_open(stub_part_t *self, unsigned component)
{
    unsigned flow = self->id == STUB_D ? JINGLE_FLOW_DATAGRAM : JINGLE_FLOW_STREAM;
    jingle_channel_t *channel = jingle_channel_new(jingle_part_get_manager(self->part),
                                                   &channel_ops, flow, component, false, self);

    if (!channel) {
        jingle_part_fail(self->part, JINGLE_REASON_FAILED_TRANSPORT, "out of memory");
        return;
    }
    jingle_channel_release(self->channel);
    self->channel = jingle_channel_clone(channel);
    jingle_part_open(self->part, channel);
}

static int prepare(void *p)
{
    stub_part_t *self = p;
    stub_plan_t *plan = stub_enter(self, STUB_PREPARE);

    if (plan->fails)
        jingle_part_fail(self->part, JINGLE_REASON_UNDEFINED, NULL);
    else if (!plan->later)
        jingle_part_ready(self->part);
    return plan->result[STUB_PREPARE];
}

static int start(void *p)
{
    stub_part_t *self = p;
    stub_plan_t *plan = stub_enter(self, STUB_START);

    if (plan->breaks)
        jingle_part_fail(self->part, JINGLE_REASON_CONNECTIVITY_ERROR, "no way through");
    else if (!plan->waits)
        stub_open(self, 1);
    return plan->result[STUB_START];
}

static int resume(void *p)
{
    stub_part_t *self = p;
    stub_plan_t *plan = stub_enter(self, STUB_RESUME);

    if (plan->lost)
        jingle_part_fail(self->part, JINGLE_REASON_CONNECTIVITY_ERROR, "it is gone");
    else if (!plan->waits)
        stub_open(self, 1);
    if (!plan->holds)
        jingle_part_done(self->part); /* if it was finishing */
    return plan->result[STUB_RESUME];
}

static void stop(void *p)
{
    stub_part_t *self = p;

    stub_enter(self, STUB_STOP);
    jingle_channel_release(self->channel);
    self->channel = NULL;
}

static void finish(void *p)
{
    stub_part_t *self = p;

    if (!stub_enter(self, STUB_FINISH)->holds)
        jingle_part_done(self->part);
}

#define CREATE(n, id)                                                                              \
    static int create_##n(jingle_part_t *part, void *home, void **self)                            \
    {                                                                                              \
        return stub_create(home, id, part, self);                                                  \
    }                                                                                              \
    static int restore_##n(jingle_part_t *part, void *home, jingle_load_t *load, void **self)      \
    {                                                                                              \
        return stub_restore(home, id, part, load, self);                                           \
    }
CREATE(t1, STUB_1)
CREATE(t2, STUB_2)
CREATE(t3, STUB_3)
CREATE(dg, STUB_D)

#define TRANSPORT(n, f, r)                                                                         \
    const jingle_transport_t stub_transport_##n = {STUB_SHARED(jingle_transport_t),                \
                                                   .name = #n,                                     \
                                                   .create = create_##n,                           \
                                                   .flows = f,                                     \
                                                   .rank = r,                                      \
                                                   .prepare = prepare,                             \
                                                   .start = start,                                 \
                                                   .stop = stop,                                   \
                                                   .finish = finish,                               \
                                                   .save = stub_save,                              \
                                                   .restore = restore_##n,                         \
                                                   .resume = resume}
TRANSPORT(t1, JINGLE_FLOW_STREAM | JINGLE_FLOW_DATAGRAM, 30);
TRANSPORT(t2, JINGLE_FLOW_STREAM, 20);
TRANSPORT(t3, JINGLE_FLOW_STREAM, 10);
TRANSPORT(dg, JINGLE_FLOW_DATAGRAM, 40);

/* ---- security ---- */

static long wrapped_send(jingle_channel_t *channel, const void *data, size_t len, void *p)
{
    stub_part_t *self = p;
    text_t text = {0};
    long taken;

    (void)channel;
    stub_enter(self, STUB_SEND);
    text_puts(&text, "(");
    text_add(&text, data, len);
    text_puts(&text, ")");
    taken = jingle_channel_send(self->inner, text_str(&text), text.len);
    text_clear(&text);
    return taken < 0 ? taken : (long)len;
}

static void wrapped_close(jingle_channel_t *channel, void *p)
{
    stub_part_t *self = p;

    (void)channel;
    jingle_channel_close(self->inner);
}

static const jingle_channel_ops_t wrapped_ops = {
    .size = sizeof(jingle_channel_ops_t), .send = wrapped_send, .close = wrapped_close};

static void inner_data(jingle_channel_t *channel, const void *data, size_t len, void *p)
{
    (void)channel;
    jingle_channel_deliver(((stub_part_t *)p)->channel, data, len);
}

static void inner_closed(jingle_channel_t *channel, bool complete, void *p)
{
    stub_part_t *self = p;

    (void)channel;
    if (!self->stub->plan[self->id].holds)
        jingle_channel_deliver_closed(self->channel, complete);
}

static const jingle_channel_sink_t inner_sink = {.data = inner_data, .closed = inner_closed};

static int wrap(void *p, jingle_channel_t *channel, jingle_channel_t **wrapped)
{
    stub_part_t *self = p;
    stub_plan_t *plan = stub_enter(self, STUB_WRAP);

    if (plan->result[STUB_WRAP])
        return plan->result[STUB_WRAP];
    *wrapped = jingle_channel_new(jingle_part_get_manager(self->part), &wrapped_ops,
                                  jingle_channel_get_flow(channel),
                                  jingle_channel_get_component(channel), false, self);
    if (!*wrapped)
        return JINGLE_EMEM;
    jingle_channel_release(self->channel);
    jingle_channel_release(self->inner);
    self->channel = jingle_channel_clone(*wrapped);
    self->inner = jingle_channel_clone(channel);
    jingle_channel_set_sink(channel, &inner_sink, self);
    return JINGLE_EOK;
}

static jingle_check_t check_transport(void *p, jingle_action_t action, xmpp_stanza_t *transport,
                                      jingle_reason_t *why)
{
    const char *fingerprint = xmpp_stanza_get_attribute(transport, "fingerprint");

    (void)p;
    (void)action;
    (void)why;
    return fingerprint && strcmp(fingerprint, "bad") == 0 ? JINGLE_CHECK_UNUSABLE : JINGLE_CHECK_OK;
}

static int describe_transport(void *p, jingle_action_t action, xmpp_stanza_t *transport)
{
    (void)action;
    (void)p;
    return xmpp_stanza_set_attribute(transport, "fingerprint", "ab") == XMPP_EOK ? JINGLE_EOK
                                                                                 : JINGLE_EMEM;
}

static int apply_transport(void *p, jingle_action_t action, xmpp_stanza_t *transport)
{
    stub_part_t *self = p;

    (void)action;
    if (xmpp_stanza_get_attribute(transport, "fingerprint") && !self->stub->silent)
        engine_note(self->stub->engine, "s.fingerprint %s", self->content);
    return JINGLE_EOK;
}

static int create_s(jingle_part_t *part, void *home, void **self)
{
    return stub_create(home, STUB_S, part, self);
}

static int restore_s(jingle_part_t *part, void *home, jingle_load_t *load, void **self)
{
    return stub_restore(home, STUB_S, part, load, self);
}

const jingle_security_t stub_security_s = {STUB_SHARED(jingle_security_t),
                                           .name = "s",
                                           .create = create_s,
                                           .flows = JINGLE_FLOW_STREAM,
                                           .wrap = wrap,
                                           .check_transport = check_transport,
                                           .describe_transport = describe_transport,
                                           .apply_transport = apply_transport,
                                           .save = stub_save,
                                           .restore = restore_s};
