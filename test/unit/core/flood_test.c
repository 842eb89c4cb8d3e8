/* SPDX-License-Identifier: MIT */
/** @file
 *  Floods: what a peer, or a hundred thousand of them, can send as fast as it likes costs so much
 * memory and work and no more, and who is a session's peer already is served all the while. What was
 * measured is in lines that begin with "# "; the figures of docs/reliability.md are from there. Work
 * is counted in allocations here, time is only told: test/flood-costs runs the same under callgrind
 * and bounds the instructions. */
#include <stdlib.h>
#include <string.h>

#include <jingle/session.h>

#include "flood.h"

#include "core/core.h"
#include "core/siphash.h"
#include "support/runner.h"
#include "support/text.h"

static void set_up(void)
{
    flood_begin(NULL);
}

/* ---- offers -------------------------------------------------------------------------------- */

START_TEST(offers_by_one_peer)
{
    char sid[32];

    offer(FRIEND, "friendly");
    for (unsigned i = 0; i < 100000; i++) {
        snprintf(sid, sizeof sid, "s%u", i);
        offer(FLOODER, sid);
        if (i % 1000 == 999)
            check_friend();
    }
    ck_assert_uint_eq(jingle_count_sessions(f.jingle), 101);
    ck_assert_uint_eq(f.errors, 100000 - 100);
    flood_figures("offers by one peer", 100000, 32 * 1024, 0);
}
END_TEST

START_TEST(offers_by_as_many_peers)
{
    char from[64];
    size_t before;

    offer(FRIEND, "friendly");
    before = f.mem.bytes;
    for (unsigned i = 0; i < 100000; i++) {
        snprintf(from, sizeof from, "u%u@flood.example/r", i);
        offer(from, "s");
        if (i % 1000 == 999)
            check_friend();
    }
    /* The friend's session is one of the hundred thousand. */
    ck_assert_uint_eq(jingle_count_sessions(f.jingle), 100000);
    ck_assert_uint_eq(f.errors, 1);
    printf("# %zu octets a session\n", f.mem.bytes / 100000);
    /* Full: whoever comes is told to wait, and costs nothing. */
    before = f.mem.bytes;
    for (unsigned i = 0; i < 1000; i++)
        offer(FLOODER, "more");
    ck_assert_uint_eq(f.errors, 1001);
    ck_assert_uint_eq(f.mem.bytes, before);
    check_friend();
    flood_figures("offers by as many peers", 101000, 40 * 1000 * 1000, 0);
    jingle_end_all_sessions(f.jingle, JINGLE_END(.silent = true));
    ck_assert_uint_lt(f.mem.bytes, 64 * 1024);
}
END_TEST

/* ---- queues -------------------------------------------------------------------------------- */

START_TEST(queue_behind_a_slow_handler)
{
    jingle_counters_t counters = {.size = sizeof counters};

    offer(FRIEND, "friendly");
    offer(FLOODER, "slow");
    f.keep = true;
    for (unsigned i = 0; i < 100000; i++) {
        info(FLOODER, "slow");
        if (i % 1000 == 999)
            check_friend();
    }
    jingle_get_counters(f.jingle, &counters);
    ck_assert_uint_eq(counters.queued, 64);
    ck_assert_uint_eq(f.errors, 100000 - 65);
    flood_figures("a queue behind a slow handler", 100000, 48 * 1024, 1);
    /* Who completes at last finds the 64, in order. */
    f.keep = false;
    jingle_reply_ack(f.kept);
    jingle_get_counters(f.jingle, &counters);
    ck_assert_uint_eq(counters.queued, 0);
    ck_assert_uint_eq(f.handled, 100 + 65);
}
END_TEST

/* The deadline answers for the handler, and the next in the queue gets its turn and its own. */
START_TEST(queue_behind_a_handler_that_never_ends)
{
    uint64_t now = 0;

    offer(FRIEND, "friendly");
    offer(FLOODER, "slow");
    for (unsigned round = 0; round < 100; round++) {
        f.keep = true;
        jingle_reply_release(f.kept);
        f.kept = NULL;
        for (unsigned i = 0; i < 1000; i++)
            info(FLOODER, "slow");
        check_friend();
        f.keep = false;
        jingle_tick(f.jingle, now += 60000);
        jingle_tick(f.jingle, now);
        check_friend();
    }
    ck_assert_uint_eq(f.results + f.errors, 2 + 100 * 1000 + 200);
    flood_figures("a queue behind a handler that never ends", 100000, 48 * 1024, 1);
}
END_TEST

