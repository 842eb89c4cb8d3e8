/* SPDX-License-Identifier: MIT */
/** @file
 *  Who may open sessions with us; what nobody handles. */
#include "world.h"

#define NOT_HERE                                                                                   \
    "type=\"error\"",                                                                              \
        "<error type=\"cancel\"><service-unavailable xmlns=\"" JINGLE_NS_STANZAS "\"/></error>"

static void begin(const jingle_attach_config_t *config)
{
    ck_assert_int_eq(jingle_attach_with(w.jingle, w.conn, config), JINGLE_EOK);
    w.tell_events = true;
    log_in();
}

static void check_taken(const char *from)
{
    static unsigned number;
    char id[16];

    snprintf(id, sizeof id, "t%u", number++);
    send_offer(0, from, OWN, id, id);
    EXPECT("type=\"result\"", id);
}

static void check_refused(const char *from)
{
    size_t before = jingle_count_sessions(w.jingle);

    send_offer(0, from, OWN, "r", "r");
    EXPECT(NOT_HERE, "id=\"r\"");
    ck_assert_uint_eq(jingle_count_sessions(w.jingle), before);
}

/* ---- the policies ---- */

START_TEST(anyone)
{
    begin(_i ? JINGLE_ATTACH(.offers = JINGLE_OFFERS_ANYONE) : NULL);
    check_taken(PEER);
    check_taken(STRANGER);
    check_taken("capulet.example/x");
}
END_TEST

/* J166-07: a manager that takes no sessions at all. */
START_TEST(nobody)
{
    begin(JINGLE_ATTACH(.offers = JINGLE_OFFERS_NOBODY));
    check_refused(PEER);
    check_refused("juliet@capulet.example/chamber");
    ck_assert_int_eq(jingle_set_offers(w.jingle, JINGLE_OFFERS_ANYONE), JINGLE_EOK);
    check_taken(PEER);
}
END_TEST

/* J166-86: known entities only. */
START_TEST(listed)
{
    static const char *const allowed[] = {"Romeo@Montague.example", "nurse@capulet.example/garden",
                                          "mantua.example", "romeo@montague.example"};

    begin(JINGLE_ATTACH(.offers = JINGLE_OFFERS_LISTED, .allowed = allowed, .n_allowed = 4));
    check_taken(PEER);
    check_taken("romeo@montague.example/other");
    check_taken("nurse@capulet.example/garden");
    check_taken("balthasar@mantua.example/inn");
    check_taken("mantua.example/gate");
    check_refused("nurse@capulet.example/kitchen");
    check_refused("nurse@capulet.example");
    check_refused("balthasar@inn.mantua.example/x");
    check_refused("romeo@montague.example.evil.example/orchard");
    check_refused("xromeo@montague.example/orchard");
    check_refused("tybalt@capulet.example/romeo@montague.example");
    check_refused("tybalt@capulet.example/mantua.example");
    check_refused("juliet@capulet.example/chamber");
    /* And at run time. */
    ck_assert_int_eq(jingle_allow(w.jingle, "Tybalt@capulet.example"), JINGLE_EOK);
    ck_assert_int_eq(jingle_allow(w.jingle, "tybalt@capulet.example"), JINGLE_EOK);
    check_taken(STRANGER);
    jingle_end_all_sessions(w.jingle, JINGLE_END(.silent = true));
    ck_assert_int_eq(jingle_disallow(w.jingle, "tybalt@Capulet.example"), JINGLE_EOK);
    ck_assert_int_eq(jingle_disallow(w.jingle, "tybalt@capulet.example"), JINGLE_ENOENT);
    ck_assert_int_eq(jingle_disallow(w.jingle, NULL), JINGLE_ENOENT);
    check_refused(STRANGER);
    ck_assert_int_eq(jingle_allow(w.jingle, ""), JINGLE_EINVAL);
    ck_assert_int_eq(jingle_allow(w.jingle, NULL), JINGLE_EINVAL);
    ck_assert_int_eq(jingle_set_offers(w.jingle, (jingle_offers_t)17), JINGLE_EINVAL);
    ck_assert_int_eq(jingle_set_offers(w.jingle, JINGLE_OFFERS_CONFIGURED), JINGLE_EINVAL);
    /* Other settings do not open the door. */
    ck_assert_int_eq(jingle_attach_with(w.jingle, w.conn, JINGLE_ATTACH(.grace = 5000)),
                     JINGLE_EOK);
    check_refused(STRANGER);
    check_refused(PEER); /* the list was replaced by none */
}
END_TEST

