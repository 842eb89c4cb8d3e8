/* SPDX-License-Identifier: MIT */
/** @file
 *  The managed session type in the simulation: what programs do. */
#include "managed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "stranger.h"

#define SESSIONS 4

static jingle_sim_t *world(const side_t *side)
{
    return jingle_sim_get_world(side->engine);
}

static jingle_t *manager(const side_t *side)
{
    return jingle_sim_get_manager(side->engine);
}

static side_t *side_of(const jingle_sim_engine_t *engine)
{
    return jingle_sim_get_user(engine);
}

/* ---- what is chosen ------------------------------------------------------------------------ */

typedef struct {
    size_t left;
    jingle_session_t *session;
} nth_t;

static bool nth(jingle_session_t *session, void *userdata)
{
    nth_t *at = userdata;

    at->session = session;
    return at->left-- > 0;
}

static jingle_session_t *session_of(const jingle_sim_engine_t *engine, uint32_t value)
{
    jingle_t *jingle = manager(side_of(engine));
    size_t n = jingle_count_sessions(jingle);
    nth_t at = {n ? value % n : 0, NULL};

    jingle_each_session(jingle, nth, &at);
    return at.session;
}

/** @return NULL when there is none */
static jingle_content_t *content_of(const jingle_sim_engine_t *engine, uint32_t value)
{
    const jingle_session_t *session = session_of(engine, value);
    jingle_content_t *content = NULL;
    size_t n = 0;

    if (!session)
        return NULL;
    while ((content = jingle_session_next_content(session, content)))
        n++;
    n = n ? 1 + (value >> 4) % n : 0;
    while (n--)
        content = jingle_session_next_content(session, content);
    return content;
}

/** Ours and theirs are counted apart: nobody has to ask the other for a name. */
static void add(side_t *side, jingle_session_t *session, uint32_t value)
{
    const char *transport = value >> 4 & 3 ? NULL : managed_namespaces[2 + (value >> 6) % 3];
    char name[16];

    snprintf(name, sizeof name, "c%u", side->next_name++);
    jingle_session_add_content(
        session,
        JINGLE_CONTENT(.application = managed_namespaces[value >> 3 & 1], .name = name,
                       .senders = (jingle_senders_t)((value >> 8) % (JINGLE_SENDERS_RESPONDER + 1)),
                       .transport = transport,
                       .disposition = value >> 11 & 7 ? NULL : "early-session",
                       .security = value >> 14 & 3 ? NULL : managed_namespaces[5]),
        NULL);
}

/* ---- ops ----------------------------------------------------------------------------------- */

static void op_initiate(jingle_sim_engine_t *engine, uint32_t value)
{
    side_t *side = side_of(engine);
    jingle_sim_engine_t *peer = jingle_sim_get_engine(world(side), !jingle_sim_get_index(engine));
    jingle_session_t *session = NULL;
    char sid[16];

    if (jingle_count_sessions(manager(side)) >= SESSIONS)
        return;
    snprintf(sid, sizeof sid, "%c%u", 'a' + (char)jingle_sim_get_index(engine), side->next_sid++);
    if (jingle_managed_session_new(manager(side), jingle_sim_get_jid(peer),
                                   JINGLE_SESSION(.sid = sid), &session) != JINGLE_EOK)
        return;
    for (uint32_t n = value % 3 + 1; n; n--)
        add(side, session, (value = value * 1664525 + 1013904223) >> 8);
    jingle_session_start(session);
}

static void op_add(jingle_sim_engine_t *engine, uint32_t value)
{
    jingle_session_t *session = session_of(engine, value);

    if (session)
        add(side_of(engine), session, value >> 4);
}

static void op_accept_all(jingle_sim_engine_t *engine, uint32_t value)
{
    jingle_session_t *session = session_of(engine, value);

    if (session)
        jingle_session_accept(session);
}

static void op_accept(jingle_sim_engine_t *engine, uint32_t value)
{
    jingle_content_t *content = content_of(engine, value);

    if (content)
        jingle_content_accept(content);
}

static void op_reject(jingle_sim_engine_t *engine, uint32_t value)
{
    jingle_content_t *content = content_of(engine, value);

    if (content)
        jingle_content_reject(content, NULL);
}

static void op_remove(jingle_sim_engine_t *engine, uint32_t value)
{
    jingle_content_t *content = content_of(engine, value);

    if (content)
        jingle_content_remove(content, NULL);
}

