/* SPDX-License-Identifier: MIT */
/** @file
 *  J261-06: further in-band bytestreams in one transport (XEP-0261 section 2.4), for an application that
 *  needs several channels. */
#include <jingle/ibb.h>
#include <jingle/save.h>

#include <stdio.h>
#include <string.h>

#include "bytes_app.h"
#include "support/pair.h"
#include "support/runner.h"

#define NS "xmlns='http://jabber.org/protocol/ibb'"
#define SID 32u

static pair_t *pair;
static engine_t *engine; /**< the one that is tested against stanzas written here */
static bytes_app_t app[2];
static jingle_session_t *session;
static char sids[8][SID];
static unsigned n_sids;

static void begin(unsigned components)
{
    pair = pair_new();
    engine = pair->engine[PAIR_I];
    for (unsigned i = 0; i < 2; i++) {
        jingle_t *jingle = pair->engine[i]->jingle;

        app[i] = (bytes_app_t){.components = components};
        ck_assert_int_eq(jingle_register_ibb(jingle, JINGLE_IBB(.block_size = 16)), JINGLE_EOK);
        ck_assert_int_eq(bytes_app_register(jingle, &app[i]), JINGLE_EOK);
        engine_wait(pair->engine[i], 0);
    }
}

static void setup(void)
{
    begin(2);
}

static void teardown(void)
{
    for (unsigned i = 0; i < 2; i++) {
        if (pair->engine[i]->jingle)
            engine_free_manager(pair->engine[i]);
        bytes_app_clear(&app[i]);
    }
    ck_assert_uint_eq(pair_free(pair), 0);
}

/** What was sent since the last call, a line each. */
static const char *sent(void)
{
    static char lines[4096];
    size_t len = 0;

    lines[0] = '\0';
    for (const char *log = engine_log(engine); *log; log += *log == '\n') {
        size_t line = strcspn(log, "\n");

        if (*log == '>')
            len += (size_t)snprintf(lines + len, sizeof lines - len, "%s%.*s", len ? ", " : "",
                                    (int)line - 2, log + 2);
        log += line;
    }
    return lines;
}

static const char *feed(const char *id, const char *payload)
{
    engine_feed(engine, "<iq xmlns='jabber:client' type='set' id='%s' from='%s' to='%s'>%s</iq>",
                id, ENGINE_PEER, ENGINE_OWN, payload);
    return sent();
}

static const char *announce(const char *attrs)
{
    char inside[512];

    snprintf(inside, sizeof inside,
             "<content creator='initiator' name='c'><transport xmlns='" JINGLE_NS_IBB_TRANSPORT
             "' %s/></content>",
             attrs);
    engine_action(engine, "i", "transport-info", "s", inside);
    return sent();
}

/** The peer's offer is accepted, and its first stream is open. */
static void opened(void)
{
    engine_action(engine, "o", "session-initiate", "s",
                  "<content creator='initiator' name='c'>" BYTES_DESCRIPTION
                  "<transport xmlns='" JINGLE_NS_IBB_TRANSPORT
                  "' sid='t' block-size='16'/></content>");
    engine_ack(engine);
    sent();
    ck_assert_str_eq(feed("p", "<open " NS " sid='t' block-size='16'/>"), "result p");
    ck_assert_uint_eq(app[0].n_open, 1);
}

/* ---- the peer announces -------------------------------------------------------------------- */

