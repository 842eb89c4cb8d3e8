/* SPDX-License-Identifier: MIT */
/** @file
 *  Two managers and the proxies of both on a virtual network: whatever the order in which stanzas and
 *  connections pass, both sides come to the same decision, which is the one that the rule prescribes.
 *  Every order of the first eleven steps is played, each with one order of what follows, and time passes
 *  when nothing else can. With --full every order of all steps is, and time may pass at any moment.
 *  Checklist: J260-17, J260-18, J260-19, J260-20, J260-22. */
#include <stdlib.h>
#include <string.h>

#include <jingle/s5b.h>

#include "bytes_app.h"
#include "support/engine.h"
#include "support/runner.h"
#include "support/virtual_net.h"
#include "transport/s5b/s5b.h"

/* ---- the world ------------------------------------------------------------------------------- */

/** What one side offers, a letter each:
 *  D an address that answers, d one that refuses; P a proxy, X one that refuses to activate,
 *  O one that its owner cannot reach, p one that nobody can. */
static const char *const menus[] = {"", "D", "d", "dD", "P", "dP", "X", "O", "p"};

#define MENUS (sizeof menus / sizeof *menus)

static const char *const jids[] = {ENGINE_OWN, ENGINE_PEER};
static const char *const hosts[2][3] = {{"10.0.0.1", "10.0.0.2", NULL},
                                        {"10.0.1.1", "10.0.1.2", NULL}};
static const char *const proxy_hosts[2][2] = {{"10.9.0.1", NULL}, {"10.9.1.1", NULL}};
static const char *const proxy_jids[2] = {"proxy.i.example", "proxy.r.example"};

typedef struct {
    jingle_socket_t *socket;
    jingle__socks_t socks;
    bool ready;
} guest_t;

typedef struct {
    jingle_net_t *net;
    guest_t guests[4];
    unsigned n_guests;
    bool active;
} proxy_t;

/** A candidate as its side has offered it. */
typedef struct {
    char cid[JINGLE__S5B_ID_SIZE], host[16];
    unsigned long priority;
    bool proxy;
} told_t;

#define TOLD_MAX 4

typedef struct {
    engine_t *engine;
    jingle_net_t *net;
    bytes_app_t app;
    size_t delivered; /**< of its stanzas */
    const char *menu;
    proxy_t proxy;
    told_t told[TOLD_MAX];
    unsigned n_told;
    const told_t *named;                       /**< of the other's */
    unsigned results, activated, proxy_errors; /**< that it said */
    bool swap;                                 /**< its activated overtakes what it said before */
} side_t;

static vnet_t world;
static side_t sides[2];

static vnet_fate_t fate(vnet_t *net, jingle_net_t *from, const char *address, uint16_t port)
{
    (void)net, (void)port;
    for (int i = 0; i < 2; i++) {
        for (size_t at = 0; sides[i].menu[at]; at++)
            if (strcmp(address, hosts[i][at]) == 0 && strchr("Dd", sides[i].menu[at]))
                return sides[i].menu[at] == 'D' ? VNET_ANSWERS : VNET_REFUSES;
        if (strcmp(address, proxy_hosts[i][0]) == 0)
            return strchr(sides[i].menu, 'p') ||
                           (strchr(sides[i].menu, 'O') && from == sides[i].net)
                       ? VNET_REFUSES
                       : VNET_ANSWERS;
    }
    return VNET_REFUSES;
}

static bool may_offer(jingle_session_t *session, const char *address, void *userdata)
{
    const side_t *side = userdata;

    (void)session;
    for (size_t at = 0; side->menu[at]; at++)
        if (strchr("Dd", side->menu[at]) && strcmp(hosts[side - sides][at], address) == 0)
            return true;
    return false;
}

/* ---- proxies --------------------------------------------------------------------------------- */

static guest_t *other_of(proxy_t *proxy, const guest_t *guest)
{
    for (unsigned i = 0; i < proxy->n_guests; i++)
        if (&proxy->guests[i] != guest && proxy->guests[i].ready)
            return &proxy->guests[i];
    return NULL;
}

static proxy_t *proxy_of(const guest_t *guest)
{
    return guest >= sides[1].proxy.guests && guest < sides[1].proxy.guests + 4 ? &sides[1].proxy
                                                                               : &sides[0].proxy;
}

static void proxy_data(jingle_socket_t *socket, const void *data, size_t len, void *userdata)
{
    guest_t *guest = userdata, *other;
    proxy_t *proxy = proxy_of(guest);
    size_t used;

    if (guest->ready) {
        ck_assert(proxy->active);
        other = other_of(proxy, guest);
        ck_assert_ptr_nonnull(other);
        proxy->net->send(proxy->net, other->socket, data, len);
        return;
    }
    if (jingle__socks_server_feed(&guest->socks, data, len, &used) == SOCKS_DONE) {
        jingle__socks_server_answer(&guest->socks, true);
        guest->ready = true;
    }
    proxy->net->send(proxy->net, socket, guest->socks.out, guest->socks.out_len);
    guest->socks.out_len = 0;
}

