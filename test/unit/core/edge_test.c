/* SPDX-License-Identifier: MIT */
/** @file
 *  What seldom happens: no random numbers, calls while the manager goes, answers larger than the
 * room on the stack, stanzas that are nobody's, values at the edge of their range. */
#include "fixture.h"

#include <stdlib.h>

#include <jingle/version.h>

#define IQ(type, rest)                                                                             \
    "<iq xmlns='jabber:client' type='" type "' from='" ENGINE_PEER "' to='" ENGINE_OWN "'" rest

/* ---- what a manager is made with ---- */

static int dry_at; /* the n-th call for random octets fails; 0: none */

static int dry_random(void *buffer, size_t len, void *userdata)
{
    (void)userdata;
    if (dry_at && --dry_at == 0)
        return JINGLE_EINT;
    memset(buffer, 7, len);
    return JINGLE_EOK;
}

START_TEST(no_random_numbers)
{
    jingle_t *jingle;
    int calls;

    for (calls = 1;;
         calls++) { /* without a secret for the tables and for ids there is no manager */
        dry_at = calls;
        jingle = jingle_new(e->ctx, JINGLE_CONFIG(.random = dry_random));
        if (jingle)
            break;
    }
    jingle_free(jingle);
    ck_assert_int_ge(calls, 2);
    dry_at = 0;
    begin_with(JINGLE_CONFIG(.random = dry_random));
    dry_at = 1;
    ck_assert_int_eq(jingle_session_new(e->jingle, ENGINE_PEER, NULL, NULL), JINGLE_EINT);
    ck_assert_uint_eq(jingle_count_sessions(e->jingle), 0);
    dry_at = 0;
    ck_assert_int_eq(jingle_session_new(e->jingle, ENGINE_PEER, NULL, NULL), JINGLE_EOK);
}
END_TEST

static char logged[256];

static void log_handler(void *userdata, xmpp_log_level_t level, const char *area,
                        const char *message)
{
    (void)userdata;
    snprintf(logged, sizeof logged, "%d %s %s", (int)level, area, message);
}

START_TEST(log_and_quirks)
{
    static const xmpp_log_t log = {.handler = log_handler};
    jingle_counters_t counters = {.size = sizeof counters};

    begin_with(JINGLE_CONFIG(.log = &log, .log_level = XMPP_LEVEL_INFO));
    logged[0] = '\0';
    jingle_log(e->jingle, XMPP_LEVEL_DEBUG, "too small");
    ck_assert_str_eq(logged, "");
    jingle_log(e->jingle, XMPP_LEVEL_ERROR, "%d of %s", 3, "four");
    ck_assert_str_eq(logged, "3 jingle 3 of four");
    jingle_note_quirk(e->jingle, "a comma too many");
    ck_assert_str_eq(logged, "1 jingle met leniently: a comma too many");
    jingle_get_counters(e->jingle, &counters);
    ck_assert_uint_eq(counters.quirks, 1);
}
END_TEST

/* A log needs no events. */
START_TEST(log_alone)
{
    static const xmpp_log_t log = {.handler = log_handler};
    jingle_t *jingle = jingle_new(e->ctx, JINGLE_CONFIG(.log = _i ? &log : NULL));

    logged[0] = '\0';
    jingle_log(jingle, XMPP_LEVEL_WARN, "heard");
    ck_assert_str_eq(logged, _i ? "2 jingle heard" : "");
    jingle_free(jingle);
}
END_TEST

START_TEST(hash_and_version)
{
    char expected[32];

    snprintf(expected, sizeof expected, "%d.%d.%d", JINGLE_VERSION_MAJOR, JINGLE_VERSION_MINOR,
             JINGLE_VERSION_PATCH);
    ck_assert_str_eq(jingle_version(), expected);
    ck_assert_uint_eq(jingle_hash(e->jingle, "abc", 3), jingle_hash(e->jingle, "abcd", 3));
    ck_assert_uint_ne(jingle_hash(e->jingle, "abc", 3), jingle_hash(e->jingle, "abd", 3));
    ck_assert_uint_eq(jingle_hash(e->jingle, NULL, 0), jingle_hash(e->jingle, "", 0));
}
END_TEST

