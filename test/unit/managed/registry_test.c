/* SPDX-License-Identifier: MIT */
/** @file
 *  Plug-ins: what is registered, and what a plug-in must have. */
#include "fixture.h"

#include "support/stub_private.h"

static int make(jingle_part_t *part, void *userdata, void **self)
{
    (void)part;
    (void)userdata;
    (void)self;
    return JINGLE_EOK;
}

static jingle_check_t check(void *self, jingle_action_t action, xmpp_stanza_t *element,
                            jingle_reason_t *why)
{
    (void)self;
    (void)action;
    (void)element;
    (void)why;
    return JINGLE_CHECK_OK;
}

static int apply(void *self, jingle_action_t action, xmpp_stanza_t *element)
{
    (void)self;
    (void)action;
    (void)element;
    return JINGLE_EOK;
}

static void done(void *self)
{
    (void)self;
}

static int go(void *self)
{
    (void)self;
    return JINGLE_EOK;
}

static void opened(void *self, jingle_channel_t *channel)
{
    (void)self;
    (void)channel;
}

static int wrap(void *self, jingle_channel_t *channel, jingle_channel_t **wrapped)
{
    (void)self;
    (void)channel;
    (void)wrapped;
    return JINGLE_EOK;
}

#define ALL(n)                                                                                     \
    .size = sizeof(n), .name = "x", .create = make, .check = check, .apply = apply,                \
    .describe = apply, .free = done

static const char *too_long(void)
{
    static char ns[JINGLE_NAME_MAX + 2];

    memset(ns, 'x', sizeof(ns) - 1);
    return ns;
}

/* Neither without a manager, nor a namespace, nor a plug-in. */
#define ck_nothing_registered(fn, plugin)                                                          \
    do {                                                                                           \
        ck_assert_int_eq(fn(NULL, "urn:x", plugin, NULL), JINGLE_EINVAL);                          \
        ck_assert_int_eq(fn(e->jingle, NULL, plugin, NULL), JINGLE_EINVAL);                        \
        ck_assert_int_eq(fn(e->jingle, "", plugin, NULL), JINGLE_EINVAL);                          \
        ck_assert_int_eq(fn(e->jingle, too_long(), plugin, NULL), JINGLE_EINVAL);                  \
        ck_assert_int_eq(fn(e->jingle, "urn:x", NULL, NULL), JINGLE_EINVAL);                       \
    } while (0)

static bool has_feature(const char *feature)
{
    const char *name;

    for (size_t i = 0; (name = jingle_get_feature(e->jingle, i)); i++)
        if (strcmp(name, feature) == 0)
            return true;
    return false;
}

/* J166-79: the list of features follows what is registered */
START_TEST(registered_and_taken_back)
{
    ck_assert(has_feature(STUB_APP) && has_feature(STUB_T1) && has_feature(STUB_SEC));
    ck_assert_int_eq(jingle_unregister_plugin(e->jingle, STUB_T1), JINGLE_EOK);
    ck_assert_int_eq(jingle_unregister_plugin(e->jingle, STUB_T1), JINGLE_ENOENT);
    ck_assert_int_eq(jingle_unregister_plugin(e->jingle, NULL), JINGLE_ENOENT);
    ck_assert_int_eq(jingle_unregister_plugin(NULL, STUB_T1), JINGLE_ENOENT);
    ck_assert(has_feature(STUB_APP) && !has_feature(STUB_T1));
    ck_assert_str_eq(jingle_content_get_transport(add(create("s"), "c")), STUB_T2);
}
END_TEST

START_TEST(contents_keep_what_was_taken_back)
{
    jingle_session_t *session = active_out("s", "c", NULL);

    jingle_unregister_plugin(e->jingle, STUB_APP);
    jingle_unregister_plugin(e->jingle, STUB_T1);
    ck_assert_str_eq(jingle_content_get_application(content_of(session, "c")), STUB_APP);
    jingle_session_end(session, NULL);
    ck_log("state s ended\n> set session-terminate s success\nt1.stop c\n"
           "a.closed c success\nt1.free c\na.free c\nterminated s success\n");
    /* and offers of it are nobody's now */
    engine_action(e, "1", "session-initiate", "t", STUB_CONTENT("c"));
    ck_assert(!jingle_session_is_managed(e->session));
}
END_TEST

