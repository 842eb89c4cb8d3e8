/* SPDX-License-Identifier: MIT */
/** @file
 *  In-band bytestreams that are not just one block after the other: blocks in messages, smaller
 *  blocks for a peer that finds ours too large, a connection that is slow, several streams at once.
 *  Checklist: J261-02, J261-04. */
#include <stdio.h>
#include <string.h>

#include <jingle/ibb.h>

#include "bytes_app.h"
#include "support/pair.h"
#include "support/runner.h"
#include "unit/app/wire.h"

static pair_t *pair;
static bytes_app_t apps[2];
static jingle_session_t *session;

static void begin(const jingle_ibb_t *initiator, const jingle_ibb_t *responder)
{
    pair = pair_new();
    for (int i = 0; i < 2; i++) {
        jingle_t *jingle = pair->engine[i]->jingle;

        apps[i] = (bytes_app_t){0};
        ck_assert_int_eq(jingle_register_ibb(jingle, i ? responder : initiator), JINGLE_EOK);
        ck_assert_int_eq(bytes_app_register(jingle, &apps[i]), JINGLE_EOK);
        engine_wait(pair->engine[i], 0);
    }
}

static void teardown(void)
{
    for (int i = 0; i < 2; i++) {
        engine_free_manager(pair->engine[i]);
        bytes_app_clear(&apps[i]);
    }
    ck_assert_uint_eq(pair_free(pair), 0);
}

static void offer(void)
{
    ck_assert_int_eq(
        jingle_managed_session_new(pair->engine[0]->jingle, ENGINE_PEER, NULL, &session),
        JINGLE_EOK);
    ck_assert_int_eq(jingle_session_add_content(
                         session, JINGLE_CONTENT(.application = BYTES_NS, .name = "c"), NULL),
                     JINGLE_EOK);
    ck_assert_int_eq(jingle_session_start(session), JINGLE_EOK);
}

static void connect_both(void)
{
    offer();
    ck_assert(pair_run(pair));
    for (int i = 0; i < 2; i++)
        ck_assert_uint_eq(apps[i].n_open, 1);
}

/** How many stanzas of this name a side has sent. */
static size_t count(int side, const char *name)
{
    const engine_t *engine = pair->engine[side];
    size_t n = 0;

    for (size_t i = 0; i < engine->n_sent; i++)
        n += strcmp(xmpp_stanza_get_name(engine->sent[i]), name) == 0;
    return n;
}

static size_t undelivered(jingle_t *jingle, void *userdata)
{
    int side = *(int *)userdata;

    (void)jingle;
    return pair->engine[side]->n_sent - pair->delivered[side];
}

/** Sends as a program does: until nothing more is taken, then when there is room. */
static size_t pour(int side, const char *data, size_t len)
{
    size_t taken = 0;
    long now;

    while (taken < len &&
           (now = jingle_channel_send(apps[side].channel, data + taken, len - taken)) > 0)
        taken += (size_t)now;
    return taken;
}

/* ---- messages -------------------------------------------------------------------------------- */

#define LEN 100000u

/** Both ways at once; whatever is poured in, little waits to leave. */
START_TEST(blocks_by_message)
{
    static int sides[] = {0, 1};
    static char data[LEN];
    size_t taken[2] = {0, 0}, most = 0;

    for (size_t i = 0; i < LEN; i++)
        data[i] = (char)('a' + i % 26);
    begin(JINGLE_IBB(.by_message = true, .block_size = 500, .window = 8), JINGLE_IBB(.window = 8));
    for (int i = 0; i < 2; i++)
        jingle_set_backlog(pair->engine[i]->jingle, undelivered, &sides[i]);
    connect_both();
    for (int turn = 0; turn < 1000 && apps[0].data.len + apps[1].data.len < 2 * LEN; turn++) {
        for (int i = 0; i < 2; i++) {
            taken[i] += pour(i, data + taken[i], LEN - taken[i]);
            most = undelivered(NULL, &sides[i]) > most ? undelivered(NULL, &sides[i]) : most;
        }
        ck_assert(pair_run(pair));
        pair_wait(pair, 5);
    }
    for (int i = 0; i < 2; i++) {
        ck_assert_uint_eq(apps[i].data.len, LEN);
        ck_assert_int_eq(memcmp(apps[i].data.data, data, LEN), 0);
        ck_assert_uint_eq(count(i, "message"), LEN / 500);
        ck_assert_uint_gt(apps[i].n_writable, 0);
    }
    ck_assert_uint_le(most, 16);
    ck_assert_int_eq(jingle_content_done(apps[0].content, false), JINGLE_EOK);
    ck_assert_int_eq(jingle_content_done(apps[1].content, true), JINGLE_EOK);
    for (int i = 0; i < 10; i++) {
        pair_wait(pair, 5);
        ck_assert(pair_run(pair));
    }
    ck_assert_uint_eq(jingle_count_sessions(pair->engine[0]->jingle), 0);
    ck_assert(apps[0].complete && apps[1].complete);
}
END_TEST

