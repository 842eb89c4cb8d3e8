/* SPDX-License-Identifier: MIT */
/** @file
 *  Contents: their life, their place in the session's list, the chain of their transports. */
#include "managed.h"

/* ---- life ---------------------------------------------------------------------------------- */

jingle_content_t *jingle_content_clone(jingle_content_t *content)
{
    if (content)
        content->refs++;
    return content;
}

void jingle_content_release(jingle_content_t *content)
{
    xmpp_mem_t mem;

    if (!content || --content->refs > 0)
        return;
    mem = content->mem;
    jingle__why_clear(&mem, &content->why);
    jingle__why_clear(&mem, &content->trouble);
    jingle__why_clear(&mem, &content->refusal);
    while (content->n_tried > 0)
        jingle__plugin_release(content->tried[--content->n_tried]);
    jingle__plugin_release(content->again);
    managed_free(&mem, content->tried);
    managed_free(&mem, content->refused);
    managed_free(&mem, content->disposition);
    managed_free(&mem, content->name);
    managed_free(&mem, content);
}

jingle_content_t *jingle__content_new(jingle__managed_t *m, jingle_creator_t creator,
                                      const char *name, jingle_senders_t senders,
                                      const char *disposition)
{
    jingle_content_t *content = managed_alloc(&m->mem, sizeof(*content));

    if (!content)
        return NULL;
    content->refs = 1;
    content->mem = m->mem;
    content->managed = m;
    content->creator = creator;
    content->senders = senders;
    content->name = managed_strdup(&m->mem, name);
    if (disposition && strcmp(disposition, "session") != 0)
        content->disposition = managed_strdup(&m->mem, disposition);
    if (!content->name ||
        (disposition && strcmp(disposition, "session") != 0 && !content->disposition)) {
        jingle_content_release(content);
        return NULL;
    }
    return content;
}

void jingle__content_add(jingle_content_t *content)
{
    jingle_content_t **at = &content->managed->first;

    while (*at)
        at = &(*at)->next;
    *at = content;
    content->number = ++content->managed->numbers;
}

/** Puts it first among those that are remembered, of which the oldest goes; not of a session that ends,
 *  for whoever has called its end has one of them in hand. */
static void remember(jingle_content_t *content)
{
    jingle_content_t **at = &content->managed->gone;
    size_t count = 0;

    content->next = *at;
    *at = content;
    for (; *at && !jingle__is_over(content->managed); at = &(*at)->next) {
        jingle_content_t *oldest = *at;

        if (++count <= JINGLE__GONE)
            continue;
        *at = NULL;
        oldest->managed = NULL;
        jingle_content_release(oldest);
        break;
    }
}

static void retire(jingle_content_t *content)
{
    jingle_content_t **at = &content->managed->first;

    while (*at && *at != content)
        at = &(*at)->next;
    if (!*at)
        return;
    *at = content->next;
    remember(content);
}

static bool is_remembered(const jingle__managed_t *m, jingle_creator_t creator, const char *name)
{
    const jingle_content_t *content = m->gone;

    while (content && (content->creator != creator || strcmp(content->name, name) != 0))
        content = content->next;
    return content != NULL;
}

void jingle__add_refused(jingle__managed_t *m, const jingle_data_t *data)
{
    for (size_t i = 0; i < data->n_contents; i++) {
        const jingle_content_data_t *theirs = &data->contents[i];
        jingle_creator_t creator = jingle_content_data_get_creator(theirs);
        jingle_content_t *content;

        if (!jingle__well_formed(theirs) || is_remembered(m, creator, theirs->name))
            continue;
        content = jingle__content_new(m, creator, theirs->name, JINGLE_SENDERS_BOTH, NULL);
        if (!content)
            return;
        content->state = JINGLE_CONTENT_OVER;
        remember(content);
    }
}

static void lose(jingle_part_t *part)
{
    if (part)
        part->live = false;
}

void jingle__content_drop_parts(jingle_content_t *content)
{
    jingle__part_drop(&content->security);
    jingle__part_drop(&content->proposed);
    jingle__part_drop(&content->transport);
    jingle__part_drop(&content->application);
}

void jingle__content_quit(jingle_content_t *content)
{
    jingle__part_quit(content->application);
    jingle__part_quit(content->security);
    jingle__part_quit(content->proposed);
    jingle__part_quit(content->transport);
}

