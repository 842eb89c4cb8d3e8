/* SPDX-License-Identifier: MIT */
/** @file
 *  Files that are given to who asks, and not given without a word on why; offers and requests of
 * both sides. Checklist: J234-04, J234-05, J234-18, J234-29. */
#include "asking.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/runner.h"

/* ---- J234-29: no --------------------------------------------------------------------------------
 */

/** The answer, without what differs from session to session. */
static const char *answer_to(const char *name)
{
    static char told[4][1024];
    static unsigned turn;
    char *answer = told[turn++ % 4], *at;

    stanzas[0] = '\0';
    ck_assert_int_eq(ask(JINGLE_REQUEST_FILE(.name = name)), JINGLE_EOK);
    ck_assert(wire_finish(wire, 0));
    ck_assert_str_eq(wire_log(wire, 1), "done unavailable, ended failed-application");
    at = strstr(stanzas, "<reason>");
    ck_assert_ptr_nonnull(at);
    snprintf(answer, 1024, "%s", at);
    *strchr(answer, '\n') = '\0';
    return answer;
}

static void refuse(wire_side_t *side, jingle_file_t *file)
{
    (void)side;
    ck_assert_int_eq(jingle_file_decline(file, "you may not have it"), JINGLE_EOK);
}

static void provide_nothing(wire_side_t *side, jingle_file_t *file)
{
    (void)side;
    ck_assert_int_eq(jingle_file_provide(file, "/no/such/file", NULL), JINGLE_ENOENT);
    ck_assert_int_eq(errno, ENOENT);
    ck_assert_int_eq(jingle_file_provide(file, "/", NULL), JINGLE_EINVAL);
    ck_assert_int_eq(jingle_file_decline(file, NULL), JINGLE_EOK);
}

static void accept_session(wire_side_t *side, jingle_file_t *file)
{
    (void)side;
    ck_assert_int_eq(jingle_file_accept(file, NULL), JINGLE_EINVOP);
    ck_assert_int_eq(jingle_session_accept(jingle_file_get_session(file)), JINGLE_EOK);
}

/** Unknown, forbidden, or nobody to ask: one cannot tell one from the other. */
START_TEST(one_answer_for_all)
{
    wire_config_t config = {0};
    const char *forbidden, *unknown;

    wire->side[0].on_request = refuse;
    forbidden = answer_to("a");
    wire->side[0].on_request = provide_nothing;
    unknown = answer_to("none");
    ck_assert_str_eq(forbidden, unknown);
    ck_assert_has(unknown, "<failed-application");
    ck_assert_has(unknown, "<file-not-available");
    ck_assert_has(unknown, "urn:xmpp:jingle:apps:file-transfer:errors:0");
    ck_assert_has_not(unknown, "you may not");
    /* The program has accepted the session, and has nothing to give. */
    wire->side[0].on_request = accept_session;
    stanzas[0] = '\0';
    ck_assert_int_eq(ask(JINGLE_REQUEST_FILE(.name = "a")), JINGLE_EOK);
    ck_assert(wire_finish(wire, 0));
    ck_assert_has(stanzas, "<file-not-available");
    /* Nobody serves requests. */
    asking_teardown();
    wire = wire_new(&config);
    wire->tap = keep_stanzas;
    ck_assert_str_eq(answer_to("a"), forbidden);
    ck_assert_str_eq(wire_log(wire, 0), "ended failed-application");
}
END_TEST

/** It names no file: nobody is bothered with it. */
START_TEST(nothing_is_named)
{
    static const char *const empty[] = {
        "", "<name/>", "<desc>all of it</desc>",
        "<hash xmlns='urn:xmpp:hashes:2' algo='whirlpool'>AAAA</hash>"};

    char file[256];

    snprintf(file, sizeof file, "<file>%s</file>", empty[_i]);
    set_edit("session-initiate", "<file>", "</file>", file);
    ck_assert_int_eq(ask(JINGLE_REQUEST_FILE(.name = "a")), JINGLE_EOK);
    ck_assert(wire_finish(wire, 0));
    ck_assert_str_eq(wire_log(wire, 1), "done unavailable, ended failed-application");
    ck_assert_str_eq(wire_log(wire, 0), "ended failed-application");
}
END_TEST

/* ---- later -------------------------------------------------------------------------------------
 */

