/* SPDX-License-Identifier: MIT */
/** @file
 *  Records and their strings. */
#include <string.h>

#include "fuzz.h"

#define TEXT_MAX 8192u
#define TEXTS 8

/* Octets of a string: a word; 0xf0 to 0xfd so many octets (less 0xf0) spelt out; 0xfe a length and
 * as many octets; 0xff a count and an octet: that many times 32 of it, to get over limits. */
enum { FUZZ_SHORT = 0xf0, FUZZ_LONG = 0xfe, FUZZ_MANY = 0xff };

/* What is not in it can be spelt out. New words are added at the end, up to 240. */
static const char *const words[] = {
    "",
    "a",
    "b",
    "c",
    "d",
    "0",
    "1",
    "content",
    "reason",
    "description",
    "transport",
    "security",
    "candidate",
    "text",
    "sid",
    "x",
    "jingle",
    "error",
    "urn:xmpp:jingle:1",
    "urn:xmpp:jingle:errors:1",
    "urn:ietf:params:xml:ns:xmpp-stanzas",
    "urn:example:app:0",
    "urn:example:app:2",
    "urn:example:t1",
    "urn:example:t2",
    "urn:example:t3",
    "urn:example:dg",
    "urn:example:sec",
    "urn:example:app:info",
    "urn:example:transport:0",
    "urn:example:raw:0",
    "urn:example:query",
    "jabber:client",
    "creator",
    "name",
    "senders",
    "disposition",
    "initiator",
    "responder",
    "both",
    "none",
    "session",
    "early-session",
    "action",
    "session-initiate",
    "session-accept",
    "session-terminate",
    "session-info",
    "security-info",
    "description-info",
    "content-add",
    "content-accept",
    "content-reject",
    "content-modify",
    "content-remove",
    "transport-info",
    "transport-replace",
    "transport-accept",
    "transport-reject",
    "source-add",
    "source-remove",
    "alternative-session",
    "busy",
    "cancel",
    "connectivity-error",
    "decline",
    "expired",
    "failed-application",
    "failed-transport",
    "general-error",
    "gone",
    "incompatible-parameters",
    "media-error",
    "security-error",
    "success",
    "timeout",
    "unsupported-applications",
    "unsupported-transports",
    "bad-request",
    "unexpected-request",
    "conflict",
    "item-not-found",
    "feature-not-implemented",
    "not-acceptable",
    "service-unavailable",
    "redirect",
    "resource-constraint",
    "internal-server-error",
    "out-of-order",
    "tie-break",
    "unknown-session",
    "unsupported-info",
    "security-required",
    "modify",
    "wait",
    "auth",
    "continue",
    "type",
    "by",
    "xmlns",
    "xml:lang",
    "lang",
    "en",
    "verdict",
    "malformed",
    "unusable",
    "z@peer.example/r1",
    "a@other.example/r2",
    "m@self.example/main",
    "query",
    "result",
    "get",
    "set",
    "urn:xmpp:jingle:transports:ibb:1",
    "urn:xmpp:jingle:transports:s5b:1",
    "urn:xmpp:jingle:apps:file-transfer:5",
    "urn:xmpp:jingle:apps:file-transfer:errors:0",
    "urn:xmpp:hashes:2",
    "http://jabber.org/protocol/ibb",
    "file",
    "size",
    "date",
    "desc",
    "media-type",
    "range",
    "offset",
    "length",
    "hash",
    "hash-used",
    "algo",
    "sha-256",
    "sha-1",
    "blake2b-256",
    "checksum",
    "received",
    "1024",
    "65535",
    "18446744073709551615",
    "1969-07-21T02:56:15Z",
    "text/plain",
    "block-size",
    "stanza",
    "iq",
    "message",
    "seq",
    "cid",
    "host",
    "jid",
    "port",
    "priority",
    "127.0.0.1",
    "candidate-used",
    "candidate-error",
    "activated",
    "proxy-error",
    "proxy",
    "direct",
    "mode",
    "tcp",
    "dstaddr",
    "group",
    "\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80",
    "<&>\"'",
};

