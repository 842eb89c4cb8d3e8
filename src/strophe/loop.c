/* SPDX-License-Identifier: MIT */
/** @file
 *  All hooks, and the timer of each context.
 *
 *  The list of hooks is the library's one global, behind a lock. libstrophe leaves no other way: it
 *  removes handlers and timers by function alone, whoever's they are, says nowhere which there are,
 *  and gives neither contexts nor connections a place to keep something. Without the list nobody
 *  would notice that a second manager is attached to a connection (and answers everything twice),
 *  and the last manager of a context would leave a timer behind, which xmpp_ctx_free() leaks.
 *  Only the links are shared: hooks of one context are used by the thread that runs it.
 *
 *  The timer. Timers of a connection stop while it is down, so ours is the context's. One is set at a
 *  time, for the next deadline of all managers there and at least once a second, and it is set anew
 *  each time: a period cannot be changed, and a handler must not delete itself. So there are two
 *  functions, and the one that runs sets the other. But libstrophe, about to sleep, does not count a
 *  timer that was set while the context's timers ran; it does count one that was set by a timer of a
 *  connection, since those run first. So a connection that is up gets a timer too, for the same
 *  time. */
#include "binding.h"

#include <pthread.h>
#include <time.h>

#define BEAT_MAX 1000u /* ms: how long a change of the connection may go unnoticed */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static jingle__hook_t *hooks;

uint64_t jingle__clock(void)
{
    struct timespec now;

    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0)
        return 0; /* the engine takes it for the last value */
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

/* ---- the list -------------------------------------------------------------------------------- */

static jingle__hook_t *first_of(const xmpp_ctx_t *ctx)
{
    jingle__hook_t *hook;

    pthread_mutex_lock(&lock);
    for (hook = hooks; hook && hook->ctx != ctx; hook = hook->next)
        continue;
    pthread_mutex_unlock(&lock);
    return hook;
}

static jingle__hook_t *next_of(const jingle__hook_t *hook)
{
    const xmpp_ctx_t *ctx = hook->ctx;
    jingle__hook_t *next;

    pthread_mutex_lock(&lock);
    for (next = hook->next; next && next->ctx != ctx; next = next->next)
        continue;
    pthread_mutex_unlock(&lock);
    return next;
}

jingle__hook_t *jingle__hook_find(xmpp_conn_t *conn)
{
    jingle__hook_t *hook = first_of(xmpp_conn_get_context(conn));

    while (hook && hook->conn != conn)
        hook = next_of(hook);
    return hook;
}

void jingle__hook_link(jingle__hook_t *hook)
{
    jingle__hook_t **end;

    pthread_mutex_lock(&lock);
    for (end = &hooks; *end; end = &(*end)->next)
        continue;
    *end = hook;
    pthread_mutex_unlock(&lock);
}

/* ---- the timer ------------------------------------------------------------------------------- */

static int beat_1(xmpp_ctx_t *ctx, void *userdata);
static int beat_2(xmpp_ctx_t *ctx, void *userdata);
static int conn_beat_1(xmpp_conn_t *conn, void *userdata);
static int conn_beat_2(xmpp_conn_t *conn, void *userdata);

static const xmpp_global_timed_handler beats[] = {NULL, beat_1, beat_2};
static const xmpp_timed_handler conn_beats[] = {NULL, conn_beat_1, conn_beat_2};

static void disarm_conn(jingle__beat_t *beat)
{
    if (beat->conn)
        xmpp_timed_handler_delete(beat->conn, conn_beats[beat->armed]);
    beat->conn = NULL;
}

static void disarm(xmpp_ctx_t *ctx, jingle__beat_t *beat)
{
    if (!beat->armed)
        return;
    disarm_conn(beat);
    xmpp_global_timed_handler_delete(ctx, beats[beat->armed]);
    beat->armed = 0;
}

/** One whose login is awaited comes first: its timer says that it has ended, see conn_beat(). */
static xmpp_conn_t *find_connected(const xmpp_ctx_t *ctx)
{
    xmpp_conn_t *online = NULL;

    for (jingle__hook_t *hook = first_of(ctx); hook; hook = next_of(hook)) {
        if (!hook->binding || !xmpp_conn_is_connected(hook->conn))
            continue;
        if (!hook->online)
            return hook->conn;
        online = hook->conn;
    }
    return online;
}

