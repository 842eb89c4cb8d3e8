/* SPDX-License-Identifier: MIT */
/** @file
 *  Answers to IQ requests that nobody handled (RFC 6120 section 8.2.3), written the same way as the
 *  engine writes its own: from outside, a manager that takes no sessions from somebody cannot be told
 *  from one that is not there (XEP-0166 section 13.4). Never by xmpp_stanza_reply_error(), which
 *  libstrophe crashes in when memory runs out, and which forgets the sender. */
#include "binding.h"
#include "text.h"

static int send_answer(jingle__binding_t *binding, xmpp_stanza_t *iq, bool result)
{
    xmpp_mem_t mem = binding->mem; /* who traces what is sent may free the manager */
    jingle__text_t text = {.mem = &mem};
    int err;

    jingle__text_puts(&text, "<iq type=");
    jingle__text_puts(&text, result ? "\"result\"" : "\"error\"");
    jingle__text_attr(&text, "to", xmpp_stanza_get_from(iq));
    /* A component must say who answers (XEP-0114 section 4); a client's server fills it in. */
    jingle__text_attr(&text, "from", binding->component ? xmpp_stanza_get_to(iq) : NULL);
    jingle__text_attr(&text, "id", xmpp_stanza_get_id(iq));
    jingle__text_puts(
        &text, result ? "/>"
                      : "><error type=\"cancel\"><service-unavailable xmlns=\"" JINGLE_NS_STANZAS
                        "\"/></error></iq>");
    err = text.failed ? JINGLE_EMEM
                      : jingle__online_send(binding->jingle, text.data, text.len, binding);
    jingle__bind_free(&mem, text.data);
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
        jingle_log(binding->jingle, XMPP_LEVEL_WARN, "a request could not be answered: %s",
                   jingle_strerror(err));
}
