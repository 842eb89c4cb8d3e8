/* SPDX-License-Identifier: MIT */
/** @file
 *  The rest of a file is asked for, and the other side gives something else: what does not belong together is
 *  never put together. Checklist: J234-15, J234-16. */
#include "asked.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/runner.h"

#define LEN(array) (sizeof(array) / sizeof *(array))

/* ---- the other side ------------------------------------------------------------------------ */

/** Nothing says so but the hash at the end. */
START_TEST(it_has_changed_in_secret)
{
    unsigned char *data = text_alloc(SIZE);

    memcpy(data, wire_data(SIZE), SIZE);
    cut(the_file(), 20000);
    data[5] ^= 1;
    give(data, SIZE, DATE);
    ck_assert_int_eq(ask(the_file()), JINGLE_EOK);
    ck_assert(wire_finish(wire, 5000));
    ck_assert_has(wire_log(wire, 1), "done not-verified, ended media-error");
    ck_assert_str_eq(folder_list(wire->side[1].folder), "");
    start_anew();
    ck_assert_int_eq(ask(the_file()), JINGLE_EOK);
    ck_assert(wire_finish(wire, 5000));
    assert_whole(data, SIZE, 0);
    free(data);
}
END_TEST

static bool without_range(wire_t *w, unsigned from, char **xml)
{
    keep_stanzas(w, from, xml);
    if (strstr(*xml, "session-initiate"))
        wire_edit(xml, "<range ", "/>", "");
    if (w->user && strstr(*xml, "session-accept"))
        wire_edit(xml, "<range/>", NULL, "");
    return true;
}

/** It knows no ranges, or does not look at them, and gives all. */
START_TEST(it_gives_the_whole)
{
    cut(the_file(), 20000);
    wire->tap = without_range;
    wire->user = _i ? wire : NULL;
    ck_assert_int_eq(ask(the_file()), JINGLE_EOK);
    ck_assert(wire_finish(wire, 5000));
    ck_assert_str_eq(wire_log(wire, 1), "start, done done verified, ended success");
    ck_assert_uint_eq(wire->side[1].progress, SIZE);
    ck_assert_uint_eq(jingle_file_get_offset(wire->side[1].file), 0);
    ck_assert(folder_holds(wire->side[1].folder, "a", wire_data(SIZE), SIZE));
    assert_clean();
}
END_TEST

/** One that gives the rest and says that it gives all leaves no trace. */
START_TEST(it_gives_the_rest_in_secret)
{
    cut(the_file(), 20000);
    set_edit("session-accept", "<range ", "/>", "");
    ck_assert_int_eq(ask(the_file()), JINGLE_EOK);
    ck_assert(wire_finish(wire, 70000));
    ck_assert_has(wire_log(wire, 1), "start, done short,");
    ck_assert_str_eq(folder_list(wire->side[1].folder), "");
    arrives(the_file(), 0);
}
END_TEST

#define NO_HASH "done not-verified, ended failed-application"
#define OTHER "done unavailable, ended incompatible-parameters"

/** What an answer may say of the part. */
static const struct {
    const char *from, *until, *to, *log;
} answers[] = {
    {"<range ", "/>", "<range offset='1'/>", OTHER},
    {"<range ", "/>", "<range offset='49999'/>", OTHER},
    {"<range ", "/>", "<range offset='50000'/>", OTHER},
    {"<range ", "/>", "<range offset='50001'/>", OTHER},
    {"<range ", "/>", "<range offset='9223372036854775807'/>", "ended general-error"},
    {"<range ", "/>", "<range offset='922337203685477579'/>", OTHER},
    {"<range ", "/>", "<range offset='922337203685477579' length='922337203685477579'/>", OTHER},
    {"<range ", "/>", "<range offset='-1'/>", "ended general-error"},
    {"<range ", "/>", "<range offset=''/>", "ended general-error"},
    {"<range ", "/>", "<range offset='0x10'/>", "ended general-error"},
    {"<range ", "/>", "<range length='0'/>", OTHER},
    {"<range ", "/>", "<range length='49999'/>", OTHER},
    {"<range ", "/>", "<range length='50001'/>", OTHER},
    {"<file>", "</file>", "<file/>", OTHER},
    {"<hash-used ", "/>", "", NO_HASH},
    {"<description ", "</description>", "", NO_HASH},
    /* Another file than before: the whole is asked for, and is not what is said of it either. */
    {"<size>", "</size>", "<size>1</size>",
     "ended incompatible-parameters, start, done too-large, ended media-error"},
    {"<size>", "</size>", "<size>0</size>",
     "ended incompatible-parameters, start, done too-large, ended media-error"},
};

START_TEST(answers_are_judged)
{
    cut(the_file(), 20000);
    set_edit("session-accept", answers[_i].from, answers[_i].until, answers[_i].to);
    ck_assert_int_eq(ask(the_file()), JINGLE_EOK);
    ck_assert(wire_finish(wire, 70000));
    ck_assert_has(wire_log(wire, 1), answers[_i].log);
    ck_assert(!folder_holds(wire->side[1].folder, "a", wire_data(SIZE), SIZE));
    wire->tap = keep_stanzas;
    ck_assert_int_eq(ask(the_file()), JINGLE_EOK);
    ck_assert(wire_finish(wire, 70000));
    ck_assert(folder_holds(wire->side[1].folder, "a", wire_data(SIZE), SIZE));
    assert_clean();
}
END_TEST

/** What was told the last time does where now nothing is. */
START_TEST(nothing_is_told_again)
{
    options = JINGLE_SEND_FILE(.hash_now = true);
    cut(the_file(), 20000);
    set_edit("session-accept", "<description ", "</description>", "");
    ck_assert_int_eq(ask(the_file()), JINGLE_EOK);
    ck_assert(wire_finish(wire, 5000));
    ck_assert_has(wire_log(wire, 1), "done done verified");
    ck_assert(folder_holds(wire->side[1].folder, "a", wire_data(SIZE), SIZE));
    assert_clean();
}
END_TEST

static bool without_data(wire_t *w, unsigned from, char **xml)
{
    return keep_stanzas(w, from, xml) && !strstr(*xml, "<data ");
}

/** It says that it gives the rest, and nothing comes, however often: that says nothing against what was
 *  kept. */
START_TEST(nothing_comes)
{
    wire_config_t config = keeps;
    long there;

    config.files[1].idle_timeout = 1000;
    again(&config);
    cut(the_file(), 20000);
    there = kept();
    for (int i = 0; i < 5; i++) {
        start_anew();
        ck_assert_int_eq(ask(the_file()), JINGLE_EOK);
        wire->tap = without_data;
        ck_assert(wire_finish(wire, 400000));
        ck_assert_has(stanzas, "<range offset");
        ck_assert_has(wire_log(wire, 1), "done timeout kept");
        ck_assert_int_eq(kept(), there);
    }
    arrives(the_file(), (uint64_t)there);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ask_answer");
    TCase *other = tcase_create("other");

    tcase_add_checked_fixture(other, asked_setup, asking_teardown);
    tcase_add_test(other, it_has_changed_in_secret);
    tcase_add_loop_test(other, it_gives_the_whole, 0, 2);
    tcase_add_test(other, it_gives_the_rest_in_secret);
    tcase_add_loop_test(other, answers_are_judged, 0, LEN(answers));
    tcase_add_test(other, nothing_is_told_again);
    tcase_add_test(other, nothing_comes);
    tcase_set_timeout(other, 60);
    suite_add_tcase(suite, other);
    return run_suite(suite);
}
