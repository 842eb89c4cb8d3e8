/* SPDX-License-Identifier: MIT */
/** @file
 *  What the raw program knows of XEP-0166 without the library: which actions it may be handed in which
 *  state, which of them tie and who wins, and what the two sides hold then. */
#include "raw.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/** What is known of one session of one side. */
typedef struct raw_view {
    struct raw_view *next;
    const jingle_session_t *session;      /**< that lives */
    bool accepted;                        /**< an initiator's: by the peer */
    unsigned open[JINGLE_ACTION_COUNT];   /**< requests of ours that are not answered */
    uint64_t agreed[JINGLE_ACTION_COUNT]; /**< by whose request, the last that was acknowledged */
} raw_view_t;

typedef struct {
    raw_t *raw;
    jingle_session_t *session; /**< a reference */
    jingle_action_t action;
} raw_question_t;

static raw_view_t *find_view(const raw_t *raw, const jingle_session_t *session)
{
    raw_view_t *view = raw->views;

    while (view && view->session != session)
        view = view->next;
    return view;
}

static raw_view_t *view_of(raw_t *raw, const jingle_session_t *session)
{
    raw_view_t *view = find_view(raw, session);

    if (view)
        return view;
    view = calloc(1, sizeof *view);
    if (!view)
        abort();
    view->session = session;
    view->next = raw->views;
    raw->views = view;
    return view;
}

static void forget(raw_t *raw, const jingle_session_t *session)
{
    raw_view_t **at = &raw->views, *view;

    while ((view = *at) && view->session != session)
        at = &view->next;
    if (!view)
        return;
    *at = view->next;
    free(view);
}

/* ---- what may be handled ----------------------------------------------------------------------
 */

/** XEP-0166 sections 5.1, 6.3 and 6.5: offered once, accepted once and by the responder, all else
 *  between; an initiator may be told more before the ack of its offer. */
static bool may_come(const jingle_session_t *session, const raw_view_t *view,
                     jingle_action_t action)
{
    jingle_state_t state = jingle_session_get_state(session);
    bool initiator = jingle_session_is_initiator(session);

    switch (action) {
    case JINGLE_ACTION_SESSION_INITIATE:
        return !initiator && state == JINGLE_STATE_STARTING;
    case JINGLE_ACTION_SESSION_ACCEPT:
        return initiator && state == JINGLE_STATE_PENDING && !view->accepted;
    default:
        return state == JINGLE_STATE_PENDING || state == JINGLE_STATE_ACTIVE;
    }
}

void raw_check_order(raw_t *raw, const jingle_session_t *session, jingle_action_t action)
{
    if (!may_come(session, view_of(raw, session), action))
        jingle_sim_fault(
            jingle_sim_get_world(raw->engine), "%s: %s is handled in session %s (%s), out of order",
            jingle_sim_get_jid(raw->engine), jingle_action_name(action),
            jingle_session_get_sid(session), jingle_state_name(jingle_session_get_state(session)));
}

void raw_note_event(raw_t *raw, const jingle_event_t *event)
{
    if (event->type == JINGLE_EVENT_STATE && event->state == JINGLE_STATE_ACTIVE &&
        jingle_session_is_initiator(event->session))
        view_of(raw, event->session)->accepted = true;
    if (event->type == JINGLE_EVENT_TERMINATED)
        forget(raw, event->session);
}

/** What no library would send, for a peer that must refuse it. */
static void on_forged(jingle_t *jingle, const jingle_answer_t *answer, void *userdata)
{
    const raw_t *raw = userdata;
    jingle_error_code_t code = jingle_error_get_code(answer->error);

    (void)jingle;
    if (answer->type == JINGLE_ANSWER_DROPPED ||
        (answer->type == JINGLE_ANSWER_ERROR &&
         (code == JINGLE_ERROR_OUT_OF_ORDER || code == JINGLE_ERROR_UNKNOWN_SESSION ||
          code == JINGLE_ERROR_TIE_BREAK)))
        return;
    jingle_sim_fault(jingle_sim_get_world(raw->engine),
                     "what %s has sent out of order is not refused",
                     jingle_sim_get_jid(raw->engine));
}

void raw_forge(raw_t *raw, const char *peer, jingle_action_t action, const char *sid)
{
    char xml[1024];

    snprintf(xml, sizeof xml, "<jingle xmlns='%s' action='%s' sid='%s'>%s</jingle>", JINGLE_NS,
             jingle_action_name(action), sid, raw_payload(action, 0));
    jingle_request(jingle_sim_get_manager(raw->engine),
                   JINGLE_REQUEST(.to = peer, .xml = xml, .on_answer = on_forged, .userdata = raw));
}

