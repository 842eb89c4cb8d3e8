/* SPDX-License-Identifier: MIT */
/** @file
 *  Offers: who serves them, who may make them, to which JID of ours. */
#include "fixture.h"

#define OFFER(app, transport)                                                                      \
    "<content creator='initiator' name='" app "'><description xmlns='" app "'/>"                   \
    "<transport xmlns='" transport "'/></content>"

static const jingle_session_type_t plain = {.size = sizeof(jingle_session_type_t), .name = "plain"};

/* The name of the type of the session with that sid. */
static const char *type_of(const char *sid)
{
    return jingle_session_get_type(jingle_find_session(e->jingle, NULL, ENGINE_PEER, sid))->name;
}

/* ---- who serves them ---- */

START_TEST(types_are_asked_in_order)
{
    static const jingle_session_type_t first = {.size = sizeof first, .name = "first"};
    static const jingle_session_type_t second = {.size = sizeof second, .name = "second"};

    ck_assert_int_eq(jingle_register_session_type(e->jingle, "urn:1", &first, NULL), JINGLE_EOK);
    ck_assert_int_eq(jingle_register_session_type(e->jingle, "urn:2", &second, NULL), JINGLE_EOK);
    ck_assert_int_eq(jingle_register_session_type(e->jingle, "urn:1", &second, NULL),
                     JINGLE_EEXIST);
    ck_assert_int_eq(jingle_register_session_type(e->jingle, NULL, &second, NULL), JINGLE_EINVAL);
    ck_assert_int_eq(jingle_register_session_type(e->jingle, "urn:3", NULL, NULL), JINGLE_EINVAL);
    engine_action(e, "i", "session-initiate", "a", OFFER("urn:2", "t") OFFER("urn:1", "t"));
    engine_action(e, "j", "session-initiate", "b", OFFER("urn:2", "t"));
    ck_assert_str_eq(type_of("a"), "first");
    ck_assert_str_eq(type_of("b"), "second");
    ck_assert_int_eq(jingle_unregister_session_type(e->jingle, "urn:1"), JINGLE_EOK);
    ck_assert_int_eq(jingle_unregister_session_type(e->jingle, "urn:1"), JINGLE_ENOENT);
    engine_action(e, "k", "session-initiate", "c", OFFER("urn:2", "t") OFFER("urn:1", "t"));
    ck_assert_str_eq(type_of("a"), "first");
    ck_assert_str_eq(type_of("c"), "second");
}
END_TEST

/* Nobody's offer is a base session: acknowledged, announced, the program's to end. */
START_TEST(nobodys_offer_is_a_base_session)
{
    engine_action(e, "i", "session-initiate", "s", OFFER("urn:x", "t"));
    ck_log("created s\nstate s pending\n> result i\nincoming s\n");
    ck_assert_str_eq(type_of("s"), "base");
    ck_assert_int_eq(jingle_session_accept(e->session), JINGLE_EOK);
    ck_log("state s ended\n> set session-terminate s unsupported-applications\n"
           "terminated s unsupported-applications\n");
    ck_assert_int_eq(jingle_session_new(e->jingle, ENGINE_PEER, JINGLE_SESSION(.sid = "t"), NULL),
                     JINGLE_EOK);
    engine_log(e);
    ck_assert_int_eq(jingle_session_start(e->session), JINGLE_EOK);
    ck_log("state t ended\nterminated t unsupported-applications\n");
}
END_TEST

static bool prepare(jingle_t *jingle, const jingle_offer_t *offer,
                    const jingle_session_type_t **type, void **type_userdata, void *userdata)
{
    size_t i;

    (void)jingle;
    engine_note(e, "prepare %s %s %s %s", (const char *)(userdata == e ? "first" : userdata),
                offer->sid, offer->peer, offer->own);
    for (i = 0; i < offer->n_applications; i++)
        engine_note(e, "application %s", offer->applications[i]);
    for (i = 0; i < offer->n_transports; i++)
        engine_note(e, "transport %s", offer->transports[i]);
    ck_assert_uint_eq(offer->data->n_contents, 3);
    if (userdata == e)
        return false;
    *type = &plain;
    *type_userdata = e;
    return true;
}

