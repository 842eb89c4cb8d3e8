/* SPDX-License-Identifier: MIT */
/** @file
 *  Which stanzas are the manager's, and who gets what is served. */
#include "fixture.h"

#define LEN(array) (sizeof(array) / sizeof *(array))
#define ASKED "urn:example:asked:0"
#define HEAD "xmlns='jabber:client' from='" ENGINE_PEER "' to='" ENGINE_OWN "' id='i1'"
#define JINGLE "<jingle xmlns='urn:xmpp:jingle:1' action='session-info' sid='s'/>"

static unsigned n_served;
static bool keep;
static jingle_reply_t *kept;

static void on_served(jingle_t *jingle, xmpp_stanza_t *stanza, xmpp_stanza_t *payload,
                      jingle_reply_t *reply, void *userdata)
{
    (void)jingle, (void)stanza;
    ck_assert_ptr_eq(userdata, &n_served);
    ck_assert_str_eq(xmpp_stanza_get_ns(payload), ASKED);
    n_served++;
    if (keep && reply)
        kept = jingle_reply_clone(reply);
    else if (reply)
        jingle_reply_result(reply, NULL);
}

static void serve(unsigned kinds)
{
    n_served = 0;
    keep = false;
    kept = NULL;
    ck_assert_int_eq(jingle_serve(e->jingle, ASKED, kinds, on_served, &n_served), JINGLE_EOK);
}

static const char *const others[] = {
    "<presence " HEAD "/>",
    "<message " HEAD "/>",
    "<message " HEAD "><x xmlns='" ASKED "'/></message>",
    "<iq " HEAD ">" JINGLE "</iq>",
    "<iq " HEAD " type='sat'>" JINGLE "</iq>",
    "<iq " HEAD " type='set'/>",
    "<iq " HEAD " type='set'>text</iq>",
    "<iq " HEAD " type='set'><jingle xmlns='urn:example:x'/></iq>",
    "<iq " HEAD " type='set'><sting xmlns='urn:xmpp:jingle:1'/></iq>",
    "<iq " HEAD " type='get'><x xmlns='" ASKED "'/></iq>",
    "<iq " HEAD " type='result'/>",
    "<iq " HEAD " type='error'/>",
};

START_TEST(what_is_for_others)
{
    ck_assert(!engine_feed(e, "%s", others[_i]));
    ck_log("");
}
END_TEST

START_TEST(nothing)
{
    xmpp_stanza_t *text = xmpp_stanza_new(e->ctx);

    ck_assert(!jingle_receive(e->jingle, NULL));
    ck_assert(!jingle_receive(NULL, text));
    ck_assert(!jingle_receive(e->jingle, text)); /* not even a name */
    xmpp_stanza_set_text(text, "iq");
    ck_assert(!jingle_receive(e->jingle, text));
    xmpp_stanza_release(text);
    ck_log("");
}
END_TEST

/** Text before it, and other elements, are passed over. */
START_TEST(jingle_is_found)
{
    ck_assert(engine_feed(e, "<iq " HEAD " type='set'>text<x xmlns='a'/><y/>" JINGLE "</iq>"));
    ck_log("> error i1 cancel item-not-found/unknown-session\n");
}
END_TEST

/** Only of the kinds that were asked for. */
START_TEST(kinds)
{
    static const char *const stanzas[] = {"<iq " HEAD " type='get'><x xmlns='" ASKED "'/></iq>",
                                          "<iq " HEAD " type='set'><x xmlns='" ASKED "'/></iq>",
                                          "<message " HEAD ">text<y/><x xmlns='" ASKED
                                          "'/></message>"};
    static const unsigned of[] = {JINGLE_SERVE_GET, JINGLE_SERVE_SET, JINGLE_SERVE_MESSAGE};

    serve(of[_i]);
    for (int i = 0; i < (int)LEN(stanzas); i++) {
        ck_assert_int_eq(engine_feed(e, "%s", stanzas[i]), i == _i);
        ck_assert_uint_eq(n_served, i == _i);
        ck_log(i == _i && i < 2 ? "> result i1\n" : "");
        n_served = 0;
    }
    ck_assert(!engine_feed(e, "<message " HEAD "><x xmlns='urn:example:y'/></message>"));
    ck_assert_uint_eq(n_served, 0);
}
END_TEST

/** Whoever keeps the reply answers in time, or it is answered for him; without memory for the time, at once. */
START_TEST(one_answer_whatever_fails)
{
    size_t at;
    bool failed = true;

    serve(JINGLE_SERVE_SET);
    keep = true;
    for (at = 1; failed && at < 50; at++) {
        kept = NULL;
        test_mem_fail_at(&e->mem, at, _i);
        ck_assert(engine_feed(e, "<iq " HEAD " type='set'><x xmlns='" ASKED "'/></iq>"));
        failed = e->mem.failures != 0;
        test_mem_fail_at(&e->mem, 0, false);
        if (failed)
            ck_log("> error i1 wait resource-constraint\n");
        else
            ck_log("");
        engine_wait(e, 1000000);
        if (!failed)
            ck_assert_ptr_nonnull(strstr(engine_log(e), "> error i1 "));
        jingle_reply_release(kept);
        ck_log("");
    }
    ck_assert_uint_gt(at, 2);
    ck_assert(!failed);
}
END_TEST

static unsigned n_taken;

static void feed_at_the_end(engine_t *engine, const jingle_event_t *event)
{
    jingle_t *jingle = engine->jingle;

    if (event->type != JINGLE_EVENT_TERMINATED)
        return;
    engine->jingle = jingle_session_get_manager(event->session); /* for engine_feed() */
    n_taken += engine_feed(engine, "<iq " HEAD " type='set'><x xmlns='" ASKED "'/></iq>");
    n_taken += engine_feed(engine, "<message " HEAD "><x xmlns='" ASKED "'/></message>");
    engine->jingle = jingle;
}

/** A manager that is being freed takes no more. */
START_TEST(at_the_end)
{
    serve(JINGLE_SERVE_SET | JINGLE_SERVE_MESSAGE);
    engine_create_active(e, "s");
    e->on_event = feed_at_the_end;
    n_taken = 0;
    engine_free_manager(e);
    ck_assert_uint_eq(n_taken, 0);
    ck_assert_uint_eq(n_served, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("core/receive");
    TCase *tcase = add_case(suite, "all");

    tcase_add_loop_test(tcase, what_is_for_others, 0, LEN(others));
    tcase_add_test(tcase, nothing);
    tcase_add_test(tcase, jingle_is_found);
    tcase_add_loop_test(tcase, kinds, 0, 3);
    tcase_add_loop_test(tcase, one_answer_whatever_fails, 0, 2);
    tcase_add_test(tcase, at_the_end);
    return run_suite(suite);
}
