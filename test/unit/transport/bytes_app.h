/* SPDX-License-Identifier: MIT */
/** @file
 *  An application for tests of transports: it accepts at once, keeps the bytes that come, and sends
 *  what a test tells it to. */
#ifndef TEST_TRANSPORT_BYTES_APP_H
#define TEST_TRANSPORT_BYTES_APP_H

#include <jingle/managed.h>

#include "support/text.h"

#define BYTES_NS "urn:example:bytes:0"
#define BYTES_DESCRIPTION "<description xmlns='" BYTES_NS "'/>"

/** One for each manager; zero it to begin. What it is told is counted and kept for all its contents
 *  together; the channel is that which was opened last. */
typedef struct {
    bool ask;                  /**< the test accepts */
    bool pause_each;           /**< pause after each piece of data */
    unsigned components;       /**< channels it needs; 0: one */
    jingle_content_t *content; /**< a reference, of the last content; bytes_app_clear() */
    jingle_part_t *part;       /**< borrowed, while it lives */
    jingle_channel_t *channel; /**< a reference */
    text_t data;
    unsigned n_pieces, n_writable, n_closed, n_open, n_over;
    bool complete; /**< of the last closed */
} bytes_app_t;

/** @return of jingle_register_application() */
int bytes_app_register(jingle_t *jingle, bytes_app_t *app);
/** Gives back what is held. */
void bytes_app_clear(bytes_app_t *app);

#endif