START_TEST(not_before_it_is_attached)
{
    ck_assert_int_eq(jingle_allow(w.jingle, PEER), JINGLE_EINVOP);
    ck_assert_int_eq(jingle_disallow(w.jingle, PEER), JINGLE_EINVOP);
    ck_assert_int_eq(jingle_set_offers(w.jingle, JINGLE_OFFERS_NOBODY), JINGLE_EINVOP);
}
END_TEST

static bool only_romeo(jingle_t *jingle, const char *peer, const char *own, void *userdata)
{
    (void)jingle, (void)own, (void)userdata;
    return strcmp(peer, PEER) == 0;
}

/* The program's own callback stays unless a policy is set. */
START_TEST(of_the_program)
{
    jingle_set_may_offer(w.jingle, only_romeo, NULL);
    begin(JINGLE_ATTACH(.grace = 5000, .answer_disco = true));
    check_taken(PEER);
    check_refused(STRANGER);
    for (int i = 0; i < 2; i++) {
        fake_server_send(
            w.server, 0,
            "<iq type='get' from='%s' to='%s' id='q'><query xmlns='http://jabber.org/protocol/"
            "disco#info'/></iq>",
            i ? STRANGER : PEER, OWN);
        if (i)
            EXPECT(NOT_HERE, "id=\"q\"");
        else
            EXPECT("type=\"result\"", "id=\"q\"");
    }
}
END_TEST

/* ---- contacts ---- */

static char *answer_roster(const char *items)
{
    char *xml = expect_on(0, "type=\"get\"", JINGLE_NS_ROSTER, (const char *)NULL),
         *id = attr_of(xml, "id");

    ck_assert_ptr_null(strstr(xml, " to="));
    fake_server_send(w.server, 0,
                     "<iq type='result' id='%s'><query xmlns='jabber:iq:roster'>%s</query></iq>",
                     id, items);
    free(id);
    return xml;
}

static void push(const char *from, const char *item)
{
    fake_server_send(
        w.server, 0,
        "<iq type='set' id='push'%s%s%s><query xmlns='jabber:iq:roster'>%s</query></iq>",
        from ? " from='" : "", from ? from : "", from ? "'" : "", item);
}

#define ROMEO_IS(subscription)                                                                     \
    "<item jid='romeo@montague.example' subscription='" subscription "'/>"
#define TYBALT_IS(subscription)                                                                    \
    "<item jid='tybalt@capulet.example' subscription='" subscription "'/>"

/* J166-06, J166-86: strangers get service-unavailable. */
START_TEST(contacts)
{
    begin(JINGLE_ATTACH(.offers = JINGLE_OFFERS_CONTACTS));
    send_offer(0, PEER, OWN, "early", "early");
    free(answer_roster(
        ROMEO_IS("both") "<item jid='a@b.example' subscription='from'/>"
                         "<item jid='c@b.example' subscription='to'/>"
                         "<item jid='d@b.example' subscription='none' ask='subscribe'/>"
                         "<item subscription='both'/><item jid='e@b.example'/><x/>"));
    EXPECT(NOT_HERE, "id=\"early\""); /* the roster was not there yet */
    check_taken(PEER);
    check_taken("a@b.example/x");
    check_taken("juliet@capulet.example/chamber");
    check_refused("c@b.example/x");
    check_refused("d@b.example/x");
    check_refused("e@b.example/x");
    check_refused(STRANGER);
}
END_TEST

