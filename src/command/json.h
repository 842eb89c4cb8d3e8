/* SPDX-License-Identifier: MIT */
/** @file
 *  JSON for programs: one object a line on stdout. */
#ifndef COMMAND_JSON_H
#define COMMAND_JSON_H

#include <stdbool.h>
#include <stdint.h>

/** All keys there are. What is NULL, or has no has_ set, is left out. */
typedef struct {
    const char *event; /**< ready, offer, start, progress, done, failed */
    const char *peer;
    const char *sid;
    const char *file;
    bool has_bytes, has_size;
    uint64_t bytes;
    uint64_t size;
    const char *path;
    const char *hash;
    const char *reason;
    const char *text;
} json_event_t;

void json_event(const json_event_t *event);

#endif
