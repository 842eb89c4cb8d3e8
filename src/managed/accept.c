/* SPDX-License-Identifier: MIT */
/** @file
 *  Our answer to what the peer offers: session-accept, content-accept, content-reject. Only with
 *  consent are transports prepared, so that no address leaves before (XEP-0166 sections 6.5, 13.4).
 */
#include "managed.h"

/* ---- deciding ------------------------------------------------------------------------------ */

static bool is_open(const jingle_content_t *content)
{
    return !content->ours && content->state == JINGLE_CONTENT_OFFERED &&
           content->verdict == JINGLE__UNDECIDED;
}

/** Has the peer taken back all that session-accept could accept? */
static bool is_offer_void(const jingle__managed_t *m)
{
    const jingle_content_t *content = m->first;

    if (jingle__is_initiator(m) || m->accepted)
        return false;
    while (content && (content->ours || content->added || !jingle__content_is_session(content)))
        content = content->next;
    return !content;
}

/** Is it session-accept that answers this content? What was added is answered so where nothing else is
 *  left, for without it the session would never be active. */
static bool is_of_offer(const jingle_content_t *content)
{
    return !content->ours && content->state == JINGLE_CONTENT_OFFERED &&
           jingle__content_is_session(content) &&
           (!content->added || is_offer_void(content->managed));
}

int jingle_content_accept(jingle_content_t *content)
{
    jingle__managed_t *m = content ? content->managed : NULL;

    if (!content)
        return JINGLE_EINVAL;
    if (!m || jingle__is_over(m) || !is_open(content))
        return JINGLE_EINVOP;
    jingle__turn_begin(m);
    content->verdict = JINGLE__TAKEN;
    m->noted = true;
    jingle__turn_end(m);
    return JINGLE_EOK;
}

int jingle_content_reject(jingle_content_t *content, const jingle_reason_t *reason)
{
    static const jingle_reason_t decline = {.condition = JINGLE_REASON_DECLINE};
    jingle__managed_t *m = content ? content->managed : NULL;

    if (!content)
        return JINGLE_EINVAL;
    if (!m || jingle__is_over(m) || !is_open(content))
        return JINGLE_EINVOP;
    jingle__turn_begin(m);
    content->verdict = JINGLE__REFUSED;
    jingle__why_set(&content->mem, &content->why, reason ? reason : &decline);
    m->noted = true;
    jingle__turn_end(m);
    return JINGLE_EOK;
}

/** The program accepts: whatever of the offer session-accept can accept and nobody has decided on.
 */
int jingle__accept(jingle_session_t *session, void *self)
{
    jingle__managed_t *m = self;

    (void)session;
    jingle__turn_begin(m);
    for (jingle_content_t *content = m->first; content; content = content->next)
        if (is_open(content) && is_of_offer(content))
            content->verdict = JINGLE__TAKEN;
    m->noted = true;
    jingle__turn_end(m);
    return JINGLE_EOK;
}

/** Asks the applications about contents that nobody has decided on. */
bool jingle__step_ask(jingle__managed_t *m)
{
    for (jingle_content_t *content = m->first; content; content = content->next) {
        jingle_part_t *part = content->application;

        if (!is_open(content) || content->told)
            continue;
        content->told = true;
        if (part->plugin->as.application.offered) {
            jingle_part_clone(part);
            part->plugin->as.application.offered(part->self);
            jingle_part_release(part);
        } else if (content->added)
            /* content-add must be answered, and nobody will be asked (XEP-0166 section 7.2.2). */
            jingle_content_reject(content, NULL);
        return true;
    }
    return false;
}

/* ---- getting ready ------------------------------------------------------------------------- */

/** @return true when the transport was told to prepare; a proposal of the peer's goes first */
static bool prepare(jingle_content_t *content)
{
    if (content->verdict != JINGLE__TAKEN || content->proposal == JINGLE__THEIRS ||
        content->transport->stage != JINGLE__IDLE)
        return false;
    jingle__part_prepare(content->transport);
    return true;
}

static bool is_ready(const jingle_content_t *content)
{
    return content->verdict == JINGLE__TAKEN && content->proposal != JINGLE__THEIRS &&
           content->transport->stage == JINGLE__READY;
}

/* ---- session-accept ------------------------------------------------------------------------ */

