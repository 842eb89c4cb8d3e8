/* SPDX-License-Identifier: MIT */
/** @file
 *  What the tests of the binding share: a manager, a connection and the server at its other end, in
 *  one thread; all memory of the library and of libstrophe back at the end of each test. */
#ifndef TEST_UNIT_STROPHE_WORLD_H
#define TEST_UNIT_STROPHE_WORLD_H

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include <jingle/binding.h>
#include <jingle/session.h>

#include "support/fake_server.h"
#include "support/runner.h"
#include "support/test_mem.h"
#include "support/text.h"

#define OWN "juliet@capulet.example/balcony"
#define ACCOUNT "juliet@capulet.example"
#define PEER "romeo@montague.example/orchard"
#define STRANGER "tybalt@capulet.example/street"
#define COMPONENT "bots.capulet.example"

/** The test that runs. */
static struct {
    test_mem_t mem;     /**< the manager's */
    test_mem_t ctx_mem; /**< libstrophe's */
    xmpp_ctx_t *ctx;
    fake_server_t *server;
    xmpp_conn_t *conn;
    jingle_t *jingle;
    text_t log; /**< events and what callbacks of a test add */
    unsigned connected, disconnected;
    bool tell_events; /**< on_conn calls jingle_conn_event() */
    void (*in_connect)(void);
    void (*in_event)(const jingle_event_t *event);
} w;

/* ---- time ---- */

static inline double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static inline uint64_t milliseconds(void)
{
    return (uint64_t)(seconds() * 1000);
}

static inline void turn(void)
{
    xmpp_run_once(w.ctx, 1);
    fake_server_poll(w.server);
}

