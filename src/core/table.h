/* SPDX-License-Identifier: MIT */
/** @file
 *  uthash, set up for the engine: memory from the manager's allocator, out of memory is no exit.
 *
 *  A function that adds or deletes has a local `uthash_mem`. After adding, `hh.tbl == NULL` says
 *  that there was no memory. Keys are hashed by us, keyed (siphash.h): peers choose them. */
#ifndef JINGLE_TABLE_H
#define JINGLE_TABLE_H

#include "alloc.h"

#define HASH_NONFATAL_OOM 1
#define uthash_nonfatal_oom(element) ((void)(element))
#define uthash_malloc(size) jingle__alloc(uthash_mem, size)
#define uthash_free(pointer, size) jingle__free(uthash_mem, pointer)

#include <uthash.h>
#include <utlist.h>

#endif
