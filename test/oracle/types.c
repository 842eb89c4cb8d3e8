/* SPDX-License-Identifier: MIT */
/** @file
 *  The session types that the scenarios ask of a driver: stub and async. Base is the library's. */
#include "player.h"

#include <stdlib.h>
#include <string.h>

#define NS_TRANSPORT "urn:xmpp:jingle:transports:stub:0"

/* A content of the peer's offer, as accept() repeats it. */
typedef struct {
    const char *creator; /* a constant of the library */
    char *name;
    char *description;
    char *transport;
} kept_t;

typedef struct {
    player_t *player;
    kept_t *contents;
    size_t n_contents;
} stub_t;

static int stub_create(jingle_session_t *session, void *userdata, void **self)
{
    stub_t *stub = text_alloc(sizeof *stub);

    (void)session;
    stub->player = userdata;
    *self = stub;
    return JINGLE_EOK;
}

static void forget_contents(stub_t *stub)
{
    size_t i;

    for (i = 0; i < stub->n_contents; i++) {
        free(stub->contents[i].name);
        free(stub->contents[i].description);
        free(stub->contents[i].transport);
    }
    free(stub->contents);
    stub->contents = NULL;
    stub->n_contents = 0;
}

static void stub_free(void *self)
{
    forget_contents(self);
    free(self);
}

static void keep_contents(stub_t *stub, const jingle_data_t *data)
{
    const jingle_content_data_t *content;
    size_t i;

    forget_contents(stub);
    stub->contents = text_alloc(data->n_contents * sizeof *stub->contents);
    stub->n_contents = data->n_contents;
    for (i = 0; i < data->n_contents; i++) {
        content = &data->contents[i];
        stub->contents[i].creator = jingle_creator_name(jingle_content_data_get_creator(content));
        stub->contents[i].name = text_dup(content->name);
        stub->contents[i].description = text_dup(jingle_element_ns(content->description));
        stub->contents[i].transport = text_dup(jingle_element_ns(content->transport));
    }
}

static xmpp_stanza_t *element(player_t *player, const char *name, const char *ns)
{
    xmpp_stanza_t *made = xmpp_stanza_new(player->ctx);

    xmpp_stanza_set_name(made, name);
    xmpp_stanza_set_ns(made, ns);
    return made;
}

/* Sends an action with these contents. */
static int send_contents(jingle_session_t *session, jingle_action_t action, stub_t *stub,
                         const kept_t *kept, size_t n)
{
    jingle_content_data_t *contents = text_alloc(n * sizeof *contents);
    jingle_data_t data = {.contents = contents, .n_contents = n};
    size_t i;
    int rc;

    for (i = 0; i < n; i++) {
        contents[i].creator = kept[i].creator;
        contents[i].name = kept[i].name;
        contents[i].description = element(stub->player, "description", kept[i].description);
        contents[i].transport = element(stub->player, "transport", kept[i].transport);
    }
    rc = jingle_session_send(session, action, &data);
    for (i = 0; i < n; i++) {
        xmpp_stanza_release(contents[i].description);
        xmpp_stanza_release(contents[i].transport);
    }
    free(contents);
    return rc;
}

static int stub_start(jingle_session_t *session, void *self)
{
    stub_t offer = {.player = ((stub_t *)self)->player};
    const char *application;
    text_t name = {0};
    int rc;

    while ((application = jingle_session_get_application(session, offer.n_contents)) != NULL) {
        kept_t *grown = realloc(offer.contents, (offer.n_contents + 1) * sizeof *grown);

        if (!grown)
            abort();
        offer.contents = grown;
        text_printf(&name, "c%zu", offer.n_contents + 1);
        grown[offer.n_contents++] = (kept_t){.creator = "initiator",
                                             .name = text_take(&name),
                                             .description = text_dup(application),
                                             .transport = text_dup(NS_TRANSPORT)};
    }
    rc = send_contents(session, JINGLE_ACTION_SESSION_INITIATE, &offer, offer.contents,
                       offer.n_contents);
    forget_contents(&offer);
    return rc;
}

static int stub_accept(jingle_session_t *session, void *self)
{
    stub_t *stub = self;

    return send_contents(session, JINGLE_ACTION_SESSION_ACCEPT, stub, stub->contents,
                         stub->n_contents);
}

static void stub_handle(jingle_session_t *session, const jingle_data_t *data, jingle_reply_t *reply,
                        void *self)
{
    (void)session;
    if (data->action == JINGLE_ACTION_SESSION_INITIATE)
        keep_contents(self, data);
    jingle_reply_ack(reply);
}

static void async_handle(jingle_session_t *session, const jingle_data_t *data,
                         jingle_reply_t *reply, void *self)
{
    player_t *player = ((stub_t *)self)->player;
    open_t *grown = realloc(player->open, (player->n_open + 1) * sizeof *grown);
    const char *id = xmpp_stanza_get_id(jingle_reply_get_stanza(reply));

    (void)session;
    if (!grown)
        abort();
    player->open = grown;
    if (data->action == JINGLE_ACTION_SESSION_INITIATE)
        keep_contents(self, data);
    grown[player->n_open++] =
        (open_t){.id = text_dup(id ? id : ""), .reply = jingle_reply_clone(reply)};
}

/* Every action but session-terminate, which is the library's own. */
#define HANDLERS(fn)                                                                               \
    .on_session_initiate = (fn), .on_session_accept = (fn), .on_session_info = (fn),               \
    .on_security_info = (fn), .on_description_info = (fn), .on_content_add = (fn),                 \
    .on_content_accept = (fn), .on_content_reject = (fn), .on_content_modify = (fn),               \
    .on_content_remove = (fn), .on_transport_info = (fn), .on_transport_replace = (fn),            \
    .on_transport_accept = (fn), .on_transport_reject = (fn), .on_source_add = (fn),               \
    .on_source_remove = (fn)

static const jingle_session_type_t stub_type = {.size = sizeof(jingle_session_type_t),
                                                .name = "stub",
                                                .create = stub_create,
                                                .free = stub_free,
                                                .start = stub_start,
                                                .accept = stub_accept,
                                                HANDLERS(stub_handle)};

static const jingle_session_type_t async_type = {.size = sizeof(jingle_session_type_t),
                                                 .name = "async",
                                                 .create = stub_create,
                                                 .free = stub_free,
                                                 .start = stub_start,
                                                 .accept = stub_accept,
                                                 HANDLERS(async_handle)};

/* All left to the library: what a session gets that no type serves. */
static const jingle_session_type_t base_type = {.size = sizeof(jingle_session_type_t),
                                                .name = "base"};

const jingle_session_type_t *type_named(const char *name)
{
    static const jingle_session_type_t *const types[] = {&base_type, &stub_type, &async_type};
    size_t i;

    for (i = 0; name && i < sizeof types / sizeof types[0]; i++)
        if (strcmp(types[i]->name, name) == 0)
            return types[i];
    return NULL;
}

bool type_complete(player_t *player, const char *id, const jingle_error_t *error)
{
    jingle_reply_t *reply;
    size_t i;

    for (i = 0; i < player->n_open; i++)
        if (strcmp(player->open[i].id, id) == 0 && jingle_reply_is_open(player->open[i].reply))
            break;
    if (i == player->n_open)
        return false;
    reply = player->open[i].reply;
    if (error)
        jingle_reply_error(reply, error);
    else
        jingle_reply_ack(reply);
    if (jingle_reply_is_open(reply))
        player_fault(player, "the reply to %s is open after it was completed", id);
    return true;
}
