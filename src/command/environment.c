/* SPDX-License-Identifier: MIT */
/** @file
 *  What the environment says of the account: the password of one must not be offered for another. */
#include "settings.h"

#include <stdlib.h>

static bool is_from_environment(settings_t *settings, key_id_t key)
{
    bool is = settings->sources[key] == SOURCE_ENVIRONMENT;

    if (is)
        settings->sources[key] = SOURCE_NONE;
    return is;
}

void settings_forget_environment(settings_t *settings)
{
    if (is_from_environment(settings, KEY_JID)) {
        free(settings->jid);
        settings->jid = NULL;
    }
    if (is_from_environment(settings, KEY_PASSWORD)) {
        forget(settings->password);
        settings->password = NULL;
    }
    if (is_from_environment(settings, KEY_SERVER)) {
        free(settings->host);
        settings->host = NULL;
        settings->port = 0;
    }
}

bool environment_read(settings_t *settings)
{
    static const struct {
        const char *name;
        key_id_t key;
    } variables[] = {
        {"JINGLE_JID", KEY_JID}, {"JINGLE_PASSWORD", KEY_PASSWORD}, {"JINGLE_SERVER", KEY_SERVER}};
    const char *jid = getenv(variables[0].name);

    if (jid && *jid && settings->jid && !jid_same_bare(jid, settings->jid))
        return true;
    for (size_t i = 0; i < sizeof variables / sizeof *variables; i++) {
        const char *value = getenv(variables[i].name);
        if (value && *value &&
            !settings_set(settings, SOURCE_ENVIRONMENT, variables[i].key, value, variables[i].name))
            return false;
    }
    return true;
}
