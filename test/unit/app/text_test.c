/* SPDX-License-Identifier: MIT */
/** @file
 *  Names and texts of peers made harmless. Checklist: J234-11, J234-12, J234-37. */
#include <jingle/files.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/runner.h"
#include "support/test_mem.h"

#define LEN(array) (sizeof(array) / sizeof *(array))

static const struct {
    const char *name, *safe;
} names[] = {
    {"letter.txt", "letter.txt"},
    {"Gr\xc3\xb6\xc3\x9f"
     "e \"5\".txt",
     "Gr\xc3\xb6\xc3\x9f"
     "e \"5\".txt"},
    {"\xf0\x9f\x92\x8c.png", "\xf0\x9f\x92\x8c.png"},
    /* path parts */
    {"/etc/passwd", "_etc_passwd"},
    {"../x", "___x"},
    {"..\\x", "___x"},
    {"a/../../b", "a_.._.._b"},
    {"C:\\boot.ini", "C:_boot.ini"},
    {".", "file"},
    {"..", "file"},
    {"...", "file"},
    {"", "file"},
    {NULL, "file"},
    {" ", "file"},
    /* hidden, options, ends that some systems drop */
    {".bashrc", "_bashrc"},
    {"..a", "__a"},
    {"-rf", "_rf"},
    {"a.", "a"},
    {"a. . ", "a"},
    {"  a", "a"},
    /* control characters: C0, DEL, C1, line separators */
    {"a\nb\tc\x1b[2Jd\x7f", "a_b_c_[2Jd_"},
    {"a\xc2\x9b"
     "b\xe2\x80\xa8"
     "c",
     "a_b_c"},
    /* direction overrides, isolates, marks, nothings, tags */
    {"exe.\xe2\x80\xaegpj", "exe.gpj"},
    {"\xe2\x81\xa6x\xe2\x81\xa9\xe2\x80\x8f\xd8\x9c.txt", "x.txt"},
    {"\xef\xbb\xbf"
     "a\xe2\x80\x8b"
     "b",
     "ab"},
    {"a\xf3\xa0\x81\x81", "a"},
    {"\xe2\x80\xae", "file"},
    {"\xe2\x80\xae..\xe2\x80\xae/\xe2\x80\xae..", "___"},
    /* not UTF-8: cut, overlong, surrogate, beyond the end, stray octets */
    {"a\xc3", "a_"},
    {"\xc0\xaf"
     "b",
     "__b"},
    {"\xed\xa0\x80", "___"},
    {"\xf4\x90\x80\x80", "____"},
    {"\x80\xff", "__"},
    /* reserved somewhere */
    {"con", "_con"},
    {"NUL.txt", "_NUL.txt"},
    {"Com7.tar.gz", "_Com7.tar.gz"},
    {"lpt0", "_lpt0"},
    {"console", "console"},
    {"com", "com"},
    {"com10.txt", "com10.txt"},
    {"prn.", "_prn"},
};

START_TEST(each_name)
{
    test_mem_t mem;
    char *safe;

    test_mem_init(&mem);
    safe = jingle_safe_name(&mem.mem, names[_i].name);
    ck_assert_str_eq(safe, names[_i].safe);
    ck_assert_ptr_null(strchr(safe, '/'));
    mem.mem.free(safe, mem.mem.userdata);
    ck_assert_uint_eq(test_mem_report(&mem, stderr), 0);
}
END_TEST

/** What came out safe stays as it is. */
START_TEST(safe_names_are_safe)
{
    char *safe = jingle_safe_name(NULL, names[_i].name), *again = jingle_safe_name(NULL, safe);

    ck_assert_str_eq(safe, again);
    free(safe);
    free(again);
}
END_TEST

START_TEST(long_names_keep_their_extension)
{
    char name[2000];
    char *safe;

    memset(name, 'a', sizeof name);
    strcpy(name + 1000, ".tar.gz");
    safe = jingle_safe_name(NULL, name);
    ck_assert_uint_eq(strlen(safe), 243);
    ck_assert_str_eq(safe + 240, ".gz");
    free(safe);
    /* " (9999)" and ".part" must fit as well */
    ck_assert_uint_le(243 + strlen(" (9999).part"), 255);
}
END_TEST

