/* SPDX-License-Identifier: MIT */
/** @file
 *  A file on its way: its life and what a program may ask of it. */
#include "file.h"

#define NO_MEDIA_TYPE "application/octet-stream"
/** ms between two samples of the rate; without data for so long there is none. */
#define SAMPLE 500u
#define STALLED 4000u
/** Weight of the newest sample. */
#define SMOOTHING 0.3

/* ---- outcomes ------------------------------------------------------------------------------ */

static const struct {
    const char *name, *words;
} outcomes[] = {
#define JINGLE_X(id, name, words) [JINGLE_FILE_##id] = {name, words},
    JINGLE_FILE_OUTCOMES(JINGLE_X)
#undef JINGLE_X
};

const char *jingle_file_outcome_name(jingle_file_outcome_t outcome)
{
    return outcomes[(unsigned)outcome < JINGLE_FILE_OUTCOME_COUNT ? outcome : JINGLE_FILE_FAILED]
        .name;
}

const char *jingle_file_outcome_words(jingle_file_outcome_t outcome)
{
    return outcomes[(unsigned)outcome < JINGLE_FILE_OUTCOME_COUNT ? outcome : JINGLE_FILE_FAILED]
        .words;
}

/* ---- life ---------------------------------------------------------------------------------- */

int jingle__file_new(jingle_t *jingle, jingle__files_t *files, bool sender, jingle_file_t **out)
{
    jingle_file_t *file = jingle__file_alloc(&files->mem, sizeof *file);

    if (!file)
        return JINGLE_EMEM;
    file->refs = 1;
    file->mem = files->mem;
    file->jingle = jingle;
    file->config = files->config;
    file->config.folder = NULL;
    file->sender = sender;
    file->source.fd = -1;
    file->info.file_size = JINGLE_FILE_SIZE_UNKNOWN;
    file->info.date = JINGLE_FILE_DATE_UNKNOWN;
    file->range.length = JINGLE_FILE_SIZE_UNKNOWN;
    jingle__file_fill_info(file);
    *out = file;
    return JINGLE_EOK;
}

jingle_file_t *jingle_file_clone(jingle_file_t *file)
{
    if (file)
        file->refs++;
    return file;
}

void jingle_file_release(jingle_file_t *file)
{
    xmpp_mem_t mem;

    if (!file || --file->refs)
        return;
    file->refs = 1; /* what is called may clone and release it, or keep it */
    jingle__source_close(&file->source);
    jingle_file_set_user(file, NULL, NULL);
    if (--file->refs)
        return;
    mem = file->mem;
    if (file->has_disk)
        jingle__disk_drop(&file->disk);
    jingle__digest_clear(&file->digest);
    jingle__digest_clear(&file->range_digest);
    if (file->detail)
        xmpp_stanza_release(file->detail);
    jingle__file_free(&mem, file->peer);
    jingle__file_free(&mem, file->sid);
    jingle__file_free(&mem, file->name);
    jingle__file_free(&mem, file->safe_name);
    jingle__file_free(&mem, file->media_type);
    jingle__file_free(&mem, file->desc);
    jingle__file_free(&mem, file->path);
    jingle__file_free(&mem, file->buffer);
    jingle__file_free(&mem, file->text);
    jingle__file_free(&mem, file->kept);
    jingle__file_free(&mem, file->wanted_folder);
    jingle__file_free(&mem, file->wanted_name);
    jingle__file_free(&mem, file->asked_name);
    jingle__file_free(&mem, file->asked_transport);
    jingle__thumbnail_free(file);
    jingle__file_free(&mem, file);
}

int jingle__file_set(jingle_file_t *file, char **to, const char *text)
{
    char *copy = jingle__file_strdup(&file->mem, text);

    if (!copy && text)
        return JINGLE_EMEM;
    jingle__file_free(&file->mem, *to);
    *to = copy;
    return JINGLE_EOK;
}

int jingle__file_set_name(jingle_file_t *file, const char *name)
{
    char *valid = name ? jingle__text_make_valid(&file->mem, name) : NULL;

    if (name && !valid)
        return JINGLE_EMEM;
    jingle__file_free(&file->mem, file->name);
    file->name = valid;
    return JINGLE_EOK;
}

void jingle__file_fill_info(jingle_file_t *file)
{
    file->info.name = file->name;
    file->info.safe_name = file->safe_name ? file->safe_name : "file";
    file->info.media_type = file->media_type ? file->media_type : NO_MEDIA_TYPE;
    file->info.desc = file->desc;
    file->info.hashes = file->told;
    file->info.thumbnail = file->thumbnail ? &file->thumbnail->told : NULL;
}

void jingle__file_tell(jingle_file_t *file, jingle_file_fn fn)
{
    if (fn && file->jingle && file->known)
        fn(file->jingle, file, file->config.userdata);
}