/* Offers are the managed type's once there is an application, whatever else is there. */
START_TEST(an_application_alone_is_served)
{
    engine_t *other = engine_new(NULL);

    jingle_register_application(other->jingle, STUB_APP, &stub_application_a, NULL);
    engine_log(other);
    engine_action(other, "2", "session-initiate", "t", STUB_CONTENT("c"));
    ck_assert_str_eq(engine_log(other),
                     "created t\nstate t ended\n> result 2\n> set session-terminate t "
                     "unsupported-transports\nterminated t unsupported-transports\n");
    ck_assert_uint_eq(engine_free(other), 0);
}
END_TEST

/* J166-01, J166-82, J166-83, J166-84: a plug-in has what XEP-0166 section 12 asks of its kind:
 * flows, components, negotiation, its element; what must not be left out is refused */
START_TEST(an_application_is_whole)
{
    jingle_application_t whole = {ALL(whole), .flows = JINGLE_FLOW_STREAM, .components = 2,
                                  .uses_sdp = true, .open = opened};
    jingle_application_t part;

#define WITHOUT(member)                                                                            \
    do {                                                                                           \
        part = whole;                                                                              \
        part.member = 0;                                                                           \
        ck_assert_int_eq(jingle_register_application(e->jingle, "urn:x", &part, NULL),             \
                         JINGLE_EINVAL);                                                           \
    } while (0)
    WITHOUT(size);
    WITHOUT(create);
    WITHOUT(check);
    WITHOUT(apply);
    WITHOUT(describe);
    WITHOUT(free);
    WITHOUT(flows);
    WITHOUT(open);
#undef WITHOUT
    part = whole;
    part.flows = 4;
    ck_assert_int_eq(jingle_register_application(e->jingle, "urn:x", &part, NULL), JINGLE_EINVAL);
    ck_nothing_registered(jingle_register_application, &whole);
    ck_assert_int_eq(jingle_register_application(e->jingle, STUB_T1, &whole, NULL), JINGLE_EEXIST);
    ck_assert_int_eq(jingle_register_application(e->jingle, "urn:x", &whole, NULL), JINGLE_EOK);
}
END_TEST

START_TEST(a_transport_is_whole)
{
    jingle_transport_t whole = {ALL(whole),      .flows = JINGLE_FLOW_DATAGRAM,
                                .components = 1, .prepare = go,
                                .start = go,     .stop = done};
    jingle_transport_t part;

#define WITHOUT(member)                                                                            \
    do {                                                                                           \
        part = whole;                                                                              \
        part.member = 0;                                                                           \
        ck_assert_int_eq(jingle_register_transport(e->jingle, "urn:x", &part, NULL),               \
                         JINGLE_EINVAL);                                                           \
    } while (0)
    WITHOUT(size);
    WITHOUT(create);
    WITHOUT(flows);
    WITHOUT(prepare);
    WITHOUT(start);
    WITHOUT(stop);
#undef WITHOUT
    ck_nothing_registered(jingle_register_transport, &whole);
    ck_assert_int_eq(jingle_register_transport(e->jingle, "urn:x", &whole, NULL), JINGLE_EOK);
    ck_assert_int_eq(jingle_register_transport(e->jingle, "urn:x", &whole, NULL), JINGLE_EEXIST);
    /* a program that was built when there was no saving */
    part = whole;
    part.size = offsetof(jingle_transport_t, save);
    ck_assert_int_eq(jingle_register_transport(e->jingle, "urn:y", &part, NULL), JINGLE_EOK);
    ck_assert_uint_eq(jingle_get_transport_flows(e->jingle, "urn:x"), JINGLE_FLOW_DATAGRAM);
    /* rank 0: behind all others */
    ck_assert_str_eq(jingle_get_transport(e->jingle, 4), "urn:x");
}
END_TEST

START_TEST(a_security_is_whole)
{
    jingle_security_t whole = {ALL(whole), .flows = JINGLE_FLOW_STREAM, .wrap = wrap};
    jingle_security_t part;

#define WITHOUT(member)                                                                            \
    do {                                                                                           \
        part = whole;                                                                              \
        part.member = 0;                                                                           \
        ck_assert_int_eq(jingle_register_security(e->jingle, "urn:x", &part, NULL),                \
                         JINGLE_EINVAL);                                                           \
    } while (0)
    WITHOUT(size);
    WITHOUT(create);
    WITHOUT(flows);
    WITHOUT(wrap);
#undef WITHOUT
    ck_nothing_registered(jingle_register_security, &whole);
    ck_assert_int_eq(jingle_register_security(e->jingle, "urn:x", &whole, NULL), JINGLE_EOK);
}
END_TEST

