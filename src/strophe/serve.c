/* SPDX-License-Identifier: MIT */
/** @file
 *  Our side of service discovery: disco#info and disco#items (XEP-0030) and our entity capabilities
 *  (XEP-0115), for programs that want it; the list for those that answer themselves. */
#include "binding.h"

static const char *const features[] = {JINGLE_NS_DISCO_INFO, JINGLE_NS_DISCO_ITEMS, JINGLE_NS_CAPS};
#define N_FEATURES (sizeof features / sizeof features[0])

static const jingle_identity_t client = {.category = "client", .type = "bot"};
static const jingle_identity_t component = {.category = "component", .type = "generic"};

/* ---- what we are ----------------------------------------------------------------------------- */

static const jingle_identity_t *identity_at(const jingle__binding_t *binding, size_t index)
{
    if (binding->self)
        return index < binding->self->disco.n_identities ? &binding->self->identities[index] : NULL;
    return index == 0 ? (binding->component ? &component : &client) : NULL;
}

/** @return JINGLE_EOK: binding->ver is what it should be */
static int update_ver(jingle__binding_t *binding)
{
    uint32_t version = jingle_get_features_version(binding->jingle);
    size_t n_identities = 0, n_features = 0;
    jingle__doc_t *doc;
    int err;

    if (binding->ver[0] && binding->ver_version == version)
        return JINGLE_EOK;
    while (identity_at(binding, n_identities))
        n_identities++;
    while (jingle_get_feature(binding->jingle, n_features))
        n_features++;
    err = jingle__doc_new(&binding->mem, n_identities, n_features, &doc);
    if (err)
        return err;
    for (size_t i = 0; i < n_identities; i++)
        doc->identities[doc->disco.n_identities++] = *identity_at(binding, i);
    for (size_t i = 0; i < n_features; i++)
        doc->features[doc->disco.n_features++] = jingle_get_feature(binding->jingle, i);
    jingle__doc_sort(doc);
    err = jingle__caps_ver(&binding->mem, JINGLE__HASH_SHA1, doc, NULL, binding->ver);
    if (!err)
        binding->ver_version = version;
    jingle__bind_free(&binding->mem, doc);
    return err;
}

/** Is this a node that we have: none, or the one of our capabilities? */
static bool is_our_node(jingle__binding_t *binding, const char *node)
{
    size_t len = strlen(binding->node);

    return !node || (update_ver(binding) == JINGLE_EOK && strncmp(node, binding->node, len) == 0 &&
                     node[len] == '#' && strcmp(node + len + 1, binding->ver) == 0);
}

/* ---- answering ------------------------------------------------------------------------------- */

static xmpp_stanza_t *new_query(jingle__binding_t *binding, const char *ns, const char *node)
{
    xmpp_stanza_t *query = xmpp_stanza_new(jingle_get_context(binding->jingle));

    if (query && xmpp_stanza_set_name(query, "query") == XMPP_EOK &&
        xmpp_stanza_set_ns(query, ns) == XMPP_EOK &&
        (!node || xmpp_stanza_set_attribute(query, "node", node) == XMPP_EOK))
        return query;
    if (query)
        xmpp_stanza_release(query);
    return NULL;
}

static int fill(jingle__binding_t *binding, xmpp_stanza_t *query)
{
    const jingle_identity_t *identity;
    const char *feature;
    int err = JINGLE_EOK;

    for (size_t i = 0; !err && (identity = identity_at(binding, i)); i++)
        err = jingle__disco_add_identity(query, identity);
    for (size_t i = 0; !err && (feature = jingle_get_feature(binding->jingle, i)); i++)
        err = jingle__disco_add_feature(query, feature);
    return err;
}

static void answer(jingle__binding_t *binding, const char *ns, const char *node, bool info,
                   jingle_reply_t *reply)
{
    xmpp_stanza_t *query = new_query(binding, ns, node);

    if (query && (!info || fill(binding, query) == JINGLE_EOK))
        jingle_reply_result(reply, query);
    else
        jingle_reply_error(reply, jingle_error_of(JINGLE_ERROR_RESOURCE_CONSTRAINT));
    if (query)
        xmpp_stanza_release(query);
}

static void serve(xmpp_stanza_t *iq, xmpp_stanza_t *payload, jingle_reply_t *reply,
                  jingle__binding_t *binding, bool info)
{
    const char *node = xmpp_stanza_get_attribute(payload, "node");
    bool may_ask =
        jingle__policy_may_ask(binding, xmpp_stanza_get_from(iq), xmpp_stanza_get_to(iq));

    if (!jingle_reply_is_open(reply)) /* the program has freed the manager where it was asked */
        return;
    if (!may_ask)
        jingle_reply_error(reply, jingle_error_of(JINGLE_ERROR_SERVICE_UNAVAILABLE));
    else if (strcmp(xmpp_stanza_get_name(payload), "query") != 0)
        jingle_reply_error(reply, jingle_error_of(JINGLE_ERROR_BAD_REQUEST));
    else if (info ? !is_our_node(binding, node) : node != NULL)
        jingle_reply_error(reply, jingle_error_of(JINGLE_ERROR_ITEM_NOT_FOUND));
    else
        answer(binding, info ? JINGLE_NS_DISCO_INFO : JINGLE_NS_DISCO_ITEMS, node, info, reply);
}

