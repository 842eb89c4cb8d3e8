/* SPDX-License-Identifier: MIT */
/** @file
 *  Somebody who knows all sids and the ids of requests, and may say anything in any name but those
 *  of the engines. What it says must change nothing that is not its own. */
#ifndef TEST_SIM_STRANGER_H
#define TEST_SIM_STRANGER_H

#include <jingle/sim.h>

/** What stands inside `<jingle/>`, as XML. Borrowed until the next call. */
typedef const char *(*stranger_payload_fn)(jingle_sim_engine_t *engine, jingle_action_t action,
                                           uint32_t value);

/** Says something to an engine, under the name of one who is not quite an engine.
 *  @param sid of a session that may be somebody's */
void stranger_say(jingle_sim_engine_t *engine, uint32_t value, const char *sid,
                  stranger_payload_fn payload);

#endif
