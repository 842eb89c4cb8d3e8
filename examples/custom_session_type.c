/* SPDX-License-Identifier: MIT */
/** @file
 *  A session type of one's own: games of chess whose moves are session-info payloads.
 *
 *    JINGLE_PASSWORD=... custom_session_type JID             waits for opponents
 *    JINGLE_PASSWORD=... custom_session_type JID OPPONENT    opens one game, with that full JID
 *
 *  Two of these play the shortest game there is. JINGLE_SERVER=HOST[:PORT] names a server other
 *  than the JID's domain, JINGLE_CA=FILE a certificate authority to trust.
 *  docs/tutorial-session-type.md explains the file from top to bottom. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jingle/jingle.h>

#define NS_CHESS "urn:example:chess"
#define NS_BOARD "urn:example:chess:board"

/** What is played; White is the initiator of the session and loses. */
static const char *const moves[] = {"f2f3", "e7e5", "g2g4", "d8h4"};
#define N_MOVES (sizeof moves / sizeof moves[0])

typedef struct {
    xmpp_ctx_t *ctx;
    xmpp_conn_t *conn;
    jingle_t *jingle;
    const char *opponent; /**< NULL: wait for one */
    int status;
} program_t;

/** What the type keeps of one session. */
typedef struct {
    char *content; /**< name of the offer's content: the accept must name it too */
    size_t ply;    /**< half-moves made so far */
} game_t;

/* ---- the session type: making and freeing --------------------------------------------------- */

static int chess_create(jingle_session_t *session, void *userdata, void **self)
{
    game_t *game = calloc(1, sizeof *game);

    (void)session;
    (void)userdata;
    *self = game;
    return game ? JINGLE_EOK : JINGLE_EMEM;
}

static void chess_free(void *self)
{
    game_t *game = self;

    free(game->content);
    free(game);
}

/* ---- the session type: what it sends -------------------------------------------------------- */

static xmpp_stanza_t *element_new(jingle_session_t *session, const char *name, const char *ns)
{
    xmpp_ctx_t *ctx = jingle_get_context(jingle_session_get_manager(session));
    xmpp_stanza_t *element = xmpp_stanza_new(ctx);

    if (element && !xmpp_stanza_set_name(element, name) && !xmpp_stanza_set_ns(element, ns))
        return element;
    if (element)
        xmpp_stanza_release(element);
    return NULL;
}

/** session-initiate and session-accept: one content, whose description and transport say no more
 *  than their namespaces, because the moves travel in the session itself. */
static int send_content(jingle_session_t *session, jingle_action_t action, const char *name)
{
    jingle_content_data_t content = {.creator = "initiator", .name = name};
    jingle_data_t data = {.contents = &content, .n_contents = 1};
    int err = JINGLE_EMEM;

    content.description = element_new(session, "description", NS_CHESS);
    content.transport = element_new(session, "transport", NS_BOARD);
    if (content.description && content.transport)
        err = jingle_session_send(session, action, &data);
    if (content.description)
        xmpp_stanza_release(content.description);
    if (content.transport)
        xmpp_stanza_release(content.transport);
    return err;
}

static int chess_start(jingle_session_t *session, void *self)
{
    (void)self;
    return send_content(session, JINGLE_ACTION_SESSION_INITIATE, "game");
}

static int chess_accept(jingle_session_t *session, void *self)
{
    game_t *game = self;

    return send_content(session, JINGLE_ACTION_SESSION_ACCEPT, game->content);
}

static void send_move(jingle_session_t *session, game_t *game)
{
    xmpp_stanza_t *move = element_new(session, "move", NS_CHESS);
    jingle_data_t data = {.foreign = {.children = &move, .n_children = 1}};

    if (!move)
        return;
    if (!xmpp_stanza_set_attribute(move, "played", moves[game->ply]) &&
        !jingle_session_send(session, JINGLE_ACTION_SESSION_INFO, &data))
        printf("we play %s\n", moves[game->ply++]);
    xmpp_stanza_release(move);
}

/* ---- the session type: what it receives ----------------------------------------------------- */

static void chess_on_initiate(jingle_session_t *session, const jingle_data_t *data,
                              jingle_reply_t *reply, void *self)
{
    game_t *game = self;

    (void)session;
    /* The engine has checked the form: there is a content, and it has a name. */
    game->content = strdup(data->contents[0].name);
    if (game->content)
        jingle_reply_ack(reply);
    else
        jingle_reply_error(reply, jingle_error_of(JINGLE_ERROR_RESOURCE_CONSTRAINT));
}

static void chess_on_accept(jingle_session_t *session, const jingle_data_t *data,
                            jingle_reply_t *reply, void *self)
{
    (void)data;
    jingle_reply_ack(reply);
    send_move(session, self);
}

/** Is it the peer's turn, and is this what we expect of it? Real chess would look at a board. */
static bool is_legal(jingle_session_t *session, const game_t *game, const char *played)
{
    bool white_to_move = game->ply % 2 == 0;

    return jingle_session_is_active(session) && game->ply < N_MOVES &&
           white_to_move != jingle_session_is_initiator(session) && played &&
           strcmp(played, moves[game->ply]) == 0;
}

static void chess_on_info(jingle_session_t *session, const jingle_data_t *data,
                          jingle_reply_t *reply, void *self)
{
    game_t *game = self;
    xmpp_stanza_t *move = jingle_data_get_payload(data, NS_CHESS);

    if (!move) {
        jingle_reply_default(reply);
        return;
    }
    if (!is_legal(session, game, xmpp_stanza_get_attribute(move, "played"))) {
        jingle_reply_error(reply, JINGLE_ERROR(.type = "modify", .condition = "not-acceptable",
                                               .text = "no such move now"));
        return;
    }
    printf("%s plays %s\n", jingle_session_get_peer(session), moves[game->ply++]);
    jingle_reply_ack(reply);
    if (game->ply < N_MOVES)
        send_move(session, game);
    else
        jingle_session_end(session, JINGLE_END(.text = "checkmate"));
}

