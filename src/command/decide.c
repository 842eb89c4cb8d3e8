/* SPDX-License-Identifier: MIT */
/** @file
 *  jingle receive: takes what is offered by those who may, asks about the others where somebody can
 * be asked, and declines the rest. */
#include "receive.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "report.h"
#include "rules.h"

#define DESC_OCTETS 300 /* of what is said of a file */
#define TOO_LARGE "the file is too large"
#define WHY_TEXT 6200 /* octets: a JID (RFC 7622), twice, and some words */

/* ---- deciding -------------------------------------------------------------------------------- */

/** With --once: whatever the sender of the first file sends, until it has no more. To standard output one
 *  file at a time, and then one in all. */
static bool is_one_too_many(const receive_t *receive, const jingle_file_t *file)
{
    if (receive->to_stdout && (receive->n_active || receive->output.len))
        return true;
    if (!receive->app.settings->once)
        return false;
    if (receive->returns.n)
        return !jid_same_bare(receive->returns.peer, jingle_file_get_peer(file));
    return (receive->n_over && receive->to_stdout) ||
           (receive->more.peer && !more_is_from(&receive->more, jingle_file_get_peer(file)));
}

/** Octets that the files under way are still to bring. */
static uint64_t octets_to_come(const receive_t *receive)
{
    uint64_t sum = 0;

    for (const offer_t *offer = receive->offers; offer; offer = offer->next)
        if (offer->accepted)
            sum += rules_to_come(offer->file);
    return sum;
}

/** @return why it is not taken, whoever offers it; NULL: it may be */
static const char *refusal_of(const receive_t *receive, const jingle_file_t *file)
{
    if (rules_is_too_large(receive->app.settings, file))
        return TOO_LARGE;
    if (is_one_too_many(receive, file))
        return receive->to_stdout ? "only one file is taken here"
                                  : "only what one other sends is taken here";
    return rules_refuse(receive->app.settings, octets_to_come(receive), file);
}

static void accept_offer(receive_t *receive, offer_t *offer)
{
    const char *to = receive->app.settings->to;
    const jingle_accept_file_t *how =
        JINGLE_ACCEPT_FILE(.write = output_write, .finish = output_finish,
                           .userdata = &receive->output);
    int result;

    offer->waits = false;
    offer->accepted = true;
    offer->n_lost = receive->app.stream.n_lost;
    receive->n_active++;
    returns_take(&receive->returns, &receive->app);
    more_take(&receive->more, &receive->app, jingle_file_get_peer(offer->file));
    result = jingle_file_accept(offer->file, receive->to_stdout ? how : NULL);
    if (result == JINGLE_EOK)
        return;
    report_error("folder", "cannot write to %s: %s", to ? to : "the current folder",
                 result == JINGLE_EIO ? strerror(errno) : jingle_strerror(result));
    jingle_file_decline(offer->file, "it cannot be stored");
}

static void set_why(offer_t *offer, const char *format, ...)
{
    char text[WHY_TEXT];
    va_list args;

    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    free(offer->why);
    offer->why = must_copy(text, strlen(text));
}

/** As the library does with what it is told to refuse (XEP-0234 section 7). */
static void end_too_large(receive_t *receive, jingle_file_t *file, bool undecided)
{
    jingle_content_t *content = jingle_file_get_content(file);
    xmpp_stanza_t *detail = xmpp_stanza_new(receive->app.ctx);
    jingle_reason_t reason = {
        .condition = JINGLE_REASON_MEDIA_ERROR, .text = TOO_LARGE, .detail = detail};

    if (detail) {
        xmpp_stanza_set_name(detail, "file-too-large");
        xmpp_stanza_set_ns(detail, JINGLE_NS_FILE_TRANSFER_ERRORS);
    }
    if (undecided)
        jingle_content_reject(content, &reason);
    else
        jingle_content_remove(content, &reason);
    if (detail)
        xmpp_stanza_release(detail);
}

/** @param text for the peer; NULL: it learns nothing of what we take */
static void decline_offer(receive_t *receive, offer_t *offer, const char *text)
{
    const settings_t *settings = receive->app.settings;
    char size[SIZE_TEXT];

    offer->waits = false;
    if (text && rules_is_too_large(settings, offer->file)) {
        set_why(offer, "larger than --max-size (%s)", format_size(settings->max_size, size));
        end_too_large(receive, offer->file, true);
    } else {
        jingle_file_decline(offer->file, text);
    }
}

/** Of somebody that no setting allows, where nobody is there to allow it. */
static void decline_stranger(receive_t *receive, offer_t *offer)
{
    const char *peer = jingle_file_get_peer(offer->file);
    int bare = (int)jid_bare_length(peer);

    if (receive->app.settings->n_from)
        set_why(offer, "%.*s is not among --from (give --from %.*s too)", bare, peer, bare, peer);
    else
        set_why(offer, "nobody can be asked (give --from %.*s, or --yes)", bare, peer);
    decline_offer(receive, offer, NULL);
}

