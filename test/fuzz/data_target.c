/* SPDX-License-Identifier: MIT */
/** @file
 *  data: a stanza to data, and back: what came is what is written. build: any data to a stanza: it
 * is XML, or an error says why not. */
#include <string.h>

#include <jingle/data.h>

#include "core/write.h"
#include "fuzz.h"
#include "support/text.h"
#include "support/xml_compare.h"
#include "support/xml_reader.h"

static test_mem_t mem;

static xmpp_ctx_t *context(void)
{
    static xmpp_ctx_t *ctx;

    if (!ctx) {
        test_mem_init(&mem);
        ctx = xmpp_ctx_new(NULL, NULL);
    }
    return ctx;
}

static xmpp_stanza_t *read_back(const char *xml)
{
    char error[128] = "";
    xmpp_stanza_t *element = xml_read(context(), xml, strlen(xml), error, sizeof error);

    if (!element)
        fprintf(stderr, "no XML (%s): %s\n", error, xml);
    return element;
}

/* The element as a parser would have given it; NULL for what no parser gives. */
static xmpp_stanza_t *as_parsed(xmpp_stanza_t *made)
{
    jingle__buf_t buf;
    char *xml = NULL, error[128];
    xmpp_stanza_t *element;

    jingle__buf_init(&buf, &mem.mem);
    jingle__write_element(&buf, made, "jabber:client");
    if (jingle__buf_finish(&buf, &xml))
        return NULL;
    element = xml_read(context(), xml, strlen(xml), error, sizeof error);
    mem.mem.free(xml, &mem);
    return element;
}

static void check_same(xmpp_stanza_t *was, const char *xml)
{
    xmpp_stanza_t *now = read_back(xml);
    text_t why = {0};

    FUZZ_CHECK(now);
    if (!xml_compare(was, now, &why)) {
        fprintf(stderr, "%s\nnow %s\n", text_str(&why), xml);
        abort();
    }
    text_clear(&why);
    xmpp_stanza_release(now);
}

static void look_at(const jingle_data_t *data)
{
    xmpp_stanza_t *payload = jingle_data_get_payload(data, NULL);

    FUZZ_CHECK(!payload || jingle_data_get_payload(data, jingle_element_ns(payload)));
    FUZZ_CHECK(jingle_element_text(payload));
    for (size_t i = 0; i < data->n_contents; i++) {
        jingle_content_data_get_creator(&data->contents[i]);
        jingle_content_data_get_senders(&data->contents[i]);
        FUZZ_CHECK(jingle_content_data_get_disposition(&data->contents[i]));
    }
}

/* Once with one of the first allocations failing, or with none. */
static void check_jingle(xmpp_stanza_t *element, unsigned fail)
{
    const jingle_data_t *data = NULL;
    char *xml = NULL;
    int err;

    test_mem_fail_at(&mem, fail, false);
    err = jingle_data_new(&mem.mem, element, &data);
    if (!err)
        err = jingle_data_to_xml(&mem.mem, data, &xml);
    FUZZ_CHECK(!err || (err == JINGLE_EMEM && mem.failures));
    test_mem_fail_at(&mem, 0, false);
    if (data)
        look_at(data);
    if (!err)
        check_same(element, xml);
    if (xml)
        mem.mem.free(xml, &mem);
    jingle_data_free(data);
}

static void check_error(xmpp_stanza_t *iq, unsigned fail)
{
    xmpp_stanza_t *element = jingle_element_child(iq, "error", "jabber:client");
    const jingle_error_t *data = NULL;
    char *xml = NULL;
    int err;

    test_mem_fail_at(&mem, fail, false);
    err = jingle_error_new(&mem.mem, iq, &data);
    if (!err)
        err = jingle_error_to_xml(&mem.mem, data, &xml);
    FUZZ_CHECK(!err || (err == JINGLE_EMEM && mem.failures));
    test_mem_fail_at(&mem, 0, false);
    if (!err && element)
        FUZZ_CHECK(jingle_error_words(data));
    if (!err)
        FUZZ_CHECK((element = read_back(xml)) != NULL);
    if (!err)
        xmpp_stanza_release(element);
    if (xml)
        mem.mem.free(xml, &mem);
    jingle_error_free(data);
}

