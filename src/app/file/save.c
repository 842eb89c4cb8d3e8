/* SPDX-License-Identifier: MIT */
/** @file
 *  A file on its way outlives the process: what is written of it, and how it is made again. The
 *  data goes on where it was. Its hashes are computed anew from what lies on the disk (goes_on.c):
 *  no library writes down the inside of a digest. */
#include "file.h"

/** Octets of a path, name or text: whatever could be saved. */
#define SAVED_TEXT JINGLE_SAVE_MAX

/* ---- writing ------------------------------------------------------------------------------- */

static unsigned flags_of(const jingle_file_t *file)
{
    bool resuming = file->resuming || file->refuses;
    const bool flags[] = {file->sender,          file->requested,     file->known,
                          file->paused,          file->verified,      file->confirmed,
                          file->tell_checksum,   file->tell_received, file->stream_ended,
                          file->has_prefix,      file->has_disk,      resuming,
                          file->info.has_ranges, file->kept != NULL,  file->starts};
    unsigned bits = 0;

    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
        bits |= (unsigned)flags[i] << i;
    return bits;
}

static void save_hashes(jingle_save_t *save, const jingle_hash_t *hashes, size_t n)
{
    jingle_save_number(save, n);
    for (size_t i = 0; i < n; i++) {
        jingle_save_number(save, hashes[i].algo);
        jingle_save_octets(save, hashes[i].value, hashes[i].len);
    }
}

/** What the program gives or takes by functions of its own is not ours to find again. */
static bool can_save(const jingle_file_t *file)
{
    if (file->sender)
        return !file->source.read;
    return !file->write;
}

/** Before the answer to a request the name may not be known. */
static const char *name_of(const jingle_file_t *file)
{
    bool asked = file->requested && !file->sender && file->state == JINGLE__FILE_WAITING;

    return file->has_disk && !asked ? file->disk.name : file->wanted_name;
}

static const char *path_of(const jingle_file_t *file)
{
    return file->sender ? file->path : file->has_disk ? file->disk.path : file->path;
}

int jingle__file_save(void *self, jingle_save_t *save)
{
    const jingle_file_t *file = self;
    const jingle__disk_t *disk = file->has_disk ? &file->disk : NULL;

    if (!can_save(file))
        return JINGLE_ENOENT;
    jingle_save_number(save, flags_of(file));
    jingle_save_number(save, file->goes_on ? file->was : file->state);
    jingle_save_text(save, file->name);
    jingle_save_text(save, file->media_type);
    jingle_save_text(save, file->desc);
    jingle_save_string(save, path_of(file));
    jingle_save_number(save, file->info.file_size);
    jingle_save_number(save, (uint64_t)file->info.date);
    save_hashes(save, file->told, file->info.n_hashes);
    save_hashes(save, file->computed, file->n_computed);
    save_hashes(save, file->range_told, file->n_range_told);
    save_hashes(save, file->range_computed, file->n_range_computed);
    save_hashes(save, &file->wanted, file->wanted.len ? 1 : 0);
    jingle_save_number(save, file->hashes);
    jingle_save_number(save, file->range.offset);
    jingle_save_number(save, file->range.length);
    jingle_save_number(save, file->bytes);
    jingle_save_string(save, disk ? disk->folder_path : file->wanted_folder);
    jingle_save_text(save, name_of(file));
    jingle_save_string(save, disk ? disk->partial : NULL);
    jingle_save_number(save, disk ? jingle__disk_inode(disk) : 0);
    jingle_save_number(save, file->outcome);
    jingle_save_text(save, file->text);
    jingle_save_text(save, file->asked_name);
    return JINGLE_EOK;
}

/* ---- reading ------------------------------------------------------------------------------- */

typedef struct {
    unsigned flags;
    const char *path, *folder, *name, *partial;
    uint64_t inode;
} read_t;

static void set_flags(jingle_file_t *file, unsigned flags)
{
    bool *const to[] = {&file->sender,        &file->requested,     &file->known,
                        &file->paused,        &file->verified,      &file->confirmed,
                        &file->tell_checksum, &file->tell_received, &file->stream_ended,
                        &file->has_prefix};

    for (size_t i = 0; i < sizeof to / sizeof to[0]; i++)
        *to[i] = flags >> i & 1;
    file->info.has_ranges = flags >> 12 & 1;
    file->starts = flags >> 14 & 1;
}

#define HAS_DISK(flags) ((flags) >> 10 & 1)
#define IS_RESUMING(flags) ((flags) >> 11 & 1)
#define HAS_KEPT(flags) ((flags) >> 13 & 1)

static void load_hashes(jingle_load_t *load, jingle_hash_t *hashes, size_t *n, size_t room)
{
    uint64_t count = jingle_load_number(load, room);

    for (uint64_t i = 0; i < count; i++) {
        jingle_hash_t hash = {
            .algo = (jingle_hash_algo_t)jingle_load_number(load, JINGLE_HASH_COUNT - 1)};
        const void *value = jingle_load_octets(load, &hash.len);

        if (!value || hash.len > sizeof hash.value || hash.algo == JINGLE_HASH_UNKNOWN) {
            load->failed = true;
            return;
        }
        memcpy(hash.value, value, hash.len);
        jingle__hash_add(hashes, n, &hash);
    }
}

