/* SPDX-License-Identifier: MIT */
/** @file
 *  Transfers that go wrong: each ends on both sides, with the right reason, and leaves nothing that
 * looks complete. Checklist: J234-04, J234-08, J234-19, J234-20, J234-26, J234-30, J261-08. */
#include "wire.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "support/runner.h"

#define LEN(array) (sizeof(array) / sizeof *(array))

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

/** Both are at the end within so many ms; the receiver's folder is empty. */
static void assert_failed(uint64_t ms, const char *romeo, const char *juliet)
{
    ck_assert(wire_finish(wire, ms));
    ck_assert_str_eq(wire_log(wire, 0), romeo);
    ck_assert_str_eq(wire_log(wire, 1), juliet);
    ck_assert_str_eq(folder_list(wire->side[1].folder), "");
    if (wire->side[1].file)
        ck_assert_ptr_null(jingle_file_get_path(wire->side[1].file));
}

static void send_file(size_t len, const jingle_send_file_t *options)
{
    ck_assert_int_eq(wire_send(wire, "a", len, options), JINGLE_EOK);
}

/* ---- taps ---------------------------------------------------------------------------------- */

static struct {
    const char *where, *from, *until, *to;
    unsigned at, n;
} edit;

/** Changes the n-th stanza that has the text `where`. */
static bool edit_one(wire_t *w, unsigned from, char **xml)
{
    (void)from;
    (void)w;
    if (strstr(*xml, edit.where) && edit.n++ == edit.at)
        wire_edit(xml, edit.from, edit.until, edit.to);
    return true;
}

static void set_edit(const char *where, const char *from, const char *until, const char *to)
{
    edit.where = where;
    edit.from = from;
    edit.until = until;
    edit.to = to;
    edit.at = edit.n = 0;
    wire->tap = edit_one;
}

static char terminate[2048];

static bool keep_terminate(wire_t *w, unsigned from, char **xml)
{
    (void)from;
    (void)w;
    if (strstr(*xml, "session-terminate"))
        snprintf(terminate, sizeof terminate, "%s", *xml);
    return true;
}

#define HASH(algo, value) "<hash xmlns='urn:xmpp:hashes:2' algo='" algo "'>" value "</hash>"
#define NULL_256 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

#define ROMEO_NOT_VERIFIED "start, done not-verified, ended media-error"
#define JULIET_NOT_VERIFIED "offer a 10000, start, done not-verified, ended media-error"
#define JULIET_VERIFIED "offer a 10000, start, done done verified, ended success"

/* ---- what arrives is not what was offered -------------------------------------------------- */

START_TEST(wrong_hash_later)
{
    set_edit("<checksum", "<hash ", "</hash>", HASH("sha-256", NULL_256));
    send_file(10000, NULL);
    assert_failed(0, ROMEO_NOT_VERIFIED, JULIET_NOT_VERIFIED);
    ck_assert_str_eq(jingle_file_get_text(wire->side[0].file),
                     "the hash of the data is not the one told");
    ck_assert_str_eq(jingle_file_get_text(wire->side[1].file),
                     "the hash of the data is not the one told");
}
END_TEST

START_TEST(wrong_hash_in_the_offer)
{
    set_edit("session-initiate", "<hash ", "</hash>", HASH("sha-256", NULL_256));
    send_file(10000, JINGLE_SEND_FILE(.hash_now = true));
    assert_failed(0, ROMEO_NOT_VERIFIED, JULIET_NOT_VERIFIED);
}
END_TEST

START_TEST(a_hash_that_is_none)
{
    set_edit("session-initiate", "<hash ", "</hash>", HASH("sha-256", "tut tut"));
    send_file(10000, JINGLE_SEND_FILE(.hash_now = true));
    assert_failed(0, ROMEO_NOT_VERIFIED, JULIET_NOT_VERIFIED);
}
END_TEST

