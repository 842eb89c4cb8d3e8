/* SPDX-License-Identifier: MIT */
/** @file
 *  Changes saved sessions field by field. The format does not say what is what, but nearly all that
 *  is in it can be told: a text stands behind its length and ends with its only NUL, a number takes
 *  8 octets, and one that leads from behind itself to where a field begins is the length of a piece.
 *  Lengths and the sum are right afterwards, so that what comes out gets beyond them. */
#include "mutate.h"

#include <string.h>

#include "support/saved.h"

#define FIELDS 2048
#define NUMBER 8u
/** Control octets, magic, version and length come before the first field; the sum is behind the last. */
#define BEFORE (FUZZ_SAVED_CONTROL + 16u)
#define BEHIND 8u

typedef struct {
    size_t at, len;
    bool octets; /**< behind their length; else a number */
} field_t;

typedef struct {
    field_t field[FIELDS];
    size_t n;
    size_t end; /**< where the sum begins */
} fields_t;

/** Names that make sense in a text, and some that do not. */
static const char *const words[] = {"",
                                    "a",
                                    "c",
                                    "d",
                                    "s",
                                    "s0",
                                    ".",
                                    "..",
                                    "a.part",
                                    "\x01",
                                    "\xc3\xa4",
                                    "\xff",
                                    "<&>\"'",
                                    "managed",
                                    "test",
                                    "base",
                                    "r1",
                                    "z@peer.example/r1",
                                    "a@other.example/r2",
                                    "m@self.example/main",
                                    "juliet@capulet.example",
                                    "urn:example:app:0",
                                    "urn:example:app:2",
                                    "urn:example:t1",
                                    "urn:example:t2",
                                    "urn:example:t3",
                                    "urn:example:dg",
                                    "urn:example:sec",
                                    "urn:xmpp:jingle:transports:ibb:1",
                                    "urn:xmpp:jingle:apps:file-transfer:5",
                                    "urn:xmpp:jingle:transports:ibb:1",
                                    "urn:xmpp:jingle:transports:s5b:1",
                                    "session",
                                    "text/plain"};

static uint32_t state;

static size_t chance(size_t below)
{
    state = state * 1664525 + 1013904223;
    return below ? (state >> 8) % below : 0;
}

static uint64_t unpack(const uint8_t *from)
{
    uint64_t number = 0;

    for (size_t i = 0; i < NUMBER; i++)
        number = number << 8 | from[i];
    return number;
}

static void pack(uint8_t *to, uint64_t number)
{
    for (size_t i = NUMBER; i-- > 0; number >>= 8)
        to[i] = (uint8_t)(number & 0xff);
}

/* ---- what is where ------------------------------------------------------------------------- */

/** Are these n octets behind a length a text, or a hash or block? */
static bool is_octets(const uint8_t *at, size_t n)
{
    uint64_t number;

    if (n >= 2 && memchr(at, '\0', n) == at + n - 1) {
        for (size_t i = 0; i + 1 < n; i++)
            if (at[i] < ' ')
                return false;
        return true;
    }
    if (n < 16)
        return false;
    number = unpack(at); /* as one it would be far too large */
    return number >> 40 && number != UINT64_MAX;
}

static void find_fields(const uint8_t *data, size_t len, fields_t *fields)
{
    size_t at = BEFORE;

    fields->n = 0;
    fields->end = len - BEHIND;
    while (fields->n < FIELDS && at + NUMBER <= fields->end) {
        uint64_t n = unpack(data + at);
        field_t *field = &fields->field[fields->n++];

        *field = (field_t){.at = at, .len = NUMBER};
        if (n <= fields->end - at - NUMBER && is_octets(data + at + NUMBER, (size_t)n)) {
            field->octets = true;
            field->len += (size_t)n;
        }
        at += field->len;
    }
}

static bool is_begin(const fields_t *fields, size_t at)
{
    for (size_t i = 0; i < fields->n; i++)
        if (fields->field[i].at == at)
            return true;
    return at == fields->end;
}

/** Where the piece ends of which this is the length; 0: it is none. */
static size_t piece_end(const uint8_t *data, const fields_t *fields, const field_t *field)
{
    uint64_t n = field->octets ? 0 : unpack(data + field->at);
    size_t begin = field->at + NUMBER;

    if (n < NUMBER || n > fields->end - begin || !is_begin(fields, begin + (size_t)n))
        return 0;
    return begin + (size_t)n;
}

/* ---- changes ------------------------------------------------------------------------------- */

/** Puts octets in the place of others, and makes the lengths of the pieces around them right.
 *  @return the new length */
static size_t splice(uint8_t *data, size_t len, size_t max, const fields_t *fields, size_t from,
                     size_t to, const uint8_t *with, size_t n)
{
    if (len - (to - from) + n > max)
        return len;
    for (size_t i = 0; i < fields->n; i++) {
        const field_t *field = &fields->field[i];
        size_t end = piece_end(data, fields, field);

        if (end >= to && field->at + NUMBER <= from)
            pack(data + field->at, unpack(data + field->at) - (to - from) + n);
    }
    memmove(data + from + n, data + to, len - to);
    memcpy(data + from, with, n);
    return len - (to - from) + n;
}

/** One field; that of a piece's length mostly with the piece, some others with a few that follow. */
static void choose(const uint8_t *data, const fields_t *fields, size_t *from, size_t *to)
{
    size_t i = chance(fields->n), last = i;
    size_t end = piece_end(data, fields, &fields->field[i]);

    *from = fields->field[i].at;
    if (end && chance(8)) {
        *to = end;
        return;
    }
    if (!chance(3))
        last += chance(6);
    if (last >= fields->n)
        last = fields->n - 1;
    *to = fields->field[last].at + fields->field[last].len;
}

