/* SPDX-License-Identifier: MIT */
/** @file
 *  Channels by themselves, without a session: what both ends may rely on. */
#include "fixture.h"

/** A provider that does nothing but note. */
typedef struct {
    text_t log;
    bool in_send_closes;
    long result;
} provider_t;

static provider_t provider;
static text_t heard;
static jingle_channel_t *channel;

static long provide_send(jingle_channel_t *c, const void *data, size_t len, void *self)
{
    provider_t *p = self;

    text_puts(&p->log, "send ");
    text_add(&p->log, data, len);
    text_puts(&p->log, "\n");
    if (p->in_send_closes)
        jingle_channel_deliver_closed(c, false);
    return p->result ? p->result : (long)len;
}

static long provide_send_file(jingle_channel_t *c, int fd, int64_t offset, size_t len, void *self)
{
    (void)c;
    text_printf(&((provider_t *)self)->log, "file %d %ld %zu\n", fd, (long)offset, len);
    return ((provider_t *)self)->result ? ((provider_t *)self)->result : (long)len;
}

static void provide_pause(jingle_channel_t *c, bool paused, void *self)
{
    ck_assert(jingle_channel_is_paused(c) == paused);
    text_puts(&((provider_t *)self)->log, paused ? "pause\n" : "go on\n");
}

static void provide_close(jingle_channel_t *c, void *self)
{
    text_puts(&((provider_t *)self)->log, "close\n");
    jingle_channel_deliver_closed(c, true);
}

static void provide_free(void *self)
{
    text_puts(&((provider_t *)self)->log, "free\n");
}

static const jingle_channel_ops_t ops = {.size = sizeof(jingle_channel_ops_t),
                                         .send = provide_send,
                                         .pause = provide_pause,
                                         .close = provide_close,
                                         .send_file = provide_send_file,
                                         .free = provide_free};

static void hear_data(jingle_channel_t *c, const void *data, size_t len, void *userdata)
{
    ck_assert_ptr_eq(userdata, &heard);
    text_add(&heard, data, len);
    text_puts(&heard, "|");
    if (len == 1 && *(const char *)data == 'P')
        jingle_channel_pause(c, true);
    if (len == 1 && *(const char *)data == 'N')
        jingle_channel_set_sink(c, NULL, NULL);
    if (len == 1 && *(const char *)data == 'R') {
        channel = NULL;
        jingle_channel_release(c);
    }
}

static void hear_writable(jingle_channel_t *c, void *userdata)
{
    (void)c;
    (void)userdata;
    text_puts(&heard, "w");
}

static void hear_closed(jingle_channel_t *c, bool complete, void *userdata)
{
    (void)c;
    (void)userdata;
    text_puts(&heard, complete ? "." : "!");
}

static const jingle_channel_sink_t sink = {
    .data = hear_data, .writable = hear_writable, .closed = hear_closed};

static void begin(void)
{
    set_up();
    memset(&provider, 0, sizeof(provider));
    memset(&heard, 0, sizeof(heard));
    channel = jingle_channel_new(e->jingle, &ops, JINGLE_FLOW_STREAM, 1, false, &provider);
    ck_assert_ptr_nonnull(channel);
}

static void end(void)
{
    jingle_channel_release(channel);
    ck_assert_ptr_nonnull(strstr(text_str(&provider.log), "free\n"));
    text_clear(&provider.log);
    text_clear(&heard);
    tear_down();
}

#define ck_provider(expected)                                                                      \
    do {                                                                                           \
        ck_assert_str_eq(text_str(&provider.log), (expected));                                     \
        text_clear(&provider.log);                                                                 \
    } while (0)
#define ck_heard(expected)                                                                         \
    do {                                                                                           \
        ck_assert_str_eq(text_str(&heard), (expected));                                            \
        text_clear(&heard);                                                                        \
    } while (0)

