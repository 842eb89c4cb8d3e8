/* SPDX-License-Identifier: MIT */
/** @file
 *  s5b: file transfer over SOCKS5 bytestreams, and in-band ones after them, on a virtual network,
 * against a peer that says and connects anything, and a program that does anything inside its
 * callbacks. Checked: as for ibb; no socket and no look-up is left when the last session is over. */
#include "s5b_target.h"

#include <string.h>

s5b_world_t *s5b;

/* ---- the program ---------------------------------------------------------------------------- */

static void send_or_request(jingle_session_t *session, uint8_t what, uint8_t which)
{
    transfer_receipt_t *receipt = what & 1 ? transfer_receipt(UINT64_MAX) : NULL;
    const char *name = which & 0x20 ? "d" : "c", *sid = which & 0x40 ? "b" : "a",
               *only = which & 0x10 ? JINGLE_NS_S5B_TRANSPORT : NULL;
    const jingle_send_file_t *send =
        JINGLE_SEND_FILE(.name = "n", .read = transfer_read, .file_size = TRANSFER_SENT,
                         .content_name = name, .transport = only,
                         .session = JINGLE_SESSION(.sid = sid));
    const jingle_request_file_t *request =
        JINGLE_REQUEST_FILE(.name = "n", .write = transfer_write, .finish = transfer_on_finish,
                            .userdata = receipt, .content_name = name, .transport = only,
                            .session = JINGLE_SESSION(.sid = sid));
    jingle_session_t *made = NULL;
    jingle_file_t *file = NULL;
    int err;

    if (session && receipt)
        err = jingle_session_add_request(session, request, &file);
    else if (session)
        err = jingle_session_add_file(session, NULL, send, &file);
    else if (receipt)
        err = jingle_request_file(transfer->jingle, TRANSFER_PEER, request, &made);
    else
        err = jingle_send_file(transfer->jingle, TRANSFER_PEER, NULL, send, &made);
    if (!err && made)
        file = jingle_session_get_file(made, 0);
    if (!err && file)
        transfer_keep(file);
}

static void do_file(jingle_file_t *file, uint8_t what)
{
    switch (what % 6) {
    case 0:
        jingle_file_pause(file, true);
        break;
    case 1:
        jingle_file_pause(file, false);
        break;
    case 2:
        jingle_file_cancel(file, "no");
        break;
    case 3:
        jingle_file_decline(file, NULL);
        break;
    case 4:
        if (file)
            transfer_accept(file);
        break;
    default:
        jingle_file_provide(
            file, NULL,
            JINGLE_SEND_FILE(.name = "n", .read = transfer_read, .file_size = TRANSFER_SENT));
        break;
    }
}

static void do_session(jingle_session_t *session, uint8_t what, uint8_t which)
{
    jingle_content_t *content = jingle_session_next_content(session, NULL);
    static const char *const transports[] = {NULL, JINGLE_NS_S5B_TRANSPORT, JINGLE_NS_IBB_TRANSPORT,
                                             NULL};

    if (content && which & 8)
        content = jingle_session_next_content(session, content);
    switch (what % 8) {
    case 0:
        jingle_content_replace_transport(content, transports[which % 4]);
        break;
    case 1:
        jingle_content_remove(content, NULL);
        break;
    case 2:
        jingle_content_modify(content, (jingle_senders_t)(which % 4));
        break;
    case 3:
        jingle_content_accept(content);
        break;
    case 4:
        jingle_content_reject(content, NULL);
        break;
    case 5:
        jingle_session_end(session, JINGLE_END(.silent = which & 1));
        break;
    default:
        send_or_request(session, what / 8, which);
        break;
    }
}

static void do_manager(uint8_t what, uint8_t which)
{
    jingle_t *jingle = transfer->jingle;

    switch (what % 8) {
    case 0:
        jingle_set_s5b_relay_only(jingle, which & 1);
        break;
    case 1:
        jingle_s5b_mapped(jingle, which & 1 ? "198.51.100.99" : NULL, 1 + which);
        break;
    case 2:
        jingle_end_all_sessions(jingle, JINGLE_END(.silent = which & 1));
        break;
    case 3:
        if (which % 8 == 7) {
            transfer->jingle = NULL;
            jingle_free(jingle);
        }
        break;
    default:
        send_or_request(NULL, what / 8, which);
        break;
    }
}

static void act(uint8_t what, uint8_t which)
{
    jingle_session_t *session =
        jingle_find_session(transfer->jingle, NULL, TRANSFER_PEER, which & 0x40 ? "b" : "a");

    if (!transfer->jingle)
        return;
    if (what % 4 == 1)
        do_file(transfer_file(which), what / 4);
    else if (what % 4 == 2)
        do_session(session, what / 4, which);
    else if (what % 4 == 3)
        do_manager(what / 4, which);
}

