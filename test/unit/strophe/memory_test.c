/* SPDX-License-Identifier: MIT */
/** @file
 *  The binding when memory runs out: in the library's allocator and in libstrophe's, at each
 *  allocation in turn, once and from there on. Nothing crashes, nothing leaks (trap 3: libstrophe's
 *  own way to build an error does both), and what cannot be done is said or left alone. The two
 *  allocators are two because the context's is not to be had (trap 4): what took from it would be
 *  missed in the one and left over in the other. */
#include "world.h"

#include <strophe/binding.h>

static jingle__binding_t *binding;

static void go_online_with(const jingle_attach_config_t *config)
{
    ck_assert_int_eq(jingle_attach_with(w.jingle, w.conn, config), JINGLE_EOK);
    w.tell_events = true;
    log_in();
    run_for(5);
    binding = jingle__binding_get(w.jingle);
}

/** Runs step with the n-th allocation failing, n from 1, until it was not reached: that one, and all
 *  from there on. @return in how many runs an allocation failed */
static unsigned exhaust_one(test_mem_t *mem, void (*step)(void))
{
    unsigned runs = 0;

    for (unsigned on = 0; on < 2; on++) {
        for (size_t n = 1;; n++) {
            size_t failures;
            test_mem_fail_at(mem, n, on);
            step();
            failures = mem->failures;
            test_mem_fail_at(mem, 0, false);
            if (failures == 0)
                break;
            runs++;
            ck_assert_uint_lt(n, 500);
        }
    }
    return runs;
}

/** The library's allocator, then libstrophe's. */
static unsigned exhaust(void (*step)(void))
{
    unsigned runs = exhaust_one(&w.mem, step);

    return runs + exhaust_one(&w.ctx_mem, step);
}

/** Takes what was sent. @return how many stanzas */
static unsigned drain(const char *piece)
{
    unsigned n = 0;
    char *xml;

    run_for(5);
    while ((xml = fake_server_take(w.server, 0))) {
        n += strstr(xml, piece) != NULL;
        free(xml);
    }
    return n;
}

static xmpp_stanza_t *stanza;

static void prepare(const char *xml)
{
    stanza = xmpp_stanza_new_from_string(w.ctx, xml);
    ck_assert_ptr_nonnull(stanza);
}

static unsigned steps;

static void receive(void)
{
    steps++;
    jingle_receive(w.jingle, stanza);
}

/* One answer at most to each, and none but for want of memory to send it. */
START_TEST(answers)
{
    static const char *const stanzas[] = {
        "<iq type='get' id='x' from='" PEER
        "'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>",
        "<iq type='get' id='x' from='" PEER
        "'><query xmlns='http://jabber.org/protocol/disco#items'/></iq>",
        "<iq type='get' id='x' from='" PEER
        "'><query xmlns='http://jabber.org/protocol/disco#info' node='n'/></iq>",
    };
    unsigned failed, answered;

    go_online_with(JINGLE_ATTACH(.answer_disco = true));
    prepare(stanzas[_i]);
    steps = 0;
    /* Ours only: libstrophe crashes without memory when it is asked for an element's attributes. */
    failed = exhaust_one(&w.mem, receive);
    answered = drain("id=\"x\"");
    ck_assert_uint_ge(failed, 1);
    ck_assert_uint_le(answered, steps);
    ck_assert_uint_ge(answered, 2); /* the last run of each way */
    xmpp_stanza_release(stanza);
}
END_TEST

static void unhandled(void)
{
    steps++;
    jingle__answer_unhandled(binding->hook, stanza);
}

START_TEST(answers_of_the_binding)
{
    go_online_with(JINGLE_ATTACH(.answer_unhandled = true));
    prepare("<iq type='get' id='x' from='" PEER "'><query xmlns='jabber:iq:version'/></iq>");
    steps = 0;
    ck_assert_uint_gt(exhaust(unhandled), 3);
    ck_assert_uint_ge(drain("id=\"x\""), 4);
    xmpp_stanza_release(stanza);
}
END_TEST

static unsigned n_stale;

/** There is a new feature: what is told then is not the hash of those before, in a presence that has one
 *  already. */
static void new_feature(void)
{
    static unsigned n;
    char name[32], before[64];
    jingle__binding_t *of = jingle__binding_get(w.jingle);

    snprintf(before, sizeof before, "%s", of->ver);
    snprintf(name, sizeof name, "urn:example:%u", n++);
    if (jingle_add_feature(w.jingle, name) != JINGLE_EOK)
        return;
    jingle_add_caps(w.jingle, stanza);
    if (jingle_add_caps(w.jingle, stanza) == JINGLE_EOK && strcmp(before, of->ver) == 0)
        n_stale++;
}

