/* SPDX-License-Identifier: MIT */
/** @file
 *  Peers that became unavailable: their sessions end with "gone" unless they are heard of within
 *  the grace (XEP-0166 section 6.7).
 *
 *  It is not looked whether such a peer has a session, which may be a walk over all sessions: that is
 *  done for all of them together, when there are many. So nobody grows the table beyond a constant
 *  and the number of peers with sessions. */
#include "binding.h"

#include <stdio.h>

typedef struct {
    jingle__keyed_t keyed; /**< see key_of() */
    jingle__binding_t *binding;
    jingle_timer_t *timer;
    bool has_session; /**< as of the last walk */
    const char *peer; /**< inside key */
} leaving_t;

/** Longest key: two JIDs (RFC 7622 section 3.1) and what is between them. */
#define KEY_SIZE (2 * 3072u + 2)

/** @return a peer's full JID; of a component, which has many JIDs, our bare JID and a new line before it;
 *  NULL for what are no JIDs */
static const char *key_of(const jingle__binding_t *binding, const char *own, const char *peer,
                          char room[KEY_SIZE])
{
    int len;

    if (!binding->component || !own)
        return peer;
    len = snprintf(room, KEY_SIZE, "%.*s\n%s", (int)strcspn(own, "/"), own, peer);
    return len > 0 && (unsigned)len < KEY_SIZE ? room : NULL;
}

static void forget(jingle__binding_t *binding, leaving_t *peer)
{
    jingle_timer_cancel(peer->timer);
    jingle__bind_free(&binding->mem, peer);
}

/** The grace is over. */
static void on_timer(jingle_t *jingle, void *userdata)
{
    leaving_t *peer = userdata;
    xmpp_mem_t mem = peer->binding->mem;
    char *key = (char *)peer->keyed.key;
    const char *own = peer->peer > key ? key : NULL;

    jingle__map_take(&peer->binding->leaving, key);
    if (own)
        key[peer->peer - key - 1] = '\0'; /* the new line */
    if (jingle_end_peer_sessions(jingle, peer->peer,
                                 JINGLE_END(.condition = JINGLE_REASON_GONE, .own = own)) > 0)
        jingle_log(jingle, XMPP_LEVEL_INFO, "the peer went offline: its sessions were ended");
    jingle__bind_free(&mem, peer);
}

static bool mark(jingle_session_t *session, void *userdata)
{
    jingle__binding_t *binding = userdata;
    char room[KEY_SIZE];
    const char *key =
        key_of(binding, jingle_session_get_own(session), jingle_session_get_peer(session), room);
    leaving_t *peer = key ? jingle__map_get(&binding->leaving, key) : NULL;

    if (peer)
        peer->has_session = true;
    return true;
}

/** Keeps those that have sessions. */
static void sift(jingle__binding_t *binding)
{
    jingle__map_t *leaving = &binding->leaving;
    size_t kept = 0;

    for (size_t i = 0; i < leaving->len; i++)
        ((leaving_t *)leaving->entries[i])->has_session = false;
    jingle_each_session(binding->jingle, mark, binding);
    for (size_t i = 0; i < leaving->len; i++) {
        leaving_t *peer = (leaving_t *)leaving->entries[i];
        if (peer->has_session)
            leaving->entries[kept++] = leaving->entries[i];
        else
            forget(binding, peer);
    }
    leaving->len = kept;
    binding->leaving_limit = 2 * kept + JINGLE__GRACE_PEERS;
}

void jingle__leave_start(jingle__binding_t *binding, const char *own, const char *jid)
{
    char room[KEY_SIZE];
    const char *key = key_of(binding, own, jid, room);
    size_t size = key ? strlen(key) + 1 : 0;
    leaving_t *peer;

    if (!key || binding->grace == UINT32_MAX || jingle_count_sessions(binding->jingle) == 0 ||
        jingle__map_get(&binding->leaving, key))
        return;
    if (binding->leaving.len >= binding->leaving_limit)
        sift(binding);
    peer = jingle__bind_alloc(&binding->mem, sizeof *peer + size);
    if (!peer)
        return; /* its sessions end by their own time-outs */
    peer->keyed.key = memcpy(peer + 1, key, size);
    peer->peer = peer->keyed.key + size - 1 - strlen(jid);
    peer->binding = binding;
    if (jingle_timer_start(binding->jingle, binding->grace, on_timer, peer, &peer->timer) !=
            JINGLE_EOK ||
        !jingle__map_add(&binding->leaving, &binding->mem, &peer->keyed))
        forget(binding, peer);
}

void jingle__leave_stop(jingle__binding_t *binding, const char *own, const char *jid)
{
    char room[KEY_SIZE];
    const char *key = key_of(binding, own, jid, room);
    leaving_t *peer = key ? jingle__map_take(&binding->leaving, key) : NULL;

    if (peer)
        forget(binding, peer);
}

void jingle__leave_clear(jingle__binding_t *binding)
{
    while (binding->leaving.len)
        forget(binding, jingle__map_take_at(&binding->leaving, binding->leaving.len - 1));
}

void jingle_peer_seen(jingle_t *jingle, const char *peer)
{
    jingle__binding_t *binding = jingle__binding_get(jingle);

    if (!binding || !peer)
        return;
    for (size_t i = binding->leaving.len; i-- > 0;)
        if (strcmp(((leaving_t *)binding->leaving.entries[i])->peer, peer) == 0)
            forget(binding, jingle__map_take_at(&binding->leaving, i));
}
