/* SPDX-License-Identifier: MIT */
/** @file
 *  The version of the library that runs. */
#include <jingle/version.h>

const char *jingle_version(void)
{
    return JINGLE_VERSION_STRING;
}
