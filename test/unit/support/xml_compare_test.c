/* SPDX-License-Identifier: MIT */
/** @file
 *  The comparison that test/roundtrip relies on: it must see every difference that counts, and only
 *  those. Each pair is compared both ways. */
#include "support/xml_compare.h"

#include "unit/core/elements.h"

#define IQ(inside) "<iq type='set' id='1'>" inside "</iq>"
#define JINGLE(inside) IQ("<jingle xmlns='urn:xmpp:jingle:1' sid='s'>" inside "</jingle>")
#define REASON(inside) JINGLE("<reason>" inside "</reason>")
#define ERROR(inside) "<iq type='error' id='1'><error>" inside "</error></iq>"
#define X(inside) JINGLE("<x xmlns='urn:x'>" inside "</x>")
#define STANZAS "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'"

typedef struct {
    const char *was, *now;
    const char *why; /**< part of the message, for the first way round */
} pair_t;

static bool compare(const char *was, const char *now, text_t *why)
{
    xmpp_stanza_t *a = element(was), *b = element(now);
    bool same = xml_compare(a, b, why);

    xmpp_stanza_release(a);
    xmpp_stanza_release(b);
    return same;
}

static const pair_t differing[] = {
    {IQ(""), "<message type='set' id='1'/>", "/iq: the element was \"iq\", is \"message\""},
    {IQ(""), "<iq type='set' id='2'/>", "/iq: attribute id was \"1\", is \"2\""},
    {IQ(""), "<iq type='set'/>", "attribute id was \"1\", is absent"},
    {IQ("<a/>"), IQ("<a b=''/>"), "/iq/a: attribute b was absent, is \"\""},
    {IQ("<a/>"), IQ("<a xmlns='urn:a'/>"), "the namespace was \"jabber:client\", is \"urn:a\""},
    {IQ("<a xmlns='urn:a'/>"), IQ("<a xmlns=''/>"), "namespace"},
    {IQ("<a/>"), IQ(""), "/iq: a child was \"a\", is absent"},
    {IQ("<a/>"), IQ("<a/><a/>"), "a child was absent, is \"a\""},
    {IQ("<a/><b/>"), IQ("<b/><a/>"), "the element"},
    {IQ("<a xmlns:p='urn:p' p:k='1'/>"), IQ("<a k='1'/>"), "attribute k was absent"},
    {IQ("<a xmlns:p='urn:p' p:k='1'/>"), IQ("<a xmlns:p='urn:q' p:k='1'/>"), "attribute urn:p k"},
    {IQ("<a xml:lang='en'/>"), IQ("<a lang='en'/>"), "lang"},
    {X("a"), X("b"), "/iq/jingle/x: text was \"a\", is \"b\""},
    {X("a"), X(" a"), "text"},
    {X(" "), X(""), "a child was \" \""},
    {X("a<b/>"), X("<b/>a"), "changed places"},
    {X("a<b/>c"), X("a<b/>"), "a child"},
    {X("<b/><c/>"), X("<c/><b/>"), "element"},
    {X("<b><c><d k='1'/></c></b>"), X("<b><c><d k='2'/></c></b>"),
     "/iq/jingle/x/b/c/d: attribute k"},
    {JINGLE("<content name='a'/><content name='b'/>"),
     JINGLE("<content name='b'/><content name='a'/>"), "/iq/jingle/content: attribute name"},
    {JINGLE("<content name='a'/><content name='b'/>"),
     JINGLE("<content name='a'/><content name='c'/>"), "/iq/jingle/content[2]: attribute name"},
    {JINGLE("<content name='a'/>"), JINGLE(""), "a child was \"content\", is absent"},
    {JINGLE("<content><description/><a/><b/></content>"),
     JINGLE("<content><description/><b/><a/></content>"), "element"},
    {JINGLE("<content><description xmlns='a'/></content>"),
     JINGLE("<content><description xmlns='b'/></content>"),
     "/iq/jingle/content/description: the namespace"},
    {JINGLE("<content><description/></content>"), JINGLE("<content><transport/></content>"),
     "child"},
    {JINGLE("<content xmlns='urn:x'/>"), JINGLE("<content/>"), "child"},
    {JINGLE("<x xmlns='urn:x'/><y xmlns='urn:x'/>"), JINGLE("<y xmlns='urn:x'/><x xmlns='urn:x'/>"),
     "element"},
    {JINGLE("<reason/>"), JINGLE(""), "a child was \"reason\""},
    {REASON("<success/>"), REASON("<busy/>"), "element"},
    {REASON("<success/>"), REASON("<success xmlns='urn:x'/>"), "child"},
    {REASON("<success/>"), REASON("<success>a</success>"), "child"},
    {REASON("<success/><busy/>"), REASON("<busy/><success/>"), "element"},
    {REASON("<text>a</text>"), REASON("<text>b</text>"), "/iq/jingle/reason/text: text"},
    {REASON("<text>a</text>"), REASON("<text>a </text>"), "text"},
    {REASON("<text/>"), REASON(""), "child"},
    {REASON("<text xml:lang='a'/>"), REASON("<text xml:lang='b'/>"), "attribute xml lang"},
    {REASON("<a xmlns='urn:a'/><b/>"), REASON("<b/><a xmlns='urn:a'/>"), "element"},
    {REASON("<alternative-session><sid>a</sid></alternative-session>"),
     REASON("<alternative-session><sid>b</sid></alternative-session>"), "sid: text"},
    {ERROR("<gone " STANZAS ">a</gone>"), ERROR("<gone " STANZAS ">b</gone>"), "text"},
    {ERROR("<gone " STANZAS ">a</gone>"), ERROR("<gone " STANZAS ">a b</gone>"), "text"},
    {ERROR("<gone " STANZAS "/>"), ERROR("<gone/>"), "child"},
    {ERROR("<conflict " STANZAS ">a</conflict>"), ERROR("<conflict " STANZAS ">a </conflict>"),
     "text"},
    {ERROR("<a/><b/>"), ERROR("<b/><a/>"), "element"},
};