static const char *const arguments[] = {
#define FUZZ_X(name, arguments) arguments,
    FUZZ_RECORDS(FUZZ_X)
#undef FUZZ_X
};

size_t fuzz_n_words(void)
{
    return sizeof words / sizeof words[0];
}

const char *fuzz_arguments(uint8_t octet)
{
    return octet % 64 < FUZZ_RECORD_COUNT ? arguments[octet % 64] : "";
}

uint8_t fuzz_octet(fuzz_input_t *in)
{
    return in->at < in->end ? *in->at++ : 0;
}

/* ---- strings ------------------------------------------------------------------------------- */

/* One octet as the characters that a parser can give, so that no input is lost. */
static size_t put_parsed(char *to, uint8_t octet)
{
    static const char *const special[] = {"\xe2\x80\xae", "\xf0\x9f\x98\x80", "\xef\xbf\xbd",
                                          "\xed\x9f\xbf"};

    if (octet < 0x20 && octet != '\t' && octet != '\n' && octet != '\r')
        octet = '.';
    if (octet < 0x80) {
        *to = (char)octet;
        return 1;
    }
    if (octet >= 0xfc) {
        memcpy(to, special[octet - 0xfc], strlen(special[octet - 0xfc]));
        return strlen(special[octet - 0xfc]);
    }
    to[0] = (char)(0xc2 + (octet & 0x1f) % 0x1d);
    to[1] = (char)(0x80 | (octet & 0x3f));
    return 2;
}

static void spell(fuzz_input_t *in, char *to, size_t count)
{
    size_t len = 0;

    while (count-- && in->at < in->end && len + 4 < TEXT_MAX) {
        uint8_t octet = fuzz_octet(in);

        if (in->raw)
            to[len++] = (char)octet;
        else
            len += put_parsed(to + len, octet);
    }
    to[len] = '\0';
}

const char *fuzz_text(fuzz_input_t *in)
{
    static char texts[TEXTS][TEXT_MAX + 1];
    static unsigned turn;
    uint8_t octet = fuzz_octet(in);
    char *text = texts[turn++ % TEXTS];
    size_t count;

    if (octet < FUZZ_SHORT)
        return words[octet < fuzz_n_words() ? octet : octet % 64];
    if (octet < FUZZ_LONG) {
        spell(in, text, octet - FUZZ_SHORT);
    } else if (octet == FUZZ_LONG) {
        spell(in, text, fuzz_octet(in));
    } else {
        count = fuzz_octet(in) * (size_t)32;
        octet = fuzz_octet(in);
        memset(text, octet >= 'a' && octet <= 'z' ? octet : 'a', count);
        text[count] = '\0';
    }
    return text;
}

static size_t text_len(const uint8_t *at, size_t len)
{
    if (!len || *at < FUZZ_SHORT)
        return len ? 1 : 0;
    if (*at < FUZZ_LONG)
        return 1 + (size_t)(*at - FUZZ_SHORT);
    if (*at == FUZZ_LONG)
        return 2 + (size_t)(len > 1 ? at[1] : 0);
    return 3;
}

/* ---- records ------------------------------------------------------------------------------- */

bool fuzz_next(fuzz_input_t *in, fuzz_record_t *record)
{
    unsigned octets = 0, texts = 0;
    uint8_t kind;

    do {
        if (in->at >= in->end)
            return false;
        kind = fuzz_octet(in) % 64;
    } while (kind >= FUZZ_RECORD_COUNT);
    *record = (fuzz_record_t){.kind = (fuzz_kind_t)kind};
    for (const char *c = arguments[kind]; *c; c++) {
        if (*c == 'b')
            record->octet[octets++] = fuzz_octet(in);
        else
            record->text[texts++] = fuzz_text(in);
    }
    return true;
}

size_t fuzz_record_len(const uint8_t *at, size_t len)
{
    size_t used = len ? 1 : 0;

    for (const char *c = fuzz_arguments(len ? *at : 63); *c && used < len; c++)
        used += *c == 'b' ? 1 : text_len(at + used, len - used);
    return used < len ? used : len;
}