START_TEST(becomes_a_component)
{
    engine_offer(e, "1", "s");
    ck_assert_ptr_null(xmpp_stanza_get_from(engine_last(e)));
    jingle_set_component(e->jingle, true);
    engine_feed_jingle(e, ENGINE_OTHER, "2", "session-initiate", "s", ENGINE_CONTENT);
    ck_assert_str_eq(xmpp_stanza_get_from(engine_last(e)), ENGINE_OWN);
}
END_TEST

static bool give_type(jingle_t *jingle, const jingle_offer_t *offer,
                      const jingle_session_type_t **type, void **type_userdata, void *userdata)
{
    (void)jingle;
    *type = &engine_type;
    *type_userdata = userdata;
    return strcmp(offer->applications[0], "urn:example:other") == 0;
}

START_TEST(prepared_by_the_program)
{
    begin_with(JINGLE_CONFIG(.prepare_session = give_type));
    engine_action(e, "1", "session-initiate", "s",
                  "<content creator='initiator' name='c'><description xmlns='urn:example:other'/>"
                  "<transport xmlns='urn:t'/></content>");
    ck_assert_ptr_eq(jingle_session_get_type(e->session), &engine_type);
    engine_action(e, "2", "session-initiate", "t",
                  "<content creator='initiator' name='c'><description xmlns='urn:example:else'/>"
                  "<transport xmlns='urn:t'/></content>");
    ck_assert_ptr_ne(jingle_session_get_type(e->session), &engine_type);
}
END_TEST

/* A resource may hold what no other part may (RFC 7622 sections 3.4 and 3.5). */
START_TEST(resources_of_all_kinds)
{
    static const char *const good[] = {"juliet@example.com/foo bar",
                                       "b.example/a@b/c",
                                       "a@b/<\"'&>",
                                       "a@b/c@",
                                       "a@b/c/",
                                       "a@b.example"};

    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        jingle_session_t *session = NULL;

        ck_assert_int_eq(jingle_set_jid(e->jingle, good[i]), JINGLE_EOK);
        ck_assert_str_eq(jingle_get_jid(e->jingle), good[i]);
        ck_assert_int_eq(jingle_session_new(e->jingle, good[i], NULL, &session), JINGLE_EOK);
        ck_assert_str_eq(jingle_session_get_peer(session), good[i]);
    }
}
END_TEST

START_TEST(modules_and_names)
{
    static const char *const wrong[] = {"a@",   "a@b/",    "@b",       "/c", "a b@c",
                                        "a@/b", "a\"@b/c", "a@b/c\nd", "",   "a@b/\x7f"};
    static int key, other;
    xmpp_stanza_t *element = engine_element(e, "<a xmlns='urn:x'><b/>words</a>");

    ck_assert_int_eq(jingle_set_module(e->jingle, &other, NULL, NULL),
                     JINGLE_EOK); /* there is none to take away */
    ck_assert_int_eq(jingle_set_module(e->jingle, &key, &key, NULL), JINGLE_EOK);
    ck_assert_int_eq(jingle_set_module(e->jingle, &key, &key, NULL), JINGLE_EEXIST);
    ck_assert_ptr_eq(jingle_get_module(e->jingle, &key), &key);
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        ck_assert_int_eq(jingle_set_jid(e->jingle, wrong[i]), JINGLE_EINVAL);
    ck_assert_str_eq(jingle_get_jid(e->jingle), ENGINE_OWN);
    ck_assert_ptr_null(jingle_find_session(e->jingle, NULL, ENGINE_PEER, NULL));
    ck_assert_str_eq(jingle_element_text(element), "words");
    ck_assert_str_eq(jingle_element_text(jingle_element_child(element, "b", NULL)), "");
    xmpp_stanza_release(element);
}
END_TEST

/* ---- stanzas ---- */

