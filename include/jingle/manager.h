/* SPDX-License-Identifier: MIT */
/** @file
 *  The manager: owns the sessions of one entity (a client's full JID, or all the JIDs of a
 *  component), routes what arrives to them, keeps the limits, tells the program.
 *
 *  It does no I/O. XML comes in by jingle_receive(), goes out by jingle_config_t.send; the time
 *  comes in by jingle_tick(), which says when it wants to be called again. A program with a
 *  libstrophe connection calls jingle_attach() (binding.h) and needs none of the three.
 *
 *  Rules for all of this library. Threads: a manager and everything that belongs to it is used by
 *  one thread at a time; two managers share nothing. Re-entrancy: every function may be called
 *  inside every callback, jingle_free() included. Ownership: strings and structs given to a
 *  function are copied unless it says "kept"; what a `get_` function returns is borrowed and lives
 *  as long as its owner, unless it says less. Times are milliseconds. Errors are 0 or negative
 *  (jingle_code_t); a NULL where an object is needed gives JINGLE_EINVAL, NULL or 0. */
#ifndef JINGLE_MANAGER_H
#define JINGLE_MANAGER_H

#include <stdbool.h>
#include <stdint.h>

#include <jingle/data.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The manager. */
typedef struct jingle jingle_t;
/** One negotiation with one peer (session.h). */
typedef struct jingle_session jingle_session_t;
/** What a session does (session.h). */
typedef struct jingle_session_type jingle_session_type_t;
/** The token that answers one request of a peer (session.h). */
typedef struct jingle_reply jingle_reply_t;

/* ---- events -------------------------------------------------------------------------------- */

/** What the program is told, in the order in which it happens. */
typedef enum {
    JINGLE_EVENT_CREATED, /**< session: was added to the manager, by us or by an offer */
    JINGLE_EVENT_INCOMING, /**< session: its offer was acknowledged; accept or decline it now or later */
    JINGLE_EVENT_OUTGOING,   /**< session: our session-initiate is about to be sent */
    JINGLE_EVENT_STATE,      /**< session, state: its state has changed */
    JINGLE_EVENT_CONNECTION, /**< session, connection: its connection state has changed */
    JINGLE_EVENT_TERMINATED, /**< session, reason: has ended; only CONNECTION may follow */
    JINGLE_EVENT_ERROR,      /**< session, action, error: our request failed */
    JINGLE_EVENT_LOG,        /**< level, message, maybe session */
    /** session: what jingle_save() writes of it has changed; the answer or request that goes with
     *  the change leaves when this returns. Only after jingle_set_tell_changes() (save.h) */
    JINGLE_EVENT_CHANGED
} jingle_event_type_t;

/** One event; what a field belongs to stands with the types. The others are 0. */
typedef struct {
    jingle_event_type_t type;       /**< which it is */
    jingle_session_t *session;      /**< borrowed for the call; jingle_session_clone() keeps it */
    jingle_state_t state;           /**< with STATE: the new one */
    jingle_connection_t connection; /**< with CONNECTION: the new one */
    const jingle_reason_t *reason;  /**< with TERMINATED never NULL */
    jingle_action_t action;         /**< of the request that failed */
    const jingle_error_t *error;    /**< with ERROR never NULL */
    xmpp_log_level_t level;         /**< with LOG */
    const char *message;            /**< with LOG; holds no addresses and no secrets */
} jingle_event_t;

/** @param event borrowed for the call */
typedef void (*jingle_event_fn)(jingle_t *jingle, const jingle_event_t *event, void *userdata);

/* ---- limits -------------------------------------------------------------------------------- */

/** What a peer may make us keep. 0 is no limit. Over a limit the request is answered at once with
 *  resource-constraint (wait); a session-terminate over one of them ends the session all the same,
 *  and is never refused for a full queue. Offers are judged by the limits in force when they come. */
typedef struct {
    size_t size;                /**< set by jingle_limits_init() */
    uint32_t sessions;          /**< live sessions, 100,000 */
    uint32_t sessions_per_peer; /**< live sessions with one full JID, 100 */
    uint32_t queue;             /**< actions that wait in one session, 64 */
    uint32_t requests;          /**< unanswered requests of ours in one session, 256 */
    uint32_t contents;          /**< contents of one stanza and of one managed session, 32 */
    uint32_t candidates;        /**< `<candidate/>` of one transport element, 64 */
    uint32_t sid;               /**< octets of a sid, 1,023 */
    uint32_t text;              /**< octets of a reason's text, 4,096 */
    uint32_t nesting;           /**< levels of elements below `<jingle/>`, 64 */
} jingle_limits_t;

