/* SPDX-License-Identifier: MIT */
/** @file
 *  Hashes of XEP-0300. Checklist: J234-22, J234-27, J234-38. */
#include "app/file/file.h"

#include <stdlib.h>

#include "support/runner.h"

#define LEN(array) (sizeof(array) / sizeof *(array))

/* Of "abc": FIPS 180-4 and 202, RFC 7693 appendix A. */
static const struct {
    const char *name, *hex;
} known[] = {
    {"sha-1", "a9993e364706816aba3e25717850c26c9cd0d89d"},
    {"sha-256", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {"sha3-256", "3a985da74fe225b2045c172d6bd390bd855f086e3e9d525b46bfe24511431532"},
    {"sha-512", "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
                "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
    {"blake2b-512", "ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d1"
                    "7d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923"},
};

#define ALL ((1u << JINGLE_HASH_COUNT) - 2u)

START_TEST(names_both_ways)
{
    ck_assert_uint_eq(LEN(known), JINGLE_HASH_COUNT - 1);
    for (unsigned i = 0; i < LEN(known); i++) {
        ck_assert_uint_eq(jingle_hash_from_name(known[i].name), i + 1);
        ck_assert_str_eq(jingle_hash_name((jingle_hash_algo_t)(i + 1)), known[i].name);
    }
    ck_assert_ptr_null(jingle_hash_name(JINGLE_HASH_UNKNOWN));
    ck_assert_ptr_null(jingle_hash_name(JINGLE_HASH_COUNT));
    ck_assert_uint_eq(jingle_hash_from_name(NULL), JINGLE_HASH_UNKNOWN);
    ck_assert_uint_eq(jingle_hash_from_name("SHA-1"), JINGLE_HASH_UNKNOWN);
    ck_assert_uint_eq(jingle_hash_from_name("md5"), JINGLE_HASH_UNKNOWN);
    ck_assert_uint_eq(jingle_hash_from_name(""), JINGLE_HASH_UNKNOWN);
}
END_TEST

/** All in one pass, the data in pieces; the set has the strongest first. */
START_TEST(known_values)
{
    jingle__digest_t digest = {0};
    jingle_hash_t hashes[JINGLE_HASH_COUNT];
    size_t n = 0;

    ck_assert_int_eq(jingle__digest_start(&digest, ALL), JINGLE_EOK);
    ck_assert_int_eq(jingle__digest_update(&digest, "a", 1), JINGLE_EOK);
    ck_assert_int_eq(jingle__digest_update(&digest, "", 0), JINGLE_EOK);
    ck_assert_int_eq(jingle__digest_update(&digest, "bc", 2), JINGLE_EOK);
    ck_assert_int_eq(jingle__digest_finish(&digest, hashes, &n), JINGLE_EOK);
    ck_assert_uint_eq(n, LEN(known));
    for (size_t i = 0; i < n; i++) {
        char hex[2 * JINGLE_HASH_MAX + 1];

        ck_assert_uint_eq(hashes[i].algo, LEN(known) - i);
        ck_assert_str_eq(jingle_hash_to_hex(&hashes[i], hex), known[hashes[i].algo - 1].hex);
    }
}
END_TEST

START_TEST(only_what_is_wanted)
{
    jingle__digest_t digest = {0};
    jingle_hash_t hashes[JINGLE_HASH_COUNT];
    size_t n = 0;

    ck_assert_int_eq(jingle__digest_start(&digest, JINGLE_HASH_BIT(JINGLE_HASH_SHA3_256)),
                     JINGLE_EOK);
    ck_assert_int_eq(jingle__digest_finish(&digest, hashes, &n), JINGLE_EOK);
    ck_assert_uint_eq(n, 1);
    ck_assert_uint_eq(hashes[0].algo, JINGLE_HASH_SHA3_256);
}
END_TEST

START_TEST(base64_both_ways)
{
    /* XEP-0234 example 1 */
    static const char text[] = "w0mcJylzCn+AfvuGdqkty2+KP48=";
    jingle_hash_t hash = {.algo = JINGLE_HASH_SHA_1};
    char back[JINGLE__HASH_TEXT], hex[2 * JINGLE_HASH_MAX + 1];

    jingle__hash_from_base64(text, &hash);
    ck_assert_str_eq(jingle_hash_to_hex(&hash, hex), "c3499c2729730a7f807efb8676a92dcb6f8a3f8f");
    jingle__hash_to_base64(&hash, back);
    ck_assert_str_eq(back, text);
    jingle__hash_from_base64("\n   w0mcJylzCn+Af\n vuGdqkty2+KP48=\t", &hash);
    ck_assert_str_eq(jingle_hash_to_hex(&hash, hex), "c3499c2729730a7f807efb8676a92dcb6f8a3f8f");
}
END_TEST

START_TEST(empty_is_an_announcement)
{
    jingle_hash_t hash = {.algo = JINGLE_HASH_SHA_1, .len = 20};

    jingle__hash_from_base64("", &hash);
    ck_assert_uint_eq(hash.len, 0);
    hash.len = 20;
    jingle__hash_from_base64(" \n ", &hash);
    ck_assert_uint_eq(hash.len, 0);
}
END_TEST

static const char *const wrong[] = {
    "AAAA",                             /* too short */
    "w0mcJylzCn+AfvuGdqkty2+KP48=AAAA", /* goes on after the end */
    "w0mcJylzCn+AfvuGdqkty2+KP4==",     /* one octet less */
    "w0mcJylzCn+AfvuGdqkty2+KP48",      /* the pad is missing */
    "w0mcJylzCn+AfvuGdqkty2+KP4=8",     /* the pad inside */
    "w0mcJylzCn+AfvuGdqkty2+KP48=====", /* too many */
    "w0mcJylzCn+AfvuGdqkty2-KP48=",     /* another alphabet */
    "c3499c2729730a7f807efb8676a92dcb6f8a3f8f",
    ("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
     "A"
     "AAAAAA"),
};

/** What cannot be read must equal nothing: it must not pass for "no hash". */
START_TEST(rubbish_equals_nothing)
{
    jingle_hash_t hash = {.algo = JINGLE_HASH_SHA_1};

    jingle__hash_from_base64(wrong[_i], &hash);
    ck_assert_uint_ne(hash.len, 0);
    ck_assert_uint_ne(hash.len, 20);
}
END_TEST

START_TEST(sets_are_ordered)
{
    jingle_hash_t hashes[JINGLE_HASH_COUNT];
    size_t n = 0;
    static const jingle_hash_algo_t order[] = {JINGLE_HASH_SHA_256,  JINGLE_HASH_BLAKE2B_512,
                                               JINGLE_HASH_SHA_1,    JINGLE_HASH_SHA_512,
                                               JINGLE_HASH_SHA3_256, JINGLE_HASH_SHA_256};

    for (size_t i = 0; i < LEN(order); i++)
        jingle__hash_add(hashes, &n, &(jingle_hash_t){.algo = order[i]});
    ck_assert_uint_eq(n, 5);
    for (size_t i = 1; i < n; i++)
        ck_assert_uint_gt(hashes[i - 1].algo, hashes[i].algo);
}
END_TEST

START_TEST(a_value_replaces_an_announcement)
{
    jingle_hash_t hashes[JINGLE_HASH_COUNT];
    jingle_hash_t value = {.algo = JINGLE_HASH_SHA_1, .len = 20, .value = "value"},
                  used = {.algo = JINGLE_HASH_SHA_1};
    size_t n = 0;

    jingle__hash_add(hashes, &n, &used);
    jingle__hash_add(hashes, &n, &value);
    ck_assert_uint_eq(hashes[0].len, 20);
    jingle__hash_add(hashes, &n, &used);
    ck_assert_uint_eq(n, 1);
    ck_assert_uint_eq(hashes[0].len, 20);
    ck_assert_mem_eq(hashes[0].value, "value", 5);
}
END_TEST

/** J234-22: base64 in XML, hexadecimal with colons in SDP. */
START_TEST(in_sdp)
{
    jingle_hash_t hash = {.algo = JINGLE_HASH_SHA_1};
    char text[JINGLE_HASH_SDP_MAX];

    jingle__hash_from_base64("w0mcJylzCn+AfvuGdqkty2+KP48=", &hash);
    ck_assert_str_eq(jingle_hash_to_sdp(&hash, text),
                     "sha-1:C3:49:9C:27:29:73:0A:7F:80:7E:FB:86:76:A9:2D:CB:6F:8A:3F:8F");
    hash = (jingle_hash_t){.algo = JINGLE_HASH_BLAKE2B_512, .len = JINGLE_HASH_MAX};
    ck_assert_uint_eq(strlen(jingle_hash_to_sdp(&hash, text)), strlen("blake2b-512") + 3 * 64);
    hash = (jingle_hash_t){.algo = JINGLE_HASH_SHA3_256};
    ck_assert_str_eq(jingle_hash_to_sdp(&hash, text), "sha3-256");
    hash = (jingle_hash_t){.algo = JINGLE_HASH_UNKNOWN, .len = 5};
    ck_assert_str_eq(jingle_hash_to_sdp(&hash, text), "");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("hash");
    TCase *values = tcase_create("values"), *sets = tcase_create("sets");

    tcase_add_test(values, in_sdp);
    tcase_add_test(values, names_both_ways);
    tcase_add_test(values, known_values);
    tcase_add_test(values, only_what_is_wanted);
    tcase_add_test(values, base64_both_ways);
    tcase_add_test(values, empty_is_an_announcement);
    tcase_add_loop_test(values, rubbish_equals_nothing, 0, LEN(wrong));
    suite_add_tcase(suite, values);
    tcase_add_test(sets, sets_are_ordered);
    tcase_add_test(sets, a_value_replaces_an_announcement);
    suite_add_tcase(suite, sets);
    return run_suite(suite);
}
