/* SPDX-License-Identifier: MIT */
/** @file
 *  Reads what save.c has written. It may be anybody's: what the steps take for granted of a content
 *  is made sure of here, before the session is one. */
#include "managed.h"

/** Octets of a namespace, a reason's text, a name: whatever could be saved. */
#define TEXT_MAX JINGLE_SAVE_MAX

/** How many there are of what takes a number each at least. */
static uint64_t load_count(jingle_load_t *load)
{
    return jingle_load_number(load, (uint64_t)(load->end - load->at) / sizeof(uint64_t));
}

static int load_why(const xmpp_mem_t *mem, jingle_load_t *load, jingle__why_t *why)
{
    jingle_reason_t reason = {
        .condition = (jingle_condition_t)jingle_load_number(load, JINGLE_REASON_COUNT - 1),
        .text = jingle_load_text(load, TEXT_MAX)};

    jingle__why_set(mem, why, &reason);
    return reason.text && !why->text ? JINGLE_EMEM : JINGLE_EOK;
}

/* ---- parts --------------------------------------------------------------------------------- */

static int plugin_restore(jingle_part_t *part, jingle_load_t *load)
{
    const jingle__plugin_t *plugin = part->plugin;
    int (*restore)(jingle_part_t *, void *, jingle_load_t *, void **);

    restore = plugin->kind == JINGLE__APPLICATION ? plugin->as.application.restore
              : plugin->kind == JINGLE__TRANSPORT ? plugin->as.transport.restore
                                                  : plugin->as.security.restore;
    return restore ? restore(part, plugin->userdata, load, &part->self) : JINGLE_ENOENT;
}

static void set_stage(jingle_part_t *part, jingle__stage_t stage)
{
    part->resume = stage == JINGLE__STARTED || stage == JINGLE__OPEN || stage == JINGLE__FINISHING;
    /* What was being prepared is prepared anew, what was open is open when the transport says so.
     */
    part->stage = stage == JINGLE__PREPARING ? JINGLE__IDLE
                  : stage == JINGLE__OPEN    ? JINGLE__STARTED
                                             : stage;
}

static int load_part_of(jingle_content_t *content, jingle__plugin_t *plugin, jingle_load_t *load,
                        jingle_part_t **out)
{
    jingle_part_t *part = managed_alloc(&content->mem, sizeof(*part));
    unsigned flags = (unsigned)jingle_load_number(load, 31);
    jingle__stage_t stage = (jingle__stage_t)jingle_load_number(load, JINGLE__STOPPED);
    jingle_load_t self;
    int rc = JINGLE_EMEM;

    if (!part)
        return JINGLE_EMEM;
    part->refs = 1;
    part->plugin = jingle__plugin_clone(plugin);
    part->content = jingle_content_clone(content);
    part->announced = flags & 1;
    part->news = flags >> 1 & 1;
    part->tell = flags >> 2 & 1;
    part->failed = flags >> 3 & 1;
    part->done = flags >> 4 & 1;
    set_stage(part, stage);
    rc = load_why(&content->mem, load, &part->why);
    jingle_load_piece(load, &self);
    if (rc == JINGLE_EOK && !jingle_load_is_done(load))
        rc = JINGLE_EDATA;
    if (rc == JINGLE_EOK)
        rc = plugin_restore(part, &self);
    if (rc != JINGLE_EOK) {
        jingle__why_clear(&content->mem, &part->why);
        jingle__plugin_release(plugin);
        jingle_content_release(content);
        managed_free(&content->mem, part);
        return rc;
    }
    part->live = true;
    *out = part;
    return jingle_load_is_done(&self) ? JINGLE_EOK : JINGLE_EDATA;
}

static int load_part(jingle_content_t *content, jingle__kind_t kind, jingle_load_t *load,
                     jingle_part_t **out)
{
    const jingle_t *jingle = jingle_session_get_manager(content->managed->session);
    jingle_load_t piece;
    jingle__plugin_t *plugin;
    const char *ns;

    jingle_load_piece(load, &piece);
    if (jingle_load_is_done(&piece))
        return JINGLE_EOK;
    ns = jingle_load_text(&piece, TEXT_MAX);
    if (!ns)
        return JINGLE_EDATA;
    plugin = jingle__plugin_find(jingle, kind, ns);
    return plugin ? load_part_of(content, plugin, &piece, out) : JINGLE_ENOENT;
}

