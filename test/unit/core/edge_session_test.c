/* SPDX-License-Identifier: MIT */
/** @file
 *  Sessions at the edge: ends, states and contents that are not valid, the end by sending, none of
 * our JIDs. */
#include <jingle/save.h>

#include "fixture.h"

START_TEST(ends_that_are_not_valid)
{
    jingle_session_t *session = engine_create_active(e, "s");
    const jingle_end_t small = {.size = 1},
                       odd = {.size = sizeof odd, .condition = JINGLE_REASON_COUNT};

    ck_assert_int_eq(jingle_session_end(session, &small), JINGLE_EINVAL);
    ck_assert_int_eq(jingle_session_end(session, &odd), JINGLE_EINVAL);
    ck_assert_int_eq(jingle_end_all_sessions(e->jingle, &small), JINGLE_EINVAL);
    ck_assert_int_eq(jingle_end_all_sessions(e->jingle, &odd), JINGLE_EINVAL);
    ck_assert_int_eq(jingle_end_peer_sessions(e->jingle, ENGINE_PEER, &small), JINGLE_EINVAL);
    ck_log("");
    ck_assert(jingle_session_is_active(session));
}
END_TEST

START_TEST(states_that_are_not_valid)
{
    jingle_session_t *session = jingle_session_clone(engine_create_active(e, "s"));

    ck_assert_int_eq(jingle_session_set_state(session, JINGLE_STATE_ENDED), JINGLE_EINVAL);
    ck_assert_int_eq(jingle_session_set_connection(session, (jingle_connection_t)99),
                     JINGLE_EINVAL);
    ck_assert_int_eq(jingle_session_set_connection(session, JINGLE_CONNECTION_COUNT),
                     JINGLE_EINVAL);
    jingle_session_end(session, NULL);
    engine_log(e);
    ck_assert_int_eq(jingle_session_set_state(session, JINGLE_STATE_ACTIVE), JINGLE_EINVOP);
    ck_log("");
    jingle_session_release(session);
}
END_TEST

START_TEST(foreign_attributes_are_sent)
{
    jingle_session_t *session = engine_create_active(e, "s");
    const jingle_attr_t attr = {.name = "mark", .value = "a&b"};
    const jingle_data_t data = {.foreign = {.attrs = &attr, .n_attrs = 1}};

    ck_assert_int_eq(jingle_session_send(session, JINGLE_ACTION_SESSION_INFO, &data), JINGLE_EOK);
    ck_assert_str_eq(xmpp_stanza_get_attribute(xmpp_stanza_get_children(engine_last(e)), "mark"),
                     "a&b");
}
END_TEST

START_TEST(contents_that_are_not_whole)
{
    xmpp_stanza_t *description = engine_element(e, "<description xmlns='" ENGINE_APP "'/>");
    xmpp_stanza_t *transport = engine_element(e, "<transport xmlns='" ENGINE_TRANSPORT "'/>");
    const jingle_content_data_t contents[] = {{.description = description, .transport = transport},
                                              {.name = "c", .transport = transport},
                                              {.name = "c", .description = description}};
    jingle_session_t *session = engine_create(e, "s");

    engine_log(e);
    ck_assert_int_eq(jingle_session_send(session, JINGLE_ACTION_SESSION_INITIATE, NULL),
                     JINGLE_EINVAL);
    for (size_t i = 0; i < 3; i++) {
        const jingle_data_t data = {.contents = &contents[i], .n_contents = 1};

        ck_assert_int_eq(jingle_session_send(session, JINGLE_ACTION_SESSION_INITIATE, &data),
                         JINGLE_EINVAL);
    }
    ck_log("");
    ck_assert(jingle_session_is_starting(session));
    xmpp_stanza_release(description);
    xmpp_stanza_release(transport);
}
END_TEST