/** Runs both ends until the condition holds. */
#define UNTIL(condition)                                                                           \
    do {                                                                                           \
        for (double until_end = seconds() + 10; !(condition) && seconds() < until_end;)            \
            turn();                                                                                \
        ck_assert_msg((condition), "never: %s", #condition);                                       \
    } while (0)

/** Runs both ends for some milliseconds, and enough turns on a machine that is busy. */
static inline void run_for(unsigned ms)
{
    double end = seconds() + ms / 1000.0;

    for (unsigned turns = 0; turns < ms || seconds() < end; turns++)
        turn();
}

/* ---- the connection ---- */

static inline void on_conn(xmpp_conn_t *conn, xmpp_conn_event_t event, int error,
                           xmpp_stream_error_t *stream_error, void *userdata)
{
    (void)error;
    (void)stream_error;
    (void)userdata;
    if (w.tell_events && w.jingle)
        jingle_conn_event(w.jingle, conn, event);
    w.connected += event == XMPP_CONN_CONNECT;
    w.disconnected += event == XMPP_CONN_DISCONNECT;
    if (event == XMPP_CONN_CONNECT && w.in_connect)
        w.in_connect();
}

/** Small stanzas are not held back, so that what has not come after some turns does not come. */
static inline int on_socket(xmpp_conn_t *conn, void *sock)
{
    (void)conn;
    return setsockopt(*(int *)sock, IPPROTO_TCP, TCP_NODELAY, &(int){1}, sizeof(int));
}

static inline xmpp_conn_t *new_conn(const char *jid)
{
    xmpp_conn_t *conn = xmpp_conn_new(w.ctx);

    ck_assert_ptr_nonnull(conn);
    xmpp_conn_set_flags(conn, XMPP_CONN_FLAG_DISABLE_TLS);
    xmpp_conn_set_jid(conn, jid);
    xmpp_conn_set_pass(conn, "secret");
    xmpp_conn_set_sockopt_callback(conn, on_socket);
    return conn;
}

static inline void dial(xmpp_conn_t *conn)
{
    ck_assert_int_eq(
        xmpp_connect_client(conn, "127.0.0.1", fake_server_port(w.server), on_conn, NULL),
        XMPP_EOK);
}

static inline void dial_component(xmpp_conn_t *conn)
{
    ck_assert_int_eq(
        jingle_connect_component(conn, "127.0.0.1", fake_server_port(w.server), on_conn, NULL),
        XMPP_EOK);
}

/** Connects w.conn and waits until the program was told. */
static inline void log_in(void)
{
    unsigned before = w.connected;

    dial(w.conn);
    UNTIL(w.connected > before);
}

/** Logs in and waits until the binding knows. */
static inline void go_online(void)
{
    log_in();
    UNTIL(jingle_get_jid(w.jingle));
}

static inline void log_in_component(void)
{
    unsigned before = w.connected;

    dial_component(w.conn);
    UNTIL(w.connected > before);
}

/* ---- stanzas ---- */

/** The next stanza that the server gets on a stream; free() it. */
static inline char *next_on(size_t stream)
{
    char *xml = fake_server_take(w.server, stream);

    for (double end = seconds() + 10; !xml && seconds() < end;
         xml = fake_server_take(w.server, stream))
        turn();
    ck_assert_msg(xml != NULL, "no stanza came");
    return xml;
}

/** The next stanza has all these pieces, up to NULL. @return it; free() it */
static inline char *expect_on(size_t stream, ...)
{
    char *xml = next_on(stream);
    const char *piece;
    va_list args;

    va_start(args, stream);
    while ((piece = va_arg(args, const char *)))
        ck_assert_msg(strstr(xml, piece) != NULL, "no %s in %s", piece, xml);
    va_end(args);
    return xml;
}

#define EXPECT_ON(stream, ...) free(expect_on((stream), __VA_ARGS__, (const char *)NULL))
#define EXPECT(...) EXPECT_ON(0, __VA_ARGS__)

/** Nothing comes to the server any more: all that was sent before this has been dealt with. */
#define EXPECT_NOTHING_ON(stream)                                                                  \
    do {                                                                                           \
        char *expect_xml;                                                                          \
        run_for(10);                                                                               \
        expect_xml = fake_server_take(w.server, (stream));                                         \
        ck_assert_msg(!expect_xml, "came: %s", expect_xml);                                        \
    } while (0)
#define EXPECT_NOTHING() EXPECT_NOTHING_ON(0)

static inline char *attr_of(const char *xml, const char *name)
{
    text_t mark = {0}, value = {0};
    const char *at;

    text_printf(&mark, " %s=\"", name);
    at = strstr(xml, text_str(&mark));
    ck_assert_msg(at != NULL, "no %s in %s", name, xml);
    at += mark.len;
    text_add(&value, at, strcspn(at, "\""));
    text_clear(&mark);
    return text_take(&value);
}

#define CONTENT                                                                                    \
    "<content creator='initiator' name='a'><description xmlns='urn:example:chess'/>"               \
    "<transport xmlns='urn:example:wire'/></content>"

static inline void send_offer(size_t stream, const char *from, const char *to, const char *id,
                              const char *sid)
{
    fake_server_send(w.server, stream,
                     "<iq type='set' from='%s' to='%s' id='%s'><jingle xmlns='urn:xmpp:jingle:1' "
                     "action='session-initiate' sid='%s' initiator='%s'>" CONTENT "</jingle></iq>",
                     from, to, id, sid, from);
}

/** A session that the peer opened and we acknowledged. */
static inline jingle_session_t *session_from(const char *peer, const char *sid)
{
    jingle_session_t *session;

    send_offer(0, peer, OWN, sid, sid);
    EXPECT("type=\"result\"", sid);
    session = jingle_find_session(w.jingle, NULL, peer, sid);
    ck_assert_ptr_nonnull(session);
    return session;
}

static inline void send_presence(size_t stream, const char *from, const char *type,
                                 const char *children)
{
    fake_server_send(w.server, stream, "<presence from='%s'%s%s%s>%s</presence>", from,
                     type ? " type='" : "", type ? type : "", type ? "'" : "",
                     children ? children : "");
}

/* ---- events ---- */

static inline void on_event(jingle_t *jingle, const jingle_event_t *event, void *userdata)
{
    (void)userdata;
    if (event->type == JINGLE_EVENT_INCOMING)
        text_printf(&w.log, "incoming %s\n", jingle_session_get_sid(event->session));
    else if (event->type == JINGLE_EVENT_TERMINATED)
        text_printf(&w.log, "terminated %s %s\n", jingle_session_get_sid(event->session),
                    jingle_reason_name(event->reason->condition));
    (void)jingle;
    if (w.in_event)
        w.in_event(event);
}

#define LOG(expected)                                                                              \
    do {                                                                                           \
        ck_assert_str_eq(text_str(&w.log), (expected));                                            \
        text_clear(&w.log);                                                                        \
    } while (0)

/* ---- each test ---- */

static inline jingle_t *new_manager(void)
{
    jingle_t *jingle = jingle_new(w.ctx, JINGLE_CONFIG(.mem = &w.mem.mem, .on_event = on_event));

    ck_assert_ptr_nonnull(jingle);
    return jingle;
}

static inline void set_up(void)
{
    memset(&w, 0, sizeof w);
    signal(SIGPIPE, SIG_IGN);
    test_mem_init(&w.mem);
    test_mem_init(&w.ctx_mem);
    w.ctx = xmpp_ctx_new(&w.ctx_mem.mem, NULL);
    w.server = fake_server_new();
    w.conn = new_conn(ACCOUNT);
    w.jingle = new_manager();
}

static inline void free_manager(void)
{
    jingle_t *jingle = w.jingle;

    w.jingle = NULL;
    jingle_free(jingle);
}

static inline void free_conn(void)
{
    if (w.conn)
        xmpp_conn_release(w.conn);
    w.conn = NULL;
}

static inline void tear_down(void)
{
    free_manager();
    free_conn();
    xmpp_ctx_free(w.ctx);
    fake_server_free(w.server);
    text_clear(&w.log);
    ck_assert_msg(test_mem_report(&w.mem, stderr) == 0, "the library kept memory, see above");
    ck_assert_msg(test_mem_report(&w.ctx_mem, stderr) == 0, "libstrophe kept memory, see above");
}

static inline TCase *add_case(Suite *suite, const char *name)
{
    TCase *tcase = tcase_create(name);

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    suite_add_tcase(suite, tcase);
    return tcase;
}

#endif
