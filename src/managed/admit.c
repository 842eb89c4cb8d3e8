/* SPDX-License-Identifier: MIT */
/** @file
 *  Who may do what now, where contents decide: answers that nobody asked for, and ties per content
 *  (XEP-0166 section 7.2.16; states.md 1.2 and 5). Nothing changes but what is remembered: of
 *  crossings, and of contents that were added in vain. */
#include "managed.h"

/* ---- answers ------------------------------------------------------------------------------- */

/** Is this content waiting for such an answer of the peer's? */
static bool is_asked(const jingle_content_t *content, jingle_action_t action)
{
    if (action == JINGLE_ACTION_CONTENT_ACCEPT || action == JINGLE_ACTION_CONTENT_REJECT)
        return content->ours && content->state == JINGLE_CONTENT_OFFERED;
    return content->proposal == JINGLE__OURS_SENT;
}

static bool anything_asked(const jingle__managed_t *m, jingle_action_t action)
{
    const jingle_content_t *content = m->first;

    while (content && !is_asked(content, action))
        content = content->next;
    return content != NULL;
}

/** What names contents that are just gone crossed their end, and is let through to be ignored. */
static bool answers_unasked(jingle__managed_t *m, const jingle_data_t *data)
{
    for (size_t i = 0; i < data->n_contents; i++) {
        const jingle_content_data_t *named = &data->contents[i];
        jingle_content_t *content = NULL;

        if (!jingle__well_formed(named))
            continue;
        switch (jingle__find(m, named, data->action, &content)) {
        case JINGLE__FOUND:
            if (!is_asked(content, data->action))
                return true;
            break;
        case JINGLE__UNKNOWN:
            if (!anything_asked(m, data->action))
                return true;
            break;
        default:
            break;
        }
    }
    return data->n_contents == 0 && !anything_asked(m, data->action);
}

/* ---- ties ---------------------------------------------------------------------------------- */

/** Is what the peer adds what we are adding? The application knows; it may say nothing. */
static bool is_equivalent(const jingle_content_t *ours, const jingle_content_data_t *theirs)
{
    jingle_part_t *part = ours->application;
    bool competes = true;

    if (!part || !theirs->description ||
        strcmp(jingle_element_ns(theirs->description), part->plugin->ns) != 0)
        return false;
    if (part->plugin->as.application.competes) {
        jingle_part_clone(part);
        competes = part->plugin->as.application.competes(part->self, theirs->description,
                                                         jingle_content_data_get_senders(theirs));
        jingle_part_release(part);
    }
    return competes;
}

static bool is_named(const jingle_content_t *content, const jingle_content_data_t *data)
{
    return data->name && strcmp(content->name, data->name) == 0 &&
           content->creator == jingle_content_data_get_creator(data);
}

static bool competes_with(const jingle_content_t *ours, const jingle_content_data_t *theirs,
                          jingle_action_t action)
{
    return action == JINGLE_ACTION_CONTENT_ADD ? is_equivalent(ours, theirs)
                                               : is_named(ours, theirs);
}

static bool can_tie(jingle_action_t action)
{
    return action == JINGLE_ACTION_CONTENT_ADD || action == JINGLE_ACTION_CONTENT_MODIFY ||
           action == JINGLE_ACTION_CONTENT_REMOVE || action == JINGLE_ACTION_TRANSPORT_REPLACE;
}

/** A request of ours waits for its answer, or a replacement for the peer's decision. */
static bool is_under_way(const jingle__managed_t *m, const jingle_content_data_t *theirs,
                         jingle_action_t action)
{
    /* An application that is asked may end the session, and what was asked goes with it. */
    for (const jingle__ask_t *ask = m->asks; ask; ask = ask->next)
        for (size_t i = 0; ask->action == action && i < ask->n; i++)
            if (competes_with(ask->contents[i], theirs, action) || jingle__is_over(m))
                return true;
    for (const jingle_content_t *content = m->first; content; content = content->next)
        if (action == JINGLE_ACTION_TRANSPORT_REPLACE && content->proposal == JINGLE__OURS_SENT &&
            is_named(content, theirs))
            return true;
    return false;
}

static bool loses_tie(const jingle__managed_t *m, const jingle_data_t *data)
{
    if (!jingle__is_initiator(m) || !can_tie(data->action))
        return false;
    for (size_t i = 0; i < data->n_contents; i++)
        if (is_under_way(m, &data->contents[i], data->action))
            return true;
    return false;
}

/** The peer may refuse ours because of its own (replace.c), and goes on with its own until it hears. */
static void note_crossing(jingle__managed_t *m, const jingle_data_t *data)
{
    if (data->action == JINGLE_ACTION_CONTENT_ADD)
        jingle__add_refused(m, data);
    for (jingle_content_t *content = m->first; content; content = content->next)
        for (size_t i = 0; i < data->n_contents; i++)
            if (data->action == JINGLE_ACTION_TRANSPORT_REPLACE &&
                content->proposal == JINGLE__OURS_SENT && is_named(content, &data->contents[i]))
                content->crossed = true;
}

bool jingle__admit(jingle_session_t *session, const jingle_data_t *data, jingle_error_t *error,
                   void *self)
{
    jingle__managed_t *m = self;

    (void)session;
    if (!m->offered) /* the peer's offer is still being handled: its contents come before this */
        return true;
    if (loses_tie(m, data)) {
        note_crossing(m, data);
        *error = *jingle_error_of(JINGLE_ERROR_TIE_BREAK);
        return false;
    }
    switch (data->action) {
    case JINGLE_ACTION_CONTENT_ACCEPT:
    case JINGLE_ACTION_CONTENT_REJECT:
    case JINGLE_ACTION_TRANSPORT_ACCEPT:
    case JINGLE_ACTION_TRANSPORT_REJECT:
        if (!answers_unasked(m, data))
            return true;
        *error = *jingle_error_of(JINGLE_ERROR_OUT_OF_ORDER);
        return false;
    default:
        return true;
    }
}

/* ---- offers -------------------------------------------------------------------------------- */

bool jingle__competes(jingle_session_t *session, const jingle_offer_t *theirs, void *self)
{
    const jingle__managed_t *m = self;

    (void)session;
    for (const jingle_content_t *content = m->first; content; content = content->next)
        for (size_t i = 0; i < theirs->data->n_contents; i++)
            if (is_equivalent(content, &theirs->data->contents[i]))
                return true;
    return false;
}
