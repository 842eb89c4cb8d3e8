/* SPDX-License-Identifier: MIT */
/** @file
 *  Compares stanzas. Recursive: xml_read() bounds the depth. */
#include "support/xml_compare.h"

#include <stdlib.h>
#include <string.h>

#include <jingle/data.h>

/** What an element is; the rest is compared strictly. */
typedef enum {
    STRICT,
    STANZA,
    JINGLE,
    CONTENT,
    REASON,
    ERROR,
    TEXT,   /**< `<text/>` of a reason or error */
    ADDRESS /**< redirect or gone: white space around the address says nothing */
} kind_t;

/** Children are compared in order within a group. */
#define GROUPS 4

/** Where we are, for the message. */
typedef struct place {
    const struct place *up;
    xmpp_stanza_t *element;
    size_t number; /**< among the children of its group, from 1 */
} place_t;

static bool is(xmpp_stanza_t *element, const char *name, const char *ns)
{
    return (!name || !strcmp(xmpp_stanza_get_name(element), name)) &&
           (!ns || !strcmp(jingle_element_ns(element), ns));
}

/* ---- messages ------------------------------------------------------------------------------ */

static void put_place(text_t *why, const place_t *place)
{
    if (place->up)
        put_place(why, place->up);
    text_printf(why, "/%s", xmpp_stanza_get_name(place->element));
    if (place->number > 1)
        text_printf(why, "[%zu]", place->number);
}

static bool differ(text_t *why, const place_t *place, const char *what, const char *was,
                   const char *now)
{
    put_place(why, place);
    text_printf(why, ": %s", what);
    if (was || now) {
        text_printf(why, " was %s%s%s, is %s%s%s", was ? "\"" : "", was ? was : "absent",
                    was ? "\"" : "", now ? "\"" : "", now ? now : "absent", now ? "\"" : "");
    }
    return false;
}

/* ---- attributes ---------------------------------------------------------------------------- */

typedef struct {
    const char *ns, *name, *value;
} attr_t;

typedef struct {
    attr_t *items;
    size_t n;
} attrs_t;

static int order_attrs(const void *a, const void *b)
{
    const attr_t *x = a, *y = b;
    int order = strcmp(x->ns, y->ns);

    return order ? order : strcmp(x->name, y->name);
}

/** The namespace of a prefix, which xml_read() declares on the element that uses it. */
static attr_t attr_of(xmpp_stanza_t *element, const char *name, const char *value, kind_t kind)
{
    const char *colon = strchr(name, ':'), *ns;
    text_t declaration = {0};

    /* libstrophe's parser takes the prefix away, so the library cannot know the two apart */
    if (kind == TEXT && !strcmp(name, "lang") && !xmpp_stanza_get_attribute(element, "xml:lang"))
        return (attr_t){"xml", "lang", value};
    if (!colon)
        return (attr_t){"", name, value};
    if (!strncmp(name, "xml:", 4))
        return (attr_t){"xml", colon + 1, value};
    text_printf(&declaration, "xmlns:%.*s", (int)(colon - name), name);
    ns = xmpp_stanza_get_attribute(element, text_str(&declaration));
    text_clear(&declaration);
    return (attr_t){ns ? ns : "(undeclared prefix)", colon + 1, value};
}

static attrs_t attrs_of(xmpp_stanza_t *element, kind_t kind)
{
    int count = xmpp_stanza_get_attribute_count(element);
    const char **slots = text_alloc((size_t)count * 2 * sizeof(*slots) + 1);
    attrs_t attrs = {.items = text_alloc((size_t)count * sizeof(attr_t) + 1)};

    count = xmpp_stanza_get_attributes(element, slots, count * 2);
    for (int i = 0; i + 1 < count; i += 2) {
        if (strcmp(slots[i], "xmlns") && strncmp(slots[i], "xmlns:", 6))
            attrs.items[attrs.n++] = attr_of(element, slots[i], slots[i + 1], kind);
    }
    free(slots);
    qsort(attrs.items, attrs.n, sizeof(attr_t), order_attrs);
    return attrs;
}

