/* SPDX-License-Identifier: MIT */
/** @file
 *  What changes while it is described for a stanza that is about to leave. */
#include "fixture.h"

#include "support/stub_private.h"

static void add_another(stub_t *stub, stub_part_t *part, stub_point_t point)
{
    if (point != STUB_DESCRIBE || part->id != STUB_A)
        return;
    stub->hook = NULL;
    add(jingle_part_get_session(part->part), "d");
}

/* What is added then comes after the offer, and has its own answer. */
START_TEST(added_while_the_offer_is_described)
{
    jingle_session_t *session = create("s");

    add(session, "c");
    s->hook = add_another;
    ck_assert_int_eq(jingle_session_start(session), JINGLE_EOK);
    ck_log("created s\nt1.prepare c\nstate s pending\noutgoing s\n> set session-initiate s\n"
           "t1.prepare d\n> set content-add s\n");
    ck_assert_str_eq(last_contents(), "initiator/d[description transport]");
    engine_action(e, "1", "session-accept", "s", STUB_CONTENT("c"));
    ck_assert_str_eq(names_of(session), "c d");
    engine_action(e, "2", "content-accept", "s", STUB_CONTENT("d"));
    ck_assert_int_eq(jingle_content_get_state(content_of(session, "d")), JINGLE_CONTENT_ACCEPTED);
    ck_assert(jingle_session_is_active(session));
}
END_TEST

static void change_senders(stub_t *stub, stub_part_t *part, stub_point_t point)
{
    if (point != STUB_DESCRIBE || part->id != STUB_A)
        return;
    stub->hook = NULL;
    ck_assert_int_eq(
        jingle_content_modify(jingle_part_get_content(part->part), JINGLE_SENDERS_INITIATOR),
        JINGLE_EOK);
}

static const char *last_senders(void)
{
    return xmpp_stanza_get_attribute(jingle_element_child(last_jingle(), "content", NULL),
                                     "senders");
}

/* Of what the peer does not know yet the senders are changed without a word: it is told the new ones. */
START_TEST(senders_changed_while_they_are_described)
{
    bool added = _i == 1;
    jingle_session_t *session = added ? active_out("s", "b", NULL) : create("s");

    s->hook = change_senders;
    add(session, "c");
    if (!added)
        ck_assert_int_eq(jingle_session_start(session), JINGLE_EOK);
    ck_assert_str_eq(last_senders(), "initiator");
    ck_assert_int_eq(jingle_content_get_senders(content_of(session, "c")),
                     JINGLE_SENDERS_INITIATOR);
}
END_TEST

/* Of what it knows by a content-modify, which says what is wanted. */
START_TEST(senders_changed_while_an_acceptance_is_described)
{
    jingle_session_t *session = pending_in("s", STUB_CONTENT("c"));

    s->hook = change_senders;
    ck_assert_int_eq(jingle_session_accept(session), JINGLE_EOK);
    ck_assert_ptr_nonnull(strstr(engine_log(e), "> set content-modify s\n"));
    ck_assert_str_eq(last_senders(), "initiator");
    engine_ack(e);
    ck_assert_int_eq(jingle_content_get_senders(content_of(session, "c")),
                     JINGLE_SENDERS_INITIATOR);
}
END_TEST

static void fail_the_last(stub_t *stub, stub_part_t *part, stub_point_t point)
{
    bool last = strcmp(part->content, "d") == 0 && part->id == STUB_1;

    if (point == STUB_DESCRIBE)
        stub->plan[part->id].result[STUB_DESCRIBE] = last ? JINGLE_EMEM : JINGLE_EOK;
}

/* What cannot be described whole does not leave, and what was described already is given back: the session
 * ends, since nobody knows what the peer should take it for. */
START_TEST(what_cannot_be_described)
{
    static const char *const actions[] = {"session-initiate", "content-add", "session-accept",
                                          "content-accept"};
    jingle_session_t *session = _i == 0   ? create("s")
                                : _i == 1 ? active_out("s", "b", NULL)
                                : _i == 2 ? pending_in("s", STUB_CONTENT("c") STUB_CONTENT("d"))
                                          : active_in("s", STUB_CONTENT("b"));
    const char *log;

    s->hook = fail_the_last;
    s->plan[STUB_A].accepts = true;
    if (_i == 0)
        add(session, "c");
    if (_i < 2)
        add(session, "d");
    if (_i == 0)
        jingle_session_start(session);
    else if (_i == 2)
        jingle_session_accept(session);
    else if (_i == 3)
        engine_action(e, "1", "content-add", "s", STUB_CONTENT("c") STUB_CONTENT("d"));
    log = engine_log(e);
    ck_assert_ptr_null(strstr(log, actions[_i]));
    ck_assert_ptr_nonnull(strstr(log, "general-error"));
    ck_assert(jingle_session_is_ended(e->session));
}
END_TEST