/* ---- limits of one stanza ------------------------------------------------------------------ */

typedef struct {
    const char *what;
    unsigned limit;
    void (*fill)(xmpp_stanza_t *jingle, unsigned n);
} limit_t;

static void fill_contents(xmpp_stanza_t *jingle, unsigned n)
{
    while (n--)
        add_content(jingle);
}

static void fill_candidates(xmpp_stanza_t *jingle, unsigned n)
{
    xmpp_stanza_t *transport = add_content(jingle);

    while (n--)
        flood_child(transport, "candidate", NULL);
}

static void fill_text(xmpp_stanza_t *jingle, unsigned n)
{
    xmpp_stanza_t *reason = flood_child(jingle, "reason", JINGLE_NS), *text;
    char *octets = text_alloc(n + 1);

    memset(octets, 'x', n);
    octets[n] = '\0';
    flood_child(reason, "busy", JINGLE_NS);
    text = xmpp_stanza_new(f.ctx);
    xmpp_stanza_set_text(text, octets);
    xmpp_stanza_add_child(flood_child(reason, "text", JINGLE_NS), text);
    xmpp_stanza_release(text);
    free(octets);
}

static void fill_levels(xmpp_stanza_t *jingle, unsigned n)
{
    while (n--)
        jingle = flood_child(jingle, "x", "urn:example:x");
}

static const limit_t limits[] = {
    {"contents", 32, fill_contents},
    {"candidates", 64, fill_candidates},
    {"text", 4096, fill_text},
    {"nesting", 64, fill_levels},
};

/* Below, at, above and far above; time and again, and nothing of it stays. */
START_TEST(at_and_over_each_limit)
{
    const limit_t *limit = &limits[_i];
    const unsigned sizes[] = {limit->limit - 1, limit->limit, limit->limit + 1, limit->limit * 8};
    xmpp_stanza_t *jingle, *iq;
    size_t before;

    offer(FRIEND, "friendly");
    offer(FLOODER, "s");
    info(FLOODER, "s");
    before = f.mem.bytes;
    for (unsigned i = 0; i < 2000; i++) {
        bool over = i % 4 >= 2;

        iq = flood_iq(FLOODER, "content-add", "s", &jingle);
        limit->fill(jingle, sizes[i % 4]);
        hand_in(iq);
        ck_assert_msg(f.last_was_error == over, "%u %s", sizes[i % 4], limit->what);
        if (i % 100 == 99)
            check_friend();
    }
    ck_assert_uint_le(f.mem.bytes, before + 8192);
    flood_figures(limit->what, 2000, 10 * 1024, 2);
}
END_TEST

/* Seventeen reasons, each known and unknown, in one element. */
START_TEST(reasons_without_end)
{
    xmpp_stanza_t *jingle, *iq, *reason;

    offer(FRIEND, "friendly");
    offer(FLOODER, "s");
    for (unsigned i = 0; i < 200; i++) {
        iq = flood_iq(FLOODER, "session-info", "s", &jingle);
        reason = flood_child(jingle, "reason", JINGLE_NS);
        for (unsigned j = 0; j < 1000; j++)
            flood_child(reason,
                        j % 2 ? jingle_reason_name((jingle_condition_t)(1 + j % 17)) : "unheard-of",
                        JINGLE_NS);
        hand_in(iq);
        check_friend();
    }
    flood_figures("a thousand reasons", 200, 24 * 1024, 0);
}
END_TEST

/* ---- answers that nobody asked for --------------------------------------------------------- */

