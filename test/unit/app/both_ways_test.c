/* SPDX-License-Identifier: MIT */
/** @file
 *  J234-21, J234-23: files both ways in one session. Who sends is told that a file has arrived if its
 * receiver says so, and who receives the last one waits for that; also with one that never says it. */
#include "wire.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "support/runner.h"
#include "support/saved.h"

#define LEN 30000u

static wire_t *wire;
#define EITHER 2u

/** The stanzas of one side's, or of either, that are kept from the other, and how many there were. */
static struct {
    const char *what;
    unsigned from, times, let_pass, losses;
    bool answered; /**< who says it is told that it was heard */
    bool dead;     /**< nothing of that side's passes any more */
} lost;

static void answer(unsigned to, const char *xml)
{
    const char *id = strstr(xml, " id=\"");
    char text[64];

    ck_assert_ptr_nonnull(id);
    ck_assert_int_eq(sscanf(id, " id=\"%63[^\"]", text), 1);
    wire_inject(wire, to, "<iq xmlns='jabber:client' type='result' id='%s' from='%s' to='%s'/>",
                text, wire->side[!to].jid, wire->side[to].jid);
}

static bool tap(wire_t *w, unsigned from, char **xml)
{
    (void)w;
    if (lost.from != EITHER && from != lost.from)
        return true;
    if (!strstr(*xml, lost.what))
        return !lost.dead;
    lost.times++;
    if (lost.let_pass || !lost.losses) {
        lost.let_pass -= lost.let_pass > 0;
        return true;
    }
    lost.losses--;
    if (lost.answered)
        answer(from, *xml);
    return false;
}

static void lose(const char *what, unsigned from, bool answered)
{
    lost.what = what;
    lost.from = from;
    lost.answered = answered;
    lost.times = lost.let_pass = 0;
    lost.losses = UINT_MAX;
    lost.dead = false;
    wire->tap = tap;
}

static void setup(void)
{
    const wire_config_t config = {.files = {[1] = {.idle_timeout = UINT32_MAX}}};

    wire = wire_new(&config);
}

static void teardown(void)
{
    ck_assert_uint_eq(wire_free(wire), 0);
}

static void add_to(jingle_session_t *session, unsigned side, const char *name)
{
    const char *path = folder_path(wire->side[side].folder, name);

    folder_write(wire->side[side].folder, name, wire_data(LEN), LEN);
    ck_assert_int_eq(
        jingle_session_add_file(session, path, JINGLE_SEND_FILE(.hash_now = true), NULL),
        JINGLE_EOK);
}

static jingle_session_t *session_of(unsigned side)
{
    return jingle_file_get_session(wire_file(wire, side));
}

/** So many files of Romeo's, and so many that Juliet adds after as many stanzas as it takes until his
 *  first flows, and some. */
static void begin(unsigned romeos, unsigned juliets, unsigned later)
{
    jingle_session_t *session;
    char name[16];

    ck_assert_int_eq(jingle_managed_session_new(wire->side[0].jingle, WIRE_JULIET, NULL, &session),
                     JINGLE_EOK);
    for (unsigned i = 0; i < romeos; i++) {
        snprintf(name, sizeof name, "r%u", i);
        add_to(session, 0, name);
    }
    ck_assert_int_eq(jingle_session_start(session), JINGLE_EOK);
    while (!wire->side[1].progress)
        ck_assert(wire_step(wire));
    for (unsigned i = 0; i < later; i++)
        ck_assert(wire_step(wire));
    for (unsigned i = 0; i < juliets; i++) {
        snprintf(name, sizeof name, "j%u", i);
        add_to(session_of(1), 1, name);
    }
}

static unsigned count(const char *text, const char *part)
{
    unsigned n = 0;

    while ((text = strstr(text, part))) {
        n++;
        text += strlen(part);
    }
    return n;
}

/** So many files have arrived, so many of them are verified, and so many have not. */
static void assert_log(unsigned side, unsigned arrived, unsigned verified, unsigned not,
                       const char *end)
{
    const char *log = wire_log(wire, side);
    unsigned done = count(log, "done done");

    ck_assert_msg(done == arrived && count(log, "done done verified") == verified &&
                      count(log, ", done ") == done + not &&strstr(log, end),
                  "%u: %s", side, log);
}

/* ---- two that say it ----------------------------------------------------------------------- */

/* Each <received/> (XEP-0234 section 8.1) of a side's is said when the one before was heard. One is
 * lost, and said again when all data has passed. */
START_TEST(every_confirmation_is_awaited)
{
    begin(2, 2, (unsigned)_i / 4 * 5);
    lose("<received", (unsigned)_i % 2, false);
    lost.let_pass = (unsigned)_i / 2 % 2;
    lost.losses = 1;
    ck_assert(wire_finish(wire, 30000));
    assert_log(0, 4, 4, 0, "ended success");
    assert_log(1, 4, 4, 0, "ended success");
}
END_TEST

/* ---- one that never says it ---------------------------------------------------------------- */

/* Neither client sends <received/>. Who has received the last file is to end the session, and gives the other
 * time to say it. */
START_TEST(nothing_is_ever_confirmed)
{
    lose("<received", EITHER, true);
    begin(2, 2, (unsigned)_i * 5);
    wire_wait(wire, 14000);
    ck_assert_uint_eq(jingle_count_sessions(wire->side[0].jingle), 1);
    ck_assert(wire_finish(wire, 2000));
    assert_log(0, 4, 2, 0, "ended success");
    assert_log(1, 4, 2, 0, "ended success");
}
END_TEST

