/* SPDX-License-Identifier: MIT */
/** @file
 *  Requests of ours that wait for an answer, Jingle or not. An answer counts only when id, sender
 *  and type fit (a handler of libstrophe's for an id fires for anybody's stanza with that id). */
#include "save.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Numbers are ours and go up by one, so they spread by themselves. */
#define NUMBER_HASH(number) ((unsigned)(number))

static void free_request(jingle__request_t *request)
{
    jingle_t *jingle = request->jingle;

    jingle__jid_release(jingle, request->own);
    jingle__free(&jingle->mem, request->element);
    jingle__free(&jingle->mem, request);
}

/** Out of all lists: nothing finds it any more. */
static void take_out(jingle__request_t *request)
{
    jingle_t *jingle = request->jingle;
    const xmpp_mem_t *uthash_mem = &jingle->mem;

    jingle__timer_unset(&request->timer);
    if (request->id)
        HASH_DEL(jingle->restored, request);
    else
        HASH_DEL(jingle->requests, request);
    if (request->session) {
        request->session->changed = true;
        DL_DELETE(request->session->requests, request);
        request->session->n_requests--;
    }
    jingle->counters.requests--;
}

static void tell(jingle__request_t *request, const jingle_answer_t *answer)
{
    if (request->on_answer)
        request->on_answer(request->jingle, answer, request->userdata);
}

void jingle__request_drop(jingle__request_t *request)
{
    take_out(request);
    tell(request, &(jingle_answer_t){.type = JINGLE_ANSWER_DROPPED});
    free_request(request);
}

void jingle__request_drop_all(jingle_session_t *session)
{
    while (session->requests)
        jingle__request_drop(session->requests);
}

void jingle__requests_clear(jingle_t *jingle)
{
    while (jingle->requests)
        jingle__request_drop(jingle->requests);
    while (jingle->restored)
        jingle__request_drop(jingle->restored);
}

/** Only an offer that nobody has accepted yet ends its session (XEP-0166 section 6.3.2). */
static void after_error(jingle_session_t *session, jingle_action_t action,
                        const jingle_answer_t *what)
{
    const jingle_error_t *error = what->error;
    jingle_error_code_t code = jingle_error_get_code(error);
    bool offer = action == JINGLE_ACTION_SESSION_INITIATE && session->state != JINGLE_STATE_ACTIVE;

    if (offer && code == JINGLE_ERROR_TIE_BREAK) {
        jingle__session_fail(session, JINGLE_REASON_ALTERNATIVE_SESSION, error);
        return;
    }
    jingle__emit(session->jingle, (jingle_event_t){.type = JINGLE_EVENT_ERROR,
                                                   .session = session,
                                                   .action = action,
                                                   .error = error});
    if (code == JINGLE_ERROR_UNKNOWN_SESSION) {
        /* Its session-terminate is here: what crossed that is answered as of no session. */
        if (!jingle__queue_ends_session(session))
            jingle__session_fail(session, JINGLE_REASON_GONE, error);
    } else if (offer && what->type == JINGLE_ANSWER_TIMEOUT) /* it may have arrived all the same */
        jingle__session_finish(
            session,
            &(jingle__ending_t){.reason.condition = JINGLE_REASON_TIMEOUT, .error = error});
    else if (offer)
        jingle__session_fail(session, JINGLE_REASON_GENERAL_ERROR, error);
}

/** Tells who asked, then the program, then does what an error does to the session. */
static void answer(jingle__request_t *request, const jingle_answer_t *what)
{
    jingle_session_t *session = jingle_session_clone(request->session);
    jingle_action_t action = request->action;

    take_out(request);
    if (session && what->type == JINGLE_ANSWER_RESULT && action == JINGLE_ACTION_SESSION_INITIATE)
        session->acknowledged = true;
    tell(request, what);
    free_request(request);
    if (session && what->error && session->state != JINGLE_STATE_ENDED)
        after_error(session, action, what);
    if (session)
        jingle__tell_change(session);
    jingle_session_release(session);
}

