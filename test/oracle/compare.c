/* SPDX-License-Identifier: MIT */
/** @file
 *  Compares what was observed with what a step expects, FORMAT section 5. */
#include "player.h"

#include <stdlib.h>
#include <string.h>

#include "canon.h"
#include "scenario.h"
#include "support/xml_reader.h"

/* ---- the expectation, made comparable ---- */

/* An XML payload in the same canonical form as what we observe; left alone when it is none. */
static json_t *canonical(player_t *player, const char *payload)
{
    text_t text = {0};
    char error[64];
    xmpp_stanza_t *element;
    json_t *made = NULL;

    text_printf(&text, "<jingle xmlns='%s'>%s</jingle>", JINGLE_NS, payload);
    element = xml_read(player->ctx, text_str(&text), text.len, error, sizeof error);
    text_clear(&text);
    if (!element)
        return json_string(payload);
    canon_children(&text, element, JINGLE_NS);
    xmpp_stanza_release(element);
    made = json_string(text_str(&text));
    text_clear(&text);
    return made;
}

static json_t *expand_string(player_t *player, const char *string, bool is_payload)
{
    text_t text = {0};
    json_t *made;

    if (!label_expand(player, string, is_payload, &text)) {
        text_clear(&text);
        text_puts(&text, string);
    }
    made = is_payload ? canonical(player, text_str(&text)) : json_string(text_str(&text));
    text_clear(&text);
    return made;
}

/* A copy with placeholders replaced and payloads canonical. */
static json_t *expand(player_t *player, json_t *value, const char *key)
{
    const char *name;
    json_t *made, *item;
    size_t i;

    if (json_is_string(value))
        return expand_string(player, json_string_value(value), key && strcmp(key, "payload") == 0);
    if (json_is_array(value)) {
        made = json_array();
        json_array_foreach(value, i, item) json_array_append_new(made, expand(player, item, NULL));
        return made;
    }
    if (!json_is_object(value))
        return json_incref(value);
    made = json_object();
    json_object_foreach(value, name, item)
        json_object_set_new(made, name, expand(player, item, name));
    return made;
}

/* initiator and responder count only where they are expected. */
static void drop_unasked(json_t *expected, json_t *got)
{
    static const char *const optional[] = {"initiator", "responder"};
    json_t *want, *have;
    size_t i, k;

    json_array_foreach(expected, i, want)
    {
        have = json_array_get(got, i);
        for (k = 0; k < 2; k++)
            if (!json_object_get(want, optional[k]))
                json_object_del(have, optional[k]);
    }
}

/* ---- unordered steps ---- */

typedef struct {
    const char *session;
    size_t index;
    json_t *event;
} sortable_t;

static int by_session(const void *a, const void *b)
{
    const sortable_t *one = a, *other = b;
    int order = strcmp(one->session, other->session);

    if (order != 0)
        return order;
    return one->index < other->index ? -1 : one->index > other->index;
}

static bool is_send(const json_t *event)
{
    const char *name = json_string_value(json_object_get(event, "event"));

    return name && strcmp(name, "send") == 0;
}

/* Events with their stanzas in them, in the order of sessions; answers, which name none, first. */
static json_t *sorted(json_t *events, json_t *out)
{
    size_t i, n = json_array_size(events);
    sortable_t *list = text_alloc(n * sizeof *list);
    json_t *made = json_array(), *event;
    const char *session;

    json_array_foreach(events, i, event)
    {
        if (is_send(event))
            event = json_array_get(out, (size_t)json_integer_value(json_object_get(event, "out")));
        session = json_string_value(json_object_get(event, "session"));
        list[i] = (sortable_t){session ? session : "", i, event};
    }
    qsort(list, n, sizeof *list, by_session);
    for (i = 0; i < n; i++)
        json_array_append(made, list[i].event);
    free(list);
    return made;
}

/* ---- differences in words ---- */

static void add_json(text_t *why, const char *prefix, json_t *value)
{
    char *dump = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);

    text_printf(why, "%s%s\n", prefix, dump ? dump : "(nothing)");
    free(dump);
}

/* Both lists line by line: "-" expected, "+" got. */
static bool same_lists(const char *what, json_t *expected, json_t *got, text_t *why)
{
    size_t i, n = json_array_size(expected), m = json_array_size(got);
    json_t *want, *have;

    if (json_equal(expected, got))
        return true;
    text_printf(why, "  %s: expected %zu (-), got %zu (+)\n", what, n, m);
    for (i = 0; i < n || i < m; i++) {
        want = json_array_get(expected, i);
        have = json_array_get(got, i);
        if (want && have && json_equal(want, have)) {
            add_json(why, "      ", want);
            continue;
        }
        if (want)
            add_json(why, "    - ", want);
        if (have)
            add_json(why, "    + ", have);
    }
    return false;
}

static bool same_sessions(json_t *expected, json_t *got, text_t *why)
{
    json_t *want, *have;
    const char *label;
    bool same = true;

    json_object_foreach(expected, label, want)
    {
        have = json_object_get(got, label);
        if (have && json_equal(want, have))
            continue;
        same = false;
        text_printf(why, "  session %s:\n", label);
        add_json(why, "    - ", want);
        if (have)
            add_json(why, "    + ", have);
    }
    json_object_foreach(got, label, have)
    {
        if (json_object_get(expected, label) || !json_is_true(json_object_get(have, "tracked")))
            continue;
        same = false;
        text_printf(why, "  session %s is tracked, and not expected:\n", label);
        add_json(why, "    + ", have);
    }
    return same;
}

static bool same_observations(json_t *step, json_t *expected, json_t *got, text_t *why)
{
    json_t *out = json_object_get(expected, "out"), *got_out = json_object_get(got, "out");
    json_t *events = json_object_get(expected, "events"),
           *got_events = json_object_get(got, "events");
    bool same;

    if (!json_is_true(json_object_get(step, "unordered"))) {
        drop_unasked(out, got_out);
        same = same_lists("out", out, got_out, why);
        same = same_lists("events", events, got_events, why) && same;
        return same;
    }
    events = sorted(events, out);
    got_events = sorted(got_events, got_out);
    drop_unasked(events, got_events);
    same = same_lists("events (in the order of sessions)", events, got_events, why);
    if (json_array_size(out) != json_array_size(got_out))
        same = same_lists("out", out, got_out, why);
    json_decref(events);
    json_decref(got_events);
    return same;
}

bool compare_step(player_t *player, json_t *step, json_t *got, text_t *why)
{
    json_t *wanted = scenario_expectation(step), *expected;
    bool skipped, same;

    if (json_is_null(wanted)) /* nothing is known of this step */
        return true;
    expected = expand(player, wanted, NULL);
    skipped = json_is_true(json_object_get(expected, "skipped"));
    if (skipped || json_object_get(got, "skipped")) {
        same = skipped && json_object_get(got, "skipped");
        if (!same)
            text_puts(why, skipped ? "  was to be skipped, but was not\n"
                                   : "  was skipped, but should not have been\n");
    } else {
        same = same_observations(step, expected, got, why);
        same = same_sessions(json_object_get(expected, "sessions"),
                             json_object_get(got, "sessions"), why) &&
               same;
    }
    json_decref(expected);
    return same;
}
