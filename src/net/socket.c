/* SPDX-License-Identifier: MIT */
/** @file
 *  TCP sockets that never block. */
#include "sockets.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>

#include <utlist.h>

/* How much is read or accepted of one socket before the next has its turn. */
#define READS_A_TURN 4
#define ACCEPTS_A_TURN 16
#define BACKLOG 16
#define UNSENT_MAX (128 << 10) /* octets */

static const jingle_socket_events_t nobody = {0};

static const xmpp_mem_t *mem_of(const jingle__poll_t *poll)
{
    return jingle_get_mem(poll->jingle);
}

static bool make_async(int fd)
{
    int flags = fcntl(fd, F_GETFL);

    return flags >= 0 && fcntl(fd, F_SETFL, flags | O_NONBLOCK) == 0 &&
           fcntl(fd, F_SETFD, FD_CLOEXEC) == 0;
}

/** Takes over the descriptor, also when it fails. */
static jingle_socket_t *wrap(jingle__poll_t *poll, int fd, jingle__socket_state_t state)
{
    const xmpp_mem_t *mem = mem_of(poll);
    jingle_socket_t *made = make_async(fd) ? mem->alloc(sizeof *made, mem->userdata) : NULL;

    if (!made) {
        close(fd);
        return NULL;
    }
    *made = (jingle_socket_t){.poll = poll, .fd = fd, .state = state, .events = &nobody};
    if (!jingle__loop_update(made)) {
        mem->free(made, mem->userdata);
        close(fd);
        return NULL;
    }
    DL_APPEND(poll->sockets, made);
    poll->n_sockets++;
    jingle__poll_wake(poll);
    return made;
}

void jingle__socket_free(jingle_socket_t *socket)
{
    jingle__poll_t *poll = socket->poll;
    const xmpp_mem_t *mem = mem_of(poll);

    DL_DELETE(poll->sockets, socket);
    poll->n_sockets--;
    mem->free(socket, mem->userdata);
}

void jingle__socket_close(jingle_net_t *net, jingle_socket_t *socket)
{
    (void)net;
    if (!socket || socket->closed)
        return;
    socket->closed = true;
    jingle__loop_update(socket); /* before the number can be another's */
    close(socket->fd);
    if (!socket->poll->in_round)
        jingle__socket_free(socket);
}

/* ---- listening ----------------------------------------------------------------------------- */

static int open_listener(const union jingle__sockaddr *at, socklen_t len, bool both_families)
{
    int on = 1, off = 0, fd = socket(at->any.sa_family, SOCK_STREAM, 0);

    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (at->any.sa_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, both_families ? &off : &on, sizeof on);
    if (bind(fd, &at->any, len) == 0 && listen(fd, BACKLOG) == 0)
        return fd;
    close(fd);
    return -1;
}

int jingle__socket_listen(jingle_net_t *net, const char *address, uint16_t port,
                          jingle_accept_fn on_accept, void *userdata, jingle_socket_t **out)
{
    union jingle__sockaddr at;
    socklen_t len = jingle__address_parse(address ? address : "::", port, &at);
    jingle_socket_t *made;
    int fd;

    if (!len)
        return JINGLE_EINVAL;
    fd = open_listener(&at, len, !address);
    if (fd < 0 && !address) { /* a machine without IPv6 */
        len = jingle__address_parse("0.0.0.0", port, &at);
        fd = open_listener(&at, len, false);
    }
    if (fd < 0)
        return JINGLE_EIO;
    made = wrap((jingle__poll_t *)net, fd, SOCKET_LISTENING);
    if (!made)
        return JINGLE_EMEM;
    made->on_accept = on_accept;
    made->userdata = userdata;
    *out = made;
    return JINGLE_EOK;
}

uint16_t jingle__socket_get_port(jingle_net_t *net, const jingle_socket_t *socket)
{
    union jingle__sockaddr at;
    socklen_t len = sizeof at;
    const void *found = &at;

    (void)net;
    if (getsockname(socket->fd, &at.any, &len) != 0)
        return 0;
    return ntohs(at.any.sa_family == AF_INET6 ? ((const struct sockaddr_in6 *)found)->sin6_port
                                              : ((const struct sockaddr_in *)found)->sin_port);
}

int jingle__socket_get_address(jingle_net_t *net, const jingle_socket_t *socket, char *address,
                               size_t size)
{
    union jingle__sockaddr at;
    socklen_t len = sizeof at;

    (void)net;
    if (size < JINGLE_ADDRESS_SIZE || socket->closed || getsockname(socket->fd, &at.any, &len) != 0)
        return JINGLE_EIO;
    return jingle__address_write(&at, address, size);
}

