/* SPDX-License-Identifier: MIT */
/** @file
 *  Reading elements: attributes, kept children, text. */
#include "read.h"

#define INLINE_SLOTS 32

static bool is_listed(const char *const *names, const char *name)
{
    for (; *names; names++) {
        if (strcmp(*names, name) == 0)
            return true;
    }
    return false;
}

int jingle__read_attrs(jingle__arena_t *arena, const jingle__attrs_t *attrs,
                       const char *const *known, jingle_foreign_t *foreign)
{
    const char *inline_slots[INLINE_SLOTS], **slots = inline_slots;
    int count = xmpp_stanza_get_attribute_count(attrs->element);
    jingle_attr_t *items;
    size_t n = 0;

    if (count > JINGLE__ATTRIBUTES)
        return JINGLE_ELIMIT;
    if (count * 2 > INLINE_SLOTS)
        slots = jingle__arena_take(arena, (size_t)count * 2 * sizeof(*slots));
    items = jingle__arena_take(arena, (size_t)count * sizeof(*items));
    if (!slots || !items)
        return JINGLE_EMEM;
    count = xmpp_stanza_get_attributes(attrs->element, slots, count * 2);
    for (int i = 0; i + 1 < count; i += 2) {
        if (strcmp(slots[i], "xmlns") != 0 && !is_listed(known, slots[i]))
            items[n++] = (jingle_attr_t){slots[i], slots[i + 1]};
    }
    foreign->attrs = n ? items : NULL;
    foreign->n_attrs = n;
    return JINGLE_EOK;
}

int jingle__keep(jingle__arena_t *arena, jingle__kept_t *kept, xmpp_stanza_t *element)
{
    if (kept->n >= JINGLE__CHILDREN)
        return JINGLE_ELIMIT;
    if (kept->n == kept->cap) {
        xmpp_stanza_t **items =
            jingle__arena_grow(arena, kept->items, kept->n, &kept->cap, sizeof(*kept->items));

        if (!items)
            return JINGLE_EMEM;
        kept->items = items;
    }
    kept->items[kept->n++] = element;
    return JINGLE_EOK;
}

int jingle__field_first(jingle__arena_t *arena, jingle__kept_t *kept, jingle__field_t *field,
                        xmpp_stanza_t *element, bool plain)
{
    field->element = element;
    field->kept = !plain;
    return plain ? JINGLE_EOK : jingle__keep(arena, kept, element);
}

int jingle__field_second(jingle__arena_t *arena, jingle__kept_t *kept, jingle__field_t *field,
                         xmpp_stanza_t *element)
{
    int err = JINGLE_EOK;

    if (!field->kept) {
        field->kept = true;
        err = jingle__keep(arena, kept, field->element);
    }
    return err ? err : jingle__keep(arena, kept, element);
}

/** Puts the pieces together. @param size of all of them and the NUL */
static const char *join_text(jingle__arena_t *arena, xmpp_stanza_t *element, size_t size)
{
    char *text = jingle__arena_take(arena, size), *end = text;

    if (!text)
        return NULL;
    JINGLE__EACH(child, element)
    {
        const char *piece = xmpp_stanza_get_text_ptr(child);
        size_t len = piece ? strlen(piece) : 0;

        if (len)
            memcpy(end, piece, len);
        end += len;
    }
    *end = '\0';
    return text;
}

int jingle__read_text(jingle__arena_t *arena, xmpp_stanza_t *element, const char **text,
                      bool *plain)
{
    size_t pieces = 0, size = 1;

    *text = "";
    JINGLE__EACH(child, element)
    {
        const char *piece = xmpp_stanza_get_text_ptr(child);

        if (!piece) {
            *plain = false;
            continue;
        }
        size += strlen(piece);
        pieces++;
        *text = piece;
    }
    if (pieces > 1)
        *text = join_text(arena, element, size);
    return *text ? JINGLE_EOK : JINGLE_EMEM;
}

const char *jingle__read_lang(jingle__attrs_t *attrs)
{
    const char *lang = jingle__attr(attrs, "xml:lang");

    return lang ? lang : jingle__attr(attrs, "lang");
}

bool jingle__is_blank(const char *text)
{
    return text[strspn(text, " \t\r\n")] == '\0';
}
