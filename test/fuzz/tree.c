/* SPDX-License-Identifier: MIT */
/** @file
 *  Trees of elements from records. */
#include <string.h>

#include <jingle/names.h>

#include "fuzz.h"

#define LEVELS 150
#define NODES 3000

typedef struct {
    xmpp_ctx_t *ctx;
    xmpp_stanza_t *level[LEVELS + 1];
    size_t depth;
    size_t nodes;
    bool raw;
} tree_t;

/* ---- names --------------------------------------------------------------------------------- */

/* What a parser gives is a name: so other characters are replaced. A prefix would have to be
 * declared, of which the library knows nothing; nor has it the table of letters beyond ASCII. */
static const char *name_of(const char *text, bool raw, char name[64])
{
    size_t len = 0;

    if (strcmp(text, "xml:lang") == 0)
        return text;
    for (; *text && len < 63; text++) {
        char c = *text;
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
        bool other = (c >= '0' && c <= '9') || c == '-' || c == '.';

        name[len] = letter || (other && len) || (raw && (signed char)c > 0 && c != ':') ? c : 'n';
        len++;
    }
    name[len] = '\0';
    return len ? name : "n";
}

xmpp_stanza_t *fuzz_element(xmpp_ctx_t *ctx, const char *name, const char *ns)
{
    xmpp_stanza_t *element = xmpp_stanza_new(ctx);

    FUZZ_CHECK(element && xmpp_stanza_set_name(element, name) == XMPP_EOK);
    if (ns)
        FUZZ_CHECK(xmpp_stanza_set_ns(element, ns) == XMPP_EOK);
    return element;
}

/* ---- building ------------------------------------------------------------------------------ */

static xmpp_stanza_t *here(const tree_t *tree)
{
    return tree->level[tree->depth];
}

/* @return borrowed; NULL when the tree is large enough */
static xmpp_stanza_t *add(tree_t *tree, const char *text, const char *ns)
{
    char name[64];
    xmpp_stanza_t *element;

    if (tree->nodes++ > NODES || xmpp_stanza_is_text(here(tree)))
        return NULL;
    element = fuzz_element(tree->ctx, name_of(text, tree->raw, name), ns);
    xmpp_stanza_add_child(here(tree), element);
    xmpp_stanza_release(element);
    return element;
}

static void enter(tree_t *tree, xmpp_stanza_t *element)
{
    if (element && tree->depth < LEVELS)
        tree->level[++tree->depth] = element;
}

static void leave(tree_t *tree)
{
    if (tree->depth)
        tree->depth--;
}

static void add_text(tree_t *tree, const char *text)
{
    xmpp_stanza_t *node = xmpp_stanza_new(tree->ctx);

    FUZZ_CHECK(node && xmpp_stanza_set_text(node, text) == XMPP_EOK);
    if (tree->nodes++ <= NODES)
        xmpp_stanza_add_child(here(tree), node);
    xmpp_stanza_release(node);
}

static size_t count(xmpp_stanza_t *stanza)
{
    size_t n = 1;

    for (stanza = xmpp_stanza_get_children(stanza); stanza; stanza = xmpp_stanza_get_next(stanza))
        n += count(stanza);
    return n;
}

static void repeat(tree_t *tree, unsigned times)
{
    xmpp_stanza_t *last = xmpp_stanza_get_children(here(tree)), *copy;

    while (last && xmpp_stanza_get_next(last))
        last = xmpp_stanza_get_next(last);
    /* Of large children few: the tree shall stay small. */
    if (!last || (xmpp_stanza_get_children(last) && times > 80))
        return;
    for (; times && tree->nodes <= NODES; times--) {
        tree->nodes += count(last);
        copy = xmpp_stanza_copy(last);
        FUZZ_CHECK(copy);
        xmpp_stanza_add_child(here(tree), copy);
        xmpp_stanza_release(copy);
    }
}

