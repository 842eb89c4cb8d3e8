/* SPDX-License-Identifier: MIT */
/** @file
 *  SOCKS5 bytestreams: nomination, the handshake, and whole transfers over loopback between two
 *  managers. Checklist: J260-03, J260-04, J260-05, J260-08, J260-09, J260-10, J260-11, J260-12,
 *  J260-13, J260-14, J260-15, J260-17, J260-18, J260-19, J260-20, J260-21, J260-22, J260-26, J234-32,
 *  J234-33. */
#include <stdlib.h>
#include <string.h>

#include <jingle/s5b.h>

#include "support/runner.h"
#include "support/saved.h"
#include "transport/s5b/s5b.h"
#include "unit/app/wire.h"

/* ---- nomination (J260-18) -------------------------------------------------------------------- */

static const jingle__s5b_said_t said[] = {S5B_SAID_NOTHING, S5B_SAID_USED, S5B_SAID_ERROR};
static const uint32_t priorities[] = {1, 2, UINT32_MAX};

/** Whose the candidate is, from one side's view and from the other's. */
static jingle__s5b_nominated_t mirrored(jingle__s5b_nominated_t nominated)
{
    if (nominated == S5B_OURS)
        return S5B_THEIRS;
    return nominated == S5B_THEIRS ? S5B_OURS : nominated;
}

START_TEST(both_sides_nominate_the_same)
{
    for (size_t we = 0; we < 3; we++)
        for (size_t they = 0; they < 3; they++)
            for (size_t a = 0; a < 3; a++)
                for (size_t b = 0; b < 3; b++)
                    ck_assert_int_eq(jingle__s5b_nominate(true, said[we], priorities[a], said[they],
                                                          priorities[b]),
                                     mirrored(jingle__s5b_nominate(false, said[they], priorities[b],
                                                                   said[we], priorities[a])));
}
END_TEST

START_TEST(nomination_follows_the_rules)
{
    ck_assert_int_eq(jingle__s5b_nominate(true, S5B_SAID_ERROR, 0, S5B_SAID_ERROR, 0), S5B_NONE);
    ck_assert_int_eq(jingle__s5b_nominate(true, S5B_SAID_USED, 1, S5B_SAID_ERROR, 0), S5B_THEIRS);
    ck_assert_int_eq(jingle__s5b_nominate(true, S5B_SAID_ERROR, 0, S5B_SAID_USED, 1), S5B_OURS);
    ck_assert_int_eq(jingle__s5b_nominate(true, S5B_SAID_USED, 2, S5B_SAID_USED, 1), S5B_THEIRS);
    ck_assert_int_eq(jingle__s5b_nominate(true, S5B_SAID_USED, 1, S5B_SAID_USED, 2), S5B_OURS);
    /* Equal: what the initiator has named. */
    ck_assert_int_eq(jingle__s5b_nominate(true, S5B_SAID_USED, 7, S5B_SAID_USED, 7), S5B_THEIRS);
    ck_assert_int_eq(jingle__s5b_nominate(false, S5B_SAID_USED, 7, S5B_SAID_USED, 7), S5B_OURS);
    ck_assert_int_eq(jingle__s5b_nominate(true, S5B_SAID_USED, 7, S5B_SAID_NOTHING, 0),
                     S5B_UNDECIDED);
}
END_TEST

START_TEST(priorities_follow_the_formula)
{
    ck_assert_uint_eq(jingle__s5b_priority(S5B_DIRECT, 65535), 8323071);
    ck_assert_uint_eq(jingle__s5b_priority(S5B_ASSISTED, 0), 7864320);
    ck_assert_uint_eq(jingle__s5b_priority(S5B_TUNNEL, 1), 7208961);
    ck_assert_uint_eq(jingle__s5b_priority(S5B_PROXY, 65536),
                      655360); /* no overflow into the type */
}
END_TEST

/* ---- the handshake --------------------------------------------------------------------------- */

START_TEST(known_hashes)
{
    static const char romeo[] = "romeo@montague.lit/orchard",
                      juliet[] = "juliet@capulet.lit/balcony";
    char hash[JINGLE__S5B_HASH_SIZE];

    ck_assert_int_eq(jingle__s5b_hash("vj3hs98y", romeo, juliet, hash), JINGLE_EOK);
    ck_assert_str_eq(hash, "972b7bf47291ca609517f67f86b5081086052dad");
    ck_assert_int_eq(jingle__s5b_hash("vj3hs98y", juliet, romeo, hash), JINGLE_EOK);
    ck_assert_str_eq(hash, "1a12fb7bc625e55f3ed5b29a53dbe0e4aa7d80ba");
}
END_TEST

