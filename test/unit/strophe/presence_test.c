/* SPDX-License-Identifier: MIT */
/** @file
 *  Peers that go offline, and which devices are there. */
#include "world.h"

#include <strophe/binding.h>

static uint64_t ahead; /* ms */

static void begin(const jingle_attach_config_t *config)
{
    ahead = 0; /* tests may share a process */
    ck_assert_int_eq(jingle_attach_with(w.jingle, w.conn, config), JINGLE_EOK);
    w.tell_events = true;
    log_in();
}

/** The engine's clock goes on by so much; the binding's real one is behind from then on. */
static void advance(uint64_t ms)
{
    ahead += ms;
    jingle_tick(w.jingle, milliseconds() + ahead);
}

static void go(const char *from)
{
    send_presence(0, from, "unavailable", NULL);
    run_for(8);
}

static size_t leaving(void)
{
    return jingle__binding_get(w.jingle)->leaving.len;
}

/* ---- J166-20: the end of sessions after an unavailable presence ---- */

START_TEST(its_sessions_end)
{
    begin(NULL);
    session_from(PEER, "s1");
    session_from(PEER, "s2");
    session_from(STRANGER, "s3");
    session_from("romeo@montague.example/other", "s4");
    go(PEER);
    advance(4900); /* 5 to 10 seconds */
    ck_assert_uint_eq(jingle_count_sessions(w.jingle), 4);
    advance(5100);
    EXPECT("session-terminate", "to=\"" PEER "\"", "sid=\"s1\"", "<gone/>");
    EXPECT("session-terminate", "to=\"" PEER "\"", "sid=\"s2\"", "<gone/>");
    EXPECT_NOTHING();
    ck_assert_uint_eq(jingle_count_sessions(w.jingle), 2);
    LOG("incoming s1\nincoming s2\nincoming s3\nincoming s4\nterminated s1 gone\nterminated s2 "
        "gone\n");
}
END_TEST

static const struct {
    const char *what, *stanza;
    bool alive;
} signs[] = {
    {"a message", "<message from='" PEER "' to='" OWN "'><body>wait</body></message>", true},
    {"an available presence", "<presence from='" PEER "'/>", true},
    {"a directed presence", "<presence from='" PEER "' to='" OWN "'><show>away</show></presence>",
     true},
    {"a request", "<iq type='get' id='a' from='" PEER "'><ping xmlns='urn:xmpp:ping'/></iq>", true},
    {"a set", "<iq type='set' id='a' from='" PEER "'><x xmlns='urn:example:x'/></iq>", true},
    {"a result", "<iq type='result' id='a' from='" PEER "'/>", true},
    {"an error of its own",
     "<iq type='error' id='a' from='" PEER "'><error type='cancel'><item-not-found "
     "xmlns='" JINGLE_NS_STANZAS "'/></error></iq>",
     true},
    {"a Jingle action",
     "<iq type='set' id='a' from='" PEER "'><jingle xmlns='urn:xmpp:jingle:1' "
     "action='session-info' sid='s1'/></iq>",
     true},
    /* In the name of a device that has gone its server answers. */
    {"the server's error",
     "<iq type='error' id='a' from='" PEER "'><error type='cancel'><service-unavailable "
     "xmlns='" JINGLE_NS_STANZAS "'/></error></iq>",
     false},
    {"a bounced message",
     "<message type='error' from='" PEER "'><error type='wait'><recipient-unavailable "
     "xmlns='" JINGLE_NS_STANZAS "'/></error></message>",
     false},
    {"an error without one", "<iq type='error' id='a' from='" PEER "'/>", false},
    {"unavailable again", "<presence type='unavailable' from='" PEER "'/>", false},
    {"another resource", "<message from='romeo@montague.example/other'><body>hi</body></message>",
     false},
    {"the account", "<message from='romeo@montague.example'><body>hi</body></message>", false},
    {"the longer resource", "<message from='" PEER "2'><body>hi</body></message>", false},
    {"nobody", "<message><body>hi</body></message>", false},
};

/* J166-20: any stanza from that full JID in between calls it off; other resources do not matter. */
START_TEST(signs_of_life)
{
    char *xml;

    begin(NULL);
    session_from(PEER, "s1");
    go(PEER);
    ck_assert_uint_eq(leaving(), 1);
    advance(3000);
    fake_server_send(w.server, 0, "%s", signs[_i].stanza);
    run_for(8);
    while ((xml = fake_server_take(w.server, 0))) {
        ck_assert_ptr_null(strstr(xml, "session-terminate"));
        free(xml);
    }
    advance(10000);
    ck_assert_msg((jingle_count_sessions(w.jingle) == 1) == signs[_i].alive, "%s", signs[_i].what);
    if (signs[_i].alive)
        EXPECT_NOTHING();
    else
        EXPECT("session-terminate", "<gone/>");
}
END_TEST

