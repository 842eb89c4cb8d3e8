/* SPDX-License-Identifier: MIT */
/** @file
 *  One side of a session whose contents change as it is told, for test/e2e/states.py. It logs in, and comes back
 *  when its connection breaks, with the sources of the command.
 *
 *    speaker --jid JID --password-file FILE --server HOST:PORT --to FOLDER [other options of jingle(1)]
 *
 *  A page is an application with a title, over a stream that stays open. What a line on standard input asks for:
 *
 *    offer JID         a session with the page "first"
 *    page NAME         one more, which the other side takes unless its name begins with "bad"
 *    file PATH         a file beside them, which the other side takes
 *    senders NAME WHO  another value of senders
 *    title NAME WORD   description-info
 *    say NAME WORD     a word over the page's stream
 *    remove NAME
 *    list WORD         all contents, in one line that is the same on both sides
 *    end, quit         the session; the program
 *
 *  Whatever happens to a content is a line on standard output, once. */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jingle/jingle.h>

#include "app.h"
#include "report.h"

#define NS_PAGE "urn:example:page"
#define WORD 64

typedef struct {
    jingle_part_t *part;
    jingle_channel_t *channel; /**< borrowed from open to closed */
    char title[WORD];
    bool renamed;             /**< and not told yet */
    jingle_senders_t senders; /**< as they were told of last */
} page_t;

typedef struct {
    app_t app;
    jingle_session_t *session; /**< borrowed until it has ended */
    char input[4096];
    size_t len;
    bool quits;
} speaker_t;

static const char *name_of(const page_t *page)
{
    return jingle_content_get_name(jingle_part_get_content(page->part));
}

/* ---- pages ----------------------------------------------------------------------------------- */

static int page_create(jingle_part_t *part, void *userdata, void **self)
{
    page_t *page = calloc(1, sizeof *page);

    (void)userdata;
    if (!page)
        return JINGLE_EMEM;
    *page = (page_t){.part = part, .title = "untitled"};
    *self = page;
    return JINGLE_EOK;
}

static jingle_check_t page_check(void *self, jingle_action_t action, xmpp_stanza_t *description,
                                 jingle_reason_t *why)
{
    const char *title = xmpp_stanza_get_attribute(description, "title");

    (void)self;
    (void)action;
    (void)why;
    return title && strlen(title) < WORD ? JINGLE_CHECK_OK : JINGLE_CHECK_MALFORMED;
}

static int page_apply(void *self, jingle_action_t action, xmpp_stanza_t *description)
{
    page_t *page = self;

    snprintf(page->title, WORD, "%s", xmpp_stanza_get_attribute(description, "title"));
    page->senders = jingle_content_get_senders(jingle_part_get_content(page->part));
    if (action == JINGLE_ACTION_DESCRIPTION_INFO)
        printf("title %s %s\n", name_of(page), page->title);
    return JINGLE_EOK;
}

static int page_describe(void *self, jingle_action_t action, xmpp_stanza_t *description)
{
    page_t *page = self;

    if (action == JINGLE_ACTION_DESCRIPTION_INFO && !page->renamed)
        return JINGLE_ENOENT;
    page->renamed = false;
    return xmpp_stanza_set_attribute(description, "title", page->title) ? JINGLE_EMEM : JINGLE_EOK;
}

static void page_offered(void *self)
{
    page_t *page = self;
    jingle_content_t *content = jingle_part_get_content(page->part);

    printf("offered %s\n", name_of(page));
    if (strncmp(name_of(page), "bad", 3) == 0)
        jingle_content_reject(content, NULL);
    else
        jingle_content_accept(content);
}

static void page_accepted(void *self)
{
    page_t *page = self;

    page->senders = jingle_content_get_senders(jingle_part_get_content(page->part));
    printf("accepted %s\n", name_of(page));
}

static void on_data(jingle_channel_t *channel, const void *data, size_t len, void *userdata)
{
    (void)channel;
    printf("said %s %.*s\n", name_of(userdata), (int)len, (const char *)data);
}

static void page_open(void *self, jingle_channel_t *channel)
{
    static const jingle_channel_sink_t sink = {.data = on_data};
    page_t *page = self;

    page->channel = channel;
    jingle_channel_set_sink(channel, &sink, page);
    printf("open %s\n", name_of(page));
}

static void page_modified(void *self, jingle_senders_t senders)
{
    page_t *page = self;

    page->senders = senders;
    printf("senders %s %s\n", name_of(page), jingle_senders_name(senders));
}

static void page_closed(void *self, const jingle_reason_t *reason)
{
    page_t *page = self;

    page->channel = NULL;
    printf("closed %s %s\n", name_of(page), jingle_reason_name(reason->condition));
}

