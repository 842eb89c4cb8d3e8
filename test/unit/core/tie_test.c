/* SPDX-License-Identifier: MIT */
/** @file
 *  Ties, XEP-0166 section 7.2.16: both sides do the same at once. */
#include "fixture.h"

#define TIE "cancel conflict/tie-break"

/* ---- two offers, other sids ---- */

/* The action with the lower sid overrules; sids order by octets. */
START_TEST(the_lower_sid_wins)
{
    static const struct {
        const char *ours, *theirs;
        bool refused;
    } cases[] = {{"b", "c", true},        {"b", "a", false},       {"b", "ba", true},
                 {"ba", "b", false},      {"B", "a", true},        {"a", "B", false},
                 {"z", "\xc3\xa9", true}, {"\xc3\xa9", "z", false}};
    size_t i;

    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        jingle_session_t *ours = engine_create(e, cases[i].ours);
        char id[8], refusal[64];

        /* The same request again would be no new offer. */
        snprintf(id, sizeof(id), "i%zu", i);
        snprintf(refusal, sizeof(refusal), "> error %s " TIE "\n", id);
        jingle_session_start(ours);
        engine_log(e);
        engine_offer(e, id, cases[i].theirs);
        if (cases[i].refused)
            ck_log(refusal);
        else
            ck_assert_ptr_nonnull(strstr(engine_log(e), "\nincoming"));
        ck_assert(jingle_session_is_pending(ours));
        jingle_end_all_sessions(e->jingle, JINGLE_END(.silent = true));
    }
}
END_TEST

START_TEST(no_tie_once_ours_is_answered)
{
    jingle_session_start(engine_create(e, "b"));
    engine_ack(e);
    engine_offer(e, "i", "c");
    ck_assert_ptr_nonnull(strstr(engine_log(e), "> result i\n"));
    engine_offer(e, "j", "b");
    ck_log("> error j cancel unexpected-request/out-of-order\n");
    ck_assert_uint_eq(jingle_count_sessions(e->jingle), 2);
}
END_TEST

START_TEST(no_tie_with_what_was_not_sent)
{
    engine_create(e, "b");
    engine_offer(e, "i", "c");
    ck_assert_ptr_nonnull(strstr(engine_log(e), "> result i\n"));
    engine_offer(e, "j", "b");
    ck_log("> error j cancel unexpected-request/out-of-order\n");
}
END_TEST

START_TEST(other_applications_do_not_compete)
{
    jingle_session_start(engine_create(e, "b"));
    engine_log(e);
    engine_action(e, "i", "session-initiate", "c",
                  "<content creator='initiator' name='c'><description xmlns='urn:example:other'/>"
                  "<transport xmlns='urn:example:t'/></content>");
    ck_log("created c\nstate c pending\n> result i\nincoming c\n");
}
END_TEST

START_TEST(other_peers_do_not_compete)
{
    jingle_session_start(engine_create(e, "b"));
    engine_log(e);
    engine_feed_jingle(e, ENGINE_OTHER, "i", "session-initiate", "c", ENGINE_CONTENT);
    ck_assert_ptr_nonnull(strstr(engine_log(e), "> result i\n"));
}
END_TEST

/* ---- who says what competes ---- */

static bool verdict;

static bool ask(jingle_t *jingle, jingle_session_t *ours, const jingle_offer_t *theirs,
                void *userdata)
{
    (void)jingle;
    ck_assert_ptr_eq(userdata, e);
    ck_assert_str_eq(theirs->peer, ENGINE_PEER);
    ck_assert_uint_eq(theirs->n_transports, 1);
    engine_note(e, "competes %s %s %s", jingle_session_get_sid(ours), theirs->sid,
                theirs->applications[0]);
    return verdict;
}