START_TEST(nobodys_stanzas)
{
    ck_assert(!engine_feed(e, "<message xmlns='jabber:client' type='set' id='1'><jingle "
                              "xmlns='urn:xmpp:jingle:1'/></message>"));
    ck_assert(!engine_feed(
        e, "<iq xmlns='jabber:client' id='1'><jingle xmlns='urn:xmpp:jingle:1'/></iq>"));
    ck_assert(!engine_feed(e, IQ("odd", " id='1'/>")));
    ck_assert(!engine_feed(e, IQ("set", " id='1'/>")));
    ck_assert(!engine_feed(e, IQ("set", " id='1'><jingle xmlns='urn:x'/></iq>")));
    ck_assert(!engine_feed(e, IQ("set", " id='1'><tingle xmlns='urn:xmpp:jingle:1'/></iq>")));
    ck_assert(!engine_feed(e, IQ("error", " id='1'/>")));
    ck_log("");
}
END_TEST

START_TEST(actions_are_sets)
{
    ck_assert(engine_feed(
        e, IQ("get",
              " id='1'><jingle xmlns='urn:xmpp:jingle:1' action='session-info' sid='s'/></iq>")));
    ck_log("> error 1 cancel bad-request\n");
}
END_TEST

static void on_answer(jingle_t *jingle, const jingle_answer_t *answer, void *userdata)
{
    (void)jingle;
    (void)userdata;
    engine_note(e, "answer %d", (int)answer->type);
}

/** Answers to ids that are nearly the one of our request, by the peer itself. */
START_TEST(ids_that_are_nearly_ours)
{
    static const char *const wrong[] = {"%.*s0%s", "%.*s%s0", "%.*s-%s", "%.*sx%s",
                                        "%.*s18446744073709551616%s"};
    const char *id;
    char changed[200];
    size_t prefix;

    jingle_request(e->jingle, JINGLE_REQUEST(.to = ENGINE_PEER, .xml = "<a xmlns='urn:x'/>",
                                             .on_answer = on_answer));
    ck_log("> set a\n");
    id = xmpp_stanza_get_id(engine_last(e));
    for (prefix = strlen(id); prefix > 0 && id[prefix - 1] >= '0' && id[prefix - 1] <= '9';
         prefix--)
        continue;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        snprintf(changed, sizeof changed, wrong[i], (int)prefix, id, id + prefix);
        engine_feed(e, IQ("result", " id='%s'/>"), changed);
        ck_assert_msg(!*engine_log(e), "%s was taken for %s", changed, id);
    }
    ck_assert(!engine_feed(e, IQ("result", "/>")));
    ck_log("");
    ck_assert(engine_feed(e, IQ("result", " id='%s'/>"), id));
    ck_log("answer 0\n");
}
END_TEST

/** An id that fills the room on the stack: the answer goes out all the same, with the whole id. */
START_TEST(answers_larger_than_the_room)
{
    static char id[100000];

    memset(id, 'i', sizeof id - 1);
    id[sizeof id - 1] = '\0';
    engine_action(e, id, "session-info", "never", "");
    ck_assert_str_eq(xmpp_stanza_get_id(engine_last(e)), id);
    ck_assert_str_eq(xmpp_stanza_get_type(engine_last(e)), "error");
    engine_offer(e, id, "s");
    ck_assert_str_eq(xmpp_stanza_get_id(engine_last(e)), id);
    ck_assert_str_eq(xmpp_stanza_get_type(engine_last(e)), "result");
}
END_TEST

/** Answers count from whom the request went to; our own account may answer as server, as bare JID
 * and as we. */
