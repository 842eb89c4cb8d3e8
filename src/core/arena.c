/* SPDX-License-Identifier: MIT */
/** @file
 *  Allocation: the default allocator, and memory in blocks. */
#include "arena.h"

#include <stdint.h>
#include <stdlib.h>

/** Enough for what most stanzas need beyond what is inline. */
#define BLOCK_SIZE 480u
#define ALIGNMENT sizeof(uint64_t)

struct jingle__block {
    jingle__block_t *next;
    size_t used, size;
    uint64_t data[];
};

static void *default_alloc(size_t size, void *userdata)
{
    (void)userdata;
    return malloc(size);
}

static void default_free(void *p, void *userdata)
{
    (void)userdata;
    free(p);
}

static void *default_realloc(void *p, size_t size, void *userdata)
{
    (void)userdata;
    return realloc(p, size);
}

const xmpp_mem_t jingle__mem_default = {
    .alloc = default_alloc,
    .free = default_free,
    .realloc = default_realloc,
};

static jingle__block_t *new_block(jingle__arena_t *arena, size_t size)
{
    jingle__block_t *block;

    if (size < BLOCK_SIZE)
        size = BLOCK_SIZE;
    block = arena->mem->alloc(sizeof(*block) + size, arena->mem->userdata);
    if (!block)
        return NULL;
    block->next = arena->blocks;
    block->used = 0;
    block->size = size;
    arena->blocks = block;
    return block;
}

void *jingle__arena_take(jingle__arena_t *arena, size_t size)
{
    jingle__block_t *block = arena->blocks;
    void *p;

    if (size > SIZE_MAX / 2)
        return NULL;
    size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (!block || block->size - block->used < size)
        block = new_block(arena, size);
    if (!block)
        return NULL;
    p = (char *)block->data + block->used;
    block->used += size;
    return p;
}

void *jingle__arena_grow(jingle__arena_t *arena, const void *items, size_t n, size_t *cap,
                         size_t item_size)
{
    size_t bigger = *cap ? *cap * 4 : 4;
    void *p = jingle__arena_take(arena, bigger * item_size);

    if (!p)
        return NULL;
    if (n)
        memcpy(p, items, n * item_size);
    *cap = bigger;
    return p;
}

void jingle__arena_clear(jingle__arena_t *arena)
{
    jingle__block_t *block = arena->blocks, *next;

    for (; block; block = next) {
        next = block->next;
        jingle__free(arena->mem, block);
    }
    arena->blocks = NULL;
}
