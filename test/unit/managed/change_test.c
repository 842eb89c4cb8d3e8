/* SPDX-License-Identifier: MIT */
/** @file
 *  Contents that change or go: content-modify, content-remove. */
#include "fixture.h"

#define NAMED(name) "<content creator='initiator' name='" name "'/>"
#define MODIFIED(name, senders)                                                                    \
    "<content creator='initiator' name='" name "' senders='" senders "'/>"

/* ---- content-remove ---- */

/* J166-46, J166-47: names only what goes; its transport is closed and nothing names it afterwards
 */
START_TEST(removes_one)
{
    jingle_session_t *session = active_out("s", "c", "d");
    jingle_content_t *content = jingle_content_clone(content_of(session, "c"));
    jingle_reason_t reason = {.condition = JINGLE_REASON_MEDIA_ERROR};

    ck_assert_int_eq(jingle_content_remove(content, &reason), JINGLE_EOK);
    ck_log("> set content-remove s media-error\nt1.stop c\na.closed c media-error\n"
           "t1.free c\na.free c\n");
    ck_assert_str_eq(last_contents(), "initiator/c[]");
    ck_assert_str_eq(names_of(session), "d");
    ck_assert_int_eq(jingle_content_get_state(content), JINGLE_CONTENT_OVER);
    ck_assert_int_eq(jingle_content_remove(content, NULL), JINGLE_EINVOP);
    ck_assert_int_eq(jingle_content_modify(content, JINGLE_SENDERS_NONE), JINGLE_EINVOP);
    ck_assert_int_eq(jingle_content_done(content, true), JINGLE_EINVOP);
    ck_assert_int_eq(jingle_content_replace_transport(content, NULL), JINGLE_EINVOP);
    ck_assert_ptr_null(jingle_content_get_application(content));
    ck_assert_ptr_null(jingle_content_get_application_self(content));
    ck_assert_ptr_eq(jingle_content_get_session(content), session);
    ck_log("");
    jingle_content_release(content);
}
END_TEST

static const char *last_senders(void)
{
    return xmpp_stanza_get_attribute(jingle_element_child(last_jingle(), "content", NULL),
                                     "senders");
}

/* J166-65: who sends is said of a content that is offered or modified, and of no other. */
START_TEST(who_sends_is_said_where_it_changes)
{
    jingle_session_t *session = active_out("s", "c", "d");
    jingle_content_t *content = content_of(session, "c");

    jingle_content_modify(content, JINGLE_SENDERS_INITIATOR);
    ck_assert_str_eq(last_senders(), "initiator");
    engine_ack(e);
    jingle_content_remove(content, NULL);
    ck_log("> set content-modify s\n> set content-remove s cancel\nt1.stop c\n"
           "a.closed c cancel\nt1.free c\na.free c\n");
    ck_assert_ptr_null(last_senders());
    engine_action(
        e, "1", "content-add", "s",
        "<content creator='responder' name='f' senders='responder'><description xmlns='" STUB_APP
        "'/><transport xmlns='" STUB_T1 "'/></content>");
    jingle_content_reject(content_of(session, "f"), NULL);
    ck_assert_ptr_nonnull(strstr(engine_log(e), "> set content-reject s decline\n"));
    ck_assert_ptr_null(last_senders());
}
END_TEST

static void try_others(stub_t *stub, stub_part_t *part, stub_point_t point)
{
    jingle_session_t *session = jingle_part_get_session(part->part);
    jingle_content_t *content;

    if (point != STUB_CLOSED || strcmp(part->content, "c") != 0)
        return;
    stub->hook = NULL;
    content = content_of(session, "d");
    ck_assert_ptr_nonnull(content);
    ck_assert_int_eq(jingle_content_get_state(content), JINGLE_CONTENT_ACCEPTED);
    ck_assert_int_eq(jingle_content_replace_transport(content, STUB_T2), JINGLE_EINVOP);
    ck_assert_int_eq(jingle_content_modify(content, JINGLE_SENDERS_NONE), JINGLE_EINVOP);
    ck_assert_int_eq(jingle_content_done(content, true), JINGLE_EINVOP);
    ck_assert_int_eq(jingle_content_remove(content, NULL), JINGLE_EINVOP);
    ck_assert_int_eq(
        jingle_session_add_content(session, JINGLE_CONTENT(.application = STUB_APP), NULL),
        JINGLE_EINVOP);
}

/* While a session ends one content after the other is over; with those that are not yet nothing is
 * begun any more. */
