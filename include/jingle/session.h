/* SPDX-License-Identifier: MIT */
/** @file
 *  Sessions, session types and replies.
 *
 *  A session is one negotiation with one peer, known by (our JID, the peer's full JID, sid). It
 *  handles one action at a time, in the order received: the action's handler gets a reply token and
 *  completes it now or later; that sends the ack or the error and lets the next action in.
 *
 *  The rules on threads, re-entrancy and ownership are in manager.h. */
#ifndef JINGLE_SESSION_H
#define JINGLE_SESSION_H

#include <jingle/manager.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- session types ------------------------------------------------------------------------- */

/** Where a session is written to, and read from (save.h). */
typedef struct jingle_saving jingle_save_t;
/** See jingle_save_t. */
typedef struct jingle_load jingle_load_t;

/** Handles a received action. It owes one completion of reply (below), now or later.
 *  @param data  what came; borrowed as long as the reply
 *  @param reply borrowed for the call; jingle_reply_clone() keeps it
 *  @param self  what the type's create made */
typedef void (*jingle_action_fn)(jingle_session_t *session, const jingle_data_t *data,
                                 jingle_reply_t *reply, void *self);

/** What a session does: one handler for each action, and more. What is left out gets the base
 *  type's behaviour, described with each field. Fill it by name; it must outlive the manager. */
struct jingle_session_type {
    size_t size;      /**< sizeof(jingle_session_type_t) */
    const char *name; /**< for logs, and to be known again by jingle_restore() */

    /** Makes the session's self. No stanza may be sent here.
     *  @param userdata as registered
     *  @return JINGLE_EOK, or an error: the offer is answered resource-constraint (JINGLE_EMEM,
     *          JINGLE_ELIMIT) or internal-server-error. Left out: self is userdata */
    int (*create)(jingle_session_t *session, void *userdata, void **self);
    /** Frees what create made; called once, when the last reference to the session is gone. Not
     *  called when create is left out or has failed. */
    void (*free)(void *self);

    /** Sends session-initiate, now or later (jingle_session_send()). Called by
     *  jingle_session_start(). Left out: the session ends silently with unsupported-applications.
     *  @return JINGLE_EOK, or an error that jingle_session_start() passes on */
    int (*start)(jingle_session_t *session, void *self);
    /** Sends session-accept, now or later. Called by jingle_session_accept(). Left out: the session
     *  ends with unsupported-applications.
     *  @return JINGLE_EOK, or an error that jingle_session_accept() passes on */
    int (*accept)(jingle_session_t *session, void *self);
    /** The session has ended: no handler will be called again. Called before the terminated event.
     *  @param reason borrowed for the call
     *  @param error  the error answer that ended it, or NULL */
    void (*ended)(jingle_session_t *session, const jingle_reason_t *reason,
                  const jingle_error_t *error, void *self);

    /** Judges a received action after the engine's own table: on arrival and again when its turn
     *  comes. Pure: it changes nothing and sends nothing. A type that has it does the tie-breaks
     *  inside a session itself (XEP-0166 section 7.2.16); without it the engine does them per action.
     *  @param error receives the error to answer with; strings are kept by reference for the call
     *  @return true: go on; false: refuse with *error */
    bool (*admit)(jingle_session_t *session, const jingle_data_t *data, jingle_error_t *error,
                  void *self);

    /** Do our unanswered offer and this one compete? Left out: as jingle_tie_break_fn says. */
    bool (*competes)(jingle_session_t *session, const jingle_offer_t *theirs, void *self);

    /** May this be sent by jingle_session_send() now? Asked after the engine's own table; a type that
     *  keeps what the session consists of lets nobody else change it. Left out: yes.
     *  @return false: the sender gets JINGLE_EINVOP */
    bool (*may_send)(jingle_session_t *session, jingle_action_t action, const jingle_data_t *data,
                     void *self);