/* RFC 6121 section 2.1.6: pushes count from our own account only. */
START_TEST(pushes)
{
    begin(JINGLE_ATTACH(.offers = JINGLE_OFFERS_CONTACTS));
    free(answer_roster(ROMEO_IS("both")));
    push(STRANGER, TYBALT_IS("both"));
    push("tybalt@capulet.example", TYBALT_IS("both"));
    push("capulet.example", TYBALT_IS("both"));
    push("juliet@capulet.example/chamber", TYBALT_IS("both"));
    fake_server_send(w.server, 0,
                     "<iq type='result' id='x' from='" STRANGER
                     "'><query xmlns='jabber:iq:roster'>" TYBALT_IS("both") "</query></iq>");
    check_refused(STRANGER);
    push(NULL, TYBALT_IS("both"));
    check_taken(STRANGER);
    jingle_end_all_sessions(w.jingle, JINGLE_END(.silent = true));
    push(ACCOUNT, TYBALT_IS("to"));
    check_refused(STRANGER);
    push(NULL, ROMEO_IS("remove"));
    check_refused(PEER);
    /* The program answers pushes, when nothing is said about answering. */
    EXPECT_NOTHING();
}
END_TEST

/* A roster that cannot be had: nobody is a contact. After the next login it is asked for again. */
START_TEST(no_roster)
{
    char *xml, *id;

    begin(JINGLE_ATTACH(.offers = JINGLE_OFFERS_CONTACTS));
    xml = expect_on(0, JINGLE_NS_ROSTER, (const char *)NULL);
    id = attr_of(xml, "id");
    fake_server_send(
        w.server, 0,
        "<iq type='error' id='%s'><error type='cancel'><item-not-found xmlns='" JINGLE_NS_STANZAS
        "'/></error></iq>",
        id);
    free(id);
    free(xml);
    check_refused(PEER);
    fake_server_cut(w.server, 0);
    UNTIL(w.disconnected == 1);
    log_in();
    EXPECT_ON(1, JINGLE_NS_ROSTER);
    EXPECT_NOTHING_ON(1);
}
END_TEST

/* Set at run time, the roster is asked for at once. */
START_TEST(contacts_later)
{
    begin(NULL);
    check_taken(STRANGER);
    jingle_end_all_sessions(w.jingle, JINGLE_END(.silent = true));
    ck_assert_int_eq(jingle_set_offers(w.jingle, JINGLE_OFFERS_CONTACTS), JINGLE_EOK);
    free(answer_roster(ROMEO_IS("from")));
    check_taken(PEER);
    check_refused(STRANGER);
}
END_TEST

/* ---- what a stranger learns ---- */

/* J166-88: service-unavailable for whatever a stranger sends; J166-06: exactly what it gets where
 * there is no Jingle, which is what the binding answers for what nobody handles. */
START_TEST(a_stranger_cannot_tell)
{
    static const char *const stanzas[] = {
        "set'><jingle xmlns='urn:xmpp:jingle:1' action='session-initiate' sid='s'>" CONTENT
        "</jingle>",
        "set'><jingle xmlns='urn:xmpp:jingle:1' action='session-info' sid='s1'/>",
        "set'><jingle xmlns='urn:xmpp:jingle:1' action='session-terminate' sid='s1'/>",
        "set'><jingle xmlns='urn:xmpp:jingle:1' action='nonsense' sid='s1'/>",
        "set'><jingle xmlns='urn:xmpp:jingle:1'/>",
        "get'><jingle xmlns='urn:xmpp:jingle:1' action='session-info' sid='s1'/>",
        "get'><query xmlns='http://jabber.org/protocol/disco#info'/>",
        "get'><query xmlns='http://jabber.org/protocol/disco#info' node='nonsense'/>",
        "get'><query xmlns='http://jabber.org/protocol/disco#items'/>",
        "get'><query xmlns='urn:example:nobody'/>",
        "set'><query xmlns='urn:example:nobody'/>",
        ("set'><query xmlns='jabber:iq:roster'><item jid='tybalt@capulet.example' "
         "subscription='both'/></query>"),
    };
    static const char *const allowed[] = {"romeo@montague.example"};
    char *first = NULL;

    begin(JINGLE_ATTACH(.offers = JINGLE_OFFERS_LISTED, .allowed = allowed, .n_allowed = 1,
                        .answer_disco = true, .answer_unhandled = true));
    session_from(PEER, "s1");
    for (size_t i = 0; i < sizeof stanzas / sizeof stanzas[0]; i++) {
        char *xml;
        fake_server_send(w.server, 0,
                         "<iq from='" STRANGER "' to='" OWN
                         "' id='same&amp;&lt;&quot;&apos;' type='%s</iq>",
                         stanzas[i]);
        xml = expect_on(0, NOT_HERE, "to=\"" STRANGER "\"", (const char *)NULL);
        ck_assert_msg(!first || strcmp(first, xml) == 0, "%s is not %s", xml, first);
        if (first)
            free(xml);
        else
            first = xml;
    }
    free(first);
    ck_assert_uint_eq(jingle_count_sessions(w.jingle), 1);
}
END_TEST