START_TEST(the_program_may_prepare)
{
    static char second[] = "second";

    begin_with(JINGLE_CONFIG(.prepare_session = prepare));
    ck_assert_int_eq(jingle_add_prepare(e->jingle, prepare, second), JINGLE_EOK);
    ck_assert_int_eq(jingle_add_prepare(e->jingle, NULL, NULL), JINGLE_EINVAL);
    engine_action(e, "i", "session-initiate", "s",
                  OFFER("urn:x", "urn:t") OFFER("urn:y", "urn:t") OFFER("urn:x", "urn:u"));
    ck_log("prepare first s " ENGINE_PEER " " ENGINE_OWN "\napplication urn:x\napplication urn:y\n"
           "transport urn:t\ntransport urn:u\n"
           "prepare second s " ENGINE_PEER " " ENGINE_OWN "\napplication urn:x\napplication urn:y\n"
           "transport urn:t\ntransport urn:u\n"
           "created s\nstate s pending\n> result i\nincoming s\n");
    ck_assert_str_eq(type_of("s"), "plain");
    ck_assert_ptr_eq(jingle_session_get_self(e->session), e);
}
END_TEST

static int create_result;

static int create(jingle_session_t *session, void *userdata, void **self)
{
    engine_note(e, "create %s", jingle_session_get_sid(session));
    *self = userdata;
    return create_result;
}

static void ended(jingle_session_t *session, const jingle_reason_t *reason,
                  const jingle_error_t *error, void *self)
{
    ck_assert_ptr_eq(self, e);
    engine_note(e, "ended %s %s %s", jingle_session_get_sid(session),
                jingle_reason_name(reason->condition), error ? error->condition : "-");
}

static void free_self(void *self)
{
    ck_assert_ptr_eq(self, e);
    engine_note(e, "free");
}

static const jingle_session_type_t complete = {.size = sizeof(jingle_session_type_t),
                                               .name = "complete",
                                               .create = create,
                                               .ended = ended,
                                               .free = free_self};

START_TEST(types_live_with_their_sessions)
{
    jingle_register_session_type(e->jingle, "urn:x", &complete, e);
    create_result = JINGLE_EOK;
    engine_action(e, "i", "session-initiate", "s", OFFER("urn:x", "t"));
    ck_log("create s\ncreated s\nstate s pending\n> result i\nincoming s\n");
    ck_assert_ptr_eq(jingle_session_get_self(e->session), e);
    jingle_session_end(e->session, NULL);
    ck_log("state s ended\n> set session-terminate s success\nended s success -\nterminated s "
           "success\n");
    jingle_session_release(e->session);
    e->session = NULL;
    ck_log("free\n");
}
END_TEST

/* ---- a session that is only being made ---- */

static bool nests;

static int do_much(jingle_session_t *session, void *userdata, void **self)
{
    jingle_data_t info = {.action = JINGLE_ACTION_SESSION_INFO};

    *self = userdata;
    ck_assert_int_eq(jingle_session_end(session, NULL), JINGLE_EINVOP);
    ck_assert_int_eq(jingle_session_process(session, &info, NULL, NULL), JINGLE_EINVOP);
    ck_assert_int_eq(engine_send(e, session, JINGLE_ACTION_SESSION_INITIATE, ENGINE_CONTENT),
                     JINGLE_EINVOP);
    ck_assert_int_eq(engine_send(e, session, JINGLE_ACTION_SESSION_TERMINATE, ""), JINGLE_EINVOP);
    if (nests) {
        nests = false;
        ck_assert_int_eq(
            jingle_session_new(e->jingle, ENGINE_PEER, JINGLE_SESSION(.sid = "inner"), NULL),
            JINGLE_EOK);
    }
    return create_result;
}

static const jingle_session_type_t busy_type = {
    .size = sizeof(jingle_session_type_t), .name = "busy", .create = do_much, .ended = ended};

START_TEST(nothing_happens_to_a_session_while_it_is_made)
{
    jingle_register_session_type(e->jingle, "urn:x", &busy_type, e);
    create_result = JINGLE_EOK;
    engine_action(e, "i", "session-initiate", "s", OFFER("urn:x", "t"));
    ck_log("created s\nstate s pending\n> result i\nincoming s\n");
    jingle_session_end(e->session, NULL);
    engine_log(e);
    ck_assert_int_eq(jingle_session_new(
                         e->jingle, ENGINE_PEER,
                         JINGLE_SESSION(.sid = "s", .type = &busy_type, .type_userdata = e), NULL),
                     JINGLE_EOK);
    ck_log("created s\n");
    create_result = JINGLE_EMEM;
    ck_assert_int_eq(jingle_session_new(
                         e->jingle, ENGINE_OTHER,
                         JINGLE_SESSION(.sid = "s", .type = &busy_type, .type_userdata = e), NULL),
                     JINGLE_EMEM);
    ck_log("");
    ck_assert_uint_eq(jingle_count_sessions(e->jingle), 1);
}
END_TEST

