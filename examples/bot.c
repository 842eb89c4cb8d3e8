/* SPDX-License-Identifier: MIT */
/** @file
 *  A bot that is called: a phone that nobody answers.
 *
 *    JINGLE_PASSWORD=... bot [--accept SECONDS] JID [SENDER...]
 *
 *  It acknowledges each call (XEP-0167) and declines it; with --accept it takes the call and hangs
 *  up after that time. It negotiates, no more: there is no sound. Offers that are no calls end with
 *  unsupported-applications. SENDER is a full JID, a bare one or a domain; everybody else is told
 *  that there is no such service. Without any, everybody may call. JINGLE_SERVER=HOST[:PORT] names
 *  a server other than the JID's domain, JINGLE_CA=FILE a certificate authority to trust. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jingle/jingle.h>

#define NS_RTP "urn:xmpp:jingle:apps:rtp:1"

/** What else a client wants to see before it lets its user call. */
static const char *const features[] = {"urn:xmpp:jingle:apps:rtp:audio",
                                       "urn:xmpp:jingle:transports:ice-udp:1"};

typedef struct {
    xmpp_ctx_t *ctx;
    xmpp_conn_t *conn;
    jingle_t *jingle;
    long seconds; /**< length of a call; negative: decline it */
    const char *jid;
    const char *const *senders;
    size_t n_senders;
} bot_t;

/* ---- the session type ----------------------------------------------------------------------- */

/** The transport of the same kind in the answer, with nothing in it: there is no address of ours to
 *  which media could be sent. */
static xmpp_stanza_t *empty_transport(xmpp_ctx_t *ctx, const jingle_content_data_t *offered)
{
    xmpp_stanza_t *transport = xmpp_stanza_new(ctx);

    if (transport && !xmpp_stanza_set_name(transport, "transport") &&
        !xmpp_stanza_set_ns(transport, xmpp_stanza_get_ns(offered->transport)))
        return transport;
    if (transport)
        xmpp_stanza_release(transport);
    return NULL;
}

/** session-accept: all contents, with every codec that was offered. */
static int pick_up(bot_t *bot, jingle_session_t *session, const jingle_data_t *offer)
{
    jingle_content_data_t *contents = calloc(offer->n_contents, sizeof *contents);
    const jingle_data_t accept = {.contents = contents, .n_contents = offer->n_contents};
    int err = contents ? JINGLE_EOK : JINGLE_EMEM;

    for (size_t i = 0; !err && i < offer->n_contents; i++) {
        contents[i].creator = "initiator";
        contents[i].name = offer->contents[i].name;
        contents[i].senders = offer->contents[i].senders;
        contents[i].description = offer->contents[i].description;
        contents[i].transport = empty_transport(bot->ctx, &offer->contents[i]);
        if (!contents[i].transport)
            err = JINGLE_EMEM;
    }
    if (!err)
        err = jingle_session_send(session, JINGLE_ACTION_SESSION_ACCEPT, &accept);
    for (size_t i = 0; contents && i < offer->n_contents; i++)
        if (contents[i].transport)
            xmpp_stanza_release(contents[i].transport);
    free(contents);
    return err;
}

static void hang_up(jingle_t *jingle, void *session)
{
    (void)jingle;
    jingle_session_set_user(session, NULL, NULL); /* the timer is gone */
    jingle_session_end(session, NULL);
}

static void phone_on_initiate(jingle_session_t *session, const jingle_data_t *data,
                              jingle_reply_t *reply, void *self)
{
    bot_t *bot = self;
    jingle_timer_t *timer = NULL;
    int err;

    printf("%s calls\n", jingle_session_get_peer(session));
    jingle_reply_ack(reply);
    if (bot->seconds < 0) {
        jingle_session_decline(session);
        return;
    }
    err = pick_up(bot, session, data);
    if (!err)
        err = jingle_timer_start(bot->jingle, 1000 * (uint64_t)bot->seconds, hang_up, session,
                                 &timer);
    jingle_session_set_user(session, timer, NULL);
    if (err)
        jingle_session_end(session, JINGLE_END(.condition = JINGLE_REASON_GENERAL_ERROR,
                                               .text = jingle_strerror(err)));
}

/** Candidates of the caller's, as it finds them. They lead to nothing, and that is no error. */
static void phone_on_candidates(jingle_session_t *session, const jingle_data_t *data,
                                jingle_reply_t *reply, void *self)
{
    (void)session;
    (void)data;
    (void)self;
    jingle_reply_ack(reply);
}

/** However it has ended: its timer must not find a session that is gone. */
static void phone_ended(jingle_session_t *session, const jingle_reason_t *reason,
                        const jingle_error_t *error, void *self)
{
    (void)reason;
    (void)error;
    (void)self;
    jingle_timer_cancel(jingle_session_get_user(session));
}

static const jingle_session_type_t phone = {
    .size = sizeof phone,
    .name = "phone",
    .ended = phone_ended,
    .on_session_initiate = phone_on_initiate,
    .on_transport_info = phone_on_candidates,
};

