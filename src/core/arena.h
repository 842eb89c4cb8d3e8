/* SPDX-License-Identifier: MIT */
/** @file
 *  Memory that grows in blocks and goes all at once. */
#ifndef JINGLE__ARENA_H
#define JINGLE__ARENA_H

#include <stddef.h>

#include "alloc.h"

typedef struct jingle__block jingle__block_t;

typedef struct {
    const xmpp_mem_t *mem;
    jingle__block_t *blocks;
} jingle__arena_t;

static inline void jingle__arena_init(jingle__arena_t *arena, const xmpp_mem_t *mem)
{
    arena->mem = mem;
    arena->blocks = NULL;
}

/** @return memory that is not initialised, aligned for any pointer; NULL when there is none */
void *jingle__arena_take(jingle__arena_t *arena, size_t size);
/** Makes a list four times as long.
 *  @param items the list, or NULL; stays as it is
 *  @param cap   in and out: how many items there is room for
 *  @return the new list, n items copied; NULL when out of memory */
void *jingle__arena_grow(jingle__arena_t *arena, const void *items, size_t n, size_t *cap,
                         size_t item_size);
void jingle__arena_clear(jingle__arena_t *arena);

#endif
