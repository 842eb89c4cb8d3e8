/* SPDX-License-Identifier: MIT */
/** @file
 *  A small picture of what is in a file: named in the offer (XEP-0264), fetched by a request of its
 * own (XEP-0231). It is given to the peer that the file is offered to, and as long as the content
 * lives. */
#include "file.h"

#include <ctype.h>
#include <openssl/evp.h>
#include <stdio.h>

#define CID "cid:"
#define CID_HOST "@bob.xmpp.org"
/** Octets of a URI that is kept. */
#define URI_MAX 2048u
/** Seconds that it may be kept (XEP-0231 section 2.1): its name is its hash. */
#define MAX_AGE "86400"
#define NO_MEDIA_TYPE "image/png"

/* ---- life ---------------------------------------------------------------------------------- */

void jingle__thumbnail_free(jingle_file_t *file)
{
    jingle__thumbnail_t *thumbnail = file->thumbnail;

    if (!thumbnail)
        return;
    file->thumbnail = NULL;
    file->info.thumbnail = NULL;
    jingle__file_free(&file->mem, thumbnail->uri);
    jingle__file_free(&file->mem, thumbnail->media_type);
    jingle__file_free(&file->mem, thumbnail->data);
    jingle__file_free(&file->mem, thumbnail);
}

/** @param media_type NULL: not told */
static int make(jingle_file_t *file, const char *uri, const char *media_type, uint32_t width,
                uint32_t height)
{
    jingle__thumbnail_t *thumbnail = jingle__file_alloc(&file->mem, sizeof *thumbnail);
    int err = thumbnail ? JINGLE_EOK : JINGLE_EMEM;

    jingle__thumbnail_free(file);
    if (err)
        return err;
    file->thumbnail = thumbnail;
    err = jingle__file_set(file, &thumbnail->uri, uri);
    if (!err)
        err = jingle__file_set(file, &thumbnail->media_type, media_type);
    thumbnail->told = (jingle_thumbnail_t){
        .uri = thumbnail->uri,
        .media_type = thumbnail->media_type ? thumbnail->media_type : NO_MEDIA_TYPE,
        .width = width,
        .height = height};
    if (err)
        jingle__thumbnail_free(file);
    return err;
}

/* ---- ours ---------------------------------------------------------------------------------- */

bool jingle__picture_is_valid(const jingle_picture_t *picture)
{
    return picture->data && picture->len && picture->len <= JINGLE_PICTURE_MAX &&
           picture->media_type && jingle__is_media_type(picture->media_type);
}

/** Hash of a picture, in hexadecimal. @return false when it cannot be computed */
static bool hash_of(jingle_hash_algo_t algo, const void *data, size_t len,
                    char hex[2 * JINGLE_HASH_MAX + 1])
{
    jingle_hash_t hashes[JINGLE_HASH_COUNT];
    jingle__digest_t digest = {0};
    size_t n = 0;

    if (jingle__digest_start(&digest, JINGLE_HASH_BIT(algo)))
        return false;
    if (jingle__digest_update(&digest, data, len) || jingle__digest_finish(&digest, hashes, &n)) {
        jingle__digest_clear(&digest);
        return false;
    }
    jingle_hash_to_hex(hashes, hex);
    return true;
}

int jingle__thumbnail_set(jingle_file_t *file, const jingle_picture_t *picture)
{
    char hex[2 * JINGLE_HASH_MAX + 1], uri[sizeof hex + sizeof CID CID_HOST + 8];
    int err;

    if (!hash_of(JINGLE_HASH_SHA_1, picture->data, picture->len, hex))
        return JINGLE_EMEM;
    /* XEP-0231 section 2.1. */
    snprintf(uri, sizeof uri, CID "sha1+%s" CID_HOST, hex);
    err = make(file, uri, picture->media_type, picture->width, picture->height);
    if (err)
        return err;
    file->thumbnail->data = file->mem.alloc(picture->len, file->mem.userdata);
    if (!file->thumbnail->data) {
        jingle__thumbnail_free(file);
        return JINGLE_EMEM;
    }
    memcpy(file->thumbnail->data, picture->data, picture->len);
    file->thumbnail->len = picture->len;
    return JINGLE_EOK;
}

