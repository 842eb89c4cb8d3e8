/* SPDX-License-Identifier: MIT */
/** @file
 *  Transfers that were cut and go on: what was kept is checked, the rest is asked for, and the hash
 *  of the whole file decides; everything else begins anew. Checklist: J234-16, J234-28. */
#include "wire.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <utime.h>

#include "support/runner.h"

#define LEN(array) (sizeof(array) / sizeof *(array))
#define SIZE 200000u
#define LARGE (11u << 20)

/** How an offer and its receiver differ from the plain case. */
typedef struct {
    const char *romeo; /**< JID; NULL: the usual */
    const char *name;
    size_t len;  /**< 0: SIZE */
    time_t date; /**< 0: the usual */
    bool hash_now, no_resume, changed;
    size_t fail[2];
    uint32_t block;
} plan_t;

static wire_t *wire;
static char *inbox;

static char accepts[4096], checksum[4096];

static bool keep_stanzas(wire_t *w, unsigned from, char **xml)
{
    (void)w;
    (void)from;
    if (strstr(*xml, "session-accept"))
        snprintf(accepts, sizeof accepts, "%s", *xml);
    if (strstr(*xml, "<checksum"))
        snprintf(checksum, sizeof checksum, "%s", *xml);
    return true;
}

static void begin(const plan_t *plan)
{
    wire_config_t config = {
        .jid = {plan->romeo},
        .fail = {plan->fail[0], plan->fail[1]},
        .ibb = {{.block_size = plan->block, .window = 4}, {.max_block_size = 65535}}};

    accepts[0] = checksum[0] = '\0';
    config.files[1].folder = inbox;
    config.files[1].resume = !plan->no_resume;
    wire = wire_new(&config);
    wire->tap = keep_stanzas;
}

static int offer(const plan_t *plan)
{
    const char *name = plan->name ? plan->name : "a", *path;
    size_t len = plan->len ? plan->len : SIZE;
    time_t date = plan->date ? plan->date : 1000000000;
    unsigned char *data = text_alloc(len);

    memcpy(data, wire_data(len), len);
    if (plan->changed)
        data[10] ^= 1;
    folder_write(wire->side[0].folder, name, data, len);
    free(data);
    path = folder_path(wire->side[0].folder, name);
    ck_assert_int_eq(utime(path, &(struct utimbuf){.actime = date, .modtime = date}), 0);
    return jingle_send_file(wire->side[0].jingle, WIRE_JULIET, path,
                            JINGLE_SEND_FILE(.hash_now = plan->hash_now), NULL);
}

static void end(void)
{
    ck_assert_uint_eq(wire_free(wire), 0);
    wire = NULL;
}

static void setup(void)
{
    inbox = folder_new();
}

static void teardown(void)
{
    folder_remove(inbox);
}

static const plan_t plain;

/* ---- cutting -------------------------------------------------------------------------------- */

static uint64_t cut_at;

static void cut_silently(wire_side_t *side, jingle_file_t *file)
{
    if (jingle_file_get_bytes(file) >= cut_at)
        jingle_session_end(jingle_file_get_session(file),
                           JINGLE_END(.condition = JINGLE_REASON_GONE, .silent = true));
    (void)side;
}

/** A first transfer that is cut at the receiver with about so many octets there. */
static void cut(const plan_t *plan, uint64_t at)
{
    begin(plan);
    cut_at = at;
    wire->side[1].on_progress = cut_silently;
    ck_assert_int_eq(offer(plan), JINGLE_EOK);
    ck_assert(wire_finish(wire, 200000));
    ck_assert_ptr_nonnull(strstr(wire_log(wire, 1), "done disconnected kept, ended gone"));
    end();
}

/** How much the folder holds of a partial file; -1: none */
static long kept(const char *name)
{
    char wanted[64];
    const char *list = folder_list(inbox), *at;

    snprintf(wanted, sizeof wanted, "%s.part ", name);
    at = strstr(list, wanted);
    return at ? atol(at + strlen(wanted)) : -1;
}

