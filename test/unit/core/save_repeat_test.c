/* SPDX-License-Identifier: MIT */
/** @file
 *  Requests that were saved, and never left: what can be asked again is, when the program says so. */
#include "save_fixture.h"

/** The program is killed inside the event, before what it is about leaves. */
static void save_on_change(engine_t *engine, const jingle_event_t *event)
{
    (void)engine;
    if (event->type == JINGLE_EVENT_CHANGED)
        ck_assert_int_eq(saved_take(&saved, event->session), JINGLE_EOK);
}

static void tell(void)
{
    jingle_set_tell_changes(e->jingle, true);
    e->on_event = save_on_change;
}

static void note_id(void)
{
    snprintf(old_id, sizeof old_id, "%s", xmpp_stanza_get_id(engine_last_request(e)));
}

static void offer(void)
{
    jingle_session_t *session = engine_create(e, "s");

    tell();
    ck_assert_int_eq(jingle_session_start(session), JINGLE_EOK);
    note_id();
}

static void accept(void)
{
    jingle_session_t *session = engine_offered(e, "s");

    tell();
    ck_assert_int_eq(jingle_session_accept(session), JINGLE_EOK);
    note_id();
}

static int restore_with(bool repeat, jingle_session_t **session)
{
    return jingle_restore(e->jingle, saved.data, saved.len, JINGLE_RESTORE(.repeat = repeat),
                          session);
}

static jingle_session_t *killed(void)
{
    jingle_session_t *session = NULL;

    crash();
    ck_assert_int_eq(restore_with(true, &session), JINGLE_EOK);
    return session;
}

static void refuse(const char *condition, const char *jingle)
{
    engine_feed(e,
                "<iq xmlns='jabber:client' type='error' from='%s' to='%s' id='%s'><error "
                "type='cancel'><%s xmlns='" JINGLE_NS_STANZAS "'/><%s xmlns='" JINGLE_NS_ERRORS
                "'/></error></iq>",
                ENGINE_PEER, ENGINE_OWN, old_id, condition, jingle);
}

START_TEST(an_offer_that_never_left)
{
    jingle_session_t *session;
    xmpp_stanza_t *sent;
    char *text, *first;
    size_t len;

    offer();
    xmpp_stanza_to_text(engine_last_request(e), &text, &len);
    first = strdup(text);
    xmpp_free(e->ctx, text);
    crash();
    ck_assert_int_eq(restore_with(true, &session), JINGLE_EOK);
    ck_log("created s\n> set session-initiate s\n");
    sent = engine_last_request(e);
    ck_assert_str_eq(xmpp_stanza_get_id(sent), old_id);
    xmpp_stanza_to_text(sent, &text, &len);
    ck_assert_str_eq(text, first);
    xmpp_free(e->ctx, text);
    free(first);
    ck_assert_uint_eq(jingle_session_count_requests(session), 1);
    feed_answer("result", ENGINE_PEER, old_id);
    ck_assert(jingle_session_is_acknowledged(session));
    ck_assert_uint_eq(jingle_session_count_requests(session), 0);
    engine_action(e, "1", "session-accept", "s", ENGINE_CONTENT);
    ck_log("on session-accept s\nstate s active\n> result 1\n");
}
END_TEST

/* It is the library's to ask again, not the type's: session-initiate is sent once (docs/design.md, States). */
START_TEST(an_offer_is_not_begun_twice)
{
    jingle_session_t *session;

    offer();
    crash();
    ck_assert_int_eq(restore_with(false, &session), JINGLE_EOK);
    ck_assert_int_eq(engine_send(e, session, JINGLE_ACTION_SESSION_INITIATE, ENGINE_CONTENT),
                     JINGLE_EINVOP);
    ck_log("created s\n");
}
END_TEST

/* It had left, and only its answer was lost. */
START_TEST(an_offer_that_the_peer_has)
{
    jingle_session_t *session;

    offer();
    session = killed();
    engine_log(e);
    refuse("unexpected-request", "out-of-order");
    ck_log("");
    ck_assert(jingle_session_is_acknowledged(session));
    ck_assert(jingle_session_is_pending(session));
}
END_TEST

