/* SPDX-License-Identifier: MIT */
/** @file
 *  Errors of IQs: read, write, tell apart, put in words. */
#include <stdint.h>

#include "buffer.h"
#include "read.h"
#include "write.h"

/* ---- read ---------------------------------------------------------------------------------- */

/** What jingle_error_new() makes; the program sees the first field. */
typedef struct {
    jingle_error_t error;
    jingle__arena_t arena;
    xmpp_stanza_t *iq;
    jingle__kept_t kept;
    jingle__field_t condition, jingle, text;
} owner_t;

static bool says_nothing(xmpp_stanza_t *element)
{
    jingle__attrs_t attrs = jingle__attrs_of(element);

    jingle__attr(&attrs, "xmlns");
    return attrs.left <= 0;
}

/** The address in redirect and gone (RFC 6120 section 8.3.3), which XEP-0166 section 6.3.2 prints
 * with white space around it. */
static int read_address(owner_t *owner, xmpp_stanza_t *element, bool *plain)
{
    const char *text, *end;
    char *copy;
    size_t len;
    int err = jingle__read_text(&owner->arena, element, &text, plain);

    if (err)
        return err;
    text += strspn(text, " \t\r\n");
    for (end = text + strlen(text); end > text && strchr(" \t\r\n", end[-1]); end--)
        ;
    len = (size_t)(end - text);
    if (!len)
        return JINGLE_EOK;
    if (!*end) {
        owner->error.address = text;
        return JINGLE_EOK;
    }
    copy = jingle__arena_take(&owner->arena, len + 1);
    if (!copy)
        return JINGLE_EMEM;
    memcpy(copy, text, len);
    copy[len] = '\0';
    owner->error.address = copy;
    return JINGLE_EOK;
}

static int read_condition(owner_t *owner, xmpp_stanza_t *element)
{
    const char *name = xmpp_stanza_get_name(element);
    bool plain = says_nothing(element);
    int err = JINGLE_EOK;

    if (owner->condition.element)
        return jingle__field_second(&owner->arena, &owner->kept, &owner->condition, element);
    owner->error.condition = name;
    if (strcmp(name, "redirect") == 0 || strcmp(name, "gone") == 0)
        err = read_address(owner, element, &plain);
    else
        plain = plain && !xmpp_stanza_get_children(element);
    if (err)
        return err;
    return jingle__field_first(&owner->arena, &owner->kept, &owner->condition, element, plain);
}

static int read_jingle(owner_t *owner, xmpp_stanza_t *element)
{
    const char *name = xmpp_stanza_get_name(element);
    bool plain = says_nothing(element) && !xmpp_stanza_get_children(element);

    if (owner->jingle.element)
        return jingle__field_second(&owner->arena, &owner->kept, &owner->jingle, element);
    owner->error.jingle = name;
    return jingle__field_first(&owner->arena, &owner->kept, &owner->jingle, element, plain);
}

static int read_text(owner_t *owner, xmpp_stanza_t *element)
{
    jingle__attrs_t attrs = jingle__attrs_of(element);
    bool plain = true;
    int err;

    if (owner->text.element)
        return jingle__field_second(&owner->arena, &owner->kept, &owner->text, element);
    err = jingle__read_text(&owner->arena, element, &owner->error.text, &plain);
    if (err)
        return err;
    jingle__attr(&attrs, "xmlns");
    owner->error.lang = jingle__read_lang(&attrs);
    plain = plain && attrs.left <= 0;
    return jingle__field_first(&owner->arena, &owner->kept, &owner->text, element, plain);
}

static int read_child(owner_t *owner, xmpp_stanza_t *child)
{
    const char *name = xmpp_stanza_get_name(child);

    if (jingle__in_ns(child, JINGLE_NS_ERRORS, ""))
        return read_jingle(owner, child);
    if (!jingle__in_ns(child, JINGLE_NS_STANZAS, ""))
        return jingle__keep(&owner->arena, &owner->kept, child);
    return strcmp(name, "text") == 0 ? read_text(owner, child) : read_condition(owner, child);
}

static int read_error(owner_t *owner, xmpp_stanza_t *element)
{
    static const char *const known[] = {"type", "by", NULL};
    jingle__attrs_t attrs = jingle__attrs_of(element);
    jingle_foreign_t *foreign = &owner->error.foreign;
    int err = JINGLE_EOK;

    owner->error.type = jingle__attr(&attrs, "type");
    owner->error.by = jingle__attr(&attrs, "by");
    if (attrs.left > 0) /* xmlns at least, which is not listed */
        err = jingle__read_attrs(&owner->arena, &attrs, known, foreign);
    JINGLE__EACH(child, element)
    {
        if (!err && xmpp_stanza_is_tag(child))
            err = read_child(owner, child);
        if (err)
            return err;
    }
    foreign->children = owner->kept.items;
    foreign->n_children = owner->kept.n;
    return err;
}

/** The `<error/>` is in the namespace of the IQ, whatever stream that came on; an application's
 * child may have the same name. */
static xmpp_stanza_t *find_error(xmpp_stanza_t *iq)
{
    const char *ns = jingle_element_ns(iq);
    xmpp_stanza_t *child = jingle_element_child(iq, "error", NULL);

    while (child &&
           (strcmp(xmpp_stanza_get_name(child), "error") != 0 || !jingle__in_ns(child, ns, ns)))
        child = jingle_element_next(child);
    return child;
}

