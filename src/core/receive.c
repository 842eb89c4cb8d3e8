/* SPDX-License-Identifier: MIT */
/** @file
 *  The way in: which IQs are the manager's, and whose they are there; IQs that are not Jingle. */
#include "core.h"

#include <string.h>

static xmpp_stanza_t *first_element(xmpp_stanza_t *stanza)
{
    xmpp_stanza_t *child = xmpp_stanza_get_children(stanza);

    return child && !xmpp_stanza_is_tag(child) ? jingle_element_next(child) : child;
}

static xmpp_stanza_t *find_jingle(xmpp_stanza_t *iq)
{
    for (xmpp_stanza_t *child = first_element(iq); child; child = jingle_element_next(child)) {
        const char *ns = xmpp_stanza_get_ns(child);
        if (ns && strcmp(ns, JINGLE_NS) == 0 && strcmp(xmpp_stanza_get_name(child), "jingle") == 0)
            return child;
    }
    return NULL;
}

static jingle__served_t *find_served(const jingle_t *jingle, const char *ns)
{
    jingle__served_t *served;

    DL_FOREACH(jingle->served, served)
    if (strcmp(served->ns, ns) == 0)
        return served;
    return NULL;
}

bool jingle__receive_served(jingle_t *jingle, xmpp_stanza_t *iq, unsigned kind)
{
    xmpp_stanza_t *payload = jingle->served ? first_element(iq) : NULL;
    jingle__served_t *served = payload ? find_served(jingle, jingle_element_ns(payload)) : NULL;
    jingle__jid_t *own;
    jingle_reply_t *reply;

    if (!served || !(served->kinds & kind) || jingle->closing)
        return false;
    jingle__enter(jingle);
    own = jingle__own_of(jingle, xmpp_stanza_get_to(iq));
    reply = jingle__reply_new(jingle, iq, own);
    if (reply) {
        served->fn(jingle, iq, payload, reply, served->userdata);
        if (!reply->completed && jingle__reply_start_deadline(reply) != JINGLE_EOK)
            jingle_reply_error(reply, jingle_error_of(JINGLE_ERROR_RESOURCE_CONSTRAINT));
        jingle_reply_release(reply);
    } else
        jingle__answer_without_reply(jingle, iq, jingle_error_of(JINGLE_ERROR_RESOURCE_CONSTRAINT));
    jingle__jid_release(jingle, own);
    jingle__leave(jingle);
    return true;
}

static bool receive_request(jingle_t *jingle, xmpp_stanza_t *iq, bool set)
{
    xmpp_stanza_t *element = find_jingle(iq);

    if (!element)
        return jingle__receive_served(jingle, iq, set ? JINGLE_SERVE_SET : JINGLE_SERVE_GET);
    jingle__receive_jingle(jingle, iq, element, set);
    return true;
}

/** A message may carry other things beside what is served (XEP-0047 section 2.2). */
static bool receive_message(jingle_t *jingle, xmpp_stanza_t *message)
{
    xmpp_stanza_t *child = jingle->served && !jingle->closing ? first_element(message) : NULL;

    for (; child; child = jingle_element_next(child)) {
        jingle__served_t *served = find_served(jingle, jingle_element_ns(child));
        if (!served || !(served->kinds & JINGLE_SERVE_MESSAGE))
            continue;
        jingle__enter(jingle);
        served->fn(jingle, message, child, NULL, served->userdata);
        jingle__leave(jingle);
        return true;
    }
    return false;
}

bool jingle_receive(jingle_t *jingle, xmpp_stanza_t *stanza)
{
    const char *name, *type;

    if (!jingle || !stanza || jingle->closed)
        return false;
    name = xmpp_stanza_get_name(stanza);
    type = xmpp_stanza_get_type(stanza);
    if (name && strcmp(name, "message") == 0)
        return receive_message(jingle, stanza);
    if (!name || strcmp(name, "iq") != 0 || !type)
        return false;
    if (strcmp(type, "set") == 0)
        return receive_request(jingle, stanza, true);
    if (strcmp(type, "get") == 0)
        return receive_request(jingle, stanza, false);
    if (strcmp(type, "result") == 0)
        return jingle__receive_answer(jingle, stanza, true);
    return strcmp(type, "error") == 0 && jingle__receive_answer(jingle, stanza, false);
}

int jingle_serve(jingle_t *jingle, const char *ns, unsigned kinds, jingle_serve_fn fn,
                 void *userdata)
{
    const unsigned all = JINGLE_SERVE_GET | JINGLE_SERVE_SET | JINGLE_SERVE_MESSAGE;
    jingle__served_t *served;
    size_t size;

    if (!jingle || !ns || !*ns || !fn || !kinds || (kinds & ~all) || strcmp(ns, JINGLE_NS) == 0)
        return JINGLE_EINVAL;
    if (find_served(jingle, ns))
        return JINGLE_EEXIST;
    size = strlen(ns) + 1;
    served = jingle__alloc(&jingle->mem, sizeof *served + size);
    if (!served)
        return JINGLE_EMEM;
    served->kinds = kinds;
    served->fn = fn;
    served->userdata = userdata;
    memcpy(served->ns, ns, size);
    DL_APPEND(jingle->served, served);
    return JINGLE_EOK;
}

int jingle_unserve(jingle_t *jingle, const char *ns)
{
    jingle__served_t *served;

    if (!jingle || !ns)
        return JINGLE_EINVAL;
    served = find_served(jingle, ns);
    if (!served)
        return JINGLE_ENOENT;
    DL_DELETE(jingle->served, served);
    jingle__free(&jingle->mem, served);
    return JINGLE_EOK;
}
