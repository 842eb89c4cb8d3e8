/* SPDX-License-Identifier: MIT */
/** @file
 *  Ctrl-C, SIGTERM, and the limit of what blocks. */
#include "app.h"

#include <signal.h>
#include <string.h>
#include <sys/select.h>
#include <unistd.h>

static volatile sig_atomic_t interrupted, graceful;
static volatile sig_atomic_t child;   /**< that ends with us; 0: none */
static volatile sig_atomic_t watched; /**< somebody ends us when the user has lost patience */
static sigset_t mask_before;

/** The terminal and systemd signal all processes there are, and who watches passes the signal on: who
 * is watched cannot tell how often the user meant it, and leaves that to its watcher. */
static void on_interrupt(int number)
{
    bool at_once = !graceful || (interrupted && !watched);

    (void)number;
    if (child)
        kill((pid_t)child, at_once ? SIGKILL : SIGTERM);
    if (at_once)
        _exit(STATUS_INTERRUPTED);
    interrupted = 1;
}

static void on_child(int number)
{
    (void)number; /* is there to end a wait */
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

void signals_watch(void)
{
    sigset_t mask;

    handle(SIGCHLD, on_child);
    sigemptyset(&mask);
    sigaddset(&mask, SIGINT);
    sigaddset(&mask, SIGTERM);
    sigaddset(&mask, SIGCHLD);
    sigprocmask(SIG_BLOCK, &mask, &mask_before);
}

void signals_watched(void)
{
    child = 0;
    graceful = 0;
    watched = 1;
    signals_init();
    sigprocmask(SIG_SETMASK, &mask_before, NULL);
}

void signals_child(pid_t pid)
{
    child = pid;
}

void signals_wait(const struct timespec *most)
{
    pselect(0, NULL, NULL, NULL, most, &mask_before);
}

void signals_alarm(unsigned seconds)
{
    alarm(seconds);
}

void signals_alarm_off(void)
{
    alarm(0);
}