START_TEST(who_may_answer)
{
    static const struct {
        const char *to, *from;
        bool counts;
    } rows[] = {{ENGINE_PEER, ENGINE_PEER, true},
                {ENGINE_PEER, NULL, false},
                {ENGINE_PEER, ENGINE_OTHER, false},
                {ENGINE_PEER, "z@peer.example", false},
                {NULL, NULL, true},
                {NULL, "m@self.example", true},
                {NULL, ENGINE_OWN, true},
                {NULL, "self.example", true},
                {NULL, "m@self.example/other", false},
                {NULL, "example", false},
                {NULL, ENGINE_PEER, false},
                {NULL, "n@self.example", false}};
    char from[100];

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        jingle_request(e->jingle, JINGLE_REQUEST(.to = rows[i].to, .xml = "<a xmlns='urn:x'/>",
                                                 .on_answer = on_answer));
        engine_log(e);
        snprintf(from, sizeof from, rows[i].from ? " from='%s'" : "%s",
                 rows[i].from ? rows[i].from : "");
        engine_feed(e, "<iq xmlns='jabber:client' type='result' id='%s'%s/>",
                    xmpp_stanza_get_id(engine_last(e)), from);
        ck_assert_msg(!*engine_log(e) == !rows[i].counts, "row %zu", i);
    }
}
END_TEST

/* ---- served requests ---- */

static void serve_default(jingle_t *jingle, xmpp_stanza_t *iq, xmpp_stanza_t *payload,
                          jingle_reply_t *reply, void *userdata)
{
    (void)jingle;
    (void)iq;
    (void)payload;
    (void)userdata;
    ck_assert_int_eq(jingle_reply_default(reply), JINGLE_EOK);
    ck_assert_int_eq(jingle_reply_default(reply), JINGLE_EINVOP);
}

START_TEST(served_by_default)
{
    ck_assert_int_eq(jingle_serve(e->jingle, "urn:x", JINGLE_SERVE_GET, serve_default, NULL),
                     JINGLE_EOK);
    ck_assert_int_eq(jingle_serve(e->jingle, "urn:y", JINGLE_SERVE_SET, serve_default, NULL),
                     JINGLE_EOK);
    ck_assert(engine_feed(e, IQ("get", " id='1'>text<a xmlns='urn:x'/></iq>")));
    ck_log("> error 1 cancel service-unavailable\n");
    ck_assert(!engine_feed(e, IQ("set", " id='2'><a xmlns='urn:x'/></iq>")));
    ck_assert_int_eq(jingle_unserve(e->jingle, "urn:x"), JINGLE_EOK);
    ck_assert_int_eq(jingle_unserve(e->jingle, "urn:x"), JINGLE_ENOENT);
    ck_assert(!engine_feed(e, IQ("get", " id='3'><a xmlns='urn:x'/></iq>")));
    ck_assert(engine_feed(e, IQ("set", " id='4'><a xmlns='urn:y'/></iq>")));
    ck_log("> error 4 cancel service-unavailable\n");
}
END_TEST

static void end_twice(jingle_session_t *session, const jingle_data_t *data, jingle_reply_t *reply,
                      void *self)
{
    (void)session;
    (void)data;
    (void)self;
    ck_assert_int_eq(jingle_reply_default(reply), JINGLE_EOK);
    ck_assert_int_eq(jingle_reply_default(reply), JINGLE_EINVOP);
    ck_assert_int_eq(jingle_reply_ack(reply), JINGLE_EINVOP);
    ck_assert_int_eq(jingle_reply_error(reply, NULL), JINGLE_EINVOP);
}

static void refuse(jingle_session_t *session, const jingle_data_t *data, jingle_reply_t *reply,
                   void *self)
{
    (void)session;
    (void)data;
    (void)self;
    ck_assert_int_eq(jingle_reply_error(reply, NULL), JINGLE_EOK);
}

START_TEST(an_end_is_not_refused)
{
    jingle_session_type_t ender = engine_type;

    jingle_unregister_session_type(e->jingle, ENGINE_APP);
    jingle_register_session_type(e->jingle, ENGINE_APP, &ender, e);
    ender.on_session_terminate = refuse;
    engine_offered(e, "s");
    engine_action(e, "1", "session-terminate", "s", "<reason><decline/></reason>");
    ck_log("state s ended\nterminated s decline\n> result 1\n");
    ender.on_session_terminate = end_twice;
    engine_offered(e, "t");
    engine_action(e, "2", "session-terminate", "t", "");
    ck_log("state t ended\nterminated t success\n> result 2\n");
}
END_TEST

