/* SPDX-License-Identifier: MIT */
/** @file
 *  Plug-ins for tests of the managed type. */
#include "stub_plugins.h"

#include <stdlib.h>
#include <string.h>

static const char *const point_names[STUB_POINTS] = {
    "create",   "check",  "apply",     "describe", "free", "prepare", "start",
    "stop",     "finish", "offered",   "accepted", "open", "info",    "tell",
    "modified", "closed", "resumable", "competes", "wrap", "send"};

static const char *const names[STUB_PLUGINS] = {"a", "b", "t1", "t2", "t3", "dg", "s"};

const char *stub_point_name(stub_point_t point)
{
    return point_names[point];
}

static bool is_logged(stub_point_t point)
{
    return point != STUB_CREATE && point != STUB_CHECK && point != STUB_DESCRIBE &&
           point != STUB_RESUMABLE && point != STUB_COMPETES && point != STUB_TELL &&
           point != STUB_MODIFIED && point != STUB_CLOSED && point != STUB_SEND;
}

/** Every function begins here. */
static stub_plan_t *enter(stub_part_t *self, stub_point_t point)
{
    stub_t *stub = self->stub;

    if (is_logged(point) && !stub->silent)
        engine_note(stub->engine, "%s.%s %s", names[self->id], point_names[point], self->content);
    if (stub->hook)
        stub->hook(stub, self, point);
    return &stub->plan[self->id];
}

/* ---- what all share ---- */

static int create(stub_t *stub, stub_plugin_id_t id, jingle_part_t *part, void **out)
{
    stub_part_t *self = text_alloc(sizeof(*self));

    self->stub = stub;
    self->id = id;
    self->part = part;
    self->content = text_dup(jingle_content_get_name(jingle_part_get_content(part)));
    self->next = stub->parts;
    stub->parts = self;
    stub->live++;
    enter(self, STUB_CREATE);
    if (stub->plan[id].result[STUB_CREATE] == JINGLE_EOK) {
        *out = self;
        return JINGLE_EOK;
    }
    stub->parts = self->next;
    stub->live--;
    free(self->content);
    free(self);
    return stub->plan[id].result[STUB_CREATE];
}

static jingle_check_t check(void *p, jingle_action_t action, xmpp_stanza_t *element,
                            jingle_reason_t *why)
{
    stub_part_t *self = p;
    stub_plan_t *plan = enter(self, STUB_CHECK);
    const char *verdict = xmpp_stanza_get_attribute(element, "verdict");
    const char *reason = xmpp_stanza_get_attribute(element, "reason");

    (void)action;
    why->condition = reason ? jingle_reason_from_name(reason) : plan->why;
    if (verdict && strcmp(verdict, "malformed") == 0)
        return JINGLE_CHECK_MALFORMED;
    if (verdict && strcmp(verdict, "unusable") == 0)
        return JINGLE_CHECK_UNUSABLE;
    return plan->verdict;
}

static int apply(void *p, jingle_action_t action, xmpp_stanza_t *element)
{
    (void)action;
    (void)element;
    return enter(p, STUB_APPLY)->result[STUB_APPLY];
}

static bool is_info(jingle_action_t action)
{
    return action == JINGLE_ACTION_TRANSPORT_INFO || action == JINGLE_ACTION_DESCRIPTION_INFO ||
           action == JINGLE_ACTION_SECURITY_INFO;
}

static int describe(void *p, jingle_action_t action, xmpp_stanza_t *element)
{
    stub_part_t *self = p;
    stub_plan_t *plan = enter(self, STUB_DESCRIBE);

    if (plan->in_transport && !is_info(action))
        return JINGLE_ENOENT;
    if (is_info(action) && !self->has_news)
        return JINGLE_ENOENT;
    if (is_info(action)) {
        self->has_news = false;
        self->told++;
    }
    if (xmpp_stanza_set_attribute(element, "by", names[self->id]) != XMPP_EOK)
        return JINGLE_EMEM;
    return plan->result[STUB_DESCRIBE];
}

static void forget(void *p)
{
    stub_part_t *self = p, **at = &self->stub->parts;

    enter(self, STUB_FREE);
    while (*at && *at != self)
        at = &(*at)->next;
    if (!*at)
        abort(); /* freed twice */
    *at = self->next;
    self->stub->live--;
    jingle_channel_release(self->channel);
    jingle_channel_release(self->inner);
    text_clear(&self->received);
    text_clear(&self->sent);
    free(self->content);
    free(self);
}

