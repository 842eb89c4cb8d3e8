/* SPDX-License-Identifier: MIT */
/** @file
 *  The plug-ins of a manager, and what is set for all its managed sessions. */
#include "managed.h"

typedef struct {
    xmpp_mem_t mem;
    jingle__plugin_t *plugins[JINGLE__KINDS];
    bool serves;   /**< the manager asks us about offers */
    bool restores; /**< it knows how to restore a managed session */
    jingle_transport_filter_fn filter;
    void *filter_userdata;
    jingle_transport_timeouts_t timeouts;
} registry_t;

/* Its address is the module's key. */
static const char module_key;

static registry_t *registry_of(const jingle_t *jingle)
{
    return jingle ? jingle_get_module(jingle, &module_key) : NULL;
}

static void registry_free(void *module)
{
    registry_t *registry = module;
    xmpp_mem_t mem = registry->mem;

    for (int kind = 0; kind < JINGLE__KINDS; kind++) {
        jingle__plugin_t *plugin = registry->plugins[kind];

        while (plugin) {
            jingle__plugin_t *next = plugin->next;
            jingle__plugin_release(plugin);
            plugin = next;
        }
    }
    managed_free(&mem, registry);
}

/** @return the manager's registry, made when there is none; NULL when out of memory */
static registry_t *registry_make(jingle_t *jingle)
{
    registry_t *registry = registry_of(jingle);

    if (registry)
        return registry;
    registry = managed_alloc(jingle_get_mem(jingle), sizeof(*registry));
    if (!registry)
        return NULL;
    registry->mem = *jingle_get_mem(jingle);
    jingle_transport_timeouts_init(&registry->timeouts);
    if (jingle_set_module(jingle, &module_key, registry, registry_free) != JINGLE_EOK) {
        registry_free(registry);
        return NULL;
    }
    return registry;
}

/* ---- looking up ---------------------------------------------------------------------------- */

jingle__plugin_t *jingle__plugin_first(const jingle_t *jingle, jingle__kind_t kind)
{
    registry_t *registry = registry_of(jingle);

    return registry ? registry->plugins[kind] : NULL;
}

jingle__plugin_t *jingle__plugin_find(const jingle_t *jingle, jingle__kind_t kind, const char *ns)
{
    jingle__plugin_t *plugin = jingle__plugin_first(jingle, kind);

    while (plugin && (!ns || strcmp(plugin->ns, ns) != 0))
        plugin = plugin->next;
    return plugin;
}

jingle__plugin_t *jingle__plugin_clone(jingle__plugin_t *plugin)
{
    if (plugin)
        plugin->refs++;
    return plugin;
}

void jingle__plugin_release(jingle__plugin_t *plugin)
{
    xmpp_mem_t mem;

    if (!plugin || --plugin->refs > 0)
        return;
    mem = plugin->mem;
    managed_free(&mem, plugin);
}

const char *jingle_get_transport(const jingle_t *jingle, size_t index)
{
    jingle__plugin_t *plugin = jingle__plugin_first(jingle, JINGLE__TRANSPORT);

    while (plugin && index-- > 0)
        plugin = plugin->next;
    return plugin ? plugin->ns : NULL;
}

unsigned jingle_get_transport_flows(const jingle_t *jingle, const char *ns)
{
    const jingle__plugin_t *plugin = jingle__plugin_find(jingle, JINGLE__TRANSPORT, ns);

    return plugin ? plugin->as.transport.flows : 0;
}

/* ---- offers -------------------------------------------------------------------------------- */

/** An offer is ours to serve if any of its descriptions is a registered application's. */
static bool prepare(jingle_t *jingle, const jingle_offer_t *offer,
                    const jingle_session_type_t **type, void **type_userdata, void *userdata)
{
    (void)userdata;
    for (size_t i = 0; i < offer->n_applications; i++) {
        if (!jingle__plugin_find(jingle, JINGLE__APPLICATION, offer->applications[i]))
            continue;
        *type = &jingle__managed_type;
        *type_userdata = NULL;
        return true;
    }
    return false;
}

static int serve_offers(jingle_t *jingle, registry_t *registry)
{
    int rc = registry->restores ? JINGLE_EOK
                                : jingle_register_restorable(jingle, &jingle__managed_type, NULL);

    registry->restores = rc == JINGLE_EOK;
    if (rc == JINGLE_EOK && !registry->serves)
        rc = jingle_add_prepare(jingle, prepare, NULL);

    if (rc == JINGLE_EOK)
        registry->serves = true;
    return rc;
}

/* ---- registering --------------------------------------------------------------------------- */

/** Transports lie by rank, others and those of equal rank by registration. */
static void insert(registry_t *registry, jingle__plugin_t *plugin)
{
    jingle__plugin_t **at = &registry->plugins[plugin->kind];

    while (*at && (plugin->kind != JINGLE__TRANSPORT ||
                   (*at)->as.transport.rank >= plugin->as.transport.rank))
        at = &(*at)->next;
    plugin->next = *at;
    *at = plugin;
}

static bool is_namespace(const char *ns)
{
    return ns && *ns && strlen(ns) <= JINGLE_NAME_MAX;
}

static bool is_taken(const jingle_t *jingle, const char *ns)
{
    for (int kind = 0; kind < JINGLE__KINDS; kind++)
        if (jingle__plugin_find(jingle, (jingle__kind_t)kind, ns))
            return true;
    return false;
}

