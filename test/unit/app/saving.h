/* SPDX-License-Identifier: MIT */
/** @file
 *  Two sides whose sessions are saved at each change. */
#ifndef TEST_APP_SAVING_H
#define TEST_APP_SAVING_H

#include "support/saved.h"
#include "wire.h"

#define SIZE 1000u

extern wire_t *wire;
/** What begin() and crash() make managers with. */
extern wire_config_t config;
/** What was saved last. */
extern saved_t saved[2];
/** Which change of a side's is the last to be saved. */
extern unsigned n_changes[2], last_change[2];

void begin(void);
/** Frees all; nothing may be lost. */
void end(void);
/** That side's program crashes, and is there again. @return false: there was nothing to restore */
bool crash(unsigned side);
/** Begins, and sends "a" until so much has arrived. */
void run_to(uint64_t progress);

#endif
