/* SPDX-License-Identifier: MIT */
/** @file
 *  Those who connect to us. One listening socket serves all streams of a manager; who connects says
 *  by the hash which stream is meant. Until then a guest costs little, and not for long. */
#include "s5b.h"

#include <stddef.h>

#define GUESTS_MAX 64u
#define GUEST_MS 10000u

struct jingle__s5b_guest {
    jingle__s5b_module_t *module;
    jingle__s5b_guest_t *prev, *next;
    jingle_net_t *net;
    jingle_socket_t *socket;
    jingle_timer_t *timer;
    jingle__socks_t socks;
};

/* ---- guests --------------------------------------------------------------------------------- */

/** @param keep the socket has found its stream */
static void dismiss(jingle__s5b_guest_t *guest, bool keep)
{
    jingle__s5b_module_t *module = guest->module;

    jingle_timer_cancel(guest->timer);
    if (!keep)
        guest->net->close(guest->net, guest->socket);
    DL_DELETE(module->guests, guest);
    module->n_guests--;
    module->mem.free(guest, module->mem.userdata);
}

static void too_late(jingle_t *jingle, void *userdata)
{
    jingle__s5b_guest_t *guest = userdata;

    (void)jingle;
    guest->timer = NULL;
    dismiss(guest, false);
}

static jingle__s5b_arrival_t *free_place(jingle__s5b_stream_t *stream)
{
    for (size_t i = 0; i < JINGLE__S5B_ARRIVALS; i++)
        if (!stream->arrivals[i].socket)
            return &stream->arrivals[i];
    return NULL;
}

static jingle__s5b_stream_t *find_stream(const jingle__s5b_module_t *module, const char *hash)
{
    jingle__s5b_key_t *key;
    size_t len = strlen(hash);
    unsigned value = (unsigned)jingle_hash(module->jingle, hash, len);

    HASH_FIND_BYHASHVALUE(hh, module->keys, hash, len, value, key);
    return key ? key->stream : NULL;
}

static bool flush(jingle__s5b_guest_t *guest)
{
    jingle__socks_t *socks = &guest->socks;
    long sent = socks->out_len
                    ? guest->net->send(guest->net, guest->socket, socks->out, socks->out_len)
                    : 0;
    bool whole = sent >= 0 && (size_t)sent == socks->out_len;

    socks->out_len = 0;
    return whole;
}

static void arrival_closed(jingle_socket_t *socket, int err, void *userdata)
{
    jingle__s5b_stream_t *stream = userdata;

    (void)err;
    for (size_t i = 0; i < JINGLE__S5B_ARRIVALS; i++)
        if (stream->arrivals[i].socket == socket) {
            stream->arrivals[i].socket = NULL;
            stream->net->close(stream->net, socket);
        }
}

static const jingle_socket_events_t waiting = {NULL, NULL, NULL, arrival_closed};

/** The stream takes the socket; it is not read until it is chosen. */
static void arrive(jingle__s5b_guest_t *guest, jingle__s5b_stream_t *stream,
                   jingle__s5b_arrival_t *place)
{
    jingle_net_t *net = guest->net;

    place->socket = guest->socket;
    if (net->get_address(net, guest->socket, place->address, sizeof place->address) != JINGLE_EOK)
        place->address[0] = '\0';
    net->pause(net, guest->socket, true);
    net->set_events(net, guest->socket, &waiting, stream);
    dismiss(guest, true);
}

static void on_data(jingle_socket_t *socket, const void *data, size_t len, void *userdata)
{
    jingle__s5b_guest_t *guest = userdata;
    jingle__s5b_stream_t *stream = NULL;
    jingle__s5b_arrival_t *place = NULL;
    size_t used = 0;
    jingle__socks_state_t state = jingle__socks_server_feed(&guest->socks, data, len, &used);

    (void)socket;
    /* Nothing may follow the request before it is answered. */
    if (state == SOCKS_DONE && used == len) {
        stream = find_stream(guest->module, guest->socks.hash);
        place = stream && !stream->socket ? free_place(stream) : NULL;
        jingle__socks_server_answer(&guest->socks, place != NULL);
    }
    if (!flush(guest) || (state != SOCKS_MORE && !place))
        dismiss(guest, false);
    else if (place)
        arrive(guest, stream, place);
}

static void on_closed(jingle_socket_t *socket, int err, void *userdata)
{
    (void)socket, (void)err;
    dismiss(userdata, false);
}

