/* SPDX-License-Identifier: MIT */
/** @file
 *  jingle receive: what becomes of offers once they are decided; how that is done is in decide.c. */
#include "receive.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "report.h"
#include "rules.h"

#define IDLE_SECONDS 60u

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
    free(offer->why);
    free(offer);
}

/* ---- what happens ---------------------------------------------------------------------------- */

static void on_offer(jingle_t *jingle, jingle_file_t *file, void *userdata)
{
    receive_t *receive = userdata;

    (void)jingle;
    receive->news = clock_ms();
    receive->n_offered++;
    decide_offer(receive, add_offer(receive, file));
}

static void on_start(jingle_t *jingle, jingle_file_t *file, void *userdata)
{
    receive_t *receive = userdata;

    (void)jingle;
    app_flows(&receive->app);
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
    app_flows(&receive->app);
    report_progress(file, NULL, receive->n_active > 1 ? together(receive, &all) : NULL);
    decide_progress(receive, file);
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

static void fail(receive_t *receive, int status)
{
    if (receive->status == STATUS_DONE)
        receive->status = status;
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
    report_end(offer->file, receive->interrupted     ? "interrupted"
                            : receive->output.unread ? "whoever reads standard output has ended"
                                                     : NULL);
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
        report_end(file, receive->interrupted ? "interrupted" : offer ? offer->why : NULL);
    /* Also after one that was declined: the next of the same sender may be wanted. */
    if (more_is_from(&receive->more, jingle_file_get_peer(file)))
        more_begin(&receive->more, &receive->app);
    if (offer)
        drop_offer(receive, offer);
}

/** On a new stream, what was under way in-band is lost with the old one: nobody waits for it. What was
 *  accepted since then is not: the offer may have come with the login. */
static void end_what_is_lost(receive_t *receive)
{
    const char *host;
    offer_t *offer = receive->offers;

    if (receive->n_fresh == receive->app.stream.n_fresh)
        return;
    receive->n_fresh = receive->app.stream.n_fresh;
    while (offer) {
        bool is_old = offer->accepted && offer->n_lost != receive->app.stream.n_lost;
        jingle_content_t *content = is_old ? jingle_file_get_content(offer->file) : NULL;
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

/** With --once: all is over that belongs together. */
static bool is_once_over(receive_t *receive)
{
    if (!receive->n_over || receive->n_active || receive->returns.n)
        return false;
    if (receive->to_stdout)
        return true;
    for (const offer_t *offer = receive->offers; offer; offer = offer->next)
        if ((offer->waits || offer == receive->asked) &&
            more_is_from(&receive->more, jingle_file_get_peer(offer->file)))
            return false;
    return !receive->app.online || !more_may_come(&receive->more, &receive->app);
}

/** The end of --once, and the place where the terminal is looked at. */
static bool is_finished(app_t *app, void *userdata)
{
    receive_t *receive = userdata;

    end_what_is_lost(receive);
    decide_turn(receive);
    tell_output(receive, output_turn(&receive->output));
    if (daemon_is_orphan())
        return true;
    end_returns(receive);
    if (app->settings->once && is_once_over(receive))
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
    app->idles = true;
    how = app_wait(app, is_finished, receive, WAIT_FOREVER);
    if (daemon_is_orphan())
        how = WAIT_INTERRUPTED;
    if (how != WAIT_DONE) {
        receive->interrupted = how == WAIT_INTERRUPTED;
        return app_give_up(app, how);
    }
    if (!receive->n_over && app->settings->timeout) {
        if (receive->n_offered)
            report_error("timeout", "nothing that was offered was taken");
        else
            report_error("timeout", "nothing was offered within %u s", app->settings->timeout);
        return STATUS_FAILED;
    }
    return receive->status;
}

static int run(const settings_t *settings)
{
    const char *folder = settings->to ? settings->to : ".";
    receive_t receive = {.status = STATUS_DONE,
                         .to_stdout = strcmp(folder, "-") == 0,
                         .output.most = settings->max_size};
    const jingle_files_t *files;
    int status;

    /* Without max_size: what that refuses nobody is told of. */
    files =
        JINGLE_FILES(.folder = receive.to_stdout ? NULL : folder, .resume = !settings->no_resume,
                     .on_offer = on_offer, .on_start = on_start, .on_progress = on_progress,
                     .on_done = on_done, .userdata = &receive,
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
    more_drop(&receive.more);
    decide_drop(&receive);
    return status;
}

int command_receive(const settings_t *settings, int n_words, char **words)
{
    int status = rules_check(settings);

    (void)n_words;
    (void)words;
    if (status != STATUS_DONE)
        return status;
    if (!settings->yes && !settings->n_from && prompt_state(settings) == PROMPT_NOBODY)
        report_warning("nobody-asked", NULL,
                       "without --from or --yes all that is offered is declined here: nobody can "
                       "be asked");
    return settings->daemon ? daemon_run(settings, run) : run(settings);
}
