/* SPDX-License-Identifier: MIT */
/** @file
 *  What the raw program does, by chance. */
#include "raw.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct raw_asked {
    struct raw_asked *next;
    raw_t *raw;
    bool told;
} raw_asked_t;

/** No sid is used again, as in life: what is under way for a session that was would be taken for
 * the next one's. Two sides may well come upon the same one at the same time. */
static const char *next_sid(raw_t *raw)
{
    snprintf(raw->sid, sizeof raw->sid, "s%u", raw->next_sid++);
    return raw->sid;
}

const char *raw_sid(raw_t *raw, uint32_t value)
{
    snprintf(raw->sid, sizeof raw->sid, "s%u", raw->next_sid - value % 6);
    return raw->sid;
}

static void note_sid(raw_t *raw, const char *sid)
{
    unsigned number = 0;

    if (sscanf(sid, "s%u", &number) == 1 && number >= raw->next_sid && number < UINT32_MAX)
        raw->next_sid = number + 1;
}

static jingle_sim_t *world(const raw_t *raw)
{
    return jingle_sim_get_world(raw->engine);
}

static jingle_t *manager(const raw_t *raw)
{
    return jingle_sim_get_manager(raw->engine);
}

/** Another engine's JID, at times somebody's who is not there. */
static const char *peer_of(const raw_t *raw, uint32_t value)
{
    size_t own = jingle_sim_get_index(raw->engine), n = 0;
    jingle_sim_engine_t *peer;

    while (jingle_sim_get_engine(world(raw), n))
        n++;
    if (value % 61 == 60)
        return "nobody@gone.example/r";
    peer = jingle_sim_get_engine(world(raw), (own + 1 + value % (n - 1)) % n);
    return jingle_sim_get_jid(peer);
}

typedef struct {
    size_t left;
    jingle_session_t *session;
} nth_t;

static bool nth(jingle_session_t *session, void *userdata)
{
    nth_t *at = userdata;

    at->session = session;
    return at->left-- > 0;
}

/** A session that lives, at times one that has ended. */
static jingle_session_t *session_of(raw_t *raw, uint32_t value)
{
    size_t n = jingle_count_sessions(manager(raw));
    nth_t at = {0, NULL};

    if (n == 0 || value % 32 == 31)
        return raw->held[value / 32 % RAW_HELD];
    at.left = value % n;
    jingle_each_session(manager(raw), nth, &at);
    return at.session;
}

static void hold(raw_t *raw, jingle_session_t *session)
{
    jingle_session_t **at = &raw->held[raw->n_held++ % RAW_HELD], *old = *at;

    *at = jingle_session_clone(session);
    jingle_session_release(old);
}

/* ---- ops --------------------------------------------------------------------------------------
 */

jingle_session_t *raw_create(raw_t *raw, const char *peer, const char *sid, const char *application)
{
    bool now = strcmp(application, RAW_NOW) == 0 || strcmp(application, RAW_SAME) == 0;
    const jingle_session_type_t *type = now                                   ? raw->now
                                        : strcmp(application, RAW_LATER) == 0 ? &raw_later
                                                                              : NULL;
    jingle_session_t *session = NULL;

    raw_tell(raw,
             "\"op\":\"create\",\"as\":\"S%lu\",\"sid\":\"%s\",\"peer\":\"%s\","
             "\"role\":\"initiator\",\"type\":\"%s\",\"applications\":[\"%s\"]",
             (unsigned long)raw->n_created + 1, sid, peer,
             now                  ? "stub"
             : type == &raw_later ? "async"
                                  : "base",
             application);
    jingle_session_new(manager(raw), peer,
                       JINGLE_SESSION(.sid = sid, .type = type, .type_userdata = raw,
                                      .applications = &application, .n_applications = 1),
                       &session);
    return session;
}

