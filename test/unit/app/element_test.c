/* SPDX-License-Identifier: MIT */
/** @file
 *  `<file/>` read and written: fields, hashes, and no memory. Checklist: J234-09, J234-15, J234-26.
 */
#include "app/file/file.h"

#include <stdio.h>

#include "support/engine.h"
#include "support/runner.h"

#define LEN(array) (sizeof(array) / sizeof *(array))

static engine_t *engine;
static jingle_file_t *file;

static void setup(void)
{
    engine = engine_new(NULL);
    ck_assert_int_eq(jingle_register_file_transfer(engine->jingle, NULL), JINGLE_EOK);
    ck_assert_int_eq(
        jingle__file_new(engine->jingle, jingle__files_of(engine->jingle), false, &file),
        JINGLE_EOK);
}

static void teardown(void)
{
    jingle_file_release(file);
    ck_assert_uint_eq(engine_free(engine), 0);
}

#define FILE_ELEMENT(inside) "<file xmlns='urn:xmpp:jingle:apps:file-transfer:5'>" inside "</file>"

static void read_file(const char *xml)
{
    xmpp_stanza_t *element = engine_element(engine, xml);

    ck_assert_int_eq(jingle__file_read(file, element), JINGLE_EOK);
    xmpp_stanza_release(element);
}

START_TEST(all_fields)
{
    read_file(FILE_ELEMENT(
        "<date>1969-07-21T02:56:15Z</date><desc>This is a "
        "test.</desc><media-type>text/plain</media-type>"
        "<name>../test.txt</name><range/><size>6144</size>"
        "<hash xmlns='urn:xmpp:hashes:2' algo='sha-1'>w0mcJylzCn+AfvuGdqkty2+KP48=</hash>"
        "<hash-used xmlns='urn:xmpp:hashes:2' algo='sha-256'/><other xmlns='urn:example:x'/>"));
    ck_assert_int_eq(file->info.date, -14159025);
    ck_assert_str_eq(file->info.desc, "This is a test.");
    ck_assert_str_eq(file->info.media_type, "text/plain");
    ck_assert_str_eq(file->info.name, "../test.txt");
    ck_assert_str_eq(file->info.safe_name, "___test.txt");
    ck_assert_uint_eq(file->info.file_size, 6144);
    ck_assert_uint_eq(file->info.n_hashes, 2);
    ck_assert_uint_eq(file->info.hashes[0].algo, JINGLE_HASH_SHA_256);
    ck_assert_uint_eq(file->info.hashes[0].len, 0);
    ck_assert_uint_eq(file->info.hashes[1].len, 20);
}
END_TEST

START_TEST(no_fields)
{
    read_file(FILE_ELEMENT(""));
    ck_assert_int_eq(file->info.date, JINGLE_FILE_DATE_UNKNOWN);
    ck_assert_ptr_null(file->info.desc);
    ck_assert_ptr_null(file->info.name);
    ck_assert_str_eq(file->info.media_type, "application/octet-stream");
    ck_assert_str_eq(file->info.safe_name, "file");
    ck_assert_uint_eq(file->info.file_size, JINGLE_FILE_SIZE_UNKNOWN);
    ck_assert_uint_eq(file->info.n_hashes, 0);
}
END_TEST

static const struct {
    const char *text, *type;
} types[] = {
    {"image/png", "image/png"},
    {"text/plain; charset=utf-8", "text/plain; charset=utf-8"},
    {"", "application/octet-stream"},
    {"png", "application/octet-stream"},
    {"/png", "application/octet-stream"},
    {"image/", "application/octet-stream"},
    {"image/p\ng", "application/octet-stream"},
    {"image/\xc3\xa4", "application/octet-stream"},
};

START_TEST(media_types)
{
    char xml[512];

    snprintf(xml, sizeof xml, FILE_ELEMENT("<media-type>%s</media-type>"), types[_i].text);
    read_file(xml);
    ck_assert_str_eq(file->info.media_type, types[_i].type);
}
END_TEST