START_TEST(sees_difference)
{
    for (const pair_t *pair = differing; pair < differing + LEN(differing); pair++) {
        text_t why = {0};

        ck_assert_msg(!compare(pair->was, pair->now, &why), "%s is not %s", pair->was, pair->now);
        ck_assert_msg(strstr(text_str(&why), pair->why) != NULL, "%s: %s", pair->why,
                      text_str(&why));
        ck_assert_msg(!compare(pair->now, pair->was, &why), "%s is not %s", pair->now, pair->was);
        text_clear(&why);
    }
}
END_TEST

static const pair_t same[] = {
    {IQ(""), IQ(""), NULL},
    {IQ(""), "<c:iq xmlns:c='jabber:client' id=\"1\" type='set'></c:iq>", NULL},
    {IQ("<a b='1' c='2'/>"), IQ("\n  <a c='2' b='1'/>\n"), NULL},
    {IQ("<a xmlns:p='urn:p' p:k='1'/>"), IQ("<a xmlns:q='urn:p' q:k='1'/>"), NULL},
    {X("<![CDATA[<]]>"), X("&lt;"), NULL},
    {X("a<!-- no -->b"), X("ab"), NULL},
    {X("<b/><c/>"), X("\n <b/>\n\t<c/>\n"), NULL},
    {JINGLE("text<x xmlns='urn:x'/>more"), JINGLE("<x xmlns='urn:x'/>"), NULL},
    {JINGLE("<reason/><x xmlns='urn:x'/><content name='a'/><y xmlns='urn:x'/><content name='b'/>"),
     JINGLE("<content name='a'/><content name='b'/><x xmlns='urn:x'/><y xmlns='urn:x'/><reason/>"),
     NULL},
    {JINGLE("<content>text<a/><description/><transport/><security/></content>"),
     JINGLE("<content><security/><transport/><a/><description/></content>"), NULL},
    {REASON("<text>a</text><x xmlns='urn:x'/><success/>"),
     REASON("<success/><text>a</text><x xmlns='urn:x'/>"), NULL},
    {REASON("<text lang='a'/>"), REASON("<text xml:lang='a'/>"), NULL},
    {REASON("<alternative-session> <sid>a</sid> </alternative-session>"),
     REASON("<alternative-session><sid>a</sid></alternative-session>"), NULL},
    {ERROR("<gone " STANZAS "> a </gone>"), ERROR("<gone " STANZAS ">a</gone>"), NULL},
    {ERROR("<gone " STANZAS "> </gone>"), ERROR("<gone " STANZAS "/>"), NULL},
    {ERROR("<text " STANZAS ">a</text><b/><conflict " STANZAS "/>"),
     ERROR("<conflict " STANZAS "/><text " STANZAS ">a</text><b/>"), NULL},
};