/* ---- the program ---------------------------------------------------------------------------- */

static void on_event(jingle_t *jingle, const jingle_event_t *event, void *userdata)
{
    (void)jingle;
    (void)userdata;
    /* What no type serves can only be ended: with unsupported-applications, which accept does. */
    if (event->type == JINGLE_EVENT_INCOMING && jingle_session_get_type(event->session) != &phone)
        jingle_session_accept(event->session);
    else if (event->type == JINGLE_EVENT_TERMINATED)
        printf("%s: %s\n", jingle_session_get_peer(event->session),
               jingle_reason_words(event->reason->condition));
}

static void on_conn(xmpp_conn_t *conn, xmpp_conn_event_t event, int error,
                    xmpp_stream_error_t *stream_error, void *userdata)
{
    bot_t *bot = userdata;
    xmpp_stanza_t *presence;

    (void)stream_error;
    jingle_conn_event(bot->jingle, conn, event);
    if (event != XMPP_CONN_CONNECT) {
        fprintf(stderr, "disconnected: %s\n", error > 0 ? strerror(error) : "the stream has ended");
        xmpp_stop(bot->ctx);
        return;
    }
    presence = xmpp_presence_new(bot->ctx);
    jingle_add_caps(bot->jingle, presence);
    xmpp_send(conn, presence);
    xmpp_stanza_release(presence);
    printf("ready %s\n", jingle_get_jid(bot->jingle));
}

static int connect_client(bot_t *bot)
{
    const char *server = getenv("JINGLE_SERVER"), *ca = getenv("JINGLE_CA");
    char host[256] = "";
    unsigned short port = 0;

    if (server && sscanf(server, "%255[^:]:%hu", host, &port) < 1)
        return XMPP_EINVOP;
    xmpp_conn_set_jid(bot->conn, bot->jid);
    xmpp_conn_set_pass(bot->conn, getenv("JINGLE_PASSWORD"));
    xmpp_conn_set_flags(bot->conn, XMPP_CONN_FLAG_MANDATORY_TLS); /* no password in clear */
    if (ca)
        xmpp_conn_set_cafile(bot->conn, ca);
    return xmpp_connect_client(bot->conn, *host ? host : NULL, port, on_conn, bot);
}

static int start(bot_t *bot)
{
    const jingle_offers_t offers = bot->n_senders ? JINGLE_OFFERS_LISTED : JINGLE_OFFERS_ANYONE;
    int err;

    bot->jingle = jingle_new(bot->ctx, JINGLE_CONFIG(.on_event = on_event));
    if (!bot->jingle)
        return JINGLE_EMEM;
    err = jingle_register_session_type(bot->jingle, NS_RTP, &phone, bot);
    for (size_t i = 0; !err && i < sizeof features / sizeof features[0]; i++)
        err = jingle_add_feature(bot->jingle, features[i]);
    if (err)
        return err;
    return jingle_attach_with(bot->jingle, bot->conn,
                              JINGLE_ATTACH(.offers = offers, .allowed = bot->senders,
                                            .n_allowed = bot->n_senders, .answer_disco = true,
                                            .answer_unhandled = true));
}

/** @return false if it is not to be understood */
static bool read_arguments(bot_t *bot, int argc, char **argv)
{
    char *end = NULL;
    int next = 1;

    bot->seconds = -1;
    if (argc > 2 && strcmp(argv[1], "--accept") == 0) {
        bot->seconds = strtol(argv[2], &end, 10);
        if (end == argv[2] || *end || bot->seconds < 0)
            return false;
        next = 3;
    }
    if (next >= argc || argv[next][0] == '-' || !getenv("JINGLE_PASSWORD"))
        return false;
    bot->jid = argv[next++];
    bot->senders = (const char *const *)(argv + next);
    bot->n_senders = (size_t)(argc - next);
    return true;
}

int main(int argc, char **argv)
{
    bot_t bot = {0};
    bool help = argc > 1 && strcmp(argv[1], "--help") == 0;
    int err;

    if (help || !read_arguments(&bot, argc, argv)) {
        fprintf(help ? stdout : stderr,
                "usage: JINGLE_PASSWORD=... bot [--accept SECONDS] JID [SENDER...]\n");
        return help ? 0 : 2;
    }
    signal(SIGPIPE, SIG_IGN);
    setvbuf(stdout, NULL, _IOLBF, 0);
    xmpp_initialize();
    bot.ctx = xmpp_ctx_new(NULL, xmpp_get_default_logger(XMPP_LEVEL_ERROR));
    bot.conn = xmpp_conn_new(bot.ctx);
    err = start(&bot);
    if (err)
        fprintf(stderr, "cannot start: %s\n", jingle_strerror(err));
    else if ((err = connect_client(&bot)))
        fprintf(stderr, "cannot connect\n");
    else
        xmpp_run(bot.ctx);
    jingle_free(bot.jingle);
    xmpp_conn_release(bot.conn);
    xmpp_ctx_free(bot.ctx);
    xmpp_shutdown();
    return 1; /* a bot stops when its connection does */
}
