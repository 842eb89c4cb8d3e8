/* SPDX-License-Identifier: MIT */
/** @file
 *  JIDs as text. */
#include "jid.h"

#include <string.h>

size_t jingle__jid_bare_len(const char *jid)
{
    return strcspn(jid, "/");
}

bool jingle__jid_is_full(const char *jid)
{
    size_t len = jingle__jid_bare_len(jid);

    return len > 0 && jid[len] == '/' && jid[len + 1];
}

bool jingle__jid_is_bare_of(const char *bare, const char *jid)
{
    size_t len = jingle__jid_bare_len(jid);

    return strlen(bare) == len && memcmp(bare, jid, len) == 0;
}

bool jingle__jid_same_account(const char *a, const char *b)
{
    size_t len = jingle__jid_bare_len(a);

    return len == jingle__jid_bare_len(b) && memcmp(a, b, len) == 0;
}

const char *jingle__jid_domain(const char *jid)
{
    size_t len = strcspn(jid, "@/");

    /* An @ in the resource belongs to it. */
    return jid[len] == '@' ? jid + len + 1 : jid;
}

bool jingle__jid_fold(const char *jid, char out[JINGLE__JID_SIZE])
{
    const char *domain;
    size_t bare, len;

    if (!jid)
        return false;
    len = strlen(jid);
    bare = jingle__jid_bare_len(jid);
    domain = jingle__jid_domain(jid);
    if (len >= JINGLE__JID_SIZE || *domain == '\0' || *domain == '/' || *jid == '@' ||
        (jid[bare] && !jid[bare + 1]))
        return false;
    for (size_t i = 0; i <= len; i++)
        out[i] = (char)(i < bare && jid[i] >= 'A' && jid[i] <= 'Z' ? jid[i] - 'A' + 'a' : jid[i]);
    return true;
}
