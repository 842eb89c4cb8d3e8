/* SPDX-License-Identifier: MIT */
/** @file
 *  The rest of a file is asked for, and the other side has another file, or no such rest: the whole is asked
 *  for then, and for the program that is the same file. Checklist: J234-15, J234-16. */
#include "asked.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jingle/s5b.h>

#include "support/runner.h"

#define CHANGED "ended incompatible-parameters, "
#define NO_REST "ended failed-application, "

static const jingle_send_file_t with_hash = {.size = sizeof with_hash, .hash_now = true};
static unsigned char *data; /**< what Romeo has now */

static void setup(void)
{
    asked_setup();
    data = text_alloc(SIZE + 1);
    memcpy(data, wire_data(SIZE + 1), SIZE + 1);
    data[5] ^= 1;
    options = &with_hash;
}

static void teardown(void)
{
    asking_teardown();
    free(data);
}

/** @param len of what it is now @param ended how the first session did */
static void assert_asked_again(size_t len, const char *ended)
{
    char log[128];

    snprintf(log, sizeof log, "%sstart, done done verified, ended success", ended);
    ck_assert_str_eq(wire_log(wire, 1), log);
    ck_assert_has(stanzas, "<range offset");
    ck_assert_uint_eq(jingle_file_get_offset(wire->side[1].file), 0);
    ck_assert_uint_eq(wire->side[1].progress, len);
    assert_clean();
}

/** It is another file now, and the answer says so. */
START_TEST(it_has_changed)
{
    size_t len = _i == 0 ? SIZE + 1 : SIZE;

    cut(the_file(), 20000);
    give(data, len, _i == 1 ? DATE + 1 : DATE);
    ck_assert_int_eq(ask(the_file()), JINGLE_EOK);
    ck_assert(wire_finish(wire, 5000));
    assert_asked_again(len, CHANGED);
    ck_assert(folder_holds(wire->side[1].folder, "a", data, len));
}
END_TEST

static long read_data(jingle_file_t *file, uint64_t offset, void *buffer, size_t len,
                      void *userdata)
{
    size_t n = len < SIZE - offset ? len : (size_t)(SIZE - offset);

    (void)file;
    (void)userdata;
    memcpy(buffer, wire_data(SIZE) + offset, n);
    return (long)n;
}

static void provide_unseekable(wire_side_t *side, jingle_file_t *file)
{
    (void)side;
    if (jingle_file_provide(file, NULL,
                            JINGLE_SEND_FILE(.read = read_data, .file_size = SIZE, .name = "a")))
        jingle_file_decline(file, NULL);
}

/** It has become shorter, or cannot give parts: there is no such rest, and no word on why. */
START_TEST(there_is_no_rest)
{
    size_t len = _i ? SIZE : 10000;

    options = NULL;
    cut(the_file(), 20000);
    if (_i)
        wire->side[0].on_request = provide_unseekable;
    else
        give(wire_data(10000), 10000, DATE);
    ck_assert_int_eq(ask(the_file()), JINGLE_EOK);
    ck_assert(wire_finish(wire, 5000));
    assert_asked_again(len, NO_REST);
    ck_assert(folder_holds(wire->side[1].folder, "a", wire_data(len), len));
}
END_TEST

static void decline(wire_side_t *side, jingle_file_t *file)
{
    (void)side;
    jingle_file_decline(file, NULL);
}

/** There is no such file any more: that is asked once again, not for ever. */
START_TEST(there_is_nothing)
{
    cut(the_file(), 20000);
    wire->side[0].on_request = decline;
    ck_assert_int_eq(ask(the_file()), JINGLE_EOK);
    ck_assert(wire_finish(wire, 5000));
    ck_assert_str_eq(wire_log(wire, 1), NO_REST "done unavailable, ended failed-application");
    ck_assert_str_eq(folder_list(wire->side[1].folder), "");
}
END_TEST

/** The only transport that the program wants is the only one there is the second time too. */
START_TEST(by_the_same_transport)
{
    jingle_request_file_t request = *the_file();

    request.transport = JINGLE_NS_IBB_TRANSPORT;
    ck_assert_int_eq(jingle_register_s5b(wire->side[1].jingle, NULL), JINGLE_EOK);
    cut(&request, 20000);
    give(data, SIZE, DATE);
    ck_assert_int_eq(ask(&request), JINGLE_EOK);
    ck_assert(wire_finish(wire, 5000));
    assert_asked_again(SIZE, CHANGED);
    ck_assert_has_not(stanzas, JINGLE_NS_S5B_TRANSPORT);
}
END_TEST