/* XEP-0261 examples 9 to 12 */
START_TEST(announced_opened_closed)
{
    opened();
    ck_assert_uint_eq(jingle_channel_get_component(app[0].channel), 1);
    ck_assert_str_eq(announce("block-size='8' sid='t2'"), "result i");
    ck_assert_str_eq(feed("q", "<data " NS " sid='t2' seq='0'>Zm9v</data>"),
                     "error q cancel item-not-found");
    ck_assert_str_eq(feed("q", "<open " NS " sid='t2' block-size='8' stanza='iq'/>"), "result q");
    ck_assert_uint_eq(app[0].n_open, 2);
    ck_assert_uint_eq(jingle_channel_get_component(app[0].channel), 2);
    ck_assert_str_eq(feed("a", "<data " NS " sid='t2' seq='0'>Zm9v</data>"), "result a");
    ck_assert_str_eq(feed("b", "<data " NS " sid='t' seq='0'>YmFy</data>"), "result b");
    ck_assert_int_eq(jingle_channel_send(app[0].channel, "0123456789", 10), 8);
    sent();
    engine_ack(engine);
    ck_assert_str_eq(feed("z", "<close " NS " sid='t2'/>"), "result z");
    ck_assert_uint_eq(app[0].n_closed, 1);
    ck_assert(app[0].complete);
    ck_assert_str_eq(feed("d", "<data " NS " sid='t' seq='1'>YmF6</data>"), "result d");
    ck_assert_str_eq(text_str(&app[0].data), "foobarbaz");
    ck_assert_int_eq(jingle_content_done(app[0].content, true), JINGLE_EOK);
    ck_assert_str_eq(sent(), "set close");
    engine_ack(engine);
    ck_assert_str_eq(sent(), "set session-terminate s success");
}
END_TEST

static const struct {
    const char *attrs, *answer, *open; /**< attributes of an open that is tried */
    const char *opened;
} announcements[] = {
    {"sid='t2'", "result i", "sid='t2' block-size='4096'", "result q"},
    {"sid='t2' block-size='65535'", "result i", "sid='t2' block-size='65535'", "result q"},
    {"sid='t2' block-size='9'", "result i", "sid='t2' block-size='10'",
     "error q modify resource-constraint"},
    {"sid='t2' block-size='9' stanza='message'", "result i",
     "sid='t2' block-size='9' stanza='message'", "result q"},
    {"sid='t2' block-size='9' stanza='message'", "result i", "sid='t2' block-size='9'",
     "error q cancel not-acceptable"},
    {"sid='t2' block-size='0'", "error i cancel bad-request", "sid='t2' block-size='16'",
     "error q cancel item-not-found"},
    {"sid='' block-size='16'", "error i cancel bad-request", "sid='' block-size='16'",
     "error q cancel item-not-found"},
    /* the first once more, and nothing at all */
    {"sid='t' block-size='16'", "result i", "sid='t' block-size='16'",
     "error q cancel unexpected-request"},
    {"block-size='16'", "result i", "sid='t2' block-size='16'", "error q cancel item-not-found"},
};

START_TEST(announcements_are_judged)
{
    char open[128];

    opened();
    ck_assert_str_eq(announce(announcements[_i].attrs), announcements[_i].answer);
    snprintf(open, sizeof open, "<open " NS " %s/>", announcements[_i].open);
    ck_assert_str_eq(feed("q", open), announcements[_i].opened);
    ck_assert_str_eq(feed("b", "<data " NS " sid='t' seq='0'>YmFy</data>"), "result b");
}
END_TEST

/* No more than the application needs. */
START_TEST(one_too_many)
{
    opened();
    ck_assert_str_eq(announce("sid='t2' block-size='16'"), "result i");
    ck_assert_str_eq(announce("sid='t2' block-size='16'"), "result i");
    ck_assert_str_eq(announce("sid='t3' block-size='16'"), "result i");
    ck_assert_str_eq(feed("q", "<open " NS " sid='t3' block-size='16'/>"),
                     "error q cancel item-not-found");
    ck_assert_str_eq(feed("q", "<open " NS " sid='t2' block-size='16'/>"), "result q");
    ck_assert_uint_eq(app[0].n_open, 2);
}
END_TEST

/* A stream that breaks takes the transport with it: the application needs both. */
START_TEST(one_breaks)
{
    opened();
    announce("sid='t2' block-size='16'");
    feed("q", "<open " NS " sid='t2' block-size='16'/>");
    ck_assert_str_eq(feed("a", "<data " NS " sid='t2' seq='7'>Zm9v</data>"),
                     "error a cancel unexpected-request, set close, set session-terminate s "
                     "failed-transport");
    ck_assert_uint_eq(app[0].n_over, 1);
    ck_assert_str_eq(feed("b", "<data " NS " sid='t' seq='0'>YmFy</data>"),
                     "error b cancel item-not-found");
}
END_TEST

