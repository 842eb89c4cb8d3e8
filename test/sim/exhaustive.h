/* SPDX-License-Identifier: MIT */
/** @file
 *  sim --exhaustive and sim --pairs: small cases, in every order. */
#ifndef TEST_SIM_EXHAUSTIVE_H
#define TEST_SIM_EXHAUSTIVE_H

#include "raw.h"

/** Beside actions: an offer under a sid that the other side may offer too. */
#define EXHAUSTIVE_SAME_SID (JINGLE_ACTION_TRANSPORT_REJECT + 1)

/** Two actions of each side at once, in every order that makes a difference, in every state.
 *  @param all every pair of actions on one side with every pair on the other; else with the same pair,
 *             in both orders
 *  @param result passed and failed count cases: what each side does, in one state */
void exhaustive(bool all, jingle_sim_result_t *result);

/** A fault that is planted, and where it is to be found. */
typedef struct {
    const char *name;
    const jingle_session_type_t *type; /**< of the sessions; NULL: raw_now */
    jingle_event_fn on_event;          /**< of both sides, with raw_t; or NULL */
    void (*before)(raw_t *responder);  /**< before the two sides act; or NULL */
    int action;                        /**< what each side does, twice */
    const char *says;                  /**< what a fault found must say */
} exhaustive_plant_t;

/** @return false: the fault is not found */
bool exhaustive_finds(const exhaustive_plant_t *plant);

#endif
