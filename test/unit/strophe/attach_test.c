/* SPDX-License-Identifier: MIT */
/** @file
 *  Attaching and detaching: in every place where libstrophe makes it dangerous. */
#include "world.h"

#include <dirent.h>

static void attach_now(void)
{
    ck_assert_int_eq(jingle_attach(w.jingle, w.conn), JINGLE_EOK);
}

/* ---- the plain way ---- */

START_TEST(an_offer_is_answered)
{
    ck_assert_int_eq(jingle_attach(w.jingle, w.conn), JINGLE_EOK);
    log_in();
    send_offer(0, PEER, OWN, "i1", "s1");
    EXPECT("type=\"result\"", "id=\"i1\"", "to=\"" PEER "\"");
    LOG("incoming s1\n");
    ck_assert_str_eq(jingle_get_jid(w.jingle), OWN);
    ck_assert_ptr_eq(jingle_get_conn(w.jingle), w.conn);
    ck_assert(jingle_is_online(w.jingle));
}
END_TEST

/* A filter by namespace would match any child of the IQ as well (trap 8), and a child before it hides
 * nothing. */
START_TEST(an_offer_behind_another_child)
{
    attach_now();
    log_in();
    fake_server_send(w.server, 0,
                     "<iq type='set' from='" PEER
                     "' id='n1'><x xmlns='urn:example:x'><jingle xmlns='" JINGLE_NS
                     "' action='session-initiate' sid='s1'>" CONTENT "</jingle></x></iq>");
    fake_server_send(w.server, 0,
                     "<iq type='set' from='" PEER
                     "' id='i1'><x xmlns='urn:example:x'/><jingle xmlns='" JINGLE_NS
                     "' action='session-initiate' sid='s1'>" CONTENT "</jingle></iq>");
    EXPECT("type=\"result\"", "id=\"i1\"");
    LOG("incoming s1\n");
}
END_TEST

START_TEST(attached_after_the_login)
{
    log_in();
    run_for(10);
    ck_assert_int_eq(jingle_attach(w.jingle, w.conn), JINGLE_EOK);
    ck_assert_str_eq(jingle_get_jid(w.jingle), OWN);
    send_offer(0, PEER, OWN, "i1", "s1");
    EXPECT("type=\"result\"", "id=\"i1\"");
}
END_TEST

/* Handlers added inside the CONNECT callback see the stanza that is being handled: the result of
 * the binding of the resource, or what enables Stream Management (trap 19). */
START_TEST(attached_inside_connect)
{
    w.in_connect = attach_now;
    fake_server_options(w.server)->sm = _i & 1;
    fake_server_options(w.server)->session = _i & 2;
    log_in();
    EXPECT_NOTHING();
    ck_assert_str_eq(jingle_get_jid(w.jingle), OWN);
    send_offer(0, PEER, OWN, "i1", "s1");
    EXPECT("type=\"result\"", "id=\"i1\"");
    EXPECT_NOTHING();
}
END_TEST

/* No stanza need come: the JID is found out by the timer. */
START_TEST(own_jid_is_learnt_without_a_stanza)
{
    double begin;

    attach_now();
    log_in();
    begin = seconds();
    UNTIL(jingle_get_jid(w.jingle));
    ck_assert(seconds() - begin < 0.5);
}
END_TEST

static void open_session(void)
{
    jingle_session_t *session = NULL;

    ck_assert_str_eq(jingle_get_jid(w.jingle), OWN);
    ck_assert_int_eq(jingle_session_new(w.jingle, PEER, JINGLE_SESSION(.sid = "mine"), &session),
                     JINGLE_EOK);
    ck_assert_int_eq(jingle_session_send(session, JINGLE_ACTION_SESSION_INFO, NULL), JINGLE_EINVOP);
    ck_assert_int_eq(jingle_session_set_state(session, JINGLE_STATE_PENDING), JINGLE_EOK);
    ck_assert_int_eq(
        jingle_request(w.jingle, JINGLE_REQUEST(.to = PEER, .get = true,
                                                .xml = "<ping xmlns=\"urn:xmpp:ping\"/>")),
        JINGLE_EOK);
}

/* With jingle_conn_event() first, sessions can be opened inside the CONNECT callback. */
START_TEST(sessions_inside_connect)
{
    attach_now();
    w.tell_events = true;
    w.in_connect = open_session;
    log_in();
    EXPECT("urn:xmpp:ping", "to=\"" PEER "\"");
    ck_assert_str_eq(jingle_session_get_own(jingle_find_session(w.jingle, OWN, PEER, "mine")), OWN);
}
END_TEST

