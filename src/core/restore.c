/* SPDX-License-Identifier: MIT */
/** @file
 *  Reads what save.c has written. It may be anybody's octets: every length is held against what is
 *  there, every value against what it can be, and the session is made with the limits of any other. No text is
 *  too long that could be saved: all of them are no longer than the whole. */
#include "save.h"

#include <string.h>

/* ---- which type ---------------------------------------------------------------------------- */

int jingle_register_restorable(jingle_t *jingle, const jingle_session_type_t *type, void *userdata)
{
    jingle__restorable_t *entry;

    if (!jingle || !type || !type->name || type->size < offsetof(jingle_session_type_t, save))
        return JINGLE_EINVAL;
    DL_FOREACH(jingle->restorables, entry)
    if (strcmp(entry->type->name, type->name) == 0)
        return JINGLE_EEXIST;
    entry = jingle__alloc(&jingle->mem, sizeof *entry);
    if (!entry)
        return JINGLE_EMEM;
    entry->type = type;
    entry->userdata = userdata;
    DL_APPEND(jingle->restorables, entry);
    return JINGLE_EOK;
}

void jingle__restorables_clear(jingle_t *jingle)
{
    while (jingle->restorables) {
        jingle__restorable_t *entry = jingle->restorables;
        DL_DELETE(jingle->restorables, entry);
        jingle__free(&jingle->mem, entry);
    }
}

static bool is_named(const jingle_session_type_t *type, const char *name)
{
    return name && type->name && strcmp(type->name, name) == 0;
}

/** By the namespace it serves, else by its name. @return JINGLE_EOK, JINGLE_ENOENT */
static int find_type(const jingle_t *jingle, const char *ns, const char *name,
                     jingle__session_args_t *args)
{
    const jingle__type_entry_t *entry, *found = NULL;
    const jingle__restorable_t *restorable;

    DL_FOREACH(jingle->types, entry)
    if (ns && strcmp(entry->ns, ns) == 0)
        found = entry;
    for (entry = jingle->types; entry && !found; entry = entry->next)
        if (is_named(entry->type, name))
            found = entry;
    if (found) {
        args->type = found->type;
        args->type_userdata = found->userdata;
        return JINGLE_EOK;
    }
    DL_FOREACH(jingle->restorables, restorable)
    if (is_named(restorable->type, name)) {
        args->type = restorable->type;
        args->type_userdata = restorable->userdata;
        return JINGLE_EOK;
    }
    args->type = &jingle__base_type;
    return !ns && is_named(args->type, name) ? JINGLE_EOK : JINGLE_ENOENT;
}

/* ---- reading ------------------------------------------------------------------------------- */

static uint64_t unpack(const unsigned char *from, size_t size)
{
    uint64_t number = 0;

    for (size_t i = 0; i < size; i++)
        number = number << 8 | from[i];
    return number;
}

/** @param load receives what lies between head and sum */
static int check_frame(const void *data, size_t len, jingle_load_t *load, uint64_t *version)
{
    const unsigned char *octets = data;

    if (len < JINGLE__SAVE_HEAD + JINGLE__SAVE_SUM || len > JINGLE_SAVE_MAX ||
        memcmp(octets, jingle__save_magic, JINGLE__SAVE_MAGIC) != 0 ||
        unpack(octets + JINGLE__SAVE_MAGIC + 4, 4) != len ||
        unpack(octets + len - JINGLE__SAVE_SUM, JINGLE__SAVE_SUM) !=
            jingle__save_sum(octets, len - JINGLE__SAVE_SUM))
        return JINGLE_EDATA;
    *version = unpack(octets + JINGLE__SAVE_MAGIC, 4);
    if (*version < 1 || *version > JINGLE__SAVE_VERSION)
        return JINGLE_EVERSION;
    *load =
        (jingle_load_t){.at = octets + JINGLE__SAVE_HEAD, .end = octets + len - JINGLE__SAVE_SUM};
    return JINGLE_EOK;
}

/** All of a saved session, borrowed from the data. */
typedef struct {
    const char *own, *peer, *type_ns, *type_name;
    const char **applications;
    uint64_t version;
    jingle__session_args_t args;
    jingle__saved_t saved;
} read_t;

