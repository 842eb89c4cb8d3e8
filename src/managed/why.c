/* SPDX-License-Identifier: MIT */
/** @file
 *  Reasons that must outlive who gave them. */
#include "managed.h"

void jingle__why_clear(const xmpp_mem_t *mem, jingle__why_t *why)
{
    managed_free(mem, why->text);
    if (why->detail)
        xmpp_stanza_release(why->detail);
    *why = (jingle__why_t){0};
}

void jingle__why_set(const xmpp_mem_t *mem, jingle__why_t *why, const jingle_reason_t *reason)
{
    jingle__why_t copy = {0};

    if (reason) {
        copy.condition = reason->condition;
        copy.text = managed_strdup(mem, reason->text);
        copy.detail = reason->detail ? xmpp_stanza_clone(reason->detail) : NULL;
    }
    jingle__why_clear(mem, why);
    *why = copy;
}

void jingle__why_move(const xmpp_mem_t *mem, jingle__why_t *to, jingle__why_t *from)
{
    jingle__why_t moved = *from;

    *from = (jingle__why_t){0};
    jingle__why_clear(mem, to);
    *to = moved;
}

jingle_reason_t jingle__why_reason(const jingle__why_t *why)
{
    return (jingle_reason_t){.condition = why->condition, .text = why->text, .detail = why->detail};
}
