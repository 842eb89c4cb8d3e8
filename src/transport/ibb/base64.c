/* SPDX-License-Identifier: MIT */
/** @file
 *  Base64 for in-band data: straight from the stanza's text to the block and back. */
#include "stream.h"

#include <openssl/evp.h>

enum { BAD = 64, SPACE = 65, PAD = 66 };

static unsigned value_of(unsigned char c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26u;
    if (c >= '0' && c <= '9')
        return c - '0' + 52u;
    switch (c) {
    case '+':
        return 62;
    case '/':
        return 63;
    case '=':
        return PAD;
    case ' ':
    case '\t':
    case '\r':
    case '\n':
        return SPACE;
    default:
        return BAD;
    }
}

size_t jingle__ibb_encode(const void *data, size_t len, char *text)
{
    return (size_t)EVP_EncodeBlock((unsigned char *)text, data, (int)len);
}

/** The last group: pads may follow two or three characters, and nothing after them. */
static bool ends_well(const char *text, unsigned characters, unsigned pads)
{
    for (; *text; text++) {
        unsigned value = value_of((unsigned char)*text);

        if (value == PAD)
            pads++;
        else if (value != SPACE)
            return false;
    }
    return characters == 0 ? pads == 0 : characters > 1 && characters + pads == 4;
}

long jingle__ibb_decode(const char *text, unsigned char *data, size_t room)
{
    uint32_t bits = 0;
    unsigned characters = 0;
    size_t len = 0;

    for (; *text; text++) {
        unsigned value = value_of((unsigned char)*text);

        if (value == SPACE)
            continue;
        if (value == PAD)
            break;
        if (value == BAD)
            return JINGLE_EPROTO;
        bits = bits << 6 | value;
        if (++characters < 4)
            continue;
        if (room - len < 3)
            return JINGLE_ELIMIT;
        data[len++] = (unsigned char)(bits >> 16);
        data[len++] = (unsigned char)(bits >> 8);
        data[len++] = (unsigned char)bits;
        characters = 0;
    }
    if (!ends_well(text, characters, 0))
        return JINGLE_EPROTO;
    if (characters > 1 && room - len < characters - 1u)
        return JINGLE_ELIMIT;
    if (characters > 1)
        data[len++] = (unsigned char)(bits >> (6 * characters - 8));
    if (characters > 2)
        data[len++] = (unsigned char)(bits >> 2);
    return (long)len;
}
