/* SPDX-License-Identifier: MIT */
/** @file
 *  A folder to be sent, as one archive. */
#ifndef COMMAND_FOLDER_H
#define COMMAND_FOLDER_H

#include <stdbool.h>
#include <stdint.h>

/** A temporary file. */
typedef struct {
    char *path;
    char *name; /**< under which it is sent */
} archive_t;

/** Packs a folder. @return false: errno says why */
bool folder_pack(const char *path, archive_t *archive);
/** Removes it. Who has opened the file may go on reading. */
void folder_drop(archive_t *archive);

/** @return octets that the archive of a folder will have, about */
uint64_t folder_octets(const char *path);

#endif
