/* SPDX-License-Identifier: MIT */
/** @file
 *  Whole transfers between two managers. Checklist: J166-70, J166-72 (file transfer asks for one
 * stream, and sends the bytes and nothing else), J234-02, J234-03, J234-06, J234-07, J234-10,
 * J234-11, J234-13, J234-14, J234-21, J234-23, J234-24, J234-25, J234-27, J234-31, J234-35,
 * J234-34, J234-38, J234-40, J261-02, J261-05, J261-09. */
#include "wire.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "support/runner.h"

#define LEN(array) (sizeof(array) / sizeof *(array))

#define SENT "start, done done verified, ended success"

static wire_t *wire;

static void setup(void)
{
    wire = wire_new(NULL);
}

static void teardown(void)
{
    ck_assert_uint_eq(wire_free(wire), 0);
}

static void again(const wire_config_t *config)
{
    teardown();
    wire = wire_new(config);
}

static void assert_arrived(const char *name, size_t len)
{
    ck_assert(wire_finish(wire, 0));
    ck_assert_str_eq(wire_log(wire, 0), SENT);
    ck_assert(folder_holds(wire->side[1].folder, name, wire_data(len), len));
    ck_assert_uint_eq(wire->side[0].progress, len);
    ck_assert_uint_eq(wire->side[1].progress, len);
}

/* ---- sizes --------------------------------------------------------------------------------- */

static const size_t sizes[] = {0,    1,     2,     3,     4095,  4096,  4097,  8191,   8192,
                               8193, 16384, 32767, 32768, 32769, 65536, 98304, 100003, 1 << 20};

START_TEST(each_size)
{
    size_t len = sizes[_i];
    char expected[128];

    ck_assert_int_eq(wire_send(wire, "letter.txt", len, NULL), JINGLE_EOK);
    assert_arrived("letter.txt", len);
    snprintf(expected, sizeof expected,
             "offer letter.txt %zu, start, done done verified, ended success", len);
    ck_assert_str_eq(wire_log(wire, 1), expected);
    snprintf(expected, sizeof expected, "letter.txt %zu", len);
    ck_assert_str_eq(folder_list(wire->side[1].folder), expected);
    ck_assert_str_eq(jingle_file_get_path(wire->side[1].file),
                     folder_path(wire->side[1].folder, "letter.txt"));
    ck_assert_str_eq(jingle_file_get_path(wire->side[0].file),
                     folder_path(wire->side[0].folder, "letter.txt"));
}
END_TEST

/** Blocks that do not divide the buffer, and a window of several. */
static const struct {
    uint32_t romeo, juliet, window;
    size_t len;
} blocks[] = {
    {1, 0, 1, 70000}, /* J261: the number wraps after 65,535 */
    {1, 0, 7, 70000}, /* with several in flight too */
    {1000, 0, 1, 33333},        {0, 1000, 1, 33333}, {65535, 0, 1, 300000},
    {65535, 65535, 4, 1 << 20}, {3, 0, 100, 5000},   {4096, 2048, 16, 1 << 20},
};

START_TEST(each_block_size)
{
    wire_config_t config = {.ibb = {{.block_size = blocks[_i].romeo, .window = blocks[_i].window},
                                    {.max_block_size = blocks[_i].juliet}}};

    again(&config);
    ck_assert_int_eq(wire_send(wire, "letter.txt", blocks[_i].len, NULL), JINGLE_EOK);
    assert_arrived("letter.txt", blocks[_i].len);
}
END_TEST

/** Memory stays as it is however long the file. */
START_TEST(memory_is_flat)
{
    size_t peak[2];

    for (int i = 0; i < 2; i++) {
        again(NULL);
        ck_assert_int_eq(wire_send(wire, "letter.txt", i ? 1 << 20 : 1 << 17, NULL), JINGLE_EOK);
        assert_arrived("letter.txt", i ? 1 << 20 : 1 << 17);
        peak[i] = wire->side[0].mem.peak + wire->side[1].mem.peak;
    }
    ck_assert_uint_le(peak[1], peak[0] + 4096);
}
END_TEST

