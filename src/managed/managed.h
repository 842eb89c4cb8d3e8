/* SPDX-License-Identifier: MIT */
/** @file
 *  What the files of the managed type share. It is written on the public headers alone.
 *
 *  Everything happens in turns. A handler, a call of the program's or of a plug-in's begins one;
 * what is said while it runs is only noted, in flags of parts and contents. When the outermost turn
 * ends, the steps (type.c) look for something to do until there is nothing left. A step does one
 * thing and returns, because what it called may have changed everything. */
#ifndef JINGLE__MANAGED_H
#define JINGLE__MANAGED_H

#include "memory.h"

/* ---- reasons that are kept (why.c) --------------------------------------------------------- */

typedef struct {
    jingle_condition_t condition;
    char *text;
    xmpp_stanza_t *detail;
} jingle__why_t;

/** Takes a copy; for want of memory without the text. NULL: nothing is known. */
void jingle__why_set(const xmpp_mem_t *mem, jingle__why_t *why, const jingle_reason_t *reason);
void jingle__why_clear(const xmpp_mem_t *mem, jingle__why_t *why);
void jingle__why_move(const xmpp_mem_t *mem, jingle__why_t *to, jingle__why_t *from);
jingle_reason_t jingle__why_reason(const jingle__why_t *why);

/* ---- plug-ins (registry.c) ----------------------------------------------------------------- */

typedef enum {
    JINGLE__APPLICATION,
    JINGLE__TRANSPORT,
    JINGLE__SECURITY,
    JINGLE__KINDS
} jingle__kind_t;

/** A registered plug-in; parts keep it beyond its registration. */
typedef struct jingle__plugin {
    struct jingle__plugin *next; /**< of its kind; transports by rank, then by registration */
    unsigned refs;
    jingle__kind_t kind;
    xmpp_mem_t mem;
    void *userdata;
    union {
        jingle_application_t application;
        jingle_transport_t transport;
        jingle_security_t security;
    } as;
    char ns[];
} jingle__plugin_t;

jingle__plugin_t *jingle__plugin_find(const jingle_t *jingle, jingle__kind_t kind, const char *ns);
jingle__plugin_t *jingle__plugin_first(const jingle_t *jingle, jingle__kind_t kind);
jingle__plugin_t *jingle__plugin_clone(jingle__plugin_t *plugin);
void jingle__plugin_release(jingle__plugin_t *plugin);
/** The program's policy. @return true when it may be tried */
bool jingle__transport_allowed(jingle_session_t *session, const jingle__plugin_t *transport);
jingle_transport_timeouts_t jingle__timeouts(const jingle_t *jingle);

/* ---- parts (parts.c, channel.c) ------------------------------------------------------------ */

/** A channel on loan. */
typedef struct jingle__lent {
    struct jingle__lent *next;
    jingle_channel_t *channel; /**< the transport's */
    jingle_channel_t *wrapped; /**< the security's around it, or NULL */
    bool opened;               /**< the application has it */
} jingle__lent_t;

/** How far a transport is. */
typedef enum {
    JINGLE__IDLE,
    JINGLE__PREPARING,
    JINGLE__READY,
    JINGLE__STARTED,
    JINGLE__OPEN,
    JINGLE__FINISHING,
    JINGLE__STOPPED
} jingle__stage_t;

struct jingle_part {
    unsigned refs;
    bool live;
    bool announced; /**< the peer has an element of it */
    bool news;      /**< describe is to be asked */
    bool tell;      /**< tell is to be asked */
    bool again; /**< ... not before the timer is over, of which applications have no other use */
    bool held;  /**< the session is not to end by itself */
    bool failed;
    bool done;
    bool resume; /**< restored, and resume is to be called */
    jingle__stage_t stage;
    jingle__plugin_t *plugin;
    void *self;
    jingle_content_t *content; /**< reference */
    jingle__why_t why;         /**< of failed */
    jingle__lent_t *lent;
    jingle_timer_t *timer; /**< until when the stage must be left */
    jingle_part_t *after;  /**< reference to the part that is freed after this one */
};

