/* SPDX-License-Identifier: MIT */
/** @file
 *  jingle send PEER FILE...: one session a file, one after the other, which every client
 * understands. */
#include "send.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "media.h"
#include "paths.h"
#include "report.h"

#define DECISION_SECONDS 300u /* a person is asked */
#define RETURN_SECONDS 120u   /* the other side lost its connection too, and may be back later */
#define RETURN_MS 2000u       /* between two offers meanwhile */
#define HASH_FIRST_MAX (256 << 20) /* octets: a second or two of reading */

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
    *go_on = outcome_may_go_on(send);
    return outcome_status(send);
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
    jingle_files_t files;
    int status = paths_check(settings, n_words - 1, words + 1);

    if (status != STATUS_DONE)
        return status;
    files = outcome_files(&send, settings);
    status = app_open(&send.app, settings,
                      &(app_config_t){.on_event = outcome_on_event,
                                      .files = &files,
                                      .offers = JINGLE_OFFERS_LISTED,
                                      .userdata = &send});
    if (status != STATUS_DONE)
        return status;
    /* The peer may look what we can do; what it offers is declined. */
    jingle_allow(send.app.jingle, words[0]);
    status = send_all(&send, words[0], n_words - 1, words + 1);
    app_close(&send.app);
    free(send.gone);
    return status;
}
