/* SPDX-License-Identifier: MIT */
/** @file
 *  Names and namespaces that are longer than JINGLE_NAME_MAX: neither taken nor sent. */
#include <stdlib.h>

#include "fixture.h"

#define OVER "wait resource-constraint\n"

static char *repeat(int n)
{
    char *text = malloc((size_t)n + 1);

    ck_assert_ptr_nonnull(text);
    memset(text, 'a', (size_t)n);
    text[n] = '\0';
    return text;
}

/** Children of `<jingle/>` with a place for what is long. */
static const char *const forms[] = {
    "<content creator='initiator' name='%s'/>",
    "<content name='c' creator='%s'/>",
    "<content creator='initiator' name='c' senders='%s'/>",
    "<content creator='initiator' name='c' disposition='%s'/>",
    "<content creator='initiator' name='c'><description xmlns='%s'/></content>",
    "<content creator='initiator' name='c'><transport xmlns='%s'/></content>",
    "<content creator='initiator' name='c'><security xmlns='%s'/></content>",
    "<content creator='initiator' name='c'><other xmlns='%s'/></content>",
    "<other xmlns='%s'/>",
    "<reason><busy/><detail xmlns='%s'/></reason>",
};

static int read_one(const char *form, int octets)
{
    char *name = repeat(octets), *around, *inside;
    size_t room = strlen(form) + (size_t)octets + 1;
    const jingle_data_t *read = NULL;
    xmpp_stanza_t *jingle;
    int err;

    inside = malloc(room);
    around = malloc(room + 200);
    snprintf(inside, room, form, name); /* NOLINT: the forms are above */
    snprintf(around, room + 200,
             "<jingle xmlns='" JINGLE_NS "' action='session-info' sid='s'>%s</jingle>", inside);
    jingle = engine_element(e, around);
    err = jingle_data_new(&e->mem.mem, jingle, &read);
    jingle_data_free(read);
    xmpp_stanza_release(jingle);
    free(around);
    free(inside);
    free(name);
    return err;
}

START_TEST(is_read)
{
    ck_assert_int_eq(JINGLE_NAME_MAX, 1023);
    ck_assert_int_eq(read_one(forms[_i], 1023), JINGLE_EOK);
    ck_assert_int_eq(read_one(forms[_i], 1024), JINGLE_ELIMIT);
}
END_TEST

static void offer(const char *id, const char *name, const char *ns)
{
    text_t text = {0};

    text_printf(&text,
                "<content creator='initiator' name='%s'><description xmlns='" ENGINE_APP
                "'/><transport xmlns='%s'/></content>",
                name, ns);
    engine_action(e, id, "session-initiate", id, text_str(&text));
    text_clear(&text);
}

/* Nothing is kept of it. */
START_TEST(is_offered)
{
    char *longest = repeat(1023), *longer = repeat(1024);
    size_t before;

    offer("0", longer, ENGINE_TRANSPORT); /* what is made with the first stanza stays */
    ck_log("> error 0 " OVER);
    before = e->mem.bytes;
    offer("1", longer, ENGINE_TRANSPORT);
    ck_log("> error 1 " OVER);
    offer("2", "c", longer);
    ck_log("> error 2 " OVER);
    ck_assert_uint_eq(e->mem.bytes, before);
    offer("3", longest, longest);
    ck_assert_ptr_nonnull(strstr(engine_log(e), "> result 3\n"));
    free(longest);
    free(longer);
}
END_TEST

/* The peer regards its session as ended. */
START_TEST(is_in_a_terminate)
{
    char *longer = repeat(1024);
    text_t text = {0};

    engine_create_active(e, "s");
    text_printf(&text, "<content creator='initiator' name='%s'/><reason><busy/></reason>", longer);
    engine_action(e, "1", "session-terminate", "s", text_str(&text));
    ck_log("> error 1 " OVER "state s ended\nterminated s busy\n");
    text_clear(&text);
    free(longer);
}
END_TEST

/* ---- ours ---- */

START_TEST(is_sent)
{
    jingle_session_t *session = engine_create_active(e, "s");
    char *longest = repeat(1023), *longer = repeat(1024);
    jingle_content_data_t content = {.creator = "initiator", .name = longest};
    jingle_data_t data = {.contents = &content, .n_contents = 1};

    ck_assert_int_eq(jingle_session_send(session, JINGLE_ACTION_CONTENT_REMOVE, &data), JINGLE_EOK);
    engine_ack(e);
    engine_log(e);
    content.name = longer;
    ck_assert_int_eq(jingle_session_send(session, JINGLE_ACTION_CONTENT_REMOVE, &data),
                     JINGLE_ELIMIT);
    content.name = "c";
    content.disposition = longer;
    ck_assert_int_eq(jingle_session_send(session, JINGLE_ACTION_CONTENT_REMOVE, &data),
                     JINGLE_ELIMIT);
    ck_log("");
    free(longest);
    free(longer);
}
END_TEST

enum { PAYLOAD, DETAIL, OF_REASON, OF_CONTENT, DESCRIPTION, TRANSPORT, SECURITY, PLACES };

