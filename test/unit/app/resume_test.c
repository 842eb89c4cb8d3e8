/* SPDX-License-Identifier: MIT */
/** @file
 *  Transfers that were cut and go on: what was kept is checked, the rest is asked for, and the hash
 *  of the whole file decides. Checklist: J234-16, J234-28. */
#include "resumed.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "support/runner.h"

#define LEN(array) (sizeof(array) / sizeof *(array))
#define LARGE (11u << 20)

/* ---- going on ------------------------------------------------------------------------------- */

START_TEST(goes_on)
{
    static const uint64_t points[] = {1, 4096, 50000, 100000, SIZE - 5000};
    plan_t plan = {.hash_now = _i % 2};
    long there;

    cut(&plan, points[_i / 2]);
    there = kept("a");
    ck_assert_int_ge(there, (long)points[_i / 2]);
    arrives(&plan, (uint64_t)there);
    assert_clean();
    /* Where the hash was not in the offer that of the whole file is told at the end. */
    if (!plan.hash_now)
        ck_assert_ptr_nonnull(strstr(checksum, "</hash><range "));
}
END_TEST

static uint64_t kept_told, kept_after;

static void ask_what_is_kept(wire_side_t *side, jingle_file_t *file)
{
    (void)side;
    kept_told = jingle_file_get_kept(file);
    ck_assert_int_eq(jingle_file_accept(file, NULL), JINGLE_EOK);
    kept_after = jingle_file_get_kept(file);
}

/** Before it is accepted what would be gone on with is told; looking at it takes nothing away. */
START_TEST(what_is_kept_is_told)
{
    plan_t plan = plain;
    long there;

    cut(&plain, 50000);
    there = kept("a");
    plan.date = _i == 1 ? 1 : plan.date;
    plan.no_resume = _i == 2;
    begin(&plan);
    wire->side[1].on_offer = ask_what_is_kept;
    kept_after = 1;
    ck_assert_int_eq(offer(&plan), JINGLE_EOK);
    wire_settle(wire);
    ck_assert_uint_eq(jingle_file_get_kept(wire_file(wire, 0)), 0);
    ck_assert(wire_finish(wire, 200000));
    ck_assert_uint_eq(kept_told, _i == 0 ? (uint64_t)there : 0);
    ck_assert_uint_eq(kept_after, 0);
    ck_assert_uint_eq(jingle_file_get_offset(wire->side[1].file), kept_told);
    ck_assert_uint_eq(jingle_file_get_kept(wire->side[1].file), 0);
    ck_assert_uint_eq(jingle_file_get_kept(NULL), 0);
    end();
}
END_TEST

/** Cut again and again, from another device too. */
START_TEST(goes_on_and_on)
{
    plan_t plan = {.len = SIZE};

    for (uint64_t at = 30000; at < SIZE; at += 30000) {
        begin(&plan);
        cut_at = 30000;
        plan.romeo = at % 60000 ? "romeo@montague.example/second" : NULL;
        wire->side[1].on_progress = cut_silently;
        ck_assert_int_eq(offer(&plan), JINGLE_EOK);
        ck_assert(wire_finish(wire, 200000));
        ck_assert_ptr_nonnull(strstr(wire_log(wire, 1), " kept"));
        ck_assert_int_ge(kept("a"), (long)at);
        end();
    }
    arrives(&plan, (uint64_t)kept("a"));
    assert_clean();
}
END_TEST

static void cancel(unsigned side)
{
    jingle_file_cancel(wire_file(wire, side), NULL);
}

static void free_manager(unsigned side)
{
    wire_free_manager(wire, side);
}

static void vanish(unsigned side)
{
    wire_free_manager(wire, side);
    wire->deaf[0] = wire->deaf[1] = true;
}

/** The receiver hears nothing more, and nobody says why. */
static void silence(unsigned side)
{
    wire->deaf[side] = true;
}

static void (*const cuts[])(unsigned side) = {cancel, free_manager, vanish, silence};

