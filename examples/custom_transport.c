/* SPDX-License-Identifier: MIT */
/** @file
 *  A transport of one's own: who offers listens on a port and names it with a secret; who accepts
 *  connects there and says the secret. docs/tutorial-transport.md takes it apart. The application
 *  is file transfer, which knows nothing of it.
 *
 *    JINGLE_PASSWORD=... custom_transport JID FOLDER PEER         takes files from PEER
 *    JINGLE_PASSWORD=... custom_transport JID FOLDER PEER FILE    sends one to PEER, a full JID
 *
 *  LINE_ADDRESS is the address to offer, 127.0.0.1 by default. JINGLE_SERVER=HOST[:PORT] names a server
 *  other than the JID's domain, JINGLE_CA=FILE a certificate authority to trust. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jingle/jingle.h>

#define NS_LINE "urn:example:line:0"
#define SECRET_LEN 32

/* ---- a line -------------------------------------------------------------------------------- */

typedef struct {
    unsigned refs;       /**< the part's, and the channel's */
    jingle_part_t *part; /**< NULL once it is freed */
    jingle_net_t *net;
    jingle_socket_t *listener; /**< of who offers */
    jingle_socket_t *caller;   /**< has connected, and not said the secret yet */
    jingle_socket_t *socket;   /**< the line itself */
    jingle_channel_t *channel;
    bool offered_to_us, started, finishing;
    char host[JINGLE_ADDRESS_SIZE];
    uint16_t port;
    char secret[SECRET_LEN + 1];
    char heard[SECRET_LEN]; /**< of the secret, from the caller */
    size_t n_heard;
} line_t;

static void line_unref(line_t *line)
{
    if (--line->refs == 0)
        free(line);
}

/* ---- the channel --------------------------------------------------------------------------- */

static void line_over(line_t *line, bool complete)
{
    jingle_channel_t *channel = line->channel;

    line->refs++; /* whoever is told may free the line */
    if (line->socket)
        line->net->close(line->net, line->socket);
    line->socket = NULL;
    line->channel = NULL;
    if (channel)
        jingle_channel_deliver_closed(channel, complete);
    jingle_channel_release(channel);
    if (line->finishing && line->part)
        jingle_part_done(line->part);
    line->finishing = false;
    line_unref(line);
}

static long channel_send(jingle_channel_t *channel, const void *data, size_t len, void *self)
{
    line_t *line = self;

    (void)channel;
    return line->socket ? line->net->send(line->net, line->socket, data, len) : JINGLE_EIO;
}

static void channel_pause(jingle_channel_t *channel, bool paused, void *self)
{
    line_t *line = self;

    (void)channel;
    if (line->socket)
        line->net->pause(line->net, line->socket, paused);
}

static void channel_close(jingle_channel_t *channel, void *self)
{
    line_t *line = self;

    (void)channel;
    if (line->socket)
        line->net->shutdown(line->net, line->socket);
}

static void channel_free(void *self)
{
    line_unref(self);
}

static const jingle_channel_ops_t ops = {
    .size = sizeof ops,
    .send = channel_send,
    .pause = channel_pause,
    .close = channel_close,
    .free = channel_free,
};

static void on_data(jingle_socket_t *socket, const void *data, size_t len, void *userdata)
{
    line_t *line = userdata;

    (void)socket;
    if (line->channel)
        jingle_channel_deliver(line->channel, data, len);
}

static void on_writable(jingle_socket_t *socket, void *userdata)
{
    line_t *line = userdata;

    (void)socket;
    if (line->channel)
        jingle_channel_deliver_writable(line->channel);
}

static void on_closed(jingle_socket_t *socket, int err, void *userdata)
{
    (void)socket;
    line_over(userdata, err == JINGLE_EOK);
}

/** Both sides have the line: the application gets it. */
static void line_open(line_t *line)
{
    static const jingle_socket_events_t events = {
        .data = on_data, .writable = on_writable, .closed = on_closed};
    jingle_channel_t *channel = jingle_channel_new(jingle_part_get_manager(line->part), &ops,
                                                   JINGLE_FLOW_STREAM, 1, false, line);

    if (!channel) {
        jingle_part_fail(line->part, JINGLE_REASON_FAILED_TRANSPORT, "out of memory");
        return;
    }
    line->refs++;
    line->channel = jingle_channel_clone(channel);
    line->net->set_events(line->net, line->socket, &events, line);
    line->net->pause(line->net, line->socket, true); /* until the application has set a sink */
    jingle_part_open(line->part, channel);
}

