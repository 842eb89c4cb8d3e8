/* SPDX-License-Identifier: MIT */
/** @file
 *  From the agreement to the end of the data: transports start, their channels go to the
 *  applications, and when all is done the session ends. */
#include "managed.h"

/* ---- start --------------------------------------------------------------------------------- */

/** Tells the applications that both sides agree. */
bool jingle__step_agreed(jingle__managed_t *m)
{
    for (jingle_content_t *content = m->first; content; content = content->next) {
        jingle_part_t *part = content->application;

        if (content->state != JINGLE_CONTENT_ACCEPTED || content->leaving || content->accepted_told)
            continue;
        content->accepted_told = true;
        if (!part->plugin->as.application.accepted)
            continue;
        jingle_part_clone(part);
        part->plugin->as.application.accepted(part->self);
        jingle_part_release(part);
        return true;
    }
    return false;
}

/** @return a transport of the content that both sides agree on and that was not started */
static jingle_part_t *startable(const jingle_content_t *content)
{
    if (content->state != JINGLE_CONTENT_ACCEPTED || content->leaving || content->all_done)
        return NULL;
    if (content->proposal == JINGLE__AGREED && content->proposed->stage == JINGLE__READY)
        return content->proposed;
    return content->transport->stage == JINGLE__READY ? content->transport : NULL;
}

bool jingle__step_start(jingle__managed_t *m)
{
    for (jingle_content_t *content = m->first; content; content = content->next) {
        if (!startable(content))
            continue;
        jingle__part_start(startable(content));
        return true;
    }
    return false;
}

/* ---- open ---------------------------------------------------------------------------------- */

/** Puts the security around a channel that is open.
 *  @return what the application gets, borrowed; NULL when there is nothing to give it any more */
static jingle_channel_t *wrap(jingle_content_t *content, jingle_part_t *transport,
                              jingle__lent_t *lent)
{
    jingle_part_t *security = content->security;
    jingle_channel_t *channel = jingle_channel_clone(lent->channel), *wrapped = NULL;
    jingle_reason_t reason = {.condition = JINGLE_REASON_SECURITY_ERROR};
    int rc;

    jingle__channel_lend(channel, transport, security);
    jingle_part_clone(security);
    rc = security->plugin->as.security.wrap(security->self, channel, &wrapped);
    if (rc == JINGLE_EOK && wrapped && transport->stage == JINGLE__OPEN &&
        content->security == security) {
        lent->wrapped = wrapped;
        jingle__channel_lend(wrapped, security, content->application);
    } else {
        /* The wrapping failed, or the channel was taken back meanwhile, and lent with it. */
        reason.text = jingle_strerror(rc == JINGLE_EOK ? JINGLE_EINT : rc);
        if (security->live)
            jingle__part_note_failure(security, &reason);
        if (wrapped)
            jingle__channel_return(wrapped);
        jingle_channel_release(wrapped);
        wrapped = NULL;
    }
    jingle_part_release(security);
    jingle_channel_release(channel);
    return wrapped;
}

static void open_channel(jingle_content_t *content, jingle_part_t *transport, jingle__lent_t *lent)
{
    jingle_part_t *application = content->application;
    jingle_channel_t *channel = lent->channel;

    lent->opened = true;
    content->was_open = true;
    if (content->security && !jingle_channel_is_external(channel))
        channel = wrap(content, transport, lent);
    else
        jingle__channel_lend(channel, transport, application);
    if (!channel || content->application != application)
        return;
    jingle_channel_clone(channel);
    jingle_part_clone(application);
    application->plugin->as.application.open(application->self, channel);
    jingle_part_release(application);
    jingle_channel_release(channel);
}

static jingle__lent_t *unopened(const jingle_part_t *transport)
{
    jingle__lent_t *lent = transport->lent;

    while (lent && lent->opened)
        lent = lent->next;
    return lent;
}

bool jingle__step_open(jingle__managed_t *m)
{
    for (jingle_content_t *content = m->first; content; content = content->next) {
        jingle_part_t *transport = content->transport;

        if (content->state != JINGLE_CONTENT_ACCEPTED || content->leaving)
            continue;
        jingle_content_clone(content);
        if (content->proposal == JINGLE__AGREED && content->proposed->stage == JINGLE__OPEN)
            jingle__swap(content);
        else if (transport->stage == JINGLE__OPEN && unopened(transport)) {
            jingle_part_clone(transport);
            open_channel(content, transport, unopened(transport));
            jingle_part_release(transport);
        } else {
            jingle_content_release(content);
            continue;
        }
        jingle_content_release(content);
        return true;
    }
    return false;
}

/* ---- the state of the connection ----------------------------------------------------------- */

static bool is_open(const jingle_content_t *content)
{
    return content->finished || content->transport->stage == JINGLE__OPEN ||
           content->transport->stage == JINGLE__FINISHING;
}

