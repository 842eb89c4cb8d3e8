/* SPDX-License-Identifier: MIT */
/** @file
 *  Records what the library sends and announces, in the terms of FORMAT section 4. */
#include "player.h"

#include <stdlib.h>
#include <string.h>

#include "canon.h"
#include "support/xml_reader.h"

#define NS_CLIENT "jabber:client"

/* An event whose handler does what causes the same event again would go on for ever. */
#define MAX_DEPTH 64

static void set_string(json_t *object, const char *key, const char *value)
{
    if (value)
        json_object_set_new(object, key, json_string(value));
}

/* What the format has no place for, so that it is never equal to what is expected. */
static void set_strange(json_t *out, const char *what, const char *value)
{
    text_t text = {0};

    text_printf(&text, "%s %s", what, value ? value : "");
    json_object_set_new(out, "unexpected", json_string(text_str(&text)));
    text_clear(&text);
}

static void note_strange_attributes(json_t *out, xmpp_stanza_t *element, const char *const *known)
{
    const char *pairs[64];
    int count = xmpp_stanza_get_attributes(element, pairs, 64);
    size_t k;
    int i;

    for (i = 0; i + 1 < count; i += 2) {
        for (k = 0; known[k] && strcmp(known[k], pairs[i]) != 0; k++)
            continue;
        if (!known[k])
            set_strange(out, "attribute", pairs[i]);
    }
}

static bool is_element(xmpp_stanza_t *element, const char *name, const char *ns)
{
    const char *own = element ? xmpp_stanza_get_ns(element) : NULL;

    return own && strcmp(own, ns) == 0 &&
           (!name || strcmp(xmpp_stanza_get_name(element), name) == 0);
}

/* <error type=TYPE><CONDITION/><JINGLE/></error>, and nothing else. */
static json_t *observe_error(json_t *out, xmpp_stanza_t *error)
{
    static const char *const known[] = {"xmlns", "type", NULL};
    xmpp_stanza_t *condition = error ? canon_first(error) : NULL;
    xmpp_stanza_t *jingle = condition ? canon_next(condition) : NULL;
    json_t *observed = json_object();

    if (!error || strcmp(xmpp_stanza_get_name(error), "error") != 0) {
        set_strange(out, "no error in", "the error");
        return observed;
    }
    note_strange_attributes(out, error, known);
    set_string(observed, "type", xmpp_stanza_get_attribute(error, "type"));
    if (is_element(condition, NULL, JINGLE_NS_STANZAS))
        set_string(observed, "condition", xmpp_stanza_get_name(condition));
    if (is_element(jingle, NULL, JINGLE_NS_ERRORS))
        set_string(observed, "jingle", xmpp_stanza_get_name(jingle));
    else if (jingle)
        set_strange(out, "element", xmpp_stanza_get_name(jingle));
    if (jingle && canon_next(jingle))
        set_strange(out, "element", xmpp_stanza_get_name(canon_next(jingle)));
    return observed;
}

static void note_sent(player_t *player, const named_t *named, const char *action, const char *id)
{
    sent_t *grown = realloc(player->sent, (player->n_sent + 1) * sizeof *grown);

    if (!grown)
        abort();
    player->sent = grown;
    grown[player->n_sent].session = (size_t)(named - player->sessions);
    grown[player->n_sent].action = text_dup(action ? action : "");
    grown[player->n_sent++].id = text_dup(id);
}

/* "*" for an id that is not empty and was not used before. */
static const char *judge_id(player_t *player, const char *id)
{
    size_t i;

    for (i = 0; i < player->n_sent; i++)
        if (id && strcmp(player->sent[i].id, id) == 0)
            return id;
    return id && *id ? "*" : id;
}

