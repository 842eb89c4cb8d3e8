/* SPDX-License-Identifier: MIT */
/** @file
 *  Messages that a plug-in sends. */
#include "fixture.h"

#define BODY "<body>hello</body>"

static void check_sent(const char *from, const char *to)
{
    xmpp_stanza_t *message = engine_last(e), *body;
    const char *found;

    ck_assert_ptr_nonnull(message);
    found = xmpp_stanza_get_from(message);
    ck_assert_str_eq(xmpp_stanza_get_name(message), "message");
    ck_assert_str_eq(xmpp_stanza_get_to(message), to);
    ck_assert_str_eq(found ? found : "", from);
    body = xmpp_stanza_get_child_by_name(message, "body");
    ck_assert_ptr_nonnull(body);
}

START_TEST(a_client_says_who_it_is_to)
{
    ck_assert_int_eq(jingle_send_message(e->jingle, ENGINE_PEER, NULL, BODY), JINGLE_EOK);
    check_sent("", ENGINE_PEER);
    ck_assert_int_eq(jingle_send_message(e->jingle, "a&b'c@peer.example", ENGINE_OTHER, BODY),
                     JINGLE_EOK);
    check_sent("", "a&b'c@peer.example"); /* escaped; the server knows who a client is */
}
END_TEST

START_TEST(a_component_says_who_it_is)
{
    begin_with(JINGLE_CONFIG(.component = true, .jid = "gateway.example"));
    ck_assert_int_eq(jingle_send_message(e->jingle, ENGINE_PEER, NULL, BODY), JINGLE_EOK);
    check_sent("gateway.example", ENGINE_PEER);
    ck_assert_int_eq(jingle_send_message(e->jingle, ENGINE_PEER, "x@gateway.example", BODY),
                     JINGLE_EOK);
    check_sent("x@gateway.example", ENGINE_PEER);
}
END_TEST

static void check_asked(const char *own, const char *from)
{
    const char *found;

    ck_assert_int_eq(jingle_request(e->jingle, JINGLE_REQUEST(.to = ENGINE_PEER, .own = own,
                                                              .xml = "<query xmlns='urn:q'/>")),
                     JINGLE_EOK);
    found = xmpp_stanza_get_from(engine_last(e));
    ck_assert_str_eq(found ? found : "", from);
}

START_TEST(requests_say_it_as_messages_do)
{
    check_asked(NULL, "");
    begin_with(JINGLE_CONFIG(.component = true, .jid = "gateway.example"));
    check_asked(NULL, "gateway.example");
    check_asked("x@gateway.example", "x@gateway.example");
}
END_TEST

START_TEST(arguments_are_checked)
{
    size_t sent = e->n_sent;

    ck_assert_int_eq(jingle_send_message(NULL, ENGINE_PEER, NULL, BODY), JINGLE_EINVAL);
    ck_assert_int_eq(jingle_send_message(e->jingle, NULL, NULL, BODY), JINGLE_EINVAL);
    ck_assert_int_eq(jingle_send_message(e->jingle, ENGINE_PEER, NULL, NULL), JINGLE_EINVAL);
    ck_assert_uint_eq(e->n_sent, sent);
}
END_TEST

static size_t waiting(jingle_t *jingle, void *userdata)
{
    ck_assert_ptr_eq(jingle, e->jingle);
    return *(const size_t *)userdata;
}

/* Who sends much asks how much is still to leave; nobody knows unless the program says how. */
START_TEST(how_much_waits_to_leave)
{
    size_t octets = 70000;

    ck_assert_uint_eq(jingle_get_backlog(e->jingle), 0);
    jingle_set_backlog(e->jingle, waiting, &octets);
    ck_assert_uint_eq(jingle_get_backlog(e->jingle), 70000);
    octets = 1;
    ck_assert_uint_eq(jingle_get_backlog(e->jingle), 1);
    jingle_set_backlog(e->jingle, NULL, NULL);
    ck_assert_uint_eq(jingle_get_backlog(e->jingle), 0);
    jingle_set_backlog(NULL, waiting, &octets);
    ck_assert_uint_eq(jingle_get_backlog(NULL), 0);
}
END_TEST

static int last_result;

static void send_at_the_end(engine_t *engine, const jingle_event_t *event)
{
    (void)engine;
    if (event->type == JINGLE_EVENT_TERMINATED)
        last_result = jingle_send_message(jingle_session_get_manager(event->session), ENGINE_PEER,
                                          NULL, BODY);
}

START_TEST(a_manager_that_ends_sends_nothing)
{
    engine_create_active(e, "s");
    e->on_event = send_at_the_end;
    last_result = JINGLE_EOK;
    engine_free_manager(e);
    ck_assert_int_eq(last_result, JINGLE_EINVOP);
}
END_TEST

/** Longer than what is written on the stack: it is sent whole or not at all. */
START_TEST(without_memory)
{
    static char large[20000];
    size_t sent = e->n_sent;

    memset(large, ' ', sizeof large - 1);
    memcpy(large, BODY, sizeof BODY - 1);
    test_mem_fail_at(&e->mem, 1, true);
    ck_assert_int_eq(jingle_send_message(e->jingle, ENGINE_PEER, NULL, large), JINGLE_EMEM);
    test_mem_fail_at(&e->mem, 0, false);
    ck_assert_uint_eq(e->n_sent, sent);
    ck_assert_int_eq(jingle_send_message(e->jingle, ENGINE_PEER, NULL, large), JINGLE_EOK);
    check_sent("", ENGINE_PEER);
}
END_TEST

/* Whichever allocation fails: it is said, nothing is sent, and nothing is kept. */
START_TEST(requests_without_memory)
{
    int err = JINGLE_EMEM, other = JINGLE_EMEM;

    for (size_t n = 1; err || other; n++) {
        size_t sent = e->n_sent;

        test_mem_fail_at(&e->mem, n, false);
        err = jingle_request(e->jingle, JINGLE_REQUEST(.to = ENGINE_PEER, .own = ENGINE_OWN,
                                                       .xml = "<query xmlns='urn:q'/>"));
        test_mem_fail_at(&e->mem, n, false);
        other = jingle_add_ice_server(e->jingle, "turn:turn.example", "user", "secret");
        test_mem_fail_at(&e->mem, 0, false);
        ck_assert(err == JINGLE_EOK || err == JINGLE_EMEM);
        ck_assert(other == JINGLE_EOK || other == JINGLE_EMEM);
        ck_assert_uint_eq(e->n_sent - sent, err ? 0u : 1u);
        ck_assert_uint_lt(n, 20);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("core/message");
    TCase *tcase = add_case(suite, "all");

    tcase_add_test(tcase, a_client_says_who_it_is_to);
    tcase_add_test(tcase, a_component_says_who_it_is);
    tcase_add_test(tcase, requests_say_it_as_messages_do);
    tcase_add_test(tcase, how_much_waits_to_leave);
    tcase_add_test(tcase, arguments_are_checked);
    tcase_add_test(tcase, a_manager_that_ends_sends_nothing);
    tcase_add_test(tcase, without_memory);
    tcase_add_test(tcase, requests_without_memory);
    return run_suite(suite);
}
