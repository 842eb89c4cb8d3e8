/* SPDX-License-Identifier: MIT */
/** @file
 *  A bot whose sessions outlive it. It takes files into a folder, from those who are listed, and sends
 *  one.
 *
 *    JINGLE_PASSWORD=... restart_bot [-f FILE] JID FOLDER PEER...
 *
 *  JID is a full one: peers send to it, so it must be the same again. FOLDER/state holds a file for
 *  each session, written anew before anything leaves that the session must remember. PEER is a full
 *  JID, a bare one or a domain; everybody else is told that there is no such service. FILE is sent to
 *  the first PEER, then a full JID, unless a session was found to go on with. JINGLE_SERVER=HOST[:PORT]
 *  names a server other than the JID's domain, JINGLE_CA=FILE a certificate authority to trust.
 *
 *  What may happen to it:
 *
 *  - It is killed, with kill -9 in the middle of anything. Started again with the same arguments it
 *    goes on from the files.
 *  - The connection breaks, or the server is restarted. It connects again, after a pause, and its
 *    sessions go on, unless a peer was told meanwhile that nobody is there.
 *  - It is told to end (SIGTERM, SIGINT). While it is online it ends the sessions: peers are told, and
 *    the files removed. While it is not, nobody can be told, and the files wait for the next start.
 *
 *  Files go in-band, the one way that needs nothing but the stream of stanzas. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jingle/jingle.h>

#include "store.h"

#define MAX_SIZE (100u << 20) /* octets of a file that is taken */
#define PROGRESS (64u << 10)  /* octets between two lines about a transfer */
#define DELAY_MAX 60u         /* seconds between two attempts to connect */
#define TURN 250ul            /* ms: how long a signal may wait */

typedef struct {
    xmpp_ctx_t *ctx;
    xmpp_conn_t *conn;
    jingle_t *jingle;
    store_t store;
    const char *jid, *file;
    const char *const *peers;
    size_t n_peers;
    bool connected;  /**< has logged in */
    bool over;       /**< the connection has ended */
    bool replaced;   /**< another program has our JID now */
    bool letting_go; /**< of sessions that come back from their files */
} bot_t;

static volatile sig_atomic_t told_to_end;

static void tell_restored(jingle_session_t *session, void *userdata)
{
    (void)userdata;
    printf("restored %s with %s, %s\n", jingle_session_get_sid(session),
           jingle_session_get_peer(session), jingle_state_name(jingle_session_get_state(session)));
}

/* ---- files ----------------------------------------------------------------------------------- */

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
    const bot_t *bot = userdata;

    (void)jingle;
    if (bot->letting_go)
        return;
    printf("%s: %s\n", jingle_file_get_info(file)->safe_name,
           jingle_file_get_outcome(file) == JINGLE_FILE_DONE ? "done" : jingle_file_get_text(file));
}

/* ---- the manager ----------------------------------------------------------------------------- */

static void on_event(jingle_t *jingle, const jingle_event_t *event, void *userdata)
{
    bot_t *bot = userdata;

    (void)jingle;
    if (bot->letting_go)
        return; /* not for good: the file stays */
    if (event->type == JINGLE_EVENT_CHANGED)
        store_save(&bot->store, event->session);
    else if (event->type == JINGLE_EVENT_TERMINATED)
        store_forget(&bot->store, event->session);
    else if (event->type == JINGLE_EVENT_STATE)
        printf("%s is %s\n", jingle_session_get_sid(event->session),
               jingle_state_name(event->state));
}

/** With the connection goes what was on its way. A session that sends would wait in vain for the
 *  answer to its last blocks, and one that has received all for that to its last words; restored
 *  from its file it sends them again. One that receives waits for nothing of ours, and lives on. */
static bool let_go(jingle_session_t *session, void *userdata)
{
    const jingle_file_t *file;
    size_t n = 0;

    (void)userdata;
    for (; (file = jingle_session_get_file(session, n)); n++)
        if (!jingle_file_is_sender(file) && !jingle_file_is_verified(file))
            return true;
    if (n)
        jingle_session_end(session, JINGLE_END(.silent = true));
    return true;
}

static int set_up(bot_t *bot, const char *folder)
{
    char path[4096];

    if ((size_t)snprintf(path, sizeof path, "%s/state", folder) >= sizeof path ||
        !store_open(&bot->store, path, true))
        return JINGLE_EIO;
    bot->jingle = jingle_new(bot->ctx, JINGLE_CONFIG(.on_event = on_event, .userdata = bot));
    if (!bot->jingle)
        return JINGLE_EMEM;
    jingle_set_tell_changes(bot->jingle, true);
    return jingle_register_file_transfer(
        bot->jingle, JINGLE_FILES(.folder = folder, .max_size = MAX_SIZE, .resume = true,
                                  .on_offer = on_offer, .on_start = on_start,
                                  .on_progress = on_progress, .on_done = on_done, .userdata = bot));
}

/* ---- its connection -------------------------------------------------------------------------- */

static void go_on(bot_t *bot)
{
    size_t restored = store_restore_all(&bot->store, bot->jingle, tell_restored, NULL);

    printf("ready %s\n", jingle_get_jid(bot->jingle));
    if (bot->file && !restored &&
        jingle_send_file(bot->jingle, bot->peers[0], bot->file, NULL, NULL) != JINGLE_EOK)
        fprintf(stderr, "%s cannot be sent\n", bot->file);
    bot->file = NULL; /* once, however often we connect */
}

