/* SPDX-License-Identifier: MIT */
/** @file
 *  Saved sessions in tests: kept in memory, changed on purpose, handed to a manager that has never
 *  seen them. saved_try() is what a fuzzer calls. */
#ifndef TEST_SUPPORT_SAVED_H
#define TEST_SUPPORT_SAVED_H

#include <jingle/save.h>

#include "support/engine.h"

typedef struct {
    unsigned char *data;
    size_t len;
} saved_t;

/** Saves, in two ways that must agree: the size first, then the octets. @return of jingle_save() */
int saved_take(saved_t *saved, jingle_session_t *session);
void saved_clear(saved_t *saved);
/** Puts other octets in the place of some, and makes the lengths of the pieces around them right. Where
 *  they are must be the begin of a field (jingle/save.h), and so must where they end.
 *  @param piece where the length of the innermost piece around them stands */
void saved_splice(saved_t *saved, size_t piece, size_t at, size_t cut, const void *put, size_t len);

/** @return how many octets the list of what was answered has, the last field */
size_t saved_answered(const saved_t *saved);

/** Makes length and sum right again. */
void saved_repair(unsigned char *data, size_t len);
/** ... for another version of the format. */
void saved_forge_version(unsigned char *data, size_t len, unsigned version);

/** Restores whatever this is, as it is and repaired, in a manager with session types and plug-ins;
 *  lets a session that comes of it live, save itself, and end. Aborts when memory is not given
 * back.
 *  @return how many of the two became sessions */
int saved_try(const unsigned char *data, size_t len);

#endif
