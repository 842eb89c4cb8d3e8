/* SPDX-License-Identifier: MIT */
/** @file
 *  One transport for another, proposed by us: transport-replace and the peer's answer to it
 * (XEP-0166 sections 7.2.13 to 7.2.15). The one proposed has its own place beside the current one
 * until then. */
#include "managed.h"

/* ---- proposing ----------------------------------------------------------------------------- */

/** @param ns NULL: the next of the chain @return as jingle__content_next_transport() */
static int propose(jingle_content_t *content, const char *ns)
{
    jingle_part_t *part = NULL;
    int rc = jingle__content_next_transport(content, ns, &part);

    if (rc != JINGLE_EOK)
        return rc;
    if (content->proposal != JINGLE__NO_PROPOSAL) {
        /* Whoever was asked on the way has proposed another. */
        jingle__part_drop(&part);
        return JINGLE_EINVOP;
    }
    content->fell_back = true;
    content->proposed = part;
    content->proposal = JINGLE__OURS_PREPARING;
    return JINGLE_EOK;
}

/** A stream that works is replaced only if the application can go on over another. */
bool jingle__may_replace(jingle_content_t *content)
{
    if (content->all_done)
        return false;
    return content->transport->stage != JINGLE__OPEN || jingle__application_resumable(content);
}

/** Since it was proposed the data may have gone through, or begun to flow where it cannot go on in
 *  another way, or the new transport has come to nothing: then it stays as it is. So does what leaves
 *  where the application was asked. */
static bool is_obsolete(jingle_content_t *content)
{
    bool obsolete =
        content->all_done ||
        (content->transport && content->transport->stage == JINGLE__OPEN &&
         (content->proposed->stage == JINGLE__STOPPED || !jingle__application_resumable(content)));

    return obsolete || content->state == JINGLE_CONTENT_OVER || content->leaving;
}

static void agree(jingle_content_t *content)
{
    if (content->transport && content->transport->stage == JINGLE__OPEN) {
        content->proposal = JINGLE__AGREED;
        jingle__content_wait_no_more(content);
    } else
        jingle__swap(content);
}

int jingle_content_replace_transport(jingle_content_t *content, const char *ns)
{
    jingle__managed_t *m = content ? content->managed : NULL;
    int rc = JINGLE_EINVOP;

    if (!content)
        return JINGLE_EINVAL;
    if (!m || jingle__is_over(m) || !jingle__content_known(content) || content->leaving ||
        !content->transport)
        return JINGLE_EINVOP;
    /* What the peer offers is changed by us only after we have agreed to it. */
    if (!content->ours && content->state != JINGLE_CONTENT_ACCEPTED)
        return JINGLE_EINVOP;
    jingle__turn_begin(m);
    jingle_content_clone(content);
    if (jingle__may_replace(content) && content->state != JINGLE_CONTENT_OVER &&
        content->proposal == JINGLE__NO_PROPOSAL)
        rc = propose(content, ns);
    jingle_content_release(content);
    m->noted = m->noted || rc == JINGLE_EOK;
    jingle__turn_end(m);
    return rc;
}

static void send_proposal(jingle_content_t *content)
{
    jingle__managed_t *m = content->managed;
    jingle__batch_t batch;
    int rc = jingle__batch_init(&batch, m, JINGLE_ACTION_TRANSPORT_REPLACE, 1);

    if (rc == JINGLE_EOK)
        rc = jingle__batch_add(&batch, content, 0, content->proposed);
    if (rc == JINGLE_EOK) {
        content->proposal = JINGLE__OURS_SENT;
        content->crossed = false;
        /* An earlier one is over; what answers its request may come yet, and is not about this one. */
        jingle__ask_no_more(content, JINGLE_ACTION_TRANSPORT_REPLACE);
        /* An ack proves nothing: the decision may never come. Consent of a user takes its time. */
        if (content->state != JINGLE_CONTENT_ACCEPTED || jingle__content_wait(content))
            rc = jingle__batch_send(&batch, NULL, NULL);
        else
            jingle__batch_clear(&batch);
    } else
        jingle__batch_clear(&batch);
    if (rc != JINGLE_EOK)
        jingle__send_failed(m, rc);
}

/* ---- what is to be done next --------------------------------------------------------------- */

/** Why no transport is left: connectivity-error where there was nothing to fall back to (XEP-0260
 *  section 3), failed-transport where that failed too. */
static void give_up(jingle_content_t *content)
{
    jingle__why_t why = {0};

    jingle__why_move(&content->mem, &why, &content->trouble);
    if (content->fell_back)
        why.condition = JINGLE_REASON_FAILED_TRANSPORT;
    else if (why.condition == JINGLE_REASON_UNDEFINED)
        why.condition = JINGLE_REASON_CONNECTIVITY_ERROR;
    jingle__content_fail(content, &why);
    jingle__why_clear(&content->mem, &why);
}

