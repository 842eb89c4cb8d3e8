/* SPDX-License-Identifier: MIT */
/** @file
 *  The loop, and what stands around it. */
#include "app.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"

/* ms: how long a signal that just missed the loop may wait, or what is typed. */
#define TURN 50u
/* ms. libstrophe takes 4 KiB of a TLS record a turn and then waits for the socket, though the rest
 * of the record is in its hands already: a turn is what each piece of a large stanza waits. */
#define TURN_BUSY 2u
#define TURN_IDLE 1000u  /* ms: how long our own clocks may wait; the socket and signals do not */
#define FLOW 1000u       /* ms that turns stay short after something has flowed */
#define READ 100u        /* ms: likewise, where that was a stanza */
#define AWAKE 1000u      /* ms after the last session, whose end is to go out */
#define GOODBYE 2000u    /* ms: to log out */
#define LAST_WORDS 5000u /* ms: for the stream to be resumed at the end */
/* Octets that may wait for a connection that broke: what is under way is bounded by the blocks. */
#define HOLD (4u << 20)

/* ---- events ---------------------------------------------------------------------------------- */

typedef struct {
    jingle_event_fn on_event;
    void *userdata;
} listener_t;

/* The manager's own user pointer is the subcommand's. There is one manager in the program. */
static listener_t listener;

static void on_event(jingle_t *jingle, const jingle_event_t *event, void *userdata)
{
    if (event->type == JINGLE_EVENT_LOG && event->level >= XMPP_LEVEL_INFO)
        report_detail("   %s", event->message);
    if (event->type != JINGLE_EVENT_LOG && listener.on_event)
        listener.on_event(jingle, event, userdata);
}

static void on_trace(jingle_t *jingle, bool sent, const char *line, void *userdata)
{
    (void)jingle;
    (void)userdata;
    report_detail("%s %s", sent ? "->" : "<-", line);
}

/* ---- presence -------------------------------------------------------------------------------- */

/** Negative, so that chat messages go to the user's other devices (RFC 6121 section 4.7.2.3). */
static void send_presence(app_t *app, const char *to)
{
    xmpp_stanza_t *presence = xmpp_presence_new(app->ctx), *priority = xmpp_stanza_new(app->ctx);
    xmpp_stanza_t *text = xmpp_stanza_new(app->ctx);

    if (presence && priority && text) {
        if (to)
            xmpp_stanza_set_to(presence, to);
        xmpp_stanza_set_name(priority, "priority");
        xmpp_stanza_set_text(text, "-1");
        xmpp_stanza_add_child(priority, text);
        xmpp_stanza_add_child(presence, priority);
        jingle_add_caps(app->jingle, presence);
        xmpp_send(app->conn, presence);
    }
    if (text)
        xmpp_stanza_release(text);
    if (priority)
        xmpp_stanza_release(priority);
    if (presence)
        xmpp_stanza_release(presence);
}

void app_greet(app_t *app, const char *peer)
{
    send_presence(app, peer);
}

void app_here(app_t *app)
{
    send_presence(app, NULL);
}

/* ---- open and close -------------------------------------------------------------------------- */

static void free_all(app_t *app)
{
    jingle_free(app->jingle);
    app->jingle = NULL; /* the end of the connection is told once more */
    if (app->conn)
        xmpp_conn_release(app->conn);
    stream_drop(app);
    if (app->ctx)
        xmpp_ctx_free(app->ctx);
    ways_drop(app);
    xmpp_shutdown();
}

static int set_up(app_t *app, const app_config_t *config)
{
    static const jingle_identity_t identity = {
        .category = "client", .type = "console", .name = "jingle"};
    int result;

    listener = (listener_t){config->on_event, config->userdata};
    app->conn = app->ctx ? xmpp_conn_new(app->ctx) : NULL;
    app->jingle = app->conn ? jingle_new(app->ctx, JINGLE_CONFIG(.on_event = on_event,
                                                                 .userdata = config->userdata))
                            : NULL;
    if (!app->jingle)
        return JINGLE_EMEM;
    result = jingle_attach_with(app->jingle, app->conn,
                                JINGLE_ATTACH(.offers = config->offers, .answer_disco = true,
                                              .identities = &identity, .n_identities = 1,
                                              .answer_unhandled = true, .hold = HOLD,
                                              .trace = app->settings->verbose ? on_trace : NULL));
    if (result == JINGLE_EOK)
        result = ways_register(app);
    return result == JINGLE_EOK ? jingle_register_file_transfer(app->jingle, config->files)
                                : result;
}

