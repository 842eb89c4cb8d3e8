/* SPDX-License-Identifier: MIT */
/** @file
 *  XML text to elements, by expat in namespace mode. */
#include "support/xml_reader.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <expat.h>

#include "support/text.h"

#define SEPARATOR '\x1f'
#define XML_NS "http://www.w3.org/XML/1998/namespace"

typedef struct {
    xmpp_ctx_t *ctx;
    XML_Parser parser;
    xmpp_stanza_t *open[XML_READ_LEVELS]; /**< the element being read and those around it */
    size_t depth;
    xmpp_stanza_t *root;
    text_t text;       /**< of the open element, not yet added */
    unsigned defaults; /**< declarations of a default namespace in scope */
    const char *why;
} reader_t;

static void stop(reader_t *reader, const char *why)
{
    if (!reader->why)
        reader->why = why;
    XML_StopParser(reader->parser, XML_FALSE);
}

static void require(reader_t *reader, int result)
{
    if (result != XMPP_EOK)
        stop(reader, "out of memory");
}

/** expat's `URI local prefix`, each but local perhaps missing. */
typedef struct {
    char *copy;
    const char *uri, *local, *prefix;
} qname_t;

static qname_t split(const char *name)
{
    qname_t qname = {.copy = text_dup(name), .uri = ""};
    char *first = strchr(qname.copy, SEPARATOR), *second;

    qname.local = qname.copy;
    if (!first)
        return qname;
    *first = '\0';
    qname.uri = qname.copy;
    qname.local = first + 1;
    second = strchr(first + 1, SEPARATOR);
    if (second) {
        *second = '\0';
        qname.prefix = second + 1;
    }
    return qname;
}

static void set(reader_t *reader, xmpp_stanza_t *element, const char *name, const char *value)
{
    if (!reader->why)
        require(reader, xmpp_stanza_set_attribute(element, name, value));
}

static void set_attribute(reader_t *reader, xmpp_stanza_t *element, const char *name,
                          const char *value)
{
    qname_t qname = split(name);
    text_t full = {0};

    if (!strcmp(qname.uri, XML_NS)) {
        text_printf(&full, "xml:%s", qname.local);
    } else if (qname.prefix) {
        text_printf(&full, "xmlns:%s", qname.prefix);
        set(reader, element, text_str(&full), qname.uri);
        text_clear(&full);
        text_printf(&full, "%s:%s", qname.prefix, qname.local);
    } else {
        text_puts(&full, qname.local);
    }
    set(reader, element, text_str(&full), value);
    text_clear(&full);
    free(qname.copy);
}

static void add(reader_t *reader, xmpp_stanza_t *child)
{
    xmpp_stanza_add_child_ex(reader->open[reader->depth - 1], child, 0);
}

static void end_text(reader_t *reader)
{
    xmpp_stanza_t *node;

    if (reader->why || !reader->text.len)
        return;
    node = xmpp_stanza_new(reader->ctx);
    if (node) {
        add(reader, node);
        require(reader, xmpp_stanza_set_text(node, text_str(&reader->text)));
    } else {
        require(reader, XMPP_EMEM);
    }
    text_clear(&reader->text);
}

/** An element in no namespace where no default one was declared is what the stream would make it.
 */
static const char *ns_of(const reader_t *reader, const qname_t *qname)
{
    if (*qname->uri || (reader->depth && reader->defaults))
        return qname->uri;
    return "jabber:client";
}

static void on_start(void *userdata, const XML_Char *name, const XML_Char **attrs)
{
    reader_t *reader = userdata;
    xmpp_stanza_t *element;
    qname_t qname;

    end_text(reader);
    if (reader->depth == XML_READ_LEVELS)
        stop(reader, "nested too deep");
    if (reader->why)
        return;
    element = xmpp_stanza_new(reader->ctx);
    if (!element) {
        stop(reader, "out of memory");
        return;
    }
    if (reader->depth)
        add(reader, element);
    else
        reader->root = element;
    qname = split(name);
    require(reader, xmpp_stanza_set_name(element, qname.local));
    set(reader, element, "xmlns", ns_of(reader, &qname));
    free(qname.copy);
    for (; *attrs; attrs += 2)
        set_attribute(reader, element, attrs[0], attrs[1]);
    reader->open[reader->depth++] = element;
}

static void on_end(void *userdata, const XML_Char *name)
{
    reader_t *reader = userdata;

    (void)name;
    end_text(reader);
    if (reader->depth)
        reader->depth--;
}

static void on_text(void *userdata, const XML_Char *text, int len)
{
    reader_t *reader = userdata;

    if (reader->depth && len > 0)
        text_add(&reader->text, text, (size_t)len);
}

static void on_start_ns(void *userdata, const XML_Char *prefix, const XML_Char *uri)
{
    reader_t *reader = userdata;

    if (!prefix && (reader->depth || (uri && *uri)))
        reader->defaults++;
}

static void on_end_ns(void *userdata, const XML_Char *prefix)
{
    reader_t *reader = userdata;

    if (!prefix && reader->defaults)
        reader->defaults--;
}

static void on_doctype(void *userdata, const XML_Char *name, const XML_Char *sysid,
                       const XML_Char *pubid, int has_subset)
{
    (void)name;
    (void)sysid;
    (void)pubid;
    (void)has_subset;
    stop(userdata, "a DTD");
}

static void parse(reader_t *reader, const char *xml, size_t len)
{
    XML_SetUserData(reader->parser, reader);
    XML_SetReturnNSTriplet(reader->parser, 1);
    XML_SetElementHandler(reader->parser, on_start, on_end);
    XML_SetCharacterDataHandler(reader->parser, on_text);
    XML_SetNamespaceDeclHandler(reader->parser, on_start_ns, on_end_ns);
    XML_SetStartDoctypeDeclHandler(reader->parser, on_doctype);
    if (len > INT_MAX)
        reader->why = "too long";
    else if (XML_Parse(reader->parser, xml, (int)len, 1) != XML_STATUS_OK && !reader->why)
        reader->why = XML_ErrorString(XML_GetErrorCode(reader->parser));
}

xmpp_stanza_t *xml_read(xmpp_ctx_t *ctx, const char *xml, size_t len, char *error,
                        size_t error_size)
{
    reader_t *reader = text_alloc(sizeof(*reader));
    xmpp_stanza_t *root;

    memset(reader, 0, sizeof(*reader));
    reader->ctx = ctx;
    reader->parser = XML_ParserCreateNS(NULL, SEPARATOR);
    if (reader->parser)
        parse(reader, xml, len);
    else
        reader->why = "out of memory";
    if (reader->why) {
        snprintf(error, error_size, "%s (line %lu)", reader->why,
                 reader->parser ? (unsigned long)XML_GetCurrentLineNumber(reader->parser) : 0UL);
        if (reader->root)
            xmpp_stanza_release(reader->root);
        reader->root = NULL;
    }
    root = reader->root;
    text_clear(&reader->text);
    XML_ParserFree(reader->parser);
    free(reader);
    return root;
}
