/* SPDX-License-Identifier: MIT */
/** @file
 *  One answer also when memory runs out at any place while a stanza is taken in (invariant 1):
 * stanzas that need more than the small ones of memory_test.c, and answers larger than the room on
 * the stack. */
#include "fixture.h"

#include <stdio.h>

#define PLACES 80

/** How many answers the log has since the last look. */
static size_t answers(void)
{
    size_t n = 0;

    for (const char *at = engine_log(e); (at = strstr(at, "> ")); at += 2)
        n += strncmp(at, "> result", 8) == 0 || strncmp(at, "> error", 7) == 0;
    return n;
}

/** Elements of many kinds, more than the room that is there without an allocation. */
static const char *wide(void)
{
    static char xml[16384];
    size_t len = 0;

    for (int i = 0; i < 12; i++)
        len += (size_t)snprintf(
            xml + len, sizeof xml - len,
            "<content creator='initiator' name='c%d' senders='both' a='1' b='2' c='3'>"
            "<description xmlns='urn:example:app:%d'/><transport xmlns='urn:example:transport:%d'/>"
            "<x xmlns='urn:x'/><y xmlns='urn:y'/></content>",
            i, i, i);
    snprintf(xml + len, sizeof xml - len,
             "<reason m='1'><success n='2'>x</success><text xml:lang='en'>t</text><z "
             "xmlns='urn:z'/></reason>"
             "<p xmlns='urn:p'/><q xmlns='urn:q'/>");
    return xml;
}

static void feed_starved(size_t place, bool on, const char *action, const char *sid)
{
    e->mem.fail_at = place;
    e->mem.fail_on = on;
    ck_assert(engine_action(e, "1", action, sid, wide()));
    e->mem.fail_at = 0;
    e->mem.fail_on = false;
}

START_TEST(actions)
{
    static const char *const names[] = {"session-info", "content-add", "transport-info",
                                        "session-terminate", "bogus"};

    engine_create_active(e, "s");
    feed_starved((size_t)_i / 10 + 1, _i % 2, names[_i / 2 % 5], "s");
    ck_assert_uint_eq(answers(), 1);
}
END_TEST

START_TEST(offers)
{
    feed_starved((size_t)_i / 2 + 1, _i % 2, "session-initiate", "s");
    ck_assert_uint_eq(answers(), 1);
    /* What is refused has left nothing behind, and the next one is taken. */
    engine_action(e, "2", "session-initiate", "t", ENGINE_CONTENT);
    ck_assert_uint_eq(answers(), 1);
    ck_assert_ptr_nonnull(jingle_find_session(e->jingle, NULL, ENGINE_PEER, "t"));
}
END_TEST

START_TEST(kept_replies)
{
    engine_create_active(e, "s");
    e->keep = true;
    feed_starved((size_t)_i / 2 + 1, _i % 2, "content-add", "s");
    e->keep = false;
    if (e->n_kept)
        engine_complete(e, NULL);
    ck_assert_uint_eq(answers(), 1);
}
END_TEST

static jingle_reply_t *held;

static void serve_later(jingle_t *jingle, xmpp_stanza_t *iq, xmpp_stanza_t *payload,
                        jingle_reply_t *reply, void *userdata)
{
    (void)jingle;
    (void)iq;
    (void)payload;
    (void)userdata;
    held = jingle_reply_clone(reply);
}

START_TEST(served)
{
    held = NULL;
    jingle_serve(e->jingle, "urn:x", JINGLE_SERVE_GET, serve_later, NULL);
    e->mem.fail_at = (size_t)_i / 2 + 1;
    e->mem.fail_on = _i % 2;
    engine_feed(e, "<iq xmlns='jabber:client' type='get' from='" ENGINE_PEER "' to='" ENGINE_OWN
                   "' id='1'><a xmlns='urn:x'/></iq>");
    e->mem.fail_at = 0;
    e->mem.fail_on = false;
    jingle_reply_result(held, NULL);
    jingle_reply_release(held);
    ck_assert_uint_eq(answers(), 1);
}
END_TEST

static char text[100000]; /* more than the room on the stack */

static void refuse_at_length(engine_t *engine, jingle_session_t *session, const jingle_data_t *data,
                             jingle_reply_t *reply)
{
    (void)session;
    (void)data;
    engine->mem.fail_at = 1;
    engine->mem.fail_on = true;
    jingle_reply_error(reply,
                       JINGLE_ERROR(.type = "modify", .condition = "not-acceptable", .text = text));
    engine->mem.fail_at = 0;
    engine->mem.fail_on = false;
}

/** The short answer takes the place of the long one that there is no memory for. */
START_TEST(a_long_answer)
{
    memset(text, 't', sizeof text - 1);
    engine_create_active(e, "s");
    e->on_action = refuse_at_length;
    engine_action(e, "1", "session-info", "s", "<a xmlns='urn:x'/>");
    ck_log("on session-info s\n> error 1 wait resource-constraint\n");
}
END_TEST

