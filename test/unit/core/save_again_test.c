/* SPDX-License-Identifier: MIT */
/** @file
 *  Actions that come again after a crash: handled and saved before it, their answers lost with the
 *  process. */
#include "save_chess.h"

static unsigned n_changed;

static void save_on_change(engine_t *engine, const jingle_event_t *event)
{
    (void)engine;
    if (event->type != JINGLE_EVENT_CHANGED)
        return;
    n_changed++;
    ck_assert_int_eq(saved_take(&saved, event->session), JINGLE_EOK);
}

static void save_all(void)
{
    jingle_set_tell_changes(e->jingle, true);
    e->on_event = save_on_change;
}

/* The program is killed once it has saved; what it has sent since is lost. */
static jingle_session_t *killed(void)
{
    jingle_session_t *session = NULL;

    crash();
    ck_assert_int_eq(restore(&session), JINGLE_EOK);
    save_all();
    engine_log(e);
    return session;
}

static jingle_session_t *accepted(void)
{
    jingle_session_t *session = engine_create(e, "s");

    save_all();
    jingle_session_start(session);
    engine_ack(e);
    engine_action(e, "a1", "session-accept", "s", ENGINE_CONTENT);
    return killed();
}

START_TEST(an_accept)
{
    ck_assert(jingle_session_is_active(accepted()));
    engine_action(e, "a1", "session-accept", "s", ENGINE_CONTENT);
    ck_log("> result a1\n");
    /* Once: whoever says it a third time has an answer. */
    engine_action(e, "a1", "session-accept", "s", ENGINE_CONTENT);
    ck_log("> error a1 cancel unexpected-request/out-of-order\n");
}
END_TEST

START_TEST(an_offer)
{
    save_all();
    engine_offer(e, "o1", "s");
    killed();
    engine_offer(e, "o1", "s");
    ck_log("> result o1\n");
    engine_offer(e, "o1", "s");
    ck_log("> error o1 cancel unexpected-request/out-of-order\n");
    ck_assert_uint_eq(jingle_count_sessions(e->jingle), 1);
}
END_TEST

/* In each of its lives, until it is pushed out. */
START_TEST(killed_twice)
{
    jingle_session_t *session = accepted();

    engine_action(e, "a1", "session-accept", "s", ENGINE_CONTENT);
    engine_send(e, session, JINGLE_ACTION_SESSION_INFO, "");
    killed();
    engine_action(e, "a1", "session-accept", "s", ENGINE_CONTENT);
    ck_log("> result a1\n");
}
END_TEST

START_TEST(nobody_else_and_nothing_else)
{
    accepted();
    engine_feed_jingle(e, ENGINE_OTHER, "a1", "session-accept", "s", ENGINE_CONTENT);
    ck_log("> error a1 cancel item-not-found/unknown-session\n");
    engine_action(e, "a2", "session-accept", "s", ENGINE_CONTENT);
    ck_log("> error a2 cancel unexpected-request/out-of-order\n");
    engine_action(e, "a1", "session-info", "s", "");
    ck_log("on session-info s\n> result a1\n");
    engine_feed(e,
                "<iq xmlns='jabber:client' type='set' from='%s' to='%s'><jingle xmlns='%s' "
                "action='session-accept' sid='s'/></iq>",
                ENGINE_PEER, ENGINE_OWN, JINGLE_NS);
    ck_assert_ptr_nonnull(strstr(engine_log(e), "out-of-order"));
    engine_action(e, "a1", "session-accept", "s", ENGINE_CONTENT);
    ck_log("> result a1\n");
}
END_TEST

/* Where nothing was lost, nothing is remembered: ids are the peer's. */
START_TEST(not_in_a_session_that_lives)
{
    jingle_session_t *session = engine_create(e, "s");

    save_all();
    jingle_session_start(session);
    engine_ack(e);
    engine_action(e, "a1", "session-accept", "s", ENGINE_CONTENT);
    engine_log(e);
    engine_action(e, "a1", "session-accept", "s", ENGINE_CONTENT);
    ck_log("> error a1 cancel unexpected-request/out-of-order\n");
}
END_TEST

