/* SPDX-License-Identifier: MIT */
/** @file
 *  The peer's answer to what we offered: session-accept, content-accept, content-reject. All is
 *  judged before anything is taken over (XEP-0166 section 7.2.8). */
#include "managed.h"

/* ---- judging ------------------------------------------------------------------------------- */

/** @return true when the stanza is malformed; a verdict "unusable" is noted in the item */
static bool weigh(jingle__matches_t *matches, jingle__match_t *item, jingle_check_t verdict,
                  jingle__why_t *why, jingle_condition_t condition)
{
    if (verdict == JINGLE_CHECK_UNUSABLE && !item->unusable) {
        item->unusable = true;
        if (why->condition == JINGLE_REASON_UNDEFINED)
            why->condition = condition;
        jingle__why_move(&matches->m->mem, &item->why, why);
    }
    jingle__why_clear(&matches->m->mem, why);
    return verdict == JINGLE_CHECK_MALFORMED;
}

static bool is_bad_description(jingle__matches_t *matches, jingle__match_t *item,
                               jingle_action_t action)
{
    jingle_part_t *part = item->content->application;
    jingle__why_t why = {0};
    jingle_check_t verdict;

    if (!item->data->description) {
        /* Clients in the field leave it out; the one offered holds. */
        jingle__quirk(matches->m, "the peer accepts a content without its description");
        return false;
    }
    if (strcmp(jingle_element_ns(item->data->description), part->plugin->ns) != 0)
        return true;
    verdict = jingle__part_check(part, action, item->data->description, &why);
    return weigh(matches, item, verdict, &why, JINGLE_REASON_INCOMPATIBLE_PARAMETERS);
}

/** What we want protected must be (XEP-0166 section 9), and only by what was agreed on. */
static bool is_bad_security(jingle__matches_t *matches, jingle__match_t *item,
                            jingle_action_t action)
{
    jingle_part_t *part = jingle_part_clone(item->content->security);
    jingle__why_t why = {0};
    jingle_check_t verdict = JINGLE_CHECK_UNUSABLE;

    if (!part && !item->data->security)
        return false;
    if (part && !item->data->security && part->plugin->as.security.check_transport)
        verdict = JINGLE_CHECK_OK;
    else if (part && strcmp(jingle_element_ns(item->data->security), part->plugin->ns) == 0)
        verdict = jingle__part_check(part, action, item->data->security, &why);
    if (verdict == JINGLE_CHECK_OK)
        verdict = jingle__security_check(part, action, item->data->transport, &why);
    jingle_part_release(part);
    return weigh(matches, item, verdict, &why, JINGLE_REASON_SECURITY_ERROR);
}

/** @return which of the content's transports is meant: the one proposed, if we wait for its answer,
 *          also in a session-accept (Gajim answers so); NULL: one that was not offered */
static jingle_part_t *meant_transport(const jingle_content_t *content, xmpp_stanza_t *element)
{
    const char *ns = jingle_element_ns(element);

    if (content->proposal == JINGLE__OURS_SENT && strcmp(content->proposed->plugin->ns, ns) == 0)
        return content->proposed;
    return strcmp(content->transport->plugin->ns, ns) == 0 ? content->transport : NULL;
}

static bool is_bad_transport(jingle__match_t *item, jingle_action_t action)
{
    jingle_part_t *part = meant_transport(item->content, item->data->transport);
    jingle_reason_t other = {.condition = JINGLE_REASON_UNSUPPORTED_TRANSPORTS,
                             .text = "another transport was accepted than offered"};
    jingle_check_t verdict = JINGLE_CHECK_OK;

    item->part = jingle_part_clone(part);
    if (!part)
        jingle__why_set(&item->content->mem, &item->trouble, &other);
    else if (part->stage != JINGLE__STOPPED)
        verdict = jingle__part_check(part, action, item->data->transport, &item->trouble);
    item->no_transport = !part || verdict == JINGLE_CHECK_UNUSABLE;
    return verdict == JINGLE_CHECK_MALFORMED;
}

/** A content that this answer decides on. */
static bool is_answerable(const jingle_content_t *content)
{
    return content->ours && jingle__content_known(content) && !content->leaving;
}

static void leave_out(jingle__match_t *item)
{
    jingle_content_release(item->content);
    item->content = NULL;
}

/** Accepted by a content-accept of its own, and under way: what the session-accept says of it once more
 *  would change what is at work. */
static bool is_decided(const jingle__match_t *item, jingle_action_t action)
{
    return action == JINGLE_ACTION_SESSION_ACCEPT && item->content &&
           is_answerable(item->content) && item->content->state == JINGLE_CONTENT_ACCEPTED;
}

static const jingle_error_t *judge(jingle__matches_t *matches, jingle__match_t *item,
                                   jingle_action_t action)
{
    const jingle_error_t *bad_request = jingle_error_of(JINGLE_ERROR_BAD_REQUEST);

    if (!item->content)
        return NULL;
    if (!is_answerable(item->content) || !item->data->transport)
        return bad_request;
    if (action == JINGLE_ACTION_SESSION_ACCEPT && !jingle__content_is_session(item->content)) {
        /* It waits for an answer of its own (XEP-0166 section 7.2.8). */
        jingle__quirk(matches->m,
                      "the peer accepts with the session what needs an answer of its own");
        leave_out(item);
        return NULL;
    }
    if (is_bad_description(matches, item, action))
        return bad_request;
    /* Whoever is asked may end the session: then there are no parts to ask any more. */
    if (!jingle__is_over(matches->m) && is_bad_security(matches, item, action))
        return bad_request;
    if (!jingle__is_over(matches->m) && is_bad_transport(item, action))
        return bad_request;
    return NULL;
}

