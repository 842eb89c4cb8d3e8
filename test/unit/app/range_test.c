/* SPDX-License-Identifier: MIT */
/** @file
 *  Parts of files: what is asked for is what comes, with its hash; what is nonsense is refused, and
 *  who sends something else is found out. Checklist: J234-14, J234-15, J234-16, J234-28, J234-30.
 */
#include "wire.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utime.h>

#include "support/runner.h"

#define LEN(array) (sizeof(array) / sizeof *(array))
#define SIZE 50000u

static wire_t *wire;

/* ---- a receiver that takes parts into memory ------------------------------------------------ */

static text_t taken;
static int ended; /* 1: whole, -1: not */
static jingle_accept_file_t part;

static int take_data(jingle_file_t *file, uint64_t offset, const void *data, size_t len,
                     void *userdata)
{
    (void)userdata;
    ck_assert_uint_eq(offset, part.offset + taken.len);
    ck_assert_uint_eq(jingle_file_get_offset(file), part.offset);
    text_add(&taken, data, len);
    return JINGLE_EOK;
}

static int take_end(jingle_file_t *file, bool is_whole, void *userdata)
{
    (void)file;
    (void)userdata;
    ck_assert_int_eq(ended, 0);
    ended = is_whole ? 1 : -1;
    return JINGLE_EOK;
}

static char accepts[4096], checksum[4096], offer[4096];

static void keep(char *to, const char *xml, const char *what)
{
    if (strstr(xml, what))
        snprintf(to, 4096, "%s", xml);
}

static bool keep_stanzas(wire_t *w, unsigned from, char **xml)
{
    (void)w;
    (void)from;
    keep(accepts, *xml, "session-accept");
    keep(checksum, *xml, "<checksum");
    keep(offer, *xml, "session-initiate");
    return true;
}

static void want(uint64_t offset, uint64_t length)
{
    part = (jingle_accept_file_t){.size = sizeof part,
                                  .write = take_data,
                                  .finish = take_end,
                                  .offset = offset,
                                  .length = length};
    wire->side[1].accept = &part;
    text_clear(&taken);
    ended = 0;
}

static void setup(void)
{
    accepts[0] = checksum[0] = offer[0] = '\0';
    wire = wire_new(NULL);
    wire->tap = keep_stanzas;
    want(0, 0);
}

static void teardown(void)
{
    text_clear(&taken);
    ck_assert_uint_eq(wire_free(wire), 0);
}

static void again(const wire_config_t *config)
{
    teardown();
    setup();
    ck_assert_uint_eq(wire_free(wire), 0);
    wire = wire_new(config);
    wire->tap = keep_stanzas;
}

#define ck_assert_has(text, what) ck_assert_msg(strstr(text, what), "no %s in %s", what, text)
#define ck_assert_has_not(text, what) ck_assert_msg(!strstr(text, what), "%s in %s", what, text)

static void assert_part(uint64_t offset, size_t length)
{
    ck_assert(wire_finish(wire, 0));
    ck_assert_uint_eq(taken.len, length);
    if (length)
        ck_assert_mem_eq(taken.data, wire_data(SIZE) + offset, length);
    ck_assert_int_eq(ended, 1);
}

/* ---- what is asked for comes ---------------------------------------------------------------- */

static const struct {
    uint64_t offset, length;
    size_t octets;
    const char *range; /**< NULL: there is none */
} parts[] = {
    {1000, 0, SIZE - 1000, "<range offset=\"1000\"/>"},
    {0, 1000, 1000, "<range length=\"1000\"/>"},
    {1000, 1000, 1000, NULL},
    {1, 1, 1, NULL},
    {SIZE - 1, 1, 1, NULL},
    {SIZE - 1, 0, 1, "<range offset=\"49999\"/>"},
    {SIZE, 0, 0, "<range offset=\"50000\"/>"},
    {32768, 4096, 4096, NULL},
    {0, SIZE, SIZE, NULL},
    {0, 0, SIZE, NULL},
};