START_TEST(the_program_says_what_competes)
{
    begin_with(JINGLE_CONFIG(.tie_break = ask));
    jingle_session_start(engine_create(e, "b"));
    engine_log(e);
    verdict = true;
    engine_offer(e, "i", "c");
    ck_log("competes b c " ENGINE_APP "\n> error i " TIE "\n");
    engine_offer(e, "j", "a");
    ck_log("created a\non session-initiate a\nstate a pending\n> result j\nincoming a\n");
    verdict = false;
    engine_offer(e, "k", "c");
    ck_log("competes b c " ENGINE_APP
           "\ncreated c\non session-initiate c\nstate c pending\n> result k\n"
           "incoming c\n");
}
END_TEST

static bool type_ask(jingle_session_t *ours, const jingle_offer_t *theirs, void *self)
{
    (void)self;
    engine_note(e, "type competes %s %s", jingle_session_get_sid(ours), theirs->sid);
    return true;
}

START_TEST(the_type_says_what_competes)
{
    static jingle_session_type_t type;
    jingle_session_t *session = NULL;

    type = engine_type;
    type.competes = type_ask;
    jingle_session_new(e->jingle, ENGINE_PEER,
                       JINGLE_SESSION(.sid = "b", .type = &type, .type_userdata = e), &session);
    jingle_session_start(session);
    engine_log(e);
    engine_offer(e, "i", "c");
    ck_log("type competes b c\n> error i " TIE "\n");
}
END_TEST

static bool end_all(jingle_t *jingle, jingle_session_t *ours, const jingle_offer_t *theirs,
                    void *userdata)
{
    (void)ours, (void)theirs, (void)userdata;
    jingle_end_all_sessions(jingle, JINGLE_END(.silent = true));
    return false;
}

START_TEST(the_program_may_end_what_it_is_asked_about)
{
    begin_with(JINGLE_CONFIG(.tie_break = end_all));
    jingle_session_start(engine_create(e, "a"));
    jingle_session_start(engine_create(e, "b"));
    jingle_session_release(e->session);
    e->session = NULL;
    engine_log(e);
    engine_offer(e, "i", "c");
    ck_log("state a ended\nterminated a gone\nstate b ended\nterminated b gone\n"
           "created c\non session-initiate c\nstate c pending\n> result i\nincoming c\n");
}
END_TEST

/* ---- inside a session ---- */

START_TEST(the_initiator_refuses)
{
    static const char *const tying[] = {"content-add",      "content-accept",  "content-reject",
                                        "content-modify",   "content-remove",  "transport-replace",
                                        "transport-accept", "transport-reject"};
    jingle_session_t *session = engine_create_active(e, "s");
    size_t i;

    for (i = 0; i < sizeof tying / sizeof tying[0]; i++) {
        engine_send(e, session, jingle_action_from_name(tying[i]), ENGINE_CONTENT);
        engine_log(e);
        engine_action(e, "i", tying[i], "s", ENGINE_CONTENT);
        ck_log("> error i " TIE "\n");
        engine_ack(e);
        engine_action(e, "j", tying[i], "s", ENGINE_CONTENT);
        ck_assert_ptr_nonnull(strstr(engine_log(e), "> result j\n"));
    }
}
END_TEST

START_TEST(the_responder_gives_way)
{
    jingle_session_t *session = engine_offered(e, "s");

    jingle_session_accept(session);
    engine_ack(e);
    engine_send(e, session, JINGLE_ACTION_CONTENT_ADD, ENGINE_CONTENT);
    engine_log(e);
    engine_action(e, "i", "content-add", "s", ENGINE_CONTENT);
    ck_log("on content-add s\n> result i\n");
    engine_refuse(e, "conflict", "tie-break");
    ck_log("error s content-add conflict/tie-break\n");
    ck_assert(jingle_session_is_active(session));
}
END_TEST

START_TEST(infos_never_tie)
{
    static const char *const infos[] = {"session-info", "description-info", "transport-info",
                                        "security-info"};
    jingle_session_t *session = engine_create_active(e, "s");
    size_t i;

    for (i = 0; i < sizeof infos / sizeof infos[0]; i++) {
        engine_send(e, session, jingle_action_from_name(infos[i]), "");
        ck_assert_int_eq(jingle_session_get_pending_action(session), JINGLE_ACTION_UNKNOWN);
        engine_action(e, "i", infos[i], "s", "");
        ck_assert_ptr_nonnull(strstr(engine_log(e), "> result i\n"));
    }
}
END_TEST

