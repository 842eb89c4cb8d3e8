/* SPDX-License-Identifier: MIT */
/** @file
 *  The base type: what is done with an action that a session type leaves out. */
#include "core.h"

#include <stddef.h>
#include <string.h>

const jingle_session_type_t jingle__base_type = {.size = sizeof(jingle_session_type_t),
                                                 .name = "base"};

jingle_action_fn jingle__type_handler(const jingle_session_type_t *type, jingle_action_t action)
{
    static const size_t offsets[JINGLE_ACTION_COUNT] = {
#define JINGLE_X(name, wire, handler)                                                              \
    [JINGLE_ACTION_##name] = offsetof(jingle_session_type_t, handler),
        JINGLE_ACTIONS(JINGLE_X)
#undef JINGLE_X
    };

    return *(const jingle_action_fn *)(const void *)((const char *)type + offsets[action]);
}

static char *copy_text(char **room, const char *text)
{
    size_t size = text ? strlen(text) + 1 : 0;
    char *copy = text ? memcpy(*room, text, size) : NULL;

    *room += size;
    return copy;
}

/** Names the contents that were asked for in a block of our own: the data of an action that is
 *  processed for the program may go with the ack. @return NULL: no memory */
static jingle_content_data_t *name_contents(jingle_t *jingle, const jingle_data_t *asked)
{
    size_t size = (asked->n_contents ? asked->n_contents : 1) * sizeof(jingle_content_data_t);
    jingle_content_data_t *contents;
    char *room;

    for (size_t i = 0; i < asked->n_contents; i++) {
        const jingle_content_data_t *content = &asked->contents[i];
        size += content->creator ? strlen(content->creator) + 1 : 0;
        size += content->name ? strlen(content->name) + 1 : 0;
    }
    contents = jingle__alloc(&jingle->mem, size);
    if (!contents)
        return NULL;
    room = (char *)&contents[asked->n_contents];
    for (size_t i = 0; i < asked->n_contents; i++) {
        contents[i].creator = copy_text(&room, asked->contents[i].creator);
        contents[i].name = copy_text(&room, asked->contents[i].name);
    }
    return contents;
}

/** Acknowledges, then refuses what was asked for, each content by its name (XEP-0166 sections 7.2.2
 *  and 7.2.15: one answer for each). */
static int ack_and_reject(jingle_reply_t *reply, jingle_action_t action,
                          jingle_condition_t condition, const char *text)
{
    jingle_session_t *session = reply->session;
    jingle_t *jingle = session->jingle;
    uint32_t limit = jingle->limits.requests;
    jingle_reason_t reason = {.condition = condition, .text = text};
    jingle_data_t data = {.n_contents = reply->data->n_contents, .reason = &reason};
    jingle_content_data_t *contents;
    int err;

    /* A peer that never answers our refusals cannot make us keep any number of them. */
    contents = limit && session->n_requests >= limit ? NULL : name_contents(jingle, reply->data);
    if (!contents)
        return jingle_reply_error(reply, jingle_error_of(JINGLE_ERROR_RESOURCE_CONSTRAINT));
    data.contents = contents;
    err = jingle_reply_ack(reply);
    if (!err && session->state != JINGLE_STATE_ENDED && !jingle->closing)
        jingle__send_action(session, action, &data, NULL, NULL);
    jingle__free(&jingle->mem, contents);
    return err;
}

static int refuse(jingle_reply_t *reply, jingle_error_code_t code)
{
    return jingle_reply_error(reply, jingle_error_of(code));
}

int jingle__base_reply(jingle_reply_t *reply)
{
    switch (reply->data->action) {
    case JINGLE_ACTION_SESSION_INITIATE:
    case JINGLE_ACTION_SESSION_ACCEPT:
    case JINGLE_ACTION_SESSION_TERMINATE:
        return jingle_reply_ack(reply);
    case JINGLE_ACTION_SESSION_INFO:
        /* XEP-0166 section 6.8: an empty one is a ping; a reason may come with anything. */
        if (reply->data->foreign.n_children == 0 && reply->data->n_contents == 0)
            return jingle_reply_ack(reply);
        return refuse(reply, JINGLE_ERROR_UNSUPPORTED_INFO);
    case JINGLE_ACTION_SECURITY_INFO:
    case JINGLE_ACTION_DESCRIPTION_INFO:
    case JINGLE_ACTION_TRANSPORT_INFO:
        return refuse(reply, JINGLE_ERROR_UNSUPPORTED_INFO);
    case JINGLE_ACTION_CONTENT_ADD:
        return ack_and_reject(reply, JINGLE_ACTION_CONTENT_REJECT, JINGLE_REASON_FAILED_APPLICATION,
                              "content-add is not supported");
    case JINGLE_ACTION_TRANSPORT_REPLACE:
        return ack_and_reject(reply, JINGLE_ACTION_TRANSPORT_REJECT, JINGLE_REASON_FAILED_TRANSPORT,
                              "transport-replace is not supported");
    default:
        return refuse(reply, JINGLE_ERROR_BAD_REQUEST);
    }
}
