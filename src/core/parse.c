/* SPDX-License-Identifier: MIT */
/** @file
 *  Reads `<jingle/>`. Every element is looked at once; what only counts (nesting, candidates) is
 *  counted on the way. */
#include "parse.h"

#include "read.h"

/** Levels that are walked without an allocation: as deep as the default limit lets them be. */
#define INLINE_LEVELS 64

typedef struct {
    jingle__parsed_t *out;
    const jingle_limits_t *limits;
} reader_t;

static void over(reader_t *reader, const char *limit)
{
    if (!reader->out->over_limit)
        reader->out->over_limit = limit;
}

/** A list that is full is a limit like the others here, no failure. */
static int limited(reader_t *reader, int err)
{
    if (err != JINGLE_ELIMIT)
        return err;
    over(reader, "children");
    return JINGLE_EOK;
}

/** strcmp() is a call, and mostly the first letter tells. */
static bool is_equal(const char *a, const char *b)
{
    return *a == *b && strcmp(a, b) == 0;
}

static bool is_named(xmpp_stanza_t *node, const char *name)
{
    const char *own = xmpp_stanza_get_name(node);

    return own && is_equal(own, name);
}

/* ---- what is only counted ------------------------------------------------------------------ */

/** A walk through what is inside an element: where it goes on, level by level. */
typedef struct {
    const xmpp_mem_t *mem;
    uint32_t nesting;    /**< levels, its own included; 0: only its children are looked at */
    uint32_t candidates; /**< how many more may come; only for a transport */
    bool is_transport;
    const char *over;
    xmpp_stanza_t **next;
    size_t depth, size;
    xmpp_stanza_t *inline_next[INLINE_LEVELS];
} walk_t;

static bool push(walk_t *walk, xmpp_stanza_t *next)
{
    if (walk->depth == walk->size) {
        size_t bytes = walk->size * sizeof(*walk->next);
        xmpp_stanza_t **bigger = walk->mem->alloc(bytes * 2, walk->mem->userdata);

        if (!bigger)
            return false;
        memcpy(bigger, walk->next, bytes);
        if (walk->next != walk->inline_next)
            jingle__free(walk->mem, walk->next);
        walk->next = bigger;
        walk->size *= 2;
    }
    walk->next[walk->depth++] = next;
    return true;
}

static bool counts_too_much(walk_t *walk, xmpp_stanza_t *at)
{
    if (walk->is_transport && !walk->depth && is_named(at, "candidate") && !walk->candidates--)
        walk->over = "candidates";
    else if (walk->nesting && walk->depth + 1 >= walk->nesting && xmpp_stanza_is_tag(at))
        walk->over = "nesting";
    return walk->over != NULL;
}

/** Stops where a limit is hit, so it never goes deeper than allowed. */
static int measure(walk_t *walk, xmpp_stanza_t *element)
{
    xmpp_stanza_t *at = xmpp_stanza_get_children(element);

    for (;;) {
        xmpp_stanza_t *inner;

        while (!at && walk->depth)
            at = walk->next[--walk->depth];
        if (!at || counts_too_much(walk, at))
            return JINGLE_EOK;
        inner = walk->nesting ? xmpp_stanza_get_children(at) : NULL;
        at = xmpp_stanza_get_next(at);
        if (!inner)
            continue;
        if (!push(walk, at))
            return JINGLE_EMEM;
        at = inner;
    }
}

/** Finds out whether an element and what is inside keep to the limits.
 *  @param level of the element; 1: a child of `<jingle/>` */
static int check_inside(reader_t *reader, xmpp_stanza_t *element, uint32_t level, bool is_transport)
{
    const jingle_limits_t *limits = reader->limits;
    walk_t walk;
    int err;

    if (jingle__is_long(xmpp_stanza_get_ns(element))) {
        over(reader, "namespace");
        return JINGLE_EOK;
    }
    if (limits->nesting && level > limits->nesting) {
        over(reader, "nesting");
        return JINGLE_EOK;
    }
    walk.is_transport = is_transport && limits->candidates;
    if (!limits->nesting && !walk.is_transport)
        return JINGLE_EOK;
    walk.mem = reader->out->arena.mem;
    walk.nesting = limits->nesting ? limits->nesting - level + 1 : 0;
    walk.candidates = limits->candidates;
    walk.over = NULL;
    walk.next = walk.inline_next;
    walk.depth = 0;
    walk.size = INLINE_LEVELS;
    err = measure(&walk, element);
    if (walk.over)
        over(reader, walk.over);
    if (walk.next != walk.inline_next)
        jingle__free(walk.mem, walk.next);
    return err;
}

