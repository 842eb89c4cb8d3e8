/* SPDX-License-Identifier: MIT */
/** @file
 *  The managed session type: its vtable, its self, its turns. */
#include "held.h"

/* ---- turns --------------------------------------------------------------------------------- */

/** In the order of urgency: what is owed to the peer; what has failed is not worth describing; what one
 *  says of oneself goes before what follows from it. */
static bool (*const steps[])(jingle__managed_t *) = {
    jingle__step_reject,     jingle__step_fail,   jingle__step_leave,   jingle__step_ask,
    jingle__step_offer,      jingle__step_accept, jingle__step_answer,  jingle__step_agreed,
    jingle__step_add,        jingle__step_modify, jingle__step_replace, jingle__step_start,
    jingle__step_open,       jingle__step_finish, jingle__step_news,    jingle__step_done,
    jingle__step_connection,
};

static bool step(jingle__managed_t *m)
{
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++)
        if (steps[i](m))
            return true;
    return false;
}

/** @return false when there was nothing to do, and nothing noted that is to be saved */
static bool go_on(jingle__managed_t *m)
{
    bool did = m->noted;

    while (!jingle__is_over(m) && !jingle__end_is_held(m) && step(m))
        did = true;
    m->noted = false;
    return did;
}

void jingle__turn_begin(jingle__managed_t *m)
{
    jingle_session_clone(m->session);
    m->turns++;
}

void jingle__turn_end(jingle__managed_t *m)
{
    jingle_session_t *session = m->session;

    while (m->turns == 1 && !jingle__is_over(m) && go_on(m))
        jingle_session_changed(session);
    m->turns--;
    jingle_session_release(session);
}

/* ---- small things -------------------------------------------------------------------------- */

jingle__managed_t *jingle__managed_of(const jingle_session_t *session)
{
    return jingle_session_is_managed(session) ? jingle_session_get_self(session) : NULL;
}

bool jingle_session_is_managed(const jingle_session_t *session)
{
    return session && jingle_session_get_type(session) == &jingle__managed_type;
}

bool jingle__is_over(const jingle__managed_t *m)
{
    return m->over || jingle_session_is_ended(m->session);
}

bool jingle__is_initiator(const jingle__managed_t *m)
{
    return jingle_session_is_initiator(m->session);
}

void jingle__note(const jingle__managed_t *m, xmpp_log_level_t level, const char *text)
{
    jingle_t *jingle = m ? jingle_session_get_manager(m->session) : NULL;

    if (jingle)
        jingle_log(jingle, level, "%s", text);
}

void jingle__quirk(const jingle__managed_t *m, const char *what)
{
    jingle_note_quirk(jingle_session_get_manager(m->session), what);
}

void jingle__end(jingle__managed_t *m, const jingle_reason_t *reason)
{
    /* The condition of JINGLE_END that is left out means success. */
    jingle_condition_t condition = reason->condition;

    if (condition == JINGLE_REASON_UNDEFINED)
        condition = JINGLE_REASON_GENERAL_ERROR;
    jingle_session_end(m->session, JINGLE_END(.condition = condition, .text = reason->text,
                                              .detail = reason->detail));
}

void jingle__refuse(jingle_reply_t *reply, const jingle_error_t *error)
{
    jingle_reply_error(reply, error);
}

/** Last, when all that the action does is done: what is saved with the answer must know of it, for
 *  the action is not handled again then (save.h). */
void jingle__answer(jingle_reply_t *reply, const jingle_error_t *error)
{
    if (error)
        jingle__refuse(reply, error);
    else
        jingle_reply_ack(reply);
}

/* ---- life of a session --------------------------------------------------------------------- */

static int create(jingle_session_t *session, void *userdata, void **self)
{
    const xmpp_mem_t *mem = jingle_get_mem(jingle_session_get_manager(session));
    jingle__managed_t *m = managed_alloc(mem, sizeof(*m));

    (void)userdata;
    if (!m)
        return JINGLE_EMEM;
    m->mem = *mem;
    m->session = session;
    *self = m;
    return JINGLE_EOK;
}