void fuzz_data(const uint8_t *data, size_t len)
{
    fuzz_input_t in = {.at = data, .end = data + len};
    bool is_error;
    unsigned fail;
    xmpp_stanza_t *made, *element;

    context();
    is_error = fuzz_octet(&in) & 1;
    fail = fuzz_octet(&in) % 32;
    made = is_error ? fuzz_element(context(), "iq", "jabber:client")
                    : fuzz_element(context(), "jingle", JINGLE_NS);
    if (is_error)
        xmpp_stanza_set_type(made, "error");
    fuzz_tree(context(), made, &in);
    element = as_parsed(made);
    if (element && is_error)
        check_error(element, fail);
    else if (element)
        check_jingle(element, fail);
    if (element)
        xmpp_stanza_release(element);
    xmpp_stanza_release(made);
    FUZZ_CHECK(mem.blocks == 0);
}

/* ---- build --------------------------------------------------------------------------------- */

#define LIST 4

typedef struct {
    jingle_attr_t attrs[LIST];
    xmpp_stanza_t *children[LIST];
} lists_t;

static char *copy(char **copies, size_t *n, const char *text)
{
    return copies[(*n)++] = text_dup(text);
}

/* Prefixes the library knows nothing of, nor has it the table of letters beyond ASCII. */
static bool is_plain(const char *name)
{
    for (; *name; name++)
        if ((unsigned char)*name >= 0x80 || *name == ':')
            return false;
    return true;
}

static const char *plain_field(fuzz_input_t *in, char **copies, size_t *n)
{
    const char *name = fuzz_octet(in) % 4 ? fuzz_text(in) : NULL;

    return name && is_plain(name) ? copy(copies, n, name) : NULL;
}

/* A string field: absent, or any octets. */
static const char *field(fuzz_input_t *in, char **copies, size_t *n)
{
    return fuzz_octet(in) % 4 ? copy(copies, n, fuzz_text(in)) : NULL;
}

static xmpp_stanza_t *element_field(fuzz_input_t *in, const char *name)
{
    xmpp_stanza_t *element;

    if (fuzz_octet(in) % 3 == 0)
        return NULL;
    element = fuzz_element(context(), name, fuzz_octet(in) % 8 ? fuzz_text(in) : NULL);
    fuzz_tree(context(), element, in);
    return element;
}

static jingle_foreign_t foreign_field(fuzz_input_t *in, lists_t *lists, char **copies, size_t *n)
{
    jingle_foreign_t foreign = {.attrs = lists->attrs, .children = lists->children};
    unsigned what = fuzz_octet(in);

    for (unsigned i = 0; i < what % LIST; i++) {
        /* Of one name there is one attribute. */
        const char *name = fuzz_text(in);
        char *unlike = text_alloc(strlen(name) + 3);

        sprintf(unlike, "%sn%u", is_plain(name) ? name : "", i);
        copies[(*n)++] = unlike;
        lists->attrs[foreign.n_attrs++] = (jingle_attr_t){unlike, copy(copies, n, fuzz_text(in))};
    }
    for (unsigned i = 0; i < what / LIST % LIST; i++) {
        xmpp_stanza_t *child = element_field(in, "x");

        if (child)
            lists->children[foreign.n_children++] = child;
    }
    return foreign;
}

static void release_children(lists_t *lists)
{
    for (size_t i = 0; i < LIST; i++)
        if (lists->children[i])
            xmpp_stanza_release(lists->children[i]);
}

typedef struct {
    char *copies[128];
    size_t n;
    lists_t lists[LIST + 2];
    jingle_content_data_t contents[LIST];
    jingle_reason_t reason;
    jingle_data_t data;
} world_t;

static void fill_content(fuzz_input_t *in, world_t *w, size_t i)
{
    jingle_content_data_t *content = &w->contents[i];

    content->creator = field(in, w->copies, &w->n);
    content->name = field(in, w->copies, &w->n);
    content->senders = field(in, w->copies, &w->n);
    content->disposition = field(in, w->copies, &w->n);
    content->description = element_field(in, "description");
    content->transport = element_field(in, "transport");
    content->security = element_field(in, "security");
    content->foreign = foreign_field(in, &w->lists[i], w->copies, &w->n);
}

