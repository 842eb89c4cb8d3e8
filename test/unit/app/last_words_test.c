/* SPDX-License-Identifier: MIT */
/** @file
 *  J234-21, J234-23, J234-24: what is said when all data has passed, while the other side has lost its
 * connection for a while and a server answers in its name, or nobody does. */
#include "wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/runner.h"

#define LEN 5000u
#define DONE "start, done done verified, ended success"

static wire_t *wire;
/** What is lost, which side says it, and the condition of the answer; NULL: none comes. */
static struct {
    const char *what, *condition;
    unsigned from, left, times;
    bool for_good; /**< nor does Romeo say anything any more */
    char id[64];
} away;

static void note_id(const char *xml)
{
    const char *id = strstr(xml, " id=\"");

    ck_assert_ptr_nonnull(id);
    ck_assert_int_eq(sscanf(id, " id=\"%63[^\"]", away.id), 1);
}

static bool tap(wire_t *w, unsigned from, char **xml)
{
    (void)w;
    if (away.for_good && from == 0)
        return false;
    if (from != away.from || !strstr(*xml, away.what))
        return true;
    away.times++;
    if (!away.left)
        return true;
    away.left--;
    note_id(*xml);
    return false;
}

static void setup(void)
{
    wire = wire_new(NULL);
    wire->tap = tap;
}

static void teardown(void)
{
    ck_assert_uint_eq(wire_free(wire), 0);
}

static int be_away(const char *what, unsigned from, const char *condition, unsigned times)
{
    int err;

    away.what = what;
    away.from = from;
    away.condition = condition;
    away.left = times;
    away.times = 0;
    away.for_good = false;
    away.id[0] = '\0';
    err = wire_send(wire, "a", LEN, JINGLE_SEND_FILE(.hash_now = from == 1));
    wire_settle(wire);
    return err;
}

/** The server's answer to what was lost last. */
static void bounce(void)
{
    unsigned to = away.from;

    ck_assert_str_ne(away.id, "");
    wire_inject(
        wire, to,
        "<iq xmlns='jabber:client' type='error' id='%s' from='%s' to='%s'>"
        "<error type='cancel'><%s xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>",
        away.id, wire->side[1 - to].jid, wire->side[to].jid, away.condition);
    away.id[0] = '\0';
    wire_settle(wire);
}

static const char *const absent[] = {"service-unavailable", "recipient-unavailable",
                                     "remote-server-timeout", "remote-server-not-found"};

/* The receiver says it again, and does not end the session before it was heard. */
START_TEST(received_again)
{
    ck_assert_int_eq(be_away("<received", 1, absent[_i], 3), JINGLE_EOK);
    for (unsigned i = 1; i <= 3; i++) {
        ck_assert_uint_eq(away.times, i);
        bounce();
        ck_assert_uint_eq(jingle_count_sessions(wire->side[1].jingle), 1);
        wire_wait(wire, 1000);
        ck_assert_uint_eq(away.times, i); /* not at once, and not for ever */
        wire_wait(wire, 1000);
    }
    ck_assert_uint_eq(away.times, 4);
    ck_assert(wire_finish(wire, 0));
    ck_assert_str_eq(wire_log(wire, 0), DONE);
    ck_assert_str_eq(wire_log(wire, 1), "offer a 5000, " DONE);
    ck_assert(folder_holds(wire->side[1].folder, "a", wire_data(LEN), LEN));
}
END_TEST

/* Nor does it wait for one who never comes back: the file is there. */
START_TEST(received_in_vain)
{
    ck_assert_int_eq(be_away("<received", 1, absent[0], 1000), JINGLE_EOK);
    away.for_good = true;
    for (unsigned i = 0; i < 27; i++) {
        bounce();
        ck_assert_uint_eq(jingle_count_sessions(wire->side[1].jingle), 1);
        wire_wait(wire, 2000);
    }
    ck_assert(wire_finish(wire, 65000)); /* of which the answer to <close/> takes most */
    ck_assert_uint_le(away.times, 28);
    ck_assert_str_eq(wire_log(wire, 1), "offer a 5000, " DONE);
}
END_TEST