/** Of each pair the first says what is done and, at random to the callback, whether it fails. */
static bool call_back(void)
{
    uint8_t what = 0, which = 0;

    if (s5b->n_plan > 1 && s5b->depth < 3) {
        which = s5b->plan[--s5b->n_plan];
        what = s5b->plan[--s5b->n_plan];
        s5b->depth++;
        act(what, which);
        s5b->depth--;
    }
    return what < 0xf0;
}

static void on_map(jingle_t *jingle, uint16_t port, bool wanted, void *userdata)
{
    (void)jingle, (void)port, (void)wanted, (void)userdata;
    call_back();
}

static bool may_offer(jingle_session_t *session, const char *address, void *userdata)
{
    (void)session, (void)userdata;
    return call_back() && strncmp(address, "127.", 4) != 0;
}

/* ---- the world ------------------------------------------------------------------------------ */

static void begin(uint8_t flags)
{
    const jingle_s5b_proxy_t proxy = {S5B_PROXY_JID, flags & 4 ? "peer.test" : "203.0.113.9", 1080};

    transfer_begin(&s5b->transfer, 2);
    transfer->look = s5b_look;
    transfer->call_back = call_back;
    transfer->fill = s5b_fill;
    s5b_net(flags);
    FUZZ_CHECK(!jingle_set_net(transfer->jingle, s5b->own));
    FUZZ_CHECK(!jingle_register_s5b(
        transfer->jingle,
        JINGLE_S5B(.proxies = &proxy, .n_proxies = flags & 1, .relay_only = flags & 2,
                   .find_no_proxies = !(flags & 8), .map = flags & 0x10 ? on_map : NULL,
                   .may_offer = flags & 0x20 ? may_offer : NULL)));
    transfer_register(flags & 0x10);
}

static void pass(uint64_t ms)
{
    transfer->now += ms;
    jingle_tick(transfer->jingle, transfer->now);
    vnet_run(&s5b->vnet, NULL);
}

/** Whatever was going on, a while after the last session's end no socket is left. */
static void check_sockets(void)
{
    size_t n = COUNT(s5b->listeners);

    s5b->n_plan = 0;
    test_mem_fail_at(&transfer->mem, 0, false);
    jingle_end_all_sessions(transfer->jingle, NULL);
    for (unsigned i = 0; i < 4; i++)
        pass(70000);
    for (size_t i = 0; i < S5B_LINKS; i++)
        n += s5b->links[i].socket != NULL;
    for (size_t i = 0; i < S5B_LOOKUPS; i++)
        FUZZ_CHECK(!s5b->lookups[i].fn);
    FUZZ_CHECK(jingle_count_sessions(transfer->jingle) == 0);
    FUZZ_CHECK(s5b->vnet.n_open == n);
}

static void perform(const fuzz_record_t *record, fuzz_input_t *in)
{
    static const uint16_t times[] = {0, 10, 200, 600, 1000, 5000, 20000, 60000};

    switch (record->kind) {
    case FUZZ_ACTION:
        s5b_action(record, in);
        break;
    case FUZZ_INFO:
        s5b_info(record, in);
        break;
    case FUZZ_SOCKET:
        s5b_socket(record);
        break;
    case FUZZ_BEHAVE:
        s5b->how = record->octet[0];
        break;
    case FUZZ_TICK:
        pass(times[record->octet[0] % 8]);
        break;
    case FUZZ_FILE_DATA:
        act(record->octet[0], record->octet[1]);
        break;
    case FUZZ_PLAN:
        s5b->n_plan = 0;
        for (unsigned i = 0; i < 6; i++)
            s5b->plan[s5b->n_plan++] = record->octet[i % 3];
        break;
    default:
        transfer_perform(record, in);
        break;
    }
}

void fuzz_s5b(const uint8_t *data, size_t len)
{
    static s5b_world_t zero;
    s5b_world_t here = zero;
    fuzz_input_t in = {.at = data, .end = data + len};
    uint8_t flags = fuzz_octet(&in);
    fuzz_record_t record;

    s5b = &here;
    begin(flags);
    while (fuzz_next(&in, &record))
        perform(&record, &in);
    if (!(flags & 0x80))
        check_sockets();
    s5b->n_plan = 0;
    transfer_finish();
    s5b->peer->free(s5b->peer);
    FUZZ_CHECK(s5b->vnet.n_open == 0);
}
