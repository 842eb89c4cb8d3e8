/* SPDX-License-Identifier: MIT */
/** @file
 *  Answers to IQ requests that nobody handled (RFC 6120 section 8.2.3), written the same way as the
 *  engine writes its own: from outside, a manager that takes no sessions from somebody cannot be told
 *  from one that is not there (XEP-0166 section 13.4). Never by xmpp_stanza_reply_error(), which
 *  libstrophe crashes in when memory runs out, and which forgets the sender. */
#include "binding.h"

/** Text that grows; failure sticks. */
typedef struct {
    const xmpp_mem_t *mem;
    char *data;
    size_t len, size;
    bool failed;
} text_t;

static void add(text_t *text, const char *string, size_t len)
{
    if (!text->failed && text->size - text->len < len) {
        size_t size = 2 * text->size + len + 256;
        char *data = text->mem->realloc(text->data, size, text->mem->userdata);
        if (data) {
            text->data = data;
            text->size = size;
        } else
            text->failed = true;
    }
    if (text->failed)
        return;
    memcpy(text->data + text->len, string, len);
    text->len += len;
}

static void puts_to(text_t *text, const char *string)
{
    add(text, string, strlen(string));
}

/** White space other than blanks would be read as blanks. */
static const char *escape_of(char c)
{
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&apos;";
    case '\t':
        return "&#9;";
    case '\n':
        return "&#10;";
    case '\r':
        return "&#13;";
    default:
        return NULL;
    }
}

static void add_attr(text_t *text, const char *name, const char *value)
{
    if (!value)
        return;
    add(text, " ", 1);
    puts_to(text, name);
    add(text, "=\"", 2);
    for (; *value; value++) {
        const char *escape = escape_of(*value);
        if (escape)
            puts_to(text, escape);
        else
            add(text, value, 1);
    }
    add(text, "\"", 1);
}

static int send_answer(jingle__binding_t *binding, xmpp_stanza_t *iq, bool result)
{
    text_t text = {.mem = &binding->mem};
    int err;

    puts_to(&text, "<iq type=");
    puts_to(&text, result ? "\"result\"" : "\"error\"");
    add_attr(&text, "to", xmpp_stanza_get_from(iq));
    /* A component must say who answers (XEP-0114 section 4); a client's server fills it in. */
    add_attr(&text, "from", binding->component ? xmpp_stanza_get_to(iq) : NULL);
    add_attr(&text, "id", xmpp_stanza_get_id(iq));
    puts_to(&text, result ? "/>" : "><error type=\"cancel\"><service-unavailable xmlns=\"" JINGLE_NS_STANZAS
                                   "\"/></error></iq>");
    err = text.failed ? JINGLE_EMEM : jingle__online_send(binding->jingle, text.data, text.len, binding);
    jingle__bind_free(&binding->mem, text.data);
    return err;
}

void jingle__answer_unhandled(jingle__hook_t *hook, xmpp_stanza_t *iq)
{
    jingle__binding_t *binding = hook->binding;
    int err;

    if (!xmpp_stanza_get_id(iq))
        return;
    err = send_answer(binding, iq, jingle__roster_is_push(binding, iq));
    if (err)
        jingle_log(binding->jingle, XMPP_LEVEL_WARN, "a request could not be answered: %s", jingle_strerror(err));
}