/* ---- applications ---- */

static void sink_data(jingle_channel_t *channel, const void *data, size_t len, void *p)
{
    stub_part_t *self = p;

    (void)channel;
    text_add(&self->received, data, len);
    text_puts(&self->received, "|");
}

static void sink_closed(jingle_channel_t *channel, bool complete, void *p)
{
    stub_part_t *self = p;

    (void)channel;
    text_puts(&self->received, complete ? "." : "!");
}

static const jingle_channel_sink_t sink = {.data = sink_data, .closed = sink_closed};

static int create_a(jingle_part_t *part, void *stub, void **self)
{
    return create(stub, STUB_A, part, self);
}

static int create_b(jingle_part_t *part, void *stub, void **self)
{
    return create(stub, STUB_B, part, self);
}

static void offered(void *p)
{
    stub_part_t *self = p;
    stub_plan_t *plan = enter(self, STUB_OFFERED);

    if (plan->accepts)
        jingle_content_accept(jingle_part_get_content(self->part));
    else if (plan->rejects)
        jingle_content_reject(jingle_part_get_content(self->part), NULL);
}

static void accepted(void *p)
{
    enter(p, STUB_ACCEPTED);
}

static void opened(void *p, jingle_channel_t *channel)
{
    stub_part_t *self = p;

    enter(self, STUB_OPEN);
    jingle_channel_release(self->channel);
    self->channel = jingle_channel_clone(channel);
    jingle_channel_set_sink(channel, &sink, self);
}

static void info(void *p, xmpp_stanza_t *payload, jingle_reply_t *reply)
{
    (void)payload;
    if (enter(p, STUB_INFO)->result[STUB_INFO])
        jingle_reply_error(reply, jingle_error_of(JINGLE_ERROR_SECURITY_REQUIRED));
    else
        jingle_reply_ack(reply);
}

static int tell(void *p, xmpp_stanza_t **payload)
{
    stub_part_t *self = p;

    enter(self, STUB_TELL);
    if (self->tells == 0)
        return JINGLE_EOK;
    self->tells--;
    *payload = xmpp_stanza_new(self->stub->engine->ctx);
    if (!*payload)
        return JINGLE_EMEM;
    if (xmpp_stanza_set_name(*payload, "told") != XMPP_EOK ||
        xmpp_stanza_set_ns(*payload, STUB_INFO_NS) != XMPP_EOK ||
        xmpp_stanza_set_attribute(*payload, "name", self->content) != XMPP_EOK)
        return JINGLE_EMEM;
    return JINGLE_EOK;
}

static void modified(void *p, jingle_senders_t senders)
{
    stub_part_t *self = p;

    enter(self, STUB_MODIFIED);
    engine_note(self->stub->engine, "a.senders %s %s", self->content, jingle_senders_name(senders));
}

static void closed(void *p, const jingle_reason_t *reason)
{
    stub_part_t *self = p;

    if (!self->stub->silent)
        engine_note(self->stub->engine, "%s.closed %s %s", names[self->id], self->content,
                    jingle_reason_name(reason->condition));
    enter(self, STUB_CLOSED);
}

static bool resumable(void *p)
{
    return enter(p, STUB_RESUMABLE)->resumable;
}

static bool competes(void *p, xmpp_stanza_t *description, jingle_senders_t senders)
{
    (void)description;
    (void)senders;
    return !enter(p, STUB_COMPETES)->peaceful;
}

#define SHARED(n) \
    .size = sizeof(n), .check = check, .apply = apply, .describe = describe, .free = forget

static const jingle_application_t application_a = {SHARED(jingle_application_t),
                                                   .name = "a",
                                                   .create = create_a,
                                                   .flows = JINGLE_FLOW_STREAM,
                                                   .info_ns = STUB_INFO_NS,
                                                   .offered = offered,
                                                   .accepted = accepted,
                                                   .open = opened,
                                                   .info = info,
                                                   .tell = tell,
                                                   .modified = modified,
                                                   .closed = closed,
                                                   .resumable = resumable,
                                                   .competes = competes};

static const jingle_application_t application_b = {SHARED(jingle_application_t), .name = "b",
                                                   .create = create_b, .flows = JINGLE_FLOW_STREAM,
                                                   .open = opened};

/* ---- transports ---- */

