/* SPDX-License-Identifier: MIT */
/** @file
 *  Set up for a manager. */
#include "s5b.h"

#define STAGGER_MS 200u
#define TIMEOUT_MS 5000u

static const char module_key;

jingle__s5b_module_t *jingle__s5b_module_ref(jingle__s5b_module_t *module)
{
    module->refs++;
    return module;
}

void jingle__s5b_module_unref(jingle__s5b_module_t *module)
{
    xmpp_mem_t mem = module->mem;

    if (--module->refs)
        return;
    jingle__s5b_proxies_clear(module);
    mem.free(module, mem.userdata);
}

static void free_module(void *userdata)
{
    jingle__s5b_listener_stop(userdata);
    jingle__s5b_module_unref(userdata);
}

static int set_up(jingle__s5b_module_t *module, const jingle_s5b_t *config)
{
    int err = JINGLE_EOK;

    module->relay_only = config->relay_only;
    module->find_proxies = !config->find_no_proxies;
    module->offer_loopback = config->offer_loopback;
    module->port = config->port;
    module->stagger = config->stagger ? config->stagger : STAGGER_MS;
    module->timeout = config->timeout ? config->timeout : TIMEOUT_MS;
    module->may_offer = config->may_offer;
    module->map = config->map;
    module->userdata = config->userdata;
    for (size_t i = 0; !err && i < config->n_proxies; i++) {
        const jingle_s5b_proxy_t *proxy = &config->proxies[i];
        if (!proxy->jid || !*proxy->jid || !proxy->host || !*proxy->host || !proxy->port)
            err = JINGLE_EINVAL;
        else
            err = jingle__s5b_proxy_add(module, proxy->jid, proxy->host, proxy->port);
    }
    return err;
}

int jingle_register_s5b(jingle_t *jingle, const jingle_s5b_t *config)
{
    static const jingle_s5b_t none = {.size = sizeof none};
    const xmpp_mem_t *mem = jingle_get_mem(jingle);
    jingle__s5b_module_t *module;
    int err;

    if (!config)
        config = &none;
    if (!jingle || config->size < sizeof none || (config->n_proxies && !config->proxies))
        return JINGLE_EINVAL;
    if (jingle_get_module(jingle, &module_key))
        return JINGLE_EEXIST;
    /* Made first, so that it outlives this module, which closes its sockets. */
    module = jingle_get_net(jingle) ? mem->alloc(sizeof *module, mem->userdata) : NULL;
    if (!module)
        return JINGLE_EMEM;
    *module = (jingle__s5b_module_t){.jingle = jingle, .mem = *mem, .refs = 1};
    err = set_up(module, config);
    if (!err)
        err =
            jingle_register_transport(jingle, JINGLE_NS_S5B_TRANSPORT, &jingle__s5b_plugin, module);
    if (!err && (err = jingle_set_module(jingle, &module_key, module, free_module)) != JINGLE_EOK)
        jingle_unregister_plugin(jingle, JINGLE_NS_S5B_TRANSPORT);
    if (err)
        jingle__s5b_module_unref(module);
    return err;
}

int jingle_s5b_mapped(jingle_t *jingle, const char *host, uint16_t port)
{
    jingle__s5b_module_t *module = jingle_get_module(jingle, &module_key);

    return module ? jingle__s5b_mapped(module, host, port) : JINGLE_ENOENT;
}

int jingle_set_s5b_relay_only(jingle_t *jingle, bool relay_only)
{
    jingle__s5b_module_t *module = jingle_get_module(jingle, &module_key);

    if (!module)
        return JINGLE_ENOENT;
    module->relay_only = relay_only;
    return JINGLE_EOK;
}

jingle_s5b_path_t jingle_content_get_s5b_path(const jingle_content_t *content, const char **host)
{
    const char *ns = jingle_content_get_transport(content);
    const jingle__s5b_stream_t *stream = NULL;

    /* A program may have registered a plug-in of its own under this name. */
    if (ns && strcmp(ns, JINGLE_NS_S5B_TRANSPORT) == 0 &&
        jingle_get_module(jingle_session_get_manager(jingle_content_get_session(content)),
                          &module_key))
        stream = jingle_content_get_transport_self(content);
    if (!stream || !stream->used)
        return JINGLE_S5B_NOWHERE;
    if (host)
        *host = stream->used->host;
    return stream->used->type == S5B_PROXY ? JINGLE_S5B_PROXY : JINGLE_S5B_DIRECT;
}