void jingle__content_over(jingle_content_t *content, const jingle_reason_t *reason)
{
    jingle_part_t *application = content->application;

    if (content->state == JINGLE_CONTENT_OVER)
        return;
    jingle_content_clone(content);
    content->state = JINGLE_CONTENT_OVER;
    if (jingle_session_is_ended_by_peer(content->managed->session))
        content->ended_by_peer = true;
    content->proposal = JINGLE__NO_PROPOSAL;
    retire(content);
    jingle__content_wait_no_more(content);
    lose(content->application);
    lose(content->security);
    lose(content->transport);
    lose(content->proposed);
    /* What is at work ends before the program hears of it, which may free the manager, and with that
     * the timers and the net. The channels stay until the application knows. */
    jingle__content_quit(content);
    if (application && application->plugin->as.application.closed) {
        jingle_part_clone(application);
        application->plugin->as.application.closed(application->self, reason);
        jingle_part_release(application);
    }
    jingle__part_recall(content->transport);
    jingle__part_order(content->security,
                       content->proposed ? content->proposed : content->transport);
    jingle__part_order(content->proposed, content->transport);
    jingle__part_order(content->transport, content->application);
    jingle__content_drop_parts(content);
    jingle_content_release(content);
}

void jingle__content_over_by_peer(jingle_content_t *content, const jingle_reason_t *reason)
{
    if (content->state != JINGLE_CONTENT_OVER)
        content->ended_by_peer = true;
    jingle__content_over(content, reason);
}

bool jingle__content_is_session(const jingle_content_t *content)
{
    return !content->disposition;
}

/** Has the peer heard of it? */
bool jingle__content_known(const jingle_content_t *content)
{
    return content->state == JINGLE_CONTENT_OFFERED || content->state == JINGLE_CONTENT_ACCEPTED;
}

void jingle__content_fail(jingle_content_t *content, jingle__why_t *why)
{
    bool undecided = !content->ours && content->state == JINGLE_CONTENT_OFFERED;

    if (content->leaving || content->state == JINGLE_CONTENT_OVER)
        return;
    if (why != &content->why)
        jingle__why_move(&content->mem, &content->why, why);
    if (undecided)
        content->verdict = JINGLE__REFUSED;
    else
        content->leaving = true;
}

/* ---- waiting for a transport --------------------------------------------------------------- */

static void waited_in_vain(jingle_t *jingle, void *userdata)
{
    jingle_content_t *content = userdata;
    jingle__managed_t *m = content->managed;
    jingle_reason_t reason = {.condition = JINGLE_REASON_FAILED_TRANSPORT,
                              .text = "no other transport was agreed on in time"};

    (void)jingle;
    content->timer = NULL;
    jingle__turn_begin(m);
    if (content->proposal == JINGLE__OURS_SENT)
        jingle__withdraw(content);
    else {
        jingle__why_set(&content->mem, &content->trouble, &reason);
        jingle__content_fail(content, &content->trouble);
    }
    jingle__turn_end(m);
}

void jingle__content_wait_no_more(jingle_content_t *content)
{
    jingle_timer_cancel(content->timer);
    content->timer = NULL;
}

bool jingle__content_wait(jingle_content_t *content)
{
    jingle_t *jingle = jingle_session_get_manager(content->managed->session);
    uint32_t delay = jingle__timeouts(jingle).replace;
    jingle__why_t why = {.condition = JINGLE_REASON_FAILED_TRANSPORT};

    jingle__content_wait_no_more(content);
    if (delay == 0 ||
        jingle_timer_start(jingle, delay, waited_in_vain, content, &content->timer) == JINGLE_EOK)
        return true;
    jingle__content_fail(content, &why);
    return false;
}

/* ---- the chain of transports --------------------------------------------------------------- */

static unsigned components_of(const jingle__plugin_t *application)
{
    return application->as.application.components > 1 ? application->as.application.components : 1;
}

bool jingle__fits(const jingle__plugin_t *application, const jingle__plugin_t *transport,
                  const jingle__plugin_t *security)
{
    unsigned flows = application->as.application.flows & transport->as.transport.flows;

    if (security)
        flows &= security->as.security.flows;
    return flows != 0 && (transport->as.transport.components == 0 ||
                          transport->as.transport.components >= components_of(application));
}

bool jingle__content_has_tried(const jingle_content_t *content, const char *ns)
{
    for (size_t i = 0; i < content->n_tried; i++)
        if (strcmp(content->tried[i]->ns, ns) == 0)
            return true;
    return false;
}

int jingle__content_tried(jingle_content_t *content, jingle__plugin_t *transport)
{
    jingle__plugin_t **tried;

    if (jingle__content_has_tried(content, transport->ns))
        return JINGLE_EOK;
    tried = managed_alloc(&content->mem, (content->n_tried + 1) * sizeof(*tried));
    if (!tried)
        return JINGLE_EMEM;
    if (content->n_tried > 0)
        memcpy(tried, content->tried, content->n_tried * sizeof(*tried));
    tried[content->n_tried++] = jingle__plugin_clone(transport);
    managed_free(&content->mem, content->tried);
    content->tried = tried;
    return JINGLE_EOK;
}

