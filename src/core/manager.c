/* SPDX-License-Identifier: MIT */
/** @file
 *  The manager: set up, taken down, and what it keeps for all sessions. */
#include "core.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <openssl/rand.h>

#include "siphash.h"

#define DEFAULT_TIMEOUT 60000u
/* RFC 7622: 1,023 octets a part, and the two separators. */
#define JID_MAX 3071u

/* ---- references: the memory of the manager outlives calls under way ------------------------- */

void jingle__enter(jingle_t *jingle)
{
    jingle->refs++;
}

void jingle__leave(jingle_t *jingle)
{
    xmpp_mem_t mem;

    if (--jingle->refs)
        return;
    mem = jingle->mem;
    jingle__jid_release(jingle, jingle->own);
    jingle__jid_release(jingle, jingle->last_own);
    jingle__replies_free_spare(jingle);
    jingle__free(&mem, jingle);
}

/* ---- JIDs of ours -------------------------------------------------------------------------- */

/** What a stanza can be addressed to, roughly: which characters beyond ASCII are allowed is the server's
 *  affair. A resource may hold all that is seen and spaces (RFC 7622 section 3.4). */
bool jingle__jid_is_valid(const char *jid)
{
    size_t len = strlen(jid), bare = strcspn(jid, "/");

    if (!bare || len > JID_MAX || *jid == '@' || jid[bare - 1] == '@' || bare + 1 == len)
        return false;
    if (strcspn(jid, " \"<>") < bare)
        return false;
    for (; *jid; jid++)
        if ((unsigned char)*jid < ' ' || *jid == 0x7f)
            return false;
    return true;
}

jingle__jid_t *jingle__jid_new(jingle_t *jingle, const char *text, bool fold)
{
    size_t len = strlen(text);
    jingle__jid_t *jid = jingle__alloc(&jingle->mem, sizeof *jid + len + 1);

    if (!jid)
        return NULL;
    memcpy(jid->text, text, len);
    for (char *at = jid->text; fold && *at && *at != '/'; at++)
        if (*at >= 'A' && *at <= 'Z')
            *at = (char)(*at - 'A' + 'a');
    jid->len = len;
    jid->hash = jingle__siphash(jingle->hash_key, jid->text, len);
    jid->refs = 1;
    return jid;
}

jingle__jid_t *jingle__jid_clone(jingle__jid_t *jid)
{
    if (jid)
        jid->refs++;
    return jid;
}

void jingle__jid_release(jingle_t *jingle, jingle__jid_t *jid)
{
    if (jid && --jid->refs == 0)
        jingle__free(&jingle->mem, jid);
}

jingle__jid_t *jingle__own_of(jingle_t *jingle, const char *to)
{
    if (!jingle->config.component || !to)
        return jingle__jid_clone(jingle->own);
    if (!jingle->last_own || strcmp(jingle->last_own->text, to) != 0) {
        jingle__jid_t *own = jingle__jid_new(jingle, to, false);
        if (!own)
            return NULL;
        jingle__jid_release(jingle, jingle->last_own);
        jingle->last_own = own;
    }
    return jingle__jid_clone(jingle->last_own);
}

int jingle_set_jid(jingle_t *jingle, const char *text)
{
    jingle__jid_t *jid = NULL;

    if (!jingle || (text && !jingle__jid_is_valid(text)))
        return JINGLE_EINVAL;
    if (text && !(jid = jingle__jid_new(jingle, text, true)))
        return JINGLE_EMEM;
    jingle__jid_release(jingle, jingle->own);
    jingle->own = jid;
    return JINGLE_EOK;
}

const char *jingle_get_jid(const jingle_t *jingle)
{
    return jingle && jingle->own ? jingle->own->text : NULL;
}

/* ---- set up and taken down ----------------------------------------------------------------- */

void jingle_limits_init(jingle_limits_t *limits)
{
    if (limits)
        *limits = (jingle_limits_t){
            .size = sizeof *limits,
            .sessions = 100000,
            .sessions_per_peer = 100,
            .queue = 64,
            .requests = 256,
            .contents = 32,
            .candidates = 64,
            .sid = 1023,
            .text = 4096,
            .nesting = 64,
        };
}