/** Our own time-out is not the peer's answer: it ends nothing but an offer. */
static void time_out(jingle_t *jingle, void *userdata)
{
    const jingle_error_t *error = jingle_error_of(JINGLE_ERROR_REMOTE_SERVER_TIMEOUT);

    jingle->counters.request_timeouts++;
    answer(userdata, &(jingle_answer_t){.type = JINGLE_ANSWER_TIMEOUT, .error = error});
}

int jingle__request_new(jingle_t *jingle, jingle_session_t *session, jingle_action_t action,
                        const char *to, jingle__jid_t *own, uint32_t timeout,
                        jingle_answer_fn on_answer, void *userdata, jingle__request_t **out)
{
    const xmpp_mem_t *uthash_mem = &jingle->mem;
    size_t to_size = strlen(to) + 1;
    jingle__request_t *request = jingle__alloc(&jingle->mem, sizeof *request + to_size);

    if (!request)
        return JINGLE_EMEM;
    request->jingle = jingle;
    request->number = ++jingle->request_number;
    request->action = action;
    request->on_answer = on_answer;
    request->userdata = userdata;
    memcpy(request->to, to, to_size);
    request->timer.fn = time_out;
    request->timer.userdata = request;
    HASH_ADD_KEYPTR_BYHASHVALUE(hh, jingle->requests, &request->number, sizeof request->number,
                                NUMBER_HASH(request->number), request);
    if (!request->hh.tbl)
        goto no_memory;
    if (timeout != UINT32_MAX &&
        jingle__timer_set(jingle, &request->timer, timeout) != JINGLE_EOK) {
        HASH_DEL(jingle->requests, request);
        goto no_memory;
    }
    request->own = jingle__jid_clone(own);
    request->session = session;
    if (session) {
        DL_PREPEND(session->requests, request);
        session->n_requests++;
        session->changed = true;
    }
    jingle->counters.requests++;
    jingle->counters.requests_total++;
    *out = request;
    return JINGLE_EOK;
no_memory:
    jingle__free(&jingle->mem, request);
    return JINGLE_EMEM;
}

/* ---- ids ----------------------------------------------------------------------------------- */

static unsigned id_hash(const jingle_t *jingle, const char *id)
{
    return (unsigned)jingle_hash(jingle, id, strlen(id));
}

static jingle__request_t *find_restored(const jingle_t *jingle, const char *id)
{
    jingle__request_t *request = NULL;

    if (jingle->restored && id)
        HASH_FIND_BYHASHVALUE(hh, jingle->restored, id, strlen(id), id_hash(jingle, id), request);
    return request;
}

int jingle__request_restore(jingle_session_t *session, jingle_action_t action, const char *id,
                            uint32_t left, const char *element)
{
    jingle_t *jingle = session->jingle;
    const xmpp_mem_t *uthash_mem = &jingle->mem;
    size_t to_size = session->peer->len + 1, id_size = strlen(id) + 1;
    jingle__request_t *request;
    int err = JINGLE_EMEM;

    if (find_restored(jingle, id))
        return JINGLE_EEXIST;
    request = jingle__alloc(&jingle->mem, sizeof *request + to_size + id_size);
    if (!request)
        return JINGLE_EMEM;
    request->jingle = jingle;
    request->action = action;
    memcpy(request->to, session->peer->jid, to_size);
    request->id = memcpy(request->to + to_size, id, id_size);
    request->timer.fn = time_out;
    request->timer.userdata = request;
    err = jingle__repeat_load(session, action, element, &request->element);
    if (err)
        goto fail;
    err = JINGLE_EMEM;
    HASH_ADD_KEYPTR_BYHASHVALUE(hh, jingle->restored, request->id, id_size - 1, id_hash(jingle, id),
                                request);
    if (!request->hh.tbl)
        goto fail;
    if (left != UINT32_MAX && jingle__timer_set(jingle, &request->timer, left) != JINGLE_EOK) {
        HASH_DEL(jingle->restored, request);
        goto fail;
    }
    request->own = jingle__jid_clone(session->own);
    request->session = session;
    DL_APPEND(session->requests, request);
    session->n_requests++;
    jingle->counters.requests++;
    return JINGLE_EOK;
fail:
    jingle__free(&jingle->mem, request->element);
    jingle__free(&jingle->mem, request);
    return err;
}

