/* SPDX-License-Identifier: MIT */
/** @file
 *  Ctrl-C, SIGTERM, and the limit of what blocks. */
#include "app.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

static volatile sig_atomic_t interrupted, graceful;

static void on_interrupt(int number)
{
    (void)number;
    if (interrupted || !graceful)
        _exit(STATUS_INTERRUPTED);
    interrupted = 1;
}

static void on_alarm(int number)
{
    static const char words[] = "jingle: cannot log in: the server does not answer in time\n";

    (void)number;
    (void)!write(STDERR_FILENO, words, sizeof words - 1);
    _exit(STATUS_LOGIN);
}

static void handle(int number, void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler};

    sigemptyset(&action.sa_mask);
    sigaction(number, &action, NULL);
}

void signals_init(void)
{
    handle(SIGINT, on_interrupt);
    handle(SIGTERM, on_interrupt);
    handle(SIGALRM, on_alarm);
    handle(SIGCHLD, SIG_DFL); /* who ignores it is not told how its children ended */
    handle(SIGPIPE, SIG_IGN); /* libstrophe writes to sockets that may have been closed */
}

void signals_graceful(void)
{
    graceful = 1;
}

bool signals_interrupted(void)
{
    return interrupted != 0;
}

void signals_alarm(unsigned seconds)
{
    alarm(seconds);
}

void signals_alarm_off(void)
{
    alarm(0);
}