/** Of two parts that end together, says which is freed first, even if it is kept longer. */
void jingle__part_order(jingle_part_t *first, jingle_part_t *second);
/** @param userdata for create; @return what create returned, JINGLE_EMEM, JINGLE_EINVOP (it is over) */
int jingle__part_new(jingle_content_t *content, jingle__plugin_t *plugin, void *userdata,
                     jingle_part_t **out);
/** The content lets go of a part, which is not live from then on. A transport is stopped first. */
void jingle__part_drop(jingle_part_t **part);
jingle_check_t jingle__part_check(jingle_part_t *part, jingle_action_t action,
                                  xmpp_stanza_t *element, jingle__why_t *why);
int jingle__part_apply(jingle_part_t *part, jingle_action_t action, xmpp_stanza_t *element);
/** @param name of the element @param element receives a reference */
int jingle__part_describe(jingle_part_t *part, jingle_action_t action, const char *name,
                          xmpp_stanza_t **element);
/** What a security keeps inside a transport element. @param part may be NULL, or know none */
jingle_check_t jingle__security_check(jingle_part_t *part, jingle_action_t action,
                                      xmpp_stanza_t *transport, jingle__why_t *why);
int jingle__security_apply(jingle_part_t *part, jingle_action_t action, xmpp_stanza_t *transport);
int jingle__security_describe(jingle_part_t *part, jingle_action_t action,
                              xmpp_stanza_t *transport);
/** @return true when the application can do without the channels it has */
bool jingle__application_resumable(const jingle_content_t *content);
void jingle__part_prepare(jingle_part_t *part);
void jingle__part_start(jingle_part_t *part);
/** As start, for one that was started before the session was saved. */
void jingle__part_resume(jingle_part_t *part);
void jingle__part_finish(jingle_part_t *part);
void jingle__part_stop(jingle_part_t *part);
/** Who uses the channels it has lent hears nothing more of them. */
void jingle__part_recall(jingle_part_t *part);
void jingle__part_unset_timer(jingle_part_t *part);
/** Ends what is at work; channels that were lent stay where they are, and say nothing any more. */
void jingle__part_quit(jingle_part_t *part);
/** An application hears what became of what it told. @param answer NULL: it could not be sent */
void jingle__part_told(jingle_part_t *part, const jingle_answer_t *answer);
/** Notes a failure as the part would. */
void jingle__part_note_failure(jingle_part_t *part, const jingle_reason_t *reason);

/** Calls into a channel's two ends keep these parts for as long as they last. */
void jingle__channel_lend(jingle_channel_t *channel, jingle_part_t *lender,
                          jingle_part_t *borrower);
/** Ends the loan: from now on nothing passes either way. */
void jingle__channel_return(jingle_channel_t *channel);

/* ---- contents (content.c) ------------------------------------------------------------------ */

typedef struct jingle__managed jingle__managed_t;

/** What we say to a content of the peer's. */
typedef enum { JINGLE__UNDECIDED, JINGLE__TAKEN, JINGLE__REFUSED } jingle__verdict_t;

/** What the transport in `proposed` is. */
typedef enum {
    JINGLE__NO_PROPOSAL,
    JINGLE__OURS_PREPARING, /**< not sent yet */
    JINGLE__OURS_SENT,      /**< the peer decides */
    JINGLE__THEIRS,         /**< we owe the answer */
    JINGLE__AGREED          /**< takes over when it is open; until then the current one works */
} jingle__proposal_t;