/** Where even the id has no room nothing can be sent, and that is logged. */
START_TEST(an_id_without_room)
{
    jingle_counters_t counters = {.size = sizeof counters};

    engine_create_active(e, "s");
    memset(text, 'i', sizeof text - 1);
    e->mem.fail_at = 1;
    e->mem.fail_on = true;
    engine_action(e, text, "session-info", "never", "");
    e->mem.fail_at = 0;
    e->mem.fail_on = false;
    ck_assert_uint_eq(answers(), 0);
    ck_assert_ptr_nonnull(strstr(e->messages.data, "an answer could not be sent"));
    jingle_get_counters(e->jingle, &counters);
    ck_assert_uint_eq(counters.errors, 1); /* one answer, tried in two forms */
    engine_action(e, "2", "session-info", "s", "");
    ck_assert_uint_eq(answers(), 1);
}
END_TEST

static void end_starved(const jingle_end_t *end)
{
    jingle_session_t *session = engine_create_active(e, "s");

    engine_log(e);
    e->mem.fail_at = 1;
    e->mem.fail_on = true;
    jingle_session_end(session, end);
    e->mem.fail_at = 0;
    e->mem.fail_on = false;
}

/** Whether the last request has a reason with a text. */
static bool says_why(void)
{
    xmpp_stanza_t *jingle = jingle_element_child(engine_last_request(e), "jingle", JINGLE_NS);
    xmpp_stanza_t *reason = jingle_element_child(jingle, "reason", JINGLE_NS);

    return reason && jingle_element_child(reason, "text", JINGLE_NS);
}

/** The peer would keep a session that is over. */
START_TEST(an_end_needs_no_memory)
{
    end_starved(JINGLE_END(.condition = JINGLE_REASON_BUSY, .text = "later"));
    ck_assert_ptr_nonnull(strstr(engine_log(e), "> set session-terminate s busy\n"));
    ck_assert(says_why());
}
END_TEST

/** Of one that is too long the condition is left. */
START_TEST(a_long_end_is_told_in_short)
{
    memset(text, '&', sizeof text - 1);
    end_starved(JINGLE_END(.condition = JINGLE_REASON_BUSY, .text = text));
    ck_assert_ptr_nonnull(strstr(engine_log(e), "> set session-terminate s busy\n"));
    ck_assert(!says_why());
}
END_TEST

/** Who has offered waits for our acceptance: if it cannot leave, the end does. */
START_TEST(an_accept_leaves_or_an_end)
{
    jingle_session_t *session = jingle_session_clone(engine_offered(e, "s"));
    const char *log;

    engine_log(e);
    e->mem.fail_at = (size_t)_i + 1;
    jingle_session_accept(session);
    e->mem.fail_at = 0;
    log = engine_log(e);
    if (jingle_session_get_state(session) == JINGLE_STATE_ACTIVE)
        ck_assert_ptr_nonnull(strstr(log, "> set session-accept s"));
    else if (jingle_session_is_ended(session))
        ck_assert_ptr_nonnull(strstr(log, "> set session-terminate s connectivity-error\n"));
    else
        ck_assert_str_eq(log, "");
    jingle_session_release(session);
}
END_TEST

/** A manager that cannot be made leaves nothing behind, for whatever reason. */
START_TEST(a_manager_that_is_none)
{
    jingle_config_t config = *JINGLE_CONFIG(.jid = _i ? ENGINE_OWN : "@self.example");
    jingle_t *made = NULL;
    test_mem_t mem;

    test_mem_init(&mem);
    config.mem = &mem.mem;
    for (size_t at = _i ? 1 : 0; !made && at < 20; at++) {
        test_mem_fail_at(&mem, at, at % 2);
        made = jingle_new(e->ctx, &config);
        test_mem_fail_at(&mem, 0, false);
        ck_assert(made || mem.blocks == 0);
    }
    ck_assert((made != NULL) == (_i != 0));
    jingle_free(made);
    ck_assert_uint_eq(test_mem_report(&mem, stderr), 0);
}
END_TEST

/** A server that cannot be kept whole is none. */
START_TEST(an_ice_server_that_is_none)
{
    int err = JINGLE_EMEM;

    for (size_t at = 1; err; at++) {
        ck_assert_ptr_null(jingle_get_ice_server(e->jingle, 0));
        test_mem_fail_at(&e->mem, at, false);
        err = jingle_add_ice_server(e->jingle, "turn:x.example", "me", "secret");
        ck_assert(err == (e->mem.failures ? JINGLE_EMEM : JINGLE_EOK));
        test_mem_fail_at(&e->mem, 0, false);
    }
    ck_assert_str_eq(jingle_get_ice_server(e->jingle, 0)->credential, "secret");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("starved");
    TCase *tcase = add_case(suite, "starved");

    tcase_add_loop_test(tcase, actions, 0, 10 * PLACES / 4);
    tcase_add_loop_test(tcase, offers, 0, 2 * PLACES);
    tcase_add_loop_test(tcase, kept_replies, 0, PLACES);
    tcase_add_loop_test(tcase, served, 0, 20);
    tcase_add_test(tcase, a_long_answer);
    tcase_add_test(tcase, an_id_without_room);
    tcase_add_test(tcase, an_end_needs_no_memory);
    tcase_add_test(tcase, a_long_end_is_told_in_short);
    tcase_add_loop_test(tcase, an_accept_leaves_or_an_end, 0, 30);
    tcase_add_loop_test(tcase, a_manager_that_is_none, 0, 2);
    tcase_add_test(tcase, an_ice_server_that_is_none);
    return run_suite(suite);
}
