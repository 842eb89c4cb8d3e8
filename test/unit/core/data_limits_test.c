/* SPDX-License-Identifier: MIT */
/** @file
 *  What a peer, or want of memory, can do to reading and writing: limits, depth, allocations that
 *  fail. */
#include "core/parse.h"
#include "core/read.h"
#include "core/write.h"
#include "elements.h"

static jingle_limits_t limits;
static jingle__parsed_t parsed;
static text_t text;

static void set_up_limits(void)
{
    set_up();
    memset(&limits, 0, sizeof(limits));
    limits.size = sizeof(limits);
}

static void tear_down_limits(void)
{
    text_clear(&text);
    tear_down();
}

static void puts_times(size_t n, const char *xml)
{
    while (n--)
        text_puts(&text, xml);
}

/** Parses what is in `text` inside `<jingle/>`; `parsed` lives on, its strings do not.
 *  @return over_limit, "" for none */
static const char *over_limit(void)
{
    text_t xml = {0};
    xmpp_stanza_t *jingle;

    text_puts(&xml, "<jingle xmlns='" JINGLE_NS "' action='session-terminate' sid='0123456789'>");
    text_puts(&xml, text_str(&text));
    text_puts(&xml, "</jingle>");
    jingle = element(text_str(&xml));
    text_clear(&xml);
    text_clear(&text);
    ck_assert_int_eq(jingle__parse(&parsed, &mem.mem, jingle, &limits), JINGLE_EOK);
    ck_assert_int_eq(parsed.data.action, JINGLE_ACTION_SESSION_TERMINATE);
    ck_assert_ptr_nonnull(parsed.data.sid);
    jingle__parsed_clear(&parsed);
    xmpp_stanza_release(jingle);
    return parsed.over_limit ? parsed.over_limit : "";
}

/* ---- limits -------------------------------------------------------------------------------- */

START_TEST(sid)
{
    limits.sid = 10;
    ck_assert_str_eq(over_limit(), "");
    limits.sid = 9;
    ck_assert_str_eq(over_limit(), "sid");
}
END_TEST

START_TEST(contents)
{
    limits.contents = 5;
    puts_times(5, "<content/>");
    ck_assert_str_eq(over_limit(), "");
    puts_times(5000, "<content/>");
    ck_assert_str_eq(over_limit(), "contents");
    ck_assert_uint_eq(parsed.data.n_contents, 5);
}
END_TEST

START_TEST(candidates)
{
    limits.candidates = 3;
    puts_times(3, "<content><transport xmlns='t'><candidate/><candidate/><other/> <candidate/>"
                  "</transport></content>");
    ck_assert_str_eq(over_limit(), "");
    text_puts(&text, "<content><transport xmlns='t'><candidate/><candidate/><candidate/>"
                     "<candidate/></transport></content>");
    ck_assert_str_eq(over_limit(), "candidates");
    text_puts(&text, "<content><transport/><transport xmlns='t'>");
    puts_times(4, "<candidate/>");
    text_puts(&text, "</transport></content>");
    ck_assert_str_eq(over_limit(), "candidates");
    /* elsewhere they are whatever they are */
    for (int i = 0; i < 3; i++) {
        static const char *const parents[] = {"reason", "content", "y"};

        text_printf(&text, "<%s><x xmlns='urn:x'>", parents[i]);
        puts_times(4, "<candidate/>");
        text_printf(&text, "</x></%s>", parents[i]);
        ck_assert_str_eq(over_limit(), "");
    }
}
END_TEST

/* A session-terminate is obeyed all the same: its reason must be known. */
START_TEST(text_of_reason)
{
    limits.text = 4;
    text_puts(&text, "<reason><text>1234</text><busy/></reason>");
    ck_assert_str_eq(over_limit(), "");
    text_puts(&text, "<reason><text>12345</text><busy/></reason>");
    ck_assert_str_eq(over_limit(), "text");
    ck_assert_int_eq(parsed.reason.condition, JINGLE_REASON_BUSY);
    ck_assert_ptr_null(parsed.reason.text);
    text_puts(&text, "<reason><text>1</text><text>12345</text></reason>");
    ck_assert_str_eq(over_limit(), "text");
}
END_TEST

