/* SPDX-License-Identifier: MIT */
/** @file
 *  Contexts in several threads do not meet, although the binding has one list of all attached
 *  connections behind a lock. Of use under ThreadSanitizer above all. */
#include <pthread.h>

#include <jingle/binding.h>
#include <jingle/session.h>

#include "support/runner.h"

enum { THREADS = 4, ROUNDS = 300 };

static void count(jingle_t *jingle, void *userdata)
{
    (void)jingle;
    ++*(unsigned *)userdata;
}

/** Two managers on two connections of one context, attached and detached all the time.
 *  @return how much went wrong */
static void *work(void *userdata)
{
    xmpp_ctx_t *ctx = xmpp_ctx_new(NULL, NULL);
    size_t wrong = 0;

    (void)userdata;
    for (unsigned round = 0; round < ROUNDS; round++) {
        xmpp_conn_t *conns[2] = {xmpp_conn_new(ctx), xmpp_conn_new(ctx)};
        jingle_t *managers[2] = {jingle_new(ctx, NULL), jingle_new(ctx, NULL)};
        unsigned fired = 0;
        for (unsigned i = 0; i < 2; i++)
            wrong += jingle_attach(managers[i], conns[i]) != JINGLE_EOK;
        wrong += jingle_attach(managers[0], conns[1]) != JINGLE_EEXIST;
        jingle_timer_start(managers[1], 0, count, &fired, NULL);
        jingle_free(managers[0]);
        xmpp_run_once(ctx, 0);
        wrong += fired != 1;
        jingle_free(managers[1]);
        for (unsigned i = 0; i < 2; i++)
            xmpp_conn_release(conns[i]);
    }
    xmpp_ctx_free(ctx);
    return (void *)wrong;
}

START_TEST(contexts_do_not_meet)
{
    pthread_t threads[THREADS];
    void *wrong;

    for (unsigned i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, work, NULL), 0);
    for (unsigned i = 0; i < THREADS; i++) {
        ck_assert_int_eq(pthread_join(threads[i], &wrong), 0);
        ck_assert_ptr_null(wrong);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("threads");
    TCase *tcase = tcase_create("threads");

    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, contexts_do_not_meet);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
