/* SPDX-License-Identifier: MIT */
/** @file
 *  The rule of manager.h that a NULL where an object is needed gives JINGLE_EINVAL, NULL or 0, for
 * each function; and calls from programs that are wrong in other ways. */
#include "fixture.h"

#include <stdlib.h>

#define ck_invalid(call) ck_assert_int_eq((call), JINGLE_EINVAL)

static void nothing(jingle_t *jingle, void *userdata)
{
    (void)jingle;
    (void)userdata;
}

static void serve(jingle_t *jingle, xmpp_stanza_t *iq, xmpp_stanza_t *payload,
                  jingle_reply_t *reply, void *userdata)
{
    (void)jingle;
    (void)iq;
    (void)payload;
    (void)reply;
    (void)userdata;
}

static bool prepare(jingle_t *jingle, const jingle_offer_t *offer,
                    const jingle_session_type_t **type, void **type_userdata, void *userdata)
{
    (void)jingle;
    (void)offer;
    (void)type;
    (void)type_userdata;
    (void)userdata;
    return false;
}

static bool visit(jingle_session_t *session, void *userdata)
{
    (void)session;
    (void)userdata;
    return true;
}

START_TEST(managers)
{
    jingle_limits_t limits = {.size = sizeof limits};
    jingle_counters_t counters = {.size = sizeof counters};

    ck_invalid(jingle_set_jid(NULL, ENGINE_OWN));
    ck_invalid(jingle_set_limits(NULL, &limits));
    ck_invalid(jingle_set_limits(e->jingle, NULL));
    ck_invalid(jingle_set_limits(e->jingle, &(jingle_limits_t){.size = 1}));
    ck_invalid(jingle_get_counters(NULL, &counters));
    ck_invalid(jingle_get_counters(e->jingle, &(jingle_counters_t){.size = 0}));
    jingle_get_limits(e->jingle, NULL);
    jingle_limits_init(NULL);
    jingle_log(NULL, XMPP_LEVEL_ERROR, "to nobody");
    jingle_note_quirk(NULL, "of nobody");
    jingle_note_quirk(e->jingle, NULL);
    ck_assert_int_eq(jingle_get_counters(e->jingle, &counters), JINGLE_EOK);
    ck_assert_uint_eq(counters.quirks, 0);
    ck_assert(!jingle_may_offer(NULL, ENGINE_PEER, NULL));
    ck_assert(!jingle_may_offer(e->jingle, NULL, NULL));
    ck_assert(jingle_may_offer(e->jingle, ENGINE_PEER, NULL));
    ck_assert_uint_eq(jingle_hash(NULL, "a", 1), 0);
    ck_assert_uint_eq(jingle_hash(e->jingle, NULL, 1), 0);
    ck_assert_uint_eq(jingle_get_features_version(NULL), 0);
    ck_assert_uint_eq(jingle_get_time(NULL), 0);
    ck_assert_ptr_nonnull(jingle_get_mem(NULL));
    ck_assert_ptr_ne(jingle_get_mem(NULL), jingle_get_mem(e->jingle));
    ck_assert_uint_eq(jingle_each_session(NULL, visit, NULL), 0);
    ck_assert_uint_eq(jingle_each_session(e->jingle, NULL, NULL), 0);
    ck_invalid(jingle_end_peer_sessions(NULL, ENGINE_PEER, NULL));
}
END_TEST

START_TEST(registrations)
{
    static const jingle_session_type_t small = {.size = 1};

    ck_invalid(jingle_register_session_type(NULL, "urn:x", &engine_type, NULL));
    ck_invalid(jingle_register_session_type(e->jingle, NULL, &engine_type, NULL));
    ck_invalid(jingle_register_session_type(e->jingle, "", &engine_type, NULL));
    ck_invalid(jingle_register_session_type(e->jingle, "urn:x", NULL, NULL));
    ck_invalid(jingle_register_session_type(e->jingle, "urn:x", &small, NULL));
    ck_assert_int_ne(jingle_unregister_session_type(NULL, "urn:x"), JINGLE_EOK);
    ck_assert_int_ne(jingle_unregister_session_type(e->jingle, NULL), JINGLE_EOK);
    ck_invalid(jingle_add_prepare(NULL, prepare, NULL));
    ck_invalid(jingle_add_prepare(e->jingle, NULL, NULL));
    ck_invalid(jingle_add_feature(NULL, "urn:x"));
    ck_invalid(jingle_add_feature(e->jingle, NULL));
    ck_invalid(jingle_add_feature(e->jingle, ""));
    ck_invalid(jingle_remove_feature(NULL, "urn:x"));
    ck_invalid(jingle_remove_feature(e->jingle, NULL));
    ck_invalid(jingle_set_module(NULL, e, e, NULL));
    ck_invalid(jingle_set_module(e->jingle, NULL, e, NULL));
    ck_invalid(jingle_add_ice_server(NULL, "stun:x", NULL, NULL));
    ck_invalid(jingle_add_ice_server(e->jingle, NULL, NULL, NULL));
    ck_invalid(jingle_add_ice_server(e->jingle, "", NULL, NULL));
    ck_invalid(jingle_timer_start(NULL, 1, nothing, NULL, NULL));
    ck_invalid(jingle_timer_start(e->jingle, 1, NULL, NULL, NULL));
}
END_TEST

