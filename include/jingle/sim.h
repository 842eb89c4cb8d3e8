/* SPDX-License-Identifier: MIT */
/** @file
 *  A simulator: several managers in one process, joined by links, with a clock, a network and
 * chance of their own, so that a session type, an application or a transport is tried in thousands
 * of orders of events, and every run can be repeated from its seed.
 *
 *  It is a library of its own for tests (pkg-config module libstrophe-jingle-sim), written on the
 *  public headers alone. docs/simulator.md says how it is used.
 *
 *  A *world* holds *engines*: a manager each, with a JID. What one sends waits on the *link* to
 * whom it is addressed until it is delivered; a link keeps the order of what it carries, different
 * links overtake each other. A *program* is a list of what may be done (its *ops*) and how a world
 * is set up; a run is a list of *acts*, each an op done by one engine. What breaks a rule is a
 * *fault*:
 *
 *  - a request that gets no answer, two, or one out of order (XEP-0166 sections 6.2 and 7.2)
 *  - at rest: two sides of a session with different states or contents
 *  - a stanza that changes the session of another peer
 *  - a limit that is passed
 *  - memory that is not given back
 *
 *  Errors of the simulator itself (no memory) end the program. The rules on threads and re-entrancy
 *  are in manager.h; a world and its engines are used by one thread. */
#ifndef JINGLE_SIM_H
#define JINGLE_SIM_H

#include <stdio.h>

#include <jingle/managed.h>
#include <jingle/net.h>

