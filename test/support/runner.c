/* SPDX-License-Identifier: MIT */
/** @file
 *  See runner.h. check names a test function only in its log, so the lines are made from that: an
 *  entry begins with `FILE:LINE:P|F|E|S:CASE:TEST:ITERATION: MESSAGE` (S: a fixture failed), further
 *  lines belong to the message before them. */
#include "runner.h"

#include <regex.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WHOLE, PLACE, RESULT, CASE, TEST, ITERATION, MESSAGE, PARTS };

static const char entry[] = "^([^:]*:[0-9-]+):([PFES]):([^:]*):([^:]*):([0-9]+): (.*)$";

/* The part of `line` that a group of `entry` matched, as printf's %.*s wants it */
#define PART(line, match) (int)((match).rm_eo - (match).rm_so), (line) + (match).rm_so

static void print_entry(const char *suite, const char *line, const regmatch_t *match)
{
    bool passed = line[match[RESULT].rm_so] == 'P';

    printf("%s %s/%.*s/%.*s", passed ? "ok" : "not ok", suite, PART(line, match[CASE]),
           PART(line, match[TEST]));
    if (line[match[ITERATION].rm_so] != '0')
        printf(":%.*s", PART(line, match[ITERATION]));
    if (!passed)
        printf(" - %.*s: %.*s", PART(line, match[PLACE]), PART(line, match[MESSAGE]));
    printf("\n");
}

static void print_log(FILE *log)
{
    static const char heading[] = "Running suite ";
    char line[4096], suite[sizeof line] = "";
    regmatch_t match[PARTS];
    regex_t pattern;

    if (regcomp(&pattern, entry, REG_EXTENDED))
        abort();
    while (fgets(line, sizeof line, log)) {
        line[strcspn(line, "\n")] = '\0';
        if (!strncmp(line, heading, sizeof heading - 1))
            snprintf(suite, sizeof suite, "%s", line + sizeof heading - 1);
        else if (!regexec(&pattern, line, PARTS, match, 0))
            print_entry(suite, line, match);
        else if (strncmp(line, "Results for all", 15))
            printf("    %s\n", line);
    }
    regfree(&pattern);
}

/** With AddressSanitizer a fork for each test takes as long as the tests: there they share a process,
 *  and what one does to it is reported where it is done. */
#if defined(__SANITIZE_ADDRESS__)
#define NO_FORK 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define NO_FORK 1
#endif
#endif
#ifndef NO_FORK
#define NO_FORK 0
#endif

int run_suite(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    const char *folder = getenv("TMPDIR");
    char path[4096];
    FILE *log;
    int file, failed, passed;

    snprintf(path, sizeof path, "%s/check-XXXXXX", folder ? folder : "/tmp");
    file = mkstemp(path);
    log = file < 0 ? NULL : fdopen(file, "r");
    if (!log) {
        perror(path);
        return 1;
    }
    srunner_set_log(runner, path);
    if (NO_FORK && !getenv("CK_FORK"))
        srunner_set_fork_status(runner, CK_NOFORK);
    srunner_run_all(runner, CK_SILENT);
    failed = srunner_ntests_failed(runner);
    passed = srunner_ntests_run(runner) - failed;
    print_log(log);
    fclose(log);
    unlink(path);
    srunner_free(runner);
    return failed || !passed;
}
