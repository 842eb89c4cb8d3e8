/* SPDX-License-Identifier: MIT */
/** @file
 *  The words of jingle send that are not the peer: files, folders, standard input. */
#ifndef PATHS_H
#define PATHS_H

#include <stdbool.h>
#include <stdint.h>

#include "settings.h"

bool paths_is_stdin(const char *path);
bool paths_is_folder(const char *path);
/** Is there something, but neither a file nor a folder? */
bool paths_is_odd(const char *path);
#define PATHS_ODD "is neither a file nor a folder"
/** Octets of what is to be sent; of a folder about as many as its archive will have. */
uint64_t paths_octets(const char *path);
/** Says now what would only come out after the login. @return the status */
int paths_check(const settings_t *settings, int n_paths, char **paths);

#endif
