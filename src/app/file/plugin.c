/* SPDX-License-Identifier: MIT */
/** @file
 *  File transfer as an application plug-in: what it offers, takes, tells. */
#include "file.h"

/* ---- create and free ----------------------------------------------------------------------- */

static int name_session(jingle_file_t *file, const jingle_session_t *session)
{
    int err = jingle__file_set(file, &file->peer, jingle_session_get_peer(session));

    return err ? err : jingle__file_set(file, &file->sid, jingle_session_get_sid(session));
}

/** @param userdata the set-up for a content of the peer's, the file for one of ours */
static int create(jingle_part_t *part, void *userdata, void **self)
{
    jingle_t *jingle = jingle_part_get_manager(part);
    jingle__files_t *files = jingle__files_of(jingle);
    jingle_file_t *file = NULL;
    int err = JINGLE_EOK;

    if (!files)
        return JINGLE_EINVOP;
    if (userdata == files)
        err = jingle__file_new(jingle, files, false, &file);
    else
        file = jingle_file_clone(userdata);
    if (!err)
        err = name_session(file, jingle_part_get_session(part));
    if (err) {
        jingle_file_release(file);
        return err;
    }
    file->part = part;
    *self = file;
    return JINGLE_EOK;
}

static void free_self(void *self)
{
    jingle_file_t *file = self;

    file->part = NULL;
    file->jingle = NULL;
    jingle_file_release(file);
}

/* ---- check --------------------------------------------------------------------------------- */

static jingle_check_t unusable(jingle_file_t *file, jingle_reason_t *why,
                               jingle_condition_t condition, const char *text, const char *detail)
{
    why->condition = condition;
    why->text = text;
    if (detail) {
        if (file->detail)
            xmpp_stanza_release(file->detail);
        file->detail = jingle__file_error(file, detail);
        why->detail = file->detail;
    }
    return JINGLE_CHECK_UNUSABLE;
}

/** XEP-0234 section 4.1: who adds a content and who sends in it tell an offer from a request;
 * neither both nor none (nor nothing, which means both) will do. */
static jingle_check_t check_direction(jingle_file_t *file, jingle_reason_t *why)
{
    const jingle_content_t *content = jingle_part_get_content(file->part);
    jingle_senders_t senders = jingle_content_get_senders(content);
    jingle_creator_t creator = jingle_content_get_creator(content);

    if (senders != JINGLE_SENDERS_INITIATOR && senders != JINGLE_SENDERS_RESPONDER)
        return JINGLE_CHECK_MALFORMED;
    if ((senders == JINGLE_SENDERS_INITIATOR) == (creator == JINGLE_CREATOR_INITIATOR))
        return JINGLE_CHECK_OK;
    return unusable(file, why, JINGLE_REASON_FAILED_APPLICATION, "no files are served here",
                    "file-not-available");
}

static jingle_check_t check_offer(jingle_file_t *file, xmpp_stanza_t *element, jingle_reason_t *why)
{
    jingle__file_numbers_t numbers;
    jingle_check_t direction = check_direction(file, why);

    if (direction == JINGLE_CHECK_MALFORMED || !element || !jingle__file_numbers(element, &numbers))
        return JINGLE_CHECK_MALFORMED;
    if (direction == JINGLE_CHECK_UNUSABLE)
        return direction;
    if (numbers.offset ||
        (numbers.has_length && (!numbers.has_size || numbers.length != numbers.size)))
        return unusable(file, why, JINGLE_REASON_INCOMPATIBLE_PARAMETERS,
                        "only whole files are taken", NULL);
    if (numbers.has_size && file->config.max_size && numbers.size > file->config.max_size)
        return unusable(file, why, JINGLE_REASON_MEDIA_ERROR, "the file is too large",
                        "file-too-large");
    if (file->config.require_hash && !numbers.n_hashes)
        return unusable(file, why, JINGLE_REASON_INCOMPATIBLE_PARAMETERS,
                        "only files with a hash are taken", NULL);
    return JINGLE_CHECK_OK;
}

/** The answer to an offer of ours may only name a range, and we offer none. */
static jingle_check_t check_answer(jingle_file_t *file, xmpp_stanza_t *element,
                                   jingle_reason_t *why)
{
    jingle__file_numbers_t numbers;

    if (!element)
        return JINGLE_CHECK_OK;
    if (!jingle__file_numbers(element, &numbers))
        return JINGLE_CHECK_MALFORMED;
    if (numbers.offset || (numbers.has_length && numbers.length != file->info.file_size))
        return unusable(file, why, JINGLE_REASON_INCOMPATIBLE_PARAMETERS,
                        "only whole files are sent", NULL);
    return JINGLE_CHECK_OK;
}

static jingle_check_t check(void *self, jingle_action_t action, xmpp_stanza_t *description,
                            jingle_reason_t *why)
{
    xmpp_stanza_t *element = jingle_element_child(description, "file", JINGLE_NS_FILE_TRANSFER);

    switch (action) {
    case JINGLE_ACTION_SESSION_INITIATE:
    case JINGLE_ACTION_CONTENT_ADD:
        return check_offer(self, element, why);
    case JINGLE_ACTION_SESSION_ACCEPT:
    case JINGLE_ACTION_CONTENT_ACCEPT:
        return check_answer(self, element, why);
    default:
        return JINGLE_CHECK_OK;
    }
}

