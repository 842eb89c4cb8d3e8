/* SPDX-License-Identifier: MIT */
/** @file
 *  Stanzas in short, for people. Only what is named here is written: what an application or a
 *  transport put into its element (text, data, keys, network addresses) is nobody's but theirs. */
#include "binding.h"

#include <stdio.h>

typedef struct {
    char *buffer;
    size_t size;
    size_t len; /**< of the whole line, also of what did not fit */
} line_t;

static void put_char(line_t *line, char c)
{
    if (line->len + 1 < line->size)
        line->buffer[line->len] = c;
    line->len++;
}

/** @return octets of the control character that is there; 0: none is. Those of C1 are two in UTF-8 */
static size_t control_len(const char *text)
{
    const unsigned char *s = (const unsigned char *)text;

    if (s[0] < ' ' || s[0] == 127)
        return 1;
    return s[0] == 0xc2 && s[1] >= 0x80 && s[1] < 0xa0 ? 2 : 0;
}

/** What a terminal could take for a command is not passed on. */
static void put(line_t *line, const char *text)
{
    while (*text) {
        size_t control = control_len(text);

        put_char(line, (char)(control ? '?' : *text));
        text += control ? control : 1;
    }
}

static void put_attr(line_t *line, const char *name, const char *value)
{
    if (!value)
        return;
    put_char(line, ' ');
    put(line, name);
    put_char(line, '=');
    put(line, value);
}

/** The part of a namespace that tells them apart: "file-transfer:5" of
 *  "urn:xmpp:jingle:apps:file-transfer:5". */
static const char *short_ns(const char *ns)
{
    static const char *const prefixes[] = {"urn:xmpp:jingle:apps:", "urn:xmpp:jingle:transports:",
                                           "urn:xmpp:jingle:", "http://jabber.org/protocol/",
                                           "urn:xmpp:"};

    for (size_t i = 0; i < sizeof prefixes / sizeof prefixes[0]; i++)
        if (strncmp(ns, prefixes[i], strlen(prefixes[i])) == 0)
            return ns + strlen(prefixes[i]);
    return ns;
}

static void put_part(line_t *line, xmpp_stanza_t *content, const char *name, bool *first)
{
    xmpp_stanza_t *part = jingle_element_child(content, name, NULL);

    if (!part)
        return;
    put(line, *first ? ": " : ", ");
    put(line, short_ns(jingle_element_ns(part)));
    *first = false;
}

static void put_content(line_t *line, xmpp_stanza_t *content)
{
    const char *name = xmpp_stanza_get_attribute(content, "name");
    bool first = true;

    put(line, " (");
    put(line, name ? name : "?");
    put_part(line, content, "description", &first);
    put_part(line, content, "transport", &first);
    put_part(line, content, "security", &first);
    put_char(line, ')');
}

static void put_jingle(line_t *line, xmpp_stanza_t *jingle)
{
    const char *action = xmpp_stanza_get_attribute(jingle, "action");
    xmpp_stanza_t *child = jingle_element_child(jingle, NULL, NULL);

    put_char(line, ' ');
    put(line, action ? action : "?");
    put_attr(line, "sid", xmpp_stanza_get_attribute(jingle, "sid"));
    for (; child; child = jingle_element_next(child)) {
        const char *name = xmpp_stanza_get_name(child);
        if (strcmp(name, "content") == 0)
            put_content(line, child);
        else if (strcmp(name, "reason") == 0) {
            xmpp_stanza_t *condition = jingle_element_child(child, NULL, NULL);
            put_attr(line, "reason", condition ? xmpp_stanza_get_name(condition) : "?");
        } else
            put_attr(line, "with", name);
    }
}

static void put_error(line_t *line, xmpp_stanza_t *error)
{
    xmpp_stanza_t *condition = jingle_element_child(error, NULL, NULL);

    for (; condition; condition = jingle_element_next(condition))
        if (strcmp(xmpp_stanza_get_name(condition), "text") != 0)
            put_attr(line, "error", xmpp_stanza_get_name(condition));
}

static void put_payload(line_t *line, xmpp_stanza_t *payload)
{
    const char *name = xmpp_stanza_get_name(payload), *ns = jingle_element_ns(payload);

    if (strcmp(name, "jingle") == 0 && strcmp(ns, JINGLE_NS) == 0)
        put_jingle(line, payload);
    else if (strcmp(name, "error") == 0)
        put_error(line, payload);
    else {
        put_char(line, ' ');
        put(line, name);
        if (*ns && strncmp(ns, "jabber:c", 8) != 0)
            put_attr(line, "of", short_ns(ns));
        put_attr(line, "sid", xmpp_stanza_get_attribute(payload, "sid"));
        put_attr(line, "seq", xmpp_stanza_get_attribute(payload, "seq"));
    }
}

size_t jingle_describe_stanza(xmpp_stanza_t *stanza, char *buffer, size_t size)
{
    line_t line = {.buffer = buffer, .size = buffer ? size : 0};
    const char *name = stanza ? xmpp_stanza_get_name(stanza) : NULL;
    xmpp_stanza_t *child;

    if (line.size)
        buffer[0] = '\0';
    if (!name)
        return 0;
    put(&line, name);
    if (xmpp_stanza_get_type(stanza)) {
        put_char(&line, ' ');
        put(&line, xmpp_stanza_get_type(stanza));
    }
    put_attr(&line, "from", xmpp_stanza_get_from(stanza));
    put_attr(&line, "to", xmpp_stanza_get_to(stanza));
    put_attr(&line, "id", xmpp_stanza_get_id(stanza));
    for (child = jingle_element_child(stanza, NULL, NULL); child;
         child = jingle_element_next(child))
        put_payload(&line, child);
    if (line.size)
        buffer[line.len < line.size ? line.len : line.size - 1] = '\0';
    return line.len;
}

/* ---- the trace ------------------------------------------------------------------------------- */

static void trace(jingle__binding_t *binding, bool sent, xmpp_stanza_t *stanza)
{
    char line[1024];

    jingle_describe_stanza(stanza, line, sizeof line);
    binding->trace(binding->jingle, sent, line, binding->trace_userdata);
}

void jingle__trace_received(jingle__hook_t *hook, xmpp_stanza_t *stanza)
{
    trace(hook->binding, false, stanza);
}

void jingle__trace_sent(jingle__hook_t *hook, const char *xml, size_t len)
{
    jingle__binding_t *binding = hook->binding;
    xmpp_mem_t mem = binding->mem;
    char *text = mem.alloc(len + 1, mem.userdata);
    xmpp_stanza_t *stanza;

    if (!text)
        return;
    memcpy(text, xml, len);
    text[len] = '\0';
    stanza = xmpp_stanza_new_from_string(hook->ctx, text);
    mem.free(text, mem.userdata);
    if (!stanza)
        return;
    trace(binding, true, stanza);
    xmpp_stanza_release(stanza);
}
