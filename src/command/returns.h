/* SPDX-License-Identifier: MIT */
/** @file
 *  What was cut with a connection and will be offered again, for `receive --once`: the sender goes
 *  on as soon as it finds us again. */
#ifndef COMMAND_RETURNS_H
#define COMMAND_RETURNS_H

#include "app.h"

/** All zero: nothing is to come again. */
typedef struct {
    char *peer;     /**< who may offer again */
    size_t n;       /**< files it has not offered again yet */
    uint64_t until; /**< when that is over */
} returns_t;

/** A file of the peer's was cut. */
void returns_add(returns_t *returns, app_t *app, const char *peer);
/** The time to offer again begins anew: something of it was under way until now. */
void returns_begin(returns_t *returns, const app_t *app);
/** One that came again is taken. */
void returns_take(returns_t *returns, app_t *app);
/** @return true when nothing more comes: what has not, is lost */
bool returns_late(const returns_t *returns);
/** Waits no more. */
void returns_drop(returns_t *returns, app_t *app);

#endif