/* ---- contents ------------------------------------------------------------------------------ */

/** The flag that older saves have here of what is now the session's. */
#define MISNAMED 15

static void set_flags(jingle_content_t *content, unsigned flags)
{
    bool *const to[] = {&content->ours,          &content->added,     &content->told,
                        &content->accepted_told, &content->was_open,  &content->leaving,
                        &content->modify,        &content->all_done,  &content->finished,
                        &content->ends,          &content->fell_back, &content->fixed,
                        &content->waits,         &content->crossed,   &content->repeated};

    for (size_t i = 0; i < sizeof(to) / sizeof(to[0]); i++)
        *to[i] = flags >> i & 1;
    if (flags >> MISNAMED & 1)
        content->managed->misnamed = true;
}

static int load_tried(jingle_content_t *content, jingle_load_t *load)
{
    const jingle_t *jingle = jingle_session_get_manager(content->managed->session);
    uint64_t n = load_count(load);
    int rc = JINGLE_EOK;

    for (uint64_t i = 0; rc == JINGLE_EOK && i < n; i++) {
        const char *ns = jingle_load_text(load, TEXT_MAX);
        jingle__plugin_t *plugin = ns ? jingle__plugin_find(jingle, JINGLE__TRANSPORT, ns) : NULL;

        if (!ns)
            return JINGLE_EDATA;
        if (plugin)
            rc = jingle__content_tried(content, plugin);
    }
    return rc;
}

/** What the steps take for granted. */
static bool is_sound(const jingle_content_t *content)
{
    const jingle_part_t *transport = content->transport, *application = content->application;
    bool accepted = content->state == JINGLE_CONTENT_ACCEPTED;
    bool refused = !content->ours && content->state == JINGLE_CONTENT_OFFERED &&
                   content->verdict == JINGLE__REFUSED && content->managed->offered;
    bool unsent = content->state == JINGLE_CONTENT_NEW && content->leaving;

    if ((content->proposal != JINGLE__NO_PROPOSAL) != (content->proposed != NULL) ||
        ((content->all_done || content->finished) && !accepted) ||
        (content->state != JINGLE_CONTENT_NEW && !content->managed->offered) ||
        (!content->ours && !content->added && jingle__is_initiator(content->managed)))
        return false;
    if (!application || !transport)
        return !content->proposed &&
               ((!application && !transport && refused) || (application && unsent));
    return jingle__fits(application->plugin, transport->plugin,
                        content->security ? content->security->plugin : NULL) &&
           (!content->proposed ||
            jingle__fits(application->plugin, content->proposed->plugin,
                         content->security ? content->security->plugin : NULL));
}

/** Written only where there is one, or something after it. */
static int load_refused(jingle_content_t *content, jingle_load_t *load)
{
    const char *ns = jingle_load_text(load, TEXT_MAX);
    int rc = load_why(&content->mem, load, &content->refusal);

    if (rc != JINGLE_EOK)
        return rc;
    if (!ns)
        return jingle_load_is_done(load) ? JINGLE_EDATA : JINGLE_EOK;
    content->refused = managed_strdup(&content->mem, ns);
    return content->refused ? JINGLE_EOK : JINGLE_EMEM;
}

/** Likewise. What is not registered any more is not proposed once more. */
static int load_again(jingle_content_t *content, jingle_load_t *load)
{
    const jingle_t *jingle = jingle_session_get_manager(content->managed->session);
    const char *ns = jingle_load_text(load, TEXT_MAX);
    jingle__plugin_t *plugin = jingle__plugin_find(jingle, JINGLE__TRANSPORT, ns);

    if (!ns)
        return JINGLE_EDATA;
    content->again = plugin ? jingle__plugin_clone(plugin) : NULL;
    return JINGLE_EOK;
}

