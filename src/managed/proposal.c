/* SPDX-License-Identifier: MIT */
/** @file
 *  One transport for another, proposed by the peer: transport-replace (XEP-0166 section 7.2.15). */
#include "managed.h"

/** @param why what to reject it with @return JINGLE_CHECK_OK or JINGLE_CHECK_UNUSABLE */
static jingle_check_t unusable(jingle__match_t *item, jingle_condition_t condition,
                               const char *text)
{
    jingle_reason_t reason = {.condition = condition, .text = text};

    jingle__why_set(&item->content->mem, &item->why, &reason);
    return JINGLE_CHECK_UNUSABLE;
}

/** Makes a transport of the peer's proposal and has it judged. */
static jingle_check_t judge_with(jingle__match_t *item, jingle_action_t action,
                                 jingle__plugin_t *plugin)
{
    jingle_content_t *content = item->content;
    jingle_check_t verdict;
    int rc;

    if (!jingle__may_replace(content) || content->state == JINGLE_CONTENT_OVER)
        return unusable(item, JINGLE_REASON_FAILED_APPLICATION,
                        "the data cannot go on over another transport");
    rc = jingle__content_tried(content, plugin);
    if (rc == JINGLE_EOK)
        rc = jingle__part_new(content, plugin, plugin->userdata, &item->made);
    if (rc != JINGLE_EOK)
        return unusable(item, JINGLE_REASON_FAILED_TRANSPORT, jingle_strerror(rc));
    verdict = jingle__part_check(item->made, action, item->data->transport, &item->why);
    if (verdict == JINGLE_CHECK_OK)
        verdict =
            jingle__security_check(content->security, action, item->data->transport, &item->why);
    return verdict;
}

static jingle_check_t judge(jingle__match_t *item, jingle_action_t action)
{
    const jingle_content_t *content = item->content;
    const jingle_t *jingle = jingle_session_get_manager(content->managed->session);
    jingle__plugin_t *plugin =
        jingle__plugin_find(jingle, JINGLE__TRANSPORT, jingle_element_ns(item->data->transport));
    jingle__plugin_t *security = content->security ? content->security->plugin : NULL;
    jingle_check_t verdict;

    if (!content->application || content->verdict == JINGLE__REFUSED)
        return unusable(item, JINGLE_REASON_FAILED_APPLICATION, NULL);
    if (!plugin || !jingle__fits(content->application->plugin, plugin, security))
        return unusable(item, JINGLE_REASON_UNSUPPORTED_TRANSPORTS, NULL);
    jingle__plugin_clone(plugin);
    verdict = judge_with(item, action, plugin);
    jingle__plugin_release(plugin);
    return verdict;
}

static bool note_refused(jingle__match_t *item)
{
    item->refused = managed_strdup(&item->content->mem, jingle_element_ns(item->data->transport));
    return item->refused;
}

static const jingle_error_t *judge_all(jingle__matches_t *matches, jingle_action_t action)
{
    for (size_t i = 0; !jingle__is_over(matches->m) && i < matches->n; i++) {
        jingle__match_t *item = &matches->items[i];
        jingle_check_t verdict;

        if (!item->content)
            continue;
        if (!jingle__content_known(item->content) || !item->data->transport)
            return jingle_error_of(JINGLE_ERROR_BAD_REQUEST);
        if (item->content->proposal == JINGLE__THEIRS || item->content->refused)
            return jingle_error_of(JINGLE_ERROR_OUT_OF_ORDER);
        verdict = judge(item, action);
        if (verdict == JINGLE_CHECK_MALFORMED)
            return jingle_error_of(JINGLE_ERROR_BAD_REQUEST);
        item->unusable = verdict == JINGLE_CHECK_UNUSABLE;
        if (item->unusable && !note_refused(item))
            return jingle_error_of(JINGLE_ERROR_RESOURCE_CONSTRAINT);
    }
    return NULL;
}

static int apply_all(jingle__matches_t *matches, jingle_action_t action)
{
    int rc = JINGLE_EOK;

    for (size_t i = 0; rc == JINGLE_EOK && i < matches->n; i++) {
        jingle__match_t *item = &matches->items[i];

        if (!item->made || item->unusable)
            continue;
        rc = jingle__part_apply(item->made, action, item->data->transport);
        if (rc == JINGLE_EOK)
            rc = jingle__security_apply(item->content->security, action, item->data->transport);
    }
    return rc;
}

/** Rejected when it is acknowledged, also if the process is killed between the two. */
static void refuse(jingle__match_t *item)
{
    jingle_content_t *content = item->content;

    content->refused = item->refused;
    item->refused = NULL;
    jingle__why_move(&content->mem, &content->refusal, &item->why);
    if (content->refusal.condition == JINGLE_REASON_UNDEFINED)
        content->refusal.condition = JINGLE_REASON_FAILED_TRANSPORT;
}

/** Also when our own proposal was under way: what is not a tie that we win is one that we lose. Ours is
 *  stopped last: whoever is called then may end the content, which has this one then. */
static void take(jingle__match_t *item)
{
    jingle_content_t *content = item->content;
    jingle_part_t *ours;

    if (!content || content->state == JINGLE_CONTENT_OVER)
        return;
    if (item->unusable) {
        refuse(item);
        return;
    }
    ours = content->proposed;
    jingle__content_wait_no_more(content);
    content->fell_back = true;
    content->proposed = item->made;
    content->proposal = JINGLE__THEIRS;
    item->made = NULL;
    jingle__part_drop(&ours);
}

bool jingle__step_reject(jingle__managed_t *m)
{
    jingle_content_t *content = m->first;
    jingle__why_t why = {0};
    jingle_reason_t reason;
    char *ns;
    int rc;

    while (content && !content->refused)
        content = content->next;
    if (!content)
        return false;
    ns = content->refused;
    content->refused = NULL;
    jingle__why_move(&m->mem, &why, &content->refusal);
    reason = jingle__why_reason(&why);
    rc = jingle__send_bare(content, JINGLE_ACTION_TRANSPORT_REJECT, &reason, ns);
    if (rc != JINGLE_EOK)
        jingle__send_failed(m, rc);
    jingle__why_clear(&m->mem, &why);
    managed_free(&m->mem, ns);
    return true;
}

JINGLE__HANDLER(transport_replace)
{
    jingle__managed_t *m = self;
    jingle__matches_t matches;
    const jingle_error_t *error;

    (void)session;
    jingle__turn_begin(m);
    error = jingle__matches_init(&matches, m, data);
    if (!error)
        error = judge_all(&matches, data->action);
    if (!error && !jingle__is_over(m) && apply_all(&matches, data->action) != JINGLE_EOK)
        error = jingle_error_of(JINGLE_ERROR_RESOURCE_CONSTRAINT);
    for (size_t i = 0; !error && !jingle__is_over(m) && i < matches.n; i++)
        take(&matches.items[i]);
    jingle__answer(reply, error);
    while (!jingle__is_over(m) && jingle__step_reject(m))
        ;
    jingle__matches_clear(&matches);
    jingle__turn_end(m);
}
