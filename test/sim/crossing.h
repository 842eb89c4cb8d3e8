/* SPDX-License-Identifier: MIT */
/** @file
 *  Offers that two raw programs make to each other, and which of them remain (XEP-0166 section 7.2.16). */
#ifndef TEST_SIM_CROSSING_H
#define TEST_SIM_CROSSING_H

#include "raw.h"

#define CROSSING_OFFERS 8

typedef struct {
    const raw_t *side[CROSSING_OFFERS];
    jingle_session_t *session[CROSSING_OFFERS]; /**< references */
    size_t n;
} crossing_t;

/** An offer was made. @param session NULL: it was not */
void crossing_add(crossing_t *crossing, const raw_t *side, jingle_session_t *session);
/** For raw_t.on_event: no offer is taken that one of ours, still under way, wins against. */
void crossing_event(jingle_t *jingle, const jingle_event_t *event, void *raw);
/** At rest: each offer is a session of both sides, or has lost to another. Forgets them. */
void crossing_judge(crossing_t *crossing);

#endif
