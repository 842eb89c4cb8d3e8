/* SPDX-License-Identifier: MIT */
/** @file
 *  A component (XEP-0114) that takes sessions for all the JIDs under its name.
 *
 *    JINGLE_SECRET=... component NAME HOST[:PORT]      such as bot.example.org localhost:5347
 *
 *  Each JID at NAME is a room of its own: bob@NAME/desk and eve@NAME/desk are two entities, and the
 *  same peer may use one sid with both. The component accepts every session of the "echo" type and
 *  sends each payload that comes back to where it came from.
 *
 *  When the server goes it connects again, with the same manager: sessions live on meanwhile, and what
 *  was sent in between is lost. A signal ends all sessions, and then the program. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jingle/jingle.h>

#define NS_ECHO "urn:example:echo"

#define DELAY_MAX 60u /* seconds between two attempts to connect */
#define TURN 250ul    /* ms: how long a signal may wait */

typedef struct {
    xmpp_ctx_t *ctx;
    xmpp_conn_t *conn;
    jingle_t *jingle;
    const char *name, *server;
    bool connected; /**< the handshake has been done */
    bool over;      /**< so has the end of the connection */
    bool refused;   /**< the server does not want us */
} program_t;

static volatile sig_atomic_t told_to_end;

/* ---- the session type ----------------------------------------------------------------------- */

/** Takes what is offered as it is: the contents of the offer are the contents of the accept. They
 *  are the reply's, so they are there as long as the handler runs. */
static void on_initiate(jingle_session_t *session, const jingle_data_t *data, jingle_reply_t *reply,
                        void *self)
{
    const jingle_data_t accept = {.contents = data->contents, .n_contents = data->n_contents};

    (void)self;
    jingle_reply_ack(reply);
    jingle_session_send(session, JINGLE_ACTION_SESSION_ACCEPT, &accept);
}

static void on_info(jingle_session_t *session, const jingle_data_t *data, jingle_reply_t *reply,
                    void *self)
{
    xmpp_stanza_t *payload = jingle_data_get_payload(data, NS_ECHO);
    const jingle_data_t echo = {.foreign = {.children = &payload, .n_children = 1}};

    (void)self;
    if (!payload) {
        jingle_reply_default(reply);
        return;
    }
    jingle_reply_ack(reply);
    jingle_session_send(session, JINGLE_ACTION_SESSION_INFO, &echo);
}

static const jingle_session_type_t echo = {
    .size = sizeof echo,
    .name = "echo",
    .on_session_initiate = on_initiate,
    .on_session_info = on_info,
};

/* ---- the program ---------------------------------------------------------------------------- */

static void on_event(jingle_t *jingle, const jingle_event_t *event, void *userdata)
{
    jingle_session_t *session = event->session;

    (void)jingle;
    (void)userdata;
    /* What no type serves can only be ended: with unsupported-applications, which accept does. */
    if (event->type == JINGLE_EVENT_INCOMING && jingle_session_get_type(session) != &echo)
        jingle_session_accept(session);
    if (event->type == JINGLE_EVENT_STATE)
        printf("%s %s %s %s\n", jingle_session_get_own(session), jingle_session_get_peer(session),
               jingle_session_get_sid(session), jingle_state_name(event->state));
}

static void on_conn(xmpp_conn_t *conn, xmpp_conn_event_t event, int error,
                    xmpp_stream_error_t *stream_error, void *userdata)
{
    program_t *program = userdata;

    jingle_conn_event(program->jingle, conn, event);
    if (event == XMPP_CONN_CONNECT) {
        printf("ready %s\n", xmpp_conn_get_jid(conn));
        program->connected = true;
        return;
    }
    program->over = true;
    if (told_to_end)
        return;
    program->refused = stream_error && stream_error->type == XMPP_SE_NOT_AUTHORIZED;
    fprintf(stderr, "%s: %s%s\n", program->connected ? "disconnected" : "cannot connect",
            stream_error && stream_error->text ? stream_error->text
            : error > 0                        ? strerror(error)
                                               : "the stream has ended",
            program->refused ? "; check JINGLE_SECRET, and NAME in the server's configuration"
                             : "");
}

/** jingle_connect_component() and not xmpp_connect_component(), which crashes: see binding.h. */
static int begin(program_t *program)
{
    char host[256];
    unsigned short port = 5347;
    int err = XMPP_EINVOP;

    program->connected = program->over = false;
    program->conn = xmpp_conn_new(program->ctx);
    xmpp_conn_set_jid(program->conn, program->name);
    xmpp_conn_set_pass(program->conn, getenv("JINGLE_SECRET"));
    if (jingle_attach_with(
            program->jingle, program->conn,
            JINGLE_ATTACH(.component = true, .answer_disco = true, .answer_unhandled = true)))
        return XMPP_EMEM;
    if (sscanf(program->server, "%255[^:]:%hu", host, &port) >= 1)
        err = jingle_connect_component(program->conn, host, port, on_conn, program);
    return err;
}

/** One life of the connection. @return false when there is no sense in another */
static bool run_once(program_t *program)
{
    bool ever_connected;

    if (begin(program) != XMPP_EOK) {
        fprintf(stderr, "cannot connect to %s\n", program->server);
        program->over = true;
    }
    while (!program->over && !told_to_end)
        xmpp_run_once(program->ctx, TURN);
    if (told_to_end && program->connected) {
        jingle_end_all_sessions(program->jingle, JINGLE_END(.condition = JINGLE_REASON_GONE));
        xmpp_disconnect(program->conn);
        while (!program->over)
            xmpp_run_once(program->ctx, TURN);
    }
    ever_connected = program->connected;
    jingle_detach(program->jingle);
    xmpp_conn_release(program->conn);
    return ever_connected && !program->refused;
}

/** @return the status to exit with: 1 when it could not even begin */
static int run(program_t *program)
{
    unsigned delay = 1;
    bool again = run_once(program), ever = again;

    while ((again || ever) && !program->refused && !told_to_end) {
        delay = again ? 1 : delay;
        fprintf(stderr, "connecting again in %u s\n", delay);
        sleep(delay); /* a signal wakes it */
        delay = 2 * delay < DELAY_MAX ? 2 * delay : DELAY_MAX;
        if (!told_to_end)
            again = run_once(program);
    }
    return told_to_end ? 0 : 1;
}

static void on_signal(int number)
{
    (void)number;
    told_to_end = 1;
}

int main(int argc, char **argv)
{
    program_t program = {0};
    bool help = argc > 1 && strcmp(argv[1], "--help") == 0;
    int status = 1;

    if (help || argc != 3 || !getenv("JINGLE_SECRET")) {
        fprintf(help ? stdout : stderr, "usage: JINGLE_SECRET=... component NAME HOST[:PORT]\n");
        return help ? 0 : 2;
    }
    program.name = argv[1];
    program.server = argv[2];
    signal(SIGPIPE, SIG_IGN);
    signal(SIGINT, on_signal);
    signal(SIGTERM, on_signal);
    setvbuf(stdout, NULL, _IOLBF, 0);
    xmpp_initialize();
    program.ctx = xmpp_ctx_new(NULL, xmpp_get_default_logger(XMPP_LEVEL_ERROR));
    program.jingle =
        jingle_new(program.ctx, JINGLE_CONFIG(.component = true, .on_event = on_event));
    if (program.jingle &&
        jingle_register_session_type(program.jingle, NS_ECHO, &echo, NULL) == JINGLE_EOK)
        status = run(&program);
    jingle_free(program.jingle);
    xmpp_ctx_free(program.ctx);
    xmpp_shutdown();
    return status;
}