static void write_number(jingle_t *jingle, jingle__buf_t *buf, uint64_t number)
{
    char digits[20];
    size_t at = sizeof digits;

    do
        digits[--at] = (char)('0' + number % 10);
    while (number /= 10);
    jingle__buf_puts(buf, jingle->request_prefix);
    jingle__buf_add(buf, digits + at, sizeof digits - at);
}

void jingle__request_write_id(const jingle__request_t *request, jingle__buf_t *buf)
{
    write_number(request->jingle, buf, request->number);
}

const char *jingle__request_id(const jingle__request_t *request, char room[JINGLE__REQUEST_ID])
{
    if (request->id)
        return request->id;
    snprintf(room, JINGLE__REQUEST_ID, "%s%" PRIu64, request->jingle->request_prefix,
             request->number);
    return room;
}

void jingle__write_fresh_id(jingle_t *jingle, jingle__buf_t *buf)
{
    write_number(jingle, buf, ++jingle->request_number);
}

/** @return the number, 0 when the id is not one that we write */
static uint64_t read_id(const jingle_t *jingle, const char *id)
{
    size_t prefix = strlen(jingle->request_prefix);
    uint64_t number = 0;

    if (!id || strncmp(id, jingle->request_prefix, prefix) != 0)
        return 0;
    id += prefix;
    if (*id == '0')
        return 0;
    for (; *id; id++) {
        if (*id < '0' || *id > '9' || number > (UINT64_MAX - 9) / 10)
            return 0;
        number = 10 * number + (uint64_t)(*id - '0');
    }
    return number;
}

static bool is_bare_of(const char *bare, const char *full)
{
    size_t len = strcspn(full, "/");

    return strlen(bare) == len && memcmp(bare, full, len) == 0;
}

static bool is_domain_of(const char *domain, const char *jid)
{
    const char *at = strchr(jid, '@');

    return is_bare_of(domain, at ? at + 1 : jid);
}

/** RFC 6120 section 8.1.2.1: what had no `to` is answered without `from`, or from our account. */
static bool sender_fits(const jingle__request_t *request, const char *from)
{
    if (request->to[0])
        return from && strcmp(request->to, from) == 0;
    if (!from)
        return true;
    return request->own &&
           (strcmp(from, request->own->text) == 0 || is_bare_of(from, request->own->text) ||
            is_domain_of(from, request->own->text));
}

bool jingle__receive_answer(jingle_t *jingle, xmpp_stanza_t *stanza, bool result)
{
    const char *id = xmpp_stanza_get_id(stanza);
    uint64_t number = read_id(jingle, id);
    jingle__request_t *request = NULL;
    const jingle_error_t *error = NULL;
    jingle_answer_t what = {.type = JINGLE_ANSWER_RESULT, .stanza = stanza};

    if (number)
        HASH_FIND_BYHASHVALUE(hh, jingle->requests, &number, sizeof number, NUMBER_HASH(number),
                              request);
    if (!request) /* it may have been made before its session was saved, here too */
        request = find_restored(jingle, id);
    if (!number && !request)
        return false;
    if (!request || !sender_fits(request, xmpp_stanza_get_from(stanza)))
        return true;
    if (!result) {
        jingle->counters.request_errors++;
        what.type = JINGLE_ANSWER_ERROR;
        what.error = jingle_error_new(&jingle->mem, stanza, &error) == JINGLE_EOK
                         ? error
                         : jingle_error_of(JINGLE_ERROR_INTERNAL_SERVER_ERROR);
        if (jingle__repeat_is_known(request, what.error))
            what = (jingle_answer_t){.type = JINGLE_ANSWER_RESULT, .stanza = stanza};
    }
    jingle__enter(jingle);
    xmpp_stanza_clone(stanza);
    answer(request, &what);
    jingle_error_free(error);
    xmpp_stanza_release(stanza);
    jingle__leave(jingle);
    return true;
}

