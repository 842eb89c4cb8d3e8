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

/** XEP-0234 section 4.1: who adds a content and who sends in it tell an offer from a request. */
static bool is_request(jingle_part_t *part)
{
    const jingle_content_t *content = jingle_part_get_content(part);

    return (jingle_content_get_senders(content) == JINGLE_SENDERS_INITIATOR) !=
           (jingle_content_get_creator(content) == JINGLE_CREATOR_INITIATOR);
}

/** A content of the peer's: what it asks for we send. */
static int create_theirs(jingle_t *jingle, jingle__files_t *files, jingle_part_t *part,
                         jingle_file_t **file)
{
    bool request = is_request(part);
    int err = jingle__file_new(jingle, files, request, file);

    if (!err)
        (*file)->requested = request;
    return err;
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
        err = create_theirs(jingle, files, part, &file);
    else
        file = jingle_file_clone(userdata);
    if (!err)
        err = name_session(file, jingle_part_get_session(part));
    if (err) {
        jingle_file_release(file);
        return err;
    }
    file->part = part;
    err = jingle__ask_begin(file);
    if (err) {
        file->part = NULL;
        jingle_file_release(file);
        return err;
    }
    jingle__thumbnail_list(file);
    *self = file;
    return JINGLE_EOK;
}

static void free_self(void *self)
{
    jingle_file_t *file = self;

    if (file->n_left) { /* that of a part which it has left (again.c) */
        file->n_left--;
        jingle_file_release(file);
        return;
    }
    jingle__thumbnail_unlist(file);
    /* Of one that was restored and could not be kept the content has not ended. */
    if (file->state != JINGLE__FILE_OVER) {
        jingle__file_abandon(file);
        return;
    }
    file->part = NULL;
    file->jingle = NULL;
    jingle_file_release(file);
}

/* ---- check --------------------------------------------------------------------------------- */

jingle_check_t jingle__file_unusable(jingle_file_t *file, jingle_reason_t *why,
                                     jingle_condition_t condition, const char *text,
                                     const char *detail)
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

/** Neither both nor none (nor nothing, which means both) will do (XEP-0234 section 4.1). */
static bool has_direction(const jingle_file_t *file)
{
    jingle_senders_t senders = jingle_content_get_senders(jingle_part_get_content(file->part));

    return senders == JINGLE_SENDERS_INITIATOR || senders == JINGLE_SENDERS_RESPONDER;
}

static jingle_check_t check_offer(jingle_file_t *file, const jingle__file_numbers_t *numbers,
                                  jingle_reason_t *why)
{
    if (numbers->offset ||
        (numbers->has_length && (!numbers->has_size || numbers->length != numbers->size)))
        return jingle__file_unusable(file, why, JINGLE_REASON_INCOMPATIBLE_PARAMETERS,
                                     "only whole files are taken", NULL);
    if (numbers->has_size && file->config.max_size && numbers->size > file->config.max_size)
        return jingle__file_unusable(file, why, JINGLE_REASON_MEDIA_ERROR, "the file is too large",
                                     "file-too-large");
    if (file->config.require_hash && !numbers->n_hashes)
        return jingle__file_unusable(file, why, JINGLE_REASON_INCOMPATIBLE_PARAMETERS,
                                     "only files with a hash are taken", NULL);
    return JINGLE_CHECK_OK;
}

/** What is offered to us, or asked of us. */
static jingle_check_t check_new(jingle_file_t *file, xmpp_stanza_t *element, jingle_reason_t *why)
{
    jingle__file_numbers_t numbers;

    if (!has_direction(file) || !element || !jingle__file_numbers(element, &numbers))
        return JINGLE_CHECK_MALFORMED;
    if (!file->sender)
        return check_offer(file, &numbers, why);
    if (!file->config.on_request || !jingle__request_selects(element, &numbers))
        return jingle__file_unusable(file, why, JINGLE_REASON_FAILED_APPLICATION,
                                     JINGLE__NOT_AVAILABLE, "file-not-available");
    return JINGLE_CHECK_OK;
}