START_TEST(made_as_asked)
{
    jingle_channel_t *other;

    ck_assert_uint_eq(jingle_channel_get_flow(channel), JINGLE_FLOW_STREAM);
    ck_assert_uint_eq(jingle_channel_get_component(channel), 1);
    ck_assert(!jingle_channel_is_external(channel));
    ck_assert(!jingle_channel_is_closed(channel));
    ck_assert(jingle_channel_is_paused(channel));
    ck_assert_ptr_null(jingle_channel_new(NULL, &ops, JINGLE_FLOW_STREAM, 1, false, NULL));
    ck_assert_ptr_null(jingle_channel_new(e->jingle, NULL, JINGLE_FLOW_STREAM, 1, false, NULL));
    ck_assert_ptr_null(jingle_channel_new(
        e->jingle, &ops, JINGLE_FLOW_STREAM | JINGLE_FLOW_DATAGRAM, 1, false, NULL));
    ck_assert(jingle_channel_is_closed(NULL));
    ck_assert(!jingle_channel_is_external(NULL));
    ck_assert_uint_eq(jingle_channel_get_flow(NULL), 0);
    ck_assert_uint_eq(jingle_channel_get_component(NULL), 0);
    ck_assert_int_eq(jingle_channel_send(NULL, "x", 1), JINGLE_EINVOP);
    other = jingle_channel_new(e->jingle, &ops, JINGLE_FLOW_DATAGRAM, 2, true, &provider);
    ck_assert(jingle_channel_is_external(other));
    ck_assert_int_eq(jingle_channel_send(other, "x", 1), JINGLE_EINVOP);
    jingle_channel_release(other);
}
END_TEST

START_TEST(what_comes_early_is_kept_for_the_sink)
{
    jingle_channel_deliver(channel, "a", 1);
    jingle_channel_deliver(channel, "", 0);
    jingle_channel_deliver(channel, "bc", 2);
    jingle_channel_deliver_closed(channel, true);
    jingle_channel_deliver(channel, "d", 1);
    ck_heard("");
    jingle_channel_set_sink(channel, &sink, &heard);
    ck_heard("a||bc|.");
    jingle_channel_set_sink(channel, &sink, &heard);
    ck_heard("");
}
END_TEST

START_TEST(too_much_that_comes_early_breaks_it)
{
    static const char lots[65536];

    jingle_channel_deliver(channel, lots, sizeof(lots));
    ck_assert(!jingle_channel_is_closed(channel));
    jingle_channel_deliver(channel, "x", 1);
    ck_assert(jingle_channel_is_closed(channel));
    test_mem_fail_at(&e->mem, 0, false);
}
END_TEST

/* Empty datagrams take memory too. */
START_TEST(too_many_that_come_early_break_it)
{
    size_t used = e->mem.bytes;

    for (size_t i = 0; i < 100000 && !jingle_channel_is_closed(channel); i++)
        jingle_channel_deliver(channel, "", 0);
    ck_assert(jingle_channel_is_closed(channel));
    ck_assert_uint_lt(e->mem.bytes - used, 2 * 65536);
}
END_TEST

START_TEST(no_memory_for_what_comes_early)
{
    test_mem_fail_at(&e->mem, 1, false);
    jingle_channel_deliver(channel, "x", 1);
    ck_assert(jingle_channel_is_closed(channel));
    jingle_channel_set_sink(channel, &sink, &heard);
    ck_heard("!");
}
END_TEST

START_TEST(the_pause_ends_with_the_first_sink)
{
    jingle_channel_set_sink(channel, &sink, &heard);
    ck_provider("go on\n");
    jingle_channel_set_sink(channel, NULL, NULL);
    jingle_channel_set_sink(channel, &sink, &heard);
    ck_provider("");
    jingle_channel_pause(channel, true);
    jingle_channel_pause(channel, true);
    jingle_channel_pause(channel, false);
    ck_provider("pause\ngo on\n");
}
END_TEST

