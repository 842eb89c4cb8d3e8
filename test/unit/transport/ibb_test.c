/* SPDX-License-Identifier: MIT */
/** @file
 *  In-band bytestreams against a peer whose every stanza is written here. Checklist: J261-01 to
 * J261-09, and the table of IBB faults. */
#include <jingle/ibb.h>

#include <stdio.h>
#include <string.h>

#include "bytes_app.h"
#include "support/engine.h"
#include "support/runner.h"

#define LEN(array) (sizeof(array) / sizeof *(array))

static engine_t *engine;
static bytes_app_t app;

static void begin(const jingle_ibb_t *config)
{
    engine = engine_new(NULL);
    app = (bytes_app_t){0};
    ck_assert_int_eq(jingle_register_ibb(engine->jingle, config), JINGLE_EOK);
    ck_assert_int_eq(bytes_app_register(engine->jingle, &app), JINGLE_EOK);
    engine_wait(engine, 0);
}

static void setup(void)
{
    begin(JINGLE_IBB(.block_size = 16));
}

static void teardown(void)
{
    engine_free_manager(engine);
    bytes_app_clear(&app);
    ck_assert_uint_eq(engine_free(engine), 0);
}

static void again(const jingle_ibb_t *config)
{
    teardown();
    begin(config);
}

/** Only what was sent, without events. */
static const char *sent(void)
{
    static char lines[4096];
    const char *log = engine_log(engine);
    size_t len = 0;

    while (*log) {
        size_t line = strcspn(log, "\n");

        if (*log == '>') {
            len += (size_t)snprintf(lines + len, sizeof lines - len, "%s%.*s", len ? ", " : "",
                                    (int)line - 2, log + 2);
        }
        log += line + (log[line] != '\0');
    }
    lines[len] = '\0';
    return lines;
}

#define OPEN(size)                                                                                 \
    "<open xmlns='http://jabber.org/protocol/ibb' sid='t' block-size='" size "' stanza='iq'/>"
#define DATA(seq, text)                                                                            \
    "<data xmlns='http://jabber.org/protocol/ibb' sid='t' seq='" seq "'>" text "</data>"
#define CLOSE "<close xmlns='http://jabber.org/protocol/ibb' sid='t'/>"

static const char *feed_from(const char *from, const char *id, const char *payload)
{
    ck_assert(engine_feed(engine,
                          "<iq xmlns='jabber:client' type='set' id='%s' from='%s' to='%s'>%s</iq>",
                          id, from, ENGINE_OWN, payload));
    return sent();
}

static const char *feed(const char *id, const char *payload)
{
    return feed_from(ENGINE_PEER, id, payload);
}

static void offer_transport(const char *sid, const char *transport)
{
    char inside[4096];

    snprintf(inside, sizeof inside, "<content creator='initiator' name='c'>%s%s</content>",
             BYTES_DESCRIPTION, transport);
    engine_action(engine, "o", "session-initiate", sid, inside);
}

#define TRANSPORT(attrs) "<transport xmlns='urn:xmpp:jingle:transports:ibb:1' " attrs "/>"

/** The peer's offer is accepted; the stream is open. */
static void opened(void)
{
    offer_transport("s", TRANSPORT("sid='t' block-size='16'"));
    engine_ack(engine);
    sent();
    ck_assert_str_eq(feed("p", OPEN("16")), "result p");
    ck_assert_uint_eq(app.n_open, 1);
}

static const char *attribute_of_last(const char *name)
{
    xmpp_stanza_t *jingle = xmpp_stanza_get_children(engine_last_request(engine));
    xmpp_stanza_t *content = jingle_element_child(jingle, "content", NULL);
    xmpp_stanza_t *transport = jingle_element_child(content, "transport", NULL);

    return xmpp_stanza_get_attribute(transport ? transport : jingle, name);
}

/* ---- the peer offers ----------------------------------------------------------------------- */

