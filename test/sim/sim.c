/* SPDX-License-Identifier: MIT */
/** @file
 *  test/sim/sim: tries the library in worlds of two and three engines, by chance.
 *
 *      sim [--seed N] [--actions N] [--acts N] [PROGRAM...]
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
                            "       sim --exhaustive | --pairs\n"
                            "       sim --self-test\n"
                            "  --seed N     of the first run, 1\n"
                            "  --actions N  Jingle requests to be received in all, 100000\n"
                            "  --acts N     of one run, 400\n";

typedef struct {
    uint64_t seed, actions;
    size_t acts;
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

static jingle_sim_result_t run_all(const options_t *options)
{
    jingle_sim_result_t all = {0};

    for (size_t i = 0; i < sizeof programs / sizeof programs[0]; i++) {
        jingle_sim_result_t result = {0};
        if (!wanted(options, programs[i]->name))
            continue;
        jingle_sim_run(programs[i], options->seed, options->acts, options->actions, stdout,
                       &result);
        printf("%sok %s - %s%llu actions, %llu acts in %llu runs\n", result.failed ? "not " : "",
               programs[i]->name, result.failed ? "a rule is broken: " : "",
               (unsigned long long)result.actions, (unsigned long long)result.acts,
               (unsigned long long)(result.passed + result.failed));
        all.passed += result.passed;
        all.failed += result.failed;
    }
    return all;
}

static bool parse(options_t *options, int argc, char **argv)
{
    int i;

    for (i = 1; i + 1 < argc && argv[i][0] == '-'; i += 2) {
        if (strcmp(argv[i], "--seed") == 0)
            options->seed = strtoull(argv[i + 1], NULL, 10);
        else if (strcmp(argv[i], "--actions") == 0)
            options->actions = strtoull(argv[i + 1], NULL, 10);
        else if (strcmp(argv[i], "--acts") == 0)
            options->acts = strtoul(argv[i + 1], NULL, 10);
        else
            return false;
    }
    options->programs = (const char *const *)argv + i;
    options->n_programs = argc - i;
    return options->acts > 0 && (i == argc || argv[i][0] != '-');
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
