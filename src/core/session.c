/* SPDX-License-Identifier: MIT */
/** @file
 *  Sessions: made, kept, looked at. What they do is in operations.c, send.c, queue.c and end.c. */
#include "core.h"

#include <string.h>

#define SID_OCTETS 16

/** Random and an Nmtoken (XEP-0166 section 7.1): hexadecimal after a letter. */
static int make_sid(jingle_t *jingle, char sid[2 * SID_OCTETS + 2])
{
    static const char digits[] = "0123456789abcdef";
    unsigned char bytes[SID_OCTETS];

    if (jingle_random(jingle, bytes, sizeof bytes) != JINGLE_EOK)
        return JINGLE_EINT;
    sid[0] = 'j';
    for (size_t i = 0; i < sizeof bytes; i++) {
        sid[1 + 2 * i] = digits[bytes[i] >> 4];
        sid[2 + 2 * i] = digits[bytes[i] & 15];
    }
    sid[2 * SID_OCTETS + 1] = '\0';
    return JINGLE_EOK;
}

static size_t packed_len(const char *const *strings, size_t n)
{
    size_t len = n ? 1 : 0;

    for (size_t i = 0; i < n; i++)
        len += strlen(strings[i]) + 1;
    return len;
}

static void pack(char *to, const char *const *strings, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        size_t len = strlen(strings[i]) + 1;
        memcpy(to, strings[i], len);
        to += len;
    }
    *to = '\0';
}

static void free_self(jingle_session_t *session)
{
    if (!session->has_self || !session->type->free)
        return;
    session->has_self = false;
    session->type->free(session->self);
    session->self = NULL;
}

static void free_session(jingle_session_t *session)
{
    jingle_t *jingle = session->jingle;

    /* What is called may clone it, release it, and tell others of it, who keep it. */
    session->refs = 1;
    free_self(session);
    while (session->user_free) {
        void *user = session->user;
        void (*user_free)(void *) = session->user_free;

        session->user = NULL;
        session->user_free = NULL;
        user_free(user);
    }
    if (--session->refs)
        return;
    if (!session->inline_applications)
        jingle__free(&jingle->mem, session->applications);
    jingle__free(&jingle->mem, session->answered);
    jingle__jid_release(jingle, session->own);
    jingle__peer_release(jingle, session->peer);
    jingle__free(&jingle->mem, session);
    jingle__leave(jingle);
}

/** One block: the struct, the sid, the applications. */
static jingle_session_t *allocate(jingle_t *jingle, const jingle__session_args_t *args,
                                  const char *sid)
{
    size_t sid_size = strlen(sid) + 1;
    size_t list = packed_len(args->applications, args->n_applications);
    /* sid begins where the struct would be filled up to a multiple of a pointer. */
    size_t size = offsetof(jingle_session_t, sid) + sid_size + list;
    jingle_session_t *session =
        jingle__alloc(&jingle->mem, size > sizeof *session ? size : sizeof *session);

    if (!session)
        return NULL;
    session->peer = jingle__peer_get(jingle, args->peer);
    if (!session->peer) {
        jingle__free(&jingle->mem, session);
        return NULL;
    }
    memcpy(session->sid, sid, sid_size);
    if (list) {
        session->applications = session->sid + sid_size;
        session->inline_applications = true;
        pack(session->applications, args->applications, args->n_applications);
    }
    session->jingle = jingle;
    session->own = jingle__jid_clone(args->own);
    session->type = args->type ? args->type : &jingle__base_type;
    session->role = (uint8_t)args->role;
    session->refs = 1;
    if (args->saved)
        jingle__saved_fill(session, args->saved);
    jingle__enter(jingle);
    return session;
}

static int within_limits(jingle_t *jingle, const jingle__session_args_t *args)
{
    const jingle_limits_t *limits = &jingle->limits;

    if (limits->sessions && HASH_COUNT(jingle->sessions) >= limits->sessions)
        return JINGLE_ELIMIT;
    if (limits->sessions_per_peer) {
        const jingle__peer_t *peer = jingle__peer_find(jingle, args->peer);
        if (peer && peer->count >= limits->sessions_per_peer)
            return JINGLE_ELIMIT;
    }
    return JINGLE_EOK;
}