START_TEST(ends_with_both_open)
{
    opened();
    announce("sid='t2' block-size='16'");
    feed("q", "<open " NS " sid='t2' block-size='16'/>");
    engine_action(engine, "e", "session-terminate", "s", "<reason><cancel/></reason>");
    ck_assert_str_eq(sent(), "result e");
    ck_assert_str_eq(feed("a", "<data " NS " sid='t2' seq='0'>Zm9v</data>"),
                     "error a cancel item-not-found");
}
END_TEST

/* The peer knows of no further streams: that is not waited for without end. */
START_TEST(never_announced)
{
    opened();
    if (_i)
        announce("sid='t2' block-size='16'");
    ck_assert_str_eq(feed("a", "<data " NS " sid='t' seq='0'>Zm9v</data>"), "result a");
    for (int i = 0; i < 3; i++)
        engine_wait(engine, 30000);
    ck_assert_str_eq(sent(), "set session-terminate s connectivity-error");
    ck_assert_uint_eq(app[0].n_over, 1);
}
END_TEST

/* Several streams are not saved, and nothing looks as if they were. */
START_TEST(cannot_be_saved)
{
    char room[4096];
    size_t len;

    opened();
    session = jingle_content_get_session(app[0].content);
    announce("sid='t2' block-size='16'");
    ck_assert_int_eq(jingle_save(session, room, sizeof room, &len), JINGLE_ENOENT);
}
END_TEST

/* ---- we announce --------------------------------------------------------------------------- */

/** Notes the sids that are announced, in the order in which they leave. */
static void note_sids(void)
{
    n_sids = 0;
    for (size_t i = 0; i < engine->n_sent; i++) {
        xmpp_stanza_t *jingle = jingle_element_child(engine->sent[i], "jingle", NULL);
        xmpp_stanza_t *content = jingle ? jingle_element_child(jingle, "content", NULL) : NULL;
        xmpp_stanza_t *transport =
            content ? jingle_element_child(content, "transport", NULL) : NULL;

        if (!transport)
            continue;
        ck_assert_uint_lt(n_sids, 8);
        snprintf(sids[n_sids++], SID, "%s", xmpp_stanza_get_attribute(transport, "sid"));
    }
}

static void offer(void)
{
    ck_assert_int_eq(jingle_managed_session_new(engine->jingle, ENGINE_PEER,
                                                JINGLE_SESSION(.sid = "s"), &session),
                     JINGLE_EOK);
    ck_assert_int_eq(jingle_session_add_content(
                         session, JINGLE_CONTENT(.application = BYTES_NS, .name = "c"), NULL),
                     JINGLE_EOK);
    ck_assert_int_eq(jingle_session_start(session), JINGLE_EOK);
}

/* Both sides of it: each component is a channel, which is closed at the end. */
START_TEST(both_sides)
{
    unsigned components = (unsigned)_i;

    teardown();
    begin(components);
    offer();
    for (int i = 0; i < 20; i++) {
        ck_assert(pair_run(pair));
        pair_wait(pair, 1);
    }
    ck_assert_uint_eq(app[0].n_open, components);
    ck_assert_uint_eq(app[1].n_open, components);
    ck_assert_uint_eq(jingle_channel_get_component(app[0].channel), components);
    note_sids();
    ck_assert_uint_eq(n_sids, components);
    for (unsigned i = 1; i < n_sids; i++)
        ck_assert_str_ne(sids[i - 1], sids[i]);
    ck_assert_int_eq(jingle_channel_send(app[0].channel, "to you", 6), 6);
    ck_assert_int_eq(jingle_channel_send(app[1].channel, "and back", 8), 8);
    ck_assert(pair_run(pair));
    ck_assert_str_eq(text_str(&app[1].data), "to you");
    ck_assert_str_eq(text_str(&app[0].data), "and back");
    ck_assert_int_eq(jingle_content_done(app[1].content, true), JINGLE_EOK);
    ck_assert_int_eq(jingle_content_done(app[0].content, false), JINGLE_EOK);
    ck_assert(pair_run(pair));
    ck_assert_uint_eq(app[0].n_closed, components);
    ck_assert_uint_eq(app[0].n_over, 1);
    ck_assert_uint_eq(app[1].n_over, 1);
}
END_TEST

