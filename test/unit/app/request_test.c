/* SPDX-License-Identifier: MIT */
/** @file
 *  Files that are asked for: by what they are named, how they are given, and that nobody learns why
 *  one is not. Checklist: J234-04, J234-05, J234-16, J234-17, J234-18, J234-29. */
#include "wire.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utime.h>

#include "support/runner.h"

#define LEN(array) (sizeof(array) / sizeof *(array))
#define SIZE 50000u
#define DATE 1000000000

static wire_t *wire;
static char stanzas[65536];

static bool keep_stanzas(wire_t *w, unsigned from, char **xml)
{
    size_t len = strlen(stanzas);

    (void)w;
    (void)from;
    if (strstr(*xml, "<jingle"))
        snprintf(stanzas + len, sizeof stanzas - len, "%s\n", *xml);
    return true;
}

/* ---- Juliet asks, Romeo gives ---------------------------------------------------------------- */

static const jingle_send_file_t *options;
static int provided;
static jingle_file_t *open_request;

static void provide(wire_side_t *side, jingle_file_t *file)
{
    provided = jingle_file_provide(file, folder_path(side->folder, "a"), options);
    if (provided)
        ck_assert_int_eq(jingle_file_decline(file, "secret"), JINGLE_EOK);
}

static void keep_request(wire_side_t *side, jingle_file_t *file)
{
    (void)side;
    open_request = jingle_file_clone(file);
}

static void start(const wire_config_t *config)
{
    wire_config_t serving = config ? *config : (wire_config_t){0};
    const char *path;

    serving.serves[0] = serving.serves[1] = true;
    wire = wire_new(&serving);
    stanzas[0] = '\0';
    wire->tap = keep_stanzas;
    wire->side[0].on_request = wire->side[1].on_request = provide;
    folder_write(wire->side[0].folder, "a", wire_data(SIZE), SIZE);
    path = folder_path(wire->side[0].folder, "a");
    ck_assert_int_eq(utime(path, &(struct utimbuf){.actime = DATE, .modtime = DATE}), 0);
    options = NULL;
}

static void setup(void)
{
    start(NULL);
}

static void teardown(void)
{
    ck_assert_uint_eq(wire_free(wire), 0);
}

static void again(const wire_config_t *config)
{
    teardown();
    start(config);
}

static int ask(const jingle_request_file_t *request)
{
    return jingle_request_file(wire->side[1].jingle, WIRE_ROMEO, request, NULL);
}

#define ck_assert_has(text, what) ck_assert_msg(strstr(text, what), "no %s in %s", what, text)
#define ck_assert_has_not(text, what) ck_assert_msg(!strstr(text, what), "%s in %s", what, text)

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

#define MATCHES(result, ...) \
    wanted = any;            \
    __VA_ARGS__;             \
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

static const char *edit_in, *edit_from, *edit_until, *edit_to;

