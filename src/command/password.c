/* SPDX-License-Identifier: MIT */
/** @file
 *  The password: from a file or from the terminal, never from the command line, where everybody on
 *  the machine can read it. */
#include "settings.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

/** Reads one line without its end. @return to be freed; NULL: nothing was there */
static char *read_line(FILE *file)
{
    char *line = NULL;
    size_t size = 0;
    ssize_t len = getline(&line, &size, file);

    while (len > 0 && (line[len - 1] == '\n' || line[len - 1] == '\r'))
        line[--len] = '\0';
    if (len <= 0) {
        free(line);
        return NULL;
    }
    return line;
}

static int read_file(settings_t *settings)
{
    const char *path = settings->password_file;
    FILE *file = fopen(path, "r");
    struct stat status;

    if (!file) {
        fprintf(stderr, "jingle: cannot read the password file %s: %s\n", path, strerror(errno));
        return STATUS_USAGE;
    }
    if (fstat(fileno(file), &status) == 0 && S_ISREG(status.st_mode) &&
        (status.st_mode & (S_IRGRP | S_IROTH)) && !settings->quiet && !settings->json)
        fprintf(stderr, "jingle: warning: others can read %s; better: chmod 600 '%s'\n", path,
                path);
    setvbuf(file, NULL, _IONBF, 0);
    forget(settings->password);
    settings->password = read_line(file);
    fclose(file);
    if (settings->password)
        return STATUS_DONE;
    fprintf(stderr, "jingle: the first line of the password file %s is empty\n", path);
    return STATUS_USAGE;
}

static struct termios terminal_before;

/** A terminal without echo is of no use to the shell that gets it back. */
static void on_interrupt(int number)
{
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &terminal_before);
    (void)!write(STDERR_FILENO, "\n", 1);
    (void)number;
    _exit(STATUS_INTERRUPTED);
}

static char *ask(const char *jid)
{
    struct sigaction action = {.sa_handler = on_interrupt}, before_int, before_term;
    struct termios silent;
    char *line;

    if (tcgetattr(STDIN_FILENO, &terminal_before) != 0)
        return NULL;
    silent = terminal_before;
    silent.c_lflag &= ~(tcflag_t)ECHO;
    silent.c_lflag |= ECHONL;
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, &before_int);
    sigaction(SIGTERM, &action, &before_term);
    /* The prompt comes last: who types as soon as it is seen is neither shown nor flushed away. */
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent);
    fprintf(stderr, "Password of %.*s: ", (int)jid_bare_length(jid), jid);
    fflush(stderr);
    line = read_line(stdin);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &terminal_before);
    sigaction(SIGINT, &before_int, NULL);
    sigaction(SIGTERM, &before_term, NULL);
    return line;
}

int password_get(settings_t *settings)
{
    bool file_first = settings->sources[KEY_PASSWORD_FILE] < settings->sources[KEY_PASSWORD];

    if (settings->password_file && (file_first || !settings->password))
        return read_file(settings);
    if (settings->password)
        return STATUS_DONE;
    if (isatty(STDIN_FILENO))
        settings->password = ask(settings->jid);
    if (settings->password)
        return STATUS_DONE;
    fprintf(stderr, "jingle: no password; give --password-file FILE, or set JINGLE_PASSWORD, or "
                    "put it into the "
                    "configuration file\n");
    return STATUS_USAGE;
}