static char block_id[64];

/** While a block is unanswered no other is sent. */
static bool count_blocks(wire_t *w, unsigned from, char **xml)
{
    const char *id = strstr(*xml, "id=");

    if (from == 0 && strstr(*xml, "<data ")) {
        ck_assert_str_eq(block_id, "");
        snprintf(block_id, sizeof block_id, "%.*s", (int)strcspn(id, " >"), id);
        w->counts[0]++;
    } else if (from == 1 && *block_id && strstr(*xml, block_id)) {
        *block_id = '\0';
    }
    return true;
}

START_TEST(one_block_at_a_time)
{
    wire->tap = count_blocks;
    ck_assert_int_eq(wire_send(wire, "letter.txt", 41000, NULL), JINGLE_EOK);
    assert_arrived("letter.txt", 41000);
    ck_assert_uint_eq(wire->counts[0], 11);
}
END_TEST

/* ---- what is offered ----------------------------------------------------------------------- */

static char offer[8192], checksum[2048], received[2048], actions[2048];

static bool keep_stanzas(wire_t *w, unsigned from, char **xml)
{
    const char *action = strstr(*xml, "action=\"");

    if (!action)
        action = strstr(*xml, "action='");
    (void)w;
    if (strstr(*xml, "session-initiate"))
        strcpy(offer, *xml);
    if (strstr(*xml, "<checksum"))
        strcpy(checksum, *xml);
    if (strstr(*xml, "<received"))
        strcpy(received, *xml);
    if (action)
        snprintf(actions + strlen(actions), 64, "%u:%.*s ", from, (int)strcspn(action + 8, "'\""),
                 action + 8);
    else if (strstr(*xml, "<open") || strstr(*xml, "<close"))
        snprintf(actions + strlen(actions), 64, "%u:%s ", from,
                 strstr(*xml, "<open") ? "open" : "close");
    return true;
}

static void keep_all(void)
{
    offer[0] = checksum[0] = received[0] = actions[0] = '\0';
    wire->tap = keep_stanzas;
}

#define ck_assert_has(text, part) ck_assert_msg(strstr(text, part), "no %s in %s", part, text)
#define ck_assert_has_not(text, part) ck_assert_msg(!strstr(text, part), "%s in %s", part, text)

START_TEST(the_offer_says_all)
{
    keep_all();
    ck_assert_int_eq(
        wire_send(wire, "letter.txt", 3,
                  JINGLE_SEND_FILE(.desc = "of \x1b[1m mine", .media_type = "text/plain",
                                   .name = "../a <b>.txt")),
        JINGLE_EOK);
    assert_arrived("a <b>.txt", 3);
    ck_assert_has(offer, "senders=\"initiator\"");
    ck_assert_has(offer, "urn:xmpp:jingle:apps:file-transfer:5");
    ck_assert_has(offer, "<name>a &lt;b&gt;.txt</name>");
    ck_assert_has(offer, "<size>3</size>");
    ck_assert_has(offer, "<media-type>text/plain</media-type>");
    ck_assert_has(offer, "<desc>of [1m mine</desc>");
    ck_assert_has(offer, "<date>20");
    ck_assert_has(offer, "hash-used");
    ck_assert_has(offer, "algo=\"sha-256\"");
    ck_assert_has(offer, "block-size=\"4096\"");
    ck_assert_has_not(offer, "<hash ");
    ck_assert_has(checksum, "creator=\"initiator\"");
    ck_assert_has(checksum, "name=\"");
    ck_assert_has(checksum, "<hash ");
    ck_assert_has(received, "creator=\"initiator\"");
    ck_assert_has(received, "name=\"");
}
END_TEST

