/* SPDX-License-Identifier: MIT */
/** @file
 *  Sessions that go while their plug-ins are made and asked, alone or with their manager: nobody is made
 *  or asked after that, since what the plug-ins share may have gone too. */
#include "fixture.h"

#define OFFER(name, transport)                                                                     \
    STUB_CONTENT_OF(name, STUB_APP, transport, "<security xmlns='" STUB_SEC "'/>")
#define PROPOSAL(name)                                                                             \
    "<content creator='initiator' name='" name "'><transport xmlns='" STUB_T2 "'/></content>"

static bool frees, gone;
static unsigned calls, when, late; /**< so far; the one in which it goes; after that */

static void called(void)
{
    late += gone;
    if (++calls != when)
        return;
    gone = true;
    if (frees)
        engine_free_manager(e);
    else
        ck_assert_int_eq(jingle_session_cancel(e->session), JINGLE_EOK);
}

static void hook(stub_t *stub, stub_part_t *part, stub_point_t point)
{
    (void)stub;
    (void)part;
    if (point == STUB_CREATE || point == STUB_CHECK || point == STUB_APPLY ||
        point == STUB_DESCRIBE)
        called();
}

static bool filter(jingle_session_t *session, const char *ns, void *userdata)
{
    (void)session;
    (void)ns;
    (void)userdata;
    called();
    return true;
}

static void watch(void)
{
    calls = 0;
    s->hook = hook;
    ck_assert_int_eq(jingle_set_transport_filter(e->jingle, filter, NULL), JINGLE_EOK);
    engine_log(e);
}

/* ---- what is played ------------------------------------------------------------------------ */

static unsigned count(const char *log, const char *line)
{
    unsigned n = 0;

    while ((log = strstr(log, line))) {
        log += strlen(line);
        n++;
    }
    return n;
}

static void is_answered_once(const char *log)
{
    ck_assert_msg(count(log, "> result it") + count(log, "> error it") == 1, "call %u: %s", when,
                  log);
}

static void they_offer(void)
{
    watch();
    engine_action(e, "it", "session-initiate", "s",
                  OFFER("c", STUB_T1) OFFER("c", STUB_T2) OFFER("d", STUB_T1));
}

static void they_add(void)
{
    active_in("s", STUB_CONTENT("c"));
    watch();
    engine_action(e, "it", "content-add", "s",
                  OFFER("d", STUB_T1) OFFER("d", STUB_T2) OFFER("f", STUB_T1));
}

static void they_replace(void)
{
    s->plan[STUB_A].resumable = true;
    active_in("s", OFFER("c", STUB_T1) OFFER("d", STUB_T1));
    watch();
    engine_action(e, "it", "transport-replace", "s", PROPOSAL("c") PROPOSAL("d"));
}

static void we_add(void)
{
    jingle_session_t *session = create("s");

    watch();
    jingle_session_add_content(session,
                               JINGLE_CONTENT(.application = STUB_APP, .security = STUB_SEC), NULL);
}

static void we_replace(void)
{
    s->plan[STUB_A].resumable = true;
    active_out("s", "c", NULL);
    watch();
    jingle_content_replace_transport(content_of(e->session, "c"), NULL);
}

static void we_fall_back(void)
{
    s->plan[STUB_1].later = true;
    add(create("s"), "c");
    jingle_session_start(e->session);
    watch();
    jingle_part_fail(stub_find(s, STUB_1, "c")->part, JINGLE_REASON_CONNECTIVITY_ERROR, NULL);
}

/** With more contents than are remembered when they are over. */
static jingle_session_t *create_large(void)
{
    jingle_session_t *session = create("s");
    jingle_limits_t limits;

    jingle_limits_init(&limits);
    limits.contents = 0;
    ck_assert_int_eq(jingle_set_limits(e->jingle, &limits), JINGLE_EOK);
    for (int i = 0; i < 40; i++)
        ck_assert_int_eq(
            jingle_session_add_content(session, JINGLE_CONTENT(.application = STUB_APP), NULL),
            JINGLE_EOK);
    return session;
}

static void many_are_offered(void)
{
    jingle_session_t *session = create_large();

    watch();
    jingle_session_start(session);
}

static void one_of_many_is_replaced(void)
{
    jingle_session_t *session = create_large();

    ck_assert_int_eq(jingle_session_start(session), JINGLE_EOK);
    watch();
    jingle_content_replace_transport(jingle_session_next_content(session, NULL), NULL);
}

/* ---- the tests ----------------------------------------------------------------------------- */

/** The first three answer the peer. */
static void (*const plays[])(void) = {
    they_offer, they_add,     they_replace,     we_add,
    we_replace, we_fall_back, many_are_offered, one_of_many_is_replaced};

#define PLAYS ((int)(sizeof(plays) / sizeof(plays[0])))

static void play(int which)
{
    late = 0;
    gone = false;
    set_up();
    plays[which]();
    ck_assert_msg(late == 0, "%u calls after call %u", late, when);
    if (which < 3)
        is_answered_once(engine_log(e));
    tear_down();
}

START_TEST(nobody_is_asked_any_more)
{
    unsigned total;

    frees = _i % 2;
    when = 0;
    play(_i / 2);
    total = calls;
    ck_assert_uint_gt(total, 1);
    for (when = 1; when <= total; when++)
        play(_i / 2);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("managed/vanish");
    TCase *tcase = tcase_create("vanish");

    suite_add_tcase(suite, tcase);
    tcase_add_loop_test(tcase, nobody_is_asked_any_more, 0, 2 * PLAYS);
    return run_suite(suite);
}
