/* SPDX-License-Identifier: MIT */
/** @file
 *  `<jingle/>` and `<content/>` to structs; reasons are in reason_test.c. */
#include "core/parse.h"
#include "data_fixture.h"

START_TEST(attributes)
{
    read_data(JINGLE("action='session-accept' sid='s' initiator='i' responder='r' odd='o'", ""));
    ck_assert_int_eq(data->action, JINGLE_ACTION_SESSION_ACCEPT);
    ck_assert_str_eq(data->action_name, "session-accept");
    ck_assert_str_eq(data->sid, "s");
    ck_assert_str_eq(data->initiator, "i");
    ck_assert_str_eq(data->responder, "r");
    ck_assert_uint_eq(data->foreign.n_attrs, 1);
    ck_assert_str_eq(data->foreign.attrs[0].name, "odd");
    ck_assert_str_eq(data->foreign.attrs[0].value, "o");
    ck_assert_uint_eq(data->n_contents, 0);
    ck_assert_ptr_null(data->reason);
}
END_TEST

START_TEST(attributes_absent)
{
    read_data("<jingle xmlns='urn:xmpp:jingle:1'/>");
    ck_assert_int_eq(data->action, JINGLE_ACTION_UNKNOWN);
    ck_assert_ptr_null(data->action_name);
    ck_assert_ptr_null(data->sid);
    ck_assert_ptr_null(data->initiator);
    ck_assert_ptr_null(data->responder);
    ck_assert_uint_eq(data->foreign.n_attrs, 0);
    ck_assert_ptr_null(jingle_data_get_payload(data, NULL));
}
END_TEST

/* J166-59, J166-62, J166-65: defaults are the reader's, what was absent stays known */
START_TEST(content_defaults)
{
    const jingle_content_data_t *content;

    read_data(JINGLE("action='content-add'", "<content name='c'/>"));
    ck_assert_uint_eq(data->n_contents, 1);
    content = &data->contents[0];
    ck_assert_ptr_null(content->creator);
    ck_assert_ptr_null(content->senders);
    ck_assert_ptr_null(content->disposition);
    ck_assert_int_eq(jingle_content_data_get_creator(content), JINGLE_CREATOR_INITIATOR);
    ck_assert_int_eq(jingle_content_data_get_senders(content), JINGLE_SENDERS_BOTH);
    ck_assert_str_eq(jingle_content_data_get_disposition(content), "session");
    ck_assert_int_eq(jingle_content_data_get_creator(NULL), JINGLE_CREATOR_INVALID);
    ck_assert_int_eq(jingle_content_data_get_senders(NULL), JINGLE_SENDERS_INVALID);
    ck_assert_str_eq(jingle_content_data_get_disposition(NULL), "session");
}
END_TEST

/* J166-73: security is kept, whatever it is */
START_TEST(content_in_full)
{
    const jingle_content_data_t *content;

    read_data(JINGLE("action='content-add'",
                     "<content creator='responder' name='c' senders='none' disposition='render'>"
                     "<transport xmlns='t'/><odd/><description xmlns='d'/><security xmlns='s'/>"
                     "<description xmlns='e'/></content>"));
    content = &data->contents[0];
    ck_assert_int_eq(jingle_content_data_get_creator(content), JINGLE_CREATOR_RESPONDER);
    ck_assert_int_eq(jingle_content_data_get_senders(content), JINGLE_SENDERS_NONE);
    ck_assert_str_eq(jingle_content_data_get_disposition(content), "render");
    ck_assert_str_eq(content->name, "c");
    ck_assert_str_eq(jingle_element_ns(content->description), "d");
    ck_assert_str_eq(jingle_element_ns(content->transport), "t");
    ck_assert_str_eq(jingle_element_ns(content->security), "s");
    ck_assert_uint_eq(content->foreign.n_children, 2);
    ck_assert_str_eq(xmpp_stanza_get_name(content->foreign.children[0]), "odd");
    ck_assert_str_eq(jingle_element_ns(content->foreign.children[1]), "e");
}
END_TEST

