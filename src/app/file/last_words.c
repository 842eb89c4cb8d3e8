/* SPDX-License-Identifier: MIT */
/** @file
 *  What is said once all data has passed: the sender's `<checksum/>`, the receiver's `<received/>`
 *  (XEP-0234 section 8). Data that goes directly outlives the connections to the servers, and the
 *  other side may not be back on its own: then a server says so in its name, and it is said again. The
 *  session ends when it was heard: who has ended it says nothing any more. */
#include "file.h"

/** ms for the receiver to say that it has the file, or to end the session: less than the managed
 * type waits, which then ends it as if all were well. */
#define CONFIRM 55000u
/** ms between two tries. */
#define SAY_AGAIN 2000u

/** All blocks were answered, but whether there is a file now only the receiver knows. */
static void on_not_confirmed(jingle_t *jingle, void *userdata)
{
    jingle_file_t *file = userdata;

    (void)jingle;
    file->timer = NULL;
    if (!file->confirmed)
        jingle__file_fail(file, JINGLE_FILE_TIMEOUT, JINGLE_REASON_TIMEOUT,
                          "all was sent, but the receiver does not confirm it", NULL);
}

static void say(jingle_file_t *file)
{
    if (!file->sender) {
        file->tell_received = true;
        return;
    }
    /* XEP-0234 section 8.2: what hash-used has announced, and that of a part. */
    file->tell_checksum = file->n_range_computed > 0;
    for (size_t i = 0; i < file->info.n_hashes; i++)
        file->tell_checksum |= !file->told[i].len;
}

void jingle__last_words_due(jingle_file_t *file)
{
    file->say_until = jingle_get_time(file->jingle) + CONFIRM;
    say(file);
}

void jingle__last_words(jingle_file_t *file)
{
    if (file->sender)
        jingle__file_set_timer(file, CONFIRM, on_not_confirmed);
    else
        jingle__file_set_timer(file, 0, NULL);
    jingle_part_news(file->part);
    if (file->state == JINGLE__FILE_FINISHED)
        jingle_content_done(jingle_part_get_content(file->part), !file->sender);
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

    if (file->state != JINGLE__FILE_FINISHED || file->confirmed || !is_away(answer) ||
        jingle_get_time(file->jingle) + SAY_AGAIN >= file->say_until)
        return 0;
    say(file);
    return SAY_AGAIN;
}
