/* SPDX-License-Identifier: MIT */
/** @file
 *  What session types do: actions handled without an IQ, states set before a stanza, sending that
 *  fails. */
#include "fixture.h"

#include <stdlib.h>

static void on_done(jingle_session_t *session, const jingle_error_t *error, void *userdata)
{
    engine_note(e, "done %s %s %s", (const char *)userdata, jingle_session_get_sid(session),
                error ? error->condition : "-");
}

static char a[] = "a", b[] = "b";

/* ---- jingle_session_process() ---- */

START_TEST(handled_as_if_it_had_come)
{
    jingle_session_t *session = engine_create_active(e, "s");
    jingle_data_t info = {.action = JINGLE_ACTION_SESSION_INFO};

    ck_assert_int_eq(jingle_session_process(session, &info, on_done, a), JINGLE_EOK);
    ck_log("on session-info s\ndone a s -\n");
    ck_assert_int_eq(jingle_session_process(session, &info, NULL, NULL), JINGLE_EOK);
    ck_log("on session-info s\n");
    ck_assert_int_eq(jingle_session_process(session, NULL, on_done, a), JINGLE_EINVAL);
    ck_assert_int_eq(jingle_session_process(NULL, &info, on_done, a), JINGLE_EINVAL);
    ck_assert_int_eq(jingle_session_process(
                         session, &(jingle_data_t){.action = JINGLE_ACTION_COUNT}, on_done, a),
                     JINGLE_EINVAL);
}
END_TEST

START_TEST(waits_its_turn)
{
    jingle_session_t *session = engine_create_active(e, "s");
    jingle_data_t info = {.action = JINGLE_ACTION_SESSION_INFO},
                  add = {.action = JINGLE_ACTION_CONTENT_ADD};

    e->keep = true;
    engine_action(e, "1", "transport-info", "s", "");
    jingle_session_process(session, &info, on_done, a);
    jingle_session_process(session, &add, on_done, b);
    ck_log("on transport-info s\n");
    engine_complete(e, NULL);
    ck_log("> result 1\non session-info s\n");
    engine_complete(e, JINGLE_ERROR(.condition = "not-acceptable"));
    ck_log("done a s not-acceptable\non content-add s\n");
    jingle_session_end(session, NULL);
    ck_log("state s ended\n> set session-terminate s success\nterminated s success\n");
    engine_complete(e, NULL);
    ck_log("done b s -\n");
}
END_TEST

START_TEST(checked_like_all_else)
{
    jingle_session_t *session = engine_create_active(e, "s");
    jingle_data_t accept = {.action = JINGLE_ACTION_SESSION_ACCEPT},
                  unknown = {.action_name = "bogus"};

    jingle_session_process(session, &accept, on_done, a);
    ck_log("done a s unexpected-request\n");
    jingle_session_process(session, &unknown, on_done, b);
    ck_log("done b s bad-request\n");
}
END_TEST

START_TEST(done_when_the_session_ends)
{
    jingle_session_t *session = jingle_session_clone(engine_create_active(e, "s"));
    jingle_data_t info = {.action = JINGLE_ACTION_SESSION_INFO};

    e->keep = true;
    engine_action(e, "1", "transport-info", "s", "");
    jingle_session_process(session, &info, on_done, a);
    engine_log(e);
    jingle_session_end(session, NULL);
    ck_log("state s ended\ndone a s item-not-found\n> set session-terminate s success\nterminated "
           "s success\n");
    ck_assert_int_eq(jingle_session_process(session, &info, on_done, b), JINGLE_EINVOP);
    ck_log("");
    jingle_session_release(session);
}
END_TEST

START_TEST(done_when_the_manager_goes)
{
    jingle_session_t *session = engine_create_active(e, "s");
    jingle_data_t info = {.action = JINGLE_ACTION_SESSION_INFO};

    e->keep = true;
    jingle_session_process(session, &info, on_done, a);
    ck_assert_ptr_null(jingle_reply_get_stanza(e->kept[0]));
    engine_log(e);
    engine_free_manager(e);
    ck_assert_ptr_nonnull(strstr(engine_log(e), "done a s item-not-found\n"));
}
END_TEST