/** Moves what one has to say to the other, so many bytes at a time. */
static jingle__socks_state_t pass(jingle__socks_t *from, jingle__socks_t *to, bool to_server,
                                  size_t piece)
{
    unsigned char bytes[JINGLE__SOCKS_ROOM];
    size_t len = from->out_len, used = 0;
    jingle__socks_state_t state = SOCKS_MORE;

    memcpy(bytes, from->out, len);
    from->out_len = 0;
    for (size_t at = 0; at < len && state == SOCKS_MORE; at += piece) {
        size_t now = len - at < piece ? len - at : piece;
        state = to_server ? jingle__socks_server_feed(to, bytes + at, now, &used)
                          : jingle__socks_client_feed(to, bytes + at, now, &used);
        if (state != SOCKS_FAILED)
            ck_assert_uint_eq(used, now);
    }
    return state;
}

START_TEST(client_and_server_agree)
{
    size_t piece = (size_t)_i + 1;
    jingle__socks_t client, server;

    jingle__socks_client(&client, "972b7bf47291ca609517f67f86b5081086052dad");
    jingle__socks_server(&server);
    ck_assert_uint_eq(client.out_len, 3);
    ck_assert_int_eq(pass(&client, &server, true, piece), SOCKS_MORE);
    ck_assert_int_eq(pass(&server, &client, false, piece), SOCKS_MORE);
    ck_assert_uint_eq(client.out_len, 47); /* XEP-0065: 4 + 1 + 40 + 2 */
    ck_assert_int_eq(pass(&client, &server, true, piece), SOCKS_DONE);
    ck_assert_str_eq(server.hash, "972b7bf47291ca609517f67f86b5081086052dad");
    jingle__socks_server_answer(&server, _i % 2 == 0);
    ck_assert_int_eq(pass(&server, &client, false, piece), _i % 2 == 0 ? SOCKS_DONE : SOCKS_FAILED);
}
END_TEST

START_TEST(rubbish_never_passes)
{
    unsigned seed = 1;

    for (int run = 0; run < 20000; run++) {
        unsigned char bytes[64];
        jingle__socks_t server;
        size_t used;
        for (size_t i = 0; i < sizeof bytes; i++)
            bytes[i] = (unsigned char)((seed = seed * 1103515245u + 12345u) >> 16);
        if (run % 2)
            memcpy(bytes, "\x05\x01\x00\x05\x01\x00", 6); /* past the first checks */
        jingle__socks_server(&server);
        if (jingle__socks_server_feed(&server, bytes, sizeof bytes, &used) == SOCKS_DONE)
            ck_assert_int_eq(bytes[6], 3);
        jingle__socks_client(&server, "x");
        if (jingle__socks_client_feed(&server, bytes, sizeof bytes, &used) == SOCKS_DONE)
            ck_assert_int_eq(bytes[0], 5);
    }
}
END_TEST

/* ---- whole transfers ------------------------------------------------------------------------- */

static wire_t *wire;

typedef struct {
    const char *find;
    unsigned found[2];
} search_t;

static search_t searches[8];

static bool look(wire_t *of, unsigned from, char **xml)
{
    (void)of;
    for (size_t i = 0; i < 8 && searches[i].find; i++)
        searches[i].found[from] += strstr(*xml, searches[i].find) != NULL;
    return true;
}

static unsigned seen(unsigned from, const char *what)
{
    for (size_t i = 0; i < 8 && searches[i].find; i++)
        if (strcmp(searches[i].find, what) == 0)
            return searches[i].found[from];
    ck_abort_msg("not looked for: %s", what);
    return 0;
}

static void set_up(const jingle_s5b_t *romeo, const jingle_s5b_t *juliet)
{
    static const char *const wanted[] = {
        "<candidate-used", "<candidate-error", "transport-replace", "mode=",
        "block-size",      "dstaddr",          "127.0.0.1",         "<data"};
    wire = wire_new(NULL);
    memset(searches, 0, sizeof searches);
    for (size_t i = 0; i < 8; i++)
        searches[i].find = wanted[i];
    wire->tap = look;
    if (romeo)
        ck_assert_int_eq(jingle_register_s5b(wire->side[0].jingle, romeo), JINGLE_EOK);
    if (juliet)
        ck_assert_int_eq(jingle_register_s5b(wire->side[1].jingle, juliet), JINGLE_EOK);
}