static void arm(xmpp_ctx_t *ctx, jingle__beat_t *beat, unsigned which, uint64_t delay)
{
    beat->armed = which;
    beat->due = jingle__clock() + delay;
    beat->conn = find_connected(ctx);
    if (beat->conn)
        xmpp_timed_handler_add(beat->conn, conn_beats[which], (unsigned long)delay, NULL);
    xmpp_global_timed_handler_add(ctx, beats[which], (unsigned long)delay, NULL);
}

void jingle__beat_within(xmpp_ctx_t *ctx, uint64_t delay)
{
    jingle__hook_t *first = first_of(ctx);
    jingle__beat_t *beat = first ? &first->beat : NULL;

    if (delay > BEAT_MAX)
        delay = BEAT_MAX;
    /* A beat that runs sets the next one when it ends. */
    if (!beat || beat->running || (beat->armed && beat->due <= jingle__clock() + delay))
        return;
    disarm(ctx, beat);
    arm(ctx, beat, 1, delay);
}

void jingle__beat_leave(const jingle__hook_t *hook)
{
    jingle__hook_t *first = first_of(hook->ctx);

    if (first && first->beat.conn == hook->conn)
        disarm_conn(&first->beat);
}

void jingle__hook_unlink(jingle__hook_t *hook)
{
    jingle__hook_t *first = first_of(hook->ctx);
    jingle__hook_t *heir = first == hook ? next_of(hook) : NULL;
    jingle__hook_t **link;

    if (heir)
        heir->beat = hook->beat;
    else if (first == hook && !hook->beat.running)
        disarm(hook->ctx, &hook->beat);
    pthread_mutex_lock(&lock);
    for (link = &hooks; *link != hook; link = &(*link)->next)
        continue;
    *link = hook->next;
    pthread_mutex_unlock(&lock);
}

static jingle__hook_t *first_unvisited(const xmpp_ctx_t *ctx)
{
    jingle__hook_t *hook = first_of(ctx);

    while (hook && hook->visited)
        hook = next_of(hook);
    return hook;
}

/** Hooks come and go while this calls back. @return ms to the next beat */
static uint64_t visit_all(xmpp_ctx_t *ctx)
{
    uint64_t now = jingle__clock(), next = BEAT_MAX;
    jingle__hook_t *hook;

    for (hook = first_of(ctx); hook; hook = next_of(hook))
        hook->visited = false;
    while ((hook = first_unvisited(ctx))) {
        uint64_t delay;
        hook->visited = true;
        delay = jingle__hook_tick(hook, now);
        if (delay < next)
            next = delay;
        jingle__hook_reap(hook);
    }
    return next;
}

static void beat(xmpp_ctx_t *ctx, unsigned which)
{
    jingle__hook_t *first = first_of(ctx);
    uint64_t delay;

    if (!first)
        return;
    first->beat.running = true;
    delay = visit_all(ctx);
    first = first_of(ctx);
    if (!first)
        return;
    first->beat.running = false;
    /* Not 0: libstrophe does not wake for a timer without a period. */
    arm(ctx, &first->beat, 3 - which, delay ? delay : 1);
}

/** The context's timer: the connection's is not needed then. */
static int ctx_beat(xmpp_ctx_t *ctx, unsigned which)
{
    jingle__hook_t *first = first_of(ctx);

    if (first) {
        disarm_conn(&first->beat);
        first->beat.armed = 0;
    }
    beat(ctx, which);
    return 0;
}

/** The connection's timer: the context's is not needed then. libstrophe does not call it before the
 *  login has ended. */
static int conn_beat(xmpp_conn_t *conn, unsigned which)
{
    xmpp_ctx_t *ctx = xmpp_conn_get_context(conn);
    jingle__hook_t *first = first_of(ctx), *hook = jingle__hook_find(conn);

    if (hook)
        hook->authenticated = true;
    if (first) {
        first->beat.conn = NULL;
        disarm(ctx, &first->beat);
    }
    beat(ctx, which);
    return 0;
}

static int beat_1(xmpp_ctx_t *ctx, void *userdata)
{
    (void)userdata;
    return ctx_beat(ctx, 1);
}

static int beat_2(xmpp_ctx_t *ctx, void *userdata)
{
    (void)userdata;
    return ctx_beat(ctx, 2);
}

static int conn_beat_1(xmpp_conn_t *conn, void *userdata)
{
    (void)userdata;
    return conn_beat(conn, 1);
}

static int conn_beat_2(xmpp_conn_t *conn, void *userdata)
{
    (void)userdata;
    return conn_beat(conn, 2);
}