static const struct {
    const char *xml;
    bool ok;
    uint64_t size, offset;
    int64_t length; /**< -1: none */
} numbers[] = {
    {FILE_ELEMENT("<size>0</size>"), true, 0, 0, -1},
    {FILE_ELEMENT("<size>5000000000</size>"), true, 5000000000, 0, -1},
    {FILE_ELEMENT("<size>922337203685477580</size>"), true, 922337203685477580, 0, -1},
    {FILE_ELEMENT("<size>18446744073709551615</size>"), false, 0, 0, -1},
    {FILE_ELEMENT("<size>18446744073709551617</size>"), false, 0, 0, -1},
    {FILE_ELEMENT("<size>1 2</size>"), false, 0, 0, -1},
    {FILE_ELEMENT("<size>0x1</size>"), false, 0, 0, -1},
    {FILE_ELEMENT("<range/>"), true, 0, 0, -1},
    {FILE_ELEMENT("<range offset='270336'/>"), true, 0, 270336, -1},
    {FILE_ELEMENT("<range offset='2048' length='1024'/>"), true, 0, 2048, 1024},
    {FILE_ELEMENT("<range length='0'/>"), true, 0, 0, 0},
    {FILE_ELEMENT("<range offset='-1'/>"), false, 0, 0, -1},
    {FILE_ELEMENT("<range offset=''/>"), false, 0, 0, -1},
    {FILE_ELEMENT("<range length='x'/>"), false, 0, 0, -1},
};

START_TEST(sizes_and_ranges)
{
    xmpp_stanza_t *element = engine_element(engine, numbers[_i].xml);
    jingle__file_numbers_t read;

    ck_assert_int_eq(jingle__file_numbers(element, &read), numbers[_i].ok);
    if (numbers[_i].ok) {
        ck_assert_uint_eq(read.size, numbers[_i].size);
        ck_assert_uint_eq(read.offset, numbers[_i].offset);
        ck_assert_int_eq(read.has_length, numbers[_i].length >= 0);
        if (read.has_length)
            ck_assert_uint_eq(read.length, (uint64_t)numbers[_i].length);
    }
    xmpp_stanza_release(element);
}
END_TEST

/** What was read is written again, and read as the same. */
START_TEST(there_and_back)
{
    xmpp_stanza_t *description;
    jingle_file_t *other;
    char *xml;
    size_t len;

    read_file(FILE_ELEMENT(
        "<date>2015-07-26T21:46:00+01:00</date><desc>a "
        "&lt;b&gt;</desc><media-type>text/plain</media-type>"
        "<name>a &amp; b</name><size>6144</size>"
        "<hash xmlns='urn:xmpp:hashes:2' algo='sha-1'>w0mcJylzCn+AfvuGdqkty2+KP48=</hash>"
        "<hash-used xmlns='urn:xmpp:hashes:2' algo='sha-256'/>"));
    description =
        engine_element(engine, "<description xmlns='urn:xmpp:jingle:apps:file-transfer:5'/>");
    ck_assert_int_eq(jingle__file_write(file, description), JINGLE_EOK);
    ck_assert_int_eq(xmpp_stanza_to_text(description, &xml, &len), XMPP_EOK);
    xmpp_stanza_release(description);
    other = file;
    ck_assert_int_eq(
        jingle__file_new(engine->jingle, jingle__files_of(engine->jingle), false, &file),
        JINGLE_EOK);
    description = engine_element(engine, xml);
    ck_assert_int_eq(
        jingle__file_read(file, jingle_element_child(description, "file", JINGLE_NS_FILE_TRANSFER)),
        JINGLE_EOK);
    ck_assert_str_eq(file->info.name, other->info.name);
    ck_assert_str_eq(file->info.desc, other->info.desc);
    ck_assert_int_eq(file->info.date, 1437943560);
    ck_assert_uint_eq(file->info.file_size, 6144);
    ck_assert_uint_eq(file->info.n_hashes, 2);
    ck_assert_mem_eq(file->info.hashes, other->info.hashes, 2 * sizeof(jingle_hash_t));
    xmpp_stanza_release(description);
    xmpp_free(engine->ctx, xml);
    jingle_file_release(other);
}
END_TEST

/** Each allocation of an element fails in turn. */
START_TEST(writing_without_memory)
{
    int err = JINGLE_EMEM;

    read_file(FILE_ELEMENT(
        "<date>2015-07-26T21:46:00+01:00</date><desc>d</desc><media-type>text/plain</media-type>"
        "<name>n</name><size>6144</size>"
        "<hash xmlns='urn:xmpp:hashes:2' algo='sha-1'>w0mcJylzCn+AfvuGdqkty2+KP48=</hash>"
        "<hash-used xmlns='urn:xmpp:hashes:2' algo='sha-256'/>"));
    for (size_t n = 1; err; n++) {
        xmpp_stanza_t *description =
            engine_element(engine, "<description xmlns='urn:xmpp:jingle:apps:file-transfer:5'/>");
        size_t blocks;

        test_mem_fail_at(&engine->stanza_mem, n, false);
        err = jingle__file_write(file, description);
        test_mem_fail_at(&engine->stanza_mem, 0, false);
        ck_assert(err == JINGLE_EMEM || err == JINGLE_EOK);
        xmpp_stanza_release(description);
        blocks = engine->stanza_mem.blocks;
        ck_assert_uint_gt(blocks, 0);
        ck_assert_uint_lt(n, 500);
    }
}
END_TEST

