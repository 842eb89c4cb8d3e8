/* SPDX-License-Identifier: MIT */
/** @file
 *  A busy hour of a manager, that passes through every kind of callback. Tests play it again and
 *  again, and do something else to it each time. */
#ifndef TEST_UNIT_CORE_SCRIPT_H
#define TEST_UNIT_CORE_SCRIPT_H

#include "support/engine.h"

typedef struct {
    engine_t *engine;
    /** Called inside every callback of the library. @param where names it */
    void (*inside)(const char *where);
    const char *fed[64]; /**< ids of the requests that were handed in to a live manager */
    size_t n_fed;
} script_t;

/** Begins: makes the engine, whose jingle is NULL when there was no memory for it.
 *  @param fail_at see test_mem_fail_at(); 0: never @param on all later ones too */
void script_begin(script_t *script, size_t fail_at, bool on);
/** Plays all of it; stops early when the manager goes. */
void script_play(script_t *script);
/** Hands in a Jingle request, and notes it. @param id a constant */
void script_feed(script_t *script, const char *id, const char *action, const char *sid,
                 const char *inside);
/** Frees the manager and judges: each request was answered once, and all memory is back.
 *  @param what says in a failure what was done to it */
void script_end(script_t *script, const char *what);

#endif
