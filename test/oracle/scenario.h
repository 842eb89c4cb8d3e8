/* SPDX-License-Identifier: MIT */
/** @file
 *  Reads scenarios: from a file that holds one, an array of them, or several JSON documents one
 *  after the other; or from all such files of a directory. */
#ifndef TEST_ORACLE_SCENARIO_H
#define TEST_ORACLE_SCENARIO_H

#include <jansson.h>

/** Told each scenario that was read.
 *  @param scenario borrowed for the call; NULL when there is a file that cannot be read
 *  @param name  name of the scenario or of the file
 *  @param error what is wrong with it, or NULL */
typedef void (*scenario_fn)(json_t *scenario, const char *name, const char *error, void *userdata);

/** Reads a file or a directory (its *.json and *.jsonl, sorted by name, folders inside too). */
void scenario_read(const char *path, scenario_fn fn, void *userdata);

/** What a step must show: expect_best if it has it, else expect.
 *  @return borrowed; NULL when the step has neither */
json_t *scenario_expectation(json_t *step);

/** Checks the shape as far as a player relies on it, and writes out the shorthand of the project's
 *  own copy: in `sessions`, "=" stands for what the last listing of that label said.
 *  @return NULL, or what is wrong */
const char *scenario_prepare(json_t *scenario);

#endif