bool jingle__step_connection(jingle__managed_t *m)
{
    jingle_connection_t now = jingle_session_get_connection(m->session), wanted;
    bool any = false, all = true, lost = false;

    for (const jingle_content_t *content = m->first; content; content = content->next) {
        if (content->state != JINGLE_CONTENT_ACCEPTED)
            continue;
        any = true;
        all = all && is_open(content);
        lost = lost || (content->was_open && !is_open(content));
    }
    if (!any)
        return false;
    if (lost)
        wanted = JINGLE_CONNECTION_INTERRUPTED;
    else
        wanted = all || now == JINGLE_CONNECTION_CONNECTED ? JINGLE_CONNECTION_CONNECTED
                                                           : JINGLE_CONNECTION_CONNECTING;
    return wanted != now && jingle_session_set_connection(m->session, wanted) == JINGLE_EOK;
}

/* ---- done ---------------------------------------------------------------------------------- */

int jingle_content_done(jingle_content_t *content, bool end_session)
{
    jingle__managed_t *m = content ? content->managed : NULL;

    if (!content)
        return JINGLE_EINVAL;
    if (!m || jingle__is_over(m) || content->state != JINGLE_CONTENT_ACCEPTED || content->leaving ||
        (content->all_done && (content->ends || !end_session)))
        return JINGLE_EINVOP;
    jingle__turn_begin(m);
    content->all_done = true;
    content->ends = end_session;
    m->last_ends = content->finished ? end_session : m->last_ends;
    m->noted = true;
    jingle__turn_end(m);
    return JINGLE_EOK;
}

/** Nothing is replaced any more; what the peer has asked for is answered. */
static void settle_proposal(jingle_content_t *content)
{
    jingle_reason_t reason = {.condition = JINGLE_REASON_FAILED_TRANSPORT,
                              .text = "all was transferred"};

    if (content->proposal == JINGLE__THEIRS)
        jingle__part_note_failure(content->proposed, &reason);
    else if (content->proposal == JINGLE__OURS_PREPARING || content->proposal == JINGLE__AGREED)
        jingle__withdraw(content);
}

static void finish(jingle_content_t *content)
{
    jingle__managed_t *m = content->managed;

    if (content->transport->stage == JINGLE__OPEN) {
        settle_proposal(content);
        if (content->transport)
            jingle__part_finish(content->transport);
        return;
    }
    content->finished = true;
    m->last_ends = content->ends;
    jingle__content_wait_no_more(content);
    jingle__part_stop(content->transport);
}

bool jingle__step_finish(jingle__managed_t *m)
{
    for (jingle_content_t *content = m->first; content; content = content->next) {
        /* The news first: without them the peer may not know which way the data came. */
        if (!content->all_done || content->finished || content->leaving ||
            (content->transport->stage == JINGLE__FINISHING && !content->transport->done) ||
            jingle__transport_has_news(content))
            continue;
        jingle_content_clone(content);
        finish(content);
        jingle_content_release(content);
        return true;
    }
    return false;
}

static void waited_for_end(jingle_t *jingle, void *userdata)
{
    jingle__managed_t *m = userdata;

    (void)jingle;
    m->timer = NULL;
    jingle__turn_begin(m);
    m->end_wanted = true;
    jingle__turn_end(m);
}

static bool is_busy(const jingle_part_t *part)
{
    return part && part->live && (part->news || part->tell || part->again || part->held);
}

/** @return true when nothing of the session is under way any more */
static bool is_idle(const jingle__managed_t *m)
{
    for (const jingle_content_t *content = m->first; content; content = content->next)
        if (!content->finished || is_busy(content->application))
            return false;
    return m->offered;
}

/** With every content done, the receiver of the last one ends the session. With none left it is who
 *  has heard of the last one's end (XEP-0166 sections 7.2.4 and 7.2.5). The other side waits for
 * that, but not for ever. */
bool jingle__step_done(jingle__managed_t *m)
{
    jingle_t *jingle = jingle_session_get_manager(m->session);
    jingle_reason_t reason = {.condition = m->first ? JINGLE_REASON_SUCCESS : JINGLE_REASON_CANCEL};
    uint32_t delay;

    if (!is_idle(m)) {
        m->end_wanted = false;
        jingle_timer_cancel(m->timer);
        m->timer = NULL;
        return false;
    }
    if ((m->first && m->last_ends) || m->end_wanted) {
        jingle__end(m, &reason);
        return true;
    }
    delay = jingle__timeouts(jingle).end;
    if (m->timer || delay == 0 ||
        jingle_timer_start(jingle, delay, waited_for_end, m, &m->timer) == JINGLE_EOK)
        return false;
    jingle__end(m, &reason); /* without memory for a deadline there is no waiting */
    return true;
}
