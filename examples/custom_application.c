/* SPDX-License-Identifier: MIT */
/** @file
 *  An application of one's own: notes, short texts that go over whatever transport there is.
 *
 *    JINGLE_PASSWORD=... custom_application JID              waits for notes
 *    JINGLE_PASSWORD=... custom_application JID PEER TEXT    sends one to that full JID
 *
 *  A note is one content whose description tells its size:
 *  <description xmlns='urn:example:note' size='5'/>. JINGLE_SERVER=HOST[:PORT] names a server other
 *  than the JID's domain, JINGLE_CA=FILE a certificate authority to trust.
 *  docs/tutorial-application.md explains the file from top to bottom. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jingle/jingle.h>

#define NS_NOTE "urn:example:note"
#define NOTE_MAX 65536u /* octets: a peer must not make us keep more */

/** One note, sent or received: the self of the plug-in. */
typedef struct {
    jingle_part_t *part;
    jingle_channel_t *channel; /**< borrowed from open to closed */
    bool outgoing;
    char *text;
    size_t size; /**< octets of text */
    size_t done; /**< of these: sent or received */
} note_t;

/* ---- negotiation ---------------------------------------------------------------------------- */

/** @param userdata the text of a note of ours; NULL for one of the peer's */
static int note_create(jingle_part_t *part, void *userdata, void **self)
{
    note_t *note = calloc(1, sizeof *note);

    if (!note)
        return JINGLE_EMEM;
    note->part = part;
    if (userdata) {
        note->outgoing = true;
        note->text = strdup(userdata);
        if (!note->text) {
            free(note);
            return JINGLE_EMEM;
        }
        note->size = strlen(note->text);
    }
    *self = note;
    return JINGLE_EOK;
}

static void note_free(void *self)
{
    note_t *note = self;

    free(note->text);
    free(note);
}

static bool is_offer(jingle_action_t action)
{
    return action == JINGLE_ACTION_SESSION_INITIATE || action == JINGLE_ACTION_CONTENT_ADD;
}

/** @return false when the description tells no size */
static bool read_size(xmpp_stanza_t *description, unsigned long *size)
{
    const char *text = xmpp_stanza_get_attribute(description, "size");

    if (!text || !*text || strlen(text) > 9 || text[strspn(text, "0123456789")])
        return false;
    *size = strtoul(text, NULL, 10);
    return true;
}

/** Pure: it is asked again for each alternative, and before anything is taken over. */
static jingle_check_t note_check(void *self, jingle_action_t action, xmpp_stanza_t *description,
                                 jingle_reason_t *why)
{
    unsigned long size;

    (void)self;
    if (!is_offer(action))
        return JINGLE_CHECK_OK;
    if (!read_size(description, &size))
        return JINGLE_CHECK_MALFORMED;
    if (size <= NOTE_MAX)
        return JINGLE_CHECK_OK;
    why->condition = JINGLE_REASON_INCOMPATIBLE_PARAMETERS;
    why->text = "a note is at most 65536 octets";
    return JINGLE_CHECK_UNUSABLE;
}

static int note_apply(void *self, jingle_action_t action, xmpp_stanza_t *description)
{
    note_t *note = self;
    unsigned long size = 0;

    if (!is_offer(action))
        return JINGLE_EOK;
    read_size(description, &size);
    note->text = calloc(1, size + 1);
    note->size = size;
    return note->text ? JINGLE_EOK : JINGLE_EMEM;
}

static int note_describe(void *self, jingle_action_t action, xmpp_stanza_t *description)
{
    const note_t *note = self;
    char size[16];

    if (action == JINGLE_ACTION_DESCRIPTION_INFO)
        return JINGLE_ENOENT;
    snprintf(size, sizeof size, "%zu", note->size);
    return xmpp_stanza_set_attribute(description, "size", size) ? JINGLE_EMEM : JINGLE_EOK;
}

/* ---- data ----------------------------------------------------------------------------------- */

/** Sends until the channel wants us to wait. */
static void push(note_t *note)
{
    long taken = 1;

    while (note->done < note->size && taken > 0) {
        taken =
            jingle_channel_send(note->channel, note->text + note->done, note->size - note->done);
        if (taken > 0)
            note->done += (size_t)taken;
    }
    if (taken < 0)
        jingle_part_fail(note->part, JINGLE_REASON_CONNECTIVITY_ERROR, NULL);
    else if (note->done == note->size)
        jingle_content_done(jingle_part_get_content(note->part), false);
}

static void on_writable(jingle_channel_t *channel, void *userdata)
{
    (void)channel;
    push(userdata);
}

/** The note is whole: it is for us, who received it, to end the session. A terminal obeys control
 * characters, so none of a peer's get there. */
