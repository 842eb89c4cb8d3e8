/* SPDX-License-Identifier: MIT */
/** @file
 *  The handlers on a connection.
 *
 *  libstrophe reads a handler's list entry after the handler has returned, so a handler of ours is
 *  never deleted while it runs: detaching deletes the others at once, and the one that runs goes by
 *  returning 0. Deleting goes by function, whatever the userdata; that only one manager is attached
 *  to a connection makes it safe. */
#include "binding.h"

static unsigned bit(unsigned what)
{
    return 1u << what;
}

/* ---- what the handlers do -------------------------------------------------------------------- */

static void request(jingle__hook_t *hook, xmpp_stanza_t *iq, bool set)
{
    jingle__binding_t *binding = hook->binding;
    bool push = set && jingle__roster_is_push(binding, iq);

    if (push)
        jingle__roster_push(binding, iq);
    /* While that is logged, or the manager handles it, it may go. */
    /* cppcheck-suppress nullPointerRedundantCheck */
    if (hook->binding && !jingle_receive(binding->jingle, iq) && hook->binding &&
        hook->binding->answer_unhandled)
        jingle__answer_unhandled(hook, iq);
}

static void presence(jingle__hook_t *hook, xmpp_stanza_t *stanza, const char *from)
{
    const char *type = xmpp_stanza_get_type(stanza);
    bool gone = type && strcmp(type, "unavailable") == 0;

    /* Subscriptions, probes and errors say nothing about a device. */
    if (!from || !jingle__jid_is_full(from) || (type && !gone))
        return;
    jingle__devices_presence(hook->binding, stanza, from, !gone);
    if (gone)
        jingle__leave_start(hook->binding, xmpp_stanza_get_to(stanza), from);
}

/** An error may be the server's, in the name of a device that has gone. */
static bool is_of_server(xmpp_stanza_t *stanza)
{
    static const char *const conditions[] = {"service-unavailable", "recipient-unavailable", "gone",
                                             "remote-server-timeout", "remote-server-not-found"};
    xmpp_stanza_t *error = jingle_element_child(stanza, "error", NULL);

    for (size_t i = 0; error && i < sizeof conditions / sizeof conditions[0]; i++)
        if (jingle_element_child(error, conditions[i], JINGLE_NS_STANZAS))
            return true;
    return !error;
}

/** XEP-0166 section 6.7: signs of life. */
static void hear(jingle__binding_t *binding, xmpp_stanza_t *stanza, const char *from)
{
    const char *type = xmpp_stanza_get_type(stanza);

    if (!from || !binding->leaving.len || (type && strcmp(type, "unavailable") == 0) ||
        (type && strcmp(type, "error") == 0 && is_of_server(stanza)))
        return;
    jingle__leave_stop(binding, xmpp_stanza_get_to(stanza), from);
}

static void dispatch(jingle__hook_t *hook, xmpp_stanza_t *stanza, unsigned what)
{
    const char *from = xmpp_stanza_get_from(stanza);

    hear(hook->binding, stanza, from);
    if (what == JINGLE__ON_PRESENCE)
        presence(hook, stanza, from);
    else if (what == JINGLE__ON_SET || what == JINGLE__ON_GET)
        request(hook, stanza, what == JINGLE__ON_SET);
    else
        jingle_receive(hook->binding->jingle, stanza);
}

/** The stream's namespace tells a component from a client (XEP-0114 section 3). */
static void look_at_stream(jingle__hook_t *hook, xmpp_stanza_t *stanza)
{
    const char *ns = hook->looked ? NULL : xmpp_stanza_get_ns(stanza);

    hook->looked = hook->authenticated = true; /* libstrophe calls no handler of ours before that */
    if (ns && strcmp(ns, "jabber:component:accept") == 0 && !hook->binding->component)
        jingle__binding_be_component(hook->binding);
}

static int handle(jingle__hook_t *hook, xmpp_stanza_t *stanza, unsigned what)
{
    unsigned before = jingle__hook_enter(hook, what);
    uint64_t now = jingle__clock(), next = JINGLE_NEVER;
    bool keep;

    if (hook->binding) {
        look_at_stream(hook, stanza);
        jingle__online_update(hook);
    }
    if (hook->binding && hook->binding->trace)
        jingle__trace_received(hook, stanza);
    if (hook->binding)
        jingle_tick(hook->binding->jingle, now);
    if (hook->binding)
        dispatch(hook, stanza, what);
    /* What the handlers put off to "at once" is done here; the next deadline may have moved. */
    if (hook->binding)
        next = jingle_tick(hook->binding->jingle, now);
    keep = hook->binding != NULL;
    if (!keep)
        hook->added &= ~bit(what);
    if (keep && next < 1000)
        jingle__beat_within(hook->ctx, next);
    jingle__hook_leave(hook, before);
    return keep;
}

static int on_set(xmpp_conn_t *conn, xmpp_stanza_t *stanza, void *userdata)
{
    (void)conn;
    return handle(userdata, stanza, JINGLE__ON_SET);
}

static int on_get(xmpp_conn_t *conn, xmpp_stanza_t *stanza, void *userdata)
{
    (void)conn;
    return handle(userdata, stanza, JINGLE__ON_GET);
}

