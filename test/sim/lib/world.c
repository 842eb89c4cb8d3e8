/* SPDX-License-Identifier: MIT */
/** @file
 *  Worlds: engines, faults, time. */
#include "private.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define START_MS 1000
#define REST_MS (2 * 3600 * 1000U)

/* ---- a world ----------------------------------------------------------------------------------
 */

jingle_sim_t *jingle_sim_new(uint64_t seed)
{
    jingle_sim_t *sim = jingle__sim_alloc(sizeof *sim);

    sim->seed = sim->random = seed;
    sim->now = START_MS;
    jingle__sim_mem_init(&sim->mem);
    sim->ctx = xmpp_ctx_new(&sim->mem.mem, NULL);
    if (!sim->ctx)
        abort();
    sim->reader = jingle__sim_reader_new(sim->ctx);
    for (size_t i = 0; i < JINGLE__SIM_ENGINES; i++)
        for (size_t k = 0; k < JINGLE__SIM_ENGINES; k++)
            jingle__sim_link_init(&sim->links[i][k]);
    return sim;
}

static void free_engine(jingle_sim_engine_t *engine)
{
    jingle_sim_free_manager(engine);
    if (engine->held)
        xmpp_stanza_release(engine->held);
    if (engine->user_free)
        engine->user_free(engine->user);
    jingle__sim_close_engine(engine);
    if (engine->mem.blocks)
        jingle_sim_fault(engine->sim, "%s: %zu blocks of memory were not given back (%zu octets)",
                         engine->jid, engine->mem.blocks, engine->mem.bytes);
    free(engine->open);
    free(engine->known);
    free(engine->jid);
    free(engine->address);
    free(engine);
}

static void free_context(jingle_sim_t *sim)
{
    for (size_t i = 0; i < JINGLE__SIM_ENGINES; i++)
        for (size_t k = 0; k < JINGLE__SIM_ENGINES; k++)
            jingle__sim_link_clear(&sim->links[i][k]);
    jingle__sim_net_clear(sim);
    jingle__sim_reader_free(sim->reader);
    xmpp_ctx_free(sim->ctx);
    if (sim->mem.blocks)
        jingle_sim_fault(sim, "%zu blocks of memory of stanzas were not given back",
                         sim->mem.blocks);
}

size_t jingle_sim_free(jingle_sim_t *sim, FILE *out)
{
    size_t n_faults;

    for (size_t i = 0; i < sim->n_engines; i++)
        jingle_sim_free_manager(sim->engines[i]);
    for (size_t i = 0; i < sim->n_engines; i++)
        free_engine(sim->engines[i]);
    free_context(sim);
    n_faults = sim->n_faults;
    for (size_t i = 0; i < n_faults && i < JINGLE__SIM_FAULTS; i++) {
        if (out)
            fprintf(out, "  %s\n", sim->faults[i]);
        free(sim->faults[i]);
    }
    if (out && n_faults > JINGLE__SIM_FAULTS)
        fprintf(out, "  and %zu more\n", n_faults - JINGLE__SIM_FAULTS);
    free(sim);
    return n_faults;
}

uint64_t jingle_sim_random(jingle_sim_t *sim, uint64_t below)
{
    return below ? jingle__sim_next(&sim->random) % below : 0;
}

uint64_t jingle_sim_now(const jingle_sim_t *sim)
{
    return sim->now;
}

xmpp_stanza_t *jingle_sim_element(jingle_sim_t *sim, const char *xml)
{
    return jingle__sim_read(sim->reader, xml, strlen(xml));
}

void jingle_sim_set_elsewhere(jingle_sim_t *sim, jingle_sim_elsewhere_fn fn, void *userdata)
{
    sim->elsewhere = fn;
    sim->elsewhere_userdata = userdata;
}

/* ---- faults -----------------------------------------------------------------------------------
 */

void jingle_sim_fault(jingle_sim_t *sim, const char *format, ...)
{
    char text[512];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (sim->n_faults < JINGLE__SIM_FAULTS)
        sim->faults[sim->n_faults] = jingle__sim_copy(text);
    sim->n_faults++;
}

size_t jingle_sim_count_faults(const jingle_sim_t *sim)
{
    return sim->n_faults;
}

const char *jingle_sim_get_fault(const jingle_sim_t *sim, size_t index)
{
    return index < sim->n_faults && index < JINGLE__SIM_FAULTS ? sim->faults[index] : NULL;
}

static uint64_t count_actions(const jingle_sim_engine_t *engine)
{
    jingle_counters_t counters = {.size = sizeof counters};

    if (!engine->jingle)
        return engine->actions;
    jingle_get_counters(engine->jingle, &counters);
    return counters.actions;
}

