/* SPDX-License-Identifier: MIT */
/** @file
 *  What was answered last, for a session that outlives the process. An answer may be lost with the
 *  process though the state knows of its action: the server delivers what was not acknowledged again
 *  (XEP-0198 section 5), or the peer says it again. The action must not be handled twice then, nor be
 *  refused because it was: it is answered as it was. Only the very same one, by sender, id and action,
 *  and once in each life; a live session remembers nothing, for there the first answer has left. */
#include "save.h"

#include <string.h>

/** As many as can come at once: what is read of a connection in one go is 4 KiB. */
#define KEPT 8u

struct jingle__answered {
    uint64_t hash[KEPT]; /**< of id and action; the oldest first */
    uint8_t kind[KEPT];  /**< 0: a result; else the jingle_error_code_t of the error */
    bool again[KEPT];    /**< restored: it may come once more */
    uint8_t n;
};

/** The same in every process, so without a secret. Who makes two ids that collide deceives himself.
 */
static uint64_t hash_of(const jingle_reply_t *reply)
{
    return jingle__save_sum(reply->id, strlen(reply->id)) ^ (uint64_t)reply->data->action;
}

/* ---- what is answered ---------------------------------------------------------------------- */

static void add(jingle__answered_t *answered, uint64_t hash, unsigned kind, bool again)
{
    if (answered->n == KEPT) {
        answered->n--;
        memmove(answered->hash, answered->hash + 1, answered->n * sizeof *answered->hash);
        memmove(answered->kind, answered->kind + 1, answered->n * sizeof *answered->kind);
        memmove(answered->again, answered->again + 1, answered->n * sizeof *answered->again);
    }
    answered->hash[answered->n] = hash;
    answered->kind[answered->n] = (uint8_t)kind;
    answered->again[answered->n++] = again;
}

/** @return JINGLE_EOK, JINGLE_EMEM */
static int make_room(jingle_session_t *session)
{
    if (!session->answered)
        session->answered = jingle__alloc(&session->jingle->mem, sizeof *session->answered);
    return session->answered ? JINGLE_EOK : JINGLE_EMEM;
}

static unsigned kind_of(const jingle_error_t *error)
{
    jingle_error_code_t code = jingle_error_get_code(error);

    return code ? (unsigned)code : JINGLE_ERROR_INTERNAL_SERVER_ERROR;
}

/** Changes nothing, comes often, and may be answered twice. */
static bool is_ping(const jingle_data_t *data)
{
    return data->action == JINGLE_ACTION_SESSION_INFO && !data->foreign.n_children;
}

void jingle__tell_answer(jingle_session_t *session, const jingle_reply_t *reply,
                         const jingle_error_t *error)
{
    bool refused = error != NULL, ping;

    if (!session->jingle->tell_changes || !jingle__can_save(session))
        return;
    ping = is_ping(reply->data);
    /* A type that keeps something has seen the action by now; only it knows what it has kept of it. */
    if (!ping && JINGLE__TYPE_HAS(session->type, save))
        session->changed = true;
    if (ping && !session->changed)
        return;
    /* Without memory for it the action is one like any other when it comes again. */
    if (reply->id && make_room(session) == JINGLE_EOK)
        add(session->answered, hash_of(reply), refused ? kind_of(error) : 0, false);
    jingle__tell_change(session);
}

bool jingle__answered_again(jingle_session_t *session, jingle_reply_t *reply)
{
    jingle__answered_t *answered = session->answered;
    uint64_t hash;

    if (!reply->id)
        return false;
    hash = hash_of(reply);
    for (size_t i = 0; i < answered->n; i++) {
        if (!answered->again[i] || answered->hash[i] != hash)
            continue;
        answered->again[i] = false;
        if (answered->kind[i])
            jingle__reply_send_error(reply,
                                     jingle_error_of((jingle_error_code_t)answered->kind[i]));
        else
            jingle__reply_send_result(reply);
        return true;
    }
    return false;
}

/* ---- saved and restored -------------------------------------------------------------------- */

void jingle__answered_save(jingle_save_t *save, const jingle__answered_t *answered)
{
    size_t piece = jingle_save_begin(save);
    size_t n = answered ? answered->n : 0;

    jingle_save_number(save, n);
    for (size_t i = 0; i < n; i++) {
        jingle_save_number(save, answered->hash[i]);
        jingle_save_number(save, answered->kind[i]);
    }
    jingle_save_end(save, piece);
}

int jingle__answered_restore(jingle_session_t *session, jingle_load_t *load)
{
    size_t n;

    if (jingle_load_is_done(load)) /* of version 1 */
        return JINGLE_EOK;
    n = (size_t)jingle_load_number(load, KEPT);
    if (n && make_room(session) != JINGLE_EOK)
        return JINGLE_EMEM;
    for (size_t i = 0; i < n; i++) {
        uint64_t hash = jingle_load_number(load, UINT64_MAX);

        add(session->answered, hash, (unsigned)jingle_load_number(load, JINGLE_ERROR_COUNT - 1),
            true);
    }
    return jingle_load_is_done(load) ? JINGLE_EOK : JINGLE_EDATA;
}