/* A peer that answers with an error all the same is there. */
START_TEST(received_not_understood)
{
    ck_assert_int_eq(be_away("<received", 1, "feature-not-implemented", 1), JINGLE_EOK);
    bounce();
    ck_assert(wire_finish(wire, 0));
    ck_assert_uint_eq(away.times, 1);
    ck_assert_str_eq(wire_log(wire, 1), "offer a 5000, " DONE);
}
END_TEST

/** The session ends by a word of that side's. */
static void end_by(unsigned from, const char *inside)
{
    char *sid = text_dup(jingle_file_get_sid(wire_file(wire, 1 - from)));

    wire_inject(
        wire, 1 - from,
        "<iq xmlns='jabber:client' type='set' id='end' from='%s' to='%s'>"
        "<jingle xmlns='urn:xmpp:jingle:1' action='session-terminate' sid='%s'>%s</jingle></iq>",
        wire->side[from].jid, wire->side[1 - from].jid, sid, inside);
    free(sid);
}

/* A receiver that ends the session confirms the file by success alone, not by giving no reason. */
START_TEST(ended_by_the_receiver)
{
    static const char *const reasons[] = {"", "<reason/>", "<reason><text>so</text></reason>",
                                          "<reason><gone/></reason>",
                                          "<reason><success/></reason>"};
    static const char *const outcomes[] = {"failed", "failed", "failed", "disconnected", "done"};
    char expected[64];
    const char *log;

    ck_assert_int_eq(be_away("<received", 1, NULL, 1000), JINGLE_EOK);
    end_by(1, reasons[_i]);
    snprintf(expected, sizeof expected, "start, done %s, ended ", outcomes[_i]);
    log = wire_log(wire, 0);
    ck_assert_msg(strncmp(log, expected, strlen(expected)) == 0, "%s", log);
    ck_assert_uint_eq(jingle_file_get_reason(wire->side[0].file), _i == 4 ? JINGLE_REASON_SUCCESS
                                                                  : _i == 3
                                                                      ? JINGLE_REASON_GONE
                                                                      : JINGLE_REASON_UNDEFINED);
}
END_TEST

/* To the receiver, who has all, the sender's end is the end, with success or without a reason. */
START_TEST(ended_by_the_sender)
{
    ck_assert_int_eq(be_away("<checksum", 0, NULL, 1000), JINGLE_EOK);
    end_by(0, _i ? "<reason><success/></reason>" : "");
    ck_assert_str_eq(wire_log(wire, 1), "offer a 5000, start, done done, ended success");
}
END_TEST

/* A sender's program that ends the session before anything was confirmed does not know that the file has
 * arrived, whatever reason it gives. */
START_TEST(ended_unconfirmed)
{
    ck_assert_int_eq(be_away("<received", 1, absent[0], 1), JINGLE_EOK);
    ck_assert_int_eq(jingle_session_end(jingle_file_get_session(wire_file(wire, 0)), NULL),
                     JINGLE_EOK);
    ck_assert(wire_finish(wire, 70000));
    ck_assert_str_eq(wire_log(wire, 0), "start, done failed, ended success");
}
END_TEST

/* Nor does a receiver, of the hash that it needs, whatever the sender's program says at the end: it was
 * announced, and nothing speaks against the data. */
START_TEST(ended_without_the_hash)
{
    const wire_config_t config = {.files = {[1] = {.require_hash = true}}};

    teardown();
    wire = wire_new(&config);
    wire->tap = tap;
    ck_assert_int_eq(be_away("<checksum", 0, absent[0], 1), JINGLE_EOK);
    ck_assert_int_eq(jingle_session_end(jingle_file_get_session(wire_file(wire, 0)), NULL),
                     JINGLE_EOK);
    ck_assert(wire_finish(wire, 70000));
    ck_assert_str_eq(wire_log(wire, 1), "offer a 5000, start, done timeout, ended success");
    ck_assert_str_eq(folder_list(wire->side[1].folder), "");
}
END_TEST