/* ---- content ------------------------------------------------------------------------------- */

/** Puts a child into its place; a second of the same name is kept like an unknown one. */
static int read_content_child(reader_t *reader, jingle_content_data_t *content,
                              jingle__kept_t *kept, xmpp_stanza_t *child)
{
    const char *name = xmpp_stanza_get_name(child);
    bool is_transport = is_equal(name, "transport");
    xmpp_stanza_t **place = NULL;

    if (is_transport)
        place = &content->transport;
    else if (is_equal(name, "description"))
        place = &content->description;
    else if (is_equal(name, "security"))
        place = &content->security;
    if (place && !*place) {
        *place = child;
    } else {
        int err = limited(reader, jingle__keep(&reader->out->arena, kept, child));

        if (err)
            return err;
    }
    return check_inside(reader, child, 2, is_transport);
}

/** @param own_ns the element has a namespace attribute of its own */
static int read_content_attrs(reader_t *reader, jingle_content_data_t *content,
                              xmpp_stanza_t *element, bool own_ns)
{
    static const char *const known[] = {"creator", "name", "senders", "disposition", NULL};
    jingle__arena_t *arena = &reader->out->arena;
    jingle__attrs_t attrs = jingle__attrs_of(element);

    if (own_ns)
        attrs.left--;
    content->creator = jingle__attr(&attrs, "creator");
    content->name = jingle__attr(&attrs, "name");
    content->senders = jingle__attr(&attrs, "senders");
    content->disposition = jingle__attr(&attrs, "disposition");
    if (jingle__is_long(content->creator) || jingle__is_long(content->name) ||
        jingle__is_long(content->senders) || jingle__is_long(content->disposition))
        over(reader, "name");
    if (!content->creator)
        reader->out->quirks++; /* XEP-0166 section 7.3 requires it and gives it a default */
    if (attrs.left <= 0)
        return JINGLE_EOK;
    return limited(reader, jingle__read_attrs(arena, &attrs, known, &content->foreign));
}

static int read_content(reader_t *reader, jingle_content_data_t *content, xmpp_stanza_t *element,
                        bool own_ns)
{
    jingle__kept_t kept = {0};
    int err;

    *content = (jingle_content_data_t){0};
    err = read_content_attrs(reader, content, element, own_ns);
    JINGLE__EACH(child, element)
    {
        if (err || reader->out->over_limit)
            break;
        if (xmpp_stanza_is_tag(child))
            err = read_content_child(reader, content, &kept, child);
    }
    content->foreign.children = kept.items;
    content->foreign.n_children = kept.n;
    return err;
}

/* ---- reason -------------------------------------------------------------------------------- */

typedef struct {
    jingle_reason_t *reason;
    jingle__kept_t kept;
    jingle__field_t condition, text;
} reason_reader_t;

/** Reads `<sid/>` of `<alternative-session/>` (XEP-0166 section 7.4).
 *  @param plain set to false when there is more than that */
static int read_alternative(jingle__arena_t *arena, xmpp_stanza_t *element, const char **sid,
                            bool *plain)
{
    int err = JINGLE_EOK;

    JINGLE__EACH(child, element)
    {
        jingle__attrs_t attrs;

        if (err)
            break;
        if (!xmpp_stanza_is_tag(child)) {
            const char *text = xmpp_stanza_get_text_ptr(child);

            *plain = *plain && (!text || jingle__is_blank(text));
        } else if (*sid || !is_named(child, "sid") || !jingle__in_ns(child, JINGLE_NS, JINGLE_NS)) {
            *plain = false;
        } else {
            err = jingle__read_text(arena, child, sid, plain);
            attrs = jingle__attrs_of(child);
            jingle__attr(&attrs, "xmlns");
            *plain = *plain && attrs.left <= 0;
        }
    }
    return err;
}

