/* SPDX-License-Identifier: MIT */
/** @file
 *  Limits: what an engine keeps, and what it takes.
 *
 *  A limit that is lowered lets stay what there is, so the widest so far counts. */
#include "private.h"

#include <string.h>

static void widen(uint32_t *so_far, uint32_t limit)
{
    if (limit == 0) /* none */
        *so_far = UINT32_MAX;
    else if (limit > *so_far)
        *so_far = limit;
}

void jingle__sim_note_limits(jingle_sim_engine_t *engine)
{
    jingle_limits_t *widest = &engine->widest, limits;

    if (!engine->jingle)
        return;
    jingle_get_limits(engine->jingle, &limits);
    widen(&widest->queue, limits.queue);
    widen(&widest->sessions, limits.sessions);
    widen(&widest->sessions_per_peer, limits.sessions_per_peer);
    widen(&widest->requests, limits.requests);
    widen(&widest->contents, limits.contents);
    widen(&widest->candidates, limits.candidates);
    widen(&widest->sid, limits.sid);
    widen(&widest->text, limits.text);
    widen(&widest->nesting, limits.nesting);
}

/* ---- what it keeps ----------------------------------------------------------------------------
 */

size_t jingle__sim_count_contents(const jingle_session_t *session)
{
    jingle_content_t *content = NULL;
    size_t n = 0;

    while ((content = jingle_session_next_content(session, content)))
        n++;
    return n;
}

static size_t count_with(const jingle_sim_engine_t *engine, const char *peer)
{
    size_t n = 0;

    for (size_t i = 0; i < engine->n_known; i++)
        n += strcmp(jingle_session_get_peer(engine->known[i].session), peer) == 0;
    return n;
}

static void check(jingle_sim_engine_t *engine, const char *whose, const char *what, uint64_t n,
                  uint32_t limit)
{
    if (n > limit)
        jingle_sim_fault(engine->sim, "%s: %llu %s, with %s, which is more than the limit, %u",
                         engine->jid, (unsigned long long)n, what, whose, limit);
}

static void check_session(jingle_sim_engine_t *engine, const jingle_session_t *session)
{
    const char *sid = jingle_session_get_sid(session), *peer = jingle_session_get_peer(session);

    check(engine, sid, "requests in one session", jingle_session_count_requests(session),
          engine->widest.requests);
    check(engine, sid, "contents in one session", jingle__sim_count_contents(session),
          engine->widest.contents);
    check(engine, sid, "octets of a sid", strlen(sid), engine->widest.sid);
    if (engine->n_known > engine->widest.sessions_per_peer)
        check(engine, peer, "sessions with one peer", count_with(engine, peer),
              engine->widest.sessions_per_peer);
}

void jingle__sim_check_limits(jingle_sim_engine_t *engine)
{
    jingle_counters_t counters = {.size = sizeof counters};

    if (!engine->jingle)
        return;
    jingle__sim_note_limits(engine);
    jingle_get_counters(engine->jingle, &counters);
    /* One session-terminate is never refused for a full queue. */
    if (counters.queue_peak)
        check(engine, "one session", "actions that wait", counters.queue_peak - 1,
              engine->widest.queue);
    check(engine, "all peers", "sessions", counters.sessions, engine->widest.sessions);
    for (size_t i = 0; i < engine->n_known; i++)
        check_session(engine, engine->known[i].session);
}

/* ---- what it takes ----------------------------------------------------------------------------
 */

static bool is_named(xmpp_stanza_t *element, const char *name)
{
    return xmpp_stanza_is_tag(element) && strcmp(xmpp_stanza_get_name(element), name) == 0;
}

static size_t count_named(xmpp_stanza_t *parent, const char *name)
{
    size_t n = 0;

    for (xmpp_stanza_t *at = xmpp_stanza_get_children(parent); at; at = xmpp_stanza_get_next(at))
        n += is_named(at, name);
    return n;
}

/** @return levels of elements below */
static uint32_t depth_of(xmpp_stanza_t *parent)
{
    uint32_t deepest = 0;

    for (xmpp_stanza_t *at = xmpp_stanza_get_children(parent); at; at = xmpp_stanza_get_next(at)) {
        uint32_t depth = xmpp_stanza_is_tag(at) ? 1 + depth_of(at) : 0;
        deepest = depth > deepest ? depth : deepest;
    }
    return deepest;
}

static void check_content(jingle_sim_engine_t *engine, const char *id, xmpp_stanza_t *content)
{
    for (xmpp_stanza_t *at = xmpp_stanza_get_children(content); at; at = xmpp_stanza_get_next(at))
        if (is_named(at, "transport"))
            check(engine, id, "candidates are taken", count_named(at, "candidate"),
                  engine->widest.candidates);
}

static void check_text(jingle_sim_engine_t *engine, const char *id, xmpp_stanza_t *reason)
{
    xmpp_stanza_t *text = jingle_element_child(reason, "text", JINGLE_NS);
    xmpp_stanza_t *at = text ? xmpp_stanza_get_children(text) : NULL;
    size_t len = 0;

    for (; at; at = xmpp_stanza_get_next(at))
        len += xmpp_stanza_is_text(at) ? strlen(xmpp_stanza_get_text_ptr(at)) : 0;
    check(engine, id, "octets of a reason's text are taken", len, engine->widest.text);
}

void jingle__sim_check_size(jingle_sim_engine_t *engine, xmpp_stanza_t *iq)
{
    xmpp_stanza_t *jingle = jingle__sim_jingle_of(iq);
    const char *id = xmpp_stanza_get_id(iq), *sid = xmpp_stanza_get_attribute(jingle, "sid");

    jingle__sim_note_limits(engine);
    id = id ? id : "(no id)";
    check(engine, id, "octets of a sid are taken", sid ? strlen(sid) : 0, engine->widest.sid);
    check(engine, id, "contents are taken", count_named(jingle, "content"),
          engine->widest.contents);
    check(engine, id, "levels are taken", depth_of(jingle), engine->widest.nesting);
    for (xmpp_stanza_t *at = xmpp_stanza_get_children(jingle); at; at = xmpp_stanza_get_next(at))
        if (is_named(at, "content"))
            check_content(engine, id, at);
        else if (is_named(at, "reason"))
            check_text(engine, id, at);
}
