/* SPDX-License-Identifier: MIT */
/** @file
 *  What a program sends: the file, its hashes before the offer, the session. */
#include "file.h"

#include <errno.h>

/** Octets of a description that is sent. */
#define DESC_MAX 4096u

/* ---- the file to send ---------------------------------------------------------------------- */

static const char *last_part(const char *path)
{
    const char *slash = path ? strrchr(path, '/') : NULL;

    return slash ? slash + 1 : path;
}

static int describe_source(jingle_file_t *file, const char *path, const jingle_send_file_t *options)
{
    file->info.has_ranges = path || options->seekable;
    if (!path) {
        file->source.read = options->read;
        file->info.file_size = options->file_size;
        if (options->has_date)
            file->info.date = options->date;
        return options->read ? JINGLE_EOK : JINGLE_EINVAL;
    }
    if (options->read)
        return JINGLE_EINVAL;
    return jingle__source_open(&file->source, path, &file->info.file_size, &file->info.date);
}

/** What hash_first will fill in is announced until then. */
static void announce_hashes(jingle_file_t *file, unsigned bits)
{
    file->hashes = bits ? bits : JINGLE_HASH_BIT(JINGLE_HASH_SHA_256);
    for (unsigned algo = 1; algo < JINGLE_HASH_COUNT; algo++) {
        if (file->hashes & JINGLE_HASH_BIT(algo))
            jingle__hash_add(file->told, &file->info.n_hashes,
                             &(jingle_hash_t){.algo = (jingle_hash_algo_t)algo});
    }
}

static int fill_file(jingle_file_t *file, const char *path, const jingle_send_file_t *options)
{
    const char *name = last_part(options->name ? options->name : path);
    int err = describe_source(file, path, options);

    if (!err)
        err = jingle__file_set(file, &file->path, path);
    if (!err && name && *name)
        err = jingle__file_set_name(file, name);
    if (!err) {
        file->safe_name = jingle_safe_name(&file->mem, name);
        err = file->safe_name ? JINGLE_EOK : JINGLE_EMEM;
    }
    if (!err && options->desc) {
        file->desc = jingle_safe_text(&file->mem, options->desc, DESC_MAX);
        err = file->desc ? JINGLE_EOK : JINGLE_EMEM;
    }
    if (!err)
        err = jingle__file_set(file, &file->media_type, options->media_type);
    if (!err && options->thumbnail)
        err = jingle__thumbnail_set(file, options->thumbnail);
    announce_hashes(file, options->hashes);
    jingle__file_fill_info(file);
    return err;
}

/** The program's data is freed once, whatever happens: by the file as soon as there is one. */
int jingle__file_make(jingle_t *jingle, const char *path, const jingle_send_file_t *options,
                      jingle_file_t **out)
{
    jingle__files_t *files = jingle__files_of(jingle);
    jingle_file_t *file = NULL;
    int err = files ? jingle__file_new(jingle, files, true, &file) : JINGLE_ENOENT, number;

    if (err) {
        if (options->userdata_free)
            options->userdata_free(options->userdata);
        return err;
    }
    file->source.userdata = options->userdata;
    file->source.userdata_free = options->userdata_free;
    err = fill_file(file, path, options);
    number = errno;
    if (err)
        jingle_file_release(file);
    else
        *out = file;
    errno = number;
    return err;
}

/* ---- hashes in the offer ------------------------------------------------------------------- */

static int hash_end(jingle_file_t *file)
{
    jingle__hashing_end(file);
    return jingle__digest_finish(&file->digest, file->told, &file->info.n_hashes);
}

static int hash_at_once(jingle_file_t *file)
{
    int err = jingle__hashing_begin(file, file->hashes);

    while (!err)
        err = jingle__hashing_step(file, file->info.file_size);
    return err > 0 ? hash_end(file) : err;
}

void jingle__file_cannot_start(jingle_file_t *file, jingle_file_outcome_t outcome,
                               jingle_condition_t condition, const char *text)
{
    jingle_session_t *session = jingle_session_clone(jingle_file_get_session(file));

    jingle__file_fail(file, outcome, condition, text, NULL);
    if (session && !(file->sender && file->requested) && !jingle_session_is_ended(session))
        jingle_session_end(session, JINGLE_END(.condition = JINGLE_REASON_FAILED_APPLICATION));
    jingle_session_release(session);
}

void jingle__file_start(jingle_file_t *file)
{
    int err;

    file->starts = false;
    err = file->sender && file->requested ? jingle_content_accept(jingle_file_get_content(file))
                                          : jingle_session_start(jingle_file_get_session(file));
    /* The program may have done so, and it has not left yet. */
    if (err && err != JINGLE_EINVOP)
        jingle__file_cannot_start(file, JINGLE_FILE_FAILED, JINGLE_REASON_GENERAL_ERROR,
                                  jingle_strerror(err));
}