START_TEST(nothing_begins_while_the_session_ends)
{
    jingle_session_t *session = active_out("s", "c", "d");

    s->plan[STUB_A].resumable = true;
    s->hook = try_others;
    jingle_session_end(session, NULL);
    ck_assert_ptr_null(s->hook);
    ck_log("state s ended\n> set session-terminate s success\nt1.stop c\n"
           "a.closed c success\nt1.free c\na.free c\nt1.stop d\na.closed d success\n"
           "t1.free d\na.free d\nterminated s success\n");
}
END_TEST

static bool by_peer;

static void note_who(stub_t *stub, stub_part_t *part, stub_point_t point)
{
    (void)stub;
    if (point == STUB_CLOSED && !strcmp(part->content, "c"))
        by_peer = jingle_content_is_ended_by_peer(jingle_part_get_content(part->part));
}

/* Its application can know who has ended a content, and so can who keeps the content. */
START_TEST(who_has_ended_it)
{
    jingle_session_t *session = active_out("s", "c", "d");
    jingle_content_t *content = jingle_content_clone(content_of(session, "c"));

    by_peer = _i % 2 == 0;
    s->hook = note_who;
    ck_assert(!jingle_content_is_ended_by_peer(content));
    if (_i == 0)
        jingle_content_remove(content, NULL);
    else if (_i == 1)
        engine_action(e, "1", "content-remove", "s",
                      "<content creator='initiator' name='c'/><reason><success/></reason>");
    else if (_i == 2)
        jingle_session_end(session, NULL);
    else
        engine_action(e, "1", "session-terminate", "s", "<reason><success/></reason>");
    ck_assert_int_eq(jingle_content_get_state(content), JINGLE_CONTENT_OVER);
    ck_assert(by_peer == (_i % 2 == 1));
    if (_i == 0)
        engine_action(e, "1", "session-terminate", "s", "<reason><success/></reason>");
    ck_assert(jingle_content_is_ended_by_peer(content) == (_i % 2 == 1));
    jingle_content_release(content);
}
END_TEST

START_TEST(removing_the_last_ends_the_session)
{
    jingle_session_t *session = active_out("s", "c", NULL);

    ck_assert_int_eq(jingle_content_remove(content_of(session, "c"), NULL), JINGLE_EOK);
    ck_log("state s ended\n> set session-terminate s cancel\nt1.stop c\n"
           "a.closed c cancel\nt1.free c\na.free c\nterminated s cancel\n");
}
END_TEST

START_TEST(a_content_outlives_its_session)
{
    jingle_session_t *session = active_out("s", "c", NULL);
    jingle_content_t *content = jingle_content_clone(content_of(session, "c"));

    jingle_session_end(session, NULL);
    jingle_session_release(e->session);
    e->session = NULL;
    ck_assert_ptr_null(jingle_content_get_session(content));
    ck_assert_str_eq(jingle_content_get_name(content), "c");
    ck_assert_int_eq(jingle_content_accept(content), JINGLE_EINVOP);
    ck_assert_int_eq(jingle_content_reject(content, NULL), JINGLE_EINVOP);
    jingle_content_release(content);
}
END_TEST

/* J166-68: with a reason */
START_TEST(the_peer_removes_one)
{
    jingle_session_t *session = active_out("s", "c", "d");

    engine_action(e, "1", "content-remove", "s", NAMED("d") "<reason><gone/></reason>");
    ck_log("t1.stop d\na.closed d gone\nt1.free d\na.free d\n> result 1\n");
    ck_assert_str_eq(names_of(session), "c");
    /* what crosses it is ignored: states.md 1.2 */
    engine_action(e, "2", "transport-info", "s",
                  "<content creator='initiator' name='d'><transport xmlns='" STUB_T1
                  "'/></content>");
    ck_log("> result 2\n");
    engine_action(e, "3", "content-remove", "s", NAMED("d"));
    ck_log("> result 3\n");
    engine_action(e, "4", "session-info", "s",
                  "<x xmlns='" STUB_INFO_NS "' creator='initiator' name='d'/>");
    ck_log("> result 4\n");
}
END_TEST

