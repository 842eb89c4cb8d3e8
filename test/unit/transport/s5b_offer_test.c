/* SPDX-License-Identifier: MIT */
/** @file
 *  SOCKS5 bytestreams: how they are set up, what of an offer is refused, passed over or used, and what is made
 *  of what a server says about its proxies. */
#include "s5b_peer.h"

#define PROXY(n)                                                                                   \
    {                                                                                              \
        .jid = "proxy.example", .host = "10.9.9." #n, .port = 7777                                 \
    }

/** A manager without SOCKS5 bytestreams. */
static void begin_without(void)
{
    world = (vnet_t){0};
    app = (bytes_app_t){0};
    engine = engine_new(NULL);
    net = vnet_host(&world, addresses);
    peer_net = vnet_host(&world, peer_addresses);
    ck_assert_int_eq(jingle_set_net(engine->jingle, net), JINGLE_EOK);
    ck_assert_int_eq(bytes_app_register(engine->jingle, &app), JINGLE_EOK);
    engine_wait(engine, 0);
}

/* ---- set up ------------------------------------------------------------------------------------ */

START_TEST(it_is_set_up_once)
{
    const jingle_s5b_t old = {.size = sizeof old - 1};

    begin_without();
    ck_assert_int_eq(jingle_s5b_mapped(engine->jingle, "233.252.0.9", 1), JINGLE_ENOENT);
    ck_assert_int_eq(jingle_set_s5b_relay_only(engine->jingle, true), JINGLE_ENOENT);
    ck_assert_int_eq(jingle_register_s5b(NULL, NULL), JINGLE_EINVAL);
    ck_assert_int_eq(jingle_register_s5b(engine->jingle, &old), JINGLE_EINVAL);
    ck_assert_int_eq(jingle_register_s5b(engine->jingle, JINGLE_S5B(.n_proxies = 1)),
                     JINGLE_EINVAL);
    ck_assert_int_eq(jingle_register_s5b(engine->jingle, NULL), JINGLE_EOK);
    ck_assert_int_eq(jingle_register_s5b(engine->jingle, NULL), JINGLE_EEXIST);
    ck_assert_int_eq(jingle_set_s5b_relay_only(engine->jingle, true), JINGLE_EOK);
}
END_TEST

static const jingle_s5b_proxy_t no_proxies[] = {{.host = "10.9.9.9", .port = 1},
                                                {.jid = "", .host = "10.9.9.9", .port = 1},
                                                {.jid = "proxy.example", .port = 1},
                                                {.jid = "proxy.example", .host = "", .port = 1},
                                                {.jid = "proxy.example", .host = "10.9.9.9"}};

/** The good one before it is given back. */
START_TEST(a_proxy_that_is_none)
{
    const jingle_s5b_proxy_t both[] = {PROXY(1), no_proxies[_i]};

    begin_without();
    ck_assert_int_eq(
        jingle_register_s5b(engine->jingle, JINGLE_S5B(.proxies = both, .n_proxies = 2)),
        JINGLE_EINVAL);
    ck_assert_int_eq(
        jingle_register_s5b(engine->jingle, JINGLE_S5B(.proxies = both, .n_proxies = 1)),
        JINGLE_EOK);
}
END_TEST

START_TEST(without_memory_for_it)
{
    const jingle_s5b_proxy_t proxy = PROXY(1);
    const jingle_s5b_t *config = JINGLE_S5B(.proxies = &proxy, .n_proxies = 1);
    size_t at = 0;
    int err;

    do {
        if (at)
            teardown();
        begin_without();
        test_mem_fail_at(&engine->mem, ++at, false);
        err = jingle_register_s5b(engine->jingle, config);
        test_mem_fail_at(&engine->mem, 0, false);
        if (err) {
            ck_assert_int_eq(err, JINGLE_EMEM);
            ck_assert_int_eq(jingle_register_s5b(engine->jingle, config), JINGLE_EOK);
        }
    } while (err && at < 50);
    ck_assert_uint_gt(at, 4); /* module, proxy, its texts, plug-in */
    ck_assert_int_eq(err, JINGLE_EOK);
}
END_TEST

