/* SPDX-License-Identifier: MIT */
/** @file
 *  File transfer against a peer that does anything: what the targets of the transports (ibb, s5b)
 *  share. transfer.c has the manager's output, the files of the program and the peer's stanzas. */
#ifndef TEST_FUZZ_TRANSFER_H
#define TEST_FUZZ_TRANSFER_H

#include <jingle/files.h>
#include <jingle/ibb.h>

#include "fuzz.h"

#define TRANSFER_OWN "m@self.example/main"
#define TRANSFER_PEER "z@peer.example/r1"
#define TRANSFER_FED 256
#define TRANSFER_ASKED 64
#define TRANSFER_FILES 8
#define TRANSFER_RECEIPTS 32
/** Octets of a file that we send. */
#define TRANSFER_SENT 5000u

/** A file that is being received. */
typedef struct {
    uint64_t came;
    uint64_t announced; /**< its size, as the peer has told it */
    bool finished;
} transfer_receipt_t;

/** A request of ours. */
typedef struct {
    char id[40], to[64];
    char query[64]; /**< what is asked there; "": something else */
} transfer_asked_t;

typedef struct {
    test_mem_t mem;
    jingle_t *jingle; /**< NULL: freed */
    uint64_t now;
    unsigned n_fed;
    uint8_t answers[TRANSFER_FED];
    bool taken[TRANSFER_FED];
    transfer_asked_t asked[TRANSFER_ASKED];
    unsigned n_asked, n_acknowledged;
    char sid[64];       /**< of our last in-band bytestream */
    uint64_t announced; /**< by the offer that is being fed */
    unsigned n_receipts;
    transfer_receipt_t receipts[TRANSFER_RECEIPTS];
    uint16_t seq[2];
    unsigned n_files;
    jingle_file_t *files[TRANSFER_FILES];
    /** Of the target; may be NULL: what was sent, and what a program does inside a callback.
     *  @return of call_back: false: the callback shall fail */
    void (*look)(const char *xml);
    bool (*call_back)(void);
    /** Puts into the answer to one of those what belongs there; may be NULL. */
    void (*fill)(xmpp_stanza_t *iq, const transfer_asked_t *asked);
} transfer_t;

/** The one of the input that is played. */
extern transfer_t *transfer;
/** Made at the first input, and kept. */
extern xmpp_ctx_t *transfer_ctx;

/** Begins, in memory that is given: the manager, and in-band bytestreams with that window. */
void transfer_begin(transfer_t *made, unsigned window);
/** Registers file transfer. */
void transfer_register(bool resume);
/** Frees the manager, and checks. */
void transfer_finish(void);

/** Copies the value of the first attribute that begins so (` id="`), or "". @return value */
const char *transfer_attribute(const char *xml, const char *name, char *value, size_t size);

/* ---- the program ---- */

/** NULL when there is none. */
jingle_file_t *transfer_file(uint8_t octet);
void transfer_keep(jingle_file_t *file);
int transfer_accept(jingle_file_t *file);
/** @return NULL when there are no more */
transfer_receipt_t *transfer_receipt(uint64_t announced);
int transfer_write(jingle_file_t *file, uint64_t offset, const void *data, size_t len,
                   void *userdata);
int transfer_on_finish(jingle_file_t *file, bool whole, void *userdata);
/** Gives the octets that transfer_octet() says. */
long transfer_read(jingle_file_t *file, uint64_t offset, void *buffer, size_t len, void *userdata);
uint8_t transfer_octet(uint64_t offset);

/* ---- the peer ---- */

/** @param name with ns, of what is in it; receives that in payload, borrowed */
xmpp_stanza_t *transfer_iq(const char *name, const char *ns, xmpp_stanza_t **payload);
/** @return borrowed */
xmpp_stanza_t *transfer_child(xmpp_stanza_t *parent, const char *name, const char *ns);
void transfer_text(xmpp_stanza_t *parent, const char *name, const char *value);
const char *transfer_peer(uint8_t octet);
/** Hands a request in, and releases it. */
void transfer_feed(xmpp_stanza_t *iq, const char *from);
/** The sid of an in-band bytestream: two of the peer's, or ours. */
const char *transfer_sid(unsigned octet);
/** Answers what was asked since the last time, as it wants to be answered. */
void transfer_acknowledge(void);
/** Those records that are the same for all. @return false: it is no such record */
bool transfer_perform(const fuzz_record_t *record, fuzz_input_t *in);

#endif