/* A local session-terminate is the end as the peer would bring it. */
START_TEST(a_terminate_ends)
{
    jingle_reason_t reason = {.condition = JINGLE_REASON_BUSY};
    jingle_data_t terminate = {.action = JINGLE_ACTION_SESSION_TERMINATE, .reason = &reason};

    jingle_session_process(engine_create_active(e, "s"), &terminate, on_done, a);
    ck_log("state s ended\nterminated s busy\ndone a s -\n");
}
END_TEST

/* ---- states set by a type ---- */

static int start_by_hand(jingle_session_t *session, void *self)
{
    ck_assert_int_eq(jingle_session_set_state(session, JINGLE_STATE_PENDING), JINGLE_EOK);
    return engine_send(self, session, JINGLE_ACTION_SESSION_INITIATE, ENGINE_CONTENT);
}

static int accept_by_hand(jingle_session_t *session, void *self)
{
    ck_assert_int_eq(jingle_session_set_state(session, JINGLE_STATE_ACTIVE), JINGLE_EOK);
    return engine_send(self, session, JINGLE_ACTION_SESSION_ACCEPT, ENGINE_CONTENT);
}

static const jingle_session_type_t by_hand = {.size = sizeof(jingle_session_type_t),
                                              .name = "by hand",
                                              .start = start_by_hand,
                                              .accept = accept_by_hand};

/* spec: the change of state and the sending are one step, and each of the two goes out once. */
START_TEST(a_type_may_set_the_state_just_before)
{
    jingle_session_t *session = NULL;

    jingle_session_new(e->jingle, ENGINE_PEER,
                       JINGLE_SESSION(.sid = "s", .type = &by_hand, .type_userdata = e), &session);
    ck_assert_int_eq(jingle_session_start(session), JINGLE_EOK);
    ck_log("created s\nstate s pending\noutgoing s\n> set session-initiate s\n");
    ck_assert_int_eq(engine_send(e, session, JINGLE_ACTION_SESSION_INITIATE, ENGINE_CONTENT),
                     JINGLE_EINVOP);
    engine_ack(e);
    jingle_unregister_session_type(e->jingle, ENGINE_APP);
    jingle_register_session_type(e->jingle, ENGINE_APP, &by_hand, e);
    engine_offer(e, "i", "t");
    engine_log(e);
    session = jingle_find_session(e->jingle, NULL, ENGINE_PEER, "t");
    ck_assert_int_eq(jingle_session_accept(session), JINGLE_EOK);
    ck_log("state t active\n> set session-accept t\n");
    ck_assert_int_eq(engine_send(e, session, JINGLE_ACTION_SESSION_ACCEPT, ENGINE_CONTENT),
                     JINGLE_EINVOP);
}
END_TEST

static void set_send_ack(engine_t *engine, jingle_session_t *session, const jingle_data_t *data,
                         jingle_reply_t *reply)
{
    (void)data;
    jingle_session_set_state(session, JINGLE_STATE_PENDING);
    ck_assert_int_eq(engine_send(engine, session, JINGLE_ACTION_SESSION_INFO, ""), JINGLE_EINVOP);
    jingle_reply_ack(reply);
    ck_assert_int_eq(engine_send(engine, session, JINGLE_ACTION_SESSION_INFO, ""), JINGLE_EOK);
}

/* XEP-0166 section 6.3.1: the responder acknowledges first, whatever its type says of the state. */
START_TEST(nothing_goes_before_the_ack)
{
    e->on_action = set_send_ack;
    engine_offer(e, "1", "s");
    ck_log("created s\non session-initiate s\nstate s pending\n> result 1\nincoming s\n> set "
           "session-info s\n");
}
END_TEST

