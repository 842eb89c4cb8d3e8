/* SPDX-License-Identifier: MIT */
/** @file
 *  What parts have to tell: the news of all contents in one stanza, one such request of each action at
 *  a time (XEP-0166 section 6.8). No action waits for the answer to another: one that a server lost
 *  would keep back what has nothing to do with it. A request of another life of the session counts for
 *  nothing: it may never have left, and is not sent again. */
#include "managed.h"

/** ms for the answer to what an application tells: less than the manager waits, for a server that went
 *  down may have lost it, and what is said again in a minute nobody waits for. */
#define UNHEARD 10000u

/* ---- transport-info, description-info, security-info --------------------------------------- */

static bool has_news(const jingle_part_t *part)
{
    return part && part->live && part->news;
}

/** What the peer has not heard of has nothing to add to it. */
static jingle_part_t *with_news(const jingle_content_t *content, jingle_action_t action)
{
    jingle_part_t *transports[2] = {content->transport, content->proposed};

    if (!jingle__content_known(content) || content->leaving)
        return NULL;
    if (action == JINGLE_ACTION_DESCRIPTION_INFO)
        return has_news(content->application) ? content->application : NULL;
    if (action == JINGLE_ACTION_SECURITY_INFO)
        return has_news(content->security) && content->security->announced ? content->security
                                                                           : NULL;
    for (size_t i = 0; i < 2; i++)
        if (has_news(transports[i]) && transports[i]->announced &&
            transports[i]->stage != JINGLE__STOPPED)
            return transports[i];
    return NULL;
}

bool jingle__transport_has_news(const jingle_content_t *content)
{
    return with_news(content, JINGLE_ACTION_TRANSPORT_INFO) != NULL;
}

static bool any_news(const jingle__managed_t *m, jingle_action_t action)
{
    const jingle_content_t *content = m->first;

    while (content && !with_news(content, action))
        content = content->next;
    return content != NULL;
}

static unsigned what_of(jingle_action_t action)
{
    return action == JINGLE_ACTION_TRANSPORT_INFO     ? 0
           : action == JINGLE_ACTION_DESCRIPTION_INFO ? JINGLE__DESCRIPTION
                                                      : JINGLE__SECURED;
}

static void complain(jingle__managed_t *m, int rc)
{
    jingle_t *jingle = jingle_session_get_manager(m->session);

    if (jingle && rc != JINGLE_EOK && rc != JINGLE_ENOENT && !jingle__is_over(m))
        jingle_log(jingle, XMPP_LEVEL_WARN, "news of a content could not be sent: %s",
                   jingle_strerror(rc));
}

/** What cannot be told is dropped: to try again at once would be to try for ever. */
static void gather(jingle__managed_t *m, jingle_action_t action)
{
    jingle__batch_t batch;
    int rc = jingle__batch_init(&batch, m, action, jingle__count_contents(m));
    bool made = rc == JINGLE_EOK;

    for (jingle_content_t *content = m->first; content && !jingle__is_over(m);
         content = content->next) {
        jingle_part_t *part = with_news(content, action);

        if (!part)
            continue;
        part->news = false;
        if (made)
            complain(m, jingle__batch_add(&batch, content, what_of(action),
                                          action == JINGLE_ACTION_TRANSPORT_INFO ? part : NULL));
    }
    if (made && batch.n > 0 && !jingle__is_over(m))
        rc = jingle__batch_send(&batch, NULL, NULL);
    else
        jingle__batch_clear(&batch);
    complain(m, rc);
}

/* ---- session-info -------------------------------------------------------------------------- */

static void on_again(jingle_t *jingle, void *userdata)
{
    jingle_part_t *part = userdata;

    (void)jingle;
    part->timer = NULL;
    part->again = false;
    jingle_part_news(part);
}

void jingle__part_told(jingle_part_t *part, const jingle_answer_t *answer)
{
    uint32_t wait;

    if (!part || !part->live || !part->plugin->as.application.told)
        return;
    jingle_part_clone(part);
    wait = part->plugin->as.application.told(part->self, answer);
    if (wait && part->live) {
        jingle__part_unset_timer(part);
        part->again = jingle_timer_start(jingle_part_get_manager(part), wait, on_again, part,
                                         &part->timer) == JINGLE_EOK;
    }
    jingle_part_release(part);
}

/** Nobody has answered. What is late is not lost for certain: its answer counts for nothing then. */
static void on_unheard(jingle_t *jingle, void *userdata)
{
    const jingle_answer_t answer = {.type = JINGLE_ANSWER_TIMEOUT,
                                    .error = jingle_error_of(JINGLE_ERROR_REMOTE_SERVER_TIMEOUT)};
    jingle__ask_t *ask = userdata;
    jingle__managed_t *m = ask->m;

    (void)jingle;
    ask->patience = NULL;
    ask->unheard = true;
    jingle__turn_begin(m);
    jingle__ask_told(ask);
    if (!jingle__is_over(m))
        jingle__part_told(ask->contents[0]->application, &answer);
    jingle__turn_end(m);
}

/** Without memory for that the manager's own time-out counts. */
static void be_patient(jingle__ask_t *ask, const jingle_part_t *part)
{
    if (part->plugin->as.application.told)
        jingle_timer_start(jingle_part_get_manager(part), UNHEARD, on_unheard, ask, &ask->patience);
}

static void tell(jingle_part_t *part)
{
    jingle__managed_t *m = part->content->managed;
    xmpp_stanza_t *payload = NULL;
    jingle__batch_t batch;
    int rc = JINGLE_EOK;

    jingle_part_clone(part);
    if (part->plugin->as.application.tell)
        rc = part->plugin->as.application.tell(part->self, &payload);
    part->tell = rc == JINGLE_EOK && payload && part->live;
    if (part->tell) {
        rc = jingle__batch_init(&batch, m, JINGLE_ACTION_SESSION_INFO, 1);
        if (rc == JINGLE_EOK) {
            batch.ask->contents[batch.ask->n++] = jingle_content_clone(part->content);
            be_patient(batch.ask, part);
            rc = jingle__batch_send(&batch, NULL, payload);
        }
        part->tell = rc == JINGLE_EOK && part->live;
    }
    if (payload)
        xmpp_stanza_release(payload);
    if (rc != JINGLE_EOK)
        jingle__part_told(part, NULL);
    complain(m, rc);
    jingle_part_release(part);
}

/* ---- the step ------------------------------------------------------------------------------ */

bool jingle__step_news(jingle__managed_t *m)
{
    static const jingle_action_t actions[] = {
        JINGLE_ACTION_TRANSPORT_INFO, JINGLE_ACTION_SECURITY_INFO, JINGLE_ACTION_DESCRIPTION_INFO};

    if (!m->offered)
        return false;
    for (size_t i = 0; i < sizeof(actions) / sizeof(actions[0]); i++) {
        if (jingle__is_telling(m, actions[i]) || !any_news(m, actions[i]))
            continue;
        gather(m, actions[i]);
        return true;
    }
    if (jingle__is_telling(m, JINGLE_ACTION_SESSION_INFO))
        return false;
    for (jingle_content_t *content = m->first; content; content = content->next) {
        if (!jingle__content_known(content) || content->leaving || !content->application ||
            !content->application->tell || content->application->again)
            continue;
        tell(content->application);
        return true;
    }
    return false;
}