START_TEST(without_a_jid_of_ours)
{
    jingle_session_t *session;

    ck_assert_int_eq(jingle_set_jid(e->jingle, NULL), JINGLE_EOK);
    ck_assert_int_eq(
        jingle_session_new(e->jingle, ENGINE_PEER,
                           JINGLE_SESSION(.sid = "s", .type = &engine_type, .type_userdata = e),
                           &session),
        JINGLE_EOK);
    ck_assert_ptr_null(jingle_session_get_own(session));
    ck_assert_uint_ne(jingle_session_get_peer_id(session), 0);
    ck_assert_ptr_eq(jingle_find_session(e->jingle, NULL, ENGINE_PEER, "s"), session);
    ck_assert_ptr_null(jingle_find_session(e->jingle, ENGINE_OWN, ENGINE_PEER, "s"));
    ck_assert_int_eq(jingle_session_start(session), JINGLE_EOK);
    ck_assert_ptr_null(
        xmpp_stanza_get_attribute(xmpp_stanza_get_children(engine_last(e)), "initiator"));
    engine_log(e);
    engine_feed(e, "<iq xmlns='jabber:client' type='set' from='" ENGINE_PEER "' id='1'>"
                   "<jingle xmlns='urn:xmpp:jingle:1' action='session-info' sid='s'/></iq>");
    ck_log("on session-info s\n> result 1\n");
}
END_TEST

START_TEST(accepts_that_are_not_whole)
{
    xmpp_stanza_t *description = engine_element(e, "<description xmlns='" ENGINE_APP "'/>");
    xmpp_stanza_t *transport = engine_element(e, "<transport xmlns='" ENGINE_TRANSPORT "'/>");
    const jingle_content_data_t contents[] = {{.description = description, .transport = transport},
                                              {.name = "c", .transport = transport},
                                              {.name = "c", .description = description}};
    jingle_session_t *session = engine_offered(e, "s");
    const jingle_data_t none = {.n_contents = 0};

    ck_assert_int_eq(jingle_session_send(session, JINGLE_ACTION_SESSION_ACCEPT, NULL),
                     JINGLE_EINVAL);
    ck_assert_int_eq(jingle_session_send(session, JINGLE_ACTION_SESSION_ACCEPT, &none),
                     JINGLE_EINVAL);
    for (size_t i = 0; i < 3; i++) {
        const jingle_data_t data = {.contents = &contents[i], .n_contents = 1};

        ck_assert_int_eq(jingle_session_send(session, JINGLE_ACTION_SESSION_ACCEPT, &data),
                         JINGLE_EINVAL);
    }
    ck_log("");
    ck_assert(jingle_session_is_pending(session));
    xmpp_stanza_release(description);
    xmpp_stanza_release(transport);
}
END_TEST

START_TEST(ended_by_sending)
{
    const jingle_data_t busy = {.reason = &(const jingle_reason_t){.condition = JINGLE_REASON_BUSY,
                                                                   .text = "later"}},
                        none = {0};

    ck_assert_int_eq(
        jingle_session_send(engine_create_active(e, "s"), JINGLE_ACTION_SESSION_TERMINATE, &busy),
        JINGLE_EOK);
    ck_log("state s ended\n> set session-terminate s busy\nterminated s busy \"later\"\n");
    ck_assert_int_eq(
        jingle_session_send(engine_create_active(e, "t"), JINGLE_ACTION_SESSION_TERMINATE, &none),
        JINGLE_EOK);
    ck_log("state t ended\n> set session-terminate t success\nterminated t success\n");
    ck_assert_int_eq(
        jingle_session_send(engine_create_active(e, "u"), JINGLE_ACTION_SESSION_TERMINATE, NULL),
        JINGLE_EOK);
    ck_log("state u ended\n> set session-terminate u success\nterminated u success\n");
}
END_TEST

static void free_on_end(engine_t *engine, const jingle_event_t *event)
{
    if (event->type == JINGLE_EVENT_STATE && jingle_session_is_ended(event->session))
        engine_free_manager(engine);
}

/* Where the manager is freed while a session ends, that one is ended in its order first (docs/design.md,
 * The end of a session): what waits is answered, and its peer is told why. */
START_TEST(freed_while_one_ends)
{
    jingle_session_t *session = engine_create_active(e, "s");

    engine_create_active(e, "t");
    e->keep = true;
    engine_action(e, "1", "session-info", "s", "");
    engine_action(e, "2", "session-terminate", "s", "<reason><success/></reason>");
    engine_log(e);
    e->on_event = free_on_end;
    jingle_session_end(session, JINGLE_END(.condition = JINGLE_REASON_BUSY));
    ck_log("state s ended\n> result 2\n> set session-terminate s busy\nstate t ended\n"
           "> set session-terminate t gone\nterminated t gone\n"
           "> error 1 cancel item-not-found/unknown-session\nterminated s busy\n");
}
END_TEST