/* Programs that were compiled before the structs grew go on to work; what is shorter than the first ever was
 * is none. */
START_TEST(plugins_of_old)
{
    jingle_application_t application = {ALL(application), .flows = JINGLE_FLOW_STREAM,
                                        .open = opened};
    jingle_transport_t transport = {ALL(transport), .flows = JINGLE_FLOW_STREAM, .prepare = go,
                                    .start = go, .stop = done};
    jingle_security_t security = {ALL(security), .flows = JINGLE_FLOW_STREAM, .wrap = wrap};

    application.size = offsetof(jingle_application_t, competes) - 1;
    transport.size = offsetof(jingle_transport_t, save) - 1;
    security.size = offsetof(jingle_security_t, check_transport) - 1;
    for (int expected = JINGLE_EINVAL;; expected = JINGLE_EOK) {
        ck_assert_int_eq(jingle_register_application(e->jingle, "urn:a", &application, NULL),
                         expected);
        ck_assert_int_eq(jingle_register_transport(e->jingle, "urn:t", &transport, NULL), expected);
        ck_assert_int_eq(jingle_register_security(e->jingle, "urn:s", &security, NULL), expected);
        if (expected == JINGLE_EOK)
            break;
        application.size++;
        transport.size++;
        security.size++;
    }
}
END_TEST

/* J166-70: an application says how many components it needs, and gets a transport that has them */
START_TEST(components_are_asked_for)
{
    jingle_application_t two = {ALL(two), .flows = JINGLE_FLOW_DATAGRAM, .components = 2,
                                .open = opened};
    jingle_transport_t one = {ALL(one),      .flows = JINGLE_FLOW_DATAGRAM,
                              .rank = 100,   .components = 1,
                              .prepare = go, .start = go,
                              .stop = done};
    jingle_content_t *content = NULL;

    jingle_register_application(e->jingle, "urn:two", &two, NULL);
    jingle_register_transport(e->jingle, "urn:one", &one, NULL);
    ck_assert_int_eq(
        jingle_session_add_content(create("s"), JINGLE_CONTENT(.application = "urn:two"), &content),
        JINGLE_EOK);
    ck_assert_str_eq(jingle_content_get_transport(content), STUB_DG);
    ck_assert_uint_eq(jingle_content_get_components(content), 2);
    ck_assert_uint_eq(jingle_content_get_flows(content), JINGLE_FLOW_DATAGRAM);
    /* the same of the peer's offers */
    engine_action(e, "1", "session-initiate", "t", STUB_CONTENT_OF("c", "urn:two", "urn:one", ""));
    ck_assert_ptr_nonnull(
        strstr(engine_log(e), "> set session-terminate t unsupported-transports\n"));
}
END_TEST

/* A security that covers streams alone is not given datagrams. */
START_TEST(a_security_has_its_flows)
{
    jingle_application_t both = {ALL(both), .flows = JINGLE_FLOW_STREAM | JINGLE_FLOW_DATAGRAM,
                                 .open = opened};
    jingle_content_t *content = NULL;

    jingle_register_application(e->jingle, "urn:both", &both, NULL);
    jingle_session_add_content(create("s"), JINGLE_CONTENT(.application = "urn:both"), &content);
    ck_assert_str_eq(jingle_content_get_transport(content), STUB_DG);
    jingle_session_add_content(
        create("t"), JINGLE_CONTENT(.application = "urn:both", .security = STUB_SEC), &content);
    ck_assert_str_eq(jingle_content_get_transport(content), STUB_T1);
    engine_action(e, "1", "session-initiate", "u",
                  STUB_CONTENT_OF("c", "urn:both", STUB_DG, "<security xmlns='" STUB_SEC "'/>"));
    ck_assert_ptr_nonnull(strstr(engine_log(e), "> set session-terminate u security-error\n"));
}
END_TEST