START_TEST(defaults_of_the_offer)
{
    keep_all();
    ck_assert_int_eq(wire_send(wire, "letter.txt", 3, NULL), JINGLE_EOK);
    assert_arrived("letter.txt", 3);
    ck_assert_has(offer, "<media-type>application/octet-stream</media-type>");
    ck_assert_has_not(offer, "<desc>");
    ck_assert_has(offer, "<range/>");
    /* Who has the file ends the session, after the stream was closed, and with the news told. */
    ck_assert_has(actions, "0:session-initiate 1:session-accept 0:open ");
    ck_assert_has(actions, " 1:session-terminate ");
    ck_assert_ptr_null(strstr(strstr(actions, "session-terminate") + 1, "close"));
    ck_assert_has(actions, "0:close");
    ck_assert_has_not(strstr(actions, "session-terminate"), "session-info");
}
END_TEST

START_TEST(the_hash_in_the_offer)
{
    keep_all();
    ck_assert_int_eq(wire_send(wire, "letter.txt", 3000000, JINGLE_SEND_FILE(.hash_now = true)),
                     JINGLE_EOK);
    /* It is read in pieces, from timers. */
    ck_assert_str_eq(offer, "");
    assert_arrived("letter.txt", 3000000);
    ck_assert_has(offer, "<hash ");
    ck_assert_has_not(offer, "hash-used");
    ck_assert_str_eq(checksum, "");
}
END_TEST

START_TEST(each_algorithm)
{
    jingle_hash_algo_t algo = (jingle_hash_algo_t)(_i / 2 + 1);
    const jingle_hash_t *ours, *theirs;

    ck_assert_int_eq(
        wire_send(wire, "letter.txt", 50000,
                  JINGLE_SEND_FILE(.hashes = JINGLE_HASH_BIT(algo), .hash_now = _i % 2)),
        JINGLE_EOK);
    assert_arrived("letter.txt", 50000);
    ours = jingle_file_get_hash(wire->side[0].file);
    theirs = jingle_file_get_hash(wire->side[1].file);
    ck_assert_uint_eq(ours->algo, algo);
    ck_assert_uint_eq(theirs->algo, algo);
    ck_assert_mem_eq(ours->value, theirs->value, ours->len);
}
END_TEST

START_TEST(all_algorithms_at_once)
{
    ck_assert_int_eq(wire_send(wire, "letter.txt", 50000,
                               JINGLE_SEND_FILE(.hashes = (1u << JINGLE_HASH_COUNT) - 2)),
                     JINGLE_EOK);
    assert_arrived("letter.txt", 50000);
    ck_assert_uint_eq(jingle_file_get_hash(wire->side[1].file)->algo, JINGLE_HASH_BLAKE2B_512);
    ck_assert_uint_eq(jingle_file_get_info(wire->side[1].file)->n_hashes, 5);
}
END_TEST

START_TEST(what_the_receiver_sees)
{
    const jingle_file_info_t *info, *ours;

    ck_assert_int_eq(wire_send(wire, "a\"b \xc3\xa4.txt", 5,
                               JINGLE_SEND_FILE(.desc = "d", .media_type = "text/plain")),
                     JINGLE_EOK);
    assert_arrived("a\"b \xc3\xa4.txt", 5);
    info = jingle_file_get_info(wire->side[1].file);
    ours = jingle_file_get_info(wire->side[0].file);
    ck_assert_str_eq(info->name, "a\"b \xc3\xa4.txt");
    ck_assert_str_eq(info->safe_name, "a\"b \xc3\xa4.txt");
    ck_assert_str_eq(info->media_type, "text/plain");
    ck_assert_str_eq(info->desc, "d");
    ck_assert_uint_eq(info->file_size, 5);
    ck_assert_int_ne(info->date, JINGLE_FILE_DATE_UNKNOWN);
    ck_assert_int_eq(info->date, ours->date);
    ck_assert_str_eq(jingle_file_get_peer(wire->side[1].file), WIRE_ROMEO);
    ck_assert_str_eq(jingle_file_get_peer(wire->side[0].file), WIRE_JULIET);
    ck_assert_str_eq(jingle_file_get_sid(wire->side[0].file),
                     jingle_file_get_sid(wire->side[1].file));
    ck_assert(jingle_file_is_sender(wire->side[0].file));
    ck_assert(!jingle_file_is_sender(wire->side[1].file));
    ck_assert_ptr_null(jingle_file_get_session(wire->side[1].file));
    ck_assert_str_eq(jingle_file_get_text(wire->side[1].file), "");
    ck_assert_uint_eq(jingle_file_get_reason(wire->side[1].file), JINGLE_REASON_SUCCESS);
}
END_TEST

