/* SPDX-License-Identifier: MIT */
/** @file
 *  What the user is told: words and a progress bar for people, or JSON objects for programs. */
#ifndef COMMAND_REPORT_H
#define COMMAND_REPORT_H

#include <jingle/files.h>

#include "progress.h"
#include "settings.h"

#if defined(__GNUC__)
#define REPORT_FORMAT(n) __attribute__((format(printf, n, (n) + 1)))
#else
#define REPORT_FORMAT(n)
#endif

/** Before all others. */
void report_init(const settings_t *settings);

/** We take offers now, under this address. The one line that --quiet leaves. */
void report_ready(const char *jid);
/** What is going on; not with --quiet. */
void report_note(const char *format, ...) REPORT_FORMAT(1);
/** With --verbose only. */
void report_detail(const char *format, ...) REPORT_FORMAT(1);
/** What went wrong and what to do about it, where it is not one file's story.
 *  @param reason one word for programs */
void report_error(const char *reason, const char *format, ...) REPORT_FORMAT(2);
/** As report_error(), about a file of ours that could not even be offered. */
void report_no_file(jingle_file_outcome_t outcome, const char *path, const char *format, ...)
    REPORT_FORMAT(3);
/** Something is not as it should be, and goes on. @param reason one word for programs
 *  @param path of the file of ours that it is about; NULL: none */
void report_warning(const char *reason, const char *path, const char *format, ...) REPORT_FORMAT(3);
/** One of several findings. @param feature what was looked for, for programs; may be NULL */
void report_finding(bool good, const char *peer, const char *feature, const char *format, ...)
    REPORT_FORMAT(4);

/** The next file is the n-th of several. */
void report_count(int n, int of);
/** What is sent is the archive of a folder, which goes by that path. @param path borrowed; NULL: it is not */
void report_path(const char *path);
/** The life of a transfer. */
void report_offer(const jingle_file_t *file);
void report_start(jingle_file_t *file);
/** @param all what it is one of; or NULL
 *  @param together what is told instead of it alone; or NULL */
void report_progress(jingle_file_t *file, const progress_at_t *all, const progress_at_t *together);
/** Of what is done before a transfer; on a terminal only. */
void report_step(const progress_at_t *at);
/** It may yet come. @param what_next how */
void report_cut(const jingle_file_t *file, const char *what_next);
/** @param why said instead of what the library has to say; or NULL */
void report_end(const jingle_file_t *file, const char *why);

/** Puts a question on the terminal; the answer is read elsewhere. */
void report_question(const char *format, ...) REPORT_FORMAT(1);
/** The question was answered, or is not asked any more. */
void report_answered(void);
/** Takes the bar off the terminal. */
void report_clear(void);

#endif
