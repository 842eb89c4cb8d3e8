/* SPDX-License-Identifier: MIT */
/** @file
 *  Files that are asked for: by what they are named, where they go, and how the answer is judged.
 *  Checklist: J234-16, J234-17. */
#include "asking.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/runner.h"

#define LEN(array) (sizeof(array) / sizeof *(array))

START_TEST(asked_and_given)
{
    options =
        _i ? JINGLE_SEND_FILE(.hash_now = true, .name = "b", .media_type = "text/plain") : NULL;
    ck_assert_int_eq(ask(JINGLE_REQUEST_FILE(.name = "a")), JINGLE_EOK);
    ck_assert(wire_finish(wire, 0));
    ck_assert_str_eq(wire_log(wire, 0), "request a, start, done done verified, ended success");
    ck_assert_str_eq(wire_log(wire, 1), "start, done done verified, ended success");
    ck_assert(folder_holds(wire->side[1].folder, "a", wire_data(SIZE), SIZE));
    ck_assert_has(stanzas, "senders=\"responder\"");
    ck_assert_has_not(stanzas, "senders=\"initiator\"");
    for (unsigned i = 0; i < 2; i++) {
        ck_assert(jingle_file_is_requested(wire->side[i].file));
        ck_assert_int_eq(jingle_file_is_sender(wire->side[i].file), i == 0);
        ck_assert_uint_eq(jingle_file_get_info(wire->side[i].file)->file_size, SIZE);
        ck_assert_int_eq(jingle_file_get_info(wire->side[i].file)->date, DATE);
        ck_assert_str_eq(jingle_file_get_info(wire->side[i].file)->name, _i ? "b" : "a");
    }
    ck_assert_str_eq(jingle_file_get_path(wire->side[1].file),
                     folder_path(wire->side[1].folder, "a"));
}
END_TEST

/** The request says what was given to say, and no more. */
START_TEST(the_request_says)
{
    static const jingle_hash_t hash = {.algo = JINGLE_HASH_SHA_1, .len = 20, .value = {0xc3, 0x49}};
    const char *end;

    ck_assert_int_eq(ask(JINGLE_REQUEST_FILE(.hash = &hash)), JINGLE_EOK);
    wire_step(wire);
    end = strstr(stanzas, "<file>");
    ck_assert_ptr_nonnull(end);
    ck_assert_msg(!strncmp(end, "<file><hash ", 12), "%s", end);
    ck_assert_has(end, "</hash></file>");
    wire_finish(wire, 0);
    stanzas[0] = '\0';
    ck_assert_int_eq(ask(JINGLE_REQUEST_FILE(.name = "n", .file_size = 7, .has_date = true,
                                             .date = DATE, .media_type = "text/plain")),
                     JINGLE_EOK);
    wire_step(wire);
    ck_assert_has(stanzas, "<file><date>2001-09-09T01:46:40Z</date><media-type>text/plain"
                           "</media-type><name>n</name><size>7</size></file>");
}
END_TEST

START_TEST(what_cannot_be_asked)
{
    static const jingle_hash_t none = {.algo = JINGLE_HASH_SHA_1}, unknown = {.len = 20};
    const jingle_request_file_t requests[] = {
        {.size = 1, .name = "a"},
        *JINGLE_REQUEST_FILE(.name = NULL),
        *JINGLE_REQUEST_FILE(.name = ""),
        *JINGLE_REQUEST_FILE(.name = "a", .offset = 1),
        *JINGLE_REQUEST_FILE(.name = "a", .length = 1),
        *JINGLE_REQUEST_FILE(.hash = &none),
        *JINGLE_REQUEST_FILE(.hash = &unknown),
        *JINGLE_REQUEST_FILE(.media_type = "text"),
        *JINGLE_REQUEST_FILE(.file_size = UINT64_MAX),
    };

    for (size_t i = 0; i < LEN(requests); i++)
        ck_assert_int_eq(ask(&requests[i]), JINGLE_EINVAL);
    ck_assert_int_eq(ask(NULL), JINGLE_EINVAL);
    ck_assert_int_eq(jingle_request_file(NULL, WIRE_ROMEO, JINGLE_REQUEST_FILE(.name = "a"), NULL),
                     JINGLE_EINVAL);
    ck_assert_int_eq(jingle_session_add_request(NULL, JINGLE_REQUEST_FILE(.name = "a"), NULL),
                     JINGLE_EINVAL);
    ck_assert_str_eq(wire_log(wire, 1), "");
}
END_TEST

/* ---- J234-17: by what a file is named -------------------------------------------------------- */