/** What a peer offers by message and answers by iq goes by iq. */
START_TEST(messages_are_not_wanted)
{
    xmpp_stanza_t *accept;

    begin(JINGLE_IBB(.by_message = true), NULL);
    offer();
    ck_assert(pair_deliver(pair, PAIR_I));
    accept = pair->engine[1]->sent[pair->engine[1]->n_sent - 1];
    accept = jingle_element_child(jingle_element_child(accept, "jingle", NULL), "content", NULL);
    accept = jingle_element_child(accept, "transport", NULL);
    ck_assert_str_eq(xmpp_stanza_get_attribute(accept, "stanza"), "message");
    xmpp_stanza_del_attribute(accept, "stanza");
    ck_assert_int_eq(pair_deliver_all(pair, PAIR_R) > 0, true);
    accept = jingle_element_child(pair->engine[0]->sent[pair->engine[0]->n_sent - 1], "open",
                                  JINGLE_NS_IBB);
    ck_assert_str_eq(xmpp_stanza_get_attribute(accept, "stanza"), "iq");
}
END_TEST

static const char *sid_of_open(void)
{
    for (size_t i = 0; i < pair->engine[0]->n_sent; i++) {
        xmpp_stanza_t *open = jingle_element_child(pair->engine[0]->sent[i], "open", JINGLE_NS_IBB);
        if (open)
            return xmpp_stanza_get_attribute(open, "sid");
    }
    return "";
}

static const struct {
    const char *type, *seq, *data, *reason;
} faults[] = {
    {"normal", "1", "Zm9v", "failed-transport"},     /* one is missing */
    {"normal", "65535", "Zm9v", "failed-transport"}, /* one comes again */
    {"normal", "0", "Z!", "failed-transport"},       {"normal", "x", "Zm9v", "failed-transport"},
    {"error", "0", "Zm9v", "connectivity-error"}, /* one of ours has come back */
};

/** Nobody is told of a message: what cannot be used is the end of the stream. */
START_TEST(message_faults)
{
    begin(JINGLE_IBB(.by_message = true), NULL);
    connect_both();
    engine_log(pair->engine[1]);
    engine_feed(
        pair->engine[1],
        "<message xmlns='jabber:client' type='%s' from='" ENGINE_OWN "' to='" ENGINE_PEER
        "'><body>x</body>"
        "<data xmlns='http://jabber.org/protocol/ibb' seq='%s' sid='%s'>%s</data></message>",
        faults[_i].type, faults[_i].seq, sid_of_open(), faults[_i].data);
    ck_assert(pair_run(pair));
    for (int i = 0; i < 300 && jingle_count_sessions(pair->engine[0]->jingle); i++) {
        pair_wait(pair, 1000);
        ck_assert(pair_run(pair));
    }
    ck_assert_uint_eq(jingle_count_sessions(pair->engine[0]->jingle), 0);
    ck_assert_uint_eq(jingle_count_sessions(pair->engine[1]->jingle), 0);
    ck_assert_uint_eq(apps[1].data.len, 0);
    ck_assert_ptr_nonnull(strstr(engine_log(pair->engine[1]), "> set close"));
}
END_TEST