START_TEST(given_later)
{
    const char *path = folder_path(wire->side[0].folder, "a");

    wire->side[0].on_request = keep_request;
    ck_assert_int_eq(ask(JINGLE_REQUEST_FILE(.name = "a")), JINGLE_EOK);
    wire_wait(wire, 100000);
    ck_assert_str_eq(wire_log(wire, 0), "request a");
    ck_assert_ptr_null(jingle_file_get_path(open_request));
    if (_i) {
        ck_assert_int_eq(jingle_file_decline(open_request, NULL), JINGLE_EOK);
        ck_assert_int_eq(jingle_file_provide(open_request, path, NULL), JINGLE_EINVOP);
    } else {
        ck_assert_int_eq(jingle_file_provide(open_request, path, NULL), JINGLE_EOK);
        ck_assert_int_eq(jingle_file_provide(open_request, path, NULL), JINGLE_EINVOP);
        ck_assert_int_eq(jingle_file_decline(open_request, NULL), JINGLE_EINVOP);
    }
    ck_assert(wire_finish(wire, 0));
    ck_assert_str_eq(wire_log(wire, 0), _i ? "done unavailable, ended failed-application"
                                           : "start, done done verified, ended success");
    ck_assert_int_eq(jingle_file_provide(open_request, path, NULL), JINGLE_EINVOP);
    ck_assert_int_eq(jingle_file_provide(NULL, path, NULL), JINGLE_EINVAL);
    jingle_file_release(open_request);
}
END_TEST

/** One's own request is not one's own to accept. */
START_TEST(not_the_askers_to_decide)
{
    jingle_file_t *file;

    wire->side[0].on_request = keep_request;
    ck_assert_int_eq(ask(JINGLE_REQUEST_FILE(.name = "a")), JINGLE_EOK);
    wire_settle(wire);
    file = wire_file(wire, 1);
    ck_assert_int_eq(jingle_file_accept(file, NULL), JINGLE_EINVOP);
    ck_assert_int_eq(jingle_file_decline(file, NULL), JINGLE_EINVOP);
    ck_assert_int_eq(jingle_file_provide(file, "/etc/hostname", NULL), JINGLE_EINVOP);
    ck_assert_int_eq(jingle_file_cancel(file, NULL), JINGLE_EOK);
    ck_assert(wire_finish(wire, 0));
    ck_assert_str_eq(wire_log(wire, 1), "done cancelled, ended cancel");
    ck_assert_str_eq(wire_log(wire, 0), "request a, done cancelled, ended cancel");
    jingle_file_release(open_request);
}
END_TEST

static unsigned freed;

static void count_free(void *userdata)
{
    (void)userdata;
    freed++;
}

static long give(jingle_file_t *file, uint64_t offset, void *buffer, size_t len, void *userdata)
{
    size_t n = len < SIZE - offset ? len : (size_t)(SIZE - offset);

    (void)file;
    (void)userdata;
    memcpy(buffer, wire_data(SIZE) + offset, n);
    return (long)n;
}

static void provide_data(wire_side_t *side, jingle_file_t *file)
{
    const jingle_send_file_t data = {.size = sizeof data,
                                     .read = give,
                                     .name = "made up",
                                     .file_size = SIZE,
                                     .userdata_free = count_free};

    (void)side;
    ck_assert_int_eq(jingle_file_provide(file, NULL, &data), JINGLE_EOK);
    ck_assert_uint_eq(freed, 0);
    ck_assert_int_eq(jingle_file_provide(file, NULL, &data), JINGLE_EINVOP);
    ck_assert_uint_eq(freed, 1);
}

START_TEST(given_from_memory)
{
    freed = 0;
    wire->side[0].on_request = provide_data;
    ck_assert_int_eq(ask(JINGLE_REQUEST_FILE(.name = "a")), JINGLE_EOK);
    ck_assert(wire_finish(wire, 0));
    ck_assert(folder_holds(wire->side[1].folder, "a", wire_data(SIZE), SIZE));
    ck_assert_uint_eq(freed, 2);
}
END_TEST

/* ---- J234-05, J234-18: who adds it, and who sends -------------------------------------------- */

static bool take_first(jingle_session_t *session, void *userdata)
{
    *(jingle_session_t **)userdata = session;
    return false;
}