static long channel_send(jingle_channel_t *channel, const void *data, size_t len, void *p)
{
    stub_part_t *self = p;
    size_t taken = self->takes && self->takes < len ? self->takes : len;

    (void)channel;
    if (enter(self, STUB_SEND)->result[STUB_SEND])
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
    stub_plan_t *plan = enter(self, STUB_PREPARE);

    if (plan->fails)
        jingle_part_fail(self->part, JINGLE_REASON_UNDEFINED, NULL);
    else if (!plan->later)
        jingle_part_ready(self->part);
    return plan->result[STUB_PREPARE];
}

static int start(void *p)
{
    stub_part_t *self = p;
    stub_plan_t *plan = enter(self, STUB_START);

    if (plan->breaks)
        jingle_part_fail(self->part, JINGLE_REASON_CONNECTIVITY_ERROR, "no way through");
    else if (!plan->waits)
        stub_open(self, 1);
    return plan->result[STUB_START];
}

static void stop(void *p)
{
    stub_part_t *self = p;

    enter(self, STUB_STOP);
    jingle_channel_release(self->channel);
    self->channel = NULL;
}

static void finish(void *p)
{
    stub_part_t *self = p;

    if (!enter(self, STUB_FINISH)->holds)
        jingle_part_done(self->part);
}

#define CREATE(n, id)                                                   \
    static int create_##n(jingle_part_t *part, void *stub, void **self) \
    {                                                                   \
        return create(stub, id, part, self);                            \
    }
CREATE(t1, STUB_1)
CREATE(t2, STUB_2)
CREATE(t3, STUB_3)
CREATE(dg, STUB_D)

#define TRANSPORT(n, f, r)                                                       \
    static const jingle_transport_t transport_##n = {SHARED(jingle_transport_t), \
                                                     .name = #n,                 \
                                                     .create = create_##n,       \
                                                     .flows = f,                 \
                                                     .rank = r,                  \
                                                     .prepare = prepare,         \
                                                     .start = start,             \
                                                     .stop = stop,               \
                                                     .finish = finish}
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
    (void)channel;
    jingle_channel_deliver_closed(((stub_part_t *)p)->channel, complete);
}

static const jingle_channel_sink_t inner_sink = {.data = inner_data, .closed = inner_closed};

static int wrap(void *p, jingle_channel_t *channel, jingle_channel_t **wrapped)
{
    stub_part_t *self = p;
    stub_plan_t *plan = enter(self, STUB_WRAP);

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

static int create_s(jingle_part_t *part, void *stub, void **self)
{
    return create(stub, STUB_S, part, self);
}

static const jingle_security_t security_s = {SHARED(jingle_security_t),
                                             .name = "s",
                                             .create = create_s,
                                             .flows = JINGLE_FLOW_STREAM,
                                             .wrap = wrap,
                                             .check_transport = check_transport,
                                             .describe_transport = describe_transport,
                                             .apply_transport = apply_transport};

/* ---- the whole ---- */

stub_t *stub_new(engine_t *engine)
{
    stub_t *stub = text_alloc(sizeof(*stub));
    jingle_t *jingle = engine->jingle;

    stub->engine = engine;
    engine->user = stub;
    for (int i = 0; i < STUB_PLUGINS; i++)
        stub->plan[i].name = names[i];
    if (jingle_register_application(jingle, STUB_APP, &application_a, stub) ||
        jingle_register_application(jingle, STUB_APP2, &application_b, stub) ||
        jingle_register_transport(jingle, STUB_T3, &transport_t3, stub) ||
        jingle_register_transport(jingle, STUB_T1, &transport_t1, stub) ||
        jingle_register_transport(jingle, STUB_T2, &transport_t2, stub) ||
        jingle_register_transport(jingle, STUB_DG, &transport_dg, stub) ||
        jingle_register_security(jingle, STUB_SEC, &security_s, stub)) {
        free(stub);
        engine->user = NULL;
        return NULL;
    }
    return stub;
}

size_t stub_free(stub_t *stub)
{
    size_t live = stub ? stub->live : 0;

    free(stub);
    return live;
}

stub_part_t *stub_find(stub_t *stub, stub_plugin_id_t id, const char *content)
{
    stub_part_t *self = stub->parts;

    while (self && (self->id != id || strcmp(self->content, content) != 0 ||
                    !jingle_part_is_live(self->part)))
        self = self->next;
    return self;
}

void stub_news(stub_part_t *self)
{
    self->has_news = true;
    jingle_part_news(self->part);
}