struct jingle_content {
    unsigned refs;
    xmpp_mem_t mem;
    jingle__managed_t *managed; /**< NULL when the session's memory is gone */
    jingle_content_t *next;
    uint32_t number; /**< order of arrival */
    jingle_creator_t creator;
    jingle_senders_t senders;
    char *name;
    char *disposition; /**< NULL: session */
    jingle_content_state_t state;
    jingle__verdict_t verdict;
    jingle__proposal_t proposal;
    bool ours;
    bool added; /**< by content-add: content-accept or -reject answers it, not session-accept */
    bool told;  /**< the application was asked */
    bool accepted_told;      /**< the application knows that it was accepted */
    bool was_open;           /**< data could pass once */
    bool ended_by_peer;      /**< it is over */
    bool leaving;            /**< to be removed, for why */
    bool modify;             /**< senders are to be changed to wanted */
    bool all_done;           /**< the application has said so */
    bool finished;           /**< and the transport has finished */
    bool ends;               /**< then it is on us to end the session */
    bool fell_back;          /**< another transport was tried, or there was one to try */
    bool fixed;              /**< no other transport may be tried */
    bool waits;              /**< restored, and timer is to be set */
    bool crossed;            /**< a proposal of the peer's has lost the tie with ours */
    bool repeated;           /**< one was made twice for that */
    jingle_senders_t wanted; /**< what modify is to send */
    jingle_senders_t sent; /**< what the last content-modify said; counts when it is acknowledged */
    jingle__why_t why;     /**< of REFUSED or leaving */
    jingle__why_t trouble; /**< of the last transport that failed */
    jingle__why_t refusal; /**< of refused */
    char *refused; /**< namespace of a proposal of the peer's still to be rejected; or NULL */
    jingle_timer_t *timer; /**< until when another transport must come */
    jingle_part_t *application;
    jingle_part_t *security;
    jingle_part_t *transport;
    jingle_part_t *proposed;
    jingle__plugin_t **tried; /**< transports used so far */
    size_t n_tried;
    jingle__plugin_t *again; /**< reference to what is to be proposed once more; or NULL */
};

/** @param name copied @param disposition copied, may be NULL */
jingle_content_t *jingle__content_new(jingle__managed_t *m, jingle_creator_t creator,
                                      const char *name, jingle_senders_t senders,
                                      const char *disposition);
/** Puts it last into the session's list, which takes over the reference. */
void jingle__content_add(jingle_content_t *content);
/** Lets go of its parts, who are told no more than that: of one that has never been the session's. */
void jingle__content_drop_parts(jingle_content_t *content);
/** Ends what its parts are at; may be called again. */
void jingle__content_quit(jingle_content_t *content);
/** Ends a content, with the calls to its parts in their order. */
void jingle__content_over(jingle_content_t *content, const jingle_reason_t *reason);
void jingle__content_over_by_peer(jingle_content_t *content, const jingle_reason_t *reason);
/** What the peer says of the contents it has added in vain, before it knows that, is ignored. */
void jingle__add_refused(jingle__managed_t *m, const jingle_data_t *data);
bool jingle__content_is_session(const jingle_content_t *content);
bool jingle__content_known(const jingle_content_t *content);
/** It cannot go on: rejected or removed by the steps, as its state demands. */
void jingle__content_fail(jingle_content_t *content, jingle__why_t *why);
/** Takes the next transport of the chain. @return JINGLE_ENOENT: none left, JINGLE_EINVOP: it is over */
int jingle__content_next_transport(jingle_content_t *content, const char *ns, jingle_part_t **out);
/** Remembers that a transport was used. */
int jingle__content_tried(jingle_content_t *content, jingle__plugin_t *transport);
bool jingle__content_has_tried(const jingle_content_t *content, const char *ns);
bool jingle__fits(const jingle__plugin_t *application, const jingle__plugin_t *transport,
                  const jingle__plugin_t *security);
/** Begins to wait for a transport. @return false: without memory for a deadline it has failed */
bool jingle__content_wait(jingle_content_t *content);
void jingle__content_wait_no_more(jingle_content_t *content);

