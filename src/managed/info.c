/* SPDX-License-Identifier: MIT */
/** @file
 *  What the peer tells about contents: transport-info, description-info, security-info,
 * session-info (XEP-0166 section 6.8). */
#include "managed.h"

/* ---- whom it concerns ---------------------------------------------------------------------- */

static xmpp_stanza_t *element_of(const jingle_content_data_t *data, jingle_action_t action)
{
    return action == JINGLE_ACTION_TRANSPORT_INFO     ? data->transport
           : action == JINGLE_ACTION_DESCRIPTION_INFO ? data->description
                                                      : data->security;
}

static bool is_of(const jingle_part_t *part, xmpp_stanza_t *element)
{
    return part && part->live && strcmp(part->plugin->ns, jingle_element_ns(element)) == 0;
}

/** The transport that is proposed may be of the same kind as the current one (an ICE restart): that
 *  one is meant which can use it. */
static size_t candidates(const jingle_content_t *content, jingle_action_t action,
                         xmpp_stanza_t *element, jingle_part_t *parts[2])
{
    size_t n = 0;

    if (action == JINGLE_ACTION_DESCRIPTION_INFO && is_of(content->application, element))
        parts[n++] = content->application;
    if (action == JINGLE_ACTION_SECURITY_INFO && is_of(content->security, element))
        parts[n++] = content->security;
    if (action == JINGLE_ACTION_TRANSPORT_INFO && is_of(content->proposed, element) &&
        content->proposed->stage != JINGLE__STOPPED)
        parts[n++] = content->proposed;
    if (action == JINGLE_ACTION_TRANSPORT_INFO && is_of(content->transport, element) &&
        content->transport->stage != JINGLE__STOPPED)
        parts[n++] = content->transport;
    return n;
}

/** Something for a transport that has just been replaced, or for a content that was refused. */
static bool is_late(const jingle_content_t *content, jingle_action_t action, xmpp_stanza_t *element)
{
    return !content->application ||
           (action == JINGLE_ACTION_TRANSPORT_INFO &&
            jingle__content_has_tried(content, jingle_element_ns(element)));
}

/* ---- judging ------------------------------------------------------------------------------- */

static jingle_check_t check(const jingle_content_t *content, jingle_part_t *part,
                            jingle_action_t action, xmpp_stanza_t *element)
{
    jingle__why_t why = {0};
    jingle_check_t verdict = jingle__part_check(part, action, element, &why);

    if (verdict == JINGLE_CHECK_OK && action == JINGLE_ACTION_TRANSPORT_INFO)
        verdict = jingle__security_check(content->security, action, element, &why);
    jingle__why_clear(&content->mem, &why);
    return verdict;
}

static const jingle_error_t *judge(jingle__match_t *item, jingle_action_t action)
{
    xmpp_stanza_t *element = element_of(item->data, action);
    jingle_part_t *parts[2];
    bool malformed = false;
    size_t n;

    if (!element)
        return jingle_error_of(JINGLE_ERROR_BAD_REQUEST);
    if (!item->content)
        return NULL;
    if (!jingle__content_known(item->content)) /* nobody has told the peer of it */
        return jingle_error_of(JINGLE_ERROR_BAD_REQUEST);
    n = candidates(item->content, action, element, parts);
    for (size_t i = 0; i < n; i++)
        jingle_part_clone(parts[i]);
    for (size_t i = 0; i < n; i++) {
        jingle_check_t verdict =
            item->part ? JINGLE_CHECK_UNUSABLE : check(item->content, parts[i], action, element);

        malformed = malformed || verdict == JINGLE_CHECK_MALFORMED;
        if (verdict == JINGLE_CHECK_OK)
            item->part = jingle_part_clone(parts[i]);
        jingle_part_release(parts[i]);
    }
    if (item->part || (n == 0 && is_late(item->content, action, element)))
        return NULL;
    return jingle_error_of(malformed ? JINGLE_ERROR_BAD_REQUEST : JINGLE_ERROR_UNSUPPORTED_INFO);
}

static int apply_all(jingle__matches_t *matches, jingle_action_t action)
{
    int rc = JINGLE_EOK;

    for (size_t i = 0; rc == JINGLE_EOK && i < matches->n; i++) {
        jingle__match_t *item = &matches->items[i];

        rc = jingle__part_apply(item->part, action, element_of(item->data, action));
        if (rc == JINGLE_EOK && item->part && action == JINGLE_ACTION_TRANSPORT_INFO)
            rc = jingle__security_apply(item->content->security, action, item->data->transport);
    }
    return rc;
}