uint64_t jingle_sim_count_actions(const jingle_sim_t *sim)
{
    uint64_t actions = 0;

    for (size_t i = 0; i < sim->n_engines; i++)
        actions += count_actions(sim->engines[i]);
    return actions;
}

/* ---- engines ----------------------------------------------------------------------------------
 */

static int octets(void *buffer, size_t len, void *userdata)
{
    jingle_sim_engine_t *engine = userdata;
    unsigned char *to = buffer;
    uint64_t random = 0;

    for (size_t i = 0; i < len; i++, random >>= 8) {
        if (i % 8 == 0)
            random = jingle__sim_next(&engine->random);
        to[i] = (unsigned char)random;
    }
    return JINGLE_EOK;
}

static void on_event(jingle_t *jingle, const jingle_event_t *event, void *userdata)
{
    jingle_sim_engine_t *engine = userdata;

    jingle__sim_trace_event(engine, event);
    jingle__sim_note_event(engine, event);
    if (engine->config.on_event)
        engine->config.on_event(jingle, event, engine->config.userdata);
}

static bool prepare(jingle_t *jingle, const jingle_offer_t *offer,
                    const jingle_session_type_t **type, void **type_userdata, void *userdata)
{
    jingle_sim_engine_t *engine = userdata;

    return engine->config.prepare_session(jingle, offer, type, type_userdata,
                                          engine->config.userdata);
}

static bool tie_break(jingle_t *jingle, jingle_session_t *ours, const jingle_offer_t *theirs,
                      void *userdata)
{
    jingle_sim_engine_t *engine = userdata;

    return engine->config.tie_break(jingle, ours, theirs, engine->config.userdata);
}

static bool may_offer(jingle_t *jingle, const char *peer, const char *own, void *userdata)
{
    jingle_sim_engine_t *engine = userdata;

    return engine->config.may_offer(jingle, peer, own, engine->config.userdata);
}

static void make_manager(jingle_sim_engine_t *engine)
{
    jingle_config_t config = engine->config;

    config.jid = engine->jid;
    config.mem = &engine->mem.mem;
    config.send = jingle__sim_send;
    config.send_userdata = engine;
    config.random = octets;
    config.on_event = on_event;
    config.prepare_session = config.prepare_session ? prepare : NULL;
    config.tie_break = config.tie_break ? tie_break : NULL;
    config.may_offer = config.may_offer ? may_offer : NULL;
    config.userdata = engine;
    engine->jingle = jingle_new(engine->sim->ctx, &config);
    if (!engine->jingle)
        abort();
    jingle__sim_note_limits(engine);
    jingle_tick(engine->jingle, engine->sim->now);
    if (jingle_set_net(engine->jingle, jingle__sim_net_new(engine)) != JINGLE_EOK)
        abort();
}

jingle_sim_engine_t *jingle_sim_add(jingle_sim_t *sim, const char *jid,
                                    const jingle_config_t *config)
{
    jingle_sim_engine_t *engine = jingle__sim_alloc(sizeof *engine);
    char address[32];

    if (sim->n_engines == JINGLE__SIM_ENGINES)
        abort();
    engine->sim = sim;
    engine->index = sim->n_engines;
    engine->jid = jingle__sim_copy(jid);
    snprintf(address, sizeof address, "192.0.2.%zu", engine->index + 1);
    engine->address = jingle__sim_copy(address);
    engine->next_port = 1024;
    engine->random = sim->seed ^ ((uint64_t)(engine->index + 1) << 32);
    engine->config = config ? *config : *JINGLE_CONFIG(0);
    jingle__sim_mem_init(&engine->mem);
    sim->engines[sim->n_engines++] = engine;
    make_manager(engine);
    return engine;
}

jingle_sim_engine_t *jingle_sim_get_engine(const jingle_sim_t *sim, size_t index)
{
    return index < sim->n_engines ? sim->engines[index] : NULL;
}

jingle_sim_engine_t *jingle_sim_find_engine(const jingle_sim_t *sim, const char *jid)
{
    for (size_t i = 0; i < sim->n_engines; i++)
        if (strcmp(sim->engines[i]->jid, jid) == 0)
            return sim->engines[i];
    return NULL;
}

jingle_t *jingle_sim_get_manager(const jingle_sim_engine_t *engine)
{
    return engine->jingle;
}

const char *jingle_sim_get_jid(const jingle_sim_engine_t *engine)
{
    return engine->jid;
}

jingle_sim_t *jingle_sim_get_world(const jingle_sim_engine_t *engine)
{
    return engine->sim;
}

size_t jingle_sim_get_index(const jingle_sim_engine_t *engine)
{
    return engine->index;
}

const char *jingle_sim_get_address(const jingle_sim_engine_t *engine)
{
    return engine->address;
}

