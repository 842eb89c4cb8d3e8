/* SPDX-License-Identifier: MIT */
/** @file
 *  Which contents of ours a stanza speaks of. */
#include "managed.h"

static jingle_content_t *by_key(jingle_content_t *list, jingle_creator_t creator, const char *name)
{
    while (list && (list->creator != creator || strcmp(list->name, name) != 0))
        list = list->next;
    return list;
}

static bool is_answer(jingle_action_t action)
{
    return action == JINGLE_ACTION_SESSION_ACCEPT || action == JINGLE_ACTION_CONTENT_ACCEPT ||
           action == JINGLE_ACTION_CONTENT_REJECT || action == JINGLE_ACTION_TRANSPORT_ACCEPT ||
           action == JINGLE_ACTION_TRANSPORT_REJECT;
}

/** What it does to the wrong content cannot be mended. */
static bool ends_or_changes(jingle_action_t action)
{
    return action == JINGLE_ACTION_CONTENT_REMOVE || action == JINGLE_ACTION_CONTENT_MODIFY ||
           action == JINGLE_ACTION_TRANSPORT_REPLACE;
}

/** Peers write the wrong creator (states.md 1.2 is silent; in the field Dino and siskin do), which is met
 *  leniently but here: the creator is the peer itself, which may speak of a content that it has added in vain
 *  and would end or change one of ours; and it has not been found to have the creator wrong. */
static bool may_be_its_own(const jingle__managed_t *m, const jingle_content_data_t *named,
                           jingle_action_t action)
{
    jingle_creator_t peer =
        jingle__is_initiator(m) ? JINGLE_CREATOR_RESPONDER : JINGLE_CREATOR_INITIATOR;

    return !m->misnamed && ends_or_changes(action) && named->creator &&
           jingle_content_data_get_creator(named) == peer;
}

/** @return the only one of that name; NULL when there is none, or several */
static jingle_content_t *by_name(jingle_content_t *list, const char *name)
{
    jingle_content_t *found = NULL;

    for (; list; list = list->next) {
        if (strcmp(list->name, name) != 0)
            continue;
        if (found)
            return NULL;
        found = list;
    }
    return found;
}

jingle__found_t jingle__find(jingle__managed_t *m, const jingle_content_data_t *named,
                             jingle_action_t action, jingle_content_t **content)
{
    jingle_creator_t creator = jingle_content_data_get_creator(named);
    bool gone = by_key(m->gone, creator, named->name);

    *content = by_key(m->first, creator, named->name);
    /* Of one that was not offered yet the peer does not speak: it means the former of that name. */
    if (*content && gone && (*content)->state == JINGLE_CONTENT_NEW)
        *content = NULL;
    if (*content)
        return JINGLE__FOUND;
    if (gone)
        return JINGLE__GONE_BY;
    if (may_be_its_own(m, named, action))
        return JINGLE__UNKNOWN;
    *content = by_name(m->first, named->name);
    if (*content)
        return JINGLE__FOUND;
    return by_name(m->gone, named->name) ? JINGLE__GONE_BY : JINGLE__UNKNOWN;
}

bool jingle__well_formed(const jingle_content_data_t *data)
{
    return data->name && *data->name &&
           jingle_content_data_get_creator(data) != JINGLE_CREATOR_INVALID &&
           jingle_content_data_get_senders(data) != JINGLE_SENDERS_INVALID;
}

bool jingle__same_key(const jingle_content_data_t *a, const jingle_content_data_t *b)
{
    return jingle_content_data_get_creator(a) == jingle_content_data_get_creator(b) &&
           strcmp(a->name, b->name) == 0;
}

void jingle__matches_clear(jingle__matches_t *matches)
{
    for (size_t i = 0; matches->items && i < matches->n; i++) {
        jingle__match_t *item = &matches->items[i];

        jingle__part_drop(&item->made);
        jingle_part_release(item->part);
        managed_free(&matches->m->mem, item->refused);
        jingle__why_clear(&matches->m->mem, &item->why);
        jingle__why_clear(&matches->m->mem, &item->trouble);
        jingle_content_release(item->content);
    }
    managed_free(&matches->m->mem, matches->items);
    matches->items = NULL;
}

static bool is_twice(const jingle__matches_t *matches, const jingle_content_t *content)
{
    for (size_t i = 0; i < matches->n; i++)
        if (matches->items[i].content == content)
            return true;
    return false;
}

/** A peer that has the creator wrong in an answer, which is to what we have sent, has it wrong ever after
 *  and for every content of ours. */
static void note_quirk(jingle__managed_t *m, const jingle_content_t *content,
                       const jingle_content_data_t *data, jingle_action_t action)
{
    if (content->creator == jingle_content_data_get_creator(data))
        return;
    jingle__quirk(m, "the peer names a content by another creator than its own");
    if (content->ours && data->creator && is_answer(action))
        m->misnamed = true;
}

static const jingle_error_t *match(jingle__matches_t *matches, const jingle_content_data_t *data,
                                   jingle_action_t action)
{
    const jingle_error_t *bad_request = jingle_error_of(JINGLE_ERROR_BAD_REQUEST);
    jingle__match_t *item = &matches->items[matches->n];
    jingle_content_t *content = NULL;

    if (!jingle__well_formed(data))
        return bad_request;
    if (jingle__find(matches->m, data, action, &content) == JINGLE__UNKNOWN)
        return bad_request;
    if (content && is_twice(matches, content))
        return bad_request;
    if (content)
        note_quirk(matches->m, content, data, action);
    item->data = data;
    item->content = jingle_content_clone(content);
    matches->n++;
    return NULL;
}

const jingle_error_t *jingle__matches_init(jingle__matches_t *matches, jingle__managed_t *m,
                                           const jingle_data_t *data)
{
    const jingle_error_t *error = NULL;

    *matches = (jingle__matches_t){.m = m};
    if (data->n_contents == 0)
        return jingle_error_of(JINGLE_ERROR_BAD_REQUEST);
    matches->items = managed_alloc(&m->mem, data->n_contents * sizeof(*matches->items));
    if (!matches->items)
        return jingle_error_of(JINGLE_ERROR_RESOURCE_CONSTRAINT);
    for (size_t i = 0; !error && i < data->n_contents; i++)
        error = match(matches, &data->contents[i], data->action);
    return error;
}
