/* SPDX-License-Identifier: MIT */
/** @file
 *  What we offer: contents before session-initiate, and later ones by content-add (XEP-0166
 * sections 6.2 and 7.2.2). */
#include "managed.h"

#include <stdio.h>

/* ---- adding -------------------------------------------------------------------------------- */

static jingle_creator_t our_creator(const jingle__managed_t *m)
{
    return jingle__is_initiator(m) ? JINGLE_CREATOR_INITIATOR : JINGLE_CREATOR_RESPONDER;
}

/** A name that no content has, whoever made it. */
static void make_up_name(const jingle__managed_t *m, char *name, size_t size)
{
    const jingle_content_t *content;
    uint32_t number = m->numbers;

    do {
        snprintf(name, size, "%s-%u", jingle__is_initiator(m) ? "i" : "r", (unsigned)++number);
        for (content = m->first; content && strcmp(content->name, name) != 0;
             content = content->next)
            ;
    } while (content);
}

static bool has_room(const jingle__managed_t *m)
{
    jingle_limits_t limits;

    jingle_limits_init(&limits);
    jingle_get_limits(jingle_session_get_manager(m->session), &limits);
    return limits.contents == 0 || jingle__count_contents(m) < limits.contents;
}

/** The responder may add once it has acknowledged the offer, the initiator at any time. */
static bool may_add(const jingle__managed_t *m)
{
    return !jingle__is_over(m) && (m->offered || jingle__is_initiator(m));
}

static int make_parts(jingle_content_t *content, const jingle_content_config_t *config,
                      jingle__plugin_t *application, jingle__plugin_t *security)
{
    void *userdata = config->userdata ? config->userdata : application->userdata;
    int rc = jingle__part_new(content, application, userdata, &content->application);

    if (rc == JINGLE_EOK && security)
        rc = jingle__part_new(content, security, security->userdata, &content->security);
    if (rc == JINGLE_EOK)
        rc = jingle__content_next_transport(content, config->transport, &content->transport);
    content->fixed = config->transport != NULL;
    return rc;
}

static size_t name_application(const char **namespaces, size_t n, const jingle_content_t *content)
{
    const char *ns = content->application->plugin->ns;
    size_t i = 0;

    while (i < n && strcmp(namespaces[i], ns) != 0)
        i++;
    namespaces[i] = ns;
    return i == n ? n + 1 : n;
}

/** So that ties of offers can be judged (XEP-0166 section 7.2.16). @param added is to be the last content */
static int name_applications(jingle__managed_t *m, const jingle_content_t *added)
{
    size_t n = 0, room = jingle__count_contents(m) + 1;
    const char **namespaces = managed_alloc(&m->mem, room * sizeof(*namespaces));
    int rc;

    if (!namespaces)
        return JINGLE_EMEM;
    for (const jingle_content_t *content = m->first; content; content = content->next)
        n = name_application(namespaces, n, content);
    n = name_application(namespaces, n, added);
    rc = jingle_session_set_applications(m->session, namespaces, n);
    managed_free(&m->mem, namespaces);
    return rc;
}

