/* SPDX-License-Identifier: MIT */
/** @file
 *  J166-71: file transfer must not depend on where a transport cuts the stream, nor on which
 * transport it is; J234-01: a transport for datagrams is none for files; J234-33: in-band comes
 * last. */
#include "cut_transport.h"
#include "wire.h"

#include <jingle/s5b.h>
#include <stdio.h>
#include <string.h>

#include "support/runner.h"

static wire_t *wire;

static void begin(unsigned seed, unsigned largest)
{
    wire = wire_new(NULL);
    for (unsigned i = 0; i < 2; i++)
        ck_assert_int_eq(cut_transport_register(wire->side[i].jingle, seed, largest), JINGLE_EOK);
}

static bool no_in_band(wire_t *w, unsigned from, char **xml)
{
    (void)from;
    (void)w;
    ck_assert_msg(!strstr(*xml, "/ibb"), "%s", *xml);
    return true;
}

START_TEST(cut_anywhere)
{
    static const size_t sizes[] = {0, 1, 2, 1000, 32768, 99999, 300000};
    static const unsigned largest[] = {7, 100, 5000, 9999};
    size_t len = sizes[_i % 7];
    char expected[128];

    begin((unsigned)_i, largest[_i / 7 % 4]);
    wire->tap = no_in_band;
    if (len > 100000 && largest[_i / 7 % 4] < 100)
        len = 10000;
    ck_assert_int_eq(wire_send(wire, "a", len, JINGLE_SEND_FILE(.hash_now = _i % 2)), JINGLE_EOK);
    ck_assert(wire_finish(wire, 1000000));
    ck_assert_str_eq(wire_log(wire, 0), "start, done done verified, ended success");
    snprintf(expected, sizeof expected, "offer a %zu, start, done done verified, ended success",
             len);
    ck_assert_str_eq(wire_log(wire, 1), expected);
    ck_assert(folder_holds(wire->side[1].folder, "a", wire_data(len), len));
    ck_assert_uint_eq(wire_free(wire), 0);
}
END_TEST

/** Ended in the middle, by either side. */
START_TEST(cut_short)
{
    for (unsigned at = 1; at < 40; at += 3) {
        begin(at, 5000);
        ck_assert_int_eq(wire_send(wire, "a", 50000, NULL), JINGLE_EOK);
        wire_wait(wire, at);
        if (wire_file(wire, (unsigned)_i))
            jingle_file_cancel(wire_file(wire, (unsigned)_i), NULL);
        ck_assert(wire_finish(wire, 100000));
        ck_assert_str_eq(folder_list(wire->side[1].folder),
                         strstr(wire_log(wire, 1), "done done") ? "a 50000" : "");
        ck_assert_uint_eq(wire_free(wire), 0);
    }
}
END_TEST

/** The application asks for a stream and one component; datagrams are no way to send a file. */
START_TEST(datagrams_are_no_transport)
{
    static const char offer[] =
        "<iq xmlns='jabber:client' type='set' id='o' from='" WIRE_ROMEO "' to='" WIRE_JULIET
        "'><jingle xmlns='urn:xmpp:jingle:1'"
        " action='session-initiate' sid='s'><content creator='initiator' name='c' "
        "senders='initiator'>"
        "<description "
        "xmlns='urn:xmpp:jingle:apps:file-transfer:5'><file><size>1</size></file></description>"
        "<transport xmlns='urn:xmpp:jingle:transports:ice-udp:1'/></content></jingle></iq>";

    begin(1, 10);
    wire_inject(wire, 1, "%s", offer);
    ck_assert_str_eq(wire_log(wire, 1), "ended unsupported-transports");
    ck_assert_uint_eq(wire_free(wire), 0);
}
END_TEST

START_TEST(in_band_comes_last)
{
    begin(1, 10);
    ck_assert_str_eq(jingle_get_transport(wire->side[0].jingle, 0), CUT_NS);
    ck_assert_str_eq(jingle_get_transport(wire->side[0].jingle, 1), JINGLE_NS_IBB_TRANSPORT);
    ck_assert_ptr_null(jingle_get_transport(wire->side[0].jingle, 2));
    ck_assert_uint_eq(wire_free(wire), 0);
}
END_TEST

static int register_nth(jingle_t *jingle, int which)
{
    switch (which) {
    case 0:
        return jingle_register_ibb(jingle, NULL);
    case 1:
        return jingle_register_s5b(jingle, NULL);
    case 2:
        return cut_transport_register(jingle, 1, 10);
    default:
        return jingle_register_file_transfer(jingle, NULL);
    }
}

/** J234-33: whatever is registered in whatever order, in-band is the last choice; and it is always
 * there (J234-31). */
START_TEST(in_band_comes_last_in_any_order)
{
    xmpp_ctx_t *ctx = xmpp_ctx_new(NULL, NULL);
    int a = _i / 6 % 4, b = _i / 2 % 3, order[4] = {0, 1, 2, 3}, n = 4;
    jingle_t *jingle = jingle_new(ctx, NULL);
    const char *ns, *lowest = NULL;

    for (int left = 4, pick = a; left; left--) {
        int which = order[pick];

        memmove(&order[pick], &order[pick + 1], (size_t)(n - pick - 1) * sizeof *order);
        n--;
        /* In-band may have come with file transfer. */
        ck_assert_int_ne(register_nth(jingle, which), JINGLE_EMEM);
        pick = left == 4 ? b : left == 3 ? _i % 2 : 0;
    }
    for (size_t i = 0; (ns = jingle_get_transport(jingle, i)); i++)
        lowest = ns;
    ck_assert_str_eq(lowest, JINGLE_NS_IBB_TRANSPORT);
    ck_assert_ptr_nonnull(jingle_get_transport(jingle, 2));
    ck_assert_ptr_null(jingle_get_transport(jingle, 3));
    jingle_free(jingle);
    xmpp_ctx_free(ctx);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("cut");
    TCase *all = tcase_create("streams");

    tcase_set_timeout(all, 60);
    tcase_add_loop_test(all, cut_anywhere, 0, 28);
    tcase_add_loop_test(all, cut_short, 0, 2);
    tcase_add_test(all, datagrams_are_no_transport);
    tcase_add_test(all, in_band_comes_last);
    tcase_add_loop_test(all, in_band_comes_last_in_any_order, 0, 24);
    suite_add_tcase(suite, all);
    return run_suite(suite);
}
