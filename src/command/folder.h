/* SPDX-License-Identifier: MIT */
/** @file
 *  A folder to be sent, as one archive. */
#ifndef COMMAND_FOLDER_H
#define COMMAND_FOLDER_H

#include <stdint.h>
#include <sys/types.h>

#include "app.h"

#define FOLDER_WHY_TEXT 512

/** A temporary file. */
typedef struct {
    char *path;         /**< NULL: there is none */
    const char *folder; /**< borrowed while it is packed */
    char *name;         /**< under which it is sent */
    pid_t packer;       /**< the process that writes it; 0: none */
    uint64_t size;      /**< octets that it will have, about */
    bool is_open; /**< packed: it has no name any more, where that can be, and path leads to fd */
    int fd;
    char why[FOLDER_WHY_TEXT]; /**< there is none, in words; or "": errno */
} archive_t;

/** Packs a folder in another process; the connection is served meanwhile, for it may take minutes.
 *  @return WAIT_DONE: it is packed, or there is no archive->path, and archive->why or errno says why */
wait_t folder_pack(app_t *app, const char *path, archive_t *archive);
/** Removes it. Nothing of it is left either if we are killed before, unless it has a name still. */
void folder_drop(archive_t *archive);

/** @return octets that the archive of a folder will have, about */
uint64_t folder_octets(const char *path);

#endif
