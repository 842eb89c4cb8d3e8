/* SPDX-License-Identifier: MIT */
/** @file
 *  Text to stanzas, by expat. One parser serves for all: to make one for each stanza costs more
 * than all else that happens to it. */
#include "private.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include <expat.h>

#define SEPARATOR '\x1f'
#define LEVELS 512
#define NAME_MAX_OCTETS 256
#define XML_LANG "http://www.w3.org/XML/1998/namespace\x1flang"

struct jingle__sim_reader {
    xmpp_ctx_t *ctx;
    XML_Parser parser;
    xmpp_stanza_t *open[LEVELS]; /**< the element being read and those around it */
    size_t depth;
    xmpp_stanza_t *root;
    char *text; /**< of the open element, not yet added */
    size_t len, size;
    bool failed;
};

static void fail(jingle__sim_reader_t *reader)
{
    reader->failed = true;
    XML_StopParser(reader->parser, XML_FALSE);
}

static void end_text(jingle__sim_reader_t *reader)
{
    xmpp_stanza_t *node;

    if (!reader->len || !reader->depth)
        return;
    node = xmpp_stanza_new(reader->ctx);
    xmpp_stanza_set_text_with_size(node, reader->text, reader->len);
    xmpp_stanza_add_child_ex(reader->open[reader->depth - 1], node, 0);
    reader->len = 0;
}

static void set_name(xmpp_stanza_t *element, const char *name)
{
    const char *local = strchr(name, SEPARATOR);
    char ns[NAME_MAX_OCTETS];
    size_t len = local ? (size_t)(local - name) : 0;

    if (len >= sizeof ns)
        len = sizeof ns - 1;
    memcpy(ns, name, len);
    ns[len] = '\0';
    xmpp_stanza_set_name(element, local ? local + 1 : name);
    xmpp_stanza_set_ns(element, local ? ns : "jabber:client");
}

static void on_start(void *userdata, const XML_Char *name, const XML_Char **attrs)
{
    jingle__sim_reader_t *reader = userdata;
    xmpp_stanza_t *element;

    end_text(reader);
    if (reader->depth == LEVELS) {
        fail(reader);
        return;
    }
    element = xmpp_stanza_new(reader->ctx);
    set_name(element, name);
    for (; *attrs; attrs += 2) {
        const char *local = strchr(attrs[0], SEPARATOR);
        const char *key = strcmp(attrs[0], XML_LANG) == 0 ? "xml:lang"
                          : local                         ? local + 1
                                                          : attrs[0];
        xmpp_stanza_set_attribute(element, key, attrs[1]);
    }
    if (reader->depth)
        xmpp_stanza_add_child_ex(reader->open[reader->depth - 1], element, 0);
    else
        reader->root = element;
    reader->open[reader->depth++] = element;
}

static void on_end(void *userdata, const XML_Char *name)
{
    jingle__sim_reader_t *reader = userdata;

    (void)name;
    end_text(reader);
    reader->depth--;
}

static void on_text(void *userdata, const XML_Char *text, int len)
{
    jingle__sim_reader_t *reader = userdata;
    size_t more = (size_t)len;

    if (reader->len + more > reader->size) {
        reader->size = (reader->len + more) * 2;
        reader->text = jingle__sim_grow(reader->text, reader->size);
    }
    memcpy(reader->text + reader->len, text, more);
    reader->len += more;
}

jingle__sim_reader_t *jingle__sim_reader_new(xmpp_ctx_t *ctx)
{
    jingle__sim_reader_t *reader = jingle__sim_alloc(sizeof *reader);

    reader->ctx = ctx;
    reader->parser = XML_ParserCreateNS(NULL, SEPARATOR);
    if (!reader->parser)
        abort();
    return reader;
}

void jingle__sim_reader_free(jingle__sim_reader_t *reader)
{
    XML_ParserFree(reader->parser);
    free(reader->text);
    free(reader);
}

xmpp_stanza_t *jingle__sim_read(jingle__sim_reader_t *reader, const char *xml, size_t len)
{
    xmpp_stanza_t *root;

    XML_ParserReset(reader->parser, NULL);
    /* One of its own would be drawn for each stanza, which costs a quarter of all. */
    XML_SetHashSalt(reader->parser, 1);
    XML_SetUserData(reader->parser, reader);
    XML_SetElementHandler(reader->parser, on_start, on_end);
    XML_SetCharacterDataHandler(reader->parser, on_text);
    reader->depth = reader->len = 0;
    reader->root = NULL;
    reader->failed = len > INT_MAX;
    if (!reader->failed && XML_Parse(reader->parser, xml, (int)len, 1) != XML_STATUS_OK)
        reader->failed = true;
    root = reader->root;
    if (root && reader->failed) {
        xmpp_stanza_release(root);
        root = NULL;
    }
    return root;
}