static jingle_session_t *session_of(unsigned side)
{
    jingle_session_t *session = NULL;

    jingle_each_session(wire->side[side].jingle, take_first, &session);
    return session;
}

/** In the offer, and while the session runs: by each side, a file and a request. */
START_TEST(four_rows)
{
    unsigned by = (unsigned)_i % 2, other = !by;
    bool request = _i / 2 % 2, add = _i / 4;
    wire_side_t *adder = &wire->side[by];
    jingle_session_t *session;
    const char *senders;

    folder_write(wire->side[1].folder, "a", wire_data(SIZE), SIZE);
    if (add) {
        /* One that is held meanwhile keeps the session. */
        wire->side[0].on_request = keep_request;
        ck_assert_int_eq(ask(JINGLE_REQUEST_FILE(.name = "held")), JINGLE_EOK);
        wire_settle(wire);
        wire->side[0].on_request = provide;
        ck_assert_int_eq(
            jingle_file_provide(open_request, NULL,
                                JINGLE_SEND_FILE(.read = give, .name = "held", .file_size = SIZE)),
            JINGLE_EOK);
        ck_assert_int_eq(jingle_file_pause(open_request, true), JINGLE_EOK);
        wire_settle(wire);
        session = session_of(by);
    } else {
        ck_assert_int_eq(
            jingle_managed_session_new(adder->jingle, wire->side[other].jid, NULL, &session),
            JINGLE_EOK);
    }
    stanzas[0] = '\0';
    if (request)
        ck_assert_int_eq(
            jingle_session_add_request(session, JINGLE_REQUEST_FILE(.name = "a"), NULL),
            JINGLE_EOK);
    else
        ck_assert_int_eq(jingle_session_add_file(session, folder_path(adder->folder, "a"),
                                                 JINGLE_SEND_FILE(.name = "sent"), NULL),
                         JINGLE_EOK);
    if (!add)
        ck_assert_int_eq(jingle_session_start(session), JINGLE_EOK);
    wire_settle(wire);
    /* The session's initiator is Juliet where it ran before, else who adds. */
    senders = (request ? other : by) == (add ? 1 : by) ? "senders=\"initiator\""
                                                       : "senders=\"responder\"";
    ck_assert_has(stanzas, senders);
    ck_assert_has(stanzas, add ? "content-add" : "session-initiate");
    if (add) {
        ck_assert_int_eq(jingle_file_pause(open_request, false), JINGLE_EOK);
        jingle_file_release(open_request);
    }
    ck_assert(wire_finish(wire, 0));
    ck_assert(request ? folder_holds(adder->folder, "a (2)", wire_data(SIZE), SIZE)
                      : folder_holds(wire->side[other].folder, "sent", wire_data(SIZE), SIZE));
    ck_assert_ptr_nonnull(strstr(wire_log(wire, 0), "ended success"));
    ck_assert_ptr_nonnull(strstr(wire_log(wire, 1), "ended success"));
    if (add)
        ck_assert(folder_holds(wire->side[1].folder, "held", wire_data(SIZE), SIZE));
}
END_TEST

/** J234-04: neither both nor none. */
START_TEST(one_direction)
{
    static const char *const senders[] = {"senders='both'", "senders='none'", ""};

    set_edit("session-initiate", "senders=\"responder\"", NULL, senders[_i]);
    ck_assert_int_eq(ask(JINGLE_REQUEST_FILE(.name = "a")), JINGLE_EOK);
    ck_assert(wire_finish(wire, 0));
    ck_assert_str_eq(wire_log(wire, 0), "ended general-error");
    ck_assert_ptr_nonnull(strstr(wire_log(wire, 1), "done "));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("provide");
    TCase *answering = tcase_create("answering");

    tcase_add_checked_fixture(answering, asking_setup, asking_teardown);
    tcase_add_test(answering, one_answer_for_all);
    tcase_add_loop_test(answering, nothing_is_named, 0, 4);
    tcase_add_loop_test(answering, given_later, 0, 2);
    tcase_add_test(answering, not_the_askers_to_decide);
    tcase_add_test(answering, given_from_memory);
    tcase_add_loop_test(answering, four_rows, 0, 8);
    tcase_add_loop_test(answering, one_direction, 0, 3);
    suite_add_tcase(suite, answering);
    return run_suite(suite);
}