static void fill_reason(fuzz_input_t *in, world_t *w)
{
    w->reason.condition = (jingle_condition_t)(fuzz_octet(in) % (JINGLE_REASON_COUNT + 1));
    w->reason.text = field(in, w->copies, &w->n);
    w->reason.lang = field(in, w->copies, &w->n);
    w->reason.alternative_sid = field(in, w->copies, &w->n);
    w->reason.detail = element_field(in, "detail");
    w->reason.foreign = foreign_field(in, &w->lists[LIST], w->copies, &w->n);
    w->data.reason = &w->reason;
}

static void fill(fuzz_input_t *in, world_t *w)
{
    unsigned what = fuzz_octet(in);

    w->data.action = (jingle_action_t)(fuzz_octet(in) % (JINGLE_ACTION_COUNT + 1));
    w->data.action_name = field(in, w->copies, &w->n);
    w->data.sid = field(in, w->copies, &w->n);
    w->data.initiator = field(in, w->copies, &w->n);
    w->data.responder = field(in, w->copies, &w->n);
    for (w->data.n_contents = 0; w->data.n_contents < what % LIST; w->data.n_contents++)
        fill_content(in, w, w->data.n_contents);
    w->data.contents = w->contents;
    if (what & 0x80)
        fill_reason(in, w);
    w->data.foreign = foreign_field(in, &w->lists[LIST + 1], w->copies, &w->n);
}

static void clear(world_t *w)
{
    for (size_t i = 0; i < LIST; i++) {
        xmpp_stanza_t *all[] = {w->contents[i].description, w->contents[i].transport,
                                w->contents[i].security};

        for (size_t j = 0; j < 3; j++)
            if (all[j])
                xmpp_stanza_release(all[j]);
    }
    if (w->reason.detail)
        xmpp_stanza_release(w->reason.detail);
    for (size_t i = 0; i < LIST + 2; i++)
        release_children(&w->lists[i]);
    while (w->n)
        free(w->copies[--w->n]);
}

static void check_built(const char *xml)
{
    xmpp_stanza_t *element = read_back(xml);
    const jingle_data_t *data = NULL;
    char *again = NULL;

    FUZZ_CHECK(element && jingle_data_new(&mem.mem, element, &data) == JINGLE_EOK);
    FUZZ_CHECK(jingle_data_to_xml(&mem.mem, data, &again) == JINGLE_EOK);
    check_same(element, again);
    mem.mem.free(again, &mem);
    jingle_data_free(data);
    xmpp_stanza_release(element);
}

static void check_built_error(fuzz_input_t *in, world_t *w)
{
    jingle_error_t error = {.type = field(in, w->copies, &w->n),
                            .condition = plain_field(in, w->copies, &w->n),
                            .jingle = plain_field(in, w->copies, &w->n),
                            .text = field(in, w->copies, &w->n),
                            .lang = field(in, w->copies, &w->n),
                            .address = field(in, w->copies, &w->n),
                            .by = field(in, w->copies, &w->n)};
    char *xml = NULL;

    if (jingle_error_to_xml(&mem.mem, &error, &xml) != JINGLE_EOK)
        return;
    xmpp_stanza_t *element = read_back(xml);
    FUZZ_CHECK(element);
    xmpp_stanza_release(element);
    mem.mem.free(xml, &mem);
}

void fuzz_build(const uint8_t *data, size_t len)
{
    fuzz_input_t in = {.at = data, .end = data + len, .raw = true};
    world_t w = {0};
    char *xml = NULL;
    unsigned fail;
    int err;

    context();
    fail = fuzz_octet(&in) % 16;
    if (fuzz_octet(&in) % 4 == 0) {
        check_built_error(&in, &w);
    } else {
        fill(&in, &w);
        test_mem_fail_at(&mem, fail, false);
        err = jingle_data_to_xml(&mem.mem, &w.data, &xml);
        FUZZ_CHECK((err == JINGLE_EOK) == (xml != NULL));
        FUZZ_CHECK(err != JINGLE_EMEM || mem.failures);
        test_mem_fail_at(&mem, 0, false);
        if (!err)
            check_built(xml);
        if (xml)
            mem.mem.free(xml, &mem);
    }
    clear(&w);
    FUZZ_CHECK(mem.blocks == 0);
}
