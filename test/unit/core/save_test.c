/* SPDX-License-Identifier: MIT */
/** @file
 *  Sessions that outlive their manager: saved in one, restored in another. */
#include "save_fixture.h"

/* ---- every state and role ---- */

START_TEST(ours_before_the_start)
{
    jingle_session_t *session = saved_and_restored(engine_create(e, "s"));

    ck_assert(jingle_session_is_starting(session));
    ck_assert(jingle_session_is_initiator(session));
    ck_assert_str_eq(jingle_session_get_application(session, 0), ENGINE_APP);
    ck_assert_ptr_null(jingle_session_get_application(session, 1));
    ck_assert_str_eq(jingle_session_get_peer(session), ENGINE_PEER);
    ck_assert_str_eq(jingle_session_get_own(session), ENGINE_OWN);
    ck_assert_ptr_eq(jingle_session_get_type(session), &engine_type);
    ck_assert_int_eq(jingle_session_start(session), JINGLE_EOK);
    ck_log("state s pending\noutgoing s\n> set session-initiate s\n");
}
END_TEST

START_TEST(ours_that_was_offered)
{
    jingle_session_t *session = engine_create(e, "s");

    jingle_session_start(session);
    engine_ack(e);
    session = saved_and_restored(session);
    ck_assert(jingle_session_is_pending(session));
    ck_assert(jingle_session_is_acknowledged(session));
    ck_assert_int_eq(jingle_session_start(session), JINGLE_EINVOP);
    engine_action(e, "1", "session-accept", "s", ENGINE_CONTENT);
    ck_log("on session-accept s\nstate s active\n> result 1\n");
}
END_TEST

START_TEST(ours_that_is_active)
{
    jingle_session_t *session = engine_create_active(e, "s");

    jingle_session_set_connection(session, JINGLE_CONNECTION_CONNECTED);
    session = saved_and_restored(session);
    ck_assert(jingle_session_is_active(session));
    ck_assert(jingle_session_is_connected(session));
    engine_action(e, "1", "session-accept", "s", ENGINE_CONTENT);
    engine_action(e, "2", "session-info", "s", "");
    jingle_session_end(session, NULL);
    ck_log("> error 1 cancel unexpected-request/out-of-order\non session-info s\n> result 2\nstate "
           "s ended\n"
           "> set session-terminate s success\nterminated s success\n");
}
END_TEST

START_TEST(theirs_that_is_pending)
{
    jingle_session_t *session = saved_and_restored(engine_offered(e, "s"));

    ck_assert(!jingle_session_is_initiator(session));
    ck_assert_int_eq(jingle_session_accept(session), JINGLE_EOK);
    ck_log("state s active\n> set session-accept s\n");
    ck_assert_int_eq(jingle_session_accept(session), JINGLE_EINVOP);
}
END_TEST

START_TEST(theirs_that_is_active)
{
    jingle_session_t *session = engine_offered(e, "s");

    jingle_session_accept(session);
    engine_ack(e);
    session = saved_and_restored(session);
    ck_assert(jingle_session_is_active(session));
    engine_action(e, "1", "session-terminate", "s", "<reason><success/></reason>");
    ck_log("state s ended\nterminated s success\n> result 1\n");
}
END_TEST

/* A session that the peer was not told of is none, and one that has ended is none any more. */
START_TEST(what_cannot_be_saved)
{
    jingle_session_t *session;
    size_t len = 7;

    e->keep = true;
    engine_offer(e, "1", "s");
    ck_assert_int_eq(saved_take(&saved, e->session), JINGLE_EINVOP);
    engine_complete(e, NULL);
    ck_assert_int_eq(saved_take(&saved, e->session), JINGLE_EOK);
    session = jingle_session_clone(e->session);
    jingle_session_end(session, NULL);
    ck_assert_int_eq(saved_take(&saved, session), JINGLE_EINVOP);
    ck_assert_int_eq(jingle_save(session, NULL, 0, NULL), JINGLE_EINVAL);
    ck_assert_int_eq(jingle_save(session, NULL, 1, &len), JINGLE_EINVAL);
    ck_assert_int_eq(jingle_save(NULL, NULL, 0, &len), JINGLE_EINVAL);
    ck_assert_uint_eq(len, 7);
    jingle_session_release(session);
}
END_TEST