static bool compare_attrs(text_t *why, const place_t *place, xmpp_stanza_t *now, kind_t kind)
{
    attrs_t a = attrs_of(place->element, kind), b = attrs_of(now, kind);
    text_t what = {0};
    bool same = true;

    for (size_t i = 0; same && (i < a.n || i < b.n); i++) {
        int order = i == a.n ? 1 : i == b.n ? -1 : order_attrs(&a.items[i], &b.items[i]);
        const attr_t *shown = order <= 0 ? &a.items[i] : &b.items[i];

        if (!order && !strcmp(a.items[i].value, b.items[i].value))
            continue;
        text_printf(&what, "attribute %s%s%s", shown->ns, *shown->ns ? " " : "", shown->name);
        same = differ(why, place, text_str(&what), order <= 0 ? a.items[i].value : NULL,
                      order >= 0 ? b.items[i].value : NULL);
    }
    text_clear(&what);
    free(a.items);
    free(b.items);
    return same;
}

/* ---- children ------------------------------------------------------------------------------ */

/** The children that are compared with each other. */
typedef struct {
    xmpp_stanza_t **items;
    size_t n;
} group_t;

static int group_in_content(xmpp_stanza_t *child)
{
    static const char *const names[] = {"description", "transport", "security"};

    for (int i = 0; i < 3; i++) {
        if (is(child, names[i], NULL))
            return i;
    }
    return 3;
}

static int group_in_error(xmpp_stanza_t *child)
{
    if (is(child, NULL, JINGLE_NS_ERRORS))
        return 0;
    if (!is(child, NULL, JINGLE_NS_STANZAS))
        return 1;
    return is(child, "text", NULL) ? 2 : 3;
}

static int group_of(kind_t parent, xmpp_stanza_t *child)
{
    switch (parent) {
    case JINGLE:
        return is(child, "content", JINGLE_NS) ? 0 : is(child, "reason", JINGLE_NS) ? 1 : 2;
    case CONTENT:
        return group_in_content(child);
    case REASON:
        if (!is(child, NULL, JINGLE_NS))
            return 0;
        if (is(child, "text", NULL))
            return 1;
        return jingle_reason_from_name(xmpp_stanza_get_name(child)) ? 2 : 0;
    case ERROR:
        return group_in_error(child);
    default:
        return 0;
    }
}

/** @param first the child is the first of its group: a second reason or error is just kept */
static kind_t kind_of(kind_t parent, xmpp_stanza_t *root, xmpp_stanza_t *child, bool first)
{
    if (parent == STANZA && is(child, "jingle", JINGLE_NS))
        return JINGLE;
    if (parent == STANZA && is(child, "error", jingle_element_ns(root)))
        return ERROR;
    if (parent == JINGLE && is(child, "content", JINGLE_NS))
        return CONTENT;
    if (parent == JINGLE && first && is(child, "reason", JINGLE_NS))
        return REASON;
    if (parent == REASON && is(child, "text", JINGLE_NS))
        return TEXT;
    if (parent == ERROR && is(child, NULL, JINGLE_NS_STANZAS)) {
        if (is(child, "text", NULL))
            return TEXT;
        return is(child, "redirect", NULL) || is(child, "gone", NULL) ? ADDRESS : STRICT;
    }
    return STRICT;
}

static bool is_blank(const char *text)
{
    return !text[strspn(text, " \t\r\n")];
}

/** Does this child count? Text does in strict elements, but for white space beside elements. */
static bool counts(kind_t kind, xmpp_stanza_t *child, bool has_elements)
{
    if (xmpp_stanza_is_tag(child))
        return true;
    if (kind == JINGLE || kind == CONTENT || kind == REASON || kind == ERROR)
        return false;
    return !(has_elements && is_blank(xmpp_stanza_get_text_ptr(child)));
}

static void group(xmpp_stanza_t *element, kind_t kind, group_t groups[GROUPS])
{
    bool has_elements = jingle_element_child(element, NULL, NULL) != NULL;
    xmpp_stanza_t *child;
    size_t n = 0;

    for (child = xmpp_stanza_get_children(element); child; child = xmpp_stanza_get_next(child))
        n++;
    for (int i = 0; i < GROUPS; i++)
        groups[i] = (group_t){.items = text_alloc(n * sizeof(child) + 1)};
    for (child = xmpp_stanza_get_children(element); child; child = xmpp_stanza_get_next(child)) {
        group_t *to;

        if (!counts(kind, child, has_elements))
            continue;
        to = &groups[xmpp_stanza_is_tag(child) ? group_of(kind, child) : 0];
        to->items[to->n++] = child;
    }
}

