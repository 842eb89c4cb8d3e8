/* SPDX-License-Identifier: MIT */
/** @file
 *  Which sessions live: by (own JID, peer, sid), and by peer.
 *
 *  Sids and JIDs are chosen by peers, so hashes are keyed. The hash of a session is the sum of
 *  those of its three strings: each is looked at once, and the peer's serves both tables. */
#include "core.h"

#include <string.h>

#include "siphash.h"

typedef struct {
    const char *own, *peer, *sid;
} keyed_t;

static const char *own_text(const jingle__jid_t *own)
{
    return own ? own->text : "";
}

static int key_differs(const jingle_session_t *session, const keyed_t *key)
{
    return strcmp(session->sid, key->sid) || strcmp(session->peer->jid, key->peer) ||
           strcmp(own_text(session->own), key->own);
}

/* In the table of sessions a stored key is the session itself, whose size says nothing. */
#define SESSION_KEY_LEN 1
#undef HASH_KEYCMP
#define HASH_KEYCMP(stored, wanted, len)                                                           \
    key_differs((const jingle_session_t *)(stored), (const keyed_t *)(wanted))

static uint64_t hash_of(const jingle_t *jingle, const char *text, size_t len)
{
    return jingle__siphash(jingle->hash_key, text, len);
}

static uint32_t session_hash(const jingle_t *jingle, const jingle__jid_t *own, uint64_t peer_hash,
                             const char *sid, size_t sid_len)
{
    uint64_t hash = (own ? own->hash : 0) + 3 * peer_hash + 5 * hash_of(jingle, sid, sid_len);
    return (uint32_t)(hash ^ hash >> 32);
}

uint32_t jingle__registry_hash(const jingle_t *jingle, const jingle__jid_t *own, const char *peer,
                               const char *sid)
{
    return session_hash(jingle, own, hash_of(jingle, peer, strlen(peer)), sid, strlen(sid));
}

/** While the session was made (type->create) its peer may have come into the table, or left it and
 *  come back as another: there is one of each JID there. */
static jingle__peer_t *settle_peer(jingle_session_t *session)
{
    jingle__peer_t *peer = jingle__peer_find(session->jingle, session->peer->jid);

    if (peer && peer != session->peer) {
        jingle__peer_release(session->jingle, session->peer);
        session->peer = peer;
        peer->refs++;
    }
    return session->peer;
}

int jingle__registry_add(jingle_session_t *session)
{
    jingle_t *jingle = session->jingle;
    const xmpp_mem_t *uthash_mem = &jingle->mem;
    jingle__peer_t *peer = settle_peer(session);
    unsigned hash =
        session_hash(jingle, session->own, peer->hash, session->sid, strlen(session->sid));

    if (peer->count == 0) {
        unsigned peer_hash = (unsigned)(peer->hash ^ peer->hash >> 32);
        HASH_ADD_KEYPTR_BYHASHVALUE(hh, jingle->peers, peer->jid, peer->len, peer_hash, peer);
        if (!peer->hh.tbl)
            return JINGLE_EMEM;
    }
    HASH_ADD_KEYPTR_BYHASHVALUE(hh, jingle->sessions, session, SESSION_KEY_LEN, hash, session);
    if (!session->hh.tbl) {
        if (peer->count == 0)
            HASH_DEL(jingle->peers, peer);
        return JINGLE_EMEM;
    }
    DL_APPEND2(peer->sessions, session, peer_prev, peer_next);
    peer->count++;
    session->tracked = true;
    return JINGLE_EOK;
}

void jingle__registry_remove(jingle_session_t *session)
{
    jingle_t *jingle = session->jingle;
    const xmpp_mem_t *uthash_mem = &jingle->mem;
    jingle__peer_t *peer = session->peer;

    for (jingle__cursor_t *cursor = jingle->cursors; cursor; cursor = cursor->up)
        if (cursor->next == session)
            cursor->next = session->hh.next;
    HASH_DEL(jingle->sessions, session);
    DL_DELETE2(peer->sessions, session, peer_prev, peer_next);
    if (--peer->count == 0)
        HASH_DEL(jingle->peers, peer);
    session->tracked = false;
}