static const struct {
    const char *transport, *answer, *block_size; /**< of the accept */
} offers[] = {
    {TRANSPORT("sid='t' block-size='16'"), "result o, set session-accept s", "16"},
    {TRANSPORT("sid='t' block-size='1'"), "result o, set session-accept s", "1"},
    {TRANSPORT("sid='t' block-size='65535'"), "result o, set session-accept s", "1000"},
    {TRANSPORT("sid='t' block-size='1001'"), "result o, set session-accept s", "1000"},
    {TRANSPORT("sid='t' block-size='1000' stanza='iq'"), "result o, set session-accept s", "1000"},
    {TRANSPORT("sid='t'"), "result o, set session-accept s", "1000"},
    {TRANSPORT("sid='t' block-size='0'"), "error o cancel bad-request", NULL},
    {TRANSPORT("sid='t' block-size='-1'"), "error o cancel bad-request", NULL},
    {TRANSPORT("sid='t' block-size='65536'"), "error o cancel bad-request", NULL},
    {TRANSPORT("sid='t' block-size='4k'"), "error o cancel bad-request", NULL},
    {TRANSPORT("sid='t' block-size=''"), "error o cancel bad-request", NULL},
    {TRANSPORT("block-size='16'"), "error o cancel bad-request", NULL},
    {TRANSPORT("sid='' block-size='16'"), "error o cancel bad-request", NULL},
    {TRANSPORT("sid='t' block-size='16' stanza='message'"), "result o, set session-accept s", "16"},
    {TRANSPORT("sid='t' block-size='16' stanza='presence'"),
     "result o, set session-terminate s incompatible-parameters", NULL},
};

/** J261-01, J261-02 */
START_TEST(offers_are_judged)
{
    again(JINGLE_IBB(.max_block_size = 1000));
    offer_transport("s", offers[_i].transport);
    ck_assert_str_eq(sent(), offers[_i].answer);
    if (!offers[_i].block_size)
        return;
    ck_assert_str_eq(attribute_of_last("block-size"), offers[_i].block_size);
    ck_assert_str_eq(attribute_of_last("sid"), "t");
}
END_TEST

START_TEST(a_sid_has_a_limit)
{
    char transport[2000];

    for (int len = 1023; len <= 1024; len++) {
        snprintf(transport, sizeof transport,
                 "<transport xmlns='urn:xmpp:jingle:transports:ibb:1' sid='%0*d'/>", len, 1);
        offer_transport(len == 1023 ? "s" : "s2", transport);
        ck_assert_str_eq(sent(), len == 1023 ? "result o, set session-accept s"
                                             : "error o cancel bad-request");
    }
}
END_TEST

/** J261-03: not before the accept. */
START_TEST(open_before_the_accept)
{
    app.ask = true;
    offer_transport("s", TRANSPORT("sid='t' block-size='16'"));
    ck_assert_str_eq(sent(), "result o");
    ck_assert_str_eq(feed("p", OPEN("16")), "error p cancel item-not-found");
    ck_assert_int_eq(jingle_content_accept(app.content), JINGLE_EOK);
    ck_assert_str_eq(sent(), "set session-accept s");
    ck_assert_str_eq(feed("p", OPEN("16")), "result p");
}
END_TEST

static const struct {
    const char *payload, *answer;
} opens[] = {
    {OPEN("16"), "result p"},
    {"<open xmlns='http://jabber.org/protocol/ibb' sid='t' block-size='16'/>", "result p"},
    {OPEN("8"), "error p modify resource-constraint"},
    {OPEN("17"), "error p modify resource-constraint"},
    {OPEN("0"), "error p modify bad-request"},
    {OPEN("x"), "error p modify bad-request"},
    {"<open xmlns='http://jabber.org/protocol/ibb' sid='t'/>", "error p modify bad-request"},
    {"<open xmlns='http://jabber.org/protocol/ibb' sid='other' block-size='16'/>",
     "error p cancel item-not-found"},
    {"<open xmlns='http://jabber.org/protocol/ibb' block-size='16'/>",
     "error p cancel bad-request"},
    {"<open xmlns='http://jabber.org/protocol/ibb' sid='t' block-size='16' stanza='message'/>",
     "error p cancel not-acceptable"},
    {"<shut xmlns='http://jabber.org/protocol/ibb' sid='t'/>", "error p cancel bad-request"},
    {DATA("0", "AAAA"), "error p cancel item-not-found"},
    {CLOSE, "error p cancel item-not-found"},
};

/** J261-03, J261-04; what was refused does no harm: the right open still works. */
START_TEST(opens_are_judged)
{
    offer_transport("s", TRANSPORT("sid='t' block-size='16'"));
    engine_ack(engine);
    sent();
    ck_assert_str_eq(feed("p", opens[_i].payload), opens[_i].answer);
    ck_assert_str_eq(feed("q", OPEN("16")), strcmp(opens[_i].answer, "result p")
                                                ? "result q"
                                                : "error q cancel unexpected-request");
    ck_assert_uint_eq(app.n_open, 1);
}
END_TEST

/** The open may come before our accept is acknowledged. */
START_TEST(open_crosses_the_answer)
{
    offer_transport("s", TRANSPORT("sid='t' block-size='16'"));
    sent();
    ck_assert_str_eq(feed("p", OPEN("16")), "result p");
    ck_assert_str_eq(feed("d", DATA("0", "Zm9v")), "result d");
    engine_ack(engine);
    ck_assert_str_eq(text_str(&app.data), "foo");
}
END_TEST

