/* SPDX-License-Identifier: MIT */
/** @file
 *  Service discovery and entity capabilities, on a connection (XEP-0166 section 11). */
#include "world.h"

#include <strophe/binding.h>

#include <jingle/ibb.h>
#include <jingle/s5b.h>

#define INFO JINGLE_NS_DISCO_INFO

static void begin(const jingle_attach_config_t *config)
{
    ck_assert_int_eq(jingle_attach_with(w.jingle, w.conn, config), JINGLE_EOK);
    w.tell_events = true;
    log_in();
}

static unsigned count_of(const char *text, const char *piece)
{
    unsigned n = 0;

    while ((text = strstr(text, piece))) {
        n++;
        text += strlen(piece);
    }
    return n;
}

/* ---- our side ---- */

static char *ask_us(const char *from, const char *ns, const char *node)
{
    fake_server_send(w.server, 0,
                     "<iq type='get' id='d' from='%s' to='" OWN "'><query xmlns='%s'%s%s%s/></iq>",
                     from, ns, node ? " node='" : "", node ? node : "", node ? "'" : "");
    return next_on(0);
}

static void check_features(const char *xml, const char *ns, unsigned expected)
{
    text_t feature = {0};

    text_printf(&feature, "<feature var=\"%s\"/>", ns);
    ck_assert_msg(count_of(xml, text_str(&feature)) == expected, "%s in %s", ns, xml);
    text_clear(&feature);
}

static const jingle_session_type_t chess = {.size = sizeof chess, .name = "chess"};

/* J166-78: urn:xmpp:jingle:1, once. J166-79, J260-24, J261-09: what is registered, as long as it is. */
START_TEST(features_of_ours)
{
    char *xml;

    begin(JINGLE_ATTACH(.answer_disco = true));
    xml = ask_us(PEER, INFO, NULL);
    ck_assert_ptr_nonnull(strstr(xml, "type=\"result\""));
    ck_assert_ptr_nonnull(strstr(xml, "id=\"d\""));
    ck_assert_uint_eq(count_of(xml, "<identity "), 1);
    ck_assert_ptr_nonnull(strstr(xml, "category=\"client\""));
    check_features(xml, JINGLE_NS, 1);
    check_features(xml, INFO, 1);
    check_features(xml, JINGLE_NS_CAPS, 1);
    check_features(xml, "urn:example:chess", 0);
    free(xml);
    jingle_register_session_type(w.jingle, "urn:example:chess", &chess, NULL);
    jingle_add_feature(w.jingle, "urn:example:wire");
    jingle_add_feature(w.jingle, JINGLE_NS);
    ck_assert_int_eq(jingle_register_s5b(w.jingle, NULL), JINGLE_EOK);
    ck_assert_int_eq(jingle_register_ibb(w.jingle, NULL), JINGLE_EOK);
    xml = ask_us(PEER, INFO, NULL);
    check_features(xml, JINGLE_NS_S5B_TRANSPORT, 1);
    check_features(xml, JINGLE_NS_IBB_TRANSPORT, 1);
    check_features(xml, JINGLE_NS_IBB, 1);
    check_features(xml, JINGLE_NS, 1);
    check_features(xml, "urn:example:chess", 1);
    check_features(xml, "urn:example:wire", 1);
    free(xml);
    jingle_unregister_session_type(w.jingle, "urn:example:chess");
    jingle_remove_feature(w.jingle, "urn:example:wire");
    xml = ask_us(PEER, INFO, NULL);
    check_features(xml, "urn:example:chess", 0);
    check_features(xml, "urn:example:wire", 0);
    free(xml);
}
END_TEST

START_TEST(identities_of_ours)
{
    static const jingle_identity_t identities[] = {
        {.category = "client", .type = "console", .lang = "en", .name = "Jingle & \"Co\""},
        {.category = "automation", .type = "translation"},
    };
    static const jingle_identity_t twice[] = {{.category = "a", .type = "b"},
                                              {.category = "a", .type = "b", .name = "c"}};
    char *xml;

    ck_assert_int_eq(jingle_attach_with(w.jingle, w.conn,
                                        JINGLE_ATTACH(.answer_disco = true, .identities = twice,
                                                      .n_identities = 2)),
                     JINGLE_EINVAL);
    begin(JINGLE_ATTACH(.answer_disco = true, .identities = identities, .n_identities = 2));
    xml = ask_us(PEER, INFO, NULL);
    ck_assert_uint_eq(count_of(xml, "<identity "), 2);
    ck_assert_ptr_nonnull(strstr(xml, "xml:lang=\"en\""));
    ck_assert_ptr_nonnull(strstr(xml, "name=\"Jingle &amp; &quot;Co&quot;\""));
    ck_assert_ptr_nonnull(strstr(xml, "type=\"translation\""));
    free(xml);
}
END_TEST