/** Deeper than what is written. */
static xmpp_stanza_t *too_deep(void)
{
    xmpp_stanza_t *element;
    text_t text = {0};

    for (unsigned i = 0; i < 300; i++)
        text_puts(&text, "<deep xmlns='urn:x'>");
    for (unsigned i = 0; i < 300; i++)
        text_puts(&text, "</deep>");
    element = engine_element(e, text_str(&text));
    text_clear(&text);
    return element;
}

/* What cannot be written changes nothing, an accept neither; what could not leave ends a session only if it was
 * the accept. */
START_TEST(what_does_not_leave)
{
    jingle_session_t *session = engine_offered(e, "s");
    xmpp_stanza_t *description = too_deep();
    xmpp_stanza_t *transport = engine_element(e, "<transport xmlns='" ENGINE_TRANSPORT "'/>");
    const jingle_content_data_t content = {
        .name = "c", .description = description, .transport = transport};
    const jingle_data_t data = {.contents = &content, .n_contents = 1};

    ck_assert_int_eq(jingle_session_send(session, JINGLE_ACTION_SESSION_ACCEPT, &data),
                     JINGLE_ELIMIT);
    ck_assert_int_eq(jingle_session_send(session, JINGLE_ACTION_SESSION_INFO, &data),
                     JINGLE_ELIMIT);
    ck_log("");
    ck_assert(jingle_session_is_pending(session));
    ck_assert_int_eq(jingle_session_accept(session), JINGLE_EOK);
    e->send_result = JINGLE_ESEND;
    ck_assert_int_eq(jingle_session_send(session, JINGLE_ACTION_SESSION_INFO, NULL), JINGLE_ESEND);
    ck_assert(jingle_session_is_active(session));
    xmpp_stanza_release(description);
    xmpp_stanza_release(transport);
}
END_TEST

/* What cannot be written of a reason does not keep the peer from hearing of the end. */
START_TEST(a_detail_that_cannot_be_written)
{
    jingle_session_t *session = engine_create_active(e, "s");
    xmpp_stanza_t *detail = too_deep();

    ck_assert_int_eq(
        jingle_session_end(session, JINGLE_END(.condition = JINGLE_REASON_BUSY, .detail = detail)),
        JINGLE_EOK);
    ck_log("state s ended\n> set session-terminate s busy\nterminated s busy\n");
    xmpp_stanza_release(detail);
}
END_TEST

/* What waits for its turn when a session ends is answered: an end that crossed ours was heard, anything
 * else came too late. */
START_TEST(what_waits_is_answered_at_the_end)
{
    jingle_session_t *session = engine_create_active(e, "s");

    e->keep = true;
    engine_action(e, "1", "session-info", "s", "");
    engine_action(e, "2", "session-info", "s", "");
    engine_action(e, "3", "session-terminate", "s", "");
    ck_log("on session-info s\n");
    ck_assert_int_eq(jingle_session_end(session, NULL), JINGLE_EOK);
    ck_log("state s ended\n> error 2 cancel item-not-found/unknown-session\n> result 3\n"
           "> set session-terminate s success\nterminated s success\n");
    engine_complete(e, NULL);
    ck_log("> result 1\n");
    /* and nobody is blamed for it */
    ck_assert_ptr_null(strstr(text_str(&e->messages), "unanswered"));
}
END_TEST

static int note_start(jingle_session_t *session, void *self)
{
    (void)self;
    engine_note(e, "start %s", jingle_session_get_sid(session));
    return JINGLE_EOK;
}

static int note_accept(jingle_session_t *session, void *self)
{
    (void)self;
    engine_note(e, "accept %s", jingle_session_get_sid(session));
    return JINGLE_EOK;
}

/* The type is asked to start by the initiator before anything else, and to accept by the responder once the
 * offer was acknowledged; both once. */
