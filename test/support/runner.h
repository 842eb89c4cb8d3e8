/* SPDX-License-Identifier: MIT */
/** @file
 *  Runs a suite of check's and says what became of each test in the lines that scripts/run_suite.py
 *  counts. A unit test program is
 *
 *      int main(void)
 *      {
 *          Suite *suite = suite_create("names");
 *          TCase *reasons = tcase_create("reasons");
 *
 *          tcase_add_test(reasons, every_reason_has_words);
 *          suite_add_tcase(suite, reasons);
 *          return run_suite(suite);
 *      }
 *
 *  which prints `ok names/reasons/every_reason_has_words`; a pass of a loop test has its number
 *  behind it, as in `.../every_reason_has_words:3`. check's own variables work: CK_FORK=no runs all
 *  in one process (for a debugger or valgrind), CK_RUN_CASE=reasons runs that case alone. */
#ifndef TEST_RUNNER_H
#define TEST_RUNNER_H

#include <check.h>

/** Runs `suite`, prints its lines to standard output, frees it.
 *  @return the exit status for main: 0 if nothing failed and something passed, else 1 */
int run_suite(Suite *suite);

#endif