static bool edit(wire_t *w, unsigned from, char **xml)
{
    keep_stanzas(w, from, xml);
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

/* ---- J234-29: no --------------------------------------------------------------------------------
 */

/** The answer, without what differs from session to session. */
static const char *answer_to(const char *name)
{
    static char told[4][1024];
    static unsigned turn;
    char *answer = told[turn++ % 4], *at;

    stanzas[0] = '\0';
    ck_assert_int_eq(ask(JINGLE_REQUEST_FILE(.name = name)), JINGLE_EOK);
    ck_assert(wire_finish(wire, 0));
    ck_assert_str_eq(wire_log(wire, 1), "done unavailable, ended failed-application");
    at = strstr(stanzas, "<reason>");
    ck_assert_ptr_nonnull(at);
    snprintf(answer, 1024, "%s", at);
    *strchr(answer, '\n') = '\0';
    return answer;
}

static void refuse(wire_side_t *side, jingle_file_t *file)
{
    (void)side;
    ck_assert_int_eq(jingle_file_decline(file, "you may not have it"), JINGLE_EOK);
}

static void provide_nothing(wire_side_t *side, jingle_file_t *file)
{
    (void)side;
    ck_assert_int_eq(jingle_file_provide(file, "/no/such/file", NULL), JINGLE_ENOENT);
    ck_assert_int_eq(errno, ENOENT);
    ck_assert_int_eq(jingle_file_provide(file, "/", NULL), JINGLE_EINVAL);
    ck_assert_int_eq(jingle_file_decline(file, NULL), JINGLE_EOK);
}

static void accept_session(wire_side_t *side, jingle_file_t *file)
{
    (void)side;
    ck_assert_int_eq(jingle_file_accept(file, NULL), JINGLE_EINVOP);
    ck_assert_int_eq(jingle_session_accept(jingle_file_get_session(file)), JINGLE_EOK);
}

/** Unknown, forbidden, or nobody to ask: one cannot tell one from the other. */
START_TEST(one_answer_for_all)
{
    wire_config_t config = {0};
    const char *forbidden, *unknown;

    wire->side[0].on_request = refuse;
    forbidden = answer_to("a");
    wire->side[0].on_request = provide_nothing;
    unknown = answer_to("none");
    ck_assert_str_eq(forbidden, unknown);
    ck_assert_has(unknown, "<failed-application");
    ck_assert_has(unknown, "<file-not-available");
    ck_assert_has(unknown, "urn:xmpp:jingle:apps:file-transfer:errors:0");
    ck_assert_has_not(unknown, "you may not");
    /* The program has accepted the session, and has nothing to give. */
    wire->side[0].on_request = accept_session;
    stanzas[0] = '\0';
    ck_assert_int_eq(ask(JINGLE_REQUEST_FILE(.name = "a")), JINGLE_EOK);
    ck_assert(wire_finish(wire, 0));
    ck_assert_has(stanzas, "<file-not-available");
    /* Nobody serves requests. */
    teardown();
    wire = wire_new(&config);
    wire->tap = keep_stanzas;
    ck_assert_str_eq(answer_to("a"), forbidden);
    ck_assert_str_eq(wire_log(wire, 0), "ended failed-application");
}
END_TEST

/** It names no file: nobody is bothered with it. */
START_TEST(nothing_is_named)
{
    static const char *const empty[] = {
        "", "<name/>", "<desc>all of it</desc>",
        "<hash xmlns='urn:xmpp:hashes:2' algo='whirlpool'>AAAA</hash>"};

    char file[256];

    snprintf(file, sizeof file, "<file>%s</file>", empty[_i]);
    set_edit("session-initiate", "<file>", "</file>", file);
    ck_assert_int_eq(ask(JINGLE_REQUEST_FILE(.name = "a")), JINGLE_EOK);
    ck_assert(wire_finish(wire, 0));
    ck_assert_str_eq(wire_log(wire, 1), "done unavailable, ended failed-application");
    ck_assert_str_eq(wire_log(wire, 0), "ended failed-application");
}
END_TEST

/* ---- later -------------------------------------------------------------------------------------
 */

START_TEST(given_later)
{
    const char *path = folder_path(wire->side[0].folder, "a");

    wire->side[0].on_request = keep_request;
    ck_assert_int_eq(ask(JINGLE_REQUEST_FILE(.name = "a")), JINGLE_EOK);
    wire_wait(wire, 100000);
    ck_assert_str_eq(wire_log(wire, 0), "request a");
    ck_assert_ptr_null(jingle_file_get_path(open_request));
    if (_i) {
        ck_assert_int_eq(jingle_file_decline(open_request, NULL), JINGLE_EOK);
        ck_assert_int_eq(jingle_file_provide(open_request, path, NULL), JINGLE_EINVOP);
    } else {
        ck_assert_int_eq(jingle_file_provide(open_request, path, NULL), JINGLE_EOK);
        ck_assert_int_eq(jingle_file_provide(open_request, path, NULL), JINGLE_EINVOP);
        ck_assert_int_eq(jingle_file_decline(open_request, NULL), JINGLE_EINVOP);
    }
    ck_assert(wire_finish(wire, 0));
    ck_assert_str_eq(wire_log(wire, 0), _i ? "done unavailable, ended failed-application"
                                           : "start, done done verified, ended success");
    ck_assert_int_eq(jingle_file_provide(open_request, path, NULL), JINGLE_EINVOP);
    ck_assert_int_eq(jingle_file_provide(NULL, path, NULL), JINGLE_EINVAL);
    jingle_file_release(open_request);
}
END_TEST

/** One's own request is not one's own to accept. */
START_TEST(not_the_askers_to_decide)
{
    jingle_file_t *file;

    wire->side[0].on_request = keep_request;
    ck_assert_int_eq(ask(JINGLE_REQUEST_FILE(.name = "a")), JINGLE_EOK);
    wire_settle(wire);
    file = wire_file(wire, 1);
    ck_assert_int_eq(jingle_file_accept(file, NULL), JINGLE_EINVOP);
    ck_assert_int_eq(jingle_file_decline(file, NULL), JINGLE_EINVOP);
    ck_assert_int_eq(jingle_file_provide(file, "/etc/hostname", NULL), JINGLE_EINVOP);
    ck_assert_int_eq(jingle_file_cancel(file, NULL), JINGLE_EOK);
    ck_assert(wire_finish(wire, 0));
    ck_assert_str_eq(wire_log(wire, 1), "done cancelled, ended cancel");
    ck_assert_str_eq(wire_log(wire, 0), "request a, done cancelled, ended cancel");
    jingle_file_release(open_request);
}
END_TEST

static unsigned freed;

static void count_free(void *userdata)
{
    (void)userdata;
    freed++;
}

static long give(jingle_file_t *file, uint64_t offset, void *buffer, size_t len, void *userdata)
{
    size_t n = len < SIZE - offset ? len : (size_t)(SIZE - offset);

    (void)file;
    (void)userdata;
    memcpy(buffer, wire_data(SIZE) + offset, n);
    return (long)n;
}

static void provide_data(wire_side_t *side, jingle_file_t *file)
{
    const jingle_send_file_t data = {.size = sizeof data,
                                     .read = give,
                                     .name = "made up",
                                     .file_size = SIZE,
                                     .userdata_free = count_free};

    (void)side;
    ck_assert_int_eq(jingle_file_provide(file, NULL, &data), JINGLE_EOK);
    ck_assert_uint_eq(freed, 0);
    ck_assert_int_eq(jingle_file_provide(file, NULL, &data), JINGLE_EINVOP);
    ck_assert_uint_eq(freed, 1);
}

START_TEST(given_from_memory)
{
    freed = 0;
    wire->side[0].on_request = provide_data;
    ck_assert_int_eq(ask(JINGLE_REQUEST_FILE(.name = "a")), JINGLE_EOK);
    ck_assert(wire_finish(wire, 0));
    ck_assert(folder_holds(wire->side[1].folder, "a", wire_data(SIZE), SIZE));
    ck_assert_uint_eq(freed, 2);
}
END_TEST

/* ---- J234-05, J234-18: who adds it, and who sends -------------------------------------------- */

static bool take_first(jingle_session_t *session, void *userdata)
{
    *(jingle_session_t **)userdata = session;
    return false;
}

static jingle_session_t *session_of(unsigned side)
{
    jingle_session_t *session = NULL;

    jingle_each_session(wire->side[side].jingle, take_first, &session);
    return session;
}

/** In the offer, and while the session runs: by each side, a file and a request. */
START_TEST(four_rows)
{
    unsigned by = (unsigned)_i % 2, other = !by;
    bool request = _i / 2 % 2, add = _i / 4;
    wire_side_t *adder = &wire->side[by];
    jingle_session_t *session;
    const char *senders;

    folder_write(wire->side[1].folder, "a", wire_data(SIZE), SIZE);
    if (add) {
        /* One that is held meanwhile keeps the session. */
        wire->side[0].on_request = keep_request;
        ck_assert_int_eq(ask(JINGLE_REQUEST_FILE(.name = "held")), JINGLE_EOK);
        wire_settle(wire);
        wire->side[0].on_request = provide;
        ck_assert_int_eq(
            jingle_file_provide(open_request, NULL,
                                JINGLE_SEND_FILE(.read = give, .name = "held", .file_size = SIZE)),
            JINGLE_EOK);
        ck_assert_int_eq(jingle_file_pause(open_request, true), JINGLE_EOK);
        wire_settle(wire);
        session = session_of(by);
    } else {
        ck_assert_int_eq(
            jingle_managed_session_new(adder->jingle, wire->side[other].jid, NULL, &session),
            JINGLE_EOK);
    }
    stanzas[0] = '\0';
    if (request)
        ck_assert_int_eq(
            jingle_session_add_request(session, JINGLE_REQUEST_FILE(.name = "a"), NULL),
            JINGLE_EOK);
    else
        ck_assert_int_eq(jingle_session_add_file(session, folder_path(adder->folder, "a"),
                                                 JINGLE_SEND_FILE(.name = "sent"), NULL),
                         JINGLE_EOK);
    if (!add)
        ck_assert_int_eq(jingle_session_start(session), JINGLE_EOK);
    wire_settle(wire);
    /* The session's initiator is Juliet where it ran before, else who adds. */
    senders = (request ? other : by) == (add ? 1 : by) ? "senders=\"initiator\""
                                                       : "senders=\"responder\"";
    ck_assert_has(stanzas, senders);
    ck_assert_has(stanzas, add ? "content-add" : "session-initiate");
    if (add) {
        ck_assert_int_eq(jingle_file_pause(open_request, false), JINGLE_EOK);
        jingle_file_release(open_request);
    }
    ck_assert(wire_finish(wire, 0));
    ck_assert(request ? folder_holds(adder->folder, "a (2)", wire_data(SIZE), SIZE)
                      : folder_holds(wire->side[other].folder, "sent", wire_data(SIZE), SIZE));
    ck_assert_ptr_nonnull(strstr(wire_log(wire, 0), "ended success"));
    ck_assert_ptr_nonnull(strstr(wire_log(wire, 1), "ended success"));
    if (add)
        ck_assert(folder_holds(wire->side[1].folder, "held", wire_data(SIZE), SIZE));
}
END_TEST

/** J234-04: neither both nor none. */
START_TEST(one_direction)
{
    static const char *const senders[] = {"senders='both'", "senders='none'", ""};

    set_edit("session-initiate", "senders=\"responder\"", NULL, senders[_i]);
    ck_assert_int_eq(ask(JINGLE_REQUEST_FILE(.name = "a")), JINGLE_EOK);
    ck_assert(wire_finish(wire, 0));
    ck_assert_str_eq(wire_log(wire, 0), "ended general-error");
    ck_assert_ptr_nonnull(strstr(wire_log(wire, 1), "done "));
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
    TCase *asking = tcase_create("asking"), *answering = tcase_create("answering"),
          *memory = tcase_create("memory");

    tcase_add_checked_fixture(asking, setup, teardown);
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
    tcase_add_checked_fixture(answering, setup, teardown);
    tcase_add_test(answering, one_answer_for_all);
    tcase_add_loop_test(answering, nothing_is_named, 0, 4);
    tcase_add_loop_test(answering, given_later, 0, 2);
    tcase_add_test(answering, not_the_askers_to_decide);
    tcase_add_test(answering, given_from_memory);
    tcase_add_loop_test(answering, four_rows, 0, 8);
    tcase_add_loop_test(answering, one_direction, 0, 3);
    suite_add_tcase(suite, answering);
    tcase_add_checked_fixture(memory, setup, teardown);
    tcase_set_timeout(memory, 120);
    tcase_add_loop_test(memory, each_allocation, 0, 4);
    suite_add_tcase(suite, memory);
    return run_suite(suite);
}