/* One that nobody knows is kept wherever it stands, and written again. */
START_TEST(one_foreign_attribute)
{
    static const char *const places[] = {
        "<content creator='initiator' name='c' %s/>",
        "<content creator='initiator' name='c'/><reason %s><busy/></reason>",
        "<content creator='initiator' name='c'/><reason><busy %s/></reason>",
        "<content creator='initiator' name='c'/><reason><busy/><text %s>t</text></reason>",
        ("<content creator='initiator' name='c'/><reason><alternative-session><sid %s>s</sid>"
         "</alternative-session></reason>")};
    char inner[256], xml[512], *again = NULL;

    snprintf(inner, sizeof inner, places[_i], "odd='o'");
    snprintf(xml, sizeof xml,
             "<jingle xmlns='urn:xmpp:jingle:1' action='session-initiate' "
             "initiator='a@b/c' sid='s'>%s</jingle>",
             inner);
    read_data(xml);
    if (_i == 0)
        ck_assert_uint_eq(data->contents[0].foreign.n_attrs, 1);
    if (_i == 1)
        ck_assert_uint_eq(data->reason->foreign.n_attrs, 1);
    ck_assert_int_eq(jingle_data_to_xml(&mem.mem, data, &again), JINGLE_EOK);
    ck_assert_msg(strstr(again, "odd=\"o\""), "%s", again);
    mem.mem.free(again, mem.mem.userdata);
}
END_TEST

START_TEST(contents_in_order)
{
    text_t text = {0};
    char name[20];

    text_puts(&text, "<jingle xmlns='urn:xmpp:jingle:1'>");
    for (int i = 0; i < 200; i++)
        text_printf(&text, "<content name='c%d'/><x xmlns='urn:x:%d'/>", i, i);
    text_puts(&text, "</jingle>");
    read_data(text_str(&text));
    text_clear(&text);
    ck_assert_uint_eq(data->n_contents, 200);
    ck_assert_uint_eq(data->foreign.n_children, 200);
    for (int i = 0; i < 200; i++) {
        snprintf(name, sizeof(name), "c%d", i);
        ck_assert_str_eq(data->contents[i].name, name);
        snprintf(name, sizeof(name), "urn:x:%d", i);
        ck_assert_ptr_eq(jingle_data_get_payload(data, name), data->foreign.children[i]);
    }
    ck_assert_ptr_eq(jingle_data_get_payload(data, NULL), data->foreign.children[0]);
    ck_assert_ptr_null(jingle_data_get_payload(data, "urn:x:200"));
    ck_assert_ptr_null(jingle_data_get_payload(NULL, NULL));
}
END_TEST

/* XEP-0338: the contents of a group are not ours */
START_TEST(group_is_a_payload)
{
    read_data(
        JINGLE("", "<group xmlns='urn:xmpp:jingle:apps:grouping:0'><content name='a'/></group>"));
    ck_assert_uint_eq(data->n_contents, 0);
    ck_assert_ptr_nonnull(jingle_data_get_payload(data, "urn:xmpp:jingle:apps:grouping:0"));
}
END_TEST

/* misspelt by some clients: no condition, but not lost */
/* libstrophe's parser takes the prefix of xml:lang away */
START_TEST(kept_by_reference)
{
    read_data(JINGLE("sid='s'", "<x xmlns='urn:x'/>"));
    xmpp_stanza_release(jingle);
    jingle = NULL;
    ck_assert_str_eq(data->sid, "s");
    ck_assert_ptr_nonnull(jingle_data_get_payload(data, "urn:x"));
}
END_TEST

/* Elements that a program makes have the namespace of what is around them without saying so. */
START_TEST(made_by_hand)
{
    static const char *const attrs[][2] = {{"creator", "responder"},
                                           {"name", "c"},
                                           {"senders", "none"},
                                           {"disposition", "early-session"}};
    xmpp_stanza_t *content = xmpp_stanza_new(ctx);

    jingle = element(JINGLE("sid='s'", ""));
    xmpp_stanza_set_name(content, "content");
    for (size_t i = 0; i < LEN(attrs); i++)
        xmpp_stanza_set_attribute(content, attrs[i][0], attrs[i][1]);
    xmpp_stanza_add_child(jingle, content);
    xmpp_stanza_release(content);
    ck_assert_int_eq(jingle_data_new(&mem.mem, jingle, &data), JINGLE_EOK);
    ck_assert_uint_eq(data->n_contents, 1);
    ck_assert_str_eq(data->contents[0].creator, "responder");
    ck_assert_str_eq(data->contents[0].name, "c");
    ck_assert_str_eq(data->contents[0].senders, "none");
    ck_assert_str_eq(data->contents[0].disposition, "early-session");
    ck_assert_uint_eq(data->contents[0].foreign.n_attrs, 0);
}
END_TEST