/** J234-38: the strongest hash decides, for good and for bad. */
START_TEST(the_strongest_decides)
{
    set_edit("session-initiate", "</hash>", NULL,
             _i ? "</hash>" HASH("sha-512", NULL_256)
                : "</hash>" HASH("sha-1", "AAAAAAAAAAAAAAAAAAAAAAAAAAA="));
    send_file(10000, JINGLE_SEND_FILE(.hash_now = true));
    if (_i) {
        assert_failed(0, ROMEO_NOT_VERIFIED, JULIET_NOT_VERIFIED);
        return;
    }
    ck_assert(wire_finish(wire, 0));
    ck_assert_str_eq(wire_log(wire, 1), JULIET_VERIFIED);
}
END_TEST

/** J234-27 */
START_TEST(unknown_algorithms_are_ignored)
{
    set_edit("session-initiate", "<hash ", NULL, HASH("whirlpool", "AAAA") "<hash ");
    send_file(10000, JINGLE_SEND_FILE(.hash_now = true));
    ck_assert(wire_finish(wire, 0));
    ck_assert_str_eq(wire_log(wire, 1), JULIET_VERIFIED);
}
END_TEST

/** J234-08: the older form of an announcement. */
START_TEST(an_empty_hash_announces)
{
    set_edit("session-initiate", "hash-used", NULL, "hash");
    send_file(10000, NULL);
    ck_assert(wire_finish(wire, 0));
    ck_assert_str_eq(wire_log(wire, 1), JULIET_VERIFIED);
}
END_TEST

static bool flip_a_bit(wire_t *w, unsigned from, char **xml)
{
    char *data = strstr(*xml, "<data ");

    (void)from;
    if (data && w->counts[0]++ == 2) {
        data = strchr(data, '>') + 1;
        *data = *data == 'A' ? 'B' : 'A';
    }
    return true;
}

START_TEST(a_bit_flips)
{
    wire->tap = flip_a_bit;
    send_file(10000, NULL);
    assert_failed(0, ROMEO_NOT_VERIFIED, JULIET_NOT_VERIFIED);
}
END_TEST

/* ---- sizes that lie ------------------------------------------------------------------------ */

START_TEST(too_little)
{
    set_edit("session-initiate", "<size>20000<", NULL, "<size>20001<");
    send_file(20000, NULL);
    assert_failed(5000, "start, done not-verified, ended media-error",
                  "offer a 20001, start, done short, ended media-error");
}
END_TEST

/** Within a block, in a block of its own, and with nothing announced. */
static const struct {
    const char *size, *log;
} lies[] = {
    {"<size>19999<", "offer a 19999, start, done too-large, ended media-error"},
    {"<size>16384<", "offer a 16384, start, done too-large, ended media-error"},
    {"<size>0<", "offer a 0, start, done too-large, ended media-error"},
};

START_TEST(too_much)
{
    set_edit("session-initiate", "<size>20000<", NULL, lies[_i].size);
    send_file(20000, NULL);
    assert_failed(5000, "start, done too-large, ended media-error", lies[_i].log);
}
END_TEST

static long give_any(jingle_file_t *file, uint64_t offset, void *buffer, size_t len, void *userdata)
{
    (void)file;
    (void)userdata;
    (void)offset;
    memset(buffer, 'x', len);
    return (long)len;
}

/** A size that is not known is bounded by the program's limit. */
START_TEST(without_end)
{
    wire_config_t config = {.files = {[1] = {.max_size = 50000}}};

    again(&config);
    ck_assert_int_eq(jingle_send_file(wire->side[0].jingle, WIRE_JULIET, NULL,
                                      JINGLE_SEND_FILE(.read = give_any, .name = "a",
                                                       .file_size = JINGLE_FILE_SIZE_UNKNOWN),
                                      NULL),
                     JINGLE_EOK);
    assert_failed(5000, "start, done too-large, ended media-error",
                  "offer a -1, start, done too-large, ended media-error");
    ck_assert_uint_le(wire->side[1].progress, 50000);
}
END_TEST

START_TEST(larger_than_allowed)
{
    wire_config_t config = {.files = {[1] = {.max_size = 50000}}};

    again(&config);
    wire->tap = keep_terminate;
    send_file(50001, NULL);
    assert_failed(0, "done too-large, ended media-error", "ended media-error");
    ck_assert_ptr_nonnull(strstr(terminate, "file-too-large"));
    ck_assert_ptr_nonnull(strstr(terminate, "urn:xmpp:jingle:apps:file-transfer:errors:0"));
    send_file(50000, NULL);
    ck_assert(wire_finish(wire, 0));
    ck_assert_str_eq(wire_log(wire, 1), "offer a 50000, start, done done verified, ended success");
}
END_TEST

