/* SPDX-License-Identifier: MIT */
/** @file
 *  Nobody else's session: whoever knows the sid of a session, or the id of a request of ours, and
 * is not the peer changes nothing, and is answered octet by octet as for a sid that never was
 * (XEP-0166 section 13.2). Every action, in every state, from whoever looks like the peer. */
#include "fixture.h"

#include <stdlib.h>

#define SID "the-sid"
/* As long, and of nobody. */
#define NEVER "not-sid"

#define EACH(item, list) for (size_t item = 0; item < sizeof(list) / sizeof((list)[0]); item++)

/** Who is not ENGINE_PEER, z@peer.example/r1. */
static const char *const strangers[] = {
    "Z@peer.example/r1",
    "z@PEER.example/r1",
    "z@peer.example/R1",
    "z@peer.example/r2",
    "z@peer.example/r1/",
    "z@peer.example/r1 ",
    "z@peer.example/",
    "z@peer.example",
    "peer.example/r1",
    "peer.example",
    "z@peer.exampl\xd0\xb5/r1",        /* a Cyrillic letter */
    "\xe1\xb4\xa2@peer.example/r1",    /* a small capital */
    "z@peer.example/r1\xe2\x80\x8b",   /* a space without width */
    "z@peer.example/\xef\xbd\x92\x31", /* a letter of full width */
    "z@peer.example./r1",
    ENGINE_OTHER,
    ENGINE_OWN,
    "m@self.example",
    "",
};

static const char *const payloads[] = {
    "",
    ENGINE_CONTENT,
    "<reason><success/></reason>",
    "<x xmlns='urn:example:x'/>",
};

/* ---- states -------------------------------------------------------------------------------- */

static jingle_session_t *not_started(void)
{
    return engine_create(e, SID);
}

static jingle_session_t *offered_by_us(void)
{
    jingle_session_t *session = engine_create(e, SID);

    jingle_session_start(session);
    return session;
}

static jingle_session_t *acknowledged(void)
{
    jingle_session_t *session = offered_by_us();

    engine_ack(e);
    return session;
}

static jingle_session_t *active(void)
{
    return engine_create_active(e, SID);
}

static jingle_session_t *busy(void)
{
    jingle_session_t *session = engine_create_active(e, SID);

    engine_send(e, session, JINGLE_ACTION_CONTENT_ADD, ENGINE_CONTENT);
    e->keep = true;
    engine_action(e, "1", "session-info", SID, "");
    engine_action(e, "2", "transport-info", SID, "");
    e->keep = false;
    return session;
}

static jingle_session_t *offer_in_work(void)
{
    e->keep = true;
    engine_offer(e, "1", SID);
    e->keep = false;
    return jingle_find_session(e->jingle, NULL, ENGINE_PEER, SID);
}

static jingle_session_t *offered_to_us(void)
{
    return engine_offered(e, SID);
}

static jingle_session_t *accepted(void)
{
    jingle_session_t *session = engine_offered(e, SID);

    jingle_session_accept(session);
    return session;
}

static jingle_session_t *(*const states[])(void) = {
    not_started, offered_by_us, acknowledged, active, busy, offer_in_work, offered_to_us, accepted};

/* ---- what is seen -------------------------------------------------------------------------- */

static text_t out; /**< what was sent, as it is */
static const jingle_session_t *watched;
static unsigned seen; /**< events and actions of the session that is watched */

static void watch_events(engine_t *engine, const jingle_event_t *event)
{
    (void)engine;
    seen += event->session == watched;
}

static void watch_actions(engine_t *engine, jingle_session_t *session, const jingle_data_t *data,
                          jingle_reply_t *reply)
{
    (void)engine, (void)data;
    seen += session == watched;
    jingle_reply_ack(reply);
}

static int keep_octets(jingle_t *jingle, const char *xml, size_t len, void *userdata)
{
    (void)jingle, (void)userdata;
    text_add(&out, xml, len);
    text_puts(&out, "\n");
    return JINGLE_EOK;
}

/** All that can be seen of a session. */
static void describe(jingle_session_t *session, text_t *to)
{
    jingle_counters_t counters = {.size = sizeof counters};
    const char *application;

    jingle_get_counters(e->jingle, &counters);
    text_printf(to, "%s %s %s %s %d %zu %s %s%s%s%s", jingle_session_get_sid(session),
                jingle_session_get_peer(session),
                jingle_state_name(jingle_session_get_state(session)),
                jingle_connection_name(jingle_session_get_connection(session)),
                (int)jingle_session_get_role(session), jingle_session_count_requests(session),
                jingle_action_name(jingle_session_get_pending_action(session))
                    ? jingle_action_name(jingle_session_get_pending_action(session))
                    : "-",
                jingle_session_is_acknowledged(session) ? "acknowledged " : "",
                jingle_session_is_tracked(session) ? "tracked " : "",
                jingle_session_is_ended(session) ? "ended " : "",
                jingle_session_get_manager(session) ? "managed" : "");
    for (size_t i = 0; (application = jingle_session_get_application(session, i)); i++)
        text_printf(to, " %s", application);
    text_printf(to, " queued %u requests %u sessions %zu", (unsigned)counters.queued,
                (unsigned)counters.requests, jingle_count_sessions(e->jingle));
}

