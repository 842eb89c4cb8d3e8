/* SPDX-License-Identifier: MIT */
/** @file
 *  A bot that sends files: who writes "send NAME" to it gets that file of a folder.
 *
 *    JINGLE_PASSWORD=... send_bot JID FOLDER ASKER...
 *
 *  ASKER is the bare JID of somebody who may ask; others get no answer. JINGLE_SERVER=HOST[:PORT]
 * names a server other than the JID's domain, JINGLE_CA=FILE a certificate authority to trust. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jingle/jingle.h>

typedef struct {
    xmpp_ctx_t *ctx;
    xmpp_conn_t *conn;
    jingle_t *jingle;
    const char *folder;
    char **askers;
    int n_askers;
} bot_t;

/* ---- talking -------------------------------------------------------------------------------- */

static void say(bot_t *bot, const char *to, const char *text)
{
    xmpp_stanza_t *message = xmpp_message_new(bot->ctx, "chat", to, NULL);

    xmpp_message_set_body(message, text);
    xmpp_send(bot->conn, message);
    xmpp_stanza_release(message);
}

static void say_of_file(bot_t *bot, const char *to, const char *name, const char *text)
{
    char line[512];

    snprintf(line, sizeof line, "%s: %s", name, text);
    say(bot, to, line);
}

/* ---- the transfer --------------------------------------------------------------------------- */

static void on_start(jingle_t *jingle, jingle_file_t *file, void *userdata)
{
    const char *proxy = NULL;
    jingle_s5b_path_t path = jingle_content_get_s5b_path(jingle_file_get_content(file), &proxy);

    (void)jingle;
    (void)userdata;
    printf("sending %s %s\n", jingle_file_get_info(file)->safe_name,
           path == JINGLE_S5B_DIRECT  ? "directly, not encrypted"
           : path == JINGLE_S5B_PROXY ? "by a proxy, not encrypted"
                                      : "through the servers, which can read it");
}

static void on_progress(jingle_t *jingle, jingle_file_t *file, void *userdata)
{
    (void)jingle;
    (void)userdata;
    printf("%llu of %llu octets, %llu a second\n", (unsigned long long)jingle_file_get_bytes(file),
           (unsigned long long)jingle_file_get_length(file),
           (unsigned long long)jingle_file_get_rate(file));
}

static void on_done(jingle_t *jingle, jingle_file_t *file, void *userdata)
{
    bot_t *bot = userdata;
    const char *name = jingle_file_get_info(file)->safe_name;
    jingle_file_outcome_t outcome = jingle_file_get_outcome(file);

    (void)jingle;
    if (outcome != JINGLE_FILE_DONE)
        say_of_file(bot, jingle_file_get_peer(file), name, jingle_file_get_text(file));
    printf("%s: %s\n", name, jingle_file_outcome_words(outcome));
}

/* ---- what is asked for ---------------------------------------------------------------------- */

static bool may_ask(const bot_t *bot, const char *from)
{
    size_t len = strcspn(from, "/");

    for (int i = 0; i < bot->n_askers; i++) {
        if (strlen(bot->askers[i]) == len && !strncmp(bot->askers[i], from, len))
            return true;
    }
    return false;
}

/** What was asked for, until it is known what the asker's client can do. */
typedef struct {
    bot_t *bot;
    char name[256];
} ask_t;

static void send_file(bot_t *bot, const char *to, const char *name, const char *transport)
{
    char path[4096];
    int err;

    snprintf(path, sizeof path, "%s/%s", bot->folder, name);
    err = jingle_send_file(bot->jingle, to, path,
                           JINGLE_SEND_FILE(.desc = "as you asked", .transport = transport), NULL);
    if (err)
        say_of_file(bot, to, name, jingle_strerror(err));
}

static void on_disco(jingle_t *jingle, const char *peer, const jingle_disco_t *disco,
                     const jingle_error_t *error, void *userdata)
{
    ask_t *ask = userdata;

    (void)jingle;
    (void)error;
    if (!disco || !jingle_disco_has(disco, JINGLE_NS_FILE_TRANSFER))
        say(ask->bot, peer, "Your client cannot receive files.");
    else if (jingle_disco_has(disco, JINGLE_NS_S5B_TRANSPORT))
        send_file(ask->bot, peer, ask->name, NULL); /* the best way first */
    else
        send_file(ask->bot, peer, ask->name, JINGLE_NS_IBB_TRANSPORT);
    free(ask);
}

static void take_request(bot_t *bot, const char *from, const char *name)
{
    ask_t *ask;

    /* A name, and no path out of the folder. */
    if (!*name || *name == '.' || strchr(name, '/') || strlen(name) > 255) {
        say(bot, from, "That is no name of a file.");
        return;
    }
    ask = malloc(sizeof *ask);
    if (!ask)
        return;
    ask->bot = bot;
    snprintf(ask->name, sizeof ask->name, "%s", name);
    if (jingle_query_disco(bot->jingle, from, NULL, on_disco, ask) != JINGLE_EOK)
        free(ask);
}

static int on_message(xmpp_conn_t *conn, xmpp_stanza_t *message, void *userdata)
{
    static const char command[] = "send ";
    bot_t *bot = userdata;
    const char *from = xmpp_stanza_get_from(message);
    char *body = xmpp_message_get_body(message);

    (void)conn;
    if (from && body && may_ask(bot, from) && !strncmp(body, command, strlen(command)))
        take_request(bot, from, body + strlen(command));
    if (body)
        xmpp_free(bot->ctx, body);
    return 1;
}

/* ---- setting up ----------------------------------------------------------------------------- */

static int set_up(bot_t *bot)
{
    int err = jingle_register_s5b(bot->jingle, NULL);

    if (!err)
        err = jingle_register_ibb(bot->jingle, NULL);
    if (!err)
        err = jingle_register_file_transfer(
            bot->jingle, JINGLE_FILES(.on_start = on_start, .on_progress = on_progress,
                                      .on_done = on_done, .userdata = bot));
    if (!err)
        err = jingle_attach_with(bot->jingle, bot->conn,
                                 JINGLE_ATTACH(.offers = JINGLE_OFFERS_NOBODY, .answer_disco = true,
                                               .answer_unhandled = true));
    return err;
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
    xmpp_handler_add(conn, on_message, NULL, "message", "chat", bot);
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

int main(int argc, char **argv)
{
    bot_t bot = {0};
    bool help = argc > 1 && strcmp(argv[1], "--help") == 0;
    int err;

    if (help || argc < 4 || !getenv("JINGLE_PASSWORD")) {
        fprintf(help ? stdout : stderr,
                "usage: JINGLE_PASSWORD=... send_bot JID FOLDER ASKER...\n");
        return help ? 0 : 2;
    }
    signal(SIGPIPE, SIG_IGN);
    setvbuf(stdout, NULL, _IOLBF, 0);
    xmpp_initialize();
    bot = (bot_t){.folder = argv[2], .askers = argv + 3, .n_askers = argc - 3};
    bot.ctx = xmpp_ctx_new(NULL, xmpp_get_default_logger(XMPP_LEVEL_ERROR));
    bot.conn = xmpp_conn_new(bot.ctx);
    bot.jingle = jingle_new(bot.ctx, NULL);
    err = bot.jingle ? set_up(&bot) : JINGLE_EMEM;
    if (err)
        fprintf(stderr, "cannot start: %s\n", jingle_strerror(err));
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