/** Each place once, and no more of them than one stanza should say. */
START_TEST(many_proxies)
{
    jingle_s5b_proxy_t all[18] = {PROXY(1), PROXY(1)};
    char hosts[18][16];
    size_t n = 0;

    for (size_t i = 2; i < LEN(all); i++) {
        snprintf(hosts[i], sizeof hosts[i], "10.9.9.%zu", i);
        all[i] = (jingle_s5b_proxy_t){.jid = "proxy.example", .host = hosts[i], .port = 7777};
    }
    begin_without();
    ck_assert_int_eq(
        jingle_register_s5b(engine->jingle, JINGLE_S5B(.proxies = all, .n_proxies = LEN(all))),
        JINGLE_ELIMIT);
    ck_assert_int_eq(
        jingle_register_s5b(engine->jingle, JINGLE_S5B(.find_no_proxies = true, .relay_only = true,
                                                       .proxies = all, .n_proxies = LEN(all) - 1)),
        JINGLE_EOK);
    offer_to_peer();
    for (xmpp_stanza_t *one = jingle_element_child(sent_transport(), "candidate", NULL); one;
         one = jingle_element_next(one))
        n++;
    ck_assert_uint_eq(n, LEN(all) - 2);
}
END_TEST

/** For sessions that come then; and back again. */
START_TEST(relay_only_from_now_on)
{
    begin(JINGLE_S5B(.find_no_proxies = true));
    ck_assert_int_eq(jingle_set_s5b_relay_only(engine->jingle, true), JINGLE_EOK);
    offer_to_peer();
    ck_assert_str_eq(sent_candidates(), "");
    ck_assert_uint_eq(world.n_open, 0); /* nobody listens */
    ck_assert(!told_any(addresses));
    ck_assert_int_eq(jingle_session_end(session, NULL), JINGLE_EOK);
    ck_assert_int_eq(jingle_set_s5b_relay_only(engine->jingle, false), JINGLE_EOK);
    offer_to_peer();
    ck_assert_str_eq(sent_candidates(),
                     "192.0.2.1 direct, 198.51.100.7 direct, 2001:db8::1 direct");
}
END_TEST

/* ---- what is offered to us ----------------------------------------------------------------------- */

#define HOST64 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa."
#define GOOD CANDIDATE("good", "203.0.113.5", "9", "direct")
#define BAD "error o cancel bad-request"

typedef enum { REFUSED, PASSED_OVER, USED } verdict_t;

static const struct {
    const char *candidate;
    verdict_t verdict;
} candidates[] = {
    {"<candidate host='203.0.113.1' jid='a@b/c' port='1' priority='99'/>", REFUSED},
    {"<candidate cid='' host='203.0.113.1' jid='a@b/c' port='1' priority='99'/>", REFUSED},
    {"<candidate cid='x' jid='a@b/c' port='1' priority='99'/>", REFUSED},
    /* required by XEP-0260; Psi leaves it out where it is its own address */
    {"<candidate cid='x' host='203.0.113.1' port='1' priority='99'/>", USED},
    {"<candidate cid='x' host='203.0.113.1' jid='a@b/c' port='1'/>", REFUSED},
    {"<candidate cid='x' host='203.0.113.1' jid='a@b/c' port='1' priority=''/>", REFUSED},
    {"<candidate cid='x' host='203.0.113.1' jid='a@b/c' port='1' priority='9a'/>", REFUSED},
    {"<candidate cid='x' host='203.0.113.1' jid='a@b/c' port='1' priority='-1'/>", REFUSED},
    {"<candidate cid='x' host='203.0.113.1' jid='a@b/c' port='1' priority='4294967296'/>", REFUSED},
    {"<candidate cid='x' host='203.0.113.1' jid='a@b/c' port='1' priority='18446744073709551626'/>",
     REFUSED},
    {"<candidate cid='x' host='203.0.113.1' jid='a@b/c' port='0' priority='99'/>", PASSED_OVER},
    {"<candidate cid='x' host='203.0.113.1' jid='a@b/c' port='' priority='99'/>", PASSED_OVER},
    {"<candidate cid='x' host='203.0.113.1' jid='a@b/c' port='65536' priority='99'/>", PASSED_OVER},
    {"<candidate cid='x' host='203.0.113.1' jid='a@b/c' port='x' priority='99'/>", PASSED_OVER},
    {"<candidate cid='x' host='' jid='a@b/c' port='1' priority='99'/>", PASSED_OVER},
    {"<candidate cid='x' host='" HOST64 HOST64 HOST64 HOST64 "' jid='a@b/c' priority='99'/>",
     PASSED_OVER},
    {"<candidate cid='x' host='203.0.113.1' jid='a@b/c' priority='99' type='teleport'/>",
     PASSED_OVER},
    {"<candidate cid='good' host='203.0.113.1' jid='a@b/c' port='1' priority='99'/>", USED},
    {"<candidate cid='x' host='203.0.113.1' jid='a@b/c' port='1' priority='99'/>", USED},
    {"<candidate cid='x' host='203.0.113.1' jid='' priority='4294967295'/>", USED},
    {"<foreign xmlns='urn:example:x'/><foreign/>", PASSED_OVER},
};

