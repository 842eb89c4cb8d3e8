/* SPDX-License-Identifier: MIT */
/** @file
 *  A folder to be sent, as one archive. */
#ifndef COMMAND_FOLDER_H
#define COMMAND_FOLDER_H

#include <stdint.h>
#include <sys/types.h>

#include "app.h"

/** A temporary file. */
typedef struct {
    char *path;    /**< NULL: there is none */
    char *name;    /**< under which it is sent */
    pid_t packer;  /**< the process that writes it; 0: none */
    uint64_t size; /**< octets that it will have, about */
} archive_t;

/** Packs a folder in another process; the connection is served meanwhile, for it may take minutes.
 *  @return WAIT_DONE: it is packed, or there is no archive->path and errno says why not */
wait_t folder_pack(app_t *app, const char *path, archive_t *archive);
/** Removes it. Who has opened the file may go on reading. */
void folder_drop(archive_t *archive);

/** @return octets that the archive of a folder will have, about */
uint64_t folder_octets(const char *path);

#endif
