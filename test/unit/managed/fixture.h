/* SPDX-License-Identifier: MIT */
/** @file
 *  What the tests of the managed type share: one manager with stub plug-ins for each test, all its
 *  memory and all parts back at the end. */
#ifndef TEST_UNIT_MANAGED_FIXTURE_H
#define TEST_UNIT_MANAGED_FIXTURE_H

#include <stdlib.h>
#include <string.h>

#include "support/engine.h"
#include "support/runner.h"
#include "support/stub_plugins.h"

static engine_t *e;
static stub_t *s;

/** What was sent, told and called since the last look. */
#define ck_log(expected) ck_assert_str_eq(engine_log(e), (expected))

static inline void set_up(void)
{
    e = engine_new(NULL);
    ck_assert_ptr_nonnull(e->jingle);
    s = stub_new(e);
    ck_assert_ptr_nonnull(s);
}

static inline void tear_down(void)
{
    engine_free_manager(e);
    jingle_session_release(e->session);
    e->session = NULL;
    ck_assert_msg(stub_free(s) == 0, "parts were not freed");
    ck_assert_msg(engine_free(e) == 0, "memory was not given back, see above");
}

static inline TCase *add_case(Suite *suite, const char *name)
{
    TCase *tcase = tcase_create(name);

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    suite_add_tcase(suite, tcase);
    return tcase;
}

/** A session of ours with the peer that has not begun. */
static inline jingle_session_t *create(const char *sid)
{
    jingle_session_t *session = NULL;

    ck_assert_int_eq(
        jingle_managed_session_new(e->jingle, ENGINE_PEER, JINGLE_SESSION(.sid = sid), &session),
        JINGLE_EOK);
    return session;
}

static inline jingle_content_t *add(jingle_session_t *session, const char *name)
{
    jingle_content_t *content = NULL;

    ck_assert_int_eq(jingle_session_add_content(
                         session, JINGLE_CONTENT(.application = STUB_APP, .name = name), &content),
                     JINGLE_EOK);
    return content;
}

/** ... that has offered these contents and was acknowledged; the log is emptied. */
static inline jingle_session_t *pending_out(const char *sid, const char *name, const char *name2)
{
    jingle_session_t *session = create(sid);

    add(session, name);
    if (name2)
        add(session, name2);
    ck_assert_int_eq(jingle_session_start(session), JINGLE_EOK);
    engine_ack(e);
    engine_log(e);
    return session;
}

/** ... that the peer has accepted whole. The transports have opened, unless they were told to wait.
 */
static inline jingle_session_t *active_out(const char *sid, const char *name, const char *name2)
{
    jingle_session_t *session = pending_out(sid, name, name2);
    text_t text = {0};

    text_printf(&text, STUB_CONTENT("%s"), name);
    if (name2)
        text_printf(&text, STUB_CONTENT("%s"), name2);
    engine_action(e, "accept", "session-accept", sid, text_str(&text));
    text_clear(&text);
    ck_assert(jingle_session_is_active(session));
    engine_log(e);
    return session;
}

/** A session that the peer has offered, acknowledged; the log is emptied. */
static inline jingle_session_t *pending_in(const char *sid, const char *contents)
{
    jingle_session_t *session;

    engine_action(e, "offer", "session-initiate", sid, contents);
    session = jingle_find_session(e->jingle, NULL, ENGINE_PEER, sid);
    ck_assert(jingle_session_is_pending(session));
    engine_log(e);
    return session;
}

/** ... and that we have accepted. */
static inline jingle_session_t *active_in(const char *sid, const char *contents)
{
    jingle_session_t *session = pending_in(sid, contents);

    ck_assert_int_eq(jingle_session_accept(session), JINGLE_EOK);
    ck_assert(jingle_session_is_active(session));
    engine_ack(e);
    engine_log(e);
    return session;
}

static inline jingle_content_t *content_of(jingle_session_t *session, const char *name)
{
    jingle_content_t *content = NULL;

    while ((content = jingle_session_next_content(session, content)))
        if (strcmp(jingle_content_get_name(content), name) == 0)
            return content;
    return NULL;
}

/** The names of the session's contents, one after the other. */
static inline const char *names_of(jingle_session_t *session)
{
    static char names[256];
    jingle_content_t *content = NULL;

    names[0] = '\0';
    while ((content = jingle_session_next_content(session, content)))
        snprintf(names + strlen(names), sizeof(names) - strlen(names), "%s%s", names[0] ? " " : "",
                 jingle_content_get_name(content));
    return names;
}

/** How many faults of the peer were met leniently. */
static inline unsigned quirks(void)
{
    jingle_counters_t counters = {.size = sizeof(counters)};

    ck_assert_int_eq(jingle_get_counters(e->jingle, &counters), JINGLE_EOK);
    return (unsigned)counters.quirks;
}

/** The `<jingle/>` of the last request that was sent. */
static inline xmpp_stanza_t *last_jingle(void)
{
    return jingle_element_child(engine_last_request(e), "jingle", JINGLE_NS);
}

/** The contents of the last request, such as "initiator/c[description transport] responder/d[]". */
static inline const char *last_contents(void)
{
    static char text[512];
    xmpp_stanza_t *content = jingle_element_child(last_jingle(), "content", JINGLE_NS);

    text[0] = '\0';
    for (; content && strcmp(xmpp_stanza_get_name(content), "content") == 0;
         content = jingle_element_next(content)) {
        snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s/%s[", text[0] ? " " : "",
                 xmpp_stanza_get_attribute(content, "creator"),
                 xmpp_stanza_get_attribute(content, "name"));
        for (xmpp_stanza_t *child = jingle_element_child(content, NULL, NULL); child;
             child = jingle_element_next(child))
            snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s%s",
                     text[strlen(text) - 1] == '[' ? "" : " ", xmpp_stanza_get_name(child));
        strcat(text, "]");
    }
    return text;
}

#endif
