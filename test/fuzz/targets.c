/* SPDX-License-Identifier: MIT */
/** @file
 *  The targets by name. */
#include <string.h>

#include "fuzz.h"

/* clang-format off */
const fuzz_target_t fuzz_targets[] = {
    {"data", fuzz_data, FUZZ_OF_RECORDS},
    {"build", fuzz_build, FUZZ_OF_RECORDS},
    {"engine", fuzz_engine, FUZZ_OF_RECORDS},
    {"socks", fuzz_socks, FUZZ_OF_OCTETS},
    {"ibb", fuzz_ibb, FUZZ_OF_RECORDS},
    {"s5b", fuzz_s5b, FUZZ_OF_RECORDS},
    {"names", fuzz_names, FUZZ_OF_OCTETS},
    {"readers", fuzz_readers, FUZZ_OF_OCTETS},
    {"saved", fuzz_saved, FUZZ_OF_SAVED},
    {NULL, NULL, FUZZ_OF_OCTETS},
};
/* clang-format on */

const fuzz_target_t *fuzz_target_named(const char *name)
{
    for (const fuzz_target_t *target = fuzz_targets; name && target->name; target++)
        if (strcmp(target->name, name) == 0)
            return target;
    return NULL;
}
