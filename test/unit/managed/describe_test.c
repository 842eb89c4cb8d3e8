/* SPDX-License-Identifier: MIT */
/** @file
 *  What changes while it is described for a stanza that is about to leave. */
#include "fixture.h"

static void add_another(stub_t *stub, stub_part_t *part, stub_point_t point)
{
    if (point != STUB_DESCRIBE || part->id != STUB_A)
        return;
    stub->hook = NULL;
    add(jingle_part_get_session(part->part), "d");
}

/* What is added then comes after the offer, and has its own answer. */
START_TEST(added_while_the_offer_is_described)
{
    jingle_session_t *session = create("s");

    add(session, "c");
    s->hook = add_another;
    ck_assert_int_eq(jingle_session_start(session), JINGLE_EOK);
    ck_log("created s\nt1.prepare c\nstate s pending\noutgoing s\n> set session-initiate s\n"
           "t1.prepare d\n> set content-add s\n");
    ck_assert_str_eq(last_contents(), "initiator/d[description transport]");
    engine_action(e, "1", "session-accept", "s", STUB_CONTENT("c"));
    ck_assert_str_eq(names_of(session), "c d");
    engine_action(e, "2", "content-accept", "s", STUB_CONTENT("d"));
    ck_assert_int_eq(jingle_content_get_state(content_of(session, "d")), JINGLE_CONTENT_ACCEPTED);
    ck_assert(jingle_session_is_active(session));
}
END_TEST

static void change_senders(stub_t *stub, stub_part_t *part, stub_point_t point)
{
    if (point != STUB_DESCRIBE || part->id != STUB_A)
        return;
    stub->hook = NULL;
    ck_assert_int_eq(
        jingle_content_modify(jingle_part_get_content(part->part), JINGLE_SENDERS_INITIATOR),
        JINGLE_EOK);
}

static const char *last_senders(void)
{
    return xmpp_stanza_get_attribute(jingle_element_child(last_jingle(), "content", NULL),
                                     "senders");
}

/* Of what the peer does not know yet the senders are changed without a word: it is told the new ones. */
START_TEST(senders_changed_while_they_are_described)
{
    bool added = _i == 1;
    jingle_session_t *session = added ? active_out("s", "b", NULL) : create("s");

    s->hook = change_senders;
    add(session, "c");
    if (!added)
        ck_assert_int_eq(jingle_session_start(session), JINGLE_EOK);
    ck_assert_str_eq(last_senders(), "initiator");
    ck_assert_int_eq(jingle_content_get_senders(content_of(session, "c")),
                     JINGLE_SENDERS_INITIATOR);
}
END_TEST

/* Of what it knows by a content-modify, which says what is wanted. */
START_TEST(senders_changed_while_an_acceptance_is_described)
{
    jingle_session_t *session = pending_in("s", STUB_CONTENT("c"));

    s->hook = change_senders;
    ck_assert_int_eq(jingle_session_accept(session), JINGLE_EOK);
    ck_assert_ptr_nonnull(strstr(engine_log(e), "> set content-modify s\n"));
    ck_assert_str_eq(last_senders(), "initiator");
    engine_ack(e);
    ck_assert_int_eq(jingle_content_get_senders(content_of(session, "c")),
                     JINGLE_SENDERS_INITIATOR);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("managed/describe");
    TCase *tcase = add_case(suite, "all");

    tcase_add_test(tcase, added_while_the_offer_is_described);
    tcase_add_loop_test(tcase, senders_changed_while_they_are_described, 0, 2);
    tcase_add_test(tcase, senders_changed_while_an_acceptance_is_described);
    return run_suite(suite);
}
