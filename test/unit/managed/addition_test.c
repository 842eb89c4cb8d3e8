/* SPDX-License-Identifier: MIT */
/** @file
 *  What the peer adds to a session, and our answer: content-add, content-accept, content-reject. */
#include "fixture.h"

/* J166-41: each content-add is answered, once. J166-40: both keep a list of the contents. */
START_TEST(additions_are_offered)
{
    jingle_session_t *session = active_in("s", STUB_CONTENT("c"));

    engine_action(e, "2", "content-add", "s", STUB_CONTENT("d") STUB_CONTENT("f"));
    ck_log("a.apply d\nt1.apply d\na.apply f\nt1.apply f\n> result 2\na.offered d\na.offered f\n");
    ck_assert_str_eq(names_of(session), "c d f");
    jingle_content_accept(content_of(session, "f"));
    ck_log("t1.prepare f\n> set content-accept s\na.accepted f\nt1.start f\na.open f\n");
    ck_assert_str_eq(last_contents(), "initiator/f[description transport]");
    jingle_content_reject(content_of(session, "d"), NULL);
    ck_log("> set content-reject s decline\nt1.stop d\na.closed d decline\nt1.free d\n"
           "a.free d\n");
    ck_assert_str_eq(last_contents(), "initiator/d[]");
    ck_assert_str_eq(names_of(session), "c f");
}
END_TEST

START_TEST(additions_of_one_stanza_are_accepted_together)
{
    jingle_session_t *session = active_in("s", STUB_CONTENT("c"));

    s->plan[STUB_A].accepts = true;
    engine_action(e, "2", "content-add", "s", STUB_CONTENT("d") STUB_CONTENT("f"));
    ck_assert_str_eq(last_contents(),
                     "initiator/d[description transport] initiator/f[description transport]");
    ck_assert_str_eq(names_of(session), "c d f");
}
END_TEST

/* J166-41: nobody can be asked */
START_TEST(additions_that_nobody_decides_on_are_rejected)
{
    active_in("s", STUB_CONTENT_OF("c", STUB_APP2, STUB_T1, ""));
    engine_action(e, "2", "content-add", "s", STUB_CONTENT_OF("d", STUB_APP2, STUB_T1, ""));
    ck_log("b.apply d\nt1.apply d\n> result 2\n> set content-reject s decline\nt1.stop d\nt1.free "
           "d\nb.free d\n");
}
END_TEST

START_TEST(unusable_additions_are_rejected_at_once)
{
    active_in("s", STUB_CONTENT("c"));
    engine_action(e, "2", "content-add", "s",
                  STUB_CONTENT_OF("d", "urn:none", STUB_T1, "") STUB_CONTENT("f"));
    ck_log("a.apply f\nt1.apply f\n> result 2\na.offered f\n> set content-reject s "
           "unsupported-applications\n");
    ck_assert_str_eq(last_contents(), "initiator/d[]");
}
END_TEST

START_TEST(additions_are_all_or_nothing)
{
    jingle_session_t *session = active_in("s", STUB_CONTENT("c"));
    static const char *const bad[] = {
        "",
        "<content creator='initiator'><description xmlns='" STUB_APP "'/><transport xmlns='" STUB_T1
        "'/></content>",
        "<content creator='initiator' name='d'><description xmlns='" STUB_APP "'/></content>",
        "<content creator='initiator' name='d'><transport xmlns='" STUB_T1 "'/></content>",
        "<content creator='me' name='d'><description xmlns='" STUB_APP
        "'/><transport xmlns='" STUB_T1 "'/></content>",
        "<content creator='initiator' senders='all' name='d'><description xmlns='" STUB_APP
        "'/><transport xmlns='" STUB_T1 "'/></content>",
        STUB_CONTENT("d") STUB_CONTENT_OF("f", STUB_APP "' verdict='malformed", STUB_T1, ""),
        /* a pair that the session has */
        STUB_CONTENT("d") STUB_CONTENT("c"),
    };

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        engine_action(e, "2", "content-add", "s", bad[i]);
        ck_assert_msg(strcmp(engine_log(e), "> error 2 cancel bad-request\n") == 0 || i == 6, "%zu",
                      i);
        ck_assert_str_eq(names_of(session), "c");
    }
    ck_assert(jingle_session_is_active(session));
}
END_TEST

/* J166-09: more contents than a session may have */
START_TEST(additions_are_limited)
{
    jingle_session_t *session = active_in("s", STUB_CONTENT("c"));
    jingle_limits_t limits;

    jingle_limits_init(&limits);
    ck_assert_uint_eq(limits.contents, 32);
    limits.contents = 2;
    jingle_set_limits(e->jingle, &limits);
    /* alternatives count once */
    engine_action(e, "2", "content-add", "s",
                  STUB_CONTENT("d") STUB_CONTENT_OF("d", STUB_APP, STUB_T2, ""));
    ck_assert_str_eq(names_of(session), "c d");
    engine_log(e);
    engine_action(e, "3", "content-add", "s", STUB_CONTENT("f"));
    ck_log("> error 3 wait resource-constraint\n");
}
END_TEST

