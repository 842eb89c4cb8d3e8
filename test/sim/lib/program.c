/* SPDX-License-Identifier: MIT */
/** @file
 *  Programs: lists of acts by chance, played, and made as short as can be when they fail. */
#include "private.h"

#include <stdlib.h>
#include <string.h>

/* ---- the simulator's own ops -------------------------------------------------------------------
 */

/** Some of what waits for this engine, from whoever the value says. */
static void op_deliver(jingle_sim_engine_t *engine, uint32_t value)
{
    jingle_sim_t *sim = engine->sim;
    size_t first = value % sim->n_engines, n = 1 + (value >> 8) % 3;

    for (size_t i = 0; i < sim->n_engines; i++) {
        jingle_sim_engine_t *from = sim->engines[(first + i) % sim->n_engines];
        if (!jingle_sim_deliver(from, engine))
            continue;
        while (--n > 0 && jingle_sim_deliver(from, engine))
            ;
        return;
    }
}

/** Mostly short, at times longer than any time-out. */
static void op_wait(jingle_sim_engine_t *engine, uint32_t value)
{
    uint64_t ms = (value >> 8) % 3000;

    if (value % 16 == 0)
        ms *= 50;
    jingle_sim_wait(engine->sim, ms);
}

static void op_cut(jingle_sim_engine_t *engine, uint32_t value)
{
    if (!engine->is_cut)
        jingle_sim_cut(engine, value % 3 == 0);
}

static void op_join(jingle_sim_engine_t *engine, uint32_t value)
{
    jingle_sim_join(engine, value % 4);
}

static const jingle_sim_op_t own_ops[JINGLE_SIM_OWN_OPS] = {{"(deliver)", op_deliver, 0},
                                                            {"(wait)", op_wait, 0},
                                                            {"(cut)", op_cut, 0},
                                                            {"(join)", op_join, 0}};

static const jingle_sim_op_t *op_of(const jingle_sim_program_t *program,
                                    const jingle_sim_act_t *act)
{
    return act->op < program->n_ops ? &program->ops[act->op] : &own_ops[act->op - program->n_ops];
}

/* ---- acts by chance ----------------------------------------------------------------------------
 */

static size_t count_engines(const jingle_sim_program_t *program)
{
    jingle_sim_t *sim = jingle_sim_new(0);
    size_t n;

    program->set_up(sim, program->userdata);
    n = sim->n_engines;
    jingle_sim_free(sim, NULL);
    return n;
}

static unsigned weight_of(const jingle_sim_program_t *program, size_t op, unsigned total)
{
    if (op < program->n_ops)
        return program->ops[op].weight;
    switch (op - program->n_ops) {
    case 0:
        return total + total / 4;
    case 1:
        return program->without & JINGLE_SIM_WITHOUT_TIME ? 0 : total / 32;
    case 2:
        return program->without & JINGLE_SIM_WITHOUT_CUTS ? 0 : total / 128;
    default:
        return program->without & JINGLE_SIM_WITHOUT_CUTS ? 0 : total / 32;
    }
}

static uint16_t choose_op(const jingle_sim_program_t *program, uint64_t random, unsigned own,
                          unsigned all)
{
    unsigned at = (unsigned)(random % all);
    size_t op = 0;

    while (at >= weight_of(program, op, own))
        at -= weight_of(program, op++, own);
    return (uint16_t)op;
}

void jingle_sim_choose(const jingle_sim_program_t *program, uint64_t seed, jingle_sim_act_t *acts,
                       size_t n)
{
    size_t engines = count_engines(program);
    uint64_t state = seed ^ 0x5eed, random;
    unsigned own = 0, all = 0;

    for (size_t i = 0; i < program->n_ops; i++)
        own += program->ops[i].weight;
    for (size_t i = 0; i < program->n_ops + JINGLE_SIM_OWN_OPS; i++)
        all += weight_of(program, i, own);
    for (size_t i = 0; i < n; i++) {
        random = jingle__sim_next(&state);
        acts[i].op = choose_op(program, random >> 32, own, all);
        acts[i].engine = (uint16_t)(random % engines);
        acts[i].value = (uint32_t)jingle__sim_next(&state);
    }
}

/* ---- playing -----------------------------------------------------------------------------------
 */