/** Whom it does not concern is left alone; a stranger's data is nobody's. */
START_TEST(other_messages)
{
    begin(JINGLE_IBB(.by_message = true), NULL);
    connect_both();
    ck_assert(!engine_feed(pair->engine[1], "<message xmlns='jabber:client' from='" ENGINE_OWN
                                            "'><body>x</body></message>"));
    ck_assert(engine_feed(
        pair->engine[1],
        "<message xmlns='jabber:client' from='" ENGINE_OTHER "' to='" ENGINE_PEER "'>"
        "<data xmlns='http://jabber.org/protocol/ibb' seq='7' sid='%s'>Zm9v</data></message>",
        sid_of_open()));
    ck_assert(engine_feed(pair->engine[1],
                          "<message xmlns='jabber:client' from='" ENGINE_OWN "' to='" ENGINE_PEER
                          "'>"
                          "<close xmlns='http://jabber.org/protocol/ibb' sid='%s'/></message>",
                          sid_of_open()));
    ck_assert_int_eq(jingle_channel_send(apps[0].channel, "foo", 3), 3);
    ck_assert(pair_run(pair));
    ck_assert_str_eq(text_str(&apps[1].data), "foo");
}
END_TEST

/** Messages cannot be held back: so many wait for a program that pauses, and no more. */
START_TEST(messages_to_who_pauses)
{
    begin(JINGLE_IBB(.by_message = true, .window = 1000), NULL);
    connect_both();
    apps[1].pause_each = true;
    for (int i = 0; i < 65; i++)
        ck_assert_int_eq(jingle_channel_send(apps[0].channel, "x", 1), 1);
    ck_assert(pair_run(pair));
    ck_assert_uint_eq(apps[1].data.len, 1);
    jingle_channel_pause(apps[1].channel, false);
    ck_assert_uint_eq(apps[1].data.len, 2);
    apps[1].pause_each = false;
    jingle_channel_pause(apps[1].channel, false);
    ck_assert_uint_eq(apps[1].data.len, 65);
    jingle_channel_pause(apps[1].channel, true);
    for (int i = 0; i < 65; i++)
        jingle_channel_send(apps[0].channel, "x", 1);
    ck_assert(pair_run(pair));
    ck_assert_uint_eq(apps[1].n_over, 1);
    ck_assert_uint_eq(apps[1].data.len, 65);
}
END_TEST

/* ---- a peer with small blocks -----------------------------------------------------------------
 */

/** XEP-0047 section 2.1: resource-constraint asks for smaller blocks. */
START_TEST(open_is_tried_with_smaller_blocks)
{
    static const char data[5000];
    unsigned refusals = (unsigned)_i, size = 4096;

    begin(NULL, NULL);
    offer();
    pair_deliver(pair, PAIR_I);
    pair_deliver_all(pair, PAIR_R);
    for (unsigned i = 0; i <= refusals && size >= 128; i++, size /= 2) {
        xmpp_stanza_t *open =
            jingle_element_child(engine_last_request(pair->engine[0]), "open", JINGLE_NS_IBB);
        char text[16];

        snprintf(text, sizeof text, "%u", size);
        ck_assert_ptr_nonnull(open);
        ck_assert_str_eq(xmpp_stanza_get_attribute(open, "block-size"), text);
        if (i == refusals)
            engine_ack(pair->engine[0]);
        else
            engine_refuse(pair->engine[0], "resource-constraint", NULL);
    }
    ck_assert_uint_eq(apps[0].n_open, refusals <= 5);
    if (!apps[0].n_open)
        ck_assert_uint_eq(jingle_count_sessions(pair->engine[0]->jingle), 0);
    else
        ck_assert_int_eq(
            jingle_channel_send(apps[0].channel, data, sizeof data) <= 4096 >> refusals, true);
}
END_TEST

/* ---- a connection that is slow -----------------------------------------------------------------
 */

static size_t waiting;

static size_t backlog(jingle_t *jingle, void *userdata)
{
    (void)jingle, (void)userdata;
    return waiting;
}

START_TEST(waits_while_much_waits_to_leave)
{
    begin(JINGLE_IBB(.by_message = _i == 1, .window = 4), NULL);
    connect_both();
    jingle_set_backlog(pair->engine[0]->jingle, backlog, NULL);
    ck_assert_uint_eq(jingle_get_backlog(pair->engine[0]->jingle), 0);
    waiting = 64;
    ck_assert_int_eq(jingle_channel_send(apps[0].channel, "foo", 3), 0);
    pair_wait(pair, 1000);
    ck_assert_uint_eq(apps[0].n_writable, 0);
    waiting = 63;
    pair_wait(pair, 10);
    ck_assert_uint_eq(apps[0].n_writable, 1);
    ck_assert_int_eq(jingle_channel_send(apps[0].channel, "foo", 3), 3);
    /* What is closed while it waits still goes. */
    waiting = 64;
    jingle_channel_close(apps[0].channel);
    ck_assert(pair_run(pair));
    waiting = 0;
    pair_wait(pair, 10);
    ck_assert(pair_run(pair));
    ck_assert_str_eq(text_str(&apps[1].data), "foo");
    ck_assert_uint_eq(apps[1].n_closed, 1);
    ck_assert(apps[1].complete);
}
END_TEST

