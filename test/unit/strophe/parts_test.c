/* SPDX-License-Identifier: MIT */
/** @file
 *  The parts of the binding that need no connection: JIDs, the sorted map, the hash of entity
 *  capabilities, stanzas in short. */
#include "world.h"

#include <strophe/binding.h>

static xmpp_stanza_t *parse(const char *xml)
{
    xmpp_stanza_t *stanza = xmpp_stanza_new_from_string(w.ctx, xml);

    ck_assert_msg(stanza != NULL, "not XML: %s", xml);
    return stanza;
}

/* ---- JIDs ---- */

START_TEST(folded)
{
    static const struct {
        const char *jid, *folded;
    } cases[] = {
        {"Romeo@Montague.Example/Orchard", "romeo@montague.example/Orchard"},
        {"montague.example", "montague.example"},
        {"Montague.example/X@Y/Z", "montague.example/X@Y/Z"},
        {"\xc3\x84@b", "\xc3\x84@b"},
        {NULL, NULL},
        {"", NULL},
        {"@b", NULL},
        {"a@", NULL},
        {"a@/x", NULL},
        {"/x", NULL},
        {"a@b/", NULL},
    };
    char out[JINGLE__JID_SIZE], *longest = text_alloc(JINGLE__JID_SIZE + 1);

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ck_assert_int_eq(jingle__jid_fold(cases[i].jid, out), cases[i].folded != NULL);
        if (cases[i].folded)
            ck_assert_str_eq(out, cases[i].folded);
    }
    memset(longest, 'a', JINGLE__JID_SIZE);
    longest[JINGLE__JID_SIZE] = '\0';
    ck_assert(!jingle__jid_fold(longest, out));
    longest[JINGLE__JID_SIZE - 1] = '\0';
    ck_assert(jingle__jid_fold(longest, out));
    free(longest);
}
END_TEST

START_TEST(compared)
{
    ck_assert(jingle__jid_is_full("a@b/c"));
    ck_assert(jingle__jid_is_full("b/c"));
    ck_assert(!jingle__jid_is_full("a@b"));
    ck_assert(!jingle__jid_is_full("a@b/"));
    ck_assert(!jingle__jid_is_full("/c"));
    ck_assert(jingle__jid_is_bare_of("a@b", "a@b/c"));
    ck_assert(jingle__jid_is_bare_of("a@b", "a@b"));
    ck_assert(!jingle__jid_is_bare_of("a@b", "a@bb/c"));
    ck_assert(!jingle__jid_is_bare_of("a@b/c", "a@b/c"));
    ck_assert(!jingle__jid_is_bare_of("b", "a@b/c"));
    ck_assert(jingle__jid_same_account("a@b/c", "a@b/d"));
    ck_assert(!jingle__jid_same_account("a@b/c", "a@bc"));
    ck_assert_str_eq(jingle__jid_domain("a@b/c@d"), "b/c@d");
    ck_assert_str_eq(jingle__jid_domain("b/c@d"), "b/c@d");
    ck_assert_str_eq(jingle__jid_domain("b"), "b");
}
END_TEST

/* ---- the map ---- */

START_TEST(sorted_map)
{
    static const char *const keys[] = {"m", "c", "z", "a", "\xff", "", "ab", "b", "aa"};
    enum { N = sizeof keys / sizeof keys[0] };
    const xmpp_mem_t *mem = &w.mem.mem;
    jingle__map_t map = {0};
    void *entry;

    for (size_t i = 0; i < N; i++)
        ck_assert(jingle__map_add(&map, mem, jingle__keyed_new(mem, keys[i])));
    ck_assert_uint_eq(map.len, N);
    for (size_t i = 1; i < N; i++)
        ck_assert_int_lt(strcmp(map.entries[i - 1]->key, map.entries[i]->key), 0);
    for (size_t i = 0; i < N; i++)
        ck_assert_str_eq(((jingle__keyed_t *)jingle__map_get(&map, keys[i]))->key, keys[i]);
    ck_assert_ptr_null(jingle__map_get(&map, "aaa"));
    ck_assert_ptr_null(jingle__map_take(&map, "aaa"));
    ck_assert_uint_eq(jingle__map_lower(&map, "zz"), N - 1);
    entry = jingle__map_take(&map, "ab");
    ck_assert_ptr_nonnull(entry);
    ck_assert_ptr_null(jingle__map_get(&map, "ab"));
    ck_assert_uint_eq(map.len, N - 1);
    jingle__bind_free(mem, entry);
    /* Without memory nothing is added, and what was there stays. */
    while (map.len < map.size)
        ck_assert(jingle__map_add(&map, mem, jingle__keyed_new(mem, "k")));
    test_mem_fail_at(&w.mem, 1, true);
    ck_assert(!jingle__map_add(&map, mem, &(jingle__keyed_t){"l"}));
    test_mem_fail_at(&w.mem, 0, false);
    ck_assert_ptr_nonnull(jingle__map_get(&map, "z"));
    jingle__map_free_keyed(&map, mem);
}
END_TEST