START_TEST(room_is_asked_for)
{
    jingle_session_t *session = engine_create(e, "s");
    unsigned char room[4096];
    size_t need = 0, len = 0;

    ck_assert_int_eq(jingle_save(session, NULL, 0, &need), JINGLE_EOK);
    for (size_t size = 1; size <= need; size++) {
        memset(room, 0xa5, sizeof room);
        ck_assert_int_eq(jingle_save(session, room, size, &len),
                         size < need ? JINGLE_ELIMIT : JINGLE_EOK);
        ck_assert_uint_eq(len, need);
        for (size_t i = size; i < sizeof room; i++)
            ck_assert_uint_eq(room[i], 0xa5);
    }
}
END_TEST

/* The very octets of version 2, whatever the machine. */
START_TEST(the_format_stays)
{
    jingle_session_t *session = NULL;
    char hex[2 * 16 + 1];

    jingle_session_new(e->jingle, ENGINE_PEER, JINGLE_SESSION(.sid = "s"), &session);
    ck_assert_int_eq(saved_take(&saved, session), JINGLE_EOK);
    for (size_t i = 0; i < 16; i++)
        snprintf(hex + 2 * i, 3, "%02x", saved.data[i]);
    ck_assert_mem_eq(hex, "894a494e474c450a00000002", 24);
    ck_assert_uint_eq(saved.data[14] * 256u + saved.data[15], saved.len);
}
END_TEST

/* Peers choose their namespaces: what can be saved can be restored. */
START_TEST(long_and_many)
{
    static char ns[JINGLE_NAME_MAX + 1];
    const char *all[1500];
    jingle_session_t *session = engine_create_active(e, "s");

    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        all[i] = i ? "urn:x" : ns;
    memset(ns, 'n', sizeof ns - 1);
    ck_assert_int_eq(jingle_session_set_applications(session, all, sizeof all / sizeof all[0]),
                     JINGLE_EOK);
    session = saved_and_restored(session);
    ck_assert_str_eq(jingle_session_get_application(session, 0), ns);
    ck_assert_str_eq(jingle_session_get_application(session, 1499), "urn:x");
    ck_assert_ptr_null(jingle_session_get_application(session, 1500));
}
END_TEST

/* ---- requests in flight ---- */

START_TEST(the_answer_comes_afterwards)
{
    jingle_session_t *session = saved_and_restored(with_a_request(JINGLE_ACTION_SESSION_INITIATE));

    ck_assert_uint_eq(jingle_session_count_requests(session), 1);
    ck_assert_int_eq(jingle_session_get_pending_action(session), JINGLE_ACTION_SESSION_INITIATE);
    ck_assert(!jingle_session_is_acknowledged(session));
    /* Nobody else's, no other type, and not twice. */
    ck_assert(feed_answer("result", "z@peer.example/other", old_id));
    ck_assert(feed_answer("result", ENGINE_OTHER, old_id));
    ck_assert(feed_answer("error", "z@peer.example", old_id));
    ck_assert(!feed_answer("get", ENGINE_PEER, old_id));
    ck_assert(!feed_answer("result", ENGINE_PEER, "unheard-of"));
    ck_assert_uint_eq(jingle_session_count_requests(session), 1);
    ck_assert(feed_answer("result", ENGINE_PEER, old_id));
    ck_assert(jingle_session_is_acknowledged(session));
    ck_assert_uint_eq(jingle_session_count_requests(session), 0);
    ck_assert(!feed_answer("error", ENGINE_PEER, old_id));
    ck_assert(jingle_session_is_pending(session));
}
END_TEST

START_TEST(the_refusal_comes_afterwards)
{
    saved_and_restored(with_a_request(JINGLE_ACTION_SESSION_INITIATE));
    engine_feed(
        e,
        "<iq xmlns='jabber:client' type='error' from='%s' to='%s' id='%s'><error type='cancel'>"
        "<conflict xmlns='" JINGLE_NS_STANZAS "'/><tie-break xmlns='" JINGLE_NS_ERRORS
        "'/></error></iq>",
        ENGINE_PEER, ENGINE_OWN, old_id);
    ck_log("state s ended\nterminated s alternative-session\n");
}
END_TEST

