/* SPDX-License-Identifier: MIT */
/** @file
 *  Stanzas as deep and as wide as 256 KiB of XML can be, on a stack of 256 KiB: nothing in the
 * library goes down a tree by recursion. (libstrophe does, to free one: trees are made and freed by
 * a thread with a stack that is large enough for it.) */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <jingle/files.h>
#include <jingle/ibb.h>
#include <jingle/s5b.h>

#include "support/runner.h"
#include "support/test_mem.h"

#define OWN "m@self.example/main"
#define PEER "z@peer.example/r1"
#define APP "urn:example:app:0"
#define SMALL ((size_t)256 * 1024)
#define LARGE ((size_t)512 * 1024 * 1024)
/* <x></x> is 7 octets */
#define LEVELS (SMALL / 7)
/* A child of the wide ones is 20 octets. libstrophe takes its time over each child, the longer the
 * more there are: so all that 256 KiB can hold only with JINGLE_TEST_FULL. */
#define CHILDREN (getenv("JINGLE_TEST_FULL") ? SMALL / 20 : 2000)
#define ATTRIBUTES 2000

static test_mem_t mem;
static xmpp_ctx_t *ctx;
static jingle_t *jingle;
static unsigned answers;

/* ---- threads ------------------------------------------------------------------------------- */

typedef struct {
    void (*fn)(void *);
    void *argument;
} job_t;

static void *run_job(void *p)
{
    job_t *job = p;

    job->fn(job->argument);
    return NULL;
}

static void on_stack_of(size_t size, void (*fn)(void *), void *argument)
{
    job_t job = {fn, argument};
    pthread_attr_t attr;
    pthread_t thread;

    pthread_attr_init(&attr);
    ck_assert_int_eq(pthread_attr_setstacksize(&attr, size), 0);
    ck_assert_int_eq(pthread_create(&thread, &attr, run_job, &job), 0);
    pthread_join(thread, NULL);
    pthread_attr_destroy(&attr);
}

/* ---- trees --------------------------------------------------------------------------------- */

static xmpp_stanza_t *child(xmpp_stanza_t *parent, const char *name, const char *ns)
{
    xmpp_stanza_t *element = xmpp_stanza_new(ctx);

    xmpp_stanza_set_name(element, name);
    if (ns)
        xmpp_stanza_set_ns(element, ns);
    if (parent) {
        xmpp_stanza_add_child(parent, element);
        xmpp_stanza_release(element);
    }
    return element;
}

static void make_deep(xmpp_stanza_t *in)
{
    for (size_t i = 0; i < LEVELS; i++)
        in = child(in, "x", NULL);
}

static void make_wide(xmpp_stanza_t *in)
{
    for (size_t i = CHILDREN; i; i--)
        child(in, i % 2 ? "candidate" : "content", NULL);
}

static void make_text(xmpp_stanza_t *in)
{
    xmpp_stanza_t *text;
    char *octets = malloc(SMALL + 1);

    memset(octets, 'x', SMALL);
    octets[SMALL] = '\0';
    text = xmpp_stanza_new(ctx);
    xmpp_stanza_set_text(text, octets);
    xmpp_stanza_add_child(in, text);
    xmpp_stanza_release(text);
    free(octets);
}

static void make_pieces(xmpp_stanza_t *in)
{
    for (size_t i = CHILDREN; i; i--) {
        xmpp_stanza_t *text = xmpp_stanza_new(ctx);

        xmpp_stanza_set_text(text, "a piece of text");
        xmpp_stanza_add_child(in, text);
        xmpp_stanza_release(text);
    }
}

static void make_attributes(xmpp_stanza_t *in)
{
    char name[24];

    for (unsigned i = 0; i < ATTRIBUTES; i++) {
        snprintf(name, sizeof name, "attribute-%u", i);
        xmpp_stanza_set_attribute(in, name, "0123456789012345678901234567890");
    }
}

static void (*const fillings[])(xmpp_stanza_t *) = {make_deep, make_wide, make_text, make_pieces,
                                                    make_attributes};

/* ---- places -------------------------------------------------------------------------------- */

/** Where in a stanza it is put: names and namespaces from below <jingle/> on. */
static const struct {
    const char *action;
    const char *path[3][2];
} places[] = {
    {"session-info", {{NULL}}},
    {"session-info", {{"x", "urn:example:x"}}},
    {"session-info", {{"reason", JINGLE_NS}}},
    {"session-info", {{"reason", JINGLE_NS}, {"text", JINGLE_NS}}},
    {"session-info",
     {{"reason", JINGLE_NS}, {"alternative-session", JINGLE_NS}, {"sid", JINGLE_NS}}},
    {"session-info", {{"reason", JINGLE_NS}, {"x", "urn:example:x"}}},
    {"content-add", {{"content", JINGLE_NS}}},
    {"content-add", {{"content", JINGLE_NS}, {"description", APP}}},
    {"content-add", {{"content", JINGLE_NS}, {"transport", "urn:example:t"}}},
    {"content-add", {{"content", JINGLE_NS}, {"security", "urn:example:s"}}},
    {"session-initiate", {{"content", JINGLE_NS}, {"description", JINGLE_NS_FILE_TRANSFER}}},
    {"session-initiate",
     {{"content", JINGLE_NS},
      {"description", JINGLE_NS_FILE_TRANSFER},
      {"file", JINGLE_NS_FILE_TRANSFER}}},
    {"session-initiate", {{"content", JINGLE_NS}, {"transport", JINGLE_NS_IBB_TRANSPORT}}},
    {"session-initiate", {{"content", JINGLE_NS}, {"transport", JINGLE_NS_S5B_TRANSPORT}}},
    {"session-terminate", {{"reason", JINGLE_NS}, {"text", JINGLE_NS}}},
};

