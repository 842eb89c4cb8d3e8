/* SPDX-License-Identifier: MIT */
/** @file
 *  In-band bytestreams: registration and set-up. */
#include "stream.h"

const char jingle__ibb_module;

static void registry_free(void *module)
{
    jingle__ibb_registry_t *registry = module;
    xmpp_mem_t mem = registry->mem;

    /* All sessions have ended, and their streams have left the table with them. */
    jingle__ibb_free(&mem, registry);
}

static bool config_is_valid(const jingle_ibb_t *config)
{
    return config->size == sizeof *config && config->block_size <= JINGLE__IBB_BLOCK_MAX &&
           config->max_block_size <= JINGLE__IBB_BLOCK_MAX;
}

static void set_defaults(jingle_ibb_t *config)
{
    if (!config->block_size)
        config->block_size = JINGLE__IBB_BLOCK_DEFAULT;
    if (!config->max_block_size)
        config->max_block_size = JINGLE__IBB_BLOCK_MAX;
    if (!config->window)
        config->window = 1;
}

static jingle__ibb_registry_t *registry_new(jingle_t *jingle, const jingle_ibb_t *config)
{
    const xmpp_mem_t *mem = jingle_get_mem(jingle);
    jingle__ibb_registry_t *registry = jingle__ibb_alloc(mem, sizeof *registry);

    if (!registry)
        return NULL;
    registry->jingle = jingle;
    registry->mem = *mem;
    registry->config = *config;
    set_defaults(&registry->config);
    return registry;
}

int jingle_register_ibb(jingle_t *jingle, const jingle_ibb_t *config)
{
    jingle__ibb_registry_t *registry;
    int err;

    config = config ? config : JINGLE_IBB(.block_size = 0);
    if (!jingle || !config_is_valid(config))
        return JINGLE_EINVAL;
    if (jingle_get_module(jingle, &jingle__ibb_module))
        return JINGLE_EEXIST;
    registry = registry_new(jingle, config);
    if (!registry)
        return JINGLE_EMEM;
    err = jingle_set_module(jingle, &jingle__ibb_module, registry, registry_free);
    if (err) {
        registry_free(registry);
        return err;
    }
    err = jingle_serve(jingle, JINGLE_NS_IBB, JINGLE_SERVE_SET | JINGLE_SERVE_MESSAGE,
                       jingle__ibb_serve, registry);
    if (err)
        goto no_serve;
    err = jingle_add_feature(jingle, JINGLE_NS_IBB);
    if (err)
        goto no_feature;
    err = jingle_register_transport(jingle, JINGLE_NS_IBB_TRANSPORT, &jingle__ibb_plugin, registry);
    if (!err)
        return JINGLE_EOK;
    jingle_remove_feature(jingle, JINGLE_NS_IBB);
no_feature:
    jingle_unserve(jingle, JINGLE_NS_IBB);
no_serve:
    jingle_set_module(jingle, &jingle__ibb_module, NULL, NULL);
    registry_free(registry);
    return err;
}
