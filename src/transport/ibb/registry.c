/* SPDX-License-Identifier: MIT */
/** @file
 *  The streams of a manager, found by (own JID, peer, sid): what a stranger sends with somebody's
 *  sid finds nothing. */
#include "stream.h"

#define ROTL(x, n) ((x) << (n) | (x) >> (64 - (n)))

static void sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[1] = ROTL(v[1], 13) ^ v[0];
    v[0] = ROTL(v[0], 32);
    v[2] += v[3];
    v[3] = ROTL(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = ROTL(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = ROTL(v[1], 17) ^ v[2];
    v[2] = ROTL(v[2], 32);
}

/** SipHash-1-3: sids are the peers' choice, so an unkeyed hash would let them fill one bucket. */
static unsigned hash_of(const jingle__ibb_registry_t *registry, const char *key, size_t len)
{
    uint64_t k[2], word = 0;
    uint64_t v[4] = {0x736f6d6570736575, 0x646f72616e646f6d, 0x6c7967656e657261,
                     0x7465646279746573};

    memcpy(k, registry->key, sizeof k);
    for (int i = 0; i < 4; i++)
        v[i] ^= k[i & 1];
    for (size_t i = 0; i < len; i += 8) {
        size_t rest = len - i < 8 ? len - i : 8;

        word = 0;
        memcpy(&word, key + i, rest);
        v[3] ^= word;
        sip_round(v);
        v[0] ^= word;
    }
    word = (uint64_t)len << 56;
    v[3] ^= word;
    sip_round(v);
    v[0] ^= word;
    v[2] ^= 0xff;
    for (int i = 0; i < 3; i++)
        sip_round(v);
    word = v[0] ^ v[1] ^ v[2] ^ v[3];
    return (unsigned)(word ^ word >> 32);
}

/** The three strings with a NUL between them, which none can contain.
 *  @param room where it goes if it fits, else into memory to be freed; may be NULL */
static char *join(const xmpp_mem_t *mem, const char *const part[3], char *room, size_t size,
                  size_t *len)
{
    size_t own_len = strlen(part[0]) + 1, peer_len = strlen(part[1]) + 1, sid_len = strlen(part[2]);
    size_t need = own_len + peer_len + sid_len + 1;
    char *key = need <= size ? room : mem->alloc(need, mem->userdata);

    if (!key)
        return NULL;
    memcpy(key, part[0], own_len);
    memcpy(key + own_len, part[1], peer_len);
    memcpy(key + own_len + peer_len, part[2], sid_len + 1);
    *len = need - 1;
    return key;
}

static jingle__ibb_stream_t *find(jingle__ibb_registry_t *registry, const char *key, size_t len)
{
    jingle__ibb_stream_t *found;
    unsigned hash = hash_of(registry, key, len);

    HASH_FIND_BYHASHVALUE(hh, registry->streams, key, (unsigned)len, hash, found);
    return found;
}

jingle__ibb_stream_t *jingle__ibb_registry_find(jingle__ibb_registry_t *registry, const char *own,
                                                const char *peer, const char *sid)
{
    jingle__ibb_stream_t *found = NULL;
    char room[512];
    size_t len;
    char *key = join(&registry->mem, (const char *const[]){own ? own : "", peer, sid}, room,
                     sizeof room, &len);

    if (key)
        found = find(registry, key, len);
    if (key != room)
        jingle__ibb_free(&registry->mem, key);
    return found;
}

int jingle__ibb_registry_add(jingle__ibb_registry_t *registry, jingle__ibb_stream_t *stream,
                             const char *own, const char *peer)
{
    const xmpp_mem_t *mem = &registry->mem;
    unsigned hash;

    stream->key = join(mem, (const char *const[]){own ? own : "", peer, stream->sid}, NULL, 0,
                       &stream->key_len);
    if (!stream->key)
        return JINGLE_EMEM;
    stream->own = own ? stream->key : NULL;
    stream->peer = stream->key + strlen(stream->key) + 1;
    if (find(registry, stream->key, stream->key_len))
        return JINGLE_EEXIST;
    hash = hash_of(registry, stream->key, stream->key_len);
    HASH_ADD_KEYPTR_BYHASHVALUE(hh, registry->streams, stream->key, (unsigned)stream->key_len, hash,
                                stream);
    if (!stream->hh.tbl)
        return JINGLE_EMEM;
    stream->registry = registry;
    return JINGLE_EOK;
}

void jingle__ibb_registry_remove(jingle__ibb_stream_t *stream)
{
    jingle__ibb_registry_t *registry = stream->registry;
    const xmpp_mem_t *mem = &stream->mem;

    if (!registry)
        return;
    HASH_DELETE(hh, registry->streams, stream);
    stream->registry = NULL;
}