START_TEST(an_offer_runs_out_of_time_afterwards)
{
    jingle_session_t *session = with_a_request(JINGLE_ACTION_SESSION_INITIATE);

    engine_wait(e, 50000);
    saved_and_restored(session);
    engine_wait(e, 9999);
    ck_log("");
    engine_wait(e, 1);
    ck_log("error s session-initiate remote-server-timeout\nstate s ended\n> set session-terminate "
           "s timeout\n"
           "terminated s timeout\n");
}
END_TEST

START_TEST(time_away_counts)
{
    ck_assert_int_eq(saved_take(&saved, with_a_request(JINGLE_ACTION_SESSION_INFO)), JINGLE_EOK);
    crash();
    ck_assert_int_eq(
        jingle_restore(e->jingle, saved.data, saved.len, JINGLE_RESTORE(.away = UINT64_MAX), NULL),
        JINGLE_EOK);
    engine_wait(e, 0);
    ck_log("created s\nerror s session-info remote-server-timeout\n");
    ck_assert(jingle_session_is_active(e->session));
}
END_TEST

/* The clock of a machine does not begin at 0. */
START_TEST(restored_before_the_first_tick)
{
    jingle_counters_t counters = {.size = sizeof counters};
    jingle_t *jingle;

    ck_assert_int_eq(saved_take(&saved, with_a_request(JINGLE_ACTION_SESSION_INFO)), JINGLE_EOK);
    crash();
    jingle = jingle_new(e->ctx, JINGLE_CONFIG(.jid = ENGINE_OWN));
    jingle_register_session_type(jingle, ENGINE_APP, &engine_type, e);
    ck_assert_int_eq(
        jingle_restore(jingle, saved.data, saved.len, JINGLE_RESTORE(.away = 10000), NULL),
        JINGLE_EOK);
    ck_assert_uint_eq(jingle_tick(jingle, 123456789), 50000);
    ck_assert_uint_eq(jingle_tick(jingle, 123456789 + 49999), 1);
    ck_assert_uint_eq(jingle_tick(jingle, 123456789 + 50000), JINGLE_NEVER);
    ck_assert_int_eq(jingle_get_counters(jingle, &counters), JINGLE_EOK);
    ck_assert_uint_eq(counters.request_timeouts, 1);
    jingle_free(jingle);
}
END_TEST

START_TEST(one_without_a_deadline_has_none)
{
    begin_with(JINGLE_CONFIG(.request_timeout = UINT32_MAX));
    saved_and_restored(with_a_request(JINGLE_ACTION_SESSION_INFO));
    ck_assert_uint_eq(engine_wait(e, 100000000), JINGLE_NEVER);
    ck_assert(feed_answer("result", ENGINE_PEER, old_id));
}
END_TEST

/* A request goes through any number of lives, and new ones beside it have ids of their own. */
START_TEST(saved_again_and_again)
{
    jingle_session_t *session = with_a_request(JINGLE_ACTION_SESSION_INFO);

    for (int i = 0; i < 5; i++) {
        session = saved_and_restored(session);
        ck_assert_int_eq(engine_send(e, session, JINGLE_ACTION_SESSION_INFO, ""), JINGLE_EOK);
        engine_log(e);
    }
    ck_assert_uint_eq(jingle_session_count_requests(session), 6);
    ck_assert(feed_answer("result", ENGINE_PEER, old_id));
    ck_assert_uint_eq(jingle_session_count_requests(session), 5);
    jingle_session_end(session, NULL);
    ck_assert(!feed_answer("result", ENGINE_PEER, old_id));
}
END_TEST

START_TEST(our_restored_offer_still_ties)
{
    saved_and_restored(with_a_request(JINGLE_ACTION_SESSION_INITIATE));
    engine_offer(e, "1", "t");
    ck_log("> error 1 cancel conflict/tie-break\n");
}
END_TEST

