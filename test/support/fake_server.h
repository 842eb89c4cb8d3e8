/* SPDX-License-Identifier: MIT */
/** @file
 *  A tiny XMPP server on loopback, in the test's own process and thread: logs clients (SASL PLAIN,
 *  bind, Stream Management) and components (XEP-0114) in by itself, and leaves all other stanzas to
 *  the test, which reads what came and writes what it likes. Nothing waits for time to pass. */
#ifndef TEST_SUPPORT_FAKE_SERVER_H
#define TEST_SUPPORT_FAKE_SERVER_H

#include <stdbool.h>
#include <stddef.h>

typedef struct fake_server fake_server_t;

/** How logins go; may be changed at any time. */
typedef struct {
    const char *jid;    /**< bound to the next client; default juliet@capulet.example/balcony */
    bool session;       /**< a session must be established (RFC 3921) */
    bool sm;            /**< Stream Management is offered */
    bool refuse_resume; /**< a stream that is to be resumed is not found */
    bool silent;        /**< the login stops before its last step, until it is unset */
    unsigned resume_h;  /**< stanzas received before the resumption; not 0: none is acknowledged */
} fake_options_t;

/** Listens on a free port. Ends the program when that cannot be done. */
fake_server_t *fake_server_new(void);
void fake_server_free(fake_server_t *server);
unsigned short fake_server_port(const fake_server_t *server);
fake_options_t *fake_server_options(fake_server_t *server);

/** Accepts and reads what is there; never waits. */
void fake_server_poll(fake_server_t *server);

/** Streams are numbered from 0 in the order in which they were accepted. */
size_t fake_server_count(const fake_server_t *server);
/** Has the stream logged in? */
bool fake_server_is_up(const fake_server_t *server, size_t stream);
/** Was the stream resumed (XEP-0198)? */
bool fake_server_is_resumed(const fake_server_t *server, size_t stream);
/** @return what was received next and not taken yet; free() it. NULL: nothing */
char *fake_server_take(fake_server_t *server, size_t stream);
/** Writes to a stream. */
void fake_server_send(fake_server_t *server, size_t stream, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/** Closes the socket without a word. */
void fake_server_cut(fake_server_t *server, size_t stream);
/** Closes the stream in good order. */
void fake_server_close(fake_server_t *server, size_t stream);

#endif
