/* SPDX-License-Identifier: MIT */
/** @file
 *  One function takes every setting, whether it comes from the command line, the environment or the
 *  file, so that all three understand the same. */
#include "settings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TIMEOUT_MAX 4000000u /* seconds, so that it fits 32 bits as milliseconds */

const key_info_t setting_keys[KEY_COUNT] = {
    [KEY_JID] = {"jid", .is_option = true, .is_file_key = true},
    [KEY_PASSWORD] = {"password", .is_file_key = true},
    [KEY_PASSWORD_FILE] = {"password-file", .is_option = true, .is_file_key = true},
    [KEY_SERVER] = {"server", .is_option = true, .is_file_key = true},
    [KEY_CA] = {"ca", .is_option = true, .is_file_key = true},
    [KEY_INSECURE] = {"insecure", .is_flag = true, .is_option = true, .is_file_key = true},
    [KEY_CONFIG] = {"config", .is_option = true},
    [KEY_ACCOUNT] = {"account", .is_option = true},
    [KEY_TRANSPORT] = {"transport", .is_option = true, .is_file_key = true},
    [KEY_RELAY_ONLY] = {"relay-only", .is_flag = true, .is_option = true, .is_file_key = true},
    [KEY_PORT] = {"port", .is_option = true, .is_file_key = true},
    [KEY_PROXY] = {"proxy", .is_option = true, .is_file_key = true, .is_list = true},
    [KEY_NO_RESUME] = {"no-resume", .is_flag = true, .is_option = true, .is_file_key = true},
    [KEY_NAME] = {"name", .is_option = true, .send_only = true},
    [KEY_DESC] = {"desc", .is_option = true, .send_only = true},
    [KEY_TO] = {"to", .is_option = true, .is_file_key = true, .receive_only = true},
    [KEY_ONCE] = {"once", .is_flag = true, .is_option = true, .is_file_key = true,
                  .receive_only = true},
    [KEY_FROM] = {"from", .is_option = true, .is_file_key = true, .is_list = true,
                  .receive_only = true},
    [KEY_MAX_SIZE] = {"max-size", .is_option = true, .is_file_key = true, .receive_only = true},
    [KEY_QUOTA] = {"quota", .is_option = true, .is_file_key = true, .receive_only = true},
    [KEY_TYPE] = {"type", .is_option = true, .is_file_key = true, .is_list = true,
                  .receive_only = true},
    [KEY_DAEMON] = {"daemon", .is_flag = true, .is_option = true, .is_file_key = true,
                    .receive_only = true},
    [KEY_YES] = {"yes", .is_flag = true, .is_option = true, .is_file_key = true,
                 .receive_only = true},
    [KEY_TIMEOUT] = {"timeout", .is_option = true, .is_file_key = true},
    [KEY_QUIET] = {"quiet", .is_flag = true, .is_option = true, .is_file_key = true},
    [KEY_JSON] = {"json", .is_flag = true, .is_option = true, .is_file_key = true},
    [KEY_VERBOSE] = {"verbose", .is_flag = true, .is_option = true, .is_file_key = true},
};

/* ---- memory ---------------------------------------------------------------------------------- */

void *must_alloc(void *old, size_t size)
{
    void *p = realloc(old, size);

    if (!p) {
        fputs("jingle: out of memory\n", stderr);
        exit(STATUS_FAILED);
    }
    return p;
}

char *must_copy(const char *text, size_t len)
{
    char *copy = must_alloc(NULL, len + 1);

    memcpy(copy, text, len);
    copy[len] = '\0';
    return copy;
}

void wipe(void *memory, size_t size)
{
    volatile char *p = memory;

    while (size--)
        *p++ = '\0';
}

void forget(char *secret)
{
    if (secret)
        wipe(secret, strlen(secret));
    free(secret);
}

static void replace(char **field, const char *value)
{
    forget(*field);
    *field = must_copy(value, strlen(value));
}

void settings_init(settings_t *settings)
{
    *settings = (settings_t){0};
    for (size_t i = 0; i < KEY_COUNT; i++)
        settings->sources[i] = SOURCE_NONE;
}

static void free_list(char **list, size_t n)
{
    for (size_t i = 0; i < n; i++)
        free(list[i]);
    free(list);
}

void settings_free(settings_t *settings)
{
    forget(settings->password);
    free(settings->jid);
    free(settings->password_file);
    free(settings->host);
    free(settings->ca);
    free(settings->config);
    free(settings->account);
    free(settings->to);
    free(settings->name);
    free(settings->desc);
    free_list(settings->from, settings->n_from);
    free_list(settings->types, settings->n_types);
    free_list(settings->proxies, settings->n_proxies);
    settings_init(settings);
}

