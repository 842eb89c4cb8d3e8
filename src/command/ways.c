/* SPDX-License-Identifier: MIT */
/** @file
 *  What files may go by: in-band, directly, by a proxy of the server or one that was given. */
#include "app.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "report.h"

/* Octets of an in-band block: in base64 and with all around it one TLS record of 16 KiB. More would
 * be written in pieces, and servers that take stanzas of 64 KiB are all that is asked for. */
#define BLOCK_SIZE 11520u
/* That wait for their answers at once: XEP-0047 section 2.2 leaves it to the sender, and one at a
 * time is slow over any distance. */
#define BLOCKS 4
#define BLOCK_TIMEOUT 60000u /* ms; a connection that broke may come back in that time */
#define PROXY_TIMEOUT 5000u  /* ms for a proxy to say where it is */
#define PROXY_PORT 1080

/** One of --proxy. */
struct proxy {
    char *jid, *host; /**< as it has told; NULL: it has not */
    uint16_t port;
    bool waits;
};

/** What the user wants, and the peer can. */
static bool may_use(jingle_session_t *session, const char *ns, void *userdata)
{
    const app_t *app = userdata;
    bool s5b = strcmp(ns, JINGLE_NS_S5B_TRANSPORT) == 0;

    /* What the peer has offered it can do. */
    if (s5b && jingle_session_is_initiator(session) && !app->peer_has_s5b)
        return false;
    return s5b || app->settings->transport != TRANSPORT_S5B;
}

/* ---- our own port ---------------------------------------------------------------------------- */

static void on_accept(jingle_net_t *net, jingle_socket_t *socket, void *userdata)
{
    (void)userdata;
    net->close(net, socket);
}

static bool is_free(app_t *app, uint16_t port)
{
    jingle_net_t *net = jingle_get_net(app->jingle);
    jingle_socket_t *socket;

    errno = 0;
    if (!net || net->listen(net, NULL, port, on_accept, NULL, &socket) != JINGLE_EOK)
        return false;
    net->close(net, socket);
    return true;
}

/** Of a range each process begins elsewhere: it is listened on during transfers only, and who is idle
 *  now would be in the way then. */
static uint16_t choose_port(app_t *app)
{
    unsigned first = app->settings->port_first, last = app->settings->port_last;
    unsigned n = last - first + 1, start = (unsigned)getpid() % n;

    for (unsigned i = 0; first && i < n; i++)
        if (is_free(app, (uint16_t)(first + (start + i) % n)))
            return (uint16_t)(first + (start + i) % n);
    if (first)
        report_note("nobody can connect to us on port %u%s: %s", first,
                    n > 1 ? " and those after it" : "",
                    errno ? strerror(errno) : "it cannot be listened on");
    return (uint16_t)first;
}

/* ---- registering ----------------------------------------------------------------------------- */

/** In a private network of one machine, as tests and trials are. */
static bool is_loopback(const char *host)
{
    return host && (strcmp(host, "localhost") == 0 || strcmp(host, "::1") == 0 ||
                    strncmp(host, "127.", 4) == 0);
}

static int register_s5b(app_t *app)
{
    const settings_t *settings = app->settings;
    jingle_s5b_proxy_t *proxies = must_alloc(NULL, (settings->n_proxies + 1) * sizeof *proxies);
    size_t n = 0;
    int result;

    for (size_t i = 0; app->proxies && i < settings->n_proxies; i++)
        if (app->proxies[i].host)
            proxies[n++] = (jingle_s5b_proxy_t){app->proxies[i].jid, app->proxies[i].host,
                                                app->proxies[i].port};
    result = jingle_register_s5b(app->jingle,
                                 JINGLE_S5B(.relay_only = settings->relay_only,
                                            .offer_loopback = is_loopback(settings->host),
                                            .port = settings->relay_only ? 0 : choose_port(app),
                                            .proxies = proxies, .n_proxies = n));
    free(proxies);
    return result;
}

/** Those that were given must be asked first, which takes a login. */
static bool has_to_ask(const app_t *app)
{
    return app->settings->n_proxies && app->settings->transport != TRANSPORT_IBB;
}