/* Not so where it was not asked again: then it was refused. */
START_TEST(an_offer_that_is_refused)
{
    offer();
    crash();
    ck_assert_int_eq(restore_with(false, NULL), JINGLE_EOK);
    ck_log("created s\n");
    refuse("unexpected-request", "out-of-order");
    ck_log("error s session-initiate unexpected-request/out-of-order\nstate s ended\n"
           "terminated s general-error\n");
    offer();
    killed();
    engine_log(e);
    refuse("conflict", "tie-break");
    ck_log("state s ended\nterminated s alternative-session\n");
}
END_TEST

START_TEST(a_session_that_is_over)
{
    offer();
    killed();
    engine_log(e);
    refuse("item-not-found", "unknown-session");
    ck_log("error s session-initiate item-not-found/unknown-session\nstate s ended\n"
           "terminated s gone\n");
}
END_TEST

START_TEST(an_accept)
{
    jingle_session_t *session;

    accept();
    session = killed();
    ck_log("created s\n> set session-accept s\n");
    ck_assert_str_eq(xmpp_stanza_get_id(engine_last_request(e)), old_id);
    refuse("unexpected-request", "out-of-order");
    ck_log("");
    ck_assert(jingle_session_is_active(session));
    ck_assert_uint_eq(jingle_session_count_requests(session), 0);
}
END_TEST

START_TEST(nothing_else)
{
    jingle_session_t *session = engine_create_active(e, "s");

    tell();
    engine_send(e, session, JINGLE_ACTION_SESSION_INFO, "");
    engine_send(e, session, JINGLE_ACTION_CONTENT_ADD, ENGINE_CONTENT);
    ck_assert_uint_eq(jingle_session_count_requests(killed()), 2);
    ck_log("created s\n");
}
END_TEST

/* What it asks is kept for who is told of changes. */
START_TEST(not_for_who_is_not_told)
{
    jingle_session_t *session = engine_create(e, "s");

    jingle_session_start(session);
    ck_assert_int_eq(saved_take(&saved, session), JINGLE_EOK);
    ck_assert_uint_eq(jingle_session_count_requests(killed()), 1);
    ck_log("created s\n");
}
END_TEST

START_TEST(in_a_later_life)
{
    jingle_session_t *session = NULL;

    offer();
    crash();
    ck_assert_int_eq(restore_with(false, &session), JINGLE_EOK);
    ck_assert_int_eq(saved_take(&saved, session), JINGLE_EOK);
    killed();
    ck_log("created s\n> set session-initiate s\n");
    ck_assert_str_eq(xmpp_stanza_get_id(engine_last_request(e)), old_id);
}
END_TEST

START_TEST(it_has_all_of_its_time)
{
    offer();
    crash();
    ck_assert_int_eq(jingle_restore(e->jingle, saved.data, saved.len,
                                    JINGLE_RESTORE(.repeat = true, .away = 1000000), NULL),
                     JINGLE_EOK);
    engine_wait(e, 59999);
    ck_log("created s\n> set session-initiate s\n");
    engine_wait(e, 1);
    ck_log("error s session-initiate remote-server-timeout\nstate s ended\n"
           "> set session-terminate s timeout\nterminated s timeout\n");
}
END_TEST

START_TEST(a_connection_that_is_down)
{
    offer();
    crash();
    e->send_result = JINGLE_ESEND;
    ck_assert_int_eq(restore_with(true, NULL), JINGLE_EOK);
    ck_assert_uint_eq(jingle_count_sessions(e->jingle), 1);
}
END_TEST

static void end_on_sent(engine_t *engine, const char *line)
{
    (void)line;
    engine->on_sent = NULL;
    jingle_session_end(engine->session, JINGLE_END(.silent = true));
}

static void free_on_sent(engine_t *engine, const char *line)
{
    (void)line;
    engine->on_sent = NULL;
    engine_free_manager(engine);
}

START_TEST(ended_while_it_is_sent)
{
    offer();
    crash();
    e->on_sent = end_on_sent;
    ck_assert_int_eq(restore_with(true, NULL), JINGLE_EINVOP);
    crash();
    e->on_sent = free_on_sent;
    ck_assert_int_eq(restore_with(true, NULL), JINGLE_EINVOP);
    ck_assert_ptr_null(e->jingle);
}
END_TEST

