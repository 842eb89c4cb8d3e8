/* SPDX-License-Identifier: MIT */
/** @file
 *  Who may open sessions with us (XEP-0166 sections 6.3.2 and 13.2). The engine asks for everything
 *  that comes from somebody without a session, and answers for those who may not. */
#include "binding.h"

bool jingle__is_own_account(const jingle__binding_t *binding, const char *from)
{
    return !from || (binding->own && jingle__jid_same_account(from, binding->own));
}

/** The JID itself, its account, or its domain. */
static bool is_listed(const jingle__binding_t *binding, const char *peer)
{
    size_t bare = jingle__jid_bare_len(peer);
    const char *domain = jingle__jid_domain(peer);
    char part[JINGLE__JID_SIZE];
    size_t len;

    if (bare >= sizeof part)
        return false;
    if (jingle__map_get(&binding->allowed, peer))
        return true;
    memcpy(part, peer, bare);
    part[bare] = '\0';
    if (jingle__map_get(&binding->allowed, part))
        return true;
    len = jingle__jid_bare_len(domain);
    memcpy(part, domain, len);
    part[len] = '\0';
    return jingle__map_get(&binding->allowed, part) != NULL;
}

static bool is_contact(const jingle__binding_t *binding, const char *peer)
{
    size_t bare = jingle__jid_bare_len(peer);
    char part[JINGLE__JID_SIZE];

    if (bare >= sizeof part)
        return false;
    memcpy(part, peer, bare);
    part[bare] = '\0';
    return jingle__is_own_account(binding, peer) || jingle__map_get(&binding->contacts, part);
}

static bool may_offer(jingle_t *jingle, const char *peer, const char *own, void *userdata)
{
    const jingle__binding_t *binding = userdata;

    (void)jingle;
    (void)own;
    switch (binding->offers) {
    case JINGLE_OFFERS_CONTACTS:
        return is_contact(binding, peer);
    case JINGLE_OFFERS_LISTED:
        return is_listed(binding, peer);
    case JINGLE_OFFERS_NOBODY:
        return false;
    default:
        return true;
    }
}

bool jingle__policy_may_ask(jingle__binding_t *binding, const char *from, const char *own)
{
    /* The server asks for our capabilities, for itself or in the name of our account. */
    if (jingle__is_own_account(binding, from) ||
        (binding->own && jingle__jid_is_bare_of(from, jingle__jid_domain(binding->own))))
        return true;
    return jingle_may_offer(binding->jingle, from, own);
}

int jingle__policy_set(jingle__binding_t *binding, jingle_offers_t offers)
{
    /* The engine does not give the program's callback back. */
    if (offers <= JINGLE_OFFERS_CONFIGURED || offers > JINGLE_OFFERS_NOBODY)
        return JINGLE_EINVAL;
    if (offers == JINGLE_OFFERS_CONTACTS && binding->component)
        return JINGLE_EINVAL;
    binding->offers = offers;
    jingle_set_may_offer(binding->jingle, offers > JINGLE_OFFERS_ANYONE ? may_offer : NULL,
                         binding);
    return JINGLE_EOK;
}

int jingle_set_offers(jingle_t *jingle, jingle_offers_t offers)
{
    jingle__binding_t *binding = jingle__binding_get(jingle);
    int err = binding ? jingle__policy_set(binding, offers) : JINGLE_EINVOP;

    if (!err && offers == JINGLE_OFFERS_CONTACTS && binding->hook && binding->hook->online)
        jingle__roster_request(binding);
    return err;
}

int jingle_allow(jingle_t *jingle, const char *jid)
{
    jingle__binding_t *binding = jingle__binding_get(jingle);
    char folded[JINGLE__JID_SIZE];
    jingle__keyed_t *entry;

    if (!binding)
        return JINGLE_EINVOP;
    if (!jingle__jid_fold(jid, folded))
        return JINGLE_EINVAL;
    if (jingle__map_get(&binding->allowed, folded))
        return JINGLE_EOK;
    entry = jingle__keyed_new(&binding->mem, folded);
    if (entry && jingle__map_add(&binding->allowed, &binding->mem, entry))
        return JINGLE_EOK;
    jingle__bind_free(&binding->mem, entry);
    return JINGLE_EMEM;
}

int jingle_disallow(jingle_t *jingle, const char *jid)
{
    jingle__binding_t *binding = jingle__binding_get(jingle);
    char folded[JINGLE__JID_SIZE];
    jingle__keyed_t *entry;

    if (!binding)
        return JINGLE_EINVOP;
    entry = jingle__jid_fold(jid, folded) ? jingle__map_take(&binding->allowed, folded) : NULL;
    jingle__bind_free(&binding->mem, entry);
    return entry ? JINGLE_EOK : JINGLE_ENOENT;
}
