/* SPDX-License-Identifier: MIT */
/** @file
 *  What is said once all data has passed: the sender's `<checksum/>`, the receiver's `<received/>`
 *  (XEP-0234 section 8). Data that goes directly outlives the connections to the servers, and the
 *  other side may not be back on its own: then a server says so in its name, and it is said again. The
 *  session ends when it was heard: who has ended it says nothing any more. */
#include "file.h"

/** ms for the receiver to say that it has the file, or to end the session. */
#define CONFIRM 55000u
/** ms between two tries. */
#define SAY_AGAIN 2000u
/** ms for a receiver that says so of no file (XEP-0234 section 8.1: it may leave it out), where it is on
 *  us to end the session: longer than one that was not heard takes to say it again. */
#define SILENCE 15000u

/* ---- the session's files ------------------------------------------------------------------- */

typedef struct {
    bool confirms;  /**< the peer has said of a file that it has it */
    bool receives;  /**< we do, too */
    bool under_way; /**< not all data has passed */
    bool unheard;   /**< something of ours was not answered yet */
} look_t;

static look_t look_at(const jingle_file_t *of)
{
    const jingle_session_t *session = jingle_part_get_session(of->part);
    const jingle_file_t *file;
    look_t look = {false};

    for (size_t i = 0; (file = jingle_session_get_file(session, i)); i++) {
        if (file->state >= JINGLE__FILE_FAILED)
            continue;
        look.confirms |= file->confirmed;
        look.receives |= !file->sender;
        look.under_way |= file->state < JINGLE__FILE_FINISHED;
        look.unheard |= file->unheard;
    }
    return look;
}

/** Has the peer nothing to say any more, but that it has our files, which it says of none? */
static bool is_silent(look_t look)
{
    return look.receives && !look.confirms && !look.under_way && !look.unheard;
}

/* ---- the receiver's word ------------------------------------------------------------------- */

/** Where files go both ways each side may have sent the last one it knows of, and wait for the other to end
 *  the session. */
static void settled(jingle_file_t *file)
{
    jingle_part_t *part = file->part;
    bool ends = look_at(file).receives;

    jingle_part_clone(part);
    if (ends && file->state == JINGLE__FILE_FINISHED)
        jingle_content_done(jingle_part_get_content(part), true);
    jingle_part_hold(part, false);
    jingle_part_release(part);
}

/** All blocks were answered, but whether there is a file now only the receiver knows. One that has
 *  confirmed none yet may do so with the end of the session, however long that takes. */
static void on_not_confirmed(jingle_t *jingle, void *userdata)
{
    jingle_file_t *file = userdata;
    uint64_t now = jingle_get_time(jingle);
    look_t look = look_at(file);

    file->timer = NULL;
    if (file->confirmed)
        return;
    jingle_file_clone(file);
    if (is_silent(look)) {
        file->presumed = true;
        settled(file);
    } else if (now < file->say_until) {
        jingle__file_set_timer(file, (uint32_t)(file->say_until - now), on_not_confirmed);
    } else if (look.confirms || !look.under_way) {
        jingle__file_fail(file, JINGLE_FILE_TIMEOUT, JINGLE_REASON_TIMEOUT,
                          "all was sent, but the receiver does not confirm it", NULL);
    }
    jingle_file_release(file);
}

void jingle__last_words_awaited(jingle_file_t *file)
{
    jingle_session_t *session = jingle_part_get_session(file->part);
    jingle_file_t *other;

    if (jingle_session_is_ended(session))
        return; /* each of them ends as it does */
    jingle_session_clone(session);
    for (size_t i = 0; (other = jingle_session_get_file(session, i)); i++)
        if (other->sender && other->state == JINGLE__FILE_FINISHED && !other->confirmed &&
            !other->timer)
            jingle__file_set_timer(other, CONFIRM, on_not_confirmed);
    jingle_session_release(session);
}

void jingle__last_words_confirmed(jingle_file_t *file)
{
    file->confirmed = true;
    jingle__last_words_awaited(file);
    settled(file);
}

/** The peer has heard all we had to say. */
static void heard(jingle_file_t *file)
{
    const jingle_session_t *session = jingle_part_get_session(file->part);
    jingle_file_t *ours;

    file->unheard = false;
    if (!is_silent(look_at(file)))
        return;
    for (size_t i = 0; (ours = jingle_session_get_file(session, i)); i++)
        if (ours->sender && ours->state == JINGLE__FILE_FINISHED)
            jingle__file_set_timer(ours, SILENCE, on_not_confirmed);
}

/* ---- ours ---------------------------------------------------------------------------------- */

static void say(jingle_file_t *file)
{
    if (!file->sender) {
        file->tell_received = true;
    } else {
        /* XEP-0234 section 8.2: what hash-used has announced, and that of a part. */
        file->tell_checksum = file->n_range_computed > 0;
        for (size_t i = 0; i < file->info.n_hashes; i++)
            file->tell_checksum |= !file->told[i].len;
    }
    file->unheard = file->tell_received || file->tell_checksum;
}

void jingle__last_words_due(jingle_file_t *file)
{
    file->say_until = jingle_get_time(file->jingle) + CONFIRM;
    say(file);
    if (file->sender && !file->confirmed)
        jingle_part_hold(file->part, true);
}

void jingle__last_words(jingle_file_t *file)
{
    bool ends = !file->sender || (file->confirmed && look_at(file).receives);

    if (file->sender)
        jingle__file_set_timer(file, CONFIRM, on_not_confirmed);
    else
        jingle__file_set_timer(file, 0, NULL);
    jingle_part_news(file->part);
    jingle__last_words_awaited(file);
    if (file->state == JINGLE__FILE_FINISHED)
        jingle_content_done(jingle_part_get_content(file->part), ends);
}

/** Does a server say that the other side is not there, or nobody anything? */
static bool is_away(const jingle_answer_t *answer)
{
    static const char *const conditions[] = {"service-unavailable", "recipient-unavailable",
                                             "remote-server-timeout", "remote-server-not-found"};
    const char *condition =
        answer && answer->type == JINGLE_ANSWER_ERROR ? answer->error->condition : NULL;

    for (size_t i = 0; condition && i < sizeof conditions / sizeof conditions[0]; i++)
        if (strcmp(condition, conditions[i]) == 0)
            return true;
    return !answer || answer->type == JINGLE_ANSWER_TIMEOUT;
}

uint32_t jingle__file_told(void *self, const jingle_answer_t *answer)
{
    jingle_file_t *file = self;

    if (file->state != JINGLE__FILE_FINISHED)
        return 0;
    if (!is_away(answer)) {
        heard(file);
        return 0;
    }
    if (file->confirmed || jingle_get_time(file->jingle) + SAY_AGAIN >= file->say_until)
        return 0;
    say(file);
    return SAY_AGAIN;
}