START_TEST(never_opened)
{
    offer_transport("s", TRANSPORT("sid='t' block-size='16'"));
    engine_ack(engine);
    sent();
    engine_wait(engine, 59999);
    ck_assert_str_eq(sent(), "");
    engine_wait(engine, 1);
    ck_assert_str_eq(feed("p", OPEN("16")), "error p cancel item-not-found");
    /* The session's initiator could offer another transport now; it does not. */
    for (unsigned i = 0; i < 200 && jingle_count_sessions(engine->jingle); i++)
        engine_wait(engine, 1000);
    ck_assert_str_eq(sent(), "set session-terminate s failed-transport");
    ck_assert_str_eq(feed("p", OPEN("16")), "error p cancel item-not-found");
}
END_TEST

/* ---- data from the peer -------------------------------------------------------------------- */

START_TEST(blocks_in_sequence)
{
    opened();
    ck_assert_str_eq(feed("a", DATA("0", "Zm9v")), "result a");
    ck_assert_str_eq(feed("b", DATA("1", "\n   Ym\n   Fy\n  ")), "result b");
    ck_assert_str_eq(feed("c", DATA("2", "")), "result c");
    ck_assert_str_eq(feed("d", DATA("3", "IQ==")), "result d");
    ck_assert_str_eq(text_str(&app.data), "foobar!");
    ck_assert_uint_eq(app.n_pieces, 3);
}
END_TEST

static const struct {
    const char *payload, *answer;
} faults[] = {
    {DATA("0", "Zm9v"), "error x cancel unexpected-request"},
    {DATA("65535", "Zm9v"), "error x cancel unexpected-request"},
    {DATA("1", "Zm9"), "error x cancel bad-request"},
    {DATA("1", "Zg=="
               "Zg=="),
     "error x cancel bad-request"},
    {DATA("1", "Zm9v!"), "error x cancel bad-request"},
    {DATA("1", "<b/>"), "error x cancel bad-request"},
    {DATA("1", "AAAAAAAAAAAAAAAAAAAAAAA="), "error x cancel bad-request"}, /* 17 octets */
    {DATA("1", "AAAAAAAAAAAAAAAAAAAAAAAA"), "error x cancel bad-request"},
    {DATA("", "Zm9v"), "error x cancel bad-request"},
    {DATA("-1", "Zm9v"), "error x cancel bad-request"},
    {DATA("1x", "Zm9v"), "error x cancel bad-request"},
    {DATA("65536", "Zm9v"), "error x cancel bad-request"},
    {DATA("65537", "Zm9v"), "error x cancel bad-request"},
    {DATA("4294967297", "Zm9v"), "error x cancel bad-request"},
    {"<data xmlns='http://jabber.org/protocol/ibb' sid='t'>Zm9v</data>",
     "error x cancel bad-request"},
    {"<data xmlns='http://jabber.org/protocol/ibb' seq='1'>Zm9v</data>",
     "error x cancel bad-request"},
    {"<data xmlns='http://jabber.org/protocol/ibb' sid='T' seq='1'>Zm9v</data>",
     "error x cancel item-not-found"},
    {"<other xmlns='http://jabber.org/protocol/ibb' sid='t' seq='1'>Zm9v</other>",
     "error x cancel bad-request"},
};

/** What is refused changes nothing: the stream goes on where it was. */
START_TEST(blocks_are_judged)
{
    opened();
    ck_assert_str_eq(feed("a", DATA("0", "Zm9v")), "result a");
    ck_assert_str_eq(feed("x", faults[_i].payload), faults[_i].answer);
    ck_assert_str_eq(feed("b", DATA("1", "AAAAAAAAAAAAAAAAAAAAAA==")),
                     "result b"); /* 16 octets fit */
    ck_assert_uint_eq(app.data.len, 19);
}
END_TEST

/** XEP-0047 section 2.2: a block that is missing is the end. */
START_TEST(a_block_is_missing)
{
    opened();
    ck_assert_str_eq(feed("a", DATA("0", "Zm9v")), "result a");
    ck_assert_str_eq(
        feed("c", DATA("2", "Zm9v")),
        "error c cancel unexpected-request, set close, set session-terminate s failed-transport");
    ck_assert_str_eq(text_str(&app.data), "foo");
    ck_assert_str_eq(feed("b", DATA("1", "Zm9v")), "error b cancel item-not-found");
}
END_TEST

