/* SPDX-License-Identifier: MIT */
/** @file
 *  The managed session type: keeps the contents of a session and drives plug-ins, one application,
 *  one transport and maybe one security for each content.
 *  A plug-in never sends a Jingle stanza and never sets a state. It says ready, news, open or fail;
 *  the managed type asks it to describe itself when sending is legal. So what may be sent when,
 *  tie-breaks, all-or-nothing and the fallback from one transport to the next are in one place.
 *
 *  What a plug-in or program says inside a function that the managed type has called is noted, and
 *  acted on when that function has returned: no function of a plug-in is entered twice on the way
 *  to itself, but for stop, closed and the functions of channels. `free` waits until no function of
 *  the part is being executed; a plug-in that calls up from outside (from an event loop, a timer, an
 *  answer) and goes on to use its self afterwards keeps it with jingle_part_clone().
 *
 *  The rules on threads, re-entrancy and ownership are in manager.h. */
#ifndef JINGLE_MANAGED_H
#define JINGLE_MANAGED_H

#include <jingle/save.h>

#ifdef __cplusplus
extern "C" {
#endif

/** One content of a managed session. */
typedef struct jingle_content jingle_content_t;
/** One plug-in at work in one content: what a plug-in knows of the managed type, and says to it. */
typedef struct jingle_part jingle_part_t;
/** A way for data that a transport has opened. */
typedef struct jingle_channel jingle_channel_t;

/* ---- channels: what a transport opens and lends to an application --------------------------- */

/** Kind of channel (XEP-0166 section 4.1), as a bit: octets in order, none lost. */
#define JINGLE_FLOW_STREAM 1u
/** Kind of channel, as a bit: packets that may be lost or overtake each other. */
#define JINGLE_FLOW_DATAGRAM 2u

/** What who uses a channel is told, possibly before jingle_channel_set_sink() has returned. */
typedef struct {
    /** Data has come. A stream's pieces are cut anywhere (XEP-0166 section 8.2); datagrams are whole. */
    void (*data)(jingle_channel_t *channel, const void *data, size_t len, void *userdata);
    /** After jingle_channel_send() took less than all: more can be sent now. */
    void (*writable)(jingle_channel_t *channel, void *userdata);
    /** No more data comes. complete: the peer closed in good order and all it sent was delivered. */
    void (*closed)(jingle_channel_t *channel, bool complete, void *userdata);
} jingle_channel_sink_t;

/** What who provides a channel does. */
typedef struct {
    size_t size; /**< sizeof(jingle_channel_ops_t) */
    /** @return octets taken (a datagram: all or 0); 0: wait for writable; negative: broken. A session
     *  that is saved inside of it knows nothing yet of what this call takes: restored, its
     *  application hands the same octets in again, and the provider sends none of them twice */
    long (*send)(jingle_channel_t *channel, const void *data, size_t len, void *self);
    /** Stop or go on delivering data: back-pressure towards the peer. A channel begins paused, until it has a sink. */
    void (*pause)(jingle_channel_t *channel, bool paused, void *self);
    /** Send what was taken, then close; the sink's closed follows. Called at most once. */
    void (*close)(jingle_channel_t *channel, void *self);
    /** Send a part of a file without copying; may be left out. As send. */
    long (*send_file)(jingle_channel_t *channel, int fd, int64_t offset, size_t len, void *self);
    /** The last reference is gone. */
    void (*free)(void *self);
} jingle_channel_ops_t;

/** Makes a channel.
 *  @param ops kept @param flow JINGLE_FLOW_STREAM or JINGLE_FLOW_DATAGRAM
 *  @param component component (XEP-0166 section 8.1); 1 where the application has none
 *  @param external the provider handles the data itself: there is nothing to send or receive here
 *  @return a reference of the caller's; NULL when out of memory */
JINGLE_API jingle_channel_t *jingle_channel_new(jingle_t *jingle, const jingle_channel_ops_t *ops,
                                                unsigned flow, unsigned component, bool external,
                                                void *self);
/** Keeps a channel; each clone needs a release. */
JINGLE_API jingle_channel_t *jingle_channel_clone(jingle_channel_t *channel);
/** Gives a reference back. NULL is ignored. */
JINGLE_API void jingle_channel_release(jingle_channel_t *channel);
/** Who uses the channel says where data goes. The first sink ends the pause that a channel begins
 *  with. @param sink kept; NULL: nobody listens */
JINGLE_API void jingle_channel_set_sink(jingle_channel_t *channel,
                                        const jingle_channel_sink_t *sink, void *userdata);
/** @return JINGLE_FLOW_STREAM or JINGLE_FLOW_DATAGRAM */
JINGLE_API unsigned jingle_channel_get_flow(const jingle_channel_t *channel);
/** @return the component it is for, from 1 (XEP-0166 section 8.1) */
JINGLE_API unsigned jingle_channel_get_component(const jingle_channel_t *channel);
/** Does its provider handle the data itself? */
JINGLE_API bool jingle_channel_is_external(const jingle_channel_t *channel);
/** @return true once the provider has delivered closed, or the channel was taken back */
JINGLE_API bool jingle_channel_is_closed(const jingle_channel_t *channel);
/** @return true while who uses it wants no data, or nobody has set a sink yet */
JINGLE_API bool jingle_channel_is_paused(const jingle_channel_t *channel);
/** Sends data; what is taken is copied. What is saved inside of it (save.h: the program's send
 *  function may call back) takes all of this call for not taken, so count when it has returned.
 *  @param len of a datagram: all of it or nothing is taken
 *  @return octets taken; 0: wait for writable; JINGLE_EINVOP (closed, or there is nothing to send
 *          here: external), JINGLE_EIO (broken) */
JINGLE_API long jingle_channel_send(jingle_channel_t *channel, const void *data, size_t len);
/** As send; JINGLE_ENOENT when the channel has no such function. */
JINGLE_API long jingle_channel_send_file(jingle_channel_t *channel, int fd, int64_t offset,
                                         size_t len);
/** Asks for no more data for a while, or for more; a stream's peer is held back meanwhile. */
JINGLE_API void jingle_channel_pause(jingle_channel_t *channel, bool paused);
/** Sends what was taken and closes in good order; the sink's closed follows. Only the first one counts. */
JINGLE_API void jingle_channel_close(jingle_channel_t *channel);
/** The provider's side: hand over to the sink. After deliver_closed nothing more is handed over.
 *  What comes before there is a sink is kept for it, up to 64 KiB; more than that breaks the channel. */
JINGLE_API void jingle_channel_deliver(jingle_channel_t *channel, const void *data, size_t len);
/** The provider's side: there is room again, after send has taken less than all. */
JINGLE_API void jingle_channel_deliver_writable(jingle_channel_t *channel);
/** The provider's side: no more data comes. Only the first counts.
 *  @param complete the peer closed in good order and all it sent was delivered */
JINGLE_API void jingle_channel_deliver_closed(jingle_channel_t *channel, bool complete);

/* ---- plug-ins ------------------------------------------------------------------------------ */

/** What a plug-in says of an element of the peer's. */
typedef enum {
    JINGLE_CHECK_OK,
    JINGLE_CHECK_UNUSABLE, /**< well-formed, but not for us: why has the reason */
    JINGLE_CHECK_MALFORMED /**< the stanza is answered bad-request */
} jingle_check_t;

/** The functions that all plug-ins share; none may be left out. An element is a `<description/>`, `<transport/>` or
 *  `<security/>` in the plug-in's namespace. `action` says what stanza it is part of. */
#define JINGLE_PLUGIN_FUNCTIONS                                                                      \
    /** Makes the part's self. No side effect: nothing is sent, no address gathered.               \
     *  @return JINGLE_EOK or an error */ \
    int (*create)(jingle_part_t * part, void *userdata, void **self);                                \
    /** Judges an element of the peer's. Pure. @param why condition and text for UNUSABLE */         \
    jingle_check_t (*check)(void *self, jingle_action_t action, xmpp_stanza_t *element,              \
                            jingle_reason_t *why);                                                   \
    /** Takes over what check passed. @return JINGLE_EOK or JINGLE_EMEM */                           \
    int (*apply)(void *self, jingle_action_t action, xmpp_stanza_t *element);                        \
    /** Fills in our element; name and namespace are set. For transport-info, description-info and \
     *  security-info (after news): JINGLE_ENOENT means there is nothing to tell.                  \
     *  @return JINGLE_EOK, JINGLE_ENOENT or an error */ \
    int (*describe)(void *self, jingle_action_t action, xmpp_stanza_t *element);                     \
    /** Frees what create made; called once, last. The part is gone when it returns. */              \
    void (*free)(void *self);

/** An application: what the data is (XEP-0166 section 12.1). */
typedef struct {
    size_t size;      /**< sizeof(jingle_application_t) */
    const char *name; /**< for logs */
    JINGLE_PLUGIN_FUNCTIONS
    unsigned flows; /**< what kinds of channel it can use, the better first by rank of transports */
    unsigned components; /**< how many channels it needs; 0 and 1: one */
    const char *info_ns; /**< namespace of its session-info payloads; NULL: its own */
    bool uses_sdp;       /**< its description has an SDP mapping (XEP-0166 section 12.1) */
    /** The peer's content was acknowledged: ask who decides, then jingle_content_accept() or
     *  jingle_content_reject(). Comes after the event incoming, and not if the program has decided
     *  there. Left out: the program is asked by that event, and jingle_session_accept() accepts;
     *  a content that is added later is rejected. */
    void (*offered)(void *self);
    /** The content was accepted, by whom it was offered to; its transport is about to start. */
    void (*accepted)(void *self);
    /** A channel is open. Borrowed until closed (or open again for the same component): set its sink. Required. */
    void (*open)(void *self, jingle_channel_t *channel);
    /** A session-info payload for this content; complete the reply. Left out: unsupported-info. */
    void (*info)(void *self, xmpp_stanza_t *payload, jingle_reply_t *reply);
    /** After news: one payload to send as session-info; called until it gives none.
     *  @param payload receives a reference; NULL: nothing to tell @return JINGLE_EOK or an error */
    int (*tell)(void *self, xmpp_stanza_t **payload);
    /** The peer changed senders (content-modify). Left out: taken as it is. */
    void (*modified)(void *self, jingle_senders_t senders);
    /** The content is over: it was rejected or removed, or its session has ended; a session-terminate without a
     *  reason is UNDEFINED. Called once, if it was offered; its transport has stopped. Calls up are ignored now. */
    void (*closed)(void *self, const jingle_reason_t *reason);
    /** A channel was open: can the application go on over a new one? Asked when the transport broke
     *  (open follows, or closed), and before a stream that works is replaced. Left out: a stream no,
     *  datagrams yes. */
    bool (*resumable)(void *self);
    /** The peer has offered this while our own offer of the same application was under way: is it the
     *  same thing, so that one of the two must go (XEP-0166 section 7.2.16)? Pure. Left out: yes. */
    bool (*competes)(void *self, xmpp_stanza_t *description, jingle_senders_t senders);
    /** For save.h: writes what the part keeps. Pure. A channel that was open is opened again, by open, if the
     *  transport can. Left out: a session with this in it cannot be saved. @return JINGLE_EOK or an error */
    int (*save)(void *self, jingle_save_t *save);
    /** Instead of create: makes the self from what save has written; what the data says must be
     *  checked, it may be anybody's. Nothing is sent or told: the session may still come to nothing
     *  by another part. Then free is called, and what restore has opened is to be left as it was
     *  found; where it cannot be, the plug-in's header says so (files.h does). @return JINGLE_EOK or an error */
    int (*restore)(jingle_part_t *part, void *userdata, jingle_load_t *load, void **self);
    /** What became of what tell gave, after 10 s a time-out: it may be lost, and a later answer is not told.
     *  @param answer NULL: it could not be sent
     *  @return ms until tell is asked again, for which the session's end waits; 0: it need not be */
    uint32_t (*told)(void *self, const jingle_answer_t *answer);
    /** The peer ends the content (reason UNDEFINED: it has said nothing why): has its end overtaken data to
     *  wait for, up to 30 s? Asked again after calls up (jingle_part_hold(part, false)). Calls nobody. Left out: no. */
    bool (*awaits)(void *self, const jingle_reason_t *reason);
} jingle_application_t;

/** A transport: how the data goes (XEP-0166 section 12.2). */
typedef struct {
    size_t size;      /**< sizeof(jingle_transport_t) */
    const char *name; /**< for logs */
    JINGLE_PLUGIN_FUNCTIONS
    unsigned flows; /**< what it yields: JINGLE_FLOW_STREAM, JINGLE_FLOW_DATAGRAM (section 4.1) */
    int rank;       /**< the greater is preferred; in-band bytestreams have the least */
    unsigned components; /**< how many channels it can open; 0: as many as asked for */
    /** Gathers what describe needs, with the user's consent given; says ready or fail.
     *  @return JINGLE_EOK, or an error, which is as good as fail */
    int (*prepare)(void *self);
    /** Both sides have agreed: open channels. @return as prepare */
    int (*start)(void *self);
    /** No more: close what is open, tell nothing more. Called once, also before start. */
    void (*stop)(void *self);
    /** The content is done: send what was taken and close; then jingle_part_done(). Left out: now. */
    void (*finish)(void *self);
    /** For save.h: writes what the part keeps. Pure. Left out: a session with this at work in it
     *  cannot be saved. @return JINGLE_EOK or an error */
    int (*save)(void *self, jingle_save_t *save);
    /** Instead of create, from what save has written: as an application's. @return JINGLE_EOK or an error */
    int (*restore)(jingle_part_t *part, void *userdata, jingle_load_t *load, void **self);
    /** The session was restored, and this was started before it was saved: go on from there, which is
     *  to say open (again), done if finish was called, or fail. Left out: it has failed. @return as prepare */
    int (*resume)(void *self);
} jingle_transport_t;

/** A security precondition: how the data is protected (XEP-0166 sections 9 and 12.3). */
typedef struct {
    size_t size;      /**< sizeof(jingle_security_t) */
    const char *name; /**< for logs */
    JINGLE_PLUGIN_FUNCTIONS
    unsigned flows; /**< what kinds of transport it covers */
    /** Puts protection around a channel; data passes once the precondition is met.
     *  @param wrapped receives a channel of its own @return JINGLE_EOK or an error */
    int (*wrap)(void *self, jingle_channel_t *channel, jingle_channel_t **wrapped);
    /** Like check, describe and apply, for what lives inside the transport element (XEP-0320). May be
     *  left out. A security that lives there alone gives JINGLE_ENOENT from describe: then there is
     *  no `<security/>`, and none is demanded of the peer. */
    jingle_check_t (*check_transport)(void *self, jingle_action_t action, xmpp_stanza_t *transport,
                                      jingle_reason_t *why);
    /** As describe; the element has the transport's own children already. */
    int (*describe_transport)(void *self, jingle_action_t action, xmpp_stanza_t *transport);
    /** As apply. */
    int (*apply_transport)(void *self, jingle_action_t action, xmpp_stanza_t *transport);
    /** For save.h: writes what the part keeps. Pure. Left out: a session with this at work in it
     *  cannot be saved. @return JINGLE_EOK or an error */
    int (*save)(void *self, jingle_save_t *save);
    /** Instead of create, from what save has written: as an application's. @return JINGLE_EOK or an error */
    int (*restore)(jingle_part_t *part, void *userdata, jingle_load_t *load, void **self);
} jingle_security_t;

/** Registers a plug-in for a namespace, which becomes a feature for service discovery. The first
 *  application makes the managed type serve offers that have its description.
 *  @param ns   copied; a description, transport or security namespace has one plug-in @param plugin copied
 *  @param userdata given to create; must outlive the manager
 *  @return JINGLE_EOK, JINGLE_EMEM, JINGLE_EINVAL (a required function is missing, size), JINGLE_EEXIST */
JINGLE_API int jingle_register_application(jingle_t *jingle, const char *ns,
                                           const jingle_application_t *plugin, void *userdata);
/** As jingle_register_application(). */
JINGLE_API int jingle_register_transport(jingle_t *jingle, const char *ns,
                                         const jingle_transport_t *plugin, void *userdata);
/** As jingle_register_application(). */
JINGLE_API int jingle_register_security(jingle_t *jingle, const char *ns,
                                        const jingle_security_t *plugin, void *userdata);
/** Takes a plug-in of any kind back; contents that live keep it. @return JINGLE_EOK or JINGLE_ENOENT */
JINGLE_API int jingle_unregister_plugin(jingle_t *jingle, const char *ns);
/** The transports in order of preference: rank, then registration.
 *  @param index from 0 @return the namespace; NULL past the end */
JINGLE_API const char *jingle_get_transport(const jingle_t *jingle, size_t index);
/** @return the kinds of channel a transport yields; 0 for an unknown one (XEP-0166 section 4.1) */
JINGLE_API unsigned jingle_get_transport_flows(const jingle_t *jingle, const char *ns);

/** May this transport be tried with this peer (its features, the user's policy)? Asked before one
 *  is taken from the chain. NULL: every registered one. */
typedef bool (*jingle_transport_filter_fn)(jingle_session_t *session, const char *ns,
                                           void *userdata);
/** Sets it for all sessions. @param filter NULL: none @return JINGLE_EOK, JINGLE_EMEM, JINGLE_EINVAL */
JINGLE_API int jingle_set_transport_filter(jingle_t *jingle, jingle_transport_filter_fn filter,
                                           void *userdata);

/** How long things may take, in ms; 0: for ever. */
typedef struct {
    size_t size;      /**< set by jingle_transport_timeouts_init() */
    uint32_t prepare; /**< from prepare to ready, 30,000; then the transport has failed */
    uint32_t open;    /**< from start to the last channel needed, 60,000; then it has failed */
    /** The session's responder waits so long for another transport, and who has offered one for the
     *  peer's decision, 120,000: longer than the peer takes to find out that one is needed. Then the
     *  content is removed, or the next transport is offered. */
    uint32_t replace;
    uint32_t finish; /**< from finish to done, 30,000; then the transport is stopped */
    /** With every content done, for the peer to end the session, 60,000; then we do, with success. Less
     *  than 55,000 is less than file transfer waits for the receiver's confirmation. */
    uint32_t end;
} jingle_transport_timeouts_t;

/** Fills in the defaults. */
JINGLE_API void jingle_transport_timeouts_init(jingle_transport_timeouts_t *timeouts);
/** Sets the time-outs for what begins from now on. @return JINGLE_EOK, JINGLE_EMEM, JINGLE_EINVAL */
JINGLE_API int jingle_set_transport_timeouts(jingle_t *jingle,
                                             const jingle_transport_timeouts_t *timeouts);

/* ---- what plug-ins say --------------------------------------------------------------------- */
/* From a part that is not live any more these are ignored. */

/** prepare is finished. */
JINGLE_API void jingle_part_ready(jingle_part_t *part);
/** There is something to tell the peer: describe (or tell) will be called when it may be sent. */
JINGLE_API void jingle_part_news(jingle_part_t *part);
/** An application's transfer is done, but the session must not end by itself yet (the peer is to say
 *  that it has all), or may. Not saved: what is restored says it again. */
JINGLE_API void jingle_part_hold(jingle_part_t *part, bool held);
/** A transport's channel is open. The reference passes to the content. */
JINGLE_API void jingle_part_open(jingle_part_t *part, jingle_channel_t *channel);
/** It cannot go on. A transport's next in the chain is tried; an application's content is removed
 *  with that reason. @param text for people, may be NULL */
JINGLE_API void jingle_part_fail(jingle_part_t *part, jingle_condition_t condition,
                                 const char *text);
/** As jingle_part_fail(), with a foreign element for the reason. */
JINGLE_API void jingle_part_fail_detail(jingle_part_t *part, jingle_condition_t condition,
                                        const char *text, xmpp_stanza_t *detail);
/** A transport's finish is finished. */
JINGLE_API void jingle_part_done(jingle_part_t *part);

/** Keeps a part: its free is not called before the release. For calls from outside (see above) and
 *  for requests that are under way; a self that keeps its own part for good is never freed. */
JINGLE_API jingle_part_t *jingle_part_clone(jingle_part_t *part);
/** NULL is ignored. */
JINGLE_API void jingle_part_release(jingle_part_t *part);
/** @return false once the content or the part's place in it is over */
JINGLE_API bool jingle_part_is_live(const jingle_part_t *part);
/** @return NULL once the manager is freed */
JINGLE_API jingle_t *jingle_part_get_manager(const jingle_part_t *part);
/** @return NULL once the session's memory is gone */
JINGLE_API jingle_session_t *jingle_part_get_session(const jingle_part_t *part);
/** @return the content it is part of, borrowed as long as the part; never NULL */
JINGLE_API jingle_content_t *jingle_part_get_content(const jingle_part_t *part);

/* ---- contents ------------------------------------------------------------------------------ */

/** State of a content. */
typedef enum {
    JINGLE_CONTENT_NEW,      /**< ours, not offered yet */
    JINGLE_CONTENT_OFFERED,  /**< one side has offered it, the other has not decided */
    JINGLE_CONTENT_ACCEPTED, /**< agreed */
    JINGLE_CONTENT_OVER      /**< rejected, removed, or its session has ended */
} jingle_content_state_t;

/** A content to offer; application and name are required. */
typedef struct {
    size_t size;              /**< set by JINGLE_CONTENT() */
    const char *application;  /**< namespace of a registered application */
    const char *name;         /**< unique among ours, at most JINGLE_NAME_MAX; NULL: made up */
    jingle_senders_t senders; /**< who sends; default: both (XEP-0166 section 7.3) */
    const char *disposition;  /**< NULL: session */
    const char *transport; /**< NULL: the chain of all that fit, best first; else only this one */
    const char *security;  /**< NULL: none */
    void *userdata;        /**< for the application's create, instead of the registered one */
} jingle_content_config_t;

/** `jingle_session_add_content(session, JINGLE_CONTENT(.application = "urn:example:note"), NULL)` */
#define JINGLE_CONTENT(...)                                                                        \
    (&(const jingle_content_config_t){.size = sizeof(jingle_content_config_t), __VA_ARGS__})

/** Makes a managed session of ours; add contents, then jingle_session_start(), which returns while
 *  transports prepare; session-initiate leaves when they are ready.
 *  @param config its type, type_userdata and applications are ignored; NULL for all defaults
 *  @return as jingle_session_new() */
JINGLE_API int jingle_managed_session_new(jingle_t *jingle, const char *peer,
                                          const jingle_session_config_t *config,
                                          jingle_session_t **session);
/** @return true for a session of the managed type */
JINGLE_API bool jingle_session_is_managed(const jingle_session_t *session);

/** Adds a content: before start() to the offer, afterwards by content-add (XEP-0166 section 7.2.2).
 *  That leaves when the peer has answered the removal of an earlier one of that name.
 *  @param content receives it, borrowed until it is over; may be NULL
 *  @return JINGLE_EOK, JINGLE_EMEM, JINGLE_EINVAL, JINGLE_EEXIST (name), JINGLE_ENOENT (no such
 *          application or security, or no transport fits), JINGLE_ELIMIT, JINGLE_EINVOP (state; not
 *          managed), or what create returned */
JINGLE_API int jingle_session_add_content(jingle_session_t *session,
                                          const jingle_content_config_t *config,
                                          jingle_content_t **content);
/** Iterates over the contents that are not over, in the order of arrival; the one that was returned
 *  may be over by the next call. @param content NULL for the first @return NULL after the last */
JINGLE_API jingle_content_t *jingle_session_next_content(const jingle_session_t *session,
                                                         const jingle_content_t *content);
/** Keeps a content beyond its end. */
JINGLE_API jingle_content_t *jingle_content_clone(jingle_content_t *content);
/** NULL is ignored. */
JINGLE_API void jingle_content_release(jingle_content_t *content);
/** @return the content of that creator and name; NULL when there is none */
JINGLE_API jingle_content_t *jingle_session_find_content(const jingle_session_t *session,
                                                         jingle_creator_t creator,
                                                         const char *name);

/** Accepts a content of the peer's. In an offer: when all with disposition session are decided,
 *  session-accept leaves; in a content-add, or with another disposition: content-accept. If all that
 *  session-accept could accept was taken back, it accepts what was added. What a content-accept has
 *  accepted before that it does not name again: the session stays pending, until more is added.
 *  @return JINGLE_EOK, JINGLE_EINVOP (not the peer's, or decided) */
JINGLE_API int jingle_content_accept(jingle_content_t *content);
/** Rejects a content of the peer's; the last one of an undecided offer ends the session with it.
 *  @param reason NULL: decline @return as jingle_content_accept() */
JINGLE_API int jingle_content_reject(jingle_content_t *content, const jingle_reason_t *reason);
/** Takes a content away (content-remove); the last one ends the session.
 *  @param reason NULL: cancel @return JINGLE_EOK, JINGLE_EINVOP */
JINGLE_API int jingle_content_remove(jingle_content_t *content, const jingle_reason_t *reason);
/** Changes who sends (content-modify); counts once the peer has acknowledged it.
 *  @return JINGLE_EOK, JINGLE_EINVOP, JINGLE_EINVAL */
JINGLE_API int jingle_content_modify(jingle_content_t *content, jingle_senders_t senders);
/** The application says: all that was to be transferred has been. The transport closes in good order; when
 *  every content is done, the receiver of the last one ends the session with success; the other side waits.
 *  @param end_session whether it is on us to end the session, when this is the last content. What was
 *         said with false may be said again with true: the other side has all, and nobody else ends it
 *  @return JINGLE_EOK, JINGLE_EINVOP */
JINGLE_API int jingle_content_done(jingle_content_t *content, bool end_session);
/** Replaces the transport by the next of the chain, or by the same again (an ICE restart). The
 *  session's initiator does it by itself when a transport fails; the responder may, on request.
 *  @param ns NULL: the next of the chain
 *  @return JINGLE_EOK, JINGLE_EINVOP (state, or one is being replaced already), JINGLE_ENOENT (the
 *          chain is empty, or ns does not fit), or what create returned */
JINGLE_API int jingle_content_replace_transport(jingle_content_t *content, const char *ns);

/** @return NULL once the session's memory is gone */
JINGLE_API jingle_session_t *jingle_content_get_session(const jingle_content_t *content);
/** @return who made it (XEP-0166 section 7.3); with the name it identifies a content */
JINGLE_API jingle_creator_t jingle_content_get_creator(const jingle_content_t *content);
/** @return its name; never NULL */
JINGLE_API const char *jingle_content_get_name(const jingle_content_t *content);
/** @return who sends now */
JINGLE_API jingle_senders_t jingle_content_get_senders(const jingle_content_t *content);
/** @return its disposition, "session" when none was given; never NULL */
JINGLE_API const char *jingle_content_get_disposition(const jingle_content_t *content);
/** @return how far it is */
JINGLE_API jingle_content_state_t jingle_content_get_state(const jingle_content_t *content);
/** @return namespace of the application; NULL when the content is over */
JINGLE_API const char *jingle_content_get_application(const jingle_content_t *content);
/** @return namespace of the current transport; NULL when none is left */
JINGLE_API const char *jingle_content_get_transport(const jingle_content_t *content);
/** @return how many channels the application needs, at least 1 (XEP-0166 section 8.1) */
JINGLE_API unsigned jingle_content_get_components(const jingle_content_t *content);
/** @return the kinds of channel that the application can use and its current transport yields */
JINGLE_API unsigned jingle_content_get_flows(const jingle_content_t *content);
/** @return the application part's self, for who knows its type; NULL when the content is over */
JINGLE_API void *jingle_content_get_application_self(const jingle_content_t *content);
/** @return the current transport part's self, for who knows its type; NULL when none is left */
JINGLE_API void *jingle_content_get_transport_self(const jingle_content_t *content);
/** @return true when we made the content */
JINGLE_API bool jingle_content_is_ours(const jingle_content_t *content);
/** @return true when it is over, and the peer has ended it, alone or with the session */
JINGLE_API bool jingle_content_is_ended_by_peer(const jingle_content_t *content);

#ifdef __cplusplus
}
#endif

#endif
