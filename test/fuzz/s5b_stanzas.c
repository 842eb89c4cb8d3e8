/* SPDX-License-Identifier: MIT */
/** @file
 *  What a hostile peer of SOCKS5 bytestreams says. */
#include "s5b_target.h"

#include <string.h>

/* ---- what we have said ---------------------------------------------------------------------- */

void s5b_look(const char *xml)
{
    const char *at = strstr(xml, "<transport");
    char port[16];

    if (!at || !strstr(at, JINGLE_NS_S5B_TRANSPORT) || strstr(xml, "\"transport-info\""))
        return;
    transfer_attribute(at, " sid=\"", s5b->sid, sizeof s5b->sid);
    while ((at = strstr(at + 1, "<candidate "))) {
        transfer_attribute(at, " cid=\"", s5b->cids[s5b->n_cids++ % S5B_CIDS], sizeof s5b->cids[0]);
        if (atoi(transfer_attribute(at, " port=\"", port, sizeof port)) >= 10000)
            s5b->port = (uint16_t)atoi(port);
    }
}

/* ---- what the peer says --------------------------------------------------------------------- */

static void add_candidate(xmpp_stanza_t *transport, const fuzz_record_t *record, unsigned i)
{
    static const char *const hosts[] = {
        "203.0.113.5", "203.0.113.6", "203.0.113.7",  "203.0.113.8", "203.0.113.9",
        "192.0.2.1",   "peer.test",   "fe80::1%eth0", "123.456.7.8", "",
        "::1",         S5B_PROXY_JID};
    static const char *const types[] = {"direct", "proxy", "assisted", "tunnel", NULL, "x"};
    static const char *const ports[] = {"5086", "1080", NULL, "0"};
    xmpp_stanza_t *child = transfer_child(transport, "candidate", NULL);
    uint8_t host = record->octet[0], how = record->octet[3];
    const char *type = types[(host >> 4) % COUNT(types)], *port = ports[how % 4];
    char cid[16], priority[16];

    snprintf(cid, sizeof cid, "k%u", (record->octet[2] + i) % 32);
    snprintf(priority, sizeof priority, "%u", record->octet[1] * 32768U + (how & 4 ? 0 : 15 - i));
    xmpp_stanza_set_attribute(child, "cid", cid);
    xmpp_stanza_set_attribute(child, "host", hosts[(host % 16 + i) % COUNT(hosts)]);
    xmpp_stanza_set_attribute(child, "jid", how & 8 ? S5B_PROXY_JID : TRANSFER_PEER);
    xmpp_stanza_set_attribute(child, "priority", priority);
    if (type)
        xmpp_stanza_set_attribute(child, "type", type);
    if (port)
        xmpp_stanza_set_attribute(child, "port", port);
}

/** With the candidates that follow. An offer needs a sid, answers do without. */
static void add_transport(xmpp_stanza_t *content, uint8_t what, bool offers, fuzz_input_t *in)
{
    bool in_band = what % 4 == 1;
    xmpp_stanza_t *transport = transfer_child(
        content, "transport", in_band ? JINGLE_NS_IBB_TRANSPORT : JINGLE_NS_S5B_TRANSPORT);
    fuzz_input_t next = *in;
    fuzz_record_t record;

    if (in_band) {
        xmpp_stanza_set_attribute(transport, "block-size", what & 4 ? "16" : "4096");
        xmpp_stanza_set_attribute(transport, "sid", transfer_sid((unsigned)what << 1));
        return;
    }
    if (offers == !(what & 4))
        xmpp_stanza_set_attribute(transport, "sid", what & 8 ? s5b->sid : "t");
    if (what & 0x40)
        xmpp_stanza_set_attribute(transport, "dstaddr", "0123456789abcdef0123456789abcdef01234567");
    while (fuzz_next(&next, &record) && record.kind == FUZZ_CANDIDATE) {
        for (unsigned i = 0; i <= record.octet[3] >> 4; i++)
            add_candidate(transport, &record, i);
        *in = next;
    }
    fuzz_tree(transfer_ctx, transport, in);
}

static xmpp_stanza_t *new_action(const char *action, uint8_t what, xmpp_stanza_t **content)
{
    xmpp_stanza_t *jingle, *iq = transfer_iq("jingle", JINGLE_NS, &jingle);

    xmpp_stanza_set_attribute(jingle, "action", action);
    xmpp_stanza_set_attribute(jingle, "sid", what & 0x40 ? "b" : "a");
    *content = transfer_child(jingle, "content", NULL);
    xmpp_stanza_set_attribute(*content, "creator", what & 0x20 ? "responder" : "initiator");
    xmpp_stanza_set_attribute(*content, "name", what & 0x80 ? "d" : "c");
    return iq;
}

