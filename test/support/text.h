/* SPDX-License-Identifier: MIT */
/** @file
 *  Text that grows, for test programs. Running out of memory ends the program: the tests of what
 *  the library does without memory have an allocator of their own (test_mem.h). */
#ifndef TEST_SUPPORT_TEXT_H
#define TEST_SUPPORT_TEXT_H

#include <stdarg.h>
#include <stddef.h>

/** Zero it to begin; data is NUL-terminated, or NULL while nothing was added. */
typedef struct {
    char *data;
    size_t len;
    size_t size;
} text_t;

/** Adds len octets. */
void text_add(text_t *text, const char *data, size_t len);
/** Adds a string. */
void text_puts(text_t *text, const char *string);
/** Adds formatted text. */
void text_printf(text_t *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_vprintf(text_t *text, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));
/** Adds a string as XML text, or as the value of an attribute in double quotes. */
void text_escape(text_t *text, const char *string, int in_attribute);
/** @return the text so far; never NULL */
const char *text_str(const text_t *text);
/** Takes the text away; free() it. */
char *text_take(text_t *text);
/** Frees the text and begins again. */
void text_clear(text_t *text);

/** malloc() and strdup() that end the program when memory is gone. */
void *text_alloc(size_t size);
char *text_dup(const char *string);

#endif
