/* SPDX-License-Identifier: MIT */
/** @file
 *  File transfer in the simulation. */
#include "files_item.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jingle/files.h>
#include <jingle/ibb.h>
#include <jingle/s5b.h>

#include "proxy.h"
#include "stranger.h"

#define LARGEST 60000

static uint64_t arrived; /* files that were compared at both sides */

static void accept_file(side_t *side, jingle_file_t *file)
{
    const char *name = jingle_file_get_info(file)->safe_name;
    unsigned id = 0;
    unsigned long size = 0;
    item_t *item;

    if (jingle_file_get_user(file) || sscanf(name, "f%u-%lu", &id, &size) != 2)
        return;
    item = files_add(side, id, size);
    jingle_file_set_user(file, item, NULL); /* its end may come inside the call */
    if (jingle_file_accept(file, JINGLE_ACCEPT_FILE(.write = files_write, .finish = files_finish,
                                                    .userdata = item)) == JINGLE_EOK)
        return;
    jingle_file_set_user(file, NULL, NULL);
    item->over = true;
}

static void hold(side_t *side, jingle_file_t *file)
{
    jingle_file_t **at = &side->held[side->n_held++ % HELD], *old = *at;

    *at = jingle_file_clone(file);
    if (old)
        jingle_file_pause(old, false);
    jingle_file_release(old);
}

static void on_offer(jingle_t *jingle, jingle_file_t *file, void *userdata)
{
    side_t *side = userdata;

    (void)jingle;
    /* What is done because of a stranger would be our own doing: it rings for ever. */
    if (!jingle_sim_find_engine(files_world(side), jingle_file_get_peer(file)))
        return;
    hold(side, file);
    switch (jingle_sim_random(files_world(side), 8)) {
    case 0:
        jingle_file_decline(file, "not now");
        break;
    case 1:
    case 2:
        break; /* later, or never */
    default:
        accept_file(side, file);
    }
}

static void on_done(jingle_t *jingle, jingle_file_t *file, void *userdata)
{
    side_t *side = userdata;
    item_t *item = jingle_file_get_user(file);
    bool done = jingle_file_get_outcome(file) == JINGLE_FILE_DONE;

    (void)jingle;
    if (!item)
        return;
    if (item->over)
        jingle_sim_fault(files_world(side), "the end of file %u is told twice", item->id);
    item->over = true;
    item->told = done && item->sent;
    item->failed = !done && item->sent && !item->ended &&
                   jingle_file_get_reason(file) == JINGLE_REASON_SUCCESS;
    if (item->sent)
        return;
    if (done != item->whole)
        jingle_sim_fault(files_world(side), "file %u: told %s, finished %s, %llu of %llu octets",
                         item->id, jingle_file_outcome_name(jingle_file_get_outcome(file)),
                         item->whole ? "whole" : "not whole", (unsigned long long)item->got,
                         (unsigned long long)item->size);
}

/* ---- ops --------------------------------------------------------------------------------------
 */

static const char *transport_of(uint32_t value)
{
    return value % 4 == 0   ? JINGLE_NS_IBB_TRANSPORT
           : value % 4 == 1 ? JINGLE_NS_S5B_TRANSPORT
                            : NULL;
}

static uint64_t size_of(uint32_t value)
{
    return value % 8 == 0 ? 0 : value % 8 < 5 ? value / 8 % 3000 : value / 8 % LARGEST;
}

static jingle_file_t *held_of(const jingle_sim_engine_t *engine, uint32_t value)
{
    const side_t *side = jingle_sim_get_user(engine);

    return side->held[value % HELD];
}

/** One that lives, for another file to be added, whoever sends the first. */
static jingle_session_t *session_for(const jingle_sim_engine_t *engine, uint32_t value)
{
    const jingle_file_t *file = value % 2 ? held_of(engine, value >> 1) : NULL;

    return file ? jingle_file_get_session(file) : NULL;
}

/** @return the file, in a session of its own or in another's; NULL: it cannot be sent */
static jingle_file_t *send_item(const jingle_sim_engine_t *engine, item_t *item, uint32_t value)
{
    jingle_t *jingle = jingle_sim_get_manager(engine);
    jingle_sim_engine_t *peer =
        jingle_sim_get_engine(files_world(item->side), !jingle_sim_get_index(engine));
    jingle_session_t *session = session_for(engine, value >> 24);
    jingle_file_t *file = NULL;
    char name[48];
    const jingle_send_file_t options = {.size = sizeof options,
                                        .name = name,
                                        .read = files_read,
                                        .file_size = item->size,
                                        .userdata = item,
                                        .transport = transport_of(value >> 20)};

    snprintf(name, sizeof name, "f%u-%lu", item->id, (unsigned long)item->size);
    if (session)
        return jingle_session_add_file(session, NULL, &options, &file) == JINGLE_EOK ? file : NULL;
    if (jingle_count_sessions(jingle) < 6)
        jingle_send_file(jingle, jingle_sim_get_jid(peer), NULL, &options, &session);
    return session ? jingle_session_get_file(session, 0) : NULL;
}

