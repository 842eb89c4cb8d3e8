/* SPDX-License-Identifier: MIT */
/** @file
 *  What the files of SOCKS5 bytestreams share.
 *
 *  One stream is one part of one content. It offers candidates (candidate.c), tries the peer's
 *  (attempt.c), is found by those who connect to ours (listener.c), tells and hears which worked
 *  (stream.c, by the rules in nominate.c), and lends the connection as a channel (channel.c). The
 *  SOCKS5 bytes are in socks.c; proxies are found in proxies.c. */
#ifndef JINGLE__S5B_H
#define JINGLE__S5B_H

#include <jingle/s5b.h>

#include <string.h>

#include "uthash_mem.h"

/** A SHA-1 in lower-case hexadecimal, and the NUL. */
#define JINGLE__S5B_HASH_SIZE 41
#define JINGLE__S5B_CANDIDATES 64
#define JINGLE__S5B_OWN_MAX 24
#define JINGLE__S5B_ADDRESSES 4 /* of one name that are tried */

typedef struct jingle__s5b_stream jingle__s5b_stream_t;
typedef struct jingle__s5b_module jingle__s5b_module_t;
typedef struct jingle__s5b_attempt jingle__s5b_attempt_t;
typedef struct jingle__s5b_guest jingle__s5b_guest_t;

/* ---- candidates ----------------------------------------------------------------------------- */

typedef enum { S5B_DIRECT, S5B_ASSISTED, S5B_TUNNEL, S5B_PROXY } jingle__s5b_type_t;

typedef struct {
    char *cid, *host, *jid; /**< one block, at cid */
    uint32_t priority;      /**< as sent: never computed from the type of a received one */
    uint16_t port;
    jingle__s5b_type_t type;
} jingle__s5b_candidate_t;

typedef struct {
    jingle__s5b_candidate_t *list;
    size_t len, size;
} jingle__s5b_candidates_t;

int jingle__s5b_candidate_add(const xmpp_mem_t *mem, jingle__s5b_candidates_t *to,
                              const jingle__s5b_candidate_t *one);
void jingle__s5b_candidates_clear(const xmpp_mem_t *mem, jingle__s5b_candidates_t *all);
const jingle__s5b_candidate_t *jingle__s5b_candidate_find(const jingle__s5b_candidates_t *all,
                                                          const char *cid);
/** Reads the `<candidate/>`s of a transport; those that are of no use are left out. @return JINGLE_EOK,
 *  JINGLE_EMEM; JINGLE_ELIMIT: too many; JINGLE_EPROTO: one without what is required */
int jingle__s5b_candidates_read(const xmpp_mem_t *mem, xmpp_stanza_t *transport,
                                jingle__s5b_candidates_t *all);
int jingle__s5b_candidates_write(xmpp_ctx_t *ctx, const jingle__s5b_candidates_t *all,
                                 xmpp_stanza_t *transport);
uint32_t jingle__s5b_priority(jingle__s5b_type_t type, unsigned local);

/* ---- nomination ----------------------------------------------------------------------------- */

/** What a side said of the other's candidates. */
typedef enum { S5B_SAID_NOTHING, S5B_SAID_USED, S5B_SAID_ERROR } jingle__s5b_said_t;

typedef enum { S5B_UNDECIDED, S5B_NONE, S5B_OURS, S5B_THEIRS } jingle__s5b_nominated_t;

/** XEP-0260 section 2.4. @param we what we said, with the priority of the candidate (theirs) that we
 *  named @param they what they said, with that of the candidate (ours) that they named
 *  @return whose candidate it is */
jingle__s5b_nominated_t jingle__s5b_nominate(bool initiator, jingle__s5b_said_t we,
                                             uint32_t we_priority, jingle__s5b_said_t they,
                                             uint32_t they_priority);

/* ---- SOCKS5 (RFC 1928, as far as XEP-0065 needs it) ----------------------------------------- */

typedef enum { SOCKS_MORE, SOCKS_DONE, SOCKS_FAILED } jingle__socks_state_t;

#define JINGLE__SOCKS_ROOM 300

/** One side of a handshake: bytes in, bytes to send out. */
typedef struct {
    unsigned char in[JINGLE__SOCKS_ROOM];
    size_t in_len;
    unsigned char out[JINGLE__SOCKS_ROOM]; /**< to be sent; whoever sends clears out_len */
    size_t out_len;
    char hash[256]; /**< DST.ADDR: ours of a client, theirs of a server */
    unsigned step;
} jingle__socks_t;

void jingle__socks_client(jingle__socks_t *socks, const char *hash);
void jingle__socks_server(jingle__socks_t *socks);
/** Takes bytes up to the end of the handshake. @param used receives how many
 *  @return SOCKS_DONE: a client is connected; a server has read the request (hash) and must grant or
 *          refuse it */
