/* SPDX-License-Identifier: MIT */
/** @file
 *  readers: what is read from small texts: dates, hashes, media types, numbers, base64, the state
 * of a partial file, the command's configuration file; libstrophe's log, as the command reads it, and what
 * it shows of stanzas. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <openssl/evp.h>

#include "app/file/file.h"
#include "command/log.h"
#include "command/settings.h"
#include "fuzz.h"
#include "transport/ibb/stream.h"
#include "unit/app/folder.h"

/* ---- small ones ---------------------------------------------------------------------------- */

static void check_date(const char *text)
{
    char written[JINGLE_DATE_MAX];
    int64_t seconds, again;

    if (!jingle_date_parse(text, &seconds))
        return;
    if (!jingle_date_format(seconds, written))
        return; /* the time zone leads out of the years that can be written */
    FUZZ_CHECK(jingle_date_parse(written, &again) && again == seconds);
}

static void check_hash(const char *text)
{
    char base64[JINGLE__HASH_TEXT];
    jingle_hash_t hash, again;

    for (int algo = JINGLE_HASH_UNKNOWN + 1; algo < JINGLE_HASH_COUNT; algo++) {
        memset(&hash, 0, sizeof hash);
        hash.algo = (jingle_hash_algo_t)algo;
        jingle__hash_from_base64(text, &hash);
        FUZZ_CHECK(hash.len <= JINGLE_HASH_MAX);
        if (hash.len != jingle__hash_len(hash.algo))
            continue;
        again = hash;
        jingle__hash_to_base64(&hash, base64);
        jingle__hash_from_base64(base64, &again);
        FUZZ_CHECK(jingle__hash_equals(&hash, &again) == jingle__hash_equals(&hash, &hash));
    }
    jingle_hash_from_name(text);
    jingle__is_media_type(text);
}

static void check_base64(const char *text)
{
    size_t len = strlen(text), room = len;
    unsigned char *data = malloc(room + 1), *again = malloc(room + 1);
    long n = jingle__ibb_decode(text, data, room);
    char *written;

    FUZZ_CHECK(n <= (long)(len / 4 * 3 + 3));
    if (n >= 0) {
        written = malloc(JINGLE__BASE64_SIZE(n));
        jingle__ibb_encode(data, (size_t)n, written);
        FUZZ_CHECK(jingle__ibb_decode(written, again, room) == n &&
                   memcmp(data, again, (size_t)n) == 0);
        free(written);
    }
    /* Into less room than it needs: nothing is written beyond. */
    if (n > 0) {
        unsigned char *small = malloc((size_t)n - 1 ? (size_t)n - 1 : 1);

        FUZZ_CHECK(jingle__ibb_decode(text, small, (size_t)n - 1) == JINGLE_ELIMIT);
        free(small);
    }
    free(data);
    free(again);
}

static void check_block_size(const char *text)
{
    uint32_t value = 0;

    if (jingle__ibb_block_size(text, &value))
        FUZZ_CHECK(value >= 1 && value <= JINGLE__IBB_BLOCK_MAX);
}

/* ---- files --------------------------------------------------------------------------------- */

static char *path;

static void remove_folder(void)
{
    folder_remove(path);
}

static int folder(void)
{
    int fd;

    if (!path) {
        path = folder_new();
        atexit(remove_folder);
    }
    fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    FUZZ_CHECK(fd >= 0);
    return fd;
}

static void write_file(int in, const char *name, const char *text, size_t len)
{
    int fd = openat(in, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    FUZZ_CHECK(fd >= 0 && write(fd, text, len) == (ssize_t)len && close(fd) == 0);
}

/* A state file whose first lines and sum are right, for it would not be read at all otherwise. */
static void check_state(const char *text, bool is_ours)
{
    static char whole[8192];
    char name[64], hex[2 * JINGLE_HASH_MAX + 1];
    jingle_hash_t sum = {.algo = JINGLE_HASH_SHA_256, .len = 32};
    jingle__state_t state, again;
    int in = folder(), len;

    FUZZ_CHECK(jingle__state_init(&state, "a@b.example/c", "name", 1024) == JINGLE_EOK);
    jingle_hash_to_hex(&state.key, hex);
    snprintf(name, sizeof name, ".jingle-%.32s", hex);
    len = snprintf(whole, sizeof whole, "%s%s%s%.6000s", is_ours ? "jingle-part 1\nkey " : "",
                   is_ours ? hex : "", is_ours ? "\npart p.part\nsize 1024\n" : "", text);
    if (is_ours && len > 0 && whole[len - 1] != '\n')
        len += snprintf(whole + len, sizeof whole - (size_t)len, "\n");
    EVP_Digest(whole, (size_t)len, sum.value, NULL, EVP_sha256(), NULL);
    len += snprintf(whole + len, sizeof whole - (size_t)len, "sum %s\n",
                    jingle_hash_to_hex(&sum, hex));
    write_file(in, name, whole, (size_t)len);
    if (jingle__state_read(&state, in)) {
        again = state;
        FUZZ_CHECK(*state.part && jingle__state_write(&state, in) == JINGLE_EOK);
        FUZZ_CHECK(jingle__state_read(&again, in) && strcmp(again.part, state.part) == 0 &&
                   again.offset == state.offset && again.date == state.date &&
                   again.n_hashes == state.n_hashes);
    }
    unlinkat(in, name, 0);
    close(in);
}

static void check_config(const char *text, size_t len)
{
    settings_t settings;
    char config[300];
    int in = folder(), quiet = open("/dev/null", O_WRONLY | O_CLOEXEC), said = dup(2);

    write_file(in, "config", text, len);
    snprintf(config, sizeof config, "%s/config", path);
    settings_init(&settings);
    settings.config = must_copy(config, strlen(config));
    dup2(quiet, 2); /* it complains */
    config_read(&settings);
    dup2(said, 2);
    settings_free(&settings);
    unlinkat(in, "config", 0);
    close(quiet);
    close(said);
    close(in);
}

/* ---- the command's log --------------------------------------------------------------------- */

/* In none of the words that inputs can name. */
#define SECRET "c2VjcmV0IHdvcmQ="

static bool is_clean(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == 127)
            return false;
    return true;
}