START_TEST(offers_and_accepts_can_be_sent)
{
    jingle_session_t *session = engine_create(e, "s");

    ck_assert_int_eq(engine_send(e, session, JINGLE_ACTION_SESSION_INITIATE, ENGINE_CONTENT),
                     JINGLE_EOK);
    ck_log("created s\nstate s pending\noutgoing s\n> set session-initiate s\n");
    ck_assert_int_eq(jingle_session_start(session), JINGLE_EINVOP);
    engine_ack(e);
    session = engine_offered(e, "t");
    ck_assert_int_eq(engine_send(e, session, JINGLE_ACTION_SESSION_ACCEPT, ENGINE_CONTENT),
                     JINGLE_EOK);
    ck_log("state t active\n> set session-accept t\n");
    ck_assert_int_eq(jingle_session_accept(session), JINGLE_EINVOP);
}
END_TEST

static void offer_again(engine_t *engine, const jingle_event_t *event)
{
    if (event->type == JINGLE_EVENT_STATE || event->type == JINGLE_EVENT_OUTGOING)
        ck_assert_int_eq(
            engine_send(engine, event->session, JINGLE_ACTION_SESSION_INITIATE, ENGINE_CONTENT),
            JINGLE_EINVOP);
}

START_TEST(an_offer_on_its_way_is_the_only_one)
{
    engine_create(e, "s");
    e->on_event = offer_again;
    ck_assert_int_eq(jingle_session_start(e->session), JINGLE_EOK);
    ck_log("created s\nstate s pending\noutgoing s\n> set session-initiate s\n");
    e->on_event = NULL;
}
END_TEST

START_TEST(sending_a_terminate_ends)
{
    jingle_session_t *session = jingle_session_clone(engine_create_active(e, "s"));

    ck_assert_int_eq(
        engine_send(e, session, JINGLE_ACTION_SESSION_TERMINATE, "<reason><busy/></reason>"),
        JINGLE_EOK);
    ck_log("state s ended\n> set session-terminate s busy\nterminated s busy\n");
    ck_assert_int_eq(engine_send(e, session, JINGLE_ACTION_SESSION_TERMINATE, ""), JINGLE_EINVOP);
    ck_log("");
    jingle_session_release(session);
}
END_TEST

START_TEST(actions_that_cannot_be_sent)
{
    jingle_session_t *session = engine_create_active(e, "s");

    ck_assert_int_eq(jingle_session_send(session, JINGLE_ACTION_UNKNOWN, NULL), JINGLE_EINVAL);
    ck_assert_int_eq(jingle_session_send(session, JINGLE_ACTION_COUNT, NULL), JINGLE_EINVAL);
    ck_assert_int_eq(jingle_session_send(session, JINGLE_ACTION_SOURCE_ADD, NULL), JINGLE_EINVOP);
    ck_assert_int_eq(jingle_session_send(session, JINGLE_ACTION_SESSION_INITIATE, NULL),
                     JINGLE_EINVOP);
    ck_assert_int_eq(jingle_session_send(NULL, JINGLE_ACTION_SESSION_INFO, NULL), JINGLE_EINVAL);
    ck_log("");
}
END_TEST

static int send_all_but_the_first(jingle_t *jingle, const char *xml, size_t len, void *result)
{
    int first = *(int *)result;
    text_t text = {0};

    (void)jingle;
    *(int *)result = JINGLE_EOK;
    text_add(&text, xml, len);
    engine_note(e, "%s%s", first ? "lost" : "sent",
                strstr(text_str(&text), "session-terminate") ? " the end" : "");
    text_clear(&text);
    return first;
}

/* An offer that did not leave is none, and an accept leaves a peer that waits: nothing else would ever end the
 * session. That peer hears of the end, unless the connection is gone; of the offer it knows nothing. */
START_TEST(what_cannot_leave_ends)
{
    int result = _i % 2 ? JINGLE_EMEM : JINGLE_ESEND, err = result;
    bool accept = _i > 1;
    jingle_session_t *session = accept ? engine_offered(e, "s") : engine_create(e, "s");

    engine_log(e);
    jingle_set_send(e->jingle, send_all_but_the_first, &result);
    if (accept) {
        ck_assert_int_eq(jingle_session_accept(session), err);
        ck_log(err == JINGLE_EMEM
                   ? "state s active\nlost\nstate s ended\nsent the end\nterminated s "
                     "connectivity-error\n"
                   : "state s active\nlost\nstate s ended\nterminated s connectivity-error\n");
    } else {
        ck_assert_int_eq(jingle_session_start(session), err);
        ck_log(
            "state s pending\noutgoing s\nlost\nstate s ended\nterminated s connectivity-error\n");
    }
    ck_assert_uint_eq(jingle_count_sessions(e->jingle), 0);
    jingle_set_send(e->jingle, NULL, NULL);
}
END_TEST

