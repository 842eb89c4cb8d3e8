/* SPDX-License-Identifier: MIT */
/** @file
 *  How far a transfer is, how fast it goes and how long it still takes. */
#ifndef COMMAND_PROGRESS_H
#define COMMAND_PROGRESS_H

#include <jingle/files.h>

/** Room for what is written here. */
#define PROGRESS_TEXT 160

/** The data begins to flow. The file's user pointer is used for it. */
void progress_start(jingle_file_t *file);
/** How it is told: a bar is drawn often, objects for a program come now and then, lines are few. */
typedef enum { PROGRESS_BAR, PROGRESS_OBJECTS, PROGRESS_LINES } progress_how_t;

/** Is it time to tell again? */
bool progress_is_due(jingle_file_t *file, progress_how_t how);
/** How far something is: one file, or several as one. */
typedef struct {
    size_t n; /**< of how many files this tells, where there are several */
    const char *name;
    uint64_t there; /**< octets */
    uint64_t size;  /**< octets, or JINGLE_FILE_SIZE_UNKNOWN */
    uint64_t rate;  /**< octets a second; 0: not known */
} progress_at_t;

/** Adds a file to what was zeroed at first. */
void progress_add(progress_at_t *at, const jingle_file_t *file);
/** One line, to be written over the last one. @param all what it is one of; or NULL @return text */
char *progress_bar(const progress_at_t *at, const progress_at_t *all, char text[PROGRESS_TEXT]);
/** One line of many. @return text */
char *progress_line(const progress_at_t *at, const progress_at_t *all, char text[PROGRESS_TEXT]);
/** Writes how long it took, such as " in 3.2 s"; nothing where no data has flown. */
void progress_time(const jingle_file_t *file, char text[PROGRESS_TEXT]);

/** Room for what format_size() writes. */
#define SIZE_TEXT 32
/** Writes a number of octets for people; JINGLE_FILE_SIZE_UNKNOWN too. @return text */
char *format_size(uint64_t size, char text[SIZE_TEXT]);

/** ms of a clock that never goes back. */
uint64_t clock_ms(void);

#endif
