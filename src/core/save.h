/* SPDX-License-Identifier: MIT */
/** @file
 *  What writing (save.c) and reading (restore.c) of saved sessions share. */
#ifndef JINGLE__SAVE_H
#define JINGLE__SAVE_H

#include <jingle/save.h>

#include "core.h"

/** Version 1 ended with what the type has written. */
#define JINGLE__SAVE_VERSION 2u
/** Octets of the magic, of all before the first text, and of the sum. */
#define JINGLE__SAVE_MAGIC 8u
#define JINGLE__SAVE_HEAD 16u
#define JINGLE__SAVE_SUM 8u

extern const unsigned char jingle__save_magic[JINGLE__SAVE_MAGIC];
uint64_t jingle__save_sum(const void *data, size_t len);

/* ---- answered.c ---------------------------------------------------------------------------- */

/** An action was handled and its answer is about to leave: as jingle__tell_change(), and what is saved
 *  then knows of it. @param error NULL: a result */
void jingle__tell_answer(jingle_session_t *session, const jingle_reply_t *reply,
                         const jingle_error_t *error);
/** Was this action handled before the session was saved? Then it is answered as it was.
 *  Ask only if the session has answered. */
bool jingle__answered_again(jingle_session_t *session, jingle_reply_t *reply);
void jingle__answered_save(jingle_save_t *save, const jingle__answered_t *answered);
int jingle__answered_restore(jingle_session_t *session, jingle_load_t *load);

/* ---- repeat.c ------------------------------------------------------------------------------ */

/** Keeps what the request asks, if it can be asked again in another life. */
void jingle__repeat_keep(jingle__request_t *request, const jingle__buf_t *element);
/** @param text as saved, or NULL @param out receives what to ask again; stays as it is without
 *  @return JINGLE_EOK, JINGLE_EMEM, JINGLE_EDATA */
int jingle__repeat_load(const jingle_session_t *session, jingle_action_t action, const char *text,
                        char **out);
/** Asks again what can be. The session may have ended afterwards. */
void jingle__repeat_all(jingle_session_t *session);
/** The peer says that it has this already. */
bool jingle__repeat_is_known(const jingle__request_t *request, const jingle_error_t *error);

/** A type compiled before the field was added does not have it. */
#define JINGLE__TYPE_HAS(type, field)                                                              \
    ((type)->size >= offsetof(jingle_session_type_t, field) + sizeof((type)->field) &&             \
     (type)->field)

#endif
