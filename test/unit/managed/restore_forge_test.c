/* SPDX-License-Identifier: MIT */
/** @file
 *  Saved managed sessions that somebody has changed, and memory that runs out while one is restored. */
#include "save_fixture.h"

#define OF(name, ns)                                                                               \
    "<content creator='initiator' name='" name "'><transport xmlns='" ns "'/></content>"

static void keep_first(engine_t *engine, const jingle_event_t *event)
{
    (void)engine;
    if (event->type == JINGLE_EVENT_CHANGED && !saved.len)
        ck_assert_int_eq(saved_take(&saved, event->session), JINGLE_EOK);
}

/* A busy session: two contents, one being replaced, one over, requests in flight, and what the peer
 * proposes for the other is still to be rejected. */
static void save_busy(void)
{
    jingle_session_t *session = active_out("s", "c", "d");

    jingle_content_remove(content_of(session, "d"), NULL);
    add(session, "f");
    jingle_content_replace_transport(content_of(session, "c"), STUB_T2);
    s->plan[STUB_A].resumable = true;
    jingle_content_replace_transport(content_of(session, "c"), STUB_T2);
    ck_assert_uint_ge(jingle_session_count_requests(session), 3);
    jingle_set_tell_changes(e->jingle, true);
    e->on_event = keep_first;
    engine_action(e, "r", "transport-replace", "s", OF("f", "urn:example:nobodys"));
    ck_assert_ptr_nonnull(strstr(engine_log(e), "> set transport-reject s "));
    ck_assert_uint_gt(saved.len, 0);
}

START_TEST(each_allocation_fails)
{
    bool failed = true;
    size_t n;

    save_busy();
    for (n = 1; failed; n++) {
        int err;

        crash();
        test_mem_fail_at(&e->mem, n, n % 2);
        err = restore(NULL);
        failed = e->mem.failures > 0;
        test_mem_fail_at(&e->mem, 0, false);
        /* One that is there and cannot send ends as it would have without a crash. */
        ck_assert(err == JINGLE_EOK || (failed && (err == JINGLE_EMEM || err == JINGLE_EINVOP)));
        ck_assert_uint_eq(jingle_count_sessions(e->jingle), err ? 0u : 1u);
    }
    ck_assert_uint_gt(n, 15);
}
END_TEST

START_TEST(every_forged_octet_is_harmless)
{
    static const unsigned char values[] = {0, 1, 3, 0xff};
    unsigned made = 0;

    save_busy();
    for (size_t i = 0; i < saved.len; i++)
        for (size_t v = 0; v < sizeof values; v++) {
            unsigned char right = saved.data[i];

            saved.data[i] = values[v];
            made += (unsigned)saved_try(saved.data, saved.len);
            saved.data[i] = right;
        }
    ck_assert_uint_gt(made, 100);
}
END_TEST

/** What is saved of the content c behind its name, each a number. */
enum { SENDERS, DISPOSITION, STATE, VERDICT, PROPOSAL, FLAGS };

static size_t find(size_t from, const void *what, size_t size)
{
    while (memcmp(saved.data + from, what, size) != 0)
        from++;
    return from;
}

static size_t last_octet_of(size_t field)
{
    static const unsigned char name[] = {0, 0, 0, 0, 0, 0, 0, 2, 'c', '\0'};
    enum { NUMBER = 8 }; /* octets of a number */

    return find(0, name, sizeof name) + sizeof name + (field + 1) * NUMBER - 1;
}

/* All at once: it was to be removed, and is. */
START_TEST(every_flag_there_is)
{
    jingle_session_t *session = active_out("s", "c", "d");
    size_t octet;

    ck_assert_int_eq(saved_take(&saved, session), JINGLE_EOK);
    octet = last_octet_of(FLAGS);
    saved.data[octet] = 0xff;
    saved.data[octet - 1] = 0xff;
    saved_repair(saved.data, saved.len);
    crash();
    ck_assert_int_eq(restore(&session), JINGLE_EOK);
    ck_assert_str_eq(names_of(session), "d");
}
END_TEST

/* Flags that are none, and that no content has that is not accepted: all is done, it is finished. */
START_TEST(flags_that_cannot_be)
{
    static const unsigned bits[] = {16, 7, 8};
    size_t octet;

    ck_assert_int_eq(saved_take(&saved, pending_in("s", STUB_CONTENT("c"))), JINGLE_EOK);
    octet = last_octet_of(FLAGS) - bits[_i] / 8;
    saved.data[octet] ^= (unsigned char)(1 << bits[_i] % 8);
    saved_repair(saved.data, saved.len);
    crash();
    ck_assert_int_eq(restore(NULL), JINGLE_EDATA);
    saved.data[octet] ^= (unsigned char)(1 << bits[_i] % 8);
    saved_repair(saved.data, saved.len);
    ck_assert_int_eq(restore(NULL), JINGLE_EOK);
}
END_TEST

