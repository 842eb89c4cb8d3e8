/* SPDX-License-Identifier: MIT */
/** @file
 *  Which devices are available, and what capabilities their presence told (XEP-0115). */
#include "binding.h"

#include <stdlib.h>

const jingle__device_t *jingle__devices_find(const jingle__binding_t *binding, const char *jid)
{
    return jingle__map_get(&binding->devices, jid);
}

void jingle__devices_clear(jingle__binding_t *binding)
{
    while (binding->devices.len)
        jingle__bind_free(&binding->mem,
                          jingle__map_take_at(&binding->devices, binding->devices.len - 1));
}

/* ---- room ------------------------------------------------------------------------------------ */

static const jingle__device_t *device_at(const jingle__binding_t *binding, size_t index)
{
    return (const jingle__device_t *)binding->devices.entries[index];
}

static void drop_oldest(jingle__binding_t *binding, size_t from, size_t to)
{
    size_t oldest = from;

    for (size_t i = from + 1; i < to; i++)
        if (device_at(binding, i)->heard < device_at(binding, oldest)->heard)
            oldest = i;
    jingle__bind_free(&binding->mem, jingle__map_take_at(&binding->devices, oldest));
}

/** One account cannot crowd out the others. */
static void make_room(jingle__binding_t *binding, const char *jid)
{
    size_t to = jingle__map_lower(&binding->devices, jid), from = to;

    while (from > 0 && jingle__jid_same_account(device_at(binding, from - 1)->keyed.key, jid))
        from--;
    while (to < binding->devices.len &&
           jingle__jid_same_account(device_at(binding, to)->keyed.key, jid))
        to++;
    if (to - from >= JINGLE__DEVICES_PER_ACCOUNT)
        drop_oldest(binding, from, to);
    else if (binding->devices.len >= JINGLE__DEVICES)
        drop_oldest(binding, 0, binding->devices.len);
}

/* ---- presences ------------------------------------------------------------------------------- */

static int read_priority(xmpp_stanza_t *presence)
{
    xmpp_stanza_t *element = jingle_element_child(presence, "priority", NULL);
    long priority = element ? strtol(jingle_element_text(element), NULL, 10) : 0;

    /* RFC 6121 section 4.7.2.3 */
    return priority < -128 ? -128 : priority > 127 ? 127 : (int)priority;
}

/** Capabilities that cannot be verified are none (XEP-0115 sections 4 and 5.4). */
static jingle__caps_id_t read_caps(xmpp_stanza_t *presence)
{
    xmpp_stanza_t *c = jingle_element_child(presence, "c", JINGLE_NS_CAPS);
    jingle__caps_id_t none = {.hash = JINGLE__HASH_NONE, .node = "", .ver = ""}, id;

    if (!c)
        return none;
    id.hash = jingle__hash_from_name(xmpp_stanza_get_attribute(c, "hash"));
    id.node = xmpp_stanza_get_attribute(c, "node");
    id.ver = xmpp_stanza_get_attribute(c, "ver");
    if (id.hash == JINGLE__HASH_NONE || !id.node || !*id.node || strlen(id.node) > 1024 ||
        !id.ver || !*id.ver || strlen(id.ver) >= JINGLE__VER_SIZE)
        return none;
    return id;
}

/** One block: the struct, then the strings. */
static jingle__device_t *new_device(const xmpp_mem_t *mem, const char *jid,
                                    const jingle__caps_id_t *caps)
{
    size_t jid_size = strlen(jid) + 1, node_size = strlen(caps->node) + 1,
           ver_size = strlen(caps->ver) + 1;
    jingle__device_t *device =
        jingle__bind_alloc(mem, sizeof *device + jid_size + node_size + ver_size);
    char *at;

    if (!device)
        return NULL;
    at = (char *)(device + 1);
    device->keyed.key = memcpy(at, jid, jid_size);
    device->caps.hash = caps->hash;
    device->caps.node = memcpy(at + jid_size, caps->node, node_size);
    device->caps.ver = memcpy(at + jid_size + node_size, caps->ver, ver_size);
    return device;
}

static bool same_caps(const jingle__caps_id_t *a, const jingle__caps_id_t *b)
{
    return a->hash == b->hash && strcmp(a->ver, b->ver) == 0 && strcmp(a->node, b->node) == 0;
}

static jingle__device_t *update(jingle__binding_t *binding, const char *jid,
                                const jingle__caps_id_t *caps)
{
    jingle__device_t *device = jingle__map_get(&binding->devices, jid);

    if (device && same_caps(&device->caps, caps))
        return device;
    jingle__bind_free(&binding->mem, jingle__map_take(&binding->devices, jid));
    make_room(binding, jid);
    device = new_device(&binding->mem, jid, caps);
    if (device && jingle__map_add(&binding->devices, &binding->mem, &device->keyed))
        return device;
    jingle__bind_free(&binding->mem, device);
    return NULL;
}

void jingle__devices_presence(jingle__binding_t *binding, xmpp_stanza_t *presence, const char *from,
                              bool available)
{
    jingle__caps_id_t caps;
    jingle__device_t *device;

    if (!available) {
        jingle__bind_free(&binding->mem, jingle__map_take(&binding->devices, from));
        return;
    }
    caps = read_caps(presence);
    device = update(binding, from, &caps);
    if (!device)
        return; /* out of memory: it will be asked when it is needed */
    device->priority = read_priority(presence);
    device->heard = ++binding->serial;
}

bool jingle_next_device(const jingle_t *jingle, const char *bare, const char *after,
                        jingle_device_t *out)
{
    const jingle__binding_t *binding = jingle__binding_get(jingle);
    char prefix[JINGLE__JID_SIZE + 1];
    const jingle__device_t *device;
    size_t len;

    if (!binding || !out || !jingle__jid_fold(bare, prefix) || strchr(prefix, '/'))
        return false;
    len = strlen(prefix);
    prefix[len++] = '/';
    prefix[len] = '\0';
    for (size_t i = jingle__map_lower(&binding->devices, after ? after : prefix);
         i < binding->devices.len; i++) {
        device = device_at(binding, i);
        if (strncmp(device->keyed.key, prefix, len) != 0)
            return false;
        if ((after && strcmp(device->keyed.key, after) == 0) ||
            (binding->own && strcmp(device->keyed.key, binding->own) == 0))
            continue;
        *out = (jingle_device_t){.jid = device->keyed.key, .priority = device->priority};
        return true;
    }
    return false;
}