/* ---- ties -------------------------------------------------------------------------------------
 */

/** XEP-0166 section 7.2.16: whatever changes the same thing; what only tells something does not. */
static bool ties(jingle_action_t action)
{
    switch (action) {
    case JINGLE_ACTION_CONTENT_ADD:
    case JINGLE_ACTION_CONTENT_ACCEPT:
    case JINGLE_ACTION_CONTENT_REJECT:
    case JINGLE_ACTION_CONTENT_MODIFY:
    case JINGLE_ACTION_CONTENT_REMOVE:
    case JINGLE_ACTION_TRANSPORT_REPLACE:
    case JINGLE_ACTION_TRANSPORT_ACCEPT:
    case JINGLE_ACTION_TRANSPORT_REJECT:
    case JINGLE_ACTION_SOURCE_ADD:
    case JINGLE_ACTION_SOURCE_REMOVE:
        return true;
    default:
        return false;
    }
}

/** A request: its sender and id. */
static uint64_t name_request(const char *from, xmpp_stanza_t *iq)
{
    const char *parts[] = {from, xmpp_stanza_get_id(iq)};
    uint64_t hash = 0xcbf29ce484222325U;

    for (size_t i = 0; i < 2; i++)
        for (const char *at = parts[i] ? parts[i] : ""; *at; at++)
            hash = (hash ^ (unsigned char)*at) * 0x100000001b3U;
    return hash;
}

void raw_agree_to(raw_t *raw, const jingle_reply_t *reply)
{
    const jingle_session_t *session = jingle_reply_get_session(reply);
    xmpp_stanza_t *iq = jingle_reply_get_stanza(reply);

    if (iq && !jingle_session_is_ended(session))
        view_of(raw, session)->agreed[jingle_reply_get_data(reply)->action] =
            name_request(jingle_session_get_peer(session), iq);
}

/** The initiator's counts (XEP-0166 section 7.2.16). */
static void check_tie(const raw_question_t *question)
{
    if (ties(question->action) && !jingle_session_is_initiator(question->session))
        return;
    jingle_sim_fault(
        jingle_sim_get_world(question->raw->engine), "%s: its %s of session %s loses a tie",
        jingle_sim_get_jid(question->raw->engine), jingle_action_name(question->action),
        jingle_session_get_sid(question->session));
}

static void on_answer(jingle_t *jingle, const jingle_answer_t *answer, void *userdata)
{
    raw_question_t *question = userdata;
    raw_view_t *view = find_view(question->raw, question->session);

    (void)jingle;
    if (view)
        view->open[question->action]--;
    if (view && answer->type == JINGLE_ANSWER_RESULT)
        view->agreed[question->action] =
            name_request(jingle_sim_get_jid(question->raw->engine), answer->stanza);
    if (jingle_error_get_code(answer->error) == JINGLE_ERROR_TIE_BREAK)
        check_tie(question);
    jingle_session_release(question->session);
    free(question);
}

void raw_ask(raw_t *raw, jingle_session_t *session, jingle_action_t action,
             const jingle_data_t *data)
{
    raw_question_t *question = calloc(1, sizeof *question);
    raw_view_t *view;

    if (!question)
        abort();
    question->raw = raw;
    question->session = jingle_session_clone(session);
    question->action = action;
    view = jingle_session_is_ended(session) ? NULL : view_of(raw, session);
    if (view)
        view->open[action]++;
    if (jingle_session_request(session, action, data, on_answer, question) == JINGLE_EOK)
        return;
    if (view)
        view->open[action]--;
    jingle_session_release(session);
    free(question);
}

bool raw_waits(const raw_t *raw, const jingle_session_t *session, jingle_action_t action)
{
    const raw_view_t *view = find_view(raw, session);

    return view && view->open[action];
}

void raw_compare(raw_t *raw, const jingle_session_t *session, raw_t *other,
                 const jingle_session_t *theirs)
{
    const raw_view_t *ours = view_of(raw, session), *view = view_of(other, theirs);

    for (int action = 0; action < JINGLE_ACTION_COUNT; action++)
        if (ties((jingle_action_t)action) && ours->agreed[action] != view->agreed[action])
            jingle_sim_fault(jingle_sim_get_world(raw->engine),
                             "session %s: the two sides hold the %s of different requests",
                             jingle_session_get_sid(session),
                             jingle_action_name((jingle_action_t)action));
}