static void op_modify(jingle_sim_engine_t *engine, uint32_t value)
{
    jingle_content_t *content = content_of(engine, value);

    if (content)
        jingle_content_modify(content,
                              (jingle_senders_t)((value >> 16) % (JINGLE_SENDERS_RESPONDER + 1)));
}

static void op_replace(jingle_sim_engine_t *engine, uint32_t value)
{
    jingle_content_t *content = content_of(engine, value);

    if (content)
        jingle_content_replace_transport(
            content, value >> 16 & 1 ? NULL : managed_namespaces[2 + (value >> 17) % 3]);
}

static void op_done(jingle_sim_engine_t *engine, uint32_t value)
{
    side_t *side = side_of(engine);
    jingle_content_t *content = content_of(engine, value),
                     **at = side->done + side->n_done % MANAGED_DONE;

    if (!content)
        return;
    jingle_content_release(*at);
    *at = jingle_content_clone(content); /* which may be over by that */
    side->n_done++;
    jingle_content_done(content, value >> 16 & 1);
}

/** Of the program's own, for the application of a content, or for nobody. */
static void op_info(jingle_sim_engine_t *engine, uint32_t value)
{
    jingle_session_t *session = session_of(engine, value);
    xmpp_stanza_t *payload = jingle_sim_element(
        jingle_sim_get_world(engine), value >> 16 & 7 ? "<told xmlns='" MANAGED_INFO "'/>"
                                                      : "<told xmlns='urn:example:unknown'/>");

    if (session)
        jingle_session_send(
            session, JINGLE_ACTION_SESSION_INFO,
            &(const jingle_data_t){
                .foreign = {.children = &payload, .n_children = value >> 19 & 3 ? 1 : 0}});
    xmpp_stanza_release(payload);
}

static void op_stir(jingle_sim_engine_t *engine, uint32_t value)
{
    managed_stir(side_of(engine), value);
}

static void op_complete(jingle_sim_engine_t *engine, uint32_t value)
{
    side_t *side = side_of(engine);

    if (side->n_kept)
        managed_complete(side, value % side->n_kept, value >> 8 & 3);
}

static void op_end(jingle_sim_engine_t *engine, uint32_t value)
{
    jingle_session_t *session = session_of(engine, value);

    if (session && value >> 16 & 1)
        jingle_session_end(session, NULL);
    else if (session)
        jingle_session_decline(session);
}

/** Of a content that is there, of one that will be, or of none. */
static const char *payload(jingle_sim_engine_t *engine, jingle_action_t action, uint32_t value)
{
    static char xml[1024];
    const jingle_content_t *content = content_of(engine, value);
    const char *name = content ? jingle_content_get_name(content) : "c1";

    if (action == JINGLE_ACTION_SESSION_INFO) {
        snprintf(xml, sizeof xml, "<told xmlns='" MANAGED_INFO "' name='%s' creator='initiator'/>",
                 name);
    } else if (action == JINGLE_ACTION_SESSION_TERMINATE) {
        snprintf(xml, sizeof xml, "<reason><success/></reason>");
    } else {
        snprintf(xml, sizeof xml,
                 "<content creator='%s' name='%s' senders='%s'><description xmlns='%s'/>"
                 "<transport xmlns='%s' id='x'/></content>",
                 value >> 8 & 1 ? "initiator" : "responder", name, value >> 9 & 1 ? "both" : "none",
                 managed_namespaces[value >> 10 & 1], managed_namespaces[2 + (value >> 11) % 3]);
    }
    return xml;
}

static void op_stranger(jingle_sim_engine_t *engine, uint32_t value)
{
    const jingle_session_t *session = session_of(engine, value >> 8);

    stranger_say(engine, value, session ? jingle_session_get_sid(session) : "a0", payload);
}

static const jingle_sim_op_t ops[] = {
    {"initiate", op_initiate, 12}, {"add", op_add, 10},         {"accept-all", op_accept_all, 12},
    {"accept", op_accept, 14},     {"reject", op_reject, 3},    {"remove", op_remove, 4},
    {"modify", op_modify, 14},     {"replace", op_replace, 14}, {"done", op_done, 5},
    {"info", op_info, 10},         {"stir", op_stir, 60},       {"complete", op_complete, 8},
    {"stranger", op_stranger, 20}, {"end", op_end, 3}};

/* ---- worlds -------------------------------------------------------------------------------- */

/** Did the peer get what it has not answered in time? The two may differ for good: the program ends
 *  it. */
