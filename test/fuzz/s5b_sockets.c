/* SPDX-License-Identifier: MIT */
/** @file
 *  The virtual network between us and a hostile peer, and what the peer's sockets do. */
#include "s5b_target.h"

#include <string.h>

/* ---- the network: names, and what fails ----------------------------------------------------- */

static vnet_fate_t fate(vnet_t *net, jingle_net_t *from, const char *address, uint16_t port)
{
    (void)net, (void)from, (void)port;
    return strstr(address, ".113.7")   ? VNET_SILENT
           : strstr(address, ".113.6") ? VNET_REFUSES
                                       : VNET_ANSWERS;
}

static int own_dial(jingle_net_t *net, const char *address, uint16_t port,
                    const jingle_socket_events_t *events, void *userdata, jingle_socket_t **socket)
{
    return s5b->how & 0x40 ? JINGLE_EIO
                           : s5b->real.dial(net, address, port, events, userdata, socket);
}

static int own_listen(jingle_net_t *net, const char *address, uint16_t port, jingle_accept_fn fn,
                      void *userdata, jingle_socket_t **socket)
{
    return s5b->how & 0x80 ? JINGLE_EIO
                           : s5b->real.listen(net, address, port, fn, userdata, socket);
}

static int own_lookup(jingle_net_t *net, const char *name, jingle_lookup_fn fn, void *userdata,
                      jingle_lookup_t **lookup)
{
    (void)net;
    FUZZ_CHECK(*name);
    for (s5b_lookup_t *at = s5b->lookups; at < s5b->lookups + S5B_LOOKUPS; at++)
        if (!at->fn) {
            *at = (s5b_lookup_t){fn, userdata};
            *lookup = (jingle_lookup_t *)at;
            return JINGLE_EOK;
        }
    return JINGLE_EIO;
}

static void own_cancel(jingle_net_t *net, jingle_lookup_t *lookup)
{
    (void)net;
    FUZZ_CHECK(((s5b_lookup_t *)lookup)->fn);
    ((s5b_lookup_t *)lookup)->fn = NULL;
}

static void resolve(uint8_t which, uint8_t arg)
{
    static const char *const addresses[] = {"203.0.113.6", "203.0.113.5", "203.0.113.7",
                                            "203.0.113.5", "nonsense",    "203.0.113.9"};
    s5b_lookup_t *lookup = &s5b->lookups[which % S5B_LOOKUPS], found = *lookup;
    size_t n = arg % 7, from = arg / 7 % COUNT(addresses);

    lookup->fn = NULL;
    if (found.fn)
        found.fn(s5b->own, addresses + from, n < 6 - from ? n : 6 - from,
                 n ? JINGLE_EOK : JINGLE_EIO, found.userdata);
}

/* ---- the peer's sockets --------------------------------------------------------------------- */

enum { RIGHT, REFUSES, GARBAGE, EARLY, NEVER, CLOSES, LATE, RIGHT_TOO };

static void hang_up(s5b_link_t *link, bool reset)
{
    if (link->socket && reset)
        vnet_reset(link->socket);
    else if (link->socket)
        s5b->peer->close(s5b->peer, link->socket);
    link->socket = NULL;
}

/** Sends what waits of the handshake, at most so much. */
static void flush(s5b_link_t *link, size_t most)
{
    size_t len = link->socks.out_len < most ? link->socks.out_len : most;

    if (!link->socket || !len)
        return;
    s5b->peer->send(s5b->peer, link->socket, link->socks.out, len);
    link->socks.out_len -= len;
    memmove(link->socks.out, link->socks.out + len, link->socks.out_len);
}

static void shake_hands(s5b_link_t *link, const void *data, size_t len)
{
    size_t used = 0;
    jingle__socks_state_t state = link->serves
                                      ? jingle__socks_server_feed(&link->socks, data, len, &used)
                                      : jingle__socks_client_feed(&link->socks, data, len, &used);

    if (state == SOCKS_FAILED)
        return;
    if (state == SOCKS_DONE && link->serves)
        jingle__socks_server_answer(&link->socks, link->how != REFUSES);
    link->ready = state == SOCKS_DONE;
    if (link->how == GARBAGE)
        s5b->peer->send(s5b->peer, link->socket, "HTTP/1.1 400 Bad Request\r\n", 26);
    else if (link->how < NEVER || link->how == RIGHT_TOO)
        flush(link, SIZE_MAX);
    if (link->ready && link->how == EARLY)
        s5b->peer->send(s5b->peer, link->socket, "too early", 9);
}

