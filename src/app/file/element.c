/* SPDX-License-Identifier: MIT */
/** @file
 *  `<file/>` and the payloads of XEP-0234 section 5 and 8, read and written. */
#include "file.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>

/** Octets of a description that are kept. */
#define DESC_MAX 4096u
/** Octets of a media type (RFC 6838 section 4.2). */
#define MEDIA_TYPE_MAX 255u

/* ---- reading ------------------------------------------------------------------------------- */

static const char *text_of(xmpp_stanza_t *file, const char *name)
{
    xmpp_stanza_t *child = jingle_element_child(file, name, JINGLE_NS_FILE_TRANSFER);

    return child ? jingle_element_text(child) : NULL;
}

static bool read_number(const char *text, uint64_t *number)
{
    uint64_t value = 0;
    size_t len;

    text += strspn(text, " \t\r\n");
    len = strspn(text, "0123456789");
    if (!len || text[len + strspn(text + len, " \t\r\n")])
        return false;
    for (; len; len--, text++) {
        if (value > (uint64_t)INT64_MAX / 10 - 1)
            return false;
        value = value * 10 + (uint64_t)(*text - '0');
    }
    *number = value;
    return true;
}

/** @return a hash without value when text is empty; false: of no algorithm that we know */
static bool read_hash(xmpp_stanza_t *element, jingle_hash_t *hash)
{
    const char *name = xmpp_stanza_get_name(element);
    bool used = !strcmp(name, "hash-used");

    memset(hash, 0, sizeof *hash);
    if (strcmp(jingle_element_ns(element), JINGLE_NS_HASHES) || (!used && strcmp(name, "hash")))
        return false;
    hash->algo = jingle_hash_from_name(xmpp_stanza_get_attribute(element, "algo"));
    if (!hash->algo)
        return false;
    if (!used)
        jingle__hash_from_base64(jingle_element_text(element), hash);
    return true;
}

static bool is_hash_element(xmpp_stanza_t *element)
{
    const char *name = xmpp_stanza_get_name(element);

    return !strcmp(jingle_element_ns(element), JINGLE_NS_HASHES) &&
           (!strcmp(name, "hash") || !strcmp(name, "hash-used"));
}

size_t jingle__file_read_hashes(xmpp_stanza_t *element, jingle_hash_t *hashes, size_t *n)
{
    size_t count = 0;

    for (xmpp_stanza_t *child = jingle_element_child(element, NULL, NULL); child;
         child = jingle_element_next(child)) {
        jingle_hash_t hash;

        count += is_hash_element(child);
        if (read_hash(child, &hash))
            jingle__hash_add(hashes, n, &hash);
    }
    return count;
}

static bool read_range(xmpp_stanza_t *element, jingle__file_numbers_t *numbers)
{
    xmpp_stanza_t *range = jingle_element_child(element, "range", JINGLE_NS_FILE_TRANSFER);
    const char *offset = range ? xmpp_stanza_get_attribute(range, "offset") : NULL;
    const char *length = range ? xmpp_stanza_get_attribute(range, "length") : NULL;

    numbers->has_range = range != NULL;
    numbers->has_length = length != NULL;
    return (!offset || read_number(offset, &numbers->offset)) &&
           (!length || read_number(length, &numbers->length));
}

bool jingle__file_numbers(xmpp_stanza_t *element, jingle__file_numbers_t *numbers)
{
    const char *size = text_of(element, "size");

    memset(numbers, 0, sizeof *numbers);
    for (xmpp_stanza_t *child = jingle_element_child(element, NULL, NULL); child;
         child = jingle_element_next(child)) {
        jingle_hash_t hash;

        numbers->n_hashes += read_hash(child, &hash);
    }
    numbers->has_size = size != NULL;
    return (!size || read_number(size, &numbers->size)) && read_range(element, numbers);
}

/* Parameters are allowed. */
bool jingle__is_media_type(const char *text)
{
    size_t slash = strcspn(text, "/");

    if (!slash || !text[slash] || !text[slash + 1] || strlen(text) > MEDIA_TYPE_MAX)
        return false;
    for (; *text; text++) {
        if ((unsigned char)*text > 0x7e || (unsigned char)*text < 0x20)
            return false;
    }
    return true;
}

static int set_safe(jingle_file_t *file, char **to, char *text)
{
    jingle__file_free(&file->mem, *to);
    *to = text;
    return text ? JINGLE_EOK : JINGLE_EMEM;
}

