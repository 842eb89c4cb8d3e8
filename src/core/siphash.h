/* SPDX-License-Identifier: MIT */
/** @file
 *  SipHash-1-3, the keyed hash for tables whose keys a peer chooses. */
#ifndef JINGLE__SIPHASH_H
#define JINGLE__SIPHASH_H

#include <stddef.h>
#include <stdint.h>

uint64_t jingle__siphash(const uint8_t key[16], const void *data, size_t len);

#endif