/* ---- who offers: listens ------------------------------------------------------------------- */

static void hang_up(line_t *line)
{
    if (line->caller)
        line->net->close(line->net, line->caller);
    line->caller = NULL;
    line->n_heard = 0;
}

static void caller_data(jingle_socket_t *socket, const void *data, size_t len, void *userdata)
{
    line_t *line = userdata;
    size_t take = len < SECRET_LEN - line->n_heard ? len : SECRET_LEN - line->n_heard;

    (void)socket;
    memcpy(line->heard + line->n_heard, data, take);
    line->n_heard += take;
    if (line->n_heard < SECRET_LEN)
        return;
    if (memcmp(line->heard, line->secret, SECRET_LEN) != 0 || line->socket) {
        hang_up(line);
        return;
    }
    line->socket = line->caller;
    line->caller = NULL;
    line->refs++;
    if (line->started)
        line_open(line);
    if (line->channel && len > take)
        jingle_channel_deliver(line->channel, (const char *)data + take, len - take);
    line_unref(line);
}

static void caller_closed(jingle_socket_t *socket, int err, void *userdata)
{
    (void)err;
    (void)socket;
    hang_up(userdata);
}

static void on_accept(jingle_net_t *net, jingle_socket_t *socket, void *userdata)
{
    static const jingle_socket_events_t events = {.data = caller_data, .closed = caller_closed};
    line_t *line = userdata;

    hang_up(line); /* whoever is silent makes room */
    line->caller = socket;
    net->set_events(net, socket, &events, line);
    net->pause(net, socket, !line->started); /* nothing is heard before both have agreed */
}

static int listen_for_peer(line_t *line)
{
    jingle_t *jingle = jingle_part_get_manager(line->part);
    unsigned char octets[SECRET_LEN / 2];
    int err = line->net->listen(line->net, line->host, 0, on_accept, line, &line->listener);

    if (!err)
        err = jingle_random(jingle, octets, sizeof octets);
    for (size_t i = 0; !err && i < sizeof octets; i++)
        snprintf(line->secret + 2 * i, 3, "%02x", octets[i]);
    if (!err)
        line->port = line->net->get_port(line->net, line->listener);
    return err;
}

/* ---- who accepts: connects ----------------------------------------------------------------- */

static void on_connected(jingle_socket_t *socket, void *userdata)
{
    line_t *line = userdata;

    /* So little fits into any socket. */
    if (line->net->send(line->net, socket, line->secret, SECRET_LEN) == SECRET_LEN)
        line_open(line);
    else
        jingle_part_fail(line->part, JINGLE_REASON_CONNECTIVITY_ERROR, NULL);
}

static void on_refused(jingle_socket_t *socket, int err, void *userdata)
{
    line_t *line = userdata;

    (void)err;
    (void)socket;
    jingle_part_fail(line->part, JINGLE_REASON_CONNECTIVITY_ERROR, "nobody answers there");
}

/* ---- the plug-in --------------------------------------------------------------------------- */

static bool is_offer(jingle_action_t action)
{
    return action == JINGLE_ACTION_SESSION_INITIATE || action == JINGLE_ACTION_CONTENT_ADD ||
           action == JINGLE_ACTION_TRANSPORT_REPLACE;
}

static int line_create(jingle_part_t *part, void *userdata, void **self)
{
    line_t *line = calloc(1, sizeof *line);

    if (!line)
        return JINGLE_EMEM;
    line->refs = 1;
    line->part = part;
    line->net = jingle_get_net(jingle_part_get_manager(part));
    snprintf(line->host, sizeof line->host, "%s", (const char *)userdata);
    *self = line;
    return JINGLE_EOK;
}

static unsigned read_port(const char *text)
{
    char *end;
    long port = text && *text ? strtol(text, &end, 10) : 0;

    return port > 0 && port < 65536 && !*end ? (unsigned)port : 0;
}

