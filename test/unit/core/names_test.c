/* SPDX-License-Identifier: MIT */
/** @file
 *  Names on the wire, words for people. */
#include "elements.h"

static const struct {
    jingle_action_t action;
    const char *name;
} actions[] = {
    {JINGLE_ACTION_CONTENT_ACCEPT, "content-accept"},
    {JINGLE_ACTION_CONTENT_ADD, "content-add"},
    {JINGLE_ACTION_CONTENT_MODIFY, "content-modify"},
    {JINGLE_ACTION_CONTENT_REJECT, "content-reject"},
    {JINGLE_ACTION_CONTENT_REMOVE, "content-remove"},
    {JINGLE_ACTION_DESCRIPTION_INFO, "description-info"},
    {JINGLE_ACTION_SECURITY_INFO, "security-info"},
    {JINGLE_ACTION_SESSION_ACCEPT, "session-accept"},
    {JINGLE_ACTION_SESSION_INFO, "session-info"},
    {JINGLE_ACTION_SESSION_INITIATE, "session-initiate"},
    {JINGLE_ACTION_SESSION_TERMINATE, "session-terminate"},
    {JINGLE_ACTION_TRANSPORT_ACCEPT, "transport-accept"},
    {JINGLE_ACTION_TRANSPORT_INFO, "transport-info"},
    {JINGLE_ACTION_TRANSPORT_REJECT, "transport-reject"},
    {JINGLE_ACTION_TRANSPORT_REPLACE, "transport-replace"},
    {JINGLE_ACTION_SOURCE_ADD, "source-add"},
    {JINGLE_ACTION_SOURCE_REMOVE, "source-remove"},
};

START_TEST(every_action_both_ways)
{
    ck_assert_uint_eq(LEN(actions), JINGLE_ACTION_COUNT - 1);
    for (size_t i = 0; i < LEN(actions); i++) {
        ck_assert_str_eq(jingle_action_name(actions[i].action), actions[i].name);
        ck_assert_int_eq(jingle_action_from_name(actions[i].name), actions[i].action);
    }
}
END_TEST

START_TEST(unknown_actions)
{
    static const char *const names[] = {
        NULL,           "",        "session-Initiate", "session-inf", "session-info ",
        "session-infO", "unknown", "content-replace"};

    for (size_t i = 0; i < LEN(names); i++)
        ck_assert_int_eq(jingle_action_from_name(names[i]), JINGLE_ACTION_UNKNOWN);
    ck_assert_ptr_null(jingle_action_name(JINGLE_ACTION_UNKNOWN));
    ck_assert_ptr_null(jingle_action_name(JINGLE_ACTION_COUNT));
    ck_assert_ptr_null(jingle_action_name((jingle_action_t)-1));
}
END_TEST

/* XEP-0166 section 7.4 */
START_TEST(every_reason_both_ways)
{
    static const char *const names[] = {"alternative-session",
                                        "busy",
                                        "cancel",
                                        "connectivity-error",
                                        "decline",
                                        "expired",
                                        "failed-application",
                                        "failed-transport",
                                        "general-error",
                                        "gone",
                                        "incompatible-parameters",
                                        "media-error",
                                        "security-error",
                                        "success",
                                        "timeout",
                                        "unsupported-applications",
                                        "unsupported-transports"};

    ck_assert_uint_eq(LEN(names), 17);
    ck_assert_uint_eq(LEN(names), JINGLE_REASON_COUNT - 1);
    for (size_t i = 0; i < LEN(names); i++) {
        jingle_condition_t condition = jingle_reason_from_name(names[i]);

        ck_assert_int_ne(condition, JINGLE_REASON_UNDEFINED);
        ck_assert_str_eq(jingle_reason_name(condition), names[i]);
        ck_assert_uint_gt(strlen(jingle_reason_words(condition)), 3);
        ck_assert_str_ne(jingle_reason_words(condition),
                         jingle_reason_words(JINGLE_REASON_UNDEFINED));
    }
}
END_TEST

START_TEST(unknown_reasons)
{
    ck_assert_int_eq(jingle_reason_from_name(NULL), JINGLE_REASON_UNDEFINED);
    ck_assert_int_eq(jingle_reason_from_name("failed_transport"), JINGLE_REASON_UNDEFINED);
    ck_assert_int_eq(jingle_reason_from_name("undefined"), JINGLE_REASON_UNDEFINED);
    ck_assert_str_eq(jingle_reason_name(JINGLE_REASON_UNDEFINED), "undefined");
    ck_assert_str_eq(jingle_reason_name(JINGLE_REASON_COUNT), "undefined");
    ck_assert_str_eq(jingle_reason_name((jingle_condition_t)-1), "undefined");
    ck_assert_str_eq(jingle_reason_words(JINGLE_REASON_COUNT),
                     jingle_reason_words(JINGLE_REASON_UNDEFINED));
}
END_TEST

