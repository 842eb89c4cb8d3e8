/* SPDX-License-Identifier: MIT */
/** @file
 *  Words of others, made fit to be shown. */
#ifndef COMMAND_TEXT_H
#define COMMAND_TEXT_H

#include <stdio.h>

/** Looks what characters the user's terminal has. Before all others. */
void text_init(void);
/** @return the text as one line that does nothing to what the file is, be it a terminal; to be freed.
 *  NULL: out of memory */
char *text_line(FILE *file, const char *text);

#endif
