/* SPDX-License-Identifier: MIT */
/** @file
 *  A network without any. */
#include "virtual_net.h"

#include <stdlib.h>
#include <string.h>

#include <arpa/inet.h>
#include <utlist.h>

typedef struct {
    jingle_net_t net; /**< first */
    vnet_t *world;
    const char *const *addresses;
} host_t;

struct jingle_socket {
    struct jingle_socket *prev, *next;
    host_t *host;
    const jingle_net_t *dialler;
    jingle_socket_t *peer; /**< NULL: listening, dialling, or the other end is gone */
    const jingle_socket_events_t *events;
    jingle_accept_fn on_accept;
    void *userdata;
    char address[JINGLE_ADDRESS_SIZE]; /**< local */
    uint16_t port;                     /**< of a listener; what is dialled */
    vnet_fate_t fate;
    bool dialling, paused;
    text_t waiting; /**< bytes that were sent here */
    bool ends;      /**< the end follows them */
    bool broken;    /**< ... and it is a reset */
    bool over;      /**< it was told */
    bool blocked;   /**< send() took less than all */
};

static const jingle_socket_events_t nobody = {0};

static bool is_numeric(const char *address)
{
    unsigned char raw[16];

    return inet_pton(AF_INET, address, raw) == 1 || inet_pton(AF_INET6, address, raw) == 1;
}

static jingle_socket_t *make(host_t *host, const char *address, uint16_t port)
{
    jingle_socket_t *made = text_alloc(sizeof *made);

    memset(made, 0, sizeof *made);
    made->host = host;
    made->events = &nobody;
    made->port = port;
    strncpy(made->address, address, sizeof made->address - 1);
    DL_APPEND(host->world->sockets, made);
    host->world->n_open++;
    return made;
}

static int vnet_listen(jingle_net_t *net, const char *address, uint16_t port,
                       jingle_accept_fn on_accept, void *userdata, jingle_socket_t **out)
{
    host_t *host = (host_t *)net;

    *out = make(host, address ? address : "",
                port ? port : (uint16_t)(10000 + host->world->next_port++));
    (*out)->on_accept = on_accept;
    (*out)->userdata = userdata;
    return JINGLE_EOK;
}

static uint16_t vnet_get_port(jingle_net_t *net, const jingle_socket_t *socket)
{
    (void)net;
    return socket->port;
}

static int vnet_get_address(jingle_net_t *net, const jingle_socket_t *socket, char *address,
                            size_t size)
{
    (void)net;
    memcpy(address, socket->address, size < sizeof socket->address ? size : sizeof socket->address);
    return JINGLE_EOK;
}

static int vnet_dial(jingle_net_t *net, const char *address, uint16_t port,
                     const jingle_socket_events_t *events, void *userdata, jingle_socket_t **out)
{
    host_t *host = (host_t *)net;
    vnet_t *world = host->world;
    vnet_dial_t *dial = &world->dials[world->n_dials % VNET_DIALS];

    if (!is_numeric(address))
        return JINGLE_EINVAL;
    *dial = (vnet_dial_t){.from = net, .port = port, .when = world->now};
    strncpy(dial->address, address, sizeof dial->address - 1);
    world->n_dials++;
    *out = make(host, address, port);
    (*out)->dialler = net;
    (*out)->dialling = true;
    (*out)->events = events;
    (*out)->userdata = userdata;
    (*out)->fate = world->fate ? world->fate(world, net, address, port) : VNET_ANSWERS;
    return JINGLE_EOK;
}

static void vnet_set_events(jingle_net_t *net, jingle_socket_t *socket,
                            const jingle_socket_events_t *events, void *userdata)
{
    (void)net;
    socket->events = events ? events : &nobody;
    socket->userdata = userdata;
}

static long vnet_send(jingle_net_t *net, jingle_socket_t *socket, const void *data, size_t len)
{
    size_t room = socket->host->world->room, waits;

    (void)net;
    if (!socket->peer)
        return JINGLE_EIO;
    waits = socket->peer->waiting.len;
    if (room && len > room - (waits < room ? waits : room)) {
        len = room - (waits < room ? waits : room);
        socket->blocked = true;
    }
    text_add(&socket->peer->waiting, data, len);
    return (long)len;
}

static void vnet_shutdown(jingle_net_t *net, jingle_socket_t *socket)
{
    (void)net;
    if (socket->peer)
        socket->peer->ends = true;
}

static void vnet_pause(jingle_net_t *net, jingle_socket_t *socket, bool paused)
{
    (void)net;
    socket->paused = paused;
}

static void vnet_close(jingle_net_t *net, jingle_socket_t *socket)
{
    vnet_t *world = socket->host->world;

    (void)net;
    if (socket->peer) {
        socket->peer->ends = true;
        socket->peer->peer = NULL;
    }
    DL_DELETE(world->sockets, socket);
    world->n_open--;
    text_clear(&socket->waiting);
    free(socket);
}

