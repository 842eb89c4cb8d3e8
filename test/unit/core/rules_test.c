/* SPDX-License-Identifier: MIT */
/** @file
 *  Rules of XEP-0166 about addressing, ends and form that belong to no other test, each by its row of
 *  the checklist. */
#include "fixture.h"

#include <stdlib.h>

#define UNKNOWN "cancel item-not-found/unknown-session\n"
#define BAD "cancel bad-request\n"
#define ORDER "cancel unexpected-request/out-of-order\n"

static const char *sent_attribute(const char *name)
{
    return xmpp_stanza_get_attribute(
        jingle_element_child(engine_last_request(e), "jingle", JINGLE_NS), name);
}

/* J166-14, J166-18, J166-19: ended by session-terminate from either state as either role, at the
 * moment it is sent; from then on there is no such session. */
START_TEST(ends_by_session_terminate)
{
    jingle_session_t *session;
    bool ours = _i & 1, active = _i & 2;

    session = ours ? engine_create_active(e, "s") : engine_offered(e, "s");
    if (ours && !active) {
        ck_assert_int_eq(jingle_session_end(session, NULL), JINGLE_EOK);
        engine_log(e);
        session = engine_create(e, "s");
        jingle_session_start(session);
        engine_ack(e);
    } else if (!ours && active)
        jingle_session_accept(session);
    ck_assert_int_eq(jingle_session_get_state(session),
                     active ? JINGLE_STATE_ACTIVE : JINGLE_STATE_PENDING);
    jingle_session_clone(session);
    engine_log(e);
    ck_assert_int_eq(
        jingle_session_end(session, JINGLE_END(.condition = JINGLE_REASON_GENERAL_ERROR)),
        JINGLE_EOK);
    ck_assert(jingle_session_is_ended(session)); /* nobody has acknowledged yet */
    ck_log("state s ended\n> set session-terminate s general-error\nterminated s general-error\n");
    engine_action(e, "t", "transport-info", "s", "");
    engine_action(e, "u", "session-terminate", "s", "");
    ck_log("> error t " UNKNOWN "> error u " UNKNOWN);
    jingle_session_release(session);
}
END_TEST

/* J166-17: acknowledged, and then gone. */
START_TEST(a_received_terminate_is_acknowledged)
{
    engine_create_active(e, "s");
    engine_action(e, "t", "session-terminate", "s", "<reason><success/></reason>");
    ck_log("state s ended\nterminated s success\n> result t\n");
    ck_assert_uint_eq(jingle_count_sessions(e->jingle), 0);
}
END_TEST

/* J166-26, J166-35 */
START_TEST(action_and_sid_are_required)
{
    engine_create_active(e, "s");
    engine_feed(e, "<iq type='set' id='1' from='" ENGINE_PEER "' to='" ENGINE_OWN
                   "'><jingle xmlns='" JINGLE_NS "' sid='s'/></iq>");
    engine_feed(e, "<iq type='set' id='2' from='" ENGINE_PEER "' to='" ENGINE_OWN
                   "'><jingle xmlns='" JINGLE_NS "' action='session-info'/></iq>");
    engine_action(e, "3", "session-info", "", "");
    engine_action(e, "4", "", "s", "");
    ck_log("> error 1 " BAD "> error 2 " BAD "> error 3 " BAD "> error 4 " BAD);
}
END_TEST

#define FOREIGN "mallory@elsewhere.example/x"

static void feed_with(const char *id, const char *action, const char *attributes)
{
    engine_feed(e,
                "<iq type='set' id='%s' from='" ENGINE_PEER "' to='" ENGINE_OWN
                "'><jingle xmlns='" JINGLE_NS "' sid='s' action='%s' %s>%s</jingle></iq>",
                id, action, attributes, strcmp(action, "session-info") ? ENGINE_CONTENT : "");
}

/* J166-28, J166-33: on other actions the two attributes are ignored. */
START_TEST(attributes_on_other_actions_are_ignored)
{
    engine_offered(e, "s");
    e->on_action = NULL;
    feed_with("1", "transport-info", "initiator='" FOREIGN "'");
    feed_with("2", "session-info", "responder='" FOREIGN "'");
    ck_log("on transport-info s\n> result 1\non session-info s\n> result 2\n");
}
END_TEST

/* J166-29, J166-30, J166-31, J166-90: an initiator that is not the sender is ignored; everything goes
 * to the sender. */
