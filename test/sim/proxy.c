/* SPDX-License-Identifier: MIT */
/** @file
 *  A SOCKS5 bytestreams proxy. */
#include "proxy.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jingle/s5b.h>

#define HASH 40
#define HELD 16384
#define REQUEST (5 + HASH + 2)

struct proxy;

/** A connection to it, and what it has sent that its peer could not take. */
typedef struct line {
    struct line *next, *peer;
    struct proxy *proxy;
    jingle_socket_t *socket; /**< NULL: closed */
    unsigned char held[HELD];
    size_t n_held;
    bool greeted, named, ended;
    char hash[HASH + 1];
} line_t;

typedef struct proxy {
    jingle_sim_engine_t *engine;
    jingle_net_t *net;
    jingle_socket_t *listener; /**< NULL: nobody listens */
    line_t *lines;
} proxy_t;

static uint64_t relayed;

uint64_t proxy_count(void)
{
    return relayed;
}

static void hang_up(line_t *line)
{
    jingle_socket_t *socket = line->socket;

    line->socket = NULL;
    if (socket)
        line->proxy->net->close(line->proxy->net, socket);
}

static void drop(line_t *line)
{
    hang_up(line);
    if (line->peer)
        hang_up(line->peer);
}

/* ---- relaying -----------------------------------------------------------------------------------
 */

static void push(line_t *line)
{
    line_t *peer = line->peer;
    jingle_net_t *net = line->proxy->net;
    long taken;

    if (!peer || !peer->socket)
        return;
    taken = line->n_held ? net->send(net, peer->socket, line->held, line->n_held) : 0;
    if (taken < 0) {
        drop(line);
        return;
    }
    relayed += (uint64_t)taken;
    line->n_held -= (size_t)taken;
    memmove(line->held, line->held + taken, line->n_held);
    if (line->socket)
        net->pause(net, line->socket, line->n_held > 0);
    if (line->ended && line->n_held == 0)
        net->shutdown(net, peer->socket);
}

/* ---- the handshake ------------------------------------------------------------------------------
 */

static void forget(line_t *line, size_t n)
{
    line->n_held -= n;
    memmove(line->held, line->held + n, line->n_held);
}

static void say(line_t *line, const void *data, size_t len)
{
    line->proxy->net->send(line->proxy->net, line->socket, data, len);
}

static void shake(line_t *line)
{
    static const unsigned char head[] = {5, 1, 0, 3, HASH};
    unsigned char reply[REQUEST] = {5, 0, 0, 3, HASH};

    if (!line->greeted && line->n_held >= 2 && line->n_held >= 2 + (size_t)line->held[1]) {
        line->greeted = true;
        forget(line, 2 + (size_t)line->held[1]);
        say(line, "\x05", 2);
    }
    if (!line->greeted || line->named || line->n_held < REQUEST)
        return;
    if (memcmp(line->held, head, sizeof head) != 0) {
        drop(line);
        return;
    }
    memcpy(line->hash, line->held + sizeof head, HASH);
    memcpy(reply + sizeof head, line->hash, HASH);
    line->named = true;
    forget(line, REQUEST);
    say(line, reply, sizeof reply);
}

static void on_data(jingle_socket_t *socket, const void *data, size_t len, void *userdata)
{
    line_t *line = userdata;

    (void)socket;
    if (len > HELD - line->n_held) {
        jingle_sim_fault(jingle_sim_get_world(line->proxy->engine),
                         "the proxy is sent more than it can hold");
        drop(line);
        return;
    }
    memcpy(line->held + line->n_held, data, len);
    line->n_held += len;
    if (line->peer)
        push(line);
    else
        shake(line);
}

static void on_writable(jingle_socket_t *socket, void *userdata)
{
    line_t *line = userdata;

    (void)socket;
    if (line->peer)
        push(line->peer);
}

static void on_closed(jingle_socket_t *socket, int err, void *userdata)
{
    line_t *line = userdata;

    (void)socket;
    line->ended = true;
    if (err || !line->peer)
        drop(line);
    else
        push(line);
}

