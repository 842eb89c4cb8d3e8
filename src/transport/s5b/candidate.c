/* SPDX-License-Identifier: MIT */
/** @file
 *  Candidates, XEP-0260 sections 2.1 and 2.2: kept, read and written. */
#include "s5b.h"

#include <stdio.h>

#define DEFAULT_PORT 1080u
#define HOST_MAX 255u

static const char *const type_names[] = {[S5B_DIRECT] = "direct",
                                         [S5B_ASSISTED] = "assisted",
                                         [S5B_TUNNEL] = "tunnel",
                                         [S5B_PROXY] = "proxy"};

uint32_t jingle__s5b_priority(jingle__s5b_type_t type, unsigned local)
{
    /* XEP-0260 section 2.2 */
    static const uint32_t preferences[] = {
        [S5B_DIRECT] = 126, [S5B_ASSISTED] = 120, [S5B_TUNNEL] = 110, [S5B_PROXY] = 10};

    return preferences[type] << 16 | (local & 0xffff);
}

static bool grow(const xmpp_mem_t *mem, jingle__s5b_candidates_t *all)
{
    size_t size = all->size ? 2 * all->size : 8;
    jingle__s5b_candidate_t *list;

    if (all->len < all->size)
        return true;
    list = mem->alloc(size * sizeof *list, mem->userdata);
    if (!list)
        return false;
    if (all->list) {
        memcpy(list, all->list, all->len * sizeof *list);
        mem->free(all->list, mem->userdata);
    }
    all->list = list;
    all->size = size;
    return true;
}

int jingle__s5b_candidate_add(const xmpp_mem_t *mem, jingle__s5b_candidates_t *to,
                              const jingle__s5b_candidate_t *one)
{
    size_t cid = strlen(one->cid) + 1, host = strlen(one->host) + 1, jid = strlen(one->jid) + 1, at;
    jingle__s5b_candidate_t copy = *one;

    if (!grow(mem, to) || !(copy.cid = mem->alloc(cid + host + jid, mem->userdata)))
        return JINGLE_EMEM;
    memcpy(copy.cid, one->cid, cid);
    copy.host = memcpy(copy.cid + cid, one->host, host);
    copy.jid = memcpy(copy.host + host, one->jid, jid);
    /* The highest priority first; among equals as they came. */
    for (at = to->len++; at > 0 && to->list[at - 1].priority < copy.priority; at--)
        to->list[at] = to->list[at - 1];
    to->list[at] = copy;
    return JINGLE_EOK;
}

void jingle__s5b_candidates_clear(const xmpp_mem_t *mem, jingle__s5b_candidates_t *all)
{
    for (size_t i = 0; i < all->len; i++)
        mem->free(all->list[i].cid, mem->userdata);
    if (all->list)
        mem->free(all->list, mem->userdata);
    *all = (jingle__s5b_candidates_t){0};
}

const jingle__s5b_candidate_t *jingle__s5b_candidate_find(const jingle__s5b_candidates_t *all,
                                                          const char *cid)
{
    for (size_t i = 0; cid && i < all->len; i++)
        if (strcmp(all->list[i].cid, cid) == 0)
            return &all->list[i];
    return NULL;
}

/* ---- XML ------------------------------------------------------------------------------------ */

static bool read_number(const char *text, uint64_t max, uint64_t *number)
{
    uint64_t value = 0;

    if (!text || !*text)
        return false;
    for (; *text; text++) {
        if (*text < '0' || *text > '9' || value > max)
            return false;
        value = 10 * value + (uint64_t)(*text - '0');
    }
    *number = value;
    return value <= max;
}

static bool read_type(const char *name, jingle__s5b_type_t *type)
{
    *type = S5B_DIRECT; /* XEP-0260 section 2.2: the default */
    for (int i = S5B_DIRECT; name && i <= S5B_PROXY; i++)
        if (strcmp(name, type_names[i]) == 0) {
            *type = (jingle__s5b_type_t)i;
            return true;
        }
    return !name;
}

/** @return JINGLE_EOK, JINGLE_EPROTO, or JINGLE_ENOENT for one that we cannot use */
static int read_one(xmpp_stanza_t *element, jingle__s5b_candidate_t *out)
{
    const char *cid = xmpp_stanza_get_attribute(element, "cid"),
               *host = xmpp_stanza_get_attribute(element, "host");
    const char *jid = xmpp_stanza_get_attribute(element, "jid"),
               *port = xmpp_stanza_get_attribute(element, "port");
    uint64_t priority, number = DEFAULT_PORT;

    /* Psi names no JID with an address of its own; that of theirs is of no use to us anyway. */
    if (!cid || !*cid || !host ||
        !read_number(xmpp_stanza_get_attribute(element, "priority"), UINT32_MAX, &priority))
        return JINGLE_EPROTO;
    if ((port && !read_number(port, 65535, &number)) || !number || !*host ||
        strlen(host) > HOST_MAX ||
        !read_type(xmpp_stanza_get_attribute(element, "type"), &out->type))
        return JINGLE_ENOENT;
    out->cid = (char *)(uintptr_t)cid;
    out->host = (char *)(uintptr_t)host;
    out->jid = (char *)(uintptr_t)(jid ? jid : "");
    out->priority = (uint32_t)priority;
    out->port = (uint16_t)number;
    return JINGLE_EOK;
}

int jingle__s5b_candidates_read(const xmpp_mem_t *mem, xmpp_stanza_t *transport,
                                jingle__s5b_candidates_t *all)
{
    xmpp_stanza_t *element = jingle_element_child(transport, "candidate", NULL);
    size_t seen = 0;

    for (; element; element = jingle_element_next(element)) {
        jingle__s5b_candidate_t one = {0};
        int err;
        if (strcmp(xmpp_stanza_get_name(element), "candidate") != 0)
            continue;
        if (++seen > JINGLE__S5B_CANDIDATES)
            return JINGLE_ELIMIT;
        err = read_one(element, &one);
        if (err == JINGLE_EOK && jingle__s5b_candidate_find(all, one.cid))
            err = JINGLE_ENOENT; /* the same again */
        if (err == JINGLE_EOK)
            err = jingle__s5b_candidate_add(mem, all, &one);
        if (err && err != JINGLE_ENOENT)
            return err;
    }
    return JINGLE_EOK;
}

static int set_number(xmpp_stanza_t *element, const char *name, uint32_t number)
{
    char text[16];

    snprintf(text, sizeof text, "%u", (unsigned)number);
    return xmpp_stanza_set_attribute(element, name, text);
}

int jingle__s5b_candidates_write(xmpp_ctx_t *ctx, const jingle__s5b_candidates_t *all,
                                 xmpp_stanza_t *transport)
{
    for (size_t i = 0; i < all->len; i++) {
        const jingle__s5b_candidate_t *one = &all->list[i];
        xmpp_stanza_t *element = xmpp_stanza_new(ctx);
        int err = !element;
        err = err || xmpp_stanza_set_name(element, "candidate") ||
              xmpp_stanza_set_attribute(element, "cid", one->cid) ||
              xmpp_stanza_set_attribute(element, "host", one->host) ||
              xmpp_stanza_set_attribute(element, "jid", one->jid) ||
              set_number(element, "port", one->port) ||
              set_number(element, "priority", one->priority) ||
              xmpp_stanza_set_attribute(element, "type", type_names[one->type]) ||
              xmpp_stanza_add_child(transport, element);
        if (element)
            xmpp_stanza_release(element);
        if (err)
            return JINGLE_EMEM;
    }
    return JINGLE_EOK;
}
