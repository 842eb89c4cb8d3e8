/* SPDX-License-Identifier: MIT */
/** @file
 *  A receiver that was restored reads again what it has, and meanwhile its stream ends: it judges the file
 *  when all is read. The transport is one of the program's own, which outlives it. */
#include "wire.h"

#include <stdlib.h>
#include <string.h>

#include "support/runner.h"
#include "support/saved.h"

#define NS "urn:example:transport:hand:0"
/** More than is read in one step. */
#define LEN (3u << 20)

static wire_t *wire;
static jingle_channel_t *channels[2]; /* what a side has opened last */

/* ---- a transport that takes all, and delivers what the test says ----------------------------- */

static long take(jingle_channel_t *channel, const void *data, size_t len, void *self)
{
    (void)channel, (void)data, (void)self;
    return (long)len;
}

static void close_at_once(jingle_channel_t *channel, void *self)
{
    (void)self;
    jingle_channel_deliver_closed(channel, true);
}

static const jingle_channel_ops_t ops = {.size = sizeof ops, .send = take, .close = close_at_once};

static int create(jingle_part_t *part, void *userdata, void **self)
{
    (void)userdata;
    *self = part;
    return JINGLE_EOK;
}

static int restore(jingle_part_t *part, void *userdata, jingle_load_t *load, void **self)
{
    (void)load;
    return create(part, userdata, self);
}

static int save(void *self, jingle_save_t *to)
{
    (void)self, (void)to;
    return JINGLE_EOK;
}

static jingle_check_t check(void *self, jingle_action_t action, xmpp_stanza_t *element,
                            jingle_reason_t *why)
{
    (void)self, (void)action, (void)element, (void)why;
    return JINGLE_CHECK_OK;
}

static int say_nothing(void *self, jingle_action_t action, xmpp_stanza_t *element)
{
    (void)self, (void)action, (void)element;
    return JINGLE_EOK;
}

static int prepare(void *self)
{
    jingle_part_ready(self);
    return JINGLE_EOK;
}

static int start(void *self)
{
    jingle_t *jingle = jingle_part_get_manager(self);
    jingle_channel_t **at = &channels[jingle == wire->side[1].jingle];

    jingle_channel_release(*at);
    *at = jingle_channel_new(jingle, &ops, JINGLE_FLOW_STREAM, 1, false, NULL);
    jingle_part_open(self, jingle_channel_clone(*at));
    return JINGLE_EOK;
}

static void nothing(void *self)
{
    (void)self;
}

static const jingle_transport_t plugin = {.size = sizeof plugin,
                                          .name = "hand",
                                          .create = create,
                                          .check = check,
                                          .apply = say_nothing,
                                          .describe = say_nothing,
                                          .free = nothing,
                                          .flows = JINGLE_FLOW_STREAM,
                                          .rank = 10,
                                          .components = 1,
                                          .prepare = prepare,
                                          .start = start,
                                          .stop = nothing,
                                          .save = save,
                                          .restore = restore,
                                          .resume = start};

/* ---- the test -------------------------------------------------------------------------------- */

static void let_go(unsigned side)
{
    jingle_channel_release(channels[side]);
    channels[side] = NULL;
}

/** Juliet has so much of the file, and is there again after a crash, with the stream open. */
static void begin_to_read(size_t len)
{
    const wire_config_t config = {.files = {[1] = {.resume = true}}};
    saved_t saved = {0};

    wire = wire_new(&config);
    for (unsigned i = 0; i < 2; i++)
        ck_assert_int_eq(jingle_register_transport(wire->side[i].jingle, NS, &plugin, NULL),
                         JINGLE_EOK);
    ck_assert_int_eq(wire_send(wire, "a", LEN, JINGLE_SEND_FILE(.hash_now = true)), JINGLE_EOK);
    while (!channels[1]) {
        wire_patience(wire);
        wire_settle(wire);
        ck_assert_uint_eq(jingle_count_sessions(wire->side[0].jingle), 1);
    }
    jingle_channel_deliver(channels[1], wire_data(LEN), len);
    ck_assert_int_eq(saved_take(&saved, jingle_file_get_session(wire_file(wire, 1))), JINGLE_EOK);
    let_go(1);
    wire_crash(wire, 1, &config);
    ck_assert_int_eq(jingle_register_transport(wire->side[1].jingle, NS, &plugin, NULL),
                     JINGLE_EOK);
    ck_assert_int_eq(jingle_restore(wire->side[1].jingle, saved.data, saved.len, NULL, NULL),
                     JINGLE_EOK);
    saved_clear(&saved);
    while (!channels[1]) {
        wire_patience(wire);
        jingle_tick(wire->side[1].jingle, wire->now);
    }
    wire_log(wire, 1);
}

static void end(void)
{
    let_go(0);
    let_go(1);
    ck_assert_uint_eq(wire_free(wire), 0);
}

/* All is there, and the stream ends in good order or breaks. */
START_TEST(closed)
{
    begin_to_read(LEN);
    jingle_channel_deliver_closed(channels[1], _i);
    ck_assert(wire_finish(wire, 10000));
    ck_assert_str_eq(wire_log(wire, 1), "done done verified, ended success");
    ck_assert(folder_holds(wire->side[1].folder, "a", wire_data(LEN), LEN));
    end();
}
END_TEST

/* Not all is there: that comes out as it would have. */
START_TEST(closed_too_early)
{
    begin_to_read(LEN - 1);
    jingle_channel_deliver_closed(channels[1], _i);
    ck_assert(wire_finish(wire, 10000));
    ck_assert_str_eq(wire_log(wire, 1), _i ? "done short kept, ended media-error"
                                           : "done disconnected kept, ended connectivity-error");
    end();
}
END_TEST

/* The sender ends the session with success: nothing is known against what is there. */
START_TEST(session_ended)
{
    begin_to_read(_i ? LEN : LEN - 1);
    jingle_session_end(jingle_file_get_session(wire_file(wire, 0)), NULL);
    while (jingle_count_sessions(wire->side[1].jingle))
        ck_assert(wire_step(wire));
    ck_assert_ptr_nonnull(strstr(wire_log(wire, 1), _i ? "done timeout" : "done short"));
    end();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("reread");
    TCase *tcase = tcase_create("all");

    suite_add_tcase(suite, tcase);
    tcase_add_loop_test(tcase, closed, 0, 2);
    tcase_add_loop_test(tcase, closed_too_early, 0, 2);
    tcase_add_loop_test(tcase, session_ended, 0, 2);
    return run_suite(suite);
}
