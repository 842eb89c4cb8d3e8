/* SPDX-License-Identifier: MIT */
/** @file
 *  What a peer can do: from its entity capabilities, else by asking it (XEP-0166 section 11). */
#include "binding.h"
#include "text.h"

/** A disco#info that waits. One block: the struct, then the strings. */
typedef struct {
    jingle__binding_t *binding;
    jingle_disco_fn on_disco;
    void *userdata;
    const char *peer;       /**< NULL: our account */
    const char *own;        /**< NULL: the manager's */
    jingle__caps_id_t caps; /**< what was asked for; JINGLE__HASH_NONE: the peer itself */
    char caps_node[1024 + JINGLE__VER_SIZE + 2]; /**< node#ver */
} query_t;

static int ask(query_t *query);

static void tell(query_t *query, jingle_t *jingle, const jingle_disco_t *disco,
                 const jingle_error_t *error)
{
    xmpp_mem_t mem = *jingle_get_mem(jingle);

    query->on_disco(jingle, query->peer, disco, error, query->userdata);
    jingle__bind_free(&mem, query);
}

static bool is_item_not_found(const jingle_error_t *error)
{
    return error && error->condition && strcmp(error->condition, "item-not-found") == 0;
}

static void on_result(query_t *query, jingle_t *jingle, xmpp_stanza_t *iq)
{
    jingle__binding_t *binding = query->binding;
    xmpp_mem_t mem = binding->mem;
    xmpp_stanza_t *element = jingle_element_child(iq, "query", JINGLE_NS_DISCO_INFO);
    jingle__doc_t *doc = NULL;

    if (jingle__doc_parse(&mem, element, &doc) != JINGLE_EOK) {
        jingle_log(jingle, XMPP_LEVEL_WARN, "the answer to service discovery could not be used");
        tell(query, jingle, NULL, NULL);
        return;
    }
    if (query->caps.hash != JINGLE__HASH_NONE)
        jingle__caps_learn(binding, &query->caps, doc, element);
    tell(query, jingle, &doc->disco, NULL);
    jingle__bind_free(&mem, doc);
}

static void on_iq(jingle_t *jingle, const jingle_answer_t *answer, void *userdata)
{
    query_t *query = userdata;

    query->binding->n_queries--;
    if (answer->type == JINGLE_ANSWER_RESULT) {
        on_result(query, jingle, answer->stanza);
        return;
    }
    /* The node went with a presence that has been replaced meanwhile: ask without it. */
    if (query->caps.hash != JINGLE__HASH_NONE && is_item_not_found(answer->error)) {
        query->caps.hash = JINGLE__HASH_NONE;
        if (ask(query) == JINGLE_EOK)
            return;
    }
    tell(query, jingle, NULL, answer->error);
}

static int ask(query_t *query)
{
    jingle__binding_t *binding = query->binding;
    xmpp_mem_t mem = binding->mem; /* who traces what is sent may free the manager */
    jingle__text_t xml = {.mem = &mem};
    int err = JINGLE_EMEM;

    if (binding->n_queries >= JINGLE__QUERIES)
        return JINGLE_ELIMIT;
    jingle__text_puts(&xml, "<query xmlns=\"" JINGLE_NS_DISCO_INFO "\"");
    jingle__text_attr(&xml, "node",
                      query->caps.hash != JINGLE__HASH_NONE ? query->caps_node : NULL);
    jingle__text_puts(&xml, "/>");
    if (!xml.failed) {
        binding->n_queries++;
        err =
            jingle_request(binding->jingle,
                           JINGLE_REQUEST(.to = query->peer, .own = query->own, .get = true,
                                          .xml = xml.data, .on_answer = on_iq, .userdata = query));
        if (err)
            binding->n_queries--;
    }
    jingle__bind_free(&mem, xml.data);
    return err;
}

static void set_caps(query_t *query, const jingle__caps_id_t *caps)
{
    size_t node = strlen(caps->node), ver = strlen(caps->ver);

    query->caps.hash = caps->hash;
    memcpy(query->caps_node, caps->node, node);
    query->caps_node[node] = '#';
    memcpy(query->caps_node + node + 1, caps->ver, ver + 1);
    query->caps.ver = query->caps_node + node + 1;
}

