/* SPDX-License-Identifier: MIT */
/** @file
 *  A transport of the program's own, which outlives the managers: the test delivers data by hand. */
#ifndef TEST_APP_HAND_H
#define TEST_APP_HAND_H

#include "wire.h"

/** What a side has opened last. */
extern jingle_channel_t *hand_channels[2];

void hand_register(wire_t *wire, unsigned side);
void hand_let_go(unsigned side);

#endif
