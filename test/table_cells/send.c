/* SPDX-License-Identifier: MIT */
/** @file
 *  What may be sent: it leaves, or the attempt is refused. */
#include "cell.h"

/** @param describes news for an element, not a payload of session-info */
static void tell(stub_plugin_id_t id, const char *name, bool describes)
{
    stub_part_t *part = stub_find(s, id, name);

    if (!part)
        return;
    part->has_news = describes;
    part->tells = !describes;
    jingle_part_news(part->part);
}

/** Tries to send the action about a content. */
static void attempt(const cell_t *cell, const char *name)
{
    jingle_content_t *it = content(name);

    switch (cell->action) {
    case JINGLE_ACTION_SESSION_INITIATE:
        jingle_session_start(session);
        break;
    case JINGLE_ACTION_SESSION_ACCEPT:
        jingle_session_accept(session);
        break;
    case JINGLE_ACTION_SESSION_TERMINATE:
        jingle_session_end(session, NULL);
        break;
    case JINGLE_ACTION_SESSION_INFO:
        tell(STUB_A, name, false);
        break;
    case JINGLE_ACTION_DESCRIPTION_INFO:
        tell(STUB_A, name, true);
        break;
    case JINGLE_ACTION_SECURITY_INFO:
        tell(STUB_S, name, true);
        break;
    case JINGLE_ACTION_TRANSPORT_INFO:
        tell(STUB_1, name, true);
        break;
    case JINGLE_ACTION_CONTENT_ADD:
        add("more", NULL);
        break;
    case JINGLE_ACTION_CONTENT_ACCEPT:
        jingle_content_accept(it);
        break;
    case JINGLE_ACTION_CONTENT_REJECT:
        jingle_content_reject(it, NULL);
        break;
    case JINGLE_ACTION_CONTENT_MODIFY:
        jingle_content_modify(it, JINGLE_SENDERS_NONE);
        break;
    case JINGLE_ACTION_CONTENT_REMOVE:
        jingle_content_remove(it, NULL);
        break;
    case JINGLE_ACTION_TRANSPORT_REPLACE:
        jingle_content_replace_transport(it, NULL);
        break;
    default:
        break; /* sent by the managed type alone, when it was asked */
    }
}

/** Tries to send it past the managed type. */
static int attempt_raw(const cell_t *cell)
{
    return engine_send(e, session, cell->action, stanza_of(cell, false));
}

static size_t count_sent(const cell_t *cell, const char *log)
{
    char line[64];

    snprintf(line, sizeof(line), "> set %s s", jingle_action_name(cell->action));
    return count(log, line);
}

/** Nothing of it leaves, whichever way it is tried. */
static bool send_refused(const cell_t *cell, const char *name)
{
    const char *log;

    attempt(cell, name);
    if (attempt_raw(cell) != JINGLE_EINVOP && cell->action != JINGLE_ACTION_SESSION_INFO)
        return fail("jingle_session_send() refuses", engine_log(e));
    log = engine_log(e);
    return count_sent(cell, log) == 0 || fail("nothing is sent", log);
}

static bool sent_once(const cell_t *cell, const char *log)
{
    return count_sent(cell, log) == 1 || fail("it is sent once", log);
}

/** The peer asks, and agrees to what we make of it. In pending we have agreed to one content of
 * two. */
static void be_asked(const cell_t *cell)
{
    bool transport = cell->action == JINGLE_ACTION_TRANSPORT_ACCEPT ||
                     cell->action == JINGLE_ACTION_TRANSPORT_REJECT;
    bool known = cell->action == JINGLE_ACTION_TRANSPORT_ACCEPT;

    if (transport && !cell->initiator && cell->column == PENDING)
        jingle_content_accept(content("c"));
    engine_log(e);
    if (transport)
        engine_action(e, "asks", "transport-replace", "s",
                      known ? OF(I, "c", TRANSPORT2) : OF(I, "c", "<transport xmlns='urn:none'/>"));
    else
        engine_feed_jingle(e, ENGINE_PEER, "asks", "content-add", "s",
                           cell->initiator ? OF("responder", "theirs", DESCRIPTION TRANSPORT)
                                           : OF(I, "theirs", DESCRIPTION TRANSPORT));
    attempt(cell, "theirs");
    attempt(cell, "theirs");
}

static bool send_if(const cell_t *cell)
{
    bool good;

    enter(cell);
    good = send_refused(cell, cell->initiator || cell->column == ACTIVE ? "c" : "none");
    end();
    if (!good)
        return false;
    enter(cell);
    be_asked(cell);
    good = sent_once(cell, engine_log(e));
    end();
    return good;
}

/** What we say about a content that both sides know. The responder that has not accepted has none
 * of the offer's to change, but one of its own. */
static bool send_yes(const cell_t *cell)
{
    bool own =
        !cell->initiator && cell->column == PENDING && cell->action != JINGLE_ACTION_SESSION_ACCEPT;
    bool good;

    enter(cell);
    if (own) {
        add("n", STUB_SEC);
        engine_ack(e);
        engine_log(e);
    }
    attempt(cell, own ? "n" : "d");
    good = sent_once(cell, engine_log(e));
    end();
    return good;
}

/** The offer is not acknowledged yet; end() does that first. */
static void attempt_held(const cell_t *cell)
{
    bool terminate = cell->action == JINGLE_ACTION_SESSION_TERMINATE;
    const char *log, *result;

    attempt(cell, "c");
    if (!terminate && attempt_raw(cell) != JINGLE_EINVOP) {
        fail("jingle_session_send() refuses", engine_log(e));
        return;
    }
    log = engine_log(e);
    result = strstr(log, "> result offer\n");
    if (!terminate && (count_sent(cell, log) > 0 || result))
        fail("nothing is sent", log);
    if (terminate && (!sent_once(cell, log) || !result || result > strstr(log, "> set ")))
        fail("the result, then session-terminate", log);
}

static bool send_starting_responder(const cell_t *cell)
{
    bool may = cell->action == JINGLE_ACTION_SESSION_TERMINATE;

    if (strcmp(cell->send, may ? "yes" : "no") != 0)
        return fail("what this test knows", cell->send);
    enter_held(cell, attempt_held);
    end();
    return !*why;
}

bool check_send(const cell_t *cell)
{
    bool good;

    if (cell->column == STARTING && !cell->initiator)
        return send_starting_responder(cell);
    if (strcmp(cell->send, "yes") == 0)
        return send_yes(cell);
    if (strcmp(cell->send, "if") == 0)
        return send_if(cell);
    enter(cell);
    good = send_refused(cell, "d");
    end();
    return good;
}
