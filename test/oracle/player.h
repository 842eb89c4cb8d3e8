/* SPDX-License-Identifier: MIT */
/** @file
 *  Plays one scenario on the library, through its public API alone. */
#ifndef TEST_ORACLE_PLAYER_H
#define TEST_ORACLE_PLAYER_H

#include <stdbool.h>

#include <jansson.h>
#include <jingle/session.h>

#include "support/test_mem.h"
#include "support/text.h"

/** A session with a label. The player keeps a reference to it until the scenario is over. */
typedef struct {
    char *label;
    jingle_session_t *session;
    json_t *values; /**< as last observed; NULL before */
    bool over;      /**< its end was announced: it sends nothing any more */
} named_t;

/** A request that the library has sent. */
typedef struct {
    size_t session; /**< index into the player's sessions */
    char *action;
    char *id;
} sent_t;

/** A request that an `async` session keeps open. */
typedef struct {
    char *id;
    jingle_reply_t *reply;
} open_t;

/** How often a request arrived, and how often it was answered. */
typedef struct {
    char *from;
    char *id;
    unsigned received;
    unsigned answered;
} account_t;

typedef struct player {
    test_mem_t engine_mem;
    test_mem_t stanza_mem;
    xmpp_ctx_t *ctx;
    jingle_t *jingle;
    json_t *scenario; /**< borrowed */
    named_t *sessions;
    size_t n_sessions;
    sent_t *sent;
    size_t n_sent;
    open_t *open;
    size_t n_open;
    account_t *accounts;
    size_t n_accounts;
    uint64_t received, results, errors; /**< Jingle requests in, answers out */
    unsigned unnamed;                   /**< sessions called ?N so far */
    unsigned depth;                     /**< of operations inside events */
    const char *as;                     /**< label that waits for a session, or NULL */
    json_t *out, *events;               /**< of the step under way */
    text_t fault;                       /**< what is wrong whatever was expected; empty: nothing */
    bool starved;                       /**< see player_starve() */
    bool verbose;
} player_t;

/** Makes a manager as the scenario's config says. @param scenario borrowed, prepared */
player_t *player_new(json_t *scenario, bool verbose);
/** Lets the n-th allocation of the library from now on fail. What happens then is another story
 * than the scenario's: nothing is compared with it any more, and its steps may find nothing to do.
 * What must hold whatever happens is judged all the same.
 *  @param on all later ones fail as well */
void player_starve(player_t *player, size_t n, bool on);
/** Plays one step and compares.
 *  @param why receives how it differs
 *  @return false when it differs */
bool player_step(player_t *player, size_t index, text_t *why);
/** Frees the manager and judges the whole: every request was answered once, all memory is back.
 *  @return false when not; why says what */
bool player_free(player_t *player, text_t *why);

/** Notes something that is wrong whatever was expected; the first note counts. */
void player_fault(player_t *player, const char *format, ...) __attribute__((format(printf, 2, 3)));
/** As player_fault(), for what is wrong also without memory. */
void player_broken(player_t *player, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* labels.c: names, placeholders */

/** @return NULL when the label is not bound */
named_t *label_find(player_t *player, const char *label);
/** @return NULL when the session was never announced */
named_t *label_of(player_t *player, const jingle_session_t *session);
/** Names a session that was announced just now. */
named_t *label_bind(player_t *player, jingle_session_t *session);
/** The session with that peer and sid that has sent an action: of several the latest that can.
 *  @param ends the action is session-terminate @return NULL: none */
named_t *label_of_stanza(player_t *player, const char *peer, const char *sid, bool ends);
/** Replaces {{id:LABEL:ACTION}}, {{id:LABEL:ACTION:N}} and {{sid:LABEL}}.
 *  @param in_xml escape what is put in
 *  @return false when one cannot be resolved */
bool label_expand(player_t *player, const char *string, bool in_xml, text_t *out);

/* types.c */

/** @return the session type of that name ("base", "stub", "async"), NULL for another */
const jingle_session_type_t *type_named(const char *name);
/** Completes the request that an async session keeps open.
 *  @param error NULL: success
 *  @return false when no request with that id is open */
bool type_complete(player_t *player, const char *id, const jingle_error_t *error);

/* ops.c */

typedef enum { OP_DONE, OP_SKIPPED } op_result_t;

/** Performs a step, or what an event's handler is to do.
 *  @param session of the event; NULL: the step names it */
op_result_t op_perform(player_t *player, json_t *step, jingle_session_t *session);

/* observe.c */

/** The callbacks that record. */
int observe_send(jingle_t *jingle, const char *xml, size_t len, void *player);
void observe_event(jingle_t *jingle, const jingle_event_t *event, void *player);
/** What the sessions look like after a step; remembers it. @return a new reference */
json_t *observe_sessions(player_t *player);

/* ledger.c: each request that arrives is answered once */

void ledger_receive(player_t *player, xmpp_stanza_t *stanza);
void ledger_send(player_t *player, const json_t *out);
/** Judges after the manager has gone. */
void ledger_close(player_t *player);

/* compare.c */

/** Compares an observation with what was expected.
 *  @param why receives both, side by side, where they differ
 *  @return true when they agree (FORMAT section 5) */
bool compare_step(player_t *player, json_t *step, json_t *got, text_t *why);

#endif
