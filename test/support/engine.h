/* SPDX-License-Identifier: MIT */
/** @file
 *  A manager for tests of the engine, with nothing behind it: stanzas go in as text, what it sends
 *  and tells is kept as text, in one order, to be compared with what a test expects.
 *
 *  Lines of the log ("SID" is the session's, or "session" where a test gives no sid):
 *
 *      created SID, incoming SID, outgoing SID
 *      state SID STATE, connection SID STATE
 *      terminated SID CONDITION["TEXT"][ alternative SID]
 *      error SID ACTION CONDITION[/JINGLE]
 *      changed SID                                      (after jingle_set_tell_changes())
 *      > result ID, > error ID TYPE CONDITION[/JINGLE]
 *      > set ACTION SID[ CONDITION of its reason]
 *      > get NAME, > set NAME                             (requests that are not Jingle) */
#ifndef TEST_SUPPORT_ENGINE_H
#define TEST_SUPPORT_ENGINE_H

#include <stdbool.h>

#include <jingle/session.h>

#include "support/test_mem.h"
#include "support/text.h"

#define ENGINE_OWN "m@self.example/main"
#define ENGINE_PEER "z@peer.example/r1"
#define ENGINE_OTHER "a@other.example/r2"
#define ENGINE_APP "urn:example:app:0"
#define ENGINE_TRANSPORT "urn:example:transport:0"

/** One content of an offer, with creator and name given. */
#define ENGINE_CONTENT                                                                             \
    "<content creator='initiator' name='c'><description xmlns='" ENGINE_APP "'/>"                  \
    "<transport xmlns='" ENGINE_TRANSPORT "'/></content>"

typedef struct engine engine_t;

/** @param event borrowed for the call */
typedef void (*engine_event_fn)(engine_t *engine, const jingle_event_t *event);
/** @param line what was logged for the stanza */
typedef void (*engine_sent_fn)(engine_t *engine, const char *line);
/** Handles an action: owes the reply one completion. */
typedef void (*engine_action_fn)(engine_t *engine, jingle_session_t *session,
                                 const jingle_data_t *data, jingle_reply_t *reply);

#define ENGINE_KEPT 16

struct engine {
    test_mem_t mem;        /**< the manager's */
    test_mem_t stanza_mem; /**< libstrophe's */
    xmpp_ctx_t *ctx;
    jingle_t *jingle;     /**< NULL once engine_free_manager() was called */
    text_t log, taken;    /**< engine_log() */
    text_t messages;      /**< what JINGLE_EVENT_LOG said, a line each */
    xmpp_stanza_t **sent; /**< all that was sent, parsed */
    size_t n_sent;
    uint64_t now;
    int send_result;            /**< what the send function returns; JINGLE_EOK at first */
    engine_event_fn on_event;   /**< a test's own, called after the event was logged; or NULL */
    engine_sent_fn on_sent;     /**< a test's own, called after a stanza was kept; or NULL */
    engine_action_fn on_action; /**< what engine_type does; NULL: acknowledge */
    bool keep;                  /**< engine_type keeps its replies: kept */
    jingle_reply_t *kept[ENGINE_KEPT]; /**< in order; references */
    size_t n_kept;
    jingle_session_t *session; /**< of the event "created" that came last: a reference */
    void *user;
};

/** Makes a manager. @param config NULL: defaults; mem, send and on_event are set here, jid unless
 *  it is given or component is true, userdata is the engine.
 *  @return never NULL; jingle is NULL when it could not be made (no memory) */
engine_t *engine_new(const jingle_config_t *config);
/** Frees the manager, unless that was done.
 *  @return number of blocks of memory that were not given back; they are listed on stderr */
size_t engine_free(engine_t *engine);
/** jingle_free(), with the pointer cleared first. */
void engine_free_manager(engine_t *engine);

/** Hands in a stanza. printf's format. @return what jingle_receive() did */
bool engine_feed(engine_t *engine, const char *format, ...) __attribute__((format(printf, 2, 3)));
/** Hands in an IQ-set with `<jingle/>`. @param inside its children, or "" */
bool engine_feed_jingle(engine_t *engine, const char *from, const char *id, const char *action,
                        const char *sid, const char *inside);
/** As engine_feed_jingle() from ENGINE_PEER. */
bool engine_action(engine_t *engine, const char *id, const char *action, const char *sid,
                   const char *inside);
/** An offer of ENGINE_CONTENT from ENGINE_PEER. */
bool engine_offer(engine_t *engine, const char *id, const char *sid);
/** Hands in the result of the last request that was sent. */
void engine_ack(engine_t *engine);
/** Hands in an error for the last request that was sent. @param jingle condition, or NULL */
void engine_refuse(engine_t *engine, const char *condition, const char *jingle);

/** Lets time pass. @return what jingle_tick() said */
uint64_t engine_wait(engine_t *engine, uint64_t ms);

/** What was logged since the last call; valid until the next one. */
const char *engine_log(engine_t *engine);
/** The last stanza that was sent; NULL: none. */
xmpp_stanza_t *engine_last(const engine_t *engine);
/** The last request that was sent; NULL: none. */
xmpp_stanza_t *engine_last_request(const engine_t *engine);
/** Adds a line to the log. printf's format. */
void engine_note(engine_t *engine, const char *format, ...) __attribute__((format(printf, 2, 3)));

/** Reads an element; the caller releases it. */
xmpp_stanza_t *engine_element(engine_t *engine, const char *xml);
/** Sends an action whose `<jingle/>` has these children. @return of jingle_session_send() */
int engine_send(engine_t *engine, jingle_session_t *session, jingle_action_t action,
                const char *inside);

/** A session type with a handler for every action, see on_action and keep of engine_t; each call is
 *  logged as "on ACTION SID". start and accept send ENGINE_CONTENT. Its userdata is the engine. */
extern const jingle_session_type_t engine_type;
/** Registers engine_type for ENGINE_APP. */
void engine_register(engine_t *engine);
/** Makes a session of ours of engine_type for ENGINE_APP with ENGINE_PEER.
 *  @return borrowed; NULL when it was refused */
jingle_session_t *engine_create(engine_t *engine, const char *sid);
/** ... that was started, acknowledged and accepted; the log is emptied. */
jingle_session_t *engine_create_active(engine_t *engine, const char *sid);
/** A session with ENGINE_PEER that it offered and we acknowledged; the log is emptied. */
jingle_session_t *engine_offered(engine_t *engine, const char *sid);
/** Completes the oldest reply that was kept, and releases it.
 *  @param error NULL: acknowledge @return of jingle_reply_ack() or jingle_reply_error() */
int engine_complete(engine_t *engine, const jingle_error_t *error);

#endif