/* ---- what must not outlive its callback ---- */

typedef struct {
    jingle_data_t data;
    jingle_content_data_t content;
    char name[2];
} owned_t;

static owned_t *own_data(jingle_action_t action)
{
    owned_t *owned = calloc(1, sizeof *owned);

    owned->name[0] = 'c';
    owned->content.name = owned->name;
    owned->data = (jingle_data_t){.action = action, .contents = &owned->content, .n_contents = 1};
    return owned;
}

static void free_data(jingle_session_t *session, const jingle_error_t *error, void *userdata)
{
    engine_note(e, "done %s %s", jingle_session_get_sid(session), error ? error->condition : "-");
    free(userdata);
}

START_TEST(data_may_go_when_it_is_done)
{
    owned_t *info = own_data(JINGLE_ACTION_SESSION_INFO),
            *add = own_data(JINGLE_ACTION_CONTENT_ADD);
    jingle_session_t *session = engine_create_active(e, "s"), *base = NULL;
    jingle_reply_t *reply;

    e->keep = true;
    ck_assert_int_eq(jingle_session_process(session, &info->data, free_data, info), JINGLE_EOK);
    reply = jingle_reply_clone(e->kept[0]);
    engine_complete(e, JINGLE_ERROR(.condition = "not-acceptable"));
    ck_log("on session-info s\ndone s not-acceptable\n");
    ck_assert_int_eq(jingle_reply_error(reply, NULL), JINGLE_EINVOP);
    ck_assert_int_eq(jingle_reply_ack(reply), JINGLE_EINVOP);
    ck_assert_int_eq(jingle_reply_default(reply), JINGLE_EINVOP);
    jingle_reply_release(reply);
    engine_action(e, "1", "session-initiate", "b",
                  "<content creator='initiator' name='c'><description "
                  "xmlns='urn:other'/><transport xmlns='t'/></content>");
    base = e->session;
    engine_log(e);
    ck_assert_int_eq(jingle_session_process(base, &add->data, free_data, add), JINGLE_EOK);
    ck_log("done b -\n> set content-reject b failed-application\n");
}
END_TEST

static jingle_reply_t *again;

static void ack_again(engine_t *engine, const jingle_event_t *event)
{
    (void)engine;
    if (event->type == JINGLE_EVENT_STATE)
        ck_assert_int_eq(jingle_reply_ack(again), JINGLE_EINVOP);
}

static void go_now(engine_t *engine, const jingle_event_t *event)
{
    if (event->type == JINGLE_EVENT_STATE)
        engine_free_manager(engine);
}

static void note_and_ack(jingle_session_t *session, const jingle_data_t *data,
                         jingle_reply_t *reply, void *self)
{
    (void)session, (void)data, (void)self;
    again = reply;
    ck_assert_int_eq(jingle_reply_ack(reply), JINGLE_EOK);
}

static const jingle_session_type_t slow_to_end = {.size = sizeof(jingle_session_type_t),
                                                  .name = "slow to end",
                                                  .on_session_terminate = note_and_ack};

