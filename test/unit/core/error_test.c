/* SPDX-License-Identifier: MIT */
/** @file
 *  Errors of IQs: read, written, told apart. */
#include "core/write.h"
#include "elements.h"

#define STANZAS "xmlns='" JINGLE_NS_STANZAS "'"
#define ERRORS "xmlns='" JINGLE_NS_ERRORS "'"
#define IQ(error) "<iq type='error' id='1'>" error "</iq>"

static xmpp_stanza_t *iq;
static const jingle_error_t *error;

static void read_error(const char *xml)
{
    iq = element(xml);
    ck_assert_int_eq(jingle_error_new(&mem.mem, iq, &error), JINGLE_EOK);
}

static void free_error(void)
{
    jingle_error_free(error);
    error = NULL;
    if (iq)
        xmpp_stanza_release(iq);
    iq = NULL;
}

static void tear_down_error(void)
{
    free_error();
    tear_down();
}

static const char *write_error(const jingle_error_t *what)
{
    static char text[2000];
    char *xml = NULL;

    ck_assert_int_eq(jingle_error_to_xml(&mem.mem, what, &xml), JINGLE_EOK);
    snprintf(text, sizeof(text), "%s", xml);
    mem.mem.free(xml, &mem);
    return text;
}

/* ---- reading ------------------------------------------------------------------------------- */

START_TEST(in_full)
{
    read_error(IQ("<x xmlns='urn:x'/><error type='wait' by='b' code='500'>"
                  "<text " STANZAS " xml:lang='en'>why</text><odd/><tie-break " ERRORS "/>"
                  "<conflict " STANZAS "/></error>"));
    ck_assert_str_eq(error->type, "wait");
    ck_assert_str_eq(error->by, "b");
    ck_assert_str_eq(error->condition, "conflict");
    ck_assert_str_eq(error->jingle, "tie-break");
    ck_assert_str_eq(error->text, "why");
    ck_assert_str_eq(error->lang, "en");
    ck_assert_ptr_null(error->address);
    ck_assert_uint_eq(error->foreign.n_attrs, 1);
    ck_assert_str_eq(error->foreign.attrs[0].name, "code");
    ck_assert_uint_eq(error->foreign.n_children, 1);
}
END_TEST

START_TEST(without_error)
{
    read_error("<iq type='error'><error xmlns='urn:x' type='wait'/></iq>");
    ck_assert_ptr_null(error->type);
    ck_assert_ptr_null(error->condition);
    ck_assert_ptr_null(error->jingle);
    ck_assert_int_eq(jingle_error_get_code(error), JINGLE_ERROR_OTHER);
    ck_assert_int_eq(jingle_error_new(&mem.mem, NULL, &error), JINGLE_EINVAL);
    ck_assert_int_eq(jingle_error_new(&mem.mem, iq, NULL), JINGLE_EINVAL);
    jingle_error_free(NULL);
}
END_TEST

START_TEST(of_a_component)
{
    read_error("<iq xmlns='jabber:component:accept' type='error'><error xmlns='urn:x'/>"
               "<error type='wait'/></iq>");
    ck_assert_str_eq(error->type, "wait");
}
END_TEST

/* J166-08: white space around the address says nothing */
START_TEST(address)
{
    static const struct {
        const char *xml, *address;
    } cases[] = {
        {IQ("<error><redirect " STANZAS ">xmpp:a@b</redirect></error>"), "xmpp:a@b"},
        {IQ("<error><redirect " STANZAS ">\n  xmpp:a@b</redirect></error>"), "xmpp:a@b"},
        {IQ("<error><gone " STANZAS ">\n  xmpp:a@b \t\n</gone></error>"), "xmpp:a@b"},
        {IQ("<error><gone " STANZAS ">   </gone></error>"), NULL},
        {IQ("<error><gone " STANZAS "/></error>"), NULL},
        {IQ("<error><conflict " STANZAS ">xmpp:a@b</conflict></error>"), NULL},
    };

    for (size_t i = 0; i < LEN(cases); i++) {
        read_error(cases[i].xml);
        if (cases[i].address)
            ck_assert_str_eq(error->address, cases[i].address);
        else
            ck_assert_ptr_null(error->address);
        free_error();
    }
}
END_TEST

START_TEST(kept_by_reference)
{
    read_error(IQ("<error><gone " STANZAS "> a </gone></error>"));
    xmpp_stanza_release(iq);
    iq = NULL;
    ck_assert_str_eq(error->condition, "gone");
    ck_assert_str_eq(error->address, "a");
}
END_TEST

/* ---- writing ------------------------------------------------------------------------------- */