static void expect_error(char *xml, const char *condition)
{
    ck_assert_msg(strstr(xml, "type=\"error\"") && strstr(xml, condition), "%s", xml);
    free(xml);
}

START_TEST(nodes_and_items)
{
    char *xml;

    begin(JINGLE_ATTACH(.answer_disco = true));
    expect_error(ask_us(PEER, INFO, "nonsense"), "item-not-found");
    expect_error(ask_us(PEER, INFO, JINGLE__NODE), "item-not-found");
    expect_error(ask_us(PEER, INFO, JINGLE__NODE "#nonsense"), "item-not-found");
    expect_error(ask_us(PEER, JINGLE_NS_DISCO_ITEMS, "nonsense"), "item-not-found");
    xml = ask_us(PEER, JINGLE_NS_DISCO_ITEMS, NULL);
    ck_assert_ptr_nonnull(strstr(xml, "<query xmlns=\"" JINGLE_NS_DISCO_ITEMS "\"/>"));
    free(xml);
    fake_server_send(w.server, 0,
                     "<iq type='get' id='d' from='" PEER "'><other xmlns='" INFO "'/></iq>");
    expect_error(next_on(0), "bad-request");
}
END_TEST

/** A presence of ours with our capabilities. @return their ver; free() it */
static char *our_ver(void)
{
    xmpp_stanza_t *presence = xmpp_presence_new(w.ctx), *c;
    char *ver;

    ck_assert_int_eq(jingle_add_caps(w.jingle, presence), JINGLE_EOK);
    c = jingle_element_child(presence, "c", JINGLE_NS_CAPS);
    ck_assert_ptr_nonnull(c);
    ck_assert_ptr_null(jingle_element_next(c));
    ck_assert_str_eq(xmpp_stanza_get_attribute(c, "hash"), "sha-1");
    ver = text_dup(xmpp_stanza_get_attribute(c, "ver"));
    /* Added again, it is still there once. */
    ck_assert_int_eq(jingle_add_caps(w.jingle, presence), JINGLE_EOK);
    ck_assert_ptr_null(jingle_element_next(jingle_element_child(presence, "c", JINGLE_NS_CAPS)));
    xmpp_stanza_release(presence);
    return ver;
}

/* Our hash is the hash of what we answer (XEP-0115 section 5.1), also for the node it is asked by. */
START_TEST(capabilities_of_ours)
{
    static const jingle_identity_t identities[] = {
        {.category = "client", .type = "console", .lang = "en", .name = "Jingle"},
        {.category = "client", .type = "bot", .name = "B"},
    };
    char ver[JINGLE__VER_SIZE], *ours, *xml, *again;
    text_t node = {0};
    xmpp_stanza_t *iq;
    jingle__doc_t *doc;

    begin(JINGLE_ATTACH(.answer_disco = true, .node = "https://example.org/x",
                        .identities = identities, .n_identities = _i ? 2 : 0));
    ours = our_ver();
    text_printf(&node, "https://example.org/x#%s", ours);
    xml = ask_us(PEER, INFO, text_str(&node));
    ck_assert_ptr_nonnull(strstr(xml, text_str(&node)));
    iq = xmpp_stanza_new_from_string(w.ctx, xml);
    ck_assert_int_eq(jingle__doc_parse(&w.mem.mem, jingle_element_child(iq, "query", INFO), &doc),
                     JINGLE_EOK);
    ck_assert_int_eq(jingle__caps_ver(&w.mem.mem, JINGLE__HASH_SHA1, doc, NULL, ver), JINGLE_EOK);
    ck_assert_str_eq(ver, ours);
    jingle__bind_free(&w.mem.mem, doc);
    xmpp_stanza_release(iq);
    free(xml);
    /* With the features the hash changes, and the old one is not answered for. */
    jingle_add_feature(w.jingle, "urn:example:wire");
    again = our_ver();
    ck_assert_str_ne(again, ours);
    expect_error(ask_us(PEER, INFO, text_str(&node)), "item-not-found");
    text_clear(&node);
    free(again);
    free(ours);
}
END_TEST