/* ---- entity capabilities ---- */

#define QUERY(inside) "<query xmlns='http://jabber.org/protocol/disco#info'>" inside "</query>"
#define FEATURES                                                                                   \
    "<feature var='http://jabber.org/protocol/muc'/>"                                              \
    "<feature var='http://jabber.org/protocol/caps'/>"                                             \
    "<feature var='http://jabber.org/protocol/disco#info'/>"                                       \
    "<feature var='http://jabber.org/protocol/disco#items'/>"
#define SOFTWARE                                                                                   \
    "<x xmlns='jabber:x:data' type='result'>"                                                      \
    "<field var='software'><value>Psi</value></field>"                                             \
    "<field var='FORM_TYPE' type='hidden'><value>urn:xmpp:dataforms:softwareinfo</value></field>"  \
    "<field var='ip_version'><value>ipv6</value><value>ipv4</value></field>"                       \
    "<field var='os'><value>Mac</value></field>"                                                   \
    "<field var='os_version'><value>10.5.1</value></field>"                                        \
    "<field var='software_version'><value>0.11</value></field></x>"
#define PSI                                                                                        \
    "<identity xml:lang='en' category='client' name='Psi 0.11' type='pc'/>"                        \
    "<identity xml:lang='el' category='client' name='\xce\xa8 0.11' type='pc'/>"
#define FORM(type, inside)                                                                         \
    "<x xmlns='jabber:x:data' type='result'><field var='FORM_TYPE' type='hidden'><value>" type     \
    "</value></field>" inside "</x>"

static int hash(jingle__hash_t function, const char *xml, char ver[JINGLE__VER_SIZE])
{
    xmpp_stanza_t *query = parse(xml);
    jingle__doc_t *doc;
    int err = jingle__doc_parse(&w.mem.mem, query, &doc);

    ck_assert_int_eq(err, JINGLE_EOK);
    ver[0] = '\0';
    err = jingle__caps_ver(&w.mem.mem, function, doc, query, ver);
    jingle__bind_free(&w.mem.mem, doc);
    xmpp_stanza_release(query);
    return err;
}

/* The examples of XEP-0115 sections 5.2 and 5.3, whatever the order of the elements. */
START_TEST(examples_of_the_xep)
{
    char ver[JINGLE__VER_SIZE];

    ck_assert_int_eq(
        hash(JINGLE__HASH_SHA1,
             QUERY("<identity category='client' type='pc' name='Exodus 0.9.1'/>" FEATURES), ver),
        JINGLE_EOK);
    ck_assert_str_eq(ver, "QgayPKawpkPSDYmwT/WM94uAlu0=");
    ck_assert_int_eq(hash(JINGLE__HASH_SHA1, QUERY(SOFTWARE FEATURES PSI), ver), JINGLE_EOK);
    ck_assert_str_eq(ver, "q07IKJEyjvHSyhy//CH0CxmKi8w=");
}
END_TEST

