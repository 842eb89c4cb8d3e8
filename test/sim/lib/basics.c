/* SPDX-License-Identifier: MIT */
/** @file
 *  Memory and chance. */
#include "private.h"

#include <stdlib.h>
#include <string.h>

/* ---- of the simulator's own ------------------------------------------------------------------ */

void *jingle__sim_grow(void *p, size_t size)
{
    void *made = realloc(p, size ? size : 1);

    if (!made)
        abort();
    return made;
}

void *jingle__sim_alloc(size_t size)
{
    void *made = jingle__sim_grow(NULL, size);

    memset(made, 0, size);
    return made;
}

char *jingle__sim_copy(const char *string)
{
    size_t size = strlen(string) + 1;
    char *copy = jingle__sim_alloc(size);

    memcpy(copy, string, size);
    return copy;
}

uint64_t jingle__sim_next(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15U);

    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
    return z ^ (z >> 31);
}

/* ---- of the managers --------------------------------------------------------------------------
 */

/* As large as the strictest alignment, so that what follows is aligned for everything. */
typedef union {
    struct {
        jingle__sim_mem_t *owner;
        size_t size;
    } of;
    max_align_t align;
} head_t;

static bool fails(jingle__sim_mem_t *mem)
{
    if (mem->fail_in == 0 || --mem->fail_in > 0)
        return false;
    mem->fail_in = mem->fail_more > 0;
    mem->fail_more -= mem->fail_more > 0;
    mem->failures++;
    if (mem->on_failure)
        mem->on_failure(mem->owner);
    return true;
}

static void *count_alloc(const size_t size, void *const userdata)
{
    jingle__sim_mem_t *mem = userdata;
    head_t *head;

    if (fails(mem))
        return NULL;
    head = jingle__sim_grow(NULL, sizeof *head + size);
    head->of.owner = mem;
    head->of.size = size;
    mem->blocks++;
    mem->bytes += size;
    return head + 1;
}

static void count_free(void *p, void *const userdata)
{
    jingle__sim_mem_t *mem = userdata;
    head_t *head = p;

    if (!p)
        return;
    head--;
    if (head->of.owner != mem)
        abort(); /* another's, or freed before */
    head->of.owner = NULL;
    mem->blocks--;
    mem->bytes -= head->of.size;
    free(head);
}

static void *count_realloc(void *p, const size_t size, void *const userdata)
{
    void *moved = count_alloc(size, userdata);
    size_t old;

    if (p && moved) {
        old = ((head_t *)p)[-1].of.size;
        memcpy(moved, p, old < size ? old : size);
        count_free(p, userdata);
    }
    return moved;
}

void jingle__sim_mem_init(jingle__sim_mem_t *mem)
{
    *mem = (jingle__sim_mem_t){
        .mem = {
            .alloc = count_alloc, .free = count_free, .realloc = count_realloc, .userdata = mem}};
}