void jingle__thumbnail_list(jingle_file_t *file)
{
    jingle__files_t *files = jingle__files_of(file->jingle);

    if (!files || !file->thumbnail || !file->thumbnail->data || file->thumbnail->listed)
        return;
    file->thumbnail->listed = true;
    file->thumbnail->next = files->pictured;
    files->pictured = file;
}

void jingle__thumbnail_unlist(jingle_file_t *file)
{
    jingle__files_t *files = jingle__files_of(file->jingle);
    jingle_file_t **link;

    if (!files || !file->thumbnail || !file->thumbnail->listed)
        return;
    for (link = &files->pictured; *link != file; link = &(*link)->thumbnail->next)
        continue;
    *link = file->thumbnail->next;
    file->thumbnail->listed = false;
}

/* ---- `<thumbnail/>` ------------------------------------------------------------------------ */

static bool is_cid(const char *uri)
{
    return !strncmp(uri, CID, strlen(CID)) && uri[strlen(CID)];
}

static uint32_t pixels(xmpp_stanza_t *element, const char *name)
{
    const char *text = xmpp_stanza_get_attribute(element, name);
    size_t len = text ? strspn(text, "0123456789") : 0;
    uint32_t number = 0;

    /* XEP-0264's schema: unsignedShort. */
    if (!len || len > 5 || text[len])
        return 0;
    for (; *text; text++)
        number = number * 10 + (uint32_t)(*text - '0');
    return number <= UINT16_MAX ? number : 0;
}

/** Of several the first that can be fetched here, else the first. */
static xmpp_stanza_t *choose(xmpp_stanza_t *file)
{
    xmpp_stanza_t *chosen = NULL;

    for (xmpp_stanza_t *child = jingle_element_child(file, "thumbnail", JINGLE_NS_THUMBNAILS);
         child; child = jingle_element_next(child)) {
        const char *uri = xmpp_stanza_get_attribute(child, "uri");

        if (!uri || strcmp(xmpp_stanza_get_name(child), "thumbnail") != 0 ||
            strcmp(jingle_element_ns(child), JINGLE_NS_THUMBNAILS) != 0 || strlen(uri) > URI_MAX)
            continue;
        if (is_cid(uri))
            return child;
        chosen = chosen ? chosen : child;
    }
    return chosen;
}

int jingle__thumbnail_read(jingle_file_t *file, xmpp_stanza_t *element)
{
    xmpp_stanza_t *child = choose(element);
    const char *media_type = child ? xmpp_stanza_get_attribute(child, "media-type") : NULL;

    if (!child || file->sender)
        return JINGLE_EOK;
    if (media_type && !jingle__is_media_type(media_type))
        media_type = NULL;
    return make(file, xmpp_stanza_get_attribute(child, "uri"), media_type, pixels(child, "width"),
                pixels(child, "height"));
}

int jingle__thumbnail_write(const jingle_file_t *file, xmpp_stanza_t *element)
{
    const jingle__thumbnail_t *thumbnail = file->thumbnail;
    xmpp_stanza_t *child;

    if (!thumbnail || !thumbnail->data)
        return JINGLE_EOK;
    child = jingle__element_add(jingle_get_context(file->jingle), element, "thumbnail",
                                JINGLE_NS_THUMBNAILS);
    if (!child || xmpp_stanza_set_attribute(child, "uri", thumbnail->uri) ||
        xmpp_stanza_set_attribute(child, "media-type", thumbnail->media_type) ||
        (thumbnail->told.width &&
         jingle__element_set_number(child, "width", thumbnail->told.width)) ||
        (thumbnail->told.height &&
         jingle__element_set_number(child, "height", thumbnail->told.height)))
        return JINGLE_EMEM;
    return JINGLE_EOK;
}

/* ---- giving (XEP-0231 section 3) ------------------------------------------------------------ */