int jingle__file_read(jingle_file_t *file, xmpp_stanza_t *element)
{
    const char *name = text_of(element, "name"), *desc = text_of(element, "desc");
    const char *media_type = text_of(element, "media-type"), *date = text_of(element, "date");
    jingle__file_numbers_t numbers;
    int err = JINGLE_EOK;

    if (jingle__file_numbers(element, &numbers) && numbers.has_size)
        file->info.file_size = numbers.size;
    if (date)
        jingle_date_parse(date, &file->info.date);
    jingle__file_read_hashes(element, file->told, &file->info.n_hashes);
    if (name)
        err = jingle__file_set(file, &file->name, name);
    if (!err)
        err = set_safe(file, &file->safe_name, jingle_safe_name(&file->mem, name));
    if (!err && desc && *desc)
        err = set_safe(file, &file->desc, jingle_safe_text(&file->mem, desc, DESC_MAX));
    if (!err && media_type && jingle__is_media_type(media_type))
        err = jingle__file_set(file, &file->media_type, media_type);
    if (!err)
        err = jingle__thumbnail_read(file, element);
    jingle__file_fill_info(file);
    return err;
}

/* ---- writing ------------------------------------------------------------------------------- */

xmpp_stanza_t *jingle__element_add(xmpp_ctx_t *ctx, xmpp_stanza_t *parent, const char *name,
                                   const char *ns)
{
    xmpp_stanza_t *child = xmpp_stanza_new(ctx);

    if (!child)
        return NULL;
    if (xmpp_stanza_set_name(child, name) || (ns && xmpp_stanza_set_ns(child, ns)) ||
        xmpp_stanza_add_child(parent, child)) {
        xmpp_stanza_release(child);
        return NULL;
    }
    xmpp_stanza_release(child);
    return child;
}

int jingle__element_add_text(xmpp_ctx_t *ctx, xmpp_stanza_t *element, const char *text)
{
    xmpp_stanza_t *node = xmpp_stanza_new(ctx);
    int err = node ? JINGLE_EOK : JINGLE_EMEM;

    if (node && (xmpp_stanza_set_text(node, text) || xmpp_stanza_add_child(element, node)))
        err = JINGLE_EMEM;
    if (node)
        xmpp_stanza_release(node);
    return err;
}

/** Adds `<name>text</name>`; nothing when text is NULL. */
static int add_field(xmpp_ctx_t *ctx, xmpp_stanza_t *parent, const char *name, const char *text)
{
    xmpp_stanza_t *child;

    if (!text)
        return JINGLE_EOK;
    child = jingle__element_add(ctx, parent, name, NULL);
    return child ? jingle__element_add_text(ctx, child, text) : JINGLE_EMEM;
}

static int add_hash(xmpp_ctx_t *ctx, xmpp_stanza_t *parent, const jingle_hash_t *hash)
{
    char text[JINGLE__HASH_TEXT];
    xmpp_stanza_t *child =
        jingle__element_add(ctx, parent, hash->len ? "hash" : "hash-used", JINGLE_NS_HASHES);

    if (!child || xmpp_stanza_set_attribute(child, "algo", jingle_hash_name(hash->algo)))
        return JINGLE_EMEM;
    if (!hash->len)
        return JINGLE_EOK;
    jingle__hash_to_base64(hash, text);
    return jingle__element_add_text(ctx, child, text);
}

static int add_hashes(xmpp_ctx_t *ctx, xmpp_stanza_t *parent, const jingle_hash_t *hashes, size_t n)
{
    int err = JINGLE_EOK;

    for (size_t i = 0; i < n && !err; i++)
        err = add_hash(ctx, parent, &hashes[i]);
    return err;
}

int jingle__element_set_number(xmpp_stanza_t *element, const char *name, uint64_t number)
{
    char text[32];

    snprintf(text, sizeof text, "%" PRIu64, number);
    return xmpp_stanza_set_attribute(element, name, text) ? JINGLE_EMEM : JINGLE_EOK;
}

/** XEP-0234 section 5: an offset of 0 and a length to the end are the defaults. */
static int set_range(const jingle_file_t *file, xmpp_stanza_t *range)
{
    int err = JINGLE_EOK;

    if (file->range.offset)
        err = jingle__element_set_number(range, "offset", file->range.offset);
    if (!err && file->range.length != JINGLE_FILE_SIZE_UNKNOWN)
        err = jingle__element_set_number(range, "length", file->range.length);
    return err;
}