/** Fills in the defaults. */
JINGLE_API void jingle_limits_init(jingle_limits_t *limits);

/* ---- offers and policies ------------------------------------------------------------------- */

/** An offer that has arrived, or the one of ours that it may compete with. */
typedef struct {
    const char *sid;                 /**< as offered */
    const char *peer;                /**< full JID of who offers */
    const char *own;                 /**< JID of ours it was sent to */
    const char *const *applications; /**< namespaces of the descriptions, each once */
    size_t n_applications;           /**< how many */
    const char *const *transports;   /**< namespaces of the transports, each once */
    size_t n_transports;             /**< how many */
    const jingle_data_t *data;       /**< the whole offer */
} jingle_offer_t;

/** Gives an offer a session type.
 *  @param offer borrowed for the call
 *  @param type  receives the type; kept, so it must outlive the manager
 *  @param type_userdata receives what the type's create gets
 *  @return true: type is set; false: somebody else's */
typedef bool (*jingle_prepare_fn)(jingle_t *jingle, const jingle_offer_t *offer,
                                  const jingle_session_type_t **type, void **type_userdata,
                                  void *userdata);

/** Do our unanswered offer and this one of the same peer compete, so that one of the two must go
 *  (XEP-0166 section 7.2.16)? Asked only when the sids differ. Default: they share an application.
 *  @return true when they compete */
typedef bool (*jingle_tie_break_fn)(jingle_t *jingle, jingle_session_t *ours,
                                    const jingle_offer_t *theirs, void *userdata);

/** May this entity open sessions with us (XEP-0166 sections 6.3.2 and 13.2)? Asked for each offer, and for
 *  all that comes from a full JID without a live session; "no" is answered as if there were no Jingle here:
 *  service-unavailable. @return true when it may */
typedef bool (*jingle_may_offer_fn)(jingle_t *jingle, const char *peer, const char *own,
                                    void *userdata);

/** The one output of the engine.
 *  @param xml one complete stanza, not NUL-terminated for sure beyond len; borrowed for the call
 *  @return JINGLE_EOK, or an error (JINGLE_ESEND) that is passed on to who wanted to send */
typedef int (*jingle_send_fn)(jingle_t *jingle, const char *xml, size_t len, void *userdata);

/** Fills a buffer with random octets.
 *  @return JINGLE_EOK or JINGLE_EINT */
typedef int (*jingle_random_fn)(void *buffer, size_t len, void *userdata);

/* ---- life of a manager --------------------------------------------------------------------- */

/** How a manager is set up; every field may be left out. Use JINGLE_CONFIG(). */
typedef struct {
    size_t size;           /**< set by JINGLE_CONFIG() */
    const xmpp_mem_t *mem; /**< allocator for all of ours; NULL: malloc. Copied */
    const xmpp_log_t *log; /**< logger; NULL: none. Copied */
    xmpp_log_level_t
        log_level; /**< least level that is logged and told; default XMPP_LEVEL_DEBUG */
    const jingle_limits_t *limits; /**< NULL: the defaults. Copied */
    const char *jid;               /**< our full JID; a client's is set by the binding at connect */
    bool component;           /**< own JIDs are what `to` says, and every stanza gets a `from` */
    uint32_t handler_timeout; /**< ms for a handler to complete; 0: 60,000; UINT32_MAX: for ever */
    uint32_t request_timeout; /**< ms for a peer to answer; 0: 60,000; UINT32_MAX: for ever */
    jingle_send_fn send;      /**< where stanzas go; the binding sets it when it is attached */
    void *send_userdata;      /**< for send */
    jingle_random_fn random;  /**< NULL: the operating system's */
    jingle_event_fn on_event; /**< told of everything; NULL: nobody is */
    jingle_prepare_fn prepare_session; /**< asked when no registered type fits; NULL: none */
    jingle_tie_break_fn tie_break;     /**< NULL: offers compete that share an application */
    jingle_may_offer_fn may_offer;     /**< NULL: anyone may */
    void *userdata;                    /**< for the last four and random */
} jingle_config_t;

