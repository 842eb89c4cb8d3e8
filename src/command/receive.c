/* SPDX-License-Identifier: MIT */
/** @file
 *  jingle receive: takes what is offered by those who may, asks about the others where somebody can
 * be asked, and declines the rest. */
#include "app.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "pipes.h"
#include "report.h"
#include "returns.h"
#include "rules.h"

#define IDLE_SECONDS 60u
#define DESC_OCTETS 300 /* of what is said of a file */

/** An offered file, until it is over. */
typedef struct offer {
    struct offer *next;
    jingle_file_t *file; /**< a reference */
    bool accepted;
    bool waits;      /**< for the answer of who sits at the terminal */
    unsigned n_lost; /**< when it was accepted: see stream_t */
} offer_t;

typedef struct {
    app_t app;
    offer_t *offers; /**< in the order they came */
    offer_t *asked;
    output_t output; /**< with to_stdout */
    bool to_stdout;
    bool hung_up; /**< nobody sits at the terminal any more */
    bool interrupted;
    size_t n_active;   /**< accepted and not over */
    size_t n_over;     /**< accepted and over */
    returns_t returns; /**< accepted, cut, and to be offered again */
    unsigned n_fresh;  /**< new streams so far */
    int status;        /**< of the first one that failed */
    uint64_t news;     /**< when something last happened */
} receive_t;

/* ---- the list -------------------------------------------------------------------------------- */

static offer_t *add_offer(receive_t *receive, jingle_file_t *file)
{
    offer_t *offer = must_alloc(NULL, sizeof *offer), **end = &receive->offers;

    *offer = (offer_t){.file = jingle_file_clone(file)};
    while (*end)
        end = &(*end)->next;
    *end = offer;
    return offer;
}

static offer_t *find_offer(const receive_t *receive, const jingle_file_t *file)
{
    offer_t *offer = receive->offers;

    while (offer && offer->file != file)
        offer = offer->next;
    return offer;
}

static void drop_offer(receive_t *receive, offer_t *offer)
{
    offer_t **link = &receive->offers;

    while (*link != offer)
        link = &(*link)->next;
    *link = offer->next;
    jingle_file_release(offer->file);
    free(offer);
}

/* ---- deciding -------------------------------------------------------------------------------- */

/** With --once: whatever comes in the session that the first file came in. To standard output one
 *  file at a time. */
static bool is_one_too_many(const receive_t *receive, const jingle_file_t *file)
{
    if (receive->to_stdout && (receive->n_active || receive->output.len))
        return true;
    if (!receive->app.settings->once)
        return false;
    if (receive->returns.n)
        return !jid_same_bare(receive->returns.peer, jingle_file_get_peer(file));
    if (receive->n_over && !receive->n_active)
        return true;
    for (const offer_t *offer = receive->offers; offer; offer = offer->next)
        if (offer->accepted &&
            (strcmp(jingle_file_get_sid(offer->file), jingle_file_get_sid(file)) != 0 ||
             strcmp(jingle_file_get_peer(offer->file), jingle_file_get_peer(file)) != 0))
            return true;
    return false;
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
    if (is_one_too_many(receive, file))
        return "only one file is taken here";
    return rules_refuse(receive->app.settings, octets_to_come(receive), file);
}

static void fail(receive_t *receive, int status)
{
    if (receive->status == STATUS_DONE)
        receive->status = status;
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
    result = jingle_file_accept(offer->file, receive->to_stdout ? how : NULL);
    if (result == JINGLE_EOK)
        return;
    report_error("folder", "cannot write to %s: %s", to ? to : "the current folder",
                 result == JINGLE_EIO ? strerror(errno) : jingle_strerror(result));
    jingle_file_decline(offer->file, "it cannot be stored");
}

static void decline_offer(offer_t *offer, const char *text)
{
    offer->waits = false;
    jingle_file_decline(offer->file, text);
}

/* ---- asking ---------------------------------------------------------------------------------- */

static void ask(receive_t *receive)
{
    const jingle_file_info_t *info;
    offer_t *offer = receive->offers;
    char size[SIZE_TEXT];

    while (offer && !offer->waits)
        offer = offer->next;
    if (!offer || receive->asked)
        return;
    if (prompt_state(receive->app.settings) != PROMPT_POSSIBLE) {
        report_note("%.300s offers %s: declined, nobody can be asked in the background",
                    jingle_file_get_peer(offer->file),
                    jingle_file_get_info(offer->file)->safe_name);
        decline_offer(offer, NULL);
        return;
    }
    receive->asked = offer;
    info = jingle_file_get_info(offer->file);
    prompt_forget();
    if (info->desc)
        report_note("%.300s says: %.*s", jingle_file_get_peer(offer->file), DESC_OCTETS,
                    info->desc);
    report_question("%.300s offers %s (%s, %.80s). Take it? [y/N] ",
                    jingle_file_get_peer(offer->file), info->safe_name,
                    format_size(info->file_size, size), info->media_type);
}

