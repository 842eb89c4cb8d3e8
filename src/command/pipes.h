/* SPDX-License-Identifier: MIT */
/** @file
 *  Standard input as a file to send, standard output as the place for a received one, for `-`.
 *  Neither blocks: whoever is at the other end of a pipe may take its time, and the connection must
 *  be served meanwhile. */
#ifndef COMMAND_PIPES_H
#define COMMAND_PIPES_H

#include <jingle/files.h>

typedef struct {
    jingle_file_t *waits; /**< that nothing was there for, borrowed */
} input_t;

/** What is known of the size of standard input. */
uint64_t input_size(void);
/** As jingle_file_read_fn. @param userdata an input_t */
long input_read(jingle_file_t *file, uint64_t offset, void *buffer, size_t len, void *userdata);
/** Goes on when something has come; to be called now and then. */
void input_turn(input_t *input);

typedef struct {
    jingle_file_t *file; /**< that is under way, borrowed; NULL: its end has come */
    char *data;          /**< what nobody has taken yet */
    size_t at, len;
    uint64_t most; /**< octets that anybody is to get of a file; 0: all */
    bool unread;   /**< who was to read it has ended */
} output_t;

/** As jingle_file_write_fn. @param userdata an output_t */
int output_write(jingle_file_t *file, uint64_t offset, const void *data, size_t len,
                 void *userdata);
/** As jingle_file_finish_fn. What nobody has taken yet stays here. */
int output_finish(jingle_file_t *file, bool whole, void *userdata);
/** Goes on when somebody takes more; to be called now and then.
 *  @return JINGLE_EOK; or an error when what stayed behind a file cannot be written, once */
int output_turn(output_t *output);
/** Waits until all is taken, or Ctrl-C. @return as output_turn() */
int output_drain(output_t *output);
/** Forgets what nobody has taken. */
void output_drop(output_t *output);

#endif
