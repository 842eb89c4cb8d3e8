/* SPDX-License-Identifier: MIT */
/** @file
 *  Links: what an engine sends, until it is delivered; and what servers do between. */
#include "private.h"

#include <stdlib.h>
#include <string.h>

void jingle__sim_link_init(jingle__sim_link_t *link)
{
    link->last = &link->first;
}

void jingle__sim_link_put(jingle__sim_link_t *link, xmpp_stanza_t *stanza)
{
    jingle__sim_parcel_t *parcel = jingle__sim_alloc(sizeof *parcel);

    parcel->again = false;
    parcel->stanza = xmpp_stanza_clone(stanza);
    *link->last = parcel;
    link->last = &parcel->next;
    link->waiting++;
}

static xmpp_stanza_t *take(jingle__sim_link_t *link)
{
    jingle__sim_parcel_t *parcel = link->first;
    xmpp_stanza_t *stanza = parcel->stanza;

    link->first = parcel->next;
    if (!link->first)
        link->last = &link->first;
    link->waiting--;
    free(parcel);
    return stanza;
}

size_t jingle__sim_link_lose(jingle__sim_link_t *link)
{
    size_t lost = link->waiting;

    while (link->first)
        xmpp_stanza_release(take(link));
    link->torn = 0;
    return lost;
}

static void forget_history(jingle__sim_link_t *link)
{
    for (size_t i = 0; i < JINGLE__SIM_HISTORY; i++) {
        if (link->history[i])
            xmpp_stanza_release(link->history[i]);
        link->history[i] = NULL;
    }
    link->n_history = 0;
}

void jingle__sim_link_clear(jingle__sim_link_t *link)
{
    jingle__sim_link_lose(link);
    forget_history(link);
}

static void remember(jingle__sim_link_t *link, xmpp_stanza_t *stanza)
{
    size_t at = link->n_history++ % JINGLE__SIM_HISTORY;

    if (link->history[at])
        xmpp_stanza_release(link->history[at]);
    link->history[at] = xmpp_stanza_clone(stanza);
}

/* ---- what servers answer ----------------------------------------------------------------------
 */

static void add(xmpp_stanza_t *parent, xmpp_stanza_t *child)
{
    xmpp_stanza_add_child_ex(parent, child, 0);
}

static xmpp_stanza_t *make(jingle_sim_t *sim, const char *name, const char *ns)
{
    xmpp_stanza_t *made = xmpp_stanza_new(sim->ctx);

    xmpp_stanza_set_name(made, name);
    xmpp_stanza_set_ns(made, ns);
    return made;
}

/** Who asked gets an answer that no engine gave. */
void jingle_sim_answer(jingle_sim_engine_t *engine, xmpp_stanza_t *request, const char *error,
                       const char *payload)
{
    jingle_sim_t *sim = engine->sim;
    xmpp_stanza_t *iq = make(sim, "iq", "jabber:client"), *child;
    const char *from = xmpp_stanza_get_to(request), *id = xmpp_stanza_get_id(request);

    xmpp_stanza_set_type(iq, error ? "error" : "result");
    xmpp_stanza_set_id(iq, id ? id : "");
    xmpp_stanza_set_to(iq, engine->jid);
    if (from)
        xmpp_stanza_set_from(iq, from);
    if (error) {
        child = make(sim, "error", "jabber:client");
        xmpp_stanza_set_type(child, "cancel");
        add(child, make(sim, error, JINGLE_NS_STANZAS));
        add(iq, child);
    } else if (payload)
        add(iq, jingle_sim_element(sim, payload));
    /* On its own link to itself, so that it comes later, as all answers do. */
    jingle__sim_link_put(&sim->links[engine->index][engine->index], iq);
    xmpp_stanza_release(iq);
}

static void send_elsewhere(jingle_sim_engine_t *engine, xmpp_stanza_t *stanza)
{
    jingle_sim_t *sim = engine->sim;

    if (!jingle__sim_is_request(stanza))
        return;
    if (sim->elsewhere)
        sim->elsewhere(engine, stanza, sim->elsewhere_userdata);
    else
        jingle_sim_answer(engine, stanza, "service-unavailable", NULL);
}

/* ---- sending ----------------------------------------------------------------------------------
 */

