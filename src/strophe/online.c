/* SPDX-License-Identifier: MIT */
/** @file
 *  Is the connection up, and who are we on it. libstrophe has one connection callback, and it is the
 *  program's; so the state is looked up wherever we are called anyway. */
#include "binding.h"

/** Sessions of a JID that we are not any more: what we sent for them now would come from a stranger,
 *  so it ends without session-terminate. The peer learns it from the presence of the old JID. */
static bool end_others(jingle_session_t *session, void *userdata)
{
    const char *own = jingle_session_get_own(session);

    if (!own || strcmp(own, userdata) != 0)
        jingle_session_end(session, JINGLE_END(.condition = JINGLE_REASON_GONE, .silent = true));
    return true;
}

/** @return false when out of memory: the next update tries again */
static bool take_jid(jingle__binding_t *binding, const char *jid)
{
    xmpp_mem_t mem = binding->mem;
    char *own = jingle__bind_strdup(&mem, jid), *folded = NULL;

    if (!own || jingle_set_jid(binding->jingle, jid) != JINGLE_EOK)
        goto no_memory;
    /* A copy: the end of a session is told to the program, which may free the manager. */
    folded = jingle__bind_strdup(&mem, jingle_get_jid(binding->jingle));
    if (!folded)
        goto no_memory;
    jingle__bind_free(&mem, binding->own);
    binding->own = own;
    jingle__hold_clear(binding); /* in the name of who we are no more */
    if (jingle_count_sessions(binding->jingle))
        jingle_each_session(binding->jingle, end_others, folded);
    jingle__bind_free(&mem, folded);
    return true;
no_memory:
    jingle__bind_free(&mem, own);
    return false;
}

/** @param fresh a new login, not a stream that was resumed: servers tell presences and roster anew */
static void come_up(jingle__hook_t *hook, bool fresh)
{
    jingle__binding_t *binding = hook->binding;

    hook->online = true;
    binding->was_online = true;
    jingle__hold_flush(hook);
    if (fresh)
        jingle__devices_clear(binding);
    /* After a resumption too: it is told apart by what libstrophe keeps, and may be a new login. */
    if (binding->offers == JINGLE_OFFERS_CONTACTS)
        jingle__roster_request(binding);
}

static void update_client(jingle__hook_t *hook, const char *bound)
{
    jingle__binding_t *binding = hook->binding;
    bool other = !binding->own || strcmp(bound, binding->own) != 0;
    bool fresh = other || (uintptr_t)bound != binding->bound;

    if (hook->online && !fresh)
        return;
    if (other && !take_jid(binding, bound))
        return;
    if (hook->binding != binding)
        return;
    binding->bound = (uintptr_t)bound;
    come_up(hook, fresh);
}

void jingle__online_update(jingle__hook_t *hook)
{
    const char *bound = xmpp_conn_get_bound_jid(hook->conn);

    if (!jingle__online_can_send(hook)) {
        hook->online = false;
        if (!xmpp_conn_is_connected(hook->conn))
            hook->authenticated = false;
    } else if (bound)
        update_client(hook, bound);
    else if (!hook->online)
        come_up(hook, true);
}

bool jingle__online_can_send(const jingle__hook_t *hook)
{
    /* A socket that is open is not enough: what is sent before the login ends breaks it. Without a
     * bound JID this is a component, or a program that logs in by itself and sets the JID. */
    return xmpp_conn_is_connected(hook->conn) &&
           (xmpp_conn_get_bound_jid(hook->conn) || (hook->authenticated && !hook->binding->bound));
}

int jingle__online_queue(xmpp_conn_t *conn, const char *xml, size_t len)
{
    int before = xmpp_conn_send_queue_len(conn);

    xmpp_send_raw(conn, xml, len);
    return xmpp_conn_send_queue_len(conn) > before ? JINGLE_EOK : JINGLE_EMEM;
}

/** xmpp_send_raw() looks for a NUL first, whatever the length it is given. */
static int queue_terminated(jingle__hook_t *hook, const char *xml, size_t len)
{
    char brief[1024], *copy = brief;
    xmpp_mem_t mem = hook->mem;
    int err;

    if (len >= sizeof brief)
        copy = mem.alloc(len + 1, mem.userdata);
    if (!copy)
        return JINGLE_EMEM;
    memcpy(copy, xml, len);
    copy[len] = '\0';
    err = jingle__online_queue(hook->conn, copy, len);
    if (copy != brief)
        mem.free(copy, mem.userdata);
    return err;
}

int jingle__online_send(jingle_t *jingle, const char *xml, size_t len, void *userdata)
{
    jingle__binding_t *binding = userdata;
    jingle__hook_t *hook = binding->hook;
    int err;

    (void)jingle;
    if (!hook)
        return JINGLE_ESEND;
    /* What was kept goes first, and only once it has been seen who we are now. */
    if (!jingle__online_can_send(hook))
        hook->online = false; /* so that it is noticed when it comes up */
    if (binding->held || !jingle__online_can_send(hook))
        err = jingle__hold_add(binding, xml, len);
    else
        err = queue_terminated(hook, xml, len);
    if (!err && binding->trace)
        jingle__trace_sent(hook, xml, len);
    return err;
}

size_t jingle__online_backlog(jingle_t *jingle, void *userdata)
{
    const jingle__binding_t *binding = userdata;
    int waiting = binding->hook ? xmpp_conn_send_queue_len(binding->hook->conn) : 0;

    (void)jingle;
    return binding->n_held + (waiting > 0 ? (size_t)waiting : 0);
}