/** @param peer_known whether anything with a picture is offered to who asks */
/** @param own whom the peer asks: a component offers under many names, which are nobody's to join */
static const jingle__thumbnail_t *find(const jingle__files_t *files, const char *own,
                                       const char *peer, const char *cid, bool *peer_known)
{
    *peer_known = false;
    for (const jingle_file_t *file = files->pictured; file; file = file->thumbnail->next) {
        const char *offered_by = jingle_session_get_own(jingle_file_get_session(file));

        if (strcmp(jingle_file_get_peer(file), peer) != 0 ||
            (own && offered_by && strcmp(own, offered_by) != 0))
            continue;
        *peer_known = true;
        if (!strcmp(file->thumbnail->uri + strlen(CID), cid))
            return file->thumbnail;
    }
    return NULL;
}

static int make_data(const jingle__files_t *files, xmpp_ctx_t *ctx,
                     const jingle__thumbnail_t *thumbnail, xmpp_stanza_t **out)
{
    char *text = jingle__file_alloc(&files->mem, (thumbnail->len + 2) / 3 * 4 + 1);
    xmpp_stanza_t *data = NULL;
    int err = text ? jingle__element_make(ctx, "data", JINGLE_NS_BOB, &data) : JINGLE_EMEM;

    if (!err) {
        EVP_EncodeBlock((unsigned char *)text, thumbnail->data, (int)thumbnail->len);
        if (xmpp_stanza_set_attribute(data, "cid", thumbnail->uri + strlen(CID)) ||
            xmpp_stanza_set_attribute(data, "type", thumbnail->media_type) ||
            xmpp_stanza_set_attribute(data, "max-age", MAX_AGE))
            err = JINGLE_EMEM;
    }
    if (!err)
        err = jingle__element_add_text(ctx, data, text);
    jingle__file_free(&files->mem, text);
    if (err && data)
        xmpp_stanza_release(data);
    else if (!err)
        *out = data;
    return err;
}

void jingle__thumbnail_serve(jingle_t *jingle, xmpp_stanza_t *iq, xmpp_stanza_t *payload,
                             jingle_reply_t *reply, void *userdata)
{
    const char *cid = xmpp_stanza_get_attribute(payload, "cid");
    const char *peer = xmpp_stanza_get_attribute(iq, "from");
    const jingle__thumbnail_t *thumbnail = NULL;
    bool peer_known = false;
    xmpp_stanza_t *data;

    if (cid && peer && !strcmp(xmpp_stanza_get_name(payload), "data"))
        thumbnail = find(userdata, xmpp_stanza_get_attribute(iq, "to"), peer, cid, &peer_known);
    if (!thumbnail) {
        /* To all others it is as if nothing were served here. */
        jingle_reply_error(
            reply, JINGLE_ERROR(.type = "cancel", .condition = peer_known ? "item-not-found"
                                                                          : "service-unavailable"));
        return;
    }
    if (make_data(userdata, jingle_get_context(jingle), thumbnail, &data)) {
        jingle_reply_error(reply, JINGLE_ERROR(.type = "wait", .condition = "resource-constraint"));
        return;
    }
    jingle_reply_result(reply, data);
    xmpp_stanza_release(data);
}

/* ---- fetching ------------------------------------------------------------------------------ */

/** One request; it outlives the content. */
typedef struct {
    jingle_file_t *file; /**< a reference */
    jingle_picture_fn fn;
    void *userdata;
} fetch_t;

/** XEP-0231 section 2.1 writes sha1; XEP-0300 sha-1. @return JINGLE_HASH_UNKNOWN for any other */
static jingle_hash_algo_t algo_of(const char *cid, size_t len)
{
    static const struct {
        const char *name;
        jingle_hash_algo_t algo;
    } names[] = {{"sha1", JINGLE_HASH_SHA_1},
                 {"sha256", JINGLE_HASH_SHA_256},
                 {"sha512", JINGLE_HASH_SHA_512}};
    char name[16];

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strlen(names[i].name) == len && !strncmp(cid, names[i].name, len))
            return names[i].algo;
    }
    snprintf(name, sizeof name, "%.*s", (int)(len < sizeof name ? len : 0), cid);
    return jingle_hash_from_name(name);
}

