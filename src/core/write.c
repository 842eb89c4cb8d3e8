/* SPDX-License-Identifier: MIT */
/** @file
 *  Writes kept elements and `<jingle/>`. */
#include "write.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "read.h"

#define INLINE_SLOTS 64

/* ---- names --------------------------------------------------------------------------------- */

static bool is_name_char(const char *s)
{
    unsigned char c = (unsigned char)*s;

    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == ':';
}

size_t jingle__name_span(const char *s)
{
    const char *at = s;
    size_t len = is_name_char(s) ? 1 : jingle__utf8_len(s);

    while (len) {
        at += len;
        len = is_name_char(at) || (*at >= '0' && *at <= '9') || *at == '-' || *at == '.'
                  ? 1
                  : jingle__utf8_len(at);
    }
    return (size_t)(at - s);
}

/** Names come from programs, or from a peer through libstrophe's parser: one that is none would
 * cost the stream. */
static bool is_name(const char *s)
{
    size_t len = jingle__name_span(s);

    return len && !s[len];
}

/** Of elements: they are known by name and namespace, and a prefix that nobody has declared would cost
 * the stream as well. */
static void put_name(jingle__buf_t *buf, const char *name)
{
    if (!buf->err && (!name || !is_name(name) || strchr(name, ':')))
        buf->err = JINGLE_EINVAL;
    else
        jingle__buf_puts(buf, name);
}

static void put_attr(jingle__buf_t *buf, const char *name, const char *value)
{
    if (!buf->err && !is_name(name))
        buf->err = JINGLE_EINVAL;
    else
        jingle__buf_attr(buf, name, value);
}

static void put_foreign_attrs(jingle__buf_t *buf, const jingle_foreign_t *foreign)
{
    for (size_t i = 0; i < foreign->n_attrs; i++)
        put_attr(buf, foreign->attrs[i].name, foreign->attrs[i].value);
}

/* ---- kept elements ------------------------------------------------------------------------- */

static void put_attrs(jingle__buf_t *buf, xmpp_stanza_t *element, int count)
{
    const char *inline_slots[INLINE_SLOTS], **slots = inline_slots;

    if (buf->err)
        return;
    if (count > JINGLE__ATTRIBUTES) {
        buf->err = JINGLE_ELIMIT;
        return;
    }
    if (count * 2 > INLINE_SLOTS)
        slots = buf->mem->alloc((size_t)count * 2 * sizeof(*slots), buf->mem->userdata);
    if (!slots) {
        buf->err = JINGLE_EMEM;
        return;
    }
    count = xmpp_stanza_get_attributes(element, slots, count * 2);
    for (int i = 0; i + 1 < count; i += 2) {
        if (strcmp(slots[i], "xmlns") != 0)
            put_attr(buf, slots[i], slots[i + 1]);
    }
    if (slots != inline_slots)
        buf->mem->free(slots, buf->mem->userdata);
}

/** Writes `<name attributes`.
 *  @return the namespace in force inside */
static const char *put_start(jingle__buf_t *buf, xmpp_stanza_t *element, const char *ns)
{
    const char *own = xmpp_stanza_get_ns(element);
    int count = xmpp_stanza_get_attribute_count(element);

    JINGLE__PUT(buf, "<");
    put_name(buf, xmpp_stanza_get_name(element));
    if (own && (!ns || strcmp(own, ns) != 0))
        jingle__buf_attr(buf, "xmlns", own);
    if (count > (own ? 1 : 0))
        put_attrs(buf, element, count);
    return own ? own : ns;
}

static void put_end(jingle__buf_t *buf, xmpp_stanza_t *element)
{
    JINGLE__PUT(buf, "</");
    jingle__buf_puts(buf, xmpp_stanza_get_name(element));
    JINGLE__PUT(buf, ">");
}

typedef struct {
    xmpp_stanza_t *element;
    const char *ns; /**< in force inside it */
} level_t;

void jingle__write_element(jingle__buf_t *buf, xmpp_stanza_t *element, const char *ns)
{
    level_t levels[JINGLE__NESTING];
    size_t depth = 0;
    xmpp_stanza_t *at = element;

    while (!buf->err) {
        xmpp_stanza_t *inner = NULL;

        if (xmpp_stanza_is_text(at)) {
            const char *text = xmpp_stanza_get_text_ptr(at);

            jingle__buf_escape_text(buf, text ? text : "");
        } else if (depth == JINGLE__NESTING) {
            buf->err = JINGLE_ELIMIT;
        } else {
            levels[depth].element = at;
            levels[depth].ns = put_start(buf, at, depth ? levels[depth - 1].ns : ns);
            inner = xmpp_stanza_get_children(at);
            jingle__buf_puts(buf, inner ? ">" : "/>");
        }
        if (inner) {
            depth++;
            at = inner;
            continue;
        }
        while (depth && !xmpp_stanza_get_next(at)) {
            at = levels[--depth].element;
            put_end(buf, at);
        }
        if (!depth)
            return;
        at = xmpp_stanza_get_next(at);
    }
}