/* Who has gone has not heard Romeo's last words either: of him nothing is presumed. */
START_TEST(gone_without_a_word)
{
    lose("<received", 1, true);
    begin(1, 1, 0);
    while (!lost.times)
        ck_assert(wire_step(wire));
    lost.dead = true;
    wire->deaf[1] = true;
    ck_assert(wire_finish(wire, 200000));
    ck_assert_ptr_null(strstr(wire_log(wire, 0), "done done,"));
}
END_TEST

/* Nor is it presumed because Romeo's own program ends the session, or takes the content away. */
START_TEST(ended_while_waiting)
{
    static const jingle_reason_t success = {.condition = JINGLE_REASON_SUCCESS};
    jingle_file_t *first;

    lose("<received", EITHER, _i / 2 == 0);
    begin(2, 2, 0);
    wire_wait(wire, 9000);
    first = wire_file(wire, 0);
    ck_assert(jingle_file_is_sender(first));
    ck_assert_uint_eq(jingle_file_get_bytes(first), LEN);
    if (_i % 2)
        jingle_session_end(jingle_file_get_session(first), NULL);
    else
        ck_assert_int_eq(jingle_content_remove(jingle_file_get_content(first), &success),
                         JINGLE_EOK);
    wire_settle(wire);
    assert_log(0, _i % 2 ? 2 : 0, _i % 2 ? 2 : 0, _i % 2 ? 2 : 1, "done failed");
    wire->tap = NULL;
    ck_assert(wire_finish(wire, 200000));
}
END_TEST

static void pause_second(bool paused)
{
    ck_assert_int_eq(jingle_file_pause(jingle_session_get_file(session_of(0), 1), paused),
                     JINGLE_EOK);
}

/* While another file is on its way it may still be said, and the end of the session says it. */
START_TEST(nothing_is_confirmed_before_the_end)
{
    lose("<received", 1, true);
    begin(2, 0, 0);
    pause_second(true);
    wire_wait(wire, 300000);
    ck_assert_uint_eq(lost.times, 1);
    pause_second(false);
    ck_assert(wire_finish(wire, 1000));
    assert_log(0, 2, 0, 0, "ended success");
}
END_TEST

/* What the peer takes away with success has arrived: nobody says more of it. */
START_TEST(taken_away_with_success)
{
    static const jingle_reason_t success = {.condition = JINGLE_REASON_SUCCESS};

    lose("<received", 1, true);
    begin(2, 0, 0);
    pause_second(true);
    wire_wait(wire, 1000);
    ck_assert_int_eq(jingle_content_remove(jingle_file_get_content(wire_file(wire, 1)), &success),
                     JINGLE_EOK);
    wire_settle(wire);
    assert_log(0, 1, 0, 0, "done done");
    ck_assert_int_eq(jingle_file_pause(wire_file(wire, 0), false), JINGLE_EOK);
    ck_assert(wire_finish(wire, 1000));
}
END_TEST

/* Nothing is waited for where all end, and each says what ended it. */
START_TEST(freed_while_another_is_under_way)
{
    lose("<received", 1, true);
    begin(2, 0, 0);
    ck_assert_int_eq(jingle_file_pause(jingle_session_get_file(session_of(0), 0), true),
                     JINGLE_EOK);
    wire_wait(wire, 300000);
    jingle_free(wire->side[0].jingle);
    wire->side[0].jingle = NULL;
    ck_assert_str_eq(wire_log(wire, 0),
                     "start, start, done disconnected, done disconnected, ended gone");
}
END_TEST

/* ---- saved --------------------------------------------------------------------------------- */

/* A program that is there again waits as before, and does not take its own end of the session for the
 * receiver's word. */
START_TEST(saved_while_waiting)
{
    bool silent = _i % 2;
    saved_t saved = {0};

    lose("<received", silent ? EITHER : 1, silent);
    begin(1, 1, 0);
    wire_wait(wire, 9000);
    ck_assert_int_eq(saved_take(&saved, session_of(0)), JINGLE_EOK);
    wire_crash(wire, 0, NULL);
    ck_assert_int_eq(jingle_restore(wire->side[0].jingle, saved.data, saved.len, NULL, NULL),
                     JINGLE_EOK);
    wire_wait(wire, 1000);
    ck_assert_uint_eq(jingle_count_sessions(wire->side[0].jingle), 1);
    if (!silent)
        lost.losses = 0;
    ck_assert(wire_finish(wire, 16000));
    assert_log(0, 2, silent ? 1 : 2, 0, "ended success");
    saved_clear(&saved);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("both_ways");
    TCase *said = tcase_create("said"), *silent = tcase_create("silent");

    tcase_add_checked_fixture(said, setup, teardown);
    tcase_add_loop_test(said, every_confirmation_is_awaited, 0, 16);
    tcase_add_loop_test(said, saved_while_waiting, 0, 2);
    suite_add_tcase(suite, said);
    tcase_add_checked_fixture(silent, setup, teardown);
    tcase_add_loop_test(silent, nothing_is_ever_confirmed, 0, 4);
    tcase_add_test(silent, freed_while_another_is_under_way);
    tcase_add_test(silent, gone_without_a_word);
    tcase_add_loop_test(silent, ended_while_waiting, 0, 4);
    tcase_add_test(silent, nothing_is_confirmed_before_the_end);
    tcase_add_test(silent, taken_away_with_success);
    suite_add_tcase(suite, silent);
    return run_suite(suite);
}
