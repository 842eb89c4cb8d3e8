/* SPDX-License-Identifier: MIT */
/** @file
 *  Requests that were saved as sent and not answered, and may never have left. Where the stream is not
 *  resumed nobody but us will send them again, and a session whose offer or acceptance is lost hangs. So
 *  these two are kept as text while changes are told, and asked again under the same id: a peer that has
 *  them says out-of-order, for each is legal only once, and what it says so of is as good as
 *  acknowledged. Of no other action can it be told apart that it came twice. */
#include "save.h"

#include <string.h>

/** Longer ones are not kept. */
#define TEXT_MAX 65536u
/** As deep as elements are written. */
#define DEPTH_MAX 256u

static bool can_repeat(jingle_action_t action)
{
    return action == JINGLE_ACTION_SESSION_INITIATE || action == JINGLE_ACTION_SESSION_ACCEPT;
}

/** Is it one element, not too deep to be looked at? Whether it is XML the parser says. */
static bool is_one_element(const char *text)
{
    unsigned depth = 0;
    bool inside = false; /* a tag */
    char quote = '\0';

    if (*text != '<')
        return false;
    for (; *text; text++) {
        if (quote) {
            if (*text == quote)
                quote = '\0';
        } else if (inside) {
            if (*text == '"' || *text == '\'')
                quote = *text;
            inside = *text != '>';
            if (!inside && text[-1] == '/')
                depth--;
            if (!inside && !depth)
                return !text[1];
        } else if (*text == '<') {
            if (text[1] == '!' || text[1] == '?' || (text[1] == '/' && !depth))
                return false;
            depth += text[1] == '/' ? 0u - 1u : 1u;
            if (depth > DEPTH_MAX)
                return false;
            inside = true;
        }
    }
    return false;
}

void jingle__repeat_keep(jingle__request_t *request, const jingle__buf_t *element)
{
    jingle_t *jingle = request->jingle;

    if (!jingle->tell_changes || !can_repeat(request->action) || element->len > TEXT_MAX ||
        !is_one_element(element->data))
        return;
    /* Without memory for it, it is as it is with any other action. */
    request->element = jingle__strdup(&jingle->mem, element->data);
}

/* ---- reading ------------------------------------------------------------------------------- */

static bool has(xmpp_stanza_t *element, const char *name, const char *value)
{
    const char *found = xmpp_stanza_get_attribute(element, name);

    return found && strcmp(found, value) == 0;
}

/** Written anew: what is sent is what was read, whoever has written it. */
static int copy(const jingle_session_t *session, jingle_action_t action, xmpp_stanza_t *element,
                char **out)
{
    const char *name = xmpp_stanza_get_name(element), *ns = xmpp_stanza_get_ns(element);
    jingle__buf_t buf;

    if (!name || strcmp(name, "jingle") != 0 || !ns || strcmp(ns, JINGLE_NS) != 0 ||
        !has(element, "action", jingle_action_name(action)) || !has(element, "sid", session->sid))
        return JINGLE_EDATA;
    jingle__buf_init(&buf, &session->jingle->mem);
    jingle__write_element(&buf, element, "jabber:client", DEPTH_MAX);
    return jingle__buf_finish(&buf, out);
}

int jingle__repeat_load(const jingle_session_t *session, jingle_action_t action, const char *text,
                        char **out)
{
    xmpp_stanza_t *element;
    int err;

    if (!text)
        return JINGLE_EOK;
    if (!can_repeat(action) || strlen(text) > TEXT_MAX || !is_one_element(text))
        return JINGLE_EDATA;
    element = xmpp_stanza_new_from_string(session->jingle->ctx, text);
    if (!element) /* libstrophe does not say why; for what we have written it can only be memory */
        return JINGLE_EMEM;
    err = copy(session, action, element, out);
    xmpp_stanza_release(element);
    return err == JINGLE_EMEM ? err : err ? JINGLE_EDATA : JINGLE_EOK;
}

/* ---- asking again -------------------------------------------------------------------------- */

static void ask_again(jingle__request_t *request)
{
    jingle_t *jingle = request->jingle;
    jingle_action_t action = request->action;
    jingle__buf_t buf;
    int err;

    request->repeated = true;
    if (request->timer.slot) /* has room, so it cannot fail */
        jingle__timer_set(jingle, &request->timer, jingle->config.request_timeout);
    jingle__buf_init(&buf, &jingle->mem);
    jingle__write_iq(&buf, "set", request->to,
                     jingle->config.component && request->own ? request->own->text : NULL);
    jingle__buf_escape(&buf, request->id);
    JINGLE__PUT(&buf, "\">");
    jingle__buf_puts(&buf, request->element);
    JINGLE__PUT(&buf, "</iq>");
    err = buf.err ? buf.err : jingle__output(jingle, buf.data, buf.len);
    jingle__buf_free(&buf);
    if (err)
        jingle_log(jingle, XMPP_LEVEL_WARN, "%s could not be sent again: %s",
                   jingle_action_name(action), jingle_strerror(err));
}

/** The newest are first in the list. */
static jingle__request_t *oldest(const jingle_session_t *session)
{
    jingle__request_t *request, *found = NULL;

    DL_FOREACH(session->requests, request)
    if (request->element && request->id && !request->repeated)
        found = request;
    return found;
}

void jingle__repeat_all(jingle_session_t *session)
{
    jingle__request_t *request;

    /* Its answer may come inside the send function, and end the session. */
    while ((request = oldest(session)))
        ask_again(request);
}

bool jingle__repeat_is_known(const jingle__request_t *request, const jingle_error_t *error)
{
    return request->repeated && error->condition &&
           strcmp(error->condition, "unexpected-request") == 0;
}
