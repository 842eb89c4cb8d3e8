/* SPDX-License-Identifier: MIT */
/** @file
 *  Requests of ours and their answers; IQs that are not Jingle, asked and served. */
#include "fixture.h"

#define QUERY "<query xmlns='urn:example:query'/>"

static const char *last_id(void)
{
    return xmpp_stanza_get_id(engine_last_request(e));
}

/* An answer with that id from whom and of which type. */
static bool answer(const char *type, const char *from, const char *id)
{
    return engine_feed(e, "<iq xmlns='jabber:client' type='%s' from='%s' to='%s' id='%s'/>", type,
                       from, ENGINE_OWN, id);
}

/* ---- answers to what a session sends ---- */

/* Ids of ours are nobody else's, so what comes with one is dealt with whoever sent it. libstrophe's
 * own handlers for an id would fire for anybody's stanza with that id (trap 7). */
START_TEST(id_sender_and_type_must_match)
{
    jingle_session_t *session = engine_create(e, "s");
    char id[64];

    jingle_session_start(session);
    snprintf(id, sizeof id, "%s", last_id());
    ck_assert(answer("result", "z@peer.example/other", id));
    answer("result", "z@peer.example", id);
    answer("result", "Z@peer.example/r1", id);
    answer("error", ENGINE_OTHER, id);
    ck_assert(!answer("result", ENGINE_PEER, "unheard-of"));
    ck_assert(!answer("get", ENGINE_PEER, id));
    ck_assert(!answer("set", ENGINE_PEER, id));
    ck_assert(!jingle_session_is_acknowledged(session));
    ck_assert_uint_eq(jingle_session_count_requests(session), 1);
    ck_assert(answer("result", ENGINE_PEER, id));
    ck_assert(jingle_session_is_acknowledged(session));
    answer("error", ENGINE_PEER, id);
    ck_assert(jingle_session_is_pending(session));
    ck_assert_ptr_null(strstr(engine_log(e), "error"));
}
END_TEST

/* Others that come to the same number, if what stands last is taken for a digit, are none of ours. */
START_TEST(ids_end_in_digits)
{
    jingle_session_t *session = engine_create_active(e, "s");
    char id[64], *end;

    do {
        engine_ack(e);
        ck_assert_int_eq(engine_send(e, session, JINGLE_ACTION_SESSION_INFO, ""), JINGLE_EOK);
        snprintf(id, sizeof id, "%s", last_id());
        end = id + strlen(id) - 2;
    } while (strcmp(end, "26") != 0);
    memcpy(end, _i ? "3," : "1@", 2);
    ck_assert(!answer("result", ENGINE_PEER, id));
    ck_assert_uint_eq(jingle_session_count_requests(session), 1);
}
END_TEST

START_TEST(ids_are_used_once)
{
    jingle_session_t *session = engine_create_active(e, "s");
    char id[64];
    int i;

    for (i = 0; i < 100; i++) {
        snprintf(id, sizeof id, "%s", last_id());
        engine_send(e, session, JINGLE_ACTION_SESSION_INFO, "");
        ck_assert_str_ne(id, last_id());
        engine_ack(e);
    }
}
END_TEST

START_TEST(a_refused_offer_ends)
{
    engine_create(e, "s");
    jingle_session_start(e->session);
    engine_log(e);
    engine_refuse(e, "service-unavailable", NULL);
    ck_log("error s session-initiate service-unavailable\nstate s ended\nterminated s "
           "general-error\n");
}
END_TEST

/* What a server answers for a peer it cannot reach is an error like others, not our time-out. */
START_TEST(a_time_out_of_the_server_is_an_error)
{
    engine_create(e, "s");
    jingle_session_start(e->session);
    engine_log(e);
    engine_refuse(e, "remote-server-timeout", NULL);
    ck_log("error s session-initiate remote-server-timeout\nstate s ended\nterminated s "
           "general-error\n");
}
END_TEST