START_TEST(each_cut)
{
    long there;

    begin(&plain);
    ck_assert_int_eq(offer(&plain), JINGLE_EOK);
    for (int i = 0; i < 40; i++)
        wire_step(wire);
    cuts[_i / 2]((unsigned)_i % 2);
    wire_finish(wire, 300000);
    there = kept("a");
    ck_assert_int_gt(there, 0);
    ck_assert_ptr_nonnull(strstr(wire_log(wire, 1), " kept"));
    end();
    ck_assert_int_eq(kept("a"), there);
    arrives(&plain, (uint64_t)there);
    assert_clean();
}
END_TEST

static void die(wire_side_t *side, jingle_file_t *file)
{
    (void)side;
    if (jingle_file_get_bytes(file) > 9u << 20)
        kill(getpid(), SIGKILL);
}

/** Killed: what was written since the last checkpoint is cut off. */
START_TEST(killed)
{
    plan_t plan = {.len = LARGE, .block = 65535};
    int status;
    pid_t child = fork();

    ck_assert_int_ge(child, 0);
    if (!child) {
        begin(&plan);
        wire->side[1].on_progress = die;
        offer(&plan);
        wire_finish(wire, 0);
        _exit(1);
    }
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    ck_assert_int_gt(kept("a"), 9 << 20);
    begin(&plan);
    ck_assert_int_eq(offer(&plan), JINGLE_EOK);
    /* It is read in pieces. */
    wire_step(wire);
    ck_assert_str_eq(accepts, "");
    ck_assert(wire_finish(wire, 0));
    ck_assert_uint_ge(jingle_file_get_offset(wire->side[1].file), 8u << 20);
    ck_assert_uint_lt(jingle_file_get_offset(wire->side[1].file), 9u << 20);
    ck_assert_ptr_nonnull(strstr(wire_log(wire, 1), "done done verified, ended success"));
    ck_assert(folder_holds(inbox, "a", wire_data(LARGE), LARGE));
    end();
    assert_clean();
}
END_TEST

/** What follows the checkpoint is not part of it. */
START_TEST(longer_than_its_state)
{
    FILE *file;
    long there;

    cut(&plain, 100000);
    there = kept("a");
    file = fopen(folder_path(inbox, "a.part"), "a");
    ck_assert_uint_eq(fwrite(wire_data(SIZE), 1, SIZE, file), SIZE);
    fclose(file);
    arrives(&plain, (uint64_t)there);
    assert_clean();
}
END_TEST

static void accept_and_go(wire_side_t *side, jingle_file_t *file)
{
    ck_assert_int_eq(jingle_file_accept(file, NULL), JINGLE_EOK);
    if (side->wire->counts[0] == 0)
        wire_free_manager(side->wire, 1);
    else if (side->wire->counts[0] == 1)
        jingle_file_cancel(file, NULL);
    else
        wire_free_manager(side->wire, 0);
}

/** Ended while what was kept is being read: it stays as it is. */
START_TEST(ended_while_it_is_read)
{
    long there;

    cut(&plain, 100000);
    there = kept("a");
    begin(&plain);
    wire->counts[0] = (unsigned)_i;
    wire->side[1].on_offer = accept_and_go;
    ck_assert_int_eq(offer(&plain), JINGLE_EOK);
    wire_finish(wire, 200000);
    end();
    ck_assert_int_eq(kept("a"), there);
    arrives(&plain, (uint64_t)there);
}
END_TEST

/** The name is free to choose each time. */
START_TEST(under_another_name)
{
    jingle_accept_file_t accept = {.size = sizeof accept, .name = "other"};
    long there;

    cut(&plain, 100000);
    there = kept("a");
    begin(&plain);
    wire->side[1].accept = &accept;
    ck_assert_int_eq(offer(&plain), JINGLE_EOK);
    ck_assert(wire_finish(wire, 5000));
    ck_assert_uint_eq(jingle_file_get_offset(wire->side[1].file), (uint64_t)there);
    ck_assert_str_eq(jingle_file_get_path(wire->side[1].file), folder_path(inbox, "other"));
    ck_assert_str_eq(folder_list(inbox), "other 200000");
    end();
}
END_TEST

/* ---- two at once ---------------------------------------------------------------------------- */

