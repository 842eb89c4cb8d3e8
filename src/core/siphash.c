/* SPDX-License-Identifier: MIT */
/** @file
 *  SipHash-1-3 after Aumasson and Bernstein: one round a word, three to finish. */
#include "siphash.h"

static uint64_t rotl(uint64_t x, unsigned n)
{
    return x << n | x >> (64 - n);
}

/** Up to 8 octets, the first the least significant, whatever the machine's order. */
static uint64_t word(const uint8_t *p, size_t n)
{
    uint64_t w = 0;

    while (n--)
        w = w << 8 | p[n];
    return w;
}

static void sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[2] += v[3];
    v[1] = rotl(v[1], 13) ^ v[0];
    v[3] = rotl(v[3], 16) ^ v[2];
    v[0] = rotl(v[0], 32);
    v[2] += v[1];
    v[0] += v[3];
    v[1] = rotl(v[1], 17) ^ v[2];
    v[3] = rotl(v[3], 21) ^ v[0];
    v[2] = rotl(v[2], 32);
}

uint64_t jingle__siphash(const uint8_t key[16], const void *data, size_t len)
{
    const uint8_t *p = data;
    uint64_t k0 = word(key, 8), k1 = word(key + 8, 8);
    uint64_t v[4] = {k0 ^ 0x736f6d6570736575u, k1 ^ 0x646f72616e646f6du, k0 ^ 0x6c7967656e657261u,
                     k1 ^ 0x7465646279746573u};
    uint64_t last = (uint64_t)len << 56;
    size_t rest = len;

    for (; rest >= 8; rest -= 8, p += 8) {
        uint64_t m = word(p, 8);

        v[3] ^= m;
        sip_round(v);
        v[0] ^= m;
    }
    if (rest)
        last |= word(p, rest);
    v[3] ^= last;
    sip_round(v);
    v[0] ^= last;
    v[2] ^= 0xff;
    sip_round(v);
    sip_round(v);
    sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}
