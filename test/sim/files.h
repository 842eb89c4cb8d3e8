/* SPDX-License-Identifier: MIT */
/** @file
 *  A program over real file transfer, SOCKS5 and in-band bytestreams, on the simulated network: walls,
 *  proxies (proxy.h) and such where nobody listens, connections that break. What is said to have arrived must be what was
 *  sent, octet by octet. */
#ifndef TEST_SIM_FILES_H
#define TEST_SIM_FILES_H

#include <jingle/sim.h>

extern const jingle_sim_program_t files_program;

#endif
