/* SPDX-License-Identifier: MIT */
/** @file
 *  Two offers of one sid, XEP-0166 section 7.2.16: the lower JID wins. */
#include "fixture.h"

#define TIE "cancel conflict/tie-break"

/* m@self.example is lower than z@peer.example. */
START_TEST(of_one_sid_the_lower_jid_wins)
{
    jingle_session_start(engine_create(e, "s"));
    engine_log(e);
    engine_offer(e, "i", "s");
    ck_log("> error i " TIE "\n");
    engine_ack(e);
    ck_assert(jingle_session_is_acknowledged(e->session));
}
END_TEST

static bool never_prepared(jingle_t *jingle, const jingle_offer_t *offer,
                           const jingle_session_type_t **type, void **type_userdata, void *userdata)
{
    (void)jingle;
    (void)offer;
    (void)type;
    (void)type_userdata;
    engine_note(userdata, "asked");
    return false;
}

/* What is refused is not an offer any more: the program does not hear of it. */
START_TEST(who_has_lost_is_not_asked_about)
{
    static const char other[] =
        "<content creator='initiator' name='c'><description xmlns='urn:example:other'/>"
        "<transport xmlns='urn:t'/></content>";
    jingle_session_t *ours;

    begin_with(JINGLE_CONFIG(.prepare_session = never_prepared));
    ours = engine_create(e, "s");
    jingle_session_start(ours);
    engine_log(e);
    engine_action(e, "i", "session-initiate", "s", other);
    ck_log("> error i " TIE "\n");
    engine_ack(e);
    engine_action(e, "j", "session-initiate", "s", other);
    ck_log("> error j cancel unexpected-request/out-of-order\n");
    ck_assert_ptr_eq(jingle_find_session(e->jingle, NULL, ENGINE_PEER, "s"), ours);
    engine_action(e, "k", "session-initiate", "t", other);
    ck_assert_ptr_nonnull(strstr(engine_log(e), "asked\n"));
}
END_TEST

static jingle_session_t *start_with_other(const char *sid)
{
    static const char *const applications[] = {"urn:example:not-shared"};
    jingle_session_t *session = NULL;

    jingle_session_new(e->jingle, ENGINE_OTHER,
                       JINGLE_SESSION(.sid = sid, .type = &engine_type, .type_userdata = e,
                                      .applications = applications, .n_applications = 1),
                       &session);
    jingle_session_start(session);
    engine_log(e);
    return session;
}

/* a@other.example is lower than we are; what is offered plays no part. */
START_TEST(of_one_sid_the_higher_jid_gives_way)
{
    jingle_session_t *ours = jingle_session_clone(start_with_other("s"));
    char id[64];

    snprintf(id, sizeof id, "%s", xmpp_stanza_get_id(engine_last(e)));
    engine_feed_jingle(e, ENGINE_OTHER, "i", "session-initiate", "s", ENGINE_CONTENT);
    ck_log("state s ended\nterminated s alternative-session\n"
           "created s\non session-initiate s\nstate s pending\n> result i\nincoming s\n");
    ck_assert(jingle_session_is_ended(ours));
    ck_assert_ptr_ne(jingle_find_session(e->jingle, NULL, ENGINE_OTHER, "s"), ours);
    /* The answer to ours comes late, and must not touch theirs. */
    engine_feed(e, "<iq xmlns='jabber:client' type='error' id='%s' from='" ENGINE_OTHER "'/>", id);
    ck_log("");
    ck_assert_uint_eq(jingle_count_sessions(e->jingle), 1);
    jingle_session_release(ours);
}
END_TEST

START_TEST(a_malformed_offer_ends_nothing)
{
    jingle_session_t *ours = start_with_other("s");

    engine_feed_jingle(e, ENGINE_OTHER, "i", "session-initiate", "s", "<content name='c'/>");
    ck_log("> error i cancel bad-request\n");
    ck_assert(jingle_session_is_pending(ours));
}
END_TEST

static bool refuse(jingle_t *jingle, const char *peer, const char *own, void *userdata)
{
    jingle_session_t **ours = userdata;

    engine_note(e, "may %s %s", peer, own);
    if (ours) /* the program ends it where it is asked */
        jingle_session_end(*ours, NULL);
    else
        return false;
    (void)jingle;
    return true;
}

/* To win the tie is no leave to open a session: the sid is known to whom we offer something. */
START_TEST(who_may_not_offer_ends_nothing)
{
    jingle_session_t *ours = start_with_other("s");

    jingle_set_may_offer(e->jingle, refuse, NULL);
    engine_feed_jingle(e, ENGINE_OTHER, "i", "session-initiate", "s", ENGINE_CONTENT);
    ck_log("may " ENGINE_OTHER " " ENGINE_OWN "\n> error i cancel service-unavailable\n");
    ck_assert(jingle_session_is_pending(ours));
    ck_assert_uint_eq(jingle_count_sessions(e->jingle), 1);
}
END_TEST

/* The peer takes our session-terminate for one of its own session, which has that sid too. */
START_TEST(ours_ends_while_the_program_is_asked)
{
    jingle_session_t *ours = jingle_session_clone(start_with_other("s"));

    jingle_set_may_offer(e->jingle, refuse, &ours);
    engine_feed_jingle(e, ENGINE_OTHER, "i", "session-initiate", "s", ENGINE_CONTENT);
    ck_assert(jingle_session_is_ended(ours));
    ck_log("may " ENGINE_OTHER " " ENGINE_OWN
           "\nstate s ended\n> set session-terminate s success\nterminated s success\n"
           "> error i cancel unexpected-request/out-of-order\n");
    ck_assert_uint_eq(jingle_count_sessions(e->jingle), 0);
    jingle_session_release(ours);
}
END_TEST

static bool hear_answer(jingle_t *jingle, const char *peer, const char *own, void *userdata)
{
    const char *id = userdata;

    (void)jingle, (void)peer, (void)own;
    return engine_feed(
        e, "<iq xmlns='jabber:client' type='result' id='%s' from='" ENGINE_OTHER "'/>", id);
}

/* Ours is no offer any more but a session: theirs comes too late to tie. */
START_TEST(ours_is_answered_while_the_program_is_asked)
{
    jingle_session_t *ours = start_with_other("s");
    char id[64];

    snprintf(id, sizeof id, "%s", xmpp_stanza_get_id(engine_last(e)));
    jingle_set_may_offer(e->jingle, hear_answer, id);
    engine_feed_jingle(e, ENGINE_OTHER, "i", "session-initiate", "s", ENGINE_CONTENT);
    ck_log("> error i cancel unexpected-request/out-of-order\n");
    ck_assert(jingle_session_is_pending(ours));
    ck_assert_ptr_eq(jingle_find_session(e->jingle, NULL, ENGINE_OTHER, "s"), ours);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("core/tie_sid");
    TCase *tcase = add_case(suite, "all");

    tcase_add_test(tcase, who_may_not_offer_ends_nothing);
    tcase_add_test(tcase, ours_ends_while_the_program_is_asked);
    tcase_add_test(tcase, ours_is_answered_while_the_program_is_asked);
    tcase_add_test(tcase, of_one_sid_the_lower_jid_wins);
    tcase_add_test(tcase, who_has_lost_is_not_asked_about);
    tcase_add_test(tcase, of_one_sid_the_higher_jid_gives_way);
    tcase_add_test(tcase, a_malformed_offer_ends_nothing);
    return run_suite(suite);
}
