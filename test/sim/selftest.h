/* SPDX-License-Identifier: MIT */
/** @file
 *  sim --self-test */
#ifndef TEST_SIM_SELFTEST_H
#define TEST_SIM_SELFTEST_H

#include <jingle/sim.h>

/** Plants faults and looks whether they are found. @return true: all were */
bool selftest(jingle_sim_result_t *result);

/** Makes the raw program with a fault that is planted. @return false: there is none of that name */
bool selftest_plant(const char *name, jingle_sim_program_t *program);

#endif