static void op_send(jingle_sim_engine_t *engine, uint32_t value)
{
    side_t *side = jingle_sim_get_user(engine);
    item_t *item = files_add(side, side->next_id++, size_of(value));
    jingle_file_t *file;

    item->sent = true;
    item->over = true; /* unless it is taken */
    file = send_item(engine, item, value);
    if (file) {
        item->over = false;
        jingle_file_set_user(file, item, NULL);
        hold(side, file);
    }
}

static void op_accept(jingle_sim_engine_t *engine, uint32_t value)
{
    jingle_file_t *file = held_of(engine, value);

    if (file && !jingle_file_is_sender(file))
        accept_file(jingle_sim_get_user(engine), file);
}

static void op_cancel(jingle_sim_engine_t *engine, uint32_t value)
{
    jingle_file_t *file = held_of(engine, value);

    if (file && value >> 8 & 1)
        jingle_file_cancel(file, NULL);
    else if (file)
        jingle_file_decline(file, NULL);
}

static void op_pause(jingle_sim_engine_t *engine, uint32_t value)
{
    jingle_file_t *file = held_of(engine, value);

    if (file)
        jingle_file_pause(file, value >> 8 & 1);
}

static void op_wall(jingle_sim_engine_t *engine, uint32_t value)
{
    jingle_sim_t *sim = jingle_sim_get_world(engine);
    /* the other side, our own, or the proxy */
    size_t to = value >> 8 & 1 ? 2 : (jingle_sim_get_index(engine) + value % 2) % 2;

    jingle_sim_set_wall(engine, jingle_sim_get_engine(sim, to),
                        (jingle_sim_wall_t)((value >> 4) % 4));
}

static void op_break(jingle_sim_engine_t *engine, uint32_t value)
{
    (void)value;
    jingle_sim_break(engine);
}

static void op_end(jingle_sim_engine_t *engine, uint32_t value)
{
    jingle_file_t *file = held_of(engine, value);
    jingle_session_t *session = file ? jingle_file_get_session(file) : NULL;
    bool receives = false;

    for (size_t i = 0; (file = jingle_session_get_file(session, i)); i++) {
        item_t *item = jingle_file_get_user(file);

        receives |= !jingle_file_is_sender(file);
        if (item)
            item->ended = true;
    }
    /* A receiver that ended it with success would say that it has the file. */
    if (session)
        jingle_session_end(session,
                           receives ? JINGLE_END(.condition = JINGLE_REASON_CANCEL) : NULL);
}

/** What a stranger says is of a file on its way, or of one that is to be taken. */
static const char *payload(jingle_sim_engine_t *engine, jingle_action_t action, uint32_t value)
{
    return files_payload(held_of(engine, value), action, value);
}

static void op_stranger(jingle_sim_engine_t *engine, uint32_t value)
{
    jingle_file_t *file = held_of(engine, value >> 8);

    stranger_say(engine, value, file ? jingle_file_get_sid(file) : "a", payload);
}

/* The proxy has ops of its own. */
#define OR_PROXY(op)                                                                               \
    static void op##_or_proxy(jingle_sim_engine_t *engine, uint32_t value)                         \
    {                                                                                              \
        (proxy_is(engine) ? proxy_op : (op))(engine, value);                                       \
    }
OR_PROXY(op_send)
OR_PROXY(op_accept)
OR_PROXY(op_cancel)
OR_PROXY(op_pause)
OR_PROXY(op_wall)
OR_PROXY(op_break)
OR_PROXY(op_end)
OR_PROXY(op_stranger)

static const jingle_sim_op_t ops[] = {
    {"send", op_send_or_proxy, 10},    {"accept", op_accept_or_proxy, 6},
    {"cancel", op_cancel_or_proxy, 1}, {"pause", op_pause_or_proxy, 2},
    {"wall", op_wall_or_proxy, 2},     {"break", op_break_or_proxy, 1},
    {"end", op_end_or_proxy, 1},       {"stranger", op_stranger_or_proxy, 4}};