START_TEST(started_and_accepted_in_their_time)
{
    static jingle_session_type_t type; /* outlives the sessions of it */
    jingle_session_t *ours = NULL, *theirs;

    type = engine_type;
    type.start = note_start;
    type.accept = note_accept;
    jingle_unregister_session_type(e->jingle, ENGINE_APP);
    jingle_register_session_type(e->jingle, ENGINE_APP, &type, e);
    jingle_session_new(e->jingle, ENGINE_PEER,
                       JINGLE_SESSION(.sid = "s", .type = &type, .type_userdata = e), &ours);
    jingle_session_set_state(ours, JINGLE_STATE_PENDING);
    e->keep = true;
    engine_offer(e, "1", "t");
    e->keep = false;
    theirs = jingle_find_session(e->jingle, NULL, ENGINE_PEER, "t");
    ck_assert(jingle_session_is_starting(theirs));
    engine_log(e);
    ck_assert_int_eq(jingle_session_start(ours), JINGLE_EINVOP);
    ck_assert_int_eq(jingle_session_accept(ours), JINGLE_EINVOP);
    ck_assert_int_eq(jingle_session_start(theirs), JINGLE_EINVOP);
    ck_assert_int_eq(jingle_session_accept(theirs), JINGLE_EINVOP);
    jingle_session_set_state(theirs, JINGLE_STATE_PENDING);
    ck_assert_int_eq(jingle_session_accept(theirs), JINGLE_EINVOP);
    engine_complete(e, NULL);
    ck_log("state t pending\n> result 1\nincoming t\n");
    ck_assert_int_eq(jingle_session_accept(theirs), JINGLE_EOK);
    ck_assert_int_eq(jingle_session_accept(theirs), JINGLE_EINVOP);
    ck_log("accept t\n");
    jingle_session_new(e->jingle, ENGINE_PEER,
                       JINGLE_SESSION(.sid = "u", .type = &type, .type_userdata = e), &ours);
    engine_send(e, ours, JINGLE_ACTION_SESSION_INITIATE, ENGINE_CONTENT);
    engine_ack(e);
    engine_log(e);
    ck_assert_int_eq(jingle_session_accept(ours), JINGLE_EINVOP);
    ck_log("");
}
END_TEST

static int fail_first(jingle_session_t *session, void *self)
{
    static int calls;

    (void)session, (void)self;
    return calls++ % 2 == 0 ? JINGLE_EIO : JINGLE_EOK;
}

/* What failed before anything was sent may be tried again. */
START_TEST(started_and_accepted_again)
{
    static jingle_session_type_t type; /* outlives the sessions of it */
    static const int expected[] = {JINGLE_EIO, JINGLE_EOK, JINGLE_EINVOP};
    jingle_session_t *ours = NULL, *theirs;

    type = engine_type;
    type.start = type.accept = fail_first;
    jingle_unregister_session_type(e->jingle, ENGINE_APP);
    jingle_register_session_type(e->jingle, ENGINE_APP, &type, e);
    jingle_session_new(e->jingle, ENGINE_PEER,
                       JINGLE_SESSION(.sid = "s", .type = &type, .type_userdata = e), &ours);
    theirs = engine_offered(e, "t");
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(jingle_session_start(ours), expected[i]);
    for (int i = 0; i < 3; i++)
        ck_assert_int_eq(jingle_session_accept(theirs), expected[i]);
}
END_TEST

static int become_active(jingle_session_t *session, void *self)
{
    (void)self;
    jingle_session_set_state(session, JINGLE_STATE_ACTIVE);
    return engine_send(e, session, JINGLE_ACTION_SESSION_INITIATE, ENGINE_CONTENT);
}

/* A type that makes its session active while it starts has no offer to make in it any more. */
START_TEST(no_offer_in_an_active_session)
{
    static jingle_session_type_t type; /* outlives the session of it */
    jingle_session_t *session = NULL;

    type = engine_type;
    type.start = become_active;
    jingle_session_new(e->jingle, ENGINE_PEER,
                       JINGLE_SESSION(.sid = "s", .type = &type, .type_userdata = e), &session);
    engine_log(e);
    ck_assert_int_eq(jingle_session_start(session), JINGLE_EINVOP);
    ck_log("state s active\n");
}
END_TEST

/* A type that sets the state knows that the peer has the session without an offer: both may speak in it. What
 * the peer says acknowledges no offer, for there was none. */