#ifdef __cplusplus
extern "C" {
#endif

/** A world. */
typedef struct jingle_sim jingle_sim_t;
/** A manager in a world, and what it is joined by. */
typedef struct jingle_sim_engine jingle_sim_engine_t;

/* ---- worlds -------------------------------------------------------------------------------- */

/** Makes a world. @param seed of all its chance: the same world for the same seed, on any machine
 */
jingle_sim_t *jingle_sim_new(uint64_t seed);
/** Frees the managers that are left, then judges: requests that were never answered, memory that
 * was not given back. @param out where faults are told, a line each; NULL: nowhere
 *  @return the number of faults of this world, from its beginning */
size_t jingle_sim_free(jingle_sim_t *sim, FILE *out);

/** Adds an engine. Its manager gets a clock, random octets, an allocator that counts, a net and a
 * way to send; those of the config are not used, all else of it is.
 *  @param jid    full JID
 *  @param config NULL for all defaults. jingle_get_userdata() gives the engine, callbacks get the
 *                config's userdata
 *  @return borrowed as long as the world */
jingle_sim_engine_t *jingle_sim_add(jingle_sim_t *sim, const char *jid,
                                    const jingle_config_t *config);
/** @param index from 0, in the order of adding @return NULL past the end */
jingle_sim_engine_t *jingle_sim_get_engine(const jingle_sim_t *sim, size_t index);
/** @return the engine of that JID; NULL when there is none */
jingle_sim_engine_t *jingle_sim_find_engine(const jingle_sim_t *sim, const char *jid);
/** @return the engine's manager; NULL when it was freed */
jingle_t *jingle_sim_get_manager(const jingle_sim_engine_t *engine);
/** @return the engine's JID */
const char *jingle_sim_get_jid(const jingle_sim_engine_t *engine);
/** @return the engine's world */
jingle_sim_t *jingle_sim_get_world(const jingle_sim_engine_t *engine);
/** @return the index of an engine */
size_t jingle_sim_get_index(const jingle_sim_engine_t *engine);
/** A pointer of the program's own, with an engine. @param free_fn called when the world is freed,
 *  after the managers; or NULL */
void jingle_sim_set_user(jingle_sim_engine_t *engine, void *user, void (*free_fn)(void *user));
/** @return what was set last, or NULL */
void *jingle_sim_get_user(const jingle_sim_engine_t *engine);
/** jingle_free(), and what was on its way to it is lost; the rest of the world goes on. */
void jingle_sim_free_manager(jingle_sim_engine_t *engine);
/** @return a number from 0 to below - 1, by the world's seed */
uint64_t jingle_sim_random(jingle_sim_t *sim, uint64_t below);
/** @return the world's clock, ms */
uint64_t jingle_sim_now(const jingle_sim_t *sim);
/** Reads an element, as it stands inside a stanza. @return the caller's, to be released; NULL when
 * it is not well-formed */
xmpp_stanza_t *jingle_sim_element(jingle_sim_t *sim, const char *xml);

/* ---- links --------------------------------------------------------------------------------- */

/** Delivers the oldest stanza on the link between two engines. @return false: there is none */
bool jingle_sim_deliver(jingle_sim_engine_t *from, jingle_sim_engine_t *to);
/** @return how many stanzas are on the link */
size_t jingle_sim_waiting(const jingle_sim_engine_t *from, const jingle_sim_engine_t *to);
/** @return the id of the oldest request on the link, for who would answer it in the other's name;
 *  NULL: there is none. Borrowed until it is delivered */
const char *jingle_sim_get_request(const jingle_sim_engine_t *from, const jingle_sim_engine_t *to);
/** Hands a stanza to an engine as if it came from a JID that may be anybody's, the engines' own
 *  excepted: it must leave their sessions as they are. Answers to it lead nowhere.
 *  @param xml an IQ; `from` and `to` are set here */
void jingle_sim_feed(jingle_sim_engine_t *engine, const char *from, const char *xml);
/** Cuts an engine's connection: it cannot send (JINGLE_ESEND), and what is on its links waits.
 *  @param lose what is on the links is lost. Its two sides may differ then until they end their
 *         sessions with each other: they are not compared */
void jingle_sim_cut(jingle_sim_engine_t *engine, bool lose);
/** Joins it again. @param again how many of the last stanzas that were delivered to and from it
 * come once more, in their order, as after a resumption whose acknowledgements were lost (XEP-0198)
 */
void jingle_sim_join(jingle_sim_engine_t *engine, size_t again);
/** Lets allocations of an engine's manager fail, until the world is to come to rest. All rules stay; of what is
 *  refused with resource-constraint then the two sides may differ, as that changes nothing.
 *  @param nth   the first that fails, from 1 for its next; 0: none any more
 *  @param count how many fail, one after the other */
void jingle_sim_starve(jingle_sim_engine_t *engine, uint64_t nth, uint64_t count);
/** @return how many allocations of an engine have failed */
uint64_t jingle_sim_count_failures(const jingle_sim_engine_t *engine);
/** @return true while its connection is cut */
bool jingle_sim_is_cut(const jingle_sim_engine_t *engine);

/** Where stanzas go that are for no engine, such as a proxy: to be answered with
 *  jingle_sim_answer(). @param stanza borrowed for the call */
typedef void (*jingle_sim_elsewhere_fn)(jingle_sim_engine_t *from, xmpp_stanza_t *stanza,
                                        void *userdata);
/** Says who gets them. Without one a request is answered service-unavailable, as a server does. */
void jingle_sim_set_elsewhere(jingle_sim_t *sim, jingle_sim_elsewhere_fn fn, void *userdata);
/** Answers such a request. @param error condition; NULL: a result @param payload XML of a result,
 * or NULL */
void jingle_sim_answer(jingle_sim_engine_t *engine, xmpp_stanza_t *request, const char *error,
                       const char *payload);

/* ---- the network --------------------------------------------------------------------------- */

/** What stands between two engines' sockets. */
typedef enum {
    JINGLE_SIM_OPEN,   /**< nothing: connections are made and carry data */
    JINGLE_SIM_REFUSE, /**< connections are refused at once */
    JINGLE_SIM_SILENT, /**< a connection is tried and nothing ever comes of it */
    JINGLE_SIM_BREAKS  /**< connections are made, and break after some octets */
} jingle_sim_wall_t;
/** Sets what stands in the way of connections that one engine makes to another; at first nothing.
 */
void jingle_sim_set_wall(jingle_sim_engine_t *from, jingle_sim_engine_t *to,
                         jingle_sim_wall_t wall);
/** Breaks every connection of an engine that is open now. */
void jingle_sim_break(jingle_sim_engine_t *engine);
/** @return the engine's address in the network, numeric */
const char *jingle_sim_get_address(const jingle_sim_engine_t *engine);

/* ---- time ---------------------------------------------------------------------------------- */

/** Lets time pass: whatever falls due on the way (timers, the network) is done in its order.
 * Nothing is delivered on links. */
void jingle_sim_wait(jingle_sim_t *sim, uint64_t ms);
/** Delivers everything on links that are not cut, in an order by the seed, and what that brings.
 *  @return false: it does not come to an end */
bool jingle_sim_flush(jingle_sim_t *sim);
/** Brings the world to rest: joins all, gives all memory, delivers all, lets all time-outs pass that are set by then
 *  (ten minutes, or as long as something is under way).
 *  @return false: it does not come to rest, which is a fault */
bool jingle_sim_rest(jingle_sim_t *sim);

/* ---- rules --------------------------------------------------------------------------------- */

/** Compares the two sides of every session; the world must be at rest. What differs is a fault. */
void jingle_sim_agree(jingle_sim_t *sim);
/** How much that has compared so far: a rule that looks at nothing is never broken.
 *  @param compared receives how many sides of sessions, added; may be NULL
 *  @param torn     receives how many it left out, as something of them was lost, added; may be NULL */
void jingle_sim_count_compared(const jingle_sim_t *sim, uint64_t *compared, uint64_t *torn);
/** For the beginning of a session type's handlers: has the action's turn come, with all that came
 * for its session before answered? And is it from the session's peer? */
void jingle_sim_check_turn(jingle_sim_engine_t *engine, const jingle_reply_t *reply);
/** Notes a fault, also one of the program's own finding. printf's format. */
void jingle_sim_fault(jingle_sim_t *sim, const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 2, 3)))
#endif
    ;
