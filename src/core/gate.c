/* SPDX-License-Identifier: MIT */
/** @file
 *  Who may do what now: XEP-0166 sections 5.1, 6.3.2, 7.2.10 and 7.2.16 as tables and rules.
 *
 *  Every function is pure and gives a verdict: an error to answer with, or NULL to go on. */
#include "core.h"

#include <string.h>

/* ---- the table ----------------------------------------------------------------------------- */

/** What a received action is in a state of ours, for actions of a session that lives.
 *  "lenient" cells (spec: the ack should have come first) and "queue" cells are YES here: the one is
 *  processed and taken as the ack, the other waits in the queue as everything does. */
typedef enum { NO_OUT_OF_ORDER, YES, NO_UNKNOWN } cell_t;

/* The initiator's "starting" is a session that was not started: the peer cannot know of it. */
#define INFO_LIKE                                                                                  \
    {                                                                                              \
        [JINGLE_ROLE_INITIATOR] = {[JINGLE_STATE_STARTING] = NO_UNKNOWN,                           \
                                   [JINGLE_STATE_PENDING] = YES,                                   \
                                   [JINGLE_STATE_ACTIVE] = YES,                                    \
                                   [JINGLE_STATE_ENDED] = NO_UNKNOWN},                             \
        [JINGLE_ROLE_RESPONDER] = {[JINGLE_STATE_STARTING] = YES,                                  \
                                   [JINGLE_STATE_PENDING] = YES,                                   \
                                   [JINGLE_STATE_ACTIVE] = YES,                                    \
                                   [JINGLE_STATE_ENDED] = NO_UNKNOWN},                             \
    }

/* clang-format off */
static const unsigned char receive_table[JINGLE_ACTION_COUNT][2][JINGLE_STATE_COUNT] = {
    /* An undefined action in a live session waits its turn, then is refused (section 7.2). */
    [JINGLE_ACTION_UNKNOWN] = INFO_LIKE,
    /* Never for a session that lives; ties are judged before (section 7.2.16). */
    [JINGLE_ACTION_SESSION_INITIATE] = {[JINGLE_ROLE_INITIATOR] = {[JINGLE_STATE_ENDED] = NO_UNKNOWN},
                                        [JINGLE_ROLE_RESPONDER] = {[JINGLE_STATE_ENDED] = NO_UNKNOWN}},
    /* The responder's, once (section 6.5). */
    [JINGLE_ACTION_SESSION_ACCEPT] = {[JINGLE_ROLE_INITIATOR] = {[JINGLE_STATE_STARTING] = NO_UNKNOWN,
                                                                 [JINGLE_STATE_PENDING] = YES,
                                                                 [JINGLE_STATE_ENDED] = NO_UNKNOWN},
                                      [JINGLE_ROLE_RESPONDER] = {[JINGLE_STATE_ENDED] = NO_UNKNOWN}},
    [JINGLE_ACTION_SESSION_TERMINATE] = INFO_LIKE,
    [JINGLE_ACTION_SESSION_INFO] = INFO_LIKE,
    [JINGLE_ACTION_SECURITY_INFO] = INFO_LIKE,
    [JINGLE_ACTION_DESCRIPTION_INFO] = INFO_LIKE,
    [JINGLE_ACTION_CONTENT_ADD] = INFO_LIKE,
    [JINGLE_ACTION_CONTENT_ACCEPT] = INFO_LIKE,
    [JINGLE_ACTION_CONTENT_REJECT] = INFO_LIKE,
    [JINGLE_ACTION_CONTENT_MODIFY] = INFO_LIKE,
    [JINGLE_ACTION_CONTENT_REMOVE] = INFO_LIKE,
    [JINGLE_ACTION_TRANSPORT_INFO] = INFO_LIKE,
    [JINGLE_ACTION_TRANSPORT_REPLACE] = INFO_LIKE,
    [JINGLE_ACTION_TRANSPORT_ACCEPT] = INFO_LIKE,
    [JINGLE_ACTION_TRANSPORT_REJECT] = INFO_LIKE,
    [JINGLE_ACTION_SOURCE_ADD] = INFO_LIKE,
    [JINGLE_ACTION_SOURCE_REMOVE] = INFO_LIKE,
};
/* clang-format on */

/** Actions that change the same thing when both sides send them (section 7.2.16). The infos and
 *  session-terminate need no winner. */
static const bool can_tie[JINGLE_ACTION_COUNT] = {
    [JINGLE_ACTION_SESSION_INITIATE] = true, [JINGLE_ACTION_SESSION_ACCEPT] = true,
    [JINGLE_ACTION_CONTENT_ADD] = true,      [JINGLE_ACTION_CONTENT_ACCEPT] = true,
    [JINGLE_ACTION_CONTENT_REJECT] = true,   [JINGLE_ACTION_CONTENT_MODIFY] = true,
    [JINGLE_ACTION_CONTENT_REMOVE] = true,   [JINGLE_ACTION_TRANSPORT_REPLACE] = true,
    [JINGLE_ACTION_TRANSPORT_ACCEPT] = true, [JINGLE_ACTION_TRANSPORT_REJECT] = true,
    [JINGLE_ACTION_SOURCE_ADD] = true,       [JINGLE_ACTION_SOURCE_REMOVE] = true,
};

bool jingle__action_can_tie(jingle_action_t action)
{
    return can_tie[action];
}

/* ---- is it an action at all? --------------------------------------------------------------- */

bool jingle__gate_defined(const jingle_t *jingle, const jingle_session_t *session,
                          jingle_action_t action)
{
    switch (action) {
    case JINGLE_ACTION_UNKNOWN:
        return false;
    case JINGLE_ACTION_SOURCE_ADD:
        return session ? session->type->on_source_add != NULL : jingle->source_actions;
    case JINGLE_ACTION_SOURCE_REMOVE:
        return session ? session->type->on_source_remove != NULL : jingle->source_actions;
    default:
        return true;
    }
}

