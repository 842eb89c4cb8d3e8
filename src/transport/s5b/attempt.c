/* SPDX-License-Identifier: MIT */
/** @file
 *  Trying the peer's candidates: the best first, the next a moment later (XEP-0260 sections 2.2 and
 *  4), side by side; and connecting to our own proxy when it was nominated. */
#include "s5b.h"

#include <stdio.h>

#define PROXY_EXTRA_STAGGER 3u

static void free_attempt(jingle__s5b_attempt_t *attempt)
{
    jingle__s5b_stream_t *stream = attempt->stream;
    const xmpp_mem_t *mem = jingle__s5b_mem(stream);

    jingle_timer_cancel(attempt->timer);
    if (attempt->lookup)
        stream->net->cancel(stream->net, attempt->lookup);
    if (attempt->socket)
        stream->net->close(stream->net, attempt->socket);
    DL_DELETE(stream->attempts, attempt);
    mem->free(attempt, mem->userdata);
}

void jingle__s5b_attempt_free(jingle__s5b_attempt_t *attempt)
{
    free_attempt(attempt);
}

static bool dial_next(jingle__s5b_attempt_t *attempt);

/** A name may have more than one address; a connection that broke after it was made has none. */
static void give_up(jingle__s5b_attempt_t *attempt)
{
    if (attempt->connected || !dial_next(attempt))
        jingle__s5b_failed(attempt->stream, attempt);
}

static void too_late(jingle_t *jingle, void *userdata)
{
    jingle__s5b_attempt_t *attempt = userdata;

    (void)jingle;
    attempt->timer = NULL;
    give_up(attempt);
}

/* ---- the handshake -------------------------------------------------------------------------- */

/** A handshake fits any socket buffer: what is not taken at once is a failure. */
static bool flush(jingle__s5b_attempt_t *attempt)
{
    jingle__socks_t *socks = &attempt->socks;
    jingle_net_t *net = attempt->stream->net;
    long sent = socks->out_len ? net->send(net, attempt->socket, socks->out, socks->out_len) : 0;
    bool whole = sent >= 0 && (size_t)sent == socks->out_len;

    socks->out_len = 0;
    return whole;
}

static void on_connected(jingle_socket_t *socket, void *userdata)
{
    jingle__s5b_attempt_t *attempt = userdata;

    (void)socket;
    if (!flush(attempt))
        give_up(attempt);
}

static void on_data(jingle_socket_t *socket, const void *data, size_t len, void *userdata)
{
    jingle__s5b_attempt_t *attempt = userdata;
    jingle__s5b_stream_t *stream = attempt->stream;
    size_t used = 0;
    jingle__socks_state_t state = jingle__socks_client_feed(&attempt->socks, data, len, &used);

    /* Nothing may follow before both sides have agreed on the candidate. */
    if (state == SOCKS_FAILED || (state == SOCKS_DONE && used < len) || !flush(attempt)) {
        give_up(attempt);
        return;
    }
    if (state != SOCKS_DONE)
        return;
    attempt->connected = true;
    stream->net->pause(stream->net, socket, true);
    jingle_timer_cancel(attempt->timer);
    attempt->timer = NULL;
    jingle__s5b_connected(stream, attempt);
}

static void on_closed(jingle_socket_t *socket, int err, void *userdata)
{
    (void)socket, (void)err;
    give_up(userdata);
}

static const jingle_socket_events_t handshake = {on_connected, on_data, NULL, on_closed};

/* ---- one attempt ---------------------------------------------------------------------------- */

static int dial(jingle__s5b_attempt_t *attempt, const char *address)
{
    jingle_net_t *net = attempt->stream->net;

    return net->dial(net, address, attempt->candidate->port, &handshake, attempt, &attempt->socket);
}

static int set_timer(jingle__s5b_attempt_t *attempt)
{
    const jingle__s5b_module_t *module = attempt->stream->module;

    jingle_timer_cancel(attempt->timer);
    attempt->timer = NULL;
    return jingle_timer_start(module->jingle, module->timeout, too_late, attempt, &attempt->timer);
}

/** @return false when no address is left */
static bool dial_next(jingle__s5b_attempt_t *attempt)
{
    jingle_net_t *net = attempt->stream->net;
    char hash[JINGLE__S5B_HASH_SIZE];

    memcpy(hash, attempt->socks.hash, sizeof hash);
    while (attempt->next_address < attempt->n_addresses) {
        const char *address = attempt->addresses[attempt->next_address++];

        if (attempt->socket)
            net->close(net, attempt->socket);
        attempt->socket = NULL;
        jingle__socks_client(&attempt->socks, hash);
        if (set_timer(attempt) == JINGLE_EOK && dial(attempt, address) == JINGLE_EOK)
            return true;
    }
    return false;
}

static void on_found(jingle_net_t *net, const char *const *addresses, size_t n, int err,
                     void *userdata)
{
    jingle__s5b_attempt_t *attempt = userdata;

    (void)net, (void)err;
    attempt->lookup = NULL;
    for (size_t i = 0; i < n && i < JINGLE__S5B_ADDRESSES; i++, attempt->n_addresses++)
        snprintf(attempt->addresses[i], sizeof attempt->addresses[i], "%s", addresses[i]);
    give_up(attempt);
}

