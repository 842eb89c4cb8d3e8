/* SPDX-License-Identifier: MIT */
/** @file
 *  The managed type at the edge: asked of nothing, of what is over, and by plug-ins that end the
 *  session while they are asked. */
#include "fixture.h"

START_TEST(nothing_has_nothing)
{
    ck_assert_ptr_null(jingle_content_clone(NULL));
    jingle_content_release(NULL);
    ck_assert_ptr_null(jingle_content_get_session(NULL));
    ck_assert_int_eq(jingle_content_get_creator(NULL), JINGLE_CREATOR_INVALID);
    ck_assert_ptr_null(jingle_content_get_name(NULL));
    ck_assert_int_eq(jingle_content_get_senders(NULL), JINGLE_SENDERS_INVALID);
    ck_assert_ptr_null(jingle_content_get_disposition(NULL));
    ck_assert_int_eq(jingle_content_get_state(NULL), JINGLE_CONTENT_OVER);
    ck_assert_ptr_null(jingle_content_get_application(NULL));
    ck_assert_ptr_null(jingle_content_get_transport(NULL));
    ck_assert_uint_eq(jingle_content_get_components(NULL), 0);
    ck_assert_uint_eq(jingle_content_get_flows(NULL), 0);
    ck_assert_ptr_null(jingle_content_get_application_self(NULL));
    ck_assert_ptr_null(jingle_content_get_transport_self(NULL));
    ck_assert(!jingle_content_is_ours(NULL));
    ck_assert(!jingle_content_is_ended_by_peer(NULL));
    ck_assert_int_eq(jingle_content_accept(NULL), JINGLE_EINVAL);
    ck_assert_int_eq(jingle_content_reject(NULL, NULL), JINGLE_EINVAL);
    ck_assert_int_eq(jingle_content_remove(NULL, NULL), JINGLE_EINVAL);
    ck_assert_int_eq(jingle_content_modify(NULL, JINGLE_SENDERS_BOTH), JINGLE_EINVAL);
    ck_assert_int_eq(jingle_content_replace_transport(NULL, NULL), JINGLE_EINVAL);
    ck_assert_int_eq(jingle_content_done(NULL, true), JINGLE_EINVAL);
}
END_TEST

START_TEST(no_session_and_no_part)
{
    ck_assert(!jingle_session_is_managed(NULL));
    ck_assert_ptr_null(jingle_session_next_content(NULL, NULL));
    ck_assert_ptr_null(jingle_session_find_content(NULL, JINGLE_CREATOR_INITIATOR, "c"));
    ck_assert_ptr_null(jingle_session_find_content(create("s"), JINGLE_CREATOR_INITIATOR, NULL));
    ck_assert_ptr_null(jingle_part_clone(NULL));
    jingle_part_release(NULL);
    jingle_part_ready(NULL);
    jingle_part_news(NULL);
    jingle_part_hold(NULL, true);
    jingle_part_done(NULL);
    jingle_part_fail(NULL, JINGLE_REASON_GONE, NULL);
    jingle_part_open(NULL, NULL);
    ck_assert(!jingle_part_is_live(NULL));
    ck_assert_ptr_null(jingle_part_get_manager(NULL));
    ck_assert_ptr_null(jingle_part_get_session(NULL));
    ck_assert_ptr_null(jingle_part_get_content(NULL));
    ck_assert_ptr_null(jingle_get_transport(NULL, 0));
    ck_assert_uint_eq(jingle_get_transport_flows(NULL, STUB_T1), 0);
    ck_assert_uint_eq(jingle_get_transport_flows(e->jingle, NULL), 0);
    ck_assert_int_eq(jingle_set_transport_filter(NULL, NULL, NULL), JINGLE_EINVAL);
    ck_assert_int_eq(jingle_set_transport_timeouts(NULL, NULL), JINGLE_EINVAL);
    ck_assert_int_eq(jingle_set_transport_timeouts(e->jingle, NULL), JINGLE_EINVAL);
}
END_TEST