/** Delivers one stanza, or lets what is due be done. */
static void step(void)
{
    if (!wire_step(wire))
        for (unsigned side = 0; side < 2; side++)
            jingle_tick(wire->side[side].jingle, wire->now);
}

static bool count_second(wire_t *w, unsigned from, char **xml)
{
    keep_stanzas(w, from, xml);
    if (from == 1 && strstr(*xml, "session-initiate") && !strstr(*xml, "<range "))
        w->counts[0]++;
    return true;
}

/** The program can do with it what it can with any: it is the one that it was. */
START_TEST(in_the_hands_of_the_program)
{
    jingle_session_t *first = NULL, *second;
    jingle_file_t *file;

    cut(the_file(), 20000);
    give(data, SIZE, DATE);
    wire->tap = count_second;
    ck_assert_int_eq(jingle_request_file(wire->side[1].jingle, WIRE_ROMEO, the_file(), &first),
                     JINGLE_EOK);
    file = jingle_file_clone(wire_file(wire, 1));
    jingle_session_clone(first);
    while (!wire->counts[0])
        step();
    second = jingle_file_get_session(file);
    ck_assert(jingle_session_is_ended(first));
    ck_assert_ptr_ne(second, first);
    ck_assert_ptr_eq(wire_file(wire, 1), file);
    if (_i == 0)
        ck_assert_int_eq(jingle_file_cancel(file, NULL), JINGLE_EOK);
    else if (_i == 1)
        jingle_session_end(second, JINGLE_END(.condition = JINGLE_REASON_CANCEL));
    else
        wire_free_manager(wire, 1);
    jingle_session_release(first);
    if (_i < 2)
        ck_assert(wire_finish(wire, 5000));
    ck_assert_str_eq(wire_log(wire, 1), _i < 2 ? CHANGED "done cancelled, ended cancel"
                                               : CHANGED "done disconnected, ended gone");
    ck_assert_ptr_null(jingle_file_get_content(file));
    jingle_file_release(file);
}
END_TEST

/** In a session in which another file goes on. */
START_TEST(one_of_two)
{
    jingle_session_t *session = NULL;

    cut(the_file(), 20000);
    give(data, SIZE, DATE);
    folder_write(wire->side[1].folder, "b", wire_data(SIZE), SIZE);
    ck_assert_int_eq(jingle_send_file(wire->side[1].jingle, WIRE_ROMEO,
                                      folder_path(wire->side[1].folder, "b"), NULL, &session),
                     JINGLE_EOK);
    while (!wire->side[0].progress)
        step();
    ck_assert_int_eq(jingle_session_add_request(session, the_file(), NULL), JINGLE_EOK);
    ck_assert(wire_finish(wire, 70000));
    ck_assert(folder_holds(wire->side[0].folder, "b", wire_data(SIZE), SIZE));
    ck_assert(folder_holds(wire->side[1].folder, "a", data, SIZE));
}
END_TEST

/** How often an end was told. */
static size_t ends_told(const char *log)
{
    size_t n = strncmp(log, "done ", 5) == 0;

    for (; (log = strstr(log, ", done ")) != NULL; log++)
        n++;
    return n;
}

/** A second partial file of that name, older and of another size: Juliet has two. */
static void cut_two(void)
{
    unsigned char *older = text_alloc(SIZE + 1);

    memcpy(older, wire_data(SIZE + 1), SIZE + 1);
    give(older, SIZE + 1, DATE);
    cut(JINGLE_REQUEST_FILE(.name = "a", .file_size = SIZE + 1), 20000);
    give(wire_data(SIZE), SIZE, DATE);
    cut(JINGLE_REQUEST_FILE(.name = "a", .file_size = SIZE), 24000);
    free(older);
}

static unsigned n_asked;

static bool first_session_only(jingle_session_t *session, const char *ns, void *userdata)
{
    (void)session, (void)ns, (void)userdata;
    return n_asked++ == 0;
}

