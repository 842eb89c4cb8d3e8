/* SPDX-License-Identifier: MIT */
/** @file
 *  Dates as XEP-0082 writes them. */
#include "file.h"

#include <stdio.h>

#define DAY 86400

/** Days since 1970-01-01 of a date of the Gregorian calendar; years begin in March here, so that
 * the leap day is a year's last. */
static int64_t days_of(int64_t year, int64_t month, int64_t day)
{
    int64_t shifted = month <= 2 ? year - 1 : year;
    int64_t era = (shifted >= 0 ? shifted : shifted - 399) / 400;
    int64_t year_of_era = shifted - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

    return era * 146097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year -
           719468;
}

static void date_of(int64_t days, int64_t *year, int *month, int *day)
{
    int64_t shifted = days + 719468;
    int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    int64_t day_of_era = shifted - era * 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t shifted_month = (5 * day_of_year + 2) / 153;

    *day = (int)(day_of_year - (153 * shifted_month + 2) / 5 + 1);
    *month = (int)(shifted_month < 10 ? shifted_month + 3 : shifted_month - 9);
    *year = year_of_era + era * 400 + (*month <= 2);
}

/** Reads so many digits and what follows them. @return what comes next; NULL when it is not there
 */
static const char *digits(const char *text, int count, char after, int *value)
{
    *value = 0;
    if (!text)
        return NULL;
    for (; count; count--, text++) {
        if (*text < '0' || *text > '9')
            return NULL;
        *value = *value * 10 + (*text - '0');
    }
    if (!after)
        return text;
    return *text == after ? text + 1 : NULL;
}

static bool is_date(int year, int month, int day)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return month >= 1 && month <= 12 && day >= 1 && day <= days[month - 1] + (month == 2 && leap);
}

/** Reads the time zone at the end. @return false when it is none */
static bool read_zone(const char *text, int64_t *offset)
{
    int hours, minutes, sign = *text == '-' ? -1 : 1;

    *offset = 0;
    if (!strcmp(text, "Z"))
        return true;
    if (*text != '+' && *text != '-')
        return false;
    text = digits(digits(text + 1, 2, ':', &hours), 2, '\0', &minutes);
    if (!text || hours > 23 || minutes > 59)
        return false;
    *offset = sign * (hours * 3600 + minutes * 60);
    /* Some write the offset and a Z. */
    return !*text || !strcmp(text, "Z");
}

bool jingle_date_parse(const char *text, int64_t *seconds)
{
    int year, month, day, hour, minute, second;
    int64_t offset;

    text = digits(text, 4, '-', &year);
    text = digits(text, 2, '-', &month);
    text = digits(text, 2, 'T', &day);
    text = digits(text, 2, ':', &hour);
    text = digits(text, 2, ':', &minute);
    text = digits(text, 2, '\0', &second);
    /* 60 is a leap second. */
    if (!text || !is_date(year, month, day) || hour > 23 || minute > 59 || second > 60)
        return false;
    if (*text == '.') {
        size_t fraction = strspn(text + 1, "0123456789");

        if (!fraction)
            return false;
        text += 1 + fraction;
    }
    if (!read_zone(text, &offset))
        return false;
    *seconds = days_of(year, month, day) * DAY + hour * 3600 + minute * 60 + second - offset;
    return true;
}

bool jingle_date_format(int64_t seconds, char text[JINGLE_DATE_MAX])
{
    int64_t days, rest, year;
    int month, day;

    /* Years 0000 to 9999 */
    if (seconds < -62167219200 || seconds > 253402300799)
        return false;
    days = (seconds >= 0 ? seconds : seconds - DAY + 1) / DAY;
    rest = seconds - days * DAY;
    date_of(days, &year, &month, &day);
    /* The remainders are for the compiler, which cannot know the ranges. */
    snprintf(text, JINGLE_DATE_MAX, "%04u-%02u-%02uT%02u:%02u:%02uZ", (unsigned)year % 10000,
             (unsigned)month % 100, (unsigned)day % 100, (unsigned)(rest / 3600) % 100,
             (unsigned)(rest / 60) % 60, (unsigned)(rest % 60));
    return true;
}
