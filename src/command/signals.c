/* SPDX-License-Identifier: MIT */
/** @file
 *  Ctrl-C, SIGTERM, SIGHUP, and the limit of what blocks. */
#include "app.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <unistd.h>

#define HANGS 10   /* seconds for one step of a login: a handshake has some round trips */
#define PATIENCE 3 /* seconds for a loop that hangs to see Ctrl-C */

enum { ALARM_NOTHING, ALARM_END, ALARM_TICK };

static volatile sig_atomic_t interrupted, graceful;
static volatile sig_atomic_t child;   /**< that ends with us; 0: none */
static const char *volatile doomed;   /**< file that goes with it; NULL: none */
static volatile sig_atomic_t watched; /**< somebody ends us when the user has lost patience */
static sigset_t mask_before;
static volatile sig_atomic_t alarmed;  /**< what an alarm means, one of these */
static volatile sig_atomic_t ticks;    /**< since the loop was last seen to turn */
static volatile sig_atomic_t patience; /**< ticks after Ctrl-C */
static volatile sig_atomic_t dialled = -1;

/** The terminal and systemd signal all processes there are, and who watches passes the signal on: who
 * is watched cannot tell how often the user meant it, and leaves that to its watcher. */
static void on_interrupt(int number)
{
    bool at_once = !graceful || (interrupted && !watched);

    (void)number;
    if (child)
        kill((pid_t)child, at_once ? SIGKILL : SIGTERM);
    if (at_once && doomed)
        unlink(doomed);
    if (at_once)
        _exit(STATUS_INTERRUPTED);
    interrupted = 1;
}

static void on_child(int number)
{
    (void)number; /* is there to end a wait */
}

/** One tick a second while a connection is dialled beside transfers: they must not end with it. */
static void on_tick(void)
{
    int number = errno;

    ticks++;
    if (interrupted)
        patience--;
    if (dialled >= 0 && (interrupted || ticks >= HANGS))
        shutdown(dialled, SHUT_RDWR);
    /* A look-up of names has no socket of ours. */
    if (patience <= 0)
        _exit(STATUS_INTERRUPTED);
    alarm(1);
    errno = number;
}

static void on_alarm(int number)
{
    static const char words[] = "jingle: cannot log in: the server does not answer in time\n";

    (void)number;
    if (alarmed == ALARM_TICK)
        on_tick();
    if (alarmed != ALARM_END)
        return;
    (void)!write(STDERR_FILENO, words, sizeof words - 1);
    _exit(STATUS_LOGIN);
}

static void handle(int number, void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler};

    sigemptyset(&action.sa_mask);
    sigaction(number, &action, NULL);
}

/** Of a terminal that is closed. Who was started by nohup goes on. */
static void handle_hangup(void)
{
    struct sigaction before;

    if (sigaction(SIGHUP, NULL, &before) == 0 && before.sa_handler != SIG_IGN)
        handle(SIGHUP, on_interrupt);
}

void signals_init(void)
{
    handle_hangup();
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

/** @param before receives what was blocked already */
static void block(sigset_t *before)
{
    sigset_t mask;

    sigemptyset(&mask);
    sigaddset(&mask, SIGHUP);
    sigaddset(&mask, SIGINT);
    sigaddset(&mask, SIGTERM);
    sigaddset(&mask, SIGCHLD);
    sigprocmask(SIG_BLOCK, &mask, before);
}

void signals_watch(void)
{
    handle(SIGCHLD, on_child);
    block(&mask_before);
}

void signals_watched(void)
{
    child = 0;
    graceful = 0;
    watched = 1;
    signals_init();
    sigprocmask(SIG_SETMASK, &mask_before, NULL);
}

void signals_child(pid_t pid, const char *file)
{
    doomed = file;
    child = pid;
}

void signals_wait(const struct timespec *most)
{
    pselect(0, NULL, NULL, NULL, most, &mask_before);
}

bool signals_wait_or(int fd, unsigned ms)
{
    struct timespec most = {.tv_sec = ms / 1000, .tv_nsec = (long)(ms % 1000) * 1000000};
    sigset_t before;
    fd_set fds;
    bool ready = false;

    FD_ZERO(&fds);
    if (fd >= 0)
        FD_SET((unsigned)fd, &fds); /* musl's macro divides by an unsigned number */
    block(&before);
    if (!interrupted)
        ready = pselect(fd + 1, &fds, NULL, NULL, &most, &before) > 0;
    sigprocmask(SIG_SETMASK, &before, NULL);
    return ready;
}

void signals_alarm(unsigned seconds)
{
    alarmed = ALARM_END;
    alarm(seconds);
}

void signals_dial(void)
{
    ticks = 0;
    patience = PATIENCE;
    alarmed = ALARM_TICK;
    alarm(1);
}

void signals_socket(int fd)
{
    dialled = fd;
}

void signals_turn(void)
{
    ticks = 0;
}

void signals_alarm_off(void)
{
    alarmed = ALARM_NOTHING; /* first: one that is on its way is none any more */
    alarm(0);
}