static void put(jingle_sim_engine_t *engine, xmpp_stanza_t *stanza)
{
    const char *to = xmpp_stanza_get_to(stanza);
    jingle_sim_engine_t *peer = to ? jingle_sim_find_engine(engine->sim, to) : NULL;

    if (peer)
        jingle__sim_link_put(&engine->sim->links[engine->index][peer->index], stanza);
    else
        send_elsewhere(engine, stanza);
}

/** The trace tells what leaves, not what should. */
static void put_answer(jingle_sim_engine_t *engine, xmpp_stanza_t *answer)
{
    jingle__sim_trace_stanza(engine, '>', answer);
    jingle__sim_note_answer(engine, answer);
    put(engine, answer);
}

static void invert(jingle_sim_t *sim, xmpp_stanza_t *answer)
{
    xmpp_stanza_t *error = make(sim, "error", "jabber:client");

    xmpp_stanza_set_type(answer, "error");
    xmpp_stanza_set_type(error, "cancel");
    add(error, make(sim, "internal-server-error", JINGLE_NS_STANZAS));
    add(answer, error);
}

static bool is_counted(const jingle_sim_engine_t *engine, xmpp_stanza_t *answer)
{
    return engine->spoil != JINGLE_SIM_HONEST &&
           (engine->spoil != JINGLE_SIM_OBEY || strcmp(xmpp_stanza_get_type(answer), "error") == 0);
}

/** What it does to an engine's answers is what a fault in the engine would do: the rules must see
 * it. */
static void send_answer(jingle_sim_engine_t *engine, xmpp_stanza_t *answer)
{
    jingle_sim_spoil_t how = JINGLE_SIM_HONEST;
    xmpp_stanza_t *held = engine->held;

    if (is_counted(engine, answer) && --engine->spoil_at == 0) {
        how = engine->spoil;
        engine->spoil = JINGLE_SIM_HONEST;
    }
    if (how == JINGLE_SIM_DROP)
        return;
    if (how == JINGLE_SIM_SWAP) {
        engine->held = xmpp_stanza_clone(answer);
        return;
    }
    if (how == JINGLE_SIM_INVERT)
        invert(engine->sim, answer);
    if (how == JINGLE_SIM_OBEY)
        xmpp_stanza_set_type(answer, "result"); /* which says all */
    if (how == JINGLE_SIM_MISSEND)
        xmpp_stanza_set_id(answer, "missent");
    for (int i = 0; i < (how == JINGLE_SIM_DOUBLE ? 2 : 1); i++)
        put_answer(engine, answer);
    engine->held = NULL;
    if (held) {
        put_answer(engine, held);
        xmpp_stanza_release(held);
    }
}

int jingle__sim_send(jingle_t *jingle, const char *xml, size_t len, void *userdata)
{
    jingle_sim_engine_t *engine = userdata;
    xmpp_stanza_t *stanza = jingle__sim_read(engine->sim->reader, xml, len);
    bool request;

    (void)jingle;
    if (!stanza) {
        jingle_sim_fault(engine->sim, "%s sends what is not well-formed: %.*s", engine->jid,
                         (int)len, xml);
        return JINGLE_EOK;
    }
    request = jingle__sim_is_request(stanza);
    xmpp_stanza_set_from(stanza, engine->jid); /* the server's part */
    if (request || engine->is_cut)
        jingle__sim_trace_stanza(engine, '>', stanza);
    if (engine->is_cut) {
        jingle__sim_tear(engine);
        if (!request)
            jingle__sim_note_answer(engine, stanza);
    } else if (request)
        put(engine, stanza);
    else
        send_answer(engine, stanza);
    xmpp_stanza_release(stanza);
    return engine->is_cut ? JINGLE_ESEND : JINGLE_EOK;
}

/* ---- delivering -------------------------------------------------------------------------------
 */

static void hand_in(jingle_sim_engine_t *from, jingle_sim_engine_t *to, xmpp_stanza_t *stanza)
{
    bool request = jingle__sim_is_request(stanza), taken;

    jingle__sim_trace_stanza(to, '<', stanza);
    if (to->jingle) {
        if (request)
            jingle__sim_note_request(to, stanza);
        to->handed = stanza;
        taken = jingle_receive(to->jingle, stanza);
        to->handed = NULL;
        if (taken)
            return;
        if (request)
            jingle__sim_take_back(to, stanza);
    }
    /* Nobody's, or nobody is there: what a client or its server says then. */
    if (request && from && from->jingle)
        jingle_sim_answer(from, stanza, "service-unavailable", NULL);
}