START_TEST(a_lost_tie_ends_without_an_error)
{
    engine_create(e, "s");
    jingle_session_start(e->session);
    engine_log(e);
    engine_refuse(e, "conflict", "tie-break");
    ck_log("state s ended\nterminated s alternative-session\n");
}
END_TEST

START_TEST(other_errors_end_nothing)
{
    jingle_session_t *session = engine_create_active(e, "s");

    engine_send(e, session, JINGLE_ACTION_CONTENT_ADD, ENGINE_CONTENT);
    engine_send(e, session, JINGLE_ACTION_SESSION_INFO, "");
    ck_assert_int_eq(jingle_session_get_pending_action(session), JINGLE_ACTION_CONTENT_ADD);
    engine_log(e);
    engine_refuse(e, "feature-not-implemented", "unsupported-info");
    ck_log("error s session-info feature-not-implemented/unsupported-info\n");
    ck_assert_int_eq(jingle_session_get_pending_action(session), JINGLE_ACTION_CONTENT_ADD);
    ck_assert(jingle_session_is_active(session));
}
END_TEST

START_TEST(unknown_session_ends)
{
    jingle_session_t *session = engine_create_active(e, "s");

    engine_send(e, session, JINGLE_ACTION_SESSION_INFO, "");
    engine_log(e);
    engine_refuse(e, "item-not-found", "unknown-session");
    ck_log(
        "error s session-info item-not-found/unknown-session\nstate s ended\nterminated s gone\n");
}
END_TEST

/* A server answers from the JID as it writes it. */
START_TEST(who_is_asked_is_folded)
{
    jingle_request(e->jingle,
                   JINGLE_REQUEST(.to = "Z@Peer.Example/R1", .xml = "<q xmlns='urn:q'/>"));
    ck_assert_str_eq(xmpp_stanza_get_to(engine_last_request(e)), "z@peer.example/R1");
}
END_TEST

/* ---- no answer ---- */

START_TEST(an_offer_that_is_not_answered_ends)
{
    engine_create(e, "s");
    jingle_session_start(e->session);
    engine_log(e);
    engine_wait(e, 59999);
    ck_log("");
    engine_wait(e, 1);
    ck_log("error s session-initiate remote-server-timeout\nstate s ended\n"
           "> set session-terminate s timeout\nterminated s timeout\n");
    ck_assert_uint_eq(engine_wait(e, 0), JINGLE_NEVER);
}
END_TEST

START_TEST(an_accepted_offer_lives_on)
{
    jingle_session_t *session = engine_create(e, "s");

    jingle_session_start(session);
    engine_action(e, "i", "session-accept", "s", ENGINE_CONTENT);
    engine_log(e);
    engine_wait(e, 60000);
    ck_log("error s session-initiate remote-server-timeout\n");
    ck_assert(jingle_session_is_active(session));
    ck_assert_uint_eq(jingle_session_count_requests(session), 0);
}
END_TEST

/* Neither another result nor a refusal acknowledges the offer. */
START_TEST(only_its_own_result_acknowledges_an_offer)
{
    jingle_session_t *session = jingle_session_clone(engine_create(e, "s"));
    char offer[80];

    jingle_session_start(session);
    snprintf(offer, sizeof offer, "%s", xmpp_stanza_get_id(engine_last_request(e)));
    ck_assert_int_eq(engine_send(e, session, JINGLE_ACTION_SESSION_INFO, ""), JINGLE_EOK);
    engine_ack(e);
    ck_assert(!jingle_session_is_acknowledged(session));
    engine_feed(e, "<iq xmlns='jabber:client' type='%s' from='" ENGINE_PEER "' id='%s'/>",
                _i ? "result" : "error", offer);
    ck_assert(jingle_session_is_acknowledged(session) == _i);
    ck_assert(jingle_session_is_ended(session) == !_i);
    jingle_session_release(session);
}
END_TEST

