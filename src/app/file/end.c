/* SPDX-License-Identifier: MIT */
/** @file
 *  How a transfer ends: one place says what became of it. */
#include "file.h"

/** Octets of a peer's text that are kept. */
#define TEXT_MAX 1024u

void jingle__file_leave_channel(jingle_file_t *file)
{
    jingle_channel_t *channel = file->channel;

    file->channel = NULL;
    if (channel)
        jingle_channel_set_sink(channel, NULL, NULL);
    jingle_channel_release(channel);
}

/* ---- failing ------------------------------------------------------------------------------- */

void jingle__file_fail(jingle_file_t *file, jingle_file_outcome_t outcome,
                       jingle_condition_t condition, const char *text, const char *detail)
{
    xmpp_stanza_t *element;

    if (file->state >= JINGLE__FILE_FAILED)
        return;
    jingle_file_clone(file);
    file->state = JINGLE__FILE_FAILED;
    file->outcome = outcome;
    file->verified = false;
    jingle__file_set(file, &file->text, text);
    jingle__file_set_timer(file, 0, NULL);
    jingle__file_leave_channel(file);
    jingle__file_discard(file);
    element = detail ? jingle__file_error(file, detail) : NULL;
    if (file->part)
        jingle_part_fail_detail(file->part, condition, text, element);
    if (element)
        xmpp_stanza_release(element);
    jingle_file_release(file);
}

void jingle__file_fail_write(jingle_file_t *file, int err)
{
    if (err == JINGLE_ELIMIT)
        jingle__file_fail(file, JINGLE_FILE_NO_SPACE, JINGLE_REASON_FAILED_APPLICATION,
                          "no room is left for the file", NULL);
    else
        jingle__file_fail(file, JINGLE_FILE_IO_ERROR, JINGLE_REASON_FAILED_APPLICATION,
                          "the file cannot be written", NULL);
}

/* ---- over ---------------------------------------------------------------------------------- */

bool jingle__file_has_detail(const jingle_reason_t *reason, const char *name)
{
    return reason->detail &&
           !strcmp(jingle_element_ns(reason->detail), JINGLE_NS_FILE_TRANSFER_ERRORS) &&
           !strcmp(xmpp_stanza_get_name(reason->detail), name);
}

/** What the reason of the end says of a transfer that was not finished. */
static jingle_file_outcome_t outcome_of(const jingle_file_t *file, const jingle_reason_t *reason)
{
    switch (reason->condition) {
    case JINGLE_REASON_DECLINE:
    case JINGLE_REASON_BUSY:
        return JINGLE_FILE_DECLINED;
    case JINGLE_REASON_CANCEL:
        return JINGLE_FILE_CANCELLED;
    case JINGLE_REASON_MEDIA_ERROR:
        if (jingle__file_has_detail(reason, "file-too-large"))
            return JINGLE_FILE_TOO_LARGE;
        return file->sender ? JINGLE_FILE_NOT_VERIFIED : JINGLE_FILE_FAILED;
    case JINGLE_REASON_INCOMPATIBLE_PARAMETERS:
        return file->changed ? JINGLE_FILE_NOT_VERIFIED : JINGLE_FILE_UNAVAILABLE;
    case JINGLE_REASON_FAILED_APPLICATION:
    case JINGLE_REASON_UNSUPPORTED_APPLICATIONS:
    case JINGLE_REASON_UNSUPPORTED_TRANSPORTS:
        return JINGLE_FILE_UNAVAILABLE;
    case JINGLE_REASON_TIMEOUT:
    case JINGLE_REASON_EXPIRED:
        return JINGLE_FILE_TIMEOUT;
    case JINGLE_REASON_GONE:
    case JINGLE_REASON_CONNECTIVITY_ERROR:
    case JINGLE_REASON_FAILED_TRANSPORT:
        return JINGLE_FILE_DISCONNECTED;
    case JINGLE_REASON_SUCCESS:
    case JINGLE_REASON_UNDEFINED:
        return file->sender ? JINGLE_FILE_FAILED : JINGLE_FILE_SHORT;
    default:
        return JINGLE_FILE_FAILED;
    }
}

/** Has all come? Where no size was told only an end of the stream in good order says so; of one that
 *  is in the stanzas' order that is the end of the content too. */
