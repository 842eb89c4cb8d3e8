/* SPDX-License-Identifier: MIT */
/** @file
 *  What programs do, also from inside callbacks. */
#include <string.h>

#include "engine_target.h"

/* Calls from callbacks that themselves bring callbacks: so deep and no deeper. */
#define NESTED 3

static jingle_condition_t condition_of(uint8_t octet)
{
    return (jingle_condition_t)(octet % JINGLE_REASON_COUNT);
}

/* ---- sessions ------------------------------------------------------------------------------ */

static void create(fuzz_world_t *world, const fuzz_record_t *record)
{
    static const char *const applications[] = {FUZZ_RAW_APP};
    jingle_t *jingle = world->engine->jingle;
    const char *sid = *record->text[0] ? record->text[0] : NULL, *peer = fuzz_jid(record->octet[0]);
    jingle_role_t role = record->octet[1] & 0x40 ? JINGLE_ROLE_RESPONDER : JINGLE_ROLE_INITIATOR;
    jingle_session_t *session = NULL;

    if (record->octet[1] % 4 == 0)
        jingle_session_new(jingle, peer, JINGLE_SESSION(.sid = sid, .role = role), NULL);
    else if (record->octet[1] % 4 == 1)
        jingle_session_new(jingle, peer,
                           JINGLE_SESSION(.sid = sid, .role = role, .type = &fuzz_raw_type,
                                          .type_userdata = world, .applications = applications,
                                          .n_applications = 1),
                           NULL);
    else
        jingle_managed_session_new(jingle, peer, JINGLE_SESSION(.sid = sid), &session);
    if (session && record->octet[1] % 4 == 3 && fuzz_lives(world)) {
        jingle_session_clone(session);
        jingle_session_add_content(session, JINGLE_CONTENT(.application = STUB_APP), NULL);
        if (fuzz_lives(world))
            jingle_session_start(session);
        jingle_session_release(session);
    }
}

static void on_answer(jingle_t *jingle, const jingle_answer_t *answer, void *userdata)
{
    (void)jingle;
    FUZZ_CHECK(answer->type != JINGLE_ANSWER_ERROR || answer->error);
    fuzz_call_back(userdata);
}

static void on_processed(jingle_session_t *session, const jingle_error_t *error, void *userdata)
{
    (void)session, (void)error;
    fuzz_call_back(userdata);
}

/* Makes data from records. @return NULL when it could not be made; to be freed with the element */
static const jingle_data_t *read_data(fuzz_world_t *world, fuzz_input_t *in,
                                      xmpp_stanza_t **element)
{
    const jingle_data_t *data = NULL;

    *element = fuzz_element(world->engine->ctx, "jingle", JINGLE_NS);
    fuzz_tree(world->engine->ctx, *element, in);
    jingle_data_new(NULL, *element, &data);
    return data;
}

static void send_action(fuzz_world_t *world, const fuzz_record_t *record, fuzz_input_t *in)
{
    jingle_session_t *session = fuzz_session(world, record->octet[0]);
    jingle_action_t action = (jingle_action_t)(record->octet[1] % (JINGLE_ACTION_COUNT + 1));
    xmpp_stanza_t *element;
    const jingle_data_t *data = read_data(world, in, &element);

    if (record->octet[1] & 0x80)
        jingle_session_send(session, action, data);
    else
        jingle_session_request(session, action, data, on_answer, world);
    jingle_data_free(data);
    xmpp_stanza_release(element);
}

static void process(fuzz_world_t *world, const fuzz_record_t *record)
{
    static jingle_data_t actions[JINGLE_ACTION_COUNT + 1];
    jingle_action_t action = (jingle_action_t)(record->octet[1] % (JINGLE_ACTION_COUNT + 1));

    actions[action].action = action;
    jingle_session_process(fuzz_session(world, record->octet[0]), &actions[action], on_processed,
                           world);
}

static void complete(fuzz_world_t *world, const fuzz_record_t *record)
{
    engine_t *engine = world->engine;
    size_t at = engine->n_kept ? record->octet[0] % engine->n_kept : 0;
    jingle_reply_t *reply;

    if (!engine->n_kept)
        return;
    reply = engine->kept[at];
    engine->kept[at] = engine->kept[--engine->n_kept];
    if (record->octet[1] % 4 == 1)
        jingle_reply_error(reply, jingle_error_of((jingle_error_code_t)(record->octet[1] / 4 %
                                                                        JINGLE_ERROR_COUNT)));
    else if (record->octet[1] % 4 == 2)
        jingle_reply_default(reply);
    else if (record->octet[1] % 4 == 3)
        jingle_reply_ack(reply);
    if (record->octet[1] & 0x80) /* once more */
        FUZZ_CHECK(record->octet[1] % 4 == 0 || jingle_reply_ack(reply) == JINGLE_EINVOP);
    jingle_reply_release(reply);
}

