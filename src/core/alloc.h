/* SPDX-License-Identifier: MIT */
/** @file
 *  Allocation through the xmpp_mem_t that the program gave; inside the core it is never NULL. */
#ifndef JINGLE__ALLOC_H
#define JINGLE__ALLOC_H

#include <stddef.h>
#include <string.h>

#include <strophe.h>

/** What is used where the program gave no allocator: malloc, realloc, free. */
extern const xmpp_mem_t jingle__mem_default;

/** @return zeroed memory; NULL when there is none */
static inline void *jingle__alloc(const xmpp_mem_t *mem, size_t size)
{
    void *p = mem->alloc(size, mem->userdata);

    return p ? memset(p, 0, size) : NULL;
}

/** NULL is allocated anew; what is added is not zeroed. @return NULL when there is no memory */
static inline void *jingle__realloc(const xmpp_mem_t *mem, void *p, size_t size)
{
    return p ? mem->realloc(p, size, mem->userdata) : mem->alloc(size, mem->userdata);
}

/** NULL is ignored. */
static inline void jingle__free(const xmpp_mem_t *mem, void *p)
{
    if (p)
        mem->free(p, mem->userdata);
}

/** @return a copy; NULL when there is no memory, and for NULL */
static inline char *jingle__strdup(const xmpp_mem_t *mem, const char *s)
{
    size_t size = s ? strlen(s) + 1 : 0;
    char *copy = s ? mem->alloc(size, mem->userdata) : NULL;

    return copy ? memcpy(copy, s, size) : NULL;
}

#endif