static jingle_check_t line_check(void *self, jingle_action_t action, xmpp_stanza_t *transport,
                                 jingle_reason_t *why)
{
    const char *host = xmpp_stanza_get_attribute(transport, "host");
    const char *secret = xmpp_stanza_get_attribute(transport, "secret");

    (void)self;
    if (!is_offer(action))
        return JINGLE_CHECK_OK;
    if (!host || !*host || !secret || strlen(secret) != SECRET_LEN ||
        !read_port(xmpp_stanza_get_attribute(transport, "port")))
        return JINGLE_CHECK_MALFORMED;
    if (strlen(host) < JINGLE_ADDRESS_SIZE)
        return JINGLE_CHECK_OK;
    why->condition = JINGLE_REASON_UNSUPPORTED_TRANSPORTS;
    why->text = "only addresses are supported, no names";
    return JINGLE_CHECK_UNUSABLE;
}

static int line_apply(void *self, jingle_action_t action, xmpp_stanza_t *transport)
{
    line_t *line = self;

    if (!is_offer(action))
        return JINGLE_EOK;
    line->offered_to_us = true;
    line->port = (uint16_t)read_port(xmpp_stanza_get_attribute(transport, "port"));
    snprintf(line->host, sizeof line->host, "%s", xmpp_stanza_get_attribute(transport, "host"));
    snprintf(line->secret, sizeof line->secret, "%s",
             xmpp_stanza_get_attribute(transport, "secret"));
    return JINGLE_EOK;
}

static int line_describe(void *self, jingle_action_t action, xmpp_stanza_t *transport)
{
    const line_t *line = self;
    char port[8];

    if (action == JINGLE_ACTION_TRANSPORT_INFO)
        return JINGLE_ENOENT;
    if (line->offered_to_us)
        return JINGLE_EOK;
    snprintf(port, sizeof port, "%u", line->port);
    if (xmpp_stanza_set_attribute(transport, "host", line->host) ||
        xmpp_stanza_set_attribute(transport, "port", port) ||
        xmpp_stanza_set_attribute(transport, "secret", line->secret))
        return JINGLE_EMEM;
    return JINGLE_EOK;
}

static int line_prepare(void *self)
{
    line_t *line = self;
    int err = line->offered_to_us ? JINGLE_EOK : listen_for_peer(line);

    if (!err)
        jingle_part_ready(line->part);
    return err;
}

static int line_start(void *self)
{
    static const jingle_socket_events_t events = {.connected = on_connected, .closed = on_refused};
    line_t *line = self;

    line->started = true;
    if (line->offered_to_us)
        return line->net->dial(line->net, line->host, line->port, &events, line, &line->socket);
    if (line->caller)
        line->net->pause(line->net, line->caller, false);
    return JINGLE_EOK;
}

static void line_stop(void *self)
{
    line_t *line = self;

    hang_up(line);
    if (line->listener)
        line->net->close(line->net, line->listener);
    line->listener = NULL;
    line->finishing = false;
    line_over(line, false);
}

static void line_finish(void *self)
{
    line_t *line = self;

    line->finishing = true;
    if (!line->socket)
        line_over(line, false);
    else {
        line->net->shutdown(line->net, line->socket);
        line->net->pause(line->net, line->socket, false);
    }
}

static void line_free(void *self)
{
    line_t *line = self;

    line->part = NULL;
    line_unref(line);
}

static const jingle_transport_t lines = {
    .size = sizeof lines,
    .name = "line",
    .create = line_create,
    .check = line_check,
    .apply = line_apply,
    .describe = line_describe,
    .free = line_free,
    .flows = JINGLE_FLOW_STREAM,
    .rank = 200, /* before SOCKS5 and in-band bytestreams */
    .components = 1,
    .prepare = line_prepare,
    .start = line_start,
    .stop = line_stop,
    .finish = line_finish,
};

/* ---- a program that sends or takes files --------------------------------------------------- */

typedef struct {
    xmpp_ctx_t *ctx;
    xmpp_conn_t *conn;
    jingle_t *jingle;
    const char *peer; /**< nobody else may offer anything */
    const char *file; /**< to be sent, or NULL */
    int status;
} program_t;