static const jingle_socket_events_t handshake = {NULL, on_data, NULL, on_closed};

/** Who has waited longest makes room, those who have not even greeted first: rubbish cannot keep the
 *  one out who is meant. */
static jingle__s5b_guest_t *least_worth(const jingle__s5b_module_t *module)
{
    jingle__s5b_guest_t *guest;

    DL_FOREACH(module->guests, guest)
    if (guest->socks.step == 0)
        return guest;
    return module->guests;
}

static void on_accept(jingle_net_t *net, jingle_socket_t *socket, void *userdata)
{
    jingle__s5b_module_t *module = userdata;
    jingle__s5b_guest_t *guest;

    if (module->n_guests >= GUESTS_MAX)
        dismiss(least_worth(module), false);
    guest = module->mem.alloc(sizeof *guest, module->mem.userdata);
    if (!guest) {
        net->close(net, socket);
        return;
    }
    *guest = (jingle__s5b_guest_t){.module = module, .net = net, .socket = socket};
    jingle__socks_server(&guest->socks);
    DL_APPEND(module->guests, guest);
    module->n_guests++;
    net->set_events(net, socket, &handshake, guest);
    if (jingle_timer_start(module->jingle, GUEST_MS, too_late, guest, &guest->timer) != JINGLE_EOK)
        dismiss(guest, false);
}

/* ---- streams that can be reached ------------------------------------------------------------- */

static int add_key(jingle__s5b_stream_t *stream, jingle__s5b_key_t *key, const char *hash)
{
    jingle__s5b_module_t *module = stream->module;
    const xmpp_mem_t *uthash_mem = &module->mem;
    size_t len = JINGLE__S5B_HASH_SIZE - 1;
    unsigned value = (unsigned)jingle_hash(module->jingle, hash, len);

    memcpy(key->hash, hash, JINGLE__S5B_HASH_SIZE);
    key->stream = stream;
    HASH_ADD_KEYPTR_BYHASHVALUE(hh, module->keys, key->hash, len, value, key);
    return key->hh.tbl ? JINGLE_EOK : JINGLE_EMEM;
}

static void remove_key(jingle__s5b_stream_t *stream, jingle__s5b_key_t *key)
{
    const xmpp_mem_t *uthash_mem = &stream->module->mem;

    if (key->hh.tbl && stream->module->keys)
        HASH_DEL(stream->module->keys, key);
    key->hh.tbl = NULL;
}

/** Both orders of the JIDs in the hash: XEP-0260 leaves it open for direct candidates, and
 *  implementations differ. */
static int add_keys(jingle__s5b_stream_t *stream)
{
    int err = add_key(stream, &stream->keys[0], stream->own_hash);

    if (!err && strcmp(stream->own_hash, stream->peer_hash) != 0)
        err = add_key(stream, &stream->keys[1], stream->peer_hash);
    return err;
}

int jingle__s5b_listen(jingle__s5b_stream_t *stream)
{
    jingle__s5b_module_t *module = stream->module;
    jingle_net_t *net = stream->net;
    int err = JINGLE_EOK;

    if (stream->listening)
        return JINGLE_EOK;
    if (!module->listener)
        err = net->listen(net, NULL, module->port, on_accept, module, &module->listener);
    if (!err)
        err = add_keys(stream);
    if (err) {
        remove_key(stream, &stream->keys[0]);
        remove_key(stream, &stream->keys[1]);
        if (!module->n_listening)
            jingle__s5b_listener_stop(module);
        return err;
    }
    module->n_listening++;
    stream->listening = true;
    return JINGLE_EOK;
}

void jingle__s5b_unlisten(jingle__s5b_stream_t *stream)
{
    if (!stream->listening)
        return;
    stream->listening = false;
    remove_key(stream, &stream->keys[0]);
    remove_key(stream, &stream->keys[1]);
    if (--stream->module->n_listening == 0)
        jingle__s5b_listener_stop(stream->module);
}

void jingle__s5b_listener_stop(jingle__s5b_module_t *module)
{
    jingle_net_t *net = module->listener || module->guests ? jingle_get_net(module->jingle) : NULL;

    while (module->guests)
        dismiss(module->guests, false);
    if (module->listener)
        net->close(net, module->listener);
    module->listener = NULL;
    if (module->map)
        jingle__s5b_unmap(module);
}