START_TEST(who_has_paused_before_is_let_be)
{
    jingle_channel_pause(channel, true);
    jingle_channel_deliver(channel, "a", 1);
    jingle_channel_set_sink(channel, &sink, &heard);
    ck_provider("");
    ck_heard("");
    jingle_channel_pause(channel, false);
    ck_provider("go on\n");
    ck_heard("a|");
}
END_TEST

START_TEST(what_came_early_stops_at_a_pause)
{
    jingle_channel_deliver(channel, "P", 1);
    jingle_channel_deliver(channel, "a", 1);
    jingle_channel_deliver_closed(channel, true);
    jingle_channel_set_sink(channel, &sink, &heard);
    ck_heard("P|");
    jingle_channel_pause(channel, false);
    ck_heard("a|.");
}
END_TEST

START_TEST(the_sink_may_go_meanwhile)
{
    jingle_channel_deliver(channel, "N", 1);
    jingle_channel_deliver(channel, "a", 1);
    jingle_channel_set_sink(channel, &sink, &heard);
    ck_heard("N|");
    jingle_channel_set_sink(channel, &sink, &heard);
    ck_heard("a|");
    jingle_channel_deliver(channel, "R", 1);
    ck_heard("R|");
}
END_TEST

START_TEST(sending)
{
    jingle_channel_set_sink(channel, &sink, &heard);
    text_clear(&provider.log);
    ck_assert_int_eq(jingle_channel_send(channel, "abc", 3), 3);
    ck_assert_int_eq(jingle_channel_send(channel, NULL, 0), 0);
    ck_assert_int_eq(jingle_channel_send(channel, NULL, 1), JINGLE_EINVAL);
    provider.result = 2;
    ck_assert_int_eq(jingle_channel_send(channel, "abc", 3), 2);
    ck_assert_int_eq(jingle_channel_send_file(channel, 7, 5, 9), 2);
    ck_provider("send abc\nsend \nsend abc\nfile 7 5 9\n");
    provider.result = -1;
    ck_assert_int_eq(jingle_channel_send(channel, "a", 1), JINGLE_EIO);
    ck_assert_int_eq(jingle_channel_send_file(channel, 7, 5, 9), JINGLE_EIO);
    jingle_channel_deliver_writable(channel);
    ck_heard("w");
}
END_TEST

START_TEST(closing)
{
    jingle_channel_set_sink(channel, &sink, &heard);
    text_clear(&provider.log);
    jingle_channel_close(channel);
    jingle_channel_close(channel);
    ck_provider("close\n");
    ck_heard(".");
    ck_assert(jingle_channel_is_closed(channel));
    ck_assert_int_eq(jingle_channel_send(channel, "a", 1), JINGLE_EINVOP);
    ck_assert_int_eq(jingle_channel_send_file(channel, 7, 5, 9), JINGLE_EINVOP);
    jingle_channel_deliver(channel, "a", 1);
    jingle_channel_deliver_writable(channel);
    jingle_channel_deliver_closed(channel, true);
    ck_heard("");
}
END_TEST

START_TEST(broken_while_sending)
{
    jingle_channel_set_sink(channel, &sink, &heard);
    provider.in_send_closes = true;
    ck_assert_int_eq(jingle_channel_send(channel, "a", 1), 1);
    ck_heard("!");
}
END_TEST

START_TEST(functions_may_be_left_out)
{
    static const jingle_channel_ops_t none = {.size = sizeof(none)};
    jingle_channel_t *other =
        jingle_channel_new(e->jingle, &none, JINGLE_FLOW_STREAM, 1, false, NULL);

    jingle_channel_set_sink(other, &sink, &heard);
    ck_assert_int_eq(jingle_channel_send(other, "a", 1), JINGLE_EINVOP);
    ck_assert_int_eq(jingle_channel_send_file(other, 7, 5, 9), JINGLE_ENOENT);
    jingle_channel_pause(other, true);
    jingle_channel_close(other);
    jingle_channel_release(other);
}
END_TEST