static bool end_of(jingle_session_t *session, void *userdata)
{
    if (session != userdata)
        jingle_session_end(session, JINGLE_END(.silent = true));
    return true;
}

static void try(const char *type, const char *from, const char *action, const char *sid,
                const char *payload)
{
    text_clear(&out);
    engine_feed(e,
                "<iq xmlns='jabber:client' type='%s' id='q' to='%s'%s%s%s><jingle xmlns='%s' "
                "action='%s' sid='%s'>%s"
                "</jingle></iq>",
                type, ENGINE_OWN, *from ? " from='" : "", from, *from ? "'" : "", JINGLE_NS, action,
                sid, payload);
}

/** Does it with the sid and with one that never was. A stranger's own offer makes a session of
 * theirs, which is ended again. */
static void compare(jingle_session_t *session, const char *type, const char *from,
                    const char *action, const char *payload)
{
    text_t first = {0};

    try(type, from, action, SID, payload);
    text_puts(&first, text_str(&out));
    ck_assert_msg(first.len > 0, "%s from %s was not answered", action, from);
    jingle_each_session(e->jingle, end_of, session);
    try(type, from, action, NEVER, payload);
    ck_assert_msg(strcmp(text_str(&first), text_str(&out)) == 0, "%s from %s: %s else %s", action,
                  from, text_str(&first), text_str(&out));
    jingle_each_session(e->jingle, end_of, session);
    text_clear(&first);
}

static void begin(size_t state, jingle_session_t **session, text_t *was)
{
    *session = states[state]();
    ck_assert_ptr_nonnull(*session);
    engine_log(e);
    text_clear(&out); /* the end of the last test's engine */
    jingle_set_send(e->jingle, keep_octets, NULL);
    watched = *session;
    seen = 0;
    e->on_event = watch_events;
    e->on_action = watch_actions;
    describe(*session, was);
}

static void check_same(jingle_session_t *session, text_t *was)
{
    text_t now = {0};

    ck_assert_uint_eq(seen, 0);
    e->on_event = NULL;
    describe(session, &now);
    ck_assert_str_eq(text_str(&now), text_str(was));
    ck_assert_ptr_eq(jingle_find_session(e->jingle, NULL, ENGINE_PEER, SID), session);
    text_clear(&now);
    text_clear(was);
    text_clear(&out);
}

/* ---- tests --------------------------------------------------------------------------------- */

/* 8 states, 19 strangers, 19 actions, 4 payloads, two types, two sids: 46,208 tries. */
START_TEST(requests_of_strangers)
{
    static const char *const types[] = {"set", "get"};
    jingle_session_t *session;
    text_t was = {0};
    size_t tries = 0;

    begin((size_t)_i, &session, &was);
    EACH(s, strangers)
    for (int action = 0; action <= JINGLE_ACTION_COUNT; action++)
        EACH(p, payloads)
    EACH(t, types)
    {
        const char *name = action ? jingle_action_name((jingle_action_t)action) : "";

        compare(session, types[t], strangers[s], name ? name : "bogus", payloads[p]);
        tries += 2;
    }
    ck_assert_uint_ge(tries, 5000);
    check_same(session, &was);
}
END_TEST

/* Nobody but they may be told that we are here (XEP-0166 section 6.3.2). */
static bool only_the_peer(jingle_t *jingle, const char *peer, const char *own, void *userdata)
{
    (void)jingle, (void)own, (void)userdata;
    return strcmp(peer, ENGINE_PEER) == 0;
}

START_TEST(strangers_that_may_not_offer)
{
    jingle_session_t *session;
    text_t was = {0};

    begin((size_t)_i, &session, &was);
    jingle_set_may_offer(e->jingle, only_the_peer, NULL);
    EACH(s, strangers)
    for (int action = 1; action < JINGLE_ACTION_COUNT; action++) {
        compare(session, "set", strangers[s], jingle_action_name((jingle_action_t)action),
                ENGINE_CONTENT);
        ck_assert_ptr_nonnull(strstr(text_str(&out), "service-unavailable"));
    }
    check_same(session, &was);
    ck_assert_str_eq(engine_log(e), "");
}
END_TEST