START_TEST(quirks)
{
    jingle__parsed_t parsed;

    jingle = element(JINGLE("", "<content name='a'/><content creator='initiator'/><content/>"));
    ck_assert_int_eq(jingle__parse(&parsed, &mem.mem, jingle, NULL), JINGLE_EOK);
    ck_assert_uint_eq(parsed.quirks, 2);
    ck_assert_ptr_null(parsed.over_limit);
    jingle__parsed_clear(&parsed);
}
END_TEST

START_TEST(not_jingle)
{
    static const char *const xmls[] = {"<jingle/>", "<jingle xmlns='urn:xmpp:jingle:2'/>",
                                       "<content xmlns='urn:xmpp:jingle:1'/>"};
    xmpp_stanza_t *unnamed = xmpp_stanza_new(ctx);

    for (size_t i = 0; i < LEN(xmls); i++) {
        xmpp_stanza_t *other = element(xmls[i]);

        ck_assert_int_eq(jingle_data_new(&mem.mem, other, &data), JINGLE_EINVAL);
        xmpp_stanza_release(other);
    }
    ck_assert_int_eq(jingle_data_new(&mem.mem, NULL, &data), JINGLE_EINVAL);
    ck_assert_int_eq(jingle_data_new(&mem.mem, unnamed, &data), JINGLE_EINVAL);
    xmpp_stanza_release(unnamed);
    jingle = element(JINGLE("", ""));
    ck_assert_int_eq(jingle_data_new(&mem.mem, jingle, NULL), JINGLE_EINVAL);
    ck_assert_int_eq(jingle_data_to_xml(&mem.mem, NULL, NULL), JINGLE_EINVAL);
    jingle_data_free(NULL);
}
END_TEST

START_TEST(without_allocator)
{
    char *xml = NULL;

    jingle = element(JINGLE("sid='s'", ""));
    ck_assert_int_eq(jingle_data_new(NULL, jingle, &data), JINGLE_EOK);
    ck_assert_int_eq(jingle_data_to_xml(NULL, data, &xml), JINGLE_EOK);
    ck_assert_str_eq(xml, "<jingle xmlns=\"urn:xmpp:jingle:1\" sid=\"s\"/>");
    free(xml);
}
END_TEST

/* ---- elements ------------------------------------------------------------------------------ */

START_TEST(names_texts_and_siblings)
{
    xmpp_stanza_t *b;

    jingle =
        element("<a xmlns='urn:a'>text<b/>more<b xmlns='urn:b'>inner</b><c xmlns='urn:b'/></a>");
    b = jingle_element_child(jingle, NULL, NULL);
    ck_assert_str_eq(jingle_element_ns(b), "urn:a");
    ck_assert_str_eq(jingle_element_text(jingle), "text");
    ck_assert_str_eq(jingle_element_text(b), "");
    b = jingle_element_next(b);
    ck_assert_str_eq(jingle_element_ns(b), "urn:b");
    ck_assert_str_eq(jingle_element_text(b), "inner");
    ck_assert_ptr_eq(jingle_element_child(jingle, "b", "urn:b"), b);
    ck_assert_ptr_eq(jingle_element_child(jingle, NULL, "urn:b"), b);
    ck_assert_str_eq(xmpp_stanza_get_name(jingle_element_next(b)), "c");
    ck_assert_ptr_null(jingle_element_next(jingle_element_next(b)));
    ck_assert_ptr_null(jingle_element_child(jingle, "c", "urn:a"));
    ck_assert_str_eq(jingle_element_ns(NULL), "");
    ck_assert_str_eq(jingle_element_text(NULL), "");
    ck_assert_ptr_null(jingle_element_next(NULL));
    ck_assert_ptr_null(jingle_element_child(NULL, NULL, NULL));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("data");
    TCase *reading = add_data_case(suite, "reading");
    TCase *elements = add_data_case(suite, "elements");

    tcase_add_test(reading, attributes);
    tcase_add_test(reading, attributes_absent);
    tcase_add_test(reading, content_defaults);
    tcase_add_test(reading, content_in_full);
    tcase_add_loop_test(reading, one_foreign_attribute, 0, 5);
    tcase_add_test(reading, contents_in_order);
    tcase_add_test(reading, group_is_a_payload);
    tcase_add_test(reading, kept_by_reference);
    tcase_add_test(reading, made_by_hand);
    tcase_add_test(reading, quirks);
    tcase_add_test(reading, not_jingle);
    tcase_add_test(reading, without_allocator);
    tcase_add_test(elements, names_texts_and_siblings);
    return run_suite(suite);
}