static void end(fuzz_world_t *world, const fuzz_record_t *record)
{
    bool silent = record->octet[1] & 0x80;
    jingle_condition_t condition = condition_of(record->octet[1]);
    const char *text = *record->text[0] ? record->text[0] : NULL;

    jingle_session_end(
        fuzz_session(world, record->octet[0]),
        JINGLE_END(.condition = condition, .text = text, .silent = silent,
                   .alternative_sid = condition == JINGLE_REASON_ALTERNATIVE_SESSION ? "b" : NULL));
}

static void on_session(fuzz_world_t *world, const fuzz_record_t *record)
{
    static const char *const applications[] = {"urn:example:app:0", "urn:example:x"};
    jingle_session_t *session = fuzz_session(world, record->octet[0]);
    uint8_t value = record->octet[1] / 8;

    switch (record->octet[1] % 8) {
    case 0:
        jingle_session_cancel(session);
        break;
    case 1:
        jingle_session_decline(session);
        break;
    case 2:
        jingle_session_set_state(session, (jingle_state_t)(value % JINGLE_STATE_COUNT));
        break;
    case 3:
        jingle_session_set_connection(session,
                                      (jingle_connection_t)(value % JINGLE_CONNECTION_COUNT));
        break;
    case 4:
        jingle_session_set_applications(session, applications, value % 3);
        break;
    case 5:
        fuzz_look_at(session);
        fuzz_set_user(world, session);
        break;
    case 6:
        jingle_end_peer_sessions(world->engine->jingle, fuzz_jid(value), NULL);
        break;
    default:
        jingle_find_session(world->engine->jingle, NULL, fuzz_jid(value), record->text[0]);
        break;
    }
}

static void on_timer(jingle_t *jingle, void *userdata)
{
    (void)jingle;
    fuzz_call_back(userdata);
}

static bool visit(jingle_session_t *session, void *userdata)
{
    (void)session;
    fuzz_call_back(userdata);
    return true;
}

static void on_manager(fuzz_world_t *world, const fuzz_record_t *record)
{
    engine_t *engine = world->engine;
    uint8_t value = record->octet[0] / 16;

    switch (record->octet[0] % 16) {
    case 0:
        if (value == 15)
            engine_free_manager(engine);
        break;
    case 1:
        jingle_end_all_sessions(engine->jingle, NULL);
        break;
    case 2:
        jingle_each_session(engine->jingle, visit, world);
        break;
    case 3:
        jingle_request(engine->jingle,
                       JINGLE_REQUEST(.to = value % 2 ? fuzz_jid(value) : NULL,
                                      .get = value % 4 > 1, .xml = "<q xmlns='urn:q'/>",
                                      .on_answer = on_answer, .userdata = world));
        break;
    case 4:
        jingle_timer_start(engine->jingle, value * UINT64_C(1000), on_timer, world, NULL);
        break;
    case 5:
        jingle_set_jid(engine->jingle, value % 2 ? fuzz_jid(value) : record->text[0]);
        break;
    case 6:
        jingle_add_feature(engine->jingle, record->text[0]);
        break;
    case 7:
        jingle_remove_feature(engine->jingle, record->text[0]);
        break;
    case 8:
        jingle_set_component(engine->jingle, value % 2);
        break;
    case 9:
        jingle_add_ice_server(engine->jingle, record->text[0], record->text[0], NULL);
        break;
    case 10:
        fuzz_look_around(engine);
        break;
    case 11:
        fuzz_register(world, record);
        break;
    default:
        break;
    }
}

/* ---- contents ------------------------------------------------------------------------------ */

static jingle_content_t *content_of(fuzz_world_t *world, uint8_t session, uint8_t index)
{
    jingle_session_t *of = fuzz_session(world, session);
    jingle_content_t *content = NULL;

    if (!of || !jingle_session_is_managed(of))
        return NULL;
    content = jingle_session_next_content(of, NULL);
    for (index %= 4; index && content; index--)
        content = jingle_session_next_content(of, content);
    return content;
}

static void add(fuzz_world_t *world, const fuzz_record_t *record)
{
    static const char *const names[] = {"c", "d", "f", NULL};
    static const char *const transports[] = {NULL, STUB_T1, STUB_T2, STUB_DG};

    jingle_session_add_content(
        fuzz_session(world, record->octet[0]),
        JINGLE_CONTENT(.application = record->octet[1] & 4 ? STUB_APP2 : STUB_APP,
                       .name = names[record->octet[1] % 4],
                       .senders = (jingle_senders_t)(record->octet[2] % 5),
                       .transport = transports[record->octet[3] % 4],
                       .security = record->octet[3] & 4 ? STUB_SEC : NULL),
        NULL);
}

static void change(fuzz_world_t *world, const fuzz_record_t *record)
{
    jingle_content_t *content = content_of(world, record->octet[0], record->octet[1]);
    jingle_reason_t reason = {.condition = condition_of(record->octet[3])};

    if (!content)
        return;
    switch (record->octet[2] % 7) {
    case 0:
        jingle_content_accept(content);
        break;
    case 1:
        jingle_content_reject(content, record->octet[3] & 1 ? &reason : NULL);
        break;
    case 2:
        jingle_content_remove(content, record->octet[3] & 1 ? &reason : NULL);
        break;
    case 3:
        jingle_content_modify(content, (jingle_senders_t)(record->octet[3] % 5));
        break;
    case 4:
        jingle_content_done(content, record->octet[3] & 1);
        break;
    case 5:
        jingle_content_replace_transport(content, record->octet[3] & 1 ? STUB_T2 : NULL);
        break;
    default:
        jingle_session_accept(fuzz_session(world, record->octet[0]));
        break;
    }
}

