/* SPDX-License-Identifier: MIT */
/** @file
 *  Saved transfers that somebody has changed: refused, or harmless. */
#include "saving.h"

#include <string.h>

#include <jingle/s5b.h>

#include "support/runner.h"

#define LEN(array) (sizeof(array) / sizeof *(array))

/* Damaged on the way: refused, or harmless, and what lies on the disk stays. */
START_TEST(forged)
{
    unsigned made = 0;

    config = (wire_config_t){.ibb = {{.block_size = 100}, {.block_size = 100}}};
    run_to(500);
    for (unsigned side = 0; side < 2; side++) {
        saved_t copy = saved[side];

        saved[side] = (saved_t){0};
        wire_crash(wire, side, &config);
        for (size_t i = 16; i < copy.len - 8; i++) {
            unsigned char right = copy.data[i];
            jingle_session_t *session = NULL;

            copy.data[i] = right ? 0 : (unsigned char)(1 + i % 9);
            saved_repair(copy.data, copy.len);
            if (jingle_restore(wire->side[side].jingle, copy.data, copy.len, NULL, &session) ==
                JINGLE_EOK) {
                made++;
                jingle_session_end(session,
                                   JINGLE_END(.silent = true, .condition = JINGLE_REASON_GONE));
                wire_lose(wire);
                folder_write(wire->side[1].folder, "a.part", wire_data(500), 500);
            }
            copy.data[i] = right;
        }
        saved_clear(&copy);
    }
    ck_assert_uint_gt(made, 50);
    wire_lose(wire);
    end();
}
END_TEST

/** Where the sid of the bytestream is: 24 digits behind their length. */
static unsigned char *find_sid(const saved_t *of)
{
    static const unsigned char length[8] = {[7] = 25};

    for (size_t i = 0; i + 33 <= of->len; i++)
        if (memcmp(of->data + i, length, 8) == 0 &&
            strspn((char *)of->data + i + 8, "0123456789abcdef") == 24)
            return of->data + i + 8;
    ck_abort_msg("there is none");
    return NULL;
}

/* Sent, it would be the end of the connection. */
START_TEST(a_forged_sid_is_text)
{
    static const char *const sids[] = {"\x01",
                                       "\x7f\x80",
                                       "\xc3",
                                       "\xc0\xaf",
                                       "\xed\xa0\x80",
                                       "\xef\xbf\xbe",
                                       "\xf4\x90\x80\x80",
                                       "\xf8\x88\x80\x80"};
    static const char *const good[] = {"\t", "\xc3\xa4", "\xe2\x82\xac", "\xf0\x9f\x98\x80"};
    unsigned char *sid;

    config = (wire_config_t){.ibb = {{.block_size = 100}, {.block_size = 100}}};
    run_to(500);
    sid = find_sid(&saved[0]);
    wire_crash(wire, 0, &config);
    for (size_t i = 0; i < sizeof sids / sizeof sids[0]; i++) {
        memcpy(memset(sid, 'x', 24), sids[i], strlen(sids[i]));
        saved_repair(saved[0].data, saved[0].len);
        ck_assert_int_eq(
            jingle_restore(wire->side[0].jingle, saved[0].data, saved[0].len, NULL, NULL),
            JINGLE_EDATA);
    }
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        memcpy(memset(sid, 'x', 24), good[i], strlen(good[i]));
        saved_repair(saved[0].data, saved[0].len);
        ck_assert_int_eq(
            jingle_restore(wire->side[0].jingle, saved[0].data, saved[0].len, NULL, NULL),
            JINGLE_EOK);
        jingle_end_all_sessions(wire->side[0].jingle, NULL);
    }
    wire_lose(wire);
    end();
}
END_TEST

/* ---- texts --------------------------------------------------------------------------------- */

/** What no XML can carry. */
static const char *const bad[] = {"\x01",
                                  "\x1f",
                                  "\x80",
                                  "\xc3",
                                  "\xc0\xaf",
                                  "\xe0\x80\x80",
                                  "\xed\xa0\x80",
                                  "\xef\xbf\xbe",
                                  "\xef\xbf\xbf",
                                  "\xf4\x90\x80\x80",
                                  "\xf8\x88\x80\x80"};

/** The n-th place of that text in what was saved, behind its length; NULL: there are not so many. */
static unsigned char *find(const saved_t *of, const char *text, unsigned n)
{
    size_t len = strlen(text);

    for (size_t i = 8; i + len <= of->len; i++)
        if (memcmp(of->data + i, text, len) == 0 && of->data[i - 1] == len + 1 && !n--)
            return of->data + i;
    return NULL;
}

static int restore(unsigned side)
{
    saved_repair(saved[side].data, saved[side].len);
    return jingle_restore(wire->side[side].jingle, saved[side].data, saved[side].len, NULL, NULL);
}

