/* SPDX-License-Identifier: MIT */
/** @file
 *  Sessions: made, started, accepted, ended, looked at. */
#include "fixture.h"

/* ---- made ---- */

START_TEST(created_as_asked)
{
    static const char *const applications[] = {"urn:a", "urn:b"};
    jingle_session_t *session = NULL;
    int user = 0;

    ck_assert_int_eq(jingle_session_new(e->jingle, ENGINE_PEER,
                                        JINGLE_SESSION(.sid = "s", .applications = applications,
                                                       .n_applications = 2, .user = &user),
                                        &session),
                     JINGLE_EOK);
    ck_log("created s\n");
    ck_assert_str_eq(jingle_session_get_sid(session), "s");
    ck_assert_str_eq(jingle_session_get_peer(session), ENGINE_PEER);
    ck_assert_str_eq(jingle_session_get_own(session), ENGINE_OWN);
    ck_assert_int_eq(jingle_session_get_role(session), JINGLE_ROLE_INITIATOR);
    ck_assert(jingle_session_is_initiator(session));
    ck_assert(jingle_session_is_starting(session));
    ck_assert_int_eq(jingle_session_get_connection(session), JINGLE_CONNECTION_STARTING);
    ck_assert_ptr_nonnull(jingle_session_get_type(session));
    ck_assert_ptr_eq(jingle_session_get_manager(session), e->jingle);
    ck_assert_ptr_eq(jingle_session_get_user(session), &user);
    ck_assert_str_eq(jingle_session_get_application(session, 0), "urn:a");
    ck_assert_str_eq(jingle_session_get_application(session, 1), "urn:b");
    ck_assert_ptr_null(jingle_session_get_application(session, 2));
    ck_assert(jingle_session_is_tracked(session));
    ck_assert(!jingle_session_is_acknowledged(session));
    ck_assert_int_eq(jingle_session_get_pending_action(session), JINGLE_ACTION_UNKNOWN);
    ck_assert_ptr_eq(jingle_find_session(e->jingle, NULL, ENGINE_PEER, "s"), session);
    ck_assert_ptr_eq(jingle_find_session(e->jingle, ENGINE_OWN, ENGINE_PEER, "s"), session);
    ck_assert_ptr_null(jingle_find_session(e->jingle, NULL, ENGINE_PEER, "t"));
    ck_assert_ptr_null(jingle_find_session(e->jingle, NULL, ENGINE_OTHER, "s"));
    ck_assert_ptr_null(jingle_find_session(e->jingle, "x@self.example/main", ENGINE_PEER, "s"));
}
END_TEST

/* XEP-0166 section 7.1: the sid is an Nmtoken; section 15: nobody can guess it. */
START_TEST(sids_are_made_up)
{
    jingle_session_t *one = NULL, *other = NULL;
    const char *sid;
    size_t i;

    jingle_session_new(e->jingle, ENGINE_PEER, NULL, &one);
    jingle_session_new(e->jingle, ENGINE_PEER, NULL, &other);
    sid = jingle_session_get_sid(one);
    ck_assert_str_ne(sid, jingle_session_get_sid(other));
    ck_assert_uint_ge(strlen(sid), 16);
    for (i = 0; sid[i]; i++)
        ck_assert_ptr_nonnull(strchr("abcdefghijklmnopqrstuvwxyz0123456789-_.", sid[i]));
}
END_TEST

START_TEST(peers_are_folded_at_the_door)
{
    jingle_session_t *session = NULL;

    ck_assert_int_eq(
        jingle_session_new(e->jingle, "Z@Peer.Example/R1", JINGLE_SESSION(.sid = "s"), &session),
        JINGLE_EOK);
    ck_assert_str_eq(jingle_session_get_peer(session), "z@peer.example/R1");
    ck_assert_ptr_eq(jingle_find_session(e->jingle, NULL, "z@PEER.example/R1", "s"), session);
    ck_assert_ptr_null(jingle_find_session(e->jingle, NULL, "z@peer.example/r1", "s"));
    ck_assert_int_eq(jingle_end_peer_sessions(e->jingle, "z@peer.example/r1", NULL), 0);
    ck_assert_int_eq(jingle_end_peer_sessions(e->jingle, "Z@peer.example/R1", NULL), 1);
}
END_TEST

static void free_counter(void *user)
{
    ++*(int *)user;
}