    /* Handlers. Left out (or jingle_reply_default() called): */
    jingle_action_fn on_session_initiate; /**< acknowledged; the session becomes pending */
    jingle_action_fn on_session_accept;   /**< acknowledged; the session becomes active */
    jingle_action_fn
        on_session_terminate; /**< the engine ends the session after this handler, or without it */
    jingle_action_fn on_session_info;  /**< empty: acknowledged (a ping); else unsupported-info */
    jingle_action_fn on_security_info; /**< unsupported-info */
    jingle_action_fn on_description_info;  /**< unsupported-info */
    jingle_action_fn on_content_add;       /**< acknowledged, then content-reject */
    jingle_action_fn on_content_accept;    /**< bad-request */
    jingle_action_fn on_content_reject;    /**< bad-request */
    jingle_action_fn on_content_modify;    /**< bad-request */
    jingle_action_fn on_content_remove;    /**< bad-request */
    jingle_action_fn on_transport_info;    /**< unsupported-info */
    jingle_action_fn on_transport_replace; /**< acknowledged, then transport-reject */
    jingle_action_fn on_transport_accept;  /**< bad-request */
    jingle_action_fn on_transport_reject;  /**< bad-request */
    jingle_action_fn on_source_add;        /**< an undefined action: bad-request */
    jingle_action_fn on_source_remove;     /**< an undefined action: bad-request */

    /* For save.h. A type without create keeps nothing and need not have them. */

    /** Writes what the type keeps of this session. Pure. Left out: the session cannot be saved.
     *  @return JINGLE_EOK or an error */
    int (*save)(jingle_session_t *session, jingle_save_t *save, void *self);
    /** Instead of create: makes the self from what save has written. No stanza may be sent here, and
     *  what the data says must be checked: it may be anybody's.
     *  @param userdata as registered
     *  @param load what save has written, and no more
     *  @return JINGLE_EOK or an error: there is no session then */
    int (*restore)(jingle_session_t *session, void *userdata, jingle_load_t *load, void **self);
    /** The session is restored, and the program was told (event created): go on. Stanzas may be
     *  sent. May be left out. */
    void (*restored)(jingle_session_t *session, void *self);
};

/* ---- replies ------------------------------------------------------------------------------- */

/** Acknowledges: state changes that the action brings, the result, then its effects.
 *
 *  Outside a handler, and of a kept reply, that runs the handler of the action that waits next before it
 *  returns, and `ended` where the session ends with one of the two; so do the other ways to complete one.
 *  Take a kept reply out of your state before you complete it.
 *  @return JINGLE_EOK; JINGLE_EINVOP when already completed, or too late: nothing is sent then */
JINGLE_API int jingle_reply_ack(jingle_reply_t *reply);
/** Answers with an error. The session goes on, but for a session-initiate: it ends silently.
 *  @param error copied for the sending; NULL: internal-server-error
 *  @return as jingle_reply_ack() */
JINGLE_API int jingle_reply_error(jingle_reply_t *reply, const jingle_error_t *error);
/** Does what the base type does with this action, so a type that understands one payload passes the
 *  rest on. @return as jingle_reply_ack() */
JINGLE_API int jingle_reply_default(jingle_reply_t *reply);
/** Answers a served request with a result that holds an element (Jingle's results hold none).
 *  @param payload borrowed for the call; NULL: an empty result. One that cannot be written (no memory,
 *          nested too deep) becomes resource-constraint
 *  @return as jingle_reply_ack(); JINGLE_EINVOP for a Jingle action with a payload */
JINGLE_API int jingle_reply_result(jingle_reply_t *reply, xmpp_stanza_t *payload);

/** Keeps a reply, to complete it after the handler has returned. Each clone needs a release; when
 *  the last reference of an unanswered reply goes, internal-server-error is sent and logged. */
