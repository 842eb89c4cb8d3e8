/* SPDX-License-Identifier: MIT */
/** @file
 *  test/sim/sim: tries the library in worlds of two and three engines, by chance.
 *
 *      sim [--seed N] [--actions N] [--acts N] [--starve N] [PROGRAM...]
 *      sim --trace [--seed N] [--acts N] [PROGRAM...]
 *      sim --planted FAULT
 *      sim --exhaustive | --pairs
 *      sim --self-test */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exhaustive.h"
#include "files.h"
#include "managed.h"
#include "raw.h"
#include "selftest.h"

#define ACTS 400
#define OPS_MAX 64

static const char usage[] =
    "usage: sim [--seed N] [--actions N] [--acts N] [--starve N] [PROGRAM...]\n"
    "       sim --trace [--seed N] [--acts N] [PROGRAM...]\n"
    "       sim --planted FAULT [--seed N] [--acts N]\n"
    "       sim --exhaustive | --pairs\n"
    "       sim --self-test\n"
    "  --seed N     of the first run, 1\n"
    "  --actions N  Jingle requests to be received in all, 100000\n"
    "  --acts N     of one run, 400\n"
    "  --starve N   allocations of the managers fail: with a weight of N against the "
    "other ops\n"
    "  --trace      one run, and tell all of it\n"
    "  --planted    the raw program with a fault of --self-test\n";

typedef struct {
    uint64_t seed, actions;
    size_t acts;
    bool trace;
    unsigned starve; /**< weight of an op that lets allocations fail; 0: there is none */
    jingle_sim_program_t planted; /**< instead of all others, if it has a name */
    const char *const *programs;
    int n_programs;
} options_t;

static const jingle_sim_program_t *const programs[] = {&raw_program, &files_program,
                                                       &managed_program};

static bool wanted(const options_t *options, const char *name)
{
    for (int i = 0; i < options->n_programs; i++)
        if (strcmp(options->programs[i], name) == 0)
            return true;
    return options->n_programs == 0;
}

/** One allocation of the next ones, at times some in a row. */
static void op_starve(jingle_sim_engine_t *engine, uint32_t value)
{
    jingle_sim_starve(engine, 1 + value % 24, value >> 8 & 7 ? 1 : 1 + (value >> 16) % 12);
}

static uint64_t failures; /* of allocations, in all runs of a program */

/* The program that is starved: it has a judge of its own, maybe. */
static const jingle_sim_program_t *judged;

static void count_failures(jingle_sim_t *sim, void *userdata)
{
    if (judged->judge)
        judged->judge(sim, userdata);
    for (size_t i = 0; jingle_sim_get_engine(sim, i); i++)
        failures += jingle_sim_count_failures(jingle_sim_get_engine(sim, i));
}

/** Adds that op to a program's own. @param ops room for one more than the program has */
static jingle_sim_program_t starved(const jingle_sim_program_t *program, unsigned weight,
                                    jingle_sim_op_t *ops)
{
    jingle_sim_program_t made = *program;

    memcpy(ops, program->ops, program->n_ops * sizeof *ops);
    ops[made.n_ops++] = (jingle_sim_op_t){"starve", op_starve, weight};
    made.ops = ops;
    judged = program;
    made.judge = count_failures;
    return made;
}

/** One run, told from its beginning to its end. */
static void trace(const jingle_sim_program_t *program, const options_t *options,
                  jingle_sim_result_t *result)
{
    jingle_sim_act_t *acts = calloc(options->acts, sizeof *acts);

    if (!acts)
        abort();
    jingle_sim_choose(program, options->seed, acts, options->acts);
    result->acts = options->acts;
    if (jingle_sim_replay(program, options->seed, acts, options->acts, stdout))
        result->failed++;
    else
        result->passed++;
    free(acts);
}

/** In a series that is long enough to say so: were there enough sessions and files to look at? A rule that
 * looks at nothing is never broken. */
