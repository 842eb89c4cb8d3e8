/* SPDX-License-Identifier: MIT */
/** @file
 *  What the files of the simulator share. */
#ifndef JINGLE_SIM_PRIVATE_H
#define JINGLE_SIM_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <jingle/sim.h>

#define JINGLE__SIM_ENGINES 8
#define JINGLE__SIM_FAULTS 16
#define JINGLE__SIM_HISTORY 8
#define JINGLE__SIM_OFFERED 64
/** Where no run of a program gets to in good order. */
#define JINGLE__SIM_RESTLESS 100000

/* ---- small things --------------------------------------------------------------------------- */

/** malloc(), realloc() and strdup() that end the program when memory is gone. */
void *jingle__sim_alloc(size_t size);
void *jingle__sim_grow(void *p, size_t size);
char *jingle__sim_copy(const char *string);

/** A generator that is the same everywhere (splitmix64). */
uint64_t jingle__sim_next(uint64_t *state);

/** An allocator that counts, and fails when it is told to. */
typedef struct {
    xmpp_mem_t mem;
    size_t blocks, bytes;
    uint64_t fail_in;   /**< allocations until one fails; 0: none does */
    uint64_t fail_more; /**< how many more fail after that */
    uint64_t failures;
    void (*on_failure)(void *owner); /**< or NULL */
    void *owner;
} jingle__sim_mem_t;
void jingle__sim_mem_init(jingle__sim_mem_t *mem);

/** Reads stanzas as servers hand them on. */
typedef struct jingle__sim_reader jingle__sim_reader_t;
jingle__sim_reader_t *jingle__sim_reader_new(xmpp_ctx_t *ctx);
void jingle__sim_reader_free(jingle__sim_reader_t *reader);
/** @return the caller's; NULL when it is not well-formed */
xmpp_stanza_t *jingle__sim_read(jingle__sim_reader_t *reader, const char *xml, size_t len);

/* ---- links ---------------------------------------------------------------------------------- */

typedef struct jingle__sim_parcel {
    struct jingle__sim_parcel *next;
    xmpp_stanza_t *stanza;
    bool again; /**< it was delivered before */
} jingle__sim_parcel_t;

typedef struct {
    jingle__sim_parcel_t *first, **last;
    size_t waiting;
    size_t torn; /**< how many of them were sent before something was lost */
    xmpp_stanza_t *history[JINGLE__SIM_HISTORY]; /**< delivered last, a ring */
    size_t n_history;
} jingle__sim_link_t;

void jingle__sim_link_init(jingle__sim_link_t *link);
/** Loses what waits. @return how many stanzas */
size_t jingle__sim_link_lose(jingle__sim_link_t *link);
void jingle__sim_link_clear(jingle__sim_link_t *link);
void jingle__sim_link_put(jingle__sim_link_t *link, xmpp_stanza_t *stanza);
/** The engine's output. */
int jingle__sim_send(jingle_t *jingle, const char *xml, size_t len, void *engine);

/* ---- what is known of an engine -------------------------------------------------------------- */

/** A request that has arrived and waits for its answer. */
typedef struct {
    xmpp_stanza_t *iq;
    const char *sid; /**< of its `<jingle/>`, borrowed from iq; NULL: not Jingle */
    bool terminate;  /**< it is a session-terminate */
    bool over;       /**< its session has ended */
} jingle__sim_open_t;

/** A session that lives. */
typedef struct {
    jingle_session_t *session;
    bool torn; /**< something of it was lost: its two sides may differ */
} jingle__sim_known_t;

