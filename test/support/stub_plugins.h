/* SPDX-License-Identifier: MIT */
/** @file
 *  Plug-ins for tests of the managed type, without a byte of real data: each call is a line in the
 *  engine's log, and a test scripts what they answer, or calls back from inside them.
 *
 *  Lines: "PLUGIN.FUNCTION CONTENT", such as "t1.prepare c"; "a.closed c REASON", "a.senders c
 * WHO". create, check, describe, resumable and save are not logged, they have no effect.
 *
 *  What the peer writes decides too: an element with an attribute verdict='malformed' or
 *  verdict='unusable' (and maybe reason='CONDITION' and text='WHY') is judged so. */
#ifndef TEST_SUPPORT_STUB_PLUGINS_H
#define TEST_SUPPORT_STUB_PLUGINS_H

#include <jingle/managed.h>

#include "support/engine.h"

#define STUB_APP ENGINE_APP /**< "a": a stream, or datagrams; asks nobody, see accepts */
#define STUB_APP2                                                                                  \
    "urn:example:app:2" /**< "b": a stream; without any function that may be left out: no saving */
#define STUB_T1 "urn:example:t1" /**< "t1": the best */
#define STUB_T2 "urn:example:t2"
#define STUB_T3 "urn:example:t3"   /**< "t3": the last of the chain */
#define STUB_DG "urn:example:dg"   /**< "dg": better than all, but for datagrams alone */
#define STUB_SEC "urn:example:sec" /**< "s" */
#define STUB_INFO_NS "urn:example:app:info"

typedef enum {
    STUB_CREATE,
    STUB_CHECK,
    STUB_APPLY,
    STUB_DESCRIBE,
    STUB_FREE,
    STUB_PREPARE,
    STUB_START,
    STUB_STOP,
    STUB_FINISH,
    STUB_OFFERED,
    STUB_ACCEPTED,
    STUB_OPEN,
    STUB_INFO,
    STUB_TELL,
    STUB_TOLD,
    STUB_MODIFIED,
    STUB_CLOSED,
    STUB_RESUMABLE,
    STUB_COMPETES,
    STUB_AWAITS,
    STUB_WRAP,
    STUB_SEND,
    STUB_SAVE,
    STUB_RESTORE,
    STUB_RESUME,
    STUB_POINTS
} stub_point_t;

typedef enum {
    STUB_A,
    STUB_B,
    STUB_1,
    STUB_2,
    STUB_3,
    STUB_D,
    STUB_S,
    STUB_PLUGINS
} stub_plugin_id_t;

typedef struct stub stub_t;
typedef struct stub_part stub_part_t;

/** How a plug-in behaves. Zero: it does what it should, at once; an application decides nothing. */
typedef struct {
    const char *name;
    bool later;              /**< transport: prepare does not say ready */
    bool waits;              /**< transport: start does not open */
    bool fails;              /**< transport: prepare fails */
    bool breaks;             /**< transport: start fails */
    bool holds;              /**< transport: finish is not finished; security: passes no end on */
    bool lost;               /**< transport: resume fails */
    bool accepts;            /**< application: offered accepts */
    bool rejects;            /**< application: offered rejects */
    bool resumable;          /**< application */
    uint32_t patience;       /**< what told returns */
    bool awaits;             /**< application: data, when the peer ends it */
    bool peaceful;           /**< application: competes with nothing */
    bool in_transport;       /**< security: lives in the transport element alone */
    int result[STUB_POINTS]; /**< what a function returns */
    jingle_check_t verdict;  /**< what check says of every element */
    jingle_condition_t why;  /**< of verdict unusable */
} stub_plan_t;

/** The self of a part. */
struct stub_part {
    stub_t *stub;
    stub_part_t *next;
    stub_plugin_id_t id;
    jingle_part_t *part;
    char *content; /**< name of its content */
    jingle_channel_t
        *channel; /**< a transport's own, or what an application was given: a reference */
    jingle_channel_t *inner; /**< what a security has wrapped: a reference */
    unsigned tells;          /**< application: how many payloads tell has to give */
    unsigned answers;        /**< application: to what it gave, in the order they came, as digits */
    unsigned told;           /**< elements with news that were described */
    bool has_news;           /**< an info's describe has something to tell */
    text_t received;         /**< application: what came, "|" after each piece, "." at the end */
    text_t sent;             /**< transport: what it was given to send */
    size_t takes;            /**< transport: how many octets it takes at a time; 0: all */
};

struct stub {
    engine_t *engine;
    stub_plan_t plan[STUB_PLUGINS];
    stub_part_t *parts;
    size_t live; /**< parts that were made and not freed */
    bool silent; /**< log no calls */
    /** A test's own: called inside each function, before it does anything. */
    void (*hook)(stub_t *stub, stub_part_t *part, stub_point_t point);
    void *user;
    void *home; /**< what the plug-ins are registered with; gone with the manager */
};

/** Registers them all with the engine's manager; engine->user is the stub. */
stub_t *stub_new(engine_t *engine);
/** After engine_free_manager(). @return parts that were not freed */
size_t stub_free(stub_t *stub);
/** The live part of that plug-in in the content of that name; NULL when there is none. */
stub_part_t *stub_find(stub_t *stub, stub_plugin_id_t id, const char *content);
/** A transport opens one more channel. */
void stub_open(stub_part_t *transport, unsigned component);
/** A part has news, with something to describe. */
void stub_news(stub_part_t *part);
const char *stub_point_name(stub_point_t point);

/** A content of an offer with any description, transport and more. */
#define STUB_CONTENT_OF(name, app, transport, more)                                                \
    "<content creator='initiator' name='" name "'><description xmlns='" app                        \
    "'/><transport xmlns='" transport "'/>" more "</content>"
#define STUB_CONTENT(name) STUB_CONTENT_OF(name, STUB_APP, STUB_T1, "")

#endif
