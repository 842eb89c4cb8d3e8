/* SPDX-License-Identifier: MIT */
/** @file
 *  What the tests of the engine share: one manager for each test, all its memory back at the end. */
#ifndef TEST_UNIT_CORE_FIXTURE_H
#define TEST_UNIT_CORE_FIXTURE_H

#include <string.h>

#include "support/engine.h"
#include "support/runner.h"

/** The manager of the test that runs. */
static engine_t *e;

/** What was sent and told since the last look. */
#define ck_log(expected) ck_assert_str_eq(engine_log(e), (expected))

static inline void set_up(void)
{
    e = engine_new(NULL);
    ck_assert_ptr_nonnull(e->jingle);
    engine_register(e);
}

static inline void tear_down(void)
{
    ck_assert_msg(engine_free(e) == 0, "memory was not given back, see above");
    e = NULL;
}

/** A new manager with that config in the place of the test's. */
static inline void begin_with(const jingle_config_t *config)
{
    ck_assert_uint_eq(engine_free(e), 0);
    e = engine_new(config);
    ck_assert_ptr_nonnull(e->jingle);
    engine_register(e);
}

static inline TCase *add_case(Suite *suite, const char *name)
{
    TCase *tcase = tcase_create(name);

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    suite_add_tcase(suite, tcase);
    return tcase;
}

#endif