static void add_file(xmpp_stanza_t *content, uint8_t how, bool offers)
{
    static const char *const sizes[] = {"16", "3000", "5000", "0"};
    xmpp_stanza_t *file =
        transfer_child(transfer_child(content, "description", JINGLE_NS_FILE_TRANSFER), "file",
                       JINGLE_NS_FILE_TRANSFER);
    const char *size = how & 0x40 ? NULL : sizes[how >> 4 & 3];

    xmpp_stanza_set_attribute(content, "senders", how & 0x80 ? "responder" : "initiator");
    transfer_text(file, "name", "n");
    if (size)
        transfer_text(file, "size", size);
    if (offers)
        transfer->announced = size ? strtoull(size, NULL, 10) : UINT64_MAX;
}

/** The content and its transport, then a second content of the other name. */
void s5b_action(const fuzz_record_t *record, fuzz_input_t *in)
{
    static const char *const actions[] = {
        "session-initiate",  "session-accept",   "content-add",      "content-accept",
        "transport-replace", "transport-accept", "transport-reject", "session-info",
        "session-terminate", "content-reject",   "content-remove",   "content-modify"};
    uint8_t what = record->octet[0], how = record->octet[2];
    unsigned action = what % 16 % COUNT(actions);
    xmpp_stanza_t *content, *iq = new_action(actions[action], what, &content), *jingle;

    jingle = xmpp_stanza_get_children(iq);
    if (action < 4)
        add_file(content, how, action % 2 == 0);
    if (action < 7 && record->octet[1] % 4 != 3)
        add_transport(content, record->octet[1], action < 5 && action % 2 == 0, in);
    if (action == 11)
        xmpp_stanza_set_attribute(content, "senders", how & 0x80 ? "both" : "none");
    if (record->octet[1] & 0x20 && action < 11) {
        content = transfer_child(jingle, "content", NULL);
        xmpp_stanza_set_attribute(content, "creator", what & 0x20 ? "responder" : "initiator");
        xmpp_stanza_set_attribute(content, "name", what & 0x80 ? "c" : "d");
        if (action < 4)
            add_file(content, how, false);
        add_transport(content, record->octet[1], action < 5 && action % 2 == 0, in);
    }
    if (action > 7 && *record->text[0])
        transfer_child(transfer_child(jingle, "reason", NULL), "success", NULL);
    fuzz_tree(transfer_ctx, jingle, in);
    transfer_feed(iq, transfer_peer(how));
}

void s5b_info(const fuzz_record_t *record, fuzz_input_t *in)
{
    static const char *const infos[] = {"candidate-used", "candidate-error", "activated",
                                        "proxy-error"};
    uint8_t what = record->octet[1], which = record->octet[2];
    xmpp_stanza_t *content, *iq = new_action("transport-info", record->octet[0], &content);
    xmpp_stanza_t *transport = transfer_child(content, "transport", JINGLE_NS_S5B_TRANSPORT);
    char cid[40];

    if (what & 0x40)
        xmpp_stanza_set_attribute(transport, "sid", what & 0x80 ? s5b->sid : "t");
    snprintf(cid, sizeof cid, "k%u", which % 32U);
    for (unsigned i = 0; i <= (what >> 4 & 1); i++)
        xmpp_stanza_set_attribute(
            transfer_child(transport, infos[(what + i * (what >> 2 & 3)) % 4], NULL), "cid",
            which & 0x80 ? cid : s5b->cids[which % (s5b->n_cids ? s5b->n_cids : 1) % S5B_CIDS]);
    fuzz_tree(transfer_ctx, transport, in);
    transfer_feed(iq, transfer_peer(record->octet[0]));
}

void s5b_fill(xmpp_stanza_t *iq, const transfer_asked_t *asked)
{
    bool items = strstr(asked->query, "#items"), info = strstr(asked->query, "#info");
    xmpp_stanza_t *query, *child;

    if (!*asked->query)
        return;
    query = transfer_child(iq, "query", asked->query);
    child = transfer_child(query, items ? "item" : info ? "identity" : "streamhost", NULL);
    xmpp_stanza_set_attribute(child, "jid", S5B_PROXY_JID);
    xmpp_stanza_set_attribute(child, "host", "203.0.113.9");
    xmpp_stanza_set_attribute(child, "category", "proxy");
    xmpp_stanza_set_attribute(child, "type", "bytestreams");
}
