/* SPDX-License-Identifier: MIT */
/** @file
 *  Every callback may call back in: a busy hour of a manager is played once for each callback in
 *  it, and inside that one something drastic is done. */
#include <stdlib.h>
#include <string.h>

#include "script.h"
#include "support/runner.h"

static script_t script;
static void (*act)(void);
static unsigned long callback, trigger;
static char where_done[128];

static void inside(const char *where)
{
    if (++callback != trigger)
        return;
    snprintf(where_done, sizeof where_done, "inside callback %lu (%s)", callback, where);
    act();
}

/* Plays the hour until it has fewer callbacks than where something was to be done. */
static void play_all(void (*what)(void))
{
    act = what;
    for (trigger = 1;; trigger++) {
        where_done[0] = '\0';
        callback = 0;
        script.inside = inside;
        script_begin(&script, 0, false);
        script_play(&script);
        script_end(&script, where_done);
        if (!where_done[0])
            break;
    }
    ck_assert_uint_gt(trigger, 100);
}

static void free_manager(void)
{
    engine_free_manager(script.engine);
}

static void end_all(void)
{
    jingle_end_all_sessions(script.engine->jingle, NULL);
}

static void end_all_silently(void)
{
    jingle_end_all_sessions(script.engine->jingle, JINGLE_END(.silent = true));
}

/* Also a program that keeps no references of its own lets go of the session at hand. */
static void end_and_forget(void)
{
    jingle_session_t *session = script.engine->session;

    script.engine->session = NULL;
    jingle_session_end(session, NULL);
    jingle_session_release(session);
}

static void terminate_from_there(void)
{
    static const char *const sids[] = {"b", "c", "d", "e", "f", "h"};
    static const char *const ids[] = {"r1", "r2", "r3", "r4", "r5", "r6"};
    size_t i;

    for (i = 0; i < sizeof sids / sizeof sids[0]; i++)
        script_feed(&script, ids[i], "session-terminate", sids[i], "");
}

static void offer_from_there(void)
{
    script_feed(&script, "r1", "session-initiate", "b", ENGINE_CONTENT);
    script_feed(&script, "r2", "session-initiate", "d", ENGINE_CONTENT);
    script_feed(&script, "r3", "session-initiate", "a", ENGINE_CONTENT);
}

static void new_session(void)
{
    if (script.engine->jingle)
        jingle_session_start(engine_create(script.engine, NULL));
}

static void complete_what_is_kept(void)
{
    engine_complete(script.engine, NULL);
    engine_complete(script.engine, NULL);
}

static void let_time_pass(void)
{
    if (script.engine->jingle)
        engine_wait(script.engine, 100000);
}

static void take_all_away(void)
{
    jingle_t *jingle = script.engine->jingle;

    jingle_unregister_session_type(jingle, ENGINE_APP);
    jingle_unserve(jingle, "urn:example:query");
    jingle_set_may_offer(jingle, NULL, NULL);
    jingle_clear_ice_servers(jingle);
    jingle_set_jid(jingle, NULL);
    jingle_set_send(jingle, NULL, NULL);
    script.n_fed = 0; /* what cannot be sent is not answered */
    script.engine->jingle = NULL;
    jingle_free(jingle);
}

#define EACH(name)                                                                                 \
    START_TEST(name##_anywhere)                                                                    \
    {                                                                                              \
        play_all(name);                                                                            \
    }                                                                                              \
    END_TEST

EACH(free_manager)
EACH(end_all)
EACH(end_all_silently)
EACH(end_and_forget)
EACH(terminate_from_there)
EACH(offer_from_there)
EACH(new_session)
EACH(complete_what_is_kept)
EACH(let_time_pass)
EACH(take_all_away)

int main(void)
{
    Suite *suite = suite_create("core/reentrancy");
    TCase *tcase = tcase_create("do");

    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, free_manager_anywhere);
    tcase_add_test(tcase, end_all_anywhere);
    tcase_add_test(tcase, end_all_silently_anywhere);
    tcase_add_test(tcase, end_and_forget_anywhere);
    tcase_add_test(tcase, terminate_from_there_anywhere);
    tcase_add_test(tcase, offer_from_there_anywhere);
    tcase_add_test(tcase, new_session_anywhere);
    tcase_add_test(tcase, complete_what_is_kept_anywhere);
    tcase_add_test(tcase, let_time_pass_anywhere);
    tcase_add_test(tcase, take_all_away_anywhere);
    return run_suite(suite);
}
