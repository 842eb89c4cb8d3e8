/* SPDX-License-Identifier: MIT */
/** @file
 *  Crossing offers. */
#include "crossing.h"

#include <string.h>

void crossing_add(crossing_t *crossing, const raw_t *side, jingle_session_t *session)
{
    if (!session || crossing->n == CROSSING_OFFERS)
        return;
    crossing->side[crossing->n] = side;
    crossing->session[crossing->n++] = jingle_session_clone(session);
}

static bool share_application(const jingle_session_t *a, const jingle_session_t *b)
{
    const char *of_a = jingle_session_get_application(a, 0),
               *of_b = jingle_session_get_application(b, 0);

    return of_a && of_b && strcmp(of_a, of_b) == 0;
}

/* ---- when an offer comes ----------------------------------------------------------------------
 */

typedef struct {
    const raw_t *raw;
    const jingle_session_t *offered;
} taken_t;

static bool check_waiting(jingle_session_t *ours, void *userdata)
{
    const taken_t *taken = userdata;

    if (ours != taken->offered && jingle_session_is_initiator(ours) &&
        jingle_session_get_state(ours) == JINGLE_STATE_PENDING &&
        !jingle_session_is_acknowledged(ours) && share_application(ours, taken->offered) &&
        strcmp(jingle_session_get_sid(ours), jingle_session_get_sid(taken->offered)) < 0)
        jingle_sim_fault(jingle_sim_get_world(taken->raw->engine),
                         "%s takes the offer %s, to which its own %s does not give way",
                         jingle_sim_get_jid(taken->raw->engine),
                         jingle_session_get_sid(taken->offered), jingle_session_get_sid(ours));
    return true;
}

void crossing_event(jingle_t *jingle, const jingle_event_t *event, void *userdata)
{
    taken_t taken = {.raw = userdata, .offered = event->session};

    if (event->type == JINGLE_EVENT_CREATED && !jingle_session_is_initiator(event->session))
        jingle_each_session(jingle, check_waiting, &taken);
}

/* ---- at rest ----------------------------------------------------------------------------------
 */

static bool beats(const crossing_t *crossing, size_t winner, size_t loser)
{
    int order = strcmp(jingle_session_get_sid(crossing->session[winner]),
                       jingle_session_get_sid(crossing->session[loser]));

    if (order == 0)
        order = strcmp(jingle_sim_get_jid(crossing->side[winner]->engine),
                       jingle_sim_get_jid(crossing->side[loser]->engine));
    return crossing->side[winner] != crossing->side[loser] && order < 0 &&
           share_application(crossing->session[winner], crossing->session[loser]);
}

static bool has_lost(const crossing_t *crossing, size_t index)
{
    for (size_t i = 0; i < crossing->n; i++)
        if (beats(crossing, i, index))
            return true;
    return false;
}

static bool is_there(const crossing_t *crossing, size_t index)
{
    const jingle_session_t *session = crossing->session[index];
    const jingle_sim_engine_t *engine = crossing->side[index]->engine,
                              *peer = jingle_sim_find_engine(jingle_sim_get_world(engine),
                                                             jingle_session_get_peer(session));
    const jingle_session_t *theirs =
        jingle_find_session(jingle_sim_get_manager(peer), NULL, jingle_sim_get_jid(engine),
                            jingle_session_get_sid(session));

    return theirs && !jingle_session_is_initiator(theirs);
}

void crossing_judge(crossing_t *crossing)
{
    for (size_t i = 0; i < crossing->n; i++) {
        const jingle_session_t *session = crossing->session[i];
        bool over = jingle_session_is_ended(session);
        if (over ? !has_lost(crossing, i) : !is_there(crossing, i))
            jingle_sim_fault(jingle_sim_get_world(crossing->side[i]->engine),
                             "the offer %s of %s %s", jingle_session_get_sid(session),
                             jingle_sim_get_jid(crossing->side[i]->engine),
                             over ? "has gone, and has lost to none" : "is no session of its peer");
    }
    while (crossing->n)
        jingle_session_release(crossing->session[--crossing->n]);
}
