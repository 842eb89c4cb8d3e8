/* SPDX-License-Identifier: MIT */
/** @file
 *  What a program says of a file on its way: accept, decline, cancel, pause. */
#include "file.h"

static bool is_undecided(const jingle_file_t *file)
{
    const jingle_content_t *content = jingle_file_get_content(file);

    return content && !file->sender && file->state == JINGLE__FILE_WAITING &&
           !jingle_content_is_ours(content) &&
           jingle_content_get_state(content) == JINGLE_CONTENT_OFFERED && !file->has_sink;
}

/* ---- accept -------------------------------------------------------------------------------- */

/** A part is for programs that know what to do with it, and only of files that have it. */
static bool choose_range(jingle_file_t *file, const jingle_accept_file_t *options)
{
    jingle__range_t range = {.offset = options->offset,
                             .length =
                                 options->length ? options->length : JINGLE_FILE_SIZE_UNKNOWN};

    if (!options->offset && !options->length)
        return true;
    if (!options->write || !file->info.has_ranges ||
        !jingle__range_fits(file->info.file_size, &range))
        return false;
    file->range = range;
    return true;
}

static int choose_sink(jingle_file_t *file, const jingle_accept_file_t *options)
{
    char *name = NULL;
    int err;

    if (!choose_range(file, options))
        return JINGLE_EINVAL;
    if (options->write) {
        file->write = options->write;
        file->finish = options->finish;
        file->sink_userdata = options->userdata;
        file->has_sink = true;
        return JINGLE_EOK;
    }
    if (options->name && !(name = jingle_safe_name(&file->mem, options->name)))
        return JINGLE_EMEM;
    err = jingle__file_open_disk(file, options->folder, name, true);
    jingle__file_free(&file->mem, name);
    return err == JINGLE_ELIMIT ? JINGLE_EIO : err;
}

int jingle_file_accept(jingle_file_t *file, const jingle_accept_file_t *options)
{
    static const jingle_accept_file_t none = {.size = sizeof none};
    int err;

    options = options ? options : &none;
    if (!file || options->size != sizeof *options)
        return JINGLE_EINVAL;
    if (!is_undecided(file))
        return JINGLE_EINVOP;
    err = choose_sink(file, options);
    if (err)
        return err;
    if (file->resuming) {
        /* Nothing is sent that would tell it. */
        jingle_session_changed(jingle_file_get_session(file));
        return JINGLE_EOK;
    }
    jingle_file_clone(file);
    err = jingle_content_accept(jingle_file_get_content(file));
    if (err) {
        /* Nothing was promised: finish is not called. */
        file->finish = NULL;
        jingle__file_discard(file);
    }
    jingle_file_release(file);
    return err;
}

/* ---- decline ------------------------------------------------------------------------------- */

/** XEP-0234 section 9.1. Whether there is no such file or it is not for this peer is not told. */
static int decline_request(jingle_file_t *file)
{
    xmpp_stanza_t *detail = jingle__file_error(file, "file-not-available");
    jingle_reason_t reason = {.condition = JINGLE_REASON_FAILED_APPLICATION,
                              .text = JINGLE__NOT_AVAILABLE,
                              .detail = detail};
    int err = jingle_content_reject(jingle_file_get_content(file), &reason);

    if (detail)
        xmpp_stanza_release(detail);
    return err;
}

int jingle_file_decline(jingle_file_t *file, const char *text)
{
    jingle_reason_t reason = {.condition = JINGLE_REASON_DECLINE, .text = text};

    if (!file)
        return JINGLE_EINVAL;
    if (jingle__request_is_open(file))
        return decline_request(file);
    if (!is_undecided(file))
        return JINGLE_EINVOP;
    return jingle_content_reject(jingle_file_get_content(file), &reason);
}

/* ---- cancel and pause ---------------------------------------------------------------------- */

/** The session was to be started once this file was read: nobody else does it, or ends it. */
static void go_without(jingle_session_t *session, const jingle_reason_t *reason)
{
    if (jingle_session_is_ended(session))
        return;
    if (jingle_session_next_content(session, NULL))
        jingle_session_start(session);
    else
        jingle_session_end(session,
                           JINGLE_END(.condition = reason->condition, .text = reason->text));
}

int jingle_file_cancel(jingle_file_t *file, const char *text)
{
    jingle_reason_t reason = {.condition = JINGLE_REASON_CANCEL, .text = text};
    jingle_session_t *session;
    bool starts;
    int err;

    if (!file)
        return JINGLE_EINVAL;
    if (!jingle_file_get_content(file) || file->state >= JINGLE__FILE_FAILED ||
        (!file->sender && file->state == JINGLE__FILE_FINISHED))
        return JINGLE_EINVOP;
    starts = file->starts && !(file->sender && file->requested);
    session = jingle_session_clone(jingle_file_get_session(file));
    err = jingle_content_remove(jingle_file_get_content(file), &reason);
    if (!err && starts)
        go_without(session, &reason);
    jingle_session_release(session);
    return err;
}

int jingle_file_pause(jingle_file_t *file, bool paused)
{
    if (!file)
        return JINGLE_EINVAL;
    if (file->state >= JINGLE__FILE_FINISHED)
        return JINGLE_EINVOP;
    if (file->paused == paused)
        return JINGLE_EOK;
    file->paused = paused;
    jingle_file_clone(file);
    if (file->channel && file->sender && !paused)
        jingle__file_pump(file);
    else if (file->channel && !file->sender && !file->hashing)
        jingle_channel_pause(file->channel, paused);
    jingle_file_release(file);
    return JINGLE_EOK;
}