/* A sink hears what it has a function for; without a sink nobody is told that there is room. */
START_TEST(a_sink_that_hears_nothing)
{
    static const jingle_channel_sink_t deaf = {.data = NULL};

    jingle_channel_deliver_writable(channel);
    jingle_channel_deliver_writable(NULL);
    jingle_channel_set_sink(channel, &deaf, NULL);
    jingle_channel_deliver(channel, "a", 1);
    jingle_channel_deliver_writable(channel);
    jingle_channel_set_sink(channel, &sink, &heard);
    ck_heard("");
    jingle_channel_deliver(channel, NULL, 1); /* no data */
    ck_heard("");
    jingle_channel_deliver(channel, NULL, 0);
    ck_heard("|");
    jingle_channel_set_sink(channel, &deaf, NULL);
    jingle_channel_deliver_closed(channel, true);
    jingle_channel_set_sink(channel, &sink, &heard);
    ck_heard("");
}
END_TEST

static void close_later(jingle_channel_t *c, void *self)
{
    (void)c;
    (void)self;
}

/* What is on its way still comes; that there is room is of no use to who has closed. */
START_TEST(while_it_closes)
{
    static const jingle_channel_ops_t slow = {
        .size = sizeof(slow), .send = provide_send, .close = close_later};
    jingle_channel_t *other =
        jingle_channel_new(e->jingle, &slow, JINGLE_FLOW_STREAM, 1, false, &provider);

    jingle_channel_set_sink(other, &sink, &heard);
    jingle_channel_close(other);
    ck_assert_int_eq(jingle_channel_send(other, "a", 1), JINGLE_EINVOP);
    jingle_channel_deliver_writable(other);
    ck_heard("");
    jingle_channel_deliver(other, "b", 1);
    jingle_channel_deliver_closed(other, true);
    ck_heard("b|.");
    jingle_channel_release(other);
}
END_TEST

static jingle_channel_t *going;
static unsigned freed;

static void use_while_freed(void *self)
{
    (void)self;
    freed++;
    jingle_channel_set_sink(going, &sink, &heard);
    jingle_channel_pause(going, true);
    jingle_channel_close(going);
    ck_assert_int_eq(jingle_channel_send(going, "a", 1), JINGLE_EINVOP);
    jingle_channel_release(jingle_channel_clone(going));
}

START_TEST(used_while_it_is_freed)
{
    static const jingle_channel_ops_t using = {.size = sizeof(using),
                                               .send = provide_send,
                                               .pause = provide_pause,
                                               .close = provide_close,
                                               .free = use_while_freed};

    freed = 0;
    going = jingle_channel_new(e->jingle, &using, JINGLE_FLOW_STREAM, 1, false, &provider);
    jingle_channel_deliver(going, "early", 5);
    jingle_channel_release(going);
    ck_assert_uint_eq(freed, 1);
    ck_heard("");
    ck_provider("");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("managed/channel");
    TCase *tcase = tcase_create("channel");

    tcase_add_checked_fixture(tcase, begin, end);
    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, made_as_asked);
    tcase_add_test(tcase, what_comes_early_is_kept_for_the_sink);
    tcase_add_test(tcase, too_much_that_comes_early_breaks_it);
    tcase_add_test(tcase, too_many_that_come_early_break_it);
    tcase_add_test(tcase, no_memory_for_what_comes_early);
    tcase_add_test(tcase, the_pause_ends_with_the_first_sink);
    tcase_add_test(tcase, who_has_paused_before_is_let_be);
    tcase_add_test(tcase, what_came_early_stops_at_a_pause);
    tcase_add_test(tcase, the_sink_may_go_meanwhile);
    tcase_add_test(tcase, sending);
    tcase_add_test(tcase, closing);
    tcase_add_test(tcase, broken_while_sending);
    tcase_add_test(tcase, functions_may_be_left_out);
    tcase_add_test(tcase, a_sink_that_hears_nothing);
    tcase_add_test(tcase, while_it_closes);
    tcase_add_test(tcase, used_while_it_is_freed);
    return run_suite(suite);
}
