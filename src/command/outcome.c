/* SPDX-License-Identifier: MIT */
/** @file
 *  jingle send: what is told of a file on its way, how it comes out, and what follows from that. */
#include "send.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define IDLE_SECONDS 60u

/* ---- what happens ---------------------------------------------------------------------------- */

static void on_offer(jingle_t *jingle, jingle_file_t *file, void *userdata)
{
    (void)jingle;
    (void)userdata;
    jingle_file_decline(file, "only sending");
}

static void on_start(jingle_t *jingle, jingle_file_t *file, void *userdata)
{
    send_t *send = userdata;

    (void)jingle;
    send->started = true;
    app_flows(&send->app);
    report_start(file);
}

static void on_progress(jingle_t *jingle, jingle_file_t *file, void *userdata)
{
    send_t *send = userdata;
    progress_at_t all = send->all;

    (void)jingle;
    app_flows(&send->app);
    all.there += jingle_file_get_offset(file) + jingle_file_get_bytes(file);
    report_progress(file, all.n ? &all : NULL, NULL);
}

/** Our connection broke in the middle, and is back, but not all that was under way came through:
 * the other side has kept what it got, so the next try goes on there. */
static bool may_repeat(const send_t *send)
{
    return send->started && send->repeatable && send->app.online &&
           send->app.stream.n_lost != send->n_lost &&
           (send->outcome == JINGLE_FILE_TIMEOUT || send->outcome == JINGLE_FILE_DISCONNECTED);
}

static void on_done(jingle_t *jingle, jingle_file_t *file, void *userdata)
{
    send_t *send = userdata;

    (void)jingle;
    if (!jingle_file_is_sender(file))
        return;
    send->over = true;
    send->outcome = jingle_file_get_outcome(file);
    send->reason = jingle_file_get_reason(file);
    send->waits = send->refused && !send->started && clock_ms() < send->patience;
    send->repeats = may_repeat(send);
    if (send->repeats)
        report_cut(file, "the rest is offered again");
    else if (!send->waits)
        report_end(file, send->why);
}

jingle_files_t outcome_files(send_t *send, const settings_t *settings)
{
    unsigned seconds = settings->timeout;

    return *JINGLE_FILES(.on_offer = on_offer, .on_start = on_start, .on_progress = on_progress,
                         .on_done = on_done, .userdata = send,
                         .idle_timeout = 1000 * (seconds ? seconds : IDLE_SECONDS));
}

/** What a server answers for who is not there, or is not to be known to be (RFC 6121 section 8.5.3.2). */
static bool is_gone(const jingle_error_t *error)
{
    static const char *const conditions[] = {"service-unavailable", "recipient-unavailable",
                                             "item-not-found", "gone"};

    for (size_t i = 0; error->condition && i < sizeof conditions / sizeof *conditions; i++)
        if (strcmp(error->condition, conditions[i]) == 0)
            return true;
    return false;
}

/** It was there when it was asked what it can do. */
static void set_gone(send_t *send, const char *peer, const char *condition)
{
    static const char format[] =
        "%s is not there any more (%s); start 'jingle receive' there again";
    size_t size = sizeof format + strlen(peer) + strlen(condition);

    free(send->gone);
    send->gone = must_alloc(NULL, size);
    snprintf(send->gone, size, format, peer, condition);
    send->why = send->gone;
}

void outcome_on_event(jingle_t *jingle, const jingle_event_t *event, void *userdata)
{
    send_t *send = userdata;

    (void)jingle;
    if (event->type != JINGLE_EVENT_ERROR || event->action != JINGLE_ACTION_SESSION_INITIATE)
        return;
    send->refused = true;
    if (is_gone(event->error))
        set_gone(send, jingle_session_get_peer(event->session), event->error->condition);
}

int outcome_status(const send_t *send)
{
    switch (send->outcome) {
    case JINGLE_FILE_DONE:
        return STATUS_DONE;
    case JINGLE_FILE_DECLINED:
        return STATUS_DECLINED;
    case JINGLE_FILE_NOT_VERIFIED:
        return STATUS_NOT_VERIFIED;
    case JINGLE_FILE_UNAVAILABLE:
        return send->started ? STATUS_FAILED : STATUS_PEER;
    default:
        break;
    }
    switch (send->reason) {
    case JINGLE_REASON_UNSUPPORTED_APPLICATIONS:
    case JINGLE_REASON_UNSUPPORTED_TRANSPORTS:
    case JINGLE_REASON_INCOMPATIBLE_PARAMETERS:
        return send->started ? STATUS_FAILED : STATUS_PEER;
    default:
        return send->refused ? STATUS_PEER : STATUS_FAILED;
    }
}

bool outcome_may_go_on(const send_t *send)
{
    switch (send->outcome) {
    case JINGLE_FILE_DONE:
    case JINGLE_FILE_DECLINED:
    case JINGLE_FILE_NOT_VERIFIED:
    case JINGLE_FILE_TOO_LARGE:
    case JINGLE_FILE_SHORT:
    case JINGLE_FILE_IO_ERROR:
        return true;
    default:
        return false;
    }
}
