/* SPDX-License-Identifier: MIT */
/** @file
 *  A sorted array of entries by key. No peer can make it slow, and entries with the same beginning
 *  lie together. */
#ifndef JINGLE_STROPHE_MAP_H
#define JINGLE_STROPHE_MAP_H

#include <stdbool.h>
#include <stddef.h>

#include <strophe.h>

/** The first member of every entry. */
typedef struct {
    const char *key;
} jingle__keyed_t;

/** Zero it to begin. It does not own its entries. */
typedef struct {
    jingle__keyed_t **entries;
    size_t len;
    size_t size;
} jingle__map_t;

/** @return index of the first entry whose key is not less than key */
size_t jingle__map_lower(const jingle__map_t *map, const char *key);
/** @return the entry, or NULL */
void *jingle__map_get(const jingle__map_t *map, const char *key);
/** Adds an entry whose key is not there. @return false when out of memory */
bool jingle__map_add(jingle__map_t *map, const xmpp_mem_t *mem, jingle__keyed_t *entry);
/** Takes an entry out. @return it, or NULL */
void *jingle__map_take(jingle__map_t *map, const char *key);
/** Takes the entry at an index out. @return it */
void *jingle__map_take_at(jingle__map_t *map, size_t index);
/** Frees the array of an empty map. */
void jingle__map_free(jingle__map_t *map, const xmpp_mem_t *mem);

/** @return an entry that is its key and nothing else, to be freed as one block; NULL: no memory */
jingle__keyed_t *jingle__keyed_new(const xmpp_mem_t *mem, const char *key);
/** Frees a map of such entries, and them. */
void jingle__map_free_keyed(jingle__map_t *map, const xmpp_mem_t *mem);

#endif
