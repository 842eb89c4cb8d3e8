/* SPDX-License-Identifier: MIT */
/** @file
 *  What may be received: the answers to it. */
#include "cell.h"

/** Is this the one answer in the log? @param error NULL: a result */
static bool is_answered(const char *log, const char *error)
{
    char line[128];

    if (error)
        snprintf(line, sizeof(line), "> error it cancel %s\n", error);
    else
        snprintf(line, sizeof(line), "> result it\n");
    return count(log, line) == 1 && count(log, "> result it\n") + count(log, "> error it ") == 1;
}

static void receive(const cell_t *cell, bool asked)
{
    engine_action(e, "it", jingle_action_name(cell->action), "s", stanza_of(cell, asked));
}

static bool receive_expecting(const cell_t *cell, bool asked, const char *error)
{
    const char *log;
    bool good;

    receive(cell, asked);
    log = engine_log(e);
    good = is_answered(log, error);
    if (good && error && !jingle_session_is_ended(session) && cell->column != ENDED)
        good = jingle_session_is_tracked(session);
    return good || fail(error ? error : "a result", log);
}

/** n, offered by content-add. It and its answer to the offer keep their order. */
static void ask(const cell_t *cell)
{
    jingle_action_t action = cell->action;

    if (add("n", NULL) || !content("n"))
        abort();
    if (cell->column != STARTING)
        engine_ack(e);
    if ((action == JINGLE_ACTION_TRANSPORT_ACCEPT || action == JINGLE_ACTION_TRANSPORT_REJECT) &&
        jingle_content_replace_transport(content("n"), STUB_T2))
        abort();
    if (cell->column != STARTING && action != JINGLE_ACTION_CONTENT_ACCEPT &&
        action != JINGLE_ACTION_CONTENT_REJECT)
        engine_ack(e);
    engine_log(e);
}

/** n, which the peer has not heard of: in an offer all contents are undecided. */
static void hold_back(const cell_t *cell)
{
    if (cell->action != JINGLE_ACTION_CONTENT_ACCEPT &&
        cell->action != JINGLE_ACTION_CONTENT_REJECT)
        return;
    s->plan[STUB_1].later = true;
    if (add("n", NULL))
        abort();
}

static bool receive_if(const cell_t *cell)
{
    bool good;

    enter(cell);
    hold_back(cell);
    good = receive_expecting(cell, false, cell->error);
    end();
    if (!good)
        return false;
    enter(cell);
    ask(cell);
    good = receive_expecting(cell, true, NULL);
    end();
    return good;
}

static bool nothing_sent;

static void receive_held(const cell_t *cell)
{
    receive(cell, false);
    nothing_sent = e->n_sent == 0;
}

/** At once, or in its turn: after the offer was acknowledged, as in pending. */
static bool receive_starting_responder(const cell_t *cell, const char *pending)
{
    bool queued = strcmp(cell->receive, "queue") == 0, good;
    const char *log;

    if (!queued && strcmp(cell->receive, "no") != 0)
        return fail("what this test knows", cell->receive);
    enter_held(cell, receive_held);
    log = engine_log(e);
    good = is_answered(log, queued ? pending : cell->error) && nothing_sent == queued;
    good = good && (!queued || strstr(log, "> result offer\n"));
    good = good && (!queued || strstr(log, " it") > strstr(log, "> result offer\n"));
    if (!good)
        fail(queued ? "queued, then an answer" : cell->error, log);
    end();
    return good;
}

bool check_receive(const cell_t *cell)
{
    static const char out_of_order[] = "unexpected-request/out-of-order";
    bool answers = cell->action == JINGLE_ACTION_CONTENT_ACCEPT ||
                   cell->action == JINGLE_ACTION_CONTENT_REJECT ||
                   cell->action == JINGLE_ACTION_TRANSPORT_ACCEPT ||
                   cell->action == JINGLE_ACTION_TRANSPORT_REJECT;
    bool good;

    if (cell->column == STARTING && !cell->initiator)
        return receive_starting_responder(cell, answers ? out_of_order : NULL);
    if (strcmp(cell->receive, "if") == 0)
        return receive_if(cell);
    enter(cell);
    if (strcmp(cell->receive, "no") == 0)
        good = receive_expecting(cell, false, cell->error);
    else
        good = receive_expecting(cell, false, NULL);
    if (good && strcmp(cell->receive, "tolerate") == 0 && !jingle_session_is_ended(session))
        good = jingle_session_is_acknowledged(session) || fail("taken as the ack", "");
    if (good && cell->column == ENDED && cell->action == JINGLE_ACTION_SESSION_INITIATE)
        good = jingle_count_sessions(e->jingle) == 1 || fail("a new session", "");
    end();
    return good;
}