START_TEST(an_error_is_one_again)
{
    const struct {
        const jingle_error_t *error;
        const char *line;
    } cases[] = {
        {NULL, "> error 1 cancel internal-server-error\n"},
        {JINGLE_ERROR(.type = "auth", .condition = "forbidden"),
         "> error 1 cancel internal-server-error\n"},
        {JINGLE_ERROR(.type = "cancel", .condition = "not-acceptable",
                      .jingle = "security-required"),
         "> error 1 cancel not-acceptable/security-required\n"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        jingle_session_t *session = engine_create_active(e, "s");

        save_all();
        e->keep = true;
        engine_action(e, "1", "content-add", "s", ENGINE_CONTENT);
        jingle_session_set_connection(session, (jingle_connection_t)(1 + i % 2));
        ck_assert_int_eq(jingle_reply_error(e->kept[0], cases[i].error), JINGLE_EOK);
        killed();
        engine_action(e, "1", "content-add", "s", ENGINE_CONTENT);
        ck_log(cases[i].line);
        begin_with(NULL);
    }
}
END_TEST

static void move(unsigned number)
{
    char id[16];

    snprintf(id, sizeof id, "m%u", number);
    engine_action(e, id, "session-info", "s", "<move xmlns='urn:x'/>");
}

static chess_t *play_on(unsigned moves)
{
    jingle_session_t *session = play_chess();

    save_all();
    for (unsigned i = 0; i < moves; i++)
        move(i);
    crash();
    ck_assert_int_eq(jingle_register_restorable(e->jingle, &chess, &saved), JINGLE_EOK);
    ck_assert_int_eq(restore(&session), JINGLE_EOK);
    return jingle_session_get_self(session);
}

/* The last eight are known; one of before is handled as what it seems to be. */
START_TEST(only_the_last)
{
    chess_t *game = play_on(10);

    ck_assert_uint_eq(game->moves, 11);
    for (unsigned i = 2; i < 10; i++)
        move(i);
    ck_assert_uint_eq(game->moves, 11);
    move(1);
    ck_assert_uint_eq(game->moves, 12);
}
END_TEST

/* Once each in this life, while new ones push out the oldest. */
START_TEST(known_while_new_ones_come)
{
    chess_t *game = play_on(10);

    save_all();
    move(2);
    ck_assert_uint_eq(game->moves, 11);
    move(20);
    ck_assert_uint_eq(game->moves, 12);
    move(3);
    ck_assert_uint_eq(game->moves, 12);
    move(3);
    ck_assert_uint_eq(game->moves, 13);
    move(9);
    ck_assert_uint_eq(game->moves, 13);
    move(9);
    ck_assert_uint_eq(game->moves, 14);
    move(8);
    ck_assert_uint_eq(game->moves, 14);
}
END_TEST

/* Results and errors, also when older ones were pushed out. */
START_TEST(each_has_its_own_answer)
{
    jingle_session_t *session = play_chess();

    save_all();
    for (unsigned i = 0; i < 12; i++) {
        refuse_moves = i % 3 == 0;
        move(i);
    }
    refuse_moves = false;
    crash();
    ck_assert_int_eq(jingle_register_restorable(e->jingle, &chess, &saved), JINGLE_EOK);
    ck_assert_int_eq(restore(&session), JINGLE_EOK);
    engine_log(e);
    for (unsigned i = 4; i < 12; i++) {
        char line[80];

        snprintf(line, sizeof line,
                 i % 3 == 0 ? "> error m%u cancel unexpected-request/out-of-order\n"
                            : "> result m%u\n",
                 i);
        move(i);
        ck_log(line);
    }
}
END_TEST

/* What comes since pushes out what was there before. */
START_TEST(new_ones_push_out)
{
    chess_t *game = play_on(3);

    save_all();
    for (unsigned i = 100; i < 107; i++)
        move(i);
    ck_assert_uint_eq(game->moves, 11);
    move(2);
    ck_assert_uint_eq(game->moves, 11);
    move(1);
    ck_assert_uint_eq(game->moves, 12);
}
END_TEST

/* What the type has kept of it was told before the answer. */
START_TEST(an_error_after_the_change)
{
    chess_t *game;

    refuse_moves = true;
    game = play_on(1);
    ck_assert_uint_eq(game->moves, 2);
    engine_log(e);
    move(0);
    ck_log("> error m0 cancel unexpected-request/out-of-order\n");
    ck_assert_uint_eq(game->moves, 2);
    refuse_moves = false;
}
END_TEST

/* A type that keeps nothing changes nothing; what it has answered is known all the same once the
 * session is saved. */
START_TEST(a_type_that_keeps_nothing)
{
    jingle_session_t *session = engine_create_active(e, "s");

    save_all();
    jingle_session_changed(session);
    engine_log(e);
    engine_action(e, "1", "transport-info", "s", ENGINE_CONTENT);
    e->keep = true;
    engine_action(e, "2", "content-add", "s", ENGINE_CONTENT);
    engine_complete(e, jingle_error_of(JINGLE_ERROR_BAD_REQUEST));
    for (unsigned i = 0; i < 10; i++) { /* pings push out nothing */
        engine_action(e, "3", "session-info", "s", "");
        engine_complete(e, NULL);
    }
    e->keep = false;
    ck_assert_ptr_null(strstr(engine_log(e), "changed"));
    jingle_session_set_connection(session, JINGLE_CONNECTION_CONNECTED);
    killed();
    engine_action(e, "1", "transport-info", "s", ENGINE_CONTENT);
    engine_action(e, "2", "content-add", "s", ENGINE_CONTENT);
    ck_log("> result 1\n> error 2 cancel bad-request\n");
}
END_TEST

/* Who saves nothing pays nothing. */
START_TEST(nothing_is_kept_for_nobody)
{
    size_t bytes;

    play_chess();
    move(1);
    bytes = e->mem.bytes;
    move(2);
    ck_assert_uint_eq(e->mem.bytes, bytes);
    jingle_set_tell_changes(e->jingle, true);
    move(3);
    ck_assert_uint_gt(e->mem.bytes, bytes);
}
END_TEST

START_TEST(without_memory)
{
    jingle_session_t *session = engine_create(e, "s");

    save_all();
    jingle_session_start(session);
    engine_ack(e);
    engine_action(e, "w", "session-info", "s", ""); /* what a reply needs is there */
    engine_log(e);
    test_mem_fail_at(&e->mem, 1, true);
    engine_action(e, "a1", "session-accept", "s", "");
    test_mem_fail_at(&e->mem, 0, false);
    ck_log("on session-accept s\nstate s active\nchanged s\n> result a1\n");
    killed();
    engine_action(e, "a1", "session-accept", "s", ENGINE_CONTENT);
    ck_log("> error a1 cancel unexpected-request/out-of-order\n");
}
END_TEST

/* ---- what an older library has written ---- */

/** Octets of what version 1 does not have, when nothing was answered. */
#define TAIL 16u

START_TEST(version_1)
{
    jingle_session_t *session = NULL;

    ck_assert_int_eq(saved_take(&saved, engine_create_active(e, "s")), JINGLE_EOK);
    crash();
    saved_forge_version(saved.data, saved.len, 1);
    ck_assert_int_eq(restore(NULL), JINGLE_EDATA);
    saved.len -= TAIL;
    saved_forge_version(saved.data, saved.len, 1);
    ck_assert_int_eq(restore(&session), JINGLE_EOK);
    ck_assert(jingle_session_is_active(session));
    jingle_session_end(session, NULL);
    saved_forge_version(saved.data, saved.len, 2);
    ck_assert_int_eq(restore(NULL), JINGLE_EDATA);
    saved_forge_version(saved.data, saved.len, 0);
    ck_assert_int_eq(restore(NULL), JINGLE_EVERSION);
}
END_TEST

/* Version 1 does not know what a request asks: it is not asked again, and its answer is awaited. */
START_TEST(version_1_with_a_request)
{
    enum { NUMBER = 8 }; /* octets of a number, and of what stands before a text and a piece */
    jingle_session_t *session = with_a_request(JINGLE_ACTION_SESSION_INFO);
    size_t id = 0, element;

    ck_assert_int_eq(saved_take(&saved, session), JINGLE_EOK);
    while (memcmp(saved.data + id, old_id, strlen(old_id) + 1) != 0)
        id++;
    element = id + strlen(old_id) + 1 + NUMBER; /* behind the id and the time that is left */
    saved.data[id - 3 * NUMBER - 1] -=
        NUMBER; /* before the id, the action and how many there are */
    memmove(saved.data + element, saved.data + element + NUMBER, saved.len - element - NUMBER);
    saved.len -= NUMBER + TAIL;
    saved_forge_version(saved.data, saved.len, 1);
    crash();
    ck_assert_int_eq(restore(&session), JINGLE_EOK);
    ck_assert_uint_eq(jingle_session_count_requests(session), 1);
    feed_answer("result", ENGINE_PEER, old_id);
    ck_assert_uint_eq(jingle_session_count_requests(session), 0);
}
END_TEST

START_TEST(forged)
{
    unsigned made = 0;

    accepted();
    ck_assert_uint_gt(n_changed, 0);
    for (size_t at = saved.len - 8 - 40; at < saved.len - 8; at++) {
        unsigned char right = saved.data[at];

        for (unsigned value = 0; value < 256; value += 15) {
            saved.data[at] = (unsigned char)value;
            made += (unsigned)saved_try(saved.data, saved.len);
        }
        saved.data[at] = right;
    }
    ck_assert_uint_gt(made, 100);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("core/save_again");
    TCase *tcase = add_save_case(suite, "all");

    tcase_add_test(tcase, an_accept);
    tcase_add_test(tcase, an_offer);
    tcase_add_test(tcase, killed_twice);
    tcase_add_test(tcase, nobody_else_and_nothing_else);
    tcase_add_test(tcase, not_in_a_session_that_lives);
    tcase_add_test(tcase, an_error_is_one_again);
    tcase_add_test(tcase, only_the_last);
    tcase_add_test(tcase, known_while_new_ones_come);
    tcase_add_test(tcase, each_has_its_own_answer);
    tcase_add_test(tcase, new_ones_push_out);
    tcase_add_test(tcase, an_error_after_the_change);
    tcase_add_test(tcase, a_type_that_keeps_nothing);
    tcase_add_test(tcase, nothing_is_kept_for_nobody);
    tcase_add_test(tcase, without_memory);
    tcase_add_test(tcase, version_1);
    tcase_add_test(tcase, version_1_with_a_request);
    tcase_add_test(tcase, forged);
    return run_suite(suite);
}
