/* SPDX-License-Identifier: MIT */
/** @file
 *  Limits: what a peer can make grow has an end, and going over it has an answer (XEP-0166 section
 *  10, resource-constraint). */
#include "fixture.h"

#include <stdlib.h>

#define OVER "wait resource-constraint\n"
#define CONTENT(name)                                                                              \
    "<content creator='initiator' name='" name "'><description xmlns='" ENGINE_APP "'/>"           \
    "<transport xmlns='" ENGINE_TRANSPORT "'/></content>"

/* The limits in force with one of them changed. */
#define SET_LIMIT(field, value)                                                                    \
    do {                                                                                           \
        jingle_limits_t limits_;                                                                   \
        jingle_get_limits(e->jingle, &limits_);                                                    \
        limits_.field = (value);                                                                   \
        ck_assert_int_eq(jingle_set_limits(e->jingle, &limits_), JINGLE_EOK);                      \
    } while (0)

static uint64_t over_limit(void)
{
    jingle_counters_t counters = {.size = sizeof counters};

    jingle_get_counters(e->jingle, &counters);
    return counters.over_limit;
}

static char *repeat(const char *what, size_t times)
{
    text_t text = {0};

    while (times--)
        text_puts(&text, what);
    return text_take(&text);
}

START_TEST(defaults)
{
    jingle_limits_t limits;

    memset(&limits, 0xff, sizeof limits);
    jingle_limits_init(&limits);
    ck_assert_uint_eq(limits.size, sizeof limits);
    ck_assert_uint_eq(limits.sessions, 100000);
    ck_assert_uint_eq(limits.sessions_per_peer, 100);
    ck_assert_uint_eq(limits.queue, 64);
    ck_assert_uint_eq(limits.requests, 256);
    ck_assert_uint_eq(limits.contents, 32);
    ck_assert_uint_eq(limits.candidates, 64);
    ck_assert_uint_eq(limits.sid, 1023);
    ck_assert_uint_eq(limits.text, 4096);
    ck_assert_uint_eq(limits.nesting, 64);
    memset(&limits, 0, sizeof limits);
    jingle_get_limits(e->jingle, &limits);
    ck_assert_uint_eq(limits.sessions_per_peer, 100);
    limits.size = 0;
    ck_assert_int_eq(jingle_set_limits(e->jingle, &limits), JINGLE_EINVAL);
    ck_assert_int_eq(jingle_set_limits(e->jingle, NULL), JINGLE_EINVAL);
}
END_TEST

START_TEST(sessions)
{
    SET_LIMIT(sessions, 2);
    engine_offer(e, "1", "a");
    engine_offer(e, "2", "b");
    engine_log(e);
    engine_offer(e, "3", "c");
    engine_feed_jingle(e, ENGINE_OTHER, "4", "session-initiate", "a", ENGINE_CONTENT);
    ck_log("> error 3 " OVER "> error 4 " OVER);
    ck_assert_int_eq(jingle_session_new(e->jingle, ENGINE_PEER, NULL, NULL), JINGLE_ELIMIT);
    ck_assert_uint_eq(over_limit(), 2);
    jingle_session_end(e->session, NULL);
    engine_log(e);
    engine_offer(e, "5", "c");
    ck_assert_ptr_nonnull(strstr(engine_log(e), "> result 5\n"));
}
END_TEST

START_TEST(sessions_per_peer)
{
    SET_LIMIT(sessions_per_peer, 1);
    engine_offer(e, "1", "a");
    engine_log(e);
    engine_offer(e, "2", "b");
    ck_log("> error 2 " OVER);
    ck_assert_int_eq(jingle_session_new(e->jingle, ENGINE_PEER, NULL, NULL), JINGLE_ELIMIT);
    engine_feed_jingle(e, ENGINE_OTHER, "3", "session-initiate", "a", ENGINE_CONTENT);
    ck_assert_ptr_nonnull(strstr(engine_log(e), "> result 3\n"));
}
END_TEST

