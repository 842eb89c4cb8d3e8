/* SPDX-License-Identifier: MIT */
/** @file
 *  What the files of the engine share. Nothing above src/core includes it.
 *
 *  One stanza's way: receive.c -> parse.c -> gate.c (a verdict) -> queue.c -> the type's handler ->
 *  reply.c -> write.c -> send. A verdict is an error to answer with, or NULL to go on. */
#ifndef JINGLE_CORE_H
#define JINGLE_CORE_H
#include <jingle/save.h>

#include "alloc.h"
#include "buffer.h"
#include "parse.h"
#include "table.h"
#include "write.h"

#define JINGLE__ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/** NULL: go on. */
typedef const jingle_error_t *jingle__verdict_t;

/* ---- small things -------------------------------------------------------------------------- */

/** A JID of ours, shared by the sessions that have it. */
typedef struct {
    size_t refs;
    size_t len;
    uint64_t hash;
    char text[];
} jingle__jid_t;

/** An entry of the heap of deadlines; embedded in what has the deadline. */
struct jingle_timer {
    jingle_t *jingle;
    uint64_t due;
    uint64_t serial; /**< when it was set: a tick fires only what was set before it began */
    size_t slot;     /**< place in the heap, from 1; 0: not set */
    jingle_timer_fn fn;
    void *userdata;
};

typedef struct {
    jingle_timer_t **heap;
    size_t len, size;
    uint64_t serial;
} jingle__timers_t;

typedef struct jingle__type_entry {
    struct jingle__type_entry *prev, *next;
    const jingle_session_type_t *type;
    void *userdata;
    char ns[];
} jingle__type_entry_t;

/** A type that serves no offers, known to jingle_restore(). */
typedef struct jingle__restorable {
    struct jingle__restorable *prev, *next;
    const jingle_session_type_t *type;
    void *userdata;
} jingle__restorable_t;

typedef struct jingle__prepare_entry {
    struct jingle__prepare_entry *prev, *next;
    jingle_prepare_fn prepare;
    void *userdata;
} jingle__prepare_entry_t;

typedef struct jingle__feature {
    struct jingle__feature *prev, *next;
    size_t count;
    char name[];
} jingle__feature_t;

typedef struct jingle__module {
    struct jingle__module *prev, *next;
    const void *key;
    void *module;
    void (*free_fn)(void *);
} jingle__module_t;

typedef struct jingle__ice_server {
    struct jingle__ice_server *prev, *next;
    jingle_ice_server_t server;
} jingle__ice_server_t;

typedef struct jingle__served {
    struct jingle__served *prev, *next;
    unsigned kinds;
    jingle_serve_fn fn;
    void *userdata;
    char ns[];
} jingle__served_t;

/** Where an iteration over all sessions goes on; sessions that end move it. */
typedef struct jingle__cursor {
    struct jingle__cursor *up;
    jingle_session_t *next;
} jingle__cursor_t;

/** A session in jingle__session_finish(). */
typedef struct jingle__leaving {
    struct jingle__leaving *up;
    jingle_session_t *session;
    const jingle_reason_t *reason;
    bool tell; /**< the peer is still to be told */
    bool done;
} jingle__leaving_t;

typedef struct jingle__peer jingle__peer_t;
typedef struct jingle__request jingle__request_t;
typedef struct jingle__answered jingle__answered_t;

/* ---- the manager --------------------------------------------------------------------------- */

#define JINGLE__SPARE_REPLIES 4
/** Offers of sessions that have ended, known again when they come once more. */
#define JINGLE__ENDED_OFFERS 64

typedef struct {
    uint64_t id;      /**< hash of the IQ id, 0: none */
    uint32_t session; /**< hash of own JID, peer and sid */
} jingle__ended_offer_t;

