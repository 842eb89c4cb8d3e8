/* SPDX-License-Identifier: MIT */
/** @file
 *  Replies: every request gets one answer, in order, whatever handlers do; deadlines. */
#include "fixture.h"

#define INFO "<x xmlns='urn:example:x'/>"

static const jingle_error_t refusal = {.type = "modify", .condition = "not-acceptable"};

/* ---- completing ---- */

START_TEST(completes_once)
{
    jingle_reply_t *reply;

    engine_create_active(e, "s");
    e->keep = true;
    engine_action(e, "i", "session-info", "s", INFO);
    reply = e->kept[0];
    ck_log("on session-info s\n");
    ck_assert(jingle_reply_is_open(reply));
    ck_assert_int_eq(jingle_reply_ack(reply), JINGLE_EOK);
    ck_log("> result i\n");
    ck_assert(!jingle_reply_is_open(reply));
    ck_assert_int_eq(jingle_reply_ack(reply), JINGLE_EINVOP);
    ck_assert_int_eq(jingle_reply_error(reply, &refusal), JINGLE_EINVOP);
    ck_assert_int_eq(jingle_reply_default(reply), JINGLE_EINVOP);
    ck_log("");
    ck_assert_int_eq(jingle_reply_ack(NULL), JINGLE_EINVAL);
    ck_assert_int_eq(jingle_reply_error(NULL, NULL), JINGLE_EINVAL);
    ck_assert_int_eq(jingle_reply_default(NULL), JINGLE_EINVAL);
    ck_assert(!jingle_reply_is_open(NULL));
    jingle_reply_release(NULL);
}
END_TEST

START_TEST(errors_say_what_they_are_told)
{
    engine_create_active(e, "s");
    e->keep = true;
    engine_action(e, "i", "session-info", "s", INFO);
    engine_complete(e, &refusal);
    engine_action(e, "j", "session-info", "s", INFO);
    ck_assert_int_eq(jingle_reply_error(e->kept[0], NULL), JINGLE_EOK);
    engine_action(e, "k", "session-info", "s", INFO);
    jingle_reply_error(e->kept[1], JINGLE_ERROR(.condition = "bad-request",
                                                .jingle = "out-of-order", .text = "no <b>"));
    ck_log("on session-info s\n> error i modify not-acceptable\n"
           "on session-info s\n> error j cancel internal-server-error\n"
           "on session-info s\n> error k cancel bad-request/out-of-order\n");
    ck_assert_str_eq(
        jingle_element_text(jingle_element_child(
            jingle_element_child(engine_last(e), "error", NULL), "text", JINGLE_NS_STANZAS)),
        "no <b>");
}
END_TEST

static void do_default(engine_t *engine, jingle_session_t *session, const jingle_data_t *data,
                       jingle_reply_t *reply)
{
    (void)engine, (void)session, (void)data;
    ck_assert_int_eq(jingle_reply_default(reply), JINGLE_EOK);
}

/* The base type's behaviour is there for every action of a type that has handlers for all. */
START_TEST(default_is_what_the_base_type_does)
{
    static const char *const refused[] = {"content-accept", "content-reject",   "content-modify",
                                          "content-remove", "transport-accept", "transport-reject"};
    static const char *const infos[] = {"security-info", "description-info", "transport-info"};
    size_t i;

    e->on_action = do_default;
    engine_offered(e, "s");
    for (i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        engine_action(e, "i", refused[i], "s", ENGINE_CONTENT);
        ck_assert_ptr_nonnull(strstr(engine_log(e), "> error i cancel bad-request\n"));
    }
    for (i = 0; i < sizeof infos / sizeof infos[0]; i++) {
        engine_action(e, "i", infos[i], "s", "");
        ck_assert_ptr_nonnull(
            strstr(engine_log(e), "> error i modify feature-not-implemented/unsupported-info\n"));
    }
    engine_action(e, "i", "session-info", "s", "");
    engine_action(e, "j", "session-info", "s", INFO);
    ck_log("on session-info s\n> result i\non session-info s\n"
           "> error j modify feature-not-implemented/unsupported-info\n");
    engine_action(e, "i", "content-add", "s", ENGINE_CONTENT);
    engine_action(e, "j", "transport-replace", "s", ENGINE_CONTENT);
    ck_log("on content-add s\n> result i\n> set content-reject s failed-application\n"
           "on transport-replace s\n> result j\n> set transport-reject s failed-transport\n");
}
END_TEST

static void drop(engine_t *engine, jingle_session_t *session, const jingle_data_t *data,
                 jingle_reply_t *reply)
{
    (void)engine, (void)session, (void)data, (void)reply;
}