/* That the peer has had the creator wrong was once kept of each content. */
START_TEST(flag_of_the_session)
{
    enum { MISNAMED = 15 };
    jingle_session_t *session = active_out("s", "c", "d");

    ck_assert_int_eq(saved_take(&saved, session), JINGLE_EOK);
    saved.data[last_octet_of(FLAGS) - MISNAMED / 8] |= (unsigned char)(1 << MISNAMED % 8);
    saved_repair(saved.data, saved.len);
    crash();
    ck_assert_int_eq(restore(&session), JINGLE_EOK);
    engine_action(e, "1", "content-remove", "s", "<content creator='responder' name='d'/>");
    ck_assert_str_eq(names_of(session), "c");
}
END_TEST

/* What the peer has offered and we refuse at once has neither application nor transport; nothing else has
 * none. */
START_TEST(without_parts)
{
    static const size_t fields[] = {STATE, VERDICT};
    size_t octet;

    ck_assert_int_eq(saved_take(&saved, pending_in("s", STUB_CONTENT_OF("c", "urn:none", STUB_T1,
                                                                        "") STUB_CONTENT("d"))),
                     JINGLE_EOK);
    octet = last_octet_of(fields[_i]);
    for (unsigned char right = saved.data[octet], wrong = 0; wrong < 4; wrong++) {
        saved.data[octet] = wrong;
        saved_repair(saved.data, saved.len);
        crash();
        ck_assert_int_eq(restore(NULL), wrong == right ? JINGLE_EOK : JINGLE_EDATA);
    }
}
END_TEST

enum { LENGTH = 8 }; /* octets of a number, such as a length */

static size_t length_at(size_t at)
{
    size_t len = 0;

    for (size_t i = 0; i < LENGTH; i++)
        len = len << 8 | saved.data[at + i];
    return len;
}

static void shorten(size_t at, size_t by)
{
    size_t len = length_at(at) - by;

    ck_assert_uint_lt(len, saved.len);
    for (size_t i = LENGTH; i-- > 0; len >>= 8)
        saved.data[at + i] = len & 0xff;
}

/** Empties the piece of a part of c, which is the first content. @param ns where its namespace stands */
static void cut_part(size_t ns)
{
    size_t name = last_octet_of(SENDERS) + 1 - 2 - 2 * LENGTH; /* its length, that is */
    size_t content = name - 3 * LENGTH,
           all = content - 6 * LENGTH; /* those around it begin there */
    size_t part = ns - 2 * LENGTH, len = length_at(part), begin = part + LENGTH;

    shorten(part, len);
    shorten(content, len);
    shorten(all, len);
    memmove(saved.data + begin, saved.data + begin + len, saved.len - begin - len);
    saved.len -= len;
}

static void cut_transport(void)
{
    size_t tried = find(last_octet_of(FLAGS), STUB_T1, sizeof(STUB_T1));

    cut_part(find(tried + 1, STUB_T1, sizeof(STUB_T1)));
}

static void cut_application(void)
{
    cut_part(find(last_octet_of(FLAGS), STUB_APP, sizeof(STUB_APP)));
}

static const struct {
    bool started, leaving;
    void (*cut[2])(void);
    int err;
} lacking[] = {
    {true, false, {cut_transport}, JINGLE_EDATA},
    {true, false, {cut_application}, JINGLE_EDATA},
    {true, false, {cut_transport, cut_application}, JINGLE_EDATA},
    {true, true, {cut_transport}, JINGLE_EDATA},
    {false, false, {cut_transport}, JINGLE_EDATA},
    {false, false, {cut_application}, JINGLE_EDATA},
    {false, true, {cut_application}, JINGLE_EDATA},
    {false, true, {cut_transport, cut_application}, JINGLE_EDATA},
    {false, true, {NULL}, JINGLE_EOK},
    {false,
     true,
     {cut_transport},
     JINGLE_EOK}, /* none was left to be tried before it was offered */
};

/* A content of ours has an application as long as there is one, and a transport unless it is about to leave
 * without having been offered. */
START_TEST(ours_without_a_part)
{
    jingle_session_t *session;

    if (lacking[_i].started)
        session = active_out("s", "c", "d");
    else
        add(session = create("s"), "c");
    ck_assert_int_eq(saved_take(&saved, session), JINGLE_EOK);
    if (lacking[_i].leaving)
        saved.data[last_octet_of(FLAGS)] |= 1 << 5;
    for (int i = 0; i < 2 && lacking[_i].cut[i]; i++)
        lacking[_i].cut[i]();
    saved_repair(saved.data, saved.len);
    crash();
    ck_assert_int_eq(restore(NULL), lacking[_i].err);
}
END_TEST