/** A type that cannot start ends the session without a word, whoever knows of it. */
static void start(const raw_t *raw, jingle_session_t *session)
{
    if (!session ||
        (!jingle_session_get_type(session)->start && !jingle_session_is_starting(session)))
        return;
    raw_tell_of(raw, session, "\"op\":\"start\"");
    jingle_session_start(session);
}

static void op_offer(jingle_sim_engine_t *engine, uint32_t value)
{
    static const char *const applications[] = {RAW_NOW,   RAW_LATER, RAW_NOW,
                                               RAW_LATER, RAW_NOW,   RAW_OTHER};
    raw_t *raw = raw_of(engine);
    jingle_session_t *session =
        raw_create(raw, peer_of(raw, value >> 16), next_sid(raw), applications[value / 8 % 6]);

    if (session)
        hold(raw, session);
    if (session && value / 64 % 8)
        start(raw, session);
}

static void op_start(jingle_sim_engine_t *engine, uint32_t value)
{
    raw_t *raw = raw_of(engine);

    start(raw, session_of(raw, value));
}

static void op_accept(jingle_sim_engine_t *engine, uint32_t value)
{
    raw_t *raw = raw_of(engine);
    jingle_session_t *session = session_of(raw, value);

    raw_tell_of(raw, session, "\"op\":\"accept\"");
    jingle_session_accept(session);
}

static void op_end(jingle_sim_engine_t *engine, uint32_t value)
{
    static const char *const steps[] = {
        "\"op\":\"cancel\"", "\"op\":\"decline\"",
        "\"op\":\"end\",\"reason\":\"busy\",\"text\":\"because of <this> & that\"",
        "\"op\":\"end\""};
    raw_t *raw = raw_of(engine);
    jingle_session_t *session = session_of(raw, value);

    raw_tell_of(raw, session, "%s", steps[value >> 8 & 3]);
    switch (value >> 8 & 3) {
    case 0:
        jingle_session_cancel(session);
        break;
    case 1:
        jingle_session_decline(session);
        break;
    case 2:
        jingle_session_end(session, JINGLE_END(.condition = JINGLE_REASON_BUSY,
                                               .text = "because of <this> & that"));
        break;
    default:
        jingle_session_end(session, NULL);
    }
}

static void op_send(jingle_sim_engine_t *engine, uint32_t value)
{
    raw_t *raw = raw_of(engine);
    jingle_session_t *session = session_of(raw, value);
    jingle_action_t action = (jingle_action_t)(1 + (value >> 8) % (JINGLE_ACTION_COUNT - 1));

    /* Some ends of sessions are enough. */
    if (action == JINGLE_ACTION_SESSION_TERMINATE && value >> 16 & 3)
        action = JINGLE_ACTION_SESSION_INFO;
    raw_tell_of(raw, session, "\"op\":\"send\",\"action\":\"%s\",\"payload\":\"%s\"",
                jingle_action_name(action), raw_payload(action, value >> 20));
    if (session)
        raw_send(raw, session, action, value >> 20);
}

static void on_answer(jingle_t *jingle, const jingle_answer_t *answer, void *userdata)
{
    raw_asked_t *asked = userdata;

    (void)jingle;
    (void)answer;
    if (asked->told)
        jingle_sim_fault(world(asked->raw), "%s: the answer to a request is told twice",
                         jingle_sim_get_jid(asked->raw->engine));
    asked->told = true;
    asked->raw->n_told++;
}

static void op_request(jingle_sim_engine_t *engine, uint32_t value)
{
    raw_t *raw = raw_of(engine);
    jingle_session_t *session = session_of(raw, value);
    raw_asked_t *asked = calloc(1, sizeof *asked);

    if (!asked)
        abort();
    asked->raw = raw;
    asked->next = raw->asked;
    raw->asked = asked;
    raw_tell_of(raw, session, "\"op\":\"send\",\"action\":\"session-info\",\"payload\":\"\"");
    if (jingle_session_request(session, JINGLE_ACTION_SESSION_INFO, NULL, on_answer, asked) ==
        JINGLE_EOK)
        raw->n_asked++;
    else if (asked->told)
        jingle_sim_fault(world(raw), "%s: a request that was refused is answered",
                         jingle_sim_get_jid(engine));
    else
        asked->told = true;
}