/* ---- what is refused ---- */

START_TEST(a_sid_that_is_taken)
{
    saved_and_restored(engine_create_active(e, "s"));
    ck_assert_int_eq(restore(NULL), JINGLE_EEXIST);
    ck_log("");
    ck_assert_uint_eq(jingle_count_sessions(e->jingle), 1);
}
END_TEST

START_TEST(the_same_request_twice)
{
    saved_t first = {0};

    ck_assert_int_eq(saved_take(&first, with_a_request(JINGLE_ACTION_SESSION_INFO)), JINGLE_EOK);
    jingle_session_end(e->session, NULL);
    ck_assert_int_eq(jingle_restore(e->jingle, first.data, first.len, NULL, NULL), JINGLE_EOK);
    jingle_session_end(e->session, NULL);
    ck_assert_int_eq(jingle_restore(e->jingle, first.data, first.len, NULL, NULL), JINGLE_EOK);
    saved_clear(&first);
}
END_TEST

START_TEST(another_account)
{
    ck_assert_int_eq(saved_take(&saved, engine_create_active(e, "s")), JINGLE_EOK);
    crash();
    jingle_set_jid(e->jingle, "m@self.example/other");
    ck_assert_int_eq(restore(NULL), JINGLE_EINVAL);
    jingle_set_component(e->jingle, true);
    ck_assert_int_eq(restore(NULL), JINGLE_EOK);
    ck_assert_str_eq(jingle_session_get_own(e->session), ENGINE_OWN);
}
END_TEST

START_TEST(limits_hold)
{
    jingle_limits_t limits;

    ck_assert_int_eq(saved_take(&saved, with_a_request(JINGLE_ACTION_SESSION_INFO)), JINGLE_EOK);
    crash();
    jingle_limits_init(&limits);
    limits.sessions = 1;
    jingle_set_limits(e->jingle, &limits);
    engine_create(e, "other");
    ck_assert_int_eq(restore(NULL), JINGLE_ELIMIT);
    limits.sessions = 0;
    limits.sessions_per_peer = 1;
    jingle_set_limits(e->jingle, &limits);
    ck_assert_int_eq(restore(NULL), JINGLE_ELIMIT);
    jingle_session_end(e->session, NULL);
    ck_assert_int_eq(restore(NULL), JINGLE_EOK);
}
END_TEST

START_TEST(arguments_are_checked)
{
    ck_assert_int_eq(saved_take(&saved, engine_create_active(e, "s")), JINGLE_EOK);
    ck_assert_int_eq(jingle_restore(NULL, saved.data, saved.len, NULL, NULL), JINGLE_EINVAL);
    ck_assert_int_eq(jingle_restore(e->jingle, NULL, 5, NULL, NULL), JINGLE_EINVAL);
    ck_assert_int_eq(
        jingle_restore(e->jingle, saved.data, saved.len, &(jingle_restore_t){.size = 1}, NULL),
        JINGLE_EINVAL);
    ck_assert_int_eq(jingle_restore(e->jingle, saved.data, 0, NULL, NULL), JINGLE_EDATA);
}
END_TEST

static void count_free(void *user)
{
    ++*(unsigned *)user;
}

START_TEST(the_user_pointer_is_freed_once)
{
    unsigned freed = 0;

    ck_assert_int_eq(saved_take(&saved, engine_create_active(e, "s")), JINGLE_EOK);
    ck_assert_int_eq(jingle_restore(e->jingle, saved.data, saved.len,
                                    JINGLE_RESTORE(.user = &freed, .user_free = count_free), NULL),
                     JINGLE_EEXIST);
    ck_assert_uint_eq(freed, 1);
    crash();
    ck_assert_int_eq(jingle_restore(e->jingle, saved.data, saved.len,
                                    JINGLE_RESTORE(.user = &freed, .user_free = count_free), NULL),
                     JINGLE_EOK);
    ck_assert_ptr_eq(jingle_session_get_user(e->session), &freed);
    ck_assert_uint_eq(freed, 1);
    begin_with(NULL);
    ck_assert_uint_eq(freed, 2);
}
END_TEST

