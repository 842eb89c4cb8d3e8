/* SPDX-License-Identifier: MIT */
/** @file
 *  Tells in the trace what the raw program does, as steps of a recorded scenario
 *  (test/data/oracle/FORMAT.md section 3): scenario.py makes one of them.
 *
 *      N = STEP                               it does that
 *      N + {"on":EVENT,"of":LABEL,"step":STEP}  ... inside that event of that session
 *      N @ LABEL                              a session was made
 *      N - TEXT                               what no step can say */
#include "raw.h"

#include <stdarg.h>
#include <stdio.h>

#define STEP_MAX 1024

/** The number of a session stands in its pointer for users. */
static unsigned long number_of(const jingle_session_t *session)
{
    return session ? (unsigned long)(uintptr_t)jingle_session_get_user(session) : 0;
}

static const char *name_of(jingle_event_type_t type)
{
    static const char *const names[] = {"createdSession", "incoming",   "outgoing", "state",
                                        "connection",     "terminated", "error"};

    return (size_t)type < sizeof names / sizeof names[0] ? names[type] : "log";
}

static void tell(const raw_t *raw, const char *step)
{
    jingle_sim_t *sim = jingle_sim_get_world(raw->engine);
    size_t index = jingle_sim_get_index(raw->engine);

    if (raw->event)
        jingle_sim_note(sim, "%zu + {\"on\":\"%s\",\"of\":\"S%lu\",\"step\":{%s}}", index,
                        name_of(raw->event->type), number_of(raw->event->session), step);
    else
        jingle_sim_note(sim, "%zu = {%s}", index, step);
}

void raw_tell(const raw_t *raw, const char *format, ...)
{
    char step[STEP_MAX];
    va_list args;

    va_start(args, format);
    vsnprintf(step, sizeof step, format, args);
    va_end(args);
    tell(raw, step);
}

void raw_tell_of(const raw_t *raw, const jingle_session_t *session, const char *format, ...)
{
    char step[STEP_MAX];
    va_list args;
    int len;

    if (!session) /* it lets the library refuse nothing at all */
        return;
    len = snprintf(step, sizeof step, "\"session\":\"S%lu\",", number_of(session));
    va_start(args, format);
    vsnprintf(step + len, sizeof step - (size_t)len, format, args);
    va_end(args);
    tell(raw, step);
}

void raw_tell_more(const raw_t *raw, const char *what)
{
    jingle_sim_note(jingle_sim_get_world(raw->engine), "%zu - %s",
                    jingle_sim_get_index(raw->engine), what);
}

void raw_tell_created(raw_t *raw, jingle_session_t *session)
{
    uintptr_t number = ++raw->n_created;

    jingle_session_set_user(session, (void *)number, NULL); // NOLINT(performance-no-int-to-ptr)
    jingle_sim_note(jingle_sim_get_world(raw->engine), "%zu @ S%lu",
                    jingle_sim_get_index(raw->engine), (unsigned long)number);
}

void raw_tell_completed(const raw_t *raw, const jingle_reply_t *reply, unsigned how)
{
    xmpp_stanza_t *request = jingle_reply_get_stanza(reply);

    if (!request)
        raw_tell_more(raw, "an action that it handed in itself is completed");
    else
        raw_tell(raw, "\"op\":\"complete\",\"id\":\"%s\"%s", xmpp_stanza_get_id(request),
                 how == 0   ? ""
                 : how == 1 ? ",\"error\":{\"condition\":\"not-acceptable\"}"
                            : ",\"as_seen\":true");
}
