/* SPDX-License-Identifier: MIT */
/** @file
 *  What is sent: contents described by their parts, gathered in one stanza, and its answer. */
#include "managed.h"

/* ---- building ------------------------------------------------------------------------------ */

xmpp_stanza_t *jingle__element_new(jingle__managed_t *m, const char *name, const char *ns)
{
    jingle_t *jingle = m ? jingle_session_get_manager(m->session) : NULL;
    xmpp_stanza_t *element = jingle ? xmpp_stanza_new(jingle_get_context(jingle)) : NULL;

    if (!element)
        return NULL;
    if (xmpp_stanza_set_name(element, name) == XMPP_EOK &&
        xmpp_stanza_set_ns(element, ns) == XMPP_EOK)
        return element;
    xmpp_stanza_release(element);
    return NULL;
}

size_t jingle__count_contents(const jingle__managed_t *m)
{
    size_t count = 0;

    for (const jingle_content_t *content = m->first; content; content = content->next)
        count++;
    return count;
}

void jingle__ask_free(jingle__ask_t *ask)
{
    xmpp_mem_t mem;
    jingle_session_t *session;

    if (!ask)
        return;
    session = ask->m->session;
    mem = ask->m->mem;
    while (ask->n > 0)
        jingle_content_release(ask->contents[--ask->n]);
    managed_free(&mem, ask);
    jingle_session_release(session);
}

jingle__ask_t *jingle__ask_new(jingle__managed_t *m, jingle_action_t action, size_t room)
{
    jingle__ask_t *ask = managed_alloc(&m->mem, sizeof(*ask) + room * sizeof(ask->contents[0]));

    if (!ask)
        return NULL;
    ask->m = m;
    ask->action = action;
    jingle_session_clone(m->session);
    return ask;
}

int jingle__batch_init(jingle__batch_t *batch, jingle__managed_t *m, jingle_action_t action,
                       size_t room)
{
    *batch = (jingle__batch_t){.m = m, .action = action, .room = room};
    batch->ask = jingle__ask_new(m, action, room);
    if (!batch->ask)
        return JINGLE_EMEM;
    batch->data = managed_alloc(&m->mem, (room ? room : 1) * sizeof(*batch->data));
    if (batch->data)
        return JINGLE_EOK;
    jingle__batch_clear(batch);
    return JINGLE_EMEM;
}

static void described_clear(jingle_content_data_t *data)
{
    if (data->description)
        xmpp_stanza_release(data->description);
    if (data->transport)
        xmpp_stanza_release(data->transport);
    if (data->security)
        xmpp_stanza_release(data->security);
    *data = (jingle_content_data_t){0};
}

void jingle__batch_clear(jingle__batch_t *batch)
{
    xmpp_mem_t mem = batch->m->mem;

    for (size_t i = 0; batch->data && i < batch->n; i++)
        described_clear(&batch->data[i]);
    managed_free(&mem, batch->data);
    jingle__ask_free(batch->ask);
    *batch = (jingle__batch_t){.m = batch->m};
}

/** One that lives in the transport element alone has none of its own. */
static int describe_security(jingle_part_t *part, jingle_action_t action, xmpp_stanza_t **element)
{
    int rc = jingle__part_describe(part, action, "security", element);

    return rc == JINGLE_ENOENT && action != JINGLE_ACTION_SECURITY_INFO ? JINGLE_EOK : rc;
}

static int describe(jingle_content_t *content, jingle_action_t action, unsigned what,
                    jingle_part_t *transport, jingle_content_data_t *data)
{
    int rc = JINGLE_EOK;

    data->creator = jingle_creator_name(content->creator);
    data->name = content->name;
    if (what & JINGLE__SENDERS) {
        data->senders = jingle_senders_name(content->senders);
        data->disposition = content->disposition;
    }
    if (what & JINGLE__DESCRIPTION && content->application)
        rc = jingle__part_describe(content->application, action, "description", &data->description);
    if (rc == JINGLE_EOK && what & JINGLE__SECURED && content->security)
        rc = describe_security(content->security, action, &data->security);
    if (rc == JINGLE_EOK && transport && content->state != JINGLE_CONTENT_OVER)
        rc = jingle__part_describe(transport, action, "transport", &data->transport);
    if (rc == JINGLE_EOK && data->transport && content->state != JINGLE_CONTENT_OVER)
        rc = jingle__security_describe(content->security, action, data->transport);
    return rc == JINGLE_EOK && content->state == JINGLE_CONTENT_OVER ? JINGLE_EINVOP : rc;
}

