/* SPDX-License-Identifier: MIT */
/** @file
 *  A stranger's stanzas. */
#include "stranger.h"

#include <stdio.h>
#include <string.h>

#define JID 256

/** One that looks like an engine's. */
static void name_like(const char *jid, uint32_t value, char name[JID])
{
    const char *domain = strchr(jid, '@') + 1, *resource = strchr(jid, '/') + 1;
    int bare = (int)(resource - jid - 1);

    switch (value % 6) {
    case 0:
        snprintf(name, JID, "%.*s/other", bare, jid);
        break;
    case 1:
        snprintf(name, JID, "%.*s", bare, jid);
        break;
    case 2: /* another case */
        snprintf(name, JID, "%c%s", jid[0] - 'a' + 'A', jid + 1);
        break;
    case 3:
        snprintf(name, JID, "%.*s/%c%s", bare, jid, resource[0] - 'a' + 'A', resource + 1);
        break;
    case 4:
        snprintf(name, JID, "%.*sevil.%s", (int)(domain - jid), jid, domain);
        break;
    default: /* it looks alike */
        snprintf(name, JID, "\xd0\xb7%s", jid + 1);
        break;
    }
}

static void write_request(jingle_sim_engine_t *engine, char *xml, size_t size, uint32_t value,
                          const char *sid, stranger_payload_fn payload)
{
    jingle_action_t action = (jingle_action_t)((value >> 3) % JINGLE_ACTION_COUNT);
    const char *name = jingle_action_name(action);

    snprintf(xml, size,
             "<iq xmlns='jabber:client' type='%s' id='x%lu'><jingle xmlns='%s' action='%s' "
             "sid='%s'>%s</jingle></iq>",
             value % 97 ? "set" : "get", (unsigned long)(value >> 8), JINGLE_NS,
             name ? name : "welp", sid, payload(engine, action, value >> 12));
}

static void write_answer(char *xml, size_t size, const char *id, bool error)
{
    static const char unknown[] = "<error type='cancel'><item-not-found xmlns='" JINGLE_NS_STANZAS
                                  "'/><unknown-session xmlns='" JINGLE_NS_ERRORS "'/></error>";

    snprintf(xml, size, "<iq xmlns='jabber:client' type='%s' id='%s'>%s</iq>",
             error ? "error" : "result", id, error ? unknown : "");
}

/** The id of a request of the engine's that is under way. */
static const char *id_of(const jingle_sim_engine_t *engine)
{
    jingle_sim_t *sim = jingle_sim_get_world(engine);

    for (size_t i = 0; jingle_sim_get_engine(sim, i); i++) {
        const char *id = jingle_sim_get_request(engine, jingle_sim_get_engine(sim, i));
        if (id)
            return id;
    }
    return "x1";
}

void stranger_say(jingle_sim_engine_t *engine, uint32_t value, const char *sid,
                  stranger_payload_fn payload)
{
    jingle_sim_t *sim = jingle_sim_get_world(engine);
    char xml[2048], name[JID];
    size_t n = 0;

    while (jingle_sim_get_engine(sim, n))
        n++;
    name_like(jingle_sim_get_jid(jingle_sim_get_engine(sim, value / 6 % n)), value, name);
    if (value >> 24 & 3)
        write_request(engine, xml, sizeof xml, value, sid, payload);
    else
        write_answer(xml, sizeof xml, id_of(engine), value >> 26 & 1);
    jingle_sim_feed(engine, name, xml);
}
