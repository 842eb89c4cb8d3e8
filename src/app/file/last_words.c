/* SPDX-License-Identifier: MIT */
/** @file
 *  What is said once all data has passed: the sender's `<checksum/>`, the receiver's `<received/>`
 *  (XEP-0234 section 8). Data that goes directly outlives the connections to the servers, and the
 *  other side may not be back on its own: then a server says so in its name, and it is said again.
 *  The receiver ends the session when the answer is there: who has ended it says nothing any more. */
#include "file.h"

/** ms for the receiver to say that it has the file, or to end the session: less than the managed
 * type waits, which then ends it as if all were well. */
#define CONFIRM 55000u
/** ms in which the receiver tries: as long as a sender would wait, and then offer anew. */
#define SAY_FOR 120000u
/** ms between two tries. */
#define SAY_AGAIN 2000u

/** Nobody hears it. */
static void give_up(jingle_file_t *file)
{
    if (!file->sender)
        jingle_content_done(jingle_part_get_content(file->part), true);
    else if (!file->confirmed)
        jingle__file_fail(file, JINGLE_FILE_TIMEOUT, JINGLE_REASON_TIMEOUT,
                          "all was sent, but the receiver does not confirm it", NULL);
}

static void on_late(jingle_t *jingle, void *userdata)
{
    jingle_file_t *file = userdata;

    (void)jingle;
    file->timer = NULL;
    jingle_file_clone(file);
    give_up(file);
    jingle_file_release(file);
}

static uint32_t time_left(const jingle_file_t *file)
{
    uint64_t now = jingle_get_time(file->jingle);

    return file->say_until > now ? (uint32_t)(file->say_until - now) : 1;
}

/** Whose file is whole does not lose it for want of memory to wait.
 *  @return false when nobody will come back to it */
static bool wait_for(jingle_file_t *file, uint32_t ms, jingle_timer_fn fn)
{
    jingle_timer_cancel(file->timer);
    file->timer = NULL;
    return jingle_timer_start(file->jingle, ms, fn, file, &file->timer) == JINGLE_EOK;
}

static void say(jingle_file_t *file)
{
    bool waits = wait_for(file, time_left(file), on_late);

    if (!file->sender) {
        file->tell_received = true;
    } else {
        /* XEP-0234 section 8.2: what hash-used has announced, and that of a part. */
        file->tell_checksum = file->n_range_computed > 0;
        for (size_t i = 0; i < file->info.n_hashes; i++)
            file->tell_checksum |= !file->told[i].len;
    }
    jingle_part_news(file->part);
    if (!waits && file->state == JINGLE__FILE_FINISHED)
        give_up(file);
}

void jingle__last_words(jingle_file_t *file)
{
    file->say_until = jingle_get_time(file->jingle) + (file->sender ? CONFIRM : SAY_FOR);
    say(file);
}

static void on_again(jingle_t *jingle, void *userdata)
{
    jingle_file_t *file = userdata;

    (void)jingle;
    file->timer = NULL;
    jingle_file_clone(file);
    say(file);
    jingle_file_release(file);
}

/** Does a server say that the other side is not there, or nobody anything? */
static bool is_away(const jingle_answer_t *answer)
{
    static const char *const conditions[] = {"service-unavailable", "recipient-unavailable",
                                             "remote-server-timeout", "remote-server-not-found"};
    const char *condition = answer->type == JINGLE_ANSWER_ERROR ? answer->error->condition : NULL;

    for (size_t i = 0; condition && i < sizeof conditions / sizeof conditions[0]; i++)
        if (strcmp(condition, conditions[i]) == 0)
            return true;
    return answer->type == JINGLE_ANSWER_TIMEOUT;
}

void jingle__file_told(void *self, const jingle_answer_t *answer)
{
    jingle_file_t *file = self;

    if (file->state != JINGLE__FILE_FINISHED || file->confirmed)
        return;
    jingle_file_clone(file);
    if (!is_away(answer)) {
        if (!file->sender)
            give_up(file);
    } else if (time_left(file) > SAY_AGAIN && !wait_for(file, SAY_AGAIN, on_again)) {
        give_up(file);
    }
    jingle_file_release(file);
}