static bool has_feature(const jingle_t *jingle, const char *feature)
{
    const char *there;

    for (size_t i = 0; (there = jingle_get_feature(jingle, i)); i++) {
        if (!strcmp(there, feature))
            return true;
    }
    return false;
}

START_TEST(features)
{
    static const char *const wanted[] = {JINGLE_NS_FILE_TRANSFER,
                                         JINGLE_NS_IBB_TRANSPORT,
                                         JINGLE_NS_IBB,
                                         JINGLE_NS_HASHES,
                                         "urn:xmpp:hash-function-text-names:sha-1",
                                         "urn:xmpp:hash-function-text-names:sha-256",
                                         "urn:xmpp:hash-function-text-names:sha3-256",
                                         "urn:xmpp:hash-function-text-names:sha-512",
                                         "urn:xmpp:hash-function-text-names:blake2b-512"};
    jingle_t *jingle = jingle_new(wire->side[0].ctx, NULL);

    ck_assert_int_eq(jingle_register_file_transfer(jingle, NULL), JINGLE_EOK);
    for (size_t i = 0; i < LEN(wanted); i++)
        ck_assert_msg(has_feature(jingle, wanted[i]), "%s", wanted[i]);
    ck_assert_str_eq(jingle_get_transport(jingle, 0), JINGLE_NS_IBB_TRANSPORT);
    ck_assert_int_eq(jingle_register_file_transfer(jingle, NULL), JINGLE_EEXIST);
    ck_assert_int_eq(jingle_register_ibb(jingle, NULL), JINGLE_EEXIST);
    jingle_free(jingle);
}
END_TEST

START_TEST(set_up_is_checked)
{
    jingle_t *jingle = jingle_new(wire->side[0].ctx, NULL);

    ck_assert_int_eq(
        jingle_register_file_transfer(jingle, JINGLE_FILES(.folder = "/no/such/folder")),
        JINGLE_ENOENT);
    ck_assert_int_eq(jingle_register_file_transfer(jingle, JINGLE_FILES(.folder = "/dev/null")),
                     JINGLE_ENOENT);
    ck_assert_int_eq(jingle_register_file_transfer(NULL, NULL), JINGLE_EINVAL);
    ck_assert_int_eq(jingle_register_file_transfer(jingle, &(jingle_files_t){.size = 1}),
                     JINGLE_EINVAL);
    ck_assert_int_eq(jingle_register_ibb(jingle, JINGLE_IBB(.block_size = 65536)), JINGLE_EINVAL);
    ck_assert_int_eq(jingle_register_ibb(jingle, JINGLE_IBB(.max_block_size = 65536)),
                     JINGLE_EINVAL);
    ck_assert(!has_feature(jingle, JINGLE_NS_FILE_TRANSFER));
    jingle_free(jingle);
}
END_TEST

static const struct {
    const char *type;
    bool sent;
} types[] = {
    {"text/plain", true}, {"text/plain; charset=utf-8", true},
    {"text", false},      {"text/", false},
    {"/plain", false},    {"text/pl\nain", false},
    {"", false},
};

/** J234-40: what cannot be a registered type is not sent for one. */
START_TEST(media_types)
{
    keep_all();
    ck_assert_int_eq(
        wire_send(wire, "letter.txt", 3, JINGLE_SEND_FILE(.media_type = types[_i].type)),
        types[_i].sent ? JINGLE_EOK : JINGLE_EINVAL);
    ck_assert(wire_finish(wire, 0));
    ck_assert_int_eq(strstr(offer, "<media-type>") != NULL, types[_i].sent);
}
END_TEST

static bool no_stream_initiation(wire_t *w, unsigned from, char **xml)
{
    (void)w;
    (void)from;
    ck_assert_has_not(*xml, "http://jabber.org/protocol/si");
    return true;
}

