/* SPDX-License-Identifier: MIT */
/** @file
 *  Plays one scenario: sets up the manager, performs the steps, judges. */
#include "player.h"

#include <stdlib.h>
#include <string.h>

/* Turns of the loop after a step; a library at rest needs one. */
#define MAX_TURNS 1000

void player_broken(player_t *player, const char *format, ...)
{
    va_list args;

    if (player->fault.len)
        return;
    va_start(args, format);
    text_vprintf(&player->fault, format, args);
    va_end(args);
}

void player_fault(player_t *player, const char *format, ...)
{
    va_list args;

    if (player->fault.len || player->starved)
        return;
    va_start(args, format);
    text_vprintf(&player->fault, format, args);
    va_end(args);
}

void player_starve(player_t *player, size_t n, bool on)
{
    player->starved = true;
    test_mem_fail_at(&player->engine_mem, n, on);
}

static bool always(jingle_t *jingle, jingle_session_t *ours, const jingle_offer_t *theirs,
                   void *userdata)
{
    (void)jingle, (void)ours, (void)theirs, (void)userdata;
    return true;
}

static bool never(jingle_t *jingle, jingle_session_t *ours, const jingle_offer_t *theirs,
                  void *userdata)
{
    (void)jingle, (void)ours, (void)theirs, (void)userdata;
    return false;
}

static jingle_tie_break_fn tie_break_named(player_t *player, const char *name)
{
    if (name && strcmp(name, "always") == 0)
        return always;
    if (name && strcmp(name, "never") == 0)
        return never;
    if (name && strcmp(name, "default") != 0)
        player_fault(player, "there is no tie_break %s", name);
    return NULL;
}

static void register_types(player_t *player, json_t *types)
{
    const jingle_session_type_t *type;
    const char *ns, *name;
    json_t *entry;
    size_t i;
    int rc;

    json_array_foreach(types, i, entry)
    {
        ns = json_string_value(json_object_get(entry, "application"));
        name = json_string_value(json_object_get(entry, "type"));
        type = type_named(name);
        rc = type ? jingle_register_session_type(player->jingle, ns, type, player) : JINGLE_EINVAL;
        if (rc != JINGLE_EOK && rc != JINGLE_EEXIST) /* of two for one namespace the first counts */
            player_fault(player, "type %s cannot be registered: %s", name ? name : "(none)",
                         jingle_strerror(rc));
    }
}

player_t *player_new(json_t *scenario, bool verbose)
{
    json_t *config = json_object_get(scenario, "config");
    player_t *player = text_alloc(sizeof *player);

    player->scenario = scenario;
    player->verbose = verbose;
    test_mem_init(&player->engine_mem);
    test_mem_init(&player->stanza_mem);
    player->ctx = xmpp_ctx_new(&player->stanza_mem.mem, NULL);
    player->jingle = jingle_new(
        player->ctx,
        JINGLE_CONFIG(.mem = &player->engine_mem.mem,
                      .jid = json_string_value(json_object_get(config, "self")),
                      .send = observe_send, .send_userdata = player, .on_event = observe_event,
                      .userdata = player,
                      .tie_break = tie_break_named(
                          player, json_string_value(json_object_get(config, "tie_break")))));
    jingle_tick(player->jingle, 0); /* NULL is ignored */
    if (player->jingle)
        register_types(player, json_object_get(config, "types"));
    else
        player_fault(player, "the manager could not be made");
    return player;
}

/* Lets happen what can happen without time passing. */
static void run_until_idle(player_t *player)
{
    int turns = 0;

    while (jingle_tick(player->jingle, 0) == 0)
        if (++turns == MAX_TURNS) {
            player_broken(player, "the manager does not come to rest");
            return;
        }
}

static void begin(player_t *player)
{
    json_decref(player->out);
    json_decref(player->events);
    player->out = json_array();
    player->events = json_array();
}

/* Performs a step. @return what was observed, a new reference */
static json_t *perform(player_t *player, json_t *step)
{
    op_result_t result;

    begin(player);
    player->as = json_string_value(json_object_get(step, "as"));
    result = op_perform(player, step, NULL);
    run_until_idle(player);
    player->as = NULL;
    if (result == OP_SKIPPED)
        return json_pack("{s:b}", "skipped", true);
    return json_pack("{s:O,s:O,s:o}", "out", player->out, "events", player->events, "sessions",
                     observe_sessions(player));
}

static void describe(text_t *text, size_t index, json_t *step)
{
    static const char *const keys[] = {"session", "as", "action", "id", "peer", "reason"};
    const char *value;
    size_t i;

    text_printf(text, "step %zu, %s", index + 1, json_string_value(json_object_get(step, "op")));
    for (i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        value = json_string_value(json_object_get(step, keys[i]));
        if (value)
            text_printf(text, " %s=%s", keys[i], value);
    }
    value = json_string_value(json_object_get(step, "xml"));
    if (value)
        text_printf(text, " %s", value);
    text_puts(text, "\n");
}

static void show(size_t index, json_t *step, json_t *got)
{
    char *dump = json_dumps(got, JSON_COMPACT);
    text_t text = {0};

    describe(&text, index, step);
    printf("# %s#   %s\n", text_str(&text), dump ? dump : "?");
    text_clear(&text);
    free(dump);
}