static void received(note_t *note)
{
    char *safe = jingle_safe_text(NULL, note->text, NOTE_MAX);

    printf("%s writes: %s\n", jingle_session_get_peer(jingle_part_get_session(note->part)),
           safe ? safe : "");
    free(safe);
    jingle_content_done(jingle_part_get_content(note->part), true);
}

static void on_data(jingle_channel_t *channel, const void *data, size_t len, void *userdata)
{
    note_t *note = userdata;

    (void)channel;
    if (note->outgoing || len > note->size - note->done) {
        jingle_part_fail(note->part, JINGLE_REASON_MEDIA_ERROR, "more data than announced");
        return;
    }
    memcpy(note->text + note->done, data, len);
    note->done += len;
    if (note->done == note->size)
        received(note);
}

static void on_closed(jingle_channel_t *channel, bool complete, void *userdata)
{
    note_t *note = userdata;

    (void)channel;
    (void)complete;
    if (note->done < note->size)
        jingle_part_fail(note->part, JINGLE_REASON_MEDIA_ERROR, "the note was cut off");
}

static void note_open(void *self, jingle_channel_t *channel)
{
    static const jingle_channel_sink_t sink = {
        .data = on_data, .writable = on_writable, .closed = on_closed};
    note_t *note = self;

    note->channel = channel;
    jingle_channel_set_sink(channel, &sink, note);
    if (note->outgoing)
        push(note);
    else if (note->size == 0)
        received(note);
}

static void note_closed(void *self, const jingle_reason_t *reason)
{
    note_t *note = self;

    note->channel = NULL;
    printf("note of %zu octets: %s\n", note->size, jingle_reason_words(reason->condition));
}

static const jingle_application_t notes = {
    .size = sizeof notes,
    .name = "note",
    .create = note_create,
    .check = note_check,
    .apply = note_apply,
    .describe = note_describe,
    .free = note_free,
    .flows = JINGLE_FLOW_STREAM,
    .open = note_open,
    .closed = note_closed,
};

/* ---- the program ---------------------------------------------------------------------------- */

typedef struct {
    xmpp_ctx_t *ctx;
    xmpp_conn_t *conn;
    jingle_t *jingle;
    const char *peer; /**< NULL: wait for notes */
    char *text;
    int status;
} program_t;

static void on_event(jingle_t *jingle, const jingle_event_t *event, void *userdata)
{
    program_t *program = userdata;

    (void)jingle;
    if (event->type == JINGLE_EVENT_INCOMING) {
        jingle_session_accept(event->session);
    } else if (event->type == JINGLE_EVENT_TERMINATED && program->peer) {
        program->status = event->reason->condition == JINGLE_REASON_SUCCESS ? 0 : 1;
        xmpp_disconnect(program->conn);
    }
}

static void send_note(program_t *program)
{
    jingle_session_t *session = NULL;
    int err = jingle_managed_session_new(program->jingle, program->peer, NULL, &session);

    if (!err)
        err = jingle_session_add_content(session,
                                         JINGLE_CONTENT(.application = NS_NOTE, .name = "note",
                                                        .senders = JINGLE_SENDERS_INITIATOR,
                                                        .userdata = program->text),
                                         NULL);
    if (!err)
        err = jingle_session_start(session);
    if (err) {
        fprintf(stderr, "the note cannot be sent: %s\n", jingle_strerror(err));
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
    printf("ready %s\n", jingle_get_jid(program->jingle));
    if (program->peer)
        send_note(program);
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

static int run(program_t *program, const char *jid)
{
    program->jingle =
        jingle_new(program->ctx, JINGLE_CONFIG(.on_event = on_event, .userdata = program));
    if (!program->jingle || jingle_register_application(program->jingle, NS_NOTE, &notes, NULL) ||
        jingle_register_ibb(program->jingle, NULL) ||
        jingle_attach_with(program->jingle, program->conn,
                           JINGLE_ATTACH(.answer_disco = true, .answer_unhandled = true)) ||
        connect_client(program, jid)) {
        fprintf(stderr, "cannot start\n");
        return 1;
    }
    xmpp_run(program->ctx);
    return program->status;
}

int main(int argc, char **argv)
{
    program_t program = {.status = 1};
    bool help = argc > 1 && strcmp(argv[1], "--help") == 0;

    if (help || (argc != 2 && argc != 4) || !getenv("JINGLE_PASSWORD")) {
        fprintf(help ? stdout : stderr,
                "usage: JINGLE_PASSWORD=... custom_application JID [PEER TEXT]\n");
        return help ? 0 : 2;
    }
    if (argc == 4) {
        program.peer = argv[2];
        program.text = argv[3];
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
