/* SPDX-License-Identifier: MIT */
/** @file
 *  Going on with what a transfer has left (XEP-0234 section 6.1). What is kept of a file is sure up
 *  to a checkpoint: that many octets, with that hash. It is read again before it is gone on with.
 */
#include "file.h"

#include <errno.h>

/** Octets between two checkpoints while data comes. */
#define CHECKPOINT (UINT64_C(4) << 20)

/* ---- what may be kept ---------------------------------------------------------------------- */

const char *jingle__resume_name(const jingle_file_t *file)
{
    return file->asked_name ? file->asked_name : file->name;
}

/** Only of who can send the rest, and whose hash can show that both belong together. */
static bool may_keep(const jingle_file_t *file)
{
    return file->config.resume && file->info.has_ranges && file->info.n_hashes &&
           jingle__resume_name(file) && file->info.file_size != JINGLE_FILE_SIZE_UNKNOWN &&
           file->info.file_size && !file->range.offset &&
           file->range.length == JINGLE_FILE_SIZE_UNKNOWN;
}

static void forget(jingle_file_t *file)
{
    jingle__file_free(&file->mem, file->kept);
    file->kept = NULL;
}

void jingle__resume_describe(jingle_file_t *file)
{
    jingle__state_t *kept = file->kept;

    kept->date = file->info.date;
    kept->n_hashes = 0;
    for (size_t i = 0; i < file->info.n_hashes; i++) {
        if (file->told[i].len)
            jingle__hash_add(kept->hashes, &kept->n_hashes, &file->told[i]);
    }
}

bool jingle__resume_contradicts(const jingle__state_t *kept, jingle_hash_t *told, size_t n_told,
                                int64_t date)
{
    for (size_t i = 0; i < kept->n_hashes; i++) {
        const jingle_hash_t *now = jingle__hash_find(told, n_told, kept->hashes[i].algo);

        if (now && now->len && !jingle__hash_equals(now, &kept->hashes[i]))
            return true;
    }
    return kept->date != JINGLE_FILE_DATE_UNKNOWN && date != JINGLE_FILE_DATE_UNKNOWN &&
           kept->date != date;
}

/* ---- a new partial file -------------------------------------------------------------------- */

/** Makes it. That nothing can be kept of it is no reason not to have it. */
static int begin_anew(jingle_file_t *file)
{
    jingle__state_t *kept = file->kept;
    int err = jingle__disk_create(&file->disk), number = errno;

    if (err || !kept)
        return err;
    jingle__resume_describe(file);
    kept->offset = 0;
    kept->tries = 0;
    memcpy(kept->part, file->disk.partial_name, sizeof kept->part);
    kept->inode = jingle__disk_inode(&file->disk);
    if (jingle__disk_lock(&file->disk) || jingle__state_write(kept, file->disk.folder))
        forget(file);
    errno = number;
    return JINGLE_EOK;
}

/* ---- reading what was kept ----------------------------------------------------------------- */

static int accept_content(jingle_file_t *file)
{
    return jingle_content_accept(jingle_file_get_content(file));
}

/** Neither the old nor a new one can be had. */
static void refuse(jingle_file_t *file, int err)
{
    jingle_reason_t reason = {.condition = JINGLE_REASON_FAILED_APPLICATION,
                              .text = "the file cannot be written"};

    file->outcome = err == JINGLE_ELIMIT ? JINGLE_FILE_NO_SPACE : JINGLE_FILE_IO_ERROR;
    jingle__file_set(file, &file->text, reason.text);
    jingle_content_reject(jingle_file_get_content(file), &reason);
}

/** The program may have found another place for it meanwhile. */
static void on_refuse(jingle_t *jingle, void *userdata)
{
    jingle_file_t *file = userdata;
    int err = file->refuses;

    (void)jingle;
    file->timer = NULL;
    file->refuses = JINGLE_EOK;
    jingle_file_clone(file);
    if (!file->has_sink)
        refuse(file, err);
    jingle_file_release(file);
}

int jingle__resume_refuse(jingle_file_t *file, int err)
{
    file->refuses = err;
    return jingle_timer_start(file->jingle, 0, on_refuse, file, &file->timer);
}

static void stop_reading(jingle_file_t *file)
{
    file->resuming = false;
    jingle__file_set_timer(file, 0, NULL);
    jingle__hashing_end(file);
}