/* What is over has lost its parts, and can neither be changed nor decided on. */
START_TEST(what_is_over_stays_so)
{
    jingle_session_t *session = active_out("s", "c", "d");
    jingle_content_t *content = jingle_content_clone(content_of(session, "d"));

    if (_i == 0)
        jingle_content_remove(content, NULL);
    else
        engine_action(e, "1", "content-remove", "s", "<content creator='initiator' name='d'/>");
    engine_log(e);
    ck_assert_int_eq(jingle_content_get_state(content), JINGLE_CONTENT_OVER);
    ck_assert_ptr_null(jingle_content_get_application(content));
    ck_assert_ptr_null(jingle_content_get_transport(content));
    ck_assert_ptr_null(jingle_content_get_application_self(content));
    ck_assert_ptr_null(jingle_content_get_transport_self(content));
    ck_assert_uint_eq(jingle_content_get_components(content), 0);
    ck_assert_uint_eq(jingle_content_get_flows(content), 0);
    ck_assert_int_eq(jingle_content_accept(content), JINGLE_EINVOP);
    ck_assert_int_eq(jingle_content_reject(content, NULL), JINGLE_EINVOP);
    ck_assert_int_eq(jingle_content_remove(content, NULL), JINGLE_EINVOP);
    ck_assert_int_eq(jingle_content_modify(content, JINGLE_SENDERS_BOTH), JINGLE_EINVOP);
    ck_assert_int_eq(jingle_content_replace_transport(content, NULL), JINGLE_EINVOP);
    ck_assert_int_eq(jingle_content_done(content, true), JINGLE_EINVOP);
    ck_log("");
    jingle_content_release(content);
}
END_TEST

START_TEST(no_channel_opens_nothing)
{
    s->plan[STUB_1].waits = true;
    active_out("s", "c", NULL);
    jingle_part_open(stub_find(s, STUB_1, "c")->part, NULL);
    ck_log("");
    stub_open(stub_find(s, STUB_1, "c"), 1);
    ck_log("a.open c\nconnection s connected\n");
}
END_TEST

/* ---- plug-ins that end the session while they are asked ---- */

static stub_point_t where;

static void end_there(stub_t *stub, stub_part_t *part, stub_point_t point)
{
    (void)part;
    if (point != where)
        return;
    stub->hook = NULL;
    jingle_session_end(stub->engine->session, JINGLE_END(.condition = JINGLE_REASON_CANCEL));
}

START_TEST(ended_while_a_part_is_made)
{
    jingle_session_t *session = create("s");
    jingle_content_t *content = NULL;

    engine_log(e);
    where = STUB_CREATE;
    s->hook = end_there;
    ck_assert_int_eq(
        jingle_session_add_content(session, JINGLE_CONTENT(.application = STUB_APP), &content),
        JINGLE_EINVOP);
    ck_assert_ptr_null(content);
    ck_assert_ptr_nonnull(strstr(engine_log(e), "terminated s cancel\n"));
    ck_assert_uint_eq(s->live, 0);
}
END_TEST

static void end_at_second(stub_t *stub, stub_part_t *part, stub_point_t point)
{
    if (part->id == STUB_2 && point == STUB_CREATE)
        end_there(stub, part, where);
}

/* The next of the chain is made when the session ends: it is let go of. */
START_TEST(ended_while_the_next_is_made)
{
    s->plan[STUB_1].waits = _i;
    if (_i)
        active_out("s", "c", NULL);
    else {
        s->plan[STUB_1].later = true;
        add(create("s"), "c");
        jingle_session_start(e->session);
    }
    s->hook = end_at_second;
    jingle_part_fail(stub_find(s, STUB_1, "c")->part, JINGLE_REASON_CONNECTIVITY_ERROR, NULL);
    ck_assert(jingle_session_is_ended(e->session));
    ck_assert_uint_eq(s->live, 0);
}
END_TEST

static void remove_when_described(stub_t *stub, stub_part_t *part, stub_point_t point)
{
    if (point != STUB_DESCRIBE || strcmp(part->content, "d") != 0)
        return;
    stub->hook = NULL;
    engine_action(e, "r", "content-remove", "s", "<content creator='initiator' name='d'/>");
}