static int refuse_to_create(jingle_session_t *session, void *userdata, void **self)
{
    (void)session;
    (void)userdata;
    (void)self;
    return JINGLE_ELIMIT;
}

static int freed_of_type;

static int create_with_user(jingle_session_t *session, void *userdata, void **self)
{
    *self = userdata;
    jingle_session_set_user(session, &freed_of_type, free_counter);
    return JINGLE_EOK;
}

/* What the type has set is freed once, be it replaced by who makes the session. */
START_TEST(the_user_pointer_of_a_type)
{
    static const jingle_session_type_t setting = {.size = sizeof setting,
                                                  .create = create_with_user};
    int freed = 0;

    freed_of_type = 0;
    jingle_session_new(
        e->jingle, ENGINE_PEER,
        _i ? JINGLE_SESSION(.type = &setting, .user = &freed, .user_free = free_counter)
           : JINGLE_SESSION(.type = &setting),
        NULL);
    ck_assert_ptr_eq(jingle_session_get_user(e->session), _i ? &freed : &freed_of_type);
    ck_assert_int_eq(freed_of_type, _i);
    jingle_end_all_sessions(e->jingle, NULL);
    jingle_session_release(e->session);
    e->session = NULL;
    ck_assert_int_eq(freed_of_type, 1);
    ck_assert_int_eq(freed, _i);
}
END_TEST

START_TEST(the_user_pointer_is_taken_over_in_any_case)
{
    static const jingle_session_type_t refusing = {.size = sizeof refusing,
                                                   .create = refuse_to_create};
    int freed = 0;

    jingle_session_new(e->jingle, "not a jid",
                       JINGLE_SESSION(.user = &freed, .user_free = free_counter), NULL);
    ck_assert_int_eq(freed, 1);
    jingle_session_new(e->jingle, ENGINE_PEER,
                       JINGLE_SESSION(.type = &refusing, .user = &freed, .user_free = free_counter),
                       NULL);
    ck_assert_int_eq(freed, 2);
    jingle_session_new(e->jingle, ENGINE_PEER,
                       JINGLE_SESSION(.user = &freed, .user_free = free_counter), NULL);
    ck_assert_int_eq(freed, 2);
    jingle_end_all_sessions(e->jingle, NULL);
    jingle_session_release(e->session);
    e->session = NULL;
    ck_assert_int_eq(freed, 3);
}
END_TEST

/* A struct that was not filled in with its size. */
static const jingle_session_type_t no_type;

START_TEST(refused_when_not_valid)
{
    char sid[1025];
    static const char *const peers[] = {"", "@peer.example/r", "/r", "z@peer.example/", "a b@c/d"};
    size_t i;

    for (i = 0; i < sizeof peers / sizeof peers[0]; i++)
        ck_assert_int_eq(jingle_session_new(e->jingle, peers[i], NULL, NULL), JINGLE_EINVAL);
    ck_assert_int_eq(jingle_session_new(e->jingle, NULL, NULL, NULL), JINGLE_EINVAL);
    ck_assert_int_eq(jingle_session_new(NULL, ENGINE_PEER, NULL, NULL), JINGLE_EINVAL);
    ck_assert_int_eq(jingle_session_new(e->jingle, ENGINE_PEER, JINGLE_SESSION(.sid = ""), NULL),
                     JINGLE_EINVAL);
    memset(sid, 'a', sizeof sid);
    sid[1024] = '\0';
    ck_assert_int_eq(jingle_session_new(e->jingle, ENGINE_PEER, JINGLE_SESSION(.sid = sid), NULL),
                     JINGLE_EINVAL);
    sid[1023] = '\0';
    ck_assert_int_eq(jingle_session_new(e->jingle, ENGINE_PEER, JINGLE_SESSION(.sid = sid), NULL),
                     JINGLE_EOK);
    ck_assert_uint_eq(jingle_count_sessions(e->jingle), 1);
    ck_assert_int_eq(
        jingle_session_new(e->jingle, ENGINE_PEER, JINGLE_SESSION(.role = (jingle_role_t)2), NULL),
        JINGLE_EINVAL);
    ck_assert_int_eq(
        jingle_session_new(e->jingle, ENGINE_PEER, JINGLE_SESSION(.n_applications = 1), NULL),
        JINGLE_EINVAL);
    ck_assert_int_eq(
        jingle_session_new(e->jingle, ENGINE_PEER, JINGLE_SESSION(.type = &no_type), NULL),
        JINGLE_EINVAL);
    ck_assert_uint_eq(jingle_count_sessions(e->jingle), 1);
}
END_TEST

