/* SPDX-License-Identifier: MIT */
/** @file
 *  The plug-ins of the managed program. What is promised to them is looked at: no function after
 *  stop or closed, each of these once, start only of what was ready. */
#include "managed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { APPLICATION, TRANSPORT, SECURITY };

const char *const managed_namespaces[MANAGED_PLUGINS] = {
    "urn:example:sim:note", "urn:example:sim:call", "urn:example:sim:t1",
    "urn:example:sim:t2",   "urn:example:sim:t3",   "urn:example:sim:s"};

static jingle_sim_t *world(const side_t *side)
{
    return jingle_sim_get_world(side->engine);
}

static bool one_of(const part_t *self, unsigned n)
{
    return jingle_sim_random(world(self->plugin->side), n) == 0;
}

static void promise(const part_t *self, bool kept, const char *what)
{
    if (!kept)
        jingle_sim_fault(world(self->plugin->side), "%s: %s: %s",
                         jingle_sim_get_jid(self->plugin->side->engine), self->plugin->ns, what);
}

/* ---- what all share ------------------------------------------------------------------------ */

static int create(jingle_part_t *part, void *userdata, void **out)
{
    const plugin_t *plugin = userdata;
    part_t *self = calloc(1, sizeof *self);

    if (!self)
        abort();
    *self = (part_t){.next = plugin->side->parts, .plugin = plugin, .part = part};
    plugin->side->parts = self;
    *out = self;
    return JINGLE_EOK;
}

static void forget(void *p)
{
    part_t *self = p, **at = &self->plugin->side->parts;

    while (*at && *at != self)
        at = &(*at)->next;
    promise(self, *at != NULL, "freed twice");
    if (*at)
        *at = self->next;
    free(self);
}

/** The element says itself how it is found, so that it is judged the same each time. */
static jingle_check_t check(void *p, jingle_action_t action, xmpp_stanza_t *element,
                            jingle_reason_t *why)
{
    const char *verdict = xmpp_stanza_get_attribute(element, "verdict");

    (void)p, (void)action;
    if (!verdict)
        return JINGLE_CHECK_OK;
    why->condition = JINGLE_REASON_INCOMPATIBLE_PARAMETERS;
    return strcmp(verdict, "malformed") == 0 ? JINGLE_CHECK_MALFORMED : JINGLE_CHECK_UNUSABLE;
}

static int apply(void *p, jingle_action_t action, xmpp_stanza_t *element)
{
    part_t *self = p;
    const char *id = xmpp_stanza_get_attribute(element, "id");

    (void)action;
    if (id && !*self->id)
        snprintf(self->id, sizeof self->id, "%s", id);
    promise(self, xmpp_stanza_get_attribute(element, "verdict") == NULL,
            "what was refused is taken over");
    return JINGLE_EOK;
}

static bool is_info(jingle_action_t action)
{
    return action == JINGLE_ACTION_TRANSPORT_INFO || action == JINGLE_ACTION_DESCRIPTION_INFO ||
           action == JINGLE_ACTION_SECURITY_INFO;
}

static int describe(void *p, jingle_action_t action, xmpp_stanza_t *element)
{
    part_t *self = p;
    const char *verdict = one_of(self, 16) ? "unusable" : one_of(self, 64) ? "malformed" : NULL;

    promise(self, !self->closed && !self->stopped, "describe after the end");
    if (is_info(action) && !self->has_news)
        return JINGLE_ENOENT;
    self->has_news = self->has_news && !is_info(action);
    if (verdict && xmpp_stanza_set_attribute(element, "verdict", verdict) != XMPP_EOK)
        return JINGLE_EMEM;
    if (!*self->id)
        snprintf(self->id, sizeof self->id, "%u-%u",
                 (unsigned)jingle_sim_get_index(self->plugin->side->engine),
                 self->plugin->side->next_id++);
    return xmpp_stanza_set_attribute(element, "id", self->id) == XMPP_EOK ? JINGLE_EOK
                                                                          : JINGLE_EMEM;
}

/* ---- applications -------------------------------------------------------------------------- */

static void offered(void *p)
{
    part_t *self = p;
    jingle_content_t *content = jingle_part_get_content(self->part);

    promise(self, !self->closed, "offered after closed");
    if (self->plugin->side->settles) {
        jingle_content_accept(content);
        return;
    }
    switch (jingle_sim_random(world(self->plugin->side), 4)) {
    case 0:
        jingle_content_accept(content);
        break;
    case 1:
        if (one_of(self, 2))
            jingle_content_reject(content, NULL);
        break;
    default:
        break; /* later, or never */
    }
}

static void accepted(void *p)
{
    promise(p, !((part_t *)p)->closed, "accepted after closed");
}

static void opened(void *p, jingle_channel_t *channel)
{
    (void)channel;
    promise(p, !((part_t *)p)->closed, "open after closed");
}

