/* SPDX-License-Identifier: MIT */
/** @file
 *  Two managers with stub plug-ins, joined back to back: whole sequences, and actions that cross.
 */
#include "pair_fixture.h"

static void check_ended(const char *reason)
{
    char line[64];

    ck_assert(jingle_session_is_ended(session_of(PAIR_I)) &&
              jingle_session_is_ended(session_of(PAIR_R)));
    snprintf(line, sizeof(line), "terminated s %s", reason);
    ck_assert_ptr_nonnull(strstr(engine_log(pair->engine[PAIR_I]), line));
    ck_assert_ptr_nonnull(strstr(engine_log(pair->engine[PAIR_R]), line));
    ck_assert_uint_eq(si->live + sr->live, 0);
}

/* ---- whole sequences ---- */

/* J166-02, J166-40 */
START_TEST(from_offer_to_success)
{
    connect("c", "d");
    check_agreement("c d");
    jingle_content_done(content_of(session_of(PAIR_I), "c"), false);
    jingle_content_done(content_of(session_of(PAIR_R), "c"), true);
    pair_run(pair);
    check_agreement("c d");
    jingle_content_done(content_of(session_of(PAIR_I), "d"), false);
    jingle_content_done(content_of(session_of(PAIR_R), "d"), true);
    pair_run(pair);
    check_ended("success");
}
END_TEST

START_TEST(changes_in_both_directions)
{
    connect("c", NULL);
    si->plan[STUB_A].accepts = true;
    add(session_of(PAIR_I), "d");
    pair_run(pair);
    add(session_of(PAIR_R), "f");
    pair_run(pair);
    check_agreement("c d f");
    jingle_content_modify(content_of(session_of(PAIR_I), "c"), JINGLE_SENDERS_NONE);
    jingle_content_modify(content_of(session_of(PAIR_R), "d"), JINGLE_SENDERS_INITIATOR);
    pair_run(pair);
    check_agreement("c d f");
    ck_assert_int_eq(jingle_content_get_senders(content_of(session_of(PAIR_I), "d")),
                     JINGLE_SENDERS_INITIATOR);
    jingle_content_remove(content_of(session_of(PAIR_R), "c"), NULL);
    jingle_content_remove(content_of(session_of(PAIR_I), "f"), NULL);
    pair_run(pair);
    check_agreement("d");
    jingle_content_remove(content_of(session_of(PAIR_R), "d"), NULL);
    pair_run(pair);
    check_ended("cancel");
}
END_TEST

static const struct {
    stub_plan_t initiator[3], responder[3];
    const char *transport;
    const char *reason;
} fallbacks[] = {
    {{{.breaks = true}}, {{.breaks = true}}, STUB_T2, NULL},
    {{{.breaks = true}}, {{.waits = true}}, STUB_T2, NULL},
    {{{.waits = true}}, {{.breaks = true}}, STUB_T2, NULL},
    {{{.breaks = true}, {.breaks = true}}, {{.breaks = true}, {.breaks = true}}, STUB_T3, NULL},
    {{{.breaks = true}}, {{.breaks = true}, {.fails = true}}, STUB_T3, NULL},
    {{{.breaks = true}, {.fails = true}}, {{.breaks = true}}, STUB_T3, NULL},
    {{{.breaks = true}}, {{.breaks = true}, {.verdict = JINGLE_CHECK_UNUSABLE}}, STUB_T3, NULL},
    {{{.breaks = true}}, {{.breaks = true}, {.verdict = JINGLE_CHECK_MALFORMED}}, STUB_T3, NULL},
    {{{.fails = true}}, {{0}}, STUB_T2, NULL},
    {{{.breaks = true}, {.breaks = true}, {.breaks = true}},
     {{.breaks = true}, {.breaks = true}, {.breaks = true}},
     NULL,
     "failed-transport"},
    {{{.breaks = true}},
     {{.breaks = true}, {.fails = true}, {.fails = true}},
     NULL,
     "failed-transport"},
};