/** The whole is asked for, and not the rest of something older. */
START_TEST(with_two_kept)
{
    cut_two();
    give(data, SIZE - 1, DATE);
    if (_i) {
        n_asked = 0;
        jingle_set_transport_filter(wire->side[1].jingle, first_session_only, NULL);
    }
    ck_assert_int_eq(ask(the_file()), JINGLE_EOK);
    ck_assert(wire_finish(wire, 400000));
    if (_i)
        ck_assert_str_eq(
            wire_log(wire, 1),
            "ended failed-application, done not-verified, ended incompatible-parameters");
    else
        ck_assert(folder_holds(wire->side[1].folder, "a", data, SIZE - 1));
}
END_TEST

static bool two_faults(wire_t *w, unsigned from, char **xml)
{
    bool refused = from == 1 && strstr(*xml, "bad-request");

    keep_stanzas(w, from, xml);
    if (strstr(*xml, "session-accept")) {
        wire_edit(xml, "<size>", "</size>", "<size>1</size>");
        wire_edit(xml, "block-size=\"", "\"", "block-size=\"0\"");
    }
    w->counts[0] += refused;
    return !refused; /* Romeo does not hear of it */
}

/** An answer that says so and is refused for another reason does not outlive the program's wish. */
START_TEST(cancelled_after_a_bad_answer)
{
    jingle_file_t *file;

    cut(the_file(), 20000);
    wire->tap = two_faults;
    ck_assert_int_eq(ask(the_file()), JINGLE_EOK);
    while (!wire->counts[0])
        step();
    file = wire_file(wire, 1);
    ck_assert_ptr_nonnull(file);
    ck_assert_str_eq(wire_log(wire, 1), "");
    if (_i)
        jingle_session_end(jingle_file_get_session(file),
                           JINGLE_END(.condition = JINGLE_REASON_CANCEL));
    else
        ck_assert_int_eq(jingle_file_cancel(file, NULL), JINGLE_EOK);
    ck_assert(wire_finish(wire, 400000));
    ck_assert_has(wire_log(wire, 1), "done cancelled");
    ck_assert_uint_eq(jingle_count_sessions(wire->side[1].jingle), 0);
}
END_TEST

static void accept_empty(wire_side_t *side, jingle_file_t *file)
{
    (void)side;
    jingle_session_accept(jingle_file_get_session(file));
}

/** Who grants the rest and then has no such file is not asked for what it has just told. */
START_TEST(granted_and_not_given)
{
    cut(the_file(), 20000);
    wire->side[0].on_request = accept_empty;
    ck_assert_int_eq(ask(the_file()), JINGLE_EOK);
    ck_assert(wire_finish(wire, 400000));
    ck_assert_has(wire_log(wire, 1), "done ");
    ck_assert_uint_eq(jingle_count_sessions(wire->side[1].jingle), 0);
}
END_TEST

/** Each allocation fails in turn: its end is told once, or never if the request was refused. */
START_TEST(without_memory)
{
    size_t at = 1;

    for (;; at++) {
        test_mem_t *mem = &wire->side[1].mem;
        const char *log;
        int err;

        cut(the_file(), 20000);
        give(data, SIZE, DATE);
        test_mem_fail_at(mem, at, false);
        err = ask(the_file());
        ck_assert(wire_finish(wire, 400000));
        log = wire_log(wire, 1);
        ck_assert_msg(ends_told(log) == (err ? 0 : 1), "%zu: %d: %s", at, err, log);
        if (!mem->failures)
            break;
        again(&keeps);
        options = &with_hash;
    }
    ck_assert_uint_gt(at, 100);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ask_again");
    TCase *tcase = tcase_create("all");

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_add_loop_test(tcase, it_has_changed, 0, 3);
    tcase_add_loop_test(tcase, there_is_no_rest, 0, 2);
    tcase_add_test(tcase, there_is_nothing);
    tcase_add_test(tcase, by_the_same_transport);
    tcase_add_loop_test(tcase, in_the_hands_of_the_program, 0, 3);
    tcase_add_test(tcase, one_of_two);
    tcase_add_loop_test(tcase, with_two_kept, 0, 2);
    tcase_add_loop_test(tcase, cancelled_after_a_bad_answer, 0, 2);
    tcase_add_test(tcase, granted_and_not_given);
    tcase_add_test(tcase, without_memory);
    tcase_set_timeout(tcase, 60);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