START_TEST(capabilities)
{
    go_online_with(JINGLE_ATTACH(.answer_disco = true));
    prepare("<presence/>");
    ck_assert_int_eq(jingle_add_caps(w.jingle, stanza), JINGLE_EOK);
    n_stale = 0;
    ck_assert_uint_gt(exhaust(new_feature), 3);
    ck_assert_uint_eq(n_stale, 0);
    xmpp_stanza_release(stanza);
}
END_TEST

/* ---- attaching ---- */

static const char *const allowed[] = {"a@b", "c@d", "romeo@montague.example"};
static const jingle_identity_t identities[] = {
    {.category = "client", .type = "bot", .lang = "en", .name = "x"},
    {.category = "client", .type = "console"}};

static void attach(void)
{
    int err = jingle_attach_with(w.jingle, w.conn,
                                 JINGLE_ATTACH(.offers = JINGLE_OFFERS_LISTED, .allowed = allowed,
                                               .n_allowed = 3, .answer_disco = true,
                                               .identities = identities, .n_identities = 2,
                                               .node = "https://example.org"));

    ck_assert_msg(err == JINGLE_EOK || err == JINGLE_EMEM, "%d", err);
    if (!err)
        ck_assert_int_eq(jingle_detach(w.jingle), JINGLE_EOK);
    else
        ck_assert_ptr_null(jingle_get_conn(w.jingle));
}

static void attach_new_manager(void)
{
    jingle_t *jingle = jingle_new(w.ctx, JINGLE_CONFIG(.mem = &w.mem.mem));
    int err = jingle ? jingle_attach(jingle, w.conn) : JINGLE_EMEM;

    ck_assert(err == JINGLE_EOK || err == JINGLE_EMEM);
    jingle_free(jingle);
}

START_TEST(attaching)
{
    ck_assert_uint_gt(exhaust(attach), 10);
    ck_assert_uint_gt(exhaust(attach_new_manager), 3);
    /* Settings that could not be had change nothing. */
    ck_assert_int_eq(jingle_attach_with(w.jingle, w.conn, JINGLE_ATTACH(.grace = 5)), JINGLE_EOK);
    for (size_t n = 1; n < 8; n++) {
        test_mem_fail_at(&w.mem, n, true);
        ck_assert_int_eq(
            jingle_attach_with(w.jingle, w.conn,
                               JINGLE_ATTACH(.grace = 6, .answer_disco = true, .allowed = allowed,
                                             .n_allowed = 3, .identities = identities,
                                             .n_identities = 2)),
            JINGLE_EMEM);
        test_mem_fail_at(&w.mem, 0, false);
        ck_assert_uint_eq(jingle__binding_get(w.jingle)->grace, 5);
        ck_assert_ptr_null(jingle_get_feature(w.jingle, 1));
    }
}
END_TEST

/* ---- what is kept of peers ---- */

static void device(void)
{
    jingle__devices_presence(binding, stanza, PEER, true);
    jingle__devices_presence(binding, stanza, PEER, false);
}

static void leave(void)
{
    jingle__leave_start(binding, NULL, PEER);
    jingle__leave_stop(binding, NULL, PEER);
}

static void push(void)
{
    jingle__roster_push(binding, stanza);
    jingle__map_free_keyed(&binding->contacts, &binding->mem);
}

static void allow(void)
{
    int err = jingle_allow(w.jingle, "Mercutio@verona.example");

    ck_assert(err == JINGLE_EOK || err == JINGLE_EMEM);
    ck_assert_int_eq(jingle_disallow(w.jingle, "mercutio@verona.example"),
                     err ? JINGLE_ENOENT : JINGLE_EOK);
}

static void learn(void)
{
    jingle__caps_id_t id = {.hash = JINGLE__HASH_SHA1, .node = "n"};
    char ver[JINGLE__VER_SIZE];
    xmpp_stanza_t *query = jingle_element_child(stanza, "query", NULL);
    jingle__doc_t *doc = NULL;

    if (jingle__doc_parse(&w.mem.mem, query, &doc) != JINGLE_EOK)
        return;
    if (jingle__caps_ver(&w.mem.mem, JINGLE__HASH_SHA1, doc, query, ver) == JINGLE_EOK) {
        id.ver = ver;
        jingle__caps_learn(binding, &id, doc, query);
    }
    jingle__bind_free(&w.mem.mem, doc);
    jingle__caps_clear(binding);
}

