/* SPDX-License-Identifier: MIT */
/** @file
 *  The library's own net: rounds of poll(2) from the manager's timers.
 *
 *  A round goes on while there is something to do, for ROUND_MS at most, so that data flows at full
 *  speed and the XMPP connection has its turn in between. With nothing to do rounds become rarer. */
#include "sockets.h"

#include <errno.h>
#include <time.h>

#include <utlist.h>

#define ROUND_MS 20
#define DELAY_BUSY 0
#define DELAY_FIRST 1
#define DELAY_MAX 25

static const char module_key;

static uint64_t clock_ms(void)
{
    struct timespec now;

    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0)
        return 0;
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* ---- rounds -------------------------------------------------------------------------------- */

static bool has_room(jingle__poll_t *own)
{
    const xmpp_mem_t *mem = jingle_get_mem(own->jingle);
    size_t size = own->n_sockets + 16;
    struct pollfd *fds;

    if (own->n_sockets <= own->fds_size)
        return true;
    fds = mem->alloc(size * sizeof *fds, mem->userdata);
    if (!fds)
        return false;
    if (own->fds)
        mem->free(own->fds, mem->userdata);
    own->fds = fds;
    own->fds_size = size;
    return true;
}

/** Sockets made meanwhile come after those that were asked about: they have their turn next time. */
static bool serve(jingle__poll_t *own, size_t n)
{
    jingle_socket_t *socket = own->sockets;
    bool done = false;

    for (size_t i = 0; i < n && socket && !own->gone; i++, socket = socket->next)
        done = jingle__socket_ready(socket, own->fds[i].revents) || done;
    return done;
}

static void bury(jingle__poll_t *own)
{
    jingle_socket_t *socket, *next;

    DL_FOREACH_SAFE(own->sockets, socket, next)
    if (socket->closed)
        jingle__socket_free(socket);
}

static bool poll_all(jingle__poll_t *own, int wait_ms)
{
    jingle_socket_t *socket;
    size_t n = 0;

    if (!has_room(own))
        return false;
    DL_FOREACH(own->sockets, socket)
    {
        short wants = jingle__socket_wants(socket);
        own->fds[n++] = (struct pollfd){.fd = wants ? socket->fd : -1, .events = wants};
    }
    if (n && poll(own->fds, (nfds_t)n, wait_ms) < 0)
        n = 0;
    return serve(own, n);
}

/** @return whether something was done */
static bool turn(jingle__poll_t *own, int wait_ms)
{
    bool done = own->loop.watch ? jingle__loop_serve(own) : poll_all(own, wait_ms);

    if (!own->gone)
        done = jingle__lookup_turn(own) || done;
    bury(own);
    return done;
}

static void release(jingle__poll_t *own)
{
    const xmpp_mem_t *mem = jingle_get_mem(own->jingle);

    while (own->sockets) {
        jingle__socket_close(&own->net, own->sockets);
        if (own->sockets && own->sockets->closed)
            jingle__socket_free(own->sockets);
    }
    jingle__lookup_stop(own);
    if (own->fds)
        mem->free(own->fds, mem->userdata);
    mem->free(own->buffer, mem->userdata);
    mem->free(own, mem->userdata);
}

static void set_timer(jingle__poll_t *own);

static void play_round(jingle_t *jingle, void *userdata)
{
    jingle__poll_t *own = userdata;
    uint64_t start = clock_ms();
    bool active = false, done;

    (void)jingle;
    own->timer = NULL;
    own->in_round = true;
    do {
        done = turn(own, active ? 1 : 0);
        active = active || done;
    } while (done && !own->gone && (own->any_ready || !own->loop.watch) &&
             clock_ms() - start < ROUND_MS);
    own->in_round = false;
    if (own->gone) {
        release(own);
        return;
    }
    own->delay = active ? DELAY_BUSY : own->delay * 2 + DELAY_FIRST;
    if (own->delay > DELAY_MAX)
        own->delay = DELAY_MAX;
    set_timer(own);
}

