/* SPDX-License-Identifier: MIT */
/** @file
 *  In-band bytestreams, inside: one stream, and the registry of a manager's streams. */
#ifndef JINGLE__IBB_STREAM_H
#define JINGLE__IBB_STREAM_H

#include <jingle/ibb.h>

#include <string.h>

/* A failed insertion into the table must be an error, not the end of the program. */
#define HASH_NONFATAL_OOM 1
#define uthash_malloc(sz) mem->alloc((sz), mem->userdata)
#define uthash_free(ptr, sz) mem->free((ptr), mem->userdata)
#include <uthash.h>

/** Largest block there is (XEP-0047 section 2.1: block-size is an unsignedShort). */
#define JINGLE__IBB_BLOCK_MAX 65535u
/** What a stream starts from when a peer's offer says nothing (XEP-0047 section 2.1 recommends it).
 */
#define JINGLE__IBB_BLOCK_DEFAULT 4096u
/** Smaller blocks are not worth opening for, when a peer finds ours too large. */
#define JINGLE__IBB_BLOCK_MIN 128u
/** Stanzas that may wait to leave before blocks wait for them. */
#define JINGLE__IBB_BACKLOG_MAX 64u
/** Blocks of a peer that wait while its stream is paused. */
#define JINGLE__IBB_HELD_MAX 64u
/** Blocks of a peer's that were taken last and are known when they come again. A power of two: their
 *  numbers wrap. */
#define JINGLE__IBB_TAKEN 16u

typedef struct jingle__ibb_stream jingle__ibb_stream_t;

/** The streams of one manager that can be opened or are open. */
typedef struct {
    jingle_t *jingle;
    xmpp_mem_t mem;
    jingle_ibb_t config;
    jingle__ibb_stream_t *streams;
} jingle__ibb_registry_t;

typedef enum {
    JINGLE__IBB_NEW,     /**< not started */
    JINGLE__IBB_WAITING, /**< for the peer's open */
    JINGLE__IBB_OPENING, /**< our open waits for its answer */
    JINGLE__IBB_OPEN,
    JINGLE__IBB_CLOSING, /**< blocks taken are sent still, then our close; or it was sent */
    JINGLE__IBB_CLOSED
} jingle__ibb_state_t;

/** A request of the peer's that waits for its turn. */
typedef struct jingle__ibb_held {
    struct jingle__ibb_held *next;
    jingle_reply_t *reply; /**< keeps payload; NULL: message does */
    xmpp_stanza_t *message;
    xmpp_stanza_t *payload;
} jingle__ibb_held_t;

/** A block of ours that waits for its answer. */
typedef struct jingle__ibb_block {
    struct jingle__ibb_block *next;
    size_t len, room;
    unsigned char data[];
} jingle__ibb_block_t;

struct jingle__ibb_stream {
    xmpp_mem_t mem;
    unsigned refs;
    jingle_t *jingle;
    jingle_part_t *part;              /**< NULL once the plug-in's self is freed */
    unsigned component;               /**< from 1, whose stream is the plug-in's self */
    jingle__ibb_stream_t *first;      /**< that one; valid while part is */
    jingle__ibb_stream_t *next;       /**< the next component's: a reference */
    bool untold;                      /**< a further one of ours that was not announced yet */
    jingle_timer_t *opens;            /**< of the first: when those announced are opened */
    jingle__ibb_registry_t *registry; /**< NULL when not in the table */
    UT_hash_handle hh;
    char *key; /**< own JID, NUL, peer, NUL, sid */
    size_t key_len;
    const char *own;  /**< inside key; NULL when none was known */
    const char *peer; /**< inside key */

    jingle__ibb_state_t state;
    char *sid;
    char *sid_xml; /**< sid as it stands in an attribute */
    uint32_t block_size;
    uint32_t max_block_size;
    bool opener; /**< we proposed the transport, so we send open (XEP-0261 section 2.2) */
    uint32_t window;
    uint32_t request_timeout;
    jingle_channel_t *channel;