START_TEST(additions_while_pending_have_their_own_answer)
{
    jingle_session_t *session = pending_in("s", STUB_CONTENT("c"));

    engine_action(e, "2", "content-add", "s", STUB_CONTENT("d"));
    ck_log("a.apply d\nt1.apply d\n> result 2\na.offered d\n");
    jingle_session_accept(session);
    ck_assert_str_eq(last_contents(), "initiator/c[description transport]");
    ck_assert_int_eq(jingle_content_get_state(content_of(session, "d")), JINGLE_CONTENT_OFFERED);
}
END_TEST

START_TEST(a_refused_content_accept_removes_the_content)
{
    jingle_session_t *session = active_in("s", STUB_CONTENT("c"));

    s->plan[STUB_A].accepts = true;
    engine_action(e, "2", "content-add", "s", STUB_CONTENT("d"));
    engine_log(e);
    engine_refuse(e, "bad-request", NULL);
    ck_log("> set content-remove s general-error\nt1.stop d\na.closed d general-error\n"
           "t1.free d\na.free d\nerror s content-accept bad-request\n");
    ck_assert_str_eq(names_of(session), "c");
}
END_TEST

/* J166-45, J166-48: it is the other side that ends a session without contents; if it does not, we
 * do */
START_TEST(nothing_is_left_after_our_rejection)
{
    jingle_session_t *session = active_in("s", STUB_CONTENT("c"));

    engine_action(e, "2", "content-add", "s", STUB_CONTENT("d"));
    engine_action(e, "3", "content-remove", "s", "<content creator='initiator' name='c'/>");
    engine_log(e);
    jingle_content_reject(content_of(session, "d"), NULL);
    ck_log("> set content-reject s decline\nt1.stop d\na.closed d decline\nt1.free d\n"
           "a.free d\n");
    engine_ack(e);
    engine_wait(e, 59999);
    ck_log("");
    engine_wait(e, 1);
    ck_log("state s ended\n> set session-terminate s cancel\nterminated s cancel\n");
}
END_TEST

static const char *const not_theirs_to_accept[] = {
    "<content creator='responder' name='d'><description xmlns='" STUB_APP
    "'/><transport xmlns='" STUB_T1 "'/></content>",
    STUB_CONTENT("f"),
};

/* What the peer accepts is what we have offered: neither its own addition, which is ours to decide on, nor
 * what it has not been offered yet (XEP-0166 sections 7.2.1 and 7.2.8). */
START_TEST(only_what_was_offered_is_accepted)
{
    jingle_session_t *session = pending_out("s", "c", NULL);
    text_t text = {0};

    engine_action(e, "1", "content-add", "s",
                  "<content creator='responder' name='d'><description xmlns='" STUB_APP
                  "'/><transport xmlns='" STUB_T1 "'/></content>");
    s->plan[STUB_1].later = true;
    add(session, "f");
    engine_log(e);
    engine_action(e, "2", "content-accept", "s", not_theirs_to_accept[_i]);
    ck_log("> error 2 cancel unexpected-request/out-of-order\n");
    engine_action(e, "3", "content-reject", "s", not_theirs_to_accept[_i]);
    ck_log("> error 3 cancel unexpected-request/out-of-order\n");
    text_printf(&text, STUB_CONTENT("c") "%s", not_theirs_to_accept[_i]);
    engine_action(e, "4", "session-accept", "s", text_str(&text));
    ck_log("> error 4 cancel bad-request\n");
    text_clear(&text);
    ck_assert(jingle_session_is_pending(session));
    ck_assert_int_eq(jingle_content_get_state(content_of(session, "d")), JINGLE_CONTENT_OFFERED);
    ck_assert_int_eq(jingle_content_get_state(content_of(session, "f")), JINGLE_CONTENT_NEW);
    engine_action(e, "5", "session-accept", "s", STUB_CONTENT("c"));
    ck_assert(jingle_session_is_active(session));
    ck_assert_str_eq(names_of(session), "c d f");
}
END_TEST

/* XEP-0166 section 7.2.16: what the peer adds while we add something is refused only if it is the same. */
START_TEST(other_applications_do_not_tie)
{
    jingle_session_t *session = active_out("s", "c", NULL);

    add(session, "d");
    engine_log(e);
    engine_action(e, "2", "content-add", "s",
                  "<content creator='responder' name='f'><description xmlns='" STUB_APP2
                  "'/><transport xmlns='" STUB_T1 "'/></content>");
    ck_assert_ptr_nonnull(strstr(engine_log(e), "> result 2\n"));
    engine_action(e, "3", "content-add", "s",
                  "<content creator='responder' name='g'><description xmlns='" STUB_APP
                  "'/><transport xmlns='" STUB_T1 "'/></content>");
    ck_assert_ptr_nonnull(strstr(engine_log(e), "> error 3 cancel conflict/tie-break\n"));
}
END_TEST

