/* SPDX-License-Identifier: MIT */
/** @file
 *  A bot that takes files, in a main loop of GLib's.
 *
 *    JINGLE_PASSWORD=... glib_bot JID FOLDER SENDER...
 *
 *  GLib waits for the sockets of transports (jingle_set_loop()) and for that of the XMPP connection.
 *  A timer gives libstrophe its turns in between: it has no way to say that it wants to write. */
#include "loop_bot.h"

#include <glib-unix.h>

#define TURN_MS 5

static GMainLoop *main_loop;
static GHashTable *sources; /* of descriptors */
static guint connection;

/* ---- the sockets of transports ------------------------------------------------------------- */

static gboolean on_ready(gint fd, GIOCondition condition, gpointer userdata)
{
    unsigned what = 0;

    (void)userdata;
    if (condition & (G_IO_IN | G_IO_HUP | G_IO_ERR))
        what |= JINGLE_READABLE;
    if (condition & (G_IO_OUT | G_IO_HUP | G_IO_ERR))
        what |= JINGLE_WRITABLE;
    jingle_loop_ready(bot.jingle, fd, what);
    return G_SOURCE_CONTINUE;
}

static int watch(int fd, unsigned events, void *userdata)
{
    gpointer key = GINT_TO_POINTER(fd);
    guint source = GPOINTER_TO_UINT(g_hash_table_lookup(sources, key));
    GIOCondition condition =
        (events & JINGLE_READABLE ? G_IO_IN : 0) | (events & JINGLE_WRITABLE ? G_IO_OUT : 0);

    (void)userdata;
    if (source)
        g_source_remove(source);
    g_hash_table_remove(sources, key);
    if (events)
        g_hash_table_insert(sources, key,
                            GUINT_TO_POINTER(g_unix_fd_add(fd, condition, on_ready, NULL)));
    return JINGLE_EOK;
}

/* ---- the connection ------------------------------------------------------------------------ */

static gboolean on_turn(gpointer userdata)
{
    (void)userdata;
    bot_turn();
    if (bot.over)
        g_main_loop_quit(main_loop);
    return G_SOURCE_CONTINUE;
}

static gboolean on_xmpp(gint fd, GIOCondition condition, gpointer userdata)
{
    (void)fd;
    (void)condition;
    (void)userdata;
    bot_turn();
    return G_SOURCE_CONTINUE;
}

static void on_fd(void)
{
    if (connection)
        g_source_remove(connection);
    connection = bot.fd >= 0 ? g_unix_fd_add(bot.fd, G_IO_IN, on_xmpp, NULL) : 0;
}

int main(int argc, char **argv)
{
    static const jingle_loop_t loop = {.size = sizeof loop, .watch = watch};
    int status;

    main_loop = g_main_loop_new(NULL, FALSE);
    sources = g_hash_table_new(NULL, NULL);
    status = bot_start(argc, argv, "glib_bot", &loop, on_fd);
    if (status == 0) {
        g_timeout_add(TURN_MS, on_turn, NULL);
        g_main_loop_run(main_loop);
    }
    bot_end();
    g_hash_table_destroy(sources);
    g_main_loop_unref(main_loop);
    return 1; /* a bot stops when its connection does */
}
