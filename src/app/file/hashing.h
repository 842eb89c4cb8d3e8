/* SPDX-License-Identifier: MIT */
/** @file
 *  Hashes of what lies on the disk. Included by file.h. */
#ifndef JINGLE__HASHING_H
#define JINGLE__HASHING_H

/** Octets of the buffer; memory stays the same for any size of file. */
#define JINGLE__FILE_BUFFER 32768u
/** The one buffer of a file, for data that was read. @return false: there is no memory */
bool jingle__file_have_buffer(jingle_file_t *file);
/** Starts the digest of what is read. @return JINGLE_EOK, JINGLE_EMEM */
int jingle__hashing_begin(jingle_file_t *file, unsigned bits);
/** Reads some. @return 1 when all up to end is read, 0, JINGLE_FILE_LATER, or an error, JINGLE_EINVOP when
 *  the program has ended it meanwhile */
int jingle__hashing_step(jingle_file_t *file, uint64_t end);
/** Frees the buffer. */
void jingle__hashing_end(jingle_file_t *file);

/** Waits for the file's turn, in the place of its timer. Of all files of a manager one a turn of the loop
 *  reads some, whatever the peers ask for; each of them in its turn.
 *  @param step is called once then, with the file @return JINGLE_EOK, JINGLE_EMEM */
int jingle__hashing_wait(jingle_file_t *file, jingle_timer_fn step);
/** It waits no more. */
void jingle__hashing_leave(jingle_file_t *file);

#endif