static void descend(tree_t *tree, const char *name, unsigned levels)
{
    size_t depth = tree->depth;

    while (levels-- && tree->depth < LEVELS)
        enter(tree, add(tree, name, "urn:example:deep"));
    tree->depth = depth;
}

/* A content that is mostly in order. */
static void add_content(tree_t *tree, const fuzz_record_t *record)
{
    static const char *const creators[] = {"initiator", "responder", NULL, "x"};
    static const char *const names[] = {"c", "d", "a", "f"};
    static const char *const applications[] = {"urn:example:app:0",  "urn:example:raw:0",
                                               "urn:example:app:2",  "urn:example:app:0",
                                               "urn:example:nobody", NULL};
    static const char *const transports[] = {"urn:example:t1",          "urn:example:t2",
                                             "urn:example:t3",          "urn:example:dg",
                                             "urn:example:transport:0", NULL};
    const char *creator = creators[record->octet[0] % 4],
               *application = applications[record->octet[2] % 6];
    const char *transport = transports[record->octet[3] % 6];
    xmpp_stanza_t *content = add(tree, "content", JINGLE_NS);

    if (!content)
        return;
    if (creator)
        xmpp_stanza_set_attribute(content, "creator", creator);
    if (record->octet[1] != 0xff)
        xmpp_stanza_set_attribute(content, "name", names[record->octet[1] % 4]);
    enter(tree, content);
    if (application)
        add(tree, "description", application);
    if (transport)
        add(tree, "transport", transport);
    if (record->octet[3] & 0x40)
        add(tree, "security", "urn:example:sec");
    /* More may be put into it by the records that follow. */
    if (!(record->octet[3] & 0x80))
        leave(tree);
}

static void add_reason(tree_t *tree, const char *condition, const char *text)
{
    xmpp_stanza_t *reason = add(tree, "reason", JINGLE_NS);

    if (!reason)
        return;
    enter(tree, reason);
    add(tree, condition, JINGLE_NS);
    if (*text) {
        enter(tree, add(tree, "text", JINGLE_NS));
        add_text(tree, text);
        leave(tree);
    }
    leave(tree);
}

static void set_attribute(tree_t *tree, const char *text, const char *value)
{
    char name[64];
    const char *known = name_of(text, tree->raw, name);

    /* The root is what the target made it. */
    if (*known && (tree->depth || strcmp(known, "xmlns") != 0))
        xmpp_stanza_set_attribute(here(tree), known, value);
}

static void build(tree_t *tree, const fuzz_record_t *record)
{
    switch (record->kind) {
    case FUZZ_OPEN:
        enter(tree, add(tree, record->text[0], NULL));
        break;
    case FUZZ_OPEN_NS:
        enter(tree, add(tree, record->text[0], record->text[1]));
        break;
    case FUZZ_CLOSE:
        leave(tree);
        break;
    case FUZZ_LEAF:
        add(tree, record->text[0], record->text[1]);
        break;
    case FUZZ_ATTR:
        set_attribute(tree, record->text[0], record->text[1]);
        break;
    case FUZZ_TEXT:
        add_text(tree, record->text[0]);
        break;
    case FUZZ_REPEAT:
        repeat(tree, record->octet[0]);
        break;
    case FUZZ_DEEP:
        descend(tree, record->text[0], record->octet[0]);
        break;
    case FUZZ_CONTENT:
        add_content(tree, record);
        break;
    default:
        add_reason(tree, record->text[0], record->text[1]);
        break;
    }
}

void fuzz_tree(xmpp_ctx_t *ctx, xmpp_stanza_t *root, fuzz_input_t *in)
{
    tree_t tree = {.ctx = ctx, .level = {root}, .raw = in->raw};
    fuzz_record_t record;
    fuzz_input_t next = *in;

    while (fuzz_next(&next, &record) && record.kind <= FUZZ_REASON) {
        build(&tree, &record);
        *in = next;
    }
}
