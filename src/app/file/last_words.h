/* SPDX-License-Identifier: MIT */
/** @file
 *  What is said of a file once all of it has passed. Included by file.h. */
#ifndef JINGLE__LAST_WORDS_H
#define JINGLE__LAST_WORDS_H

/** All data has passed, which is to be said. */
void jingle__last_words_due(jingle_file_t *file);
/** Says so, and waits for what the other side says to it. */
void jingle__last_words(jingle_file_t *file);
/** `<received/>` came. */
void jingle__last_words_confirmed(jingle_file_t *file);
/** For others that wait for this one it is time to be confirmed. */
void jingle__last_words_awaited(jingle_file_t *file);
uint32_t jingle__file_told(void *self, const jingle_answer_t *answer);

#endif