jingle__socks_state_t jingle__socks_client_feed(jingle__socks_t *socks, const void *data,
                                                size_t len, size_t *used);
jingle__socks_state_t jingle__socks_server_feed(jingle__socks_t *socks, const void *data,
                                                size_t len, size_t *used);
void jingle__socks_server_answer(jingle__socks_t *socks, bool granted);
int jingle__s5b_hash(const char *sid, const char *first, const char *second,
                     char hash[JINGLE__S5B_HASH_SIZE]);

/* ---- the module of a manager ---------------------------------------------------------------- */

/** A hash under which a stream's own candidates are connected to. */
typedef struct {
    UT_hash_handle hh;
    jingle__s5b_stream_t *stream;
    char hash[JINGLE__S5B_HASH_SIZE];
} jingle__s5b_key_t;

typedef struct jingle__s5b_proxy {
    struct jingle__s5b_proxy *prev, *next;
    char *jid, *host; /**< one block, at jid */
    uint16_t port;
} jingle__s5b_proxy_t;

typedef enum { MAPPING_NONE, MAPPING_ASKED, MAPPING_KNOWN } jingle__s5b_mapping_t;

typedef enum { PROXIES_UNKNOWN, PROXIES_ASKED, PROXIES_KNOWN } jingle__s5b_search_t;

struct jingle__s5b_module {
    jingle_t *jingle;
    xmpp_mem_t mem;
    size_t refs; /**< the manager, streams, requests under way */
    bool relay_only, find_proxies, offer_loopback;
    uint16_t port;
    uint32_t stagger, timeout;
    jingle_s5b_address_fn may_offer;
    jingle_s5b_map_fn map;
    void *userdata;
    jingle__s5b_mapping_t mapping; /**< of the listener's port, in the router */
    jingle_timer_t *map_timer;     /**< while it is asked */
    uint16_t mapped_port, outside_port;
    char outside[JINGLE_ADDRESS_SIZE]; /**< "" when there is none */
    jingle_socket_t *listener;         /**< while a stream offers direct candidates */
    size_t n_listening;
    jingle__s5b_key_t *keys;
    jingle__s5b_guest_t *guests; /**< who connected and has not said what for */
    size_t n_guests;
    jingle__s5b_proxy_t *proxies;
    jingle__s5b_search_t search;
    size_t search_waits; /**< answers to come */
    bool search_silent;  /**< one of them did not come */
    bool searched;       /**< once, to its end */
    jingle__s5b_stream_t
        *waiting; /**< streams that prepare until proxies and the mapping are known */
};

jingle__s5b_module_t *jingle__s5b_module_ref(jingle__s5b_module_t *module);
void jingle__s5b_module_unref(jingle__s5b_module_t *module);
extern const jingle_transport_t jingle__s5b_plugin;

#define JINGLE__S5B_ID_SIZE 17

/* gather.c */
/** Random, in hexadecimal. */
int jingle__s5b_make_id(jingle__s5b_module_t *module, char id[JINGLE__S5B_ID_SIZE]);
/** Makes our candidates, then says ready or fail. */
int jingle__s5b_gather(jingle__s5b_stream_t *stream);

/* proxies.c */
/** Asks our server, once. @return true: the answer is there already */
bool jingle__s5b_proxies_search(jingle__s5b_module_t *module);
/** What an earlier search has found is enough meanwhile: one that never answers is in nobody's way.
 *  @return true while there is something to wait for */
bool jingle__s5b_proxies_awaited(const jingle__s5b_module_t *module);
int jingle__s5b_proxy_add(jingle__s5b_module_t *module, const char *jid, const char *host,
                          uint16_t port);
void jingle__s5b_proxies_clear(jingle__s5b_module_t *module);
/** Was it given to us, or found at our server? */
bool jingle__s5b_proxy_is_known(const jingle__s5b_module_t *module, const char *host,
                                uint16_t port);

/* mapping.c */
/** Asks for a way in, once for the listener. @return true: there is nothing to wait for */
bool jingle__s5b_map(jingle__s5b_stream_t *stream);
void jingle__s5b_unmap(jingle__s5b_module_t *module);
int jingle__s5b_mapped(jingle__s5b_module_t *module, const char *host, uint16_t port);
/** Streams that wait go on, unless something is still unknown. */
void jingle__s5b_waiting_go(jingle__s5b_module_t *module);

/* listener.c */
/** Makes a stream reachable; once is enough. */
int jingle__s5b_listen(jingle__s5b_stream_t *stream);
void jingle__s5b_unlisten(jingle__s5b_stream_t *stream);
void jingle__s5b_listener_stop(jingle__s5b_module_t *module);

/* ---- streams -------------------------------------------------------------------------------- */