START_TEST(as_it_is)
{
    ck_assert_str_eq(write_error(&(jingle_error_t){0}), "<error/>");
    ck_assert_str_eq(
        write_error(JINGLE_ERROR(.condition = "gone", .address = "xmpp:a<b", .by = "c")),
        "<error by=\"c\"><gone xmlns=\"" JINGLE_NS_STANZAS "\">xmpp:a&lt;b</gone>"
        "</error>");
    ck_assert_str_eq(
        write_error(JINGLE_ERROR(.type = "wait", .jingle = "tie-break", .text = "&", .lang = "en")),
        "<error type=\"wait\"><tie-break xmlns=\"" JINGLE_NS_ERRORS "\"/>"
        "<text xmlns=\"" JINGLE_NS_STANZAS "\" xml:lang=\"en\">&amp;</text></error>");
}
END_TEST

/* What an element says beside what is read of it is not lost. */
START_TEST(as_it_came)
{
    static const char *const more[][2] = {
        {"<error><conflict " STANZAS " odd='o'/></error>",
         "<error><conflict xmlns=\"" JINGLE_NS_STANZAS "\" odd=\"o\"/></error>"},
        {"<error><conflict " STANZAS "><odd xmlns='urn:o'/></conflict></error>",
         "<error><conflict xmlns=\"" JINGLE_NS_STANZAS
         "\"><odd xmlns=\"urn:o\"/></conflict></error>"},
        {"<error><gone " STANZAS " odd='o'>xmpp:a</gone></error>",
         "<error><gone xmlns=\"" JINGLE_NS_STANZAS "\" odd=\"o\">xmpp:a</gone></error>"},
        {"<error><tie-break " ERRORS " odd='o'/></error>",
         "<error><tie-break xmlns=\"" JINGLE_NS_ERRORS "\" odd=\"o\"/></error>"},
        {"<error><tie-break " ERRORS "><odd xmlns='urn:o'/></tie-break></error>",
         "<error><tie-break xmlns=\"" JINGLE_NS_ERRORS
         "\"><odd xmlns=\"urn:o\"/></tie-break></error>"},
        {"<error><text " STANZAS " odd='o'>t</text></error>",
         "<error><text xmlns=\"" JINGLE_NS_STANZAS "\" odd=\"o\">t</text></error>"},
        {"<error odd='o'/>", "<error odd=\"o\"/>"},
    };

    for (size_t i = 0; i < LEN(more); i++) {
        char xml[512];

        snprintf(xml, sizeof xml, "<iq type='error' id='1'>%s</iq>", more[i][0]);
        read_error(xml);
        ck_assert_str_eq(write_error(error), more[i][1]);
        free_error();
    }
}
END_TEST

START_TEST(for_sending)
{
    jingle__buf_t buf;

    jingle__buf_init(&buf, &mem.mem);
    jingle__write_error(&buf, &(jingle_error_t){0});
    ck_assert_str_eq(buf.data,
                     "<error type=\"cancel\"><internal-server-error xmlns=\"" JINGLE_NS_STANZAS
                     "\"/></error>");
    jingle__buf_clear(&buf);
    jingle__write_error(&buf, JINGLE_ERROR(.condition = "not a name"));
    ck_assert_int_eq(buf.err, JINGLE_EINVAL);
    jingle__buf_free(&buf);
    ck_assert_int_eq(jingle_error_to_xml(&mem.mem, NULL, NULL), JINGLE_EINVAL);
}
END_TEST

/* ---- telling apart ------------------------------------------------------------------------- */

/* J166-75: the pairs, and what stands for them */
static const struct {
    const char *condition, *jingle;
    jingle_error_code_t code;
} codes[] = {
    {"bad-request", NULL, JINGLE_ERROR_BAD_REQUEST},
    {"unexpected-request", "out-of-order", JINGLE_ERROR_OUT_OF_ORDER},
    {"conflict", "tie-break", JINGLE_ERROR_TIE_BREAK},
    {"item-not-found", "unknown-session", JINGLE_ERROR_UNKNOWN_SESSION},
    {"feature-not-implemented", "unsupported-info", JINGLE_ERROR_UNSUPPORTED_INFO},
    {"not-acceptable", "security-required", JINGLE_ERROR_SECURITY_REQUIRED},
    {"service-unavailable", NULL, JINGLE_ERROR_SERVICE_UNAVAILABLE},
    {"redirect", NULL, JINGLE_ERROR_REDIRECT},
    {"resource-constraint", NULL, JINGLE_ERROR_RESOURCE_CONSTRAINT},
    {"internal-server-error", NULL, JINGLE_ERROR_INTERNAL_SERVER_ERROR},
    {"not-acceptable", NULL, JINGLE_ERROR_NOT_ACCEPTABLE},
    {"item-not-found", NULL, JINGLE_ERROR_ITEM_NOT_FOUND},
    {"remote-server-timeout", NULL, JINGLE_ERROR_REMOTE_SERVER_TIMEOUT},
    {"unexpected-request", NULL, JINGLE_ERROR_OUT_OF_ORDER},
    {"conflict", NULL, JINGLE_ERROR_TIE_BREAK},
    {"feature-not-implemented", NULL, JINGLE_ERROR_UNSUPPORTED_INFO},
    {"conflict", "tiebreak", JINGLE_ERROR_TIE_BREAK},
    {NULL, "unknown-session", JINGLE_ERROR_UNKNOWN_SESSION},
    {"bad-request", "out-of-order", JINGLE_ERROR_OUT_OF_ORDER},
    {"bad-request", "from-the-future", JINGLE_ERROR_BAD_REQUEST},
    {"forbidden", NULL, JINGLE_ERROR_OTHER},
    {"forbidden", "from-the-future", JINGLE_ERROR_OTHER},
    {NULL, NULL, JINGLE_ERROR_OTHER},
};

