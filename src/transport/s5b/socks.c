/* SPDX-License-Identifier: MIT */
/** @file
 *  The SOCKS5 handshake (RFC 1928 sections 3 to 6) as far as XEP-0065 needs it: no authentication,
 *  CONNECT, a domain name that is a hash, port 0. Bytes only: no socket. */
#include "s5b.h"

#include <stdio.h>

#include <openssl/evp.h>

enum { VERSION = 5, NO_AUTH = 0, NO_METHOD = 0xff, CONNECT = 1, SUCCEEDED = 0, NOT_ALLOWED = 2 };
enum { ADDRESS_IPV4 = 1, ADDRESS_NAME = 3, ADDRESS_IPV6 = 4 };

int jingle__s5b_hash(const char *sid, const char *first, const char *second,
                     char hash[JINGLE__S5B_HASH_SIZE])
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned len = 0;
    EVP_MD_CTX *md = EVP_MD_CTX_new();
    bool done =
        md && EVP_DigestInit_ex(md, EVP_sha1(), NULL) && EVP_DigestUpdate(md, sid, strlen(sid)) &&
        EVP_DigestUpdate(md, first, strlen(first)) &&
        EVP_DigestUpdate(md, second, strlen(second)) && EVP_DigestFinal_ex(md, digest, &len);

    EVP_MD_CTX_free(md);
    for (unsigned i = 0; done && i < len; i++)
        snprintf(hash + 2 * i, 3, "%02x", digest[i]);
    return done ? JINGLE_EOK : JINGLE_EMEM;
}

/* ---- collecting messages -------------------------------------------------------------------- */

/** Moves bytes into `in` until it holds `want`. @return whether it does */
static bool collect(jingle__socks_t *socks, size_t want, const unsigned char **data, size_t *len)
{
    size_t take = want > socks->in_len ? want - socks->in_len : 0;

    if (want > sizeof socks->in)
        return false;
    if (take > *len)
        take = *len;
    memcpy(socks->in + socks->in_len, *data, take);
    socks->in_len += take;
    *data += take;
    *len -= take;
    return socks->in_len >= want;
}

/** A request and an answer have one form: 4 octets, an address, a port.
 *  @return its whole length, 0 while that is unknown, more than fits for an unknown kind */
static size_t message_len(const jingle__socks_t *socks)
{
    if (socks->in_len < 5)
        return 0;
    switch (socks->in[3]) {
    case ADDRESS_IPV4:
        return 4 + 4 + 2;
    case ADDRESS_NAME:
        return 4 + 1 + (size_t)socks->in[4] + 2;
    case ADDRESS_IPV6:
        return 4 + 16 + 2;
    default:
        return JINGLE__SOCKS_ROOM + 1;
    }
}

/** @return SOCKS_DONE when a whole message is in `in` */
static jingle__socks_state_t collect_message(jingle__socks_t *socks, const unsigned char **data,
                                             size_t *len)
{
    if (!collect(socks, 5, data, len))
        return SOCKS_MORE;
    if (message_len(socks) > sizeof socks->in)
        return SOCKS_FAILED;
    return collect(socks, message_len(socks), data, len) ? SOCKS_DONE : SOCKS_MORE;
}

static void put(jingle__socks_t *socks, const void *data, size_t len)
{
    if (socks->out_len + len <= sizeof socks->out) {
        memcpy(socks->out + socks->out_len, data, len);
        socks->out_len += len;
    }
}

/** 4 octets, the hash as a name, port 0. */
static void put_message(jingle__socks_t *socks, unsigned char second)
{
    size_t len = strlen(socks->hash);
    unsigned char head[5] = {VERSION, second, 0, ADDRESS_NAME, (unsigned char)len};

    put(socks, head, sizeof head);
    put(socks, socks->hash, len);
    put(socks, "\0", 2);
}

/* ---- the client ----------------------------------------------------------------------------- */

void jingle__socks_client(jingle__socks_t *socks, const char *hash)
{
    static const unsigned char greeting[] = {VERSION, 1, NO_AUTH};

    *socks = (jingle__socks_t){0};
    snprintf(socks->hash, sizeof socks->hash, "%s", hash);
    put(socks, greeting, sizeof greeting);
}

jingle__socks_state_t jingle__socks_client_feed(jingle__socks_t *socks, const void *data,
                                                size_t len, size_t *used)
{
    const unsigned char *at = data;
    size_t left = len;
    jingle__socks_state_t state = SOCKS_MORE;

    if (socks->step == 0 && collect(socks, 2, &at, &left)) {
        if (socks->in[0] != VERSION || socks->in[1] != NO_AUTH)
            return SOCKS_FAILED;
        /* Only now: some proxies want the request alone, not behind the greeting. */
        put_message(socks, CONNECT);
        socks->in_len = 0;
        socks->step = 1;
    }
    if (socks->step == 1)
        state = collect_message(socks, &at, &left);
    if (state == SOCKS_DONE && (socks->in[0] != VERSION || socks->in[1] != SUCCEEDED))
        state = SOCKS_FAILED;
    *used = len - left;
    return state;
}

/* ---- the server ----------------------------------------------------------------------------- */

void jingle__socks_server(jingle__socks_t *socks)
{
    *socks = (jingle__socks_t){0};
}

static bool greet(jingle__socks_t *socks)
{
    unsigned char answer[] = {VERSION, NO_METHOD};

    if (memchr(socks->in + 2, NO_AUTH, socks->in[1]))
        answer[1] = NO_AUTH;
    put(socks, answer, sizeof answer);
    socks->in_len = 0;
    socks->step = 1;
    return answer[1] == NO_AUTH;
}

static bool read_request(jingle__socks_t *socks)
{
    size_t len = socks->in[4];

    if (socks->in[0] != VERSION || socks->in[1] != CONNECT || socks->in[3] != ADDRESS_NAME ||
        memchr(socks->in + 5, '\0', len))
        return false;
    memcpy(socks->hash, socks->in + 5, len);
    socks->hash[len] = '\0';
    for (char *at = socks->hash; *at; at++)
        if (*at >= 'A' && *at <= 'F')
            *at = (char)(*at - 'A' + 'a');
    return true;
}

jingle__socks_state_t jingle__socks_server_feed(jingle__socks_t *socks, const void *data,
                                                size_t len, size_t *used)
{
    const unsigned char *at = data;
    size_t left = len;
    jingle__socks_state_t state = SOCKS_MORE;

    if (socks->step == 0 && collect(socks, 2, &at, &left)) {
        if (socks->in[0] != VERSION)
            return SOCKS_FAILED;
        if (collect(socks, 2 + (size_t)socks->in[1], &at, &left) && !greet(socks))
            return SOCKS_FAILED;
    }
    if (socks->step == 1)
        state = collect_message(socks, &at, &left);
    if (state == SOCKS_DONE && !read_request(socks))
        state = SOCKS_FAILED;
    *used = len - left;
    return state;
}

void jingle__socks_server_answer(jingle__socks_t *socks, bool granted)
{
    put_message(socks, granted ? SUCCEEDED : NOT_ALLOWED);
}
