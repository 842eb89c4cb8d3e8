/* SPDX-License-Identifier: MIT */
/** @file
 *  A SOCKS5 bytestreams proxy (XEP-0065 section 5) as an engine of a world: it relays, and dies. */
#ifndef TEST_SIM_PROXY_H
#define TEST_SIM_PROXY_H

#include <jingle/sim.h>

#define PROXY_JID "p@proxy.example/p"
#define PROXY_PORT 1080

/** Adds it to a world. */
jingle_sim_engine_t *proxy_add(jingle_sim_t *sim);
bool proxy_is(const jingle_sim_engine_t *engine);
/** What it may do, by chance: its connections break, it listens no more, or again. */
void proxy_op(jingle_sim_engine_t *engine, uint32_t value);
/** Octets that all proxies of this process have relayed. */
uint64_t proxy_count(void);

#endif