/* J166-86: a flood of offers keeps memory bounded. */
START_TEST(flood)
{
    unsigned results = 0, errors = 0;
    size_t peak;
    double end = seconds() + 50;

    begin(NULL);
    for (unsigned i = 0; i < 10000; i++) {
        char *xml, id[16];
        snprintf(id, sizeof id, "f%u", i);
        send_offer(0, PEER, OWN, id, id);
        if (i % 100 != 99)
            continue;
        while (results + errors <= i && seconds() < end) {
            turn();
            while ((xml = fake_server_take(w.server, 0))) {
                results += strstr(xml, "type=\"result\"") != NULL;
                errors += strstr(xml, "resource-constraint") != NULL;
                free(xml);
            }
        }
        if (i == 999)
            peak = w.mem.peak;
        else if (i > 999)
            ck_assert_uint_le(w.mem.peak, peak);
    }
    ck_assert_uint_eq(results, 100);
    ck_assert_uint_eq(errors, 9900);
    text_clear(&w.log);
}
END_TEST

/* ---- what nobody handles (trap 12) ---- */

START_TEST(unhandled)
{
    begin(_i ? JINGLE_ATTACH(.answer_unhandled = true) : NULL);
    fake_server_send(w.server, 0,
                     "<iq type='get' from='" PEER "' to='" OWN
                     "' id='v'><query xmlns='jabber:iq:version'/></iq>");
    fake_server_send(w.server, 0, "<iq type='set' id='p'><x xmlns='urn:example:x'/></iq>");
    fake_server_send(w.server, 0,
                     "<iq type='get' from='" PEER "'><query xmlns='jabber:iq:version'/></iq>");
    fake_server_send(w.server, 0,
                     "<iq type='result' from='" PEER "' id='r'/><iq type='error' from='" PEER
                     "' id='e'/>");
    fake_server_send(w.server, 0,
                     "<message from='" PEER "' id='m'/><presence from='" PEER "' id='q'/>");
    push(NULL, ROMEO_IS("both"));
    push(STRANGER, ROMEO_IS("both"));
    if (_i) {
        EXPECT(NOT_HERE, "id=\"v\"", "to=\"" PEER "\"");
        EXPECT(NOT_HERE, "id=\"p\"");
        EXPECT("type=\"result\"", "id=\"push\"");
        EXPECT(NOT_HERE, "id=\"push\"", "to=\"" STRANGER "\"");
    }
    EXPECT_NOTHING();
    check_taken(PEER);
    EXPECT_NOTHING();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("policy");
    TCase *tcase = add_case(suite, "offers");

    tcase_add_loop_test(tcase, anyone, 0, 2);
    tcase_add_test(tcase, nobody);
    tcase_add_test(tcase, listed);
    tcase_add_test(tcase, not_before_it_is_attached);
    tcase_add_test(tcase, of_the_program);
    tcase_add_test(tcase, a_stranger_cannot_tell);
    tcase_add_test(tcase, flood);
    tcase = add_case(suite, "contacts");
    tcase_add_test(tcase, contacts);
    tcase_add_test(tcase, pushes);
    tcase_add_test(tcase, no_roster);
    tcase_add_test(tcase, contacts_later);
    tcase = add_case(suite, "unhandled");
    tcase_add_loop_test(tcase, unhandled, 0, 2);
    return run_suite(suite);
}
