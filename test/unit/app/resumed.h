/* SPDX-License-Identifier: MIT */
/** @file
 *  A transfer that is cut, and the second offer of the same file. */
#ifndef TEST_APP_RESUMED_H
#define TEST_APP_RESUMED_H

#include <time.h>

#include "wire.h"

#define SIZE 200000u

/** How an offer and its receiver differ from the plain case. */
typedef struct {
    const char *romeo; /**< JID; NULL: the usual */
    const char *name;
    size_t len;  /**< 0: SIZE */
    time_t date; /**< 0: the usual */
    bool hash_now, no_resume, changed;
    size_t fail[2];
    uint32_t block;
    uint32_t idle; /**< ms that Juliet waits for data; 0: the usual */
} plan_t;

/** What the tests work with: the two, and Juliet's folder, which outlives them. */
extern wire_t *wire;
extern char *inbox;
/** The last stanza of that kind. */
extern char accepts[4096], checksum[4096];
/** What cut_silently() waits for. */
extern uint64_t cut_at;
/** Has set_edit() changed anything? */
extern bool edited;
extern const plan_t plain;

/** Makes and removes the folder. */
void resumed_setup(void);
void resumed_teardown(void);
/** The tap that begin() sets. */
bool keep_stanzas(wire_t *w, unsigned from, char **xml);
/** Makes the two. */
void begin(const plan_t *plan);
/** Romeo offers the file. @return of jingle_send_file() */
int offer(const plan_t *plan);
/** Frees the two. */
void end(void);
/** For on_progress: ends the session without a word once cut_at octets are there. */
void cut_silently(wire_side_t *side, jingle_file_t *file);
/** A first transfer that is cut at the receiver with about so many octets there. */
void cut(const plan_t *plan, uint64_t at);
/** How much the folder holds of a partial file; -1: none */
long kept(const char *name);
/** The second offer. @param offset where it goes on; 0: it begins anew */
void arrives(const plan_t *plan, uint64_t offset);
/** Nothing but whole files lies there. */
void assert_clean(void);
/** Changes each stanza that has the text `in`, as wire_edit(). */
void set_edit(const char *in, const char *from, const char *until, const char *to);

#endif