static void serve_info(jingle_t *jingle, xmpp_stanza_t *iq, xmpp_stanza_t *payload,
                       jingle_reply_t *reply, void *userdata)
{
    (void)jingle;
    serve(iq, payload, reply, userdata, true);
}

static void serve_items(jingle_t *jingle, xmpp_stanza_t *iq, xmpp_stanza_t *payload,
                        jingle_reply_t *reply, void *userdata)
{
    (void)jingle;
    serve(iq, payload, reply, userdata, false);
}

static int start(jingle__binding_t *binding)
{
    jingle_t *jingle = binding->jingle;
    size_t added = 0;
    int err = jingle_serve(jingle, JINGLE_NS_DISCO_INFO, JINGLE_SERVE_GET, serve_info, binding);

    if (err)
        return err;
    err = jingle_serve(jingle, JINGLE_NS_DISCO_ITEMS, JINGLE_SERVE_GET, serve_items, binding);
    if (err)
        goto undo_info;
    for (; !err && added < N_FEATURES; added += !err)
        err = jingle_add_feature(jingle, features[added]);
    if (!err)
        return JINGLE_EOK;
    while (added)
        jingle_remove_feature(jingle, features[--added]);
    jingle_unserve(jingle, JINGLE_NS_DISCO_ITEMS);
undo_info:
    jingle_unserve(jingle, JINGLE_NS_DISCO_INFO);
    return err;
}

static void stop(jingle__binding_t *binding)
{
    for (size_t i = 0; i < N_FEATURES; i++)
        jingle_remove_feature(binding->jingle, features[i]);
    jingle_unserve(binding->jingle, JINGLE_NS_DISCO_ITEMS);
    jingle_unserve(binding->jingle, JINGLE_NS_DISCO_INFO);
}

int jingle__serve_set(jingle__binding_t *binding, bool answer_disco)
{
    int err = JINGLE_EOK;

    if (answer_disco && !binding->answer_disco)
        err = start(binding);
    else if (!answer_disco && binding->answer_disco)
        stop(binding);
    if (!err)
        binding->answer_disco = answer_disco;
    return err;
}

/* ---- for the program ------------------------------------------------------------------------- */

static bool has_feature(xmpp_stanza_t *query, const char *feature)
{
    xmpp_stanza_t *child = jingle_element_child(query, NULL, NULL);

    for (; child; child = jingle_element_next(child)) {
        const char *var = xmpp_stanza_get_attribute(child, "var");
        if (var && strcmp(xmpp_stanza_get_name(child), "feature") == 0 && strcmp(var, feature) == 0)
            return true;
    }
    return false;
}

int jingle_fill_disco(jingle_t *jingle, xmpp_stanza_t *query)
{
    const char *feature;
    int err = JINGLE_EOK;

    if (!jingle || !query)
        return JINGLE_EINVAL;
    for (size_t i = 0; !err && (feature = jingle_get_feature(jingle, i)); i++)
        if (!has_feature(query, feature))
            err = jingle__disco_add_feature(query, feature);
    return err;
}

static bool set_caps(xmpp_stanza_t *c, const jingle__binding_t *binding)
{
    return xmpp_stanza_set_attribute(c, "hash", "sha-1") == XMPP_EOK &&
           xmpp_stanza_set_attribute(c, "node", binding->node) == XMPP_EOK &&
           xmpp_stanza_set_attribute(c, "ver", binding->ver) == XMPP_EOK;
}

int jingle_add_caps(jingle_t *jingle, xmpp_stanza_t *presence)
{
    jingle__binding_t *binding = jingle__binding_get(jingle);
    xmpp_stanza_t *c;
    int err;

    if (!jingle || !presence)
        return JINGLE_EINVAL;
    if (!binding || !binding->answer_disco)
        return JINGLE_EINVOP;
    err = update_ver(binding);
    if (err)
        return err;
    c = jingle_element_child(presence, "c", JINGLE_NS_CAPS);
    /* Its name stays: libstrophe has none left when it cannot set one. */
    if (c)
        return set_caps(c, binding) ? JINGLE_EOK : JINGLE_EMEM;
    c = xmpp_stanza_new(xmpp_stanza_get_context(presence));
    if (c && xmpp_stanza_set_name(c, "c") == XMPP_EOK &&
        xmpp_stanza_set_ns(c, JINGLE_NS_CAPS) == XMPP_EOK && set_caps(c, binding) &&
        xmpp_stanza_add_child_ex(presence, c, 0) == XMPP_EOK)
        return JINGLE_EOK;
    if (c)
        xmpp_stanza_release(c);
    return JINGLE_EMEM;
}
