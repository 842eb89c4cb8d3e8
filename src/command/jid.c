/* SPDX-License-Identifier: MIT */
/** @file
 *  As much of addresses (RFC 7622) as the command line needs. */
#include "settings.h"

#include <string.h>

size_t jid_bare_length(const char *jid)
{
    return strcspn(jid, "/");
}

static char fold(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

/** No blanks but in the resource, nothing that cannot be shown, and no resource that is empty. */
static bool is_clean(const char *jid, size_t bare)
{
    for (const char *c = jid; *c; c++)
        if ((unsigned char)*c < ' ' || *c == 0x7f || (*c == ' ' && c < jid + bare))
            return false;
    return jid[bare] == '\0' || jid[bare + 1] != '\0';
}

bool jid_is_account(const char *jid)
{
    size_t bare = jid_bare_length(jid);
    const char *at = memchr(jid, '@', bare);

    return at && at != jid && at + 1 != jid + bare &&
           !memchr(at + 1, '@', (size_t)(jid + bare - at - 1)) && is_clean(jid, bare);
}

bool jid_is_sender(const char *jid)
{
    size_t bare = jid_bare_length(jid);

    return jid_is_account(jid) ||
           (!memchr(jid, '@', bare) && memchr(jid, '.', bare) && is_clean(jid, bare));
}

bool jid_same_bare(const char *a, const char *b)
{
    size_t len = jid_bare_length(a);

    if (jid_bare_length(b) != len)
        return false;
    for (size_t i = 0; i < len; i++)
        if (fold(a[i]) != fold(b[i]))
            return false;
    return true;
}

bool jid_matches(const char *pattern, const char *jid)
{
    size_t len = jid_bare_length(pattern);

    return jid_same_bare(pattern, jid) &&
           (pattern[len] == '\0' || strcmp(pattern + len, jid + len) == 0);
}
