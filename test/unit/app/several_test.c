/* SPDX-License-Identifier: MIT */
/** @file
 *  Several files: one after the other, at once, in one session; added while it runs, and taken
 * away. Checklist: J234-18, J234-19, J234-20, J234-21, J234-25. */
#include "wire.h"

#include <stdio.h>
#include <string.h>

#include "support/runner.h"

static wire_t *wire;
static unsigned adds, removes, terminates;
static char last[2048];

static bool count_actions(wire_t *w, unsigned from, char **xml)
{
    (void)w;
    (void)from;
    adds += strstr(*xml, "action=\"content-add\"") != NULL;
    removes += strstr(*xml, "action=\"content-remove\"") != NULL;
    terminates += strstr(*xml, "action=\"session-terminate\"") != NULL;
    if (strstr(*xml, "content-remove") || strstr(*xml, "session-terminate"))
        snprintf(last, sizeof last, "%s", *xml);
    return true;
}

static void setup(void)
{
    wire = wire_new(NULL);
    wire->tap = count_actions;
    adds = removes = terminates = 0;
}

static void teardown(void)
{
    ck_assert_uint_eq(wire_free(wire), 0);
}

/* ---- several ------------------------------------------------------------------------------- */

START_TEST(names_that_are_taken)
{
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(wire_send(wire, "a.txt", 100 + (size_t)i, NULL), JINGLE_EOK);
        ck_assert(wire_finish(wire, 0));
    }
    ck_assert_str_eq(folder_list(wire->side[1].folder), "a (2).txt 101, a (3).txt 102, a.txt 100");
}
END_TEST

START_TEST(many_at_once)
{
    char name[16];

    for (size_t i = 0; i < 20; i++) {
        snprintf(name, sizeof name, "%02zu", i);
        ck_assert_int_eq(wire_send(wire, name, 10000 + i, NULL), JINGLE_EOK);
    }
    ck_assert(wire_finish(wire, 0));
    for (size_t i = 0; i < 20; i++) {
        snprintf(name, sizeof name, "%02zu", i);
        ck_assert(folder_holds(wire->side[1].folder, name, wire_data(10000 + i), 10000 + i));
    }
}
END_TEST

/** Both send at once: two offers that do not compete. */
START_TEST(offers_cross)
{
    wire_side_t *juliet = &wire->side[1];

    folder_write(juliet->folder, "reply", wire_data(30000), 30000);
    ck_assert_int_eq(wire_send(wire, "a.txt", 20000, NULL), JINGLE_EOK);
    ck_assert_int_eq(jingle_send_file(juliet->jingle, WIRE_ROMEO,
                                      folder_path(juliet->folder, "reply"),
                                      JINGLE_SEND_FILE(.name = "answer"), NULL),
                     JINGLE_EOK);
    ck_assert(wire_finish(wire, 0));
    ck_assert_str_eq(folder_list(juliet->folder), "a.txt 20000, reply 30000");
    ck_assert_str_eq(folder_list(wire->side[0].folder), "a.txt 20000, answer 30000");
}
END_TEST

START_TEST(several_in_one_session)
{
    wire_side_t *romeo = &wire->side[0];
    jingle_session_t *session;
    char name[16];

    ck_assert_int_eq(jingle_managed_session_new(romeo->jingle, WIRE_JULIET, NULL, &session),
                     JINGLE_EOK);
    for (size_t i = 0; i < 5; i++) {
        snprintf(name, sizeof name, "%zu", i);
        folder_write(romeo->folder, name, wire_data(9000 * i), 9000 * i);
        ck_assert_int_eq(jingle_session_add_file(session, folder_path(romeo->folder, name),
                                                 JINGLE_SEND_FILE(.hash_now = i % 2), NULL),
                         JINGLE_EOK);
    }
    ck_assert_ptr_nonnull(jingle_session_get_file(session, 4));
    ck_assert_ptr_null(jingle_session_get_file(session, 5));
    ck_assert_int_eq(jingle_session_start(session), JINGLE_EOK);
    ck_assert(wire_finish(wire, 0));
    for (size_t i = 0; i < 5; i++) {
        snprintf(name, sizeof name, "%zu", i);
        ck_assert(folder_holds(wire->side[1].folder, name, wire_data(9000 * i), 9000 * i));
    }
}
END_TEST

