/* SPDX-License-Identifier: MIT */
/** @file
 *  Reading libstrophe's log, see log.h. What was received is the server's to choose, so it is never
 *  taken for something that libstrophe says itself. */
#include "log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool begins(const char *message, const char *with)
{
    return strncmp(message, with, strlen(with)) == 0;
}

bool log_is_write(const char *message)
{
    return begins(message, "SENT:");
}

bool log_may_show(const char *message)
{
    return !log_is_write(message) && !begins(message, "RECV:");
}

/* ---- a login --------------------------------------------------------------------------------- */

void log_cause(log_login_t *login, cause_t cause, const char *detail)
{
    char *safe;

    if (login->cause != CAUSE_UNKNOWN)
        return;
    login->cause = cause;
    safe = jingle_safe_text(NULL, detail, sizeof login->detail - 1);
    snprintf(login->detail, sizeof login->detail, "%s", safe ? safe : "");
    free(safe);
}

static void refused(log_login_t *login, const char *message)
{
    static const struct {
        const char *condition, *words;
    } known[] = {
        {"account-disabled", "the account is disabled"},
        {"credentials-expired", "the password has expired"},
        {"encryption-required", "the server wants an encrypted connection first"},
        {"temporary-auth-failure", "the server cannot check passwords at the moment; try later"},
    };

    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strstr(message, known[i].condition))
            snprintf(login->detail, sizeof login->detail, "%s", known[i].words);
}

/** What libstrophe says of an attempt that has failed. */
static bool take_words(log_login_t *login, const char *message)
{
    static const struct {
        const char *words;
        cause_t cause;
        int error;
    } known[] = {
        {"Connection attempt timed out", CAUSE_UNREACHABLE, ETIMEDOUT},
        {"SSL_CTX_load_verify_locations", CAUSE_CA, 0},
        {"TLS is not supported", CAUSE_NO_TLS, 0},
        {"Couldn't start TLS", CAUSE_TLS, 0},
        /* Comes last in any case; a mechanism that was tried has left its mark before. */
        {"Cannot authenticate with known methods", CAUSE_NO_MECHANISM, 0},
    };

    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strstr(message, known[i].words)) {
            log_cause(login, known[i].cause, "");
            if (known[i].error)
                login->error = known[i].error;
            return true;
        }
    return false;
}

bool log_login(log_login_t *login, const char *message)
{
    static const char failed[] = "connection failed, error ";
    char words[sizeof login->detail];

    if (begins(message, "RECV: <failure")) {
        refused(login, message);
    } else if (!log_may_show(message)) {
        return false;
    } else if (begins(message, failed)) {
        log_cause(login, CAUSE_UNREACHABLE, "");
        login->error = (int)strtol(message + sizeof failed - 1, NULL, 10);
    } else if (begins(message, "SASL ") && strstr(message, "auth failed")) {
        snprintf(words, sizeof words, "%s", login->cause == CAUSE_UNKNOWN ? login->detail : "");
        log_cause(login, CAUSE_REFUSED, words);
    } else {
        return take_words(login, message);
    }
    return true;
}

/* ---- Stream Management ----------------------------------------------------------------------- */

/** libstrophe goes on counting at what was acknowledged last, be it that the server has got more. */
static unsigned long behind(stream_t *stream, const char *message)
{
    const char *h = strstr(message, " h=\"");
    unsigned long received = h ? strtoul(h + 4, NULL, 10) : 0;

    stream->resumed = true;
    return received > stream->acked ? received - stream->acked : 0;
}

unsigned long log_stream(stream_t *stream, const char *message, bool *enabled)
{
    unsigned long n = 0;

    *enabled = false;
    if (begins(message, "RECV: <features")) {
        stream->offered = strstr(message, "urn:xmpp:sm:3") != NULL;
    } else if (begins(message, "SENT: <enable ")) {
        stream->n_early = 0;
    } else if (begins(message, "SENT: <iq") || begins(message, "SENT: <presence") ||
               begins(message, "SENT: <message")) {
        stream->n_early++;
    } else if (begins(message, "RECV: <enabled ")) {
        n = stream->n_early; /* the server has counted them, libstrophe has not */
        stream->kept = strstr(message, " resume=\"true\"") || strstr(message, " resume=\"1\"");
        *enabled = true;
    } else if (begins(message, "RECV: <resumed ")) {
        n = behind(stream, message);
    } else if (begins(message, "RECV: <failed xmlns=\"urn:xmpp:sm:3\"")) {
        stream->refused = stream->stale = true;
    }
    return n < LOG_BEHIND_MAX ? n : 0;
}
