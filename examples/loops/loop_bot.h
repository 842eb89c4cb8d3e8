/* SPDX-License-Identifier: MIT */
/** @file
 *  A bot that takes files, without a loop: what uv_bot.c and glib_bot.c share. It is file_bot.c but
 *  for the loop, which belongs to the program. */
#ifndef LOOP_BOT_H
#define LOOP_BOT_H

#include <jingle/jingle.h>

typedef struct {
    xmpp_ctx_t *ctx;
    xmpp_conn_t *conn;
    jingle_t *jingle;
    int fd;              /**< of the connection; -1 when there is none */
    void (*on_fd)(void); /**< it has changed */
    bool over;           /**< the connection has ended */
} loop_bot_t;

extern loop_bot_t bot;

/** Reads the arguments and connects. @param name of the program @param loop for the sockets of
 *  transports @return 0, or the status to exit with */
int bot_start(int argc, char **argv, const char *name, const jingle_loop_t *loop,
              void (*on_fd)(void));
/** Lets libstrophe read, write, and call its timers; never waits. */
void bot_turn(void);
void bot_end(void);

#endif