/* ---- the octets ---- */

START_TEST(what_is_read_is_checked)
{
    unsigned char room[128];
    jingle_save_t save = {.data = room, .size = sizeof room};
    jingle_load_t load, piece;
    size_t at, len;

    jingle_save_number(&save, 0x0102030405060708u);
    jingle_save_text(&save, NULL);
    jingle_save_text(&save, "");
    jingle_save_text(&save, "abc");
    at = jingle_save_begin(&save);
    jingle_save_octets(&save, "\0\1", 2);
    jingle_save_end(&save, at);
    ck_assert_mem_eq(room, "\1\2\3\4\5\6\7\10", 8);
    load = (jingle_load_t){.at = room, .end = room + save.len};
    ck_assert(jingle_load_number(&load, UINT64_MAX) == 0x0102030405060708u);
    ck_assert_ptr_null(jingle_load_text(&load, 9));
    ck_assert_str_eq(jingle_load_text(&load, 9), "");
    ck_assert_str_eq(jingle_load_text(&load, 3), "abc");
    jingle_load_piece(&load, &piece);
    ck_assert_mem_eq(jingle_load_octets(&piece, &len), "\0\1", 2);
    ck_assert(jingle_load_is_done(&piece) && jingle_load_is_done(&load));
    ck_assert_uint_eq(jingle_load_number(&load, 5), 0);
    ck_assert(!jingle_load_is_done(&load));
    ck_assert_ptr_null(jingle_load_text(&load, 5));
    load = (jingle_load_t){.at = room, .end = room + save.len};
    ck_assert_uint_eq(jingle_load_number(&load, 5), 0);
    ck_assert(load.failed);
    jingle_load_piece(&load, &piece);
    ck_assert(piece.failed && !jingle_load_is_done(&piece));
}
END_TEST

/* The manager that has asked may be the one that restores. */
START_TEST(answered_in_the_manager_that_asked)
{
    jingle_session_t *session = with_a_request(JINGLE_ACTION_SESSION_INITIATE);

    ck_assert_int_eq(saved_take(&saved, session), JINGLE_EOK);
    jingle_session_end(session, JINGLE_END(.silent = true));
    ck_assert_int_eq(restore(&session), JINGLE_EOK);
    ck_assert(!jingle_session_is_acknowledged(session));
    feed_answer("result", ENGINE_PEER, old_id);
    ck_assert(jingle_session_is_acknowledged(session));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("core/save");
    TCase *tcase = add_save_case(suite, "all");

    tcase_add_test(tcase, ours_before_the_start);
    tcase_add_test(tcase, ours_that_was_offered);
    tcase_add_test(tcase, ours_that_is_active);
    tcase_add_test(tcase, theirs_that_is_pending);
    tcase_add_test(tcase, theirs_that_is_active);
    tcase_add_test(tcase, what_cannot_be_saved);
    tcase_add_test(tcase, room_is_asked_for);
    tcase_add_test(tcase, the_format_stays);
    tcase_add_test(tcase, long_and_many);
    tcase_add_test(tcase, the_answer_comes_afterwards);
    tcase_add_test(tcase, the_refusal_comes_afterwards);
    tcase_add_test(tcase, an_offer_runs_out_of_time_afterwards);
    tcase_add_test(tcase, time_away_counts);
    tcase_add_test(tcase, restored_before_the_first_tick);
    tcase_add_test(tcase, one_without_a_deadline_has_none);
    tcase_add_test(tcase, saved_again_and_again);
    tcase_add_test(tcase, our_restored_offer_still_ties);
    tcase_add_test(tcase, a_sid_that_is_taken);
    tcase_add_test(tcase, the_same_request_twice);
    tcase_add_test(tcase, another_account);
    tcase_add_test(tcase, limits_hold);
    tcase_add_test(tcase, arguments_are_checked);
    tcase_add_test(tcase, the_user_pointer_is_freed_once);
    tcase_add_test(tcase, what_is_read_is_checked);
    tcase_add_test(tcase, answered_in_the_manager_that_asked);
    return run_suite(suite);
}
