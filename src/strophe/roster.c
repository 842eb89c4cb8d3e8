/* SPDX-License-Identifier: MIT */
/** @file
 *  The contacts: who may see our presence (RFC 6121 section 2). Asked for when that is the policy. */
#include "binding.h"

static xmpp_stanza_t *query_of(xmpp_stanza_t *iq)
{
    return jingle_element_child(iq, "query", JINGLE_NS_ROSTER);
}

/** @return false: there is no memory for it */
static bool take_item(jingle__binding_t *binding, xmpp_stanza_t *item)
{
    const char *jid = xmpp_stanza_get_attribute(item, "jid");
    const char *subscription = xmpp_stanza_get_attribute(item, "subscription");
    jingle__keyed_t *entry;

    if (!jid || !*jid)
        return true;
    if (!subscription || (strcmp(subscription, "from") != 0 && strcmp(subscription, "both") != 0)) {
        jingle__bind_free(&binding->mem, jingle__map_take(&binding->contacts, jid));
        return true;
    }
    if (jingle__map_get(&binding->contacts, jid))
        return true;
    entry = jingle__keyed_new(&binding->mem, jid);
    if (entry && jingle__map_add(&binding->contacts, &binding->mem, entry))
        return true;
    jingle__bind_free(&binding->mem, entry);
    return false;
}

/** Told last: the program may free the manager then. */
static void take_items(jingle__binding_t *binding, xmpp_stanza_t *query)
{
    xmpp_stanza_t *item = jingle_element_child(query, NULL, NULL);
    unsigned lost = 0;

    for (; item; item = jingle_element_next(item))
        if (strcmp(xmpp_stanza_get_name(item), "item") == 0 && !take_item(binding, item))
            lost++;
    if (lost)
        jingle_log(binding->jingle, XMPP_LEVEL_WARN,
                   "no memory for %u contacts: they may not open sessions", lost);
}

static void on_roster(jingle_t *jingle, const jingle_answer_t *answer, void *userdata)
{
    jingle__binding_t *binding = userdata;

    if (answer->type == JINGLE_ANSWER_DROPPED)
        return;
    if (answer->type != JINGLE_ANSWER_RESULT || !query_of(answer->stanza)) {
        jingle_log(jingle, XMPP_LEVEL_WARN,
                   "the roster could not be read: who is no contact already is none");
        return;
    }
    jingle__map_free_keyed(&binding->contacts, &binding->mem);
    take_items(binding, query_of(answer->stanza));
}

void jingle__roster_request(jingle__binding_t *binding)
{
    int err =
        jingle_request(binding->jingle,
                       JINGLE_REQUEST(.get = true, .xml = "<query xmlns=\"" JINGLE_NS_ROSTER "\"/>",
                                      .on_answer = on_roster, .userdata = binding));

    if (err)
        jingle_log(binding->jingle, XMPP_LEVEL_WARN, "the roster could not be asked for: %s",
                   jingle_strerror(err));
}

bool jingle__roster_is_push(const jingle__binding_t *binding, xmpp_stanza_t *iq)
{
    const char *from;

    if (binding->offers != JINGLE_OFFERS_CONTACTS && !binding->answer_unhandled)
        return false;
    if (!query_of(iq))
        return false;
    /* RFC 6121 section 2.1.6: anybody else who sends one wants to be taken for a contact. */
    from = xmpp_stanza_get_from(iq);
    return !from || (binding->own && jingle__jid_is_bare_of(from, binding->own));
}

void jingle__roster_push(jingle__binding_t *binding, xmpp_stanza_t *iq)
{
    if (binding->offers == JINGLE_OFFERS_CONTACTS)
        take_items(binding, query_of(iq));
}
