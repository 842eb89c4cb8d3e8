/* SPDX-License-Identifier: MIT */
/** @file
 *  SOCKS5 bytestreams as a transport plug-in (XEP-0260). */
#include "s5b.h"

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

static char *copy(const xmpp_mem_t *mem, const char *text)
{
    size_t size = strlen(text) + 1;
    char *made = mem->alloc(size, mem->userdata);

    return made ? memcpy(made, text, size) : NULL;
}

/* ---- made and freed ------------------------------------------------------------------------- */

static int create(jingle_part_t *part, void *userdata, void **self)
{
    jingle__s5b_module_t *module = userdata;
    jingle_session_t *session = jingle_part_get_session(part);
    const char *own = jingle_session_get_own(session);
    jingle__s5b_stream_t *stream =
        own ? module->mem.alloc(sizeof *stream, module->mem.userdata) : NULL;

    if (!stream)
        return own ? JINGLE_EMEM : JINGLE_EINVOP;
    *stream =
        (jingle__s5b_stream_t){.refs = 1, .module = jingle__s5b_module_ref(module), .part = part};
    stream->initiator = jingle_session_is_initiator(session);
    stream->relay_only = module->relay_only;
    stream->own = copy(&module->mem, own);
    stream->peer = copy(&module->mem, jingle_session_get_peer(session));
    stream->net = jingle_get_net(module->jingle);
    if (!stream->own || !stream->peer || !stream->net) {
        jingle__s5b_unref(stream);
        return JINGLE_EMEM;
    }
    *self = stream;
    return JINGLE_EOK;
}

static void free_self(void *self)
{
    jingle__s5b_stream_t *stream = self;

    jingle__s5b_stop(stream);
    stream->part = NULL;
    jingle__s5b_unref(stream);
}

/* ---- what the peer says ---------------------------------------------------------------------- */

static jingle_check_t check_candidates(const jingle__s5b_stream_t *stream, xmpp_stanza_t *element)
{
    jingle__s5b_candidates_t all = {0};
    int err = jingle__s5b_candidates_read(jingle__s5b_mem(stream), element, &all);

    jingle__s5b_candidates_clear(jingle__s5b_mem(stream), &all);
    return err == JINGLE_EPROTO || err == JINGLE_ELIMIT ? JINGLE_CHECK_MALFORMED : JINGLE_CHECK_OK;
}

/** What a transport-info says, one thing a stanza (XEP-0260's schema). */
static jingle_check_t check_info(const jingle__s5b_stream_t *stream, xmpp_stanza_t *element)
{
    xmpp_stanza_t *used = jingle_element_child(element, "candidate-used", NULL);
    xmpp_stanza_t *activated = jingle_element_child(element, "activated", NULL);

    if (used && !jingle__s5b_candidate_find(&stream->ours, xmpp_stanza_get_attribute(used, "cid")))
        return JINGLE_CHECK_MALFORMED;
    if (activated &&
        !jingle__s5b_candidate_find(&stream->theirs, xmpp_stanza_get_attribute(activated, "cid")) &&
        !jingle__s5b_candidate_find(&stream->ours, xmpp_stanza_get_attribute(activated, "cid")))
        return JINGLE_CHECK_MALFORMED;
    return JINGLE_CHECK_OK;
}

static jingle_check_t check(void *self, jingle_action_t action, xmpp_stanza_t *element,
                            jingle_reason_t *why)
{
    const jingle__s5b_stream_t *stream = self;
    const char *sid = xmpp_stanza_get_attribute(element, "sid"),
               *mode = xmpp_stanza_get_attribute(element, "mode");

    if (is_offer(action) && (!sid || !*sid))
        return JINGLE_CHECK_MALFORMED;
    if (is_offer(action) && mode && strcmp(mode, "tcp") != 0) {
        why->condition = JINGLE_REASON_UNSUPPORTED_TRANSPORTS;
        why->text = "only the mode tcp is supported";
        return JINGLE_CHECK_UNUSABLE;
    }
    /* Some leave the sid out of an answer; another one is another bytestream's. */
    if (!is_offer(action) && sid && stream->sid && strcmp(sid, stream->sid) != 0)
        return JINGLE_CHECK_MALFORMED;
    return action == JINGLE_ACTION_TRANSPORT_INFO ? check_info(stream, element)
                                                  : check_candidates(stream, element);
}

static int set_hashes(jingle__s5b_stream_t *stream)
{
    int err = jingle__s5b_hash(stream->sid, stream->own, stream->peer, stream->own_hash);

    return err ? err : jingle__s5b_hash(stream->sid, stream->peer, stream->own, stream->peer_hash);
}

