/* SPDX-License-Identifier: MIT */
/** @file
 *  The peer's end of the session or of a content, while it waits for data. */
#ifndef JINGLE__MANAGED_HELD_H
#define JINGLE__MANAGED_HELD_H

#include "managed.h"

JINGLE__HANDLER(session_terminate);

/** Does such an end wait? Then no step is done. What need not wait any more is handled. */
bool jingle__end_is_held(jingle__managed_t *m);
/** The session has ended. */
void jingle__end_held_no_more(jingle__managed_t *m);

/** What a content-remove is refused for; NULL: nothing (change.c). */
const jingle_error_t *jingle__check_remove(jingle__managed_t *m, const jingle_data_t *data);
/** Handles a content-remove (change.c). */
void jingle__remove_by_peer(jingle__managed_t *m, const jingle_data_t *data, jingle_reply_t *reply);

#endif
