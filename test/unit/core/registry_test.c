/* SPDX-License-Identifier: MIT */
/** @file
 *  Which session is found: by our JID, the peer's and the sid, all three, and whatever they hash to. */
#include "fixture.h"

#include <stdlib.h>

#include "core/core.h"

#define RESOURCE "/r1"

START_TEST(names_and_domains_are_folded)
{
    jingle_session_t *session = engine_create(e, "s");

    ck_assert_ptr_nonnull(session);
    ck_assert_ptr_eq(
        jingle_find_session(e->jingle, "M@Self.EXAMPLE/main", "Z@Peer.Example/r1", "s"), session);
    ck_assert_ptr_null(jingle_find_session(e->jingle, "m@self.example/Main", ENGINE_PEER, "s"));
    ck_assert_ptr_null(jingle_find_session(e->jingle, ENGINE_OWN, "z@peer.example/R1", "s"));
    ck_assert_ptr_null(jingle_find_session(e->jingle, ENGINE_OWN, ENGINE_PEER, "S"));
}
END_TEST

START_TEST(all_three_must_fit)
{
    jingle_session_t *session = engine_create(e, "s");

    ck_assert_ptr_eq(jingle_find_session(e->jingle, ENGINE_OWN, ENGINE_PEER, "s"), session);
    ck_assert_ptr_eq(jingle_find_session(e->jingle, NULL, ENGINE_PEER, "s"), session);
    ck_assert_ptr_null(jingle_find_session(e->jingle, ENGINE_OTHER, ENGINE_PEER, "s"));
    ck_assert_ptr_null(jingle_find_session(e->jingle, ENGINE_OWN, ENGINE_OTHER, "s"));
    ck_assert_ptr_null(jingle_find_session(e->jingle, ENGINE_OWN, ENGINE_PEER, "s1"));
    ck_assert_ptr_null(jingle_find_session(e->jingle, ENGINE_OWN, ENGINE_PEER, ""));
    ck_assert_ptr_null(jingle_find_session(NULL, ENGINE_OWN, ENGINE_PEER, "s"));
    ck_assert_ptr_null(jingle_find_session(e->jingle, ENGINE_OWN, NULL, "s"));
    ck_assert_ptr_null(jingle_find_session(e->jingle, ENGINE_OWN, ENGINE_PEER, NULL));
}
END_TEST

/* Who finds nothing for want of memory has lost nothing. */
START_TEST(without_memory_nothing_is_found)
{
    jingle_session_t *session = engine_create(e, "s");

    for (size_t n = 1; n <= 2; n++) {
        test_mem_fail_at(&e->mem, n, false);
        ck_assert_ptr_null(jingle_find_session(e->jingle, ENGINE_OWN, ENGINE_PEER, "s"));
        ck_assert_uint_eq(e->mem.failures, 1);
    }
    ck_assert_ptr_eq(jingle_find_session(e->jingle, ENGINE_OWN, ENGINE_PEER, "s"), session);
}
END_TEST

static int create_another(jingle_session_t *session, void *result, void **self)
{
    static const jingle_session_type_t plain = {.size = sizeof plain};

    *self = NULL;
    ck_assert_int_eq(jingle_session_new(jingle_session_get_manager(session), ENGINE_PEER,
                                        JINGLE_SESSION(.sid = "s", .type = &plain), NULL),
                     JINGLE_EOK);
    return *(int *)result;
}

/* What its type makes while it is made comes first, and of two that are called alike there is one. What the
 * type says itself is said. */
START_TEST(another_is_made_meanwhile)
{
    static const jingle_session_type_t type = {.size = sizeof type, .create = create_another};
    int result = _i ? JINGLE_EINT : JINGLE_EOK;
    jingle_session_t *session = NULL;

    ck_assert_int_eq(
        jingle_session_new(e->jingle, ENGINE_PEER,
                           JINGLE_SESSION(.sid = "s", .type = &type, .type_userdata = &result),
                           &session),
        _i ? JINGLE_EINT : JINGLE_EEXIST);
    ck_assert_ptr_null(session);
    ck_assert_uint_eq(jingle_count_sessions(e->jingle), 1);
    ck_assert_ptr_nonnull(jingle_find_session(e->jingle, NULL, ENGINE_PEER, "s"));
}
END_TEST

/* ---- hashes that are the same ---- */

enum { SID, PEER, OWN, PARTS };

/** Whose session it is. */
typedef struct {
    char part[PARTS][40];
} keyed_t;

typedef struct {
    uint32_t hash;
    unsigned number;
} candidate_t;

