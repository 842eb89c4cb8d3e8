/* SPDX-License-Identifier: MIT */
/** @file
 *  Out of memory is an error, not a crash: a whole session is played once for each allocation of a
 *  side, and that one fails. What the two sides are left with is the same on both, or nothing. */
#include "fixture.h"
#include "script.h"

static script_t script;

static bool lives(pair_side_t side)
{
    return script_alive(&script, side) && !jingle_session_is_starting(script_alive(&script, side));
}

/** Every request that one side has sent was answered by the other, once. */
static void check_answers(pair_side_t side, const char *what)
{
    const engine_t *asker = script.pair->engine[side], *other = script.pair->engine[!side];

    for (size_t i = 0; i < asker->n_sent; i++) {
        const char *type = xmpp_stanza_get_type(asker->sent[i]),
                   *id = xmpp_stanza_get_id(asker->sent[i]);
        size_t answers = 0;

        if (strcmp(type, "set") != 0)
            continue;
        for (size_t j = 0; j < other->n_sent; j++)
            answers += strcmp(xmpp_stanza_get_type(other->sent[j]), "set") != 0 &&
                       strcmp(xmpp_stanza_get_id(other->sent[j]), id) == 0;
        ck_assert_msg(answers == 1, "%s: %zu answers to one request", what, answers);
    }
}

/** @return how many allocations a side has */
static size_t play_all(pair_side_t side, bool on)
{
    bool failed = true;
    char what[64];
    size_t n;

    for (n = 1; failed; n++) {
        test_mem_t *mem;

        snprintf(what, sizeof(what), "allocation %zu of side %d failed", n, (int)side);
        script_begin(&script);
        mem = &script.pair->engine[side]->mem;
        test_mem_fail_at(mem, n, on);
        script_play(&script);
        failed = mem->failures > 0;
        test_mem_fail_at(mem, 0, false);
        if (!on)
            ck_assert_msg(lives(PAIR_I) == lives(PAIR_R), "%s: the sides differ", what);
        check_answers(PAIR_I, what);
        check_answers(PAIR_R, what);
        script_end(&script, what);
    }
    return n - 2;
}

START_TEST(one_fails)
{
    ck_assert_uint_gt(play_all((pair_side_t)_i, false), 80);
}
END_TEST

START_TEST(all_fail_from_one_on)
{
    ck_assert_uint_gt(play_all((pair_side_t)_i, true), 20);
}
END_TEST

/* ---- plug-ins are registered whole or not at all ---- */

START_TEST(no_memory_for_plugins)
{
    bool done = false;

    for (size_t n = 1; !done; n++) {
        engine_t *engine = engine_new(NULL);
        stub_t *stub;

        test_mem_fail_at(&engine->mem, n, false);
        stub = stub_new(engine);
        test_mem_fail_at(&engine->mem, 0, false);
        done = stub != NULL;
        engine_free_manager(engine);
        stub_free(stub);
        ck_assert_uint_eq(engine_free(engine), 0);
        ck_assert_uint_lt(n, 100);
    }
}
END_TEST

/* ---- libstrophe's elements ---- */

static size_t asked; /**< allocations of elements until the last part was to describe itself */

static void note_describe(stub_t *stub, stub_part_t *part, stub_point_t point)
{
    (void)part;
    if (point == STUB_DESCRIBE)
        asked = stub->engine->stanza_mem.calls;
}

static int swallow(jingle_t *jingle, const char *xml, size_t len, void *userdata)
{
    (void)jingle;
    (void)xml;
    (void)len;
    (void)userdata;
    return JINGLE_EOK;
}

/* What cannot be described is not offered. (libstrophe leaves out an attribute without saying so
 * when the memory lacks for its name; and it cannot list attributes without memory.) */
START_TEST(no_memory_for_elements)
{
    size_t before, needed = 1, ended = 0;

    for (size_t n = 0; n <= needed; n++) {
        jingle_session_t *session = create("s");

        jingle_session_add_content(
            session, JINGLE_CONTENT(.application = STUB_APP, .name = "c", .security = STUB_SEC),
            NULL);
        jingle_set_send(e->jingle, swallow, NULL);
        s->hook = note_describe;
        before = e->stanza_mem.calls;
        test_mem_fail_at(&e->stanza_mem, n, false);
        jingle_session_start(session);
        test_mem_fail_at(&e->stanza_mem, 0, false);
        if (n == 0) {
            needed = asked - before;
            ck_assert_uint_gt(needed, 6);
        }
        ended += jingle_session_is_ended(e->session);
        jingle_session_end(e->session, JINGLE_END(.silent = true));
    }
    ck_assert_uint_gt(ended, needed / 2);
}
END_TEST

/* What could not be added was never offered: nobody hears of its end. */
START_TEST(no_memory_for_a_content)
{
    jingle_session_t *session = create("s");
    int err = JINGLE_EMEM;
    size_t n;

    ck_assert_int_eq(jingle_session_add_content(
                         session, JINGLE_CONTENT(.application = STUB_APP2, .name = "c"), NULL),
                     JINGLE_EOK);
    for (n = 1; err != JINGLE_EOK; n++) {
        jingle_content_t *content = NULL;

        engine_log(e);
        test_mem_fail_at(&e->mem, n, false);
        err = jingle_session_add_content(
            session, JINGLE_CONTENT(.application = STUB_APP, .name = "d", .security = STUB_SEC),
            &content);
        test_mem_fail_at(&e->mem, 0, false);
        ck_assert(err == JINGLE_EOK || err == JINGLE_EMEM);
        ck_assert_ptr_null(strstr(engine_log(e), "closed"));
        ck_assert_str_eq(names_of(session), err ? "c" : "c d");
        ck_assert_int_eq(content != NULL, err == JINGLE_EOK);
        ck_assert_int_eq(jingle_session_get_application(session, 1) != NULL, err == JINGLE_EOK);
    }
    ck_assert_uint_gt(n, 8);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("managed/memory");
    TCase *whole = tcase_create("whole"), *elements = add_case(suite, "elements");

    tcase_set_timeout(whole, 200);
    suite_add_tcase(suite, whole);
    tcase_add_loop_test(whole, one_fails, 0, 2);
    tcase_add_loop_test(whole, all_fail_from_one_on, 0, 2);
    tcase_add_test(whole, no_memory_for_plugins);
    tcase_add_test(elements, no_memory_for_elements);
    tcase_add_test(elements, no_memory_for_a_content);
    return run_suite(suite);
}
