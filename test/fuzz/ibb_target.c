/* SPDX-License-Identifier: MIT */
/** @file
 *  ibb: file transfer over in-band bytestreams against a peer that does anything. Checked: each
 * request gets one answer; data arrives once, in order, and no more of it than was announced; all
 * memory is back. */
#include <string.h>

#include <jingle/files.h>
#include <jingle/ibb.h>

#include "fuzz.h"
#include "support/text.h"
#include "transport/ibb/stream.h"

#define OWN "m@self.example/main"
#define PEER "z@peer.example/r1"
#define FED 256
#define ASKED 64

typedef struct {
    test_mem_t mem;
    jingle_t *jingle;
    uint64_t now;
    unsigned n_fed;
    uint8_t answers[FED];
    bool taken[FED], wanted[FED];
    char asked[ASKED][40]; /**< ids of our requests */
    unsigned n_asked;
    uint64_t came;      /**< octets of the file being received */
    uint64_t announced; /**< its size */
    uint16_t seq[2];
    unsigned n_files;
    jingle_file_t *files[8];
} world_t;

static world_t *world;
static xmpp_ctx_t *ctx;

/* ---- what comes out ------------------------------------------------------------------------ */

static const char *attribute(const char *xml, const char *name, char *value, size_t size)
{
    const char *at = strstr(xml, name), *end = at ? strchr(at + strlen(name), '"') : NULL;

    *value = '\0';
    if (end)
        snprintf(value, size, "%.*s", (int)(end - at - (ptrdiff_t)strlen(name)), at + strlen(name));
    return value;
}

static int on_send(jingle_t *jingle, const char *xml, size_t len, void *userdata)
{
    char *copy = memcpy(text_alloc(len + 1), xml, len), id[40], type[16];
    unsigned long number;

    (void)jingle, (void)userdata;
    copy[len] = '\0';
    attribute(copy, " id=\"", id, sizeof id);
    attribute(copy, " type=\"", type, sizeof type);
    free(copy);
    if (strcmp(type, "set") == 0 || strcmp(type, "get") == 0) {
        snprintf(world->asked[world->n_asked++ % ASKED], sizeof id, "%s", id);
        return JINGLE_EOK;
    }
    FUZZ_CHECK(*id == 'f');
    number = strtoul(id + 1, NULL, 10);
    FUZZ_CHECK(number < world->n_fed);
    world->answers[number]++;
    return JINGLE_EOK;
}

static int on_write(jingle_file_t *file, uint64_t offset, const void *data, size_t len,
                    void *userdata)
{
    uint64_t *came = userdata;
    volatile uint8_t sum = 0;

    (void)file;
    FUZZ_CHECK(offset == *came);
    for (size_t i = 0; i < len; i++)
        sum = (uint8_t)(sum + ((const uint8_t *)data)[i]);
    *came += len;
    FUZZ_CHECK(*came <= world->announced);
    return JINGLE_EOK;
}

static int on_finish(jingle_file_t *file, bool whole, void *userdata)
{
    FUZZ_CHECK(!whole || *(uint64_t *)userdata == jingle_file_get_info(file)->file_size);
    free(userdata);
    return JINGLE_EOK;
}

static void keep(jingle_file_t *file)
{
    if (world->n_files < 8)
        world->files[world->n_files++] = jingle_file_clone(file);
}

static void on_offer(jingle_t *jingle, jingle_file_t *file, void *userdata)
{
    uint64_t *came = text_alloc(sizeof *came);

    (void)jingle, (void)userdata;
    *came = 0;
    keep(file);
    if (jingle_file_accept(
            file, JINGLE_ACCEPT_FILE(.write = on_write, .finish = on_finish, .userdata = came)))
        free(came);
}

static void on_start(jingle_t *jingle, jingle_file_t *file, void *userdata)
{
    (void)jingle, (void)userdata;
    FUZZ_CHECK(jingle_file_get_info(file));
}

static long on_read(jingle_file_t *file, uint64_t offset, void *buffer, size_t len, void *userdata)
{
    (void)file, (void)userdata;
    if (offset >= 5000)
        return 0;
    if (len > 5000 - offset)
        len = (size_t)(5000 - offset);
    memset(buffer, 'd', len);
    return (long)len;
}

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

/* ---- what comes in ------------------------------------------------------------------------- */

static void hand_in(xmpp_stanza_t *iq, const char *from)
{
    unsigned number = world->n_fed;
    char id[16];

    if (number < FED && world->jingle) {
        snprintf(id, sizeof id, "f%u", number);
        world->n_fed++;
        world->wanted[number] = true;
        xmpp_stanza_set_id(iq, id);
        xmpp_stanza_set_from(iq, from);
        xmpp_stanza_set_to(iq, OWN);
        world->taken[number] = jingle_receive(world->jingle, iq);
    }
    xmpp_stanza_release(iq);
}