/* Only a device's own unavailable presence is one. */
START_TEST(other_presences)
{
    static const char *const presences[] = {
        "<presence type='unavailable' from='romeo@montague.example'/>",
        "<presence type='unavailable'/>",
        "<presence type='error' from='" PEER "'/>",
        "<presence type='unsubscribed' from='" PEER "'/>",
        "<presence type='probe' from='" PEER "'/>",
        "<presence from='" PEER "'/>",
        "<message type='unavailable' from='" PEER "'/>",
        "<iq type='unavailable' from='" PEER "' id='i'/>",
    };

    begin(NULL);
    session_from(PEER, "s1");
    fake_server_send(w.server, 0, "%s", presences[_i]);
    run_for(8);
    ck_assert_uint_eq(leaving(), 0);
    advance(20000);
    ck_assert_uint_eq(jingle_count_sessions(w.jingle), 1);
}
END_TEST

/* Heard of by another way: checks, media. */
START_TEST(seen)
{
    begin(NULL);
    session_from(PEER, "s1");
    go(PEER);
    jingle_peer_seen(w.jingle, "romeo@montague.example/other");
    ck_assert_uint_eq(leaving(), 1);
    jingle_peer_seen(w.jingle, PEER);
    jingle_peer_seen(w.jingle, NULL);
    jingle_peer_seen(NULL, PEER);
    ck_assert_uint_eq(leaving(), 0);
    advance(20000);
    ck_assert_uint_eq(jingle_count_sessions(w.jingle), 1);
    /* And then again. */
    go(PEER);
    advance(20000);
    ck_assert_uint_eq(jingle_count_sessions(w.jingle), 0);
}
END_TEST

START_TEST(another_grace)
{
    begin(JINGLE_ATTACH(.grace = _i ? UINT32_MAX : 50));
    session_from(PEER, "s1");
    go(PEER);
    if (_i)
        advance(3600000);
    else
        UNTIL(jingle_count_sessions(w.jingle) == 0); /* by the real clock */
    ck_assert_uint_eq(jingle_count_sessions(w.jingle), _i ? 1 : 0);
}
END_TEST

static void free_in_terminated(const jingle_event_t *event)
{
    if (event->type == JINGLE_EVENT_TERMINATED)
        free_manager();
}

START_TEST(freed_when_they_end)
{
    begin(NULL);
    session_from(PEER, "s1");
    session_from(PEER, "s2");
    go(PEER);
    go(STRANGER);
    w.in_event = free_in_terminated;
    advance(20000);
    ck_assert_ptr_null(w.jingle);
    run_for(8);
}
END_TEST

/* A flood of unavailable presences from everywhere keeps nothing but those with sessions. */
START_TEST(a_flood_of_presences)
{
    begin(NULL);
    session_from(PEER, "s1");
    session_from(STRANGER, "s2");
    send_presence(0, PEER, "unavailable", NULL);
    for (unsigned i = 0; i < 3000; i++) {
        char jid[64];
        snprintf(jid, sizeof jid, "u%u@evil.example/x", i);
        send_presence(0, jid, "unavailable", NULL);
        if (i % 50 == 0)
            run_for(2);
    }
    send_presence(0, STRANGER, "unavailable", NULL);
    UNTIL(jingle__map_get(&jingle__binding_get(w.jingle)->leaving, STRANGER));
    ck_assert_uint_le(leaving(), 2 * JINGLE__GRACE_PEERS);
    advance(20000);
    ck_assert_uint_eq(jingle_count_sessions(w.jingle), 0);
    ck_assert_uint_eq(leaving(), 0);
}
END_TEST

/* Without any session nothing is kept at all. */
START_TEST(nothing_without_sessions)
{
    begin(NULL);
    go(PEER);
    ck_assert_uint_eq(leaving(), 0);
}
END_TEST

/* ---- devices ---- */

static const char *devices_of(const char *bare)
{
    static char list[4096];
    jingle_device_t device = {0};
    char after[256] = "";

    list[0] = '\0';
    while (jingle_next_device(w.jingle, bare, *after ? after : NULL, &device)) {
        snprintf(list + strlen(list), sizeof list - strlen(list), "%s(%d) ", device.jid,
                 device.priority);
        snprintf(after, sizeof after, "%s", device.jid);
    }
    return list;
}

