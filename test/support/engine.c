/* SPDX-License-Identifier: MIT */
/** @file
 *  A manager for tests of the engine. What it logs is in engine_log.c. */
#include "engine.h"

#include <stdlib.h>
#include <string.h>

#include "engine_log.h"
#include "support/xml_reader.h"

/* ---- life ---- */

engine_t *engine_new(const jingle_config_t *config)
{
    engine_t *engine = text_alloc(sizeof *engine);
    jingle_config_t full = config ? *config : *JINGLE_CONFIG(0);

    test_mem_init(&engine->mem);
    test_mem_init(&engine->stanza_mem);
    engine->ctx = xmpp_ctx_new(&engine->stanza_mem.mem, NULL);
    full.size = sizeof full;
    full.mem = &engine->mem.mem;
    full.send = engine_log_send;
    full.send_userdata = engine;
    full.on_event = engine_log_event;
    full.userdata = engine;
    if (!full.jid && !full.component)
        full.jid = ENGINE_OWN;
    engine->jingle = jingle_new(engine->ctx, &full);
    jingle_tick(engine->jingle, 0); /* NULL is ignored */
    test_mem_starve(&engine->mem);
    return engine;
}

void engine_free_manager(engine_t *engine)
{
    jingle_t *jingle = engine->jingle;

    engine->jingle = NULL;
    jingle_free(jingle);
}

size_t engine_free(engine_t *engine)
{
    jingle_session_t *session;
    size_t i, leaked;

    engine_free_manager(engine);
    while (engine->n_kept) /* the last reference may call back */
        jingle_reply_release(engine->kept[--engine->n_kept]);
    session = engine->session;
    engine->session = NULL;
    jingle_session_release(session);
    leaked = test_mem_report(&engine->mem, stderr);
    for (i = 0; i < engine->n_sent; i++)
        xmpp_stanza_release(engine->sent[i]);
    xmpp_ctx_free(engine->ctx);
    leaked += test_mem_report(&engine->stanza_mem, stderr);
    test_mem_free_all(&engine->mem);
    test_mem_free_all(&engine->stanza_mem);
    text_clear(&engine->log);
    text_clear(&engine->taken);
    text_clear(&engine->messages);
    free(engine->sent);
    free(engine);
    return leaked;
}

/* ---- input ---- */

xmpp_stanza_t *engine_element(engine_t *engine, const char *xml)
{
    char error[128] = "";
    xmpp_stanza_t *element = xml_read(engine->ctx, xml, strlen(xml), error, sizeof error);

    if (!element) {
        fprintf(stderr, "not XML (%s): %s\n", error, xml);
        abort();
    }
    return element;
}

static bool feed(engine_t *engine, const char *xml)
{
    xmpp_stanza_t *stanza = engine_element(engine, xml);
    bool taken = jingle_receive(engine->jingle, stanza);

    xmpp_stanza_release(stanza);
    return taken;
}

bool engine_feed(engine_t *engine, const char *format, ...)
{
    text_t text = {0};
    va_list args;
    bool taken;

    va_start(args, format);
    text_vprintf(&text, format, args);
    va_end(args);
    taken = feed(engine, text_str(&text));
    text_clear(&text);
    return taken;
}

bool engine_feed_jingle(engine_t *engine, const char *from, const char *id, const char *action,
                        const char *sid, const char *inside)
{
    return engine_feed(engine,
                       "<iq xmlns='jabber:client' type='set' id='%s' from='%s' to='%s'>"
                       "<jingle xmlns='%s' action='%s' sid='%s'>%s</jingle></iq>",
                       id, from, ENGINE_OWN, JINGLE_NS, action, sid, inside);
}

bool engine_action(engine_t *engine, const char *id, const char *action, const char *sid,
                   const char *inside)
{
    return engine_feed_jingle(engine, ENGINE_PEER, id, action, sid, inside);
}

bool engine_offer(engine_t *engine, const char *id, const char *sid)
{
    return engine_action(engine, id, "session-initiate", sid, ENGINE_CONTENT);
}

static void answer(engine_t *engine, const char *type, const char *inside)
{
    xmpp_stanza_t *request = engine_last_request(engine);
    const char *to = xmpp_stanza_get_to(request), *from = xmpp_stanza_get_from(request);

    engine_feed(engine, "<iq xmlns='jabber:client' type='%s' id='%s' to='%s'%s%s%s>%s</iq>", type,
                xmpp_stanza_get_id(request), from ? from : ENGINE_OWN, to ? " from='" : "",
                to ? to : "", to ? "'" : "", inside);
}

void engine_ack(engine_t *engine)
{
    answer(engine, "result", "");
}

void engine_refuse(engine_t *engine, const char *condition, const char *jingle)
{
    text_t inside = {0};

    text_printf(&inside, "<error type='cancel'><%s xmlns='%s'/>", condition, JINGLE_NS_STANZAS);
    if (jingle)
        text_printf(&inside, "<%s xmlns='%s'/>", jingle, JINGLE_NS_ERRORS);
    text_puts(&inside, "</error>");
    answer(engine, "error", text_str(&inside));
    text_clear(&inside);
}

uint64_t engine_wait(engine_t *engine, uint64_t ms)
{
    engine->now += ms;
    return jingle_tick(engine->jingle, engine->now);
}

