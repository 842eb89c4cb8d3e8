/* SPDX-License-Identifier: MIT */
/** @file
 *  engine: a manager with a raw type, the managed type with stub plug-ins, and served requests.
 *  Checked: each request gets one answer and nothing else does; after the event terminated no
 * handler of its session is called; what is sent is XML (the log's reader ends the program
 * otherwise); all memory is back. */
#include "engine_target.h"

#include <string.h>

const char *fuzz_jid(uint8_t octet)
{
    static const char *const jids[] = {ENGINE_PEER,         ENGINE_OTHER,     "z@peer.example/r2",
                                       "Z@peer.example/r1", "z@peer.example", "",
                                       ENGINE_OWN,          "b@comp.example"};
    static char longest[3072];

    if (octet != 0xee)
        return jids[octet % 8];
    if (!*longest) {
        memset(longest, 'r', sizeof longest - 1);
        memcpy(longest, "l@", 2);
        memcpy(longest + 1024, "/", 1);
    }
    return longest;
}

jingle_session_t *fuzz_session(const fuzz_world_t *world, uint8_t octet)
{
    return world->n_sessions ? world->sessions[octet % world->n_sessions].session : NULL;
}

bool fuzz_lives(const fuzz_world_t *world)
{
    return world->engine->jingle != NULL;
}

/* ---- what is told -------------------------------------------------------------------------- */

static fuzz_world_t *world_of(engine_t *engine)
{
    return ((stub_t *)engine->user)->user;
}

static fuzz_session_t *known(fuzz_world_t *world, const jingle_session_t *session)
{
    for (size_t i = 0; i < world->n_sessions; i++)
        if (world->sessions[i].session == session)
            return &world->sessions[i];
    return NULL;
}

static void on_event(engine_t *engine, const jingle_event_t *event)
{
    fuzz_world_t *world = engine->user ? world_of(engine) : NULL;
    fuzz_session_t *entry = world ? known(world, event->session) : NULL;

    if (!world)
        return;
    if (event->type == JINGLE_EVENT_CREATED && world->n_sessions < FUZZ_SESSIONS)
        world->sessions[world->n_sessions++] =
            (fuzz_session_t){.session = jingle_session_clone(event->session)};
    if (event->type == JINGLE_EVENT_TERMINATED) {
        FUZZ_CHECK(event->reason);
        FUZZ_CHECK(jingle_session_is_ended(event->session) &&
                   !jingle_session_is_tracked(event->session));
        if (entry) {
            FUZZ_CHECK(!entry->over);
            entry->over = true;
        }
    }
    if (event->type != JINGLE_EVENT_LOG)
        fuzz_call_back(world);
}

static void on_sent(engine_t *engine, const char *line)
{
    fuzz_world_t *world = engine->user ? world_of(engine) : NULL;
    const char *id = xmpp_stanza_get_id(engine_last(engine)),
               *type = xmpp_stanza_get_type(engine_last(engine));
    unsigned long number;

    (void)line;
    if (!world)
        return;
    if (strcmp(type, "result") == 0 || strcmp(type, "error") == 0) {
        FUZZ_CHECK(id && *id == 'f');
        number = strtoul(id + 1, NULL, 10);
        FUZZ_CHECK(number < world->n_fed);
        world->fed[number].answers++;
    }
    fuzz_call_back(world);
}

static void raw_action(jingle_session_t *session, const jingle_data_t *data, jingle_reply_t *reply,
                       void *self)
{
    fuzz_world_t *world = self;
    engine_t *engine = world->engine;
    const fuzz_session_t *entry = known(world, session);
    uint8_t how = world->n_plan ? world->plan[world->n_plan - 1] : 0;

    FUZZ_CHECK(!entry || !entry->over);
    FUZZ_CHECK(data && jingle_reply_is_open(reply));
    fuzz_call_back(world);
    switch (how % 8) {
    case 1:
        jingle_reply_error(reply,
                           jingle_error_of((jingle_error_code_t)(how / 8 % JINGLE_ERROR_COUNT)));
        break;
    case 2:
        jingle_reply_default(reply);
        break;
    case 3:
        if (engine->n_kept < ENGINE_KEPT)
            engine->kept[engine->n_kept++] = jingle_reply_clone(reply);
        break;
    case 4: /* dropped */
        break;
    default:
        jingle_reply_ack(reply);
        break;
    }
}

static int raw_send(jingle_session_t *session, jingle_action_t action)
{
    static const char content[] =
        "<content creator='initiator' name='c'><description xmlns='" FUZZ_RAW_APP
        "'/><transport xmlns='" ENGINE_TRANSPORT "'/></content>";
    fuzz_world_t *world = jingle_session_get_self(session);

    return engine_send(world->engine, session, action, content);
}

static int raw_start(jingle_session_t *session, void *self)
{
    (void)self;
    return raw_send(session, JINGLE_ACTION_SESSION_INITIATE);
}

static int raw_accept(jingle_session_t *session, void *self)
{
    (void)self;
    return raw_send(session, JINGLE_ACTION_SESSION_ACCEPT);
}

static void raw_ended(jingle_session_t *session, const jingle_reason_t *reason,
                      const jingle_error_t *error, void *self)
{
    (void)error;
    FUZZ_CHECK(reason && jingle_session_is_ended(session));
    fuzz_call_back(self);
}