    uint16_t seq_out;
    bool by_message;
    uint32_t in_flight;   /**< blocks of ours that wait for an answer; by message: for the pump */
    jingle_timer_t *pump; /**< by message, or while much waits to leave: when to go on */
    bool offline;         /**< the last block could not be sent */
    jingle__ibb_block_t *blocks, **blocks_tail; /**< those, the oldest first */
    jingle__ibb_block_t *spare;                 /**< one that was answered, for the next */
    jingle__ibb_block_t *again;                 /**< restored: the next to be sent again */
    uint32_t confirmed;                         /**< blocks of ours that were answered */
    char *out;                                  /**< one block as XML */
    bool sending; /**< inside jingle_request(): answers may come before it returns */
    /** Octets of a call of jingle_channel_send() that are in blocks, and whose caller does not know yet
     *  that they were taken. Restored: he hands them in once more. */
    uint64_t ahead;
    bool writable_owed;
    bool close_sent;
    bool done_owed; /**< the managed type waits for jingle_part_done() */

    jingle__ibb_state_t was; /**< restored: the state to go on from */
    bool resumes;            /**< restored, and has not gone on yet */
    bool
        repeats; /**< restored, and what is sent may be there already: no answer has shown otherwise */

    uint16_t seq_in;
    unsigned char *in;                 /**< one block decoded */
    uint64_t opened;                   /**< hash of the id of the peer's open; 0: none */
    uint64_t taken[JINGLE__IBB_TAKEN]; /**< those of its last blocks, by their numbers; 0: none */
    uint32_t known;                    /**< restored: a bit for each that may come once more ... */
    bool open_known;                   /**< ... and whether the open may */
    bool paused;                       /**< as the channel, from the start */
    bool handling;
    jingle_reply_t *unacked;     /**< the block that was delivered when the pause began */
    jingle_reply_t *close_reply; /**< the peer's close waits for our blocks in flight */
    jingle__ibb_held_t *held, **held_tail;
    unsigned n_held;
};

/** What the registry is kept under in its manager (jingle_set_module()). */
extern const char jingle__ibb_module;
/* stream.c: life */
int jingle__ibb_stream_new(jingle_part_t *part, jingle__ibb_registry_t *registry,
                           jingle__ibb_stream_t **out);
jingle__ibb_stream_t *jingle__ibb_ref(jingle__ibb_stream_t *stream);
void jingle__ibb_unref(jingle__ibb_stream_t *stream);
int jingle__ibb_start(jingle__ibb_stream_t *stream, jingle__ibb_registry_t *registry);
/** Makes the peer's requests find it. @return JINGLE_EOK, JINGLE_EMEM, JINGLE_EEXIST */
int jingle__ibb_enlist(jingle__ibb_stream_t *stream, jingle__ibb_registry_t *registry);
/** The stream is open for both sides: makes the channel. */
void jingle__ibb_opened(jingle__ibb_stream_t *stream);
/** It has ended after an orderly close (complete) or otherwise: tells the channel, and the part if
 * it waits. */
void jingle__ibb_ended(jingle__ibb_stream_t *stream, bool complete);
/** Ends it without a word. */
void jingle__ibb_shut(jingle__ibb_stream_t *stream);
/** Ends it and tells the part. */
void jingle__ibb_fail(jingle__ibb_stream_t *stream, jingle_condition_t condition, const char *text);

/* plugin.c */
extern const jingle_transport_t jingle__ibb_plugin;
int jingle__ibb_make_sid(jingle__ibb_stream_t *stream);
/** Takes over sid, block size and kind of stanza of the peer's. @return JINGLE_EOK or JINGLE_EMEM */
int jingle__ibb_take_offer(jingle__ibb_stream_t *stream, xmpp_stanza_t *element);

/* further.c: the streams of the other components */
/** Makes those that are ours to announce, when the first is started. @return JINGLE_EOK or an error */
int jingle__ibb_further_start(jingle__ibb_stream_t *first);
/** @return the next to be announced; NULL: none */
jingle__ibb_stream_t *jingle__ibb_further_untold(jingle__ibb_stream_t *first);
/** It is announced by the stanza that is made now. @return JINGLE_EOK or JINGLE_EMEM */
int jingle__ibb_further_told(jingle__ibb_stream_t *stream);
/** The peer has announced one, or the first again. @return JINGLE_EOK or an error */
int jingle__ibb_further_announced(jingle__ibb_stream_t *first, xmpp_stanza_t *element);