START_TEST(reason_behind_what_is_too_much)
{
    limits.contents = 1;
    puts_times(9, "<content/>");
    text_puts(&text, "<x xmlns='urn:x'/><reason><busy/></reason>");
    ck_assert_str_eq(over_limit(), "contents");
    ck_assert_ptr_nonnull(parsed.data.reason);
    ck_assert_int_eq(parsed.reason.condition, JINGLE_REASON_BUSY);
    ck_assert_uint_eq(parsed.data.n_contents, 1);
    ck_assert_uint_eq(parsed.data.foreign.n_children, 0);
}
END_TEST

/** Each holds one element at each level from 1 to 6. */
static const char *const deep[] = {
    "<content><description><a><b/><b><c><d/> </c></b></a></description></content>",
    "<content><x/><security/><transport>t<a><b><c><d/></c></b></a></transport></content>",
    "<content><odd><a><b>t<c>t<d>t</d></c></b></a></odd></content>",
    "<x xmlns='urn:x'><a><b/><b><c><d/><d><e/></d></c></b></a></x>",
    "<reason><success/><x xmlns='urn:x'><a><b><c><d/></c></b></a></x></reason>",
    "<reason><success><a><b><c><d/></c></b></a></success></reason>",
};

START_TEST(levels_of_elements)
{
    for (size_t i = 0; i < LEN(deep); i++) {
        limits.nesting = 6;
        text_puts(&text, deep[i]);
        ck_assert_str_eq(over_limit(), "");
        for (limits.nesting = 1; limits.nesting < 6; limits.nesting++) {
            text_puts(&text, deep[i]);
            ck_assert_str_eq(over_limit(), "nesting");
        }
    }
}
END_TEST

START_TEST(none_at_all)
{
    puts_times(300, "<content><transport/></content>");
    puts_times(300, "<x xmlns='urn:x'>");
    puts_times(300, "</x>");
    ck_assert_str_eq(over_limit(), "");
    ck_assert_uint_eq(parsed.data.n_contents, 300);
}
END_TEST

/* More than a list may hold is a limit too, without any that was set. */
START_TEST(children)
{
    jingle__kept_t kept = {0};
    jingle__arena_t arena;
    xmpp_stanza_t *child = element("<x/>");

    jingle__arena_init(&arena, &mem.mem);
    for (size_t i = 0; i < JINGLE__CHILDREN; i++)
        ck_assert_int_eq(jingle__keep(&arena, &kept, child), JINGLE_EOK);
    ck_assert_int_eq(jingle__keep(&arena, &kept, child), JINGLE_ELIMIT);
    ck_assert_uint_eq(kept.n, JINGLE__CHILDREN);
    jingle__arena_clear(&arena);
    xmpp_stanza_release(child);
}
END_TEST

START_TEST(many_attributes)
{
    xmpp_stanza_t *jingle = element("<jingle xmlns='" JINGLE_NS "'/>");
    const jingle_data_t *data = NULL;
    char name[20];

    for (int i = 0; i < 500; i++) {
        snprintf(name, sizeof(name), "a%d", i);
        ck_assert_int_eq(xmpp_stanza_set_attribute(jingle, name, ""), XMPP_EOK);
    }
    ck_assert_int_eq(jingle_data_new(&mem.mem, jingle, &data), JINGLE_EOK);
    ck_assert_uint_eq(data->foreign.n_attrs, 500);
    jingle_data_free(data);
    xmpp_stanza_release(jingle);
}
END_TEST

static int write_element(xmpp_stanza_t *element)
{
    jingle__buf_t buf;
    int err;

    jingle__buf_init(&buf, &mem.mem);
    jingle__write_element(&buf, element, NULL);
    err = buf.err;
    jingle__buf_free(&buf);
    return err;
}

