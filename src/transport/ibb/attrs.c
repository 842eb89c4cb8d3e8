/* SPDX-License-Identifier: MIT */
/** @file
 *  Attributes of in-band bytestreams, read and written. */
#include "stream.h"

bool jingle__ibb_block_size(const char *text, uint32_t *value)
{
    uint32_t number = 0;

    if (!text || !*text)
        return false;
    for (; *text; text++) {
        if (*text < '0' || *text > '9')
            return false;
        number = number * 10 + (uint32_t)(*text - '0');
        if (number > JINGLE__IBB_BLOCK_MAX)
            return false;
    }
    if (number)
        *value = number;
    return number != 0;
}

static const char *entity(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '\'':
        return "&apos;";
    case '"':
        return "&quot;";
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

char *jingle__ibb_escape(const xmpp_mem_t *mem, const char *text)
{
    size_t size = strlen(text) * strlen("&quot;") + 1;
    char *xml = mem->alloc(size, mem->userdata), *end = xml;

    if (!xml)
        return NULL;
    for (; *text; text++) {
        const char *piece = entity(*text);
        size_t len = piece ? strlen(piece) : 1;

        memcpy(end, piece ? piece : text, len);
        end += len;
    }
    *end = '\0';
    return xml;
}

/** The character that begins there, as far as XML can carry it. @return its octets; 0: it cannot */
static size_t character(const unsigned char *at)
{
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t len = *at < 0x80 ? 1 : *at < 0xc0 ? 0 : *at < 0xe0 ? 2 : *at < 0xf0 ? 3 : 4;
    uint32_t code = len == 1 ? *at : len ? *at & (0xffu >> (len + 1)) : 0;

    if (*at >= 0xf8)
        return 0;
    for (size_t i = 1; i < len; i++) {
        if ((at[i] & 0xc0) != 0x80)
            return 0;
        code = code << 6 | (at[i] & 0x3fu);
    }
    if (!len || code < least[len] || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff) ||
        code == 0xfffe || code == 0xffff)
        return 0;
    return code >= ' ' || code == '\t' || code == '\n' || code == '\r' ? len : 0;
}

bool jingle__ibb_is_text(const char *text)
{
    size_t len = 1;

    for (; *text && len; text += len)
        len = character((const unsigned char *)text);
    return len != 0;
}
