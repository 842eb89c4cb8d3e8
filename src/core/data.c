/* SPDX-License-Identifier: MIT */
/** @file
 *  The public face of reading and writing `<jingle/>`, and small helpers for elements. */
#include <stdint.h>

#include "buffer.h"
#include "parse.h"
#include "write.h"

jingle_creator_t jingle_content_data_get_creator(const jingle_content_data_t *content)
{
    return content ? jingle_creator_from_name(content->creator) : JINGLE_CREATOR_INVALID;
}

jingle_senders_t jingle_content_data_get_senders(const jingle_content_data_t *content)
{
    return content ? jingle_senders_from_name(content->senders) : JINGLE_SENDERS_INVALID;
}

const char *jingle_content_data_get_disposition(const jingle_content_data_t *content)
{
    return content && content->disposition ? content->disposition : "session";
}

xmpp_stanza_t *jingle_data_get_payload(const jingle_data_t *data, const char *ns)
{
    if (!data)
        return NULL;
    for (size_t i = 0; i < data->foreign.n_children; i++) {
        xmpp_stanza_t *payload = data->foreign.children[i];

        if (!ns || strcmp(jingle_element_ns(payload), ns) == 0)
            return payload;
    }
    return NULL;
}

/* ---- elements ------------------------------------------------------------------------------ */

const char *jingle_element_ns(xmpp_stanza_t *element)
{
    const char *ns = element ? xmpp_stanza_get_ns(element) : NULL;

    return ns ? ns : "";
}

/** The first of the siblings from `element` on that is an element. */
static xmpp_stanza_t *element_from(xmpp_stanza_t *element)
{
    while (element && !xmpp_stanza_is_tag(element))
        element = xmpp_stanza_get_next(element);
    return element;
}

xmpp_stanza_t *jingle_element_next(xmpp_stanza_t *element)
{
    return element ? element_from(xmpp_stanza_get_next(element)) : NULL;
}

xmpp_stanza_t *jingle_element_child(xmpp_stanza_t *element, const char *name, const char *ns)
{
    xmpp_stanza_t *child = element ? element_from(xmpp_stanza_get_children(element)) : NULL;

    for (; child; child = jingle_element_next(child)) {
        if (name && strcmp(xmpp_stanza_get_name(child), name) != 0)
            continue;
        if (!ns || strcmp(jingle_element_ns(child), ns) == 0)
            return child;
    }
    return NULL;
}

const char *jingle_element_text(xmpp_stanza_t *element)
{
    xmpp_stanza_t *child = element ? xmpp_stanza_get_children(element) : NULL;
    const char *text = NULL;

    while (child && !xmpp_stanza_is_text(child))
        child = xmpp_stanza_get_next(child);
    if (child)
        text = xmpp_stanza_get_text_ptr(child);
    return text ? text : "";
}

/* ---- jingle -------------------------------------------------------------------------------- */

/** What jingle_data_new() makes. The program sees the first field of the first field. */
typedef struct {
    jingle__parsed_t parsed;
    const xmpp_mem_t *mem;
    xmpp_stanza_t *jingle;
} owner_t;

static void free_owner(owner_t *owner)
{
    jingle__parsed_clear(&owner->parsed);
    if (owner->jingle)
        xmpp_stanza_release(owner->jingle);
    jingle__free(owner->mem, owner);
}

int jingle_data_new(const xmpp_mem_t *mem, xmpp_stanza_t *jingle, const jingle_data_t **out)
{
    const char *name = jingle ? xmpp_stanza_get_name(jingle) : NULL;
    owner_t *owner;
    int err;

    if (!out || !name || strcmp(name, "jingle") != 0 ||
        strcmp(jingle_element_ns(jingle), JINGLE_NS) != 0)
        return JINGLE_EINVAL;
    mem = mem ? mem : &jingle__mem_default;
    owner = jingle__alloc(mem, sizeof(*owner));
    if (!owner)
        return JINGLE_EMEM;
    owner->mem = mem;
    err = jingle__parse(&owner->parsed, mem, jingle, NULL);
    if (!err && owner->parsed.over_limit)
        err = JINGLE_ELIMIT;
    if (err) {
        free_owner(owner);
        return err;
    }
    owner->jingle = xmpp_stanza_clone(jingle);
    *out = &owner->parsed.data;
    return JINGLE_EOK;
}

void jingle_data_free(const jingle_data_t *data)
{
    if (data)
        free_owner((owner_t *)(uintptr_t)data);
}

int jingle_data_to_xml(const xmpp_mem_t *mem, const jingle_data_t *data, char **xml)
{
    jingle__buf_t buf;

    if (!data || !xml)
        return JINGLE_EINVAL;
    jingle__buf_init(&buf, mem ? mem : &jingle__mem_default);
    jingle__write_jingle(&buf, data, data->action, NULL, NULL, NULL);
    return jingle__buf_finish(&buf, xml);
}