/* The peer removes a content while its news are put down: the others' leave. */
START_TEST(removed_while_it_is_described)
{
    active_out("s", "c", "d");
    stub_find(s, STUB_1, "c")->has_news = true;
    stub_find(s, STUB_1, "d")->has_news = true;
    jingle_part_news(stub_find(s, STUB_1, "c")->part);
    jingle_part_news(stub_find(s, STUB_1, "d")->part);
    stub_news(stub_find(s, STUB_1, "c"));
    s->hook = remove_when_described;
    engine_log(e);
    engine_ack(e);
    ck_assert_str_eq(last_contents(), "initiator/c[transport]");
    ck_assert_str_eq(names_of(e->session), "c");
}
END_TEST

static void change_all(stub_t *stub, stub_part_t *part, stub_point_t point)
{
    jingle_content_t *content = content_of(stub->engine->session, "d");

    if (point != STUB_CLOSED || strcmp(part->content, "c") != 0)
        return;
    /* the other has not heard yet */
    ck_assert_ptr_nonnull(content);
    ck_assert_int_ne(jingle_content_get_state(content), JINGLE_CONTENT_OVER);
    ck_assert_int_eq(jingle_content_accept(content), JINGLE_EINVOP);
    ck_assert_int_eq(jingle_content_reject(content, NULL), JINGLE_EINVOP);
    ck_assert_int_eq(jingle_content_remove(content, NULL), JINGLE_EINVOP);
    ck_assert_int_eq(jingle_content_modify(content, JINGLE_SENDERS_BOTH), JINGLE_EINVOP);
    ck_assert_int_eq(jingle_content_replace_transport(content, NULL), JINGLE_EINVOP);
    ck_assert_int_eq(jingle_content_done(content, true), JINGLE_EINVOP);
    ck_assert_int_eq(jingle_session_add_content(stub->engine->session,
                                                JINGLE_CONTENT(.application = STUB_APP), NULL),
                     JINGLE_EINVOP);
}

START_TEST(nothing_is_changed_while_the_session_ends)
{
    jingle_session_t *session =
        _i ? active_out("s", "c", "d") : pending_in("s", STUB_CONTENT("c") STUB_CONTENT("d"));

    s->hook = change_all;
    jingle_session_end(session, JINGLE_END(.condition = JINGLE_REASON_GONE));
    ck_assert_ptr_nonnull(strstr(engine_log(e), "a.closed c gone\n"));
}
END_TEST

static void find_none(stub_t *stub, stub_part_t *part, stub_point_t point)
{
    (void)part;
    if (point != STUB_CLOSED)
        return;
    for (int id = 0; id < STUB_PLUGINS; id++)
        ck_assert_ptr_null(stub_find(stub, (stub_plugin_id_t)id, "c"));
}

/* When the application hears of the end no part is live any more. */
START_TEST(no_part_lives_in_what_is_over)
{
    jingle_session_t *session =
        active_in("s", STUB_CONTENT_OF("c", STUB_APP, STUB_T1, "<security xmlns='" STUB_SEC "'/>"));

    s->hook = find_none;
    jingle_session_end(session, JINGLE_END(.condition = JINGLE_REASON_GONE));
    ck_assert_ptr_nonnull(strstr(engine_log(e), "a.closed c gone\n"));
}
END_TEST

/* What cannot be sent the peer will never hear of: the session ends. */
START_TEST(nothing_can_be_sent)
{
    jingle_session_t *session = jingle_session_clone(active_out("s", "c", "d"));

    e->send_result = JINGLE_ESEND;
    if (_i == 0)
        jingle_content_modify(content_of(session, "c"), JINGLE_SENDERS_INITIATOR);
    else if (_i == 1)
        jingle_content_remove(content_of(session, "c"), NULL);
    else
        add(session, "f");
    ck_assert(jingle_session_is_ended(session));
    ck_assert_ptr_nonnull(strstr(engine_log(e), "terminated s general-error"));
    jingle_session_release(session);
}
END_TEST

#define PROPOSAL(transport)                                                                        \
    "<content creator='initiator' name='c'><transport xmlns='" transport "'/></content>"

typedef struct {
    xmpp_stanza_t *element;
    const jingle_data_t *data;
} owned_t;

static void free_data(jingle_session_t *session, const jingle_error_t *error, void *userdata)
{
    owned_t *owned = userdata;

    (void)session;
    engine_note(e, "done %s", error ? error->condition : "-");
    jingle_data_free(owned->data);
    xmpp_stanza_release(owned->element);
}

