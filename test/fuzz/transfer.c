/* SPDX-License-Identifier: MIT */
/** @file
 *  File transfer against a peer that does anything. */
#include "transfer.h"

#include <string.h>

#include "support/text.h"
#include "transport/ibb/stream.h"

transfer_t *transfer;
xmpp_ctx_t *transfer_ctx;

/* ---- what comes out ------------------------------------------------------------------------ */

const char *transfer_attribute(const char *xml, const char *name, char *value, size_t size)
{
    const char *at = strstr(xml, name), *end = at ? strchr(at + strlen(name), '"') : NULL;

    *value = '\0';
    if (end)
        snprintf(value, size, "%.*s", (int)(end - at - (ptrdiff_t)strlen(name)), at + strlen(name));
    return value;
}

static bool call_back(void)
{
    return !transfer->call_back || transfer->call_back();
}

static void note(const char *xml)
{
    char id[40], type[16];
    unsigned long number;

    const char *at = strstr(xml, JINGLE_NS_IBB_TRANSPORT);

    if (at && (at = strstr(xml, "<transport")))
        transfer_attribute(at, " sid=\"", transfer->sid, sizeof transfer->sid);
    if (transfer->look)
        transfer->look(xml);
    transfer_attribute(xml, " id=\"", id, sizeof id);
    transfer_attribute(xml, " type=\"", type, sizeof type);
    if (strcmp(type, "set") == 0 || strcmp(type, "get") == 0) {
        transfer_asked_t *asked = &transfer->asked[transfer->n_asked++ % TRANSFER_ASKED];

        snprintf(asked->id, sizeof asked->id, "%s", id);
        transfer_attribute(xml, " to=\"", asked->to, sizeof asked->to);
        xml = strstr(xml, "<query");
        transfer_attribute(xml ? xml : "", " xmlns=\"", asked->query, sizeof asked->query);
        return;
    }
    FUZZ_CHECK(*id == 'f');
    number = strtoul(id + 1, NULL, 10);
    FUZZ_CHECK(number < transfer->n_fed);
    transfer->answers[number]++;
}

static int on_send(jingle_t *jingle, const char *xml, size_t len, void *userdata)
{
    char *copy = memcpy(text_alloc(len + 1), xml, len);

    (void)jingle, (void)userdata;
    copy[len] = '\0';
    note(copy);
    free(copy);
    call_back();
    return JINGLE_EOK;
}

/* ---- the program --------------------------------------------------------------------------- */

/* It is over when it has been told so: from then on nothing is told of it. */
static void check_lives(jingle_file_t *file)
{
    FUZZ_CHECK(jingle_file_get_info(file) && !jingle_file_get_user(file));
}

uint8_t transfer_octet(uint64_t offset)
{
    return (uint8_t)(offset ^ offset >> 8);
}

transfer_receipt_t *transfer_receipt(uint64_t announced)
{
    if (transfer->n_receipts == TRANSFER_RECEIPTS)
        return NULL;
    transfer->receipts[transfer->n_receipts].announced = announced;
    return &transfer->receipts[transfer->n_receipts++];
}

int transfer_write(jingle_file_t *file, uint64_t offset, const void *data, size_t len,
                   void *userdata)
{
    transfer_receipt_t *receipt = userdata;
    volatile uint8_t sum = 0;

    check_lives(file);
    FUZZ_CHECK(!receipt->finished && offset == receipt->came);
    for (size_t i = 0; i < len; i++)
        sum = (uint8_t)(sum + ((const uint8_t *)data)[i]);
    receipt->came += len;
    FUZZ_CHECK(receipt->came <= receipt->announced);
    FUZZ_CHECK(receipt->came <= jingle_file_get_info(file)->file_size);
    return call_back() ? JINGLE_EOK : JINGLE_ELIMIT;
}

int transfer_on_finish(jingle_file_t *file, bool whole, void *userdata)
{
    transfer_receipt_t *receipt = userdata;
    uint64_t size = jingle_file_get_info(file)->file_size;

    FUZZ_CHECK(!receipt->finished);
    FUZZ_CHECK(!whole || size == JINGLE_FILE_SIZE_UNKNOWN || receipt->came == size);
    receipt->finished = true;
    return call_back() ? JINGLE_EOK : JINGLE_ELIMIT;
}

long transfer_read(jingle_file_t *file, uint64_t offset, void *buffer, size_t len, void *userdata)
{
    (void)userdata;
    check_lives(file);
    if (!call_back())
        return offset % 2 ? JINGLE_FILE_LATER : JINGLE_EIO;
    if (offset >= TRANSFER_SENT)
        return 0;
    if (len > TRANSFER_SENT - offset)
        len = (size_t)(TRANSFER_SENT - offset);
    for (size_t i = 0; i < len; i++)
        ((uint8_t *)buffer)[i] = transfer_octet(offset + i);
    return (long)len;
}

jingle_file_t *transfer_file(uint8_t octet)
{
    return transfer->n_files ? transfer->files[octet % transfer->n_files] : NULL;
}