/** J234-34: files are sent with Jingle, also to who has the older way; we never say that we do. */
START_TEST(not_the_older_way)
{
    wire->tap = no_stream_initiation;
    ck_assert_int_eq(jingle_add_feature(wire->side[1].jingle,
                                        "http://jabber.org/protocol/si/profile/file-transfer"),
                     JINGLE_EOK);
    ck_assert_int_eq(wire_send(wire, "letter.txt", 3, NULL), JINGLE_EOK);
    assert_arrived("letter.txt", 3);
    ck_assert(!has_feature(wire->side[0].jingle, "http://jabber.org/protocol/si"));
    ck_assert(
        !has_feature(wire->side[0].jingle, "http://jabber.org/protocol/si/profile/file-transfer"));
}
END_TEST

/* ---- ways to accept and to give data ------------------------------------------------------- */

START_TEST(accepted_as_a_session)
{
    wire->side[1].by_session = true;
    ck_assert_int_eq(wire_send(wire, "letter.txt", 5000, NULL), JINGLE_EOK);
    assert_arrived("letter.txt", 5000);
}
END_TEST

static jingle_file_t *undecided;

static void keep_offer(wire_side_t *side, jingle_file_t *file)
{
    (void)side;
    undecided = jingle_file_clone(file);
}

START_TEST(accepted_later_elsewhere)
{
    char *other = folder_new();

    wire->side[1].on_offer = keep_offer;
    ck_assert_int_eq(wire_send(wire, "letter.txt", 5000, NULL), JINGLE_EOK);
    wire_wait(wire, 100000);
    ck_assert_str_eq(wire_log(wire, 1), "offer letter.txt 5000");
    ck_assert_int_eq(jingle_file_accept(undecided, JINGLE_ACCEPT_FILE(.folder = "/no/such")),
                     JINGLE_EIO);
    ck_assert_int_eq(
        jingle_file_accept(undecided, JINGLE_ACCEPT_FILE(.folder = other, .name = "x/../y")),
        JINGLE_EOK);
    ck_assert_int_eq(jingle_file_accept(undecided, NULL), JINGLE_EINVOP);
    ck_assert_int_eq(jingle_file_decline(undecided, NULL), JINGLE_EINVOP);
    ck_assert(wire_finish(wire, 0));
    ck_assert_str_eq(folder_list(other), "x_.._y 5000");
    ck_assert_str_eq(folder_list(wire->side[1].folder), "");
    ck_assert_int_eq(jingle_file_accept(undecided, NULL), JINGLE_EINVOP);
    jingle_file_release(undecided);
    folder_remove(other);
}
END_TEST

static text_t taken;
static int finished; /* 1: whole, -1: not */

static int take_data(jingle_file_t *file, uint64_t offset, const void *data, size_t len,
                     void *userdata)
{
    ck_assert_ptr_nonnull(file);
    ck_assert_ptr_eq(userdata, &taken);
    ck_assert_uint_eq(offset, taken.len);
    text_add(&taken, data, len);
    return JINGLE_EOK;
}

static int take_end(jingle_file_t *file, bool is_whole, void *userdata)
{
    (void)file;
    ck_assert_ptr_eq(userdata, &taken);
    ck_assert_int_eq(finished, 0);
    finished = is_whole ? 1 : -1;
    return JINGLE_EOK;
}

static const jingle_accept_file_t to_memory = {
    .size = sizeof to_memory, .write = take_data, .finish = take_end, .userdata = &taken};

static int pause_at_the_end(jingle_file_t *file, uint64_t offset, const void *data, size_t len,
                            void *userdata)
{
    take_data(file, offset, data, len, userdata);
    if (taken.len == 5000)
        ck_assert_int_eq(jingle_file_pause(file, true), JINGLE_EOK);
    return JINGLE_EOK;
}

