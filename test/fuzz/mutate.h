/* SPDX-License-Identifier: MIT */
/** @file
 *  Changes inputs record by record, or field by field. */
#ifndef TEST_FUZZ_MUTATE_H
#define TEST_FUZZ_MUTATE_H

#include "fuzz.h"

/** libFuzzer's own changes, dictionary included. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t len, size_t max);

/** As libFuzzer's LLVMFuzzerCustomMutator. */
size_t mutate_records(uint8_t *data, size_t len, size_t max, unsigned seed);
/** As libFuzzer's LLVMFuzzerCustomCrossOver: some records of b in the middle of a. */
size_t mutate_cross(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len, uint8_t *out,
                    size_t max, unsigned seed);

/** The same two for saved sessions. */
size_t mutate_saved(uint8_t *data, size_t len, size_t max, unsigned seed);
size_t mutate_saved_cross(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len,
                          uint8_t *out, size_t max, unsigned seed);

#endif
