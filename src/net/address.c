/* SPDX-License-Identifier: MIT */
/** @file
 *  Addresses as text, and those of this machine. */

/* getifaddrs() is in no standard, and in every libc; glibc hides its flags without this. */
#define _DEFAULT_SOURCE

#include "sockets.h"

#include <ifaddrs.h>
#include <net/if.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

socklen_t jingle__address_parse(const char *address, uint16_t port, union jingle__sockaddr *out)
{
    struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
                             .ai_socktype = SOCK_STREAM};
    struct addrinfo *found;
    char service[8];
    socklen_t len;

    snprintf(service, sizeof service, "%u", port);
    if (getaddrinfo(address, service, &hints, &found) != 0)
        return 0;
    len = found->ai_addrlen;
    memcpy(out, found->ai_addr, len);
    freeaddrinfo(found);
    return len;
}

/** Without the zone: it means something on this machine only. */
static bool write_numeric(const struct sockaddr *address, char *text, size_t size)
{
    socklen_t len =
        address->sa_family == AF_INET ? sizeof(struct sockaddr_in) : sizeof(struct sockaddr_in6);

    if (address->sa_family != AF_INET && address->sa_family != AF_INET6)
        return false;
    if (getnameinfo(address, len, text, (socklen_t)size, NULL, 0, NI_NUMERICHOST) != 0)
        return false;
    text[strcspn(text, "%")] = '\0';
    return true;
}

int jingle__address_write(const union jingle__sockaddr *address, char *text, size_t size)
{
    struct sockaddr_in plain = {.sin_family = AF_INET};
    const void *at = address;
    const struct sockaddr_in6 *six = at;

    /* A connection over IPv4 to a socket that listens for both families. */
    if (address->any.sa_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&six->sin6_addr)) {
        memcpy(&plain.sin_addr, six->sin6_addr.s6_addr + 12, sizeof plain.sin_addr);
        at = &plain;
    }
    return write_numeric(at, text, size) ? JINGLE_EOK : JINGLE_EIO;
}

static bool came_before(const struct ifaddrs *first, const struct ifaddrs *last, const char *text)
{
    char other[INET6_ADDRSTRLEN + IF_NAMESIZE + 1];

    for (; first != last; first = first->ifa_next)
        if (first->ifa_addr && (first->ifa_flags & IFF_UP) &&
            write_numeric(first->ifa_addr, other, sizeof other) && strcmp(text, other) == 0)
            return true;
    return false;
}

int jingle__address_each(jingle_net_t *net, jingle_address_fn fn, void *userdata)
{
    char text[INET6_ADDRSTRLEN + IF_NAMESIZE + 1];
    struct ifaddrs *all;

    (void)net;
    if (getifaddrs(&all) != 0)
        return JINGLE_EIO;
    for (const struct ifaddrs *one = all; one; one = one->ifa_next)
        if (one->ifa_addr && (one->ifa_flags & IFF_UP) &&
            write_numeric(one->ifa_addr, text, sizeof text) && !came_before(all, one, text) &&
            !fn(text, one->ifa_flags & IFF_LOOPBACK, userdata))
            break;
    freeifaddrs(all);
    return JINGLE_EOK;
}
