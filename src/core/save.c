/* SPDX-License-Identifier: MIT */
/** @file
 *  Sessions that outlive the process: written here and read again in restore.c. What stands where
 *  is said once, in the order in which it is written:
 *
 *      magic  version  length of all                      8, 4 and 4 octets
 *      own JID  peer  sid  namespace and name of the type
 *      role  state  connection  flags                     flags in the order of flags_of()
 *      number of applications, each
 *      number of requests, each: action, id, ms left,     a piece
 *        what it asks, if that can be asked again         since version 2
 *      what the type has written                          a piece
 *      number of actions answered last, each: hash, kind  a piece, since version 2; answered.c
 *      SipHash of all that                                8 octets */
#include "save.h"

#include <string.h>

#include "siphash.h"

const unsigned char jingle__save_magic[JINGLE__SAVE_MAGIC] = "\211JINGLE\n";

uint64_t jingle__save_sum(const void *data, size_t len)
{
    static const uint8_t key[16] = "jingle-save-sum";

    return jingle__siphash(key, data, len);
}

/* ---- what is told of changes --------------------------------------------------------------- */

void jingle_set_tell_changes(jingle_t *jingle, bool tell)
{
    if (jingle)
        jingle->tell_changes = tell;
}

bool jingle__can_save(const jingle_session_t *session)
{
    if (session->role == JINGLE_ROLE_RESPONDER)
        return session->tracked && session->acknowledged;
    /* Inside the events before its offer: restored, it would never be made. */
    return session->tracked && (!session->offer_begun || session->offer_sent);
}

void jingle__tell_change(jingle_session_t *session)
{
    if (!session->jingle->tell_changes || !session->changed || !jingle__can_save(session))
        return;
    session->changed = false;
    jingle__emit(session->jingle,
                 (jingle_event_t){.type = JINGLE_EVENT_CHANGED, .session = session});
}

void jingle_session_changed(jingle_session_t *session)
{
    jingle_t *jingle;

    if (!session)
        return;
    jingle = session->jingle;
    session->changed = true;
    jingle__enter(jingle);
    jingle_session_clone(session);
    jingle__tell_change(session);
    jingle_session_release(session);
    jingle__leave(jingle);
}

/* ---- writing ------------------------------------------------------------------------------- */

static unsigned flags_of(const jingle_session_t *session)
{
    return (unsigned)session->acknowledged | (unsigned)session->known << 1 |
           (unsigned)session->start_called << 2 | (unsigned)session->accept_called << 3 |
           (unsigned)session->offer_begun << 4 | (unsigned)session->offer_sent << 5 |
           (unsigned)session->accept_sent << 6;
}

static void save_type(jingle_save_t *save, const jingle_session_t *session)
{
    const jingle__type_entry_t *entry;

    DL_FOREACH(session->jingle->types, entry)
    if (entry->type == session->type)
        break;
    jingle_save_text(save, entry ? entry->ns : NULL);
    jingle_save_text(save, session->type->name);
}

static void save_applications(jingle_save_t *save, const jingle_session_t *session)
{
    const char *application;
    size_t n = 0;

    while (jingle_session_get_application(session, n))
        n++;
    jingle_save_number(save, n);
    for (size_t i = 0; (application = jingle_session_get_application(session, i)); i++)
        jingle_save_text(save, application);
}

static void save_requests(jingle_save_t *save, const jingle_session_t *session)
{
    size_t piece = jingle_save_begin(save);
    const jingle__request_t *request;
    size_t n = 0;

    DL_COUNT(session->requests, request, n); /* n_requests counts one that is being made, too */
    jingle_save_number(save, n);
    DL_FOREACH(session->requests, request)
    {
        const jingle_timer_t *timer = &request->timer;
        uint64_t now = session->jingle->now;
        char id[JINGLE__REQUEST_ID];

        jingle_save_number(save, request->action);
        jingle_save_text(save, jingle__request_id(request, id));
        jingle_save_number(save, !timer->slot       ? UINT32_MAX
                                 : timer->due > now ? timer->due - now
                                                    : 0);
        jingle_save_text(save, request->element);
    }
    jingle_save_end(save, piece);
}

static int save_self(jingle_save_t *save, jingle_session_t *session)
{
    const jingle_session_type_t *type = session->type;
    size_t piece = jingle_save_begin(save);
    int err = JINGLE_EOK;

    if (JINGLE__TYPE_HAS(type, save))
        err = type->save(session, save, session->self);
    else if (type->create)
        err = JINGLE_ENOENT;
    jingle_save_end(save, piece);
    return err;
}

static int save_session(jingle_save_t *save, jingle_session_t *session)
{
    int err;

    jingle_save_text(save, session->own ? session->own->text : NULL);
    jingle_save_text(save, session->peer->jid);
    jingle_save_text(save, session->sid);
    save_type(save, session);
    jingle_save_number(save, session->role);
    jingle_save_number(save, session->state);
    jingle_save_number(save, session->connection);
    jingle_save_number(save, flags_of(session));
    save_applications(save, session);
    save_requests(save, session);
    err = save_self(save, session);
    jingle__answered_save(save, session->answered);
    return err;
}

static void pack(unsigned char *to, size_t size, uint64_t number)
{
    for (size_t i = size; i-- > 0; number >>= 8)
        to[i] = (unsigned char)(number & 0xff);
}

int jingle_save(jingle_session_t *session, void *buffer, size_t size, size_t *len)
{
    jingle_save_t save = {.data = buffer, .size = size, .len = JINGLE__SAVE_HEAD};
    unsigned char *head = buffer;
    jingle_t *jingle;
    int err;

    if (!session || !len || (!buffer && size))
        return JINGLE_EINVAL;
    if (!jingle__can_save(session))
        return JINGLE_EINVOP;
    jingle = session->jingle;
    jingle__enter(jingle);
    jingle_session_clone(session);
    err = save_session(&save, session);
    if (!err && !jingle__can_save(session))
        err = JINGLE_EINVOP; /* ended inside its save */
    jingle_session_release(session);
    jingle__leave(jingle);
    if (err)
        return err;
    *len = save.len < SIZE_MAX - JINGLE__SAVE_SUM ? save.len + JINGLE__SAVE_SUM : SIZE_MAX;
    if (*len > JINGLE_SAVE_MAX || (buffer && *len > size))
        return JINGLE_ELIMIT;
    if (!buffer)
        return JINGLE_EOK;
    /* Octets, no string. NOLINTNEXTLINE(bugprone-not-null-terminated-result) */
    memcpy(head, jingle__save_magic, JINGLE__SAVE_MAGIC);
    pack(head + JINGLE__SAVE_MAGIC, 4, JINGLE__SAVE_VERSION);
    pack(head + JINGLE__SAVE_MAGIC + 4, 4, *len);
    pack(head + save.len, JINGLE__SAVE_SUM, jingle__save_sum(head, save.len));
    return JINGLE_EOK;
}

int jingle_save_request(const jingle_session_t *session, jingle_answer_fn on_answer, void *userdata)
{
    const jingle__request_t *request = session ? session->requests : NULL;
    int number = 0;

    for (; request; request = request->next, number++)
        if (request->on_answer == on_answer && request->userdata == userdata)
            return number;
    return JINGLE_ENOENT;
}