static void free_owner(owner_t *owner)
{
    const xmpp_mem_t *mem = owner->arena.mem;

    jingle__arena_clear(&owner->arena);
    if (owner->iq)
        xmpp_stanza_release(owner->iq);
    jingle__free(mem, owner);
}

int jingle_error_new(const xmpp_mem_t *mem, xmpp_stanza_t *iq, const jingle_error_t **out)
{
    xmpp_stanza_t *element;
    owner_t *owner;
    int err;

    if (!iq || !out || !xmpp_stanza_is_tag(iq))
        return JINGLE_EINVAL;
    mem = mem ? mem : &jingle__mem_default;
    owner = jingle__alloc(mem, sizeof(*owner));
    if (!owner)
        return JINGLE_EMEM;
    jingle__arena_init(&owner->arena, mem);
    element = find_error(iq);
    err = element ? read_error(owner, element) : JINGLE_EOK;
    if (err) {
        free_owner(owner);
        return err;
    }
    owner->iq = xmpp_stanza_clone(iq);
    *out = &owner->error;
    return JINGLE_EOK;
}

void jingle_error_free(const jingle_error_t *error)
{
    if (error)
        free_owner((owner_t *)(uintptr_t)error);
}

/* ---- write --------------------------------------------------------------------------------- */

int jingle_error_to_xml(const xmpp_mem_t *mem, const jingle_error_t *error, char **xml)
{
    jingle__buf_t buf;

    if (!error || !xml)
        return JINGLE_EINVAL;
    jingle__buf_init(&buf, mem ? mem : &jingle__mem_default);
    jingle__write_error_as_is(&buf, error);
    return jingle__buf_finish(&buf, xml);
}

/* ---- tell apart ---------------------------------------------------------------------------- */

static const jingle_error_t errors[JINGLE_ERROR_COUNT] = {
#define JINGLE_X(name, type_, condition_, jingle_, words)                                          \
    [JINGLE_ERROR_##name] = {.type = (type_), .condition = (condition_), .jingle = (jingle_)},
    JINGLE_ERRORS(JINGLE_X)
#undef JINGLE_X
};

static const char *const error_words[JINGLE_ERROR_COUNT] = {
#define JINGLE_X(name, type_, condition_, jingle_, words) [JINGLE_ERROR_##name] = (words),
    JINGLE_ERRORS(JINGLE_X)
#undef JINGLE_X
};

const jingle_error_t *jingle_error_of(jingle_error_code_t code)
{
    if (code == JINGLE_ERROR_OTHER || (unsigned)code >= JINGLE_ERROR_COUNT)
        code = JINGLE_ERROR_INTERNAL_SERVER_ERROR;
    return &errors[code];
}

static bool equal(const char *a, const char *b)
{
    return a && b && strcmp(a, b) == 0;
}

/** Of the errors with one XMPP condition the one without a Jingle condition comes first, if there
 * is one: item-not-found alone says nothing of a session. */
static jingle_error_code_t code_of_condition(const char *condition)
{
    jingle_error_code_t found = JINGLE_ERROR_OTHER;

    for (unsigned i = JINGLE_ERROR_OTHER + 1; i < JINGLE_ERROR_COUNT; i++) {
        const jingle_error_t *error = jingle_error_of((jingle_error_code_t)i);

        if (equal(error->condition, condition) && (!found || !error->jingle))
            found = (jingle_error_code_t)i;
    }
    return found;
}

jingle_error_code_t jingle_error_get_code(const jingle_error_t *error)
{
    const char *jingle = error ? error->jingle : NULL;

    if (!error)
        return JINGLE_ERROR_OTHER;
    if (equal(jingle, "tiebreak")) /* so misspelt by a widely used client */
        return JINGLE_ERROR_TIE_BREAK;
    for (unsigned i = JINGLE_ERROR_OTHER + 1; jingle && i < JINGLE_ERROR_COUNT; i++) {
        if (equal(jingle_error_of((jingle_error_code_t)i)->jingle, jingle))
            return (jingle_error_code_t)i;
    }
    return code_of_condition(error->condition);
}

/** RFC 6120 section 8.3.3, as far as names.h does not have it. */
static const struct {
    const char *condition, *words;
} other_words[] = {
    {"forbidden", "it is forbidden"},
    {"gone", "the address is no longer in use"},
    {"jid-malformed", "the address is malformed"},
    {"not-allowed", "nobody may do this"},
    {"not-authorized", "it needs a login first"},
    {"policy-violation", "a policy of the other side forbids it"},
    {"recipient-unavailable", "the other side is not there now"},
    {"registration-required", "it needs a registration first"},
    {"remote-server-not-found", "the other side's server cannot be found"},
    {"subscription-required", "it needs a subscription first"},
};

const char *jingle_error_words(const jingle_error_t *error)
{
    jingle_error_code_t code = jingle_error_get_code(error);

    if (code != JINGLE_ERROR_OTHER)
        return error_words[code];
    for (size_t i = 0; error && i < sizeof(other_words) / sizeof(other_words[0]); i++) {
        if (equal(other_words[i].condition, error->condition))
            return other_words[i].words;
    }
    return "an error of another kind";
}