static int read_condition(reader_t *reader, reason_reader_t *to, xmpp_stanza_t *element,
                          jingle_condition_t condition)
{
    jingle__arena_t *arena = &reader->out->arena;
    jingle__attrs_t attrs = jingle__attrs_of(element);
    bool plain = true;
    int err = JINGLE_EOK;

    if (to->condition.element)
        return jingle__field_second(arena, &to->kept, &to->condition, element);
    to->reason->condition = condition;
    if (condition == JINGLE_REASON_ALTERNATIVE_SESSION)
        err = read_alternative(arena, element, &to->reason->alternative_sid, &plain);
    else
        plain = !xmpp_stanza_get_children(element);
    jingle__attr(&attrs, "xmlns");
    plain = plain && attrs.left <= 0;
    return err ? err : jingle__field_first(arena, &to->kept, &to->condition, element, plain);
}

static int read_reason_text(reader_t *reader, reason_reader_t *to, xmpp_stanza_t *element)
{
    jingle__arena_t *arena = &reader->out->arena;
    jingle__attrs_t attrs = jingle__attrs_of(element);
    const char *text;
    bool plain = true;
    int err = jingle__read_text(arena, element, &text, &plain);

    if (err)
        return err;
    if (reader->limits->text && strlen(text) > reader->limits->text) {
        over(reader, "text");
        return JINGLE_EOK;
    }
    if (to->text.element)
        return jingle__field_second(arena, &to->kept, &to->text, element);
    to->reason->text = text;
    jingle__attr(&attrs, "xmlns");
    to->reason->lang = jingle__read_lang(&attrs);
    return jingle__field_first(arena, &to->kept, &to->text, element, plain && attrs.left <= 0);
}

/** The first element of another namespace is the detail (XEP-0166 section 7.4). After an unknown
 * one it is kept in its place among them as well, and written from there. */
static int read_foreign_reason(reader_t *reader, reason_reader_t *to, xmpp_stanza_t *element,
                               bool ours)
{
    if (!ours && !to->reason->detail) {
        to->reason->detail = element;
        if (!to->kept.n)
            return JINGLE_EOK;
    }
    return jingle__keep(&reader->out->arena, &to->kept, element);
}

static int read_reason_child(reader_t *reader, reason_reader_t *to, xmpp_stanza_t *child)
{
    bool ours = jingle__in_ns(child, JINGLE_NS, JINGLE_NS);
    jingle_condition_t condition = JINGLE_REASON_UNDEFINED;

    if (ours)
        condition = jingle_reason_from_name(xmpp_stanza_get_name(child));
    if (condition != JINGLE_REASON_UNDEFINED)
        return read_condition(reader, to, child, condition);
    if (ours && is_named(child, "text"))
        return read_reason_text(reader, to, child);
    return read_foreign_reason(reader, to, child, ours);
}

static int read_reason(reader_t *reader, xmpp_stanza_t *element)
{
    static const char *const known[] = {NULL};
    reason_reader_t to = {.reason = &reader->out->reason};
    jingle__attrs_t attrs = jingle__attrs_of(element);
    int err = JINGLE_EOK;

    *to.reason = (jingle_reason_t){.condition = JINGLE_REASON_UNDEFINED};
    reader->out->data.reason = to.reason;
    jingle__attr(&attrs, "xmlns");
    if (attrs.left > 0)
        err = limited(reader,
                      jingle__read_attrs(&reader->out->arena, &attrs, known, &to.reason->foreign));
    JINGLE__EACH(child, element)
    {
        if (err)
            break;
        if (!xmpp_stanza_is_tag(child))
            continue;
        err = check_inside(reader, child, 2, false);
        if (!err)
            err = limited(reader, read_reason_child(reader, &to, child));
    }
    to.reason->foreign.children = to.kept.items;
    to.reason->foreign.n_children = to.kept.n;
    return err;
}

