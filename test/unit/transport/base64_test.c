/* SPDX-License-Identifier: MIT */
/** @file
 *  Base64 and attributes of in-band bytestreams. */
#include "transport/ibb/stream.h"

#include <stdlib.h>

#include "support/runner.h"
#include "support/test_mem.h"

#define LEN(array) (sizeof(array) / sizeof *(array))

static const struct {
    const char *text, *data;
    long len;
} good[] = {
    {"", "", 0},
    {" \n\t\r ", "", 0},
    {"Zg==", "f", 1},
    {"Zm8=", "fo", 2},
    {"Zm9v", "foo", 3},
    {"Zm9vYg==", "foob", 4},
    {"Zm9vYmE=", "fooba", 5},
    {"Zm9vYmFy", "foobar", 6},
    {"\n    Zm9v\n    YmFy\n  ", "foobar", 6},
    {"Z g = =", "f", 1},
    {"AAAA", "\0\0\0", 3},
    {"+/+/", "\xfb\xff\xbf", 3},
};

/* XEP-0047 section 2.2: what is not in the alphabet is refused, and pads only stand at the end. */
static const char *const bad[] = {
    "Z",        "Zg",           "Zg=",      "Zm8",  "Zm9v=", "Zm9v====", "=",    "====",
    "Zg===",    "Z===",         "Zg==Zg==", "Zg=g", "Z=g=",  "Zm9v!",    "Zm9-", "Zm9_",
    "Zm9\x80v", "Zm9v\xc3\xa4", "Zm9v.",    "=Zm9", "Zg==A", "Zm9vYg",   "a",    "*",
};

START_TEST(good_text)
{
    unsigned char data[16];

    ck_assert_int_eq(jingle__ibb_decode(good[_i].text, data, sizeof data), good[_i].len);
    ck_assert_mem_eq(data, good[_i].data, (size_t)good[_i].len);
}
END_TEST

START_TEST(bad_text)
{
    unsigned char data[16];

    ck_assert_int_eq(jingle__ibb_decode(bad[_i], data, sizeof data), JINGLE_EPROTO);
}
END_TEST

/** Any data, any length, and room for just that much and one less. */
START_TEST(there_and_back)
{
    char text[JINGLE__BASE64_SIZE(200)];
    unsigned char data[200], back[201];

    srand(1);
    for (size_t len = 0; len <= sizeof data; len++) {
        unsigned char *room = malloc(len ? len : 1); /* the sanitizer sees an octet too many */

        for (size_t i = 0; i < len; i++)
            data[i] = (unsigned char)rand();
        ck_assert_uint_eq(jingle__ibb_encode(data, len, text), (len + 2) / 3 * 4);
        ck_assert_uint_eq(strlen(text) + 1, JINGLE__BASE64_SIZE(len));
        ck_assert_int_eq(jingle__ibb_decode(text, room, len), (long)len);
        ck_assert_mem_eq(room, data, len);
        if (len)
            ck_assert_int_eq(jingle__ibb_decode(text, back, len - 1), JINGLE_ELIMIT);
        free(room);
    }
}
END_TEST

static const struct {
    const char *text;
    uint32_t value; /* 0: refused */
} sizes[] = {
    {"1", 1},          {"4096", 4096}, {"65535", 65535}, {"00064", 64},
    {"0", 0},          {"65536", 0},   {"-1", 0},        {"+1", 0},
    {"", 0},           {" 1", 0},      {"1 ", 0},        {"0x10", 0},
    {"4294967297", 0}, {"1.5", 0},     {NULL, 0},        {"99999999999999999999999", 0},
};

/* J261-01 */
START_TEST(block_sizes)
{
    uint32_t value = 7;

    ck_assert_int_eq(jingle__ibb_block_size(sizes[_i].text, &value), sizes[_i].value != 0);
    ck_assert_uint_eq(value, sizes[_i].value ? sizes[_i].value : 7);
}
END_TEST

START_TEST(escaping)
{
    test_mem_t mem;
    char *xml;

    test_mem_init(&mem);
    xml = jingle__ibb_escape(&mem.mem, "a<b>&\"c'\t\n\r\xc3\xa4");
    ck_assert_str_eq(xml, "a&lt;b&gt;&amp;&quot;c&apos;&#9;&#10;&#13;\xc3\xa4");
    mem.mem.free(xml, mem.mem.userdata);
    test_mem_fail_at(&mem, 1, true);
    ck_assert_ptr_null(jingle__ibb_escape(&mem.mem, "a"));
    ck_assert_uint_eq(test_mem_report(&mem, stderr), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("base64");
    TCase *text = tcase_create("text"), *attrs = tcase_create("attributes");

    tcase_add_loop_test(text, good_text, 0, LEN(good));
    tcase_add_loop_test(text, bad_text, 0, LEN(bad));
    tcase_add_test(text, there_and_back);
    suite_add_tcase(suite, text);
    tcase_add_loop_test(attrs, block_sizes, 0, LEN(sizes));
    tcase_add_test(attrs, escaping);
    suite_add_tcase(suite, attrs);
    return run_suite(suite);
}