/** What may be a host name; "123.456.7.8" is none, and no address either. */
static bool looks_like_name(const char *host)
{
    size_t len = strlen(host);

    return strspn(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_") ==
               len &&
           strspn(host, "0123456789.") != len;
}

/** The DST.ADDR that is waited for there (XEP-0260 section 2.2): at a proxy, whose it is comes first. Of
 *  direct ways it says nothing; peers that wait for one address alone (Conversations, Psi) put the session's
 *  initiator first. */
static const char *address_of(const jingle__s5b_stream_t *stream,
                              const jingle__s5b_candidate_t *candidate, bool own_proxy)
{
    if (candidate->type != S5B_PROXY)
        return stream->initiator ? stream->own_hash : stream->peer_hash;
    if (own_proxy)
        return stream->own_hash;
    return stream->peer_dstaddr[0] ? stream->peer_dstaddr : stream->peer_hash;
}

static int begin(jingle__s5b_stream_t *stream, const jingle__s5b_candidate_t *candidate,
                 bool own_proxy)
{
    const xmpp_mem_t *mem = jingle__s5b_mem(stream);
    jingle__s5b_attempt_t *attempt = mem->alloc(sizeof *attempt, mem->userdata);
    int err;

    if (!attempt)
        return JINGLE_EMEM;
    *attempt = (jingle__s5b_attempt_t){.stream = stream, .own_proxy = own_proxy};
    attempt->candidate = (jingle__s5b_candidate_t *)(uintptr_t)candidate;
    jingle__socks_client(&attempt->socks, address_of(stream, candidate, own_proxy));
    DL_APPEND(stream->attempts, attempt);
    err = dial(attempt, candidate->host);
    if (err == JINGLE_EINVAL && looks_like_name(candidate->host))
        err =
            stream->net->lookup(stream->net, candidate->host, on_found, attempt, &attempt->lookup);
    if (!err)
        err = set_timer(attempt);
    if (err)
        free_attempt(attempt);
    return err;
}

int jingle__s5b_attempt_own_proxy(jingle__s5b_stream_t *stream,
                                  const jingle__s5b_candidate_t *candidate)
{
    return begin(stream, candidate, true);
}

/* ---- all of them ---------------------------------------------------------------------------- */

/** Relay-only: to connect to the peer would show it our address, and that of a proxy which only the
 *  peer vouches for may be its own. */
static bool may_try(const jingle__s5b_stream_t *stream, const jingle__s5b_candidate_t *candidate)
{
    return !stream->relay_only ||
           (candidate->type == S5B_PROXY &&
            jingle__s5b_proxy_is_known(stream->module, candidate->host, candidate->port));
}

static void start_next(jingle_t *jingle, void *userdata);

static void set_stagger(jingle__s5b_stream_t *stream)
{
    uint64_t delay = stream->module->stagger;

    if (stream->next_attempt >= stream->n_tries || stream->stagger)
        return;
    if (stream->theirs.list[stream->next_attempt].type ==
        S5B_PROXY) /* a direct way is worth waiting for */
        delay *= PROXY_EXTRA_STAGGER;
    if (jingle_timer_start(stream->module->jingle, delay, start_next, stream, &stream->stagger) !=
        JINGLE_EOK)
        stream->n_tries = stream->next_attempt;
}

/** Starts one; those that fail at once cost no time. */
static void start_next(jingle_t *jingle, void *userdata)
{
    jingle__s5b_stream_t *stream = userdata;
    bool started = false;

    (void)jingle;
    stream->stagger = NULL;
    while (!started && stream->next_attempt < stream->n_tries) {
        const jingle__s5b_candidate_t *candidate = &stream->theirs.list[stream->next_attempt++];
        started = may_try(stream, candidate) && begin(stream, candidate, false) == JINGLE_EOK;
    }
    set_stagger(stream);
    jingle__s5b_step(stream);
}

void jingle__s5b_attempts_start(jingle__s5b_stream_t *stream)
{
    stream->n_tries = stream->theirs.len;
    if (stream->they_said == S5B_SAID_USED) /* it came before the accept */
        jingle__s5b_attempts_drop(stream, stream->they_named->priority);
    start_next(stream->module->jingle, stream);
}

bool jingle__s5b_attempts_left(const jingle__s5b_stream_t *stream)
{
    return stream->attempts || stream->next_attempt < stream->n_tries;
}

void jingle__s5b_attempts_drop(jingle__s5b_stream_t *stream, uint32_t priority)
{
    jingle__s5b_attempt_t *attempt, *next;

    DL_FOREACH_SAFE(stream->attempts, attempt, next)
    if (!attempt->connected && attempt->candidate->priority <= priority)
        free_attempt(attempt);
    /* They are sorted: what comes behind is lower still. */
    while (stream->n_tries > stream->next_attempt &&
           stream->theirs.list[stream->n_tries - 1].priority <= priority)
        stream->n_tries--;
}

void jingle__s5b_attempts_stop(jingle__s5b_stream_t *stream, const jingle__s5b_attempt_t *but)
{
    jingle__s5b_attempt_t *attempt, *next;

    jingle_timer_cancel(stream->stagger);
    stream->stagger = NULL;
    stream->n_tries = stream->next_attempt;
    DL_FOREACH_SAFE(stream->attempts, attempt, next)
    if (attempt != but)
        free_attempt(attempt);
}
