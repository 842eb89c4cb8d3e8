/* SPDX-License-Identifier: MIT */
/** @file
 *  What tests of floods share. */
#include "flood.h"

#include <stdio.h>
#include <string.h>

#ifdef HAVE_CONFIG_H
#include <config.h>
#endif
#ifdef HAVE_VALGRIND_CALLGRIND_H
#include <valgrind/callgrind.h>
#else
#define CALLGRIND_ZERO_STATS
#define CALLGRIND_DUMP_STATS_AT(name) ((void)(name))
#endif

#include "support/runner.h"

flood_t f;

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

void flood_begin(jingle_random_fn random)
{
    memset(&f, 0, sizeof f);
    test_mem_init(&f.mem);
    f.ctx = xmpp_ctx_new(NULL, NULL);
    f.jingle = jingle_new(f.ctx, JINGLE_CONFIG(.mem = &f.mem.mem, .jid = FLOOD_OWN, .send = on_send,
                                               .random = random));
    ck_assert_ptr_nonnull(f.jingle);
    jingle_register_session_type(f.jingle, FLOOD_APP, &type, NULL);
    f.began = clock();
    CALLGRIND_ZERO_STATS;
}

void flood_end(void)
{
    jingle_free(f.jingle);
    jingle_reply_release(f.kept);
    ck_assert_uint_eq(test_mem_report(&f.mem, stderr), 0);
    xmpp_ctx_free(f.ctx);
}

void flood_figures(const char *what, unsigned n, size_t bytes, size_t refused)
{
    double seconds = (double)(clock() - f.began) / CLOCKS_PER_SEC;
    char name[80];

    snprintf(name, sizeof name, "%u %s", n + f.friendly, what);
    CALLGRIND_DUMP_STATS_AT(name);
    printf("# %s: %u stanzas, %.1f us of CPU each with making them, %zu octets kept at most, %zu "
           "in the end, %zu allocations for one that is refused; the friend: %u stanzas, %zu "
           "allocations and %.0f us of CPU at worst\n",
           what, n, seconds * 1e6 / n, f.mem.peak, f.mem.bytes, f.refused, f.friendly, f.served,
           f.patience);
    ck_assert_uint_le(f.mem.peak, bytes);
    ck_assert_uint_le(f.refused, refused);
    ck_assert_uint_gt(f.friendly, 0);
    ck_assert_uint_eq(f.served, 0); /* as without a flood */
}

/* ---- stanzas ------------------------------------------------------------------------------- */

xmpp_stanza_t *flood_child(xmpp_stanza_t *parent, const char *name, const char *ns)
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

xmpp_stanza_t *flood_iq(const char *from, const char *action, const char *sid,
                        xmpp_stanza_t **jingle)
{
    xmpp_stanza_t *iq = flood_child(NULL, "iq", "jabber:client");

    xmpp_stanza_set_type(iq, "set");
    xmpp_stanza_set_id(iq, sid);
    xmpp_stanza_set_from(iq, from);
    xmpp_stanza_set_to(iq, FLOOD_OWN);
    *jingle = flood_child(iq, "jingle", JINGLE_NS);
    xmpp_stanza_set_attribute(*jingle, "action", action);
    xmpp_stanza_set_attribute(*jingle, "sid", sid);
    return iq;
}

void hand_in(xmpp_stanza_t *iq)
{
    size_t before = f.mem.calls;

    ck_assert(jingle_receive(f.jingle, iq));
    xmpp_stanza_release(iq);
    if (f.last_was_error && f.mem.calls - before > f.refused)
        f.refused = f.mem.calls - before;
}

xmpp_stanza_t *add_content(xmpp_stanza_t *jingle)
{
    xmpp_stanza_t *content = flood_child(jingle, "content", JINGLE_NS);

    xmpp_stanza_set_attribute(content, "creator", "initiator");
    xmpp_stanza_set_attribute(content, "name", "c");
    flood_child(content, "description", FLOOD_APP);
    return flood_child(content, "transport", "urn:example:transport:0");
}

void offer(const char *from, const char *sid)
{
    xmpp_stanza_t *jingle, *iq = flood_iq(from, "session-initiate", sid, &jingle);

    add_content(jingle);
    hand_in(iq);
}

void info(const char *from, const char *sid)
{
    xmpp_stanza_t *jingle;

    hand_in(flood_iq(from, "session-info", sid, &jingle));
}

void check_friend(void)
{
    uint64_t handled = f.handled;
    bool keep = f.keep;
    size_t calls = f.mem.calls;
    clock_t before = clock();
    double waited;

    f.keep = false;
    info(FRIEND, "friendly");
    waited = (double)(clock() - before) * 1e6 / CLOCKS_PER_SEC;
    ck_assert(!f.last_was_error);
    ck_assert_uint_eq(f.handled, handled + 1);
    f.keep = keep;
    f.friendly++;
    if (f.mem.calls - calls > f.served)
        f.served = f.mem.calls - calls;
    if (waited > f.patience)
        f.patience = waited;
}
