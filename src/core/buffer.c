/* SPDX-License-Identifier: MIT */
/** @file
 *  The text buffer and its escaping. */
#include "buffer.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <jingle/names.h>

#include "alloc.h"

#define FIRST_SIZE 256u

static void *no_alloc(size_t size, void *userdata)
{
    (void)size, (void)userdata;
    return NULL;
}

static void *no_realloc(void *p, size_t size, void *userdata)
{
    (void)p, (void)size, (void)userdata;
    return NULL;
}

void jingle__buf_init_room(jingle__buf_t *buf, char *room, size_t size)
{
    static const xmpp_mem_t no_mem = {.alloc = no_alloc, .realloc = no_realloc};

    *buf = (jingle__buf_t){.mem = &no_mem, .data = room, .size = size};
}

void jingle__buf_init(jingle__buf_t *buf, const xmpp_mem_t *mem)
{
    *buf = (jingle__buf_t){.mem = mem, .err = JINGLE_EOK};
}

void jingle__buf_clear(jingle__buf_t *buf)
{
    buf->len = 0;
    buf->err = JINGLE_EOK;
    if (buf->data)
        buf->data[0] = '\0';
}

void jingle__buf_free(jingle__buf_t *buf)
{
    jingle__free(buf->mem, buf->data);
    jingle__buf_init(buf, buf->mem);
}

int jingle__buf_finish(jingle__buf_t *buf, char **out)
{
    int err = buf->err;

    if (err)
        jingle__buf_free(buf);
    else
        *out = buf->data;
    return err;
}

void jingle__buf_reserve(jingle__buf_t *buf, size_t len)
{
    size_t size = buf->size ? buf->size : FIRST_SIZE;
    char *data;

    if (buf->err || len < buf->size - buf->len)
        return;
    if (len > SIZE_MAX / 4 || buf->len > SIZE_MAX / 4) {
        buf->err = JINGLE_EMEM;
        return;
    }
    while (size <= buf->len + len)
        size *= 2;
    data = jingle__realloc(buf->mem, buf->data, size);
    if (!data) {
        buf->err = JINGLE_EMEM;
        return;
    }
    buf->data = data;
    buf->size = size;
    buf->data[buf->len] = '\0';
}

void jingle__buf_add(jingle__buf_t *buf, const char *data, size_t len)
{
    if (len >= buf->size - buf->len)
        jingle__buf_reserve(buf, len);
    if (buf->err || !len)
        return;
    memcpy(buf->data + buf->len, data, len);
    buf->len += len;
    buf->data[buf->len] = '\0';
}

void jingle__buf_puts(jingle__buf_t *buf, const char *s)
{
    jingle__buf_add(buf, s, strlen(s));
}

/* What an octet is in text. PLAIN is 0, so that the table names only the others. */
enum {
    PLAIN,
    END,    /* NUL */
    MARKUP, /* & < > " ' and CR: always a reference */
    SPACE,  /* tab and line feed: a reference in attributes, or they would be read as spaces */
    WRONG,  /* no character of XML 1.0 */
    HIGH    /* part of a longer UTF-8 sequence, perhaps */
};

#define FOUR(i, c) [i] = (c), [(i) + 1] = (c), [(i) + 2] = (c), [(i) + 3] = (c)
#define SIXTEEN(i, c) FOUR(i, c), FOUR((i) + 4, c), FOUR((i) + 8, c), FOUR((i) + 12, c)

