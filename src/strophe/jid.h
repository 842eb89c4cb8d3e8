/* SPDX-License-Identifier: MIT */
/** @file
 *  JIDs as text. Those in stanzas were normalised by the server and are compared octet by octet;
 *  those that a program gives are folded first. */
#ifndef JINGLE_STROPHE_JID_H
#define JINGLE_STROPHE_JID_H

#include <stdbool.h>
#include <stddef.h>

/** RFC 7622 section 3.1: three parts of at most 1,023 octets, two separators; and a NUL. */
#define JINGLE__JID_SIZE 3072

/** @return octets before the resource's slash */
size_t jingle__jid_bare_len(const char *jid);
bool jingle__jid_is_full(const char *jid);
/** Is this the bare JID (or domain) of that JID? */
bool jingle__jid_is_bare_of(const char *bare, const char *jid);
bool jingle__jid_same_account(const char *a, const char *b);
/** @return where the domain begins */
const char *jingle__jid_domain(const char *jid);
/** Copies a JID, node and domain in lower case (ASCII).
 *  @return false: empty, too long, or without a domain */
bool jingle__jid_fold(const char *jid, char out[JINGLE__JID_SIZE]);

#endif