static void send_accept(jingle__managed_t *m)
{
    jingle__batch_t batch;
    int rc = jingle__batch_init(&batch, m, JINGLE_ACTION_SESSION_ACCEPT, jingle__count_contents(m));

    for (jingle_content_t *content = m->first; rc == JINGLE_EOK && content; content = content->next)
        if (is_of_offer(content) && content->verdict == JINGLE__TAKEN)
            rc = jingle__batch_add(&batch, content, JINGLE__WHOLE, content->transport);
    if (jingle__is_over(m) || rc != JINGLE_EOK) {
        jingle__batch_clear(&batch);
    } else {
        m->accepted = true;
        for (size_t i = 0; i < batch.n; i++)
            batch.ask->contents[i]->state = JINGLE_CONTENT_ACCEPTED;
        rc = jingle__batch_send(&batch, NULL, NULL);
    }
    if (rc != JINGLE_EOK)
        jingle__send_failed(m, rc);
}

/** When every content of the offer is decided and what was taken is ready, session-accept leaves;
 * when nothing was taken the session ends. */
bool jingle__step_accept(jingle__managed_t *m)
{
    jingle_content_t *taken = NULL, *refused = NULL;
    bool ready = true, decided = true;

    if (jingle__is_initiator(m) || !m->offered || m->accepted ||
        !jingle_session_is_acknowledged(m->session))
        return false;
    for (jingle_content_t *content = m->first; content; content = content->next) {
        if (!is_of_offer(content))
            continue;
        if (prepare(content))
            return true;
        decided = decided && content->verdict != JINGLE__UNDECIDED;
        if (content->verdict == JINGLE__REFUSED)
            refused = content;
        if (content->verdict == JINGLE__TAKEN) {
            taken = content;
            ready = ready && is_ready(content);
        }
    }
    if (!decided || (taken && !ready) || (!taken && !refused))
        return false;
    if (taken)
        send_accept(m);
    else {
        jingle_reason_t reason = jingle__why_reason(&refused->why);

        jingle__end(m, &reason);
    }
    return true;
}

/* ---- content-accept and content-reject ----------------------------------------------------- */

/** Contents of the offer that were refused are told after session-accept: before it, it is not
 * known whether there will be a session. */
static bool may_reject(const jingle__managed_t *m, const jingle_content_t *content)
{
    return !content->ours && content->state == JINGLE_CONTENT_OFFERED &&
           content->verdict == JINGLE__REFUSED && (m->accepted || !is_of_offer(content));
}

static void reject(jingle_content_t *content)
{
    jingle__managed_t *m = content->managed;
    jingle_reason_t reason;
    int rc;

    jingle_content_clone(content);
    reason = jingle__why_reason(&content->why);
    rc = jingle__send_bare(content, JINGLE_ACTION_CONTENT_REJECT, &reason, NULL);
    if (rc != JINGLE_EOK)
        jingle__send_failed(m, rc);
    jingle__content_over(content, &reason);
    jingle_content_release(content);
}

/** Every content that is taken and ready, in one stanza. */
static void send_content_accept(jingle__managed_t *m)
{
    jingle__batch_t batch;
    int rc = jingle__batch_init(&batch, m, JINGLE_ACTION_CONTENT_ACCEPT, jingle__count_contents(m));

    for (jingle_content_t *content = m->first; rc == JINGLE_EOK && content; content = content->next)
        if (!content->ours && content->state == JINGLE_CONTENT_OFFERED && !is_of_offer(content) &&
            is_ready(content))
            rc = jingle__batch_add(&batch, content, JINGLE__WHOLE, content->transport);
    if (jingle__is_over(m) || rc != JINGLE_EOK) {
        jingle__batch_clear(&batch);
    } else {
        for (size_t i = 0; i < batch.n; i++)
            batch.ask->contents[i]->state = JINGLE_CONTENT_ACCEPTED;
        rc = jingle__batch_send(&batch, NULL, NULL);
    }
    if (rc != JINGLE_EOK)
        jingle__send_failed(m, rc);
}

bool jingle__step_answer(jingle__managed_t *m)
{
    bool ready = false;

    for (jingle_content_t *content = m->first; m->offered && content; content = content->next) {
        if (content->ours || content->state != JINGLE_CONTENT_OFFERED)
            continue;
        if (may_reject(m, content)) {
            reject(content);
            return true;
        }
        if (is_of_offer(content))
            continue;
        if (prepare(content))
            return true;
        ready = ready || is_ready(content);
    }
    if (ready)
        send_content_accept(m);
    return ready;
}

static jingle_reason_t refusal(void)
{
    return (jingle_reason_t){.condition = JINGLE_REASON_GENERAL_ERROR,
                             .text = "the other side did not take our acceptance"};
}

void jingle__accept_refused(jingle_content_t *content)
{
    jingle_reason_t reason = refusal();

    if (content->state == JINGLE_CONTENT_OVER || content->leaving)
        return;
    jingle__why_set(&content->mem, &content->trouble, &reason);
    jingle__content_fail(content, &content->trouble);
}

void jingle__session_accept_refused(jingle__managed_t *m)
{
    jingle_reason_t reason = refusal();

    jingle__end(m, &reason);
}
