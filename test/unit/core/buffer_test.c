/* SPDX-License-Identifier: MIT */
/** @file
 *  The text buffer: growth, errors, and escaping, which must make any octets fit to be sent. */
#include "core/buffer.h"

#include "elements.h"

static jingle__buf_t buf;

static void set_up_buffer(void)
{
    set_up();
    jingle__buf_init(&buf, &mem.mem);
}

static void tear_down_buffer(void)
{
    jingle__buf_free(&buf);
    tear_down();
}

START_TEST(grows)
{
    for (int i = 0; i < 1000; i++)
        jingle__buf_puts(&buf, "0123456789");
    ck_assert_int_eq(buf.err, JINGLE_EOK);
    ck_assert_uint_eq(buf.len, 10000);
    ck_assert_uint_eq(strlen(buf.data), 10000);
    ck_assert_str_eq(buf.data + 9985, "567890123456789");
}
END_TEST

/* What has room asks for no more. */
START_TEST(room_is_used)
{
    jingle__buf_reserve(&buf, 1000);
    ck_assert_int_eq(buf.err, JINGLE_EOK);
    test_mem_fail_at(&mem, 1, true);
    for (int i = 0; i < 100; i++)
        jingle__buf_puts(&buf, "0123456789");
    jingle__buf_reserve(&buf, 0);
    test_mem_fail_at(&mem, 0, false);
    ck_assert_int_eq(buf.err, JINGLE_EOK);
    ck_assert_uint_eq(buf.len, 1000);
}
END_TEST

START_TEST(sizes_at_the_edge)
{
    char text[1100];

    memset(text, 'x', sizeof(text));
    for (size_t len = 0; len < sizeof(text); len++) {
        jingle__buf_free(&buf);
        jingle__buf_add(&buf, text, len);
        JINGLE__PUT(&buf, "y");
        ck_assert_uint_eq(buf.len, len + 1);
        ck_assert_uint_eq(strlen(buf.data), len + 1);
        ck_assert_int_eq(buf.data[len], 'y');
    }
}
END_TEST

START_TEST(clear_keeps_memory)
{
    char *data;

    jingle__buf_puts(&buf, "text");
    data = buf.data;
    buf.err = JINGLE_ELIMIT;
    jingle__buf_clear(&buf);
    ck_assert_str_eq(buf.data, "");
    jingle__buf_puts(&buf, "other");
    ck_assert_ptr_eq(buf.data, data);
    ck_assert_str_eq(buf.data, "other");
}
END_TEST

START_TEST(errors_stick)
{
    JINGLE__PUT(&buf, "before");
    buf.err = JINGLE_ELIMIT;
    JINGLE__PUT(&buf, "after");
    jingle__buf_escape(&buf, "<");
    jingle__buf_attr(&buf, "a", "b");
    ck_assert_str_eq(buf.data, "before");
    ck_assert_int_eq(buf.err, JINGLE_ELIMIT);
}
END_TEST

START_TEST(no_memory)
{
    test_mem_fail_at(&mem, 1, false);
    JINGLE__PUT(&buf, "a");
    ck_assert_int_eq(buf.err, JINGLE_EMEM);
    JINGLE__PUT(&buf, "a");
    ck_assert_uint_eq(buf.len, 0);
    jingle__buf_clear(&buf);
    JINGLE__PUT(&buf, "kept");
    test_mem_fail_at(&mem, 1, false);
    jingle__buf_reserve(&buf, 5000);
    ck_assert_int_eq(buf.err, JINGLE_EMEM);
    ck_assert_str_eq(buf.data, "kept");
}
END_TEST

START_TEST(sizes_out_of_this_world)
{
    JINGLE__PUT(&buf, "a");
    jingle__buf_reserve(&buf, SIZE_MAX - 1);
    ck_assert_int_eq(buf.err, JINGLE_EMEM);
    ck_assert_str_eq(buf.data, "a");
}
END_TEST

START_TEST(finish_hands_over)
{
    char *text = NULL;

    JINGLE__PUT(&buf, "text");
    ck_assert_int_eq(jingle__buf_finish(&buf, &text), JINGLE_EOK);
    ck_assert_str_eq(text, "text");
    mem.mem.free(text, &mem);
    jingle__buf_init(&buf, &mem.mem);
    JINGLE__PUT(&buf, "text");
    buf.err = JINGLE_ELIMIT;
    text = NULL;
    ck_assert_int_eq(jingle__buf_finish(&buf, &text), JINGLE_ELIMIT);
    ck_assert_ptr_null(text);
    ck_assert_uint_eq(mem.blocks, 0);
}
END_TEST

START_TEST(attributes)
{
    jingle__buf_attr(&buf, "a", "1");
    jingle__buf_attr(&buf, "b", NULL);
    jingle__buf_attr(&buf, "c", "");
    jingle__buf_attr(&buf, "d", "<\">");
    ck_assert_str_eq(buf.data, " a=\"1\" c=\"\" d=\"&lt;&quot;&gt;\"");
}
END_TEST

/* ---- escaping ------------------------------------------------------------------------------ */

static const char *escaped(const char *text, bool in_attribute)
{
    jingle__buf_clear(&buf);
    if (in_attribute)
        jingle__buf_escape(&buf, text);
    else
        jingle__buf_escape_text(&buf, text);
    ck_assert_int_eq(buf.err, JINGLE_EOK);
    return buf.data;
}

#define U_FFFD "\xef\xbf\xbd"