static int make_self(jingle_session_t *session, const jingle__session_args_t *args)
{
    void *type_userdata = args->type_userdata;
    int err;

    if (args->saved)
        return jingle__saved_self(session, type_userdata, args->saved);
    session->self = type_userdata;
    if (!session->type->create)
        return JINGLE_EOK;
    err = session->type->create(session, type_userdata, &session->self);
    session->has_self = err == JINGLE_EOK;
    return err;
}

int jingle__session_create(jingle_t *jingle, const jingle__session_args_t *args,
                           jingle_session_t **out)
{
    char made_up[2 * SID_OCTETS + 2];
    const char *sid = args->sid;
    jingle_session_t *session;
    int err;

    if (jingle->closing)
        return JINGLE_EINVOP;
    if (!sid && make_sid(jingle, made_up) != JINGLE_EOK)
        return JINGLE_EINT;
    if (!sid)
        sid = made_up;
    if (!*sid || (jingle->limits.sid && strlen(sid) > jingle->limits.sid))
        return JINGLE_EINVAL;
    if (jingle__registry_find(jingle, args->own, args->peer, sid))
        return JINGLE_EEXIST;
    err = within_limits(jingle, args);
    if (err)
        return err;
    session = allocate(jingle, args, sid);
    if (!session)
        return JINGLE_EMEM;
    err = make_self(session, args);
    /* create may have called back in: ask again what it could have changed. */
    if (!err && jingle->closing)
        err = JINGLE_EINVOP;
    if (!err && jingle__registry_find(jingle, session->own, session->peer->jid, session->sid))
        err = JINGLE_EEXIST;
    if (!err)
        err = jingle__registry_add(session);
    if (err) {
        session->state = JINGLE_STATE_ENDED;
        jingle__request_drop_all(session);
        jingle_session_release(session);
        return err;
    }
    jingle->counters.sessions_total++;
    *out = session;
    return JINGLE_EOK;
}

/** Of a session that is not made, so that the caller need not know how far it came. */
static void free_user(const jingle_session_config_t *config)
{
    if (config->size >= sizeof *config && config->user_free)
        config->user_free(config->user);
}

static bool are_namespaces(const char *const *list, size_t n)
{
    if (n && !list)
        return false;
    for (size_t i = 0; i < n; i++)
        if (strlen(list[i]) > JINGLE_NAME_MAX)
            return false;
    return true;
}

static bool is_valid(const jingle_session_config_t *config)
{
    return config->size >= sizeof *config &&
           (config->role == JINGLE_ROLE_INITIATOR || config->role == JINGLE_ROLE_RESPONDER) &&
           are_namespaces(config->applications, config->n_applications) &&
           (!config->type || config->type->size >= offsetof(jingle_session_type_t, save));
}

int jingle_session_new(jingle_t *jingle, const char *peer, const jingle_session_config_t *config,
                       jingle_session_t **out)
{
    static const jingle_session_config_t none = {.size = sizeof none};
    jingle__session_args_t args = {0};
    jingle__jid_t *folded = NULL, *own = NULL;
    jingle_session_t *session = NULL;
    bool owned = false;
    int err = JINGLE_EMEM;

    if (!config)
        config = &none;
    if (!jingle || !peer || !jingle__jid_is_valid(peer) || !is_valid(config)) {
        free_user(config);
        return JINGLE_EINVAL;
    }
    jingle__enter(jingle);
    folded = jingle__jid_new(jingle, peer, true);
    own = config->own ? jingle__jid_new(jingle, config->own, true) : jingle__jid_clone(jingle->own);
    if (!folded || (config->own && !own))
        goto out;
    args = (jingle__session_args_t){.sid = config->sid,
                                    .own = own,
                                    .peer = folded->text,
                                    .role = config->role,
                                    .type = config->type,
                                    .type_userdata = config->type_userdata,
                                    .applications = config->applications,
                                    .n_applications = config->n_applications};
    err = jingle__session_create(jingle, &args, &session);
    if (err)
        goto out;
    if (config->user || config->user_free)
        jingle_session_set_user(session, config->user, config->user_free);
    owned = true;
    jingle_session_clone(session);
    jingle__emit(jingle, (jingle_event_t){.type = JINGLE_EVENT_CREATED, .session = session});
    if (session->state == JINGLE_STATE_ENDED)
        err = JINGLE_EINVOP;
    else if (out)
        *out = session;
    jingle_session_release(session);
out:
    jingle__jid_release(jingle, own);
    jingle__jid_release(jingle, folded);
    if (!owned)
        free_user(config);
    jingle__leave(jingle);
    return err;
}