/** The answer to an offer of ours may name a range (XEP-0234 section 6.1). */
static jingle_check_t check_range(jingle_file_t *file, xmpp_stanza_t *element, jingle_reason_t *why)
{
    uint64_t size = file->info.file_size;
    jingle__file_numbers_t numbers;
    jingle__range_t range, whole = {.length = JINGLE_FILE_SIZE_UNKNOWN};

    if (!element)
        return JINGLE_CHECK_OK;
    if (!jingle__file_numbers(element, &numbers))
        return JINGLE_CHECK_MALFORMED;
    range = jingle__range_of(&numbers);
    if (!jingle__range_fits(size, &range))
        return jingle__file_unusable(file, why, JINGLE_REASON_INCOMPATIBLE_PARAMETERS,
                                     "the file does not have that part", NULL);
    if (!file->info.has_ranges && !jingle__range_equals(size, &range, &whole))
        return jingle__file_unusable(file, why, JINGLE_REASON_INCOMPATIBLE_PARAMETERS,
                                     "only the whole file is sent", NULL);
    return JINGLE_CHECK_OK;
}

static jingle_check_t check(void *self, jingle_action_t action, xmpp_stanza_t *description,
                            jingle_reason_t *why)
{
    jingle_file_t *file = self;
    xmpp_stanza_t *element = jingle_element_child(description, "file", JINGLE_NS_FILE_TRANSFER);

    switch (action) {
    case JINGLE_ACTION_SESSION_INITIATE:
    case JINGLE_ACTION_CONTENT_ADD:
        return check_new(file, element, why);
    case JINGLE_ACTION_SESSION_ACCEPT:
    case JINGLE_ACTION_CONTENT_ACCEPT:
        return file->sender ? check_range(file, element, why)
                            : jingle__request_check(file, element, why);
    default:
        return JINGLE_CHECK_OK;
    }
}

/* ---- apply and describe -------------------------------------------------------------------- */

/** What is offered, asked for, or given to who has asked. */
static int take_file(jingle_file_t *file, xmpp_stanza_t *element)
{
    jingle__file_numbers_t numbers;

    if (!jingle__file_numbers(element, &numbers))
        return JINGLE_EINVAL;
    if (file->sender) {
        file->range = jingle__range_of(&numbers);
    } else {
        file->info.has_ranges = numbers.has_range;
        if (jingle__ask_gets_whole(file, &numbers)) {
            file->range.offset = 0;
            file->has_prefix = false;
            /* Who says nothing of ranges may give the rest all the same: nothing to keep. */
            if (!numbers.has_range)
                file->config.resume = false;
        }
    }
    return jingle__file_read(file, element);
}

static int take_range(jingle_file_t *file, xmpp_stanza_t *element)
{
    jingle__file_numbers_t numbers;

    if (!jingle__file_numbers(element, &numbers))
        return JINGLE_EINVAL;
    file->range = jingle__range_of(&numbers);
    return JINGLE_EOK;
}

static int apply(void *self, jingle_action_t action, xmpp_stanza_t *description)
{
    jingle_file_t *file = self;
    xmpp_stanza_t *element = jingle_element_child(description, "file", JINGLE_NS_FILE_TRANSFER);

    switch (action) {
    case JINGLE_ACTION_SESSION_INITIATE:
    case JINGLE_ACTION_CONTENT_ADD:
        file->known = true;
        return take_file(file, element);
    case JINGLE_ACTION_SESSION_ACCEPT:
    case JINGLE_ACTION_CONTENT_ACCEPT:
        /* Some leave out what they have nothing to say of. */
        if (!element)
            return JINGLE_EOK;
        return file->sender ? take_range(file, element) : take_file(file, element);
    default:
        return JINGLE_EOK;
    }
}

static int describe(void *self, jingle_action_t action, xmpp_stanza_t *description)
{
    jingle_file_t *file = self;
    int err = JINGLE_EOK;

    if (action == JINGLE_ACTION_DESCRIPTION_INFO)
        return JINGLE_ENOENT;
    if (!file->jingle)
        return JINGLE_EINVOP;
    if (file->starts)
        jingle__file_started(file);
    if (file->resuming)
        err = jingle__resume_abandon(file);
    return err ? err : jingle__file_write(file, description);
}