jingle_session_t *jingle__registry_find(jingle_t *jingle, const jingle__jid_t *own,
                                        const char *peer, const char *sid)
{
    keyed_t key = {.own = own_text(own), .peer = peer, .sid = sid};
    unsigned hash = jingle__registry_hash(jingle, own, peer, sid);
    jingle_session_t *session;

    HASH_FIND_BYHASHVALUE(hh, jingle->sessions, &key, SESSION_KEY_LEN, hash, session);
    return session;
}

/* In the table of peers a stored key is the JID. */
#undef HASH_KEYCMP
#define HASH_KEYCMP(stored, wanted, len) memcmp(stored, wanted, len)

static jingle__peer_t *find_peer(const jingle_t *jingle, const char *jid, size_t len, uint64_t hash)
{
    jingle__peer_t *peer;

    HASH_FIND_BYHASHVALUE(hh, jingle->peers, jid, len, (unsigned)(hash ^ hash >> 32), peer);
    return peer;
}

jingle__peer_t *jingle__peer_find(jingle_t *jingle, const char *jid)
{
    size_t len = strlen(jid);

    return jingle->peers ? find_peer(jingle, jid, len, hash_of(jingle, jid, len)) : NULL;
}

jingle__peer_t *jingle__peer_get(jingle_t *jingle, const char *jid)
{
    size_t len = strlen(jid);
    uint64_t hash = hash_of(jingle, jid, len);
    jingle__peer_t *peer = find_peer(jingle, jid, len, hash);

    if (!peer) {
        peer = jingle__alloc(&jingle->mem, sizeof *peer + len + 1);
        if (!peer)
            return NULL;
        memcpy(peer->jid, jid, len + 1);
        peer->len = len;
        peer->hash = hash;
    }
    peer->refs++;
    return peer;
}

void jingle__peer_release(jingle_t *jingle, jingle__peer_t *peer)
{
    if (peer && --peer->refs == 0)
        jingle__free(&jingle->mem, peer);
}

jingle_session_t *jingle_find_session(const jingle_t *jingle, const char *own, const char *peer,
                                      const char *sid)
{
    jingle__jid_t *jid, *folded;
    jingle_session_t *session = NULL;
    jingle_t *self = (jingle_t *)(uintptr_t)jingle; /* a lookup changes nothing but references */

    if (!jingle || !peer || !sid)
        return NULL;
    jid = own ? jingle__jid_new(self, own, true) : jingle__jid_clone(self->own);
    folded = jingle__jid_new(self, peer, true);
    if (folded && (jid || !own))
        session = jingle__registry_find(self, jid, folded->text, sid);
    jingle__jid_release(self, folded);
    jingle__jid_release(self, jid);
    return session;
}

size_t jingle_count_sessions(const jingle_t *jingle)
{
    return jingle ? HASH_COUNT(jingle->sessions) : 0;
}

size_t jingle_each_session(jingle_t *jingle, jingle_session_fn fn, void *userdata)
{
    jingle__cursor_t cursor;
    size_t visited = 0;
    bool go_on = true;

    if (!jingle || !fn)
        return 0;
    jingle__enter(jingle);
    cursor = (jingle__cursor_t){.up = jingle->cursors, .next = jingle->sessions};
    jingle->cursors = &cursor;
    while (go_on && cursor.next) {
        jingle_session_t *session = jingle_session_clone(cursor.next);
        visited++;
        go_on = fn(session, userdata);
        if (cursor.next == session) /* it lives: its end would have moved the cursor */
            cursor.next = session->hh.next;
        jingle_session_release(session);
    }
    jingle->cursors = cursor.up;
    jingle__leave(jingle);
    return visited;
}