/* A program that was compiled before there was the field. */
START_TEST(options_of_old)
{
    jingle_restore_t old = {.size = offsetof(jingle_restore_t, repeat), .repeat = true};

    offer();
    crash();
    ck_assert_int_eq(jingle_restore(e->jingle, saved.data, saved.len, &old, NULL), JINGLE_EOK);
    ck_log("created s\n");
    old.size--;
    ck_assert_int_eq(jingle_restore(e->jingle, saved.data, saved.len, &old, NULL), JINGLE_EINVAL);
}
END_TEST

/* ---- forged ---- */

static unsigned char *find(const char *text)
{
    for (size_t i = 0; i + strlen(text) <= saved.len; i++)
        if (memcmp(saved.data + i, text, strlen(text)) == 0)
            return saved.data + i;
    ck_abort_msg("there is no %s", text);
    return NULL;
}

/* Put in the place of as many octets, which are given back. */
static void forge(const char *at, const char *text, int err)
{
    unsigned char *to = find(at);
    size_t len = strlen(text);
    char kept[64];

    ck_assert_uint_le(len, sizeof kept);
    memcpy(kept, to, len);
    memcpy(to, text, len);
    saved_repair(saved.data, saved.len);
    ck_assert_msg(restore_with(true, NULL) == err, "%s for %s", text, at);
    if (!err)
        jingle_session_end(e->session, NULL);
    memcpy(to, kept, len);
}

START_TEST(what_is_asked_is_one_element)
{
    offer();
    crash();
    forge("<jingle", "<jinglf", JINGLE_EDATA); /* its end tag is another */
    forge("<jingle", " jingle", JINGLE_EDATA);
    forge("<jingle", "<!ingle", JINGLE_EDATA);
    forge("<jingle", "<?ingle", JINGLE_EDATA);
    forge("<jingle", "</ingle", JINGLE_EDATA);
    forge("sid=\"s\"", "sid=\"t\"", JINGLE_EDATA);
    forge("sid=\"s\"", "sid=\"s'", JINGLE_EDATA);
    forge("action=\"", "bction=\"", JINGLE_EDATA);
    forge("session-initiate\"", "session-initiatf\"", JINGLE_EDATA);
    forge("urn:xmpp:jingle:1\"", "urn:xmpp:jingle:2\"", JINGLE_EDATA);
    forge("</content></jingle>", "</jingle><content/>", JINGLE_EDATA);
    forge("</content></jingle>", "</content></jingle ", JINGLE_EDATA);
    forge("creator", "cr<ator", JINGLE_EDATA);
    forge("creator=", "creator:", JINGLE_EDATA);
    forge(" creator", "/creator", JINGLE_EDATA);
    forge(" creator", " 1reator", JINGLE_EDATA);
    forge("\"c\"", "\"&\"", JINGLE_EDATA);
    forge("\"c\"", "\"\001\"", JINGLE_EDATA);
    forge("\"c\"", "\"\377\"", JINGLE_EDATA);
    forge("\"c\"", "\"d\"", JINGLE_EOK);
    forge("\"initiator\" name", "\"&nitiator\"", JINGLE_EDATA);
    forge("\"initiator\" name", "\"&ampiator\"", JINGLE_EDATA);
    forge("\"initiator\" name", "\"&#9;&#13;\"", JINGLE_EOK);
    forge("\"initiator\" name", "\"&amp;&lt;\"", JINGLE_EOK);
    forge("\"initiator\" name", "\"&quotiato\"", JINGLE_EDATA);
    forge("<description", "<d:scription", JINGLE_EDATA);
    forge("/></content>", " /</content>", JINGLE_EDATA);
    forge("/></content>", "></contents>", JINGLE_EDATA);
    engine_log(e);
    ck_assert_int_eq(restore_with(true, NULL), JINGLE_EDATA); /* the sum */
    saved_repair(saved.data, saved.len);
    ck_assert_int_eq(restore_with(true, NULL), JINGLE_EOK);
}
END_TEST

static int keep_xml(jingle_t *jingle, const char *xml, size_t len, void *text)
{
    (void)jingle;
    text_add(text, xml, len);
    return JINGLE_EOK;
}

