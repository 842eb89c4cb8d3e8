/* SPDX-License-Identifier: MIT */
/** @file
 *  The system's clock is set while time-outs run: libstrophe's timers go by it, the binding's by
 * one that nobody can set. */
#include "world.h"

#include <sys/time.h>
#include <time.h>

static long offset;    /* seconds */
static unsigned asked; /* for the time, by libstrophe */

int gettimeofday(struct timeval *now, void *zone) __attribute__((visibility("default")));

/* In the place of libc's. */
int gettimeofday(struct timeval *now, void *zone)
{
    struct timespec real;

    (void)zone;
    asked++;
    clock_gettime(CLOCK_REALTIME, &real);
    now->tv_sec = real.tv_sec + offset;
    now->tv_usec = real.tv_nsec / 1000;
    return 0;
}

static unsigned timed_out, answered;

static void on_answer(jingle_t *jingle, const jingle_answer_t *answer, void *userdata)
{
    (void)jingle, (void)userdata;
    timed_out += answer->type == JINGLE_ANSWER_TIMEOUT;
    answered += answer->type == JINGLE_ANSWER_RESULT;
}

static void ask(uint32_t timeout)
{
    ck_assert_int_eq(
        jingle_request(w.jingle, JINGLE_REQUEST(.to = PEER, .xml = "<q xmlns='urn:example:q'/>",
                                                .timeout = timeout, .on_answer = on_answer)),
        JINGLE_EOK);
}

static void begin(void)
{
    timed_out = answered = asked = 0;
    offset = 0;
    ck_assert_int_eq(jingle_attach(w.jingle, w.conn), JINGLE_EOK);
    go_online();
}

/* An hour forward or back: nothing times out that has a minute left, and the answer is taken. */
START_TEST(nothing_times_out_early)
{
    char *xml, *id;

    begin();
    ask(60000);
    xml = next_on(0);
    id = attr_of(xml, "id");
    offset = _i ? -3600 : 3600;
    run_for(50);
    ck_assert_uint_eq(timed_out, 0);
    ck_assert_uint_gt(asked, 0);
    fake_server_send(w.server, 0, "<iq type='result' from='" PEER "' to='" OWN "' id='%s'/>", id);
    UNTIL(answered == 1);
    free(id);
    free(xml);
}
END_TEST

/* What is due comes, also when the clock was set back or forward while it was waited for. */
START_TEST(what_is_due_comes)
{
    uint64_t before;

    begin();
    ask(200);
    EXPECT("urn:example:q");
    before = milliseconds();
    offset = _i ? -3600 : 3600;
    UNTIL(timed_out == 1);
    ck_assert_uint_ge(milliseconds() - before, 100);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("clock");
    TCase *tcase = add_case(suite, "set");

    tcase_add_loop_test(tcase, nothing_times_out_early, 0, 2);
    tcase_add_loop_test(tcase, what_is_due_comes, 0, 2);
    return run_suite(suite);
}
