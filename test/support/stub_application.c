/* SPDX-License-Identifier: MIT */
/** @file
 *  Applications for tests of the managed type. */
#include "stub_private.h"

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

static int create_a(jingle_part_t *part, void *home, void **self)
{
    return stub_create(home, STUB_A, part, self);
}

static int restore_a(jingle_part_t *part, void *home, jingle_load_t *load, void **self)
{
    return stub_restore(home, STUB_A, part, load, self);
}

static int create_b(jingle_part_t *part, void *home, void **self)
{
    return stub_create(home, STUB_B, part, self);
}

static void offered(void *p)
{
    stub_part_t *self = p;
    stub_plan_t *plan = stub_enter(self, STUB_OFFERED);

    if (plan->accepts)
        jingle_content_accept(jingle_part_get_content(self->part));
    else if (plan->rejects)
        jingle_content_reject(jingle_part_get_content(self->part), NULL);
}

static void accepted(void *p)
{
    stub_enter(p, STUB_ACCEPTED);
}

static void opened(void *p, jingle_channel_t *channel)
{
    stub_part_t *self = p;

    stub_enter(self, STUB_OPEN);
    jingle_channel_release(self->channel);
    self->channel = jingle_channel_clone(channel);
    jingle_channel_set_sink(channel, &sink, self);
}

static void info(void *p, xmpp_stanza_t *payload, jingle_reply_t *reply)
{
    (void)payload;
    if (stub_enter(p, STUB_INFO)->result[STUB_INFO])
        jingle_reply_error(reply, jingle_error_of(JINGLE_ERROR_SECURITY_REQUIRED));
    else
        jingle_reply_ack(reply);
}

static int tell(void *p, xmpp_stanza_t **payload)
{
    stub_part_t *self = p;

    stub_enter(self, STUB_TELL);
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

static uint32_t told(void *p, const jingle_answer_t *answer)
{
    stub_part_t *self = p;

    self->answers = 10 * self->answers + (answer ? (unsigned)answer->type + 1 : 9);
    return stub_enter(self, STUB_TOLD)->patience;
}

static void modified(void *p, jingle_senders_t senders)
{
    stub_part_t *self = p;

    stub_enter(self, STUB_MODIFIED);
    engine_note(self->stub->engine, "a.senders %s %s", self->content, jingle_senders_name(senders));
}

static void closed(void *p, const jingle_reason_t *reason)
{
    stub_part_t *self = p;

    if (!self->stub->silent)
        engine_note(self->stub->engine, "%s.closed %s %s", stub_names[self->id], self->content,
                    jingle_reason_name(reason->condition));
    stub_enter(self, STUB_CLOSED);
}

static bool resumable(void *p)
{
    return stub_enter(p, STUB_RESUMABLE)->resumable;
}

static bool competes(void *p, xmpp_stanza_t *description, jingle_senders_t senders)
{
    (void)description;
    (void)senders;
    return !stub_enter(p, STUB_COMPETES)->peaceful;
}

static bool awaits(void *p, const jingle_reason_t *reason)
{
    (void)reason;
    return stub_enter(p, STUB_AWAITS)->awaits;
}

const jingle_application_t stub_application_a = {STUB_SHARED(jingle_application_t),
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
                                                 .competes = competes,
                                                 .save = stub_save,
                                                 .restore = restore_a,
                                                 .told = told,
                                                 .awaits = awaits};

const jingle_application_t stub_application_b = {STUB_SHARED(jingle_application_t), .name = "b",
                                                 .create = create_b, .flows = JINGLE_FLOW_STREAM,
                                                 .open = opened};