/* Two sessions with one new peer, one made while the other is. */
START_TEST(made_inside_each_other_they_share_the_peer)
{
    create_result = JINGLE_EOK;
    nests = true;
    ck_assert_int_eq(
        jingle_session_new(e->jingle, ENGINE_PEER,
                           JINGLE_SESSION(.sid = "outer", .type = &busy_type, .type_userdata = e),
                           NULL),
        JINGLE_EOK);
    ck_log("created inner\ncreated outer\n");
    ck_assert_int_eq(jingle_end_peer_sessions(e->jingle, ENGINE_PEER, NULL), 2);
    ck_assert_uint_eq(jingle_count_sessions(e->jingle), 0);
}
END_TEST

START_TEST(types_that_cannot_create)
{
    static const struct {
        int result;
        const char *log;
    } cases[] = {
        {JINGLE_EMEM, "create s\n> error i0 wait resource-constraint\n"},
        {JINGLE_ELIMIT, "create s\n> error i1 wait resource-constraint\n"},
        {JINGLE_EIO, "create s\n> error i2 cancel internal-server-error\n"},
    };
    char id[] = "i0";
    size_t i;

    jingle_register_session_type(e->jingle, "urn:x", &complete, e);
    for (i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        create_result = cases[i].result;
        id[1] = (char)('0' + i);
        engine_action(e, id, "session-initiate", "s", OFFER("urn:x", "t"));
        ck_log(cases[i].log);
        ck_assert_int_eq(
            jingle_session_new(e->jingle, ENGINE_PEER,
                               JINGLE_SESSION(.sid = "s", .type = &complete, .type_userdata = e),
                               NULL),
            cases[i].result);
        ck_log("create s\n");
        ck_assert_uint_eq(jingle_count_sessions(e->jingle), 0);
    }
}
END_TEST

/* ---- who may make them ---- */

static bool only_other(jingle_t *jingle, const char *peer, const char *own, void *userdata)
{
    (void)jingle, (void)userdata;
    engine_note(e, "may %s %s", peer, own);
    return strcmp(peer, ENGINE_OTHER) == 0;
}

/* XEP-0166 sections 6.3.2 and 13.2: a stranger does not even learn that there is Jingle. */
START_TEST(strangers_learn_nothing)
{
    begin_with(JINGLE_CONFIG(.may_offer = only_other));
    engine_offer(e, "1", "s");
    engine_action(e, "2", "session-info", "s", "");
    engine_action(e, "3", "bogus", "", "");
    ck_log("may " ENGINE_PEER " " ENGINE_OWN "\n> error 1 cancel service-unavailable\n"
           "may " ENGINE_PEER " " ENGINE_OWN "\n> error 2 cancel service-unavailable\n"
           "may " ENGINE_PEER " " ENGINE_OWN "\n> error 3 cancel service-unavailable\n");
    engine_feed(e,
                "<iq xmlns='jabber:client' type='get' id='4' from='%s'><jingle xmlns='%s'/></iq>",
                ENGINE_PEER, JINGLE_NS);
    ck_assert_ptr_nonnull(strstr(engine_log(e), "> error 4 cancel service-unavailable\n"));
    engine_feed_jingle(e, ENGINE_OTHER, "5", "session-initiate", "s", ENGINE_CONTENT);
    ck_assert_ptr_nonnull(strstr(engine_log(e), "> result 5\n"));
}
END_TEST

/* But to have a session is no leave to open more. */
START_TEST(who_has_a_session_is_no_stranger)
{
    jingle_set_may_offer(e->jingle, only_other, NULL);
    engine_create_active(e, "s");
    engine_action(e, "1", "session-info", "s", "");
    engine_action(e, "3", "session-info", "none", "");
    ck_assert_ptr_null(strstr(engine_log(e), "may"));
    engine_offer(e, "2", "t");
    ck_log("may " ENGINE_PEER " " ENGINE_OWN "\n> error 2 cancel service-unavailable\n");
    ck_assert_uint_eq(jingle_count_sessions(e->jingle), 1);
    jingle_end_all_sessions(e->jingle, NULL);
    engine_log(e);
    engine_action(e, "4", "session-info", "s", "");
    ck_log("may " ENGINE_PEER " " ENGINE_OWN "\n> error 4 cancel service-unavailable\n");
    jingle_set_may_offer(e->jingle, NULL, NULL);
    engine_offer(e, "5", "t");
    ck_assert_ptr_nonnull(strstr(engine_log(e), "> result 5\n"));
}
END_TEST

/* ---- a component's ---- */

