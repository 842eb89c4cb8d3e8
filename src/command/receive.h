/* SPDX-License-Identifier: MIT */
/** @file
 *  What jingle receive knows of what it was offered. */
#ifndef COMMAND_RECEIVE_H
#define COMMAND_RECEIVE_H

#include "app.h"
#include "more.h"
#include "pipes.h"
#include "returns.h"

/** An offered file, until it is over. */
typedef struct offer {
    struct offer *next;
    jingle_file_t *file; /**< a reference */
    bool accepted;
    bool waits;      /**< for the answer of who sits at the terminal */
    unsigned n_lost; /**< when it was accepted: see stream_t */
    char *why;       /**< it was declined, where that is for us alone; or NULL */
} offer_t;

typedef struct {
    app_t app;
    offer_t *offers; /**< in the order they came */
    offer_t *asked;
    output_t output; /**< with to_stdout */
    bool to_stdout;
    char **trusted; /**< of whom the user takes all, while we run */
    size_t n_trusted;
    bool hung_up; /**< nobody sits at the terminal any more */
    bool interrupted;
    size_t n_offered;
    size_t n_active;   /**< accepted and not over */
    size_t n_over;     /**< accepted and over */
    returns_t returns; /**< accepted, cut, and to be offered again */
    more_t more;       /**< with --once: what may follow */
    unsigned n_fresh;  /**< new streams so far */
    int status;        /**< of the first one that failed */
    uint64_t news;     /**< when something last happened */
} receive_t;

/** Takes what is offered by those who may, declines what is not wanted, and puts by the rest for the
 *  user to decide. */
void decide_offer(receive_t *receive, offer_t *offer);
/** Ends what has become larger than is taken: before it came nobody knew. */
void decide_progress(receive_t *receive, jingle_file_t *file);
/** Looks at the terminal, and asks the next question there. */
void decide_turn(receive_t *receive);
/** Forgets what the user has said. */
void decide_drop(receive_t *receive);

#endif
