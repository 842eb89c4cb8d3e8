/* SPDX-License-Identifier: MIT */
/** @file
 *  What the files of the library's own net share. */
#ifndef JINGLE__SOCKETS_H
#define JINGLE__SOCKETS_H

#include <jingle/net.h>

#include <netinet/in.h>
#include <poll.h>
#include <sys/select.h>
#include <sys/socket.h>

#include <ares.h>

typedef enum { SOCKET_LISTENING, SOCKET_DIALLING, SOCKET_OPEN, SOCKET_OVER } jingle__socket_state_t;

typedef struct jingle__poll jingle__poll_t;

struct jingle_socket {
    jingle__poll_t *poll;
    jingle_socket_t *prev, *next;
    int fd;
    jingle__socket_state_t state; /**< SOCKET_OVER: nothing more is read */
    bool paused;
    bool wants_write;
    bool closed;      /**< by its user; freed when the round is over */
    unsigned watched; /**< what the program's loop waits for */
    short ready;      /**< what it has found */
    const jingle_socket_events_t *events;
    jingle_accept_fn on_accept;
    void *userdata;
};

#define JINGLE__LOOKUP_MAX 16

struct jingle_lookup {
    jingle__poll_t *poll;
    jingle_lookup_t *prev, *next;
    jingle_lookup_fn on_found; /**< NULL: cancelled */
    void *userdata;
    char addresses[JINGLE__LOOKUP_MAX][INET6_ADDRSTRLEN];
    size_t n_addresses;
    int err;
    bool done; /**< told in the next turn */
};

struct jingle__poll {
    jingle_net_t net; /**< first: a net is a poll */
    jingle_t *jingle;
    jingle_timer_t *timer; /**< of the next round; NULL inside one */
    uint64_t delay;        /**< ms to it */
    jingle_loop_t loop;    /**< the program's; watch is NULL when it has none */
    bool any_ready;        /**< a socket is, by the loop's word */
    bool in_round;
    bool gone; /**< freed inside a round */
    jingle_socket_t *sockets;
    size_t n_sockets;
    struct pollfd *fds; /**< of one round, in the order of sockets */
    size_t fds_size;
    ares_channel resolver; /**< made with the first lookup */
    bool has_resolver;
    jingle_lookup_t *lookups;
    char *buffer;
};

union jingle__sockaddr {
    struct sockaddr any;
    struct sockaddr_storage room;
};

/* poll.c */
/** Has a round soon: something has been asked for. */
void jingle__poll_wake(jingle__poll_t *own);

/** Has a round at once. */
void jingle__poll_soon(jingle__poll_t *own);

/* loop.c */
/** Tells the program's loop, if there is one, what a socket waits for. @return false: it cannot */
bool jingle__loop_update(jingle_socket_t *socket);
/** Serves what the loop found ready. @return whether something was done */
bool jingle__loop_serve(jingle__poll_t *own);

/* address.c */
/** @return the length of *out, 0 when it is no numeric address */
socklen_t jingle__address_parse(const char *address, uint16_t port, union jingle__sockaddr *out);
int jingle__address_write(const union jingle__sockaddr *address, char *text, size_t size);
int jingle__address_each(jingle_net_t *net, jingle_address_fn fn, void *userdata);

/* socket.c */
int jingle__socket_listen(jingle_net_t *net, const char *address, uint16_t port,
                          jingle_accept_fn on_accept, void *userdata, jingle_socket_t **socket);
uint16_t jingle__socket_get_port(jingle_net_t *net, const jingle_socket_t *socket);
int jingle__socket_get_address(jingle_net_t *net, const jingle_socket_t *socket, char *address,
                               size_t size);
int jingle__socket_dial(jingle_net_t *net, const char *address, uint16_t port,
                        const jingle_socket_events_t *events, void *userdata,
                        jingle_socket_t **socket);
void jingle__socket_set_events(jingle_net_t *net, jingle_socket_t *socket,
                               const jingle_socket_events_t *events, void *userdata);
long jingle__socket_send(jingle_net_t *net, jingle_socket_t *socket, const void *data, size_t len);
void jingle__socket_shutdown(jingle_net_t *net, jingle_socket_t *socket);
void jingle__socket_pause(jingle_net_t *net, jingle_socket_t *socket, bool paused);
void jingle__socket_close(jingle_net_t *net, jingle_socket_t *socket);
/** What poll(2) should wait for. */
short jingle__socket_wants(const jingle_socket_t *socket);
/** Does what the socket is ready for. @return whether something was done */
bool jingle__socket_ready(jingle_socket_t *socket, short ready);
void jingle__socket_free(jingle_socket_t *socket);

/* lookup.c */
int jingle__lookup_start(jingle_net_t *net, const char *name, jingle_lookup_fn on_found,
                         void *userdata, jingle_lookup_t **lookup);
void jingle__lookup_cancel(jingle_net_t *net, jingle_lookup_t *lookup);
/** Gives the resolver its turn. @return whether something was done */
bool jingle__lookup_turn(jingle__poll_t *own);
void jingle__lookup_stop(jingle__poll_t *own);

#define JINGLE__NET_BUFFER 65536u

#endif