void jingle_sim_set_user(jingle_sim_engine_t *engine, void *user, void (*free_fn)(void *))
{
    engine->user = user;
    engine->user_free = free_fn;
}

void *jingle_sim_get_user(const jingle_sim_engine_t *engine)
{
    return engine->user;
}

void jingle_sim_free_manager(jingle_sim_engine_t *engine)
{
    jingle_t *jingle = engine->jingle;

    if (!jingle)
        return;
    jingle_sim_note(engine->sim, "%zu . its manager is freed", engine->index);
    engine->actions = count_actions(engine);
    engine->jingle = NULL;
    jingle_free(jingle);
    /* Answers to it go nowhere now, and what it has sent may be half a conversation. */
    jingle__sim_tear(engine);
}

void jingle_sim_spoil(jingle_sim_engine_t *engine, jingle_sim_spoil_t how, uint64_t nth)
{
    engine->spoil = how;
    engine->spoil_at = nth;
}

/* ---- memory -----------------------------------------------------------------------------------
 */

static void note_failure(void *owner)
{
    const jingle_sim_engine_t *engine = owner;

    jingle_sim_note(engine->sim, "%zu - an allocation fails", engine->index);
}

void jingle_sim_starve(jingle_sim_engine_t *engine, uint64_t nth, uint64_t count)
{
    engine->mem.fail_in = count ? nth : 0;
    engine->mem.fail_more = count ? count - 1 : 0;
    engine->mem.on_failure = note_failure;
    engine->mem.owner = engine;
}

uint64_t jingle_sim_count_failures(const jingle_sim_engine_t *engine)
{
    return engine->mem.failures;
}

/* ---- time -------------------------------------------------------------------------------------
 */

void jingle__sim_tick(jingle_sim_t *sim)
{
    for (int i = 0; i < JINGLE__SIM_RESTLESS; i++) {
        bool done = false;
        while (jingle__sim_net_turn(sim))
            done = true;
        for (size_t k = 0; k < sim->n_engines; k++)
            if (sim->engines[k]->jingle && jingle_tick(sim->engines[k]->jingle, sim->now) == 0)
                done = true;
        if (!done)
            return;
    }
    jingle_sim_fault(sim, "what is due at once does not come to an end");
}

/** @return ms to the next thing that falls due, UINT64_MAX: nothing will */
static uint64_t next_due(jingle_sim_t *sim)
{
    uint64_t due = jingle__sim_net_due(sim), left;

    due = due == UINT64_MAX ? due : due - sim->now;
    for (size_t i = 0; i < sim->n_engines; i++) {
        if (!sim->engines[i]->jingle)
            continue;
        left = jingle_tick(sim->engines[i]->jingle, sim->now);
        due = left < due ? left : due;
    }
    return due;
}

void jingle_sim_wait(jingle_sim_t *sim, uint64_t ms)
{
    uint64_t until = sim->now + ms, due;

    if (ms)
        jingle_sim_note(sim, "%llu ms pass", (unsigned long long)ms);
    for (;;) {
        jingle__sim_tick(sim);
        due = next_due(sim);
        if (due > until - sim->now)
            break;
        sim->now += due;
    }
    sim->now = until;
    jingle__sim_tick(sim);
}

static bool deliver_any(jingle_sim_t *sim)
{
    size_t n = sim->n_engines, links = n * n, first = (size_t)jingle_sim_random(sim, links);

    for (size_t i = 0; i < links; i++) {
        size_t at = (first + i) % links;
        if (jingle_sim_deliver(sim->engines[at / n], sim->engines[at % n]))
            return true;
    }
    return false;
}

bool jingle_sim_flush(jingle_sim_t *sim)
{
    for (int i = 0; i < JINGLE__SIM_RESTLESS; i++) {
        if (deliver_any(sim))
            continue;
        jingle__sim_tick(sim);
        if (!deliver_any(sim))
            return true;
    }
    return false;
}

bool jingle_sim_rest(jingle_sim_t *sim)
{
    uint64_t until = sim->now + REST_MS, due;
    bool rests = false;

    for (size_t i = 0; i < sim->n_engines; i++) {
        jingle_sim_join(sim->engines[i], 0);
        jingle_sim_starve(sim->engines[i], 0, 0);
    }
    for (int i = 0; i < JINGLE__SIM_RESTLESS && sim->now < until; i++) {
        if (!jingle_sim_flush(sim))
            break;
        due = next_due(sim);
        rests = due == UINT64_MAX;
        if (rests)
            break;
        jingle_sim_wait(sim, due);
    }
    if (!rests)
        jingle_sim_fault(sim, "the world does not come to rest");
    for (size_t i = 0; i < sim->n_engines; i++)
        jingle__sim_check_rest(sim->engines[i]);
    return rests;
}