static void on_done(jingle_t *jingle, jingle_file_t *file, void *userdata)
{
    program_t *program = userdata;
    const char *transport = jingle_content_get_transport(jingle_file_get_content(file));

    (void)jingle;
    program->status = jingle_file_get_outcome(file) == JINGLE_FILE_DONE ? 0 : 1;
    printf("%s %s: %s\n", program->file ? "sent" : "saved", jingle_file_get_info(file)->safe_name,
           program->status ? jingle_file_get_text(file)
           : transport     ? transport
                           : "");
}

static void on_offer(jingle_t *jingle, jingle_file_t *file, void *userdata)
{
    (void)jingle;
    (void)userdata;
    jingle_file_accept(file, NULL);
}

static void on_event(jingle_t *jingle, const jingle_event_t *event, void *userdata)
{
    program_t *program = userdata;

    (void)jingle;
    if (event->type == JINGLE_EVENT_TERMINATED && program->file)
        xmpp_disconnect(program->conn);
}

static void on_conn(xmpp_conn_t *conn, xmpp_conn_event_t event, int error,
                    xmpp_stream_error_t *stream_error, void *userdata)
{
    program_t *program = userdata;
    int err = JINGLE_EOK;

    (void)error;
    (void)stream_error;
    jingle_conn_event(program->jingle, conn, event);
    if (event != XMPP_CONN_CONNECT) {
        if (!jingle_get_jid(program->jingle))
            fprintf(stderr,
                    "cannot connect as %s; look at JINGLE_SERVER, JINGLE_CA and JINGLE_PASSWORD\n",
                    xmpp_conn_get_jid(conn));
        xmpp_stop(program->ctx);
        return;
    }
    printf("ready %s\n", jingle_get_jid(program->jingle));
    if (program->file)
        err = jingle_send_file(program->jingle, program->peer, program->file, NULL, NULL);
    if (err) {
        fprintf(stderr, "%s: %s\n", program->file, jingle_strerror(err));
        xmpp_disconnect(conn);
    }
}

static int set_up(program_t *program, const char *folder)
{
    const char *address = getenv("LINE_ADDRESS");
    int err;

    program->jingle =
        jingle_new(program->ctx, JINGLE_CONFIG(.on_event = on_event, .userdata = program));
    if (!program->jingle)
        return JINGLE_EMEM;
    err = jingle_register_transport(program->jingle, NS_LINE, &lines,
                                    (void *)(address ? address : "127.0.0.1"));
    if (!err)
        err = jingle_register_file_transfer(program->jingle,
                                            JINGLE_FILES(.folder = folder, .on_offer = on_offer,
                                                         .on_done = on_done, .userdata = program));
    if (!err)
        err = jingle_attach_with(program->jingle, program->conn,
                                 JINGLE_ATTACH(.offers = JINGLE_OFFERS_LISTED,
                                               .allowed = &program->peer, .n_allowed = 1,
                                               .answer_disco = true));
    return err;
}

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

int main(int argc, char **argv)
{
    program_t program = {.status = 1};
    bool help = argc > 1 && strcmp(argv[1], "--help") == 0;
    int err;

    if (help || (argc != 4 && argc != 5) || !getenv("JINGLE_PASSWORD")) {
        fprintf(help ? stdout : stderr,
                "usage: JINGLE_PASSWORD=... custom_transport JID FOLDER PEER [FILE]\n");
        return help ? 0 : 2;
    }
    signal(SIGPIPE, SIG_IGN);
    setvbuf(stdout, NULL, _IOLBF, 0);
    program.peer = argv[3];
    program.file = argc == 5 ? argv[4] : NULL;
    xmpp_initialize();
    program.ctx = xmpp_ctx_new(NULL, xmpp_get_default_logger(XMPP_LEVEL_ERROR));
    program.conn = xmpp_conn_new(program.ctx);
    err = set_up(&program, argv[2]);
    if (err)
        fprintf(stderr, "%s: %s\n", argv[2], jingle_strerror(err));
    else if ((err = connect_client(&program, argv[1])))
        fprintf(stderr, "cannot connect\n");
    else
        xmpp_run(program.ctx);
    jingle_free(program.jingle);
    xmpp_conn_release(program.conn);
    xmpp_ctx_free(program.ctx);
    xmpp_shutdown();
    return err ? 1 : program.status;
}