/* ---- the session's self (type.c) ----------------------------------------------------------- */

/** A request of ours that waits for its answer. */
typedef struct jingle__ask {
    struct jingle__ask *next;
    jingle__managed_t *m; /**< kept by a reference to its session */
    jingle_action_t action;
    bool tells;               /**< an informational request of this life */
    bool unheard;             /**< its application takes it for lost */
    jingle_timer_t *patience; /**< until then it does not */
    size_t n;
    jingle_content_t *contents[]; /**< references */
} jingle__ask_t;

struct jingle__managed {
    xmpp_mem_t mem;
    jingle_session_t *session; /**< it owns us */
    jingle_content_t *first;
    jingle_content_t *gone; /**< the last that were over, the newest first */
    jingle__ask_t *asks;
    jingle__why_t why;     /**< why the last content left before the offer was sent */
    jingle_timer_t *timer; /**< for the peer to end the session; while that is held, of held.c */
    uint32_t telling; /**< the informational actions that wait for their answer, one bit for each */
    uint32_t turns;
    uint32_t numbers;
    bool sending;     /**< the next request comes from us */
    bool over;        /**< see jingle__is_over() */
    bool started;     /**< jingle_session_start() was called */
    bool offered;     /**< session-initiate has left, or the peer's was acknowledged */
    bool accepted;    /**< session-accept has left or come */
    bool last_ends;   /**< it was on us to end the session with the content that finished last */
    bool noted;       /**< something has changed that no step may have to act on now */
    bool unexplained; /**< the peer ends it and gives no reason */
    bool end_wanted;  /**< the time to wait for the peer to do so is over */
    bool misnamed;    /**< the peer has answered for a content of ours under the other creator */
    jingle_reply_t *held; /**< what the peer ends, but data is on its way (held.c); or NULL */
};

/** How many contents that are over a session remembers, to ignore what crossed their end. */
#define JINGLE__GONE 32
#define JINGLE__LAST_GONE UINT32_MAX /**< where requests are saved: the newest of them */

extern const jingle_session_type_t jingle__managed_type;

/** @return the self of a managed session; NULL for other sessions and NULL */
jingle__managed_t *jingle__managed_of(const jingle_session_t *session);
bool jingle__is_initiator(const jingle__managed_t *m);
/** The session has ended, maybe without our having been told yet. */
bool jingle__is_over(const jingle__managed_t *m);
void jingle__turn_begin(jingle__managed_t *m);
/** The outermost turn does what is to be done; m may be gone afterwards. */
void jingle__turn_end(jingle__managed_t *m);
void jingle__end(jingle__managed_t *m, const jingle_reason_t *reason);
/** @param m may be NULL */
void jingle__note(const jingle__managed_t *m, xmpp_log_level_t level, const char *text);
/** A fault of the peer's that is met leniently. */
void jingle__quirk(const jingle__managed_t *m, const char *what);

/* ---- what is sent (batch.c) ---------------------------------------------------------------- */

#define JINGLE__DESCRIPTION 1u
#define JINGLE__SECURED 2u
#define JINGLE__SENDERS 4u
#define JINGLE__WHOLE (JINGLE__DESCRIPTION | JINGLE__SECURED | JINGLE__SENDERS)

/** One stanza in the making. */
typedef struct {
    jingle__managed_t *m;
    jingle_action_t action;
    size_t n, room;
    jingle__ask_t *ask;
    jingle_content_data_t *data;
} jingle__batch_t;

/** @param room for how many contents */
int jingle__batch_init(jingle__batch_t *batch, jingle__managed_t *m, jingle_action_t action,
                       size_t room);
/** Adds a content, described by these of its parts and by that transport, one of its two or NULL.
 *  @return JINGLE_ENOENT: there is nothing to tell, it was not added; JINGLE_EINVOP: it is over */