/* ---- worlds -----------------------------------------------------------------------------------
 */

static void free_side(void *userdata)
{
    side_t *side = userdata;
    item_t *item;

    for (size_t i = 0; i < HELD; i++)
        jingle_file_release(side->held[i]);
    while ((item = side->items)) {
        side->items = item->next;
        if (!item->over)
            jingle_sim_fault(files_world(side), "the end of file %u was not told", item->id);
        free(item);
    }
    free(side);
}

static void add_side(jingle_sim_t *sim, const char *jid, bool loses)
{
    static const jingle_s5b_proxy_t proxies[] = {{"proxy.example", "198.51.100.9", 1080},
                                                 {PROXY_JID, "192.0.2.3", PROXY_PORT}};
    size_t which = (size_t)jingle_sim_random(sim, 4); /* none, the dead one, the other, both */
    side_t *side = calloc(1, sizeof *side);
    jingle_t *jingle;

    if (!side)
        abort();
    side->engine = jingle_sim_add(sim, jid, NULL);
    side->loses = loses;
    jingle_sim_set_user(side->engine, side, free_side);
    jingle = jingle_sim_get_manager(side->engine);
    if (jingle_register_ibb(
            jingle, JINGLE_IBB(.block_size = 512 + (uint32_t)jingle_sim_random(sim, 8000))) ||
        jingle_register_s5b(jingle, JINGLE_S5B(.find_no_proxies = true,
                                               .proxies = which == 2 ? proxies + 1 : proxies,
                                               .n_proxies = which / 2 + which % 2)) ||
        jingle_register_file_transfer(
            jingle, JINGLE_FILES(.on_offer = on_offer, .on_done = on_done, .userdata = side)))
        abort();
}

static void set_up(jingle_sim_t *sim, void *userdata)
{
    uint64_t walled = jingle_sim_random(sim, 4);

    add_side(sim, "romeo@montague.example/orchard", userdata != NULL);
    add_side(sim, "juliet@capulet.example/balcony", userdata != NULL);
    proxy_add(sim);
    /* Often there is no other way than the proxy. */
    for (size_t i = 0; i < 2 && walled; i++)
        jingle_sim_set_wall(jingle_sim_get_engine(sim, i), jingle_sim_get_engine(sim, 1 - i),
                            walled == 1 ? JINGLE_SIM_REFUSE : JINGLE_SIM_SILENT);
}

/** A pause has no end by itself. */
static void settle(jingle_sim_t *sim, void *userdata)
{
    (void)userdata;
    for (size_t i = 0; jingle_sim_get_engine(sim, i); i++) {
        const side_t *side = jingle_sim_get_user(jingle_sim_get_engine(sim, i));
        if (proxy_is(jingle_sim_get_engine(sim, i)))
            continue;
        for (size_t k = 0; k < HELD; k++)
            if (side->held[k])
                jingle_file_pause(side->held[k], false);
    }
}

/* ---- judgement ---------------------------------------------------------------------------------
 */

static void judge_item(jingle_sim_t *sim, const item_t *item, const side_t *other)
{
    const char *jid = jingle_sim_get_jid(other->engine);

    arrived += item->told;
    /* A sender who was told that a file has arrived deletes it, maybe. */
    if (item->told && !files_have(other, item))
        jingle_sim_fault(sim, "file %u: its sender was told that it has arrived, %s has not got it",
                         item->id, jid);
    /* Without memory much may be lost. */
    if (item->failed && !jingle_sim_count_failures(item->side->engine) &&
        !jingle_sim_count_failures(other->engine) && files_have(other, item))
        jingle_sim_fault(sim, "file %u: its sender was told that it has failed, %s has got it",
                         item->id, jid);
}

static void judge(jingle_sim_t *sim, void *userdata)
{
    (void)userdata;
    for (size_t i = 0; i < 2; i++) {
        const side_t *side = jingle_sim_get_user(jingle_sim_get_engine(sim, i)),
                     *other = jingle_sim_get_user(jingle_sim_get_engine(sim, 1 - i));

        for (const item_t *item = side->items; item; item = item->next)
            judge_item(sim, item, other);
    }
}

uint64_t files_count(void)
{
    return arrived;
}

const jingle_sim_program_t files_program = {.size = sizeof(jingle_sim_program_t),
                                            .name = "files",
                                            .set_up = set_up,
                                            .settle = settle,
                                            .judge = judge,
                                            .ops = ops,
                                            .n_ops = sizeof ops / sizeof ops[0]};