void transfer_keep(jingle_file_t *file)
{
    if (transfer->n_files < TRANSFER_FILES)
        transfer->files[transfer->n_files++] = jingle_file_clone(file);
}

int transfer_accept(jingle_file_t *file)
{
    transfer_receipt_t *receipt = transfer_receipt(transfer->announced);

    return receipt ? jingle_file_accept(file, JINGLE_ACCEPT_FILE(.write = transfer_write,
                                                                 .finish = transfer_on_finish,
                                                                 .userdata = receipt))
                   : JINGLE_ELIMIT;
}

static void on_offer(jingle_t *jingle, jingle_file_t *file, void *userdata)
{
    (void)jingle, (void)userdata;
    check_lives(file);
    transfer_keep(file);
    if (call_back())
        transfer_accept(file);
}

static void on_request(jingle_t *jingle, jingle_file_t *file, void *userdata)
{
    (void)jingle, (void)userdata;
    check_lives(file);
    transfer_keep(file);
    if (call_back())
        jingle_file_provide(
            file, NULL,
            JINGLE_SEND_FILE(.name = "n", .read = transfer_read, .file_size = TRANSFER_SENT));
}

static void on_news(jingle_t *jingle, jingle_file_t *file, void *userdata)
{
    (void)jingle, (void)userdata;
    check_lives(file);
    call_back();
}

static void on_done(jingle_t *jingle, jingle_file_t *file, void *userdata)
{
    (void)jingle, (void)userdata;
    check_lives(file);
    FUZZ_CHECK(jingle_file_get_outcome(file) != JINGLE_FILE_NONE);
    jingle_file_set_user(file, transfer, NULL);
    call_back();
}

/* ---- what comes in ------------------------------------------------------------------------- */

void transfer_feed(xmpp_stanza_t *iq, const char *from)
{
    unsigned number = transfer->n_fed;
    char id[16];

    if (number < TRANSFER_FED && transfer->jingle) {
        snprintf(id, sizeof id, "f%u", number);
        transfer->n_fed++;
        xmpp_stanza_set_id(iq, id);
        xmpp_stanza_set_from(iq, from);
        xmpp_stanza_set_to(iq, TRANSFER_OWN);
        transfer->taken[number] = jingle_receive(transfer->jingle, iq);
    }
    xmpp_stanza_release(iq);
}

xmpp_stanza_t *transfer_iq(const char *name, const char *ns, xmpp_stanza_t **payload)
{
    xmpp_stanza_t *iq = fuzz_element(transfer_ctx, "iq", "jabber:client");

    xmpp_stanza_set_type(iq, "set");
    *payload = fuzz_element(transfer_ctx, name, ns);
    xmpp_stanza_add_child(iq, *payload);
    xmpp_stanza_release(*payload);
    return iq;
}

const char *transfer_peer(uint8_t octet)
{
    return octet % 16 == 15 ? "z@peer.example/r2" : TRANSFER_PEER;
}

xmpp_stanza_t *transfer_child(xmpp_stanza_t *parent, const char *name, const char *ns)
{
    xmpp_stanza_t *child = fuzz_element(transfer_ctx, name, ns);

    xmpp_stanza_add_child(parent, child);
    xmpp_stanza_release(child);
    return child;
}

void transfer_text(xmpp_stanza_t *parent, const char *name, const char *value)
{
    xmpp_stanza_t *child = name ? transfer_child(parent, name, xmpp_stanza_get_ns(parent)) : parent,
                  *text = xmpp_stanza_new(transfer_ctx);

    xmpp_stanza_set_text(text, value);
    xmpp_stanza_add_child(child, text);
    xmpp_stanza_release(text);
}

const char *transfer_sid(unsigned octet)
{
    return octet & 32 && *transfer->sid ? transfer->sid : octet & 16 ? "s1" : "s0";
}

static void feed_open(const fuzz_record_t *record)
{
    static const char *const sizes[] = {"4096", "16", "65535", "0"};
    xmpp_stanza_t *open, *iq = transfer_iq("open", JINGLE_NS_IBB, &open);

    xmpp_stanza_set_attribute(open, "sid",
                              *record->text[0] ? record->text[0] : transfer_sid(record->octet[0]));
    xmpp_stanza_set_attribute(open, "block-size", sizes[record->octet[1] % 4]);
    if (record->octet[1] & 4)
        xmpp_stanza_set_attribute(open, "stanza", record->octet[1] & 8 ? "message" : "iq");
    transfer_feed(iq, transfer_peer(record->octet[0]));
}

/* A block with the number that is due, or another; good base64 or the record's text. */
static void feed_block(const fuzz_record_t *record)
{
    static char good[JINGLE__BASE64_SIZE(4200)];
    static const unsigned char zeros[4200];
    xmpp_stanza_t *data, *iq = transfer_iq("data", JINGLE_NS_IBB, &data);
    uint8_t which = record->octet[0] >> 4 & 1, how = record->octet[1];
    char seq[16];

    jingle__ibb_encode(zeros, how % 4 == 3 ? 4100 : how, good);
    if (record->octet[0] & 0x80)
        snprintf(seq, sizeof seq, "%d", (int)transfer->seq[which] + (int8_t)record->octet[1]);
    else
        snprintf(seq, sizeof seq, "%u", transfer->seq[which]++);
    xmpp_stanza_set_attribute(data, "sid", transfer_sid(record->octet[0]));
    xmpp_stanza_set_attribute(data, "seq", seq);
    transfer_text(data, NULL, *record->text[0] ? record->text[0] : good);
    transfer_feed(iq, transfer_peer(record->octet[0]));
}