/* No answer at all comes in time: it may be lost, with a server that went down. */
START_TEST(received_unheard)
{
    ck_assert_int_eq(be_away("<received", 1, NULL, 1), JINGLE_EOK);
    wire_wait(wire, 10000);
    ck_assert_uint_eq(away.times, 1);
    ck_assert_uint_eq(jingle_count_sessions(wire->side[1].jingle), 1);
    ck_assert(wire_finish(wire, 2000));
    ck_assert_uint_eq(away.times, 2);
    ck_assert_str_eq(wire_log(wire, 0), DONE);
    ck_assert_str_eq(wire_log(wire, 1), "offer a 5000, " DONE);
}
END_TEST

/* Nor does it wait for ever for one. */
START_TEST(received_never_heard)
{
    ck_assert_int_eq(be_away("<received", 1, NULL, 1000), JINGLE_EOK);
    away.for_good = true;
    ck_assert(wire_finish(wire, 125000)); /* of which the answer to <close/> takes a part */
    ck_assert_uint_eq(away.times, 5);     /* the sender has given up by then */
    ck_assert_str_eq(wire_log(wire, 1), "offer a 5000, " DONE);
}
END_TEST

/* An answer that comes after all changes nothing. */
START_TEST(received_is_answered_late)
{
    ck_assert_int_eq(be_away("<received", 1, absent[0], 1000), JINGLE_EOK);
    wire_wait(wire, 11000);
    bounce();
    ck_assert_uint_eq(away.times, 1);
    away.left = 0;
    ck_assert(wire_finish(wire, 1000));
    ck_assert_uint_eq(away.times, 2);
    ck_assert_str_eq(wire_log(wire, 0), DONE);
    ck_assert_str_eq(wire_log(wire, 1), "offer a 5000, " DONE);
}
END_TEST

/* The sender's hash, which the receiver waits for. */
START_TEST(checksum_again)
{
    ck_assert_int_eq(be_away("<checksum", 0, absent[_i], 1), JINGLE_EOK);
    bounce();
    ck_assert_str_eq(wire_log(wire, 1), "offer a 5000, start");
    wire_wait(wire, 2000);
    ck_assert_uint_eq(away.times, 2);
    ck_assert(wire_finish(wire, 0));
    ck_assert_str_eq(wire_log(wire, 0), DONE);
    ck_assert_str_eq(wire_log(wire, 1), "done done verified, ended success");
}
END_TEST

/* What the receiver has confirmed it need not be told any more. */
START_TEST(checksum_too_late)
{
    ck_assert_int_eq(be_away("<checksum", 0, absent[0], 1), JINGLE_EOK);
    wire_wait(wire, 4000); /* it does not wait longer */
    if (away.id[0])
        bounce();
    ck_assert(wire_finish(wire, 4000));
    ck_assert_uint_eq(away.times, 1);
    ck_assert_str_eq(wire_log(wire, 0), DONE);
    ck_assert_str_eq(wire_log(wire, 1), "offer a 5000, start, done done, ended success");
}
END_TEST

static bool down;

/** Juliet's connection, which she says herself that it is down. */
static int send_if_up(jingle_t *jingle, const char *xml, size_t len, void *userdata)
{
    size_t name = strcspn(xml, " ");

    (void)jingle;
    (void)userdata;
    if (down)
        return JINGLE_ESEND;
    wire_inject(wire, 0, "<%.*s from='%s' %.*s", (int)name - 1, xml + 1, WIRE_JULIET,
                (int)(len - name), xml + name);
    return JINGLE_EOK;
}

static void go_down(wire_side_t *side, jingle_file_t *file)
{
    (void)side;
    if (jingle_file_get_bytes(file) == LEN)
        down = true;
}

