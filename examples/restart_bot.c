/* SPDX-License-Identifier: MIT */
/** @file
 *  A bot whose sessions outlive it: kill it with kill -9 in the middle of anything, start it again
 *  with the same arguments, and it goes on. It takes files into a folder, and sends one.
 *
 *    JINGLE_PASSWORD=... restart_bot JID FOLDER [PEER FILE]
 *
 *  JID is a full one: peers send to it, so it must be the same again. FOLDER/state holds a file for
 *  each session, written anew before anything leaves that the session must remember. FILE is sent
 *  to PEER, a full JID, unless a session was found to go on with. JINGLE_SERVER=HOST[:PORT] names a
 * server other than the JID's domain, JINGLE_CA=FILE a certificate authority to trust.
 *
 *  Files go in-band, the one way that needs nothing but the stream of stanzas. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jingle/jingle.h>

#include "store.h"

#define PROGRESS (64u << 10) /* octets between two lines about a transfer */

typedef struct {
    xmpp_ctx_t *ctx;
    xmpp_conn_t *conn;
    jingle_t *jingle;
    store_t store;
    const char *peer, *file;
} bot_t;

static void tell_restored(jingle_session_t *session, void *userdata)
{
    (void)userdata;
    printf("restored %s with %s, %s\n", jingle_session_get_sid(session),
           jingle_session_get_peer(session), jingle_state_name(jingle_session_get_state(session)));
}

/* ---- files ------------------------------------------------------------------------------------
 */

static bool has_bare(const char *full, const char *other)
{
    size_t len = strcspn(full, "/");

    return strncmp(full, other, len) == 0 && (other[len] == '/' || !other[len]);
}

/* Whoever offers a file again has given up the transfer of before, even if we have been told
 * nothing of it: its end leaves what has come, and the new one goes on from there. */
static bool end_former(jingle_session_t *session, void *userdata)
{
    jingle_file_t *offered = userdata, *former = jingle_session_get_file(session, 0);

    if (former && session != jingle_file_get_session(offered) && !jingle_file_is_sender(former) &&
        has_bare(jingle_file_get_peer(offered), jingle_file_get_peer(former)) &&
        strcmp(jingle_file_get_info(offered)->safe_name, jingle_file_get_info(former)->safe_name) ==
            0)
        jingle_session_end(session, JINGLE_END(.condition = JINGLE_REASON_TIMEOUT));
    return true;
}

static void on_offer(jingle_t *jingle, jingle_file_t *file, void *userdata)
{
    (void)userdata;
    jingle_each_session(jingle, end_former, file);
    if (jingle_file_accept(file, NULL))
        jingle_file_decline(file, "it cannot be stored here");
}

static void on_start(jingle_t *jingle, jingle_file_t *file, void *userdata)
{
    (void)jingle;
    (void)userdata;
    printf("%s %s from %llu\n", jingle_file_is_sender(file) ? "sending" : "receiving",
           jingle_file_get_info(file)->safe_name,
           (unsigned long long)(jingle_file_get_offset(file) + jingle_file_get_bytes(file)));
}

static void on_progress(jingle_t *jingle, jingle_file_t *file, void *userdata)
{
    uint64_t bytes = jingle_file_get_bytes(file);

    (void)jingle;
    (void)userdata;
    if (bytes % PROGRESS < 4096)
        printf("at %llu\n", (unsigned long long)bytes);
}

static void on_done(jingle_t *jingle, jingle_file_t *file, void *userdata)
{
    (void)jingle;
    (void)userdata;
    printf("%s: %s\n", jingle_file_get_info(file)->safe_name,
           jingle_file_get_outcome(file) == JINGLE_FILE_DONE ? "done" : jingle_file_get_text(file));
}

/* ---- the manager and its connection -----------------------------------------------------------
 */

