/* SPDX-License-Identifier: MIT */
/** @file
 *  jingle send PEER FILE...: one session a file, one after the other, which every client
 * understands. */
#include "app.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "folder.h"
#include "media.h"
#include "paths.h"
#include "pipes.h"
#include "report.h"

#define DECISION_SECONDS 300u /* a person is asked */
#define IDLE_SECONDS 60u
#define RETURN_SECONDS 120u /* the other side lost its connection too, and may be back later */
#define RETURN_MS 2000u     /* between two offers meanwhile */
#define HASH_FIRST_MAX (256 << 20) /* octets: a second or two of reading */

/** The file that is being sent. */
typedef struct {
    app_t app;
    input_t input; /**< for `-` */
    bool is_folder;
    archive_t archive;         /**< for a folder */
    jingle_session_t *session; /**< borrowed: until it is over */
    unsigned n_fresh;          /**< new streams so far */
    bool started;
    bool over;
    bool refused;      /**< the offer was answered with an error */
    bool waits;        /**< ... and will be made again */
    bool repeatable;   /**< the file can be read again, and what has come is gone on with */
    bool repeats;      /**< it was cut, and the rest is offered next */
    unsigned n_lost;   /**< when it was offered: see stream_t */
    uint64_t patience; /**< until when it will be, by the clock; 0: it is the first offer of it */
    const char *why;   /**< it ends, where only we know */
    progress_at_t all; /**< there: of those that are over; n: 0 for a single file */
    jingle_file_outcome_t outcome;
    jingle_condition_t reason;
} send_t;

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

static void on_event(jingle_t *jingle, const jingle_event_t *event, void *userdata)
{
    send_t *send = userdata;

    (void)jingle;
    if (event->type == JINGLE_EVENT_ERROR && event->action == JINGLE_ACTION_SESSION_INITIATE)
        send->refused = true;
}

static int status_of(const send_t *send)
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

/** Did only this file fail, so that the next may well be wanted? */
static bool may_go_on(const send_t *send)
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

/* ---- one file -------------------------------------------------------------------------------- */

/** A file is read for its hash first, which is not the other side's time. */
static bool is_offered(app_t *app, void *userdata)
{
    const send_t *send = userdata;

    (void)app;
    return send->over || !jingle_session_is_starting(send->session);
}

static bool is_decided(app_t *app, void *userdata)
{
    send_t *send = userdata;

    (void)app;
    input_turn(&send->input);
    return send->started || send->over;
}

/** In-band, what was under way is lost with the stream, and the peer would wait for it in vain. */
static void end_what_is_lost(send_t *send)
{
    const char *host;
    jingle_file_t *file = send->session ? jingle_session_get_file(send->session, 0) : NULL;

    if (send->n_fresh == send->app.stream.n_fresh)
        return;
    send->n_fresh = send->app.stream.n_fresh;
    if (file &&
        jingle_content_get_s5b_path(jingle_file_get_content(file), &host) == JINGLE_S5B_NOWHERE)
        jingle_session_end(send->session,
                           JINGLE_END(.condition = JINGLE_REASON_CONNECTIVITY_ERROR));
}

static bool is_over(app_t *app, void *userdata)
{
    send_t *send = userdata;

    (void)app;
    input_turn(&send->input);
    if (!send->over)
        end_what_is_lost(send);
    return send->over;
}

static wait_t wait_for_offer(send_t *send)
{
    wait_t how = app_wait(&send->app, is_offered, send, WAIT_FOREVER);
    jingle_file_t *file =
        how == WAIT_DONE && !send->over ? jingle_session_get_file(send->session, 0) : NULL;

    if (file)
        report_offer(file);
    return how;
}

static wait_t wait_for_end(send_t *send)
{
    wait_t how = wait_for_offer(send);

    if (how != WAIT_DONE)
        return how;
    how = app_wait(&send->app, is_decided, send, app_timeout(&send->app, DECISION_SECONDS));
    if (how == WAIT_TIMEOUT) {
        send->why = "the other side did not take it in time";
        jingle_session_end(send->session, JINGLE_END(.condition = JINGLE_REASON_TIMEOUT));
        how = WAIT_DONE;
    }
    if (how == WAIT_DONE)
        how = app_wait(&send->app, is_over, send, WAIT_FOREVER);
    return how;
}

