/* SPDX-License-Identifier: MIT */
/** @file
 *  Two managers joined by a wire. */
#include "wire.h"

#include <jingle/save.h>

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/xml_reader.h"

/** The longest test takes 140,000. */
#define STEPS_MAX 400000u

typedef struct wire_stanza {
    struct wire_stanza *next;
    unsigned from;
    char *xml;
} wire_stanza_t;

static void note(wire_side_t *side, const char *line)
{
    text_printf(&side->log, "%s%s", side->log.len ? ", " : "", line);
}

/* ---- what the managers tell ---------------------------------------------------------------- */

static int on_send(jingle_t *jingle, const char *xml, size_t len, void *userdata)
{
    wire_side_t *side = userdata;
    wire_t *wire = side->wire;
    wire_stanza_t *stanza = text_alloc(sizeof *stanza);

    (void)jingle;
    stanza->next = NULL;
    stanza->from = side->index;
    stanza->xml = text_alloc(len + 1);
    memcpy(stanza->xml, xml, len);
    stanza->xml[len] = '\0';
    *wire->last = stanza;
    wire->last = &stanza->next;
    wire->waiting++;
    if (side->on_sent)
        side->on_sent(side);
    return JINGLE_EOK;
}

static void on_event(jingle_t *jingle, const jingle_event_t *event, void *userdata)
{
    wire_side_t *side = userdata;
    char line[128];

    (void)jingle;
    if (event->type == JINGLE_EVENT_CHANGED && side->on_changed)
        side->on_changed(side, event->session);
    if (event->type == JINGLE_EVENT_INCOMING && side->by_session)
        jingle_session_accept(event->session);
    if (event->type != JINGLE_EVENT_TERMINATED)
        return;
    snprintf(line, sizeof line, "ended %s", jingle_reason_name(event->reason->condition));
    note(side, line);
}

static void on_offer(jingle_t *jingle, jingle_file_t *file, void *userdata)
{
    wire_side_t *side = userdata;
    const jingle_file_info_t *info = jingle_file_get_info(file);
    char line[600];

    (void)jingle;
    snprintf(line, sizeof line, "offer %s %lld", info->safe_name,
             info->file_size == JINGLE_FILE_SIZE_UNKNOWN ? -1 : (long long)info->file_size);
    note(side, line);
    if (side->on_offer)
        side->on_offer(side, file);
    else if (!side->by_session && jingle_file_accept(file, side->accept))
        jingle_file_decline(file, NULL);
}

static void on_request(jingle_t *jingle, jingle_file_t *file, void *userdata)
{
    wire_side_t *side = userdata;
    char line[600];

    (void)jingle;
    snprintf(line, sizeof line, "request %s", jingle_file_get_info(file)->safe_name);
    note(side, line);
    if (side->on_request)
        side->on_request(side, file);
}

static void on_start(jingle_t *jingle, jingle_file_t *file, void *userdata)
{
    unsigned long long offset = jingle_file_get_offset(file);
    char line[64];

    (void)jingle;
    snprintf(line, sizeof line, "start at %llu", offset);
    note(userdata, offset ? line : "start");
}

static void on_progress(jingle_t *jingle, jingle_file_t *file, void *userdata)
{
    wire_side_t *side = userdata;

    (void)jingle;
    side->progress = jingle_file_get_bytes(file);
    side->n_progress++;
    if (side->on_progress)
        side->on_progress(side, file);
}

static void on_done(jingle_t *jingle, jingle_file_t *file, void *userdata)
{
    wire_side_t *side = userdata;
    char line[128];

    (void)jingle;
    snprintf(
        line, sizeof line, "done %s%s%s", jingle_file_outcome_name(jingle_file_get_outcome(file)),
        jingle_file_is_verified(file) ? " verified" : "", jingle_file_is_kept(file) ? " kept" : "");
    note(side, line);
    jingle_file_release(side->file);
    side->file = jingle_file_clone(file);
}

/* ---- life ---------------------------------------------------------------------------------- */

static void set_up(wire_side_t *side, const wire_config_t *config)
{
    jingle_files_t files = config->files[side->index];
    jingle_ibb_t ibb = config->ibb[side->index];
    int err;

    files.size = sizeof files;
    files.folder = files.folder ? files.folder : side->folder;
    files.on_offer = on_offer;
    files.on_request = config->serves[side->index] ? on_request : NULL;
    files.on_start = on_start;
    files.on_progress = on_progress;
    files.on_done = on_done;
    files.userdata = side;
    ibb.size = sizeof ibb;
    err = jingle_register_ibb(side->jingle, &ibb);
    if (!err)
        err = jingle_register_file_transfer(side->jingle, &files);
    if (!err)
        return;
    jingle_free(side->jingle);
    side->jingle = NULL;
}

static void make_manager(wire_side_t *side, const wire_config_t *config)
{
    test_mem_fail_at(&side->mem, config->fail[side->index], false);
    side->jingle = jingle_new(side->ctx, JINGLE_CONFIG(.mem = &side->mem.mem, .jid = side->jid,
                                                       .send = on_send, .send_userdata = side,
                                                       .on_event = on_event, .userdata = side));
    if (side->jingle)
        set_up(side, config);
    if (!config->fail[side->index])
        test_mem_starve(&side->mem);
}