/** The one that was refused for nothing but a tie, or the next of the chain. */
static int propose_next(jingle_content_t *content)
{
    jingle__plugin_t *again = content->again;
    int rc;

    content->again = NULL;
    rc = again ? propose(content, again->ns) : JINGLE_ENOENT;
    jingle__plugin_release(again);
    return rc == JINGLE_ENOENT ? propose(content, NULL) : rc;
}

/** A transport has stopped and nothing is in its place: the session's initiator offers the next
 * one, the responder waits for that. */
static bool replace_stopped(jingle_content_t *content)
{
    jingle__managed_t *m = content->managed;
    int rc;

    if (content->leaving || content->finished || content->transport->stage != JINGLE__STOPPED)
        return false;
    if (jingle__is_initiator(m)) {
        rc = propose_next(content);
        if (rc == JINGLE_ENOENT)
            give_up(content);
        else if (rc == JINGLE_EMEM)
            jingle__send_failed(m, rc);
        return true;
    }
    if (content->timer || content->state != JINGLE_CONTENT_ACCEPTED)
        return false;
    return !jingle__content_wait(content) || content->timer;
}

/** The peer's proposal is prepared with consent only, then accepted. */
static bool answer_theirs(jingle_content_t *content)
{
    jingle__managed_t *m = content->managed; /* it may be forgotten when it is over */
    jingle__batch_t batch;
    int rc;

    if (!content->ours && content->state != JINGLE_CONTENT_ACCEPTED &&
        content->verdict != JINGLE__TAKEN)
        return false;
    if (content->proposed->stage == JINGLE__IDLE) {
        jingle__part_prepare(content->proposed);
        return true;
    }
    if (content->proposed->stage != JINGLE__READY)
        return false;
    rc = jingle__batch_init(&batch, m, JINGLE_ACTION_TRANSPORT_ACCEPT, 1);
    if (rc == JINGLE_EOK)
        rc = jingle__batch_add(&batch, content, 0, content->proposed);
    if (rc == JINGLE_EOK && is_obsolete(content)) { /* ours has opened meanwhile */
        jingle_reason_t reason = {.condition = JINGLE_REASON_FAILED_TRANSPORT};

        if (content->proposed) {
            content->proposed->announced = false; /* what was described does not leave */
            jingle__part_note_failure(content->proposed, &reason);
        }
        jingle__batch_clear(&batch);
        return true;
    }
    if (rc == JINGLE_EOK) {
        agree(content);
        rc = jingle__batch_send(&batch, NULL, NULL);
    } else
        jingle__batch_clear(&batch);
    if (rc != JINGLE_EOK)
        jingle__send_failed(m, rc);
    return true;
}

static bool prepare_ours(jingle_content_t *content)
{
    if (content->proposed->stage == JINGLE__IDLE)
        jingle__part_prepare(content->proposed);
    else if (content->proposed->stage == JINGLE__READY)
        send_proposal(content);
    else
        return false;
    return true;
}

static bool step_content(jingle_content_t *content)
{
    switch (content->proposal) {
    case JINGLE__NO_PROPOSAL:
        return content->transport && replace_stopped(content);
    case JINGLE__OURS_PREPARING:
        return prepare_ours(content);
    case JINGLE__THEIRS:
        return answer_theirs(content);
    default:
        return false;
    }
}

bool jingle__step_replace(jingle__managed_t *m)
{
    for (jingle_content_t *content = m->first; m->offered && content; content = content->next) {
        bool done;

        if (!jingle__content_known(content) || content->leaving)
            continue;
        jingle_content_clone(content);
        done = step_content(content);
        jingle_content_release(content);
        if (done)
            return true;
    }
    return false;
}

/* ---- one takes the other's place ----------------------------------------------------------- */

void jingle__withdraw(jingle_content_t *content)
{
    content->proposal = JINGLE__NO_PROPOSAL;
    jingle__content_wait_no_more(content);
    jingle__part_drop(&content->proposed);
}

void jingle__swap(jingle_content_t *content)
{
    jingle_part_t *old = content->transport;

    content->transport = content->proposed;
    content->proposed = NULL;
    content->proposal = JINGLE__NO_PROPOSAL;
    jingle__content_wait_no_more(content);
    jingle__part_drop(&old);
}

void jingle__agree(jingle_content_t *content)
{
    if (is_obsolete(content))
        jingle__withdraw(content);
    else
        agree(content);
}

