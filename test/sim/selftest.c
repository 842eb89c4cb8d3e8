/* SPDX-License-Identifier: MIT */
/** @file
 *  Are the rules worth something? Faults are planted, and each must be found. */
#include "selftest.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exhaustive.h"
#include "files.h"
#include "proxy.h"
#include "raw.h"

#define RUNS 60
#define ACTS 300
#define ARRIVED 100 /* files at least in so many runs */

/** A fault that is planted in every run. */
typedef struct {
    const char *name;
    jingle_sim_spoil_t spoil;
    void (*plant)(jingle_sim_t *sim); /**< or NULL */
    unsigned least;                   /**< in how many of the runs it is to be found */
    const char *says;                 /**< what a fault found must say */
} planted_t;

static void spoil_one(jingle_sim_t *sim, jingle_sim_spoil_t how)
{
    for (size_t i = 0; jingle_sim_get_engine(sim, i); i++)
        jingle_sim_spoil(jingle_sim_get_engine(sim, i), how, 1 + jingle_sim_random(sim, 4));
}

static void set_up(jingle_sim_t *sim, void *userdata)
{
    const planted_t *planted = userdata;

    raw_program.set_up(sim, NULL);
    if (planted->spoil != JINGLE_SIM_HONEST)
        spoil_one(sim, planted->spoil);
    if (planted->plant)
        planted->plant(sim);
}

/* ---- what is planted beside spoilt answers ------------------------------------------------------
 */

static void leak(jingle_sim_t *sim)
{
    const xmpp_mem_t *mem = jingle_get_mem(jingle_sim_get_manager(jingle_sim_get_engine(sim, 0)));

    mem->alloc(8, mem->userdata);
}

static void ignore(jingle_t *jingle, const jingle_event_t *event, void *userdata)
{
    (void)userdata;
    /* It takes an offer for accepted as soon as it comes. */
    (void)jingle;
    if (event->type == JINGLE_EVENT_INCOMING)
        jingle_session_set_state(event->session, JINGLE_STATE_ACTIVE);
}

static void differ(jingle_sim_t *sim)
{
    raw_t *raw = raw_add(sim, "d@differ.example/r", NULL);

    raw->on_event = ignore;
}

/** The sessions of others pay for a stranger's. */
static void be_rash(jingle_t *jingle, const jingle_event_t *event, void *userdata)
{
    raw_t *raw = userdata;

    if (event->type == JINGLE_EVENT_INCOMING &&
        !jingle_sim_find_engine(jingle_sim_get_world(raw->engine),
                                jingle_session_get_peer(event->session)))
        jingle_end_all_sessions(jingle, NULL);
}

static void trust_strangers(jingle_sim_t *sim)
{
    for (size_t i = 0; jingle_sim_get_engine(sim, i); i++)
        raw_of(jingle_sim_get_engine(sim, i))->on_event = be_rash;
}

static void obey_next(jingle_t *jingle, const jingle_event_t *event, void *userdata)
{
    const raw_t *raw = userdata;

    (void)jingle;
    (void)event;
    jingle_sim_spoil(raw->engine, JINGLE_SIM_OBEY, 1);
}

static void refuse_nothing(jingle_sim_t *sim)
{
    for (size_t i = 0; jingle_sim_get_engine(sim, i); i++)
        raw_of(jingle_sim_get_engine(sim, i))->on_event = obey_next;
}

static const planted_t all_planted[] = {
    {"nothing", JINGLE_SIM_HONEST, NULL, 0, ""},
    {"lost", JINGLE_SIM_DROP, NULL, 40, "has not answered"},
    {"doubled", JINGLE_SIM_DOUBLE, NULL, 40, "or has answered before"},
    {"another-id", JINGLE_SIM_MISSEND, NULL, 40, "was not asked"},
    {"swapped", JINGLE_SIM_SWAP, NULL, 18, "which came first"},
    {"inverted", JINGLE_SIM_INVERT, NULL, 3, "has not"},
    {"leak", JINGLE_SIM_HONEST, leak, RUNS, "not given back"},
    {"states-differ", JINGLE_SIM_HONEST, differ, 20, " at "},
    {"others-pay", JINGLE_SIM_HONEST, trust_strangers, 5, "changed the session of another"},
    {"over-limits", JINGLE_SIM_HONEST, refuse_nothing, 8, "are taken, with"},
};

