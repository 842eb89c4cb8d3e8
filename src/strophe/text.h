/* SPDX-License-Identifier: MIT */
/** @file
 *  XML as text, for the few small things that the binding writes itself. */
#ifndef JINGLE_STROPHE_TEXT_H
#define JINGLE_STROPHE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include <strophe.h>

/** Text that grows; failure sticks. Set mem and zero the rest to begin; data is the caller's to free. */
typedef struct {
    const xmpp_mem_t *mem;
    char *data; /**< NUL-terminated unless failed or empty */
    size_t len, size;
    bool failed;
} jingle__text_t;

void jingle__text_puts(jingle__text_t *text, const char *string);
/** Adds ` name="value"`, escaped; nothing when value is NULL. The value came in a stanza, so XML allows
 *  its characters. */
void jingle__text_attr(jingle__text_t *text, const char *name, const char *value);

#endif