static void teardown(void)
{
    ck_assert_uint_eq(wire_free(wire), 0);
}

static void assert_arrived(size_t len)
{
    ck_assert(wire_finish(wire, 60000));
    ck_assert_str_eq(wire_log(wire, 0), "start, done done verified, ended success");
    ck_assert(folder_holds(wire->side[1].folder, "letter.txt", wire_data(len), len));
    ck_assert_uint_eq(wire->side[1].progress, len);
}

static const size_t sizes[] = {0, 1, 65536, 5000000};

START_TEST(goes_directly)
{
    const jingle_s5b_t *own = JINGLE_S5B(.offer_loopback = true, .find_no_proxies = true);

    set_up(own, own);
    ck_assert_int_eq(wire_send(wire, "letter.txt", sizes[_i], NULL), JINGLE_EOK);
    assert_arrived(sizes[_i]);
    ck_assert_uint_eq(seen(0, "<data"), 0);
    ck_assert_uint_eq(seen(0, "mode="), 1); /* the initiator's alone (J260-11) */
    ck_assert_uint_eq(seen(1, "mode="), 0);
    ck_assert_uint_eq(seen(0, "<candidate-used") + seen(0, "<candidate-error"), 1);
    ck_assert_uint_eq(seen(1, "<candidate-used") + seen(1, "<candidate-error"), 1);
    ck_assert_uint_eq(seen(0, "dstaddr"), 0); /* no proxy */
}
END_TEST

static const char *path_host;
static jingle_s5b_path_t path_taken;

static void note_path(wire_side_t *side, jingle_file_t *file)
{
    (void)side;
    path_taken = jingle_content_get_s5b_path(jingle_file_get_content(file), &path_host);
    ck_assert_ptr_nonnull(path_taken == JINGLE_S5B_NOWHERE ? "" : path_host);
}

/** Before it is decided, once it is, and in-band. */
START_TEST(tells_the_path)
{
    const jingle_s5b_t *own = JINGLE_S5B(.offer_loopback = true, .find_no_proxies = true);

    set_up(own, own);
    wire->side[_i].on_progress = note_path;
    ck_assert_int_eq(wire_send(wire, "letter.txt", 100, NULL), JINGLE_EOK);
    ck_assert_int_eq(jingle_content_get_s5b_path(jingle_file_get_content(wire_file(wire, 0)), NULL),
                     JINGLE_S5B_NOWHERE);
    assert_arrived(100);
    ck_assert_int_eq(path_taken, JINGLE_S5B_DIRECT);
    ck_assert_ptr_nonnull(path_host);
    ck_assert_int_eq(jingle_content_get_s5b_path(NULL, NULL), JINGLE_S5B_NOWHERE);
}
END_TEST

static bool refuse_all(jingle_session_t *session, const char *address, void *userdata)
{
    (void)session, (void)address, (void)userdata;
    return false;
}

/** Only the initiator (0) or the responder can be reached: the other names nothing, and dials. */
START_TEST(goes_one_way)
{
    const jingle_s5b_t *open = JINGLE_S5B(.offer_loopback = true, .find_no_proxies = true);
    const jingle_s5b_t *closed =
        JINGLE_S5B(.find_no_proxies = true, .may_offer = refuse_all, .stagger = 50);
    unsigned reached = (unsigned)_i;

    set_up(reached == 0 ? open : closed, reached == 0 ? closed : open);
    ck_assert_int_eq(wire_send(wire, "letter.txt", 100000, NULL), JINGLE_EOK);
    assert_arrived(100000);
    ck_assert_uint_eq(seen(0, "<data"), 0);
    ck_assert_uint_eq(seen(!reached, "127.0.0.1"), 0);
    ck_assert_uint_eq(seen(!reached, "<candidate-used"), 1);
    ck_assert_uint_eq(seen(reached, "<candidate-error"), 1);
}
END_TEST