static void op_complete(jingle_sim_engine_t *engine, uint32_t value)
{
    raw_t *raw = raw_of(engine);
    unsigned how = value >> 16 & 15;

    if (raw->n_kept)
        raw_complete(raw, value % raw->n_kept, how < 3 ? how + 1 : 0);
}

static void op_connection(jingle_sim_engine_t *engine, uint32_t value)
{
    raw_t *raw = raw_of(engine);
    jingle_session_t *session = session_of(raw, value);
    jingle_connection_t connection = (jingle_connection_t)((value >> 8) % JINGLE_CONNECTION_COUNT);

    raw_tell_of(raw, session, "\"op\":\"set_connection\",\"connection\":\"%s\"",
                jingle_connection_name(connection));
    jingle_session_set_connection(session, connection);
}

static void op_process(jingle_sim_engine_t *engine, uint32_t value)
{
    static const jingle_data_t data = {.action = JINGLE_ACTION_SESSION_INFO};

    raw_t *raw = raw_of(engine);

    raw_tell_more(raw, "it hands in an action itself");
    jingle_session_process(session_of(raw, value), &data, NULL, NULL);
}

static void op_end_many(jingle_sim_engine_t *engine, uint32_t value)
{
    raw_t *raw = raw_of(engine);

    const char *peer = peer_of(raw, value >> 8);

    if (value % 4 == 0) {
        raw_tell(raw, "\"op\":\"end_all\"");
        jingle_end_all_sessions(manager(raw), NULL);
    } else {
        raw_tell(raw, "\"op\":\"end_peer\",\"peer\":\"%s\"", peer);
        jingle_end_peer_sessions(manager(raw), peer, NULL);
    }
}

/** Once in a while, or little would be left to be seen. */
static void op_free(jingle_sim_engine_t *engine, uint32_t value)
{
    if (value % 64 == 0)
        jingle_sim_free_manager(engine);
}

static void op_react(jingle_sim_engine_t *engine, uint32_t value)
{
    raw_t *raw = raw_of(engine);

    raw->reacts = true;
    raw->reaction = value;
}

const jingle_sim_op_t raw_ops[] = {
    {"offer", op_offer, 24},
    {"start", op_start, 2},
    {"accept", op_accept, 16},
    {"end", op_end, 6},
    {"send", op_send, 60},
    {"request", op_request, 8},
    {"complete", op_complete, 60},
    {"react", op_react, 4},
    {"connection", op_connection, 1},
    {"process", op_process, 2},
    {"end-many", op_end_many, 1},
    {"free", op_free, 1},
    {"stranger", raw_stranger, 20},
};
const size_t raw_n_ops = sizeof raw_ops / sizeof raw_ops[0];

/* ---- events -----------------------------------------------------------------------------------
 */

static void react(raw_t *raw)
{
    uint32_t value = raw->reaction;

    raw->reacts = false;
    raw->reacting = true;
    raw_ops[value % raw_n_ops].fn(raw->engine, value >> 4);
    raw->reacting = false;
}

static void end_refused(raw_t *raw, jingle_session_t *session)
{
    raw_tell_of(raw, session, "\"op\":\"end\",\"reason\":\"general-error\"");
    jingle_session_end(session, JINGLE_END(.condition = JINGLE_REASON_GENERAL_ERROR));
}

void raw_event(jingle_t *jingle, const jingle_event_t *event, void *userdata)
{
    raw_t *raw = userdata;
    const jingle_event_t *outer = raw->event;

    if (event->type == JINGLE_EVENT_LOG)
        return;
    if (event->type == JINGLE_EVENT_CREATED) {
        raw_tell_created(raw, event->session);
        note_sid(raw, jingle_session_get_sid(event->session));
    }
    raw_note_event(raw, event);
    raw->event = event;
    if (raw->on_event)
        raw->on_event(jingle, event, raw);
    /* What it does because of a stranger's stanza is its own doing, and not what is looked at. */
    if (raw->reacts && !raw->reacting && manager(raw) &&
        jingle_sim_find_engine(world(raw), jingle_session_get_peer(event->session)))
        react(raw);
    /* The peer did not take our accept: the two would differ for good. */
    if (event->type == JINGLE_EVENT_ERROR && event->action == JINGLE_ACTION_SESSION_ACCEPT)
        end_refused(raw, event->session);
    raw->event = outer;
}

