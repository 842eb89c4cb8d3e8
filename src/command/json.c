/* SPDX-License-Identifier: MIT */
/** @file
 *  JSON for programs. */
#include "json.h"

#include <jansson.h>
#include <jingle/files.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** A path may be any octets; JSON is UTF-8. */
static json_t *text_value(const char *text)
{
    json_t *value = json_string(text);
    char *safe;

    if (value)
        return value;
    safe = jingle_safe_text(NULL, text, strlen(text));
    value = safe ? json_string(safe) : NULL;
    free(safe);
    return value;
}

static void set_text(json_t *object, const char *key, const char *text)
{
    if (text)
        json_object_set_new(object, key, text_value(text));
}

static void set_number(json_t *object, const char *key, bool has, uint64_t number)
{
    if (has)
        json_object_set_new(object, key, json_integer((json_int_t)number));
}

void json_event(const json_event_t *event)
{
    json_t *object = json_object();
    char *line;

    set_text(object, "event", event->event);
    set_text(object, "peer", event->peer);
    set_text(object, "sid", event->sid);
    set_text(object, "file", event->file);
    set_number(object, "bytes", event->has_bytes, event->bytes);
    set_number(object, "size", event->has_size, event->size);
    set_text(object, "path", event->path);
    set_text(object, "hash", event->hash);
    set_text(object, "reason", event->reason);
    set_text(object, "text", event->text);
    line = json_dumps(object, JSON_COMPACT);
    json_decref(object);
    if (!line) {
        fputs("jingle: out of memory\n", stderr);
        return;
    }
    puts(line);
    fflush(stdout);
    free(line);
}
