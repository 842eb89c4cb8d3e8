/* SPDX-License-Identifier: MIT */
/** @file
 *  Who asks for --json gets JSON on stdout and nothing else; everybody else gets results on stdout
 *  and what is going on, with the bar, on stderr. */
#include "report.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "app.h"
#include "json.h"
#include "text.h"

#define COUNT_TEXT 32
#define QUESTION_TEXT 1024

static struct {
    bool quiet, json, verbose;
    bool terminal; /**< there is one for the bar */
    bool bar;      /**< it is there now */
    bool asking;
    bool in_band;     /**< no other way may be taken */
    int n, of;        /**< which file of several */
    const char *path; /**< what is sent, instead of its own; or NULL */
    char advice[128];
    char question[QUESTION_TEXT]; /**< while asking */
    bool stdout_taken;            /**< by data: what would go there goes to stderr */
} out;

void report_init(const settings_t *settings)
{
    out.json = settings->json;
    out.quiet = settings->quiet;
    out.verbose = settings->verbose;
    out.in_band = settings->transport == TRANSPORT_IBB;
    out.stdout_taken = settings->to && strcmp(settings->to, "-") == 0;
    out.terminal = !settings->json && !settings->quiet && isatty(STDERR_FILENO);
    setvbuf(stdout, NULL, _IOLBF, 0);
}

/* ---- lines ----------------------------------------------------------------------------------- */

void report_clear(void)
{
    if (out.bar)
        fputs("\r\033[K", stderr);
    out.bar = false;
}

/** Writes what may hold words and names of others so that it is one line, and nothing else, on any
 *  terminal. */
static void show(FILE *file, const char *format, va_list args)
{
    va_list again;
    char *text, *safe;
    int len;

    va_copy(again, args);
    len = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (len < 0)
        return;
    text = must_alloc(NULL, (size_t)len + 1);
    vsnprintf(text, (size_t)len + 1, format, args);
    safe = text_line(file, text);
    fputs(safe ? safe : "", file);
    free(safe);
    free(text);
}

static void say(FILE *file, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    show(file, format, args);
    va_end(args);
}

static void line(FILE *file, const char *start, const char *format, va_list args)
{
    report_clear();
    if (out.asking)
        fputs("\r\033[K", stderr);
    fputs(start, file);
    show(file, format, args);
    fputc('\n', file);
    fflush(file);
    /* The question stays the last thing on the screen. */
    if (out.asking)
        fputs(out.question, stderr);
}

void report_note(const char *format, ...)
{
    va_list args;

    if (out.quiet || out.json)
        return;
    va_start(args, format);
    line(stderr, "", format, args);
    va_end(args);
}

void report_detail(const char *format, ...)
{
    va_list args;

    if (!out.verbose)
        return;
    va_start(args, format);
    line(stderr, "", format, args);
    va_end(args);
}

static void result(const char *format, ...)
{
    va_list args;

    if (out.quiet)
        return;
    va_start(args, format);
    line(out.stdout_taken ? stderr : stdout, "", format, args);
    va_end(args);
}

void report_ready(const char *jid)
{
    char text[4096];

    snprintf(text, sizeof text, "ready %s", jid);
    if (out.json) {
        json_event(&(json_event_t){.event = "ready", .peer = jid, .text = text});
        return;
    }
    report_clear();
    fprintf(out.stdout_taken ? stderr : stdout, "%s\n", text);
    fflush(stdout);
}

/** A line about what went wrong. */
static void complain(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    line(stderr, "jingle: ", format, args);
    va_end(args);
}

void report_error(const char *reason, const char *format, ...)
{
    char text[2048];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (out.json)
        json_event(&(json_event_t){.event = "failed", .reason = reason, .text = text});
    else
        complain("%s", text);
}

/** @param event of an object */
static void about_path(const char *event, const char *path, const char *reason, const char *format,
                       va_list args)
{
    const char *slash = path ? strrchr(path, '/') : NULL;
    char text[2048];

    vsnprintf(text, sizeof text, format, args);
    if (out.json)
        json_event(&(json_event_t){.event = event,
                                   .file = slash ? slash + 1 : path,
                                   .path = path,
                                   .reason = reason,
                                   .text = text});
    else
        complain("%s%s%s", path ? path : "", path ? ": " : "", text);
}

void report_no_file(jingle_file_outcome_t outcome, const char *path, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    about_path("failed", path, jingle_file_outcome_name(outcome), format, args);
    va_end(args);
}