JINGLE_API jingle_reply_t *jingle_reply_clone(jingle_reply_t *reply);
/** Gives a reference back. NULL is ignored. */
JINGLE_API void jingle_reply_release(jingle_reply_t *reply);
/** @return the session; NULL for a served request. Borrowed as long as the reply */
JINGLE_API jingle_session_t *jingle_reply_get_session(const jingle_reply_t *reply);
/** @return what the action said; NULL for a served request. Borrowed as long as the reply */
JINGLE_API const jingle_data_t *jingle_reply_get_data(const jingle_reply_t *reply);
/** @return the IQ; NULL for an action of jingle_session_process(). Borrowed as long as the reply */
JINGLE_API xmpp_stanza_t *jingle_reply_get_stanza(const jingle_reply_t *reply);
/** @return true until it is completed */
JINGLE_API bool jingle_reply_is_open(const jingle_reply_t *reply);

/* ---- making and keeping sessions ----------------------------------------------------------- */

/** How a session of ours is made; every field may be left out. */
typedef struct {
    size_t size;        /**< set by JINGLE_SESSION() */
    const char *sid;    /**< NULL: made up, random and an Nmtoken (XEP-0166 section 7.1) */
    const char *own;    /**< our JID, for components; NULL: the manager's */
    jingle_role_t role; /**< default: initiator */
    const jingle_session_type_t *type; /**< NULL: the base type */
    void *type_userdata;               /**< given to type->create */
    const char *const *applications;   /**< namespaces it will be for; see jingle_tie_break_fn */
    size_t n_applications;             /**< how many */
    void *user;                        /**< see jingle_session_set_user() */
    void (*user_free)(void *);         /**< frees user, also when no session is made; or NULL */
} jingle_session_config_t;

/** `jingle_session_new(jingle, peer, JINGLE_SESSION(.type = &chess), &session)` */
#define JINGLE_SESSION(...)                                                                        \
    (&(const jingle_session_config_t){.size = sizeof(jingle_session_config_t), __VA_ARGS__})

/** Makes a session and adds it to the manager (event created). Nothing is sent before
 *  jingle_session_start().
 *  @param peer   full JID; node and domain are folded to lower case (ASCII)
 *  @param config NULL for all defaults
 *  @param session receives it, borrowed while it lives; may be NULL
 *  @return JINGLE_EOK, JINGLE_EMEM, JINGLE_EINVAL (peer, sid or a field of config not valid),
 *          JINGLE_EEXIST (peer and sid are taken), JINGLE_ELIMIT, JINGLE_EINVOP (it was ended inside the event, or the
 *          manager is going), or what type->create returned */
JINGLE_API int jingle_session_new(jingle_t *jingle, const char *peer,
                                  const jingle_session_config_t *config,
                                  jingle_session_t **session);

/** Keeps a session, also beyond its end. */
JINGLE_API jingle_session_t *jingle_session_clone(jingle_session_t *session);
/** Gives a reference back. NULL is ignored. */
JINGLE_API void jingle_session_release(jingle_session_t *session);

/** @return the sid; never NULL */
JINGLE_API const char *jingle_session_get_sid(const jingle_session_t *session);
/** @return the peer's JID, to which everything is sent; never NULL */
JINGLE_API const char *jingle_session_get_peer(const jingle_session_t *session);
/** @return our JID in this session; NULL when none was known */
JINGLE_API const char *jingle_session_get_own(const jingle_session_t *session);
/** @return our role */
JINGLE_API jingle_role_t jingle_session_get_role(const jingle_session_t *session);
/** @return the state (XEP-0166 section 5.1); ended for NULL */
JINGLE_API jingle_state_t jingle_session_get_state(const jingle_session_t *session);
/** @return the state of the data path, as the session type told it; starting for NULL */
JINGLE_API jingle_connection_t jingle_session_get_connection(const jingle_session_t *session);
/** @return the session type; the base type is a type too: never NULL */
JINGLE_API const jingle_session_type_t *jingle_session_get_type(const jingle_session_t *session);
/** @return what type->create made */
JINGLE_API void *jingle_session_get_self(const jingle_session_t *session);
/** @return the manager; NULL once it is freed */
JINGLE_API jingle_t *jingle_session_get_manager(const jingle_session_t *session);
/** An opaque name for the peer that stays the same for the life of its sessions, equal for two
 *  sessions exactly if own JID and peer are; never 0. */
