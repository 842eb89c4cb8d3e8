/* SPDX-License-Identifier: MIT */
/** @file
 *  XML as text. */
#include "text.h"

#include <string.h>

static void add(jingle__text_t *text, const char *string, size_t len)
{
    if (!text->failed && text->size - text->len <= len) {
        size_t size = 2 * text->size + len + 256;
        char *data = text->mem->realloc(text->data, size, text->mem->userdata);
        if (data) {
            text->data = data;
            text->size = size;
        } else
            text->failed = true;
    }
    if (text->failed)
        return;
    memcpy(text->data + text->len, string, len);
    text->len += len;
    text->data[text->len] = '\0';
}

void jingle__text_puts(jingle__text_t *text, const char *string)
{
    add(text, string, strlen(string));
}

/** White space other than blanks would be read as blanks. */
static const char *escape_of(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&apos;";
    case '\t':
        return "&#9;";
    case '\n':
        return "&#10;";
    case '\r':
        return "&#13;";
    default:
        return NULL;
    }
}

void jingle__text_attr(jingle__text_t *text, const char *name, const char *value)
{
    if (!value)
        return;
    add(text, " ", 1);
    jingle__text_puts(text, name);
    add(text, "=\"", 2);
    for (; *value; value++) {
        const char *escape = escape_of(*value);
        if (escape)
            jingle__text_puts(text, escape);
        else
            add(text, value, 1);
    }
    add(text, "\"", 1);
}
