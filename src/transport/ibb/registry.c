/* SPDX-License-Identifier: MIT */
/** @file
 *  The streams of a manager, found by (own JID, peer, sid): what a stranger sends with somebody's
 *  sid finds nothing. */
#include "stream.h"

/** Peers choose the sids. */
static unsigned hash_of(const jingle__ibb_registry_t *registry, const char *key, size_t len)
{
    return (unsigned)jingle_hash(registry->jingle, key, len);
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