/* One more than that costs nothing but the count. */
START_TEST(too_many_attributes)
{
    xmpp_stanza_t *jingle = xmpp_stanza_new(ctx);
    const jingle_data_t *read = NULL;
    char name[16];

    xmpp_stanza_set_name(jingle, "jingle");
    xmpp_stanza_set_ns(jingle, JINGLE_NS);
    for (int i = 1; i < 1023; i++) {
        snprintf(name, sizeof(name), "a%d", i);
        ck_assert_int_eq(xmpp_stanza_set_attribute(jingle, name, ""), XMPP_EOK);
    }
    ck_assert_int_eq(jingle_data_new(&mem.mem, jingle, &read), JINGLE_EOK);
    ck_assert_uint_eq(read->foreign.n_attrs, 1022);
    jingle_data_free(read);
    ck_assert_int_eq(write_element(jingle), JINGLE_EOK);
    xmpp_stanza_set_attribute(jingle, "one-more", "");
    ck_assert_int_eq(jingle_data_new(&mem.mem, jingle, &read), JINGLE_ELIMIT);
    ck_assert_int_eq(write_element(jingle), JINGLE_ELIMIT);
    xmpp_stanza_release(jingle);
}
END_TEST

/* ---- depth --------------------------------------------------------------------------------- */

#define LEVELS 100000

/** Elements one inside the other. We keep a reference to each, so that none is freed while the one
 *  around it is: libstrophe frees by recursion. */
static xmpp_stanza_t *levels[LEVELS];

static xmpp_stanza_t *nested(size_t n)
{
    for (size_t i = 0; i < n; i++) {
        levels[i] = xmpp_stanza_new(ctx);
        xmpp_stanza_set_name(levels[i], "x");
        if (i)
            xmpp_stanza_add_child(levels[i - 1], levels[i]);
    }
    xmpp_stanza_set_ns(levels[0], "urn:x");
    return levels[0];
}

static void free_nested(size_t n)
{
    for (size_t i = 0; i < n; i++)
        xmpp_stanza_release(levels[i]);
}

static int write_nested(size_t n)
{
    int err = write_element(nested(n));

    free_nested(n);
    return err;
}

START_TEST(writing_stops)
{
    ck_assert_int_eq(write_nested(256), JINGLE_EOK);
    ck_assert_int_eq(write_nested(257), JINGLE_ELIMIT);
    ck_assert_int_eq(write_nested(LEVELS), JINGLE_ELIMIT);
}
END_TEST

static xmpp_stanza_t *jingle_around(xmpp_stanza_t *payload)
{
    xmpp_stanza_t *jingle = element("<jingle xmlns='" JINGLE_NS "'/>");

    xmpp_stanza_add_child(jingle, payload);
    return jingle;
}

START_TEST(reading_stops)
{
    xmpp_stanza_t *jingle = jingle_around(nested(LEVELS));

    limits.nesting = 64;
    ck_assert_int_eq(jingle__parse(&parsed, &mem.mem, jingle, &limits), JINGLE_EOK);
    ck_assert_str_eq(parsed.over_limit, "nesting");
    ck_assert_uint_eq(mem.calls, 0); /* and costs nothing */
    jingle__parsed_clear(&parsed);
    xmpp_stanza_release(jingle);
    free_nested(LEVELS);
}
END_TEST

/* Who allows it gets it: on the heap, not on the stack. */
START_TEST(reading_may_go_deep)
{
    xmpp_stanza_t *jingle = jingle_around(nested(LEVELS));

    limits.nesting = LEVELS - 1;
    ck_assert_int_eq(jingle__parse(&parsed, &mem.mem, jingle, &limits), JINGLE_EOK);
    ck_assert_str_eq(parsed.over_limit, "nesting");
    jingle__parsed_clear(&parsed);
    limits.nesting = LEVELS;
    ck_assert_int_eq(jingle__parse(&parsed, &mem.mem, jingle, &limits), JINGLE_EOK);
    ck_assert_ptr_null(parsed.over_limit);
    jingle__parsed_clear(&parsed);
    test_mem_fail_at(&mem, 3, true);
    ck_assert_int_eq(jingle__parse(&parsed, &mem.mem, jingle, &limits), JINGLE_EMEM);
    jingle__parsed_clear(&parsed);
    xmpp_stanza_release(jingle);
    free_nested(LEVELS);
}
END_TEST

