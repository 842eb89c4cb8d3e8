/* SPDX-License-Identifier: MIT */
/** @file
 *  Compares two stanzas as XML, with the freedom that a Jingle stanza has: where contents, reason
 * and foreign children of `<jingle/>` stand relative to each other says nothing, nor does text
 * directly inside the elements of XEP-0166, nor white space between elements. Everything else
 * counts. */
#ifndef TEST_SUPPORT_XML_COMPARE_H
#define TEST_SUPPORT_XML_COMPARE_H

#include <stdbool.h>

#include <strophe.h>

#include "support/text.h"

/** @param was  what was read first, by xml_read()
 *  @param now  what became of it, by xml_read()
 *  @param why  receives the first difference, with its path
 *  @return true when they say the same */
bool xml_compare(xmpp_stanza_t *was, xmpp_stanza_t *now, text_t *why);

#endif