/** Each has an id of its own. */
static xmpp_stanza_t *new_iq(const char *type)
{
    static unsigned number;
    xmpp_stanza_t *iq = child(NULL, "iq", "jabber:client");
    char id[16];

    snprintf(id, sizeof id, "i%u", number++);

    xmpp_stanza_set_type(iq, type);
    xmpp_stanza_set_id(iq, id);
    xmpp_stanza_set_from(iq, PEER);
    xmpp_stanza_set_to(iq, OWN);
    return iq;
}

static void name(xmpp_stanza_t *content)
{
    xmpp_stanza_set_attribute(content, "creator", "initiator");
    xmpp_stanza_set_attribute(content, "name", "c");
}

/* The rest of an offer, so that its form is right. */
static void complete_offer(xmpp_stanza_t *content)
{
    if (!jingle_element_child(content, "description", NULL))
        child(child(content, "description", JINGLE_NS_FILE_TRANSFER), "file", NULL);
    if (!jingle_element_child(content, "transport", NULL))
        child(content, "transport", JINGLE_NS_IBB_TRANSPORT);
}

static xmpp_stanza_t *make_action(const char *action, const char *sid, const char *const path[3][2],
                                  void (*fill)(xmpp_stanza_t *))
{
    xmpp_stanza_t *iq = new_iq("set"), *at = child(iq, "jingle", JINGLE_NS), *content = NULL;

    xmpp_stanza_set_attribute(at, "action", action);
    xmpp_stanza_set_attribute(at, "sid", sid);
    for (int i = 0; i < 3 && path[i][0]; i++) {
        at = child(at, path[i][0], path[i][1]);
        if (strcmp(path[i][0], "content") == 0)
            name(content = at);
    }
    fill(at);
    if (content && strcmp(action, "session-initiate") == 0)
        complete_offer(content);
    return iq;
}

/* ---- the manager --------------------------------------------------------------------------- */

static int on_send(jingle_t *of, const char *xml, size_t len, void *userdata)
{
    (void)of, (void)len, (void)userdata;
    answers +=
        strncmp(xml, "<iq type=\"result\"", 17) == 0 || strncmp(xml, "<iq type=\"error\"", 16) == 0;
    return JINGLE_EOK;
}

/* A program that writes again what it was sent. */
static void handle(jingle_session_t *session, const jingle_data_t *data, jingle_reply_t *reply,
                   void *self)
{
    char *xml = NULL;

    (void)session, (void)self;
    if (jingle_data_to_xml(&mem.mem, data, &xml) == JINGLE_EOK)
        mem.mem.free(xml, &mem);
    jingle_reply_ack(reply);
}

static void serve(jingle_t *of, xmpp_stanza_t *iq, xmpp_stanza_t *payload, jingle_reply_t *reply,
                  void *userdata)
{
    (void)of, (void)iq, (void)userdata;
    jingle_reply_result(reply, payload);
}

static const jingle_session_type_t type = {.size = sizeof type,
                                           .name = "raw",
                                           .on_session_info = handle,
                                           .on_content_add = handle,
                                           .on_session_terminate = handle};

static void begin(bool unlimited)
{
    jingle_limits_t none = {.size = sizeof none};

    test_mem_init(&mem);
    ctx = xmpp_ctx_new(NULL, NULL);
    jingle = jingle_new(ctx, JINGLE_CONFIG(.mem = &mem.mem, .jid = OWN, .send = on_send));
    if (unlimited)
        jingle_set_limits(jingle, &none);
    jingle_register_session_type(jingle, APP, &type, NULL);
    jingle_serve(jingle, "urn:example:query", JINGLE_SERVE_GET | JINGLE_SERVE_SET, serve, NULL);
    ck_assert_int_eq(jingle_register_s5b(jingle, NULL), JINGLE_EOK);
    ck_assert_int_eq(jingle_register_file_transfer(jingle, NULL), JINGLE_EOK);
}

static void finish(void)
{
    jingle_free(jingle);
    ck_assert_uint_eq(test_mem_report(&mem, stderr), 0);
    xmpp_ctx_free(ctx);
}

static clock_t spent; /* in the library */

static void receive(void *iq)
{
    clock_t began = clock();

    jingle_receive(jingle, iq);
    spent += clock() - began;
}

