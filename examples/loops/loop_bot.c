/* SPDX-License-Identifier: MIT */
/** @file
 *  A bot that takes files, without a loop. */
#include "loop_bot.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

loop_bot_t bot = {.fd = -1};

static void on_offer(jingle_t *jingle, jingle_file_t *file, void *userdata)
{
    (void)jingle;
    (void)userdata;
    if (jingle_file_accept(file, NULL))
        jingle_file_decline(file, "it cannot be stored here");
}

static void on_done(jingle_t *jingle, jingle_file_t *file, void *userdata)
{
    (void)jingle;
    (void)userdata;
    if (jingle_file_get_outcome(file) == JINGLE_FILE_DONE)
        printf("saved %s\n", jingle_file_get_path(file));
    else
        printf("%s: %s\n", jingle_file_get_info(file)->safe_name, jingle_file_get_text(file));
}

static void on_conn(xmpp_conn_t *conn, xmpp_conn_event_t event, int error,
                    xmpp_stream_error_t *stream_error, void *userdata)
{
    xmpp_stanza_t *presence;

    (void)stream_error;
    (void)userdata;
    jingle_conn_event(bot.jingle, conn, event);
    if (event != XMPP_CONN_CONNECT) {
        fprintf(stderr, "disconnected: %s\n", error > 0 ? strerror(error) : "the stream has ended");
        bot.over = true;
        bot.fd = -1;
        bot.on_fd();
        return;
    }
    presence = xmpp_presence_new(bot.ctx);
    jingle_add_caps(bot.jingle, presence);
    xmpp_send(conn, presence);
    xmpp_stanza_release(presence);
    printf("ready %s\n", jingle_get_jid(bot.jingle));
}

/** The only place where libstrophe shows its socket: before it connects. */
static int on_socket(xmpp_conn_t *conn, void *socket)
{
    (void)conn;
    bot.fd = *(int *)socket;
    bot.on_fd();
    return 0;
}

static int connect_client(const char *jid)
{
    const char *server = getenv("JINGLE_SERVER"), *ca = getenv("JINGLE_CA");
    char host[256] = "";
    unsigned short port = 0;

    if (server && sscanf(server, "%255[^:]:%hu", host, &port) < 1)
        return XMPP_EINVOP;
    xmpp_conn_set_jid(bot.conn, jid);
    xmpp_conn_set_pass(bot.conn, getenv("JINGLE_PASSWORD"));
    xmpp_conn_set_flags(bot.conn, XMPP_CONN_FLAG_MANDATORY_TLS); /* no password in clear */
    xmpp_conn_set_sockopt_callback(bot.conn, on_socket);
    if (ca)
        xmpp_conn_set_cafile(bot.conn, ca);
    return xmpp_connect_client(bot.conn, *host ? host : NULL, port, on_conn, NULL);
}

static int set_up(const char *folder, const char *const *senders, size_t n_senders,
                  const jingle_loop_t *loop)
{
    int err;

    bot.jingle = jingle_new(bot.ctx, NULL);
    if (!bot.jingle)
        return JINGLE_EMEM;
    err = jingle_set_loop(bot.jingle, loop);
    if (!err)
        err = jingle_register_s5b(bot.jingle, JINGLE_S5B(.offer_loopback = true));
    if (!err)
        err = jingle_register_ibb(bot.jingle, NULL);
    if (!err)
        err = jingle_register_file_transfer(
            bot.jingle, JINGLE_FILES(.folder = folder, .on_offer = on_offer, .on_done = on_done));
    if (err)
        return err;
    return jingle_attach_with(bot.jingle, bot.conn,
                              JINGLE_ATTACH(.offers = JINGLE_OFFERS_LISTED, .allowed = senders,
                                            .n_allowed = n_senders, .answer_disco = true,
                                            .answer_unhandled = true));
}

int bot_start(int argc, char **argv, const char *name, const jingle_loop_t *loop,
              void (*on_fd)(void))
{
    int err;

    if (argc < 4 || !getenv("JINGLE_PASSWORD")) {
        bool help = argc > 1 && strcmp(argv[1], "--help") == 0;
        fprintf(help ? stdout : stderr, "usage: JINGLE_PASSWORD=... %s JID FOLDER SENDER...\n",
                name);
        exit(help ? 0 : 2);
    }
    signal(SIGPIPE, SIG_IGN);
    setvbuf(stdout, NULL, _IOLBF, 0);
    xmpp_initialize();
    bot.on_fd = on_fd;
    bot.ctx = xmpp_ctx_new(NULL, xmpp_get_default_logger(XMPP_LEVEL_ERROR));
    bot.conn = xmpp_conn_new(bot.ctx);
    err = set_up(argv[2], (const char *const *)(argv + 3), (size_t)(argc - 3), loop);
    if (err)
        fprintf(stderr, "%s: %s\n", argv[2], jingle_strerror(err));
    else if ((err = connect_client(argv[1])))
        fprintf(stderr, "cannot connect\n");
    return err ? 1 : 0;
}

void bot_turn(void)
{
    if (!bot.over)
        xmpp_run_once(bot.ctx, 0);
}

void bot_end(void)
{
    jingle_free(bot.jingle);
    xmpp_conn_release(bot.conn);
    xmpp_ctx_free(bot.ctx);
    xmpp_shutdown();
}
