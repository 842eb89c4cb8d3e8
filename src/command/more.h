/* SPDX-License-Identifier: MIT */
/** @file
 *  What more may come from who has sent, for `receive --once`: senders offer several files one after the
 *  other, and nothing in the first offer says that there are more. */
#ifndef COMMAND_MORE_H
#define COMMAND_MORE_H

#include "app.h"

/** All zero: nobody has sent anything. */
typedef struct {
    char *peer;     /**< full JID */
    bool known;     /**< its presence is told to us, and so is its end */
    unsigned fresh; /**< ... on this stream: see stream_t.n_fresh */
    uint64_t until; /**< when nothing more is waited for */
} more_t;

/** Something of that peer's is taken. */
void more_take(more_t *more, const app_t *app, const char *peer);
/** Something of it is over: the next has some time to come. */
void more_begin(more_t *more, const app_t *app);
/** May this peer send something more? */
bool more_is_from(const more_t *more, const char *peer);
/** @return false when nothing more comes: the time is over, or the sender is gone */
bool more_may_come(more_t *more, const app_t *app);
void more_drop(more_t *more);

#endif
