/* SPDX-License-Identifier: MIT */
/** @file
 *  A managed session outlives the process: what is written of its contents and their parts. What
 *  stands where is said here once; restore.c reads it. Foreign elements of reasons are not kept. */
#include "managed.h"

static void save_why(jingle_save_t *save, const jingle__why_t *why)
{
    jingle_save_number(save, why->condition);
    jingle_save_text(save, why->text);
}

/* ---- parts --------------------------------------------------------------------------------- */

static unsigned part_flags(const jingle_part_t *part)
{
    bool tell =
        part->tell || part->again; /* sooner than it wanted, where it was to be said again */

    return (unsigned)part->announced | (unsigned)part->news << 1 | (unsigned)tell << 2 |
           (unsigned)part->failed << 3 | (unsigned)part->done << 4;
}

static int (*save_of(const jingle__plugin_t *plugin))(void *, jingle_save_t *)
{
    switch (plugin->kind) {
    case JINGLE__APPLICATION:
        return plugin->as.application.save;
    case JINGLE__TRANSPORT:
        return plugin->as.transport.save;
    default:
        return plugin->as.security.save;
    }
}

/** An empty piece where there is none. */
static int save_part(jingle_save_t *save, const jingle_part_t *part)
{
    size_t all = jingle_save_begin(save), self;
    int rc = JINGLE_EOK;

    if (part && !save_of(part->plugin))
        return JINGLE_ENOENT;
    if (part) {
        jingle_save_text(save, part->plugin->ns);
        jingle_save_number(save, part_flags(part));
        jingle_save_number(save, part->stage);
        save_why(save, &part->why);
        self = jingle_save_begin(save);
        rc = save_of(part->plugin)(part->self, save);
        jingle_save_end(save, self);
    }
    jingle_save_end(save, all);
    return rc;
}

/* ---- contents ------------------------------------------------------------------------------ */

static unsigned content_flags(const jingle_content_t *content)
{
    const bool flags[] = {content->ours,          content->added,     content->told,
                          content->accepted_told, content->was_open,  content->leaving,
                          content->modify,        content->all_done,  content->finished,
                          content->ends,          content->fell_back, content->fixed,
                          content->timer != NULL, content->crossed,   content->repeated};
    unsigned bits = 0;

    for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
        bits |= (unsigned)flags[i] << i;
    return bits;
}

static int save_content(jingle_save_t *save, const jingle_content_t *content)
{
    const jingle_part_t *parts[] = {content->application, content->security, content->transport,
                                    content->proposed};
    int rc = JINGLE_EOK;

    jingle_save_number(save, content->number);
    jingle_save_number(save, content->creator);
    jingle_save_text(save, content->name);
    jingle_save_number(save, content->senders);
    jingle_save_text(save, content->disposition);
    jingle_save_number(save, content->state);
    jingle_save_number(save, content->verdict);
    jingle_save_number(save, content->proposal);
    jingle_save_number(save, content_flags(content));
    jingle_save_number(save, content->wanted);
    jingle_save_number(save, content->sent);
    save_why(save, &content->why);
    save_why(save, &content->trouble);
    jingle_save_number(save, content->n_tried);
    for (size_t i = 0; i < content->n_tried; i++)
        jingle_save_text(save, content->tried[i]->ns);
    for (size_t i = 0; rc == JINGLE_EOK && i < sizeof(parts) / sizeof(parts[0]); i++)
        rc = save_part(save, parts[i]);
    if (content->refused || content->again) {
        jingle_save_text(save, content->refused);
        save_why(save, &content->refusal);
    }
    if (content->again)
        jingle_save_text(save, content->again->ns);
    return rc;
}

static int save_contents(jingle_save_t *save, const jingle__managed_t *m)
{
    int rc = JINGLE_EOK;

    jingle_save_number(save, jingle__count_contents(m));
    for (const jingle_content_t *content = m->first; rc == JINGLE_EOK && content;
         content = content->next) {
        size_t piece = jingle_save_begin(save);

        rc = save_content(save, content);
        jingle_save_end(save, piece);
    }
    return rc;
}

/** What crossed the end of a content is ignored afterwards, too. */
static void save_gone(jingle_save_t *save, const jingle__managed_t *m)
{
    size_t n = 0;

    for (const jingle_content_t *content = m->gone; content; content = content->next)
        n++;
    jingle_save_number(save, n);
    for (const jingle_content_t *content = m->gone; content; content = content->next) {
        jingle_save_number(save, content->creator);
        jingle_save_text(save, content->name);
    }
}

/* ---- requests ------------------------------------------------------------------------------ */

/** Those that are over by their place among those that are remembered. */
static uint32_t number_of(const jingle_content_t *content)
{
    const jingle_content_t *gone = content->managed ? content->managed->gone : NULL;
    uint32_t number = JINGLE__LAST_GONE;

    if (content->state != JINGLE_CONTENT_OVER)
        return content->number;
    for (; gone && gone != content; gone = gone->next)
        number--;
    return gone ? number : 0; /* no content has that */
}

static void save_ask(jingle_save_t *save, const jingle__ask_t *ask)
{
    jingle_save_number(save, ask->action);
    jingle_save_number(save, ask->n);
    for (size_t i = 0; i < ask->n; i++)
        jingle_save_number(save, number_of(ask->contents[i]));
}

static void save_asks(jingle_save_t *save, const jingle__managed_t *m)
{
    size_t n = 0;

    for (jingle__ask_t *ask = m->asks; ask; ask = ask->next)
        n += jingle_save_request(m->session, jingle__answered, ask) >= 0;
    jingle_save_number(save, n);
    for (jingle__ask_t *ask = m->asks; ask; ask = ask->next) {
        int number = jingle_save_request(m->session, jingle__answered, ask);

        if (number < 0) /* its answer is being taken */
            continue;
        jingle_save_number(save, (uint64_t)number);
        save_ask(save, ask);
    }
}

/* ---- the session --------------------------------------------------------------------------- */

int jingle__save(jingle_session_t *session, jingle_save_t *save, void *self)
{
    const jingle__managed_t *m = self;
    int rc;

    (void)session;
    jingle_save_number(save, (unsigned)m->started | (unsigned)m->offered << 1 |
                                 (unsigned)m->accepted << 2 | (unsigned)m->last_ends << 3 |
                                 (unsigned)m->misnamed << 4);
    jingle_save_number(save, m->numbers);
    save_why(save, &m->why);
    rc = save_contents(save, m);
    save_gone(save, m);
    save_asks(save, m);
    return rc;
}