START_TEST(wrong_arguments)
{
    xmpp_ctx_t *other_ctx = xmpp_ctx_new(NULL, NULL);
    xmpp_conn_t *other = xmpp_conn_new(other_ctx);
    static const char *const bad[] = {"@"};
    static const jingle_identity_t no_type[] = {{.category = "client"}};

    ck_assert_int_eq(jingle_attach(NULL, w.conn), JINGLE_EINVAL);
    ck_assert_int_eq(jingle_attach(w.jingle, NULL), JINGLE_EINVAL);
    ck_assert_int_eq(jingle_attach(w.jingle, other), JINGLE_EINVAL);
    ck_assert_int_eq(jingle_attach_with(w.jingle, w.conn, &(jingle_attach_config_t){0}),
                     JINGLE_EINVAL);
    ck_assert_int_eq(
        jingle_attach_with(w.jingle, w.conn, JINGLE_ATTACH(.offers = (jingle_offers_t)99)),
        JINGLE_EINVAL);
    ck_assert_int_eq(jingle_attach_with(w.jingle, w.conn, JINGLE_ATTACH(.n_allowed = 1)),
                     JINGLE_EINVAL);
    ck_assert_int_eq(
        jingle_attach_with(w.jingle, w.conn, JINGLE_ATTACH(.allowed = bad, .n_allowed = 1)),
        JINGLE_EINVAL);
    ck_assert_int_eq(jingle_attach_with(w.jingle, w.conn,
                                        JINGLE_ATTACH(.identities = no_type, .n_identities = 1)),
                     JINGLE_EINVAL);
    ck_assert_int_eq(
        jingle_attach_with(w.jingle, w.conn,
                           JINGLE_ATTACH(.component = true, .offers = JINGLE_OFFERS_CONTACTS)),
        JINGLE_EINVAL);
    ck_assert_int_eq(jingle_detach(w.jingle), JINGLE_EINVOP);
    ck_assert_int_eq(jingle_detach(NULL), JINGLE_EINVOP);
    ck_assert_ptr_null(jingle_get_conn(w.jingle));
    ck_assert(!jingle_is_online(w.jingle));
    jingle_conn_event(w.jingle, w.conn, XMPP_CONN_CONNECT);
    jingle_conn_event(NULL, w.conn, XMPP_CONN_CONNECT);
    xmpp_conn_release(other);
    xmpp_ctx_free(other_ctx);
}
END_TEST

/* Attaching twice changes nothing: one answer to one request. */
START_TEST(attached_twice)
{
    attach_now();
    attach_now();
    log_in();
    attach_now();
    send_offer(0, PEER, OWN, "i1", "s1");
    EXPECT("id=\"i1\"");
    EXPECT_NOTHING();
}
END_TEST

/* ---- detaching where a handler runs: a handler that deletes itself is a use after free in
 * libstrophe (trap 1), which AddressSanitizer and valgrind see ---- */

typedef enum { DETACH, FREE, MOVE_AWAY_AND_BACK, DETACH_TWICE } way_t;
static way_t way;
static unsigned left;

static void leave(void)
{
    left++;
    if (way == FREE) {
        free_manager();
        return;
    }
    ck_assert_int_eq(jingle_detach(w.jingle), JINGLE_EOK);
    if (way == DETACH)
        return;
    ck_assert_int_eq(jingle_attach(w.jingle, w.conn), JINGLE_EOK);
    if (way == DETACH_TWICE)
        ck_assert_int_eq(jingle_detach(w.jingle), JINGLE_EOK);
}

static void leave_in_event(const jingle_event_t *event)
{
    if (event->type == JINGLE_EVENT_INCOMING || event->type == JINGLE_EVENT_ERROR)
        leave();
}

static void leave_in_serve(jingle_t *jingle, xmpp_stanza_t *iq, xmpp_stanza_t *payload,
                           jingle_reply_t *reply, void *userdata)
{
    (void)jingle, (void)iq, (void)payload, (void)userdata;
    jingle_reply_result(reply, NULL);
    leave();
}

static void leave_in_answer(jingle_t *jingle, const jingle_answer_t *answer, void *userdata)
{
    (void)jingle, (void)userdata;
    if (answer->type != JINGLE_ANSWER_DROPPED)
        leave();
}