/** The initiator can name nothing, and offers for what the responder can. */
START_TEST(initiator_without_candidates)
{
    set_up(JINGLE_S5B(.find_no_proxies = true, .may_offer = refuse_all),
           JINGLE_S5B(.offer_loopback = true, .find_no_proxies = true));
    ck_assert_int_eq(wire_send(wire, "letter.txt", 100000, NULL), JINGLE_EOK);
    assert_arrived(100000);
    ck_assert_uint_eq(seen(0, "<data"), 0);
    ck_assert_uint_eq(seen(0, "transport-replace"), 0);
}
END_TEST

/** Addresses that nobody answers at, then in-band: the file arrives once (J260-21, J260-22). */
START_TEST(falls_back_to_in_band)
{
    const jingle_s5b_proxy_t dead = {.jid = "proxy.example", .host = "127.0.0.1", .port = 1};
    const jingle_s5b_t *own = JINGLE_S5B(.find_no_proxies = true, .may_offer = refuse_all,
                                         .proxies = &dead, .n_proxies = 1);

    set_up(own, own);
    ck_assert_int_eq(wire_send(wire, "letter.txt", 20000, NULL), JINGLE_EOK);
    assert_arrived(20000);
    ck_assert_uint_eq(seen(0, "transport-replace"), 1);
    ck_assert_uint_eq(seen(1, "transport-replace"), 0);
    ck_assert_uint_gt(seen(0, "<data"), 0);
    ck_assert_uint_eq(seen(0, "<candidate-used") + seen(1, "<candidate-used"), 0);
}
END_TEST

static void undecided(wire_side_t *side, jingle_file_t *file)
{
    (void)side;
    (void)file;
}

/** The initiator (0) or the responder has crashed before the file was accepted: sockets are gone, the
 *  negotiation goes on with what the other side has, or in-band. */
START_TEST(goes_on_after_a_crash)
{
    const jingle_s5b_t *own = JINGLE_S5B(.offer_loopback = true, .find_no_proxies = true);
    unsigned side = (unsigned)_i;
    saved_t saved = {0};

    set_up(own, own);
    wire->side[1].on_offer = undecided;
    ck_assert_int_eq(wire_send(wire, "letter.txt", 20000, NULL), JINGLE_EOK);
    wire_wait(wire, 0);
    ck_assert_int_eq(saved_take(&saved, jingle_file_get_session(wire_file(wire, side))),
                     JINGLE_EOK);
    wire_crash(wire, side, NULL);
    ck_assert_int_eq(jingle_register_s5b(wire->side[side].jingle, own), JINGLE_EOK);
    ck_assert_int_eq(jingle_restore(wire->side[side].jingle, saved.data, saved.len, NULL, NULL),
                     JINGLE_EOK);
    ck_assert_int_eq(jingle_file_accept(wire_file(wire, 1), NULL), JINGLE_EOK);
    assert_arrived(20000);
    saved_clear(&saved);
}
END_TEST

/** J260-26: relay only and no relay: no address leaves, and it goes in-band at once. */
START_TEST(relay_only_tells_no_address)
{
    const jingle_s5b_t *own =
        JINGLE_S5B(.find_no_proxies = true, .relay_only = true, .offer_loopback = true);

    set_up(own, own);
    ck_assert_int_eq(wire_send(wire, "letter.txt", 20000, NULL), JINGLE_EOK);
    assert_arrived(20000);
    ck_assert_uint_eq(seen(0, "127.0.0.1") + seen(1, "127.0.0.1"), 0);
    ck_assert_uint_gt(seen(0, "<data"), 0);
}
END_TEST

/** The responder does not have the transport: it says so, and nobody is asked for the file. */
START_TEST(other_side_without)
{
    const jingle_s5b_t *own = JINGLE_S5B(.offer_loopback = true, .find_no_proxies = true);

    set_up(own, NULL);
    ck_assert_int_eq(wire_send(wire, "letter.txt", 10, NULL), JINGLE_EOK);
    ck_assert(wire_finish(wire, 120000));
    ck_assert_str_eq(wire_log(wire, 0), "done unavailable, ended unsupported-transports");
    ck_assert_str_eq(wire_log(wire, 1), "ended unsupported-transports");
    ck_assert_uint_eq(seen(0, "<data"), 0);
}
END_TEST

