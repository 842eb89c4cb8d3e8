/* SPDX-License-Identifier: MIT */
/** @file
 *  XML text to libstrophe's elements, for tests: unlike libstrophe's own parser it loses nothing.
 *  Every element gets its namespace ("" for none), `xml:lang` keeps its prefix, and an attribute of
 *  another namespace keeps its prefix with a declaration on the same element. */
#ifndef TEST_SUPPORT_XML_READER_H
#define TEST_SUPPORT_XML_READER_H

#include <stddef.h>

#include <strophe.h>

/** Elements nested deeper are refused: libstrophe frees trees by recursion. */
#define XML_READ_LEVELS 2000

/** Reads one element. A root without namespace is in jabber:client, and so is what inherits from
 * it. Comments and processing instructions are left out, a DTD is refused (RFC 6120 section 11.1).
 *  @param error receives what is wrong and where
 *  @return the element, the caller's; NULL when the text is not well-formed */
xmpp_stanza_t *xml_read(xmpp_ctx_t *ctx, const char *xml, size_t len, char *error,
                        size_t error_size);

#endif