/* J166-48: a content-remove that leaves nothing: we end the session, for the reason that it gave */
START_TEST(the_peer_says_why_it_removes_the_last)
{
    static const char *const reasons[] = {"", "<reason><text>why</text></reason>",
                                          "<reason><media-error/></reason>"};
    text_t text = {0};

    active_out("s", "c", NULL);
    text_printf(&text, "<content creator='initiator' name='c'/>%s", reasons[_i]);
    engine_action(e, "1", "content-remove", "s", text_str(&text));
    text_clear(&text);
    ck_assert_ptr_nonnull(strstr(engine_log(e), _i == 2 ? "> set session-terminate s media-error\n"
                                                        : "> set session-terminate s cancel\n"));
}
END_TEST

START_TEST(the_peer_removes_the_last)
{
    active_out("s", "c", "d");
    engine_action(e, "1", "content-remove", "s", NAMED("d") NAMED("c"));
    ck_log("t1.stop d\na.closed d cancel\nt1.free d\na.free d\nt1.stop c\n"
           "a.closed c cancel\nt1.free c\na.free c\n> result 1\nstate s ended\n"
           "> set session-terminate s cancel\nterminated s cancel\n");
}
END_TEST

START_TEST(the_peer_withdraws_its_offer)
{
    jingle_session_t *session = pending_in("s", STUB_CONTENT("c") STUB_CONTENT("d"));

    engine_action(e, "1", "content-remove", "s", NAMED("c"));
    ck_assert_str_eq(names_of(session), "d");
    engine_log(e);
    jingle_session_accept(session);
    ck_assert_str_eq(last_contents(), "initiator/d[description transport]");
}
END_TEST

START_TEST(removing_is_all_or_nothing)
{
    jingle_session_t *session = active_out("s", "c", "d");
    static const char *const bad[] = {"", "<content creator='initiator'/>", NAMED("x"),
                                      NAMED("c") NAMED("x"), NAMED("c") NAMED("c")};

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        engine_action(e, "1", "content-remove", "s", bad[i]);
        ck_log("> error 1 cancel bad-request\n");
    }
    ck_assert_str_eq(names_of(session), "c d");
}
END_TEST

START_TEST(only_so_many_that_went_are_remembered)
{
    jingle_session_t *session = active_in("s", STUB_CONTENT("c"));
    text_t text = {0};

    s->silent = true;
    for (int i = 0; i < 40; i++) {
        text_clear(&text);
        text_printf(&text,
                    "<content creator='initiator' name='n%d'><description xmlns='" STUB_APP
                    "'/><transport xmlns='" STUB_T1 "'/></content>",
                    i);
        engine_action(e, "1", "content-add", "s", text_str(&text));
        engine_action(e, "2", "content-remove", "s", text_str(&text));
    }
    text_clear(&text);
    ck_assert_str_eq(names_of(session), "c");
    engine_log(e);
    engine_action(e, "3", "content-remove", "s", NAMED("n39"));
    engine_action(e, "4", "content-remove", "s", NAMED("n8"));
    engine_action(e, "5", "content-remove", "s", NAMED("n7"));
    ck_log("> result 3\n> result 4\n> error 5 cancel bad-request\n");
}
END_TEST

/* ---- content-modify ---- */

/* J166-44: senders is an argument that cannot be left out. J166-60: the creator stays who made it
 */
START_TEST(modifies)
{
    jingle_session_t *session = active_in("s", STUB_CONTENT("c"));
    jingle_content_t *content = content_of(session, "c");

    ck_assert_int_eq(jingle_content_get_senders(content), JINGLE_SENDERS_BOTH);
    ck_assert_int_eq(jingle_content_modify(content, JINGLE_SENDERS_INVALID), JINGLE_EINVAL);
    ck_assert_int_eq(jingle_content_modify(content, JINGLE_SENDERS_RESPONDER), JINGLE_EOK);
    ck_log("> set content-modify s\n");
    ck_assert_str_eq(last_contents(), "initiator/c[]");
    ck_assert_str_eq(
        xmpp_stanza_get_attribute(jingle_element_child(last_jingle(), "content", NULL), "senders"),
        "responder");
    ck_assert_int_eq(jingle_content_get_senders(content), JINGLE_SENDERS_BOTH);
    engine_ack(e);
    ck_assert_int_eq(jingle_content_get_senders(content), JINGLE_SENDERS_RESPONDER);
}
END_TEST

