/* SPDX-License-Identifier: MIT */
/** @file
 *  Parts: one plug-in in one content. Calls down keep the part; calls up are noted, and dropped
 * when the part is not live any more. */
#include "managed.h"

/* ---- life ---------------------------------------------------------------------------------- */

jingle_part_t *jingle_part_clone(jingle_part_t *part)
{
    if (part)
        part->refs++;
    return part;
}

static void plugin_free(jingle_part_t *part)
{
    switch (part->plugin->kind) {
    case JINGLE__APPLICATION:
        part->plugin->as.application.free(part->self);
        break;
    case JINGLE__TRANSPORT:
        part->plugin->as.transport.free(part->self);
        break;
    default:
        part->plugin->as.security.free(part->self);
        break;
    }
}

void jingle_part_release(jingle_part_t *part)
{
    jingle_part_t *after;
    xmpp_mem_t mem;

    if (!part || --part->refs > 0)
        return;
    part->refs = 1; /* free may still ask for the session, and clone and release as it likes */
    plugin_free(part);
    mem = part->plugin->mem;
    after = part->after;
    jingle__why_clear(&mem, &part->why);
    jingle__plugin_release(part->plugin);
    jingle_content_release(part->content);
    managed_free(&mem, part);
    jingle_part_release(after);
}

void jingle__part_order(jingle_part_t *first, jingle_part_t *second)
{
    if (first && !first->after)
        first->after = jingle_part_clone(second);
}

static int plugin_create(jingle_part_t *part, void *userdata)
{
    switch (part->plugin->kind) {
    case JINGLE__APPLICATION:
        return part->plugin->as.application.create(part, userdata, &part->self);
    case JINGLE__TRANSPORT:
        return part->plugin->as.transport.create(part, userdata, &part->self);
    default:
        return part->plugin->as.security.create(part, userdata, &part->self);
    }
}

int jingle__part_new(jingle_content_t *content, jingle__plugin_t *plugin, void *userdata,
                     jingle_part_t **out)
{
    const jingle__managed_t *m = content->managed;
    xmpp_mem_t mem = content->mem;
    jingle_part_t *part;
    int rc;

    /* Whoever was asked before may have freed the manager, and what userdata points to with it. */
    if (!m || jingle__is_over(m))
        return JINGLE_EINVOP;
    part = managed_alloc(&mem, sizeof(*part));
    if (!part)
        return JINGLE_EMEM;
    part->refs = 1;
    part->plugin = jingle__plugin_clone(plugin);
    part->content = jingle_content_clone(content);
    rc = plugin_create(part, userdata);
    if (rc != JINGLE_EOK) {
        jingle__plugin_release(plugin);
        jingle_content_release(content);
        managed_free(&mem, part);
        return rc;
    }
    part->live = true;
    *out = part;
    return JINGLE_EOK;
}

void jingle__part_unset_timer(jingle_part_t *part)
{
    jingle_timer_cancel(part->timer);
    part->timer = NULL;
}

static void return_wrapped(jingle__lent_t *lent)
{
    jingle_channel_t *wrapped = lent->wrapped;

    lent->wrapped = NULL;
    if (wrapped)
        jingle__channel_return(wrapped);
    jingle_channel_release(wrapped);
}

/** Ends the loans, one by one: who is told may come back here. */
static void return_lent(jingle_part_t *part)
{
    xmpp_mem_t mem = part->plugin->mem;

    while (part->lent) {
        jingle__lent_t *lent = part->lent;

        part->lent = lent->next;
        jingle_channel_deliver_closed(lent->channel, false);
        jingle_channel_deliver_closed(lent->wrapped, false);
        return_wrapped(lent);
        jingle__channel_return(lent->channel);
        jingle_channel_release(lent->channel);
        managed_free(&mem, lent);
    }
}

void jingle__part_drop(jingle_part_t **slot)
{
    jingle_part_t *part = *slot;

    if (!part)
        return;
    *slot = NULL;
    part->live = false;
    jingle__part_stop(part);
    jingle_part_release(part);
}

/* ---- calls down ---------------------------------------------------------------------------- */

/** Of a session that has ended nothing is judged or taken over, even by a part that is not its content's
 *  yet: what the plug-in keeps with the manager may be gone. */
static bool may_ask(const jingle_part_t *part)
{
    const jingle__managed_t *m = part ? part->content->managed : NULL;

    return m && part->live && !jingle__is_over(m);
}

