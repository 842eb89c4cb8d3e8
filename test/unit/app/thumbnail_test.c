/* SPDX-License-Identifier: MIT */
/** @file
 *  Pictures of files (XEP-0264): named in the offer, fetched by bits of binary (XEP-0231), given to
 * the peer alone, judged. And how fast a transfer is. */
#include "wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/runner.h"

#define LEN(array) (sizeof(array) / sizeof *(array))

static wire_t *wire;
static const jingle_picture_t picture = {
    .data = "\x89PNG and so on", .len = 14, .media_type = "image/png", .width = 64, .height = 48};
static jingle_file_t *offered;
static unsigned answers;
static unsigned char *got;
static size_t got_len;

static void keep(wire_side_t *side, jingle_file_t *file)
{
    (void)side;
    offered = jingle_file_clone(file);
}

static void setup(void)
{
    wire = wire_new(NULL);
    wire->side[1].on_offer = keep;
    offered = NULL;
    answers = 0;
    got = NULL;
    got_len = 0;
}

static void teardown(void)
{
    jingle_file_release(offered);
    free(got);
    if (wire)
        ck_assert_uint_eq(wire_free(wire), 0);
}

static void on_picture(jingle_file_t *file, const jingle_picture_t *answer, void *userdata)
{
    ck_assert_ptr_eq(file, offered);
    ck_assert_ptr_eq(userdata, wire);
    answers++;
    if (!answer)
        return;
    got = text_alloc(answer->len);
    got_len = answer->len;
    memcpy(got, answer->data, answer->len);
    ck_assert_str_eq(answer->media_type, jingle_file_get_info(file)->thumbnail->media_type);
    ck_assert_uint_eq(answer->width, jingle_file_get_info(file)->thumbnail->width);
}

static int fetch(void)
{
    return jingle_file_fetch_picture(offered, on_picture, wire);
}

static void offer(const jingle_picture_t *of)
{
    ck_assert_int_eq(wire_send(wire, "a.png", 3000, JINGLE_SEND_FILE(.thumbnail = of)), JINGLE_EOK);
    wire_settle(wire);
    ck_assert_ptr_nonnull(offered);
}

static void finish(void)
{
    ck_assert_int_eq(jingle_file_accept(offered, NULL), JINGLE_EOK);
    ck_assert(wire_finish(wire, 5000));
    ck_assert(folder_holds(wire->side[1].folder, "a.png", wire_data(3000), 3000));
}

START_TEST(offered_and_fetched)
{
    const jingle_thumbnail_t *told;

    offer(&picture);
    told = jingle_file_get_info(offered)->thumbnail;
    ck_assert_ptr_nonnull(told);
    /* SHA-1 of the picture, by sha1sum(1). */
    ck_assert_str_eq(told->uri, "cid:sha1+cff5c63190e55fed1985617bb4cc4704da9631ce@bob.xmpp.org");
    ck_assert_str_eq(told->media_type, "image/png");
    ck_assert_uint_eq(told->width, 64);
    ck_assert_uint_eq(told->height, 48);
    ck_assert_int_eq(fetch(), JINGLE_EOK);
    ck_assert_uint_eq(answers, 0);
    wire_settle(wire);
    ck_assert_uint_eq(answers, 1);
    ck_assert_uint_eq(got_len, picture.len);
    ck_assert_mem_eq(got, picture.data, picture.len);
    finish();
    ck_assert_int_eq(fetch(), JINGLE_EINVOP);
    ck_assert_uint_eq(answers, 1);
}
END_TEST

START_TEST(of_any_size)
{
    static const size_t sizes[] = {1, 2, 3, 1000, JINGLE_PICTURE_MAX};
    jingle_picture_t sized = {
        .data = wire_data(JINGLE_PICTURE_MAX), .len = sizes[_i], .media_type = "image/jpeg"};
    unsigned char copy[JINGLE_PICTURE_MAX];

    memcpy(copy, sized.data, sizeof copy);
    sized.data = copy;
    offer(&sized);
    ck_assert_uint_eq(jingle_file_get_info(offered)->thumbnail->height, 0);
    ck_assert_int_eq(fetch(), JINGLE_EOK);
    wire_settle(wire);
    ck_assert_uint_eq(got_len, sized.len);
    ck_assert_mem_eq(got, copy, sized.len);
    finish();
}
END_TEST

