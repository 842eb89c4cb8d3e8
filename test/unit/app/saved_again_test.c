/* SPDX-License-Identifier: MIT */
/** @file
 *  A receiver is killed when it has saved and before its answers have left, and the server delivers
 *  again what nobody has answered (XEP-0198 section 5), under the same ids. */
#include "wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/runner.h"
#include "support/saved.h"

#define SIZE 1000u
#define MANY 32u
#define ID 80u

static wire_t *wire;
static wire_config_t config;
static saved_t saved;
/** Romeo's requests that Juliet has, and whose answers he does not have. */
static struct {
    char id[ID];
    char *xml;
} unanswered[MANY];
static size_t n_unanswered, n_requests;

static void on_changed(wire_side_t *side, jingle_session_t *session)
{
    (void)side;
    ck_assert_int_eq(saved_take(&saved, session), JINGLE_EOK);
}

static void id_of(const char *xml, char id[ID])
{
    const char *at = strstr(xml, " id=\"");

    ck_assert_ptr_nonnull(at);
    snprintf(id, ID, "%.*s", (int)strcspn(at + 5, "\""), at + 5);
}

static void forget(size_t i)
{
    free(unanswered[i].xml);
    n_unanswered--;
    for (; i < n_unanswered; i++)
        unanswered[i] = unanswered[i + 1];
}

static bool note(wire_t *on, unsigned from, char **xml)
{
    bool request = strstr(*xml, "<iq type=\"set\"") == *xml;
    char id[ID];

    (void)on;
    id_of(*xml, id);
    if (request && from == 0) {
        ck_assert_uint_lt(n_unanswered, MANY);
        unanswered[n_unanswered].xml = strdup(*xml);
        memcpy(unanswered[n_unanswered++].id, id, ID);
        n_requests++;
    }
    for (size_t i = 0; !request && from == 1 && i < n_unanswered; i++)
        if (strcmp(unanswered[i].id, id) == 0) {
            forget(i);
            break;
        }
    return true;
}

static void begin(void)
{
    wire = wire_new(&config);
    wire->side[1].on_changed = on_changed;
    wire->tap = note;
    jingle_set_tell_changes(wire->side[1].jingle, true);
    n_requests = 0;
    ck_assert_int_eq(wire_send(wire, "a", SIZE, NULL), JINGLE_EOK);
}

static void end(void)
{
    while (n_unanswered)
        forget(0);
    saved_clear(&saved);
    ck_assert_uint_eq(wire_free(wire), 0);
}

static bool is_due(void)
{
    bool due = jingle_tick(wire->side[0].jingle, wire->now) == 0;

    return (jingle_tick(wire->side[1].jingle, wire->now) == 0) | due;
}

static void kill_juliet(void)
{
    wire_lose_answers(wire, 1);
    wire_crash(wire, 1, &config);
    ck_assert_int_eq(jingle_restore(wire->side[1].jingle, saved.data, saved.len, NULL, NULL),
                     JINGLE_EOK);
    jingle_set_tell_changes(wire->side[1].jingle, true);
}

static void deliver_again(void)
{
    size_t n = n_unanswered;

    for (size_t i = 0; i < n; i++) {
        ck_assert_int_eq(strncmp(unanswered[i].xml, "<iq ", 4), 0);
        wire_inject(wire, 1, "<iq from='%s' %s", WIRE_ROMEO, unanswered[i].xml + 4);
    }
}

/** @return false: it was over before Juliet had so many requests, or handled them */
static bool transfer(size_t requests)
{
    bool killed;

    begin();
    while (n_requests < requests && (wire_step(wire) || is_due()))
        continue;
    killed = n_requests == requests && jingle_count_sessions(wire->side[1].jingle);
    if (killed) {
        kill_juliet();
        deliver_again();
    }
    ck_assert(wire_finish(wire, 200000));
    ck_assert_msg(folder_holds(wire->side[1].folder, "a", wire_data(SIZE), SIZE) &&
                      strstr(wire_log(wire, 0), "done done verified") &&
                      strstr(wire_log(wire, 1), "done done verified"),
                  "%zu: %s; %s", requests, wire_log(wire, 0), wire_log(wire, 1));
    end();
    return killed;
}

/* After the offer, the open and each of the blocks; with answers to several blocks lost at once. */
START_TEST(all_comes_again)
{
    size_t requests = 1;

    config =
        (wire_config_t){.ibb = {{.block_size = 100, .window = (uint32_t)_i}, {.block_size = 100}}};
    while (transfer(requests))
        requests++;
    ck_assert_uint_gt(requests, 10);
}
END_TEST

