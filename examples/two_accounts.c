/* SPDX-License-Identifier: MIT */
/** @file
 *  Two accounts in one context: two connections, two managers, one loop. The one sends a file to
 *  the other.
 *
 *    JINGLE_PASSWORD=... JINGLE_PASSWORD_TO=... two_accounts FROM TO FILE FOLDER
 *
 *  A manager belongs to one entity. Two entities are two managers, and nothing is shared but the
 *  context whose loop drives both. JINGLE_SERVER=HOST[:PORT] names a server other than the JIDs'
 *  domains, JINGLE_CA=FILE a certificate authority to trust. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jingle/jingle.h>

typedef struct program program_t;

typedef struct {
    program_t *program;
    xmpp_conn_t *conn;
    jingle_t *jingle;
    bool online;
    bool done; /**< its end of the transfer is over */
} account_t;

struct program {
    xmpp_ctx_t *ctx;
    account_t from, to;
    const char *jid, *path; /**< who sends which file */
    int status;
};

static void leave(program_t *program)
{
    xmpp_disconnect(program->from.conn);
    xmpp_disconnect(program->to.conn);
}

/* ---- files ---------------------------------------------------------------------------------- */

/** Is this the file of ours? The account that sends it may have other devices, which send others. */
static bool is_ours(const account_t *account, const jingle_file_t *file)
{
    const program_t *program = account->program;
    const account_t *other = account == &program->from ? &program->to : &program->from;
    const char *jid = jingle_get_jid(other->jingle);

    return jid && strcmp(jingle_file_get_peer(file), jid) == 0;
}

static void on_offer(jingle_t *jingle, jingle_file_t *file, void *userdata)
{
    (void)jingle;
    if (!is_ours(userdata, file))
        jingle_file_decline(file, NULL);
    else if (jingle_file_accept(file, NULL) != JINGLE_EOK)
        jingle_file_decline(file, "it cannot be stored here");
}

static void on_done(jingle_t *jingle, jingle_file_t *file, void *userdata)
{
    account_t *account = userdata;
    program_t *program = account->program;
    const char *text = jingle_file_get_text(file);
    jingle_file_outcome_t outcome = jingle_file_get_outcome(file);

    if (!is_ours(account, file))
        return;
    printf("%s: %s %s%s%s\n", jingle_get_jid(jingle), jingle_file_get_info(file)->safe_name,
           jingle_file_outcome_words(outcome), *text ? ": " : "", text);
    if (outcome == JINGLE_FILE_DONE && !jingle_file_is_sender(file))
        printf("saved as %s\n", jingle_file_get_path(file));
    if (outcome != JINGLE_FILE_DONE)
        program->status = 1;
    account->done = true;
    /* What has failed on one side need not end on the other, or not soon. */
    if (outcome != JINGLE_FILE_DONE || (program->from.done && program->to.done))
        leave(program);
}

static void send_file(program_t *program)
{
    int err = jingle_send_file(program->from.jingle, jingle_get_jid(program->to.jingle),
                               program->path, NULL, NULL);

    if (!err)
        return;
    fprintf(stderr, "%s cannot be sent: %s\n", program->path, jingle_strerror(err));
    program->status = 1;
    leave(program);
}

/* ---- the connections ------------------------------------------------------------------------ */

static void on_conn(xmpp_conn_t *conn, xmpp_conn_event_t event, int error,
                    xmpp_stream_error_t *stream_error, void *userdata)
{
    account_t *account = userdata;
    program_t *program = account->program;
    xmpp_stanza_t *presence;

    (void)stream_error;
    jingle_conn_event(account->jingle, conn, event);
    account->online = event == XMPP_CONN_CONNECT;
    if (!account->online) {
        if (!jingle_get_jid(account->jingle))
            fprintf(stderr,
                    "cannot connect as %s; look at JINGLE_SERVER, JINGLE_CA and its password\n",
                    xmpp_conn_get_jid(conn));
        else if (error)
            fprintf(stderr, "%s: %s\n", xmpp_conn_get_jid(conn),
                    error < 0 ? jingle_strerror(error) : strerror(error));
        if (!program->from.online && !program->to.online)
            xmpp_stop(program->ctx);
        else
            leave(program);
        return;
    }
    presence = xmpp_presence_new(program->ctx);
    jingle_add_caps(account->jingle, presence);
    xmpp_send(conn, presence);
    xmpp_stanza_release(presence);
    printf("ready %s\n", jingle_get_jid(account->jingle));
    if (program->from.online && program->to.online)
        send_file(program);
}