START_TEST(two_at_once)
{
    const char *path;
    long there;

    cut(&plain, 100000);
    there = kept("a");
    begin(&plain);
    ck_assert_int_eq(offer(&plain), JINGLE_EOK);
    path = folder_path(wire->side[0].folder, "a");
    ck_assert_int_eq(jingle_send_file(wire->side[0].jingle, WIRE_JULIET, path, NULL, NULL),
                     JINGLE_EOK);
    ck_assert(wire_finish(wire, 5000));
    ck_assert(folder_holds(inbox, "a", wire_data(SIZE), SIZE));
    ck_assert(folder_holds(inbox, "a (2)", wire_data(SIZE), SIZE));
    ck_assert_ptr_nonnull(strstr(wire_log(wire, 1), "start at "));
    end();
    assert_clean();
    ck_assert_int_gt(there, 0);
}
END_TEST

/** Of two that are cut one is kept. */
START_TEST(two_at_once_cut)
{
    const char *path;

    begin(&plain);
    cut_at = 100000;
    wire->side[1].on_progress = cut_silently;
    ck_assert_int_eq(offer(&plain), JINGLE_EOK);
    path = folder_path(wire->side[0].folder, "a");
    ck_assert_int_eq(jingle_send_file(wire->side[0].jingle, WIRE_JULIET, path, NULL, NULL),
                     JINGLE_EOK);
    ck_assert(wire_finish(wire, 200000));
    end();
    ck_assert_int_eq(kept("a (2)"), -1);
    arrives(&plain, (uint64_t)kept("a"));
    assert_clean();
}
END_TEST

/* ---- without memory ------------------------------------------------------------------------- */

/** Each allocation of one side fails while a transfer goes on: it is whole, or can go on again. */
START_TEST(each_allocation)
{
    plan_t plan = {.len = 30000};
    bool failed = true, whole = false;

    for (size_t n = 1; failed; n++) {
        plan.fail[0] = plan.fail[1] = 0;
        cut(&plan, 15000);
        plan.fail[_i] = n;
        begin(&plan);
        if (wire->side[0].jingle && wire->side[1].jingle && !offer(&plan) &&
            !wire_finish(wire, 400000)) {
            jingle_file_cancel(wire_file(wire, 0), NULL);
            ck_assert(wire_finish(wire, 0));
        }
        failed = wire->side[_i].mem.failures > 0;
        end();
        whole = kept("a") < 0;
        ck_assert_msg(!whole || folder_holds(inbox, "a", wire_data(30000), 30000), "%zu: %s", n,
                      folder_list(inbox));
        ck_assert(failed || folder_holds(inbox, "a", wire_data(30000), 30000));
        folder_remove(inbox);
        inbox = folder_new();
    }
    ck_assert(whole);
}
END_TEST

/* ---- the hash of the whole comes late, or never --------------------------------------------- */

static bool loses;
static char lost_id[64];

static bool lose_checksum(wire_t *w, unsigned from, char **xml)
{
    keep_stanzas(w, from, xml);
    if (!loses || !strstr(*xml, "<checksum"))
        return true;
    ck_assert_int_eq(sscanf(strstr(*xml, " id=\""), " id=\"%63[^\"]", lost_id), 1);
    return false;
}

/** All data is there, and what the sender says of it is lost. */
static long lose_the_hash_of(const plan_t *plan, uint64_t at)
{
    long there;

    cut(plan, at);
    there = kept("a");
    begin(plan);
    wire->tap = lose_checksum;
    loses = true;
    ck_assert_int_eq(offer(plan), JINGLE_EOK);
    wire_settle(wire);
    return there;
}

static long lose_the_hash(void)
{
    return lose_the_hash_of(&plain, 100000);
}

static void bounce(void)
{
    wire_inject(wire, 0,
                "<iq xmlns='jabber:client' type='error' id='%s' from='%s' to='%s'>"
                "<error type='cancel'><recipient-unavailable "
                "xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>",
                lost_id, WIRE_JULIET, WIRE_ROMEO);
    wire_settle(wire);
}

