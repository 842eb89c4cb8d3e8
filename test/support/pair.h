/* SPDX-License-Identifier: MIT */
/** @file
 *  Two managers joined back to back in one process. Nothing passes between them by itself: a test
 *  says which side's next stanza is delivered, so that actions cross as it likes. */
#ifndef TEST_SUPPORT_PAIR_H
#define TEST_SUPPORT_PAIR_H

#include "support/engine.h"

typedef enum { PAIR_I, PAIR_R } pair_side_t;

typedef struct {
    engine_t *engine[2]; /**< PAIR_I is ENGINE_OWN, PAIR_R is ENGINE_PEER */
    size_t delivered[2]; /**< how many of a side's stanzas the other has got */
} pair_t;

pair_t *pair_new(void);
/** @return blocks of memory that were not given back */
size_t pair_free(pair_t *pair);
/** Delivers the oldest stanza that a side has sent and the other has not got.
 *  @return false: there was none */
bool pair_deliver(pair_t *pair, pair_side_t from);
/** Delivers all that one side has sent, not what that brings forth on the other. */
size_t pair_deliver_all(pair_t *pair, pair_side_t from);
/** Delivers in turns until nothing is left. @return false when it does not come to rest */
bool pair_run(pair_t *pair);
/** Lets time pass on both sides. */
void pair_wait(pair_t *pair, uint64_t ms);

#endif