int jingle__batch_add(jingle__batch_t *batch, jingle_content_t *content, unsigned what,
                      jingle_part_t *transport)
{
    jingle_content_data_t *data = &batch->data[batch->n];
    int rc;

    if (batch->n >= batch->room)
        return JINGLE_ELIMIT;
    jingle_content_clone(content);
    jingle_part_clone(transport);
    rc = describe(content, batch->action, what, transport, data);
    if (rc == JINGLE_EOK) {
        if (transport)
            transport->announced = true;
        if (content->security && what & JINGLE__SECURED)
            content->security->announced = true;
        batch->ask->contents[batch->ask->n++] = jingle_content_clone(content);
        batch->n++;
    } else
        described_clear(data);
    jingle_part_release(transport);
    jingle_content_release(content);
    return rc;
}

/* ---- sending ------------------------------------------------------------------------------- */

static bool is_info(jingle_action_t action)
{
    return action == JINGLE_ACTION_TRANSPORT_INFO || action == JINGLE_ACTION_DESCRIPTION_INFO ||
           action == JINGLE_ACTION_SECURITY_INFO || action == JINGLE_ACTION_SESSION_INFO;
}

static uint32_t bit_of(jingle_action_t action)
{
    return UINT32_C(1) << action;
}

bool jingle__is_telling(const jingle__managed_t *m, jingle_action_t action)
{
    return m->telling & bit_of(action);
}

/** The peer has refused what this request wanted. Informational requests need no more than that. */
static void refused(jingle__ask_t *ask, const jingle_answer_t *answer)
{
    if (ask->action == JINGLE_ACTION_SESSION_ACCEPT && answer->type == JINGLE_ANSWER_ERROR) {
        jingle__session_accept_refused(ask->m);
        return;
    }
    for (size_t i = 0; i < ask->n; i++) {
        jingle_content_t *content = ask->contents[i];

        if (content->state == JINGLE_CONTENT_OVER)
            continue;
        if (ask->action == JINGLE_ACTION_CONTENT_ADD)
            jingle__offer_refused(content, answer);
        else if (ask->action == JINGLE_ACTION_TRANSPORT_REPLACE)
            jingle__proposal_refused(content);
        else if (answer->type == JINGLE_ANSWER_ERROR &&
                 (ask->action == JINGLE_ACTION_CONTENT_ACCEPT ||
                  ask->action == JINGLE_ACTION_TRANSPORT_ACCEPT))
            jingle__accept_refused(content);
    }
}

static void granted(jingle__ask_t *ask)
{
    for (size_t i = 0; i < ask->n; i++)
        if (ask->action == JINGLE_ACTION_CONTENT_MODIFY &&
            ask->contents[i]->state != JINGLE_CONTENT_OVER)
            ask->contents[i]->senders = ask->contents[i]->sent;
}

void jingle__ask_link(jingle__ask_t *ask)
{
    ask->next = ask->m->asks;
    ask->m->asks = ask;
}

void jingle__ask_told(jingle__ask_t *ask)
{
    jingle_timer_cancel(ask->patience);
    ask->patience = NULL;
    if (ask->tells)
        ask->m->telling &= ~bit_of(ask->action);
    ask->tells = false;
}

void jingle__ask_no_more(jingle_content_t *content, jingle_action_t action)
{
    for (jingle__ask_t *ask = content->managed->asks; ask; ask = ask->next) {
        size_t i = 0;

        while (i < ask->n && ask->contents[i] != content)
            i++;
        if (ask->action != action || i == ask->n)
            continue;
        ask->contents[i] = ask->contents[--ask->n];
        jingle_content_release(content);
    }
}

