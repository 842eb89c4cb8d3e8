/* SPDX-License-Identifier: MIT */
/** @file
 *  socks: the octets of SOCKS5 handshakes, both sides, and the candidates of SOCKS5 bytestreams.
 * How the octets are cut must not matter, and a client of ours and a server of ours must understand
 *  each other. */
#include <string.h>

#include "fuzz.h"
#include "transport/s5b/s5b.h"

typedef jingle__socks_state_t (*feed_fn)(jingle__socks_t *, const void *, size_t, size_t *);

typedef struct {
    jingle__socks_t socks;
    jingle__socks_state_t state;
    size_t used;
} side_t;

static void begin(side_t *side, bool is_server)
{
    memset(side, 0, sizeof *side);
    if (is_server)
        jingle__socks_server(&side->socks);
    else
        jingle__socks_client(&side->socks, "0123456789abcdef0123456789abcdef01234567");
}

/* Feeds all, in pieces of that many octets, from memory of just their size. */
static void feed(side_t *side, feed_fn fn, const uint8_t *data, size_t len, size_t piece)
{
    while (len && side->state == SOCKS_MORE) {
        size_t take = piece < len ? piece : len, used = 0;
        uint8_t *copy = memcpy(malloc(take), data, take);

        side->state = fn(&side->socks, copy, take, &used);
        free(copy);
        if (side->state == SOCKS_FAILED)
            return;
        FUZZ_CHECK(used <= take && (used == take || side->state == SOCKS_DONE));
        side->used += used;
        data += used;
        len -= used;
    }
}

static void check_cuts(bool is_server, const uint8_t *data, size_t len, size_t piece)
{
    feed_fn fn = is_server ? jingle__socks_server_feed : jingle__socks_client_feed;
    side_t whole, cut;

    begin(&whole, is_server);
    begin(&cut, is_server);
    feed(&whole, fn, data, len, len ? len : 1);
    feed(&cut, fn, data, len, piece);
    FUZZ_CHECK(whole.state == cut.state);
    if (whole.state == SOCKS_FAILED)
        return;
    FUZZ_CHECK(whole.used == cut.used && strcmp(whole.socks.hash, cut.socks.hash) == 0);
    FUZZ_CHECK(whole.socks.out_len == cut.socks.out_len &&
               memcmp(whole.socks.out, cut.socks.out, whole.socks.out_len) == 0);
    if (is_server && whole.state == SOCKS_DONE) {
        jingle__socks_server_answer(&whole.socks, piece & 1);
        FUZZ_CHECK(whole.socks.out_len <= sizeof whole.socks.out);
    }
}

/* What one has to send goes to the other, so many octets at a time. */
static bool pass(side_t *from, side_t *to, feed_fn fn, size_t piece)
{
    size_t len = from->socks.out_len;
    uint8_t out[JINGLE__SOCKS_ROOM];

    memcpy(out, from->socks.out, len);
    from->socks.out_len = 0;
    feed(to, fn, out, len, piece);
    return len > 0;
}

static void check_talk(const char *hash, size_t piece)
{
    side_t client, server;
    bool passed = true;

    begin(&client, false);
    jingle__socks_client(&client.socks, hash);
    begin(&server, true);
    while (passed && server.state == SOCKS_MORE) {
        passed = pass(&client, &server, jingle__socks_server_feed, piece);
        passed |= pass(&server, &client, jingle__socks_client_feed, piece);
    }
    FUZZ_CHECK(server.state == SOCKS_DONE && strlen(server.socks.hash) == strlen(hash));
    jingle__socks_server_answer(&server.socks, true);
    pass(&server, &client, jingle__socks_client_feed, piece);
    FUZZ_CHECK(client.state == SOCKS_DONE);
}

static void check_candidates(fuzz_input_t *in)
{
    xmpp_ctx_t *ctx = xmpp_ctx_new(NULL, NULL);
    xmpp_stanza_t *transport, *written;
    jingle__s5b_candidates_t all = {0}, again = {0};
    test_mem_t mem;

    test_mem_init(&mem);
    test_mem_fail_at(&mem, fuzz_octet(in) % 32, false);
    transport = fuzz_element(ctx, "transport", JINGLE_NS_S5B_TRANSPORT);
    written = fuzz_element(ctx, "transport", JINGLE_NS_S5B_TRANSPORT);
    fuzz_tree(ctx, transport, in);
    if (jingle__s5b_candidates_read(&mem.mem, transport, &all) == JINGLE_EOK) {
        test_mem_fail_at(&mem, 0, false);
        FUZZ_CHECK(all.len <= JINGLE__S5B_CANDIDATES);
        for (size_t i = 1; i < all.len; i++)
            FUZZ_CHECK(all.list[i - 1].priority >= all.list[i].priority);
        FUZZ_CHECK(!jingle__s5b_candidates_write(ctx, &all, written));
        FUZZ_CHECK(!jingle__s5b_candidates_read(&mem.mem, written, &again) && again.len == all.len);
        for (size_t i = 0; i < all.len; i++)
            FUZZ_CHECK(!strcmp(all.list[i].cid, again.list[i].cid) &&
                       !strcmp(all.list[i].host, again.list[i].host) &&
                       all.list[i].port == again.list[i].port &&
                       all.list[i].type == again.list[i].type);
    }
    jingle__s5b_candidates_clear(&mem.mem, &all);
    jingle__s5b_candidates_clear(&mem.mem, &again);
    FUZZ_CHECK(mem.blocks == 0);
    xmpp_stanza_release(transport);
    xmpp_stanza_release(written);
    xmpp_ctx_free(ctx);
}

void fuzz_socks(const uint8_t *data, size_t len)
{
    fuzz_input_t in = {.at = data, .end = data + len};
    uint8_t what = fuzz_octet(&in);
    size_t piece = 1 + what / 4 % 8;
    char hash[256] = "";

    if (what % 4 == 0) {
        check_candidates(&in);
        return;
    }
    if (what % 4 < 3) {
        check_cuts(what % 4 == 1, in.at, (size_t)(in.end - in.at), piece);
        return;
    }
    for (size_t i = 0; i < sizeof hash - 1 && in.at < in.end; i++) {
        uint8_t octet = fuzz_octet(&in);

        hash[i] = octet ? (char)octet : '0';
    }
    check_talk(hash, piece);
}
