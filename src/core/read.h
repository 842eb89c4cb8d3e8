/* SPDX-License-Identifier: MIT */
/** @file
 *  Reading elements, what parse.c (`<jingle/>`) and error.c (`<error/>`) share. */
#ifndef JINGLE__READ_H
#define JINGLE__READ_H

#include <stdbool.h>
#include <string.h>

#include <jingle/data.h>

#include "arena.h"

/** No element may have more unknown children. */
#define JINGLE__CHILDREN 65535u
/** Nor more attributes: what libstrophe takes to list them grows with their square. */
#define JINGLE__ATTRIBUTES 1023

/** Is this more than a name or namespace may have? @param text NULL: no */
static inline bool jingle__is_long(const char *text)
{
    return text && strlen(text) > JINGLE_NAME_MAX;
}

/** `for` over the children of an element, text included. */
/* What is declared cannot be in parentheses. NOLINTBEGIN(bugprone-macro-parentheses) */
#define JINGLE__EACH(child, element)                                                               \
    for (xmpp_stanza_t *child = xmpp_stanza_get_children(element); child;                          \
         child = xmpp_stanza_get_next(child))
/* NOLINTEND(bugprone-macro-parentheses) */

/** The attributes of an element that were not asked for yet. A look-up in libstrophe is a hash
 *  table's and not cheap; once all that there are have been found, the rest cost nothing. */
typedef struct {
    xmpp_stanza_t *element;
    int left;
} jingle__attrs_t;

static inline jingle__attrs_t jingle__attrs_of(xmpp_stanza_t *element)
{
    return (jingle__attrs_t){element, xmpp_stanza_get_attribute_count(element)};
}

/** Asks for one attribute, once. @return its value; NULL when absent */
static inline const char *jingle__attr(jingle__attrs_t *attrs, const char *name)
{
    const char *value = attrs->left > 0 ? xmpp_stanza_get_attribute(attrs->element, name) : NULL;

    if (value)
        attrs->left--;
    return value;
}

/** Lists the attributes that were not asked for.
 *  @param known names that were, NULL at the end; "xmlns" is never listed
 *  @return JINGLE_EOK, JINGLE_EMEM, JINGLE_ELIMIT */
int jingle__read_attrs(jingle__arena_t *arena, const jingle__attrs_t *attrs,
                       const char *const *known, jingle_foreign_t *foreign);

/** Elements that are kept, in order. */
typedef struct {
    xmpp_stanza_t **items;
    size_t n, cap;
} jingle__kept_t;

/** @return JINGLE_EOK, JINGLE_EMEM, JINGLE_ELIMIT */
int jingle__keep(jingle__arena_t *arena, jingle__kept_t *kept, xmpp_stanza_t *element);

/** The namespace an element is in when the one around it is in `around`: libstrophe's parser gives
 *  every element its own, elements made by hand inherit. */
static inline bool jingle__in_ns(xmpp_stanza_t *element, const char *ns, const char *around)
{
    const char *own = xmpp_stanza_get_ns(element);

    return strcmp(own ? own : around, ns) == 0;
}

/** A known child of which a struct keeps but the name, or one string: what else it says must not be
 *  lost. So when it says more, or when there is a second, the whole element is among the foreign
 *  children too, and the writer then leaves the field to it. */
typedef struct {
    xmpp_stanza_t *element; /**< NULL: not seen yet */
    bool kept;
} jingle__field_t;

/** Notes the first element of a field.
 *  @param plain the field says it all
 *  @return as jingle__keep() */
int jingle__field_first(jingle__arena_t *arena, jingle__kept_t *kept, jingle__field_t *field,
                        xmpp_stanza_t *element, bool plain);
/** Notes an element that is one too many. @return as jingle__keep() */
int jingle__field_second(jingle__arena_t *arena, jingle__kept_t *kept, jingle__field_t *field,
                         xmpp_stanza_t *element);

/** The text directly inside an element: borrowed when it is one piece, else put together.
 *  @param text  receives it; "" when there is none
 *  @param plain set to false when there are elements beside it; else left alone
 *  @return JINGLE_EOK or JINGLE_EMEM */
int jingle__read_text(jingle__arena_t *arena, xmpp_stanza_t *element, const char **text,
                      bool *plain);
/** The language of a `<text/>`, which libstrophe's parser calls "lang". */
const char *jingle__read_lang(jingle__attrs_t *attrs);
/** Is it nothing but white space? */
bool jingle__is_blank(const char *text);

#endif
