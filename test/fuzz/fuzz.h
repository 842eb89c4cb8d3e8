/* SPDX-License-Identifier: MIT */
/** @file
 *  What the fuzz targets share. An input is a sequence of records: one octet that says what it is,
 *  then its arguments (octets and strings). Every sequence of octets is a valid input, and one
 *  record can be added, moved or taken away without the others meaning something else: that is what
 *  mutate.c does. libstrophe's parser has no part in it: trees are made from records (tree.c).
 *
 *  A target ends the program (FUZZ_CHECK) when something is not as it must be. */
#ifndef TEST_FUZZ_FUZZ_H
#define TEST_FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <strophe.h>

#include "support/test_mem.h"

#define FUZZ_CHECK(condition)                                                                      \
    ((condition)                                                                                   \
         ? (void)0                                                                                 \
         : (fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition), abort()))

/* ---- records ------------------------------------------------------------------------------- */

/** All records. The arguments: b an octet, s a string. Their numbers are those of the corpora: new
 *  ones are added at the end, up to 64. */
/* clang-format off */
#define FUZZ_RECORDS(X)                                                                            \
    /* Trees: an element begins or ends, a leaf, an attribute, text, the last child N times more,  \
     * N levels, a whole content, a whole reason */                                                \
    X(OPEN, "s") X(OPEN_NS, "ss") X(CLOSE, "") X(LEAF, "ss") X(ATTR, "ss") X(TEXT, "s")            \
    X(REPEAT, "b") X(DEEP, "sb") X(CONTENT, "bbbb") X(REASON, "ss")                                \
    /* Stanzas: a request with <jingle/>, any IQ, the answer to a request of ours */               \
    X(ACTION, "bbbs") X(IQ, "bbb") X(ANSWER, "bbb")                                                \
    /* Time, allocations that fail, limits */                                                      \
    X(TICK, "b") X(FAIL, "bb") X(LIMIT, "bb")                                                      \
    /* What a program does */                                                                      \
    X(CREATE, "bbs") X(START, "b") X(ACCEPT, "b") X(END, "bbs") X(SEND, "bb") X(PROCESS, "bb")     \
    X(COMPLETE, "bb") X(BEHAVE, "b") X(SESSION, "bbs") X(MANAGER, "bs")                            \
    /* ... with contents, and plug-ins */                                                          \
    X(ADD, "bbbb") X(CHANGE, "bbbb") X(PART, "bbb") X(PLAN, "bbb")                                 \
    /* In-band bytestreams and file transfer */                                                    \
    X(STREAM_OPEN, "bsb") X(BLOCK, "bbs") X(STREAM_CLOSE, "b") X(FILE, "bb") X(FILE_DATA, "bb")        \
    /* SOCKS5 bytestreams: a candidate, a transport-info, sockets of the peer's */                 \
    X(CANDIDATE, "bbbb") X(INFO, "bbb") X(SOCKET, "bbb")
/* clang-format on */

typedef enum {
#define FUZZ_X(name, arguments) FUZZ_##name,
    FUZZ_RECORDS(FUZZ_X)
#undef FUZZ_X
        FUZZ_RECORD_COUNT
} fuzz_kind_t;

typedef struct {
    const uint8_t *at, *end;
    bool raw; /**< strings as they are; else what an XML parser can give */
} fuzz_input_t;

typedef struct {
    fuzz_kind_t kind;
    uint8_t octet[4];
    const char *text[2]; /**< valid until four more records were read */
} fuzz_record_t;

/** The next octet; 0 at the end. */
uint8_t fuzz_octet(fuzz_input_t *in);
/** Reads a string: a word of a list, or spelt out. Valid until eight more were read. */
const char *fuzz_text(fuzz_input_t *in);
/** @return false at the end */
bool fuzz_next(fuzz_input_t *in, fuzz_record_t *record);
/** How long the record is that begins there, never more than len. */
size_t fuzz_record_len(const uint8_t *at, size_t len);
/** The arguments of a kind, as in FUZZ_RECORDS; "" for an octet that begins no record. */
const char *fuzz_arguments(uint8_t octet);
/** How many words there are: octets below are theirs. */
size_t fuzz_n_words(void);

/* ---- trees (tree.c) ------------------------------------------------------------------------ */

/** Makes an element. @param ns NULL: none of its own */
xmpp_stanza_t *fuzz_element(xmpp_ctx_t *ctx, const char *name, const char *ns);
/** Adds to an element what the records of trees say, up to the first of another kind. */
void fuzz_tree(xmpp_ctx_t *ctx, xmpp_stanza_t *root, fuzz_input_t *in);

/* ---- targets ------------------------------------------------------------------------------- */

typedef void (*fuzz_target_fn)(const uint8_t *data, size_t len);

/** What an input is, for who changes it. */
typedef enum {
    FUZZ_OF_OCTETS,
    FUZZ_OF_RECORDS, /**< an octet, then a sequence of records */
    FUZZ_OF_SAVED,   /**< FUZZ_SAVED_CONTROL octets, then a saved session */
} fuzz_input_kind_t;

#define FUZZ_SAVED_CONTROL 4u

typedef struct {
    const char *name;
    fuzz_target_fn run;
    fuzz_input_kind_t input;
} fuzz_target_t;

extern const fuzz_target_t fuzz_targets[];
/** @return NULL when there is none */
const fuzz_target_t *fuzz_target_named(const char *name);

void fuzz_data(const uint8_t *data, size_t len);
void fuzz_build(const uint8_t *data, size_t len);
void fuzz_engine(const uint8_t *data, size_t len);
void fuzz_socks(const uint8_t *data, size_t len);
void fuzz_ibb(const uint8_t *data, size_t len);
void fuzz_s5b(const uint8_t *data, size_t len);
void fuzz_names(const uint8_t *data, size_t len);
void fuzz_readers(const uint8_t *data, size_t len);
void fuzz_saved(const uint8_t *data, size_t len);

#endif
