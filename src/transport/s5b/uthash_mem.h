/* SPDX-License-Identifier: MIT */
/** @file
 *  uthash with the manager's allocator; out of memory is no exit. A function that adds or deletes
 *  has a local `uthash_mem`; after adding, `hh.tbl == NULL` says that there was no memory. */
#ifndef JINGLE__S5B_UTHASH_MEM_H
#define JINGLE__S5B_UTHASH_MEM_H

#define HASH_NONFATAL_OOM 1
#define uthash_nonfatal_oom(element) ((void)(element))
#define uthash_malloc(size) uthash_mem->alloc(size, uthash_mem->userdata)
#define uthash_free(pointer, size) uthash_mem->free(pointer, uthash_mem->userdata)

#include <uthash.h>
#include <utlist.h>

#endif
