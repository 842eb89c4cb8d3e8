/* SPDX-License-Identifier: MIT */
/** @file
 *  jingle_net_t without a network: connections are buffers with a delay. */
#include "socket.h"

#include <stdlib.h>
#include <string.h>

#define DELAY_MAX_MS 40

static const jingle_socket_events_t nobody;

static jingle_sim_engine_t *engine_of(jingle_net_t *net)
{
    return (jingle_sim_engine_t *)(void *)((char *)net - offsetof(jingle_sim_engine_t, net));
}

uint64_t jingle__sim_socket_later(jingle_sim_t *sim)
{
    return sim->now + 1 + jingle_sim_random(sim, DELAY_MAX_MS);
}

jingle_socket_t *jingle__sim_socket_new(jingle_sim_engine_t *engine, socket_state_t state)
{
    jingle_socket_t *socket = jingle__sim_alloc(sizeof *socket);

    socket->engine = engine;
    socket->state = state;
    socket->events = &nobody;
    socket->next = engine->sim->sockets;
    engine->sim->sockets = socket;
    return socket;
}

/** @return false: no address */
static bool keep_address(jingle_socket_t *socket, const char *address)
{
    size_t size = strlen(address) + 1;

    if (size > sizeof socket->address || !strpbrk(address, ".:") ||
        strspn(address, "0123456789abcdefABCDEF.:") != size - 1)
        return false;
    memcpy(socket->address, address, size);
    return true;
}

static void net_close(jingle_net_t *net, jingle_socket_t *socket);

static int net_listen(jingle_net_t *net, const char *address, uint16_t port,
                      jingle_accept_fn on_accept, void *userdata, jingle_socket_t **out)
{
    jingle_sim_engine_t *engine = engine_of(net);
    jingle_socket_t *socket = jingle__sim_socket_new(engine, SOCKET_LISTENING);

    if (!keep_address(socket, address ? address : engine->address)) {
        net_close(net, socket);
        return JINGLE_EINVAL;
    }
    socket->port = port ? port : engine->next_port++;
    socket->on_accept = on_accept;
    socket->userdata = userdata;
    *out = socket;
    return JINGLE_EOK;
}

static uint16_t net_get_port(jingle_net_t *net, const jingle_socket_t *socket)
{
    (void)net;
    return socket->port;
}

static int net_get_address(jingle_net_t *net, const jingle_socket_t *socket, char *address,
                           size_t size)
{
    (void)net;
    if (size < JINGLE_ADDRESS_SIZE || socket->closed)
        return JINGLE_EIO;
    snprintf(address, size, "%s", socket->engine->address);
    return JINGLE_EOK;
}

static void net_set_events(jingle_net_t *net, jingle_socket_t *socket,
                           const jingle_socket_events_t *events, void *userdata)
{
    (void)net;
    socket->events = events ? events : &nobody;
    socket->userdata = userdata;
}

static int net_dial(jingle_net_t *net, const char *address, uint16_t port,
                    const jingle_socket_events_t *events, void *userdata, jingle_socket_t **out)
{
    jingle_sim_engine_t *engine = engine_of(net);
    jingle_socket_t *socket = jingle__sim_socket_new(engine, SOCKET_DIALLING);

    if (!keep_address(socket, address)) {
        net_close(net, socket);
        return JINGLE_EINVAL;
    }
    socket->port = port;
    socket->due = jingle__sim_socket_later(engine->sim);
    net_set_events(net, socket, events, userdata);
    *out = socket;
    return JINGLE_EOK;
}

void jingle__sim_socket_break(jingle_socket_t *socket)
{
    if (socket->state != SOCKET_OPEN)
        return;
    socket->broken = socket->ended = true;
    /* Of what was under way any part may have come. */
    socket->len = (size_t)jingle_sim_random(socket->engine->sim, socket->len + 1);
    socket->due = socket->engine->sim->now;
}