static void leave_in_timer(jingle_t *jingle, void *userdata)
{
    (void)jingle, (void)userdata;
    leave();
}

static void leave_in_trace(jingle_t *jingle, bool sent, const char *line, void *userdata)
{
    (void)jingle, (void)line, (void)userdata;
    if (!sent && left == 0)
        leave();
}

static void make_it_leave(unsigned place)
{
    char *xml, *id;

    switch (place) {
    case 0:
        w.in_event = leave_in_event;
        send_offer(0, PEER, OWN, "i1", "s1");
        break;
    case 1:
        jingle_serve(w.jingle, "urn:example:time", JINGLE_SERVE_GET, leave_in_serve, NULL);
        fake_server_send(w.server, 0,
                         "<iq type='get' from='" PEER
                         "' id='g'><q xmlns='urn:example:time'/></iq>");
        break;
    case 2:
    case 3:
        jingle_request(w.jingle,
                       JINGLE_REQUEST(.to = PEER, .xml = "<q xmlns=\"urn:example:time\"/>",
                                      .on_answer = leave_in_answer));
        xml = next_on(0);
        id = attr_of(xml, "id");
        if (place == 2)
            fake_server_send(w.server, 0, "<iq type='result' from='" PEER "' id='%s'/>", id);
        else
            fake_server_send(w.server, 0,
                             "<iq type='error' from='" PEER
                             "' id='%s'><error type='cancel'><item-not-found "
                             "xmlns='" JINGLE_NS_STANZAS "'/></error></iq>",
                             id);
        free(id);
        free(xml);
        break;
    case 4:
        send_presence(0, PEER, NULL, NULL);
        break;
    case 5:
        fake_server_send(w.server, 0, "<message from='" PEER "'><body>hello</body></message>");
        break;
    default:
        jingle_timer_start(w.jingle, 5, leave_in_timer, NULL, NULL);
    }
}

enum { PLACES = 7 };

static int countdown;

static void free_in_event(const jingle_event_t *event)
{
    (void)event;
    if (w.jingle && --countdown == 0)
        free_manager();
}

/* Whatever event it is: the offer is answered, the peer is told, and nothing is sent by what is gone. */
START_TEST(freed_in_an_event)
{
    countdown = _i;
    attach_now();
    log_in();
    run_for(5);
    w.in_event = free_in_event;
    send_offer(0, PEER, OWN, "i1", "s1");
    EXPECT("type=\"result\"", "id=\"i1\"");
    if (w.jingle)
        jingle_session_end(jingle_find_session(w.jingle, NULL, PEER, "s1"), NULL);
    EXPECT("session-terminate", "sid=\"s1\"");
    EXPECT_NOTHING();
    ck_assert_ptr_null(w.jingle);
    LOG(_i < 3    ? "terminated s1 gone\n"
        : _i == 3 ? "incoming s1\nterminated s1 gone\n"
                  : "incoming s1\nterminated s1 success\n");
}
END_TEST

/* Every place, every way, in a manager that is alone and in one with a neighbour in the context. Each
 * of the first six is reached by a handler of its own: libstrophe drops a function that it has already,
 * whatever the filter (trap 6). */
START_TEST(leaving_where_a_handler_runs)
{
    unsigned place = (unsigned)_i % PLACES;
    xmpp_conn_t *other_conn = NULL;
    jingle_t *other = NULL;

    left = 0;
    way = (way_t)((unsigned)_i / PLACES % 4);
    if (_i / PLACES / 4) {
        other_conn = new_conn("romeo@montague.example");
        other = new_manager();
        ck_assert_int_eq(jingle_attach(other, other_conn), JINGLE_EOK);
    }
    ck_assert_int_eq(jingle_attach_with(
                         w.jingle, w.conn,
                         JINGLE_ATTACH(.trace = place == 4 || place == 5 ? leave_in_trace : NULL)),
                     JINGLE_EOK);
    log_in();
    run_for(5);
    make_it_leave(place);
    UNTIL(left == 1);
    w.in_event = NULL;
    run_for(8);
    while (fake_server_count(w.server) && (free(fake_server_take(w.server, 0)), 0))
        continue;
    send_offer(0, STRANGER, OWN, "after", "s2");
    if (way == MOVE_AWAY_AND_BACK)
        UNTIL(jingle_find_session(w.jingle, NULL, STRANGER, "s2"));
    else
        run_for(8);
    ck_assert(way == MOVE_AWAY_AND_BACK || !w.jingle || jingle_count_sessions(w.jingle) <= 1);
    jingle_free(other);
    if (other_conn)
        xmpp_conn_release(other_conn);
}
END_TEST

