/* SPDX-License-Identifier: MIT */
/** @file
 *  File transfers that outlive a program's crash: whatever was the last stanza, it goes on from the
 *  state that was saved last, and all octets arrive, each once. */
#include "saving.h"

#include <stdio.h>
#include <string.h>

#include "support/runner.h"

static void assert_arrived(const char *what)
{
    const char *romeo = wire_log(wire, 0), *juliet = wire_log(wire, 1);

    ck_assert_msg(folder_holds(wire->side[1].folder, "a", wire_data(SIZE), SIZE), "%s: %s; %s; %s",
                  what, folder_list(wire->side[1].folder), romeo, juliet);
    ck_assert_msg(strstr(romeo, "done done verified") != NULL, "%s: %s", what, romeo);
    ck_assert_msg(strstr(juliet, "done done verified") != NULL, "%s: %s", what, juliet);
}

/** Does what is due at once. @return false when there was nothing */
static bool is_due(void)
{
    uint64_t next[2];

    for (unsigned side = 0; side < 2; side++)
        next[side] = jingle_tick(wire->side[side].jingle, wire->now);
    return wire->waiting || !next[0] || !next[1];
}

/** A transfer in which the sides of the mask crash once so many stanzas have arrived.
 *  @return false when it was over by then */
static bool transfer(unsigned mask, size_t after, const jingle_send_file_t *options)
{
    char what[80];
    bool crashed;

    begin();
    snprintf(what, sizeof what, "sides %u after %zu", mask, after);
    ck_assert_int_eq(wire_send(wire, "a", SIZE, options), JINGLE_EOK);
    while (wire->delivered < after && (wire_step(wire) || is_due()))
        continue;
    crashed = wire->delivered == after && (jingle_count_sessions(wire->side[0].jingle) ||
                                           jingle_count_sessions(wire->side[1].jingle));
    for (unsigned side = 0; side < 2; side++)
        if (mask >> side & 1 && jingle_count_sessions(wire->side[side].jingle))
            crash(side);
    ck_assert_msg(wire_finish(wire, 200000), "%s", what);
    assert_arrived(what);
    end();
    return crashed;
}

/* Whoever crashes, and whenever: the connection lives on, as with Stream Management. */
START_TEST(after_every_stanza)
{
    unsigned window = _i / 3 % 2 ? 3 : 1;
    size_t after = 1;

    config = (wire_config_t){.ibb = {{.block_size = 100, .window = window}, {.block_size = 100}}};
    while (
        transfer(1u + (unsigned)_i % 3, after, _i >= 6 ? JINGLE_SEND_FILE(.hash_now = true) : NULL))
        after++;
    ck_assert_uint_gt(after, 20);
}
END_TEST

/* The connection goes with the program, and what was on it is lost. A sender sends its blocks
 * again. */
START_TEST(what_was_sent_is_lost)
{
    config =
        (wire_config_t){.ibb = {{.block_size = 100, .window = (uint32_t)_i}, {.block_size = 100}}};
    for (uint64_t at = 100; at < SIZE - 100; at += 100) {
        begin();
        ck_assert_int_eq(wire_send(wire, "a", SIZE, NULL), JINGLE_EOK);
        while (wire->side[1].progress < at)
            if (!wire_step(wire))
                wire_wait(wire, 0);
        wire_lose(wire);
        ck_assert(crash(0));
        ck_assert(wire_finish(wire, 200000));
        assert_arrived("lost");
        end();
    }
}
END_TEST

static void until(uint64_t progress)
{
    while (wire->side[1].progress < progress)
        if (!wire_step(wire))
            wire_wait(wire, 0);
}

/* A sender need not have saved every block: what the receiver has already it says, and is believed.
 */
START_TEST(an_old_state_does_for_a_sender)
{
    config = (wire_config_t){.ibb = {{.block_size = 10}, {.block_size = 10}}};
    begin();
    ck_assert_int_eq(wire_send(wire, "a", SIZE, NULL), JINGLE_EOK);
    until(200);
    last_change[0] = n_changes[0];
    until(900);
    ck_assert_uint_gt(n_changes[0], last_change[0]);
    wire_lose(wire);
    ck_assert(crash(0));
    ck_assert(wire_finish(wire, 200000));
    assert_arrived("old");
    end();
}
END_TEST

/* Blocks are cut in the same places in both lives, however full the buffer is: what the receiver has by a
 * number is what was meant by it. */
