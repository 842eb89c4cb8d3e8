/* SPDX-License-Identifier: MIT */
/** @file
 *  Further in-band bytestreams of one transport (XEP-0261 section 2.4): one for each component that the
 *  application needs beyond the first. Who opens the first announces the sids of the others by
 *  transport-info, and opens them then. */
#include "stream.h"

static unsigned wanted(const jingle__ibb_stream_t *first)
{
    return jingle_content_get_components(jingle_part_get_content(first->part));
}

static jingle__ibb_registry_t *registry_of(const jingle__ibb_stream_t *stream)
{
    return jingle_get_module(stream->jingle, &jingle__ibb_module);
}

/** Adds one for the next component. @return NULL when out of memory */
static jingle__ibb_stream_t *add(jingle__ibb_stream_t *first)
{
    jingle__ibb_stream_t *last = first, *stream = NULL;

    if (jingle__ibb_stream_new(first->part, registry_of(first), &stream))
        return NULL;
    while (last->next)
        last = last->next;
    stream->first = first;
    stream->component = last->component + 1;
    stream->block_size = first->block_size;
    stream->by_message = first->by_message;
    last->next = stream;
    return stream;
}

/** Takes the last one back. */
static void drop(jingle__ibb_stream_t *first, jingle__ibb_stream_t *stream)
{
    jingle__ibb_stream_t *last = first;

    while (last->next != stream)
        last = last->next;
    last->next = NULL;
    stream->part = NULL;
    jingle__ibb_unref(stream);
}

/* ---- ours ---------------------------------------------------------------------------------- */

int jingle__ibb_further_start(jingle__ibb_stream_t *first)
{
    unsigned n = first->opener ? wanted(first) : 1;

    for (unsigned component = 2; component <= n; component++) {
        jingle__ibb_stream_t *stream = add(first);
        int err = stream ? jingle__ibb_make_sid(stream) : JINGLE_EMEM;

        if (err)
            return err;
        stream->untold = true;
    }
    if (first->next)
        jingle_part_news(first->part);
    return JINGLE_EOK;
}

static void open_it(jingle__ibb_stream_t *stream)
{
    int err = jingle__ibb_start(stream, registry_of(stream));

    if (err && stream->part)
        jingle_part_fail(stream->part, JINGLE_REASON_FAILED_TRANSPORT, jingle_strerror(err));
}

/** The announcement has left: what was announced is opened. */
static void on_announced(jingle_t *jingle, void *userdata)
{
    jingle__ibb_stream_t *stream = userdata;

    (void)jingle;
    stream->opens = NULL;
    jingle__ibb_ref(stream);
    while (stream) {
        jingle__ibb_stream_t *next;

        if (stream->part && stream->component > 1 && stream->state == JINGLE__IBB_NEW &&
            !stream->untold)
            open_it(stream);
        next = stream->next ? jingle__ibb_ref(stream->next) : NULL;
        jingle__ibb_unref(stream);
        stream = next;
    }
}

jingle__ibb_stream_t *jingle__ibb_further_untold(jingle__ibb_stream_t *first)
{
    jingle__ibb_stream_t *stream = first->state == JINGLE__IBB_CLOSED ? NULL : first;

    while (stream && !stream->untold)
        stream = stream->next;
    return stream;
}

int jingle__ibb_further_told(jingle__ibb_stream_t *stream)
{
    jingle__ibb_stream_t *first = stream->first;

    if (!first->opens &&
        jingle_timer_start(first->jingle, 0, on_announced, first, &first->opens) != JINGLE_EOK) {
        jingle_part_fail(first->part, JINGLE_REASON_FAILED_TRANSPORT, jingle_strerror(JINGLE_EMEM));
        return JINGLE_EMEM;
    }
    stream->untold = false;
    if (jingle__ibb_further_untold(first))
        jingle_part_news(first->part);
    return JINGLE_EOK;
}

/* ---- the peer's ---------------------------------------------------------------------------- */

static bool is_known(const jingle__ibb_stream_t *first, const char *sid)
{
    const jingle__ibb_stream_t *stream = first;

    do {
        if (stream->sid && strcmp(stream->sid, sid) == 0)
            return true;
        stream = stream->next;
    } while (stream);
    return false;
}

static unsigned count(const jingle__ibb_stream_t *first)
{
    unsigned n = 1;

    for (const jingle__ibb_stream_t *stream = first->next; stream; stream = stream->next)
        n++;
    return n;
}

int jingle__ibb_further_announced(jingle__ibb_stream_t *first, xmpp_stanza_t *element)
{
    const char *sid = xmpp_stanza_get_attribute(element, "sid");
    jingle__ibb_stream_t *stream;
    int err;

    if (!sid || is_known(first, sid))
        return JINGLE_EOK;
    if (first->state == JINGLE__IBB_NEW || first->state == JINGLE__IBB_CLOSED ||
        count(first) >= wanted(first)) {
        jingle_log(first->jingle, XMPP_LEVEL_INFO,
                   "the peer has announced an in-band bytestream that nobody needs");
        return JINGLE_EOK;
    }
    stream = add(first);
    err = stream ? jingle__ibb_take_offer(stream, element) : JINGLE_EMEM;
    if (!err)
        err = jingle__ibb_start(stream, registry_of(stream)); /* it waits for the peer's open */
    if (err && stream)
        drop(first, stream);
    return err == JINGLE_EEXIST ? JINGLE_EOK : err;
}
