/* SPDX-License-Identifier: MIT */
/** @file
 *  In-band bytestreams as a transport plug-in (XEP-0261). */
#include "stream.h"

#include <stdio.h>

/** Octets of randomness in a sid. */
#define SID_RANDOM 12u

/* ---- negotiation --------------------------------------------------------------------------- */

static int create(jingle_part_t *part, void *userdata, void **self)
{
    jingle__ibb_stream_t *stream = NULL;
    int err = jingle__ibb_stream_new(part, userdata, &stream);

    *self = stream;
    return err;
}

static bool is_offer(jingle_action_t action)
{
    return action == JINGLE_ACTION_SESSION_INITIATE || action == JINGLE_ACTION_CONTENT_ADD ||
           action == JINGLE_ACTION_TRANSPORT_REPLACE;
}

static bool is_answer(jingle_action_t action)
{
    return action == JINGLE_ACTION_SESSION_ACCEPT || action == JINGLE_ACTION_CONTENT_ACCEPT ||
           action == JINGLE_ACTION_TRANSPORT_ACCEPT;
}

static bool sid_fits(const jingle__ibb_stream_t *stream, const char *sid)
{
    jingle_limits_t limits;

    jingle_limits_init(&limits);
    jingle_get_limits(stream->jingle, &limits);
    return *sid && (!limits.sid || strlen(sid) <= limits.sid);
}

static jingle_check_t check_offer(const jingle__ibb_stream_t *stream, xmpp_stanza_t *element,
                                  jingle_reason_t *why)
{
    const char *sid = xmpp_stanza_get_attribute(element, "sid");
    const char *stanza = xmpp_stanza_get_attribute(element, "stanza");

    if (!sid || !sid_fits(stream, sid))
        return JINGLE_CHECK_MALFORMED;
    if (stanza && strcmp(stanza, "iq") && strcmp(stanza, "message")) {
        why->condition = JINGLE_REASON_INCOMPATIBLE_PARAMETERS;
        why->text = "in-band bytestreams go by iq or message only";
        return JINGLE_CHECK_UNUSABLE;
    }
    return JINGLE_CHECK_OK;
}

static jingle_check_t check(void *self, jingle_action_t action, xmpp_stanza_t *element,
                            jingle_reason_t *why)
{
    const jingle__ibb_stream_t *stream = self;
    const char *block_size = xmpp_stanza_get_attribute(element, "block-size");
    const char *sid = xmpp_stanza_get_attribute(element, "sid");
    uint32_t value;

    if (block_size && !jingle__ibb_block_size(block_size, &value))
        return JINGLE_CHECK_MALFORMED;
    if (is_offer(action))
        return check_offer(stream, element, why);
    /* Some leave the sid out of their answer; it can only be the one offered. */
    if (is_answer(action) && sid && stream->sid && strcmp(sid, stream->sid))
        return JINGLE_CHECK_MALFORMED;
    if (action == JINGLE_ACTION_TRANSPORT_INFO && sid)
        return check_offer(stream, element, why);
    return JINGLE_CHECK_OK;
}

static bool is_by_message(xmpp_stanza_t *element)
{
    const char *stanza = xmpp_stanza_get_attribute(element, "stanza");

    return stanza && strcmp(stanza, "message") == 0;
}

int jingle__ibb_take_offer(jingle__ibb_stream_t *stream, xmpp_stanza_t *element)
{
    const char *sid = xmpp_stanza_get_attribute(element, "sid");
    uint32_t block_size = JINGLE__IBB_BLOCK_DEFAULT;
    char *copy = jingle__ibb_copy(&stream->mem, sid);

    if (!copy)
        return JINGLE_EMEM;
    jingle__ibb_block_size(xmpp_stanza_get_attribute(element, "block-size"), &block_size);
    jingle__ibb_free(&stream->mem, stream->sid);
    stream->sid = copy;
    stream->opener = false;
    stream->by_message = is_by_message(element);
    stream->block_size = block_size < stream->max_block_size ? block_size : stream->max_block_size;
    return JINGLE_EOK;
}

static int apply(void *self, jingle_action_t action, xmpp_stanza_t *element)
{
    jingle__ibb_stream_t *stream = self;
    uint32_t value = stream->block_size;

    if (is_offer(action))
        return jingle__ibb_take_offer(stream, element);
    if (action == JINGLE_ACTION_TRANSPORT_INFO)
        return jingle__ibb_further_announced(stream, element);
    if (!is_answer(action))
        return JINGLE_EOK;
    /* XEP-0261 section 2.2: an answer may lower the block size. One that raises it is met with the
     * block size that was offered. */
    jingle__ibb_block_size(xmpp_stanza_get_attribute(element, "block-size"), &value);
    if (value < stream->block_size)
        stream->block_size = value;
    if (!is_by_message(element))
        stream->by_message = false;
    return JINGLE_EOK;
}

static int describe_stream(const jingle__ibb_stream_t *stream, xmpp_stanza_t *element)
{
    char number[16];

    if (!stream->sid)
        return JINGLE_EINVOP;
    snprintf(number, sizeof number, "%u", (unsigned)stream->block_size);
    if (xmpp_stanza_set_attribute(element, "block-size", number) ||
        xmpp_stanza_set_attribute(element, "sid", stream->sid) ||
        (stream->by_message && xmpp_stanza_set_attribute(element, "stanza", "message")))
        return JINGLE_EMEM;
    return JINGLE_EOK;
}