/** @param ns the one that is wanted, even again; NULL: one that was not tried */
static bool is_candidate(const jingle_content_t *content, const jingle__plugin_t *transport,
                         const char *ns)
{
    const jingle__plugin_t *security = content->security ? content->security->plugin : NULL;

    if (ns ? strcmp(transport->ns, ns) != 0 : jingle__content_has_tried(content, transport->ns))
        return false;
    return jingle__fits(content->application->plugin, transport, security) &&
           jingle__transport_allowed(content->managed->session, transport);
}

/** By index, since who is asked may change the list. */
static jingle__plugin_t *nth_transport(const jingle__managed_t *m, size_t n)
{
    const jingle_t *jingle = jingle_session_get_manager(m->session);
    jingle__plugin_t *plugin = jingle ? jingle__plugin_first(jingle, JINGLE__TRANSPORT) : NULL;

    while (plugin && n-- > 0)
        plugin = plugin->next;
    return plugin ? jingle__plugin_clone(plugin) : NULL;
}

int jingle__content_next_transport(jingle_content_t *content, const char *ns, jingle_part_t **out)
{
    const jingle__managed_t *m = content->managed; /* it may be forgotten when it is over */
    jingle__plugin_t *plugin;
    int rc = JINGLE_ENOENT;

    if (!ns && content->fixed)
        return JINGLE_ENOENT;
    for (size_t i = 0; rc == JINGLE_ENOENT && (plugin = nth_transport(m, i)); i++) {
        if (!jingle__is_over(m) && content->application && is_candidate(content, plugin, ns)) {
            int failed;

            rc = jingle__content_tried(content, plugin);
            failed =
                rc == JINGLE_EOK ? jingle__part_new(content, plugin, plugin->userdata, out) : rc;
            /* One that cannot be made is passed over, unless memory is what lacks. */
            rc = failed == JINGLE_EOK || failed == JINGLE_EMEM || ns ? failed : JINGLE_ENOENT;
        }
        jingle__plugin_release(plugin);
    }
    if (content->state != JINGLE_CONTENT_OVER && !jingle__is_over(m))
        return rc;
    if (rc == JINGLE_EOK)
        jingle__part_drop(out);
    return JINGLE_EINVOP;
}

/* ---- what is asked of a content ------------------------------------------------------------ */

jingle_content_t *jingle_session_next_content(const jingle_session_t *session,
                                              const jingle_content_t *content)
{
    jingle__managed_t *m = jingle__managed_of(session);
    jingle_content_t *next = m ? m->first : NULL;

    while (next && content && next->number <= content->number)
        next = next->next;
    return next;
}

jingle_content_t *jingle_session_find_content(const jingle_session_t *session,
                                              jingle_creator_t creator, const char *name)
{
    jingle__managed_t *m = jingle__managed_of(session);
    jingle_content_t *content = m && name ? m->first : NULL;

    while (content && (content->creator != creator || strcmp(content->name, name) != 0))
        content = content->next;
    return content;
}

jingle_session_t *jingle_content_get_session(const jingle_content_t *content)
{
    return content && content->managed ? content->managed->session : NULL;
}

jingle_creator_t jingle_content_get_creator(const jingle_content_t *content)
{
    return content ? content->creator : JINGLE_CREATOR_INVALID;
}

const char *jingle_content_get_name(const jingle_content_t *content)
{
    return content ? content->name : NULL;
}

jingle_senders_t jingle_content_get_senders(const jingle_content_t *content)
{
    return content ? content->senders : JINGLE_SENDERS_INVALID;
}

const char *jingle_content_get_disposition(const jingle_content_t *content)
{
    if (!content)
        return NULL;
    return content->disposition ? content->disposition : "session";
}

jingle_content_state_t jingle_content_get_state(const jingle_content_t *content)
{
    return content ? content->state : JINGLE_CONTENT_OVER;
}

const char *jingle_content_get_application(const jingle_content_t *content)
{
    return content && content->application ? content->application->plugin->ns : NULL;
}

const char *jingle_content_get_transport(const jingle_content_t *content)
{
    return content && content->transport ? content->transport->plugin->ns : NULL;
}

unsigned jingle_content_get_components(const jingle_content_t *content)
{
    return content && content->application ? components_of(content->application->plugin) : 0;
}

unsigned jingle_content_get_flows(const jingle_content_t *content)
{
    if (!content || !content->application || !content->transport)
        return 0;
    return content->application->plugin->as.application.flows &
           content->transport->plugin->as.transport.flows;
}

void *jingle_content_get_application_self(const jingle_content_t *content)
{
    return content && content->application ? content->application->self : NULL;
}

void *jingle_content_get_transport_self(const jingle_content_t *content)
{
    return content && content->transport ? content->transport->self : NULL;
}

bool jingle_content_is_ours(const jingle_content_t *content)
{
    return content && content->ours;
}

bool jingle_content_is_ended_by_peer(const jingle_content_t *content)
{
    return content && content->ended_by_peer;
}
