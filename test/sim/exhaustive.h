/* SPDX-License-Identifier: MIT */
/** @file
 *  sim --exhaustive and sim --pairs: small cases, in every order. */
#ifndef TEST_SIM_EXHAUSTIVE_H
#define TEST_SIM_EXHAUSTIVE_H

#include <jingle/sim.h>

/** Two actions of each side at once, in every order that makes a difference, in every state.
 *  @param all every pair of actions on one side with every pair on the other; else with the same pair,
 *             in both orders
 *  @param result passed and failed count cases: what each side does, in one state */
void exhaustive(bool all, jingle_sim_result_t *result);

#endif