int jingle__resume_abandon(jingle_file_t *file)
{
    int err;

    stop_reading(file);
    jingle__digest_clear(&file->digest);
    jingle__disk_reject(&file->disk, file->info.file_size);
    err = begin_anew(file);
    if (err) {
        jingle__disk_drop(&file->disk);
        file->has_disk = file->has_sink = false;
    }
    return err;
}

/** Is it what the checkpoint says? Then it ends there and the rest is asked for.
 *  @return JINGLE_EOK; JINGLE_EMEM; else it is of no use */
static int take_kept(jingle_file_t *file)
{
    jingle__state_t *kept = file->kept;
    jingle_hash_t hash;
    int err = jingle__digest_peek(&file->digest, kept->hash.algo, &hash);

    if (!err && !jingle__hash_equals(&hash, &kept->hash))
        err = JINGLE_EDATA;
    if (!err)
        err = jingle__disk_cut(&file->disk, kept->offset);
    if (err)
        return err;
    jingle__resume_describe(file);
    /* Where there is no room for it what was written before stays, and is still right. */
    jingle__state_write(kept, file->disk.folder);
    stop_reading(file);
    file->range.offset = kept->offset;
    file->has_prefix = true;
    return JINGLE_EOK;
}

static void on_read(jingle_t *jingle, void *userdata)
{
    jingle_file_t *file = userdata;
    int done = jingle__hashing_step(file, file->kept->offset), err = done < 0 ? done : JINGLE_EOK;

    (void)jingle;
    if (!done)
        err = jingle__hashing_wait(file, on_read);
    else if (!err)
        err = take_kept(file);
    if (err == JINGLE_EMEM) /* what was kept stays, for the next time */
        jingle__file_fail(file, JINGLE_FILE_FAILED, JINGLE_REASON_GENERAL_ERROR,
                          jingle_strerror(err), NULL);
    else if (err && (err = jingle__resume_abandon(file)))
        refuse(file, err);
    else if (done && file->state == JINGLE__FILE_WAITING)
        accept_content(file);
}

static int start_reading(jingle_file_t *file)
{
    unsigned bits = jingle__file_algorithms(file) | JINGLE_HASH_BIT(file->kept->hash.algo);
    int err = jingle__hashing_begin(file, bits);

    if (!err)
        err = jingle__hashing_wait(file, on_read);
    if (err) {
        jingle__hashing_end(file);
        jingle__digest_clear(&file->digest);
        jingle__disk_leave(&file->disk);
        return err;
    }
    file->resuming = true;
    return JINGLE_EOK;
}

/* ---- opening ------------------------------------------------------------------------------- */

/** @param size of the partial file that it is about */
static bool is_usable(const jingle_file_t *file, const jingle__state_t *kept, uint64_t size)
{
    jingle_hash_t told[JINGLE_HASH_COUNT];

    memcpy(told, file->told, sizeof told);
    return kept->offset && kept->offset < kept->file_size && kept->offset <= size &&
           kept->tries < JINGLE__RESUME_TRIES &&
           !jingle__resume_contradicts(kept, told, file->info.n_hashes, file->info.date);
}

uint64_t jingle_file_get_kept(const jingle_file_t *file)
{
    const jingle__files_t *files = file && file->jingle ? jingle__files_of(file->jingle) : NULL;
    jingle__state_t kept;
    jingle__disk_t disk;
    uint64_t size, found = 0;

    if (!files || !files->folder || file->sender || file->state != JINGLE__FILE_WAITING ||
        file->has_sink || !may_keep(file) ||
        jingle__disk_begin(&disk, &file->mem, files->folder, file->info.safe_name))
        return 0;
    if (!jingle__state_init(&kept, file->peer, jingle__resume_name(file), file->info.file_size) &&
        jingle__state_read(&kept, disk.folder) &&
        !jingle__disk_adopt(&disk, kept.part, kept.inode, &size) && is_usable(file, &kept, size))
        found = kept.offset;
    jingle__disk_leave(&disk);
    return found;
}

/** @return true when there is a partial file, ours now, that can be gone on with */
static bool find_kept(jingle_file_t *file)
{
    jingle__state_t *kept = file->kept;
    uint64_t size;
    int err;

    if (!jingle__state_read(kept, file->disk.folder))
        return false;
    err = jingle__disk_adopt(&file->disk, kept->part, kept->inode, &size);
    if (err == JINGLE_EEXIST)
        /* Another transfer has it, and its state: of this one nothing will be kept. */
        forget(file);
    if (err)
        return false;
    if (is_usable(file, kept, size))
        return true;
    jingle__disk_remove(&file->disk);
    return false;
}