/* send.c: towards the peer */
int jingle__ibb_send_open(jingle__ibb_stream_t *stream);
long jingle__ibb_send(jingle__ibb_stream_t *stream, const void *data, size_t len);
/** Closes when the blocks in flight are answered. */
void jingle__ibb_close(jingle__ibb_stream_t *stream);
/** Says close and listens to no answer. */
void jingle__ibb_send_last_close(jingle__ibb_stream_t *stream);
/** What is due once a block has been answered: more data, or the end. */
void jingle__ibb_drained(jingle__ibb_stream_t *stream);

/** Keeps a block until it is answered. @return false when out of memory */
bool jingle__ibb_block_add(jingle__ibb_stream_t *stream, const void *data, size_t len, size_t room);
void jingle__ibb_blocks_clear(jingle__ibb_stream_t *stream);
/** Sends all blocks again that were not answered. */
void jingle__ibb_repeat(jingle__ibb_stream_t *stream);

/* save.c: outliving the process */
int jingle__ibb_save(void *self, jingle_save_t *save);
int jingle__ibb_restore(jingle_part_t *part, void *userdata, jingle_load_t *load, void **self);
int jingle__ibb_resume(void *self);
/** What is saved has changed: before it is answered. */
void jingle__ibb_changed(jingle__ibb_stream_t *stream);
/** A block of ours was answered. */
void jingle__ibb_confirmed(jingle__ibb_stream_t *stream);
/** The peer's open or a block of its was taken: it is known if it comes again after a crash. */
void jingle__ibb_note_open(jingle__ibb_stream_t *stream, const jingle_reply_t *reply);
void jingle__ibb_note_block(jingle__ibb_stream_t *stream, const jingle_reply_t *reply);
/** Was it taken before the crash, and only the answer lost? True once for each. */
bool jingle__ibb_is_open_again(jingle__ibb_stream_t *stream, const jingle_reply_t *reply);
bool jingle__ibb_is_block_again(jingle__ibb_stream_t *stream, uint16_t seq,
                                const jingle_reply_t *reply);

/* receive.c: from the peer */
void jingle__ibb_serve(jingle_t *jingle, xmpp_stanza_t *stanza, xmpp_stanza_t *payload,
                       jingle_reply_t *reply, void *userdata);
void jingle__ibb_pause(jingle__ibb_stream_t *stream, bool paused);
/** Answers whatever waits, at the end. */
void jingle__ibb_drop_held(jingle__ibb_stream_t *stream);

/* registry.c */
int jingle__ibb_registry_add(jingle__ibb_registry_t *registry, jingle__ibb_stream_t *stream,
                             const char *own, const char *peer);
void jingle__ibb_registry_remove(jingle__ibb_stream_t *stream);
jingle__ibb_stream_t *jingle__ibb_registry_find(jingle__ibb_registry_t *registry, const char *own,
                                                const char *peer, const char *sid);

/* base64.c */
/** Octets that encoding so many takes, NUL included. */
#define JINGLE__BASE64_SIZE(octets) (((size_t)(octets) + 2) / 3 * 4 + 1)
/** Writes base64 without line breaks and a NUL. @return characters written */
size_t jingle__ibb_encode(const void *data, size_t len, char *text);
/** Reads base64 (RFC 4648 section 4) and skips white space, which the XEPs' own examples have.
 *  @return octets; JINGLE_EPROTO for what is no base64; JINGLE_ELIMIT for more than room */
long jingle__ibb_decode(const char *text, unsigned char *data, size_t room);

/* attrs.c */
/** Reads a block-size. @return false when it is absent (then *value stays) or not 1 to 65,535 */
bool jingle__ibb_block_size(const char *text, uint32_t *value);
/** Text as it must stand in an attribute. @return NULL when out of memory */
char *jingle__ibb_escape(const xmpp_mem_t *mem, const char *text);

static inline void *jingle__ibb_alloc(const xmpp_mem_t *mem, size_t size)
{
    void *p = mem->alloc(size, mem->userdata);

    return p ? memset(p, 0, size) : NULL;
}

/** @return a copy, or NULL when out of memory */
static inline char *jingle__ibb_copy(const xmpp_mem_t *mem, const char *text)
{
    size_t size = strlen(text) + 1;
    char *copy = mem->alloc(size, mem->userdata);

    return copy ? memcpy(copy, text, size) : NULL;
}

static inline void jingle__ibb_free(const xmpp_mem_t *mem, void *p)
{
    if (p)
        mem->free(p, mem->userdata);
}

#endif