void report_warning(const char *reason, const char *path, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    about_path("warning", path, reason, format, args);
    va_end(args);
}

void report_finding(bool good, const char *peer, const char *feature, const char *format, ...)
{
    char text[2048];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (out.json)
        json_event(&(json_event_t){
            .event = good ? "done" : "failed", .peer = peer, .reason = feature, .text = text});
    else if (!good || !out.quiet) {
        say(stdout, "%s  %s%s%s", good ? "ok" : "--", peer ? peer : "", peer ? "  " : "", text);
        putchar('\n');
    }
    fflush(stdout);
}

/* ---- transfers ------------------------------------------------------------------------------- */

static void tell(const jingle_file_t *file, const char *event, const char *reason, const char *text)
{
    const jingle_file_info_t *info = jingle_file_get_info(file);
    const jingle_hash_t *hash = jingle_file_get_hash(file);
    char hex[2 * JINGLE_HASH_MAX + 1];

    json_event(&(json_event_t){
        .event = event,
        .peer = jingle_file_get_peer(file),
        .sid = jingle_file_get_sid(file),
        .file = info->safe_name,
        .has_bytes = true,
        .bytes = jingle_file_get_bytes(file),
        .has_size = info->file_size != JINGLE_FILE_SIZE_UNKNOWN,
        .size = info->file_size,
        .path = out.path && jingle_file_is_sender(file) ? out.path : jingle_file_get_path(file),
        .hash = hash ? jingle_hash_to_hex(hash, hex) : NULL,
        .reason = reason,
        .text = text});
}

void report_path(const char *path)
{
    out.path = path;
}

void report_count(int n, int of)
{
    out.n = n;
    out.of = of;
}

/** Such as "2/5 ", where there are several. */
static const char *count(char text[COUNT_TEXT])
{
    if (out.of > 1)
        snprintf(text, COUNT_TEXT, "%d/%d ", out.n, out.of);
    else
        *text = '\0';
    return text;
}

void report_offer(const jingle_file_t *file)
{
    const jingle_file_info_t *info = jingle_file_get_info(file);
    char size[SIZE_TEXT], number[COUNT_TEXT];

    format_size(info->file_size, size);
    if (out.json)
        tell(file, "offer", NULL, info->desc);
    else if (jingle_file_is_sender(file))
        report_note("%soffering %s (%s) to %s", count(number), info->safe_name, size,
                    jingle_file_get_peer(file));
    else
        report_note("%s offers %s (%s)", jingle_file_get_peer(file), info->safe_name, size);
}

void report_start(jingle_file_t *file)
{
    uint64_t offset = jingle_file_get_offset(file);
    char text[WAYS_TEXT + SIZE_TEXT + 16], path[WAYS_TEXT], size[SIZE_TEXT];

    progress_start(file);
    if (offset)
        snprintf(text, sizeof text, "%s, going on after %s", ways_describe(file, path),
                 format_size(offset, size));
    else
        snprintf(text, sizeof text, "%s", ways_describe(file, path));
    if (out.json)
        tell(file, "start", NULL, text);
    else
        report_note("%s %s %s", jingle_file_is_sender(file) ? "sending" : "receiving",
                    jingle_file_get_info(file)->safe_name, text);
}

static void draw(const progress_at_t *at, const progress_at_t *all)
{
    char text[PROGRESS_TEXT], number[COUNT_TEXT], *safe;

    if (out.asking)
        return;
    safe = text_line(stderr, progress_bar(at, all, text));
    fprintf(stderr, "\r%s%s\033[K", count(number), safe ? safe : "");
    free(safe);
    fflush(stderr);
    out.bar = true;
}

void report_step(const progress_at_t *at)
{
    if (out.terminal)
        draw(at, NULL);
}

void report_progress(jingle_file_t *file, const progress_at_t *all, const progress_at_t *together)
{
    progress_at_t own = {0};
    const progress_at_t *at = together;
    char text[PROGRESS_TEXT], number[COUNT_TEXT];

    if (out.quiet && !out.json)
        return;
    if (!progress_is_due(file, out.json       ? PROGRESS_OBJECTS
                               : out.terminal ? PROGRESS_BAR
                                              : PROGRESS_LINES))
        return;
    if (!at) {
        progress_add(&own, file);
        at = &own;
    }
    if (out.json) {
        tell(file, "progress", NULL, NULL);
    } else if (!out.terminal) {
        report_note("%s%s", count(number), progress_line(at, all, text));
    } else {
        draw(at, all);
    }
}

