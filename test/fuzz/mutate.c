/* SPDX-License-Identifier: MIT */
/** @file
 *  Changes inputs record by record, so that most of what comes out goes as deep as what went in.
 * The first octet of an input belongs to no record. */
#include "mutate.h"

#include <string.h>

#define RECORDS 1024

typedef struct {
    size_t at[RECORDS + 1]; /**< where each begins; the last: the end */
    size_t n;
} cuts_t;

static uint32_t state;

static uint32_t chance(uint32_t below)
{
    state = state * 1664525 + 1013904223;
    return below ? (state >> 8) % below : 0;
}

static void find_cuts(const uint8_t *data, size_t len, cuts_t *cuts)
{
    size_t at = len ? 1 : 0;

    for (cuts->n = 0; at < len && cuts->n < RECORDS; cuts->n++) {
        cuts->at[cuts->n] = at;
        at += fuzz_record_len(data + at, len - at);
    }
    cuts->at[cuts->n] = at;
}

/** A few records from one on; an element mostly with all that is inside. */
static void choose(const uint8_t *data, const cuts_t *cuts, size_t *from, size_t *to)
{
    size_t first = chance((uint32_t)cuts->n), last = first + 1, depth = 1;

    if (data[cuts->at[first]] % 64 <= FUZZ_OPEN_NS && chance(4)) {
        for (; last < cuts->n && depth; last++) {
            uint8_t kind = data[cuts->at[last]] % 64;

            depth += kind <= FUZZ_OPEN_NS;
            depth -= kind == FUZZ_CLOSE;
        }
    } else {
        last += chance(4);
    }
    *from = cuts->at[first];
    *to = cuts->at[last < cuts->n ? last : cuts->n];
}

/* ---- new records --------------------------------------------------------------------------- */

static size_t make_text(uint8_t *out)
{
    static const char letters[] = "abcxyz019./\\-_<&\x01\x80\xfc\xff";
    size_t len;

    switch (chance(16)) {
    case 0:
        len = chance(14);
        out[0] = (uint8_t)(0xf0 + len);
        for (size_t i = 0; i < len; i++)
            out[1 + i] = (uint8_t)letters[chance(sizeof letters - 1)];
        return 1 + len;
    case 1:
        out[0] = 0xff;
        out[1] = (uint8_t)chance(chance(4) ? 40 : 256);
        out[2] = (uint8_t)('a' + chance(26));
        return 3;
    default:
        out[0] = (uint8_t)chance((uint32_t)fuzz_n_words());
        return 1;
    }
}

static uint8_t make_octet(void)
{
    return (uint8_t)chance(chance(3) ? 8 : 256);
}

/** @param out room for 64 */
static size_t make_record(uint8_t *out)
{
    size_t len = 1;

    out[0] = (uint8_t)chance(FUZZ_RECORD_COUNT);
    for (const char *c = fuzz_arguments(out[0]); *c; c++) {
        if (*c == 'b')
            out[len++] = make_octet();
        else
            len += make_text(out + len);
    }
    return len;
}

/* ---- changes ------------------------------------------------------------------------------- */

/** Puts octets in the place of others. @return the new length */
static size_t splice(uint8_t *data, size_t len, size_t max, size_t from, size_t to,
                     const uint8_t *with, size_t n)
{
    if (len - (to - from) + n > max)
        return len;
    memmove(data + from + n, data + to, len - to);
    memcpy(data + from, with, n);
    return len - (to - from) + n;
}

static size_t insert_new(uint8_t *data, size_t len, size_t max, const cuts_t *cuts)
{
    uint8_t fresh[4 * 64];
    size_t n = 0, at = cuts->at[chance((uint32_t)cuts->n + 1)];

    for (uint32_t i = chance(4) + 1; i; i--)
        n += make_record(fresh + n);
    return splice(data, len, max, at, at, fresh, n);
}

static size_t copy_range(uint8_t *data, size_t len, size_t max, const cuts_t *cuts, bool moves)
{
    size_t from, to, at = cuts->at[chance((uint32_t)cuts->n + 1)], n;
    uint8_t *copy;

    choose(data, cuts, &from, &to);
    n = to - from;
    copy = memcpy(malloc(n + 1), data + from, n);
    if (moves && at <= from) {
        len = splice(data, len, max, from, to, copy, 0);
        len = splice(data, len, max, at, at, copy, n);
    } else {
        len = splice(data, len, max, at, at, copy, n);
    }
    free(copy);
    return len;
}

static size_t change_argument(uint8_t *data, size_t len, size_t max, const cuts_t *cuts)
{
    size_t record = chance((uint32_t)cuts->n), from = cuts->at[record], to = cuts->at[record + 1];
    uint8_t fresh[64];
    size_t n;

    if (to - from < 2)
        return insert_new(data, len, max, cuts);
    if (chance(2)) {
        data[from + 1 + chance((uint32_t)(to - from - 1))] = make_octet();
        return len;
    }
    /* The same kind with other arguments */
    fresh[0] = data[from];
    n = 1;
    for (const char *c = fuzz_arguments(fresh[0]); *c; c++) {
        if (*c == 'b')
            fresh[n++] = make_octet();
        else
            n += make_text(fresh + n);
    }
    return splice(data, len, max, from, to, fresh, n);
}

/** A string spelt out: where the dictionary comes in. */
static size_t spell(uint8_t *data, size_t len, size_t max, const cuts_t *cuts)
{
    uint8_t text[258] = {0xfe};
    size_t record = chance((uint32_t)cuts->n), from = cuts->at[record], n = chance(24);

    if (data[from] % 64 > FUZZ_REASON || fuzz_arguments(data[from])[0] != 's')
        return change_argument(data, len, max, cuts);
    for (size_t i = 0; i < n; i++)
        text[2 + i] = (uint8_t)('a' + chance(26));
    n = LLVMFuzzerMutate(text + 2, n, 200);
    text[1] = (uint8_t)n;
    return splice(data, len, max, from + 1, cuts->at[record + 1], text, n + 2);
}

size_t mutate_records(uint8_t *data, size_t len, size_t max, unsigned seed)
{
    static cuts_t cuts;
    size_t from, to;

    state = seed;
    find_cuts(data, len, &cuts);
    if (!cuts.n || !chance(32))
        return LLVMFuzzerMutate(data, len, max);
    switch (chance(10)) {
    case 0:
        choose(data, &cuts, &from, &to);
        return splice(data, len, max, from, to, data, 0);
    case 1:
        return copy_range(data, len, max, &cuts, false);
    case 2:
        return copy_range(data, len, max, &cuts, true);
    case 3:
    case 4:
    case 5:
        return insert_new(data, len, max, &cuts);
    case 6:
        return spell(data, len, max, &cuts);
    case 7:
        *data = (uint8_t)chance(256);
        return len;
    default:
        return change_argument(data, len, max, &cuts);
    }
}

size_t mutate_cross(const uint8_t *a, size_t a_len, const uint8_t *b, size_t b_len, uint8_t *out,
                    size_t max, unsigned seed)
{
    static cuts_t of_a, of_b;
    size_t len = a_len < max ? a_len : max, from, to, at;

    state = seed;
    memcpy(out, a, len);
    find_cuts(a, len, &of_a);
    find_cuts(b, b_len, &of_b);
    if (!of_b.n)
        return len;
    from = of_b.at[chance((uint32_t)of_b.n)];
    to = of_b.at[chance((uint32_t)of_b.n) + 1];
    if (from > to)
        choose(b, &of_b, &from, &to);
    at = of_a.at[chance((uint32_t)of_a.n + 1)];
    return splice(out, len, max, at, at, b + from, to - from);
}
