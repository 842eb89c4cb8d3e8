/* SPDX-License-Identifier: MIT */
/** @file
 *  Small cases, in every order.
 *
 *  Each side does two things, without waiting. What can come before or after what: a side's own two
 *  acts, and the stanzas of the other that are delivered to it. Links keep their order, and what
 * happens at one side does not touch the other but by its stanzas; so two runs in which each side
 * sees the same order are the same run, and one of them is enough. */
#include "exhaustive.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crossing.h"

#define ACTS 2
#define STEPS (3 * 2 * ACTS) /* each act is done, delivered, and its answer is */
#define ORDERS 4096
#define LAST EXHAUSTIVE_SAME_SID /* what a side may do: one of the 15 actions, or that */
#define RENEW 500                /* runs in one world */

typedef enum { STARTING, PENDING, ACTIVE, ENDED, STATES } state_t;

/** One order: who does the next step; a capital one acts, a small one gets a stanza. */
typedef struct {
    char steps[STEPS + 1];
    char seen[2][STEPS + 1]; /**< by each side: its own acts and what it gets */
} order_t;

typedef struct {
    order_t *orders;
    size_t n_orders;
    jingle_sim_t *sim;
    raw_t *side[2];
    unsigned runs, number;
    jingle_session_t *session[2]; /**< references */
    crossing_t crossing;
    uint64_t n_runs;
    const exhaustive_plant_t *plant; /**< or NULL */
} small_t;

/* ---- the orders -------------------------------------------------------------------------------
 */

typedef struct {
    order_t order;
    size_t n;
    unsigned acts[2], waiting[2]; /**< waiting: requests and answers for that side */
    unsigned char link[2][STEPS]; /**< for that side: 1 a request, 0 an answer */
    unsigned first[2];
} walk_t;

static bool is_known(const small_t *small, const order_t *order)
{
    for (size_t i = 0; i < small->n_orders; i++)
        if (strcmp(small->orders[i].seen[0], order->seen[0]) == 0 &&
            strcmp(small->orders[i].seen[1], order->seen[1]) == 0)
            return true;
    return false;
}

static void put(walk_t *walk, int to, unsigned char request)
{
    walk->link[to][walk->first[to] + walk->waiting[to]++] = request;
}

static void walk_on(small_t *small, walk_t walk, int side, bool act)
{
    size_t seen = strlen(walk.order.seen[side]);

    walk.order.steps[walk.n++] = (char)((act ? 'A' : 'a') + side);
    walk.order.seen[side][seen] = act ? '!' : '.';
    if (act) {
        walk.acts[side]++;
        put(&walk, !side, 1);
    } else {
        walk.waiting[side]--;
        if (walk.link[side][walk.first[side]++])
            put(&walk, !side, 0);
    }
    if (walk.n == STEPS && !is_known(small, &walk.order) && small->n_orders < ORDERS)
        small->orders[small->n_orders++] = walk.order;
    for (int next = 0; next < 2; next++) {
        if (walk.acts[next] < ACTS)
            walk_on(small, walk, next, true);
        if (walk.waiting[next])
            walk_on(small, walk, next, false);
    }
}

/* ---- one run ----------------------------------------------------------------------------------
 */

static jingle_sim_engine_t *engine(const small_t *small, int side)
{
    return small->side[side]->engine;
}

static jingle_t *manager(const small_t *small, int side)
{
    return jingle_sim_get_manager(engine(small, side));
}

static raw_t *add_side(const small_t *small, const char *jid)
{
    const exhaustive_plant_t *plant = small->plant;
    raw_t *raw = raw_add_with(small->sim, jid, NULL, plant && plant->type ? plant->type : &raw_now);

    raw->on_event = plant && plant->on_event ? plant->on_event : crossing_event;
    return raw;
}

static void renew(small_t *small, FILE *out, size_t *faults)
{
    if (small->sim)
        *faults += jingle_sim_free(small->sim, out);
    small->sim = jingle_sim_new(1);
    small->side[0] = add_side(small, "m@self.example/main");
    small->side[1] = add_side(small, "z@peer.example/r1");
    small->runs = 0;
}