JINGLE_API uint64_t jingle_session_get_peer_id(const jingle_session_t *session);

/** Did we offer the session? */
JINGLE_API bool jingle_session_is_initiator(const jingle_session_t *session);
/** Is the state "starting"? */
JINGLE_API bool jingle_session_is_starting(const jingle_session_t *session);
/** Is the state "pending": offered, not accepted? */
JINGLE_API bool jingle_session_is_pending(const jingle_session_t *session);
/** Is the state "active": accepted? */
JINGLE_API bool jingle_session_is_active(const jingle_session_t *session);
/** Is the state "ended"? */
JINGLE_API bool jingle_session_is_ended(const jingle_session_t *session);
/** Was it the peer's session-terminate that ended it (XEP-0166 section 6.7)? */
JINGLE_API bool jingle_session_is_ended_by_peer(const jingle_session_t *session);
/** Is the connection state "connecting"? */
JINGLE_API bool jingle_session_is_connecting(const jingle_session_t *session);
/** Is the connection state "connected"? */
JINGLE_API bool jingle_session_is_connected(const jingle_session_t *session);
/** Is the connection state "disconnected"? */
JINGLE_API bool jingle_session_is_disconnected(const jingle_session_t *session);
/** Is the connection state "interrupted"? */
JINGLE_API bool jingle_session_is_interrupted(const jingle_session_t *session);
/** Is the offer acknowledged: ours by the peer, or the peer's by us? */
JINGLE_API bool jingle_session_is_acknowledged(const jingle_session_t *session);
/** Does the manager route to it (it was added and has not ended)? */
JINGLE_API bool jingle_session_is_tracked(const jingle_session_t *session);

/** @return the action of our last unanswered request that can tie, JINGLE_ACTION_UNKNOWN when there
 *          is none; of an ended session always that */
JINGLE_API jingle_action_t jingle_session_get_pending_action(const jingle_session_t *session);
/** @return number of our unanswered requests */
JINGLE_API size_t jingle_session_count_requests(const jingle_session_t *session);
/** The applications (namespaces of descriptions) of the offer.
 *  @param index from 0 @return borrowed; NULL past the end */
JINGLE_API const char *jingle_session_get_application(const jingle_session_t *session,
                                                      size_t index);

/** A pointer of the program's own.
 *  @param free_fn called with user when it is replaced or the session is freed; or NULL */
JINGLE_API void jingle_session_set_user(jingle_session_t *session, void *user,
                                        void (*free_fn)(void *));
/** @return what was set last, or NULL */
JINGLE_API void *jingle_session_get_user(const jingle_session_t *session);

/* ---- what a program does ------------------------------------------------------------------- */

/** Starts a session of ours that is "starting", once: the type sends session-initiate. A type without
 *  start ends the session here whatever its role and state.
 *  @return JINGLE_EOK, JINGLE_EINVOP (not the initiator, not starting, started already), or what
 *          type->start returned. An offer that could not leave ends the session in the same way as
 *          an accept, see there */
JINGLE_API int jingle_session_start(jingle_session_t *session);
/** Accepts the peer's offer: the type sends session-accept (XEP-0166 section 6.5). A type without
 *  accept ends the session here whatever its role and state.
 *  @return JINGLE_EOK, JINGLE_EINVOP (not the responder, not pending, accepted already, offer not
 *          acknowledged), or what type->accept returned. A session-accept that could not leave (no
 *          connection, no memory) ends the session with connectivity-error: the peer still waits */
