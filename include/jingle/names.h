/* SPDX-License-Identifier: MIT */
/** @file
 *  The words of Jingle: return codes, actions, states, reasons, errors.
 *
 *  Each set of names is one X-macro list; the enum, the wire name and the words for people all come
 *  from it. All functions here are pure: they may be called from anywhere, in any thread. */
#ifndef JINGLE_NAMES_H
#define JINGLE_NAMES_H

#ifdef __cplusplus
extern "C" {
#endif

/** Marks what the library exports. */
#if defined(__GNUC__)
#define JINGLE_API __attribute__((visibility("default")))
#else
#define JINGLE_API
#endif

/** Namespace of `<jingle/>` (XEP-0166 section 7.1). */
#define JINGLE_NS "urn:xmpp:jingle:1"
/** Namespace of the Jingle conditions of an error (XEP-0166 section 10). */
#define JINGLE_NS_ERRORS "urn:xmpp:jingle:errors:1"
/** Namespace of the conditions of a stanza error (RFC 6120 section 8.3). */
#define JINGLE_NS_STANZAS "urn:ietf:params:xml:ns:xmpp-stanzas"

/** What functions of this library return: 0, or one of these. The first four are libstrophe's
 *  XMPP_EOK, XMPP_EMEM, XMPP_EINVOP and XMPP_EINT. X(name, value, words) */
#define JINGLE_CODES(X)                                                                            \
    X(EOK, 0, "no error")                                                                          \
    X(EMEM, -1, "out of memory")                                                                   \
    X(EINVOP, -2, "not possible now: wrong state, already done, or the session has ended")         \
    X(EINT, -3, "internal error")                                                                  \
    X(EINVAL, -4, "an argument is missing or not valid")                                           \
    X(EEXIST, -5, "this already exists")                                                           \
    X(ENOENT, -6, "there is no such thing")                                                        \
    X(ELIMIT, -7, "a limit is reached; raise it with jingle_set_limits or try later")              \
    X(ESEND, -8, "nothing can be sent: the connection is down or no send function is set")         \
    X(EPROTO, -9, "the XML does not follow the specification")                                     \
    X(EIO, -10, "reading or writing failed")                                                       \
    X(EDATA, -11, "the saved data is damaged, or was not saved by this library")                   \
    X(EVERSION, -12, "the data was saved by a version of this library that is not known here")

/** The values of JINGLE_CODES, such as JINGLE_EMEM. */
typedef enum {
#define JINGLE_X(name, value, words) JINGLE_##name = (value),
    JINGLE_CODES(JINGLE_X)
#undef JINGLE_X
} jingle_code_t;

/** Words for people for a return code.
 *  @return a constant string, never NULL */
JINGLE_API const char *jingle_strerror(int code);

/** The 15 actions of XEP-0166 section 7.2, then the two of XEP-0339's predecessors that a session
 *  type may ask for. X(NAME, wire name, handler) */
#define JINGLE_ACTIONS(X)                                                                          \
    X(SESSION_INITIATE, "session-initiate", on_session_initiate)                                   \
    X(SESSION_ACCEPT, "session-accept", on_session_accept)                                         \
    X(SESSION_TERMINATE, "session-terminate", on_session_terminate)                                \
    X(SESSION_INFO, "session-info", on_session_info)                                               \
    X(SECURITY_INFO, "security-info", on_security_info)                                            \
    X(DESCRIPTION_INFO, "description-info", on_description_info)                                   \
    X(CONTENT_ADD, "content-add", on_content_add)                                                  \
    X(CONTENT_ACCEPT, "content-accept", on_content_accept)                                         \
    X(CONTENT_REJECT, "content-reject", on_content_reject)                                         \
    X(CONTENT_MODIFY, "content-modify", on_content_modify)                                         \
    X(CONTENT_REMOVE, "content-remove", on_content_remove)                                         \
    X(TRANSPORT_INFO, "transport-info", on_transport_info)                                         \
    X(TRANSPORT_REPLACE, "transport-replace", on_transport_replace)                                \
    X(TRANSPORT_ACCEPT, "transport-accept", on_transport_accept)                                   \
    X(TRANSPORT_REJECT, "transport-reject", on_transport_reject)                                   \
    X(SOURCE_ADD, "source-add", on_source_add)                                                     \
    X(SOURCE_REMOVE, "source-remove", on_source_remove)

/** The actions, such as JINGLE_ACTION_SESSION_INITIATE. */
typedef enum {
    JINGLE_ACTION_UNKNOWN = 0, /**< absent, or none of the names below */
#define JINGLE_X(name, wire, handler) JINGLE_ACTION_##name,
    JINGLE_ACTIONS(JINGLE_X)
#undef JINGLE_X
        JINGLE_ACTION_COUNT
} jingle_action_t;

/** @return the wire name, NULL for JINGLE_ACTION_UNKNOWN and values out of range */
JINGLE_API const char *jingle_action_name(jingle_action_t action);
/** @return the action of that wire name (compared octet by octet), else JINGLE_ACTION_UNKNOWN */
JINGLE_API jingle_action_t jingle_action_from_name(const char *name);

/** States of a session, XEP-0166 section 5.1. "starting" is local: created and not started (we are
 *  the initiator), or an offer that was not acknowledged yet (we are the responder). */
#define JINGLE_STATES(X)                                                                           \
    X(STARTING, "starting") X(PENDING, "pending") X(ACTIVE, "active") X(ENDED, "ended")

/** The states, such as JINGLE_STATE_PENDING. */
typedef enum {
#define JINGLE_X(name, wire) JINGLE_STATE_##name,
    JINGLE_STATES(JINGLE_X)
#undef JINGLE_X
        JINGLE_STATE_COUNT
} jingle_state_t;

/** @return the state's name, never NULL ("?" out of range) */
JINGLE_API const char *jingle_state_name(jingle_state_t state);

/** State of the media or data path, told by the session type. */
#define JINGLE_CONNECTIONS(X)                                                                      \
    X(STARTING, "starting")                                                                        \
    X(CONNECTING, "connecting")                                                                    \
    X(CONNECTED, "connected") X(DISCONNECTED, "disconnected") X(INTERRUPTED, "interrupted")

/** The connection states, such as JINGLE_CONNECTION_CONNECTED. */
typedef enum {
#define JINGLE_X(name, wire) JINGLE_CONNECTION_##name,
    JINGLE_CONNECTIONS(JINGLE_X)
#undef JINGLE_X
        JINGLE_CONNECTION_COUNT
} jingle_connection_t;

/** @return the connection state's name, never NULL ("?" out of range) */
JINGLE_API const char *jingle_connection_name(jingle_connection_t connection);

/** Our part in the session. */
typedef enum { JINGLE_ROLE_INITIATOR, JINGLE_ROLE_RESPONDER } jingle_role_t;

/** Who made a content (XEP-0166 section 7.3). */
typedef enum {
    JINGLE_CREATOR_INITIATOR, /**< also when the attribute is absent */
    JINGLE_CREATOR_RESPONDER,
    JINGLE_CREATOR_INVALID /**< any other text */
} jingle_creator_t;

/** Who sends in a content (XEP-0166 section 7.3). */
typedef enum {
    JINGLE_SENDERS_BOTH, /**< also when the attribute is absent */
    JINGLE_SENDERS_INITIATOR,
    JINGLE_SENDERS_NONE,
    JINGLE_SENDERS_RESPONDER,
    JINGLE_SENDERS_INVALID /**< any other text */
} jingle_senders_t;

/** @return "initiator" or "responder"; NULL for JINGLE_CREATOR_INVALID */
JINGLE_API const char *jingle_creator_name(jingle_creator_t creator);
/** @return the wire value; NULL for JINGLE_SENDERS_INVALID */
JINGLE_API const char *jingle_senders_name(jingle_senders_t senders);
/** Reads the attribute; NULL (absent) is the default of XEP-0166 section 7.3. */
JINGLE_API jingle_creator_t jingle_creator_from_name(const char *name);
/** Reads the attribute; NULL (absent) is the default of XEP-0166 section 7.3. */
JINGLE_API jingle_senders_t jingle_senders_from_name(const char *name);

/** The 17 reasons of XEP-0166 section 7.4. X(NAME, wire name, words) */
#define JINGLE_REASONS(X)                                                                          \
    X(ALTERNATIVE_SESSION, "alternative-session", "another session is to be used instead")         \
    X(BUSY, "busy", "the other side is busy")                                                      \
    X(CANCEL, "cancel", "cancelled")                                                               \
    X(CONNECTIVITY_ERROR, "connectivity-error", "no connection could be made, or it broke")        \
    X(DECLINE, "decline", "declined")                                                              \
    X(EXPIRED, "expired", "a time limit was reached")                                              \
    X(FAILED_APPLICATION, "failed-application", "the application could not be set up")             \
    X(FAILED_TRANSPORT, "failed-transport", "no way to transport the data is left")                \
    X(GENERAL_ERROR, "general-error", "something went wrong")                                      \
    X(GONE, "gone", "the other side went offline")                                                 \
    X(INCOMPATIBLE_PARAMETERS, "incompatible-parameters", "the offered parameters cannot be used") \
    X(MEDIA_ERROR, "media-error", "the data could not be processed")                               \
    X(SECURITY_ERROR, "security-error", "a security policy forbids it")                            \
    X(SUCCESS, "success", "finished")                                                              \
    X(TIMEOUT, "timeout", "no answer came in time")                                                \
    X(UNSUPPORTED_APPLICATIONS, "unsupported-applications", "the application is not supported")    \
    X(UNSUPPORTED_TRANSPORTS, "unsupported-transports", "no offered transport is supported")

/** The reasons, such as JINGLE_REASON_SUCCESS. */
typedef enum {
    JINGLE_REASON_UNDEFINED = 0, /**< none, or none of the names below */
#define JINGLE_X(name, wire, words) JINGLE_REASON_##name,
    JINGLE_REASONS(JINGLE_X)
#undef JINGLE_X
        JINGLE_REASON_COUNT
} jingle_condition_t;

/** @return the wire name, "undefined" for JINGLE_REASON_UNDEFINED and out of range: never NULL */
JINGLE_API const char *jingle_reason_name(jingle_condition_t condition);
/** @return a few words for people, never NULL */
JINGLE_API const char *jingle_reason_words(jingle_condition_t condition);
/** @return the reason of that wire name, else JINGLE_REASON_UNDEFINED */
JINGLE_API jingle_condition_t jingle_reason_from_name(const char *name);

/** The errors that Jingle answers with: XEP-0166 sections 6.3.2, 9 and 10.
 *  X(NAME, type, condition, jingle condition or NULL, words) */
#define JINGLE_ERRORS(X)                                                                           \
    X(BAD_REQUEST, "cancel", "bad-request", NULL, "the request is malformed")                      \
    X(OUT_OF_ORDER, "cancel", "unexpected-request", "out-of-order",                                \
      "the request does not fit the state of the session")                                         \
    X(TIE_BREAK, "cancel", "conflict", "tie-break", "both sides asked for the same at once")       \
    X(UNKNOWN_SESSION, "cancel", "item-not-found", "unknown-session",                              \
      "the other side knows no such session")                                                      \
    X(UNSUPPORTED_INFO, "modify", "feature-not-implemented", "unsupported-info",                   \
      "the information is not understood")                                                         \
    X(SECURITY_REQUIRED, "cancel", "not-acceptable", "security-required",                          \
      "this must not be sent unprotected")                                                         \
    X(SERVICE_UNAVAILABLE, "cancel", "service-unavailable", NULL,                                  \
      "the other side takes no such requests from us")                                             \
    X(REDIRECT, "modify", "redirect", NULL, "another address is to be used")                       \
    X(RESOURCE_CONSTRAINT, "wait", "resource-constraint", NULL, "the other side is overloaded")    \
    X(INTERNAL_SERVER_ERROR, "cancel", "internal-server-error", NULL, "an internal error")         \
    X(NOT_ACCEPTABLE, "modify", "not-acceptable", NULL, "the other side refuses the parameters")   \
    X(ITEM_NOT_FOUND, "cancel", "item-not-found", NULL, "there is no such thing")                  \
    X(REMOTE_SERVER_TIMEOUT, "wait", "remote-server-timeout", NULL, "no answer came in time")

/** The errors, such as JINGLE_ERROR_BAD_REQUEST; see jingle_error_of(). */
typedef enum {
    JINGLE_ERROR_OTHER = 0, /**< an error that is none of the list */
#define JINGLE_X(name, type, condition, jingle, words) JINGLE_ERROR_##name,
    JINGLE_ERRORS(JINGLE_X)
#undef JINGLE_X
        JINGLE_ERROR_COUNT
} jingle_error_code_t;

#ifdef __cplusplus
}
#endif

#endif
