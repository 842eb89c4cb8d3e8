/* SPDX-License-Identifier: MIT */
/** @file
 *  In-band file transfers whose connection is down for a moment while nothing is in flight. */
#include "wire.h"

#include <string.h>

#include "support/runner.h"

#define SIZE 1000u

static wire_t *wire;
static wire_config_t config;
static bool down;
static size_t backlog;

static size_t on_backlog(jingle_t *jingle, void *userdata)
{
    (void)jingle;
    (void)userdata;
    return backlog;
}

static int on_send(jingle_t *jingle, const char *xml, size_t len, void *userdata)
{
    size_t name = strcspn(xml, " ");

    (void)jingle;
    (void)userdata;
    if (down)
        return JINGLE_ESEND;
    wire_inject(wire, 1, "<%.*s from='%s' %.*s", (int)name - 1, xml + 1, WIRE_ROMEO,
                (int)(len - name), xml + name);
    return JINGLE_EOK;
}

static void send_half(void)
{
    down = false;
    backlog = 0;
    wire = wire_new(&config);
    jingle_set_send(wire->side[0].jingle, on_send, NULL);
    jingle_set_backlog(wire->side[0].jingle, on_backlog, NULL);
    ck_assert_int_eq(wire_send(wire, "a", SIZE, NULL), JINGLE_EOK);
    while (wire->side[1].progress < SIZE / 2)
        if (!wire_step(wire))
            wire_wait(wire, 1);
}

static void arrives(void)
{
    ck_assert(wire_finish(wire, 20000));
    ck_assert(folder_holds(wire->side[1].folder, "a", wire_data(SIZE), SIZE));
    ck_assert_uint_eq(wire_free(wire), 0);
}

/* It was waiting for the connection's queue: no answer will wake it. */
START_TEST(down_while_it_waits)
{
    config = (wire_config_t){.ibb = {{.block_size = 10}, {.block_size = 10}}};
    send_half();
    backlog = 100;
    wire_wait(wire, 20);
    down = true;
    backlog = 0;
    wire_wait(wire, 20);
    down = false;
    arrives();
}
END_TEST

/* Nor are messages answered; and it does not ask a thousand times a second. */
START_TEST(down_by_message)
{
    unsigned calls = 0;

    config = (wire_config_t){
        .ibb = {{.block_size = 10, .by_message = true, .window = 4}, {.block_size = 10}}};
    send_half();
    down = true;
    for (uint64_t begin = wire->now; wire->now < begin + 1000; calls++) {
        uint64_t wait = jingle_tick(wire->side[0].jingle, wire->now);

        wire->now += wait < 1 ? 1 : wait > 1000 ? 1000 : wait;
    }
    ck_assert_uint_lt(calls, 20);
    down = false;
    arrives();
}
END_TEST

/* What cannot leave ends at once: that was told, and there is no session to be had any more. */
START_TEST(down_from_the_start)
{
    jingle_session_t *none = (jingle_session_t *)&config, *session = none;
    jingle_t *romeo;
    int err;

    down = true;
    wire = wire_new(NULL);
    romeo = wire->side[0].jingle;
    jingle_set_send(romeo, on_send, NULL);
    folder_write(wire->side[0].folder, "a", wire_data(SIZE), SIZE);
    err = _i ? jingle_request_file(romeo, WIRE_JULIET, JINGLE_REQUEST_FILE(.name = "b"), &session)
             : jingle_send_file(romeo, WIRE_JULIET, folder_path(wire->side[0].folder, "a"), NULL,
                                &session);
    ck_assert_uint_eq(jingle_count_sessions(romeo), 0);
    if (err)
        ck_assert_str_eq(wire_log(wire, 0), "");
    else
        ck_assert_ptr_nonnull(strstr(wire_log(wire, 0), "done disconnected"));
    ck_assert_ptr_eq(session, (err ? none : NULL));
    ck_assert_uint_eq(wire_free(wire), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("app/offline");
    TCase *tcase = tcase_create("all");

    suite_add_tcase(suite, tcase);
    tcase_add_test(tcase, down_while_it_waits);
    tcase_add_test(tcase, down_by_message);
    tcase_add_loop_test(tcase, down_from_the_start, 0, 2);
    return run_suite(suite);
}