static void feed_to(const char *own, const char *id, const char *action, const char *inside)
{
    engine_feed(e,
                "<iq xmlns='jabber:client' type='set' id='%s' from='%s' to='%s'>"
                "<jingle xmlns='%s' action='%s' sid='s'>%s</jingle></iq>",
                id, ENGINE_PEER, own, JINGLE_NS, action, inside);
}

/* Two local JIDs, one peer, one sid: two sessions, each with its own address. */
START_TEST(components_have_many_jids)
{
    jingle_session_t *one, *other;

    begin_with(JINGLE_CONFIG(.component = true));
    feed_to("a@comp.example", "1", "session-initiate", ENGINE_CONTENT);
    ck_assert_str_eq(xmpp_stanza_get_from(engine_last(e)), "a@comp.example");
    feed_to("b@comp.example/x", "2", "session-initiate", ENGINE_CONTENT);
    ck_assert_str_eq(xmpp_stanza_get_from(engine_last(e)), "b@comp.example/x");
    ck_assert_uint_eq(jingle_count_sessions(e->jingle), 2);
    one = jingle_find_session(e->jingle, "a@comp.example", ENGINE_PEER, "s");
    other = jingle_find_session(e->jingle, "b@comp.example/x", ENGINE_PEER, "s");
    ck_assert_ptr_nonnull(one);
    ck_assert_ptr_nonnull(other);
    ck_assert_ptr_ne(one, other);
    ck_assert_str_eq(jingle_session_get_own(one), "a@comp.example");
    jingle_session_accept(one);
    ck_assert_str_eq(xmpp_stanza_get_from(engine_last(e)), "a@comp.example");
    ck_assert_str_eq(
        xmpp_stanza_get_attribute(xmpp_stanza_get_children(engine_last(e)), "responder"),
        "a@comp.example");
    engine_ack(e);
    feed_to("c@comp.example", "3", "session-info", "");
    ck_assert_str_eq(xmpp_stanza_get_from(engine_last(e)), "c@comp.example");
    feed_to("b@comp.example/x", "4", "session-terminate", "");
    ck_assert(jingle_session_is_active(one));
    ck_assert_uint_eq(jingle_count_sessions(e->jingle), 1);
    ck_assert_ptr_nonnull(
        strstr(engine_log(e), "> error 3 cancel item-not-found/unknown-session\n"));
}
END_TEST

START_TEST(components_offer_from_any_jid)
{
    jingle_session_t *session = NULL;

    begin_with(JINGLE_CONFIG(.component = true));
    jingle_session_new(e->jingle, ENGINE_PEER,
                       JINGLE_SESSION(.sid = "s", .own = "A@Comp.Example/X", .type = &engine_type,
                                      .type_userdata = e),
                       &session);
    jingle_session_start(session);
    ck_assert_str_eq(xmpp_stanza_get_from(engine_last(e)), "a@comp.example/X");
    ck_assert_str_eq(
        xmpp_stanza_get_attribute(xmpp_stanza_get_children(engine_last(e)), "initiator"),
        "a@comp.example/X");
    engine_ack(e);
    ck_assert(jingle_session_is_acknowledged(session));
    jingle_request(e->jingle, JINGLE_REQUEST(.to = ENGINE_PEER, .own = "b@comp.example",
                                             .xml = "<q xmlns='urn:q'/>"));
    ck_assert_str_eq(xmpp_stanza_get_from(engine_last(e)), "b@comp.example");
    jingle_session_end(session, NULL);
    ck_assert_str_eq(xmpp_stanza_get_from(engine_last(e)), "a@comp.example/X");
}
END_TEST

/* A client's server puts the address: what it sends has none. */
START_TEST(clients_name_no_sender)
{
    engine_offer(e, "1", "s");
    ck_assert_ptr_null(xmpp_stanza_get_from(engine_last(e)));
    jingle_session_accept(e->session);
    ck_assert_ptr_null(xmpp_stanza_get_from(engine_last(e)));
}
END_TEST

/* ---- offers that are delivered twice ---- */

/* Whoever delivers it again, the session at the other side is over: it does not ring once more. */
START_TEST(an_offer_does_not_come_back)
{
    engine_offer(e, "offer", "s");
    jingle_session_end(e->session, NULL);
    engine_log(e);
    engine_action(e, "offer", "session-initiate", "s", ENGINE_CONTENT);
    ck_log("> error offer cancel item-not-found/unknown-session\n");
    ck_assert_uint_eq(jingle_count_sessions(e->jingle), 0);
    /* Another one with that sid is another one, and so is another peer's. */
    engine_action(e, "again", "session-initiate", "s", ENGINE_CONTENT);
    engine_feed_jingle(e, ENGINE_OTHER, "offer", "session-initiate", "s", ENGINE_CONTENT);
    ck_assert_uint_eq(jingle_count_sessions(e->jingle), 2);
}
END_TEST