/* On the small stack; once. */
static void hand_in(xmpp_stanza_t *iq)
{
    unsigned before = answers;

    on_stack_of(SMALL, receive, iq);
    ck_assert_uint_eq(answers, before + 1);
    xmpp_stanza_release(iq);
}

static void nothing(xmpp_stanza_t *in)
{
    (void)in;
}

static void open_session(void)
{
    static const char *const path[3][2] = {{"content", JINGLE_NS}, {"description", APP}};

    hand_in(make_action("session-initiate", "s", path, nothing));
    ck_assert_ptr_nonnull(jingle_find_session(jingle, NULL, PEER, "s"));
}

static void try_place(size_t place, void (*fill)(xmpp_stanza_t *))
{
    bool offers = strcmp(places[place].action, "session-initiate") == 0;

    if (!offers && !jingle_find_session(jingle, NULL, PEER, "s"))
        open_session();
    hand_in(make_action(places[place].action, offers ? "o" : "s", places[place].path, fill));
    jingle_session_end(jingle_find_session(jingle, NULL, PEER, "o"), NULL);
}

static void try_all(void *fill)
{
    void (*const filling)(xmpp_stanza_t *) = *(void (*const *)(xmpp_stanza_t *))fill;

    spent = 0;
    for (int unlimited = 0; unlimited < 2; unlimited++) {
        begin(unlimited);
        for (size_t i = 0; i < sizeof places / sizeof places[0]; i++)
            try_place(i, filling);
        finish();
    }
    printf("# %.2f ms of CPU a stanza in the library\n",
           (double)spent * 1e3 / CLOCKS_PER_SEC / (2.0 * sizeof places / sizeof places[0]));
}

START_TEST(actions)
{
    on_stack_of(LARGE, try_all, (void *)(uintptr_t)&fillings[_i]);
}
END_TEST

/* What is served, and answers to requests of ours. */
static void try_others(void *fill)
{
    void (*const filling)(xmpp_stanza_t *) = *(void (*const *)(xmpp_stanza_t *))fill;
    static const char *const namespaces[] = {"urn:example:query", JINGLE_NS_IBB};
    static const char *const types[] = {"result", "error"};
    xmpp_stanza_t *iq;

    begin(true);
    for (size_t i = 0; i < 2; i++) {
        iq = new_iq("set");
        filling(child(iq, i ? "data" : "query", namespaces[i]));
        hand_in(iq);
    }
    for (size_t i = 0; i < 2; i++) {
        open_session();
        jingle_session_send(jingle_find_session(jingle, NULL, PEER, "s"),
                            JINGLE_ACTION_SESSION_INFO, NULL);
        jingle_request(jingle, JINGLE_REQUEST(.to = PEER, .xml = "<q xmlns='urn:q'/>"));
        iq = new_iq(types[i]);
        filling(i ? child(iq, "error", "jabber:client") : iq);
        on_stack_of(SMALL, receive, iq);
        xmpp_stanza_release(iq);
        jingle_end_all_sessions(jingle, NULL);
    }
    finish();
}

START_TEST(others)
{
    on_stack_of(LARGE, try_others, (void *)(uintptr_t)&fillings[_i]);
}
END_TEST

/* Read and written without a manager, and without limits. */
static void read_error(void *iq)
{
    const jingle_error_t *error = NULL;
    char *xml = NULL;

    if (jingle_error_new(&mem.mem, iq, &error) == JINGLE_EOK &&
        jingle_error_to_xml(&mem.mem, error, &xml) == JINGLE_EOK)
        mem.mem.free(xml, &mem);
    jingle_error_free(error);
}

static void try_errors(void *fill)
{
    void (*const filling)(xmpp_stanza_t *) = *(void (*const *)(xmpp_stanza_t *))fill;
    static const char *const names[] = {NULL, "text", "conflict", "x"};

    test_mem_init(&mem);
    ctx = xmpp_ctx_new(NULL, NULL);
    for (size_t i = 0; i < 4; i++) {
        xmpp_stanza_t *iq = new_iq("error"), *error = child(iq, "error", "jabber:client");

        filling(names[i] ? child(error, names[i], i == 3 ? "urn:example:x" : JINGLE_NS_STANZAS)
                         : error);
        on_stack_of(SMALL, read_error, iq);
        xmpp_stanza_release(iq);
    }
    ck_assert_uint_eq(test_mem_report(&mem, stderr), 0);
    xmpp_ctx_free(ctx);
}

START_TEST(errors)
{
    on_stack_of(LARGE, try_errors, (void *)(uintptr_t)&fillings[_i]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("core/stack");
    TCase *tcase = tcase_create("256 KiB");
    int n = (int)(sizeof fillings / sizeof fillings[0]);

    suite_add_tcase(suite, tcase);
    tcase_set_timeout(tcase, 200);
    tcase_add_loop_test(tcase, actions, 0, n);
    tcase_add_loop_test(tcase, others, 0, n);
    tcase_add_loop_test(tcase, errors, 0, n);
    return run_suite(suite);
}