/* The program's own handlers stay when a manager goes (traps 5 and 10). */

static unsigned program_saw;

static int program_handler(xmpp_conn_t *conn, xmpp_stanza_t *stanza, void *userdata)
{
    (void)conn, (void)stanza, (void)userdata;
    program_saw++;
    return 1;
}

static int detach_handler(xmpp_conn_t *conn, xmpp_stanza_t *stanza, void *userdata)
{
    (void)conn, (void)stanza, (void)userdata;
    jingle_detach(w.jingle);
    program_saw++;
    return 1;
}

static int program_beat(xmpp_ctx_t *ctx, void *userdata)
{
    (void)ctx;
    ++*(unsigned *)userdata;
    return 1;
}

START_TEST(handlers_of_the_program_stay)
{
    unsigned beats = 0;

    program_saw = 0;
    xmpp_handler_add(w.conn, program_handler, NULL, "iq", "set", NULL);
    xmpp_global_timed_handler_add(w.ctx, program_beat, 1, &beats);
    attach_now();
    log_in();
    send_offer(0, PEER, OWN, "i1", "s1");
    EXPECT("id=\"i1\"");
    ck_assert_uint_eq(program_saw, 1);
    jingle_detach(w.jingle);
    beats = 0;
    send_offer(0, PEER, OWN, "i2", "s2");
    UNTIL(program_saw == 2 && beats > 2);
    EXPECT_NOTHING();
    xmpp_global_timed_handler_delete(w.ctx, program_beat);
}
END_TEST

/* A handler of the program's detaches us, before and after ours in libstrophe's list. */
START_TEST(a_handler_of_the_program_detaches)
{
    program_saw = 0;
    if (_i)
        xmpp_handler_add(w.conn, detach_handler, NULL, "iq", "set", NULL);
    attach_now();
    if (!_i)
        xmpp_handler_add(w.conn, detach_handler, NULL, "iq", "set", NULL);
    log_in();
    send_offer(0, PEER, OWN, "i1", "s1");
    if (!_i)
        EXPECT("id=\"i1\"");
    UNTIL(program_saw == 1);
    EXPECT_NOTHING();
    ck_assert_ptr_null(jingle_get_conn(w.jingle));
}
END_TEST

/* ---- several managers ---- */

START_TEST(two_on_one_connection_are_refused)
{
    jingle_t *other = new_manager();

    attach_now();
    ck_assert_int_eq(jingle_attach(other, w.conn), JINGLE_EEXIST);
    log_in();
    send_offer(0, PEER, OWN, "i1", "s1");
    EXPECT("id=\"i1\"");
    EXPECT_NOTHING();
    /* When the first has left, the second may. */
    jingle_detach(w.jingle);
    ck_assert_int_eq(jingle_attach(other, w.conn), JINGLE_EOK);
    send_offer(0, PEER, OWN, "i2", "s1");
    EXPECT("id=\"i2\"", "type=\"result\"");
    EXPECT_NOTHING();
    ck_assert_uint_eq(jingle_count_sessions(other), 1);
    jingle_free(other);
}
END_TEST

static jingle_t *successor;

/** The manager has gone, in the middle of an end that is still under way: that needs no connection. */
static void give_way(const jingle_event_t *event)
{
    if (event->type != JINGLE_EVENT_TERMINATED || successor)
        return;
    jingle_detach(w.jingle);
    free_manager();
    successor = new_manager();
    ck_assert_int_eq(jingle_attach(successor, w.conn), JINGLE_EOK);
}

START_TEST(another_takes_the_place_inside_an_end)
{
    successor = NULL;
    attach_now();
    log_in();
    session_from(PEER, "s1");
    w.in_event = give_way;
    jingle_session_end(jingle_find_session(w.jingle, NULL, PEER, "s1"), NULL);
    ck_assert_ptr_nonnull(successor);
    EXPECT("session-terminate");
    send_offer(0, PEER, OWN, "i2", "s2");
    EXPECT("id=\"i2\"", "type=\"result\"");
    ck_assert_uint_eq(jingle_count_sessions(successor), 1);
    jingle_free(successor);
}
END_TEST