static void proxy_closed(jingle_socket_t *socket, int err, void *userdata)
{
    (void)socket, (void)err;
    ((guest_t *)userdata)->ready = false;
}

static const jingle_socket_events_t proxy_events = {NULL, proxy_data, NULL, proxy_closed};

static void proxy_accept(jingle_net_t *net, jingle_socket_t *socket, void *userdata)
{
    proxy_t *proxy = userdata;
    guest_t *guest = &proxy->guests[proxy->n_guests++];

    ck_assert_uint_le(proxy->n_guests, 4);
    guest->socket = socket;
    jingle__socks_server(&guest->socks);
    net->set_events(net, socket, &proxy_events, guest);
}

/** As XEP-0065 section 6.3.5 has it: both are there, or it is an error. */
static void activate(side_t *side, xmpp_stanza_t *iq)
{
    proxy_t *proxy = &side->proxy;

    ck_assert_str_eq(xmpp_stanza_get_to(iq), proxy_jids[side - sides]);
    proxy->active = !strchr(side->menu, 'X') && proxy->n_guests >= 2;
    engine_feed(side->engine,
                "<iq xmlns='jabber:client' type='%s' id='%s' from='%s' to='%s'>%s</iq>",
                proxy->active ? "result" : "error", xmpp_stanza_get_id(iq), xmpp_stanza_get_to(iq),
                jids[side - sides],
                proxy->active ? ""
                              : "<error type='cancel'><item-not-found "
                                "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>");
}

/* ---- stanzas --------------------------------------------------------------------------------- */

static xmpp_stanza_t *transport_of(xmpp_stanza_t *iq)
{
    xmpp_stanza_t *jingle = jingle_element_child(iq, "jingle", JINGLE_NS);

    return jingle_element_child(jingle_element_child(jingle, "content", NULL), "transport", NULL);
}

static bool says(xmpp_stanza_t *iq, const char *name)
{
    return jingle_element_child(transport_of(iq), name, NULL) != NULL;
}

static void note_offer(side_t *from, xmpp_stanza_t *iq)
{
    xmpp_stanza_t *one = jingle_element_child(transport_of(iq), "candidate", NULL);

    for (; one; one = jingle_element_next(one)) {
        told_t *told = &from->told[from->n_told++];

        ck_assert_uint_le(from->n_told, TOLD_MAX);
        snprintf(told->cid, sizeof told->cid, "%s", xmpp_stanza_get_attribute(one, "cid"));
        snprintf(told->host, sizeof told->host, "%s", xmpp_stanza_get_attribute(one, "host"));
        told->priority = strtoul(xmpp_stanza_get_attribute(one, "priority"), NULL, 10);
        told->proxy = strcmp(xmpp_stanza_get_attribute(one, "type"), "proxy") == 0;
    }
}

static void note_choice(side_t *from, const side_t *other, xmpp_stanza_t *iq)
{
    xmpp_stanza_t *used = jingle_element_child(transport_of(iq), "candidate-used", NULL);

    for (unsigned i = 0; used && i < other->n_told; i++)
        if (strcmp(other->told[i].cid, xmpp_stanza_get_attribute(used, "cid")) == 0)
            from->named = &other->told[i];
    ck_assert(!used || from->named);
}

static void hand_over(side_t *from, xmpp_stanza_t *stanza)
{
    side_t *to = &sides[from == sides];
    char *text;
    size_t len;

    from->results += says(stanza, "candidate-used") + says(stanza, "candidate-error");
    from->activated += says(stanza, "activated");
    from->proxy_errors += says(stanza, "proxy-error");
    note_offer(from, stanza);
    note_choice(from, to, stanza);
    xmpp_stanza_set_from(stanza, jids[from - sides]);
    ck_assert_int_eq(xmpp_stanza_to_text(stanza, &text, &len), XMPP_EOK);
    engine_feed(to->engine, "%s", text);
    xmpp_free(from->engine->ctx, text);
}