START_TEST(a_dropped_reply_is_answered_and_logged)
{
    engine_create_active(e, "s");
    e->on_action = drop;
    engine_action(e, "i", "session-info", "s", INFO);
    ck_log("on session-info s\n> error i cancel internal-server-error\n");
    ck_assert_uint_gt(e->messages.len, 0);
    e->on_action = NULL;
    engine_action(e, "j", "session-info", "s", INFO);
    ck_log("on session-info s\n> result j\n");
}
END_TEST

START_TEST(a_kept_reply_is_answered_with_its_last_reference)
{
    jingle_reply_t *reply;

    engine_create_active(e, "s");
    e->keep = true;
    engine_action(e, "i", "session-info", "s", INFO);
    engine_action(e, "j", "session-info", "s", INFO);
    reply = jingle_reply_clone(e->kept[0]);
    jingle_reply_release(reply);
    ck_log("on session-info s\n");
    e->keep = false;
    e->n_kept = 0;
    jingle_reply_release(reply);
    ck_log("> error i cancel internal-server-error\non session-info s\n> result j\n");
}
END_TEST

START_TEST(data_lives_as_long_as_the_reply)
{
    jingle_reply_t *reply;
    const jingle_data_t *data;

    jingle_session_end(engine_create_active(e, "s"), NULL);
    engine_create_active(e, "s");
    e->keep = true;
    engine_action(e, "i", "transport-info", "s", ENGINE_CONTENT INFO "<reason><gone/></reason>");
    reply = e->kept[0];
    jingle_session_end(jingle_reply_get_session(reply), NULL);
    engine_free_manager(e);
    data = jingle_reply_get_data(reply);
    ck_assert_int_eq(data->action, JINGLE_ACTION_TRANSPORT_INFO);
    ck_assert_str_eq(data->sid, "s");
    ck_assert_str_eq(data->contents[0].name, "c");
    ck_assert_str_eq(jingle_element_ns(data->contents[0].transport), ENGINE_TRANSPORT);
    ck_assert_int_eq(data->reason->condition, JINGLE_REASON_GONE);
    ck_assert_ptr_nonnull(jingle_data_get_payload(data, "urn:example:x"));
    ck_assert_str_eq(xmpp_stanza_get_id(jingle_reply_get_stanza(reply)), "i");
    ck_assert_str_eq(jingle_session_get_sid(jingle_reply_get_session(reply)), "s");
}
END_TEST

START_TEST(jingle_results_are_empty)
{
    xmpp_stanza_t *payload = engine_element(e, INFO);

    engine_create_active(e, "s");
    e->keep = true;
    engine_action(e, "i", "session-info", "s", INFO);
    ck_assert_int_eq(jingle_reply_result(e->kept[0], payload), JINGLE_EINVOP);
    ck_log("on session-info s\n");
    ck_assert_int_eq(jingle_reply_result(e->kept[0], NULL), JINGLE_EOK);
    ck_log("> result i\n");
    xmpp_stanza_release(payload);
}
END_TEST

/* ---- order ---- */

START_TEST(one_action_at_a_time)
{
    engine_create_active(e, "s");
    e->keep = true;
    engine_action(e, "1", "session-info", "s", INFO);
    engine_action(e, "2", "content-add", "s", ENGINE_CONTENT);
    engine_action(e, "3", "transport-info", "s", "");
    ck_log("on session-info s\n");
    engine_complete(e, NULL);
    ck_log("> result 1\non content-add s\n");
    engine_complete(e, &refusal);
    ck_log("> error 2 modify not-acceptable\non transport-info s\n");
    engine_complete(e, NULL);
    ck_log("> result 3\n");
}
END_TEST

static void answer_then_send(engine_t *engine, jingle_session_t *session, const jingle_data_t *data,
                             jingle_reply_t *reply)
{
    (void)data;
    jingle_reply_ack(reply);
    engine_send(engine, session, JINGLE_ACTION_SESSION_INFO, "");
}

START_TEST(the_ack_goes_before_what_follows)
{
    engine_create_active(e, "s");
    e->on_action = answer_then_send;
    engine_action(e, "1", "transport-info", "s", "");
    ck_log("on transport-info s\n> result 1\n> set session-info s\n");
}
END_TEST

static int depth, deepest;

static void count_depth(engine_t *engine, jingle_session_t *session, const jingle_data_t *data,
                        jingle_reply_t *reply)
{
    (void)engine, (void)session, (void)data;
    if (++depth > deepest)
        deepest = depth;
    jingle_reply_ack(reply);
    depth--;
}

