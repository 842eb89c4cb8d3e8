/* SPDX-License-Identifier: MIT */
/** @file
 *  Session types that keep something, and data that is damaged or forged. */
#include "save_chess.h"

START_TEST(what_a_type_keeps)
{
    crash_chess();
    ck_assert_int_eq(restore(NULL), JINGLE_EOK);
    ck_log("created s\nrestored s 1 e4\n> set session-info s\n");
    feed_answer("result", ENGINE_PEER, old_id);
    ck_assert_uint_eq(n_answers, 1);
    ck_assert_int_eq(last_answer, JINGLE_ANSWER_RESULT);
}
END_TEST

START_TEST(a_type_is_known_by_its_namespace)
{
    jingle_register_session_type(e->jingle, "urn:chess", &chess, &saved);
    ck_assert_int_eq(saved_take(&saved, play_chess()), JINGLE_EOK);
    crash();
    ck_assert_int_eq(restore(NULL), JINGLE_ENOENT);
    jingle_register_session_type(e->jingle, "urn:chess", &chess, &saved);
    ck_assert_int_eq(restore(NULL), JINGLE_EOK);
}
END_TEST

/* A type that fails has made nothing, and nobody hears of requests. */
START_TEST(a_type_that_cannot)
{
    crash_chess();
    fail_restore = JINGLE_EIO;
    ck_assert_int_eq(restore(NULL), JINGLE_EIO);
    fail_restore = 0;
    ck_assert_uint_eq(n_answers, 0);
    ck_assert_uint_eq(jingle_count_sessions(e->jingle), 0);
    ck_assert(!feed_answer("result", ENGINE_PEER, old_id));
    ck_assert_int_eq(restore(NULL), JINGLE_EOK);
    ck_assert_uint_eq(n_answers, 0);
}
END_TEST

START_TEST(a_request_that_the_type_forgets)
{
    crash_chess();
    ask_nobody = true;
    ck_assert_int_eq(restore(NULL), JINGLE_EOK);
    ask_nobody = false;
    engine_log(e);
    engine_feed(
        e,
        "<iq xmlns='jabber:client' type='error' from='%s' to='%s' id='%s'><error type='cancel'>"
        "<bad-request xmlns='" JINGLE_NS_STANZAS "'/></error></iq>",
        ENGINE_PEER, ENGINE_OWN, old_id);
    ck_log("error s session-info bad-request\n");
    ck_assert_uint_eq(n_answers, 0);
}
END_TEST

/* Compiled before there was any saving: goes on to work, and cannot be saved. */
START_TEST(a_type_of_old)
{
    jingle_session_type_t old = chess;
    jingle_session_t *session = NULL;
    size_t len;

    old.size = offsetof(jingle_session_type_t, save);
    old.name = "old";
    ck_assert_int_eq(jingle_register_session_type(e->jingle, "urn:old", &old, &saved), JINGLE_EOK);
    jingle_session_new(e->jingle, ENGINE_PEER,
                       JINGLE_SESSION(.type = &old, .type_userdata = &saved), &session);
    ck_assert_int_eq(jingle_session_start(session), JINGLE_EOK);
    ck_assert_int_eq(jingle_save(session, NULL, 0, &len), JINGLE_ENOENT);
    ck_assert_uint_eq(engine_free(e), 0);
    e = engine_new(NULL);
}
END_TEST

START_TEST(types_are_registered_once)
{
    jingle_session_type_t nameless = chess;

    nameless.name = NULL;
    ck_assert_int_eq(jingle_register_restorable(e->jingle, &chess, NULL), JINGLE_EOK);
    ck_assert_int_eq(jingle_register_restorable(e->jingle, &chess, NULL), JINGLE_EEXIST);
    ck_assert_int_eq(jingle_register_restorable(e->jingle, &nameless, NULL), JINGLE_EINVAL);
    ck_assert_int_eq(jingle_register_restorable(NULL, &chess, NULL), JINGLE_EINVAL);
}
END_TEST

