/* SPDX-License-Identifier: MIT */
/** @file
 *  Two managers joined back to back. */
#include "pair.h"

#include <stdlib.h>

#define RESTLESS 1000

pair_t *pair_new(void)
{
    pair_t *pair = text_alloc(sizeof(*pair));

    pair->engine[PAIR_I] = engine_new(JINGLE_CONFIG(.jid = ENGINE_OWN));
    pair->engine[PAIR_R] = engine_new(JINGLE_CONFIG(.jid = ENGINE_PEER));
    return pair;
}

size_t pair_free(pair_t *pair)
{
    size_t leaked = engine_free(pair->engine[PAIR_I]) + engine_free(pair->engine[PAIR_R]);

    free(pair);
    return leaked;
}

bool pair_deliver(pair_t *pair, pair_side_t from)
{
    engine_t *sender = pair->engine[from], *receiver = pair->engine[!from];
    xmpp_stanza_t *stanza;
    char *text;
    size_t len;

    if (pair->delivered[from] == sender->n_sent)
        return false;
    stanza = sender->sent[pair->delivered[from]++];
    /* The server's part: who it is from. */
    if (xmpp_stanza_set_from(stanza, from == PAIR_I ? ENGINE_OWN : ENGINE_PEER) != XMPP_EOK ||
        xmpp_stanza_to_text(stanza, &text, &len) != XMPP_EOK)
        abort();
    if (receiver->jingle)
        engine_feed(receiver, "%s", text);
    xmpp_free(sender->ctx, text);
    return true;
}

size_t pair_deliver_all(pair_t *pair, pair_side_t from)
{
    size_t count = pair->engine[from]->n_sent - pair->delivered[from];

    for (size_t i = 0; i < count; i++)
        pair_deliver(pair, from);
    return count;
}

bool pair_run(pair_t *pair)
{
    for (int i = 0; i < RESTLESS; i++)
        if (!pair_deliver(pair, PAIR_I) && !pair_deliver(pair, PAIR_R))
            return true;
    return false;
}

void pair_wait(pair_t *pair, uint64_t ms)
{
    for (int side = 0; side < 2; side++)
        if (pair->engine[side]->jingle)
            engine_wait(pair->engine[side], ms);
}