jingle_session_t *jingle_session_clone(jingle_session_t *session)
{
    if (session)
        session->refs++;
    return session;
}

void jingle_session_release(jingle_session_t *session)
{
    if (session && --session->refs == 0)
        free_session(session);
}

int jingle__session_set_state(jingle_session_t *session, jingle_state_t state)
{
    if (session->state == state)
        return JINGLE_EOK;
    session->state = (uint8_t)state;
    session->changed = true;
    return jingle__emit(
        session->jingle,
        (jingle_event_t){.type = JINGLE_EVENT_STATE, .session = session, .state = state});
}

int jingle_session_set_state(jingle_session_t *session, jingle_state_t state)
{
    if (!session || (unsigned)state >= JINGLE_STATE_ENDED)
        return JINGLE_EINVAL;
    if (session->state == JINGLE_STATE_ENDED)
        return JINGLE_EINVOP;
    /* A type that sets the state says the peer knows of the session; not so just before our offer is
     * sent, or while the peer's waits for its answer. */
    if (state != JINGLE_STATE_STARTING && !(session->start_called && !session->offer_sent) &&
        !(session->offered && !session->acknowledged))
        session->known = true;
    jingle__enter(session->jingle);
    jingle_session_clone(session);
    jingle__session_set_state(session, state);
    jingle_t *jingle = session->jingle;
    if (!session->current && !(session->start_called && !session->offer_sent))
        jingle__tell_change(session);
    jingle_session_release(session);
    jingle__leave(jingle);
    return JINGLE_EOK;
}

int jingle_session_set_connection(jingle_session_t *session, jingle_connection_t connection)
{
    jingle_t *jingle;

    if (!session || (unsigned)connection >= JINGLE_CONNECTION_COUNT)
        return JINGLE_EINVAL;
    jingle = session->jingle;
    if (jingle->closed)
        return JINGLE_EINVOP;
    if (session->connection == connection)
        return JINGLE_EOK;
    jingle__enter(jingle);
    jingle_session_clone(session);
    session->connection = (uint8_t)connection;
    session->changed = true;
    jingle__emit(jingle, (jingle_event_t){.type = JINGLE_EVENT_CONNECTION,
                                          .session = session,
                                          .connection = connection});
    if (!session->current)
        jingle__tell_change(session);
    jingle_session_release(session);
    jingle__leave(jingle);
    return JINGLE_EOK;
}

int jingle_session_set_applications(jingle_session_t *session, const char *const *applications,
                                    size_t n_applications)
{
    char *packed;

    if (!session || !are_namespaces(applications, n_applications))
        return JINGLE_EINVAL;
    packed = jingle__alloc(&session->jingle->mem, packed_len(applications, n_applications) + 1);
    if (!packed)
        return JINGLE_EMEM;
    pack(packed, applications, n_applications);
    if (!session->inline_applications)
        jingle__free(&session->jingle->mem, session->applications);
    session->applications = packed;
    session->inline_applications = false;
    session->changed = true;
    return JINGLE_EOK;
}

void jingle_session_set_user(jingle_session_t *session, void *user, void (*free_fn)(void *))
{
    void *old;
    void (*old_free)(void *);

    if (!session)
        return;
    old = session->user;
    old_free = session->user_free;
    session->user = user;
    session->user_free = free_fn;
    if (old_free && old != user)
        old_free(old);
}