static void feed_close(const fuzz_record_t *record)
{
    xmpp_stanza_t *close, *iq = transfer_iq("close", JINGLE_NS_IBB, &close);

    xmpp_stanza_set_attribute(close, "sid", transfer_sid(record->octet[0]));
    transfer_feed(iq, transfer_peer(record->octet[0]));
}

/** @param in what else is in it; or NULL */
static void answer(const transfer_asked_t *asked, const char *type, const char *from, bool full,
                   fuzz_input_t *in)
{
    xmpp_stanza_t *iq = fuzz_element(transfer_ctx, "iq", "jabber:client");

    xmpp_stanza_set_type(iq, type);
    xmpp_stanza_set_id(iq, asked->id);
    xmpp_stanza_set_from(iq, from);
    if (transfer->fill && full)
        transfer->fill(iq, asked);
    if (in)
        fuzz_tree(transfer_ctx, iq, in);
    jingle_receive(transfer->jingle, iq);
    xmpp_stanza_release(iq);
}

static void feed_answer(const fuzz_record_t *record, fuzz_input_t *in)
{
    unsigned back = record->octet[0] % 8;
    transfer_asked_t asked;

    if (back >= transfer->n_asked)
        return;
    /* A copy: what the answer brings about is noted in the same place. */
    asked = transfer->asked[(transfer->n_asked - 1 - back) % TRANSFER_ASKED];
    answer(&asked, record->octet[1] % 4 ? "result" : "error",
           record->octet[2] % 16 == 15 ? transfer_peer(15) : asked.to, record->octet[1] % 4 > 1,
           in);
}

void transfer_acknowledge(void)
{
    for (unsigned end = transfer->n_asked; transfer->n_acknowledged < end;) {
        transfer_asked_t asked = transfer->asked[transfer->n_acknowledged++ % TRANSFER_ASKED];

        answer(&asked, "result", asked.to, true, NULL);
    }
}

bool transfer_perform(const fuzz_record_t *record, fuzz_input_t *in)
{
    switch (record->kind) {
    case FUZZ_STREAM_OPEN:
        feed_open(record);
        break;
    case FUZZ_BLOCK:
        feed_block(record);
        break;
    case FUZZ_STREAM_CLOSE:
        feed_close(record);
        break;
    case FUZZ_ANSWER:
        feed_answer(record, in);
        break;
    case FUZZ_FAIL:
        test_mem_fail_at(&transfer->mem, record->octet[0] % 64, record->octet[1] & 1);
        break;
    default:
        return false;
    }
    return true;
}

/* ---- the world ----------------------------------------------------------------------------- */

static int no_chance(void *buffer, size_t len, void *userdata)
{
    static uint32_t state;

    (void)userdata;
    if (!buffer)
        state = 1;
    for (size_t i = 0; buffer && i < len; i++)
        ((uint8_t *)buffer)[i] = (uint8_t)((state = state * 1664525 + 1013904223) >> 24);
    return JINGLE_EOK;
}

void transfer_begin(transfer_t *made, unsigned window)
{
    transfer = made;
    if (!transfer_ctx)
        transfer_ctx = xmpp_ctx_new(NULL, NULL);
    test_mem_init(&made->mem);
    no_chance(NULL, 0, NULL);
    made->jingle =
        jingle_new(transfer_ctx, JINGLE_CONFIG(.mem = &made->mem.mem, .jid = TRANSFER_OWN,
                                               .send = on_send, .random = no_chance));
    FUZZ_CHECK(made->jingle);
    FUZZ_CHECK(
        !jingle_register_ibb(made->jingle, JINGLE_IBB(.window = window, .max_block_size = 8192)));
}

void transfer_register(bool resume)
{
    FUZZ_CHECK(!jingle_register_file_transfer(
        transfer->jingle,
        JINGLE_FILES(.on_offer = on_offer, .on_request = transfer->call_back ? on_request : NULL,
                     .on_start = on_news, .on_progress = on_news, .on_done = on_done,
                     .resume = resume)));
}

void transfer_finish(void)
{
    jingle_t *jingle = transfer->jingle;

    test_mem_fail_at(&transfer->mem, 0, false);
    transfer->jingle = NULL;
    jingle_free(jingle);
    while (transfer->n_files) {
        jingle_file_t *file = transfer->files[--transfer->n_files];

        FUZZ_CHECK(jingle_file_get_user(file));
        jingle_file_release(file);
    }
    for (unsigned i = 0; i < transfer->n_fed; i++)
        FUZZ_CHECK(transfer->answers[i] == transfer->taken[i]);
    test_mem_report(&transfer->mem, stderr);
    FUZZ_CHECK(transfer->mem.blocks == 0);
}