static jingle_session_t *offer(small_t *small, int side, const char *application)
{
    char sid[24];
    jingle_session_t *session;

    snprintf(sid, sizeof sid, "e%u", small->number++);
    session =
        raw_create(small->side[side], jingle_sim_get_jid(engine(small, !side)), sid, application);
    jingle_session_start(session);
    return session;
}

/** Everything that is still to come, late completions included. */
static void drain(small_t *small)
{
    bool left;

    do {
        left = false;
        jingle_sim_flush(small->sim);
        for (int side = 0; side < 2; side++)
            while (small->side[side]->n_kept) {
                raw_complete(small->side[side], 0, 0);
                left = true;
            }
    } while (left);
}

static void begin(small_t *small, state_t state)
{
    jingle_session_t *session = offer(small, 0, state == STARTING ? RAW_LATER : RAW_NOW);

    small->session[0] = jingle_session_clone(session);
    if (state == STARTING)
        jingle_sim_deliver(engine(small, 0), engine(small, 1));
    else
        jingle_sim_flush(small->sim);
    small->session[1] = jingle_session_clone(
        jingle_find_session(manager(small, 1), NULL, jingle_sim_get_jid(engine(small, 0)),
                            jingle_session_get_sid(session)));
    if (state >= ACTIVE)
        jingle_session_accept(small->session[1]);
    if (state == ENDED)
        jingle_session_end(small->session[0], NULL);
    if (state >= ACTIVE)
        jingle_sim_flush(small->sim);
}

/** A sid that the other side may offer at the same time; if it is a session already, out of order. */
static void offer_same(small_t *small, int side)
{
    const char *peer = jingle_sim_get_jid(engine(small, !side));
    char sid[24];
    jingle_session_t *session;

    snprintf(sid, sizeof sid, "f%llu", (unsigned long long)small->n_runs);
    session = raw_create(small->side[side], peer, sid, RAW_SAME);
    if (session)
        jingle_session_start(session);
    else
        raw_forge(small->side[side], peer, JINGLE_ACTION_SESSION_INITIATE, sid);
    crossing_add(&small->crossing, small->side[side], session);
}

/** Once and by the responder, or out of order. */
static void accept(small_t *small, int side)
{
    jingle_session_t *session = small->session[side];

    if (jingle_session_is_initiator(session) || jingle_session_is_active(session))
        raw_forge(small->side[side], jingle_session_get_peer(session), JINGLE_ACTION_SESSION_ACCEPT,
                  jingle_session_get_sid(session));
    else
        jingle_session_accept(session);
}

static void do_action(small_t *small, int side, int action)
{
    jingle_session_t *session = small->session[side];

    if (action == EXHAUSTIVE_SAME_SID)
        offer_same(small, side);
    else if (action == JINGLE_ACTION_SESSION_INITIATE)
        crossing_add(&small->crossing, small->side[side], offer(small, side, RAW_NOW));
    else if (action == JINGLE_ACTION_SESSION_ACCEPT)
        accept(small, side);
    else if (action == JINGLE_ACTION_SESSION_TERMINATE)
        jingle_session_end(session, NULL);
    else
        raw_ask_for(small->side[side], session, (jingle_action_t)action);
}

static void finish(small_t *small)
{
    drain(small);
    jingle_sim_agree(small->sim);
    crossing_judge(&small->crossing);
    if (!jingle_session_is_ended(small->session[0]) && !jingle_session_is_ended(small->session[1]))
        raw_compare(small->side[0], small->session[0], small->side[1], small->session[1]);
    for (int side = 0; side < 2; side++)
        jingle_end_all_sessions(manager(small, side), NULL);
    drain(small);
    for (int side = 0; side < 2; side++) {
        if (jingle_count_sessions(manager(small, side)))
            jingle_sim_fault(small->sim, "sessions are left");
        jingle_session_release(small->session[side]);
        small->session[side] = NULL;
    }
}

