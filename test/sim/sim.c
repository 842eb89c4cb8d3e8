/* SPDX-License-Identifier: MIT */
/** @file
 *  test/sim/sim: tries the library in worlds of two and three engines, by chance.
 *
 *      sim [--seed N] [--actions N] [--acts N] [PROGRAM...]
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

static const char usage[] = "usage: sim [--seed N] [--actions N] [--acts N] [PROGRAM...]\n"
                            "       sim --trace [--seed N] [--acts N] [PROGRAM...]\n"
                            "       sim --planted FAULT [--seed N] [--acts N]\n"
                            "       sim --exhaustive | --pairs\n"
                            "       sim --self-test\n"
                            "  --seed N     of the first run, 1\n"
                            "  --actions N  Jingle requests to be received in all, 100000\n"
                            "  --acts N     of one run, 400\n"
                            "  --trace      one run, and tell all of it\n"
                            "  --planted    the raw program with a fault of --self-test\n";

typedef struct {
    uint64_t seed, actions;
    size_t acts;
    bool trace;
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

static void run(const jingle_sim_program_t *program, const options_t *options,
                jingle_sim_result_t *all)
{
    jingle_sim_result_t result = {0};

    if (options->trace)
        trace(program, options, &result);
    else
        jingle_sim_run(program, options->seed, options->acts, options->actions, stdout, &result);
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
