/* SPDX-License-Identifier: MIT */
/** @file
 *  The connection when it breaks while a transfer runs: dialled again until the stream is resumed
 *  (XEP-0198), or a new one has come up under the same JID. The sessions live on meanwhile.
 *
 *  libstrophe 0.12 resumes, with faults that lose or double stanzas. What it had not written when a
 *  write failed is forgotten: so no write ever fails, see look_at_socket(), which is called before
 *  the first and, because that may break what the next is for, after each. What it had not begun to
 *  write when it found the end of the data is forgotten too: see keep_unsent(). (An element half of
 *  which it had written then is lost.) Its numbers of what was sent lack what went out between enable
 *  and enabled, and fall behind when a stream is resumed that the server had received more of than it
 *  had acknowledged: see stream_log(). An attempt to connect that fails loses the name of the stream:
 *  so each is made only when the server has just answered another connection, see look_for_server().
 *  (One that fails all the same, in TLS or the login, ends in a new stream.) After that, as after a
 *  resumption that was refused, it keeps what belonged to the old stream: see dial(). Its log is the
 *  only place where all that can be seen. */
#include "app.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "log.h"
#include "report.h"

#define PATIENCE 300u     /* seconds: about as long as servers keep a stream */
#define ATTEMPT 30000u    /* ms for one login */
#define DELAY_FIRST 1000u /* ms between two attempts */
#define DELAY_MAX 30000u
/* ms for the server's first words, and for the first acknowledgement on a stream that was resumed. */
#define ANSWER 10000u
#define SINK_SIZE (1 << 20)

/* ---- the socket ------------------------------------------------------------------------------ */

/** Nothing that we start keeps the connection open when we are gone. */
static void keep_from_children(int fd)
{
    fcntl(fd, F_SETFD, FD_CLOEXEC);
}

/** A socket that takes whatever is written and has nothing to read. @return its descriptor, or -1
 *  @param other receives the end that holds what is written */
static int make_sink(int *other)
{
    int ends[2], size = SINK_SIZE;

    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0)
        return -1;
    setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    shutdown(ends[1], SHUT_WR);
    keep_from_children(ends[1]);
    *other = ends[1];
    return ends[0];
}

/** A dead socket is replaced before libstrophe writes to it: what it writes is kept as not
 *  acknowledged and is sent again on the resumed stream; then it finds the end of the data. */
static void look_at_socket(app_t *app)
{
    struct pollfd look = {.fd = app->stream.fd};
    int sink;

    if (app->stream.fd < 0 || app->stream.sink >= 0 || poll(&look, 1, 0) <= 0 ||
        !(look.revents & (POLLERR | POLLHUP)))
        return;
    sink = make_sink(&app->stream.sink);
    if (sink < 0)
        return;
    dup2(sink, app->stream.fd);
    keep_from_children(app->stream.fd);
    close(sink);
}

static void forget_socket(stream_t *stream)
{
    if (stream->sink >= 0)
        close(stream->sink);
    stream->fd = stream->sink = -1;
    signals_socket(-1);
}

/* ---- what was not sent ----------------------------------------------------------------------- */

struct unsent {
    unsent_t *next;
    char *xml; /**< of libstrophe's memory */
};

/** Takes it out of libstrophe's queue, which is emptied when it connects again. The spaces of fill()
 * are not needed any more. */
static void keep_unsent(app_t *app)
{
    unsent_t **last = &app->stream.unsent;
    char *xml;

    while (*last)
        last = &(*last)->next;
    while ((xml = xmpp_conn_send_queue_drop_element(app->conn, XMPP_QUEUE_OLDEST))) {
        unsent_t *unsent = strcmp(xml, " ") != 0 ? malloc(sizeof *unsent) : NULL;

        if (!unsent) {
            xmpp_free(app->ctx, xml);
            continue;
        }
        *unsent = (unsent_t){.xml = xml};
        *last = unsent;
        last = &unsent->next;
    }
}