static void end_on_created(engine_t *engine, const jingle_event_t *event)
{
    (void)engine;
    if (event->type == JINGLE_EVENT_CREATED)
        jingle_session_end(event->session, NULL);
}

START_TEST(ended_inside_the_event)
{
    crash_chess();
    e->on_event = end_on_created;
    ck_assert_int_eq(restore(NULL), JINGLE_EINVOP);
    ck_log("created s\nstate s ended\n> set session-terminate s success\nterminated s success\n");
    ck_assert_uint_eq(n_answers, 1);
    ck_assert_int_eq(last_answer, JINGLE_ANSWER_DROPPED);
}
END_TEST

/* A save that ends its session, or frees the manager, breaks its promise, and nothing else. */
static bool frees;
static int save_and_go(jingle_session_t *session, jingle_save_t *save, void *self)
{
    int err = chess_save(session, save, self);

    if (frees)
        jingle_free(e->jingle);
    else
        jingle_session_end(session, NULL);
    return err;
}

START_TEST(a_save_that_ends_the_session)
{
    static jingle_session_type_t going; /* outlives the session, which may be in use here */

    jingle_session_t *session = NULL;
    size_t len = 0;

    going = chess;
    going.save = save_and_go;
    frees = _i;
    ck_assert_int_eq(
        jingle_session_new(e->jingle, ENGINE_PEER,
                           JINGLE_SESSION(.sid = "s", .type = &going, .type_userdata = &saved),
                           &session),
        JINGLE_EOK);
    ck_assert_int_eq(jingle_session_start(session), JINGLE_EOK);
    ck_assert_int_eq(jingle_save(session, NULL, 0, &len), JINGLE_EINVOP);
    if (frees)
        e->jingle = NULL;
    ck_assert_uint_eq(e->jingle ? jingle_count_sessions(e->jingle) : 0, 0);
}
END_TEST

/* ---- damaged and forged ---- */

static void free_on_end(engine_t *engine, const jingle_event_t *event)
{
    if (event->type != JINGLE_EVENT_STATE || !jingle_session_is_ended(event->session))
        return;
    engine_free_manager(engine);
    ck_assert_uint_eq(n_answers, 1);
    ck_assert_int_eq(last_answer, JINGLE_ANSWER_DROPPED);
}

/* When jingle_free() returns, who waits for an answer has been told, also of what another manager had asked. */
START_TEST(freed_inside_the_event)
{
    jingle_session_t *session = NULL;

    crash_chess();
    ck_assert_int_eq(restore(&session), JINGLE_EOK);
    e->on_event = free_on_end;
    jingle_session_end(session, NULL);
    ck_assert_uint_eq(n_answers, 1);
}
END_TEST

START_TEST(every_cut_is_refused)
{
    ck_assert_int_eq(saved_take(&saved, with_a_request(JINGLE_ACTION_SESSION_INFO)), JINGLE_EOK);
    crash();
    for (size_t len = 0; len < saved.len; len++) {
        /* In memory of just that length, so that reading beyond it shows. */
        unsigned char *copy = malloc(len ? len : 1);

        memcpy(copy, saved.data, len);
        ck_assert_int_eq(jingle_restore(e->jingle, copy, len, NULL, NULL), JINGLE_EDATA);
        free(copy);
    }
    ck_log("");
}
END_TEST

START_TEST(every_damaged_octet_is_refused)
{
    ck_assert_int_eq(saved_take(&saved, with_a_request(JINGLE_ACTION_SESSION_INFO)), JINGLE_EOK);
    crash();
    for (size_t i = 0; i < saved.len; i++)
        for (unsigned value = 0; value < 256; value++) {
            unsigned char right = saved.data[i];

            if (value == right)
                continue;
            saved.data[i] = (unsigned char)value;
            ck_assert_int_eq(restore(NULL), JINGLE_EDATA);
            saved.data[i] = right;
        }
    ck_log("");
    ck_assert_int_eq(restore(NULL), JINGLE_EOK);
}
END_TEST

