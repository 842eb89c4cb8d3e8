/* SPDX-License-Identifier: MIT */
/** @file
 *  Peers that name a content by another creator than its own, and those that mean another content: creator
 *  and name are the key of a content (XEP-0166 section 7.3). */
#include "pair_fixture.h"
#include "save_fixture.h"

#define NAMED(creator, name, inside)                                                               \
    "<content creator='" creator "' name='" name "'>" inside "</content>"
#define DESCRIPTION "<description xmlns='" STUB_APP "'/>"
#define TRANSPORT "<transport xmlns='" STUB_T1 "'/>"

/* ---- it means one of its own ---- */

/* content-add was lost on its way, and nobody answers for it. */
START_TEST(added_in_vain)
{
    connect("b", "c");
    add(session_of(PAIR_R), "b");
    pair->delivered[PAIR_R] = pair->engine[PAIR_R]->n_sent;
    engine_wait(pair->engine[PAIR_R], 61000);
    ck_assert_ptr_nonnull(strstr(log_of(PAIR_R), "> set content-remove s timeout\n"));
    ck_assert(pair_run(pair));
    check_agreement("b c");
}
END_TEST

static const struct {
    const char *action, *content;
} own[] = {
    {"content-remove", NAMED("responder", "c", "")},
    {"content-modify", "<content creator='responder' name='c' senders='none'/>"},
    {"transport-replace", NAMED("responder", "c", "<transport xmlns='" STUB_T2 "'/>")},
};

START_TEST(of_which_we_know_nothing)
{
    jingle_session_t *session = active_out("s", "c", "d");

    engine_action(e, "1", own[_i].action, "s", own[_i].content);
    ck_log("> error 1 cancel bad-request\n");
    ck_assert_str_eq(names_of(session), "c d");
    ck_assert_uint_eq(quirks(), 0);
}
END_TEST

/* ---- it can mean no other, or does no harm ---- */

static const struct {
    const char *action, *content, *log;
} infos[] = {
    {"transport-info", NAMED("responder", "c", TRANSPORT), "t1.apply c\n> result 1\n"},
    {"description-info", NAMED("responder", "c", DESCRIPTION), "a.apply c\n> result 1\n"},
    {"security-info", NAMED("responder", "c", "<security xmlns='" STUB_SEC "'/>"),
     "> error 1 modify feature-not-implemented/unsupported-info\n"},
};

/* They destroy nothing. That the content has no security is known when it is found. */
START_TEST(informs)
{
    active_out("s", "c", "d");
    engine_action(e, "1", infos[_i].action, "s", infos[_i].content);
    ck_log(infos[_i].log);
    ck_assert_uint_eq(quirks(), 1);
}
END_TEST

/* No answer has come yet that could say how the peer writes it. */
START_TEST(informs_early)
{
    pending_out("s", "c", NULL);
    engine_action(e, "1", "transport-info", "s", NAMED("responder", "c", TRANSPORT));
    ck_log("t1.apply c\n> result 1\n");
}
END_TEST

/* A session of the peer's, in which we have added "x" and the peer "c". */
static jingle_session_t *added_by_us(void)
{
    jingle_session_t *session = active_in("s", STUB_CONTENT("c"));

    add(session, "x");
    engine_ack(e);
    engine_log(e);
    return session;
}

/* What we have made we know. */
START_TEST(ours_by_its_word)
{
    jingle_session_t *session = added_by_us();

    engine_action(e, "1", "content-modify", "s",
                  "<content creator='responder' name='c' senders='none'/>");
    ck_assert_int_eq(jingle_content_get_senders(content_of(session, "c")), JINGLE_SENDERS_NONE);
    ck_assert_uint_eq(quirks(), 1);
}
END_TEST

START_TEST(without_a_creator)
{
    jingle_session_t *session = added_by_us();

    engine_action(e, "1", "content-accept", "s", NAMED("responder", "x", DESCRIPTION TRANSPORT));
    engine_action(e, "2", "content-remove", "s", "<content name='x'/>");
    ck_assert_str_eq(names_of(session), "c");
}
END_TEST

START_TEST(rejects)
{
    jingle_session_t *session = added_by_us();

    engine_action(e, "1", "content-reject", "s", NAMED("initiator", "x", ""));
    ck_assert_str_eq(names_of(session), "c");
}
END_TEST

/* ---- it has been found to have it wrong ---- */

static void wrong_ever_after(jingle_session_t *session)
{
    engine_action(e, "2", "transport-info", "s", NAMED("initiator", "x", TRANSPORT));
    ck_log("t1.apply x\n> result 2\n");
    engine_action(e, "3", "content-remove", "s", NAMED("initiator", "x", ""));
    ck_assert_str_eq(names_of(session), "c");
    engine_log(e);
    engine_action(e, "4", "transport-info", "s", NAMED("initiator", "x", TRANSPORT));
    ck_log("> result 4\n"); /* crossed its end */
}