/* What is processed for the program may go with the answer, before the proposal is rejected. */
START_TEST(a_proposal_goes_with_its_answer)
{
    jingle_session_t *session = active_in("s", STUB_CONTENT("c"));
    owned_t owned = {engine_element(e, "<jingle xmlns='" JINGLE_NS
                                       "' action='transport-replace' sid='s'>" PROPOSAL(
                                           "urn:example:nobodys") "</jingle>"),
                     NULL};

    ck_assert_int_eq(jingle_data_new(NULL, owned.element, &owned.data), JINGLE_EOK);
    ck_assert_int_eq(jingle_session_process(session, owned.data, free_data, &owned), JINGLE_EOK);
    ck_log("done -\n> set transport-reject s unsupported-transports\n");
    ck_assert_ptr_nonnull(jingle_element_child(jingle_element_child(last_jingle(), "content", NULL),
                                               "transport", "urn:example:nobodys"));
}
END_TEST

static void send_no_more(void)
{
    engine_log(e);
    e->send_result = JINGLE_ESEND;
}

/* ... as with what the peer waits for. */
START_TEST(no_answer_can_be_sent)
{
    jingle_session_t *session;

    s->plan[STUB_1].waits = true;
    s->plan[STUB_2].later = true;
    session = jingle_session_clone(active_in("s", STUB_CONTENT("c")));
    if (_i < 2)
        engine_action(e, "2", "content-add", "s", STUB_CONTENT("d"));
    else
        engine_action(e, "2", "transport-replace", "s", PROPOSAL(STUB_T2));
    send_no_more();
    if (_i == 0)
        jingle_content_accept(content_of(session, "d"));
    else if (_i == 1)
        jingle_content_reject(content_of(session, "d"), NULL);
    else if (_i == 2)
        jingle_part_ready(stub_find(s, STUB_2, "c")->part);
    else
        jingle_part_fail(stub_find(s, STUB_2, "c")->part, JINGLE_REASON_FAILED_TRANSPORT, NULL);
    ck_assert(jingle_session_is_ended(session));
    ck_assert_ptr_nonnull(strstr(engine_log(e), "terminated s general-error"));
    jingle_session_release(session);
}
END_TEST

#define TWO_PROPOSALS(first, second)                                                               \
    PROPOSAL(first)                                                                                \
    "<content creator='initiator' name='d'><transport xmlns='" second "'/></content>"
#define UNUSABLE STUB_T2 "' verdict='unusable' text='no way"

/* XEP-0166 section 7.2.15: each proposal that is refused has its answer. */
START_TEST(two_proposals_are_rejected)
{
    s->plan[STUB_1].waits = true;
    active_in("s", STUB_CONTENT("c") STUB_CONTENT("d"));
    engine_action(e, "2", "transport-replace", "s", TWO_PROPOSALS(UNUSABLE, UNUSABLE));
    ck_log(
        "> result 2\n> set transport-reject s failed-transport\n"
        "> set transport-reject s failed-transport\nt2.stop c\nt2.free c\nt2.stop d\nt2.free d\n");
}
END_TEST

/* One that is refused is nothing when the other is malformed. */
START_TEST(a_proposal_beside_a_malformed_one)
{
    s->plan[STUB_1].waits = true;
    active_in("s", STUB_CONTENT("c") STUB_CONTENT("d"));
    engine_action(e, "2", "transport-replace", "s",
                  TWO_PROPOSALS(UNUSABLE, STUB_T2 "' verdict='malformed"));
    ck_log("> error 2 cancel bad-request\nt2.stop c\nt2.free c\nt2.stop d\nt2.free d\n");
}
END_TEST

static void end_after_result(engine_t *engine, const char *line)
{
    if (strncmp(line, "> result ", 9) == 0)
        jingle_session_end(engine->session, NULL);
}

/* The session ends with the ack of the proposal: nothing is rejected in it any more. */
START_TEST(ended_before_a_proposal_is_rejected)
{
    s->plan[STUB_1].waits = true;
    active_in("s", STUB_CONTENT("c"));
    e->on_sent = end_after_result;
    engine_action(e, "2", "transport-replace", "s", PROPOSAL(UNUSABLE));
    ck_assert_ptr_null(strstr(engine_log(e), "transport-reject"));
    ck_assert(jingle_session_is_ended(e->session));
}
END_TEST