START_TEST(a_session_without_an_offer)
{
    jingle_session_t *session = engine_create(e, "s");

    jingle_session_set_state(session, JINGLE_STATE_ACTIVE);
    engine_log(e);
    engine_action(e, "1", "session-info", "s", "");
    ck_log("on session-info s\n> result 1\n");
    ck_assert(!jingle_session_is_acknowledged(session));
    ck_assert_int_eq(jingle_session_send(session, JINGLE_ACTION_SESSION_INFO, NULL), JINGLE_EOK);
    jingle_session_end(session, NULL);
    ck_log("> set session-info s\nstate s ended\n> set session-terminate s success\n"
           "terminated s success\n");
}
END_TEST

/* Compiled with headers that had less than the first ever: nothing of it is looked at. */
START_TEST(structs_that_are_too_short)
{
    jingle_limits_t limits = {.size = sizeof limits};
    jingle_end_t end = {.size = sizeof end - 1};
    jingle_request_t request = {
        .size = sizeof request - 1, .to = ENGINE_PEER, .xml = "<query xmlns='urn:q'/>"};
    static jingle_session_type_t type; /* outlives the sessions of it */
    jingle_session_config_t config = {.size = sizeof config - 1, .sid = "t"};
    jingle_session_t *session = engine_create_active(e, "s"), *other = NULL;

    type.name = "x";
    type.size = offsetof(jingle_session_type_t, save) - 1;
    ck_assert_int_eq(jingle_session_end(session, &end), JINGLE_EINVAL);
    ck_assert_int_eq(jingle_request(e->jingle, &request), JINGLE_EINVAL);
    ck_assert_int_eq(jingle_session_new(e->jingle, ENGINE_PEER, &config, &other), JINGLE_EINVAL);
    config.size++;
    config.type = &type;
    ck_assert_int_eq(jingle_session_new(e->jingle, ENGINE_PEER, &config, &other), JINGLE_EINVAL);
    ck_assert_int_eq(jingle_register_session_type(e->jingle, "urn:x", &type, NULL), JINGLE_EINVAL);
    ck_assert_int_eq(jingle_register_restorable(e->jingle, &type, NULL), JINGLE_EINVAL);
    limits.size--;
    ck_assert_int_eq(jingle_set_limits(e->jingle, &limits), JINGLE_EINVAL);
    ck_assert_ptr_null(jingle_new(e->ctx, JINGLE_CONFIG(.jid = ENGINE_OWN, .limits = &limits)));
    ck_assert_ptr_null(jingle_new(e->ctx, &(jingle_config_t){.size = sizeof(jingle_config_t) - 1}));
    ck_log("");
    type.size++;
    ck_assert_int_eq(jingle_register_session_type(e->jingle, "urn:x", &type, NULL), JINGLE_EOK);
    ck_assert_int_eq(jingle_register_restorable(e->jingle, &type, NULL), JINGLE_EOK);
    ck_assert_int_eq(jingle_session_new(e->jingle, ENGINE_PEER, &config, &other), JINGLE_EOK);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("edge_session");
    TCase *tcase = add_case(suite, "session");

    tcase_add_test(tcase, ends_that_are_not_valid);
    tcase_add_test(tcase, states_that_are_not_valid);
    tcase_add_test(tcase, foreign_attributes_are_sent);
    tcase_add_test(tcase, contents_that_are_not_whole);
    tcase_add_test(tcase, accepts_that_are_not_whole);
    tcase_add_test(tcase, ended_by_sending);
    tcase_add_test(tcase, freed_while_one_ends);
    tcase_add_test(tcase, without_a_jid_of_ours);
    tcase_add_test(tcase, a_detail_that_cannot_be_written);
    tcase_add_test(tcase, what_does_not_leave);
    tcase_add_test(tcase, what_waits_is_answered_at_the_end);
    tcase_add_test(tcase, started_and_accepted_in_their_time);
    tcase_add_test(tcase, started_and_accepted_again);
    tcase_add_test(tcase, no_offer_in_an_active_session);
    tcase_add_test(tcase, a_session_without_an_offer);
    tcase_add_test(tcase, structs_that_are_too_short);
    return run_suite(suite);
}
