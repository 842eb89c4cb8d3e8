/* SPDX-License-Identifier: MIT */
/** @file
 *  Memory of the managed type, from the program's allocator. */
#ifndef JINGLE__MANAGED_MEMORY_H
#define JINGLE__MANAGED_MEMORY_H

#include <jingle/managed.h>

#include <string.h>

/** @return zeroed memory, or NULL */
static inline void *managed_alloc(const xmpp_mem_t *mem, size_t size)
{
    void *p = mem->alloc(size, mem->userdata);

    return p ? memset(p, 0, size) : NULL;
}

static inline void managed_free(const xmpp_mem_t *mem, void *p)
{
    if (p)
        mem->free(p, mem->userdata);
}

/** @return a copy; NULL when there is no memory, and for NULL */
static inline char *managed_strdup(const xmpp_mem_t *mem, const char *s)
{
    size_t size = s ? strlen(s) + 1 : 0;
    char *copy = s ? mem->alloc(size, mem->userdata) : NULL;

    return copy ? memcpy(copy, s, size) : NULL;
}

#endif