void managed_complete(side_t *side, size_t index, unsigned how)
{
    jingle_reply_t *reply = side->kept[index];

    side->kept[index] = side->kept[--side->n_kept];
    for (unsigned twice = 0; twice < 2 && how < 3; twice++) {
        int err = how == 0 ? jingle_reply_ack(reply)
                  : how == 1
                      ? jingle_reply_error(reply, jingle_error_of(JINGLE_ERROR_UNSUPPORTED_INFO))
                      : (jingle_reply_default(reply), JINGLE_EOK);

        if (twice && how < 2 && err != JINGLE_EINVOP)
            jingle_sim_fault(world(side), "%s: a reply was completed twice",
                             jingle_sim_get_jid(side->engine));
    }
    jingle_reply_release(reply);
}

static void info(void *p, xmpp_stanza_t *payload, jingle_reply_t *reply)
{
    part_t *self = p;
    side_t *side = self->plugin->side;

    (void)payload;
    promise(self, !self->closed, "info after closed");
    if (side->n_kept == MANAGED_KEPT)
        managed_complete(side, 0, 0);
    side->kept[side->n_kept++] = jingle_reply_clone(reply);
    if (one_of(self, 2))
        managed_complete(side, side->n_kept - 1, (unsigned)jingle_sim_random(world(side), 4));
}

static int tell(void *p, xmpp_stanza_t **payload)
{
    part_t *self = p;

    *payload = NULL;
    if (!self->has_news)
        return JINGLE_EOK;
    self->has_news = false;
    *payload = jingle_sim_element(world(self->plugin->side), "<told xmlns='" MANAGED_INFO "'/>");
    return JINGLE_EOK;
}

static void modified(void *p, jingle_senders_t senders)
{
    (void)senders;
    promise(p, !((part_t *)p)->closed, "modified after closed");
}

static void closed(void *p, const jingle_reason_t *reason)
{
    part_t *self = p;

    (void)reason;
    promise(self, !self->closed, "closed twice");
    self->closed = true;
}

static bool resumable(void *p)
{
    return one_of(p, 2);
}

static bool competes(void *p, xmpp_stanza_t *description, jingle_senders_t senders)
{
    (void)p, (void)senders;
    return xmpp_stanza_get_attribute(description, "verdict") == NULL;
}

/* ---- transports ---------------------------------------------------------------------------- */

static long channel_send(jingle_channel_t *channel, const void *data, size_t len, void *p)
{
    (void)channel, (void)data, (void)p;
    return (long)len;
}

static void channel_pause(jingle_channel_t *channel, bool paused, void *p)
{
    (void)channel, (void)paused, (void)p;
}

static void channel_close(jingle_channel_t *channel, void *p)
{
    (void)p;
    jingle_channel_deliver_closed(channel, true);
}

static const jingle_channel_ops_t channel_ops = {.size = sizeof(jingle_channel_ops_t),
                                                 .send = channel_send,
                                                 .pause = channel_pause,
                                                 .close = channel_close};

/** @return NULL when it is gone */
static part_t *other_end(const part_t *self)
{
    jingle_sim_engine_t *engine = self->plugin->side->engine;
    side_t *side = jingle_sim_get_user(
        jingle_sim_get_engine(world(self->plugin->side), !jingle_sim_get_index(engine)));
    part_t *other = jingle_sim_get_manager(side->engine) ? side->parts : NULL;

    while (other && (other->stopped || !*self->id || strcmp(self->id, other->id) != 0))
        other = other->next;
    return other;
}

static void open_channel(part_t *self)
{
    jingle_channel_t *channel = jingle_channel_new(
        jingle_part_get_manager(self->part), &channel_ops, JINGLE_FLOW_STREAM, 1, false, NULL);

    self->opened = true;
    if (!other_end(self)) {
        jingle_channel_release(channel);
        jingle_part_fail(self->part, JINGLE_REASON_CONNECTIVITY_ERROR, "nobody is there");
        return;
    }
    jingle_part_open(self->part, channel);
}

static int prepare(void *p)
{
    part_t *self = p;

    promise(self, !self->preparing && !self->ready && !self->stopped, "prepare out of order");
    self->preparing = true;
    if (one_of(self, 12))
        return JINGLE_EIO;
    if (one_of(self, 3))
        return JINGLE_EOK; /* later, or never */
    self->ready = true;
    jingle_part_ready(self->part);
    return JINGLE_EOK;
}

static int start(void *p)
{
    part_t *self = p;

    promise(self, self->ready && !self->started && !self->stopped, "start out of order");
    self->started = true;
    if (one_of(self, 12))
        return JINGLE_EIO;
    if (one_of(self, 12))
        jingle_part_fail(self->part, JINGLE_REASON_CONNECTIVITY_ERROR, "no way");
    else if (!one_of(self, 3))
        open_channel(self);
    return JINGLE_EOK;
}