/* XEP-0115 section 5.4: forms that are no extension are passed over; what is ill-formed has no hash. */
START_TEST(forms)
{
    static const struct {
        const char *xml;
        int err;
        bool same; /* as without the form */
    } cases[] = {
        {QUERY(
             "<x xmlns='jabber:x:data' type='result'><field var='a'><value>b</value></field></x>"),
         JINGLE_EOK, true},
        {QUERY("<x xmlns='jabber:x:data'><field var='FORM_TYPE'><value>t</value></field></x>"),
         JINGLE_EOK, true},
        {QUERY("<x xmlns='jabber:x:data'><field var='FORM_TYPE' type='hidden'/></x>"), JINGLE_EOK,
         true},
        {QUERY("<x xmlns='urn:example:x'><field var='FORM_TYPE' "
               "type='hidden'><value>t</value></field></x>"),
         JINGLE_EOK, true},
        {QUERY(FORM("t", "")), JINGLE_EOK, false},
        {QUERY(FORM("t", "<field var='a'/><field/>")), JINGLE_EOK, false},
        {QUERY(FORM("t", "") FORM("u", "")), JINGLE_EOK, false},
        {QUERY(FORM("t", "") FORM("t", "")), JINGLE_EPROTO, false},
        {QUERY(FORM("t</value><value>u", "")), JINGLE_EPROTO, false},
        {QUERY(FORM("t</value><value>t", "")), JINGLE_EOK, false},
        {QUERY(FORM("t", "<field var='a'><value>b&lt;c</value></field>")), JINGLE_EPROTO, false},
        {QUERY(FORM("t", "<field var='a&lt;'/>")), JINGLE_EPROTO, false},
        {QUERY("<identity category='a' type='b'/><identity category='a' type='b' name='c'/>"),
         JINGLE_EPROTO, false},
        {QUERY("<feature var='a'/><feature var='a'/>"), JINGLE_EPROTO, false},
        {QUERY("<feature var='a&lt;b'/>"), JINGLE_EPROTO, false},
    };
    char empty[JINGLE__VER_SIZE], ver[JINGLE__VER_SIZE];

    ck_assert_int_eq(hash(JINGLE__HASH_SHA1, QUERY(""), empty), JINGLE_EOK);
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        ck_assert_msg(hash(JINGLE__HASH_SHA1, cases[i].xml, ver) == cases[i].err, "%s",
                      cases[i].xml);
        if (!cases[i].err)
            ck_assert_msg((strcmp(ver, empty) == 0) == cases[i].same, "%s", cases[i].xml);
    }
}
END_TEST

/* Forms as large as a stanza may be cost no more than their size, and no recursion. */
START_TEST(too_much)
{
    char ver[JINGLE__VER_SIZE];
    text_t xml = {0};

    text_puts(&xml, "<query xmlns='http://jabber.org/protocol/disco#info'>");
    for (unsigned i = 0; i < 100; i++)
        text_printf(&xml,
                    "<x xmlns='jabber:x:data'><field var='FORM_TYPE' "
                    "type='hidden'><value>%u</value></field></x>",
                    i);
    text_puts(&xml, "</query>");
    ck_assert_int_eq(hash(JINGLE__HASH_SHA1, text_str(&xml), ver), JINGLE_EPROTO);
    text_clear(&xml);
    text_puts(&xml, "<query xmlns='http://jabber.org/protocol/disco#info'><x xmlns='jabber:x:data'>"
                    "<field var='FORM_TYPE' type='hidden'><value>t</value></field><field var='a'>");
    for (unsigned i = 0; i < 5000; i++)
        text_printf(&xml, "<value>%u</value>", i);
    text_puts(&xml, "</field></x></query>");
    ck_assert_int_eq(hash(JINGLE__HASH_SHA1, text_str(&xml), ver), JINGLE_EPROTO);
    text_clear(&xml);
}
END_TEST