START_TEST(states_and_connections)
{
    ck_assert_str_eq(jingle_state_name(JINGLE_STATE_STARTING), "starting");
    ck_assert_str_eq(jingle_state_name(JINGLE_STATE_PENDING), "pending");
    ck_assert_str_eq(jingle_state_name(JINGLE_STATE_ACTIVE), "active");
    ck_assert_str_eq(jingle_state_name(JINGLE_STATE_ENDED), "ended");
    ck_assert_str_eq(jingle_state_name(JINGLE_STATE_COUNT), "?");
    ck_assert_str_eq(jingle_connection_name(JINGLE_CONNECTION_STARTING), "starting");
    ck_assert_str_eq(jingle_connection_name(JINGLE_CONNECTION_CONNECTING), "connecting");
    ck_assert_str_eq(jingle_connection_name(JINGLE_CONNECTION_CONNECTED), "connected");
    ck_assert_str_eq(jingle_connection_name(JINGLE_CONNECTION_DISCONNECTED), "disconnected");
    ck_assert_str_eq(jingle_connection_name(JINGLE_CONNECTION_INTERRUPTED), "interrupted");
    ck_assert_str_eq(jingle_connection_name(JINGLE_CONNECTION_COUNT), "?");
}
END_TEST

/* XEP-0166 section 7.3: what is absent is initiator and both */
START_TEST(creators_and_senders)
{
    ck_assert_int_eq(jingle_creator_from_name(NULL), JINGLE_CREATOR_INITIATOR);
    ck_assert_int_eq(jingle_creator_from_name("initiator"), JINGLE_CREATOR_INITIATOR);
    ck_assert_int_eq(jingle_creator_from_name("responder"), JINGLE_CREATOR_RESPONDER);
    ck_assert_int_eq(jingle_creator_from_name(""), JINGLE_CREATOR_INVALID);
    ck_assert_int_eq(jingle_creator_from_name("Initiator"), JINGLE_CREATOR_INVALID);
    ck_assert_str_eq(jingle_creator_name(JINGLE_CREATOR_INITIATOR), "initiator");
    ck_assert_str_eq(jingle_creator_name(JINGLE_CREATOR_RESPONDER), "responder");
    ck_assert_ptr_null(jingle_creator_name(JINGLE_CREATOR_INVALID));
    ck_assert_int_eq(jingle_senders_from_name(NULL), JINGLE_SENDERS_BOTH);
    ck_assert_int_eq(jingle_senders_from_name("everybody"), JINGLE_SENDERS_INVALID);
    for (int i = JINGLE_SENDERS_BOTH; i < JINGLE_SENDERS_INVALID; i++) {
        const char *name = jingle_senders_name((jingle_senders_t)i);

        ck_assert_int_eq(jingle_senders_from_name(name), i);
    }
    ck_assert_str_eq(jingle_senders_name(JINGLE_SENDERS_BOTH), "both");
    ck_assert_str_eq(jingle_senders_name(JINGLE_SENDERS_NONE), "none");
    ck_assert_ptr_null(jingle_senders_name(JINGLE_SENDERS_INVALID));
}
END_TEST

START_TEST(codes_have_words)
{
    ck_assert_int_eq(JINGLE_EOK, XMPP_EOK);
    ck_assert_int_eq(JINGLE_EMEM, XMPP_EMEM);
    ck_assert_int_eq(JINGLE_EINVOP, XMPP_EINVOP);
    ck_assert_int_eq(JINGLE_EINT, XMPP_EINT);
    ck_assert_str_eq(jingle_strerror(JINGLE_EOK), "no error");
    for (int code = JINGLE_EVERSION; code <= JINGLE_EOK; code++)
        ck_assert_str_ne(jingle_strerror(code), jingle_strerror(1));
    ck_assert_str_eq(jingle_strerror(JINGLE_EVERSION - 1), jingle_strerror(1));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("names");
    TCase *names = add_case(suite, "names");

    tcase_add_test(names, every_action_both_ways);
    tcase_add_test(names, unknown_actions);
    tcase_add_test(names, every_reason_both_ways);
    tcase_add_test(names, unknown_reasons);
    tcase_add_test(names, states_and_connections);
    tcase_add_test(names, creators_and_senders);
    tcase_add_test(names, codes_have_words);
    return run_suite(suite);
}
