/* SPDX-License-Identifier: MIT */
/** @file
 *  What hooks of save and restore write and read with: each thing both ways, and what is no such thing. */
#include "elements.h"

#include <jingle/save.h>

static unsigned char room[4096];
static jingle_save_t save;
static jingle_load_t load;

static void set_up_octets(void)
{
    save = (jingle_save_t){.data = room, .size = sizeof room};
}

static void read_again(void)
{
    load = (jingle_load_t){.at = room, .end = room + save.len};
}

START_TEST(numbers)
{
    static const uint64_t values[] = {0, 1, 255, 256, UINT32_MAX, UINT64_MAX};

    for (size_t i = 0; i < LEN(values); i++)
        jingle_save_number(&save, values[i]);
    read_again();
    for (size_t i = 0; i < LEN(values); i++)
        ck_assert_uint_eq(jingle_load_number(&load, UINT64_MAX), values[i]);
    ck_assert(jingle_load_is_done(&load));
    read_again();
    load.at += 3 * 8;
    ck_assert_uint_eq(jingle_load_number(&load, 256), 256);
    ck_assert_uint_eq(jingle_load_number(&load, UINT32_MAX - 1), 0);
    ck_assert(load.failed);
    ck_assert_msg(!jingle_load_number(&load, UINT64_MAX), "a failure sticks");
}
END_TEST

START_TEST(texts_and_strings)
{
    static const char *const texts[] = {
        "", "a", "\t\n\r ~", "\xc3\xa4", "\xed\x9f\xbf", "\xf4\x8f\xbf\xbf", NULL};

    for (size_t i = 0; i < LEN(texts); i++) {
        jingle_save_text(&save, texts[i]);
        jingle_save_string(&save, texts[i]);
    }
    read_again();
    for (size_t i = 0; i < LEN(texts); i++) {
        const char *text = jingle_load_text(&load, 5), *string = jingle_load_string(&load, 5);

        if (texts[i]) {
            ck_assert_str_eq(text, texts[i]);
            ck_assert_str_eq(string, texts[i]);
        } else {
            ck_assert_msg(!text && !string && !load.failed, "NULL is read as NULL");
        }
    }
    ck_assert(jingle_load_is_done(&load));
}
END_TEST

/** What XML 1.0 cannot carry (section 2.2), or is no UTF-8 (RFC 3629). */
static const char *const no_texts[] = {
    "\x01",
    "\x1f",
    "\x80",
    "\xff",
    "\xc3",
    "\xc0\x80",
    "\xe0\x80\x80",
    "\xe2",
    "\xe2\x82",
    "\xed\xa0\x80",
    "\xef\xbf\xbe",
    "\xf0\x80\x80\x80",
    "\xf4\x90\x80\x80",
    "\xf8\x88\x80\x80\x80",
};

START_TEST(text_is_made_fit_to_be_sent)
{
    for (size_t i = 0; i < LEN(no_texts); i++) {
        char text[32];
        const char *read;

        set_up_octets();
        snprintf(text, sizeof text, "a%sb", no_texts[i]);
        jingle_save_text(&save, text);
        read_again();
        read = jingle_load_text(&load, sizeof room);
        ck_assert_msg(read && jingle_load_is_done(&load), "%zu is not read", i);
        ck_assert_msg(!strncmp(read, "a\xef\xbf\xbd", 4) && read[strlen(read) - 1] == 'b',
                      "%zu is %s", i, read);
    }
}
END_TEST

START_TEST(what_is_no_text_is_refused)
{
    for (size_t i = 0; i < LEN(no_texts); i++) {
        set_up_octets();
        jingle_save_string(&save, no_texts[i]);
        read_again();
        ck_assert_str_eq(jingle_load_string(&load, 8), no_texts[i]);
        ck_assert(jingle_load_is_done(&load));
        read_again();
        ck_assert_msg(!jingle_load_text(&load, 8) && load.failed, "%zu passes for text", i);
    }
}
END_TEST

/** With no NUL at its end, with one inside, too long, longer than what is there. */
START_TEST(what_is_no_string_is_refused)
{
    static const struct {
        const char *octets;
        size_t len, cut;
    } cases[] = {{"abc", 3, 0}, {"a\0b", 4, 0}, {"abcdefghi", 10, 0}, {"abc", 4, 1}, {"", 1, 5}};

    for (size_t i = 0; i < LEN(cases); i++) {
        set_up_octets();
        jingle_save_octets(&save, cases[i].octets, cases[i].len);
        save.len -= cases[i].cut;
        read_again();
        ck_assert_msg(!jingle_load_string(&load, 8) && load.failed, "%zu passes for a string", i);
    }
}
END_TEST

/* Octets that were not saved, or more than there are: none, and nobody is told of a length. */
START_TEST(what_is_not_there)
{
    size_t len = 9;

    jingle_save_octets(&save, "abc", 3);
    save.len -= _i == 0 ? 1u : save.len;
    read_again();
    ck_assert_ptr_null(jingle_load_octets(&load, &len));
    ck_assert_uint_eq(len, 0);
    ck_assert(load.failed);
}
END_TEST

START_TEST(pieces)
{
    size_t piece = jingle_save_begin(&save);
    jingle_load_t inner;

    jingle_save_number(&save, 1);
    jingle_save_text(&save, "in");
    jingle_save_end(&save, piece);
    jingle_save_number(&save, 2);
    read_again();
    jingle_load_piece(&load, &inner);
    ck_assert_uint_eq(jingle_load_number(&load, 9), 2);
    ck_assert(jingle_load_is_done(&load));
    ck_assert_uint_eq(jingle_load_number(&inner, 9), 1);
    ck_assert_msg(!jingle_load_is_done(&inner), "there is more in it");
    ck_assert_str_eq(jingle_load_text(&inner, 9), "in");
    ck_assert(jingle_load_is_done(&inner));
    ck_assert_msg(!jingle_load_number(&inner, 9) && inner.failed && !load.failed,
                  "who reads too far harms nobody");
}
END_TEST

/** What does not fit is counted, and nothing beyond the room is written. */
START_TEST(room_is_kept_to)
{
    for (size_t size = 0; size < 50; size++) {
        size_t piece;

        save = (jingle_save_t){.data = size ? room : NULL, .size = size};
        memset(room, 0xa5, sizeof room);
        piece = jingle_save_begin(&save);
        jingle_save_text(&save, "\x01 text");
        jingle_save_end(&save, piece);
        jingle_save_string(&save, "string");
        ck_assert_uint_eq(save.len, 8 + 8 + 9 + 8 + 7);
        for (size_t i = size; i < sizeof room; i++)
            ck_assert_uint_eq(room[i], 0xa5);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("load");
    TCase *octets = add_case_with(suite, "octets", set_up_octets, NULL);

    tcase_add_test(octets, numbers);
    tcase_add_test(octets, texts_and_strings);
    tcase_add_test(octets, text_is_made_fit_to_be_sent);
    tcase_add_test(octets, what_is_no_text_is_refused);
    tcase_add_test(octets, what_is_no_string_is_refused);
    tcase_add_loop_test(octets, what_is_not_there, 0, 2);
    tcase_add_test(octets, pieces);
    tcase_add_test(octets, room_is_kept_to);
    return run_suite(suite);
}