static void part_says(fuzz_world_t *world, const fuzz_record_t *record)
{
    static const stub_plugin_id_t ids[] = {STUB_A, STUB_B, STUB_1, STUB_2, STUB_3, STUB_D, STUB_S};
    static const char *const names[] = {"c", "d", "f", "a"};
    stub_part_t *part =
        stub_find(world->stub, ids[record->octet[0] % 7], names[record->octet[1] % 4]);
    bool is_transport = record->octet[0] % 7 >= 2 && record->octet[0] % 7 <= 5;

    if (!part)
        return;
    switch (record->octet[2] % 6) {
    case 0:
        if (is_transport)
            jingle_part_ready(part->part);
        break;
    case 1:
        part->tells = 1;
        stub_news(part);
        break;
    case 2:
        if (is_transport)
            stub_open(part, 1);
        break;
    case 3:
        jingle_part_fail(part->part, condition_of(record->octet[2] / 6), NULL);
        break;
    case 4:
        if (is_transport)
            jingle_part_done(part->part);
        break;
    default:
        if (part->channel)
            jingle_channel_send(part->channel, "data", 4);
        break;
    }
}

static void set_plan(fuzz_world_t *world, const fuzz_record_t *record)
{
    stub_plan_t *plan = &world->stub->plan[record->octet[0] % STUB_PLUGINS];
    bool *flags[] = {&plan->later,    &plan->waits,       &plan->fails,   &plan->breaks,
                     &plan->holds,    &plan->accepts,     &plan->rejects, &plan->resumable,
                     &plan->peaceful, &plan->in_transport};
    static const int results[] = {JINGLE_EOK, JINGLE_EMEM, JINGLE_EINT, JINGLE_EOK};

    if (record->octet[1] % 16 < 10)
        *flags[record->octet[1] % 16] = record->octet[2] & 1;
    else if (record->octet[1] % 16 == 10)
        plan->verdict = (jingle_check_t)(record->octet[2] % 3);
    else if (record->octet[1] % 16 == 11)
        plan->why = condition_of(record->octet[2]);
    else
        plan->result[record->octet[2] % STUB_PREPARE] = results[record->octet[2] / 32 % 4];
}

/* ---- all ----------------------------------------------------------------------------------- */

void fuzz_call_back(fuzz_world_t *world)
{
    fuzz_record_t record = {.text = {"", ""}};
    fuzz_input_t none = {0};
    uint8_t plan = world->n_plan && world->depth < NESTED ? world->plan[--world->n_plan] : 0;
    static const fuzz_kind_t kinds[] = {FUZZ_START,   FUZZ_ACCEPT,  FUZZ_END,    FUZZ_COMPLETE,
                                        FUZZ_SESSION, FUZZ_MANAGER, FUZZ_CREATE, FUZZ_CHANGE,
                                        FUZZ_PART,    FUZZ_PROCESS, FUZZ_SEND,   FUZZ_ADD};

    /* Small numbers are what handlers do with their replies. */
    if (plan < 64 || !fuzz_lives(world))
        return;
    record.kind = kinds[plan % 12];
    record.octet[0] = (uint8_t)(record.kind == FUZZ_MANAGER ? 0xf0 + plan / 12 % 6 : plan / 12);
    record.octet[1] = record.octet[2] = record.octet[3] = plan;
    world->depth++;
    fuzz_call(world, &record, &none);
    world->depth--;
}

void fuzz_call(fuzz_world_t *world, const fuzz_record_t *record, fuzz_input_t *in)
{
    switch (record->kind) {
    case FUZZ_CREATE:
        create(world, record);
        break;
    case FUZZ_START:
        jingle_session_start(fuzz_session(world, record->octet[0]));
        break;
    case FUZZ_ACCEPT:
        jingle_session_accept(fuzz_session(world, record->octet[0]));
        break;
    case FUZZ_END:
        end(world, record);
        break;
    case FUZZ_SEND:
        send_action(world, record, in);
        break;
    case FUZZ_PROCESS:
        process(world, record);
        break;
    case FUZZ_COMPLETE:
        complete(world, record);
        break;
    case FUZZ_BEHAVE:
        if (world->n_plan < sizeof world->plan)
            world->plan[world->n_plan++] = record->octet[0];
        break;
    case FUZZ_SESSION:
        on_session(world, record);
        break;
    case FUZZ_MANAGER:
        on_manager(world, record);
        break;
    case FUZZ_ADD:
        add(world, record);
        break;
    case FUZZ_CHANGE:
        change(world, record);
        break;
    case FUZZ_PART:
        part_says(world, record);
        break;
    case FUZZ_PLAN:
        set_plan(world, record);
        break;
    default:
        break;
    }
}