/** Puts another text there, as long as it was. @return of jingle_restore() */
static int restore_with(unsigned side, unsigned char *at, size_t len, const char *text)
{
    unsigned char right[64];
    int err;

    memcpy(right, at, len);
    memcpy(memset(at, 'x', len), text, strlen(text));
    err = restore(side);
    memcpy(at, right, len);
    return err;
}

/** Wherever that text is, nothing that is none is taken. @return how often it is there */
static unsigned refuses(unsigned side, const char *text)
{
    unsigned n = 0;

    for (unsigned char *at; (at = find(&saved[side], text, n)); n++)
        for (size_t i = 0; i < LEN(bad); i++)
            ck_assert_msg(restore_with(side, at, strlen(text), bad[i]) == JINGLE_EDATA,
                          "%s, %u, %zu", text, n, i);
    return n;
}

#define NAME "the-name-of-it"
#define DESC "the words about it"
#define TYPE "the-type/of-it"

static void run_to_half(void)
{
    while (wire->side[1].progress < 500)
        if (!wire_step(wire))
            wire_wait(wire, 0);
}

static void begin_named(void)
{
    config = (wire_config_t){.ibb = {{.block_size = 100}, {.block_size = 100}}};
    begin();
    ck_assert_int_eq(
        wire_send(wire, NAME, SIZE, JINGLE_SEND_FILE(.desc = DESC, .media_type = TYPE)),
        JINGLE_EOK);
    run_to_half();
}

/** What is right is taken still, and goes on. */
static void goes_on(unsigned side)
{
    ck_assert_int_eq(restore(side), JINGLE_EOK);
    ck_assert(wire_finish(wire, 200000));
    ck_assert(folder_holds(wire->side[1].folder, NAME, wire_data(SIZE), SIZE));
    end();
}

START_TEST(texts_of_a_file)
{
    static const char *const no_types[] = {"the-type-of-it", "/he-type/of-it", "the-type-of-i/",
                                           "the-type/of-\xc3\xa4", "the-type/of-\x7f\x7f"};
    unsigned side = (unsigned)_i;

    begin_named();
    wire_crash(wire, side, &config);
    ck_assert_uint_eq(refuses(side, NAME), 1 + side);
    ck_assert_uint_eq(refuses(side, DESC), 1);
    ck_assert_uint_eq(refuses(side, TYPE), 1);
    for (size_t i = 0; i < LEN(no_types); i++)
        ck_assert_msg(restore_with(side, find(&saved[side], TYPE, 0), strlen(TYPE), no_types[i]) ==
                          JINGLE_EDATA,
                      "%zu", i);
    goes_on(side);
}
END_TEST

/* The second is what it is called in the folder: nowhere else. */
START_TEST(names_in_a_folder)
{
    static const char *const no_names[] = {"../ame-of-it", "/he-name-of-it", ".",
                                           "..",           ".hidden",        "the/name"};

    begin_named();
    wire_crash(wire, 1, &config);
    for (size_t i = 0; i < LEN(no_names); i++)
        ck_assert_msg(restore_with(1, find(&saved[1], NAME, 1), strlen(NAME), no_names[i]) ==
                          JINGLE_EDATA,
                      "%s", no_names[i]);
    goes_on(1);
}
END_TEST

static void provide(wire_side_t *side, jingle_file_t *file)
{
    ck_assert_int_eq(jingle_file_provide(file, folder_path(side->folder, NAME), NULL), JINGLE_EOK);
}

/* ... and what it was asked for by. */
START_TEST(texts_of_a_request)
{
    config =
        (wire_config_t){.ibb = {{.block_size = 100}, {.block_size = 100}}, .serves = {true, true}};
    begin();
    wire->side[0].on_request = provide;
    folder_write(wire->side[0].folder, NAME, wire_data(SIZE), SIZE);
    ck_assert_int_eq(jingle_request_file(wire->side[1].jingle, WIRE_ROMEO,
                                         JINGLE_REQUEST_FILE(.name = NAME), NULL),
                     JINGLE_EOK);
    run_to_half();
    wire_crash(wire, 1, &config);
    ck_assert_uint_eq(refuses(1, NAME), 3);
    goes_on(1);
}
END_TEST