/** Is it the picture of that name? A name that says nothing of its hash fits any. */
static bool is_named(const char *cid, const void *data, size_t len)
{
    const char *plus = strchr(cid, '+'), *at = strchr(cid, '@');
    jingle_hash_algo_t algo =
        plus && at && plus < at ? algo_of(cid, (size_t)(plus - cid)) : JINGLE_HASH_UNKNOWN;
    char hex[2 * JINGLE_HASH_MAX + 1];

    if (!algo)
        return true;
    if (!hash_of(algo, data, len, hex) || (size_t)(at - plus - 1) != strlen(hex))
        return false;
    for (size_t i = 0; hex[i]; i++) {
        if (tolower((unsigned char)plus[1 + i]) != hex[i])
            return false;
    }
    return true;
}

/** @return a buffer to be freed; NULL: it is not what was asked for */
static unsigned char *read_data(const jingle_file_t *file, xmpp_stanza_t *data, size_t *len)
{
    const char *cid = file->thumbnail->uri + strlen(CID), *text = jingle_element_text(data);
    const char *named = xmpp_stanza_get_attribute(data, "cid");
    unsigned char *octets;
    long n;

    if (!named || strcmp(named, cid) != 0)
        return NULL;
    octets = jingle__file_alloc(&file->mem, JINGLE_PICTURE_TAKEN_MAX);
    n = octets ? jingle__base64_read(text, octets, JINGLE_PICTURE_TAKEN_MAX) : 0;
    if (n <= 0 || !is_named(cid, octets, (size_t)n)) {
        jingle__file_free(&file->mem, octets);
        return NULL;
    }
    *len = (size_t)n;
    return octets;
}

static void on_answer(jingle_t *jingle, const jingle_answer_t *answer, void *userdata)
{
    fetch_t fetch = *(fetch_t *)userdata;
    const jingle_thumbnail_t *told = &fetch.file->thumbnail->told;
    xmpp_stanza_t *data = answer->type == JINGLE_ANSWER_RESULT
                              ? jingle_element_child(answer->stanza, "data", JINGLE_NS_BOB)
                              : NULL;
    jingle_picture_t picture = {
        .media_type = told->media_type, .width = told->width, .height = told->height};
    unsigned char *octets = data ? read_data(fetch.file, data, &picture.len) : NULL;

    (void)jingle;
    jingle__file_free(&fetch.file->mem, userdata);
    picture.data = octets;
    fetch.fn(fetch.file, octets ? &picture : NULL, fetch.userdata);
    jingle__file_free(&fetch.file->mem, octets);
    jingle_file_release(fetch.file);
}

static int ask(jingle_file_t *file, fetch_t *fetch)
{
    xmpp_stanza_t *data = NULL;
    int err = jingle__element_make(jingle_get_context(file->jingle), "data", JINGLE_NS_BOB, &data);

    if (err)
        return err;
    if (xmpp_stanza_set_attribute(data, "cid", file->thumbnail->uri + strlen(CID)))
        err = JINGLE_EMEM;
    else
        err = jingle_request(
            file->jingle,
            JINGLE_REQUEST(.to = file->peer,
                           .own = jingle_session_get_own(jingle_file_get_session(file)),
                           .get = true, .payload = data, .on_answer = on_answer,
                           .userdata = fetch));
    xmpp_stanza_release(data);
    return err;
}

int jingle_file_fetch_picture(jingle_file_t *file, jingle_picture_fn fn, void *userdata)
{
    fetch_t *fetch;
    int err;

    if (!file || !fn)
        return JINGLE_EINVAL;
    if (!file->thumbnail || file->sender || !is_cid(file->thumbnail->uri))
        return JINGLE_ENOENT;
    if (!file->jingle || !file->part)
        return JINGLE_EINVOP;
    fetch = jingle__file_alloc(&file->mem, sizeof *fetch);
    if (!fetch)
        return JINGLE_EMEM;
    *fetch = (fetch_t){jingle_file_clone(file), fn, userdata};
    err = ask(file, fetch);
    if (err) {
        jingle__file_free(&file->mem, fetch);
        jingle_file_release(file); /* the last, if the session has ended inside */
    }
    return err;
}