/** Some refuse ours for no other reason than that they wait for our answer to one of their own. That has
 *  lost the tie (XEP-0166 section 7.2.16), and once they know they may take what they have refused. They
 *  are asked once: another refusal is meant. */
static bool is_worth_repeating(const jingle_content_t *content)
{
    return content->crossed && !content->repeated && content->transport &&
           content->transport->stage == JINGLE__STOPPED &&
           content->proposed->stage != JINGLE__STOPPED;
}

/** With nothing in its place the next one is tried by the steps. */
void jingle__proposal_refused(jingle_content_t *content)
{
    if (content->proposal != JINGLE__OURS_SENT)
        return;
    if (is_worth_repeating(content)) {
        content->again = jingle__plugin_clone(content->proposed->plugin);
        content->repeated = true;
    }
    jingle__withdraw(content);
}

/* ---- the peer's answer --------------------------------------------------------------------- */

/** @return NULL, or the error to answer with */
static const jingle_error_t *judge_accept(jingle__match_t *item, jingle_action_t action)
{
    const jingle_error_t *bad_request = jingle_error_of(JINGLE_ERROR_BAD_REQUEST);
    jingle_content_t *content = item->content;
    jingle_check_t verdict = JINGLE_CHECK_OK;

    if (!content)
        return NULL;
    if (content->proposal != JINGLE__OURS_SENT)
        return jingle_error_of(JINGLE_ERROR_OUT_OF_ORDER);
    if (!item->data->transport ||
        strcmp(jingle_element_ns(item->data->transport), content->proposed->plugin->ns) != 0)
        return bad_request;
    item->part = jingle_part_clone(content->proposed);
    if (item->part->stage != JINGLE__STOPPED)
        verdict = jingle__part_check(item->part, action, item->data->transport, &item->trouble);
    if (verdict == JINGLE_CHECK_OK)
        verdict = jingle__security_check(content->security, action, item->data->transport,
                                         &item->trouble);
    item->no_transport = verdict == JINGLE_CHECK_UNUSABLE;
    return verdict == JINGLE_CHECK_MALFORMED ? bad_request : NULL;
}

static int apply_all(jingle__matches_t *matches, jingle_action_t action)
{
    int rc = JINGLE_EOK;

    for (size_t i = 0; rc == JINGLE_EOK && i < matches->n; i++) {
        jingle__match_t *item = &matches->items[i];

        if (!item->content || item->no_transport || item->part->stage == JINGLE__STOPPED)
            continue;
        rc = jingle__part_apply(item->part, action, item->data->transport);
        if (rc == JINGLE_EOK)
            rc = jingle__security_apply(item->content->security, action, item->data->transport);
    }
    return rc;
}

static void take(jingle__match_t *item)
{
    jingle_content_t *content = item->content;

    if (!content || content->state == JINGLE_CONTENT_OVER || content->proposed != item->part)
        return;
    if (item->no_transport) {
        jingle_reason_t reason = jingle__why_reason(&item->trouble);

        jingle__part_note_failure(item->part, &reason);
    }
    jingle__agree(content);
}

JINGLE__HANDLER(transport_accept)
{
    jingle__managed_t *m = self;
    jingle__matches_t matches;
    const jingle_error_t *error;

    (void)session;
    jingle__turn_begin(m);
    error = jingle__matches_init(&matches, m, data);
    for (size_t i = 0; !error && !jingle__is_over(m) && i < matches.n; i++)
        error = judge_accept(&matches.items[i], data->action);
    if (!error && !jingle__is_over(m) && apply_all(&matches, data->action) != JINGLE_EOK)
        error = jingle_error_of(JINGLE_ERROR_RESOURCE_CONSTRAINT);
    for (size_t i = 0; !error && !jingle__is_over(m) && i < matches.n; i++)
        take(&matches.items[i]);
    jingle__answer(reply, error);
    jingle__matches_clear(&matches);
    jingle__turn_end(m);
}

JINGLE__HANDLER(transport_reject)
{
    jingle__managed_t *m = self;
    jingle__matches_t matches;
    const jingle_error_t *error;

    (void)session;
    jingle__turn_begin(m);
    error = jingle__matches_init(&matches, m, data);
    for (size_t i = 0; !error && i < matches.n; i++)
        if (matches.items[i].content && matches.items[i].content->proposal != JINGLE__OURS_SENT)
            error = jingle_error_of(JINGLE_ERROR_OUT_OF_ORDER);
    for (size_t i = 0; !error && !jingle__is_over(m) && i < matches.n; i++)
        if (matches.items[i].content)
            jingle__proposal_refused(matches.items[i].content);
    jingle__answer(reply, error);
    jingle__matches_clear(&matches);
    jingle__turn_end(m);
}
