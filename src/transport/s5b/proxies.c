/* SPDX-License-Identifier: MIT */
/** @file
 *  Proxies: those configured, and those that our server names (XEP-0065 section 4). */
#include "s5b.h"

#include <stdlib.h>

#define NS_DISCO_INFO "http://jabber.org/protocol/disco#info"
#define NS_DISCO_ITEMS "http://jabber.org/protocol/disco#items"
#define PROXIES_MAX 16u
#define ITEMS_MAX 32u
#define ANSWER_MS 5000u

bool jingle__s5b_proxy_is_known(const jingle__s5b_module_t *module, const char *host, uint16_t port)
{
    const jingle__s5b_proxy_t *proxy;

    DL_FOREACH(module->proxies, proxy)
    if (strcmp(proxy->host, host) == 0 && proxy->port == port)
        return true;
    return false;
}

int jingle__s5b_proxy_add(jingle__s5b_module_t *module, const char *jid, const char *host,
                          uint16_t port)
{
    size_t jid_size = strlen(jid) + 1, host_size = strlen(host) + 1, count;
    jingle__s5b_proxy_t *proxy;
    char *text;

    if (jingle__s5b_proxy_is_known(module, host, port))
        return JINGLE_EOK;
    DL_COUNT(module->proxies, proxy, count);
    if (count >= PROXIES_MAX)
        return JINGLE_ELIMIT;
    proxy = module->mem.alloc(sizeof *proxy, module->mem.userdata);
    text = proxy ? module->mem.alloc(jid_size + host_size, module->mem.userdata) : NULL;
    if (!text) {
        if (proxy)
            module->mem.free(proxy, module->mem.userdata);
        return JINGLE_EMEM;
    }
    *proxy = (jingle__s5b_proxy_t){.jid = memcpy(text, jid, jid_size), .port = port};
    proxy->host = memcpy(text + jid_size, host, host_size);
    DL_APPEND(module->proxies, proxy);
    return JINGLE_EOK;
}

void jingle__s5b_proxies_clear(jingle__s5b_module_t *module)
{
    while (module->proxies) {
        jingle__s5b_proxy_t *proxy = module->proxies;
        DL_DELETE(module->proxies, proxy);
        module->mem.free(proxy->jid, module->mem.userdata);
        module->mem.free(proxy, module->mem.userdata);
    }
}

/* ---- asking: what the server has, which are proxies, where they are --------------------------- */

static void finished_one(jingle__s5b_module_t *module)
{
    if (--module->search_waits)
        return;
    /* Who did not answer now may do so the next time. */
    module->search = module->search_silent ? PROXIES_UNKNOWN : PROXIES_KNOWN;
    module->searched = true;
    jingle__s5b_waiting_go(module);
}

static void ask(jingle__s5b_module_t *module, const char *to, const char *query,
                jingle_answer_fn on_answer)
{
    module->search_waits++; /* the answer may come inside the call */
    if (jingle_request(module->jingle,
                       JINGLE_REQUEST(.to = to, .get = true, .xml = query, .timeout = ANSWER_MS,
                                      .on_answer = on_answer,
                                      .userdata = jingle__s5b_module_ref(module))) == JINGLE_EOK)
        return;
    module->search_waits--;
    jingle__s5b_module_unref(module);
}

static xmpp_stanza_t *query_of(const jingle_answer_t *answer, const char *ns)
{
    return answer->type == JINGLE_ANSWER_RESULT ? jingle_element_child(answer->stanza, "query", ns)
                                                : NULL;
}

static void done(jingle__s5b_module_t *module, const jingle_answer_t *answer)
{
    if (answer->type == JINGLE_ANSWER_TIMEOUT)
        module->search_silent = true;
    if (answer->type != JINGLE_ANSWER_DROPPED)
        finished_one(module);
    jingle__s5b_module_unref(module);
}

static void on_address(jingle_t *jingle, const jingle_answer_t *answer, void *userdata)
{
    xmpp_stanza_t *query = query_of(answer, JINGLE_NS_BYTESTREAMS), *host;

    (void)jingle;
    for (host = jingle_element_child(query, "streamhost", NULL); host;
         host = jingle_element_next(host)) {
        const char *jid = xmpp_stanza_get_attribute(host, "jid"),
                   *address = xmpp_stanza_get_attribute(host, "host");
        const char *port = xmpp_stanza_get_attribute(host, "port");
        long number = port ? strtol(port, NULL, 10) : 1080;
        if (jid && *jid && address && *address && strlen(address) < 256 && number > 0 &&
            number < 65536)
            jingle__s5b_proxy_add(userdata, jid, address, (uint16_t)number);
    }
    done(userdata, answer);
}

static bool is_proxy(xmpp_stanza_t *query)
{
    xmpp_stanza_t *identity = jingle_element_child(query, "identity", NULL);

    for (; identity; identity = jingle_element_next(identity)) {
        const char *category = xmpp_stanza_get_attribute(identity, "category");
        const char *type = xmpp_stanza_get_attribute(identity, "type");
        if (category && type && strcmp(category, "proxy") == 0 && strcmp(type, "bytestreams") == 0)
            return true;
    }
    return false;
}

static void on_info(jingle_t *jingle, const jingle_answer_t *answer, void *userdata)
{
    (void)jingle;
    if (is_proxy(query_of(answer, NS_DISCO_INFO)))
        ask(userdata, xmpp_stanza_get_from(answer->stanza),
            "<query xmlns=\"" JINGLE_NS_BYTESTREAMS "\"/>", on_address);
    done(userdata, answer);
}

static void on_items(jingle_t *jingle, const jingle_answer_t *answer, void *userdata)
{
    xmpp_stanza_t *item = jingle_element_child(query_of(answer, NS_DISCO_ITEMS), "item", NULL);

    (void)jingle;
    for (unsigned i = 0; item && i < ITEMS_MAX; item = jingle_element_next(item), i++) {
        const char *jid = xmpp_stanza_get_attribute(item, "jid");
        if (jid && *jid && !xmpp_stanza_get_attribute(item, "node"))
            ask(userdata, jid, "<query xmlns=\"" NS_DISCO_INFO "\"/>", on_info);
    }
    done(userdata, answer);
}

bool jingle__s5b_proxies_awaited(const jingle__s5b_module_t *module)
{
    return module->search == PROXIES_ASKED && !(module->searched && module->proxies);
}

bool jingle__s5b_proxies_search(jingle__s5b_module_t *module)
{
    const char *own = jingle_get_jid(module->jingle), *at = own ? strchr(own, '@') : NULL;
    char domain[1024];
    size_t len;

    if (module->search == PROXIES_KNOWN || !module->find_proxies || !own)
        return true;
    if (module->search == PROXIES_ASKED)
        return !jingle__s5b_proxies_awaited(module);
    own = at ? at + 1 : own;
    len = strcspn(own, "/");
    if (len >= sizeof domain)
        return true;
    memcpy(domain, own, len);
    domain[len] = '\0';
    module->search = PROXIES_ASKED;
    module->search_silent = false;
    ask(module, domain, "<query xmlns=\"" NS_DISCO_ITEMS "\"/>", on_items);
    if (module->search_waits == 0 &&
        module->search == PROXIES_ASKED) /* it could not be sent; the next asks again */
        module->search = PROXIES_UNKNOWN;
    return !jingle__s5b_proxies_awaited(module);
}