START_TEST(each_part)
{
    uint64_t offset = parts[_i / 2].offset, length = parts[_i / 2].length;
    size_t octets = parts[_i / 2].octets;
    bool is_whole = octets == SIZE, hash_now = _i % 2;
    char log[128];

    want(offset, length);
    ck_assert_int_eq(wire_send(wire, "a", SIZE, JINGLE_SEND_FILE(.hash_now = hash_now)),
                     JINGLE_EOK);
    assert_part(offset, octets);
    snprintf(log, sizeof log, "offer a 50000, start%s%.0llu, done done verified, ended success",
             offset ? " at " : "", (unsigned long long)offset);
    ck_assert_str_eq(wire_log(wire, 1), log);
    ck_assert_str_eq(wire_log(wire, 0), log + strlen("offer a 50000, "));
    if (parts[_i / 2].range)
        ck_assert_has(accepts, parts[_i / 2].range);
    if (is_whole)
        ck_assert_has_not(accepts, "<range");
    if (!is_whole)
        ck_assert_has(checksum, "<range");
    for (unsigned i = 0; i < 2; i++) {
        jingle_file_t *file = wire->side[i].file;

        ck_assert_uint_eq(jingle_file_get_bytes(file), octets);
        ck_assert_uint_eq(jingle_file_get_offset(file), offset);
        ck_assert_uint_eq(jingle_file_get_length(file), octets);
        ck_assert_uint_eq(wire->side[i].progress, octets);
    }
    ck_assert(jingle_hash_to_hex(jingle_file_get_hash(wire->side[1].file), log));
}
END_TEST

/** J234-28: the hash of a part stands in its range; that of the whole file is not compared with it,
 *  but told where the receiver can have it all. */
START_TEST(the_hash_of_a_part)
{
    const jingle_hash_t *ours, *theirs;

    want(2048, 1024);
    ck_assert_int_eq(wire_send(wire, "a", SIZE, NULL), JINGLE_EOK);
    assert_part(2048, 1024);
    ck_assert_has(checksum, "<file><range ");
    ck_assert_has(checksum, "offset=\"2048\"");
    ck_assert_has(checksum, "length=\"1024\"");
    ours = jingle_file_get_hash(wire->side[0].file);
    theirs = jingle_file_get_hash(wire->side[1].file);
    ck_assert_mem_eq(ours->value, theirs->value, 32);
    want(2048, 0);
    ck_assert_int_eq(wire_send(wire, "b", SIZE, NULL), JINGLE_EOK);
    assert_part(2048, SIZE - 2048);
    ck_assert_has(checksum, "</hash><range offset=\"2048\"><hash ");
}
END_TEST

static long give_at(jingle_file_t *file, uint64_t offset, void *buffer, size_t len, void *userdata)
{
    size_t n = len < 700 ? len : 700;

    (void)file;
    (void)userdata;
    if (offset >= SIZE)
        return 0;
    n = n < SIZE - offset ? n : (size_t)(SIZE - offset);
    memcpy(buffer, wire_data(SIZE) + offset, n);
    return (long)n;
}

static int send_callback(bool seekable, uint64_t size)
{
    return jingle_send_file(
        wire->side[0].jingle, WIRE_JULIET, NULL,
        JINGLE_SEND_FILE(.read = give_at, .name = "a", .file_size = size, .seekable = seekable),
        NULL);
}

/** A callback says whether it can. */
START_TEST(from_a_callback)
{
    want(3000, 2000);
    ck_assert_int_eq(send_callback(true, SIZE), JINGLE_EOK);
    assert_part(3000, 2000);
    ck_assert_has(offer, "<range/>");
    want(0, 0);
    ck_assert_int_eq(send_callback(false, SIZE), JINGLE_EOK);
    assert_part(0, SIZE);
    ck_assert_has_not(offer, "<range");
}
END_TEST

/** The rest of something whose end nobody knows. */
START_TEST(without_a_size)
{
    want(3000, _i ? 2000 : 0);
    ck_assert_int_eq(send_callback(true, JINGLE_FILE_SIZE_UNKNOWN), JINGLE_EOK);
    assert_part(3000, _i ? 2000 : SIZE - 3000);
    ck_assert_uint_eq(jingle_file_get_length(wire->side[1].file),
                      _i ? 2000 : JINGLE_FILE_SIZE_UNKNOWN);
}
END_TEST

#define HUGE_SIZE (UINT64_C(5) << 30)