int jingle__batch_add(jingle__batch_t *batch, jingle_content_t *content, unsigned what,
                      jingle_part_t *transport);
/** @return an ask that nobody has heard of; NULL when out of memory */
jingle__ask_t *jingle__ask_new(jingle__managed_t *m, jingle_action_t action, size_t room);
void jingle__ask_free(jingle__ask_t *ask);
/** Nothing waits any more for the answer to what an informational request tells. */
void jingle__ask_told(jingle__ask_t *ask);
/** It waits for its answer from now on. */
void jingle__ask_link(jingle__ask_t *ask);
/** The answer to what was asked of this content by such requests changes nothing any more. */
void jingle__ask_no_more(jingle_content_t *content, jingle_action_t action);
/** @return true while an informational request of this life with that action waits for its answer */
bool jingle__is_telling(const jingle__managed_t *m, jingle_action_t action);
/** Tells the answer to an ask, its userdata. */
void jingle__answered(jingle_t *jingle, const jingle_answer_t *answer, void *userdata);
/** Sends; the batch is empty afterwards. @param payload may be NULL */
int jingle__batch_send(jingle__batch_t *batch, const jingle_reason_t *reason,
                       xmpp_stanza_t *payload);
void jingle__batch_clear(jingle__batch_t *batch);
/** Sends an action about one content without its parts. @param ns of a transport to name, or NULL */
int jingle__send_bare(jingle_content_t *content, jingle_action_t action,
                      const jingle_reason_t *reason, const char *ns);
size_t jingle__count_contents(const jingle__managed_t *m);
/** Sends out of the contents' parts failed: without it the session cannot go on. */
void jingle__send_failed(jingle__managed_t *m, int rc);
/** An element with name and namespace; NULL when out of memory. */
xmpp_stanza_t *jingle__element_new(jingle__managed_t *m, const char *name, const char *ns);

/* ---- what is received (lookup.c) ----------------------------------------------------------- */

typedef enum { JINGLE__FOUND, JINGLE__GONE_BY, JINGLE__UNKNOWN } jingle__found_t;

/** A content of the stanza that is being handled. */
typedef struct {
    jingle_content_t *content; /**< reference; NULL: ignore it */
    const jingle_content_data_t *data;
    jingle_part_t *part; /**< reference: which of the content's parts is meant */
    jingle_part_t *made; /**< made for this stanza; dropped unless it is taken away */
    char *refused;       /**< namespace of a proposal that is unusable */
    bool unusable;       /**< for why */
    bool no_transport;   /**< its transport is, for trouble */
    jingle__why_t why;
    jingle__why_t trouble;
} jingle__match_t;

typedef struct {
    jingle__managed_t *m;
    size_t n;
    jingle__match_t *items;
} jingle__matches_t;

/** Finds a content by creator and name, else by name alone, unless that might end or change another than
 *  the peer means. */
jingle__found_t jingle__find(jingle__managed_t *m, const jingle_content_data_t *named,
                             jingle_action_t action, jingle_content_t **content);
/** @return NULL: all are well-formed and known, none is named twice, there is one; else the error to answer with */
const jingle_error_t *jingle__matches_init(jingle__matches_t *matches, jingle__managed_t *m,
                                           const jingle_data_t *data);
void jingle__matches_clear(jingle__matches_t *matches);
bool jingle__well_formed(const jingle_content_data_t *data);
bool jingle__same_key(const jingle_content_data_t *a, const jingle_content_data_t *b);
void jingle__refuse(jingle_reply_t *reply, const jingle_error_t *error);
void jingle__answer(jingle_reply_t *reply, const jingle_error_t *error);

/* ---- handlers and steps, each in the file of its sequence ---------------------------------- */

jingle_action_fn jingle__handler(jingle_action_t action);
#define JINGLE__HANDLER(name)                                                                      \
    void jingle__on_##name(jingle_session_t *session, const jingle_data_t *data,                   \
                           jingle_reply_t *reply, void *self)