START_TEST(devices)
{
    jingle_device_t device;

    ck_assert(!jingle_next_device(w.jingle, ACCOUNT, NULL, &device));
    begin(NULL);
    send_presence(0, "romeo@montague.example/b", NULL, "<priority>5</priority>");
    send_presence(0, "romeo@montague.example/a", NULL, "<priority>-1</priority><show>away</show>");
    send_presence(0, "romeo@montague.example/c", NULL, "<priority>9999</priority>");
    send_presence(0, "romeo@montague.example.evil.example/x", NULL, NULL);
    send_presence(0, "romeo@montague.example0/x", NULL, NULL);
    send_presence(0, "romeo@montague.example-x/x", NULL, NULL);
    send_presence(0, "romeo@montague.example", NULL, NULL);
    send_presence(0, OWN, NULL, NULL);
    send_presence(0, "juliet@capulet.example/chamber", NULL, "<priority>x</priority>");
    run_for(8);
    ck_assert_str_eq(
        devices_of("Romeo@Montague.example"),
        "romeo@montague.example/a(-1) romeo@montague.example/b(5) romeo@montague.example/c(127) ");
    ck_assert_str_eq(devices_of(ACCOUNT), "juliet@capulet.example/chamber(0) ");
    ck_assert_str_eq(devices_of("montague.example"), "");
    ck_assert_str_eq(devices_of("romeo@montague.example/b"), "");
    ck_assert_str_eq(devices_of(""), "");
    send_presence(0, "romeo@montague.example/b", "unavailable", NULL);
    send_presence(0, "romeo@montague.example/a", NULL, "<priority>7</priority>");
    send_presence(0, "romeo@montague.example/never", "unavailable", NULL);
    send_presence(0, "romeo@montague.example/c", "subscribed", NULL);
    run_for(8);
    ck_assert_str_eq(devices_of("romeo@montague.example"),
                     "romeo@montague.example/a(7) romeo@montague.example/c(127) ");
    /* A new login: presences are told anew. */
    fake_server_cut(w.server, 0);
    UNTIL(w.disconnected == 1);
    fake_server_options(w.server)->jid = "juliet@capulet.example/chamber";
    log_in();
    run_for(8);
    ck_assert_str_eq(devices_of("romeo@montague.example"), "");
}
END_TEST

/* A stream that was resumed goes on: the server does not tell presences again. */
START_TEST(devices_after_a_resume)
{
    fake_server_options(w.server)->sm = true;
    begin(JINGLE_ATTACH(.offers = JINGLE_OFFERS_CONTACTS));
    EXPECT(JINGLE_NS_ROSTER);
    send_presence(0, PEER, NULL, NULL);
    run_for(8);
    fake_server_cut(w.server, 0);
    UNTIL(w.disconnected == 1);
    log_in();
    ck_assert(fake_server_is_resumed(w.server, 1));
    run_for(8);
    ck_assert_str_eq(devices_of("romeo@montague.example"), PEER "(0) ");
    /* The roster is asked for again all the same. */
    EXPECT_ON(1, JINGLE_NS_ROSTER);
}
END_TEST

/* One account, and all of them together, keep a bounded number. */
START_TEST(a_flood_of_devices)
{
    char jid[64];

    begin(NULL);
    send_presence(0, PEER, NULL, NULL);
    for (unsigned i = 0; i < 100; i++) {
        snprintf(jid, sizeof jid, "tybalt@capulet.example/%u", i);
        send_presence(0, jid, NULL, NULL);
    }
    run_for(8);
    ck_assert_uint_eq(jingle__binding_get(w.jingle)->devices.len, 1 + JINGLE__DEVICES_PER_ACCOUNT);
    ck_assert_ptr_nonnull(strstr(devices_of("tybalt@capulet.example"), "/99("));
    ck_assert_str_eq(devices_of("romeo@montague.example"), PEER "(0) ");
    for (unsigned i = 0; i < JINGLE__DEVICES + 100; i++) {
        snprintf(jid, sizeof jid, "u%u@evil.example/x", i);
        send_presence(0, jid, NULL, NULL);
        if (i % 50 == 0)
            run_for(2);
    }
    snprintf(jid, sizeof jid, "u%u@evil.example", JINGLE__DEVICES + 99);
    UNTIL(*devices_of(jid));
    ck_assert_uint_eq(jingle__binding_get(w.jingle)->devices.len, JINGLE__DEVICES);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("presence");
    TCase *tcase = add_case(suite, "grace");

    tcase_add_test(tcase, its_sessions_end);
    tcase_add_loop_test(tcase, signs_of_life, 0, sizeof signs / sizeof signs[0]);
    tcase_add_loop_test(tcase, other_presences, 0, 8);
    tcase_add_test(tcase, seen);
    tcase_add_loop_test(tcase, another_grace, 0, 2);
    tcase_add_test(tcase, freed_when_they_end);
    tcase_add_test(tcase, a_flood_of_presences);
    tcase_add_test(tcase, nothing_without_sessions);
    tcase = add_case(suite, "devices");
    tcase_add_test(tcase, devices);
    tcase_add_test(tcase, devices_after_a_resume);
    tcase_add_test(tcase, a_flood_of_devices);
    return run_suite(suite);
}