static void check_message(log_login_t *login, stream_t *stream, const char *message)
{
    cause_t cause = login->cause;
    bool enabled, shown = log_may_show(message);

    log_login(login, message);
    /* The first cause stays, and what goes over the wire is none. */
    FUZZ_CHECK(cause == CAUSE_UNKNOWN ? shown || login->cause == cause : login->cause == cause);
    FUZZ_CHECK(memchr(login->detail, 0, sizeof login->detail) && is_clean(login->detail));
    FUZZ_CHECK(!strstr(login->detail, SECRET));
    FUZZ_CHECK(log_stream(stream, message, &enabled) < LOG_BEHIND_MAX);
}

/** Each line is a message; what it says may also be sent or received, behind a password. */
static void check_log(char *text)
{
    static const char *const around[] = {
        "SENT: <auth xmlns=\"urn:ietf:params:xml:ns:xmpp-sasl\">", "SENT: <response>",
        "RECV: <challenge>", "RECV: <failure xmlns=\"urn:ietf:params:xml:ns:xmpp-sasl\">",
        "RECV: <success>"};
    log_login_t login = {0};
    stream_t stream = {0};
    size_t n = 0;
    char said[600];

    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
        check_message(&login, &stream, line);
        snprintf(said, sizeof said, "%s" SECRET "%.400s",
                 around[n++ % (sizeof around / sizeof around[0])], line);
        FUZZ_CHECK(!log_may_show(said));
        check_message(&login, &stream, said);
    }
}

/** Puts a secret into each element. */
static void hide_secrets(xmpp_ctx_t *ctx, xmpp_stanza_t *element)
{
    xmpp_stanza_t *child = xmpp_stanza_get_children(element), *text;

    for (; child; child = xmpp_stanza_get_next(child))
        if (xmpp_stanza_is_tag(child))
            hide_secrets(ctx, child);
    text = xmpp_stanza_new(ctx);
    xmpp_stanza_set_text(text, SECRET);
    xmpp_stanza_add_child(element, text);
    xmpp_stanza_release(text);
}

/** What --verbose shows of a stanza: nothing of any text, and the same in less room. */
static void check_trace(const uint8_t *data, size_t len)
{
    xmpp_ctx_t *ctx = xmpp_ctx_new(NULL, NULL);
    fuzz_input_t in = {.at = data, .end = data + len};
    xmpp_stanza_t *iq = fuzz_element(ctx, "iq", "jabber:client"),
                  *auth = fuzz_element(ctx, len % 2 ? "auth" : "response",
                                       "urn:ietf:params:xml:ns:xmpp-sasl");
    char line[1024], small[64];
    size_t whole;

    fuzz_tree(ctx, auth, &in);
    xmpp_stanza_add_child(iq, auth);
    xmpp_stanza_release(auth);
    fuzz_tree(ctx, iq, &in);
    hide_secrets(ctx, iq);
    whole = jingle_describe_stanza(iq, line, sizeof line);
    FUZZ_CHECK(is_clean(line) && !strstr(line, SECRET));
    FUZZ_CHECK(strlen(line) == (whole < sizeof line ? whole : sizeof line - 1));
    FUZZ_CHECK(jingle_describe_stanza(iq, small, sizeof small) == whole);
    FUZZ_CHECK(strncmp(small, line, sizeof small - 1) == 0 && strlen(small) < sizeof small);
    xmpp_stanza_release(iq);
    xmpp_ctx_free(ctx);
}

void fuzz_readers(const uint8_t *data, size_t len)
{
    uint8_t what = len ? *data : 0;
    size_t n = len ? len - 1 : 0;
    char *text = malloc(n + 1);

    if (n)
        memcpy(text, data + 1, n);
    text[n] = '\0';
    /* The numbers are those of the corpus. */
    switch (what < 0xf0 ? what % 8 : what) {
    case 0:
        check_date(text);
        break;
    case 1:
        check_hash(text);
        break;
    case 2:
        check_base64(text);
        break;
    case 3:
        check_block_size(text);
        break;
    case 4:
    case 5:
        check_state(text, what & 1);
        break;
    case 0xf0:
        check_log(text);
        break;
    case 0xf1:
        if (n)
            check_trace(data + 1, n);
        break;
    default:
        check_config(text, n);
        break;
    }
    free(text);
}