static void take_or_refuse(receive_t *receive, offer_t *offer)
{
    /* Meanwhile another one may have taken the room. */
    const char *refusal = refusal_of(receive, offer->file);

    if (refusal) {
        report_note("not taken: %s", refusal);
        decline_offer(receive, offer, refusal);
    } else {
        accept_offer(receive, offer);
    }
}

/* ---- asking ---------------------------------------------------------------------------------- */

static bool is_trusted(const receive_t *receive, const char *peer)
{
    for (size_t i = 0; i < receive->n_trusted; i++)
        if (jid_same_bare(receive->trusted[i], peer))
            return true;
    return false;
}

/** Of the same account, be it another device: each `jingle send` is one. What else waits of it is taken
 *  as its turn comes. */
static void trust(receive_t *receive, const char *peer)
{
    receive->trusted =
        must_alloc(receive->trusted, (receive->n_trusted + 1) * sizeof *receive->trusted);
    receive->trusted[receive->n_trusted++] = must_copy(peer, jid_bare_length(peer));
}

static void ask(receive_t *receive)
{
    const jingle_file_info_t *info;
    offer_t *offer = receive->offers;
    char size[SIZE_TEXT];

    while (offer && !offer->waits)
        offer = offer->next;
    if (!offer || receive->asked)
        return;
    if (is_trusted(receive, jingle_file_get_peer(offer->file))) {
        report_offer(offer->file);
        take_or_refuse(receive, offer);
        return;
    }
    if (prompt_state(receive->app.settings) != PROMPT_POSSIBLE) {
        report_note("%.300s offers %s: declined, nobody can be asked in the background",
                    jingle_file_get_peer(offer->file),
                    jingle_file_get_info(offer->file)->safe_name);
        decline_offer(receive, offer, NULL);
        return;
    }
    receive->asked = offer;
    info = jingle_file_get_info(offer->file);
    prompt_forget();
    if (info->desc)
        report_note("%.300s says: %.*s", jingle_file_get_peer(offer->file), DESC_OCTETS,
                    info->desc);
    report_question("%.300s offers %s (%s, %.80s). Take it? [y/N, a: all of theirs] ",
                    jingle_file_get_peer(offer->file), info->safe_name,
                    format_size(info->file_size, size), info->media_type);
}

static void take_answer(receive_t *receive)
{
    offer_t *offer = receive->asked;
    char answer[256];
    ssize_t len = read(STDIN_FILENO, answer, sizeof answer);

    if (len < 0 && errno == EINTR)
        return;
    if (len <= 0)
        receive->hung_up = true;
    receive->asked = NULL;
    report_answered();
    if (len <= 0 || !answer[0] || !strchr("yYaA", answer[0])) {
        decline_offer(receive, offer, NULL);
        return;
    }
    if (answer[0] == 'a' || answer[0] == 'A')
        trust(receive, jingle_file_get_peer(offer->file));
    take_or_refuse(receive, offer);
}

/* ---- the two ways in ------------------------------------------------------------------------- */

void decide_offer(receive_t *receive, offer_t *offer)
{
    const settings_t *settings = receive->app.settings;
    bool trusted = is_trusted(receive, jingle_file_get_peer(offer->file));
    bool can_ask = trusted || (!receive->hung_up && prompt_state(settings) != PROMPT_NOBODY);
    verdict_t verdict = rules_judge(settings, jingle_file_get_peer(offer->file), can_ask);
    const char *refusal = refusal_of(receive, offer->file);

    if (verdict == VERDICT_ASK && trusted)
        verdict = VERDICT_ACCEPT;
    if (verdict == VERDICT_ASK && !refusal) {
        offer->waits = true;
        if (receive->asked)
            report_note("%s offers %s too", jingle_file_get_peer(offer->file),
                        jingle_file_get_info(offer->file)->safe_name);
        return;
    }
    report_offer(offer->file);
    if (verdict == VERDICT_ACCEPT && !refusal)
        accept_offer(receive, offer);
    else if (verdict == VERDICT_DECLINE)
        decline_stranger(receive, offer);
    else
        decline_offer(receive, offer, refusal);
}

void decide_progress(receive_t *receive, jingle_file_t *file)
{
    if (rules_is_too_large(receive->app.settings, file))
        end_too_large(receive, file, false);
}

void decide_turn(receive_t *receive)
{
    if (receive->asked && prompt_has_answer())
        take_answer(receive);
    ask(receive);
}

void decide_drop(receive_t *receive)
{
    for (size_t i = 0; i < receive->n_trusted; i++)
        free(receive->trusted[i]);
    free(receive->trusted);
}