static void on_conn(xmpp_conn_t *conn, xmpp_conn_event_t event, int error,
                    xmpp_stream_error_t *stream_error, void *userdata)
{
    bot_t *bot = userdata;
    xmpp_stanza_t *presence;

    jingle_conn_event(bot->jingle, conn, event);
    if (event != XMPP_CONN_CONNECT) {
        bot->over = true;
        bot->replaced = stream_error && stream_error->type == XMPP_SE_CONFLICT;
        if (!told_to_end)
            fprintf(stderr, "%s: %s\n", bot->connected ? "disconnected" : "cannot connect",
                    bot->replaced ? "somebody else has this JID now"
                    : error > 0   ? strerror(error)
                                  : "the stream has ended");
        return;
    }
    bot->connected = true;
    presence = xmpp_presence_new(bot->ctx);
    jingle_add_caps(bot->jingle, presence);
    xmpp_send(conn, presence);
    xmpp_stanza_release(presence);
    go_on(bot);
}

/** The manager moves to a connection that is new each time. */
static bool dial(bot_t *bot)
{
    const char *server = getenv("JINGLE_SERVER"), *ca = getenv("JINGLE_CA");
    char host[256] = "";
    unsigned short port = 0;

    bot->connected = bot->over = false;
    bot->conn = xmpp_conn_new(bot->ctx);
    if (server && sscanf(server, "%255[^:]:%hu", host, &port) < 1)
        return false;
    xmpp_conn_set_jid(bot->conn, bot->jid);
    xmpp_conn_set_pass(bot->conn, getenv("JINGLE_PASSWORD"));
    xmpp_conn_set_flags(bot->conn, XMPP_CONN_FLAG_MANDATORY_TLS);         /* no password in clear */
    xmpp_conn_set_sockopt_callback(bot->conn, xmpp_sockopt_cb_keepalive); /* finds a dead one */
    if (ca)
        xmpp_conn_set_cafile(bot->conn, ca);
    return jingle_attach_with(bot->jingle, bot->conn,
                              JINGLE_ATTACH(.offers = JINGLE_OFFERS_LISTED, .allowed = bot->peers,
                                            .n_allowed = bot->n_peers, .answer_disco = true,
                                            .answer_unhandled = true)) == JINGLE_EOK &&
           xmpp_connect_client(bot->conn, *host ? host : NULL, port, on_conn, bot) == XMPP_EOK;
}

/** One life of the connection. @return false when there is no sense in another */
static bool run_once(bot_t *bot)
{
    if (!dial(bot)) {
        fprintf(stderr, "cannot connect\n");
        bot->over = true;
    }
    while (!bot->over && !told_to_end)
        xmpp_run_once(bot->ctx, TURN);
    if (bot->connected && !bot->over) {
        jingle_end_all_sessions(bot->jingle, JINGLE_END(.condition = JINGLE_REASON_GONE));
        xmpp_disconnect(bot->conn);
        while (!bot->over)
            xmpp_run_once(bot->ctx, TURN);
    }
    bot->letting_go = true;
    jingle_each_session(bot->jingle, let_go, NULL);
    bot->letting_go = false;
    jingle_detach(bot->jingle);
    xmpp_conn_release(bot->conn);
    return bot->connected && !bot->replaced;
}

/** @return the status to exit with: 1 when it could not even begin */
static int run(bot_t *bot)
{
    unsigned delay = 1;
    bool again = run_once(bot), ever = again;

    while (ever && !bot->replaced && !told_to_end) {
        delay = again ? 1 : delay;
        fprintf(stderr, "connecting again in %u s\n", delay);
        sleep(delay); /* a signal wakes it */
        delay = 2 * delay < DELAY_MAX ? 2 * delay : DELAY_MAX;
        if (!told_to_end)
            again = run_once(bot);
    }
    return told_to_end ? 0 : 1;
}

/* ---- the program ----------------------------------------------------------------------------- */

static void on_signal(int number)
{
    (void)number;
    told_to_end = 1;
}

static bool read_arguments(bot_t *bot, int argc, char **argv)
{
    int option;

    while ((option = getopt(argc, argv, "f:")) == 'f')
        bot->file = optarg;
    if (option != -1 || argc - optind < 3 || !getenv("JINGLE_PASSWORD"))
        return false;
    bot->jid = argv[optind];
    bot->peers = (const char *const *)(argv + optind + 2);
    bot->n_peers = (size_t)(argc - optind - 2);
    return true;
}

int main(int argc, char **argv)
{
    bot_t bot = {.store.folder = -1};
    bool help = argc > 1 && strcmp(argv[1], "--help") == 0;
    int err, status = 1;

    if (help || !read_arguments(&bot, argc, argv)) {
        fprintf(help ? stdout : stderr,
                "usage: JINGLE_PASSWORD=... restart_bot [-f FILE] JID FOLDER PEER...\n");
        return help ? 0 : 2;
    }
    signal(SIGPIPE, SIG_IGN);
    signal(SIGINT, on_signal);
    signal(SIGTERM, on_signal);
    setvbuf(stdout, NULL, _IOLBF, 0);
    xmpp_initialize();
    bot.ctx = xmpp_ctx_new(NULL, xmpp_get_default_logger(XMPP_LEVEL_ERROR));
    err = set_up(&bot, argv[optind + 1]);
    if (err)
        fprintf(stderr, "%s: %s\n", argv[optind + 1], jingle_strerror(err));
    else
        status = run(&bot);
    /* Of these nobody could be told, and to free the manager would end them: so we leave as if we
     * were killed. */
    if (jingle_count_sessions(bot.jingle))
        _exit(status);
    jingle_free(bot.jingle);
    xmpp_ctx_free(bot.ctx);
    xmpp_shutdown();
    store_close(&bot.store);
    return status;
}