START_TEST(hash_functions)
{
    char ver[JINGLE__VER_SIZE];

    ck_assert_int_eq(jingle__hash_from_name("sha-1"), JINGLE__HASH_SHA1);
    ck_assert_int_eq(jingle__hash_from_name("sha-256"), JINGLE__HASH_SHA256);
    ck_assert_int_eq(jingle__hash_from_name("SHA-1"), JINGLE__HASH_NONE);
    ck_assert_int_eq(jingle__hash_from_name("md5"), JINGLE__HASH_NONE);
    ck_assert_int_eq(jingle__hash_from_name(NULL), JINGLE__HASH_NONE);
    /* SHA-256 of nothing */
    ck_assert_int_eq(hash(JINGLE__HASH_SHA256, QUERY(""), ver), JINGLE_EOK);
    ck_assert_str_eq(ver, "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
}
END_TEST

/* ---- in short ---- */

START_TEST(described)
{
    static const struct {
        const char *xml, *line;
    } cases[] = {
        {"<iq xmlns='jabber:client' type='set' from='a@b/c' to='d@e/f' id='i'><jingle "
         "xmlns='urn:xmpp:jingle:1' "
         "action='session-initiate' sid='s'><content creator='initiator' name='x'><description "
         "xmlns='urn:xmpp:jingle:apps:file-transfer:5'><file><name>secret.txt</name></file></"
         "description><transport "
         "xmlns='urn:xmpp:jingle:transports:ice-udp:1' pwd='secret'><candidate "
         "ip='192.0.2.1'/></transport><security "
         "xmlns='urn:xmpp:jingle:security:x'/></content><content/></jingle></iq>",
         "iq set from=a@b/c to=d@e/f id=i session-initiate sid=s (x: file-transfer:5, ice-udp:1, "
         "security:x) (?)"},
        {"<iq type='set' id='i'><jingle xmlns='urn:xmpp:jingle:1' action='session-terminate' "
         "sid='s'><reason><success/>"
         "<text>secret</text></reason></jingle></iq>",
         "iq set id=i session-terminate sid=s reason=success"},
        {"<iq type='set' id='i'><jingle xmlns='urn:xmpp:jingle:1' action='session-info' "
         "sid='s'><ringing "
         "xmlns='urn:xmpp:jingle:apps:rtp:info:1'/></jingle></iq>",
         "iq set id=i session-info sid=s with=ringing"},
        {"<iq type='set' id='i'><jingle xmlns='urn:xmpp:jingle:1'><reason/></jingle></iq>",
         "iq set id=i ? reason=?"},
        {"<iq type='result' id='i'/>", "iq result id=i"},
        {"<iq type='error' id='i'><error type='cancel'><item-not-found "
         "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>"
         "<unknown-session xmlns='urn:xmpp:jingle:errors:1'/><text "
         "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>secret</text></error></iq>",
         "iq error id=i error=item-not-found error=unknown-session"},
        {"<iq type='set' id='i'><data xmlns='http://jabber.org/protocol/ibb' sid='s' "
         "seq='7'>c2VjcmV0</data></iq>",
         "iq set id=i data of=ibb sid=s seq=7"},
        {"<message xmlns='jabber:client' type='chat'><body>secret</body></message>",
         "message chat body"},
        {"<presence><c xmlns='http://jabber.org/protocol/caps' ver='v'/></presence>",
         "presence c of=caps"},
        {"<message from='a&#10;b&#127;c&#9;'/>", "message from=a?b?c?"},
        {"<message from='a&#x9b;2J&#x80;b&#xa0;&#xe9;'/>", "message from=a?2J?b\xc2\xa0\xc3\xa9"},
    };

    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        xmpp_stanza_t *stanza = parse(cases[i].xml);
        char line[512];
        ck_assert_uint_eq(jingle_describe_stanza(stanza, line, sizeof line), strlen(cases[i].line));
        ck_assert_str_eq(line, cases[i].line);
        /* Cut, and still terminated. */
        memset(line, 'x', sizeof line);
        ck_assert_uint_eq(jingle_describe_stanza(stanza, line, 7), strlen(cases[i].line));
        ck_assert_uint_eq(strlen(line), 6);
        ck_assert_int_eq(strncmp(line, cases[i].line, 6), 0);
        ck_assert_uint_eq(jingle_describe_stanza(stanza, NULL, 0), strlen(cases[i].line));
        xmpp_stanza_release(stanza);
    }
    ck_assert_uint_eq(jingle_describe_stanza(NULL, NULL, 0), 0);
}
END_TEST

static void on_trace(jingle_t *jingle, bool sent, const char *line, void *userdata)
{
    (void)jingle, (void)userdata;
    text_printf(&w.log, "%s %s\n", sent ? "->" : "<-", line);
}

START_TEST(traced)
{
    ck_assert_int_eq(jingle_attach_with(w.jingle, w.conn, JINGLE_ATTACH(.trace = on_trace)),
                     JINGLE_EOK);
    go_online();
    text_clear(&w.log); /* the login's last stanza */
    send_offer(0, PEER, OWN, "i", "s");
    EXPECT("id=\"i\"");
    send_presence(0, PEER, NULL, NULL);
    UNTIL(strstr(text_str(&w.log), "presence"));
    LOG("<- iq set from=" PEER " to=" OWN
        " id=i session-initiate sid=s (a: urn:example:chess, urn:example:wire)\n"
        "-> iq result to=" PEER " id=i\n"
        "incoming s\n"
        "<- presence from=" PEER "\n");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("parts");
    TCase *tcase = add_case(suite, "parts");

    tcase_add_test(tcase, folded);
    tcase_add_test(tcase, compared);
    tcase_add_test(tcase, sorted_map);
    tcase = add_case(suite, "capabilities");
    tcase_add_test(tcase, examples_of_the_xep);
    tcase_add_test(tcase, forms);
    tcase_add_test(tcase, too_much);
    tcase_add_test(tcase, hash_functions);
    tcase = add_case(suite, "short");
    tcase_add_test(tcase, described);
    tcase_add_test(tcase, traced);
    return run_suite(suite);
}