/* What was refused and waits for the session-accept is neither changed nor decided on once more. */
START_TEST(refused_is_refused)
{
    jingle_session_t *session = pending_in("s", STUB_CONTENT("c") STUB_CONTENT("d"));
    jingle_content_t *content = content_of(session, "c");

    ck_assert_int_eq(jingle_content_reject(content, NULL), JINGLE_EOK);
    ck_assert_int_eq(jingle_content_modify(content, JINGLE_SENDERS_NONE), JINGLE_EINVOP);
    ck_assert_int_eq(jingle_content_remove(content, NULL), JINGLE_EINVOP);
    ck_assert_int_eq(jingle_content_accept(content), JINGLE_EINVOP);
    ck_assert_int_eq(jingle_content_reject(content, NULL), JINGLE_EINVOP);
    ck_assert_int_eq(jingle_content_replace_transport(content, STUB_T2), JINGLE_EINVOP);
    ck_assert_int_eq(jingle_content_done(content, false), JINGLE_EINVOP);
    ck_log("");
    ck_assert_int_eq(jingle_content_accept(content_of(session, "d")), JINGLE_EOK);
    ck_assert_str_eq(names_of(session), "d");
}
END_TEST

START_TEST(modifications_go_one_by_one)
{
    jingle_session_t *session = active_in("s", STUB_CONTENT("c"));
    jingle_content_t *content = content_of(session, "c");

    jingle_content_modify(content, JINGLE_SENDERS_NONE);
    ck_assert_int_eq(jingle_content_modify(content, JINGLE_SENDERS_INITIATOR), JINGLE_EOK);
    ck_assert_int_eq(jingle_content_modify(content, JINGLE_SENDERS_BOTH), JINGLE_EINVOP);
    ck_log("> set content-modify s\n");
    engine_ack(e);
    ck_log("> set content-modify s\n");
    ck_assert_int_eq(jingle_content_get_senders(content), JINGLE_SENDERS_NONE);
    engine_refuse(e, "conflict", "tie-break");
    ck_assert_int_eq(jingle_content_get_senders(content), JINGLE_SENDERS_NONE);
}
END_TEST

/* J166-42, J166-43: no answer but the ack */
START_TEST(the_peer_modifies)
{
    jingle_session_t *session = active_out("s", "c", "d");

    engine_action(e, "1", "content-modify", "s", MODIFIED("c", "none") MODIFIED("d", "initiator"));
    ck_log("a.senders c none\na.senders d initiator\n> result 1\n");
    ck_assert_int_eq(jingle_content_get_senders(content_of(session, "c")), JINGLE_SENDERS_NONE);
    ck_assert_int_eq(jingle_content_get_senders(content_of(session, "d")),
                     JINGLE_SENDERS_INITIATOR);
    ck_assert_int_eq(jingle_content_accept(content_of(session, "c")), JINGLE_EINVOP);
}
END_TEST

/* J166-44 */
START_TEST(modifying_is_all_or_nothing)
{
    jingle_session_t *session = active_out("s", "c", "d");
    static const char *const bad[] = {"",
                                      NAMED("c"),
                                      MODIFIED("c", "all"),
                                      MODIFIED("x", "none"),
                                      MODIFIED("c", "none") NAMED("d"),
                                      MODIFIED("c", "none") MODIFIED("c", "both")};

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        engine_action(e, "1", "content-modify", "s", bad[i]);
        ck_log("> error 1 cancel bad-request\n");
    }
    ck_assert_int_eq(jingle_content_get_senders(content_of(session, "c")), JINGLE_SENDERS_BOTH);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("managed/change");
    TCase *removing = add_case(suite, "remove"), *modifying = add_case(suite, "modify");

    tcase_add_test(removing, removes_one);
    tcase_add_test(removing, who_sends_is_said_where_it_changes);
    tcase_add_test(removing, nothing_begins_while_the_session_ends);
    tcase_add_loop_test(removing, who_has_ended_it, 0, 4);
    tcase_add_test(removing, removing_the_last_ends_the_session);
    tcase_add_test(removing, a_content_outlives_its_session);
    tcase_add_test(removing, the_peer_removes_one);
    tcase_add_test(removing, the_peer_removes_the_last);
    tcase_add_loop_test(removing, the_peer_says_why_it_removes_the_last, 0, 3);
    tcase_add_test(removing, the_peer_withdraws_its_offer);
    tcase_add_test(removing, removing_is_all_or_nothing);
    tcase_add_test(removing, only_so_many_that_went_are_remembered);
    tcase_add_test(modifying, modifies);
    tcase_add_test(modifying, refused_is_refused);
    tcase_add_test(modifying, modifications_go_one_by_one);
    tcase_add_test(modifying, the_peer_modifies);
    tcase_add_test(modifying, modifying_is_all_or_nothing);
    return run_suite(suite);
}
