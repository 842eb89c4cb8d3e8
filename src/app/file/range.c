/* SPDX-License-Identifier: MIT */
/** @file
 *  Parts of files (XEP-0234 sections 5, 6.1 and 8.2): what is transferred, its hashes, and whether
 *  they are right. */
#include "file.h"

/* ---- numbers ------------------------------------------------------------------------------- */

uint64_t jingle__range_octets(const jingle_file_t *file)
{
    uint64_t size = file->info.file_size;

    if (file->range.length != JINGLE_FILE_SIZE_UNKNOWN)
        return file->range.length;
    if (size == JINGLE_FILE_SIZE_UNKNOWN)
        return JINGLE_FILE_SIZE_UNKNOWN;
    return size > file->range.offset ? size - file->range.offset : 0;
}

static bool reaches_the_end(const jingle_file_t *file)
{
    return file->range.length == JINGLE_FILE_SIZE_UNKNOWN ||
           (file->info.file_size != JINGLE_FILE_SIZE_UNKNOWN &&
            file->range.length == file->info.file_size - file->range.offset);
}

bool jingle__range_is_part(const jingle_file_t *file)
{
    return file->range.offset || !reaches_the_end(file);
}

bool jingle__range_is_whole(const jingle_file_t *file)
{
    return reaches_the_end(file) && (!file->range.offset || file->has_prefix);
}

bool jingle__range_wants_prefix(const jingle_file_t *file)
{
    return file->range.offset && reaches_the_end(file);
}

bool jingle__range_fits(uint64_t size, const jingle__range_t *range)
{
    if (size == JINGLE_FILE_SIZE_UNKNOWN)
        return true;
    return range->offset <= size &&
           (range->length == JINGLE_FILE_SIZE_UNKNOWN || range->length <= size - range->offset);
}

jingle__range_t jingle__range_of(const jingle__file_numbers_t *numbers)
{
    return (jingle__range_t){.offset = numbers->offset,
                             .length =
                                 numbers->has_length ? numbers->length : JINGLE_FILE_SIZE_UNKNOWN};
}

bool jingle__range_equals(uint64_t size, const jingle__range_t *a, const jingle__range_t *b)
{
    uint64_t rest = size == JINGLE_FILE_SIZE_UNKNOWN ? size : size - a->offset;
    uint64_t one = a->length == JINGLE_FILE_SIZE_UNKNOWN ? rest : a->length;
    uint64_t other = b->length == JINGLE_FILE_SIZE_UNKNOWN ? rest : b->length;

    return a->offset == b->offset && one == other;
}

/* ---- hashes of what passes ----------------------------------------------------------------- */

int jingle__range_start(jingle_file_t *file, unsigned bits, bool whole)
{
    int err = JINGLE_EOK;

    /* With what was kept the hash of the whole file has begun already. */
    if (whole && !file->has_prefix)
        err = jingle__digest_start(&file->digest, bits);
    if (!err && jingle__range_is_part(file))
        err = jingle__digest_start(&file->range_digest, bits);
    return err;
}

int jingle__range_update(jingle_file_t *file, const void *data, size_t len)
{
    int err = jingle__digest_update(&file->digest, data, len);

    return err ? err : jingle__digest_update(&file->range_digest, data, len);
}

int jingle__range_finish(jingle_file_t *file)
{
    int err = jingle__digest_finish(&file->digest, file->computed, &file->n_computed);
    int range_err =
        jingle__digest_finish(&file->range_digest, file->range_computed, &file->n_range_computed);

    return err ? err : range_err;
}

/* ---- are they right? ----------------------------------------------------------------------- */

typedef enum { NOTHING_TOLD, SAME, DIFFERENT } verdict_t;

/** The strongest decides (XEP-0234 section 12). */
static verdict_t compare(const jingle_hash_t *told, size_t n_told, jingle_hash_t *computed,
                         size_t n_computed)
{
    for (size_t i = 0; i < n_told; i++) {
        const jingle_hash_t *ours = jingle__hash_find(computed, n_computed, told[i].algo);

        if (told[i].len && ours)
            return jingle__hash_equals(&told[i], ours) ? SAME : DIFFERENT;
    }
    return NOTHING_TOLD;
}

jingle__proof_t jingle__file_verify(jingle_file_t *file)
{
    bool part = jingle__range_is_part(file), is_whole = jingle__range_is_whole(file);
    verdict_t whole = NOTHING_TOLD, range, wanted = NOTHING_TOLD;

    jingle__range_finish(file);
    if (is_whole) {
        whole = compare(file->told, file->info.n_hashes, file->computed, file->n_computed);
        wanted = compare(&file->wanted, file->wanted.len != 0, file->computed, file->n_computed);
    }
    range =
        compare(file->range_told, file->n_range_told, file->range_computed, file->n_range_computed);
    file->verified = false;
    if (whole == DIFFERENT || wanted == DIFFERENT || range == DIFFERENT)
        return JINGLE__WRONG;
    file->verified = whole == SAME || (part && !is_whole && range == SAME);
    /* What was kept is put together with what came by a hash of both, never by belief. */
    if (file->verified || wanted == SAME || (!file->config.require_hash && !file->has_prefix))
        return JINGLE__RIGHT;
    return JINGLE__UNPROVEN;
}

bool jingle__file_waits_for_hash(const jingle_file_t *file)
{
    if (!file->info.n_hashes)
        return false;
    return jingle__range_is_whole(file) ? !file->told[0].len : !file->n_range_told;
}

/* ---- `<checksum/>` ------------------------------------------------------------------------- */

int jingle__range_read_checksum(jingle_file_t *file, xmpp_stanza_t *element)
{
    xmpp_stanza_t *range = jingle_element_child(element, "range", JINGLE_NS_FILE_TRANSFER);
    size_t count = jingle__file_read_hashes(element, file->told, &file->info.n_hashes);
    jingle__file_numbers_t numbers;
    jingle__range_t told;

    if (!range)
        return count ? JINGLE_EOK : JINGLE_EINVAL;
    if (!jingle__file_numbers(element, &numbers))
        return JINGLE_EINVAL;
    told = jingle__range_of(&numbers);
    /* Of another range than ours it says nothing. */
    if (jingle__range_fits(file->info.file_size, &told) &&
        jingle__range_equals(file->info.file_size, &file->range, &told))
        jingle__file_read_hashes(range, file->range_told, &file->n_range_told);
    return JINGLE_EOK;
}
