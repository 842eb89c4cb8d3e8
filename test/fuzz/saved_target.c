/* SPDX-License-Identifier: MIT */
/** @file
 *  saved: what jingle_restore() reads: sessions as they were saved, and as somebody has made them.
 *  An input is FUZZ_SAVED_CONTROL octets (how, which allocation fails, ms away, what its requests
 *  are answered), then the session; length and sum are made right, they are no secret. It is restored
 *  where stub plug-ins, file transfer, in-band and SOCKS5 bytestreams (with a net of which nobody else
 *  is a part) are registered, saved again, lives among stanzas and answers, and ends. Checked: what was saved again can be restored; each request gets one
 *  answer; what is sent is XML; all memory is back.
 *
 *  A forged session may name any file. Here none is reached but those of a folder of our own. */
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <jingle/files.h>
#include <jingle/ibb.h>
#include <jingle/s5b.h>

#include "fuzz.h"
#include "support/saved.h"
#include "support/stub_plugins.h"
#include "support/virtual_net.h"
#include "unit/app/folder.h"

/** In place of the number of the partial file on the disk, which no input can know. */
#define INODE "\0\0\0\0INOD"
#define FILE_SIZE 1000u
#define FILE_DATE 1000000000
#define ROUNDS 24u

enum { HOW_AS_IT_IS = 1, HOW_NO_COMPONENT = 2, HOW_FAILS_ON = 4, HOW_TWICE = 8, HOW_REPEATS = 16 };

/* ---- the folder ---------------------------------------------------------------------------- */

static char *outer, *inner;

static void remove_folders(void)
{
    folder_remove(inner);
    folder_remove(outer);
}

static void make_folders(void)
{
    if (outer)
        return;
    outer = folder_new();
    inner = strdup(folder_path(outer, "inner"));
    FUZZ_CHECK(inner && mkdir(inner, 0700) == 0);
    atexit(remove_folders);
}

/** @return of the file */
static uint64_t make_file(const char *name, size_t len)
{
    static unsigned char data[FILE_SIZE];
    const struct timespec times[2] = {{.tv_sec = FILE_DATE}, {.tv_sec = FILE_DATE}};
    int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    uint32_t x = 1;
    struct stat status;

    for (size_t i = 0; i < sizeof data; i++) {
        x = x * 1664525 + 1013904223;
        data[i] = (unsigned char)(x >> 24);
    }
    FUZZ_CHECK(fd >= 0 && write(fd, data, len) == (ssize_t)len && futimens(fd, times) == 0 &&
               fstat(fd, &status) == 0);
    close(fd);
    return status.st_ino;
}

/** Of a JID or a tag: as the beginning of a path it would lead to what is not there. */
static bool is_no_path(const unsigned char *data, size_t len, size_t i)
{
    return (i >= 7 && memcmp(data + i - 7, "example", 7) == 0) || (i && data[i - 1] == '<') ||
           (i && i + 1 < len && data[i - 1] == '"' && data[i + 1] == '>');
}

/** No path leads out of the folder, and the partial file in it is found. */
static void contain(unsigned char *data, size_t len, uint64_t inode)
{
    for (size_t i = 0; i < len; i++)
        if (data[i] == '/' && !is_no_path(data, len, i))
            data[i] = '_';
    for (size_t i = 0; i + 8 <= len; i++)
        if (memcmp(data + i, INODE, 8) == 0)
            for (size_t j = 8; j-- > 0; inode >>= 8)
                data[i + j] = (unsigned char)(inode & 0xff);
}

/* ---- a life -------------------------------------------------------------------------------- */

typedef struct {
    engine_t *engine;
    stub_t *stub;
    jingle_session_t *session;
    size_t seen;     /**< of what was sent */
    size_t asked;    /**< requests handed in */
    size_t answered; /**< of them */
    uint8_t answers;
} life_t;

static void on_file(jingle_t *jingle, jingle_file_t *file, void *userdata)
{
    (void)jingle, (void)userdata;
    FUZZ_CHECK(jingle_file_get_info(file));
}

/** Where we have an address, and whoever is dialled is not there. */
static jingle_net_t *nobody_there(void)
{
    static const char *const own[] = {"192.0.2.1", NULL};
    static vnet_t net;

    return vnet_host(&net, own);
}

