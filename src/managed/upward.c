/* SPDX-License-Identifier: MIT */
/** @file
 *  What parts say and ask. It is noted, and dropped when the part is not live any more. */
#include "managed.h"

/** What was noted is acted on, now or at the end of the turn that runs. */
static void wake(jingle_part_t *part)
{
    jingle__managed_t *m = part->content->managed;

    if (!m || jingle__is_over(m))
        return;
    jingle__turn_begin(m);
    jingle__turn_end(m);
}

void jingle_part_ready(jingle_part_t *part)
{
    if (!part || !part->live || part->stage != JINGLE__PREPARING)
        return;
    jingle__part_unset_timer(part);
    part->stage = JINGLE__READY;
    wake(part);
}

void jingle_part_news(jingle_part_t *part)
{
    if (!part || !part->live)
        return;
    part->news = true;
    part->tell = part->tell || part->plugin->kind == JINGLE__APPLICATION;
    if (part->content->managed)
        part->content->managed->noted = true;
    wake(part);
}

void jingle_part_hold(jingle_part_t *part, bool held)
{
    if (!part)
        return;
    part->held = held;
    if (part->live)
        wake(part);
}

void jingle_part_fail_detail(jingle_part_t *part, jingle_condition_t condition, const char *text,
                             xmpp_stanza_t *detail)
{
    jingle_reason_t reason = {.condition = condition, .text = text, .detail = detail};

    if (!part || !part->live || part->stage == JINGLE__STOPPED)
        return;
    jingle__part_note_failure(part, &reason);
    wake(part);
}

void jingle_part_fail(jingle_part_t *part, jingle_condition_t condition, const char *text)
{
    jingle_part_fail_detail(part, condition, text, NULL);
}

void jingle_part_done(jingle_part_t *part)
{
    if (!part || !part->live || part->stage != JINGLE__FINISHING)
        return;
    part->done = true;
    wake(part);
}

void jingle_part_open(jingle_part_t *part, jingle_channel_t *channel)
{
    jingle__lent_t *lent, **at;
    unsigned n = 1;

    if (!part || !channel || !part->live ||
        (part->stage != JINGLE__STARTED && part->stage != JINGLE__OPEN)) {
        jingle_channel_release(channel);
        return;
    }
    lent = managed_alloc(&part->plugin->mem, sizeof(*lent));
    if (!lent) {
        jingle_channel_release(channel);
        jingle_part_fail(part, JINGLE_REASON_FAILED_TRANSPORT, jingle_strerror(JINGLE_EMEM));
        return;
    }
    part->stage = JINGLE__OPEN;
    lent->channel = channel;
    for (at = &part->lent; *at; at = &(*at)->next)
        n++;
    *at = lent;
    if (n >= jingle_content_get_components(part->content))
        jingle__part_unset_timer(part);
    wake(part);
}

bool jingle_part_is_live(const jingle_part_t *part)
{
    return part && part->live;
}

jingle_t *jingle_part_get_manager(const jingle_part_t *part)
{
    jingle_session_t *session = jingle_part_get_session(part);

    return session ? jingle_session_get_manager(session) : NULL;
}

jingle_session_t *jingle_part_get_session(const jingle_part_t *part)
{
    return part ? jingle_content_get_session(part->content) : NULL;
}

jingle_content_t *jingle_part_get_content(const jingle_part_t *part)
{
    return part ? part->content : NULL;
}