static int load_text(jingle_file_t *file, jingle_load_t *load, char **to)
{
    return jingle__file_set(file, to, jingle_load_text(load, SAVED_TEXT));
}

/** The name of a file in a folder, and of none elsewhere. */
static const char *load_file_name(jingle_load_t *load)
{
    const char *name = jingle_load_text(load, SAVED_TEXT);

    if (!name)
        return NULL;
    if (!*name || *name == '.' || strchr(name, '/'))
        load->failed = true;
    return name;
}

static int load_names(jingle_file_t *file, jingle_load_t *load, read_t *read)
{
    int err = load_text(file, load, &file->name);

    if (!err)
        err = load_text(file, load, &file->media_type);
    if (!err && file->media_type && !jingle__is_media_type(file->media_type))
        err = JINGLE_EDATA;
    if (!err)
        err = load_text(file, load, &file->desc);
    read->path = jingle_load_string(load, SAVED_TEXT);
    if (!err && file->name && !(file->safe_name = jingle_safe_name(&file->mem, file->name)))
        err = JINGLE_EMEM;
    return err ? err : jingle__file_set(file, &file->path, read->path);
}

static int load_file(jingle_file_t *file, jingle_load_t *load, read_t *read)
{
    size_t n_wanted = 0;
    int err;

    read->flags = (unsigned)jingle_load_number(load, (1u << 15) - 1);
    set_flags(file, read->flags);
    file->was = (jingle__file_state_t)jingle_load_number(load, JINGLE__FILE_FAILED);
    err = load_names(file, load, read);
    if (err)
        return err;
    file->info.file_size = jingle_load_number(load, UINT64_MAX);
    file->info.date = (int64_t)jingle_load_number(load, UINT64_MAX);
    load_hashes(load, file->told, &file->info.n_hashes, JINGLE_HASH_COUNT);
    load_hashes(load, file->computed, &file->n_computed, JINGLE_HASH_COUNT);
    load_hashes(load, file->range_told, &file->n_range_told, JINGLE_HASH_COUNT);
    load_hashes(load, file->range_computed, &file->n_range_computed, JINGLE_HASH_COUNT);
    load_hashes(load, &file->wanted, &n_wanted, 1);
    file->hashes = (unsigned)jingle_load_number(load, (1u << JINGLE_HASH_COUNT) - 1) & ~1u;
    file->range.offset = jingle_load_number(load, UINT64_MAX);
    file->range.length = jingle_load_number(load, UINT64_MAX);
    file->bytes = jingle_load_number(load, UINT64_MAX);
    read->folder = jingle_load_string(load, SAVED_TEXT);
    read->name = load_file_name(load);
    read->partial = jingle_load_string(load, JINGLE__NAME_MAX);
    read->inode = jingle_load_number(load, UINT64_MAX);
    file->outcome = (jingle_file_outcome_t)jingle_load_number(load, JINGLE_FILE_OUTCOME_COUNT - 1);
    err = load_text(file, load, &file->text);
    if (!err && !jingle_load_is_done(load)) /* of version 1 */
        err = load_text(file, load, &file->asked_name);
    jingle__file_fill_info(file);
    if (err)
        return err;
    return jingle_load_is_done(load) && jingle__range_fits(file->info.file_size, &file->range) &&
                   file->bytes <= jingle__range_octets(file) &&
                   file->bytes <= UINT64_MAX - file->range.offset
               ? JINGLE_EOK
               : JINGLE_EDATA;
}

/* ---- what lies on the disk ----------------------------------------------------------------- */

/** That the file is not there any more, or another, is found out by who reads it: the peer is told
 *  then what it would have been told without a crash. */
static void open_source(jingle_file_t *file)
{
    uint64_t size;
    int64_t date;

    if (file->path && jingle__source_open(&file->source, file->path, &size, &date) == JINGLE_EOK &&
        (size != file->info.file_size || date != file->info.date))
        jingle__source_close(&file->source);
}

/** Of a file that was asked for the size may not be known yet.
 *  @return JINGLE_EOK, JINGLE_ENOENT, JINGLE_EMEM */
static int read_state(jingle_file_t *file)
{
    const char *name = jingle__resume_name(file);
    uint64_t size = file->info.file_size;
    int err = JINGLE_EOK;
    bool found;

    if (!name)
        return JINGLE_ENOENT;
    if (size != JINGLE_FILE_SIZE_UNKNOWN)
        err = jingle__state_init(file->kept, file->peer, name, size);
    if (err)
        return err;
    found = size != JINGLE_FILE_SIZE_UNKNOWN
                ? jingle__state_read(file->kept, file->disk.folder)
                : jingle__state_find(file->kept, file->peer, name, file->disk.folder);
    return found ? JINGLE_EOK : JINGLE_ENOENT;
}

