/* SPDX-License-Identifier: MIT */
/** @file
 *  The engine under a stream of stanzas and calls: what engine_target.c (the world and what must
 *  hold), engine_input.c (what comes from outside), engine_calls.c
 *  and engine_state.c (what programs do) share. */
#ifndef TEST_FUZZ_ENGINE_TARGET_H
#define TEST_FUZZ_ENGINE_TARGET_H

#include "fuzz.h"
#include "support/engine.h"
#include "support/stub_plugins.h"

#define FUZZ_SESSIONS 16
#define FUZZ_FED 192

/** A session that was announced. */
typedef struct {
    jingle_session_t *session; /**< a reference */
    bool over;                 /**< terminated was told */
} fuzz_session_t;

/** A request that was handed in; its id is f and its number. */
typedef struct {
    bool taken;
    bool is_request;
    bool is_jingle;
    unsigned answers;
} fuzz_fed_t;

typedef struct {
    engine_t *engine;
    stub_t *stub;
    fuzz_session_t sessions[FUZZ_SESSIONS];
    size_t n_sessions;
    fuzz_fed_t fed[FUZZ_FED];
    size_t n_fed;
    uint8_t plan[16]; /**< what callbacks do next */
    size_t n_plan;
    unsigned depth; /**< of calls from callbacks */
} fuzz_world_t;

/** One of a few JIDs. */
const char *fuzz_jid(uint8_t octet);
/** NULL when there is none. */
jingle_session_t *fuzz_session(const fuzz_world_t *world, uint8_t octet);
/** Is the manager there still? */
bool fuzz_lives(const fuzz_world_t *world);

/** Does what comes from outside. @return false: it is no such record */
bool fuzz_input(fuzz_world_t *world, const fuzz_record_t *record, fuzz_input_t *in);
/** Does what a program does. */
void fuzz_call(fuzz_world_t *world, const fuzz_record_t *record, fuzz_input_t *in);
/** Asks for all there is to know, of the manager and of a session. */
void fuzz_look_around(engine_t *engine);
void fuzz_look_at(jingle_session_t *session);
void fuzz_set_user(fuzz_world_t *world, jingle_session_t *session);
/** Registers something, or takes it back. */
void fuzz_register(fuzz_world_t *world, const fuzz_record_t *record);
/** What a callback does: nothing, or what was planned. */
void fuzz_call_back(fuzz_world_t *world);
/** The raw session type of the target. Its userdata is the world. */
extern const jingle_session_type_t fuzz_raw_type;

#define FUZZ_RAW_APP "urn:example:raw:0"

#endif