/** The one that is tried first tells which it was. */
START_TEST(candidates_are_judged)
{
    char both[2048];

    begin(JINGLE_S5B(.find_no_proxies = true));
    snprintf(both, sizeof both, "%s" GOOD, candidates[_i].candidate);
    engine_log(engine);
    offer_of_peer(both);
    if (candidates[_i].verdict == REFUSED) {
        ck_assert_ptr_nonnull(strstr(engine_log(engine), "> " BAD "\n"));
        ck_assert_uint_eq(jingle_count_sessions(engine->jingle), 0);
        ck_assert_uint_eq(world.n_dials, 0);
        return;
    }
    pass(10);
    ck_assert_uint_eq(world.n_dials, 1);
    ck_assert_str_eq(world.dials[0].address,
                     candidates[_i].verdict == USED ? "203.0.113.1" : "203.0.113.5");
}
END_TEST

/** Of two with the same name the first counts. */
START_TEST(the_same_candidate_twice)
{
    begin(JINGLE_S5B(.find_no_proxies = true));
    offer_of_peer(GOOD CANDIDATE("good", "203.0.113.1", "99", "direct"));
    engine_ack(engine);
    pass(3000);
    ck_assert_uint_eq(world.n_dials, 1);
    ck_assert_str_eq(world.dials[0].address, "203.0.113.5");
}
END_TEST

START_TEST(too_many_candidates)
{
    char all[8192] = "";
    size_t len = 0;

    begin(JINGLE_S5B(.find_no_proxies = true));
    for (int i = 0; i <= JINGLE__S5B_CANDIDATES; i++)
        len += (size_t)snprintf(all + len, sizeof all - len,
                                "<candidate cid='%d' host='::2' jid='a' priority='%d'/>", i, i);
    engine_log(engine);
    offer_of_peer(all);
    ck_assert_ptr_nonnull(strstr(engine_log(engine), "> error o "));
    ck_assert_uint_eq(jingle_count_sessions(engine->jingle), 0);
}
END_TEST

static const struct {
    const char *attributes, *log;
} transports[] = {
    {"", "> " BAD "\n"},
    {" sid=''", "> " BAD "\n"},
    {" sid='t' mode='udp'", "unsupported-transports"},
    {" sid='t'", "> result o\n"},
    {" sid='t' mode='tcp' dstaddr='zz'", "> result o\n"},
};

START_TEST(transports_are_judged)
{
    char inside[1024];

    begin(JINGLE_S5B(.find_no_proxies = true));
    engine_log(engine);
    snprintf(inside, sizeof inside,
             "<content creator='initiator' name='c'>" BYTES_DESCRIPTION "<transport xmlns='" NS_S5B
             "'%s>" GOOD "</transport></content>",
             transports[_i].attributes);
    engine_action(engine, "o", "session-initiate", "s", inside);
    ck_assert_ptr_nonnull(strstr(engine_log(engine), transports[_i].log));
    pass(10);
    ck_assert_uint_eq(world.n_dials, _i > 2);
}
END_TEST

static const char *sent_priorities(void)
{
    static char text[256];
    xmpp_stanza_t *one = jingle_element_child(sent_transport(), "candidate", NULL);
    size_t len = 0;

    text[0] = '\0';
    for (; one; one = jingle_element_next(one))
        len += (size_t)snprintf(text + len, sizeof text - len, "%s%s", len ? " " : "",
                                xmpp_stanza_get_attribute(one, "priority"));
    return text;
}

