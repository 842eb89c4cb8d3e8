/* SPDX-License-Identifier: MIT */
/** @file
 *  What may never come is not waited for without a deadline, whichever allocation fails: the peer
 *  acknowledges everything and says nothing more, and the session ends. */
#include "fixture.h"

#include "support/saved.h"

static saved_t saved;

static void without_memory(int i)
{
    test_mem_fail_at(&e->mem, (size_t)i + 1, false);
}

static void silence(jingle_session_t *session)
{
    test_mem_fail_at(&e->mem, 0, false);
    for (int i = 0; i < 30; i++) {
        if (engine_last_request(e))
            engine_ack(e);
        engine_wait(e, 120 * 1000);
    }
    ck_assert_msg(jingle_session_is_ended(session), "it waits for ever:\n%s", engine_log(e));
    jingle_session_release(session);
}

static void fail_transport(const char *name)
{
    jingle_part_fail(stub_find(s, STUB_1, name)->part, JINGLE_REASON_CONNECTIVITY_ERROR, NULL);
}

START_TEST(for_an_answer_to_transport_replace)
{
    jingle_session_t *session;

    s->plan[STUB_1].waits = true;
    session = jingle_session_clone(active_out("s", "c", NULL));
    without_memory(_i);
    fail_transport("c");
    silence(session);
}
END_TEST

START_TEST(for_the_initiators_transport_replace)
{
    jingle_session_t *session;

    s->plan[STUB_1].waits = true;
    session = jingle_session_clone(active_in("s", STUB_CONTENT("c")));
    without_memory(_i);
    fail_transport("c");
    silence(session);
}
END_TEST

START_TEST(for_one_of_two_contents)
{
    jingle_session_t *session;

    s->plan[STUB_1].waits = true;
    session = jingle_session_clone(active_in("s", STUB_CONTENT("c") STUB_CONTENT("d")));
    fail_transport("d");
    without_memory(_i);
    fail_transport("c");
    silence(session);
}
END_TEST

START_TEST(for_the_end)
{
    jingle_session_t *session = jingle_session_clone(active_out("s", "c", NULL));

    without_memory(_i);
    jingle_content_done(content_of(session, "c"), false);
    silence(session);
}
END_TEST

START_TEST(for_what_is_flushed)
{
    jingle_session_t *session;

    s->plan[STUB_1].holds = true;
    session = jingle_session_clone(active_out("s", "c", NULL));
    without_memory(_i);
    jingle_content_done(content_of(session, "c"), true);
    silence(session);
}
END_TEST

START_TEST(the_program_is_told)
{
    char sid[8];

    s->plan[STUB_1].later = true;
    for (int i = 0; i < 24; i++) {
        jingle_session_t *session;

        snprintf(sid, sizeof sid, "s%d", i);
        session = create(sid);
        add(session, "c");
        without_memory(i);
        jingle_session_start(session);
        test_mem_fail_at(&e->mem, 0, false);
        jingle_session_end(session, NULL);
    }
    ck_assert_ptr_nonnull(
        strstr(text_str(&e->messages), "no deadline for a transport: out of memory"));
}
END_TEST

/** Kills the program, and restores what it had saved: that fails, or the session ends. */
static void restored(jingle_session_t *session, bool holds, int i)
{
    int err;

    ck_assert_int_eq(saved_take(&saved, session), JINGLE_EOK);
    jingle_set_send(e->jingle, NULL, NULL);
    tear_down();
    set_up();
    s->plan[STUB_1].holds = holds;
    without_memory(i);
    session = NULL;
    err = jingle_restore(e->jingle, saved.data, saved.len, NULL, &session);
    if (err == JINGLE_EOK)
        silence(jingle_session_clone(session));
    else if (e->session)
        silence(jingle_session_clone(e->session));
    saved_clear(&saved);
}

START_TEST(for_a_transport_replace_after_a_restore)
{
    jingle_session_t *session;

    s->plan[STUB_1].waits = true;
    session = active_in("s", STUB_CONTENT("c"));
    fail_transport("c");
    restored(session, false, _i);
}
END_TEST

START_TEST(for_what_is_flushed_after_a_restore)
{
    jingle_session_t *session;

    s->plan[STUB_1].holds = true;
    session = active_out("s", "c", NULL);
    jingle_content_done(content_of(session, "c"), true);
    restored(session, true, _i);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("managed/patience");
    TCase *tcase = add_case(suite, "waits");
    enum { ALLOCATIONS = 24 }; /* more than any of it needs */

    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, the_program_is_told);
    tcase_add_loop_test(tcase, for_an_answer_to_transport_replace, 0, ALLOCATIONS);
    tcase_add_loop_test(tcase, for_the_initiators_transport_replace, 0, ALLOCATIONS);
    tcase_add_loop_test(tcase, for_one_of_two_contents, 0, ALLOCATIONS);
    tcase_add_loop_test(tcase, for_the_end, 0, ALLOCATIONS);
    tcase_add_loop_test(tcase, for_what_is_flushed, 0, ALLOCATIONS);
    tcase_add_loop_test(tcase, for_a_transport_replace_after_a_restore, 0, 2 * ALLOCATIONS);
    tcase_add_loop_test(tcase, for_what_is_flushed_after_a_restore, 0, 2 * ALLOCATIONS);
    return run_suite(suite);
}