/** The right sid from the wrong place: another resource, another account, no address at all. */
START_TEST(strangers)
{
    static const char *const who[] = {"z@peer.example/r2", "z@peer.example", ENGINE_OTHER,
                                      "Z@peer.example/r1"};

    opened();
    for (size_t i = 0; i < LEN(who); i++) {
        ck_assert_str_eq(feed_from(who[i], "x", DATA("0", "Zm9v")),
                         "error x cancel item-not-found");
        ck_assert_str_eq(feed_from(who[i], "x", CLOSE), "error x cancel item-not-found");
        ck_assert_str_eq(feed_from(who[i], "x", OPEN("16")), "error x cancel item-not-found");
    }
    ck_assert_str_eq(feed("a", DATA("0", "Zm9v")), "result a");
    ck_assert_str_eq(text_str(&app.data), "foo");
}
END_TEST

/** Two peers with the same sid, and one peer twice. */
START_TEST(the_same_sid)
{
    opened();
    engine_feed_jingle(engine, ENGINE_OTHER, "o2", "session-initiate", "s",
                       "<content creator='initiator' name='c'>" BYTES_DESCRIPTION TRANSPORT(
                           "sid='t' block-size='16'") "</content>");
    ck_assert_str_eq(sent(), "result o2, set session-accept s");
    ck_assert_str_eq(feed_from(ENGINE_OTHER, "p2", OPEN("16")), "result p2");
    ck_assert_str_eq(feed_from(ENGINE_OTHER, "a", DATA("0", "YmFy")), "result a");
    ck_assert_str_eq(feed("b", DATA("0", "Zm9v")), "result b");
    ck_assert_str_eq(text_str(&app.data), "barfoo");
    offer_transport("s2", TRANSPORT("sid='t' block-size='16'"));
    ck_assert_str_eq(sent(), "result o, set session-accept s2");
    engine_ack(engine);
    ck_assert_str_eq(sent(), "");
    ck_assert_str_eq(feed("c", DATA("1", "Zm9v")), "result c");
}
END_TEST

/* ---- back-pressure ------------------------------------------------------------------------- */

START_TEST(paused_blocks_wait)
{
    char payload[256], id[32];

    opened();
    app.pause_each = true;
    ck_assert_str_eq(feed("0", DATA("0", "AAAA")), "");
    for (unsigned i = 1; i <= 64; i++) {
        snprintf(payload, sizeof payload, DATA("%u", "AAAA"), i);
        snprintf(id, sizeof id, "%u", i);
        ck_assert_str_eq(feed(id, payload), "");
    }
    ck_assert_uint_eq(app.n_pieces, 1);
    ck_assert_str_eq(feed("x", DATA("65", "AAAA")), "error x wait resource-constraint");
    for (unsigned i = 0; i < 64; i++) {
        jingle_channel_pause(app.channel, false);
        snprintf(id, sizeof id, "result %u", i);
        ck_assert_str_eq(sent(), id);
        ck_assert_uint_eq(app.n_pieces, i + 2);
    }
    app.pause_each = false;
    jingle_channel_pause(app.channel, false);
    ck_assert_str_eq(sent(), "result 64");
    ck_assert_str_eq(feed("y", DATA("65", "AAAA")), "result y");
}
END_TEST

START_TEST(close_waits_for_paused_blocks)
{
    opened();
    app.pause_each = true;
    ck_assert_str_eq(feed("a", DATA("0", "Zm9v")), "");
    ck_assert_str_eq(feed("b", DATA("1", "YmFy")), "");
    ck_assert_str_eq(feed("c", CLOSE), "");
    ck_assert_uint_eq(app.n_closed, 0);
    jingle_channel_pause(app.channel, false);
    ck_assert_str_eq(sent(), "result a");
    jingle_channel_pause(app.channel, false);
    ck_assert_str_eq(sent(), "result b, result c");
    ck_assert_str_eq(text_str(&app.data), "foobar");
    ck_assert_uint_eq(app.n_closed, 1);
    ck_assert(app.complete);
}
END_TEST

/** The session ends while blocks wait: all are answered. */
START_TEST(paused_at_the_end)
{
    opened();
    app.pause_each = true;
    feed("a", DATA("0", "Zm9v"));
    feed("b", DATA("1", "YmFy"));
    ck_assert_int_eq(jingle_session_end(jingle_content_get_session(app.content), NULL), JINGLE_EOK);
    ck_assert_str_eq(sent(),
                     "set session-terminate s success, result a, error b cancel item-not-found");
    ck_assert_str_eq(text_str(&app.data), "foo");
    ck_assert_int_eq(jingle_channel_send(app.channel, "x", 1), JINGLE_EINVOP);
    jingle_channel_pause(app.channel, false);
    jingle_channel_close(app.channel);
    ck_assert_str_eq(sent(), "");
}
END_TEST

