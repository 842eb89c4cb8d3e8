/* SPDX-License-Identifier: MIT */
/** @file
 *  Files that the receiver asks for (XEP-0234 sections 4.1, 6.2 and 9.1): asking, and giving. */
#include "file.h"

#include <errno.h>
#include <strings.h>

#define NO_MEDIA_TYPE "application/octet-stream"

/* ---- what is asked for --------------------------------------------------------------------- */

static jingle__range_t range_of(const jingle_request_file_t *request)
{
    return (jingle__range_t){.offset = request->offset,
                             .length =
                                 request->length ? request->length : JINGLE_FILE_SIZE_UNKNOWN};
}

static bool is_valid(const jingle_t *jingle, const jingle_request_file_t *request)
{
    const jingle__files_t *files = jingle__files_of(jingle);
    uint64_t file_size = request->file_size ? request->file_size : JINGLE_FILE_SIZE_UNKNOWN;
    jingle__range_t range = range_of(request);

    if ((request->offset || request->length) && !request->write)
        return false;
    if (!request->write && !request->folder && !(files && files->folder))
        return false;
    if (request->media_type && !jingle__is_media_type(request->media_type))
        return false;
    if (request->hash && (!jingle__hash_len(request->hash->algo) ||
                          request->hash->len != jingle__hash_len(request->hash->algo)))
        return false;
    /* Above that the other side cannot say it. */
    if (request->offset > INT64_MAX || request->length > INT64_MAX ||
        request->file_size > INT64_MAX)
        return false;
    return jingle__range_fits(file_size, &range) &&
           ((request->name && *request->name) || request->file_size || request->has_date ||
            request->media_type || request->hash);
}

static void set_numbers(jingle_file_t *file, const jingle_request_file_t *request)
{
    file->sender = false;
    file->requested = file->asks_again = true;
    file->range = range_of(request);
    if (request->file_size)
        file->info.file_size = request->file_size;
    if (request->has_date)
        file->info.date = request->date;
    if (request->hash) {
        file->wanted = *request->hash;
        jingle__hash_add(file->told, &file->info.n_hashes, request->hash);
    }
    if (request->write) {
        file->write = request->write;
        file->finish = request->finish;
        file->sink_userdata = request->userdata;
        file->has_sink = true;
    }
}

/** What is kept of it is found by what it was asked for, whatever the other side calls it. */
static int set_asked_name(jingle_file_t *file, const jingle_request_file_t *request)
{
    char hash[JINGLE_HASH_SDP_MAX];

    if (file->name && *file->name)
        return jingle__file_set(file, &file->asked_name, file->name);
    if (!request->hash)
        return JINGLE_EOK;
    return jingle__file_set(file, &file->asked_name, jingle_hash_to_sdp(request->hash, hash));
}

static int make_request(jingle_t *jingle, const jingle_request_file_t *request, jingle_file_t **out)
{
    jingle__files_t *files = jingle__files_of(jingle);
    const char *save_as = request->save_as ? request->save_as : request->name;
    jingle_file_t *file = NULL;
    int err = files ? jingle__file_new(jingle, files, false, &file) : JINGLE_ENOENT;

    if (err)
        return err;
    set_numbers(file, request);
    err = jingle__file_set_name(file, request->name);
    if (!err)
        err = jingle__file_set(file, &file->media_type, request->media_type);
    if (!err)
        err = jingle__file_set(file, &file->wanted_folder, request->folder);
    if (!err && save_as && !(file->wanted_name = jingle_safe_name(&file->mem, save_as)))
        err = JINGLE_EMEM;
    if (!err)
        err = jingle__file_set(file, &file->safe_name, file->wanted_name);
    if (!err)
        err = set_asked_name(file, request);
    if (!err)
        err = jingle__file_set(file, &file->asked_transport, request->transport);
    jingle__file_fill_info(file);
    if (err) {
        file->finish = NULL;
        jingle_file_release(file);
    } else {
        *out = file;
    }
    return err;
}

