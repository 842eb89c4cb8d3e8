/* SPDX-License-Identifier: MIT */
/** @file
 *  A file that was asked for and cut, and is asked for again. */
#ifndef TEST_APP_ASKED_H
#define TEST_APP_ASKED_H

#include <time.h>

#include "asking.h"

/** Juliet keeps what came. */
extern const wire_config_t keeps;
/** What cut_silently() waits for. */
extern uint64_t cut_at;

void asked_setup(void);
/** For on_progress: ends the session without a word once cut_at octets are there. */
void cut_silently(wire_side_t *side, jingle_file_t *file);
/** How much Juliet's folder holds of a partial file "a"; -1: none. */
long kept(void);
/** Romeo's "a" is this from now on. */
void give(const unsigned char *data, size_t len, time_t date);
/** By its name. */
const jingle_request_file_t *the_file(void);
/** Forgets what was logged, and edits nothing any more. */
void start_anew(void);
/** A request that is cut at the asker with about so many octets there. */
void cut(const jingle_request_file_t *request, uint64_t at);
/** Nothing but whole files lies there. */
void assert_clean(void);
/** What arrived is the file, gone on with at that place. @param offset 0: begun anew */
void assert_whole(const unsigned char *data, size_t len, uint64_t offset);
/** Asks again, and all is there. */
void arrives(const jingle_request_file_t *request, uint64_t offset);

#endif
