/* SPDX-License-Identifier: MIT */
/** @file
 *  Text that grows, for test programs. */
#include "text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *need(void *memory)
{
    if (!memory) {
        fputs("out of memory\n", stderr);
        abort();
    }
    return memory;
}

void *text_alloc(size_t size)
{
    return need(calloc(1, size ? size : 1));
}

char *text_dup(const char *string)
{
    size_t size = strlen(string) + 1;

    return memcpy(text_alloc(size), string, size);
}

void text_add(text_t *text, const char *data, size_t len)
{
    if (text->len + len + 1 > text->size) {
        text->size = (text->len + len + 1) * 2;
        text->data = need(realloc(text->data, text->size));
    }
    if (len)
        memcpy(text->data + text->len, data, len);
    text->len += len;
    text->data[text->len] = '\0';
}

void text_puts(text_t *text, const char *string)
{
    text_add(text, string, strlen(string));
}

void text_vprintf(text_t *text, const char *format, va_list args)
{
    va_list again;
    char small[256];
    char *big;
    int len;

    va_copy(again, args);
    len = vsnprintf(small, sizeof small, format, args);
    if (len >= 0 && (size_t)len < sizeof small) {
        text_add(text, small, (size_t)len);
    } else if (len >= 0) {
        big = text_alloc((size_t)len + 1);
        vsnprintf(big, (size_t)len + 1, format, again);
        text_add(text, big, (size_t)len);
        free(big);
    }
    va_end(again);
}

void text_printf(text_t *text, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    text_vprintf(text, format, args);
    va_end(args);
}

void text_escape(text_t *text, const char *string, int in_attribute)
{
    for (; *string; string++) {
        if (*string == '&')
            text_puts(text, "&amp;");
        else if (*string == '<')
            text_puts(text, "&lt;");
        else if (*string == '>')
            text_puts(text, "&gt;");
        else if (*string == '"' && in_attribute)
            text_puts(text, "&quot;");
        else
            text_add(text, string, 1);
    }
}

const char *text_str(const text_t *text)
{
    return text->data ? text->data : "";
}

char *text_take(text_t *text)
{
    char *data = text->data ? text->data : text_dup("");

    memset(text, 0, sizeof *text);
    return data;
}

void text_clear(text_t *text)
{
    free(text->data);
    memset(text, 0, sizeof *text);
}
