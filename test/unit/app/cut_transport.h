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

#endif