static void take_answer(receive_t *receive)
{
    offer_t *offer = receive->asked;
    const char *refusal;
    char answer[256];
    ssize_t len = read(STDIN_FILENO, answer, sizeof answer);

    if (len < 0 && errno == EINTR)
        return;
    if (len <= 0)
        receive->hung_up = true;
    receive->asked = NULL;
    report_answered();
    if (len <= 0 || (answer[0] != 'y' && answer[0] != 'Y')) {
        decline_offer(offer, NULL);
        return;
    }
    /* Meanwhile another one may have taken the room. */
    refusal = refusal_of(receive, offer->file);
    if (refusal) {
        report_note("not taken: %s", refusal);
        decline_offer(offer, refusal);
    } else {
        accept_offer(receive, offer);
    }
}

/* ---- what happens ---------------------------------------------------------------------------- */

static void on_offer(jingle_t *jingle, jingle_file_t *file, void *userdata)
{
    receive_t *receive = userdata;
    const settings_t *settings = receive->app.settings;
    bool can_ask = !receive->hung_up && prompt_state(settings) != PROMPT_NOBODY;
    verdict_t verdict = rules_judge(settings, jingle_file_get_peer(file), can_ask);
    const char *refusal = refusal_of(receive, file);
    offer_t *offer = add_offer(receive, file);

    (void)jingle;
    receive->news = clock_ms();
    if (verdict == VERDICT_ASK && !refusal) {
        offer->waits = true;
        if (receive->asked)
            report_note("%s offers %s too", jingle_file_get_peer(file),
                        jingle_file_get_info(file)->safe_name);
        return;
    }
    report_offer(file);
    if (verdict == VERDICT_ACCEPT && !refusal)
        accept_offer(receive, offer);
    else /* whom we would not take anything from learns nothing of what we take */
        decline_offer(offer, verdict == VERDICT_DECLINE ? NULL : refusal);
}

static void on_start(jingle_t *jingle, jingle_file_t *file, void *userdata)
{
    (void)jingle;
    (void)userdata;
    report_start(file);
}

/** All that comes at the same time. */
static const progress_at_t *together(const receive_t *receive, progress_at_t *all)
{
    *all = (progress_at_t){.n = receive->n_active};
    for (const offer_t *offer = receive->offers; offer; offer = offer->next) {
        if (offer->accepted)
            progress_add(all, offer->file);
    }
    return all;
}

static void on_progress(jingle_t *jingle, jingle_file_t *file, void *userdata)
{
    receive_t *receive = userdata;
    progress_at_t all;

    (void)jingle;
    receive->news = clock_ms();
    report_progress(file, NULL, receive->n_active > 1 ? together(receive, &all) : NULL);
}

/** With --once, when our connection broke, or the sender says that its own did: it goes on as soon as
 *  it finds us again. */
static bool may_return(const receive_t *receive, const offer_t *offer)
{
    const stream_t *stream = &receive->app.stream;
    jingle_file_outcome_t outcome = jingle_file_get_outcome(offer->file);

    return receive->app.settings->once && jingle_file_is_kept(offer->file) &&
           (stream->lost || stream->n_lost != offer->n_lost ||
            jingle_session_is_ended_by_peer(jingle_file_get_session(offer->file))) &&
           (outcome == JINGLE_FILE_TIMEOUT || outcome == JINGLE_FILE_DISCONNECTED);
}

static void count_end(receive_t *receive, jingle_file_outcome_t outcome)
{
    receive->n_over++;
    if (outcome != JINGLE_FILE_DONE)
        fail(receive, outcome == JINGLE_FILE_NOT_VERIFIED ? STATUS_NOT_VERIFIED : STATUS_FAILED);
}

/** An accepted file is over, for now at least. */
static void end_accepted(receive_t *receive, const offer_t *offer)
{
    receive->n_active--;
    if (may_return(receive, offer)) {
        report_cut(offer->file, "waiting for the rest to be offered");
        returns_add(&receive->returns, &receive->app, jingle_file_get_peer(offer->file));
        return;
    }
    report_end(offer->file, receive->interrupted ? "interrupted" : NULL);
    returns_begin(&receive->returns, &receive->app); /* the next may have waited for this one */
    count_end(receive, jingle_file_get_outcome(offer->file));
}

/** What has not come again in time is lost. */
static void end_returns(receive_t *receive)
{
    if (receive->n_active || receive->asked || !returns_late(&receive->returns))
        return;
    report_error("timeout", "what was cut was not offered again in time");
    for (; receive->returns.n; returns_take(&receive->returns, &receive->app))
        count_end(receive, JINGLE_FILE_TIMEOUT);
}