/** The initiator does not: it goes in-band, which is not replaced. */
START_TEST(initiator_without)
{
    set_up(NULL, JINGLE_S5B(.offer_loopback = true, .find_no_proxies = true));
    ck_assert_int_eq(wire_send(wire, "letter.txt", 10, NULL), JINGLE_EOK);
    assert_arrived(10);
    ck_assert_uint_eq(seen(0, "<data"), 1);
    ck_assert_uint_eq(seen(0, "transport-replace") + seen(1, "transport-replace"), 0);
}
END_TEST

/* ---- a proxy (J260-08, J260-19, J260-20) ------------------------------------------------------ */

/** Who has connected to the proxy; the two with one hash are joined when it is asked to. */
typedef struct {
    jingle_socket_t *socket;
    jingle__socks_t socks;
    bool ready;
} proxy_guest_t;

static struct {
    jingle_net_t *net;
    proxy_guest_t guests[4];
    unsigned n_guests, n_activate, n_activated, n_proxy_error, n_early;
    bool active, refuses;
    unsigned owner; /**< side that must activate */
} proxy;

static proxy_guest_t *other_of(const proxy_guest_t *guest)
{
    for (unsigned i = 0; i < proxy.n_guests; i++)
        if (&proxy.guests[i] != guest && strcmp(proxy.guests[i].socks.hash, guest->socks.hash) == 0)
            return &proxy.guests[i];
    return NULL;
}

static void proxy_data(jingle_socket_t *socket, const void *data, size_t len, void *userdata)
{
    proxy_guest_t *guest = userdata;
    size_t used;

    if (guest->ready) {
        proxy.n_early += !proxy.active;
        ck_assert_int_eq(proxy.net->send(proxy.net, other_of(guest)->socket, data, len), (long)len);
        return;
    }
    if (jingle__socks_server_feed(&guest->socks, data, len, &used) == SOCKS_DONE) {
        jingle__socks_server_answer(&guest->socks, true);
        guest->ready = true;
    }
    proxy.net->send(proxy.net, socket, guest->socks.out, guest->socks.out_len);
    guest->socks.out_len = 0;
}

static void proxy_closed(jingle_socket_t *socket, int err, void *userdata)
{
    proxy_guest_t *other = other_of(userdata);

    (void)socket, (void)err;
    if (other)
        proxy.net->shutdown(proxy.net, other->socket);
}

static const jingle_socket_events_t proxy_events = {NULL, proxy_data, NULL, proxy_closed};

static void proxy_accept(jingle_net_t *net, jingle_socket_t *socket, void *userdata)
{
    proxy_guest_t *guest = &proxy.guests[proxy.n_guests++];

    (void)userdata;
    ck_assert_uint_le(proxy.n_guests, 4);
    guest->socket = socket;
    jingle__socks_server(&guest->socks);
    net->set_events(net, socket, &proxy_events, guest);
}

/** Answers what is for the proxy, and counts what the two tell each other of it. */
static bool proxy_tap(wire_t *of, unsigned from, char **xml)
{
    char id[64] = "", text[128];
    const char *at = strstr(*xml, " id=\"");

    look(of, from, xml);
    proxy.n_activated += strstr(*xml, "<activated") != NULL;
    proxy.n_proxy_error += strstr(*xml, "<proxy-error") != NULL;
    if (!strstr(*xml, "<activate>"))
        return true;
    proxy.n_activate++;
    ck_assert_uint_eq(from, proxy.owner);
    snprintf(text, sizeof text, "<activate>%s</activate>", of->side[!from].jid);
    ck_assert_ptr_nonnull(strstr(*xml, text));
    snprintf(id, sizeof id, "%.*s", (int)strcspn(at + 5, "\""), at + 5);
    proxy.active = !proxy.refuses;
    wire_inject(of, from,
                "<iq xmlns='jabber:client' type='%s' id='%s' from='proxy.example' to='%s'/>",
                proxy.refuses ? "error" : "result", id, of->side[from].jid);
    return false;
}

static bool offers_none(jingle_session_t *session, const char *address, void *userdata)
{
    (void)session;
    (void)address;
    (void)userdata;
    return false;
}

/** The proxy is the initiator's; the responder's (the initiator's is dead); known to both: then the
 *  responder does not offer it again; and one that refuses. */