/* ---- what went out ---- */

const char *engine_log(engine_t *engine)
{
    text_clear(&engine->taken);
    engine->taken = engine->log;
    memset(&engine->log, 0, sizeof engine->log);
    return text_str(&engine->taken);
}

xmpp_stanza_t *engine_last(const engine_t *engine)
{
    return engine->n_sent ? engine->sent[engine->n_sent - 1] : NULL;
}

xmpp_stanza_t *engine_last_request(const engine_t *engine)
{
    size_t i;
    const char *type;

    for (i = engine->n_sent; i-- > 0;) {
        type = xmpp_stanza_get_type(engine->sent[i]);
        if (type && (strcmp(type, "set") == 0 || strcmp(type, "get") == 0))
            return engine->sent[i];
    }
    return NULL;
}

void engine_note(engine_t *engine, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    text_vprintf(&engine->log, format, args);
    va_end(args);
    text_puts(&engine->log, "\n");
}

/* ---- sessions ---- */

int engine_send(engine_t *engine, jingle_session_t *session, jingle_action_t action,
                const char *inside)
{
    const jingle_data_t *data = NULL;
    xmpp_stanza_t *element;
    text_t text = {0};
    int rc;

    text_printf(&text, "<jingle xmlns='%s'>%s</jingle>", JINGLE_NS, inside);
    element = engine_element(engine, text_str(&text));
    text_clear(&text);
    rc = jingle_data_new(NULL, element, &data);
    if (rc == JINGLE_EOK)
        rc = jingle_session_send(session, action, data);
    jingle_data_free(data);
    xmpp_stanza_release(element);
    return rc;
}

static int type_start(jingle_session_t *session, void *self)
{
    return engine_send(self, session, JINGLE_ACTION_SESSION_INITIATE, ENGINE_CONTENT);
}

static int type_accept(jingle_session_t *session, void *self)
{
    return engine_send(self, session, JINGLE_ACTION_SESSION_ACCEPT, ENGINE_CONTENT);
}

static void type_handle(jingle_session_t *session, const jingle_data_t *data, jingle_reply_t *reply,
                        void *self)
{
    engine_t *engine = self;

    engine_note(engine, "on %s %s", jingle_action_name(data->action),
                jingle_session_get_sid(session));
    if (engine->on_action)
        engine->on_action(engine, session, data, reply);
    else if (engine->keep && engine->n_kept < ENGINE_KEPT)
        engine->kept[engine->n_kept++] = jingle_reply_clone(reply);
    else
        jingle_reply_ack(reply);
}

const jingle_session_type_t engine_type = {.size = sizeof(jingle_session_type_t),
                                           .name = "test",
                                           .start = type_start,
                                           .accept = type_accept,
                                           .on_session_initiate = type_handle,
                                           .on_session_accept = type_handle,
                                           .on_session_info = type_handle,
                                           .on_security_info = type_handle,
                                           .on_description_info = type_handle,
                                           .on_content_add = type_handle,
                                           .on_content_accept = type_handle,
                                           .on_content_reject = type_handle,
                                           .on_content_modify = type_handle,
                                           .on_content_remove = type_handle,
                                           .on_transport_info = type_handle,
                                           .on_transport_replace = type_handle,
                                           .on_transport_accept = type_handle,
                                           .on_transport_reject = type_handle};

void engine_register(engine_t *engine)
{
    if (jingle_register_session_type(engine->jingle, ENGINE_APP, &engine_type, engine) !=
        JINGLE_EOK)
        abort();
}

jingle_session_t *engine_create(engine_t *engine, const char *sid)
{
    static const char *const applications[] = {ENGINE_APP};
    jingle_session_t *session = NULL;

    jingle_session_new(engine->jingle, ENGINE_PEER,
                       JINGLE_SESSION(.sid = sid, .type = &engine_type, .type_userdata = engine,
                                      .applications = applications, .n_applications = 1),
                       &session);
    return session;
}

jingle_session_t *engine_create_active(engine_t *engine, const char *sid)
{
    jingle_session_t *session = engine_create(engine, sid);

    jingle_session_start(session);
    engine_ack(engine);
    engine_action(engine, "accept", "session-accept", sid, ENGINE_CONTENT);
    if (!jingle_session_is_active(session))
        abort();
    engine_log(engine);
    return session;
}

jingle_session_t *engine_offered(engine_t *engine, const char *sid)
{
    jingle_session_t *session;
    char id[32];

    /* The same request again is not a new offer. */
    snprintf(id, sizeof id, "offer-%zu", engine->n_sent);
    engine_offer(engine, id, sid);
    session = jingle_find_session(engine->jingle, NULL, ENGINE_PEER, sid);
    if (!jingle_session_is_pending(session))
        abort();
    engine_log(engine);
    return session;
}

int engine_complete(engine_t *engine, const jingle_error_t *error)
{
    jingle_reply_t *reply = engine->kept[0];
    int rc;

    if (engine->n_kept == 0)
        return JINGLE_ENOENT;
    engine->n_kept--;
    memmove(engine->kept, engine->kept + 1, engine->n_kept * sizeof reply);
    rc = error ? jingle_reply_error(reply, error) : jingle_reply_ack(reply);
    jingle_reply_release(reply);
    return rc;
}
