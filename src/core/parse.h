/* SPDX-License-Identifier: MIT */
/** @file
 *  From XML to structs: one pass over a `<jingle/>`, borrowing from it, that also finds out whether
 *  the peer keeps to the limits. */
#ifndef JINGLE__PARSE_H
#define JINGLE__PARSE_H

#include <jingle/manager.h>

#include "arena.h"

/** What one `<jingle/>` says, and the memory for it. data points into the struct: it must stay
 * where it is. The stanza is not kept by reference here. */
typedef struct jingle__parsed {
    jingle_data_t data;
    jingle__arena_t arena;  /**< memory beyond what is inline */
    const char *over_limit; /**< NULL, or the first limit hit: "contents", "candidates", "text",
                                 "nesting", "sid", "children" (more than JINGLE__CHILDREN), "name" (an
                                 attribute), "namespace" */
    unsigned quirks;        /**< faults met leniently, such as a content without creator */
    /* the rest is set only where data points to it */
    jingle_reason_t reason;
    jingle_content_data_t contents[2];
    xmpp_stanza_t *payloads[4];
} jingle__parsed_t;

/** Reads a `<jingle/>`; that it is one, with its namespace, is the caller's to check. Nothing is
 * judged. Over a limit the first one is told in over_limit, and of the rest only the reason is
 * read, since a session-terminate is obeyed all the same; a text over the limit is left out. Action
 * and sid are always there.
 *  @param out    need not be initialised; jingle__parsed_clear() whatever is returned
 *  @param limits NULL: none; likewise each field that is 0
 *  @return JINGLE_EOK or JINGLE_EMEM */
int jingle__parse(jingle__parsed_t *out, const xmpp_mem_t *mem, xmpp_stanza_t *jingle,
                  const jingle_limits_t *limits);
/** Frees the memory of the parts, not the struct. */
void jingle__parsed_clear(jingle__parsed_t *parsed);

#endif