static void on_done(jingle_t *jingle, jingle_file_t *file, void *userdata)
{
    receive_t *receive = userdata;
    offer_t *offer = find_offer(receive, file);

    (void)jingle;
    receive->news = clock_ms();
    if (offer && offer == receive->asked) {
        receive->asked = NULL;
        report_answered();
        report_note("the offer was withdrawn");
    }
    if (offer && offer->accepted)
        end_accepted(receive, offer);
    else
        report_end(file, receive->interrupted ? "interrupted" : NULL);
    if (offer)
        drop_offer(receive, offer);
}

/** On a new stream, what was under way in-band is lost with the old one: nobody waits for it. */
static void end_what_is_lost(receive_t *receive)
{
    const char *host;
    offer_t *offer = receive->offers;

    if (receive->n_fresh == receive->app.stream.n_fresh)
        return;
    receive->n_fresh = receive->app.stream.n_fresh;
    while (offer) {
        jingle_content_t *content = offer->accepted ? jingle_file_get_content(offer->file) : NULL;
        jingle_session_t *session = content ? jingle_content_get_session(content) : NULL;

        offer = offer->next;
        if (session && jingle_content_get_s5b_path(content, &host) == JINGLE_S5B_NOWHERE) {
            jingle_session_end(session, JINGLE_END(.condition = JINGLE_REASON_CONNECTIVITY_ERROR));
            offer = receive->offers; /* what has ended is out of the list */
        }
    }
}

/** The file was done, and then its end could not be written. */
static void tell_output(receive_t *receive, int err)
{
    if (err == JINGLE_EOK)
        return;
    report_error("output", "the end of the file cannot be written: %s", strerror(errno));
    fail(receive, STATUS_FAILED);
}

/** The end of --once, and the place where the terminal is looked at. */
static bool is_finished(app_t *app, void *userdata)
{
    receive_t *receive = userdata;

    end_what_is_lost(receive);
    if (receive->asked && prompt_has_answer())
        take_answer(receive);
    ask(receive);
    tell_output(receive, output_turn(&receive->output));
    if (daemon_is_orphan())
        return true;
    end_returns(receive);
    if (app->settings->once && receive->n_over && !receive->n_active && !receive->returns.n)
        return true;
    return app->settings->timeout && !app->settings->daemon && !receive->n_active &&
           !receive->asked && !receive->returns.n &&
           clock_ms() - receive->news >= 1000 * (uint64_t)app->settings->timeout;
}

/* ---- the subcommand -------------------------------------------------------------------------- */

static int receive_all(receive_t *receive)
{
    app_t *app = &receive->app;
    wait_t how;

    report_ready(jingle_get_jid(app->jingle));
    daemon_ready();
    receive->news = clock_ms();
    how = app_wait(app, is_finished, receive, WAIT_FOREVER);
    if (daemon_is_orphan())
        how = WAIT_INTERRUPTED;
    if (how != WAIT_DONE) {
        receive->interrupted = how == WAIT_INTERRUPTED;
        return app_give_up(app, how);
    }
    if (!receive->n_over && app->settings->timeout) {
        report_error("timeout", "nothing was offered within %u s", app->settings->timeout);
        return STATUS_FAILED;
    }
    return receive->status;
}

static int run(const settings_t *settings)
{
    const char *folder = settings->to ? settings->to : ".";
    receive_t receive = {.status = STATUS_DONE, .to_stdout = strcmp(folder, "-") == 0};
    const jingle_files_t *files;
    int status;

    files =
        JINGLE_FILES(.folder = receive.to_stdout ? NULL : folder, .max_size = settings->max_size,
                     .resume = !settings->no_resume, .on_offer = on_offer, .on_start = on_start,
                     .on_progress = on_progress, .on_done = on_done, .userdata = &receive,
                     .idle_timeout = 1000 * (settings->timeout ? settings->timeout : IDLE_SECONDS));
    status = app_open(
        &receive.app, settings,
        &(app_config_t){.files = files, .offers = JINGLE_OFFERS_ANYONE, .userdata = &receive});
    if (status != STATUS_DONE)
        return status;
    status = receive_all(&receive);
    app_close(&receive.app);
    /* Whoever reads our output may take longer than the other side, whose file is through. */
    if (status != STATUS_INTERRUPTED)
        tell_output(&receive, output_drain(&receive.output));
    if (receive.output.len)
        status = STATUS_INTERRUPTED;
    else if (status == STATUS_DONE)
        status = receive.status;
    output_drop(&receive.output);
    if (receive.returns.n)
        report_error(jingle_file_outcome_name(JINGLE_FILE_CANCELLED),
                     "what was cut is not waited for any more");
    while (receive.offers)
        drop_offer(&receive, receive.offers);
    returns_drop(&receive.returns, &receive.app);
    return status;
}

int command_receive(const settings_t *settings, int n_words, char **words)
{
    int status = rules_check(settings);

    (void)n_words;
    (void)words;
    if (status != STATUS_DONE)
        return status;
    return settings->daemon ? daemon_run(settings, run) : run(settings);
}
