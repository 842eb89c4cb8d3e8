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

/* ---- one element, as it is written ---------------------------------------------------------- */

static size_t reference_len(const char *s)
{
    static const char *const references[] = {"&amp;",  "&lt;", "&gt;",  "&quot;",
                                             "&apos;", "&#9;", "&#10;", "&#13;"};

    for (size_t i = 0; i < JINGLE__ARRAY_LEN(references); i++)
        if (strncmp(s, references[i], strlen(references[i])) == 0)
            return strlen(references[i]);
    return 0;
}

/** @return where markup begins, or what XML cannot carry, or the end */
static const char *skip_text(const char *s)
{
    size_t len;

    do {
        if (*s == '&')
            len = reference_len(s);
        else if ((unsigned char)*s < 0x80)
            len = strchr("<>\"'", *s) == NULL && (*s >= ' ' || *s == '\t' || *s == '\n');
        else
            len = jingle__utf8_len(s);
        s += len;
    } while (len);
    return s;
}

/** @return what comes behind them; NULL: they are none */
static const char *skip_attributes(const char *s)
{
    char quote;

    while (*s == ' ') {
        size_t len = jingle__name_span(++s);

        s += len;
        if (!len || *s++ != '=' || (*s != '"' && *s != '\''))
            return NULL;
        quote = *s;
        s = skip_text(s + 1);
        if (*s++ != quote)
            return NULL;
    }
    return s;
}

/** @param s behind its `<` or `</` @param other the same one's start, when this is its end
 *  @return what comes behind the name and the attributes; NULL: it is none */
static const char *skip_tag(const char *s, const char *other)
{
    size_t len = jingle__name_span(s);

    if (!len || memchr(s, ':', len))
        return NULL;
    if (!other)
        return skip_attributes(s + len);
    return jingle__name_span(other) == len && memcmp(other, s, len) == 0 ? s + len : NULL;
}

/** Is it one element as write.c writes them, and not too deep? */
static bool is_one_element(const char *s)
{
    const char *open[DEPTH_MAX];
    unsigned depth = 0;

    do {
        bool ends = depth && s[0] == '<' && s[1] == '/';

        if (*s != '<' || (!ends && depth == DEPTH_MAX))
            return false;
        s += ends ? 2 : 1;
        if (!ends)
            open[depth] = s;
        s = skip_tag(s, ends ? open[--depth] : NULL);
        if (!s)
            return false;
        if (!ends && *s == '/')
            s++;
        else if (!ends)
            depth++;
        if (*s++ != '>')
            return false;
        if (depth)
            s = skip_text(s);
    } while (depth);
    return !*s;
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

static bool is_of(const jingle_session_t *session, jingle_action_t action, xmpp_stanza_t *element)
{
    const char *name = xmpp_stanza_get_name(element), *ns = xmpp_stanza_get_ns(element);

    return name && strcmp(name, "jingle") == 0 && ns && strcmp(ns, JINGLE_NS) == 0 &&
           has(element, "action", jingle_action_name(action)) && has(element, "sid", session->sid);
}

int jingle__repeat_load(const jingle_session_t *session, jingle_action_t action, const char *text,
                        char **out)
{
    xmpp_stanza_t *element;
    bool fits;

    if (!text)
        return JINGLE_EOK;
    if (!can_repeat(action) || strlen(text) > TEXT_MAX || !is_one_element(text))
        return JINGLE_EDATA;
    /* Looked at by the parser, but sent as it was written: that forgets the prefixes of attributes. */
    element = xmpp_stanza_new_from_string(session->jingle->ctx, text);
    if (!element) /* libstrophe does not say why; for what we have written it can only be memory */
        return JINGLE_EMEM;
    fits = is_of(session, action, element);
    xmpp_stanza_release(element);
    if (!fits)
        return JINGLE_EDATA;
    *out = jingle__strdup(&session->jingle->mem, text);
    return *out ? JINGLE_EOK : JINGLE_EMEM;
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