/** Inside of `<jingle/>`, where the other side looks at the namespace (JINGLE_NAME_MAX). */
static void put_kept(jingle__buf_t *buf, xmpp_stanza_t *element)
{
    if (!buf->err && jingle__is_long(jingle_element_ns(element)))
        buf->err = JINGLE_ELIMIT;
    else if (element)
        jingle__write_element(buf, element, JINGLE_NS);
}

void jingle__write_children(jingle__buf_t *buf, const jingle_foreign_t *foreign)
{
    for (size_t i = 0; i < foreign->n_children; i++)
        put_kept(buf, foreign->children[i]);
}

/** Is a kept element of that name there, which then stands for the field (read.h)? */
static bool is_kept(const jingle_foreign_t *foreign, const char *name, const char *ns,
                    const char *around)
{
    for (size_t i = 0; i < foreign->n_children; i++) {
        const char *own = xmpp_stanza_get_name(foreign->children[i]);

        if (own && strcmp(own, name) == 0 && jingle__in_ns(foreign->children[i], ns, around))
            return true;
    }
    return false;
}

/* ---- jingle -------------------------------------------------------------------------------- */

/** The other side would refuse it. */
static bool is_over_limit(const jingle_content_data_t *content)
{
    return jingle__is_long(content->creator) || jingle__is_long(content->name) ||
           jingle__is_long(content->senders) || jingle__is_long(content->disposition);
}

void jingle__write_content(jingle__buf_t *buf, const jingle_content_data_t *content)
{
    if (is_over_limit(content)) {
        buf->err = JINGLE_ELIMIT;
        return;
    }
    JINGLE__PUT(buf, "<content");
    jingle__buf_attr(buf, "creator", content->creator);
    jingle__buf_attr(buf, "name", content->name);
    jingle__buf_attr(buf, "senders", content->senders);
    jingle__buf_attr(buf, "disposition", content->disposition);
    put_foreign_attrs(buf, &content->foreign);
    if (!content->description && !content->transport && !content->security &&
        !content->foreign.n_children) {
        JINGLE__PUT(buf, "/>");
        return;
    }
    JINGLE__PUT(buf, ">");
    put_kept(buf, content->description);
    put_kept(buf, content->transport);
    put_kept(buf, content->security);
    jingle__write_children(buf, &content->foreign);
    JINGLE__PUT(buf, "</content>");
}

static void put_text(jingle__buf_t *buf, const char *text, const char *lang, const char *ns)
{
    JINGLE__PUT(buf, "<text");
    jingle__buf_attr(buf, "xmlns", ns);
    jingle__buf_attr(buf, "xml:lang", lang);
    JINGLE__PUT(buf, ">");
    jingle__buf_escape_text(buf, text);
    JINGLE__PUT(buf, "</text>");
}

static void put_condition(jingle__buf_t *buf, const jingle_reason_t *reason)
{
    const char *name = jingle_reason_name(reason->condition);

    if (reason->condition == JINGLE_REASON_UNDEFINED ||
        is_kept(&reason->foreign, name, JINGLE_NS, JINGLE_NS))
        return;
    JINGLE__PUT(buf, "<");
    jingle__buf_puts(buf, name);
    if (reason->condition != JINGLE_REASON_ALTERNATIVE_SESSION || !reason->alternative_sid) {
        JINGLE__PUT(buf, "/>");
        return;
    }
    JINGLE__PUT(buf, "><sid>");
    jingle__buf_escape_text(buf, reason->alternative_sid);
    JINGLE__PUT(buf, "</sid></alternative-session>");
}

static bool is_among(const jingle_foreign_t *foreign, const xmpp_stanza_t *element)
{
    for (size_t i = 0; i < foreign->n_children; i++) {
        if (foreign->children[i] == element)
            return true;
    }
    return false;
}