/** @param actions of each side @return false: a rule is broken */
static bool run(small_t *small, const order_t *order, state_t state, int actions[2][ACTS])
{
    unsigned done[2] = {0, 0};
    size_t faults = jingle_sim_count_faults(small->sim);

    begin(small, state);
    if (small->plant && small->plant->before)
        small->plant->before(small->side[1]);
    for (const char *step = order->steps; *step; step++) {
        int side = (*step & 31) - 1;
        if (*step < 'a')
            do_action(small, side, actions[side][done[side]++]);
        else
            jingle_sim_deliver(engine(small, !side), engine(small, side));
    }
    finish(small);
    small->n_runs++;
    small->runs++;
    return jingle_sim_count_faults(small->sim) == faults;
}

/* ---- all of them ------------------------------------------------------------------------------
 */

static const char *name_of(int action)
{
    return action == EXHAUSTIVE_SAME_SID ? "the same sid"
                                         : jingle_action_name((jingle_action_t)action);
}

static bool run_orders(small_t *small, state_t state, int actions[2][ACTS], FILE *out)
{
    size_t faults = 0;

    for (size_t i = 0; i < small->n_orders; i++) {
        if (!small->sim || small->runs >= RENEW)
            renew(small, out, &faults);
        if (run(small, &small->orders[i], state, actions) && !faults)
            continue;
        fprintf(out, "not ok exhaustive - state %d, %s and %s against %s and %s, in the order %s\n",
                state, name_of(actions[0][0]), name_of(actions[0][1]), name_of(actions[1][0]),
                name_of(actions[1][1]), small->orders[i].steps);
        renew(small, out, &faults);
        return false;
    }
    return true;
}

static void count(small_t *small, int a, int b, int c, int d, jingle_sim_result_t *result)
{
    int actions[2][ACTS] = {{a, b}, {c, d}};

    for (int state = STARTING; state < STATES; state++)
        if (run_orders(small, (state_t)state, actions, stdout))
            result->passed++;
        else
            result->failed++;
}

static void count_pairs(small_t *small, int a, int b, bool all, jingle_sim_result_t *result)
{
    for (int c = 1; c <= LAST && all; c++)
        for (int d = 1; d <= LAST; d++)
            count(small, a, b, c, d, result);
    if (all)
        return;
    count(small, a, b, a, b, result);
    count(small, a, b, b, a, result);
}

static small_t set_up(void)
{
    small_t small = {.orders = calloc(ORDERS, sizeof(order_t))};
    walk_t walk = {.n = 0};

    if (!small.orders)
        abort();
    walk_on(&small, walk, 0, true);
    walk_on(&small, walk, 1, true);
    return small;
}

bool exhaustive_finds(const exhaustive_plant_t *plant)
{
    small_t small = set_up();
    size_t faults = 0;
    int actions[2][ACTS] = {{plant->action, plant->action}, {plant->action, plant->action}};
    bool found = false;
    char text[4096];
    FILE *out = tmpfile();

    small.plant = plant;
    if (!out)
        return false;
    for (int state = STARTING; state < STATES && !found; state++) {
        run_orders(&small, (state_t)state, actions, out);
        rewind(out);
        text[fread(text, 1, sizeof text - 1, out)] = '\0';
        found = strstr(text, plant->says) != NULL;
        fseek(out, 0, SEEK_END);
    }
    renew(&small, NULL, &faults);
    jingle_sim_free(small.sim, NULL);
    fclose(out);
    free(small.orders);
    return found;
}

void exhaustive(bool all, jingle_sim_result_t *result)
{
    small_t small = set_up();
    size_t faults = 0;

    for (int a = 1; a <= LAST; a++)
        for (int b = 1; b <= LAST; b++)
            count_pairs(&small, a, b, all, result);
    renew(&small, stdout, &faults);
    jingle_sim_free(small.sim, NULL);
    result->failed += faults > 0;
    printf("%sok exhaustive - %llu interleavings, %zu of each of %llu cases\n",
           result->failed ? "not " : "", (unsigned long long)small.n_runs, small.n_orders,
           (unsigned long long)(result->passed + result->failed));
    free(small.orders);
}
