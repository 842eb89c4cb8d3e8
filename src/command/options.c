/* SPDX-License-Identifier: MIT */
/** @file
 *  The command line. Every option may stand anywhere, before or after the subcommand; `--` ends
 * them, for files whose names begin with a dash. getopt_long() is not in POSIX and yet in every
 * libc that this builds with; a parser of our own would only understand less than people are used
 * to. */
#include "settings.h"

#include <getopt.h>
#include <stdio.h>

#define LONG_BASE 256 /* above all characters */
#define HELP (LONG_BASE + KEY_COUNT)
#define VERSION (HELP + 1)
#define PASSWORD (HELP + 2)
#define N_OPTIONS (KEY_COUNT + 4)

static void make_table(struct option table[N_OPTIONS])
{
    size_t n = 0;

    for (int key = 0; key < KEY_COUNT; key++)
        if (setting_keys[key].is_option)
            table[n++] = (struct option){
                setting_keys[key].name, setting_keys[key].is_flag ? no_argument : required_argument,
                NULL, LONG_BASE + key};
    table[n++] = (struct option){"help", no_argument, NULL, HELP};
    table[n++] = (struct option){"version", no_argument, NULL, VERSION};
    /* Taken to be refused; getopt_long() would read it as short for --password-file. */
    table[n++] = (struct option){"password", optional_argument, NULL, PASSWORD};
    table[n] = (struct option){0};
}

static bool take(settings_t *settings, int option, command_line_t *line)
{
    char where[32];
    key_id_t key;

    if (option == 'h' || option == HELP) {
        line->help = true;
        return true;
    }
    if (option == VERSION) {
        line->version = true;
        return true;
    }
    if (option == PASSWORD) {
        fputs("jingle: a password on the command line is seen by all who use this machine; give "
              "--password-file FILE "
              "or set JINGLE_PASSWORD\n",
              stderr);
        return false;
    }
    if (option == '?') {
        fputs("jingle: see 'jingle --help'\n", stderr);
        return false;
    }
    key = option == 'q' ? KEY_QUIET : option == 'v' ? KEY_VERBOSE : (key_id_t)(option - LONG_BASE);
    snprintf(where, sizeof where, "--%s", setting_keys[key].name);
    return settings_set(settings, SOURCE_OPTION, key, setting_keys[key].is_flag ? "yes" : optarg,
                        where);
}

bool options_parse(settings_t *settings, int argc, char **argv, command_line_t *line)
{
    /* For getopt's words: as in all others, whatever path we were called by. */
    static char name[] = "jingle";
    struct option table[N_OPTIONS];
    int option;

    make_table(table);
    if (argc > 0)
        argv[0] = name;
    *line = (command_line_t){0};
    while ((option = getopt_long(argc, argv, "hqv", table, NULL)) != -1)
        if (!take(settings, option, line))
            return false;
    line->words = argv + optind;
    line->n_words = argc - optind;
    return true;
}

const char *options_of(const settings_t *settings, bool receive)
{
    for (size_t key = 0; key < KEY_COUNT; key++)
        if ((receive ? setting_keys[key].receive_only : setting_keys[key].send_only) &&
            settings->sources[key] == SOURCE_OPTION)
            return setting_keys[key].name;
    return NULL;
}