static void handle(jingle__managed_t *m, const jingle_data_t *data, jingle_reply_t *reply)
{
    jingle__matches_t matches;
    const jingle_error_t *error;

    jingle__turn_begin(m);
    error = jingle__matches_init(&matches, m, data);
    for (size_t i = 0; !error && !jingle__is_over(m) && i < matches.n; i++)
        error = judge(&matches.items[i], data->action);
    if (!error && !jingle__is_over(m) && apply_all(&matches, data->action) != JINGLE_EOK)
        error = jingle_error_of(JINGLE_ERROR_RESOURCE_CONSTRAINT);
    if (error)
        jingle__refuse(reply, error);
    else
        jingle_reply_ack(reply);
    jingle__matches_clear(&matches);
    jingle__turn_end(m);
}

JINGLE__HANDLER(transport_info)
{
    (void)session;
    handle(self, data, reply);
}

JINGLE__HANDLER(description_info)
{
    (void)session;
    handle(self, data, reply);
}

JINGLE__HANDLER(security_info)
{
    (void)session;
    handle(self, data, reply);
}

/* ---- session-info -------------------------------------------------------------------------- */

static bool understands(const jingle_content_t *content, const char *ns)
{
    const jingle__plugin_t *plugin = content->application ? content->application->plugin : NULL;

    if (!plugin || !jingle__content_known(content) || !plugin->as.application.info)
        return false;
    return strcmp(plugin->as.application.info_ns ? plugin->as.application.info_ns : plugin->ns,
                  ns) == 0;
}

static jingle_content_t *first_that_understands(const jingle__managed_t *m, const char *ns)
{
    jingle_content_t *content = m->first;

    while (content && !understands(content, ns))
        content = content->next;
    return content;
}

/** Where several contents share an application the payload says by creator and name which it is for
 *  (XEP-0167 section 6, XEP-0234 section 8).
 *  @return what it names; JINGLE__UNKNOWN with *content NULL when it names none */
static jingle__found_t named_by(jingle__managed_t *m, xmpp_stanza_t *payload,
                                jingle_content_t **content)
{
    jingle_content_data_t named = {.name = xmpp_stanza_get_attribute(payload, "name"),
                                   .creator = xmpp_stanza_get_attribute(payload, "creator")};

    *content = NULL;
    return named.name ? jingle__find(m, &named, JINGLE_ACTION_SESSION_INFO, content)
                      : JINGLE__UNKNOWN;
}

static void route(jingle__managed_t *m, xmpp_stanza_t *payload, jingle_content_t *heir,
                  jingle_reply_t *reply)
{
    const char *ns = jingle_element_ns(payload);
    jingle_content_t *content = NULL;
    jingle__found_t found = named_by(m, payload, &content);
    bool names_for_sure =
        xmpp_stanza_get_attribute(payload, "name") && xmpp_stanza_get_attribute(payload, "creator");
    jingle_part_t *part;

    if (found == JINGLE__GONE_BY) {
        jingle_reply_ack(reply);
        return;
    }
    if (names_for_sure && (!content || !understands(content, ns))) {
        jingle__refuse(reply, jingle_error_of(JINGLE_ERROR_BAD_REQUEST));
        return;
    }
    /* "name" alone may be the application's own affair. */
    if (!content || !understands(content, ns))
        content = heir;
    part = jingle_part_clone(content->application);
    part->plugin->as.application.info(part->self, payload, reply);
    jingle_part_release(part);
}

JINGLE__HANDLER(session_info)
{
    jingle__managed_t *m = self;
    jingle_content_t *heir = NULL;
    xmpp_stanza_t *payload = NULL;

    (void)session;
    jingle__turn_begin(m);
    for (size_t i = 0; !heir && i < data->foreign.n_children; i++) {
        payload = data->foreign.children[i];
        heir = first_that_understands(m, jingle_element_ns(payload));
    }
    if (heir)
        route(m, payload, heir, reply);
    else
        jingle_reply_default(reply); /* nothing: a ping; unknown: unsupported-info */
    jingle__turn_end(m);
}
