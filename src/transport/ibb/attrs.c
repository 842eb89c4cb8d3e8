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
