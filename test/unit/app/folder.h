/* SPDX-License-Identifier: MIT */
/** @file
 *  A folder for a test to write in, and what lies in it afterwards. */
#ifndef TEST_APP_FOLDER_H
#define TEST_APP_FOLDER_H

#include <stdbool.h>
#include <stddef.h>

/** Makes an empty folder below $TMPDIR. @return its path; folder_remove() frees it */
char *folder_new(void);
/** Removes the files in it. */
void folder_empty(const char *folder);
/** Removes it with the files in it. */
void folder_remove(char *folder);
/** The names in it, sorted, each with its size: "a.txt 3, b 0"; "-> TARGET" for a symbolic link.
 *  @return valid until the next call */
const char *folder_list(const char *folder);
/** Moves all files from one folder to another. */
void folder_move(const char *from, const char *to);
/** Writes a file. */
void folder_write(const char *folder, const char *name, const void *data, size_t len);
/** Does the file hold just that? */
bool folder_holds(const char *folder, const char *name, const void *data, size_t len);
/** @return FOLDER/NAME; valid until the next call but one */
const char *folder_path(const char *folder, const char *name);

#endif