/** J260-18: not all mean the same by "the initiator's choice", so no two are equal if we can help it. */
START_TEST(no_priority_is_the_peers)
{
    const jingle_s5b_proxy_t proxy = PROXY(1);

    begin(JINGLE_S5B(.find_no_proxies = true, .proxies = &proxy, .n_proxies = 1));
    offer_of_peer(CANDIDATE("a", "203.0.113.1", "8323071", "direct")
                      CANDIDATE("b", "203.0.113.2", "8323069", "assisted")
                          CANDIDATE("c", "203.0.113.3", "720890", "proxy")
                              CANDIDATE("d", "203.0.113.4", "720891", "proxy"));
    ck_assert_str_eq(sent_priorities(), "8323070 8323068 8323067 720889");
}
END_TEST

/* ---- what the server says of proxies --------------------------------------------------------------- */

#define ITEMS "<query xmlns='http://jabber.org/protocol/disco#items'>"
#define INFO "<query xmlns='http://jabber.org/protocol/disco#info'>"
#define IS_PROXY INFO "<identity category='proxy' type='bytestreams'/></query>"
#define WHERE "<query xmlns='http://jabber.org/protocol/bytestreams'>"

/** Answers the last question to somebody. @param query NULL: with an error */
static void answer(const char *from, const char *query)
{
    for (size_t i = engine->n_sent; i-- > 0;) {
        const char *to = xmpp_stanza_get_to(engine->sent[i]);
        const char *type = xmpp_stanza_get_type(engine->sent[i]);
        if (!to || strcmp(to, from) != 0 || strcmp(type, "get") != 0)
            continue;
        engine_feed(engine, "<iq xmlns='jabber:client' type='%s' from='%s' to='%s' id='%s'>%s</iq>",
                    query ? "result" : "error", from, ENGINE_OWN,
                    xmpp_stanza_get_id(engine->sent[i]),
                    query ? query
                          : "<error type='cancel'><item-not-found "
                            "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>");
        return;
    }
    ck_abort_msg("%s was not asked", from);
}

static size_t n_asked_of(const char *whom)
{
    size_t n = 0;

    for (size_t i = 0; i < engine->n_sent; i++) {
        const char *to = xmpp_stanza_get_to(engine->sent[i]);
        n += to && strcmp(to, whom) == 0;
    }
    return n;
}

#define DIRECT "192.0.2.1 direct, 198.51.100.7 direct, 2001:db8::1 direct"

START_TEST(proxies_are_found)
{
    begin(NULL);
    offer_to_peer();
    ck_assert_uint_eq(n_asked_of(ENGINE_PEER), 0); /* it waits for what the server has */
    answer("self.example",
           ITEMS "<item jid='one.example'/><item jid='two.example'/><item jid='three.example'/>"
                 "<item jid=''/><item/><item jid='four.example' node='n'/></query>");
    ck_assert_uint_eq(n_asked_of("four.example"), 0);
    answer("one.example",
           INFO "<identity/><identity category='proxy'/><identity category='proxy' type='x'/>"
                "<identity category='x' type='bytestreams'/></query>");
    answer("two.example", NULL);
    answer("three.example", IS_PROXY);
    ck_assert_uint_eq(n_asked_of("one.example"), 1);
    answer("three.example",
           WHERE "<streamhost host='10.0.0.1' port='1'/><streamhost jid='' host='10.0.0.2'/>"
                 "<streamhost jid='a' port='1'/><streamhost jid='a' host='' port='1'/>"
                 "<streamhost jid='a' host='10.0.0.3' port='0'/>"
                 "<streamhost jid='a' host='10.0.0.4' port='65536'/>"
                 "<streamhost jid='a' host='10.0.0.5' port='x'/>"
                 "<streamhost jid='a' host='" HOST64 HOST64 HOST64 HOST64 "' port='1'/>"
                 "<streamhost jid='three.example' host='10.0.0.9'/></query>");
    ck_assert_str_eq(sent_candidates(), DIRECT ", 10.0.0.9 proxy");
    ck_assert_int_eq(jingle_session_end(session, NULL), JINGLE_EOK);
    offer_to_peer(); /* what is known is not asked again */
    ck_assert_str_eq(sent_candidates(), DIRECT ", 10.0.0.9 proxy");
    ck_assert_uint_eq(n_asked_of("self.example"), 1);
}
END_TEST

