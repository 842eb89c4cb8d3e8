/* SPDX-License-Identifier: MIT */
/** @file
 *  What a stream makes of what it and the peer found: XEP-0260 sections 2.3 and 2.4. */
#include "s5b.h"

jingle__s5b_stream_t *jingle__s5b_ref(jingle__s5b_stream_t *stream)
{
    stream->refs++;
    return stream;
}

void jingle__s5b_unref(jingle__s5b_stream_t *stream)
{
    jingle__s5b_module_t *module = stream->module;

    if (--stream->refs)
        return;
    jingle__s5b_candidates_clear(&module->mem, &stream->ours);
    jingle__s5b_candidates_clear(&module->mem, &stream->theirs);
    for (size_t i = 0; i < 3; i++) {
        char *text = (char *[]){stream->own, stream->peer, stream->sid}[i];
        if (text)
            module->mem.free(text, module->mem.userdata);
    }
    module->mem.free(stream, module->mem.userdata);
    jingle__s5b_module_unref(module);
}

const xmpp_mem_t *jingle__s5b_mem(const jingle__s5b_stream_t *stream)
{
    return &stream->module->mem;
}

/* ---- the end -------------------------------------------------------------------------------- */

static void close_arrivals(jingle__s5b_stream_t *stream, const jingle_socket_t *but)
{
    for (size_t i = 0; i < JINGLE__S5B_ARRIVALS; i++) {
        jingle_socket_t *socket = stream->arrivals[i].socket;
        stream->arrivals[i].socket = NULL;
        if (socket && socket != but)
            stream->net->close(stream->net, socket);
    }
}

void jingle__s5b_stop(jingle__s5b_stream_t *stream)
{
    jingle__s5b_ref(stream);
    stream->state = S5B_STOPPED;
    if (stream->waits) {
        DL_DELETE2(stream->module->waiting, stream, wait_prev, wait_next);
        stream->waits = false;
    }
    jingle__s5b_attempts_stop(stream, NULL);
    close_arrivals(stream, NULL);
    jingle__s5b_drop_socket(stream);
    /* From here on the program is called, and may free the manager and with it the net. */
    jingle__s5b_unlisten(stream);
    jingle__s5b_close_channel(stream);
    jingle__s5b_unref(stream);
}

void jingle__s5b_fail(jingle__s5b_stream_t *stream, const char *text)
{
    if (stream->state != S5B_STOPPED && stream->part)
        jingle_part_fail(stream->part, JINGLE_REASON_CONNECTIVITY_ERROR, text);
}

static void news(jingle__s5b_stream_t *stream)
{
    if (stream->part)
        jingle_part_news(stream->part);
}

/* ---- what was nominated --------------------------------------------------------------------- */

static void use(jingle__s5b_stream_t *stream, jingle_socket_t *socket,
                const jingle__s5b_candidate_t *candidate)
{
    stream->used = candidate;
    jingle__s5b_attempts_stop(stream, NULL);
    close_arrivals(stream, socket);
    jingle__s5b_ref(stream);
    if (jingle__s5b_open_channel(stream, socket) != JINGLE_EOK)
        jingle__s5b_fail(stream, "out of memory");
    jingle__s5b_unlisten(stream); /* last: the program, which is told, may free the manager */
    jingle__s5b_unref(stream);
}

static jingle__s5b_attempt_t *winner(const jingle__s5b_stream_t *stream)
{
    jingle__s5b_attempt_t *attempt;

    DL_FOREACH(stream->attempts, attempt)
    if (attempt->connected && (attempt->own_proxy || attempt->candidate == stream->we_named))
        return attempt;
    return NULL;
}

/** Not while ours is being activated, whatever they say. */
static bool their_proxy_is_active(const jingle__s5b_stream_t *stream)
{
    const jingle__s5b_attempt_t *attempt = winner(stream);

    return attempt && attempt->candidate == stream->activated;
}

static void use_attempt(jingle__s5b_stream_t *stream)
{
    jingle__s5b_attempt_t *attempt = winner(stream);
    jingle_socket_t *socket = attempt ? attempt->socket : NULL;

    if (!socket) {
        jingle__s5b_fail(stream, "the connection that was agreed on is gone");
        return;
    }
    attempt->socket = NULL;
    use(stream, socket, attempt->candidate);
}

/** Of several connections the one to the candidate that the peer has named; else the one that came
 *  first: the peer may be behind something that changes addresses. */
static void use_arrival(jingle__s5b_stream_t *stream)
{
    jingle_socket_t *socket = NULL;

    for (size_t i = 0; i < JINGLE__S5B_ARRIVALS; i++) {
        const jingle__s5b_arrival_t *arrival = &stream->arrivals[i];
        if (arrival->socket && (!socket || strcmp(arrival->address, stream->they_named->host) == 0))
            socket = arrival->socket;
    }
    if (socket)
        use(stream, socket, stream->they_named);
    else
        jingle__s5b_fail(stream, "the peer's connection is gone");
}

/** The stream has failed once the peer is told (plugin.c): otherwise it would wait for activated. */
static void report_proxy_error(jingle__s5b_stream_t *stream)
{
    stream->tell_proxy_error = true;
    news(stream);
}

static void on_activated(jingle_t *jingle, const jingle_answer_t *answer, void *userdata)
{
    jingle__s5b_stream_t *stream = userdata;

    (void)jingle;
    if (stream->state == S5B_ACTIVATING && answer->type == JINGLE_ANSWER_RESULT && winner(stream)) {
        stream->tell_activated = true;
        news(stream);
        use_attempt(stream);
    } else if (stream->state == S5B_ACTIVATING)
        report_proxy_error(stream);
    jingle__s5b_unref(stream);
}