static void on_accept(jingle_net_t *net, jingle_socket_t *socket, void *userdata)
{
    static const jingle_socket_events_t events = {
        .data = on_data, .writable = on_writable, .closed = on_closed};
    proxy_t *proxy = userdata;
    line_t *line = calloc(1, sizeof *line);

    if (!line)
        abort();
    line->proxy = proxy;
    line->socket = socket;
    line->next = proxy->lines;
    proxy->lines = line;
    net->set_events(net, socket, &events, line);
}

/* ---- activation ---------------------------------------------------------------------------------
 */

static void hash_of(const char *sid, const char *from, const char *to, char *hex)
{
    unsigned char digest[HASH / 2];
    char text[4096];
    int len = snprintf(text, sizeof text, "%s%s%s", sid, from, to);

    xmpp_sha1_digest((const unsigned char *)text, (size_t)len, digest);
    for (size_t i = 0; i < sizeof digest; i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
}

static line_t *find(line_t *line, const char *hash)
{
    while (line && (!line->socket || line->peer || !line->named || strcmp(line->hash, hash) != 0))
        line = line->next;
    return line;
}

/** Both ends must have come (XEP-0065 section 5.3.5). */
static void activate(jingle_t *jingle, xmpp_stanza_t *iq, xmpp_stanza_t *query,
                     jingle_reply_t *reply, void *userdata)
{
    proxy_t *proxy = userdata;
    xmpp_stanza_t *to = jingle_element_child(query, "activate", JINGLE_NS_BYTESTREAMS);
    const char *sid = xmpp_stanza_get_attribute(query, "sid");
    char *target = to ? xmpp_stanza_get_text(to) : NULL, hash[HASH + 1] = "";
    line_t *one, *other;

    (void)jingle;
    if (sid && target)
        hash_of(sid, xmpp_stanza_get_from(iq), target, hash);
    xmpp_free(xmpp_stanza_get_context(iq), target);
    one = find(proxy->lines, hash);
    other = one ? find(one->next, hash) : NULL;
    if (!other) {
        jingle_reply_error(reply, JINGLE_ERROR(.condition = "item-not-found"));
        return;
    }
    one->peer = other;
    other->peer = one;
    jingle_reply_ack(reply);
}

/* ---- its life -----------------------------------------------------------------------------------
 */

static void open_up(proxy_t *proxy)
{
    if (!proxy->listener &&
        proxy->net->listen(proxy->net, NULL, PROXY_PORT, on_accept, proxy, &proxy->listener))
        abort();
}

static void proxy_free(void *userdata)
{
    proxy_t *proxy = userdata;
    line_t *line;

    while ((line = proxy->lines)) {
        proxy->lines = line->next;
        free(line);
    }
    free(proxy);
}

jingle_sim_engine_t *proxy_add(jingle_sim_t *sim)
{
    proxy_t *proxy = calloc(1, sizeof *proxy);
    jingle_t *jingle;

    if (!proxy)
        abort();
    proxy->engine = jingle_sim_add(sim, PROXY_JID, NULL);
    jingle_sim_set_user(proxy->engine, proxy, proxy_free);
    jingle = jingle_sim_get_manager(proxy->engine);
    proxy->net = jingle_get_net(jingle);
    if (!proxy->net ||
        jingle_serve(jingle, JINGLE_NS_BYTESTREAMS, JINGLE_SERVE_SET, activate, proxy))
        abort();
    open_up(proxy);
    return proxy->engine;
}

bool proxy_is(const jingle_sim_engine_t *engine)
{
    return strcmp(jingle_sim_get_jid(engine), PROXY_JID) == 0;
}

void proxy_op(jingle_sim_engine_t *engine, uint32_t value)
{
    proxy_t *proxy = jingle_sim_get_user(engine);

    switch (value % 32) {
    case 0:
        jingle_sim_break(engine);
        break;
    case 1:
        if (proxy->listener)
            proxy->net->close(proxy->net, proxy->listener);
        proxy->listener = NULL;
        break;
    case 2:
    case 3:
        open_up(proxy);
        break;
    default:
        break;
    }
}