/* What cannot be sent is said when it can. */
START_TEST(received_when_it_is_up)
{
    down = false;
    away.for_good = false;
    away.from = 2;
    jingle_set_send(wire->side[1].jingle, send_if_up, NULL);
    wire->side[1].on_progress = go_down;
    ck_assert_int_eq(wire_send(wire, "a", LEN, JINGLE_SEND_FILE(.hash_now = true)), JINGLE_EOK);
    wire_settle(wire);
    ck_assert(down);
    wire_wait(wire, 5000);
    ck_assert_uint_eq(jingle_count_sessions(wire->side[1].jingle), 1);
    down = false;
    ck_assert(wire_finish(wire, 61000));
    ck_assert_str_eq(wire_log(wire, 0), DONE);
    ck_assert_str_eq(wire_log(wire, 1), "offer a 5000, " DONE);
}
END_TEST

/* XEP-0234 section 8.1: who has been told that the file is there was successful, whatever ends the session. */
START_TEST(confirmed_is_done)
{
    be_away("session-terminate", 1, NULL, 1000);
    ck_assert_uint_eq(jingle_count_sessions(wire->side[0].jingle), 1);
    ck_assert(jingle_file_is_verified(wire_file(wire, 0))); /* while the session lives */
    ck_assert_int_eq(jingle_end_all_sessions(wire->side[0].jingle, NULL), 1);
    ck_assert_str_eq(wire_log(wire, 0), "start, done done verified, ended gone");
}
END_TEST

/* The program ends the session while it waits: whole is whole. */
START_TEST(cancelled_meanwhile)
{
    ck_assert_int_eq(be_away("<received", 1, absent[0], 1000), JINGLE_EOK);
    bounce();
    ck_assert_int_eq(jingle_end_all_sessions(wire->side[1].jingle, NULL), 1);
    ck_assert_str_eq(wire_log(wire, 1), "offer a 5000, start, done done verified, ended gone");
    ck_assert(folder_holds(wire->side[1].folder, "a", wire_data(LEN), LEN));
    ck_assert(wire_finish(wire, 60000));
}
END_TEST

/* ---- memory -------------------------------------------------------------------------------- */

static bool run_out(unsigned side, size_t nth)
{
    wire_config_t config = {.fail = {0}};
    bool failed;

    config.fail[side] = nth;
    wire = wire_new(&config);
    wire->tap = tap;
    if (wire->side[0].jingle && wire->side[1].jingle &&
        be_away("<received", 1, absent[0], 1) == JINGLE_EOK) {
        if (away.id[0])
            bounce();
        ck_assert(wire_finish(wire, 400000));
        ck_assert_str_eq(folder_list(wire->side[1].folder),
                         strstr(wire_log(wire, 1), "done done") ? "a 5000" : "");
    }
    failed = wire->side[side].mem.failures > 0;
    teardown();
    return failed;
}

START_TEST(each_allocation)
{
    size_t nth = 1;

    while (run_out((unsigned)_i, nth))
        nth++;
    ck_assert_uint_gt(nth, 50);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("last_words");
    TCase *said = tcase_create("said"), *memory = tcase_create("memory");

    tcase_add_checked_fixture(said, setup, teardown);
    tcase_add_loop_test(said, received_again, 0, 4);
    tcase_add_test(said, received_in_vain);
    tcase_add_test(said, received_not_understood);
    tcase_add_loop_test(said, ended_by_the_receiver, 0, 5);
    tcase_add_loop_test(said, ended_by_the_sender, 0, 2);
    tcase_add_test(said, ended_unconfirmed);
    tcase_add_test(said, ended_without_the_hash);
    tcase_add_test(said, received_unheard);
    tcase_add_test(said, received_never_heard);
    tcase_add_test(said, received_is_answered_late);
    tcase_add_loop_test(said, checksum_again, 0, 4);
    tcase_add_test(said, checksum_too_late);
    tcase_add_test(said, cancelled_meanwhile);
    tcase_add_test(said, received_when_it_is_up);
    tcase_add_test(said, confirmed_is_done);
    suite_add_tcase(suite, said);
    tcase_add_loop_test(memory, each_allocation, 0, 2);
    tcase_set_timeout(memory, 120);
    suite_add_tcase(suite, memory);
    return run_suite(suite);
}