START_TEST(a_foreign_initiator_is_ignored)
{
    feed_with("1", "session-initiate", "initiator='" FOREIGN "'");
    ck_assert_str_eq(xmpp_stanza_get_to(engine_last(e)), ENGINE_PEER);
    ck_assert_str_eq(jingle_session_get_peer(e->session), ENGINE_PEER);
    jingle_session_accept(e->session);
    ck_assert_str_eq(xmpp_stanza_get_to(engine_last_request(e)), ENGINE_PEER);
    jingle_session_end(e->session, NULL);
    ck_assert_str_eq(xmpp_stanza_get_to(engine_last_request(e)), ENGINE_PEER);
    for (size_t i = 0; i < e->n_sent; i++)
        ck_assert_str_eq(xmpp_stanza_get_to(e->sent[i]), ENGINE_PEER);
}
END_TEST

/* J166-34, J166-90: likewise a responder in session-accept. */
START_TEST(a_foreign_responder_is_ignored)
{
    jingle_session_t *session = engine_create(e, "s");

    jingle_session_start(session);
    engine_ack(e);
    feed_with("1", "session-accept", "responder='" FOREIGN "'");
    ck_assert(jingle_session_is_active(session));
    jingle_session_send(session, JINGLE_ACTION_SESSION_INFO, NULL);
    ck_assert_str_eq(xmpp_stanza_get_to(engine_last_request(e)), ENGINE_PEER);
}
END_TEST

