/* SPDX-License-Identifier: MIT */
/** @file
 *  Dates of XEP-0082. Checklist: J234-06. */
#include <jingle/files.h>

#include <stdint.h>
#include <time.h>

#include "support/runner.h"

#define LEN(array) (sizeof(array) / sizeof *(array))

static const struct {
    const char *text;
    int64_t seconds;
} good[] = {
    {"1970-01-01T00:00:00Z", 0},
    {"1969-07-21T02:56:15Z", -14159025},
    {"1969-12-31T23:59:59Z", -1},
    {"2015-07-26T21:46:00+01:00", 1437943560},
    {"2015-07-26T21:46:00-11:30", 1437988560},
    {"2015-07-26T21:46:00.123456789Z", 1437947160},
    {"2015-07-26T21:46:00.5+00:00", 1437947160},
    {"2016-02-29T12:00:00Z", 1456747200},
    {"2000-02-29T00:00:00Z", 951782400},
    {"2016-12-31T23:59:60Z", 1483228800},
    {"0000-01-01T00:00:00Z", -62167219200},
    {"9999-12-31T23:59:59Z", 253402300799},
    /* seen from a client */
    {"2015-07-26T21:46:00+00:00Z", 1437947160},
};

static const char *const bad[] = {
    "",
    "Z",
    "yesterday",
    "2015-07-26",
    "2015-07-26T21:46:00",
    "2015-07-26T21:46Z",
    "2015-07-26 21:46:00Z",
    "2015-13-26T21:46:00Z",
    "2015-00-26T21:46:00Z",
    "2015-02-29T21:46:00Z",
    "1900-02-29T21:46:00Z",
    "2015-04-31T21:46:00Z",
    "2015-07-00T21:46:00Z",
    "2015-07-26T24:00:00Z",
    "2015-07-26T21:60:00Z",
    "2015-07-26T21:46:61Z",
    "2015-07-26T21:46:00.Z",
    "2015-07-26T21:46:00+1:00",
    "2015-07-26T21:46:00+24:00",
    "2015-07-26T21:46:00+01:60",
    "2015-07-26T21:46:00+0100",
    "2015-07-26T21:46:00ZZ",
    "2015-07-26T21:46:00Z ",
    "02015-07-26T21:46:00Z",
    "-2015-07-26T21:46:00Z",
    "2015-07-26T21:46:00\xc3\xa4",
};

START_TEST(dates_are_read)
{
    int64_t seconds = 1;

    ck_assert(jingle_date_parse(good[_i].text, &seconds));
    ck_assert_int_eq(seconds, good[_i].seconds);
}
END_TEST

START_TEST(garbage_is_none)
{
    int64_t seconds = 42;

    ck_assert(!jingle_date_parse(bad[_i], &seconds));
    ck_assert_int_eq(seconds, 42);
}
END_TEST

START_TEST(nothing_is_none)
{
    int64_t seconds = 42;

    ck_assert(!jingle_date_parse(NULL, &seconds));
    ck_assert_int_eq(seconds, 42);
}
END_TEST

/** Every day from the year 0 to the year 9999 in steps that meet all months: there and back, and as
 * the C library sees it. */
START_TEST(there_and_back)
{
    char text[JINGLE_DATE_MAX], other[JINGLE_DATE_MAX];

    for (int64_t seconds = -62167219200; seconds <= 253402300799; seconds += 86400 * 97 + 4321) {
        int64_t back = 0;
        time_t now = (time_t)seconds;
        struct tm tm;

        ck_assert(jingle_date_format(seconds, text));
        ck_assert(jingle_date_parse(text, &back));
        ck_assert_int_eq(back, seconds);
        if (now != seconds) /* a time_t of 32 bits does not hold it */
            continue;
        ck_assert_ptr_nonnull(gmtime_r(&now, &tm));
        ck_assert_uint_gt(strftime(other, sizeof other, "-%m-%dT%H:%M:%SZ", &tm), 0);
        ck_assert_str_eq(text + 4, other);
    }
}
END_TEST

START_TEST(years_beyond_four_digits_are_refused)
{
    char text[JINGLE_DATE_MAX];

    ck_assert(!jingle_date_format(-62167219201, text));
    ck_assert(!jingle_date_format(253402300800, text));
    ck_assert(!jingle_date_format(INT64_MIN, text));
    ck_assert(!jingle_date_format(INT64_MAX, text));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("date");
    TCase *all = tcase_create("xep-0082");

    tcase_add_loop_test(all, dates_are_read, 0, LEN(good));
    tcase_add_loop_test(all, garbage_is_none, 0, LEN(bad));
    tcase_add_test(all, nothing_is_none);
    tcase_add_test(all, there_and_back);
    tcase_add_test(all, years_beyond_four_digits_are_refused);
    suite_add_tcase(suite, all);
    return run_suite(suite);
}
