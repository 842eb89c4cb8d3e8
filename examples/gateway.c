/* SPDX-License-Identifier: MIT */
/** @file
 *  A gateway: a component (XEP-0114) that runs several times on one name, tells Prometheus how it
 *  is, and can be killed at any time.
 *
 *    JINGLE_SECRET=... gateway [-m PORT] [-s FOLDER] [-v] NAME HOST[:PORT]
 *
 *      -m PORT   serves the counters to Prometheus on that port of the loopback interface; 0: any
 *                that is free. "metrics PORT" is printed
 *      -s FOLDER keeps its sessions there, and goes on with them when it is started again; each
 *                process has a folder of its own. Without it peers open them anew
 *      -v        prints each state of each session
 *
 *  The server shares the stanzas out among the processes that have connected with the same NAME, by
 *  the sender's bare JID (ejabberd: domain_balancing), so the processes need not know of each other.
 *  docs/scaling.md says how to set it up, and what the figures mean.
 *
 *  A signal (SIGTERM, SIGINT) ends all sessions, of which peers are told, and then the program. With
 *  -s it ends the program alone: peers are told nothing, for it is only away, as after a kill.
 *
 *  What passes through is notes, numbered from 1 in each session: session-info with
 *  `<note xmlns='urn:example:gateway' n='7'/>`. A note is acknowledged once it has been counted. A
 *  peer that has no answer sends the same again: it is acknowledged and not counted twice. After a
 * gap the answer is unexpected-request (wait): send the missing ones first. `<total/>` asks for the
 * number of the last one, and comes back with it. */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <jingle/jingle.h>

#include "metrics.h"
#include "store.h"

#define NS_GATEWAY "urn:example:gateway"

#define DELAY_MAX 60u /* seconds between two attempts to connect */
#define TURN 250ul    /* ms: how long a signal may wait */

typedef struct {
    xmpp_ctx_t *ctx;
    xmpp_conn_t *conn;
    jingle_t *jingle;
    const char *name, *server;
    bool verbose;
    const char *folder; /**< where sessions are kept, or NULL */
    bool restored;      /**< what was there has been taken */
    bool leaving;       /**< sessions end here, and not for their peers */
    store_t store;
    bool connected;                /**< the handshake has been done */
    bool over;                     /**< so has the end of the connection */
    bool refused;                  /**< the server does not want us */
    uint64_t notes, repeats, gaps; /**< of all sessions */
    metrics_t metrics;
} program_t;

static volatile sig_atomic_t told_to_end;

/* ---- the session type ----------------------------------------------------------------------- */

/** What the type keeps of a session. */
typedef struct {
    program_t *program;
    uint64_t last; /**< number of the last note */
} line_t;

static int create(jingle_session_t *session, void *userdata, void **self)
{
    line_t *line = calloc(1, sizeof *line);

    (void)session;
    if (!line)
        return JINGLE_EMEM;
    line->program = userdata;
    *self = line;
    return JINGLE_EOK;
}

static int save(jingle_session_t *session, jingle_save_t *save, void *self)
{
    const line_t *line = self;

    (void)session;
    jingle_save_number(save, line->last);
    return JINGLE_EOK;
}

static int restore(jingle_session_t *session, void *userdata, jingle_load_t *load, void **self)
{
    uint64_t last = jingle_load_number(load, UINT64_MAX);
    int err = jingle_load_is_done(load) ? create(session, userdata, self) : JINGLE_EDATA;

    if (!err)
        ((line_t *)*self)->last = last;
    return err;
}

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

static void take_note(line_t *line, xmpp_stanza_t *note, jingle_reply_t *reply)
{
    const char *text = xmpp_stanza_get_attribute(note, "n");
    char *end = NULL;
    uint64_t number = text ? strtoull(text, &end, 10) : 0;

    if (!number || *end) {
        jingle_reply_error(reply, jingle_error_of(JINGLE_ERROR_BAD_REQUEST));
    } else if (number > line->last + 1) {
        line->program->gaps++;
        jingle_reply_error(reply, JINGLE_ERROR(.type = "wait", .condition = "unexpected-request"));
    } else {
        if (number > line->last)
            line->program->notes++;
        else
            line->program->repeats++;
        line->last = number > line->last ? number : line->last;
        jingle_reply_ack(reply);
    }
}