/* What was fine on arrival may tie when its turn comes. */
START_TEST(ties_are_judged_again_in_their_turn)
{
    jingle_session_t *session = engine_create_active(e, "s");

    e->keep = true;
    engine_action(e, "1", "session-info", "s", "");
    engine_action(e, "2", "content-add", "s", ENGINE_CONTENT);
    engine_send(e, session, JINGLE_ACTION_CONTENT_ADD, ENGINE_CONTENT);
    engine_log(e);
    engine_complete(e, NULL);
    ck_log("> result 1\n> error 2 " TIE "\n");
}
END_TEST

START_TEST(every_unanswered_request_ties)
{
    jingle_session_t *session = engine_create_active(e, "s");

    engine_send(e, session, JINGLE_ACTION_CONTENT_ADD, ENGINE_CONTENT);
    engine_send(e, session, JINGLE_ACTION_CONTENT_MODIFY, ENGINE_CONTENT);
    engine_send(e, session, JINGLE_ACTION_SESSION_INFO, "");
    ck_assert_int_eq(jingle_session_get_pending_action(session), JINGLE_ACTION_CONTENT_MODIFY);
    engine_log(e);
    engine_action(e, "i", "content-add", "s", ENGINE_CONTENT);
    engine_action(e, "j", "content-modify", "s", ENGINE_CONTENT);
    engine_action(e, "k", "content-remove", "s", ENGINE_CONTENT);
    ck_log("> error i " TIE "\n> error j " TIE "\non content-remove s\n> result k\n");
}
END_TEST

/* ---- a type that judges itself ---- */

static bool admit(jingle_session_t *session, const jingle_data_t *data, jingle_error_t *error,
                  void *self)
{
    (void)session, (void)self;
    if (data->action != JINGLE_ACTION_CONTENT_REMOVE)
        return true;
    *error = *jingle_error_of(JINGLE_ERROR_OUT_OF_ORDER);
    return false;
}

START_TEST(a_type_that_admits_judges_ties_itself)
{
    static jingle_session_type_t type;

    type = engine_type;
    type.admit = admit;
    jingle_unregister_session_type(e->jingle, ENGINE_APP);
    jingle_register_session_type(e->jingle, ENGINE_APP, &type, e);
    jingle_session_new(e->jingle, ENGINE_PEER,
                       JINGLE_SESSION(.sid = "s", .type = &type, .type_userdata = e), NULL);
    jingle_session_start(e->session);
    engine_ack(e);
    engine_send(e, e->session, JINGLE_ACTION_CONTENT_ADD, ENGINE_CONTENT);
    engine_log(e);
    engine_action(e, "i", "content-add", "s", ENGINE_CONTENT);
    engine_action(e, "j", "content-remove", "s", ENGINE_CONTENT);
    ck_log("on content-add s\n> result i\n> error j cancel unexpected-request/out-of-order\n");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("core/tie");
    TCase *sids = add_case(suite, "sids"), *asked = add_case(suite, "asked");
    TCase *actions = add_case(suite, "actions");

    tcase_add_test(sids, the_lower_sid_wins);
    tcase_add_test(sids, no_tie_once_ours_is_answered);
    tcase_add_test(sids, no_tie_with_what_was_not_sent);
    tcase_add_test(sids, other_applications_do_not_compete);
    tcase_add_test(sids, other_peers_do_not_compete);
    tcase_add_test(asked, the_program_says_what_competes);
    tcase_add_test(asked, the_type_says_what_competes);
    tcase_add_test(asked, the_program_may_end_what_it_is_asked_about);
    tcase_add_test(actions, the_initiator_refuses);
    tcase_add_test(actions, the_responder_gives_way);
    tcase_add_test(actions, infos_never_tie);
    tcase_add_test(actions, ties_are_judged_again_in_their_turn);
    tcase_add_test(actions, every_unanswered_request_ties);
    tcase_add_test(actions, a_type_that_admits_judges_ties_itself);
    return run_suite(suite);
}