/* ---- values ---------------------------------------------------------------------------------- */

#define PROXIES_MAX 16u /* that jingle_register_s5b() takes */

static bool complain(const char *where, const char *value, const char *wanted)
{
    fprintf(stderr, "jingle: %s: '%s' is not %s\n", where, value, wanted);
    return false;
}

/** Only digits, so no sign and no blanks as strtoull() would take. */
static bool read_number(const char *text, char **end, uint64_t *number)
{
    unsigned long long value;

    if (*text < '0' || *text > '9')
        return false;
    errno = 0;
    value = strtoull(text, end, 10);
    *number = value;
    return errno == 0;
}

static bool set_size(uint64_t *size, const char *value, const char *where)
{
    static const char units[] = "KMG";
    uint64_t number;
    unsigned shift = 0;
    char *end;

    if (!read_number(value, &end, &number) || number == 0)
        return complain(where, value, "a size, such as 500K, 20M or 4G");
    if (*end) {
        const char *unit = strchr(units, *end >= 'a' ? *end - ('a' - 'A') : *end);
        if (!unit || end[1])
            return complain(where, value, "a size, such as 500K, 20M or 4G");
        shift = 10 * ((unsigned)(unit - units) + 1);
    }
    if (number > UINT64_MAX >> shift)
        return complain(where, value, "a size that any disk has room for");
    *size = number << shift;
    return true;
}

static bool set_timeout(unsigned *timeout, const char *value, const char *where)
{
    uint64_t number;
    char *end;

    if (!read_number(value, &end, &number) || *end || number == 0 || number > TIMEOUT_MAX)
        return complain(where, value, "a number of seconds");
    *timeout = (unsigned)number;
    return true;
}

/** HOST, HOST:PORT, [IPV6] or [IPV6]:PORT. */
static bool set_server(settings_t *settings, const char *value, const char *where)
{
    const char *host = value, *colon = strrchr(value, ':');
    size_t len = strlen(value);
    uint64_t port = 0;
    char *end;

    if (value[0] == '[') {
        const char *bracket = strchr(value, ']');
        if (!bracket || (bracket[1] && bracket[1] != ':'))
            return complain(where, value, "HOST:PORT");
        host = value + 1;
        len = (size_t)(bracket - host);
        colon = bracket[1] ? bracket + 1 : NULL;
    } else if (colon && strchr(value, ':') != colon) {
        return complain(where, value, "HOST:PORT (write an IPv6 address in brackets)");
    } else if (colon) {
        len = (size_t)(colon - value);
    }
    if (len == 0 ||
        (colon && (!read_number(colon + 1, &end, &port) || *end || port == 0 || port > 65535)))
        return complain(where, value, "HOST:PORT");
    free(settings->host);
    settings->host = must_copy(host, len);
    settings->port = (unsigned short)port;
    return true;
}

static bool read_port(const char *text, char **end, unsigned *port)
{
    uint64_t number;

    if (!read_number(text, end, &number) || number == 0 || number > UINT16_MAX)
        return false;
    *port = (unsigned)number;
    return true;
}

/** PORT or FIRST-LAST. */
static bool set_ports(settings_t *settings, const char *value, const char *where)
{
    unsigned first = 0, last;
    char *end;
    bool ok = read_port(value, &end, &first);

    last = first;
    if (ok && *end == '-')
        ok = read_port(end + 1, &end, &last);
    if (!ok || *end || last < first)
        return complain(where, value, "a port or a range of ports, such as 5000 or 5000-5009");
    settings->port_first = first;
    settings->port_last = last;
    return true;
}

static bool set_flag(bool *flag, const char *value, const char *where)
{
    static const char *const yes[] = {"yes", "true", "on", "1"}, *const no[] = {"no", "false",
                                                                                "off", "0"};

    for (size_t i = 0; i < sizeof yes / sizeof *yes; i++) {
        if (strcmp(value, yes[i]) == 0 || strcmp(value, no[i]) == 0) {
            *flag = strcmp(value, yes[i]) == 0;
            return true;
        }
    }
    return complain(where, value, "yes or no");
}

static bool set_transport(transport_t *transport, const char *value, const char *where)
{
    static const char *const names[] = {
        [TRANSPORT_AUTO] = "auto", [TRANSPORT_S5B] = "s5b", [TRANSPORT_IBB] = "ibb"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (strcmp(value, names[i]) == 0) {
            *transport = (transport_t)i;
            return true;
        }
    }
    return complain(where, value, "auto, s5b or ibb");
}

