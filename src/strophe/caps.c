/* SPDX-License-Identifier: MIT */
/** @file
 *  Entity capabilities (XEP-0115): the hash, and what is known by it.
 *
 *  A hash stands for the same features whoever names it, so only what was verified is kept: else
 *  one peer could speak for all others that run the same software. */
#include "binding.h"

#include <openssl/evp.h>

static const struct {
    const char *name;
    const EVP_MD *(*md)(void);
} hashes[] = {
    [JINGLE__HASH_SHA1] = {"sha-1", EVP_sha1},
    [JINGLE__HASH_SHA256] = {"sha-256", EVP_sha256},
};

jingle__hash_t jingle__hash_from_name(const char *name)
{
    for (unsigned i = JINGLE__HASH_SHA1; name && i < sizeof hashes / sizeof hashes[0]; i++)
        if (strcmp(hashes[i].name, name) == 0)
            return (jingle__hash_t)i;
    return JINGLE__HASH_NONE;
}

/* ---- the hash -------------------------------------------------------------------------------- */

typedef struct {
    EVP_MD_CTX *md;
    bool failed;
    bool ambiguous; /**< a "<" in a string could be the end of one */
} digest_t;

static void feed(digest_t *digest, const char *string, const char *end)
{
    if (EVP_DigestUpdate(digest->md, string, strlen(string)) != 1 ||
        EVP_DigestUpdate(digest->md, end, 1) != 1)
        digest->failed = true;
    if (strchr(string, '<'))
        digest->ambiguous = true;
}

static void feed_string(void *sink, const char *string)
{
    feed(sink, string, "<");
}

static void feed_doc(digest_t *digest, const jingle_disco_t *disco)
{
    for (size_t i = 0; i < disco->n_identities; i++) {
        const jingle_identity_t *identity = &disco->identities[i];
        feed(digest, identity->category, "/");
        feed(digest, identity->type, "/");
        feed(digest, identity->lang ? identity->lang : "", "/");
        feed(digest, identity->name ? identity->name : "", "<");
    }
    for (size_t i = 0; i < disco->n_features; i++)
        feed_string(digest, disco->features[i]);
}

static int finish(digest_t *digest, char ver[JINGLE__VER_SIZE])
{
    unsigned char octets[EVP_MAX_MD_SIZE];
    unsigned len = 0;

    if (digest->ambiguous)
        return JINGLE_EPROTO;
    if (digest->failed || EVP_DigestFinal_ex(digest->md, octets, &len) != 1 || len > 32)
        return JINGLE_EMEM;
    EVP_EncodeBlock((unsigned char *)ver, octets, (int)len);
    return JINGLE_EOK;
}

int jingle__caps_ver(const xmpp_mem_t *mem, jingle__hash_t hash, const jingle__doc_t *doc,
                     xmpp_stanza_t *query, char ver[JINGLE__VER_SIZE])
{
    digest_t digest = {.md = EVP_MD_CTX_new()};
    int err = JINGLE_EOK;

    if (doc->duplicates)
        err = JINGLE_EPROTO;
    else if (!digest.md || EVP_DigestInit_ex(digest.md, hashes[hash].md(), NULL) != 1)
        err = JINGLE_EMEM;
    if (!err) {
        feed_doc(&digest, &doc->disco);
        if (query)
            err = jingle__forms_each(mem, query, feed_string, &digest);
    }
    if (!err)
        err = finish(&digest, ver);
    EVP_MD_CTX_free(digest.md);
    return err;
}

/* ---- what is known --------------------------------------------------------------------------- */

#define KEY_SIZE (JINGLE__VER_SIZE + 1)

static void make_key(const jingle__caps_id_t *id, char key[KEY_SIZE])
{
    size_t len = strlen(id->ver);

    key[0] = (char)('0' + id->hash);
    memcpy(key + 1, id->ver, len < JINGLE__VER_SIZE ? len + 1 : 0);
    key[KEY_SIZE - 1] = '\0';
}

jingle__caps_t *jingle__caps_find(jingle__binding_t *binding, const jingle__caps_id_t *id)
{
    char key[KEY_SIZE];
    jingle__caps_t *caps;

    if (id->hash == JINGLE__HASH_NONE)
        return NULL;
    make_key(id, key);
    caps = jingle__map_get(&binding->caps, key);
    if (!caps)
        return NULL;
    caps->used = ++binding->serial;
    caps->refs++;
    return caps;
}

void jingle__caps_release(const xmpp_mem_t *mem, jingle__caps_t *caps)
{
    if (--caps->refs)
        return;
    jingle__bind_free(mem, caps->doc);
    jingle__bind_free(mem, caps);
}

static void drop_oldest(jingle__binding_t *binding)
{
    size_t oldest = 0;

    for (size_t i = 1; i < binding->caps.len; i++)
        if (((jingle__caps_t *)binding->caps.entries[i])->used <
            ((jingle__caps_t *)binding->caps.entries[oldest])->used)
            oldest = i;
    jingle__caps_release(&binding->mem, jingle__map_take_at(&binding->caps, oldest));
}

static void keep(jingle__binding_t *binding, const char *key, const jingle__doc_t *doc)
{
    size_t size = strlen(key) + 1;
    jingle__caps_t *caps;

    if (binding->caps.len >= JINGLE__CAPS)
        drop_oldest(binding);
    caps = jingle__bind_alloc(&binding->mem, sizeof *caps + size);
    if (!caps)
        return;
    caps->keyed.key = memcpy(caps + 1, key, size);
    caps->refs = 1;
    caps->used = ++binding->serial;
    caps->doc = jingle__doc_copy(&binding->mem, doc);
    if (!caps->doc || !jingle__map_add(&binding->caps, &binding->mem, &caps->keyed))
        jingle__caps_release(&binding->mem, caps);
}

void jingle__caps_learn(jingle__binding_t *binding, const jingle__caps_id_t *id,
                        const jingle__doc_t *doc, xmpp_stanza_t *query)
{
    char key[KEY_SIZE], ver[JINGLE__VER_SIZE];
    int err;

    make_key(id, key);
    if (jingle__map_get(&binding->caps, key) || doc->octets > JINGLE__CAPS_OCTETS)
        return;
    err = jingle__caps_ver(&binding->mem, id->hash, doc, query, ver);
    if (!err && strcmp(ver, id->ver) == 0)
        keep(binding, key, doc);
    else if (err != JINGLE_EMEM)
        jingle_log(binding->jingle, XMPP_LEVEL_INFO,
                   "a peer's answer does not fit the hash of its entity capabilities: not kept for "
                   "others");
}

void jingle__caps_clear(jingle__binding_t *binding)
{
    while (binding->caps.len)
        jingle__caps_release(&binding->mem,
                             jingle__map_take_at(&binding->caps, binding->caps.len - 1));
    jingle__map_free(&binding->caps, &binding->mem);
}