static void send_total(jingle_session_t *session, const line_t *line)
{
    xmpp_stanza_t *total = xmpp_stanza_new(jingle_get_context(jingle_session_get_manager(session)));
    const jingle_data_t data = {.foreign = {.children = &total, .n_children = 1}};
    char number[24];

    if (!total)
        return;
    snprintf(number, sizeof number, "%" PRIu64, line->last);
    if (!xmpp_stanza_set_name(total, "total") && !xmpp_stanza_set_ns(total, NS_GATEWAY) &&
        !xmpp_stanza_set_attribute(total, "n", number))
        jingle_session_send(session, JINGLE_ACTION_SESSION_INFO, &data);
    xmpp_stanza_release(total);
}

static void on_info(jingle_session_t *session, const jingle_data_t *data, jingle_reply_t *reply,
                    void *self)
{
    xmpp_stanza_t *payload = jingle_data_get_payload(data, NS_GATEWAY);
    const char *name = payload ? xmpp_stanza_get_name(payload) : NULL;

    if (name && strcmp(name, "note") == 0) {
        take_note(self, payload, reply);
    } else if (name && strcmp(name, "total") == 0) {
        jingle_reply_ack(reply);
        send_total(session, self);
    } else {
        jingle_reply_default(reply);
    }
}

static const jingle_session_type_t gateway = {
    .size = sizeof gateway,
    .name = "gateway",
    .create = create,
    .free = free,
    .save = save,
    .restore = restore,
    .on_session_initiate = on_initiate,
    .on_session_info = on_info,
};

/* ---- the counters ---------------------------------------------------------------------------- */

static void write_gateway(metrics_page_t *page, void *userdata)
{
    const program_t *program = userdata;

    metrics_add(page, "gauge", "gateway_connected", "1 while the server has us as its component.",
                program->connected && !program->over);
    metrics_add(page, "counter", "gateway_notes_total", "Notes counted.", program->notes);
    metrics_add(page, "counter", "gateway_repeats_total", "Notes that came again.",
                program->repeats);
    metrics_add(page, "counter", "gateway_gaps_total", "Notes refused for a gap before them.",
                program->gaps);
}

static bool serve_counters(program_t *program, uint16_t port)
{
    program->metrics =
        (metrics_t){.jingle = program->jingle, .write = write_gateway, .userdata = program};
    if (!metrics_serve(&program->metrics, &port)) {
        fprintf(stderr, "cannot listen on port %u\n", (unsigned)port);
        return false;
    }
    printf("metrics %u\n", (unsigned)port);
    return true;
}

/* ---- the program ---------------------------------------------------------------------------- */

static void on_event(jingle_t *jingle, const jingle_event_t *event, void *userdata)
{
    jingle_session_t *session = event->session;
    program_t *program = userdata;

    (void)jingle;
    if (program->leaving)
        return; /* with the manager alone: the files stay */
    if (event->type == JINGLE_EVENT_CHANGED)
        store_save(&program->store, session);
    if (event->type == JINGLE_EVENT_TERMINATED && program->folder)
        store_forget(&program->store, session);
    /* What no type serves can only be ended: with unsupported-applications, which accept does. */
    if (event->type == JINGLE_EVENT_INCOMING && jingle_session_get_type(session) != &gateway)
        jingle_session_accept(session);
    if (event->type == JINGLE_EVENT_STATE && program->verbose)
        printf("%s %s %s %s\n", jingle_session_get_own(session), jingle_session_get_peer(session),
               jingle_session_get_sid(session), jingle_state_name(event->state));
}