JINGLE_API int jingle_session_accept(jingle_session_t *session);
/** Ends with the reason cancel: the initiator withdraws. @return JINGLE_EOK or JINGLE_EINVOP */
JINGLE_API int jingle_session_cancel(jingle_session_t *session);
/** Ends with the reason decline: the responder refuses. @return JINGLE_EOK or JINGLE_EINVOP */
JINGLE_API int jingle_session_decline(jingle_session_t *session);
/** Ends the session, in this order: state ended; actions that wait are answered unknown-session (a
 *  session-terminate: acknowledged); session-terminate is sent, unless silent, or the peer does not
 *  know of the session; type->ended; event terminated (XEP-0166 section 6.7). An offer that is
 *  being handled is acknowledged before session-terminate.
 *  @param end NULL for the defaults
 *  @return JINGLE_EOK; JINGLE_EINVOP when it has ended already, or is only being made (type->create) */
JINGLE_API int jingle_session_end(jingle_session_t *session, const jingle_end_t *end);

/* ---- what a session type does -------------------------------------------------------------- */

/** Sends an action and keeps the request until it is answered; an error is told as an event.
 *  session-initiate and session-accept change the state first, as start() and accept() do, and go
 *  out once each; session-terminate is jingle_session_end() with the reason of data.
 *  @param data contents, reason and payloads; NULL: nothing. action, sid, initiator and responder
 *         are filled in. Borrowed for the call
 *  @return JINGLE_EOK; JINGLE_EINVOP (the state forbids it, see docs/design.md, States, and XEP-0166
 *          section 5.1; or no session type has a handler for source-add and source-remove),
 *          JINGLE_EINVAL (a session-initiate or -accept without contents, or with a malformed one),
 *          JINGLE_EMEM, JINGLE_ELIMIT (too many unanswered requests; data that jingle_data_to_xml() refuses
 *          with it), JINGLE_ESEND */
JINGLE_API int jingle_session_send(jingle_session_t *session, jingle_action_t action,
                                   const jingle_data_t *data);
/** As jingle_session_send(), and tells the answer.
 *  @param on_answer called exactly once if JINGLE_EOK is returned, never otherwise. The event error
 *         comes after it */
JINGLE_API int jingle_session_request(jingle_session_t *session, jingle_action_t action,
                                      const jingle_data_t *data, jingle_answer_fn on_answer,
                                      void *userdata);

/** Tells how jingle_session_process() came out. @param error NULL: acknowledged */
typedef void (*jingle_processed_fn)(jingle_session_t *session, const jingle_error_t *error,
                                    void *userdata);
/** Handles an action as if the peer had sent it: checks, queue, handler; no IQ answers it.
 *  @param data must stay as it is until on_done is called
 *  @param on_done called exactly once if JINGLE_EOK is returned; may be NULL
 *  @return JINGLE_EOK, JINGLE_EINVAL, JINGLE_EINVOP (ended), JINGLE_EMEM */
JINGLE_API int jingle_session_process(jingle_session_t *session, const jingle_data_t *data,
                                      jingle_processed_fn on_done, void *userdata);

/** Sets the state (event state). Ending is jingle_session_end()'s. Who sets another than starting says
 *  that the peer knows of the session, so that actions can be sent; not so in a type's start, nor while
 *  the peer's offer is being handled.
 *  @return JINGLE_EOK (also for the value it has, without an event), JINGLE_EINVAL, JINGLE_EINVOP
 *          (ended) */
JINGLE_API int jingle_session_set_state(jingle_session_t *session, jingle_state_t state);
/** Sets the connection state (event connection), also of a session that has ended: a data path may
 *  go down later than its session.
 *  @return JINGLE_EOK (also for the value it has, without an event), JINGLE_EINVAL, JINGLE_EINVOP
 *          (the manager is freed) */
JINGLE_API int jingle_session_set_connection(jingle_session_t *session,
                                             jingle_connection_t connection);
/** Replaces the list of jingle_session_get_application(). @return JINGLE_EOK, JINGLE_EMEM */
JINGLE_API int jingle_session_set_applications(jingle_session_t *session,
                                               const char *const *applications,
                                               size_t n_applications);

#ifdef __cplusplus
}
#endif

#endif
