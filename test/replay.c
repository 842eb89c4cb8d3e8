/* SPDX-License-Identifier: MIT */
/** @file
 *  test/replay [OPTION...] FILE...: plays recorded scenarios on the library and compares
 *  (test/data/oracle/FORMAT.md). A FILE holds one scenario, an array of them, or several JSON
 *  documents one after the other; of a directory all *.json and *.jsonl are read. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "oracle/player.h"
#include "oracle/scenario.h"

typedef struct {
    long repeat;
    long starve; /**< 0: no; else one scenario in so many */
    long seen;   /**< scenarios so far */
    bool together;
    bool tap;
    bool verbose;
    unsigned passed;
    unsigned failed;
} run_t;

static const char usage[] =
    "usage: replay [--repeat-each N] [--together] [--fail-each N] [--tap] [-v] FILE...\n"
    "  --repeat-each N  play each scenario N times in this process\n"
    "  --together       ... all N at once, step by step, each on a manager of its own\n"
    "  --fail-each N    play one scenario in N time and again, each time with another allocation\n"
    "                   that fails, then all over with all later ones failing too: each request "
    "is\n"
    "                   answered once, sessions are in order, all memory is back\n"
    "  --tap            a line for each scenario: ok NAME, or not ok NAME - why\n"
    "  -v               show the steps and what was observed\n";

/* Plays the same scenario with several players in step; the first that differs ends it. */
static bool play_in_step(json_t *scenario, size_t players, bool verbose, text_t *why)
{
    size_t steps = json_array_size(json_object_get(scenario, "steps")), step, i;
    player_t **player = text_alloc(players * sizeof(player_t *));
    bool good = true;

    for (i = 0; i < players; i++)
        player[i] = player_new(scenario, verbose);
    for (step = 0; good && step < steps; step++)
        for (i = 0; good && i < players; i++)
            good = player_step(player[i], step, why);
    for (i = 0; i < players; i++) {
        text_t last = {0};

        if (!player_free(player[i], &last) && good) {
            good = false;
            text_puts(why, text_str(&last));
        }
        text_clear(&last);
    }
    free(player);
    return good;
}

/* Plays a scenario without the n-th allocation. @return false when something is wrong */
static bool play_without(json_t *scenario, size_t n, bool on, bool *failed, text_t *why)
{
    size_t steps = json_array_size(json_object_get(scenario, "steps"));
    player_t *player = player_new(scenario, false);
    bool good = true;

    player_starve(player, n, on);
    for (size_t step = 0; good && step < steps; step++)
        good = player_step(player, step, why);
    *failed = player->engine_mem.failures > 0;
    return player_free(player, why) && good;
}

static bool starve(json_t *scenario, text_t *why)
{
    for (int on = 0; on < 2; on++) {
        bool failed = true;

        for (size_t n = 1; failed; n++) {
            if (play_without(scenario, n, on, &failed, why))
                continue;
            text_printf(why, "  allocation %zu failed%s\n", n, on ? " and all later ones" : "");
            return false;
        }
    }
    return true;
}

static bool play(const run_t *run, json_t *scenario, text_t *why)
{
    size_t n = (size_t)run->repeat, i;

    if (run->starve)
        return starve(scenario, why);
    if (run->together)
        return play_in_step(scenario, n, run->verbose, why);
    for (i = 0; i < n; i++) {
        if (play_in_step(scenario, 1, run->verbose, why))
            continue;
        if (n > 1)
            text_printf(why, "  in play %zu of %zu\n", i + 1, n);
        return false;
    }
    return true;
}

/* The first line of why goes on the line of the verdict, the others below it. */
static void tell(const run_t *run, const char *name, bool good, const char *why)
{
    int first = (int)strcspn(why, "\n");
    const char *rest = why[first] ? why + first + 1 : "";

    if (good && run->tap)
        printf("ok %s\n", name);
    if (good)
        return;
    printf("not ok %s - %.*s\n", name, first, why);
    while (*rest) {
        first = (int)strcspn(rest, "\n");
        printf("# %.*s\n", first, rest);
        rest += first + (rest[first] == '\n');
    }
}

static void take(json_t *scenario, const char *name, const char *error, void *userdata)
{
    run_t *run = userdata;
    text_t why = {0};
    bool good = false;

    if (!error && run->starve && run->seen++ % run->starve)
        return;
    if (error)
        text_puts(&why, error);
    else
        good = play(run, scenario, &why);
    tell(run, name, good, text_str(&why));
    text_clear(&why);
    if (good)
        run->passed++;
    else
        run->failed++;
    fflush(stdout);
}

/* Reads a number as "--option N" or "--option=N"; 0: neither, or no number above 0. */
static long number(const char *option, char **argv, int argc, int *i)
{
    size_t len = strlen(option);
    const char *value = NULL;

    if (strcmp(argv[*i], option) == 0 && *i + 1 < argc)
        value = argv[++*i];
    else if (strncmp(argv[*i], option, len) == 0 && argv[*i][len] == '=')
        value = argv[*i] + len + 1;
    return value ? strtol(value, NULL, 10) : 0;
}

/* Options may stand anywhere; what is none is moved to the front. @return how many files; 0: usage */
static int read_options(run_t *run, int argc, char **argv)
{
    int i, files = 0;

    for (i = 1; i < argc; i++) {
        if (argv[i][0] != '-' || !argv[i][1])
            argv[files++] = argv[i];
        else if (strcmp(argv[i], "--") == 0)
            break;
        else if (strcmp(argv[i], "--tap") == 0)
            run->tap = true;
        else if (strcmp(argv[i], "--together") == 0)
            run->together = true;
        else if (strcmp(argv[i], "-v") == 0)
            run->verbose = true;
        else if ((run->starve = number("--fail-each", argv, argc, &i)) > 0)
            continue;
        else if ((run->repeat = number("--repeat-each", argv, argc, &i)) < 1)
            return 0;
    }
    while (++i < argc)
        argv[files++] = argv[i];
    return files;
}

int main(int argc, char **argv)
{
    run_t run = {.repeat = 1};
    int i, files = read_options(&run, argc, argv);

    if (files == 0) {
        fputs(usage, stderr);
        return 2;
    }
    xmpp_initialize();
    for (i = 0; i < files; i++)
        scenario_read(argv[i], take, &run);
    xmpp_shutdown();
    printf("%u passed, %u failed\n", run.passed, run.failed);
    return run.failed == 0 && run.passed > 0 ? 0 : 1;
}