static long net_send(jingle_net_t *net, jingle_socket_t *socket, const void *data, size_t len)
{
    jingle_socket_t *peer = socket->peer;
    size_t room;

    (void)net;
    if (socket->closed || socket->state == SOCKET_LISTENING)
        return JINGLE_EINVOP;
    if (socket->state == SOCKET_DIALLING) {
        socket->wants_write = true;
        return 0;
    }
    if (!peer || peer->ended || socket->broken)
        return JINGLE_EIO;
    room = JINGLE__SIM_ROOM - peer->len;
    if (len > room) {
        len = room;
        socket->wants_write = true;
    }
    if (!peer->len)
        peer->due = jingle__sim_socket_later(peer->engine->sim);
    memcpy(peer->data + peer->len, data, len);
    peer->len += len;
    if (socket->budget && socket->budget <= len) {
        jingle__sim_socket_break(socket);
        jingle__sim_socket_break(peer);
    } else if (socket->budget)
        socket->budget -= len;
    return (long)len;
}

static void net_shutdown(jingle_net_t *net, jingle_socket_t *socket)
{
    (void)net;
    if (socket->peer && !socket->peer->ended) {
        socket->peer->ended = true;
        if (!socket->peer->len)
            socket->peer->due = jingle__sim_socket_later(socket->engine->sim);
    }
}

static void net_pause(jingle_net_t *net, jingle_socket_t *socket, bool paused)
{
    (void)net;
    socket->paused = paused;
}

static void net_close(jingle_net_t *net, jingle_socket_t *socket)
{
    if (!socket || socket->closed)
        return;
    net_shutdown(net, socket);
    if (socket->peer)
        socket->peer->peer = NULL;
    socket->peer = NULL;
    socket->closed = true; /* freed by the next turn */
}

/* ---- names ------------------------------------------------------------------------------------
 */

static int net_lookup(jingle_net_t *net, const char *name, jingle_lookup_fn on_found,
                      void *userdata, jingle_lookup_t **out)
{
    jingle_sim_engine_t *engine = engine_of(net);
    jingle_lookup_t *lookup = jingle__sim_alloc(sizeof *lookup);

    lookup->engine = engine;
    lookup->on_found = on_found;
    lookup->userdata = userdata;
    snprintf(lookup->name, sizeof lookup->name, "%s", name);
    lookup->next = engine->sim->lookups;
    engine->sim->lookups = lookup;
    *out = lookup;
    return JINGLE_EOK;
}

static void net_cancel(jingle_net_t *net, jingle_lookup_t *lookup)
{
    (void)net;
    lookup->cancelled = true;
}

static int net_addresses(jingle_net_t *net, jingle_address_fn fn, void *userdata)
{
    if (fn(engine_of(net)->address, false, userdata))
        fn("127.0.0.1", true, userdata);
    return JINGLE_EOK;
}

/* ---- the net of an engine ----------------------------------------------------------------------
 */

static void net_free(jingle_net_t *net)
{
    jingle_sim_engine_t *engine = engine_of(net);
    jingle_lookup_t *lookup;
    jingle_socket_t *socket;

    for (socket = engine->sim->sockets; socket; socket = socket->next)
        if (socket->engine == engine)
            net_close(net, socket);
    for (lookup = engine->sim->lookups; lookup; lookup = lookup->next)
        if (lookup->engine == engine)
            lookup->cancelled = true;
}

jingle_net_t *jingle__sim_net_new(jingle_sim_engine_t *engine)
{
    engine->net = (jingle_net_t){.size = sizeof(jingle_net_t),
                                 .listen = net_listen,
                                 .get_port = net_get_port,
                                 .get_address = net_get_address,
                                 .dial = net_dial,
                                 .set_events = net_set_events,
                                 .send = net_send,
                                 .shutdown = net_shutdown,
                                 .pause = net_pause,
                                 .close = net_close,
                                 .lookup = net_lookup,
                                 .cancel = net_cancel,
                                 .addresses = net_addresses,
                                 .free = net_free};
    return &engine->net;
}

void jingle_sim_set_wall(jingle_sim_engine_t *from, jingle_sim_engine_t *to, jingle_sim_wall_t wall)
{
    from->sim->walls[from->index][to->index] = wall;
}

void jingle_sim_break(jingle_sim_engine_t *engine)
{
    for (jingle_socket_t *socket = engine->sim->sockets; socket; socket = socket->next)
        if (socket->engine == engine && socket->state == SOCKET_OPEN && !socket->closed) {
            if (socket->peer)
                jingle__sim_socket_break(socket->peer);
            jingle__sim_socket_break(socket);
        }
}