static xmpp_stanza_t *new_iq(const char *name, const char *ns, xmpp_stanza_t **payload)
{
    xmpp_stanza_t *iq = fuzz_element(ctx, "iq", "jabber:client");

    xmpp_stanza_set_type(iq, "set");
    *payload = fuzz_element(ctx, name, ns);
    xmpp_stanza_add_child(iq, *payload);
    xmpp_stanza_release(*payload);
    return iq;
}

static const char *peer_of(uint8_t octet)
{
    return octet % 16 == 15 ? "z@peer.example/r2" : PEER;
}

static xmpp_stanza_t *child_of(xmpp_stanza_t *parent, const char *name, const char *ns)
{
    xmpp_stanza_t *child = fuzz_element(ctx, name, ns);

    xmpp_stanza_add_child(parent, child);
    xmpp_stanza_release(child);
    return child;
}

static void text_child(xmpp_stanza_t *parent, const char *name, const char *value)
{
    xmpp_stanza_t *child = child_of(parent, name, NULL), *text = xmpp_stanza_new(ctx);

    xmpp_stanza_set_text(text, value);
    xmpp_stanza_add_child(child, text);
    xmpp_stanza_release(text);
}

/* An offer or an answer: a content with a file and an in-band transport, then whatever records say.
 */
static void feed_file(const fuzz_record_t *record, fuzz_input_t *in)
{
    static const char *const actions[] = {
        "session-initiate", "session-accept",    "session-info",   "session-terminate",
        "content-add",      "transport-replace", "transport-info", "transport-accept"};
    static const char *const sizes[] = {"16", "3000", "70000", "0"};
    xmpp_stanza_t *jingle, *content, *file, *transport;
    xmpp_stanza_t *iq = new_iq("jingle", JINGLE_NS, &jingle);
    uint8_t what = record->octet[0], how = record->octet[1];

    xmpp_stanza_set_attribute(jingle, "action", actions[what % 8]);
    xmpp_stanza_set_attribute(jingle, "sid", what & 0x40 ? "b" : "a");
    if (!(what & 0x80)) {
        content = child_of(jingle, "content", NULL);
        xmpp_stanza_set_attribute(content, "creator", "initiator");
        xmpp_stanza_set_attribute(content, "name", what & 0x20 ? "d" : "c");
        xmpp_stanza_set_attribute(content, "senders", how & 0x40 ? "responder" : "initiator");
        file = child_of(child_of(content, "description", JINGLE_NS_FILE_TRANSFER), "file", NULL);
        text_child(file, "name", "n");
        if (!(how & 0x20))
            text_child(file, "size", sizes[how % 4]);
        if (how & 0x10)
            fuzz_tree(ctx, file, in);
        transport = child_of(content, "transport", JINGLE_NS_IBB_TRANSPORT);
        xmpp_stanza_set_attribute(transport, "sid", how & 8 ? "s1" : "s0");
        xmpp_stanza_set_attribute(transport, "block-size", how & 4 ? "16" : "4096");
        if (what % 8 == 0 || what % 8 == 4)
            world->announced =
                how & 0x20 || how & 0x10 ? UINT64_MAX : strtoull(sizes[how % 4], NULL, 10);
    }
    fuzz_tree(ctx, what & 0x80 ? jingle : content, in);
    hand_in(iq, peer_of(how));
}

static void feed_open(const fuzz_record_t *record)
{
    static const char *const sizes[] = {"4096", "16", "65535", "0"};
    xmpp_stanza_t *open, *iq = new_iq("open", JINGLE_NS_IBB, &open);

    xmpp_stanza_set_attribute(open, "sid",
                              *record->text[0]        ? record->text[0]
                              : record->octet[0] & 16 ? "s1"
                                                      : "s0");
    xmpp_stanza_set_attribute(open, "block-size", sizes[record->octet[1] % 4]);
    if (record->octet[1] & 4)
        xmpp_stanza_set_attribute(open, "stanza", record->octet[1] & 8 ? "message" : "iq");
    hand_in(iq, peer_of(record->octet[0]));
}

