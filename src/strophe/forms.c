/* SPDX-License-Identifier: MIT */
/** @file
 *  Forms in disco#info (XEP-0128), in the order in which entity capabilities hash them (XEP-0115
 *  section 5.1, points 6 and 7). */
#include "binding.h"

#include <stdlib.h>

#define NS_FORMS "jabber:x:data"
#define MAX_FORMS 64u
#define MAX_FIELDS 1024u
#define MAX_VALUES 4096u /* of one field */

/** An element with what it is sorted by. */
typedef struct {
    const char *key;
    xmpp_stanza_t *element;
} item_t;

typedef struct {
    const xmpp_mem_t *mem;
    void (*add)(void *sink, const char *string);
    void *sink;
} walk_t;

static int compare_items(const void *a, const void *b)
{
    return strcmp(((const item_t *)a)->key, ((const item_t *)b)->key);
}

static void sort(item_t *items, size_t n)
{
    if (n > 1)
        qsort(items, n, sizeof *items, compare_items);
}

static xmpp_stanza_t *next_named(xmpp_stanza_t *element, const char *name)
{
    while (element && strcmp(xmpp_stanza_get_name(element), name) != 0)
        element = jingle_element_next(element);
    return element;
}

static xmpp_stanza_t *first_named(xmpp_stanza_t *parent, const char *name)
{
    return next_named(jingle_element_child(parent, NULL, NULL), name);
}

/** Lists the children of a name. @param key gives what one is sorted by; NULL: leave it out */
static int list(const walk_t *walk, xmpp_stanza_t *parent, const char *name,
                const char *(*key)(xmpp_stanza_t *), size_t max, item_t **items, size_t *n)
{
    size_t count = 0;
    xmpp_stanza_t *element;

    *n = 0;
    *items = NULL;
    for (element = first_named(parent, name); element;
         element = next_named(jingle_element_next(element), name))
        count++;
    if (count > max)
        return JINGLE_EPROTO;
    if (count == 0)
        return JINGLE_EOK;
    *items = jingle__bind_alloc(walk->mem, count * sizeof **items);
    if (!*items)
        return JINGLE_EMEM;
    for (element = first_named(parent, name); element;
         element = next_named(jingle_element_next(element), name)) {
        const char *by = key(element);
        if (by)
            (*items)[(*n)++] = (item_t){.key = by, .element = element};
    }
    return JINGLE_EOK;
}

static const char *var_of(xmpp_stanza_t *field)
{
    return xmpp_stanza_get_attribute(field, "var");
}

static const char *value_of(xmpp_stanza_t *value)
{
    return jingle_element_text(value);
}

static bool is_form_type(xmpp_stanza_t *field)
{
    const char *var = var_of(field);

    return var && strcmp(var, "FORM_TYPE") == 0;
}

/** @return the form's type; NULL for a form that is no extension of service discovery: it is passed
 *          over (XEP-0115 section 5.4) */
static const char *form_type(xmpp_stanza_t *form)
{
    xmpp_stanza_t *field = first_named(form, "field"), *value;
    const char *ns = jingle_element_ns(form), *hidden;

    while (field && !is_form_type(field))
        field = next_named(jingle_element_next(field), "field");
    hidden = field ? xmpp_stanza_get_type(field) : NULL;
    value = field ? first_named(field, "value") : NULL;
    if (!value || !hidden || strcmp(hidden, "hidden") != 0 || strcmp(ns, NS_FORMS) != 0)
        return NULL;
    return value_of(value);
}

/** XEP-0115 section 5.4: a FORM_TYPE with values that differ makes the whole answer ill-formed. */
static bool is_ambiguous(xmpp_stanza_t *form, const char *type)
{
    for (xmpp_stanza_t *field = first_named(form, "field"); field;
         field = next_named(jingle_element_next(field), "field"))
        for (xmpp_stanza_t *value = is_form_type(field) ? first_named(field, "value") : NULL; value;
             value = next_named(jingle_element_next(value), "value"))
            if (strcmp(value_of(value), type) != 0)
                return true;
    return false;
}

static int add_field(const walk_t *walk, const item_t *field)
{
    item_t *values;
    size_t n;
    int err = list(walk, field->element, "value", value_of, MAX_VALUES, &values, &n);

    if (err)
        return err;
    walk->add(walk->sink, field->key);
    sort(values, n);
    for (size_t i = 0; i < n; i++)
        walk->add(walk->sink, values[i].key);
    jingle__bind_free(walk->mem, values);
    return JINGLE_EOK;
}

static int add_form(const walk_t *walk, const item_t *form)
{
    item_t *fields;
    size_t n;
    int err;

    if (is_ambiguous(form->element, form->key))
        return JINGLE_EPROTO;
    err = list(walk, form->element, "field", var_of, MAX_FIELDS, &fields, &n);
    if (err)
        return err;
    walk->add(walk->sink, form->key);
    sort(fields, n);
    for (size_t i = 0; !err && i < n; i++)
        if (strcmp(fields[i].key, "FORM_TYPE") != 0)
            err = add_field(walk, &fields[i]);
    jingle__bind_free(walk->mem, fields);
    return err;
}

int jingle__forms_each(const xmpp_mem_t *mem, xmpp_stanza_t *query,
                       void (*add)(void *sink, const char *string), void *sink)
{
    walk_t walk = {.mem = mem, .add = add, .sink = sink};
    item_t *forms;
    size_t n;
    int err = list(&walk, query, "x", form_type, MAX_FORMS, &forms, &n);

    if (err)
        return err;
    sort(forms, n);
    for (size_t i = 0; !err && i < n; i++) {
        if (i > 0 && strcmp(forms[i - 1].key, forms[i].key) == 0)
            err = JINGLE_EPROTO;
        else
            err = add_form(&walk, &forms[i]);
    }
    jingle__bind_free(mem, forms);
    return err;
}