static size_t play(const jingle_sim_program_t *program, uint64_t seed, const jingle_sim_act_t *acts,
                   size_t n, FILE *out, FILE *trace, jingle_sim_result_t *result)
{
    jingle_sim_t *sim = jingle_sim_new(seed);

    jingle_sim_set_trace(sim, trace);
    program->set_up(sim, program->userdata);
    for (size_t i = 0; i < n && !sim->n_faults; i++) {
        jingle_sim_engine_t *engine = sim->engines[acts[i].engine];
        if (!engine->jingle)
            continue;
        jingle_sim_note(sim, "%zu: %s %lu", engine->index, op_of(program, &acts[i])->name,
                        (unsigned long)acts[i].value);
        op_of(program, &acts[i])->fn(engine, acts[i].value);
    }
    jingle_sim_note(sim, "at rest");
    for (size_t i = 0; i < sim->n_engines; i++)
        jingle_sim_starve(sim->engines[i], 0,
                          0); /* or what the program settles would not be settled */
    if (!sim->n_faults && program->settle)
        program->settle(sim, program->userdata);
    if (!sim->n_faults)
        jingle_sim_rest(sim);
    if (!sim->n_faults && program->judge)
        program->judge(sim, program->userdata);
    if (!sim->n_faults)
        jingle_sim_agree(sim);
    if (result) {
        result->actions += jingle_sim_count_actions(sim);
        jingle_sim_count_compared(sim, &result->compared, &result->torn);
    }
    return jingle_sim_free(sim, out);
}

size_t jingle_sim_play(const jingle_sim_program_t *program, uint64_t seed,
                       const jingle_sim_act_t *acts, size_t n, FILE *out, uint64_t *actions)
{
    jingle_sim_result_t result = {0};
    size_t faults = play(program, seed, acts, n, out, NULL, &result);

    if (actions)
        *actions += result.actions;
    return faults;
}

size_t jingle_sim_replay(const jingle_sim_program_t *program, uint64_t seed,
                         const jingle_sim_act_t *acts, size_t n, FILE *out)
{
    return play(program, seed, acts, n, out, out, NULL);
}

/* ---- what a failure needs -----------------------------------------------------------------------
 */

static size_t without(const jingle_sim_act_t *acts, size_t n, size_t from, size_t count,
                      jingle_sim_act_t *out)
{
    memcpy(out, acts, from * sizeof *acts);
    memcpy(out + from, acts + from + count, (n - from - count) * sizeof *acts);
    return n - count;
}

/** Pieces of that size are left out where the failure stays. @return how many acts are left */
static size_t leave_out(const jingle_sim_program_t *program, uint64_t seed, jingle_sim_act_t *acts,
                        size_t n, size_t size, jingle_sim_act_t *scratch)
{
    size_t at = 0, left;

    while (at < n) {
        size_t count = size < n - at ? size : n - at;
        left = without(acts, n, at, count, scratch);
        if (jingle_sim_play(program, seed, scratch, left, NULL, NULL)) {
            memcpy(acts, scratch, left * sizeof *acts);
            n = left;
        } else
            at += count;
    }
    return n;
}

size_t jingle_sim_shrink(const jingle_sim_program_t *program, uint64_t seed, jingle_sim_act_t *acts,
                         size_t n)
{
    jingle_sim_act_t *scratch = jingle__sim_alloc(n * sizeof *scratch);
    size_t size = n / 2 ? n / 2 : 1, before;

    if (jingle_sim_play(program, seed, acts, n, NULL, NULL))
        for (;;) {
            before = n;
            n = leave_out(program, seed, acts, n, size, scratch);
            if (size == 1 && n == before)
                break;
            size = size > 1 ? size / 2 : 1;
        }
    free(scratch);
    return n;
}

/* ---- a series -----------------------------------------------------------------------------------
 */

/** Such a run is short: all that happens in it can be told. */
static void tell(const jingle_sim_program_t *program, uint64_t seed, const jingle_sim_act_t *acts,
                 size_t n, FILE *out)
{
    fprintf(out, "%s: seed %llu fails, after these acts:\n", program->name,
            (unsigned long long)seed);
    for (size_t i = 0; i < n; i++)
        fprintf(out, "  engine %u: %s %lu\n", acts[i].engine, op_of(program, &acts[i])->name,
                (unsigned long)acts[i].value);
    fputs("what happens:\n", out);
    jingle_sim_replay(program, seed, acts, n, out);
}

void jingle_sim_run(const jingle_sim_program_t *program, uint64_t seed, size_t acts,
                    uint64_t actions, FILE *out, jingle_sim_result_t *result)
{
    jingle_sim_act_t *list = jingle__sim_alloc(acts * sizeof *list);
    uint64_t until = result->actions + actions;

    for (;; seed++) {
        jingle_sim_choose(program, seed, list, acts);
        result->acts += acts;
        if (play(program, seed, list, acts, NULL, NULL, result) == 0)
            result->passed++;
        else {
            if (result->failed++ == 0)
                result->seed = seed;
            acts = jingle_sim_shrink(program, seed, list, acts);
            if (out)
                tell(program, seed, list, acts, out);
            break;
        }
        if (result->actions >= until)
            break;
    }
    free(list);
}