static void observe_request(player_t *player, json_t *out, xmpp_stanza_t *iq)
{
    static const char *const known[] = {"xmlns", "action", "sid", "initiator", "responder", NULL};
    xmpp_stanza_t *jingle = canon_first(iq);
    const char *id = xmpp_stanza_get_id(iq), *sid, *action;
    text_t payload = {0};
    named_t *named;

    set_string(out, "id", judge_id(player, id));
    if (!is_element(jingle, "jingle", JINGLE_NS) || canon_next(jingle)) {
        set_strange(out, "request that is not Jingle", "");
        return;
    }
    note_strange_attributes(out, jingle, known);
    action = xmpp_stanza_get_attribute(jingle, "action");
    sid = xmpp_stanza_get_attribute(jingle, "sid");
    set_string(out, "action", action);
    set_string(out, "sid", sid);
    set_string(out, "initiator", xmpp_stanza_get_attribute(jingle, "initiator"));
    set_string(out, "responder", xmpp_stanza_get_attribute(jingle, "responder"));
    canon_children(&payload, jingle, JINGLE_NS);
    set_string(out, "payload", text_str(&payload));
    text_clear(&payload);
    named = label_of_stanza(player, xmpp_stanza_get_to(iq), sid,
                            action && strcmp(action, "session-terminate") == 0);
    if (!named) {
        player_fault(player, "a %s was sent for a session that was never announced", action);
        return;
    }
    set_string(out, "session", named->label);
    note_sent(player, named, action, id ? id : "");
}

static json_t *observe_stanza(player_t *player, xmpp_stanza_t *iq)
{
    static const char *const known[] = {"xmlns", "type", "id", "to", "from", NULL};
    const char *type = xmpp_stanza_get_type(iq), *from = xmpp_stanza_get_from(iq);
    json_t *config = json_object_get(player->scenario, "config");
    const char *own = json_string_value(json_object_get(config, "self"));
    json_t *out = json_object();

    set_string(out, "to", xmpp_stanza_get_to(iq));
    set_string(out, "type", type);
    note_strange_attributes(out, iq, known);
    if (from && !(own && strcmp(own, from) == 0))
        set_strange(out, "from", from);
    if (strcmp(xmpp_stanza_get_name(iq), "iq") != 0 ||
        strcmp(canon_ns(iq, NS_CLIENT), NS_CLIENT) != 0)
        set_strange(out, "stanza", xmpp_stanza_get_name(iq));
    if (type && strcmp(type, "set") == 0) {
        observe_request(player, out, iq);
        return out;
    }
    set_string(out, "id", xmpp_stanza_get_id(iq));
    if (type && strcmp(type, "error") == 0) {
        xmpp_stanza_t *child = canon_first(iq);

        if (is_element(child, "jingle", JINGLE_NS)) /* the request, repeated: not compared */
            child = canon_next(child);
        json_object_set_new(out, "error", observe_error(out, child));
    } else if (canon_first(iq)) {
        set_strange(out, "element", xmpp_stanza_get_name(canon_first(iq)));
    }
    return out;
}

/* Does what the config wants done at once when this event is announced. */
static void react(player_t *player, const char *event, jingle_session_t *session)
{
    json_t *config = json_object_get(player->scenario, "config");
    json_t *op = json_object_get(json_object_get(config, "on"), event);

    if (!op || !session)
        return;
    if (player->depth >= MAX_DEPTH) {
        player_fault(player, "the event %s causes itself without end", event);
        return;
    }
    player->depth++;
    op_perform(player, op, session);
    player->depth--;
}

int observe_send(jingle_t *jingle, const char *xml, size_t len, void *userdata)
{
    player_t *player = userdata;
    char error[128] = "";
    xmpp_stanza_t *iq = xml_read(player->ctx, xml, len, error, sizeof error);
    named_t *named;
    json_t *out;

    (void)jingle;
    if (!iq) {
        player_fault(player, "sent what is not XML (%s): %.*s", error, (int)len, xml);
        return JINGLE_EOK;
    }
    out = observe_stanza(player, iq);
    xmpp_stanza_release(iq);
    ledger_send(player, out);
    json_array_append_new(player->events, json_pack("{s:s,s:I}", "event", "send", "out",
                                                    (json_int_t)json_array_size(player->out)));
    json_array_append_new(player->out, out);
    named = label_find(player, json_string_value(json_object_get(out, "session")));
    react(player, "send", named ? named->session : NULL);
    return JINGLE_EOK;
}

static json_t *observe_reason(const jingle_reason_t *reason)
{
    json_t *observed = json_object();

    if (reason->condition == JINGLE_REASON_UNDEFINED)
        json_object_set_new(observed, "condition", json_null());
    else
        set_string(observed, "condition", jingle_reason_name(reason->condition));
    set_string(observed, "text", reason->text);
    set_string(observed, "sid", reason->alternative_sid);
    return observed;
}