jingle_check_t jingle__part_check(jingle_part_t *part, jingle_action_t action,
                                  xmpp_stanza_t *element, jingle__why_t *why)
{
    jingle_check_t (*check)(void *, jingle_action_t, xmpp_stanza_t *, jingle_reason_t *);
    jingle_reason_t reason = {0};
    jingle_check_t verdict;

    if (!may_ask(part))
        return JINGLE_CHECK_OK;
    check = part->plugin->kind == JINGLE__APPLICATION ? part->plugin->as.application.check
            : part->plugin->kind == JINGLE__TRANSPORT ? part->plugin->as.transport.check
                                                      : part->plugin->as.security.check;
    jingle_part_clone(part);
    verdict = check(part->self, action, element, &reason);
    if (verdict == JINGLE_CHECK_UNUSABLE && why)
        jingle__why_set(&part->plugin->mem, why, &reason);
    jingle_part_release(part);
    return verdict;
}

int jingle__part_apply(jingle_part_t *part, jingle_action_t action, xmpp_stanza_t *element)
{
    int (*apply)(void *, jingle_action_t, xmpp_stanza_t *);
    int rc;

    if (!may_ask(part) || !element)
        return JINGLE_EOK;
    apply = part->plugin->kind == JINGLE__APPLICATION ? part->plugin->as.application.apply
            : part->plugin->kind == JINGLE__TRANSPORT ? part->plugin->as.transport.apply
                                                      : part->plugin->as.security.apply;
    jingle_part_clone(part);
    rc = apply(part->self, action, element);
    jingle_part_release(part);
    return rc;
}

int jingle__part_describe(jingle_part_t *part, jingle_action_t action, const char *name,
                          xmpp_stanza_t **element)
{
    int (*describe)(void *, jingle_action_t, xmpp_stanza_t *);
    xmpp_stanza_t *made = jingle__element_new(part->content->managed, name, part->plugin->ns);
    int rc;

    if (!made)
        return JINGLE_EMEM;
    describe = part->plugin->kind == JINGLE__APPLICATION ? part->plugin->as.application.describe
               : part->plugin->kind == JINGLE__TRANSPORT ? part->plugin->as.transport.describe
                                                         : part->plugin->as.security.describe;
    jingle_part_clone(part);
    rc = describe(part->self, action, made);
    if (rc == JINGLE_EOK && !part->live)
        rc = JINGLE_EINVOP;
    if (rc == JINGLE_EOK)
        *element = made;
    else
        xmpp_stanza_release(made);
    jingle_part_release(part);
    return rc;
}

/* ---- a security in a transport element ----------------------------------------------------- */

jingle_check_t jingle__security_check(jingle_part_t *part, jingle_action_t action,
                                      xmpp_stanza_t *transport, jingle__why_t *why)
{
    jingle_reason_t reason = {0};
    jingle_check_t verdict;

    if (!may_ask(part) || !part->plugin->as.security.check_transport)
        return JINGLE_CHECK_OK;
    jingle_part_clone(part);
    verdict = part->plugin->as.security.check_transport(part->self, action, transport, &reason);
    if (verdict == JINGLE_CHECK_UNUSABLE)
        jingle__why_set(&part->plugin->mem, why, &reason);
    jingle_part_release(part);
    return verdict;
}

int jingle__security_apply(jingle_part_t *part, jingle_action_t action, xmpp_stanza_t *transport)
{
    int rc;

    if (!may_ask(part) || !part->plugin->as.security.apply_transport)
        return JINGLE_EOK;
    jingle_part_clone(part);
    rc = part->plugin->as.security.apply_transport(part->self, action, transport);
    jingle_part_release(part);
    return rc;
}

int jingle__security_describe(jingle_part_t *part, jingle_action_t action, xmpp_stanza_t *transport)
{
    int rc;

    if (!part || !part->live || !part->plugin->as.security.describe_transport)
        return JINGLE_EOK;
    jingle_part_clone(part);
    rc = part->plugin->as.security.describe_transport(part->self, action, transport);
    jingle_part_release(part);
    return rc == JINGLE_ENOENT ? JINGLE_EOK : rc;
}

bool jingle__application_resumable(const jingle_content_t *content)
{
    jingle_part_t *part = content->application;
    bool resumable;

    if (!part->plugin->as.application.resumable)
        return !(jingle_content_get_flows(content) & JINGLE_FLOW_STREAM);
    jingle_part_clone(part);
    resumable = part->plugin->as.application.resumable(part->self);
    jingle_part_release(part);
    return resumable;
}

/* ---- deadlines ----------------------------------------------------------------------------- */

static void late(jingle_t *jingle, void *userdata)
{
    jingle_part_t *part = userdata;

    (void)jingle;
    part->timer = NULL;
    if (part->stage == JINGLE__FINISHING)
        jingle_part_done(part);
    else if (part->stage == JINGLE__PREPARING)
        jingle_part_fail(part, JINGLE_REASON_FAILED_TRANSPORT,
                         "the transport was not ready in time");
    else
        jingle_part_fail(part, JINGLE_REASON_CONNECTIVITY_ERROR, "no connection was made in time");
}