START_TEST(none_that_is_none)
{
    static const jingle_picture_t wrong[] = {
        {.len = 3, .media_type = "image/png"},
        {.data = "abc", .media_type = "image/png"},
        {.data = "abc", .len = JINGLE_PICTURE_MAX + 1, .media_type = "image/png"},
        {.data = "abc", .len = 3},
        {.data = "abc", .len = 3, .media_type = "picture"},
    };

    ck_assert_int_eq(wire_send(wire, "a", 10, JINGLE_SEND_FILE(.thumbnail = &wrong[_i])),
                     JINGLE_EINVAL);
    offer(NULL);
    ck_assert_ptr_null(jingle_file_get_info(offered)->thumbnail);
    ck_assert_int_eq(fetch(), JINGLE_ENOENT);
    ck_assert_int_eq(jingle_file_fetch_picture(NULL, on_picture, NULL), JINGLE_EINVAL);
    ck_assert_int_eq(jingle_file_fetch_picture(offered, NULL, NULL), JINGLE_EINVAL);
}
END_TEST

/* ---- given to the peer alone, and not for ever ---------------------------------------------- */

static char answer[2048];

static bool keep_answer(wire_t *w, unsigned from, char **xml)
{
    (void)w;
    if (from == 0 && strstr(*xml, "id=\"x\""))
        snprintf(answer, sizeof answer, "%s", *xml);
    return true;
}

static const char *ask(const char *from, const char *cid)
{
    *answer = '\0';
    wire->tap = keep_answer;
    wire_inject(wire, 0,
                "<iq xmlns='jabber:client' type='get' id='x' from='%s' to='" WIRE_ROMEO
                "'><data xmlns='urn:xmpp:bob' cid='%s'/></iq>",
                from, cid);
    wire_settle(wire);
    return answer;
}

START_TEST(nobody_else)
{
    const char *cid;

    ck_assert_ptr_nonnull(strstr(ask(WIRE_JULIET, "x"), "<service-unavailable"));
    offer(&picture);
    cid = jingle_file_get_info(offered)->thumbnail->uri + 4;
    ck_assert_ptr_nonnull(strstr(ask(WIRE_JULIET, cid), "<data"));
    ck_assert_ptr_nonnull(strstr(ask(WIRE_JULIET, "x"), "<item-not-found"));
    ck_assert_ptr_nonnull(strstr(ask("juliet@capulet.example/other", cid), "<service-unavailable"));
    finish();
    ck_assert_ptr_nonnull(strstr(ask(WIRE_JULIET, cid), "<service-unavailable"));
}
END_TEST

/** A clone that outlives its content is not given either. */
START_TEST(not_when_it_is_over)
{
    jingle_file_t *sent;
    char cid[128];

    offer(&picture);
    snprintf(cid, sizeof cid, "%s", jingle_file_get_info(offered)->thumbnail->uri + 4);
    sent = jingle_file_clone(wire_file(wire, 0));
    ck_assert_int_eq(jingle_file_cancel(sent, NULL), JINGLE_EOK);
    wire_settle(wire);
    ck_assert_ptr_nonnull(strstr(ask(WIRE_JULIET, cid), "<service-unavailable"));
    jingle_file_release(sent);
}
END_TEST

static void nothing(jingle_t *jingle, xmpp_stanza_t *iq, xmpp_stanza_t *payload,
                    jingle_reply_t *reply, void *userdata)
{
    (void)jingle;
    (void)iq;
    (void)payload;
    (void)reply;
    (void)userdata;
}

/** A program that serves bits of binary itself goes on to, whether there is file transfer or not.
 */
START_TEST(the_program_serves_it)
{
    jingle_t *jingle = jingle_new(wire->side[0].ctx, NULL);

    ck_assert_int_eq(jingle_serve(jingle, JINGLE_NS_BOB, JINGLE_SERVE_GET, nothing, NULL),
                     JINGLE_EOK);
    /* In-band bytestreams cannot be had then. */
    ck_assert_int_eq(jingle_serve(jingle, JINGLE_NS_IBB, JINGLE_SERVE_SET, nothing, NULL),
                     JINGLE_EOK);
    ck_assert_int_ne(jingle_register_file_transfer(jingle, NULL), JINGLE_EOK);
    ck_assert_int_eq(jingle_serve(jingle, JINGLE_NS_BOB, JINGLE_SERVE_GET, nothing, NULL),
                     JINGLE_EEXIST);
    ck_assert_int_eq(jingle_unserve(jingle, JINGLE_NS_IBB), JINGLE_EOK);
    ck_assert_int_eq(jingle_register_file_transfer(jingle, NULL), JINGLE_EOK);
    ck_assert_int_eq(jingle_unserve(jingle, JINGLE_NS_BOB), JINGLE_EOK);
    ck_assert_int_eq(jingle_unserve(jingle, JINGLE_NS_BOB), JINGLE_ENOENT);
    jingle_free(jingle);
}
END_TEST