struct jingle {
    xmpp_ctx_t *ctx;
    xmpp_mem_t mem;
    jingle_config_t config; /**< pointers in it that the caller owned are NULL */
    xmpp_log_t log;
    jingle_may_offer_fn policy; /**< that of jingle_set_may_offer() */
    void *policy_userdata;
    jingle_backlog_fn backlog; /**< or NULL */
    void *backlog_userdata;
    jingle_limits_t limits;
    jingle__jid_t *own;      /**< our JID, or NULL */
    jingle__jid_t *last_own; /**< of a component: the one addressed last */
    size_t refs;             /**< the program, sessions, replies, and calls under way */
    bool closing;            /**< jingle_free() has begun: no new session, no request */
    bool close_owed;         /**< ... and waits for the end that it was called from */
    bool closed;             /**< jingle_free() is done */
    bool ticked;             /**< the time is known */
    uint64_t now;
    jingle__timers_t timers;
    jingle_session_t *sessions; /**< hash table, registry.c */
    jingle__peer_t *peers;      /**< hash table, registry.c */
    jingle__cursor_t *cursors;
    jingle__leaving_t *leaving;  /**< sessions whose end is under way, the innermost first */
    jingle__request_t *requests; /**< hash table, request.c */
    jingle__request_t *restored; /**< hash table by id: those that another manager has made */
    jingle_reply_t *open;        /**< every reply that is not completed */
    uint64_t request_number;
    char request_prefix[12];
    uint8_t hash_key[16];
    jingle__type_entry_t *types;
    bool source_actions; /**< a registered type asks for source-add or source-remove */
    bool tell_changes;   /**< the program wants the event changed */
    jingle__restorable_t *restorables;
    jingle__prepare_entry_t *prepares;
    jingle__feature_t *features;
    uint32_t features_version;
    jingle__module_t *modules;
    jingle__ice_server_t *ice_servers;
    jingle__served_t *served;
    jingle__ended_offer_t ended[JINGLE__ENDED_OFFERS]; /**< a ring, offer.c */
    uint32_t n_ended;
    jingle_reply_t *spare[JINGLE__SPARE_REPLIES];
    size_t n_spare;
    jingle_counters_t counters;
};

/** Around everything that may call back: the manager's memory stays until leave. */
void jingle__enter(jingle_t *jingle);
void jingle__leave(jingle_t *jingle);

/** What jingle_free() does last: nothing of the program or the plug-ins is called after it. */
void jingle__close(jingle_t *jingle);

int jingle__emit(jingle_t *jingle, jingle_event_t event);
int jingle__output(jingle_t *jingle, const char *xml, size_t len);
jingle__jid_t *jingle__jid_new(jingle_t *jingle, const char *text, bool fold);
jingle__jid_t *jingle__jid_clone(jingle__jid_t *jid);
void jingle__jid_release(jingle_t *jingle, jingle__jid_t *jid);
/** Our JID that a stanza was sent to; a reference of the caller's, NULL when there is none. */
jingle__jid_t *jingle__own_of(jingle_t *jingle, const char *to);
bool jingle__jid_is_valid(const char *jid);

int jingle__timer_set(jingle_t *jingle, jingle_timer_t *timer, uint64_t delay);
void jingle__timer_unset(jingle_timer_t *timer);
void jingle__timers_clear(jingle_t *jingle);

/* ---- sessions ------------------------------------------------------------------------------ */