/* ---- added and taken away -------------------------------------------------------------------- */

/** A session of Romeo's with so many files of 30,000 octets, "0", "1" and so on. */
static jingle_session_t *begin(unsigned n)
{
    wire_side_t *romeo = &wire->side[0];
    jingle_session_t *session;
    char name[16];

    ck_assert_int_eq(jingle_managed_session_new(romeo->jingle, WIRE_JULIET, NULL, &session),
                     JINGLE_EOK);
    for (unsigned i = 0; i < n; i++) {
        snprintf(name, sizeof name, "%u", i);
        folder_write(romeo->folder, name, wire_data(30000), 30000);
        ck_assert_int_eq(
            jingle_session_add_file(session, folder_path(romeo->folder, name), NULL, NULL),
            JINGLE_EOK);
    }
    ck_assert_int_eq(jingle_session_start(session), JINGLE_EOK);
    return session;
}

static jingle_session_t *session_of(unsigned side)
{
    return jingle_file_get_session(wire_file(wire, side));
}

static void add(unsigned side, const char *name)
{
    const char *path = folder_path(wire->side[side].folder, name);

    folder_write(wire->side[side].folder, name, wire_data(20000), 20000);
    ck_assert_int_eq(jingle_session_add_file(session_of(side), path,
                                             JINGLE_SEND_FILE(.hash_now = side == 0), NULL),
                     JINGLE_EOK);
}

/** Both add to a session that runs. */
START_TEST(added)
{
    begin(1);
    for (int i = 0; i < 12; i++)
        wire_step(wire);
    ck_assert_ptr_nonnull(strstr(wire_log(wire, 1), "start"));
    add(0, "from romeo");
    add(1, "from juliet");
    ck_assert(wire_finish(wire, 0));
    ck_assert(folder_holds(wire->side[1].folder, "0", wire_data(30000), 30000));
    ck_assert(folder_holds(wire->side[1].folder, "from romeo", wire_data(20000), 20000));
    ck_assert(folder_holds(wire->side[0].folder, "from juliet", wire_data(20000), 20000));
    ck_assert_uint_eq(adds, 2);
    /* Both may do it at the same time. */
    ck_assert(terminates == 1 || terminates == 2);
    ck_assert_ptr_nonnull(strstr(last, "<success"));
    ck_assert_ptr_nonnull(strstr(wire_log(wire, 0), "ended success"));
    ck_assert_ptr_nonnull(strstr(wire_log(wire, 1), "ended success"));
}
END_TEST

/** J234-21: each sends one; whichever is the last, nobody waits for the other. */
START_TEST(both_ways)
{
    begin(1);
    for (int i = 0; i < 12 + _i; i++)
        wire_step(wire);
    add(1, "from juliet");
    ck_assert(wire_finish(wire, 0));
    ck_assert(folder_holds(wire->side[1].folder, "0", wire_data(30000), 30000));
    ck_assert(folder_holds(wire->side[0].folder, "from juliet", wire_data(20000), 20000));
    for (unsigned i = 0; i < 2; i++) {
        const char *log = wire_log(wire, i);

        ck_assert_ptr_nonnull(strstr(log, "done done verified, done done verified, ended success"));
    }
}
END_TEST

static void decline_one(wire_side_t *side, jingle_file_t *file)
{
    if (!strcmp(jingle_file_get_info(file)->safe_name, side->wire->user))
        ck_assert_int_eq(jingle_file_decline(file, NULL), JINGLE_EOK);
    else
        ck_assert_int_eq(jingle_file_accept(file, NULL), JINGLE_EOK);
}

/** One of the offer, or one that is added, is declined: the others come. */
START_TEST(one_is_declined)
{
    wire->user = _i ? "more" : "1";
    wire->side[1].on_offer = decline_one;
    begin(3);
    for (int i = 0; i < 12; i++)
        wire_step(wire);
    add(0, "more");
    ck_assert(wire_finish(wire, 0));
    ck_assert_str_eq(folder_list(wire->side[1].folder),
                     _i ? "0 30000, 1 30000, 2 30000" : "0 30000, 2 30000, more 20000");
    ck_assert_ptr_nonnull(strstr(wire_log(wire, 0), "done declined"));
    ck_assert_ptr_nonnull(strstr(wire_log(wire, 1), "done declined"));
}
END_TEST

