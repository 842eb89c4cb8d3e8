/* SPDX-License-Identifier: MIT */
/** @file
 *  A bot that takes files: whatever the listed senders offer goes into a folder.
 *
 *    JINGLE_PASSWORD=... file_bot JID FOLDER SENDER...
 *
 *  SENDER is a full JID, a bare one or a domain; everybody else is told that there is no such
 *  service. JINGLE_SERVER=HOST[:PORT] names a server other than the JID's domain, JINGLE_CA=FILE a
 *  certificate authority to trust. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jingle/jingle.h>

#define MAX_SIZE (100u << 20) /* octets */

typedef struct {
    xmpp_ctx_t *ctx;
    xmpp_conn_t *conn;
    jingle_t *jingle;
} bot_t;

static void on_offer(jingle_t *jingle, jingle_file_t *file, void *userdata)
{
    const jingle_file_info_t *info = jingle_file_get_info(file);
    int err = jingle_file_accept(file, NULL);

    (void)jingle;
    (void)userdata;
    if (err) {
        fprintf(stderr, "%s: %s\n", info->safe_name, jingle_strerror(err));
        jingle_file_decline(file, "it cannot be stored here");
        return;
    }
    printf("%s sends %s\n", jingle_file_get_peer(file), info->safe_name);
}

static void on_done(jingle_t *jingle, jingle_file_t *file, void *userdata)
{
    (void)jingle;
    (void)userdata;
    if (jingle_file_get_outcome(file) == JINGLE_FILE_DONE)
        printf("saved %s%s\n", jingle_file_get_path(file),
               jingle_file_is_verified(file) ? "" : " (no hash came)");
    else
        printf("%s: %s\n", jingle_file_get_info(file)->safe_name, jingle_file_get_text(file));
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

static int connect_client(bot_t *bot, const char *jid)
{
    const char *server = getenv("JINGLE_SERVER"), *ca = getenv("JINGLE_CA");
    char host[256] = "";
    unsigned short port = 0;

    if (server && sscanf(server, "%255[^:]:%hu", host, &port) < 1)
        return XMPP_EINVOP;
    xmpp_conn_set_jid(bot->conn, jid);
    xmpp_conn_set_pass(bot->conn, getenv("JINGLE_PASSWORD"));
    xmpp_conn_set_flags(bot->conn, XMPP_CONN_FLAG_MANDATORY_TLS); /* no password in clear */
    if (ca)
        xmpp_conn_set_cafile(bot->conn, ca);
    return xmpp_connect_client(bot->conn, *host ? host : NULL, port, on_conn, bot);
}

static int start(bot_t *bot, const char *folder, const char *const *senders, size_t n_senders)
{
    int err;

    bot->jingle = jingle_new(bot->ctx, NULL);
    if (!bot->jingle)
        return JINGLE_EMEM;
    err = jingle_register_file_transfer(bot->jingle,
                                        JINGLE_FILES(.folder = folder, .max_size = MAX_SIZE,
                                                     .on_offer = on_offer, .on_done = on_done));
    if (err)
        return err;
    return jingle_attach_with(bot->jingle, bot->conn,
                              JINGLE_ATTACH(.offers = JINGLE_OFFERS_LISTED, .allowed = senders,
                                            .n_allowed = n_senders, .answer_disco = true,
                                            .answer_unhandled = true));
}

int main(int argc, char **argv)
{
    bot_t bot = {0};
    bool help = argc > 1 && strcmp(argv[1], "--help") == 0;
    int err;

    if (help || argc < 4 || !getenv("JINGLE_PASSWORD")) {
        fprintf(help ? stdout : stderr,
                "usage: JINGLE_PASSWORD=... file_bot JID FOLDER SENDER...\n");
        return help ? 0 : 2;
    }
    signal(SIGPIPE, SIG_IGN);
    setvbuf(stdout, NULL, _IOLBF, 0);
    xmpp_initialize();
    bot.ctx = xmpp_ctx_new(NULL, xmpp_get_default_logger(XMPP_LEVEL_ERROR));
    bot.conn = xmpp_conn_new(bot.ctx);
    err = start(&bot, argv[2], (const char *const *)(argv + 3), (size_t)(argc - 3));
    if (err)
        fprintf(stderr, "%s: %s\n", argv[2], jingle_strerror(err));
    else if ((err = connect_client(&bot, argv[1])))
        fprintf(stderr, "cannot connect\n");
    else
        xmpp_run(bot.ctx);
    jingle_free(bot.jingle);
    xmpp_conn_release(bot.conn);
    xmpp_ctx_free(bot.ctx);
    xmpp_shutdown();
    return 1; /* a bot stops when its connection does */
}