START_TEST(knowledge)
{
    go_online_with(JINGLE_ATTACH(.offers = JINGLE_OFFERS_CONTACTS));
    ck_assert_uint_eq(drain("jabber:iq:roster"), 1);
    jingle_set_offers(w.jingle, JINGLE_OFFERS_ANYONE);
    session_from(PEER, "s1");
    jingle_set_offers(w.jingle, JINGLE_OFFERS_CONTACTS);
    drain("");
    prepare("<presence><c xmlns='http://jabber.org/protocol/caps' hash='sha-1' node='n' "
            "ver='v'/></presence>");
    ck_assert_uint_ge(exhaust(device), 2);
    xmpp_stanza_release(stanza);
    ck_assert_uint_ge(exhaust(leave), 2);
    prepare("<iq type='set' id='x'><query xmlns='jabber:iq:roster'><item jid='a@b' "
            "subscription='both'/>"
            "<item jid='c@d' subscription='from'/></query></iq>");
    ck_assert_uint_ge(exhaust(push), 2);
    xmpp_stanza_release(stanza);
    ck_assert_uint_ge(exhaust(allow), 1);
    prepare("<iq><query xmlns='http://jabber.org/protocol/disco#info'><identity category='a' "
            "type='b'/><feature "
            "var='f'/><x xmlns='jabber:x:data'><field var='FORM_TYPE' "
            "type='hidden'><value>t</value></field><field "
            "var='a'><value>b</value></field></x></query></iq>");
    ck_assert_uint_ge(exhaust(learn), 5);
    xmpp_stanza_release(stanza);
}
END_TEST

/* ---- asking ---- */

static void on_supports(jingle_t *jingle, const char *peer, const char *feature, int supported,
                        void *userdata)
{
    (void)jingle, (void)peer, (void)feature, (void)supported;
    ++*(unsigned *)userdata;
}

static unsigned asked, told;

static void ask(void)
{
    int err = jingle_query_feature(w.jingle, PEER, NULL, "f", on_supports, &told);

    ck_assert(err == JINGLE_EOK || err == JINGLE_EMEM);
    asked += !err;
}

static void announce(void)
{
    xmpp_stanza_t *presence = xmpp_presence_new(w.ctx);
    int err;

    if (!presence)
        return;
    binding->ver[0] = '\0';
    err = jingle_add_caps(w.jingle, presence);
    ck_assert(err == JINGLE_EOK || err == JINGLE_EMEM);
    ck_assert_int_eq(jingle_element_child(presence, "c", JINGLE_NS_CAPS) != NULL,
                     err == JINGLE_EOK);
    xmpp_stanza_release(presence);
}

START_TEST(asking)
{
    go_online_with(JINGLE_ATTACH(.answer_disco = true));
    asked = told = 0;
    ck_assert_uint_gt(exhaust(ask), 5);
    ck_assert_uint_eq(drain("disco#info"), asked);
    ck_assert_uint_eq(binding->n_queries, asked);
    ck_assert_uint_ge(exhaust(announce), 3);
    free_manager();
    ck_assert_uint_eq(told, asked);
}
END_TEST

/* ---- the trace, and who we are ---- */

static void on_trace(jingle_t *jingle, bool sent, const char *line, void *userdata)
{
    (void)jingle, (void)sent, (void)line, (void)userdata;
}

static void trace(void)
{
    static const char xml[] = "<message xmlns=\"jabber:client\"><body>x</body></message>";

    jingle__trace_sent(binding->hook, xml, strlen(xml));
}

static void become(void)
{
    static unsigned number;
    char own[64];

    snprintf(own, sizeof own, "juliet@capulet.example/%u", number++);
    jingle__bind_free(&binding->mem, binding->own);
    binding->own = jingle__bind_strdup(&binding->mem, own);
    binding->hook->online = false;
    jingle__online_update(binding->hook);
    if (!binding->hook->online)
        ck_assert(!binding->own || strcmp(binding->own, OWN) != 0);
}

START_TEST(others)
{
    go_online_with(JINGLE_ATTACH(.trace = on_trace));
    ck_assert_uint_ge(exhaust_one(&w.mem, trace), 2); /* libstrophe's parser does not survive it */
    ck_assert_uint_ge(exhaust(become), 3);
    jingle__online_update(binding->hook);
    ck_assert(binding->hook->online);
    ck_assert_str_eq(binding->own, OWN);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("memory");
    TCase *tcase = add_case(suite, "memory");

    tcase_add_loop_test(tcase, answers, 0, 3);
    tcase_add_test(tcase, answers_of_the_binding);
    tcase_add_test(tcase, capabilities);
    tcase_add_test(tcase, attaching);
    tcase_add_test(tcase, knowledge);
    tcase_add_test(tcase, asking);
    tcase_add_test(tcase, others);
    return run_suite(suite);
}