struct jingle_session {
    jingle_t *jingle;
    jingle__peer_t *peer;
    jingle__jid_t *own;
    const jingle_session_type_t *type;
    void *self;
    void *user;
    void (*user_free)(void *);
    UT_hash_handle hh; /**< by own JID, peer and sid; in the order of creation */
    jingle_session_t *peer_prev, *peer_next; /**< live sessions of the same peer */
    jingle_reply_t *current;                 /**< the action being handled, not a reference */
    jingle_reply_t *queue, *queue_tail;      /**< actions that wait, references */
    jingle__request_t *requests;             /**< unanswered, the newest first */
    char *applications;                      /**< "ns\0ns\0\0", or NULL */
    uint64_t offer_id;            /**< hash of the IQ id of the peer's offer, 0: ours; offer.c */
    jingle__answered_t *answered; /**< or NULL; answered.c */
    uint32_t refs, n_queue, n_requests;
    uint8_t state, connection, role;
    bool acknowledged : 1; /**< the offer is: by the peer, or by us */
    bool known : 1;        /**< the peer knows of the session: what end() and send() go by */
    bool start_called : 1;
    bool accept_called : 1;
    bool offer_begun : 1; /**< the events of sending our offer have begun: nobody else sends it */
    bool offer_sent : 1;
    bool offer_leaving : 1; /**< inside the event before it is sent: the peer knows nothing yet */
    bool accept_sent : 1;
    bool offered : 1;    /**< made by an offer of the peer's */
    bool announcing : 1; /**< inside the event created of an offer */
    bool pumping : 1;
    bool has_self : 1;
    bool tracked : 1;
    bool ended_by_peer : 1;
    bool changed : 1;             /**< what is saved has, and the program was not told */
    bool inline_applications : 1; /**< applications lie behind sid */
    char sid[];
};

/** Who we talk to, shared by its sessions; in the table while it has live ones. */
struct jingle__peer {
    UT_hash_handle hh;
    jingle_session_t *sessions; /**< live ones */
    size_t count;
    size_t refs;
    size_t len;
    uint64_t hash;
    char jid[];
};

/* registry.c */
int jingle__registry_add(jingle_session_t *session);
void jingle__registry_remove(jingle_session_t *session);
uint32_t jingle__registry_hash(const jingle_t *jingle, const jingle__jid_t *own, const char *peer,
                               const char *sid);
jingle_session_t *jingle__registry_find(jingle_t *jingle, const jingle__jid_t *own,
                                        const char *peer, const char *sid);
jingle__peer_t *jingle__peer_find(jingle_t *jingle, const char *jid);
jingle__peer_t *jingle__peer_get(jingle_t *jingle, const char *jid);
void jingle__peer_release(jingle_t *jingle, jingle__peer_t *peer);

/* session.c */
typedef struct {
    const char *sid;
    jingle__jid_t *own; /**< borrowed, may be NULL */
    const char *peer;
    jingle_role_t role;
    const jingle_session_type_t *type;
    void *type_userdata;
    const char *const *applications;
    size_t n_applications;
    const struct jingle__saved *saved; /**< what it is restored from, or NULL */
} jingle__session_args_t;

int jingle__session_create(jingle_t *jingle, const jingle__session_args_t *args,
                           jingle_session_t **session);
int jingle__session_set_state(jingle_session_t *session, jingle_state_t state);

/* save.c, restore.c */
typedef struct jingle__saved {
    uint8_t state, connection;
    unsigned flags;
    jingle_load_t requests, self;
    bool has_elements;      /**< requests have what they ask */
    jingle_load_t answered; /**< empty in what an older library has written */
    uint64_t away;
} jingle__saved_t;

#define JINGLE__SAVED_ACKNOWLEDGED 1u
#define JINGLE__SAVED_FLAGS 127u

void jingle__saved_fill(jingle_session_t *session, const jingle__saved_t *saved);
/** Makes its requests and its self. */
int jingle__saved_self(jingle_session_t *session, void *userdata, const jingle__saved_t *saved);
/** Tells of what has changed, if anybody wants to know. The session may have ended afterwards. */
void jingle__tell_change(jingle_session_t *session);
/** Is it a session that the peer can know of, and that has not ended? One of ours that was not
 *  started counts: it is the program's plan. */
bool jingle__can_save(const jingle_session_t *session);
void jingle__restorables_clear(jingle_t *jingle);

/* end.c */
typedef struct {
    jingle_reason_t reason;
    bool silent;
    bool by_peer;                /**< a session-terminate was received */
    const jingle_error_t *error; /**< what the type is told */
} jingle__ending_t;