int jingle__request_add(jingle_session_t *session, jingle_file_t *file, const char *name,
                        const char *transport)
{
    return jingle_session_add_content(
        session,
        JINGLE_CONTENT(.application = JINGLE_NS_FILE_TRANSFER, .name = name,
                       .senders = jingle_session_is_initiator(session) ? JINGLE_SENDERS_RESPONDER
                                                                       : JINGLE_SENDERS_INITIATOR,
                       .transport = transport, .userdata = file),
        NULL);
}

/** Nothing came of it, and nothing was promised: finish and on_done are not called. */
static void forget(jingle_file_t *file)
{
    file->known = false;
    file->finish = NULL;
    if (file->has_disk)
        jingle__ask_leave(file);
}

int jingle_session_add_request(jingle_session_t *session, const jingle_request_file_t *request,
                               jingle_file_t **out)
{
    jingle_t *jingle = jingle_session_get_manager(session);
    jingle_file_t *file = NULL;
    int err;

    if (!session || !request || request->size != sizeof *request || !is_valid(jingle, request))
        return JINGLE_EINVAL;
    err = make_request(jingle, request, &file);
    if (err)
        return err;
    file->known = true;
    err = jingle__request_add(session, file, request->content_name, request->transport);
    if (err)
        forget(file);
    else if (out)
        *out = file->state == JINGLE__FILE_OVER ? NULL : file;
    jingle_file_release(file);
    return err;
}

int jingle_request_file(jingle_t *jingle, const char *peer, const jingle_request_file_t *request,
                        jingle_session_t **out)
{
    jingle_session_t *session = NULL;
    jingle_file_t *file = NULL;
    int err;

    if (!jingle || !peer || !request || request->size != sizeof *request)
        return JINGLE_EINVAL;
    if (!jingle__files_of(jingle))
        return JINGLE_ENOENT;
    if (!is_valid(jingle, request))
        return JINGLE_EINVAL;
    err = jingle_managed_session_new(jingle, peer, request->session, &session);
    if (err)
        return err;
    jingle_session_clone(session);
    err = jingle_session_add_request(session, request, &file);
    jingle_file_clone(file);
    if (!err && file && file->hashing) {
        file->starts = true; /* when what was kept is read */
        jingle_session_changed(session);
    } else if (!err) {
        err = jingle_session_start(session);
    }
    /* Once on_done was called there is no error to return any more. */
    if (file && file->state == JINGLE__FILE_OVER)
        err = JINGLE_EOK;
    if (err && file)
        forget(file);
    if (err)
        jingle_session_end(
            session, JINGLE_END(.condition = JINGLE_REASON_FAILED_APPLICATION, .silent = true));
    else if (out)
        *out = jingle_session_is_ended(session) ? NULL : session;
    jingle_session_release(session);
    jingle_file_release(file);
    return err;
}

/* ---- the answer ---------------------------------------------------------------------------- */

/** Does the other side mean to send another part than was asked for? One that says nothing of it is
 * found out by what it sends. */
static bool is_other_range(const jingle__range_t *asked, uint64_t size,
                           const jingle__file_numbers_t *numbers)
{
    jingle__range_t told = jingle__range_of(numbers);

    if (!jingle__range_fits(size, asked))
        return true;
    return numbers->has_range &&
           (!jingle__range_fits(size, &told) || !jingle__range_equals(size, asked, &told));
}

/** Is a hash told that shows that it is another file? */
static bool is_other_hash(const jingle_file_t *file, xmpp_stanza_t *element)
{
    jingle_hash_t told[JINGLE_HASH_COUNT];
    size_t n = 0;
    const jingle_hash_t *same;

    jingle__file_read_hashes(element, told, &n);
    same = jingle__hash_find(told, n, file->wanted.algo);
    return file->wanted.len && same && same->len && !jingle__hash_equals(same, &file->wanted);
}

/** Of the rest of a file that says neither that it is that, nor anything else, it cannot be known
 * where it begins. */
