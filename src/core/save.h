/* SPDX-License-Identifier: MIT */
/** @file
 *  What writing (save.c) and reading (restore.c) of saved sessions share. */
#ifndef JINGLE__SAVE_H
#define JINGLE__SAVE_H

#include <jingle/save.h>

#include "core.h"

#define JINGLE__SAVE_VERSION 1u
/** Octets of the magic, of all before the first text, and of the sum. */
#define JINGLE__SAVE_MAGIC 8u
#define JINGLE__SAVE_HEAD 16u
#define JINGLE__SAVE_SUM 8u

extern const unsigned char jingle__save_magic[JINGLE__SAVE_MAGIC];
uint64_t jingle__save_sum(const void *data, size_t len);

/** A type compiled before the field was added does not have it. */
#define JINGLE__TYPE_HAS(type, field)                                                              \
    ((type)->size >= offsetof(jingle_session_type_t, field) + sizeof((type)->field) &&             \
     (type)->field)

#endif