/** Tells what happens from now on, a line each: "> " what leaves an engine, "< " what it is handed,
 * "* " what its program is told, "- " what becomes of its connection, ". " its end.
 *  @param out NULL: no more */
void jingle_sim_set_trace(jingle_sim_t *sim, FILE *out);
/** Writes a line into the trace, if there is one. printf's format. */
void jingle_sim_note(jingle_sim_t *sim, const char *format, ...)
#if defined(__GNUC__)
    __attribute__((format(printf, 2, 3)))
#endif
    ;
/** @return how many faults there are */
size_t jingle_sim_count_faults(const jingle_sim_t *sim);
/** @param index from 0, in the order found; only the first 16 are kept @return NULL past the end */
const char *jingle_sim_get_fault(const jingle_sim_t *sim, size_t index);
/** @return Jingle requests that its engines have received; the measure of a run */
uint64_t jingle_sim_count_actions(const jingle_sim_t *sim);

/** Ways to spoil what an engine sends: to prove that the rules see it. */
typedef enum {
    JINGLE_SIM_HONEST,  /**< nothing is spoilt */
    JINGLE_SIM_DROP,    /**< the answer is lost */
    JINGLE_SIM_DOUBLE,  /**< the answer is sent twice */
    JINGLE_SIM_SWAP,    /**< the answer waits until another was sent */
    JINGLE_SIM_INVERT,  /**< a result becomes an error */
    JINGLE_SIM_MISSEND, /**< the answer carries another id */
    JINGLE_SIM_OBEY     /**< an error becomes a result: only errors count */
} jingle_sim_spoil_t;
/** Spoils one answer of an engine. @param nth which, from 1 for its next */
void jingle_sim_spoil(jingle_sim_engine_t *engine, jingle_sim_spoil_t how, uint64_t nth);

/* ---- programs ------------------------------------------------------------------------------ */

/** One thing that may be done. @param value any number: chooses what is to be chosen, so that the
 *  same act does the same in the same world */