void jingle__file_started(jingle_file_t *file)
{
    file->starts = false;
    if (!file->sender)
        return; /* what was kept is read on */
    jingle__file_set_timer(file, 0, NULL);
    jingle__hashing_end(file);
    jingle__digest_clear(&file->digest);
}

static void on_hash(jingle_t *jingle, void *userdata)
{
    jingle_file_t *file = userdata;
    int done = jingle__hashing_step(file, file->info.file_size), err = JINGLE_EOK;

    (void)jingle;
    if (done == 0)
        err = jingle__hashing_wait(file, on_hash);
    else if (done > 0)
        err = hash_end(file);
    if (done < 0)
        jingle__file_cannot_start(file, JINGLE_FILE_IO_ERROR, JINGLE_REASON_FAILED_APPLICATION,
                                  "the file cannot be read");
    else if (err)
        jingle__file_cannot_start(file, JINGLE_FILE_FAILED, JINGLE_REASON_GENERAL_ERROR,
                                  jingle_strerror(err));
    else if (done)
        jingle__file_start(file);
}

int jingle__file_hash_first(jingle_file_t *file)
{
    int err = jingle__hashing_begin(file, file->hashes);

    if (!err)
        err = jingle__hashing_wait(file, on_hash);
    file->starts = !err;
    return err;
}

/* ---- sending ------------------------------------------------------------------------------- */

const jingle_send_file_t *jingle__send_options(const jingle_send_file_t *options)
{
    static const jingle_send_file_t none = {.size = sizeof none};

    return options ? options : &none;
}

bool jingle__send_options_are_valid(const char *path, const jingle_send_file_t *options)
{
    return options->size == sizeof *options && (path || options->read) &&
           (!options->media_type || jingle__is_media_type(options->media_type)) &&
           (!options->thumbnail || jingle__picture_is_valid(options->thumbnail)) &&
           !(options->hash_now && !path) && !(options->hashes & ~((1u << JINGLE_HASH_COUNT) - 2u));
}

/** Nothing was taken over: the program's data is freed all the same. */
int jingle__send_refuse(const jingle_send_file_t *options)
{
    if (options->size == sizeof *options && options->userdata_free)
        options->userdata_free(options->userdata);
    return JINGLE_EINVAL;
}

static int add_content(jingle_session_t *session, jingle_file_t *file,
                       const jingle_send_file_t *options)
{
    return jingle_session_add_content(
        session,
        JINGLE_CONTENT(.application = JINGLE_NS_FILE_TRANSFER, .name = options->content_name,
                       .senders = jingle_session_is_initiator(session) ? JINGLE_SENDERS_INITIATOR
                                                                       : JINGLE_SENDERS_RESPONDER,
                       .transport = options->transport, .userdata = file),
        NULL);
}

int jingle_session_add_file(jingle_session_t *session, const char *path,
                            const jingle_send_file_t *options, jingle_file_t **out)
{
    jingle_file_t *file = NULL;
    int err;

    options = jingle__send_options(options);
    if (!session || !jingle__send_options_are_valid(path, options))
        return jingle__send_refuse(options);
    err = jingle__file_make(jingle_session_get_manager(session), path, options, &file);
    if (!err && options->hash_now)
        err = hash_at_once(file);
    if (!err) {
        file->known = true;
        err = add_content(session, file, options);
    }
    if (!err && out)
        *out = file->state == JINGLE__FILE_OVER ? NULL : file;
    jingle_file_release(file);
    return err;
}

/** Starts the session, now or when the hash is known. */
static int begin(jingle_session_t *session, jingle_file_t *file, const jingle_send_file_t *options)
{
    int err;

    file->known = true;
    err = options->hash_now ? jingle__file_hash_first(file) : jingle_session_start(session);
    if (!err && options->hash_now)
        jingle_session_changed(session);
    /* Once on_done was called there is no error to return any more. */
    if (file->state == JINGLE__FILE_OVER)
        return JINGLE_EOK;
    file->known = !err;
    return err;
}

int jingle_send_file(jingle_t *jingle, const char *peer, const char *path,
                     const jingle_send_file_t *options, jingle_session_t **out)
{
    jingle_session_t *session = NULL;
    jingle_file_t *file = NULL;
    int err, number;

    options = jingle__send_options(options);
    if (!jingle || !peer || !jingle__send_options_are_valid(path, options))
        return jingle__send_refuse(options);
    err = jingle__file_make(jingle, path, options, &file);
    if (err)
        return err;
    err = jingle_managed_session_new(jingle, peer, options->session, &session);
    if (err)
        goto out;
    jingle_session_clone(session);
    err = add_content(session, file, options);
    if (!err)
        err = begin(session, file, options);
    if (err)
        jingle_session_end(
            session, JINGLE_END(.condition = JINGLE_REASON_FAILED_APPLICATION, .silent = true));
    else if (out)
        *out = jingle_session_is_ended(session) ? NULL : session;
    jingle_session_release(session);
out:
    number = errno;
    jingle_file_release(file);
    errno = number;
    return err;
}