static int describe(void *self, jingle_action_t action, xmpp_stanza_t *element)
{
    jingle__ibb_stream_t *stream = self;
    int err;

    if (action != JINGLE_ACTION_TRANSPORT_INFO)
        return describe_stream(stream, element);
    stream = jingle__ibb_further_untold(stream);
    if (!stream)
        return JINGLE_ENOENT;
    err = describe_stream(stream, element);
    return err ? err : jingle__ibb_further_told(stream);
}

static void free_self(void *self)
{
    jingle__ibb_stream_t *stream = self, *next;

    jingle_timer_cancel(stream->opens);
    for (; stream; stream = next) {
        next = stream->next;
        stream->opens = NULL;
        stream->next = NULL;
        stream->part = NULL;
        jingle__ibb_blocks_clear(stream);
        jingle__ibb_unref(stream);
    }
}

/* ---- the life of the transport ------------------------------------------------------------- */

int jingle__ibb_make_sid(jingle__ibb_stream_t *stream)
{
    unsigned char octets[SID_RANDOM];
    char *sid = jingle__ibb_alloc(&stream->mem, 2 * SID_RANDOM + 1);
    int err = sid ? jingle_random(stream->jingle, octets, sizeof octets) : JINGLE_EMEM;

    if (err) {
        jingle__ibb_free(&stream->mem, sid);
        return err;
    }
    for (size_t i = 0; i < SID_RANDOM; i++)
        snprintf(sid + 2 * i, 3, "%02x", octets[i]);
    stream->sid = sid;
    stream->opener = true;
    return JINGLE_EOK;
}

static int prepare(void *self)
{
    jingle__ibb_stream_t *stream = self;
    int err = stream->sid ? JINGLE_EOK : jingle__ibb_make_sid(stream);

    if (!err)
        jingle_part_ready(stream->part);
    return err;
}

static int start(void *self)
{
    jingle__ibb_stream_t *stream = self;
    int err = jingle__ibb_further_start(stream);

    return err ? err
               : jingle__ibb_start(stream, jingle_get_module(stream->jingle, &jingle__ibb_module));
}

static bool is_at_work(const jingle__ibb_stream_t *stream)
{
    return stream->state == JINGLE__IBB_OPEN || stream->state == JINGLE__IBB_CLOSING;
}

/** Calls that for each stream that there is; they may go meanwhile. */
static void each(jingle__ibb_stream_t *stream, void (*call)(jingle__ibb_stream_t *))
{
    jingle__ibb_ref(stream);
    while (stream) {
        jingle__ibb_stream_t *next;

        call(stream);
        next = stream->next ? jingle__ibb_ref(stream->next) : NULL;
        jingle__ibb_unref(stream);
        stream = next;
    }
}

static void stop_one(jingle__ibb_stream_t *stream)
{
    /* XEP-0261 section 2.5: each bytestream is closed, unless the session's end has done it. */
    if ((is_at_work(stream) || stream->state == JINGLE__IBB_OPENING) && stream->part &&
        !jingle_session_is_ended(jingle_part_get_session(stream->part)))
        jingle__ibb_send_last_close(stream);
    jingle__ibb_shut(stream);
}

/** What it keeps with the manager, which may be gone once <close/> was sent. */
static void leave_manager(jingle__ibb_stream_t *stream)
{
    jingle_timer_cancel(stream->pump);
    stream->pump = NULL;
    jingle__ibb_registry_remove(stream);
}

static void stop(void *self)
{
    jingle__ibb_stream_t *stream = self;

    jingle_timer_cancel(stream->opens);
    stream->opens = NULL;
    each(stream, leave_manager);
    each(stream, stop_one);
}

static void finish_one(jingle__ibb_stream_t *stream)
{
    if (is_at_work(stream))
        jingle__ibb_close(stream);
    else if (stream->state != JINGLE__IBB_CLOSED)
        jingle__ibb_shut(stream);
}

static void finish(void *self)
{
    jingle__ibb_stream_t *first = self, *stream = first;
    bool any = false;

    do {
        stream->untold = false;
        stream->done_owed = is_at_work(stream);
        any = any || stream->done_owed;
        stream = stream->next;
    } while (stream);
    jingle_timer_cancel(first->opens);
    first->opens = NULL;
    jingle__ibb_ref(first);
    each(first, finish_one);
    if (!any && first->part)
        jingle_part_done(first->part);
    jingle__ibb_unref(first);
}

const jingle_transport_t jingle__ibb_plugin = {
    .size = sizeof jingle__ibb_plugin,
    .name = "in-band bytestream",
    .create = create,
    .check = check,
    .apply = apply,
    .describe = describe,
    .free = free_self,
    .flows = JINGLE_FLOW_STREAM,
    .rank = JINGLE_IBB_RANK,
    .components = 0, /* a stream for each */
    .prepare = prepare,
    .start = start,
    .stop = stop,
    .finish = finish,
    .save = jingle__ibb_save,
    .restore = jingle__ibb_restore,
    .resume = jingle__ibb_resume,
};
