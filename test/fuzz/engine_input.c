/* SPDX-License-Identifier: MIT */
/** @file
 *  What comes from outside: stanzas and answers, time, memory that runs out. */
#include <string.h>

#include "engine_target.h"

static const char *own_jid(uint8_t octet)
{
    static const char *const jids[] = {ENGINE_OWN, "b@comp.example", NULL, "a@comp.example/r"};

    return jids[octet % 4];
}

static xmpp_stanza_t *new_iq(fuzz_world_t *world, const char *type, const char *from,
                             const char *to)
{
    xmpp_stanza_t *iq = fuzz_element(world->engine->ctx, "iq", "jabber:client");

    xmpp_stanza_set_type(iq, type);
    if (*from)
        xmpp_stanza_set_from(iq, from);
    if (to)
        xmpp_stanza_set_to(iq, to);
    return iq;
}

static bool holds_jingle(xmpp_stanza_t *iq)
{
    for (xmpp_stanza_t *child = jingle_element_child(iq, NULL, NULL); child;
         child = jingle_element_next(child)) {
        const char *ns = xmpp_stanza_get_ns(child);

        if (ns && strcmp(ns, JINGLE_NS) == 0 && strcmp(xmpp_stanza_get_name(child), "jingle") == 0)
            return true;
    }
    return false;
}

/* Hands it in with an id of its own, and releases it. */
static void hand_in(fuzz_world_t *world, xmpp_stanza_t *iq)
{
    const char *type = xmpp_stanza_get_type(iq);
    bool is_request = type && (strcmp(type, "set") == 0 || strcmp(type, "get") == 0);
    size_t number = world->n_fed;
    char id[16];

    if (number < FUZZ_FED && fuzz_lives(world)) {
        world->n_fed++;
        snprintf(id, sizeof id, "f%zu", number);
        xmpp_stanza_set_id(iq, id);
        world->fed[number] =
            (fuzz_fed_t){.is_request = is_request, .is_jingle = is_request && holds_jingle(iq)};
        /* The manager may go inside: what was counted stays. */
        world->fed[number].taken = world->fed[number].is_jingle;
        world->fed[number].taken |= jingle_receive(world->engine->jingle, iq);
    }
    xmpp_stanza_release(iq);
}

static void feed_action(fuzz_world_t *world, const fuzz_record_t *record, fuzz_input_t *in)
{
    xmpp_ctx_t *ctx = world->engine->ctx;
    xmpp_stanza_t *iq = new_iq(world, record->octet[0] & 0x80 ? "get" : "set",
                               fuzz_jid(record->octet[0]), own_jid(record->octet[1]));
    xmpp_stanza_t *jingle = fuzz_element(ctx, "jingle", JINGLE_NS);
    const char *action =
        jingle_action_name((jingle_action_t)(record->octet[2] % (JINGLE_ACTION_COUNT + 1)));

    if (action || record->octet[2] & 1)
        xmpp_stanza_set_attribute(jingle, "action", action ? action : "bogus");
    if (*record->text[0])
        xmpp_stanza_set_attribute(jingle, "sid", record->text[0]);
    fuzz_tree(ctx, jingle, in);
    xmpp_stanza_add_child(iq, jingle);
    xmpp_stanza_release(jingle);
    hand_in(world, iq);
}

static void feed_iq(fuzz_world_t *world, const fuzz_record_t *record, fuzz_input_t *in)
{
    static const char *const types[] = {"set", "get", "result", "error", "bogus"};
    xmpp_stanza_t *iq = new_iq(world, types[record->octet[0] % 5], fuzz_jid(record->octet[1]),
                               own_jid(record->octet[2]));

    fuzz_tree(world->engine->ctx, iq, in);
    hand_in(world, iq);
}

/* An error of the list, as JINGLE_ERRORS has them. */
static void add_error(fuzz_world_t *world, xmpp_stanza_t *iq, uint8_t octet)
{
    xmpp_ctx_t *ctx = world->engine->ctx;
    const jingle_error_t *error =
        jingle_error_of((jingle_error_code_t)(octet % JINGLE_ERROR_COUNT));
    xmpp_stanza_t *element = fuzz_element(ctx, "error", NULL), *child;

    xmpp_stanza_set_type(element, error->type);
    child = fuzz_element(ctx, error->condition, JINGLE_NS_STANZAS);
    xmpp_stanza_add_child(element, child);
    xmpp_stanza_release(child);
    if (error->jingle) {
        child = fuzz_element(ctx, error->jingle, JINGLE_NS_ERRORS);
        xmpp_stanza_add_child(element, child);
        xmpp_stanza_release(child);
    }
    xmpp_stanza_add_child(iq, element);
    xmpp_stanza_release(element);
}

/* Answers the n-th last request of ours, as its addressee or as somebody else. */
static void feed_answer(fuzz_world_t *world, const fuzz_record_t *record, fuzz_input_t *in)
{
    const engine_t *engine = world->engine;
    size_t left = record->octet[0] % 8;
    bool is_result = record->octet[1] % 2;
    xmpp_stanza_t *asked = NULL, *iq;
    const char *from;

    for (size_t i = engine->n_sent; i-- > 0 && !asked;)
        if (*xmpp_stanza_get_id(engine->sent[i]) != 'f' && left-- == 0)
            asked = engine->sent[i];
    if (!asked)
        return;
    from = record->octet[2] % 8 ? xmpp_stanza_get_to(asked) : fuzz_jid(record->octet[2] / 8);
    iq = new_iq(world, is_result ? "result" : "error", from ? from : "", NULL);
    xmpp_stanza_set_id(iq, xmpp_stanza_get_id(asked));
    if (!is_result && record->octet[1] < 0xf0)
        add_error(world, iq, record->octet[1] / 2);
    fuzz_tree(engine->ctx, iq, in);
    jingle_receive(engine->jingle, iq);
    xmpp_stanza_release(iq);
}

static void set_limit(fuzz_world_t *world, uint8_t which, uint8_t value)
{
    jingle_limits_t limits;
    uint32_t *fields[] = {
        &limits.sessions, &limits.sessions_per_peer, &limits.queue, &limits.requests,
        &limits.contents, &limits.candidates,        &limits.sid,   &limits.text,
        &limits.nesting};

    jingle_get_limits(world->engine->jingle, &limits);
    *fields[which % 9] = value;
    jingle_set_limits(world->engine->jingle, &limits);
}

static void wait_for(fuzz_world_t *world, uint8_t octet)
{
    static const uint64_t times[] = {0, 1, 200, 1000, 30000, 60000, 120000, 86400000};
    engine_t *engine = world->engine;

    for (unsigned i = 0; i <= octet / 8u % 4; i++)
        if (fuzz_lives(world))
            engine_wait(engine, times[octet % 8]);
}

bool fuzz_input(fuzz_world_t *world, const fuzz_record_t *record, fuzz_input_t *in)
{
    engine_t *engine = world->engine;

    if (!fuzz_lives(world))
        return false;
    switch (record->kind) {
    case FUZZ_ACTION:
        feed_action(world, record, in);
        return true;
    case FUZZ_IQ:
        feed_iq(world, record, in);
        return true;
    case FUZZ_ANSWER:
        feed_answer(world, record, in);
        return true;
    case FUZZ_TICK:
        wait_for(world, record->octet[0]);
        return true;
    case FUZZ_FAIL:
        test_mem_fail_at(&engine->mem, record->octet[0] % 64, record->octet[1] & 1);
        return true;
    case FUZZ_LIMIT:
        set_limit(world, record->octet[0], record->octet[1]);
        return true;
    default:
        return false;
    }
}
