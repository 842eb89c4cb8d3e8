/* SPDX-License-Identifier: MIT */
/** @file
 *  Hashes (XEP-0300), computed by OpenSSL. */
#include "file.h"

#include <openssl/evp.h>
#include <stdio.h>

static const struct {
    const char *name;
    size_t len;
} algorithms[] = {
#define JINGLE_X(id, wire, octets) [JINGLE_HASH_##id] = {wire, octets},
    JINGLE_HASHES(JINGLE_X)
#undef JINGLE_X
};

static const EVP_MD *md_of(jingle_hash_algo_t algo)
{
    switch (algo) {
    case JINGLE_HASH_SHA_1:
        return EVP_sha1();
    case JINGLE_HASH_SHA_256:
        return EVP_sha256();
    case JINGLE_HASH_SHA3_256:
        return EVP_sha3_256();
    case JINGLE_HASH_SHA_512:
        return EVP_sha512();
    case JINGLE_HASH_BLAKE2B_512:
        return EVP_blake2b512();
    case JINGLE_HASH_UNKNOWN:
    case JINGLE_HASH_COUNT:
        break;
    }
    return NULL;
}

const char *jingle_hash_name(jingle_hash_algo_t algo)
{
    return (unsigned)algo < JINGLE_HASH_COUNT ? algorithms[algo].name : NULL;
}

jingle_hash_algo_t jingle_hash_from_name(const char *name)
{
    for (unsigned algo = 1; name && algo < JINGLE_HASH_COUNT; algo++) {
        if (!strcmp(name, algorithms[algo].name))
            return (jingle_hash_algo_t)algo;
    }
    return JINGLE_HASH_UNKNOWN;
}

char *jingle_hash_to_hex(const jingle_hash_t *hash, char *hex)
{
    static const char digits[] = "0123456789abcdef";
    char *end = hex;

    for (size_t i = 0; i < hash->len && i < JINGLE_HASH_MAX; i++) {
        *end++ = digits[hash->value[i] >> 4];
        *end++ = digits[hash->value[i] & 15];
    }
    *end = '\0';
    return hex;
}

char *jingle_hash_to_sdp(const jingle_hash_t *hash, char *text)
{
    static const char digits[] = "0123456789ABCDEF";
    const char *name = jingle_hash_name(hash->algo);
    char *end = text;

    *end = '\0';
    if (!name)
        return text;
    end += snprintf(text, JINGLE_HASH_SDP_MAX, "%s", name);
    for (size_t i = 0; i < hash->len && i < JINGLE_HASH_MAX; i++) {
        *end++ = ':';
        *end++ = digits[hash->value[i] >> 4];
        *end++ = digits[hash->value[i] & 15];
    }
    *end = '\0';
    return text;
}

/* ---- the element's text -------------------------------------------------------------------- */

void jingle__hash_to_base64(const jingle_hash_t *hash, char text[JINGLE__HASH_TEXT])
{
    EVP_EncodeBlock((unsigned char *)text, hash->value, (int)hash->len);
}

void jingle__hash_from_base64(const char *text, jingle_hash_t *hash)
{
    long len;

    memset(hash->value, 0, sizeof hash->value);
    len = jingle__base64_read(text, hash->value, sizeof hash->value);
    if (!len || len == (long)algorithms[hash->algo].len)
        hash->len = (size_t)len;
    else
        /* A value that no data has: what cannot be verified must not pass for something that need
         * not. */
        hash->len = 1;
}

size_t jingle__hash_len(jingle_hash_algo_t algo)
{
    return algorithms[algo].len;
}

bool jingle__hash_equals(const jingle_hash_t *a, const jingle_hash_t *b)
{
    return a->algo == b->algo && a->len == b->len && !memcmp(a->value, b->value, a->len);
}

/* ---- a set of hashes, the strongest first -------------------------------------------------- */

