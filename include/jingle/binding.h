/* SPDX-License-Identifier: MIT */
/** @file
 *  The binding: a manager on a libstrophe connection, as a client or as a component (XEP-0114).
 *
 *  `jingle_attach(jingle, conn)` is all that a bot needs: stanzas come in by handlers, go out by
 *  xmpp_send_raw(), time and our own JID are looked after, and xmpp_run() drives everything. Beside
 *  that the binding does what Jingle wants of the XMPP around it: service discovery and entity
 *  capabilities (XEP-0166 section 11), who may offer (sections 6.3.2 and 13.2), and the peer that
 *  goes offline (section 6.7).
 *
 *  The rules on threads, re-entrancy and ownership are in manager.h; a manager is used by the thread
 *  that runs its context. libstrophe writes to sockets that the other side may have closed: ignore
 *  SIGPIPE. */
#ifndef JINGLE_BINDING_H
#define JINGLE_BINDING_H

#include <jingle/manager.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Namespace of service discovery (XEP-0030): what an entity can do. */
#define JINGLE_NS_DISCO_INFO "http://jabber.org/protocol/disco#info"
/** Namespace of service discovery (XEP-0030): what belongs to an entity. */
#define JINGLE_NS_DISCO_ITEMS "http://jabber.org/protocol/disco#items"
/** Namespace of entity capabilities (XEP-0115). */
#define JINGLE_NS_CAPS "http://jabber.org/protocol/caps"
/** Namespace of the roster (RFC 6121 section 2). */
#define JINGLE_NS_ROSTER "jabber:iq:roster"

/* ---- attaching ----------------------------------------------------------------------------- */

/** Who may open sessions with us. The others are answered service-unavailable whatever they send,
 *  as if there were no Jingle here, to service discovery too; our own account and our server are always
 *  answered that. */
typedef enum {
    /** What is in force stays; at first that is what jingle_config_t.may_offer or
     *  jingle_set_may_offer() say, and without either it is anyone. The default: nothing is accepted
     *  but by the program's decision, and the limits hold for all. */
    JINGLE_OFFERS_CONFIGURED = 0,
    JINGLE_OFFERS_ANYONE,
    /** Those who may see our presence (subscription "from" or "both") and our own account. The roster
     *  is asked for at each login and followed; until it is there nobody is a contact. Clients only. */
    JINGLE_OFFERS_CONTACTS,
    JINGLE_OFFERS_LISTED, /**< who is in the list, see jingle_allow() */
    JINGLE_OFFERS_NOBODY  /**< we may open sessions, nobody else */
} jingle_offers_t;

/** An identity for service discovery (XEP-0030 section 3.1). */
typedef struct {
    const char *category; /**< such as "client" */
    const char *type;     /**< such as "bot" */
    const char *lang;     /**< language of name, or NULL */
    const char *name;     /**< for people, or NULL */
} jingle_identity_t;

/** Sees a stanza go by, in short.
 *  @param sent true: this manager sends it; false: it has come. What the program sends with
 *         xmpp_send() is not seen
 *  @param line as jingle_describe_stanza() writes it; borrowed for the call */
typedef void (*jingle_trace_fn)(jingle_t *jingle, bool sent, const char *line, void *userdata);

/** How a manager is attached; every field may be left out. Use JINGLE_ATTACH(). */
typedef struct {
    size_t size;                /**< set by JINGLE_ATTACH() */
    jingle_offers_t offers;     /**< who may open sessions with us */
    const char *const *allowed; /**< JIDs for JINGLE_OFFERS_LISTED, see jingle_allow(). Copied */
    size_t n_allowed;           /**< how many */
    /** ms from a peer's unavailable presence to the end of its sessions (reason gone, session-terminate
     *  sent), XEP-0166 section 6.7; any stanza from that full JID in between, or jingle_peer_seen(),
     *  calls it off. A component's sessions: those of the bare JID of ours that this was said to.
     *  0: 7,000; UINT32_MAX: never */
    uint32_t grace;
    /** Answer disco#info and disco#items for our JID. Leave it out when the program answers them
     *  itself (jingle_fill_disco() helps): one IQ must not be answered twice. */
    bool answer_disco;
    const jingle_identity_t *identities; /**< with answer_disco; NULL: one, client/bot or, for a
                                              component, component/generic. Copied */
    size_t n_identities;                 /**< how many */
    const char
        *node; /**< a URI for the software, for entity capabilities; NULL: the library's. Copied */
    /** Answer service-unavailable to every IQ request that is not the manager's, which RFC 6120
     *  section 8.2.3 wants and libstrophe does not do, and roster pushes with a result. Only for
     *  programs without IQ handlers of their own. */
    bool answer_unhandled;
    /** The connection is a component's. It is found out where it can be; say it if stanzas are sent
     *  before any has come. */
    bool component;
    /** Octets of stanzas that are kept when they are sent while the connection is down, and sent once
     *  it is up again with the same full JID (the stream may have been resumed, XEP-0198); with
     *  another JID they are dropped with the sessions. 0: none, sending is JINGLE_ESEND. Only for
     *  programs that connect again: until then the sessions wait. */
    size_t hold;
    jingle_trace_fn trace; /**< sees all stanzas of the manager; NULL: nobody does */
    void *trace_userdata;  /**< for trace */
} jingle_attach_config_t;