static bool is_hollow(const char *program, const jingle_sim_result_t *result)
{
    uint64_t runs = result->passed + result->failed;

    printf("# %llu sides of sessions that lived in the end were compared, %llu were not, for "
           "something of them "
           "was lost\n",
           (unsigned long long)result->compared, (unsigned long long)result->torn);
    if (strcmp(program, files_program.name) == 0)
        printf("# %llu files were looked for at both sides\n", (unsigned long long)files_count());
    return runs >= 100 && (result->compared * 4 < runs || result->compared < result->torn ||
                           (strcmp(program, files_program.name) == 0 && files_count() < runs));
}

static void run(const jingle_sim_program_t *program, const options_t *options,
                jingle_sim_result_t *all)
{
    jingle_sim_result_t result = {0};
    jingle_sim_op_t ops[OPS_MAX + 1];
    jingle_sim_program_t made;

    failures = 0;
    if (options->starve && program->n_ops <= OPS_MAX) {
        made = starved(program, options->starve, ops);
        program = &made;
    }
    if (options->trace)
        trace(program, options, &result);
    else
        jingle_sim_run(program, options->seed, options->acts, options->actions, stdout, &result);
    if (options->starve && !failures)
        result.failed += result.failed == 0; /* then nothing was tried */
    if (is_hollow(program->name, &result)) {
        puts("# too few of them");
        result.failed += result.failed == 0;
    }
    if (options->starve)
        printf("# %llu allocations failed\n", (unsigned long long)failures);
    printf("%sok %s - %s%llu actions, %llu acts in %llu runs\n", result.failed ? "not " : "",
           program->name, result.failed ? "a rule is broken: " : "",
           (unsigned long long)result.actions, (unsigned long long)result.acts,
           (unsigned long long)(result.passed + result.failed));
    all->passed += result.passed;
    all->failed += result.failed;
}

static jingle_sim_result_t run_all(const options_t *options)
{
    jingle_sim_result_t all = {0};

    if (options->planted.name) {
        run(&options->planted, options, &all);
        return all;
    }
    for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++)
        if (wanted(options, programs[i]->name))
            run(programs[i], options, &all);
    return all;
}

/** @param value NULL: there is none */
static bool set_option(options_t *options, const char *name, const char *value)
{
    if (!value)
        return false;
    if (strcmp(name, "--planted") == 0)
        return selftest_plant(value, &options->planted);
    if (strcmp(name, "--seed") == 0)
        options->seed = strtoull(value, NULL, 10);
    else if (strcmp(name, "--actions") == 0)
        options->actions = strtoull(value, NULL, 10);
    else if (strcmp(name, "--starve") == 0)
        options->starve = (unsigned)strtoul(value, NULL, 10);
    else if (strcmp(name, "--acts") == 0)
        options->acts = strtoul(value, NULL, 10);
    else
        return false;
    return true;
}

static bool parse(options_t *options, int argc, char **argv)
{
    int i;

    for (i = 1; i < argc && argv[i][0] == '-'; i++) {
        if (strcmp(argv[i], "--trace") == 0)
            options->trace = true;
        else if (set_option(options, argv[i], argv[i + 1]))
            i++;
        else
            return false;
    }
    options->programs = (const char *const *)argv + i;
    options->n_programs = argc - i;
    return options->acts > 0;
}

static int finish(const jingle_sim_result_t *all, bool good)
{
    printf("%llu passed, %llu failed\n", (unsigned long long)all->passed,
           (unsigned long long)all->failed);
    return all->failed || !all->passed || !good;
}

int main(int argc, char **argv)
{
    options_t options = {.seed = 1, .actions = 100000, .acts = ACTS};
    jingle_sim_result_t all = {0};

    if (argc == 2 && strcmp(argv[1], "--self-test") == 0)
        return finish(&all, selftest(&all));
    if (argc == 2 && (strcmp(argv[1], "--exhaustive") == 0 || strcmp(argv[1], "--pairs") == 0)) {
        exhaustive(argv[1][2] == 'e', &all);
        return finish(&all, true);
    }
    if (!parse(&options, argc, argv)) {
        fputs(usage, stderr);
        return 2;
    }
    all = run_all(&options);
    return finish(&all, true);
}