/* What the peer is told under one id must not contradict itself: what counts is what is sent first. */
START_TEST(an_offer_twice_is_answered_in_order)
{
    e->keep = true;
    engine_action(e, "o", "session-initiate", "s", ENGINE_CONTENT);
    engine_action(e, "o", "session-initiate", "s", ENGINE_CONTENT);
    ck_log("created s\non session-initiate s\n");
    engine_action(e, "p", "session-initiate", "s", ENGINE_CONTENT);
    ck_log("> error p cancel unexpected-request/out-of-order\n");
    engine_complete(e, NULL);
    ck_log("state s pending\n> result o\nincoming s\n> error o cancel "
           "unexpected-request/out-of-order\n");
    engine_action(e, "o", "session-initiate", "s", ENGINE_CONTENT);
    ck_log("> error o cancel unexpected-request/out-of-order\n");
    ck_assert_uint_eq(jingle_count_sessions(e->jingle), 1);
}
END_TEST

/* What never was a session leaves no memory: an offer that was refused is judged anew. */
START_TEST(a_refused_offer_may_come_again)
{
    jingle_limits_t limits;
    jingle_session_t *first;

    jingle_get_limits(e->jingle, &limits);
    limits.sessions = 1;
    jingle_set_limits(e->jingle, &limits);
    first = engine_offered(e, "s");
    engine_action(e, "o", "session-initiate", "t", ENGINE_CONTENT);
    ck_log("> error o wait resource-constraint\n");
    jingle_session_end(first, NULL);
    engine_log(e);
    engine_action(e, "o", "session-initiate", "t", ENGINE_CONTENT);
    ck_assert_uint_eq(jingle_count_sessions(e->jingle), 1);
}
END_TEST

/* A malformed one is refused each time for what it is, and mended it is another. */
START_TEST(a_malformed_offer_may_be_mended)
{
    engine_action(e, "o", "session-initiate", "t", "<content name='c'/>");
    ck_log("> error o cancel bad-request\n");
    engine_action(e, "o", "session-initiate", "t", "<content name='c'/>");
    ck_log("> error o cancel bad-request\n");
    engine_action(e, "o", "session-initiate", "t", ENGINE_CONTENT);
    ck_assert_uint_eq(jingle_count_sessions(e->jingle), 1);
}
END_TEST

START_TEST(an_offer_twice_is_refused_twice)
{
    e->keep = true;
    engine_action(e, "o", "session-initiate", "s", ENGINE_CONTENT);
    engine_action(e, "o", "session-initiate", "s", ENGINE_CONTENT);
    engine_log(e);
    engine_complete(e, JINGLE_ERROR(.condition = "not-acceptable"));
    ck_log("> error o cancel not-acceptable\nstate s ended\n"
           "> error o cancel item-not-found/unknown-session\nterminated s general-error\n");
    ck_assert_uint_eq(jingle_count_sessions(e->jingle), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("core/offer");
    TCase *served = add_case(suite, "served"), *policy = add_case(suite, "policy");
    TCase *twice = add_case(suite, "twice"), *component = add_case(suite, "component");

    tcase_add_test(served, types_are_asked_in_order);
    tcase_add_test(served, nobodys_offer_is_a_base_session);
    tcase_add_test(served, the_program_may_prepare);
    tcase_add_test(served, types_live_with_their_sessions);
    tcase_add_test(served, types_that_cannot_create);
    tcase_add_test(served, nothing_happens_to_a_session_while_it_is_made);
    tcase_add_test(served, made_inside_each_other_they_share_the_peer);
    tcase_add_test(policy, strangers_learn_nothing);
    tcase_add_test(policy, who_has_a_session_is_no_stranger);
    tcase_add_test(twice, an_offer_does_not_come_back);
    tcase_add_test(twice, an_offer_twice_is_answered_in_order);
    tcase_add_test(twice, a_refused_offer_may_come_again);
    tcase_add_test(twice, a_malformed_offer_may_be_mended);
    tcase_add_test(twice, an_offer_twice_is_refused_twice);
    tcase_add_test(component, components_have_many_jids);
    tcase_add_test(component, components_offer_from_any_jid);
    tcase_add_test(component, clients_name_no_sender);
    return run_suite(suite);
}
