/* SPDX-License-Identifier: MIT */
/** @file
 *  ibb: file transfer over in-band bytestreams against a peer that does anything. Checked: each
 * request gets one answer; data arrives once, in order, and no more of it than was announced; nothing
 * is told of a file after its end; all memory is back. */
#include <string.h>

#include "transfer.h"

/* An offer or an answer: a content with a file and an in-band transport, then whatever records say.
 */
static void feed_file(const fuzz_record_t *record, fuzz_input_t *in)
{
    static const char *const actions[] = {
        "session-initiate", "session-accept",    "session-info",   "session-terminate",
        "content-add",      "transport-replace", "transport-info", "transport-accept"};
    static const char *const sizes[] = {"16", "3000", "70000", "0"};
    xmpp_stanza_t *jingle, *content, *file, *transport;
    xmpp_stanza_t *iq = transfer_iq("jingle", JINGLE_NS, &jingle);
    uint8_t what = record->octet[0], how = record->octet[1];

    xmpp_stanza_set_attribute(jingle, "action", actions[what % 8]);
    xmpp_stanza_set_attribute(jingle, "sid", what & 0x40 ? "b" : "a");
    if (!(what & 0x80)) {
        content = transfer_child(jingle, "content", NULL);
        xmpp_stanza_set_attribute(content, "creator", "initiator");
        xmpp_stanza_set_attribute(content, "name", what & 0x20 ? "d" : "c");
        xmpp_stanza_set_attribute(content, "senders", how & 0x40 ? "responder" : "initiator");
        file = transfer_child(transfer_child(content, "description", JINGLE_NS_FILE_TRANSFER),
                              "file", JINGLE_NS_FILE_TRANSFER);
        transfer_text(file, "name", "n");
        if (!(how & 0x20))
            transfer_text(file, "size", sizes[how % 4]);
        if (how & 0x10)
            fuzz_tree(transfer_ctx, file, in);
        transport = transfer_child(content, "transport", JINGLE_NS_IBB_TRANSPORT);
        xmpp_stanza_set_attribute(transport, "sid", how & 8 ? "s1" : "s0");
        xmpp_stanza_set_attribute(transport, "block-size", how & 4 ? "16" : "4096");
        if (what % 8 == 0 || what % 8 == 4)
            transfer->announced =
                how & 0x20 || how & 0x10 ? UINT64_MAX : strtoull(sizes[how % 4], NULL, 10);
    }
    fuzz_tree(transfer_ctx, what & 0x80 ? jingle : content, in);
    transfer_feed(iq, transfer_peer(how));
}

/* ---- the program --------------------------------------------------------------------------- */

static void on_file(const fuzz_record_t *record)
{
    jingle_file_t *file = transfer_file(record->octet[0]);

    switch (record->octet[1] % 6) {
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
        jingle_send_file(
            transfer->jingle, TRANSFER_PEER, NULL,
            JINGLE_SEND_FILE(.name = "n", .read = transfer_read, .file_size = TRANSFER_SENT,
                             .session = JINGLE_SESSION(.sid = record->octet[0] & 1 ? "b" : "a")),
            NULL);
        break;
    case 4:
        jingle_file_decline(file, NULL);
        break;
    default:
        jingle_end_all_sessions(transfer->jingle, NULL);
        break;
    }
}

static void perform(const fuzz_record_t *record, fuzz_input_t *in)
{
    switch (record->kind) {
    case FUZZ_FILE:
        feed_file(record, in);
        break;
    case FUZZ_FILE_DATA:
        on_file(record);
        break;
    case FUZZ_TICK:
        transfer->now += record->octet[0] % 4 * UINT64_C(20000);
        jingle_tick(transfer->jingle, transfer->now);
        break;
    default:
        transfer_perform(record, in);
        break;
    }
}

void fuzz_ibb(const uint8_t *data, size_t len)
{
    static transfer_t zero;
    transfer_t here = zero;
    fuzz_input_t in = {.at = data, .end = data + len};
    uint8_t flags = fuzz_octet(&in);
    fuzz_record_t record;

    transfer_begin(&here, 1 + flags % 4);
    transfer_register(flags & 8);
    while (fuzz_next(&in, &record))
        perform(&record, &in);
    transfer_finish();
}