static xmpp_stanza_t *element_in(int octets)
{
    char *ns = repeat(octets);
    text_t text = {0};
    xmpp_stanza_t *element;

    text_printf(&text, "<p xmlns='%s'/>", ns);
    element = engine_element(e, text_str(&text));
    text_clear(&text);
    free(ns);
    return element;
}

static int send_one(jingle_session_t *session, xmpp_stanza_t *element, int place)
{
    xmpp_stanza_t *in[PLACES] = {0};
    jingle_content_data_t content = {.creator = "initiator", .name = "c"};
    jingle_reason_t reason = {.condition = JINGLE_REASON_BUSY};
    jingle_data_t data = {.action = JINGLE_ACTION_SESSION_INFO, .sid = "s"};
    char *xml = NULL;
    int err;

    in[place] = element;
    data.foreign = (jingle_foreign_t){.children = &in[PAYLOAD], .n_children = place == PAYLOAD};
    reason.detail = in[DETAIL];
    reason.foreign =
        (jingle_foreign_t){.children = &in[OF_REASON], .n_children = place == OF_REASON};
    data.reason = place == DETAIL || place == OF_REASON ? &reason : NULL;
    content.foreign =
        (jingle_foreign_t){.children = &in[OF_CONTENT], .n_children = place == OF_CONTENT};
    content.description = in[DESCRIPTION];
    content.transport = in[TRANSPORT];
    content.security = in[SECURITY];
    data.contents = &content;
    data.n_contents = place >= OF_CONTENT;
    err = jingle_data_to_xml(&e->mem.mem, &data, &xml);
    e->mem.mem.free(xml, e->mem.mem.userdata);
    ck_assert_int_eq(jingle_session_send(session, data.action, &data), err);
    return err;
}

START_TEST(is_sent_inside)
{
    jingle_session_t *session = engine_create_active(e, "s");
    xmpp_stanza_t *longest = element_in(1023), *longer = element_in(1024);

    ck_assert_int_eq(send_one(session, longest, _i), JINGLE_EOK);
    engine_ack(e);
    engine_log(e);
    ck_assert_int_eq(send_one(session, longer, _i), JINGLE_ELIMIT);
    ck_log("");
    xmpp_stanza_release(longest);
    xmpp_stanza_release(longer);
}
END_TEST

/* The peer must hear that it is over: the condition alone does. */
START_TEST(is_why_it_ends)
{
    jingle_session_t *session = engine_create_active(e, "s");
    xmpp_stanza_t *longer = element_in(1024);

    ck_assert_int_eq(
        jingle_session_end(session, JINGLE_END(.condition = JINGLE_REASON_BUSY, .detail = longer)),
        JINGLE_EOK);
    ck_assert_ptr_nonnull(strstr(engine_log(e), "> set session-terminate s busy\n"));
    ck_assert_ptr_null(jingle_element_child(
        jingle_element_child(jingle_element_child(engine_last_request(e), "jingle", NULL), "reason",
                             NULL),
        "p", NULL));
    xmpp_stanza_release(longer);
}
END_TEST

/* Errors have no such limit where they are received. */
START_TEST(is_in_an_error)
{
    xmpp_stanza_t *longer = element_in(1024);
    jingle_error_t error = {.foreign = {.children = &longer, .n_children = 1}};
    char *xml = NULL;

    ck_assert_int_eq(jingle_error_to_xml(&e->mem.mem, &error, &xml), JINGLE_EOK);
    e->mem.mem.free(xml, e->mem.mem.userdata);
    xmpp_stanza_release(longer);
}
END_TEST

static int make(const char *ns)
{
    jingle_session_t *session = NULL;
    int err = jingle_session_new(
        e->jingle, ENGINE_PEER, JINGLE_SESSION(.applications = &ns, .n_applications = 1), &session);

    if (!err)
        ck_assert_int_eq(jingle_session_set_applications(session, &ns, 1), JINGLE_EOK);
    return err;
}

START_TEST(is_a_namespace_of_ours)
{
    char *longest = repeat(1023), *longer = repeat(1024);
    const char *ns = longer;

    ck_assert_int_eq(jingle_register_session_type(e->jingle, longer, &engine_type, e),
                     JINGLE_EINVAL);
    ck_assert_int_eq(jingle_register_session_type(e->jingle, longest, &engine_type, e), JINGLE_EOK);
    ck_assert_int_eq(make(longer), JINGLE_EINVAL);
    ck_assert_int_eq(make(longest), JINGLE_EOK);
    ck_assert_int_eq(jingle_session_set_applications(engine_create(e, "s"), &ns, 1), JINGLE_EINVAL);
    free(longest);
    free(longer);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("core/long");
    TCase *tcase = add_case(suite, "long");

    tcase_add_loop_test(tcase, is_read, 0, sizeof forms / sizeof forms[0]);
    tcase_add_test(tcase, is_offered);
    tcase_add_test(tcase, is_in_a_terminate);
    tcase_add_test(tcase, is_sent);
    tcase_add_loop_test(tcase, is_sent_inside, 0, PLACES);
    tcase_add_test(tcase, is_why_it_ends);
    tcase_add_test(tcase, is_in_an_error);
    tcase_add_test(tcase, is_a_namespace_of_ours);
    return run_suite(suite);
}