/* ---- while the manager goes ---- */

static void never(jingle_t *jingle, void *userdata)
{
    (void)jingle;
    (void)userdata;
    ck_abort_msg("a timer of a manager that goes");
}

static void call_back(engine_t *engine, const jingle_event_t *event)
{
    jingle_t *jingle = jingle_session_get_manager(event->session);

    if (event->type != JINGLE_EVENT_TERMINATED)
        return;
    engine->on_event = NULL;
    ck_assert_int_eq(jingle_timer_start(jingle, 0, never, NULL, NULL), JINGLE_EINVOP);
    ck_assert_int_eq(jingle_request(jingle, JINGLE_REQUEST(.xml = "<a xmlns='urn:x'/>")),
                     JINGLE_EINVOP);
    ck_assert_int_eq(jingle_session_new(jingle, ENGINE_OTHER, NULL, NULL), JINGLE_EINVOP);
    ck_assert_uint_eq(jingle_tick(jingle, 0), JINGLE_NEVER);
    engine_log(engine);
    engine_feed(engine,
                IQ("set", " id='late'><jingle xmlns='urn:xmpp:jingle:1' action='session-initiate' "
                          "sid='n'>" ENGINE_CONTENT "</jingle></iq>"));
    ck_assert_str_eq(engine_log(engine), "> error late cancel service-unavailable\n");
}

START_TEST(calls_while_the_manager_goes)
{
    jingle_t *jingle = e->jingle;

    engine_create_active(e, "s");
    e->on_event = call_back;
    jingle_free(jingle); /* not engine_free_manager(): what is fed meanwhile needs it */
    e->jingle = NULL;
    ck_assert_ptr_null(e->on_event);
}
END_TEST

/* source-add and source-remove are no actions of XEP-0166: of a manager none of whose types knows either they
 * are undefined, whatever the sid. */
START_TEST(one_type_makes_an_action_known)
{
    jingle_session_type_t type = engine_type;
    const char *name = _i ? "source-remove" : "source-add";

    type.on_source_add = _i ? NULL : engine_type.on_session_info;
    type.on_source_remove = _i ? engine_type.on_session_info : NULL;
    engine_action(e, "1", name, "none", "");
    ck_log("> error 1 cancel bad-request\n");
    ck_assert_int_eq(jingle_register_session_type(e->jingle, "urn:half", &type, e), JINGLE_EOK);
    engine_action(e, "2", name, "none", "");
    ck_log("> error 2 cancel item-not-found/unknown-session\n");
    ck_assert_int_eq(jingle_unregister_session_type(e->jingle, "urn:half"), JINGLE_EOK);
    engine_action(e, "3", name, "none", "");
    ck_log("> error 3 cancel bad-request\n");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("edge");
    TCase *made = add_case(suite, "manager"), *stanzas = add_case(suite, "stanzas");

    tcase_add_test(made, no_random_numbers);
    tcase_add_test(made, log_and_quirks);
    tcase_add_loop_test(made, log_alone, 0, 2);
    tcase_add_test(made, hash_and_version);
    tcase_add_test(made, becomes_a_component);
    tcase_add_test(made, prepared_by_the_program);
    tcase_add_test(made, modules_and_names);
    tcase_add_test(made, resources_of_all_kinds);
    tcase_add_loop_test(made, one_type_makes_an_action_known, 0, 2);
    tcase_add_test(made, calls_while_the_manager_goes);
    tcase_add_test(stanzas, nobodys_stanzas);
    tcase_add_test(stanzas, actions_are_sets);
    tcase_add_test(stanzas, ids_that_are_nearly_ours);
    tcase_add_test(stanzas, answers_larger_than_the_room);
    tcase_add_test(stanzas, served_by_default);
    tcase_add_test(stanzas, an_end_is_not_refused);
    tcase_add_test(stanzas, who_may_answer);
    return run_suite(suite);
}