JINGLE__HANDLER(session_initiate); /* incoming.c */
JINGLE__HANDLER(content_add);
JINGLE__HANDLER(session_accept); /* accepted.c */
JINGLE__HANDLER(content_accept);
JINGLE__HANDLER(content_reject);
JINGLE__HANDLER(content_modify);    /* change.c */
JINGLE__HANDLER(content_remove);    /* held.c */
JINGLE__HANDLER(transport_replace); /* proposal.c */
JINGLE__HANDLER(transport_accept);  /* replace.c */
JINGLE__HANDLER(transport_reject);
JINGLE__HANDLER(transport_info); /* info.c */
JINGLE__HANDLER(description_info);
JINGLE__HANDLER(security_info);
JINGLE__HANDLER(session_info);

bool jingle__admit(jingle_session_t *session, const jingle_data_t *data, jingle_error_t *error,
                   void *self);
bool jingle__competes(jingle_session_t *session, const jingle_offer_t *theirs, void *self);

int jingle__save(jingle_session_t *session, jingle_save_t *save, void *self); /* save.c */
int jingle__restore(jingle_session_t *session, void *userdata, jingle_load_t *load,
                    void **self); /* restore.c */
void jingle__restored(jingle_session_t *session, void *self);

int jingle__start(jingle_session_t *session, void *self);  /* offer.c */
int jingle__accept(jingle_session_t *session, void *self); /* accept.c */

/** A step does one thing. @return true when it did, so that all are tried again */
bool jingle__step_reject(jingle__managed_t *m);     /* proposal.c */
bool jingle__step_fail(jingle__managed_t *m);       /* fail.c */
bool jingle__step_leave(jingle__managed_t *m);      /* change.c */
bool jingle__step_modify(jingle__managed_t *m);     /* change.c */
bool jingle__step_ask(jingle__managed_t *m);        /* accept.c */
bool jingle__step_accept(jingle__managed_t *m);     /* accept.c */
bool jingle__step_answer(jingle__managed_t *m);     /* accept.c */
bool jingle__step_offer(jingle__managed_t *m);      /* offer.c */
bool jingle__step_add(jingle__managed_t *m);        /* offer.c */
bool jingle__step_replace(jingle__managed_t *m);    /* replace.c */
bool jingle__step_agreed(jingle__managed_t *m);     /* open.c */
bool jingle__step_start(jingle__managed_t *m);      /* open.c */
bool jingle__step_open(jingle__managed_t *m);       /* open.c */
bool jingle__step_finish(jingle__managed_t *m);     /* open.c */
bool jingle__step_connection(jingle__managed_t *m); /* open.c */
bool jingle__step_news(jingle__managed_t *m);       /* news.c */
/** Has the peer still to hear something of this content's transport? */
bool jingle__transport_has_news(const jingle_content_t *content);
bool jingle__step_done(jingle__managed_t *m); /* open.c */

/** A request of ours was refused: what that means for its contents. */
void jingle__offer_refused(jingle_content_t *content, const jingle_answer_t *answer);
void jingle__accept_refused(jingle_content_t *content);
/** The peer does not take the session to be active, we do: whatever else is agreed, it ends. */
void jingle__session_accept_refused(jingle__managed_t *m);
void jingle__proposal_refused(jingle_content_t *content);
/** May its transport be replaced, as far as the application is concerned? */
bool jingle__may_replace(jingle_content_t *content);
/** The proposed transport takes the current one's place, at once or when it is open. */
void jingle__agree(jingle_content_t *content);
void jingle__swap(jingle_content_t *content);
/** Lets go of the proposed transport. */
void jingle__withdraw(jingle_content_t *content);
/** Every content has gone: XEP-0166 sections 7.2.4 and 7.2.5 want the session ended. */
void jingle__end_if_void(jingle__managed_t *m, const jingle_reason_t *reason);

#endif
