/* SPDX-License-Identifier: MIT */
/** @file
 *  Contents that change or go: content-modify and content-remove, in both directions (XEP-0166
 *  sections 7.2.3 and 7.2.5). */
#include "held.h"

/* ---- content-remove, ours ------------------------------------------------------------------ */

int jingle_content_remove(jingle_content_t *content, const jingle_reason_t *reason)
{
    static const jingle_reason_t cancel = {.condition = JINGLE_REASON_CANCEL};
    jingle__managed_t *m = content ? content->managed : NULL;
    jingle__why_t why = {0};

    if (!content)
        return JINGLE_EINVAL;
    if (!m || jingle__is_over(m) || content->state == JINGLE_CONTENT_OVER || content->leaving ||
        content->verdict == JINGLE__REFUSED)
        return JINGLE_EINVOP;
    jingle__turn_begin(m);
    jingle__why_set(&m->mem, &why, reason ? reason : &cancel);
    jingle__content_fail(content, &why);
    jingle__why_clear(&m->mem, &why);
    m->noted = true;
    jingle__turn_end(m);
    return JINGLE_EOK;
}

/** The peer knows it: content-remove; the last one ends the session instead. */
static void remove_known(jingle__managed_t *m, jingle_content_t *content,
                         const jingle_reason_t *reason)
{
    int rc;

    if (m->first == content && !content->next) {
        jingle__end(m, reason);
        return;
    }
    rc = jingle__send_bare(content, JINGLE_ACTION_CONTENT_REMOVE, reason, NULL);
    if (rc != JINGLE_EOK)
        jingle__send_failed(m, rc);
    jingle__content_over(content, reason);
}

bool jingle__step_leave(jingle__managed_t *m)
{
    jingle_content_t *content = m->first;
    jingle_reason_t reason;

    while (content && !content->leaving)
        content = content->next;
    if (!content)
        return false;
    jingle_content_clone(content);
    reason = jingle__why_reason(&content->why);
    if (jingle__content_known(content))
        remove_known(m, content, &reason);
    else {
        jingle__why_set(&m->mem, &m->why, &reason);
        jingle__content_over(content, &reason);
    }
    jingle_content_release(content);
    return true;
}

/** Of what it was not told the peer can only guess the name. */
static const jingle_error_t *check_known(const jingle__matches_t *matches)
{
    for (size_t i = 0; i < matches->n; i++)
        if (matches->items[i].content && !jingle__content_known(matches->items[i].content))
            return jingle_error_of(JINGLE_ERROR_BAD_REQUEST);
    return NULL;
}

/* ---- content-remove, the peer's ------------------------------------------------------------ */

const jingle_error_t *jingle__check_remove(jingle__managed_t *m, const jingle_data_t *data)
{
    jingle__matches_t matches;
    const jingle_error_t *error = jingle__matches_init(&matches, m, data);

    if (!error)
        error = check_known(&matches);
    jingle__matches_clear(&matches);
    return error;
}

void jingle__remove_by_peer(jingle__managed_t *m, const jingle_data_t *data, jingle_reply_t *reply)
{
    jingle_reason_t reason = {.condition = JINGLE_REASON_CANCEL};
    jingle__matches_t matches;
    const jingle_error_t *error;

    error = jingle__matches_init(&matches, m, data);
    if (!error)
        error = check_known(&matches);
    if (data->reason && data->reason->condition != JINGLE_REASON_UNDEFINED)
        reason.condition = data->reason->condition;
    for (size_t i = 0; !error && !jingle__is_over(m) && i < matches.n; i++)
        if (matches.items[i].content)
            jingle__content_over_by_peer(matches.items[i].content,
                                         data->reason ? data->reason : &reason);
    jingle__answer(reply, error);
    if (!error)
        jingle__end_if_void(m, &reason);
    jingle__matches_clear(&matches);
}

/* ---- content-modify, ours ------------------------------------------------------------------ */

int jingle_content_modify(jingle_content_t *content, jingle_senders_t senders)
{
    jingle__managed_t *m = content ? content->managed : NULL;

    if (!content || !jingle_senders_name(senders))
        return JINGLE_EINVAL;
    if (!m || jingle__is_over(m) || content->state == JINGLE_CONTENT_OVER || content->leaving ||
        content->modify || content->verdict == JINGLE__REFUSED)
        return JINGLE_EINVOP;
    jingle__turn_begin(m);
    if (content->state == JINGLE_CONTENT_NEW)
        content->senders = senders;
    else {
        content->wanted = senders;
        content->modify = true;
    }
    m->noted = true;
    jingle__turn_end(m);
    return JINGLE_EOK;
}

static bool is_asked(const jingle__managed_t *m, const jingle_content_t *content)
{
    for (const jingle__ask_t *ask = m->asks; ask; ask = ask->next)
        for (size_t i = 0; ask->action == JINGLE_ACTION_CONTENT_MODIFY && i < ask->n; i++)
            if (ask->contents[i] == content)
                return true;
    return false;
}

/** One at a time for each content, so that the last one sent is the one that counts. */
bool jingle__step_modify(jingle__managed_t *m)
{
    for (jingle_content_t *content = m->first; content; content = content->next) {
        int rc;

        if (!content->modify || content->leaving || is_asked(m, content))
            continue;
        content->modify = false;
        content->sent = content->wanted;
        rc = jingle__send_bare(content, JINGLE_ACTION_CONTENT_MODIFY, NULL, NULL);
        if (rc != JINGLE_EOK)
            jingle__send_failed(m, rc);
        return true;
    }
    return false;
}

/* ---- content-modify, the peer's ------------------------------------------------------------ */

/** senders is required here, whatever its default is (XEP-0166 sections 7.2.3 and 7.3). */
static const jingle_error_t *check_senders(const jingle__matches_t *matches)
{
    for (size_t i = 0; i < matches->n; i++)
        if (!matches->items[i].data->senders)
            return jingle_error_of(JINGLE_ERROR_BAD_REQUEST);
    return NULL;
}

static void modify(jingle_content_t *content, jingle_senders_t senders)
{
    jingle_part_t *part = content->application;

    if (content->state == JINGLE_CONTENT_OVER)
        return;
    content->senders = senders;
    if (!part || !part->plugin->as.application.modified)
        return;
    jingle_part_clone(part);
    part->plugin->as.application.modified(part->self, senders);
    jingle_part_release(part);
}

JINGLE__HANDLER(content_modify)
{
    jingle__managed_t *m = self;
    jingle__matches_t matches;
    const jingle_error_t *error;

    (void)session;
    jingle__turn_begin(m);
    error = jingle__matches_init(&matches, m, data);
    if (!error)
        error = check_known(&matches);
    if (!error)
        error = check_senders(&matches);
    for (size_t i = 0; !error && !jingle__is_over(m) && i < matches.n; i++)
        if (matches.items[i].content)
            modify(matches.items[i].content,
                   jingle_content_data_get_senders(matches.items[i].data));
    jingle__answer(reply, error);
    jingle__matches_clear(&matches);
    jingle__turn_end(m);
}
