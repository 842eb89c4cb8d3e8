/* SPDX-License-Identifier: MIT */
/** @file
 *  Book-keeping of invariant 1: each request with a `<jingle/>` gets one result or error. */
#include "player.h"

#include <stdlib.h>
#include <string.h>

#include "canon.h"

static account_t *account(player_t *player, const char *from, const char *id)
{
    size_t i;

    for (i = 0; i < player->n_accounts; i++)
        if (strcmp(player->accounts[i].from, from) == 0 && strcmp(player->accounts[i].id, id) == 0)
            return &player->accounts[i];
    return NULL;
}

static account_t *open_account(player_t *player, const char *from, const char *id)
{
    account_t *grown = realloc(player->accounts, (player->n_accounts + 1) * sizeof *grown);

    if (!grown)
        abort();
    player->accounts = grown;
    grown[player->n_accounts] = (account_t){.from = text_dup(from), .id = text_dup(id)};
    return &grown[player->n_accounts++];
}

static bool is_request(xmpp_stanza_t *stanza)
{
    const char *type = xmpp_stanza_get_type(stanza);
    xmpp_stanza_t *child = canon_first(stanza);

    return strcmp(xmpp_stanza_get_name(stanza), "iq") == 0 && type &&
           (strcmp(type, "set") == 0 || strcmp(type, "get") == 0) && child &&
           strcmp(xmpp_stanza_get_name(child), "jingle") == 0 &&
           strcmp(canon_ns(child, ""), JINGLE_NS) == 0;
}

void ledger_receive(player_t *player, xmpp_stanza_t *stanza)
{
    const char *from = xmpp_stanza_get_from(stanza), *id = xmpp_stanza_get_id(stanza);
    account_t *entry;

    if (!is_request(stanza))
        return;
    from = from ? from : "";
    id = id ? id : "";
    entry = account(player, from, id);
    if (!entry)
        entry = open_account(player, from, id);
    entry->received++;
    player->received++;
}

void ledger_send(player_t *player, const json_t *out)
{
    const char *type = json_string_value(json_object_get(out, "type"));
    const char *to = json_string_value(json_object_get(out, "to"));
    const char *id = json_string_value(json_object_get(out, "id"));
    account_t *entry;

    if (!type || (strcmp(type, "result") != 0 && strcmp(type, "error") != 0))
        return;
    if (strcmp(type, "result") == 0)
        player->results++;
    else
        player->errors++;
    entry = account(player, to ? to : "", id ? id : "");
    if (!entry)
        player_broken(player, "a %s to %s answers %s, which was never received", type,
                      to ? to : "nobody", id ? id : "no id");
    else if (++entry->answered > entry->received)
        player_broken(player, "%s of %s was answered twice", entry->id, entry->from);
}

void ledger_close(player_t *player)
{
    const account_t *entry;
    size_t i;

    for (i = 0; i < player->n_accounts; i++) {
        entry = &player->accounts[i];
        if (entry->answered < entry->received)
            player_broken(player, "%s of %s was received %u times and answered %u times", entry->id,
                          entry->from, entry->received, entry->answered);
    }
}
