/* SPDX-License-Identifier: MIT */
/** @file
 *  Sockets of the simulated network. */
#ifndef JINGLE_SIM_SOCKET_H
#define JINGLE_SIM_SOCKET_H

#include "private.h"

/** What a connection holds on its way, in each direction. */
#define JINGLE__SIM_ROOM 16384

typedef enum { SOCKET_LISTENING, SOCKET_DIALLING, SOCKET_OPEN, SOCKET_OVER } socket_state_t;

struct jingle_socket {
    jingle_socket_t *next;
    jingle_sim_engine_t *engine;
    socket_state_t state;
    jingle_socket_t *peer; /**< the other end; NULL: it has closed */
    const jingle_socket_events_t *events;
    jingle_accept_fn on_accept;
    void *userdata;
    uint16_t port; /**< of a listener, or to be dialled */
    char address[JINGLE_ADDRESS_SIZE];
    uint64_t due; /**< when what comes next may come */
    char *data;   /**< on its way to this end */
    size_t len;
    size_t budget; /**< octets until it breaks; 0: it does not */
    bool ended;    /**< nothing follows data */
    bool broken;   /**< nor comes data */
    bool paused, wants_write;
    bool closed; /**< to be freed when no callback is running */
};

struct jingle_lookup {
    jingle_lookup_t *next;
    jingle_sim_engine_t *engine;
    jingle_lookup_fn on_found;
    void *userdata;
    bool cancelled;
    char name[JINGLE_ADDRESS_SIZE];
};

jingle_socket_t *jingle__sim_socket_new(jingle_sim_engine_t *engine, socket_state_t state);
void jingle__sim_socket_break(jingle_socket_t *socket);
/** When it is that something sent now arrives. */
uint64_t jingle__sim_socket_later(jingle_sim_t *sim);

#endif