START_TEST(goes_through_a_proxy)
{
    const size_t len = sizes[_i / 4];
    const int way = _i % 4;
    const jingle_s5b_proxy_t dead = {.jid = "proxy.example", .host = "127.0.0.2", .port = 1};
    jingle_s5b_proxy_t made = {.jid = "proxy.example", .host = "127.0.0.1"};
    jingle_s5b_t with =
        *JINGLE_S5B(.find_no_proxies = true, .relay_only = true, .proxies = &made, .n_proxies = 1);
    jingle_s5b_t without = *JINGLE_S5B(.find_no_proxies = true, .may_offer = offers_none,
                                       .proxies = &dead, .n_proxies = way == 1);
    jingle_socket_t *listener = NULL;

    set_up(NULL, NULL);
    memset(&proxy, 0, sizeof proxy);
    wire->tap = proxy_tap;
    proxy.net = jingle_get_net(wire->side[0].jingle);
    ck_assert_int_eq(proxy.net->listen(proxy.net, "127.0.0.1", 0, proxy_accept, NULL, &listener),
                     JINGLE_EOK);
    made.port = proxy.net->get_port(proxy.net, listener);
    proxy.owner = way == 1;
    proxy.refuses = way == 3;
    ck_assert_int_eq(jingle_register_s5b(wire->side[0].jingle, way == 1 ? &without : &with),
                     JINGLE_EOK);
    ck_assert_int_eq(
        jingle_register_s5b(wire->side[1].jingle, way == 1 || way == 2 ? &with : &without),
        JINGLE_EOK);
    ck_assert_int_eq(wire_send(wire, "letter.txt", len, NULL), JINGLE_EOK);
    assert_arrived(len);
    ck_assert_uint_eq(proxy.n_activate, 1);
    ck_assert_uint_eq(proxy.n_early, 0);
    ck_assert_uint_eq(proxy.n_activated, !proxy.refuses);
    ck_assert_uint_eq(proxy.n_proxy_error, proxy.refuses);
    ck_assert_uint_eq(seen(0, "<data") > 0, proxy.refuses && len);
    ck_assert_uint_eq(seen(!proxy.owner, "dstaddr"), way == 1);
    ck_assert_uint_eq(seen(!proxy.owner, "127.0.0.1"), 0);
    ck_assert_uint_eq(seen(proxy.owner, "dstaddr"), 1);
}
END_TEST

/** Lets the other side say proxy-error, in the words in which it has been told activated. */
static bool late_error_tap(wire_t *of, unsigned from, char **xml)
{
    const char *jingle = strstr(*xml, "<jingle"), *activated = strstr(*xml, "<activated");

    if (!proxy_tap(of, from, xml))
        return false;
    if (activated)
        wire_inject(of, from,
                    "<iq xmlns='jabber:client' type='set' id='late' from='%s' to='%s'>%.*s%s%s",
                    of->side[!from].jid, of->side[from].jid, (int)(activated - jingle), jingle,
                    "<proxy-error/>", strstr(activated, "/>") + 2);
    return true;
}

/** [J260-20] Who has activated its proxy hears that the peer cannot reach it: the stream has failed all
 *  the same, and with it the file, of which a part may be on its way. */
START_TEST(proxy_error_when_it_is_open)
{
    jingle_s5b_proxy_t made = {.jid = "proxy.example", .host = "127.0.0.1"};
    jingle_s5b_t with =
        *JINGLE_S5B(.find_no_proxies = true, .relay_only = true, .proxies = &made, .n_proxies = 1);
    jingle_s5b_t without = *JINGLE_S5B(.find_no_proxies = true, .may_offer = offers_none);
    jingle_socket_t *listener = NULL;

    set_up(NULL, NULL);
    memset(&proxy, 0, sizeof proxy);
    wire->tap = late_error_tap;
    proxy.net = jingle_get_net(wire->side[0].jingle);
    proxy.owner = _i == 1;
    ck_assert_int_eq(proxy.net->listen(proxy.net, "127.0.0.1", 0, proxy_accept, NULL, &listener),
                     JINGLE_EOK);
    made.port = proxy.net->get_port(proxy.net, listener);
    for (unsigned i = 0; i < 2; i++)
        ck_assert_int_eq(
            jingle_register_s5b(wire->side[i].jingle, i == proxy.owner ? &with : &without),
            JINGLE_EOK);
    ck_assert_int_eq(wire_send(wire, "letter.txt", 65536, NULL), JINGLE_EOK);
    ck_assert(wire_finish(wire, 60000));
    for (unsigned i = 0; i < 2; i++)
        ck_assert_ptr_nonnull(
            strstr(wire_log(wire, i), "start, done disconnected, ended connectivity-error"));
    ck_assert(!folder_holds(wire->side[1].folder, "letter.txt", wire_data(65536), 65536));
    ck_assert_uint_eq(proxy.n_activated, 1);
}
END_TEST