static bool is_unclear(const jingle__file_numbers_t *numbers)
{
    return !numbers->has_range && !numbers->has_size && !numbers->n_hashes;
}

/** @param range what was asked for, or all of it where that is given instead */
static jingle_check_t check_size(jingle_file_t *file, uint64_t size, const jingle__range_t *range,
                                 jingle_reason_t *why)
{
    bool whole = (!range->offset || file->has_prefix) && range->length == JINGLE_FILE_SIZE_UNKNOWN;

    if (size != JINGLE_FILE_SIZE_UNKNOWN && file->config.max_size && whole &&
        size > file->config.max_size)
        return jingle__file_unusable(file, why, JINGLE_REASON_MEDIA_ERROR, "the file is too large",
                                     "file-too-large");
    return JINGLE_CHECK_OK;
}

jingle_check_t jingle__request_check(jingle_file_t *file, xmpp_stanza_t *element,
                                     jingle_reason_t *why)
{
    uint64_t wanted = file->info.file_size, size;
    jingle__file_numbers_t numbers = {0};
    jingle__range_t range = file->range;
    bool whole;

    file->changed = false;
    if (element && !jingle__file_numbers(element, &numbers))
        return JINGLE_CHECK_MALFORMED;
    whole = element && jingle__ask_gets_whole(file, &numbers);
    if (whole)
        range.offset = 0;
    file->changed = element && !whole && jingle__ask_is_changed(file, element, &numbers);
    if (file->changed)
        return jingle__file_unusable(file, why, JINGLE_REASON_INCOMPATIBLE_PARAMETERS,
                                     "the file has changed since a part of it was received", NULL);
    size = numbers.has_size ? numbers.size : wanted;
    if ((wanted != JINGLE_FILE_SIZE_UNKNOWN && size != wanted) ||
        (element && is_other_hash(file, element)) || is_other_range(&range, size, &numbers) ||
        (whole && is_unclear(&numbers)))
        return jingle__file_unusable(file, why, JINGLE_REASON_INCOMPATIBLE_PARAMETERS,
                                     "that is not what was asked for", NULL);
    if (check_size(file, size, &range, why) != JINGLE_CHECK_OK)
        return JINGLE_CHECK_UNUSABLE;
    if (file->config.require_hash && !numbers.n_hashes && !file->wanted.len)
        return jingle__file_unusable(file, why, JINGLE_REASON_INCOMPATIBLE_PARAMETERS,
                                     "only files with a hash are taken", NULL);
    return JINGLE_CHECK_OK;
}

/* ---- what the peer asks for ---------------------------------------------------------------- */

bool jingle__request_selects(xmpp_stanza_t *element, const jingle__file_numbers_t *numbers)
{
    static const char *const fields[] = {"name", "date", "media-type"};

    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
        xmpp_stanza_t *child = jingle_element_child(element, fields[i], JINGLE_NS_FILE_TRANSFER);

        if (child && *jingle_element_text(child))
            return true;
    }
    return numbers->has_size || numbers->n_hashes;
}

/* ---- giving -------------------------------------------------------------------------------- */

bool jingle__request_is_open(const jingle_file_t *file)
{
    const jingle_content_t *content = jingle_file_get_content(file);

    return content && file->sender && file->requested && file->state == JINGLE__FILE_WAITING &&
           !jingle_content_is_ours(content) &&
           jingle_content_get_state(content) == JINGLE_CONTENT_OFFERED &&
           !jingle__source_is_set(&file->source);
}

static void swap(char **a, char **b)
{
    char *kept = *a;

    *a = *b;
    *b = kept;
}

/** What was found takes the place of what was asked for. */
static void take_source(jingle_file_t *file, jingle_file_t *from)
{
    swap(&file->name, &from->name);
    swap(&file->safe_name, &from->safe_name);
    swap(&file->media_type, &from->media_type);
    swap(&file->desc, &from->desc);
    swap(&file->path, &from->path);
    jingle__thumbnail_unlist(file);
    jingle__thumbnail_free(file);
    file->thumbnail = from->thumbnail;
    from->thumbnail = NULL;
    jingle__thumbnail_list(file);
    file->info = from->info;
    memcpy(file->told, from->told, sizeof file->told);
    file->hashes = from->hashes;
    file->source = from->source;
    from->source = (jingle__source_t){.fd = -1};
    jingle__file_fill_info(file);
}