int ways_register(app_t *app)
{
    int result =
        jingle_register_ibb(app->jingle, JINGLE_IBB(.block_size = BLOCK_SIZE, .window = BLOCKS,
                                                    .request_timeout = BLOCK_TIMEOUT));

    if (result == JINGLE_EOK && app->settings->transport != TRANSPORT_IBB && !has_to_ask(app))
        result = register_s5b(app);
    if (result == JINGLE_EOK)
        result = jingle_set_transport_filter(app->jingle, may_use, app);
    return result;
}

/* ---- proxies that were given (XEP-0065 section 4) --------------------------------------------- */

static void take_address(struct proxy *proxy, xmpp_stanza_t *streamhost)
{
    const char *jid = xmpp_stanza_get_attribute(streamhost, "jid"),
               *host = xmpp_stanza_get_attribute(streamhost, "host"),
               *port = xmpp_stanza_get_attribute(streamhost, "port");
    long number = port ? strtol(port, NULL, 10) : PROXY_PORT;

    if (!jid || !*jid || !host || !*host || number <= 0 || number > UINT16_MAX)
        return;
    proxy->jid = must_copy(jid, strlen(jid));
    proxy->host = must_copy(host, strlen(host));
    proxy->port = (uint16_t)number;
}

static void on_address(jingle_t *jingle, const jingle_answer_t *answer, void *userdata)
{
    struct proxy *proxy = userdata;
    xmpp_stanza_t *query = NULL, *streamhost = NULL;

    (void)jingle;
    proxy->waits = false;
    if (answer->type == JINGLE_ANSWER_RESULT)
        query = jingle_element_child(answer->stanza, "query", JINGLE_NS_BYTESTREAMS);
    if (query)
        streamhost = jingle_element_child(query, "streamhost", JINGLE_NS_BYTESTREAMS);
    if (streamhost)
        take_address(proxy, streamhost);
}

static bool is_answered(app_t *app, void *userdata)
{
    bool all = true;

    (void)userdata;
    for (size_t i = 0; i < app->settings->n_proxies; i++)
        all = all && !app->proxies[i].waits;
    return all;
}

static void ask_all(app_t *app)
{
    for (size_t i = 0; i < app->settings->n_proxies; i++) {
        struct proxy *proxy = &app->proxies[i];
        *proxy = (struct proxy){.waits = true};
        if (jingle_request(app->jingle,
                           JINGLE_REQUEST(.to = app->settings->proxies[i], .get = true,
                                          .xml = "<query xmlns='" JINGLE_NS_BYTESTREAMS "'/>",
                                          .timeout = PROXY_TIMEOUT, .on_answer = on_address,
                                          .userdata = proxy)) != JINGLE_EOK)
            proxy->waits = false;
    }
}

int ways_find(app_t *app)
{
    int result;

    if (!has_to_ask(app))
        return STATUS_DONE;
    app->proxies = must_alloc(NULL, app->settings->n_proxies * sizeof *app->proxies);
    ask_all(app);
    /* A connection that breaks now is found to be broken by the next wait. */
    app_wait(app, is_answered, NULL, 2 * PROXY_TIMEOUT);
    for (size_t i = 0; i < app->settings->n_proxies; i++)
        if (!app->proxies[i].host)
            report_note("%s is no proxy, or does not let us in; going on without it",
                        app->settings->proxies[i]);
    result = register_s5b(app);
    if (result == JINGLE_EOK)
        return STATUS_DONE;
    report_error("setup", "cannot start: %s", jingle_strerror(result));
    return STATUS_FAILED;
}

void ways_drop(app_t *app)
{
    for (size_t i = 0; app->proxies && i < app->settings->n_proxies; i++) {
        free(app->proxies[i].jid);
        free(app->proxies[i].host);
    }
    free(app->proxies);
    app->proxies = NULL;
}

const char *ways_describe(const jingle_file_t *file, char text[WAYS_TEXT])
{
    const char *host = NULL;

    switch (jingle_content_get_s5b_path(jingle_file_get_content(file), &host)) {
    case JINGLE_S5B_DIRECT:
        snprintf(text, WAYS_TEXT, "directly, not encrypted");
        break;
    case JINGLE_S5B_PROXY:
        snprintf(text, WAYS_TEXT, "by the proxy %s, not encrypted", host);
        break;
    default:
        snprintf(text, WAYS_TEXT, "in-band, through the servers, which can read it");
        break;
    }
    return text;
}
