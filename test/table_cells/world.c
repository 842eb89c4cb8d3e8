/* SPDX-License-Identifier: MIT */
/** @file
 *  The session of a cell, in the column's state. */
#include "cell.h"

engine_t *e;
stub_t *s;
jingle_session_t *session;
char why[512];

bool fail(const char *what, const char *log)
{
    snprintf(why, sizeof(why), "%s, log: %s", what, log);
    for (char *c = why; *c; c++)
        if (*c == '\n')
            *c = ';';
    return false;
}

size_t count(const char *log, const char *what)
{
    size_t n = 0;

    while ((log = strstr(log, what))) {
        log += strlen(what);
        n++;
    }
    return n;
}

static void begin(void)
{
    e = engine_new(NULL); /* ENGINE_OWN is lower than ENGINE_PEER */
    s = stub_new(e);
    if (!e->jingle || !s)
        abort();
    s->plan[STUB_A].resumable = true; /* so that a transport that works may be replaced */
    s->silent = true;
    session = NULL;
}

void end(void)
{
    engine_free_manager(e);
    jingle_session_release(session);
    jingle_session_release(e->session);
    e->session = NULL;
    if (stub_free(s) || engine_free(e))
        snprintf(why, sizeof(why), "something was not given back");
}

jingle_content_t *content(const char *name)
{
    jingle_content_t *found = NULL;

    while ((found = jingle_session_next_content(session, found)))
        if (strcmp(jingle_content_get_name(found), name) == 0)
            return found;
    return NULL;
}

int add(const char *name, const char *security)
{
    return jingle_session_add_content(
        session, JINGLE_CONTENT(.application = STUB_APP, .name = name, .security = security), NULL);
}

static void enter_initiator(column_t column)
{
    jingle_managed_session_new(e->jingle, ENGINE_PEER, JINGLE_SESSION(.sid = "s"), &session);
    jingle_session_clone(session);
    if (add("c", NULL) || add("d", STUB_SEC) || jingle_session_start(session))
        abort();
    if (column >= PENDING)
        engine_ack(e);
    if (column >= ACTIVE)
        engine_action(e, "accept", "session-accept", "s", OFFER);
    if (column == ENDED)
        jingle_session_end(session, NULL);
}

static void enter_responder(column_t column)
{
    engine_action(e, "offer", "session-initiate", "s", OFFER);
    if (!session)
        session = jingle_session_clone(e->session);
    if (column >= ACTIVE)
        jingle_session_accept(session);
    if (column == ENDED)
        jingle_session_end(session, NULL);
}

static bool is_in_column(const cell_t *cell)
{
    static const jingle_state_t states[] = {JINGLE_STATE_PENDING, JINGLE_STATE_PENDING,
                                            JINGLE_STATE_ACTIVE, JINGLE_STATE_ENDED};

    /* The initiator's "starting" is the library's pending while the offer is not acknowledged. */
    return jingle_session_get_state(session) == states[cell->column] &&
           (cell->column == ENDED ||
            jingle_session_is_acknowledged(session) == (cell->column != STARTING));
}

void enter(const cell_t *cell)
{
    begin();
    if (cell->initiator)
        enter_initiator(cell->column);
    else
        enter_responder(cell->column);
    if (!is_in_column(cell))
        abort();
    engine_log(e);
}

/** Calls fn while the offer of the peer is being handled. */
static void (*inside)(const cell_t *cell);
static const cell_t *inside_cell;

static void hold_offer(stub_t *stub, stub_part_t *part, stub_point_t point)
{
    if (point != STUB_APPLY)
        return;
    stub->hook = NULL;
    session = jingle_session_clone(jingle_part_get_session(part->part));
    if (!jingle_session_is_starting(session))
        abort();
    engine_log(e);
    inside(inside_cell);
}

void enter_held(const cell_t *cell, void (*fn)(const cell_t *cell))
{
    begin();
    inside = fn;
    inside_cell = cell;
    s->hook = hold_offer;
    enter_responder(STARTING);
    if (!session)
        abort();
}

/** A well-formed action about contents that exist. @param asked about n and its new transport */
const char *stanza_of(const cell_t *cell, bool asked)
{
    static const char *const plain[JINGLE_ACTION_COUNT] = {
        [JINGLE_ACTION_SESSION_INITIATE] = OFFER,
        [JINGLE_ACTION_SESSION_ACCEPT] = OFFER,
        [JINGLE_ACTION_SESSION_TERMINATE] = "<reason><success/></reason>",
        [JINGLE_ACTION_SESSION_INFO] = "<x xmlns='" STUB_INFO_NS "'/>",
        [JINGLE_ACTION_SECURITY_INFO] = OF(I, "d", SECURITY),
        [JINGLE_ACTION_DESCRIPTION_INFO] = OF(I, "c", DESCRIPTION),
        [JINGLE_ACTION_CONTENT_ADD] = OF(I, "new", DESCRIPTION TRANSPORT),
        [JINGLE_ACTION_CONTENT_ACCEPT] = OF(I, "c", DESCRIPTION TRANSPORT),
        [JINGLE_ACTION_CONTENT_REJECT] = OF(I, "c", ""),
        [JINGLE_ACTION_CONTENT_MODIFY] = "<content creator='initiator' name='c' senders='none'/>",
        [JINGLE_ACTION_CONTENT_REMOVE] = OF(I, "c", ""),
        [JINGLE_ACTION_TRANSPORT_INFO] = OF(I, "c", TRANSPORT),
        [JINGLE_ACTION_TRANSPORT_REPLACE] = OF(I, "c", TRANSPORT2),
        [JINGLE_ACTION_TRANSPORT_ACCEPT] = OF(I, "c", TRANSPORT2),
        [JINGLE_ACTION_TRANSPORT_REJECT] = OF(I, "c", TRANSPORT2)};
    static char about_n[512];
    bool ours = asked || content("n");
    const char *parts = cell->action == JINGLE_ACTION_CONTENT_ACCEPT   ? DESCRIPTION TRANSPORT
                        : cell->action == JINGLE_ACTION_CONTENT_REJECT ? ""
                                                                       : TRANSPORT2;

    if (!ours)
        return plain[cell->action];
    snprintf(about_n, sizeof(about_n), "<content creator='%s' name='n'>%s</content>",
             cell->initiator ? "initiator" : "responder", parts);
    return about_n;
}