/** @param vtable of size octets, as much of it as the program's header knew */
static int add(jingle_t *jingle, jingle__kind_t kind, const char *ns, const void *vtable,
               size_t size, void *userdata)
{
    registry_t *registry;
    jingle__plugin_t *plugin;
    int rc;

    if (is_taken(jingle, ns))
        return JINGLE_EEXIST;
    registry = registry_make(jingle);
    if (!registry)
        return JINGLE_EMEM;
    plugin = managed_alloc(&registry->mem, sizeof(*plugin) + strlen(ns) + 1);
    if (!plugin)
        return JINGLE_EMEM;
    plugin->refs = 1;
    plugin->kind = kind;
    plugin->mem = registry->mem;
    plugin->userdata = userdata;
    memcpy(&plugin->as, vtable, size < sizeof(plugin->as) ? size : sizeof(plugin->as));
    memcpy(plugin->ns, ns, strlen(ns) + 1);
    rc = kind == JINGLE__APPLICATION ? serve_offers(jingle, registry) : JINGLE_EOK;
    if (rc == JINGLE_EOK)
        rc = jingle_add_feature(jingle, ns);
    if (rc == JINGLE_EOK)
        insert(registry, plugin);
    else
        jingle__plugin_release(plugin);
    return rc;
}

#define FLOWS (JINGLE_FLOW_STREAM | JINGLE_FLOW_DATAGRAM)

/** What XEP-0166 section 12 demands of every module has its slot, and it is filled. */
#define IS_WHOLE(plugin)                                                                           \
    ((plugin)->create && (plugin)->check && (plugin)->apply && (plugin)->describe &&               \
     (plugin)->free && ((plugin)->flows & FLOWS) && !((plugin)->flows & ~FLOWS))

int jingle_register_application(jingle_t *jingle, const char *ns,
                                const jingle_application_t *plugin, void *userdata)
{
    if (!jingle || !is_namespace(ns) || !plugin ||
        plugin->size < offsetof(jingle_application_t, competes) || !IS_WHOLE(plugin) ||
        !plugin->open)
        return JINGLE_EINVAL;
    return add(jingle, JINGLE__APPLICATION, ns, plugin, plugin->size, userdata);
}

int jingle_register_transport(jingle_t *jingle, const char *ns, const jingle_transport_t *plugin,
                              void *userdata)
{
    if (!jingle || !is_namespace(ns) || !plugin ||
        plugin->size < offsetof(jingle_transport_t, save) || !IS_WHOLE(plugin) ||
        !plugin->prepare || !plugin->start || !plugin->stop)
        return JINGLE_EINVAL;
    return add(jingle, JINGLE__TRANSPORT, ns, plugin, plugin->size, userdata);
}

int jingle_register_security(jingle_t *jingle, const char *ns, const jingle_security_t *plugin,
                             void *userdata)
{
    if (!jingle || !is_namespace(ns) || !plugin ||
        plugin->size < offsetof(jingle_security_t, check_transport) || !IS_WHOLE(plugin) ||
        !plugin->wrap)
        return JINGLE_EINVAL;
    return add(jingle, JINGLE__SECURITY, ns, plugin, plugin->size, userdata);
}

int jingle_unregister_plugin(jingle_t *jingle, const char *ns)
{
    registry_t *registry = registry_of(jingle);

    for (int kind = 0; registry && ns && kind < JINGLE__KINDS; kind++) {
        jingle__plugin_t **at = &registry->plugins[kind];
        jingle__plugin_t *plugin;

        while (*at && strcmp((*at)->ns, ns) != 0)
            at = &(*at)->next;
        plugin = *at;
        if (!plugin)
            continue;
        *at = plugin->next;
        jingle_remove_feature(jingle, ns);
        jingle__plugin_release(plugin);
        return JINGLE_EOK;
    }
    return JINGLE_ENOENT;
}

/* ---- settings ------------------------------------------------------------------------------ */

int jingle_set_transport_filter(jingle_t *jingle, jingle_transport_filter_fn filter, void *userdata)
{
    registry_t *registry = jingle ? registry_make(jingle) : NULL;

    if (!jingle)
        return JINGLE_EINVAL;
    if (!registry)
        return JINGLE_EMEM;
    registry->filter = filter;
    registry->filter_userdata = userdata;
    return JINGLE_EOK;
}

bool jingle__transport_allowed(jingle_session_t *session, const jingle__plugin_t *transport)
{
    registry_t *registry = registry_of(jingle_session_get_manager(session));

    return !registry || !registry->filter ||
           registry->filter(session, transport->ns, registry->filter_userdata);
}

void jingle_transport_timeouts_init(jingle_transport_timeouts_t *timeouts)
{
    if (timeouts)
        *timeouts = (jingle_transport_timeouts_t){.size = sizeof(*timeouts),
                                                  .prepare = 30000,
                                                  .open = 60000,
                                                  .replace = 120000,
                                                  .finish = 30000,
                                                  .end = 60000};
}

int jingle_set_transport_timeouts(jingle_t *jingle, const jingle_transport_timeouts_t *timeouts)
{
    registry_t *registry;

    if (!jingle || !timeouts || timeouts->size != sizeof(*timeouts))
        return JINGLE_EINVAL;
    registry = registry_make(jingle);
    if (!registry)
        return JINGLE_EMEM;
    registry->timeouts = *timeouts;
    return JINGLE_EOK;
}

jingle_transport_timeouts_t jingle__timeouts(const jingle_t *jingle)
{
    const registry_t *registry = registry_of(jingle);
    jingle_transport_timeouts_t timeouts;

    jingle_transport_timeouts_init(&timeouts);
    return registry ? registry->timeouts : timeouts;
}