static life_t life_new(const uint8_t *control)
{
    life_t life = {.answers = control[3]};

    life.engine = engine_new(JINGLE_CONFIG(.component = !(control[0] & HOW_NO_COMPONENT)));
    life.stub = stub_new(life.engine);
    life.stub->silent = true;
    FUZZ_CHECK(!jingle_register_restorable(life.engine->jingle, &engine_type, life.engine));
    FUZZ_CHECK(!jingle_register_ibb(life.engine->jingle, JINGLE_IBB(.window = 2)));
    FUZZ_CHECK(!jingle_set_net(life.engine->jingle, nobody_there()));
    FUZZ_CHECK(!jingle_register_s5b(life.engine->jingle, JINGLE_S5B(.find_no_proxies = true)));
    FUZZ_CHECK(!jingle_register_file_transfer(
        life.engine->jingle, JINGLE_FILES(.on_offer = on_file, .on_start = on_file,
                                          .on_done = on_file, .resume = true, .folder = ".")));
    return life;
}

static void life_free(life_t *life)
{
    jingle_session_release(life->session);
    test_mem_fail_at(&life->engine->mem, 0, false);
    engine_free_manager(life->engine);
    FUZZ_CHECK(stub_free(life->stub) == 0);
    FUZZ_CHECK(engine_free(life->engine) == 0);
}

static bool is_plain(const char *text)
{
    for (; text && *text; text++)
        if (*text < ' ' || *text > '~' || strchr("<>&'\"", *text))
            return false;
    return text;
}