/* ---- data to the peer ---------------------------------------------------------------------- */

static const char *last_data(void)
{
    static char text[512];
    xmpp_stanza_t *data = xmpp_stanza_get_children(engine_last_request(engine));

    ck_assert_str_eq(xmpp_stanza_get_name(data), "data");
    ck_assert_str_eq(jingle_element_ns(data), "http://jabber.org/protocol/ibb");
    ck_assert_str_eq(xmpp_stanza_get_attribute(data, "sid"), "t");
    snprintf(text, sizeof text, "%s %s", xmpp_stanza_get_attribute(data, "seq"),
             jingle_element_text(data));
    return text;
}

START_TEST(one_block_at_a_time)
{
    opened();
    ck_assert_int_eq(jingle_channel_send(app.channel, "0123456789abcdefXYZ", 19), 16);
    ck_assert_str_eq(sent(), "set data");
    ck_assert_str_eq(last_data(), "0 MDEyMzQ1Njc4OWFiY2RlZg==");
    ck_assert_int_eq(jingle_channel_send(app.channel, "XYZ", 3), 0);
    ck_assert_str_eq(sent(), "");
    ck_assert_uint_eq(app.n_writable, 0);
    engine_ack(engine);
    ck_assert_uint_eq(app.n_writable, 1);
    ck_assert_int_eq(jingle_channel_send(app.channel, "XYZ", 3), 3);
    ck_assert_str_eq(last_data(), "1 WFla");
    engine_ack(engine);
    /* It took all: nobody waits. */
    ck_assert_uint_eq(app.n_writable, 1);
}
END_TEST

START_TEST(a_window_of_blocks)
{
    again(JINGLE_IBB(.block_size = 4, .window = 3));
    opened();
    ck_assert_int_eq(jingle_channel_send(
                         app.channel, "0123456789abcdef0123456789abcdef0123456789abcdef0123", 52),
                     48);
    ck_assert_str_eq(sent(), "set data, set data, set data");
    ck_assert_str_eq(last_data(), "2 MDEyMzQ1Njc4OWFiY2RlZg==");
    engine_ack(engine);
    ck_assert_uint_eq(app.n_writable, 1);
    ck_assert_int_eq(jingle_channel_send(app.channel, "0123", 4), 4);
    ck_assert_str_eq(last_data(), "3 MDEyMw==");
    ck_assert_int_eq(jingle_channel_send(app.channel, "4", 1), 0);
}
END_TEST

/** J261-05: each direction has its own numbers. */
START_TEST(both_directions)
{
    opened();
    for (int i = 0; i < 3; i++) {
        char payload[256], expected[32];

        ck_assert_int_eq(jingle_channel_send(app.channel, "foo", 3), 3);
        snprintf(expected, sizeof expected, "%d Zm9v", i);
        ck_assert_str_eq(last_data(), expected);
        sent();
        snprintf(payload, sizeof payload, DATA("%d", "YmFy"), i);
        ck_assert_str_eq(feed("d", payload), "result d");
        engine_ack(engine);
    }
    ck_assert_str_eq(text_str(&app.data), "barbarbar");
}
END_TEST

START_TEST(a_block_is_refused)
{
    opened();
    jingle_channel_send(app.channel, "foo", 3);
    sent();
    engine_refuse(engine, "unexpected-request", NULL);
    ck_assert_str_eq(sent(), "set close, set session-terminate s connectivity-error");
    ck_assert_uint_eq(app.n_over, 1);
}
END_TEST

START_TEST(a_block_is_not_answered)
{
    again(JINGLE_IBB(.request_timeout = 7000));
    opened();
    jingle_channel_send(app.channel, "foo", 3);
    sent();
    engine_wait(engine, 6999);
    ck_assert_str_eq(sent(), "");
    engine_wait(engine, 1);
    ck_assert_str_eq(sent(), "set session-terminate s timeout");
}
END_TEST

START_TEST(nothing_can_be_sent)
{
    opened();
    engine->send_result = JINGLE_ESEND;
    ck_assert_int_eq(jingle_channel_send(app.channel, "foo", 3), 0); /* it is down, not broken */
    engine->send_result = JINGLE_EOK;
    engine_wait(engine, 250);
    ck_assert_uint_eq(app.n_writable, 1);
    /* The number was not used up. */
    ck_assert_int_eq(jingle_channel_send(app.channel, "foo", 3), 3);
    ck_assert_str_eq(last_data(), "0 Zm9v");
}
END_TEST

/* ---- close --------------------------------------------------------------------------------- */

