/* SPDX-License-Identifier: MIT */
/** @file
 *  See refusal.h. */
#include "refusal.h"

#include <errno.h>
#include <poll.h>
#include <stddef.h>
#include <sys/select.h>
#include <sys/socket.h>

#include <ares.h>

refusal_t at_accept, at_bind, at_connect, at_getifaddrs, at_getsockname, at_getsockopt, at_poll,
    at_recv, at_resolver, at_send, at_socket;
struct ifaddrs *pretended;

void refuse_nothing(void)
{
    at_accept = at_bind = at_connect = at_getifaddrs = at_getsockname = at_getsockopt = at_poll =
        at_recv = at_resolver = at_send = at_socket = (refusal_t){0};
    pretended = NULL;
}

static bool refuses(refusal_t *refusal)
{
    if (!refusal->times)
        return false;
    refusal->times--;
    errno = refusal->error;
    return true;
}

int __real_accept(int fd, struct sockaddr *address, socklen_t *len);
int __wrap_accept(int fd, struct sockaddr *address, socklen_t *len);
int __wrap_accept(int fd, struct sockaddr *address, socklen_t *len)
{
    return refuses(&at_accept) ? -1 : __real_accept(fd, address, len);
}

int __real_bind(int fd, const struct sockaddr *address, socklen_t len);
int __wrap_bind(int fd, const struct sockaddr *address, socklen_t len);
int __wrap_bind(int fd, const struct sockaddr *address, socklen_t len)
{
    return refuses(&at_bind) ? -1 : __real_bind(fd, address, len);
}

int __real_connect(int fd, const struct sockaddr *address, socklen_t len);
int __wrap_connect(int fd, const struct sockaddr *address, socklen_t len);
int __wrap_connect(int fd, const struct sockaddr *address, socklen_t len)
{
    return refuses(&at_connect) ? -1 : __real_connect(fd, address, len);
}

int __real_getifaddrs(struct ifaddrs **out);
int __wrap_getifaddrs(struct ifaddrs **out);
int __wrap_getifaddrs(struct ifaddrs **out)
{
    *out = pretended;
    return refuses(&at_getifaddrs) ? -1 : pretended ? 0 : __real_getifaddrs(out);
}

void __real_freeifaddrs(struct ifaddrs *all);
void __wrap_freeifaddrs(struct ifaddrs *all);
void __wrap_freeifaddrs(struct ifaddrs *all)
{
    if (all != pretended)
        __real_freeifaddrs(all);
}

int __real_getsockname(int fd, struct sockaddr *address, socklen_t *len);
int __wrap_getsockname(int fd, struct sockaddr *address, socklen_t *len);
int __wrap_getsockname(int fd, struct sockaddr *address, socklen_t *len)
{
    return refuses(&at_getsockname) ? -1 : __real_getsockname(fd, address, len);
}

int __real_getsockopt(int fd, int level, int name, void *value, socklen_t *len);
int __wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *len);
int __wrap_getsockopt(int fd, int level, int name, void *value, socklen_t *len)
{
    return refuses(&at_getsockopt) ? -1 : __real_getsockopt(fd, level, name, value, len);
}

int __real_poll(struct pollfd *fds, nfds_t n, int wait_ms);
int __wrap_poll(struct pollfd *fds, nfds_t n, int wait_ms);
int __wrap_poll(struct pollfd *fds, nfds_t n, int wait_ms)
{
    return refuses(&at_poll) ? -1 : __real_poll(fds, n, wait_ms);
}

ssize_t __real_recv(int fd, void *data, size_t len, int flags);
ssize_t __wrap_recv(int fd, void *data, size_t len, int flags);
ssize_t __wrap_recv(int fd, void *data, size_t len, int flags)
{
    return refuses(&at_recv) ? -1 : __real_recv(fd, data, len, flags);
}

ssize_t __real_send(int fd, const void *data, size_t len, int flags);
ssize_t __wrap_send(int fd, const void *data, size_t len, int flags);
ssize_t __wrap_send(int fd, const void *data, size_t len, int flags)
{
    return refuses(&at_send) ? -1 : __real_send(fd, data, len, flags);
}

int __real_socket(int family, int type, int protocol);
int __wrap_socket(int family, int type, int protocol);
int __wrap_socket(int family, int type, int protocol)
{
    bool meant = !at_socket.family || at_socket.family == family;

    return meant && refuses(&at_socket) ? -1 : __real_socket(family, type, protocol);
}

int __real_ares_init_options(ares_channel *channel, struct ares_options *options, int mask);
int __wrap_ares_init_options(ares_channel *channel, struct ares_options *options, int mask);
int __wrap_ares_init_options(ares_channel *channel, struct ares_options *options, int mask)
{
    return refuses(&at_resolver) ? ARES_ENOMEM : __real_ares_init_options(channel, options, mask);
}
