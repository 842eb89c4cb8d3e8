/* SPDX-License-Identifier: MIT */
/** @file
 *  What happens in a world, for people. */
#include "private.h"

#include <stdarg.h>

void jingle_sim_set_trace(jingle_sim_t *sim, FILE *out)
{
    sim->trace = out;
}

void jingle_sim_note(jingle_sim_t *sim, const char *format, ...)
{
    va_list args;

    if (!sim->trace)
        return;
    fputs("    ", sim->trace);
    va_start(args, format);
    vfprintf(sim->trace, format, args);
    va_end(args);
    putc('\n', sim->trace);
}

void jingle__sim_trace_stanza(jingle_sim_engine_t *engine, char way, xmpp_stanza_t *stanza)
{
    char *text = NULL;
    size_t len;

    if (engine->sim->trace && xmpp_stanza_to_text(stanza, &text, &len) == XMPP_EOK)
        jingle_sim_note(engine->sim, "%zu %c %s", engine->index, way, text);
    if (text)
        xmpp_free(engine->sim->ctx, text);
}

static const char *detail_of(const jingle_event_t *event)
{
    switch (event->type) {
    case JINGLE_EVENT_STATE:
        return jingle_state_name(event->state);
    case JINGLE_EVENT_CONNECTION:
        return jingle_connection_name(event->connection);
    case JINGLE_EVENT_TERMINATED:
        return jingle_reason_name(event->reason->condition);
    case JINGLE_EVENT_ERROR:
        return event->error->condition ? event->error->condition : "(no condition)";
    case JINGLE_EVENT_LOG:
        return event->message;
    default:
        return "";
    }
}

void jingle__sim_trace_event(jingle_sim_engine_t *engine, const jingle_event_t *event)
{
    static const char *const names[] = {"created", "incoming",   "outgoing",
                                        "state",   "connection", "terminated",
                                        "error",   "log",        "changed"};

    if (engine->sim->trace)
        jingle_sim_note(engine->sim, "%zu * %s %s %s", engine->index, names[event->type],
                        event->session ? jingle_session_get_sid(event->session) : "",
                        detail_of(event));
}
