/* SPDX-License-Identifier: MIT */
/** @file
 *  A text that grows. The first failure sticks in err, and nothing is added from then on: writers
 *  look at it once, at the end. */
#ifndef JINGLE__BUFFER_H
#define JINGLE__BUFFER_H

#include <stddef.h>

#include <strophe.h>

typedef struct {
    const xmpp_mem_t *mem;
    char *data; /**< NUL-terminated when not NULL */
    size_t len;
    size_t size; /**< of the memory at data */
    int err;     /**< JINGLE_EOK, JINGLE_EMEM, JINGLE_ELIMIT, JINGLE_EINVAL */
} jingle__buf_t;

/** @param mem not NULL */
void jingle__buf_init(jingle__buf_t *buf, const xmpp_mem_t *mem);
/** ... that has the caller's room and no more: what does not fit is JINGLE_EMEM. Not to be freed. */
void jingle__buf_init_room(jingle__buf_t *buf, char *room, size_t size);
/** Empties it, the error included; keeps the memory. */
void jingle__buf_clear(jingle__buf_t *buf);
void jingle__buf_free(jingle__buf_t *buf);
/** Makes room for so many octets more. */
void jingle__buf_reserve(jingle__buf_t *buf, size_t len);
void jingle__buf_add(jingle__buf_t *buf, const char *data, size_t len);
void jingle__buf_puts(jingle__buf_t *buf, const char *s);
/** As jingle__buf_puts() for a string literal, whose length is known. */
#define JINGLE__PUT(buf, literal) jingle__buf_add((buf), "" literal, sizeof(literal) - 1)

/** Adds text as it must stand in an attribute value (and may stand in an element). What XML 1.0
 *  forbids (control characters, U+FFFE, U+FFFF, surrogates, what is no UTF-8) becomes U+FFFD: a
 *  server closes the stream for it (RFC 6120 section 11.2). */
void jingle__buf_escape(jingle__buf_t *buf, const char *s);
/** As jingle__buf_escape(), for text between tags: tabs and line feeds stay as they are. */
void jingle__buf_escape_text(jingle__buf_t *buf, const char *s);
/** Adds ` name="value"`, escaped; nothing when value is NULL. */
void jingle__buf_attr(jingle__buf_t *buf, const char *name, const char *value);
/** Hands the text over, or frees it when something failed. *out is set only without an error.
 *  @return the error */
int jingle__buf_finish(jingle__buf_t *buf, char **out);
/** @return octets of the character beyond ASCII at s that XML 1.0 allows; 0 when there is none */
size_t jingle__utf8_len(const char *s);
/** @return octets from s on that are characters which XML 1.0 allows, up to the NUL or what is none */
size_t jingle__text_span(const char *s);
/** Stands for what XML cannot carry: U+FFFD */
#define JINGLE__REPLACEMENT "\xef\xbf\xbd"

#endif