START_TEST(other_time_outs_end_nothing)
{
    jingle_session_t *session = engine_create_active(e, "s");
    jingle_counters_t counters = {.size = sizeof counters};

    engine_send(e, session, JINGLE_ACTION_CONTENT_ADD, ENGINE_CONTENT);
    engine_wait(e, 30000);
    engine_send(e, session, JINGLE_ACTION_SESSION_INFO, "");
    engine_log(e);
    engine_wait(e, 30000);
    ck_log("error s content-add remote-server-timeout\n");
    ck_assert_int_eq(jingle_session_get_pending_action(session), JINGLE_ACTION_UNKNOWN);
    engine_wait(e, 30000);
    ck_log("error s session-info remote-server-timeout\n");
    ck_assert(jingle_session_is_active(session));
    jingle_get_counters(e->jingle, &counters);
    ck_assert_uint_eq(counters.request_timeouts, 2);
    ck_assert_uint_eq(counters.requests, 0);
}
END_TEST

/* ---- told to who asked ---- */

static void note_answer(jingle_t *jingle, const jingle_answer_t *what, void *userdata)
{
    static const char *const names[] = {"result", "error", "timeout", "dropped"};

    (void)jingle;
    if (what->type == JINGLE_ANSWER_RESULT || what->type == JINGLE_ANSWER_ERROR)
        ck_assert_ptr_nonnull(what->stanza);
    else
        ck_assert_ptr_null(what->stanza);
    engine_note(e, "answer %s %s %s", (const char *)userdata, names[what->type],
                what->error ? what->error->condition : "-");
}

START_TEST(who_asked_is_told_before_the_program)
{
    jingle_session_t *session = engine_create_active(e, "s");
    static char name[4][2] = {"a", "b", "c", "d"};
    size_t i;

    for (i = 0; i < 4; i++) {
        ck_assert_int_eq(
            jingle_session_request(session, JINGLE_ACTION_SESSION_INFO, NULL, note_answer, name[i]),
            JINGLE_EOK);
        engine_log(e);
        if (i == 0)
            engine_ack(e);
        else if (i == 1)
            engine_refuse(e, "bad-request", NULL);
        else if (i == 2)
            engine_wait(e, 60000);
        else
            jingle_session_end(session, NULL);
        if (i == 0)
            ck_log("answer a result -\n");
        else if (i == 1)
            ck_log("answer b error bad-request\nerror s session-info bad-request\n");
        else if (i == 2)
            ck_log("answer c timeout remote-server-timeout\nerror s session-info "
                   "remote-server-timeout\n");
    }
    ck_log("state s ended\n> set session-terminate s success\nanswer d dropped -\nterminated s "
           "success\n");
}
END_TEST

START_TEST(nobody_is_told_of_what_was_not_sent)
{
    jingle_session_t *session = engine_create_active(e, "s");

    e->send_result = JINGLE_ESEND;
    ck_assert_int_eq(
        jingle_session_request(session, JINGLE_ACTION_SESSION_INFO, NULL, note_answer, "x"),
        JINGLE_ESEND);
    ck_assert_int_eq(
        jingle_request(e->jingle,
                       JINGLE_REQUEST(.xml = QUERY, .on_answer = note_answer, .userdata = "x")),
        JINGLE_ESEND);
    ck_assert_uint_eq(jingle_session_count_requests(session), 0);
    e->send_result = JINGLE_EOK;
    jingle_set_send(e->jingle, NULL, NULL);
    ck_assert_int_eq(jingle_session_send(session, JINGLE_ACTION_SESSION_INFO, NULL), JINGLE_ESEND);
    engine_wait(e, 60000);
    ck_log("");
}
END_TEST

/* ---- requests that are not Jingle ---- */

