/* SPDX-License-Identifier: MIT */
/** @file
 *  Reads scenarios. */
#include "scenario.h"

#include <dirent.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "support/text.h"

#define FORMAT 1

json_t *scenario_expectation(json_t *step)
{
    json_t *best = json_object_get(step, "expect_best");

    return best ? best : json_object_get(step, "expect");
}

/* Replaces "=" by the last listing. */
static const char *expand(json_t *sessions, json_t *last)
{
    const char *label;
    json_t *values;
    void *next;

    json_object_foreach_safe(sessions, next, label, values)
    {
        if (json_is_string(values) && strcmp(json_string_value(values), "=") == 0) {
            values = json_object_get(last, label);
            if (!values)
                return "a session is \"=\" that was not listed before";
            json_object_set(sessions, label, values);
        }
        json_object_set(last, label, values);
    }
    return NULL;
}

static const char *prepare_step(json_t *step, json_t *last)
{
    json_t *expectation = scenario_expectation(step);

    if (!json_is_string(json_object_get(step, "op")))
        return "a step has no op";
    if (!expectation)
        return "a step expects nothing";
    if (json_object_get(expectation, "threw"))
        return "a step expects a crash";
    return expand(json_object_get(expectation, "sessions"), last);
}

const char *scenario_prepare(json_t *scenario)
{
    json_t *steps = json_object_get(scenario, "steps");
    const char *wrong = NULL;
    json_t *last, *step;
    size_t i;

    if (json_integer_value(json_object_get(scenario, "format")) != FORMAT)
        return "not of format 1";
    if (!json_is_array(steps) || json_array_size(steps) == 0)
        return "has no steps";
    if (!json_is_string(json_object_get(json_object_get(scenario, "config"), "self")))
        return "config has no self";
    last = json_object();
    json_array_foreach(steps, i, step)
    {
        wrong = prepare_step(step, last);
        if (wrong)
            break;
    }
    json_decref(last);
    return wrong;
}

static void tell(json_t *scenario, scenario_fn fn, void *userdata)
{
    const char *name = json_string_value(json_object_get(scenario, "name"));

    if (!name)
        name = "(no name)";
    fn(scenario, name, scenario_prepare(scenario), userdata);
}

static void tell_document(json_t *document, scenario_fn fn, void *userdata)
{
    json_t *scenario;
    size_t i;

    if (!json_is_array(document)) {
        tell(document, fn, userdata);
        return;
    }
    json_array_foreach(document, i, scenario) tell(scenario, fn, userdata);
}

/* Skips white space; true when there is more. */
static bool has_more(FILE *file)
{
    int c;

    do
        c = getc(file);
    while (c == ' ' || c == '\t' || c == '\r' || c == '\n');
    if (c == EOF)
        return false;
    ungetc(c, file);
    return true;
}

static void read_file(const char *path, scenario_fn fn, void *userdata)
{
    FILE *file = fopen(path, "rb");
    json_error_t error;
    json_t *document;
    bool any = false;

    if (!file) {
        fn(NULL, path, "cannot be opened", userdata);
        return;
    }
    while (has_more(file)) {
        any = true;
        document = json_loadf(file, JSON_DISABLE_EOF_CHECK | JSON_REJECT_DUPLICATES, &error);
        if (!document) {
            fn(NULL, path, error.text, userdata);
            break;
        }
        tell_document(document, fn, userdata);
        json_decref(document);
    }
    if (!any)
        fn(NULL, path, "is empty", userdata);
    fclose(file);
}

static bool has_scenarios(const char *path)
{
    const char *dot = strrchr(path, '.');

    return dot && (strcmp(dot, ".json") == 0 || strcmp(dot, ".jsonl") == 0);
}

static int by_name(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* The paths of what is in a directory, sorted. */
static char **list(DIR *directory, const char *path, size_t *count)
{
    char **paths = NULL;
    struct dirent *entry;
    text_t text = {0};

    for (*count = 0; (entry = readdir(directory)) != NULL;) {
        if (entry->d_name[0] == '.')
            continue;
        paths = realloc(paths, (*count + 1) * sizeof *paths);
        if (!paths)
            abort();
        text_printf(&text, "%s/%s", path, entry->d_name);
        paths[(*count)++] = text_take(&text);
    }
    if (paths)
        qsort(paths, *count, sizeof *paths, by_name);
    return paths;
}

static bool is_directory(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

void scenario_read(const char *path, scenario_fn fn, void *userdata)
{
    DIR *directory = is_directory(path) ? opendir(path) : NULL;
    char **paths;
    size_t count, i;

    if (!directory) {
        read_file(path, fn, userdata);
        return;
    }
    paths = list(directory, path, &count);
    closedir(directory);
    for (i = 0; i < count; i++) {
        if (is_directory(paths[i]) || has_scenarios(paths[i]))
            scenario_read(paths[i], fn, userdata);
        free(paths[i]);
    }
    free(paths);
}