START_TEST(served_and_requested)
{
    ck_invalid(jingle_serve(NULL, "urn:x", JINGLE_SERVE_SET, serve, NULL));
    ck_invalid(jingle_serve(e->jingle, NULL, JINGLE_SERVE_SET, serve, NULL));
    ck_invalid(jingle_serve(e->jingle, "", JINGLE_SERVE_SET, serve, NULL));
    ck_invalid(jingle_serve(e->jingle, "urn:x", 0, serve, NULL));
    ck_invalid(jingle_serve(e->jingle, "urn:x", 0x100, serve, NULL));
    ck_invalid(jingle_serve(e->jingle, "urn:x", JINGLE_SERVE_SET, NULL, NULL));
    ck_invalid(jingle_serve(e->jingle, JINGLE_NS, JINGLE_SERVE_SET, serve, NULL));
    ck_assert_int_ne(jingle_unserve(NULL, "urn:x"), JINGLE_EOK);
    ck_assert_int_ne(jingle_unserve(e->jingle, NULL), JINGLE_EOK);
    ck_invalid(jingle_request(NULL, JINGLE_REQUEST(.xml = "<a xmlns='urn:x'/>")));
    ck_invalid(jingle_request(e->jingle, NULL));
    ck_invalid(
        jingle_request(e->jingle, &(jingle_request_t){.size = 1, .xml = "<a xmlns='urn:x'/>"}));
    ck_invalid(jingle_request(e->jingle, JINGLE_REQUEST(.xml = NULL)));
    ck_log("");
}
END_TEST

START_TEST(sessions)
{
    ck_invalid(jingle_session_new(NULL, ENGINE_PEER, NULL, NULL));
    ck_invalid(jingle_session_new(e->jingle, NULL, NULL, NULL));
    ck_invalid(jingle_session_new(e->jingle, "", NULL, NULL));
    ck_invalid(
        jingle_session_new(e->jingle, ENGINE_PEER, &(jingle_session_config_t){.size = 1}, NULL));
    ck_assert_int_ne(jingle_session_start(NULL), JINGLE_EOK);
    ck_assert_int_ne(jingle_session_accept(NULL), JINGLE_EOK);
    ck_assert_int_ne(jingle_session_cancel(NULL), JINGLE_EOK);
    ck_assert_int_ne(jingle_session_decline(NULL), JINGLE_EOK);
    ck_assert_int_ne(jingle_session_end(NULL, NULL), JINGLE_EOK);
    ck_invalid(jingle_session_send(NULL, JINGLE_ACTION_SESSION_INFO, NULL));
    ck_invalid(jingle_session_set_state(NULL, JINGLE_STATE_ACTIVE));
    ck_invalid(jingle_session_set_connection(NULL, JINGLE_CONNECTION_CONNECTED));
    ck_invalid(jingle_session_set_applications(NULL, NULL, 0));
    jingle_session_set_user(NULL, e, NULL);
    ck_log("");
}
END_TEST

