/* SPDX-License-Identifier: MIT */
/** @file
 *  File transfer over SOCKS5 bytestreams: what s5b_target.c (the world, the program, and what must
 *  hold), s5b_sockets.c (the network and the peer's sockets) and s5b_stanzas.c (what the peer says)
 *  share. */
#ifndef TEST_FUZZ_S5B_TARGET_H
#define TEST_FUZZ_S5B_TARGET_H

#include <jingle/s5b.h>

#include "support/virtual_net.h"
#include "transfer.h"
#include "transport/s5b/s5b.h"

#define S5B_PROXY_JID "proxy.example"
#define S5B_LINKS 8
#define S5B_LOOKUPS 8
#define S5B_CIDS 16
#define COUNT(array) (sizeof(array) / sizeof *(array))

/** A connection of the peer's. */
typedef struct {
    jingle_socket_t *socket; /**< NULL: none */
    jingle__socks_t socks;
    bool serves; /**< we have connected to it */
    uint8_t how; /**< what it does at the handshake */
    bool ready;  /**< the handshake is over */
    uint64_t sent, came;
} s5b_link_t;

typedef struct {
    jingle_lookup_fn fn; /**< NULL: none */
    void *userdata;
} s5b_lookup_t;

typedef struct {
    transfer_t transfer;
    vnet_t vnet;
    jingle_net_t *own, *peer;
    jingle_net_t real; /**< what the functions of our net are in truth */
    jingle_socket_t *listeners[2];
    s5b_link_t links[S5B_LINKS];
    s5b_lookup_t lookups[S5B_LOOKUPS];
    uint8_t how;      /**< what is done with who connects to the peer; what fails with us */
    uint8_t plan[16]; /**< what callbacks do next, in pairs */
    unsigned n_plan, depth;
    char cids[S5B_CIDS][40]; /**< of our candidates */
    unsigned n_cids;
    char sid[64]; /**< of our last bytestream */
    uint16_t port;
} s5b_world_t;

/** The one of the input that is played. */
extern s5b_world_t *s5b;

/** Makes the network, ours and the peer's. */
void s5b_net(uint8_t flags);
/** Lets a socket of the peer's, a name or the network do something. */
void s5b_socket(const fuzz_record_t *record);

/** Learns from what was sent what the peer must know to be right. */
void s5b_look(const char *xml);
/** What our server and its proxy say when they are asked. */
void s5b_fill(xmpp_stanza_t *iq, const transfer_asked_t *asked);
void s5b_action(const fuzz_record_t *record, fuzz_input_t *in);
void s5b_info(const fuzz_record_t *record, fuzz_input_t *in);

#endif