START_TEST(handlers_do_not_nest)
{
    char id[16];
    int i;

    engine_create_active(e, "s");
    e->keep = true;
    for (i = 0; i <= 64; i++) {
        snprintf(id, sizeof id, "%d", i);
        engine_action(e, id, "session-info", "s", INFO);
    }
    depth = deepest = 0;
    e->on_action = count_depth;
    engine_complete(e, NULL);
    ck_assert_int_eq(deepest, 1);
    ck_assert_ptr_nonnull(strstr(engine_log(e), "> result 63\non session-info s\n> result 64\n"));
}
END_TEST

static void ack_then_feed(engine_t *engine, jingle_session_t *session, const jingle_data_t *data,
                          jingle_reply_t *reply)
{
    (void)session;
    if (data->action == JINGLE_ACTION_CONTENT_ADD)
        engine_action(engine, "inner", "session-info", "s", "");
    jingle_reply_ack(reply);
}

START_TEST(what_arrives_inside_a_handler_waits)
{
    engine_create_active(e, "s");
    e->on_action = ack_then_feed;
    engine_action(e, "outer", "content-add", "s", ENGINE_CONTENT);
    ck_log("on content-add s\n> result outer\non session-info s\n> result inner\n");
}
END_TEST

/* ---- the end ---- */

START_TEST(the_end_answers_what_waits)
{
    jingle_session_t *session = engine_create_active(e, "s");

    e->keep = true;
    engine_action(e, "1", "session-info", "s", INFO);
    engine_action(e, "2", "session-info", "s", INFO);
    engine_action(e, "3", "session-terminate", "s", "");
    jingle_session_end(session, NULL);
    ck_log("on session-info s\nstate s ended\n> error 2 cancel item-not-found/unknown-session\n"
           "> result 3\n> set session-terminate s success\nterminated s success\n");
    engine_complete(e, NULL);
    ck_log("> result 1\n");
}
END_TEST

START_TEST(freeing_answers_what_is_handled)
{
    jingle_reply_t *reply;

    engine_create_active(e, "s");
    e->keep = true;
    engine_action(e, "1", "session-info", "s", INFO);
    engine_action(e, "2", "session-info", "s", INFO);
    reply = e->kept[0];
    engine_log(e);
    engine_free_manager(e);
    ck_log("state s ended\n> error 2 cancel item-not-found/unknown-session\n"
           "> set session-terminate s gone\nterminated s gone\n"
           "> error 1 cancel item-not-found/unknown-session\n");
    ck_assert(!jingle_reply_is_open(reply));
    ck_assert_int_eq(jingle_reply_ack(reply), JINGLE_EINVOP);
    ck_assert_int_eq(jingle_reply_error(reply, NULL), JINGLE_EINVOP);
    ck_log("");
}
END_TEST

/* XEP-0166 section 6.3.2: an offer that was refused has made no session. */
START_TEST(a_refused_offer_is_no_session)
{
    e->keep = true;
    engine_offer(e, "1", "s");
    engine_action(e, "2", "session-info", "s", "");
    engine_complete(
        e, JINGLE_ERROR(.type = "modify", .condition = "redirect", .address = "xmpp:v@x.example"));
    ck_log("created s\non session-initiate s\n> error 1 modify redirect\nstate s ended\n"
           "> error 2 cancel item-not-found/unknown-session\nterminated s general-error\n");
    ck_assert_uint_eq(jingle_count_sessions(e->jingle), 0);
}
END_TEST

START_TEST(an_ended_offer_is_acknowledged_first)
{
    e->keep = true;
    engine_offer(e, "1", "s");
    jingle_session_end(e->session, JINGLE_END(.condition = JINGLE_REASON_BUSY));
    ck_log("created s\non session-initiate s\nstate s ended\n> result 1\n"
           "> set session-terminate s busy\nterminated s busy\n");
    ck_assert_int_eq(engine_complete(e, NULL), JINGLE_EINVOP);
    ck_log("");
}
END_TEST

/* ---- deadlines ---- */

START_TEST(a_late_handler_is_answered_for)
{
    engine_wait(e, 1000);
    engine_create_active(e, "s");
    e->keep = true;
    engine_action(e, "1", "session-info", "s", INFO);
    ck_assert_uint_eq(engine_wait(e, 0), 60000);
    engine_wait(e, 1000);
    engine_action(e, "2", "session-info", "s", INFO);
    engine_action(e, "3", "session-terminate", "s", "");
    engine_wait(e, 58999);
    ck_log("on session-info s\n");
    engine_wait(e, 1);
    ck_log("> error 1 wait resource-constraint\non session-info s\n");
    ck_assert_int_eq(engine_complete(e, NULL), JINGLE_EINVOP);
    ck_log("");
    /* The second one's time runs from when it was called. */
    engine_wait(e, 59999);
    ck_log("");
    engine_wait(e, 1);
    ck_log("> error 2 wait resource-constraint\nstate s ended\nterminated s success\n> result 3\n");
    ck_assert_uint_eq(engine_wait(e, 0), JINGLE_NEVER);
}
END_TEST