static struct {
    jingle_net_t *net;
    jingle_lookup_fn on_found;
    void *userdata;
} lookups[2]; /* of either side */

static void tell_addresses(jingle_t *jingle, void *userdata)
{
    static const char *const addresses[] = {"127.0.0.3", "127.0.0.4", "127.0.0.1"};
    const unsigned *side = userdata;

    (void)jingle;
    lookups[*side].on_found(lookups[*side].net, addresses, 3, JINGLE_EOK, lookups[*side].userdata);
}

static int start_lookup(jingle_net_t *net, const char *name, jingle_lookup_fn on_found,
                        void *userdata, jingle_lookup_t **out)
{
    static unsigned sides[] = {0, 1};
    unsigned side = net == jingle_get_net(wire->side[1].jingle);

    ck_assert_str_eq(name, "proxy.example.org");
    lookups[side].net = net;
    lookups[side].on_found = on_found;
    lookups[side].userdata = userdata;
    *out = NULL;
    return jingle_timer_start(wire->side[side].jingle, 1, tell_addresses, &sides[side], NULL);
}

/** A name with three addresses, of which the last one answers. */
START_TEST(tries_each_address_of_a_name)
{
    jingle_socket_t *listener = NULL;
    jingle_s5b_proxy_t named = {.jid = "proxy.example", .host = "proxy.example.org"};

    set_up(NULL, JINGLE_S5B(.may_offer = offers_none, .find_no_proxies = true));
    memset(&proxy, 0, sizeof proxy);
    wire->tap = proxy_tap;
    proxy.net = jingle_get_net(wire->side[0].jingle);
    ck_assert_int_eq(proxy.net->listen(proxy.net, "127.0.0.1", 0, proxy_accept, NULL, &listener),
                     JINGLE_EOK);
    named.port = proxy.net->get_port(proxy.net, listener);
    for (unsigned i = 0; i < 2; i++)
        jingle_get_net(wire->side[i].jingle)->lookup = start_lookup;
    ck_assert_int_eq(jingle_register_s5b(wire->side[0].jingle,
                                         JINGLE_S5B(.relay_only = true, .find_no_proxies = true,
                                                    .proxies = &named, .n_proxies = 1)),
                     JINGLE_EOK);
    ck_assert_int_eq(wire_send(wire, "letter.txt", 100000, NULL), JINGLE_EOK);
    assert_arrived(100000);
    ck_assert_uint_eq(proxy.n_activate, 1);
    ck_assert_uint_eq(seen(0, "<data"), 0);
}
END_TEST

static unsigned n_candidates;

static bool only_127(jingle_session_t *session, const char *address, void *userdata)
{
    (void)session, (void)userdata;
    return strcmp(address, "127.0.0.1") == 0;
}

/** The initiator offers what the responder's address and port will be, as behind two routers. */
static bool copy_address(wire_t *of, unsigned from, char **xml)
{
    look(of, from, xml);
    if (from == 0 && strstr(*xml, "session-initiate"))
        wire_edit(xml, " port=\"", "\"", " port=\"47213\"");
    if (from == 1 && strstr(*xml, "session-accept"))
        n_candidates += strstr(*xml, "host=\"127.0.0.1\"") != NULL;
    return true;
}

START_TEST(never_offers_what_was_offered)
{
    n_candidates = 0;
    set_up(JINGLE_S5B(.may_offer = only_127, .find_no_proxies = true),
           JINGLE_S5B(.may_offer = only_127, .find_no_proxies = true, .port = 47213));
    wire->tap = copy_address;
    ck_assert_int_eq(wire_send(wire, "letter.txt", 10, NULL), JINGLE_EOK);
    assert_arrived(10);
    ck_assert_uint_eq(n_candidates, 0);
}
END_TEST

/* ---- callbacks that end it -------------------------------------------------------------------- */

static bool free_it;