/* ---- what a peer may write ------------------------------------------------------------------ */

/** In the offer. */
static const struct {
    const char *to, *uri, *media_type;
    unsigned width;
} offers[] = {
    {"<thumbnail xmlns='urn:xmpp:thumbs:1'/>", NULL, NULL, 0},
    {"<thumbnail xmlns='urn:xmpp:thumbs:0' uri='cid:a'/>", NULL, NULL, 0},
    {"<thumbnail xmlns='urn:xmpp:thumbs:1' uri='cid:a'/>", "cid:a", "image/png", 0},
    {"<thumbnail xmlns='urn:xmpp:thumbs:1' uri='cid:a' media-type='x' width='65535'/>", "cid:a",
     "image/png", 65535},
    {"<thumbnail xmlns='urn:xmpp:thumbs:1' uri='cid:a' media-type='image/gif' width='65536'/>",
     "cid:a", "image/gif", 0},
    {"<thumbnail xmlns='urn:xmpp:thumbs:1' uri='cid:a' width='123456'/>", "cid:a", "image/png", 0},
    {"<thumbnail xmlns='urn:xmpp:thumbs:1' uri='cid:a' width='-1'/>", "cid:a", "image/png", 0},
    {"<thumbnail xmlns='urn:xmpp:thumbs:1' uri='http://a/'/><thumbnail xmlns='urn:xmpp:thumbs:1' "
     "uri='cid:b'/>",
     "cid:b", "image/png", 0},
};

static bool change_offer(wire_t *w, unsigned from, char **xml)
{
    const char *to = w->user;

    (void)from;
    if (strstr(*xml, "session-initiate") && to)
        wire_edit(xml, "<thumbnail", "/>", to);
    return true;
}

START_TEST(offers_are_judged)
{
    const jingle_thumbnail_t *told;

    wire->tap = change_offer;
    wire->user = (void *)offers[_i].to;
    offer(&picture);
    told = jingle_file_get_info(offered)->thumbnail;
    if (offers[_i].uri) {
        ck_assert_ptr_nonnull(told);
        ck_assert_str_eq(told->uri, offers[_i].uri);
        ck_assert_str_eq(told->media_type, offers[_i].media_type);
        ck_assert_uint_eq(told->width, offers[_i].width);
    } else {
        ck_assert_ptr_null(told);
    }
    finish();
}
END_TEST

START_TEST(a_uri_that_is_no_content_id)
{
    char *to = text_alloc(4000);

    wire->tap = change_offer;
    wire->user = "<thumbnail xmlns='urn:xmpp:thumbs:1' uri='http://capulet.example/a.png'/>";
    if (_i) {
        /* and one of absurd length */
        snprintf(to, 4000, "<thumbnail xmlns='urn:xmpp:thumbs:1' uri='cid:%03000d'/>", 1);
        wire->user = to;
    }
    offer(&picture);
    ck_assert_int_eq(jingle_file_get_info(offered)->thumbnail != NULL, !_i);
    ck_assert_int_eq(fetch(), JINGLE_ENOENT);
    finish();
    free(to);
}
END_TEST

/** In the answer: from, until, to. */
static const char *const answers_given[][3] = {
    {">iVBORw", NULL, ">aaaaaa"},       /* another picture */
    {">iVBORw", NULL, ">iVBORw="},      /* no base64 */
    {">iVBORw", NULL, ">iVBORw."},      /* nor this */
    {">iVBORw", "</data>", "></data>"}, /* nothing */
    {"cid=\"sha1", NULL, "cid=\"sha2"}, /* for another name */
    {"urn:xmpp:bob", NULL, "urn:xmpp:bab"},
    {"<data", "</data>", ""},
    {"type=\"result\"", NULL, "type=\"error\""},
};

static bool change_answer(wire_t *w, unsigned from, char **xml)
{
    const char *const *how = w->user;

    if (from == 0 && strstr(*xml, "urn:xmpp:bob") && strstr(*xml, "</data>"))
        wire_edit(xml, how[0], how[1], how[2]);
    return true;
}

