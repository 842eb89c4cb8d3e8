/* SPDX-License-Identifier: MIT */
/** @file
 *  What a session tells of itself. */
#include "core.h"

#include <string.h>

#include "siphash.h"

const char *jingle_session_get_sid(const jingle_session_t *session)
{
    return session ? session->sid : "";
}

const char *jingle_session_get_peer(const jingle_session_t *session)
{
    return session ? session->peer->jid : "";
}

const char *jingle_session_get_own(const jingle_session_t *session)
{
    return session && session->own ? session->own->text : NULL;
}

jingle_role_t jingle_session_get_role(const jingle_session_t *session)
{
    return session ? (jingle_role_t)session->role : JINGLE_ROLE_INITIATOR;
}

jingle_state_t jingle_session_get_state(const jingle_session_t *session)
{
    return session ? (jingle_state_t)session->state : JINGLE_STATE_ENDED;
}

jingle_connection_t jingle_session_get_connection(const jingle_session_t *session)
{
    return session ? (jingle_connection_t)session->connection : JINGLE_CONNECTION_STARTING;
}

const jingle_session_type_t *jingle_session_get_type(const jingle_session_t *session)
{
    return session ? session->type : &jingle__base_type;
}

void *jingle_session_get_self(const jingle_session_t *session)
{
    return session ? session->self : NULL;
}

jingle_t *jingle_session_get_manager(const jingle_session_t *session)
{
    return session && !session->jingle->closed ? session->jingle : NULL;
}

uint64_t jingle_session_get_peer_id(const jingle_session_t *session)
{
    uint64_t id;

    if (!session)
        return 0;
    id = session->peer->hash + 7 * (session->own ? session->own->hash : 0);
    return id ? id : 1;
}

bool jingle_session_is_initiator(const jingle_session_t *session)
{
    return session && session->role == JINGLE_ROLE_INITIATOR;
}

static bool state_is(const jingle_session_t *session, jingle_state_t state)
{
    return session && session->state == state;
}

bool jingle_session_is_starting(const jingle_session_t *session)
{
    return state_is(session, JINGLE_STATE_STARTING);
}

bool jingle_session_is_pending(const jingle_session_t *session)
{
    return state_is(session, JINGLE_STATE_PENDING);
}

bool jingle_session_is_active(const jingle_session_t *session)
{
    return state_is(session, JINGLE_STATE_ACTIVE);
}

bool jingle_session_is_ended(const jingle_session_t *session)
{
    return state_is(session, JINGLE_STATE_ENDED);
}

bool jingle_session_is_ended_by_peer(const jingle_session_t *session)
{
    return session && session->ended_by_peer;
}

static bool connection_is(const jingle_session_t *session, jingle_connection_t connection)
{
    return session && session->connection == connection;
}

bool jingle_session_is_connecting(const jingle_session_t *session)
{
    return connection_is(session, JINGLE_CONNECTION_CONNECTING);
}

bool jingle_session_is_connected(const jingle_session_t *session)
{
    return connection_is(session, JINGLE_CONNECTION_CONNECTED);
}

bool jingle_session_is_disconnected(const jingle_session_t *session)
{
    return connection_is(session, JINGLE_CONNECTION_DISCONNECTED);
}

bool jingle_session_is_interrupted(const jingle_session_t *session)
{
    return connection_is(session, JINGLE_CONNECTION_INTERRUPTED);
}

bool jingle_session_is_acknowledged(const jingle_session_t *session)
{
    return session && session->acknowledged;
}

bool jingle_session_is_tracked(const jingle_session_t *session)
{
    return session && session->tracked;
}

jingle_action_t jingle_session_get_pending_action(const jingle_session_t *session)
{
    if (!session || session->state == JINGLE_STATE_ENDED)
        return JINGLE_ACTION_UNKNOWN;
    for (const jingle__request_t *request = session->requests; request; request = request->next)
        if (jingle__action_can_tie(request->action))
            return request->action;
    return JINGLE_ACTION_UNKNOWN;
}

size_t jingle_session_count_requests(const jingle_session_t *session)
{
    return session ? session->n_requests : 0;
}

const char *jingle_session_get_application(const jingle_session_t *session, size_t index)
{
    const char *at = session ? session->applications : NULL;

    for (; at && *at; at += strlen(at) + 1)
        if (index-- == 0)
            return at;
    return NULL;
}

void *jingle_session_get_user(const jingle_session_t *session)
{
    return session ? session->user : NULL;
}
