/* SPDX-License-Identifier: MIT */
/** @file
 *  The operations of a step, FORMAT section 3. */
#include "player.h"

#include <stdlib.h>
#include <string.h>

#include "support/xml_reader.h"

#define MAX_APPLICATIONS 64

typedef op_result_t (*op_fn)(player_t *player, json_t *step, jingle_session_t *session);

static const char *get(json_t *step, const char *key)
{
    return json_string_value(json_object_get(step, key));
}

static op_result_t op_receive(player_t *player, json_t *step, jingle_session_t *session)
{
    const char *xml = get(step, "xml");
    text_t text = {0};
    char error[128] = "";
    xmpp_stanza_t *stanza;

    (void)session;
    if (!label_expand(player, xml ? xml : "", true, &text)) {
        text_clear(&text);
        return OP_SKIPPED;
    }
    stanza = xml_read(player->ctx, text_str(&text), text.len, error, sizeof error);
    text_clear(&text);
    if (!stanza) {
        player_fault(player, "the scenario's stanza is not XML: %s", error);
        return OP_DONE;
    }
    ledger_receive(player, stanza);
    jingle_receive(player->jingle, stanza);
    xmpp_stanza_release(stanza);
    return OP_DONE;
}

static op_result_t op_create(player_t *player, json_t *step, jingle_session_t *session)
{
    const char *applications[MAX_APPLICATIONS];
    const char *role = get(step, "role"), *type = get(step, "type"), *peer = get(step, "peer");
    json_t *list = json_object_get(step, "applications"), *item;
    size_t i, n = 0;

    (void)session;
    json_array_foreach(list, i, item) if (json_is_string(item) && n < MAX_APPLICATIONS)
        applications[n++] = json_string_value(item);
    if (type && !type_named(type))
        player_fault(player, "there is no session type %s", type);
    jingle_session_new(
        player->jingle, peer,
        JINGLE_SESSION(.sid = get(step, "sid"), .type = type ? type_named(type) : NULL,
                       .type_userdata = player, .applications = applications, .n_applications = n,
                       .role = role && strcmp(role, "responder") == 0 ? JINGLE_ROLE_RESPONDER
                                                                      : JINGLE_ROLE_INITIATOR),
        NULL);
    return OP_DONE;
}

static op_result_t op_start(player_t *player, json_t *step, jingle_session_t *session)
{
    (void)player, (void)step;
    jingle_session_start(session);
    return OP_DONE;
}

static op_result_t op_accept(player_t *player, json_t *step, jingle_session_t *session)
{
    (void)player, (void)step;
    jingle_session_accept(session);
    return OP_DONE;
}

static op_result_t op_cancel(player_t *player, json_t *step, jingle_session_t *session)
{
    (void)player, (void)step;
    jingle_session_cancel(session);
    return OP_DONE;
}

static op_result_t op_decline(player_t *player, json_t *step, jingle_session_t *session)
{
    (void)player, (void)step;
    jingle_session_decline(session);
    return OP_DONE;
}

/* How to end, as the step says; what it does not say is left to the library. */
static jingle_end_t end_of(player_t *player, json_t *step)
{
    const char *reason = get(step, "reason");
    jingle_end_t end = {.size = sizeof end,
                        .condition = jingle_reason_from_name(reason),
                        .text = get(step, "text"),
                        .alternative_sid = get(step, "alt_sid"),
                        .silent = json_is_true(json_object_get(step, "silent"))};

    if (reason && end.condition == JINGLE_REASON_UNDEFINED)
        player_fault(player, "there is no reason %s", reason);
    return end;
}

/* Nothing said at all: NULL, so that both ways to leave all to the library are used. */
static const jingle_end_t *or_default(const jingle_end_t *end)
{
    bool said = end->condition || end->text || end->alternative_sid || end->silent;

    return said ? end : NULL;
}

static op_result_t op_end(player_t *player, json_t *step, jingle_session_t *session)
{
    jingle_end_t end = end_of(player, step);

    jingle_session_end(session, or_default(&end));
    return OP_DONE;
}

