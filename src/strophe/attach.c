/* SPDX-License-Identifier: MIT */
/** @file
 *  Attaching a manager to a connection, and its settings. */
#include "binding.h"

static const char module_key = 0;

jingle__binding_t *jingle__binding_get(const jingle_t *jingle)
{
    return jingle_get_module(jingle, &module_key);
}

/* ---- life of a binding ----------------------------------------------------------------------- */

/** The manager is going: it sends no more, and nobody waits for an answer. */
static void free_binding(void *module)
{
    jingle__binding_t *binding = module;
    xmpp_mem_t mem = binding->mem;

    jingle__hook_detach(binding);
    jingle__hold_clear(binding);
    jingle__leave_clear(binding);
    jingle__devices_clear(binding);
    jingle__caps_clear(binding);
    jingle__map_free_keyed(&binding->allowed, &mem);
    jingle__map_free_keyed(&binding->contacts, &mem);
    jingle__map_free(&binding->devices, &mem);
    jingle__map_free(&binding->leaving, &mem);
    jingle__bind_free(&mem, binding->own);
    jingle__bind_free(&mem, binding->self);
    jingle__bind_free(&mem, binding->node);
    jingle__bind_free(&mem, binding);
}

static int new_binding(jingle_t *jingle, jingle__binding_t **out)
{
    const xmpp_mem_t *mem = jingle_get_mem(jingle);
    jingle__binding_t *binding = jingle__bind_alloc(mem, sizeof *binding);
    int err;

    if (!binding)
        return JINGLE_EMEM;
    binding->jingle = jingle;
    binding->mem = *mem;
    binding->grace = JINGLE__GRACE;
    binding->leaving_limit = JINGLE__GRACE_PEERS;
    err = jingle_set_module(jingle, &module_key, binding, free_binding);
    if (err)
        jingle__bind_free(mem, binding);
    else
        *out = binding;
    return err;
}

/* ---- settings -------------------------------------------------------------------------------- */

static bool is_valid(const jingle_attach_config_t *config)
{
    if (config->size < sizeof *config || config->offers < JINGLE_OFFERS_CONFIGURED ||
        config->offers > JINGLE_OFFERS_NOBODY)
        return false;
    /* A component has no roster. */
    if (config->component && config->offers == JINGLE_OFFERS_CONTACTS)
        return false;
    if ((config->n_allowed && !config->allowed) || (config->n_identities && !config->identities))
        return false;
    for (size_t i = 0; i < config->n_identities; i++)
        if (!config->identities[i].category || !config->identities[i].type)
            return false;
    return true;
}

static int copy_allowed(const xmpp_mem_t *mem, const jingle_attach_config_t *config,
                        jingle__map_t *allowed)
{
    char jid[JINGLE__JID_SIZE];

    for (size_t i = 0; i < config->n_allowed; i++) {
        jingle__keyed_t *entry;
        if (!jingle__jid_fold(config->allowed[i], jid))
            return JINGLE_EINVAL;
        if (jingle__map_get(allowed, jid))
            continue;
        entry = jingle__keyed_new(mem, jid);
        if (!entry || !jingle__map_add(allowed, mem, entry)) {
            jingle__bind_free(mem, entry);
            return JINGLE_EMEM;
        }
    }
    return JINGLE_EOK;
}

static int copy_identities(const xmpp_mem_t *mem, const jingle_attach_config_t *config,
                           jingle__doc_t **self)
{
    jingle__doc_t *borrowed;
    int err;

    if (!config->n_identities)
        return JINGLE_EOK;
    err = jingle__doc_new(mem, config->n_identities, 0, &borrowed);
    if (err)
        return err;
    memcpy(borrowed->identities, config->identities,
           config->n_identities * sizeof *config->identities);
    borrowed->disco.n_identities = config->n_identities;
    jingle__doc_sort(borrowed);
    *self = borrowed->duplicates ? NULL : jingle__doc_copy(mem, borrowed);
    err = borrowed->duplicates ? JINGLE_EINVAL : *self ? JINGLE_EOK : JINGLE_EMEM;
    jingle__bind_free(mem, borrowed);
    return err;
}

/** Nothing is changed unless all can be. */
static int apply(jingle__binding_t *binding, const jingle_attach_config_t *config)
{
    const xmpp_mem_t *mem = &binding->mem;
    jingle__map_t allowed = {0}, old = binding->allowed;
    jingle__doc_t *self = NULL;
    char *node = jingle__bind_strdup(mem, config->node ? config->node : JINGLE__NODE);
    int err = node ? copy_allowed(mem, config, &allowed) : JINGLE_EMEM;

    if (!err && binding->component && config->offers == JINGLE_OFFERS_CONTACTS)
        err = JINGLE_EINVAL;
    if (!err)
        err = copy_identities(mem, config, &self);
    if (!err)
        err = jingle__serve_set(binding, config->answer_disco);
    if (err)
        goto out;
    binding->allowed = allowed;
    allowed = old;
    jingle__bind_free(mem, binding->self);
    binding->self = self;
    jingle__bind_free(mem, binding->node);
    binding->node = node;
    binding->ver[0] = '\0';
    binding->grace = config->grace ? config->grace : JINGLE__GRACE;
    binding->answer_unhandled = config->answer_unhandled;
    binding->hold = config->hold;
    binding->trace = config->trace;
    binding->trace_userdata = config->trace_userdata;
    if (config->component)
        jingle__binding_be_component(binding);
    self = NULL;
    node = NULL;
    if (config->offers != JINGLE_OFFERS_CONFIGURED)
        err = jingle__policy_set(binding, config->offers);
out:
    jingle__map_free_keyed(&allowed, mem);
    jingle__bind_free(mem, self);
    jingle__bind_free(mem, node);
    return err;
}