START_TEST(reading_without_memory)
{
    int err = JINGLE_EMEM;

    for (size_t n = 1; err; n++) {
        xmpp_stanza_t *element =
            engine_element(engine, FILE_ELEMENT("<desc>d</desc><media-type>text/plain</"
                                                "media-type><name>n</name><size>6144</size>"));

        test_mem_fail_at(&engine->mem, n, false);
        err = jingle__file_read(file, element);
        test_mem_fail_at(&engine->mem, 0, false);
        ck_assert(err == JINGLE_EMEM || err == JINGLE_EOK);
        ck_assert_ptr_nonnull(file->info.safe_name);
        xmpp_stanza_release(element);
        ck_assert_uint_lt(n, 50);
    }
}
END_TEST

/* ---- session-info -------------------------------------------------------------------------- */

static const struct {
    const char *payload, *answer;
} payloads[] = {
    {"<checksum xmlns='urn:xmpp:jingle:apps:file-transfer:5' creator='initiator' name='c'><file>"
     "<hash xmlns='urn:xmpp:hashes:2' "
     "algo='sha-1'>w0mcJylzCn+AfvuGdqkty2+KP48=</hash></file></checksum>",
     "> result i\n"},
    {"<checksum xmlns='urn:xmpp:jingle:apps:file-transfer:5'><file>"
     "<hash xmlns='urn:xmpp:hashes:2' "
     "algo='sha-1'>w0mcJylzCn+AfvuGdqkty2+KP48=</hash></file></checksum>",
     "> result i\n"},
    {"<checksum xmlns='urn:xmpp:jingle:apps:file-transfer:5' creator='initiator' name='c'><file>"
     "<hash xmlns='urn:xmpp:hashes:2' algo='md5'>AAAA</hash></file></checksum>",
     "> result i\n"},
    {"<checksum xmlns='urn:xmpp:jingle:apps:file-transfer:5' creator='initiator' name='c'><file>"
     "<range offset='2048' length='1024'><hash xmlns='urn:xmpp:hashes:2' "
     "algo='sha-1'>kHp5RSzW/h7Gm1etSf90Mr5PC/k=</hash>"
     "</range></file></checksum>",
     "> result i\n"},
    {"<checksum xmlns='urn:xmpp:jingle:apps:file-transfer:5' creator='initiator' "
     "name='c'><file/></checksum>",
     "> error i cancel bad-request\n"},
    {"<checksum xmlns='urn:xmpp:jingle:apps:file-transfer:5' creator='initiator' name='c'/>",
     "> error i cancel bad-request\n"},
    {"<received xmlns='urn:xmpp:jingle:apps:file-transfer:5' creator='initiator' name='c'/>",
     "> error i modify feature-not-implemented/unsupported-info\n"},
    {"<other xmlns='urn:xmpp:jingle:apps:file-transfer:5' creator='initiator' name='c'/>",
     "> error i modify feature-not-implemented/unsupported-info\n"},
};

/** J234-26 */
START_TEST(payloads_are_judged)
{
    engine_action(engine, "o", "session-initiate", "s",
                  "<content creator='initiator' name='c' senders='initiator'>"
                  "<description xmlns='urn:xmpp:jingle:apps:file-transfer:5'>" FILE_ELEMENT(
                      "<size>1</size>") "</description>"
                                        "<transport xmlns='urn:xmpp:jingle:transports:ibb:1' "
                                        "sid='t' block-size='16'/></content>");
    engine_log(engine);
    engine_action(engine, "i", "session-info", "s", payloads[_i].payload);
    ck_assert_str_eq(engine_log(engine), payloads[_i].answer);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("element");
    TCase *elements = tcase_create("elements"), *infos = tcase_create("payloads");

    tcase_add_checked_fixture(elements, setup, teardown);
    tcase_add_test(elements, all_fields);
    tcase_add_test(elements, no_fields);
    tcase_add_loop_test(elements, media_types, 0, LEN(types));
    tcase_add_loop_test(elements, sizes_and_ranges, 0, LEN(numbers));
    tcase_add_test(elements, there_and_back);
    tcase_add_test(elements, writing_without_memory);
    tcase_add_test(elements, reading_without_memory);
    suite_add_tcase(suite, elements);
    tcase_add_checked_fixture(infos, setup, teardown);
    tcase_add_loop_test(infos, payloads_are_judged, 0, LEN(payloads));
    suite_add_tcase(suite, infos);
    return run_suite(suite);
}