void jingle__session_finish(jingle_session_t *session, const jingle__ending_t *ending);
void jingle__session_fail(jingle_session_t *session, jingle_condition_t condition,
                          const jingle_error_t *error);
/** The manager goes while sessions are ending: their peers are told now or never. */
void jingle__endings_tell(jingle_t *jingle);

/* send.c */
int jingle__send_action(jingle_session_t *session, jingle_action_t action,
                        const jingle_data_t *data, jingle_answer_fn on_answer, void *userdata);
int jingle__send_terminate(jingle_session_t *session, const jingle_reason_t *reason);

/* request.c */
struct jingle__request {
    UT_hash_handle hh;
    uint64_t number;
    const char *id; /**< of one that another manager has made; else NULL */
    char *element;  /**< what it asks, if it can be asked again; repeat.c */
    bool repeated;  /**< it was */
    jingle_t *jingle;
    jingle_session_t *session; /**< not a reference: a session that ends drops its requests */
    jingle__request_t *prev, *next;
    jingle_action_t action;
    jingle__jid_t *own;
    jingle_timer_t timer;
    jingle_answer_fn on_answer;
    void *userdata;
    char to[]; /**< "" for our own server or account */
};

int jingle__request_new(jingle_t *jingle, jingle_session_t *session, jingle_action_t action,
                        const char *to, jingle__jid_t *own, uint32_t timeout,
                        jingle_answer_fn on_answer, void *userdata, jingle__request_t **request);
/** Room for an id, our own or one that was restored. */
#define JINGLE__REQUEST_ID 65
/** @return the id, in room or the request */
const char *jingle__request_id(const jingle__request_t *request, char room[JINGLE__REQUEST_ID]);
/** A request that was sent before the session was saved. @param left ms; UINT32_MAX: for ever
 *  @param element text as saved, or NULL @return JINGLE_EOK, JINGLE_EMEM, JINGLE_EDATA, JINGLE_EEXIST */
int jingle__request_restore(jingle_session_t *session, jingle_action_t action, const char *id,
                            uint32_t left, const char *element);
void jingle__request_write_id(const jingle__request_t *request, jingle__buf_t *buf);
void jingle__request_drop(jingle__request_t *request);
void jingle__request_drop_all(jingle_session_t *session);
void jingle__requests_clear(jingle_t *jingle);
bool jingle__receive_answer(jingle_t *jingle, xmpp_stanza_t *stanza, bool result);
bool jingle__request_waits(const jingle_session_t *session, jingle_action_t action);
void jingle__write_iq(jingle__buf_t *buf, const char *type, const char *to, const char *from);
/** A request that nobody waits for (session-terminate): only its id is needed. */
void jingle__write_fresh_id(jingle_t *jingle, jingle__buf_t *buf);

/* ---- offers and the gate ------------------------------------------------------------------- */

#define JINGLE__INLINE_NAMESPACES 8

/** A jingle_offer_t with its lists. */
typedef struct {
    jingle_offer_t offer;
    const char *lists[2 * JINGLE__INLINE_NAMESPACES];
    const char **heap; /**< when the lists are longer */
} jingle__offer_t;

int jingle__offer_init(jingle__offer_t *out, jingle_t *jingle, const jingle_data_t *data,
                       const char *peer, const char *own);
void jingle__offer_clear(jingle__offer_t *offer, jingle_t *jingle);

/* gate.c */
jingle__verdict_t jingle__gate_form(const jingle_data_t *data);
jingle__verdict_t jingle__gate_ties_of_peer(jingle_t *jingle, const jingle__jid_t *own,
                                            const jingle_offer_t *offer);
jingle__verdict_t jingle__gate_session(jingle_session_t *session, const jingle_data_t *data,
                                       jingle_error_t *scratch);
