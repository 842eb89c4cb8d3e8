/* SPDX-License-Identifier: MIT */
/** @file
 *  What receive cannot do, and what it does not take, whoever offers it. */
#ifndef COMMAND_RULES_H
#define COMMAND_RULES_H

#include <jingle/files.h>

#include "settings.h"

/** Looks whether receive can do what it was told to. @return STATUS_DONE, or a status after words */
int rules_check(const settings_t *settings);

typedef enum { VERDICT_ACCEPT, VERDICT_ASK, VERDICT_DECLINE } verdict_t;

/** What is to be done with what somebody offers. @param can_ask is there somebody to be asked? */
verdict_t rules_judge(const settings_t *settings, const char *peer, bool can_ask);

/** Is it larger than is taken, or has it become so? */
bool rules_is_too_large(const settings_t *settings, const jingle_file_t *file);
/** @return octets that an accepted file is still to bring; 0 where nobody knows */
uint64_t rules_to_come(const jingle_file_t *file);
/** @param to_come octets of other files that are under way
 *  @return why a file is not taken, in words for the peer; NULL when it may be */
const char *rules_refuse(const settings_t *settings, uint64_t to_come, const jingle_file_t *file);

#endif