/** @param config a copy of the whole struct */
static int add_content(jingle__managed_t *m, const jingle_content_config_t *config,
                       jingle_content_t **out)
{
    jingle_t *jingle = jingle_session_get_manager(m->session);
    jingle__plugin_t *application =
        jingle__plugin_find(jingle, JINGLE__APPLICATION, config->application);
    jingle__plugin_t *security = jingle__plugin_find(jingle, JINGLE__SECURITY, config->security);
    char made_up[24];
    const char *name = config->name;
    jingle_content_t *content;
    int rc;

    if (!application || (config->security && !security))
        return JINGLE_ENOENT;
    if (name && jingle_session_find_content(m->session, our_creator(m), name))
        return JINGLE_EEXIST;
    if (!has_room(m))
        return JINGLE_ELIMIT;
    if (!name)
        make_up_name(m, made_up, sizeof(made_up));
    content = jingle__content_new(m, our_creator(m), name ? name : made_up, config->senders,
                                  config->disposition);
    if (!content)
        return JINGLE_EMEM;
    content->ours = true;
    content->added = m->offered;
    jingle__plugin_clone(application);
    jingle__plugin_clone(security);
    rc = make_parts(content, config, application, security);
    jingle__plugin_release(application);
    jingle__plugin_release(security);
    if (rc == JINGLE_EOK && !may_add(m))
        rc = JINGLE_EINVOP;
    /* The last that can fail: what is not added was never offered, and nobody is told of its end. */
    if (rc == JINGLE_EOK && !m->offered)
        rc = name_applications(m, content);
    if (rc != JINGLE_EOK) {
        jingle__content_drop_parts(content);
        jingle_content_release(content);
        return rc;
    }
    jingle__content_add(content);
    *out = content;
    return JINGLE_EOK;
}

static bool is_long(const char *text)
{
    return text && strlen(text) > JINGLE_NAME_MAX;
}

int jingle_session_add_content(jingle_session_t *session, const jingle_content_config_t *config,
                               jingle_content_t **content)
{
    jingle__managed_t *m = jingle__managed_of(session);
    jingle_content_config_t copy = {0};
    jingle_content_t *added = NULL;
    int rc;

    if (!session || !config || config->size < offsetof(jingle_content_config_t, userdata))
        return JINGLE_EINVAL;
    memcpy(&copy, config, config->size < sizeof(copy) ? config->size : sizeof(copy));
    if (!copy.application || (copy.name && !*copy.name) || is_long(copy.name) ||
        is_long(copy.disposition) || !jingle_senders_name(copy.senders))
        return JINGLE_EINVAL;
    if (!m || !may_add(m))
        return JINGLE_EINVOP;
    jingle__turn_begin(m);
    rc = add_content(m, &copy, &added);
    if (content)
        *content = added;
    m->noted = m->noted || rc == JINGLE_EOK;
    jingle__turn_end(m);
    return rc;
}

/* ---- session-initiate ---------------------------------------------------------------------- */

/** XEP-0166 section 7.2.10: one content at least has the disposition session. */
static bool is_offerable(const jingle__managed_t *m)
{
    for (const jingle_content_t *content = m->first; content; content = content->next)
        if (jingle__content_is_session(content) && !content->leaving)
            return true;
    return false;
}

int jingle__start(jingle_session_t *session, void *self)
{
    jingle__managed_t *m = self;

    (void)session;
    if (!is_offerable(m))
        return JINGLE_EINVAL;
    jingle__turn_begin(m);
    m->started = true;
    m->noted = true;
    jingle__turn_end(m);
    return JINGLE_EOK;
}

static void send_offer(jingle__managed_t *m)
{
    jingle__batch_t batch;
    int rc =
        jingle__batch_init(&batch, m, JINGLE_ACTION_SESSION_INITIATE, jingle__count_contents(m));

    /* Whoever describes may add another; that is not ready. */
    for (jingle_content_t *content = m->first; rc == JINGLE_EOK && content; content = content->next)
        if (content->transport->stage == JINGLE__READY)
            rc = jingle__batch_add(&batch, content, JINGLE__WHOLE, content->transport);
    if (jingle__is_over(m) || rc != JINGLE_EOK) {
        jingle__batch_clear(&batch);
    } else {
        m->offered = true;
        for (size_t i = 0; i < batch.n; i++)
            batch.ask->contents[i]->state = JINGLE_CONTENT_OFFERED;
        for (jingle_content_t *content = m->first; content; content = content->next)
            content->added = content->state == JINGLE_CONTENT_NEW;
        rc = jingle__batch_send(&batch, NULL, NULL);
    }
    if (rc != JINGLE_EOK)
        jingle__send_failed(m, rc);
}

