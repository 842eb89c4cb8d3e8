/* SPDX-License-Identifier: MIT */
/** @file
 *  The rules: what an engine may do and must do, seen from outside. */
#include "private.h"

#include <string.h>

static bool same(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

bool jingle__sim_is_request(xmpp_stanza_t *iq)
{
    const char *name = xmpp_stanza_get_name(iq), *type = xmpp_stanza_get_type(iq);

    return same(name, "iq") && (same(type, "set") || same(type, "get"));
}

xmpp_stanza_t *jingle__sim_jingle_of(xmpp_stanza_t *iq)
{
    return jingle_element_child(iq, "jingle", JINGLE_NS);
}

/* ---- one answer for each request, in order ----------------------------------------------------
 */

void jingle__sim_note_request(jingle_sim_engine_t *engine, xmpp_stanza_t *iq)
{
    xmpp_stanza_t *jingle = jingle__sim_jingle_of(iq);
    jingle__sim_open_t made = {.iq = xmpp_stanza_clone(iq)};

    if (engine->n_open == engine->open_size) {
        engine->open_size = engine->open_size * 2 + 16;
        engine->open = jingle__sim_grow(engine->open, engine->open_size * sizeof *engine->open);
    }
    if (jingle) {
        made.sid = xmpp_stanza_get_attribute(jingle, "sid");
        made.terminate = same(xmpp_stanza_get_attribute(jingle, "action"), "session-terminate");
    }
    engine->open[engine->n_open++] = made;
}

static void forget_open(jingle_sim_engine_t *engine, size_t index)
{
    xmpp_stanza_release(engine->open[index].iq);
    engine->n_open--;
    memmove(engine->open + index, engine->open + index + 1,
            (engine->n_open - index) * sizeof *engine->open);
}

void jingle__sim_take_back(jingle_sim_engine_t *engine, xmpp_stanza_t *iq)
{
    for (size_t i = engine->n_open; i-- > 0;)
        if (engine->open[i].iq == iq) {
            forget_open(engine, i);
            return;
        }
}

/** A session acknowledges what it is sent in the order in which that came (XEP-0166 section 7.2).
 * What is refused is answered at once; the end of a session answers all that waited. */
static void check_order(jingle_sim_engine_t *engine, size_t index)
{
    const jingle__sim_open_t *open = engine->open, *this = open + index;

    for (size_t i = 0; i < index; i++)
        if (!open[i].over && same(open[i].sid, this->sid) &&
            same(xmpp_stanza_get_from(open[i].iq), xmpp_stanza_get_from(this->iq))) {
            jingle_sim_fault(engine->sim, "%s acknowledges %s before %s, which came first",
                             engine->jid, xmpp_stanza_get_id(this->iq),
                             xmpp_stanza_get_id(open[i].iq));
            return;
        }
}

static bool is_asked(const jingle__sim_open_t *open, const char *id, const char *to)
{
    const char *asked = xmpp_stanza_get_id(open->iq);

    return same(asked ? asked : "", id ? id : "") && same(xmpp_stanza_get_from(open->iq), to);
}

/** Of a request that was delivered twice, what is refused on arrival is the one that arrives; else
 * the first comes first. @return n_open: none */
static size_t find_asked(const jingle_sim_engine_t *engine, const char *id, const char *to,
                         bool error)
{
    size_t i, last = engine->n_open;

    if (error && last && engine->open[last - 1].iq == engine->handed &&
        is_asked(&engine->open[last - 1], id, to))
        return last - 1;
    for (i = 0; i < engine->n_open && !is_asked(&engine->open[i], id, to); i++)
        ;
    return i;
}

/** What there was no memory for is refused and has changed nothing, which its sender may have done at its side
 *  already: the end of a session, or that a content goes. */
static void note_starved(jingle_sim_engine_t *engine, const jingle__sim_open_t *open)
{
    for (size_t i = 0; i < engine->n_known; i++)
        if (same(jingle_session_get_sid(engine->known[i].session), open->sid) &&
            same(jingle_session_get_peer(engine->known[i].session), xmpp_stanza_get_from(open->iq)))
            engine->known[i].torn = true;
}

static bool is_constraint(xmpp_stanza_t *iq)
{
    xmpp_stanza_t *error = jingle_element_child(iq, "error", "jabber:client");

    return error && jingle_element_child(error, "resource-constraint", JINGLE_NS_STANZAS);
}

void jingle__sim_note_answer(jingle_sim_engine_t *engine, xmpp_stanza_t *iq)
{
    const char *to = xmpp_stanza_get_to(iq), *id = xmpp_stanza_get_id(iq);
    bool error = same(xmpp_stanza_get_type(iq), "error");
    size_t i = find_asked(engine, id, to, error);

    if (i == engine->n_open) {
        jingle_sim_fault(engine->sim,
                         "%s answers %s of %s, which it was not asked, or has answered before",
                         engine->jid, id ? id : "(no id)", to ? to : "(nobody)");
        return;
    }
    if (engine->open[i].sid && !engine->open[i].terminate && !error)
        check_order(engine, i);
    if (engine->open[i].sid && !error)
        jingle__sim_check_size(engine, engine->open[i].iq);
    if (engine->open[i].sid && engine->mem.failures && is_constraint(iq))
        note_starved(engine, &engine->open[i]);
    forget_open(engine, i);
}

void jingle_sim_check_turn(jingle_sim_engine_t *engine, const jingle_reply_t *reply)
{
    xmpp_stanza_t *iq = jingle_reply_get_stanza(reply);
    const jingle_session_t *session = jingle_reply_get_session(reply);
    const char *from = iq ? xmpp_stanza_get_from(iq) : NULL;

    if (jingle_session_is_ended(session))
        jingle_sim_fault(engine->sim, "%s: a handler is called after the end of session %s",
                         engine->jid, jingle_session_get_sid(session));
    if (!iq)
        return;
    if (!same(from, jingle_session_get_peer(session)))
        jingle_sim_fault(engine->sim, "%s: session %s handles what %s has sent", engine->jid,
                         jingle_session_get_sid(session), from);
    for (size_t i = 0; i < engine->n_open && engine->open[i].iq != iq; i++)
        if (!engine->open[i].over && same(engine->open[i].sid, jingle_session_get_sid(session)) &&
            same(xmpp_stanza_get_from(engine->open[i].iq), from)) {
            jingle_sim_fault(engine->sim, "%s: %s is handled before %s, which came first",
                             engine->jid, xmpp_stanza_get_id(iq),
                             xmpp_stanza_get_id(engine->open[i].iq));
            return;
        }
}

/* ---- sessions ---------------------------------------------------------------------------------
 */

static jingle__sim_known_t *find_known(jingle_sim_engine_t *engine, const jingle_session_t *session)
{
    for (size_t i = 0; i < engine->n_known; i++)
        if (engine->known[i].session == session)
            return &engine->known[i];
    return NULL;
}

static uint64_t hash_text(uint64_t hash, const char *text)
{
    for (; *text; text++)
        hash = (hash ^ (unsigned char)*text) * 0x100000001b3U;
    return hash * 0x100000001b3U;
}

/** Both sides came upon the same sid. Who gives way takes the other's offer for settled, which may
 *  have been withdrawn before its own arrived, and was taken for a new one then: random sids are
 * the answer to that (XEP-0166 section 7.1), and the two are not compared. */
static bool collides(jingle_sim_engine_t *engine, const jingle_session_t *session)
{
    uint64_t hash = hash_text(hash_text(0xcbf29ce484222325U, jingle_session_get_peer(session)),
                              jingle_session_get_sid(session));

    if (jingle_session_is_initiator(session)) {
        engine->offered[engine->n_offered++ % JINGLE__SIM_OFFERED] = hash;
        return false;
    }
    for (size_t i = 0; i < JINGLE__SIM_OFFERED; i++)
        if (engine->offered[i] == hash)
            return true;
    return false;
}

/** The very same offer is one session, ever (XEP-0198 section 5 lets it come twice). */
static void check_opened(jingle_sim_engine_t *engine, const jingle_session_t *session)
{
    const char *id = engine->handed ? xmpp_stanza_get_id(engine->handed) : NULL;
    uint64_t hash;

    if (!id || jingle_session_is_initiator(session))
        return;
    hash = hash_text(0xcbf29ce484222325U, jingle_session_get_peer(session));
    hash = hash_text(hash_text(hash, jingle_session_get_sid(session)), id);
    for (size_t i = 0; i < JINGLE__SIM_OFFERED; i++)
        if (engine->opened[i] == hash)
            jingle_sim_fault(engine->sim, "%s: the offer %s of session %s rings a second time",
                             engine->jid, id, jingle_session_get_sid(session));
    engine->opened[engine->n_opened++ % JINGLE__SIM_OFFERED] = hash;
}

static void add_known(jingle_sim_engine_t *engine, jingle_session_t *session)
{
    check_opened(engine, session);
    if (engine->n_known == engine->known_size) {
        engine->known_size = engine->known_size * 2 + 16;
        engine->known = jingle__sim_grow(engine->known, engine->known_size * sizeof *engine->known);
    }
    engine->known[engine->n_known++] = (jingle__sim_known_t){
        .session = session, .torn = collides(engine, session) || engine->tearing};
}

static void note_end(jingle_sim_engine_t *engine, const jingle_session_t *session)
{
    jingle__sim_known_t *known = find_known(engine, session);

    for (size_t i = 0; i < engine->n_open; i++)
        if (same(engine->open[i].sid, jingle_session_get_sid(session)) &&
            same(xmpp_stanza_get_from(engine->open[i].iq), jingle_session_get_peer(session)))
            engine->open[i].over = true;
    if (known)
        *known = engine->known[--engine->n_known];
}

void jingle__sim_note_event(jingle_sim_engine_t *engine, const jingle_event_t *event)
{
    if (!event->session || event->type == JINGLE_EVENT_LOG ||
        event->type == JINGLE_EVENT_CONNECTION)
        return;
    if (event->type == JINGLE_EVENT_CREATED)
        add_known(engine, event->session);
    else if (event->type == JINGLE_EVENT_STATE && event->state == JINGLE_STATE_ENDED)
        return;
    else if (!find_known(engine, event->session))
        jingle_sim_fault(engine->sim, "%s: an event after the end of session %s", engine->jid,
                         jingle_session_get_sid(event->session));
    if (event->type == JINGLE_EVENT_TERMINATED)
        note_end(engine, event->session);
}

/** Sessions with it may differ from now on, and so may those whose offers are on their way. */
void jingle__sim_tear(jingle_sim_engine_t *engine)
{
    jingle_sim_t *sim = engine->sim;

    for (size_t i = 0; i < sim->n_engines; i++) {
        jingle__sim_link_t *out = &sim->links[engine->index][i],
                           *in = &sim->links[i][engine->index];
        out->torn = out->waiting;
        in->torn = in->waiting;
        for (size_t k = 0; k < sim->engines[i]->n_known; k++) {
            jingle__sim_known_t *known = &sim->engines[i]->known[k];
            if (sim->engines[i] == engine ||
                same(jingle_session_get_peer(known->session), engine->jid))
                known->torn = true;
        }
    }
}

uint64_t jingle__sim_fingerprint(const jingle_sim_engine_t *engine, const char *stranger)
{
    uint64_t sum = 0;

    for (size_t i = 0; i < engine->n_known; i++) {
        const jingle_session_t *session = engine->known[i].session;
        uint64_t of = (uint64_t)(uintptr_t)session;
        if (same(jingle_session_get_peer(session), stranger))
            continue;
        of = of * 31 + (uint64_t)jingle_session_get_state(session);
        of = of * 31 + (uint64_t)jingle_session_get_connection(session);
        of = of * 31 + (uint64_t)jingle_session_get_pending_action(session);
        of = of * 31 + jingle_session_count_requests(session);
        of = of * 31 + (uint64_t)jingle_session_is_acknowledged(session);
        of = of * 31 + jingle__sim_count_contents(session);
        sum += jingle__sim_next(&of);
    }
    return sum;
}

/* ---- at rest ----------------------------------------------------------------------------------
 */

static void check_all_answered(jingle_sim_engine_t *engine)
{
    for (size_t i = 0; i < engine->n_open; i++)
        jingle_sim_fault(engine->sim, "%s has not answered %s of %s", engine->jid,
                         xmpp_stanza_get_id(engine->open[i].iq),
                         xmpp_stanza_get_from(engine->open[i].iq));
}

void jingle__sim_check_rest(jingle_sim_engine_t *engine)
{
    jingle_counters_t counters = {.size = sizeof counters};

    check_all_answered(engine);
    if (!engine->jingle)
        return;
    jingle_get_counters(engine->jingle, &counters);
    if (counters.requests || counters.queued)
        jingle_sim_fault(engine->sim, "%s at rest: %llu requests of it are open, %llu actions wait",
                         engine->jid, (unsigned long long)counters.requests,
                         (unsigned long long)counters.queued);
}

void jingle__sim_close_engine(jingle_sim_engine_t *engine)
{
    check_all_answered(engine);
    while (engine->n_open)
        forget_open(engine, engine->n_open - 1);
    if (engine->n_known)
        jingle_sim_fault(engine->sim, "%s: the end of %zu sessions was not told", engine->jid,
                         engine->n_known);
    engine->n_known = 0;
}