static int fill_content(jingle_content_t *content, jingle_load_t *load)
{
    int rc;

    content->state = (jingle_content_state_t)jingle_load_number(load, JINGLE_CONTENT_ACCEPTED);
    content->verdict = (jingle__verdict_t)jingle_load_number(load, JINGLE__REFUSED);
    content->proposal = (jingle__proposal_t)jingle_load_number(load, JINGLE__AGREED);
    set_flags(content, (unsigned)jingle_load_number(load, (1u << (MISNAMED + 1)) - 1));
    content->wanted = (jingle_senders_t)jingle_load_number(load, JINGLE_SENDERS_RESPONDER);
    content->sent = (jingle_senders_t)jingle_load_number(load, JINGLE_SENDERS_RESPONDER);
    rc = load_why(&content->mem, load, &content->why);
    if (rc == JINGLE_EOK)
        rc = load_why(&content->mem, load, &content->trouble);
    if (rc == JINGLE_EOK)
        rc = load_tried(content, load);
    if (rc == JINGLE_EOK)
        rc = load_part(content, JINGLE__APPLICATION, load, &content->application);
    if (rc == JINGLE_EOK)
        rc = load_part(content, JINGLE__SECURITY, load, &content->security);
    if (rc == JINGLE_EOK)
        rc = load_part(content, JINGLE__TRANSPORT, load, &content->transport);
    if (rc == JINGLE_EOK)
        rc = load_part(content, JINGLE__TRANSPORT, load, &content->proposed);
    if (rc == JINGLE_EOK && !jingle_load_is_done(load))
        rc = load_refused(content, load);
    if (rc == JINGLE_EOK && !jingle_load_is_done(load))
        rc = load_again(content, load);
    if (rc == JINGLE_EOK && (!jingle_load_is_done(load) || !is_sound(content)))
        rc = JINGLE_EDATA;
    return rc;
}

static int load_content(jingle__managed_t *m, jingle_load_t *load)
{
    uint32_t number = (uint32_t)jingle_load_number(load, UINT32_MAX), last = m->numbers;
    jingle_creator_t creator = (jingle_creator_t)jingle_load_number(load, JINGLE_CREATOR_RESPONDER);
    const char *name = jingle_load_text(load, TEXT_MAX);
    jingle_senders_t senders = (jingle_senders_t)jingle_load_number(load, JINGLE_SENDERS_RESPONDER);
    const char *disposition = jingle_load_text(load, TEXT_MAX);
    jingle_content_t *content;

    if (load->failed || !name || !*name || number <= last ||
        jingle_session_find_content(m->session, creator, name))
        return JINGLE_EDATA;
    content = jingle__content_new(m, creator, name, senders, disposition);
    if (!content)
        return JINGLE_EMEM;
    jingle__content_add(content);
    content->number = m->numbers = number;
    return fill_content(content, load);
}

static int load_contents(jingle__managed_t *m, jingle_load_t *load)
{
    uint64_t n = load_count(load);
    jingle_limits_t limits;
    int rc = JINGLE_EOK;

    jingle_limits_init(&limits);
    jingle_get_limits(jingle_session_get_manager(m->session), &limits);
    if (limits.contents > 0 && n > limits.contents)
        return JINGLE_ELIMIT;
    for (uint64_t i = 0; rc == JINGLE_EOK && i < n; i++) {
        jingle_load_t piece;

        jingle_load_piece(load, &piece);
        rc = load_content(m, &piece);
    }
    return rc;
}

static int load_gone(jingle__managed_t *m, jingle_load_t *load)
{
    uint64_t n = jingle_load_number(load, JINGLE__GONE);
    jingle_content_t **last = &m->gone;

    for (uint64_t i = 0; i < n; i++) {
        jingle_creator_t creator =
            (jingle_creator_t)jingle_load_number(load, JINGLE_CREATOR_RESPONDER);
        const char *name = jingle_load_text(load, TEXT_MAX);

        if (!name)
            return JINGLE_EDATA;
        *last = jingle__content_new(m, creator, name, JINGLE_SENDERS_BOTH, NULL);
        if (!*last)
            return JINGLE_EMEM;
        (*last)->state = JINGLE_CONTENT_OVER;
        last = &(*last)->next;
    }
    return JINGLE_EOK;
}

