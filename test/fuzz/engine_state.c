/* SPDX-License-Identifier: MIT */
/** @file
 *  What a program asks, and what it registers. */
#include <string.h>

#include "engine_target.h"

static bool prepare(jingle_t *jingle, const jingle_offer_t *offer,
                    const jingle_session_type_t **type, void **type_userdata, void *userdata)
{
    (void)jingle;
    *type = &fuzz_raw_type;
    *type_userdata = userdata;
    return offer->n_transports == 0;
}

static bool refuse_all(jingle_t *jingle, const char *peer, const char *own, void *userdata)
{
    (void)jingle, (void)peer, (void)own, (void)userdata;
    return false;
}

static void free_nothing(void *nothing)
{
    (void)nothing;
}

/* What there is to ask. */
void fuzz_look_around(engine_t *engine)
{
    jingle_counters_t counters = {.size = sizeof counters};
    jingle_limits_t limits;

    FUZZ_CHECK(jingle_get_counters(engine->jingle, &counters) == JINGLE_EOK);
    FUZZ_CHECK(counters.sessions == jingle_count_sessions(engine->jingle));
    FUZZ_CHECK(counters.results + counters.errors <= counters.actions + FUZZ_FED);
    jingle_get_limits(engine->jingle, &limits);
    FUZZ_CHECK(jingle_get_userdata(engine->jingle) == engine &&
               jingle_get_context(engine->jingle) == engine->ctx);
    jingle_get_jid(engine->jingle);
    jingle_get_features_version(engine->jingle);
    for (size_t i = 0; jingle_get_feature(engine->jingle, i); i++)
        continue;
    for (size_t i = 0; jingle_get_ice_server(engine->jingle, i); i++)
        continue;
}

void fuzz_look_at(jingle_session_t *session)
{
    if (!session)
        return;
    FUZZ_CHECK(!jingle_session_is_ended(session) || !jingle_session_is_tracked(session));
    FUZZ_CHECK(jingle_session_is_starting(session) + jingle_session_is_pending(session) +
                   jingle_session_is_active(session) + jingle_session_is_ended(session) ==
               1);
    jingle_session_is_connecting(session);
    jingle_session_is_connected(session);
    jingle_session_is_disconnected(session);
    jingle_session_is_interrupted(session);
    jingle_session_get_connection(session);
    jingle_session_get_pending_action(session);
    jingle_session_get_peer_id(session);
    jingle_session_get_own(session);
    jingle_session_get_role(session);
    jingle_session_is_initiator(session);
    jingle_session_is_acknowledged(session);
    jingle_session_get_user(session);
    for (size_t i = 0; jingle_session_get_application(session, i); i++)
        continue;
}

void fuzz_set_user(fuzz_world_t *world, jingle_session_t *session)
{
    jingle_session_set_user(session, world, free_nothing);
}

void fuzz_register(fuzz_world_t *world, const fuzz_record_t *record)
{
    static char key, module;
    jingle_t *jingle = world->engine->jingle;
    const char *text = record->text[0];

    switch (record->octet[0] / 16) {
    case 0:
        jingle_register_session_type(jingle, text, &fuzz_raw_type, world);
        break;
    case 1:
        jingle_unregister_session_type(jingle, text);
        break;
    case 2:
        jingle_add_prepare(jingle, prepare, world);
        break;
    case 3:
        jingle_set_module(jingle, &key, &module, free_nothing);
        break;
    case 4:
        jingle_set_module(jingle, &key, NULL, NULL);
        break;
    case 5:
        jingle_get_module(jingle, &key);
        jingle_clear_ice_servers(jingle);
        break;
    case 6:
        jingle_unserve(jingle, text);
        break;
    case 7:
        jingle_set_may_offer(jingle, refuse_all, NULL);
        break;
    case 8:
        jingle_set_may_offer(jingle, NULL, NULL);
        break;
    case 9:
        jingle_log(jingle, XMPP_LEVEL_INFO, "%s", text);
        jingle_note_quirk(jingle, text);
        break;
    default:
        jingle_hash(jingle, text, strlen(text));
        break;
    }
}
