/* SPDX-License-Identifier: MIT */
/** @file
 *  Somebody who knows all sids and the ids of requests, and may say anything in any name but those
 * of the engines. What it says must change nothing that is not its own. */
#include "raw.h"

#include <stdio.h>
#include <string.h>

static const char *const names[] = {
    "z@peer.example/r2", /* another resource */ "z@peer.example", /* the bare JID */
    "Z@peer.example/r1", /* another case */ "z@peer.example/R1",
    "z@evil.example/r1", "m@self.example/other",
    "m@self.example",    "\xd0\xb7@peer.example/r1", /* it looks alike */
};

static void write_request(raw_t *raw, char *xml, size_t size, uint32_t value)
{
    jingle_action_t action = (jingle_action_t)((value >> 3) % JINGLE_ACTION_COUNT);
    const char *name = jingle_action_name(action);

    snprintf(xml, size,
             "<iq xmlns='jabber:client' type='%s' id='x%lu'><jingle xmlns='%s' action='%s' "
             "sid='%s'>%s</jingle></iq>",
             value % 97 ? "set" : "get", (unsigned long)(value >> 8), JINGLE_NS,
             name ? name : "welp", raw_sid(raw, value >> 8), raw_payload(action, value >> 12));
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

void stranger_op(jingle_sim_engine_t *engine, uint32_t value)
{
    const char *from = names[value % (sizeof names / sizeof names[0])];
    char xml[1024];

    if (value >> 24 & 3)
        write_request(raw_of(engine), xml, sizeof xml, value);
    else
        write_answer(xml, sizeof xml, id_of(engine), value >> 26 & 1);
    jingle_sim_feed(engine, from, xml);
}
