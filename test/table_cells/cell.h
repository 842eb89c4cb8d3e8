/* SPDX-License-Identifier: MIT */
/** @file
 *  What the parts of test/table share: a cell, and the session that is brought into its column. */
#ifndef TEST_TABLE_CELLS_CELL_H
#define TEST_TABLE_CELLS_CELL_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/engine.h"
#include "support/stub_plugins.h"

typedef enum { STARTING, PENDING, ACTIVE, ENDED } column_t;

typedef struct {
    jingle_action_t action;
    column_t column;
    bool initiator;
    char send[16];
    char receive[16];
    char error[64]; /**< "condition/jingle condition", or "-" */
    char name[96];
} cell_t;

#define DESCRIPTION "<description xmlns='" STUB_APP "'/>"
#define TRANSPORT "<transport xmlns='" STUB_T1 "'/>"
#define TRANSPORT2 "<transport xmlns='" STUB_T2 "'/>"
#define SECURITY "<security xmlns='" STUB_SEC "'/>"
#define OF(creator, name, inside)                                                                  \
    "<content creator='" creator "' name='" name "'>" inside "</content>"
#define I "initiator"
#define OFFER OF(I, "c", DESCRIPTION TRANSPORT) OF(I, "d", DESCRIPTION TRANSPORT SECURITY)

extern engine_t *e;
extern stub_t *s;
extern jingle_session_t *session; /**< a reference */
extern char why[512];             /**< what a cell has failed for */

/** Notes why. @return false */
bool fail(const char *what, const char *log);
size_t count(const char *log, const char *what);

/** Makes a session in the cell's column, the log emptied. */
void enter(const cell_t *cell);
/** Calls fn while the offer of the peer is being handled. */
void enter_held(const cell_t *cell, void (*fn)(const cell_t *cell));
/** Gives all back. */
void end(void);
jingle_content_t *content(const char *name);
/** Adds a content of ours. @param security namespace, or NULL */
int add(const char *name, const char *security);
/** A well-formed action about contents that exist. @param asked about n and its new transport */
const char *stanza_of(const cell_t *cell, bool asked);

bool check_receive(const cell_t *cell); /* receive.c */
bool check_send(const cell_t *cell);    /* send.c */

#endif
