/* SPDX-License-Identifier: MIT */
/** @file
 *  The names on the wire and the words for people, all from the lists in names.h. */
#include <jingle/names.h>

#include <stddef.h>
#include <string.h>

#define LEN(a) (sizeof(a) / sizeof((a)[0]))

/** A name and its length: the length rules most candidates out. */
typedef struct {
    const char *text;
    size_t len;
} name_t;

#define NAME(s)                                                                                    \
    {                                                                                              \
        (s), sizeof(s) - 1                                                                         \
    }

/** @return the index, or 0, which is "none" in the lists this is used with */
static size_t find(const name_t *names, size_t n, const char *name)
{
    size_t len;

    if (!name)
        return 0;
    len = strlen(name);
    for (size_t i = 1; i < n; i++) {
        if (names[i].len == len && names[i].text[0] == name[0] &&
            memcmp(names[i].text, name, len) == 0)
            return i;
    }
    return 0;
}

const char *jingle_strerror(int code)
{
    switch (code) {
#define JINGLE_X(name, value, words)                                                               \
    case value:                                                                                    \
        return words;
        JINGLE_CODES(JINGLE_X)
#undef JINGLE_X
    default:
        return "unknown error";
    }
}

static const name_t actions[JINGLE_ACTION_COUNT] = {
#define JINGLE_X(name, wire, handler) [JINGLE_ACTION_##name] = NAME(wire),
    JINGLE_ACTIONS(JINGLE_X)
#undef JINGLE_X
};

const char *jingle_action_name(jingle_action_t action)
{
    return (unsigned)action < LEN(actions) ? actions[action].text : NULL;
}

jingle_action_t jingle_action_from_name(const char *name)
{
    return (jingle_action_t)find(actions, LEN(actions), name);
}

static const char *const states[JINGLE_STATE_COUNT] = {
#define JINGLE_X(name, wire) [JINGLE_STATE_##name] = (wire),
    JINGLE_STATES(JINGLE_X)
#undef JINGLE_X
};

const char *jingle_state_name(jingle_state_t state)
{
    return (unsigned)state < LEN(states) ? states[state] : "?";
}

static const char *const connections[JINGLE_CONNECTION_COUNT] = {
#define JINGLE_X(name, wire) [JINGLE_CONNECTION_##name] = (wire),
    JINGLE_CONNECTIONS(JINGLE_X)
#undef JINGLE_X
};

const char *jingle_connection_name(jingle_connection_t connection)
{
    return (unsigned)connection < LEN(connections) ? connections[connection] : "?";
}

static const char *const creators[] = {
    [JINGLE_CREATOR_INITIATOR] = "initiator",
    [JINGLE_CREATOR_RESPONDER] = "responder",
};

const char *jingle_creator_name(jingle_creator_t creator)
{
    return (unsigned)creator < LEN(creators) ? creators[creator] : NULL;
}

jingle_creator_t jingle_creator_from_name(const char *name)
{
    if (!name || strcmp(name, "initiator") == 0)
        return JINGLE_CREATOR_INITIATOR;
    return strcmp(name, "responder") == 0 ? JINGLE_CREATOR_RESPONDER : JINGLE_CREATOR_INVALID;
}

static const char *const senders_names[] = {
    [JINGLE_SENDERS_BOTH] = "both",
    [JINGLE_SENDERS_INITIATOR] = "initiator",
    [JINGLE_SENDERS_NONE] = "none",
    [JINGLE_SENDERS_RESPONDER] = "responder",
};

const char *jingle_senders_name(jingle_senders_t senders)
{
    return (unsigned)senders < LEN(senders_names) ? senders_names[senders] : NULL;
}

jingle_senders_t jingle_senders_from_name(const char *name)
{
    if (!name)
        return JINGLE_SENDERS_BOTH;
    for (size_t i = 0; i < LEN(senders_names); i++) {
        if (strcmp(senders_names[i], name) == 0)
            return (jingle_senders_t)i;
    }
    return JINGLE_SENDERS_INVALID;
}

static const name_t reasons[JINGLE_REASON_COUNT] = {[JINGLE_REASON_UNDEFINED] = NAME("undefined"),
#define JINGLE_X(name, wire, words) [JINGLE_REASON_##name] = NAME(wire),
                                                    JINGLE_REASONS(JINGLE_X)
#undef JINGLE_X
};

static const char *const reason_words[JINGLE_REASON_COUNT] = {[JINGLE_REASON_UNDEFINED] =
                                                                  "no reason was given",
#define JINGLE_X(name, wire, words) [JINGLE_REASON_##name] = (words),
                                                              JINGLE_REASONS(JINGLE_X)
#undef JINGLE_X
};

static size_t reason_index(jingle_condition_t condition)
{
    return (unsigned)condition < JINGLE_REASON_COUNT ? (size_t)condition : JINGLE_REASON_UNDEFINED;
}

const char *jingle_reason_name(jingle_condition_t condition)
{
    return reasons[reason_index(condition)].text;
}

const char *jingle_reason_words(jingle_condition_t condition)
{
    return reason_words[reason_index(condition)];
}

jingle_condition_t jingle_reason_from_name(const char *name)
{
    return (jingle_condition_t)find(reasons, LEN(reasons), name);
}