/** `jingle_attach_with(jingle, conn, JINGLE_ATTACH(.answer_disco = true))` */
#define JINGLE_ATTACH(...)                                                                         \
    (&(const jingle_attach_config_t){.size = sizeof(jingle_attach_config_t), __VA_ARGS__})

/** Attaches a manager to a connection, before or after it is connected. From then on xmpp_run()
 *  drives it. A manager that is attached already moves: so sessions survive a reconnect with a
 *  fresh connection, and Stream Management state that was moved there. The settings of
 *  jingle_attach_with() stay; the first time they are the defaults.
 *
 *  After a reconnect with the same full JID the sessions go on (the stream may have been resumed,
 *  XEP-0198). With another one they are ended with the reason gone and without session-terminate,
 *  which the peer would take for a stranger's.
 *
 *  @param conn of the manager's context. A reference is held until the manager is detached, so
 *         detach (or free the manager) before you count on xmpp_conn_release() to disconnect
 *  @return JINGLE_EOK; JINGLE_EEXIST: another manager is attached to this connection (both would
 *          answer); JINGLE_EINVAL: another context; JINGLE_EMEM */
JINGLE_API int jingle_attach(jingle_t *jingle, xmpp_conn_t *conn);
/** As jingle_attach(), with settings, which replace those of before.
 *  @param config copied; NULL: the settings stay
 *  @return as jingle_attach(); JINGLE_EINVAL also for a setting that is not valid; JINGLE_EEXIST
 *          also when answer_disco is set and the program serves disco by jingle_serve() */
JINGLE_API int jingle_attach_with(jingle_t *jingle, xmpp_conn_t *conn,
                                  const jingle_attach_config_t *config);
/** Takes the manager off its connection; jingle_free() does it too, inside the event of a session's end
 *  when that is over (detach first, if another manager is to be attached there). Sessions live on and cannot
 *  send (JINGLE_ESEND); deadlines that pass meanwhile are met at the next jingle_attach().
 *  @return JINGLE_EOK; JINGLE_EINVOP when it was not attached */
JINGLE_API int jingle_detach(jingle_t *jingle);
/** @return the connection the manager is attached to, or NULL */
JINGLE_API xmpp_conn_t *jingle_get_conn(const jingle_t *jingle);
/** Can stanzas be sent now? @return true: attached, connected and logged in */
JINGLE_API bool jingle_is_online(const jingle_t *jingle);

/** Tells what happened to the connection; to be called first in the program's connection callback.
 *  Without it the same is found out by the next stanza or within a second; it is needed only to open
 *  sessions inside that callback, which must know our JID.
 *  @param conn another connection than the manager's is ignored, so every callback may call it */
JINGLE_API void jingle_conn_event(jingle_t *jingle, xmpp_conn_t *conn, xmpp_conn_event_t event);

/** xmpp_connect_component() that works: in libstrophe 0.12.2 and later that function leads to a
 *  crash with the first stanza or the disconnect. Parameters and result are those of
 *  xmpp_connect_component(). Do not call xmpp_conn_get_sm_state() on a component. */
JINGLE_API int jingle_connect_component(xmpp_conn_t *conn, const char *server, unsigned short port,
                                        xmpp_conn_handler callback, void *userdata);

/* ---- who may offer ------------------------------------------------------------------------- */

/** Changes the policy.
 *  @return JINGLE_EOK, JINGLE_EINVAL (JINGLE_OFFERS_CONFIGURED, and contacts of a component),
 *          JINGLE_EINVOP (was never attached) */
JINGLE_API int jingle_set_offers(jingle_t *jingle, jingle_offers_t offers);
/** Adds to the list of JINGLE_OFFERS_LISTED: a full JID stands for itself, a bare one for all its
 *  resources, a domain for itself and all JIDs at it. Node and domain are folded to lower case
 *  (ASCII).
 *  @return JINGLE_EOK (also when it is there), JINGLE_EMEM, JINGLE_EINVAL, JINGLE_EINVOP (was never
 *          attached) */
JINGLE_API int jingle_allow(jingle_t *jingle, const char *jid);
/** Takes it out again; sessions that live stay. @return JINGLE_EOK, JINGLE_ENOENT, JINGLE_EINVOP */
JINGLE_API int jingle_disallow(jingle_t *jingle, const char *jid);