START_TEST(queue)
{
    jingle_counters_t counters = {.size = sizeof counters};

    SET_LIMIT(queue, 2);
    engine_create_active(e, "s");
    e->keep = true;
    engine_action(e, "1", "session-info", "s", "");
    engine_action(e, "2", "session-info", "s", "");
    engine_action(e, "3", "session-info", "s", "");
    engine_log(e);
    engine_action(e, "4", "session-info", "s", "");
    ck_log("> error 4 " OVER);
    jingle_get_counters(e->jingle, &counters);
    ck_assert_uint_eq(counters.queued, 2);
    ck_assert_uint_eq(counters.queue_peak, 2);
    /* A session-terminate is never refused for a full queue. */
    engine_action(e, "5", "session-terminate", "s", "");
    ck_log("");
    /* ... but more than one need not wait for what will come anyway. */
    engine_action(e, "6", "session-terminate", "s", "");
    ck_log("> result 6\n");
    jingle_get_counters(e->jingle, &counters);
    ck_assert_uint_eq(counters.queue_peak, 3);
    e->keep = false;
    engine_complete(e, NULL);
    ck_log(
        "> result 1\non session-info s\n> result 2\non session-info s\n> result 3\nstate s ended\n"
        "terminated s success\n> result 5\n");
    jingle_get_counters(e->jingle, &counters);
    ck_assert_uint_eq(counters.queued, 0);
}
END_TEST

/* Nor can it make a queue grow without end. */
START_TEST(a_full_queue_keeps_one_terminate)
{
    jingle_counters_t counters = {.size = sizeof counters};

    SET_LIMIT(queue, 2);
    engine_create_active(e, "s");
    e->keep = true;
    engine_action(e, "1", "session-info", "s", "");
    engine_action(e, "2", "session-info", "s", "");
    engine_action(e, "3", "session-info", "s", "");
    engine_action(e, "4", "session-terminate", "s", "");
    engine_log(e);
    engine_action(e, "5", "session-terminate", "s", "");
    engine_action(e, "6", "session-terminate", "s", "");
    ck_log("> result 5\n> result 6\n");
    jingle_get_counters(e->jingle, &counters);
    ck_assert_uint_eq(counters.queued, 3);
    e->keep = false;
    engine_complete(e, NULL);
    ck_log(
        "> result 1\non session-info s\n> result 2\non session-info s\n> result 3\nstate s ended\n"
        "terminated s success\n> result 4\n");
}
END_TEST

START_TEST(requests)
{
    jingle_session_t *session;

    SET_LIMIT(requests, 2);
    session = engine_create_active(e, "s");
    ck_assert_int_eq(engine_send(e, session, JINGLE_ACTION_SESSION_INFO, ""), JINGLE_EOK);
    ck_assert_int_eq(engine_send(e, session, JINGLE_ACTION_SESSION_INFO, ""), JINGLE_EOK);
    ck_assert_int_eq(engine_send(e, session, JINGLE_ACTION_SESSION_INFO, ""), JINGLE_ELIMIT);
    ck_assert_uint_eq(jingle_session_count_requests(session), 2);
    engine_ack(e);
    ck_assert_int_eq(engine_send(e, session, JINGLE_ACTION_SESSION_INFO, ""), JINGLE_EOK);
    ck_assert_int_eq(jingle_session_end(session, NULL), JINGLE_EOK);
}
END_TEST

static int sent_inside;

static void send_when_active(engine_t *engine, const jingle_event_t *event)
{
    if (event->type == JINGLE_EVENT_STATE && event->state == JINGLE_STATE_ACTIVE)
        sent_inside = engine_send(engine, event->session, JINGLE_ACTION_SESSION_INFO, "");
}

/* What is sent inside the events of an accept does not take the accept's place. */
START_TEST(requests_inside_events)
{
    jingle_session_t *session = engine_offered(e, "s");

    SET_LIMIT(requests, 1);
    e->on_event = send_when_active;
    ck_assert_int_eq(jingle_session_accept(session), JINGLE_EOK);
    ck_assert_int_eq(sent_inside, JINGLE_ELIMIT);
    ck_assert_uint_eq(jingle_session_count_requests(session), 1);
}
END_TEST

START_TEST(contents)
{
    SET_LIMIT(contents, 2);
    engine_action(e, "1", "session-initiate", "s", CONTENT("1") CONTENT("2") CONTENT("3"));
    ck_log("> error 1 " OVER);
    engine_action(e, "2", "session-initiate", "s", CONTENT("1") CONTENT("2"));
    ck_assert_ptr_nonnull(strstr(engine_log(e), "> result 2\n"));
    engine_action(e, "3", "content-add", "s", CONTENT("1") CONTENT("2") CONTENT("3"));
    ck_log("> error 3 " OVER);
    ck_assert_uint_eq(over_limit(), 2);
}
END_TEST