/* As it was written, octet by octet: libstrophe's parser forgets the prefixes of attributes. */
START_TEST(as_it_was_written)
{
    jingle_content_data_t content = {.creator = "initiator", .name = "c \"&<\t'\u00e9"};
    jingle_data_t data = {.contents = &content, .n_contents = 1};
    jingle_session_t *session = engine_offered(e, "s");
    text_t first = {0}, second = {0};

    content.description = engine_element(e, "<description xmlns='" ENGINE_APP
                                            "'>one &lt; two\ntwo<b>&amp;</b></description>");
    content.transport = engine_element(e, "<transport xmlns='" ENGINE_TRANSPORT "'/>");
    ck_assert_int_eq(xmpp_stanza_set_attribute(content.description, "xml:lang", "de"), XMPP_EOK);
    tell();
    jingle_set_send(e->jingle, keep_xml, &first);
    ck_assert_int_eq(jingle_session_send(session, JINGLE_ACTION_SESSION_ACCEPT, &data), JINGLE_EOK);
    xmpp_stanza_release(content.description);
    xmpp_stanza_release(content.transport);
    crash();
    jingle_set_send(e->jingle, keep_xml, &second);
    ck_assert_int_eq(restore_with(true, NULL), JINGLE_EOK);
    ck_assert_ptr_nonnull(
        strstr(text_str(&first), " xml:lang=\"de\">one &lt; two\ntwo<b>&amp;</b>"));
    ck_assert_str_eq(text_str(&second), text_str(&first));
    jingle_set_send(e->jingle, NULL, NULL);
    text_clear(&first);
    text_clear(&second);
}
END_TEST

START_TEST(each_allocation_fails)
{
    int err = JINGLE_EMEM;
    size_t n;

    offer();
    for (n = 1; err; n++) {
        crash();
        test_mem_fail_at(&e->mem, n, n % 2);
        err = restore_with(true, NULL);
        test_mem_fail_at(&e->mem, 0, false);
        ck_assert(err == JINGLE_EOK || err == JINGLE_EMEM);
    }
    ck_assert_uint_gt(n, 6);
}
END_TEST

/* Contents of a program's may be deeper than a session is read again with. It goes on, and is not asked
 * again. */
START_TEST(deeper_than_can_be_read)
{
    jingle_content_data_t content = {.creator = "initiator", .name = "c"};
    jingle_data_t data = {.contents = &content, .n_contents = 1};
    jingle_session_t *session = engine_offered(e, "s");
    text_t text = {0};

    for (unsigned i = 0; i < 255; i++)
        text_printf(&text, "<description xmlns='" ENGINE_APP "'>");
    for (unsigned i = 0; i < 255; i++)
        text_printf(&text, "</description>");
    content.description = engine_element(e, text_str(&text));
    content.transport = engine_element(e, "<transport xmlns='" ENGINE_TRANSPORT "'/>");
    text_clear(&text);
    tell();
    ck_assert_int_eq(jingle_session_send(session, JINGLE_ACTION_SESSION_ACCEPT, &data), JINGLE_EOK);
    xmpp_stanza_release(content.description);
    xmpp_stanza_release(content.transport);
    session = killed();
    ck_log("created s\n");
    ck_assert_uint_eq(jingle_session_count_requests(session), 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("core/save_repeat");
    TCase *tcase = add_save_case(suite, "all");

    tcase_add_test(tcase, an_offer_that_never_left);
    tcase_add_test(tcase, an_offer_is_not_begun_twice);
    tcase_add_test(tcase, an_offer_that_the_peer_has);
    tcase_add_test(tcase, an_offer_that_is_refused);
    tcase_add_test(tcase, a_session_that_is_over);
    tcase_add_test(tcase, an_accept);
    tcase_add_test(tcase, nothing_else);
    tcase_add_test(tcase, not_for_who_is_not_told);
    tcase_add_test(tcase, in_a_later_life);
    tcase_add_test(tcase, it_has_all_of_its_time);
    tcase_add_test(tcase, a_connection_that_is_down);
    tcase_add_test(tcase, ended_while_it_is_sent);
    tcase_add_test(tcase, options_of_old);
    tcase_add_test(tcase, what_is_asked_is_one_element);
    tcase_add_test(tcase, deeper_than_can_be_read);
    tcase_add_test(tcase, as_it_was_written);
    tcase_add_test(tcase, each_allocation_fails);
    return run_suite(suite);
}
