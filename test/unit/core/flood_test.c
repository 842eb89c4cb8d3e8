/* SPDX-License-Identifier: MIT */
/** @file
 *  Floods: what a peer, or a hundred thousand of them, can send as fast as it likes costs so much
 * memory and no more, and who is a session's peer already is served all the while. What was
 * measured is in lines that begin with "# "; the figures of docs/reliability.md are from there. */
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <jingle/session.h>

#include "core/core.h"
#include "core/siphash.h"
#include "support/runner.h"
#include "support/test_mem.h"
#include "support/text.h"

#define OWN "m@self.example/main"
#define FRIEND "friend@peer.example/r"
#define FLOODER "flood@peer.example/r"
#define APP "urn:example:app:0"

/** A manager that keeps nothing of what it sends. */
typedef struct {
    test_mem_t mem;
    xmpp_ctx_t *ctx;
    jingle_t *jingle;
    uint64_t results, errors, handled;
    bool last_was_error;
    bool keep;
    jingle_reply_t *kept;
    clock_t began;
} flood_t;

static flood_t f;

/* ---- the manager --------------------------------------------------------------------------- */

static int on_send(jingle_t *jingle, const char *xml, size_t len, void *userdata)
{
    (void)jingle, (void)userdata;
    f.last_was_error = len > 17 && memcmp(xml, "<iq type=\"error\"", 16) == 0;
    if (f.last_was_error)
        f.errors++;
    else
        f.results++;
    return JINGLE_EOK;
}

static void handle(jingle_session_t *session, const jingle_data_t *data, jingle_reply_t *reply,
                   void *self)
{
    (void)session, (void)data, (void)self;
    f.handled++;
    if (f.keep && !f.kept)
        f.kept = jingle_reply_clone(reply);
    else
        jingle_reply_ack(reply);
}

static const jingle_session_type_t type = {.size = sizeof type,
                                           .name = "flood",
                                           .on_session_info = handle,
                                           .on_content_add = handle,
                                           .on_transport_info = handle};

static int known_key(void *buffer, size_t len, void *userdata)
{
    (void)userdata;
    memset(buffer, 7, len);
    return JINGLE_EOK;
}

static void begin(jingle_random_fn random)
{
    memset(&f, 0, sizeof f);
    test_mem_init(&f.mem);
    f.ctx = xmpp_ctx_new(NULL, NULL);
    f.jingle = jingle_new(
        f.ctx, JINGLE_CONFIG(.mem = &f.mem.mem, .jid = OWN, .send = on_send, .random = random));
    ck_assert_ptr_nonnull(f.jingle);
    jingle_register_session_type(f.jingle, APP, &type, NULL);
    f.began = clock();
}

static void set_up(void)
{
    begin(NULL);
}

static void tear_down(void)
{
    jingle_free(f.jingle);
    jingle_reply_release(f.kept);
    ck_assert_uint_eq(test_mem_report(&f.mem, stderr), 0);
    xmpp_ctx_free(f.ctx);
}

static void figures(const char *what, unsigned n)
{
    double seconds = (double)(clock() - f.began) / CLOCKS_PER_SEC;

    printf("# %s: %u stanzas, %.1f us of CPU each with making them, %zu octets kept at most, %zu "
           "in the end\n",
           what, n, seconds * 1e6 / n, f.mem.peak, f.mem.bytes);
}

/* ---- stanzas ------------------------------------------------------------------------------- */

static xmpp_stanza_t *child(xmpp_stanza_t *parent, const char *name, const char *ns)
{
    xmpp_stanza_t *element = xmpp_stanza_new(f.ctx);

    xmpp_stanza_set_name(element, name);
    if (ns)
        xmpp_stanza_set_ns(element, ns);
    if (parent) {
        xmpp_stanza_add_child(parent, element);
        xmpp_stanza_release(element);
    }
    return element;
}

static xmpp_stanza_t *new_iq(const char *from, const char *action, const char *sid,
                             xmpp_stanza_t **jingle)
{
    xmpp_stanza_t *iq = child(NULL, "iq", "jabber:client");

    xmpp_stanza_set_type(iq, "set");
    xmpp_stanza_set_id(iq, sid);
    xmpp_stanza_set_from(iq, from);
    xmpp_stanza_set_to(iq, OWN);
    *jingle = child(iq, "jingle", JINGLE_NS);
    xmpp_stanza_set_attribute(*jingle, "action", action);
    xmpp_stanza_set_attribute(*jingle, "sid", sid);
    return iq;
}

static void hand_in(xmpp_stanza_t *iq)
{
    ck_assert(jingle_receive(f.jingle, iq));
    xmpp_stanza_release(iq);
}

static xmpp_stanza_t *add_content(xmpp_stanza_t *jingle)
{
    xmpp_stanza_t *content = child(jingle, "content", JINGLE_NS);

    xmpp_stanza_set_attribute(content, "creator", "initiator");
    xmpp_stanza_set_attribute(content, "name", "c");
    child(content, "description", APP);
    return child(content, "transport", "urn:example:transport:0");
}

static void offer(const char *from, const char *sid)
{
    xmpp_stanza_t *jingle, *iq = new_iq(from, "session-initiate", sid, &jingle);

    add_content(jingle);
    hand_in(iq);
}

static void info(const char *from, const char *sid)
{
    xmpp_stanza_t *jingle;

    hand_in(new_iq(from, "session-info", sid, &jingle));
}