START_TEST(candidates)
{
    char *many = repeat("<candidate/>", 65), *inside;
    text_t text = {0};

    engine_create_active(e, "s");
    text_printf(
        &text,
        "<content creator='initiator' name='c'><transport xmlns='t'>%s</transport></content>",
        many);
    engine_action(e, "1", "transport-info", "s", text_str(&text));
    ck_log("> error 1 " OVER);
    inside = strstr(text.data, "<candidate/>");
    memmove(inside, inside + strlen("<candidate/>"), strlen(inside + strlen("<candidate/>")) + 1);
    engine_action(e, "2", "transport-info", "s", text_str(&text));
    ck_log("on transport-info s\n> result 2\n");
    text_clear(&text);
    free(many);
}
END_TEST

START_TEST(sid)
{
    char *longest = repeat("a", 1023), *longer = repeat("a", 1024);

    engine_offer(e, "1", longer);
    ck_log("> error 1 " OVER);
    engine_offer(e, "2", longest);
    ck_assert_ptr_nonnull(strstr(engine_log(e), "> result 2\n"));
    engine_action(e, "3", "session-info", longest, "");
    ck_assert_ptr_nonnull(strstr(engine_log(e), "> result 3\n"));
    free(longest);
    free(longer);
}
END_TEST

/* The peer regards its session as ended since it sent that, so it is. */
START_TEST(text_of_a_terminate)
{
    char *longer = repeat("a", 4097);
    text_t text = {0};

    engine_create_active(e, "s");
    text_printf(&text, "<reason><busy/><text>%s</text></reason>", longer);
    engine_action(e, "1", "session-info", "s", text_str(&text));
    ck_log("> error 1 " OVER);
    engine_action(e, "2", "session-terminate", "s", text_str(&text));
    ck_log("> error 2 " OVER "state s ended\nterminated s busy\n");
    text_clear(&text);
    text_printf(&text, "<reason><busy/><text>%s</text></reason>", longer + 1);
    engine_create_active(e, "s");
    engine_action(e, "3", "session-terminate", "s", text_str(&text));
    ck_assert_ptr_nonnull(strstr(engine_log(e), "> result 3\n"));
    text_clear(&text);
    free(longer);
}
END_TEST

/* A payload of that many levels below <jingle/>. */
static char *nested(size_t levels)
{
    char *open = repeat("<x xmlns='urn:example:x'>", levels), *close = repeat("</x>", levels);
    text_t text = {0};

    text_printf(&text, "%s%s", open, close);
    free(open);
    free(close);
    return text_take(&text);
}

START_TEST(nesting)
{
    static const struct {
        size_t levels;
        bool refused;
    } cases[] = {{1, false}, {64, false}, {65, true}, {1500, true}};
    size_t i;

    engine_create_active(e, "s");
    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char *payload = nested(cases[i].levels);

        engine_action(e, "1", "session-info", "s", payload);
        if (cases[i].refused)
            ck_log("> error 1 " OVER);
        else
            ck_log("on session-info s\n> result 1\n");
        free(payload);
    }
    SET_LIMIT(nesting, 3);
    engine_action(
        e, "2", "transport-info", "s",
        "<content creator='initiator' name='c'><transport xmlns='t'><a/></transport></content>");
    ck_log("on transport-info s\n> result 2\n");
    engine_action(e, "3", "transport-info", "s",
                  "<content creator='initiator' name='c'><transport "
                  "xmlns='t'><a><b/></a></transport></content>");
    ck_log("> error 3 " OVER);
}
END_TEST

START_TEST(none)
{
    jingle_limits_t unlimited = {.size = sizeof unlimited};
    char *deep = nested(300), *many = repeat(CONTENT("x"), 40), *sid_of_2000 = repeat("a", 2000);
    char id[16];
    int i;

    ck_assert_int_eq(jingle_set_limits(e->jingle, &unlimited), JINGLE_EOK);
    engine_action(e, "1", "session-initiate", sid_of_2000, many);
    ck_assert_ptr_nonnull(strstr(engine_log(e), "> result 1\n"));
    engine_action(e, "2", "session-info", sid_of_2000, deep);
    ck_assert_ptr_nonnull(strstr(engine_log(e), "> result 2\n"));
    for (i = 0; i < 150; i++) {
        snprintf(id, sizeof id, "s%d", i);
        engine_offer(e, "3", id);
    }
    ck_assert_uint_eq(jingle_count_sessions(e->jingle), 151);
    ck_assert_uint_eq(over_limit(), 0);
    e->keep = true;
    for (i = 0; i < 100; i++)
        engine_action(e, "4", "session-info", "s0", "");
    e->keep = false;
    engine_complete(e, NULL);
    ck_assert_uint_eq(over_limit(), 0);
    free(deep);
    free(many);
    free(sid_of_2000);
}
END_TEST