/** What was given to a connection counts as sent, and the system would take megabytes of which nothing has left. */
static void set_options(int fd)
{
    int on = 1;
#ifdef TCP_NOTSENT_LOWAT
    int most = UNSENT_MAX;

    setsockopt(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &most, sizeof most);
#endif
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

static bool accept_some(jingle_socket_t *listener)
{
    jingle__poll_t *poll = listener->poll;
    int i;

    for (i = 0; i < ACCEPTS_A_TURN && !listener->closed; i++) {
        int fd = accept(listener->fd, NULL, NULL);
        jingle_socket_t *made;
        if (fd < 0)
            break;
        set_options(fd);
        made = wrap(poll, fd, SOCKET_OPEN);
        if (made)
            listener->on_accept(&poll->net, made, listener->userdata);
    }
    return i > 0;
}

/* ---- dialling ------------------------------------------------------------------------------ */

int jingle__socket_dial(jingle_net_t *net, const char *address, uint16_t port,
                        const jingle_socket_events_t *events, void *userdata, jingle_socket_t **out)
{
    union jingle__sockaddr at;
    socklen_t len = jingle__address_parse(address, port, &at);
    jingle_socket_t *made;
    int fd;

    if (!len)
        return JINGLE_EINVAL;
    fd = socket(at.any.sa_family, SOCK_STREAM, 0);
    if (fd < 0)
        return JINGLE_EIO;
    set_options(fd);
    made = wrap((jingle__poll_t *)net, fd, SOCKET_DIALLING);
    if (!made)
        return JINGLE_EMEM;
    if (connect(fd, &at.any, len) != 0 && errno != EINPROGRESS && errno != EINTR) {
        jingle__socket_close(net, made);
        return JINGLE_EIO;
    }
    jingle__socket_set_events(net, made, events, userdata);
    *out = made;
    return JINGLE_EOK;
}

static void tell_closed(jingle_socket_t *socket, int err)
{
    socket->state = SOCKET_OVER;
    if (socket->events->closed)
        socket->events->closed(socket, err, socket->userdata);
}

static void finish_dialling(jingle_socket_t *socket)
{
    int err = 0;
    socklen_t len = sizeof err;

    if (getsockopt(socket->fd, SOL_SOCKET, SO_ERROR, &err, &len) != 0 || err) {
        tell_closed(socket, JINGLE_EIO);
        return;
    }
    socket->state = SOCKET_OPEN;
    if (socket->events->connected)
        socket->events->connected(socket, socket->userdata);
}

/* ---- data ---------------------------------------------------------------------------------- */

void jingle__socket_set_events(jingle_net_t *net, jingle_socket_t *socket,
                               const jingle_socket_events_t *events, void *userdata)
{
    (void)net;
    socket->events = events ? events : &nobody;
    socket->userdata = userdata;
}

long jingle__socket_send(jingle_net_t *net, jingle_socket_t *socket, const void *data, size_t len)
{
    ssize_t sent;

    (void)net;
    if (socket->closed || socket->state == SOCKET_LISTENING)
        return JINGLE_EINVOP;
    if (socket->state == SOCKET_DIALLING)
        sent = 0;
    else
        do
            sent = send(socket->fd, data, len, MSG_NOSIGNAL);
        while (sent < 0 && errno == EINTR);
    if (sent < 0 && errno != EAGAIN && errno != EWOULDBLOCK)
        return JINGLE_EIO;
    if (sent < 0)
        sent = 0;
    if ((size_t)sent < len) {
        socket->wants_write = true;
        jingle__loop_update(socket);
        jingle__poll_wake(socket->poll);
    }
    return (long)sent;
}

void jingle__socket_shutdown(jingle_net_t *net, jingle_socket_t *socket)
{
    (void)net;
    if (!socket->closed)
        shutdown(socket->fd, SHUT_WR);
}

void jingle__socket_pause(jingle_net_t *net, jingle_socket_t *socket, bool paused)
{
    (void)net;
    socket->paused = paused;
    jingle__loop_update(socket);
    if (!paused)
        jingle__poll_wake(socket->poll);
}

static bool read_some(jingle_socket_t *socket)
{
    jingle__poll_t *poll = socket->poll;

    for (int i = 0; i < READS_A_TURN && !socket->closed && !socket->paused; i++) {
        ssize_t got = recv(socket->fd, poll->buffer, JINGLE__NET_BUFFER, 0);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            return i > 0;
        if (got <= 0) {
            tell_closed(socket, got == 0 ? JINGLE_EOK : JINGLE_EIO);
            return true;
        }
        if (socket->events->data)
            socket->events->data(socket, poll->buffer, (size_t)got, socket->userdata);
        if ((size_t)got < JINGLE__NET_BUFFER)
            return true;
    }
    return true;
}

/* ---- turns --------------------------------------------------------------------------------- */

short jingle__socket_wants(const jingle_socket_t *socket)
{
    short wants = 0;

    if (socket->closed)
        return 0;
    if (socket->state == SOCKET_DIALLING ||
        (socket->wants_write && socket->state != SOCKET_LISTENING))
        wants |= POLLOUT;
    if (socket->state == SOCKET_LISTENING || (socket->state == SOCKET_OPEN && !socket->paused))
        wants |= POLLIN;
    return wants;
}

bool jingle__socket_ready(jingle_socket_t *socket, short ready)
{
    bool done = false;

    if (socket->closed || !ready)
        return false;
    if (socket->state == SOCKET_LISTENING)
        return accept_some(socket);
    if (socket->state == SOCKET_DIALLING) {
        finish_dialling(socket);
        return true;
    }
    if (socket->wants_write && (ready & (POLLOUT | POLLERR | POLLHUP))) {
        socket->wants_write = false;
        done = true;
        if (socket->events->writable)
            socket->events->writable(socket, socket->userdata);
    }
    if (!socket->closed && socket->state == SOCKET_OPEN && !socket->paused &&
        (ready & (POLLIN | POLLERR | POLLHUP)))
        done = read_some(socket) || done;
    return done;
}