static void unlink_ask(jingle__ask_t *ask)
{
    jingle__ask_t **at = &ask->m->asks;

    while (*at && *at != ask)
        at = &(*at)->next;
    if (*at)
        *at = ask->next;
    jingle__ask_told(ask);
}

void jingle__answered(jingle_t *jingle, const jingle_answer_t *answer, void *userdata)
{
    jingle__ask_t *ask = userdata;
    jingle__managed_t *m = ask->m;

    (void)jingle;
    jingle__turn_begin(m);
    unlink_ask(ask);
    if (ask->action == JINGLE_ACTION_SESSION_INFO && ask->n && !ask->unheard &&
        !jingle__is_over(m) && answer->type != JINGLE_ANSWER_DROPPED)
        jingle__part_told(ask->contents[0]->application, answer);
    if (jingle__is_over(m))
        ;
    else if (answer->type == JINGLE_ANSWER_RESULT)
        granted(ask);
    else if (jingle_error_get_code(answer->error) == JINGLE_ERROR_UNKNOWN_SESSION)
        /* the engine ends it next, and sends nothing more (XEP-0166 section 10); or what is held does */
        m->over = !m->held;
    else if (answer->type != JINGLE_ANSWER_DROPPED)
        refused(ask, answer);
    jingle__ask_free(ask);
    jingle__turn_end(m);
}

/** Of what the peer does not know the senders may have been changed while a later one was described. */
static void renew_senders(jingle__batch_t *batch)
{
    for (size_t i = 0; i < batch->n; i++)
        if (batch->data[i].senders && batch->action != JINGLE_ACTION_CONTENT_MODIFY)
            batch->data[i].senders = jingle_senders_name(batch->ask->contents[i]->senders);
}

int jingle__batch_send(jingle__batch_t *batch, const jingle_reason_t *reason,
                       xmpp_stanza_t *payload)
{
    jingle__managed_t *m = batch->m;
    jingle__ask_t *ask = batch->ask;
    jingle_data_t data = {.contents = batch->data, .n_contents = batch->n, .reason = reason};
    int rc;

    renew_senders(batch);
    if (payload) {
        data.foreign.children = &payload;
        data.foreign.n_children = 1;
    }
    batch->ask = NULL;
    jingle__ask_link(ask);
    ask->tells = is_info(batch->action);
    if (ask->tells)
        m->telling |= bit_of(ask->action);
    m->sending = true;
    rc = jingle_session_request(m->session, batch->action, &data, jingle__answered, ask);
    m->sending = false;
    if (rc != JINGLE_EOK) {
        unlink_ask(ask);
        jingle__ask_free(ask);
    }
    jingle__batch_clear(batch);
    return rc;
}

int jingle__send_bare(jingle_content_t *content, jingle_action_t action,
                      const jingle_reason_t *reason, const char *ns)
{
    jingle__managed_t *m = content->managed;
    jingle__batch_t batch;
    int rc = jingle__batch_init(&batch, m, action, 1);

    if (rc == JINGLE_EOK)
        rc = jingle__batch_add(&batch, content, 0, NULL);
    if (rc == JINGLE_EOK && ns) {
        batch.data[0].transport = jingle__element_new(m, "transport", ns);
        rc = batch.data[0].transport ? JINGLE_EOK : JINGLE_EMEM;
    }
    if (rc == JINGLE_EOK && action == JINGLE_ACTION_CONTENT_MODIFY)
        batch.data[0].senders = jingle_senders_name(content->sent);
    if (rc == JINGLE_EOK)
        return jingle__batch_send(&batch, reason, NULL);
    jingle__batch_clear(&batch);
    return rc;
}

void jingle__send_failed(jingle__managed_t *m, int rc)
{
    jingle_reason_t reason = {.condition = JINGLE_REASON_GENERAL_ERROR,
                              .text = jingle_strerror(rc)};

    if (!jingle__is_over(m))
        jingle__end(m, &reason);
}