START_TEST(given_at_creation)
{
    jingle_limits_t limits, wrong = {.size = 1};

    jingle_limits_init(&limits);
    limits.sessions = 1;
    begin_with(JINGLE_CONFIG(.limits = &limits));
    engine_offer(e, "1", "a");
    engine_log(e);
    engine_offer(e, "2", "b");
    ck_log("> error 2 " OVER);
    ck_assert_ptr_null(jingle_new(e->ctx, JINGLE_CONFIG(.limits = &wrong)));
}
END_TEST

/* What was said of an earlier session is no reason of this one. */
START_TEST(terminate_over_a_limit_without_reason)
{
    char *deep = nested(65);

    engine_create_active(e, "a");
    engine_action(e, "1", "session-terminate", "a", "<reason><busy/></reason>");
    ck_log("state a ended\nterminated a busy\n> result 1\n");
    engine_create_active(e, "b");
    engine_action(e, "2", "session-terminate", "b", deep);
    ck_log("> error 2 " OVER "state b ended\nterminated b success\n");
    free(deep);
}
END_TEST

/* The base type refuses by requests of its own: a peer that answers none of them. */
START_TEST(refusals_of_the_base_type)
{
    SET_LIMIT(requests, 2);
    engine_action(e, "1", "session-initiate", "s",
                  "<content creator='initiator' name='c'><description "
                  "xmlns='urn:other'/><transport xmlns='t'/></content>");
    engine_action(e, "2", "content-add", "s", CONTENT("a"));
    engine_action(e, "3", "transport-replace", "s", CONTENT("a"));
    engine_log(e);
    engine_action(e, "4", "content-add", "s", CONTENT("a"));
    engine_action(e, "5", "transport-replace", "s", CONTENT("a"));
    ck_log("> error 4 " OVER "> error 5 " OVER);
    ck_assert_uint_eq(jingle_session_count_requests(e->session), 2);
    engine_ack(e);
    engine_action(e, "6", "content-add", "s", CONTENT("a"));
    ck_log("> result 6\n> set content-reject s failed-application\n");
}
END_TEST

/* Who is over a limit is told so only where all else is in order. */
START_TEST(judged_after_session_and_form)
{
    char *deep = nested(65);

    engine_action(e, "1", "session-info", "none", deep);
    ck_log("> error 1 cancel item-not-found/unknown-session\n");
    engine_create_active(e, "s");
    engine_action(e, "2", "session-accept", "s", deep);
    ck_log("> error 2 cancel unexpected-request/out-of-order\n");
    free(deep);
}
END_TEST

static void free_on_log(engine_t *engine, const jingle_event_t *event)
{
    if (event->type == JINGLE_EVENT_LOG)
        engine_free_manager(engine);
}

/* One answer, also when the program frees the manager where it is told of the limit. */
START_TEST(the_manager_may_go_in_the_log)
{
    char *deep = nested(65);

    engine_create_active(e, "s");
    e->on_event = free_on_log;
    engine_action(e, "1", "session-info", "s", deep);
    ck_log("state s ended\n> set session-terminate s gone\nterminated s gone\n"
           "> error 1 cancel item-not-found/unknown-session\n");
    begin_with(NULL);
    e->on_event = free_on_log;
    engine_action(e, "2", "session-initiate", "s", deep);
    ck_log("> error 2 cancel item-not-found/unknown-session\n");
    free(deep);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("core/limits");
    TCase *each = add_case(suite, "each"), *all = add_case(suite, "all");

    tcase_add_test(each, sessions);
    tcase_add_test(each, sessions_per_peer);
    tcase_add_test(each, queue);
    tcase_add_test(each, a_full_queue_keeps_one_terminate);
    tcase_add_test(each, requests_inside_events);
    tcase_add_test(each, requests);
    tcase_add_test(each, contents);
    tcase_add_test(each, candidates);
    tcase_add_test(each, sid);
    tcase_add_test(each, text_of_a_terminate);
    tcase_add_test(each, nesting);
    tcase_add_test(all, defaults);
    tcase_add_test(all, none);
    tcase_add_test(all, given_at_creation);
    tcase_add_test(all, judged_after_session_and_form);
    tcase_add_test(each, terminate_over_a_limit_without_reason);
    tcase_add_test(each, refusals_of_the_base_type);
    tcase_add_test(all, the_manager_may_go_in_the_log);
    return run_suite(suite);
}