static const uint8_t classes[256] = {
    [0] = END,           [1] = WRONG,         [2] = WRONG,         [3] = WRONG,
    FOUR(4, WRONG),      [8] = WRONG,         ['\t'] = SPACE,      ['\n'] = SPACE,
    [11] = WRONG,        [12] = WRONG,        ['\r'] = MARKUP,     [14] = WRONG,
    [15] = WRONG,        SIXTEEN(16, WRONG),  ['&'] = MARKUP,      ['<'] = MARKUP,
    ['>'] = MARKUP,      ['"'] = MARKUP,      ['\''] = MARKUP,     SIXTEEN(0x80, HIGH),
    SIXTEEN(0x90, HIGH), SIXTEEN(0xa0, HIGH), SIXTEEN(0xb0, HIGH), SIXTEEN(0xc0, HIGH),
    SIXTEEN(0xd0, HIGH), SIXTEEN(0xe0, HIGH), SIXTEEN(0xf0, HIGH),
};

static bool is_tail(unsigned char c)
{
    return (c & 0xc0) == 0x80;
}

size_t jingle__utf8_len(const char *s)
{
    const unsigned char *p = (const unsigned char *)s;

    if (p[0] >= 0xc2 && p[0] <= 0xdf)
        return is_tail(p[1]) ? 2 : 0;
    if (p[0] >= 0xe0 && p[0] <= 0xef) {
        if (!is_tail(p[1]) || !is_tail(p[2]))
            return 0;
        if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f))
            return 0; /* too long a form, surrogates */
        return p[0] == 0xef && p[1] == 0xbf && p[2] >= 0xbe ? 0 : 3; /* U+FFFE, U+FFFF */
    }
    if (p[0] >= 0xf0 && p[0] <= 0xf4) {
        if (!is_tail(p[1]) || !is_tail(p[2]) || !is_tail(p[3]))
            return 0;
        return (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f) ? 0 : 4;
    }
    return 0;
}

size_t jingle__text_span(const char *s)
{
    for (const char *at = s;;) {
        uint8_t class = classes[(unsigned char)*at];
        size_t len = class == HIGH ? jingle__utf8_len(at) : class != END && class != WRONG;

        if (!len)
            return (size_t)(at - s);
        at += len;
    }
}

static void put_reference(jingle__buf_t *buf, char c)
{
    switch (c) {
    case '&':
        JINGLE__PUT(buf, "&amp;");
        break;
    case '<':
        JINGLE__PUT(buf, "&lt;");
        break;
    case '>':
        JINGLE__PUT(buf, "&gt;");
        break;
    case '"':
        JINGLE__PUT(buf, "&quot;");
        break;
    case '\'':
        JINGLE__PUT(buf, "&apos;");
        break;
    case '\t':
        JINGLE__PUT(buf, "&#9;");
        break;
    case '\n':
        JINGLE__PUT(buf, "&#10;");
        break;
    default:
        JINGLE__PUT(buf, "&#13;");
        break;
    }
}

/** Copies runs of what needs nothing. @param keep SPACE in text, PLAIN in attributes */
static void escape(jingle__buf_t *buf, const char *s, uint8_t keep)
{
    for (const char *run = s;;) {
        uint8_t class = classes[(unsigned char)*s];
        size_t high;

        if (class == PLAIN || class == keep) {
            s++;
            continue;
        }
        high = class == HIGH ? jingle__utf8_len(s) : 0;
        if (high) {
            s += high;
            continue;
        }
        jingle__buf_add(buf, run, (size_t)(s - run));
        if (class == END)
            return;
        if (class == MARKUP || class == SPACE)
            put_reference(buf, *s);
        else
            JINGLE__PUT(buf, JINGLE__REPLACEMENT);
        run = ++s;
    }
}

void jingle__buf_escape(jingle__buf_t *buf, const char *s)
{
    escape(buf, s, PLAIN);
}

void jingle__buf_escape_text(jingle__buf_t *buf, const char *s)
{
    escape(buf, s, SPACE);
}

void jingle__buf_attr(jingle__buf_t *buf, const char *name, const char *value)
{
    if (!value)
        return;
    JINGLE__PUT(buf, " ");
    jingle__buf_puts(buf, name);
    JINGLE__PUT(buf, "=\"");
    jingle__buf_escape(buf, value);
    JINGLE__PUT(buf, "\"");
}