void jingle__write_reason(jingle__buf_t *buf, const jingle_reason_t *reason)
{
    JINGLE__PUT(buf, "<reason");
    put_foreign_attrs(buf, &reason->foreign);
    JINGLE__PUT(buf, ">");
    put_condition(buf, reason);
    if (reason->text && !is_kept(&reason->foreign, "text", JINGLE_NS, JINGLE_NS))
        put_text(buf, reason->text, reason->lang, NULL);
    if (!is_among(&reason->foreign, reason->detail))
        put_kept(buf, reason->detail);
    jingle__write_children(buf, &reason->foreign);
    JINGLE__PUT(buf, "</reason>");
}

/** The order is that of the schema in XEP-0166 section 17: contents, reason, anything else. */
static void put_jingle_children(jingle__buf_t *buf, const jingle_data_t *data)
{
    for (size_t i = 0; i < data->n_contents; i++)
        jingle__write_content(buf, &data->contents[i]);
    if (data->reason)
        jingle__write_reason(buf, data->reason);
    jingle__write_children(buf, &data->foreign);
}

void jingle__write_jingle(jingle__buf_t *buf, const jingle_data_t *data, jingle_action_t action,
                          const char *sid, const char *initiator, const char *responder)
{
    static const jingle_data_t nothing = {.action = JINGLE_ACTION_UNKNOWN};
    const char *name;

    if (!data)
        data = &nothing;
    name = jingle_action_name(action ? action : data->action);
    JINGLE__PUT(buf, "<jingle xmlns=\"" JINGLE_NS "\"");
    jingle__buf_attr(buf, "action", name ? name : data->action_name);
    jingle__buf_attr(buf, "sid", sid ? sid : data->sid);
    jingle__buf_attr(buf, "initiator", initiator ? initiator : data->initiator);
    jingle__buf_attr(buf, "responder", responder ? responder : data->responder);
    put_foreign_attrs(buf, &data->foreign);
    if (!data->n_contents && !data->reason && !data->foreign.n_children) {
        JINGLE__PUT(buf, "/>");
        return;
    }
    JINGLE__PUT(buf, ">");
    put_jingle_children(buf, data);
    JINGLE__PUT(buf, "</jingle>");
}

/* ---- error --------------------------------------------------------------------------------- */

static void put_error_element(jingle__buf_t *buf, const char *name, const char *ns,
                              const char *text)
{
    JINGLE__PUT(buf, "<");
    put_name(buf, name);
    jingle__buf_attr(buf, "xmlns", ns);
    if (text) {
        JINGLE__PUT(buf, ">");
        jingle__buf_escape_text(buf, text);
        JINGLE__PUT(buf, "</");
        jingle__buf_puts(buf, name);
        JINGLE__PUT(buf, ">");
    } else {
        JINGLE__PUT(buf, "/>");
    }
}

/** Conditions with a default for the first two; the namespaces are told apart from "", since
 *  nothing says in which stream's the error will stand. */
static void put_error(jingle__buf_t *buf, const jingle_error_t *error, const char *type,
                      const char *condition)
{
    const jingle_foreign_t *foreign = &error->foreign;

    JINGLE__PUT(buf, "<error");
    jingle__buf_attr(buf, "type", type);
    jingle__buf_attr(buf, "by", error->by);
    put_foreign_attrs(buf, foreign);
    if (!condition && !error->jingle && !error->text && !foreign->n_children) {
        JINGLE__PUT(buf, "/>");
        return;
    }
    JINGLE__PUT(buf, ">");
    if (condition && !is_kept(foreign, condition, JINGLE_NS_STANZAS, ""))
        put_error_element(buf, condition, JINGLE_NS_STANZAS, error->address);
    if (error->jingle && !is_kept(foreign, error->jingle, JINGLE_NS_ERRORS, ""))
        put_error_element(buf, error->jingle, JINGLE_NS_ERRORS, NULL);
    if (error->text && !is_kept(foreign, "text", JINGLE_NS_STANZAS, ""))
        put_text(buf, error->text, error->lang, JINGLE_NS_STANZAS);
    for (size_t i = 0; i < foreign->n_children; i++)
        jingle__write_element(buf, foreign->children[i], NULL);
    JINGLE__PUT(buf, "</error>");
}

void jingle__write_error(jingle__buf_t *buf, const jingle_error_t *error)
{
    put_error(buf, error, error->type ? error->type : "cancel",
              error->condition ? error->condition : "internal-server-error");
}

void jingle__write_error_as_is(jingle__buf_t *buf, const jingle_error_t *error)
{
    put_error(buf, error, error->type, error->condition);
}
