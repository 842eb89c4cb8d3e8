/* SPDX-License-Identifier: MIT */
/** @file
 *  An allocator for tests. */
#include "test_mem.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef struct test_mem_block {
    struct test_mem_block *next;
    struct test_mem_block *previous;
    test_mem_t *owner; /* says that the pointer is one of ours */
    size_t size;
    size_t number; /* of the allocation, for a breakpoint */
    size_t pad;    /* keeps what follows aligned for everything */
} block_t;

/* Octets behind each block that nobody may write. What looks at each access itself, a sanitizer or
 * valgrind (whose driver sets TEST_MEM_BARE), sees more without them. */
#define GUARD 16
#define GUARDED 0x5c
#define FRESH 0xa5 /* nobody may count on zeros */
#define STALE 0xd7 /* nor on what was freed */

#if defined(__SANITIZE_ADDRESS__)
#define BARE 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define BARE 1
#endif
#endif
#ifndef BARE
#define BARE 0
#endif

static bool is_guarded(const block_t *block)
{
    const unsigned char *guard = (const unsigned char *)(block + 1) + block->size;

    for (size_t i = 0; i < block->owner->guard; i++)
        if (guard[i] != GUARDED)
            return false;
    return true;
}

static block_t *block_of(test_mem_t *mem, void *p)
{
    block_t *block = (block_t *)p - 1;

    if (block->owner != mem) {
        fputs("test_mem: freed what this allocator did not make\n", stderr);
        abort();
    }
    if (!is_guarded(block)) {
        fprintf(stderr, "test_mem: written behind the %zu bytes of allocation %zu\n", block->size,
                block->number);
        abort();
    }
    return block;
}

static bool refuse(test_mem_t *mem)
{
    mem->calls++;
    if (mem->fail_at == 0)
        return false;
    if (mem->fail_at > 1) {
        mem->fail_at--;
        return false;
    }
    if (!mem->fail_on)
        mem->fail_at = 0;
    if (mem->tell && !mem->failures)
        fputs("# starved\n", stderr);
    mem->failures++;
    return true;
}

static void *test_alloc(const size_t size, void *const userdata)
{
    test_mem_t *mem = userdata;
    block_t *block;

    if (refuse(mem))
        return NULL;
    block = malloc(sizeof *block + size + mem->guard);
    if (!block)
        return NULL;
    memset(block + 1, FRESH, size);
    memset((unsigned char *)(block + 1) + size, GUARDED, mem->guard);
    block->owner = mem;
    block->size = size;
    block->number = mem->calls;
    block->previous = NULL;
    block->next = mem->first;
    if (mem->first)
        mem->first->previous = block;
    mem->first = block;
    mem->blocks++;
    mem->bytes += size;
    if (mem->bytes > mem->peak)
        mem->peak = mem->bytes;
    return block + 1;
}

/* So that the compiler does not leave out what is written just before. */
static void (*volatile give_back)(void *) = free;

static void test_free(void *p, void *const userdata)
{
    test_mem_t *mem = userdata;
    block_t *block;

    if (!p)
        return;
    block = block_of(mem, p);
    if (block->previous)
        block->previous->next = block->next;
    else
        mem->first = block->next;
    if (block->next)
        block->next->previous = block->previous;
    mem->blocks--;
    mem->bytes -= block->size;
    block->owner = NULL;
    memset(block + 1, STALE, block->size);
    give_back(block);
}

/* Always moves, so that who keeps the old address is found out. */
static void *test_realloc(void *p, const size_t size, void *const userdata)
{
    void *moved = test_alloc(size, userdata);
    size_t old;

    if (moved && p) {
        old = block_of(userdata, p)->size;
        memcpy(moved, p, old < size ? old : size);
        test_free(p, userdata);
    }
    return moved;
}

void test_mem_init(test_mem_t *mem)
{
    memset(mem, 0, sizeof *mem);
    mem->guard = BARE || getenv("TEST_MEM_BARE") ? 0 : GUARD;
    mem->mem.alloc = test_alloc;
    mem->mem.free = test_free;
    mem->mem.realloc = test_realloc;
    mem->mem.userdata = mem;
}

void test_mem_fail_at(test_mem_t *mem, size_t n, bool on)
{
    mem->fail_at = n;
    mem->fail_on = on;
    mem->failures = 0;
    mem->tell = false;
}

void test_mem_starve(test_mem_t *mem)
{
    const char *at = getenv("TEST_FAIL_AT");

    if (!at)
        return;
    test_mem_fail_at(mem, strtoul(at, NULL, 10), getenv("TEST_FAIL_ON") != NULL);
    mem->tell = true;
}

size_t test_mem_report(const test_mem_t *mem, FILE *out)
{
    const block_t *block;

    for (block = mem->first; block && out; block = block->next)
        fprintf(out, "# not given back: %zu bytes of allocation %zu\n", block->size, block->number);
    return mem->blocks;
}

void test_mem_free_all(test_mem_t *mem)
{
    while (mem->first)
        test_free(mem->first + 1, mem);
}
