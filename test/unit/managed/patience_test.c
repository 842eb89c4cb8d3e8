/* SPDX-License-Identifier: MIT */
/** @file
 *  What may never come is not waited for without a deadline, whichever allocation fails: the peer
 *  acknowledges everything and says nothing more, and the session ends. */
#include "fixture.h"

#include "support/saved.h"

static saved_t saved;
static bool failed; /**< one allocation did: there may be a next one */

static void without_memory(size_t n)
{
    test_mem_fail_at(&e->mem, n, false);
}

static void with_memory(void)
{
    failed = e->mem.failures > 0;
    test_mem_fail_at(&e->mem, 0, false);
}

static void silence(jingle_session_t *session)
{
    with_memory();
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

static void for_an_answer_to_transport_replace(size_t n)
{
    jingle_session_t *session;

    s->plan[STUB_1].waits = true;
    session = jingle_session_clone(active_out("s", "c", NULL));
    without_memory(n);
    fail_transport("c");
    silence(session);
}

static void for_the_initiators_transport_replace(size_t n)
{
    jingle_session_t *session;

    s->plan[STUB_1].waits = true;
    session = jingle_session_clone(active_in("s", STUB_CONTENT("c")));
    without_memory(n);
    fail_transport("c");
    silence(session);
}

static void for_one_of_two_contents(size_t n)
{
    jingle_session_t *session;

    s->plan[STUB_1].waits = true;
    session = jingle_session_clone(active_in("s", STUB_CONTENT("c") STUB_CONTENT("d")));
    fail_transport("d");
    without_memory(n);
    fail_transport("c");
    silence(session);
}

static void for_the_end(size_t n)
{
    jingle_session_t *session = jingle_session_clone(active_out("s", "c", NULL));

    without_memory(n);
    jingle_content_done(content_of(session, "c"), false);
    silence(session);
}

static void for_what_is_flushed(size_t n)
{
    jingle_session_t *session;

    s->plan[STUB_1].holds = true;
    session = jingle_session_clone(active_out("s", "c", NULL));
    without_memory(n);
    jingle_content_done(content_of(session, "c"), true);
    silence(session);
}

START_TEST(the_program_is_told)
{
    char sid[8];

    s->plan[STUB_1].later = true;
    for (size_t n = 1; n <= 24; n++) {
        jingle_session_t *session;

        snprintf(sid, sizeof sid, "s%zu", n);
        session = create(sid);
        add(session, "c");
        without_memory(n);
        jingle_session_start(session);
        test_mem_fail_at(&e->mem, 0, false);
        jingle_session_end(session, NULL);
    }
    ck_assert_ptr_nonnull(
        strstr(text_str(&e->messages), "no deadline for a transport: out of memory"));
}
END_TEST

/** Kills the program, and restores what it had saved: that fails, or the session ends. */
static void restored(jingle_session_t *session, bool holds, size_t n)
{
    int err;

    ck_assert_int_eq(saved_take(&saved, session), JINGLE_EOK);
    jingle_set_send(e->jingle, NULL, NULL);
    tear_down();
    set_up();
    s->plan[STUB_1].holds = holds;
    without_memory(n);
    session = NULL;
    err = jingle_restore(e->jingle, saved.data, saved.len, NULL, &session);
    if (err == JINGLE_EOK)
        silence(jingle_session_clone(session));
    else if (e->session)
        silence(jingle_session_clone(e->session));
    else
        with_memory();
    saved_clear(&saved);
}

static void for_a_transport_replace_after_a_restore(size_t n)
{
    jingle_session_t *session;

    s->plan[STUB_1].waits = true;
    session = active_in("s", STUB_CONTENT("c"));
    fail_transport("c");
    restored(session, false, n);
}

static void for_what_is_flushed_after_a_restore(size_t n)
{
    jingle_session_t *session;

    s->plan[STUB_1].holds = true;
    session = active_out("s", "c", NULL);
    jingle_content_done(content_of(session, "c"), true);
    restored(session, true, n);
}

/* ---- what the peer waits for ---- */

/** It is sent, or the session ends at once: nobody waits for the deadline of something else. */
static void sent_or_over(jingle_session_t *session, const char *line)
{
    const char *log = engine_log(e);

    with_memory();
    ck_assert_msg(strstr(log, line) || jingle_session_is_ended(session), "%s", log);
    jingle_session_release(session);
}

/** ... and the peer is not asked for what will never be. */
static void proposed_or_over(jingle_session_t *session)
{
    if (jingle_session_is_ended(session))
        ck_assert_ptr_null(strstr(text_str(&e->log), "> set transport-replace s\n"));
    sent_or_over(session, "> set transport-replace s\n");
}

static void for_our_offer(size_t n)
{
    jingle_session_t *session = jingle_session_clone(create("s"));

    add(session, "c");
    without_memory(n);
    jingle_session_start(session);
    sent_or_over(session, "> set session-initiate s\n");
}

static void for_our_accept(size_t n)
{
    jingle_session_t *session = jingle_session_clone(pending_in("s", STUB_CONTENT("c")));

    without_memory(n);
    jingle_session_accept(session);
    sent_or_over(session, "> set session-accept s\n");
}

static void for_our_proposal(size_t n)
{
    jingle_session_t *session;

    s->plan[STUB_1].waits = true;
    session = jingle_session_clone(active_out("s", "c", NULL));
    without_memory(n);
    fail_transport("c");
    proposed_or_over(session);
}

/* ... when there is never any memory again. */
static void for_our_proposal_for_good(size_t n)
{
    jingle_session_t *session;

    s->plan[STUB_1].waits = true;
    session = jingle_session_clone(active_out("s", "c", NULL));
    test_mem_fail_at(&e->mem, n, true);
    fail_transport("c");
    proposed_or_over(session);
}

static void for_our_rejection(size_t n)
{
    jingle_session_t *session = jingle_session_clone(active_in("s", STUB_CONTENT("c")));
    const char *log;

    without_memory(n);
    engine_action(e, "2", "transport-replace", "s",
                  "<content creator='initiator' name='c'><transport xmlns='urn:example:nobodys'/>"
                  "</content>");
    log = text_str(&e->log);
    sent_or_over(session, strstr(log, "> error 2 wait resource-constraint\n")
                              ? "> error 2 "
                              : "> set transport-reject s ");
}

static void (*const waits[])(size_t n) = {
    for_an_answer_to_transport_replace,
    for_the_initiators_transport_replace,
    for_one_of_two_contents,
    for_the_end,
    for_what_is_flushed,
    for_a_transport_replace_after_a_restore,
    for_what_is_flushed_after_a_restore,
    for_our_offer,
    for_our_accept,
    for_our_proposal,
    for_our_proposal_for_good,
    for_our_rejection,
};

/* Anew for each allocation. */
START_TEST(it_ends)
{
    size_t n = 0;

    do {
        if (n++) {
            tear_down();
            set_up();
        }
        waits[_i](n);
    } while (failed);
    ck_assert_msg(n > 1, "no allocation failed");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("managed/patience");
    TCase *tcase = add_case(suite, "waits");

    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, the_program_is_told);
    tcase_add_loop_test(tcase, it_ends, 0, sizeof waits / sizeof waits[0]);
    return run_suite(suite);
}