START_TEST(answers_are_judged)
{
    static const jingle_picture_t known = {
        .data = "\x89PNG\r\n\x1a\n", .len = 8, .media_type = "image/png"};

    wire->tap = change_answer;
    wire->user = (void *)answers_given[_i];
    offer(&known);
    ck_assert_int_eq(fetch(), JINGLE_EOK);
    wire_settle(wire);
    ck_assert_uint_eq(answers, 1);
    ck_assert_ptr_null(got);
    finish();
}
END_TEST

static size_t sent_len;

/** Romeo knows nothing of that name: what he answers is made here. */
static bool answer_large(wire_t *w, unsigned from, char **xml)
{
    static const char head[] = "<data xmlns='urn:xmpp:bob' cid='any'>";
    size_t len = sent_len / 3 * 4;
    char *to;

    (void)w;
    if (from != 0 || !strstr(*xml, "type=\"error\""))
        return true;
    to = text_alloc(sizeof head + len + 16);
    strcpy(to, head);
    memset(to + strlen(head), 'A', len);
    strcpy(to + strlen(head) + len, "\n </data>");
    wire_edit(xml, "type=\"error\"", NULL, "type=\"result\"");
    wire_edit(xml, "<error", "</error>", to);
    free(to);
    return true;
}

/** A content id that is no hash says nothing; the length does. */
START_TEST(not_too_large)
{
    sent_len = _i ? 65538 : 65535;
    wire->tap = change_offer;
    wire->user = "<thumbnail xmlns='urn:xmpp:thumbs:1' uri='cid:any'/>";
    offer(&picture);
    wire->tap = answer_large;
    ck_assert_int_eq(fetch(), JINGLE_EOK);
    wire_settle(wire);
    ck_assert_uint_eq(answers, 1);
    ck_assert_uint_eq(got_len, _i ? 0 : sent_len);
    wire->tap = NULL;
    finish();
}
END_TEST

START_TEST(nobody_answers)
{
    offer(&picture);
    wire->deaf[0] = true;
    ck_assert_int_eq(fetch(), JINGLE_EOK);
    if (_i == 0)
        wire_wait(wire, 600000);
    else
        wire_free_manager(wire, 1);
    ck_assert_uint_eq(answers, 1);
    ck_assert_ptr_null(got);
}
END_TEST

static void free_in_there(jingle_file_t *file, const jingle_picture_t *of, void *userdata)
{
    (void)file;
    (void)userdata;
    answers++;
    wire_free_manager(wire, 1);
    ck_assert_ptr_nonnull(of);
    ck_assert_mem_eq(of->data, picture.data, picture.len);
}

START_TEST(the_manager_is_freed_in_there)
{
    offer(&picture);
    ck_assert_int_eq(jingle_file_fetch_picture(offered, free_in_there, NULL), JINGLE_EOK);
    wire_settle(wire);
    ck_assert_uint_eq(answers, 1);
}
END_TEST

/** Each allocation of a side fails in turn. */
START_TEST(each_allocation)
{
    bool failed = true;

    wire_free(wire);
    for (size_t n = 1; failed; n++) {
        wire_config_t config = {.fail = {0}};

        config.fail[_i] = n;
        wire = wire_new(&config);
        wire->side[1].on_offer = keep;
        answers = 0;
        if (wire->side[0].jingle && wire->side[1].jingle &&
            !wire_send(wire, "a", 10, JINGLE_SEND_FILE(.thumbnail = &picture))) {
            wire_settle(wire);
            if (offered && jingle_file_get_info(offered)->thumbnail && !fetch()) {
                wire_wait(wire, 600000);
                ck_assert_uint_eq(answers, 1);
            }
        }
        failed = wire->side[_i].mem.failures > 0;
        ck_assert(failed || got);
        free(got);
        got = NULL;
        jingle_file_release(offered);
        offered = NULL;
        ck_assert_uint_eq(wire_free(wire), 0);
    }
    wire = NULL;
}
END_TEST

/* ---- with a file that was asked for ---------------------------------------------------------- */

static void give(wire_side_t *side, jingle_file_t *file)
{
    const jingle_send_file_t *how = JINGLE_SEND_FILE(.hash_now = true, .thumbnail = &picture);
    const char *path = folder_path(side->folder, "a");

    /* Once more when memory ran out. */
    if (jingle_file_provide(file, path, how) && jingle_file_provide(file, path, how))
        jingle_file_decline(file, NULL);
}

static void fetch_once(wire_side_t *side, jingle_file_t *file)
{
    (void)side;
    if (offered)
        return;
    offered = jingle_file_clone(file);
    fetch();
}

