/* SPDX-License-Identifier: MIT */
/** @file
 *  What the tests of two managers with stub plug-ins share, which are joined back to back. */
#ifndef TEST_UNIT_MANAGED_PAIR_FIXTURE_H
#define TEST_UNIT_MANAGED_PAIR_FIXTURE_H

#include "fixture.h"
#include "support/pair.h"

static pair_t *pair;
static stub_t *si, *sr;

static inline void pair_up(void)
{
    pair = pair_new();
    si = stub_new(pair->engine[PAIR_I]);
    sr = stub_new(pair->engine[PAIR_R]);
    sr->plan[STUB_A].accepts = true;
    e = pair->engine[PAIR_I];
}

static inline void pair_down(void)
{
    for (int side = 0; side < 2; side++) {
        engine_free_manager(pair->engine[side]);
        jingle_session_release(pair->engine[side]->session);
        pair->engine[side]->session = NULL;
    }
    ck_assert_uint_eq(stub_free(si), 0);
    ck_assert_uint_eq(stub_free(sr), 0);
    ck_assert_uint_eq(pair_free(pair), 0);
}

static inline void forget_logs(void)
{
    engine_log(pair->engine[PAIR_I]);
    engine_log(pair->engine[PAIR_R]);
}

static inline jingle_session_t *session_of(pair_side_t side)
{
    return pair->engine[side]->session;
}

/** A session of I's with these contents, active on both sides. */
static inline void connect(const char *name, const char *name2)
{
    jingle_session_t *session = create("s");

    add(session, name);
    if (name2)
        add(session, name2);
    ck_assert_int_eq(jingle_session_start(session), JINGLE_EOK);
    ck_assert(pair_run(pair));
    ck_assert(jingle_session_is_active(session_of(PAIR_I)));
    ck_assert(jingle_session_is_active(session_of(PAIR_R)));
    forget_logs();
}

/** Both sides know the same contents, in the same state, over the same transports. */
static inline void check_agreement(const char *names)
{
    jingle_content_t *ours = NULL, *theirs;
    size_t n[2] = {0, 0};

    while ((ours = jingle_session_next_content(session_of(PAIR_I), ours))) {
        theirs = jingle_session_find_content(session_of(PAIR_R), jingle_content_get_creator(ours),
                                             jingle_content_get_name(ours));
        ck_assert_ptr_nonnull(theirs);
        ck_assert_int_eq(jingle_content_get_state(ours), jingle_content_get_state(theirs));
        ck_assert_int_eq(jingle_content_get_senders(ours), jingle_content_get_senders(theirs));
        ck_assert_str_eq(jingle_content_get_transport(ours), jingle_content_get_transport(theirs));
        ck_assert(jingle_content_is_ours(ours) != jingle_content_is_ours(theirs));
        n[0]++;
    }
    for (theirs = NULL; (theirs = jingle_session_next_content(session_of(PAIR_R), theirs)); n[1]++)
        ;
    ck_assert_uint_eq(n[0], n[1]);
    ck_assert_str_eq(names_of(session_of(PAIR_I)), names);
}

static inline const char *log_of(pair_side_t side)
{
    return engine_log(pair->engine[side]);
}

#endif