int app_open(app_t *app, const settings_t *settings, const app_config_t *config)
{
    int result, status;

    *app = (app_t){.settings = settings};
    stream_init(&app->stream);
    signals_init();
    xmpp_initialize();
    app->ctx = xmpp_ctx_new(NULL, &app->log);
    result = set_up(app, config);
    if (result == JINGLE_EOK) {
        status = login(app, config->login_seconds);
    } else {
        report_error("setup", "cannot start: %s", jingle_strerror(result));
        status = STATUS_FAILED;
    }
    if (status == STATUS_DONE)
        status = ways_find(app);
    if (status != STATUS_DONE) {
        free_all(app);
        return status;
    }
    app->visible = true;
    app_here(app);
    signals_graceful();
    return STATUS_DONE;
}

static bool is_online(app_t *app, void *userdata)
{
    (void)userdata;
    return app->online;
}

/** The end of a session may have been lost with the connection, and the other side waits for it. */
static void resume_for_last_words(app_t *app)
{
    if (app->online || app->offline || !app->stream.lost || !app->stream.kept)
        return;
    app->expects = true;
    app_wait(app, is_online, NULL, LAST_WORDS);
}

void app_close(app_t *app)
{
    uint64_t end;

    resume_for_last_words(app);
    end = clock_ms() + GOODBYE;
    app->leaving = true;
    signals_alarm_off();
    if (app->online)
        xmpp_disconnect(app->conn);
    while (app->online && clock_ms() < end)
        xmpp_run_once(app->ctx, TURN_BUSY);
    free_all(app);
}

/* ---- waiting --------------------------------------------------------------------------------- */

void app_flows(app_t *app)
{
    app->busy = clock_ms() + FLOW;
}

/** Nobody sends and nobody is asked: then one look a second is enough. */
static bool is_idle(app_t *app, uint64_t now)
{
    if (app->expects || (app->jingle && jingle_count_sessions(app->jingle)))
        app->awake = now + AWAKE;
    return app->idles && app->online && now >= app->busy && now >= app->awake;
}

static void turn(app_t *app, uint64_t now, uint64_t rest)
{
    unsigned long longest = now < app->busy ? TURN_BUSY : TURN;

    if (is_idle(app, now)) {
        unsigned idle = rest < TURN_IDLE ? (unsigned)rest : TURN_IDLE;
        if (signals_wait_or(app->stream.fd, idle))
            app->busy = clock_ms() + READ;
        longest = 0;
    }
    xmpp_run_once(app->ctx, rest < longest ? (unsigned long)rest : longest);
}

wait_t app_wait(app_t *app, app_done_fn done, void *userdata, uint64_t ms)
{
    uint64_t now = clock_ms(), end = ms > UINT64_MAX - now ? UINT64_MAX : now + ms;

    app_flows(app); /* a wait begins with something that was asked, and may be answered */
    for (;;) {
        if (done(app, userdata))
            return WAIT_DONE;
        if (signals_interrupted())
            return WAIT_INTERRUPTED;
        if (!stream_turn(app))
            return WAIT_OFFLINE;
        now = clock_ms();
        if (now >= end)
            return WAIT_TIMEOUT;
        turn(app, now, end - now);
    }
}

/** To come back would throw the other one off, which may do the same then, and so on.
 *  @return the status */
static int report_offline(const app_t *app)
{
    const char *jid = xmpp_conn_get_bound_jid(app->conn);

    if (!app->stream.taken || !jid) {
        report_error("disconnected",
                     "the connection to the server broke; try again once it is back");
        return STATUS_FAILED;
    }
    report_error("conflict",
                 "another program has logged in as %s; end it, or give this one another resource: "
                 "--jid %.*s/OTHER",
                 jid, (int)jid_bare_length(jid), jid);
    return STATUS_USAGE;
}

int app_give_up(app_t *app, wait_t how)
{
    int status = STATUS_FAILED;

    if (how == WAIT_INTERRUPTED) {
        jingle_end_all_sessions(
            app->jingle, JINGLE_END(.condition = JINGLE_REASON_CANCEL, .text = "interrupted"));
        return STATUS_INTERRUPTED;
    }
    if (how == WAIT_OFFLINE) {
        status = report_offline(app);
        jingle_end_all_sessions(
            app->jingle, JINGLE_END(.condition = JINGLE_REASON_CONNECTIVITY_ERROR,
                                    .text = "the connection to the server broke", .silent = true));
    }
    return status;
}

uint64_t app_timeout(const app_t *app, unsigned seconds)
{
    return 1000 * (uint64_t)(app->settings->timeout ? app->settings->timeout : seconds);
}