/** The other end sees that this one is gone, whatever the network does. */
static void broken(jingle_t *jingle, void *userdata)
{
    side_t *side = userdata;
    part_t *self = side->parts;

    (void)jingle;
    while (self && !self->breaks)
        self = self->next;
    if (!self)
        return;
    self->breaks = false;
    if (!self->stopped && !self->finishing)
        jingle_part_fail(self->part, JINGLE_REASON_CONNECTIVITY_ERROR, "the other end is gone");
}

static void stop(void *p)
{
    part_t *self = p, *other = other_end(self);

    promise(self, !self->stopped, "stopped twice");
    self->stopped = true;
    if (other && other->opened) {
        side_t *side = other->plugin->side;

        other->breaks = true;
        jingle_timer_start(jingle_sim_get_manager(side->engine), 1, broken, side, NULL);
    }
}

static void finish(void *p)
{
    part_t *self = p;

    promise(self, self->started && !self->stopped && !self->finishing, "finish out of order");
    self->finishing = true;
    if (!one_of(self, 3))
        jingle_part_done(self->part);
}

/* ---- security ------------------------------------------------------------------------------ */

static int wrap(void *p, jingle_channel_t *channel, jingle_channel_t **wrapped)
{
    const part_t *self = p;

    *wrapped = jingle_channel_new(jingle_part_get_manager(self->part), &channel_ops,
                                  jingle_channel_get_flow(channel),
                                  jingle_channel_get_component(channel), false, NULL);
    return *wrapped ? JINGLE_EOK : JINGLE_EMEM;
}

/* ---- from outside -------------------------------------------------------------------------- */

static void stir_transport(part_t *self, unsigned how)
{
    if (self->stopped)
        return;
    if (how == 0) {
        jingle_part_fail(self->part, JINGLE_REASON_CONNECTIVITY_ERROR, "it broke");
    } else if (self->finishing) {
        jingle_part_done(self->part);
    } else if (self->preparing && !self->ready) {
        self->ready = true;
        jingle_part_ready(self->part);
    } else if (self->started && !self->opened) {
        open_channel(self);
    } else {
        self->has_news = true;
        jingle_part_news(self->part);
    }
}

void managed_stir(side_t *side, uint32_t value)
{
    unsigned how = value >> 16 & 15;
    size_t n = 0;
    part_t *self;

    for (self = side->parts; self; self = self->next)
        n++;
    if (!n)
        return;
    self = side->parts;
    for (n = value % n; n; n--)
        self = self->next;
    if (self->plugin->kind == TRANSPORT) {
        stir_transport(self, how);
    } else if (how == 0) {
        jingle_part_fail(self->part, JINGLE_REASON_FAILED_APPLICATION, NULL);
    } else {
        self->has_news = true;
        jingle_part_news(self->part);
    }
}

/* ---- the whole ----------------------------------------------------------------------------- */

#define SHARED                                                                                     \
    .create = create, .check = check, .apply = apply, .describe = describe, .free = forget

static const jingle_application_t note = {
    .size = sizeof(jingle_application_t),
    .name = "note",
    SHARED,
    .flows = JINGLE_FLOW_STREAM,
    .info_ns = MANAGED_INFO,
    .offered = offered,
    .accepted = accepted,
    .open = opened,
    .info = info,
    .tell = tell,
    .modified = modified,
    .closed = closed,
    .resumable = resumable,
    .competes = competes,
};

/** Decides nothing: the program is asked. */
static const jingle_application_t call = {
    .size = sizeof(jingle_application_t),
    .name = "call",
    SHARED,
    .flows = JINGLE_FLOW_STREAM,
    .accepted = accepted,
    .open = opened,
    .closed = closed,
};

static const jingle_security_t security = {.size = sizeof(jingle_security_t),
                                           .name = "s",
                                           SHARED,
                                           .flows = JINGLE_FLOW_STREAM,
                                           .wrap = wrap};

void managed_register(side_t *side)
{
    jingle_t *jingle = jingle_sim_get_manager(side->engine);
    jingle_transport_t transport = {.size = sizeof transport,
                                    .name = "t",
                                    SHARED,
                                    .flows = JINGLE_FLOW_STREAM,
                                    .prepare = prepare,
                                    .start = start,
                                    .stop = stop,
                                    .finish = finish};
    int err = JINGLE_EOK;

    for (int i = 0; i < MANAGED_PLUGINS; i++) {
        plugin_t *plugin = &side->plugins[i];

        *plugin = (plugin_t){side, managed_namespaces[i],
                             i < 2   ? APPLICATION
                             : i < 5 ? TRANSPORT
                                     : SECURITY};
        transport.rank = 5 - i;
        if (plugin->kind == APPLICATION)
            err = jingle_register_application(jingle, plugin->ns, i ? &call : &note, plugin);
        else if (plugin->kind == TRANSPORT)
            err = jingle_register_transport(jingle, plugin->ns, &transport, plugin);
        else
            err = jingle_register_security(jingle, plugin->ns, &security, plugin);
        if (err)
            abort();
    }
}
