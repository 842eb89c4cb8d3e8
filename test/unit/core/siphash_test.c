/* SPDX-License-Identifier: MIT */
/** @file
 *  The keyed hash against another implementation of SipHash-1-3: CPython's hash() of bytes, with
 *  PYTHONHASHSEED=0 (a key of zeros) and PYTHONHASHSEED=42 (the second key). */
#include <sys/mman.h>
#include <unistd.h>

#include "core/siphash.h"
#include "elements.h"

static const uint8_t keys[2][16] = {
    {0},
    {0xaf, 0x90, 0xcd, 0x68, 0xd3, 0x4f, 0x50, 0xdc, 0xc1, 0xe9, 0x99, 0xfe, 0x9f, 0xbb, 0x20,
     0xb9},
};

static const struct {
    const char *text;
    uint64_t hashes[2];
} known[] = {
    {"a", {0x407448d2b89b1813, 0xfe4a47335692551e}},
    {"abcdefg", {0x6db12aae9070f506, 0x13162120b6bf06ed}},
    {"12345678", {0x3489982430560a87, 0x84eb586ab30cc7f5}},
    {"abc-def-ghi-jkl", {0x36bc013d3e3ae4b3, 0x81d0df42c3ff3bd0}},
    {"a73sjjvkla37jfea", {0x2e04f8d49c38ba75, 0x41701f1ee3c05b0a}},
    {"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", {0x2b6ef27943911384, 0xaf8ff876c51dfc03}},
};

START_TEST(known_answers)
{
    for (size_t i = 0; i < LEN(known); i++) {
        for (size_t k = 0; k < LEN(keys); k++)
            ck_assert_uint_eq(jingle__siphash(keys[k], known[i].text, strlen(known[i].text)),
                              known[i].hashes[k]);
    }
}
END_TEST

START_TEST(length_counts)
{
    static const char zeros[40] = {0};
    uint64_t seen[LEN(zeros)];

    for (size_t len = 0; len < LEN(zeros); len++) {
        seen[len] = jingle__siphash(keys[1], zeros, len);
        for (size_t i = 0; i < len; i++)
            ck_assert_uint_ne(seen[i], seen[len]);
    }
}
END_TEST

START_TEST(any_address_will_do)
{
    char room[64];

    for (size_t shift = 0; shift < 8; shift++) {
        memcpy(room + shift, known[5].text, 33);
        ck_assert_uint_eq(jingle__siphash(keys[1], room + shift, 33), known[5].hashes[1]);
    }
}
END_TEST

/** What lies at the very end of a page of which the next may not be touched. */
static uint8_t *at_the_end(uint8_t *pages, size_t page, const void *octets, size_t len)
{
    return memcpy(pages + page - len, octets, len);
}

/* Strings and keys stand where other memory begins: not one octet behind them is read. */
START_TEST(nothing_behind_is_read)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    FILE *file = tmpfile();
    uint8_t *pages;

    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(ftruncate(fileno(file), (off_t)(2 * page)), 0);
    pages = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE, fileno(file), 0);
    ck_assert_ptr_ne(pages, MAP_FAILED);
    ck_assert_int_eq(mprotect(pages + page, page, PROT_NONE), 0);
    for (size_t i = 0; i < LEN(known); i++) {
        size_t len = strlen(known[i].text);

        ck_assert_uint_eq(
            jingle__siphash(keys[1], at_the_end(pages, page, known[i].text, len), len),
            known[i].hashes[1]);
        ck_assert_uint_eq(jingle__siphash(at_the_end(pages, page, keys[1], 16), known[i].text, len),
                          known[i].hashes[1]);
    }
    munmap(pages, 2 * page);
    fclose(file);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("siphash");
    TCase *siphash = add_case(suite, "siphash");

    tcase_add_test(siphash, known_answers);
    tcase_add_test(siphash, length_counts);
    tcase_add_test(siphash, any_address_will_do);
    tcase_add_test(siphash, nothing_behind_is_read);
    return run_suite(suite);
}
