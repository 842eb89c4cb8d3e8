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
/** Is it time to tell again? @param bar on a terminal it may be often */
bool progress_is_due(jingle_file_t *file, bool bar);
/** One line, to be written over the last one. @return text */
char *progress_bar(const jingle_file_t *file, char text[PROGRESS_TEXT]);
/** One line of many. @return text */
char *progress_line(const jingle_file_t *file, char text[PROGRESS_TEXT]);
/** Writes how long it took, such as " in 3.2 s"; nothing where no data has flown. */
void progress_time(const jingle_file_t *file, char text[PROGRESS_TEXT]);

#endif