START_TEST(the_peer_closes)
{
    opened();
    ck_assert_str_eq(feed("a", DATA("0", "Zm9v")), "result a");
    ck_assert_str_eq(feed("c", CLOSE), "result c");
    ck_assert_uint_eq(app.n_closed, 1);
    ck_assert(app.complete);
    ck_assert_str_eq(feed("b", DATA("1", "Zm9v")), "error b cancel item-not-found");
    ck_assert_str_eq(feed("c", CLOSE), "error c cancel item-not-found");
    ck_assert_int_eq(jingle_channel_send(app.channel, "x", 1), JINGLE_EINVOP);
}
END_TEST

/** XEP-0047 section 2.3: our own direction is flushed first. */
START_TEST(the_peer_closes_while_we_send)
{
    opened();
    jingle_channel_send(app.channel, "foo", 3);
    sent();
    ck_assert_str_eq(feed("c", CLOSE), "");
    ck_assert_int_le(jingle_channel_send(app.channel, "x", 1), 0);
    engine_ack(engine);
    ck_assert_str_eq(sent(), "result c");
    ck_assert_uint_eq(app.n_closed, 1);
    ck_assert(app.complete);
}
END_TEST

/** J261-07: the stream is closed, then the session. */
START_TEST(done_closes_then_ends)
{
    opened();
    jingle_channel_send(app.channel, "foo", 3);
    sent();
    ck_assert_int_eq(jingle_content_done(app.content, true), JINGLE_EOK);
    ck_assert_str_eq(sent(), "");
    engine_ack(engine);
    ck_assert_str_eq(sent(), "set close");
    engine_ack(engine);
    ck_assert_str_eq(sent(), "set session-terminate s success");
}
END_TEST

START_TEST(closes_cross)
{
    opened();
    ck_assert_int_eq(jingle_content_done(app.content, true), JINGLE_EOK);
    ck_assert_str_eq(sent(), "set close");
    ck_assert_str_eq(feed("c", CLOSE), "result c, set session-terminate s success");
    ck_assert_uint_eq(app.n_over, 1);
}
END_TEST

START_TEST(our_close_is_unknown)
{
    opened();
    jingle_channel_close(app.channel);
    ck_assert_str_eq(sent(), "set close");
    ck_assert_int_eq(jingle_channel_send(app.channel, "x", 1), JINGLE_EINVOP);
    /* The peer's direction is open until it answers. */
    ck_assert_str_eq(feed("a", DATA("0", "Zm9v")), "result a");
    jingle_channel_close(app.channel);
    ck_assert_str_eq(sent(), "");
    engine_feed(engine,
                "<iq xmlns='jabber:client' type='error' id='%s' from='" ENGINE_PEER
                "' to='" ENGINE_OWN "'><error type='cancel'><item-not-found "
                "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>",
                xmpp_stanza_get_id(engine_last_request(engine)));
    ck_assert_uint_eq(app.n_closed, 1);
    ck_assert(app.complete);
    ck_assert_str_eq(text_str(&app.data), "foo");
}
END_TEST

/** J261-08 */
START_TEST(the_session_ends_with_the_stream_open)
{
    opened();
    jingle_channel_send(app.channel, "foo", 3);
    sent();
    engine_action(engine, "e", "session-terminate", "s", "<reason><cancel/></reason>");
    ck_assert_str_eq(sent(), "result e");
    ck_assert_str_eq(feed("d", DATA("0", "Zm9v")), "error d cancel item-not-found");
    ck_assert_uint_eq(app.n_over, 1);
    engine_feed(engine,
                "<iq xmlns='jabber:client' type='result' id='%s' from='" ENGINE_PEER
                "' to='" ENGINE_OWN "'/>",
                xmpp_stanza_get_id(engine_last_request(engine)));
    ck_assert_str_eq(sent(), "");
}
END_TEST

/** A content that goes while others stay: its stream is closed. */
START_TEST(one_of_two_contents_goes)
{
    engine_action(
        engine, "o", "session-initiate", "s",
        "<content creator='initiator' name='c'>" BYTES_DESCRIPTION TRANSPORT(
            "sid='u' block-size='16'") "</content>"
                                       "<content creator='initiator' name='d'>" BYTES_DESCRIPTION
                                           TRANSPORT("sid='t' block-size='16'") "</content>");
    for (int i = 0; i < 2; i++) {
        jingle_content_t *content = jingle_session_find_content(
            jingle_content_get_session(app.content), JINGLE_CREATOR_INITIATOR, i ? "d" : "c");

        jingle_content_accept(content);
    }
    engine_ack(engine);
    sent();
    ck_assert_str_eq(feed("p", OPEN("16")), "result p");
    ck_assert_int_eq(jingle_content_remove(app.content, NULL), JINGLE_EOK);
    ck_assert_str_eq(sent(), "set content-remove s cancel, set close");
}
END_TEST