/** The friend has a session, and is answered at once by its handler. */
static void check_friend(void)
{
    uint64_t handled = f.handled;
    bool keep = f.keep;

    f.keep = false;
    info(FRIEND, "friendly");
    ck_assert(!f.last_was_error);
    ck_assert_uint_eq(f.handled, handled + 1);
    f.keep = keep;
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
    ck_assert_uint_lt(f.mem.peak, 101 * 1024);
    figures("offers by one peer", 100000);
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
    ck_assert_uint_lt(f.mem.peak, 100000 * 1024);
    printf("# %zu octets a session\n", f.mem.bytes / 100000);
    /* Full: whoever comes is told to wait, and costs nothing. */
    before = f.mem.bytes;
    for (unsigned i = 0; i < 1000; i++)
        offer(FLOODER, "more");
    ck_assert_uint_eq(f.errors, 1001);
    ck_assert_uint_eq(f.mem.bytes, before);
    check_friend();
    figures("offers by as many peers", 101000);
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
    ck_assert_uint_lt(f.mem.peak, 128 * 1024);
    figures("a queue behind a slow handler", 100000);
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

    offer(FLOODER, "slow");
    for (unsigned round = 0; round < 100; round++) {
        f.keep = true;
        jingle_reply_release(f.kept);
        f.kept = NULL;
        for (unsigned i = 0; i < 1000; i++)
            info(FLOODER, "slow");
        f.keep = false;
        jingle_tick(f.jingle, now += 60000);
        jingle_tick(f.jingle, now);
    }
    ck_assert_uint_eq(f.results + f.errors, 1 + 100 * 1000);
    ck_assert_uint_lt(f.mem.peak, 128 * 1024);
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
        child(transport, "candidate", NULL);
}

static void fill_text(xmpp_stanza_t *jingle, unsigned n)
{
    xmpp_stanza_t *reason = child(jingle, "reason", JINGLE_NS), *text;
    char *octets = text_alloc(n + 1);

    memset(octets, 'x', n);
    octets[n] = '\0';
    child(reason, "busy", JINGLE_NS);
    text = xmpp_stanza_new(f.ctx);
    xmpp_stanza_set_text(text, octets);
    xmpp_stanza_add_child(child(reason, "text", JINGLE_NS), text);
    xmpp_stanza_release(text);
    free(octets);
}

static void fill_levels(xmpp_stanza_t *jingle, unsigned n)
{
    while (n--)
        jingle = child(jingle, "x", "urn:example:x");
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

        iq = new_iq(FLOODER, "content-add", "s", &jingle);
        limit->fill(jingle, sizes[i % 4]);
        hand_in(iq);
        ck_assert_msg(f.last_was_error == over, "%u %s", sizes[i % 4], limit->what);
        if (i % 100 == 99)
            check_friend();
    }
    ck_assert_uint_le(f.mem.bytes, before + 8192);
    figures(limit->what, 2000);
}
END_TEST

/* Seventeen reasons, each known and unknown, in one element. */
START_TEST(reasons_without_end)
{
    xmpp_stanza_t *jingle, *iq, *reason;

    offer(FLOODER, "s");
    for (unsigned i = 0; i < 200; i++) {
        iq = new_iq(FLOODER, "session-info", "s", &jingle);
        reason = child(jingle, "reason", JINGLE_NS);
        for (unsigned j = 0; j < 1000; j++)
            child(reason,
                  j % 2 ? jingle_reason_name((jingle_condition_t)(1 + j % 17)) : "unheard-of",
                  JINGLE_NS);
        hand_in(iq);
    }
    ck_assert_uint_lt(f.mem.bytes, 64 * 1024);
    figures("a thousand reasons", 200);
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
        xmpp_stanza_t *iq = child(NULL, "iq", "jabber:client");
        char id[64];

        snprintf(id, sizeof id, "%s%u", i % 2 ? f.jingle->request_prefix : "x", i);
        xmpp_stanza_set_type(iq, types[i / 2 % 2]);
        xmpp_stanza_set_id(iq, id);
        xmpp_stanza_set_from(iq, FLOODER);
        jingle_receive(f.jingle, iq);
        xmpp_stanza_release(iq);
    }
    ck_assert_uint_eq(f.results + f.errors, answers);
    ck_assert_uint_eq(f.mem.bytes, before);
    check_friend();
    figures("answers that nobody asked for", 100000);
}
END_TEST

/* ---- sids that collide --------------------------------------------------------------------- */

#define COLLIDING 2000
#define BITS 0x1fff /* as many buckets as the table has with so many sessions, and more */

/** Sids that share the low bits of their hash for who knows the key. */
static void make_colliding(char sids[COLLIDING][16])
{
    const uint8_t *key = f.jingle->hash_key;
    uint64_t own = jingle__siphash(key, OWN, strlen(OWN)),
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
    for (unsigned i = 0; i < COLLIDING; i++)
        offer(FLOODER, sids[i]);
    ck_assert_uint_eq(jingle_count_sessions(f.jingle), COLLIDING);
    return longest_chain();
}

/* The key is random, so what collides for one manager does not for the next. */
START_TEST(sids_that_collide)
{
    static char sids[COLLIDING][16];
    unsigned known, secret;

    tear_down();
    begin(known_key);
    make_colliding(sids);
    known = chain_after_all(sids);
    tear_down();
    begin(NULL);
    secret = chain_after_all(sids);
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
    TCase *tcase = tcase_create("bounded");

    suite_add_tcase(suite, tcase);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_set_timeout(tcase, 120);
    tcase_add_test(tcase, offers_by_one_peer);
    tcase_add_test(tcase, offers_by_as_many_peers);
    tcase_add_test(tcase, queue_behind_a_slow_handler);
    tcase_add_test(tcase, queue_behind_a_handler_that_never_ends);
    tcase_add_loop_test(tcase, at_and_over_each_limit, 0, (int)(sizeof limits / sizeof limits[0]));
    tcase_add_test(tcase, reasons_without_end);
    tcase_add_test(tcase, unsolicited_answers);
    tcase_add_test(tcase, sids_that_collide);
    return run_suite(suite);
}