START_TEST(long_names_are_cut_between_characters)
{
    for (size_t shift = 0; shift < 4; shift++) {
        char name[1000] = "";
        char *safe, *again;

        memset(name, 'x', shift);
        for (size_t i = 0; i < 200; i++)
            strcat(name, "\xf0\x9f\x92\x8c");
        safe = jingle_safe_name(NULL, name);
        again = jingle_safe_name(NULL, safe);
        ck_assert_uint_le(strlen(safe), 243);
        ck_assert_uint_ge(strlen(safe), 240);
        /* A character cut in two would have become underscores. */
        ck_assert_str_eq(safe, again);
        free(safe);
        free(again);
    }
}
END_TEST

START_TEST(a_long_extension_is_none)
{
    char name[600] = "a.";
    char *safe;

    memset(name + 2, 'b', 500);
    safe = jingle_safe_name(NULL, name);
    ck_assert_uint_eq(strlen(safe), 243);
    free(safe);
}
END_TEST

START_TEST(a_reserved_long_name_fits)
{
    char name[600] = "con.";
    char *safe;

    memset(name + 4, 'b', 400);
    safe = jingle_safe_name(NULL, name);
    ck_assert_uint_le(strlen(safe), 243);
    ck_assert_int_eq(strncmp(safe, "_con.", 5), 0);
    free(safe);
}
END_TEST

START_TEST(text_keeps_lines)
{
    char *safe = jingle_safe_text(NULL, "one\r\n\ttwo\x1b[31m\xe2\x80\xae\xc2\x85 \xff three", 100);

    ck_assert_str_eq(safe, "one\n\ttwo[31m  three");
    free(safe);
}
END_TEST

START_TEST(text_is_bounded)
{
    char *safe = jingle_safe_text(NULL, "abc\xc3\xa4", 4);

    ck_assert_str_eq(safe, "abc");
    free(safe);
    safe = jingle_safe_text(NULL, "abc\xc3\xa4", 5);
    ck_assert_str_eq(safe, "abc\xc3\xa4");
    free(safe);
    safe = jingle_safe_text(NULL, NULL, 5);
    ck_assert_str_eq(safe, "");
    free(safe);
}
END_TEST

START_TEST(without_memory)
{
    test_mem_t mem;

    test_mem_init(&mem);
    test_mem_fail_at(&mem, 1, true);
    ck_assert_ptr_null(jingle_safe_name(&mem.mem, "a"));
    ck_assert_ptr_null(jingle_safe_text(&mem.mem, "a", 10));
}
END_TEST

START_TEST(outcomes_have_names)
{
    for (unsigned i = 0; i < JINGLE_FILE_OUTCOME_COUNT; i++) {
        ck_assert(*jingle_file_outcome_name((jingle_file_outcome_t)i));
        ck_assert(*jingle_file_outcome_words((jingle_file_outcome_t)i));
    }
    ck_assert_str_eq(jingle_file_outcome_name(JINGLE_FILE_NOT_VERIFIED), "not-verified");
    ck_assert_str_eq(jingle_file_outcome_name(JINGLE_FILE_OUTCOME_COUNT), "failed");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("text");
    TCase *name = tcase_create("names"), *text = tcase_create("texts");

    tcase_add_loop_test(name, each_name, 0, LEN(names));
    tcase_add_loop_test(name, safe_names_are_safe, 0, LEN(names));
    tcase_add_test(name, long_names_keep_their_extension);
    tcase_add_test(name, long_names_are_cut_between_characters);
    tcase_add_test(name, a_long_extension_is_none);
    tcase_add_test(name, a_reserved_long_name_fits);
    suite_add_tcase(suite, name);
    tcase_add_test(text, text_keeps_lines);
    tcase_add_test(text, text_is_bounded);
    tcase_add_test(text, without_memory);
    tcase_add_test(text, outcomes_have_names);
    suite_add_tcase(suite, text);
    return run_suite(suite);
}