/** The second offer. @param offset where it goes on; 0: it begins anew */
static void arrives(const plan_t *plan, uint64_t offset)
{
    size_t len = plan->len ? plan->len : SIZE;
    char log[128], range[64];

    begin(plan);
    ck_assert_int_eq(offer(plan), JINGLE_EOK);
    ck_assert(wire_finish(wire, 5000));
    snprintf(log, sizeof log, "start%s%.0llu, done done verified, ended success",
             offset ? " at " : "", (unsigned long long)offset);
    ck_assert_str_eq(wire_log(wire, 0), log);
    ck_assert_ptr_nonnull(strstr(wire_log(wire, 1), log));
    snprintf(range, sizeof range, "<range offset=\"%llu\"/>", (unsigned long long)offset);
    ck_assert_int_eq(strstr(accepts, "<range") != NULL, offset != 0);
    ck_assert(!offset || strstr(accepts, range));
    ck_assert_uint_eq(wire->side[1].progress, len - offset);
    ck_assert_uint_eq(jingle_file_get_length(wire->side[1].file), len - offset);
    if (!plan->changed)
        ck_assert(folder_holds(inbox, plan->name ? plan->name : "a", wire_data(len), len));
    end();
}

/** Nothing but whole files lies there. */
static void assert_clean(void)
{
    const char *list = folder_list(inbox);

    ck_assert_msg(!strstr(list, ".part") && !strstr(list, ".jingle"), "%s", list);
}

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

/* ---- beginning anew ------------------------------------------------------------------------- */

/** Anything else than what was kept: another date, another hash. */
START_TEST(another_version)
{
    plan_t first = {.hash_now = true}, second = first;

    cut(&first, 100000);
    second.date = _i ? 0 : 1000000001;
    second.changed = _i;
    arrives(&second, 0);
    assert_clean();
}
END_TEST

/** The same to look at, but not the same: the hash of the whole tells, and all begins anew. */
START_TEST(another_version_in_disguise)
{
    plan_t disguised = {.changed = true};

    cut(&plain, 100000);
    begin(&disguised);
    ck_assert_int_eq(offer(&disguised), JINGLE_EOK);
    ck_assert(wire_finish(wire, 5000));
    ck_assert_ptr_nonnull(strstr(wire_log(wire, 1), "done not-verified, ended media-error"));
    ck_assert_str_eq(folder_list(inbox), "");
    end();
    arrives(&disguised, 0);
}
END_TEST

/** Not even that there is something is seen by anybody else. */
static const plan_t strangers[] = {
    {.romeo = "mercutio@montague.example/orchard"},
    {.romeo = "romeo@capulet.example/orchard"},
    {.len = SIZE + 1},
    {.name = "b"},
};

START_TEST(not_theirs)
{
    long there;

    cut(&plain, 100000);
    there = kept("a");
    arrives(&strangers[_i], 0);
    ck_assert_int_eq(kept("a"), there);
}
END_TEST

static void damage(int how)
{
    char *path = strdup(folder_path(inbox, "a.part"));
    int fd = open(path, O_WRONLY);

    if (how == 0)
        ck_assert_int_eq(pwrite(fd, "xxx", 3, 5000), 3);
    else if (how == 1)
        ck_assert_int_eq(ftruncate(fd, 5000), 0);
    else if (how == 2)
        ck_assert_int_eq(unlink(path), 0);
    else if (how == 3)
        ck_assert_int_eq(link(path, folder_path(inbox, "second")), 0);
    else
        ck_assert_int_eq(rename(path, folder_path(inbox, "away")), 0);
    if (how == 4)
        ck_assert_int_eq(symlink("away", path), 0);
    close(fd);
    free(path);
}

