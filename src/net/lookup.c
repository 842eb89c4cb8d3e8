/* SPDX-License-Identifier: MIT */
/** @file
 *  Names to addresses, by c-ares: getaddrinfo() would block. */
#include "sockets.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <utlist.h>

#define TIMEOUT_MS 3000
#define TRIES 2

/** Only noted here: c-ares may call this from inside ares_getaddrinfo(). */
static void found(void *userdata, int status, int timeouts, struct ares_addrinfo *result)
{
    jingle_lookup_t *lookup = userdata;

    (void)timeouts;
    for (const struct ares_addrinfo_node *node = result ? result->nodes : NULL;
         node && lookup->n_addresses < JINGLE__LOOKUP_MAX; node = node->ai_next) {
        const void *at = node->ai_addr;
        const void *raw = node->ai_family == AF_INET6
                              ? (const void *)&((const struct sockaddr_in6 *)at)->sin6_addr
                              : (const void *)&((const struct sockaddr_in *)at)->sin_addr;
        if (inet_ntop(node->ai_family, raw, lookup->addresses[lookup->n_addresses],
                      INET6_ADDRSTRLEN))
            lookup->n_addresses++;
    }
    if (result)
        ares_freeaddrinfo(result);
    lookup->err = status == ARES_SUCCESS || status == ARES_ENOTFOUND ? JINGLE_EOK : JINGLE_EIO;
    lookup->done = true;
}

static void give(jingle_lookup_t *lookup)
{
    jingle__poll_t *own = lookup->poll;
    const xmpp_mem_t *mem = jingle_get_mem(own->jingle);
    const char *addresses[JINGLE__LOOKUP_MAX];

    for (size_t i = 0; i < lookup->n_addresses; i++)
        addresses[i] = lookup->addresses[i];
    DL_DELETE(own->lookups, lookup);
    if (lookup->on_found)
        lookup->on_found(&own->net, addresses, lookup->n_addresses, lookup->err, lookup->userdata);
    mem->free(lookup, mem->userdata);
}

/** @return whether one was done */
static bool give_all(jingle__poll_t *own)
{
    jingle_lookup_t *lookup = own->lookups;
    bool given = false;

    while (lookup)
        if (lookup->done) {
            give(lookup);
            given = true;
            lookup = own->lookups; /* the callback may have asked for more */
        } else
            lookup = lookup->next;
    return given;
}

static bool has_resolver(jingle__poll_t *own)
{
    struct ares_options options = {.timeout = TIMEOUT_MS, .tries = TRIES};

    if (own->has_resolver)
        return true;
    if (ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS)
        return false;
    own->has_resolver = ares_init_options(&own->resolver, &options,
                                          ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES) == ARES_SUCCESS;
    if (!own->has_resolver)
        ares_library_cleanup();
    return own->has_resolver;
}

static void close_resolver(jingle__poll_t *own)
{
    if (!own->has_resolver)
        return;
    ares_destroy(own->resolver); /* calls found() for each that is left */
    ares_library_cleanup();
    own->has_resolver = false;
}

int jingle__lookup_start(jingle_net_t *net, const char *name, jingle_lookup_fn on_found,
                         void *userdata, jingle_lookup_t **out)
{
    jingle__poll_t *own = (jingle__poll_t *)net;
    const xmpp_mem_t *mem = jingle_get_mem(own->jingle);
    struct ares_addrinfo_hints hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM};
    jingle_lookup_t *lookup;

    if (!has_resolver(own))
        return JINGLE_EIO;
    lookup = mem->alloc(sizeof *lookup, mem->userdata);
    if (!lookup)
        return JINGLE_EMEM;
    *lookup = (jingle_lookup_t){.poll = own, .on_found = on_found, .userdata = userdata};
    DL_APPEND(own->lookups, lookup);
    *out = lookup;
    ares_getaddrinfo(own->resolver, name, NULL, &hints, found, lookup);
    jingle__poll_wake(own);
    return JINGLE_EOK;
}

void jingle__lookup_cancel(jingle_net_t *net, jingle_lookup_t *lookup)
{
    (void)net;
    if (lookup)
        lookup->on_found = NULL;
}

/** Gives c-ares what has come, and its time-outs. */
static void process(jingle__poll_t *own)
{
    ares_socket_t fds[ARES_GETSOCK_MAXNUM];
    struct pollfd wanted[ARES_GETSOCK_MAXNUM];
    unsigned bits = (unsigned)ares_getsock(own->resolver, fds, ARES_GETSOCK_MAXNUM), n = 0;

    for (unsigned i = 0; i < ARES_GETSOCK_MAXNUM; i++) {
        /* ARES_GETSOCK_WRITABLE() shifts into the sign. */
        short events = (short)((bits & 1u << i ? POLLIN : 0) |
                               (bits & 1u << (i + ARES_GETSOCK_MAXNUM) ? POLLOUT : 0));
        if (events)
            wanted[n++] = (struct pollfd){.fd = fds[i], .events = events};
    }
    if (n && poll(wanted, n, 0) > 0)
        for (unsigned i = 0; i < n; i++)
            if (wanted[i].revents)
                ares_process_fd(own->resolver,
                                wanted[i].revents & ~POLLOUT ? wanted[i].fd : ARES_SOCKET_BAD,
                                wanted[i].revents & POLLOUT ? wanted[i].fd : ARES_SOCKET_BAD);
    ares_process_fd(own->resolver, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

bool jingle__lookup_turn(jingle__poll_t *own)
{
    bool given;

    if (!own->lookups)
        return false;
    process(own);
    given = give_all(own);
    /* The next one asks the name servers that there are then: a program may run for weeks, and move. */
    if (!own->lookups)
        close_resolver(own);
    return given;
}

void jingle__lookup_stop(jingle__poll_t *own)
{
    jingle_lookup_t *lookup;

    DL_FOREACH(own->lookups, lookup)
    lookup->on_found = NULL;
    close_resolver(own);
    while (own->lookups)
        give(own->lookups);
}
