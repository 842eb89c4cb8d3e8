/* SPDX-License-Identifier: MIT */
/** @file
 *  What the tests of reading and writing share: the data of one `<jingle/>`. */
#ifndef TEST_UNIT_CORE_DATA_FIXTURE_H
#define TEST_UNIT_CORE_DATA_FIXTURE_H

#include "elements.h"

#define JINGLE(attrs, inside) "<jingle xmlns='urn:xmpp:jingle:1' " attrs ">" inside "</jingle>"

static xmpp_stanza_t *jingle;
static const jingle_data_t *data;

/** Reads into `data`, which tear_down_data() gives back. */
static inline void read_data(const char *xml)
{
    jingle = element(xml);
    ck_assert_int_eq(jingle_data_new(&mem.mem, jingle, &data), JINGLE_EOK);
}

static inline void free_data(void)
{
    jingle_data_free(data);
    data = NULL;
    if (jingle)
        xmpp_stanza_release(jingle);
    jingle = NULL;
}

static inline void tear_down_data(void)
{
    free_data();
    tear_down();
}

static inline char *write_data(const jingle_data_t *what)
{
    static char text[20000];
    char *xml = NULL;

    ck_assert_int_eq(jingle_data_to_xml(&mem.mem, what, &xml), JINGLE_EOK);
    ck_assert_uint_lt(strlen(xml), sizeof(text));
    memcpy(text, xml, strlen(xml) + 1);
    mem.mem.free(xml, &mem);
    return text;
}

static inline TCase *add_data_case(Suite *suite, const char *name)
{
    return add_case_with(suite, name, set_up, tear_down_data);
}

#endif