static int read_applications(jingle_t *jingle, jingle_load_t *load, read_t *read)
{
    /* Each takes the number of its length at least. */
    size_t n = (size_t)jingle_load_number(load, (uint64_t)(load->end - load->at) / 8);

    read->applications = n ? jingle__alloc(&jingle->mem, n * sizeof *read->applications) : NULL;
    if (n && !read->applications)
        return JINGLE_EMEM;
    for (size_t i = 0; i < n; i++) {
        read->applications[i] = jingle_load_text(load, JINGLE_SAVE_MAX);
        if (!read->applications[i] || !*read->applications[i])
            return JINGLE_EDATA;
    }
    read->args.applications = read->applications;
    read->args.n_applications = n;
    return JINGLE_EOK;
}

static int read_session(jingle_t *jingle, jingle_load_t *load, read_t *read)
{
    jingle__saved_t *saved = &read->saved;
    int err;

    read->own = jingle_load_text(load, JINGLE_SAVE_MAX);
    read->peer = jingle_load_text(load, JINGLE_SAVE_MAX);
    read->args.sid = jingle_load_text(load, JINGLE_SAVE_MAX);
    read->type_ns = jingle_load_text(load, JINGLE_SAVE_MAX);
    read->type_name = jingle_load_text(load, JINGLE_SAVE_MAX);
    read->args.role = (jingle_role_t)jingle_load_number(load, JINGLE_ROLE_RESPONDER);
    saved->state = (uint8_t)jingle_load_number(load, JINGLE_STATE_ACTIVE);
    saved->connection = (uint8_t)jingle_load_number(load, JINGLE_CONNECTION_COUNT - 1);
    saved->flags = (unsigned)jingle_load_number(load, JINGLE__SAVED_FLAGS);
    err = read_applications(jingle, load, read);
    if (err)
        return err;
    jingle_load_piece(load, &saved->requests);
    jingle_load_piece(load, &saved->self);
    saved->has_elements = read->version > 1;
    if (read->version > 1)
        jingle_load_piece(load, &saved->answered);
    if (!jingle_load_is_done(load) || !read->peer || !jingle__jid_is_valid(read->peer) ||
        (read->own && !jingle__jid_is_valid(read->own)) || !read->args.sid || !*read->args.sid ||
        (read->args.role == JINGLE_ROLE_RESPONDER && !(saved->flags & JINGLE__SAVED_ACKNOWLEDGED)))
        return JINGLE_EDATA;
    if (jingle->limits.sid && strlen(read->args.sid) > jingle->limits.sid)
        return JINGLE_ELIMIT;
    read->args.peer = read->peer;
    read->args.saved = saved;
    return find_type(jingle, read->type_ns, read->type_name, &read->args);
}

/* ---- making it ----------------------------------------------------------------------------- */

void jingle__saved_fill(jingle_session_t *session, const jingle__saved_t *saved)
{
    unsigned flags = saved->flags;

    session->state = saved->state;
    session->connection = saved->connection;
    session->acknowledged = flags & JINGLE__SAVED_ACKNOWLEDGED;
    session->known = flags >> 1 & 1;
    session->start_called = flags >> 2 & 1;
    session->accept_called = flags >> 3 & 1;
    session->offer_begun = flags >> 4 & 1;
    session->offer_sent = flags >> 5 & 1;
    session->accept_sent = flags >> 6 & 1;
}

static int restore_requests(jingle_session_t *session, const jingle__saved_t *saved)
{
    jingle_load_t load = saved->requests;
    uint32_t limit = session->jingle->limits.requests;
    uint64_t n = jingle_load_number(&load, SIZE_MAX);
    int err = JINGLE_EOK;

    if (limit && n > limit)
        return JINGLE_ELIMIT;
    for (uint64_t i = 0; !err && i < n; i++) {
        jingle_action_t action =
            (jingle_action_t)jingle_load_number(&load, JINGLE_ACTION_COUNT - 1);
        const char *id = jingle_load_text(&load, JINGLE__REQUEST_ID - 1);
        uint64_t left = jingle_load_number(&load, UINT32_MAX);
        const char *element = saved->has_elements ? jingle_load_text(&load, JINGLE_SAVE_MAX) : NULL;

        if (load.failed || !id || !*id || action == JINGLE_ACTION_UNKNOWN)
            return JINGLE_EDATA;
        if (left != UINT32_MAX)
            left = left > saved->away ? left - saved->away : 0;
        err = jingle__request_restore(session, action, id, (uint32_t)left, element);
    }
    return err ? err : jingle_load_is_done(&load) ? JINGLE_EOK : JINGLE_EDATA;
}

