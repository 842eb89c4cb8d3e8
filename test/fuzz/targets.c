/* SPDX-License-Identifier: MIT */
/** @file
 *  The targets by name. */
#include <string.h>

#include "fuzz.h"

const fuzz_target_t fuzz_targets[] = {
    {"data", fuzz_data, true},        {"build", fuzz_build, true}, {"engine", fuzz_engine, true},
    {"socks", fuzz_socks, false},     {"ibb", fuzz_ibb, true},     {"names", fuzz_names, false},
    {"readers", fuzz_readers, false}, {NULL, NULL, false},
};

const fuzz_target_t *fuzz_target_named(const char *name)
{
    for (const fuzz_target_t *target = fuzz_targets; name && target->name; target++)
        if (strcmp(target->name, name) == 0)
            return target;
    return NULL;
}