void jingle__file_set_timer(jingle_file_t *file, uint32_t ms, jingle_timer_fn fn)
{
    jingle__hashing_leave(file);
    jingle_timer_cancel(file->timer);
    file->timer = NULL;
    if (!fn || ms == UINT32_MAX)
        return;
    /* Without its timer a transfer could wait for ever. */
    if (jingle_timer_start(file->jingle, ms, fn, file, &file->timer))
        jingle__file_fail(file, JINGLE_FILE_FAILED, JINGLE_REASON_GENERAL_ERROR, "out of memory",
                          NULL);
}

/* ---- what is known of it ------------------------------------------------------------------- */

const jingle_file_info_t *jingle_file_get_info(const jingle_file_t *file)
{
    return file ? &file->info : NULL;
}

bool jingle_file_is_sender(const jingle_file_t *file)
{
    return file && file->sender;
}

uint64_t jingle_file_get_bytes(const jingle_file_t *file)
{
    return file ? file->bytes : 0;
}

static double rate_since(const jingle_file_t *file, uint64_t now)
{
    return (double)(file->bytes - file->sampled_bytes) * 1000 / (double)(now - file->sampled);
}

void jingle__file_moved(jingle_file_t *file, size_t octets)
{
    uint64_t now = jingle_get_time(file->jingle);
    double rate;

    file->bytes += octets;
    file->moved = true;
    if (now - file->sampled < SAMPLE)
        return;
    rate = rate_since(file, now);
    file->rate = file->rate > 0 && now - file->sampled < STALLED
                     ? (1 - SMOOTHING) * file->rate + SMOOTHING * rate
                     : rate;
    file->sampled = now;
    file->sampled_bytes = file->bytes;
}

uint64_t jingle_file_get_rate(const jingle_file_t *file)
{
    uint64_t now = file && file->jingle ? jingle_get_time(file->jingle) : 0;

    if (!file || file->rate <= 0)
        return 0;
    return (uint64_t)(now > file->sampled && now - file->sampled >= STALLED ? rate_since(file, now)
                                                                            : file->rate);
}

uint64_t jingle_file_get_offset(const jingle_file_t *file)
{
    return file ? file->range.offset : 0;
}

uint64_t jingle_file_get_length(const jingle_file_t *file)
{
    return file ? jingle__range_octets(file) : 0;
}

bool jingle_file_is_kept(const jingle_file_t *file)
{
    return file && file->is_kept;
}

bool jingle_file_is_requested(const jingle_file_t *file)
{
    return file && file->requested;
}

const char *jingle_file_get_path(const jingle_file_t *file)
{
    if (!file)
        return NULL;
    return file->sender ? file->path : file->has_disk ? file->disk.path : file->path;
}

const jingle_hash_t *jingle_file_get_hash(const jingle_file_t *file)
{
    if (!file)
        return NULL;
    return file->n_computed         ? &file->computed[0]
           : file->n_range_computed ? &file->range_computed[0]
                                    : NULL;
}

bool jingle_file_is_verified(const jingle_file_t *file)
{
    return file && (file->verified || (file->confirmed && file->state == JINGLE__FILE_FINISHED));
}

jingle_file_outcome_t jingle_file_get_outcome(const jingle_file_t *file)
{
    return file && file->state == JINGLE__FILE_OVER ? file->outcome : JINGLE_FILE_NONE;
}

const char *jingle_file_get_text(const jingle_file_t *file)
{
    return file && file->text ? file->text : "";
}

jingle_condition_t jingle_file_get_reason(const jingle_file_t *file)
{
    return file ? file->reason : JINGLE_REASON_UNDEFINED;
}

jingle_content_t *jingle_file_get_content(const jingle_file_t *file)
{
    return file && file->part ? jingle_part_get_content(file->part) : NULL;
}

jingle_session_t *jingle_file_get_session(const jingle_file_t *file)
{
    return file && file->part ? jingle_part_get_session(file->part) : NULL;
}

const char *jingle_file_get_peer(const jingle_file_t *file)
{
    return file && file->peer ? file->peer : "";
}

const char *jingle_file_get_sid(const jingle_file_t *file)
{
    return file && file->sid ? file->sid : "";
}

void jingle_file_set_user(jingle_file_t *file, void *user, void (*free_fn)(void *user))
{
    void *old;
    void (*old_free)(void *);

    if (!file)
        return;
    old = file->user;
    old_free = file->user_free;
    file->user = user;
    file->user_free = free_fn;
    if (old_free)
        old_free(old);
}

void *jingle_file_get_user(const jingle_file_t *file)
{
    return file ? file->user : NULL;
}

/* ---- from contents and sessions ------------------------------------------------------------ */

jingle_file_t *jingle_content_get_file(const jingle_content_t *content)
{
    const char *ns = content ? jingle_content_get_application(content) : NULL;

    return ns && !strcmp(ns, JINGLE_NS_FILE_TRANSFER) ? jingle_content_get_application_self(content)
                                                      : NULL;
}

jingle_file_t *jingle_session_get_file(const jingle_session_t *session, size_t index)
{
    jingle_content_t *content = NULL;

    if (!session || !jingle_session_is_managed(session))
        return NULL;
    while ((content = jingle_session_next_content(session, content))) {
        jingle_file_t *file = jingle_content_get_file(content);

        if (file && !index--)
            return file;
    }
    return NULL;
}
