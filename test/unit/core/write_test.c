/* SPDX-License-Identifier: MIT */
/** @file
 *  Structs to `<jingle/>`. That nothing is lost is test/roundtrip's. */
#include "core/write.h"
#include "data_fixture.h"

START_TEST(written_by_hand)
{
    static const jingle_attr_t odd = {"odd", "<&>"};
    static const jingle_reason_t reason = {.condition = JINGLE_REASON_SUCCESS, .text = "a < b"};
    const jingle_content_data_t content = {
        .creator = "initiator", .name = "\"c\"", .foreign = {.attrs = &odd, .n_attrs = 1}};
    const jingle_data_t made = {.action = JINGLE_ACTION_CONTENT_REMOVE,
                                .action_name = "not this",
                                .sid = "s",
                                .contents = &content,
                                .n_contents = 1,
                                .reason = &reason};

    ck_assert_str_eq(write_data(&made),
                     "<jingle xmlns=\"urn:xmpp:jingle:1\" action=\"content-remove\" sid=\"s\">"
                     "<content creator=\"initiator\" name=\"&quot;c&quot;\" odd=\"&lt;&amp;&gt;\"/>"
                     "<reason><success/><text>a &lt; b</text></reason></jingle>");
}
END_TEST

START_TEST(order_of_the_schema)
{
    read_data(JINGLE("", "<x xmlns='urn:x'/><reason><gone/></reason><content name='c'/>"));
    ck_assert_str_eq(write_data(data), "<jingle xmlns=\"urn:xmpp:jingle:1\"><content name=\"c\"/>"
                                       "<reason><gone/></reason><x xmlns=\"urn:x\"/></jingle>");
}
END_TEST

START_TEST(arguments_win)
{
    jingle__buf_t buf;

    read_data(JINGLE("action='session-info' sid='a' initiator='b' responder='c'", ""));
    jingle__buf_init(&buf, &mem.mem);
    jingle__write_jingle(&buf, data, JINGLE_ACTION_SESSION_ACCEPT, "1", "2", "3");
    ck_assert_str_eq(buf.data, "<jingle xmlns=\"urn:xmpp:jingle:1\" action=\"session-accept\" "
                               "sid=\"1\" initiator=\"2\" responder=\"3\"/>");
    jingle__buf_clear(&buf);
    jingle__write_jingle(&buf, NULL, JINGLE_ACTION_SESSION_INFO, "1", NULL, NULL);
    ck_assert_str_eq(buf.data,
                     "<jingle xmlns=\"urn:xmpp:jingle:1\" action=\"session-info\" sid=\"1\"/>");
    jingle__buf_free(&buf);
}
END_TEST

#define BUSY(inside)                                                                               \
    "<jingle xmlns=\"urn:xmpp:jingle:1\"><reason><busy/>" inside "</reason></jingle>"

/* What says more of a reason is written once, wherever it stands among what was kept of one that came. */
START_TEST(a_detail_is_written_once)
{
    static const char *const names[] = {"x", "a", "b"};
    xmpp_stanza_t *elements[3];
    jingle_reason_t reason = {.condition = JINGLE_REASON_BUSY};
    const jingle_data_t made = {.reason = &reason};

    for (int i = 0; i < 3; i++) {
        elements[i] = xmpp_stanza_new(ctx);
        xmpp_stanza_set_name(elements[i], names[i]);
    }
    reason.foreign = (jingle_foreign_t){.children = elements + 1, .n_children = 2};
    reason.detail = elements[_i];
    ck_assert_str_eq(write_data(&made), _i ? BUSY("<a/><b/>") : BUSY("<x/><a/><b/>"));
    for (int i = 0; i < 3; i++)
        xmpp_stanza_release(elements[i]);
}
END_TEST

/* Elements made by hand have no namespace of their own: they inherit. */
START_TEST(made_elements_inherit)
{
    xmpp_stanza_t *outer = xmpp_stanza_new(ctx), *inner = xmpp_stanza_new(ctx);
    xmpp_stanza_t *const payloads[] = {outer};
    const jingle_data_t made = {.foreign = {.children = payloads, .n_children = 1}};

    xmpp_stanza_set_name(outer, "outer");
    xmpp_stanza_set_ns(outer, "urn:x");
    xmpp_stanza_set_name(inner, "inner");
    xmpp_stanza_add_child_ex(outer, inner, 0);
    ck_assert_str_eq(write_data(&made), "<jingle xmlns=\"urn:xmpp:jingle:1\">"
                                        "<outer xmlns=\"urn:x\"><inner/></outer></jingle>");
    xmpp_stanza_set_ns(outer, JINGLE_NS);
    ck_assert_str_eq(write_data(&made), "<jingle xmlns=\"urn:xmpp:jingle:1\">"
                                        "<outer><inner/></outer></jingle>");
    xmpp_stanza_release(outer);
}
END_TEST