struct jingle_sim_engine {
    jingle_sim_t *sim;
    size_t index;
    char *jid, *address;
    jingle_config_t config; /**< the program's */
    jingle__sim_mem_t mem;
    jingle_t *jingle;
    uint64_t random;  /**< of the manager's octets */
    uint64_t actions; /**< of a manager that was freed */
    jingle__sim_open_t *open;
    size_t n_open, open_size;
    jingle__sim_known_t *known;
    size_t n_known, known_size;
    uint64_t offered[JINGLE__SIM_OFFERED]; /**< sids and peers of offers of its own, a ring */
    size_t n_offered;
    uint64_t opened[JINGLE__SIM_OFFERED]; /**< offers of others that became sessions, a ring */
    size_t n_opened;
    xmpp_stanza_t *handed; /**< what it is being handed */
    bool is_cut;
    bool tearing; /**< what it is handed comes from before something was lost, or comes again */
    jingle_sim_spoil_t spoil;
    uint64_t spoil_at;
    xmpp_stanza_t *held;    /**< by JINGLE_SIM_SWAP */
    jingle_net_t net;       /**< the manager's */
    jingle_limits_t widest; /**< the limits, each as wide as it has been */
    uint16_t next_port;
    void *user;
    void (*user_free)(void *);
};

/* rules.c */

void jingle__sim_note_request(jingle_sim_engine_t *engine, xmpp_stanza_t *iq);
/** ... that was not the manager's. */
void jingle__sim_take_back(jingle_sim_engine_t *engine, xmpp_stanza_t *iq);
/** An answer leaves. */
void jingle__sim_note_answer(jingle_sim_engine_t *engine, xmpp_stanza_t *iq);
void jingle__sim_note_event(jingle_sim_engine_t *engine, const jingle_event_t *event);
/** Something that an engine has sent is lost. */
void jingle__sim_tear(jingle_sim_engine_t *engine);
/** What a stranger must not change. */
uint64_t jingle__sim_fingerprint(const jingle_sim_engine_t *engine, const char *stranger);
void jingle__sim_check_rest(jingle_sim_engine_t *engine);
void jingle__sim_close_engine(jingle_sim_engine_t *engine);
bool jingle__sim_is_request(xmpp_stanza_t *iq);
xmpp_stanza_t *jingle__sim_jingle_of(xmpp_stanza_t *iq);

/* limits.c */

/** Of a manager that was made, or may have been given others since. */
void jingle__sim_note_limits(jingle_sim_engine_t *engine);
/** Does what an engine keeps stay within its limits? */
void jingle__sim_check_limits(jingle_sim_engine_t *engine);
/** It acknowledges a request: is that within its limits? */
void jingle__sim_check_size(jingle_sim_engine_t *engine, xmpp_stanza_t *iq);
size_t jingle__sim_count_contents(const jingle_session_t *session);

/* ---- the network ----------------------------------------------------------------------------- */

/** @return the engine's net; it is part of the engine */
jingle_net_t *jingle__sim_net_new(jingle_sim_engine_t *engine);
/** Frees what was closed. */
void jingle__sim_net_clear(jingle_sim_t *sim);
/** Does one thing that is due. @return false: nothing is */
bool jingle__sim_net_turn(jingle_sim_t *sim);
/** @return when the next thing falls due, UINT64_MAX: nothing will */
uint64_t jingle__sim_net_due(const jingle_sim_t *sim);

/* ---- the world --------------------------------------------------------------------------------
 */

struct jingle_sim {
    uint64_t seed, random, now;
    jingle__sim_mem_t mem; /**< of stanzas */
    xmpp_ctx_t *ctx;
    jingle__sim_reader_t *reader;
    jingle_sim_engine_t *engines[JINGLE__SIM_ENGINES];
    size_t n_engines;
    jingle__sim_link_t links[JINGLE__SIM_ENGINES][JINGLE__SIM_ENGINES]; /**< from, to */
    jingle_sim_wall_t walls[JINGLE__SIM_ENGINES][JINGLE__SIM_ENGINES];
    jingle_socket_t *sockets;
    jingle_lookup_t *lookups;
    bool in_turn; /**< of the network */
    jingle_sim_elsewhere_fn elsewhere;
    void *elsewhere_userdata;
    FILE *trace;
    char *faults[JINGLE__SIM_FAULTS];
    size_t n_faults;
    uint64_t n_compared, n_torn; /**< sides of sessions that agree.c compared, and left out */
};

void jingle__sim_trace_stanza(jingle_sim_engine_t *engine, char way, xmpp_stanza_t *stanza);
void jingle__sim_trace_event(jingle_sim_engine_t *engine, const jingle_event_t *event);

/** Does what is due by now on all engines and in the network. */
void jingle__sim_tick(jingle_sim_t *sim);

#endif