/** Beyond 4 GiB: the numbers are right, and so is what is read there. */
START_TEST(beyond_4_gib)
{
    char *folder = wire->side[0].folder;
    uint64_t offset = HUGE_SIZE - 3000;
    int fd;

    folder_write(folder, "huge", "", 0);
    ck_assert_int_eq(truncate(folder_path(folder, "huge"), (off_t)HUGE_SIZE), 0);
    fd = open(folder_path(folder, "huge"), O_WRONLY);
    ck_assert_int_eq(pwrite(fd, wire_data(SIZE), 1000, (off_t)offset), 1000);
    close(fd);
    want(offset, 1000);
    ck_assert_int_eq(jingle_send_file(wire->side[0].jingle, WIRE_JULIET,
                                      folder_path(folder, "huge"), NULL, NULL),
                     JINGLE_EOK);
    ck_assert(wire_finish(wire, 0));
    ck_assert_str_eq(wire_log(wire, 1), "offer huge 5368709120, start at 5368706120, done done "
                                        "verified, ended success");
    ck_assert_uint_eq(taken.len, 1000);
    ck_assert_mem_eq(taken.data, wire_data(SIZE), 1000);
}
END_TEST

/** Seldom more than the part is read: the limit counts what comes. */
START_TEST(the_limit_counts_what_comes)
{
    wire_config_t config = {.files = {[1] = {.max_size = 2000}}};

    again(&config);
    want(3000, _i ? 0 : 2000);
    ck_assert_int_eq(send_callback(true, JINGLE_FILE_SIZE_UNKNOWN), JINGLE_EOK);
    ck_assert(wire_finish(wire, 5000));
    ck_assert_ptr_nonnull(strstr(wire_log(wire, 1), _i ? "done too-large" : "done done verified"));
    ck_assert_uint_le(taken.len, 2000);
}
END_TEST

/* ---- nonsense ------------------------------------------------------------------------------- */

static const struct {
    uint64_t offset, length;
} nonsense[] = {{SIZE + 1, 0}, {0, SIZE + 1},   {SIZE, 1},
                {1, SIZE},     {UINT64_MAX, 2}, {2, UINT64_MAX - 1}};

START_TEST(no_such_part)
{
    want(nonsense[_i].offset, nonsense[_i].length);
    ck_assert_int_eq(wire_send(wire, "a", SIZE, NULL), JINGLE_EOK);
    ck_assert(wire_finish(wire, 0));
    ck_assert_str_eq(wire_log(wire, 1), "offer a 50000, done declined, ended decline");
}
END_TEST

/** Into a folder there go whole files only, and nobody is asked for what he does not have. */
START_TEST(not_everybody_has_parts)
{
    want(1, 0);
    ck_assert_int_eq(send_callback(false, SIZE), JINGLE_EOK);
    ck_assert(wire_finish(wire, 0));
    ck_assert_str_eq(wire_log(wire, 1), "offer a 50000, done declined, ended decline");
    wire->side[1].accept = JINGLE_ACCEPT_FILE(.offset = 1);
    ck_assert_int_eq(wire_send(wire, "a", SIZE, NULL), JINGLE_EOK);
    ck_assert(wire_finish(wire, 0));
    ck_assert_str_eq(wire_log(wire, 1), "offer a 50000, done declined, ended decline");
    ck_assert_str_eq(folder_list(wire->side[1].folder), "");
}
END_TEST

static const char *edit_in, *edit_from, *edit_until, *edit_to;

static bool edit(wire_t *w, unsigned from, char **xml)
{
    (void)w;
    (void)from;
    if (strstr(*xml, edit_in))
        wire_edit(xml, edit_from, edit_until, edit_to);
    return true;
}

static void set_edit(const char *in, const char *from, const char *until, const char *to)
{
    edit_in = in;
    edit_from = from;
    edit_until = until;
    edit_to = to;
    wire->tap = edit;
}