static void set_timer(jingle__poll_t *own)
{
    /* In a program's loop sockets need no rounds of their own; c-ares does. */
    bool needed = own->lookups || own->any_ready || (own->sockets && !own->loop.watch);

    if (!own->timer && needed &&
        jingle_timer_start(own->jingle, own->delay, play_round, own, &own->timer) != JINGLE_EOK)
        jingle_log(own->jingle, XMPP_LEVEL_ERROR, "no memory for a timer: sockets stand still");
}

void jingle__poll_soon(jingle__poll_t *own)
{
    jingle_timer_cancel(own->timer);
    own->timer = NULL;
    own->delay = DELAY_BUSY;
    set_timer(own);
}

void jingle__poll_wake(jingle__poll_t *own)
{
    if (own->in_round)
        return;
    if (own->timer && own->delay > DELAY_FIRST) {
        jingle_timer_cancel(own->timer);
        own->timer = NULL;
    }
    own->delay = DELAY_FIRST;
    set_timer(own);
}

/* ---- the net of a manager ------------------------------------------------------------------ */

static void free_poll(jingle_net_t *net)
{
    jingle__poll_t *own = (jingle__poll_t *)net;
    jingle_socket_t *socket;
    jingle_lookup_t *lookup;

    jingle_timer_cancel(own->timer);
    own->timer = NULL;
    if (!own->in_round) {
        release(own);
        return;
    }
    own->gone = true; /* a callback is running: the memory goes after it, and no other follows */
    DL_FOREACH(own->sockets, socket)
    jingle__socket_close(net, socket);
    DL_FOREACH(own->lookups, lookup)
    jingle__lookup_cancel(net, lookup);
}

static const jingle_net_t functions = {
    .size = sizeof functions,
    .listen = jingle__socket_listen,
    .get_port = jingle__socket_get_port,
    .get_address = jingle__socket_get_address,
    .dial = jingle__socket_dial,
    .set_events = jingle__socket_set_events,
    .send = jingle__socket_send,
    .shutdown = jingle__socket_shutdown,
    .pause = jingle__socket_pause,
    .close = jingle__socket_close,
    .lookup = jingle__lookup_start,
    .cancel = jingle__lookup_cancel,
    .addresses = jingle__address_each,
    .free = free_poll,
};

static jingle_net_t *make(jingle_t *jingle)
{
    const xmpp_mem_t *mem = jingle_get_mem(jingle);
    jingle__poll_t *own = mem->alloc(sizeof *own, mem->userdata);

    if (!own)
        return NULL;
    *own = (jingle__poll_t){.net = functions, .jingle = jingle};
    own->buffer = mem->alloc(JINGLE__NET_BUFFER, mem->userdata);
    if (own->buffer)
        return &own->net;
    mem->free(own, mem->userdata);
    return NULL;
}

static void free_net(void *module)
{
    jingle_net_t *net = module;

    net->free(net);
}

static bool is_whole(const jingle_net_t *net)
{
    return net->size >= sizeof *net && net->listen && net->get_port && net->get_address &&
           net->dial && net->set_events && net->send && net->shutdown && net->pause && net->close &&
           net->lookup && net->cancel && net->addresses && net->free;
}

int jingle_set_net(jingle_t *jingle, jingle_net_t *net)
{
    if (!jingle || !net || !is_whole(net))
        return JINGLE_EINVAL;
    return jingle_set_module(jingle, &module_key, net, free_net);
}

jingle_net_t *jingle_get_net(jingle_t *jingle)
{
    jingle_net_t *net = jingle ? jingle_get_module(jingle, &module_key) : NULL;

    if (net || !jingle)
        return net;
    net = make(jingle);
    if (net && jingle_set_module(jingle, &module_key, net, free_net) != JINGLE_EOK) {
        net->free(net);
        return NULL;
    }
    return net;
}