bool jingle_sim_deliver(jingle_sim_engine_t *from, jingle_sim_engine_t *to)
{
    jingle__sim_link_t *link = &from->sim->links[from->index][to->index];
    xmpp_stanza_t *stanza;

    if (!link->first || from->is_cut || to->is_cut)
        return false;
    /* An offer that was refused may be taken when it comes again: its sender has dropped it by then. */
    to->tearing = link->torn > 0 || link->first->again;
    link->torn -= link->torn > 0;
    stanza = take(link);
    remember(link, stanza);
    hand_in(from, to, stanza);
    to->tearing = false;
    xmpp_stanza_release(stanza);
    jingle__sim_check_limits(to);
    return true;
}

size_t jingle_sim_waiting(const jingle_sim_engine_t *from, const jingle_sim_engine_t *to)
{
    return from->sim->links[from->index][to->index].waiting;
}

const char *jingle_sim_get_request(const jingle_sim_engine_t *from, const jingle_sim_engine_t *to)
{
    const jingle__sim_parcel_t *parcel = from->sim->links[from->index][to->index].first;

    while (parcel && !jingle__sim_is_request(parcel->stanza))
        parcel = parcel->next;
    return parcel ? xmpp_stanza_get_id(parcel->stanza) : NULL;
}

void jingle_sim_feed(jingle_sim_engine_t *engine, const char *from, const char *xml)
{
    xmpp_stanza_t *stanza = jingle__sim_read(engine->sim->reader, xml, strlen(xml));
    uint64_t before;

    if (!stanza || !engine->jingle || engine->is_cut) {
        if (stanza)
            xmpp_stanza_release(stanza);
        return;
    }
    xmpp_stanza_set_from(stanza, from);
    xmpp_stanza_set_to(stanza, engine->jid);
    before = jingle__sim_fingerprint(engine, from);
    hand_in(NULL, engine, stanza);
    if (engine->jingle && jingle__sim_fingerprint(engine, from) != before)
        jingle_sim_fault(engine->sim, "%s: a stanza of %s has changed the session of another: %s",
                         engine->jid, from, xml);
    jingle__sim_check_limits(engine);
    xmpp_stanza_release(stanza);
}

/* ---- cuts -------------------------------------------------------------------------------------
 */

void jingle_sim_cut(jingle_sim_engine_t *engine, bool lose)
{
    jingle_sim_t *sim = engine->sim;
    size_t lost = 0;

    engine->is_cut = true;
    jingle_sim_note(sim, "%zu - its connection is cut", engine->index);
    if (!lose)
        return;
    for (size_t i = 0; i < sim->n_engines; i++) {
        lost += jingle__sim_link_lose(&sim->links[engine->index][i]);
        if (i == engine->index)
            continue;
        lost += jingle__sim_link_lose(&sim->links[i][engine->index]);
    }
    if (lost)
        jingle__sim_tear(engine);
}

/** The last ones come before what waits, as a server sends them again first. */
static void repeat(jingle__sim_link_t *link, size_t n)
{
    size_t kept = link->n_history < JINGLE__SIM_HISTORY ? link->n_history : JINGLE__SIM_HISTORY;
    jingle__sim_link_t again = {0};

    jingle__sim_link_init(&again);
    n = n < kept ? n : kept;
    for (size_t i = link->n_history - n; i < link->n_history; i++)
        jingle__sim_link_put(&again, link->history[i % JINGLE__SIM_HISTORY]);
    for (jingle__sim_parcel_t *parcel = again.first; parcel; parcel = parcel->next)
        parcel->again = true;
    if (!again.first)
        return;
    *again.last = link->first;
    if (!link->first)
        link->last = again.last;
    link->first = again.first;
    link->waiting += again.waiting;
    link->torn += link->torn ? again.waiting : 0;
}

void jingle_sim_join(jingle_sim_engine_t *engine, size_t again)
{
    jingle_sim_t *sim = engine->sim;

    if (!engine->is_cut)
        return;
    engine->is_cut = false;
    jingle_sim_note(sim, "%zu - its connection is there again", engine->index);
    for (size_t i = 0; i < sim->n_engines && again; i++) {
        if (i == engine->index)
            continue;
        repeat(&sim->links[engine->index][i], again);
        repeat(&sim->links[i][engine->index], again);
    }
}

bool jingle_sim_is_cut(const jingle_sim_engine_t *engine)
{
    return engine->is_cut;
}