static bool end_it(jingle_session_t *session, const char *address, void *userdata)
{
    (void)address, (void)userdata;
    if (free_it)
        wire_free_manager(wire, 0);
    else
        jingle_session_end(session, NULL);
    return true;
}

/** Whoever is asked for an address ends the session, or frees the manager. */
START_TEST(ended_while_addresses_are_gathered)
{
    free_it = _i == 1;
    set_up(JINGLE_S5B(.find_no_proxies = true, .may_offer = end_it),
           JINGLE_S5B(.find_no_proxies = true));
    wire_send(wire, "letter.txt", 10, NULL);
    ck_assert(wire_finish(wire, 60000));
    ck_assert_uint_eq(wire->delivered, 0);
}
END_TEST

static void end_all(wire_side_t *side, jingle_file_t *file)
{
    (void)file;
    jingle_end_all_sessions(side->jingle, NULL);
}

/** The peer can connect to nothing and has said so: the connection opens while we say which it is,
 *  and the session ends in there. */
START_TEST(ended_while_it_opens)
{
    const jingle_s5b_proxy_t dead = {.jid = "proxy.example", .host = "127.0.0.1", .port = 1};

    set_up(JINGLE_S5B(.find_no_proxies = true, .may_offer = refuse_all, .proxies = &dead,
                      .n_proxies = 1),
           JINGLE_S5B(.find_no_proxies = true, .offer_loopback = true));
    wire->side[0].on_progress = end_all;
    ck_assert_int_eq(wire_send(wire, "letter.txt", 100000, NULL), JINGLE_EOK);
    wire_settle(wire);
    ck_assert(wire_finish(wire, 200000));
    ck_assert_uint_eq(seen(0, "<data"), 0);
}
END_TEST

START_TEST(manager_freed_at_each_step)
{
    const jingle_s5b_t *own = JINGLE_S5B(.offer_loopback = true, .find_no_proxies = true);

    for (unsigned steps = 0; steps < 40; steps++) {
        set_up(own, own);
        ck_assert_int_eq(wire_send(wire, "letter.txt", 300000, NULL), JINGLE_EOK);
        for (unsigned i = 0; i < steps; i++) {
            wire_step(wire);
            wire_wait(wire, 1);
        }
        wire_free_manager(wire, steps % 2);
        wire_finish(wire, 200000);
        ck_assert_uint_eq(jingle_count_sessions(wire->side[!(steps % 2)].jingle), 0);
        teardown();
    }
    wire = wire_new(NULL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("s5b");
    TCase *rules = tcase_create("rules"), *transfers = tcase_create("transfers");

    tcase_add_test(rules, both_sides_nominate_the_same);
    tcase_add_test(rules, nomination_follows_the_rules);
    tcase_add_test(rules, priorities_follow_the_formula);
    tcase_add_test(rules, known_hashes);
    tcase_add_loop_test(rules, client_and_server_agree, 0, 48);
    tcase_add_test(rules, rubbish_never_passes);
    suite_add_tcase(suite, rules);
    tcase_set_timeout(transfers, 120);
    tcase_add_checked_fixture(transfers, NULL, teardown);
    tcase_add_loop_test(transfers, goes_directly, 0, 4);
    tcase_add_loop_test(transfers, goes_one_way, 0, 2);
    tcase_add_loop_test(transfers, tells_the_path, 0, 2);
    tcase_add_test(transfers, initiator_without_candidates);
    tcase_add_test(transfers, tries_each_address_of_a_name);
    tcase_add_test(transfers, falls_back_to_in_band);
    tcase_add_loop_test(transfers, goes_on_after_a_crash, 0, 2);
    tcase_add_test(transfers, relay_only_tells_no_address);
    tcase_add_test(transfers, other_side_without);
    tcase_add_test(transfers, initiator_without);
    tcase_add_test(transfers, manager_freed_at_each_step);
    tcase_add_loop_test(transfers, ended_while_addresses_are_gathered, 0, 2);
    tcase_add_test(transfers, ended_while_it_opens);
    tcase_add_loop_test(transfers, goes_through_a_proxy, 0, 12);
    tcase_add_loop_test(transfers, proxy_error_when_it_is_open, 0, 2);
    tcase_add_test(transfers, never_offers_what_was_offered);
    suite_add_tcase(suite, transfers);
    return run_suite(suite);
}