START_TEST(one_sid_one_session_with_a_peer)
{
    ck_assert_ptr_nonnull(engine_create(e, "s"));
    ck_assert_int_eq(jingle_session_new(e->jingle, ENGINE_PEER, JINGLE_SESSION(.sid = "s"), NULL),
                     JINGLE_EEXIST);
    ck_assert_int_eq(jingle_session_new(e->jingle, ENGINE_OTHER, JINGLE_SESSION(.sid = "s"), NULL),
                     JINGLE_EOK);
    ck_log("created s\ncreated s\n");
}
END_TEST

START_TEST(peer_ids_tell_peers_apart)
{
    jingle_session_t *one = engine_create(e, "1"), *same = engine_create(e, "2"), *other = NULL;
    uint64_t id = jingle_session_get_peer_id(one);

    jingle_session_new(e->jingle, ENGINE_OTHER, JINGLE_SESSION(.sid = "1"), &other);
    ck_assert_uint_ne(id, 0);
    ck_assert_uint_eq(id, jingle_session_get_peer_id(same));
    ck_assert_uint_ne(id, jingle_session_get_peer_id(other));
    jingle_session_new(e->jingle, ENGINE_PEER,
                       JINGLE_SESSION(.sid = "3", .own = "x@self.example/y"), &other);
    ck_assert_uint_ne(id, jingle_session_get_peer_id(other));
}
END_TEST

/* ---- its life ---- */

START_TEST(ours_from_start_to_end)
{
    jingle_session_t *session = engine_create(e, "s");

    ck_assert_int_eq(jingle_session_start(session), JINGLE_EOK);
    ck_log("created s\nstate s pending\noutgoing s\n> set session-initiate s\n");
    ck_assert_int_eq(jingle_session_get_pending_action(session), JINGLE_ACTION_SESSION_INITIATE);
    ck_assert_uint_eq(jingle_session_count_requests(session), 1);
    ck_assert(jingle_session_is_pending(session));
    ck_assert(!jingle_session_is_acknowledged(session));
    engine_ack(e);
    ck_log("");
    ck_assert(jingle_session_is_acknowledged(session));
    ck_assert_uint_eq(jingle_session_count_requests(session), 0);
    engine_action(e, "i", "session-accept", "s", ENGINE_CONTENT);
    ck_log("on session-accept s\nstate s active\n> result i\n");
    ck_assert(jingle_session_is_active(session));
    jingle_session_clone(session);
    ck_assert_int_eq(jingle_session_end(session, NULL), JINGLE_EOK);
    ck_log("state s ended\n> set session-terminate s success\nterminated s success\n");
    ck_assert(jingle_session_is_ended(session));
    ck_assert(!jingle_session_is_ended_by_peer(session));
    ck_assert(!jingle_session_is_tracked(session));
    ck_assert_uint_eq(jingle_count_sessions(e->jingle), 0);
    jingle_session_release(session);
}
END_TEST

START_TEST(theirs_from_offer_to_end)
{
    jingle_session_t *session;

    ck_assert(engine_offer(e, "i", "s"));
    ck_log("created s\non session-initiate s\nstate s pending\n> result i\nincoming s\n");
    session = jingle_find_session(e->jingle, NULL, ENGINE_PEER, "s");
    ck_assert(!jingle_session_is_initiator(session));
    ck_assert(jingle_session_is_acknowledged(session));
    ck_assert_str_eq(jingle_session_get_application(session, 0), ENGINE_APP);
    ck_assert_int_eq(jingle_session_accept(session), JINGLE_EOK);
    ck_log("state s active\n> set session-accept s\n");
    engine_ack(e);
    jingle_session_clone(session);
    ck_assert(!jingle_session_is_ended_by_peer(session));
    engine_action(e, "j", "session-terminate", "s", "<reason><busy/><text>no</text></reason>");
    ck_log("state s ended\nterminated s busy \"no\"\n> result j\n");
    ck_assert(jingle_session_is_ended_by_peer(session));
    ck_assert_uint_eq(jingle_count_sessions(e->jingle), 0);
    jingle_session_release(session);
}
END_TEST