/** `jingle_new(ctx, JINGLE_CONFIG(.on_event = on_event))` */
#define JINGLE_CONFIG(...) (&(const jingle_config_t){.size = sizeof(jingle_config_t), __VA_ARGS__})

/** Makes a manager.
 *  @param ctx    libstrophe's context, for the elements the library builds; kept, must outlive it
 *  @param config copied; NULL for all defaults
 *  @return NULL when out of memory, without random numbers, or for a config whose size is wrong */
JINGLE_API jingle_t *jingle_new(xmpp_ctx_t *ctx, const jingle_config_t *config);

/** Ends all sessions (reason gone), answers every request still open, those being handled included
 *  (unknown-session; service-unavailable where it is not Jingle, or nobody has looked at it), and frees
 *  the manager. Sessions and replies that the program still holds stay valid until released and do
 *  nothing any more. Inside a callback of this manager the memory goes when the callback has returned.
 *  NULL is ignored. */
JINGLE_API void jingle_free(jingle_t *jingle);

/** @return the config's userdata */
JINGLE_API void *jingle_get_userdata(const jingle_t *jingle);
/** @return libstrophe's context, as given to jingle_new() */
JINGLE_API xmpp_ctx_t *jingle_get_context(const jingle_t *jingle);
/** @return the allocator in use; never NULL */
JINGLE_API const xmpp_mem_t *jingle_get_mem(const jingle_t *jingle);

/** Sets our JID, for sessions made from now on. Node and domain are folded to lower case (ASCII).
 *  @param jid full JID, or NULL for none @return JINGLE_EOK, JINGLE_EMEM, JINGLE_EINVAL (not a JID) */
JINGLE_API int jingle_set_jid(jingle_t *jingle, const char *jid);
/** @return our JID, or NULL when none is set */
JINGLE_API const char *jingle_get_jid(const jingle_t *jingle);
/** Says whether the manager serves a component (see jingle_config_t.component). */
JINGLE_API void jingle_set_component(jingle_t *jingle, bool component);
/** Replaces the output function; NULL: nothing can be sent. */
JINGLE_API void jingle_set_send(jingle_t *jingle, jingle_send_fn send, void *userdata);
/** How many stanzas were given to the send function and have not left yet. */
typedef size_t (*jingle_backlog_fn)(jingle_t *jingle, void *userdata);
/** Says who knows that (the binding, when it is attached); NULL: nobody, as if all had left. */
JINGLE_API void jingle_set_backlog(jingle_t *jingle, jingle_backlog_fn backlog, void *userdata);
/** What waits to leave. Who sends much, like in-band bytestreams, waits while it is much. @return 0: nobody knows */
JINGLE_API size_t jingle_get_backlog(jingle_t *jingle);
/** Replaces the policy on who may offer; NULL: anyone. The config's callback has no part in it then. */
JINGLE_API void jingle_set_may_offer(jingle_t *jingle, jingle_may_offer_fn may_offer,
                                     void *userdata);
/** @return what that policy says, or the config's; true where there is none. @param own as for the callback */
JINGLE_API bool jingle_may_offer(jingle_t *jingle, const char *peer, const char *own);
/** Copies the limits in force. */
JINGLE_API void jingle_get_limits(const jingle_t *jingle, jingle_limits_t *limits);
/** Sets the limits; sessions that live already stay.
 *  @return JINGLE_EOK, JINGLE_EINVAL (size not set) */
JINGLE_API int jingle_set_limits(jingle_t *jingle, const jingle_limits_t *limits);
/** Logs through the config's logger and as JINGLE_EVENT_LOG. printf's format. */
JINGLE_API void jingle_log(jingle_t *jingle, xmpp_log_level_t level, const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 3, 4)))
#endif
    ;
/** Counts a known fault of a peer's that was met leniently (jingle_counters_t.quirks), and logs it.
 *  @param what in a few words; no addresses and no secrets */
JINGLE_API void jingle_note_quirk(jingle_t *jingle, const char *what);
/** Fills a buffer with random octets from the config's source. As jingle_random_fn. */
JINGLE_API int jingle_random(jingle_t *jingle, void *buffer, size_t len);

/** A hash for tables whose keys peers choose: keyed with a secret of the manager's, so nobody can
 *  make keys that collide. The same for the life of the manager. */
JINGLE_API uint64_t jingle_hash(const jingle_t *jingle, const void *data, size_t len);

/* ---- input and time ------------------------------------------------------------------------ */