/** @return NULL, or the error to answer with */
static const jingle_error_t *judge_all(jingle__matches_t *matches, jingle_action_t action)
{
    const jingle_error_t *error = NULL;
    bool any = false;

    for (size_t i = 0; !error && !jingle__is_over(matches->m) && i < matches->n; i++) {
        jingle__match_t *item = &matches->items[i];

        if (is_decided(item, action)) {
            any = any || jingle__content_is_session(item->content);
            leave_out(item);
        }
        error = judge(matches, item, action);
        any = any || item->content;
    }
    /* A session without contents cannot be (XEP-0166 section 7.2.8). */
    if (!error && !any && !jingle__is_over(matches->m) && action == JINGLE_ACTION_SESSION_ACCEPT)
        error = jingle_error_of(JINGLE_ERROR_BAD_REQUEST);
    return error;
}

/* ---- taking over --------------------------------------------------------------------------- */

static int apply_all(jingle__matches_t *matches, jingle_action_t action)
{
    int rc = JINGLE_EOK;

    for (size_t i = 0; rc == JINGLE_EOK && i < matches->n; i++) {
        jingle__match_t *item = &matches->items[i];

        if (!item->content || item->unusable)
            continue;
        rc = jingle__part_apply(item->content->application, action, item->data->description);
        if (rc == JINGLE_EOK)
            rc = jingle__part_apply(item->content->security, action, item->data->security);
        if (rc == JINGLE_EOK && !item->no_transport && item->part->stage != JINGLE__STOPPED)
            rc = jingle__part_apply(item->part, action, item->data->transport);
        if (rc == JINGLE_EOK && !item->no_transport)
            rc = jingle__security_apply(item->content->security, action, item->data->transport);
    }
    return rc;
}

static void take(jingle__match_t *item)
{
    jingle_content_t *content = item->content;
    jingle_part_t *meant = item->part ? item->part : content ? content->transport : NULL;

    if (!content || content->state == JINGLE_CONTENT_OVER)
        return;
    content->state = JINGLE_CONTENT_ACCEPTED;
    if (item->no_transport && meant && meant->live) {
        jingle_reason_t reason = jingle__why_reason(&item->trouble);

        jingle__part_note_failure(meant, &reason);
    }
    if (item->part && content->proposal == JINGLE__OURS_SENT && item->part == content->proposed)
        jingle__agree(content);
    if (content->state == JINGLE_CONTENT_OVER) /* by an application that was asked */
        return;
    if (item->unusable)
        jingle__content_fail(content, &item->why);
    /* The proposal was sent while nobody waited for anything yet. */
    else if (content->proposal == JINGLE__OURS_SENT && !content->timer)
        jingle__content_wait(content);
}

/** What session-accept leaves out is regarded as rejected (states.md 1.2). */
static void reject_others(jingle__managed_t *m)
{
    static const jingle_reason_t decline = {.condition = JINGLE_REASON_DECLINE};
    jingle_content_t *content = m->first;

    while (content && !jingle__is_over(m)) {
        bool left_out = content->ours && content->state == JINGLE_CONTENT_OFFERED &&
                        !content->added && jingle__content_is_session(content);

        if (left_out)
            jingle__content_over_by_peer(content, &decline);
        content = left_out ? m->first : content->next;
    }
}

static void handle(jingle__managed_t *m, const jingle_data_t *data, jingle_reply_t *reply)
{
    jingle__matches_t matches;
    const jingle_error_t *error;

    jingle__turn_begin(m);
    error = jingle__matches_init(&matches, m, data);
    if (!error)
        error = judge_all(&matches, data->action);
    if (!error && !jingle__is_over(m) && apply_all(&matches, data->action) != JINGLE_EOK)
        error = jingle_error_of(JINGLE_ERROR_RESOURCE_CONSTRAINT);
    for (size_t i = 0; !error && !jingle__is_over(m) && i < matches.n; i++)
        take(&matches.items[i]);
    if (!error && !jingle__is_over(m) && data->action == JINGLE_ACTION_SESSION_ACCEPT) {
        m->accepted = true;
        reject_others(m);
    }
    jingle__answer(reply, error);
    jingle__matches_clear(&matches);
    jingle__turn_end(m);
}

JINGLE__HANDLER(session_accept)
{
    (void)session;
    handle(self, data, reply);
}

JINGLE__HANDLER(content_accept)
{
    (void)session;
    handle(self, data, reply);
}

/* ---- content-reject ------------------------------------------------------------------------ */

void jingle__end_if_void(jingle__managed_t *m, const jingle_reason_t *reason)
{
    if (!jingle__is_over(m) && !m->first)
        jingle__end(m, reason);
}

JINGLE__HANDLER(content_reject)
{
    jingle__managed_t *m = self;
    jingle_reason_t reason = {.condition = JINGLE_REASON_DECLINE};
    jingle__matches_t matches;
    const jingle_error_t *error;

    (void)session;
    jingle__turn_begin(m);
    error = jingle__matches_init(&matches, m, data);
    /* Each waits for it, or is over: what was not asked for was not let in (admit.c). */
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
    jingle__turn_end(m);
}