/* As long as the sender repeats it: without it what was kept and what came do not belong together. */
START_TEST(hash_comes_late)
{
    long there = lose_the_hash();

    for (int i = 0; i < 22; i++) {
        bounce();
        wire_wait(wire, 2000);
    }
    ck_assert_int_eq(kept("a"), SIZE);
    loses = false;
    bounce();
    ck_assert(wire_finish(wire, 2000));
    ck_assert_str_eq(wire_log(wire, 0), "start at 102400, done done verified, ended success");
    ck_assert_str_eq(wire_log(wire, 1),
                     "offer a 200000, start at 102400, done done verified, ended success");
    ck_assert_int_eq(there, 102400);
    ck_assert(folder_holds(inbox, "a", wire_data(SIZE), SIZE));
    end();
    assert_clean();
}
END_TEST

/* Nothing speaks against what was sure before. */
START_TEST(hash_never_comes)
{
    long there = lose_the_hash();

    wire_wait(wire, 49000);
    ck_assert_int_eq(kept("a"), SIZE);
    ck_assert(wire_finish(wire, 2000));
    ck_assert_str_eq(wire_log(wire, 0), "start at 102400, done timeout, ended timeout");
    ck_assert_ptr_nonnull(strstr(wire_log(wire, 1), "done timeout kept, ended timeout"));
    ck_assert_str_eq(jingle_file_get_text(wire->side[1].file), "no hash came in time");
    ck_assert_str_eq(jingle_file_get_text(wire->side[0].file), "no hash came in time");
    end();
    arrives(&plain, (uint64_t)there);
    assert_clean();
}
END_TEST

/* However much lies before the rest, which was read before the data. After some tries the whole is asked for. */
START_TEST(hash_never_comes_of_much)
{
    plan_t plan = {.len = 6u << 20, .block = 65535};

    lose_the_hash_of(&plan, 5u << 20);
    for (int i = 0; i < 3; i++) {
        wire_wait(wire, 50000 - 5);
        ck_assert_ptr_null(strstr(wire_log(wire, 1), "done"));
        ck_assert(wire_finish(wire, 10));
        ck_assert_ptr_nonnull(strstr(wire_log(wire, 1), "done timeout kept"));
        end();
        begin(&plan);
        wire->tap = lose_checksum;
        loses = i < 2;
        ck_assert_int_eq(offer(&plan), JINGLE_EOK);
        wire_settle(wire);
        ck_assert_int_eq(strstr(accepts, "<range") != NULL, loses);
    }
    end();
}
END_TEST

/* Nor when the sender's program ends the session as if all were well, and so has told all it will. */
START_TEST(hash_does_not_come_before_the_end)
{
    long there = lose_the_hash();

    jingle_session_end(jingle_file_get_session(wire_file(wire, 0)), NULL);
    ck_assert(wire_finish(wire, 1000));
    ck_assert_ptr_nonnull(strstr(wire_log(wire, 1), "done timeout kept, ended success"));
    end();
    arrives(&plain, (uint64_t)there);
    assert_clean();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("resume");
    TCase *on = tcase_create("on"), *memory = tcase_create("memory");

    tcase_add_checked_fixture(on, resumed_setup, resumed_teardown);
    tcase_set_timeout(on, 60);
    tcase_add_loop_test(on, goes_on, 0, 10);
    tcase_add_loop_test(on, what_is_kept_is_told, 0, 3);
    tcase_add_test(on, goes_on_and_on);
    tcase_add_loop_test(on, each_cut, 0, 2 * LEN(cuts));
    tcase_add_test(on, killed);
    tcase_add_test(on, longer_than_its_state);
    tcase_add_loop_test(on, ended_while_it_is_read, 0, 3);
    tcase_add_test(on, two_at_once);
    tcase_add_test(on, two_at_once_cut);
    tcase_add_test(on, under_another_name);
    tcase_add_test(on, hash_comes_late);
    tcase_add_test(on, hash_never_comes);
    tcase_add_test(on, hash_never_comes_of_much);
    tcase_add_test(on, hash_does_not_come_before_the_end);
    suite_add_tcase(suite, on);
    tcase_add_checked_fixture(memory, resumed_setup, resumed_teardown);
    tcase_set_timeout(memory, 200);
    tcase_add_loop_test(memory, each_allocation, 0, 2);
    suite_add_tcase(suite, memory);
    return run_suite(suite);
}