/* ---- we offer ------------------------------------------------------------------------------ */

static jingle_session_t *session;
static char our_sid[64];

static void offer(void)
{
    ck_assert_int_eq(jingle_managed_session_new(engine->jingle, ENGINE_PEER,
                                                JINGLE_SESSION(.sid = "s"), &session),
                     JINGLE_EOK);
    ck_assert_int_eq(jingle_session_add_content(
                         session, JINGLE_CONTENT(.application = BYTES_NS, .name = "c"), NULL),
                     JINGLE_EOK);
    ck_assert_int_eq(jingle_session_start(session), JINGLE_EOK);
    ck_assert_str_eq(sent(), "set session-initiate s");
    ck_assert_str_eq(attribute_of_last("block-size"), "16");
    snprintf(our_sid, sizeof our_sid, "%s", attribute_of_last("sid"));
    ck_assert_uint_eq(strlen(our_sid), 24);
    engine_ack(engine);
}

/** @param attrs with %s for our sid */
static const char *accept_with(const char *attrs)
{
    char transport[512], inside[1024];

    snprintf(transport, sizeof transport, attrs, our_sid);
    snprintf(inside, sizeof inside,
             "<content creator='initiator' name='c'>%s<transport "
             "xmlns='urn:xmpp:jingle:transports:ibb:1' %s/></content>",
             BYTES_DESCRIPTION, transport);
    engine_action(engine, "a", "session-accept", "s", inside);
    return sent();
}

static const struct {
    const char *attrs, *answer, *block_size;
} answers[] = {
    {"sid='%s' block-size='16'", "result a, set open", "16"},
    {"sid='%s' block-size='15'", "result a, set open", "15"},
    {"sid='%s' block-size='1'", "result a, set open", "1"},
    {"sid='%s' block-size='17'", "result a, set open", "16"},
    {"sid='%s' block-size='65535'", "result a, set open", "16"},
    {"sid='%s'", "result a, set open", "16"},
    {"block-size='8'", "result a, set open", "8"},
    {"sid='%s' block-size='0'", "error a cancel bad-request", NULL},
    {"sid='%s' block-size='65536'", "error a cancel bad-request", NULL},
    {"sid='%sx' block-size='16'", "error a cancel bad-request", NULL},
};

/** J261-02, J261-03 */
START_TEST(answers_are_judged)
{
    xmpp_stanza_t *open;

    offer();
    ck_assert_str_eq(accept_with(answers[_i].attrs), answers[_i].answer);
    if (!answers[_i].block_size)
        return;
    open = xmpp_stanza_get_children(engine_last_request(engine));
    ck_assert_str_eq(jingle_element_ns(open), "http://jabber.org/protocol/ibb");
    ck_assert_str_eq(xmpp_stanza_get_attribute(open, "sid"), our_sid);
    ck_assert_str_eq(xmpp_stanza_get_attribute(open, "block-size"), answers[_i].block_size);
    ck_assert_uint_eq(app.n_open, 0);
    engine_ack(engine);
    ck_assert_uint_eq(app.n_open, 1);
}
END_TEST

/** There is no other transport here: the session ends. */
START_TEST(our_open_is_refused)
{
    offer();
    accept_with("sid='%s' block-size='16'");
    engine_refuse(engine, _i ? "not-acceptable" : "service-unavailable", NULL);
    ck_assert_str_eq(sent(), "set session-terminate s failed-transport");
    ck_assert_uint_eq(app.n_open, 0);
}
END_TEST

START_TEST(our_open_is_not_answered)
{
    offer();
    accept_with("sid='%s' block-size='16'");
    for (int i = 0; i < 4; i++)
        engine_wait(engine, 30000);
    ck_assert_ptr_nonnull(strstr(sent(), "set session-terminate s "));
    ck_assert_uint_eq(app.n_open, 0);
}
END_TEST

/** Whoever opens: one stream. */
START_TEST(opens_cross)
{
    char open[256];

    offer();
    accept_with("sid='%s' block-size='16'");
    snprintf(open, sizeof open,
             "<open xmlns='http://jabber.org/protocol/ibb' sid='%s' block-size='16'/>", our_sid);
    ck_assert_str_eq(feed("p", open), "result p");
    ck_assert_uint_eq(app.n_open, 1);
    engine_refuse(engine, "unexpected-request", NULL);
    ck_assert_str_eq(sent(), "");
    ck_assert_uint_eq(app.n_open, 1);
    ck_assert_int_eq(jingle_channel_send(app.channel, "foo", 3), 3);
}
END_TEST