static int apply_offer(jingle__s5b_stream_t *stream, xmpp_stanza_t *element)
{
    const xmpp_mem_t *mem = jingle__s5b_mem(stream);
    char *sid = copy(mem, xmpp_stanza_get_attribute(element, "sid"));

    if (!sid)
        return JINGLE_EMEM;
    if (stream->sid)
        mem->free(stream->sid, mem->userdata);
    stream->sid = sid;
    return set_hashes(stream);
}

static bool is_hash(const char *text)
{
    return text && strlen(text) == JINGLE__S5B_HASH_SIZE - 1 &&
           strspn(text, "0123456789abcdefABCDEF") == JINGLE__S5B_HASH_SIZE - 1;
}

static int apply_candidates(jingle__s5b_stream_t *stream, xmpp_stanza_t *element)
{
    const char *dstaddr = xmpp_stanza_get_attribute(element, "dstaddr");

    if (is_hash(dstaddr))
        memcpy(stream->peer_dstaddr, dstaddr, JINGLE__S5B_HASH_SIZE);
    stream->activated = NULL;
    jingle__s5b_candidates_clear(jingle__s5b_mem(stream), &stream->theirs);
    return jingle__s5b_candidates_read(jingle__s5b_mem(stream), element, &stream->theirs);
}

/** Repeated and crossing messages: what a side said first counts. */
static int apply_info(jingle__s5b_stream_t *stream, xmpp_stanza_t *element)
{
    xmpp_stanza_t *used = jingle_element_child(element, "candidate-used", NULL);
    xmpp_stanza_t *activated = jingle_element_child(element, "activated", NULL);
    const jingle__s5b_candidate_t *theirs =
        activated ? jingle__s5b_candidate_find(&stream->theirs,
                                               xmpp_stanza_get_attribute(activated, "cid"))
                  : NULL;

    if (stream->they_said == S5B_SAID_NOTHING && used) {
        stream->they_said = S5B_SAID_USED;
        stream->they_named =
            jingle__s5b_candidate_find(&stream->ours, xmpp_stanza_get_attribute(used, "cid"));
        /* XEP-0260 section 2.3: only better ones are worth trying now. */
        if (stream->we_said == S5B_SAID_NOTHING)
            jingle__s5b_attempts_drop(stream, stream->they_named->priority);
    } else if (stream->they_said == S5B_SAID_NOTHING &&
               jingle_element_child(element, "candidate-error", NULL))
        stream->they_said = S5B_SAID_ERROR;
    if (theirs)
        stream->activated = theirs;
    if (jingle_element_child(element, "proxy-error", NULL))
        stream->proxy_error = true;
    jingle__s5b_step(stream);
    return JINGLE_EOK;
}

static int apply(void *self, jingle_action_t action, xmpp_stanza_t *element)
{
    jingle__s5b_stream_t *stream = self;
    int err = JINGLE_EOK;

    if (action == JINGLE_ACTION_TRANSPORT_INFO)
        return apply_info(stream, element);
    if (is_offer(action))
        err = apply_offer(stream, element);
    if (!err && (is_offer(action) || (is_answer(action) && stream->state == S5B_IDLE)))
        err = apply_candidates(stream, element);
    return err;
}

/* ---- what we say ---------------------------------------------------------------------------- */

static int add_child(xmpp_stanza_t *element, const char *name, const char *cid)
{
    xmpp_stanza_t *child = xmpp_stanza_new(xmpp_stanza_get_context(element));
    int err = !child || xmpp_stanza_set_name(child, name) ||
              (cid && xmpp_stanza_set_attribute(child, "cid", cid)) ||
              xmpp_stanza_add_child(element, child);

    if (child)
        xmpp_stanza_release(child);
    return err ? JINGLE_EMEM : JINGLE_EOK;
}

static int describe_result(jingle__s5b_stream_t *stream, xmpp_stanza_t *element)
{
    int err = stream->we_said == S5B_SAID_USED
                  ? add_child(element, "candidate-used", stream->we_named->cid)
                  : add_child(element, "candidate-error", NULL);

    if (!err) {
        stream->tell_result = false;
        jingle__s5b_step(stream);
    }
    return err;
}

static int describe_proxy_error(jingle__s5b_stream_t *stream, xmpp_stanza_t *element)
{
    int err = add_child(element, "proxy-error", NULL);

    if (!err) {
        stream->tell_proxy_error = false;
        jingle__s5b_fail(stream, "the proxy cannot be used");
    }
    return err;
}