/* ---- the life of the content --------------------------------------------------------------- */

static void offered(void *self)
{
    jingle_file_t *file = self;

    jingle_file_clone(file);
    jingle__file_tell(file, file->sender ? file->config.on_request : file->config.on_offer);
    jingle_file_release(file);
}

/** The program may have accepted the session instead of the file: then it goes to the folder. */
static void accepted_receiver(jingle_file_t *file)
{
    int err;

    if (file->requested && file->has_prefix) {
        jingle__ask_granted(file);
        return;
    }
    if (file->requested && file->has_disk)
        jingle__ask_forget(file);
    err = jingle__file_open_disk(file, file->wanted_folder, file->wanted_name, false);
    if (err == JINGLE_EINVAL)
        jingle__file_fail(file, JINGLE_FILE_UNAVAILABLE, JINGLE_REASON_FAILED_APPLICATION,
                          "there is no place for files", NULL);
    else if (err)
        jingle__file_fail_write(file, err);
}

/** Of what the peer asks for there may be nothing to give. */
static void accepted(void *self)
{
    jingle_file_t *file = self;

    if (!file->sender)
        accepted_receiver(file);
    else if (!jingle__source_is_set(&file->source))
        jingle__file_fail(file, JINGLE_FILE_UNAVAILABLE, JINGLE_REASON_FAILED_APPLICATION,
                          JINGLE__NOT_AVAILABLE, "file-not-available");
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
    file->sampled = jingle_get_time(file->jingle);
    file->sampled_bytes = file->bytes;
    jingle__file_tell(file, file->config.on_start);
    if (file->state != JINGLE__FILE_RUNNING)
        goto out;
    err = file->goes_on  ? jingle__file_read_again(file)
          : file->sender ? jingle__file_send_begin(file)
                         : jingle__file_receive_begin(file);
    file->goes_on = false;
    if (err)
        jingle__file_fail(file, JINGLE_FILE_FAILED, JINGLE_REASON_GENERAL_ERROR,
                          jingle_strerror(err), NULL);
    if (!file->channel)
        goto out;
    if (!file->sender && (file->paused || file->hashing))
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

    if (!element || jingle__range_read_checksum(file, element)) {
        jingle_reply_error(reply, jingle_error_of(JINGLE_ERROR_BAD_REQUEST));
        return;
    }
    /* While what has come is read again after a restore, that ends with the check. */
    if (file->state == JINGLE__FILE_CHECKING && file->stream_ended && !file->hashing)
        jingle__file_check(file, false);
    jingle_reply_ack(reply); /* last: what is saved then must know of it */
}

/** What names no content comes to the session's first file, whichever was meant: it counts for one that is
 *  alone. */
static bool is_meant(const jingle_file_t *file, xmpp_stanza_t *payload)
{
    const char *name = xmpp_stanza_get_attribute(payload, "name");

    return (name && !strcmp(name, jingle_content_get_name(jingle_file_get_content(file)))) ||
           !jingle_session_get_file(jingle_file_get_session(file), 1);
}

static void info(void *self, xmpp_stanza_t *payload, jingle_reply_t *reply)
{
    jingle_file_t *file = self;
    const char *element = xmpp_stanza_get_name(payload);
    bool checksum = !strcmp(element, "checksum"), received = !strcmp(element, "received");

    jingle_file_clone(file);
    if ((checksum || received) && !is_meant(file, payload)) {
        jingle_reply_error(reply, jingle_error_of(JINGLE_ERROR_BAD_REQUEST));
    } else if (checksum && !file->sender) {
        take_checksum(file, payload, reply);
    } else if (received && file->sender) {
        jingle__last_words_confirmed(file);
        jingle_reply_ack(reply); /* last, as above */
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
    .save = jingle__file_save,
    .restore = jingle__file_restore,
    .told = jingle__file_told,
    .awaits = jingle__file_awaits,
};