/** J261-06: an application that needs one channel gets no second. See ibb_further_test.c. */
START_TEST(a_further_stream_is_announced)
{
    opened();
    engine_action(engine, "i", "transport-info", "s",
                  "<content creator='initiator' name='c'>" TRANSPORT(
                      "sid='t2' block-size='16'") "</content>");
    ck_assert_str_eq(sent(), "result i");
    ck_assert_str_eq(
        feed("p", "<open xmlns='http://jabber.org/protocol/ibb' sid='t2' block-size='16'/>"),
        "error p cancel item-not-found");
    ck_assert_str_eq(feed("a", DATA("0", "Zm9v")), "result a");
}
END_TEST

/** A component has many addresses: a stream is one address's. */
START_TEST(component)
{
    engine_free_manager(engine);
    bytes_app_clear(&app);
    ck_assert_uint_eq(engine_free(engine), 0);
    engine = engine_new(JINGLE_CONFIG(.component = true));
    app = (bytes_app_t){0};
    ck_assert_int_eq(jingle_register_ibb(engine->jingle, NULL), JINGLE_EOK);
    ck_assert_int_eq(bytes_app_register(engine->jingle, &app), JINGLE_EOK);
    opened();
    engine_feed(engine,
                "<iq xmlns='jabber:client' type='set' id='x' from='" ENGINE_PEER
                "' to='other@self.example'>%s</iq>",
                DATA("0", "Zm9v"));
    ck_assert_str_eq(sent(), "error x cancel item-not-found");
    ck_assert_str_eq(feed("a", DATA("0", "Zm9v")), "result a");
    ck_assert_str_eq(xmpp_stanza_get_from(engine_last(engine)), ENGINE_OWN);
    jingle_channel_send(app.channel, "foo", 3);
    ck_assert_str_eq(xmpp_stanza_get_from(engine_last(engine)), ENGINE_OWN);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ibb");
    TCase *negotiation = tcase_create("negotiation"), *data = tcase_create("data"),
          *close = tcase_create("close"), *ours = tcase_create("ours");

    tcase_add_checked_fixture(negotiation, setup, teardown);
    tcase_add_loop_test(negotiation, offers_are_judged, 0, LEN(offers));
    tcase_add_test(negotiation, a_sid_has_a_limit);
    tcase_add_test(negotiation, open_before_the_accept);
    tcase_add_loop_test(negotiation, opens_are_judged, 0, LEN(opens));
    tcase_add_test(negotiation, open_crosses_the_answer);
    tcase_add_test(negotiation, never_opened);
    tcase_add_test(negotiation, a_further_stream_is_announced);
    tcase_add_test(negotiation, component);
    suite_add_tcase(suite, negotiation);
    tcase_add_checked_fixture(data, setup, teardown);
    tcase_add_test(data, blocks_in_sequence);
    tcase_add_loop_test(data, blocks_are_judged, 0, LEN(faults));
    tcase_add_test(data, a_block_is_missing);
    tcase_add_test(data, strangers);
    tcase_add_test(data, the_same_sid);
    tcase_add_test(data, paused_blocks_wait);
    tcase_add_test(data, close_waits_for_paused_blocks);
    tcase_add_test(data, paused_at_the_end);
    tcase_add_test(data, one_block_at_a_time);
    tcase_add_test(data, a_window_of_blocks);
    tcase_add_test(data, both_directions);
    tcase_add_test(data, a_block_is_refused);
    tcase_add_test(data, a_block_is_not_answered);
    tcase_add_test(data, nothing_can_be_sent);
    suite_add_tcase(suite, data);
    tcase_add_checked_fixture(close, setup, teardown);
    tcase_add_test(close, the_peer_closes);
    tcase_add_test(close, the_peer_closes_while_we_send);
    tcase_add_test(close, done_closes_then_ends);
    tcase_add_test(close, closes_cross);
    tcase_add_test(close, our_close_is_unknown);
    tcase_add_test(close, the_session_ends_with_the_stream_open);
    tcase_add_test(close, one_of_two_contents_goes);
    suite_add_tcase(suite, close);
    tcase_add_checked_fixture(ours, setup, teardown);
    tcase_add_loop_test(ours, answers_are_judged, 0, LEN(answers));
    tcase_add_loop_test(ours, our_open_is_refused, 0, 2);
    tcase_add_test(ours, our_open_is_not_answered);
    tcase_add_test(ours, opens_cross);
    suite_add_tcase(suite, ours);
    return run_suite(suite);
}
