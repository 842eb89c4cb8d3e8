/* SPDX-License-Identifier: MIT */
/** @file
 *  Two managers joined by a wire, with file transfer on both and a clock of their own. Nothing is
 *  delivered by itself: a test lets stanzas pass one by one, or all, and can look at, change or
 * keep back each of them. */
#ifndef TEST_APP_WIRE_H
#define TEST_APP_WIRE_H

#include <stdbool.h>

#include <jingle/files.h>
#include <jingle/ibb.h>

#include "folder.h"
#include "support/test_mem.h"
#include "support/text.h"

#define WIRE_ROMEO "romeo@montague.example/orchard"
#define WIRE_JULIET "juliet@capulet.example/balcony"

typedef struct wire wire_t;
typedef struct wire_side wire_side_t;

/** One of the two; what it is told goes to its log, a line each:
 *      offer NAME SIZE, request NAME, start[ at OFFSET], done OUTCOME[ verified][ kept],
 *      ended REASON */
struct wire_side {
    wire_t *wire;
    unsigned index;
    const char *jid;
    test_mem_t mem, stanza_mem;
    xmpp_ctx_t *ctx;
    jingle_t *jingle; /**< NULL once freed, or when it could not be made */
    char *folder;
    text_t log, taken;
    jingle_file_t *file; /**< of the last done event: a reference */
    uint64_t progress;   /**< octets told last */
    unsigned n_progress;
    bool by_session; /**< accept with jingle_session_accept() at the event incoming */
    const jingle_accept_file_t *accept;                       /**< for jingle_file_accept() */
    void (*on_offer)(wire_side_t *side, jingle_file_t *file); /**< instead of accepting; or NULL */
    void (*on_request)(wire_side_t *side, jingle_file_t *file); /**< or NULL: nothing is said */
    void (*on_progress)(wire_side_t *side, jingle_file_t *file);
    void (*on_changed)(wire_side_t *side, jingle_session_t *session);
    void (*on_sent)(wire_side_t *side); /**< inside the send function: a stanza is on the wire */
};

/** What passes. @param xml in memory of text_alloc(), to be kept or replaced (and freed)
 *  @return false: it is lost */
typedef bool (*wire_tap_fn)(wire_t *wire, unsigned from, char **xml);

struct wire {
    wire_side_t side[2]; /**< 0: Romeo, who sends files; 1: Juliet */
    struct wire_stanza *first, **last;
    size_t waiting;
    size_t delivered;
    size_t steps; /**< also those in which there was nothing */
    uint64_t now;
    wire_tap_fn tap;
    bool deaf[2];         /**< nothing reaches that side, and nobody says so */
    unsigned descriptors; /**< that were open before */
    void *user;
    unsigned counts[8]; /**< for taps */
};

/** How it is set up; all may be left out. */
typedef struct {
    jingle_files_t files[2];
    jingle_ibb_t ibb[2];
    bool serves[2];     /**< requests are told */
    const char *jid[2]; /**< NULL: WIRE_ROMEO, WIRE_JULIET */
    size_t fail[2];     /**< the n-th allocation of that side fails; 0: none */
} wire_config_t;

/** @param config NULL: defaults. Folders are made. jingle is NULL on a side without memory */
wire_t *wire_new(const wire_config_t *config);
/** Frees all. @return blocks of memory that were not given back, and 1 for files left open */
size_t wire_free(wire_t *wire);
/** Delivers the oldest stanza. @return false when there is none */
bool wire_step(wire_t *wire);
/** For a loop that waits for something without wire_step(): fails the test that does so for ever. */
void wire_patience(wire_t *wire);
/** Delivers all there is, and what that brings; no time passes, but timers that are due fire. */
void wire_settle(wire_t *wire);
/** Lets time pass, with all that it brings on the way. */
void wire_wait(wire_t *wire, uint64_t ms);
/** Settles, then waits up to so many ms until no session is left. @return false when some are */
bool wire_finish(wire_t *wire, uint64_t ms);
/** Hands a stanza to a side, as from anybody. printf's format. */
bool wire_inject(wire_t *wire, unsigned to, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/** What was told since the last call, lines joined by ", "; valid until the next one for that side.
 */
const char *wire_log(wire_t *wire, unsigned side);
/** A side's manager goes as in a crash, without a word, and nothing in its folder changes; another
 *  comes in its place. What was sent stays on the wire. */
void wire_crash(wire_t *wire, unsigned side, const wire_config_t *config);
/** The stanza that was put on the wire last; borrowed; NULL when there is none. */
const char *wire_newest(const wire_t *wire);
/** Loses all that is on the wire. */
void wire_lose(wire_t *wire);
/** Loses the results and errors of a side's that are on the wire. */
void wire_lose_answers(wire_t *wire, unsigned from);
/** Frees a side's manager. */
void wire_free_manager(wire_t *wire, unsigned side);
/** Romeo's data of that length, always the same; valid until the next call. */
const unsigned char *wire_data(size_t len);
/** Writes such a file into Romeo's folder and offers it to Juliet. @return of jingle_send_file() */
int wire_send(wire_t *wire, const char *name, size_t len, const jingle_send_file_t *options);
/** Replaces one text in a stanza, which must be there, up to the end of the next `until` (NULL:
 * just the text). */
void wire_edit(char **xml, const char *from, const char *until, const char *to);
/** The first file of the first session of a side; NULL when there is none. */
jingle_file_t *wire_file(wire_t *wire, unsigned side);

#endif
