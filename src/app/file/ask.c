/* SPDX-License-Identifier: MIT */
/** @file
 *  Going on with a file that we ask for. What was kept of it is looked up before the request, which
 *  asks for the rest (XEP-0234 sections 5 and 6.2), and is read for its hash in steps from timers:
 *  before the request leaves where that can wait, else while the channel waits. */
#include "file.h"

/* ---- looking it up ------------------------------------------------------------------------- */

static bool may_ask(const jingle_file_t *file)
{
    return file->config.resume && file->asks_again && !file->sender && !file->write &&
           jingle__resume_name(file);
}

/** Is the rest of it worth asking for? */
static bool is_usable(jingle_file_t *file, uint64_t there)
{
    const jingle__state_t *kept = file->kept;

    return kept->offset && kept->offset < kept->file_size && kept->offset <= there &&
           kept->tries < JINGLE__RESUME_TRIES &&
           (!file->config.max_size || kept->file_size <= file->config.max_size) &&
           !jingle__resume_contradicts(kept, file->told, file->info.n_hashes, file->info.date);
}

/** @return JINGLE_EOK; JINGLE_EMEM; else there is none that is of use */
static int find(jingle_file_t *file)
{
    const char *name = jingle__resume_name(file);
    jingle__state_t *kept = file->kept;
    uint64_t size = file->info.file_size;
    bool known = size != JINGLE_FILE_SIZE_UNKNOWN;
    int err = known ? jingle__state_init(kept, file->peer, name, size) : JINGLE_EOK;

    if (err)
        return err;
    if (known ? !jingle__state_read(kept, file->disk.folder)
              : !jingle__state_find(kept, file->peer, name, file->disk.folder))
        return JINGLE_ENOENT;
    err = jingle__disk_adopt(&file->disk, kept->part, kept->inode, &size);
    return err ? err : is_usable(file, size) ? JINGLE_EOK : JINGLE_EDATA;
}

static void stop_reading(jingle_file_t *file)
{
    jingle__file_set_timer(file, 0, NULL);
    file->hashing = false;
    jingle__hashing_end(file);
    jingle__digest_clear(&file->digest);
}

static void let_go(jingle_file_t *file)
{
    jingle__file_free(&file->mem, file->kept);
    file->kept = NULL;
    file->has_disk = file->has_sink = false;
}

void jingle__ask_leave(jingle_file_t *file)
{
    stop_reading(file);
    jingle__disk_leave(&file->disk);
    let_go(file);
}

void jingle__ask_forget(jingle_file_t *file)
{
    stop_reading(file);
    if (file->kept)
        jingle__state_remove(file->kept, file->disk.folder);
    jingle__disk_drop(&file->disk);
    let_go(file);
    file->range.offset = 0;
    file->has_prefix = false;
}

static int begin_reading(jingle_file_t *file)
{
    int err;

    file->has_disk = file->has_sink = true;
    file->range.offset = file->kept->offset;
    file->has_prefix = true;
    err = jingle__ask_read(file);
    if (err) {
        jingle__ask_leave(file);
        file->range.offset = 0;
        file->has_prefix = false;
    }
    return err;
}

int jingle__ask_begin(jingle_file_t *file)
{
    const jingle__files_t *files = jingle__files_of(file->jingle);
    const char *folder = file->wanted_folder ? file->wanted_folder : files ? files->folder : NULL;
    int err;

    if (!may_ask(file) || !folder)
        return JINGLE_EOK;
    err = jingle__disk_begin(&file->disk, &file->mem, folder,
                             file->wanted_name ? file->wanted_name : file->info.safe_name);
    if (err)
        return err == JINGLE_EMEM ? err
                                  : JINGLE_EOK; /* found out when there is something to write */
    file->kept = jingle__file_alloc(&file->mem, sizeof *file->kept);
    err = file->kept ? find(file) : JINGLE_EMEM;
    if (!err)
        return begin_reading(file);
    jingle__ask_leave(file);
    return err == JINGLE_EMEM ? err : JINGLE_EOK;
}

/* ---- reading it ---------------------------------------------------------------------------- */

/** @return JINGLE_EOK: it is what the checkpoint says, and ends there; JINGLE_EMEM; else it is damaged */
static int check_kept(jingle_file_t *file)
{
    const jingle__state_t *kept = file->kept;
    jingle_hash_t hash;
    int err = jingle__digest_peek(&file->digest, kept->hash.algo, &hash);

    if (!err && !jingle__hash_equals(&hash, &kept->hash))
        err = JINGLE_EDATA;
    return err ? err : jingle__disk_cut(&file->disk, kept->offset);
}

static void go_on(jingle_file_t *file)
{
    file->hashing = false;
    jingle__hashing_end(file);
    if (file->starts)
        jingle__file_start(file);
    else if (file->state == JINGLE__FILE_RUNNING)
        jingle__file_receive_on(file);
}

static void is_damaged(jingle_file_t *file)
{
    if (jingle_content_get_state(jingle_file_get_content(file)) != JINGLE_CONTENT_NEW) {
        jingle__file_fail(file, JINGLE_FILE_IO_ERROR, JINGLE_REASON_FAILED_APPLICATION,
                          "what had been received is damaged", NULL);
        return;
    }
    jingle__disk_reject(&file->disk, file->kept->file_size);
    jingle__ask_forget(file);
    if (file->starts)
        jingle__file_start(file);
}