static const jingle_session_type_t chess = {
    .size = sizeof chess,
    .name = "chess",
    .create = chess_create,
    .free = chess_free,
    .start = chess_start,
    .accept = chess_accept,
    .on_session_initiate = chess_on_initiate,
    .on_session_accept = chess_on_accept,
    .on_session_info = chess_on_info,
};

/* ---- the program ---------------------------------------------------------------------------- */

static void on_event(jingle_t *jingle, const jingle_event_t *event, void *userdata)
{
    program_t *program = userdata;

    (void)jingle;
    if (event->type == JINGLE_EVENT_INCOMING) {
        printf("%s offers a game\n", jingle_session_get_peer(event->session));
        jingle_session_accept(event->session);
    } else if (event->type == JINGLE_EVENT_ERROR) {
        printf("%s was refused: %s\n", jingle_action_name(event->action),
               jingle_error_words(event->error));
    } else if (event->type == JINGLE_EVENT_TERMINATED) {
        printf("the game is over: %s\n", jingle_reason_words(event->reason->condition));
        if (program->opponent) {
            program->status = event->reason->condition == JINGLE_REASON_SUCCESS ? 0 : 1;
            xmpp_disconnect(program->conn);
        }
    }
}

static void open_game(program_t *program)
{
    static const char *const applications[] = {NS_CHESS};
    jingle_session_t *session = NULL;
    int err = jingle_session_new(
        program->jingle, program->opponent,
        JINGLE_SESSION(.type = &chess, .applications = applications, .n_applications = 1),
        &session);

    if (!err)
        err = jingle_session_start(session);
    if (err) {
        fprintf(stderr, "no game with %s: %s\n", program->opponent, jingle_strerror(err));
        xmpp_disconnect(program->conn);
    }
}

static void on_conn(xmpp_conn_t *conn, xmpp_conn_event_t event, int error,
                    xmpp_stream_error_t *stream_error, void *userdata)
{
    program_t *program = userdata;
    xmpp_stanza_t *presence;

    (void)stream_error;
    jingle_conn_event(program->jingle, conn, event);
    if (event != XMPP_CONN_CONNECT) {
        if (!jingle_get_jid(program->jingle))
            fprintf(stderr,
                    "cannot connect as %s; look at JINGLE_SERVER, JINGLE_CA and JINGLE_PASSWORD\n",
                    xmpp_conn_get_jid(conn));
        else if (error)
            fprintf(stderr, "disconnected: %s\n",
                    error < 0 ? jingle_strerror(error) : strerror(error));
        xmpp_stop(program->ctx);
        return;
    }
    presence = xmpp_presence_new(program->ctx);
    jingle_add_caps(program->jingle, presence);
    xmpp_send(conn, presence);
    xmpp_stanza_release(presence);
    printf("ready %s\n", xmpp_conn_get_bound_jid(conn));
    if (program->opponent)
        open_game(program);
}

/** @return XMPP_EOK, or what libstrophe says */
static int connect_client(program_t *program, const char *jid)
{
    const char *server = getenv("JINGLE_SERVER"), *ca = getenv("JINGLE_CA");
    char host[256] = "";
    unsigned short port = 0;

    if (server && sscanf(server, "%255[^:]:%hu", host, &port) < 1)
        return XMPP_EINVOP;
    xmpp_conn_set_jid(program->conn, jid);
    xmpp_conn_set_pass(program->conn, getenv("JINGLE_PASSWORD"));
    xmpp_conn_set_flags(program->conn, XMPP_CONN_FLAG_MANDATORY_TLS); /* no password in clear */
    if (ca)
        xmpp_conn_set_cafile(program->conn, ca);
    return xmpp_connect_client(program->conn, *host ? host : NULL, port, on_conn, program);
}

static int run(program_t *program, const char *jid)
{
    program->jingle =
        jingle_new(program->ctx, JINGLE_CONFIG(.on_event = on_event, .userdata = program));
    if (!program->jingle || jingle_register_session_type(program->jingle, NS_CHESS, &chess, NULL) ||
        jingle_attach_with(program->jingle, program->conn, JINGLE_ATTACH(.answer_disco = true)) ||
        connect_client(program, jid)) {
        fprintf(stderr, "cannot start\n");
        return 1;
    }
    xmpp_run(program->ctx);
    return program->status;
}

int main(int argc, char **argv)
{
    program_t program = {.opponent = argc > 2 ? argv[2] : NULL, .status = 1};
    bool help = argc > 1 && strcmp(argv[1], "--help") == 0;

    if (help || argc < 2 || !getenv("JINGLE_PASSWORD")) {
        fprintf(help ? stdout : stderr,
                "usage: JINGLE_PASSWORD=... custom_session_type JID [OPPONENT]\n");
        return help ? 0 : 2;
    }
    signal(SIGPIPE, SIG_IGN);
    setvbuf(stdout, NULL, _IOLBF, 0);
    xmpp_initialize();
    program.ctx = xmpp_ctx_new(NULL, xmpp_get_default_logger(XMPP_LEVEL_ERROR));
    program.conn = xmpp_conn_new(program.ctx);
    program.status = run(&program, argv[1]);
    jingle_free(program.jingle);
    xmpp_conn_release(program.conn);
    xmpp_ctx_free(program.ctx);
    xmpp_shutdown();
    return program.status;
}
