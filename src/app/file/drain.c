/* SPDX-License-Identifier: MIT */
/** @file
 *  A sender may end the session as soon as all is written. On a direct connection that can overtake
 *  the data: what is on its way is received before the end counts. */
#include "file.h"

/** ms without data after which no more is waited for. */
#define QUIET 5000u

bool jingle__file_is_in_order(const jingle_file_t *file)
{
    const char *ns = jingle_content_get_transport(jingle_part_get_content(file->part));

    /* A block that is held back is not the application's yet. */
    return ns && strcmp(ns, JINGLE_NS_IBB_TRANSPORT) == 0 && !file->paused;
}

/** Not what it has all of, or whose stream has ended; nor while what a restored one has is read again,
 *  which takes as long as it takes. */
static bool is_coming(const jingle_file_t *file)
{
    return file->state == JINGLE__FILE_RUNNING && file->channel && !file->hashing &&
           !file->drained && !jingle__file_is_in_order(file);
}

static void look(jingle_file_t *file)
{
    if (file->part && !is_coming(file))
        jingle_part_hold(file->part, false);
}

static void on_data(jingle_channel_t *channel, const void *data, size_t len, void *userdata)
{
    jingle_file_t *file = userdata;

    jingle_file_clone(file);
    jingle__file_receive_sink.data(channel, data, len, file);
    look(file);
    jingle_file_release(file);
}

static void on_closed(jingle_channel_t *channel, bool complete, void *userdata)
{
    jingle_file_t *file = userdata;

    jingle_file_clone(file);
    jingle__file_receive_sink.closed(channel, complete, file);
    look(file);
    jingle_file_release(file);
}

static const jingle_channel_sink_t sink = {.data = on_data, .closed = on_closed};

static void on_quiet(jingle_t *jingle, void *userdata)
{
    jingle_file_t *file = userdata;

    (void)jingle;
    file->timer = NULL;
    if (!file->moved && !file->paused) {
        file->drained = true;
        jingle_file_clone(file);
        look(file);
        /* The end was dropped meanwhile, or waits for another file. */
        if (file->state == JINGLE__FILE_RUNNING && !file->timer)
            jingle__file_await_data(file);
        jingle_file_release(file);
        return;
    }
    file->moved = false;
    jingle__file_set_timer(file, QUIET, on_quiet);
}

bool jingle__file_awaits(void *self, const jingle_reason_t *reason)
{
    jingle_file_t *file = self;

    if (file->sender || !is_coming(file) ||
        (reason->condition != JINGLE_REASON_SUCCESS &&
         reason->condition != JINGLE_REASON_UNDEFINED))
        return false;
    if (file->draining)
        return true;
    file->draining = true;
    file->moved = false;
    jingle__file_set_timer(file, QUIET, on_quiet);
    jingle_channel_set_sink(file->channel, &sink, file);
    return true;
}
