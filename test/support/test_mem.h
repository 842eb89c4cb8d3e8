/* SPDX-License-Identifier: MIT */
/** @file
 *  An allocator for tests: it counts, says what was not given back, can run out of memory at the
 *  N-th allocation, and aborts when a block is freed behind which somebody has written. */
#ifndef TEST_SUPPORT_TEST_MEM_H
#define TEST_SUPPORT_TEST_MEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <strophe.h>

struct test_mem_block;

typedef struct {
    xmpp_mem_t mem;  /**< give this away */
    size_t blocks;   /**< allocated now */
    size_t bytes;    /**< allocated now */
    size_t peak;     /**< most bytes at once */
    size_t calls;    /**< allocations asked for, failed ones included */
    size_t fail_at;  /**< see test_mem_fail_at() */
    bool fail_on;    /**< all after the first failing one fail too */
    size_t failures; /**< allocations that were refused */
    bool tell; /**< says "# starved" on standard error when one is refused: of test_mem_starve() */
    size_t guard; /**< octets behind each block that nobody may write */
    struct test_mem_block *first;
} test_mem_t;

/** Makes an allocator. The struct must stay where it is while blocks live. */
void test_mem_init(test_mem_t *mem);
/** Lets the n-th allocation from now on fail, n from 1; 0: none. A realloc counts as one.
 *  @param on all later ones fail as well */
void test_mem_fail_at(test_mem_t *mem, size_t n, bool on);
/** What test/starve.py wants to see: lets the allocation fail that TEST_FAIL_AT in the environment says, with
 *  TEST_FAIL_ON all later ones too, and tells when one has. To be called when a world is made and its test
 *  begins. */
void test_mem_starve(test_mem_t *mem);
/** Writes one line for each block that lives, with the number of its allocation.
 *  @return number of blocks that live */
size_t test_mem_report(const test_mem_t *mem, FILE *out);
/** Gives back all that lives (after a leak was reported, so that the next test starts clean). */
void test_mem_free_all(test_mem_t *mem);

#endif