/* ---- worlds -----------------------------------------------------------------------------------
 */

raw_t *raw_of(const jingle_sim_engine_t *engine)
{
    return jingle_sim_get_user(engine);
}

static void raw_free(void *userdata)
{
    raw_t *raw = userdata;
    raw_asked_t *asked;

    while (raw->n_kept)
        raw_complete(raw, raw->n_kept - 1, 3);
    for (size_t i = 0; i < RAW_HELD; i++)
        jingle_session_release(raw->held[i]);
    if (raw->n_asked != raw->n_told)
        jingle_sim_fault(world(raw), "%s: %zu requests, %zu answers told",
                         jingle_sim_get_jid(raw->engine), raw->n_asked, raw->n_told);
    while ((asked = raw->asked)) {
        raw->asked = asked->next;
        free(asked);
    }
    free(raw);
}

raw_t *raw_add(jingle_sim_t *sim, const char *jid, const jingle_config_t *config)
{
    return raw_add_with(sim, jid, config, &raw_now);
}

raw_t *raw_add_with(jingle_sim_t *sim, const char *jid, const jingle_config_t *config,
                    const jingle_session_type_t *now)
{
    jingle_config_t full = config ? *config : *JINGLE_CONFIG(0);
    raw_t *raw = calloc(1, sizeof *raw);
    jingle_t *jingle;

    if (!raw)
        abort();
    full.on_event = raw_event;
    full.userdata = raw;
    raw->next_sid = 6;
    raw->now = now;
    raw->engine = jingle_sim_add(sim, jid, &full);
    jingle_sim_set_user(raw->engine, raw, raw_free);
    jingle = manager(raw);
    if (jingle_register_session_type(jingle, RAW_NOW, now, raw) != JINGLE_EOK ||
        jingle_register_session_type(jingle, RAW_SAME, now, raw) != JINGLE_EOK ||
        jingle_register_session_type(jingle, RAW_LATER, &raw_later, raw) != JINGLE_EOK)
        abort();
    return raw;
}

static void set_up(jingle_sim_t *sim, void *userdata)
{
    static const char *const jids[RAW_ENGINES] = {"m@self.example/main", "z@peer.example/r1",
                                                  "a@other.example/r2"};
    uint64_t chance = jingle_sim_random(sim, 8);
    size_t n = chance % 4 ? 2 : 3;
    jingle_limits_t limits;

    (void)userdata;
    jingle_limits_init(&limits);
    if (chance >= 6) { /* so narrow that they are met */
        limits.queue = 2;
        limits.sessions_per_peer = 3;
        limits.sessions = 5;
        limits.requests = 4;
        limits.contents = limits.candidates = 2;
        limits.text = 16;
        limits.nesting = 4;
    }
    for (size_t i = 0; i < n; i++) {
        /* What others have longer sids for is refused. */
        limits.sid = chance == 7 && i == 1 ? 2 : 1023;
        raw_t *raw =
            raw_add(sim, jids[i],
                    JINGLE_CONFIG(.limits = &limits, .handler_timeout = chance == 3 ? 2000 : 0));
        if (chance >= 6)
            raw_tell_more(raw, "its limits are narrow");
    }
}

const jingle_sim_program_t raw_program = {.size = sizeof(jingle_sim_program_t),
                                          .name = "raw",
                                          .set_up = set_up,
                                          .ops = raw_ops,
                                          .n_ops = sizeof raw_ops / sizeof raw_ops[0]};
