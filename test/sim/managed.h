/* SPDX-License-Identifier: MIT */
/** @file
 *  A program over the managed session type: applications, transports and a security without a byte
 *  of real data, that do by chance what they may, at once, later or never. Beside the simulator's
 *  rules: what the managed type promises to plug-ins (managed_plugins.c). */
#ifndef TEST_SIM_MANAGED_H
#define TEST_SIM_MANAGED_H

#include <jingle/sim.h>

#define MANAGED_INFO "urn:example:sim:info"
#define MANAGED_KEPT 16
#define MANAGED_PLUGINS 6
#define MANAGED_DONE 64

typedef struct side side_t;
typedef struct part part_t;

/** What a plug-in's functions are given. */
typedef struct {
    side_t *side;
    const char *ns;
    unsigned kind; /**< 0: application, 1: transport, 2: security */
} plugin_t;

/** A plug-in at work. */
struct part {
    part_t *next;
    const plugin_t *plugin;
    jingle_part_t *part;
    char id[16]; /**< of a transport: what the two ends of it share; "" at first */
    bool preparing, ready, started, opened, stopped, finishing, closed, has_news, breaks;
};

/** The program of one engine. */
struct side {
    jingle_sim_engine_t *engine;
    plugin_t plugins[MANAGED_PLUGINS];
    part_t *parts;
    jingle_reply_t *kept[MANAGED_KEPT]; /**< to be completed later: references */
    size_t n_kept;
    unsigned next_sid, next_name, next_id;
    jingle_content_t *done[MANAGED_DONE]; /**< what it was done with last: references, a ring */
    size_t n_done;
    bool settles; /**< all is decided from now on, so that the two sides can agree at rest */
};

extern const jingle_sim_program_t managed_program;

/* managed_plugins.c */
extern const char *const managed_namespaces[MANAGED_PLUGINS];
/** Registers all with the manager of a side. */
void managed_register(side_t *side);
/** Something from outside: ready, open, fail, done, news. */
void managed_stir(side_t *side, uint32_t value);
/** Completes one of the replies that were kept. @param how 0: ack, 1: error, 2: default, 3: drop */
void managed_complete(side_t *side, size_t index, unsigned how);

#endif
