/* SPDX-License-Identifier: MIT */
/** @file
 *  What a manager keeps for others: features for service discovery, modules, ICE servers. */
#include "core.h"

#include <string.h>

static jingle__feature_t *find_feature(const jingle_t *jingle, const char *name)
{
    jingle__feature_t *feature;

    DL_FOREACH(jingle->features, feature)
    if (strcmp(feature->name, name) == 0)
        return feature;
    return NULL;
}

int jingle_add_feature(jingle_t *jingle, const char *name)
{
    jingle__feature_t *feature;
    size_t size;

    if (!jingle || !name || !*name)
        return JINGLE_EINVAL;
    feature = find_feature(jingle, name);
    if (feature) {
        feature->count++;
        return JINGLE_EOK;
    }
    size = strlen(name) + 1;
    feature = jingle__alloc(&jingle->mem, sizeof *feature + size);
    if (!feature)
        return JINGLE_EMEM;
    feature->count = 1;
    memcpy(feature->name, name, size);
    DL_APPEND(jingle->features, feature);
    jingle->features_version++;
    return JINGLE_EOK;
}

static void drop_feature(jingle_t *jingle, jingle__feature_t *feature)
{
    DL_DELETE(jingle->features, feature);
    jingle__free(&jingle->mem, feature);
    jingle->features_version++;
}

int jingle_remove_feature(jingle_t *jingle, const char *name)
{
    jingle__feature_t *feature;

    if (!jingle || !name)
        return JINGLE_EINVAL;
    feature = find_feature(jingle, name);
    if (!feature)
        return JINGLE_ENOENT;
    if (--feature->count == 0)
        drop_feature(jingle, feature);
    return JINGLE_EOK;
}

const char *jingle_get_feature(const jingle_t *jingle, size_t index)
{
    jingle__feature_t *feature;

    if (!jingle)
        return NULL;
    DL_FOREACH(jingle->features, feature)
    if (index-- == 0)
        return feature->name;
    return NULL;
}

uint32_t jingle_get_features_version(const jingle_t *jingle)
{
    return jingle ? jingle->features_version : 0;
}

static jingle__module_t *find_module(const jingle_t *jingle, const void *key)
{
    jingle__module_t *module;

    DL_FOREACH(jingle->modules, module)
    if (module->key == key)
        return module;
    return NULL;
}

int jingle_set_module(jingle_t *jingle, const void *key, void *module, void (*free_fn)(void *))
{
    jingle__module_t *entry;

    if (!jingle || !key)
        return JINGLE_EINVAL;
    entry = find_module(jingle, key);
    if (!module) {
        if (entry) {
            DL_DELETE(jingle->modules, entry);
            jingle__free(&jingle->mem, entry);
        }
        return JINGLE_EOK;
    }
    if (entry)
        return JINGLE_EEXIST;
    entry = jingle__alloc(&jingle->mem, sizeof *entry);
    if (!entry)
        return JINGLE_EMEM;
    *entry = (jingle__module_t){.key = key, .module = module, .free_fn = free_fn};
    DL_PREPEND(jingle->modules, entry);
    return JINGLE_EOK;
}

void *jingle_get_module(const jingle_t *jingle, const void *key)
{
    jingle__module_t *entry = jingle ? find_module(jingle, key) : NULL;

    return entry ? entry->module : NULL;
}

static void free_ice_server(jingle_t *jingle, jingle__ice_server_t *entry)
{
    jingle__free(&jingle->mem, (void *)(uintptr_t)entry->server.uri);
    jingle__free(&jingle->mem, (void *)(uintptr_t)entry->server.username);
    jingle__free(&jingle->mem, (void *)(uintptr_t)entry->server.credential);
    jingle__free(&jingle->mem, entry);
}

int jingle_add_ice_server(jingle_t *jingle, const char *uri, const char *username,
                          const char *credential)
{
    jingle__ice_server_t *entry;

    if (!jingle || !uri || !*uri)
        return JINGLE_EINVAL;
    entry = jingle__alloc(&jingle->mem, sizeof *entry);
    if (!entry)
        return JINGLE_EMEM;
    entry->server.uri = jingle__strdup(&jingle->mem, uri);
    entry->server.username = jingle__strdup(&jingle->mem, username);
    entry->server.credential = jingle__strdup(&jingle->mem, credential);
    if (!entry->server.uri || (username && !entry->server.username) ||
        (credential && !entry->server.credential)) {
        free_ice_server(jingle, entry);
        return JINGLE_EMEM;
    }
    DL_APPEND(jingle->ice_servers, entry);
    return JINGLE_EOK;
}

void jingle_clear_ice_servers(jingle_t *jingle)
{
    while (jingle && jingle->ice_servers) {
        jingle__ice_server_t *entry = jingle->ice_servers;
        DL_DELETE(jingle->ice_servers, entry);
        free_ice_server(jingle, entry);
    }
}

const jingle_ice_server_t *jingle_get_ice_server(const jingle_t *jingle, size_t index)
{
    jingle__ice_server_t *entry;

    if (!jingle)
        return NULL;
    DL_FOREACH(jingle->ice_servers, entry)
    if (index-- == 0)
        return &entry->server;
    return NULL;
}

void jingle__features_clear(jingle_t *jingle)
{
    while (jingle->modules) {
        jingle__module_t entry = *jingle->modules, *head = jingle->modules;
        DL_DELETE(jingle->modules, head);
        jingle__free(&jingle->mem, head);
        if (entry.free_fn)
            entry.free_fn(entry.module);
    }
    jingle_clear_ice_servers(jingle);
    while (jingle->features)
        drop_feature(jingle, jingle->features);
}
