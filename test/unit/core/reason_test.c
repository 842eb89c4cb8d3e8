/* SPDX-License-Identifier: MIT */
/** @file
 *  `<reason/>` to a struct and back (XEP-0166 section 7.4). */
#include "data_fixture.h"

/* J166-67: in any order */
START_TEST(reason_in_full)
{
    read_data(JINGLE("",
                     "<reason weight='1'><odd/><text xml:lang='en'>why</text><alternative-session>"
                     "<sid>other</sid></alternative-session></reason>"));
    ck_assert_int_eq(data->reason->condition, JINGLE_REASON_ALTERNATIVE_SESSION);
    ck_assert_str_eq(data->reason->alternative_sid, "other");
    ck_assert_str_eq(data->reason->text, "why");
    ck_assert_str_eq(data->reason->lang, "en");
    ck_assert_ptr_null(data->reason->detail);
    ck_assert_uint_eq(data->reason->foreign.n_attrs, 1);
    ck_assert_uint_eq(data->reason->foreign.n_children, 1);
}
END_TEST

START_TEST(reason_detail)
{
    read_data(JINGLE("", "<reason><busy/><one xmlns='urn:a'/><two xmlns='urn:b'/></reason>"));
    ck_assert_int_eq(data->reason->condition, JINGLE_REASON_BUSY);
    ck_assert_str_eq(xmpp_stanza_get_name(data->reason->detail), "one");
    ck_assert_uint_eq(data->reason->foreign.n_children, 1);
    ck_assert_str_eq(xmpp_stanza_get_name(data->reason->foreign.children[0]), "two");
    ck_assert_ptr_null(data->reason->text);
}
END_TEST

START_TEST(reason_unknown)
{
    read_data(JINGLE("", "<reason><failed_transport/></reason>"));
    ck_assert_int_eq(data->reason->condition, JINGLE_REASON_UNDEFINED);
    ck_assert_ptr_null(data->reason->detail);
    ck_assert_uint_eq(data->reason->foreign.n_children, 1);
}
END_TEST

START_TEST(language_without_prefix)
{
    xmpp_stanza_t *text;

    jingle = xmpp_stanza_new_from_string(
        ctx, JINGLE("action='session-terminate' sid='s'",
                    "<reason><gone/><text xml:lang='de'>weg</text></reason>"));
    ck_assert_ptr_nonnull(jingle);
    text = jingle_element_child(jingle_element_child(jingle, "reason", NULL), "text", NULL);
    ck_assert_str_eq(xmpp_stanza_get_attribute(text, "lang"), "de");
    ck_assert_int_eq(jingle_data_new(&mem.mem, jingle, &data), JINGLE_EOK);
    ck_assert_str_eq(data->reason->lang, "de");
    ck_assert_str_eq(write_data(data),
                     "<jingle xmlns=\"urn:xmpp:jingle:1\" action=\"session-terminate\" sid=\"s\">"
                     "<reason><gone/><text xml:lang=\"de\">weg</text></reason></jingle>");
}
END_TEST

START_TEST(text_in_pieces)
{
    xmpp_stanza_t *more = xmpp_stanza_new(ctx), *text;

    jingle = element(JINGLE("", "<reason><text>one </text></reason>"));
    text = jingle_element_child(jingle_element_child(jingle, "reason", NULL), "text", NULL);
    xmpp_stanza_set_text(more, "two");
    xmpp_stanza_add_child_ex(text, more, 0);
    ck_assert_int_eq(jingle_data_new(&mem.mem, jingle, &data), JINGLE_EOK);
    ck_assert_str_eq(data->reason->text, "one two");
}
END_TEST

/* J166-66: an empty reason, or one that is only text */
START_TEST(reason_without_condition)
{
    read_data(JINGLE("", "<reason/>"));
    ck_assert_int_eq(data->reason->condition, JINGLE_REASON_UNDEFINED);
    ck_assert_ptr_null(data->reason->text);
    ck_assert_str_eq(write_data(data),
                     "<jingle xmlns=\"urn:xmpp:jingle:1\"><reason></reason></jingle>");
    free_data();
    read_data(JINGLE("", "<reason><text>only</text></reason>"));
    ck_assert_int_eq(data->reason->condition, JINGLE_REASON_UNDEFINED);
    ck_assert_str_eq(data->reason->text, "only");
}
END_TEST

