/* SPDX-License-Identifier: MIT */
/** @file
 *  Canonical XML. */
#include "canon.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

const char *canon_ns(xmpp_stanza_t *element, const char *inherited)
{
    const char *ns = xmpp_stanza_get_ns(element);

    return ns ? ns : inherited;
}

xmpp_stanza_t *canon_next(xmpp_stanza_t *element)
{
    do
        element = xmpp_stanza_get_next(element);
    while (element && xmpp_stanza_is_text(element));
    return element;
}

xmpp_stanza_t *canon_first(xmpp_stanza_t *element)
{
    xmpp_stanza_t *child = xmpp_stanza_get_children(element);

    return child && xmpp_stanza_is_text(child) ? canon_next(child) : child;
}

/* xmpp_stanza_get_attributes() gives name, value, name, value. */
static int by_name(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void write_attributes(text_t *out, xmpp_stanza_t *element)
{
    int count = xmpp_stanza_get_attribute_count(element) * 2;
    const char **pairs;
    int i;

    if (count <= 0)
        return;
    pairs = text_alloc((size_t)count * sizeof *pairs);
    count = xmpp_stanza_get_attributes(element, pairs, count);
    qsort(pairs, (size_t)count / 2, 2 * sizeof *pairs, by_name);
    for (i = 0; i + 1 < count; i += 2) {
        if (strcmp(pairs[i], "xmlns") == 0)
            continue;
        text_printf(out, " %s=\"", pairs[i]);
        text_escape(out, pairs[i + 1], 1);
        text_puts(out, "\"");
    }
    free(pairs);
}

static bool is_blank(const char *string)
{
    return string[strspn(string, " \t\r\n")] == '\0';
}

void canon_children(text_t *out, xmpp_stanza_t *element, const char *ns)
{
    bool has_elements = canon_first(element) != NULL;
    xmpp_stanza_t *child;
    const char *string;

    for (child = xmpp_stanza_get_children(element); child; child = xmpp_stanza_get_next(child)) {
        if (!xmpp_stanza_is_text(child)) {
            canon_element(out, child, ns);
            continue;
        }
        string = xmpp_stanza_get_text_ptr(child);
        if (string && !(has_elements && is_blank(string)))
            text_escape(out, string, 0);
    }
}

void canon_element(text_t *out, xmpp_stanza_t *element, const char *inherited)
{
    const char *name = xmpp_stanza_get_name(element);
    const char *ns = canon_ns(element, inherited);
    text_t inside = {0};

    text_printf(out, "<%s", name);
    if (strcmp(ns, inherited) != 0) {
        text_puts(out, " xmlns=\"");
        text_escape(out, ns, 1);
        text_puts(out, "\"");
    }
    write_attributes(out, element);
    canon_children(&inside, element, ns);
    if (inside.len)
        text_printf(out, ">%s</%s>", inside.data, name);
    else
        text_puts(out, "/>");
    text_clear(&inside);
}
