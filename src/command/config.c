/* SPDX-License-Identifier: MIT */
/** @file
 *  The configuration file: `key = value` lines under `[account NAME]`, nothing else. There is no
 *  library for it because the format is three kinds of line, and what libraries for such files add
 *  (quotes, escapes, includes, silent tolerance) is what a file with a password in it must not
 * have: a value is the rest of its line, and whatever is not understood is an error. */
#include "settings.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "text.h"

#define WORD_MAX 24u

typedef struct {
    key_id_t key;
    char *value;
    unsigned line;
} entry_t;

typedef struct {
    char *name;
    entry_t *entries;
    size_t n_entries;
} account_t;

typedef struct {
    const char *path;
    unsigned line;
    account_t *accounts;
    size_t n_accounts;
} config_t;

static void free_config(config_t *config)
{
    for (size_t i = 0; i < config->n_accounts; i++) {
        account_t *account = &config->accounts[i];
        for (size_t j = 0; j < account->n_entries; j++)
            forget(account->entries[j].value);
        free(account->entries);
        free(account->name);
    }
    free(config->accounts);
}

/** Of what stands there only a key that we know is shown: the rest of a line that is not understood may
 *  be a password. @param key KEY_COUNT: none */
static bool complain(const config_t *config, const char *what, key_id_t key)
{
    char *path = text_line(stderr, config->path);

    fprintf(stderr, "jingle: %s:%u: %s%s%s\n", path ? path : "", config->line, what,
            key < KEY_COUNT ? " " : "", key < KEY_COUNT ? setting_keys[key].name : "");
    free(path);
    return false;
}

/** As complain(), of a key that there is not. It is shown where nobody can take it for a password, or a part
 *  of one. */
static bool complain_of_key(const config_t *config, const char *text, size_t len, bool has_value)
{
    char words[64] = "there is no such key";
    bool is_word = has_value && (text[len] == ' ' || text[len] == '\t') && len <= WORD_MAX;

    for (size_t i = 0; i < len; i++)
        is_word = is_word && ((text[i] >= 'a' && text[i] <= 'z') || text[i] == '-');
    if (is_word)
        snprintf(words, sizeof words, "there is no such key: %.*s", (int)len, text);
    return complain(config, words, KEY_COUNT);
}

/* ---- reading --------------------------------------------------------------------------------- */

static const char *skip_blanks(const char *text)
{
    return text + strspn(text, " \t");
}

static size_t trimmed(const char *text)
{
    size_t len = strlen(text);

    while (len && strchr(" \t\r\n", text[len - 1]))
        len--;
    return len;
}

static bool read_section(config_t *config, const char *text, size_t len)
{
    static const char word[] = "[account";
    const char *name = text + sizeof word - 1, *end = text + len - 1;
    account_t *account;

    if (strncmp(text, word, sizeof word - 1) != 0 || *end != ']' || !strchr(" \t", *name))
        return complain(config, "[account NAME] is wanted here", KEY_COUNT);
    name = skip_blanks(name);
    while (end > name && strchr(" \t", end[-1]))
        end--;
    if (end == name)
        return complain(config, "the account has no name", KEY_COUNT);
    len = (size_t)(end - name);
    for (size_t i = 0; i < config->n_accounts; i++)
        if (strlen(config->accounts[i].name) == len &&
            memcmp(config->accounts[i].name, name, len) == 0)
            return complain(config, "a second account of that name", KEY_COUNT);
    config->accounts =
        must_alloc(config->accounts, (config->n_accounts + 1) * sizeof *config->accounts);
    account = &config->accounts[config->n_accounts++];
    *account = (account_t){.name = must_copy(name, len)};
    return true;
}

static const entry_t *find_entry(const account_t *account, key_id_t key)
{
    for (size_t i = 0; i < account->n_entries; i++)
        if (account->entries[i].key == key)
            return &account->entries[i];
    return NULL;
}