START_TEST(by_conditions)
{
    static const char *const types[] = {NULL, "cancel", "modify", "wait", "auth", "odd"};

    for (size_t i = 0; i < LEN(types) * LEN(codes); i++) {
        size_t at = i / LEN(types);
        const jingle_error_t made = {.type = types[i % LEN(types)],
                                     .condition = codes[at].condition,
                                     .jingle = codes[at].jingle};

        ck_assert_int_eq(jingle_error_get_code(&made), codes[at].code);
    }
}
END_TEST

START_TEST(every_code_has_an_error)
{
    for (int i = JINGLE_ERROR_OTHER + 1; i < JINGLE_ERROR_COUNT; i++) {
        const jingle_error_t *of = jingle_error_of((jingle_error_code_t)i);

        ck_assert_int_eq(jingle_error_get_code(of), i);
        ck_assert_ptr_nonnull(of->type);
        ck_assert_ptr_null(of->text);
        ck_assert_uint_gt(strlen(jingle_error_words(of)), 3);
    }
    ck_assert_int_eq(jingle_error_get_code(NULL), JINGLE_ERROR_OTHER);
    ck_assert_ptr_eq(jingle_error_of(JINGLE_ERROR_OTHER),
                     jingle_error_of(JINGLE_ERROR_INTERNAL_SERVER_ERROR));
    ck_assert_ptr_eq(jingle_error_of(JINGLE_ERROR_COUNT),
                     jingle_error_of(JINGLE_ERROR_INTERNAL_SERVER_ERROR));
}
END_TEST

START_TEST(words)
{
    ck_assert_str_ne(jingle_error_words(JINGLE_ERROR(.condition = "recipient-unavailable")),
                     jingle_error_words(NULL));
    ck_assert_str_eq(jingle_error_words(JINGLE_ERROR(.condition = "undefined-condition")),
                     jingle_error_words(NULL));
    ck_assert_str_ne(jingle_error_words(JINGLE_ERROR(.condition = "item-not-found")),
                     jingle_error_words(
                         JINGLE_ERROR(.condition = "item-not-found", .jingle = "unknown-session")));
}
END_TEST

/* ---- memory -------------------------------------------------------------------------------- */

static int read_and_write(void)
{
    const jingle_error_t *read;
    char *xml = NULL;
    int err = jingle_error_new(&mem.mem, iq, &read);

    if (err)
        return err;
    err = jingle_error_to_xml(&mem.mem, read, &xml);
    jingle_error_free(read);
    mem.mem.free(xml, &mem);
    return err;
}

START_TEST(each_allocation_fails)
{
    text_t text = {0};
    size_t n = 0;

    text_puts(&text, "<iq><error type='wait'");
    for (int i = 0; i < 40; i++)
        text_printf(&text, " a%d='%d'", i, i);
    text_puts(&text, "><gone " STANZAS " odd='1'> a <b/> </gone><text " STANZAS ">t</text>");
    for (int i = 0; i < 40; i++)
        text_puts(&text, "<text " STANZAS "/><odd/><tie-break " ERRORS "/><conflict " STANZAS "/>");
    text_puts(&text, "</error></iq>");
    iq = element(text_str(&text));
    text_clear(&text);
    do {
        test_mem_fail_at(&mem, ++n, _i != 0);
        ck_assert_int_eq(read_and_write(), mem.failures ? JINGLE_EMEM : JINGLE_EOK);
        ck_assert_uint_eq(mem.blocks, 0);
    } while (mem.failures);
    ck_assert_uint_gt(n, 8);
}
END_TEST

static TCase *add_error_case(Suite *suite, const char *name)
{
    return add_case_with(suite, name, set_up, tear_down_error);
}

int main(void)
{
    Suite *suite = suite_create("error");
    TCase *reading = add_error_case(suite, "reading"), *writing = add_error_case(suite, "writing");
    TCase *telling = add_error_case(suite, "telling_apart");
    TCase *memory = add_error_case(suite, "memory");

    tcase_add_test(reading, in_full);
    tcase_add_test(reading, without_error);
    tcase_add_test(reading, of_a_component);
    tcase_add_test(reading, address);
    tcase_add_test(reading, kept_by_reference);
    tcase_add_test(writing, as_it_is);
    tcase_add_test(writing, as_it_came);
    tcase_add_test(writing, for_sending);
    tcase_add_test(telling, by_conditions);
    tcase_add_test(telling, every_code_has_an_error);
    tcase_add_test(telling, words);
    tcase_add_loop_test(memory, each_allocation_fails, 0, 2);
    return run_suite(suite);
}
