/* SPDX-License-Identifier: MIT */
/** @file
 *  Parts that cannot go on. What an application or a security cannot do ends the content; a
 * transport stops, and replace.c sees to another. */
#include "managed.h"

/** Takes what a part said of its failure. */
static void take_why(jingle_part_t *part, jingle__why_t *why)
{
    part->failed = false;
    jingle__why_move(&part->plugin->mem, why, &part->why);
}

static void content_failed(jingle_content_t *content, jingle_part_t *part)
{
    take_why(part, &content->why);
    if (content->why.condition == JINGLE_REASON_UNDEFINED)
        content->why.condition = part->plugin->kind == JINGLE__SECURITY
                                     ? JINGLE_REASON_SECURITY_ERROR
                                     : JINGLE_REASON_FAILED_APPLICATION;
    jingle__content_fail(content, &content->why);
}

/* ---- the current transport ----------------------------------------------------------------- */

/** Before the offer the next of the chain takes its place at once. */
static void replace_new(jingle_content_t *content)
{
    int rc;

    jingle__part_drop(&content->transport);
    content->fell_back = true;
    rc = jingle__content_next_transport(content, NULL, &content->transport);
    if (rc == JINGLE_EOK)
        return;
    if (content->trouble.condition == JINGLE_REASON_UNDEFINED)
        content->trouble.condition = JINGLE_REASON_FAILED_TRANSPORT;
    jingle__content_fail(content, &content->trouble);
}

/** Could another transport take its place? A content that is not accepted yet is rejected instead,
 * one whose data is under way in an orderly close is lost. */
static bool can_go_on(jingle_content_t *content, bool was_open)
{
    if (!content->ours && content->state == JINGLE_CONTENT_OFFERED)
        return false;
    if (content->all_done)
        return false;
    return !(was_open || content->was_open) || jingle__application_resumable(content);
}

static void transport_failed(jingle_content_t *content)
{
    jingle_part_t *part = content->transport;
    bool was_open = part->stage == JINGLE__OPEN;

    take_why(part, &content->trouble);
    if (content->state == JINGLE_CONTENT_NEW)
        replace_new(content);
    else if (part->stage == JINGLE__FINISHING && content->ends)
        part->done = true; /* we have all we wanted of it */
    else if (can_go_on(content, was_open) && content->transport)
        jingle__part_stop(content->transport);
    else {
        if (content->trouble.condition == JINGLE_REASON_UNDEFINED)
            content->trouble.condition =
                was_open ? JINGLE_REASON_CONNECTIVITY_ERROR : JINGLE_REASON_FAILED_TRANSPORT;
        jingle__content_fail(content, &content->trouble);
    }
}

/* ---- the proposed transport ---------------------------------------------------------------- */

static void reject_theirs(jingle_content_t *content)
{
    jingle__managed_t *m = content->managed;
    jingle_reason_t reason = jingle__why_reason(&content->trouble);
    int rc;

    if (reason.condition == JINGLE_REASON_UNDEFINED)
        reason.condition = JINGLE_REASON_FAILED_TRANSPORT;
    rc = jingle__send_bare(content, JINGLE_ACTION_TRANSPORT_REJECT, &reason,
                           content->proposed->plugin->ns);
    if (rc != JINGLE_EOK)
        jingle__send_failed(m, rc);
    jingle__withdraw(content);
}

static void proposed_failed(jingle_content_t *content)
{
    take_why(content->proposed, &content->trouble);
    if (content->proposal == JINGLE__THEIRS)
        reject_theirs(content);
    else if (content->proposal == JINGLE__OURS_SENT)
        jingle__part_stop(content->proposed); /* the peer's decision is awaited all the same */
    else
        jingle__withdraw(content);
}

/* ---- the step ------------------------------------------------------------------------------ */

static bool has_failed(const jingle_part_t *part)
{
    return part && part->failed;
}

/** What a transport has to say before it fails (that it tried all candidates, say) is said first.
 */
static bool has_last_words(const jingle__managed_t *m, const jingle_part_t *part)
{
    return part->news && part->announced && m->offered;
}

static bool step_content(jingle__managed_t *m, jingle_content_t *content)
{
    if (has_failed(content->application))
        content_failed(content, content->application);
    else if (has_failed(content->security))
        content_failed(content, content->security);
    else if (has_failed(content->proposed) && !has_last_words(m, content->proposed))
        proposed_failed(content);
    else if (has_failed(content->transport) && !has_last_words(m, content->transport))
        transport_failed(content);
    else
        return false;
    return true;
}

bool jingle__step_fail(jingle__managed_t *m)
{
    for (jingle_content_t *content = m->first; content; content = content->next) {
        bool done;

        if (content->leaving)
            continue;
        jingle_content_clone(content);
        done = step_content(m, content);
        jingle_content_release(content);
        if (done)
            return true;
    }
    return false;
}