static void on_conn(xmpp_conn_t *conn, xmpp_conn_event_t event, int error,
                    xmpp_stream_error_t *stream_error, void *userdata)
{
    program_t *program = userdata;

    jingle_conn_event(program->jingle, conn, event);
    if (event == XMPP_CONN_CONNECT) {
        program->connected = true;
        if (program->folder && !program->restored)
            printf("restored %zu\n",
                   store_restore_all(&program->store, program->jingle, NULL, NULL));
        program->restored = true;
        printf("ready %s\n", xmpp_conn_get_jid(conn));
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

/** A connection that is not made yet: with the manager on it its timers run, so the counters are
 * served also while there is no server. */
static bool prepare(program_t *program)
{
    program->connected = program->over = false;
    program->conn = xmpp_conn_new(program->ctx);
    xmpp_conn_set_jid(program->conn, program->name);
    xmpp_conn_set_pass(program->conn, getenv("JINGLE_SECRET"));
    return jingle_attach_with(program->jingle, program->conn,
                              JINGLE_ATTACH(.component = true, .answer_disco = true,
                                            .answer_unhandled = true)) == JINGLE_EOK;
}

static bool dial(program_t *program)
{
    char host[256];
    unsigned short port = 5347;

    return sscanf(program->server, "%255[^:]:%hu", host, &port) >= 1 &&
           jingle_connect_component(program->conn, host, port, on_conn, program) == XMPP_EOK;
}

/** One life of the connection, after so many seconds. @return false when there is no sense in
 * another */
static bool run_once(program_t *program, unsigned delay)
{
    time_t begin = time(NULL) + (time_t)delay;
    bool usable = prepare(program);

    while (usable && !told_to_end && time(NULL) < begin)
        xmpp_run_once(program->ctx, TURN);
    if (!told_to_end && !(usable && dial(program))) {
        fprintf(stderr, "cannot connect to %s\n", program->server);
        program->over = true;
    }
    while (!program->over && !told_to_end)
        xmpp_run_once(program->ctx, TURN);
    if (told_to_end && program->connected && !program->over) {
        if (!program->folder)
            jingle_end_all_sessions(program->jingle, JINGLE_END(.condition = JINGLE_REASON_GONE));
        xmpp_disconnect(program->conn);
        while (!program->over)
            xmpp_run_once(program->ctx, TURN);
    }
    jingle_detach(program->jingle);
    xmpp_conn_release(program->conn);
    return program->connected && !program->refused;
}

/** @return the status to exit with: 1 when it could not even begin */
static int run(program_t *program)
{
    unsigned delay = 1;
    bool again = run_once(program, 0), ever = again;

    while (ever && !program->refused && !told_to_end) {
        delay = again ? 1 : delay;
        fprintf(stderr, "connecting again in %u s\n", delay);
        again = run_once(program, delay);
        delay = 2 * delay < DELAY_MAX ? 2 * delay : DELAY_MAX;
    }
    return told_to_end ? 0 : 1;
}

static void on_signal(int number)
{
    (void)number;
    told_to_end = 1;
}

static int usage(FILE *out)
{
    fprintf(out, "usage: JINGLE_SECRET=... gateway [-m PORT] [-s FOLDER] [-v] NAME HOST[:PORT]\n");
    return out == stdout ? 0 : 2;
}

int main(int argc, char **argv)
{
    program_t program = {0};
    long port = -1;
    int status = 1, option;

    if (argc > 1 && strcmp(argv[1], "--help") == 0)
        return usage(stdout);
    while ((option = getopt(argc, argv, "m:s:v")) != -1) {
        if (option == 'v')
            program.verbose = true;
        else if (option == 's')
            program.folder = optarg;
        else if (option != 'm' || (port = strtol(optarg, NULL, 10)) < 0 || port > 65535)
            return usage(stderr);
    }
    if (argc - optind != 2 || !getenv("JINGLE_SECRET"))
        return usage(stderr);
    /* A process that is killed has written what it has written: only a machine that goes down needs
     * the disk, and the price of that is a wait for each note. */
    if (program.folder && !store_open(&program.store, program.folder, false)) {
        perror(program.folder);
        return 1;
    }
    program.name = argv[optind];
    program.server = argv[optind + 1];
    signal(SIGPIPE, SIG_IGN);
    signal(SIGINT, on_signal);
    signal(SIGTERM, on_signal);
    setvbuf(stdout, NULL, _IOLBF, 0);
    xmpp_initialize();
    program.ctx = xmpp_ctx_new(NULL, xmpp_get_default_logger(XMPP_LEVEL_ERROR));
    program.jingle = jingle_new(
        program.ctx, JINGLE_CONFIG(.component = true, .on_event = on_event, .userdata = &program));
    jingle_set_tell_changes(program.jingle, program.folder != NULL);
    if (program.jingle &&
        jingle_register_session_type(program.jingle, NS_GATEWAY, &gateway, &program) ==
            JINGLE_EOK &&
        (port < 0 || serve_counters(&program, (uint16_t)port)))
        status = run(&program);
    /* It is detached by now: what ends here sends nothing. */
    program.leaving = program.folder != NULL;
    jingle_free(program.jingle);
    if (program.folder)
        store_close(&program.store);
    xmpp_ctx_free(program.ctx);
    xmpp_shutdown();
    return status;
}