/** Transports prepare; when all are ready, session-initiate leaves. */
bool jingle__step_offer(jingle__managed_t *m)
{
    bool ready = true;

    if (!m->started || m->offered)
        return false;
    for (jingle_content_t *content = m->first; content; content = content->next) {
        if (content->transport->stage == JINGLE__IDLE) {
            jingle__part_prepare(content->transport);
            return true;
        }
        ready = ready && content->transport->stage == JINGLE__READY;
    }
    if (!is_offerable(m)) {
        jingle_reason_t reason = jingle__why_reason(&m->why);

        jingle__end(m, &reason);
    } else if (ready)
        send_offer(m);
    else
        return false;
    return true;
}

/* ---- content-add --------------------------------------------------------------------------- */

/** What the peer says until it has answered the removal of a content may be meant for that one. */
static bool is_name_free(const jingle_content_t *content)
{
    for (const jingle__ask_t *ask = content->managed->asks; ask; ask = ask->next)
        for (size_t i = 0; ask->action == JINGLE_ACTION_CONTENT_REMOVE && i < ask->n; i++)
            if (ask->contents[i]->creator == content->creator &&
                strcmp(ask->contents[i]->name, content->name) == 0)
                return false;
    return true;
}

static bool is_new(const jingle_content_t *content)
{
    return content->state == JINGLE_CONTENT_NEW && !content->leaving && is_name_free(content);
}

static void send_add(jingle__managed_t *m)
{
    jingle__batch_t batch;
    int rc = jingle__batch_init(&batch, m, JINGLE_ACTION_CONTENT_ADD, jingle__count_contents(m));

    for (jingle_content_t *content = m->first; rc == JINGLE_EOK && content; content = content->next)
        if (is_new(content) && content->transport->stage == JINGLE__READY)
            rc = jingle__batch_add(&batch, content, JINGLE__WHOLE, content->transport);
    if (jingle__is_over(m) || rc != JINGLE_EOK) {
        jingle__batch_clear(&batch);
    } else {
        for (size_t i = 0; i < batch.n; i++)
            batch.ask->contents[i]->state = JINGLE_CONTENT_OFFERED;
        rc = jingle__batch_send(&batch, NULL, NULL);
    }
    if (rc != JINGLE_EOK)
        jingle__send_failed(m, rc);
}

/** All that can be made ready now is, before what is ready leaves. */
bool jingle__step_add(jingle__managed_t *m)
{
    bool ready = false;

    for (jingle_content_t *content = m->first; m->offered && content; content = content->next) {
        if (!is_new(content))
            continue;
        if (content->transport->stage == JINGLE__IDLE) {
            jingle__part_prepare(content->transport);
            return true;
        }
        ready = ready || content->transport->stage == JINGLE__READY;
    }
    if (ready)
        send_add(m);
    return ready;
}

void jingle__offer_refused(jingle_content_t *content, const jingle_answer_t *answer)
{
    jingle_reason_t reason = {.condition = JINGLE_REASON_GENERAL_ERROR,
                              .text = "the peer refused to add it"};
    jingle__managed_t *m = content->managed; /* it may be forgotten when it is over */

    if (answer->type == JINGLE_ANSWER_TIMEOUT) {
        jingle__why_t why = {.condition = JINGLE_REASON_TIMEOUT};

        if (content->state == JINGLE_CONTENT_OFFERED)
            jingle__content_fail(content, &why); /* the peer may have it: it is told */
        return;
    }
    if (jingle_error_get_code(answer->error) == JINGLE_ERROR_TIE_BREAK)
        reason = (jingle_reason_t){.condition = JINGLE_REASON_CANCEL,
                                   .text = "the peer had offered the same at the same time"};
    if (content->state == JINGLE_CONTENT_OFFERED)
        jingle__content_over(content, &reason);
    jingle__end_if_void(m, &reason);
}