START_TEST(programs_that_answer_themselves)
{
    xmpp_stanza_t *query = xmpp_stanza_new(w.ctx), *child;
    unsigned n = 0;

    ck_assert_int_eq(jingle_add_caps(w.jingle, query), JINGLE_EINVOP);
    begin(NULL);
    fake_server_send(w.server, 0,
                     "<iq type='get' id='d' from='" PEER "'><query xmlns='" INFO "'/></iq>");
    EXPECT_NOTHING();
    ck_assert_int_eq(jingle_add_caps(w.jingle, query), JINGLE_EINVOP);
    ck_assert_int_eq(jingle_add_caps(NULL, query), JINGLE_EINVAL);
    jingle_add_feature(w.jingle, "urn:example:wire");
    xmpp_stanza_set_name(query, "query");
    xmpp_stanza_set_ns(query, INFO);
    ck_assert_int_eq(jingle_fill_disco(w.jingle, query), JINGLE_EOK);
    ck_assert_int_eq(jingle_fill_disco(w.jingle, query), JINGLE_EOK);
    ck_assert_int_eq(jingle_fill_disco(w.jingle, NULL), JINGLE_EINVAL);
    for (child = jingle_element_child(query, "feature", NULL); child;
         child = jingle_element_next(child))
        n++;
    ck_assert_uint_eq(n, 2);
    xmpp_stanza_release(query);
}
END_TEST

static void serve_nothing(jingle_t *jingle, xmpp_stanza_t *iq, xmpp_stanza_t *payload,
                          jingle_reply_t *reply, void *userdata)
{
    (void)jingle, (void)iq, (void)payload, (void)userdata;
    jingle_reply_error(reply, NULL);
}

/* Nobody answers twice: what the program serves by jingle_serve() cannot be served here too. */
START_TEST(served_by_the_program)
{
    jingle_serve(w.jingle, _i ? JINGLE_NS_DISCO_ITEMS : INFO, JINGLE_SERVE_GET, serve_nothing,
                 NULL);
    ck_assert_int_eq(jingle_attach_with(w.jingle, w.conn, JINGLE_ATTACH(.answer_disco = true)),
                     JINGLE_EEXIST);
    jingle_unserve(w.jingle, _i ? JINGLE_NS_DISCO_ITEMS : INFO);
    begin(JINGLE_ATTACH(.answer_disco = true));
    free(ask_us(PEER, INFO, NULL));
    /* Turned off again. */
    ck_assert_int_eq(jingle_attach_with(w.jingle, w.conn, JINGLE_ATTACH(.grace = 5000)),
                     JINGLE_EOK);
    fake_server_send(w.server, 0,
                     "<iq type='get' id='d' from='" PEER "'><query xmlns='" INFO "'/></iq>");
    EXPECT_NOTHING();
    ck_assert_ptr_null(jingle_get_feature(w.jingle, 1));
}
END_TEST

/* Strangers learn nothing; our server and our account do, which build on our capabilities. */
START_TEST(who_may_ask)
{
    begin(JINGLE_ATTACH(.answer_disco = true, .offers = JINGLE_OFFERS_NOBODY));
    expect_error(ask_us(STRANGER, INFO, NULL), "service-unavailable");
    expect_error(ask_us("capulet.example.evil.example", INFO, NULL), "service-unavailable");
    fake_server_send(w.server, 0, "<iq type='get' id='d'><query xmlns='" INFO "'/></iq>");
    EXPECT("type=\"result\"", JINGLE_NS);
    free(ask_us(ACCOUNT, INFO, NULL));
    free(ask_us("capulet.example", INFO, NULL));
    free(ask_us("juliet@capulet.example/chamber", INFO, NULL));
    jingle_set_offers(w.jingle, JINGLE_OFFERS_LISTED);
    jingle_allow(w.jingle, "romeo@montague.example");
    expect_error(ask_us(STRANGER, INFO, NULL), "service-unavailable");
    fake_server_send(w.server, 0,
                     "<iq type='get' id='d' from='" PEER "'><query xmlns='" INFO "'/></iq>");
    EXPECT("type=\"result\"", JINGLE_NS);
}
END_TEST

/* ---- their side ---- */

static void on_supports(jingle_t *jingle, const char *peer, const char *feature, int supported,
                        void *userdata)
{
    (void)jingle;
    text_printf(&w.log, "%s %s %d%s\n", peer ? peer : "-", feature, supported,
                userdata ? (const char *)userdata : "");
}

