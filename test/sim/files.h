/* SPDX-License-Identifier: MIT */
/** @file
 *  A program over real file transfer, SOCKS5 and in-band bytestreams, on the simulated network: walls,
 *  proxies (proxy.h) and such where nobody listens, connections that break. What is said to have arrived must be what was
 *  sent, octet by octet, and be there whenever its sender was told so; and where nothing was lost its sender is told. */
#ifndef TEST_SIM_FILES_H
#define TEST_SIM_FILES_H

#include <jingle/files.h>
#include <jingle/sim.h>

/** With any userdata its receivers lose what they have received: to prove that this is seen. */
extern const jingle_sim_program_t files_program;
/** @return files that were found at both sides, or should have been, in all runs so far */
uint64_t files_count(void);
/** What a stranger says of a file. @param file or NULL @return XML, until the next call */
const char *files_payload(const jingle_file_t *file, jingle_action_t action, uint32_t value);

#endif