START_TEST(the_source_shrinks)
{
    send_file(50000, NULL);
    for (int i = 0; i < 12; i++)
        wire_step(wire);
    ck_assert_int_eq(truncate(folder_path(wire->side[0].folder, "a"), 100), 0);
    assert_failed(5000, "start, done io-error, ended failed-application",
                  "offer a 50000, start, done unavailable, ended failed-application");
}
END_TEST

START_TEST(the_source_grows)
{
    send_file(50000, NULL);
    for (int i = 0; i < 12; i++)
        wire_step(wire);
    ck_assert_int_eq(truncate(folder_path(wire->side[0].folder, "a"), 100000), 0);
    ck_assert(wire_finish(wire, 0));
    ck_assert_str_eq(wire_log(wire, 1), "offer a 50000, start, done done verified, ended success");
}
END_TEST

/* ---- a hash that never comes --------------------------------------------------------------- */

static bool lose_checksum(wire_t *w, unsigned from, char **xml)
{
    (void)from;
    (void)w;
    return !strstr(*xml, "<checksum");
}

/** Kept after a while, and not verified; refused where the program wants a hash. */
START_TEST(the_checksum_is_lost)
{
    wire_config_t config = {.files = {[1] = {.require_hash = _i, .checksum_timeout = 3000}}};

    again(&config);
    wire->tap = lose_checksum;
    send_file(10000, NULL);
    wire_wait(wire, 2999);
    ck_assert_str_eq(wire_log(wire, 1), "offer a 10000, start");
    ck_assert_str_eq(folder_list(wire->side[1].folder), "a.part 10000");
    ck_assert(wire_finish(wire, 1));
    ck_assert_str_eq(wire_log(wire, 1),
                     _i ? "done timeout, ended timeout" : "done done, ended success");
    ck_assert_str_eq(folder_list(wire->side[1].folder), _i ? "" : "a 10000");
}
END_TEST

/** What the sender says at the end settles it: a session ended with success, or a hash told late.
 */
START_TEST(the_sender_ends_the_session)
{
    wire->tap = lose_checksum;
    send_file(10000, NULL);
    wire_settle(wire);
    ck_assert_str_eq(folder_list(wire->side[1].folder), "a.part 10000");
    ck_assert_int_eq(jingle_session_end(jingle_file_get_session(wire_file(wire, 0)), NULL),
                     JINGLE_EOK);
    ck_assert(wire_finish(wire, 0));
    ck_assert_str_eq(wire_log(wire, 1), "offer a 10000, start, done done, ended success");
    ck_assert_str_eq(folder_list(wire->side[1].folder), "a 10000");
}
END_TEST

/** J234-07: tolerated, and not verified, unless the program wants a hash. */
START_TEST(no_hash_at_all)
{
    wire_config_t config = {.files = {[1] = {.require_hash = _i}}};

    again(&config);
    set_edit("session-initiate", "<hash ", "</hash>", "");
    send_file(10000, JINGLE_SEND_FILE(.hash_now = true));
    ck_assert(wire_finish(wire, 0));
    ck_assert_str_eq(wire_log(wire, 0), _i ? "done unavailable, ended incompatible-parameters"
                                           : "start, done done verified, ended success");
    ck_assert_str_eq(wire_log(wire, 1), _i ? "ended incompatible-parameters"
                                           : "offer a 10000, start, done done, ended success");
}
END_TEST

/* ---- no room ------------------------------------------------------------------------------- */

static struct rlimit before;

static void limit_files(wire_side_t *side, jingle_file_t *file)
{
    struct rlimit limit;

    (void)side;
    (void)file;
    signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
    limit = before;
    limit.rlim_cur = 10000;
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    side->on_progress = NULL;
}

START_TEST(a_full_disk)
{
    wire->side[1].on_progress = limit_files;
    send_file(50000, NULL);
    ck_assert(wire_finish(wire, 0));
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
    assert_failed(0, "start, done unavailable, ended failed-application",
                  "offer a 50000, start, done no-space, ended failed-application");
    ck_assert_str_eq(jingle_file_get_text(wire->side[0].file), "no room is left for the file");
}
END_TEST