/* A name that is none would cost the stream, whoever made it. */
START_TEST(names_that_are_none)
{
    static const char *const names[] = {"",   "a b", "a>", "1a", "-a",    ".a",    "@",
                                        "[",  "`",   "{",  "a@", "a[",    "a`",    "a{",
                                        "a/", "a;",  "a=", "a'", "a\xff", "a\x01", "\xed\xa0\x80"};
    static const char *const fine[] = {"a",     "z",       "A", "Z",       "a1",
                                       "aZ09z", "a-b.c_d", "_", "\xc3\xa4"};
    char *xml;

    for (size_t i = 0; i < LEN(names) + LEN(fine); i++) {
        bool good = i >= LEN(names);
        const char *name = good ? fine[i - LEN(names)] : names[i];
        const jingle_attr_t attr = {name, "v"};
        const jingle_data_t with_attr = {.foreign = {.attrs = &attr, .n_attrs = 1}};
        xmpp_stanza_t *named = xmpp_stanza_new(ctx);
        xmpp_stanza_t *const payloads[] = {named};
        const jingle_data_t with_child = {.foreign = {.children = payloads, .n_children = 1}};

        xmpp_stanza_set_name(named, name);
        if (good) {
            write_data(&with_attr);
            write_data(&with_child);
        } else {
            ck_assert_int_eq(jingle_data_to_xml(&mem.mem, &with_attr, &xml), JINGLE_EINVAL);
            ck_assert_int_eq(jingle_data_to_xml(&mem.mem, &with_child, &xml), JINGLE_EINVAL);
        }
        xmpp_stanza_release(named);
    }
}
END_TEST

/* A prefix is an attribute's at most: whoever made the element has declared it there. */
START_TEST(prefixes)
{
    const jingle_attr_t attr = {"xml:space", "preserve"};
    const jingle_data_t with_attr = {.foreign = {.attrs = &attr, .n_attrs = 1}};
    const jingle_error_t error = {.condition = "jabber:client"};
    xmpp_stanza_t *named = xmpp_stanza_new(ctx);
    xmpp_stanza_t *const payloads[] = {named};
    const jingle_data_t with_child = {.foreign = {.children = payloads, .n_children = 1}};
    char *xml;

    write_data(&with_attr);
    xmpp_stanza_set_name(named, "x:y");
    ck_assert_int_eq(jingle_data_to_xml(&mem.mem, &with_child, &xml), JINGLE_EINVAL);
    ck_assert_int_eq(jingle_error_to_xml(&mem.mem, &error, &xml), JINGLE_EINVAL);
    xmpp_stanza_release(named);
}
END_TEST

/* What has failed already writes no more, and keeps nothing. */
START_TEST(many_attributes_behind_a_failure)
{
    xmpp_stanza_t *wide = xmpp_stanza_new(ctx);
    xmpp_stanza_t *const payloads[] = {wide};
    const jingle_data_t made = {.foreign = {.children = payloads, .n_children = 1}};
    char *xml, name[16];

    xmpp_stanza_set_name(wide, "x:y");
    for (int i = 0; i < 200; i++) {
        snprintf(name, sizeof name, "a%d", i);
        xmpp_stanza_set_attribute(wide, name, "v");
    }
    ck_assert_int_eq(jingle_data_to_xml(&mem.mem, &made, &xml), JINGLE_EINVAL);
    ck_assert_uint_eq(mem.blocks, 0);
    xmpp_stanza_release(wide);
}
END_TEST

START_TEST(hostile_text)
{
    const jingle_reason_t reason = {.condition = JINGLE_REASON_GENERAL_ERROR,
                                    .text = "</text></reason></jingle></iq>\x01\xff",
                                    .lang = "'\"/><"};
    const jingle_data_t made = {.sid = "'\"/><evil xmlns='x'/>\n", .reason = &reason};

    read_data(write_data(&made));
    ck_assert_str_eq(data->sid, made.sid);
    ck_assert_str_eq(data->reason->lang, reason.lang);
    ck_assert_str_eq(data->reason->text, "</text></reason></jingle></iq>\xef\xbf\xbd\xef\xbf\xbd");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("write");
    TCase *writing = add_data_case(suite, "writing");

    tcase_add_test(writing, written_by_hand);
    tcase_add_test(writing, order_of_the_schema);
    tcase_add_test(writing, arguments_win);
    tcase_add_loop_test(writing, a_detail_is_written_once, 0, 3);
    tcase_add_test(writing, made_elements_inherit);
    tcase_add_test(writing, names_that_are_none);
    tcase_add_test(writing, prefixes);
    tcase_add_test(writing, many_attributes_behind_a_failure);
    tcase_add_test(writing, hostile_text);
    return run_suite(suite);
}