/** Half of the data has come, and its last block is not answered. */
static void half_way(void)
{
    config = (wire_config_t){.ibb = {{.block_size = 100}, {.block_size = 100}}};
    begin();
    while (wire->side[1].progress < SIZE / 2)
        if (!wire_step(wire))
            is_due();
    ck_assert_uint_eq(n_unanswered, 1);
}

static char answer[400];

static bool keep_answer(wire_t *on, unsigned from, char **xml)
{
    (void)on;
    ck_assert_uint_eq(from, 1);
    snprintf(answer, sizeof answer, "%s", *xml);
    return false;
}

static const char *answer_to(const char *xml)
{
    *answer = '\0';
    wire->tap = keep_answer;
    wire_inject(wire, 1, "<iq from='%s' %s", WIRE_ROMEO, xml + 4);
    wire_wait(wire, 100); /* what lies on the disk is read again first */
    return answer;
}

/* A second copy was answered; another id or another number is another block. */
START_TEST(only_the_same_and_once)
{
    char *xml, *at;

    half_way();
    kill_juliet();
    wire_lose(wire);
    xml = strdup(unanswered[0].xml);
    at = strstr(xml, " id=\"") + 5;
    *at ^= 1;
    ck_assert_msg(strstr(answer_to(xml), "unexpected-request"), "%s", answer);
    *at ^= 1;
    ck_assert_msg(strstr(answer_to(xml), "type=\"result\""), "%s", answer);
    ck_assert_msg(strstr(answer_to(xml), "unexpected-request"), "%s", answer);
    free(xml);
    end();
}
END_TEST

/* ---- saved inside jingle_channel_send() ---------------------------------------------------- */

static unsigned n_sent, kill_at;
static bool answers_at_once;

/* Answers come while the program sends, and it is killed in the midst of that. */
static void on_sent(wire_side_t *side)
{
    jingle_file_t *file = wire_file(wire, 0);

    if (saved.len) {
        wire_lose(wire);
        return;
    }
    if (!file || !strstr(wire_newest(wire), "<data "))
        return;
    side->on_sent = NULL;
    while (answers_at_once && wire_step(wire))
        continue;
    side->on_sent = on_sent;
    if (++n_sent == kill_at && wire_file(wire, 0))
        ck_assert_int_eq(saved_take(&saved, jingle_file_get_session(wire_file(wire, 0))),
                         JINGLE_EOK);
}

static bool killed_while_sending(unsigned at)
{
    bool killed;

    n_sent = 0;
    kill_at = at;
    wire = wire_new(&config);
    wire->side[0].on_sent = on_sent;
    ck_assert_int_eq(wire_send(wire, "a", SIZE, NULL), JINGLE_EOK);
    while (!saved.len && (wire_step(wire) || is_due()))
        continue;
    killed = saved.len > 0;
    if (killed) {
        wire->side[0].on_sent = NULL;
        wire_crash(wire, 0, &config);
        ck_assert_int_eq(jingle_restore(wire->side[0].jingle, saved.data, saved.len, NULL, NULL),
                         JINGLE_EOK);
    }
    ck_assert(wire_finish(wire, 200000));
    ck_assert_msg(folder_holds(wire->side[1].folder, "a", wire_data(SIZE), SIZE), "%u: %s; %s", at,
                  wire_log(wire, 0), wire_log(wire, 1));
    end();
    return killed;
}

START_TEST(killed_inside_a_send)
{
    unsigned at = 1;

    answers_at_once = _i >= 4;
    config = (wire_config_t){
        .ibb = {{.block_size = 70, .window = 1u + (unsigned)_i % 4}, {.block_size = 70}}};
    while (killed_while_sending(at))
        at++;
    ck_assert_uint_gt(at, 10);
}
END_TEST

/* ---- what can be saved can be restored ----------------------------------------------------- */

static void crash_romeo(void)
{
    ck_assert_int_eq(saved_take(&saved, jingle_file_get_session(wire_file(wire, 0))), JINGLE_EOK);
    wire_lose_answers(wire, 1);
    wire_crash(wire, 0, &config);
    ck_assert_int_eq(jingle_restore(wire->side[0].jingle, saved.data, saved.len, NULL, NULL),
                     JINGLE_EOK);
}

/* Five thousand blocks wait for their answers at once. */
START_TEST(a_wide_window)
{
    config = (wire_config_t){.ibb = {{.block_size = 10, .window = 5000}, {.block_size = 10}}};
    wire = wire_new(&config);
    ck_assert_int_eq(wire_send(wire, "a", 60000, NULL), JINGLE_EOK);
    while (wire->waiting < 5000)
        if (!wire_step(wire))
            is_due();
    wire_lose(wire);
    crash_romeo();
    ck_assert(wire_finish(wire, 200000));
    ck_assert(folder_holds(wire->side[1].folder, "a", wire_data(60000), 60000));
    end();
}
END_TEST

