/* SPDX-License-Identifier: MIT */
/** @file
 *  For tests of floods: a manager that keeps nothing of what it sends, a friend whose stanzas are
 * handled all the while, and what it has cost. */
#ifndef TEST_UNIT_CORE_FLOOD_H
#define TEST_UNIT_CORE_FLOOD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <jingle/session.h>

#include "support/test_mem.h"

#define FLOOD_OWN "m@self.example/main"
#define FRIEND "friend@peer.example/r"
#define FLOODER "flood@peer.example/r"
#define FLOOD_APP "urn:example:app:0"

typedef struct {
    test_mem_t mem;
    xmpp_ctx_t *ctx;
    jingle_t *jingle;
    uint64_t results, errors, handled;
    size_t refused;    /**< most allocations for a stanza that was refused */
    size_t served;     /**< most allocations for one of the friend's */
    double patience;   /**< longest that the friend has waited, in microseconds of CPU */
    unsigned friendly; /**< stanzas of the friend's */
    bool last_was_error;
    bool keep;
    jingle_reply_t *kept;
    clock_t began;
} flood_t;

extern flood_t f;

/** Begins anew. @param random of the manager's key, or NULL */
void flood_begin(jingle_random_fn random);
/** Ends, and looks at what was not given back. */
void flood_end(void);
/** Tells and bounds what a flood has cost.
 *  @param bytes    at most kept at once
 *  @param refused  allocations at most for a stanza that was refused */
void flood_figures(const char *what, unsigned n, size_t bytes, size_t refused);

/** @param ns or NULL @param parent who keeps it; NULL: the caller */
xmpp_stanza_t *flood_child(xmpp_stanza_t *parent, const char *name, const char *ns);
xmpp_stanza_t *flood_iq(const char *from, const char *action, const char *sid,
                        xmpp_stanza_t **jingle);
/** Consumes it. */
void hand_in(xmpp_stanza_t *iq);
/** @return its transport */
xmpp_stanza_t *add_content(xmpp_stanza_t *jingle);
void offer(const char *from, const char *sid);
void info(const char *from, const char *sid);
/** The friend has a session (offer(FRIEND, "friendly")), and is answered at once by its handler. */
void check_friend(void);

#endif