static const jingle_application_t pages = {
    .size = sizeof pages,
    .name = "page",
    .create = page_create,
    .check = page_check,
    .apply = page_apply,
    .describe = page_describe,
    .free = free,
    .flows = JINGLE_FLOW_STREAM,
    .offered = page_offered,
    .accepted = page_accepted,
    .open = page_open,
    .modified = page_modified,
    .closed = page_closed,
};

static bool is_page(const jingle_content_t *content)
{
    const char *ns = jingle_content_get_application(content);

    return ns && strcmp(ns, NS_PAGE) == 0;
}

/* ---- files and sessions ---------------------------------------------------------------------- */

static void on_file(jingle_t *jingle, jingle_file_t *file, void *userdata)
{
    (void)jingle;
    (void)userdata;
    jingle_file_accept(file, NULL);
}

static void on_done(jingle_t *jingle, jingle_file_t *file, void *userdata)
{
    (void)jingle;
    (void)userdata;
    printf("file %s %s\n", jingle_file_get_info(file)->safe_name,
           jingle_file_outcome_name(jingle_file_get_outcome(file)));
}

static void on_event(jingle_t *jingle, const jingle_event_t *event, void *userdata)
{
    speaker_t *speaker = userdata;

    (void)jingle;
    if (event->type == JINGLE_EVENT_CREATED) {
        speaker->session = event->session;
    } else if (event->type == JINGLE_EVENT_ERROR) {
        printf("error %s\n", jingle_action_name(event->action));
    } else if (event->type == JINGLE_EVENT_TERMINATED) {
        speaker->session = NULL;
        printf("ended %s\n", jingle_reason_name(event->reason->condition));
    }
}

/* ---- what it is told ------------------------------------------------------------------------- */

static int add_page(jingle_session_t *session, const char *name)
{
    return jingle_session_add_content(session, JINGLE_CONTENT(.application = NS_PAGE, .name = name),
                                      NULL);
}

static int offer(speaker_t *speaker, const char *peer)
{
    jingle_session_t *session = NULL;
    int err = jingle_managed_session_new(speaker->app.jingle, peer, NULL, &session);

    if (!err)
        err = add_page(session, "first");
    return err ? err : jingle_session_start(session);
}

static jingle_content_t *find(const speaker_t *speaker, const char *name)
{
    jingle_content_t *content =
        jingle_session_find_content(speaker->session, JINGLE_CREATOR_INITIATOR, name);

    return content ? content
                   : jingle_session_find_content(speaker->session, JINGLE_CREATOR_RESPONDER, name);
}

static jingle_senders_t senders_of(const char *name)
{
    return strcmp(name, "none") == 0        ? JINGLE_SENDERS_NONE
           : strcmp(name, "initiator") == 0 ? JINGLE_SENDERS_INITIATOR
           : strcmp(name, "responder") == 0 ? JINGLE_SENDERS_RESPONDER
                                            : JINGLE_SENDERS_BOTH;
}

static int change(jingle_content_t *content, const char *verb, const char *word)
{
    page_t *page = jingle_content_get_application_self(content);

    if (strcmp(verb, "remove") == 0)
        return jingle_content_remove(content, NULL);
    if (!is_page(content))
        return JINGLE_EINVOP;
    if (strcmp(verb, "senders") == 0)
        return jingle_content_modify(content, senders_of(word));
    if (strcmp(verb, "say") == 0)
        return page->channel && jingle_channel_send(page->channel, word, strlen(word)) > 0
                   ? JINGLE_EOK
                   : JINGLE_EINVOP;
    snprintf(page->title, WORD, "%s", word);
    page->renamed = true;
    jingle_part_news(page->part);
    return JINGLE_EOK;
}

static void list(const speaker_t *speaker, const char *word)
{
    jingle_content_t *content = NULL;

    printf("list %s:", word);
    while ((content = jingle_session_next_content(speaker->session, content))) {
        const page_t *page = is_page(content) ? jingle_content_get_application_self(content) : NULL;

        printf(" %s/%s %s %s%s", jingle_creator_name(jingle_content_get_creator(content)),
               jingle_content_get_name(content),
               jingle_senders_name(jingle_content_get_senders(content)),
               page ? page->title : "file",
               jingle_content_get_state(content) == JINGLE_CONTENT_ACCEPTED ? ";" : " undecided;");
    }
    putchar('\n');
}

