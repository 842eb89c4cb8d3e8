/* SPDX-License-Identifier: MIT */
/** @file
 *  What the peer offers: session-initiate and content-add. All is judged before anything is taken
 *  over (XEP-0166 sections 6.3, 7.2.2 and 7.3). */
#include "managed.h"

/** The contents of one stanza on their way into the session. */
typedef struct {
    jingle__managed_t *m;
    const jingle_data_t *data;
    bool added; /**< content-add */
    size_t n;
    jingle_content_t **contents;          /**< one for each creator and name */
    const jingle_content_data_t **chosen; /**< of its alternatives */
} offer_t;

/* ---- one alternative ----------------------------------------------------------------------- */

static jingle_check_t unusable(jingle_content_t *content, jingle_condition_t condition,
                               const char *text)
{
    jingle_reason_t reason = {.condition = condition, .text = text};

    jingle__why_set(&content->mem, &content->why, &reason);
    return JINGLE_CHECK_UNUSABLE;
}

/** @return a plug-in for each element of the content, or why there is none */
static jingle_check_t choose_plugins(jingle_content_t *content, const jingle_content_data_t *data,
                                     jingle__plugin_t *plugins[JINGLE__KINDS])
{
    const jingle_t *jingle = jingle_session_get_manager(content->managed->session);

    plugins[JINGLE__APPLICATION] =
        jingle__plugin_find(jingle, JINGLE__APPLICATION, jingle_element_ns(data->description));
    plugins[JINGLE__TRANSPORT] =
        jingle__plugin_find(jingle, JINGLE__TRANSPORT, jingle_element_ns(data->transport));
    plugins[JINGLE__SECURITY] =
        data->security
            ? jingle__plugin_find(jingle, JINGLE__SECURITY, jingle_element_ns(data->security))
            : NULL;
    if (!plugins[JINGLE__APPLICATION])
        return unusable(content, JINGLE_REASON_UNSUPPORTED_APPLICATIONS, NULL);
    if (!plugins[JINGLE__TRANSPORT] ||
        !jingle__fits(plugins[JINGLE__APPLICATION], plugins[JINGLE__TRANSPORT], NULL))
        return unusable(content, JINGLE_REASON_UNSUPPORTED_TRANSPORTS, NULL);
    /* A precondition must not be dropped silently (XEP-0166 section 9). */
    if (data->security && !plugins[JINGLE__SECURITY])
        return unusable(content, JINGLE_REASON_SECURITY_ERROR,
                        "the security precondition is not supported");
    if (!jingle__fits(plugins[JINGLE__APPLICATION], plugins[JINGLE__TRANSPORT],
                      plugins[JINGLE__SECURITY]))
        return unusable(content, JINGLE_REASON_SECURITY_ERROR,
                        "the security precondition does not fit the transport");
    return JINGLE_CHECK_OK;
}

static jingle_check_t check_parts(jingle_content_t *content, const jingle_content_data_t *data,
                                  jingle_action_t action)
{
    static const jingle_condition_t defaults[] = {
        JINGLE_REASON_INCOMPATIBLE_PARAMETERS, JINGLE_REASON_SECURITY_ERROR,
        JINGLE_REASON_FAILED_TRANSPORT, JINGLE_REASON_SECURITY_ERROR};
    jingle_check_t worst = JINGLE_CHECK_OK;
    jingle__why_t first = {0};

    /* All are asked: one that is malformed counts more than one that is not for us. */
    for (size_t i = 0; i < 4; i++) {
        jingle_check_t verdict = JINGLE_CHECK_OK;

        if (i == 0)
            verdict =
                jingle__part_check(content->application, action, data->description, &content->why);
        else if (i == 1 && content->security)
            verdict = jingle__part_check(content->security, action, data->security, &content->why);
        else if (i == 2)
            verdict =
                jingle__part_check(content->transport, action, data->transport, &content->why);
        else if (i == 3)
            verdict =
                jingle__security_check(content->security, action, data->transport, &content->why);
        if (verdict == JINGLE_CHECK_UNUSABLE && first.condition == JINGLE_REASON_UNDEFINED) {
            jingle__why_move(&content->mem, &first, &content->why);
            if (first.condition == JINGLE_REASON_UNDEFINED)
                first.condition = defaults[i];
        }
        if (verdict != JINGLE_CHECK_OK && worst != JINGLE_CHECK_MALFORMED)
            worst = verdict;
    }
    jingle__why_move(&content->mem, &content->why, &first);
    return worst;
}

/** Makes the parts of an alternative and has them judge it.
 *  @return JINGLE_EOK, with a verdict, or an error */