static void remove_the_other(stub_t *stub, stub_part_t *part, stub_point_t point)
{
    if (point != (stub->user ? STUB_TELL : STUB_DESCRIBE))
        return;
    stub->hook = NULL;
    ck_assert_int_eq(
        jingle_content_remove(content_of(jingle_part_get_session(part->part), "d"), NULL),
        JINGLE_EOK);
}

#define D_IS_REMOVED                                                                               \
    "> set content-remove s cancel\nt1.stop d\na.closed d cancel\nt1.free d\na.free d\n"

/* What is wanted while news are put down is done when they have left, and waits for nothing else. */
START_TEST(changed_while_news_are_described)
{
    stub_part_t *application;

    active_out("s", "c", "d");
    application = stub_find(s, STUB_A, "c");
    application->has_news = true;
    s->hook = remove_the_other;
    jingle_part_news(application->part);
    ck_log("> set description-info s\n" D_IS_REMOVED);
}
END_TEST

START_TEST(changed_while_an_application_tells)
{
    stub_part_t *application;

    active_out("s", "c", "d");
    application = stub_find(s, STUB_A, "c");
    application->tells = 2;
    jingle_part_news(application->part);
    ck_log("> set session-info s\n");
    s->user = s; /* while it tells */
    s->hook = remove_the_other;
    engine_ack(e);
    ck_log("> set session-info s\n" D_IS_REMOVED);
}
END_TEST

static int end_and_describe(void *self, jingle_action_t action, xmpp_stanza_t *transport)
{
    (void)self, (void)transport;
    if (action == JINGLE_ACTION_TRANSPORT_INFO)
        engine_action(e, "r", "content-remove", "s", "<content creator='initiator' name='c'/>");
    return JINGLE_EOK;
}

/* The last that describes a content may be a security that keeps something in its transport. Whatever comes
 * of that, of a content that is over the peer hears nothing. */
START_TEST(over_when_its_security_has_described_it)
{
    jingle_security_t security = stub_security_s;
    jingle_session_t *session = create("s");

    security.describe_transport = end_and_describe;
    jingle_unregister_plugin(e->jingle, STUB_SEC);
    ck_assert_int_eq(jingle_register_security(e->jingle, STUB_SEC, &security, s->home), JINGLE_EOK);
    jingle_session_add_content(
        session, JINGLE_CONTENT(.application = STUB_APP, .name = "c", .security = STUB_SEC), NULL);
    add(session, "d");
    jingle_session_start(session);
    engine_ack(e);
    stub_news(stub_find(s, STUB_1, "d"));
    stub_find(s, STUB_1, "c")->has_news = true;
    jingle_part_news(stub_find(s, STUB_1, "c")->part);
    stub_news(stub_find(s, STUB_1, "d"));
    engine_log(e);
    engine_ack(e);
    ck_assert_ptr_nonnull(strstr(engine_log(e), "> set transport-info s\n"));
    ck_assert_str_eq(last_contents(), "initiator/d[transport]");
    ck_assert_str_eq(names_of(session), "d");
}
END_TEST

/* Without memory for it nothing is told, nothing is kept, and the session goes on. */
START_TEST(news_without_memory)
{
    bool failed = true;

    active_out("s", "c", NULL);
    for (size_t at = 1; failed; at++) {
        stub_find(s, STUB_A, "c")->tells = 1;
        test_mem_fail_at(&e->mem, at, false);
        stub_news(stub_find(s, _i ? STUB_A : STUB_1, "c"));
        failed = e->mem.failures > 0;
        test_mem_fail_at(&e->mem, 0, false);
        ck_assert(jingle_session_is_active(e->session));
        if (jingle_session_count_requests(e->session))
            engine_ack(e);
    }
    ck_assert_ptr_nonnull(
        strstr(engine_log(e), _i ? "> set session-info s\n" : "> set transport-info s\n"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("managed/describe");
    TCase *tcase = add_case(suite, "all");

    tcase_add_test(tcase, added_while_the_offer_is_described);
    tcase_add_loop_test(tcase, senders_changed_while_they_are_described, 0, 2);
    tcase_add_test(tcase, senders_changed_while_an_acceptance_is_described);
    tcase_add_loop_test(tcase, what_cannot_be_described, 0, 4);
    tcase_add_test(tcase, changed_while_news_are_described);
    tcase_add_test(tcase, changed_while_an_application_tells);
    tcase_add_test(tcase, over_when_its_security_has_described_it);
    tcase_add_loop_test(tcase, news_without_memory, 0, 2);
    return run_suite(suite);
}
