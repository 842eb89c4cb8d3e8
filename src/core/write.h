/* SPDX-License-Identifier: MIT */
/** @file
 *  From structs to XML. Failures stick in the buffer. */
#ifndef JINGLE__WRITE_H
#define JINGLE__WRITE_H

#include <jingle/data.h>

#include "buffer.h"

/** Elements nested deeper than this, the outermost being the first, are not written: JINGLE_ELIMIT. */
#define JINGLE__NESTING 256u

/** Writes a tree that may be a peer's, so without recursion and never through libstrophe's
 *  serialiser, which overflows the stack on deep trees.
 *  @param ns namespace in force around it, where none is to be declared; NULL: not known */
void jingle__write_element(jingle__buf_t *buf, xmpp_stanza_t *element, const char *ns);

/** @return octets that can be a name, from the first on; 0: none */
size_t jingle__name_span(const char *s);
/** Writes what is there: an absent creator stays absent. */
void jingle__write_content(jingle__buf_t *buf, const jingle_content_data_t *content);
void jingle__write_reason(jingle__buf_t *buf, const jingle_reason_t *reason);
/** The unknown children of `<jingle/>`, or of an element in it: JINGLE_ELIMIT where a namespace is longer than
 *  JINGLE_NAME_MAX. */
void jingle__write_children(jingle__buf_t *buf, const jingle_foreign_t *foreign);

/** Writes `<jingle/>`. What is given beside data wins over data's.
 *  @param data      NULL: nothing but the attributes
 *  @param action    JINGLE_ACTION_UNKNOWN: data's, by number or else by name
 *  @param sid       NULL: data's; so are initiator and responder */
void jingle__write_jingle(jingle__buf_t *buf, const jingle_data_t *data, jingle_action_t action,
                          const char *sid, const char *initiator, const char *responder);

/** Writes an `<error/>` for sending: type and condition get their defaults when absent. */
void jingle__write_error(jingle__buf_t *buf, const jingle_error_t *error);
/** Writes an `<error/>` as it is: what is absent stays absent. */
void jingle__write_error_as_is(jingle__buf_t *buf, const jingle_error_t *error);

#endif