static void on_event(jingle_t *jingle, const jingle_event_t *event, void *userdata)
{
    const jingle_sim_engine_t *engine = jingle_get_userdata(jingle);

    (void)userdata;
    if (event->type == JINGLE_EVENT_ERROR && event->error->condition &&
        strcmp(event->error->condition, "remote-server-timeout") == 0)
        jingle_session_end(event->session, JINGLE_END(.condition = JINGLE_REASON_TIMEOUT));
    if (event->type == JINGLE_EVENT_INCOMING && side_of(engine)->settles)
        jingle_session_accept(event->session);
}

static bool decide(jingle_session_t *session, void *userdata)
{
    jingle_content_t *content = NULL;

    (void)userdata;
    jingle_session_accept(session);
    while ((content = jingle_session_next_content(session, content)))
        jingle_content_accept(content);
    return true;
}

static void settle(jingle_sim_t *sim, void *userdata)
{
    (void)userdata;
    for (size_t i = 0; jingle_sim_get_engine(sim, i); i++) {
        side_t *side = side_of(jingle_sim_get_engine(sim, i));

        side->settles = true;
        while (side->n_kept)
            managed_complete(side, 0, 0);
        jingle_each_session(manager(side), decide, NULL);
    }
}

static const char *transport_of(const jingle_content_t *content)
{
    const char *transport = content ? jingle_content_get_transport(content) : NULL;

    return transport ? transport : "";
}

/** Where one side is done with a content, the other's consent to another transport comes too late: it is
 * acknowledged, and what was sent leaves by the old one. Such a session ends here, and is not compared. */
static void end_late(jingle_sim_engine_t *engine, jingle_content_t *content)
{
    jingle_session_t *session = jingle_content_get_session(content);
    const jingle_sim_engine_t *peer =
        session
            ? jingle_sim_find_engine(jingle_sim_get_world(engine), jingle_session_get_peer(session))
            : NULL;
    const jingle_session_t *other =
        peer ? jingle_find_session(jingle_sim_get_manager(peer), NULL, jingle_sim_get_jid(engine),
                                   jingle_session_get_sid(session))
             : NULL;
    const jingle_content_t *theirs =
        other ? jingle_session_find_content(other, jingle_content_get_creator(content),
                                            jingle_content_get_name(content))
              : NULL;

    if (theirs && strcmp(transport_of(content), transport_of(theirs)) != 0)
        jingle_session_end(session, NULL);
}

static void judge(jingle_sim_t *sim, void *userdata)
{
    (void)userdata;
    for (size_t i = 0; jingle_sim_get_engine(sim, i); i++)
        for (size_t k = 0; k < MANAGED_DONE; k++) {
            jingle_content_t *content = side_of(jingle_sim_get_engine(sim, i))->done[k];
            if (content)
                end_late(jingle_sim_get_engine(sim, i), content);
        }
    jingle_sim_flush(sim);
}

static void free_side(void *userdata)
{
    side_t *side = userdata;
    part_t *part;

    for (size_t i = 0; i < MANAGED_DONE; i++)
        jingle_content_release(side->done[i]);

    while (side->n_kept)
        managed_complete(side, 0, 3);
    while ((part = side->parts)) {
        side->parts = part->next;
        jingle_sim_fault(world(side), "%s: a part of %s was not freed",
                         jingle_sim_get_jid(side->engine), part->plugin->ns);
        free(part);
    }
    free(side);
}

static void add_side(jingle_sim_t *sim, const char *jid)
{
    side_t *side = calloc(1, sizeof *side);
    jingle_limits_t limits;

    if (!side)
        abort();
    jingle_limits_init(&limits);
    if (jingle_sim_random(sim, 4) == 0) { /* so narrow that they are met */
        limits.contents = 3;
        limits.sessions_per_peer = 2;
    }
    side->engine = jingle_sim_add(sim, jid, JINGLE_CONFIG(.limits = &limits, .on_event = on_event));
    jingle_sim_set_user(side->engine, side, free_side);
    managed_register(side);
}

static void set_up(jingle_sim_t *sim, void *userdata)
{
    (void)userdata;
    add_side(sim, "romeo@montague.example/orchard");
    add_side(sim, "juliet@capulet.example/balcony");
}

const jingle_sim_program_t managed_program = {.size = sizeof(jingle_sim_program_t),
                                              .name = "managed",
                                              .set_up = set_up,
                                              .settle = settle,
                                              .judge = judge,
                                              .ops = ops,
                                              .n_ops = sizeof ops / sizeof ops[0]};
