/* SPDX-License-Identifier: MIT */
/** @file
 *  Managers in several threads do not meet: each thread has two of its own, joined by a wire, with
 *  sessions and file transfers between them. Of use under ThreadSanitizer above all (scripts/tsan). */
#include "wire.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "support/runner.h"

enum { THREADS = 2, FILES = 6, ROUNDS = 20, LEN = 50000 };

#define SENT "start, done done verified, ended success"
#define TAKEN ", start, done done verified, ended success"

/** What one thread has. The harness around the managers keeps things in static variables, so all but
 *  the transfers is done before the threads begin and after they have ended. */
typedef struct {
    wire_t *wire;
    char *paths[FILES];
    size_t wrong;
} world_t;

static const char *name_of(unsigned file)
{
    static const char *const names[FILES] = {"a", "b", "c", "d", "e", "f"};

    return names[file];
}

static void prepare(world_t *world)
{
    world->wire = wire_new(NULL);
    for (unsigned i = 0; i < FILES; i++) {
        text_t path = {0};

        folder_write(world->wire->side[0].folder, name_of(i), wire_data(LEN + i), LEN + i);
        text_puts(&path, folder_path(world->wire->side[0].folder, name_of(i)));
        world->paths[i] = text_take(&path);
    }
}

/** A file of each thread is under way at the same time; the first side's manager makes the session. */
static size_t transfer(world_t *world, unsigned file)
{
    wire_t *wire = world->wire;
    size_t wrong;

    wrong = jingle_send_file(wire->side[0].jingle, wire->side[1].jid, world->paths[file], NULL,
                             NULL) != JINGLE_EOK;
    wrong += !wire_finish(wire, 0);
    wrong += strcmp(wire_log(wire, 0), SENT) != 0;
    wrong += !strstr(wire_log(wire, 1), TAKEN);
    return wrong;
}

/** Managers that come and go while others work. */
static size_t come_and_go(world_t *world)
{
    wire_side_t *side = &world->wire->side[0];
    jingle_t *jingle =
        jingle_new(side->ctx, JINGLE_CONFIG(.mem = &side->mem.mem, .jid = side->jid));
    jingle_files_t files = {.size = sizeof files, .folder = side->folder};
    jingle_ibb_t ibb = {.size = sizeof ibb};
    size_t wrong = !jingle;

    if (jingle) {
        wrong += jingle_register_ibb(jingle, &ibb) != JINGLE_EOK;
        wrong += jingle_register_file_transfer(jingle, &files) != JINGLE_EOK;
        jingle_tick(jingle, 1);
    }
    jingle_free(jingle);
    return wrong;
}

static void *work(void *userdata)
{
    world_t *world = userdata;

    for (unsigned i = 0; i < FILES; i++) {
        world->wrong += transfer(world, i);
        for (unsigned round = 0; round < ROUNDS; round++)
            world->wrong += come_and_go(world);
    }
    for (unsigned i = 0; i < 2; i++)
        wire_free_manager(world->wire, i);
    return NULL;
}

static void judge(world_t *world)
{
    ck_assert_uint_eq(world->wrong, 0);
    for (unsigned i = 0; i < FILES; i++) {
        ck_assert(
            folder_holds(world->wire->side[1].folder, name_of(i), wire_data(LEN + i), LEN + i));
        free(world->paths[i]);
    }
    ck_assert_uint_eq(wire_free(world->wire), 0);
}

START_TEST(managers_do_not_meet)
{
    world_t worlds[THREADS] = {0};
    pthread_t threads[THREADS];

    for (unsigned i = 0; i < THREADS; i++)
        prepare(&worlds[i]);
    for (unsigned i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, work, &worlds[i]), 0);
    for (unsigned i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
    for (unsigned i = 0; i < THREADS; i++)
        judge(&worlds[i]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("threads");
    TCase *tcase = tcase_create("threads");

    tcase_add_test(tcase, managers_do_not_meet);
    suite_add_tcase(suite, tcase);
    return run_suite(suite);
}