/* What the manager says of its sessions and what they say of themselves is the same. */
static void check_sessions(player_t *player)
{
    jingle_counters_t counters = {.size = sizeof counters};
    size_t tracked = 0;

    for (size_t i = 0; i < player->n_sessions; i++) {
        jingle_session_t *session = player->sessions[i].session;
        bool ended = jingle_session_is_ended(session);

        tracked += jingle_session_is_tracked(session);
        if (ended == jingle_session_is_tracked(session))
            player_broken(player, "session %s has %s", player->sessions[i].label,
                          ended ? "ended and lives" : "neither ended nor lives");
        if (ended && jingle_session_count_requests(session))
            player_broken(player, "session %s has ended and waits for answers",
                          player->sessions[i].label);
    }
    if (jingle_get_counters(player->jingle, &counters) != JINGLE_EOK ||
        counters.sessions != tracked || jingle_count_sessions(player->jingle) != tracked)
        player_broken(player, "%zu sessions live, the manager counts %zu", tracked,
                      jingle_count_sessions(player->jingle));
}

bool player_step(player_t *player, size_t index, text_t *why)
{
    json_t *step = json_array_get(json_object_get(player->scenario, "steps"), index), *got;
    text_t differences = {0};
    bool same = false;

    if (player->jingle) {
        got = perform(player, step);
        if (player->verbose)
            show(index, step, got);
        same = player->starved || compare_step(player, step, got, &differences);
        json_decref(got);
        check_sessions(player);
    }
    if (player->fault.len) {
        text_printf(&differences, "  %s\n", text_str(&player->fault));
        same = false;
    }
    if (!same) {
        describe(why, index, step);
        text_puts(why, text_str(&differences));
    }
    text_clear(&differences);
    return same;
}

static void check_counters(player_t *player)
{
    jingle_counters_t counters = {.size = sizeof counters};

    if (jingle_get_counters(player->jingle, &counters) != JINGLE_EOK)
        player_fault(player, "there are no counters");
    else if (counters.results != player->results || counters.errors != player->errors ||
             counters.actions != player->received || counters.requests_total != player->n_sent ||
             counters.sessions_total != player->n_sessions)
        player_fault(player,
                     "the counters say %llu actions, %llu results, %llu errors, %llu requests, "
                     "%llu sessions; seen were %llu, %llu, %llu, %zu, %zu",
                     (unsigned long long)counters.actions, (unsigned long long)counters.results,
                     (unsigned long long)counters.errors,
                     (unsigned long long)counters.requests_total,
                     (unsigned long long)counters.sessions_total,
                     (unsigned long long)player->received, (unsigned long long)player->results,
                     (unsigned long long)player->errors, player->n_sent, player->n_sessions);
}

/* The manager goes first: what a program still holds must stay valid, and do nothing. */
static void close_manager(player_t *player)
{
    size_t i, stanzas;

    begin(player);
    test_mem_fail_at(&player->engine_mem, 0, false);
    if (!player->starved)
        check_counters(player);
    jingle_free(player->jingle);
    player->jingle = NULL;
    ledger_close(player);
    stanzas = json_array_size(player->out);
    for (i = 0; i < player->n_sessions; i++)
        if (!jingle_session_is_ended(player->sessions[i].session) ||
            jingle_session_is_tracked(player->sessions[i].session) ||
            jingle_session_get_manager(player->sessions[i].session) ||
            jingle_session_end(player->sessions[i].session, NULL) != JINGLE_EINVOP)
            player_broken(player, "session %s lives on without a manager",
                          player->sessions[i].label);
    for (i = 0; i < player->n_open; i++)
        if (jingle_reply_is_open(player->open[i].reply) ||
            jingle_reply_ack(player->open[i].reply) != JINGLE_EINVOP)
            player_broken(player, "the reply to %s is open without a manager", player->open[i].id);
    if (json_array_size(player->out) != stanzas)
        player_broken(player, "something was sent when the manager had gone");
}

static void release_kept(player_t *player)
{
    size_t i;

    for (i = 0; i < player->n_open; i++) {
        jingle_reply_release(player->open[i].reply);
        free(player->open[i].id);
    }
    for (i = 0; i < player->n_sessions; i++) {
        jingle_session_release(player->sessions[i].session);
        json_decref(player->sessions[i].values);
        free(player->sessions[i].label);
    }
    for (i = 0; i < player->n_sent; i++) {
        free(player->sent[i].action);
        free(player->sent[i].id);
    }
    for (i = 0; i < player->n_accounts; i++) {
        free(player->accounts[i].from);
        free(player->accounts[i].id);
    }
}

static void check_memory(player_t *player)
{
    size_t engine = player->engine_mem.blocks, stanzas;

    xmpp_ctx_free(player->ctx);
    stanzas = player->stanza_mem.blocks;
    if (engine)
        player_broken(player, "%zu blocks of the engine's were not given back (-v lists them)",
                      engine);
    else if (stanzas)
        player_broken(player, "%zu blocks of stanzas were not given back (-v lists them)", stanzas);
    if (player->verbose) {
        test_mem_report(&player->engine_mem, stdout);
        test_mem_report(&player->stanza_mem, stdout);
    }
    test_mem_free_all(&player->engine_mem);
    test_mem_free_all(&player->stanza_mem);
}

bool player_free(player_t *player, text_t *why)
{
    bool good;

    if (player->jingle)
        close_manager(player);
    release_kept(player);
    check_memory(player);
    good = player->fault.len == 0;
    if (!good)
        text_printf(why, "at the end\n  %s\n", text_str(&player->fault));
    text_clear(&player->fault);
    json_decref(player->out);
    json_decref(player->events);
    free(player->sessions);
    free(player->sent);
    free(player->open);
    free(player->accounts);
    free(player);
    return good;
}
