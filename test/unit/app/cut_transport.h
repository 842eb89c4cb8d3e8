/* SPDX-License-Identifier: MIT */
/** @file
 *  A transport for tests: a pipe between two managers of one program that cuts the stream at random
 *  places, takes as much as it likes, and delivers later. */
#ifndef TEST_APP_CUT_TRANSPORT_H
#define TEST_APP_CUT_TRANSPORT_H

#include <jingle/managed.h>

#define CUT_NS "urn:example:transport:cut:0"

/** @param seed of the places; the same for the same
 *  @param largest octets of a piece
 *  @return of jingle_register_transport() */
int cut_transport_register(jingle_t *jingle, unsigned seed, unsigned largest);

/** What an end that is stopped leaves the other, after what was sent. */
typedef enum {
    CUT_CLOSED, /**< the end of the stream, in good order */
    CUT_BROKEN, /**< its end, not in good order */
    CUT_SILENT  /**< nothing */
} cut_rest_t;

/** For all that are stopped from now on; at first CUT_CLOSED. */
void cut_transport_leaves(cut_rest_t rest);

#endif