/* An application that does not say what it competes with competes with all of its kind. */
START_TEST(the_same_application_ties_unless_it_says_no)
{
    jingle_session_t *session = active_out("s", "c", NULL);

    ck_assert_int_eq(jingle_session_add_content(
                         session, JINGLE_CONTENT(.application = STUB_APP2, .name = "d"), NULL),
                     JINGLE_EOK);
    engine_log(e);
    engine_action(e, "2", "content-add", "s",
                  "<content creator='responder' name='f'><description xmlns='" STUB_APP2
                  "'/><transport xmlns='" STUB_T1 "'/></content>");
    ck_log("> error 2 cancel conflict/tie-break\n");
    engine_action(e, "3", "content-add", "s",
                  "<content creator='responder' name='f'><description xmlns='" STUB_APP
                  "'/><transport xmlns='" STUB_T1 "'/></content>");
    ck_assert_ptr_nonnull(strstr(engine_log(e), "> result 3\n"));
    add(session, "g");
    engine_log(e);
    s->plan[STUB_A].peaceful = true;
    engine_action(e, "4", "content-add", "s",
                  "<content creator='responder' name='h'><description xmlns='" STUB_APP
                  "'/><transport xmlns='" STUB_T1 "'/></content>");
    ck_assert_ptr_nonnull(strstr(engine_log(e), "> result 4\n"));
    ck_assert_str_eq(names_of(session), "c d f g h");
}
END_TEST

/* ---- of a name that is too long ---- */

static char *long_name(int octets)
{
    char *name = calloc(1, (size_t)octets + 1);

    ck_assert_ptr_nonnull(name);
    memset(name, 'x', (size_t)octets);
    return name;
}

/* What is refused is remembered by its name. */
START_TEST(additions_with_a_long_name_are_refused)
{
    jingle_session_t *session = active_in("s", STUB_CONTENT("c"));
    text_t text = {0};
    char *name = long_name(1024);
    size_t before = e->mem.bytes;

    text_printf(&text, STUB_CONTENT("%s"), name);
    engine_action(e, "2", "content-add", "s", text_str(&text));
    ck_log("> error 2 wait resource-constraint\n");
    ck_assert_uint_eq(e->mem.bytes, before);
    ck_assert_str_eq(names_of(session), "c");
    text_clear(&text);
    text_printf(&text, STUB_CONTENT("%s"), name + 1);
    engine_action(e, "3", "content-add", "s", text_str(&text));
    ck_assert_ptr_nonnull(strstr(engine_log(e), "> result 3\n"));
    text_clear(&text);
    free(name);
}
END_TEST

START_TEST(of_ours)
{
    jingle_session_t *session = create("s");
    char *name = long_name(1024);

    ck_assert_int_eq(jingle_session_add_content(
                         session, JINGLE_CONTENT(.application = STUB_APP, .name = name), NULL),
                     JINGLE_EINVAL);
    ck_assert_int_eq(
        jingle_session_add_content(
            session, JINGLE_CONTENT(.application = STUB_APP, .disposition = name), NULL),
        JINGLE_EINVAL);
    ck_assert_int_eq(
        jingle_session_add_content(
            session,
            JINGLE_CONTENT(.application = STUB_APP, .name = name + 1, .disposition = name + 1),
            NULL),
        JINGLE_EOK);
    free(name);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("managed/addition");
    TCase *content_add = add_case(suite, "content-add");

    tcase_add_test(content_add, additions_are_offered);
    tcase_add_test(content_add, additions_of_one_stanza_are_accepted_together);
    tcase_add_test(content_add, additions_that_nobody_decides_on_are_rejected);
    tcase_add_test(content_add, unusable_additions_are_rejected_at_once);
    tcase_add_test(content_add, additions_are_all_or_nothing);
    tcase_add_test(content_add, additions_are_limited);
    tcase_add_test(content_add, additions_while_pending_have_their_own_answer);
    tcase_add_test(content_add, a_refused_content_accept_removes_the_content);
    tcase_add_test(content_add, nothing_is_left_after_our_rejection);
    tcase_add_loop_test(content_add, only_what_was_offered_is_accepted, 0, 2);
    tcase_add_test(content_add, other_applications_do_not_tie);
    tcase_add_test(content_add, the_same_application_ties_unless_it_says_no);
    tcase_add_test(content_add, additions_with_a_long_name_are_refused);
    tcase_add_test(content_add, of_ours);
    return run_suite(suite);
}