/** Answers of a side pass with what comes before and behind them. */
static bool deliver(side_t *from)
{
    bool requests = false;

    while (from->delivered < from->engine->n_sent) {
        xmpp_stanza_t *stanza = from->engine->sent[from->delivered];
        bool request = strcmp(xmpp_stanza_get_type(stanza), "set") == 0;

        if (request && requests)
            break;
        /* What it said is kept back until it has activated. */
        if (from->swap && (says(stanza, "candidate-used") || says(stanza, "candidate-error"))) {
            xmpp_stanza_t *last = from->engine->sent[from->engine->n_sent - 1];
            from->swap = false;
            if (says(last, "activated"))
                hand_over(from, last);
        }
        requests = requests || request;
        from->delivered++;
        if (strncmp(xmpp_stanza_get_to(stanza), "proxy.", 6) == 0)
            activate(from, stanza);
        else
            hand_over(from, stanza);
    }
    return requests;
}

static bool has_stanzas(const side_t *side)
{
    return side->delivered < side->engine->n_sent;
}

/* ---- one run --------------------------------------------------------------------------------- */

static void begin_side(side_t *side, const char *menu)
{
    size_t index = (size_t)(side - sides);
    jingle_socket_t *listener;
    jingle_s5b_proxy_t proxy = {.jid = proxy_jids[index], .host = proxy_hosts[index][0]};
    bool relay = strpbrk(menu, "PXOp") != NULL;

    *side = (side_t){.menu = menu};
    side->engine = engine_new(JINGLE_CONFIG(.jid = jids[index]));
    side->net = vnet_host(&world, hosts[index]);
    side->proxy.net = vnet_host(&world, proxy_hosts[index]);
    ck_assert_int_eq(jingle_set_net(side->engine->jingle, side->net), JINGLE_EOK);
    side->proxy.net->listen(side->proxy.net, NULL, 0, proxy_accept, &side->proxy, &listener);
    proxy.port = side->proxy.net->get_port(side->proxy.net, listener);
    ck_assert_int_eq(
        jingle_register_s5b(side->engine->jingle,
                            JINGLE_S5B(.find_no_proxies = true, .may_offer = may_offer,
                                       .userdata = side, .proxies = &proxy, .n_proxies = relay)),
        JINGLE_EOK);
    ck_assert_int_eq(bytes_app_register(side->engine->jingle, &side->app), JINGLE_EOK);
    engine_wait(side->engine, 0);
}

static void end_side(side_t *side)
{
    engine_free_manager(side->engine);
    bytes_app_clear(&side->app);
    ck_assert_uint_eq(engine_free(side->engine), 0);
    side->proxy.net->free(side->proxy.net);
}

static void offer(void)
{
    jingle_session_t *session;

    ck_assert_int_eq(
        jingle_managed_session_new(sides[0].engine->jingle, ENGINE_PEER, NULL, &session),
        JINGLE_EOK);
    ck_assert_int_eq(jingle_session_add_content(
                         session, JINGLE_CONTENT(.application = BYTES_NS, .name = "c"), NULL),
                     JINGLE_EOK);
    ck_assert_int_eq(jingle_session_start(session), JINGLE_EOK);
    ck_assert(deliver(&sides[0]));     /* session-initiate */
    ck_assert(has_stanzas(&sides[1])); /* session-accept is on its way */
}

/* ---- all orders: the choices of a run, and how many there were ------------------------------- */

enum { I_STANZA, R_STANZA, I_NET, R_NET, TIME, ACTIONS };

#define DEPTH_MAX 64
#define SOON 1000u
#define DECIDED 11u

static unsigned choices[DEPTH_MAX], widths[DEPTH_MAX], depth;

static uint64_t due(void)
{
    uint64_t next = JINGLE_NEVER;

    for (int i = 0; i < 2; i++) {
        uint64_t own = jingle_tick(sides[i].engine->jingle, sides[i].engine->now);
        next = own < next ? own : next;
    }
    return next;
}

static void pass_time(uint64_t ms)
{
    world.now += ms;
    for (int i = 0; i < 2; i++)
        engine_wait(sides[i].engine, ms);
}

static bool is_full(void)
{
    return getenv("JINGLE_TEST_FULL") != NULL;
}

static bool is_possible(unsigned action, uint64_t next)
{
    if (action == TIME)
        return next <= SOON;
    return action <= R_STANZA ? has_stanzas(&sides[action])
                              : vnet_is_waiting(&world, sides[action - I_NET].net);
}

static void play(unsigned action, uint64_t next)
{
    if (action == TIME)
        pass_time(next);
    else if (action <= R_STANZA)
        deliver(&sides[action]);
    else
        vnet_run(&world, sides[action - I_NET].net);
}

/** @return false when nothing is left to happen soon */
static bool step(void)
{
    unsigned possible[ACTIONS], n = 0;
    uint64_t next = due();

    /* With --full time may pass at any moment, else when nothing else happens; and the end of a
     * session, long after the decision, has one order. */
    for (unsigned action = 0; action < ACTIONS; action++)
        if (is_possible(action, next) && (action != TIME || !n || is_full()))
            possible[n++] = action;
    if (!n)
        return false;
    ck_assert_uint_lt(depth, DEPTH_MAX);
    if (depth >= DECIDED && !is_full())
        n = 1;
    widths[depth] = n;
    play(possible[choices[depth]], next);
    depth++;
    return true;
}