/* A name on our disk may be of any octets. What is sent, and saved, is text. */
START_TEST(a_name_that_is_no_text)
{
    config = (wire_config_t){.ibb = {{.block_size = 100}, {.block_size = 100}}};
    begin();
    ck_assert_int_eq(wire_send(wire, "na\xefme", SIZE, NULL), JINGLE_EOK);
    run_to_half();
    ck_assert_str_eq(jingle_file_get_info(wire_file(wire, 0))->name, "na\xef\xbf\xbdme");
    ck_assert_str_eq(jingle_file_get_info(wire_file(wire, 1))->name, "na\xef\xbf\xbdme");
    ck_assert(crash(0));
    ck_assert(crash(1));
    ck_assert(wire_finish(wire, 200000));
    ck_assert(folder_holds(wire->side[1].folder, "na\xef\xbf\xbdme", wire_data(SIZE), SIZE));
    end();
}
END_TEST

static const char hex[] = "0123456789abcdef";

/** The bytestream's sid: 16 digits. @return where it is */
static size_t take_sid(const saved_t *of, char sid[17])
{
    for (size_t i = 8; i + 17 <= of->len; i++)
        if (of->data[i - 1] == 17 && strspn((char *)of->data + i, hex) == 16) {
            memcpy(sid, of->data + i, 16);
            sid[16] = '\0';
            return i;
        }
    ck_abort_msg("there is none");
    return 0;
}

static void undecided(wire_side_t *side, jingle_file_t *file)
{
    (void)side;
    (void)file;
}

static const jingle_s5b_t socks5 = {
    .size = sizeof socks5, .offer_loopback = true, .find_no_proxies = true};

static void begin_socks5(void)
{
    config = (wire_config_t){0};
    begin();
    for (unsigned side = 0; side < 2; side++)
        ck_assert_int_eq(jingle_register_s5b(wire->side[side].jingle, &socks5), JINGLE_EOK);
}

static void send_by_socks5(void)
{
    ck_assert_int_eq(
        wire_send(wire, "a", SIZE, JINGLE_SEND_FILE(.transport = JINGLE_NS_S5B_TRANSPORT)),
        JINGLE_EOK);
}

START_TEST(sid_of_a_socks5_bytestream)
{
    unsigned side = (unsigned)_i;
    char sid[17];

    begin_socks5();
    wire->side[1].on_offer = undecided;
    send_by_socks5();
    wire_wait(wire, 0);
    ck_assert_int_eq(saved_take(&saved[side], jingle_file_get_session(wire_file(wire, side))),
                     JINGLE_EOK);
    take_sid(&saved[side], sid);
    wire_crash(wire, side, &config);
    ck_assert_int_eq(jingle_register_s5b(wire->side[side].jingle, &socks5), JINGLE_EOK);
    ck_assert_uint_eq(refuses(side, sid), 1);
    ck_assert_int_eq(restore(side), JINGLE_EOK);
    wire_lose(wire);
    end();
}
END_TEST

static const char *newest_accept(void)
{
    const char *xml = wire_newest(wire);

    return xml && strstr(xml, "session-accept") ? xml : NULL;
}

static void save_until_accept(wire_side_t *side, jingle_session_t *session)
{
    if (!newest_accept())
        ck_assert_int_eq(saved_take(&saved[side->index], session), JINGLE_EOK);
}

/* Accepted with it, and saved then: without it there is nothing to be said of the bytestream, which
 * has failed. */
START_TEST(no_sid_of_a_socks5_bytestream)
{
    static const unsigned char none[8];
    size_t at;
    char sid[17];

    begin_socks5();
    wire->side[1].on_changed = save_until_accept;
    send_by_socks5();
    while (!newest_accept())
        if (!wire_step(wire))
            wire_wait(wire, 0);
    at = take_sid(&saved[1], sid);
    ck_assert_ptr_nonnull(strstr(newest_accept(), sid));
    saved_splice(&saved[1], at - 16, at - 8, 8 + sizeof sid, none, sizeof none);
    wire_crash(wire, 1, &config);
    ck_assert_int_eq(jingle_register_s5b(wire->side[1].jingle, &socks5), JINGLE_EOK);
    ck_assert_int_eq(restore(1), JINGLE_EOK);
    ck_assert(wire_finish(wire, 200000));
    ck_assert_str_eq(wire_log(wire, 0), "done disconnected, ended connectivity-error");
    ck_assert_str_eq(wire_log(wire, 1),
                     "offer a 1000, done disconnected, ended connectivity-error");
    end();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("forged");
    TCase *tcase = tcase_create("all");

    tcase_set_timeout(tcase, 100);
    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, forged);
    tcase_add_test(tcase, a_forged_sid_is_text);
    tcase_add_loop_test(tcase, texts_of_a_file, 0, 2);
    tcase_add_test(tcase, names_in_a_folder);
    tcase_add_test(tcase, texts_of_a_request);
    tcase_add_test(tcase, a_name_that_is_no_text);
    tcase_add_loop_test(tcase, sid_of_a_socks5_bytestream, 0, 2);
    tcase_add_test(tcase, no_sid_of_a_socks5_bytestream);
    return run_suite(suite);
}