static jingle_hash_t hash_of(jingle_hash_algo_t algo, unsigned char first)
{
    jingle_hash_t hash = {.algo = algo, .len = algo == JINGLE_HASH_SHA_1 ? 20 : 32};

    hash.value[0] = first;
    return hash;
}

START_TEST(matching)
{
    jingle_hash_t has[] = {hash_of(JINGLE_HASH_SHA_256, 1), hash_of(JINGLE_HASH_SHA_1, 2)};
    jingle_hash_t wants[] = {hash_of(JINGLE_HASH_SHA_256, 1),
                             hash_of(JINGLE_HASH_SHA_1, 2),
                             hash_of(JINGLE_HASH_SHA_1, 3),
                             hash_of(JINGLE_HASH_SHA3_256, 1),
                             {.algo = JINGLE_HASH_SHA_256}};
    jingle_file_info_t file = {.name = "a",
                               .file_size = 5,
                               .date = 7,
                               .media_type = "text/plain",
                               .hashes = has,
                               .n_hashes = 2};
    const jingle_file_info_t any = {.file_size = JINGLE_FILE_SIZE_UNKNOWN,
                                    .date = JINGLE_FILE_DATE_UNKNOWN,
                                    .media_type = "application/octet-stream"};
    jingle_file_info_t wanted;

#define MATCHES(result, ...)                                                                       \
    wanted = any;                                                                                  \
    __VA_ARGS__;                                                                                   \
    ck_assert_int_eq(jingle_file_matches(&wanted, &file), result)

    MATCHES(false, (void)0);
    MATCHES(true, wanted.name = "a");
    MATCHES(false, wanted.name = "A");
    MATCHES(true, wanted.file_size = 5);
    MATCHES(false, wanted.file_size = 6);
    MATCHES(true, wanted.date = 7);
    MATCHES(false, wanted.date = 8);
    MATCHES(true, wanted.media_type = "Text/Plain");
    MATCHES(false, wanted.media_type = "text/html");
    for (size_t i = 0; i < LEN(wants); i++) {
        MATCHES(i < 2, wanted.hashes = &wants[i]; wanted.n_hashes = 1);
    }
    MATCHES(true, wanted.hashes = wants; wanted.n_hashes = 2);
    MATCHES(false, wanted.hashes = wants + 1; wanted.n_hashes = 2);
    MATCHES(true, wanted.name = "a"; wanted.file_size = 5; wanted.date = 7;
            wanted.media_type = "text/plain"; wanted.hashes = wants; wanted.n_hashes = 1);
    MATCHES(false, wanted.name = "a"; wanted.file_size = 5; wanted.date = 8;
            wanted.media_type = "text/plain"; wanted.hashes = wants; wanted.n_hashes = 1);
    file.n_hashes = 0;
    MATCHES(false, wanted.hashes = wants; wanted.n_hashes = 1);
    file.name = NULL;
    MATCHES(false, wanted.name = "a");
    ck_assert(!jingle_file_matches(NULL, &file));
    ck_assert(!jingle_file_matches(&file, NULL));
}
END_TEST

/** What the program at the other side sees of a request. */
static void match(wire_side_t *side, jingle_file_t *file)
{
    jingle_file_info_t there = {
        .name = "a", .file_size = SIZE, .date = DATE, .media_type = "text/plain"};

    if (jingle_file_matches(jingle_file_get_info(file), &there))
        provide(side, file);
    else
        ck_assert_int_eq(jingle_file_decline(file, NULL), JINGLE_EOK);
}

START_TEST(each_selector)
{
    const struct {
        const jingle_request_file_t *request;
        bool given;
    } selectors[] = {
        {JINGLE_REQUEST_FILE(.name = "a"), true},
        {JINGLE_REQUEST_FILE(.name = "b"), false},
        {JINGLE_REQUEST_FILE(.file_size = SIZE), true},
        {JINGLE_REQUEST_FILE(.file_size = SIZE + 1), false},
        {JINGLE_REQUEST_FILE(.has_date = true, .date = DATE), true},
        {JINGLE_REQUEST_FILE(.has_date = true, .date = 0), false},
        {JINGLE_REQUEST_FILE(.media_type = "text/plain"), true},
        {JINGLE_REQUEST_FILE(.media_type = "text/html"), false},
        {JINGLE_REQUEST_FILE(.name = "a", .file_size = SIZE, .media_type = "text/plain"), true},
        {JINGLE_REQUEST_FILE(.name = "a", .file_size = 1), false},
    };

    wire->side[0].on_request = match;
    for (size_t i = 0; i < LEN(selectors); i++) {
        ck_assert_int_eq(ask(selectors[i].request), JINGLE_EOK);
        ck_assert(wire_finish(wire, 0));
        ck_assert_str_eq(wire_log(wire, 1), selectors[i].given
                                                ? "start, done done verified, ended success"
                                                : "done unavailable, ended failed-application");
    }
}
END_TEST

