/* SPDX-License-Identifier: MIT */
/** @file
 *  What the tests of saved managed sessions share. */
#ifndef TEST_UNIT_MANAGED_SAVE_FIXTURE_H
#define TEST_UNIT_MANAGED_SAVE_FIXTURE_H

#include "fixture.h"

#include "support/saved.h"

static saved_t saved;

/* The manager goes without a word, as in a crash, and another comes in its place, whose plug-ins
 * know nothing. */
static inline void crash(void)
{
    jingle_set_send(e->jingle, NULL, NULL);
    tear_down();
    set_up();
}

static inline int restore(jingle_session_t **session)
{
    return jingle_restore(e->jingle, saved.data, saved.len, NULL, session);
}

static inline jingle_session_t *saved_and_restored(jingle_session_t *session)
{
    ck_assert_int_eq(saved_take(&saved, session), JINGLE_EOK);
    crash();
    session = NULL;
    ck_assert_int_eq(restore(&session), JINGLE_EOK);
    return session;
}

static char old_id[80];

static inline void note_id(void)
{
    snprintf(old_id, sizeof old_id, "%s", xmpp_stanza_get_id(engine_last_request(e)));
}

static inline void answer(const char *type, const char *error)
{
    engine_feed(e, "<iq xmlns='jabber:client' type='%s' from='%s' to='%s' id='%s'>%s</iq>", type,
                ENGINE_PEER, ENGINE_OWN, old_id, error);
}

static inline void clear(void)
{
    saved_clear(&saved);
    tear_down();
}

static inline TCase *add_save_case(Suite *suite, const char *name)
{
    TCase *tcase = tcase_create(name);

    tcase_add_checked_fixture(tcase, set_up, clear);
    tcase_set_timeout(tcase, 60);
    suite_add_tcase(suite, tcase);
    return tcase;
}

#endif