/** What is remembered of a partial file goes on being kept up to date. Without memory for that nothing
 *  goes on: what nothing is known of is removed when the transfer is cut.
 *  @return JINGLE_EOK, JINGLE_EMEM */
static int find_kept(jingle_file_t *file)
{
    int err;

    file->kept = jingle__file_alloc(&file->mem, sizeof *file->kept);
    if (!file->kept)
        return JINGLE_EMEM;
    err = read_state(file);
    if (err) {
        jingle__file_free(&file->mem, file->kept);
        file->kept = NULL;
    }
    return err == JINGLE_ENOENT ? JINGLE_EOK : err;
}

static int open_disk(jingle_file_t *file, const read_t *read)
{
    uint64_t size = 0;
    int err;

    if (!read->folder || (!read->name && !file->requested) || !read->partial)
        return JINGLE_EDATA;
    err = jingle__disk_begin(&file->disk, &file->mem, read->folder,
                             read->name ? read->name : file->info.safe_name);
    if (err == JINGLE_EMEM)
        return err;
    if (err)
        return JINGLE_EOK; /* found out when there is something to write */
    file->has_disk = file->has_sink = true;
    err = jingle__disk_adopt(&file->disk, read->partial, read->inode, &size);
    if (err || size < jingle__file_position(file)) {
        jingle__disk_leave(&file->disk);
        file->has_disk = file->has_sink = false;
        return JINGLE_EOK;
    }
    return HAS_KEPT(read->flags) ? find_kept(file) : JINGLE_EOK;
}

static int set_wanted(jingle_file_t *file, const read_t *read)
{
    int err = jingle__file_set(file, &file->wanted_folder, read->folder);

    return err ? err : jingle__file_set(file, &file->wanted_name, read->name);
}

/** The offer was accepted, and what was kept was being read: that begins again, and ends with the
 *  acceptance, or with a refusal: nobody is asked again. */
static int read_kept_again(jingle_file_t *file, const read_t *read)
{
    int err;

    if (!read->folder || !read->name)
        return JINGLE_EDATA;
    err = jingle__resume_open(file, read->folder, read->name, true);
    if (err == JINGLE_EMEM)
        return err;
    if (!err)
        return file->resuming ? JINGLE_EOK : jingle__file_accept_later(file);
    return set_wanted(file, read) ? JINGLE_EMEM : jingle__resume_refuse(file, err);
}

/** The rest of a file was asked for, or is about to be: what was kept is read again. Where it is
 *  gone meanwhile the whole is asked for, or it is found out with the answer. */
static int read_asked_again(jingle_file_t *file, const read_t *read)
{
    bool asked = jingle_content_get_state(jingle_file_get_content(file)) != JINGLE_CONTENT_NEW;
    int err = open_disk(file, read);

    if (err)
        return err;
    if (file->has_disk && file->kept && file->kept->offset == file->range.offset)
        return jingle__ask_read(file);
    jingle__ask_leave(file);
    if (!asked) {
        file->range.offset = 0;
        file->has_prefix = false;
    }
    return JINGLE_EOK;
}

static int find_data(jingle_file_t *file, const read_t *read)
{
    if (file->sender) {
        open_source(file);
        return JINGLE_EOK;
    }
    if (file->requested && file->was == JINGLE__FILE_WAITING) {
        int err = set_wanted(file, read);

        if (err || !HAS_DISK(read->flags))
            return err;
        return file->has_prefix ? read_asked_again(file, read) : open_disk(file, read);
    }
    if (IS_RESUMING(read->flags) && file->was == JINGLE__FILE_WAITING) {
        file->range = (jingle__range_t){.length = JINGLE_FILE_SIZE_UNKNOWN};
        file->has_prefix = false;
        return read_kept_again(file, read);
    }
    if (HAS_DISK(read->flags) && file->was < JINGLE__FILE_FINISHED)
        return open_disk(file, read);
    return HAS_DISK(read->flags) ? JINGLE_EOK : set_wanted(file, read);
}

int jingle__file_restore(jingle_part_t *part, void *userdata, jingle_load_t *load, void **self)
{
    jingle_t *jingle = jingle_part_get_manager(part);
    jingle_session_t *session = jingle_part_get_session(part);
    jingle_file_t *file = NULL;
    read_t read = {0};
    int err = jingle__file_new(jingle, userdata, false, &file);

    if (err)
        return err;
    file->part = part;
    err = jingle__file_set(file, &file->peer, jingle_session_get_peer(session));
    if (!err)
        err = jingle__file_set(file, &file->sid, jingle_session_get_sid(session));
    if (!err)
        err = load_file(file, load, &read);
    if (!err)
        err = find_data(file, &read);
    if (!err)
        err = jingle__file_goes_on(file);
    if (err) {
        jingle__file_abandon(file);
        return err;
    }
    *self = file;
    return JINGLE_EOK;
}