/* A namespace is one plug-in's, of whatever kind the other would be. */
START_TEST(a_namespace_is_taken_once)
{
    static const char *const taken[] = {STUB_APP, STUB_APP2, STUB_T1, STUB_DG, STUB_SEC};

    for (size_t i = 0; i < sizeof(taken) / sizeof(taken[0]); i++) {
        ck_assert_int_eq(jingle_register_application(e->jingle, taken[i], &stub_application_a, s),
                         JINGLE_EEXIST);
        ck_assert_int_eq(jingle_register_transport(e->jingle, taken[i], &stub_transport_t2, s),
                         JINGLE_EEXIST);
        ck_assert_int_eq(jingle_register_security(e->jingle, taken[i], &stub_security_s, s),
                         JINGLE_EEXIST);
        /* who was refused has not left the feature behind */
        ck_assert_int_eq(jingle_unregister_plugin(e->jingle, taken[i]), JINGLE_EOK);
        ck_assert(!has_feature(taken[i]));
    }
}
END_TEST

/* What could not be registered for want of memory can be later, and is served then. */
START_TEST(registered_after_there_was_no_memory)
{
    bool failed = true;
    size_t n;

    for (n = 1; failed; n++) {
        engine_t *other = engine_new(NULL);

        test_mem_fail_at(&other->mem, n, n % 2);
        ck_assert_int_eq(
            jingle_register_application(other->jingle, STUB_APP, &stub_application_a, NULL),
            other->mem.failures ? JINGLE_EMEM : JINGLE_EOK);
        failed = other->mem.failures > 0;
        test_mem_fail_at(&other->mem, 0, false);
        ck_assert_int_eq(
            jingle_register_application(other->jingle, STUB_APP, &stub_application_a, NULL),
            failed ? JINGLE_EOK : JINGLE_EEXIST);
        engine_action(other, "1", "session-initiate", "t", STUB_CONTENT("c"));
        ck_assert_ptr_nonnull(
            strstr(engine_log(other), "> set session-terminate t unsupported-transports\n"));
        ck_assert_uint_eq(engine_free(other), 0);
    }
    ck_assert_uint_gt(n, 5);
}
END_TEST

static bool note_asked(jingle_t *jingle, const jingle_offer_t *offer,
                       const jingle_session_type_t **type, void **type_userdata, void *userdata)
{
    (void)jingle, (void)type, (void)type_userdata;
    ck_assert_ptr_eq(userdata, s);
    engine_note(e, "asked for %s", offer->applications[0]);
    return false;
}

/* Offers of applications that are not registered are the program's to serve. */
START_TEST(what_nobody_serves)
{
    ck_assert_int_eq(jingle_add_prepare(e->jingle, note_asked, s), JINGLE_EOK);
    engine_action(e, "1", "session-initiate", "s", STUB_CONTENT_OF("c", "urn:none", STUB_T1, ""));
    ck_assert_ptr_nonnull(strstr(engine_log(e), "asked for urn:none\n"));
    engine_action(e, "2", "session-initiate", "t", STUB_CONTENT("c"));
    ck_assert_ptr_null(strstr(engine_log(e), "asked for"));
}
END_TEST

static bool refuse_all(jingle_session_t *session, const char *transport, void *userdata)
{
    (void)session;
    ck_assert_ptr_eq(userdata, s);
    engine_note(e, "may %s", transport);
    return false;
}

/* Each is asked about once, in the order of their ranks. */
START_TEST(transports_that_may_not_be_tried)
{
    jingle_set_transport_filter(e->jingle, refuse_all, s);
    jingle_unregister_plugin(e->jingle, STUB_DG); /* fits no stream, and is not asked about */
    create("s");
    engine_log(e);
    ck_assert_int_eq(
        jingle_session_add_content(e->session, JINGLE_CONTENT(.application = STUB_APP), NULL),
        JINGLE_ENOENT);
    ck_log("may " STUB_T1 "\nmay " STUB_T2 "\nmay " STUB_T3 "\na.free i-1\n");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("managed/registry");
    TCase *tcase = add_case(suite, "plugins");

    tcase_add_test(tcase, registered_and_taken_back);
    tcase_add_test(tcase, contents_keep_what_was_taken_back);
    tcase_add_test(tcase, an_application_alone_is_served);
    tcase_add_test(tcase, an_application_is_whole);
    tcase_add_test(tcase, a_transport_is_whole);
    tcase_add_test(tcase, a_security_is_whole);
    tcase_add_test(tcase, plugins_of_old);
    tcase_add_test(tcase, components_are_asked_for);
    tcase_add_test(tcase, a_security_has_its_flows);
    tcase_add_test(tcase, a_namespace_is_taken_once);
    tcase_add_test(tcase, registered_after_there_was_no_memory);
    tcase_add_test(tcase, what_nobody_serves);
    tcase_add_test(tcase, transports_that_may_not_be_tried);
    return run_suite(suite);
}