static int judge(jingle_content_t *content, const jingle_content_data_t *data,
                 jingle_action_t action, jingle_check_t *verdict)
{
    jingle__plugin_t *plugins[JINGLE__KINDS];
    jingle_part_t **slots[JINGLE__KINDS] = {&content->application, &content->transport,
                                            &content->security};
    int rc = JINGLE_EOK;

    *verdict = choose_plugins(content, data, plugins);
    if (*verdict != JINGLE_CHECK_OK)
        return JINGLE_EOK;
    for (int kind = 0; kind < JINGLE__KINDS; kind++)
        if (plugins[kind])
            jingle__plugin_clone(plugins[kind]);
    for (int kind = 0; rc == JINGLE_EOK && kind < JINGLE__KINDS; kind++)
        if (plugins[kind])
            rc = jingle__part_new(content, plugins[kind], plugins[kind]->userdata, slots[kind]);
    if (rc == JINGLE_EOK)
        rc = jingle__content_tried(content, plugins[JINGLE__TRANSPORT]);
    for (int kind = 0; kind < JINGLE__KINDS; kind++)
        jingle__plugin_release(plugins[kind]);
    if (rc == JINGLE_EOK)
        *verdict = check_parts(content, data, action);
    else if (rc != JINGLE_EMEM) {
        /* A plug-in that cannot be made now says no more than that it is not usable. */
        *verdict = unusable(content, JINGLE_REASON_FAILED_APPLICATION, jingle_strerror(rc));
        rc = JINGLE_EOK;
    }
    if (*verdict != JINGLE_CHECK_OK || rc != JINGLE_EOK)
        jingle__content_drop_parts(content);
    return rc;
}

/* ---- the alternatives of one content ------------------------------------------------------- */

static jingle_content_t *content_of(offer_t *offer, const jingle_content_data_t *data)
{
    jingle_content_t *content = jingle__content_new(
        offer->m, jingle_content_data_get_creator(data), data->name,
        jingle_content_data_get_senders(data), jingle_content_data_get_disposition(data));

    if (content) {
        content->added = offer->added;
        content->verdict = JINGLE__REFUSED;
    }
    return content;
}

static int rank_of(const jingle_content_t *content)
{
    return content->transport->plugin->as.transport.rank;
}

/** @return the better of the two; the other is let go of */
static jingle_content_t *better_of(jingle_content_t *best, jingle_content_t *other)
{
    bool replaces =
        !best || (other->application && (!best->application || rank_of(other) > rank_of(best)));
    jingle_content_t *loser = replaces ? best : other;

    if (loser) {
        jingle__content_drop_parts(loser);
        jingle_content_release(loser);
    }
    return replaces ? other : best;
}

/** Several contents of one name in a stanza are alternatives (XEP-0166 section 7.3): the best
 * usable one is taken, by the rank of transports, then by the peer's order.
 *  @return NULL, or the error to answer with */
static const jingle_error_t *judge_alternatives(offer_t *offer, size_t first)
{
    const jingle_content_data_t *contents = offer->data->contents;
    jingle_content_t *best = NULL;
    const jingle_content_data_t *chosen = NULL;
    const jingle_error_t *error = NULL;

    for (size_t i = first; !error && i < offer->data->n_contents; i++) {
        jingle_content_t *content;
        jingle_check_t verdict = JINGLE_CHECK_OK;

        if (!jingle__same_key(&contents[first], &contents[i]))
            continue;
        content = content_of(offer, &contents[i]);
        if (!content || judge(content, &contents[i], offer->data->action, &verdict) != JINGLE_EOK)
            error = jingle_error_of(JINGLE_ERROR_RESOURCE_CONSTRAINT);
        else if (verdict == JINGLE_CHECK_MALFORMED)
            error = jingle_error_of(JINGLE_ERROR_BAD_REQUEST);
        if (error) {
            jingle_content_release(content);
            continue;
        }
        if (verdict == JINGLE_CHECK_OK)
            content->verdict = JINGLE__UNDECIDED;
        best = better_of(best, content);
        chosen = best == content ? &contents[i] : chosen;
    }
    if (best && error) {
        jingle__content_drop_parts(best);
        jingle_content_release(best);
    } else if (best) {
        offer->chosen[offer->n] = chosen;
        offer->contents[offer->n++] = best;
    }
    return error;
}

/* ---- all contents of the stanza ------------------------------------------------------------ */

static bool is_seen(const offer_t *offer, size_t index)
{
    for (size_t i = 0; i < index; i++)
        if (jingle__same_key(&offer->data->contents[i], &offer->data->contents[index]))
            return true;
    return false;
}

static const jingle_error_t *check_form(const offer_t *offer)
{
    const jingle_error_t *bad_request = jingle_error_of(JINGLE_ERROR_BAD_REQUEST);
    size_t distinct = 0;
    jingle_limits_t limits;

    if (offer->data->n_contents == 0)
        return bad_request;
    for (size_t i = 0; i < offer->data->n_contents; i++) {
        const jingle_content_data_t *data = &offer->data->contents[i];

        if (!jingle__well_formed(data) || !data->description || !data->transport ||
            jingle_session_find_content(offer->m->session, jingle_content_data_get_creator(data),
                                        data->name))
            return bad_request;
        distinct += !is_seen(offer, i);
    }
    jingle_limits_init(&limits);
    jingle_get_limits(jingle_session_get_manager(offer->m->session), &limits);
    if (limits.contents > 0 && jingle__count_contents(offer->m) + distinct > limits.contents)
        return jingle_error_of(JINGLE_ERROR_RESOURCE_CONSTRAINT);
    return NULL;
}