static int supports(const char *peer, const char *feature)
{
    return jingle_query_feature(w.jingle, peer, NULL, feature, on_supports, NULL);
}

/** Waits for our disco#info to that peer, and answers it. @return the query; free() it */
static char *answer_query(const char *peer, const char *inside)
{
    char *xml = expect_on(0, "type=\"get\"", INFO, (const char *)NULL), *id = attr_of(xml, "id");

    fake_server_send(w.server, 0,
                     "<iq type='result' id='%s'%s%s%s><query xmlns='" INFO "'>%s</query></iq>", id,
                     peer ? " from='" : "", peer ? peer : "", peer ? "'" : "", inside);
    free(id);
    UNTIL(w.log.len);
    return xml;
}

static void fail_query(const char *peer, const char *condition)
{
    char *xml = expect_on(0, "type=\"get\"", INFO, (const char *)NULL), *id = attr_of(xml, "id");

    fake_server_send(
        w.server, 0,
        "<iq type='error' id='%s' from='%s'><error type='cancel'><%s xmlns='" JINGLE_NS_STANZAS
        "'/></error></iq>",
        id, peer, condition);
    free(id);
    free(xml);
}

/* XEP-0115 section 5.2 and its hash. */
#define EXODUS                                                                                     \
    "<identity category='client' type='pc' name='Exodus 0.9.1'/>"                                  \
    "<feature var='http://jabber.org/protocol/caps'/>"                                             \
    "<feature var='http://jabber.org/protocol/disco#info'/>"                                       \
    "<feature var='http://jabber.org/protocol/disco#items'/>"                                      \
    "<feature var='http://jabber.org/protocol/muc'/>"
#define EXODUS_VER "QgayPKawpkPSDYmwT/WM94uAlu0="
#define EXODUS_C                                                                                   \
    "<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='http://exodus' "                \
    "ver='" EXODUS_VER "'/>"
#define MUC "http://jabber.org/protocol/muc"

static void arrive(const char *from, const char *c)
{
    send_presence(0, from, NULL, c);
    UNTIL(jingle__devices_find(jingle__binding_get(w.jingle), from));
}

/* J166-80, J234-36, J260-25, J261-10: by its capabilities; asked for once, verified, and known of everybody who names them. */
START_TEST(by_capabilities)
{
    char *xml;

    begin(NULL);
    arrive(PEER, EXODUS_C);
    ck_assert_int_eq(jingle_knows_feature(w.jingle, PEER, MUC), JINGLE_ENOENT);
    ck_assert_int_eq(supports(PEER, MUC), JINGLE_EOK);
    xml = answer_query(PEER, EXODUS);
    ck_assert_ptr_nonnull(strstr(xml, "node=\"http://exodus#" EXODUS_VER "\""));
    ck_assert_ptr_nonnull(strstr(xml, "to=\"" PEER "\""));
    free(xml);
    LOG(PEER " " MUC " 1\n");
    arrive(STRANGER,
           "<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='x' ver='" EXODUS_VER
           "'/>");
    /* At once, and nothing is sent. */
    ck_assert_int_eq(supports(STRANGER, MUC), JINGLE_EOK);
    LOG(STRANGER " " MUC " 1\n");
    ck_assert_int_eq(supports("Romeo@Montague.example/orchard", JINGLE_NS), JINGLE_EOK);
    LOG(PEER " " JINGLE_NS " 0\n");
    ck_assert_int_eq(supports(PEER, JINGLE_NS_S5B_TRANSPORT), JINGLE_EOK);
    ck_assert_int_eq(supports(PEER, JINGLE_NS_IBB_TRANSPORT), JINGLE_EOK);
    LOG(PEER " " JINGLE_NS_S5B_TRANSPORT " 0\n" PEER " " JINGLE_NS_IBB_TRANSPORT " 0\n");
    ck_assert_int_eq(jingle_knows_feature(w.jingle, PEER, MUC), 1);
    ck_assert_int_eq(jingle_knows_feature(w.jingle, STRANGER, JINGLE_NS), 0);
    EXPECT_NOTHING();
    /* Its software changes. */
    arrive(PEER, "<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='x' "
                 "ver='AAAAAAAAAAAAAAAAAAAAAAAAAAA='/>");
    UNTIL(jingle_knows_feature(w.jingle, PEER, MUC) == JINGLE_ENOENT);
}
END_TEST