/* Announced first, then opened. */
START_TEST(in_that_order)
{
    char inside[512];

    offer();
    note_sids();
    engine_ack(engine);
    sent();
    snprintf(inside, sizeof inside,
             "<content creator='initiator' name='c'>" BYTES_DESCRIPTION
             "<transport xmlns='" JINGLE_NS_IBB_TRANSPORT "' sid='%s' block-size='16'/></content>",
             sids[0]);
    engine_action(engine, "a", "session-accept", "s", inside);
    engine_wait(engine, 1);
    ck_assert_str_eq(sent(), "result a, set open, set transport-info s, set open");
}
END_TEST

/* The peer does not know what a further stream is: there is no other transport here. */
START_TEST(the_peer_refuses)
{
    offer();
    teardown();
    pair = pair_new();
    for (unsigned i = 0; i < 2; i++) {
        jingle_t *jingle = pair->engine[i]->jingle;

        app[i] = (bytes_app_t){.components = i ? 1 : 2};
        ck_assert_int_eq(jingle_register_ibb(jingle, NULL), JINGLE_EOK);
        ck_assert_int_eq(bytes_app_register(jingle, &app[i]), JINGLE_EOK);
        engine_wait(pair->engine[i], 0);
    }
    engine = pair->engine[PAIR_I];
    offer();
    for (int i = 0; i < 20; i++) {
        ck_assert(pair_run(pair));
        pair_wait(pair, 1);
    }
    ck_assert_uint_eq(app[0].n_over, 1);
    ck_assert_uint_eq(app[1].n_over, 1);
    ck_assert_uint_eq(jingle_count_sessions(engine->jingle), 0);
}
END_TEST

/* Each allocation of either side fails in turn: all comes back, and neither waits for ever. */
START_TEST(without_memory)
{
    size_t at = 1;

    for (;; at++) {
        test_mem_t *mem = &pair->engine[_i]->mem;
        bool failed;

        test_mem_fail_at(mem, at, false);
        if (jingle_managed_session_new(engine->jingle, ENGINE_PEER, JINGLE_SESSION(.sid = "s"),
                                       &session) == JINGLE_EOK) {
            if (jingle_session_add_content(
                    session, JINGLE_CONTENT(.application = BYTES_NS, .name = "c"), NULL) ||
                jingle_session_start(session))
                jingle_session_end(session, NULL);
        }
        for (int i = 0; i < 20; i++) {
            pair_run(pair);
            pair_wait(pair, 1);
        }
        for (int i = 0; i < 10; i++) {
            pair_wait(pair, 30000);
            pair_run(pair);
        }
        failed = mem->failures > 0;
        for (unsigned i = 0; i < 2; i++)
            ck_assert_uint_eq(app[i].n_open,
                              jingle_count_sessions(pair->engine[i]->jingle) ? 2 : app[i].n_open);
        ck_assert(failed || jingle_count_sessions(engine->jingle));
        jingle_end_all_sessions(engine->jingle, NULL);
        pair_run(pair);
        for (int i = 0; i < 8; i++)
            pair_wait(pair, 30000);
        ck_assert_uint_eq(jingle_count_sessions(pair->engine[PAIR_R]->jingle), 0);
        if (!failed)
            break;
        teardown();
        begin(2);
    }
    ck_assert_uint_gt(at, 30);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ibb_further");
    TCase *theirs = tcase_create("theirs"), *ours = tcase_create("ours");

    tcase_add_checked_fixture(theirs, setup, teardown);
    tcase_add_test(theirs, announced_opened_closed);
    tcase_add_loop_test(theirs, announcements_are_judged, 0,
                        (int)(sizeof announcements / sizeof announcements[0]));
    tcase_add_test(theirs, one_too_many);
    tcase_add_test(theirs, one_breaks);
    tcase_add_test(theirs, ends_with_both_open);
    tcase_add_loop_test(theirs, never_announced, 0, 2);
    tcase_add_test(theirs, cannot_be_saved);
    suite_add_tcase(suite, theirs);
    tcase_add_checked_fixture(ours, setup, teardown);
    tcase_add_loop_test(ours, both_sides, 1, 5);
    tcase_add_test(ours, in_that_order);
    tcase_add_test(ours, the_peer_refuses);
    tcase_add_loop_test(ours, without_memory, 0, 2);
    suite_add_tcase(suite, ours);
    return run_suite(suite);
}