/** Each allocation of who gives fails in turn, and somebody asks for the picture afterwards. */
START_TEST(asked_for)
{
    bool failed = true;

    wire_free(wire);
    for (size_t n = 1; failed; n++) {
        wire_config_t config = {.serves = {true}, .fail = {n}};

        wire = wire_new(&config);
        answers = 0;
        wire->side[0].on_request = give;
        wire->side[1].on_progress = fetch_once;
        folder_write(wire->side[0].folder, "a", wire_data(30000), 30000);
        if (wire->side[0].jingle && wire->side[1].jingle &&
            !jingle_request_file(wire->side[1].jingle, WIRE_ROMEO, JINGLE_REQUEST_FILE(.name = "a"),
                                 NULL)) {
            wire_settle(wire);
            ask(WIRE_JULIET, "x");
            if (!wire_finish(wire, 600000) && wire_file(wire, 1))
                jingle_file_cancel(wire_file(wire, 1), NULL);
            wire_finish(wire, 600000);
        }
        failed = wire->side[0].mem.failures > 0;
        ck_assert(failed || got);
        free(got);
        got = NULL;
        jingle_file_release(offered);
        offered = NULL;
        ck_assert_uint_eq(wire_free(wire), 0);
    }
    wire = NULL;
}
END_TEST

/* ---- the rate ------------------------------------------------------------------------------ */

START_TEST(how_fast)
{
    jingle_file_t *sent;

    wire->side[1].on_offer = NULL;
    ck_assert_int_eq(wire_send(wire, "a", 400000, NULL), JINGLE_EOK);
    sent = jingle_file_clone(wire_file(wire, 0));
    ck_assert_uint_eq(jingle_file_get_rate(sent), 0);
    ck_assert_uint_eq(jingle_file_get_rate(NULL), 0);
    /* A block of 4,096 octets and its answer each 100 ms. */
    while (jingle_file_get_bytes(sent) < 200000) {
        ck_assert(wire_step(wire));
        wire->now += 50;
        for (unsigned i = 0; i < 2; i++)
            jingle_tick(wire->side[i].jingle, wire->now);
    }
    ck_assert_uint_gt(jingle_file_get_rate(sent), 30000);
    ck_assert_uint_lt(jingle_file_get_rate(sent), 50000);
    ck_assert_uint_gt(jingle_file_get_rate(wire_file(wire, 1)), 30000);
    ck_assert_uint_lt(jingle_file_get_rate(wire_file(wire, 1)), 50000);
    /* It stalls. */
    wire->deaf[1] = true;
    wire_wait(wire, 20000);
    ck_assert_uint_lt(jingle_file_get_rate(sent), 5000);
    jingle_file_release(sent);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("thumbnail");
    TCase *ours = tcase_create("ours"), *theirs = tcase_create("theirs"),
          *memory = tcase_create("memory"), *rate = tcase_create("rate");

    tcase_add_checked_fixture(ours, setup, teardown);
    tcase_add_test(ours, offered_and_fetched);
    tcase_add_loop_test(ours, of_any_size, 0, 5);
    tcase_add_loop_test(ours, none_that_is_none, 0, 5);
    tcase_add_test(ours, nobody_else);
    tcase_add_test(ours, not_when_it_is_over);
    tcase_add_test(ours, the_program_serves_it);
    suite_add_tcase(suite, ours);
    tcase_add_checked_fixture(theirs, setup, teardown);
    tcase_add_loop_test(theirs, offers_are_judged, 0, LEN(offers));
    tcase_add_loop_test(theirs, a_uri_that_is_no_content_id, 0, 2);
    tcase_add_loop_test(theirs, answers_are_judged, 0, LEN(answers_given));
    tcase_add_loop_test(theirs, not_too_large, 0, 2);
    tcase_add_loop_test(theirs, nobody_answers, 0, 2);
    tcase_add_test(theirs, the_manager_is_freed_in_there);
    suite_add_tcase(suite, theirs);
    tcase_add_checked_fixture(memory, setup, teardown);
    tcase_set_timeout(memory, 100);
    tcase_add_loop_test(memory, each_allocation, 0, 2);
    tcase_add_test(memory, asked_for);
    suite_add_tcase(suite, memory);
    tcase_add_checked_fixture(rate, setup, teardown);
    tcase_add_test(rate, how_fast);
    suite_add_tcase(suite, rate);
    return run_suite(suite);
}