/** Takes a stanza from the network.
 *  @param stanza kept by reference as long as needed; must not be changed afterwards
 *  @return true: it was for the manager (a Jingle request, a served request, the answer to a request
 *          of ours) and is dealt with; false: somebody else's */
JINGLE_API bool jingle_receive(jingle_t *jingle, xmpp_stanza_t *stanza);

/** What jingle_tick() returns when nothing is due, ever. */
#define JINGLE_NEVER UINT64_MAX

/** Tells the time and does what is due. What began before the first tick has its time from then on.
 *  @param now_ms any clock that never goes back; a value before the last one counts as the last one
 *  @return ms until the next deadline, 0 when something is due at once, JINGLE_NEVER when none is
 *          set. A callback or call that sets an earlier one later makes this stale: ask again */
JINGLE_API uint64_t jingle_tick(jingle_t *jingle, uint64_t now_ms);

/** @return the time of the last tick, in ms; 0 before the first */
JINGLE_API uint64_t jingle_get_time(const jingle_t *jingle);

/** A timer that runs. */
typedef struct jingle_timer jingle_timer_t;
/** What a timer calls, from inside jingle_tick(). */
typedef void (*jingle_timer_fn)(jingle_t *jingle, void *userdata);

/** Calls fn once, delay_ms after the last tick. @return JINGLE_EOK, JINGLE_EMEM, JINGLE_EINVAL, JINGLE_EINVOP
 *  @param timer receives a handle, valid until fn is called or the timer is cancelled; may be NULL */
JINGLE_API int jingle_timer_start(jingle_t *jingle, uint64_t delay_ms, jingle_timer_fn fn,
                                  void *userdata, jingle_timer_t **timer);
/** Cancels a timer that has not fired. NULL is ignored. jingle_free() cancels all. */
JINGLE_API void jingle_timer_cancel(jingle_timer_t *timer);

/* ---- session types ------------------------------------------------------------------------- */

/** Serves offers that have a description in this namespace with a session type. Types are asked in
 *  the order of registration. The namespace becomes a feature for service discovery.
 *  @param ns   copied
 *  @param type kept: must outlive the manager
 *  @param userdata given to type->create
 *  @return JINGLE_EOK, JINGLE_EMEM, JINGLE_EINVAL, JINGLE_EEXIST */
JINGLE_API int jingle_register_session_type(jingle_t *jingle, const char *ns,
                                            const jingle_session_type_t *type, void *userdata);
/** Takes the registration back; sessions that live stay. @return JINGLE_EOK or JINGLE_ENOENT */
JINGLE_API int jingle_unregister_session_type(jingle_t *jingle, const char *ns);

/** Adds one more prepare function, asked after the registered types and config.prepare_session, in
 *  the order of adding. @return JINGLE_EOK, JINGLE_EMEM, JINGLE_EINVAL */
JINGLE_API int jingle_add_prepare(jingle_t *jingle, jingle_prepare_fn prepare, void *userdata);

/** Names a feature for service discovery (XEP-0030); added twice it must be removed twice.
 *  JINGLE_NS is there from the start.
 *  @return JINGLE_EOK, JINGLE_EMEM, JINGLE_EINVAL */
JINGLE_API int jingle_add_feature(jingle_t *jingle, const char *feature);
/** @return JINGLE_EOK or JINGLE_ENOENT */
JINGLE_API int jingle_remove_feature(jingle_t *jingle, const char *feature);
/** The features in order of adding. @param index from 0 @return borrowed until the list changes;
 *  NULL past the end */
JINGLE_API const char *jingle_get_feature(const jingle_t *jingle, size_t index);
/** A number that changes whenever the list of features does. */
JINGLE_API uint32_t jingle_get_features_version(const jingle_t *jingle);

/** Keeps something of a module (a plug-in's, the binding's) with the manager.
 *  @param key    address of something of the module's own
 *  @param module NULL takes it away without calling free_fn
 *  @param free_fn called with module by jingle_free(), last set first; or NULL
 *  @return JINGLE_EOK, JINGLE_EMEM, JINGLE_EEXIST */
JINGLE_API int jingle_set_module(jingle_t *jingle, const void *key, void *module,
                                 void (*free_fn)(void *module));
/** @return what was set, or NULL */
JINGLE_API void *jingle_get_module(const jingle_t *jingle, const void *key);

/* ---- sessions of the manager --------------------------------------------------------------- */

