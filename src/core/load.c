/* SPDX-License-Identifier: MIT */
/** @file
 *  The octets of a saved session: numbers of 8 octets, the greatest first; texts and pieces behind
 *  their length. Nothing here depends on the machine. */
#include "buffer.h"

#include <jingle/save.h>

#include <string.h>

#define NUMBER 8

/* ---- writing ------------------------------------------------------------------------------- */

static void put(jingle_save_t *save, const void *data, size_t len)
{
    if (save->data && len && save->len <= save->size && len <= save->size - save->len)
        memcpy(save->data + save->len, data, len);
    save->len = len < SIZE_MAX - save->len ? save->len + len : SIZE_MAX;
}

static void pack(unsigned char octets[NUMBER], uint64_t number)
{
    for (size_t i = NUMBER; i-- > 0; number >>= 8)
        octets[i] = (unsigned char)(number & 0xff);
}

void jingle_save_number(jingle_save_t *save, uint64_t number)
{
    unsigned char octets[NUMBER];

    pack(octets, number);
    put(save, octets, sizeof octets);
}

void jingle_save_octets(jingle_save_t *save, const void *data, size_t len)
{
    jingle_save_number(save, len);
    put(save, data, len);
}

/** With its NUL, so that it can be read in place; nothing at all for NULL. */
void jingle_save_string(jingle_save_t *save, const char *string)
{
    jingle_save_octets(save, string, string ? strlen(string) + 1 : 0);
}

void jingle_save_text(jingle_save_t *save, const char *text)
{
    size_t piece = jingle_save_begin(save);

    for (const char *at = text; at; at++) {
        size_t len = jingle__text_span(at);

        put(save, at, len);
        at += len;
        if (!*at)
            break;
        put(save, JINGLE__REPLACEMENT, sizeof JINGLE__REPLACEMENT - 1);
    }
    put(save, "", text ? 1 : 0);
    jingle_save_end(save, piece);
}

size_t jingle_save_begin(jingle_save_t *save)
{
    jingle_save_number(save, 0);
    return save->len;
}

void jingle_save_end(jingle_save_t *save, size_t piece)
{
    if (save->data && save->len <= save->size && piece >= NUMBER && piece <= save->len)
        pack(save->data + piece - NUMBER, save->len - piece);
}

/* ---- reading ------------------------------------------------------------------------------- */

/** @return so many octets; NULL when there are not */
static const unsigned char *take(jingle_load_t *load, uint64_t len)
{
    const unsigned char *at = load->at;

    if (load->failed || len > (size_t)(load->end - at)) {
        load->failed = true;
        return NULL;
    }
    load->at += len;
    return at;
}

uint64_t jingle_load_number(jingle_load_t *load, uint64_t max)
{
    const unsigned char *octets = take(load, NUMBER);
    uint64_t number = 0;

    for (size_t i = 0; octets && i < NUMBER; i++)
        number = number << 8 | octets[i];
    if (number <= max)
        return number;
    load->failed = true;
    return 0;
}

const void *jingle_load_octets(jingle_load_t *load, size_t *len)
{
    uint64_t n = jingle_load_number(load, SIZE_MAX);
    const void *octets = take(load, n);

    *len = octets ? (size_t)n : 0;
    return octets;
}

const char *jingle_load_string(jingle_load_t *load, size_t max)
{
    size_t len;
    const char *string = jingle_load_octets(load, &len);

    if (!string || !len)
        return NULL;
    if (len - 1 <= max && memchr(string, '\0', len) == string + len - 1)
        return string;
    load->failed = true;
    return NULL;
}

const char *jingle_load_text(jingle_load_t *load, size_t max)
{
    const char *text = jingle_load_string(load, max);

    if (!text || !text[jingle__text_span(text)])
        return text;
    load->failed = true;
    return NULL;
}

void jingle_load_piece(jingle_load_t *load, jingle_load_t *piece)
{
    size_t len;
    const unsigned char *octets = jingle_load_octets(load, &len);

    *piece = (jingle_load_t){.at = octets, .end = octets, .failed = !octets};
    if (octets)
        piece->end += len;
}

bool jingle_load_is_done(const jingle_load_t *load)
{
    return !load->failed && load->at == load->end;
}
