/* SPDX-License-Identifier: MIT */
/** @file
 *  A sorted array of entries by key. */
#include "map.h"

#include <string.h>

size_t jingle__map_lower(const jingle__map_t *map, const char *key)
{
    size_t low = 0, high = map->len;

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(map->entries[middle]->key, key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_at(const jingle__map_t *map, size_t index, const char *key)
{
    return index < map->len && strcmp(map->entries[index]->key, key) == 0;
}

void *jingle__map_get(const jingle__map_t *map, const char *key)
{
    size_t index = jingle__map_lower(map, key);

    return is_at(map, index, key) ? map->entries[index] : NULL;
}

static bool grow(jingle__map_t *map, const xmpp_mem_t *mem)
{
    size_t size = map->size ? 2 * map->size : 8;
    void *entries = mem->realloc(map->entries, size * sizeof *map->entries, mem->userdata);

    if (!entries)
        return false;
    map->entries = entries;
    map->size = size;
    return true;
}

bool jingle__map_add(jingle__map_t *map, const xmpp_mem_t *mem, jingle__keyed_t *entry)
{
    size_t index = jingle__map_lower(map, entry->key);

    if (map->len == map->size && !grow(map, mem))
        return false;
    memmove(map->entries + index + 1, map->entries + index,
            (map->len - index) * sizeof *map->entries);
    map->entries[index] = entry;
    map->len++;
    return true;
}

void *jingle__map_take_at(jingle__map_t *map, size_t index)
{
    jingle__keyed_t *entry = map->entries[index];

    map->len--;
    memmove(map->entries + index, map->entries + index + 1,
            (map->len - index) * sizeof *map->entries);
    return entry;
}

void *jingle__map_take(jingle__map_t *map, const char *key)
{
    size_t index = jingle__map_lower(map, key);

    return is_at(map, index, key) ? jingle__map_take_at(map, index) : NULL;
}

void jingle__map_free(jingle__map_t *map, const xmpp_mem_t *mem)
{
    if (map->entries)
        mem->free(map->entries, mem->userdata);
    *map = (jingle__map_t){0};
}

jingle__keyed_t *jingle__keyed_new(const xmpp_mem_t *mem, const char *key)
{
    size_t size = strlen(key) + 1;
    jingle__keyed_t *entry = mem->alloc(sizeof *entry + size, mem->userdata);

    if (entry)
        entry->key = memcpy(entry + 1, key, size);
    return entry;
}

void jingle__map_free_keyed(jingle__map_t *map, const xmpp_mem_t *mem)
{
    while (map->len)
        mem->free(jingle__map_take_at(map, map->len - 1), mem->userdata);
    jingle__map_free(map, mem);
}