START_TEST(any_iq_can_be_asked)
{
    xmpp_stanza_t *payload = engine_element(e, QUERY);

    ck_assert_int_eq(
        jingle_request(e->jingle, JINGLE_REQUEST(.to = ENGINE_PEER, .get = true, .xml = QUERY,
                                                 .on_answer = note_answer, .userdata = "a")),
        JINGLE_EOK);
    ck_log("> get query\n");
    ck_assert_str_eq(xmpp_stanza_get_to(engine_last(e)), ENGINE_PEER);
    engine_ack(e);
    ck_log("answer a result -\n");
    ck_assert_int_eq(
        jingle_request(e->jingle, JINGLE_REQUEST(.to = ENGINE_PEER, .payload = payload,
                                                 .on_answer = note_answer, .userdata = "b")),
        JINGLE_EOK);
    ck_log("> set query\n");
    engine_refuse(e, "service-unavailable", NULL);
    ck_log("answer b error service-unavailable\n");
    jingle_request(e->jingle, JINGLE_REQUEST(.to = ENGINE_PEER, .xml = QUERY, .timeout = 5,
                                             .on_answer = note_answer, .userdata = "c"));
    jingle_request(e->jingle, JINGLE_REQUEST(.to = ENGINE_PEER, .xml = QUERY, .timeout = UINT32_MAX,
                                             .on_answer = note_answer, .userdata = "d"));
    engine_log(e);
    engine_wait(e, 5);
    ck_log("answer c timeout remote-server-timeout\n");
    engine_wait(e, 1000000);
    engine_free_manager(e);
    ck_log("answer d dropped -\n");
    xmpp_stanza_release(payload);
}
END_TEST

/* RFC 6120 section 8.1.2.1: our server answers for what had no address. */
START_TEST(our_server_answers_without_a_name)
{
    static const char *const from[] = {"", " from='m@self.example'", " from='m@self.example/main'",
                                       " from='self.example'"};
    size_t i;

    for (i = 0; i < sizeof from / sizeof from[0]; i++) {
        jingle_request(e->jingle,
                       JINGLE_REQUEST(.xml = QUERY, .on_answer = note_answer, .userdata = "a"));
        ck_assert_ptr_null(xmpp_stanza_get_to(engine_last(e)));
        engine_log(e);
        answer("result", "m@evil.example", last_id());
        answer("result", ENGINE_PEER, last_id());
        ck_log("");
        ck_assert(engine_feed(e, "<iq xmlns='jabber:client' type='result' id='%s'%s/>", last_id(),
                              from[i]));
        ck_log("answer a result -\n");
    }
}
END_TEST

START_TEST(requests_need_a_payload)
{
    ck_assert_int_eq(jingle_request(e->jingle, NULL), JINGLE_EINVAL);
    ck_assert_int_eq(jingle_request(e->jingle, JINGLE_REQUEST(.to = ENGINE_PEER)), JINGLE_EINVAL);
    ck_assert_int_eq(jingle_request(NULL, JINGLE_REQUEST(.xml = QUERY)), JINGLE_EINVAL);
    ck_log("");
}
END_TEST

/* ---- served ---- */

static void serve(jingle_t *jingle, xmpp_stanza_t *iq, xmpp_stanza_t *payload,
                  jingle_reply_t *reply, void *userdata)
{
    (void)jingle, (void)userdata;
    engine_note(e, "serve %s %s", xmpp_stanza_get_type(iq), xmpp_stanza_get_name(payload));
    ck_assert_ptr_null(jingle_reply_get_session(reply));
    ck_assert_ptr_null(jingle_reply_get_data(reply));
    if (e->keep)
        e->kept[e->n_kept++] = jingle_reply_clone(reply);
    else
        ck_assert_int_eq(jingle_reply_result(reply, payload), JINGLE_EOK);
}

static bool ask(const char *type, const char *id)
{
    return engine_feed(
        e, "<iq xmlns='jabber:client' type='%s' id='%s' from='%s' to='%s'>" QUERY "</iq>", type, id,
        ENGINE_PEER, ENGINE_OWN);
}