START_TEST(an_old_state_cuts_the_same_blocks)
{
    const size_t size = 200000;
    jingle_file_t *file;

    config = (wire_config_t){.ibb = {{.block_size = 5000, .window = 8}, {.block_size = 5000}}};
    begin();
    ck_assert_int_eq(wire_send(wire, "a", size, NULL), JINGLE_EOK);
    until(1);
    file = wire_file(wire, 0);
    ck_assert_int_eq(jingle_file_pause(file, true), JINGLE_EOK);
    wire_settle(wire);
    jingle_session_changed(jingle_file_get_session(file));
    last_change[0] = n_changes[0];
    ck_assert_int_eq(jingle_file_pause(file, false), JINGLE_EOK);
    until(65536);
    wire_lose(wire);
    ck_assert(crash(0));
    ck_assert_int_eq(jingle_file_pause(wire_file(wire, 0), false), JINGLE_EOK);
    ck_assert_msg(wire_finish(wire, 200000), "%s; %s", wire_log(wire, 0), wire_log(wire, 1));
    ck_assert(folder_holds(wire->side[1].folder, "a", wire_data(size), size));
    ck_assert_ptr_nonnull(strstr(wire_log(wire, 1), "done done verified"));
    end();
}
END_TEST

static bool offer_iqs(wire_t *on, unsigned from, char **xml)
{
    (void)on, (void)from;
    if (strstr(*xml, "session-initiate") && strstr(*xml, " stanza="))
        wire_edit(xml, " stanza=\"message\"", NULL, "");
    return true;
}

/* Who would rather send messages has agreed to IQs with this peer. */
START_TEST(iqs_and_no_messages)
{
    unsigned side = (unsigned)_i;

    config = (wire_config_t){.ibb = {{.block_size = 100}, {.block_size = 100}}};
    config.ibb[side].by_message = true;
    begin();
    wire->tap = offer_iqs;
    last_change[side] = 0; /* until that is agreed it cannot be saved */
    ck_assert_int_eq(wire_send(wire, "a", SIZE, NULL), JINGLE_EOK);
    while (wire->side[1].progress < 500) {
        if (!wire_step(wire))
            is_due();
        if (wire->side[1].progress)
            last_change[side] = UINT32_MAX;
    }
    jingle_session_changed(jingle_file_get_session(wire_file(wire, side)));
    ck_assert(crash(side));
    while (wire->side[1].progress < 700)
        if (!wire_step(wire))
            is_due();
    ck_assert_int_eq(saved_take(&saved[side], jingle_file_get_session(wire_file(wire, side))),
                     JINGLE_EOK);
    ck_assert(wire_finish(wire, 200000));
    assert_arrived("iqs");
    end();
}
END_TEST

/* ... and the open has not come yet. */
START_TEST(iqs_from_the_start)
{
    config = (wire_config_t){.ibb = {{.block_size = 100}, {.block_size = 100, .by_message = true}}};
    begin();
    ck_assert_int_eq(wire_send(wire, "a", SIZE, NULL), JINGLE_EOK);
    while (!wire_newest(wire) || !strstr(wire_newest(wire), "<open "))
        if (!wire_step(wire))
            is_due();
    ck_assert(crash(1));
    ck_assert(wire_finish(wire, 200000));
    assert_arrived("open");
    end();
}
END_TEST

/* One of a receiver does not: it has answered blocks that it has forgotten. The transfer fails, as
 * it would without any state. */
START_TEST(an_old_state_of_a_receiver_fails)
{
    config = (wire_config_t){.ibb = {{.block_size = 100}, {.block_size = 100}}};
    begin();
    ck_assert_int_eq(wire_send(wire, "a", SIZE, NULL), JINGLE_EOK);
    while (wire->side[1].progress < 300)
        wire_step(wire);
    last_change[1] = n_changes[1];
    while (wire->side[1].progress < 600)
        wire_step(wire);
    ck_assert(crash(1));
    ck_assert(wire_finish(wire, 200000));
    ck_assert_ptr_null(strstr(wire_log(wire, 1), "done done"));
    ck_assert(!folder_holds(wire->side[1].folder, "a", wire_data(SIZE), SIZE));
    end();
}
END_TEST