/** What a receiver may ask a sender for on the wire. */
static const struct {
    const char *range, *log;
    bool seekable;
} asked[] = {
    {"<range offset='50001'/>", "done unavailable, ended incompatible-parameters", true},
    {"<range length='50001'/>", "done unavailable, ended incompatible-parameters", true},
    {"<range offset='50000' length='1'/>", "done unavailable, ended incompatible-parameters", true},
    {"<range offset='922337203685477579' length='922337203685477579'/>",
     "done unavailable, ended incompatible-parameters", true},
    {"<range offset='5'/>", "done unavailable, ended incompatible-parameters", false},
    {"<range length='5'/>", "done unavailable, ended incompatible-parameters", false},
    {"<range offset='0' length='50000'/>", "start, done done verified, ended success", false},
    {"<range/>", "start, done done verified, ended success", false},
};

START_TEST(what_is_asked_is_judged)
{
    char to[128];

    snprintf(to, sizeof to, "</size>%s", asked[_i].range);
    set_edit("session-accept", "</size>", NULL, to);
    ck_assert_int_eq(send_callback(asked[_i].seekable, SIZE), JINGLE_EOK);
    ck_assert(wire_finish(wire, 70000));
    ck_assert_str_eq(wire_log(wire, 0), asked[_i].log);
}
END_TEST

/** What is no number is a fault of the stanza. */
START_TEST(what_is_no_number)
{
    set_edit("session-accept", "</size>", NULL, "</size><range offset='-1'/>");
    ck_assert_int_eq(send_callback(true, SIZE), JINGLE_EOK);
    ck_assert(wire_finish(wire, 70000));
    ck_assert_ptr_null(strstr(wire_log(wire, 0), "start"));
    ck_assert_int_eq(ended, -1);
}
END_TEST

/** It sends from the beginning, or to the end, as if nothing had been asked. */
START_TEST(the_range_is_ignored)
{
    want(1000, _i ? 1000 : 0);
    set_edit("session-accept", "<range ", "/>", "");
    ck_assert_int_eq(wire_send(wire, "a", SIZE, NULL), JINGLE_EOK);
    ck_assert(wire_finish(wire, 5000));
    ck_assert_str_eq(wire_log(wire, 1),
                     "offer a 50000, start at 1000, done too-large, ended media-error");
    ck_assert_str_eq(wire_log(wire, 0), "start, done too-large, ended media-error");
    ck_assert_int_eq(ended, -1);
}
END_TEST

/* ---- hashes of parts ------------------------------------------------------------------------ */

#define NULL_256                                                                                   \
    "<hash xmlns='urn:xmpp:hashes:2' "                                                             \
    "algo='sha-256'>AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=</hash>"

START_TEST(a_wrong_hash)
{
    want(1000, 1000);
    set_edit("<checksum", "<hash ", "</hash>", NULL_256);
    ck_assert_int_eq(wire_send(wire, "a", SIZE, NULL), JINGLE_EOK);
    ck_assert(wire_finish(wire, 0));
    ck_assert_str_eq(wire_log(wire, 1),
                     "offer a 50000, start at 1000, done not-verified, ended media-error");
    ck_assert_int_eq(ended, -1);
}
END_TEST

static const char *const others[] = {"<range offset='1000' length='999'>",
                                     "<range offset='999' length='1000'>", "<range>",
                                     "<range offset='1000'>", "<range offset='50001'>"};

/** Of another part it says nothing, as that of the whole file. */
START_TEST(the_hash_of_another_part)
{
    want(1000, 1000);
    set_edit("<checksum", "<range ", ">", others[_i]);
    ck_assert_int_eq(wire_send(wire, "a", SIZE, NULL), JINGLE_EOK);
    ck_assert(wire_finish(wire, 5000));
    ck_assert_str_eq(wire_log(wire, 1), "offer a 50000, start at 1000, done done, ended success");
}
END_TEST

/** The wrong hash of the whole file in the offer does not count for a part. */
START_TEST(the_hash_of_the_whole)
{
    want(1000, 1000);
    set_edit("session-initiate", "<hash ", "</hash>", NULL_256);
    ck_assert_int_eq(wire_send(wire, "a", SIZE, JINGLE_SEND_FILE(.hash_now = true)), JINGLE_EOK);
    ck_assert(wire_finish(wire, 5000));
    ck_assert_str_eq(wire_log(wire, 1),
                     "offer a 50000, start at 1000, done done verified, ended success");
}
END_TEST

/* ---- the source ----------------------------------------------------------------------------- */

