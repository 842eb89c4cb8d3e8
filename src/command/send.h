/* SPDX-License-Identifier: MIT */
/** @file
 *  What jingle send knows of the file that is its turn, and what becomes of that. */
#ifndef COMMAND_SEND_H
#define COMMAND_SEND_H

#include "app.h"
#include "folder.h"
#include "pipes.h"
#include "report.h"

/** The file that is being sent. */
typedef struct {
    app_t app;
    input_t input; /**< for `-` */
    bool is_folder;
    archive_t archive;         /**< for a folder */
    jingle_session_t *session; /**< borrowed: until it is over */
    unsigned n_fresh;          /**< new streams so far */
    bool started;
    bool over;
    bool refused;      /**< the offer was answered with an error */
    bool waits;        /**< ... and will be made again */
    bool repeatable;   /**< the file can be read again, and what has come is gone on with */
    bool repeats;      /**< it was cut, and the rest is offered next */
    unsigned n_lost;   /**< when it was offered: see stream_t */
    uint64_t patience; /**< until when it will be, by the clock; 0: it is the first offer of it */
    const char *why;   /**< it ends, where only we know */
    char *gone;        /**< ... that the other side is not there any more; or NULL */
    progress_at_t all; /**< there: of those that are over; n: 0 for a single file */
    jingle_file_outcome_t outcome;
    jingle_condition_t reason;
} send_t;

/** How the library tells what happens to it. */
jingle_files_t outcome_files(send_t *send, const settings_t *settings);
/** As jingle_event_fn. @param userdata a send_t */
void outcome_on_event(jingle_t *jingle, const jingle_event_t *event, void *userdata);
/** @return the status to exit with, of a file that is over */
int outcome_status(const send_t *send);
/** Did only this file fail, so that the next may well be wanted? */
bool outcome_may_go_on(const send_t *send);

#endif
