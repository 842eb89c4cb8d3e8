/* SPDX-License-Identifier: MIT */
/** @file
 *  A system that refuses: the program is linked with --wrap, so that these calls come here first. */
#ifndef UNIT_NET_REFUSAL_H
#define UNIT_NET_REFUSAL_H

#include <ifaddrs.h>
#include <stdbool.h>

/** How many of the next calls fail, with what errno. */
typedef struct {
    unsigned times;
    int error;
    int family; /**< socket() only: of this one; 0: any */
} refusal_t;

extern refusal_t at_accept, at_bind, at_connect, at_getifaddrs, at_getsockname, at_getsockopt,
    at_poll, at_recv, at_resolver, at_send, at_socket;
/** What getifaddrs() finds; NULL: what this machine has. */
extern struct ifaddrs *pretended;

/** Everything works. */
void refuse_nothing(void);

#endif
