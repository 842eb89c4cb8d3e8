/* SPDX-License-Identifier: MIT */
/** @file
 *  jingle receive --daemon: a process that watches over the one that receives, and starts it anew
 *  when it has ended, be it that the connection broke, the server hung in the middle of a handshake
 *  (libstrophe waits for that without end), or it crashed. What it had received is on the disk. */
#include "app.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "report.h"

#define DELAY_FIRST 1u /* seconds */
#define DELAY_MAX 300u

static int ready_pipe = -1; /**< in the child: where it says that it has logged in */
static pid_t watcher;       /**< in the child: its parent */

void daemon_ready(void)
{
    if (ready_pipe >= 0)
        (void)!write(ready_pipe, "", 1);
}

bool daemon_is_orphan(void)
{
    return watcher && getppid() != watcher;
}

/** @return the status of the child; *was_ready: whether it got as far as to receive */
static int wait_for(pid_t child, int pipe, bool *was_ready)
{
    pid_t ended;
    int state;
    char octet;
    ssize_t got;

    signals_child(child, NULL);
    while ((ended = waitpid(child, &state, WNOHANG)) == 0)
        signals_wait(NULL);
    signals_child(0, NULL);
    if (ended < 0)
        return STATUS_FAILED;
    while ((got = read(pipe, &octet, 1)) < 0 && errno == EINTR)
        continue;
    *was_ready = got == 1;
    return WIFEXITED(state) ? WEXITSTATUS(state) : STATUS_FAILED;
}

/** One life of the child. */
static int run_once(const settings_t *settings, int (*run)(const settings_t *settings),
                    bool *was_ready)
{
    pid_t parent = getpid(), child;
    int ends[2], status;

    if (pipe(ends) != 0)
        return STATUS_FAILED;
    child = fork();
    if (child == 0) {
        close(ends[0]);
        ready_pipe = ends[1];
        watcher = parent;
        signals_watched();
        exit(run(settings));
    }
    close(ends[1]);
    status = child > 0 ? wait_for(child, ends[0], was_ready) : STATUS_FAILED;
    close(ends[0]);
    return status;
}

/** Doubles up to the limit. @return false when a signal came */
static bool pause_for(unsigned *delay)
{
    uint64_t end = clock_ms() + 1000 * (uint64_t)*delay, now;

    report_note("starting again in %u s", *delay);
    while (!signals_interrupted() && (now = clock_ms()) < end)
        signals_wait(&(struct timespec){.tv_sec = (time_t)((end - now) / 1000),
                                        .tv_nsec = (long)((end - now) % 1000) * 1000000});
    *delay = *delay * 2 > DELAY_MAX ? DELAY_MAX : *delay * 2;
    return !signals_interrupted();
}

int daemon_run(const settings_t *settings, int (*run)(const settings_t *settings))
{
    unsigned delay = DELAY_FIRST;
    bool ever = false;

    signals_init();
    signals_graceful();
    signals_watch();
    for (;;) {
        bool was_ready = false;
        int status = run_once(settings, run, &was_ready);

        if (signals_interrupted())
            return STATUS_INTERRUPTED;
        ever = ever || was_ready;
        /* What never worked is a mistake that somebody has to see, as is an address that another
         * program has too. */
        if (!ever || status == STATUS_USAGE)
            return status;
        if (was_ready)
            delay = DELAY_FIRST;
        if (!pause_for(&delay))
            return STATUS_INTERRUPTED;
    }
}
