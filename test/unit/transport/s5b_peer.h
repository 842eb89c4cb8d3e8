/* SPDX-License-Identifier: MIT */
/** @file
 *  A manager with SOCKS5 bytestreams on a virtual network, and a peer whose every stanza is written by the
 *  test. */
#ifndef TEST_TRANSPORT_S5B_PEER_H
#define TEST_TRANSPORT_S5B_PEER_H

#include <stdlib.h>
#include <string.h>

#include <jingle/s5b.h>

#include "bytes_app.h"
#include "support/engine.h"
#include "support/runner.h"
#include "support/virtual_net.h"
#include "transport/s5b/s5b.h"

#define NS_S5B "urn:xmpp:jingle:transports:s5b:1"
#define LEN(array) (sizeof(array) / sizeof *(array))

static const char *const addresses[] = {"192.0.2.1",   "198.51.100.7", "2001:db8::1", "fe80::1",
                                        "169.254.3.3", "127.0.0.1",    "::1",         NULL};
static const char *const peer_addresses[] = {"203.0.113.5", NULL};

static vnet_t world;
static engine_t *engine;
static jingle_net_t *net, *peer_net;
static bytes_app_t app;
static jingle_session_t *session;

static inline void begin_at(const char *const *at, const jingle_s5b_t *config)
{
    world = (vnet_t){0};
    app = (bytes_app_t){0};
    engine = engine_new(NULL);
    net = vnet_host(&world, at);
    peer_net = vnet_host(&world, peer_addresses);
    ck_assert_int_eq(jingle_set_net(engine->jingle, net), JINGLE_EOK);
    ck_assert_int_eq(jingle_register_s5b(engine->jingle, config), JINGLE_EOK);
    ck_assert_int_eq(bytes_app_register(engine->jingle, &app), JINGLE_EOK);
    engine_wait(engine, 0);
}

static inline void begin(const jingle_s5b_t *config)
{
    begin_at(addresses, config);
}

static inline void teardown(void)
{
    engine_free_manager(engine);
    bytes_app_clear(&app);
    ck_assert_uint_eq(engine_free(engine), 0);
    peer_net->free(peer_net);
    ck_assert_uint_eq(world.n_open, 0);
}

static inline void pass(uint64_t ms)
{
    for (; ms; ms -= ms < 10 ? ms : 10) {
        world.now += ms < 10 ? ms : 10;
        engine_wait(engine, ms < 10 ? ms : 10);
        vnet_run(&world, NULL);
    }
}

/* ---- what was sent ---------------------------------------------------------------------------- */

static inline xmpp_stanza_t *transport_of(xmpp_stanza_t *iq)
{
    xmpp_stanza_t *jingle = jingle_element_child(iq, "jingle", JINGLE_NS);

    return jingle_element_child(jingle_element_child(jingle, "content", NULL), "transport", NS_S5B);
}

static inline xmpp_stanza_t *sent_transport(void)
{
    xmpp_stanza_t *found = transport_of(engine_last_request(engine));

    ck_assert_ptr_nonnull(found);
    return found;
}

/** "host type, host type": in the order in which they stand. */
static inline const char *sent_candidates(void)
{
    static char text[1024];
    xmpp_stanza_t *one = jingle_element_child(sent_transport(), "candidate", NULL);
    size_t len = 0;

    text[0] = '\0';
    for (; one; one = jingle_element_next(one)) {
        ck_assert_str_eq(xmpp_stanza_get_name(one), "candidate");
        len += (size_t)snprintf(text + len, sizeof text - len, "%s%s %s", len ? ", " : "",
                                xmpp_stanza_get_attribute(one, "host"),
                                xmpp_stanza_get_attribute(one, "type"));
    }
    return text;
}

static inline size_t n_sent_with(const char *what)
{
    size_t n = 0;

    for (size_t i = 0; i < engine->n_sent; i++)
        n += jingle_element_child(transport_of(engine->sent[i]), what, NULL) != NULL;
    return n;
}

static inline bool told_any(const char *const *which)
{
    bool told = false;

    for (size_t i = 0; i < engine->n_sent; i++) {
        char *text;
        size_t len;
        ck_assert_int_eq(xmpp_stanza_to_text(engine->sent[i], &text, &len), XMPP_EOK);
        for (const char *const *at = which; *at; at++)
            told = told || strstr(text, *at);
        xmpp_free(engine->ctx, text);
    }
    return told;
}

/* ---- what the peer says ------------------------------------------------------------------------ */

static inline void offer_to(const char *peer)
{
    ck_assert_int_eq(
        jingle_managed_session_new(engine->jingle, peer, JINGLE_SESSION(.sid = "s"), &session),
        JINGLE_EOK);
    ck_assert_int_eq(jingle_session_add_content(
                         session, JINGLE_CONTENT(.application = BYTES_NS, .name = "c"), NULL),
                     JINGLE_EOK);
    ck_assert_int_eq(jingle_session_start(session), JINGLE_EOK);
}

static inline void offer_to_peer(void)
{
    offer_to(ENGINE_PEER);
}

/** An offer of the peer's, which is accepted at once unless app.ask. */
static inline void offer_of_peer(const char *candidates)
{
    char inside[8192];

    snprintf(inside, sizeof inside,
             "<content creator='initiator' name='c'>" BYTES_DESCRIPTION "<transport xmlns='" NS_S5B
             "' sid='t' mode='tcp'>%s</transport></content>",
             candidates);
    engine_action(engine, "o", "session-initiate", "s", inside);
}

static inline void answer_of_peer(const char *action, const char *attributes,
                                  const char *candidates)
{
    char inside[8192];

    snprintf(inside, sizeof inside,
             "<content creator='initiator' name='c'>" BYTES_DESCRIPTION "<transport xmlns='" NS_S5B
             "'%s>%s</transport></content>",
             attributes, candidates);
    engine_action(engine, "a", action, "s", inside);
}

static inline void accept_of_peer(const char *attributes, const char *candidates)
{
    engine_ack(engine);
    answer_of_peer("session-accept", attributes, candidates);
}

static inline void info_of_peer(const char *info)
{
    char inside[1024];

    snprintf(inside, sizeof inside,
             "<content creator='initiator' name='c'><transport xmlns='" NS_S5B
             "'>%s</transport></content>",
             info);
    engine_action(engine, "i", "transport-info", "s", inside);
}

/** The first of ours, as we have offered them. */
static inline xmpp_stanza_t *our_candidate(void)
{
    for (size_t i = 0; i < engine->n_sent; i++) {
        xmpp_stanza_t *one = jingle_element_child(transport_of(engine->sent[i]), "candidate", NULL);
        if (one)
            return one;
    }
    ck_abort();
    return NULL;
}

static inline const char *our_cid(void)
{
    return xmpp_stanza_get_attribute(our_candidate(), "cid");
}

static inline uint16_t our_port(void)
{
    return (uint16_t)atoi(xmpp_stanza_get_attribute(our_candidate(), "port"));
}

#define CANDIDATE(cid, host, priority, type)                                                       \
    "<candidate cid='" cid "' host='" host "' port='5086' jid='" ENGINE_PEER                       \
    "' priority='" priority "' type='" type "'/>"

#endif