/* ---- jingle -------------------------------------------------------------------------------- */

typedef struct {
    jingle_content_data_t *contents;
    size_t n, cap;
    jingle__kept_t payloads;
} jingle_reader_t;

static int add_content(reader_t *reader, jingle_reader_t *to, xmpp_stanza_t *element, bool own_ns)
{
    uint32_t limit = reader->limits->contents;

    if (to->n >= (limit && limit < JINGLE__CHILDREN ? limit : JINGLE__CHILDREN)) {
        over(reader, limit ? "contents" : "children");
        return JINGLE_EOK;
    }
    if (to->n == to->cap) {
        jingle_content_data_t *bigger =
            jingle__arena_grow(&reader->out->arena, to->contents, to->n, &to->cap, sizeof(*bigger));

        if (!bigger)
            return JINGLE_EMEM;
        to->contents = bigger;
    }
    return read_content(reader, &to->contents[to->n++], element, own_ns);
}

static int read_child(reader_t *reader, jingle_reader_t *to, xmpp_stanza_t *child)
{
    const char *name = xmpp_stanza_get_name(child), *ns = xmpp_stanza_get_ns(child);
    bool ours = !ns || strcmp(ns, JINGLE_NS) == 0;
    int err;

    if (ours && !reader->out->data.reason && is_equal(name, "reason"))
        return read_reason(reader, child);
    if (reader->out->over_limit)
        return JINGLE_EOK;
    if (ours && is_equal(name, "content"))
        return add_content(reader, to, child, ns != NULL);
    err = check_inside(reader, child, 1, false);
    return err ? err : limited(reader, jingle__keep(&reader->out->arena, &to->payloads, child));
}

static int read_children(reader_t *reader, xmpp_stanza_t *jingle)
{
    jingle__parsed_t *out = reader->out;
    jingle_reader_t to = {
        .contents = out->contents,
        .cap = sizeof(out->contents) / sizeof(out->contents[0]),
        .payloads = {.items = out->payloads,
                     .cap = sizeof(out->payloads) / sizeof(out->payloads[0])},
    };
    int err = JINGLE_EOK;

    JINGLE__EACH(child, jingle)
    {
        if (xmpp_stanza_is_tag(child))
            err = read_child(reader, &to, child);
        if (err)
            break;
    }
    out->data.contents = to.contents;
    out->data.n_contents = to.n;
    out->data.foreign.children = to.payloads.items;
    out->data.foreign.n_children = to.payloads.n;
    return err;
}

int jingle__parse(jingle__parsed_t *out, const xmpp_mem_t *mem, xmpp_stanza_t *jingle,
                  const jingle_limits_t *limits)
{
    static const char *const known[] = {"action", "sid", "initiator", "responder", NULL};
    static const jingle_limits_t none = {0};
    reader_t reader = {out, limits ? limits : &none};
    jingle__attrs_t attrs = jingle__attrs_of(jingle);
    jingle_data_t *data = &out->data;
    int err = JINGLE_EOK;

    attrs.left--; /* xmlns: without it it would be no <jingle/> */
    jingle__arena_init(&out->arena, mem);
    out->over_limit = NULL;
    out->quirks = 0;
    *data = (jingle_data_t){.action = JINGLE_ACTION_UNKNOWN};
    data->action_name = jingle__attr(&attrs, "action");
    data->action = jingle_action_from_name(data->action_name);
    data->sid = jingle__attr(&attrs, "sid");
    data->initiator = jingle__attr(&attrs, "initiator");
    data->responder = jingle__attr(&attrs, "responder");
    if (data->sid && reader.limits->sid && strlen(data->sid) > reader.limits->sid)
        over(&reader, "sid");
    if (attrs.left > 0)
        err = limited(&reader, jingle__read_attrs(&out->arena, &attrs, known, &data->foreign));
    return err ? err : read_children(&reader, jingle);
}

void jingle__parsed_clear(jingle__parsed_t *parsed)
{
    jingle__arena_clear(&parsed->arena);
}