static int on_result(xmpp_conn_t *conn, xmpp_stanza_t *stanza, void *userdata)
{
    (void)conn;
    return handle(userdata, stanza, JINGLE__ON_RESULT);
}

static int on_error(xmpp_conn_t *conn, xmpp_stanza_t *stanza, void *userdata)
{
    (void)conn;
    return handle(userdata, stanza, JINGLE__ON_ERROR);
}

static int on_presence(xmpp_conn_t *conn, xmpp_stanza_t *stanza, void *userdata)
{
    (void)conn;
    return handle(userdata, stanza, JINGLE__ON_PRESENCE);
}

static int on_message(xmpp_conn_t *conn, xmpp_stanza_t *stanza, void *userdata)
{
    (void)conn;
    return handle(userdata, stanza, JINGLE__ON_MESSAGE);
}

static const struct {
    xmpp_handler fn;
    const char *name, *type;
} handlers[JINGLE__HANDLERS] = {
    [JINGLE__ON_SET] = {on_set, "iq", "set"},
    [JINGLE__ON_GET] = {on_get, "iq", "get"},
    [JINGLE__ON_RESULT] = {on_result, "iq", "result"},
    [JINGLE__ON_ERROR] = {on_error, "iq", "error"},
    [JINGLE__ON_PRESENCE] = {on_presence, "presence", NULL},
    [JINGLE__ON_MESSAGE] = {on_message, "message", NULL},
};

/* ---- life ------------------------------------------------------------------------------------ */

unsigned jingle__hook_enter(jingle__hook_t *hook, unsigned what)
{
    unsigned before = hook->running;

    hook->running |= bit(what);
    return before;
}

void jingle__hook_leave(jingle__hook_t *hook, unsigned before)
{
    hook->running = before;
    /* The connection may be libstrophe's to use until its turn of the loop ends; the timers come
     * last in it, so the hook goes then. */
    if (!hook->binding && !before)
        jingle__beat_within(hook->ctx, 0);
}

bool jingle__hook_reap(jingle__hook_t *hook)
{
    xmpp_conn_t *conn = hook->conn;
    xmpp_mem_t mem = hook->mem;

    if (hook->binding || hook->running)
        return false;
    /* Releasing may call the program back: until then nobody finds the hook, or reaps it again. */
    hook->conn = NULL;
    hook->running = bit(JINGLE__IN_CALL);
    xmpp_conn_release(conn);
    jingle__hook_unlink(hook);
    mem.free(hook, mem.userdata);
    return true;
}

uint64_t jingle__hook_tick(jingle__hook_t *hook, uint64_t now)
{
    unsigned before = jingle__hook_enter(hook, JINGLE__IN_TICK);
    uint64_t next = JINGLE_NEVER;

    if (hook->binding)
        jingle__online_update(hook);
    if (hook->binding)
        next = jingle_tick(hook->binding->jingle, now);
    hook->running = before;
    /* While a connection comes up, it is wanted soon who we are on it. */
    if (hook->binding && !hook->online && !xmpp_conn_is_disconnected(hook->conn) && next > 10)
        next = 10;
    return hook->binding ? next : JINGLE_NEVER;
}

static jingle__hook_t *new_hook(const xmpp_mem_t *mem, xmpp_conn_t *conn)
{
    jingle__hook_t *hook = jingle__bind_alloc(mem, sizeof *hook);

    if (!hook)
        return NULL;
    hook->mem = *mem;
    hook->ctx = xmpp_conn_get_context(conn);
    hook->conn = xmpp_conn_clone(conn);
    jingle__hook_link(hook);
    return hook;
}

int jingle__hook_attach(jingle__binding_t *binding, xmpp_conn_t *conn)
{
    /* One without a binding has been detached inside a handler of it that still runs. */
    jingle__hook_t *hook = jingle__hook_find(conn);

    if (hook && hook->binding)
        return JINGLE_EEXIST;
    if (!hook)
        hook = new_hook(&binding->mem, conn);
    if (!hook)
        return JINGLE_EMEM;
    hook->binding = binding;
    binding->hook = hook;
    hook->authenticated = hook->online = hook->looked = false;
    for (unsigned i = 0; i < JINGLE__HANDLERS; i++)
        if (!(hook->added & bit(i)))
            xmpp_handler_add(conn, handlers[i].fn, NULL, handlers[i].name, handlers[i].type, hook);
    hook->added = bit(JINGLE__HANDLERS) - 1;
    jingle__beat_within(hook->ctx, 0);
    return JINGLE_EOK;
}

void jingle__hook_detach(jingle__binding_t *binding)
{
    jingle__hook_t *hook = binding->hook;

    if (!hook)
        return;
    binding->hook = NULL;
    hook->binding = NULL;
    jingle__beat_leave(hook);
    for (unsigned i = 0; i < JINGLE__HANDLERS; i++) {
        if (hook->running & bit(i))
            continue;
        xmpp_handler_delete(hook->conn, handlers[i].fn);
        hook->added &= ~bit(i);
    }
    jingle__hook_reap(hook);
}