typedef void (*jingle_sim_op_fn)(jingle_sim_engine_t *engine, uint32_t value);
/** One kind of act. */
typedef struct {
    const char *name;    /**< for reports */
    jingle_sim_op_fn fn; /**< what it does */
    unsigned weight;     /**< how often it is chosen, against the others */
} jingle_sim_op_t;

/** One act of a run. */
typedef struct {
    uint16_t op;     /**< index into the program's ops */
    uint16_t engine; /**< index of the engine */
    uint32_t value;  /**< for the op */
} jingle_sim_act_t;

/** What is run. */
typedef struct {
    size_t size;      /**< sizeof(jingle_sim_program_t) */
    const char *name; /**< for reports */
    /** Adds the engines, registers what is to be tried. */
    void (*set_up)(jingle_sim_t *sim, void *userdata);
    const jingle_sim_op_t *ops; /**< what may be done; the simulator's own come beside them */
    size_t n_ops;               /**< how many */
    /** When all acts are done, before the world comes to rest: the program lets go of what it holds
     *  back. May be left out. */
    void (*settle)(jingle_sim_t *sim, void *userdata);
    /** When all acts are done and the world is at rest, before the two sides are compared: the
     *  program's own rules. May be left out. */
    void (*judge)(jingle_sim_t *sim, void *userdata);
    /** A bit of JINGLE_SIM_WITHOUT_ each for what the simulator is not to do of its own. */
    unsigned without;
    void *userdata; /**< for set_up, settle and judge */
} jingle_sim_program_t;

/** Connections are not cut. */
#define JINGLE_SIM_WITHOUT_CUTS 1u
/** Time passes only when the world comes to rest. */
#define JINGLE_SIM_WITHOUT_TIME 2u

/** Ops of the simulator: their numbers are the program's n_ops and on. */
#define JINGLE_SIM_OWN_OPS 4

/** How a series of runs came out. */
typedef struct {
    uint64_t passed;   /**< runs without a fault */
    uint64_t failed;   /**< runs with one */
    uint64_t actions;  /**< Jingle requests received in all */
    uint64_t acts;     /**< acts done in all */
    uint64_t seed;     /**< of the first that failed */
    uint64_t compared; /**< sides of sessions that were held against the other at the end of runs */
    uint64_t torn;     /**< ... that were not, for something of them was lost */
} jingle_sim_result_t;

/** Runs a program with one seed after the other until so many actions were received. The first run
 *  that fails is made as short as it can be, and told; the series ends there.
 *  @param seed of the first run; the next has the next
 *  @param acts of each run
 *  @param actions 0: one run
 *  @param out where a failure is told; NULL: nowhere
 *  @param result added to; zero it to begin */
void jingle_sim_run(const jingle_sim_program_t *program, uint64_t seed, size_t acts,
                    uint64_t actions, FILE *out, jingle_sim_result_t *result);
/** Makes the acts of a seed. @param acts receives n of them */
void jingle_sim_choose(const jingle_sim_program_t *program, uint64_t seed, jingle_sim_act_t *acts,
                       size_t n);
/** Runs a list of acts, to rest and judgement.
 *  @param actions receives the Jingle requests received, added; may be NULL
 *  @return number of faults */
size_t jingle_sim_play(const jingle_sim_program_t *program, uint64_t seed,
                       const jingle_sim_act_t *acts, size_t n, FILE *out, uint64_t *actions);
/** As jingle_sim_play(), and tells all that happens (jingle_sim_set_trace()). @return number of
 * faults */
size_t jingle_sim_replay(const jingle_sim_program_t *program, uint64_t seed,
                         const jingle_sim_act_t *acts, size_t n, FILE *out);
/** Leaves out of a list of acts what its failure does not need (delta debugging).
 *  @param acts changed in place @return how many are left; n when it does not fail */
size_t jingle_sim_shrink(const jingle_sim_program_t *program, uint64_t seed, jingle_sim_act_t *acts,
                         size_t n);

#ifdef __cplusplus
}
#endif

#endif