START_TEST(unsolicited_answers)
{
    static const char *const types[] = {"result", "error"};
    uint64_t answers;
    size_t before;

    offer(FRIEND, "friendly");
    before = f.mem.bytes;
    answers = f.results + f.errors;
    for (unsigned i = 0; i < 100000; i++) {
        xmpp_stanza_t *iq = flood_child(NULL, "iq", "jabber:client");
        char id[64];

        snprintf(id, sizeof id, "%s%u", i % 2 ? f.jingle->request_prefix : "x", i);
        xmpp_stanza_set_type(iq, types[i / 2 % 2]);
        xmpp_stanza_set_id(iq, id);
        xmpp_stanza_set_from(iq, FLOODER);
        jingle_receive(f.jingle, iq);
        xmpp_stanza_release(iq);
        if (i % 1000 == 999)
            check_friend();
    }
    ck_assert_uint_eq(f.results + f.errors, answers + 100);
    ck_assert_uint_eq(f.mem.bytes, before);
    flood_figures("answers that nobody asked for", 100000, 8 * 1024, 0);
}
END_TEST

/* ---- sids that collide --------------------------------------------------------------------- */

#define COLLIDING 2000
#define BITS 0x1fff /* as many buckets as the table has with so many sessions, and more */

/** Sids that share the low bits of their hash for who knows the key. */
static void make_colliding(char sids[COLLIDING][16])
{
    const uint8_t *key = f.jingle->hash_key;
    uint64_t own = jingle__siphash(key, FLOOD_OWN, strlen(FLOOD_OWN)),
             peer = jingle__siphash(key, FLOODER, strlen(FLOODER));

    for (unsigned i = 0, n = 0; n < COLLIDING; i++) {
        int len = snprintf(sids[n], 16, "%u", i);
        uint64_t hash = own + 3 * peer + 5 * jingle__siphash(key, sids[n], (size_t)len);

        n += ((hash ^ hash >> 32) & BITS) == 0;
    }
}

static unsigned longest_chain(void)
{
    const UT_hash_table *table = f.jingle->sessions->hh.tbl;
    unsigned longest = 0;

    for (unsigned i = 0; i < table->num_buckets; i++)
        if (table->buckets[i].count > longest)
            longest = table->buckets[i].count;
    return longest;
}

static unsigned chain_after_all(char sids[COLLIDING][16])
{
    jingle_limits_t none = {.size = sizeof none};

    jingle_set_limits(f.jingle, &none);
    offer(FRIEND, "friendly");
    for (unsigned i = 0; i < COLLIDING; i++) {
        offer(FLOODER, sids[i]);
        if (i % 100 == 99)
            check_friend();
    }
    ck_assert_uint_eq(jingle_count_sessions(f.jingle), COLLIDING + 1);
    return longest_chain();
}

static int known_key(void *buffer, size_t len, void *userdata)
{
    (void)userdata;
    memset(buffer, 7, len);
    return JINGLE_EOK;
}

/* The key is random, so what collides for one manager does not for the next. */
START_TEST(sids_that_collide)
{
    static char sids[COLLIDING][16];
    unsigned known, secret;

    flood_end();
    flood_begin(known_key);
    make_colliding(sids);
    known = chain_after_all(sids);
    flood_end();
    flood_begin(NULL);
    secret = chain_after_all(sids);
    flood_figures("sids that collide for another key", COLLIDING, 600 * 1024, 0);
    printf("# the longest chain of %d sids made to collide: %u with the key known, %u with the "
           "manager's own\n",
           COLLIDING, known, secret);
    ck_assert_uint_eq(known, COLLIDING);
    ck_assert_uint_le(secret, 20);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("core/flood");
    TCase *tcase = tcase_create("bounded"), *collisions = tcase_create("collisions");

    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, set_up, flood_end);
    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, offers_by_one_peer);
    tcase_add_test(tcase, offers_by_as_many_peers);
    tcase_add_test(tcase, queue_behind_a_slow_handler);
    tcase_add_test(tcase, queue_behind_a_handler_that_never_ends);
    tcase_add_loop_test(tcase, at_and_over_each_limit, 0, (int)(sizeof limits / sizeof limits[0]));
    tcase_add_test(tcase, reasons_without_end);
    tcase_add_test(tcase, unsolicited_answers);
    suite_add_tcase(suite, collisions);
    tcase_add_checked_fixture(collisions, set_up, flood_end);
    tcase_set_timeout(collisions, 120);
    tcase_add_test(collisions, sids_that_collide);
    return run_suite(suite);
}