/* ---- the presence of peers ----------------------------------------------------------------- */

/** Says that a peer was heard of by another way than stanzas (checks, media): calls off the end of
 *  its sessions that an unavailable presence has set (XEP-0166 section 6.7). @param peer full JID */
JINGLE_API void jingle_peer_seen(jingle_t *jingle, const char *peer);

/** A device: an available resource of an account, as its last presence told. */
typedef struct {
    const char *jid; /**< full JID */
    int priority;    /**< RFC 6121 section 4.7.2.3 */
} jingle_device_t;

/** Iterates over the devices of an account that are known to be available. At most 4,096 devices
 *  are known at a time, 32 of one account; those not heard of for longest go first.
 *  @param bare   bare JID
 *  @param after  full JID of the device before, need not exist any more; NULL for the first
 *  @param device receives it; borrowed until the next stanza
 *  @return true; false after the last */
JINGLE_API bool jingle_next_device(const jingle_t *jingle, const char *bare, const char *after,
                                   jingle_device_t *device);

/* ---- discovery ----------------------------------------------------------------------------- */

/** What an entity told about itself (XEP-0030 section 3.1). */
typedef struct {
    const jingle_identity_t *identities; /**< by category, type and language */
    size_t n_identities;                 /**< how many */
    const char *const *features;         /**< in octet order, each once */
    size_t n_features;                   /**< how many */
} jingle_disco_t;

/** @return whether the feature is among them; false for NULL */
JINGLE_API bool jingle_disco_has(const jingle_disco_t *disco, const char *feature);

/** Called exactly once for each query.
 *  @param disco borrowed for the call; NULL when it could not be learnt
 *  @param error the peer's answer or remote-server-timeout when disco is NULL, if there is one */
typedef void (*jingle_disco_fn)(jingle_t *jingle, const char *peer, const jingle_disco_t *disco,
                                const jingle_error_t *error, void *userdata);
/** Asks what a peer can do: from its entity capabilities where they are known and were verified
 *  (then on_disco is called before this returns and nothing is sent), else by disco#info.
 *  @param peer full JID, or any other JID; NULL: our own account
 *  @param own  our JID, for components; NULL: the manager's
 *  @return JINGLE_EOK: on_disco was or will be called; else it will not: JINGLE_EMEM, JINGLE_EINVAL,
 *          JINGLE_ESEND, JINGLE_EINVOP (was never attached), JINGLE_ELIMIT (256 queries wait) */
JINGLE_API int jingle_query_disco(jingle_t *jingle, const char *peer, const char *own,
                                  jingle_disco_fn on_disco, void *userdata);

/** @param supported 1: yes; 0: no; negative: it could not be learnt */
typedef void (*jingle_supports_fn)(jingle_t *jingle, const char *peer, const char *feature,
                                   int supported, void *userdata);
/** Asks whether a peer has a feature. Parameters and result as jingle_query_disco(). */
JINGLE_API int jingle_query_feature(jingle_t *jingle, const char *peer, const char *own,
                                    const char *feature, jingle_supports_fn on_answer,
                                    void *userdata);
/** What is known already. @return 1: the peer has the feature; 0: it has not; JINGLE_ENOENT: not
 *  known, ask; JINGLE_EINVAL, JINGLE_EINVOP (was never attached) */
JINGLE_API int jingle_knows_feature(const jingle_t *jingle, const char *peer, const char *feature);

/** For programs that answer disco#info themselves: adds `<feature/>` to a disco#info `<query/>` for
 *  each feature of the manager that it has not yet. (With answer_disco the binding has some of its own.)
 *  @return JINGLE_EOK, JINGLE_EMEM, JINGLE_EINVAL */
JINGLE_API int jingle_fill_disco(jingle_t *jingle, xmpp_stanza_t *query);
/** With answer_disco: adds our entity capabilities (XEP-0115 section 4) to a presence of the
 *  program's that is about to be sent. When the features change, send a presence again.
 *  @return JINGLE_EOK, JINGLE_EMEM, JINGLE_EINVAL, JINGLE_EINVOP (no answer_disco: nobody would
 *          answer for what it says) */
JINGLE_API int jingle_add_caps(jingle_t *jingle, xmpp_stanza_t *presence);

/* ---- to look at ---------------------------------------------------------------------------- */

/** Writes a stanza in short, on one line, for people: kind, type, addresses, id, payload; of a
 *  `<jingle/>` also action, sid, contents and reason. Nothing else of the payload is written: no
 *  message text, no data, no keys, no network addresses. Control characters become '?'.
 *  @param buffer receives the line, always terminated, cut at size
 *  @return its length without the NUL, cut or not; 0 for NULL */
JINGLE_API size_t jingle_describe_stanza(xmpp_stanza_t *stanza, char *buffer, size_t size);

#ifdef __cplusplus
}
#endif

#endif