static int restore_self(jingle_session_t *session, void *userdata, const jingle__saved_t *saved)
{
    const jingle_session_type_t *type = session->type;
    jingle_load_t load = saved->self;
    int err = JINGLE_EOK;

    session->self = userdata;
    if (JINGLE__TYPE_HAS(type, restore)) {
        err = type->restore(session, userdata, &load, &session->self);
        session->has_self = err == JINGLE_EOK;
    } else if (type->create)
        return JINGLE_ENOENT;
    return err ? err : jingle_load_is_done(&load) ? JINGLE_EOK : JINGLE_EDATA;
}

int jingle__saved_self(jingle_session_t *session, void *userdata, const jingle__saved_t *saved)
{
    jingle_load_t answered = saved->answered;
    int err = restore_requests(session, saved);

    if (!err)
        err = jingle__answered_restore(session, &answered);
    if (!err)
        err = restore_self(session, userdata, saved);
    if (err && !session->has_self)
        for (jingle__request_t *request = session->requests; request; request = request->next)
            request->on_answer = NULL; /* who would be told was not made */
    return err;
}

int jingle_restore_request(jingle_session_t *session, uint64_t number, jingle_answer_fn on_answer,
                           void *userdata)
{
    jingle__request_t *request = session && !session->tracked ? session->requests : NULL;

    while (request && number-- > 0)
        request = request->next;
    if (!request || request->on_answer)
        return JINGLE_ENOENT;
    request->on_answer = on_answer;
    request->userdata = userdata;
    return JINGLE_EOK;
}

/** Tells the program of the session, then lets the type go on. @return JINGLE_EINVOP: it has ended
 */
static int announce(jingle_session_t *session, bool repeat, jingle_session_t **out)
{
    int err = JINGLE_EINVOP;

    jingle_session_clone(session);
    jingle__emit(session->jingle,
                 (jingle_event_t){.type = JINGLE_EVENT_CREATED, .session = session});
    /* First, for what comes now may rest on it. */
    if (repeat && session->state != JINGLE_STATE_ENDED)
        jingle__repeat_all(session);
    if (session->state != JINGLE_STATE_ENDED && JINGLE__TYPE_HAS(session->type, restored))
        session->type->restored(session, session->self);
    if (session->state != JINGLE_STATE_ENDED) {
        err = JINGLE_EOK;
        if (out)
            *out = session;
    }
    jingle_session_release(session);
    return err;
}

/** A JID of another entity's is no name of ours: what it is sent does not come here. */
static bool is_ours(const jingle_t *jingle, const char *own)
{
    return jingle->config.component || !own || !jingle->own || strcmp(own, jingle->own->text) == 0;
}

static int make(jingle_t *jingle, read_t *read, const jingle_restore_t *options,
                jingle_session_t **out)
{
    jingle_session_t *session = NULL;
    int err = JINGLE_EOK;

    if (!is_ours(jingle, read->own))
        return JINGLE_EINVAL;
    read->args.own = read->own ? jingle__jid_new(jingle, read->own, false) : NULL;
    if (read->own && !read->args.own)
        return JINGLE_EMEM;
    read->saved.away = options->away;
    err = jingle__session_create(jingle, &read->args, &session);
    jingle__jid_release(jingle, read->args.own);
    return err ? err : (*out = session, JINGLE_EOK);
}

int jingle_restore(jingle_t *jingle, const void *data, size_t len, const jingle_restore_t *options,
                   jingle_session_t **out)
{
    jingle_restore_t full = {.size = sizeof full};
    jingle_session_t *session = NULL;
    read_t read = {0};
    jingle_load_t load;
    int err = JINGLE_EINVAL;

    if (options && options->size < offsetof(jingle_restore_t, repeat))
        return JINGLE_EINVAL;
    if (options) /* a program that was compiled earlier knows less */
        memcpy(&full, options, options->size < sizeof full ? options->size : sizeof full);
    options = &full;
    if (jingle && data) {
        jingle__enter(jingle);
        err = check_frame(data, len, &load, &read.version);
        if (!err)
            err = read_session(jingle, &load, &read);
        if (!err)
            err = make(jingle, &read, options, &session);
        jingle__free(&jingle->mem, read.applications);
    }
    if (session) {
        if (options->user || options->user_free)
            jingle_session_set_user(session, options->user, options->user_free);
        err = announce(session, options->repeat, out);
    } else if (options->user_free)
        options->user_free(options->user);
    if (jingle && data)
        jingle__leave(jingle);
    return err;
}