/* The reason is told to the end, whoever acknowledges once more in between, or frees the manager. */
START_TEST(a_terminate_is_done_once)
{
    struct {
        jingle_data_t data;
        jingle_reason_t reason;
        char text[4];
    } *owned = calloc(1, sizeof *owned);
    jingle_session_t *session = NULL;

    memcpy(owned->text, "bye", 4);
    owned->reason = (jingle_reason_t){.condition = JINGLE_REASON_BUSY, .text = owned->text};
    owned->data.action = JINGLE_ACTION_SESSION_TERMINATE;
    owned->data.reason = &owned->reason;
    jingle_session_new(e->jingle, ENGINE_PEER, JINGLE_SESSION(.sid = "s", .type = &slow_to_end),
                       &session);
    ck_assert_int_eq(engine_send(e, session, JINGLE_ACTION_SESSION_INITIATE, ENGINE_CONTENT),
                     JINGLE_EOK);
    engine_log(e);
    e->on_event = _i ? go_now : ack_again;
    ck_assert_int_eq(jingle_session_process(session, &owned->data, free_data, owned), JINGLE_EOK);
    ck_log("state s ended\nterminated s busy \"bye\"\ndone s -\n");
}
END_TEST

static jingle_reply_t *kept_reply;

static void keep_terminate(jingle_session_t *session, const jingle_data_t *data,
                           jingle_reply_t *reply, void *self)
{
    (void)session, (void)data, (void)self;
    kept_reply = jingle_reply_clone(reply);
}

/* It has a deadline, which is the manager's business until then. */
START_TEST(a_terminate_is_done_late)
{
    static const jingle_session_type_t later = {.size = sizeof later,
                                                .on_session_terminate = keep_terminate};
    jingle_data_t data = {.action = JINGLE_ACTION_SESSION_TERMINATE};
    jingle_session_t *session = NULL;

    jingle_session_new(e->jingle, ENGINE_PEER, JINGLE_SESSION(.sid = "s", .type = &later),
                       &session);
    ck_assert_int_eq(engine_send(e, session, JINGLE_ACTION_SESSION_INITIATE, ENGINE_CONTENT),
                     JINGLE_EOK);
    engine_log(e);
    ck_assert_int_eq(jingle_session_process(session, &data, on_done, a), JINGLE_EOK);
    e->on_event = go_now;
    ck_assert_int_eq(jingle_reply_ack(kept_reply), JINGLE_EOK);
    jingle_reply_release(kept_reply);
    ck_log("state s ended\nterminated s success\ndone a s -\n");
}
END_TEST

/* on_done frees the data, and a request that is sent in there is answered at once. */
static void free_and_ask(jingle_session_t *session, const jingle_error_t *error, void *userdata)
{
    (void)error;
    free(userdata);
    engine_send(e, session, JINGLE_ACTION_SESSION_INFO, "");
    engine_refuse(e, "item-not-found", "unknown-session");
}

START_TEST(data_that_is_gone)
{
    jingle_session_t *session = engine_create_active(e, "s");
    jingle_data_t *info = malloc(sizeof *info);

    *info = (jingle_data_t){.action = JINGLE_ACTION_SESSION_INFO};
    ck_assert_int_eq(jingle_session_process(session, info, free_and_ask, info), JINGLE_EOK);
    ck_assert_uint_eq(jingle_count_sessions(e->jingle), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("core/process");
    TCase *process = add_case(suite, "process"), *types = add_case(suite, "types");

    tcase_add_test(process, handled_as_if_it_had_come);
    tcase_add_test(process, waits_its_turn);
    tcase_add_test(process, checked_like_all_else);
    tcase_add_test(process, done_when_the_session_ends);
    tcase_add_test(process, done_when_the_manager_goes);
    tcase_add_test(process, a_terminate_ends);
    tcase_add_test(process, data_may_go_when_it_is_done);
    tcase_add_test(process, data_that_is_gone);
    tcase_add_loop_test(process, a_terminate_is_done_once, 0, 2);
    tcase_add_test(process, a_terminate_is_done_late);
    tcase_add_test(types, a_type_may_set_the_state_just_before);
    tcase_add_test(types, nothing_goes_before_the_ack);
    tcase_add_test(types, offers_and_accepts_can_be_sent);
    tcase_add_test(types, an_offer_on_its_way_is_the_only_one);
    tcase_add_test(types, sending_a_terminate_ends);
    tcase_add_test(types, actions_that_cannot_be_sent);
    tcase_add_loop_test(types, what_cannot_leave_ends, 0, 4);
    return run_suite(suite);
}