static int obey(speaker_t *speaker, const char *verb, const char *name, const char *word)
{
    jingle_content_t *content;

    if (strcmp(verb, "quit") == 0) {
        speaker->quits = true;
        return JINGLE_EOK;
    }
    if (strcmp(verb, "offer") == 0)
        return offer(speaker, name);
    if (!speaker->session)
        return JINGLE_EINVOP;
    if (strcmp(verb, "end") == 0)
        return jingle_session_end(speaker->session, JINGLE_END(.condition = JINGLE_REASON_SUCCESS));
    if (strcmp(verb, "page") == 0)
        return add_page(speaker->session, name);
    if (strcmp(verb, "file") == 0)
        return jingle_session_add_file(speaker->session, name,
                                       JINGLE_SEND_FILE(.content_name = "file"), NULL);
    if (strcmp(verb, "list") == 0) {
        list(speaker, name);
        return JINGLE_EOK;
    }
    content = find(speaker, name);
    return content ? change(content, verb, word) : JINGLE_ENOENT;
}

static void read_line(speaker_t *speaker, const char *line)
{
    char verb[WORD] = "", name[1024] = "", word[WORD] = "";
    int err;

    sscanf(line, "%63s %1023s %63s", verb, name, word);
    err = obey(speaker, verb, name, word);
    if (err)
        printf("cannot %s: %s\n", line, jingle_strerror(err));
}

/* ---- the program ----------------------------------------------------------------------------- */

static void read_input(speaker_t *speaker)
{
    struct pollfd input = {.fd = STDIN_FILENO, .events = POLLIN};
    char *end;
    ssize_t n;

    if (poll(&input, 1, 0) <= 0)
        return;
    n = read(STDIN_FILENO, speaker->input + speaker->len, sizeof speaker->input - 1 - speaker->len);
    if (n <= 0) {
        speaker->quits = true;
        return;
    }
    speaker->len += (size_t)n;
    speaker->input[speaker->len] = '\0';
    while ((end = strchr(speaker->input, '\n'))) {
        *end = '\0';
        read_line(speaker, speaker->input);
        speaker->len -= (size_t)(end + 1 - speaker->input);
        memmove(speaker->input, end + 1, speaker->len + 1);
    }
    app_flows(&speaker->app);
}

/** A change of ours counts when the peer has acknowledged it. */
static void look_at_page(const jingle_content_t *content)
{
    page_t *page = jingle_content_get_application_self(content);
    jingle_senders_t senders = jingle_content_get_senders(content);

    if (page->senders == senders || jingle_content_get_state(content) != JINGLE_CONTENT_ACCEPTED)
        return;
    page->senders = senders;
    printf("agreed %s %s\n", jingle_content_get_name(content), jingle_senders_name(senders));
}

static void look_at_file(jingle_file_t *file)
{
    static char told;

    if (!file || !jingle_file_is_verified(file) || jingle_file_get_user(file))
        return;
    jingle_file_set_user(file, &told, NULL);
    printf("verified %s\n", jingle_file_get_info(file)->safe_name);
}

/** What nobody is told of. */
static void look(const speaker_t *speaker)
{
    jingle_content_t *content = NULL;

    while (speaker->session && (content = jingle_session_next_content(speaker->session, content))) {
        if (is_page(content))
            look_at_page(content);
        else
            look_at_file(jingle_content_get_file(content));
    }
}

static bool turn(app_t *app, void *userdata)
{
    speaker_t *speaker = userdata;

    (void)app;
    look(speaker);
    read_input(speaker);
    return speaker->quits;
}

static int run(const settings_t *settings)
{
    speaker_t speaker = {.session = NULL};
    app_t *app = &speaker.app;
    const app_config_t config = {
        .on_event = on_event,
        .files = JINGLE_FILES(.folder = settings->to, .on_offer = on_file, .on_done = on_done),
        .offers = JINGLE_OFFERS_ANYONE,
        .userdata = &speaker};
    int status = app_open(app, settings, &config);
    wait_t how;

    if (status != STATUS_DONE)
        return status;
    if (jingle_register_application(app->jingle, NS_PAGE, &pages, NULL) == JINGLE_EOK) {
        report_ready(jingle_get_jid(app->jingle));
        app->expects = true;
        how = app_wait(app, turn, &speaker, WAIT_FOREVER);
        status = how == WAIT_DONE ? STATUS_DONE : app_give_up(app, how);
    }
    app_close(app);
    return status;
}

int main(int argc, char **argv)
{
    settings_t settings;
    command_line_t line;
    int status = STATUS_USAGE;

    setvbuf(stdout, NULL, _IOLBF, 0);
    settings_init(&settings);
    if (options_parse(&settings, argc, argv, &line) && settings.jid && settings.to)
        status = password_get(&settings);
    if (status == STATUS_DONE) {
        report_init(&settings);
        status = run(&settings);
    }
    settings_free(&settings);
    return status;
}
