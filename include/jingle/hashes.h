/* SPDX-License-Identifier: MIT */
/** @file
 *  Hash functions and their values (XEP-0300). None of these functions keeps anything: they may be
 *  called from any thread. */
#ifndef JINGLE_HASHES_H
#define JINGLE_HASHES_H

#include <stddef.h>

#include <jingle/names.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Namespace of `<hash/>` (XEP-0300). */
#define JINGLE_NS_HASHES "urn:xmpp:hashes:2"

/** Hash functions of XEP-0300 that are checked here, the weakest first: of several the strongest
 *  decides. X(NAME, wire name, octets) */
#define JINGLE_HASHES(X)                                                                           \
    X(SHA_1, "sha-1", 20)                                                                          \
    X(SHA_256, "sha-256", 32)                                                                      \
    X(SHA3_256, "sha3-256", 32)                                                                    \
    X(SHA_512, "sha-512", 64)                                                                      \
    X(BLAKE2B_512, "blake2b-512", 64)

/** The hash functions, such as JINGLE_HASH_SHA_256. */
typedef enum {
    JINGLE_HASH_UNKNOWN = 0,
#define JINGLE_X(name, wire, octets) JINGLE_HASH_##name,
    JINGLE_HASHES(JINGLE_X)
#undef JINGLE_X
        JINGLE_HASH_COUNT
} jingle_hash_algo_t;

/** As bits, for lists of algorithms. */
#define JINGLE_HASH_BIT(algo) (1u << (algo))

/** Octets of the longest hash. */
#define JINGLE_HASH_MAX 64

/** `<hash/>` or, without value, `<hash-used/>` (XEP-0300). */
typedef struct {
    jingle_hash_algo_t algo;              /**< which function */
    size_t len;                           /**< octets of value; 0: announced, to be told later */
    unsigned char value[JINGLE_HASH_MAX]; /**< the first len octets count */
} jingle_hash_t;

/** @return the wire name; NULL for JINGLE_HASH_UNKNOWN and values out of range */
JINGLE_API const char *jingle_hash_name(jingle_hash_algo_t algo);
/** @return the algorithm of that wire name, else JINGLE_HASH_UNKNOWN */
JINGLE_API jingle_hash_algo_t jingle_hash_from_name(const char *name);
/** Writes a hash in lower-case hexadecimal.
 *  @param hex room for 2 * len + 1 octets, at most 2 * JINGLE_HASH_MAX + 1 @return hex */
JINGLE_API char *jingle_hash_to_hex(const jingle_hash_t *hash, char *hex);

/** Room for what jingle_hash_to_sdp() writes. */
#define JINGLE_HASH_SDP_MAX (32 + 3 * JINGLE_HASH_MAX)
/** Writes a hash as it stands in SDP (XEP-0234 section 7): "sha-1:55:2D:A7".
 *  @param text room for JINGLE_HASH_SDP_MAX octets @return text */
JINGLE_API char *jingle_hash_to_sdp(const jingle_hash_t *hash, char *text);

#ifdef __cplusplus
}
#endif

#endif
