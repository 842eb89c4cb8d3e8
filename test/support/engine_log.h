/* SPDX-License-Identifier: MIT */
/** @file
 *  What the manager of engine.h sends and tells, as lines of text. */
#ifndef TEST_SUPPORT_ENGINE_LOG_H
#define TEST_SUPPORT_ENGINE_LOG_H

#include "engine.h"

int engine_log_send(jingle_t *jingle, const char *xml, size_t len, void *engine);
void engine_log_event(jingle_t *jingle, const jingle_event_t *event, void *engine);

#endif
