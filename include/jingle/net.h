/* SPDX-License-Identifier: MIT */
/** @file
 *  Sockets behind an interface: what transports use instead of the operating system.
 *
 *  A net is a struct of functions that whoever provides it embeds first in its own struct. The
 *  library's own net works with poll(2) from the manager's timers, so it is driven by whatever calls
 *  jingle_tick() (xmpp_run() with the binding). A program with an event loop may provide one over
 *  that instead, a test one without any network. Timers are the manager's (jingle_timer_start()).
 *
 *  Nothing here blocks. All callbacks come from later turns of the loop, never from inside the call
 *  that they belong to. The rules on threads, re-entrancy and ownership are in manager.h. */
#ifndef JINGLE_NET_H
#define JINGLE_NET_H

#include <jingle/manager.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct jingle_net jingle_net_t;
/** A listening or connected TCP socket; its content is the net's own. */
typedef struct jingle_socket jingle_socket_t;
/** A name that is being resolved. */
typedef struct jingle_lookup jingle_lookup_t;

/** Room for a numeric address. */
#define JINGLE_ADDRESS_SIZE 64

/** What the user of a socket is told. Every function may be left out. */
typedef struct {
    /** A dialled socket is connected. */
    void (*connected)(jingle_socket_t *socket, void *userdata);
    /** Data has come. @param data borrowed for the call */
    void (*data)(jingle_socket_t *socket, const void *data, size_t len, void *userdata);
    /** After send() took less than all: more can be sent now. */
    void (*writable)(jingle_socket_t *socket, void *userdata);
    /** No more data comes: the peer has closed (JINGLE_EOK), or it broke or could not be connected
     *  (JINGLE_EIO). The socket must still be closed, and after JINGLE_EOK may still send. */
    void (*closed)(jingle_socket_t *socket, int err, void *userdata);
} jingle_socket_events_t;

/** A listening socket has a connection. Close it, or say by set_events() who uses it. */
typedef void (*jingle_accept_fn)(jingle_net_t *net, jingle_socket_t *socket, void *userdata);
/** @param addresses numeric addresses in the order to try; none when the name has none
 *  @param err JINGLE_EOK, or why it could not be learnt */
typedef void (*jingle_lookup_fn)(jingle_net_t *net, const char *const *addresses,
                                 size_t n_addresses, int err, void *userdata);
/** One address of this machine. @param address numeric, IPv6 without a zone @return false to stop */
typedef bool (*jingle_address_fn)(const char *address, bool loopback, void *userdata);

/** The functions of a net. Addresses are numeric text, IPv4 or IPv6 (a zone such as "%eth0" is
 *  understood where the system does); ports are in host order. */
struct jingle_net {
    size_t size; /**< sizeof(jingle_net_t) */
    /** Listens. @param address NULL: all addresses of the machine, IPv4 and IPv6 @param port 0: any free
     *  one @param socket receives the socket
     *  @return JINGLE_EOK, JINGLE_EMEM, JINGLE_EINVAL (address), JINGLE_EIO */
    int (*listen)(jingle_net_t *net, const char *address, uint16_t port, jingle_accept_fn on_accept,
                  void *userdata, jingle_socket_t **socket);
    /** @return the port of a listening socket */
    uint16_t (*get_port)(jingle_net_t *net, const jingle_socket_t *socket);
    /** Writes the local address of a connected socket, as addresses() tells it.
     *  @param size at least JINGLE_ADDRESS_SIZE @return JINGLE_EOK or JINGLE_EIO */
    int (*get_address)(jingle_net_t *net, const jingle_socket_t *socket, char *address,
                       size_t size);
    /** Connects. connected or closed follows.
     *  @return JINGLE_EOK, JINGLE_EMEM, JINGLE_EINVAL (address), JINGLE_EIO */
    int (*dial)(jingle_net_t *net, const char *address, uint16_t port,
                const jingle_socket_events_t *events, void *userdata, jingle_socket_t **socket);
    /** Says who uses a socket. @param events kept */
    void (*set_events)(jingle_net_t *net, jingle_socket_t *socket,
                       const jingle_socket_events_t *events, void *userdata);
    /** Sends. @return octets taken; 0: wait for writable; JINGLE_EIO: broken */
    long (*send)(jingle_net_t *net, jingle_socket_t *socket, const void *data, size_t len);
    /** Sends no more: the peer is told once what was taken has been sent. */
    void (*shutdown)(jingle_net_t *net, jingle_socket_t *socket);
    /** Stops or goes on reading: back-pressure towards the peer. */
    void (*pause)(jingle_net_t *net, jingle_socket_t *socket, bool paused);
    /** Closes and frees; no callback follows. What was taken is still sent. */
    void (*close)(jingle_net_t *net, jingle_socket_t *socket);
    /** Resolves a name; on_found is called once, unless it is cancelled.
     *  @return JINGLE_EOK, JINGLE_EMEM, JINGLE_EIO */
    int (*lookup)(jingle_net_t *net, const char *name, jingle_lookup_fn on_found, void *userdata,
                  jingle_lookup_t **lookup);
    /** Calls a lookup off: on_found is not called. */
    void (*cancel)(jingle_net_t *net, jingle_lookup_t *lookup);
    /** Calls fn for each address of this machine that is up, each once.
     *  @return JINGLE_EOK, JINGLE_EMEM, JINGLE_EIO */
    int (*addresses)(jingle_net_t *net, jingle_address_fn fn, void *userdata);
    /** Closes everything and frees the net; no callback follows. */
    void (*free)(jingle_net_t *net);
};

/* ---- the library's own net in a program's event loop ---------------------------------------- */

/** What to wait for on a descriptor, as bits: it can be read, has a connection, or an end. */
#define JINGLE_READABLE 1u
/** ... it can be written, or its connection has been made or not. */
#define JINGLE_WRITABLE 2u

/** A program's event loop (libuv, GLib, epoll): it waits for the library's sockets, which then need no
 *  rounds of poll(2). The library still makes and serves them. */
typedef struct {
    size_t size; /**< sizeof(jingle_loop_t) */
    /** From now on wait for these events on that descriptor, as long as they last, and then call
     *  jingle_loop_ready(). Replaces what was said of it before. 0: leave it alone; it may be closed as
     *  soon as this returns. @return JINGLE_EOK, or JINGLE_EMEM: then it is not used */
    int (*watch)(int fd, unsigned events, void *userdata);
    void *userdata; /**< of watch */
} jingle_loop_t;

/** Gives the library's own net such a loop; before any transport uses a socket.
 *  @param loop copied; must work as long as the manager lives
 *  @return JINGLE_EOK; JINGLE_EEXIST: another net was set, or there are sockets; JINGLE_EMEM,
 *          JINGLE_EINVAL */
JINGLE_API int jingle_set_loop(jingle_t *jingle, const jingle_loop_t *loop);
/** The loop has found this on a descriptor; what it means is done inside the call. Then ask
 *  jingle_tick() again, if you call it yourself. */
JINGLE_API void jingle_loop_ready(jingle_t *jingle, int fd, unsigned events);

/** Sets the net of a manager, which frees it; before any transport uses one.
 *  @return JINGLE_EOK; JINGLE_EEXIST: it has one; JINGLE_EMEM, JINGLE_EINVAL (a function is missing) */
JINGLE_API int jingle_set_net(jingle_t *jingle, jingle_net_t *net);
/** The manager's net; if none was set, the library's own is made.
 *  @return NULL when out of memory */
JINGLE_API jingle_net_t *jingle_get_net(jingle_t *jingle);

#ifdef __cplusplus
}
#endif

#endif