/** A connection of ours that is being made or was. */
struct jingle__s5b_attempt {
    jingle__s5b_stream_t *stream;
    jingle__s5b_attempt_t *prev, *next;
    jingle__s5b_candidate_t *candidate; /**< of the peer; or our proxy's */
    jingle_socket_t *socket;
    jingle_lookup_t *lookup;
    char addresses[JINGLE__S5B_ADDRESSES][JINGLE_ADDRESS_SIZE]; /**< of a name */
    size_t n_addresses, next_address;
    jingle_timer_t *timer;
    jingle__socks_t socks;
    bool connected; /**< the handshake is over; the socket is paused */
    bool own_proxy; /**< our proxy, to be activated */
};

/** A connection to a candidate of ours whose handshake is over. */
typedef struct {
    jingle_socket_t *socket; /**< paused; NULL: free place */
    char address[JINGLE_ADDRESS_SIZE];
} jingle__s5b_arrival_t;

#define JINGLE__S5B_ARRIVALS 8

typedef enum { S5B_IDLE, S5B_TRYING, S5B_ACTIVATING, S5B_OPEN, S5B_STOPPED } jingle__s5b_state_t;

struct jingle__s5b_stream {
    size_t refs; /**< the part, and calls and requests under way */
    jingle__s5b_module_t *module;
    jingle_part_t *part; /**< NULL when stopped */
    jingle_net_t *net;
    jingle__s5b_stream_t *wait_prev, *wait_next;
    bool waits;
    bool initiator; /**< of the session */
    bool relay_only;
    bool prepared;
    char *sid;
    char *own, *peer;                         /**< JIDs as negotiated */
    char own_hash[JINGLE__S5B_HASH_SIZE];     /**< of sid, own and peer: attempt.c */
    char peer_hash[JINGLE__S5B_HASH_SIZE];    /**< of sid, peer and own */
    char peer_dstaddr[JINGLE__S5B_HASH_SIZE]; /**< the peer's word for its proxies; "" */
    jingle__s5b_candidates_t ours, theirs;
    jingle__s5b_key_t keys[2];
    bool listening;
    jingle__s5b_arrival_t arrivals[JINGLE__S5B_ARRIVALS];
    jingle__s5b_state_t state;
    jingle__s5b_attempt_t *attempts;
    size_t next_attempt; /**< index into theirs, which are sorted */
    size_t n_tries;      /**< how many of theirs are worth trying */
    jingle_timer_t *stagger;
    jingle__s5b_said_t we_said, they_said;
    const jingle__s5b_candidate_t *we_named, *they_named;
    bool tell_result, tell_activated, tell_proxy_error;
    const jingle__s5b_candidate_t *activated; /**< of theirs, as they say; compared only */
    bool proxy_error;                         /**< the peer could not */
    jingle_socket_t *socket;                  /**< the one in use */
    jingle_channel_t *channel;
    const jingle__s5b_candidate_t *used; /**< nominated, and connected */
    bool finishing;                      /**< jingle_part_done() is owed */
    bool shut;                           /**< we send no more */
    jingle_timer_t *linger;
};

jingle__s5b_stream_t *jingle__s5b_ref(jingle__s5b_stream_t *stream);
void jingle__s5b_unref(jingle__s5b_stream_t *stream);
const xmpp_mem_t *jingle__s5b_mem(const jingle__s5b_stream_t *stream);

/* attempt.c */
/** Begins to try the peer's candidates. */
void jingle__s5b_attempts_start(jingle__s5b_stream_t *stream);
/** Gives up those that cannot win any more: of at most that priority. */
void jingle__s5b_attempts_drop(jingle__s5b_stream_t *stream, uint32_t priority);
void jingle__s5b_attempts_stop(jingle__s5b_stream_t *stream, const jingle__s5b_attempt_t *but);
bool jingle__s5b_attempts_left(const jingle__s5b_stream_t *stream);
int jingle__s5b_attempt_own_proxy(jingle__s5b_stream_t *stream,
                                  const jingle__s5b_candidate_t *candidate);
void jingle__s5b_attempt_free(jingle__s5b_attempt_t *attempt);

/* stream.c */
/** An attempt has come out. */
void jingle__s5b_connected(jingle__s5b_stream_t *stream, jingle__s5b_attempt_t *attempt);
void jingle__s5b_failed(jingle__s5b_stream_t *stream, jingle__s5b_attempt_t *attempt);
/** Says what there is to say, nominates when both have. */
void jingle__s5b_step(jingle__s5b_stream_t *stream);
void jingle__s5b_fail(jingle__s5b_stream_t *stream, const char *text);
void jingle__s5b_stop(jingle__s5b_stream_t *stream);

/* channel.c */
/** Lends the socket to the application. Takes it over. */
int jingle__s5b_open_channel(jingle__s5b_stream_t *stream, jingle_socket_t *socket);
void jingle__s5b_finish(jingle__s5b_stream_t *stream);
void jingle__s5b_drop_socket(jingle__s5b_stream_t *stream);
void jingle__s5b_close_channel(jingle__s5b_stream_t *stream);

#endif