/* J166-81, J234-36, J260-25, J261-10: without (usable) capabilities it is asked itself, each time. */
START_TEST(by_asking)
{
    static const char *const cs[] = {
        NULL,
        "",
        "<c xmlns='http://jabber.org/protocol/caps' node='http://exodus' ver='" EXODUS_VER "'/>",
        "<c xmlns='http://jabber.org/protocol/caps' hash='md5' node='http://exodus' "
        "ver='" EXODUS_VER "'/>",
        "<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' ver='" EXODUS_VER "'/>",
        "<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='http://exodus'/>",
        "<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='http://exodus' ver=''/>",
        "<c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='http://exodus' "
        "ver='0123456789012345678901234567890123456789012345678901234567890123456789'/>",
        "<c xmlns='urn:example:caps' hash='sha-1' node='http://exodus' ver='" EXODUS_VER "'/>",
    };
    char *xml;

    begin(NULL);
    if (cs[_i])
        arrive(PEER, cs[_i]);
    for (unsigned i = 0; i < 2; i++) {
        ck_assert_int_eq(supports(PEER, MUC), JINGLE_EOK);
        xml = answer_query(PEER, EXODUS);
        ck_assert_ptr_null(strstr(xml, "node="));
        free(xml);
        LOG(PEER " " MUC " 1\n");
    }
    ck_assert_uint_eq(jingle__binding_get(w.jingle)->caps.len, 0);
}
END_TEST

/* One that lies about its capabilities is believed about itself, and not about others. */
START_TEST(wrong_hash)
{
    static const char *const answers[] = {
        EXODUS "<feature var='urn:xmpp:jingle:1'/>",
        EXODUS "<feature var='http://jabber.org/protocol/muc'/>",
        EXODUS "<identity category='client' type='pc' name='other'/>",
        EXODUS "<x xmlns='jabber:x:data' type='result'><field var='FORM_TYPE' "
               "type='hidden'><value>a</value></field></x>",
        "<identity category='client' type='pc' name='Exodus "
        "0.9.1&lt;http://jabber.org/protocol/caps'/>"
        "<feature "
        "var='http://jabber.org/protocol/disco#info&lt;http://jabber.org/protocol/disco#items'/>"
        "<feature var='http://jabber.org/protocol/muc'/>",
    };
    char *xml;

    begin(NULL);
    arrive(PEER, EXODUS_C);
    arrive(STRANGER, EXODUS_C);
    supports(PEER, MUC);
    free(answer_query(PEER, answers[_i]));
    LOG(PEER " " MUC " 1\n");
    ck_assert_uint_eq(jingle__binding_get(w.jingle)->caps.len, 0);
    ck_assert_int_eq(jingle_knows_feature(w.jingle, STRANGER, MUC), JINGLE_ENOENT);
    supports(STRANGER, JINGLE_NS);
    xml = answer_query(STRANGER, EXODUS);
    ck_assert_ptr_nonnull(strstr(xml, "to=\"" STRANGER "\""));
    free(xml);
    LOG(STRANGER " " JINGLE_NS " 0\n");
}
END_TEST

/* The node is of a presence that has been replaced: asked again without it. */
START_TEST(node_not_found)
{
    char *xml;

    begin(NULL);
    arrive(PEER, EXODUS_C);
    supports(PEER, MUC);
    fail_query(PEER, "item-not-found");
    xml = answer_query(PEER, EXODUS);
    ck_assert_ptr_null(strstr(xml, "node="));
    free(xml);
    LOG(PEER " " MUC " 1\n");
    supports(PEER, MUC);
    fail_query(PEER, "item-not-found");
    fail_query(PEER, "item-not-found");
    UNTIL(w.log.len);
    LOG(PEER " " MUC " -6\n");
}
END_TEST

static void on_disco(jingle_t *jingle, const char *peer, const jingle_disco_t *disco,
                     const jingle_error_t *error, void *userdata)
{
    (void)jingle, (void)userdata;
    text_printf(&w.log, "%s ", peer ? peer : "-");
    for (size_t i = 0; disco && i < disco->n_identities; i++)
        text_printf(&w.log, "%s/%s/%s/%s ", disco->identities[i].category,
                    disco->identities[i].type,
                    disco->identities[i].lang ? disco->identities[i].lang : "",
                    disco->identities[i].name ? disco->identities[i].name : "");
    for (size_t i = 0; disco && i < disco->n_features; i++)
        text_printf(&w.log, "%s ", disco->features[i]);
    text_puts(&w.log, disco ? "" : error ? error->condition : "nothing");
}