static void done(const jingle_file_t *file)
{
    const jingle_file_info_t *info = jingle_file_get_info(file);
    const char *path = jingle_file_get_path(file);
    char size[SIZE_TEXT], time[PROGRESS_TEXT];

    format_size(jingle_file_get_bytes(file), size);
    progress_time(file, time);
    /* That the other side has it is all that it says, not whether it could check it. */
    if (jingle_file_is_sender(file))
        result("sent %s (%s%s)%s", info->safe_name, size, time,
               jingle_file_is_verified(file) ? ", the other side has it" : "");
    else
        result("received %s (%s%s), %s", path ? path : info->safe_name, size, time,
               jingle_file_is_verified(file) ? "verified"
               : info->n_hashes              ? "not verified: the announced hash did not come"
                                             : "not verified: the sender gave no hash");
}

/** What to do about it, where there is something. */
static const char *advice(const jingle_file_t *file)
{
    static const char *const to_sender[JINGLE_FILE_OUTCOME_COUNT] = {
        [JINGLE_FILE_NOT_VERIFIED] = "send it again",
        [JINGLE_FILE_IO_ERROR] = "send it again once nothing writes to it any more",
        [JINGLE_FILE_TOO_LARGE] = "the other side has to allow more",
        [JINGLE_FILE_TIMEOUT] = "send it again",
        [JINGLE_FILE_DISCONNECTED] = "send it again; if it stops again, try --transport ibb",
    };
    static const char *const to_receiver[JINGLE_FILE_OUTCOME_COUNT] = {
        [JINGLE_FILE_NOT_VERIFIED] = "it was removed; have it sent again",
        [JINGLE_FILE_TOO_LARGE] = "--max-size says what is taken",
        [JINGLE_FILE_NO_SPACE] = "make room, or give another folder with --to",
        [JINGLE_FILE_IO_ERROR] = "look at the folder, or give another one with --to",
    };
    const char *words =
        (jingle_file_is_sender(file) ? to_sender : to_receiver)[jingle_file_get_outcome(file)];

    if (jingle_file_is_kept(file))
        return "; what has come is kept, and the next try goes on there";
    if (out.in_band && jingle_file_get_outcome(file) == JINGLE_FILE_DISCONNECTED)
        words = "send it again"; /* there is no other way to try */
    if (!words)
        return "";
    snprintf(out.advice, sizeof out.advice, "; %s", words);
    return out.advice;
}

void report_cut(const jingle_file_t *file, const char *what_next)
{
    if (out.json)
        tell(file, "cut", jingle_file_outcome_name(jingle_file_get_outcome(file)), what_next);
    else
        report_note("%s was cut; %s", jingle_file_get_info(file)->safe_name, what_next);
}

void report_end(const jingle_file_t *file, const char *why)
{
    jingle_file_outcome_t outcome = jingle_file_get_outcome(file);
    /* What was too large from the first was declined, and for that there are words. */
    bool refused = outcome == JINGLE_FILE_TOO_LARGE && why;
    const char *words = jingle_file_outcome_words(refused ? JINGLE_FILE_DECLINED : outcome),
               *text = why ? why : jingle_file_get_text(file);

    if (outcome == JINGLE_FILE_DONE && out.json)
        tell(file, "done", NULL, NULL);
    else if (outcome == JINGLE_FILE_DONE)
        done(file);
    else if (out.json)
        tell(file, "failed", jingle_file_outcome_name(outcome), *text ? text : words);
    else
        complain("%s: %s%s%s%s", jingle_file_get_info(file)->safe_name, words,
                 *text && strcmp(text, words) != 0 ? ": " : "",
                 strcmp(text, words) != 0 ? text : "",
                 why && !jingle_file_is_kept(file) ? "" : advice(file));
}

/* ---- questions ------------------------------------------------------------------------------- */

void report_question(const char *format, ...)
{
    char text[QUESTION_TEXT];
    va_list args;
    char *safe;

    report_clear();
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    safe = text_line(stderr, text);
    snprintf(out.question, sizeof out.question, "%s", safe ? safe : "");
    free(safe);
    fputs(out.question, stderr);
    fflush(stderr);
    out.asking = true;
}

void report_answered(void)
{
    out.asking = false;
}