static const struct {
    const char *text, *attribute, *between;
} cases[] = {
    {"", "", ""},
    {"plain", "plain", "plain"},
    {"<>&\"'", "&lt;&gt;&amp;&quot;&apos;", "&lt;&gt;&amp;&quot;&apos;"},
    {"]]>", "]]&gt;", "]]&gt;"},
    {"\t\n\r", "&#9;&#10;&#13;", "\t\n&#13;"},
    {"\x01\x1f\x7f", U_FFFD U_FFFD "\x7f", U_FFFD U_FFFD "\x7f"},
    {"\xc3\xa4\xe6\x96\x87\xf0\x9f\x95\x8a", "\xc3\xa4\xe6\x96\x87\xf0\x9f\x95\x8a",
     "\xc3\xa4\xe6\x96\x87\xf0\x9f\x95\x8a"},
    {"\xc2\x80\xdf\xbf\xe0\xa0\x80\xee\x80\x80", "\xc2\x80\xdf\xbf\xe0\xa0\x80\xee\x80\x80",
     "\xc2\x80\xdf\xbf\xe0\xa0\x80\xee\x80\x80"},
    {"\xf0\x90\x80\x80\xf4\x8f\xbf\xbf", "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf",
     "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf"},
    {"a\xef\xbf\xbe"
     "b",
     "a" U_FFFD U_FFFD U_FFFD "b", "a" U_FFFD U_FFFD U_FFFD "b"}, /* U+FFFE */
    {"\xef\xbf\xbf", U_FFFD U_FFFD U_FFFD, U_FFFD U_FFFD U_FFFD}, /* U+FFFF */
    {"\xed\xa0\x80", U_FFFD U_FFFD U_FFFD, U_FFFD U_FFFD U_FFFD}, /* surrogate */
    {"\xc0\xaf", U_FFFD U_FFFD, U_FFFD U_FFFD},                   /* too long */
    {"\xe0\x80\xaf", U_FFFD U_FFFD U_FFFD, U_FFFD U_FFFD U_FFFD},
    {"\xf0\x80\x80\xaf", U_FFFD U_FFFD U_FFFD U_FFFD, U_FFFD U_FFFD U_FFFD U_FFFD},
    {"\xf4\x90\x80\x80", U_FFFD U_FFFD U_FFFD U_FFFD, U_FFFD U_FFFD U_FFFD U_FFFD},
    {"\xff\x80", U_FFFD U_FFFD, U_FFFD U_FFFD},
    {"a\xc3", "a" U_FFFD, "a" U_FFFD}, /* cut off by the end */
    {"a\xf0\x9f\x95", "a" U_FFFD U_FFFD U_FFFD, "a" U_FFFD U_FFFD U_FFFD},
    {"\xc3<", U_FFFD "&lt;", U_FFFD "&lt;"},
};

START_TEST(escapes)
{
    for (size_t i = 0; i < LEN(cases); i++) {
        ck_assert_str_eq(escaped(cases[i].text, true), cases[i].attribute);
        ck_assert_str_eq(escaped(cases[i].text, false), cases[i].between);
    }
}
END_TEST

/** Numbers that are the same in every run. */
static unsigned next_random(unsigned *state)
{
    *state = *state * 1103515245u + 12345u;
    return *state >> 16;
}

static void random_octets(unsigned *state, char *text, size_t len)
{
    static const char odd[] = "<>&\"'\t\n\r\x01]\xc3\xa4\xef\xbf\xbe\xed\xa0\xf0\x9f";

    for (size_t i = 0; i < len; i++) {
        unsigned r = next_random(state);
        char c = r & 1 ? odd[r / 2 % (sizeof(odd) - 1)] : (char)(r / 2 % 255 + 1);

        text[i] = c ? c : 'x';
    }
    text[len] = '\0';
}

/* Whatever the octets: well-formed, and read back as they were when nothing had to be replaced. */
START_TEST(any_octets_can_be_sent)
{
    unsigned state = 1;
    char text[40], error[200];

    for (int i = 0; i < 4000; i++) {
        xmpp_stanza_t *read;

        random_octets(&state, text, next_random(&state) % (sizeof(text) - 1));
        jingle__buf_clear(&buf);
        JINGLE__PUT(&buf, "<x");
        jingle__buf_attr(&buf, "a", text);
        JINGLE__PUT(&buf, ">");
        jingle__buf_escape_text(&buf, text);
        JINGLE__PUT(&buf, "</x>");
        read = xml_read(ctx, buf.data, buf.len, error, sizeof(error));
        ck_assert_msg(read != NULL, "%s: %s", error, buf.data);
        ck_assert_str_eq(xmpp_stanza_get_attribute(read, "a"), jingle_element_text(read));
        if (!strstr(buf.data, U_FFFD))
            ck_assert_str_eq(jingle_element_text(read), text);
        xmpp_stanza_release(read);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("buffer");
    TCase *buffer = add_case_with(suite, "buffer", set_up_buffer, tear_down_buffer);
    TCase *escaping = add_case_with(suite, "escaping", set_up_buffer, tear_down_buffer);

    tcase_add_test(buffer, grows);
    tcase_add_test(buffer, room_is_used);
    tcase_add_test(buffer, sizes_at_the_edge);
    tcase_add_test(buffer, clear_keeps_memory);
    tcase_add_test(buffer, errors_stick);
    tcase_add_test(buffer, no_memory);
    tcase_add_test(buffer, sizes_out_of_this_world);
    tcase_add_test(buffer, finish_hands_over);
    tcase_add_test(buffer, attributes);
    tcase_add_test(escaping, escapes);
    tcase_add_test(escaping, any_octets_can_be_sent);
    return run_suite(suite);
}
