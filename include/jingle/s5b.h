/* SPDX-License-Identifier: MIT */
/** @file
 *  SOCKS5 bytestreams as a transport: XEP-0260 with XEP-0065. The two connect to each other directly
 *  or through a proxy, whichever works first.
 *
 *  A direct connection is not encrypted, and shows each side the other's address; a proxy sees the
 *  data and both addresses.
 *
 *  The rules on threads, re-entrancy and ownership are in manager.h. */
#ifndef JINGLE_S5B_H
#define JINGLE_S5B_H

#include <jingle/managed.h>
#include <jingle/net.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Namespace of the transport (XEP-0260). */
#define JINGLE_NS_S5B_TRANSPORT "urn:xmpp:jingle:transports:s5b:1"
/** Namespace of the bytestreams themselves, and of what proxies are asked (XEP-0065). */
#define JINGLE_NS_BYTESTREAMS "http://jabber.org/protocol/bytestreams"

/** Rank of the transport: before in-band bytestreams. */
#define JINGLE_S5B_RANK 100

/** A SOCKS5 proxy (XEP-0065 section 4). */
typedef struct {
    const char *jid;  /**< whom to ask for activation */
    const char *host; /**< address or name */
    uint16_t port;    /**< in host order */
} jingle_s5b_proxy_t;

/** May this address of ours be told to this peer (XEP-0260 section 6.1)? @return true when it may */
typedef bool (*jingle_s5b_address_fn)(jingle_session_t *session, const char *address,
                                      void *userdata);

/** A router stands between us and the world, and can be asked to let others in (UPnP, NAT-PMP, PCP;
 *  XEP-0260 section 2.2). Say what came of it by jingle_s5b_mapped(), inside the call or later.
 *  @param port the port that we listen on @param wanted true: make a way in to it; false: take it back */
typedef void (*jingle_s5b_map_fn)(jingle_t *jingle, uint16_t port, bool wanted, void *userdata);

/** How SOCKS5 bytestreams are set up; every field may be left out. Use JINGLE_S5B(). */
typedef struct {
    size_t size; /**< set by JINGLE_S5B() */
    /** Only proxies that we know, given here or found at our server: no address of ours is offered, and
     *  of what the peer offers nothing else is connected to. Whoever runs them learns our address. */
    bool relay_only;
    /** Do not ask our server for proxies (XEP-0065 section 4); those given are used all the same. */
    bool find_no_proxies;
    const jingle_s5b_proxy_t *proxies; /**< Copied */
    size_t n_proxies;                  /**< how many; at most 16 */
    /** Also offer the loopback addresses: for tests, and two programs on one machine. */
    bool offer_loopback;
    uint16_t port;                   /**< to listen on; 0: any free one */
    jingle_s5b_address_fn may_offer; /**< NULL: all addresses but loopback and link-local ones */
    jingle_s5b_map_fn map; /**< NULL: nobody asks the router. Offers wait 2 s for the answer */
    void *userdata;        /**< of may_offer and map */
    uint32_t
        stagger; /**< ms between the starts of two connection attempts; 0: 200 (XEP-0260 section 4) */
    uint32_t timeout; /**< ms for one connection attempt; 0: 5,000 */
} jingle_s5b_t;

/** `jingle_register_s5b(jingle, JINGLE_S5B(.relay_only = true))` */
#define JINGLE_S5B(...) (&(const jingle_s5b_t){.size = sizeof(jingle_s5b_t), __VA_ARGS__})

/** Registers the transport and names it as a feature. Sockets are those of jingle_get_net().
 *  @param config copied; NULL for all defaults
 *  @return JINGLE_EOK, JINGLE_EMEM, JINGLE_EINVAL (size, a proxy), JINGLE_ELIMIT (proxies), JINGLE_EEXIST */
JINGLE_API int jingle_register_s5b(jingle_t *jingle, const jingle_s5b_t *config);

/** The answer to what map was called for: whoever connects to this address gets through to our port.
 *  It is offered as an assisted candidate, if may_offer has nothing against it.
 *  @param host NULL: there is no way in
 *  @return JINGLE_EOK, JINGLE_ENOENT (no SOCKS5 bytestreams), JINGLE_EINVOP (nothing was asked, or it
 *          was taken back), JINGLE_EINVAL */
JINGLE_API int jingle_s5b_mapped(jingle_t *jingle, const char *host, uint16_t port);

/** Which way the data of a SOCKS5 bytestream goes. */
typedef enum {
    JINGLE_S5B_NOWHERE, /**< it is not decided, or no SOCKS5 bytestream */
    JINGLE_S5B_DIRECT,  /**< from one to the other */
    JINGLE_S5B_PROXY    /**< by a proxy, which sees it */
} jingle_s5b_path_t;

/** Says which way the data of a content goes (XEP-0260 section 2.4), for a program that shows it.
 *  @param host receives the address or name of who was connected to: the peer or ourselves, or the
 *              proxy; borrowed until the transport changes. May be NULL */
JINGLE_API jingle_s5b_path_t jingle_content_get_s5b_path(const jingle_content_t *content,
                                                         const char **host);

/** Changes relay_only for transports made from now on. @return JINGLE_EOK, JINGLE_ENOENT */
JINGLE_API int jingle_set_s5b_relay_only(jingle_t *jingle, bool relay_only);

#ifdef __cplusplus
}
#endif

#endif
