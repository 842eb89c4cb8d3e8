/* SPDX-License-Identifier: MIT */
/** @file
 *  What is sent while the connection is down and expected back: kept, and sent when it has come up
 *  with the same JID. Otherwise an answer whose turn comes in that time is lost, though the stream
 * is resumed (XEP-0198) and everything else of the session with it. */
#include "binding.h"

struct jingle__held {
    jingle__held_t *next;
    size_t len;
    char xml[];
};

static jingle__held_t *take(jingle__binding_t *binding)
{
    jingle__held_t *held = binding->held;

    binding->held = held->next;
    if (!binding->held)
        binding->held_tail = NULL;
    binding->held_octets -= held->len;
    binding->n_held--;
    return held;
}

int jingle__hold_add(jingle__binding_t *binding, const char *xml, size_t len)
{
    jingle__held_t *held;

    if (!binding->was_online || len > binding->hold || binding->held_octets > binding->hold - len)
        return JINGLE_ESEND;
    held = jingle__bind_alloc(&binding->mem, sizeof *held + len + 1);
    if (!held)
        return JINGLE_EMEM;
    held->len = len;
    memcpy(held->xml, xml, len);
    if (binding->held_tail)
        binding->held_tail->next = held;
    else
        binding->held = held;
    binding->held_tail = held;
    binding->held_octets += len;
    binding->n_held++;
    return JINGLE_EOK;
}

void jingle__hold_flush(jingle__hook_t *hook)
{
    jingle__binding_t *binding = hook->binding;

    while (binding->held && jingle__online_can_send(hook)) {
        jingle__held_t *held = take(binding);

        /* Out of memory it is lost, as anything that the network loses: time-outs find that out. */
        jingle__online_queue(hook->conn, held->xml, held->len);
        jingle__bind_free(&binding->mem, held);
    }
}

void jingle__hold_clear(jingle__binding_t *binding)
{
    while (binding->held)
        jingle__bind_free(&binding->mem, take(binding));
}