/** J234-19: one is taken away by either side, the others come. */
START_TEST(one_is_cancelled)
{
    const char *log;

    begin(3);
    for (int i = 0; i < 40; i++)
        wire_step(wire);
    ck_assert_ptr_nonnull(strstr(folder_list(wire->side[1].folder), "1.part"));
    ck_assert_int_eq(jingle_file_cancel(jingle_session_get_file(session_of((unsigned)_i), 1), "no"),
                     JINGLE_EOK);
    ck_assert(wire_finish(wire, 0));
    ck_assert_str_eq(folder_list(wire->side[1].folder), "0 30000, 2 30000");
    ck_assert_uint_eq(removes, 1);
    for (unsigned i = 0; i < 2; i++) {
        log = wire_log(wire, i);
        ck_assert_ptr_nonnull(strstr(log, "done cancelled"));
        ck_assert_ptr_nonnull(strstr(log, "ended success"));
    }
}
END_TEST

/** J234-20: with the last one the session goes, and says why. */
START_TEST(all_are_cancelled)
{
    jingle_session_t *session;
    jingle_file_t *files[2];

    begin(2);
    for (int i = 0; i < 24; i++)
        wire_step(wire);
    session = session_of((unsigned)_i);
    for (size_t i = 0; i < 2; i++)
        files[i] = jingle_file_clone(jingle_session_get_file(session, i));
    for (size_t i = 0; i < 2; i++) {
        ck_assert_int_eq(jingle_file_cancel(files[i], NULL), JINGLE_EOK);
        jingle_file_release(files[i]);
    }
    ck_assert(wire_finish(wire, 0));
    ck_assert_str_eq(folder_list(wire->side[1].folder), "");
    ck_assert_uint_eq(terminates, 1);
    ck_assert_ptr_nonnull(strstr(last, "<cancel"));
}
END_TEST

/** J234-19: all at once. */
START_TEST(the_session_is_cancelled)
{
    begin(3);
    for (int i = 0; i < 40; i++)
        wire_step(wire);
    ck_assert_int_eq(
        jingle_session_end(session_of((unsigned)_i), JINGLE_END(.condition = JINGLE_REASON_CANCEL)),
        JINGLE_EOK);
    ck_assert(wire_finish(wire, 0));
    ck_assert_str_eq(folder_list(wire->side[1].folder), "");
    for (unsigned i = 0; i < 2; i++)
        ck_assert_ptr_nonnull(strstr(wire_log(wire, i), "done cancelled, done cancelled, done "
                                                        "cancelled, ended cancel"));
    ck_assert_uint_eq(terminates, 1);
}
END_TEST

static unsigned held_back;

static void hold(wire_side_t *side, jingle_file_t *file)
{
    (void)side;
    if (!held_back++)
        ck_assert_int_eq(jingle_file_pause(file, true), JINGLE_EOK);
}

/** One is held, the others go on; and it too when it may. */
START_TEST(one_is_paused)
{
    held_back = 0;
    wire->side[_i].on_progress = hold;
    begin(3);
    wire_wait(wire, 20000);
    ck_assert_str_eq(folder_list(wire->side[1].folder), "0.part 4096, 1 30000, 2 30000");
    ck_assert_int_eq(jingle_file_pause(wire_file(wire, (unsigned)_i), false), JINGLE_EOK);
    ck_assert(wire_finish(wire, 0));
    ck_assert_str_eq(folder_list(wire->side[1].folder), "0 30000, 1 30000, 2 30000");
}
END_TEST

/** @return what a side answers to that payload of the other's */
static const char *answer_to(unsigned side, const char *payload)
{
    wire_lose(wire);
    wire_inject(wire, side,
                "<iq xmlns='jabber:client' type='set' id='info' from='%s' to='%s'><jingle "
                "xmlns='urn:xmpp:jingle:1' action='session-info' sid='%s'>%s</jingle></iq>",
                wire->side[1 - side].jid, wire->side[side].jid,
                jingle_session_get_sid(session_of(side)), payload);
    return wire_newest(wire);
}

