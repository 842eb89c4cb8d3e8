/* SPDX-License-Identifier: MIT */
/** @file
 *  Asking for the whole of a file whose rest cannot be had: it has changed since a part of it was received,
 *  or there is no such rest any more. For the program it is the same file, in another session. */
#include "file.h"

/** @return true: the peer has said why the rest does not come, and it does us no good */
static bool has_no_rest(const jingle_file_t *file, const jingle_reason_t *reason)
{
    return (file->changed && file->outcome == JINGLE_FILE_NOT_VERIFIED) ||
           (file->outcome == JINGLE_FILE_UNAVAILABLE &&
            jingle__file_has_detail(reason, "file-not-available"));
}

static bool may_ask_again(const jingle_file_t *file, const jingle_reason_t *reason)
{
    return file->asks_again && file->has_prefix && file->state == JINGLE__FILE_WAITING &&
           has_no_rest(file, reason);
}

/** What was kept is of no use to anybody. */
static void forget_part(jingle_file_t *file)
{
    jingle__ask_forget(file);
    file->changed = false;
    file->starts = false;
    file->outcome = JINGLE_FILE_NONE;
    file->reason = (jingle_condition_t)0;
}

static int start_again(jingle_file_t *file, jingle_session_t *old)
{
    jingle_session_t *session = NULL;
    int err =
        jingle_managed_session_new(file->jingle, jingle_session_get_peer(old),
                                   JINGLE_SESSION(.own = jingle_session_get_own(old)), &session);

    if (err)
        return err;
    jingle_session_clone(session);
    err = jingle__request_add(session, file, NULL, file->asked_transport);
    if (!err)
        err = jingle_session_start(session);
    if (err)
        jingle_session_end(
            session, JINGLE_END(.condition = JINGLE_REASON_FAILED_APPLICATION, .silent = true));
    jingle_session_release(session);
    return err;
}

bool jingle__ask_again(jingle_file_t *file, const jingle_reason_t *reason)
{
    jingle_part_t *part = file->part;
    jingle_file_outcome_t outcome = file->outcome;
    jingle_condition_t condition = file->reason;

    if (!may_ask_again(file, reason))
        return false;
    jingle_log(file->jingle, XMPP_LEVEL_INFO,
               "what was received of a file is of no use any more: the whole is asked for");
    file->asks_again = false;
    forget_part(file);
    file->n_left++;
    if (start_again(file, jingle_part_get_session(part)) == JINGLE_EOK ||
        file->state == JINGLE__FILE_OVER)
        return true;
    /* It ends as it would have. The part that was to be is freed by now, or was never made. */
    if (file->n_left)
        file->n_left--;
    file->part = part;
    jingle__file_set(file, &file->sid, jingle_session_get_sid(jingle_part_get_session(part)));
    jingle__file_set_timer(file, 0, NULL);
    file->outcome = outcome;
    file->reason = condition;
    return false;
}
