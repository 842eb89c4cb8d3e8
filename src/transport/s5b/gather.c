/* SPDX-License-Identifier: MIT */
/** @file
 *  Our candidates, XEP-0260 section 2.1: the addresses of this machine that may be told, and the
 *  proxies that we know. */
#include "s5b.h"

#include <stdio.h>

int jingle__s5b_make_id(jingle__s5b_module_t *module, char id[JINGLE__S5B_ID_SIZE])
{
    unsigned char octets[(JINGLE__S5B_ID_SIZE - 1) / 2];
    int err = jingle_random(module->jingle, octets, sizeof octets);

    for (size_t i = 0; !err && i < sizeof octets; i++)
        snprintf(id + 2 * i, 3, "%02x", octets[i]);
    return err;
}

/** So many are told of at least, be there ever so many addresses. */
#define PROXIES_LEAST 8u

typedef struct {
    jingle__s5b_stream_t *stream;
    unsigned local; /**< local preference: all priorities are distinct */
    size_t most; /**< addresses of ours: there is room for proxies, and for what the router gives */
    int err;
} gathering_t;

/** XEP-0260 section 2.2: not what the initiator has offered already (two users of one proxy; two
 *  private networks with the same addresses). */
static bool is_offered(const jingle__s5b_stream_t *stream, const char *host, uint16_t port)
{
    for (size_t i = 0; i < stream->theirs.len; i++)
        if (stream->theirs.list[i].port == port && strcmp(stream->theirs.list[i].host, host) == 0)
            return true;
    return false;
}

/** XEP-0260 section 2.4 lets the initiator's choice win between equal priorities, and some take that for
 *  the candidate that it has offered: each side would wait at another connection. So whoever comes
 *  second, as the responder does, takes none that is the peer's. */
static uint32_t next_priority(gathering_t *gathering, jingle__s5b_type_t type)
{
    const jingle__s5b_candidates_t *theirs = &gathering->stream->theirs;
    uint32_t priority;
    size_t i;

    do {
        priority = jingle__s5b_priority(type, gathering->local--);
        for (i = 0; i < theirs->len && theirs->list[i].priority != priority;)
            i++;
    } while (i < theirs->len);
    return priority;
}

static int add(gathering_t *gathering, jingle__s5b_type_t type, const char *jid, const char *host,
               uint16_t port)
{
    jingle__s5b_stream_t *stream = gathering->stream;
    char cid[JINGLE__S5B_ID_SIZE];
    jingle__s5b_candidate_t one = {.cid = cid, .type = type, .port = port};
    int err;

    if (is_offered(stream, host, port))
        return JINGLE_EOK;
    err = jingle__s5b_make_id(stream->module, cid);
    if (err)
        return err;
    one.host = (char *)(uintptr_t)host;
    one.jid = (char *)(uintptr_t)jid;
    one.priority = next_priority(gathering, type);
    return jingle__s5b_candidate_add(jingle__s5b_mem(stream), &stream->ours, &one);
}

static bool is_link_local(const char *address)
{
    return strncmp(address, "fe80:", 5) == 0 || strncmp(address, "169.254.", 8) == 0;
}

static bool may_tell(jingle__s5b_stream_t *stream, const char *address, bool loopback)
{
    const jingle__s5b_module_t *module = stream->module;

    if (module->may_offer)
        return module->may_offer(jingle_part_get_session(stream->part), address, module->userdata);
    return loopback ? module->offer_loopback : !is_link_local(address);
}

static bool add_address(const char *address, bool loopback, void *userdata)
{
    gathering_t *gathering = userdata;
    jingle__s5b_stream_t *stream = gathering->stream;

    if (stream->ours.len >= gathering->most || !may_tell(stream, address, loopback))
        return stream->state != S5B_STOPPED;
    if (stream->state == S5B_STOPPED) /* who was asked has ended the session */
        return false;
    gathering->err = add(gathering, S5B_DIRECT, stream->own, address,
                         stream->net->get_port(stream->net, stream->module->listener));
    return !gathering->err;
}

static int add_proxies(gathering_t *gathering)
{
    const jingle__s5b_proxy_t *proxy;
    int err = JINGLE_EOK;

    DL_FOREACH(gathering->stream->module->proxies, proxy)
    if (!err && gathering->stream->ours.len < JINGLE__S5B_OWN_MAX)
        err = add(gathering, S5B_PROXY, proxy->jid, proxy->host, proxy->port);
    return err;
}

/** What the router has been asked to pass on to us. */
static int add_outside(gathering_t *gathering)
{
    jingle__s5b_stream_t *stream = gathering->stream;
    const jingle__s5b_module_t *module = stream->module;
    bool may = module->mapping == MAPPING_KNOWN && module->outside[0] &&
               may_tell(stream, module->outside, false);

    if (!may || stream->state == S5B_STOPPED)
        return JINGLE_EOK;
    return add(gathering, S5B_ASSISTED, stream->own, module->outside, module->outside_port);
}

int jingle__s5b_gather(jingle__s5b_stream_t *stream)
{
    gathering_t gathering = {.stream = stream, .local = 0xffff};
    const jingle__s5b_proxy_t *proxy;
    size_t n_proxies;
    int err = JINGLE_EOK;

    DL_COUNT(stream->module->proxies, proxy, n_proxies);
    gathering.most =
        JINGLE__S5B_OWN_MAX - 1 - (n_proxies < PROXIES_LEAST ? n_proxies : PROXIES_LEAST);
    if (!stream->relay_only && jingle__s5b_listen(stream) == JINGLE_EOK) {
        stream->net->addresses(stream->net, add_address, &gathering);
        if (stream->state != S5B_STOPPED && !gathering.err)
            gathering.err = add_outside(&gathering);
        if (stream->state == S5B_STOPPED)
            return JINGLE_EOK;
        if (stream->ours.len == 0)
            jingle__s5b_unlisten(stream);
        if (stream->state == S5B_STOPPED)
            return JINGLE_EOK;
    }
    err = gathering.err ? gathering.err : add_proxies(&gathering);
    if (err)
        return err;
    /* None is an answer too: the peer may have some, and else both find out in one exchange. */
    jingle_part_ready(stream->part);
    return JINGLE_EOK;
}
