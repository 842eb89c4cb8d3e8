/* SPDX-License-Identifier: MIT */
/** @file
 *  Deadlines: a binary heap, so that setting, clearing and firing cost the logarithm of how many
 *  there are. The heap holds pointers to timers that are embedded in what has the deadline. */
#include "core.h"

static bool earlier(const jingle_timer_t *a, const jingle_timer_t *b)
{
    return a->due != b->due ? a->due < b->due : a->serial < b->serial;
}

static void place(jingle__timers_t *timers, size_t slot, jingle_timer_t *timer)
{
    timers->heap[slot - 1] = timer;
    timer->slot = slot;
}

static void sift_up(jingle__timers_t *timers, size_t slot, jingle_timer_t *timer)
{
    for (; slot > 1 && earlier(timer, timers->heap[slot / 2 - 1]); slot /= 2)
        place(timers, slot, timers->heap[slot / 2 - 1]);
    place(timers, slot, timer);
}

static void sift_down(jingle__timers_t *timers, size_t slot, jingle_timer_t *timer)
{
    for (size_t child; (child = 2 * slot) <= timers->len; slot = child) {
        if (child < timers->len && earlier(timers->heap[child], timers->heap[child - 1]))
            child++;
        if (!earlier(timers->heap[child - 1], timer))
            break;
        place(timers, slot, timers->heap[child - 1]);
    }
    place(timers, slot, timer);
}

void jingle__timer_unset(jingle_timer_t *timer)
{
    jingle__timers_t *timers;
    jingle_timer_t *last;
    size_t slot = timer->slot;

    if (slot == 0)
        return;
    timers = &timer->jingle->timers;
    timer->slot = 0;
    last = timers->heap[--timers->len];
    if (last == timer)
        return;
    if (slot > 1 && earlier(last, timers->heap[slot / 2 - 1]))
        sift_up(timers, slot, last);
    else
        sift_down(timers, slot, last);
}

int jingle__timer_set(jingle_t *jingle, jingle_timer_t *timer, uint64_t delay)
{
    jingle__timers_t *timers = &jingle->timers;

    if (timer->slot)
        jingle__timer_unset(timer);
    if (timers->len == timers->size) {
        size_t size = timers->size ? 2 * timers->size : 16;
        jingle_timer_t **heap =
            jingle__realloc(&jingle->mem, timers->heap, size * sizeof(jingle_timer_t *));
        if (!heap)
            return JINGLE_EMEM;
        timers->heap = heap;
        timers->size = size;
    }
    timer->jingle = jingle;
    timer->due = delay < UINT64_MAX - jingle->now ? jingle->now + delay : UINT64_MAX - 1;
    timer->serial = timers->serial++;
    sift_up(timers, ++timers->len, timer);
    return JINGLE_EOK;
}

void jingle__timers_clear(jingle_t *jingle)
{
    jingle__timers_t *timers = &jingle->timers;

    /* What is left by now are the program's and the plug-ins' own. */
    for (size_t i = 0; i < timers->len; i++)
        jingle__free(&jingle->mem, timers->heap[i]);
    jingle__free(&jingle->mem, timers->heap);
    *timers = (jingle__timers_t){0};
}

/** Nobody has said what time it is when the first deadlines are set (a session is restored, say): they
 *  count from now. All move by the same, so their order stays. */
static void begin(jingle_t *jingle, uint64_t now)
{
    jingle__timers_t *timers = &jingle->timers;

    jingle->ticked = true;
    for (size_t i = 0; i < timers->len; i++) {
        jingle_timer_t *timer = timers->heap[i];

        timer->due = timer->due < UINT64_MAX - 1 - now ? timer->due + now : UINT64_MAX - 1;
    }
}

uint64_t jingle_tick(jingle_t *jingle, uint64_t now_ms)
{
    jingle__timers_t *timers;
    uint64_t serial, left = JINGLE_NEVER;

    if (!jingle || jingle->closing)
        return JINGLE_NEVER;
    timers = &jingle->timers;
    if (!jingle->ticked)
        begin(jingle, now_ms);
    if (now_ms > jingle->now)
        jingle->now = now_ms;
    if (timers->len == 0)
        return JINGLE_NEVER;
    jingle__enter(jingle);
    serial = timers->serial;
    while (timers->len && timers->heap[0]->due <= jingle->now && timers->heap[0]->serial < serial) {
        jingle_timer_t *timer = timers->heap[0];
        jingle__timer_unset(timer);
        timer->fn(jingle, timer->userdata);
    }
    if (timers->len)
        left = timers->heap[0]->due > jingle->now ? timers->heap[0]->due - jingle->now : 0;
    jingle__leave(jingle);
    return left;
}

uint64_t jingle_get_time(const jingle_t *jingle)
{
    return jingle ? jingle->now : 0;
}

/** A timer of the program's: frees itself. */
typedef struct {
    jingle_timer_t timer;
    jingle_timer_fn fn;
    void *userdata;
} own_timer_t;

static void fire_own(jingle_t *jingle, void *userdata)
{
    own_timer_t own = *(own_timer_t *)userdata;

    jingle__free(&jingle->mem, userdata);
    own.fn(jingle, own.userdata);
}

int jingle_timer_start(jingle_t *jingle, uint64_t delay_ms, jingle_timer_fn fn, void *userdata,
                       jingle_timer_t **timer)
{
    own_timer_t *own;

    if (!jingle || !fn)
        return JINGLE_EINVAL;
    if (jingle->closing)
        return JINGLE_EINVOP;
    own = jingle__alloc(&jingle->mem, sizeof *own);
    if (!own)
        return JINGLE_EMEM;
    own->fn = fn;
    own->userdata = userdata;
    own->timer.fn = fire_own;
    own->timer.userdata = own;
    if (jingle__timer_set(jingle, &own->timer, delay_ms) != JINGLE_EOK) {
        jingle__free(&jingle->mem, own);
        return JINGLE_EMEM;
    }
    if (timer)
        *timer = &own->timer;
    return JINGLE_EOK;
}

void jingle_timer_cancel(jingle_timer_t *timer)
{
    if (!timer)
        return;
    jingle__timer_unset(timer);
    jingle__free(&timer->jingle->mem, timer);
}