/** What was kept stays, for the next time. */
static void has_no_memory(jingle_file_t *file)
{
    const char *text = jingle_strerror(JINGLE_EMEM);

    if (file->starts)
        jingle__file_cannot_start(file, JINGLE_FILE_FAILED, JINGLE_REASON_GENERAL_ERROR, text);
    else
        jingle__file_fail(file, JINGLE_FILE_FAILED, JINGLE_REASON_GENERAL_ERROR, text, NULL);
}

static void on_read(jingle_t *jingle, void *userdata)
{
    jingle_file_t *file = userdata;
    int done = jingle__hashing_step(file, file->kept->offset), err = JINGLE_EOK;

    (void)jingle;
    if (!done)
        err = jingle__hashing_wait(file, on_read);
    else if (done > 0)
        err = check_kept(file);
    if (err == JINGLE_EMEM)
        has_no_memory(file);
    else if (done < 0 || err)
        is_damaged(file);
    else if (done)
        go_on(file);
}

/** Which hashes will be told is known with the answer only; most likely those of the last time. */
int jingle__ask_read(jingle_file_t *file)
{
    const jingle__state_t *kept = file->kept;
    unsigned bits = jingle__file_algorithms(file) | JINGLE_HASH_BIT(JINGLE_HASH_SHA_256) |
                    JINGLE_HASH_BIT(kept->hash.algo);
    int err;

    for (size_t i = 0; i < kept->n_hashes; i++)
        bits |= JINGLE_HASH_BIT(kept->hashes[i].algo);
    err = jingle__hashing_begin(file, bits);
    if (!err)
        err = jingle__hashing_wait(file, on_read);
    file->hashing = !err;
    return err;
}

/* ---- the answer ---------------------------------------------------------------------------- */

static bool wants_rest(const jingle_file_t *file)
{
    return file->requested && !file->sender && file->has_prefix;
}

bool jingle__ask_gets_whole(const jingle_file_t *file, const jingle__file_numbers_t *numbers)
{
    uint64_t size = numbers->has_size ? numbers->size : file->info.file_size;
    jingle__range_t told = jingle__range_of(numbers), whole = {.length = JINGLE_FILE_SIZE_UNKNOWN};

    return wants_rest(file) && jingle__range_fits(size, &told) &&
           jingle__range_equals(size, &whole, &told);
}

bool jingle__ask_is_changed(const jingle_file_t *file, xmpp_stanza_t *element,
                            const jingle__file_numbers_t *numbers)
{
    xmpp_stanza_t *child = jingle_element_child(element, "date", JINGLE_NS_FILE_TRANSFER);
    int64_t date = JINGLE_FILE_DATE_UNKNOWN;
    jingle_hash_t told[JINGLE_HASH_COUNT];
    size_t n = 0;

    if (!wants_rest(file) || !file->kept)
        return false;
    if (child)
        jingle_date_parse(jingle_element_text(child), &date);
    jingle__file_read_hashes(element, told, &n);
    return (numbers->has_size && numbers->size != file->kept->file_size) ||
           jingle__resume_contradicts(file->kept, told, n, date);
}

/** Takes over from the last time what is not told now. @return false: there is no hash */
static bool fill_in(jingle_file_t *file)
{
    const jingle__state_t *kept = file->kept;

    if (file->info.file_size == JINGLE_FILE_SIZE_UNKNOWN)
        file->info.file_size = kept->file_size;
    if (file->info.n_hashes)
        return true;
    for (size_t i = 0; i < kept->n_hashes; i++)
        jingle__hash_add(file->told, &file->info.n_hashes, &kept->hashes[i]);
    return kept->n_hashes != 0;
}

/** @return JINGLE_EOK, or an error of writing */
static int take(jingle_file_t *file)
{
    jingle__state_t *kept = file->kept;
    unsigned wanted = jingle__file_algorithms(file);
    int err = JINGLE_EOK;

    if (!file->wanted_name)
        err = jingle__disk_set_name(&file->disk, file->info.safe_name);
    if (err)
        return err;
    jingle__resume_describe(file);
    jingle__state_write(kept, file->disk.folder);
    /* Of what is told now nothing may have been computed. */
    if (wanted & ~jingle__digest_bits(&file->digest))
        err = jingle__ask_read(file);
    return err;
}

void jingle__ask_granted(jingle_file_t *file)
{
    int err;

    file->asks_again = false; /* who gives the rest has it; and what was asked for is overwritten */
    if (!file->has_disk || !file->kept) {
        jingle__file_fail(file, JINGLE_FILE_IO_ERROR, JINGLE_REASON_FAILED_APPLICATION,
                          "what had been received is not there any more", NULL);
        return;
    }
    if (!fill_in(file)) {
        /* What was kept is put together with what comes by a hash, never by belief. */
        jingle__file_fail(file, JINGLE_FILE_NOT_VERIFIED, JINGLE_REASON_FAILED_APPLICATION,
                          "no hash was told", NULL);
        return;
    }
    err = take(file);
    if (err == JINGLE_EMEM)
        has_no_memory(file);
    else if (err)
        jingle__file_fail_write(file, err);
}
