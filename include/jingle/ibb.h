/* SPDX-License-Identifier: MIT */
/** @file
 *  In-band bytestreams as a transport: XEP-0261 over XEP-0047. The data goes through the server in
 *  IQs of base64, so it works wherever the two can talk at all, slowly; hence the least rank.
 *
 *  Blocks wait while much waits to leave (jingle_get_backlog()), so memory stays flat however slow the
 *  connection is. A peer that refuses to open with our block size is asked with smaller ones.
 *
 *  Blocks are full, but for one that is all of what a call of jingle_channel_send() hands in, or the rest of
 *  it. A sender that is restored (save.h) from an older state and hands in the same octets by the same calls
 *  sends the same blocks again, which is how what has arrived is known; one that gets its data otherwise
 *  must be restored from its last state.
 *
 *  An application that needs several channels (components) gets a stream for each: who opens the first
 *  announces the others by transport-info (XEP-0261 section 2.4). A session that has such is not saved.
 *
 *  It is protected as the connections to the servers are, and the servers can read it.
 *
 *  The rules on threads, re-entrancy and ownership are in manager.h. */
#ifndef JINGLE_IBB_H
#define JINGLE_IBB_H

#include <jingle/managed.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Namespace of the transport (XEP-0261). */
#define JINGLE_NS_IBB_TRANSPORT "urn:xmpp:jingle:transports:ibb:1"
/** Namespace of the bytestreams themselves (XEP-0047). */
#define JINGLE_NS_IBB "http://jabber.org/protocol/ibb"

/** Rank of the transport: less than any other's (XEP-0234 section 10.3). */
#define JINGLE_IBB_RANK 0

/** How in-band bytestreams are set up; every field may be left out. Use JINGLE_IBB(). */
typedef struct {
    size_t size;             /**< set by JINGLE_IBB() */
    uint32_t block_size;     /**< octets of a block that we offer, before base64; 0: 4,096; at
                                  most 65,535 */
    uint32_t max_block_size; /**< a larger one that a peer offers is lowered to this; 0: 65,535 */
    uint32_t window;         /**< blocks of one stream that wait for their answers at once; 0: 1.
                                  They are saved with their session (save.h): where they reach
                                  JINGLE_SAVE_MAX together it cannot be, JINGLE_ELIMIT */
    bool
        by_message; /**< offer to carry the blocks in messages (XEP-0047 section 2.2): nobody answers
                          them, so a peer cannot hold us back, and what is lost ends the transfer. The
                          window is then what is given to the connection at once */
    uint32_t request_timeout; /**< ms for the answer to open, data, close; 0: the manager's */
} jingle_ibb_t;

/** `jingle_register_ibb(jingle, JINGLE_IBB(.block_size = 16384))` */
#define JINGLE_IBB(...) (&(const jingle_ibb_t){.size = sizeof(jingle_ibb_t), __VA_ARGS__})

/** Registers the transport, serves JINGLE_NS_IBB and names both as features.
 *  @param config copied; NULL for all defaults
 *  @return JINGLE_EOK, JINGLE_EMEM, JINGLE_EINVAL (size, a block over 65,535), JINGLE_EEXIST */
JINGLE_API int jingle_register_ibb(jingle_t *jingle, const jingle_ibb_t *config);

#ifdef __cplusplus
}
#endif

#endif