/* One that is refused stays where it was. */
START_TEST(refused_it_stays)
{
    xmpp_conn_t *conn = new_conn("romeo@montague.example");
    jingle_t *other = new_manager();

    attach_now();
    ck_assert_int_eq(jingle_attach(other, conn), JINGLE_EOK);
    ck_assert_int_eq(jingle_attach(other, w.conn), JINGLE_EEXIST);
    ck_assert_ptr_eq(jingle_get_conn(other), conn);
    ck_assert_ptr_eq(jingle_get_conn(w.jingle), w.conn);
    jingle_free(other);
    xmpp_conn_release(conn);
}
END_TEST

/* The last one takes the context's timer along, in whatever order they go, though the loop never had
 * a turn: xmpp_ctx_free() would leave it. */
START_TEST(gone_without_a_turn)
{
    xmpp_conn_t *conn = new_conn("romeo@montague.example");
    jingle_t *other = new_manager();

    attach_now();
    ck_assert_int_eq(jingle_attach(other, conn), JINGLE_EOK);
    if (_i)
        free_manager();
    jingle_free(other);
    xmpp_conn_release(conn);
}
END_TEST

/* Two managers on two connections of one context: one goes, the other works on (traps 5, 10). Its
 * timer too. */

static void count(jingle_t *jingle, void *userdata)
{
    (void)jingle;
    ++*(unsigned *)userdata;
}

START_TEST(two_on_two_connections)
{
    xmpp_conn_t *conn = new_conn("romeo@montague.example");
    jingle_t *other = new_manager();
    unsigned fired = 0;

    attach_now();
    ck_assert_int_eq(jingle_attach(other, conn), JINGLE_EOK);
    log_in();
    fake_server_options(w.server)->jid = PEER;
    dial(conn);
    UNTIL(w.connected == 2);
    send_offer(0, PEER, OWN, "i1", "s1");
    send_offer(1, OWN, PEER, "i2", "s1");
    EXPECT_ON(0, "id=\"i1\"");
    EXPECT_ON(1, "id=\"i2\"");
    ck_assert_str_eq(jingle_get_jid(w.jingle), OWN);
    ck_assert_str_eq(jingle_get_jid(other), PEER);
    /* The first one attached is the one with the context's timer. */
    if (_i) {
        free_manager();
        EXPECT("session-terminate");
    } else
        jingle_detach(w.jingle);
    jingle_timer_start(other, 5, count, &fired, NULL);
    UNTIL(fired == 1);
    send_offer(1, OWN, PEER, "i3", "s2");
    EXPECT_ON(1, "id=\"i3\"");
    send_offer(0, PEER, OWN, "i4", "s3");
    EXPECT_NOTHING_ON(0);
    jingle_free(other);
    xmpp_conn_release(conn);
}
END_TEST

/* ---- what libstrophe keeps (trap 2), descriptors (trap 13) ---- */

/* Ids that were answered cost nothing: libstrophe would keep each for ever. */
START_TEST(answered_requests_leave_nothing)
{
    size_t blocks = 0, calls_before = 0;

    attach_now();
    go_online();
    for (unsigned i = 0; i < 600; i++) {
        char *xml, *id;
        if (i == 100) {
            run_for(5);
            blocks = w.ctx_mem.blocks;
            calls_before = w.mem.blocks;
        }
        ck_assert_int_eq(
            jingle_request(w.jingle,
                           JINGLE_REQUEST(.to = PEER, .xml = "<q xmlns=\"urn:example:q\"/>")),
            JINGLE_EOK);
        xml = next_on(0);
        id = attr_of(xml, "id");
        fake_server_send(w.server, 0, "<iq type='result' from='" PEER "' id='%s'/>", id);
        free(id);
        free(xml);
    }
    UNTIL(w.mem.blocks <= calls_before);
    run_for(5);
    ck_assert_uint_le(w.ctx_mem.blocks, blocks + 2);
}
END_TEST

static unsigned descriptors(void)
{
    DIR *dir = opendir("/proc/self/fd");
    unsigned n = 0;

    if (!dir)
        return 0;
    while (readdir(dir))
        n++;
    closedir(dir);
    return n;
}

START_TEST(no_descriptor_of_its_own)
{
    unsigned before = descriptors();

    attach_now();
    ck_assert_uint_eq(descriptors(), before);
}
END_TEST

/* ---- orders of tearing down ---- */