static int connect_client(account_t *account, const char *jid, const char *password)
{
    const char *server = getenv("JINGLE_SERVER"), *ca = getenv("JINGLE_CA");
    char host[256] = "";
    unsigned short port = 0;

    if (server && sscanf(server, "%255[^:]:%hu", host, &port) < 1)
        return XMPP_EINVOP;
    xmpp_conn_set_jid(account->conn, jid);
    xmpp_conn_set_pass(account->conn, password);
    xmpp_conn_set_flags(account->conn, XMPP_CONN_FLAG_MANDATORY_TLS); /* no password in clear */
    if (ca)
        xmpp_conn_set_cafile(account->conn, ca);
    return xmpp_connect_client(account->conn, *host ? host : NULL, port, on_conn, account);
}

/** @param folder NULL: it receives nothing */
static int account_open(account_t *account, program_t *program, const char *jid,
                        const char *password, const char *folder)
{
    account->program = program;
    account->conn = xmpp_conn_new(program->ctx);
    account->jingle = jingle_new(program->ctx, NULL);
    if (!account->conn || !account->jingle)
        return JINGLE_EMEM;
    /* The better transport is tried first; in-band bytestreams work wherever there is a server. */
    if (jingle_register_s5b(account->jingle, NULL) || jingle_register_ibb(account->jingle, NULL) ||
        jingle_register_file_transfer(
            account->jingle, JINGLE_FILES(.folder = folder, .on_offer = folder ? on_offer : NULL,
                                          .on_done = on_done, .userdata = account)) ||
        jingle_attach_with(
            account->jingle, account->conn,
            JINGLE_ATTACH(.answer_disco = true, .answer_unhandled = true,
                          .offers = folder ? JINGLE_OFFERS_LISTED : JINGLE_OFFERS_NOBODY,
                          .allowed = &program->jid, .n_allowed = 1)))
        return JINGLE_EINT;
    return connect_client(account, jid, password);
}

static void account_close(account_t *account)
{
    jingle_free(account->jingle);
    if (account->conn)
        xmpp_conn_release(account->conn);
}

int main(int argc, char **argv)
{
    program_t program = {0};
    const char *password = getenv("JINGLE_PASSWORD"), *password_to = getenv("JINGLE_PASSWORD_TO");
    bool help = argc > 1 && strcmp(argv[1], "--help") == 0;

    if (help || argc != 5 || !password || !password_to) {
        fprintf(
            help ? stdout : stderr,
            "usage: JINGLE_PASSWORD=... JINGLE_PASSWORD_TO=... two_accounts FROM TO FILE FOLDER\n");
        return help ? 0 : 2;
    }
    signal(SIGPIPE, SIG_IGN);
    setvbuf(stdout, NULL, _IOLBF, 0);
    xmpp_initialize();
    program.ctx = xmpp_ctx_new(NULL, xmpp_get_default_logger(XMPP_LEVEL_ERROR));
    program.jid = argv[1];
    program.path = argv[3];
    if (account_open(&program.from, &program, argv[1], password, NULL) ||
        account_open(&program.to, &program, argv[2], password_to, argv[4])) {
        fprintf(stderr, "cannot start\n");
        program.status = 1;
    } else {
        xmpp_run(program.ctx);
        if (!program.from.done || !program.to.done)
            program.status = 1;
    }
    account_close(&program.from);
    account_close(&program.to);
    xmpp_ctx_free(program.ctx);
    xmpp_shutdown();
    return program.status;
}
