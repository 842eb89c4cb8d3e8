/* SPDX-License-Identifier: MIT */
/** @file
 *  What the tests of saving share: a session in memory, and the manager's crash. */
#ifndef TEST_UNIT_CORE_SAVE_FIXTURE_H
#define TEST_UNIT_CORE_SAVE_FIXTURE_H

#include "fixture.h"

#include <stdlib.h>

#include "support/saved.h"

static saved_t saved;
static unsigned n_answers;
static jingle_answer_type_t last_answer;

/* The manager goes without a word, as in a crash, and another comes in its place. */
static inline void crash(void)
{
    jingle_set_send(e->jingle, NULL, NULL);
    begin_with(NULL);
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
    ck_log("created s\n");
    return session;
}

static inline void on_answer(jingle_t *jingle, const jingle_answer_t *answer, void *userdata)
{
    (void)jingle;
    ck_assert_ptr_eq(userdata, e);
    n_answers++;
    last_answer = answer->type;
}

static inline bool feed_answer(const char *type, const char *from, const char *id)
{
    return engine_feed(e, "<iq xmlns='jabber:client' type='%s' from='%s' to='%s' id='%s'/>", type,
                       from, ENGINE_OWN, id);
}

static char old_id[80];

static inline jingle_session_t *with_a_request(jingle_action_t action)
{
    jingle_session_t *session;

    if (action == JINGLE_ACTION_SESSION_INITIATE) {
        session = engine_create(e, "s");
        jingle_session_start(session);
    } else {
        session = engine_create_active(e, "s");
        ck_assert_int_eq(engine_send(e, session, action, ""), JINGLE_EOK);
    }
    snprintf(old_id, sizeof old_id, "%s", xmpp_stanza_get_id(engine_last_request(e)));
    return session;
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
