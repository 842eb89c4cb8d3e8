/* SPDX-License-Identifier: MIT */
/** @file
 *  Going on with what was kept of a file. Included by file.h. */
#ifndef JINGLE__RESUME_H
#define JINGLE__RESUME_H

/* resume.c */
/** Opens where the data goes: what was kept, or a new partial file.
 *  @param go_on may it be gone on with? Then file->resuming may be set: jingle_content_accept()
 *         will follow from a timer
 *  @return as jingle__disk_open() */
int jingle__resume_open(jingle_file_t *file, const char *folder, const char *name, bool go_on);
/** The content is accepted without waiting: begins anew. @return as jingle__disk_open() */
int jingle__resume_abandon(jingle_file_t *file);
/** It was accepted, and can be written neither on nor anew: rejects the content from a timer.
 *  @param err of jingle__resume_open() @return JINGLE_EOK, JINGLE_EMEM */
int jingle__resume_refuse(jingle_file_t *file, int err);
/** Some more is there. */
void jingle__resume_note(jingle_file_t *file);
/** The transfer has failed: keeps the partial file, or removes it. */
void jingle__resume_leave(jingle_file_t *file);
/** The file has its name. */
void jingle__resume_done(jingle_file_t *file);

/** Of a file that was gone on with in vain so often nothing is kept. */
#define JINGLE__RESUME_TRIES 3u
/** @return the name that what is kept of it goes by; NULL: it has none */
const char *jingle__resume_name(const jingle_file_t *file);
/** Is what is told now of another file than that which was kept? */
bool jingle__resume_contradicts(const jingle__state_t *kept, jingle_hash_t *told, size_t n_told,
                                int64_t date);
/** What tells one file from another is taken from what was told; what is sure of it stays. */
void jingle__resume_describe(jingle_file_t *file);

/* ask.c */
/** Looks for what was kept of a file that we are about to ask for. If there is some the rest is the
 *  range, and file->hashing is set until it is read. @return JINGLE_EOK, JINGLE_EMEM */
int jingle__ask_begin(jingle_file_t *file);
/** Reads what was kept, from a timer. @return JINGLE_EOK, JINGLE_EMEM */
int jingle__ask_read(jingle_file_t *file);
/** Was the rest asked for, and is the answer the whole? */
bool jingle__ask_gets_whole(const jingle_file_t *file, const jingle__file_numbers_t *numbers);
/** Is the rest that is given that of another file? */
bool jingle__ask_is_changed(const jingle_file_t *file, xmpp_stanza_t *element,
                            const jingle__file_numbers_t *numbers);
/** The rest is given. The file may have failed when it returns. */
void jingle__ask_granted(jingle_file_t *file);
/** What was kept is of no use: removes it. */
void jingle__ask_forget(jingle_file_t *file);
/** Nothing came of the request: what was kept stays. */
void jingle__ask_leave(jingle_file_t *file);

/* again.c */
/** The content of a file that we have asked for the rest of has ended with that reason. If it is because
 *  there is no such rest the whole is asked for. @return true: the file lives on, or is over by now */
bool jingle__ask_again(jingle_file_t *file, const jingle_reason_t *reason);

#endif