/* Contents have numbers of their own, which rise. */
START_TEST(numbers_that_are_not_their_own)
{
    static const unsigned char name[] = {0, 0, 0, 0, 0, 0, 0, 2, 'd', '\0'};
    size_t number; /* before the creator, its last octet */

    ck_assert_int_eq(saved_take(&saved, active_out("s", "c", "d")), JINGLE_EOK);
    number = find(0, name, sizeof name) - LENGTH - 1;
    ck_assert_uint_eq(saved.data[number], 2);
    for (unsigned char wrong = 0; wrong < 4; wrong++) {
        saved.data[number] = wrong;
        saved_repair(saved.data, saved.len);
        crash();
        ck_assert_int_eq(restore(NULL), wrong > 1 ? JINGLE_EOK : JINGLE_EDATA);
    }
}
END_TEST

/* A proposal that is none, or none where there is one. */
START_TEST(a_proposal_without_a_transport)
{
    jingle_session_t *session = active_out("s", "c", "d");
    unsigned char right;
    size_t octet;

    s->plan[STUB_A].resumable = true;
    if (_i)
        jingle_content_replace_transport(content_of(session, "c"), STUB_T2);
    ck_assert_int_eq(saved_take(&saved, session), JINGLE_EOK);
    octet = last_octet_of(PROPOSAL);
    right = saved.data[octet];
    ck_assert((right != 0) == (_i != 0));
    for (unsigned char wrong = 0; wrong <= 5; wrong++) {
        saved.data[octet] = wrong;
        saved_repair(saved.data, saved.len);
        crash();
        ck_assert_int_eq(restore(NULL),
                         wrong <= 4 && (wrong != 0) == (right != 0) ? JINGLE_EOK : JINGLE_EDATA);
    }
}
END_TEST

/* Parts that do not go together: datagrams cannot carry a stream, nor more components than they have. */
START_TEST(a_transport_that_does_not_fit)
{
    jingle_session_t *session = active_out("s", "c", "d");
    static const char datagrams[] = STUB_DG;
    size_t at;

    ck_assert_uint_eq(sizeof(STUB_DG), sizeof(STUB_T1));
    s->plan[STUB_A].resumable = true;
    jingle_content_replace_transport(content_of(session, "c"), STUB_T2);
    ck_assert_int_eq(saved_take(&saved, session), JINGLE_EOK);
    at = find(last_octet_of(FLAGS), _i ? STUB_T2 : STUB_T1, sizeof(STUB_T1));
    at = find(at + 1, _i ? STUB_T2 : STUB_T1, sizeof(STUB_T1)); /* behind the list of those tried */
    memcpy(saved.data + at, datagrams, sizeof(datagrams));
    saved_repair(saved.data, saved.len);
    crash();
    ck_assert_int_eq(restore(NULL), JINGLE_EDATA);
}
END_TEST

/** Where the stage of its transport stands, behind the list of those that were tried and its flags. */
static size_t stage_of_transport(void)
{
    size_t tried = find(last_octet_of(FLAGS), STUB_T1, sizeof(STUB_T1));

    return find(tried + 1, STUB_T1, sizeof(STUB_T1)) + sizeof(STUB_T1) + 15;
}

/* In our session the peer offers by content-add alone. One of its contents that has come in another way
 * and has lost its transport could neither be accepted nor refused. */
START_TEST(offered_to_who_offers)
{
    jingle_session_t *session = pending_out("s", "a", NULL);
    enum { STOPPED = 6 };

    engine_action(e, "1", "content-add", "s",
                  "<content creator='responder' name='c'><description xmlns='" STUB_APP
                  "'/><transport xmlns='" STUB_T1 "'/></content>");
    ck_assert_int_eq(saved_take(&saved, session), JINGLE_EOK);
    saved.data[stage_of_transport()] = STOPPED;
    if (_i)
        saved.data[last_octet_of(FLAGS)] &= (unsigned char)~2; /* not added */
    saved_repair(saved.data, saved.len);
    crash();
    for (int i = STUB_1; i <= STUB_3; i++)
        s->plan[i].fails = true;
    ck_assert_int_eq(restore(&session), _i ? JINGLE_EDATA : JINGLE_EOK);
    if (!_i)
        ck_assert_str_eq(names_of(session), "a");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("managed/restore_forge");
    TCase *tcase = add_save_case(suite, "all");

    tcase_add_test(tcase, each_allocation_fails);
    tcase_add_test(tcase, every_forged_octet_is_harmless);
    tcase_add_test(tcase, every_flag_there_is);
    tcase_add_loop_test(tcase, flags_that_cannot_be, 0, 3);
    tcase_add_test(tcase, flag_of_the_session);
    tcase_add_loop_test(tcase, without_parts, 0, 2);
    tcase_add_loop_test(tcase, offered_to_who_offers, 0, 2);
    tcase_add_loop_test(tcase, ours_without_a_part, 0, sizeof(lacking) / sizeof(lacking[0]));
    tcase_add_loop_test(tcase, a_proposal_without_a_transport, 0, 2);
    tcase_add_loop_test(tcase, a_transport_that_does_not_fit, 0, 2);
    tcase_add_test(tcase, numbers_that_are_not_their_own);
    return run_suite(suite);
}