START_TEST(a_late_offer_is_no_session)
{
    e->keep = true;
    engine_offer(e, "1", "s");
    engine_wait(e, 60000);
    ck_log("created s\non session-initiate s\n> error 1 wait resource-constraint\nstate s ended\n"
           "terminated s general-error\n");
    ck_assert_int_eq(engine_complete(e, NULL), JINGLE_EINVOP);
}
END_TEST

START_TEST(the_deadline_outlives_the_session)
{
    jingle_session_t *session = engine_create_active(e, "s");

    e->keep = true;
    engine_action(e, "1", "session-info", "s", INFO);
    jingle_session_end(session, NULL);
    engine_log(e);
    engine_wait(e, 60000);
    ck_log("> error 1 wait resource-constraint\n");
    ck_assert_int_eq(engine_complete(e, NULL), JINGLE_EINVOP);
}
END_TEST

START_TEST(deadlines_can_be_set)
{
    jingle_counters_t counters = {.size = sizeof counters};

    begin_with(JINGLE_CONFIG(.handler_timeout = 10));
    engine_create_active(e, "s");
    e->keep = true;
    engine_action(e, "1", "session-info", "s", INFO);
    engine_wait(e, 10);
    ck_log("on session-info s\n> error 1 wait resource-constraint\n");
    jingle_get_counters(e->jingle, &counters);
    ck_assert_uint_eq(counters.handler_timeouts, 1);
    begin_with(JINGLE_CONFIG(.handler_timeout = UINT32_MAX));
    engine_create_active(e, "s");
    e->keep = true;
    engine_action(e, "1", "session-info", "s", INFO);
    ck_assert_uint_eq(engine_wait(e, 0), JINGLE_NEVER);
    engine_wait(e, (uint64_t)1 << 40);
    ck_log("on session-info s\n");
}
END_TEST

static void let_go(engine_t *engine, const jingle_event_t *event)
{
    if (event->type == JINGLE_EVENT_LOG && engine->n_kept)
        jingle_reply_release(engine->kept[--engine->n_kept]);
}

/* What the log says of a late handler may be where the program lets go of the reply. */
START_TEST(a_late_reply_may_be_released_in_the_log)
{
    static const char *const sids[] = {"a", "b", "c", "d", "e", "s"};
    size_t i;

    begin_with(JINGLE_CONFIG(.handler_timeout = 10));
    for (i = 0; i < 6; i++)
        engine_create_active(e, sids[i]);
    e->keep = true;
    for (i = 0; i < 6; i++)
        engine_action(e, i < 5 ? sids[i] : "1", "session-info", sids[i], INFO);
    /* The memory of a few replies is kept for others: not that of the last. */
    for (i = 0; i < 5; i++)
        engine_complete(e, NULL);
    engine_log(e);
    e->on_event = let_go;
    engine_wait(e, 10);
    ck_log("> error 1 wait resource-constraint\n");
    ck_assert_uint_eq(e->n_kept, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("core/reply");
    TCase *complete = add_case(suite, "complete"), *order = add_case(suite, "order");
    TCase *end = add_case(suite, "end"), *deadline = add_case(suite, "deadline");

    tcase_add_test(complete, completes_once);
    tcase_add_test(complete, errors_say_what_they_are_told);
    tcase_add_test(complete, default_is_what_the_base_type_does);
    tcase_add_test(complete, a_dropped_reply_is_answered_and_logged);
    tcase_add_test(complete, a_kept_reply_is_answered_with_its_last_reference);
    tcase_add_test(complete, data_lives_as_long_as_the_reply);
    tcase_add_test(complete, jingle_results_are_empty);
    tcase_add_test(order, one_action_at_a_time);
    tcase_add_test(order, the_ack_goes_before_what_follows);
    tcase_add_test(order, handlers_do_not_nest);
    tcase_add_test(order, what_arrives_inside_a_handler_waits);
    tcase_add_test(end, the_end_answers_what_waits);
    tcase_add_test(end, freeing_answers_what_is_handled);
    tcase_add_test(end, a_refused_offer_is_no_session);
    tcase_add_test(end, an_ended_offer_is_acknowledged_first);
    tcase_add_test(deadline, a_late_handler_is_answered_for);
    tcase_add_test(deadline, a_late_offer_is_no_session);
    tcase_add_test(deadline, the_deadline_outlives_the_session);
    tcase_add_test(deadline, deadlines_can_be_set);
    tcase_add_test(deadline, a_late_reply_may_be_released_in_the_log);
    return run_suite(suite);
}