static bool has_all(const jingle_file_t *file)
{
    if (file->state == JINGLE__FILE_CHECKING)
        return true;
    return file->state == JINGLE__FILE_RUNNING &&
           (jingle__file_is_complete(file) ||
            (jingle__range_octets(file) == JINGLE_FILE_SIZE_UNKNOWN &&
             jingle__file_is_in_order(file)));
}

/** Has the sender told all it will? Success says so, and an end for which it gives no reason. */
static bool has_told_all(const jingle_file_t *file, const jingle_reason_t *reason)
{
    return reason->condition == JINGLE_REASON_SUCCESS ||
           (reason->condition == JINGLE_REASON_UNDEFINED &&
            jingle_content_is_ended_by_peer(jingle_part_get_content(file->part)));
}

/** A peer that ends the session while we wait for its hash, or for the end of its stream. */
static void settle_received(jingle_file_t *file, const jingle_reason_t *reason)
{
    jingle__proof_t proof;
    int err;

    if (!has_told_all(file, reason) || !has_all(file))
        return;
    if (file->hashing) { /* it was being read again after a restore: nothing speaks against it */
        file->outcome = JINGLE_FILE_TIMEOUT;
        return;
    }
    proof = jingle__file_verify(file);
    if (proof != JINGLE__RIGHT) {
        file->outcome = jingle__file_unproven(file, proof);
        return;
    }
    err = jingle__file_keep(file);
    if (err)
        file->outcome = err == JINGLE_ELIMIT ? JINGLE_FILE_NO_SPACE : JINGLE_FILE_IO_ERROR;
    else
        file->state = JINGLE__FILE_FINISHED;
}

/** Does the receiver say that it has the file? Success is its word where it has ended the content, or the
 *  session, and given that reason; our own program's, which does so before the receiver has confirmed anything, says nothing. */
static bool has_arrived(const jingle_file_t *file, const jingle_reason_t *reason)
{
    return file->confirmed || (reason->condition == JINGLE_REASON_SUCCESS &&
                               (file->presumed || jingle_content_is_ended_by_peer(
                                                      jingle_part_get_content(file->part))));
}

static void settle(jingle_file_t *file, const jingle_reason_t *reason)
{
    file->reason = reason->condition;
    if (!file->sender)
        settle_received(file, reason);
    if (file->outcome)
        return;
    if (file->state == JINGLE__FILE_FINISHED && (!file->sender || has_arrived(file, reason))) {
        file->outcome = JINGLE_FILE_DONE;
        file->verified = file->verified || file->confirmed;
        return;
    }
    file->outcome = outcome_of(file, reason);
}

static void explain(jingle_file_t *file, const jingle_reason_t *reason)
{
    if (file->outcome == JINGLE_FILE_DONE || file->text)
        return;
    if (reason->text && *reason->text)
        file->text = jingle_safe_text(&file->mem, reason->text, TEXT_MAX);
    else
        jingle__file_set(file, &file->text,
                         reason->condition == JINGLE_REASON_SUCCESS || !reason->condition
                             ? jingle_file_outcome_words(file->outcome)
                             : jingle_reason_words(reason->condition));
}

void jingle__file_over(jingle_file_t *file, const jingle_reason_t *reason)
{
    static const jingle_reason_t none;

    if (file->state == JINGLE__FILE_OVER)
        return;
    reason = reason ? reason : &none;
    jingle_file_clone(file);
    jingle__file_set_timer(file, 0, NULL);
    jingle__file_leave_channel(file);
    settle(file, reason);
    if (jingle__ask_again(file, reason)) {
        jingle_file_release(file);
        return;
    }
    explain(file, reason);
    file->state = JINGLE__FILE_OVER;
    if (!file->sender && file->outcome != JINGLE_FILE_DONE)
        jingle__file_discard(file);
    jingle__source_close(&file->source);
    jingle__digest_clear(&file->digest);
    jingle__digest_clear(&file->range_digest);
    if (!file->reading)
        jingle__hashing_end(file);
    jingle__thumbnail_unlist(file);
    jingle__last_words_awaited(file);
    jingle__file_tell(file, file->config.on_done);
    file->part = NULL;
    file->jingle = NULL;
    jingle_file_release(file);
}