static int apply(void *self, jingle_action_t action, xmpp_stanza_t *description)
{
    jingle_file_t *file = self;

    if (action != JINGLE_ACTION_SESSION_INITIATE && action != JINGLE_ACTION_CONTENT_ADD)
        return JINGLE_EOK;
    file->known = true;
    return jingle__file_read(file,
                             jingle_element_child(description, "file", JINGLE_NS_FILE_TRANSFER));
}

static int describe(void *self, jingle_action_t action, xmpp_stanza_t *description)
{
    const jingle_file_t *file = self;

    if (action == JINGLE_ACTION_DESCRIPTION_INFO)
        return JINGLE_ENOENT;
    return file->jingle ? jingle__file_write(file, description) : JINGLE_EINVOP;
}

/* ---- the life of the content --------------------------------------------------------------- */

static void offered(void *self)
{
    jingle_file_t *file = self;

    jingle_file_clone(file);
    jingle__file_tell(file, file->config.on_offer);
    jingle_file_release(file);
}

/** The program may have accepted the session instead of the file: then it goes to the folder. */
static void accepted(void *self)
{
    jingle_file_t *file = self;
    int err = file->sender ? JINGLE_EOK : jingle__file_open_disk(file, NULL, NULL);

    if (err == JINGLE_EINVAL)
        jingle__file_fail(file, JINGLE_FILE_UNAVAILABLE, JINGLE_REASON_FAILED_APPLICATION,
                          "there is no place for files", NULL);
    else if (err)
        jingle__file_fail_write(file, err);
}

static void open_channel(void *self, jingle_channel_t *channel)
{
    jingle_file_t *file = self;
    int err;

    if (file->state != JINGLE__FILE_WAITING)
        return;
    jingle_file_clone(file);
    file->state = JINGLE__FILE_RUNNING;
    file->channel = jingle_channel_clone(channel);
    jingle__file_tell(file, file->config.on_start);
    if (file->state != JINGLE__FILE_RUNNING)
        goto out;
    err = file->sender ? jingle__file_send_begin(file) : jingle__file_receive_begin(file);
    if (err)
        jingle__file_fail(file, JINGLE_FILE_FAILED, JINGLE_REASON_GENERAL_ERROR,
                          jingle_strerror(err), NULL);
    if (!file->channel)
        goto out;
    if (!file->sender && file->paused)
        jingle_channel_pause(file->channel, true);
    jingle_channel_set_sink(
        file->channel, file->sender ? &jingle__file_send_sink : &jingle__file_receive_sink, file);
    if (file->sender)
        jingle__file_pump(file);
out:
    jingle_file_release(file);
}

static void closed(void *self, const jingle_reason_t *reason)
{
    jingle__file_over(self, reason);
}

/* ---- session-info -------------------------------------------------------------------------- */

/** XEP-0234 section 8.2. */
static void take_checksum(jingle_file_t *file, xmpp_stanza_t *checksum, jingle_reply_t *reply)
{
    xmpp_stanza_t *element = jingle_element_child(checksum, "file", JINGLE_NS_FILE_TRANSFER);
    xmpp_stanza_t *range = jingle_element_child(element, "range", JINGLE_NS_FILE_TRANSFER);

    /* The hash of a range is of no use to whom takes whole files. */
    if (!element || (!jingle__file_read_hashes(file, element) && !range)) {
        jingle_reply_error(reply, jingle_error_of(JINGLE_ERROR_BAD_REQUEST));
        return;
    }
    jingle_reply_ack(reply);
    if (file->state == JINGLE__FILE_CHECKING && file->stream_ended)
        jingle__file_check(file, false);
}

static void info(void *self, xmpp_stanza_t *payload, jingle_reply_t *reply)
{
    jingle_file_t *file = self;
    const char *name = xmpp_stanza_get_name(payload);

    jingle_file_clone(file);
    if (!strcmp(name, "checksum") && !file->sender) {
        take_checksum(file, payload, reply);
    } else if (!strcmp(name, "received") && file->sender) {
        file->confirmed = true;
        jingle_reply_ack(reply);
    } else {
        jingle_reply_error(reply, jingle_error_of(JINGLE_ERROR_UNSUPPORTED_INFO));
    }
    jingle_file_release(file);
}

static int tell(void *self, xmpp_stanza_t **payload)
{
    jingle_file_t *file = self;
    bool *due = file->tell_checksum ? &file->tell_checksum : &file->tell_received;
    int err;

    *payload = NULL;
    if (!*due || !file->jingle)
        return JINGLE_EOK;
    err = jingle__file_payload(file, file->tell_checksum ? "checksum" : "received", payload);
    if (!err)
        *due = false;
    return err;
}

/** Two that send each other files at the same time want two different things. */
static bool competes(void *self, xmpp_stanza_t *description, jingle_senders_t senders)
{
    (void)self;
    (void)description;
    (void)senders;
    return false;
}

const jingle_application_t jingle__file_plugin = {
    .size = sizeof jingle__file_plugin,
    .name = "file transfer",
    .create = create,
    .check = check,
    .apply = apply,
    .describe = describe,
    .free = free_self,
    .flows = JINGLE_FLOW_STREAM,
    .components = 1,
    .uses_sdp = true,
    .offered = offered,
    .accepted = accepted,
    .open = open_channel,
    .info = info,
    .tell = tell,
    .closed = closed,
    .competes = competes,
};
