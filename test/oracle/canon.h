/* SPDX-License-Identifier: MIT */
/** @file
 *  Canonical XML as the scenarios write it: no prefixes, xmlns where the namespace changes,
 *  attributes sorted by name, no white space between elements. */
#ifndef TEST_ORACLE_CANON_H
#define TEST_ORACLE_CANON_H

#include <strophe.h>

#include "support/text.h"

/** The namespace an element is in. @param inherited that of its parent */
const char *canon_ns(xmpp_stanza_t *element, const char *inherited);
/** The first child element, and the next sibling that is an element; NULL: none. */
xmpp_stanza_t *canon_first(xmpp_stanza_t *element);
xmpp_stanza_t *canon_next(xmpp_stanza_t *element);
/** Writes an element. @param inherited namespace of its parent */
void canon_element(text_t *out, xmpp_stanza_t *element, const char *inherited);
/** Writes what is inside an element. @param ns the element's own namespace */
void canon_children(text_t *out, xmpp_stanza_t *element, const char *ns);

#endif
