/* SPDX-License-Identifier: MIT */
/** @file
 *  A whole managed session between two managers, to be played again and again: two contents, one of
 *  them secured, a third one that the responder adds, a modification, news of all kinds, a
 * fallback, a removal, an orderly end. */
#ifndef TEST_UNIT_MANAGED_SCRIPT_H
#define TEST_UNIT_MANAGED_SCRIPT_H

#include "support/pair.h"
#include "support/stub_plugins.h"

typedef struct {
    pair_t *pair;
    stub_t *stub[2];
    bool freed[2]; /**< that side's manager is gone */
} script_t;

/** Makes the two managers, with stub plug-ins that agree to everything. */
void script_begin(script_t *script);
/** jingle_free() for one side. */
void script_free_manager(script_t *script, engine_t *engine);
/** Plays the session, as far as the two sides let it come. */
void script_play(script_t *script);
/** @return a side's session while it lives, or NULL */
jingle_session_t *script_alive(const script_t *script, pair_side_t side);
/** Frees all. @param what was done, for the message when parts or memory are left */
void script_end(script_t *script, const char *what);

#endif