/** A hash in the offer lets the receiver see at once that a file has changed since it was cut.
 * Reading a large one first would keep both people waiting: there the hash follows the data
 * (XEP-0234 section 8.2), and size and date tell. */
static bool has_hash_first(const send_t *send, const char *path)
{
    struct stat status;

    return !send->app.settings->no_resume && stat(path, &status) == 0 &&
           status.st_size <= HASH_FIRST_MAX;
}

/** @return as jingle_send_file() */
static int offer_folder(send_t *send, const char *device, jingle_session_t **session)
{
    const archive_t *archive = &send->archive;
    const char *name = send->app.settings->name;

    if (!archive->path)
        return JINGLE_EIO;
    return jingle_send_file(send->app.jingle, device, archive->path,
                            JINGLE_SEND_FILE(.name = name ? name : archive->name,
                                             .media_type = "application/x-tar",
                                             .desc = send->app.settings->desc,
                                             .hash_now = has_hash_first(send, archive->path)),
                            session);
}

/** @return as jingle_send_file() */
static int offer_file(send_t *send, const char *device, const char *path,
                      jingle_session_t **session)
{
    const char *name = send->app.settings->name, *desc = send->app.settings->desc;
    char media_type[MEDIA_TYPE_TEXT];

    send->input = (input_t){.waits = NULL};
    if (send->is_folder)
        return offer_folder(send, device, session);
    if (!paths_is_stdin(path))
        return jingle_send_file(send->app.jingle, device, path,
                                JINGLE_SEND_FILE(.name = name, .desc = desc,
                                                 .media_type = media_type_of(path, media_type),
                                                 .hash_now = has_hash_first(send, path)),
                                session);
    return jingle_send_file(send->app.jingle, device, NULL,
                            JINGLE_SEND_FILE(.name = name ? name : "stdin", .desc = desc,
                                             .read = input_read, .file_size = input_size(),
                                             .userdata = &send->input),
                            session);
}

static jingle_file_outcome_t outcome_of(wait_t how)
{
    return how == WAIT_INTERRUPTED ? JINGLE_FILE_CANCELLED
           : how == WAIT_OFFLINE   ? JINGLE_FILE_DISCONNECTED
                                   : JINGLE_FILE_FAILED;
}

/** @return true: it is the fault of this file alone, which may be gone by now, or be a pipe */
static bool report_not_sent(const send_t *send, const char *path, int result)
{
    const char *why = send->is_folder && *send->archive.why ? send->archive.why : NULL;
    bool unread = result == JINGLE_EIO || result == JINGLE_ENOENT,
         none = result == JINGLE_EINVAL && paths_is_odd(path);

    if (!why)
        why = unread ? strerror(errno) : none ? PATHS_ODD : jingle_strerror(result);
    report_no_file(unread || none ? JINGLE_FILE_IO_ERROR : JINGLE_FILE_FAILED, path,
                   "cannot be sent: %s", why);
    return unread || none;
}

static int gave_up(send_t *send, wait_t how, bool *go_on)
{
    send->why = how == WAIT_INTERRUPTED ? "interrupted" : NULL;
    *go_on = false;
    return app_give_up(&send->app, how);
}

/** @return the status; *go_on: whether another file may follow */
static int send_file(send_t *send, const char *device, const char *path, bool *go_on)
{
    wait_t how = WAIT_DONE;
    int result;

    send->started = send->over = send->refused = send->waits = send->repeats = false;
    send->why = NULL;
    send->outcome = JINGLE_FILE_NONE;
    send->reason = JINGLE_REASON_UNDEFINED;
    /* The archive is there even if the folder is gone when it is offered again. */
    send->is_folder = send->archive.path || paths_is_folder(path);
    report_path(send->is_folder ? path : NULL);
    if (send->is_folder && !send->archive.path)
        how = folder_pack(&send->app, path, &send->archive);
    if (how != WAIT_DONE) {
        report_no_file(outcome_of(how), path, "not sent");
        return gave_up(send, how, go_on);
    }
    result = offer_file(send, device, path, &send->session);
    if (result != JINGLE_EOK) {
        *go_on = report_not_sent(send, path, result);
        return STATUS_FAILED;
    }
    send->n_fresh = send->app.stream.n_fresh;
    send->n_lost = send->app.stream.n_lost;
    send->repeatable = !paths_is_stdin(path) && !send->app.settings->no_resume;
    how = wait_for_end(send);
    send->session = NULL;
    if (how != WAIT_DONE)
        return gave_up(send, how, go_on);
    *go_on = may_go_on(send);
    return status_of(send);
}