/** @param again send it, on the stream that it was for */
static void drop_unsent(app_t *app, bool again)
{
    unsent_t *unsent;

    while ((unsent = app->stream.unsent)) {
        app->stream.unsent = unsent->next;
        if (again)
            xmpp_send_raw(app->conn, unsent->xml, strlen(unsent->xml));
        xmpp_free(app->ctx, unsent->xml);
        free(unsent);
    }
}

void stream_init(stream_t *stream)
{
    *stream = (stream_t){.fd = -1, .sink = -1};
}

void stream_socket(app_t *app, int fd)
{
    app->stream.fd = fd;
    signals_socket(fd);
    keep_from_children(fd);
}

/* ---- Stream Management ----------------------------------------------------------------------- */

static int on_ack(xmpp_conn_t *conn, xmpp_stanza_t *stanza, void *userdata)
{
    app_t *app = userdata;
    const char *h = xmpp_stanza_get_attribute(stanza, "h");

    (void)conn;
    if (h)
        app->stream.acked = strtoul(h, NULL, 10);
    app->stream.answer_by = 0;
    return 1;
}

/** What libstrophe counts and the server does not: so its numbers catch up with the server's. */
static void fill(app_t *app, unsigned long n)
{
    for (; n > 0; n--)
        xmpp_send_raw(app->conn, " ", 1);
}

/** It has not queued yet what it sends again, so that gets the right numbers too. */
void stream_log(app_t *app, const char *message)
{
    bool enabled;

    fill(app, log_stream(&app->stream, message, &enabled));
    if (enabled)
        stream_quiet(app);
}

/** libstrophe tells of each write before it does the next. Where the other side has closed, the
 * first is answered with a reset, and the second would fail. */
static void on_write(void *userdata, xmpp_log_level_t level, const char *area, const char *message)
{
    (void)level;
    (void)area;
    if (log_is_write(message))
        look_at_socket(userdata);
}

void stream_quiet(app_t *app)
{
    app->log.handler = on_write;
}

/* ---- what happens ---------------------------------------------------------------------------- */

void stream_up(app_t *app)
{
    stream_t *stream = &app->stream;

    app->online = true;
    stream->answer_by = stream->resumed ? clock_ms() + ANSWER : 0;
    if (!stream->resumed)
        stream->acked = 0;
    if (stream->resumed || !stream->offered)
        stream_quiet(app);
    xmpp_handler_add(app->conn, on_ack, "urn:xmpp:sm:3", "a", NULL, app); /* once, however often */
    drop_unsent(app, stream->resumed); /* behind what libstrophe itself sends again */
    if (!stream->lost)
        return;
    report_note(stream->resumed ? "connected again" : "logged in again");
    stream->lost = 0;
    stream->dialling = false;
    stream->n_lost++;
    stream->n_fresh += !stream->resumed;
    signals_alarm_off();
}

static void try_later(stream_t *stream)
{
    forget_socket(stream);
    stream->dialling = false;
    if (stream->delay)
        report_detail("   not connected; trying again in %u s", stream->delay / 1000);
    stream->retry = clock_ms() + stream->delay;
    stream->delay = stream->delay ? 2 * stream->delay : DELAY_FIRST;
    if (stream->delay > DELAY_MAX)
        stream->delay = DELAY_MAX;
    signals_alarm_off();
}

void stream_down(app_t *app, const xmpp_stream_error_t *error)
{
    stream_t *stream = &app->stream;

    if (error && error->type == XMPP_SE_CONFLICT)
        stream->taken = true;
    keep_unsent(app);
    stream->stale = stream->stale || !app->online;
    if (app->online) {
        app->online = false;
        stream->lost = clock_ms();
        stream->delay = 0;
    }
    try_later(stream);
}

/* ---- is the server there? -------------------------------------------------------------------- */

/** To be called outside libstrophe's loop, which may be at it. */
static void drop_probe(stream_t *stream)
{
    xmpp_conn_t *probe = stream->probe;

    stream->probe = NULL;
    if (!probe)
        return;
    forget_socket(stream);
    xmpp_conn_release(probe);
}