/* What lies on the disk is another program's, too. */
START_TEST(the_file_has_changed)
{
    config = (wire_config_t){.ibb = {{.block_size = 100}, {.block_size = 100}}};
    run_to(500);
    folder_write(wire->side[0].folder, "a", "other", 5);
    ck_assert(crash(0));
    ck_assert(wire_finish(wire, 200000));
    ck_assert_str_eq(wire_log(wire, 0), "start, start, done io-error, ended failed-application");
    end();
}
END_TEST

START_TEST(the_partial_file_is_gone)
{
    config = (wire_config_t){.ibb = {{.block_size = 100}, {.block_size = 100}}};
    run_to(500);
    ck_assert_int_eq(remove(folder_path(wire->side[1].folder, "a.part")), 0);
    ck_assert(crash(1));
    ck_assert(wire_finish(wire, 200000));
    ck_assert_ptr_nonnull(strstr(wire_log(wire, 1), "done io-error"));
    ck_assert_str_eq(folder_list(wire->side[1].folder), "");
    end();
}
END_TEST

/* Cut later: what is there is kept, and a new offer goes on from it. */
START_TEST(cut_after_a_crash)
{
    const char *folder;

    config = (wire_config_t){.files = {[1] = {.resume = true}},
                             .ibb = {{.block_size = 100}, {.block_size = 100}}};
    run_to(500);
    folder = wire->side[1].folder;
    ck_assert(crash(1));
    ck_assert_uint_eq(jingle_file_get_bytes(wire_file(wire, 1)), 500);
    ck_assert_int_eq(jingle_session_get_state(jingle_file_get_session(wire_file(wire, 1))),
                     JINGLE_STATE_ACTIVE);
    while (wire->side[1].progress < 700)
        if (!wire_step(wire))
            is_due();
    ck_assert_uint_eq(wire->side[1].progress, 700);
    ck_assert(folder_holds(folder, "a.part", wire_data(700), 700));
    wire->deaf[1] = true;
    wire_wait(wire, 200000);
    ck_assert_str_eq(wire_log(wire, 1),
                     "offer a 1000, start, start, done timeout kept, ended timeout");
    ck_assert(wire_finish(wire, 200000));
    ck_assert(folder_holds(folder, "a.part", wire_data(700), 700));
    wire->deaf[1] = false;
    wire_log(wire, 0);
    ck_assert_int_eq(jingle_send_file(wire->side[0].jingle, WIRE_JULIET,
                                      folder_path(wire->side[0].folder, "a"), NULL, NULL),
                     JINGLE_EOK);
    ck_assert(wire_finish(wire, 200000));
    ck_assert_str_eq(wire_log(wire, 0), "start at 700, done done verified, ended success");
    ck_assert_str_eq(wire_log(wire, 1),
                     "offer a 1000, start at 700, done done verified, ended success");
    ck_assert(folder_holds(folder, "a", wire_data(SIZE), SIZE));
    ck_assert_str_eq(folder_list(folder), "a 1000");
    end();
}
END_TEST

START_TEST(paused_and_restored)
{
    config = (wire_config_t){.ibb = {{.block_size = 100}, {.block_size = 100}}};
    run_to(300);
    jingle_file_pause(wire_file(wire, 0), true);
    wire_wait(wire, 10);
    jingle_session_changed(jingle_file_get_session(wire_file(wire, 0)));
    ck_assert(crash(0));
    wire_wait(wire, 10);
    ck_assert_uint_lt(wire->side[1].progress, 500);
    jingle_file_pause(wire_file(wire, 0), false);
    ck_assert(wire_finish(wire, 200000));
    assert_arrived("paused");
    end();
}
END_TEST

static long give(jingle_file_t *file, uint64_t offset, void *buffer, size_t len, void *userdata)
{
    (void)file, (void)offset, (void)userdata;
    memset(buffer, 'x', len);
    return (long)len;
}

/* What a program gives by a function of its own is not ours to find again. */
START_TEST(functions_of_the_programs)
{
    jingle_session_t *session = NULL;

    config = (wire_config_t){0};
    begin();
    jingle_set_tell_changes(wire->side[0].jingle, false);
    ck_assert_int_eq(jingle_send_file(wire->side[0].jingle, WIRE_JULIET, NULL,
                                      JINGLE_SEND_FILE(.read = give, .file_size = 10, .name = "a"),
                                      &session),
                     JINGLE_EOK);
    ck_assert_int_eq(saved_take(&saved[0], session), JINGLE_ENOENT);
    end();
}
END_TEST