/* Fails before open, at each point on each side: what is left is found, or the session ends. */
START_TEST(falls_back)
{
    jingle_session_t *session = create("s");

    for (int i = 0; i < 3; i++) {
        si->plan[STUB_1 + i] = fallbacks[_i].initiator[i];
        sr->plan[STUB_1 + i] = fallbacks[_i].responder[i];
    }
    add(session, "c");
    jingle_session_start(session);
    ck_assert(pair_run(pair));
    for (int i = 0; i < 4 && !jingle_session_is_ended(session_of(PAIR_I)); i++) {
        pair_wait(pair, 119999); /* who waits for the other gives up */
        ck_assert(pair_run(pair));
    }
    if (fallbacks[_i].reason) {
        check_ended(fallbacks[_i].reason);
    } else {
        check_agreement("c");
        ck_assert_str_eq(jingle_content_get_transport(content_of(session_of(PAIR_I), "c")),
                         fallbacks[_i].transport);
        ck_assert(jingle_session_is_connected(session_of(PAIR_I)));
        ck_assert(jingle_session_is_connected(session_of(PAIR_R)));
    }
}
END_TEST

/* What the responder has accepted the initiator cannot use: it goes on, though there it is open. */
START_TEST(an_unusable_acceptance)
{
    sr->plan[STUB_A].resumable = true;
    si->plan[STUB_1].breaks = sr->plan[STUB_1].breaks = true;
    si->plan[STUB_2].verdict = JINGLE_CHECK_UNUSABLE;
    connect("c", NULL);
    check_agreement("c");
    ck_assert_str_eq(jingle_content_get_transport(content_of(session_of(PAIR_R), "c")), STUB_T3);
}
END_TEST

/* The initiator falls back for the contents that the responder has made, too. */
START_TEST(falls_back_for_both_creators)
{
    connect("c", NULL);
    si->plan[STUB_A].accepts = true;
    si->plan[STUB_1].breaks = sr->plan[STUB_1].breaks = true;
    add(session_of(PAIR_R), "d");
    ck_assert(pair_run(pair));
    check_agreement("c d");
    ck_assert_str_eq(jingle_content_get_transport(content_of(session_of(PAIR_I), "d")), STUB_T2);
}
END_TEST

START_TEST(a_transfer_goes_on_over_another_transport)
{
    connect("c", NULL);
    si->plan[STUB_A].resumable = sr->plan[STUB_A].resumable = true;
    jingle_part_fail(stub_find(sr, STUB_1, "c")->part, JINGLE_REASON_CONNECTIVITY_ERROR, NULL);
    jingle_part_fail(stub_find(si, STUB_1, "c")->part, JINGLE_REASON_CONNECTIVITY_ERROR, NULL);
    ck_assert(jingle_session_is_interrupted(session_of(PAIR_R)));
    ck_assert(pair_run(pair));
    check_agreement("c");
    ck_assert_str_eq(jingle_content_get_transport(content_of(session_of(PAIR_R), "c")), STUB_T2);
    ck_assert(jingle_session_is_connected(session_of(PAIR_I)) &&
              jingle_session_is_connected(session_of(PAIR_R)));
}
END_TEST

/* ---- actions that cross ---- */

enum { CROSS_ADD, CROSS_MODIFY, CROSS_REMOVE, CROSS_REPLACE, CROSS_DONE, CROSS_END, CROSSINGS };

static void act(pair_side_t side, int what)
{
    jingle_session_t *session = session_of(side);
    jingle_content_t *content = content_of(session, "c");

    switch (what) {
    case CROSS_ADD:
        jingle_session_add_content(session, JINGLE_CONTENT(.application = STUB_APP, .name = "n"),
                                   NULL);
        break;
    case CROSS_MODIFY:
        jingle_content_modify(content,
                              side == PAIR_I ? JINGLE_SENDERS_INITIATOR : JINGLE_SENDERS_RESPONDER);
        break;
    case CROSS_REMOVE:
        jingle_content_remove(content, NULL);
        break;
    case CROSS_REPLACE:
        jingle_content_replace_transport(content, side == PAIR_I ? STUB_T2 : STUB_T3);
        break;
    case CROSS_DONE:
        jingle_content_done(content, side == PAIR_R);
        break;
    default:
        jingle_session_end(session, JINGLE_END(.condition = JINGLE_REASON_CANCEL));
        break;
    }
}