static void change_number(uint8_t *data, const fields_t *fields, const field_t *field)
{
    static const uint64_t values[] = {0,          1,          2,         16,        255,
                                      256,        1024,       4096,      65535,     1 << 20,
                                      UINT32_MAX, 1ull << 32, INT64_MAX, UINT64_MAX};
    uint64_t old = unpack(data + field->at);
    const field_t *other = &fields->field[chance(fields->n)];

    switch (chance(6)) {
    case 0:
        pack(data + field->at, values[chance(sizeof values / sizeof values[0])]);
        break;
    case 1:
        pack(data + field->at, old + 1);
        break;
    case 2:
        pack(data + field->at, old - 1);
        break;
    case 3: /* a flag */
        pack(data + field->at, old ^ UINT64_C(1) << chance(16));
        break;
    case 4:
        pack(data + field->at, unpack(data + other->at));
        break;
    default:
        pack(data + field->at, chance(12));
    }
}

static size_t change_text(uint8_t *data, size_t len, size_t max, const fields_t *fields,
                          const field_t *field)
{
    uint8_t fresh[NUMBER + 512];
    size_t n = field->len - NUMBER, room = 256;
    const char *word = words[chance(sizeof words / sizeof words[0])];

    if (n > room)
        n = room;
    memcpy(fresh + NUMBER, data + field->at + NUMBER, n);
    switch (chance(4)) {
    case 0: /* NULL */
        n = 0;
        break;
    case 1:
        n = LLVMFuzzerMutate(fresh + NUMBER, n, room);
        break;
    default:
        n = strlen(word) + 1;
        memcpy(fresh + NUMBER, word, n);
    }
    if (n && chance(8))
        fresh[NUMBER + n - 1] = '\0';
    pack(fresh, n);
    return splice(data, len, max, fields, field->at, field->at + field->len, fresh, NUMBER + n);
}

static size_t change_field(uint8_t *data, size_t len, size_t max, const fields_t *fields)
{
    const field_t *field = &fields->field[chance(fields->n)];

    if (field->octets)
        return change_text(data, len, max, fields, field);
    if (piece_end(data, fields, field) && chance(4)) /* most of them are lengths */
        field = &fields->field[chance(fields->n)];
    change_number(data, fields, field);
    return len;
}

/** As often as not the number before is how many there are. */
static void count(uint8_t *data, const fields_t *fields, size_t at, int by)
{
    for (size_t i = fields->n; chance(2) && i-- > 0;) {
        const field_t *field = &fields->field[i];

        if (field->at >= at || field->octets || unpack(data + field->at) > 8)
            continue;
        pack(data + field->at, unpack(data + field->at) + (uint64_t)by);
        return;
    }
}

static size_t copy_range(uint8_t *data, size_t len, size_t max, const fields_t *fields,
                         const uint8_t *from, size_t n, size_t at, size_t to)
{
    uint8_t *copy = memcpy(malloc(n + 1), from, n);

    if (at == to)
        count(data, fields, at, 1);
    len = splice(data, len, max, fields, at, to, copy, n);
    free(copy);
    return len;
}

static size_t change(uint8_t *data, size_t len, size_t max)
{
    static fields_t fields;
    size_t from, to, at;

    find_fields(data, len, &fields);
    if (!fields.n)
        return LLVMFuzzerMutate(data, len, max);
    switch (chance(8)) {
    case 0:
        choose(data, &fields, &from, &to);
        count(data, &fields, from, -1);
        return splice(data, len, max, &fields, from, to, data, 0);
    case 1:
        choose(data, &fields, &from, &to);
        at = chance(3) ? to : fields.field[chance(fields.n)].at;
        return copy_range(data, len, max, &fields, data + from, to - from, at, at);
    case 2:
        data[chance(FUZZ_SAVED_CONTROL)] = (uint8_t)chance(chance(2) ? 256 : 16);
        return len;
    default:
        return change_field(data, len, max, &fields);
    }
}

static size_t repaired(uint8_t *data, size_t len)
{
    if (len > FUZZ_SAVED_CONTROL)
        saved_repair(data + FUZZ_SAVED_CONTROL, len - FUZZ_SAVED_CONTROL);
    return len;
}

size_t mutate_saved(uint8_t *data, size_t len, size_t max, unsigned seed)
{
    state = seed;
    if (len < BEFORE + BEHIND || !chance(32))
        return LLVMFuzzerMutate(data, len, max); /* also what is not right */
    for (size_t times = 1 + chance(3); times && len >= BEFORE + BEHIND; times--)
        len = change(data, len, max);
    return repaired(data, len);
}

size_t mutate_saved_cross(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len,
                          uint8_t *out, size_t max, unsigned seed)
{
    static fields_t of_a, of_b;
    size_t len = a_len < max ? a_len : max, from, to, at, end;

    state = seed;
    memcpy(out, a, len);
    if (len < BEFORE + BEHIND || b_len < BEFORE + BEHIND)
        return len;
    find_fields(out, len, &of_a);
    find_fields(b, b_len, &of_b);
    if (!of_a.n || !of_b.n)
        return len;
    choose(b, &of_b, &from, &to);
    choose(out, &of_a, &at, &end);
    if (chance(2))
        end = at;
    return repaired(out, copy_range(out, len, max, &of_a, b + from, to - from, at, end));
}
