/* SPDX-License-Identifier: MIT */
/** @file
 *  How far a transfer is, how fast it goes and how long it still takes. */
#include "progress.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "report.h"

#define LINE_AT_LAST 10000u /* ms: then a line is due, however little has passed */
#define SAMPLE_EVERY 500u   /* ms */
#define SMOOTHING 0.3       /* weight of the newest sample */
#define BAR_CELLS 24
#define NAME_OCTETS 28

typedef struct {
    uint64_t began;
    uint64_t told;
    unsigned told_tenths; /**< tenths of the file that lines were written for */
    uint64_t sampled, sampled_bytes;
    double rate; /**< octets a second */
} progress_t;

void progress_start(jingle_file_t *file)
{
    progress_t *progress = must_alloc(NULL, sizeof *progress);

    *progress = (progress_t){.began = clock_ms()};
    progress->told = progress->sampled = progress->began;
    progress->sampled_bytes = jingle_file_get_bytes(file);
    jingle_file_set_user(file, progress, free);
}

static void sample(progress_t *progress, uint64_t now, uint64_t bytes)
{
    uint64_t elapsed = now - progress->sampled;
    double rate;

    if (elapsed < SAMPLE_EVERY)
        return;
    rate = (double)(bytes - progress->sampled_bytes) * 1000 / (double)elapsed;
    progress->rate =
        progress->rate > 0 ? (1 - SMOOTHING) * progress->rate + SMOOTHING * rate : rate;
    progress->sampled = now;
    progress->sampled_bytes = bytes;
}

/** @return octets that are there of the whole file */
static uint64_t octets_there(const jingle_file_t *file)
{
    return jingle_file_get_offset(file) + jingle_file_get_bytes(file);
}

/** @return 0 to 100; negative for a file whose size is unknown */
static double percent(const jingle_file_t *file)
{
    uint64_t size = jingle_file_get_info(file)->file_size;

    if (size == JINGLE_FILE_SIZE_UNKNOWN || size == 0)
        return -1;
    return 100.0 * (double)octets_there(file) / (double)size;
}

bool progress_is_due(jingle_file_t *file, progress_how_t how)
{
    static const unsigned every[] = {
        [PROGRESS_BAR] = 100, [PROGRESS_OBJECTS] = 500, [PROGRESS_LINES] = 1000};
    progress_t *progress = jingle_file_get_user(file);
    uint64_t now = clock_ms();
    double part = percent(file);
    unsigned tenths = part < 0 ? 0 : (unsigned)(part / 10);

    if (!progress)
        return false;
    sample(progress, now, jingle_file_get_bytes(file));
    if (now - progress->told < every[how])
        return false;
    if (how == PROGRESS_LINES && part >= 0 && tenths <= progress->told_tenths &&
        now - progress->told < LINE_AT_LAST)
        return false;
    progress->told = now;
    progress->told_tenths = tenths;
    return true;
}

static void format_rest(const progress_t *progress, const jingle_file_t *file, char *text,
                        size_t size)
{
    uint64_t whole = jingle_file_get_info(file)->file_size, done, seconds;
    char rate[SIZE_TEXT];

    *text = '\0';
    if (!progress || progress->rate <= 0)
        return;
    format_size((uint64_t)progress->rate, rate);
    if (whole == JINGLE_FILE_SIZE_UNKNOWN) {
        snprintf(text, size, "  %s/s", rate);
        return;
    }
    done = octets_there(file);
    seconds = done < whole ? (uint64_t)((double)(whole - done) / progress->rate + 0.5) : 0;
    if (seconds >= 3600)
        snprintf(text, size, "  %s/s  %u:%02u:%02u left", rate, (unsigned)(seconds / 3600),
                 (unsigned)(seconds / 60 % 60), (unsigned)(seconds % 60));
    else
        snprintf(text, size, "  %s/s  %u:%02u left", rate, (unsigned)(seconds / 60),
                 (unsigned)(seconds % 60));
}

/** Cuts a name so that it ends with a whole character. @return octets to show */
static int name_octets(const char *name)
{
    size_t len = strlen(name);

    if (len <= NAME_OCTETS)
        return (int)len;
    len = NAME_OCTETS;
    while (len && ((unsigned char)name[len] & 0xc0) == 0x80)
        len--;
    return (int)len;
}

char *progress_bar(const jingle_file_t *file, char text[PROGRESS_TEXT])
{
    static const char full[] = "########################", empty[] = "........................";
    const char *name = jingle_file_get_info(file)->safe_name;
    double part = percent(file);
    int cells = part < 0 ? 0 : part >= 100 ? BAR_CELLS : (int)(part * BAR_CELLS / 100);
    char rest[64], size[SIZE_TEXT];

    format_rest(jingle_file_get_user(file), file, rest, sizeof rest);
    if (part < 0)
        snprintf(text, PROGRESS_TEXT, "%.*s  %s%s", name_octets(name), name,
                 format_size(octets_there(file), size), rest);
    else
        snprintf(text, PROGRESS_TEXT, "%.*s [%.*s%.*s] %3.0f %%%s", name_octets(name), name, cells,
                 full, BAR_CELLS - cells, empty, part, rest);
    return text;
}

char *progress_line(const jingle_file_t *file, char text[PROGRESS_TEXT])
{
    const char *name = jingle_file_get_info(file)->safe_name;
    double part = percent(file);
    char rest[64], size[SIZE_TEXT];

    format_rest(jingle_file_get_user(file), file, rest, sizeof rest);
    format_size(octets_there(file), size);
    if (part < 0)
        snprintf(text, PROGRESS_TEXT, "%.*s: %s%s", name_octets(name), name, size, rest);
    else
        snprintf(text, PROGRESS_TEXT, "%.*s: %.0f %% (%s)%s", name_octets(name), name, part, size,
                 rest);
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
