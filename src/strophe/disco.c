/* SPDX-License-Identifier: MIT */
/** @file
 *  What entities tell about themselves (XEP-0030 section 3.1), sorted as XEP-0115 wants it. */
#include "binding.h"

#include <stdlib.h>

#define MAX_PARTS 4096u /* identities and features of one entity */

static int compare_texts(const char *a, const char *b)
{
    return strcmp(a ? a : "", b ? b : "");
}

/** XEP-0115 section 5.1: by category, then by type, then by language. The name is no part of what
 *  tells two identities apart. */
static int compare_identities(const void *a, const void *b)
{
    const jingle_identity_t *one = a, *other = b;
    int order = compare_texts(one->category, other->category);

    if (order == 0)
        order = compare_texts(one->type, other->type);
    return order ? order : compare_texts(one->lang, other->lang);
}

static int compare_features(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

int jingle__doc_new(const xmpp_mem_t *mem, size_t n_identities, size_t n_features,
                    jingle__doc_t **out)
{
    size_t identities = n_identities * sizeof(jingle_identity_t),
           features = n_features * sizeof(const char *);
    jingle__doc_t *doc = jingle__bind_alloc(mem, sizeof *doc + identities + features);

    if (!doc)
        return JINGLE_EMEM;
    doc->identities = (jingle_identity_t *)(doc + 1);
    doc->features = (const char **)(doc->identities + n_identities);
    doc->disco.identities = doc->identities;
    doc->disco.features = doc->features;
    *out = doc;
    return JINGLE_EOK;
}

static size_t octets_of(const jingle__doc_t *doc)
{
    size_t octets = 0;

    for (size_t i = 0; i < doc->disco.n_identities; i++) {
        const jingle_identity_t *identity = &doc->identities[i];
        octets += strlen(identity->category) + strlen(identity->type) + 2;
        octets += identity->lang ? strlen(identity->lang) + 1 : 0;
        octets += identity->name ? strlen(identity->name) + 1 : 0;
    }
    for (size_t i = 0; i < doc->disco.n_features; i++)
        octets += strlen(doc->features[i]) + 1;
    return octets;
}

void jingle__doc_sort(jingle__doc_t *doc)
{
    jingle_disco_t *disco = &doc->disco;
    size_t kept = 0;

    if (disco->n_identities)
        qsort(doc->identities, disco->n_identities, sizeof *doc->identities, compare_identities);
    for (size_t i = 1; i < disco->n_identities; i++)
        if (compare_identities(&doc->identities[i - 1], &doc->identities[i]) == 0)
            doc->duplicates = true;
    if (disco->n_features)
        qsort(doc->features, disco->n_features, sizeof *doc->features, compare_features);
    for (size_t i = 0; i < disco->n_features; i++) {
        if (kept && strcmp(doc->features[kept - 1], doc->features[i]) == 0)
            doc->duplicates = true;
        else
            doc->features[kept++] = doc->features[i];
    }
    disco->n_features = kept;
    doc->octets = octets_of(doc);
}

static void take_element(jingle__doc_t *doc, xmpp_stanza_t *element)
{
    const char *name = xmpp_stanza_get_name(element);

    if (strcmp(name, "feature") == 0) {
        const char *var = xmpp_stanza_get_attribute(element, "var");
        if (var)
            doc->features[doc->disco.n_features++] = var;
    } else if (strcmp(name, "identity") == 0) {
        /* libstrophe drops the prefix of xml:lang in some versions. */
        const char *lang = xmpp_stanza_get_attribute(element, "xml:lang");
        jingle_identity_t identity = {.category = xmpp_stanza_get_attribute(element, "category"),
                                      .type = xmpp_stanza_get_attribute(element, "type"),
                                      .lang =
                                          lang ? lang : xmpp_stanza_get_attribute(element, "lang"),
                                      .name = xmpp_stanza_get_attribute(element, "name")};
        if (identity.category && identity.type)
            doc->identities[doc->disco.n_identities++] = identity;
    }
}

int jingle__doc_parse(const xmpp_mem_t *mem, xmpp_stanza_t *query, jingle__doc_t **out)
{
    size_t identities = 0, features = 0;
    xmpp_stanza_t *element;
    int err;

    if (!query)
        return JINGLE_EPROTO;
    for (element = jingle_element_child(query, NULL, NULL); element;
         element = jingle_element_next(element)) {
        identities += strcmp(xmpp_stanza_get_name(element), "identity") == 0;
        features += strcmp(xmpp_stanza_get_name(element), "feature") == 0;
    }
    if (identities + features > MAX_PARTS)
        return JINGLE_ELIMIT;
    err = jingle__doc_new(mem, identities, features, out);
    if (err)
        return err;
    for (element = jingle_element_child(query, NULL, NULL); element;
         element = jingle_element_next(element))
        take_element(*out, element);
    jingle__doc_sort(*out);
    return JINGLE_EOK;
}

static const char *copy_text(char **at, const char *text)
{
    size_t size = text ? strlen(text) + 1 : 0;
    const char *copy = text ? memcpy(*at, text, size) : NULL;

    *at += size;
    return copy;
}

jingle__doc_t *jingle__doc_copy(const xmpp_mem_t *mem, const jingle__doc_t *doc)
{
    const jingle_disco_t *disco = &doc->disco;
    /* Room for the strings, in whole pointers. */
    size_t extra = doc->octets / sizeof(char *) + 1;
    jingle__doc_t *copy;
    char *at;

    if (jingle__doc_new(mem, disco->n_identities, disco->n_features + extra, &copy) != JINGLE_EOK)
        return NULL;
    at = (char *)(copy->features + disco->n_features);
    for (size_t i = 0; i < disco->n_identities; i++) {
        const jingle_identity_t *from = &disco->identities[i];
        jingle_identity_t *to = &copy->identities[i];
        to->category = copy_text(&at, from->category);
        to->type = copy_text(&at, from->type);
        to->lang = copy_text(&at, from->lang);
        to->name = copy_text(&at, from->name);
    }
    for (size_t i = 0; i < disco->n_features; i++)
        copy->features[i] = copy_text(&at, disco->features[i]);
    copy->disco.n_identities = disco->n_identities;
    copy->disco.n_features = disco->n_features;
    copy->octets = doc->octets;
    return copy;
}

bool jingle_disco_has(const jingle_disco_t *disco, const char *feature)
{
    return disco && feature && disco->n_features &&
           bsearch(&feature, disco->features, disco->n_features, sizeof *disco->features,
                   compare_features);
}

/* ---- writing --------------------------------------------------------------------------------- */

static bool set(xmpp_stanza_t *element, const char *name, const char *value)
{
    return !value || xmpp_stanza_set_attribute(element, name, value) == XMPP_EOK;
}

/** Adds an empty element with up to four attributes. */
static int add_element(xmpp_stanza_t *parent, const char *name, const char *const attrs[4][2])
{
    xmpp_stanza_t *element = xmpp_stanza_new(xmpp_stanza_get_context(parent));
    bool ok = element && xmpp_stanza_set_name(element, name) == XMPP_EOK;

    for (size_t i = 0; ok && i < 4 && attrs[i][0]; i++)
        ok = set(element, attrs[i][0], attrs[i][1]);
    if (ok && xmpp_stanza_add_child_ex(parent, element, 0) == XMPP_EOK)
        return JINGLE_EOK;
    if (element)
        xmpp_stanza_release(element);
    return JINGLE_EMEM;
}

int jingle__disco_add_feature(xmpp_stanza_t *query, const char *feature)
{
    return add_element(query, "feature", (const char *const[4][2]){{"var", feature}});
}

int jingle__disco_add_identity(xmpp_stanza_t *query, const jingle_identity_t *identity)
{
    return add_element(query, "identity",
                       (const char *const[4][2]){{"category", identity->category},
                                                 {"type", identity->type},
                                                 {"xml:lang", identity->lang},
                                                 {"name", identity->name}});
}