static int system_random(void *buffer, size_t len, void *userdata)
{
    (void)userdata;
    return len <= INT32_MAX && RAND_bytes(buffer, (int)len) == 1 ? JINGLE_EOK : JINGLE_EINT;
}

/** Ids of requests begin with something that no former manager of this JID has used. */
static int make_secrets(jingle_t *jingle)
{
    unsigned char random[4];

    if (jingle_random(jingle, jingle->hash_key, sizeof jingle->hash_key) != JINGLE_EOK ||
        jingle_random(jingle, random, sizeof random) != JINGLE_EOK)
        return JINGLE_EINT;
    snprintf(jingle->request_prefix, sizeof jingle->request_prefix, "j%02x%02x%02x%02x-", random[0],
             random[1], random[2], random[3]);
    return JINGLE_EOK;
}

static void copy_config(jingle_t *jingle, const jingle_config_t *config)
{
    jingle->config = *config;
    if (config->log)
        jingle->log = *config->log;
    jingle_limits_init(&jingle->limits);
    if (config->limits)
        jingle->limits = *config->limits;
    if (!jingle->config.handler_timeout)
        jingle->config.handler_timeout = DEFAULT_TIMEOUT;
    if (!jingle->config.request_timeout)
        jingle->config.request_timeout = DEFAULT_TIMEOUT;
    jingle->config.mem = NULL;
    jingle->config.log = NULL;
    jingle->config.limits = NULL;
    jingle->config.jid = NULL;
    if (!jingle->config.random)
        jingle->config.random = system_random;
}

jingle_t *jingle_new(xmpp_ctx_t *ctx, const jingle_config_t *config)
{
    static const jingle_config_t none = {.size = sizeof none};
    const xmpp_mem_t *mem;
    jingle_t *jingle;

    if (!config)
        config = &none;
    if (config->size < sizeof none ||
        (config->limits && config->limits->size < sizeof *config->limits))
        return NULL;
    mem = config->mem ? config->mem : &jingle__mem_default;
    jingle = jingle__alloc(mem, sizeof *jingle);
    if (!jingle)
        return NULL;
    jingle->ctx = ctx;
    jingle->mem = *mem;
    jingle->refs = 1;
    copy_config(jingle, config);
    if (make_secrets(jingle) != JINGLE_EOK || jingle_add_feature(jingle, JINGLE_NS) != JINGLE_EOK ||
        (config->jid && jingle_set_jid(jingle, config->jid) != JINGLE_EOK)) {
        jingle__features_clear(jingle);
        jingle__leave(jingle);
        return NULL;
    }
    return jingle;
}

void jingle__close(jingle_t *jingle)
{
    jingle->closed = true;
    jingle__features_clear(jingle);
    jingle__types_clear(jingle);
    jingle__restorables_clear(jingle);
    while (jingle->served)
        jingle_unserve(jingle, jingle->served->ns);
    jingle__timers_clear(jingle);
}

void jingle_free(jingle_t *jingle)
{
    if (!jingle || jingle->closing)
        return;
    jingle->closing = true;
    jingle__endings_tell(jingle);
    jingle_end_all_sessions(jingle, NULL);
    jingle__replies_clear(jingle);
    jingle__requests_clear(jingle);
    /* A session that is half ended still needs its timers and what its type keeps with the manager. */
    if (jingle->leaving)
        jingle->close_owed = true;
    else
        jingle__close(jingle);
    jingle__leave(jingle);
}

/* ---- out ----------------------------------------------------------------------------------- */

int jingle__emit(jingle_t *jingle, jingle_event_t event)
{
    if (jingle->config.on_event)
        jingle->config.on_event(jingle, &event, jingle->config.userdata);
    return JINGLE_EOK;
}

int jingle__output(jingle_t *jingle, const char *xml, size_t len)
{
    if (!jingle->config.send || jingle->closed)
        return JINGLE_ESEND;
    return jingle->config.send(jingle, xml, len, jingle->config.send_userdata);
}