/** XEP-0065 section 6.3.5; the sid is the bytestream's, the proxy's reply says that data can flow. */
static void activate(jingle__s5b_stream_t *stream)
{
    jingle_t *jingle = stream->module->jingle;
    xmpp_ctx_t *ctx = jingle_get_context(jingle);
    xmpp_stanza_t *query = xmpp_stanza_new(ctx), *element = xmpp_stanza_new(ctx),
                  *text = xmpp_stanza_new(ctx);
    int err = !query || !element || !text || xmpp_stanza_set_name(query, "query") ||
              xmpp_stanza_set_ns(query, JINGLE_NS_BYTESTREAMS) ||
              xmpp_stanza_set_attribute(query, "sid", stream->sid) ||
              xmpp_stanza_set_name(element, "activate") ||
              xmpp_stanza_set_text(text, stream->peer) || xmpp_stanza_add_child(element, text) ||
              xmpp_stanza_add_child(query, element);

    if (!err) {
        err = jingle_request(
            jingle, JINGLE_REQUEST(.to = stream->they_named->jid, .own = stream->own,
                                   .payload = query, .timeout = stream->module->timeout,
                                   .on_answer = on_activated, .userdata = jingle__s5b_ref(stream)));
        if (err)
            jingle__s5b_unref(stream);
    }
    if (text)
        xmpp_stanza_release(text);
    if (element)
        xmpp_stanza_release(element);
    if (query)
        xmpp_stanza_release(query);
    if (err)
        report_proxy_error(stream);
}

static void use_ours(jingle__s5b_stream_t *stream)
{
    if (stream->they_named->type != S5B_PROXY) {
        use_arrival(stream);
        return;
    }
    stream->state = S5B_ACTIVATING;
    jingle__s5b_attempts_stop(stream, NULL);
    if (jingle__s5b_attempt_own_proxy(stream, stream->they_named) != JINGLE_EOK)
        report_proxy_error(stream);
}

static void use_theirs(jingle__s5b_stream_t *stream)
{
    if (stream->we_named->type != S5B_PROXY || stream->activated == stream->we_named) {
        use_attempt(stream);
        return;
    }
    stream->state = S5B_ACTIVATING; /* activated is to come */
    jingle__s5b_attempts_stop(stream, winner(stream));
}

static void nominate(jingle__s5b_stream_t *stream)
{
    switch (jingle__s5b_nominate(
        stream->initiator, stream->we_said, stream->we_named ? stream->we_named->priority : 0,
        stream->they_said, stream->they_named ? stream->they_named->priority : 0)) {
    case S5B_UNDECIDED:
        break;
    case S5B_NONE:
        jingle__s5b_fail(stream, "no SOCKS5 candidate could be connected to");
        break;
    case S5B_OURS:
        if (stream->they_named)
            use_ours(stream);
        break;
    case S5B_THEIRS:
        if (stream->we_named)
            use_theirs(stream);
        break;
    }
}

/* ---- steps ---------------------------------------------------------------------------------- */

/** Nominated is only when the peer has been told what we found: it would wait for it otherwise. */
void jingle__s5b_step(jingle__s5b_stream_t *stream)
{
    jingle__s5b_ref(stream);
    if (stream->state == S5B_TRYING && stream->we_said == S5B_SAID_NOTHING &&
        !jingle__s5b_attempts_left(stream)) {
        stream->we_said = S5B_SAID_ERROR;
        stream->tell_result = true;
        news(stream);
    }
    if (stream->state == S5B_TRYING && stream->proxy_error)
        jingle__s5b_fail(stream, "the peer cannot use its proxy");
    else if (stream->state == S5B_TRYING && !stream->tell_result)
        nominate(stream);
    else if (stream->proxy_error &&
             (stream->state == S5B_ACTIVATING ||
              (stream->state == S5B_OPEN && stream->used->type == S5B_PROXY)))
        jingle__s5b_fail(stream, "the peer cannot use the proxy"); /* XEP-0260 section 2.4 */
    else if (stream->state == S5B_ACTIVATING && their_proxy_is_active(stream))
        use_attempt(stream);
    jingle__s5b_unref(stream);
}

void jingle__s5b_connected(jingle__s5b_stream_t *stream, jingle__s5b_attempt_t *attempt)
{
    jingle__s5b_ref(stream); /* what is sent may end the session */
    if (attempt->own_proxy)
        activate(stream);
    else {
        /* The first that works counts; the rest would only cost the peer sockets. */
        stream->we_said = S5B_SAID_USED;
        stream->we_named = attempt->candidate;
        stream->tell_result = true;
        jingle__s5b_attempts_stop(stream, attempt);
        news(stream);
        jingle__s5b_step(stream);
    }
    jingle__s5b_unref(stream);
}

void jingle__s5b_failed(jingle__s5b_stream_t *stream, jingle__s5b_attempt_t *attempt)
{
    bool own_proxy = attempt->own_proxy,
         named = attempt->connected && attempt->candidate == stream->we_named;

    jingle__s5b_ref(stream);
    jingle__s5b_attempt_free(attempt);
    if (own_proxy && stream->state == S5B_ACTIVATING)
        report_proxy_error(stream);
    else if (named)
        jingle__s5b_fail(stream, "the connection broke before it was used");
    else
        jingle__s5b_step(stream);
    jingle__s5b_unref(stream);
}
