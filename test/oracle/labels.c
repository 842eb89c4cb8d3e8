/* SPDX-License-Identifier: MIT */
/** @file
 *  Names of sessions, and the placeholders that stand for what the library makes up. */
#include "player.h"

#include <stdlib.h>
#include <string.h>

#define MAX_PLACEHOLDER 256

named_t *label_find(player_t *player, const char *label)
{
    size_t i;

    for (i = 0; label && i < player->n_sessions; i++)
        if (strcmp(player->sessions[i].label, label) == 0)
            return &player->sessions[i];
    return NULL;
}

named_t *label_of(player_t *player, const jingle_session_t *session)
{
    size_t i;

    for (i = 0; i < player->n_sessions; i++)
        if (player->sessions[i].session == session)
            return &player->sessions[i];
    return NULL;
}

named_t *label_of_stanza(player_t *player, const char *peer, const char *sid, bool ends)
{
    named_t *named, *latest = NULL;
    size_t i;

    for (i = player->n_sessions; peer && sid && i-- > 0;) {
        named = &player->sessions[i];
        if (strcmp(jingle_session_get_peer(named->session), peer) != 0 ||
            strcmp(jingle_session_get_sid(named->session), sid) != 0)
            continue;
        if (!named->over && jingle_session_is_ended(named->session) == ends)
            return named;
        if (!latest)
            latest = named;
    }
    return latest;
}

named_t *label_bind(player_t *player, jingle_session_t *session)
{
    named_t *grown = realloc(player->sessions, (player->n_sessions + 1) * sizeof *grown);
    named_t *named;
    text_t text = {0};

    if (!grown)
        abort();
    player->sessions = grown;
    if (player->as && !label_find(player, player->as))
        text_puts(&text, player->as);
    else
        text_printf(&text, "?%u", ++player->unnamed);
    player->as = NULL;
    named = &player->sessions[player->n_sessions++];
    named->label = text_take(&text);
    named->session = jingle_session_clone(session);
    named->values = NULL;
    named->over = false;
    return named;
}

/* The id of a request: the n-th with that action for the session, or the last when n is 0. */
static const char *find_id(const player_t *player, size_t session, const char *action, long n)
{
    const char *id = NULL;
    long count = 0;
    size_t i;

    for (i = 0; i < player->n_sent; i++) {
        if (player->sent[i].session != session || strcmp(player->sent[i].action, action) != 0)
            continue;
        id = player->sent[i].id;
        if (++count == n)
            return id;
    }
    return n == 0 ? id : NULL;
}

/* What a placeholder (without its braces; taken apart here) stands for; NULL: nothing. */
static const char *resolve(player_t *player, char *placeholder)
{
    char *label = strchr(placeholder, ':');
    char *action, *number;
    named_t *named;

    if (!label)
        return NULL;
    *label++ = '\0';
    if (strcmp(placeholder, "sid") == 0) {
        named = label_find(player, label);
        return named ? jingle_session_get_sid(named->session) : NULL;
    }
    action = strchr(label, ':');
    if (strcmp(placeholder, "id") != 0 || !action)
        return NULL;
    *action++ = '\0';
    number = strchr(action, ':');
    if (number)
        *number++ = '\0';
    named = label_find(player, label);
    if (!named)
        return NULL;
    return find_id(player, (size_t)(named - player->sessions), action,
                   number ? strtol(number, NULL, 10) : 0);
}

bool label_expand(player_t *player, const char *string, bool in_xml, text_t *out)
{
    char placeholder[MAX_PLACEHOLDER];
    const char *open, *close, *value;
    size_t len;

    while ((open = strstr(string, "{{")) != NULL && (close = strstr(open, "}}")) != NULL) {
        text_add(out, string, (size_t)(open - string));
        len = (size_t)(close - open) - 2;
        if (len >= sizeof placeholder)
            return false;
        memcpy(placeholder, open + 2, len);
        placeholder[len] = '\0';
        value = resolve(player, placeholder);
        if (!value)
            return false;
        if (in_xml)
            text_escape(out, value, 1);
        else
            text_puts(out, value);
        string = close + 2;
    }
    text_puts(out, string);
    return true;
}