static void act_when_stopped(stub_t *stub, stub_part_t *part, stub_point_t point)
{
    jingle_content_t *content = jingle_part_get_content(part->part);

    if (part->id != STUB_2 || point != STUB_STOP)
        return;
    if (*(const int *)stub->user == 0)
        jingle_session_end(jingle_content_get_session(content), NULL);
    else if (*(const int *)stub->user == 1)
        engine_free_manager(e);
    else
        ck_assert_int_eq(jingle_content_replace_transport(content, NULL), JINGLE_EINVOP);
}

/* The peer's proposal wins over ours, whose transport has other plans as it is stopped. */
START_TEST(a_proposal_that_loses_is_stopped)
{
    jingle_session_t *session;
    int deed = _i;

    s->plan[STUB_1].waits = true;
    session = active_in("s", STUB_CONTENT("c"));
    ck_assert_int_eq(jingle_content_replace_transport(content_of(session, "c"), NULL), JINGLE_EOK);
    ck_log("t2.prepare c\n> set transport-replace s\n");
    s->user = &deed;
    s->hook = act_when_stopped;
    engine_action(e, "1", "transport-replace", "s", PROPOSAL(STUB_T3));
    s->hook = NULL;
    if (deed < 2)
        ck_assert_ptr_nonnull(strstr(engine_log(e), "terminated s "));
    else
        ck_log("t3.apply c\nt2.stop c\nt2.free c\n> result 1\nt3.prepare c\n"
               "t1.stop c\nt1.free c\n> set transport-accept s\nt3.start c\na.open c\n"
               "connection s connected\n");
}
END_TEST

static void free_when_stopped(stub_t *stub, stub_part_t *part, stub_point_t point)
{
    (void)part;
    if (point != STUB_STOP)
        return;
    stub->hook = NULL;
    engine_free_manager(stub->engine);
}

/* Of two transports the first is stopped and the manager goes there: the second still had a deadline with it. */
START_TEST(freed_between_two_stops)
{
    jingle_content_t *content;

    s->plan[STUB_1].waits = true;
    content = content_of(active_out("s", "c", "d"), "c");
    ck_assert_int_eq(jingle_content_replace_transport(content, STUB_T2), JINGLE_EOK);
    engine_ack(e);
    s->hook = free_when_stopped;
    engine_action(e, "1", "content-remove", "s", "<content creator='initiator' name='c'/>");
    ck_assert_ptr_null(e->jingle);
    ck_assert_ptr_nonnull(strstr(engine_log(e), "t1.stop c\n"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("managed/edge");
    TCase *tcase = add_case(suite, "all");

    tcase_add_test(tcase, nothing_has_nothing);
    tcase_add_test(tcase, no_session_and_no_part);
    tcase_add_loop_test(tcase, what_is_over_stays_so, 0, 2);
    tcase_add_test(tcase, no_channel_opens_nothing);
    tcase_add_test(tcase, ended_while_a_part_is_made);
    tcase_add_loop_test(tcase, ended_while_the_next_is_made, 0, 2);
    tcase_add_test(tcase, removed_while_it_is_described);
    tcase_add_loop_test(tcase, nothing_is_changed_while_the_session_ends, 0, 2);
    tcase_add_test(tcase, no_part_lives_in_what_is_over);
    tcase_add_loop_test(tcase, nothing_can_be_sent, 0, 3);
    tcase_add_loop_test(tcase, no_answer_can_be_sent, 0, 4);
    tcase_add_test(tcase, a_proposal_goes_with_its_answer);
    tcase_add_test(tcase, two_proposals_are_rejected);
    tcase_add_test(tcase, a_proposal_beside_a_malformed_one);
    tcase_add_test(tcase, ended_before_a_proposal_is_rejected);
    tcase_add_loop_test(tcase, a_proposal_that_loses_is_stopped, 0, 3);
    tcase_add_test(tcase, freed_between_two_stops);
    return run_suite(suite);
}