/* ---- where it goes --------------------------------------------------------------------------- */

static text_t taken;
static int ended;

static int take_data(jingle_file_t *file, uint64_t offset, const void *data, size_t len,
                     void *userdata)
{
    (void)userdata;
    ck_assert_uint_eq(offset, jingle_file_get_offset(file) + taken.len);
    text_add(&taken, data, len);
    return JINGLE_EOK;
}

static int take_end(jingle_file_t *file, bool is_whole, void *userdata)
{
    (void)file;
    (void)userdata;
    ended = is_whole ? 1 : -1;
    return JINGLE_EOK;
}

/** A part of it, into memory. */
START_TEST(a_part)
{
    text_clear(&taken);
    ended = 0;
    ck_assert_int_eq(ask(JINGLE_REQUEST_FILE(.name = "a", .offset = 1000, .length = _i ? 500 : 0,
                                             .write = take_data, .finish = take_end)),
                     JINGLE_EOK);
    ck_assert(wire_finish(wire, 0));
    ck_assert_str_eq(wire_log(wire, 1), "start at 1000, done done verified, ended success");
    ck_assert_str_eq(wire_log(wire, 0),
                     "request a, start at 1000, done done verified, ended success");
    ck_assert_int_eq(ended, 1);
    ck_assert_uint_eq(taken.len, _i ? 500 : SIZE - 1000);
    ck_assert_mem_eq(taken.data, wire_data(SIZE) + 1000, taken.len);
    text_clear(&taken);
}
END_TEST

/** One that is not there is no other answer than that for a file that is not there. */
START_TEST(no_such_part)
{
    text_clear(&taken);
    ended = 0;
    options = _i ? JINGLE_SEND_FILE(.name = "b") : NULL;
    ck_assert_int_eq(ask(JINGLE_REQUEST_FILE(.name = "a", .offset = SIZE, .length = 1,
                                             .write = take_data, .finish = take_end)),
                     JINGLE_EOK);
    ck_assert(wire_finish(wire, 0));
    ck_assert_int_eq(provided, JINGLE_EINVAL);
    ck_assert_str_eq(wire_log(wire, 1), "done unavailable, ended failed-application");
    ck_assert_int_eq(ended, -1);
}
END_TEST

START_TEST(into_a_folder)
{
    char *other = folder_new();

    ck_assert_int_eq(ask(JINGLE_REQUEST_FILE(.name = "a", .folder = other, .save_as = "../x")),
                     JINGLE_EOK);
    ck_assert(wire_finish(wire, 0));
    ck_assert_str_eq(folder_list(other), "___x 50000");
    ck_assert_int_eq(ask(JINGLE_REQUEST_FILE(.file_size = SIZE, .folder = other)), JINGLE_EOK);
    ck_assert(wire_finish(wire, 0));
    ck_assert_str_eq(folder_list(other), "___x 50000, a 50000");
    folder_remove(other);
    wire_log(wire, 1);
    ck_assert_int_eq(ask(JINGLE_REQUEST_FILE(.name = "a", .folder = "/no/such/folder")),
                     JINGLE_EOK);
    ck_assert(wire_finish(wire, 0));
    ck_assert_str_eq(wire_log(wire, 1), "done io-error, ended failed-application");
}
END_TEST

/* ---- the answer is judged -------------------------------------------------------------------- */

#define HASH_1(value) "<hash xmlns='urn:xmpp:hashes:2' algo='sha-1'>" value "</hash>"

/** What is given is not what was asked for. */
static const struct {
    const char *from, *until, *to, *log;
} answers[] = {
    {"<size>", "</size>", "<size>50001</size>", "done unavailable, ended incompatible-parameters"},
    {"<size>", "</size>", "<size>x</size>", NULL},
    {"<range/>", NULL, "<range offset='1'/>", "done unavailable, ended incompatible-parameters"},
    {"<range/>", NULL, "<range length='1'/>", "done unavailable, ended incompatible-parameters"},
    {"</size>", NULL, "</size>" HASH_1("AAAAAAAAAAAAAAAAAAAAAAAAAAA="),
     "done unavailable, ended incompatible-parameters"},
    /* And what may be left out. */
    {"<size>", "</size>", "", "start, done not-verified, ended media-error"},
    {"<range/>", NULL, "", "start, done not-verified, ended media-error"},
};