/* ---- a session that lives ------------------------------------------------------------------ */

/** Both sides did the same at once: the initiator's counts (section 7.2.16). A type that keeps
 *  contents judges that per content, in its admit. */
static bool loses_tie(const jingle_session_t *session, jingle_action_t action)
{
    return session->role == JINGLE_ROLE_INITIATOR && !session->type->admit && can_tie[action] &&
           jingle__request_waits(session, action);
}

jingle__verdict_t jingle__gate_session(jingle_session_t *session, const jingle_data_t *data,
                                       jingle_error_t *scratch)
{
    switch (receive_table[data->action][session->role][session->state]) {
    case NO_OUT_OF_ORDER:
        return jingle_error_of(JINGLE_ERROR_OUT_OF_ORDER);
    case NO_UNKNOWN:
        return jingle_error_of(JINGLE_ERROR_UNKNOWN_SESSION);
    default:
        break;
    }
    if (loses_tie(session, data->action))
        return jingle_error_of(JINGLE_ERROR_TIE_BREAK);
    if (session->type->admit && jingle__gate_defined(NULL, session, data->action) &&
        !session->type->admit(session, data, scratch, session->self))
        return scratch;
    return NULL;
}

/* ---- what we may send ---------------------------------------------------------------------- */

bool jingle__gate_may_send(const jingle_session_t *session, jingle_action_t action)
{
    bool initiator = session->role == JINGLE_ROLE_INITIATOR;

    if (!session->tracked || session->jingle->closing) /* being made (type->create), or ended */
        return false;
    switch (action) {
    case JINGLE_ACTION_SESSION_INITIATE:
        return initiator && !session->offer_begun && !session->known &&
               (session->state == JINGLE_STATE_STARTING ||
                (session->state == JINGLE_STATE_PENDING && session->start_called));
    case JINGLE_ACTION_SESSION_ACCEPT:
        return !initiator && session->acknowledged && !session->accept_sent &&
               (session->state == JINGLE_STATE_PENDING ||
                (session->state == JINGLE_STATE_ACTIVE && session->accept_called));
    default:
        return session->known && !session->offer_leaving &&
               (jingle__gate_defined(NULL, session, action) ||
                jingle__gate_defined(session->jingle, NULL, action));
    }
}

/* ---- offers -------------------------------------------------------------------------------- */

static bool well_formed(const jingle_content_data_t *content)
{
    return content->name && content->description && content->transport &&
           jingle_content_data_get_creator(content) != JINGLE_CREATOR_INVALID &&
           jingle_content_data_get_senders(content) != JINGLE_SENDERS_INVALID;
}

/** XEP-0166 sections 6.3.2 and 7.2.10: contents that are whole, one of them with disposition
 *  "session". */
jingle__verdict_t jingle__gate_form(const jingle_data_t *data)
{
    bool session = false;

    for (size_t i = 0; i < data->n_contents; i++) {
        if (!well_formed(&data->contents[i]))
            return jingle_error_of(JINGLE_ERROR_BAD_REQUEST);
        session = session ||
                  strcmp(jingle_content_data_get_disposition(&data->contents[i]), "session") == 0;
    }
    return session ? NULL : jingle_error_of(JINGLE_ERROR_BAD_REQUEST);
}

bool jingle__gate_offer_waits(const jingle_session_t *session)
{
    return session->state == JINGLE_STATE_PENDING &&
           jingle__request_waits(session, JINGLE_ACTION_SESSION_INITIATE);
}

static bool shares_application(const jingle_session_t *ours, const jingle_offer_t *theirs)
{
    const char *application;

    for (size_t i = 0; (application = jingle_session_get_application(ours, i)); i++)
        for (size_t j = 0; j < theirs->n_applications; j++)
            if (strcmp(application, theirs->applications[j]) == 0)
                return true;
    return false;
}

static bool competes(jingle_session_t *ours, const jingle_offer_t *theirs)
{
    const jingle_config_t *config = &ours->jingle->config;

    if (ours->type->competes)
        return ours->type->competes(ours, theirs, ours->self);
    if (config->tie_break)
        return config->tie_break(ours->jingle, ours, theirs, config->userdata);
    return shares_application(ours, theirs);
}

static const char *text_of(const jingle__jid_t *jid)
{
    return jid ? jid->text : "";
}

/** XEP-0166 section 7.2.16: of two offers under way at once that compete, the one with the lower sid
 *  (i;octet) wins. Ours that wins is refused nothing; ours that loses is ended by the peer's answer. */
jingle__verdict_t jingle__gate_ties_of_peer(jingle_t *jingle, const jingle__jid_t *own,
                                            const jingle_offer_t *offer)
{
    jingle__peer_t *peer = jingle__peer_find(jingle, offer->peer);
    jingle_session_t *ours = peer ? peer->sessions : NULL, *next;
    bool refused = false;

    if (!ours)
        return NULL;
    peer->refs++;
    for (; ours && !refused; ours = next) {
        jingle_session_clone(ours);
        refused = jingle__gate_offer_waits(ours) && strcmp(text_of(ours->own), text_of(own)) == 0 &&
                  strcmp(offer->sid, ours->sid) > 0 && competes(ours, offer);
        /* The callback may have ended ours, and others. */
        next = ours->tracked ? ours->peer_next : peer->sessions;
        jingle_session_release(ours);
    }
    jingle__peer_release(jingle, peer);
    return refused ? jingle_error_of(JINGLE_ERROR_TIE_BREAK) : NULL;
}
