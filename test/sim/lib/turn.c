/* SPDX-License-Identifier: MIT */
/** @file
 *  What happens in the simulated network, one thing at a time. All callbacks of jingle_net_t come
 * from here, never from inside the call that they belong to. */
#include "socket.h"

#include <stdlib.h>
#include <string.h>

/** Octets after which a connection breaks that is to break. */
#define BREAK_MAX 20000

void jingle__sim_net_clear(jingle_sim_t *sim)
{
    jingle_socket_t **at = &sim->sockets, *socket;
    jingle_lookup_t **lookup_at = &sim->lookups, *lookup;

    while ((socket = *at)) {
        if (!socket->closed) {
            at = &socket->next;
            continue;
        }
        *at = socket->next;
        free(socket->data);
        free(socket);
    }
    while ((lookup = *lookup_at)) {
        if (!lookup->cancelled) {
            lookup_at = &lookup->next;
            continue;
        }
        *lookup_at = lookup->next;
        free(lookup);
    }
}

static void tell_closed(jingle_socket_t *socket, int err)
{
    socket->state = SOCKET_OVER;
    if (socket->events->closed)
        socket->events->closed(socket, err, socket->userdata);
}

/* ---- connections ------------------------------------------------------------------------------
 */

static jingle_sim_engine_t *engine_at(jingle_sim_engine_t *from, const char *address)
{
    if (strcmp(address, "127.0.0.1") == 0)
        return from;
    for (size_t i = 0; i < from->sim->n_engines; i++)
        if (strcmp(from->sim->engines[i]->address, address) == 0)
            return from->sim->engines[i];
    return NULL;
}

static jingle_socket_t *listener_at(jingle_sim_engine_t *engine, uint16_t port)
{
    jingle_socket_t *socket = engine->sim->sockets;

    while (socket && (socket->engine != engine || socket->state != SOCKET_LISTENING ||
                      socket->port != port || socket->closed))
        socket = socket->next;
    return socket;
}

static void open_end(jingle_socket_t *socket, jingle_socket_t *peer, size_t budget)
{
    socket->state = SOCKET_OPEN;
    socket->peer = peer;
    socket->budget = budget;
    socket->data = jingle__sim_alloc(JINGLE__SIM_ROOM);
}

static void connect_to(jingle_socket_t *socket, jingle_socket_t *listener, size_t budget)
{
    jingle_socket_t *made = jingle__sim_socket_new(listener->engine, SOCKET_OPEN);

    open_end(socket, made, budget);
    open_end(made, socket, budget);
    listener->on_accept(&listener->engine->net, made, listener->userdata);
    if (!socket->closed && socket->events->connected)
        socket->events->connected(socket, socket->userdata);
}

static void dial(jingle_socket_t *socket)
{
    jingle_sim_t *sim = socket->engine->sim;
    jingle_sim_engine_t *to = engine_at(socket->engine, socket->address);
    jingle_sim_wall_t wall = to ? sim->walls[socket->engine->index][to->index] : JINGLE_SIM_SILENT;
    jingle_socket_t *listener = to ? listener_at(to, socket->port) : NULL;

    if (wall == JINGLE_SIM_SILENT)
        socket->due = UINT64_MAX;
    else if (wall == JINGLE_SIM_REFUSE || !listener)
        tell_closed(socket, JINGLE_EIO);
    else
        connect_to(socket, listener,
                   wall == JINGLE_SIM_BREAKS ? 1 + (size_t)jingle_sim_random(sim, BREAK_MAX) : 0);
}

/** Octets come in pieces of any size. */
static void hand_over(jingle_socket_t *socket)
{
    char piece[JINGLE__SIM_ROOM];
    size_t len = 1 + (size_t)jingle_sim_random(socket->engine->sim, socket->len);

    if (jingle_sim_random(socket->engine->sim, 2))
        len = socket->len;
    memcpy(piece, socket->data, len);
    socket->len -= len;
    memmove(socket->data, socket->data + len, socket->len);
    if (socket->events->data)
        socket->events->data(socket, piece, len, socket->userdata);
}

static bool may_write(const jingle_socket_t *socket)
{
    return socket->wants_write && socket->state == SOCKET_OPEN &&
           (!socket->peer || socket->peer->len < JINGLE__SIM_ROOM);
}

/** @return whether something was done */
static bool turn(jingle_socket_t *socket)
{
    uint64_t now = socket->engine->sim->now;

    if (socket->closed)
        return false;
    if (may_write(socket)) {
        socket->wants_write = false;
        if (socket->events->writable)
            socket->events->writable(socket, socket->userdata);
        return true;
    }
    if (socket->due > now)
        return false;
    if (socket->state == SOCKET_DIALLING)
        dial(socket);
    else if (socket->state != SOCKET_OPEN || socket->paused)
        return false;
    else if (socket->len)
        hand_over(socket);
    else if (socket->ended)
        tell_closed(socket, socket->broken ? JINGLE_EIO : JINGLE_EOK);
    else
        return false;
    return true;
}

/* ---- names ------------------------------------------------------------------------------------
 */

static bool look_up(jingle_sim_t *sim)
{
    jingle_lookup_t *lookup = sim->lookups;
    const char *address;

    while (lookup && lookup->cancelled)
        lookup = lookup->next;
    if (!lookup)
        return false;
    lookup->cancelled = true; /* it is called once */
    address = lookup->name;
    lookup->on_found(&lookup->engine->net, &address, strpbrk(address, "0123456789") == address,
                     JINGLE_EOK, lookup->userdata);
    return true;
}

/* ---- turns ------------------------------------------------------------------------------------
 */

bool jingle__sim_net_turn(jingle_sim_t *sim)
{
    bool done;

    if (sim->in_turn || (!sim->sockets && !sim->lookups))
        return false;
    sim->in_turn = true;
    done = look_up(sim);
    for (jingle_socket_t *socket = sim->sockets; socket && !done; socket = socket->next)
        done = turn(socket);
    sim->in_turn = false;
    jingle__sim_net_clear(sim);
    return done;
}

/** @return whether something will come of it by itself */
static bool waits(const jingle_socket_t *socket)
{
    if (socket->closed || socket->paused)
        return false;
    return socket->state == SOCKET_DIALLING ||
           (socket->state == SOCKET_OPEN && (socket->len || socket->ended));
}

uint64_t jingle__sim_net_due(const jingle_sim_t *sim)
{
    uint64_t due = UINT64_MAX;

    for (const jingle_socket_t *socket = sim->sockets; socket; socket = socket->next) {
        if (may_write(socket) && !socket->closed)
            return sim->now;
        if (waits(socket) && socket->due < due)
            due = socket->due;
    }
    return due < sim->now ? sim->now : due;
}