static int open_kept(jingle_file_t *file, bool go_on)
{
    int err;

    file->kept = jingle__file_alloc(&file->mem, sizeof *file->kept);
    if (!file->kept)
        return JINGLE_EMEM;
    err =
        jingle__state_init(file->kept, file->peer, jingle__resume_name(file), file->info.file_size);
    if (err)
        return err;
    if (!find_kept(file))
        return begin_anew(file);
    if (go_on)
        return start_reading(file);
    jingle__disk_remove(&file->disk);
    return begin_anew(file);
}

int jingle__resume_open(jingle_file_t *file, const char *folder, const char *name, bool go_on)
{
    int err = jingle__disk_begin(&file->disk, &file->mem, folder, name), number;

    if (err)
        return err;
    err = may_keep(file) ? open_kept(file, go_on) : jingle__disk_create(&file->disk);
    number = errno;
    if (err) {
        forget(file);
        jingle__disk_drop(&file->disk);
    }
    file->has_disk = file->has_sink = !err;
    errno = number;
    return err;
}

/* ---- while data comes, and afterwards ------------------------------------------------------ */

/** @return false, and what was sure stays so, when the hash or the disk fails */
static bool set_checkpoint(jingle_file_t *file)
{
    jingle__state_t next = *file->kept;

    next.offset = jingle__file_position(file);
    next.tries = 0;
    if (jingle__digest_peek(&file->digest, jingle__digest_strongest(&file->digest), &next.hash) ||
        jingle__state_write(&next, file->disk.folder))
        return false;
    *file->kept = next;
    return true;
}

void jingle__resume_note(jingle_file_t *file)
{
    uint64_t position = jingle__file_position(file);

    /* At the very end there would be nothing to ask for. */
    if (file->kept && file->has_disk && position < file->info.file_size &&
        position - file->kept->offset >= CHECKPOINT)
        set_checkpoint(file);
}

/** A cut, not a refusal, and not data that cannot be right. */
static bool is_worth_keeping(const jingle_file_t *file)
{
    switch (file->outcome) {
    case JINGLE_FILE_UNAVAILABLE:
        /* Who has no such rest gives another file, or knows no parts: the whole is asked for next. */
        return !file->requested || !file->has_prefix || file->bytes ||
               (file->reason != JINGLE_REASON_FAILED_APPLICATION &&
                file->reason != JINGLE_REASON_INCOMPATIBLE_PARAMETERS);
    case JINGLE_FILE_NOT_VERIFIED:
    case JINGLE_FILE_TOO_LARGE:
    case JINGLE_FILE_NO_SPACE:
    case JINGLE_FILE_IO_ERROR:
        return false;
    case JINGLE_FILE_DECLINED:
        return file->reason != JINGLE_REASON_DECLINE;
    default:
        return true;
    }
}

/** Data came and nothing is surer for it, or the sender says that it sends no part, or ends in good order without
 *  any. That it has said nothing may be the time that it takes to read what lies before. */
static bool is_in_vain(const jingle_file_t *file)
{
    return file->has_prefix &&
           (file->bytes || file->outcome == JINGLE_FILE_UNAVAILABLE ||
            file->outcome == JINGLE_FILE_FAILED || file->outcome == JINGLE_FILE_SHORT);
}

/** What was made sure is no try any more. */
static void note_end(jingle_file_t *file)
{
    /* While what had passed is still being read again the digest is of less than that. */
    if (file->hashing)
        return;
    if (file->bytes && jingle__file_position(file) < file->info.file_size && set_checkpoint(file))
        return;
    if (is_in_vain(file)) {
        file->kept->tries++;
        jingle__state_write(file->kept, file->disk.folder);
    }
}

void jingle__resume_leave(jingle_file_t *file)
{
    jingle__state_t *kept = file->kept;

    if (!kept || !is_worth_keeping(file)) {
        if (kept)
            jingle__state_remove(kept, file->disk.folder);
        jingle__disk_drop(&file->disk);
        return;
    }
    note_end(file);
    file->is_kept = kept->offset != 0;
    if (file->is_kept) {
        jingle__disk_leave(&file->disk);
        return;
    }
    jingle__state_remove(kept, file->disk.folder);
    jingle__disk_drop(&file->disk);
}

void jingle__resume_done(jingle_file_t *file)
{
    if (file->kept)
        jingle__state_remove(file->kept, file->disk.folder);
    jingle__disk_close(&file->disk);
}