static int write_result, finish_result, finish_calls;
static bool finish_whole;

static int fail_write(jingle_file_t *file, uint64_t offset, const void *data, size_t len,
                      void *userdata)
{
    (void)file;
    (void)data;
    (void)len;
    (void)userdata;
    return offset ? write_result : JINGLE_EOK;
}

static int count_finish(jingle_file_t *file, bool is_whole, void *userdata)
{
    (void)file;
    (void)userdata;
    finish_calls++;
    finish_whole = is_whole;
    return finish_result;
}

static const jingle_accept_file_t failing = {
    .size = sizeof failing, .write = fail_write, .finish = count_finish};

static const struct {
    int write, finish;
    const char *log;
    bool whole;
} programs[] = {
    {JINGLE_EOK, JINGLE_EOK, "offer a 9000, start, done done verified, ended success", true},
    {JINGLE_ELIMIT, JINGLE_EOK, "offer a 9000, start, done no-space, ended failed-application",
     false},
    {JINGLE_EIO, JINGLE_EOK, "offer a 9000, start, done io-error, ended failed-application", false},
    {JINGLE_EOK, JINGLE_ELIMIT, "offer a 9000, start, done no-space, ended failed-application",
     true},
    {JINGLE_EOK, JINGLE_EIO, "offer a 9000, start, done io-error, ended failed-application", true},
};

START_TEST(the_program_cannot_write)
{
    write_result = programs[_i].write;
    finish_result = programs[_i].finish;
    finish_calls = 0;
    wire->side[1].accept = &failing;
    send_file(9000, NULL);
    ck_assert(wire_finish(wire, 0));
    ck_assert_str_eq(wire_log(wire, 1), programs[_i].log);
    ck_assert_int_eq(finish_calls, 1);
    ck_assert_int_eq(finish_whole, programs[_i].whole);
}
END_TEST

START_TEST(the_folder_goes_away)
{
    wire_config_t config = {0};
    char *folder = folder_new();

    config.files[1].folder = folder;
    again(&config);
    wire->side[1].by_session = true;
    folder_remove(folder);
    send_file(9000, NULL);
    ck_assert(wire_finish(wire, 0));
    ck_assert_str_eq(wire_log(wire, 0), "done unavailable, ended failed-application");
    ck_assert_str_eq(wire_log(wire, 1), "done io-error, ended failed-application");
}
END_TEST

/* ---- no -------------------------------------------------------------------------------------- */

static void decline(wire_side_t *side, jingle_file_t *file)
{
    (void)side;
    ck_assert_int_eq(jingle_file_decline(file, "not now"), JINGLE_EOK);
}

static void cancel_offer(wire_side_t *side, jingle_file_t *file)
{
    (void)side;
    ck_assert_int_eq(jingle_file_cancel(file, NULL), JINGLE_EOK);
}

static void end_session(wire_side_t *side, jingle_file_t *file)
{
    (void)side;
    ck_assert_int_eq(jingle_session_decline(jingle_file_get_session(file)), JINGLE_EOK);
}

START_TEST(declined)
{
    wire->side[1].on_offer = _i ? end_session : decline;
    send_file(9000, NULL);
    assert_failed(0, "done declined, ended decline", "offer a 9000, done declined, ended decline");
    if (!_i)
        ck_assert_str_eq(jingle_file_get_text(wire->side[0].file), "not now");
}
END_TEST

START_TEST(cancelled_by_who_is_asked)
{
    wire->side[1].on_offer = cancel_offer;
    send_file(9000, NULL);
    assert_failed(0, "done cancelled, ended cancel", "offer a 9000, done cancelled, ended cancel");
}
END_TEST

/* ---- bounds of the offer ------------------------------------------------------------------- */

