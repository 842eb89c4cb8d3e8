/* SPDX-License-Identifier: MIT */
/** @file
 *  Which session type serves an offer: the registered ones in order, then the program's
 *  prepare_session, then those added; nobody's is a base session. */
#include "core.h"

#include <string.h>

static jingle__type_entry_t *find_entry(const jingle_t *jingle, const char *ns)
{
    jingle__type_entry_t *entry;

    DL_FOREACH(jingle->types, entry)
    if (strcmp(entry->ns, ns) == 0)
        return entry;
    return NULL;
}

static void note_source_actions(jingle_t *jingle)
{
    jingle__type_entry_t *entry;

    jingle->source_actions = false;
    DL_FOREACH(jingle->types, entry)
    if (entry->type->on_source_add || entry->type->on_source_remove)
        jingle->source_actions = true;
}

int jingle_register_session_type(jingle_t *jingle, const char *ns,
                                 const jingle_session_type_t *type, void *userdata)
{
    jingle__type_entry_t *entry;
    size_t size;

    if (!jingle || !ns || !*ns || strlen(ns) > JINGLE_NAME_MAX || !type ||
        type->size < offsetof(jingle_session_type_t, save))
        return JINGLE_EINVAL;
    if (find_entry(jingle, ns))
        return JINGLE_EEXIST;
    size = strlen(ns) + 1;
    entry = jingle__alloc(&jingle->mem, sizeof *entry + size);
    if (!entry)
        return JINGLE_EMEM;
    if (jingle_add_feature(jingle, ns) != JINGLE_EOK) {
        jingle__free(&jingle->mem, entry);
        return JINGLE_EMEM;
    }
    entry->type = type;
    entry->userdata = userdata;
    memcpy(entry->ns, ns, size);
    DL_APPEND(jingle->types, entry);
    note_source_actions(jingle);
    return JINGLE_EOK;
}

static void drop_entry(jingle_t *jingle, jingle__type_entry_t *entry)
{
    DL_DELETE(jingle->types, entry);
    jingle__free(&jingle->mem, entry);
}

int jingle_unregister_session_type(jingle_t *jingle, const char *ns)
{
    jingle__type_entry_t *entry;

    if (!jingle || !ns)
        return JINGLE_EINVAL;
    entry = find_entry(jingle, ns);
    if (!entry)
        return JINGLE_ENOENT;
    jingle_remove_feature(jingle, ns);
    drop_entry(jingle, entry);
    note_source_actions(jingle);
    return JINGLE_EOK;
}

int jingle_add_prepare(jingle_t *jingle, jingle_prepare_fn prepare, void *userdata)
{
    jingle__prepare_entry_t *entry;

    if (!jingle || !prepare)
        return JINGLE_EINVAL;
    entry = jingle__alloc(&jingle->mem, sizeof *entry);
    if (!entry)
        return JINGLE_EMEM;
    entry->prepare = prepare;
    entry->userdata = userdata;
    DL_APPEND(jingle->prepares, entry);
    return JINGLE_EOK;
}

static bool offers(const jingle_offer_t *offer, const char *ns)
{
    for (size_t i = 0; i < offer->n_applications; i++)
        if (strcmp(offer->applications[i], ns) == 0)
            return true;
    return false;
}

void jingle__types_find(jingle_t *jingle, const jingle_offer_t *offer,
                        const jingle_session_type_t **type, void **userdata)
{
    jingle__type_entry_t *entry;
    jingle__prepare_entry_t *prepare, *next;

    DL_FOREACH(jingle->types, entry)
    if (offers(offer, entry->ns)) {
        *type = entry->type;
        *userdata = entry->userdata;
        return;
    }
    if (jingle->config.prepare_session &&
        jingle->config.prepare_session(jingle, offer, type, userdata, jingle->config.userdata))
        return;
    for (prepare = jingle->prepares; prepare && !jingle->closing; prepare = next) {
        next = prepare->next; /* jingle_free() takes the list away */
        if (prepare->prepare(jingle, offer, type, userdata, prepare->userdata))
            return;
    }
    *type = NULL;
    *userdata = NULL;
}

void jingle__types_clear(jingle_t *jingle)
{
    while (jingle->types)
        drop_entry(jingle, jingle->types);
    while (jingle->prepares) {
        jingle__prepare_entry_t *entry = jingle->prepares;
        DL_DELETE(jingle->prepares, entry);
        jingle__free(&jingle->mem, entry);
    }
}