START_TEST(what_it_told)
{
    char *xml;

    begin(NULL);
    ck_assert_int_eq(jingle_query_disco(w.jingle, PEER, NULL, on_disco, NULL), JINGLE_EOK);
    free(answer_query(
        PEER, "<feature var='b'/><feature/><feature var='a'/><feature var='b'/><other/>"
              "<identity category='x' type='y'/><identity category='x'/><identity type='y'/>"
              "<identity category='client' type='pc' xml:lang='el' name='N'/>"));
    LOG(PEER " client/pc/el/N x/y// a b ");
    /* Our own account has no `to`, and its server answers. */
    ck_assert_int_eq(jingle_query_disco(w.jingle, NULL, NULL, on_disco, NULL), JINGLE_EOK);
    xml = answer_query(NULL, "");
    ck_assert_ptr_null(strstr(xml, " to="));
    free(xml);
    LOG("- ");
    ck_assert_int_eq(jingle_query_disco(w.jingle, PEER, NULL, on_disco, NULL), JINGLE_EOK);
    fail_query(PEER, "forbidden");
    UNTIL(w.log.len);
    LOG(PEER " forbidden");
}
END_TEST

START_TEST(useless_answers)
{
    char *xml, *id;
    text_t many = {0};

    begin(NULL);
    jingle_query_disco(w.jingle, PEER, NULL, on_disco, NULL);
    xml = next_on(0);
    id = attr_of(xml, "id");
    /* Not from whom it was asked; then without a query. */
    fake_server_send(w.server, 0,
                     "<iq type='result' id='%s' from='" STRANGER "'><query xmlns='" INFO "'/></iq>",
                     id);
    fake_server_send(w.server, 0,
                     "<iq type='set' id='%s' from='" PEER "'><query xmlns='" INFO "'/></iq>", id);
    run_for(8);
    ck_assert_uint_eq(w.log.len, 0);
    fake_server_send(w.server, 0, "<iq type='result' id='%s' from='" PEER "'/>", id);
    UNTIL(w.log.len);
    LOG(PEER " nothing");
    free(id);
    free(xml);
    jingle_query_disco(w.jingle, PEER, NULL, on_disco, NULL);
    for (unsigned i = 0; i < 5000; i++)
        text_printf(&many, "<feature var='f%u'/>", i);
    free(answer_query(PEER, text_str(&many)));
    LOG(PEER " nothing");
    text_clear(&many);
}
END_TEST

START_TEST(not_answered)
{
    begin(NULL);
    supports(PEER, MUC);
    jingle_tick(w.jingle, milliseconds() + 100000);
    LOG(PEER " " MUC " -6\n");
}
END_TEST

static void on_supports_free(jingle_t *jingle, const char *peer, const char *feature, int supported,
                             void *userdata)
{
    on_supports(jingle, peer, feature, supported, userdata);
    if (w.jingle)
        free_manager();
}

/* The manager goes with queries under way, and inside an answer, known before or not. */
START_TEST(freed_under_way)
{
    begin(NULL);
    arrive(PEER, EXODUS_C);
    if (_i == 0) {
        supports(PEER, MUC);
        supports(STRANGER, MUC);
        free_manager();
        ck_assert_uint_eq(count_of(text_str(&w.log), MUC " -6\n"), 2);
        return;
    }
    if (_i == 1) {
        supports(PEER, MUC);
        free(answer_query(PEER, EXODUS));
        text_clear(&w.log);
    }
    ck_assert_int_eq(jingle_query_feature(w.jingle, PEER, NULL, MUC, on_supports_free, NULL),
                     JINGLE_EOK);
    if (_i == 2)
        free(answer_query(PEER, EXODUS));
    LOG(PEER " " MUC " 1\n");
    ck_assert_ptr_null(w.jingle);
    run_for(8);
}
END_TEST