bool jingle__request_waits(const jingle_session_t *session, jingle_action_t action)
{
    for (const jingle__request_t *request = session->requests; request; request = request->next)
        if (request->action == action)
            return true;
    return false;
}

void jingle__write_iq(jingle__buf_t *buf, const char *type, const char *to, const char *from)
{
    jingle__buf_puts(buf, "<iq type=\"");
    jingle__buf_puts(buf, type);
    jingle__buf_puts(buf, "\"");
    jingle__buf_attr(buf, "to", to && *to ? to : NULL);
    jingle__buf_attr(buf, "from", from);
    jingle__buf_puts(buf, " id=\"");
}

static void write_request(jingle__buf_t *buf, const jingle__request_t *request,
                          const jingle_request_t *what)
{
    jingle_t *jingle = request->jingle;

    jingle__write_iq(buf, what->get ? "get" : "set", request->to,
                     jingle->config.component && request->own ? request->own->text : NULL);
    jingle__request_write_id(request, buf);
    jingle__buf_puts(buf, "\">");
    if (what->payload)
        jingle__write_element(buf, what->payload, "jabber:client");
    else if (what->xml)
        jingle__buf_puts(buf, what->xml);
    jingle__buf_puts(buf, "</iq>");
}

int jingle_send_message(jingle_t *jingle, const char *to, const char *own, const char *xml)
{
    const char *from = NULL;
    jingle__buf_t buf;
    int err;

    if (!jingle || !to || !xml)
        return JINGLE_EINVAL;
    if (jingle->closing)
        return JINGLE_EINVOP;
    if (jingle->config.component)
        from = own ? own : jingle_get_jid(jingle);
    jingle__enter(jingle);
    jingle__buf_init(&buf, &jingle->mem);
    JINGLE__PUT(&buf, "<message");
    jingle__buf_attr(&buf, "to", to);
    jingle__buf_attr(&buf, "from", from);
    JINGLE__PUT(&buf, ">");
    jingle__buf_puts(&buf, xml);
    JINGLE__PUT(&buf, "</message>");
    err = buf.err ? buf.err : jingle__output(jingle, buf.data, buf.len);
    jingle__buf_free(&buf);
    jingle__leave(jingle);
    return err;
}

int jingle_request(jingle_t *jingle, const jingle_request_t *what)
{
    jingle__request_t *request;
    jingle__jid_t *own, *to;
    jingle__buf_t buf;
    uint32_t timeout;
    uint64_t number;
    int err = JINGLE_EMEM;

    if (!jingle || !what || what->size < sizeof *what || (!what->xml && !what->payload))
        return JINGLE_EINVAL;
    if (jingle->closing)
        return JINGLE_EINVOP;
    own = what->own ? jingle__jid_new(jingle, what->own, true) : jingle__jid_clone(jingle->own);
    to = jingle__jid_new(jingle, what->to ? what->to : "", true);
    jingle__enter(jingle);
    if (!to || (what->own && !own))
        goto out;
    timeout = what->timeout ? what->timeout : jingle->config.request_timeout;
    err = jingle__request_new(jingle, NULL, JINGLE_ACTION_UNKNOWN, to->text, own, timeout,
                              what->on_answer, what->userdata, &request);
    if (err)
        goto out;
    number = request->number;
    jingle__buf_init(&buf, &jingle->mem);
    write_request(&buf, request, what);
    err = buf.err ? buf.err : jingle__output(jingle, buf.data, buf.len);
    jingle__buf_free(&buf);
    if (err) {
        /* The send function may have called back in, and the answer may be there already. */
        HASH_FIND_BYHASHVALUE(hh, jingle->requests, &number, sizeof number, NUMBER_HASH(number),
                              request);
        if (request) {
            take_out(request);
            free_request(request);
        } else
            err = JINGLE_EOK;
    }
out:
    jingle__jid_release(jingle, own);
    jingle__jid_release(jingle, to);
    jingle__leave(jingle);
    return err;
}
