/* SPDX-License-Identifier: MIT */
/** @file
 *  Saved sessions in tests. */
#include "saved.h"

#include <stdlib.h>
#include <string.h>

#include "core/save.h"
#include "support/stub_plugins.h"

int saved_take(saved_t *saved, jingle_session_t *session)
{
    size_t need = 0, len = 0;
    int err = jingle_save(session, NULL, 0, &need);

    saved_clear(saved);
    if (err)
        return err;
    saved->data = malloc(need);
    err = jingle_save(session, saved->data, need, &len);
    if (err || len != need)
        abort();
    saved->len = len;
    return JINGLE_EOK;
}

void saved_clear(saved_t *saved)
{
    free(saved->data);
    *saved = (saved_t){0};
}

static void pack(unsigned char *to, size_t size, uint64_t number)
{
    for (size_t i = size; i-- > 0; number >>= 8)
        to[i] = (unsigned char)(number & 0xff);
}

void saved_repair(unsigned char *data, size_t len)
{
    unsigned version = len < JINGLE__SAVE_HEAD ? 0 : data[JINGLE__SAVE_MAGIC + 3];

    /* What an older library has written stays that. */
    saved_forge_version(
        data, len, version >= 1 && version < JINGLE__SAVE_VERSION ? version : JINGLE__SAVE_VERSION);
}

void saved_forge_version(unsigned char *data, size_t len, unsigned version)
{
    if (len < JINGLE__SAVE_HEAD + JINGLE__SAVE_SUM)
        return;
    memcpy(data, jingle__save_magic, JINGLE__SAVE_MAGIC);
    pack(data + JINGLE__SAVE_MAGIC, 4, version);
    pack(data + JINGLE__SAVE_MAGIC + 4, 4, len);
    pack(data + len - JINGLE__SAVE_SUM, JINGLE__SAVE_SUM,
         jingle__save_sum(data, len - JINGLE__SAVE_SUM));
}

size_t saved_answered(const saved_t *saved)
{
    const unsigned char *end = saved->data + saved->len - JINGLE__SAVE_SUM;
    jingle_load_t load = {.at = saved->data + JINGLE__SAVE_HEAD, .end = end}, piece;
    uint64_t applications;

    for (int i = 0; i < 5; i++) /* JIDs, sid, the type's namespace and name */
        jingle_load_text(&load, JINGLE_SAVE_MAX);
    for (int i = 0; i < 4; i++) /* role, states, flags */
        jingle_load_number(&load, UINT64_MAX);
    applications = jingle_load_number(&load, saved->len);
    for (uint64_t i = 0; i < applications; i++)
        jingle_load_text(&load, JINGLE_SAVE_MAX);
    jingle_load_piece(&load, &piece); /* the requests */
    jingle_load_piece(&load, &piece); /* what the type keeps */
    if (load.failed)
        abort();
    return (size_t)(end - load.at);
}

/* ---- other octets in the place of some ------------------------------------------------------ */

#define NUMBER 8u

static uint64_t unpack(const unsigned char *from)
{
    uint64_t number = 0;

    for (size_t i = 0; i < NUMBER; i++)
        number = number << 8 | from[i];
    return number;
}

/** A size or a date that is not known. */
static bool is_unknown(uint64_t number)
{
    return number == UINT64_MAX || number == (uint64_t)INT64_MIN;
}

/** Is it a text behind its length, or a hash or block, the beginning of which is no number? */
static bool is_octets(const unsigned char *data, uint64_t len)
{
    return (len >= 2 && memchr(data, '\0', (size_t)len) == data + len - 1) ||
           (len >= 16 && unpack(data) >> 40 && !is_unknown(unpack(data)));
}

/** Where the field ends that begins there: octets behind their length, or a number. */
static size_t field_end(const saved_t *saved, size_t at)
{
    size_t begin = at + NUMBER, room = saved->len - JINGLE__SAVE_SUM - begin;
    uint64_t len = unpack(saved->data + at);

    return len <= room && is_octets(saved->data + begin, len) ? begin + (size_t)len : begin;
}

static bool is_field(const saved_t *saved, size_t at)
{
    size_t begin = JINGLE__SAVE_HEAD;

    while (begin < at)
        begin = field_end(saved, begin);
    return begin == at;
}

/** Is the number there the length of a piece that holds all from one place to another? */
static bool is_around(const saved_t *saved, size_t at, size_t from, size_t to)
{
    uint64_t len = unpack(saved->data + at);
    size_t begin = at + NUMBER;

    return begin <= from && len >= to - begin && len <= saved->len - JINGLE__SAVE_SUM - begin &&
           is_field(saved, begin + (size_t)len);
}

void saved_splice(saved_t *saved, size_t piece, size_t at, size_t cut, const void *put, size_t len)
{
    size_t fresh = saved->len - cut + len, next;
    unsigned char *data = malloc(fresh);

    if (!is_field(saved, piece) || !is_around(saved, piece, at, at + cut))
        abort();
    /* Numbers inside the piece may look like lengths; before it they are too small. */
    for (size_t i = JINGLE__SAVE_HEAD; i <= piece; i = next) {
        next = field_end(saved, i);
        if (next == i + NUMBER && is_around(saved, i, at, at + cut))
            pack(saved->data + i, NUMBER, unpack(saved->data + i) - cut + len);
    }
    memcpy(data, saved->data, at);
    if (len)
        memcpy(data + at, put, len);
    memcpy(data + at + len, saved->data + at + cut, saved->len - at - cut);
    free(saved->data);
    *saved = (saved_t){.data = data, .len = fresh};
    saved_repair(saved->data, saved->len);
}

/** Can it be written into XML as it is? */
static bool is_plain(const char *text)
{
    for (; *text; text++)
        if (*text < ' ' || *text > '~' || strchr("<>&'\"", *text))
            return false;
    return true;
}

/** What may come in for a session: each must be answered, and none does harm. */
static void live(engine_t *engine, const char *sid)
{
    static const char *const actions[] = {"session-info", "transport-info", "content-accept",
                                          "transport-accept", "session-accept"};

    for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++)
        if (is_plain(sid) && !jingle_session_is_ended(engine->session))
            engine_action(engine, "live", actions[i], sid, ENGINE_CONTENT);
    engine_wait(engine, 1000);
}

static int try_once(const unsigned char *data, size_t len)
{
    engine_t *engine = engine_new(JINGLE_CONFIG(.component = true));
    stub_t *stub = stub_new(engine);
    jingle_session_t *session = NULL;
    saved_t again = {0};
    int err;

    stub->silent = true;
    jingle_register_restorable(engine->jingle, &engine_type, engine);
    jingle_set_tell_changes(engine->jingle, true);
    err = jingle_restore(engine->jingle, data, len, NULL, &session);
    if (!err) {
        jingle_session_clone(session);
        if (!jingle_session_is_ended(session))
            saved_take(&again, session);
        live(engine, jingle_session_get_sid(session));
        jingle_session_end(session, NULL);
        jingle_session_release(session);
    }
    saved_clear(&again);
    engine_free_manager(engine);
    if (stub_free(stub) || engine_free(engine))
        abort();
    return !err;
}

int saved_try(const unsigned char *data, size_t len)
{
    unsigned char *copy = malloc(len ? len : 1);
    int made = try_once(data, len);

    if (len)
        memcpy(copy, data, len);
    saved_repair(copy, len);
    made += try_once(copy, len);
    free(copy);
    return made;
}