/** The live session with that peer and sid. As wherever a program gives a JID, node and domain are
 *  folded to lower case (ASCII).
 *  @param own  our JID; NULL: the manager's
 *  @return borrowed while it lives; NULL when there is none */
JINGLE_API jingle_session_t *jingle_find_session(const jingle_t *jingle, const char *own,
                                                 const char *peer, const char *sid);
/** @return number of live sessions */
JINGLE_API size_t jingle_count_sessions(const jingle_t *jingle);
/** @return false to stop */
typedef bool (*jingle_session_fn)(jingle_session_t *session, void *userdata);
/** Calls fn for each live session in the order of creation. fn may end any session, this one
 *  included; sessions made meanwhile are visited too.
 *  @return how many were visited */
JINGLE_API size_t jingle_each_session(jingle_t *jingle, jingle_session_fn fn, void *userdata);

/** How to end sessions; every field may be left out. */
typedef struct {
    size_t size;                  /**< set by JINGLE_END() */
    jingle_condition_t condition; /**< default: success; gone where all sessions (of a peer) end */
    const char *text;             /**< for people; NULL: none */
    const char *alternative_sid;  /**< with JINGLE_REASON_ALTERNATIVE_SESSION */
    xmpp_stanza_t *detail;        /**< one element of a foreign namespace */
    bool silent;                  /**< send no session-terminate */
    const char *own;              /**< of a peer's sessions only those of this bare JID of ours */
} jingle_end_t;

/** `jingle_session_end(session, JINGLE_END(.condition = JINGLE_REASON_BUSY))` */
#define JINGLE_END(...) (&(const jingle_end_t){.size = sizeof(jingle_end_t), __VA_ARGS__})

/** Ends all sessions with exactly that JID, of all our JIDs or of end->own.
 *  @param end NULL for the defaults @return how many, or JINGLE_EINVAL, JINGLE_EMEM */
JINGLE_API int jingle_end_peer_sessions(jingle_t *jingle, const char *peer,
                                        const jingle_end_t *end);
/** Ends all sessions. @param end NULL for the defaults @return how many */
JINGLE_API int jingle_end_all_sessions(jingle_t *jingle, const jingle_end_t *end);

/* ---- ICE servers --------------------------------------------------------------------------- */

/** A STUN or TURN server. */
typedef struct {
    const char *uri;        /**< as RFC 7064 and RFC 7065 write it */
    const char *username;   /**< or NULL */
    const char *credential; /**< or NULL; never logged */
} jingle_ice_server_t;

/** Keeps a STUN or TURN server for sessions that are made later. Strings are copied.
 *  @return JINGLE_EOK, JINGLE_EMEM, JINGLE_EINVAL (no uri) */
JINGLE_API int jingle_add_ice_server(jingle_t *jingle, const char *uri, const char *username,
                                     const char *credential);
/** Forgets all of them. */
JINGLE_API void jingle_clear_ice_servers(jingle_t *jingle);
/** @param index from 0 @return borrowed until the list changes; NULL past the end */
JINGLE_API const jingle_ice_server_t *jingle_get_ice_server(const jingle_t *jingle, size_t index);

/* ---- requests that are not Jingle ---------------------------------------------------------- */

/** How a request of ours came out. */
typedef enum {
    JINGLE_ANSWER_RESULT,
    JINGLE_ANSWER_ERROR,
    JINGLE_ANSWER_TIMEOUT,
    JINGLE_ANSWER_DROPPED /**< nobody waits any more: its session or the manager has ended */
} jingle_answer_type_t;

/** The answer to a request of ours. */
typedef struct {
    jingle_answer_type_t type;   /**< how it came out */
    xmpp_stanza_t *stanza;       /**< the IQ; NULL with TIMEOUT and DROPPED */
    const jingle_error_t *error; /**< with ERROR and TIMEOUT never NULL */
} jingle_answer_t;

/** Called exactly once for each request. @param answer borrowed for the call */
typedef void (*jingle_answer_fn)(jingle_t *jingle, const jingle_answer_t *answer, void *userdata);