/* XEP-0166 section 7.1: initiator and responder are named in the two stanzas that open a session.
 */
START_TEST(initiator_and_responder_are_named_once)
{
    jingle_session_t *session = engine_create(e, "s");
    xmpp_stanza_t *jingle;

    jingle_session_start(session);
    jingle = xmpp_stanza_get_children(engine_last(e));
    ck_assert_str_eq(xmpp_stanza_get_attribute(jingle, "initiator"), ENGINE_OWN);
    ck_assert_ptr_null(xmpp_stanza_get_attribute(jingle, "responder"));
    engine_ack(e);
    session = engine_offered(e, "t");
    jingle_session_accept(session);
    jingle = xmpp_stanza_get_children(engine_last(e));
    ck_assert_str_eq(xmpp_stanza_get_attribute(jingle, "responder"), ENGINE_OWN);
    ck_assert_ptr_null(xmpp_stanza_get_attribute(jingle, "initiator"));
    engine_send(e, session, JINGLE_ACTION_SESSION_INFO, "");
    jingle = xmpp_stanza_get_children(engine_last(e));
    ck_assert_ptr_null(xmpp_stanza_get_attribute(jingle, "responder"));
}
END_TEST

START_TEST(started_once_by_the_initiator)
{
    jingle_session_t *ours = engine_create(e, "s"), *theirs = engine_offered(e, "t");

    ck_assert_int_eq(jingle_session_accept(ours), JINGLE_EINVOP);
    ck_assert_int_eq(jingle_session_start(theirs), JINGLE_EINVOP);
    ck_assert_int_eq(jingle_session_start(ours), JINGLE_EOK);
    ck_assert_int_eq(jingle_session_start(ours), JINGLE_EINVOP);
    ck_assert_int_eq(jingle_session_accept(theirs), JINGLE_EOK);
    ck_assert_int_eq(jingle_session_accept(theirs), JINGLE_EINVOP);
    ck_assert_int_eq(jingle_session_start(NULL), JINGLE_EINVAL);
    ck_assert_int_eq(jingle_session_accept(NULL), JINGLE_EINVAL);
}
END_TEST

START_TEST(nothing_is_sent_before_the_offer)
{
    jingle_session_t *session = engine_create(e, "s");

    engine_log(e);
    ck_assert_int_eq(engine_send(e, session, JINGLE_ACTION_SESSION_INFO, ""), JINGLE_EINVOP);
    ck_assert_int_eq(engine_send(e, session, JINGLE_ACTION_SESSION_ACCEPT, ENGINE_CONTENT),
                     JINGLE_EINVOP);
    jingle_session_clone(session);
    ck_assert_int_eq(jingle_session_end(session, NULL), JINGLE_EOK);
    ck_log("state s ended\nterminated s success\n");
    ck_assert_int_eq(engine_send(e, session, JINGLE_ACTION_SESSION_INFO, ""), JINGLE_EINVOP);
    ck_assert_int_eq(jingle_session_start(session), JINGLE_EINVOP);
    ck_log("");
    jingle_session_release(session);
}
END_TEST

START_TEST(offers_need_whole_contents)
{
    jingle_session_t *session = engine_create(e, "s");
    static const char *const bad[] = {
        "", "<content creator='initiator' name='c'><transport xmlns='t'/></content>",
        "<content creator='initiator' name='c'><description xmlns='d'/></content>",
        "<content creator='initiator'><description xmlns='d'/><transport xmlns='t'/></content>",
        "<content creator='me' name='c'><description xmlns='d'/><transport xmlns='t'/></content>"};
    size_t i;

    engine_log(e);
    for (i = 0; i < sizeof bad / sizeof bad[0]; i++)
        ck_assert_int_eq(engine_send(e, session, JINGLE_ACTION_SESSION_INITIATE, bad[i]),
                         JINGLE_EINVAL);
    ck_log("");
    ck_assert(jingle_session_is_starting(session));
    ck_assert_int_eq(jingle_session_start(session), JINGLE_EOK);
}
END_TEST

/* ---- the end ---- */