/** Delivers what crosses in one of the orders that keep each direction's own. */
static void deliver_in_order(unsigned order)
{
    for (int i = 0; i < 24; i++, order >>= 1)
        pair_deliver(pair, order & 1 ? PAIR_I : PAIR_R);
    ck_assert(pair_run(pair));
}

/* J166-57, J166-58: every pair of actions at once on the same content, in many orders of delivery:
 * both sides come to the same. */
START_TEST(whatever_crosses_both_agree)
{
    static const unsigned orders[] = {0,        0xffffff, 0x555555, 0xaaaaaa, 0x333333,
                                      0xcccccc, 0x0f0f0f, 0xe38e38, 0x1c71c7};
    int what[2] = {_i / CROSSINGS, _i % CROSSINGS};

    for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
        if (i > 0) {
            pair_down();
            pair_up();
        }
        connect("c", "d");
        si->plan[STUB_A].accepts = true;
        si->plan[STUB_A].resumable = sr->plan[STUB_A].resumable = true;
        act(PAIR_I, what[PAIR_I]);
        act(PAIR_R, what[PAIR_R]);
        deliver_in_order(orders[i]);
        ck_assert(jingle_session_is_ended(session_of(PAIR_I)) ==
                  jingle_session_is_ended(session_of(PAIR_R)));
        if (!jingle_session_is_ended(session_of(PAIR_I)))
            check_agreement(names_of(session_of(PAIR_I)));
    }
}
END_TEST

/* J166-57, J166-58: the initiator's wins; the responder's is answered conflict with tie-break */
START_TEST(the_same_addition_from_both)
{
    connect("c", NULL);
    add(session_of(PAIR_I), "x");
    add(session_of(PAIR_R), "y");
    ck_assert(pair_run(pair));
    check_agreement("c x");
    ck_assert_ptr_nonnull(strstr(log_of(PAIR_I), " cancel conflict/tie-break\n"));
    ck_assert_ptr_nonnull(strstr(log_of(PAIR_R), "a.closed y cancel\n"));
}
END_TEST

/* states.md 5: additions tie only if they are equivalent */
START_TEST(different_additions_from_both)
{
    connect("c", NULL);
    si->plan[STUB_A].peaceful = true;
    si->plan[STUB_A].accepts = true;
    add(session_of(PAIR_I), "x");
    add(session_of(PAIR_R), "y");
    ck_assert(pair_run(pair));
    check_agreement("c x y");
}
END_TEST

/* J166-57 */
START_TEST(the_same_modification_from_both)
{
    connect("c", "d");
    jingle_content_modify(content_of(session_of(PAIR_I), "c"), JINGLE_SENDERS_INITIATOR);
    jingle_content_modify(content_of(session_of(PAIR_R), "c"), JINGLE_SENDERS_RESPONDER);
    ck_assert(pair_run(pair));
    check_agreement("c d");
    ck_assert_int_eq(jingle_content_get_senders(content_of(session_of(PAIR_R), "c")),
                     JINGLE_SENDERS_INITIATOR);
    ck_assert_ptr_nonnull(strstr(log_of(PAIR_R), "error s content-modify conflict/tie-break\n"));
    /* of different contents: no tie */
    jingle_content_modify(content_of(session_of(PAIR_I), "c"), JINGLE_SENDERS_NONE);
    jingle_content_modify(content_of(session_of(PAIR_R), "d"), JINGLE_SENDERS_RESPONDER);
    ck_assert(pair_run(pair));
    check_agreement("c d");
    ck_assert_int_eq(jingle_content_get_senders(content_of(session_of(PAIR_I), "d")),
                     JINGLE_SENDERS_RESPONDER);
}
END_TEST