static void begin(wire_side_t *side, const wire_config_t *config)
{
    side->folder = folder_new();
    test_mem_init(&side->mem);
    test_mem_init(&side->stanza_mem);
    side->ctx = xmpp_ctx_new(&side->stanza_mem.mem, NULL);
    make_manager(side, config);
}

void wire_crash(wire_t *wire, unsigned index, const wire_config_t *config)
{
    static const wire_config_t none;
    wire_side_t *side = &wire->side[index];
    char *aside = folder_new();
    text_t log = side->log;

    side->log = (text_t){0};
    jingle_set_send(side->jingle, NULL, NULL);
    jingle_set_tell_changes(side->jingle, false);
    folder_move(side->folder, aside);
    wire_free_manager(wire, index);
    folder_move(aside, side->folder);
    folder_remove(aside);
    text_clear(&side->log);
    side->log = log;
    make_manager(side, config ? config : &none);
}

static unsigned count_descriptors(void)
{
    unsigned count = 0;

    for (int fd = 0; fd < 256; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

wire_t *wire_new(const wire_config_t *config)
{
    static const wire_config_t none;
    wire_t *wire = text_alloc(sizeof *wire);

    memset(wire, 0, sizeof *wire);
    wire->last = &wire->first;
    wire->descriptors = count_descriptors();
    for (unsigned i = 0; i < 2; i++) {
        wire->side[i].wire = wire;
        wire->side[i].index = i;
        wire->side[i].jid = i ? WIRE_JULIET : WIRE_ROMEO;
        if (config && config->jid[i])
            wire->side[i].jid = config->jid[i];
        begin(&wire->side[i], config ? config : &none);
    }
    return wire;
}

void wire_free_manager(wire_t *wire, unsigned index)
{
    jingle_t *jingle = wire->side[index].jingle;

    wire->side[index].jingle = NULL;
    jingle_free(jingle);
}

static wire_stanza_t *take(wire_t *wire)
{
    wire_stanza_t *stanza = wire->first;

    wire->first = stanza->next;
    if (!wire->first)
        wire->last = &wire->first;
    wire->waiting--;
    return stanza;
}

static void drop(wire_stanza_t *stanza)
{
    free(stanza->xml);
    free(stanza);
}

static size_t end(wire_side_t *side)
{
    size_t leaked;

    jingle_file_release(side->file);
    leaked = test_mem_report(&side->mem, stderr);
    xmpp_ctx_free(side->ctx);
    leaked += test_mem_report(&side->stanza_mem, stderr);
    test_mem_free_all(&side->mem);
    test_mem_free_all(&side->stanza_mem);
    folder_remove(side->folder);
    text_clear(&side->log);
    text_clear(&side->taken);
    return leaked;
}

const char *wire_newest(const wire_t *wire)
{
    const wire_stanza_t *stanza = wire->first;

    while (stanza && stanza->next)
        stanza = stanza->next;
    return stanza ? stanza->xml : NULL;
}

void wire_lose(wire_t *wire)
{
    while (wire->first)
        drop(take(wire));
}

static bool is_answer(const wire_stanza_t *stanza)
{
    return strstr(stanza->xml, "<iq type=\"result\"") == stanza->xml ||
           strstr(stanza->xml, "<iq type=\"error\"") == stanza->xml;
}

void wire_lose_answers(wire_t *wire, unsigned from)
{
    for (size_t n = wire->waiting; n > 0; n--) {
        wire_stanza_t *stanza = take(wire);

        if (stanza->from == from && is_answer(stanza)) {
            drop(stanza);
            continue;
        }
        stanza->next = NULL;
        *wire->last = stanza;
        wire->last = &stanza->next;
        wire->waiting++;
    }
}

size_t wire_free(wire_t *wire)
{
    size_t leaked = 0;

    for (unsigned i = 0; i < 2; i++)
        wire_free_manager(wire, i);
    wire_lose(wire);
    for (unsigned i = 0; i < 2; i++)
        leaked += end(&wire->side[i]);
    if (count_descriptors() != wire->descriptors) {
        fprintf(stderr, "files were left open\n");
        leaked++;
    }
    free(wire);
    return leaked;
}

/* ---- the wire ------------------------------------------------------------------------------ */

static xmpp_stanza_t *read_stanza(wire_side_t *side, const char *xml)
{
    char error[128] = "";
    xmpp_stanza_t *stanza = xml_read(side->ctx, xml, strlen(xml), error, sizeof error);

    if (stanza)
        return stanza;
    fprintf(stderr, "not XML (%s): %s\n", error, xml);
    abort();
}

/** What a server says for somebody who does not answer. */
static void bounce(wire_t *wire, unsigned to, xmpp_stanza_t *stanza)
{
    const char *type = xmpp_stanza_get_type(stanza);
    char xml[1024];

    if (!type || (strcmp(type, "set") && strcmp(type, "get")))
        return;
    snprintf(
        xml, sizeof xml,
        "<iq xmlns='jabber:client' type='error' id='%s' from='%s' to='%s'><error type='cancel'>"
        "<service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error></iq>",
        xmpp_stanza_get_id(stanza), wire->side[to].jid, xmpp_stanza_get_from(stanza));
    wire_inject(wire, !to, "%s", xml);
}

static void hand_in(wire_t *wire, unsigned to, const char *xml, const char *from)
{
    wire_side_t *side = &wire->side[to];
    xmpp_stanza_t *stanza = read_stanza(side, xml);

    if (from)
        xmpp_stanza_set_from(stanza, from);
    if (!side->jingle || !jingle_receive(side->jingle, stanza))
        bounce(wire, to, stanza);
    xmpp_stanza_release(stanza);
}

void wire_patience(wire_t *wire)
{
    ck_assert_msg(++wire->steps < STEPS_MAX, "what the test waits for does not come");
}

bool wire_step(wire_t *wire)
{
    wire_stanza_t *stanza;
    unsigned to;

    wire_patience(wire);
    if (!wire->first)
        return false;
    stanza = take(wire);
    to = !stanza->from;
    wire->delivered++;
    if (!wire->deaf[to] && (!wire->tap || wire->tap(wire, stanza->from, &stanza->xml)))
        hand_in(wire, to, stanza->xml, wire->side[stanza->from].jid);
    drop(stanza);
    return true;
}

/** @return ms until something is due */
static uint64_t tick(wire_t *wire)
{
    uint64_t next = JINGLE_NEVER;

    for (unsigned i = 0; i < 2; i++) {
        uint64_t due =
            wire->side[i].jingle ? jingle_tick(wire->side[i].jingle, wire->now) : JINGLE_NEVER;

        next = due < next ? due : next;
    }
    return next;
}

static uint64_t settle(wire_t *wire)
{
    uint64_t next;

    do {
        while (wire_step(wire))
            continue;
        next = tick(wire);
    } while (wire->first || !next);
    return next;
}

void wire_settle(wire_t *wire)
{
    settle(wire);
}

void wire_wait(wire_t *wire, uint64_t ms)
{
    uint64_t end_at = wire->now + ms, next = settle(wire);

    while (next <= end_at - wire->now) {
        wire->now += next;
        next = settle(wire);
    }
    wire->now = end_at;
    settle(wire);
}

static bool is_idle(const wire_t *wire)
{
    for (unsigned i = 0; i < 2; i++) {
        if (wire->side[i].jingle && jingle_count_sessions(wire->side[i].jingle))
            return false;
    }
    return true;
}

bool wire_finish(wire_t *wire, uint64_t ms)
{
    uint64_t end_at = wire->now + ms, next = settle(wire);

    while (!is_idle(wire) && next <= end_at - wire->now) {
        wire->now += next;
        next = settle(wire);
    }
    return is_idle(wire);
}

bool wire_inject(wire_t *wire, unsigned to, const char *format, ...)
{
    text_t xml = {0};
    va_list args;

    va_start(args, format);
    text_vprintf(&xml, format, args);
    va_end(args);
    hand_in(wire, to, text_str(&xml), NULL);
    text_clear(&xml);
    return true;
}

const char *wire_log(wire_t *wire, unsigned index)
{
    wire_side_t *side = &wire->side[index];

    text_clear(&side->taken);
    side->taken = side->log;
    side->log = (text_t){0};
    return text_str(&side->taken);
}

void wire_edit(char **xml, const char *from, const char *until, const char *to)
{
    const char *at = strstr(*xml, from), *end = at ? at + strlen(from) : NULL;
    text_t edited = {0};

    if (end && until) {
        end = strstr(end, until);
        end = end ? end + strlen(until) : NULL;
    }
    if (!end) {
        fprintf(stderr, "no %s in %s\n", from, *xml);
        abort();
    }
    text_add(&edited, *xml, (size_t)(at - *xml));
    text_puts(&edited, to);
    text_puts(&edited, end);
    free(*xml);
    *xml = text_take(&edited);
}

/* ---- files --------------------------------------------------------------------------------- */

static bool take_first(jingle_session_t *session, void *userdata)
{
    jingle_session_t **first = userdata;

    *first = session;
    return false;
}

jingle_file_t *wire_file(wire_t *wire, unsigned index)
{
    jingle_session_t *session = NULL;

    if (wire->side[index].jingle)
        jingle_each_session(wire->side[index].jingle, take_first, &session);
    return session ? jingle_session_get_file(session, 0) : NULL;
}

const unsigned char *wire_data(size_t len)
{
    static unsigned char *data;
    uint32_t x = 1;

    free(data);
    data = text_alloc(len + 1);
    for (size_t i = 0; i < len; i++) {
        x = x * 1664525 + 1013904223;
        data[i] = (unsigned char)(x >> 24);
    }
    return data;
}

int wire_send(wire_t *wire, const char *name, size_t len, const jingle_send_file_t *options)
{
    wire_side_t *romeo = &wire->side[0];

    folder_write(romeo->folder, name, wire_data(len), len);
    return jingle_send_file(romeo->jingle, wire->side[1].jid, folder_path(romeo->folder, name),
                            options, NULL);
}