START_TEST(end_says_all_it_was_told)
{
    jingle_session_t *session = engine_create_active(e, "s");
    xmpp_stanza_t *detail = engine_element(e, "<why xmlns='urn:example:why'/>"), *reason;

    ck_assert_int_eq(
        jingle_session_end(session,
                           JINGLE_END(.condition = JINGLE_REASON_ALTERNATIVE_SESSION,
                                      .text = "a < b", .alternative_sid = "x&y", .detail = detail)),
        JINGLE_EOK);
    xmpp_stanza_release(detail);
    ck_log("state s ended\n> set session-terminate s alternative-session\n"
           "terminated s alternative-session \"a < b\" alternative x&y\n");
    reason = jingle_element_child(xmpp_stanza_get_children(engine_last(e)), "reason", JINGLE_NS);
    ck_assert_str_eq(jingle_element_text(jingle_element_child(reason, "text", JINGLE_NS)), "a < b");
    ck_assert_str_eq(
        jingle_element_text(jingle_element_child(
            jingle_element_child(reason, "alternative-session", JINGLE_NS), "sid", NULL)),
        "x&y");
    ck_assert_ptr_nonnull(jingle_element_child(reason, "why", "urn:example:why"));
}
END_TEST

START_TEST(every_reason_can_be_given)
{
    int condition;
    text_t expected = {0};

    for (condition = 1; condition < JINGLE_REASON_COUNT; condition++) {
        const char *name = jingle_reason_name((jingle_condition_t)condition);
        jingle_session_t *session = engine_create_active(e, "s");

        jingle_session_end(session, JINGLE_END(.condition = (jingle_condition_t)condition));
        text_printf(&expected, "state s ended\n> set session-terminate s %s\nterminated s %s\n",
                    name, name);
        ck_log(text_str(&expected));
        text_clear(&expected);
    }
    ck_assert_int_eq(condition, 18);
}
END_TEST

START_TEST(cancel_decline_silent_and_twice)
{
    jingle_session_t *session = jingle_session_clone(engine_create_active(e, "s"));

    ck_assert_int_eq(jingle_session_cancel(session), JINGLE_EOK);
    ck_log("state s ended\n> set session-terminate s cancel\nterminated s cancel\n");
    ck_assert_int_eq(jingle_session_cancel(session), JINGLE_EINVOP);
    ck_assert_int_eq(jingle_session_decline(session), JINGLE_EINVOP);
    ck_assert_int_eq(jingle_session_end(session, NULL), JINGLE_EINVOP);
    ck_log("");
    jingle_session_release(session);
    ck_assert_int_eq(jingle_session_decline(engine_offered(e, "s")), JINGLE_EOK);
    ck_log("state s ended\n> set session-terminate s decline\nterminated s decline\n");
    jingle_session_end(engine_offered(e, "s"), JINGLE_END(.silent = true));
    ck_log("state s ended\nterminated s success\n");
    ck_assert_int_eq(jingle_session_end(NULL, NULL), JINGLE_EINVAL);
}
END_TEST

START_TEST(handles_outlive_session_and_manager)
{
    jingle_session_t *session = jingle_session_clone(engine_create_active(e, "s"));

    engine_free_manager(e);
    ck_log("state s ended\n> set session-terminate s gone\nterminated s gone\n");
    ck_assert(jingle_session_is_ended(session));
    ck_assert_ptr_null(jingle_session_get_manager(session));
    ck_assert_str_eq(jingle_session_get_sid(session), "s");
    ck_assert_str_eq(jingle_session_get_peer(session), ENGINE_PEER);
    ck_assert_int_eq(jingle_session_end(session, NULL), JINGLE_EINVOP);
    ck_assert_int_eq(engine_send(e, session, JINGLE_ACTION_SESSION_INFO, ""), JINGLE_EINVOP);
    ck_assert_int_eq(jingle_session_set_connection(session, JINGLE_CONNECTION_CONNECTED),
                     JINGLE_EINVOP);
    ck_log("");
    jingle_session_release(session);
}
END_TEST

/* ---- states and pointers ---- */