START_TEST(damaged)
{
    cut(&plain, 100000);
    damage(_i);
    if (_i < 3) {
        arrives(&plain, 0);
        assert_clean();
        return;
    }
    /* What is no file of ours alone is neither used nor removed. */
    arrives(&plain, 0);
    ck_assert_ptr_nonnull(strstr(folder_list(inbox), _i == 3 ? "second" : "away"));
    ck_assert_ptr_nonnull(strstr(folder_list(inbox), "a.part"));
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

static bool edited;
static const char *edit_in, *edit_from, *edit_until, *edit_to;

static bool edit(wire_t *w, unsigned from, char **xml)
{
    keep_stanzas(w, from, xml);
    if (strstr(*xml, edit_in)) {
        wire_edit(xml, edit_from, edit_until, edit_to);
        edited = true;
    }
    return true;
}

static void set_edit(const char *in, const char *from, const char *until, const char *to)
{
    edit_in = in;
    edit_from = from;
    edit_until = until;
    edit_to = to;
    wire->tap = edit;
}

/** Of who cannot send a part, and of files without a hash, nothing is kept nor gone on with. */
START_TEST(without_what_it_takes)
{
    static const char *const missing[][2] = {
        {"<range/>", NULL}, {"<hash-used ", "/>"}, {"<name>", "</name>"}, {"<size>", "</size>"}};

    cut(&plain, 100000);
    begin(&plain);
    set_edit("session-initiate", missing[_i][0], missing[_i][1], "");
    cut_at = 120000;
    wire->side[1].on_progress = cut_silently;
    ck_assert_int_eq(offer(&plain), JINGLE_EOK);
    ck_assert(wire_finish(wire, 200000));
    ck_assert_ptr_null(strstr(accepts, "<range"));
    ck_assert_ptr_null(strstr(wire_log(wire, 1), "kept, "));
    end();
}
END_TEST

START_TEST(off_by_default)
{
    plan_t off = {.no_resume = true};

    begin(&off);
    cut_at = 100000;
    wire->side[1].on_progress = cut_silently;
    ck_assert_int_eq(offer(&off), JINGLE_EOK);
    ck_assert_str_eq(folder_list(inbox), "");
    ck_assert(wire_finish(wire, 200000));
    ck_assert_str_eq(folder_list(inbox), "");
    end();
    cut(&plain, 100000);
    arrives(&off, 0);
}
END_TEST

/** jingle_session_accept() does not wait. */
START_TEST(accepted_as_a_session)
{
    cut(&plain, 100000);
    begin(&plain);
    wire->side[1].by_session = true;
    ck_assert_int_eq(offer(&plain), JINGLE_EOK);
    ck_assert(wire_finish(wire, 5000));
    ck_assert_ptr_null(strstr(accepts, "<range"));
    ck_assert(folder_holds(inbox, "a", wire_data(SIZE), SIZE));
    end();
    assert_clean();
}
END_TEST

static void accept_twice(wire_side_t *side, jingle_file_t *file)
{
    (void)side;
    ck_assert_int_eq(jingle_file_accept(file, NULL), JINGLE_EOK);
    ck_assert_int_eq(jingle_file_accept(file, NULL), JINGLE_EINVOP);
    ck_assert_int_eq(jingle_file_decline(file, NULL), JINGLE_EINVOP);
    if (side->wire->user)
        ck_assert_int_eq(jingle_session_accept(jingle_file_get_session(file)), JINGLE_EOK);
}

/** Accepted as a session while what was kept is still being read: then that was for nothing. */
START_TEST(accepted_while_it_is_read)
{
    long there;

    cut(&plain, 100000);
    there = kept("a");
    begin(&plain);
    wire->user = _i ? wire : NULL;
    wire->side[1].on_offer = accept_twice;
    ck_assert_int_eq(offer(&plain), JINGLE_EOK);
    ck_assert(wire_finish(wire, 5000));
    ck_assert_uint_eq(jingle_file_get_offset(wire->side[1].file), _i ? 0 : (uint64_t)there);
    ck_assert(folder_holds(inbox, "a", wire_data(SIZE), SIZE));
    end();
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

/* ---- peers that lie, or change -------------------------------------------------------------- */

/** It says that it can, and sends from the beginning all the same. */
START_TEST(the_range_is_ignored)
{
    cut(&plain, 100000);
    begin(&plain);
    set_edit("session-accept", "<range ", "/>", "");
    ck_assert_int_eq(offer(&plain), JINGLE_EOK);
    ck_assert(wire_finish(wire, 5000));
    ck_assert_ptr_nonnull(strstr(wire_log(wire, 1), "done too-large, ended media-error"));
    ck_assert_str_eq(folder_list(inbox), "");
    end();
    arrives(&plain, 0);
}
END_TEST

/** The hash that was announced does not come: what came before is not put together with it. */
START_TEST(no_hash_at_the_end)
{
    cut(&plain, 100000);
    begin(&plain);
    set_edit("<checksum", "<hash ", "</hash>",
             "<hash-used xmlns='urn:xmpp:hashes:2' algo='sha-256'/>");
    if (_i)
        set_edit("<checksum", "<file>", "</file>",
                 "<file><hash-used xmlns='urn:xmpp:hashes:2' algo='sha-256'/></file>");
    ck_assert_int_eq(offer(&plain), JINGLE_EOK);
    ck_assert(wire_finish(wire, 8000));
    ck_assert(edited);
    /* With the hash of the part at least it is sure that the part is right. */
    ck_assert_ptr_nonnull(strstr(wire_log(wire, 1), _i ? "done not-verified, ended media-error"
                                                       : "done done, ended success"));
    ck_assert_str_eq(folder_list(inbox), _i ? "" : "a 200000");
    end();
}
END_TEST

static void touch_source(wire_side_t *side, jingle_file_t *file)
{
    ck_assert_int_eq(jingle_file_accept(file, NULL), JINGLE_EOK);
    ck_assert_int_eq(utime(folder_path(side->wire->side[0].folder, "a"),
                           &(struct utimbuf){.actime = 5, .modtime = 5}),
                     0);
}

/** The sender's file is not any more what it has offered. */
START_TEST(the_source_changes)
{
    cut(&plain, 100000);
    begin(&plain);
    wire->side[1].on_offer = touch_source;
    ck_assert_int_eq(offer(&plain), JINGLE_EOK);
    ck_assert(wire_finish(wire, 5000));
    ck_assert_ptr_nonnull(strstr(wire_log(wire, 0), "done io-error"));
    ck_assert_ptr_nonnull(strstr(wire_log(wire, 1), "done unavailable kept"));
    end();
    ck_assert_int_gt(kept("a"), 0);
}
END_TEST

static bool refuse_range(wire_t *w, unsigned from, char **xml)
{
    keep_stanzas(w, from, xml);
    if (strstr(*xml, "session-accept") && strstr(*xml, "<range "))
        wire_edit(xml, "<range ", "/>", "<range offset='999999999'/>");
    return true;
}

/** One that says that it can and then never does gets the whole after some tries. */
START_TEST(tried_in_vain)
{
    cut(&plain, 100000);
    for (int i = 0; i < 3; i++) {
        begin(&plain);
        wire->tap = refuse_range;
        ck_assert_int_eq(offer(&plain), JINGLE_EOK);
        ck_assert(wire_finish(wire, 5000));
        ck_assert_ptr_nonnull(strstr(wire_log(wire, 1), "done unavailable kept"));
        ck_assert_ptr_nonnull(strstr(accepts, "<range "));
        end();
    }
    arrives(&plain, 0);
    assert_clean();
}
END_TEST

/** Declined, or of no use: nothing is kept. */
static const struct {
    jingle_condition_t reason;
    bool kept;
} reasons[] = {{JINGLE_REASON_DECLINE, false},
               {JINGLE_REASON_BUSY, true},
               {JINGLE_REASON_CANCEL, true},
               {JINGLE_REASON_TIMEOUT, true},
               {JINGLE_REASON_GENERAL_ERROR, true}};

static void end_session(wire_side_t *side, jingle_file_t *file)
{
    if (jingle_file_get_bytes(file) > 100000)
        jingle_session_end(jingle_file_get_session(file),
                           JINGLE_END(.condition = reasons[side->wire->counts[1]].reason));
}

START_TEST(each_reason)
{
    begin(&plain);
    wire->counts[1] = (unsigned)_i;
    wire->side[1].on_progress = end_session;
    ck_assert_int_eq(offer(&plain), JINGLE_EOK);
    ck_assert(wire_finish(wire, 5000));
    end();
    ck_assert_int_eq(kept("a") > 0, reasons[_i].kept);
    if (!reasons[_i].kept)
        ck_assert_str_eq(folder_list(inbox), "");
}
END_TEST

/* ---- the folder ----------------------------------------------------------------------------- */

/** The state cannot be written: then nothing is kept, but the file arrives. */
START_TEST(no_state)
{
    char name[64];

    cut(&plain, 100000);
    snprintf(name, sizeof name, "%.40s", folder_list(inbox));
    ck_assert_int_eq(unlink(folder_path(inbox, name)), 0);
    ck_assert_int_eq(unlink(folder_path(inbox, "a.part")), 0);
    ck_assert_int_eq(mkdir(folder_path(inbox, name), 0700), 0);
    begin(&plain);
    ck_assert_int_eq(offer(&plain), JINGLE_EOK);
    ck_assert(wire_finish(wire, 5000));
    ck_assert(folder_holds(inbox, "a", wire_data(SIZE), SIZE));
    end();
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
        ck_assert_msg(!whole || folder_holds(inbox, "a", wire_data(30000), 30000) ||
                          !strcmp(folder_list(inbox), ""),
                      "%zu: %s", n, folder_list(inbox));
        ck_assert(failed || folder_holds(inbox, "a", wire_data(30000), 30000));
        folder_remove(inbox);
        inbox = folder_new();
    }
    ck_assert(whole);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("resume");
    TCase *on = tcase_create("on"), *anew = tcase_create("anew"), *lies = tcase_create("lies"),
          *memory = tcase_create("memory");

    tcase_add_checked_fixture(on, setup, teardown);
    tcase_set_timeout(on, 60);
    tcase_add_loop_test(on, goes_on, 0, 10);
    tcase_add_test(on, goes_on_and_on);
    tcase_add_loop_test(on, each_cut, 0, 2 * LEN(cuts));
    tcase_add_test(on, killed);
    tcase_add_test(on, longer_than_its_state);
    tcase_add_loop_test(on, ended_while_it_is_read, 0, 3);
    tcase_add_test(on, two_at_once);
    tcase_add_test(on, two_at_once_cut);
    tcase_add_test(on, under_another_name);
    suite_add_tcase(suite, on);
    tcase_add_checked_fixture(anew, setup, teardown);
    tcase_set_timeout(anew, 60);
    tcase_add_loop_test(anew, another_version, 0, 2);
    tcase_add_test(anew, another_version_in_disguise);
    tcase_add_loop_test(anew, not_theirs, 0, LEN(strangers));
    tcase_add_loop_test(anew, damaged, 0, 5);
    tcase_add_loop_test(anew, without_what_it_takes, 0, 4);
    tcase_add_test(anew, off_by_default);
    tcase_add_test(anew, accepted_as_a_session);
    tcase_add_loop_test(anew, accepted_while_it_is_read, 0, 2);
    tcase_add_test(anew, no_state);
    suite_add_tcase(suite, anew);
    tcase_add_checked_fixture(lies, setup, teardown);
    tcase_set_timeout(lies, 60);
    tcase_add_test(lies, the_range_is_ignored);
    tcase_add_loop_test(lies, no_hash_at_the_end, 0, 2);
    tcase_add_test(lies, the_source_changes);
    tcase_add_test(lies, tried_in_vain);
    tcase_add_loop_test(lies, each_reason, 0, LEN(reasons));
    suite_add_tcase(suite, lies);
    tcase_add_checked_fixture(memory, setup, teardown);
    tcase_set_timeout(memory, 200);
    tcase_add_loop_test(memory, each_allocation, 0, 2);
    suite_add_tcase(suite, memory);
    return run_suite(suite);
}
