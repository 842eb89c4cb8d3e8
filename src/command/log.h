/* SPDX-License-Identifier: MIT */
/** @file
 *  Reading libstrophe's log: it is the only place that says why a login failed, and what becomes of
 *  Stream Management. It holds the password in clear, and whatever the server has sent. */
#ifndef JINGLE_COMMAND_LOG_H
#define JINGLE_COMMAND_LOG_H

#include <stdbool.h>

#include "app.h"

/** Why nobody is logged in. */
typedef enum {
    CAUSE_UNKNOWN,
    CAUSE_UNREACHABLE, /**< no TCP connection */
    CAUSE_NO_TLS,
    CAUSE_CA, /**< --ca is no certificate */
    CAUSE_TLS,
    CAUSE_CERTIFICATE,
    CAUSE_REFUSED, /**< wrong password or user */
    CAUSE_NO_MECHANISM,
    CAUSE_STREAM
} cause_t;

typedef struct {
    cause_t cause;
    int error;        /**< errno with CAUSE_UNREACHABLE */
    char detail[512]; /**< what the server or libstrophe said, fit to be shown */
} log_login_t;

/** The most stanzas that libstrophe may be behind the server. */
#define LOG_BEHIND_MAX 10000u

/** Sets the cause if there is none yet: the rest follows from the first. */
void log_cause(log_login_t *login, cause_t cause, const char *detail);
/** Reads a message of a login. @return false: it says nothing that is known here */
bool log_login(log_login_t *login, const char *message);
/** Reads what a message says of Stream Management.
 *  @param enabled receives true when it is now
 *  @return how many stanzas the server has counted and libstrophe has not, or the other way round;
 *          below LOG_BEHIND_MAX */
unsigned long log_stream(stream_t *stream, const char *message, bool *enabled);
/** Does it say that something has been written to the socket? */
bool log_is_write(const char *message);
/** May people see it? What was sent or received is nobody's to see: passwords are in it. */
bool log_may_show(const char *message);

#endif