START_TEST(wrong_arguments)
{
    ck_assert_int_eq(supports(PEER, MUC), JINGLE_EINVOP);
    ck_assert_int_eq(jingle_knows_feature(w.jingle, PEER, MUC), JINGLE_EINVOP);
    ck_assert_int_eq(jingle_attach(w.jingle, w.conn), JINGLE_EOK);
    ck_assert_int_eq(supports(PEER, MUC), JINGLE_ESEND);
    ck_assert_int_eq(supports("", MUC), JINGLE_EINVAL);
    ck_assert_int_eq(supports(PEER, NULL), JINGLE_EINVAL);
    ck_assert_int_eq(jingle_query_feature(w.jingle, PEER, NULL, MUC, NULL, NULL), JINGLE_EINVAL);
    ck_assert_int_eq(jingle_query_feature(NULL, PEER, NULL, MUC, on_supports, NULL), JINGLE_EINVAL);
    ck_assert_int_eq(jingle_query_disco(w.jingle, PEER, NULL, NULL, NULL), JINGLE_EINVAL);
    ck_assert_int_eq(jingle_knows_feature(NULL, PEER, MUC), JINGLE_EINVAL);
    ck_assert_int_eq(jingle_knows_feature(w.jingle, NULL, MUC), JINGLE_EINVAL);
    ck_assert(!jingle_disco_has(NULL, MUC));
}
END_TEST

/* What is kept of peers is bounded, and so is what waits. */
START_TEST(bounded)
{
    char jid[64], c[256], *xml;
    jingle__binding_t *binding;
    unsigned i;

    begin(NULL);
    binding = jingle__binding_get(w.jingle);
    for (i = 0; i < JINGLE__CAPS + 20; i++) {
        char inside[64], ver[JINGLE__VER_SIZE];
        const char *feature = inside + strlen("<feature var='");
        jingle__doc_t *doc;
        snprintf(inside, sizeof inside, "<feature var='f%u", i);
        ck_assert_int_eq(jingle__doc_new(&w.mem.mem, 0, 1, &doc), JINGLE_EOK);
        doc->features[doc->disco.n_features++] = feature;
        ck_assert_int_eq(jingle__caps_ver(&w.mem.mem, JINGLE__HASH_SHA256, doc, NULL, ver),
                         JINGLE_EOK);
        jingle__bind_free(&w.mem.mem, doc);
        strcat(inside, "'/>");
        snprintf(jid, sizeof jid, "u%u@evil.example/x", i);
        snprintf(c, sizeof c, "<c xmlns='" JINGLE_NS_CAPS "' hash='sha-256' node='n' ver='%s'/>",
                 ver);
        arrive(jid, c);
        supports(jid, "x");
        free(answer_query(jid, inside));
        text_clear(&w.log);
    }
    ck_assert_uint_eq(binding->caps.len, JINGLE__CAPS);
    ck_assert_int_eq(jingle_knows_feature(w.jingle, jid, "x"), 0);
    ck_assert_int_eq(jingle_knows_feature(w.jingle, "u0@evil.example/x", "x"), JINGLE_ENOENT);
    for (i = 0; i < JINGLE__QUERIES; i++)
        ck_assert_int_eq(supports(STRANGER, "x"), JINGLE_EOK);
    ck_assert_int_eq(supports(STRANGER, "x"), JINGLE_ELIMIT);
    fail_query(STRANGER, "forbidden");
    UNTIL(w.log.len);
    ck_assert_int_eq(supports(STRANGER, "x"), JINGLE_EOK);
    while ((xml = fake_server_take(w.server, 0)))
        free(xml);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("discovery");
    TCase *tcase = add_case(suite, "ours");

    tcase_add_test(tcase, features_of_ours);
    tcase_add_test(tcase, identities_of_ours);
    tcase_add_test(tcase, nodes_and_items);
    tcase_add_loop_test(tcase, capabilities_of_ours, 0, 2);
    tcase_add_test(tcase, programs_that_answer_themselves);
    tcase_add_loop_test(tcase, served_by_the_program, 0, 2);
    tcase_add_test(tcase, who_may_ask);
    tcase = add_case(suite, "theirs");
    tcase_add_test(tcase, by_capabilities);
    tcase_add_loop_test(tcase, by_asking, 0, 9);
    tcase_add_loop_test(tcase, wrong_hash, 0, 5);
    tcase_add_test(tcase, node_not_found);
    tcase_add_test(tcase, what_it_told);
    tcase_add_test(tcase, useless_answers);
    tcase_add_test(tcase, not_answered);
    tcase_add_loop_test(tcase, freed_under_way, 0, 3);
    tcase_add_test(tcase, wrong_arguments);
    tcase_add_test(tcase, bounded);
    return run_suite(suite);
}