/** Only then: a server that is about to stop or to start may open a stream and end it at once. */
static int on_features(xmpp_conn_t *conn, xmpp_stanza_t *stanza, void *userdata)
{
    app_t *app = userdata;

    (void)conn;
    (void)stanza;
    app->stream.answered = true;
    return 0;
}

static void probe_event(xmpp_conn_t *conn, xmpp_conn_event_t event, int error,
                        xmpp_stream_error_t *stream_error, void *userdata)
{
    app_t *app = userdata;

    (void)error;
    (void)stream_error;
    if (event == XMPP_CONN_RAW_CONNECT)
        xmpp_conn_open_stream_default(conn);
    else if (event == XMPP_CONN_DISCONNECT && conn == app->stream.probe)
        try_later(&app->stream);
}

/** A connection that may fail. With the look-ups and the choice among addresses that the login will
 * have: the server may have moved, or we have. */
static void look_for_server(app_t *app)
{
    stream_t *stream = &app->stream;
    xmpp_conn_t *probe;

    drop_probe(stream);
    stream->probe = probe = xmpp_conn_new(app->ctx);
    stream->answered = stream->refused = false;
    stream->dialling = true;
    signals_dial();
    if (probe) {
        xmpp_conn_set_jid(probe, xmpp_conn_get_jid(app->conn));
        xmpp_conn_set_sockopt_callback(probe, login_socket);
        xmpp_handler_add(probe, on_features, XMPP_NS_STREAMS, "features", NULL, app);
    }
    if (!probe || xmpp_connect_raw(probe, app->settings->host, app->settings->port, probe_event,
                                   app) != XMPP_EOK)
        try_later(stream);
    stream->until = clock_ms() + ANSWER; /* looking up names may have taken longer */
}

/* ---- connecting again ------------------------------------------------------------------------ */

static void dial(app_t *app)
{
    stream_t *stream = &app->stream;

    drop_probe(stream);
    if (stream->stale)
        xmpp_free_sm_state(xmpp_conn_get_sm_state(app->conn));
    stream->stale = stream->resumed = stream->answered = false;
    signals_dial();
    if (xmpp_connect_client(app->conn, app->settings->host, app->settings->port, login_event,
                            app) != XMPP_EOK)
        try_later(stream);
    stream->until = clock_ms() + ATTEMPT;
}

/** An attempt that comes to nothing, or a stream that libstrophe must begin afresh. */
static void hang_up(stream_t *stream)
{
    if (stream->fd >= 0)
        shutdown(stream->fd, SHUT_RDWR);
    if (stream->refused)
        stream->delay = 0; /* the server is there, and a new stream is not refused */
    stream->until = UINT64_MAX;
}

bool stream_turn(app_t *app)
{
    stream_t *stream = &app->stream;
    uint64_t now;

    signals_turn();
    if (app->online)
        look_at_socket(app);
    now = clock_ms();
    if (app->online && stream->answer_by && now >= stream->answer_by) {
        /* Prosody 0.12 goes on where the old stream was cut, be it within an element, and
         * understands nothing more. */
        stream->answer_by = 0;
        stream->stale = true;
        hang_up(stream);
    }
    if (app->online || !stream->lost)
        return !app->offline;
    /* Without a transfer there is nothing to wait for. */
    if ((!jingle_count_sessions(app->jingle) && !app->expects) || stream->taken ||
        now - stream->lost >= app_timeout(app, PATIENCE)) {
        app->offline = true;
        return false;
    }
    if (!stream->told)
        report_note("the connection to the server broke; connecting again");
    stream->told = true;
    if (!stream->dialling && now >= stream->retry)
        look_for_server(app);
    else if (stream->dialling && stream->answered)
        dial(app);
    else if (stream->dialling && (now >= stream->until || stream->refused))
        hang_up(stream);
    return true;
}

void stream_drop(app_t *app)
{
    drop_probe(&app->stream);
    drop_unsent(app, false);
}
