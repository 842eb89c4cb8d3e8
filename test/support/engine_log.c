/* SPDX-License-Identifier: MIT */
/** @file
 *  What the manager of engine.h sends and tells, as lines of text. */
#include "engine_log.h"

#include <stdlib.h>
#include <string.h>

#include "support/xml_reader.h"

static const char *or_none(const char *string)
{
    return string ? string : "(none)";
}

/* ---- stanzas ---- */

static void log_jingle(text_t *line, xmpp_stanza_t *jingle)
{
    xmpp_stanza_t *reason = jingle_element_child(jingle, "reason", JINGLE_NS);
    xmpp_stanza_t *condition = reason ? xmpp_stanza_get_children(reason) : NULL;

    text_printf(line, "%s %s", or_none(xmpp_stanza_get_attribute(jingle, "action")),
                or_none(xmpp_stanza_get_attribute(jingle, "sid")));
    if (condition)
        text_printf(line, " %s", xmpp_stanza_get_name(condition));
}

static void log_error(text_t *line, xmpp_stanza_t *iq)
{
    xmpp_stanza_t *error = jingle_element_child(iq, "error", NULL);
    xmpp_stanza_t *condition = jingle_element_child(error, NULL, JINGLE_NS_STANZAS);
    xmpp_stanza_t *jingle = jingle_element_child(error, NULL, JINGLE_NS_ERRORS);

    if (!error || !condition) {
        text_puts(line, " (no error)");
        return;
    }
    text_printf(line, " %s %s", or_none(xmpp_stanza_get_attribute(error, "type")),
                xmpp_stanza_get_name(condition));
    if (jingle)
        text_printf(line, "/%s", xmpp_stanza_get_name(jingle));
}

static char *line_of(xmpp_stanza_t *iq)
{
    const char *type = or_none(xmpp_stanza_get_type(iq));
    xmpp_stanza_t *child = xmpp_stanza_get_children(iq);
    text_t line = {0};

    text_printf(&line, "> %s ", type);
    if (strcmp(type, "result") == 0 || strcmp(type, "error") == 0) {
        text_puts(&line, or_none(xmpp_stanza_get_id(iq)));
        if (strcmp(type, "error") == 0)
            log_error(&line, iq);
        else if (child)
            text_printf(&line, " %s", xmpp_stanza_get_name(child));
    } else if (child && strcmp(jingle_element_ns(child), JINGLE_NS) == 0) {
        log_jingle(&line, child);
    } else {
        text_puts(&line, child ? xmpp_stanza_get_name(child) : "(nothing)");
    }
    return text_take(&line);
}

int engine_log_send(jingle_t *jingle, const char *xml, size_t len, void *userdata)
{
    engine_t *engine = userdata;
    char error[128] = "";
    xmpp_stanza_t *iq;
    xmpp_stanza_t **grown;
    char *line;

    (void)jingle;
    if (engine->send_result != JINGLE_EOK)
        return engine->send_result;
    iq = xml_read(engine->ctx, xml, len, error, sizeof error);
    if (!iq) {
        fprintf(stderr, "sent what is not XML (%s): %.*s\n", error, (int)len, xml);
        abort();
    }
    grown = realloc(engine->sent, (engine->n_sent + 1) * sizeof(xmpp_stanza_t *));
    if (!grown)
        abort();
    engine->sent = grown;
    engine->sent[engine->n_sent++] = iq;
    line = line_of(iq);
    engine_note(engine, "%s", line);
    if (engine->on_sent)
        engine->on_sent(engine, line);
    free(line);
    return JINGLE_EOK;
}

/* ---- events ---- */

static void log_reason(engine_t *engine, const char *sid, const jingle_reason_t *reason)
{
    text_t line = {0};

    text_printf(&line, "terminated %s %s", sid, jingle_reason_name(reason->condition));
    if (reason->text)
        text_printf(&line, " \"%s\"", reason->text);
    if (reason->alternative_sid)
        text_printf(&line, " alternative %s", reason->alternative_sid);
    engine_note(engine, "%s", text_str(&line));
    text_clear(&line);
}

static void log_failure(engine_t *engine, const char *sid, const jingle_event_t *event)
{
    const jingle_error_t *error = event->error;

    engine_note(engine, "error %s %s %s%s%s", sid, or_none(jingle_action_name(event->action)),
                or_none(error->condition), error->jingle ? "/" : "",
                error->jingle ? error->jingle : "");
}

static void log_event(engine_t *engine, const jingle_event_t *event)
{
    const char *sid = jingle_session_get_sid(event->session);

    switch (event->type) {
    case JINGLE_EVENT_CREATED:
        engine_note(engine, "created %s", sid);
        break;
    case JINGLE_EVENT_INCOMING:
        engine_note(engine, "incoming %s", sid);
        break;
    case JINGLE_EVENT_OUTGOING:
        engine_note(engine, "outgoing %s", sid);
        break;
    case JINGLE_EVENT_STATE:
        engine_note(engine, "state %s %s", sid, jingle_state_name(event->state));
        break;
    case JINGLE_EVENT_CONNECTION:
        engine_note(engine, "connection %s %s", sid, jingle_connection_name(event->connection));
        break;
    case JINGLE_EVENT_TERMINATED:
        log_reason(engine, sid, event->reason);
        break;
    case JINGLE_EVENT_ERROR:
        log_failure(engine, sid, event);
        break;
    case JINGLE_EVENT_CHANGED:
        engine_note(engine, "changed %s", sid);
        break;
    case JINGLE_EVENT_LOG:
        break;
    }
}

void engine_log_event(jingle_t *jingle, const jingle_event_t *event, void *userdata)
{
    engine_t *engine = userdata;

    (void)jingle;
    if (event->type == JINGLE_EVENT_LOG) {
        text_printf(&engine->messages, "%s\n", event->message);
    } else {
        if (event->type == JINGLE_EVENT_CREATED) {
            jingle_session_t *last = engine->session;

            engine->session = jingle_session_clone(event->session);
            jingle_session_release(last);
        }
        log_event(engine, event);
    }
    if (engine->on_event)
        engine->on_event(engine, event);
}