START_TEST(states_are_told_when_they_change)
{
    jingle_session_t *session = engine_create(e, "s");

    engine_log(e);
    ck_assert_int_eq(jingle_session_set_state(session, JINGLE_STATE_STARTING), JINGLE_EOK);
    ck_log("");
    ck_assert_int_eq(jingle_session_set_state(session, JINGLE_STATE_ACTIVE), JINGLE_EOK);
    ck_log("state s active\n");
    ck_assert_int_eq(jingle_session_set_state(session, JINGLE_STATE_ENDED), JINGLE_EINVAL);
    ck_assert_int_eq(jingle_session_set_state(session, (jingle_state_t)99), JINGLE_EINVAL);
    ck_assert_int_eq(jingle_session_set_connection(session, JINGLE_CONNECTION_CONNECTING),
                     JINGLE_EOK);
    ck_assert(jingle_session_is_connecting(session));
    ck_assert_int_eq(jingle_session_set_connection(session, JINGLE_CONNECTION_CONNECTED),
                     JINGLE_EOK);
    ck_assert(jingle_session_is_connected(session));
    ck_assert_int_eq(jingle_session_set_connection(session, JINGLE_CONNECTION_CONNECTED),
                     JINGLE_EOK);
    ck_assert_int_eq(jingle_session_set_connection(session, JINGLE_CONNECTION_INTERRUPTED),
                     JINGLE_EOK);
    ck_assert(jingle_session_is_interrupted(session));
    ck_assert_int_eq(jingle_session_set_connection(session, JINGLE_CONNECTION_DISCONNECTED),
                     JINGLE_EOK);
    ck_assert(jingle_session_is_disconnected(session));
    ck_assert_int_eq(jingle_session_set_connection(session, (jingle_connection_t)99),
                     JINGLE_EINVAL);
    ck_log("connection s connecting\nconnection s connected\nconnection s interrupted\n"
           "connection s disconnected\n");
}
END_TEST

static int freed;

static void count_free(void *user)
{
    (void)user;
    freed++;
}

START_TEST(user_pointers_are_freed_once)
{
    int one = 0, other = 0;
    jingle_session_t *session = engine_create(e, "s");

    freed = 0;
    jingle_session_set_user(session, &one, count_free);
    ck_assert_ptr_eq(jingle_session_get_user(session), &one);
    jingle_session_set_user(session, &one, count_free);
    ck_assert_int_eq(freed, 0);
    jingle_session_set_user(session, &other, count_free);
    ck_assert_int_eq(freed, 1);
    jingle_session_end(session, NULL);
    jingle_session_release(e->session);
    e->session = NULL;
    ck_assert_int_eq(freed, 2);
}
END_TEST

START_TEST(applications_can_be_replaced)
{
    static const char *const applications[] = {"urn:x"};
    jingle_session_t *session = engine_create(e, "s");

    ck_assert_int_eq(jingle_session_set_applications(session, applications, 1), JINGLE_EOK);
    ck_assert_str_eq(jingle_session_get_application(session, 0), "urn:x");
    ck_assert_ptr_null(jingle_session_get_application(session, 1));
    ck_assert_int_eq(jingle_session_set_applications(session, NULL, 0), JINGLE_EOK);
    ck_assert_ptr_null(jingle_session_get_application(session, 0));
    ck_assert_int_eq(jingle_session_set_applications(session, NULL, 1), JINGLE_EINVAL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("core/session");
    TCase *made = add_case(suite, "made"), *life = add_case(suite, "life");
    TCase *end = add_case(suite, "end"), *properties = add_case(suite, "properties");

    tcase_add_test(made, created_as_asked);
    tcase_add_test(made, sids_are_made_up);
    tcase_add_test(made, peers_are_folded_at_the_door);
    tcase_add_test(made, the_user_pointer_is_taken_over_in_any_case);
    tcase_add_loop_test(made, the_user_pointer_of_a_type, 0, 2);
    tcase_add_test(made, refused_when_not_valid);
    tcase_add_test(made, one_sid_one_session_with_a_peer);
    tcase_add_test(made, peer_ids_tell_peers_apart);
    tcase_add_test(life, ours_from_start_to_end);
    tcase_add_test(life, theirs_from_offer_to_end);
    tcase_add_test(life, initiator_and_responder_are_named_once);
    tcase_add_test(life, started_once_by_the_initiator);
    tcase_add_test(life, nothing_is_sent_before_the_offer);
    tcase_add_test(life, offers_need_whole_contents);
    tcase_add_test(end, end_says_all_it_was_told);
    tcase_add_test(end, every_reason_can_be_given);
    tcase_add_test(end, cancel_decline_silent_and_twice);
    tcase_add_test(end, handles_outlive_session_and_manager);
    tcase_add_test(properties, states_are_told_when_they_change);
    tcase_add_test(properties, user_pointers_are_freed_once);
    tcase_add_test(properties, applications_can_be_replaced);
    return run_suite(suite);
}