START_TEST(another_version)
{
    ck_assert_int_eq(saved_take(&saved, engine_create_active(e, "s")), JINGLE_EOK);
    crash();
    saved_repair(saved.data, saved.len);
    ck_assert_int_eq(restore(NULL), JINGLE_EOK);
    jingle_session_end(e->session, NULL);
    saved_forge_version(saved.data, saved.len, 3);
    ck_assert_int_eq(restore(NULL), JINGLE_EVERSION);
}
END_TEST

/* Forged: the sum is right. Refused, or a session like any other; never more memory than it gives.
 */
START_TEST(every_forged_octet_is_harmless)
{
    static const unsigned char values[] = {0, 1, 2, 0x7f, 0x80, 0xff};
    unsigned made = 0;

    ck_assert_int_eq(saved_take(&saved, with_a_request(JINGLE_ACTION_SESSION_INITIATE)),
                     JINGLE_EOK);
    for (size_t i = 0; i < saved.len; i++)
        for (size_t v = 0; v < sizeof values; v++) {
            unsigned char right = saved.data[i];

            saved.data[i] = values[v];
            made += (unsigned)saved_try(saved.data, saved.len);
            saved.data[i] = right;
        }
    ck_assert_uint_gt(made, 100);
    for (size_t len = 0; len < saved.len; len++)
        saved_try(saved.data, len);
}
END_TEST

/* ---- no memory ---- */

START_TEST(each_allocation_fails)
{
    size_t n, failed = 0;
    int err = JINGLE_EMEM;

    ck_assert_int_eq(saved_take(&saved, play_chess()), JINGLE_EOK);
    for (n = 1; err; n++) {
        crash();
        n_answers = 0;
        jingle_register_restorable(e->jingle, &chess, &saved);
        test_mem_fail_at(&e->mem, n, n % 2);
        err = restore(NULL);
        failed += e->mem.failures ? 1 : 0;
        test_mem_fail_at(&e->mem, 0, false);
        ck_assert(err == JINGLE_EOK || err == JINGLE_EMEM);
        ck_assert_uint_eq(jingle_count_sessions(e->jingle), err ? 0u : 1u);
        if (err)
            ck_assert_uint_le(n_answers, 1);
    }
    ck_assert_uint_gt(failed, 6);
}
END_TEST

/* Saving takes none at all: it can be done in any need. */
START_TEST(saving_allocates_nothing)
{
    jingle_session_t *session = with_a_request(JINGLE_ACTION_SESSION_INFO);
    size_t calls = e->mem.calls;

    ck_assert_int_eq(saved_take(&saved, session), JINGLE_EOK);
    ck_assert_uint_eq(e->mem.calls, calls);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("core/save_type");
    TCase *tcase = add_save_case(suite, "all");

    tcase_add_test(tcase, what_a_type_keeps);
    tcase_add_test(tcase, a_type_is_known_by_its_namespace);
    tcase_add_test(tcase, a_type_that_cannot);
    tcase_add_test(tcase, a_request_that_the_type_forgets);
    tcase_add_test(tcase, a_type_of_old);
    tcase_add_test(tcase, types_are_registered_once);
    tcase_add_test(tcase, ended_inside_the_event);
    tcase_add_loop_test(tcase, a_save_that_ends_the_session, 0, 2);
    tcase_add_test(tcase, freed_inside_the_event);
    tcase_add_test(tcase, every_cut_is_refused);
    tcase_add_test(tcase, every_damaged_octet_is_refused);
    tcase_add_test(tcase, another_version);
    tcase_add_test(tcase, every_forged_octet_is_harmless);
    tcase_add_test(tcase, each_allocation_fails);
    tcase_add_test(tcase, saving_allocates_nothing);
    return run_suite(suite);
}