/** All are alike but for one part, which is as long in each. */
static keyed_t make_key(int varied, unsigned number)
{
    keyed_t key = {{"sid", "peer.example" RESOURCE, "own.example" RESOURCE}};

    snprintf(key.part[varied], sizeof key.part[varied], "%08x%s", number,
             varied == SID ? "" : ".example" RESOURCE);
    return key;
}

static uint32_t hash_of(int varied, unsigned number)
{
    keyed_t key = make_key(varied, number);
    jingle__jid_t *own = jingle__jid_new(e->jingle, key.part[OWN], true);
    uint32_t hash = jingle__registry_hash(e->jingle, own, key.part[PEER], key.part[SID]);

    jingle__jid_release(e->jingle, own);
    return hash;
}

static int by_hash(const void *a, const void *b)
{
    uint32_t left = ((const candidate_t *)a)->hash, right = ((const candidate_t *)b)->hash;

    return left < right ? -1 : left > right;
}

/** Of half a million there are some thirty pairs; that there is none is less likely than one in a
 *  million million. */
static void find_pair(int varied, keyed_t pair[2])
{
    enum { MANY = 1 << 19 };
    candidate_t *all = malloc(MANY * sizeof *all);
    size_t i = 0;

    ck_assert_ptr_nonnull(all);
    for (unsigned n = 0; n < MANY; n++)
        all[n] = (candidate_t){hash_of(varied, n), n};
    qsort(all, MANY, sizeof *all, by_hash);
    while (i + 2 < MANY && all[i].hash != all[i + 1].hash)
        i++;
    ck_assert_uint_eq(all[i].hash, all[i + 1].hash);
    for (int k = 0; k < 2; k++)
        pair[k] = make_key(varied, all[i + (size_t)k].number);
    free(all);
}

/* A table of this size cannot do without comparing, and peers choose their sids. */
START_TEST(the_same_hash_is_not_the_same_session)
{
    jingle_session_t *made[2];
    keyed_t keys[2];

    begin_with(JINGLE_CONFIG(.component = true));
    find_pair(_i, keys);
    for (int k = 0; k < 2; k++) {
        ck_assert_ptr_null(jingle_find_session(e->jingle, keys[k].part[OWN], keys[k].part[PEER],
                                               keys[k].part[SID]));
        ck_assert_int_eq(
            jingle_session_new(e->jingle, keys[k].part[PEER],
                               JINGLE_SESSION(.sid = keys[k].part[SID], .own = keys[k].part[OWN]),
                               &made[k]),
            JINGLE_EOK);
    }
    for (int k = 0; k < 2; k++)
        ck_assert_ptr_eq(jingle_find_session(e->jingle, keys[k].part[OWN], keys[k].part[PEER],
                                             keys[k].part[SID]),
                         made[k]);
}
END_TEST

static bool end_one(jingle_session_t *session, void *userdata)
{
    static const char *const ends[] = {"d", "c", NULL, "a", NULL};
    int *n = userdata;
    const char *sid = ends[(*n)++];

    engine_note(e, "visit %s", jingle_session_get_sid(session));
    if (sid)
        jingle_session_end(jingle_find_session(e->jingle, NULL, ENGINE_PEER, sid),
                           JINGLE_END(.silent = true));
    return true;
}

/* Whichever ends meanwhile, all others are visited: one further on, the next, one of before. */
START_TEST(others_end_while_all_are_visited)
{
    static const char *const sids[] = {"a", "b", "c", "d", "e", "f"};
    int n = 0;

    for (size_t i = 0; i < sizeof sids / sizeof sids[0]; i++)
        engine_create(e, sids[i]);
    engine_log(e);
    ck_assert_uint_eq(jingle_each_session(e->jingle, end_one, &n), 4);
    ck_log("visit a\nstate d ended\nterminated d success\nvisit b\nstate c ended\n"
           "terminated c success\nvisit e\nvisit f\nstate a ended\nterminated a success\n");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("core/registry");
    TCase *tcase = add_case(suite, "finding"), *hashes = add_case(suite, "hashes");

    tcase_set_timeout(hashes, 60);
    tcase_add_test(tcase, names_and_domains_are_folded);
    tcase_add_test(tcase, all_three_must_fit);
    tcase_add_test(tcase, without_memory_nothing_is_found);
    tcase_add_loop_test(tcase, another_is_made_meanwhile, 0, 2);
    tcase_add_test(tcase, others_end_while_all_are_visited);
    tcase_add_loop_test(hashes, the_same_hash_is_not_the_same_session, 0, PARTS);
    return run_suite(suite);
}