/* An answer counts when id, sender and type fit. */
START_TEST(answers_of_strangers)
{
    static const size_t with_requests[] = {1, 4, 7};
    jingle_session_t *session;
    text_t was = {0};
    char id[64];

    begin(with_requests[_i], &session, &was);
    ck_assert_uint_eq(jingle_session_count_requests(session), 1);
    snprintf(id, sizeof id, "%s", xmpp_stanza_get_id(engine_last_request(e)));
    EACH(s, strangers)
    for (int code = -1; code < JINGLE_ERROR_COUNT; code++) {
        const jingle_error_t *error = jingle_error_of((jingle_error_code_t)code);
        char *xml = NULL;

        if (code >= 0)
            ck_assert_int_eq(jingle_error_to_xml(NULL, error, &xml), JINGLE_EOK);
        engine_feed(e, "<iq xmlns='jabber:client' type='%s' id='%s' to='%s'%s%s%s>%s</iq>",
                    xml ? "error" : "result", id, ENGINE_OWN, *strangers[s] ? " from='" : "",
                    strangers[s], *strangers[s] ? "'" : "", xml ? xml : "");
        free(xml);
    }
    ck_assert_str_eq(text_str(&out), "");
    ck_assert_str_eq(engine_log(e), "");
    check_same(session, &was);
}
END_TEST

/* Ids that are nearly ours, from the peer itself. */
START_TEST(answers_with_other_ids)
{
    static const char *const around[][2] = {{"", "0"}, {"", " "}, {" ", ""}, {"0", ""},
                                            {"x", ""}, {"", "x"}, {"", "%"}, {"-", ""}};
    jingle_session_t *session;
    text_t was = {0};
    char id[64], other[80];

    begin(1, &session, &was);
    snprintf(id, sizeof id, "%s", xmpp_stanza_get_id(engine_last_request(e)));
    for (unsigned i = 0; i < 10000; i++) {
        if (i < sizeof around / sizeof around[0])
            snprintf(other, sizeof other, "%s%s%s", around[i][0], id, around[i][1]);
        else
            snprintf(other, sizeof other, "%.*s%u", (int)strlen(id) - 1, id, i + 100);
        engine_feed(e, "<iq xmlns='jabber:client' type='%s' id='%s' from='%s' to='%s'/>",
                    i % 2 ? "result" : "error", other, ENGINE_PEER, ENGINE_OWN);
    }
    ck_assert_str_eq(text_str(&out), "");
    ck_assert_str_eq(engine_log(e), "");
    check_same(session, &was);
}
END_TEST

/* The peer itself, but to another JID of the component. */
START_TEST(another_address_of_ours)
{
    static const char iq[] =
        "<iq xmlns='jabber:client' type='set' id='q' from='" ENGINE_PEER "' to='%s'>"
        "<jingle xmlns='" JINGLE_NS "' action='%s' sid='%s'>%s</jingle></iq>";
    static const char *const addresses[] = {"b@comp.example", "A@comp.example", "a@comp.example/x",
                                            "comp.example"};
    jingle_session_t *session;
    text_t was = {0}, first = {0};

    begin_with(JINGLE_CONFIG(.component = true));
    engine_feed(e, iq, "a@comp.example", "session-initiate", SID, ENGINE_CONTENT);
    session = e->session;
    engine_log(e);
    jingle_set_send(e->jingle, keep_octets, NULL);
    describe(session, &was);
    EACH(a, addresses)
    for (int action = 1; action < JINGLE_ACTION_COUNT; action++) {
        const char *name = jingle_action_name((jingle_action_t)action);

        text_clear(&out);
        engine_feed(e, iq, addresses[a], name, SID, ENGINE_CONTENT);
        text_puts(&first, text_str(&out));
        jingle_each_session(e->jingle, end_of, session);
        text_clear(&out);
        engine_feed(e, iq, addresses[a], name, NEVER, ENGINE_CONTENT);
        ck_assert_str_eq(text_str(&out), text_str(&first));
        jingle_each_session(e->jingle, end_of, session);
        text_clear(&first);
    }
    text_clear(&out);
    ck_assert_ptr_eq(jingle_find_session(e->jingle, "a@comp.example", ENGINE_PEER, SID), session);
    describe(session, &out);
    ck_assert_str_eq(text_str(&out), text_str(&was));
    text_clear(&was);
    text_clear(&out);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("core/stranger");
    TCase *tcase = add_case(suite, "nobody else's");
    int n = (int)(sizeof states / sizeof states[0]);

    tcase_set_timeout(tcase, 120);
    tcase_add_loop_test(tcase, requests_of_strangers, 0, n);
    tcase_add_loop_test(tcase, strangers_that_may_not_offer, 0, n);
    tcase_add_loop_test(tcase, answers_of_strangers, 0, 3);
    tcase_add_test(tcase, answers_with_other_ids);
    tcase_add_test(tcase, another_address_of_ours);
    return run_suite(suite);
}