START_TEST(answers_are_judged)
{
    const jingle_hash_t hash = {.algo = JINGLE_HASH_SHA_1, .len = 20, .value = {1}};

    set_edit("session-accept", answers[_i].from, answers[_i].until, answers[_i].to);
    ck_assert_int_eq(ask(JINGLE_REQUEST_FILE(.file_size = SIZE, .hash = &hash)), JINGLE_EOK);
    ck_assert(wire_finish(wire, 70000));
    if (answers[_i].log)
        ck_assert_str_eq(wire_log(wire, 1), answers[_i].log);
    ck_assert_str_eq(folder_list(wire->side[1].folder), "");
}
END_TEST

/** The description may be left out: then what was asked for holds. */
START_TEST(an_answer_without_description)
{
    set_edit("session-accept", "<description ", "</description>", "");
    ck_assert_int_eq(ask(JINGLE_REQUEST_FILE(.name = "a", .file_size = SIZE)), JINGLE_EOK);
    ck_assert(wire_finish(wire, 5000));
    ck_assert_ptr_nonnull(strstr(wire_log(wire, 1), "start, done done verified"));
    ck_assert(folder_holds(wire->side[1].folder, "a", wire_data(SIZE), SIZE));
}
END_TEST

START_TEST(limits_hold)
{
    wire_config_t config = {.files = {[1] = {.max_size = SIZE - 1}}};

    again(&config);
    ck_assert_int_eq(ask(JINGLE_REQUEST_FILE(.name = "a")), JINGLE_EOK);
    ck_assert(wire_finish(wire, 5000));
    ck_assert_str_eq(wire_log(wire, 1), "done too-large, ended media-error");
    ck_assert_has(stanzas, "file-too-large");
    config = (wire_config_t){.files = {[1] = {.require_hash = true}}};
    again(&config);
    set_edit("session-accept", "<hash-used ", "/>", "");
    ck_assert_int_eq(ask(JINGLE_REQUEST_FILE(.name = "a")), JINGLE_EOK);
    ck_assert(wire_finish(wire, 5000));
    ck_assert_str_eq(wire_log(wire, 1), "done unavailable, ended incompatible-parameters");
}
END_TEST

/* ---- without memory ----------------------------------------------------------------------------
 */

START_TEST(each_allocation)
{
    const jingle_send_file_t hashing = {.size = sizeof hashing, .hash_now = _i / 2};
    unsigned side = (unsigned)_i % 2;
    bool failed = true;

    for (size_t n = 1; failed; n++) {
        wire_config_t config = {0};
        bool asked;

        config.fail[side] = n;
        again(&config);
        options = &hashing;
        asked = wire->side[0].jingle && wire->side[1].jingle &&
                !ask(JINGLE_REQUEST_FILE(.name = "a", .folder = wire->side[1].folder,
                                         .media_type = "text/plain", .save_as = "b"));
        if (asked && !wire_finish(wire, 400000)) {
            jingle_file_cancel(wire_file(wire, 1), NULL);
            ck_assert(wire_finish(wire, 0));
        }
        failed = wire->side[side].mem.failures > 0;
        ck_assert(!asked || strstr(text_str(&wire->side[1].log), "done "));
        ck_assert_str_eq(folder_list(wire->side[1].folder),
                         strstr(text_str(&wire->side[1].log), "done done") ? "b 50000" : "");
        ck_assert(failed || strstr(text_str(&wire->side[1].log), "done done"));
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("request");
    TCase *asking = tcase_create("asking"), *memory = tcase_create("memory");

    tcase_add_checked_fixture(asking, asking_setup, asking_teardown);
    tcase_add_loop_test(asking, asked_and_given, 0, 2);
    tcase_add_test(asking, the_request_says);
    tcase_add_test(asking, what_cannot_be_asked);
    tcase_add_test(asking, matching);
    tcase_add_test(asking, each_selector);
    tcase_add_loop_test(asking, a_part, 0, 2);
    tcase_add_loop_test(asking, no_such_part, 0, 2);
    tcase_add_test(asking, into_a_folder);
    tcase_add_loop_test(asking, answers_are_judged, 0, LEN(answers));
    tcase_add_test(asking, an_answer_without_description);
    tcase_add_test(asking, limits_hold);
    suite_add_tcase(suite, asking);
    tcase_add_checked_fixture(memory, asking_setup, asking_teardown);
    tcase_set_timeout(memory, 120);
    tcase_add_loop_test(memory, each_allocation, 0, 4);
    suite_add_tcase(suite, memory);
    return run_suite(suite);
}
