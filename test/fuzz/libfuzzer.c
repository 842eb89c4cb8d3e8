/* SPDX-License-Identifier: MIT */
/** @file
 *  libFuzzer's side: which target it is says FUZZ_TARGET. Built and run by scripts/fuzz. */
#include "mutate.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t len, size_t max, unsigned seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len,
                                 uint8_t *out, size_t max, unsigned seed);

static const fuzz_target_t *target;

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
    (void)argc, (void)argv;
    target = fuzz_target_named(getenv("FUZZ_TARGET"));
    if (!target) {
        fputs("FUZZ_TARGET names no target\n", stderr);
        exit(2);
    }
    xmpp_initialize();
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    target->run(data, len);
    return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t len, size_t max, unsigned seed)
{
    switch (target->input) {
    case FUZZ_OF_RECORDS:
        return mutate_records(data, len, max, seed);
    case FUZZ_OF_SAVED:
        return mutate_saved(data, len, max, seed);
    default:
        return LLVMFuzzerMutate(data, len, max);
    }
}

size_t LLVMFuzzerCustomCrossOver(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len,
                                 uint8_t *out, size_t max, unsigned seed)
{
    if (target->input == FUZZ_OF_SAVED)
        return mutate_saved_cross(a, a_len, b, b_len, out, max, seed);
    return mutate_cross(a, a_len, b, b_len, out, max, seed);
}
