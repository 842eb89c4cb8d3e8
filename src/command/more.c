/* SPDX-License-Identifier: MIT */
/** @file
 *  With --once: how long is waited for the next file of the same sender. `jingle send` goes offline after
 *  its last one, which is seen at once where its presence is seen; other programs stay, and offer the
 *  next file soon or not at all. */
#include "more.h"

#include <stdlib.h>
#include <string.h>

#include "report.h"

#define MORE_MS                                                                                    \
    3000u /* between two files: the second may be read for its hash before it is offered */

static bool is_online(const app_t *app, const char *jid)
{
    char *bare = must_copy(jid, jid_bare_length(jid));
    jingle_device_t device = {.jid = NULL};
    bool found = false;

    while (!found && jingle_next_device(app->jingle, bare, device.jid, &device))
        found = strcmp(device.jid, jid) == 0;
    free(bare);
    return found;
}

/** What is told on a new login is told anew, and to who is no contact perhaps not at all. */
static void look(more_t *more, const app_t *app)
{
    if (more->fresh != app->stream.n_fresh)
        more->known = false;
    more->fresh = app->stream.n_fresh;
    more->known = more->known || is_online(app, more->peer);
}

void more_take(more_t *more, const app_t *app, const char *peer)
{
    if (!more_is_from(more, peer)) {
        more_drop(more);
        more->peer = must_copy(peer, strlen(peer));
    }
    look(more, app);
}

void more_begin(more_t *more, const app_t *app)
{
    look(more, app);
    more->until = clock_ms() + MORE_MS;
}

bool more_is_from(const more_t *more, const char *peer)
{
    return more->peer && strcmp(more->peer, peer) == 0;
}

bool more_may_come(more_t *more, const app_t *app)
{
    if (more->peer)
        look(more, app);
    return more->peer && clock_ms() < more->until && !(more->known && !is_online(app, more->peer));
}

void more_drop(more_t *more)
{
    free(more->peer);
    *more = (more_t){.peer = NULL};
}
