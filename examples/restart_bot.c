/* SPDX-License-Identifier: MIT */
/** @file
 *  A bot whose sessions outlive it: kill it with kill -9 in the middle of anything, start it again
 *  with the same arguments, and it goes on. It takes files into a folder, and sends one.
 *
 *    JINGLE_PASSWORD=... restart_bot JID FOLDER [PEER FILE]
 *
 *  JID is a full one: peers send to it, so it must be the same again. FOLDER/state holds a file for
 *  each session, written anew before anything leaves that the session must remember. FILE is sent
 * to PEER, a full JID, unless a session was found to go on with. JINGLE_SERVER=HOST[:PORT] names a
 * server other than the JID's domain, JINGLE_CA=FILE a certificate authority to trust.
 *
 *  Files go in-band, the one way that needs nothing but the stream of stanzas. */
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <jingle/jingle.h>

#define PROGRESS (64u << 10) /* octets between two lines about a transfer */

typedef struct {
    xmpp_ctx_t *ctx;
    xmpp_conn_t *conn;
    jingle_t *jingle;
    int state; /* the folder */
    const char *peer, *file;
    unsigned number; /* of the last session's file */
    unsigned restored;
} bot_t;

/* ---- the folder of saved sessions: a session's user pointer is the name of its file ------------
 */

static bool write_all(int fd, const unsigned char *data, size_t len)
{
    while (len) {
        ssize_t n = write(fd, data, len);

        if (n <= 0)
            return false;
        data += n;
        len -= (size_t)n;
    }
    return true;
}

/* Either the old state or the new one is there, whatever happens, and what is there is on the disk.
 */
static bool replace(int folder, const char *name, const unsigned char *data, size_t len)
{
    int fd = openat(folder, "new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    bool ok = fd >= 0 && write_all(fd, data, len) && fsync(fd) == 0;

    if (fd >= 0)
        ok = close(fd) == 0 && ok;
    return ok && renameat(folder, "new", folder, name) == 0 && fsync(folder) == 0;
}

static const char *name_of(bot_t *bot, jingle_session_t *session)
{
    char *name = jingle_session_get_user(session);

    if (name || !(name = malloc(32)))
        return name;
    do
        snprintf(name, 32, "session-%u", ++bot->number);
    while (faccessat(bot->state, name, F_OK, 0) == 0);
    jingle_session_set_user(session, name, free);
    return name;
}

/* A session that cannot be saved goes on as any other: it just does not outlive us. */
static void save(bot_t *bot, jingle_session_t *session)
{
    const char *name = name_of(bot, session);
    unsigned char *data = NULL;
    size_t len = 0;
    int err = name ? jingle_save(session, NULL, 0, &len) : JINGLE_EMEM;

    if (!err && !(data = malloc(len)))
        err = JINGLE_EMEM;
    if (!err)
        err = jingle_save(session, data, len, &len);
    if (!err && !replace(bot->state, name, data, len))
        err = JINGLE_EIO;
    if (err)
        fprintf(stderr, "%s cannot be saved: %s\n", jingle_session_get_sid(session),
                jingle_strerror(err));
    free(data);
}

static void forget(bot_t *bot, jingle_session_t *session)
{
    const char *name = jingle_session_get_user(session);

    if (name)
        unlinkat(bot->state, name, 0);
}

/* @return octets, to be freed */
static unsigned char *read_state(int folder, const char *name, size_t *len, uint64_t *away)
{
    int fd = openat(folder, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    unsigned char *data = NULL;
    struct stat st;
    time_t now = time(NULL);

    if (fd < 0)
        return NULL;
    if (fstat(fd, &st) == 0 && st.st_size > 0 && st.st_size <= JINGLE_SAVE_MAX &&
        (data = malloc((size_t)st.st_size)) != NULL &&
        read(fd, data, (size_t)st.st_size) != st.st_size) {
        free(data);
        data = NULL;
    }
    *len = data ? (size_t)st.st_size : 0;
    *away = data && now > st.st_mtime ? (uint64_t)(now - st.st_mtime) * 1000 : 0;
    close(fd);
    return data;
}

static void restore(bot_t *bot, const char *name)
{
    jingle_session_t *session = NULL;
    uint64_t away;
    size_t len;
    unsigned char *data = read_state(bot->state, name, &len, &away);
    char *user = data ? strdup(name) : NULL;
    int err = user ? jingle_restore(bot->jingle, data, len,
                                    JINGLE_RESTORE(.away = away, .user = user, .user_free = free),
                                    &session)
                   : JINGLE_EIO;

    free(data);
    if (err) {
        fprintf(stderr, "%s: %s\n", name, jingle_strerror(err));
        unlinkat(bot->state, name, 0);
        return;
    }
    bot->restored++;
    printf("restored %s with %s, %s\n", jingle_session_get_sid(session),
           jingle_session_get_peer(session), jingle_state_name(jingle_session_get_state(session)));
}

static void restore_all(bot_t *bot)
{
    int fd = openat(bot->state, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    DIR *folder = fd >= 0 ? fdopendir(fd) : NULL;
    char names[64][32];
    size_t n = 0;

    /* Names first: restoring writes into the folder. */
    for (struct dirent *entry; folder && n < 64 && (entry = readdir(folder));)
        if (strncmp(entry->d_name, "session-", 8) == 0 && strlen(entry->d_name) < sizeof names[0])
            strcpy(names[n++], entry->d_name);
    if (folder)
        closedir(folder);
    for (size_t i = 0; i < n; i++)
        restore(bot, names[i]);
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
    (void)jingle;
    if (event->type == JINGLE_EVENT_CHANGED)
        save(userdata, event->session);
    else if (event->type == JINGLE_EVENT_TERMINATED)
        forget(userdata, event->session);
    else if (event->type == JINGLE_EVENT_STATE)
        printf("%s is %s\n", jingle_session_get_sid(event->session),
               jingle_state_name(event->state));
}

static void on_conn(xmpp_conn_t *conn, xmpp_conn_event_t event, int error,
                    xmpp_stream_error_t *stream_error, void *userdata)
{
    bot_t *bot = userdata;
    xmpp_stanza_t *presence;

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
    restore_all(bot);
    printf("ready %s\n", jingle_get_jid(bot->jingle));
    if (bot->file && !bot->restored &&
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
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC), err;

    if (fd >= 0)
        mkdirat(fd, "state", 0700);
    bot->state = fd >= 0 ? openat(fd, "state", O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
    if (fd >= 0)
        close(fd);
    if (bot->state < 0)
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
    bot_t bot = {.state = -1};
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
    if (bot.state >= 0)
        close(bot.state);
    return 1; /* a bot stops when its connection does */
}