static bool compare_texts(text_t *why, const place_t *place, kind_t kind, const char *was,
                          const char *now)
{
    static const char blank[] = " \t\r\n";
    size_t len_was, len_now;

    if (kind != ADDRESS)
        return !strcmp(was, now) || differ(why, place, "text", was, now);
    was += strspn(was, blank);
    now += strspn(now, blank);
    for (len_was = strlen(was); len_was && strchr(blank, was[len_was - 1]); len_was--)
        ;
    for (len_now = strlen(now); len_now && strchr(blank, now[len_now - 1]); len_now--)
        ;
    return (len_was == len_now && !memcmp(was, now, len_was)) ||
           differ(why, place, "text", was, now);
}

static bool compare_elements(text_t *why, const place_t *place, xmpp_stanza_t *now, kind_t kind);

static bool compare_nodes(text_t *why, const place_t *place, kind_t kind, xmpp_stanza_t *was,
                          xmpp_stanza_t *now, size_t index)
{
    place_t inside = {place, was, index + 1};

    if (xmpp_stanza_is_tag(was) != xmpp_stanza_is_tag(now))
        return differ(why, place, "text and elements have changed places", NULL, NULL);
    if (!xmpp_stanza_is_tag(was))
        return compare_texts(why, place, kind, xmpp_stanza_get_text_ptr(was),
                             xmpp_stanza_get_text_ptr(now));
    return compare_elements(why, &inside, now, kind_of(kind, place->element, was, index == 0));
}

static const char *shown(xmpp_stanza_t *node)
{
    return xmpp_stanza_is_tag(node) ? xmpp_stanza_get_name(node) : xmpp_stanza_get_text_ptr(node);
}

/** An address may be nothing but white space, which then is no text at all. */
static void drop_blank_address(kind_t kind, group_t *nodes)
{
    if (kind == ADDRESS && nodes->n == 1 && xmpp_stanza_is_text(nodes->items[0]) &&
        is_blank(xmpp_stanza_get_text_ptr(nodes->items[0])))
        nodes->n = 0;
}

static bool compare_groups(text_t *why, const place_t *place, kind_t kind, group_t was, group_t now)
{
    drop_blank_address(kind, &was);
    drop_blank_address(kind, &now);
    for (size_t i = 0; i < was.n && i < now.n; i++) {
        if (!compare_nodes(why, place, kind, was.items[i], now.items[i], i))
            return false;
    }
    if (was.n > now.n)
        return differ(why, place, "a child", shown(was.items[now.n]), NULL);
    if (was.n < now.n)
        return differ(why, place, "a child", NULL, shown(now.items[was.n]));
    return true;
}

static bool compare_children(text_t *why, const place_t *place, xmpp_stanza_t *now, kind_t kind)
{
    group_t was_groups[GROUPS], now_groups[GROUPS];
    bool same = true;

    group(place->element, kind, was_groups);
    group(now, kind, now_groups);
    for (int i = 0; i < GROUPS; i++) {
        same = same && compare_groups(why, place, kind, was_groups[i], now_groups[i]);
        free(was_groups[i].items);
        free(now_groups[i].items);
    }
    return same;
}

static bool compare_elements(text_t *why, const place_t *place, xmpp_stanza_t *now, kind_t kind)
{
    const char *name = xmpp_stanza_get_name(place->element), *name_now = xmpp_stanza_get_name(now);
    const char *ns = jingle_element_ns(place->element), *ns_now = jingle_element_ns(now);

    if (strcmp(name, name_now))
        return differ(why, place, "the element", name, name_now);
    if (strcmp(ns, ns_now))
        return differ(why, place, "the namespace", ns, ns_now);
    return compare_attrs(why, place, now, kind) && compare_children(why, place, now, kind);
}

bool xml_compare(xmpp_stanza_t *was, xmpp_stanza_t *now, text_t *why)
{
    place_t root = {NULL, was, 1};

    return compare_elements(why, &root, now, is(was, "jingle", JINGLE_NS) ? JINGLE : STANZA);
}
