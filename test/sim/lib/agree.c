/* SPDX-License-Identifier: MIT */
/** @file
 *  Do the two sides of a session think the same of it? */
#include "private.h"

#include <string.h>

static bool same(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static void compare_content(jingle_sim_engine_t *engine, jingle_content_t *content,
                            const jingle_session_t *other)
{
    const char *name = jingle_content_get_name(content);
    jingle_content_t *theirs =
        jingle_session_find_content(other, jingle_content_get_creator(content), name);
    const char *what = NULL;

    if (!theirs)
        what = "is not there at the other side";
    else if (jingle_content_get_state(theirs) != jingle_content_get_state(content))
        what = "is not in the same state at the other side";
    else if (jingle_content_get_senders(theirs) != jingle_content_get_senders(content))
        what = "has other senders at the other side";
    else if (!same(jingle_content_get_application(theirs), jingle_content_get_application(content)))
        what = "has another application at the other side";
    else if (!same(jingle_content_get_transport(theirs), jingle_content_get_transport(content)))
        what = "has another transport at the other side";
    if (what)
        jingle_sim_fault(engine->sim, "%s: content %s of session %s %s", engine->jid, name,
                         jingle_session_get_sid(other), what);
}

/** A content of ours that was not offered yet is nothing to the peer. */
static void compare_contents(jingle_sim_engine_t *engine, const jingle_session_t *session,
                             const jingle_session_t *other)
{
    jingle_content_t *content = NULL;

    while ((content = jingle_session_next_content(session, content)))
        if (jingle_content_get_state(content) != JINGLE_CONTENT_NEW)
            compare_content(engine, content, other);
}

static bool is_unstarted(const jingle_session_t *session)
{
    return jingle_session_is_initiator(session) && jingle_session_is_starting(session);
}

static bool is_torn(const jingle_sim_engine_t *engine, const jingle_session_t *session)
{
    for (size_t i = 0; i < engine->n_known; i++)
        if (engine->known[i].session == session)
            return engine->known[i].torn;
    return false;
}

static void compare(jingle_sim_engine_t *engine, const jingle_session_t *session,
                    jingle_sim_engine_t *peer)
{
    const char *sid = jingle_session_get_sid(session);
    jingle_session_t *other = jingle_find_session(peer->jingle, peer->jid, engine->jid, sid);

    if (other && is_unstarted(other))
        other = NULL; /* the same sid by chance: not this session */
    if (other && is_torn(peer, other)) {
        engine->sim->n_torn++;
        return;
    }
    engine->sim->n_compared++;
    if (!other)
        jingle_sim_fault(engine->sim, "%s has session %s (%s), %s has not", engine->jid, sid,
                         jingle_state_name(jingle_session_get_state(session)), peer->jid);
    else if (jingle_session_get_role(other) == jingle_session_get_role(session))
        jingle_sim_fault(engine->sim, "session %s: both sides have the same role", sid);
    else if (jingle_session_get_state(other) != jingle_session_get_state(session))
        jingle_sim_fault(engine->sim, "session %s: %s at %s, %s at %s", sid,
                         jingle_state_name(jingle_session_get_state(session)), engine->jid,
                         jingle_state_name(jingle_session_get_state(other)), peer->jid);
    else
        compare_contents(engine, session, other);
}

static void agree(jingle_sim_engine_t *engine)
{
    for (size_t i = 0; i < engine->n_known; i++) {
        const jingle_session_t *session = engine->known[i].session;
        jingle_sim_engine_t *peer =
            jingle_sim_find_engine(engine->sim, jingle_session_get_peer(session));
        if (!peer || peer == engine || !peer->jingle || is_unstarted(session))
            continue;
        if (engine->known[i].torn)
            engine->sim->n_torn++;
        else
            compare(engine, session, peer);
    }
}

void jingle_sim_agree(jingle_sim_t *sim)
{
    for (size_t i = 0; i < sim->n_engines; i++)
        if (sim->engines[i]->jingle)
            agree(sim->engines[i]);
}

void jingle_sim_count_compared(const jingle_sim_t *sim, uint64_t *compared, uint64_t *torn)
{
    if (compared)
        *compared += sim->n_compared;
    if (torn)
        *torn += sim->n_torn;
}