static void on_data(jingle_socket_t *socket, const void *data, size_t len, void *userdata)
{
    s5b_link_t *link = userdata;

    (void)socket;
    if (!link->ready) {
        shake_hands(link, data, len);
        return;
    }
    for (size_t i = 0; i < len; i++)
        FUZZ_CHECK(((const uint8_t *)data)[i] == transfer_octet(link->came++));
    FUZZ_CHECK(link->came <= TRANSFER_SENT);
}

static void on_connected(jingle_socket_t *socket, void *userdata)
{
    s5b_link_t *link = userdata;

    (void)socket;
    if (link->how < NEVER || link->how == RIGHT_TOO)
        flush(link, SIZE_MAX);
}

static const jingle_socket_events_t events = {on_connected, on_data, NULL, NULL};

static s5b_link_t *free_link(uint8_t how)
{
    for (s5b_link_t *link = s5b->links; link < s5b->links + S5B_LINKS; link++)
        if (!link->socket) {
            *link = (s5b_link_t){.how = how % 8};
            return link;
        }
    return NULL;
}

static void on_accept(jingle_net_t *net, jingle_socket_t *socket, void *userdata)
{
    s5b_link_t *link = free_link(s5b->how);

    (void)userdata;
    if (!link || link->how == CLOSES) {
        net->close(net, socket);
        return;
    }
    link->socket = socket;
    link->serves = true;
    jingle__socks_server(&link->socks);
    net->set_events(net, socket, &events, link);
}

static void connect_to_us(uint8_t which, uint8_t how)
{
    s5b_link_t *link = s5b->port ? free_link(how) : NULL;
    const char *sid = which & 4 ? "t" : s5b->sid;
    char hash[JINGLE__S5B_HASH_SIZE] = "x";

    if (!link)
        return;
    jingle__s5b_hash(sid, which & 1 ? TRANSFER_OWN : TRANSFER_PEER,
                     which & 1 ? TRANSFER_PEER : TRANSFER_OWN, hash);
    jingle__socks_client(&link->socks, which & 2 ? "0123456789" : hash);
    s5b->peer->dial(s5b->peer, which & 8 ? "198.51.100.7" : "192.0.2.1", s5b->port, &events, link,
                    &link->socket);
}

static void send_data(s5b_link_t *link, uint8_t arg)
{
    uint8_t data[4096];
    size_t len = arg < 0x80 ? arg : (arg & 0x7f) * (size_t)32 + 1;

    if (!link->socket)
        return;
    for (size_t i = 0; i < len; i++)
        data[i] = transfer_octet(link->sent++);
    s5b->peer->send(s5b->peer, link->socket, data, len);
}

void s5b_socket(const fuzz_record_t *record)
{
    s5b_link_t *link = &s5b->links[record->octet[1] % S5B_LINKS];
    uint8_t arg = record->octet[2];

    switch (record->octet[0] % 12) {
    case 1:
        connect_to_us(record->octet[1], arg);
        break;
    case 2:
        send_data(link, arg);
        break;
    case 3:
        flush(link, arg ? arg : SIZE_MAX);
        break;
    case 4:
        hang_up(link, false);
        break;
    case 5:
        hang_up(link, true);
        break;
    case 6:
        if (link->socket)
            s5b->peer->shutdown(s5b->peer, link->socket);
        break;
    case 7:
        if (link->socket)
            s5b->peer->pause(s5b->peer, link->socket, arg & 1);
        break;
    case 8:
        resolve(record->octet[1], arg);
        break;
    case 9:
        vnet_run(&s5b->vnet, arg & 1 ? s5b->own : s5b->peer);
        break;
    case 10:
        transfer_acknowledge();
        break;
    default:
        vnet_run(&s5b->vnet, NULL);
        break;
    }
}

void s5b_net(uint8_t flags)
{
    static const char *const own[] = {"192.0.2.1", "198.51.100.7", "127.0.0.1", NULL};
    static const char *const peer[] = {"203.0.113.5", "203.0.113.8", "203.0.113.9", NULL};

    s5b->vnet.fate = fate;
    s5b->vnet.room = flags & 0x40 ? 1000 : 0;
    s5b->own = vnet_host(&s5b->vnet, own);
    s5b->peer = vnet_host(&s5b->vnet, peer);
    s5b->real = *s5b->own;
    s5b->own->dial = own_dial;
    s5b->own->listen = own_listen;
    s5b->own->lookup = own_lookup;
    s5b->own->cancel = own_cancel;
    for (unsigned i = 0; i < 2; i++)
        FUZZ_CHECK(!s5b->peer->listen(s5b->peer, NULL, i ? 1080 : 5086, on_accept, NULL,
                                      &s5b->listeners[i]));
}