const jingle_session_type_t fuzz_raw_type = {.size = sizeof fuzz_raw_type,
                                             .name = "raw",
                                             .start = raw_start,
                                             .accept = raw_accept,
                                             .ended = raw_ended,
                                             .on_session_initiate = raw_action,
                                             .on_session_accept = raw_action,
                                             .on_session_terminate = raw_action,
                                             .on_session_info = raw_action,
                                             .on_content_add = raw_action,
                                             .on_content_accept = raw_action,
                                             .on_content_modify = raw_action,
                                             .on_transport_info = raw_action,
                                             .on_transport_replace = raw_action,
                                             .on_source_add = raw_action};

static void serve(jingle_t *jingle, xmpp_stanza_t *iq, xmpp_stanza_t *payload,
                  jingle_reply_t *reply, void *userdata)
{
    fuzz_world_t *world = userdata;
    engine_t *engine = world->engine;
    uint8_t how = world->n_plan ? world->plan[world->n_plan - 1] : 0;

    (void)jingle, (void)iq;
    fuzz_call_back(world);
    if (how % 4 == 1 && engine->n_kept < ENGINE_KEPT)
        engine->kept[engine->n_kept++] = jingle_reply_clone(reply);
    else if (how % 4 == 2)
        jingle_reply_error(reply, NULL);
    else if (how % 4 == 3)
        jingle_reply_ack(reply);
    else
        jingle_reply_result(reply, payload);
}

static void hook(stub_t *stub, stub_part_t *part, stub_point_t point)
{
    (void)part;
    /* Those are pure, and must be. */
    if (point != STUB_CHECK && point != STUB_COMPETES && point != STUB_RESUMABLE &&
        point != STUB_CREATE)
        fuzz_call_back(stub->user);
}

/* ---- the world ----------------------------------------------------------------------------- */

static int no_chance(void *buffer, size_t len, void *userdata)
{
    static uint32_t state = 1;

    if (!userdata)
        state = 1;
    for (size_t i = 0; i < len; i++)
        ((uint8_t *)buffer)[i] = (uint8_t)((state = state * 1664525 + 1013904223) >> 24);
    return JINGLE_EOK;
}

static bool may_offer(jingle_t *jingle, const char *peer, const char *own, void *userdata)
{
    (void)jingle, (void)own, (void)userdata;
    return strcmp(peer, ENGINE_OTHER) != 0;
}

static bool tie_break(jingle_t *jingle, jingle_session_t *ours, const jingle_offer_t *theirs,
                      void *userdata)
{
    (void)jingle, (void)ours, (void)userdata;
    return theirs->n_applications != 1;
}

static void begin(fuzz_world_t *world, uint8_t flags)
{
    engine_t *engine = engine_new(JINGLE_CONFIG(.component = flags & 1, .random = no_chance,
                                                .may_offer = flags & 2 ? may_offer : NULL,
                                                .tie_break = flags & 4 ? tie_break : NULL));

    world->engine = engine;
    world->stub = stub_new(engine);
    FUZZ_CHECK(world->stub);
    world->stub->silent = true;
    world->stub->user = world;
    world->stub->hook = hook;
    engine->on_event = on_event;
    engine->on_sent = on_sent;
    for (int id = 0; id < STUB_PLUGINS; id++)
        world->stub->plan[id].accepts = world->stub->plan[id].resumable = flags & 8;
    FUZZ_CHECK(!jingle_register_session_type(engine->jingle, FUZZ_RAW_APP, &fuzz_raw_type, world));
    FUZZ_CHECK(!jingle_serve(engine->jingle, "urn:example:query",
                             JINGLE_SERVE_GET | JINGLE_SERVE_SET, serve, world));
}

static void check_answers(const fuzz_world_t *world)
{
    for (size_t i = 0; i < world->n_fed; i++) {
        const fuzz_fed_t *fed = &world->fed[i];

        /* What is taken is answered once, and every request with <jingle/> is taken. */
        FUZZ_CHECK(fed->answers == (fed->is_request && fed->taken));
        FUZZ_CHECK(!fed->is_jingle || fed->taken);
    }
}

static void finish(fuzz_world_t *world)
{
    engine_t *engine = world->engine;

    world->n_plan = 0;
    test_mem_fail_at(&engine->mem, 0, false);
    test_mem_fail_at(&engine->stanza_mem, 0, false);
    engine_free_manager(engine);
    check_answers(world);
    for (size_t i = 0; i < world->n_sessions; i++) {
        FUZZ_CHECK(world->sessions[i].over || jingle_session_is_ended(world->sessions[i].session));
        jingle_session_release(world->sessions[i].session);
    }
    jingle_session_release(engine->session);
    engine->session = NULL;
    FUZZ_CHECK(stub_free(world->stub) == 0);
    engine->user = NULL;
    FUZZ_CHECK(engine_free(engine) == 0);
}

void fuzz_engine(const uint8_t *data, size_t len)
{
    fuzz_input_t in = {.at = data, .end = data + len};
    fuzz_world_t world = {0};
    fuzz_record_t record;
    uint64_t zero;

    no_chance(&zero, sizeof zero, NULL);
    begin(&world, fuzz_octet(&in));
    while (fuzz_next(&in, &record))
        if (!fuzz_input(&world, &record, &in) && fuzz_lives(&world))
            fuzz_call(&world, &record, &in);
    finish(&world);
}