void jingle_log(jingle_t *jingle, xmpp_log_level_t level, const char *format, ...)
{
    char message[512];
    va_list args;

    if (!jingle || level < jingle->config.log_level ||
        (!jingle->log.handler && !jingle->config.on_event))
        return;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    jingle__enter(jingle);
    if (jingle->log.handler)
        jingle->log.handler(jingle->log.userdata, level, "jingle", message);
    if (!jingle->closed)
        jingle__emit(
            jingle, (jingle_event_t){.type = JINGLE_EVENT_LOG, .level = level, .message = message});
    jingle__leave(jingle);
}

void jingle_note_quirk(jingle_t *jingle, const char *what)
{
    if (!jingle || !what)
        return;
    jingle->counters.quirks++;
    jingle_log(jingle, XMPP_LEVEL_INFO, "met leniently: %s", what);
}

int jingle_random(jingle_t *jingle, void *buffer, size_t len)
{
    return jingle ? jingle->config.random(buffer, len, jingle->config.userdata) : JINGLE_EINVAL;
}

uint64_t jingle_hash(const jingle_t *jingle, const void *data, size_t len)
{
    return jingle && (data || !len) ? jingle__siphash(jingle->hash_key, data, len) : 0;
}

/* ---- getters and setters ------------------------------------------------------------------- */

void *jingle_get_userdata(const jingle_t *jingle)
{
    return jingle ? jingle->config.userdata : NULL;
}

xmpp_ctx_t *jingle_get_context(const jingle_t *jingle)
{
    return jingle ? jingle->ctx : NULL;
}

const xmpp_mem_t *jingle_get_mem(const jingle_t *jingle)
{
    return jingle ? &jingle->mem : &jingle__mem_default;
}

void jingle_set_component(jingle_t *jingle, bool component)
{
    if (jingle)
        jingle->config.component = component;
}

void jingle_set_send(jingle_t *jingle, jingle_send_fn send, void *userdata)
{
    if (!jingle)
        return;
    jingle->config.send = send;
    jingle->config.send_userdata = userdata;
}

void jingle_set_backlog(jingle_t *jingle, jingle_backlog_fn backlog, void *userdata)
{
    if (!jingle)
        return;
    jingle->backlog = backlog;
    jingle->backlog_userdata = userdata;
}

size_t jingle_get_backlog(jingle_t *jingle)
{
    return jingle && jingle->backlog ? jingle->backlog(jingle, jingle->backlog_userdata) : 0;
}

static bool ask_policy(jingle_t *jingle, const char *peer, const char *own, void *userdata)
{
    (void)userdata;
    return jingle->policy(jingle, peer, own, jingle->policy_userdata);
}

void jingle_set_may_offer(jingle_t *jingle, jingle_may_offer_fn may_offer, void *userdata)
{
    if (!jingle)
        return;
    jingle->policy = may_offer;
    jingle->policy_userdata = userdata;
    jingle->config.may_offer = may_offer ? ask_policy : NULL;
}

bool jingle_may_offer(jingle_t *jingle, const char *peer, const char *own)
{
    return jingle && peer &&
           (!jingle->config.may_offer ||
            jingle->config.may_offer(jingle, peer, own, jingle->config.userdata));
}

void jingle_get_limits(const jingle_t *jingle, jingle_limits_t *limits)
{
    if (jingle && limits)
        *limits = jingle->limits;
}

int jingle_set_limits(jingle_t *jingle, const jingle_limits_t *limits)
{
    if (!jingle || !limits || limits->size < sizeof *limits)
        return JINGLE_EINVAL;
    jingle->limits = *limits;
    return JINGLE_EOK;
}

int jingle_get_counters(const jingle_t *jingle, jingle_counters_t *counters)
{
    jingle_counters_t now;
    size_t size;

    if (!jingle || !counters || !counters->size)
        return JINGLE_EINVAL;
    now = jingle->counters;
    now.sessions = jingle_count_sessions(jingle);
    now.size = size = counters->size < sizeof now ? counters->size : sizeof now;
    memcpy(counters, &now, size);
    return JINGLE_EOK;
}
