/* SPDX-License-Identifier: MIT */
/** @file
 *  What the tests of the data layer share: elements from text, and an allocator that counts. */
#ifndef TEST_UNIT_CORE_ELEMENTS_H
#define TEST_UNIT_CORE_ELEMENTS_H

#include <stdlib.h>
#include <string.h>

#include <jingle/manager.h>

#include "support/runner.h"
#include "support/test_mem.h"
#include "support/text.h"
#include "support/xml_reader.h"

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

/** Of the test that runs. */
static xmpp_ctx_t *ctx;
static test_mem_t mem;

static inline void set_up(void)
{
    test_mem_init(&mem);
    test_mem_starve(&mem);
    xmpp_initialize();
    ctx = xmpp_ctx_new(NULL, NULL);
}

static inline void tear_down(void)
{
    xmpp_ctx_free(ctx);
    xmpp_shutdown();
    ck_assert_uint_eq(test_mem_report(&mem, stderr), 0);
}

/** Reads an element; the caller's to release. */
static inline xmpp_stanza_t *element(const char *xml)
{
    char error[200];
    xmpp_stanza_t *read = xml_read(ctx, xml, strlen(xml), error, sizeof(error));

    ck_assert_msg(read != NULL, "%s: %s", error, xml);
    return read;
}

/** Adds a case with a fixture of the test's own. */
static inline TCase *add_case_with(Suite *suite, const char *name, void (*before)(void),
                                   void (*after)(void))
{
    TCase *tcase = tcase_create(name);

    tcase_add_checked_fixture(tcase, before, after);
    tcase_set_timeout(tcase, 60); /* sanitizers, valgrind, a machine that does other things too */
    suite_add_tcase(suite, tcase);
    return tcase;
}

static inline TCase *add_case(Suite *suite, const char *name)
{
    return add_case_with(suite, name, set_up, tear_down);
}

#endif