static query_t *new_query(jingle__binding_t *binding, const char *peer, const char *own)
{
    size_t peer_size = peer ? strlen(peer) + 1 : 0, own_size = own ? strlen(own) + 1 : 0;
    query_t *query = jingle__bind_alloc(&binding->mem, sizeof *query + peer_size + own_size);
    char *at;

    if (!query)
        return NULL;
    at = (char *)(query + 1);
    query->binding = binding;
    if (peer)
        query->peer = memcpy(at, peer, peer_size);
    if (own)
        query->own = memcpy(at + peer_size, own, own_size);
    return query;
}

/** @return the peer's capabilities if they are known; a reference */
static jingle__caps_t *known_caps(jingle__binding_t *binding, const char *peer)
{
    const jingle__device_t *device = peer ? jingle__devices_find(binding, peer) : NULL;

    return device ? jingle__caps_find(binding, &device->caps) : NULL;
}

int jingle_query_disco(jingle_t *jingle, const char *peer, const char *own,
                       jingle_disco_fn on_disco, void *userdata)
{
    jingle__binding_t *binding = jingle__binding_get(jingle);
    const jingle__device_t *device;
    char folded[JINGLE__JID_SIZE];
    jingle__caps_t *caps;
    xmpp_mem_t mem;
    query_t *query;
    int err;

    if (!jingle || !on_disco || (peer && !jingle__jid_fold(peer, folded)))
        return JINGLE_EINVAL;
    if (!binding)
        return JINGLE_EINVOP;
    mem = binding->mem;
    peer = peer ? folded : NULL;
    caps = known_caps(binding, peer);
    if (caps) {
        on_disco(jingle, peer, &caps->doc->disco, NULL, userdata);
        jingle__caps_release(&mem, caps);
        return JINGLE_EOK;
    }
    query = new_query(binding, peer, own);
    if (!query)
        return JINGLE_EMEM;
    query->on_disco = on_disco;
    query->userdata = userdata;
    device = peer ? jingle__devices_find(binding, peer) : NULL;
    if (device && device->caps.hash != JINGLE__HASH_NONE)
        set_caps(query, &device->caps);
    err = ask(query);
    if (err)
        jingle__bind_free(&mem, query);
    return err;
}

/* ---- one feature ----------------------------------------------------------------------------- */

typedef struct {
    jingle_supports_fn on_answer;
    void *userdata;
    char feature[];
} wanted_t;

static void on_disco(jingle_t *jingle, const char *peer, const jingle_disco_t *disco,
                     const jingle_error_t *error, void *userdata)
{
    xmpp_mem_t mem = *jingle_get_mem(jingle);
    wanted_t *wanted = userdata;

    (void)error;
    wanted->on_answer(jingle, peer, wanted->feature,
                      disco ? jingle_disco_has(disco, wanted->feature) : JINGLE_ENOENT,
                      wanted->userdata);
    jingle__bind_free(&mem, wanted);
}

int jingle_query_feature(jingle_t *jingle, const char *peer, const char *own, const char *feature,
                         jingle_supports_fn on_answer, void *userdata)
{
    const xmpp_mem_t *shared = jingle_get_mem(jingle);
    xmpp_mem_t mem = *shared;
    wanted_t *wanted;
    int err;

    if (!jingle || !feature || !on_answer)
        return JINGLE_EINVAL;
    wanted = jingle__bind_alloc(&mem, sizeof *wanted + strlen(feature) + 1);
    if (!wanted)
        return JINGLE_EMEM;
    wanted->on_answer = on_answer;
    wanted->userdata = userdata;
    memcpy(wanted->feature, feature, strlen(feature) + 1);
    err = jingle_query_disco(jingle, peer, own, on_disco, wanted);
    if (err)
        jingle__bind_free(&mem, wanted);
    return err;
}

int jingle_knows_feature(const jingle_t *jingle, const char *peer, const char *feature)
{
    jingle__binding_t *binding = jingle__binding_get(jingle);
    char folded[JINGLE__JID_SIZE];
    jingle__caps_t *caps;
    int has;

    if (!jingle || !feature || !jingle__jid_fold(peer, folded))
        return JINGLE_EINVAL;
    if (!binding)
        return JINGLE_EINVOP;
    caps = known_caps(binding, folded);
    if (!caps)
        return JINGLE_ENOENT;
    has = jingle_disco_has(&caps->doc->disco, feature);
    jingle__caps_release(&binding->mem, caps);
    return has;
}