/** @return in how many runs the fault was found */
static unsigned count_found(const jingle_sim_program_t *program, const planted_t *planted,
                            unsigned *failed)
{
    jingle_sim_act_t acts[ACTS];
    unsigned found = 0;
    char text[4096];

    *failed = 0;
    for (uint64_t seed = 1; seed <= RUNS; seed++) {
        FILE *out = tmpfile();
        size_t len;
        if (!out)
            return 0;
        jingle_sim_choose(program, seed, acts, ACTS);
        *failed += jingle_sim_play(program, seed, acts, ACTS, out, NULL) > 0;
        rewind(out);
        len = fread(text, 1, sizeof text - 1, out);
        fclose(out);
        text[len] = '\0';
        found += *planted->says && strstr(text, planted->says);
    }
    return found;
}

static jingle_sim_program_t program_of(const planted_t *planted)
{
    jingle_sim_program_t program = raw_program;

    program.set_up = set_up;
    program.userdata = (void *)planted;
    return program;
}

bool selftest_plant(const char *name, jingle_sim_program_t *program)
{
    for (size_t i = 0; i < sizeof all_planted / sizeof all_planted[0]; i++)
        if (strcmp(all_planted[i].name, name) == 0) {
            *program = program_of(&all_planted[i]);
            return true;
        }
    return false;
}

static bool check_found(const jingle_sim_program_t *program, const planted_t *planted)
{
    unsigned failed, found;
    bool good;

    found = count_found(program, planted, &failed);
    good = planted->least ? found >= planted->least : failed == 0;
    printf("%sok self-test/%s - found in %u of %u runs\n", good ? "" : "not ", planted->name, found,
           RUNS);
    return good;
}

static bool check_planted(const planted_t *planted)
{
    jingle_sim_program_t program = program_of(planted);

    return check_found(&program, planted);
}

/** A receiver that says that it has a file, and has not got it. */
static bool check_lost(void)
{
    static const planted_t planted = {"file-lost", JINGLE_SIM_HONEST, NULL, 40, "has not got it"};
    jingle_sim_program_t program = files_program;

    program.userdata = (void *)&planted;
    return check_found(&program, &planted);
}

/* ---- small cases: what only crossings show ------------------------------------------------------
 */

static bool admit_all(jingle_session_t *session, const jingle_data_t *data, jingle_error_t *error,
                      void *self)
{
    (void)session;
    (void)data;
    (void)error;
    (void)self;
    return true;
}

static bool prefer_responder(jingle_session_t *session, const jingle_data_t *data,
                             jingle_error_t *error, void *self)
{
    if (jingle_session_is_initiator(session) || !raw_waits(self, session, data->action))
        return true;
    *error = *jingle_error_of(JINGLE_ERROR_TIE_BREAK);
    return false;
}

static bool never_compete(jingle_session_t *session, const jingle_offer_t *theirs, void *self)
{
    (void)session;
    (void)theirs;
    (void)self;
    return false;
}

/** An initiator that waits for an accept that it has had. */
static void wait_again(jingle_t *jingle, const jingle_event_t *event, void *raw)
{
    (void)jingle;
    (void)raw;
    if (event->type == JINGLE_EVENT_STATE && event->state == JINGLE_STATE_ACTIVE &&
        jingle_session_is_initiator(event->session))
        jingle_session_set_state(event->session, JINGLE_STATE_PENDING);
}

static void obey(raw_t *responder)
{
    jingle_sim_spoil(responder->engine, JINGLE_SIM_OBEY, 1);
}

static void refuse(raw_t *responder)
{
    jingle_sim_spoil(responder->engine, JINGLE_SIM_INVERT, 1);
}

static bool check_small(void)
{
    jingle_session_type_t no_ties = raw_now, wrong_ties = raw_now, no_rivals = raw_now;
    const exhaustive_plant_t plants[] = {
        {"no-tie", &no_ties, NULL, NULL, JINGLE_ACTION_CONTENT_MODIFY, "of different requests"},
        {"responder-wins", &wrong_ties, NULL, NULL, JINGLE_ACTION_CONTENT_MODIFY, "loses a tie"},
        {"out-of-order", NULL, NULL, obey, JINGLE_ACTION_SESSION_ACCEPT, "is not refused"},
        {"accept-again", NULL, wait_again, NULL, JINGLE_ACTION_SESSION_ACCEPT, "is handled in"},
        {"both-offers", &no_rivals, NULL, NULL, JINGLE_ACTION_SESSION_INITIATE, "not give way"},
        {"no-offer", NULL, NULL, refuse, EXHAUSTIVE_SAME_SID, "has lost to none"},
    };
    bool good = true;

    no_ties.admit = admit_all;
    wrong_ties.admit = prefer_responder;
    no_rivals.competes = never_compete;
    for (size_t i = 0; i < sizeof plants / sizeof plants[0]; i++) {
        bool found = exhaustive_finds(&plants[i]);
        printf("%sok self-test/small/%s\n", found ? "" : "not ", plants[i].name);
        good = good && found;
    }
    return good;
}