/** Who wants no more data with the last of it has all of it: the sender does not wait for anything. */
START_TEST(paused_at_the_end)
{
    static const jingle_accept_file_t pausing = {
        .size = sizeof pausing, .write = pause_at_the_end, .finish = take_end, .userdata = &taken};

    taken = (text_t){0};
    finished = 0;
    wire->side[1].accept = &pausing;
    ck_assert_int_eq(wire_send(wire, "a", 5000, NULL), JINGLE_EOK);
    ck_assert(wire_finish(wire, 5000));
    ck_assert_int_eq(finished, 1);
    ck_assert_ptr_nonnull(strstr(wire_log(wire, 0), "done done verified"));
    ck_assert_ptr_nonnull(strstr(wire_log(wire, 1), "done done verified"));
    text_clear(&taken);
}
END_TEST

static size_t given;
static bool freed;

/** Gives a pipe's worth: 1,000 octets or less, nothing every third time. */
static long give(jingle_file_t *file, uint64_t offset, void *buffer, size_t len, void *userdata)
{
    static unsigned turn;
    size_t n = len < 1000 ? len : 1000;
    size_t *total = userdata;

    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(offset, given);
    if (given == *total)
        return 0;
    if (++turn % 3 == 0)
        return JINGLE_FILE_LATER;
    n = n < *total - given ? n : *total - given;
    memcpy(buffer, wire_data(*total) + given, n);
    given += n;
    return (long)n;
}

static void give_end(void *userdata)
{
    (void)userdata;
    ck_assert(!freed);
    freed = true;
}

/** A pipe of unknown size into memory: no file is touched. */
START_TEST(callbacks_at_both_ends)
{
    size_t total = 123456;
    jingle_session_t *session;
    bool known = _i;

    taken = (text_t){0};
    given = 0;
    finished = 0;
    freed = false;
    wire->side[1].accept = &to_memory;
    ck_assert_int_eq(
        jingle_send_file(wire->side[0].jingle, WIRE_JULIET, NULL,
                         JINGLE_SEND_FILE(.read = give, .userdata = &total,
                                          .userdata_free = give_end, .name = "pipe",
                                          .has_date = true, .date = 12,
                                          .file_size = known ? total : JINGLE_FILE_SIZE_UNKNOWN),
                         &session),
        JINGLE_EOK);
    jingle_session_clone(session);
    for (int i = 0; i < 1000 && !wire_finish(wire, 0); i++) {
        jingle_file_t *file = jingle_session_get_file(session, 0);

        if (file)
            jingle_file_pause(file, false);
    }
    jingle_session_release(session);
    ck_assert_str_eq(wire_log(wire, 0), SENT);
    ck_assert_str_eq(wire_log(wire, 1),
                     known ? "offer pipe 123456, " SENT : "offer pipe -1, " SENT);
    ck_assert_uint_eq(taken.len, total);
    ck_assert_mem_eq(taken.data, wire_data(total), total);
    ck_assert_int_eq(finished, 1);
    ck_assert(freed);
    ck_assert_ptr_null(jingle_file_get_path(wire->side[0].file));
    ck_assert_ptr_null(jingle_file_get_path(wire->side[1].file));
    ck_assert_int_eq(jingle_file_get_info(wire->side[1].file)->date, 12);
    ck_assert_str_eq(folder_list(wire->side[1].folder), "");
    text_clear(&taken);
}
END_TEST

static jingle_file_t *held;

static void pause_once(wire_side_t *side, jingle_file_t *file)
{
    if (side->n_progress != 3)
        return;
    held = jingle_file_clone(file);
    ck_assert_int_eq(jingle_file_pause(file, true), JINGLE_EOK);
}

/** Paused at either end: nothing moves, nothing is lost, and it is not idle there. */
START_TEST(paused)
{
    wire_config_t config = {.files = {{.idle_timeout = 100000}, {.idle_timeout = 100000}}};

    config.files[_i].idle_timeout = 1000;
    again(&config);
    wire->side[_i].on_progress = pause_once;
    ck_assert_int_eq(wire_send(wire, "letter.txt", 50000, NULL), JINGLE_EOK);
    wire_wait(wire, 30000);
    ck_assert_uint_eq(wire->side[_i].n_progress, 3);
    ck_assert_uint_eq(wire->side[_i].progress, 3 * 4096);
    ck_assert_int_eq(jingle_file_pause(held, false), JINGLE_EOK);
    assert_arrived("letter.txt", 50000);
    ck_assert_int_eq(jingle_file_pause(held, true), JINGLE_EINVOP);
    jingle_file_release(held);
}
END_TEST

