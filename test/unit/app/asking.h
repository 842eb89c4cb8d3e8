/* SPDX-License-Identifier: MIT */
/** @file
 *  Juliet asks Romeo for files. */
#ifndef TEST_APP_ASKING_H
#define TEST_APP_ASKING_H

#include "wire.h"

#define SIZE 50000u
#define DATE 1000000000

/** The two; Romeo's folder has "a", of SIZE octets and with that DATE. */
extern wire_t *wire;
/** Every stanza of Jingle that passed, a line each. */
extern char stanzas[65536];
/** How provide() provides, and what came of it. */
extern const jingle_send_file_t *options;
extern int provided;
/** Of keep_request(): a reference. */
extern jingle_file_t *open_request;

void asking_setup(void);
void asking_teardown(void);
/** Begins with another set-up. */
void again(const wire_config_t *config);
/** The tap that asking_setup() sets. */
bool keep_stanzas(wire_t *w, unsigned from, char **xml);
/** For on_request: gives "a", or declines. */
void provide(wire_side_t *side, jingle_file_t *file);
/** For on_request: for later. */
void keep_request(wire_side_t *side, jingle_file_t *file);
/** Juliet asks Romeo. @return of jingle_request_file() */
int ask(const jingle_request_file_t *request);
/** Changes each stanza that has the text `in`, as wire_edit(). */
void set_edit(const char *in, const char *from, const char *until, const char *to);

#define ck_assert_has(text, what) ck_assert_msg(strstr(text, what), "no %s in %s", what, text)
#define ck_assert_has_not(text, what) ck_assert_msg(!strstr(text, what), "%s in %s", what, text)

#endif
