/* SPDX-License-Identifier: MIT */
/** @file
 *  A bot that takes files, in a loop of libuv's.
 *
 *    JINGLE_PASSWORD=... uv_bot JID FOLDER SENDER...
 *
 *  libuv waits for the sockets of transports (jingle_set_loop()) and for that of the XMPP connection.
 *  A timer gives libstrophe its turns in between: it has no way to say that it wants to write. */
#include "loop_bot.h"

#include <stdlib.h>

#include <uv.h>

#define TURN_MS 5

typedef struct watcher {
    uv_poll_t poll; /**< first: a handle is a watcher */
    struct watcher *next;
    int fd;
} watcher_t;

static watcher_t *watchers;
static uv_timer_t timer;
static uv_poll_t connection;
static bool has_connection;

/* ---- the sockets of transports ------------------------------------------------------------- */

static void on_ready(uv_poll_t *poll, int status, int events)
{
    watcher_t *watcher = (watcher_t *)poll;
    unsigned what = JINGLE_READABLE | JINGLE_WRITABLE; /* an error: let it be found out */

    if (status == 0)
        what = (events & UV_READABLE ? JINGLE_READABLE : 0) |
               (events & UV_WRITABLE ? JINGLE_WRITABLE : 0);
    jingle_loop_ready(bot.jingle, watcher->fd, what);
}

static void on_freed(uv_handle_t *handle)
{
    free(handle);
}

static void forget(watcher_t **at)
{
    watcher_t *watcher = *at;

    *at = watcher->next;
    uv_close((uv_handle_t *)&watcher->poll, on_freed);
}

static watcher_t *new_watcher(int fd)
{
    watcher_t *watcher = calloc(1, sizeof *watcher);

    if (!watcher || uv_poll_init(uv_default_loop(), &watcher->poll, fd)) {
        free(watcher);
        return NULL;
    }
    watcher->fd = fd;
    watcher->next = watchers;
    watchers = watcher;
    return watcher;
}

static int watch(int fd, unsigned events, void *userdata)
{
    watcher_t **at = &watchers;
    int what =
        (events & JINGLE_READABLE ? UV_READABLE : 0) | (events & JINGLE_WRITABLE ? UV_WRITABLE : 0);

    (void)userdata;
    while (*at && (*at)->fd != fd)
        at = &(*at)->next;
    if (!what) {
        if (*at)
            forget(at);
        return JINGLE_EOK;
    }
    if (!*at && !new_watcher(fd))
        return JINGLE_EMEM;
    return uv_poll_start(*at ? &(*at)->poll : &watchers->poll, what, on_ready) ? JINGLE_EMEM
                                                                               : JINGLE_EOK;
}

/* ---- the connection ------------------------------------------------------------------------ */

static void on_turn(uv_timer_t *of)
{
    (void)of;
    bot_turn();
    if (bot.over)
        uv_stop(uv_default_loop());
}

static void on_xmpp(uv_poll_t *poll, int status, int events)
{
    (void)poll;
    (void)status;
    (void)events;
    bot_turn();
}

static void on_fd(void)
{
    if (has_connection)
        uv_poll_stop(&connection);
    has_connection = bot.fd >= 0 && uv_poll_init(uv_default_loop(), &connection, bot.fd) == 0;
    if (has_connection)
        uv_poll_start(&connection, UV_READABLE, on_xmpp);
}

int main(int argc, char **argv)
{
    static const jingle_loop_t loop = {.size = sizeof loop, .watch = watch};
    int status = bot_start(argc, argv, "uv_bot", &loop, on_fd);

    if (status == 0) {
        uv_timer_init(uv_default_loop(), &timer);
        uv_timer_start(&timer, on_turn, 0, TURN_MS);
        uv_run(uv_default_loop(), UV_RUN_DEFAULT);
    }
    bot_end();
    return 1; /* a bot stops when its connection does */
}