void vnet_reset(jingle_socket_t *socket)
{
    if (socket->peer) {
        socket->peer->broken = true;
        text_clear(&socket->peer->waiting);
    }
    vnet_close(&socket->host->net, socket);
}

static int vnet_lookup(jingle_net_t *net, const char *name, jingle_lookup_fn on_found,
                       void *userdata, jingle_lookup_t **lookup)
{
    (void)net, (void)name, (void)on_found, (void)userdata, (void)lookup;
    return JINGLE_EIO;
}

static void vnet_cancel(jingle_net_t *net, jingle_lookup_t *lookup)
{
    (void)net, (void)lookup;
}

static bool is_loopback(const char *address)
{
    return strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0;
}

static int vnet_addresses(jingle_net_t *net, jingle_address_fn fn, void *userdata)
{
    const char *const *at = ((host_t *)net)->addresses;

    while (at && *at && fn(*at, is_loopback(*at), userdata))
        at++;
    return JINGLE_EOK;
}

static void vnet_free(jingle_net_t *net)
{
    jingle_socket_t *socket, *next;
    host_t *host = (host_t *)net;

    DL_FOREACH_SAFE(host->world->sockets, socket, next)
    if (socket->host == host)
        vnet_close(net, socket);
    free(host);
}

jingle_net_t *vnet_host(vnet_t *world, const char *const *addresses)
{
    static const jingle_net_t functions = {
        sizeof functions, vnet_listen, vnet_get_port,  vnet_get_address, vnet_dial,
        vnet_set_events,  vnet_send,   vnet_shutdown,  vnet_pause,       vnet_close,
        vnet_lookup,      vnet_cancel, vnet_addresses, vnet_free};
    host_t *host = text_alloc(sizeof *host);

    *host = (host_t){functions, world, addresses};
    return &host->net;
}

/* ---- what happens ---------------------------------------------------------------------------- */

static bool has_address(const host_t *host, const char *address)
{
    for (const char *const *at = host->addresses; at && *at; at++)
        if (strcmp(*at, address) == 0)
            return true;
    return false;
}

static jingle_socket_t *find_listener(const jingle_socket_t *dialling)
{
    jingle_socket_t *socket;

    DL_FOREACH(dialling->host->world->sockets, socket)
    if (socket->on_accept && socket->port == dialling->port &&
        has_address(socket->host, dialling->address))
        return socket;
    return NULL;
}

static void tell_closed(jingle_socket_t *socket, int err)
{
    socket->over = true;
    if (socket->events->closed)
        socket->events->closed(socket, err, socket->userdata);
}

static void connect_both(jingle_socket_t *socket)
{
    jingle_socket_t *listener = socket->fate == VNET_ANSWERS ? find_listener(socket) : NULL, *other;

    socket->dialling = false;
    if (!listener) {
        tell_closed(socket, JINGLE_EIO);
        return;
    }
    other = make(listener->host, socket->address, 0);
    other->dialler = socket->dialler;
    other->peer = socket;
    socket->peer = other;
    listener->on_accept(&listener->host->net, other, listener->userdata);
    if (socket->events->connected)
        socket->events->connected(socket, socket->userdata);
}

/* There is room again. */
static bool can_write(const jingle_socket_t *socket)
{
    return socket->blocked && socket->peer && socket->peer->waiting.len < socket->host->world->room;
}

static bool can_act(const jingle_socket_t *socket)
{
    if (socket->dialling)
        return socket->fate != VNET_SILENT;
    if (can_write(socket))
        return true;
    /* A reset is told although nothing is read. */
    return !socket->over &&
           (socket->broken || (!socket->paused && (socket->waiting.len || socket->ends)));
}

static void act(jingle_socket_t *socket)
{
    text_t data = socket->waiting;

    if (socket->dialling) {
        connect_both(socket);
        return;
    }
    if (can_write(socket)) {
        socket->blocked = false;
        if (socket->events->writable)
            socket->events->writable(socket, socket->userdata);
        return;
    }
    if (!data.len) {
        tell_closed(socket, socket->broken ? JINGLE_EIO : JINGLE_EOK);
        return;
    }
    socket->waiting = (text_t){0};
    if (socket->events->data)
        socket->events->data(socket, text_str(&data), data.len, socket->userdata);
    text_clear(&data);
}

static jingle_socket_t *next_of(const vnet_t *world, const jingle_net_t *dialler)
{
    jingle_socket_t *socket;

    DL_FOREACH(world->sockets, socket)
    if (socket->dialler && (!dialler || socket->dialler == dialler) && can_act(socket))
        return socket;
    return NULL;
}

bool vnet_is_waiting(const vnet_t *world, const jingle_net_t *dialler)
{
    return next_of(world, dialler) != NULL;
}

bool vnet_run(vnet_t *world, const jingle_net_t *dialler)
{
    bool done = false;
    jingle_socket_t *socket;

    while ((socket = next_of(world, dialler))) {
        act(socket);
        done = true;
    }
    return done;
}