static void add_error(json_t *event, const jingle_error_t *error)
{
    json_object_set_new(event, "type", error->type ? json_string(error->type) : json_null());
    json_object_set_new(event, "condition",
                        error->condition ? json_string(error->condition) : json_null());
    set_string(event, "jingle", error->jingle);
}

static const char *const event_names[] = {[JINGLE_EVENT_CREATED] = "createdSession",
                                          [JINGLE_EVENT_INCOMING] = "incoming",
                                          [JINGLE_EVENT_OUTGOING] = "outgoing",
                                          [JINGLE_EVENT_STATE] = "state",
                                          [JINGLE_EVENT_CONNECTION] = "connection",
                                          [JINGLE_EVENT_TERMINATED] = "terminated",
                                          [JINGLE_EVENT_ERROR] = "error"};

void observe_event(jingle_t *jingle, const jingle_event_t *event, void *userdata)
{
    player_t *player = userdata;
    const char *name;
    json_t *observed;
    named_t *named;

    (void)jingle;
    if (event->type == JINGLE_EVENT_LOG)
        return;
    name = event_names[event->type];
    named = event->type == JINGLE_EVENT_CREATED ? label_bind(player, event->session)
                                                : label_of(player, event->session);
    if (!named) {
        player_fault(player, "%s of a session that was never announced", name);
        return;
    }
    named->over = named->over || event->type == JINGLE_EVENT_TERMINATED;
    observed = json_pack("{s:s,s:s}", "event", name, "session", named->label);
    if (event->type == JINGLE_EVENT_STATE)
        set_string(observed, "value", jingle_state_name(event->state));
    else if (event->type == JINGLE_EVENT_CONNECTION)
        set_string(observed, "value", jingle_connection_name(event->connection));
    else if (event->type == JINGLE_EVENT_TERMINATED)
        json_object_set_new(observed, "reason", observe_reason(event->reason));
    else if (event->type == JINGLE_EVENT_ERROR)
        add_error(observed, event->error);
    json_array_append_new(player->events, observed);
    react(player, name, named->session);
}

static json_t *observe_session(const jingle_session_t *session)
{
    const char *pending = jingle_action_name(jingle_session_get_pending_action(session));

    return json_pack(
        "{s:s,s:s,s:o,s:b,s:b}", "state", jingle_state_name(jingle_session_get_state(session)),
        "connection", jingle_connection_name(jingle_session_get_connection(session)),
        "pending_action", pending ? json_string(pending) : json_null(), "initiator",
        jingle_session_is_initiator(session), "tracked", jingle_session_is_tracked(session));
}

typedef struct {
    player_t *player;
    size_t listed;
} listing_t;

static bool check_listed(jingle_session_t *session, void *userdata)
{
    listing_t *listing = userdata;
    player_t *player = listing->player;

    listing->listed++;
    if (!label_of(player, session) || !jingle_session_is_tracked(session))
        player_fault(player, "the manager lists a session that it does not track");
    if (jingle_find_session(player->jingle, NULL, jingle_session_get_peer(session),
                            jingle_session_get_sid(session)) != session)
        player_fault(player, "the manager does not find a session that it lists");
    return true;
}

/* The manager's own list, count and look-up must agree with what each session says. */
static void check_manager(player_t *player, size_t tracked)
{
    listing_t listing = {.player = player};
    size_t visited = jingle_each_session(player->jingle, check_listed, &listing);

    if (listing.listed != tracked || visited != tracked ||
        jingle_count_sessions(player->jingle) != tracked)
        player_fault(player, "%zu sessions are tracked, %zu listed, %zu counted", tracked,
                     listing.listed, jingle_count_sessions(player->jingle));
}

json_t *observe_sessions(player_t *player)
{
    json_t *listed = json_object(), *values;
    size_t i, tracked = 0;
    named_t *named;

    for (i = 0; i < player->n_sessions; i++) {
        named = &player->sessions[i];
        values = observe_session(named->session);
        if (jingle_session_is_tracked(named->session))
            tracked++;
        if (jingle_session_is_tracked(named->session) || !named->values ||
            !json_equal(values, named->values))
            json_object_set(listed, named->label, values);
        json_decref(named->values);
        named->values = values;
    }
    check_manager(player, tracked);
    return listed;
}