/** Two sessions wait for the same search, one of which ends meanwhile. */
START_TEST(two_wait_for_one_search)
{
    jingle_session_t *first;

    begin(NULL);
    offer_to_peer();
    first = session;
    offer_to(ENGINE_OTHER);
    ck_assert_uint_eq(n_asked_of("self.example"), 1);
    ck_assert_int_eq(jingle_session_end(first, NULL), JINGLE_EOK);
    answer("self.example", NULL);
    ck_assert_uint_eq(n_asked_of(ENGINE_OTHER), 1);
    ck_assert_str_eq(sent_candidates(), DIRECT);
    ck_assert_uint_eq(n_asked_of(ENGINE_PEER), 0); /* it was never offered anything */
}
END_TEST

/** Who says nothing is asked again the next time; who says no is not. */
START_TEST(a_server_that_says_nothing)
{
    begin(NULL);
    offer_to_peer();
    if (_i)
        pass(6000);
    else
        answer("self.example", NULL);
    ck_assert_str_eq(sent_candidates(), DIRECT);
    ck_assert_int_eq(jingle_session_end(session, NULL), JINGLE_EOK);
    offer_to_peer();
    ck_assert_uint_eq(n_asked_of("self.example"), _i ? 2 : 1);
}
END_TEST

/** One component that never answers holds up the first offer, and no other: a proxy is known. */
START_TEST(one_of_them_says_nothing)
{
    begin(NULL);
    offer_to_peer();
    answer("self.example", ITEMS "<item jid='dead.example'/><item jid='p.example'/></query>");
    answer("p.example", IS_PROXY);
    answer("p.example", WHERE "<streamhost jid='p.example' host='10.0.0.9'/></query>");
    ck_assert_uint_eq(n_asked_of(ENGINE_PEER), 0);
    pass(6000);
    ck_assert_str_eq(sent_candidates(), DIRECT ", 10.0.0.9 proxy");
    ck_assert_int_eq(jingle_session_end(session, NULL), JINGLE_EOK);
    offer_to_peer();
    ck_assert_str_eq(sent_candidates(), DIRECT ", 10.0.0.9 proxy");
    ck_assert_uint_eq(n_asked_of("self.example"), 2);
}
END_TEST

/** A question that cannot be sent is no reason to wait. */
START_TEST(a_question_that_cannot_be_sent)
{
    begin(NULL);
    engine->send_result = JINGLE_EIO;
    offer_to_peer();
    engine->send_result = JINGLE_EOK;
    ck_assert(jingle_session_is_ended(session)); /* nor could the offer */
    offer_to_peer();
    ck_assert_uint_gt(n_asked_of("self.example"), 0);
    answer("self.example", NULL);
    ck_assert_str_eq(sent_candidates(), DIRECT);
}
END_TEST

/** Proxies that are found are known to who has asked, and the manager may go in the middle. */
START_TEST(freed_in_the_middle_of_a_search)
{
    begin(NULL);
    offer_to_peer();
    answer("self.example", ITEMS "<item jid='one.example'/></query>");
    if (_i)
        answer("one.example", IS_PROXY);
    ck_assert_uint_eq(n_asked_of("one.example"), _i ? 2 : 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("s5b_offer");
    TCase *all = tcase_create("all");

    tcase_set_timeout(all, 100);
    tcase_add_checked_fixture(all, NULL, teardown);
    tcase_add_test(all, it_is_set_up_once);
    tcase_add_loop_test(all, a_proxy_that_is_none, 0, LEN(no_proxies));
    tcase_add_test(all, without_memory_for_it);
    tcase_add_test(all, many_proxies);
    tcase_add_test(all, relay_only_from_now_on);
    tcase_add_loop_test(all, candidates_are_judged, 0, LEN(candidates));
    tcase_add_test(all, the_same_candidate_twice);
    tcase_add_test(all, too_many_candidates);
    tcase_add_loop_test(all, transports_are_judged, 0, LEN(transports));
    tcase_add_test(all, no_priority_is_the_peers);
    tcase_add_test(all, proxies_are_found);
    tcase_add_test(all, two_wait_for_one_search);
    tcase_add_loop_test(all, a_server_that_says_nothing, 0, 2);
    tcase_add_test(all, one_of_them_says_nothing);
    tcase_add_test(all, a_question_that_cannot_be_sent);
    tcase_add_loop_test(all, freed_in_the_middle_of_a_search, 0, 2);
    suite_add_tcase(suite, all);
    return run_suite(suite);
}