/* ---- requests ------------------------------------------------------------------------------ */

static jingle_content_t *by_number(const jingle__managed_t *m, uint64_t number)
{
    jingle_content_t *content = m->first, *gone = m->gone;

    while (content && content->number != number)
        content = content->next;
    for (; !content && gone && number < JINGLE__LAST_GONE; number++)
        gone = gone->next;
    return content ? content : gone;
}

static int load_ask(jingle__managed_t *m, jingle_load_t *load)
{
    uint64_t request = jingle_load_number(load, UINT32_MAX);
    jingle_action_t action = (jingle_action_t)jingle_load_number(load, JINGLE_ACTION_COUNT - 1);
    size_t n = (size_t)load_count(load);
    jingle__ask_t *ask = jingle__ask_new(m, action, n);

    if (!ask)
        return JINGLE_EMEM;
    for (size_t i = 0; i < n; i++) {
        jingle_content_t *content = by_number(m, jingle_load_number(load, UINT32_MAX));

        if (content)
            ask->contents[ask->n++] = jingle_content_clone(content);
    }
    if (load->failed ||
        jingle_restore_request(m->session, request, jingle__answered, ask) != JINGLE_EOK) {
        jingle__ask_free(ask);
        return JINGLE_EDATA;
    }
    jingle__ask_link(ask);
    return JINGLE_EOK;
}

static int load_asks(jingle__managed_t *m, jingle_load_t *load)
{
    uint64_t n = load_count(load);
    int rc = JINGLE_EOK;

    for (uint64_t i = 0; rc == JINGLE_EOK && i < n; i++)
        rc = load_ask(m, load);
    return rc;
}

/* ---- the session --------------------------------------------------------------------------- */

static int load_all(jingle__managed_t *m, jingle_load_t *load)
{
    unsigned flags = (unsigned)jingle_load_number(load, 31);
    uint64_t numbers = jingle_load_number(load, UINT32_MAX);
    int rc = load_why(&m->mem, load, &m->why);

    m->started = flags & 1;
    m->offered = flags >> 1 & 1;
    m->accepted = flags >> 2 & 1;
    m->last_ends = flags >> 3 & 1;
    m->misnamed = flags >> 4 & 1;
    if (rc == JINGLE_EOK)
        rc = load_contents(m, load);
    if (rc == JINGLE_EOK)
        rc = load_gone(m, load);
    if (rc == JINGLE_EOK)
        rc = load_asks(m, load);
    if (m->numbers < numbers)
        m->numbers = (uint32_t)numbers;
    return rc != JINGLE_EOK ? rc : jingle_load_is_done(load) ? JINGLE_EOK : JINGLE_EDATA;
}

/** Nobody will be told of the answers: the engine sees to that when this fails. */
static void forget_asks(jingle__managed_t *m)
{
    while (m->asks) {
        jingle__ask_t *ask = m->asks;

        m->asks = ask->next;
        jingle__ask_free(ask);
    }
}

int jingle__restore(jingle_session_t *session, void *userdata, jingle_load_t *load, void **self)
{
    int rc = jingle__managed_type.create(session, userdata, self);

    if (rc != JINGLE_EOK)
        return rc;
    rc = load_all(*self, load);
    if (rc != JINGLE_EOK) {
        forget_asks(*self);
        jingle__managed_type.free(*self);
    }
    return rc;
}

/** @return a transport that was started before the session was saved */
static jingle_part_t *to_resume(const jingle__managed_t *m)
{
    for (const jingle_content_t *content = m->first; content; content = content->next) {
        if (content->transport && content->transport->resume)
            return content->transport;
        if (content->proposed && content->proposed->resume)
            return content->proposed;
    }
    return NULL;
}

void jingle__restored(jingle_session_t *session, void *self)
{
    jingle__managed_t *m = self;
    jingle_part_t *part;

    (void)session;
    jingle__turn_begin(m);
    for (jingle_content_t *content = m->first; content; content = content->next)
        if (content->waits)
            jingle__content_wait(content);
    while (!jingle__is_over(m) && (part = to_resume(m))) {
        part->resume = false;
        jingle__part_resume(part);
    }
    jingle__turn_end(m);
}
