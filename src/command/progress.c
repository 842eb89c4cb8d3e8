/* SPDX-License-Identifier: MIT */
/** @file
 *  How far a transfer is, how fast it goes and how long it still takes. */
#include "progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "settings.h"

#define LINE_AT_LAST 10000u /* ms: then a line is due, however little has passed */
#define BAR_CELLS 24
#define NAME_OCTETS 28
/* Beside what is said of all files. */
#define BAR_CELLS_OF_SEVERAL 10
#define NAME_OCTETS_OF_SEVERAL 18

typedef struct {
    uint64_t began;
    uint64_t told;
    unsigned told_tenths; /**< tenths of the file that lines were written for */
} progress_t;

uint64_t clock_ms(void)
{
    struct timespec now = {0};

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

char *format_size(uint64_t size, char text[SIZE_TEXT])
{
    static const char *const units[] = {"KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    double value = (double)size / 1024;
    size_t unit = 0;

    if (size == JINGLE_FILE_SIZE_UNKNOWN) {
        snprintf(text, SIZE_TEXT, "size unknown");
    } else if (size < 1024) {
        snprintf(text, SIZE_TEXT, "%u byte%s", (unsigned)size, size == 1 ? "" : "s");
    } else {
        for (; value >= 1023.95 && unit + 1 < sizeof units / sizeof *units; unit++)
            value /= 1024;
        snprintf(text, SIZE_TEXT, "%.1f %s", value, units[unit]);
    }
    return text;
}

void progress_start(jingle_file_t *file)
{
    progress_t *progress = must_alloc(NULL, sizeof *progress);

    *progress = (progress_t){.began = clock_ms()};
    progress->told = progress->began;
    jingle_file_set_user(file, progress, free);
}

void progress_add(progress_at_t *at, const jingle_file_t *file)
{
    const jingle_file_info_t *info = jingle_file_get_info(file);

    at->name = info->safe_name;
    at->there += jingle_file_get_offset(file) + jingle_file_get_bytes(file);
    at->rate += jingle_file_get_rate(file);
    if (at->size != JINGLE_FILE_SIZE_UNKNOWN)
        at->size = info->file_size == JINGLE_FILE_SIZE_UNKNOWN ? info->file_size
                                                               : at->size + info->file_size;
}

/** @return 0 to 100; negative where the size is unknown */
static double percent(const progress_at_t *at)
{
    double part;

    if (at->size == JINGLE_FILE_SIZE_UNKNOWN || at->size == 0)
        return -1;
    part = 100.0 * (double)at->there / (double)at->size;
    return part > 100 ? 100 : part;
}

bool progress_is_due(jingle_file_t *file, progress_how_t how)
{
    static const unsigned every[] = {
        [PROGRESS_BAR] = 100, [PROGRESS_OBJECTS] = 500, [PROGRESS_LINES] = 1000};
    progress_t *progress = jingle_file_get_user(file);
    uint64_t now = clock_ms();
    progress_at_t at = {0};
    double part = (progress_add(&at, file), percent(&at));
    unsigned tenths = part < 0 ? 0 : (unsigned)(part / 10);

    if (!progress)
        return false;
    if (now - progress->told < every[how])
        return false;
    if (how == PROGRESS_LINES && part >= 0 && tenths <= progress->told_tenths &&
        now - progress->told < LINE_AT_LAST)
        return false;
    progress->told = now;
    progress->told_tenths = tenths;
    return true;
}

/** How fast, and how long still: of all where there are several. */
static void format_rest(const progress_at_t *at, const progress_at_t *all, char *text, size_t size)
{
    const progress_at_t *of = all ? all : at;
    char rate[SIZE_TEXT], part[16] = "";
    uint64_t seconds;

    *text = '\0';
    if (all && percent(all) >= 0)
        snprintf(part, sizeof part, "  all %.0f %%", percent(all));
    if (!at->rate) {
        snprintf(text, size, "%s", part);
        return;
    }
    format_size(at->rate, rate);
    if (percent(of) < 0) {
        snprintf(text, size, "  %s/s%s", rate, part);
        return;
    }
    seconds = of->there < of->size ? (of->size - of->there + at->rate / 2) / at->rate : 0;
    if (seconds >= 3600)
        snprintf(text, size, "  %s/s%s  %u:%02u:%02u left", rate, part, (unsigned)(seconds / 3600),
                 (unsigned)(seconds / 60 % 60), (unsigned)(seconds % 60));
    else
        snprintf(text, size, "  %s/s%s  %u:%02u left", rate, part, (unsigned)(seconds / 60),
                 (unsigned)(seconds % 60));
}

/** "3 files", or the name, cut so that it ends with a whole character. */
static void format_name(const progress_at_t *at, size_t max, char text[NAME_OCTETS + 1])
{
    size_t len = strlen(at->name);

    if (at->n > 1) {
        snprintf(text, NAME_OCTETS + 1, "%zu files", at->n);
        return;
    }
    if (len > max) {
        len = max;
        while (len && ((unsigned char)at->name[len] & 0xc0) == 0x80)
            len--;
    }
    memcpy(text, at->name, len);
    text[len] = '\0';
}

char *progress_bar(const progress_at_t *at, const progress_at_t *all, char text[PROGRESS_TEXT])
{
    static const char full[] = "########################", empty[] = "........................";
    int width = all ? BAR_CELLS_OF_SEVERAL : BAR_CELLS;
    double part = percent(at);
    int cells = part < 0 ? 0 : (int)(part * width / 100);
    char rest[64], size[SIZE_TEXT], name[NAME_OCTETS + 1];

    format_name(at, all ? NAME_OCTETS_OF_SEVERAL : NAME_OCTETS, name);
    format_rest(at, all, rest, sizeof rest);
    if (part < 0)
        snprintf(text, PROGRESS_TEXT, "%s  %s%s", name, format_size(at->there, size), rest);
    else
        snprintf(text, PROGRESS_TEXT, "%s [%.*s%.*s] %3.0f %%%s", name, cells, full, width - cells,
                 empty, part, rest);
    return text;
}

char *progress_line(const progress_at_t *at, const progress_at_t *all, char text[PROGRESS_TEXT])
{
    double part = percent(at);
    char rest[64], size[SIZE_TEXT], name[NAME_OCTETS + 1];

    format_name(at, NAME_OCTETS, name);
    format_rest(at, all, rest, sizeof rest);
    format_size(at->there, size);
    if (part < 0)
        snprintf(text, PROGRESS_TEXT, "%s: %s%s", name, size, rest);
    else
        snprintf(text, PROGRESS_TEXT, "%s: %.0f %% (%s)%s", name, part, size, rest);
    return text;
}

void progress_time(const jingle_file_t *file, char text[PROGRESS_TEXT])
{
    const progress_t *progress = jingle_file_get_user(file);

    if (progress)
        snprintf(text, PROGRESS_TEXT, " in %.1f s", (double)(clock_ms() - progress->began) / 1000);
    else
        *text = '\0';
}