/** A better source's list replaces the list, and does not add to it. */
static void add_to_list(char ***list, size_t *n, bool replaces, const char *value)
{
    if (replaces) {
        free_list(*list, *n);
        *list = NULL;
        *n = 0;
    }
    *list = must_alloc(*list, (*n + 1) * sizeof **list);
    (*list)[(*n)++] = must_copy(value, strlen(value));
}

static bool add_type(settings_t *settings, bool replaces, const char *value, const char *where)
{
    const char *slash = strchr(value, '/');

    if (!slash || slash == value || !slash[1])
        return complain(where, value, "a media type, such as image/png or image/*");
    add_to_list(&settings->types, &settings->n_types, replaces, value);
    return true;
}

/** A JID, as those of senders are and those of proxies. */
static bool add_jid(char ***list, size_t *n, bool replaces, const char *value, const char *where,
                    const char *wanted)
{
    if (!jid_is_sender(value))
        return complain(where, value, wanted);
    add_to_list(list, n, replaces, value);
    return true;
}

static bool *flag_of(settings_t *settings, key_id_t key)
{
    switch (key) {
    case KEY_INSECURE:
        return &settings->insecure;
    case KEY_RELAY_ONLY:
        return &settings->relay_only;
    case KEY_NO_RESUME:
        return &settings->no_resume;
    case KEY_ONCE:
        return &settings->once;
    case KEY_YES:
        return &settings->yes;
    case KEY_DAEMON:
        return &settings->daemon;
    case KEY_QUIET:
        return &settings->quiet;
    case KEY_JSON:
        return &settings->json;
    default:
        return &settings->verbose;
    }
}

static char **text_of(settings_t *settings, key_id_t key)
{
    switch (key) {
    case KEY_JID:
        return &settings->jid;
    case KEY_PASSWORD:
        return &settings->password;
    case KEY_PASSWORD_FILE:
        return &settings->password_file;
    case KEY_CA:
        return &settings->ca;
    case KEY_CONFIG:
        return &settings->config;
    case KEY_ACCOUNT:
        return &settings->account;
    case KEY_NAME:
        return &settings->name;
    case KEY_DESC:
        return &settings->desc;
    default:
        return &settings->to;
    }
}

static bool take(settings_t *settings, source_t source, key_id_t key, const char *value,
                 const char *where)
{
    bool replaces = source < settings->sources[key];

    if (setting_keys[key].is_flag)
        return set_flag(flag_of(settings, key), value, where);
    switch (key) {
    case KEY_SERVER:
        return set_server(settings, value, where);
    case KEY_TRANSPORT:
        return set_transport(&settings->transport, value, where);
    case KEY_MAX_SIZE:
        return set_size(&settings->max_size, value, where);
    case KEY_QUOTA:
        return set_size(&settings->quota, value, where);
    case KEY_TYPE:
        return add_type(settings, replaces, value, where);
    case KEY_PORT:
        return set_ports(settings, value, where);
    case KEY_TIMEOUT:
        return set_timeout(&settings->timeout, value, where);
    case KEY_FROM:
        return add_jid(&settings->from, &settings->n_from, replaces, value, where,
                       "a JID, such as user@server.example");
    case KEY_PROXY:
        if (!add_jid(&settings->proxies, &settings->n_proxies, replaces, value, where,
                     "the JID of a proxy, such as proxy.server.example"))
            return false;
        return settings->n_proxies <= PROXIES_MAX ||
               complain(where, value, "one of 16 proxies at most");
    case KEY_JID:
        if (!jid_is_account(value))
            return complain(where, value, "a JID, such as user@server.example");
        break;
    default:
        break;
    }
    replace(text_of(settings, key), value);
    return true;
}

bool settings_set(settings_t *settings, source_t source, key_id_t key, const char *value,
                  const char *where)
{
    if (source > settings->sources[key])
        return true;
    if (!*value) {
        fprintf(stderr, "jingle: %s: a value is missing\n", where);
        return false;
    }
    if (!take(settings, source, key, value, where))
        return false;
    settings->sources[key] = source;
    return true;
}

key_id_t settings_key(const char *name, size_t len)
{
    for (key_id_t key = 0; key < KEY_COUNT; key++)
        if (strlen(setting_keys[key].name) == len && memcmp(setting_keys[key].name, name, len) == 0)
            return key;
    return KEY_COUNT;
}