static const struct {
    const char *from, *until, *to, *log; /**< what Romeo's log says; NULL: it arrives */
} offers[] = {
    {"<size>", "</size>", "<size>-1</size>", "done"},
    {"<size>", "</size>", "<size>1e3</size>", "done"},
    {"<size>", "</size>", "<size>99999999999999999999</size>", "done"},
    {"<size>", "</size>", "<size/>", "done"},
    {"<size>", "</size>", "<size> 10000\n</size>", NULL},
    {"<size>", "</size>", "", NULL},
    {"<file", NULL, "<file xmlns='urn:example:other'", "done"},
    {"senders=\"initiator\"", NULL, "", "done"},
    {"senders=\"initiator\"", NULL, "senders='both'", "done"},
    {"senders=\"initiator\"", NULL, "senders='none'", "done"},
    {"senders=\"initiator\"", NULL, "senders='responder'", "ended failed-application"},
    {"<range/>", NULL, "", NULL},
    {"<range/>", NULL, "<range offset='0'/>", NULL},
    {"<range/>", NULL, "<range offset='0' length='10000'/>", NULL},
    {"<range/>", NULL, "<range offset='1'/>", "ended incompatible-parameters"},
    {"<range/>", NULL, "<range length='10'/>", "ended incompatible-parameters"},
    {"<range/>", NULL, "<range offset='x'/>", "done"},
    {"<date>", "</date>", "<date>today</date>", NULL},
    {"<media-type>", "</media-type>", "<media-type>\xc3\xa4</media-type>", NULL},
    {"<media-type>", "</media-type>", "", NULL},
    {"<name>", "</name>", "<name/>", NULL},
    {"<name>", "</name>", "", NULL},
};

/** J234-03, J234-04, J234-15 */
START_TEST(offers_are_judged)
{
    set_edit("session-initiate", offers[_i].from, offers[_i].until, offers[_i].to);
    send_file(10000, JINGLE_SEND_FILE(.hash_now = true));
    ck_assert(wire_finish(wire, 5000));
    if (offers[_i].log)
        ck_assert_ptr_nonnull(strstr(wire_log(wire, 0), offers[_i].log));
    ck_assert_str_eq(strstr(wire_log(wire, 1), "done done verified") ? "arrived" : "",
                     offers[_i].log ? "" : "arrived");
    if (offers[_i].log)
        ck_assert_str_eq(folder_list(wire->side[1].folder), "");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("fault");
    TCase *hashes = tcase_create("hashes"), *sizes = tcase_create("sizes"),
          *room = tcase_create("room"), *answers = tcase_create("answers");

    tcase_add_checked_fixture(hashes, setup, teardown);
    tcase_add_test(hashes, wrong_hash_later);
    tcase_add_test(hashes, wrong_hash_in_the_offer);
    tcase_add_test(hashes, a_hash_that_is_none);
    tcase_add_loop_test(hashes, the_strongest_decides, 0, 2);
    tcase_add_test(hashes, unknown_algorithms_are_ignored);
    tcase_add_test(hashes, an_empty_hash_announces);
    tcase_add_test(hashes, a_bit_flips);
    tcase_add_loop_test(hashes, the_checksum_is_lost, 0, 2);
    tcase_add_test(hashes, the_sender_ends_the_session);
    tcase_add_loop_test(hashes, no_hash_at_all, 0, 2);
    suite_add_tcase(suite, hashes);
    tcase_add_checked_fixture(sizes, setup, teardown);
    tcase_add_test(sizes, too_little);
    tcase_add_loop_test(sizes, too_much, 0, LEN(lies));
    tcase_add_test(sizes, without_end);
    tcase_add_test(sizes, larger_than_allowed);
    tcase_add_test(sizes, the_source_shrinks);
    tcase_add_test(sizes, the_source_grows);
    suite_add_tcase(suite, sizes);
    tcase_add_checked_fixture(room, setup, teardown);
    tcase_add_test(room, a_full_disk);
    tcase_add_loop_test(room, the_program_cannot_write, 0, LEN(programs));
    tcase_add_test(room, the_folder_goes_away);
    suite_add_tcase(suite, room);
    tcase_add_checked_fixture(answers, setup, teardown);
    tcase_add_loop_test(answers, declined, 0, 2);
    tcase_add_test(answers, cancelled_by_who_is_asked);
    tcase_add_loop_test(answers, offers_are_judged, 0, LEN(offers));
    suite_add_tcase(suite, answers);
    return run_suite(suite);
}