/* J166-16, J166-69: with the other session's sid and without */
START_TEST(reason_alternative)
{
    static const char with[] = "<jingle xmlns=\"urn:xmpp:jingle:1\"><reason><alternative-session>"
                               "<sid>a&amp;b</sid></alternative-session></reason></jingle>";
    static const char without[] = "<jingle xmlns=\"urn:xmpp:jingle:1\"><reason>"
                                  "<alternative-session/></reason></jingle>";

    read_data(with);
    ck_assert_str_eq(data->reason->alternative_sid, "a&b");
    ck_assert_uint_eq(data->reason->foreign.n_children, 0);
    ck_assert_str_eq(write_data(data), with);
    free_data();
    read_data(without);
    ck_assert_int_eq(data->reason->condition, JINGLE_REASON_ALTERNATIVE_SESSION);
    ck_assert_ptr_null(data->reason->alternative_sid);
    ck_assert_str_eq(write_data(data), without);
}
END_TEST

/* J166-68: a reason may come with any action */
START_TEST(reason_with_any_action)
{
    for (int action = JINGLE_ACTION_UNKNOWN; action < JINGLE_ACTION_COUNT; action++) {
        const jingle_reason_t reason = {.condition = JINGLE_REASON_EXPIRED};
        const jingle_data_t made = {.action = (jingle_action_t)action, .reason = &reason};

        read_data(write_data(&made));
        ck_assert_int_eq(data->action, action);
        ck_assert_int_eq(data->reason->condition, JINGLE_REASON_EXPIRED);
        free_data();
    }
}
END_TEST

/* What a field cannot hold is kept beside it, and written from there once. */
START_TEST(reason_says_more)
{
    static const char odd[] = "<jingle xmlns=\"urn:xmpp:jingle:1\"><reason><gone at=\"noon\"/>"
                              "<text by=\"me\">why</text></reason></jingle>";

    read_data(odd);
    ck_assert_int_eq(data->reason->condition, JINGLE_REASON_GONE);
    ck_assert_str_eq(data->reason->text, "why");
    ck_assert_uint_eq(data->reason->foreign.n_children, 2);
    ck_assert_str_eq(write_data(data), odd);
}
END_TEST

#define ALTERNATIVE(inside)                                                                        \
    "<jingle xmlns=\"urn:xmpp:jingle:1\"><reason><alternative-session>" inside                     \
    "</alternative-session></reason></jingle>"

static const char *const alternatives[] = {
    ALTERNATIVE("or<sid>a</sid>"),
    ALTERNATIVE("<sid>a</sid>or"),
    ALTERNATIVE("<sid>a</sid><sid>b</sid>"),
    ALTERNATIVE("<sid at=\"noon\">a</sid>"),
    ALTERNATIVE("<x xmlns=\"urn:x\"/><sid>a</sid>"),
    ALTERNATIVE("<sid>a<b xmlns=\"urn:x\"/></sid>"),
};

/* ... of another session, too. */
START_TEST(alternative_says_more)
{
    read_data(alternatives[_i]);
    ck_assert_int_eq(data->reason->condition, JINGLE_REASON_ALTERNATIVE_SESSION);
    ck_assert_str_eq(data->reason->alternative_sid, "a");
    ck_assert_uint_eq(data->reason->foreign.n_children, 1);
    ck_assert_str_eq(write_data(data), alternatives[_i]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("reason");
    TCase *reasons = add_data_case(suite, "reasons");

    tcase_add_test(reasons, reason_in_full);
    tcase_add_test(reasons, reason_detail);
    tcase_add_test(reasons, reason_unknown);
    tcase_add_test(reasons, language_without_prefix);
    tcase_add_test(reasons, text_in_pieces);
    tcase_add_test(reasons, reason_without_condition);
    tcase_add_test(reasons, reason_alternative);
    tcase_add_test(reasons, reason_with_any_action);
    tcase_add_test(reasons, reason_says_more);
    tcase_add_loop_test(reasons, alternative_says_more, 0, LEN(alternatives));
    return run_suite(suite);
}