START_TEST(accepts)
{
    jingle_session_t *session = added_by_us();

    engine_action(e, "1", "content-accept", "s", NAMED("initiator", "x", DESCRIPTION TRANSPORT));
    ck_assert_int_eq(jingle_content_get_state(content_of(session, "x")), JINGLE_CONTENT_ACCEPTED);
    engine_log(e);
    wrong_ever_after(session);
}
END_TEST

START_TEST(accepts_and_we_are_restored)
{
    jingle_session_t *session = added_by_us();

    engine_action(e, "1", "content-accept", "s", NAMED("initiator", "x", DESCRIPTION TRANSPORT));
    session = saved_and_restored(session);
    engine_log(e);
    wrong_ever_after(session);
}
END_TEST

START_TEST(accepts_the_session)
{
    jingle_session_t *session = pending_out("s", "c", "d");

    engine_action(e, "1", "session-accept", "s",
                  NAMED("responder", "c", DESCRIPTION TRANSPORT)
                      NAMED("responder", "d", DESCRIPTION TRANSPORT));
    engine_action(e, "2", "content-remove", "s", NAMED("responder", "c", ""));
    ck_assert_str_eq(names_of(session), "d");
}
END_TEST

/* ... then for all contents, also those that it has not answered for. */
START_TEST(accepts_before_we_add)
{
    jingle_session_t *session = pending_out("s", "c", NULL);

    engine_action(e, "1", "session-accept", "s", NAMED("responder", "c", DESCRIPTION TRANSPORT));
    if (_i)
        session = saved_and_restored(session);
    add(session, "d");
    engine_ack(e);
    engine_action(e, "2", "content-remove", "s", NAMED("responder", "d", ""));
    ck_assert_str_eq(names_of(session), "c");
}
END_TEST

/* That says nothing of ours. */
START_TEST(answers_for_its_own)
{
    jingle_session_t *session = active_out("s", "c", NULL);

    s->plan[STUB_1].breaks = true;
    engine_action(e, "1", "content-add", "s", NAMED("responder", "p", DESCRIPTION TRANSPORT));
    jingle_content_accept(content_of(session, "p"));
    engine_ack(e);
    engine_action(e, "2", "transport-accept", "s",
                  NAMED("initiator", "p", "<transport xmlns='" STUB_T2 "'/>"));
    ck_assert_uint_eq(quirks(), 1);
    ck_assert_str_eq(jingle_content_get_transport(content_of(session, "p")), STUB_T2);
    engine_action(e, "3", "content-remove", "s", NAMED("responder", "c", ""));
    ck_assert_str_eq(names_of(session), "c p");
}
END_TEST

/* The one that has this creator comes first. */
START_TEST(accepts_and_adds_one_of_its_own)
{
    jingle_session_t *session = added_by_us();

    engine_action(e, "1", "content-accept", "s", NAMED("initiator", "x", DESCRIPTION TRANSPORT));
    engine_action(e, "2", "content-add", "s", STUB_CONTENT("x"));
    ck_assert_str_eq(names_of(session), "c x x");
    engine_action(e, "3", "content-remove", "s", NAMED("initiator", "x", ""));
    ck_assert_ptr_nonnull(jingle_session_find_content(session, JINGLE_CREATOR_RESPONDER, "x"));
    ck_assert_ptr_null(jingle_session_find_content(session, JINGLE_CREATOR_INITIATOR, "x"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("managed/creator");
    TCase *both = tcase_create("both"), *single = add_save_case(suite, "single");

    tcase_add_checked_fixture(both, pair_up, pair_down);
    suite_add_tcase(suite, both);
    tcase_add_test(both, added_in_vain);
    tcase_add_loop_test(single, of_which_we_know_nothing, 0, sizeof own / sizeof own[0]);
    tcase_add_loop_test(single, informs, 0, sizeof infos / sizeof infos[0]);
    tcase_add_test(single, informs_early);
    tcase_add_test(single, ours_by_its_word);
    tcase_add_test(single, without_a_creator);
    tcase_add_test(single, rejects);
    tcase_add_test(single, accepts);
    tcase_add_test(single, accepts_and_we_are_restored);
    tcase_add_test(single, accepts_the_session);
    tcase_add_loop_test(single, accepts_before_we_add, 0, 2);
    tcase_add_test(single, answers_for_its_own);
    tcase_add_test(single, accepts_and_adds_one_of_its_own);
    return run_suite(suite);
}