/* J166-57 */
START_TEST(the_same_replacement_from_both)
{
    connect("c", NULL);
    si->plan[STUB_A].resumable = sr->plan[STUB_A].resumable = true;
    jingle_content_replace_transport(content_of(session_of(PAIR_I), "c"), STUB_T2);
    jingle_content_replace_transport(content_of(session_of(PAIR_R), "c"), STUB_T3);
    ck_assert(pair_run(pair));
    check_agreement("c");
    ck_assert_str_eq(jingle_content_get_transport(content_of(session_of(PAIR_R), "c")), STUB_T2);
    ck_assert_ptr_nonnull(strstr(log_of(PAIR_R), "error s transport-replace conflict/tie-break\n"));
}
END_TEST

/* A removal that crosses its like, and the answers to a question that was taken back. */
START_TEST(the_same_removal_from_both)
{
    connect("c", "d");
    jingle_content_remove(content_of(session_of(PAIR_I), "c"), NULL);
    jingle_content_remove(content_of(session_of(PAIR_R), "c"), NULL);
    ck_assert(pair_run(pair));
    check_agreement("d");
    ck_assert_ptr_nonnull(strstr(log_of(PAIR_R), "error s content-remove conflict/tie-break\n"));
}
END_TEST

START_TEST(a_removal_crosses_the_answer)
{
    connect("c", NULL);
    add(session_of(PAIR_I), "x");
    pair_deliver_all(pair, PAIR_I);
    jingle_content_remove(content_of(session_of(PAIR_I), "x"), NULL);
    ck_assert(pair_run(pair));
    check_agreement("c");
    ck_assert_ptr_null(strstr(log_of(PAIR_I), "> error"));
    ck_assert_ptr_null(strstr(log_of(PAIR_R), "> error"));
}
END_TEST

/* ---- offers that cross ---- */

/* J166-54, J166-55, J166-56: which of two offers wins the application may decide */
START_TEST(offers_of_both)
{
    jingle_session_t *session = NULL;
    bool peaceful = _i == 1;

    si->plan[STUB_A].peaceful = sr->plan[STUB_A].peaceful = peaceful;
    si->plan[STUB_A].accepts = true;
    add(create("a"), "c");
    jingle_session_start(session_of(PAIR_I));
    jingle_managed_session_new(pair->engine[PAIR_R]->jingle, ENGINE_OWN, JINGLE_SESSION(.sid = "b"),
                               &session);
    add(session, "c");
    jingle_session_start(session);
    ck_assert(pair_run(pair));
    ck_assert_uint_eq(jingle_count_sessions(pair->engine[PAIR_I]->jingle), peaceful ? 2 : 1);
    ck_assert_uint_eq(jingle_count_sessions(pair->engine[PAIR_R]->jingle), peaceful ? 2 : 1);
    ck_assert_ptr_nonnull(jingle_find_session(pair->engine[PAIR_R]->jingle, NULL, ENGINE_OWN, "a"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("managed/pair");
    TCase *whole = tcase_create("whole"), *cross = tcase_create("cross");

    tcase_add_checked_fixture(whole, pair_up, pair_down);
    tcase_add_checked_fixture(cross, pair_up, pair_down);
    suite_add_tcase(suite, whole);
    suite_add_tcase(suite, cross);
    tcase_add_test(whole, from_offer_to_success);
    tcase_add_test(whole, changes_in_both_directions);
    tcase_add_loop_test(whole, falls_back, 0, (int)(sizeof(fallbacks) / sizeof(fallbacks[0])));
    tcase_add_test(whole, an_unusable_acceptance);
    tcase_add_test(whole, falls_back_for_both_creators);
    tcase_add_test(whole, a_transfer_goes_on_over_another_transport);
    tcase_add_loop_test(cross, whatever_crosses_both_agree, 0, CROSSINGS * CROSSINGS);
    tcase_add_test(cross, the_same_addition_from_both);
    tcase_add_test(cross, different_additions_from_both);
    tcase_add_test(cross, the_same_modification_from_both);
    tcase_add_test(cross, the_same_replacement_from_both);
    tcase_add_test(cross, the_same_removal_from_both);
    tcase_add_test(cross, a_removal_crosses_the_answer);
    tcase_add_loop_test(cross, offers_of_both, 0, 2);
    return run_suite(suite);
}