void jingle__binding_be_component(jingle__binding_t *binding)
{
    binding->component = true;
    binding->bound = 0;
    binding->ver[0] = '\0'; /* the identity by default is another */
    jingle_set_component(binding->jingle, true);
}

/* ---- attaching ------------------------------------------------------------------------------- */

/** Looks at the connection at once, so that what follows can be sent. May call back.
 *  @param asks the contacts are wanted, of a connection that was up already */
static void settle(jingle__hook_t *hook, bool asks)
{
    unsigned before = jingle__hook_enter(hook, JINGLE__IN_CALL);

    if (hook->binding)
        jingle_tick(hook->binding->jingle, jingle__clock());
    if (hook->binding)
        jingle__online_update(hook);
    if (hook->binding && asks)
        jingle__roster_request(hook->binding);
    jingle__hook_leave(hook, before);
}

static int move_to(jingle__binding_t *binding, xmpp_conn_t *conn, bool asks)
{
    /* Whoever hears that the last reference to it goes may free the manager: that is done last. */
    xmpp_conn_t *old = binding->hook ? xmpp_conn_clone(binding->hook->conn) : NULL;
    int err = JINGLE_EOK;

    if (!binding->hook || binding->hook->conn != conn) {
        jingle__hook_detach(binding);
        err = jingle__hook_attach(binding, conn);
    }
    jingle_set_send(binding->jingle, err ? NULL : jingle__online_send, binding);
    jingle_set_backlog(binding->jingle, err ? NULL : jingle__online_backlog, binding);
    if (!err)
        settle(binding->hook, asks);
    if (old)
        xmpp_conn_release(old);
    return err;
}

int jingle_attach_with(jingle_t *jingle, xmpp_conn_t *conn, const jingle_attach_config_t *config)
{
    jingle__binding_t *binding;
    jingle__hook_t *there;
    bool asks;
    int err = JINGLE_EOK;

    if (!jingle || !conn || jingle_get_context(jingle) != xmpp_conn_get_context(conn) ||
        (config && !is_valid(config)))
        return JINGLE_EINVAL;
    there = jingle__hook_find(conn);
    if (there && there->binding && there->binding->jingle != jingle)
        return JINGLE_EEXIST;
    binding = jingle__binding_get(jingle);
    if (!binding)
        err = new_binding(jingle, &binding);
    if (!err && config)
        err = apply(binding, config);
    if (err)
        return err;
    asks = config && config->offers == JINGLE_OFFERS_CONTACTS && there && there == binding->hook &&
           there->online;
    return move_to(binding, conn, asks);
}

int jingle_attach(jingle_t *jingle, xmpp_conn_t *conn)
{
    return jingle_attach_with(jingle, conn, NULL);
}

int jingle_detach(jingle_t *jingle)
{
    jingle__binding_t *binding = jingle__binding_get(jingle);

    if (!binding || !binding->hook)
        return JINGLE_EINVOP;
    jingle_set_send(jingle, NULL, NULL);
    jingle_set_backlog(jingle, NULL, NULL);
    jingle__hook_detach(binding);
    return JINGLE_EOK;
}

xmpp_conn_t *jingle_get_conn(const jingle_t *jingle)
{
    jingle__binding_t *binding = jingle__binding_get(jingle);

    return binding && binding->hook ? binding->hook->conn : NULL;
}

bool jingle_is_online(const jingle_t *jingle)
{
    jingle__binding_t *binding = jingle__binding_get(jingle);

    return binding && binding->hook && jingle__online_can_send(binding->hook);
}

void jingle_conn_event(jingle_t *jingle, xmpp_conn_t *conn, xmpp_conn_event_t event)
{
    jingle__binding_t *binding = jingle__binding_get(jingle);
    jingle__hook_t *hook = binding ? binding->hook : NULL;

    if (!hook || hook->conn != conn)
        return;
    if (event == XMPP_CONN_CONNECT)
        hook->authenticated = true;
    else if (event == XMPP_CONN_DISCONNECT || event == XMPP_CONN_FAIL)
        hook->authenticated = hook->online = false;
    settle(hook, false);
}

int jingle_connect_component(xmpp_conn_t *conn, const char *server, unsigned short port,
                             xmpp_conn_handler callback, void *userdata)
{
    jingle__hook_t *hook;
    int err;

    if (!conn || !server || !xmpp_conn_get_jid(conn) || !xmpp_conn_get_pass(conn))
        return XMPP_EINVOP;
    /* A login begins; that the last one is over may not have been noticed yet. */
    hook = xmpp_conn_is_disconnected(conn) ? jingle__hook_find(conn) : NULL;
    if (hook) {
        hook->authenticated = hook->online = false;
        jingle__beat_within(hook->ctx, 0);
    }
    /* What xmpp_connect_component() forgets to allocate, and everything after it reads, is the state
     * of Stream Management. xmpp_connect_client() allocates it; with no host to connect to it does
     * nothing else and says so at once. */
    err = xmpp_connect_client(conn, "", 1, callback, userdata);
    if (err != XMPP_EINT)
        return err == XMPP_EOK ? XMPP_EINT : err;
    return xmpp_connect_component(conn, server, port, callback, userdata);
}