START_TEST(what_a_session_says)
{
    jingle_session_t *session = engine_create_active(e, "s");

    ck_assert_ptr_null(jingle_session_get_own(NULL));
    ck_assert_ptr_null(jingle_session_get_self(NULL));
    ck_assert_ptr_null(jingle_session_get_manager(NULL));
    ck_assert_ptr_null(jingle_session_get_user(NULL));
    ck_assert_ptr_null(jingle_session_get_application(NULL, 0));
    ck_assert_str_eq(jingle_session_get_sid(NULL), "");
    ck_assert_str_eq(jingle_session_get_peer(NULL), "");
    ck_assert_int_eq(jingle_session_get_role(NULL), JINGLE_ROLE_INITIATOR);
    ck_assert_int_eq(jingle_session_get_state(NULL), JINGLE_STATE_ENDED);
    ck_assert_int_eq(jingle_session_get_connection(NULL), JINGLE_CONNECTION_STARTING);
    ck_assert(!jingle_session_is_ended_by_peer(NULL));
    ck_assert_ptr_nonnull(jingle_session_get_type(NULL));
    ck_assert_uint_eq(jingle_session_get_peer_id(NULL), 0);
    ck_assert_uint_ne(jingle_session_get_peer_id(session), 0);
    ck_assert_int_eq(jingle_session_get_pending_action(NULL), JINGLE_ACTION_UNKNOWN);
    ck_assert_uint_eq(jingle_session_count_requests(NULL), 0);
    ck_assert(!jingle_session_is_initiator(NULL));
    ck_assert(!jingle_session_is_active(NULL));
    ck_assert(!jingle_session_is_connected(NULL));
    ck_assert(!jingle_session_is_acknowledged(NULL));
    ck_assert(!jingle_session_is_tracked(NULL));
}
END_TEST

START_TEST(replies)
{
    ck_assert_int_ne(jingle_reply_ack(NULL), JINGLE_EOK);
    ck_assert_int_ne(jingle_reply_error(NULL, NULL), JINGLE_EOK);
    ck_assert_int_ne(jingle_reply_default(NULL), JINGLE_EOK);
    ck_assert_int_ne(jingle_reply_result(NULL, NULL), JINGLE_EOK);
    ck_assert_ptr_null(jingle_reply_clone(NULL));
    ck_assert_ptr_null(jingle_reply_get_session(NULL));
    ck_assert_ptr_null(jingle_reply_get_data(NULL));
    ck_assert_ptr_null(jingle_reply_get_stanza(NULL));
    ck_assert(!jingle_reply_is_open(NULL));
    jingle_reply_release(NULL);
    ck_log("");
}
END_TEST

START_TEST(elements_and_data)
{
    const jingle_data_t *data = NULL;
    const jingle_error_t *error = NULL;
    char *xml = NULL;

    ck_assert_ptr_null(jingle_data_get_payload(NULL, "urn:x"));
    ck_assert_ptr_null(jingle_element_child(NULL, "a", NULL));
    ck_assert_ptr_null(jingle_element_next(NULL));
    ck_assert_str_eq(jingle_element_text(NULL), "");
    ck_invalid(jingle_data_new(NULL, NULL, &data));
    ck_invalid(jingle_data_to_xml(NULL, NULL, &xml));
    ck_invalid(jingle_data_to_xml(NULL, &(jingle_data_t){.sid = "s"}, NULL));
    ck_invalid(jingle_error_new(NULL, NULL, &error));
    ck_invalid(jingle_error_to_xml(NULL, NULL, &xml));
    ck_invalid(jingle_error_to_xml(NULL, JINGLE_ERROR(.condition = "gone"), NULL));
    jingle_data_free(NULL);
    jingle_error_free(NULL);
    ck_assert_ptr_null(xml);
}
END_TEST

/* Without an allocator of its own, text comes from malloc. */
START_TEST(without_an_allocator)
{
    const jingle_error_t *error = NULL;
    xmpp_stanza_t *iq =
        engine_element(e, "<iq xmlns='jabber:client' type='error'><error type='wait'>"
                          "<gone xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>");
    char *xml = NULL;

    ck_assert_int_eq(jingle_error_to_xml(NULL, JINGLE_ERROR(.condition = "gone"), &xml),
                     JINGLE_EOK);
    ck_assert_ptr_nonnull(strstr(xml, "<gone xmlns="));
    free(xml);
    ck_assert_int_eq(
        jingle_data_to_xml(NULL, &(jingle_data_t){.action = JINGLE_ACTION_SESSION_INFO, .sid = "s"},
                           &xml),
        JINGLE_EOK);
    ck_assert_ptr_nonnull(strstr(xml, "session-info"));
    free(xml);
    ck_assert_int_eq(jingle_error_new(NULL, iq, &error), JINGLE_EOK);
    ck_assert_str_eq(error->condition, "gone");
    ck_assert_str_eq(error->type, "wait");
    jingle_error_free(error);
    xmpp_stanza_release(iq);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("null");
    TCase *tcase = add_case(suite, "null");

    tcase_add_test(tcase, managers);
    tcase_add_test(tcase, registrations);
    tcase_add_test(tcase, served_and_requested);
    tcase_add_test(tcase, sessions);
    tcase_add_test(tcase, what_a_session_says);
    tcase_add_test(tcase, replies);
    tcase_add_test(tcase, elements_and_data);
    tcase_add_test(tcase, without_an_allocator);
    return run_suite(suite);
}