static int compare_sids(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* J166-36: random (33 octets, 128 bits), an Nmtoken, never twice. */
START_TEST(sids_are_random_names)
{
    enum { MANY = 10000 };
    static jingle_session_t *sessions[MANY];
    static const char *sids[MANY];
    jingle_limits_t limits;

    jingle_limits_init(&limits);
    limits.sessions_per_peer = 0;
    jingle_set_limits(e->jingle, &limits);
    for (size_t i = 0; i < MANY; i++) {
        ck_assert_int_eq(jingle_session_new(e->jingle, ENGINE_PEER, NULL, &sessions[i]),
                         JINGLE_EOK);
        sids[i] = jingle_session_get_sid(sessions[i]);
        ck_assert_uint_ge(strlen(sids[i]), 16);
        ck_assert_uint_eq(
            strspn(sids[i], "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:"),
            strlen(sids[i]));
    }
    qsort(sids, MANY, sizeof *sids, compare_sids);
    for (size_t i = 1; i < MANY; i++)
        ck_assert_str_ne(sids[i - 1], sids[i]);
    engine_log(e);
}
END_TEST

/* J166-37: nothing but the defined actions can be sent. */
START_TEST(only_defined_actions_are_sent)
{
    jingle_session_t *session = engine_create_active(e, "s");

    ck_assert_int_eq(jingle_session_send(session, JINGLE_ACTION_UNKNOWN, NULL), JINGLE_EINVAL);
    ck_assert_int_eq(jingle_session_send(session, JINGLE_ACTION_COUNT, NULL), JINGLE_EINVAL);
    ck_log("");
    for (int action = JINGLE_ACTION_SESSION_INFO; action <= JINGLE_ACTION_TRANSPORT_REJECT;
         action++) {
        ck_assert_int_eq(jingle_session_send(session, (jingle_action_t)action, NULL), JINGLE_EOK);
        ck_assert_str_eq(sent_attribute("action"), jingle_action_name((jingle_action_t)action));
    }
}
END_TEST

/* J166-38: bad-request, the state stays; on a live sid in its turn. */
START_TEST(undefined_actions_are_bad_requests)
{
    jingle_session_t *session = engine_create_active(e, "s");

    engine_action(e, "1", "foo", "s", "");
    engine_action(e, "2", "Session-Info", "s", "");
    engine_action(e, "3", "foo", "nothing", "");
    engine_feed_jingle(e, ENGINE_OTHER, "4", "foo", "s", "");
    ck_log("> error 1 " BAD "> error 2 " BAD "> error 3 " BAD "> error 4 " BAD);
    ck_assert(jingle_session_is_active(session));
    e->keep = true;
    engine_action(e, "5", "session-info", "s", "");
    engine_action(e, "6", "foo", "s", "");
    ck_log("on session-info s\n");
    engine_complete(e, NULL);
    ck_log("> result 5\n> error 6 " BAD);
}
END_TEST

#define DESCRIPTION "<description xmlns='" ENGINE_APP "'/>"
#define TRANSPORT "<transport xmlns='" ENGINE_TRANSPORT "'/>"

/* J166-10, J166-52, J166-63, J166-65: whole contents of defined values, for every type of session */
START_TEST(malformed_offers)
{
    static const char *const offers[] = {
        "",
        "<content creator='initiator' name='c'>" DESCRIPTION "</content>",
        "<content creator='initiator' name='c'>" TRANSPORT "</content>",
        "<content creator='nobody' name='c'>" DESCRIPTION TRANSPORT "</content>",
        "<content creator='initiator' name='c' senders='all'>" DESCRIPTION TRANSPORT "</content>",
        ENGINE_CONTENT "<content creator='initiator' name='d'/>",
        "<content creator='initiator' name='c' disposition='early-session'><description "
        "xmlns='" ENGINE_APP "'/><transport xmlns='" ENGINE_TRANSPORT "'/></content>",
        "<content creator='initiator'><description xmlns='" ENGINE_APP
        "'/><transport xmlns='" ENGINE_TRANSPORT "'/></content>",
    };

    for (size_t i = 0; i < sizeof offers / sizeof offers[0]; i++) {
        engine_action(e, "1", "session-initiate", "s", offers[i]);
        ck_log("> error 1 " BAD);
        ck_assert_uint_eq(jingle_count_sessions(e->jingle), 0);
    }
}
END_TEST

static const char *sent_creator(void)
{
    xmpp_stanza_t *jingle = jingle_element_child(engine_last_request(e), "jingle", JINGLE_NS);

    return xmpp_stanza_get_attribute(jingle_element_child(jingle, "content", NULL), "creator");
}

/* J166-59: never left out in what is sent; one that a peer leaves out is counted. */
START_TEST(contents_say_who_made_them)
{
    jingle_counters_t counters = {.size = sizeof counters};
    jingle_session_t *session = engine_create(e, "s");

    ck_assert_int_eq(engine_send(e, session, JINGLE_ACTION_SESSION_INITIATE,
                                 "<content name='c'>" DESCRIPTION TRANSPORT "</content>"),
                     JINGLE_EOK);
    ck_assert_str_eq(sent_creator(), "initiator");
    engine_ack(e);
    engine_action(e, "1", "session-initiate", "t",
                  "<content name='c'>" DESCRIPTION TRANSPORT "</content>");
    session = jingle_find_session(e->jingle, NULL, ENGINE_PEER, "t");
    ck_assert_ptr_nonnull(session);
    jingle_get_counters(e->jingle, &counters);
    ck_assert_uint_eq(counters.quirks, 1);
    engine_send(e, session, JINGLE_ACTION_CONTENT_ADD,
                "<content name='d'>" DESCRIPTION TRANSPORT "</content>");
    ck_assert_str_eq(sent_creator(), "responder");
    engine_log(e);
}
END_TEST

/* J166-76, J166-77 */
START_TEST(out_of_order_and_unknown)
{
    engine_create_active(e, "s");
    engine_offer(e, "1", "s");
    engine_action(e, "2", "session-accept", "s", ENGINE_CONTENT);
    ck_log("> error 1 " ORDER "> error 2 " ORDER);
    for (int action = JINGLE_ACTION_SESSION_ACCEPT; action <= JINGLE_ACTION_TRANSPORT_REJECT;
         action++) {
        engine_action(e, "3", jingle_action_name((jingle_action_t)action), "no-such-sid", "");
        ck_log("> error 3 " UNKNOWN);
    }
}
END_TEST

/* What the base type says after its ack goes before the next action, also when the program
 * leaves the action to it later. */
START_TEST(a_late_refusal_keeps_its_place)
{
    static const char *const asked[] = {"content-add", "transport-replace"};
    static const char *const expected[] = {
        "> result 1\n> set content-reject s failed-application\non session-info s\n> result 2\n",
        "> result 1\n> set transport-reject s failed-transport\non session-info s\n> result 2\n"};
    jingle_reply_t *reply;

    engine_create_active(e, "s");
    e->keep = true;
    engine_action(e, "1", asked[_i], "s", ENGINE_CONTENT);
    engine_action(e, "2", "session-info", "s", "");
    e->keep = false;
    engine_log(e);
    reply = e->kept[--e->n_kept];
    ck_assert_int_eq(jingle_reply_default(reply), JINGLE_EOK);
    jingle_reply_release(reply);
    ck_log(expected[_i]);
}
END_TEST

/** An offer with n applications of its own, over one transport. */
static void offer_many(const char *id, const char *sid, size_t n)
{
    char inside[4096];
    size_t len = 0;

    for (size_t i = 0; i < n; i++)
        len += (size_t)snprintf(inside + len, sizeof inside - len,
                                "<content creator='initiator' name='c%zu'><description "
                                "xmlns='urn:example:many:%zu'/><transport xmlns='" ENGINE_APP
                                "'/></content>",
                                i, i);
    engine_action(e, id, "session-initiate", sid, inside);
}

/* Whom an offer is for, and what it competes with, is said by its applications, however many there are: that a
 * transport has the name of one of ours means nothing. */
START_TEST(applications_say_what_an_offer_is)
{
    for (size_t n = 1; n <= 10; n++) {
        char id[8], expected[64];

        snprintf(id, sizeof id, "i%zu", n);
        offer_many(id, "t", n);
        snprintf(expected, sizeof expected, "created t\nstate t pending\n> result %s\nincoming t\n",
                 id);
        ck_log(expected);
        jingle_end_all_sessions(e->jingle, JINGLE_END(.silent = true));
        jingle_session_start(engine_create(e, "s"));
        engine_log(e);
        snprintf(id, sizeof id, "j%zu", n);
        offer_many(id, "t", n);
        snprintf(expected, sizeof expected, "created t\nstate t pending\n> result %s\nincoming t\n",
                 id);
        ck_log(expected);
        jingle_end_all_sessions(e->jingle, JINGLE_END(.silent = true));
        engine_log(e);
    }
}
END_TEST

static void offer_without_id(void)
{
    engine_feed(e,
                "<iq xmlns='jabber:client' type='set' from='%s' to='%s'><jingle xmlns='" JINGLE_NS
                "' action='session-initiate' sid='s'>" ENGINE_CONTENT "</jingle></iq>",
                ENGINE_PEER, ENGINE_OWN);
}

/* RFC 6120 section 8.1.3 has an id in each; one without is met leniently, and is not taken for another one
 * without. */
START_TEST(an_offer_without_an_id)
{
    for (int i = 0; i < 2; i++) {
        offer_without_id();
        ck_assert_uint_eq(jingle_count_sessions(e->jingle), 1);
        jingle_session_end(e->session, NULL);
    }
}
END_TEST

/* Offers whose session has ended are known again when they come once more: the last 64. */
START_TEST(the_last_offers_are_known)
{
    char sid[8];

    for (int i = 0; i < 65; i++) {
        snprintf(sid, sizeof sid, "s%d", i);
        engine_offer(e, "o", sid);
        jingle_session_end(e->session, JINGLE_END(.silent = true));
    }
    for (int i = 64; i >= 0; i--) {
        snprintf(sid, sizeof sid, "s%d", i);
        engine_offer(e, "o", sid);
        ck_assert_uint_eq(jingle_count_sessions(e->jingle), i == 0 ? 1 : 0);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("rules");
    TCase *rules = add_case(suite, "xep-0166");

    tcase_add_loop_test(rules, ends_by_session_terminate, 0, 4);
    tcase_add_test(rules, a_received_terminate_is_acknowledged);
    tcase_add_test(rules, action_and_sid_are_required);
    tcase_add_test(rules, attributes_on_other_actions_are_ignored);
    tcase_add_test(rules, a_foreign_initiator_is_ignored);
    tcase_add_test(rules, a_foreign_responder_is_ignored);
    tcase_add_test(rules, sids_are_random_names);
    tcase_add_test(rules, only_defined_actions_are_sent);
    tcase_add_test(rules, undefined_actions_are_bad_requests);
    tcase_add_test(rules, malformed_offers);
    tcase_add_test(rules, contents_say_who_made_them);
    tcase_add_test(rules, out_of_order_and_unknown);
    tcase_add_loop_test(rules, a_late_refusal_keeps_its_place, 0, 2);
    tcase_add_test(rules, applications_say_what_an_offer_is);
    tcase_add_test(rules, an_offer_without_an_id);
    tcase_add_test(rules, the_last_offers_are_known);
    return run_suite(suite);
}