START_TEST(sees_no_difference)
{
    for (const pair_t *pair = same; pair < same + LEN(same); pair++) {
        text_t why = {0};

        ck_assert_msg(compare(pair->was, pair->now, &why), "%s", text_str(&why));
        ck_assert_msg(compare(pair->now, pair->was, &why), "%s", text_str(&why));
        text_clear(&why);
    }
}
END_TEST

/* ---- the reader ---------------------------------------------------------------------------- */

START_TEST(reader_keeps_namespaces)
{
    xmpp_stanza_t *root =
        element("<r><a/><b xmlns='urn:b'><c xmlns=''><d/></c><p:e xmlns:p='urn:p' "
                "p:k='1'/></b><f/></r>");
    xmpp_stanza_t *b = jingle_element_child(root, "b", NULL),
                  *c = jingle_element_child(b, "c", NULL);
    xmpp_stanza_t *e = jingle_element_child(b, "e", NULL);

    ck_assert_str_eq(jingle_element_ns(root), "jabber:client");
    ck_assert_str_eq(jingle_element_ns(jingle_element_child(root, "a", NULL)), "jabber:client");
    ck_assert_str_eq(jingle_element_ns(jingle_element_child(root, "f", NULL)), "jabber:client");
    ck_assert_str_eq(jingle_element_ns(b), "urn:b");
    ck_assert_str_eq(xmpp_stanza_get_ns(c), "");
    ck_assert_str_eq(xmpp_stanza_get_ns(jingle_element_child(c, "d", NULL)), "");
    ck_assert_str_eq(jingle_element_ns(e), "urn:p");
    ck_assert_str_eq(xmpp_stanza_get_attribute(e, "p:k"), "1");
    ck_assert_str_eq(xmpp_stanza_get_attribute(e, "xmlns:p"), "urn:p");
    xmpp_stanza_release(root);
}
END_TEST

START_TEST(reader_refuses)
{
    static const char *const xmls[] = {"",
                                       "<a>",
                                       "<a></b>",
                                       "<a/><b/>",
                                       "<a b='1' b='2'/>",
                                       "<p:a/>",
                                       "<a>&unknown;</a>",
                                       "<!DOCTYPE a><a/>",
                                       "<a>\x01</a>",
                                       "<a>\xff</a>",
                                       "text"};
    char error[200];
    text_t deep = {0};

    for (size_t i = 0; i < LEN(xmls); i++) {
        ck_assert_ptr_null(xml_read(ctx, xmls[i], strlen(xmls[i]), error, sizeof(error)));
        ck_assert_uint_gt(strlen(error), 0);
    }
    for (size_t i = 0; i <= XML_READ_LEVELS; i++)
        text_puts(&deep, "<a>");
    ck_assert_ptr_null(xml_read(ctx, text_str(&deep), deep.len, error, sizeof(error)));
    ck_assert_ptr_nonnull(strstr(error, "deep"));
    text_clear(&deep);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("xml_compare");
    TCase *comparing = add_case(suite, "comparing"), *reading = add_case(suite, "reading");

    tcase_add_test(comparing, sees_difference);
    tcase_add_test(comparing, sees_no_difference);
    tcase_add_test(reading, reader_keeps_namespaces);
    tcase_add_test(reading, reader_refuses);
    return run_suite(suite);
}