START_TEST(namespaces_are_served)
{
    ck_assert(!ask("get", "i"));
    ck_assert_int_eq(jingle_serve(e->jingle, "urn:example:query", JINGLE_SERVE_GET, serve, NULL),
                     JINGLE_EOK);
    ck_assert(ask("get", "i"));
    ck_log("serve get query\n> result i query\n");
    ck_assert_str_eq(xmpp_stanza_get_to(engine_last(e)), ENGINE_PEER);
    ck_assert_int_eq(jingle_serve(e->jingle, "urn:example:query", JINGLE_SERVE_SET, serve, NULL),
                     JINGLE_EEXIST);
    ck_assert_int_eq(jingle_serve(e->jingle, JINGLE_NS, JINGLE_SERVE_SET, serve, NULL),
                     JINGLE_EINVAL);
    ck_assert_int_eq(jingle_serve(e->jingle, "urn:x", 0, serve, NULL), JINGLE_EINVAL);
    ck_assert_int_eq(jingle_serve(e->jingle, "urn:x", JINGLE_SERVE_SET, NULL, NULL), JINGLE_EINVAL);
    ck_assert_int_eq(jingle_unserve(e->jingle, "urn:example:query"), JINGLE_EOK);
    ck_assert_int_eq(jingle_unserve(e->jingle, "urn:example:query"), JINGLE_ENOENT);
    ck_assert(!ask("get", "i"));
    ck_log("");
}
END_TEST

START_TEST(served_requests_have_a_deadline)
{
    jingle_serve(e->jingle, "urn:example:query", JINGLE_SERVE_GET | JINGLE_SERVE_SET, serve, NULL);
    e->keep = true;
    ask("set", "1");
    ask("get", "2");
    ck_log("serve set query\nserve get query\n");
    ck_assert_int_eq(
        jingle_reply_error(e->kept[1], JINGLE_ERROR(.type = "auth", .condition = "forbidden")),
        JINGLE_EOK);
    engine_wait(e, 60000);
    ck_log("> error 2 auth forbidden\n> error 1 wait resource-constraint\n");
    ck_assert_int_eq(engine_complete(e, NULL), JINGLE_EINVOP);
    ask("get", "3");
    engine_free_manager(e);
    ck_assert_ptr_nonnull(strstr(engine_log(e), "> error 3 cancel"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("core/request");
    TCase *answers = add_case(suite, "answers"), *silence = add_case(suite, "silence");
    TCase *told = add_case(suite, "told"), *others = add_case(suite, "others");

    tcase_add_test(answers, who_is_asked_is_folded);
    tcase_add_test(answers, id_sender_and_type_must_match);
    tcase_add_loop_test(answers, ids_end_in_digits, 0, 2);
    tcase_add_test(answers, ids_are_used_once);
    tcase_add_test(answers, a_refused_offer_ends);
    tcase_add_test(answers, a_time_out_of_the_server_is_an_error);
    tcase_add_test(answers, a_lost_tie_ends_without_an_error);
    tcase_add_test(answers, other_errors_end_nothing);
    tcase_add_test(answers, unknown_session_ends);
    tcase_add_test(silence, an_offer_that_is_not_answered_ends);
    tcase_add_test(silence, an_accepted_offer_lives_on);
    tcase_add_loop_test(silence, only_its_own_result_acknowledges_an_offer, 0, 2);
    tcase_add_test(silence, other_time_outs_end_nothing);
    tcase_add_test(told, who_asked_is_told_before_the_program);
    tcase_add_test(told, nobody_is_told_of_what_was_not_sent);
    tcase_add_test(others, any_iq_can_be_asked);
    tcase_add_test(others, our_server_answers_without_a_name);
    tcase_add_test(others, requests_need_a_payload);
    tcase_add_test(others, namespaces_are_served);
    tcase_add_test(others, served_requests_have_a_deadline);
    return run_suite(suite);
}