/** One thing at a time; the rest is news again. */
static int describe_info(jingle__s5b_stream_t *stream, xmpp_stanza_t *element)
{
    int err = JINGLE_ENOENT;

    if (xmpp_stanza_set_attribute(element, "sid", stream->sid))
        return JINGLE_EMEM;
    if (stream->tell_result)
        err = describe_result(stream, element);
    else if (stream->tell_activated) {
        err = add_child(element, "activated", stream->they_named->cid);
        stream->tell_activated = err != JINGLE_EOK;
    } else if (stream->tell_proxy_error)
        err = describe_proxy_error(stream, element);
    if (stream->tell_result || stream->tell_activated || stream->tell_proxy_error)
        jingle_part_news(stream->part);
    return err;
}

static bool has_proxy(const jingle__s5b_candidates_t *all)
{
    for (size_t i = 0; i < all->len; i++)
        if (all->list[i].type == S5B_PROXY)
            return true;
    return false;
}

static int describe(void *self, jingle_action_t action, xmpp_stanza_t *element)
{
    jingle__s5b_stream_t *stream = self;

    if (!stream->sid)
        return JINGLE_EINVOP;
    if (action == JINGLE_ACTION_TRANSPORT_INFO)
        return describe_info(stream, element);
    if (xmpp_stanza_set_attribute(element, "sid", stream->sid) ||
        (is_offer(action) && xmpp_stanza_set_attribute(element, "mode", "tcp")) ||
        (has_proxy(&stream->ours) &&
         xmpp_stanza_set_attribute(element, "dstaddr", stream->own_hash)))
        return JINGLE_EMEM;
    return jingle__s5b_candidates_write(jingle_get_context(stream->module->jingle), &stream->ours,
                                        element);
}

/* ---- its life ------------------------------------------------------------------------------- */

static int make_sid(jingle__s5b_stream_t *stream)
{
    char id[JINGLE__S5B_ID_SIZE];
    int err = jingle__s5b_make_id(stream->module, id);

    if (err)
        return err;
    stream->sid = copy(jingle__s5b_mem(stream), id);
    return stream->sid ? set_hashes(stream) : JINGLE_EMEM;
}

static int prepare(void *self)
{
    jingle__s5b_stream_t *stream = self;
    int err = stream->sid ? JINGLE_EOK : make_sid(stream);
    bool mapped;

    if (err)
        return err;
    jingle__s5b_ref(stream);
    mapped = jingle__s5b_map(stream);
    if (stream->state != S5B_STOPPED) { /* who was asked has ended the session */
        if (!jingle__s5b_proxies_search(stream->module) || !mapped) {
            stream->waits = true;
            DL_APPEND2(stream->module->waiting, stream, wait_prev, wait_next);
        } else
            err = jingle__s5b_gather(stream);
    }
    jingle__s5b_unref(stream);
    return err;
}

static int start(void *self)
{
    jingle__s5b_stream_t *stream = self;

    /* Restored, it may have been accepted without one by who has changed what was saved. */
    if (!stream->sid)
        return JINGLE_EINVOP;
    stream->state = S5B_TRYING;
    jingle__s5b_attempts_start(stream);
    return JINGLE_EOK;
}

static void stop(void *self)
{
    jingle__s5b_stop(self);
}

static void finish(void *self)
{
    jingle__s5b_finish(self);
}

/* ---- outliving the process ------------------------------------------------------------------ */

/** Sockets do not: what is left is a name without candidates. Before it was started the negotiation
 *  goes on and finds that none of ours can be reached (XEP-0260 section 2.4); afterwards it has failed,
 *  and another transport is tried. */
static int save(void *self, jingle_save_t *save)
{
    jingle_save_text(save, ((jingle__s5b_stream_t *)self)->sid);
    return JINGLE_EOK;
}

static int restore(jingle_part_t *part, void *userdata, jingle_load_t *load, void **self)
{
    jingle__s5b_stream_t *stream = NULL;
    void *made = NULL;
    const char *sid = jingle_load_text(load, JINGLE_SAVE_MAX);
    int err =
        jingle_load_is_done(load) && (!sid || *sid) ? create(part, userdata, &made) : JINGLE_EDATA;

    if (err)
        return err;
    stream = made;
    if (sid) {
        stream->sid = copy(jingle__s5b_mem(stream), sid);
        err = stream->sid ? set_hashes(stream) : JINGLE_EMEM;
    }
    if (err)
        free_self(stream);
    else
        *self = stream;
    return err;
}

const jingle_transport_t jingle__s5b_plugin = {
    .size = sizeof jingle__s5b_plugin,
    .name = "SOCKS5 bytestream",
    .create = create,
    .check = check,
    .apply = apply,
    .describe = describe,
    .free = free_self,
    .flows = JINGLE_FLOW_STREAM,
    .rank = JINGLE_S5B_RANK,
    .components = 1,
    .prepare = prepare,
    .start = start,
    .stop = stop,
    .finish = finish,
    .save = save,
    .restore = restore,
};