jingle_hash_t *jingle__hash_find(jingle_hash_t *hashes, size_t n, jingle_hash_algo_t algo)
{
    for (size_t i = 0; i < n; i++) {
        if (hashes[i].algo == algo)
            return &hashes[i];
    }
    return NULL;
}

void jingle__hash_add(jingle_hash_t *hashes, size_t *n, const jingle_hash_t *hash)
{
    jingle_hash_t *known = jingle__hash_find(hashes, *n, hash->algo);
    size_t at = *n;

    if (known) {
        if (hash->len)
            *known = *hash;
        return;
    }
    for (; at && hashes[at - 1].algo < hash->algo; at--)
        hashes[at] = hashes[at - 1];
    hashes[at] = *hash;
    ++*n;
}

/* ---- computing ----------------------------------------------------------------------------- */

int jingle__digest_start(jingle__digest_t *digest, unsigned bits)
{
    jingle__digest_clear(digest); /* of a try that came to nothing */
    for (unsigned algo = 1; algo < JINGLE_HASH_COUNT; algo++) {
        if (!(bits & JINGLE_HASH_BIT(algo)))
            continue;
        digest->context[algo] = EVP_MD_CTX_new();
        if (!digest->context[algo] ||
            !EVP_DigestInit_ex(digest->context[algo], md_of((jingle_hash_algo_t)algo), NULL)) {
            jingle__digest_clear(digest);
            return JINGLE_EMEM;
        }
    }
    return JINGLE_EOK;
}

int jingle__digest_update(jingle__digest_t *digest, const void *data, size_t len)
{
    for (unsigned algo = 1; algo < JINGLE_HASH_COUNT; algo++) {
        if (digest->context[algo] && !EVP_DigestUpdate(digest->context[algo], data, len))
            return JINGLE_EINT;
    }
    return JINGLE_EOK;
}

int jingle__digest_finish(jingle__digest_t *digest, jingle_hash_t *hashes, size_t *n)
{
    int err = JINGLE_EOK;

    for (unsigned algo = 1; algo < JINGLE_HASH_COUNT; algo++) {
        jingle_hash_t hash = {.algo = (jingle_hash_algo_t)algo, .len = algorithms[algo].len};

        if (!digest->context[algo])
            continue;
        if (EVP_DigestFinal_ex(digest->context[algo], hash.value, NULL))
            jingle__hash_add(hashes, n, &hash);
        else
            err = JINGLE_EINT;
    }
    jingle__digest_clear(digest);
    return err;
}

int jingle__digest_peek(const jingle__digest_t *digest, jingle_hash_algo_t algo,
                        jingle_hash_t *hash)
{
    EVP_MD_CTX *copy;
    int err = JINGLE_EOK;

    if (!digest->context[algo])
        return JINGLE_ENOENT;
    *hash = (jingle_hash_t){.algo = algo, .len = algorithms[algo].len};
    copy = EVP_MD_CTX_new();
    if (!copy || !EVP_MD_CTX_copy_ex(copy, digest->context[algo]))
        err = JINGLE_EMEM; /* there is no other reason */
    else if (!EVP_DigestFinal_ex(copy, hash->value, NULL))
        err = JINGLE_EINT;
    EVP_MD_CTX_free(copy);
    return err;
}

jingle_hash_algo_t jingle__digest_strongest(const jingle__digest_t *digest)
{
    unsigned algo = JINGLE_HASH_COUNT - 1;

    while (algo && !digest->context[algo])
        algo--;
    return (jingle_hash_algo_t)algo;
}

unsigned jingle__digest_bits(const jingle__digest_t *digest)
{
    unsigned bits = 0;

    for (unsigned algo = 1; algo < JINGLE_HASH_COUNT; algo++)
        bits |= digest->context[algo] ? JINGLE_HASH_BIT(algo) : 0;
    return bits;
}

void jingle__digest_clear(jingle__digest_t *digest)
{
    for (unsigned algo = 1; algo < JINGLE_HASH_COUNT; algo++) {
        EVP_MD_CTX_free(digest->context[algo]);
        digest->context[algo] = NULL;
    }
}
