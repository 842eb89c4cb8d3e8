/* SPDX-License-Identifier: MIT */
/** @file
 *  A component (XEP-0114) that takes sessions for all the JIDs under its name.
 *
 *    JINGLE_SECRET=... component NAME HOST[:PORT]      such as bot.example.org localhost:5347
 *
 *  Each JID at NAME is a room of its own: bob@NAME/desk and eve@NAME/desk are two entities, and the
 *  same peer may use one sid with both. The component accepts every session of the "echo" type and
 *  sends each payload that comes back to where it came from. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jingle/jingle.h>

#define NS_ECHO "urn:example:echo"

typedef struct {
    xmpp_ctx_t *ctx;
    jingle_t *jingle;
} program_t;

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
        return;
    }
    fprintf(stderr, "disconnected: %s\n",
            stream_error && stream_error->text ? stream_error->text
            : error > 0                        ? strerror(error)
                                               : "the stream has ended");
    xmpp_stop(program->ctx);
}

/** jingle_connect_component() and not xmpp_connect_component(), which crashes: see binding.h. */
static int connect_component(program_t *program, xmpp_conn_t *conn, const char *server)
{
    char host[256];
    unsigned short port = 5347;

    if (sscanf(server, "%255[^:]:%hu", host, &port) < 1)
        return XMPP_EINVOP;
    return jingle_connect_component(conn, host, port, on_conn, program);
}

static int run(program_t *program, xmpp_conn_t *conn, const char *name, const char *server)
{
    const jingle_config_t *config = JINGLE_CONFIG(.component = true, .on_event = on_event);

    xmpp_conn_set_jid(conn, name);
    xmpp_conn_set_pass(conn, getenv("JINGLE_SECRET"));
    program->jingle = jingle_new(program->ctx, config);
    if (!program->jingle || jingle_register_session_type(program->jingle, NS_ECHO, &echo, NULL) ||
        jingle_attach_with(
            program->jingle, conn,
            JINGLE_ATTACH(.component = true, .answer_disco = true, .answer_unhandled = true)) ||
        connect_component(program, conn, server)) {
        fprintf(stderr, "cannot start\n");
        return 1;
    }
    xmpp_run(program->ctx); /* until the server goes */
    return 1;
}

int main(int argc, char **argv)
{
    program_t program = {0};
    bool help = argc > 1 && strcmp(argv[1], "--help") == 0;
    xmpp_conn_t *conn;
    int status;

    if (help || argc != 3 || !getenv("JINGLE_SECRET")) {
        fprintf(help ? stdout : stderr, "usage: JINGLE_SECRET=... component NAME HOST[:PORT]\n");
        return help ? 0 : 2;
    }
    signal(SIGPIPE, SIG_IGN);
    setvbuf(stdout, NULL, _IOLBF, 0);
    xmpp_initialize();
    program.ctx = xmpp_ctx_new(NULL, xmpp_get_default_logger(XMPP_LEVEL_ERROR));
    conn = xmpp_conn_new(program.ctx);
    status = run(&program, conn, argv[1], argv[2]);
    jingle_free(program.jingle);
    xmpp_conn_release(conn);
    xmpp_ctx_free(program.ctx);
    xmpp_shutdown();
    return status;
}