/** A request that is not Jingle; every field may be left out. Use JINGLE_REQUEST(). */
typedef struct {
    size_t size;                /**< set by JINGLE_REQUEST() */
    const char *to;             /**< NULL: our own server or account */
    const char *own;            /**< our JID, for components; NULL: the manager's */
    bool get;                   /**< type get instead of set */
    const char *xml;            /**< the payload as text, one element; or */
    xmpp_stanza_t *payload;     /**< as an element. Borrowed for the call */
    uint32_t timeout;           /**< ms; 0: the config's; UINT32_MAX: for ever */
    jingle_answer_fn on_answer; /**< may be NULL */
    void *userdata;             /**< for on_answer */
} jingle_request_t;

/** `jingle_request(jingle, JINGLE_REQUEST(.get = true, .xml = "<ping xmlns='urn:xmpp:ping'/>"))` */
#define JINGLE_REQUEST(...)                                                                        \
    (&(const jingle_request_t){.size = sizeof(jingle_request_t), __VA_ARGS__})

/** Sends an IQ of ours and waits for its answer, matched by id, sender and type.
 *  @return JINGLE_EOK: on_answer will be called once; else it will not: JINGLE_EMEM, JINGLE_EINVAL,
 *          JINGLE_EINVOP (being freed), JINGLE_ESEND, JINGLE_ELIMIT (payload nested too deep) */
JINGLE_API int jingle_request(jingle_t *jingle, const jingle_request_t *request);

/** Sends a message of ours with one element; nobody answers it.
 *  @param own our JID, for components; NULL: the manager's @param xml the element as text
 *  @return JINGLE_EOK, JINGLE_EMEM, JINGLE_EINVAL, JINGLE_EINVOP (being freed), JINGLE_ESEND */
JINGLE_API int jingle_send_message(jingle_t *jingle, const char *to, const char *own,
                                   const char *xml);

/** IQs of type get. */
#define JINGLE_SERVE_GET 1u
/** IQs of type set. */
#define JINGLE_SERVE_SET 2u
/** Messages of any type, error included; there is no reply to complete. */
#define JINGLE_SERVE_MESSAGE 4u

/** Answers an IQ of a served namespace: completes the reply now or later (session.h).
 *  @param stanza the IQ; or a message, kept by xmpp_stanza_clone()
 *  @param payload the child of the stanza that matched; borrowed as long as the reply, or the message
 *  @param reply NULL for a message */
typedef void (*jingle_serve_fn)(jingle_t *jingle, xmpp_stanza_t *stanza, xmpp_stanza_t *payload,
                                jingle_reply_t *reply, void *userdata);

/** Answers IQs whose first child element is in that namespace, and takes messages that have one among
 *  their children. Deadline as for handlers.
 *  @param kinds one or more of JINGLE_SERVE_GET, JINGLE_SERVE_SET, JINGLE_SERVE_MESSAGE
 *  @return JINGLE_EOK, JINGLE_EMEM, JINGLE_EINVAL (JINGLE_NS too), JINGLE_EEXIST */
JINGLE_API int jingle_serve(jingle_t *jingle, const char *ns, unsigned kinds, jingle_serve_fn fn,
                            void *userdata);
/** @return JINGLE_EOK or JINGLE_ENOENT */
JINGLE_API int jingle_unserve(jingle_t *jingle, const char *ns);

/* ---- counters ------------------------------------------------------------------------------ */

/** What has been counted since the manager was made. */
typedef struct {
    size_t size;               /**< set by the caller: how much of the struct it knows */
    uint64_t sessions;         /**< live now */
    uint64_t sessions_total;   /**< made since the start */
    uint64_t actions;          /**< Jingle requests received */
    uint64_t results;          /**< results sent */
    uint64_t errors;           /**< errors sent */
    uint64_t refused;          /**< of these: by the gate, before any handler */
    uint64_t over_limit;       /**< of these: for a limit */
    uint64_t requests;         /**< our requests that wait for an answer now */
    uint64_t requests_total;   /**< our requests since the start */
    uint64_t request_errors;   /**< of these: answered with an error */
    uint64_t request_timeouts; /**< of these: not answered in time */
    uint64_t handler_timeouts; /**< handlers whose deadline passed */
    uint64_t queued;           /**< actions that wait in queues now */
    uint64_t queue_peak;       /**< the longest queue a session has had */
    uint64_t quirks;           /**< known faults of peers that were met leniently */
} jingle_counters_t;

/** Copies the counters; counters->size must be set. @return JINGLE_EOK or JINGLE_EINVAL */
JINGLE_API int jingle_get_counters(const jingle_t *jingle, jingle_counters_t *counters);

#ifdef __cplusplus
}
#endif

#endif