static op_result_t op_end_peer(player_t *player, json_t *step, jingle_session_t *session)
{
    jingle_end_t end = end_of(player, step);

    (void)session;
    jingle_end_peer_sessions(player->jingle, get(step, "peer"), or_default(&end));
    return OP_DONE;
}

static op_result_t op_end_all(player_t *player, json_t *step, jingle_session_t *session)
{
    jingle_end_t end = end_of(player, step);

    (void)session;
    jingle_end_all_sessions(player->jingle, or_default(&end));
    return OP_DONE;
}

/* The payload becomes data by way of the library's own parser. */
static op_result_t op_send(player_t *player, json_t *step, jingle_session_t *session)
{
    const char *action = get(step, "action"), *payload = get(step, "payload");
    const jingle_data_t *data = NULL;
    xmpp_stanza_t *element = NULL;
    text_t text = {0};
    char error[128] = "";

    text_printf(&text, "<jingle xmlns='%s'>%s</jingle>", JINGLE_NS, payload ? payload : "");
    element = xml_read(player->ctx, text_str(&text), text.len, error, sizeof error);
    text_clear(&text);
    if (!element || jingle_data_new(NULL, element, &data) != JINGLE_EOK)
        player_fault(player, "the scenario's payload cannot be read: %s", error);
    else
        jingle_session_send(session, jingle_action_from_name(action), data);
    jingle_data_free(data);
    if (element)
        xmpp_stanza_release(element);
    return OP_DONE;
}

static op_result_t op_complete(player_t *player, json_t *step, jingle_session_t *session)
{
    json_t *error = json_object_get(step, "error");
    const char *id = get(step, "id");
    jingle_error_t said = {.type = get(error, "type"),
                           .condition = get(error, "condition"),
                           .jingle = get(error, "jingle")};

    (void)session;
    return type_complete(player, id ? id : "", error ? &said : NULL) ? OP_DONE : OP_SKIPPED;
}

static op_result_t op_set_state(player_t *player, json_t *step, jingle_session_t *session)
{
    const char *name = get(step, "state");
    int state = 0;

    while (state < JINGLE_STATE_COUNT &&
           (!name || strcmp(jingle_state_name((jingle_state_t)state), name) != 0))
        state++;
    if (state == JINGLE_STATE_COUNT)
        player_fault(player, "there is no state %s", name ? name : "(none)");
    else
        jingle_session_set_state(session, (jingle_state_t)state);
    return OP_DONE;
}

static op_result_t op_set_connection(player_t *player, json_t *step, jingle_session_t *session)
{
    const char *name = get(step, "connection");
    int connection = 0;

    while (connection < JINGLE_CONNECTION_COUNT &&
           (!name || strcmp(jingle_connection_name((jingle_connection_t)connection), name) != 0))
        connection++;
    if (connection == JINGLE_CONNECTION_COUNT)
        player_fault(player, "there is no connection state %s", name ? name : "(none)");
    else
        jingle_session_set_connection(session, (jingle_connection_t)connection);
    return OP_DONE;
}

static const struct {
    const char *name;
    op_fn perform;
    bool of_session;
} ops[] = {
    {"receive", op_receive, false},
    {"create", op_create, false},
    {"start", op_start, true},
    {"accept", op_accept, true},
    {"cancel", op_cancel, true},
    {"decline", op_decline, true},
    {"end", op_end, true},
    {"send", op_send, true},
    {"complete", op_complete, false},
    {"end_peer", op_end_peer, false},
    {"end_all", op_end_all, false},
    {"set_state", op_set_state, true},
    {"set_connection", op_set_connection, true},
};

op_result_t op_perform(player_t *player, json_t *step, jingle_session_t *session)
{
    const char *name = get(step, "op");
    named_t *named;
    size_t i;

    for (i = 0; i < sizeof ops / sizeof ops[0]; i++)
        if (name && strcmp(ops[i].name, name) == 0)
            break;
    if (i == sizeof ops / sizeof ops[0]) {
        player_fault(player, "there is no op %s", name ? name : "(none)");
        return OP_DONE;
    }
    if (!session) {
        named = label_find(player, get(step, "session"));
        session = named ? named->session : NULL;
    }
    if (ops[i].of_session && !session)
        return OP_SKIPPED;
    return ops[i].perform(player, step, session);
}