static bool never(app_t *app, void *userdata)
{
    (void)app;
    (void)userdata;
    return false;
}

/** Once more and more often, where a broken connection is the reason. @return as send_file() */
static int send_until_there(send_t *send, const char *device, const char *path, bool *go_on)
{
    bool told = false;

    send->patience = 0;
    for (;;) {
        int status = send_file(send, device, path, go_on);
        wait_t how;

        if (send->repeats) {
            send->patience = clock_ms() + app_timeout(&send->app, RETURN_SECONDS);
            continue;
        }
        if (!send->waits)
            return status;
        if (!told)
            report_note("the other side is not back yet; offering it again until it is");
        told = true;
        how = app_wait(&send->app, never, send, RETURN_MS);
        if (how != WAIT_TIMEOUT) {
            *go_on = false;
            report_no_file(outcome_of(how), path, "the other side is not back");
            return app_give_up(&send->app, how);
        }
    }
}

/* ---- the subcommand -------------------------------------------------------------------------- */

static void count_all(send_t *send, int n_paths, char **paths)
{
    if (n_paths < 2)
        return;
    send->all.n = (size_t)n_paths;
    for (int i = 0; i < n_paths && send->all.size != JINGLE_FILE_SIZE_UNKNOWN; i++) {
        uint64_t octets = paths_octets(paths[i]);
        send->all.size = octets == JINGLE_FILE_SIZE_UNKNOWN ? octets : send->all.size + octets;
    }
}

static int send_all(send_t *send, const char *peer, int n_paths, char **paths)
{
    const settings_t *settings = send->app.settings;
    char *device;
    int status = find_device(&send->app, peer, &device);
    bool go_on = status == STATUS_DONE;
    int n_sent = 0;

    if (go_on && settings->transport == TRANSPORT_S5B && !send->app.peer_has_s5b) {
        report_error("transport",
                     "%s cannot take files by SOCKS5 bytestreams; leave --transport out", device);
        status = STATUS_PEER;
        go_on = false;
    }
    if (go_on)
        count_all(send, n_paths, paths);
    send->app.expects = true; /* there is something to send, also between two sessions */
    for (int i = 0; i < n_paths && go_on; i++) {
        int one;
        report_count(i + 1, n_paths);
        one = send_until_there(send, device, paths[i], &go_on);
        folder_drop(&send->archive);
        n_sent += one == STATUS_DONE;
        send->all.there += send->all.n ? paths_octets(paths[i]) : 0;
        if (status == STATUS_DONE || one == STATUS_INTERRUPTED)
            status = one;
        for (int rest = i + 1; rest < n_paths && !go_on; rest++)
            report_no_file(status == STATUS_INTERRUPTED ? JINGLE_FILE_CANCELLED
                           : send->outcome              ? send->outcome
                                                        : JINGLE_FILE_FAILED,
                           paths[rest], "not sent");
    }
    if (n_paths > 1 && status != STATUS_PEER)
        report_note("%d of %d files sent", n_sent, n_paths);
    free(device);
    return status;
}

int command_send(const settings_t *settings, int n_words, char **words)
{
    send_t send = {.why = NULL};
    const jingle_files_t *files;
    int status = paths_check(settings, n_words - 1, words + 1);

    if (status != STATUS_DONE)
        return status;
    files =
        JINGLE_FILES(.on_offer = on_offer, .on_start = on_start, .on_progress = on_progress,
                     .on_done = on_done, .userdata = &send,
                     .idle_timeout = 1000 * (settings->timeout ? settings->timeout : IDLE_SECONDS));
    status = app_open(&send.app, settings,
                      &(app_config_t){.on_event = on_event,
                                      .files = files,
                                      .offers = JINGLE_OFFERS_LISTED,
                                      .userdata = &send});
    if (status != STATUS_DONE)
        return status;
    /* The peer may look what we can do; what it offers is declined. */
    jingle_allow(send.app.jingle, words[0]);
    status = send_all(&send, words[0], n_words - 1, words + 1);
    app_close(&send.app);
    return status;
}