static void change_source(wire_side_t *side, jingle_file_t *file)
{
    const char *path = folder_path(wire->side[0].folder, "a");

    (void)side;
    if (wire->user)
        ck_assert_int_eq(truncate(path, SIZE + 1), 0);
    else
        ck_assert_int_eq(utime(path, &(struct utimbuf){.actime = 5, .modtime = 5}), 0);
    ck_assert_int_eq(jingle_file_accept(file, &part), JINGLE_EOK);
}

/** A part of something else is not sent. */
START_TEST(the_source_changes)
{
    want(1000, 0);
    wire->user = _i ? wire : NULL;
    wire->side[1].on_offer = change_source;
    ck_assert_int_eq(wire_send(wire, "a", SIZE, NULL), JINGLE_EOK);
    ck_assert(wire_finish(wire, 0));
    ck_assert_str_eq(wire_log(wire, 0), "start at 1000, done io-error, ended failed-application");
    ck_assert_str_eq(jingle_file_get_text(wire->side[0].file),
                     "the file has changed since it was offered");
}
END_TEST

/** The beginning of a long file is read in pieces, and the pump waits for it. */
START_TEST(a_long_beginning)
{
    want(3 << 20, 0);
    ck_assert_int_eq(wire_send(wire, "a", (3 << 20) + 5000, NULL), JINGLE_EOK);
    ck_assert(wire_finish(wire, 0));
    ck_assert_uint_eq(taken.len, 5000);
    ck_assert_mem_eq(taken.data, wire_data((3 << 20) + 5000) + (3 << 20), 5000);
    ck_assert_has(checksum, "</hash><range offset=\"3145728\"><hash ");
}
END_TEST

/* ---- without memory ------------------------------------------------------------------------- */

START_TEST(each_allocation)
{
    unsigned side = (unsigned)_i % 2;
    bool failed = true;

    for (size_t n = 1; failed; n++) {
        wire_config_t config = {0};

        config.fail[side] = n;
        again(&config);
        want(1000, _i / 2 ? 1000 : 0);
        if (wire->side[0].jingle && wire->side[1].jingle && !wire_send(wire, "a", 13000, NULL)) {
            if (!wire_finish(wire, 400000))
                jingle_file_cancel(wire_file(wire, 0), NULL);
            ck_assert(wire_finish(wire, 0));
            ck_assert_ptr_nonnull(strstr(wire_log(wire, 0), "done "));
        }
        failed = wire->side[side].mem.failures > 0;
        ck_assert(ended != 1 || taken.len == (_i / 2 ? 1000 : 12000));
        ck_assert(failed || ended == 1);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("range");
    TCase *all = tcase_create("parts"), *wrong = tcase_create("nonsense"),
          *memory = tcase_create("memory");

    tcase_add_checked_fixture(all, setup, teardown);
    tcase_add_loop_test(all, each_part, 0, 2 * LEN(parts));
    tcase_add_test(all, the_hash_of_a_part);
    tcase_add_test(all, from_a_callback);
    tcase_add_loop_test(all, without_a_size, 0, 2);
    tcase_add_test(all, beyond_4_gib);
    tcase_add_loop_test(all, the_limit_counts_what_comes, 0, 2);
    tcase_add_test(all, a_long_beginning);
    suite_add_tcase(suite, all);
    tcase_add_checked_fixture(wrong, setup, teardown);
    tcase_add_loop_test(wrong, no_such_part, 0, LEN(nonsense));
    tcase_add_test(wrong, not_everybody_has_parts);
    tcase_add_loop_test(wrong, what_is_asked_is_judged, 0, LEN(asked));
    tcase_add_test(wrong, what_is_no_number);
    tcase_add_loop_test(wrong, the_range_is_ignored, 0, 2);
    tcase_add_test(wrong, a_wrong_hash);
    tcase_add_loop_test(wrong, the_hash_of_another_part, 0, LEN(others));
    tcase_add_test(wrong, the_hash_of_the_whole);
    tcase_add_loop_test(wrong, the_source_changes, 0, 2);
    suite_add_tcase(suite, wrong);
    tcase_add_checked_fixture(memory, setup, teardown);
    tcase_set_timeout(memory, 120);
    tcase_add_loop_test(memory, each_allocation, 0, 4);
    suite_add_tcase(suite, memory);
    return run_suite(suite);
}