static const jingle_error_t *judge_all(offer_t *offer)
{
    const jingle_error_t *error = check_form(offer);
    const xmpp_mem_t *mem = &offer->m->mem;

    if (error)
        return error;
    offer->contents = managed_alloc(mem, offer->data->n_contents * sizeof(*offer->contents));
    offer->chosen = managed_alloc(mem, offer->data->n_contents * sizeof(*offer->chosen));
    if (!offer->contents || !offer->chosen)
        return jingle_error_of(JINGLE_ERROR_RESOURCE_CONSTRAINT);
    for (size_t i = 0; !error && i < offer->data->n_contents; i++)
        if (!is_seen(offer, i))
            error = judge_alternatives(offer, i);
    return error;
}

static int apply_all(const offer_t *offer)
{
    int rc = JINGLE_EOK;

    for (size_t i = 0; rc == JINGLE_EOK && i < offer->n; i++) {
        const jingle_content_data_t *data = offer->chosen[i];
        jingle_content_t *content = offer->contents[i];

        if (content->verdict == JINGLE__REFUSED)
            continue;
        rc = jingle__part_apply(content->application, offer->data->action, data->description);
        if (rc == JINGLE_EOK)
            rc = jingle__part_apply(content->security, offer->data->action, data->security);
        if (rc == JINGLE_EOK)
            rc = jingle__part_apply(content->transport, offer->data->action, data->transport);
        if (rc == JINGLE_EOK)
            rc = jingle__security_apply(content->security, offer->data->action, data->transport);
    }
    return rc;
}

/** The contents become the session's. */
static void commit(offer_t *offer)
{
    for (size_t i = 0; i < offer->n; i++) {
        offer->contents[i]->state = JINGLE_CONTENT_OFFERED;
        jingle__content_add(offer->contents[i]);
    }
    offer->n = 0;
}

static void offer_clear(offer_t *offer)
{
    xmpp_mem_t mem = offer->m->mem;

    while (offer->n > 0) {
        jingle_content_t *content = offer->contents[--offer->n];

        jingle__content_drop_parts(content);
        jingle_content_release(content);
    }
    managed_free(&mem, offer->contents);
    managed_free(&mem, offer->chosen);
}

/** @return true when no content of the offer can be accepted in a session-accept */
static bool is_hopeless(const offer_t *offer)
{
    for (size_t i = 0; i < offer->n; i++)
        if (offer->contents[i]->verdict != JINGLE__REFUSED &&
            jingle__content_is_session(offer->contents[i]))
            return false;
    return true;
}

/** The reason that holds for all of them, else that something in them cannot be used. */
static jingle_reason_t common_reason(const offer_t *offer)
{
    jingle_reason_t reason = {0};

    for (size_t i = 0; i < offer->n; i++) {
        const jingle_content_t *content = offer->contents[i];

        if (content->verdict != JINGLE__REFUSED)
            continue;
        if (reason.condition == JINGLE_REASON_UNDEFINED)
            reason = jingle__why_reason(&content->why);
        else if (reason.condition != content->why.condition)
            return (jingle_reason_t){.condition = JINGLE_REASON_INCOMPATIBLE_PARAMETERS};
    }
    return reason;
}

/* ---- handlers ------------------------------------------------------------------------------ */

static void handle(jingle__managed_t *m, const jingle_data_t *data, jingle_reply_t *reply,
                   bool added)
{
    offer_t offer = {.m = m, .data = data, .added = added};
    const jingle_error_t *error;

    jingle__turn_begin(m);
    error = judge_all(&offer);
    if (!error && !jingle__is_over(m) && !added && is_hopeless(&offer)) {
        jingle_reason_t reason = common_reason(&offer);

        /* Acknowledges, then terminates; nobody is asked about it (XEP-0166 section 6.3.1). */
        jingle__end(m, &reason);
    } else if (!error && !jingle__is_over(m) && apply_all(&offer) != JINGLE_EOK)
        error = jingle_error_of(JINGLE_ERROR_RESOURCE_CONSTRAINT);
    if (!error && !jingle__is_over(m)) {
        commit(&offer);
        m->offered = true;
    }
    offer_clear(&offer);
    if (error && added)
        jingle__add_refused(m, data);
    jingle__answer(reply, error);
    jingle__turn_end(m);
}

JINGLE__HANDLER(session_initiate)
{
    (void)session;
    handle(self, data, reply, false);
}

JINGLE__HANDLER(content_add)
{
    (void)session;
    handle(self, data, reply, true);
}