/* The connection is down, and the program ends the session where it sees that: in its send function, or
 * where it is asked how much waits. Nothing of the stream is left to wake up. */

static int end_inside(jingle_t *jingle, const char *xml, size_t len, void *userdata)
{
    (void)xml, (void)len, (void)userdata;
    jingle_set_send(jingle, NULL, NULL);
    jingle_session_end(session, NULL);
    return JINGLE_ESEND;
}

static size_t end_when_asked(jingle_t *jingle, void *userdata)
{
    (void)userdata;
    jingle_set_backlog(jingle, NULL, NULL);
    jingle_session_end(session, NULL);
    return 100;
}

START_TEST(ended_while_it_sends)
{
    begin(JINGLE_IBB(.by_message = _i % 2 == 1, .window = 4), NULL);
    connect_both();
    if (_i < 2)
        jingle_set_send(pair->engine[0]->jingle, end_inside, NULL);
    else
        jingle_set_backlog(pair->engine[0]->jingle, end_when_asked, NULL);
    ck_assert_int_eq(jingle_channel_send(apps[0].channel, "foo", 3), JINGLE_EINVOP);
    ck_assert_uint_eq(jingle_count_sessions(pair->engine[0]->jingle), 0);
    bytes_app_clear(&apps[0]);
    ck_assert_uint_eq(jingle_tick(pair->engine[0]->jingle, pair->engine[0]->now), JINGLE_NEVER);
    engine_wait(pair->engine[0], 1000);
}
END_TEST

/* ---- several streams at once --------------------------------------------------------------------
 */

#define STREAMS 8
#define SIZE 200000u

static bool least(jingle_session_t *one, void *userdata)
{
    uint64_t *bytes = userdata, own = jingle_file_get_bytes(jingle_session_get_file(one, 0));

    *bytes = own < *bytes ? own : *bytes;
    return true;
}

/** When the first has ended, no other is far behind. */
START_TEST(streams_are_served_alike)
{
    const wire_config_t config = {.ibb = {{.by_message = _i == 1, .window = 4}, {.window = 4}}};
    wire_t *wire = wire_new(&config);
    uint64_t bytes = UINT64_MAX;

    for (int i = 0; i < STREAMS; i++)
        ck_assert_int_eq(wire_send(wire, "letter.txt", SIZE, NULL), JINGLE_EOK);
    while (jingle_count_sessions(wire->side[1].jingle) < STREAMS)
        ck_assert(wire_step(wire));
    while (jingle_count_sessions(wire->side[0].jingle) == STREAMS)
        if (!wire_step(wire))
            wire_wait(wire, 1);
    jingle_each_session(wire->side[0].jingle, least, &bytes);
    ck_assert_uint_ge(bytes, SIZE / 2);
    ck_assert(wire_finish(wire, 600000));
    ck_assert_uint_eq(wire_free(wire), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ibb_flow");
    TCase *flow = tcase_create("flow"), *alike = tcase_create("alike");

    tcase_set_timeout(flow, 60);
    tcase_add_checked_fixture(flow, NULL, teardown);
    tcase_add_test(flow, blocks_by_message);
    tcase_add_test(flow, messages_are_not_wanted);
    tcase_add_loop_test(flow, message_faults, 0, sizeof faults / sizeof *faults);
    tcase_add_test(flow, other_messages);
    tcase_add_test(flow, messages_to_who_pauses);
    tcase_add_loop_test(flow, open_is_tried_with_smaller_blocks, 0, 8);
    tcase_add_loop_test(flow, waits_while_much_waits_to_leave, 0, 2);
    tcase_add_loop_test(flow, ended_while_it_sends, 0, 4);
    suite_add_tcase(suite, flow);
    tcase_set_timeout(alike, 60);
    tcase_add_loop_test(alike, streams_are_served_alike, 0, 2);
    suite_add_tcase(suite, alike);
    return run_suite(suite);
}