/* ---- shrinking ----------------------------------------------------------------------------------
 */

static void add_one(jingle_sim_t *sim, void *userdata)
{
    (void)userdata;
    jingle_sim_add(sim, "a@a.example/r", NULL);
    jingle_sim_add(sim, "b@b.example/r", NULL);
}

/** It goes wrong when the first engine does it with a number that ends in 7, after the second has.
 */
static void op_seven(jingle_sim_engine_t *engine, uint32_t value)
{
    jingle_sim_t *sim = jingle_sim_get_world(engine);
    jingle_sim_engine_t *second = jingle_sim_get_engine(sim, 1);

    if (value % 10 == 7 && engine == second)
        jingle_sim_set_user(second, sim, NULL);
    if (value % 10 == 7 && engine != second && jingle_sim_get_user(second))
        jingle_sim_fault(sim, "seven");
}

static bool check_shrink(void)
{
    static const jingle_sim_op_t ops[] = {{"seven", op_seven, 10}};
    static const jingle_sim_program_t program = {
        .size = sizeof program, .name = "seven", .set_up = add_one, .ops = ops, .n_ops = 1};
    jingle_sim_act_t acts[ACTS];
    size_t left;

    jingle_sim_choose(&program, 1, acts, ACTS);
    left = jingle_sim_shrink(&program, 1, acts, ACTS);
    printf("%sok self-test/shrink - %zu acts of %d are left\n", left == 2 ? "" : "not ", left,
           ACTS);
    return left == 2;
}

/** The same seed is the same run. */
static bool check_repeat(void)
{
    jingle_sim_act_t acts[ACTS];
    char *text[2] = {NULL, NULL};
    size_t len[2];
    bool good;

    jingle_sim_choose(&raw_program, 7, acts, ACTS);
    for (int i = 0; i < 2; i++) {
        FILE *out = open_memstream(&text[i], &len[i]);
        if (!out)
            return false;
        jingle_sim_replay(&raw_program, 7, acts, ACTS, out);
        fclose(out);
    }
    good = len[0] > 1000 && len[0] == len[1] && memcmp(text[0], text[1], len[0]) == 0;
    printf("%sok self-test/repeat - %zu octets of trace\n", good ? "" : "not ", len[0]);
    free(text[0]);
    free(text[1]);
    return good;
}

/** Files arrive, and some go through the proxy, or nothing of it is tried. */
static bool check_files(void)
{
    jingle_sim_act_t acts[ACTS];
    uint64_t relayed = proxy_count(), arrived = files_count();
    size_t faults = 0;
    bool good;

    for (uint64_t seed = 1; seed <= RUNS; seed++) {
        jingle_sim_choose(&files_program, seed, acts, ACTS);
        faults += jingle_sim_play(&files_program, seed, acts, ACTS, NULL, NULL);
    }
    relayed = proxy_count() - relayed;
    arrived = files_count() - arrived;
    good = relayed > 10000 && arrived > ARRIVED && faults == 0;
    printf("%sok self-test/files - %llu octets were relayed, %llu files found at both sides\n",
           good ? "" : "not ", (unsigned long long)relayed, (unsigned long long)arrived);
    return good;
}

bool selftest(jingle_sim_result_t *result)
{
    size_t n = sizeof all_planted / sizeof all_planted[0];

    for (size_t i = 0; i < n; i++)
        if (check_planted(&all_planted[i]))
            result->passed++;
        else
            result->failed++;
    result->passed += check_shrink();
    result->passed += check_repeat();
    result->passed += check_files();
    result->passed += check_lost();
    result->passed += check_small();
    result->failed = n + 5 - result->passed;
    return result->failed == 0;
}