START_TEST(public_functions_stop)
{
    xmpp_stanza_t *jingle = jingle_around(nested(LEVELS));
    const jingle_data_t *data;
    char *xml = NULL;

    ck_assert_int_eq(jingle_data_new(&mem.mem, jingle, &data), JINGLE_EOK);
    ck_assert_int_eq(jingle_data_to_xml(&mem.mem, data, &xml), JINGLE_ELIMIT);
    ck_assert_ptr_null(xml);
    jingle_data_free(data);
    xmpp_stanza_release(jingle);
    free_nested(LEVELS);
}
END_TEST

/* ---- memory -------------------------------------------------------------------------------- */

/** Needs every kind of allocation: lists that grow, blocks, text in pieces, many attributes. */
static xmpp_stanza_t *everything(void)
{
    xmpp_stanza_t *jingle, *more = xmpp_stanza_new(ctx);

    text_puts(&text, "<jingle xmlns='" JINGLE_NS "' action='content-add' sid='s'");
    for (int i = 0; i < 40; i++)
        text_printf(&text, " a%d='%d'", i, i);
    text_puts(&text, "><reason odd='1'><a/><b/><c/><d/><e/><text>one </text></reason>");
    puts_times(40, "<content name='c' odd='2'><description/><x/><x/><x/><x/><x/></content>");
    text_puts(&text, "<x xmlns='urn:x'");
    for (int i = 0; i < 40; i++)
        text_printf(&text, " a%d='%d'", i, i);
    text_puts(&text, "/>");
    puts_times(20, "<y xmlns='urn:y'/>");
    text_puts(&text, "</jingle>");
    jingle = element(text_str(&text));
    xmpp_stanza_set_text(more, "two");
    xmpp_stanza_add_child_ex(
        jingle_element_child(jingle_element_child(jingle, "reason", NULL), "text", NULL), more, 0);
    return jingle;
}

static int read_and_write(xmpp_stanza_t *jingle)
{
    const jingle_data_t *data;
    char *xml = NULL;
    int err = jingle_data_new(&mem.mem, jingle, &data);

    if (err)
        return err;
    err = jingle_data_to_xml(&mem.mem, data, &xml);
    jingle_data_free(data);
    mem.mem.free(xml, &mem);
    return err;
}

START_TEST(each_allocation_fails)
{
    xmpp_stanza_t *jingle = everything();
    size_t n = 0;

    do {
        test_mem_fail_at(&mem, ++n, _i != 0);
        ck_assert_int_eq(read_and_write(jingle), mem.failures ? JINGLE_EMEM : JINGLE_EOK);
        ck_assert_uint_eq(mem.blocks, 0);
    } while (mem.failures);
    ck_assert_uint_gt(n, 15);
    xmpp_stanza_release(jingle);
}
END_TEST

static TCase *add_limits_case(Suite *suite, const char *name)
{
    return add_case_with(suite, name, set_up_limits, tear_down_limits);
}

int main(void)
{
    Suite *suite = suite_create("data_limits");
    TCase *limit = add_limits_case(suite, "limits"), *depth = add_limits_case(suite, "depth");
    TCase *memory = add_limits_case(suite, "memory");

    tcase_add_test(limit, sid);
    tcase_add_test(limit, contents);
    tcase_add_test(limit, candidates);
    tcase_add_test(limit, text_of_reason);
    tcase_add_test(limit, reason_behind_what_is_too_much);
    tcase_add_test(limit, levels_of_elements);
    tcase_add_test(limit, none_at_all);
    tcase_add_test(limit, children);
    tcase_add_test(limit, many_attributes);
    tcase_add_test(limit, too_many_attributes);
    tcase_add_test(depth, writing_stops);
    tcase_add_test(depth, reading_stops);
    tcase_add_test(depth, reading_may_go_deep);
    tcase_add_test(depth, public_functions_stop);
    tcase_add_loop_test(memory, each_allocation_fails, 0, 2);
    return run_suite(suite);
}
