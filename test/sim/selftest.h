/* SPDX-License-Identifier: MIT */
/** @file
 *  sim --self-test */
#ifndef TEST_SIM_SELFTEST_H
#define TEST_SIM_SELFTEST_H

#include <jingle/sim.h>

/** Plants faults and looks whether they are found. @return true: all were */
bool selftest(jingle_sim_result_t *result);

#endif