/* ... and with these the session is too large to be saved. */
START_TEST(too_wide_a_window)
{
    size_t len;

    config = (wire_config_t){.ibb = {{.block_size = 50000, .window = 60}, {.block_size = 0}}};
    wire = wire_new(&config);
    ck_assert_int_eq(wire_send(wire, "a", 4000000, NULL), JINGLE_EOK);
    while (wire->waiting < 60)
        if (!wire_step(wire))
            is_due();
    ck_assert_int_eq(jingle_save(jingle_file_get_session(wire_file(wire, 0)), NULL, 0, &len),
                     JINGLE_ELIMIT);
    ck_assert_uint_gt(len, JINGLE_SAVE_MAX);
    end();
}
END_TEST

START_TEST(a_long_file_name)
{
    static char name[70001];

    memset(name, 'n', sizeof name - 1);
    config = (wire_config_t){.ibb = {{.block_size = 100}, {.block_size = 100}}};
    wire = wire_new(&config);
    ck_assert_int_eq(wire_send(wire, "a", SIZE, JINGLE_SEND_FILE(.name = name)), JINGLE_EOK);
    crash_romeo();
    ck_assert_str_eq(jingle_file_get_info(wire_file(wire, 0))->name, name);
    end();
}
END_TEST

/* ---- files both ways ----------------------------------------------------------------------- */

static bool confirmed;

/** Romeo says that he has the file, and leaves the end to Juliet. */
static bool never_ends(wire_t *on, unsigned from, char **xml)
{
    (void)on;
    confirmed |= from == 0 && strstr(*xml, "<received");
    return from == 1 || !strstr(*xml, "session-terminate");
}

/* Juliet's is the last: told that it has arrived she ends the session, also when she is killed right
 * after she has answered. */
START_TEST(killed_before_the_end)
{
    config = (wire_config_t){.ibb = {{.block_size = 100}, {.block_size = 100}}};
    begin();
    wire->tap = never_ends;
    confirmed = false;
    while (wire->side[1].progress < SIZE / 2)
        if (!wire_step(wire))
            is_due();
    folder_write(wire->side[1].folder, "b", wire_data(SIZE), SIZE);
    ck_assert_int_eq(jingle_session_add_file(jingle_file_get_session(wire_file(wire, 1)),
                                             folder_path(wire->side[1].folder, "b"), NULL, NULL),
                     JINGLE_EOK);
    while (!confirmed)
        if (!wire_step(wire))
            is_due();
    ck_assert_uint_eq(jingle_count_sessions(wire->side[1].jingle), 0);
    wire_lose(wire);
    wire_log(wire, 1);
    wire_crash(wire, 1, &config);
    ck_assert_int_eq(jingle_restore(wire->side[1].jingle, saved.data, saved.len, NULL, NULL),
                     JINGLE_EINVOP);
    ck_assert_str_eq(wire_log(wire, 1), "done done verified, done done verified, ended success");
    end();
}
END_TEST

static bool lost;

/** Juliet has said that she has the file, and is killed before that leaves. */
static bool lose_last_words(wire_t *on, unsigned from, char **xml)
{
    (void)on;
    lost |= from == 1 && strstr(*xml, "<received");
    return !lost;
}

/* What may never have left is said again: Romeo waits for it, and not for ever. */
START_TEST(killed_before_the_last_words)
{
    config = (wire_config_t){.ibb = {{.block_size = 100}, {.block_size = 100}}};
    begin();
    wire->tap = lose_last_words;
    lost = false;
    while (!lost)
        if (!wire_step(wire))
            is_due();
    wire_log(wire, 1);
    wire->tap = NULL;
    kill_juliet();
    ck_assert(wire_finish(wire, 1000));
    ck_assert_msg(strstr(wire_log(wire, 0), "done done verified, ended success"), "%s",
                  wire_log(wire, 0));
    ck_assert_msg(strstr(wire_log(wire, 1), "done done verified, ended success"), "%s",
                  wire_log(wire, 1));
    end();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("app/saved_again");
    TCase *tcase = tcase_create("all");

    tcase_set_timeout(tcase, 100);
    suite_add_tcase(suite, tcase);
    tcase_add_loop_test(tcase, all_comes_again, 1, 4);
    tcase_add_test(tcase, only_the_same_and_once);
    tcase_add_loop_test(tcase, killed_inside_a_send, 0, 8);
    tcase_add_test(tcase, a_wide_window);
    tcase_add_test(tcase, too_wide_a_window);
    tcase_add_test(tcase, a_long_file_name);
    tcase_add_test(tcase, killed_before_the_end);
    tcase_add_test(tcase, killed_before_the_last_words);
    return run_suite(suite);
}