/** The shell does not see these paths, so what people expect of it is done here. */
static char *copy_value(key_id_t key, const char *text, size_t len)
{
    bool is_path = key == KEY_CA || key == KEY_TO || key == KEY_PASSWORD_FILE;
    const char *home =
        is_path && len > 1 && text[0] == '~' && text[1] == '/' ? getenv("HOME") : NULL;
    char *value;
    size_t home_len;

    if (!home)
        return must_copy(text, len);
    home_len = strlen(home);
    value = must_alloc(NULL, home_len + len);
    memcpy(value, home, home_len);
    memcpy(value + home_len, text + 1, len - 1);
    value[home_len + len - 1] = '\0';
    return value;
}

/** @return the key that a line without = begins with; KEY_COUNT: none */
static key_id_t first_word(const char *text)
{
    return settings_key(text, strcspn(text, " \t\r\n"));
}

static bool read_entry(config_t *config, const char *text, size_t len)
{
    const char *equals = memchr(text, '=', len), *value;
    size_t name_len = equals ? (size_t)(equals - text) : 0;
    account_t *account;
    key_id_t key;

    while (name_len && strchr(" \t", text[name_len - 1]))
        name_len--;
    if (!name_len)
        return complain(config, "key = value is wanted here:", first_word(text));
    key = settings_key(text, name_len);
    if (key == KEY_COUNT || !setting_keys[key].is_file_key)
        return complain_of_key(config, text, name_len, skip_blanks(equals + 1) < text + len);
    if (!config->n_accounts)
        return complain(config, "[account NAME] must come before the key", key);
    account = &config->accounts[config->n_accounts - 1];
    if (!setting_keys[key].is_list && find_entry(account, key))
        return complain(config, "this account already has the key", key);
    value = skip_blanks(equals + 1);
    if (value > text + len)
        value = text + len;
    account->entries =
        must_alloc(account->entries, (account->n_entries + 1) * sizeof *account->entries);
    account->entries[account->n_entries++] =
        (entry_t){.key = key,
                  .value = copy_value(key, value, (size_t)(text + len - value)),
                  .line = config->line};
    return true;
}

static bool read_lines(config_t *config, FILE *file)
{
    char *line = NULL;
    size_t size = 0;
    ssize_t got;
    bool ok = true;

    while (ok && (got = getline(&line, &size, file)) >= 0) {
        const char *text = skip_blanks(line);
        size_t len = trimmed(text);
        config->line++;
        if (strlen(line) != (size_t)got)
            ok = complain(config, "this line is not text", KEY_COUNT);
        else if (len == 0 || *text == '#' || *text == ';')
            continue;
        else
            ok = *text == '[' ? read_section(config, text, len) : read_entry(config, text, len);
    }
    if (ok && ferror(file)) {
        fprintf(stderr, "jingle: cannot read %s: %s\n", config->path, strerror(errno));
        ok = false;
    }
    if (line)
        wipe(line, size);
    free(line);
    return ok;
}

/** Others on this machine could log in with a password that they can read. */
static bool is_private(const config_t *config, FILE *file)
{
    struct stat status;
    bool secret = false;

    for (size_t i = 0; i < config->n_accounts; i++)
        secret = secret || find_entry(&config->accounts[i], KEY_PASSWORD);
    if (!secret)
        return true;
    if (fstat(fileno(file), &status) == 0 && !(status.st_mode & (S_IRWXG | S_IRWXO)))
        return true;
    fprintf(
        stderr,
        "jingle: %s holds a password and others can read it; make it yours alone: chmod 600 '%s'\n",
        config->path, config->path);
    return false;
}

/* ---- choosing -------------------------------------------------------------------------------- */

static const char *jid_of(const account_t *account)
{
    const entry_t *entry = find_entry(account, KEY_JID);

    return entry ? entry->value : NULL;
}

/** --account; else the account of the JID that was given; else the one named default or the only
 * one.
 *  @return false after a complaint; *chosen may be NULL */
