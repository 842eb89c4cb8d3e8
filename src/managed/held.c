/* SPDX-License-Identifier: MIT */
/** @file
 *  What the peer ends while data is on its way: stanzas go one way, data another, and the end may
 *  overtake it. An application that waits for data holds the peer's session-terminate or
 *  content-remove, which is handled when all has come, or after a while. Until then nothing is sent:
 *  to the peer it is over. */
#include "held.h"

/** ms that the end waits at most. */
#define HELD_MAX 30000u

static bool is_meant(jingle__managed_t *m, const jingle_data_t *data,
                     const jingle_content_t *content)
{
    if (data->action == JINGLE_ACTION_SESSION_TERMINATE)
        return true;
    for (size_t i = 0; i < data->n_contents; i++) {
        const jingle_content_data_t *theirs = &data->contents[i];
        jingle_content_t *found = NULL;

        if (theirs->name && jingle__find(m, theirs, data->action, &found) == JINGLE__FOUND &&
            found == content)
            return true;
    }
    return false;
}

static bool awaits(const jingle_content_t *content, const jingle_reason_t *reason)
{
    jingle_part_t *part = content->application;
    bool waits;

    if (content->state != JINGLE_CONTENT_ACCEPTED || content->leaving || !part || !part->live ||
        !part->plugin->as.application.awaits)
        return false;
    jingle_part_clone(part);
    waits = part->plugin->as.application.awaits(part->self, reason);
    jingle_part_release(part);
    return waits;
}

static bool is_awaited(jingle__managed_t *m, const jingle_data_t *data)
{
    jingle_reason_t none = {.condition = data->action == JINGLE_ACTION_CONTENT_REMOVE
                                             ? JINGLE_REASON_CANCEL
                                             : JINGLE_REASON_UNDEFINED};
    bool any = false;

    for (const jingle_content_t *content = m->first; content; content = content->next)
        if (is_meant(m, data, content))
            any = awaits(content, data->reason ? data->reason : &none) || any;
    return any;
}

static void handle(jingle__managed_t *m, jingle_reply_t *reply)
{
    const jingle_data_t *data = jingle_reply_get_data(reply);

    if (data->action == JINGLE_ACTION_SESSION_TERMINATE)
        jingle_reply_default(reply);
    else
        jingle__remove_by_peer(m, data, reply);
}

/** @return what was held; the caller releases it */
static jingle_reply_t *take(jingle__managed_t *m)
{
    jingle_reply_t *reply = m->held;

    m->held = NULL;
    jingle_timer_cancel(m->timer);
    m->timer = NULL;
    return reply;
}

/** What was held is handled now. */
static void let_go(jingle__managed_t *m)
{
    jingle_reply_t *reply = take(m);

    handle(m, reply);
    jingle_reply_release(reply);
}

/** Where handlers have less time than HELD_MAX, the peer may have been told that a content stays. */
static void drop_late(jingle__managed_t *m)
{
    if (m->held && !jingle_reply_is_open(m->held))
        jingle_reply_release(take(m));
}

static void waited(jingle_t *jingle, void *userdata)
{
    jingle__managed_t *m = userdata;

    (void)jingle;
    m->timer = NULL;
    jingle__turn_begin(m);
    drop_late(m);
    if (m->held)
        let_go(m);
    jingle__turn_end(m);
}

/** @return true: the reply was kept */
static bool hold(jingle__managed_t *m, const jingle_data_t *data, jingle_reply_t *reply)
{
    drop_late(m);
    if (!is_awaited(m, data) ||
        (data->action == JINGLE_ACTION_CONTENT_REMOVE && jingle__check_remove(m, data)))
        return false;
    jingle_timer_cancel(m->timer);
    m->timer = NULL;
    if (jingle_timer_start(jingle_session_get_manager(m->session), HELD_MAX, waited, m,
                           &m->timer) != JINGLE_EOK)
        return false; /* without memory for a deadline there is no waiting */
    m->held = jingle_reply_clone(reply);
    return true;
}

static jingle_content_t *leaving(jingle__managed_t *m)
{
    jingle_content_t *content = m->first;

    while (content && !(content->leaving && is_meant(m, jingle_reply_get_data(m->held), content)))
        content = content->next;
    return content;
}

/** What we have ended meanwhile is over as we have said; to the peer it is already. */
static void leave(jingle__managed_t *m)
{
    jingle_content_t *content;

    while (m->held && (content = leaving(m))) {
        jingle_reason_t reason;

        jingle_content_clone(content);
        reason = jingle__why_reason(&content->why);
        jingle__content_over(content, &reason);
        jingle_content_release(content);
    }
}

bool jingle__end_is_held(jingle__managed_t *m)
{
    drop_late(m);
    while (m->held) {
        leave(m);
        if (!m->held)
            break;
        if (is_awaited(m, jingle_reply_get_data(m->held)))
            return true;
        let_go(m); /* the next may be held within */
    }
    return jingle__is_over(m);
}

void jingle__end_held_no_more(jingle__managed_t *m)
{
    jingle_reply_t *reply = m->held;

    m->held = NULL;
    if (reply)
        jingle_reply_ack(reply);
    jingle_reply_release(reply);
}

JINGLE__HANDLER(session_terminate)
{
    jingle__managed_t *m = self;

    (void)session;
    jingle__turn_begin(m);
    m->unexplained = !data->reason;
    if (!hold(m, data, reply))
        handle(m, reply);
    jingle__turn_end(m);
}

JINGLE__HANDLER(content_remove)
{
    jingle__managed_t *m = self;

    (void)session;
    jingle__turn_begin(m);
    if (!hold(m, data, reply))
        handle(m, reply);
    jingle__turn_end(m);
}