/* A block with the number that is due, or another; good base64 or the record's text. */
static void feed_block(const fuzz_record_t *record)
{
    static char good[JINGLE__BASE64_SIZE(4200)];
    static const unsigned char zeros[4200];
    xmpp_stanza_t *data, *text, *iq = new_iq("data", JINGLE_NS_IBB, &data);
    uint8_t which = record->octet[0] >> 4 & 1, how = record->octet[1];
    char seq[16];

    jingle__ibb_encode(zeros, how % 4 == 3 ? 4100 : how, good);
    if (record->octet[0] & 0x80)
        snprintf(seq, sizeof seq, "%d", (int)world->seq[which] + (int8_t)record->octet[1]);
    else
        snprintf(seq, sizeof seq, "%u", world->seq[which]++);
    xmpp_stanza_set_attribute(data, "sid", which ? "s1" : "s0");
    xmpp_stanza_set_attribute(data, "seq", seq);
    text = xmpp_stanza_new(ctx);
    xmpp_stanza_set_text(text, *record->text[0] ? record->text[0] : good);
    xmpp_stanza_add_child(data, text);
    xmpp_stanza_release(text);
    hand_in(iq, peer_of(record->octet[0]));
}

static void feed_close(const fuzz_record_t *record)
{
    xmpp_stanza_t *close, *iq = new_iq("close", JINGLE_NS_IBB, &close);

    xmpp_stanza_set_attribute(close, "sid", record->octet[0] & 16 ? "s1" : "s0");
    hand_in(iq, peer_of(record->octet[0]));
}

static void feed_answer(const fuzz_record_t *record, fuzz_input_t *in)
{
    xmpp_stanza_t *iq = fuzz_element(ctx, "iq", "jabber:client");
    unsigned back = record->octet[0] % 8;

    if (back < world->n_asked) {
        xmpp_stanza_set_type(iq, record->octet[1] % 4 ? "result" : "error");
        xmpp_stanza_set_id(iq, world->asked[(world->n_asked - 1 - back) % ASKED]);
        xmpp_stanza_set_from(iq, peer_of(record->octet[2]));
        fuzz_tree(ctx, iq, in);
        jingle_receive(world->jingle, iq);
    }
    xmpp_stanza_release(iq);
}

/* ---- the program --------------------------------------------------------------------------- */

static void on_file(const fuzz_record_t *record)
{
    jingle_file_t *file = world->n_files ? world->files[record->octet[0] % world->n_files] : NULL;

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
            world->jingle, PEER, NULL,
            JINGLE_SEND_FILE(.name = "n", .read = on_read, .file_size = 5000,
                             .session = JINGLE_SESSION(.sid = record->octet[0] & 1 ? "b" : "a")),
            NULL);
        break;
    case 4:
        jingle_file_decline(file, NULL);
        break;
    default:
        jingle_end_all_sessions(world->jingle, NULL);
        break;
    }
}

static void perform(const fuzz_record_t *record, fuzz_input_t *in)
{
    switch (record->kind) {
    case FUZZ_FILE:
        feed_file(record, in);
        break;
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
    case FUZZ_FILE_DATA:
        on_file(record);
        break;
    case FUZZ_TICK:
        world->now += record->octet[0] % 4 * UINT64_C(20000);
        jingle_tick(world->jingle, world->now);
        break;
    case FUZZ_FAIL:
        test_mem_fail_at(&world->mem, record->octet[0] % 64, record->octet[1] & 1);
        break;
    default:
        break;
    }
}

static void begin(uint8_t flags)
{
    if (!ctx)
        ctx = xmpp_ctx_new(NULL, NULL);
    test_mem_init(&world->mem);
    no_chance(NULL, 0, NULL);
    world->jingle = jingle_new(ctx, JINGLE_CONFIG(.mem = &world->mem.mem, .jid = OWN,
                                                  .send = on_send, .random = no_chance));
    FUZZ_CHECK(!jingle_register_ibb(world->jingle,
                                    JINGLE_IBB(.window = 1 + flags % 4, .max_block_size = 8192)));
    FUZZ_CHECK(!jingle_register_file_transfer(
        world->jingle,
        JINGLE_FILES(.on_offer = on_offer, .on_start = on_start, .resume = flags & 8)));
}

static void finish(void)
{
    jingle_t *jingle = world->jingle;

    test_mem_fail_at(&world->mem, 0, false);
    world->jingle = NULL;
    jingle_free(jingle);
    while (world->n_files)
        jingle_file_release(world->files[--world->n_files]);
    for (unsigned i = 0; i < world->n_fed; i++)
        FUZZ_CHECK(world->answers[i] == world->taken[i]);
    test_mem_report(&world->mem, stderr);
    FUZZ_CHECK(world->mem.blocks == 0);
}

void fuzz_ibb(const uint8_t *data, size_t len)
{
    static world_t zero;
    world_t here = zero;
    fuzz_input_t in = {.at = data, .end = data + len};
    fuzz_record_t record;

    world = &here;
    begin(fuzz_octet(&in));
    while (fuzz_next(&in, &record))
        perform(&record, &in);
    finish();
}
