/* SPDX-License-Identifier: MIT */
/** @file
 *  A program over raw session types that does anything at any time: the types of the recorded
 *  scenarios (test/data/oracle/FORMAT.md section 1.2), so that what fails can be told in their
 * format (raw_tell.c, scenario.py). */
#ifndef TEST_SIM_RAW_H
#define TEST_SIM_RAW_H

#include <jingle/sim.h>

#define RAW_NOW "urn:xmpp:jingle:apps:stub:0"    /**< served by a type that answers at once */
#define RAW_LATER "urn:xmpp:jingle:apps:async:0" /**< ... that keeps its replies */
#define RAW_OTHER "urn:example:other:0"          /**< served by nobody: base sessions */
#define RAW_SAME "urn:example:same:0" /**< as RAW_NOW; both sides offer it under one sid */
#define RAW_TRANSPORT "urn:xmpp:jingle:transports:stub:0"

#define RAW_KEPT 48
#define RAW_HELD 6
#define RAW_ENGINES 3

typedef struct raw raw_t;

/** What the program of one engine holds. */
struct raw {
    jingle_sim_engine_t *engine;
    const jingle_session_type_t *now; /**< the type of RAW_NOW */
    jingle_reply_t *kept[RAW_KEPT];   /**< to be completed later: references */
    size_t n_kept;
    jingle_session_t *held[RAW_HELD]; /**< beyond their end: references, a ring */
    size_t n_held;
    struct raw_asked *asked; /**< requests whose answer is to be told once */
    size_t n_asked, n_told;
    struct raw_view *views; /**< raw_rules.c */
    unsigned next_sid;
    char sid[16];
    bool reacts;       /**< at the next event: */
    uint32_t reaction; /**< what is done */
    bool reacting;
    const jingle_event_t *event; /**< inside which it is; NULL: none */
    uintptr_t n_created;         /**< sessions so far */
    jingle_event_fn on_event;    /**< a test's own, called first; or NULL */
};

extern const jingle_sim_program_t raw_program;

/** Adds an engine with a program. @param config of the manager; NULL for all defaults */
raw_t *raw_add(jingle_sim_t *sim, const char *jid, const jingle_config_t *config);
/** @param now instead of raw_now */
raw_t *raw_add_with(jingle_sim_t *sim, const char *jid, const jingle_config_t *config,
                    const jingle_session_type_t *now);
raw_t *raw_of(const jingle_sim_engine_t *engine);

/* raw_type.c */
extern const jingle_session_type_t raw_now, raw_later;
/** Completes one of the replies kept. @param how 0: ack, 1: error, 2: default, 3: drop it */
void raw_complete(raw_t *raw, size_t index, unsigned how);
/** Sends an action with a payload that fits. @return of jingle_session_send() */
int raw_send(raw_t *raw, jingle_session_t *session, jingle_action_t action, uint32_t value);
/** As raw_send(), and notes what comes of it (raw_compare()). */
void raw_ask_for(raw_t *raw, jingle_session_t *session, jingle_action_t action);
/** Contents that an action may have, as XML. */
const char *raw_payload(jingle_action_t action, uint32_t value);
/** A stranger says something of a session. */
void raw_stranger(jingle_sim_engine_t *engine, uint32_t value);

/* raw_rules.c */

/** A handler is called: may it be, by XEP-0166's own table? */
void raw_check_order(raw_t *raw, const jingle_session_t *session, jingle_action_t action);
/** Sends what is out of order, past the session; whoever does not refuse it is at fault. */
void raw_forge(raw_t *raw, const char *peer, jingle_action_t action, const char *sid);
/** A request that was acknowledged is what both sides go by from then on. */
void raw_agree_to(raw_t *raw, const jingle_reply_t *reply);
/** As jingle_session_request(); at the result that is what both sides go by. */
void raw_ask(raw_t *raw, jingle_session_t *session, jingle_action_t action,
             const jingle_data_t *data);
/** Is a request of raw_ask() open? */
bool raw_waits(const raw_t *raw, const jingle_session_t *session, jingle_action_t action);
/** At rest: do both sides of a session go by the same request, for each action that can tie? */
void raw_compare(raw_t *raw, const jingle_session_t *session, raw_t *other,
                 const jingle_session_t *theirs);
void raw_note_event(raw_t *raw, const jingle_event_t *event);

/* raw_ops.c */
extern const jingle_sim_op_t raw_ops[];
extern const size_t raw_n_ops;
void raw_event(jingle_t *jingle, const jingle_event_t *event, void *raw);
jingle_session_t *raw_create(raw_t *raw, const char *peer, const char *sid,
                             const char *application);
/** A sid that is or was in use, or will be. Borrowed until the next call. */
const char *raw_sid(raw_t *raw, uint32_t value);

/* raw_tell.c: for the trace */

#if defined(__GNUC__)
#define RAW_PRINTF(at, first) __attribute__((format(printf, at, first)))
#else
#define RAW_PRINTF(at, first)
#endif
/** The step that comes now; what stands between its braces. */
void raw_tell(const raw_t *raw, const char *format, ...) RAW_PRINTF(2, 3);
/** ... of a session. @param session NULL: nothing is told */
void raw_tell_of(const raw_t *raw, const jingle_session_t *session, const char *format, ...)
    RAW_PRINTF(3, 4);
/** What happens and no step can say. */
void raw_tell_more(const raw_t *raw, const char *what);
void raw_tell_created(raw_t *raw, jingle_session_t *session);
void raw_tell_completed(const raw_t *raw, const jingle_reply_t *reply, unsigned how);

#endif