static bool choose(const config_t *config, const settings_t *settings, const account_t **chosen)
{
    const account_t *fallback = config->n_accounts == 1 ? config->accounts : NULL;

    *chosen = NULL;
    for (size_t i = 0; i < config->n_accounts; i++) {
        const account_t *account = &config->accounts[i];
        const char *jid = jid_of(account);
        bool named = settings->account && strcmp(account->name, settings->account) == 0;
        if (named ||
            (!settings->account && settings->jid && jid && jid_same_bare(jid, settings->jid))) {
            *chosen = account;
            return true;
        }
        if (strcmp(account->name, "default") == 0)
            fallback = account;
    }
    if (settings->account) {
        fprintf(stderr, "jingle: there is no [account %s] in %s\n", settings->account,
                config->path);
        return false;
    }
    *chosen = fallback;
    if (!fallback && !settings->jid && config->n_accounts) {
        fprintf(stderr, "jingle: %s has several accounts; choose one with --account\n",
                config->path);
        return false;
    }
    return true;
}

/** How one account is reached says nothing of another: the password would be offered to the wrong server. */
static bool is_of_account(key_id_t key)
{
    return key == KEY_PASSWORD || key == KEY_PASSWORD_FILE || key == KEY_SERVER || key == KEY_CA ||
           key == KEY_INSECURE;
}

static bool apply(settings_t *settings, const config_t *config, const account_t *account)
{
    const char *jid = jid_of(account);
    bool other = jid && settings->jid && !jid_same_bare(jid, settings->jid);

    if (other && settings->account && settings->sources[KEY_JID] == SOURCE_ENVIRONMENT) {
        settings_forget_environment(settings); /* --account is an option, and wins over it */
        other = false;
    }

    for (size_t i = 0; i < account->n_entries; i++) {
        const entry_t *entry = &account->entries[i];
        char where[512];
        if (other && is_of_account(entry->key))
            continue;
        snprintf(where, sizeof where, "%s:%u: %s", config->path, entry->line,
                 setting_keys[entry->key].name);
        if (!settings_set(settings, SOURCE_FILE, entry->key, entry->value, where))
            return false;
    }
    return true;
}

/* ---- the file -------------------------------------------------------------------------------- */

/** @return the path, to be freed; NULL where there is no home */
static char *default_path(void)
{
    const char *base = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME"), *below = "/jingle/config";
    char *path;
    size_t size;

    /* The XDG Base Directory Specification: a relative path there is to be ignored. */
    if (!base || *base != '/') {
        base = home;
        below = "/.config/jingle/config";
    }
    if (!base || !*base)
        return NULL;
    size = strlen(base) + strlen(below) + 1;
    path = must_alloc(NULL, size);
    snprintf(path, size, "%s%s", base, below);
    return path;
}

static bool read_file(settings_t *settings, const char *path, FILE *file)
{
    config_t config = {.path = path};
    const account_t *account = NULL;
    bool ok = read_lines(&config, file) && is_private(&config, file) &&
              choose(&config, settings, &account) &&
              (!account || apply(settings, &config, account));

    free_config(&config);
    return ok;
}

bool config_read(settings_t *settings)
{
    char *path =
        settings->config ? must_copy(settings->config, strlen(settings->config)) : default_path();
    FILE *file = path ? fopen(path, "r") : NULL;
    bool ok = true;

    if (file) {
        setvbuf(file, NULL, _IONBF, 0); /* no copy of the password in a buffer of stdio's */
        ok = read_file(settings, path, file);
        fclose(file);
    } else if (path && (settings->config || errno != ENOENT)) {
        fprintf(stderr, "jingle: cannot read %s: %s\n", path, strerror(errno));
        ok = false;
    } else if (settings->account) {
        fprintf(stderr, "jingle: --account %s: there is no configuration file%s%s\n",
                settings->account, path ? " " : "", path ? path : "");
        ok = false;
    }
    free(path);
    return ok;
}