/** Hands in a request of the peer's. */
static void ask(life_t *life, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void ask(life_t *life, const char *format, ...)
{
    const char *peer = jingle_session_get_peer(life->session);
    const char *own = jingle_session_get_own(life->session);
    text_t payload = {0};
    va_list args;

    if (!is_plain(peer) || !is_plain(own ? own : "") ||
        !is_plain(jingle_session_get_sid(life->session)))
        return;
    va_start(args, format);
    text_vprintf(&payload, format, args);
    va_end(args);
    life->asked += engine_feed(life->engine,
                               "<iq xmlns='jabber:client' type='set' id='ask%zu' from='%s' to='%s'>"
                               "%s</iq>",
                               life->asked, peer, own ? own : ENGINE_OWN, text_str(&payload));
    text_clear(&payload);
}

static void ask_jingle(life_t *life, const char *action, const char *inside)
{
    ask(life, "<jingle xmlns='%s' action='%s' sid='%s'>%s</jingle>", JINGLE_NS, action,
        jingle_session_get_sid(life->session), inside);
}

static void answer(life_t *life, const char *to, const char *id, const char *own)
{
    bool refuse = life->answers & 1;

    life->answers = (uint8_t)(life->answers >> 1 | life->answers << 7);
    if (to && is_plain(to) && is_plain(id) && (!own || is_plain(own)))
        engine_feed(
            life->engine, "<iq xmlns='jabber:client' type='%s' id='%s' from='%s' to='%s'>%s</iq>",
            refuse ? "error" : "result", id, to, own ? own : ENGINE_OWN,
            refuse ? "<error type='cancel'><item-not-found xmlns='" JINGLE_NS_STANZAS "'/></error>"
                   : "");
}

/** What was sent: counts answers, and answers requests of before. */
static void look(life_t *life, bool answers)
{
    while (life->seen < life->engine->n_sent) {
        xmpp_stanza_t *stanza = life->engine->sent[life->seen++];
        const char *type = xmpp_stanza_get_type(stanza), *id = xmpp_stanza_get_id(stanza);

        FUZZ_CHECK(type && id);
        if (strcmp(type, "set") != 0 && strcmp(type, "get") != 0)
            life->answered += strncmp(id, "ask", 3) == 0;
        else if (answers)
            answer(life, xmpp_stanza_get_to(stanza), id, xmpp_stanza_get_from(stanza));
    }
}

static void happen(life_t *life, unsigned round)
{
    static const char *const actions[] = {"session-info",      "transport-info", "content-accept",
                                          "transport-accept",  "session-accept", "content-add",
                                          "transport-replace", "content-modify", "content-remove",
                                          "transport-reject"};
    static const char content[] = ENGINE_CONTENT;
    static const char file[] =
        "<content creator='initiator' name='i-1'><description xmlns='" JINGLE_NS_FILE_TRANSFER
        "'><file><name>b</name><size>3</size></file></description>"
        "<transport xmlns='" JINGLE_NS_IBB_TRANSPORT "' sid='s0' block-size='100'/></content>";
    static const char received[] =
        "<received xmlns='" JINGLE_NS_FILE_TRANSFER "' creator='initiator' name='i-1'/>";

    if (round < 8)
        ask(life,
            round % 4 == 0 ? "<open xmlns='%s' sid='s0' block-size='100'/>"
            : round == 7   ? "<close xmlns='%s' sid='s0'/>"
                           : "<data xmlns='%s' sid='s0' seq='5'>AAAA</data>",
            JINGLE_NS_IBB);
    else if (round < 18)
        ask_jingle(life, actions[round - 8], life->answers & 4 ? file : content);
    else if (round == 18)
        ask_jingle(life, "session-info", received);
    engine_wait(life->engine, round % 8 == 7 ? 20000 : 300);
}

static void live(life_t *life)
{
    for (unsigned round = 0; round < ROUNDS && life->engine->n_sent < 500; round++) {
        look(life, round % 3 != 2);
        if (!jingle_session_is_ended(life->session))
            happen(life, round);
    }
}

/* ---- the target ---------------------------------------------------------------------------- */

static int restore(life_t *life, const uint8_t *control, const unsigned char *data, size_t len)
{
    jingle_session_t *session = NULL;
    int err = jingle_restore(
        life->engine->jingle, data, len,
        JINGLE_RESTORE(.away = control[2] * 100u, .repeat = control[0] & HOW_REPEATS), &session);

    FUZZ_CHECK(!err == (session != NULL));
    life->session = jingle_session_clone(session);
    return err;
}

/** What was saved again can be restored, by who has memory, or ends as it is. */
static void again(const uint8_t *control, const saved_t *saved)
{
    life_t life = life_new(control);
    int err = restore(&life, control, saved->data, saved->len);

    FUZZ_CHECK(err == JINGLE_EOK || err == JINGLE_EINVOP);
    if (!err)
        live(&life);
    life_free(&life);
}

static void run(const uint8_t *control, const unsigned char *data, size_t len)
{
    life_t life = life_new(control);
    saved_t saved = {0};
    int err;

    test_mem_fail_at(&life.engine->mem, control[1], control[0] & HOW_FAILS_ON);
    err = restore(&life, control, data, len);
    if (!err && control[0] & HOW_TWICE && !jingle_session_is_ended(life.session)) {
        test_mem_fail_at(&life.engine->mem, 0, false);
        saved_take(&saved, life.session);
    }
    if (!err && !saved.len) {
        live(&life);
        jingle_session_end(life.session, NULL);
        look(&life, false);
        FUZZ_CHECK(life.answered <= life.asked);
        if (!life.engine->mem.failures)
            FUZZ_CHECK(life.answered == life.asked);
    }
    life_free(&life);
    if (saved.len)
        again(control, &saved);
    saved_clear(&saved);
}

void fuzz_saved(const uint8_t *data, size_t len)
{
    int before = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    unsigned char *copy;
    size_t n;

    if (len < FUZZ_SAVED_CONTROL) {
        close(before);
        return;
    }
    n = len - FUZZ_SAVED_CONTROL;
    copy = memcpy(malloc(n + 1), data + FUZZ_SAVED_CONTROL, n);
    make_folders();
    FUZZ_CHECK(before >= 0 && chdir(inner) == 0);
    make_file("a", FILE_SIZE);
    contain(copy, n, make_file("a.part", FILE_SIZE / 2));
    if (!(data[0] & HOW_AS_IT_IS))
        saved_repair(copy, n);
    /* Memory of just its size: reading on is found out. */
    copy = realloc(copy, n ? n : 1);
    run(data, copy, n);
    free(copy);
    FUZZ_CHECK(fchdir(before) == 0);
    close(before);
    folder_empty(inner);
}