START_TEST(connection_released_first)
{
    attach_now();
    if (_i) {
        log_in();
        session_from(PEER, "s1");
    }
    free_conn();
    free_manager();
    LOG(_i ? "incoming s1\nterminated s1 gone\n" : "");
}
END_TEST

START_TEST(sessions_end_with_the_manager)
{
    attach_now();
    log_in();
    session_from(PEER, "s1");
    free_manager();
    EXPECT("session-terminate", "<gone/>");
}
END_TEST

/* ---- cost ---- */

/* A loop that may sleep long is woken about once a second and not more. */
START_TEST(idle_is_idle)
{
    clock_t begin;
    double took;

    attach_now();
    go_online();
    run_for(20);
    begin = clock();
    took = seconds();
    for (unsigned turn = 0; turn < 3; turn++)
        xmpp_run_once(w.ctx, 10000);
    took = seconds() - took;
    ck_assert_msg(took > 1.7 && took < 10, "three turns take %g s", took);
    ck_assert(clock() - begin < CLOCKS_PER_SEC / 100);
}
END_TEST

static unsigned steps;
static double step_times[4];

static void take_a_step(jingle_t *jingle, void *userdata)
{
    (void)userdata;
    step_times[steps++] = seconds();
    if (steps < 4)
        jingle_timer_start(jingle, 30, take_a_step, NULL, NULL);
}

/* A deadline wakes a loop that sleeps, though nothing comes from the network, and so does one that
 * was set when that one passed: libstrophe would not count it. */
START_TEST(a_deadline_wakes_the_loop)
{
    double begin;

    attach_now();
    go_online();
    run_for(20);
    steps = 0;
    jingle_timer_start(w.jingle, 30, take_a_step, NULL, NULL);
    send_presence(0, PEER, NULL, NULL); /* the loop has a turn with us in it */
    begin = seconds();
    while (steps < 4 && seconds() - begin < 5)
        xmpp_run_once(w.ctx, 10000);
    ck_assert_uint_eq(steps, 4);
    ck_assert(step_times[3] - begin < 0.4);
}
END_TEST

/* While the connection is down there are deadlines too: its own timers stand still then (trap 11). */
START_TEST(deadlines_pass_while_disconnected)
{
    unsigned fired = 0;

    attach_now();
    go_online();
    fake_server_cut(w.server, 0);
    UNTIL(w.disconnected == 1);
    jingle_timer_start(w.jingle, 5, count, &fired, NULL);
    UNTIL(fired == 1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("attach");
    TCase *tcase = add_case(suite, "attach");

    tcase_add_test(tcase, an_offer_is_answered);
    tcase_add_test(tcase, an_offer_behind_another_child);
    tcase_add_test(tcase, attached_after_the_login);
    tcase_add_loop_test(tcase, attached_inside_connect, 0, 4);
    tcase_add_test(tcase, own_jid_is_learnt_without_a_stanza);
    tcase_add_test(tcase, sessions_inside_connect);
    tcase_add_test(tcase, wrong_arguments);
    tcase_add_test(tcase, attached_twice);
    tcase_add_test(tcase, answered_requests_leave_nothing);
    tcase_add_test(tcase, no_descriptor_of_its_own);
    tcase = add_case(suite, "detach");
    tcase_add_loop_test(tcase, leaving_where_a_handler_runs, 0, PLACES * 4 * 2);
    tcase_add_loop_test(tcase, freed_in_an_event, 1, 6);
    tcase_add_test(tcase, handlers_of_the_program_stay);
    tcase_add_loop_test(tcase, a_handler_of_the_program_detaches, 0, 2);
    tcase_add_loop_test(tcase, connection_released_first, 0, 2);
    tcase_add_test(tcase, sessions_end_with_the_manager);
    tcase = add_case(suite, "several");
    tcase_add_test(tcase, two_on_one_connection_are_refused);
    tcase_add_test(tcase, another_takes_the_place_inside_an_end);
    tcase_add_test(tcase, refused_it_stays);
    tcase_add_loop_test(tcase, gone_without_a_turn, 0, 2);
    tcase_add_loop_test(tcase, two_on_two_connections, 0, 2);
    tcase = add_case(suite, "time");
    tcase_add_test(tcase, idle_is_idle);
    tcase_add_test(tcase, a_deadline_wakes_the_loop);
    tcase_add_test(tcase, deadlines_pass_while_disconnected);
    return run_suite(suite);
}
