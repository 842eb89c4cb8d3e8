/* SPDX-License-Identifier: MIT */
/** @file
 *  The library's own net in a program's event loop: what to wait for is told when it changes, and
 *  what is ready is served in the next turn of the manager, so that callbacks find it as ever. */
#include "sockets.h"

#include <utlist.h>

static unsigned bits_of(short wants)
{
    return (wants & POLLIN ? JINGLE_READABLE : 0) | (wants & POLLOUT ? JINGLE_WRITABLE : 0);
}

bool jingle__loop_update(jingle_socket_t *socket)
{
    jingle__poll_t *own = socket->poll;
    unsigned wanted = bits_of(jingle__socket_wants(socket));

    if (!own->loop.watch || wanted == socket->watched)
        return true;
    if (own->loop.watch(socket->fd, wanted, own->loop.userdata) != JINGLE_EOK)
        return false;
    socket->watched = wanted;
    return true;
}

bool jingle__loop_serve(jingle__poll_t *own)
{
    jingle_socket_t *socket;
    bool done = false;

    own->any_ready = false;
    DL_FOREACH(own->sockets, socket)
    {
        short ready = socket->ready;
        socket->ready = 0;
        if (own->gone || !ready)
            continue;
        done = jingle__socket_ready(socket, (short)(ready & jingle__socket_wants(socket))) || done;
        jingle__loop_update(socket);
    }
    return done;
}

int jingle_set_loop(jingle_t *jingle, const jingle_loop_t *loop)
{
    jingle_net_t *net = jingle_get_net(jingle);
    jingle__poll_t *own = (jingle__poll_t *)net;

    if (!jingle || !loop || loop->size < sizeof *loop || !loop->watch)
        return JINGLE_EINVAL;
    if (!net)
        return JINGLE_EMEM;
    if (net->listen != jingle__socket_listen || own->loop.watch || own->sockets)
        return JINGLE_EEXIST;
    own->loop = *loop;
    return JINGLE_EOK;
}

void jingle_loop_ready(jingle_t *jingle, int fd, unsigned events)
{
    jingle_net_t *net = jingle_get_net(jingle);
    jingle__poll_t *own = (jingle__poll_t *)net;
    jingle_socket_t *socket;

    if (!net || net->listen != jingle__socket_listen || !own->loop.watch)
        return;
    DL_FOREACH(own->sockets, socket)
    if (!socket->closed && socket->fd == fd) {
        socket->ready = (short)((events & JINGLE_READABLE ? POLLIN : 0) |
                                (events & JINGLE_WRITABLE ? POLLOUT : 0));
        own->any_ready = true;
    }
    if (own->any_ready && !own->in_round) {
        jingle__poll_soon(own);
        jingle_tick(jingle, 0); /* the time is the last one */
    }
}