/* ---- what cannot be sent ------------------------------------------------------------------- */

START_TEST(not_a_file)
{
    jingle_t *jingle = wire->side[0].jingle;
    size_t total = 1;

    ck_assert_int_eq(jingle_send_file(jingle, WIRE_JULIET, "/no/such/file", NULL, NULL),
                     JINGLE_ENOENT);
    ck_assert_int_eq(jingle_send_file(jingle, WIRE_JULIET, wire->side[0].folder, NULL, NULL),
                     JINGLE_EINVAL);
    ck_assert_int_eq(jingle_send_file(jingle, WIRE_JULIET, "/dev/null", NULL, NULL), JINGLE_EINVAL);
    ck_assert_int_eq(jingle_send_file(jingle, WIRE_JULIET, NULL, NULL, NULL), JINGLE_EINVAL);
    freed = false;
    ck_assert_int_eq(jingle_send_file(jingle, WIRE_JULIET, "/dev/null",
                                      JINGLE_SEND_FILE(.read = give, .userdata = &total,
                                                       .userdata_free = give_end),
                                      NULL),
                     JINGLE_EINVAL);
    ck_assert(freed);
    freed = false;
    ck_assert_int_eq(jingle_send_file(jingle, NULL, NULL,
                                      JINGLE_SEND_FILE(.read = give, .userdata = &total,
                                                       .userdata_free = give_end),
                                      NULL),
                     JINGLE_EINVAL);
    ck_assert(freed);
    ck_assert_int_eq(jingle_send_file(jingle, "", "/etc/hostname", NULL, NULL), JINGLE_EINVAL);
    ck_assert(wire_finish(wire, 0));
    ck_assert_str_eq(wire_log(wire, 0), "");
    ck_assert_uint_eq(wire->delivered, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("transfer");
    TCase *size = tcase_create("sizes"), *offers = tcase_create("offers"),
          *ways = tcase_create("ways");

    tcase_add_checked_fixture(size, setup, teardown);
    tcase_set_timeout(size, 60);
    tcase_add_loop_test(size, each_size, 0, LEN(sizes));
    tcase_add_loop_test(size, each_block_size, 0, LEN(blocks));
    tcase_add_test(size, memory_is_flat);
    tcase_add_test(size, one_block_at_a_time);
    suite_add_tcase(suite, size);
    tcase_add_checked_fixture(offers, setup, teardown);
    tcase_add_test(offers, the_offer_says_all);
    tcase_add_test(offers, defaults_of_the_offer);
    tcase_add_test(offers, the_hash_in_the_offer);
    tcase_add_loop_test(offers, each_algorithm, 0, 2 * (JINGLE_HASH_COUNT - 1));
    tcase_add_test(offers, all_algorithms_at_once);
    tcase_add_test(offers, what_the_receiver_sees);
    tcase_add_test(offers, features);
    tcase_add_test(offers, set_up_is_checked);
    tcase_add_loop_test(offers, media_types, 0, LEN(types));
    tcase_add_test(offers, not_the_older_way);
    suite_add_tcase(suite, offers);
    tcase_add_checked_fixture(ways, setup, teardown);
    tcase_add_test(ways, accepted_as_a_session);
    tcase_add_test(ways, accepted_later_elsewhere);
    tcase_add_test(ways, paused_at_the_end);
    tcase_add_loop_test(ways, callbacks_at_both_ends, 0, 2);
    tcase_add_loop_test(ways, paused, 0, 2);
    tcase_add_test(ways, not_a_file);
    suite_add_tcase(suite, ways);
    return run_suite(suite);
}