static int cannot_send(jingle_t *jingle, const char *xml, size_t len, void *userdata)
{
    (void)jingle;
    (void)xml;
    (void)len;
    (void)userdata;
    return JINGLE_ESEND;
}

/* Its blocks cannot be sent again: it ends before jingle_restore() returns, which says so. */
START_TEST(restored_without_a_connection)
{
    jingle_session_t *session = NULL;

    config = (wire_config_t){.ibb = {{.block_size = 100}, {.block_size = 100}}};
    run_to(500);
    wire_crash(wire, 0, &config);
    jingle_tick(wire->side[0].jingle, wire->now);
    jingle_set_send(wire->side[0].jingle, cannot_send, NULL);
    ck_assert_int_eq(
        jingle_restore(wire->side[0].jingle, saved[0].data, saved[0].len, NULL, &session),
        JINGLE_EINVOP);
    ck_assert_ptr_null(session);
    ck_assert_uint_eq(jingle_count_sessions(wire->side[0].jingle), 0);
    wire_lose(wire);
    end();
}
END_TEST

/* What came before the crash did not come since. */
START_TEST(the_rate_after_a_crash)
{
    config = (wire_config_t){.ibb = {{.block_size = 10}, {.block_size = 10}}};
    run_to(500);
    ck_assert(crash(1));
    while (wire->side[1].progress < 900) {
        wire_step(wire);
        is_due();
        wire->now += 50; /* for a block and its answer: 100 octets a second */
        if (wire_file(wire, 1))
            ck_assert_uint_le(jingle_file_get_rate(wire_file(wire, 1)), 200);
    }
    ck_assert_uint_gt(jingle_file_get_rate(wire_file(wire, 1)), 50);
    wire_finish(wire, 200000);
    end();
}
END_TEST

/** Where the text begins whose last place in it this is. */
static size_t find_last(const saved_t *of, const char *text)
{
    size_t at = of->len - strlen(text) - 1;

    while (at && memcmp(of->data + at, text, strlen(text) + 1) != 0)
        at--;
    return at;
}

/* A library that knew nothing of names that were asked for has written one text less. */
START_TEST(version_1)
{
    static const unsigned char none[8];
    unsigned side = (unsigned)_i;
    size_t at, piece;

    config = (wire_config_t){.ibb = {{.block_size = 100}, {.block_size = 100}}};
    run_to(500);
    /* Behind the namespace: flags, stage, no reason and no text, and the length of the file's own. */
    piece = find_last(&saved[side], JINGLE_NS_FILE_TRANSFER) + sizeof JINGLE_NS_FILE_TRANSFER +
            4 * sizeof none;
    /* Then come the empty security, the length of the transport, and that of its namespace. */
    at = find_last(&saved[side], JINGLE_NS_IBB_TRANSPORT) - 4 * sizeof none;
    ck_assert_mem_eq(saved[side].data + at, none, sizeof none);
    saved_splice(&saved[side], piece, at, sizeof none, NULL, 0);
    saved[side].len -= saved_answered(&saved[side]);
    saved_forge_version(saved[side].data, saved[side].len, 1);
    ck_assert(crash(side));
    ck_assert(wire_finish(wire, 200000));
    assert_arrived("version 1");
    end();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("app/saved");
    TCase *tcase = tcase_create("all");

    tcase_set_timeout(tcase, 100);
    suite_add_tcase(suite, tcase);
    tcase_add_loop_test(tcase, after_every_stanza, 0, 9);
    tcase_add_loop_test(tcase, what_was_sent_is_lost, 1, 4);
    tcase_add_test(tcase, an_old_state_does_for_a_sender);
    tcase_add_test(tcase, an_old_state_cuts_the_same_blocks);
    tcase_add_loop_test(tcase, iqs_and_no_messages, 0, 2);
    tcase_add_test(tcase, iqs_from_the_start);
    tcase_add_test(tcase, an_old_state_of_a_receiver_fails);
    tcase_add_test(tcase, the_file_has_changed);
    tcase_add_test(tcase, the_partial_file_is_gone);
    tcase_add_test(tcase, cut_after_a_crash);
    tcase_add_test(tcase, paused_and_restored);
    tcase_add_test(tcase, functions_of_the_programs);
    tcase_add_test(tcase, restored_without_a_connection);
    tcase_add_test(tcase, the_rate_after_a_crash);
    tcase_add_loop_test(tcase, version_1, 0, 2);
    return run_suite(suite);
}