static void on_event(jingle_t *jingle, const jingle_event_t *event, void *userdata)
{
    bot_t *bot = userdata;

    (void)jingle;
    if (event->type == JINGLE_EVENT_CHANGED)
        store_save(&bot->store, event->session);
    else if (event->type == JINGLE_EVENT_TERMINATED)
        store_forget(&bot->store, event->session);
    else if (event->type == JINGLE_EVENT_STATE)
        printf("%s is %s\n", jingle_session_get_sid(event->session),
               jingle_state_name(event->state));
}

static void on_conn(xmpp_conn_t *conn, xmpp_conn_event_t event, int error,
                    xmpp_stream_error_t *stream_error, void *userdata)
{
    bot_t *bot = userdata;
    xmpp_stanza_t *presence;
    size_t restored;

    (void)error;
    (void)stream_error;
    jingle_conn_event(bot->jingle, conn, event);
    if (event != XMPP_CONN_CONNECT) {
        fprintf(stderr, "disconnected\n");
        xmpp_stop(bot->ctx);
        return;
    }
    presence = xmpp_presence_new(bot->ctx);
    jingle_add_caps(bot->jingle, presence);
    xmpp_send(conn, presence);
    xmpp_stanza_release(presence);
    restored = store_restore_all(&bot->store, bot->jingle, tell_restored, NULL);
    printf("ready %s\n", jingle_get_jid(bot->jingle));
    if (bot->file && !restored &&
        jingle_send_file(bot->jingle, bot->peer, bot->file, NULL, NULL) != JINGLE_EOK)
        fprintf(stderr, "%s cannot be sent\n", bot->file);
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
    if (ca)
        xmpp_conn_set_cafile(bot->conn, ca);
    return xmpp_connect_client(bot->conn, *host ? host : NULL, port, on_conn, bot);
}

static int start(bot_t *bot, const char *folder)
{
    char path[4096];
    int err;

    if ((size_t)snprintf(path, sizeof path, "%s/state", folder) >= sizeof path ||
        !store_open(&bot->store, path, true))
        return JINGLE_EIO;
    bot->jingle = jingle_new(bot->ctx, JINGLE_CONFIG(.on_event = on_event, .userdata = bot));
    if (!bot->jingle)
        return JINGLE_EMEM;
    jingle_set_tell_changes(bot->jingle, true);
    err = jingle_register_file_transfer(
        bot->jingle,
        JINGLE_FILES(.folder = folder, .resume = true, .on_offer = on_offer, .on_start = on_start,
                     .on_progress = on_progress, .on_done = on_done));
    return err ? err
               : jingle_attach_with(bot->jingle, bot->conn,
                                    JINGLE_ATTACH(.offers = JINGLE_OFFERS_ANYONE,
                                                  .answer_disco = true, .answer_unhandled = true));
}

int main(int argc, char **argv)
{
    bot_t bot = {.store.folder = -1};
    bool help = argc > 1 && strcmp(argv[1], "--help") == 0;
    int err;

    if (help || (argc != 3 && argc != 5) || !getenv("JINGLE_PASSWORD")) {
        fprintf(help ? stdout : stderr,
                "usage: JINGLE_PASSWORD=... restart_bot JID FOLDER [PEER FILE]\n");
        return help ? 0 : 2;
    }
    signal(SIGPIPE, SIG_IGN);
    setvbuf(stdout, NULL, _IOLBF, 0);
    bot.peer = argc == 5 ? argv[3] : NULL;
    bot.file = argc == 5 ? argv[4] : NULL;
    xmpp_initialize();
    bot.ctx = xmpp_ctx_new(NULL, xmpp_get_default_logger(XMPP_LEVEL_ERROR));
    bot.conn = xmpp_conn_new(bot.ctx);
    err = start(&bot, argv[2]);
    if (err)
        fprintf(stderr, "%s: %s\n", argv[2], jingle_strerror(err));
    else if (connect_client(&bot, argv[1]))
        fprintf(stderr, "cannot connect\n");
    else
        xmpp_run(bot.ctx);
    jingle_free(bot.jingle);
    xmpp_conn_release(bot.conn);
    xmpp_ctx_free(bot.ctx);
    xmpp_shutdown();
    store_close(&bot.store);
    return 1; /* a bot stops when its connection does */
}