/** @return false when every order was played */
static bool next_choices(void)
{
    while (depth) {
        depth--;
        if (++choices[depth] < widths[depth]) {
            for (unsigned i = depth + 1; i < DEPTH_MAX; i++)
                choices[i] = 0;
            return true;
        }
        choices[depth] = 0;
    }
    return false;
}

/** XEP-0260 section 2.4, from what was said: the higher priority, of equals what the initiator named. */
static const told_t *prescribed(void)
{
    const told_t *first = sides[0].named, *second = sides[1].named;

    if (!first || !second)
        return first ? first : second;
    return second->priority > first->priority ? second : first;
}

/** Both have the connection that the rule prescribes: what one says the other hears. */
static void check_open(void)
{
    const told_t *winner = prescribed();
    const char *host[2] = {"", ""};
    jingle_s5b_path_t path[2];

    for (int i = 0; i < 2; i++) {
        ck_assert_uint_eq(sides[i].app.n_open, 1);
        path[i] = jingle_content_get_s5b_path(sides[i].app.content, &host[i]);
        ck_assert_int_eq(jingle_channel_send(sides[i].app.channel, jids[i], 5), 5);
    }
    vnet_run(&world, NULL);
    ck_assert_ptr_nonnull(winner);
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(path[i], winner->proxy ? JINGLE_S5B_PROXY : JINGLE_S5B_DIRECT);
        ck_assert_str_eq(host[i], winner->host);
        ck_assert_int_eq(strncmp(text_str(&sides[i].app.data), jids[!i], 5), 0);
    }
}

/** Nobody waits: the initiator has ended it, as it has no other transport. */
static void check_failed(void)
{
    for (int i = 0; i < 2; i++) {
        ck_assert_uint_eq(sides[i].app.n_open, 0);
        ck_assert_uint_eq(jingle_count_sessions(sides[i].engine->jingle), 0);
    }
    ck_assert_uint_eq(sides[0].results, 1);
}

static bool must_work(void)
{
    const char *a = sides[0].menu, *b = sides[1].menu;

    if (strchr(a, 'D') || strchr(b, 'D'))
        return true;
    return (strchr(a, 'P') || strchr(b, 'P')) && !strpbrk(a, "XO") && !strpbrk(b, "XO");
}

static void run(const char *initiator, const char *responder, int swap)
{
    bool open;

    world = (vnet_t){.fate = fate};
    begin_side(&sides[0], initiator);
    begin_side(&sides[1], responder);
    if (swap >= 0)
        sides[swap].swap = true;
    offer();
    depth = 0;
    while (step())
        continue;
    open = sides[0].app.n_open == 1;
    if (open)
        check_open();
    else
        check_failed();
    ck_assert_msg(open || !must_work(), "[%s] and [%s] found no way", initiator, responder);
    for (int i = 0; i < 2; i++) {
        ck_assert_uint_le(sides[i].results, 1);
        ck_assert_uint_le(sides[i].activated, 1);
        ck_assert(!sides[i].activated || !sides[i].proxy_errors);
    }
    for (int i = 0; i < 2; i++)
        end_side(&sides[i]);
    ck_assert_uint_eq(world.n_open, 0);
}

static unsigned orders;

static void all_orders(const char *initiator, const char *responder, int swap)
{
    memset(choices, 0, sizeof choices);
    do {
        run(initiator, responder, swap);
        orders++;
    } while (next_choices());
}

START_TEST(every_order_comes_to_one_decision)
{
    orders = 0;
    for (size_t responder = 0; responder < MENUS; responder++)
        all_orders(menus[_i], menus[responder], -1);
    printf("# initiator [%s]: %u orders\n", menus[_i], orders);
    ck_assert_uint_gt(orders, MENUS);
}
END_TEST

/** The peer says activated before it says what it found (some do): it is remembered. */
START_TEST(activated_comes_early)
{
    orders = 0;
    all_orders("P", "", 0);
    all_orders("", "P", 1);
    all_orders("P", "d", 0);
    ck_assert_uint_gt(orders, 3);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("nominate");
    TCase *orders_case = tcase_create("orders");

    tcase_set_timeout(orders_case, 240);
    tcase_add_loop_test(orders_case, every_order_comes_to_one_decision, 0, MENUS);
    tcase_add_test(orders_case, activated_comes_early);
    suite_add_tcase(suite, orders_case);
    return run_suite(suite);
}