/** An empty range says that any could be given. */
static int add_range(const jingle_file_t *file, xmpp_stanza_t *element)
{
    xmpp_stanza_t *range;

    if (!jingle__range_is_part(file) && !(file->sender && file->info.has_ranges))
        return JINGLE_EOK;
    range = jingle__element_add(jingle_get_context(file->jingle), element, "range", NULL);
    return range ? set_range(file, range) : JINGLE_EMEM;
}

int jingle__file_write(const jingle_file_t *file, xmpp_stanza_t *description)
{
    xmpp_ctx_t *ctx = jingle_get_context(file->jingle);
    const jingle_file_info_t *info = &file->info;
    /* What a request does not say selects nothing. */
    const char *media_type = file->requested && !file->sender ? file->media_type : info->media_type;
    xmpp_stanza_t *element = jingle__element_add(ctx, description, "file", NULL);
    char date[JINGLE_DATE_MAX], size[32];
    int err = element ? JINGLE_EOK : JINGLE_EMEM;

    if (!err && info->date != JINGLE_FILE_DATE_UNKNOWN && jingle_date_format(info->date, date))
        err = add_field(ctx, element, "date", date);
    if (!err)
        err = add_field(ctx, element, "desc", info->desc);
    if (!err)
        err = add_field(ctx, element, "media-type", media_type);
    if (!err)
        err = add_field(ctx, element, "name", info->name);
    if (!err)
        err = add_range(file, element);
    if (!err && info->file_size != JINGLE_FILE_SIZE_UNKNOWN) {
        snprintf(size, sizeof size, "%" PRIu64, info->file_size);
        err = add_field(ctx, element, "size", size);
    }
    if (!err)
        err = add_hashes(ctx, element, info->hashes, info->n_hashes);
    return err ? err : jingle__thumbnail_write(file, element);
}

int jingle__element_make(xmpp_ctx_t *ctx, const char *name, const char *ns, xmpp_stanza_t **out)
{
    xmpp_stanza_t *element = xmpp_stanza_new(ctx);

    if (!element)
        return JINGLE_EMEM;
    if (xmpp_stanza_set_name(element, name) || xmpp_stanza_set_ns(element, ns)) {
        xmpp_stanza_release(element);
        return JINGLE_EMEM;
    }
    *out = element;
    return JINGLE_EOK;
}

/** XEP-0234 section 8.2: the hash of a part stands in its range. */
static int add_checksum(const jingle_file_t *file, xmpp_stanza_t *payload)
{
    xmpp_ctx_t *ctx = jingle_get_context(file->jingle);
    xmpp_stanza_t *element = jingle__element_add(ctx, payload, "file", NULL), *range;
    int err = element ? add_hashes(ctx, element, file->computed, file->n_computed) : JINGLE_EMEM;

    if (err || !file->n_range_computed)
        return err;
    range = jingle__element_add(ctx, element, "range", NULL);
    err = range ? set_range(file, range) : JINGLE_EMEM;
    return err ? err : add_hashes(ctx, range, file->range_computed, file->n_range_computed);
}

int jingle__file_payload(const jingle_file_t *file, const char *name, xmpp_stanza_t **out)
{
    xmpp_ctx_t *ctx = jingle_get_context(file->jingle);
    const jingle_content_t *content = jingle_part_get_content(file->part);
    xmpp_stanza_t *payload = NULL;
    int err = jingle__element_make(ctx, name, JINGLE_NS_FILE_TRANSFER, &payload);

    if (err)
        return err;
    if (xmpp_stanza_set_attribute(payload, "creator",
                                  jingle_creator_name(jingle_content_get_creator(content))) ||
        xmpp_stanza_set_attribute(payload, "name", jingle_content_get_name(content)))
        err = JINGLE_EMEM;
    if (!err && !strcmp(name, "checksum"))
        err = add_checksum(file, payload);
    if (err)
        xmpp_stanza_release(payload);
    else
        *out = payload;
    return err;
}

xmpp_stanza_t *jingle__file_error(const jingle_file_t *file, const char *name)
{
    xmpp_stanza_t *element = NULL;

    return jingle__element_make(jingle_get_context(file->jingle), name,
                                JINGLE_NS_FILE_TRANSFER_ERRORS, &element)
               ? NULL
               : element;
}