/** The program's data stays the program's. */
static void give_back_source(jingle_file_t *file)
{
    jingle__source_close(&file->source);
    file->source = (jingle__source_t){.fd = -1};
}

static bool can_serve(const jingle_file_t *file, const jingle_file_t *found)
{
    const jingle__range_t *range = &file->range;

    return jingle__range_fits(found->info.file_size, range) &&
           (found->info.has_ranges ||
            (!range->offset && range->length == JINGLE_FILE_SIZE_UNKNOWN));
}

int jingle_file_provide(jingle_file_t *file, const char *path, const jingle_send_file_t *options)
{
    jingle_file_t *found = NULL;
    int err, number;

    options = jingle__send_options(options);
    if (!file || !jingle__send_options_are_valid(path, options))
        return jingle__send_refuse(options);
    if (!jingle__request_is_open(file)) {
        jingle__send_refuse(options);
        return JINGLE_EINVOP;
    }
    err = jingle__file_make(file->jingle, path, options, &found);
    if (err)
        return err;
    jingle_file_clone(file);
    if (can_serve(file, found)) {
        take_source(file, found);
        err = options->hash_now ? jingle__file_hash_first(file)
                                : jingle_content_accept(jingle_file_get_content(file));
        if (err)
            give_back_source(file);
        else if (options->hash_now)
            jingle_session_changed(jingle_file_get_session(file));
    } else {
        err = JINGLE_EINVAL;
    }
    number = errno;
    jingle_file_release(found);
    jingle_file_release(file);
    errno = number;
    return err;
}

/* ---- which file ---------------------------------------------------------------------------- */

static bool has_hashes(const jingle_file_info_t *wanted, const jingle_file_info_t *candidate)
{
    bool any = false, same = false;

    for (size_t i = 0; i < wanted->n_hashes; i++) {
        for (size_t k = 0; wanted->hashes[i].len && k < candidate->n_hashes; k++) {
            if (!candidate->hashes[k].len || candidate->hashes[k].algo != wanted->hashes[i].algo)
                continue;
            if (!jingle__hash_equals(&wanted->hashes[i], &candidate->hashes[k]))
                return false;
            same = true;
        }
        any |= wanted->hashes[i].len != 0;
    }
    return same || !any;
}

/** A request that says nothing, or nothing that is understood, means no file. */
static bool says_something(const jingle_file_info_t *wanted)
{
    bool any = wanted->name || wanted->file_size != JINGLE_FILE_SIZE_UNKNOWN ||
               wanted->date != JINGLE_FILE_DATE_UNKNOWN ||
               (wanted->media_type && strcasecmp(wanted->media_type, NO_MEDIA_TYPE) != 0);

    for (size_t i = 0; !any && i < wanted->n_hashes; i++)
        any = wanted->hashes[i].len != 0;
    return any;
}

bool jingle_file_matches(const jingle_file_info_t *wanted, const jingle_file_info_t *candidate)
{
    if (!wanted || !candidate || !says_something(wanted))
        return false;
    if (wanted->name && (!candidate->name || strcmp(wanted->name, candidate->name) != 0))
        return false;
    if (wanted->file_size != JINGLE_FILE_SIZE_UNKNOWN && wanted->file_size != candidate->file_size)
        return false;
    if (wanted->date != JINGLE_FILE_DATE_UNKNOWN && wanted->date != candidate->date)
        return false;
    /* That of a file of which nothing is known. */
    if (wanted->media_type && strcasecmp(wanted->media_type, NO_MEDIA_TYPE) != 0 &&
        (!candidate->media_type || strcasecmp(wanted->media_type, candidate->media_type) != 0))
        return false;
    return has_hashes(wanted, candidate);
}