/** J234-25: of several files a payload names the one it means; the only one need not be named. */
START_TEST(one_is_meant)
{
    static const struct {
        unsigned files;
        bool creator, meant;
        const char *name; /* "": its own */
    } rows[] = {{1, false, true, NULL},     {2, false, false, NULL},     {2, true, false, NULL},
                {1, false, true, "nobody"}, {2, false, false, "nobody"}, {2, true, false, "nobody"},
                {2, false, true, ""},       {2, true, true, ""}};
    unsigned side = (unsigned)_i % 2, files = rows[_i / 2].files;
    const char *answer, *name = rows[_i / 2].name;
    char payload[256], attributes[128] = "";

    begin(files);
    for (int i = 0; i < 24; i++)
        wire_step(wire);
    if (name && !*name)
        name = jingle_content_get_name(
            jingle_file_get_content(jingle_session_get_file(session_of(side), files - 1)));
    if (name)
        snprintf(attributes, sizeof attributes, " name='%s'", name);
    snprintf(payload, sizeof payload, "<%s xmlns='%s'%s%s>%s</%s>", side ? "checksum" : "received",
             JINGLE_NS_FILE_TRANSFER, rows[_i / 2].creator ? " creator='initiator'" : "",
             attributes,
             side ? "<file><hash xmlns='urn:xmpp:hashes:2' algo='sha-256'>AAAA</hash></file>" : "",
             side ? "checksum" : "received");
    answer = answer_to(side, payload);
    ck_assert_ptr_nonnull(answer);
    ck_assert_msg(strstr(answer, rows[_i / 2].meant ? "type=\"result\"" : "<bad-request"), "%s",
                  answer);
    for (unsigned i = 0; i < 2; i++)
        jingle_end_all_sessions(wire->side[i].jingle, NULL);
}
END_TEST

/* An error says that there is no such file: nobody is told of its end. */
START_TEST(one_that_cannot_be_added)
{
    const char *path = folder_path(wire->side[0].folder, "a");
    jingle_session_t *session = NULL;
    int err = JINGLE_EMEM;
    size_t n;

    folder_write(wire->side[0].folder, "a", wire_data(100), 100);
    ck_assert_int_eq(jingle_managed_session_new(wire->side[0].jingle, WIRE_JULIET,
                                                JINGLE_SESSION(.sid = "s"), &session),
                     JINGLE_EOK);
    for (n = 1; err == JINGLE_EMEM; n++) {
        test_mem_fail_at(&wire->side[0].mem, n, false);
        err = jingle_session_add_file(session, path, NULL, NULL);
        test_mem_fail_at(&wire->side[0].mem, 0, false);
        ck_assert_str_eq(wire_log(wire, 0), "");
    }
    ck_assert_int_eq(err, JINGLE_EOK);
    ck_assert_uint_gt(n, 8);
    ck_assert_ptr_null(jingle_session_get_file(session, 1));
    jingle_session_end(session, JINGLE_END(.silent = true));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("several");
    TCase *many = tcase_create("many"), *changes = tcase_create("changes");

    tcase_add_checked_fixture(many, setup, teardown);
    tcase_add_test(many, names_that_are_taken);
    tcase_add_test(many, many_at_once);
    tcase_add_test(many, offers_cross);
    tcase_add_test(many, several_in_one_session);
    suite_add_tcase(suite, many);
    tcase_add_checked_fixture(changes, setup, teardown);
    tcase_add_test(changes, added);
    tcase_add_loop_test(changes, both_ways, 0, 14);
    tcase_add_loop_test(changes, one_is_declined, 0, 2);
    tcase_add_loop_test(changes, one_is_cancelled, 0, 2);
    tcase_add_loop_test(changes, all_are_cancelled, 0, 2);
    tcase_add_loop_test(changes, the_session_is_cancelled, 0, 2);
    tcase_add_loop_test(changes, one_is_paused, 0, 2);
    tcase_add_loop_test(changes, one_is_meant, 0, 16);
    tcase_add_test(changes, one_that_cannot_be_added);
    suite_add_tcase(suite, changes);
    return run_suite(suite);
}