bool jingle__gate_defined(const jingle_t *jingle, const jingle_session_t *session,
                          jingle_action_t action);
/** Our offer is unanswered, so one of the peer's can tie with it. (An action of the peer that came
 *  before its answer shows that it has our offer, but does not answer it.) */
bool jingle__gate_offer_waits(const jingle_session_t *session);
bool jingle__gate_may_send(const jingle_session_t *session, jingle_action_t action);
bool jingle__action_can_tie(jingle_action_t action);

/* incoming.c */
void jingle__receive_jingle(jingle_t *jingle, xmpp_stanza_t *iq, xmpp_stanza_t *element, bool set);
/** The session of an offer has ended. */
void jingle__offer_note_end(const jingle_session_t *session);
void jingle__receive_offer(jingle_t *jingle, jingle_reply_t *reply, jingle__jid_t *own,
                           const char *peer);

/* ---- answers ------------------------------------------------------------------------------- */

typedef struct {
    const char *to, *id, *from;
    const jingle_error_t *error; /**< NULL: a result */
    xmpp_stanza_t *payload;      /**< of a result, or NULL */
} jingle__answer_t;

/** Sends it; what is too long for the memory that there is becomes a resource-constraint. */
void jingle__answer_send(jingle_t *jingle, jingle__answer_t answer);
/** Answers an IQ for which there is no memory for a reply. */
void jingle__answer_without_reply(jingle_t *jingle, xmpp_stanza_t *iq, jingle__verdict_t verdict);

/* ---- queue and replies --------------------------------------------------------------------- */

struct jingle_reply {
    jingle_t *jingle;
    jingle_session_t *session; /**< reference, or NULL */
    xmpp_stanza_t *stanza;     /**< reference, or NULL */
    const char *id, *from;     /**< of the stanza */
    jingle__jid_t *own;        /**< reference, or NULL */
    const jingle_data_t *data;
    jingle__parsed_t parsed;
    jingle_processed_fn done;
    void *done_userdata;
    jingle_reply_t *queue_next;
    jingle_reply_t *open_prev, *open_next;
    jingle_timer_t timer;
    size_t refs;
    bool completed;
    bool ending; /**< of a session-terminate: the session's end is under way, and completes it */
};

/* reply.c */
jingle_reply_t *jingle__reply_new(jingle_t *jingle, xmpp_stanza_t *stanza, jingle__jid_t *own);
void jingle__reply_send_result(jingle_reply_t *reply);
void jingle__reply_send_error(jingle_reply_t *reply, const jingle_error_t *error);
/** Refuses before any handler: counted apart. */
void jingle__reply_refuse(jingle_reply_t *reply, jingle__verdict_t verdict);
void jingle__reply_answer_ended(jingle_reply_t *reply);
int jingle__reply_start_deadline(jingle_reply_t *reply);
void jingle__replies_clear(jingle_t *jingle);
void jingle__replies_free_spare(jingle_t *jingle);

/* queue.c */
void jingle__queue_add(jingle_session_t *session, jingle_reply_t *reply);
void jingle__queue_pump(jingle_session_t *session);
void jingle__queue_answer_ended(jingle_session_t *session);
bool jingle__queue_ends_session(const jingle_session_t *session); /* a terminate is in it */

/* base.c */
extern const jingle_session_type_t jingle__base_type;
jingle_action_fn jingle__type_handler(const jingle_session_type_t *type, jingle_action_t action);
int jingle__base_reply(jingle_reply_t *reply);

/* serve.c */
bool jingle__receive_served(jingle_t *jingle, xmpp_stanza_t *iq, unsigned kind);

/* features.c, types.c */
void jingle__features_clear(jingle_t *jingle);
void jingle__types_clear(jingle_t *jingle);
/** @param type receives NULL, the base type, when nobody serves the offer */
void jingle__types_find(jingle_t *jingle, const jingle_offer_t *offer,
                        const jingle_session_type_t **type, void **userdata);

#endif