static void forget(jingle_content_t **list)
{
    while (*list) {
        jingle_content_t *content = *list;

        *list = content->next;
        content->managed = NULL;
        jingle_content_release(content);
    }
}

static void destroy(void *self)
{
    jingle__managed_t *m = self;
    xmpp_mem_t mem = m->mem;

    /* Of a session that was restored and could not be kept: else its end has done it. */
    m->over = true;
    for (jingle_content_t *content = m->first; content; content = content->next)
        jingle__content_drop_parts(content);
    forget(&m->first);
    forget(&m->gone);
    jingle__why_clear(&mem, &m->why);
    managed_free(&mem, m);
}

/** What concerns contents goes by their functions, so that both sides agree on them. A session-info
 *  concerns none. */
static bool may_send(jingle_session_t *session, jingle_action_t action, const jingle_data_t *data,
                     void *self)
{
    jingle__managed_t *m = self;
    bool ours = m->sending;

    (void)session;
    (void)data;
    m->sending = false; /* who is told of it does not send in our name */
    return ours || action == JINGLE_ACTION_SESSION_INFO;
}

/** For each content: T.stop, A.closed, S.free, T.free, A.free, in the order of arrival. */
static void ended(jingle_session_t *session, const jingle_reason_t *reason,
                  const jingle_error_t *error, void *self)
{
    static const jingle_reason_t none = {.condition = JINGLE_REASON_UNDEFINED};
    jingle__managed_t *m = self;

    (void)error;
    if (m->unexplained && jingle_session_is_ended_by_peer(session))
        reason = &none; /* to the engine that is success; an application may need to be told so */
    jingle__turn_begin(m);
    m->over = true;
    jingle_timer_cancel(m->timer);
    m->timer = NULL;
    jingle__end_held_no_more(m);
    /* Their answers may come when the manager's timers are gone. */
    for (jingle__ask_t *ask = m->asks; ask; ask = ask->next)
        jingle__ask_told(ask);
    while (m->first)
        jingle__content_over(m->first, reason);
    /* If this is the manager's end, and comes from inside a stop, the rest of that content goes on no
     * timer and no net afterwards. */
    for (jingle_content_t *content = m->gone; content; content = content->next)
        jingle__content_quit(content);
    jingle__turn_end(m);
}

const jingle_session_type_t jingle__managed_type = {
    .size = sizeof(jingle_session_type_t),
    .name = "managed",
    .create = create,
    .free = destroy,
    .start = jingle__start,
    .accept = jingle__accept,
    .ended = ended,
    .admit = jingle__admit,
    .competes = jingle__competes,
    .may_send = may_send,
    .on_session_initiate = jingle__on_session_initiate,
    .on_session_accept = jingle__on_session_accept,
    .on_session_info = jingle__on_session_info,
    .on_session_terminate = jingle__on_session_terminate,
    .on_security_info = jingle__on_security_info,
    .on_description_info = jingle__on_description_info,
    .on_content_add = jingle__on_content_add,
    .on_content_accept = jingle__on_content_accept,
    .on_content_reject = jingle__on_content_reject,
    .on_content_modify = jingle__on_content_modify,
    .on_content_remove = jingle__on_content_remove,
    .on_transport_info = jingle__on_transport_info,
    .on_transport_replace = jingle__on_transport_replace,
    .on_transport_accept = jingle__on_transport_accept,
    .on_transport_reject = jingle__on_transport_reject,
    .save = jingle__save,
    .restore = jingle__restore,
    .restored = jingle__restored,
};

int jingle_managed_session_new(jingle_t *jingle, const char *peer,
                               const jingle_session_config_t *config, jingle_session_t **session)
{
    jingle_session_config_t copy = {0};

    if (config)
        memcpy(&copy, config, config->size < sizeof(copy) ? config->size : sizeof(copy));
    copy.size = sizeof(copy);
    copy.type = &jingle__managed_type;
    copy.type_userdata = NULL;
    copy.applications = NULL;
    copy.n_applications = 0;
    return jingle_session_new(jingle, peer, &copy, session);
}
