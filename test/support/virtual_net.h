/* SPDX-License-Identifier: MIT */
/** @file
 *  A network without any: hosts with addresses, sockets in memory. Nothing happens by itself. A test
 *  says when a dialled connection comes about and when its bytes pass, so that they cross with
 *  stanzas as it likes, and what each address does. */
#ifndef TEST_SUPPORT_VIRTUAL_NET_H
#define TEST_SUPPORT_VIRTUAL_NET_H

#include <jingle/net.h>

#include "support/text.h"

typedef enum { VNET_ANSWERS, VNET_REFUSES, VNET_SILENT } vnet_fate_t;

#define VNET_ADDRESSES 8
#define VNET_DIALS 64

typedef struct vnet vnet_t;

/** What happened to one dial. */
typedef struct {
    jingle_net_t *from;
    char address[JINGLE_ADDRESS_SIZE];
    uint16_t port;
    uint64_t when; /**< vnet_t.now */
} vnet_dial_t;

struct vnet {
    struct jingle_socket *sockets;
    size_t n_open; /**< sockets that were not closed */
    vnet_dial_t dials[VNET_DIALS];
    size_t n_dials;
    uint64_t now; /**< the test's, noted with each dial */
    uint16_t next_port;
    size_t room; /**< octets that wait at a socket before send() takes no more; 0: any number */
    /** What an address does for who dials it; NULL: answers if somebody listens. */
    vnet_fate_t (*fate)(vnet_t *net, jingle_net_t *from, const char *address, uint16_t port);
    void *user;
};

/** A host, to be given to jingle_set_net(), which frees it.
 *  @param addresses its own, up to a NULL; kept. One that begins with "127." or is "::1" is loopback */
jingle_net_t *vnet_host(vnet_t *net, const char *const *addresses);
/** Lets pass what waits on the connections that this host has dialled (NULL: all), and what that
 *  brings about, until nothing is left. @return whether there was anything */
bool vnet_run(vnet_t *net, const jingle_net_t *dialler);
/** Closes a socket of the test's with a reset: what waits at the other end is lost, and that the
 *  connection broke is told there even while nothing is read. */
void vnet_reset(jingle_socket_t *socket);
/** Is anything waiting there? */
bool vnet_is_waiting(const vnet_t *net, const jingle_net_t *dialler);

#endif
