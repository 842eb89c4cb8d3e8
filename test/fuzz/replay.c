/* SPDX-License-Identifier: MIT */
/** @file
 *  test/fuzz/replay TARGET FILE...: runs a fuzz target on inputs that are kept. Of a directory all
 *  files are run. One line for each target: `ok fuzz/TARGET`; an input that does not pass ends the
 *  program, and its name is on standard error. */
#include <dirent.h>
#include <string.h>
#include <sys/stat.h>

#include "fuzz.h"
#include "support/text.h"

static size_t n_run;

static void run_file(const fuzz_target_t *target, const char *path)
{
    FILE *file = fopen(path, "rb");
    uint8_t *data = NULL;
    size_t len = 0, size = 0, got;

    FUZZ_CHECK(file);
    do {
        size = 2 * size + 4096;
        FUZZ_CHECK((data = realloc(data, size)));
        got = fread(data + len, 1, size - len, file);
        len += got;
    } while (len == size);
    fclose(file);
    /* Memory of just its size: reading on is found out. */
    data = realloc(data, len ? len : 1);
    fprintf(stderr, "%s\n", path);
    target->run(data, len);
    free(data);
    n_run++;
}

static void run_path(const fuzz_target_t *target, const char *path)
{
    struct stat status;
    struct dirent **entries;
    int n;

    FUZZ_CHECK(stat(path, &status) == 0);
    if (!S_ISDIR(status.st_mode)) {
        run_file(target, path);
        return;
    }
    n = scandir(path, &entries, NULL, alphasort);
    FUZZ_CHECK(n >= 0);
    for (int i = 0; i < n; i++) {
        text_t inner = {0};

        text_printf(&inner, "%s/%s", path, entries[i]->d_name);
        if (entries[i]->d_name[0] != '.')
            run_path(target, text_str(&inner));
        text_clear(&inner);
        free(entries[i]);
    }
    free(entries);
}

int main(int argc, char **argv)
{
    const fuzz_target_t *target = argc > 2 ? fuzz_target_named(argv[1]) : NULL;

    if (!target) {
        fputs("usage: replay TARGET FILE...\n", stderr);
        return 2;
    }
    xmpp_initialize();
    for (int i = 2; i < argc; i++)
        run_path(target, argv[i]);
    xmpp_shutdown();
    if (!n_run) {
        printf("not ok fuzz/%s - there is no input\n", target->name);
        return 1;
    }
    printf("# %zu inputs\nok fuzz/%s\n", n_run, target->name);
    return 0;
}
