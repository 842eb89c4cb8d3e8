/* SPDX-License-Identifier: MIT */
/** @file
 *  An application for tests of transports. */
#include "bytes_app.h"

static int create(jingle_part_t *part, void *userdata, void **self)
{
    bytes_app_t *app = userdata;

    jingle_content_release(app->content);
    app->content = jingle_content_clone(jingle_part_get_content(part));
    app->part = part;
    *self = app;
    return JINGLE_EOK;
}

static jingle_check_t check(void *self, jingle_action_t action, xmpp_stanza_t *element,
                            jingle_reason_t *why)
{
    (void)self;
    (void)action;
    (void)element;
    (void)why;
    return JINGLE_CHECK_OK;
}

static int apply(void *self, jingle_action_t action, xmpp_stanza_t *element)
{
    (void)self;
    (void)action;
    (void)element;
    return JINGLE_EOK;
}

static int describe(void *self, jingle_action_t action, xmpp_stanza_t *element)
{
    (void)self;
    (void)action;
    (void)element;
    return JINGLE_EOK;
}

static void offered(void *self)
{
    bytes_app_t *app = self;

    if (!app->ask)
        jingle_content_accept(app->content);
}

static void on_data(jingle_channel_t *channel, const void *data, size_t len, void *userdata)
{
    bytes_app_t *app = userdata;

    text_add(&app->data, data, len);
    app->n_pieces++;
    if (app->pause_each)
        jingle_channel_pause(channel, true);
}

static void on_writable(jingle_channel_t *channel, void *userdata)
{
    bytes_app_t *app = userdata;

    (void)channel;
    app->n_writable++;
}

static void on_closed(jingle_channel_t *channel, bool complete, void *userdata)
{
    bytes_app_t *app = userdata;

    (void)channel;
    app->n_closed++;
    app->complete = complete;
}

static void open_channel(void *self, jingle_channel_t *channel)
{
    static const jingle_channel_sink_t sink = {on_data, on_writable, on_closed};
    bytes_app_t *app = self;

    jingle_channel_release(app->channel);
    app->channel = jingle_channel_clone(channel);
    app->n_open++;
    jingle_channel_set_sink(channel, &sink, app);
}

static void closed(void *self, const jingle_reason_t *reason)
{
    bytes_app_t *app = self;

    (void)reason;
    app->n_over++;
}

static void free_self(void *self)
{
    bytes_app_t *app = self;

    app->part = NULL;
}

static const jingle_application_t plugin = {
    .size = sizeof plugin,
    .name = "bytes",
    .create = create,
    .check = check,
    .apply = apply,
    .describe = describe,
    .free = free_self,
    .flows = JINGLE_FLOW_STREAM,
    .offered = offered,
    .open = open_channel,
    .closed = closed,
};

int bytes_app_register(jingle_t *jingle, bytes_app_t *app)
{
    jingle_application_t needs = plugin;

    needs.components = app->components;
    return jingle_register_application(jingle, BYTES_NS, &needs, app);
}

void bytes_app_clear(bytes_app_t *app)
{
    jingle_content_release(app->content);
    jingle_channel_release(app->channel);
    text_clear(&app->data);
    app->content = NULL;
    app->channel = NULL;
}