/** @return an error: there is no deadline, and what may never come must not be waited for */
static int set_timer(jingle_part_t *part, uint32_t delay)
{
    jingle_t *jingle = jingle_part_get_manager(part);
    int rc;

    jingle__part_unset_timer(part);
    if (!jingle || delay == 0)
        return JINGLE_EOK;
    rc = jingle_timer_start(jingle, delay, late, part, &part->timer);
    if (rc != JINGLE_EOK)
        jingle__note(part->content->managed, XMPP_LEVEL_WARN,
                     "no deadline for a transport: out of memory");
    return rc;
}

/* ---- the way of a transport ---------------------------------------------------------------- */

void jingle__part_note_failure(jingle_part_t *part, const jingle_reason_t *reason)
{
    if (part->failed)
        return;
    part->failed = true;
    jingle__why_set(&part->plugin->mem, &part->why, reason);
}

static void fail_with_code(jingle_part_t *part, int rc)
{
    jingle_reason_t reason = {.condition = JINGLE_REASON_FAILED_TRANSPORT,
                              .text = jingle_strerror(rc)};

    if (part->live && part->stage != JINGLE__STOPPED)
        jingle__part_note_failure(part, &reason);
}

/** @param rc      what the transport said
 *  @param untimed not JINGLE_EOK: there is no deadline for a transport that is in that stage still */
static void fail_without(jingle_part_t *part, jingle__stage_t waiting, int rc, int untimed)
{
    if (rc == JINGLE_EOK && part->stage == waiting)
        rc = untimed;
    if (rc != JINGLE_EOK)
        fail_with_code(part, rc);
}

void jingle__part_prepare(jingle_part_t *part)
{
    int rc, untimed;

    jingle_part_clone(part);
    part->stage = JINGLE__PREPARING;
    untimed = set_timer(part, jingle__timeouts(jingle_part_get_manager(part)).prepare);
    rc = part->plugin->as.transport.prepare(part->self);
    fail_without(part, JINGLE__PREPARING, rc, untimed);
    jingle_part_release(part);
}

void jingle__part_start(jingle_part_t *part)
{
    int rc, untimed;

    jingle_part_clone(part);
    part->stage = JINGLE__STARTED;
    untimed = set_timer(part, jingle__timeouts(jingle_part_get_manager(part)).open);
    rc = part->plugin->as.transport.start(part->self);
    fail_without(part, JINGLE__STARTED, rc, untimed);
    jingle_part_release(part);
}

void jingle__part_resume(jingle_part_t *part)
{
    jingle_reason_t reason = {.condition = JINGLE_REASON_CONNECTIVITY_ERROR,
                              .text = "the transport did not outlive the program"};
    int (*resume)(void *) = part->plugin->as.transport.resume;
    int rc, untimed;

    jingle_part_clone(part);
    untimed = set_timer(part, part->stage == JINGLE__FINISHING
                                  ? jingle__timeouts(jingle_part_get_manager(part)).finish
                                  : jingle__timeouts(jingle_part_get_manager(part)).open);
    rc = resume ? resume(part->self) : JINGLE_EOK;
    if (!resume)
        jingle__part_note_failure(part, &reason);
    else
        fail_without(part, JINGLE__STARTED, rc, untimed);
    if (untimed && part->live && part->stage == JINGLE__FINISHING)
        part->done = true;
    jingle_part_release(part);
}

void jingle__part_finish(jingle_part_t *part)
{
    jingle_part_clone(part);
    part->stage = JINGLE__FINISHING;
    if (part->plugin->as.transport.finish) {
        int untimed = set_timer(part, jingle__timeouts(jingle_part_get_manager(part)).finish);
        part->plugin->as.transport.finish(part->self);
        if (untimed && part->live && part->stage == JINGLE__FINISHING)
            part->done = true;
    } else
        part->done = true;
    jingle_part_release(part);
}

static void stop(jingle_part_t *part)
{
    jingle__part_unset_timer(part);
    if (part->plugin->kind != JINGLE__TRANSPORT || part->stage == JINGLE__STOPPED)
        return;
    part->stage = JINGLE__STOPPED;
    part->news = part->resume = false;
    part->plugin->as.transport.stop(part->self);
}

void jingle__part_stop(jingle_part_t *part)
{
    jingle_part_clone(part);
    stop(part);
    if (part->plugin->kind == JINGLE__TRANSPORT)
        return_lent(part);
    jingle_part_release(part);
}

void jingle__part_quit(jingle_part_t *part)
{
    if (!part)
        return;
    jingle_part_clone(part);
    for (jingle__lent_t *lent = part->lent; lent; lent = lent->next)
        jingle_channel_set_sink(lent->wrapped ? lent->wrapped : lent->channel, NULL, NULL);
    stop(part);
    jingle_part_release(part);
}

void jingle__part_recall(jingle_part_t *part)
{
    if (!part)
        return;
    for (jingle__lent_t *lent = part->lent; lent; lent = lent->next) {
        return_wrapped(lent);
        jingle_channel_set_sink(lent->channel, NULL, NULL);
    }
}
