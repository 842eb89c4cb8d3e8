/* SPDX-License-Identifier: MIT */
/** @file
 *  Every function of every plug-in calls back: a whole session is played again and again, and each
 *  time another one of the calls down does something on its way. Whatever that is, nothing is used
 *  after it was freed, all is given back, and both sides come to the same. */
#include "script.h"
#include "support/runner.h"

typedef enum {
    DO_END,
    DO_FREE_MANAGER,
    DO_FAIL,
    DO_NEWS,
    DO_READY,
    DO_OPEN,
    DO_PART_DONE,
    DO_REMOVE,
    DO_DONE,
    DO_ADD,
    DO_REPLACE,
    DO_MODIFY,
    DO_ACCEPT,
    DO_REJECT,
    DO_UNREGISTER,
    DEEDS
} deed_t;

static script_t script;
static unsigned calls, when; /**< calls so far; the one that does the deed */
static deed_t deed;

static void unregister(engine_t *engine)
{
    static const char *const namespaces[] = {STUB_APP, STUB_T1, STUB_T2, STUB_T3, STUB_SEC};

    for (size_t i = 0; engine->jingle && i < sizeof(namespaces) / sizeof(namespaces[0]); i++)
        jingle_unregister_plugin(engine->jingle, namespaces[i]);
}

static void act(stub_part_t *self)
{
    jingle_part_t *part = self->part;
    jingle_content_t *content = jingle_part_get_content(part);
    jingle_session_t *session = jingle_part_get_session(part);

    switch (deed) {
    case DO_END:
        if (session)
            jingle_session_end(session, JINGLE_END(.condition = JINGLE_REASON_CANCEL));
        break;
    case DO_FREE_MANAGER:
        script_free_manager(&script, self->stub->engine);
        break;
    case DO_FAIL:
        jingle_part_fail(part, JINGLE_REASON_UNDEFINED, "on the way");
        break;
    case DO_NEWS:
        stub_news(self);
        break;
    case DO_READY:
        jingle_part_ready(part);
        break;
    case DO_OPEN:
        if (self->id >= STUB_1 && self->id <= STUB_3 && jingle_part_get_manager(part))
            stub_open(self, 1);
        break;
    case DO_PART_DONE:
        jingle_part_done(part);
        break;
    case DO_REMOVE:
        jingle_content_remove(content, NULL);
        break;
    case DO_DONE:
        jingle_content_done(content, true);
        break;
    case DO_ADD:
        if (session)
            jingle_session_add_content(session, JINGLE_CONTENT(.application = STUB_APP), NULL);
        break;
    case DO_REPLACE:
        jingle_content_replace_transport(content, NULL);
        break;
    case DO_MODIFY:
        jingle_content_modify(content, JINGLE_SENDERS_NONE);
        break;
    case DO_ACCEPT:
        jingle_content_accept(content);
        break;
    case DO_REJECT:
        jingle_content_reject(content, NULL);
        break;
    default:
        unregister(self->stub->engine);
        break;
    }
}

static void hook(stub_t *stub, stub_part_t *part, stub_point_t point)
{
    (void)stub;
    (void)point;
    if (++calls == when)
        act(part);
}

/** Sessions that the other side should have as well. */
static bool lives(pair_side_t side)
{
    return script_alive(&script, side) && !jingle_session_is_starting(script_alive(&script, side));
}

static void play(void)
{
    char what[64];

    snprintf(what, sizeof(what), "call %u, deed %d", when, (int)deed);
    script_begin(&script);
    script.stub[PAIR_I]->hook = script.stub[PAIR_R]->hook = hook;
    calls = 0;
    script_play(&script);
    ck_assert_msg(lives(PAIR_I) == lives(PAIR_R),
                  "%s: one side has a session that the other has not", what);
    script_end(&script, what);
}

START_TEST(played_with_a_deed_in_every_call)
{
    unsigned total;

    deed = (deed_t)_i;
    when = 0;
    play();
    total = calls;
    ck_assert_uint_gt(total, 100);
    for (when = 1; when <= total; when++)
        play();
}
END_TEST

/* ---- events --------------------------------------------------------------------------------- */

/* The event "state ended" comes in the middle of a session's end, whose contents still have timers. */
static void on_event(engine_t *engine, const jingle_event_t *event)
{
    if (event->type == JINGLE_EVENT_LOG || ++calls != when)
        return;
    if (deed == DO_FREE_MANAGER)
        script_free_manager(&script, engine);
    else
        jingle_session_end(event->session, JINGLE_END(.condition = JINGLE_REASON_CANCEL));
}

static void play_events(bool waits)
{
    char what[64];

    snprintf(what, sizeof(what), "event %u, deed %d", when, (int)deed);
    script_begin(&script);
    for (int side = 0; side < 2; side++) {
        script.pair->engine[side]->on_event = on_event;
        script.stub[side]->plan[STUB_1].waits = waits;
    }
    calls = 0;
    script_play(&script);
    script_end(&script, what);
}

START_TEST(played_with_a_deed_in_every_event)
{
    unsigned total;

    deed = _i % 2 ? DO_FREE_MANAGER : DO_END;
    when = 0;
    play_events(_i / 2);
    total = calls;
    ck_assert_uint_gt(total, 10);
    for (when = 1; when <= total; when++)
        play_events(_i / 2);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("managed/reentrancy");
    TCase *tcase = tcase_create("deed");

    tcase_set_timeout(tcase, 120);
    suite_add_tcase(suite, tcase);
    tcase_add_loop_test(tcase, played_with_a_deed_in_every_call, 0, DEEDS);
    tcase_add_loop_test(tcase, played_with_a_deed_in_every_event, 0, 4);
    return run_suite(suite);
}
