/* SPDX-License-Identifier: MIT */
/** @file
 *  A whole managed session between two managers. */
#include "script.h"

#include <stdlib.h>
#include <string.h>

#include "support/runner.h"

void script_begin(script_t *script)
{
    *script = (script_t){.pair = pair_new()};
    for (int side = 0; side < 2; side++) {
        stub_t *stub = stub_new(script->pair->engine[side]);

        ck_assert_ptr_nonnull(stub);
        for (int id = 0; id < STUB_PLUGINS; id++)
            stub->plan[id].accepts = stub->plan[id].resumable = true;
        script->stub[side] = stub;
    }
}

void script_free_manager(script_t *script, engine_t *engine)
{
    script->freed[engine == script->pair->engine[PAIR_R]] = true;
    engine_free_manager(engine);
}

jingle_session_t *script_alive(const script_t *script, pair_side_t side)
{
    jingle_session_t *session = script->pair->engine[side]->session;

    return session && !script->freed[side] && !jingle_session_is_ended(session) ? session : NULL;
}

static jingle_content_t *of(const script_t *script, pair_side_t side, const char *name)
{
    jingle_session_t *session = script_alive(script, side);
    jingle_content_t *content = NULL;

    while (session && (content = jingle_session_next_content(session, content)))
        if (strcmp(jingle_content_get_name(content), name) == 0)
            return content;
    return NULL;
}

static void settle(script_t *script)
{
    ck_assert_msg(pair_run(script->pair), "the two do not come to rest");
}

static void offer(script_t *script)
{
    jingle_session_t *session = NULL;

    jingle_managed_session_new(script->pair->engine[PAIR_I]->jingle, ENGINE_PEER,
                               JINGLE_SESSION(.sid = "s"), &session);
    jingle_session_clone(session);
    if (session && script_alive(script, PAIR_I))
        jingle_session_add_content(session, JINGLE_CONTENT(.application = STUB_APP, .name = "c"),
                                   NULL);
    if (session && script_alive(script, PAIR_I))
        jingle_session_add_content(
            session, JINGLE_CONTENT(.application = STUB_APP, .name = "d", .security = STUB_SEC),
            NULL);
    if (session && script_alive(script, PAIR_I))
        jingle_session_start(session);
    jingle_session_release(session);
    settle(script);
}

static void tell(script_t *script)
{
    static const stub_plugin_id_t ids[] = {STUB_1, STUB_A, STUB_S};

    for (size_t i = 0; i < 3; i++) {
        stub_part_t *part = stub_find(script->stub[i % 2], ids[i], "d");

        if (!part)
            continue;
        part->tells = part->id == STUB_A;
        stub_news(part);
        settle(script);
    }
}

static void fall_back(script_t *script)
{
    for (int side = 1; side >= 0; side--) {
        stub_part_t *part = stub_find(script->stub[side], STUB_1, "c");

        if (part)
            jingle_part_fail(part->part, JINGLE_REASON_CONNECTIVITY_ERROR, NULL);
    }
    settle(script);
}

static void finish(script_t *script)
{
    static const char *const names[] = {"c", "f"};

    jingle_content_remove(of(script, PAIR_I, "d"), NULL);
    settle(script);
    for (size_t i = 0; i < 4; i++) {
        pair_side_t side = i % 2 ? PAIR_R : PAIR_I;

        jingle_content_done(of(script, side, names[i / 2]), side == PAIR_R);
        settle(script);
    }
}

void script_play(script_t *script)
{
    offer(script);
    if (script_alive(script, PAIR_R))
        jingle_session_add_content(script_alive(script, PAIR_R),
                                   JINGLE_CONTENT(.application = STUB_APP, .name = "f"), NULL);
    settle(script);
    jingle_content_modify(of(script, PAIR_I, "c"), JINGLE_SENDERS_INITIATOR);
    settle(script);
    tell(script);
    fall_back(script);
    finish(script);
    /* Whoever still waits for the other gives up. */
    for (int i = 0; i < 6 && (script_alive(script, PAIR_I) || script_alive(script, PAIR_R)); i++) {
        pair_wait(script->pair, 60000);
        settle(script);
    }
}

void script_end(script_t *script, const char *what)
{
    size_t live = 0, leaked;

    for (int side = 0; side < 2; side++) {
        engine_t *engine = script->pair->engine[side];

        engine_free_manager(engine);
        jingle_session_release(engine->session);
        engine->session = NULL;
    }
    for (int side = 0; side < 2; side++)
        live += stub_free(script->stub[side]);
    ck_assert_msg(live == 0, "%s: %zu parts were not freed", what, live);
    leaked = pair_free(script->pair);
    ck_assert_msg(leaked == 0, "%s: memory was not given back", what);
}
