/* SPDX-License-Identifier: MIT */
/** @file
 *  A program that frees the manager where in-band bytestreams call it: while something is sent, while it is
 *  asked how much waits to leave. */
#include <string.h>

#include <jingle/ibb.h>

#include "bytes_app.h"
#include "support/engine.h"
#include "support/runner.h"

#define CONTENT(name, sid, more)                                                                   \
    "<content creator='initiator' name='" name "'>" BYTES_DESCRIPTION                              \
    "<transport xmlns='urn:xmpp:jingle:transports:ibb:1' block-size='4096' sid='" sid "'" more     \
    "/></content>"
#define CONTENTS(more) CONTENT("c", "t1", more) CONTENT("d", "t2", more)

static engine_t *engine;
static bytes_app_t app;
static const char *word; /* what is in the stanza that is too much */

static void free_at_word(engine_t *e, const char *line)
{
    if (!strstr(line, word))
        return;
    e->on_sent = NULL;
    engine_free_manager(e);
}

/* Two contents, the stream of the first is open. */
static void begin(bool by_message)
{
    app = (bytes_app_t){0};
    engine = engine_new(NULL);
    ck_assert_int_eq(jingle_register_ibb(engine->jingle, NULL), JINGLE_EOK);
    ck_assert_int_eq(bytes_app_register(engine->jingle, &app), JINGLE_EOK);
    engine_wait(engine, 0);
    engine_action(engine, "o", "session-initiate", "s",
                  by_message ? CONTENTS(" stanza='message'") : CONTENTS(""));
    ck_assert_int_eq(
        jingle_session_accept(jingle_find_session(engine->jingle, NULL, ENGINE_PEER, "s")),
        JINGLE_EOK);
    engine_ack(engine);
    engine_feed(engine,
                "<iq type='set' id='q' from='%s' to='%s'>"
                "<open xmlns='http://jabber.org/protocol/ibb' sid='t1' block-size='4096'%s/></iq>",
                ENGINE_PEER, ENGINE_OWN, by_message ? " stanza='message'" : "");
    ck_assert_uint_eq(app.n_open, 1);
}

static void teardown(void)
{
    engine_free_manager(engine);
    bytes_app_clear(&app);
    ck_assert_uint_eq(engine_free(engine), 0);
}

/* The peer removes the content; <close/> is the last that is sent. */
START_TEST(where_its_stream_is_closed)
{
    begin(false);
    word = "close";
    engine->on_sent = free_at_word;
    engine_action(engine, "r", "content-remove", "s", "<content creator='initiator' name='c'/>");
    ck_assert_ptr_null(engine->jingle);
}
END_TEST

/* More than one block is handed over at once, and the first is the last. */
START_TEST(where_a_block_is_sent)
{
    char data[3 * 4096] = {0};

    begin(_i);
    word = "data";
    engine->on_sent = free_at_word;
    jingle_channel_send(app.channel, data, sizeof data);
    ck_assert_ptr_null(engine->jingle);
    ck_assert_int_eq(jingle_channel_send(app.channel, data, sizeof data), JINGLE_EINVOP);
}
END_TEST

static size_t free_and_be_crowded(jingle_t *jingle, void *userdata)
{
    (void)jingle;
    engine_free_manager(userdata);
    return SIZE_MAX;
}

START_TEST(where_the_backlog_is_asked_for)
{
    char data[3 * 4096] = {0};

    begin(_i);
    jingle_set_backlog(engine->jingle, free_and_be_crowded, engine);
    ck_assert_int_le(jingle_channel_send(app.channel, data, sizeof data), 0);
    ck_assert_ptr_null(engine->jingle);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ibb_freed");
    TCase *all = tcase_create("all");

    tcase_add_checked_fixture(all, NULL, teardown);
    tcase_add_test(all, where_its_stream_is_closed);
    tcase_add_loop_test(all, where_a_block_is_sent, 0, 2);
    tcase_add_loop_test(all, where_the_backlog_is_asked_for, 0, 2);
    suite_add_tcase(suite, all);
    return run_suite(suite);
}
